"""Effects of programmes as a table, and what they would do where they are not yet."""

import numpy as np
import pandas as pd
import pytest

from povlib import outlook, scenario
from povlib.data import demo
from povlib.errors import DataError
from povlib.models import comparison, effects
from povlib.models.alternatives import Reach
from povlib.scenario import RollOut

STANDARD = "nd07-2021"
COWS = RollOut(programme="cow_breeding", first_year=2027)


@pytest.fixture(scope="module")
def data(embedded):
    return embedded


@pytest.fixture(scope="module")
def changed(data):
    return effects.estimate(
        data.review, data.areas, data.programmes, standard=STANDARD, measures=["poverty_rate"]
    )


def _row(changed, programme):
    return changed[changed["programme"] == programme].iloc[0]


def test_the_table_finds_what_was_built_in(changed):
    # 95 % intervals for all three at once; the truth is in demo.EFFECTS.
    for name, true in demo.EFFECTS.items():
        row = _row(changed, name)
        assert row["adjusted_lb"] < true < row["adjusted_ub"], name
        assert row["adjusted_lb"] < row["per_year_lb"]
    assert _row(changed, "cow_breeding")["verdict"] == "decreased"
    assert _row(changed, "housing_support")["verdict"] == "none_seen"
    cows = _row(changed, "cow_breeding")
    assert cows["cost"] == pytest.approx(cows["money_spent"] / cows["lifted"])


def test_a_programme_that_is_everywhere_says_why_it_cannot_be_estimated(data):
    everywhere = data.areas[["area_code"]].assign(programme="all", first_year=2022)
    made = effects.estimate(
        data.review, data.areas, everywhere, standard=STANDARD, measures=["poverty_rate"]
    )
    row = made.iloc[0]
    assert row["verdict"] == "not_estimated"
    assert row["reason"].startswith("no controls")
    assert row["reason_values"] == '{"units": 92, "year": 2022}'
    assert pd.isna(row["effect"])


def test_without_programmes_the_table_is_empty(data):
    none = data.programmes.head(0)
    made = effects.estimate(
        data.review, data.areas, none, standard=STANDARD, measures=["poverty_rate"]
    )
    assert made.columns.tolist() == effects.COLUMNS
    assert made.empty


def test_what_works_is_carried_to_the_areas_of_its_kind_that_lack_it(data, changed):
    found = effects.reach(COWS, changed, data.programmes, data.areas, measure="poverty_rate")
    assert isinstance(found, Reach)
    reached = set(data.programmes.query("programme == 'cow_breeding'")["area_code"])
    alike = data.areas[data.areas["difficult"] & (data.areas["group"] == "Bắc Kạn")]
    assert set(found.area_codes) == set(alike["area_code"]) - reached
    assert found.years == 3


def test_what_is_not_known_to_work_is_not_scaled_up(data, changed):
    wanted = RollOut(programme="housing_support", first_year=2027)
    found = effects.reach(wanted, changed, data.programmes, data.areas, measure="poverty_rate")
    assert found == "none_seen"


def test_a_roll_out_lowers_the_rate_by_its_effect_times_its_years(data):
    case = scenario.load("smoke")
    case = case.model_copy(
        update={"alternatives": case.alternatives.model_copy(update={"roll_outs": [COWS]})}
    )
    found = effects.estimate(
        data.review,
        data.areas,
        data.programmes,
        standard=STANDARD,
        measures=[case.targets[0].measure],
    )
    reaches, _ = outlook.roll_outs(data, found, case)
    peers = comparison.similar(data.areas, data.review, standard=STANDARD, count=case.model.peers)
    table = outlook.tables(data, peers, reaches, case)["alternatives"]
    table = table.set_index(["alternative", "area_code"])
    roll_out, on = table.loc["roll_out"], table.loc["continue"]
    slope = float(_row(found, "cow_breeding")["per_year"])
    lacking = roll_out.index.drop("*")
    assert len(lacking) == 10
    assert set(roll_out["reached_areas"]) == {10}
    # Three of the four years to 2030, as many as were seen; where the rate stays well above 0.
    high = on.loc[lacking, "rate_lb"] > 0.15
    assert high.any()
    moved = (roll_out["rate_median"] - on["rate_median"])[lacking][high].astype(float)
    assert np.allclose(moved, 3 * slope, atol=0.004)  # medians of 1,000 draws
    assert roll_out.loc["*", "rate_median"] < on.loc["*", "rate_median"]
    assert roll_out.loc["*", "probability"] >= on.loc["*", "probability"]


def test_a_roll_out_of_an_unknown_programme_is_refused(data, changed):
    case = scenario.load("smoke")
    wanted = RollOut(programme="goats", first_year=2027)
    case = case.model_copy(
        update={"alternatives": case.alternatives.model_copy(update={"roll_outs": [wanted]})}
    )
    with pytest.raises(DataError, match=r"no programme 'goats' \(there: cow_breeding, credit"):
        outlook.roll_outs(data, changed, case)
