"""Money: sums, the disbursement rate by its Vietnamese definition, the published totals."""

import numpy as np
import pandas as pd
import pytest

from povlib.models import finance


@pytest.fixture
def months():
    """Two months of one commune: 30 carried over from before, 70 new, 20 and 30 disbursed."""
    return pd.DataFrame(
        {
            "area_code": "00001",
            "project": "project_1",
            "source": "central_investment",
            "period": ["2024-01", "2024-06", "2025-01"],
            "allocated": pd.array([70, 0, 0], dtype="Int64"),
            "carried_over": pd.array([30, pd.NA, 50], dtype="Int64"),
            "disbursed": pd.array([20, 30, 0], dtype="Int64"),
        }
    )


def test_the_rate_of_a_year_counts_capital_carried_over_into_the_plan(months):
    row = finance.track_year(months, ["area_code"], year=2024).iloc[0]
    assert (row["plan"], row["disbursed"], row["period"]) == (100, 50, "2024-06")
    assert row["disbursed_share"] == 0.5


def test_the_sum_over_years_counts_capital_carried_over_only_once(months):
    row = finance.track(months, ["area_code"]).iloc[0]
    assert (row["allocated"], row["disbursed"]) == (70, 50)


def test_nothing_allocated_has_no_rate(months):
    none = months.assign(allocated=0, disbursed=0).astype(months.dtypes)
    assert finance.track(none, ["area_code"])["disbursed_share"].isna().all()


def test_the_embedded_money_reproduces_the_published_totals(embedded):
    "VietNamNet, 15 September 2025: 1,167 allocated, 872 disbursed = 74.74 %; Project 1: 441, 387"
    money = embedded.finance
    total = finance.track(money.assign(all="all"), ["all"]).iloc[0]
    assert round(total["allocated"] / 1e9) == 1167
    assert round(total["disbursed"] / 1e9) == 872
    assert round(100 * total["disbursed_share"], 2) == 74.74
    first = finance.track(money, ["project"]).set_index("project").loc["project_1"]
    assert (round(first["allocated"] / 1e9), round(first["disbursed"] / 1e9)) == (441, 387)


def test_money_passed_on_counts_where_it_went(months):
    province = months.assign(area_code="19", allocated=[100, 0, 0], passed_on=[70, 0, 0])
    province = province.assign(carried_over=pd.NA, disbursed=0).astype(months.dtypes)
    both = pd.concat([months, province], ignore_index=True).assign(all="all")
    assert finance.track(both, ["all"])["allocated"].tolist() == [100]
    assert finance.track(both, ["area_code"])["allocated"].tolist() == [70, 30]
    assert finance.track_year(both, ["all"], year=2024)["plan"].tolist() == [130]


def test_results_nobody_entered_are_unknown(months):
    assert finance.track(months, ["area_code"])["results_reached"].isna().all()
    entered = months.assign(results_planned=[4, pd.NA, pd.NA], results_reached=[pd.NA, 1, 2])
    entered = entered.astype({"results_planned": "Int64", "results_reached": "Int64"})
    row = finance.track(entered, ["area_code"]).iloc[0]
    assert (row["results_planned"], row["results_reached"]) == (4, 3)


def test_a_year_is_held_against_the_same_date_of_the_year_before(months):
    earlier = months.assign(period=["2023-01", "2023-06", "2024-01"])
    both = pd.concat([earlier.iloc[:2], months.iloc[:1]], ignore_index=True)
    # To January of both years: 20 of a plan of 100.
    for year in (2023, 2024):
        money = finance.track_year(both, ["area_code"], year=year, to_month=1)
        assert money["disbursed_share"].tolist() == [0.2]


def test_money_per_poor_household_takes_those_before_the_money_came():
    review = pd.DataFrame(
        {
            "area_code": ["1", "1", "2"],
            "year": [2021, 2022, 2021],
            "poor_households": pd.array([10, 5, 0], dtype="Int64"),
            "households": pd.array([100, 100, 100], dtype="Int64"),
        }
    )
    money = pd.DataFrame(
        {
            "area_code": ["1", "2"],
            "period": "2022-03",
            "allocated": pd.array([500, 50], dtype="Int64"),
            "disbursed": pd.array([0, 0], dtype="Int64"),
        }
    )
    rows = finance.per_poor_household(money, review).set_index("area_code")
    assert rows.loc["1", "per_poor_household"] == 50
    assert rows["per_poor_household"].isna().tolist() == [False, True]


def test_concentration_runs_from_the_poorest_to_the_least_poor():
    rows = pd.DataFrame(
        {
            "poverty_rate": [0.1, 0.2, 0.3, 0.4],
            "households": 100,
            "poor_households": [10, 20, 30, 40],
        }
    )
    even = rows.assign(allocated=7)
    assert finance.concentration(even)[1] == 0
    # Closed form: all to the poorest of n equal areas gives 1 - 1/n, to the least poor minus that.
    assert finance.concentration(even.assign(allocated=[0, 0, 0, 5]))[1] == 0.75
    assert finance.concentration(even.assign(allocated=[5, 0, 0, 0]))[1] == -0.75
    curve, _ = finance.concentration(even.assign(allocated=[0, 0, 1, 3]))
    assert curve["allocated"].tolist() == [0, 0.75, 1, 1, 1]
    assert curve["poor_households"].round(6).tolist() == [0, 0.4, 0.7, 0.9, 1]
    assert np.isnan(finance.concentration(even.assign(allocated=0))[1])


def test_sub_projects_add_up_to_their_projects(embedded):
    money = embedded.finance
    parts = money.assign(project=finance.project_of(money["project"]))
    assert set(parts["project"]) == {f"project_{number}" for number in range(1, 8)}
    third = finance.track(parts, ["project"]).set_index("project").loc["project_3"]
    assert round(third["allocated"] / 1e9) == 140
