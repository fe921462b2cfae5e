"""Measures of poverty: textbook examples, closed forms, published rates and hard cases."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st

from povlib.errors import DataError
from povlib.models import decomposition, measurement

STANDARD = "nd07-2021"
FIVE = pd.DataFrame(
    [[1, 0, 1, 0], [0, 1, 0, 0], [0, 1, 1, 1], [1, 0, 0, 0], [1, 0, 1, 0]], columns=list("abcd")
)
EQUAL = dict.fromkeys("abcd", 0.25)
EXACT = 1e-12  # sums of a few hundred floats of size 1


def _survey(rng, *, households=400, clusters=20, strata=2, shift=0.0):
    """Households in clusters that differ, of three indicators, with uneven weights."""
    cluster = rng.integers(0, clusters, households)
    place = rng.normal(0, 0.15, clusters)[cluster]
    deprived = rng.random((households, 3)) < (0.45 + shift + place)[:, None]
    return pd.DataFrame(deprived, columns=list("xyz")).assign(
        weight=rng.uniform(0.5, 3, households), cluster=cluster, stratum=cluster % strata
    )


def _measure(survey, *, cutoff=0.5, **design):
    used = ["x", "y", "z", *dict.fromkeys(design.values())]
    return measurement.alkire_foster(survey[used], dict.fromkeys("xyz", 1), cutoff, **design)


# Levels and parts


def test_the_textbook_example_of_five_persons_is_reproduced():
    "H 3/5; A (1/2 + 3/4 + 1/2) / 3 = 7/12; M0 7/20"
    found = measurement.alkire_foster(FIVE, EQUAL, 0.5)
    assert (found.H, found.A, found.M0) == pytest.approx((3 / 5, 7 / 12, 7 / 20), abs=EXACT)
    by_indicator = found.indicators.set_index("indicator")
    assert by_indicator["uncensored_headcount"].tolist() == pytest.approx([0.6, 0.4, 0.6, 0.2])
    assert by_indicator["censored_headcount"].tolist() == pytest.approx([0.4, 0.2, 0.6, 0.2])
    assert by_indicator["contribution"].tolist() == pytest.approx([2 / 7, 1 / 7, 3 / 7, 1 / 7])


def test_the_textbook_subgroups_have_their_levels_and_add_up():
    "Two persons at M0 1/4 and three at 5/12: (2 x 1/4 + 3 x 5/12) / 5 = 7/20"
    found = measurement.alkire_foster(FIVE, EQUAL, 0.5, by=["first", "first", *["rest"] * 3])
    groups = found.subgroups.set_index("subgroup")
    assert groups["M0"].to_dict() == pytest.approx({"first": 1 / 4, "rest": 5 / 12})
    assert groups["H"].to_dict() == pytest.approx({"first": 1 / 2, "rest": 2 / 3})
    assert groups["contribution"].to_dict() == pytest.approx({"first": 2 / 7, "rest": 5 / 7})


def test_a_cutoff_at_the_smallest_weight_is_the_union_and_one_the_intersection():
    union = measurement.alkire_foster(FIVE, EQUAL, 0.25)
    both = measurement.alkire_foster(FIVE[["a", "c"]], {"a": 1, "c": 1}, 1)
    assert (union.H, union.M0) == pytest.approx((1, 9 / 20))
    assert (both.H, both.A) == pytest.approx((2 / 5, 1))


def test_nobody_is_poor_who_lacks_nothing_however_small_the_cutoff():
    assert measurement.alkire_foster(FIVE * 0, EQUAL, 1e-12).H == 0


@pytest.mark.parametrize("lacking", range(1, 13))
def test_a_score_exactly_at_the_cutoff_is_poor_whatever_the_rounding(lacking):
    "Sums of 1/12 differ from k/12 in the last digit for some k and some orders"
    row = pd.DataFrame(
        [[1] * lacking + [0] * (12 - lacking), [0] * (13 - lacking) + [1] * (lacking - 1)]
    )
    found = measurement.alkire_foster(row, [1 / 12] * 12, lacking / 12)
    assert found.H == 0.5


def test_where_nobody_is_poor_intensity_and_contributions_are_missing():
    found = measurement.alkire_foster(FIVE, EQUAL, 1, by=list("aabbb"))
    assert (found.H, found.M0, found.H_se, found.M0_se) == (0, 0, 0, 0)
    assert np.isnan([found.A, found.A_se]).all()
    assert found.indicators["contribution"].isna().all()
    assert found.subgroups[["A", "contribution"]].isna().all(axis=None)


def test_weights_are_divided_by_their_sum_and_found_by_name():
    points = {"d": 10, "c": 10, "b": 10, "a": 10}
    found = measurement.alkire_foster(FIVE, points, 0.5)
    assert found.M0 == measurement.alkire_foster(FIVE, EQUAL, 0.5).M0
    assert found.indicators["indicator"].tolist() == ["d", "c", "b", "a"]


def test_a_sample_weight_counts_like_that_many_households():
    weight = [3, 1, 2, 1, 4]
    weighted = measurement.alkire_foster(FIVE.assign(weight=weight), EQUAL, 0.5, "weight")
    repeated = measurement.alkire_foster(FIVE.loc[np.repeat(range(5), weight)], EQUAL, 0.5)
    assert (weighted.H, weighted.A) == pytest.approx((repeated.H, repeated.A))
    columns = ["uncensored_headcount", "censored_headcount", "contribution"]
    pd.testing.assert_frame_equal(weighted.indicators[columns], repeated.indicators[columns])


@settings(max_examples=50, deadline=None)
@given(
    rows=st.lists(st.tuples(*[st.booleans()] * 3), min_size=1, max_size=30),
    weights=st.tuples(*[st.integers(1, 50)] * 3),
    cutoff=st.floats(0.01, 1),
)
def test_parts_always_add_up_to_the_whole(rows, weights, cutoff):
    deprived = pd.DataFrame(rows, columns=list("xyz"))
    group = [row % 3 for row in range(len(rows))]
    found = measurement.alkire_foster(
        deprived, dict(zip("xyz", weights, strict=True)), cutoff, by=group
    )
    adjusted = found.indicators["weight"] * found.indicators["censored_headcount"]
    assert adjusted.sum() == pytest.approx(found.M0, abs=EXACT)
    assert (found.subgroups["share"] * found.subgroups["M0"]).sum() == pytest.approx(
        found.M0, abs=EXACT
    )
    assert found.H == 0 or found.H * found.A == pytest.approx(found.M0, abs=EXACT)
    assert (
        found.indicators["censored_headcount"] <= found.indicators["uncensored_headcount"]
    ).all()


# Refusals


@pytest.mark.parametrize(
    ("arguments", "rule"),
    [
        (
            {"deprivations": FIVE.astype(float).replace(0, np.nan)},
            "row 1, a: must be 0 or 1; found none",
        ),
        ({"deprivations": FIVE * 2}, "row 0, a: must be 0 or 1; found 2"),
        ({"deprivations": FIVE.head(0)}, "no household"),
        ({"weights": {"a": 1, "b": 1, "c": 1}}, "no other; check d"),
        ({"weights": {**EQUAL, "roof": 1}}, "no other; check roof"),
        ({"deprivations": FIVE.set_axis(list("abca"), axis=1)}, "check d, a"),
        ({"deprivations": FIVE.set_axis([0] * 5) * 3}, "row 0, a: must be 0 or 1; found 3"),
        ({"weights": [1, 1, 1]}, "3 for 4 indicators"),
        ({"weights": [1, 1, 0, 1]}, "positive"),
        ({"weights": [1, 1, -1, 1]}, "positive"),
        ({"cutoff": 0}, "above 0 and at most 1; found 0"),
        ({"cutoff": 1.01}, "at most 1"),
        ({"cutoff": float("nan")}, "found nan"),
        ({"sample_weight": [1, 1, 0, 1, 1]}, "positive; found 0"),
        ({"sample_weight": [1, 1, -2, 1, 1]}, "positive; found -2"),
        ({"sample_weight": [1, 1, 1]}, "3 values for 5 households"),
        ({"sample_weight": [1, None, 1, 1, 1]}, "missing for 1 households"),
        ({"by": "province"}, r"no column province \(there: a, b, c, d\)"),
        ({"strata": pd.Series(range(5), index=range(1, 6))}, "strata: its index"),
    ],
)
def test_what_cannot_be_measured_is_refused_with_the_reason(arguments, rule):
    case = {"deprivations": FIVE, "weights": EQUAL, "cutoff": 0.5} | arguments
    with pytest.raises(DataError, match=rule):
        measurement.alkire_foster(**case)


# Standard errors


def test_standard_errors_of_a_simple_sample_have_their_closed_form():
    "Var(H) = H (1 - H) / (n - 1), and the same for every headcount"
    survey = _survey(np.random.default_rng(1))
    found = _measure(survey)
    assert found.H_se == pytest.approx((found.H * (1 - found.H) / 399) ** 0.5, rel=1e-12)
    for name in ("uncensored_headcount", "censored_headcount"):
        share = found.indicators[name]
        expected = (share * (1 - share) / 399) ** 0.5
        assert found.indicators[f"{name}_se"].tolist() == pytest.approx(expected.tolist())


def test_standard_errors_with_clusters_and_weights_are_those_of_weighted_least_squares():
    "A weighted mean is a regression on a constant; statsmodels has the same G / (G - 1)"
    survey = _survey(np.random.default_rng(2))
    found = _measure(survey, sample_weight="weight", clusters="cluster")
    score = survey[["x", "y", "z"]].mean(axis=1)
    poor = score >= 0.5
    for part, error, rows in (
        (poor.astype(float), found.H_se, slice(None)),
        (score.where(poor, 0), found.M0_se, slice(None)),
        (score, found.A_se, poor),  # every cluster has poor households
    ):
        one = survey[rows]
        fit = sm.WLS(part[rows], np.ones(len(one)), one["weight"]).fit(
            cov_type="cluster", cov_kwds={"groups": one["cluster"]}
        )
        # statsmodels multiplies by (N - 1) / (N - 1) = 1 for one parameter
        assert error == pytest.approx(fit.bse.iloc[0], rel=1e-9)
    assert survey.loc[poor, "cluster"].nunique() == 20


def test_standard_errors_of_a_stratified_sample_have_their_closed_form():
    "Sum over strata of W_h^2 s_h^2 / n_h, where weights make known stratum shares"
    rng = np.random.default_rng(3)
    survey = _survey(rng).sort_values("stratum", ignore_index=True)
    share = {0: 0.8, 1: 0.2}
    sizes = survey["stratum"].map(survey["stratum"].value_counts())
    survey["weight"] = survey["stratum"].map(share) / sizes
    found = _measure(survey, sample_weight="weight", strata="stratum")
    poor = (survey[["x", "y", "z"]].mean(axis=1) >= 0.5).astype(float)
    strata = poor.groupby(survey["stratum"])
    expected = sum(share[name] ** 2 * one.var() / len(one) for name, one in strata)
    assert found.H_se == pytest.approx(expected**0.5, rel=1e-12)


def test_a_subgroup_that_is_everyone_has_the_errors_of_the_whole():
    survey = _survey(np.random.default_rng(4)).assign(group="all")
    found = _measure(
        survey, sample_weight="weight", by="group", strata="stratum", clusters="cluster"
    )
    whole = found.subgroups.loc[0, ["H_se", "A_se", "M0_se"]]
    assert whole.tolist() == pytest.approx([found.H_se, found.A_se, found.M0_se])


def test_a_stratum_with_a_single_unit_has_no_standard_error():
    found = measurement.alkire_foster(FIVE, EQUAL, 0.5, strata=list("aaaab"))
    assert np.isnan([found.H_se, found.A_se, found.M0_se]).all()
    assert (found.H, found.A) == pytest.approx((3 / 5, 7 / 12))


# Changes of M0


@pytest.mark.parametrize("paired", [True, False])
def test_the_parts_of_a_change_add_up_and_so_do_their_errors(paired):
    rng = np.random.default_rng(6)
    before, after = (_measure(_survey(rng, shift=shift), clusters="cluster") for shift in (0, -0.2))
    changes = decomposition.split_adjusted_headcount(before, after, years=4, paired=paired)
    changes = changes.set_index("part")
    parts = changes.loc[["through_H", "through_A"], "change"].sum()
    assert parts == pytest.approx(after.M0 - before.M0, abs=EXACT)
    assert changes.loc["M0", "change"] == pytest.approx(after.M0 - before.M0, abs=EXACT)
    assert (changes["change_per_year"] * 4).tolist() == pytest.approx(changes["change"].tolist())
    growth = 1 + changes.loc["M0", "relative_change_per_year"]
    assert before.M0 * growth**4 == pytest.approx(after.M0)


def test_independent_samples_add_their_variances():
    rng = np.random.default_rng(7)
    before, after = (_measure(_survey(rng, shift=shift), clusters="cluster") for shift in (0, -0.2))
    changes = decomposition.split_adjusted_headcount(before, after).set_index("part")
    for name in ("H", "A", "M0"):
        errors = [getattr(one, f"{name}_se") for one in (before, after)]
        assert changes.loc[name, "change_se"] == pytest.approx(np.hypot(*errors))


def test_a_panel_that_did_not_change_has_no_error_of_change():
    survey = _survey(np.random.default_rng(8))
    found = _measure(survey, strata="stratum", clusters="cluster")
    changes = decomposition.split_adjusted_headcount(found, found, paired=True)
    assert changes["change"].tolist() == [0] * 5
    assert changes["change_se"].tolist() == pytest.approx([0] * 5, abs=EXACT)


def test_standard_errors_are_the_spread_of_repeated_samples():
    "The spread of 100 samples has itself an error of 1 / sqrt(200) = 7 %: three times that"
    rng = np.random.default_rng(9)
    found, errors = [], []
    for _ in range(100):
        before, after = (_measure(_survey(rng, shift=s), clusters="cluster") for s in (0, -0.2))
        changes = decomposition.split_adjusted_headcount(before, after).set_index("part")
        found.append({"H now": after.H, "A now": after.A, **changes["change"]})
        errors.append({"H now": after.H_se, "A now": after.A_se, **changes["change_se"]})
    spread, stated = pd.DataFrame(found).std(), pd.DataFrame(errors).pow(2).mean() ** 0.5
    assert (stated / spread).tolist() == pytest.approx([1] * 7, abs=0.21)


def test_a_change_to_nobody_poor_has_no_parts():
    before = measurement.alkire_foster(FIVE, EQUAL, 0.5)
    after = measurement.alkire_foster(FIVE * 0, EQUAL, 0.5)
    changes = decomposition.split_adjusted_headcount(before, after).set_index("part")
    assert changes.loc[["A", "through_H", "through_A"], "change"].isna().all()
    assert changes.loc["M0", "change"] == pytest.approx(-0.35)


def test_measurements_that_do_not_compare_are_refused():
    found = measurement.alkire_foster(FIVE, EQUAL, 0.5)
    other = measurement.alkire_foster(FIVE, [2, 1, 1, 1], 0.5)
    stricter = measurement.alkire_foster(FIVE, EQUAL, 0.75)
    with pytest.raises(DataError, match="same indicators and weights"):
        decomposition.split_adjusted_headcount(found, other)
    with pytest.raises(DataError, match=r"cutoffs 0\.5 and 0\.75"):
        decomposition.split_adjusted_headcount(found, stricter)
    with pytest.raises(DataError, match="above 0; found 0"):
        decomposition.split_adjusted_headcount(found, found, years=0)


# Gaps and composition, from counts


def _review(rows):
    columns = ["area_code", "year", "households", "poor_households"]
    counts = dict.fromkeys(columns[1:], "Int64")
    return pd.DataFrame(rows, columns=columns).astype(counts).assign(standard=STANDARD)


def _areas(**urban):
    return pd.DataFrame(
        {"area_code": list(urban), "urban": pd.array(list(urban.values()), "boolean")}
    )


def test_the_urban_rural_gap_is_of_sums_and_not_of_rates():
    "Communes 30 of 300, wards 10 of 200, in 2021; a year later 15 of 300 and none"
    review = _review(
        [
            ("x", 2021, 100, 20),
            ("y", 2021, 200, 10),
            ("w", 2021, 200, 10),
            ("x", 2022, 100, 5),
            ("y", 2022, 200, 10),
            ("w", 2022, 200, 0),
        ]
    )
    gaps = measurement.urban_rural_gap(review, _areas(x=False, y=False, w=True))
    assert gaps["year"].tolist() == [2021, 2022]
    assert gaps["rural_rate"].tolist() == pytest.approx([0.10, 0.05])
    assert gaps["urban_rate"].tolist() == pytest.approx([0.05, 0])
    assert gaps["urban_rural_gap"].tolist() == pytest.approx([0.05, 0.05])


def test_a_gap_with_an_unknown_part_is_unknown():
    review = _review(
        [("x", 2021, 100, 20), ("w", 2021, 100, 5), ("x", 2022, 100, None), ("w", 2022, 100, 5)]
    )
    known = measurement.urban_rural_gap(review, _areas(x=False, w=True))
    assert known["urban_rural_gap"].isna().tolist() == [False, True]
    assert known["urban_rate"].notna().all()
    for areas in (_areas(x=False, w=None), _areas(x=False)):
        unknown = measurement.urban_rural_gap(review, areas)
        assert unknown[["rural_rate", "urban_rate", "urban_rural_gap"]].isna().all(axis=None)
    without_wards = measurement.urban_rural_gap(review, _areas(x=False, w=False))
    assert without_wards["urban_rate"].isna().all()


def test_the_gap_of_ethnic_minorities_is_to_all_others():
    "20 of 50 against 10 of 150"
    review = _review([("x", 2021, 200, 30), ("y", 2021, 200, 30)]).assign(
        em_households=pd.array([50, 200], "Int64"), em_poor_households=pd.array([20, 30], "Int64")
    )
    gaps = measurement.em_gap(review)
    assert gaps.loc[0].tolist() == pytest.approx([0.4, 1 / 15, 1 / 3])
    assert gaps.loc[1, ["other_poverty_rate", "em_gap"]].isna().all()


def _split(review, first_year=2021, last_year=2024):
    return decomposition.split_rate(
        review, "poverty_rate", standard=STANDARD, first_year=first_year, last_year=last_year
    )


def test_two_old_provinces_fell_within_and_hardly_by_composition():
    """
    Published: 10.29 % to 5.46 %.

    Shares of Bac Kan 81,516 / 417,033 and 82,826 / 422,130: its rate fell by 27.37 - 19.47 points,
    that of Thai Nguyen by 6.138 - 2.045; counts as in docs/data-sources.md.
    """
    review = _review(
        [
            ("19", 2021, 335_517, 20_595),
            ("06", 2021, 81_516, 22_308),
            ("19", 2024, 339_304, 6_938),
            ("06", 2024, 82_826, 16_123),
        ]
    )
    parts = _split(review).set_index("area_code")
    assert parts.to_numpy().sum() == pytest.approx(0.0546 - 0.1029, abs=0.0001)  # as published
    assert parts["within"].round(4).to_dict() == {"06": -0.0155, "19": -0.0329}
    assert parts["composition"].abs().max() < 0.0002  # a hundredth of a point, not the fall of 4.8


def test_an_area_that_only_grows_adds_by_composition_if_it_is_poorer_than_the_rest():
    "Poor 40 + 10 of 200, then 80 + 10 of 300: from 25 % to 30 %, no own rate changed"
    review = _review(
        [("p", 2021, 100, 40), ("r", 2021, 100, 10), ("p", 2024, 200, 80), ("r", 2024, 100, 10)]
    )
    parts = _split(review).set_index("area_code")
    assert parts["within"].tolist() == [0, 0]
    assert parts["composition"].sum() == pytest.approx(0.05)
    assert (parts["composition"] > 0).all()


_COUNTS = st.one_of(st.none(), st.tuples(st.integers(0, 10_000), st.floats(0, 1)))


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(_COUNTS, _COUNTS), min_size=1, max_size=8))
def test_within_and_composition_always_add_up_to_the_change(areas):
    "Also where areas come, go or have no households; None is no row in that year"
    rows = [
        (f"{code:02d}", year, one[0], int(one[0] * one[1]))
        for code, years in enumerate(areas)
        for year, one in zip((2021, 2024), years, strict=True)
        if one is not None
    ]
    review = _review([("x", 2021, 50, 10), ("y", 2024, 70, 20), *rows])
    sums = measurement.total(review).set_index("year")
    rates = sums["poor_households"] / sums["households"]
    parts = _split(review)[["within", "composition"]].to_numpy()
    assert parts.sum() == pytest.approx(rates[2024] - rates[2021], abs=EXACT)


def test_a_change_with_an_unknown_part_is_refused():
    review = _review([("x", 2021, 100, 20), ("x", 2024, 100, None)])
    with pytest.raises(DataError, match=r"poverty_rate of 2024: unknown for area x \(1 in all\)"):
        _split(review)
    with pytest.raises(DataError, match="2022: no area has households"):
        _split(review, last_year=2022)
