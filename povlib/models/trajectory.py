"""
Poverty rates of all areas together, projected with joint draws.

The logit of the rate of area i changes in year t by

    mu + s[t] + u[i] + e[i, t]

a common drift, a shock shared by all areas, the area's own drift and its noise.
Own drifts are shrunken to the common one by the ratio of the variances; the shared
shock makes the interval of a sum over areas as wide as it ought to be.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from povlib.errors import DataError
from povlib.models import measurement
from povlib.scenario import ModelSettings

# Priors as if so many years (changes) of this size on the logit scale had been seen
# before: three yearly means alone say little about the size of a shock.
SHOCK_YEARS, SHOCK_SIZE = 3, 0.10
NOISE_CHANGES, NOISE_SIZE = 4, 0.10
# Part of an area's own drift that is left after a year: on real panels own drifts fade
# while a common drift goes on.
DAMPING = 0.8
SHORT_NOISE = 2.0  # noise variance of an area with fewer than min_years rates, times this
GROWTH_LIMIT = 0.03  # households grow or shrink by at most this a year [share per year]


@dataclass(frozen=True, slots=True)
class Fit:
    """
    What the reviews say of the drifts; n areas.

    Attributes
    ----------
    measure, standard : str
        What was fitted.
    area_codes : tuple of str
        The areas, sorted.
    last_year : ndarray of int, shape (n,)
        Last review of each area.
    level : ndarray, shape (n,)
        Logit of the rate at the last review.
    households, growth : ndarray, shape (n,)
        Households that the rate is a share of, at the last review, and their
        growth. [households], [share per year]
    drift, drift_variance : ndarray, shape (n,)
        Own drift and its variance, given the common one. [logit per year]
    noise_variance : ndarray, shape (n,)
        Variance of the yearly noise of each area.
    common, shock_scale : ndarray, shape (draws,)
        Draws of the common drift [logit per year] and of the size of the shared
        shock [logit].
    seed : int
        Of the draws ahead: a fit projects to the same draws every time.
    """

    measure: str
    standard: str
    area_codes: tuple[str, ...]
    last_year: NDArray[np.int64]
    level: NDArray[np.float64]
    households: NDArray[np.float64]
    growth: NDArray[np.float64]
    drift: NDArray[np.float64]
    drift_variance: NDArray[np.float64]
    noise_variance: NDArray[np.float64]
    common: NDArray[np.float64]
    shock_scale: NDArray[np.float64]
    seed: int


@dataclass(frozen=True, slots=True)
class Projection:
    """
    Joint draws of the years ahead; n areas, h years.

    Attributes
    ----------
    measure, standard : str
        What was projected.
    area_codes : tuple of str
        n codes.
    years : tuple of int
        h years, ascending.
    rates : ndarray of float32, shape (n, h, draws)
        A draw is one possible future of all areas together. [share, 0-1]
    households : ndarray, shape (n, h)
        Households that the rate is a share of. [households]
    """

    measure: str
    standard: str
    area_codes: tuple[str, ...]
    years: tuple[int, ...]
    rates: NDArray[np.float32]
    households: NDArray[np.float64]


def fit(
    review: pd.DataFrame,
    settings: ModelSettings,
    *,
    measure: str,
    standard: str,
    rng: np.random.Generator,
) -> Fit:
    """
    Learn the drifts of all areas together.

    Parameters
    ----------
    review : DataFrame
        One row per `area_code`, `year`, `standard`; records of one standard are
        used, never joined with others.
    settings : ModelSettings
        `draws` and `min_years` count.
    measure : str
        The rate to fit.
    standard : str
        The standard of the records to use.
    rng : numpy.random.Generator
        Source of the draws.

    Returns
    -------
    fit : Fit
        Areas without a record of the measure under the standard are absent.

    Raises
    ------
    DataError
        If no area has two rates, or if an area counts more than it has.

    Notes
    -----
    A change over several years counts as one change of its yearly mean, in the
    later year, and a year counts by how many areas have a change in it. Variances
    of own drifts and noise are the analysis-of-variance estimates. When no review is
    missing they are those of REML [1]_ but for the prior on the noise. That of own
    drifts is zero where the estimate is negative, and where it cannot be told from
    noise (one area, or one change per area). An area with fewer than `min_years`
    rates gets the common drift, the full spread of own drifts and more noise.

    Common drift and size of the shared shock have a normal-inverse-chi-square
    posterior, so that few years give a wide interval: a single change knows the
    shock from the prior alone. Even where nothing ever changed the interval keeps
    that width, about 0.1 a year on the logit scale, around an unmoved median.

    References
    ----------
    .. [1] Searle, Casella and McCulloch (1992), Variance Components, chapter 4.
    """
    rows = _counted(review, measure, standard)
    changes = _changes(rows)
    if changes.empty:
        msg = f"{measure} under {standard}: no area has reviews of two years, the least to project"
        raise DataError(msg)
    by_year = changes.groupby("year")["change"]
    rest = changes["change"] - by_year.transform("mean")
    noise, between = _variances(rest, changes["area_code"], count_years=by_year.ngroups)
    last = rows.drop_duplicates("area_code", keep="last").set_index("area_code")
    own = rest.groupby(changes["area_code"]).agg(["mean", "size"]).reindex(last.index, fill_value=0)
    seen = own["size"].to_numpy(float)
    short = seen + 1 < settings.min_years
    weight = np.where(short, 0, between / (between + noise / np.maximum(seen, 1)))
    evidence = (by_year.size() / by_year.size().max()).to_numpy()
    common, scale = _common_draws(by_year.mean().to_numpy(), evidence, settings.draws, rng)
    return Fit(
        measure=measure,
        standard=standard,
        area_codes=tuple(last.index),
        last_year=last["year"].to_numpy(np.int64),
        level=last["logit"].to_numpy(),
        households=last["households"].to_numpy(float),
        growth=_growth(rows).reindex(last.index).to_numpy(),
        drift=weight * own["mean"].to_numpy(float),
        drift_variance=between * (1 - weight),
        noise_variance=noise * np.where(short, SHORT_NOISE, 1.0),
        common=common,
        shock_scale=scale,
        seed=int(rng.integers(2**63)),
    )


def _counted(review: pd.DataFrame, measure: str, standard: str) -> pd.DataFrame:
    """Reviews of a standard with their logit; half a household keeps zero counts finite."""
    rows = review[review["standard"] == standard].sort_values(["area_code", "year"])
    counted = measurement.count(rows, measure).astype(float)
    households = measurement.whole(rows, measure).astype(float)
    known = counted.notna() & (households > 0)
    rows = rows[["area_code", "year"]].assign(counted=counted, households=households)[known]
    for row in rows[rows["counted"] > rows["households"]].itertuples():
        msg = (
            f"review, area {row.area_code}, year {row.year}: {measure} counts"
            f" {row.counted:g} of {row.households:g} households"
        )
        raise DataError(msg)
    others = rows["households"] - rows["counted"]
    return rows.assign(
        year=rows["year"].astype(int), logit=np.log((rows["counted"] + 0.5) / (others + 0.5))
    )


def _changes(rows: pd.DataFrame) -> pd.DataFrame:
    """Changes from review to review, a year; the year is that of the later review."""
    before = rows.groupby("area_code")[["year", "logit"]].shift()
    change = (rows["logit"] - before["logit"]) / (rows["year"] - before["year"])
    return rows[["area_code", "year"]].assign(change=change).dropna()


def _variances(rest: pd.Series, area_code: pd.Series, *, count_years: int) -> tuple[float, float]:
    """Variance of the noise within areas, and of own drifts between areas."""
    groups = rest.groupby(area_code)
    means, sizes = groups.mean(), groups.size()
    freedom = len(rest) - len(sizes) - (count_years - 1)
    prior = NOISE_CHANGES * NOISE_SIZE**2
    if freedom <= 0:  # own drifts cannot be told from noise: take all for noise
        within, freedom = float((rest**2).sum()), max(len(rest) - count_years, 0)
        return (within + prior) / (freedom + NOISE_CHANGES), 0.0
    within = float(((rest - groups.transform("mean")) ** 2).sum())
    noise = (within + prior) / (freedom + NOISE_CHANGES)
    spread = float((sizes * (means - rest.mean()) ** 2).sum()) / (len(sizes) - 1)
    size = (len(rest) - float((sizes**2).sum()) / len(rest)) / (len(sizes) - 1)
    return noise, max((spread - noise) / size, 0.0)


def _common_draws(
    yearly: NDArray[np.float64],
    evidence: NDArray[np.float64],
    draws: int,
    rng: np.random.Generator,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Common drift and size of the shared shock, from yearly means and their weights up to 1."""
    mean = np.average(yearly, weights=evidence)
    squares = float((evidence * (yearly - mean) ** 2).sum())
    freedom = evidence.sum() - 1 + SHOCK_YEARS
    variance = (squares + SHOCK_YEARS * SHOCK_SIZE**2) / rng.chisquare(freedom, draws)
    common = mean + rng.standard_normal(draws) * np.sqrt(variance / evidence.sum())
    return common, np.sqrt(variance)


def _growth(rows: pd.DataFrame) -> pd.Series:
    ends = rows.groupby("area_code")[["year", "households"]].agg(["first", "last"])
    years = (ends["year", "last"] - ends["year", "first"]).replace(0, 1)
    growth = (ends["households", "last"] / ends["households", "first"]) ** (1 / years) - 1
    return growth.clip(-GROWTH_LIMIT, GROWTH_LIMIT)


def project(fitted: Fit, years: Iterable[int]) -> Projection:
    """
    Draw the years ahead of all areas together.

    Parameters
    ----------
    fitted : Fit
        What `fit` learned.
    years : iterable of int
        The years to project, ascending, all after the last review.

    Returns
    -------
    projection : Projection
        The same for the same fit and years.

    Raises
    ------
    DataError
        If there is no year, or one does not lie after the last review of every area.
    """
    wanted = tuple(sorted(years))
    if not wanted or wanted[0] <= fitted.last_year.max():
        msg = f"years {wanted} must follow the last review, {fitted.last_year.max()}"
        raise DataError(msg)
    rng = np.random.default_rng(fitted.seed)
    shape = (len(fitted.area_codes), len(fitted.common))
    drift = fitted.drift[:, None] + np.sqrt(fitted.drift_variance)[:, None] * _normal(rng, shape)
    level = np.broadcast_to(fitted.level[:, None], shape).astype(np.float32)
    size = np.sqrt(fitted.noise_variance)[:, None].astype(np.float32)
    rates = np.empty((shape[0], len(wanted), shape[1]), dtype=np.float32)
    for year in range(int(fitted.last_year.min()) + 1, wanted[-1] + 1):
        shock = fitted.common + fitted.shock_scale * rng.standard_normal(shape[1])
        step = shock + drift + size * _normal(rng, shape)
        ahead = year > fitted.last_year[:, None]  # an area reviewed later starts later
        level += np.where(ahead, step, 0).astype(np.float32)
        drift = np.where(ahead, DAMPING * drift, drift)
        if year in wanted:
            rates[:, wanted.index(year)] = 1 / (1 + np.exp(-level))
    elapsed = np.array(wanted)[None, :] - fitted.last_year[:, None]
    households = fitted.households[:, None] * (1 + fitted.growth[:, None]) ** elapsed
    return Projection(fitted.measure, fitted.standard, fitted.area_codes, wanted, rates, households)


def _normal(rng: np.random.Generator, shape: tuple[int, int]) -> NDArray[np.float32]:
    return rng.standard_normal(shape, dtype=np.float32)


def aggregate(projection: Projection, members: Iterable[str], *, area_code: str) -> Projection:
    """
    Sum areas in every draw: a province is its communes.

    Parameters
    ----------
    projection : Projection
        Of at least the members.
    members : iterable of str
        Codes of the areas to sum; each counts once, one without a projection is
        left out.
    area_code : str
        Code of the sum.

    Returns
    -------
    projection : Projection
        Of one area; its rate is weighted by households.

    Raises
    ------
    DataError
        If no member is in the projection.
    """
    chosen = np.isin(projection.area_codes, list(members))
    if not chosen.any():
        msg = f"aggregate {area_code}: no member is in the projection"
        raise DataError(msg)
    households = projection.households[chosen]
    total = households.sum(axis=0, keepdims=True)
    shares = households / total
    rates = np.einsum("ihd,ih->hd", projection.rates[chosen], shares)[None].astype(np.float32)
    return Projection(
        projection.measure, projection.standard, (area_code,), projection.years, rates, total
    )


def summarise(projection: Projection, interval: float) -> pd.DataFrame:
    """
    Give the middle and the limits of the draws.

    Parameters
    ----------
    projection : Projection
        Of areas or of a sum of areas.
    interval : float
        Coverage of the interval. [share, 0-1]

    Returns
    -------
    summary : DataFrame
        One row per `area_code`, `year`; `rate_median`, `rate_lb`, `rate_ub`. [share]

    Raises
    ------
    ValueError
        If the coverage does not lie between 0 and 1.
    """
    if not 0 < interval < 1:
        msg = f"interval must lie between 0 and 1, received {interval}"
        raise ValueError(msg)
    tail = (1 - interval) / 2
    low, middle, high = np.quantile(projection.rates, [tail, 0.5, 1 - tail], axis=2)
    keys = pd.MultiIndex.from_product(
        [projection.area_codes, projection.years], names=["area_code", "year"]
    ).to_frame(index=False)
    return keys.assign(
        rate_median=middle.ravel().astype(float),
        rate_lb=low.ravel().astype(float),
        rate_ub=high.ravel().astype(float),
    )
