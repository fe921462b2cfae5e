"""Ways to the target side by side: at another pace, under another standard."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from povlib.models import measurement, target, trajectory
from povlib.models.bridge import Bridge, cross, restate
from povlib.models.projection import Projection, aggregate, summarise
from povlib.models.trajectory import Fit
from povlib.scenario import Alternatives, ModelSettings, ProgrammeEffect, Target

Name = Literal[
    "continue", "pace_ends", "faster", "best_quarter", "programme", "roll_out", "new_standard"
]

COLUMNS = [
    "alternative",
    "programme",
    "area_code",
    "standard",
    "year",
    "rate_median",
    "rate_lb",
    "rate_ub",
    "probability",
    "households_median",
    "reached_areas",
]


@dataclass(frozen=True, slots=True)
class Reach:
    """
    A programme that reaches more areas.

    Attributes
    ----------
    programme : str
    effect, effect_lb, effect_ub : float
        Change of the rate a year, with its 95 % interval. [share per year]
    first_year : int
        First year in these areas.
    years : int
        Years over which the effect is taken to add up.
    area_codes : tuple of str
        Those that it will reach.
    """

    programme: str
    effect: float
    effect_lb: float
    effect_ub: float
    first_year: int
    years: int
    area_codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Case:
    """
    What the alternatives of a target start from.

    Attributes
    ----------
    fitted : Fit
        Of the target's measure.
    review : DataFrame
        The reviews it was fitted to.
    peers : DataFrame
        One row per `area_code`, `peer_code`: comparable areas.
    target : Target
    bridge : Bridge or None
        To the standard that follows.
    roll_outs : tuple of Reach
        Programmes whose estimated effect is carried to the areas that lack them.
    """

    fitted: Fit
    review: pd.DataFrame
    peers: pd.DataFrame
    target: Target
    bridge: Bridge | None
    roll_outs: tuple[Reach, ...] = ()


def compare(
    case: Case, wanted: Alternatives, settings: ModelSettings, *, members: list[str]
) -> pd.DataFrame:
    """
    Hold the ways to a target side by side, for every area and for their sum.

    Parameters
    ----------
    case : Case
    wanted : Alternatives
        How much faster; which programme.
    settings : ModelSettings
    members : list of str
        Areas that the sum, `*`, holds; without any there is no sum.

    Returns
    -------
    alternatives : DataFrame
        One row per `alternative`, `programme` (of a roll-out), `area_code`: the rate
        in the target's `year` with its limits, the probability of the target, the
        households counted (`households_median`), and how many areas a programme
        would newly reach (`reached_areas`); a roll-out has rows of these alone.

    Notes
    -----
    `continue`: the projection. `pace_ends`: the common drift ends with the last review.
    `faster`: what the middle of the projection falls by is multiplied. `best_quarter`:
    the middle falls in proportion as fast as the best quarter of the area and its peers
    did, if that is faster. `programme`: the effect, drawn once for all areas, adds up
    year by year. `roll_out`: the same of an estimated effect, in the areas that lack the
    programme, for as many years as it was observed. `new_standard`: the projection under
    the standard that follows. None of them is a forecast of what a policy would do but
    of what its pace would mean.

    Examples
    --------
    >>> import povlib
    >>> case = povlib.scenario.load("smoke")
    >>> data = povlib.demo.build()
    >>> review = data.review.query("standard == 'nd07-2021'")
    >>> rng = np.random.default_rng(case.seed)
    >>> fitted = povlib.trajectory.fit(review, case.model, rng=rng, measure="multidimensional_rate")
    >>> peers = povlib.comparison.similar(data.areas, review, standard="nd07-2021", count=4)
    >>> start = Case(fitted, review, peers, case.targets[0], bridge=None)
    >>> ways = compare(start, case.alternatives, case.model, members=list(fitted.area_codes))
    >>> print(*ways["alternative"].unique())
    continue pace_ends faster best_quarter
    """
    frames = []
    for name, made, reach in _ways(case, wanted):
        review = case.review
        if case.bridge and name == "new_standard":
            review = restate(case.bridge, review)
        held = [(made, review)]
        if members:
            summed = aggregate(made, members, area_code=measurement.WHOLE)
            held.append((summed, measurement.total_of(review, members)))
        for one, rows in held:
            summary = summarise(one, settings.interval)
            status = target.assess(one, rows, case.target, settings)
            frame = summary[summary["year"] == case.target.year].assign(
                alternative=name,
                programme=reach.programme if reach else "",
                reached_areas=len(reach.area_codes) if reach else 0,
                standard=one.standard,
                probability=status["probability"].to_numpy(),
                households_median=np.median(one.counted[:, -1], axis=1).round().astype(int),
            )
            if reach:
                frame = frame[frame["area_code"].isin([*reach.area_codes, measurement.WHOLE])]
            frames.append(frame)
    return pd.concat(frames, ignore_index=True)[COLUMNS]


def _ways(case: Case, wanted: Alternatives) -> Iterator[tuple[Name, Projection, Reach | None]]:
    """Name, draws, and for a roll-out what it would reach."""
    years = range(case.fitted.last_year + 1, case.target.year + 1)
    on = trajectory.project(case.fitted, years)
    yield "continue", on, None
    prior = replace(case.fitted.prior, pace_ends=1.0, next_drift=0.0)
    yield "pace_ends", trajectory.project(replace(case.fitted, prior=prior), years), None
    yield "faster", _moved(on, lambda middle: wanted.faster * _fall(case, middle)), None
    best = _best_quarter(case)
    yield "best_quarter", _moved(on, lambda middle: _to_path(case, middle, best)), None
    if wanted.programme:
        everywhere = _everywhere(wanted.programme, on)
        yield "programme", _with_programme(on, everywhere, case.fitted.seed), None
    for reach in case.roll_outs:
        yield "roll_out", _with_programme(on, reach, case.fitted.seed), reach
    if case.bridge:
        yield "new_standard", cross(case.bridge, on, seed=case.fitted.seed), None


def _moved(
    projection: Projection, shift: Callable[[NDArray[np.float64]], NDArray[np.float64]]
) -> Projection:
    """Shift all draws of an area and year together, in households; never below none."""
    middle = np.median(projection.counted, axis=2)
    counted = projection.counted + np.rint(shift(middle))[:, :, None]
    return replace(projection, counted=np.maximum(counted, 0).astype(np.int32))


def _now(case: Case) -> NDArray[np.float64]:
    panel = case.fitted.panel
    return panel.counted[np.arange(len(panel.area_codes)), panel.last]


def _fall(case: Case, middle: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.minimum(middle - _now(case)[:, None], 0)


def _best_quarter(case: Case) -> NDArray[np.float64]:
    """Average annual rate of reduction that the best quarter of peers reached, shape (n,)."""
    panel = case.fitted.panel
    rows, first = np.arange(len(panel.area_codes)), panel.seen.argmax(axis=1)
    spans = (panel.years[panel.last] - panel.years[first]).astype(float)
    reached = target.reduction_rate(
        panel.share[rows, first], panel.share[rows, panel.last], years=np.maximum(spans, 1)
    )
    own = pd.Series(reached, index=panel.area_codes)
    known = case.peers[case.peers["peer_code"].isin(own.index)]
    alike = pd.concat([own[known["peer_code"]].set_axis(known["area_code"]), own])
    return alike.groupby(level=0).quantile(0.75).reindex(panel.area_codes).to_numpy()


def _to_path(
    case: Case, middle: NDArray[np.float64], aarr: NDArray[np.float64]
) -> NDArray[np.float64]:
    ahead = np.arange(1, middle.shape[1] + 1)
    path = _now(case)[:, None] * (1 - np.maximum(aarr, 0)[:, None]) ** ahead
    return np.minimum(path - middle, 0)


def _everywhere(programme: ProgrammeEffect, projection: Projection) -> Reach:
    return Reach(
        programme="",
        effect=programme.effect,
        effect_lb=programme.effect_lb,
        effect_ub=programme.effect_ub,
        first_year=programme.first_year,
        years=len(projection.years),
        area_codes=tuple(projection.area_codes),
    )


def _with_programme(projection: Projection, reach: Reach, seed: int) -> Projection:
    """The effect is drawn once for all areas: they share what is not known of it."""
    se = (reach.effect_ub - reach.effect_lb) / 2 / stats.norm.ppf(0.975)
    rng = np.random.default_rng(seed)
    effect = reach.effect + se * rng.standard_normal(projection.counted.shape[2])
    first = max(reach.first_year, projection.years[0])  # the years before are in the reviews
    years = np.clip(np.array(projection.years) - first + 1, 0, reach.years)
    reached = np.isin(projection.area_codes, reach.area_codes)
    exposed = (projection.households * reached[:, None]) * years
    shift = exposed[:, :, None] * effect
    counted = np.clip(np.rint(projection.counted + shift), 0, projection.households[:, :, None])
    return replace(projection, counted=counted.astype(np.int32))
