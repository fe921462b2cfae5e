"""The action register: what is due, what is not clear, and which needs nobody has taken up."""

from datetime import date

import numpy as np
import pandas as pd

from povlib.data.standards import Indicator

DUE_DAYS = 30  # an action due within so many days is due soon
LARGEST = 3  # deprivations of an area that should each have an action
# What Directive 11 wants clear of every action, and the columns that hold it.
SIX_CLEAR = {
    "people": "carried_out_by",
    "work": "task",
    "time": "deadline",
    "responsibility": "responsibility",
    "authority": "authority",
    "result": "expected_result",
}


def assess(actions: pd.DataFrame, *, on: str) -> pd.DataFrame:
    """
    Say of every action where it stands on a day, and what is not clear of it.

    Parameters
    ----------
    actions : DataFrame
        The table `actions`.
    on : str
        The day, YYYY-MM-DD.

    Returns
    -------
    register : DataFrame
        Rows of `actions` by deadline and task, with `days_left` to the deadline,
        negative after it [days]; `state`: of open actions `overdue` after the
        deadline, `due_soon` within `DUE_DAYS` days of it, else `planned` or
        `under_way`; of those reported done `done` or, if no result is given,
        `done_without_result`; `cancelled`; `unclear`: which of `SIX_CLEAR` are
        empty, parted by commas.
    """
    register = actions.sort_values(["deadline", "area_code", "task"], ignore_index=True)
    today = date.fromisoformat(on)
    left = [(date.fromisoformat(day) - today).days for day in register["deadline"]]
    days = pd.Series(left, index=register.index, dtype="int64")
    is_open = register["status"].isin(["planned", "under_way"])
    is_done = register["status"] == "done"
    state = np.select(
        [
            is_open & (days < 0),
            is_open & (days <= DUE_DAYS),
            is_done & register["result"].isna(),
        ],
        ["overdue", "due_soon", "done_without_result"],
        default=register["status"],
    )
    return register.assign(days_left=days, state=state, unclear=_unclear(register))


def _unclear(register: pd.DataFrame) -> pd.Series:
    missing = pd.DataFrame(
        {
            name: register[column].isna() if column in register else True
            for name, column in SIX_CLEAR.items()
        },
        index=register.index,
    )
    names = [",".join(missing.columns[row]) for row in missing.to_numpy(dtype=bool)]
    return pd.Series(names, index=register.index, dtype="str")


def needs(
    deprivations: pd.DataFrame, actions: pd.DataFrame, indicators: tuple[Indicator, ...]
) -> pd.DataFrame:
    """
    Hold the largest deprivations of every area against the actions that take them up.

    Parameters
    ----------
    deprivations : DataFrame
        The table `deprivations`, of one standard.
    actions : DataFrame
        The table `actions`; without its column `indicator` no action is linked.
    indicators : tuple of Indicator
        Of the standard; they name the body responsible.

    Returns
    -------
    needs : DataFrame
        Per area the `LARGEST` deprivations of its poor households in its last year,
        largest first: `area_code`, `indicator`, `body`, `deprived_households`, `share`
        of poor households, `open_actions`, `done_actions`.
    """
    bodies = {one.code: one.body for one in indicators}
    is_of_standard = deprivations["indicator"].isin(list(bodies))
    poor = deprivations[(deprivations["status"] == "poor") & is_of_standard]
    last = poor[poor["year"] == poor.groupby("area_code")["year"].transform("max")]
    known = last[(last["deprived_households"] > 0) & (last["households"] > 0)]
    ordered = known.sort_values(
        ["area_code", "deprived_households", "indicator"], ascending=[True, False, True]
    )
    largest = ordered[ordered.groupby("area_code").cumcount() < LARGEST]
    rows = largest[["area_code", "indicator", "deprived_households"]].assign(
        share=(largest["deprived_households"] / largest["households"]).astype("Float64"),
        body=largest["indicator"].map(bodies),
    )
    linked = actions if "indicator" in actions else actions.assign(indicator=pd.NA)
    for name, statuses in (("open", ["planned", "under_way"]), ("done", ["done"])):
        chosen = linked[linked["status"].isin(statuses)].dropna(subset=["indicator"])
        counts = chosen.groupby(["area_code", "indicator"]).size().rename(f"{name}_actions")
        rows = rows.merge(counts, how="left", on=["area_code", "indicator"])
    counted = ["open_actions", "done_actions"]
    return rows.assign(**{name: rows[name].fillna(0).astype("int64") for name in counted})
