"""Money: sums, the disbursement rate by its Vietnamese definition, the published totals."""

import pandas as pd
import pytest

from povlib.data import demo
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


def test_the_embedded_money_reproduces_the_published_totals():
    "VietNamNet, 15 September 2025: 1,167 allocated, 872 disbursed = 74.74 %; Project 1: 441, 387"
    money = demo.build().finance
    total = finance.track(money.assign(all="all"), ["all"]).iloc[0]
    assert round(total["allocated"] / 1e9) == 1167
    assert round(total["disbursed"] / 1e9) == 872
    assert round(100 * total["disbursed_share"], 2) == 74.74
    first = finance.track(money, ["project"]).set_index("project").loc["project_1"]
    assert (round(first["allocated"] / 1e9), round(first["disbursed"] / 1e9)) == (441, 387)
