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
from povlib.models import links
from povlib.models.panel import Panel, observe, project_households
from povlib.models.projection import Projection
from povlib.models.scales import Component, Learned, Scale
from povlib.models.shared_drift import Prior
from povlib.scenario import ModelSettings

Array = NDArray[np.float64]

COMPONENTS = 24  # points of the grid that share the draws between them
PRIOR = Prior()


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

    Examples
    --------
    >>> import povlib
    >>> review = povlib.demo.build().review.query("standard == 'nd07-2021'")
    >>> settings = povlib.scenario.load("smoke").model
    >>> fitted = fit(review, settings, rng=np.random.default_rng(2030))
    >>> len(fitted.area_codes), fitted.last_year
    (92, 2024)
    """
    panel = observe(review, measure, standard or _only_standard(review))
    names = pd.Series("", index=panel.area_codes)
    if groups is not None:
        names = groups.reindex(panel.area_codes).astype("object").fillna("").astype(str)
    group = pd.factorize(names, sort=True)[0]
    scales = [Scale.of(panel, group, power) for power in prior.powers]
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


def _components(learned: list[Learned], weights: Array, draws: int) -> list[Component]:
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
    drift goes on, but in every year there is a chance that it ends, own and group drifts
    with it, and that another, small one begins. Own and group drifts fade. An area's own
    noise keeps its own size: what was unsteady stays so.

    Examples
    --------
    >>> import povlib
    >>> review = povlib.demo.build().review.query("standard == 'nd07-2021'")
    >>> settings = povlib.scenario.load("smoke").model
    >>> fitted = fit(review, settings, rng=np.random.default_rng(2030))
    >>> ahead = project(fitted, range(2025, 2031))
    >>> ahead.rates.shape  # areas, years, draws
    (92, 6, 200)
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
        latest=fitted.panel.latest,
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
        # Own drifts are apart from the common one: where that ends, so do they.
        drift = np.where(ended, 0, prior.own_fading * drift).astype(np.float32)
        group_drift = np.where(ended, 0, prior.own_fading * group_drift)
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
