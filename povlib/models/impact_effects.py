"""Averages of the effects by cohort and year."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from povlib.models.staggered import GroupTimes


@dataclass(frozen=True, slots=True)
class Average:
    """
    An average of group-time effects.

    Attributes
    ----------
    estimate : float
        The average. [units of the outcome]
    influence : ndarray, shape (units,)
        What each unit adds to the error of the estimate.
    """

    estimate: float
    influence: NDArray[np.float64]


def mean_by_share(group_times: GroupTimes, chosen: NDArray[np.bool_]) -> Average:
    """
    Average cells, each with the share of its cohort among all units.

    Parameters
    ----------
    group_times : GroupTimes
    chosen : ndarray of bool, shape (cells,)
        Which cells; at least one.

    Returns
    -------
    average : Average
        Its influence has that of the estimated shares in it.
    """
    cells = group_times.cells[chosen]
    each = [
        Average(float(estimate), group_times.influence[:, column])
        for estimate, column in zip(cells["estimate"], np.flatnonzero(chosen), strict=True)
    ]
    return _mean_by_share(group_times, each, cells["cohort"].to_numpy())


def _mean_by_share(
    group_times: GroupTimes, parts: list[Average], cohorts: NDArray[np.int64]
) -> Average:
    estimates = np.array([part.estimate for part in parts])
    influence = np.column_stack([part.influence for part in parts])
    relative = group_times.weights / group_times.weights.sum()
    member = group_times.cohorts[:, None] == cohorts
    share = relative @ member
    weight = share / share.sum()
    estimate = float(weight @ estimates)
    error_of_share = relative[:, None] * (member - share)
    of_weights = error_of_share @ (estimates - estimate) / share.sum()
    return Average(estimate, influence @ weight + of_weights)


def _plain_mean(parts: list[Average]) -> Average:
    estimate = float(np.mean([part.estimate for part in parts]))
    return Average(estimate, np.mean([part.influence for part in parts], axis=0))


def averages(group_times: GroupTimes) -> dict[str, Average]:
    """
    Average the effects of all cohorts and years with treatment.

    Parameters
    ----------
    group_times : GroupTimes

    Returns
    -------
    averages : dict of str to Average
        `simple`: over treated units and years; `group`: over the years of a
        cohort, then over units; `dynamic`: over units at each time since the
        start, then over these times; `calendar`: over units in each year, then
        over years; `per_year`: the effect a year of exposure, that is `simple`
        over the mean number of years treated (first year: 1).
    """
    cells, after = group_times.cells, group_times.after
    cohorts = np.unique(cells.loc[after, "cohort"])
    by_cohort = [mean_by_share(group_times, after & (cells["cohort"] == g)) for g in cohorts]
    simple = mean_by_share(group_times, after)
    return {
        "simple": simple,
        "group": _mean_by_share(group_times, by_cohort, cohorts),
        "dynamic": _plain_mean(list(by(group_times, "event_time", after=True).values())),
        "calendar": _plain_mean(list(by(group_times, "time", after=True).values())),
        "per_year": _per_year(group_times, simple),
    }


def _per_year(group_times: GroupTimes, simple: Average) -> Average:
    cells = group_times.cells
    exposure = group_times.cells.assign(estimate=cells["event_time"] + 1.0)
    years = mean_by_share(
        GroupTimes(
            cells=exposure,
            influence=np.zeros_like(group_times.influence),
            cohorts=group_times.cohorts,
            weights=group_times.weights,
            clusters=group_times.clusters,
            fit=None,
        ),
        group_times.after,
    )
    estimate = simple.estimate / years.estimate
    influence = (simple.influence - estimate * years.influence) / years.estimate
    return Average(estimate, influence)


def by(group_times: GroupTimes, column: str, *, after: bool) -> dict[int, Average]:
    """
    Average cells within the values of a column.

    Parameters
    ----------
    group_times : GroupTimes
    column : {"cohort", "time", "event_time"}
    after : bool
        Whether only years with treatment count; else all but the reference year.

    Returns
    -------
    averages : dict of int to Average
        In ascending order.
    """
    values = group_times.cells[column].to_numpy()
    allowed = group_times.after if after else np.ones(len(values), dtype=bool)
    return {
        int(value): mean_by_share(group_times, allowed & (values == value))
        for value in np.unique(values[allowed])
    }
