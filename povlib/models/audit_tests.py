"""
What only chance can judge: figures that an honest count would seldom give.

Every test has a p-value; the rate of false findings is held over all areas and tests
together, and `bench/audit.py` measures it on honest simulated data.
"""

import warnings

import numpy as np
import pandas as pd
from scipy import stats
from statsmodels.stats.multitest import multipletests

from povlib.models import audit, measurement, trajectory
from povlib.models.projection import Projection
from povlib.scenario import ModelSettings

FALSE_RATE = 0.05  # of the findings, expected (Benjamini-Hochberg)
TAIL = 20.0  # degrees of freedom of the tail beyond the draws
LEAST_DIGITS = 50  # counts above 99 from which last digits are held against chance
NEAR = 0.1  # of a criterion
LEAST_ESCAPES = 10  # households that left, in an area


def examine(
    review: pd.DataFrame,
    flows: pd.DataFrame,
    settings: ModelSettings,
    *,
    standard: str,
    rng: np.random.Generator,
    groups: pd.Series | None = None,
    assigned: pd.DataFrame | None = None,
    criterion: float | None = None,
) -> pd.DataFrame:
    """
    List the figures of the last review that an honest count would seldom give.

    Parameters
    ----------
    review : DataFrame
        One row per `area_code`, `year`, `standard`; at least four years for surprises.
    flows : DataFrame
        One row per `area_code`, `year`, `standard`, `status`, `unit`.
    settings : ModelSettings
        `draws` counts.
    standard : str
        Records of this standard are tested.
    rng : numpy.random.Generator
    groups : Series, optional
        Group of each area by `area_code`.
    assigned : DataFrame, optional
        What was assigned to areas: `area_code`, `year`, `poor_households` at its end.
    criterion : float, optional
        A poverty rate that much depends on. [share]

    Returns
    -------
    findings : DataFrame
        As `audit.examine`, with `p_value`; those that stay when the rate of false
        findings is held at 5 %.

    Notes
    -----
    surprise: the rate against its predictive distribution from the years before, all
    areas' common movement taken out: a good or bad year of all is none.
    at_target: counts equal to the ones assigned, to the household, against how many would
    be by chance (Poisson binomial; the chance of each area is read off its predictive
    distribution, so that it moves with its size). If they are too many, under `*`, the areas
    are listed too: which of them were steered no test can tell.
    below_criterion: of the areas whose rate lies within a tenth of the criterion, those
    at or below it, against how many would be by chance (as above); under `*`.
    escapes_to_near_poor: of the households that left poverty, those that became
    near-poor, against the share and spread of all areas (beta-binomial).
    last_digits: last digits of counts above 99 over all areas (chi-square); one finding
    for the whole, under `*`.

    Examples
    --------
    >>> import povlib
    >>> data = povlib.demo.build()
    >>> assigned = data.review.query("year == 2024").head(30)  # all as assigned, to the household
    >>> found = examine(
    ...     data.review,
    ...     data.flows,
    ...     povlib.scenario.load("smoke").model,
    ...     standard="nd07-2021",
    ...     rng=np.random.default_rng(2030),
    ...     assigned=assigned[["area_code", "year", "poor_households"]],
    ... )
    >>> print(*found["code"].unique())
    at_target
    """
    rows = review[(review["standard"] == standard) & review["poor_households"].notna()]
    tested = [_digits(rows), _escapes(flows[flows["standard"] == standard])]
    last = rows["year"].max()
    before, now = rows[rows["year"] < last], rows[rows["year"] == last]
    now = now[now["area_code"].isin(before["area_code"])]
    if len(now) and (before.groupby("area_code").size() > 1).any():
        fitted = trajectory.fit(before, settings, rng=rng, standard=standard, groups=groups)
        ahead = trajectory.project(fitted, [int(last)])
        tested.append(_surprises(ahead, now))
        if criterion:  # at or below none is no choice between two sides
            tested.append(_below_criterion(ahead, now, criterion))
        if assigned is not None:
            is_drawn = assigned["area_code"].isin(ahead.area_codes)
            goals = assigned[(assigned["year"] == last) & is_drawn]
            tested.append(_at_target(ahead, now, goals))
            hits = _hits(now, goals)
    found = _controlled(pd.concat(tested, ignore_index=True))
    at_target = found[found["code"] == "at_target"]
    if at_target.empty:
        return found
    # The areas carry no test of their own: they follow the whole.
    followed = hits.assign(p_value=at_target["p_value"].item())
    return audit.collect([found, followed])


def _controlled(tested: pd.DataFrame) -> pd.DataFrame:
    """What stays when the rate of false findings is held."""
    tested = tested[tested["p_value"].notna()]
    if tested.empty:
        return audit.collect([tested])
    kept, *_ = multipletests(tested["p_value"], alpha=FALSE_RATE, method="fdr_bh")
    return audit.collect([tested[kept]])


def _surprises(ahead: Projection, now: pd.DataFrame) -> pd.DataFrame:
    # Against those that were reviewed too: while a year comes in, some areas are there first.
    known = np.isin(ahead.area_codes, now["area_code"])
    came = now.set_index("area_code").reindex(np.array(ahead.area_codes)[known])
    counted = came["poor_households"].astype(float).to_numpy()
    households = came["households"].astype(float).to_numpy()
    drawn = _apart(ahead.counted[known, 0], ahead.households[known][:, [0]])
    seen = _apart(counted[:, None], households[:, None])[:, 0]
    low, middle, high = np.quantile(drawn, [0.16, 0.5, 0.84], axis=1)
    scale = np.maximum((high - low) / 2, 1e-6)
    p_value = 2 * stats.t.sf(np.abs(seen - middle) / scale, TAIL)
    expected = np.median(ahead.counted[known, 0], axis=1)
    rows = came.rename_axis("area_code").reset_index().assign(status="poor")
    return audit.finding(
        rows,
        "surprise",
        pd.Series(counted),
        pd.Series(expected),
        pd.Series(np.where(np.isfinite(seen), p_value, np.nan)),
    )


def _apart(counted: np.ndarray, households: np.ndarray) -> np.ndarray:
    """Logit of the rate less that of the middle area: what an area did apart from all."""
    logit = np.log((counted + 0.5) / (households - counted + 0.5))
    return logit - np.nanmedian(logit, axis=0)


def _hits(now: pd.DataFrame, goals: pd.DataFrame) -> pd.DataFrame:
    """Areas whose count is the one assigned, to the household."""
    both = now.merge(goals, on="area_code", suffixes=("", "_assigned"))
    goal = both["poor_households_assigned"]
    count = both["poor_households"].where(both["poor_households"] == goal)
    return audit.finding(both.assign(status="poor"), "at_target", count, goal)


def _at_target(ahead: Projection, now: pd.DataFrame, goals: pd.DataFrame) -> pd.DataFrame:
    """How many areas count exactly what was assigned to them."""
    goal = goals[goals["area_code"].isin(now["area_code"])].set_index("area_code")
    goal = goal["poor_households"].reindex(list(ahead.area_codes)).astype(float).to_numpy()
    known = np.isfinite(goal)
    # The draws are few for a single count: those within its tenth share their weight.
    reach = np.maximum(np.floor(goal[known] / 10), 1)
    near = np.abs(ahead.counted[known, 0] - goal[known, None]) <= reach[:, None]
    chance = np.minimum((near.mean(axis=1) + 1 / near.shape[1]) / (2 * reach + 1), 1)
    return _whole("at_target", ahead.years[0], len(_hits(now, goals)), chance)


def _whole(code: str, year: int, count: int, chance: np.ndarray) -> pd.DataFrame:
    """A finding of the whole: so many of areas that each had a chance of it."""
    rows = pd.DataFrame({"area_code": [measurement.WHOLE], "year": year, "status": "poor"})
    expected = pd.Series([chance.sum().round(1)])
    p_value = stats.poisson_binom.sf(count - 1, chance) if len(chance) else np.nan
    return audit.finding(rows, code, pd.Series([count]), expected, pd.Series([float(p_value)]))


def _below_criterion(ahead: Projection, now: pd.DataFrame, criterion: float) -> pd.DataFrame:
    """Areas just below a line against those just above it."""
    rate = measurement.rate(now.set_index("area_code"), "poverty_rate").astype(float)
    seen = rate.reindex(list(ahead.area_codes)).to_numpy()
    near = np.abs(seen - criterion) <= criterion * NEAR
    drawn = ahead.rates[near, 0]
    within = np.abs(drawn - criterion) <= criterion * NEAR
    below = within & (drawn <= criterion)
    # One draw on either side more: an area seldom drawn there may lie on either.
    chance = (below.sum(axis=1) + 1) / (within.sum(axis=1) + 2)
    return _whole("below_criterion", ahead.years[0], int((seen[near] <= criterion).sum()), chance)


def _escapes(flows: pd.DataFrame) -> pd.DataFrame:
    last = flows[(flows["status"] == "poor") & (flows["unit"] == "households")]
    last = last[last["year"] == last["year"].max()]
    only = last["out_to_other_status"].astype(float)
    left = only + last["out_above"].astype(float)
    rows = last[(left >= LEAST_ESCAPES) & only.notna()].reset_index(drop=True)
    if len(rows) < 3:
        return audit.finding(rows, "escapes_to_near_poor", pd.Series(dtype=float))
    only = rows["out_to_other_status"].astype(float)
    left = only + rows["out_above"].astype(float)
    first, second = _beta(only.to_numpy(), left.to_numpy())
    p_value = stats.betabinom.sf(only - 1, left.astype(int), first, second)
    expected = (left * first / (first + second)).round(1)
    return audit.finding(rows, "escapes_to_near_poor", only, expected, pd.Series(p_value))


def _beta(hits: np.ndarray, trials: np.ndarray) -> tuple[float, float]:
    """Parameters of the beta distribution of shares, by moments; robust to a few large ones."""
    share = hits / trials
    middle = float(np.clip(np.median(share), 0.01, 0.99))
    low, high = np.quantile(share, [0.16, 0.84])
    binomial = float(np.mean(middle * (1 - middle) / trials))
    spread = max(((high - low) / 2) ** 2 - binomial, 1e-4)
    size = max(middle * (1 - middle) / spread - 1, 1.0)
    return middle * size, (1 - middle) * size


def _digits(rows: pd.DataFrame) -> pd.DataFrame:
    found = []
    for year, part in rows.groupby("year"):
        counts = part["poor_households"].dropna().astype(int)
        counts = counts[counts > 99]
        if len(counts) >= LEAST_DIGITS:
            digits = np.bincount(counts % 10, minlength=10)
            p_value = float(stats.chisquare(digits).pvalue)
            found.append((year, int(digits.argmax()), digits.max(), len(counts) / 10, p_value))
    columns = ["year", "digit", "value", "expected", "p_value"]
    table = pd.DataFrame(found, columns=columns).assign(area_code=measurement.WHOLE, status="poor")
    return audit.finding(table, "last_digits", table["value"], table["expected"], table["p_value"])


def bunching(scores: pd.Series, cutoff: float) -> float:
    """
    Test whether scores of households bunch on one side of a cut-off.

    Parameters
    ----------
    scores : Series
        Score of every household, such as B1; missing ones are left out.
    cutoff : float
        The line, such as 140 points.

    Returns
    -------
    p_value : float
        Chance of such a step of the density at the cut-off if there is none.

    References
    ----------
    Cattaneo, Jansson and Ma (2020), Simple local polynomial density estimators.

    Examples
    --------
    >>> rng = np.random.default_rng(2030)
    >>> honest = pd.Series(rng.normal(150, 30, 2000).round())
    >>> bunching(honest, 140) > 0.01
    True
    >>> steered = honest.mask(honest.between(140, 143), 139)
    >>> bunching(steered, 140) < 0.01
    True
    """
    from diff_diff import RDDensityTest

    known = pd.DataFrame({"score": scores.dropna().astype(float)})
    with warnings.catch_warnings():
        # Scores are whole numbers: ties are expected, and adjusted for.
        warnings.filterwarnings("ignore", "Repeated running-variable values", UserWarning)
        return float(RDDensityTest(cutoff=cutoff).fit(known, running="score").p_value)
