"""
Poverty rates of all areas together, projected with joint draws.

On a bounded scale (`links`) the level of area i in group g changes in year t by

    mu + s[t] + b[g] + r[g, t] + u[i] + e[i, t]

a common drift and a shock shared by all (`shared_drift`), the same for its group, its own
drift and its own noise (`own_drift`). Everything uncertain, the scale included, is drawn:
a draw is one possible future of all areas together, so that the interval of a sum, a gap
or a rank is as wide as it ought to be.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import logsumexp

from povlib.errors import DataError
from povlib.models import links, own_drift, shared_drift
from povlib.models.own_drift import Block, Own, Point
from povlib.models.panel import Panel, observe, project_households
from povlib.models.projection import Projection
from povlib.models.shared_drift import Prior
from povlib.scenario import ModelSettings

Array = NDArray[np.float64]

COMPONENTS = 24  # points of the grid that share the draws between them
PRIOR = Prior()


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
class Fit:
    """
    What the reviews say of the drifts; n areas.

    Attributes
    ----------
    panel : Panel
        The records used.
    group : ndarray of int, shape (n,)
        Number of the group of each area.
    components : tuple of Component
        Together they hold all draws.
    power_weights : dict
        Weight of each scale.
    prior : Prior
    seed : int
        Of the draws ahead: a fit projects to the same draws every time.
    """

    panel: Panel
    group: NDArray[np.intp]
    components: tuple[Component, ...]
    power_weights: dict[float, float]
    prior: Prior
    seed: int

    @property
    def area_codes(self) -> tuple[str, ...]:
        """The areas, sorted."""
        return self.panel.area_codes

    @property
    def last_year(self) -> int:
        """Last year in which any area was reviewed."""
        return int(self.panel.years[-1])


def fit(
    review: pd.DataFrame,
    settings: ModelSettings,
    *,
    rng: np.random.Generator,
    measure: str = "poverty_rate",
    standard: str | None = None,
    groups: pd.Series | None = None,
    prior: Prior = PRIOR,
) -> Fit:
    """
    Learn the drifts of all areas together.

    Parameters
    ----------
    review : DataFrame
        One row per `area_code`, `year`, `standard`; records of one standard are
        used, never joined with others.
    settings : ModelSettings
        `draws` counts.
    rng : numpy.random.Generator
        Source of the draws.
    measure : str, optional
        The rate to fit.
    standard : str, optional
        The standard of the records to use; may be left out if all are of one.
    groups : Series, optional
        Group of each area, by `area_code`; areas absent from it form a group.
    prior : Prior, optional
        What is held before; `pace_ends` may be changed to ask "what if".

    Returns
    -------
    fitted : Fit
        Areas without a record of the measure under the standard are absent. An area
        with a single record has the common drift and the full spread of own drifts.

    Raises
    ------
    DataError
        If there are not two years, or if an area counts more than it has, or if there
        are several standards and none is named.

    Notes
    -----
    Scales are weighed by the likelihood of an average area, not of all: what makes a
    scale fit is common to the areas of a panel, so that n of them do not say it n
    times. Uncertainty of the groups' past is not carried into the areas' own drifts.
    """
    panel = observe(review, measure, standard or _only_standard(review))
    names = pd.Series("", index=panel.area_codes)
    if groups is not None:
        names = groups.reindex(panel.area_codes).astype("object").fillna("").astype(str)
    group = pd.factorize(names, sort=True)[0]
    scales = [_Scale.of(panel, group, power) for power in prior.powers]
    learned = [scale.learn(prior, settings.draws, rng) for scale in scales]
    evidence = np.array([one.evidence for one in learned]) / len(panel.area_codes)
    weights = np.exp(evidence - logsumexp(evidence))
    return Fit(
        panel=panel,
        group=group,
        components=tuple(_components(learned, weights, settings.draws)),
        power_weights=dict(zip(prior.powers, weights.tolist(), strict=True)),
        prior=prior,
        seed=int(rng.integers(2**63)),
    )


def _only_standard(review: pd.DataFrame) -> str:
    found = sorted(review["standard"].unique())
    if len(found) != 1:
        msg = f"review: records of {len(found)} standards ({', '.join(found)}); name the one to fit"
        raise DataError(msg)
    return str(found[0])


@dataclass(frozen=True, slots=True)
class _Scale:
    """The panel on one scale, with the mean changes of all areas taken out."""

    power: float
    unit: float
    level: Array  # (n, t)
    last: NDArray[np.intp]  # (n,)
    gaps: Array  # (m,)
    count_noise: Array  # (n,)
    found: list[Block]  # changes less those of all areas
    common: Array  # (m,)
    errors: Array  # (m,)
    evidence: Array  # (m,)
    group: NDArray[np.intp]
    group_means: Array  # (g, m)
    group_errors: Array  # (g, m)
    jacobian: float

    @classmethod
    def of(cls, panel: Panel, group: NDArray[np.intp], power: float) -> "_Scale":
        share, seen = panel.share, panel.seen
        middle = np.nanmedian(share, keepdims=True)
        unit = float(links.slope(middle, power)[0, 0])
        level = links.link(share, power) / unit
        slopes = links.slope(share, power) / unit
        others = panel.households - panel.counted
        counting = slopes**2 * (1 / (panel.counted + 0.5) + 1 / (others + 0.5))
        noise = np.nanmean(counting, axis=1)
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
            found=rest,
            common=common,
            errors=factor * variance,
            evidence=evidence,
            group=group,
            group_means=np.array([mean for mean, _ in means]),
            group_errors=factor * np.array([error for _, error in means]),
            jacobian=float(np.log(slopes[later]).sum()),
        )

    def learn(self, prior: Prior, draws: int, rng: np.random.Generator) -> "_Learned":
        seen = shared_drift.Seen(self.common, self.gaps, self.errors, self.evidence)
        drift, shock = shared_drift.draw_common(seen, prior=prior, draws=draws, rng=rng)
        grouped = shared_drift.draw_groups(
            self.group_means, self.gaps, self.group_errors, prior=prior, draws=draws, rng=rng
        )
        paths = grouped.changes[self.group]
        rest = [block.less(paths[block.areas]) for block in self.found]
        points, logs = own_drift.grid(rest)
        return _Learned(self, drift, shock, grouped, rest, points, logs)


@dataclass(frozen=True, slots=True)
class _Learned:
    """A scale with draws of what is shared and the weighed grid of what is not."""

    scale: _Scale
    drift: Array  # (draws,)
    shock: Array  # (draws,)
    grouped: shared_drift.Groups
    rest: list[Block]
    points: list[Point]
    logs: Array  # (points,)

    @property
    def evidence(self) -> float:
        return float(logsumexp(self.logs) - np.log(len(self.logs)) + self.scale.jacobian)

    def component(self, index: int, at: NDArray[np.intp]) -> Component:
        scale = self.scale
        rows = np.arange(len(scale.last))
        changes = scale.common + self.grouped.changes[scale.group]
        after = np.arange(len(scale.gaps)) >= scale.last[:, None]
        return Component(
            power=scale.power,
            unit=scale.unit,
            level=scale.level[rows, scale.last],
            missed=(changes * after).sum(axis=1),
            own=own_drift.learn(self.points[index], self.rest, scale.count_noise),
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


def _components(learned: list[_Learned], weights: Array, draws: int) -> list[Component]:
    """Spread the draws evenly over the grids of all scales, by weight."""
    grids = [
        weight * np.exp(one.logs - logsumexp(one.logs))
        for one, weight in zip(learned, weights, strict=True)
    ]
    starts = np.cumsum([0, *(len(grid) for grid in grids)])
    running = np.cumsum(np.concatenate(grids))
    picks = np.searchsorted(running / running[-1], (np.arange(COMPONENTS) + 0.5) / COMPONENTS)
    parts = np.array_split(np.arange(draws), COMPONENTS)
    which = np.searchsorted(starts, picks, side="right") - 1
    return [
        learned[scale].component(int(pick - starts[scale]), part)
        for scale, pick, part in zip(which, picks, parts, strict=True)
    ]


def project(fitted: Fit, years: Iterable[int]) -> Projection:
    """
    Draw the years ahead of all areas together.

    Parameters
    ----------
    fitted : Fit
        What `fit` learned.
    years : iterable of int
        The years to project, all after the last review.

    Returns
    -------
    projection : Projection
        The same for the same fit and years.

    Raises
    ------
    DataError
        If there is no year, or one does not lie after the last review.

    Notes
    -----
    A year's shared shock is Student t and in part repeated in the next year. The common
    drift goes on, but in every year there is a chance that it ends and that another,
    small one begins. Own and group drifts fade. An area's own noise keeps its own size:
    what was unsteady stays so.
    """
    wanted = np.array(sorted(years))
    if not len(wanted) or wanted[0] <= fitted.last_year:
        msg = f"years {wanted.tolist()} must follow the last review, {fitted.last_year}"
        raise DataError(msg)
    households = project_households(fitted.panel, wanted)
    # A stream for each component: the draws of a year do not depend on the years after it.
    streams = np.random.default_rng(fitted.seed).spawn(len(fitted.components))
    drawn = [
        _counts(one, fitted, wanted, households, rng)
        for one, rng in zip(fitted.components, streams, strict=True)
    ]
    counted, present = (np.concatenate(parts, axis=-1) for parts in zip(*drawn, strict=True))
    return Projection(
        measure=fitted.panel.measure,
        standard=fitted.panel.standard,
        area_codes=fitted.area_codes,
        years=tuple(wanted.tolist()),
        counted=counted,
        present=present,
        households=households,
    )


def _counts(
    component: Component,
    fitted: Fit,
    wanted: NDArray[np.int64],
    households: NDArray[np.int64],
    rng: np.random.Generator,
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Whole households counted in the years wanted, shape (n, h, d), and now, shape (n, d)."""
    prior, own = fitted.prior, component.own
    shape = (len(own.drift), len(component.drift))
    spread, drift, level = _present(component, fitted, shape, rng)
    group_drift = component.group_drift
    common, shock = component.drift, np.zeros(shape[1])
    group_shock = np.zeros_like(group_drift)
    present = _whole(component, level, fitted.panel.latest)
    counted = np.empty((shape[0], len(wanted), shape[1]), dtype=np.int32)
    lasting = (own.lasting[:, None] * spread).astype(np.float32)
    passing = (own.passing[:, None] * spread).astype(np.float32)
    for year in range(fitted.last_year + 1, wanted[-1] + 1):
        ended = rng.random(shape[1]) < prior.pace_ends
        common = np.where(ended, prior.next_drift * rng.standard_normal(shape[1]), common)
        shock = prior.shock_memory * shock + component.shock * _shocks(rng, prior, shape[1])
        group_shock = prior.shock_memory * group_shock + component.group_shock * (
            rng.standard_normal(group_drift.shape)
        )
        drift, group_drift = prior.own_fading * drift, prior.own_fading * group_drift
        step = (common + shock + group_drift + group_shock).astype(np.float32)[fitted.group]
        level += step + drift + lasting * _normal(rng, shape)
        noise = passing * _normal(rng, shape)
        for at in np.flatnonzero(wanted == year):
            counted[:, at] = _whole(component, level + noise, households[:, at])
    return counted, present


def _whole(
    component: Component, level: NDArray[np.float32], households: NDArray[Any]
) -> NDArray[np.int32]:
    """Whole households at a level, shape (n, d); undoes the half household of `Panel.share`."""
    of = households[:, None].astype(np.float32)
    share = links.unlink(level * component.unit, component.power)
    return np.clip(np.rint(share * (of + 1) - 0.5), 0, of).astype(np.int32)


def _present(
    component: Component, fitted: Fit, shape: tuple[int, int], rng: np.random.Generator
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
    """Own factor, own drift and level without passing noise, in the last reviewed year."""
    own = component.own
    gamma = rng.standard_gamma((own.freedom / 2)[:, None], shape)
    spread = np.sqrt(own.squares[:, None] / 2 / gamma).astype(np.float32)
    one, two = _normal(rng, shape), _normal(rng, shape)
    drift = own.drift[:, None] + spread * own.factor[:, 0, 0, None] * one
    noise = own.noise[:, None] + spread * (
        own.factor[:, 1, 0, None] * one + own.factor[:, 1, 1, None] * two
    )
    behind = (fitted.last_year - fitted.panel.years[fitted.panel.last])[:, None]
    level = component.level[:, None] + component.missed[:, None] - noise + behind * drift
    if behind.any():
        level += np.sqrt(behind) * own.lasting[:, None] * spread * _normal(rng, shape)
    return spread, drift.astype(np.float32), level.astype(np.float32)


def _shocks(rng: np.random.Generator, prior: Prior, count: int) -> Array:
    """Heavy-tailed shocks of variance 1."""
    return rng.standard_t(prior.shock_tail, count) * np.sqrt(1 - 2 / prior.shock_tail)


def _normal(rng: np.random.Generator, shape: tuple[int, int]) -> NDArray[np.float32]:
    return rng.standard_normal(shape, dtype=np.float32)
