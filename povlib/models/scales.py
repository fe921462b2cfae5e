"""The panel on one scale: what all areas did, what groups did, and what is left to each."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp

from povlib.models import links, own_drift, shared_drift
from povlib.models.own_drift import Block, Own, Point
from povlib.models.panel import Panel
from povlib.models.shared_drift import Prior

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Component:
    """
    One point of the grid on one scale, with its part of the draws; n areas, d draws.

    Attributes
    ----------
    power, unit : float
        A level is the link of that power divided by `unit`, its slope at the median
        rate: on every scale a change of 0.1 is 10 % of the odds there.
    level : ndarray, shape (n,)
        At the last review of each area.
    missed : ndarray, shape (n,)
        What all areas did since, where an area was not reviewed to the end.
    own : Own
    drift, shock : ndarray, shape (d,)
        Common drift per year, size of shared shocks.
    group_drift : ndarray, shape (g, d)
    group_shock : ndarray, shape (d,)
    """

    power: float
    unit: float
    level: Array
    missed: Array
    own: Own
    drift: Array
    shock: Array
    group_drift: Array
    group_shock: Array


@dataclass(frozen=True, slots=True)
class Scale:
    """
    The panel on one scale, with the mean changes of all areas taken out.

    n areas, t years, m intervals between them, g groups.

    Attributes
    ----------
    power, unit : float
        See `Component`.
    level : ndarray, shape (n, t)
    last : ndarray of int, shape (n,)
        Index of the last reviewed year.
    gaps : ndarray, shape (m,)
        Years that the intervals take.
    count_noise : ndarray, shape (n,)
        Variance of a level from counting few households.
    rounding : ndarray, shape (n,)
        The same from half a household more or less.
    found : list of Block
        Changes less those of all areas.
    common, errors, evidence : ndarray, shape (m,)
        See `shared_drift.Seen`.
    group : ndarray of int, shape (n,)
    group_means, group_errors : ndarray, shape (g, m)
        Mean changes of groups less those of all areas, and their variances.
    jacobian : float
        Logarithm of what the scale makes of a difference of rates.
    """

    power: float
    unit: float
    level: Array
    last: NDArray[np.intp]
    gaps: Array
    count_noise: Array
    rounding: Array
    found: list[Block]
    common: Array
    errors: Array
    evidence: Array
    group: NDArray[np.intp]
    group_means: Array
    group_errors: Array
    jacobian: float

    @classmethod
    def of(cls, panel: Panel, group: NDArray[np.intp], power: float) -> "Scale":
        """Put the panel on the scale of a power and take out what all areas did."""
        share, seen = panel.share, panel.seen
        unit = links.unit(share, power)
        level = links.link(share, power) / unit
        slopes = links.slope(share, power) / unit
        others = panel.households - panel.counted
        counting = slopes**2 * (1 / (panel.counted + 0.5) + 1 / (others + 0.5))
        noise = np.nanmean(counting, axis=1)
        half = slopes**2 * (0.5 / (np.minimum(panel.counted, others) + 0.5)) ** 2
        found = own_drift.blocks(level, seen, panel.years, noise)
        precision = 1 / (own_drift.PRIOR_SIZE**2 + noise)
        gaps = np.diff(panel.years).astype(float)
        common, variance = _mean_changes(found, precision)
        evidence = _evidence(found)
        # A year that few areas report says little of the others: it is drawn to the mean.
        usual = np.average(common / gaps, weights=evidence)
        common = evidence * common + (1 - evidence) * gaps * usual
        rest = [block.less(common) for block in found]
        factor = _mean_square(rest, precision)
        means = [
            _mean_changes(rest, np.where(group == one, precision, 0))
            for one in range(group.max() + 1)
        ]
        later = seen & (np.cumsum(seen, axis=1) > 1)
        return cls(
            power=power,
            unit=unit,
            level=level,
            last=panel.last,
            gaps=gaps,
            count_noise=noise,
            rounding=np.nanmean(half, axis=1),
            found=rest,
            common=common,
            errors=factor * variance,
            evidence=evidence,
            group=group,
            group_means=np.array([mean for mean, _ in means]),
            group_errors=factor * np.array([error for _, error in means]),
            jacobian=float(np.log(slopes[later]).sum()),
        )

    def learn(self, prior: Prior, draws: int, rng: np.random.Generator) -> "Learned":
        """Draw what is shared, take it out, and weigh the grid of what is left."""
        seen = shared_drift.Seen(self.common, self.gaps, self.errors, self.evidence)
        drift, shock = shared_drift.draw_common(seen, prior=prior, draws=draws, rng=rng)
        grouped = shared_drift.draw_groups(
            self.group_means, self.gaps, self.group_errors, prior=prior, draws=draws, rng=rng
        )
        paths = grouped.changes[self.group]
        rest = [block.less(paths[block.areas]) for block in self.found]
        points, logs = own_drift.grid(rest)
        return Learned(self, drift, shock, grouped, rest, points, logs)


@dataclass(frozen=True, slots=True)
class Learned:
    """
    A scale with draws of what is shared and the weighed grid of what is not.

    Attributes
    ----------
    scale : Scale
    drift, shock : ndarray, shape (draws,)
    grouped : Groups
    rest : list of Block
        Changes less those of all areas and of groups.
    points : list of Point
    logs : ndarray, shape (points,)
        Log likelihoods.
    """

    scale: Scale
    drift: Array
    shock: Array
    grouped: shared_drift.Groups
    rest: list[Block]
    points: list[Point]
    logs: Array

    @property
    def evidence(self) -> float:
        """Log likelihood of the rates on this scale, averaged over the grid."""
        return float(logsumexp(self.logs) - np.log(len(self.logs)) + self.scale.jacobian)

    def component(self, index: int, at: NDArray[np.intp]) -> Component:
        """Make the component of a point of the grid with some of the draws."""
        scale = self.scale
        rows = np.arange(len(scale.last))
        changes = scale.common + self.grouped.changes[scale.group]
        after = np.arange(len(scale.gaps)) >= scale.last[:, None]
        return Component(
            power=scale.power,
            unit=scale.unit,
            level=scale.level[rows, scale.last],
            missed=(changes * after).sum(axis=1),
            own=own_drift.learn(self.points[index], self.rest, scale.count_noise, scale.rounding),
            drift=self.drift[at],
            shock=self.shock[at],
            group_drift=self.grouped.drift[:, at],
            group_shock=self.grouped.shock[at],
        )


def _mean_changes(found: list[Block], precision: Array) -> tuple[Array, Array]:
    """Mean change of every interval by least squares, and its variance at unit precision."""
    size = found[0].covers.shape[1]
    normal, right = np.zeros((size, size)), np.zeros(size)
    for block in found:
        weight = precision[block.areas]
        normal += weight.sum() * block.covers.T @ block.covers
        right += block.covers.T @ (weight @ block.changes)
    # The least of all solutions: a gap in all areas is spread evenly over its years.
    inverse = np.linalg.pinv(normal)
    known = np.diag(normal) > 0
    return inverse @ right, np.where(known, np.diag(inverse), np.inf)


def _evidence(found: list[Block]) -> Array:
    """Areas with a change over every interval, relative to the most of any."""
    covered = sum(len(block.areas) * block.covers.sum(axis=0) for block in found)
    return np.asarray(covered / np.max(covered))


def _mean_square(rest: list[Block], precision: Array) -> float:
    total = sum(float(precision[b.areas] @ (b.changes**2).sum(axis=1)) for b in rest)
    count = sum(b.changes.size for b in rest)
    prior = own_drift.PRIOR_CHANGES
    return (total + prior) / (count + prior)
