"""Findings: each planted defect is found, honest data give none."""

import pandas as pd

from povlib.data import demo, tables
from povlib.models import audit

KEYS = {"area_code": "00001", "standard": "nd07-2021"}


def _review(poor, first_year=2021):
    years = range(first_year, first_year + len(poor))
    counts = {"households": 1000, "poor_households": poor, "near_poor_households": 50}
    return pd.DataFrame({**KEYS, "year": years, **counts}).astype(
        {"households": "Int64", "poor_households": "Int64", "near_poor_households": "Int64"}
    )


def _flow(start, end, **moves):
    cells = dict.fromkeys((*tables.FLOWS_OUT, *tables.FLOWS_IN), 0) | moves
    row = {**KEYS, "year": 2022, "status": "poor", "unit": "households", "start": start, "end": end}
    return pd.DataFrame([row | cells])


def test_a_flow_equation_that_leaves_households_over_is_found():
    "The Dak Glong table of the real fixtures leaves -11 over: its column of other moves is empty"
    flows = _flow(100, 79, out_above=10)
    found = audit.examine(_review([100, 79]), flows)
    assert found[["code", "value"]].to_numpy().tolist() == [["flow_residual", -11]]


def test_a_start_that_is_not_the_end_of_the_year_before_is_found():
    flows = _flow(97, 80, out_above=17)
    found = audit.examine(_review([100, 80]), flows)
    assert found[["code", "value"]].to_numpy().tolist() == [["start_not_last_end", -3]]


def test_a_jump_within_a_standard_is_found_and_one_across_standards_is_not():
    before = _review([300], 2020).assign(standard="qd59-2015")
    review = pd.concat([before, _review([100, 30])], ignore_index=True)
    found = audit.examine(review, _flow(100, 30, out_above=70))
    assert found[["year", "code"]].to_numpy().tolist() == [[2022, "jump"]]
    assert found["value"].iloc[0] == -0.07


def test_the_embedded_data_give_no_finding_on_their_flows():
    data = demo.build()
    found = audit.examine(data.review, data.flows)
    assert not found["code"].isin(["flow_residual", "start_not_last_end"]).any()
