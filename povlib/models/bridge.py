"""
From one poverty standard to the next: how many more households a new one counts.

A review under both standards in the same year gives the ratio; without one it is an
assumption of the scenario, and whatever rests on it says so.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from povlib.models import measurement
from povlib.models.projection import Projection
from povlib.scenario import BridgePrior

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Bridge:
    """
    Households counted under the new standard / under the old; g groups.

    Attributes
    ----------
    measure, old, new : str
        Which rate, from which standard to which.
    groups : DataFrame
        One row per `group`: `ratio`, `ratio_lb`, `ratio_ub` (80 % interval),
        `count_areas`, and `log_se`, the standard error of the ratio's logarithm.
        Row `*` holds all areas together and stands for groups without a review.
    spread : float
        Standard deviation of the ratio's logarithm from area to area in a group.
    areas : Series
        Group of each area by `area_code`.
    source : str
        Where an assumed ratio comes from; empty if it was counted.
    """

    measure: str
    old: str
    new: str
    groups: pd.DataFrame
    spread: float
    areas: pd.Series
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
        None without a double review.

    Notes
    -----
    The ratio of a group is that of its sums. Its error is the spread of its areas'
    ratios, each counting with its households, over the root of their effective number;
    a group of one area takes the spread of all. The ratio is taken to stay what it was
    in the year of the double review.
    """
    both = _double(review, measure, old, new)
    if both.empty:
        return None
    both["group"] = areas.reindex(both["area_code"]).fillna("").to_numpy()
    sums = both.groupby("group")[["old", "new"]].sum()
    sums.loc["*"] = both[["old", "new"]].sum()
    middle = np.log(sums["new"] / sums["old"])
    off = np.log(both["new"] / both["old"]) - middle[both["group"]].to_numpy()
    weight = both["old"] / both["old"].sum()
    spread = float(np.sqrt((weight * off**2).sum()))
    size = both.groupby("group")["old"].agg(lambda old: old.sum() ** 2 / (old**2).sum())
    size["*"] = both["old"].sum() ** 2 / (both["old"] ** 2).sum()
    counts = both.groupby("group").size()
    counts["*"] = len(both)
    groups = _table(middle, spread / np.sqrt(size), counts)
    return Bridge(measure, old, new, groups, spread, areas, source="")


def assume(prior: BridgePrior, areas: pd.Series) -> Bridge:
    """Make the bridge that a scenario assumes."""
    error = np.log(prior.ratio_ub / prior.ratio_lb) / 2 / stats.norm.ppf(0.9)
    groups = _table(
        pd.Series({"*": np.log(prior.ratio)}), pd.Series({"*": error}), pd.Series({"*": 0})
    )
    groups[["ratio_lb", "ratio_ub"]] = [[prior.ratio_lb, prior.ratio_ub]]
    return Bridge(
        prior.measure, prior.old, prior.new, groups, prior.spread, areas, source=prior.source
    )


def _double(review: pd.DataFrame, measure: str, old: str, new: str) -> pd.DataFrame:
    """Counts under both standards; half a household in the place of none keeps ratios finite."""
    rows = review[["area_code", "year", "standard"]].assign(
        counted=measurement.count(review, measure).astype(float).clip(lower=0.5)
    )
    sides = [
        rows[rows["standard"] == standard]
        .drop(columns="standard")
        .rename(columns={"counted": name})
        for standard, name in ((old, "old"), (new, "new"))
    ]
    return sides[0].merge(sides[1], on=["area_code", "year"]).dropna()


def _table(middle: pd.Series, error: pd.Series, counts: pd.Series) -> pd.DataFrame:
    half = stats.norm.ppf(0.9) * error
    return pd.DataFrame(
        {
            "ratio": np.exp(middle),
            "ratio_lb": np.exp(middle - half),
            "ratio_ub": np.exp(middle + half),
            "count_areas": counts,
            "log_se": error,
        }
    ).rename_axis("group")


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
        The rows under the old standard; what the measure counts is multiplied by the
        middle ratio of the area's group, in whole households, at most all.
    """
    rows = review[review["standard"] == bridge.old].copy()
    ratio = bridge.groups["ratio"].to_numpy()[_rows(bridge, rows["area_code"])]
    parts, whole = measurement.MEASURES[bridge.measure]
    counted = measurement.count(rows, bridge.measure).astype(float)
    most = rows[whole].astype(float) / counted.where(counted > 0)
    for part in parts:
        restated = rows[part].astype(float) * np.fmin(ratio, most)
        rows[part] = restated.round().astype("Int64")
    return rows.assign(standard=bridge.new)


def _rows(bridge: Bridge, area_codes: pd.Series | tuple[str, ...]) -> NDArray[np.intp]:
    """Row of `bridge.groups` for every area; that of all areas for groups without a review."""
    groups = bridge.areas.reindex(area_codes).fillna("")
    return bridge.groups.index.get_indexer(groups.where(groups.isin(bridge.groups.index), "*"))


def cross(bridge: Bridge, projection: Projection, *, seed: int) -> Projection:
    """
    Carry a projection over to the new standard.

    Parameters
    ----------
    bridge : Bridge
        Of the projection's measure and standard.
    projection : Projection
    seed : int
        Of the draws of the ratio: the same for the same seed.

    Returns
    -------
    projection : Projection
        Under the new standard; the ratio and its spread from area to area are drawn,
        so that the interval is wider. No more households are counted than there are.

    Raises
    ------
    ValueError
        If the bridge is of another measure or starts from another standard.
    """
    if (bridge.measure, bridge.old) != (projection.measure, projection.standard):
        msg = (
            f"the bridge is of {bridge.measure} from {bridge.old}, the projection of"
            f" {projection.measure} under {projection.standard}"
        )
        raise ValueError(msg)
    rng, draws = np.random.default_rng(seed), projection.counted.shape[2]
    rows = _rows(bridge, projection.area_codes)
    middle = np.log(bridge.groups["ratio"].to_numpy())[:, None]
    shared = middle + bridge.groups[["log_se"]].to_numpy() * rng.standard_normal((1, draws))
    own = bridge.spread * rng.standard_normal((len(rows), draws))
    ratio = np.exp(shared[rows] + own).astype(np.float32)
    most = projection.households[:, :, None]
    counted = np.minimum(np.rint(projection.counted * ratio[:, None]), most)
    return Projection(
        measure=projection.measure,
        standard=bridge.new,
        area_codes=projection.area_codes,
        years=projection.years,
        counted=counted.astype(np.int32),
        present=np.minimum(np.rint(projection.present * ratio), most[:, 0]).astype(np.int32),
        households=projection.households,
    )
