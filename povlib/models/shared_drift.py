"""
What areas do together: a common drift, shocks shared by all, and the same for groups.

Three or four yearly means must tell a programme that brings poverty down year after
year from shocks that come and go. The common drift has a prior with a narrow spike at
no drift and very heavy tails: a small mean change is taken for shocks, a large steady one
for what it is.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Prior:
    """
    What is held before a panel is seen; docs/model-card.md says where from.

    Attributes
    ----------
    powers : tuple of float
        Powers of the odds (`links`) on which rates may change, alike before.
    drift_scale, drift_freedom : float
        Student t of the common drift. [logit per year, at the median rate]
    shock_scale, shock_freedom : float
        Scaled inverse chi-square of the variance of a year's shared shock.
    shock_tail : float
        Degrees of freedom of the shocks ahead: crises are larger than normal.
    shock_memory : float
        Part of a shock that the next year repeats: bad years come in runs.
    pace_ends : float
        Chance a year that the common drift ends, own and group drifts with it, and
        another, small one begins.
    next_drift : float
        Size of the drift that begins then.
    own_fading : float
        Part of own and group drifts left after a year.
    group_scale : float
        Half-Cauchy scale of drifts and shocks of groups.
    """

    powers: tuple[float, ...] = (0.25, 0.5, 0.75)
    drift_scale: float = 0.003
    drift_freedom: float = 0.5
    shock_scale: float = 0.05
    shock_freedom: float = 10.0
    shock_tail: float = 4.0
    shock_memory: float = 0.4
    pace_ends: float = 0.03
    next_drift: float = 0.05
    own_fading: float = 0.85
    group_scale: float = 0.03


_HALF = np.geomspace(1e-4, 1.5, 120)
_DRIFTS = np.concatenate([-_HALF[::-1], [0.0], _HALF])
_SHOCKS = np.geomspace(0.002, 0.8, 60)
_GROUP_SIZES = np.concatenate([[1e-4], np.geomspace(0.002, 0.4, 24)])
_VAGUE = 1e6  # variance that stands for knowing nothing
_GROUP_SHARES = np.array([0.1, 0.5, 0.9])  # of drift in what groups do; the rest is shocks


@dataclass(frozen=True, slots=True)
class Seen:
    """
    What all areas did in the m intervals between reviews.

    Attributes
    ----------
    changes : ndarray, shape (m,)
        Mean change of all areas in every interval.
    gaps : ndarray, shape (m,)
        Years that the intervals take.
    errors : ndarray, shape (m,)
        Variances of the means from what single areas do.
    evidence : ndarray, shape (m,)
        How much an interval counts; 1 where most areas were reviewed.
    """

    changes: Array
    gaps: Array
    errors: Array
    evidence: Array


def draw_common(
    seen: Seen, *, prior: Prior, draws: int, rng: np.random.Generator
) -> tuple[Array, Array]:
    """
    Draw the common drift and the size of shared shocks.

    Parameters
    ----------
    seen : Seen
    prior : Prior
    draws : int
    rng : numpy.random.Generator

    Returns
    -------
    drift, shock : ndarray, shape (draws,)
        Drift per year, standard deviation of a year's shock.
    """
    logs = stats.t.logpdf(_DRIFTS / prior.drift_scale, prior.drift_freedom)[:, None]
    logs = (
        logs
        + np.log(np.gradient(_DRIFTS))[:, None]
        - prior.shock_freedom * (np.log(_SHOCKS) + (prior.shock_scale / _SHOCKS) ** 2 / 2)
    )
    for change, gap, error, evidence in zip(
        seen.changes, seen.gaps, seen.errors, seen.evidence, strict=True
    ):
        if not evidence:  # no area was reviewed at both its ends
            continue
        variance = gap * _SHOCKS**2 + error
        distance = (change - gap * _DRIFTS[:, None]) ** 2 / variance
        logs = logs - evidence * (np.log(variance) + distance) / 2
    weights = np.exp(logs - logs.max()).ravel()
    chosen = rng.choice(weights.size, size=draws, p=weights / weights.sum())
    drift, shock = np.unravel_index(chosen, logs.shape)
    return _DRIFTS[drift], _SHOCKS[shock]


@dataclass(frozen=True, slots=True)
class Groups:
    """
    What groups of areas do apart from all; g groups.

    Attributes
    ----------
    changes : ndarray, shape (g, m)
        Mean of the changes of a group in every interval, shrunken.
    drift : ndarray, shape (g, draws)
        Draws of its drift per year.
    shock : ndarray, shape (draws,)
        Standard deviation of a group's shock in a year.
    """

    changes: Array
    drift: Array
    shock: Array


def draw_groups(
    means: Array, gaps: Array, errors: Array, *, prior: Prior, draws: int, rng: np.random.Generator
) -> Groups:
    """
    Draw what groups do apart from all areas.

    Parameters
    ----------
    means : ndarray, shape (g, m)
        Mean changes of a group less those of all areas; 0 where nothing is known.
    gaps : ndarray, shape (m,)
    errors : ndarray, shape (g, m)
        Their variances from what single areas do; infinite where nothing is known.
    prior, draws, rng
        As for `draw_common`.

    Notes
    -----
    Drifts and shocks of groups are normal with one size, half-Cauchy, of which a share
    is drift. A single group is all areas: it does nothing apart.
    """
    count, size = means.shape
    if count < 2:
        return Groups(np.zeros_like(means), np.zeros((count, draws)), np.zeros(draws))
    corners = [(s, w) for s in _GROUP_SIZES for w in _GROUP_SHARES]
    logs = np.array([_group_log(means, gaps, errors, *corner) for corner in corners])
    sizes = np.array([corner[0] for corner in corners])
    # The grid is even in the logarithm: the density of a size counts times the size.
    logs += np.log(sizes) - np.log1p((sizes / prior.group_scale) ** 2)
    weights = np.exp(logs - logs.max())
    weights /= weights.sum()
    chosen = rng.choice(len(corners), size=draws, p=weights)
    changes, drift = np.zeros((count, size)), np.zeros((count, draws))
    for index in np.unique(chosen):
        at = np.flatnonzero(chosen == index)
        path, middle, deviation = _group_posterior(means, gaps, errors, *corners[index])
        changes += path * len(at) / draws
        drift[:, at] = middle[:, None] + deviation[:, None] * rng.standard_normal((count, len(at)))
    shock = np.array([s * np.sqrt(1 - w) for s, w in corners])[chosen]
    return Groups(changes, drift, shock)


def _group_prior(gaps: Array, size: float, share: float) -> Array:
    return size**2 * (share * np.outer(gaps, gaps) + (1 - share) * np.diag(gaps))


def _covariances(gaps: Array, errors: Array, size: float, share: float) -> Array:
    """Covariance of every group's means, shape (g, m, m); what is not known is vague."""
    vague = np.where(np.isfinite(errors), errors, _VAGUE)
    return _group_prior(gaps, size, share) + vague[:, :, None] * np.eye(len(gaps))


def _group_log(means: Array, gaps: Array, errors: Array, size: float, share: float) -> float:
    matrices = _covariances(gaps, errors, size, share)
    _, determinants = np.linalg.slogdet(matrices)
    scaled = np.linalg.solve(matrices, means[:, :, None])[:, :, 0]
    return -float((determinants + (means * scaled).sum(axis=1)).sum()) / 2


def _group_posterior(
    means: Array, gaps: Array, errors: Array, size: float, share: float
) -> tuple[Array, Array, Array]:
    """Mean path of every group, mean of its drift, and the deviation of that."""
    inverses = np.linalg.inv(_covariances(gaps, errors, size, share))
    scaled = (inverses @ means[:, :, None])[:, :, 0]
    cross = size**2 * share * gaps
    left = size**2 * share - cross @ inverses @ cross
    return scaled @ _group_prior(gaps, size, share), scaled @ cross, np.sqrt(np.maximum(left, 0))
