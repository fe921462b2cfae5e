"""Figures worth a second look: neutral findings, never accusations."""

import pandas as pd

from povlib.data.tables import FLOWS_IN, FLOWS_OUT
from povlib.models import measurement

# A poverty rate that falls or rises by more than this part of itself in one year,
# and by more than one point, is worth a second look.
JUMP = 0.6
JUMP_POINTS = 0.01


def examine(review: pd.DataFrame, flows: pd.DataFrame) -> pd.DataFrame:
    """
    List the figures worth a second look.

    Parameters
    ----------
    review : DataFrame
        One row per `area_code`, `year`, `standard`.
    flows : DataFrame
        One row per `area_code`, `year`, `standard`, `status`, `unit`.

    Returns
    -------
    findings : DataFrame
        One row per finding: `area_code`, `year`, `code` (flow_residual,
        start_not_last_end, jump), `status` and `value`: households that the
        flow equation leaves over, households between last year's end and this
        year's start, or the change of the poverty rate. [households or share]
    """
    parts = [_residuals(flows), _starts(review, flows), _jumps(review)]
    found = pd.concat(parts, ignore_index=True)
    return found.sort_values(["area_code", "year", "code", "status"], ignore_index=True)


def _residuals(flows: pd.DataFrame) -> pd.DataFrame:
    """End minus what the equation of form 2 gives; an empty cell counts as zero."""
    moved_in = flows[list(FLOWS_IN)].fillna(0).sum(axis=1)
    moved_out = flows[list(FLOWS_OUT)].fillna(0).sum(axis=1)
    left_over = flows["end"] - (flows["start"] - moved_out + moved_in)
    return _findings(flows, "flow_residual", left_over)


def _starts(review: pd.DataFrame, flows: pd.DataFrame) -> pd.DataFrame:
    keys = ["area_code", "year", "standard"]
    last = review[[*keys, "poor_households", "near_poor_households"]].copy()
    last["year"] += 1
    # A left join keeps the rows and their order: one review row a key.
    joined = flows[flows["unit"] == "households"].merge(last, on=keys)
    ended = joined["poor_households"].where(
        joined["status"] == "poor", joined["near_poor_households"]
    )
    return _findings(joined, "start_not_last_end", joined["start"] - ended)


def _jumps(review: pd.DataFrame) -> pd.DataFrame:
    rate = measurement.rate(review, "poverty_rate").astype("Float64")
    series = review.groupby(["area_code", "standard"], sort=False)
    change = rate - rate.groupby([review["area_code"], review["standard"]], sort=False).shift()
    before = rate - change
    jump = (
        (series["year"].diff() == 1) & (change.abs() > JUMP * before) & (change.abs() > JUMP_POINTS)
    )
    return _findings(review.assign(status="poor"), "jump", change.where(jump.fillna(value=False)))


def _findings(rows: pd.DataFrame, code: str, value: pd.Series) -> pd.DataFrame:
    found = rows.assign(code=code, value=value.astype("Float64"))
    found = found[found["value"].notna() & (found["value"] != 0)]
    return found[["area_code", "year", "code", "status", "value"]]
