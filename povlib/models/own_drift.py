"""
What single areas do apart from all others: own drift, lasting noise, passing noise.

The changes d of an area between its reviews, less what all areas (and its group) share, are
multivariate Student t with scale matrix

    v (a_u g g' + a_e diag(g) + (a_n / 2 + f b) T)

where g are the years between reviews and T has 2 on its diagonal and -1 beside it: an own
drift, a random walk and noise of single reviews, to which f b adds the noise of counting few
households. Shares a_u, a_e, a_n, part f, degrees of freedom and v are averaged over a grid.
"""

import itertools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

Array = NDArray[np.float64]

DRIFT_SHARES = (0.0, 0.01, 0.03, 0.07, 0.15, 0.3, 0.5, 0.7, 0.85, 0.94)
NOISE_SHARES = (0.0, 0.25, 0.5, 0.8)  # of what is not own drift
FREEDOMS = (2.5, 4.0, 8.0, 20.0)
STEPS = np.exp(np.linspace(-3, 1.2, 15))  # v, relative to the mean square of changes
PRIOR_SIZE, PRIOR_CHANGES = 0.05, 4  # mean square as if 4 changes of this size were seen before
# 1: as if households were poor independently of each other, at v of the prior.
COUNT_PARTS = np.array([0.0, 0.3, 1.0, 3.0]) / PRIOR_SIZE**2
GRID_AREAS = 500  # so many areas, evenly taken, settle the grid; more would not move it
COUNT_CLASSES = np.array([1e-4, 1e-3, 1e-2, 3e-2, 0.1, 0.3, 1.0])  # limits of b, logit squared


@dataclass(frozen=True, slots=True)
class Block:
    """
    Areas reviewed in the same years that count about as many households; p of them.

    Attributes
    ----------
    areas : ndarray of int, shape (p,)
        Their rows in the panel.
    covers : ndarray, shape (k, m)
        1 where the change between two of their reviews covers one of the m intervals
        between the panel's years.
    gaps : ndarray, shape (k,)
        Years between their reviews.
    changes : ndarray, shape (p, k)
    count_noise : float
        Variance b of a level from counting few households.
    """

    areas: NDArray[np.intp]
    covers: Array
    gaps: Array
    changes: Array
    count_noise: float

    def less(self, shared: Array) -> "Block":
        """Return the block without shared changes, shape (m,) or (p, m)."""
        rest = self.changes - shared @ self.covers.T
        return Block(self.areas, self.covers, self.gaps, rest, self.count_noise)


@dataclass(frozen=True, slots=True)
class Point:
    """A point of the grid: share of own drift, of passing noise in the rest, f, t, v."""

    drift: float
    noise: float
    count: float
    freedom: float = np.inf
    scale: float = 1.0

    @property
    def lasting(self) -> float:
        """Variance of a year's lasting noise, before an area's own factor."""
        return self.scale * (1 - self.drift) * (1 - self.noise)

    def passing(self, count_noise: Array) -> Array:
        """Variance of the noise of a single review, before an area's own factor."""
        return self.scale * ((1 - self.drift) * self.noise / 2 + self.count * count_noise)

    def covariance(self, block: Block) -> Array:
        """Scale matrix of the changes of a block, shape (k, k)."""
        size = len(block.gaps)
        differenced = 2 * np.eye(size) - np.eye(size, k=1) - np.eye(size, k=-1)
        return (
            self.scale * self.drift * np.outer(block.gaps, block.gaps)
            + self.lasting * np.diag(block.gaps)
            + self.passing(np.array(block.count_noise)) * differenced
        )


@dataclass(frozen=True, slots=True)
class Own:
    """
    What the changes of every area say of it, at one point of the grid; n areas.

    Attributes
    ----------
    drift, noise : ndarray, shape (n,)
        Means of the own drift and of the passing noise in the last review.
    factor : ndarray, shape (n, 2, 2)
        Lower Cholesky factor of their covariance, before an area's own factor.
    freedom, squares : ndarray, shape (n,)
        Twice shape and rate of the gamma distribution of the inverse of that factor.
    lasting, passing : ndarray, shape (n,)
        Standard deviations of a year's noise, before an area's own factor.
    """

    drift: Array
    noise: Array
    factor: Array
    freedom: Array
    squares: Array
    lasting: Array
    passing: Array


def blocks(
    level: Array, seen: NDArray[np.bool_], years: NDArray[np.int64], b: Array
) -> list[Block]:
    """
    Sort areas by the years they were reviewed in and by the noise of their counts.

    Parameters
    ----------
    level : ndarray, shape (n, t)
    seen : ndarray of bool, shape (n, t)
    years : ndarray of int, shape (t,)
    b : ndarray, shape (n,)
        Variance of a level from counting few households.
    """
    classes = np.searchsorted(COUNT_CLASSES, b)
    code = seen @ (1 << np.arange(len(years))) * (len(COUNT_CLASSES) + 1) + classes
    found = []
    for one in np.unique(code):
        areas = np.flatnonzero(code == one)
        at = np.flatnonzero(seen[areas[0]])
        covers = np.zeros((len(at) - 1, len(years) - 1))
        for row, (start, end) in enumerate(itertools.pairwise(at)):
            covers[row, start:end] = 1
        changes = np.diff(level[np.ix_(areas, at)], axis=1)
        gaps = np.diff(years[at]).astype(float)
        found.append(Block(areas, covers, gaps, changes, float(b[areas].mean())))
    return found


def grid(found: list[Block]) -> tuple[list[Point], Array]:
    """
    Weigh the points of the grid by the changes of the areas.

    Returns
    -------
    points : list of Point
    logs : ndarray, shape (points,)
        Log likelihood of the changes, of all areas.
    """
    known = [block for block in found if len(block.gaps)]
    count = sum(len(block.areas) for block in known)
    squares = sum(float((block.changes**2).sum()) for block in known)
    size = sum(block.changes.size for block in known)
    base = (squares + PRIOR_CHANGES * PRIOR_SIZE**2) / (size + PRIOR_CHANGES)
    every = max(count // GRID_AREAS, 1)
    small = any(block.count_noise > COUNT_CLASSES[0] for block in known)
    points, logs = [], []
    for drift, noise, part in itertools.product(
        DRIFT_SHARES, NOISE_SHARES, COUNT_PARTS if small else COUNT_PARTS[:1]
    ):
        terms = [_distances(Point(drift, noise, part), block, every) for block in known]
        for freedom in FREEDOMS:
            points += [Point(drift, noise, part, freedom, step * base) for step in STEPS]
            logs.append(sum(_density(freedom, STEPS * base, *term) for term in terms))
    # All areas share what is taken from the changes: of n areas n - 1 are free.
    return points, np.concatenate(logs) * every * (count - 1) / max(count, 1)


def _distances(point: Point, block: Block, every: int) -> tuple[Array, int, float]:
    lower = np.linalg.cholesky(point.covariance(block))
    whitened = np.linalg.solve(lower, block.changes[::every].T)
    return (whitened**2).sum(axis=0), len(block.gaps), 2 * float(np.log(np.diag(lower)).sum())


def _density(
    freedom: float, scales: Array, distances: Array, size: int, determinant: float
) -> Array:
    """Log density of a multivariate Student t at every scale, summed over areas."""
    constant = gammaln((freedom + size) / 2) - gammaln(freedom / 2) - determinant / 2
    constant = constant - size / 2 * np.log(freedom * np.pi * scales)
    spread = np.log1p(distances[:, None] / (freedom * scales)).sum(axis=0)
    return len(distances) * constant - (freedom + size) / 2 * spread


def learn(point: Point, found: list[Block], count_noise: Array, rounding: Array) -> Own:
    """
    Work out drift and noise of every area at a point of the grid.

    Parameters
    ----------
    point : Point
    found : list of Block
        All areas, each in one block, without shared changes.
    count_noise : ndarray, shape (n,)
    rounding : ndarray, shape (n,)
        Variance of a level from half a household more or less: even where nothing ever
        changed, and nobody ever was poor, one household may be.

    Notes
    -----
    Given an area's own factor everything is normal, so means and covariance of drift
    and last noise are those of linear regression on its changes; the factor has an
    inverse gamma distribution whose rate grows with how unusual the changes are.
    """
    n = len(count_noise)
    mean, factor = np.zeros((n, 2)), np.zeros((n, 2, 2))
    freedom, squares = np.zeros(n), np.zeros(n)
    for block in found:
        passing = float(point.passing(np.array(block.count_noise)))
        prior = np.diag([point.scale * point.drift, passing])
        cross = np.zeros((2, len(block.gaps)))
        cross[0] = prior[0, 0] * block.gaps
        cross[1, -1:] = passing
        inverse = np.linalg.inv(point.covariance(block))
        weights = cross @ inverse
        mean[block.areas] = block.changes @ weights.T
        left = prior - weights @ cross.T
        factor[block.areas] = np.linalg.cholesky(left + 1e-12 * np.eye(2))
        freedom[block.areas] = point.freedom + len(block.gaps)
        squares[block.areas] = point.freedom + ((block.changes @ inverse) * block.changes).sum(1)
    return Own(
        drift=mean[:, 0],
        noise=mean[:, 1],
        factor=factor,
        freedom=freedom,
        squares=squares,
        lasting=np.full(n, np.sqrt(point.lasting)),
        passing=np.sqrt(point.passing(count_noise) + rounding),
    )
