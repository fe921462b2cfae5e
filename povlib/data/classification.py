"""From a household's points or income to its status under a poverty standard."""

from dataclasses import dataclass
from math import inf
from typing import Literal

import pandas as pd

from povlib.data.standards import STANDARDS
from povlib.errors import DataError

Basis = Literal["score", "income"]
STATUSES = ("poor", "near_poor", "average_living_standard", "other")


@dataclass(frozen=True, slots=True)
class Limits:
    """
    Where a standard draws its lines; None where a threshold is not known.

    All are inclusive: a household at a limit is below it. The first six are points
    of B1, or VND per person and month, as the basis is the score or income.

    Attributes
    ----------
    rural_poorest, urban_poorest : float or None
        At or below, a household is poor whatever it lacks; -inf if the standard has
        no such rule.
    rural_line, urban_line : float or None
        At or below, a household is poor or near-poor, by what it lacks.
    rural_average, urban_average : float or None
        Above the line and at or below this, average living standard. Equal to the
        line if the basis does not tell who has it.
    deprivations : float
        Points of B2, ten for each deprivation: from here on poor. [points]
    """

    rural_poorest: float | None
    urban_poorest: float | None
    rural_line: float | None
    urban_line: float | None
    rural_average: float | None
    urban_average: float | None
    deprivations: float = 30


# Decision 59/2015/QD-TTg, article 2, for incomes; points from Circular 14/2018/
# TT-BLDTBXH as reported by thukyluat.vn, whose text ends before the upper rural limit.
# Decree 07/2021/ND-CP; Circular 07/2021/TT-BLDTBXH, under which the average living
# standard is found from income and not from points. Decree 351/2025/ND-CP as reported
# by Vietnam News Agency: its band of the average living standard and its points are
# not published in our sources.
LIMITS: dict[tuple[str, Basis], Limits] = {
    ("qd59-2015", "income"): Limits(700_000, 900_000, 1_000_000, 1_300_000, None, None),
    ("qd59-2015", "score"): Limits(120, 140, None, 175, None, None),
    ("nd07-2021", "income"): Limits(-inf, -inf, 1_500_000, 2_000_000, 2_250_000, 3_000_000),
    ("nd07-2021", "score"): Limits(-inf, -inf, 140, 175, 140, 175),
    ("nd351-2025", "income"): Limits(-inf, -inf, 2_200_000, 2_800_000, None, None),
    ("nd351-2025", "score"): Limits(-inf, -inf, None, None, None, None),
}


def classify(
    households: pd.DataFrame,
    standard: str,
    *,
    basis: Basis = "score",
    limits: Limits | None = None,
) -> pd.Series:
    """
    Give every household its status under a standard.

    Parameters
    ----------
    households : DataFrame
        One row per household: `b1` (points of the review sheet) or, for incomes,
        `income` [VND per person and month]; `b2`, ten points per deprivation; `urban`,
        whether in a ward or town, or `area`, `urban` or `rural`.
    standard : str
        Name of the standard.
    basis : {"score", "income"}
        Whether `b1` or `income` is held against the lines.
    limits : Limits, optional
        Instead of the standard's own: a higher line that a province set, or a
        threshold that is not in `LIMITS` (`dataclasses.replace`).

    Returns
    -------
    status : Series of str
        poor, near_poor, average_living_standard or other; same index as `households`.

    Raises
    ------
    DataError
        If a threshold that a household needs is not known, or a column or value is
        missing or out of range.

    Notes
    -----
    By points nobody has an average living standard: the circular finds it from income,
    and such households are `other` here.

    Points are a proxy for income: right on average, often wrong for one household.
    Count statuses by commune; do not rank households by them.

    Examples
    --------
    >>> households = pd.DataFrame({"b1": [140, 140, 141], "b2": [30, 20, 90], "urban": False})
    >>> print(*classify(households, "nd07-2021"))
    poor near_poor other
    """
    limits = limits or _official(standard, basis)
    urban = _urban(households)
    level = _numbers(households, "b1" if basis == "score" else "income")
    lacking = _numbers(households, "b2")
    few = (lacking < 10) & (lacking != 0)  # a number of deprivations, not their points
    _refuse(households, "b2", few, "must be points, ten for each deprivation")
    needed = pd.Series(data=True, index=households.index)
    place = f"standard {standard}, {basis}"
    below = {}
    for name in ("poorest", "line", "average"):
        below[name] = level <= _threshold(limits, name, urban, needed, place)
        needed = needed & ~below[name]
    status = pd.Series("other", index=households.index, dtype="str", name="status")
    status[below["average"]] = "average_living_standard"
    status[below["line"]] = "near_poor"
    status[below["poorest"] | (below["line"] & (lacking >= limits.deprivations))] = "poor"
    return status


def _official(standard: str, basis: Basis) -> Limits:
    if (standard, basis) not in LIMITS:
        known = ", ".join(name for name in STANDARDS if (name, "score") in LIMITS)
        msg = f"standard {standard} by {basis}: unknown; there are {known}, by score or income"
        raise DataError(msg)
    return LIMITS[standard, basis]


def _threshold(
    limits: Limits, name: str, urban: pd.Series, needed: pd.Series, place: str
) -> pd.Series:
    """The threshold of every household; refused if one that is not known is needed."""
    known = {True: getattr(limits, f"urban_{name}"), False: getattr(limits, f"rural_{name}")}
    for is_urban, value in known.items():
        affected = needed & (urban == is_urban)
        if value is None and affected.any():
            where = "urban" if is_urban else "rural"
            msg = (
                f"{place}: the threshold {where}_{name} is not known, and {affected.sum()}"
                " households need it; give limits"
            )
            raise DataError(msg)
    return urban.map(known).astype(float)


def _urban(households: pd.DataFrame) -> pd.Series:
    meanings: dict[object, bool] = {True: True, False: False}
    name = "urban" if "urban" in households else "area"
    if name == "area":
        meanings = {"urban": True, "rural": False}
    if name not in households:
        msg = "households: column urban (true or false) or area (urban or rural) is missing"
        raise DataError(msg)
    urban = households[name].map(meanings)
    rule = f"must be {' or '.join(str(word).lower() for word in meanings)}"
    _refuse(households, name, urban.isna(), rule)
    return urban.astype(bool)


def _numbers(households: pd.DataFrame, name: str) -> pd.Series:
    if name not in households:
        msg = f"households: column {name} is missing"
        raise DataError(msg)
    numbers = pd.to_numeric(households[name], errors="coerce").astype(float)
    _refuse(households, name, numbers.isna() | numbers.abs().eq(inf), "must be a number")
    return numbers


def _refuse(households: pd.DataFrame, name: str, wrong: pd.Series, rule: str) -> None:
    if wrong.any():
        row, found = wrong.index[wrong][0], households.loc[wrong, name].iloc[0]
        msg = f"households, row {row}: {name} {rule}; found {found} ({wrong.sum()} such)"
        raise DataError(msg)
