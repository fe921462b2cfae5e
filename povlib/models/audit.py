"""
Figures worth a second look: neutral findings, never accusations.

Identities and plausibility are arithmetic; `audit_tests` adds what only chance can judge:
surprises against the trajectory model, heaping at targets, escapes into near-poverty.
"""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from povlib.data.tables import FLOWS_IN, FLOWS_OUT
from povlib.models import measurement

# A poverty rate that falls or rises by more than this part of itself in one year,
# and by more than one point, is worth a second look.
JUMP = 0.6
JUMP_POINTS = 0.01
HOUSEHOLDS_JUMP = 0.15  # of all households of an area, in one year
LOST_DIGIT = 0.25  # ten times the count lies within this part of the years beside it
LEAST_COUNT = 5  # smaller counts move by any part of themselves

COLUMNS = ["area_code", "year", "code", "severity", "status", "value", "expected", "p_value"]

# identity: an equation does not hold; impossible: no truth can look so; unusual: it can.
SEVERITIES = {
    "flow_residual": "identity",
    "flow_end_not_review": "identity",
    "flows_disagree": "identity",
    "start_not_last_end": "identity",
    "rate_above_one": "impossible",
    "lost_digit": "unusual",
    "jump": "unusual",
    "households_jump": "unusual",
    "repeated_row": "unusual",
    "class_not_kind": "unusual",
    "surprise": "unusual",
    "at_target": "unusual",
    "below_criterion": "unusual",
    "escapes_to_near_poor": "unusual",
    "last_digits": "unusual",
}


def examine(
    review: pd.DataFrame, flows: pd.DataFrame, areas: pd.DataFrame | None = None
) -> pd.DataFrame:
    """
    List the figures that break an identity or look implausible.

    Parameters
    ----------
    review : DataFrame
        One row per `area_code`, `year`, `standard`.
    flows : DataFrame
        One row per `area_code`, `year`, `standard`, `status`, `unit`.
    areas : DataFrame, optional
        One row per `area_code`.

    Returns
    -------
    findings : DataFrame
        One row per finding: `area_code`, `year`, `code`, `severity` (identity,
        impossible, unusual), `status`, `value` (what was found) and `expected` (what
        it was held against) [households; jump: share], `p_value` (missing here).

    Notes
    -----
    flow_residual: the end of the year less what the flow equation gives.
    flow_end_not_review: the end in the flows, the count of the review.
    flows_disagree: form 2 and form 3 on who passed from one list to the other.
    start_not_last_end: the start of the year, the end of the year before.
    rate_above_one: households counted, all households.
    lost_digit: a count that fits the years beside it when it is multiplied by ten.
    jump: change of the poverty rate in a year. households_jump: of all households.
    repeated_row: the same counts as the year before, or as another area.
    class_not_kind: a ward that is not urban, or a commune that is.

    Examples
    --------
    >>> import povlib
    >>> data = povlib.demo.build()
    >>> review = data.review.copy()
    >>> row = review.query("area_code == '01906' and year == 2023").index
    >>> review.loc[row, "poor_households"] //= 10  # a digit is lost
    >>> print(*examine(review, data.flows.iloc[:0])["code"].unique())
    jump lost_digit
    """
    found = [
        *_identities(review, flows),
        *_implausible(review),
        *([] if areas is None else [_classes(areas)]),
    ]
    return collect(found)


def collect(found: list[pd.DataFrame]) -> pd.DataFrame:
    """
    Put findings into one table, in order.

    Parameters
    ----------
    found : list of DataFrame
        Tables that `finding` made, at least one.

    Returns
    -------
    findings : DataFrame
        One row per finding, as `examine` gives them.

    Examples
    --------
    >>> rows = pd.DataFrame({"area_code": ["01"], "year": [2024]})
    >>> collect([finding(rows, "jump", pd.Series([0.2]))])["severity"].tolist()
    ['unusual']
    """
    findings = pd.concat(found, ignore_index=True)
    severity = findings["code"].map(SEVERITIES)
    findings = findings.assign(severity=severity)[COLUMNS]
    return findings.sort_values(["area_code", "year", "code", "status"], ignore_index=True)


def finding(
    rows: pd.DataFrame,
    code: str,
    value: pd.Series,
    expected: pd.Series | None = None,
    p_value: pd.Series | None = None,
) -> pd.DataFrame:
    """
    Make findings of the rows whose value is known.

    Parameters
    ----------
    rows : DataFrame
        With `area_code`, and `year` and `status` if the finding has them.
    code : str
        A key of `SEVERITIES`.
    value, expected, p_value : Series
        By the index of `rows`.

    Returns
    -------
    findings : DataFrame
        One row per row whose `value` is not missing.

    Examples
    --------
    >>> rows = pd.DataFrame({"area_code": ["01", "02"], "year": [2024, 2024]})
    >>> finding(rows, "jump", pd.Series([0.2, None]))["area_code"].tolist()
    ['01']
    """
    found = rows.reindex(columns=["area_code", "year", "status"]).assign(
        code=code,
        value=value.astype("Float64"),
        expected=pd.NA if expected is None else expected.astype("Float64"),
        p_value=np.nan if p_value is None else p_value,
    )
    types = {"year": "Int64", "status": "str", "expected": "Float64", "p_value": "float64"}
    return found[found["value"].notna()].astype(types)


def _identities(review: pd.DataFrame, flows: pd.DataFrame) -> Iterator[pd.DataFrame]:
    moved_in = flows[list(FLOWS_IN)].fillna(0).sum(axis=1)
    moved_out = flows[list(FLOWS_OUT)].fillna(0).sum(axis=1)
    yield _unequal(flows, "flow_residual", flows["end"], flows["start"] - moved_out + moved_in)
    now, last = (_beside(review, flows, years) for years in (0, 1))
    yield _unequal(now, "flow_end_not_review", now["end"], now["counted"])
    yield _unequal(last, "start_not_last_end", last["start"], last["counted"])
    yield from _both_forms(flows)


def _beside(review: pd.DataFrame, flows: pd.DataFrame, years: int) -> pd.DataFrame:
    """Flows in households beside the review of so many years before."""
    keys = ["area_code", "year", "standard"]
    last = review[[*keys, "poor_households", "near_poor_households"]].copy()
    last["year"] += years
    joined = flows[flows["unit"] == "households"].merge(last, on=keys)
    poor = joined["status"] == "poor"
    counted = joined["poor_households"].where(poor, joined["near_poor_households"])
    return joined.assign(counted=counted)


def _both_forms(flows: pd.DataFrame) -> Iterator[pd.DataFrame]:
    keys = ["area_code", "year", "standard", "unit"]
    sides = [flows[flows["status"] == status] for status in ("poor", "near_poor")]
    both = sides[0].merge(sides[1], on=keys, suffixes=("_poor", "_near"))
    both = both.assign(status="poor")
    for out, into in (("poor", "near"), ("near", "poor")):
        left, came = both[f"out_to_other_status_{out}"], both[f"in_from_other_status_{into}"]
        yield _unequal(both, "flows_disagree", left, came)


def _unequal(rows: pd.DataFrame, code: str, value: pd.Series, expected: pd.Series) -> pd.DataFrame:
    differs = (value != expected).fillna(value=False)
    return finding(rows, code, value.where(differs), expected)


def _implausible(review: pd.DataFrame) -> Iterator[pd.DataFrame]:
    rows = review.sort_values(["area_code", "standard", "year"]).reset_index(drop=True)
    series = rows.groupby(["area_code", "standard"], sort=False)
    follows = series["year"].diff() == 1
    poor, households = rows["poor_households"], rows["households"]
    above = (poor > households).fillna(value=False)
    yield finding(rows.assign(status="poor"), "rate_above_one", poor.where(above), households)
    rate = measurement.rate(rows, "poverty_rate").astype("Float64")
    change = rate - rate.groupby([rows["area_code"], rows["standard"]], sort=False).shift()
    large = (change.abs() > JUMP * (rate - change)) & (change.abs() > JUMP_POINTS) & follows
    yield finding(rows.assign(status="poor"), "jump", change.where(large.fillna(value=False)))
    before = series["households"].shift()
    moved = ((households - before).abs() > HOUSEHOLDS_JUMP * before) & follows
    yield finding(rows, "households_jump", households.where(moved.fillna(value=False)), before)
    for status in ("poor", "near_poor"):
        yield _lost_digits(rows.assign(status=status), f"{status}_households")
    yield from _repeated(rows, follows)


def _lost_digits(rows: pd.DataFrame, column: str) -> pd.DataFrame:
    counts = rows[column].astype("Float64")
    series = counts.groupby([rows["area_code"], rows["standard"]], sort=False)
    sides = pd.concat([series.shift(), series.shift(-1)], axis=1)
    usual = sides.mean(axis=1)
    fits = (10 * counts - usual).abs() <= LOST_DIGIT * usual
    steady = (sides.max(axis=1) <= 2 * sides.min(axis=1)) & (usual >= 10 * LEAST_COUNT)
    lost = (fits & steady & (counts > 0)).fillna(value=False)
    return finding(rows, "lost_digit", counts.where(lost), usual)


def _repeated(rows: pd.DataFrame, follows: pd.Series) -> Iterator[pd.DataFrame]:
    """The same three counts as the year before, or as an area earlier in the list."""
    counts = ["households", "poor_households", "near_poor_households"]
    known = rows[counts].notna().all(axis=1) & (rows["poor_households"] > LEAST_COUNT)
    before = rows.groupby(["area_code", "standard"], sort=False)[counts].shift()
    same = (rows[counts] == before).fillna(value=False).all(axis=1) & follows & known
    yield finding(rows, "repeated_row", rows["poor_households"].where(same))
    twin = rows.duplicated(["year", "standard", *counts]) & known
    # Areas that had the same number of households before are alike, not copied.
    last = rows.assign(last=before["households"])
    twin &= ~(last.duplicated(["year", "standard", "households", "last"]) & last["last"].notna())
    yield finding(rows, "repeated_row", rows["poor_households"].where(twin))


def _classes(areas: pd.DataFrame) -> pd.DataFrame:
    ward = areas["kind"].str.lower().map({"phường": True, "xã": False}).astype("boolean")
    differs = (ward != areas["urban"]).fillna(value=False)
    return finding(areas, "class_not_kind", areas["urban"].astype("Float64").where(differs))
