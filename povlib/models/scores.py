"""Proper scores of forecasts, and what they say of many together."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from povlib.models.other_methods import Forecast

Array = NDArray[np.float64]

PIT_BINS = 10


def score(forecast: Forecast, truth: Array, horizons: list[int]) -> list[dict[str, Any]]:
    """
    Score a forecast at every horizon.

    Parameters
    ----------
    forecast : Forecast
        Of n areas and h years.
    truth : ndarray, shape (n, h)
        Missing where not known.
    horizons : list of int
        Years ahead, h of them.

    Returns
    -------
    rows : list of dict
        One a horizon; `Backtest.scores` names the entries.
    """
    rows = []
    for at, horizon in enumerate(horizons):
        known = np.isfinite(truth[:, at]) & np.isfinite(forecast.middle[:, at])
        came, quantiles = truth[known, at], forecast.quantiles[known, at]
        ranged = np.isfinite(quantiles).all(axis=1)
        rows.append(
            {
                "horizon": horizon,
                "n": len(came),
                "n_interval": int(ranged.sum()),
                "mae": _mean(np.abs(forecast.middle[known, at] - came)),
                "crps": _mean(crps(quantiles[ranged], came[ranged])),
                **_intervals(80, forecast.limits80[known, at][ranged], came[ranged]),
                **_intervals(95, forecast.limits95[known, at][ranged], came[ranged]),
                "pit": pit(quantiles[ranged], came[ranged]),
            }
        )
    return rows


def _intervals(percent: int, limits: Array, came: Array) -> dict[str, float]:
    low, high = limits[:, 0], limits[:, 1]
    return {
        f"coverage{percent}": _mean((low <= came) & (came <= high)),
        f"interval_score{percent}": _mean(interval_score(low, high, came, percent / 100)),
    }


def _mean(values: NDArray[Any]) -> float:
    return float(values.mean()) if len(values) else np.nan


def crps(draws: Array, truth: Array) -> Array:
    """
    Continuous ranked probability score of draws, or of quantiles at equal steps.

    Parameters
    ----------
    draws : ndarray, shape (n, d)
        Ascending.
    truth : ndarray, shape (n,)

    Returns
    -------
    score : ndarray, shape (n,)
        In the units of the draws; of a single draw it is the absolute error.

    References
    ----------
    Gneiting and Raftery (2007), Strictly proper scoring rules, equation 21.

    Examples
    --------
    >>> print(crps(np.array([[0.0, 1.0]]), np.array([1.0])))
    [0.25]
    """
    count = draws.shape[1]
    weights = 2 * np.arange(1, count + 1) - count - 1
    return np.abs(draws - truth[:, None]).mean(axis=1) - draws @ weights / count**2


def interval_score(low: Array, high: Array, truth: Array, coverage: float) -> Array:
    """
    Width of an interval, and what the truth outside it costs.

    References
    ----------
    Gneiting and Raftery (2007), equation 43.

    Examples
    --------
    >>> print(interval_score(np.array([0.1]), np.array([0.2]), np.array([0.25]), 0.8).round(6))
    [0.6]
    """
    outside = np.maximum(low - truth, 0) + np.maximum(truth - high, 0)
    return high - low + 2 / (1 - coverage) * outside


def pit(draws: Array, truth: Array) -> list[int]:
    """Count the truths in ten equal parts of their forecast distributions; flat is calibrated."""
    below = (draws < truth[:, None]).mean(axis=1)
    ties = (draws == truth[:, None]).mean(axis=1)
    counts, _ = np.histogram(below + ties / 2, bins=PIT_BINS, range=(0, 1))
    return [int(count) for count in counts]


def pool(rows: pd.DataFrame) -> dict[str, Any]:
    """All forecasts of all origins alike; none where no forecast has an interval."""
    names = ["crps", "coverage80", "coverage95", "interval_score80", "interval_score95"]
    pooled: dict[str, Any] = {"mae": _weighted(rows["mae"], rows["n"])}
    pooled |= {name: _weighted(rows[name], rows["n_interval"]) for name in names}
    counts = np.array(rows["pit"].tolist()).sum(axis=0)
    return pooled | {
        "n": int(rows["n"].sum()),
        "n_interval": int(rows["n_interval"].sum()),
        "pit": [int(count) for count in counts],
    }


def _weighted(values: pd.Series, weights: pd.Series) -> float | None:
    known = weights > 0
    return float(np.average(values[known], weights=weights[known])) if known.any() else None
