"""Trends before treatment: a test, its power, and what differing trends would change."""

from dataclasses import dataclass
from functools import partial

import diff_diff
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import optimize, stats

from povlib.data.notes import Note
from povlib.models import impact_effects, impact_inference, staggered
from povlib.models.impact_effects import Average
from povlib.models.impact_settings import ImpactSettings
from povlib.models.staggered import GroupTimes

POWER = 0.8  # probability with which an effect or a trend counts as one that would be seen
_ENOUGH = 10  # treated units behind a time before treatment, if any time has so many
_ROUNDING = 1e-9  # of the largest effect: nothing but rounding


@dataclass(frozen=True, slots=True)
class PreTrend:
    """
    Test of parallel trends before treatment.

    Attributes
    ----------
    p_value : float
        Of the hypothesis that treated and controls moved alike before treatment.
    statistic : float
        F statistic.
    leads : int
        Times before treatment that are tested at once.
    degrees : float
        Its degrees of freedom below the line.
    power : float
        Probability that the test finds a straight trend which, going on, would by
        itself make up the whole estimated effect.
    detectable_slope : float
        Straight difference in trends that the test finds with probability
        `POWER`. [units of the outcome a year]
    """

    p_value: float
    statistic: float
    leads: int
    degrees: float
    power: float
    detectable_slope: float


def pre_trend(group_times: GroupTimes, slope: float, *, alpha: float) -> PreTrend | None:
    """
    Test whether treated and controls moved alike before treatment.

    Parameters
    ----------
    group_times : GroupTimes
    slope : float
        Effect a year whose mistaken finding the power is stated for.
    alpha : float
        Level of the test that the power is of.

    Returns
    -------
    pre_trend : PreTrend or None
        None if no cohort has two years before treatment.

    Notes
    -----
    Hotelling's test of the averages by time since treatment. The same test of
    single cohorts and years, as a Wald test, rejects far too often among some
    hundred units: see docs/methods-impact.md.

    References
    ----------
    Roth, J. (2022). Pretest with caution: event-study estimates after testing for
    parallel trends. American Economic Review: Insights 4, 305-322.
    """
    alone, clusters = group_times.cohorts, group_times.clusters
    units = len(alone) if clusters is None else len(np.unique(clusters))
    leads = _leads(group_times)
    if not leads:
        return None
    used = sorted(leads)[-max(units // 4, 1) :]  # more than that cannot be told apart
    degrees = float(units - len(used))
    estimates = np.array([leads[time].estimate for time in used])
    if np.abs(estimates).max() < _ROUNDING * group_times.cells["estimate"].abs().max():
        return PreTrend(1.0, 0.0, len(used), degrees, power=1.0, detectable_slope=0.0)
    inverse = np.linalg.pinv(_lead_covariance([leads[time] for time in used], group_times))
    factor = degrees / (len(used) * (units - 1))
    statistic = float(factor * estimates @ inverse @ estimates)
    line = np.array([time + 1.0 for time in used])
    per_slope = float(line @ inverse @ line)  # noncentrality of a slope of one
    limit = stats.f.ppf(1 - alpha, len(used), degrees)

    def _power(noncentrality: float) -> float:
        return float(stats.ncf.sf(limit, len(used), degrees, noncentrality))

    needed = optimize.brentq(lambda value: _power(value) - POWER, 1e-6, 1e4)
    return PreTrend(
        p_value=float(stats.f.sf(statistic, len(used), degrees)),
        statistic=statistic,
        leads=len(used),
        degrees=degrees,
        power=_power(max(slope**2 * per_slope, 1e-9)),
        detectable_slope=float(np.sqrt(needed / per_slope)),
    )


def _leads(group_times: GroupTimes) -> dict[int, Average]:
    """Averages before treatment that rest on enough treated units for their spread to be known."""
    before = group_times.cells[~group_times.after]
    treated = before.groupby("event_time")["treated_units"].sum()
    enough = treated.index[treated >= min(_ENOUGH, treated.max())]
    found = impact_effects.by(group_times, "event_time", after=False)
    return {int(time): found[time] for time in enough}


def _lead_covariance(leads: list[Average], group_times: GroupTimes) -> NDArray[np.float64]:
    """Covariance, with the loss of one degree of freedom in every cohort made good."""
    if group_times.clusters is not None:
        return impact_inference.covariance(leads, group_times)
    _, member, size = np.unique(group_times.cohorts, return_inverse=True, return_counts=True)
    lost = np.sqrt(size / np.maximum(size - 1, 1))[member]
    errors = np.column_stack([lead.influence for lead in leads]) * lost[:, None]
    return errors.T @ errors


def smallest_seen(average: Average, group_times: GroupTimes, *, alpha: float) -> float:
    """
    Return the minimum detectable effect.

    Parameters
    ----------
    average : Average
        What is estimated.
    group_times : GroupTimes
    alpha : float
        Level of the test.

    Returns
    -------
    effect : float
        True effect that is told from none with probability `POWER`.
    """
    se = float(np.sqrt(impact_inference.covariance([average], group_times)[0, 0]))
    free = impact_inference.degrees(average, group_times)
    return float((stats.t.ppf(1 - alpha / 2, free) + stats.t.ppf(POWER, free)) * se)


def sensitivity(
    group_times: GroupTimes, slope: float, settings: ImpactSettings, notes: list[Note]
) -> pd.DataFrame:
    """
    Widen the interval by how much trends may differ and bend.

    Parameters
    ----------
    group_times : GroupTimes
    slope : float
        Effect a year. [units of the outcome]
    settings : ImpactSettings
    notes : list of Note
        Says why, if it cannot be done.

    Returns
    -------
    bounds : DataFrame
        One row per `m`, the most by which the difference in slopes may change from
        one year to the next [units of the outcome a year]: `lb`, `ub`, the
        interval of the dynamic average. `m` of 0 lets the straight difference in
        trends before treatment go on. Empty if it cannot be done.

    Notes
    -----
    Smoothness bounds with fixed-length intervals (FLCI). The bounds on relative
    magnitudes are not offered: diff-diff's are not the C-LF intervals of the paper.

    References
    ----------
    Rambachan, A., Roth, J. (2023). A more credible approach to parallel trends.
    Review of Economic Studies 90, 2555-2591.
    """
    rows = []
    try:
        study = group_times.fit.aggregate("event_study")
        for part in settings.bends:
            bend = part * abs(slope)
            ask = partial(
                diff_diff.compute_honest_did, method="smoothness", M=bend, alpha=settings.alpha
            )
            bounds = staggered.listen(partial(ask, study), "HonestDiD", notes)
            rows.append({"m": bend, "lb": bounds.ci_lb, "ub": bounds.ci_ub})
    except (ValueError, NotImplementedError) as error:
        text = str(error).partition(". ")[0]
        notes.append(Note("no sensitivity bounds: {text}", {"text": text}))
        rows = []
    return pd.DataFrame(rows, columns=["m", "lb", "ub"]).astype(float)
