"""What is known of averages of effects: errors, intervals, bands."""

from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from povlib.models import impact_effects
from povlib.models.impact_effects import Average
from povlib.models.impact_settings import ImpactSettings
from povlib.models.staggered import GroupTimes

_FEW_CLUSTERS = 12  # below this many, six-point draws, as two points repeat themselves


@dataclass(frozen=True, slots=True)
class Effect:
    """
    An effect with its uncertainty.

    Attributes
    ----------
    estimate, se, lb, ub : float
        Effect, standard error, interval. [units of the outcome]
    p_value : float
        Of the hypothesis that there is no effect.
    """

    estimate: float
    se: float
    lb: float
    ub: float
    p_value: float


def covariance(parts: list[Average], group_times: GroupTimes) -> NDArray[np.float64]:
    """
    Return the covariance of averages.

    Parameters
    ----------
    parts : list of Average
    group_times : GroupTimes
        Has the clusters.

    Returns
    -------
    covariance : ndarray, shape (parts, parts)
        With clusters, sums within clusters and the factor G / (G - 1).
    """
    errors = _by_cluster(np.column_stack([part.influence for part in parts]), group_times)
    factor = 1.0 if group_times.clusters is None else len(errors) / (len(errors) - 1)
    return factor * errors.T @ errors


def _by_cluster(errors: NDArray[np.float64], group_times: GroupTimes) -> NDArray[np.float64]:
    if group_times.clusters is None:
        return errors
    summed = np.zeros((group_times.clusters.max() + 1, errors.shape[1]))
    np.add.at(summed, group_times.clusters, errors)
    return summed


def degrees(part: Average, group_times: GroupTimes) -> float:
    """
    Return the degrees of freedom of an average's standard error.

    Parameters
    ----------
    part : Average
    group_times : GroupTimes

    Returns
    -------
    degrees : float
        Clusters less one. Without clusters those of Satterthwaite, the cohorts
        being samples of their own: few, where the spread within a small cohort
        decides.
    """
    if group_times.clusters is not None:
        return float(group_times.clusters.max())
    _, member, size = np.unique(group_times.cohorts, return_inverse=True, return_counts=True)
    variance = np.bincount(member, weights=part.influence**2)
    return float(variance.sum() ** 2 / (variance**2 / np.maximum(size - 1, 1)).sum())


def infer(
    parts: list[Average], group_times: GroupTimes, settings: ImpactSettings
) -> tuple[list[Effect], list[tuple[float, float]]]:
    """
    Give averages their intervals and a simultaneous band.

    Parameters
    ----------
    parts : list of Average
        At least one.
    group_times : GroupTimes
    settings : ImpactSettings

    Returns
    -------
    effects : list of Effect
        Each with its own interval.
    bands : list of (float, float)
        Intervals that hold all true values at once with the same probability.

    Notes
    -----
    Bands are the effects plus or minus the quantile of the largest absolute t of
    multiplier draws (units, or clusters, times random signs).
    """
    se = np.sqrt(np.diag(covariance(parts, group_times)))
    largest = _draws(parts, se, group_times, settings)
    band = float(np.quantile(largest.max(axis=1), 1 - settings.alpha))
    effects, bands = [], []
    for number, part in enumerate(parts):
        estimate, error = part.estimate, float(se[number])
        t_value, free = abs(estimate) / error, degrees(part, group_times)
        if settings.intervals == "wild":
            own = float(np.quantile(largest[:, number], 1 - settings.alpha))
            p_value = float((1 + (largest[:, number] >= t_value).sum()) / (1 + len(largest)))
        else:
            own = float(stats.t.ppf(1 - settings.alpha / 2, free))
            p_value = float(2 * stats.t.sf(t_value, free))
        half, wide = own * error, max(band, own) * error
        effects.append(Effect(estimate, error, estimate - half, estimate + half, p_value))
        bands.append((estimate - wide, estimate + wide))
    return effects, bands


def _draws(
    parts: list[Average],
    se: NDArray[np.float64],
    group_times: GroupTimes,
    settings: ImpactSettings,
) -> NDArray[np.float64]:
    """Absolute t of every part in every draw of random signs; shape (draws, parts)."""
    errors = _by_cluster(np.column_stack([part.influence for part in parts]), group_times)
    rng = np.random.default_rng(settings.seed)
    webb = np.sqrt([0.5, 1, 1.5])
    values = np.concatenate([-webb, webb]) if len(errors) < _FEW_CLUSTERS else np.array([-1.0, 1.0])
    signs = rng.choice(values, size=(settings.draws, len(errors)))
    factor = 1.0 if group_times.clusters is None else np.sqrt(len(errors) / (len(errors) - 1))
    return np.abs(signs @ errors) * factor / se


def tables(group_times: GroupTimes, settings: ImpactSettings) -> dict[str, pd.DataFrame]:
    """
    Put effects with their intervals and bands in tables.

    Parameters
    ----------
    group_times : GroupTimes
    settings : ImpactSettings

    Returns
    -------
    tables : dict of str to DataFrame
        `group_time`, one row per `cohort`, `time`; `event_study`, one row per
        `event_time`; `by_cohort`, one row per `cohort`; `by_time`, one row per
        `time`. Columns `treated_units` behind the row, and `estimate`, `se`, `lb`,
        `ub`, `p_value`, `band_lb`, `band_ub`. [units of the outcome]
    """
    cells = group_times.cells
    each = [
        impact_effects.mean_by_share(group_times, cells.index == number) for number in cells.index
    ]
    made = {
        "group_time": pd.concat(
            [cells.drop(columns="estimate"), _table(each, group_times, settings)], axis=1
        )
    }
    for name, key, after in (
        ("event_study", "event_time", False),
        ("by_cohort", "cohort", True),
        ("by_time", "time", True),
    ):
        parts = impact_effects.by(group_times, key, after=after)
        used = cells[group_times.after] if after else cells
        units = used.drop_duplicates("cohort") if key == "cohort" else used
        keys = units.groupby(key, as_index=False)["treated_units"].sum()
        effects = _table(list(parts.values()), group_times, settings)
        made[name] = pd.concat([keys, effects], axis=1)
    return made


def _table(parts: list[Average], group_times: GroupTimes, settings: ImpactSettings) -> pd.DataFrame:
    effects, bands = infer(parts, group_times, settings)
    ends = pd.DataFrame(bands, columns=["band_lb", "band_ub"])
    return pd.concat([pd.DataFrame([asdict(effect) for effect in effects]), ends], axis=1)
