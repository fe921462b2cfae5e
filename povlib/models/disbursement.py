"""What will be disbursed by the end of the year, learned from the years before."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import statsmodels.api as sm
from numpy.typing import NDArray
from scipy import sparse

from povlib.models import finance
from povlib.scenario import ModelSettings

FULL = 0.95  # share of a plan that counts as disbursed, as the Government asks of every year
ALL = "all_projects"
_LINE = ["area_code", "project"]
_AS_IF = 20  # a share of all or nothing counts as one of so many parts, with half a part added
_SHOCK = 0.5  # what a year is taken to differ from the others, before any is seen [logit]
_SHOCK_YEARS = 2  # weight of that, as years seen

COLUMNS = [
    "area_code",
    "project",
    "year",
    "period",
    "plan",
    "disbursed",
    "disbursed_share",
    "year_before_share",
    "expected_share",
    "expected_share_lb",
    "expected_share_ub",
    "unspent",
    "unspent_lb",
    "unspent_ub",
    "probability",
    "status",
]


@dataclass(frozen=True, slots=True)
class _Curve:
    """How the rest of a plan was disbursed in earlier years, on the logit scale."""

    fitted: NDArray[np.float64]  # of the current lines, without their areas
    areas: pd.DataFrame  # by area_code: mean and sd of what it does apart
    shock: float  # standard deviation of a year's common shock
    degrees: float  # of that
    noise: float  # standard deviation of a line in a year


def forecast(
    months: pd.DataFrame, settings: ModelSettings, *, rng: np.random.Generator
) -> pd.DataFrame:
    """
    Forecast the disbursement of every area and project to the end of the year.

    Parameters
    ----------
    months : DataFrame
        The table `finance`; its last month is the date of the forecast.
    settings : ModelSettings
        `draws`, `interval`, and `on_track`, `at_risk` for the words.
    rng : Generator

    Returns
    -------
    forecast : DataFrame
        One row per `area_code`, `project` with a plan in the current `year`, and one
        per area of all projects, `all_projects`; the same with the `area_code` `*`
        for all areas. `plan`, `disbursed` to `period` [VND], `disbursed_share`, the
        same share at the same date a year before, `year_before_share`; at the end of
        the year `expected_share` with its limits [share of the plan], `unspent` with
        its limits: what will have to be carried over or returned [VND]; `probability`
        that `FULL` of the plan is disbursed; `status`: `on_track`, `at_risk`,
        `off_track` by the thresholds of the targets, `cannot_tell` where no earlier
        year reached December. What is not known is missing.

    Notes
    -----
    Of the part of a plan that is left at this month, the share disbursed by December:
    on the logit scale a regression on the project and on how far the line had come (no
    further than lines were seen to have come), and what areas do apart, shrunken to
    all. A year may differ from those before by a shock that all share; few years say
    little of its size, so that it counts as two years of a shock of 0.5. The plan is
    taken as it is known now; where more is allocated later, the shares will differ.
    Capital carried over is counted in, as the disbursement rate is defined.
    """
    period = months["period"].max()
    year, month = (int(part) for part in period.split("-"))
    rows = months.assign(project=finance.project_of(months["project"]))
    now = _state(rows, year, month)
    now = now[now["plan"] > 0].reset_index(drop=True)
    past = [
        one
        for earlier in range(int(rows["period"].min()[:4]), year)
        if len(one := _finished(rows, earlier, month))
    ]
    if past and month < 12:
        drawn = _draw(now, _learn(pd.concat(past), now), settings.draws, rng)
    else:
        settled = 1.0 if month == 12 else np.nan
        drawn = (now["disbursed"].to_numpy(float) * settled)[:, None]
    before = _state(rows, year - 1, month).set_index(_LINE)
    before = before.reindex(pd.MultiIndex.from_frame(now[_LINE]))
    frames = [
        _summarise(lines, now, drawn, before, settings) for lines in (_LINE, ["area_code"], None)
    ]
    frames.append(_summarise(["project"], now, drawn, before, settings))
    result = pd.concat(frames, ignore_index=True).assign(year=year, period=period)
    return result.sort_values(_LINE, ignore_index=True)[COLUMNS]


def _state(rows: pd.DataFrame, year: int, month: int) -> pd.DataFrame:
    """Plan and disbursement of every line from the start of a year to a month."""
    made = finance.track_year(rows, _LINE, year=year, to_month=month)
    return made[[*_LINE, "plan", "disbursed"]].astype({"plan": float, "disbursed": float})


def _finished(rows: pd.DataFrame, year: int, month: int) -> pd.DataFrame:
    """The lines of a year that reached December, as they stood in a month and in the end."""
    if not rows["period"].eq(f"{year}-12").any():
        return pd.DataFrame()
    then, end = (_state(rows, year, to_month) for to_month in (month, 12))
    lines = end.merge(then[[*_LINE, "disbursed"]], on=_LINE, how="left", suffixes=("_end", ""))
    lines = lines.fillna({"disbursed": 0.0}).assign(year=year)
    rest = lines["plan"] - lines["disbursed"]
    lines = lines[rest > 0]
    return lines.assign(share=(lines["disbursed_end"] - lines["disbursed"]) / rest[rest > 0])


def _logit(share: pd.Series | NDArray[np.float64]) -> NDArray[np.float64]:
    parts = np.clip(np.asarray(share, dtype=float), 0, 1) * _AS_IF
    return np.asarray(np.log((parts + 0.5) / (_AS_IF - parts + 0.5)))


def _share(logit: NDArray[np.float64]) -> NDArray[np.float64]:
    whole = (_AS_IF + 1) / (1 + np.exp(-logit)) - 0.5
    return np.clip(whole / _AS_IF, 0, 1)


def _learn(past: pd.DataFrame, now: pd.DataFrame) -> _Curve:
    years = np.unique(past["year"])
    projects = sorted(past["project"].unique())
    come = _logit(past["disbursed"] / past["plan"])
    span = (float(come.min()), float(come.max()))  # beyond it nothing was learned
    design = _design(past, projects, span)
    dummies = (past["year"].to_numpy()[:, None] == years[1:]).astype(float)
    model = sm.OLS(_logit(past["share"]), np.column_stack([design, dummies])).fit()
    shocks = np.append(0.0, model.params[design.shape[1] :])
    shocks -= shocks.mean()
    degrees = _SHOCK_YEARS + len(years) - 1
    shock = np.sqrt((_SHOCK_YEARS * _SHOCK**2 + (shocks**2).sum()) / degrees)
    areas, noise = _apart(past["area_code"], model.resid)
    # Between the years seen, none of which is the one to come.
    middle = model.params[design.shape[1] :].sum() / len(years)
    fitted = _design(now, projects, span) @ model.params[: design.shape[1]] + middle
    return _Curve(fitted, areas, float(shock), float(degrees), noise)


def _design(
    lines: pd.DataFrame, projects: list[str], span: tuple[float, float]
) -> NDArray[np.float64]:
    """How far a line had come, within the span seen, and its project; one unseen is the mean."""
    come = np.clip(_logit(lines["disbursed"] / lines["plan"]), *span)
    own = (lines["project"].to_numpy()[:, None] == projects).astype(float)
    own = np.where(own.any(axis=1, keepdims=True), own, 1 / len(projects))
    return np.column_stack([come, own])


def _apart(codes: pd.Series, residuals: NDArray[np.float64]) -> tuple[pd.DataFrame, float]:
    """What areas do apart, shrunken by a one-way analysis of variance; noise of a line."""
    groups = pd.Series(residuals, index=codes.to_numpy()).groupby(level=0)
    sizes, means = groups.size(), groups.mean()
    within = float((groups.var(ddof=1).fillna(0) * (sizes - 1)).sum())
    free = max(int((sizes - 1).sum()), 1)
    noise = within / free if within > 0 else float(np.var(residuals))
    count = len(sizes)
    typical = (sizes.sum() - (sizes**2).sum() / sizes.sum()) / max(count - 1, 1)
    between = float((sizes * means**2).sum()) / max(count - 1, 1)
    spread = max((between - noise) / typical, 0.0) if count > 1 and typical > 0 else 0.0
    kept = spread / (spread + noise / sizes) if spread > 0 else 0 * means
    areas = pd.DataFrame({"mean": kept * means, "sd": np.sqrt(spread * (1 - kept))})
    areas.loc["", ["mean", "sd"]] = 0.0, np.sqrt(spread)  # an area not seen before
    return areas, float(np.sqrt(noise))


def _draw(
    now: pd.DataFrame, curve: _Curve, draws: int, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Money disbursed by the end of the year, shape (lines, draws)."""
    codes, member = np.unique(now["area_code"], return_inverse=True)
    known = np.where(np.isin(codes, curve.areas.index), codes, "")
    areas = curve.areas.loc[known]
    own = areas["mean"].to_numpy()[:, None] + areas["sd"].to_numpy()[:, None] * (
        rng.standard_normal((len(codes), draws))
    )
    common = curve.shock * rng.standard_t(curve.degrees, draws)
    noise = curve.noise * rng.standard_normal((len(now), draws))
    share = _share(curve.fitted[:, None] + own[member] + common + noise)
    plan, disbursed = (now[name].to_numpy()[:, None] for name in ("plan", "disbursed"))
    return np.asarray(disbursed + np.maximum(plan - disbursed, 0) * share)


def _sums(by: list[str] | None, now: pd.DataFrame) -> tuple[dict[str, list[str]], sparse.csr_array]:
    """Area and project of every sum, and which lines it holds, shape (sums, lines)."""
    keys = now[_LINE].copy()
    for name, everything in zip(_LINE, ("*", ALL), strict=True):
        if name not in (by or []):
            keys[name] = everything
    index = keys.groupby(_LINE).ngroup().to_numpy()
    firsts = keys.drop_duplicates().sort_values(_LINE)
    # Sparse: a country has 20,000 lines, in almost as many sums.
    place = (index, np.arange(len(now)))
    member = sparse.csr_array((np.ones(len(now)), place), shape=(len(firsts), len(now)))
    return {name: firsts[name].tolist() for name in _LINE}, member


def _whole(money: NDArray[np.float64]) -> pd.Series:
    return pd.Series(np.rint(money)).astype("Int64")


def _summarise(
    by: list[str] | None,
    now: pd.DataFrame,
    drawn: NDArray[np.float64],
    before: pd.DataFrame,
    settings: ModelSettings,
) -> pd.DataFrame:
    """Sum lines, and say what their draws hold."""
    names, member = _sums(by, now)
    plan, disbursed = (member @ now[name].to_numpy() for name in ("plan", "disbursed"))
    then_plan, then = (member @ before[name].fillna(0).to_numpy() for name in ("plan", "disbursed"))
    shares = member @ drawn / plan[:, None]
    tail = (1 - settings.interval) / 2
    low, middle, high = np.quantile(shares, [tail, 0.5, 1 - tail], axis=1)
    known = np.isfinite(middle)
    probability = np.where(known, (shares >= FULL).mean(axis=1), np.nan)
    left = {
        name: _whole(np.where(known, plan * np.maximum(1 - share, 0), np.nan))
        for name, share in (("unspent", middle), ("unspent_lb", high), ("unspent_ub", low))
    }
    with np.errstate(invalid="ignore", divide="ignore"):
        year_before = np.where(then_plan > 0, then / then_plan, np.nan)
    return pd.DataFrame(
        {
            **names,
            "plan": _whole(plan),
            "disbursed": _whole(disbursed),
            "disbursed_share": disbursed / plan,
            "year_before_share": year_before,
            "expected_share": middle,
            "expected_share_lb": low,
            "expected_share_ub": high,
            **left,
            "probability": probability,
            "status": np.select(
                [~known, probability >= settings.on_track, probability >= settings.at_risk],
                ["cannot_tell", "on_track", "at_risk"],
                default="off_track",
            ),
        }
    )
