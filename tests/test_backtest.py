"""Backtests: proper scores against closed forms, peers run fairly, panels that cannot be used."""

import json
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from typer.testing import CliRunner

from povlib.cli import app
from povlib.data import panels
from povlib.errors import DataError
from povlib.models import backtest, other_methods, scores

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data" / "panels"
REVIEW = SHARED / "vn_province63_poverty_review_2016_2024.csv"


def _panel(*, areas=30, years=range(2015, 2024), seed=1):
    """Rates that fall by about 10 % a year, in steps that all areas share."""
    rng = np.random.default_rng(seed)
    steps = -0.1 + rng.normal(0, 0.03, len(years)) + rng.normal(0, 0.05, (areas, len(years)))
    rates = 1 / (1 + np.exp(-(rng.uniform(-3, -1, (areas, 1)) + np.cumsum(steps, axis=1))))
    rows = [
        (f"{area:03d}", year, rates[area, step])
        for area in range(areas)
        for step, year in enumerate(years)
    ]
    panel = pd.DataFrame(rows, columns=["area_code", "year", "poverty_rate"])
    return panel.assign(households=panels.NOMINAL, group=pd.NA)


# Scores


def test_the_score_of_normal_draws_is_that_of_the_normal_distribution():
    "Closed form of Gneiting and Raftery (2007), equation 5; 2,000 quantiles know it to 0.1 %"
    draws = np.tile(stats.norm.ppf((np.arange(2000) + 0.5) / 2000), (3, 1))
    truth = np.array([0.0, 1.0, -2.5])
    normal = stats.norm
    expected = truth * (2 * normal.cdf(truth) - 1) + 2 * normal.pdf(truth) - 1 / np.sqrt(np.pi)
    np.testing.assert_allclose(scores.crps(draws, truth), expected, rtol=1e-3)


def test_the_score_of_twenty_quantiles_is_near_enough_to_compare_with():
    draws = stats.norm.ppf(other_methods.QUANTILES)[None]
    full = stats.norm.ppf((np.arange(2000) + 0.5) / 2000)[None]
    for truth in (0.0, 1.0, 2.5):
        at = np.array([truth])
        ratio = scores.crps(draws, at) / scores.crps(full, at)
        assert ratio.item() == pytest.approx(1, abs=0.01)


def test_a_certain_forecast_scores_its_absolute_error():
    assert scores.crps(np.array([[0.3]]), np.array([0.1])).item() == pytest.approx(0.2)


def test_truths_drawn_from_the_forecast_fill_all_parts_alike():
    rng = np.random.default_rng(1)
    counts = scores.pit(rng.normal(size=(5000, 400)), rng.normal(size=5000))
    assert sum(counts) == 5000
    # 500 a part, standard deviation 21: 4 of them.
    assert np.ptp(counts) < 170


# Runs


def test_every_origin_and_horizon_is_scored_for_areas_and_their_mean():
    made = backtest.run(_panel(), window=4, horizon=3)
    ours = made.scores[made.scores["method"] == backtest.OURS]
    found = ours[ours["level"] == "areas"].set_index(["origin", "horizon"])["n"]
    expected = {
        (origin, ahead): 30
        for origin in range(2018, 2023)
        for ahead in range(1, 4)
        if origin + ahead <= 2023
    }
    assert found.to_dict() == expected
    assert (ours[ours["level"] == "mean"]["n"] == 1).all()
    assert made.meta["origins"] == list(range(2018, 2023))


def test_a_forecast_knows_nothing_of_the_years_after_its_origin():
    panel = _panel()
    changed = panel.copy()
    changed.loc[changed["year"] > 2020, "poverty_rate"] = 0.9
    first = backtest.run(panel, horizon=1).scores
    second = backtest.run(changed, horizon=1).scores
    before = (first["origin"] < 2020) & (first["method"] == backtest.OURS)
    columns = ["crps", "mae", "coverage80"]
    pd.testing.assert_frame_equal(first.loc[before, columns], second.loc[before, columns])


def test_persistence_and_drift_are_what_they_say():
    years, rates = np.array([2020, 2021, 2022]), np.array([[0.2, 0.18, 0.14], [0.1, 0.1, 0.1]])
    ahead = np.array([2023, 2025])
    still = other_methods.persistence(years, rates, ahead)
    assert still.middle.tolist() == [[0.14, 0.14], [0.1, 0.1]]
    size = np.sqrt((0.02**2 + 0.04**2) / 4)
    width = still.limits80[0, :, 1] - still.limits80[0, :, 0]
    np.testing.assert_allclose(width, 2 * 1.2816 * size * np.sqrt([1, 3]), rtol=1e-4)
    moving = other_methods.drift(years, rates, ahead)
    np.testing.assert_allclose(moving.middle, [[0.11, 0.05], [0.1, 0.1]])


def test_a_method_that_fails_is_counted_and_nothing_stands_in_for_it():
    def broken(*known):
        return other_methods.persistence(*known[:1])  # misses two arguments

    def without_intervals(years, rates, ahead):
        still = other_methods.persistence(years, rates, ahead)
        return other_methods.Forecast(still.middle, still.quantiles * np.nan, *[still.limits80] * 2)

    others = {"broken": broken, "bare": without_intervals}
    made = backtest.run(_panel(years=range(2018, 2023)), horizon=1, others=others)
    assert made.meta["methods"]["broken"]["failures"] == 31  # 30 areas and their mean
    assert made.summary()["broken"] == {}
    assert made.meta["methods"]["bare"]["missing_intervals"] == 31
    bare = made.summary()["bare"]["1"]
    assert bare["crps"] is None
    assert bare["n_interval"] == 0
    assert bare["mae"] > 0


@pytest.mark.skipif(find_spec("statsforecast") is None, reason="make peers installs it")
def test_automatic_methods_run_and_say_what_they_could_not_do():
    panel = _panel(areas=4, years=range(2016, 2023))
    made = backtest.run(panel, window=5, horizon=2, others=other_methods.automatic())
    for name in ("ets", "theta", "arima"):
        cost = made.meta["methods"][name]
        scored = made.summary()[name].get("1", {"n": 0})["n"]
        assert scored or cost["failures"], name
    assert made.summary()["arima"]["1"]["coverage95"] is not None


@pytest.mark.skipif(not REVIEW.is_file(), reason="the real panels are not beside this checkout")
def test_on_the_review_of_vietnam_ours_beats_persistence_and_drift():
    "63 provinces, 2021-2024: forecasts of 2024 from three years"
    review = pd.read_csv(REVIEW, comment="#", dtype={"geo_code": str})
    review = review[review["denominator_flag"].eq("ok") & review["note"].isna()]
    review = review[review["year"].between(2021, 2024)].rename(columns={"geo_code": "area_code"})
    panel = review.assign(
        poverty_rate=review["derived_poor_rate_pct"] / 100,
        households=panels.NOMINAL,
        group=pd.NA,
    ).dropna(subset=["poverty_rate"])
    found = backtest.run(panel, window=3).summary()
    best = min(found[name]["1"]["crps"] for name in ("persistence", "drift"))
    assert found[backtest.OURS]["1"]["crps"] < 0.97 * best
    assert 0.74 <= found[backtest.OURS]["1"]["coverage80"] <= 0.88


# The command


def test_the_command_writes_one_key_a_method_one_a_horizon(tmp_path):
    source, target = tmp_path / "panel.csv", tmp_path / "scores.json"
    _panel()[["area_code", "year", "poverty_rate"]].to_csv(source, index=False)
    asked = ["backtest", str(source), "--window", "5", "--horizon", "2", "--json", str(target)]
    run = CliRunner().invoke(app, asked)
    assert run.exit_code == 0, run.output
    assert "30 areas, 4 origins 2019 to 2022" in run.output
    found = json.loads(target.read_text("utf-8"))
    assert set(found) == {"povlib", "persistence", "drift", "meta"}
    assert set(found["povlib"]) == {"1", "2"}
    assert {"mae", "crps", "coverage80", "coverage95", "n"} <= set(found["povlib"]["1"])
    assert f"{100 * found['povlib']['1']['crps']:.3f}" in run.output


def test_a_year_that_no_area_of_a_window_reached_is_no_horizon():
    panel = _panel(areas=4, years=range(2018, 2023))
    late = panel.tail(1).assign(area_code="late", year=2023)
    made = backtest.run(pd.concat([panel, late]), window=4, horizon=3)
    assert set(made.scores["horizon"]) == {1}


def test_scores_are_written_nowhere_without_a_folder(tmp_path):
    source, target = tmp_path / "panel.csv", tmp_path / "no" / "scores.json"
    _panel()[["area_code", "year", "poverty_rate"]].to_csv(source, index=False)
    run = CliRunner().invoke(app, ["backtest", str(source), "--json", str(target)])
    assert isinstance(run.exception, DataError)
    assert "no folder to write this file to" in str(run.exception)


# Refusals


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("area_code,year\n1,2020\n", "column poverty_rate is missing"),
        ("area_code,year,poverty_rate\n1,2020,14.3\n", "row 2: poverty_rate must be a share"),
        ("area_code,year,poverty_rate\n1,2020,0.1\n1,2020,0.2\n", "row 3: year stands twice"),
        ("area_code,year,poverty_rate\n,2020,0.1\n", "row 2: area_code must not be blank"),
        ("area_code,year,poverty_rate\n1,2020,many\n", "row 2: poverty_rate must be a number"),
        (
            "area_code,year,poverty_rate,households\n1,2020,0.1,0\n",
            "row 2: households must be at least 1",
        ),
    ],
)
def test_a_panel_that_breaks_a_rule_is_refused_with_its_place(tmp_path, text, message):
    path = tmp_path / "panel.csv"
    path.write_text(text, "utf-8")
    with pytest.raises(DataError, match=message):
        panels.read(path)


def test_a_window_too_short_and_a_panel_too_short_are_refused():
    with pytest.raises(DataError, match="window 2: a projection needs at least 3 years"):
        backtest.run(_panel(), window=2)
    with pytest.raises(DataError, match=r"no 4 consecutive years .* \(it has: 2015, 2016, 2017\)"):
        backtest.run(_panel(years=range(2015, 2018)))


@pytest.mark.parametrize("rate", [0.0, 0.2, 1.0])
def test_a_panel_that_never_moves_gives_numbers(rate):
    still = _panel(areas=5).assign(poverty_rate=rate)
    found = backtest.run(still, horizon=2).summary()[backtest.OURS]
    assert all(np.isfinite(one["crps"]) for one in found.values())
    assert found["1"]["mae"] < 0.005
