"""
From one poverty standard to the next: how many more households a new one counts.

A review under both standards in the same year shows it; without one it is an assumption
of the scenario, and whatever rests on it says so. A higher income line moves every area by
the same distance on the probit scale if incomes are spread alike, so that a rate of 4 %
becomes 12 % where one of 40 % becomes 62 %: a ratio alone would lead beyond 100 %.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from povlib.models import measurement
from povlib.models.projection import Projection
from povlib.scenario import BridgePrior

Array = NDArray[np.float64]

ALL = "*"  # the row of all areas together


@dataclass(frozen=True, slots=True)
class Bridge:
    """
    Shift from the old standard to the new; g groups.

    Attributes
    ----------
    measure, old, new : str
        Which rate, from which standard to which.
    groups : DataFrame
        One row per `group`: `old_rate`, and `new_rate` with `new_rate_lb`,
        `new_rate_ub` (80 % interval) [share]; `ratio` of the two; `count_areas`;
        `shift` and its standard error `shift_se` [probit]. Row `*` holds all areas
        together and stands for groups without a review.
    spread : float
        Standard deviation of the shift from area to area in a group. [probit]
    areas : Series
        Group of each area by `area_code`.
    own : Series
        Shift of the areas reviewed under both standards, by `area_code`. [probit]
    source : str
        Where an assumed shift comes from; empty if it was counted.
    """

    measure: str
    old: str
    new: str
    groups: pd.DataFrame
    spread: float
    areas: pd.Series
    own: pd.Series
    source: str

    @property
    def is_assumed(self) -> bool:
        """Whether no review under both standards stands behind it."""
        return bool(self.source)


def estimate(
    review: pd.DataFrame, measure: str, *, old: str, new: str, areas: pd.Series
) -> Bridge | None:
    """
    Learn the bridge from areas reviewed under both standards in one year.

    Parameters
    ----------
    review : DataFrame
        One row per `area_code`, `year`, `standard`.
    measure : str
        Which rate.
    old, new : str
        The standards.
    areas : Series
        Group of each area by `area_code`.

    Returns
    -------
    bridge : Bridge or None
        None without a double review, or if it says nothing of other areas: no two of a
        group were in it.

    Notes
    -----
    The shift of a group is the mean of its areas', each counting with its households
    under the old standard; its error is their spread over the root of their effective
    number. An area of the double review keeps its own shift. Shifts are taken to stay
    what they were in the year of the double review.

    Examples
    --------
    >>> both = pd.DataFrame(
    ...     {
    ...         "area_code": ["01", "02"] * 2,
    ...         "year": 2021,
    ...         "standard": ["qd59-2015"] * 2 + ["nd07-2021"] * 2,
    ...         "households": 1000,
    ...         "poor_households": [100, 200, 170, 300],
    ...     }
    ... )
    >>> areas = pd.Series("", index=["01", "02"])
    >>> found = estimate(both, "poverty_rate", old="qd59-2015", new="nd07-2021", areas=areas)
    >>> found.groups.loc[ALL, ["old_rate", "new_rate"]].tolist()
    [0.15, 0.235]
    """
    both = _double(review, measure, old, new)
    if both.empty:
        return None
    both["group"] = areas.reindex(both["area_code"]).fillna("").to_numpy()
    every = pd.concat([both, both.assign(group=ALL)])
    grouped = every.groupby("group")
    weight = every["counted_old"] / grouped["counted_old"].transform("sum")
    shift = (weight * every["shift"]).groupby(every["group"]).sum()
    off = (every["shift"] - every["group"].map(shift)).where(every["group"] != ALL)
    effective = 1 / (weight**2).groupby(every["group"]).sum()
    free = (1 - 1 / effective.drop(ALL)).sum()  # the mean of every group is taken from its areas
    if not free and not set(areas.index) <= set(both["area_code"]):
        return None
    spread = float(np.sqrt((weight * off**2).sum() / free)) if free else 0.0
    sums = grouped[["counted_old", "counted_new", "households"]].sum()
    groups = _table(
        old_rate=sums["counted_old"] / sums["households"],
        new_rate=sums["counted_new"] / sums["households"],
        shift=shift,
        shift_se=spread / np.sqrt(effective),
    ).assign(count_areas=grouped.size())
    own = both.set_index("area_code")["shift"]
    return Bridge(measure, old, new, groups, spread, areas, own, source="")


def _double(review: pd.DataFrame, measure: str, old: str, new: str) -> pd.DataFrame:
    """Counts under both standards; half a household in the place of none, or of all."""
    households = measurement.whole(review, measure).astype(float)
    counted = measurement.count(review, measure).astype(float)
    rows = review[["area_code", "year", "standard"]].assign(
        counted=counted.clip(lower=0.5, upper=households - 0.5), households=households
    )
    sides = [rows[rows["standard"] == name].drop(columns="standard") for name in (old, new)]
    both = sides[0].merge(sides[1], on=["area_code", "year"], suffixes=("_old", "_new")).dropna()
    # The last double review of an area counts; one without households counts nobody.
    both = both.rename(columns={"households_old": "households"}).sort_values("year")
    both = both[both["households"] > 0].drop_duplicates("area_code", keep="last")
    rates = (both[f"counted_{side}"] / both["households"] for side in ("old", "new"))
    before, after = (ndtri(rate.to_numpy(float)) for rate in rates)
    return both.assign(shift=after - before)


def assume(prior: BridgePrior, areas: pd.Series) -> Bridge:
    """
    Make the bridge that a scenario assumes.

    Parameters
    ----------
    prior : BridgePrior
        What the new standard would count where the old one counted a rate.
    areas : Series
        Group of each area by `area_code`.

    Returns
    -------
    bridge : Bridge
        The same shift for every group; its `source` is the prior's.

    Examples
    --------
    >>> import povlib
    >>> case = povlib.scenario.load("smoke")
    >>> assumed = assume(case.bridges[0], pd.Series({"01906": "Bắc Kạn"}))
    >>> assumed.is_assumed, assumed.groups.loc[ALL, "new_rate"].item()
    (True, 0.2693)
    """
    low, high = ndtri(prior.new_rate_lb), ndtri(prior.new_rate_ub)
    groups = _table(
        old_rate=pd.Series({ALL: prior.old_rate}),
        new_rate=pd.Series({ALL: prior.new_rate}),
        shift=pd.Series({ALL: ndtri(prior.new_rate) - ndtri(prior.old_rate)}),
        shift_se=pd.Series({ALL: (high - low) / 2 / ndtri(0.9)}),
    ).assign(count_areas=0, new_rate_lb=prior.new_rate_lb, new_rate_ub=prior.new_rate_ub)
    return Bridge(
        measure=prior.measure,
        old=prior.old,
        new=prior.new,
        groups=groups,
        spread=prior.spread,
        areas=areas,
        own=pd.Series(dtype=float),
        source=prior.source,
    )


def _table(
    *, old_rate: pd.Series, new_rate: pd.Series, shift: pd.Series, shift_se: pd.Series
) -> pd.DataFrame:
    half = ndtri(0.9) * shift_se
    return pd.DataFrame(
        {
            "old_rate": old_rate,
            "new_rate": new_rate,
            "new_rate_lb": ndtr(ndtri(new_rate) - half),
            "new_rate_ub": ndtr(ndtri(new_rate) + half),
            "ratio": new_rate / old_rate,
            "shift": shift,
            "shift_se": shift_se,
        }
    ).rename_axis("group")


def cross(bridge: Bridge, projection: Projection, *, seed: int) -> Projection:
    """
    Carry a projection over to the new standard.

    Parameters
    ----------
    bridge : Bridge
        Of the projection's measure and standard.
    projection : Projection
    seed : int
        Of the draws of the shift: the same for the same seed.

    Returns
    -------
    projection : Projection
        Under the new standard; the shift is drawn, its error together for all areas and
        its spread for each, so that the interval is wider.

    Raises
    ------
    ValueError
        If the bridge is of another measure or starts from another standard.

    Examples
    --------
    >>> import povlib
    >>> case = povlib.scenario.load("smoke")
    >>> data = povlib.demo.build()
    >>> review = data.review.query("standard == 'nd07-2021'")
    >>> rng = np.random.default_rng(case.seed)
    >>> fitted = povlib.trajectory.fit(review, case.model, rng=rng)
    >>> ahead = povlib.trajectory.project(fitted, range(2025, 2031))
    >>> assumed = assume(case.bridges[0], povlib.comparison.groups(data.areas))
    >>> cross(assumed, ahead, seed=case.seed).standard
    'nd351-2025'
    """
    if (bridge.measure, bridge.old) != (projection.measure, projection.standard):
        msg = (
            f"the bridge is of {bridge.measure} from {bridge.old}, the projection of"
            f" {projection.measure} under {projection.standard}"
        )
        raise ValueError(msg)
    rng, draws = np.random.default_rng(seed), projection.counted.shape[2]
    rows = bridge.groups.iloc[_rows(bridge, projection.area_codes)]
    own = bridge.own.reindex(projection.area_codes).to_numpy(float)[:, None]
    shared = rows[["shift"]].to_numpy() + rows[["shift_se"]].to_numpy() * rng.standard_normal(draws)
    apart = shared + bridge.spread * rng.standard_normal((len(rows), draws))
    shift = np.where(np.isfinite(own), own, apart)
    most = projection.households
    counted = np.empty_like(projection.counted, dtype=np.int32)
    # Year by year: what is worked out on the way would take several times the memory.
    for at in range(len(projection.years)):
        counted[:, at] = _shifted(projection.counted[:, at], most[:, [at]], shift)
    return Projection(
        measure=projection.measure,
        standard=bridge.new,
        area_codes=projection.area_codes,
        years=projection.years,
        counted=counted,
        present=_shifted(projection.present, projection.latest[:, None], shift),
        households=most,
        latest=projection.latest,
    )


def _shifted(counted: NDArray[Any], households: NDArray[Any], shift: Array) -> NDArray[np.int32]:
    """Whole households after a shift; half a household on both sides keeps 0 and 1 finite."""
    of = households.astype(np.float32)
    probit = ndtri(((counted + np.float32(0.5)) / (of + 1)).astype(np.float32))
    share = ndtr(probit + shift.astype(np.float32))
    return np.clip(np.rint(share * (of + 1) - 0.5), 0, of).astype(np.int32)


def restate(bridge: Bridge, review: pd.DataFrame) -> pd.DataFrame:
    """
    Restate the reviews under the old standard as the new one would have counted.

    Parameters
    ----------
    bridge : Bridge
    review : DataFrame
        One row per `area_code`, `year`, `standard`.

    Returns
    -------
    restated : DataFrame
        The rows under the old standard with the middle shift of their area; the parts
        of a measure keep their proportions, in whole households.

    Examples
    --------
    >>> import povlib
    >>> case = povlib.scenario.load("smoke")
    >>> data = povlib.demo.build()
    >>> review = data.review.query("standard == 'nd07-2021'")
    >>> assumed = assume(case.bridges[0], povlib.comparison.groups(data.areas))
    >>> restated = restate(assumed, review)
    >>> (restated["poor_households"] > review["poor_households"]).mean() > 0.9
    np.True_
    """
    rows = review[review["standard"] == bridge.old].copy()
    counted = measurement.count(rows, bridge.measure).astype(float).to_numpy()
    households = measurement.whole(rows, bridge.measure).astype(float).to_numpy()
    group = bridge.groups["shift"].to_numpy()[_rows(bridge, rows["area_code"])]
    own = bridge.own.reindex(rows["area_code"]).to_numpy(float)
    known = np.isfinite(counted) & (households > 0)
    shift = np.where(np.isfinite(own), own, group)
    after = np.full(len(rows), np.nan)
    after[known] = _shifted(counted[known], households[known], shift[known])
    parts, _ = measurement.MEASURES[bridge.measure]
    factor = np.divide(after, counted, out=np.full(len(rows), np.nan), where=counted > 0)
    rest = after.copy()
    for part in parts[1:]:
        own_part = np.rint(np.where(counted > 0, rows[part].astype(float) * factor, 0))
        rows[part] = pd.array(own_part, dtype="Float64").astype("Int64")
        rest -= own_part
    rows[parts[0]] = pd.array(rest, dtype="Float64").astype("Int64")
    return rows.assign(standard=bridge.new)


def _rows(bridge: Bridge, area_codes: pd.Series | tuple[str, ...]) -> NDArray[np.intp]:
    """Row of `bridge.groups` for every area; that of all areas for groups without a review."""
    groups = bridge.areas.reindex(area_codes).fillna("")
    return bridge.groups.index.get_indexer(groups.where(groups.isin(bridge.groups.index), ALL))
