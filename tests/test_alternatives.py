"""Ways to the target side by side: each changes what it says and nothing else."""

from dataclasses import replace
from typing import get_args

import numpy as np
import pandas as pd
import pytest

from povlib.models import alternatives, bridge, target, trajectory
from povlib.models.projection import aggregate, summarise
from povlib.report import vocabulary
from povlib.scenario import Alternatives, BridgePrior, ModelSettings, ProgrammeEffect, Target

STANDARD = "nd07-2021"
SETTINGS = ModelSettings(
    last_year=2030,
    search_year=2040,
    draws=400,
    interval=0.8,
    on_track=0.75,
    at_risk=0.4,
    min_years=3,
    peers=3,
)
TARGET = Target(
    measure="poverty_rate", standard=STANDARD, year=2030, value=0.05, source="made for the test"
)
CODES = ["a", "b", "c", "d"]


def _case(**changes):
    falls = ([300, 291, 282, 273], [300, 288, 276, 265], [300, 285, 271, 257], [300, 270, 243, 219])
    rows = [
        (code, 2021 + step, STANDARD, 1000, count)
        for code, series in zip(CODES, falls, strict=True)
        for step, count in enumerate(series)
    ]
    columns = ["area_code", "year", "standard", "households", "poor_households"]
    counts = dict.fromkeys(["year", "households", "poor_households"], "Int64")
    review = pd.DataFrame(rows, columns=columns).astype(counts)
    fitted = trajectory.fit(review, SETTINGS, rng=np.random.default_rng(1))
    peers = pd.DataFrame(
        [(one, two) for one in CODES for two in CODES if one != two],
        columns=["area_code", "peer_code"],
    )
    return alternatives.Case(fitted, review, peers, TARGET, changes.get("bridge"))


def _compare(case, **wanted):
    settings = Alternatives(faster=0.5, **wanted)
    made = alternatives.compare(case, settings, SETTINGS, members=CODES)
    return made.set_index(["alternative", "area_code"])


@pytest.fixture(scope="module")
def compared():
    return _compare(_case())


def test_every_way_holds_all_areas_and_their_sum(compared):
    names = ["continue", "pace_ends", "faster", "best_quarter"]
    assert compared.index.tolist() == [(name, code) for name in names for code in [*CODES, "*"]]
    assert not compared.isna().any().any()


def test_every_way_has_a_name_for_readers():
    assert set(vocabulary.ALTERNATIVES) == set(get_args(alternatives.Name))


def test_going_on_is_the_projection_itself(compared):
    case = _case()
    projection = trajectory.project(case.fitted, range(2025, 2041))
    summary = summarise(projection, 0.8).query("year == 2030").set_index("area_code")
    rows = compared.loc["continue"].loc[CODES]
    pd.testing.assert_series_equal(rows["rate_median"], summary["rate_median"])
    status = target.assess(projection, case.review, TARGET, SETTINGS).set_index("area_code")
    pd.testing.assert_series_equal(rows["probability"], status["probability"])


def test_half_as_fast_again_moves_the_middle_by_half_of_its_fall(compared):
    now = 0.273
    fall = now - compared.loc[("continue", "a"), "rate_median"]
    expected = now - 1.5 * fall
    assert compared.loc[("faster", "a"), "rate_median"] == pytest.approx(expected, abs=0.001)
    faster, going_on = compared.loc[("faster", "*")], compared.loc[("continue", "*")]
    assert faster["rate_median"] < going_on["rate_median"]
    assert faster["probability"] >= going_on["probability"]


def test_the_best_quarter_speeds_up_and_never_slows_down(compared):
    "The upper quartile of the four proportional falls lies between those of c and d"
    best, going_on = compared.loc["best_quarter"], compared.loc["continue"]
    reached = [1 - ((last + 0.5) / 300.5) ** (1 / 3) for last in (273, 265, 257, 219)]
    path = 273 * (1 - np.quantile(reached, 0.75)) ** 6 / 1000
    assert path < going_on.loc["a", "rate_median"]
    assert best.loc["a", "rate_median"] == pytest.approx(path, abs=0.0015)
    assert (best["rate_median"] <= going_on["rate_median"]).all()


def test_where_the_common_fall_ends_every_area_stays_where_it_is(compared):
    "Own drifts are apart from the common one: without it they would carry areas anywhere"
    ends = compared.loc["pace_ends"]
    now = pd.Series([0.273, 0.265, 0.257, 0.219, 0.2535], index=[*CODES, "*"])
    np.testing.assert_allclose(ends["rate_median"], now[ends.index], atol=0.02)
    assert ends.loc["*", "probability"] < 0.05


def test_a_programme_adds_its_effect_year_by_year_with_its_uncertainty():
    effect = ProgrammeEffect(
        effect=-0.01, effect_lb=-0.01, effect_ub=-0.01, first_year=2028, source="test"
    )
    sure = _compare(_case(), programme=effect)
    going_on = sure.loc[("continue", "a"), "rate_median"]
    # Three years of one point each.
    assert sure.loc[("programme", "a"), "rate_median"] == pytest.approx(going_on - 0.03, abs=0.001)
    unsure = _compare(
        _case(), programme=effect.model_copy(update={"effect_lb": -0.03, "effect_ub": 0.01})
    )
    width = [
        made.loc[("programme", "a"), "rate_ub"] - made.loc[("programme", "a"), "rate_lb"]
        for made in (sure, unsure)
    ]
    assert width[1] > width[0]


def test_the_new_standard_is_the_projection_carried_over_its_bridge():
    prior = BridgePrior(
        measure="poverty_rate",
        old=STANDARD,
        new="nd351-2025",
        old_rate=0.10,
        new_rate=0.15,
        new_rate_lb=0.12,
        new_rate_ub=0.19,
        spread=0.1,
        source="test",
    )
    case = _case(bridge=bridge.assume(prior, pd.Series("", index=CODES)))
    rows = _compare(case).loc["new_standard"]
    assert set(rows["standard"]) == {"nd351-2025"}
    projection = trajectory.project(case.fitted, range(2025, 2031))
    crossed = bridge.cross(case.bridge, projection, seed=case.fitted.seed)
    summed = summarise(aggregate(crossed, CODES, area_code="*"), 0.8).query("year == 2030")
    assert rows.loc["*", "rate_median"] == summed["rate_median"].item()


def test_a_programme_that_began_in_the_past_does_not_count_its_past_again():
    def _of(first_year):
        reach = alternatives.Reach(
            programme="goats",
            effect=-0.01,
            effect_lb=-0.01,
            effect_ub=-0.01,
            first_year=first_year,
            years=9,
            area_codes=("a",),
        )
        return _compare(replace(_case(), roll_outs=(reach,))).loc[("roll_out", "a"), "rate_median"]

    assert _of(2020) == _of(2025)
