"""What programmes changed: published values, known truths, and what is refused."""

import importlib.util
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from povlib.data import demo, files
from povlib.errors import DataError
from povlib.models import (
    impact,
    impact_checks,
    impact_design,
    impact_effects,
    impact_households,
    impact_inference,
    impact_verdict,
    pre_trends,
    programmes,
    spillover,
    staggered,
    synthetic,
)
from povlib.models.impact_inference import Effect
from povlib.models.impact_settings import Columns, ImpactSettings
from povlib.report import evaluation

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared" / "data" / "impact"
published = pytest.mark.skipif(not SHARED.is_dir(), reason="no published panels beside the project")

COLUMNS = Columns("rate", "unit", "year", cohort="first_year")
QUICK = ImpactSettings(bends=(0.0,))  # bounds under bends take seconds
MPDTA = Columns("lemp", "countyreal", "year", cohort="first.treat")


def _read(name):
    return files.read_table(SHARED / name)


def _panel(first_years, *, effect=-0.02, noise=0.01, years=8, seed=0):
    """A panel from 2017 on, in which treatment moves the rate by `effect` at once."""
    rng = np.random.default_rng(seed)
    first = np.array(first_years)
    time = np.arange(2017, 2017 + years)
    treated = (first[:, None] > 0) & (time >= first[:, None])
    level = rng.normal(0.3, 0.05, (len(first), 1))
    rate = level - 0.01 * (time - 2017) + rng.normal(0, noise, treated.shape) + effect * treated
    return pd.DataFrame(
        {
            "unit": np.repeat([f"u{number:03}" for number in range(len(first))], years),
            "year": np.tile(time, len(first)),
            "rate": rate.ravel(),
            "first_year": np.repeat(first, years),
        }
    )


STAGGERED = _panel([0] * 30 + [2020] * 20 + [2022] * 20)


def _averages(records, columns=COLUMNS, settings=QUICK):
    """Averages with their inference, without the checks."""
    design = impact_design.prepare(records, columns, settings)
    group_times = staggered.fit(design, settings, [])
    averages = impact_effects.averages(group_times)
    effects, _ = impact_inference.infer(list(averages.values()), group_times, settings)
    return dict(zip(averages, effects, strict=True)), group_times


# Published values


@published
def test_the_averages_are_those_of_the_r_package_did():
    # R did 2.5, analytic, never-treated, no covariates; to the four digits published.
    att, group_times = _averages(_read("mpdta.csv"), MPDTA)
    found = {name: round(one.estimate, 4) for name, one in att.items() if name != "per_year"}
    assert found == {"simple": -0.04, "group": -0.031, "dynamic": -0.0772, "calendar": -0.0417}
    assert att["simple"].se == pytest.approx(0.0120340, abs=5e-8)
    assert group_times.cells.loc[0, "estimate"] == pytest.approx(-0.0105032, abs=5e-8)


@published
def test_the_averages_agree_with_those_that_diff_diff_offers():
    for settings in (
        QUICK,
        replace(QUICK, covariates=("lpop",)),
        replace(QUICK, weights="lpop"),
        replace(QUICK, control="not_yet_treated"),
        replace(QUICK, cluster="state"),
    ):
        records = _read("mpdta.csv").assign(state=lambda rows: rows["countyreal"].str[:-3])
        att, group_times = _averages(records, MPDTA, settings)
        theirs = group_times.fit
        assert att["simple"].estimate == pytest.approx(theirs.overall_att, rel=1e-10)
        assert att["simple"].se == pytest.approx(theirs.overall_se, rel=1e-10)
        for level, key, after in (("event_study", "event_time", False), ("group", "cohort", True)):
            aggregated = theirs.aggregate(level)
            parts = impact_effects.by(group_times, key, after=after).values()
            known = np.isfinite(aggregated.se)  # the reference year has none
            assert [part.estimate for part in parts] == pytest.approx(aggregated.att[known])
            errors = np.sqrt(np.diag(impact_inference.covariance(list(parts), group_times)))
            assert errors == pytest.approx(aggregated.se[known])


@published
def test_the_naive_estimate_is_taken_apart_into_its_comparisons():
    design = impact_design.prepare(_read("mpdta.csv"), MPDTA, QUICK)
    two_way = impact_checks.two_way(design, [])
    assert two_way.estimate == pytest.approx(-0.0365489, abs=5e-8)  # feols(lemp ~ treat | i + t)
    assert two_way.bacon["weight"].sum() == pytest.approx(1)
    parts = two_way.bacon["weight"] @ two_way.bacon["estimate"]
    assert parts == pytest.approx(two_way.estimate)
    assert 0 < two_way.forbidden_share < 0.1


@published
def test_smoothness_bounds_are_those_of_honestdid():
    _, group_times = _averages(_read("mpdta.csv"), MPDTA)
    settings = replace(QUICK, bends=(0.0, 1.0))
    bounds = pre_trends.sensitivity(group_times, 0.01, settings, [])
    # The package honestdid for M of 0 and 0.01; optimisers differ by some 1e-4.
    assert bounds["m"].tolist() == [0, 0.01]
    assert bounds["lb"].tolist() == pytest.approx([-0.1199, -0.1427], abs=3e-4)
    assert bounds["ub"].tolist() == pytest.approx([-0.0226, 0.0697], abs=3e-4)


@published
def test_one_treated_unit_gives_the_published_effects_of_proposition_99():
    records = _read("california_prop99.csv")
    columns = Columns("PacksPerCapita", "State", "Year", treatment="treated")
    found = impact.evaluate(records, columns)
    # Arkhangelsky et al. (2021), table 1, to the digit printed.
    assert found.unit == "California"
    assert found.sdid.effect.estimate == pytest.approx(-15.604, abs=5e-4)
    assert found.sc.effect.estimate == pytest.approx(-19.620, abs=5e-4)
    assert found.did.effect.estimate == pytest.approx(-27.349, abs=5e-4)
    assert len(found.sdid.placebos) == 38
    assert found.sc.unit_weights.sum() == pytest.approx(1)
    assert found.verdict == "cannot_tell"  # two of 38 placebos are as large
    assert found.sdid.effect.p_value == pytest.approx(2 / 39)
    gap = found.gaps.set_index("time").loc[1989:]
    assert (gap["observed"] - gap["sdid"]).mean() == pytest.approx(-15.604, abs=5e-4)


@published
def test_an_experiment_gives_the_published_difference_in_means():
    found = impact.evaluate(_read("nsw_mixtape.csv"), Columns("re78", treatment="treat"))
    assert found.difference.estimate == pytest.approx(1794.34, abs=0.01)
    assert found.difference.se == pytest.approx(671.0, abs=0.1)  # Neyman's, by hand below
    earned = _read("nsw_mixtape.csv").astype({"re78": float}).groupby("treat")["re78"]
    assert found.difference.se == pytest.approx(np.sqrt((earned.var() / earned.size()).sum()))
    assert found.verdict == "increased"


@published
def test_a_panel_with_cohorts_of_one_or_two_states_is_estimated():
    found = impact.evaluate(
        _read("ehec_data.csv"), Columns("dins", "stfips", "year", cohort="yexp2"), settings=QUICK
    )
    assert found.design.counts["cohorts"] == 5
    assert found.verdict == "increased"
    assert found.imputation.estimate == pytest.approx(found.att["simple"].estimate, rel=0.15)


# Known truths


def test_every_average_holds_the_truth():
    att, _ = _averages(STAGGERED)
    for name in ("simple", "group", "dynamic", "calendar"):
        assert att[name].lb < -0.02 < att[name].ub, name


def test_without_noise_the_effect_is_exact():
    grows = _panel([0] * 6 + [2019] * 5 + [2021] * 5, effect=0, noise=0)
    exposure = (grows["year"] - grows["first_year"] + 1).where(grows["first_year"] > 0, 0)
    grows["rate"] += -0.01 * exposure.clip(lower=0)
    att, group_times = _averages(grows)
    assert att["per_year"].estimate == pytest.approx(-0.01)
    cells = group_times.cells[group_times.after]
    assert cells["estimate"].to_numpy() == pytest.approx(-0.01 * (cells["event_time"] + 1))


def test_the_naive_estimate_is_wrong_where_the_others_are_right():
    grows = _panel([2019] * 30 + [2022] * 30 + [0] * 6, effect=0, noise=0.002)
    exposure = (grows["year"] - grows["first_year"] + 1).where(grows["first_year"] > 0, 0)
    grows["rate"] += -0.01 * exposure.clip(lower=0)
    found = impact.evaluate(grows, COLUMNS, settings=QUICK)
    true = -0.01 * (found.group_times.cells.query("event_time >= 0")["event_time"] + 1).mean()
    assert found.imputation.estimate == pytest.approx(found.att["simple"].estimate, rel=0.05)
    assert found.att["simple"].estimate == pytest.approx(true, rel=0.1)
    assert abs(found.two_way.estimate / found.att["simple"].estimate - 1) > 0.15
    assert found.two_way.forbidden_share > 0.1
    assert found.verdict == "decreased"


def test_the_bench_finds_little_bias_and_intervals_that_hold():
    spec = importlib.util.spec_from_file_location("bench_impact", ROOT / "bench" / "impact.py")
    bench = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(bench)
    shares = bench.measure(60, cohort=18, never=20, seed=7)
    # 60 panels: two standard errors of a share of 95 % are 5.6 points.
    assert abs(shares["bias"]) < 0.05
    assert shares["coverage"] > 0.89
    assert shares["coverage_by_event_time"] > 0.89
    assert shares["rejected"] < 0.11


def test_covariates_mend_trends_that_differ_by_class():
    panel = _panel([0] * 30 + [2021] * 30, effect=-0.02)
    steep = panel["unit"].isin([f"u{number:03}" for number in [*range(8), *range(30, 52)]])
    panel["rate"] -= 0.01 * (panel["year"] - 2017) * steep
    panel["class"] = np.where(steep, "steep", "flat")
    plain = impact.evaluate(panel, COLUMNS, settings=QUICK)
    alike = impact.evaluate(panel, COLUMNS, settings=replace(QUICK, covariates=("class",)))
    assert plain.verdict == "pretrends_differ"
    assert alike.verdict == "decreased"
    assert alike.att["simple"].lb < -0.02 < alike.att["simple"].ub
    assert alike.imputation.lb < -0.02 < alike.imputation.ub
    row = alike.balance.set_index("variable").loc["class_steep"]
    assert abs(row["after"]) < 0.05 < abs(row["before"])


def test_no_effect_is_told_from_not_knowing():
    never, later = [0] * 30, [2020] * 30
    sure = impact.evaluate(_panel(never + later, effect=0), COLUMNS, settings=QUICK)
    unsure = impact.evaluate(
        _panel(never + later, effect=0, noise=0.2, seed=3), COLUMNS, settings=QUICK
    )
    assert sure.verdict == "none_seen"
    assert sure.smallest_seen < sure.relevant_effect
    assert unsure.verdict == "cannot_tell"


def test_the_power_of_the_test_before_treatment_is_what_simulation_finds():
    slope, found, told = 0.004, [], []
    for seed in range(40):
        panel = _panel([0] * 30 + [2021] * 30, effect=0, seed=seed)
        panel["rate"] += slope * (panel["year"] - 2017) * (panel["first_year"] > 0)
        _, group_times = _averages(panel)
        test = pre_trends.pre_trend(group_times, slope, alpha=0.05)
        found.append(test.p_value < 0.05)
        told.append(test.power)
    # 40 panels: two standard errors of a share are at most 16 points.
    assert np.mean(found) == pytest.approx(np.mean(told), abs=0.16)
    assert 0.5 < np.mean(told) < 0.99


def test_the_band_is_wider_than_the_intervals_and_holds_them():
    _, group_times = _averages(STAGGERED)
    study = impact_inference.tables(group_times, QUICK)["event_study"]
    assert (study["band_lb"] < study["lb"]).all()
    assert (study["band_ub"] > study["ub"]).all()
    assert -1 not in set(study["event_time"])  # the year before treatment is the reference


def test_wild_intervals_are_near_those_of_the_t_distribution():
    normal, _ = _averages(STAGGERED)
    wild, _ = _averages(STAGGERED, settings=replace(QUICK, intervals="wild"))
    width = normal["simple"].ub - normal["simple"].lb
    assert wild["simple"].ub - wild["simple"].lb == pytest.approx(width, rel=0.1)
    assert wild["simple"].p_value == pytest.approx(1 / (QUICK.draws + 1))


def test_everybody_treated_in_the_end_is_compared_with_the_not_yet_treated():
    panel = _panel([2019] * 20 + [2021] * 20 + [2023] * 20)
    found = impact.evaluate(panel, COLUMNS, settings=QUICK)
    assert found.design.control == "not_yet_treated"
    assert set(found.by_cohort["cohort"]) == {2019, 2021}
    assert found.by_time["time"].max() == 2022
    assert found.att["simple"].lb < -0.02 < found.att["simple"].ub
    assert "1 cohorts without controls: no effect of theirs" in map(str, found.notes)


def test_spill_over_on_neighbours_is_found():
    panel = _panel([0] * 40 + [2020] * 20)
    beside = {f"u{number:03}" for number in range(15)}
    reached = panel["unit"].isin(beside) & (panel["year"] >= 2020)
    panel["rate"] -= 0.015 * reached
    neighbours = pd.DataFrame(
        {
            "area_code": sorted(beside),
            "neighbour_code": [f"u{number:03}" for number in range(40, 55)],
        }
    )
    design = impact_design.prepare(panel, COLUMNS, QUICK)
    found = spillover.examine(design, neighbours, QUICK, [])
    assert (found.exposed, found.unexposed) == (15, 25)
    assert found.on_neighbours.lb < -0.015 < found.on_neighbours.ub < 0
    assert found.without_neighbours.lb < -0.02 < found.without_neighbours.ub
    plain, _ = _averages(panel)
    assert plain["simple"].estimate > found.without_neighbours.estimate  # drawn towards none


# How records may come


@pytest.mark.parametrize("never", ["0", "", "NA", "inf", "0.0", "never"])
def test_never_treated_may_be_written_in_many_ways(never):
    texts = STAGGERED.astype(str).replace({"first_year": {"0": never}})
    texts["year"] += ".0"
    same = impact_design.prepare(texts, COLUMNS, QUICK)
    usual = impact_design.prepare(STAGGERED, COLUMNS, QUICK)
    assert_frame_equal(same.panel, usual.panel)
    assert same.counts["never_treated"] == 30


def test_treatment_year_by_year_gives_the_same_as_first_years():
    treated = (STAGGERED["first_year"] > 0) & (STAGGERED["year"] >= STAGGERED["first_year"])
    columns = Columns("rate", "unit", "year", treatment="treated")
    for flags in (treated, treated.astype(int)):
        design = impact_design.prepare(STAGGERED.assign(treated=flags), columns, QUICK)
        assert_frame_equal(design.panel, impact_design.prepare(STAGGERED, COLUMNS, QUICK).panel)


def test_records_are_left_unchanged_and_their_order_does_not_matter():
    shuffled = STAGGERED.sample(frac=1, random_state=1)
    before = shuffled.copy()
    mixed, _ = _averages(shuffled)
    usual, _ = _averages(STAGGERED)
    assert mixed["simple"].estimate == pytest.approx(usual["simple"].estimate, rel=1e-12)
    assert_frame_equal(shuffled, before)


def test_an_outcome_in_percent_gives_the_effect_in_percent():
    usual, _ = _averages(STAGGERED)
    percent, _ = _averages(STAGGERED.assign(rate=STAGGERED["rate"] * 100))
    assert percent["simple"].estimate == pytest.approx(100 * usual["simple"].estimate)
    assert percent["simple"].se == pytest.approx(100 * usual["simple"].se)


def test_what_is_left_out_is_counted_and_said():
    panel = pd.concat(
        [STAGGERED, _panel([2016] * 3 + [2030] * 4).assign(unit=lambda rows: "v" + rows["unit"])]
    )
    panel.iloc[5, panel.columns.get_loc("rate")] = np.nan
    design = impact_design.prepare(panel, COLUMNS, QUICK)
    assert design.counts["rows_without_outcome"] == 1
    assert design.counts["units_treated_from_the_start"] == 3
    assert design.counts["units_treated_after_the_end"] == 4
    assert design.counts["units_with_gaps"] == 1
    assert [str(note) for note in design.notes] == [
        "1 rows without an outcome left out",
        "3 units treated from the first year on left out",
        "4 units treated only after the last year count as never",
    ]


def test_a_panel_with_gaps_says_what_it_compares():
    found = impact.evaluate(STAGGERED.sample(frac=0.8, random_state=1), COLUMNS, settings=QUICK)
    assert found.att["simple"].lb < -0.02 < found.att["simple"].ub
    assert found.two_way is None
    assert any("lack years, 112 rows in all" in str(note) for note in found.notes)


def test_a_year_that_is_missing_everywhere_does_no_harm():
    found = impact.evaluate(STAGGERED[STAGGERED["year"] != 2020], COLUMNS, settings=QUICK)
    assert found.att["simple"].lb < -0.02 < found.att["simple"].ub


# What is refused


def _with(**columns):
    return STAGGERED.assign(**columns)


REFUSED = {
    "column ratee is missing; did you mean rate": (STAGGERED, replace(COLUMNS, outcome="ratee")),
    "unit u000, year 2017: there twice": (pd.concat([STAGGERED, STAGGERED[:1]]), COLUMNS),
    "the outcome is the same in every row": (_with(rate=0.5), COLUMNS),
    "column rate must hold numbers; found 'x'": (_with(rate="x"), COLUMNS),
    "column rate must hold numbers; found 'inf'": (_with(rate=np.inf), COLUMNS),
    "column year must hold whole numbers; found 2017.5": (
        _with(year=STAGGERED["year"] + 0.5),
        COLUMNS,
    ),
    "column unit is empty in row 1": (_with(unit=""), COLUMNS),
    "no unit has a first year": (_with(first_year=0), COLUMNS),
    "no dates: name the column of the first year": (STAGGERED, replace(COLUMNS, cohort=None)),
    "switched off again, or comes in doses": (
        _with(first_year=STAGGERED["first_year"].where(STAGGERED["year"] < 2023, 0)),
        COLUMNS,
    ),
    "treated from 2017, the first year of the panel, or earlier": (
        _panel([2010] * 20 + [0] * 20),
        COLUMNS,
    ),
    "no unit is treated within the years": (_panel([2040] * 20 + [0] * 20), COLUMNS),
    "no controls: all 20 units are treated from 2019 on": (_panel([2019] * 20), COLUMNS),
    "1 units are never treated: at least 2": (_panel([2019] * 20 + [0]), COLUMNS),
    "2 years before treatment: at least 3": (_panel([2019] + [0] * 20), COLUMNS),
    "3 donors with every year: at least 5": (_panel([2022] + [0] * 3), COLUMNS),
    "at least two different years": (STAGGERED[STAGGERED["year"] == 2019], COLUMNS),
}


@pytest.mark.parametrize("message", REFUSED)
def test_records_that_cannot_be_estimated_are_refused_in_one_line(message):
    records, columns = REFUSED[message]
    with pytest.raises(DataError, match=message) as error:
        impact.evaluate(records, columns, settings=QUICK)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("treated", "message"),
    [
        (lambda rows: (rows["first_year"] > 0) * 0.5, "must be 0 or 1 in every row; found 0.5"),
        (lambda rows: (rows["year"] == rows["first_year"]) * 1, "treatment switches off"),
        (lambda rows: (rows["first_year"] > 0) * 1, "years before treatment are needed"),
        (lambda rows: rows["year"] * 0, "no unit is ever treated"),
    ],
)
def test_treatment_that_is_no_lasting_switch_is_refused(treated, message):
    columns = Columns("rate", "unit", "year", treatment="treated")
    with pytest.raises(DataError, match=message):
        impact.evaluate(STAGGERED.assign(treated=treated), columns)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"cluster": "place"}, "at least two clusters are needed"),
        ({"cluster": "year"}, "a unit needs one cluster, the same in all its rows"),
        ({"weights": "none"}, "every row needs a weight above 0"),
        ({"covariates": ("rate",)}, "column rate is named for two things"),
        ({"covariates": ("plaec",)}, "did you mean place"),
        ({"control": "never_treated"}, "0 units are never treated: at least 2 are needed"),
    ],
)
def test_settings_that_do_not_fit_the_records_are_refused(settings, message):
    records = _panel([2019] * 20 + [2021] * 20).assign(place="all", none=0)
    with pytest.raises(DataError, match=message):
        impact.evaluate(records, COLUMNS, settings=ImpactSettings(**settings))


def test_an_unknown_control_group_lists_the_known_ones():
    with pytest.raises(DataError, match="auto, never_treated, not_yet_treated; found 'all'"):
        ImpactSettings(control="all")


@pytest.mark.parametrize(
    "first_years",
    [[2020] * 2 + [0] * 20, [2020] * 20 + [0] * 3, [2019, 2020, 2021, 2022, 2023] + [0] * 20],
)
def test_few_units_give_no_verdict_however_small_the_standard_error(first_years):
    found = impact.evaluate(_panel(first_years, effect=-0.2), COLUMNS, settings=QUICK)
    assert found.verdict == "cannot_tell"
    assert any("not to be relied on" in str(note) for note in found.notes)


@pytest.mark.parametrize("seed", range(12))
def test_a_panel_of_any_shape_is_estimated_or_refused(seed):
    rng = np.random.default_rng(seed)
    units, years = int(rng.integers(3, 30)), int(rng.integers(2, 8))
    first = rng.choice([0, 0, *range(2016, 2017 + years + 1)], units)
    panel = _panel(first, years=years, seed=seed).sample(frac=rng.uniform(0.4, 1), random_state=0)
    panel["rate"] = [panel["rate"], rng.poisson(0.3, len(panel)), panel["year"] % 2][seed % 3]
    panel["cluster"] = panel["unit"].str[-1]
    panel["other"] = rng.normal(size=len(panel))
    settings = replace(
        QUICK,
        cluster="cluster" if seed % 2 else None,
        covariates=("other",) if seed % 4 > 1 else (),
    )
    try:
        record = evaluation.record(impact.evaluate(panel, COLUMNS, settings=settings))
    except DataError as error:
        record = {"verdict": "cannot be estimated", "reason": str(error)}
    assert json.loads(json.dumps(record, allow_nan=False)) == record
    assert "\n" not in record.get("reason", "")


# The verdict


@pytest.mark.parametrize(
    ("interval", "p_value", "second", "sizes", "verdict"),
    [
        ((-3, -1), 0.01, -2, (1, 1), "pretrends_differ"),
        ((-3, -1), 0.5, -2, (1, 1), "decreased"),
        ((1, 3), 0.5, 2, (1, 1), "increased"),
        ((1, 3), None, None, (1, 1), "increased"),
        ((-3, -1), 0.5, 0.1, (1, 1), "cannot_tell"),
        ((-1, 1), 0.5, 0, (1, 1), "none_seen"),
        ((-1, 1), 0.5, 0, (2, 1), "cannot_tell"),
    ],
)
def test_the_verdict_follows_its_rules(interval, p_value, second, sizes, verdict):
    effect = Effect(sum(interval) / 2, 1, *interval, p_value=0.5)
    before = p_value and pre_trends.PreTrend(p_value, 1, 1, 9, power=0.8, detectable_slope=1)
    other = None if second is None else replace(effect, estimate=second)
    assert impact_verdict.judge(effect, before, other, sizes, alpha=0.05) == verdict


# One treated unit


def test_a_synthetic_control_finds_the_effect_on_one_unit():
    found = impact.evaluate(_panel([2022] + [0] * 30, effect=-0.2), COLUMNS)
    assert isinstance(found, synthetic.Estimate)
    for one in (found.sdid, found.sc, found.did):
        assert one.effect.estimate == pytest.approx(-0.2, abs=0.05)
    assert found.sdid.effect.p_value == pytest.approx(1 / 31)
    assert found.verdict == "decreased"


def test_one_unit_without_effect_gives_no_verdict():
    found = impact.evaluate(_panel([2022] + [0] * 30, effect=0), COLUMNS)
    assert found.verdict == "cannot_tell"


# The project's own tables


@pytest.fixture(scope="module")
def embedded():
    data = demo.build()
    panel = programmes.panel(data.review, data.areas, data.programmes, standard="nd07-2021")
    settings = replace(QUICK, covariates=("group",), within=("difficult",))
    evaluations = programmes.evaluate(panel, data.programmes, settings=settings)
    return data, panel, {one.programme: one for one in evaluations}


def test_the_built_in_effects_of_the_embedded_data_are_recovered(embedded):
    # The truth is an effect a year, adding up with the years of exposure.
    _, _, found = embedded
    assert set(found) == set(demo.EFFECTS)
    for name, true in demo.EFFECTS.items():
        effect = found[name].estimate.att["per_year"]
        assert effect.lb < true < effect.ub, name
        assert found[name].adjusted.lb < effect.lb < effect.ub < found[name].adjusted.ub
        assert found[name].adjusted.p_value >= effect.p_value
    assert found["cow_breeding"].estimate.verdict == "decreased"
    assert found["housing_support"].estimate.verdict != "decreased"


def test_households_lifted_are_effects_times_households(embedded):
    data, panel, found = embedded
    one = found["cow_breeding"]
    reached = data.programmes.query("programme == 'cow_breeding'")
    last = panel[panel["year"] == 2024].set_index("area_code")["households"]
    cells = one.estimate.group_time.query("time == 2024 and event_time >= 0")
    by_hand = sum(
        -cell.estimate * last[reached.query("first_year == @cell.cohort")["area_code"]].sum()
        for cell in cells.itertuples()
    )
    assert one.lifted.year == 2024
    assert one.lifted.effect.estimate == pytest.approx(by_hand)
    assert one.lifted.households == last[reached["area_code"]].sum()
    true = sum(
        0.01 * (2024 - area.first_year + 1) * last[area.area_code] for area in reached.itertuples()
    )
    assert one.lifted.effect.lb < true < one.lifted.effect.ub


def test_the_cost_of_a_household_is_determined_only_if_some_are_lifted(embedded):
    data, _, found = embedded
    spent = data.programmes.query("programme == 'cow_breeding'")["money_spent"].sum()
    lifted, cost = found["cow_breeding"].lifted.effect, found["cow_breeding"].cost
    assert cost.per_household == pytest.approx(spent / lifted.estimate)
    assert (cost.lb, cost.ub) == pytest.approx((spent / lifted.ub, spent / lifted.lb))
    assert found["housing_support"].cost.per_household is None
    assert found["housing_support"].cost.ub is None


def test_money_of_areas_without_an_estimate_is_not_counted(embedded):
    "Areas that were treated from the first year on have no effect, but they cost"
    data, panel, _ = embedded
    cows = data.programmes.query("programme == 'cow_breeding'")
    others = data.areas.loc[~data.areas["area_code"].isin(cows["area_code"]), "area_code"].head(5)
    always = pd.DataFrame({"area_code": others, "programme": "cow_breeding"})
    always = always.assign(first_year=2021, money_spent=10**12)
    reached = pd.concat([cows, always])
    settings = replace(QUICK, within=("difficult",))
    [one] = programmes.evaluate(panel, reached, settings=settings)
    spent = one.cost.per_household * one.lifted.effect.estimate
    assert spent == pytest.approx(cows["money_spent"].sum())


def test_overlap_counts_the_areas_that_programmes_share(embedded):
    data, _, _ = embedded
    overlap = programmes.overlap(data.programmes)
    sizes = data.programmes.groupby("programme").size()
    assert np.diag(overlap).tolist() == sizes.tolist()
    cows = set(data.programmes.query("programme == 'cow_breeding'")["area_code"])
    credit = set(data.programmes.query("programme == 'credit'")["area_code"])
    assert overlap.loc["cow_breeding", "credit"] == len(cows & credit)


def test_a_programme_that_cannot_be_estimated_says_why(embedded):
    data, panel, _ = embedded
    everywhere = data.areas[["area_code"]].assign(programme="all", first_year=2022)
    made = programmes.evaluate(panel, everywhere, settings=QUICK)
    assert made[0].estimate is None
    assert str(made[0].reason).startswith("no controls: all 92 units are treated from 2022 on")


def test_a_programme_that_reaches_an_area_twice_is_refused(embedded):
    data, panel, _ = embedded
    programme = data.programmes.query("programme == 'credit'")
    with pytest.raises(DataError, match="reached twice by one programme"):
        impact.estimate(panel, pd.concat([programme, programme[:1]]))


def test_an_effect_without_households_has_no_cost():
    none = Effect(10, 20, -30, 50, 0.6)
    assert impact_households.cost(1e9, impact_households.Lifted(2024, none, 500)).lb is None


# The command


def _povlib(*arguments):
    command = [str(Path(sys.executable).with_name("povlib")), "impact", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


OPTIONS = ("--outcome", "rate", "--unit", "unit", "--time", "year", "--cohort", "first_year")


def test_the_command_writes_every_figure_as_json(tmp_path):
    STAGGERED.to_csv(tmp_path / "panel.csv")
    done = _povlib(tmp_path / "panel.csv", *OPTIONS, "--json", tmp_path / "out.json")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "verdict: decreased the outcome"
    record = json.loads((tmp_path / "out.json").read_text("utf-8"))
    att, _ = _averages(STAGGERED)
    assert record["att"]["simple"]["estimate"] == pytest.approx(att["simple"].estimate)
    assert {"estimate", "se", "lb", "ub"} <= set(record["att"]["calendar"])
    assert {row["cohort"] for row in record["by_cohort"]} == {2020, 2022}
    assert record["twfe"]["bacon"][0]["weight"] > 0
    assert record["pretrend"]["p_value"] > 0.05
    assert len(record["sensitivity"]) == 4
    assert record["counts"]["treated"] == 40
    assert record["verdict"] == "decreased"
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_the_command_answers_bad_input_with_one_line_and_code_2(tmp_path):
    STAGGERED.to_csv(tmp_path / "panel.csv", index=False)
    for arguments, words in (
        ((tmp_path / "panel.csv", *OPTIONS[:-1], "frist_year"), "did you mean first_year"),
        ((tmp_path / "none.csv", *OPTIONS), "no such file"),
        ((tmp_path / "panel.csv", *OPTIONS, "--json", tmp_path / "no" / "o.json"), "no folder"),
    ):
        done = _povlib(*arguments)
        assert done.returncode == 2
        assert words in done.stderr
        assert len(done.stderr.splitlines()) == 1


def test_a_record_holds_nothing_that_json_does_not_know():
    found = impact.evaluate(_panel([0] * 20 + [2018] * 20), COLUMNS, settings=QUICK)
    record = evaluation.record(found)
    assert record["pretrend"] is None
    assert record["balance"][0]["after"] is None
    assert json.loads(json.dumps(record, allow_nan=False)) == record


def test_treated_units_of_one_cluster_cannot_tell():
    "Whatever the district did beside the programme looks like its effect"
    panel = _panel([0] * 30 + [2020] * 20)
    number = panel["unit"].str[1:].astype(int)
    panel["district"] = np.where(number < 30, number % 11, 11)
    found = impact.evaluate(panel, COLUMNS, settings=replace(QUICK, cluster="district"))
    assert found.verdict == "cannot_tell"


def test_an_experiment_in_two_villages_cannot_tell():
    rng = np.random.default_rng(1)
    given = np.repeat([0, 1], 50)
    records = pd.DataFrame({"village": given, "given": given, "y": given + rng.normal(0, 0.1, 100)})
    columns = Columns("y", treatment="given")
    found = impact.evaluate(records, columns, settings=ImpactSettings(cluster="village"))
    assert found.verdict == "cannot_tell"


def test_years_counted_from_the_start_of_treatment_are_refused():
    panel = _panel([0] * 10 + [2020] * 10)
    with pytest.raises(DataError, match=r"column year must be above 0; found -3"):
        impact.evaluate(panel.assign(year=panel["year"] - 2020), COLUMNS, settings=QUICK)


def test_an_effect_of_any_size_may_matter():
    panel = _panel([0] * 10 + [2020] * 10)
    found = impact.evaluate(panel, COLUMNS, settings=replace(QUICK, relevant_effect=0))
    assert found.relevant_effect == 0
