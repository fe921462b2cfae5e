"""The embedded data set: published totals, identities, money, and its built-in truth."""

import numpy as np
import pandas as pd
import pytest

from povlib.data import demo, simulation, tables, units
from povlib.models import measurement

# Merged province by the official review: year, poor, poverty rate in percent, near-poor;
# 2021 and 2024 are the rates of Directive 11/CT-UBND.
PUBLISHED = [
    (2016, 56492, 14.24, 38007),
    (2017, 48189, 12.08, 37790),
    (2018, 38140, 9.45, 34233),
    (2019, 30063, 7.34, 30410),
    (2021, 42903, 10.29, 23968),
    (2022, 34905, 8.34, 19630),
    (2023, 28257, 6.73, 17008),
    (2024, 23061, 5.46, 15482),
]
# Ethnic minorities: year, poor, poverty rate in percent, near-poor.
PUBLISHED_EM = [
    (2021, 32820, 19.849, 13941),
    (2022, 27757, 16.725, 12941),
    (2023, 23010, 13.794, 11634),
    (2024, 19354, 11.262, 11118),
]
# Billion dong to June 2025: allocated by source; disbursed from central and local money.
ALLOCATED = {
    "central_investment": 485.2,
    "central_recurrent": 628.1,
    "local_investment": 16.2,
    "local_recurrent": 37.2,
}
DISBURSED = {"central": 833.0, "local": 39.0}
OLD_PROVINCES = [
    ("Thái Nguyên", 55, {2016: (35683, 318413), 2021: (20595, 335517), 2024: (6938, 339304)}),
    ("Bắc Kạn", 37, {2016: (20809, 78221), 2021: (22308, 81516), 2024: (16123, 82826)}),
]


@pytest.fixture(scope="module")
def data(embedded):
    return embedded


@pytest.fixture(scope="module")
def totals(data):
    return data.review.groupby("year").sum(numeric_only=True)


@pytest.mark.parametrize(("year", "poor", "percent", "near_poor"), PUBLISHED)
def test_every_year_adds_up_to_the_published_totals(totals, year, poor, percent, near_poor):
    row = totals.loc[year]
    assert row["poor_households"] == poor
    assert row["near_poor_households"] == near_poor
    assert round(100 * row["poor_households"] / row["households"], 2) == percent


@pytest.mark.parametrize(("year", "poor", "percent", "near_poor"), PUBLISHED_EM)
def test_ethnic_minorities_add_up_to_the_published_totals(totals, year, poor, percent, near_poor):
    row = totals.loc[year]
    assert row["em_poor_households"] == poor
    assert row["em_near_poor_households"] == near_poor
    assert round(100 * row["em_poor_households"] / row["em_households"], 3) == percent


@pytest.mark.parametrize(("group", "units", "years"), OLD_PROVINCES)
def test_the_units_of_each_old_province_add_up_by_themselves(data, group, units, years):
    own = data.areas[data.areas["group"] == group]
    assert len(own) == units
    rows = data.review[data.review["area_code"].isin(own["area_code"])]
    for year, expected in years.items():
        sums = rows[rows["year"] == year][["poor_households", "households"]].sum()
        assert tuple(sums) == expected


def test_the_pace_of_directive_11_is_reproduced(totals):
    "10.29 % at the start of 2022, 5.46 % at the end of 2024, 1.61 points a year"
    rate = 100 * measurement.rate(totals, "poverty_rate")
    assert round(rate[2021], 2) == 10.29
    assert round(rate[2024], 2) == 5.46
    assert round((rate[2021] - rate[2024]) / 3, 2) == 1.61


def test_2020_is_absent_and_standards_follow_the_years(data):
    standards = data.review.groupby("year")["standard"].unique().map(list).to_dict()
    assert 2020 not in standards
    assert all(standards[year] == ["qd59-2015"] for year in range(2016, 2020))
    assert all(standards[year] == ["nd07-2021"] for year in range(2021, 2025))


def test_every_table_keeps_its_schema_and_order(data):
    for name, schema in tables.SCHEMAS.items():
        frame = getattr(data, name)
        schema.validate(frame)
        assert list(frame.columns) == list(schema.columns)
        keys = frame[tables.KEYS[name]]
        pd.testing.assert_frame_equal(keys, keys.sort_values(list(keys.columns)))


def test_every_record_says_that_it_is_simulated(data):
    named = [name for name, schema in tables.SCHEMAS.items() if "provenance" in schema.columns]
    assert len(named) == len(tables.SCHEMAS) - 1
    assert all((getattr(data, name)["provenance"] == "simulated").all() for name in named)


def test_units_are_as_large_and_as_poor_as_what_is_known(data):
    """
    Wards below 2 %, Pac Nam the poorest; Dinh Hoa 17.39 % poor and 14.84 % near-poor.

    The spread within a district is random: a few units move its rate by 2 points or so.
    """
    rows = data.review[data.review["year"] == 2021].set_index("area_code")
    assert rows["households"].between(1500, 14000).all()
    assert (rows["people"] / rows["households"]).between(3.2, 4.7).all()
    areas = data.areas.set_index("area_code")
    assert areas["difficult"].sum() == 38
    assert not (areas["difficult"] & areas["urban"]).any()
    rate = 100 * measurement.rate(rows, "poverty_rate")
    assert (rate[areas["urban"]] < 2).all()
    district = units.thai_nguyen().set_index("area_code")["district"]
    sums = rows.groupby(district).sum(numeric_only=True)
    assert measurement.rate(sums, "poverty_rate").idxmax() == "Pác Nặm"
    dinh_hoa = 100 * sums.loc["Định Hóa"] / sums.loc["Định Hóa", "households"]
    assert dinh_hoa["poor_households"] == pytest.approx(17.39, abs=2)
    assert dinh_hoa["near_poor_households"] == pytest.approx(14.84, abs=2)


def test_the_new_standard_breaks_the_series_of_the_mountains(data):
    "Fewer poor from 2018 to 2019, far more by the new standard two years later"
    difficult = data.areas.loc[data.areas["difficult"], "area_code"]
    rows = data.review[data.review["area_code"].isin(difficult)]
    rate = measurement.rate(rows.groupby("year").sum(numeric_only=True), "poverty_rate")
    assert rate[2019] < rate[2018]
    assert 1.3 < rate[2021] / rate[2019] < 1.6


def test_parts_stay_within_their_wholes(data):
    rows = data.review
    assert (rows["poor_households"] + rows["near_poor_households"] <= rows["households"]).all()
    later = rows[rows["year"] >= 2021]
    others = later["households"] - later["em_households"]
    em_listed = later["em_poor_households"] + later["em_near_poor_households"]
    listed = later["poor_households"] + later["near_poor_households"]
    assert (em_listed <= later["em_households"]).all()
    assert (listed - em_listed <= others).all()


def test_the_flow_equation_holds_in_every_commune_and_year(data):
    rows = data.flows
    out = rows[list(tables.FLOWS_OUT)].sum(axis=1)
    into = rows[list(tables.FLOWS_IN)].sum(axis=1)
    assert (rows["end"] == rows["start"] - out + into).all()
    moves = rows[[*tables.FLOWS_OUT, *tables.FLOWS_IN]]
    assert (moves >= 0).all(axis=None)


def test_what_leaves_one_form_enters_the_other(data):
    keys = ["area_code", "year"]
    poor = data.flows[data.flows["status"] == "poor"].set_index(keys)
    near = data.flows[data.flows["status"] == "near_poor"].set_index(keys)
    assert (poor["out_to_other_status"] == near["in_from_other_status"]).all()
    assert (poor["in_from_other_status"] == near["out_to_other_status"]).all()


def test_deprivations_keep_the_definition_of_poverty(data):
    "Poor means at least three of twelve, near-poor fewer, on average in every commune"
    keys = ["area_code", "year", "status"]
    rows = data.deprivations
    assert (rows["deprived_households"] <= rows["households"]).all()
    sums = rows.groupby(keys).agg(
        lacking=("deprived_households", "sum"), of=("households", "first")
    )
    poor = sums.xs("poor", level="status")
    near = sums.xs("near_poor", level="status")
    assert (poor["lacking"] >= 3 * poor["of"]).all()
    assert (near["lacking"] <= 3 * near["of"]).all()


def test_disbursed_money_never_runs_ahead_of_allocated_money(data):
    keys = ["area_code", "project", "source"]
    rows = data.finance.sort_values([*keys, "period"])
    so_far = rows.groupby(keys)[["allocated", "disbursed"]].cumsum()
    assert (so_far["disbursed"] <= so_far["allocated"]).all()
    carried = rows["carried_over"].notna()
    left = (so_far["allocated"] - so_far["disbursed"]).groupby([rows[key] for key in keys]).shift()
    assert (rows["carried_over"] == left)[carried].all()


def test_money_adds_up_to_the_published_sources(data):
    sums = data.finance.groupby("source")[["allocated", "disbursed"]].sum() / 1e9
    assert sums["allocated"].to_dict() == ALLOCATED
    level = sums["disbursed"].groupby(sums.index.str.split("_").str[0]).sum()
    assert level.to_dict() == DISBURSED


def test_infrastructure_goes_to_the_two_poor_districts_alone(data):
    district = units.thai_nguyen().set_index("area_code")["district"]
    rows = data.finance[data.finance["project"] == "project_1"]
    assert set(district[rows["area_code"]]) == {"Ngân Sơn", "Pác Nặm"}


def test_some_communes_disburse_far_more_slowly_than_others(data):
    rows = data.finance[data.finance["project"].str.startswith("project_4")]
    sums = rows.groupby("area_code")[["allocated", "disbursed"]].sum()
    share = sums["disbursed"] / sums["allocated"]
    assert share.min() < 0.5
    assert share.max() > 0.8
    assert len(data.finance) < 16000


def _changes(data, group):
    """Points by which rates of difficult communes changed from 2021 to 2024, and exposures."""
    pool = data.areas[data.areas["difficult"] & (data.areas["group"] == group)]["area_code"]
    rows = data.review[data.review["area_code"].isin(pool)].set_index(["area_code", "year"])
    rate = 100 * measurement.rate(rows, "poverty_rate").astype(float)
    change = rate.xs(2024, level="year") - rate.xs(2021, level="year")
    first = data.programmes.pivot(index="area_code", columns="programme", values="first_year")
    exposure = (2025 - first.reindex(change.index)).astype("Float64").fillna(0).astype(float)
    return change, exposure.loc[:, exposure.any()]


def test_the_built_in_effect_of_cow_breeding_is_recovered(data):
    """
    Joined in 2022, three years of exposure by the end of 2024, one point each.

    The mean difference of changes to communes of the same class and old province that
    never joined has a standard error of about 0.35 points (noise 0.26 a commune, chance
    differences in credit, up to 1.2), so the tolerance of 1.0 is about three of them.
    """
    change, exposure = _changes(data, "Bắc Kạn")
    years = exposure["cow_breeding"]
    difference = change[years == 3].mean() - change[years == 0].mean()
    assert (years == 0).sum() >= 5
    assert difference == pytest.approx(3 * 100 * demo.EFFECTS["cow_breeding"], abs=1.0)


@pytest.mark.parametrize("seed", [2030, 1, 2])
@pytest.mark.parametrize("group", ["Thái Nguyên", "Bắc Kạn"])
def test_adding_up_leaves_every_built_in_effect_in_place(seed, group):
    """
    Changes on years of exposure to all programmes give the effects, none for housing.

    The standard error is 0.04 points a year in Bac Kan and 0.08 among the few difficult
    communes of Thai Nguyen; a tolerance of 0.25 is three of the larger.
    """
    change, exposure = _changes(demo.build(seed), group)
    design = exposure.assign(common=1.0)
    found = pd.Series(np.linalg.lstsq(design, change, rcond=None)[0], index=design.columns)
    for programme in exposure:
        assert found[programme] == pytest.approx(100 * demo.EFFECTS[programme], abs=0.25)


def test_the_same_seed_gives_the_same_records_and_another_seed_others(data):
    again, other = demo.build(), demo.build(seed=1)
    for name in tables.KEYS:
        pd.testing.assert_frame_equal(getattr(data, name), getattr(again, name))
    assert not data.review.equals(other.review)
    assert other.review.groupby("year")["poor_households"].sum()[2024] == 23061


def test_names_that_differ_only_by_accents_stay_apart(data):
    names = data.areas.set_index("area_code")["name"]
    assert (names["02143"], names["05665"]) == ("Văn Lang", "Văn Lăng")
    assert (data.areas["kind"] == "phường").sum() == 15


def test_allocate_refuses_a_total_that_does_not_fit():
    with pytest.raises(ValueError, match="a total of 9 does not fit between 0 and 4"):
        simulation.allocate([1.0, 1.0], 9, upper=pd.array([2, 2]).to_numpy())
