"""Targets: how far, how fast so far, how fast it must be, how likely, and when."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from povlib.errors import DataError
from povlib.models import measurement
from povlib.models.projection import Projection
from povlib.scenario import ModelSettings, Target

COLUMNS = [
    "area_code",
    "measure",
    "standard",
    "kind",
    "base_year",
    "target_year",
    "target_rate",
    "first_year",
    "last_year",
    "rate_now",
    "gap",
    "pace_so_far",
    "pace_needed",
    "aarr_so_far",
    "aarr_needed",
    "probability",
    "year_reached",
    "year_reached_lb",
    "year_reached_ub",
    "households_to_leave_per_year",
    "households_to_leave_per_year_lb",
    "households_to_leave_per_year_ub",
    "status",
]
_ROUNDING = 1e-6  # households: 0.1 times 30 must stay 3


def required_annual_change(current_rate: float, target_rate: float, *, years_left: int) -> float:
    """
    Constant yearly change that takes the current rate to the target.

    Parameters
    ----------
    current_rate : float or Series
        Latest observed rate. [share, 0-1]
    target_rate : float or Series
        Rate to reach. [share, 0-1]
    years_left : int or Series
        Years between the two, at least 1. [years]

    Returns
    -------
    annual_change : float or Series
        Change per year; negative when the rate must fall, zero when the target
        is met already. Same shape and index as `current_rate`. [share per year]

    Raises
    ------
    ValueError
        If `years_left` is smaller than 1.

    Examples
    --------
    >>> print(round(required_annual_change(0.30, 0.15, years_left=5), 4))
    -0.03
    >>> print(required_annual_change(0.10, 0.15, years_left=5))
    0.0
    """
    least = np.min(years_left)
    if least < 1:
        msg = f"years_left must be at least 1, received {least:g}"
        raise ValueError(msg)
    return np.minimum(target_rate - current_rate, 0) / years_left


def reduction_rate(first_rate: Any, last_rate: Any, *, years: Any) -> Any:
    """
    Average annual rate of reduction (AARR): the part of the rate that goes every year.

    Parameters
    ----------
    first_rate, last_rate : float, ndarray or Series
        Rates at the start and at the end. [share, 0-1]
    years : float, ndarray or Series
        Years between the two. [years]

    Returns
    -------
    aarr : float, ndarray or Series
        Positive for a fall, missing from a rate of 0: no part of nothing can go.
        [share per year]

    References
    ----------
    UNICEF, How to calculate Average Annual Rate of Reduction, 2007.

    Examples
    --------
    >>> print(round(reduction_rate(0.08, 0.02, years=2), 4))
    0.5
    """
    known = np.where(np.asarray(first_rate, dtype=float) > 0, first_rate, np.nan)
    return 1 - (last_rate / known) ** (1 / years)


def assess(
    projection: Projection, review: pd.DataFrame, target: Target, settings: ModelSettings
) -> pd.DataFrame:
    """
    Hold every area against a target.

    Parameters
    ----------
    projection : Projection
        Of the target's measure, reaching the target's year; of areas, or of a sum
        of areas (`projection.aggregate`).
    review : DataFrame
        Reviews of the same areas, or `measurement.total` with the `area_code` of
        the sum. Rows of other standards than the projection's are left aside.
    target : Target
        What to reach.
    settings : ModelSettings
        `on_track`, `at_risk` and `min_years` set the words, `interval` the ranges.

    Returns
    -------
    status : DataFrame
        One row per `area_code`, in the order of the projection. `measure`,
        `standard` (of the projection), `kind`, `base_year`, `target_year`;
        `target_rate`: the rate to reach, for a pace or a halving worked out from
        the area's own base year [share]; `first_year`, `last_year`: reviews that
        the pace is taken over; `rate_now`, `gap` (rate now less target) [share];
        `pace_so_far`, `pace_needed` [share per year], negative for a fall, the
        latter 0 if the target is met now; `aarr_so_far`, `aarr_needed`: the same
        in proportion, positive for a fall [share per year]; `probability`: part of
        the draws that meet the target in its year; `year_reached`: the first year
        that meets it, the median of the draws, with its range, the last review's if
        met now, missing if not by the last projected year;
        `households_to_leave_per_year`: net of those who come, missing if met now,
        with the range that the noise of the last review leaves, missing where other areas
        were reviewed later; `status`. What
        is not known is missing.

    Raises
    ------
    DataError
        If the projection is of another measure or does not reach the target's year.

    Notes
    -----
    The status is, by the first rule that holds,

    1. `cannot_tell`: fewer than `settings.min_years` known rates, or no known rate
       in the target's base year;
    2. `met`: at or below the target now, probability at least `settings.on_track`;
    3. `on_track`: probability at least `settings.on_track`;
    4. `at_risk`: probability at least `settings.at_risk`;
    5. `off_track`: the rest.

    A rate is met in whole households: 10 % of 104 households are 10 households.

    Examples
    --------
    >>> import povlib
    >>> case = povlib.scenario.load("smoke")
    >>> review = povlib.demo.build().review.query("standard == 'nd07-2021'")
    >>> rng = np.random.default_rng(case.seed)
    >>> fitted = povlib.trajectory.fit(review, case.model, rng=rng, measure="multidimensional_rate")
    >>> ahead = povlib.trajectory.project(fitted, range(2025, 2031))
    >>> status = assess(ahead, review, case.targets[0], case.model)
    >>> status[["area_code", "target_rate", "status"]].head(2)
      area_code  target_rate status
    0     01840          0.1    met
    1     01843          0.1    met
    """
    _check(projection, target)
    standing = _standing(projection, review, target)
    allowed = _allowed(projection, standing, target)
    at = projection.years.index(target.year)
    reached = projection.counted[:, at] <= allowed[:, [at]]
    known = np.isfinite(allowed[:, at])
    probability = np.where(known, reached.mean(axis=1), np.nan)
    now, wanted = standing["rate_now"], standing["target_rate"]
    years_left = target.year - standing["last_year"].astype(float)
    needed = pd.Series(required_annual_change(now, wanted, years_left=years_left))
    status = standing.assign(
        measure=projection.measure,
        standard=projection.standard,
        kind=target.kind,
        base_year=pd.array([target.base_year] * len(standing), dtype="Int64"),
        target_year=target.year,
        gap=(now - wanted).mask(standing["is_met"], np.minimum(now - wanted, 0)),
        pace_needed=needed.mask(standing["is_met"], 0),
        aarr_needed=reduction_rate(now, np.minimum(now, wanted), years=years_left),
        probability=probability,
        **_years_reached(projection, standing, allowed, settings.interval),
        **_to_leave(projection, standing, allowed[:, at], years_left, settings.interval),
        status=_words(standing, probability, settings),
    )
    return status.reset_index()[COLUMNS]


def _check(projection: Projection, target: Target) -> None:
    if projection.measure != target.measure:
        msg = f"target of {target.measure}: the projection is of {projection.measure}"
        raise DataError(msg)
    if target.year not in projection.years:
        span = f"{projection.years[0]} to {projection.years[-1]}"
        msg = f"target year {target.year}: the projection covers {span}"
        raise DataError(msg)


def _standing(projection: Projection, review: pd.DataFrame, target: Target) -> pd.DataFrame:
    """First, last and base year's known rate of every area, and what they make of the target."""
    rows = review[review["standard"] == projection.standard].sort_values("year")
    known = rows[["area_code", "year"]].assign(
        rate=measurement.rate(rows, projection.measure).astype(float),
        counted=measurement.count(rows, projection.measure).astype(float),
        households=measurement.whole(rows, projection.measure).astype(float),
    )
    known = known.dropna(subset=["rate"])
    ends = known.groupby("area_code")
    first, last = ends.first(), ends.last()
    base = known[known["year"] == target.base_year].set_index("area_code").reindex(last.index)
    years = (last["year"] - first["year"]).astype(float)
    years = years.where(years > 0)
    wanted: pd.Series | float
    match target.kind:
        case "level":
            wanted = target.value
        case "pace":
            fall = target.value * (target.year - (target.base_year or 0))
            wanted = (base["rate"] - fall).clip(lower=0)
        case "halving":
            wanted = target.value * base["counted"] / last["households"]
    standing = pd.DataFrame(
        {
            "first_year": first["year"].astype("Int64"),
            "last_year": last["year"].astype("Int64"),
            "count_years": ends.size(),
            "counted": last["counted"],
            "households": last["households"],
            "base_counted": base["counted"],
            "rate_now": last["rate"],
            "pace_so_far": (last["rate"] - first["rate"]) / years,
            "aarr_so_far": reduction_rate(first["rate"], last["rate"], years=years).where(
                years.notna()
            ),
        }
    )
    every = pd.Index(projection.area_codes, name="area_code", dtype="str")
    standing = standing.reindex(every).assign(target_rate=wanted)
    allowed = np.floor(standing["target_rate"] * standing["households"] + _ROUNDING)
    return standing.assign(is_met=standing["counted"] <= allowed)


def _allowed(projection: Projection, standing: pd.DataFrame, target: Target) -> NDArray[np.float64]:
    """Households that may be counted in a year for the target to be met, shape (n, h)."""
    if target.kind == "halving":
        most = target.value * standing["base_counted"].to_numpy(float)
        allowed = np.repeat(most[:, None], len(projection.years), axis=1)
    else:
        allowed = standing["target_rate"].to_numpy(float)[:, None] * projection.households
    return np.floor(allowed + _ROUNDING)


def _years_reached(
    projection: Projection,
    standing: pd.DataFrame,
    allowed: NDArray[np.float64],
    interval: float,
) -> dict[str, pd.Series]:
    """First year that meets the target, median and range of the draws; missing if none does."""
    meets = projection.counted <= allowed[:, :, None]
    years = np.append(np.array(projection.years, dtype=float), np.inf)
    first = years[np.where(meets.any(axis=1), meets.argmax(axis=1), len(projection.years))]
    tail = (1 - interval) / 2
    limits = np.quantile(first, [0.5, tail, 1 - tail], axis=1, method="inverted_cdf")
    names = ["year_reached", "year_reached_lb", "year_reached_ub"]
    reached = {}
    for name, limit in zip(names, limits, strict=True):
        year = pd.Series(limit, index=standing.index).replace(np.inf, np.nan)
        reached[name] = year.astype("Int64").mask(standing["is_met"], standing["last_year"])
    return reached


def _to_leave(
    projection: Projection,
    standing: pd.DataFrame,
    allowed: NDArray[np.float64],
    years_left: pd.Series,
    interval: float,
) -> dict[str, pd.Series]:
    """Whole households a year between now and what is allowed in the target's year."""
    tail = (1 - interval) / 2
    low, high = np.quantile(projection.present, [tail, 1 - tail], axis=1)
    now = standing["counted"].to_numpy(float)
    # `present` is of the last year in which any area was reviewed.
    behind = (standing["last_year"] < standing["last_year"].max()).fillna(value=True).to_numpy(bool)
    low, high = np.where(behind, np.nan, [low, high])
    counts = {"": now, "_lb": np.minimum(low, now), "_ub": np.maximum(high, now)}
    leave = {}
    for suffix, count in counts.items():
        excess = np.maximum(count - allowed, 0) / years_left
        # An excess of exactly 3 households a year must not become 4 by rounding errors.
        whole = np.ceil(excess.round(6)).astype("Int64")
        leave[f"households_to_leave_per_year{suffix}"] = whole.mask(standing["is_met"])
    return leave


def _words(
    standing: pd.DataFrame, probability: NDArray[np.float64], settings: ModelSettings
) -> NDArray[np.str_]:
    enough = (standing["count_years"] >= settings.min_years) & np.isfinite(probability)
    likely = probability >= settings.on_track
    return np.select(
        [~enough, standing["is_met"] & likely, likely, probability >= settings.at_risk],
        ["cannot_tell", "met", "on_track", "at_risk"],
        default="off_track",
    )


def changes(before: pd.DataFrame | None, now: pd.DataFrame) -> pd.DataFrame:
    """
    Find the areas whose standing against the first target changed between two issues.

    Parameters
    ----------
    before, now : DataFrame
        See `assess`, with the number of the `target`; None if there was no issue before.

    Returns
    -------
    changes : DataFrame
        One row per `area_code` with another `status` than `status_before`, or whose
        last review is another: `rate_before`, `rate_now` [share],
        `probability_before`, `probability`. The least probability comes first.

    Examples
    --------
    >>> columns = ["area_code", "last_year", "rate_now", "probability", "status"]
    >>> now = pd.DataFrame([["1", 2024, 0.2, 0.3, "off_track"]], columns=columns)
    >>> before = now.assign(probability=0.8, status="on_track")
    >>> found = changes(before.assign(target=0), now.assign(target=0))
    >>> found[["status_before", "status"]].iloc[0].tolist()
    ['on_track', 'off_track']
    """
    columns = ["area_code", "last_year", "rate_now", "probability", "status"]
    new = now.loc[now["target"] == 0, columns]
    names = {"rate_now": "rate_before", **{one: f"{one}_before" for one in columns[3:]}}
    if before is None:
        before = now.head(0)
    old = before.loc[before["target"] == 0, columns].rename(columns=names)
    both = new.merge(old, on="area_code", suffixes=("", "_before"))
    moved = both["status"] != both["status_before"]
    reviewed = both["last_year"] != both["last_year_before"]
    changed = both[moved | reviewed.fillna(value=True)]
    kept = ["area_code", "rate_before", "rate_now"]
    kept += ["probability_before", "probability", "status_before", "status"]
    return changed.sort_values(["probability", "area_code"], ignore_index=True)[kept]
