"""Findings: each planted defect is found, honest data give none."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from povlib.data import tables
from povlib.models import audit, audit_tests
from povlib.report import language, remarks
from povlib.scenario import load

KEYS = {"area_code": "00001", "standard": "nd07-2021"}
HEADSTART = Path(__file__).resolve().parents[2] / "shared" / "data" / "impact" / "headstart.csv"
COUNTS = ["households", "poor_households", "near_poor_households"]


def _review(poor, first_year=2021, households=1000, near=(50, 51, 52, 53)):
    years = range(first_year, first_year + len(poor))
    near = list(near)[: len(poor)]
    counts = {"households": households, "poor_households": poor, "near_poor_households": near}
    return pd.DataFrame({**KEYS, "year": years, **counts}).astype(dict.fromkeys(COUNTS, "Int64"))


def _flow(start, end, status="poor", **moves):
    cells = dict.fromkeys((*tables.FLOWS_OUT, *tables.FLOWS_IN), 0) | moves
    row = {**KEYS, "year": 2022, "status": status, "unit": "households", "start": start, "end": end}
    return pd.DataFrame([row | cells])


def _codes(found):
    return found[["code", "value", "expected"]].to_numpy().tolist()


NO_FLOWS = _flow(1, 1).iloc[:0]


# Identities


def test_a_flow_equation_that_leaves_households_over_is_found():
    "The Dak Glong table of the real fixtures leaves -11 over: its column of other moves is empty"
    found = audit.examine(_review([100, 79]), _flow(100, 79, out_above=10))
    assert _codes(found) == [["flow_residual", 79, 90]]
    assert found["severity"].tolist() == ["identity"]


def test_a_start_that_is_not_the_end_of_the_year_before_is_found():
    found = audit.examine(_review([100, 80]), _flow(97, 80, out_above=17))
    assert _codes(found) == [["start_not_last_end", 97, 100]]


def test_flows_that_end_with_another_count_than_the_review_are_found():
    found = audit.examine(_review([100, 80]), _flow(100, 81, out_above=19))
    assert _codes(found) == [["flow_end_not_review", 81, 80]]


def test_form_2_and_form_3_must_agree_on_who_passed_between_the_lists():
    "64 households became near-poor by form 2, 63 came from poverty by form 3: the real Cu Jut"
    poor = _flow(164, 100, out_to_other_status=64)
    near = _flow(50, 113, status="near_poor", in_from_other_status=63)
    found = audit.examine(_review([164, 100], near=(50, 113)), pd.concat([poor, near]))
    assert _codes(found) == [["flows_disagree", 64, 63]]


# Plausibility


def test_more_poor_households_than_households_are_found():
    "204 of 10, a rate of 2,040 %, as a real export prints"
    found = audit.examine(_review([204], households=10), NO_FLOWS)
    assert ["rate_above_one", 204, 10] in _codes(found)


def test_a_jump_within_a_standard_is_found_and_one_across_standards_is_not():
    before = _review([300], 2020).assign(standard="qd59-2015")
    review = pd.concat([before, _review([100, 30])], ignore_index=True)
    found = audit.examine(review, _flow(100, 30, out_above=70))
    assert found[["year", "code"]].to_numpy().tolist() == [[2022, "jump"]]
    assert found["value"].iloc[0] == pytest.approx(-0.07)


def test_a_lost_digit_is_found_where_ten_times_the_count_fits_the_years_beside_it():
    "633 for 6,330, as in the published near-poor households of Bac Kan in 2020"
    review = _review([500] * 3, households=80_000, near=(6_600, 633, 6_100))
    review["poor_households"] = pd.array([500, 480, 460], dtype="Int64")
    found = audit.examine(review, NO_FLOWS)
    assert found[found["code"] == "lost_digit"]["value"].tolist() == [633]
    steady = audit.examine(review.assign(near_poor_households=6_330), NO_FLOWS)
    assert "lost_digit" not in set(steady["code"])


def test_households_that_jump_and_rows_that_repeat_are_found():
    review = _review([100, 90], households=[1000, 1200])
    assert _codes(audit.examine(review, NO_FLOWS)) == [["households_jump", 1200, 1000]]
    again = _review([100, 100], near=(50, 50))
    assert audit.examine(again, NO_FLOWS)["code"].tolist() == ["repeated_row"]
    twin = pd.concat([_review([100]), _review([100]).assign(area_code="00002")])
    assert audit.examine(twin, NO_FLOWS)["area_code"].tolist() == ["00002"]


def test_a_ward_that_is_not_urban_is_found():
    areas = pd.DataFrame({"area_code": ["1", "2"], "kind": ["phường", "xã"]})
    areas["urban"] = pd.array([False, False], dtype="boolean")
    found = audit.examine(_review([100]), NO_FLOWS, areas)
    assert found[["area_code", "code"]].to_numpy().tolist() == [["1", "class_not_kind"]]


def test_the_embedded_data_keep_all_identities(embedded):
    data = embedded
    found = audit.examine(data.review, data.flows, data.areas)
    assert not found["severity"].isin(["identity", "impossible"]).any()


# What only chance can judge


def _province(seed, areas=60, years=5):
    """Honest counts of communes that fall together, with their own drifts and noise."""
    rng = np.random.default_rng(seed)
    households = rng.integers(800, 4000, areas)
    level, own = rng.normal(-2, 0.6, areas), rng.normal(0, 0.05, areas)
    rows = []
    for year in range(2020, 2020 + years):
        level = level - 0.2 + own + rng.normal(0, 0.07, areas) + rng.normal(0, 0.05)
        poor = rng.binomial(households, 1 / (1 + np.exp(-level)))
        rows.append(
            pd.DataFrame(
                {
                    "area_code": [f"{area:03d}" for area in range(areas)],
                    "year": year,
                    "standard": "nd07-2021",
                    "households": households,
                    "poor_households": poor,
                    "near_poor_households": 60,
                }
            )
        )
    return pd.concat(rows, ignore_index=True).astype(dict.fromkeys(COUNTS, "Int64"))


def _tested(review, flows=NO_FLOWS, **asked):
    return audit_tests.examine(
        review,
        flows,
        load("thai-nguyen").model,
        standard="nd07-2021",
        rng=np.random.default_rng(1),
        **asked,
    )


def _with_last(review, codes, counts):
    changed = review.copy()
    at = (changed["year"] == 2024) & changed["area_code"].isin(codes)
    changed.loc[at, "poor_households"] = pd.array(counts, dtype="Int64")
    return changed


def test_an_honest_province_gives_hardly_a_finding():
    "A false finding in at most one of ten honest provinces of 60 communes"
    found = [_tested(_province(seed)) for seed in range(10)]
    assert sum(len(one) for one in found) <= 1


def test_a_count_far_from_where_it_was_heading_is_a_surprise():
    review = _province(3)
    last = review[review["year"] == 2023].set_index("area_code")["poor_households"]
    found = _tested(_with_last(review, ["007"], [int(last["007"]) // 4]))
    assert found[["area_code", "code"]].to_numpy().tolist() == [["007", "surprise"]]
    assert found["expected"].item() > 2 * found["value"].item()


def test_a_year_that_is_bad_for_all_surprises_in_no_area():
    review = _province(4)
    last = review["year"] == 2024
    review.loc[last, "poor_households"] = (review.loc[last, "poor_households"] * 3) // 2
    assert "surprise" not in set(_tested(review)["code"])


def test_counts_that_equal_the_assigned_ones_too_often_are_found():
    review = _province(5)
    before = review[review["year"] == 2023].set_index("area_code")["poor_households"]
    assigned = pd.DataFrame(
        {"area_code": before.index, "poor_households": (before * 85 // 100).to_numpy()}
    ).assign(year=2024)
    assert _tested(review, assigned=assigned).empty
    names = ["001", "010", "020", "030", "040", "050"]
    goals = assigned.set_index("area_code")["poor_households"]
    found = _tested(_with_last(review, names, goals[names]), assigned=assigned)
    at_target = found[found["code"] == "at_target"]
    assert at_target["area_code"].tolist()[0] == "*"
    assert set(names) <= set(at_target["area_code"])
    assert at_target["value"].iloc[0] >= 6 > 3 * at_target["expected"].iloc[0]


def test_rates_that_crowd_just_below_a_criterion_are_found():
    review = _province(9, areas=150)
    assert _tested(review, criterion=0.1).empty
    rate = review["poor_households"] / review["households"]
    above = (review["year"] == 2024) & rate.between(0.1001, 0.11)
    assert above.sum() >= 5
    moved = (review.loc[above, "households"] * 98 // 1000).astype("Int64")
    review.loc[above, "poor_households"] = moved
    found = _tested(review, criterion=0.1)
    assert found[["area_code", "code"]].to_numpy().tolist() == [["*", "below_criterion"]]


def test_escapes_that_lead_only_to_near_poverty_are_found():
    rng = np.random.default_rng(6)
    left = np.full(60, 80)
    only = rng.binomial(left, rng.beta(20, 20, 60))
    only[5] = 78
    flows = _flow(100, 20).loc[[0] * 60].reset_index(drop=True)
    flows = flows.assign(
        area_code=[f"{area:03d}" for area in range(60)],
        out_to_other_status=only,
        out_above=left - only,
    )
    found = _tested(_province(6), flows)
    assert found[["area_code", "code", "value"]].to_numpy().tolist() == [
        ["005", "escapes_to_near_poor", 78]
    ]


def test_last_digits_that_prefer_a_figure_are_found_for_the_whole():
    review = _province(7, areas=150)
    last = review["year"] == 2024
    review.loc[last, "poor_households"] = review.loc[last, "poor_households"] // 10 * 10
    found = _tested(review)
    assert ("*", "last_digits") in set(zip(found["area_code"], found["code"], strict=True))


def test_too_few_years_are_not_tested_for_surprises():
    assert _tested(_province(8, years=2)).empty


@pytest.mark.skipif(not HEADSTART.is_file(), reason="the real data are not beside this checkout")
def test_scores_at_the_cut_off_of_head_start_do_not_bunch():
    "Published test of the density: p = .79 (Cattaneo, Titiunik and Vazquez-Bare 2017)"
    scores = pd.read_csv(HEADSTART)["povrate60"]
    assert audit_tests.bunching(scores, 59.1984) == pytest.approx(0.79, abs=0.005)


def test_scores_moved_across_the_line_bunch():
    scores = pd.Series(np.random.default_rng(1).normal(140, 25, 6000).round())
    assert audit_tests.bunching(scores, 140.5) > 0.01
    moved = scores.mask(scores.between(141, 146), 139)
    assert audit_tests.bunching(moved, 140.5) < 1e-6


# Words


def test_every_rule_is_told():
    told = (Path(__file__).resolve().parents[1] / "docs" / "audit.md").read_text("utf-8")
    for code, severity in audit.SEVERITIES.items():
        assert f"| {code} | {severity}" in told


@pytest.mark.parametrize("code", ["vi", "en"])
def test_every_finding_has_a_sentence_without_a_gap(code):
    assert set(remarks.SENTENCES) == set(audit.SEVERITIES)
    words = language.of(code)
    for name in audit.SEVERITIES:
        rows = pd.DataFrame(
            {"area_code": ["1"], "year": [2024], "code": [name], "status": ["poor"]}
        ).assign(value=1234.0, expected=1300.0)
        said = remarks.sentence(words, next(rows.itertuples()))
        assert "{" not in said
        assert said.endswith((".", "?"))


def test_areas_that_are_reviewed_first_are_held_against_each_other():
    "The wards come in first and differ from the rest in level, as they always did"
    review = _province(5)
    poorest = review[review["year"] == 2023].nlargest(20, "poor_households")["area_code"]
    part = review[(review["year"] < 2024) | review["area_code"].isin(poorest)]
    assert not (_tested(part)["code"] == "surprise").any()


def test_a_target_of_none_is_no_line_to_be_below():
    review = _province(3)
    few = review["area_code"].isin([f"{area:03d}" for area in range(20)])
    review.loc[few, "poor_households"] = 60
    review.loc[few & (review["year"] == 2024), "poor_households"] = 0
    assert not (_tested(review, criterion=0.0)["code"] == "below_criterion").any()


def test_areas_that_were_never_reviewed_twice_before_are_not_forecast():
    first, second = _review([200]), _review([100], first_year=2022).assign(area_code="00002")
    both = pd.concat([first, second, _review([190], 2023), _review([90], 2023)])
    both.loc[both["year"] == 2023, "area_code"] = ["00001", "00002"]
    assert not (_tested(both)["code"] == "surprise").any()


def test_new_areas_alone_in_the_last_year_are_not_forecast():
    review = _province(3)
    last = review["year"] == 2024
    review.loc[last, "area_code"] = "9" + review.loc[last, "area_code"]
    assert not (_tested(review)["code"] == "surprise").any()
