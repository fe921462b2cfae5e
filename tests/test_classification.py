"""Statuses of households: the official rule at its limits, and thresholds that are not known."""

from dataclasses import replace

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from povlib.data import classification
from povlib.errors import DataError

NO_BAND = "average_living_standard"


def _households(*rows, level="b1"):
    return pd.DataFrame(rows, columns=["urban", level, "b2"])


def _classify(*rows, standard="nd07-2021", basis="score", limits=None):
    households = _households(*rows, level="b1" if basis == "score" else "income")
    return classification.classify(households, standard, basis=basis, limits=limits).tolist()


@pytest.mark.parametrize(("urban", "line"), [(False, 140), (True, 175)])
def test_the_circular_of_2021_is_kept_at_its_limits(urban, line):
    "Poor: B1 at most 140 (urban 175) and B2 at least 30; near-poor: the same B1, B2 below 30"
    found = _classify((urban, line, 30), (urban, line, 29), (urban, line + 0.5, 30), (urban, 0, 0))
    assert found == ["poor", "near_poor", "other", "near_poor"]


@pytest.mark.parametrize(("urban", "line", "top"), [(False, 1.5e6, 2.25e6), (True, 2e6, 3e6)])
def test_the_decree_of_2021_is_kept_at_its_incomes(urban, line, top):
    rows = [
        (urban, line, 30),
        (urban, line, 20),
        (urban, line + 1, 120),
        (urban, top, 0),
        (urban, top + 1, 0),
    ]
    assert _classify(*rows, basis="income") == ["poor", "near_poor", NO_BAND, NO_BAND, "other"]


def test_the_decision_of_2015_has_a_line_below_which_all_are_poor():
    """
    Article 2: rural up to 700,000 poor; to 1,000,000 poor with three deprivations.

    Urban 900,000 and 1,300,000.
    """
    rows = [
        (False, 700_000, 0),
        (False, 700_001, 30),
        (False, 1_000_000, 20),
        (True, 900_000, 0),
        (True, 1_300_000, 20),
    ]
    found = _classify(*rows, standard="qd59-2015", basis="income")
    assert found == ["poor", "poor", "near_poor", "poor", "near_poor"]
    assert (
        _classify((True, 140, 0), (True, 175, 30), (False, 120, 0), standard="qd59-2015")
        == ["poor"] * 3
    )


@pytest.mark.parametrize(
    ("standard", "basis", "row", "threshold"),
    [
        ("nd351-2025", "score", (False, 100, 30), "rural_line"),
        ("nd351-2025", "score", (True, 100, 30), "urban_line"),
        ("nd351-2025", "income", (False, 2_200_001, 30), "rural_average"),
        ("qd59-2015", "score", (False, 121, 30), "rural_line"),
        ("qd59-2015", "income", (True, 1_300_001, 30), "urban_average"),
    ],
)
def test_a_threshold_that_is_not_known_and_needed_is_named(standard, basis, row, threshold):
    with pytest.raises(
        DataError, match=f"{standard}, {basis}: the threshold {threshold} is not known"
    ):
        _classify(row, standard=standard, basis=basis)


def test_a_threshold_that_no_household_needs_may_be_unknown():
    assert _classify((False, 2_200_000, 30), standard="nd351-2025", basis="income") == ["poor"]


def test_a_province_may_set_higher_lines_and_fill_in_what_is_not_known():
    "Bac Ninh: 1.75 and 2.25 million; a limit equal to the line is an empty band"
    own = replace(
        classification.LIMITS["nd07-2021", "income"], rural_line=1_750_000, urban_line=2_250_000
    )
    rows = [(False, 1_700_000, 30), (True, 2_250_000, 0)]
    assert _classify(*rows, basis="income", limits=own) == ["poor", "near_poor"]
    future = replace(
        classification.LIMITS["nd351-2025", "score"], rural_line=150, rural_average=150
    )
    assert _classify((False, 150, 30), (False, 151, 0), standard="nd351-2025", limits=future) == [
        "poor",
        "other",
    ]


def test_places_may_be_written_as_words_and_the_index_is_kept():
    households = pd.DataFrame(
        {"area": ["rural", "urban"], "b1": [150, 150], "b2": [40, 40]}, index=["h7", "h3"]
    )
    assert classification.classify(households, "nd07-2021").to_dict() == {
        "h7": "other",
        "h3": "poor",
    }


@given(st.lists(st.tuples(st.booleans(), st.integers(-50, 400), st.integers(0, 12)), min_size=1))
def test_more_points_never_make_a_household_poorer_nor_do_fewer_deprivations(cases):
    rows = [(urban, b1, 10 * count) for urban, b1, count in cases]
    better = [(urban, b1 + 5, max(b2 - 10, 0)) for urban, b1, b2 in rows]
    order = classification.STATUSES.index
    assert all(
        order(one) <= order(two)
        for one, two in zip(_classify(*rows), _classify(*better), strict=True)
    )


@pytest.mark.parametrize(
    ("households", "rule"),
    [
        (_households((False, None, 30)), "row 0: b1 must be a number; found"),
        (_households((False, 100, "x")), "b2 must be a number; found x"),
        (
            _households((False, 100, 30), (False, 100, 3)),
            "row 1: b2 must be points, ten for each deprivation; found 3",
        ),
        (_households((False, 100, -10)), "b2 must be points"),
        (_households((None, 100, 30)), "urban must be true or false; found None"),
        (
            _households((False, 100, 30)).rename(columns={"urban": "place"}),
            "column urban .* is missing",
        ),
        (_households((False, 100, 30)).drop(columns="b1"), "column b1 is missing"),
        (
            _households(("town", 100, 30)).rename(columns={"urban": "area"}),
            "area must be urban or rural; found town",
        ),
    ],
)
def test_households_that_cannot_be_classified_are_refused(households, rule):
    with pytest.raises(DataError, match=rule):
        classification.classify(households, "nd07-2021")


@pytest.mark.parametrize("standard", ["unstated", "nd07"])
def test_a_standard_without_a_rule_is_refused(standard):
    with pytest.raises(
        DataError, match=f"standard {standard} by score: unknown; there are qd59-2015"
    ):
        _classify((False, 100, 30), standard=standard)
