"""Would the projection have been right: rolling origins, proper scores, other methods."""

import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from povlib.errors import DataError
from povlib.models import measurement, other_methods, trajectory
from povlib.models.other_methods import Forecast, Method
from povlib.models.scores import pool, score
from povlib.models.shared_drift import Prior
from povlib.scenario import ModelSettings

Array = NDArray[np.float64]

OURS = "povlib"
STANDARD = "unstated"
# Only the draws count here; the rest is asked for by the record.
SETTINGS = ModelSettings(
    last_year=2100,
    search_year=2100,
    draws=400,
    interval=0.8,
    on_track=0.75,
    at_risk=0.4,
    min_years=3,
    peers=1,
)


@dataclass(frozen=True, slots=True)
class Backtest:
    """
    How forecasts from the past compare with what came.

    Attributes
    ----------
    scores : DataFrame
        One row per `method`, `level` (`areas` or `mean`, the mean over areas),
        `origin`, `horizon`: `n` forecasts, `n_interval` of them with an interval, `mae`,
        `crps`, `interval_score80`, `interval_score95` [share], `coverage80`,
        `coverage95` [share of forecasts], `pit`: counts of the forecast's
        distribution at the truth in ten equal bins.
    meta : dict
        Panel, windows, and for each method seconds, failures, missing intervals.
    """

    scores: pd.DataFrame
    meta: dict[str, Any]

    def summary(self) -> dict[str, dict[str, Any]]:
        """Scores by method and horizon, over all origins; JSON types, shares."""
        return {method: _by_horizon(self.scores, method) for method in self.meta["methods"]}

    def as_json(self) -> str:
        """Return `summary` and, under `meta`, `meta`."""
        return json.dumps(self.summary() | {"meta": self.meta}, indent=1) + "\n"

    def as_text(self) -> str:
        """Return a table to read: one row per method and horizon, errors in points."""
        rows = [
            {
                "method": method,
                "years ahead": horizon,
                "forecasts": scores.get("n", 0),
                "MAE": _points(scores.get("mae")),
                "CRPS": _points(scores.get("crps")),
                "in 80 %": _percent(scores.get("coverage80")),
                "in 95 %": _percent(scores.get("coverage95")),
            }
            for method, horizons in self.summary().items()
            for horizon, scores in horizons.items()
        ]
        origins = self.meta["origins"]
        head = (
            f"{self.meta['areas']} areas, {len(origins)} origins {origins[0]} to {origins[-1]},"
            f" windows of {self.meta['window']} years; errors in percentage points\n"
        )
        trouble = [
            f"{name}: {cost['failures']} failures, {cost['missing_intervals']} missing intervals"
            for name, cost in self.meta["methods"].items()
            if cost["failures"] or cost["missing_intervals"]
        ]
        return "\n".join([head + pd.DataFrame(rows).to_string(index=False), *trouble])


def panel_of(review: pd.DataFrame, measure: str, standard: str, groups: pd.Series) -> pd.DataFrame:
    """
    Make a panel of rates of the reviews under one standard.

    Parameters
    ----------
    review : DataFrame
        One row per `area_code`, `year`, `standard`.
    measure, standard : str
        Which rate, under which standard.
    groups : Series
        Group of each area by `area_code`.

    Returns
    -------
    panel : DataFrame
        One row per `area_code`, `year`: `poverty_rate` (of the measure) [share],
        `households`, `group`.

    Examples
    --------
    >>> import povlib
    >>> data = povlib.demo.build()
    >>> groups = povlib.comparison.groups(data.areas)
    >>> panel_of(data.review, "poverty_rate", "nd07-2021", groups).columns.tolist()
    ['area_code', 'year', 'poverty_rate', 'households', 'group']
    """
    rows = review[review["standard"] == standard]
    made = rows[["area_code", "year"]].assign(
        poverty_rate=measurement.rate(rows, measure).astype(float),
        households=measurement.whole(rows, measure),
        group=groups.reindex(rows["area_code"]).to_numpy(),
    )
    known = made.dropna(subset=["poverty_rate"]).astype({"year": int, "households": int})
    return known.sort_values(["area_code", "year"], ignore_index=True)


@dataclass(slots=True)
class _Tally:
    """What a method cost and could not do."""

    seconds: float = 0.0
    failures: int = 0
    missing_intervals: int = 0
    errors: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Window:
    """What was known at an origin, and what came; n areas, t years, h horizons."""

    years: NDArray[np.int64]
    rates: Array  # (n, t)
    ahead: NDArray[np.int64]
    truth: Array  # (n, h); missing where not known
    rows: pd.DataFrame  # panel rows behind `rates`

    @property
    def origin(self) -> int:
        return int(self.years[-1])


def run(
    panel: pd.DataFrame,
    *,
    window: int = 4,
    horizon: int = 5,
    others: Mapping[str, Method] | None = None,
    prior: Prior = trajectory.PRIOR,
    seed: int = 2030,
) -> Backtest:
    """
    Forecast from every year of the past with what was known then.

    Parameters
    ----------
    panel : DataFrame
        One row per `area_code`, `year`: `poverty_rate` [share], `households`, `group`.
    window : int, optional
        Years that a forecast knows, at least 3.
    horizon : int, optional
        Years ahead, at most.
    others : mapping of str to Method, optional
        Methods beside persistence and drift.
    prior : Prior, optional
    seed : int, optional

    Returns
    -------
    backtest : Backtest

    Raises
    ------
    DataError
        If the window is too short or the panel holds no window and a year after it.

    Notes
    -----
    A window is of consecutive years, an area counts in it if it has all of them: other
    methods cannot do with less. They forecast the mean over areas from the series of means.

    Examples
    --------
    >>> import povlib
    >>> data = povlib.demo.build()
    >>> groups = povlib.comparison.groups(data.areas)
    >>> past = run(panel_of(data.review, "poverty_rate", "nd07-2021", groups), window=3)
    >>> scores = past.summary()  # by method and years ahead
    >>> scores["povlib"]["1"]["crps"] < scores["persistence"]["1"]["crps"]
    True
    """
    if window < 3:
        msg = f"window {window}: a projection needs at least 3 years"
        raise DataError(msg)
    windows = list(_windows(panel, window, horizon))
    if not windows:
        years = sorted(panel["year"].unique())
        msg = (
            f"panel: no {window} consecutive years with a later one within {horizon}"
            f" (it has: {', '.join(map(str, years))})"
        )
        raise DataError(msg)
    methods = other_methods.SIMPLE | dict(others or {})
    tallies = {name: _Tally() for name in (OURS, *methods)}
    frames: list[dict[str, Any]] = []
    for one in windows:
        frames += _ours(one, prior, seed, tallies[OURS])
        for name, peer in methods.items():
            frames += _peer(one, name, peer, tallies[name])
    return Backtest(pd.DataFrame(frames), _meta(panel, windows, window, tallies))


def _windows(panel: pd.DataFrame, window: int, horizon: int) -> Iterator[_Window]:
    wide = panel.pivot(index="area_code", columns="year", values="poverty_rate")
    years = wide.columns.to_numpy(np.int64)
    for origin in years:
        known = np.arange(origin - window + 1, origin + 1)
        ahead = years[(years > origin) & (years <= origin + horizon)]
        if not np.isin(known, years).all() or not len(ahead):
            continue
        complete = wide[wide[known].notna().all(axis=1)]
        ahead = ahead[complete[ahead].notna().any().to_numpy()]
        kept = complete.index[complete[ahead].notna().any(axis=1)]
        if len(kept):
            rows = panel[panel["area_code"].isin(kept) & panel["year"].isin(known)]
            yield _Window(
                known,
                wide.loc[kept, known].to_numpy(float),
                ahead,
                wide.loc[kept, ahead].to_numpy(float),
                rows,
            )


def _ours(one: _Window, prior: Prior, seed: int, tally: _Tally) -> list[dict[str, Any]]:
    started = time.perf_counter()
    counted = (one.rows["poverty_rate"] * one.rows["households"]).round().astype("Int64")
    review = one.rows.assign(poor_households=counted, standard=STANDARD)
    groups = one.rows.drop_duplicates("area_code").set_index("area_code")["group"]
    rng = np.random.default_rng(seed)
    fitted = trajectory.fit(review, SETTINGS, rng=rng, groups=groups, prior=prior)
    draws = trajectory.project(fitted, one.ahead.tolist()).rates
    tally.seconds += time.perf_counter() - started
    known = np.isfinite(one.truth)
    mean = np.array([draws[known[:, at], at].mean(axis=0) for at in range(len(one.ahead))])
    return [
        *_scored(OURS, "areas", one, _of_draws(draws), one.truth),
        *_scored(OURS, "mean", one, _of_draws(mean[None]), np.nanmean(one.truth, axis=0)[None]),
    ]


def _of_draws(draws: Array) -> Forecast:
    low80, high80, low95, high95 = np.quantile(draws, [0.1, 0.9, 0.025, 0.975], axis=2)
    return Forecast(
        middle=np.median(draws, axis=2),
        quantiles=np.sort(draws, axis=2),
        limits80=np.stack([low80, high80], axis=2),
        limits95=np.stack([low95, high95], axis=2),
    )


def _peer(one: _Window, name: str, peer: Method, tally: _Tally) -> list[dict[str, Any]]:
    is_slow = name not in other_methods.SIMPLE
    every = -(-len(one.rates) // other_methods.MOST_AREAS) if is_slow else 1
    rates, truth = one.rates[::every], one.truth[::every]
    mean, mean_truth = one.rates.mean(axis=0)[None], np.nanmean(one.truth, axis=0)[None]
    found = []
    for level, known, came in (("areas", rates, truth), ("mean", mean, mean_truth)):
        started = time.perf_counter()
        try:
            forecast = peer(one.years, known, one.ahead)
        except Exception as error:  # noqa: BLE001 - whatever a peer fails with is its failure
            tally.failures += len(known)
            tally.errors.append(f"{one.origin} {level}: {type(error).__name__}: {error}")
        else:
            tally.missing_intervals += int(np.isnan(forecast.quantiles).any(axis=2).sum())
            found += _scored(name, level, one, _bounded(forecast), came)
        tally.seconds += time.perf_counter() - started
    return found


def _bounded(forecast: Forecast) -> Forecast:
    """A method that knows of no bounds is spared what lies beyond them."""
    parts = (forecast.middle, forecast.quantiles, forecast.limits80, forecast.limits95)
    return Forecast(*(np.clip(part, 0, 1) for part in parts))


def _scored(
    method: str, level: str, one: _Window, forecast: Forecast, truth: Array
) -> list[dict[str, Any]]:
    label = {"method": method, "level": level, "origin": one.origin}
    rows = score(forecast, truth, [int(year) - one.origin for year in one.ahead])
    return [label | row for row in rows]


def _by_horizon(scores: pd.DataFrame, method: str) -> dict[str, Any]:
    own = scores[scores["method"] == method]
    found: dict[str, Any] = {}
    for horizon, rows in own.groupby("horizon"):
        levels = {level: pool(part) for level, part in rows.groupby("level")}
        found[str(horizon)] = levels.get("areas", {}) | {"mean_over_areas": levels.get("mean")}
    return found


def _meta(
    panel: pd.DataFrame, windows: list[_Window], window: int, tallies: dict[str, _Tally]
) -> dict[str, Any]:
    return {
        "areas": int(panel["area_code"].nunique()),
        "years": [int(panel["year"].min()), int(panel["year"].max())],
        "window": window,
        "origins": [one.origin for one in windows],
        "methods": {
            name: {
                "seconds": round(tally.seconds, 3),
                "failures": tally.failures,
                "missing_intervals": tally.missing_intervals,
                "errors": tally.errors,
            }
            for name, tally in tallies.items()
        },
    }


def _points(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.3f}"


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.1f} %"
