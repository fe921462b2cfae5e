"""Rates from counts, and the projection of all areas together: known truths and hard cases."""

import warnings

import numpy as np
import pandas as pd
import pytest
from statsmodels.regression.mixed_linear_model import MixedLM
from statsmodels.tools.sm_exceptions import ConvergenceWarning

from povlib.errors import DataError
from povlib.models import measurement, trajectory
from povlib.scenario import ModelSettings

STANDARD = "nd07-2021"
SETTINGS = ModelSettings(
    last_year=2030, draws=1000, interval=0.8, on_track=0.75, at_risk=0.4, min_years=3, peers=3
)
DRIFT, OWN_DRIFT, SHOCK, NOISE = -0.20, 0.06, 0.05, 0.05  # the truth, logit per year
COUNTS = ["year", "households", "poor_households", "near_poor_households"]


def _review(poor, *, households=1000, first_year=2021, standard=STANDARD):
    """One row per area (row of `poor`) and year (column); None is not reviewed."""
    rows = [
        (f"{area:05d}", first_year + step, households, count)
        for area, series in enumerate(poor)
        for step, count in enumerate(series)
        if count is not None
    ]
    review = pd.DataFrame(rows, columns=["area_code", "year", "households", "poor_households"])
    review = review.assign(standard=standard, near_poor_households=0)
    return review.astype(dict.fromkeys(COUNTS, "Int64"))


def _simulate(rng, *, areas, years, ahead=0):
    """Counts of large areas made by the model, and the drifts that made them."""
    own = rng.normal(0, OWN_DRIFT, areas)
    noise = rng.normal(0, NOISE, (areas, years - 1 + ahead))
    fading = np.concatenate([np.ones(years - 1), trajectory.DAMPING ** np.arange(ahead)])
    steps = DRIFT + rng.normal(0, SHOCK, years - 1 + ahead) + own[:, None] * fading + noise
    start = rng.normal(-2, 0.7, (areas, 1))
    logit = np.hstack([start, start + np.cumsum(steps, axis=1)])
    rates = 1 / (1 + np.exp(-logit))
    counts = np.round(1_000_000 * rates).astype(int)
    return _review(counts[:, :years].tolist(), households=1_000_000), own, rates[:, years:]


def _fit(review, *, seed=1, settings=SETTINGS, measure="poverty_rate", standard=STANDARD):
    rng = np.random.default_rng(seed)
    return trajectory.fit(review, settings, measure=measure, standard=standard, rng=rng)


def _summary(review, years=range(2025, 2031), **kwargs):
    projection = trajectory.project(_fit(review, **kwargs), years)
    return trajectory.summarise(projection, 0.8).set_index(["area_code", "year"])


def _width(summary):
    return summary["rate_ub"] - summary["rate_lb"]


# Rates and totals


def test_totals_of_communes_give_the_published_rates_and_pace():
    "10.29 % at the start of 2022, 5.46 % at the end of 2024, 1.61 points a year"
    parts = {2021: (20_595, 22_308, 335_531, 81_502), 2024: (6_938, 16_123, 339_315, 82_816)}
    rows = [
        (code, year, STANDARD, poor, households)
        for year, (one, two, first, second) in parts.items()
        for code, poor, households in (("00001", one, first), ("00002", two, second))
    ]
    columns = ["area_code", "year", "standard", "poor_households", "households"]
    review = pd.DataFrame(rows, columns=columns).astype(
        {"year": "Int64", "poor_households": "Int64", "households": "Int64"}
    )
    totals = measurement.total(review)
    assert totals["poor_households"].tolist() == [42_903, 23_061]
    assert totals["households"].tolist() == [417_033, 422_131]
    percent = 100 * measurement.rate(totals, "poverty_rate")
    assert percent.round(2).tolist() == [10.29, 5.46]
    assert round((percent.iloc[1] - percent.iloc[0]) / 3, 2) == -1.61


def test_a_count_missing_in_one_area_is_missing_in_the_total_of_its_year():
    review = _review([[100, 90], [50, 40]])
    review.loc[0, "near_poor_households"] = pd.NA
    totals = measurement.total(review)
    assert totals["near_poor_households"].isna().tolist() == [True, False]
    assert measurement.rate(totals, "multidimensional_rate").isna().tolist() == [True, False]
    assert totals["poor_households"].tolist() == [150, 130]


def test_totals_never_join_two_standards():
    both = pd.concat([_review([[10]]), _review([[20]], standard="qd59-2015")])
    assert measurement.total(both)["poor_households"].tolist() == [10, 20]


def test_every_measure_is_a_share_of_its_own_households():
    review = _review([[100]]).assign(near_poor_households=50)
    review = review.assign(em_households=200, em_poor_households=80)
    rates = {name: measurement.rate(review, name).item() for name in measurement.MEASURES}
    assert rates == pytest.approx(
        {
            "poverty_rate": 0.1,
            "near_poverty_rate": 0.05,
            "multidimensional_rate": 0.15,
            "em_poverty_rate": 0.4,
        }
    )


def test_a_rate_is_missing_without_households_or_without_its_column():
    nobody = _review([[0]], households=0)
    assert measurement.rate(nobody, "poverty_rate").isna().all()
    assert measurement.rate(nobody, "em_poverty_rate").isna().all()


def test_an_unknown_measure_is_refused():
    with pytest.raises(ValueError, match="measure wealth: unknown; there are poverty_rate"):
        measurement.rate(_review([[1]]), "wealth")


# Recovery


def test_fit_recovers_the_drifts_and_variances_that_made_the_data():
    "The common drift is known to within its shock: 3 standard errors are 3 * 0.05 / sqrt(5)"
    review, own, _ = _simulate(np.random.default_rng(7), areas=400, years=6)
    fitted = _fit(review)
    assert abs(fitted.common.mean() - DRIFT) < 3 * SHOCK / np.sqrt(5)
    # Standard error of a variance from 400 areas is 7 %, from 1,600 changes 4 %: 3 of them.
    assert fitted.noise_variance[0] == pytest.approx(NOISE**2, rel=0.12)
    weight = OWN_DRIFT**2 / (OWN_DRIFT**2 + NOISE**2 / 5)
    assert fitted.drift_variance[0] == pytest.approx(OWN_DRIFT**2 * (1 - weight), rel=0.21)
    error = fitted.drift - (own - own.mean())
    assert np.sqrt((error**2).mean()) == pytest.approx(OWN_DRIFT * np.sqrt(1 - weight), rel=0.15)


def test_variances_are_those_of_a_random_intercept_mixed_model():
    "Without a missing review both are REML; the prior on the noise weighs 4 of 186 changes"
    review, _, _ = _simulate(np.random.default_rng(3), areas=92, years=4)
    changes = trajectory._changes(trajectory._counted(review, "poverty_rate", STANDARD))
    rest = changes["change"] - changes.groupby("year")["change"].transform("mean")
    noise, between = trajectory._variances(rest, changes["area_code"], count_years=3)
    years = pd.get_dummies(changes["year"], dtype=float)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # it doubts small variances
        mixed = MixedLM(changes["change"], years, groups=changes["area_code"]).fit(reml=True)
    prior = trajectory.NOISE_CHANGES * trajectory.NOISE_SIZE**2
    assert noise == pytest.approx((182 * mixed.scale + prior) / 186, rel=1e-3)
    assert between + noise / 3 == pytest.approx(mixed.cov_re.iloc[0, 0] + mixed.scale / 3, rel=1e-3)


def test_intervals_of_an_area_and_of_the_sum_hold_the_truth_about_as_often_as_they_say():
    "60 worlds: an 80 % interval misses 12 +- 3 of them; the prior on shocks is a wide one"
    held = np.zeros(2)
    settings = SETTINGS.model_copy(update={"draws": 300})
    for seed in range(60):
        review, _, truth = _simulate(np.random.default_rng(seed), areas=20, years=4, ahead=3)
        fitted = _fit(review, seed=seed, settings=settings)
        projection = trajectory.project(fitted, [2027])
        whole = trajectory.aggregate(projection, fitted.area_codes, area_code="*")
        areas = trajectory.summarise(projection, 0.8)
        total = trajectory.summarise(whole, 0.8)
        held[0] += areas["rate_lb"].le(truth[:, 2]).mul(areas["rate_ub"].ge(truth[:, 2])).mean()
        held[1] += total["rate_lb"].item() <= truth[:, 2].mean() <= total["rate_ub"].item()
    assert (held / 60 > 0.7).all()
    assert held[0] / 60 < 0.97


def test_independent_draws_would_make_the_interval_of_the_sum_too_narrow():
    "The shared shock survives the sum: its width does not vanish among 200 areas"
    review, _, _ = _simulate(np.random.default_rng(5), areas=200, years=4)
    projection = trajectory.project(_fit(review), [2025])
    whole = trajectory.aggregate(projection, projection.area_codes, area_code="*")
    shuffled = np.random.default_rng(0).permuted(projection.rates, axis=2)
    independent = trajectory.Projection(
        projection.measure,
        projection.standard,
        projection.area_codes,
        projection.years,
        shuffled,
        projection.households,
    )
    apart = trajectory.aggregate(independent, projection.area_codes, area_code="*")
    ratio = _width(trajectory.summarise(whole, 0.8)) / _width(trajectory.summarise(apart, 0.8))
    assert ratio.item() > 5


# Closed forms and special cases


def test_a_steady_fall_on_the_logit_scale_goes_on():
    logit = -1 - 0.25 * np.arange(10)
    counts = np.round(1_000_000 / (1 + np.exp(-logit))).astype(int)
    summary = _summary(_review([counts[:4].tolist()] * 8, households=1_000_000))
    # 1,000 draws know a median to within 4 % of its spread
    expected = counts[4:] / 1_000_000
    np.testing.assert_allclose(summary.loc["00003", "rate_median"], expected, rtol=0.06)


def test_where_nothing_ever_changed_the_median_stays_and_the_interval_is_narrow_but_open():
    summary = _summary(_review([[200] * 4] * 10))
    np.testing.assert_allclose(summary["rate_median"], 0.2, atol=0.01)
    width = _width(summary).xs(2025, level="year")
    assert (width > 0.01).all()
    assert (width < 0.08).all()


def test_areas_without_any_poor_household_stay_near_zero():
    summary = _summary(_review([[0, 0, 0, 0]] * 3 + [[0, 1, 0, 0]]))
    assert not summary.isna().any().any()
    assert (summary["rate_lb"] >= 0).all()
    assert summary["rate_ub"].max() < 0.02


def test_an_area_that_is_poor_altogether_stays_below_one():
    summary = _summary(_review([[1000] * 4, [900, 950, 1000, 1000]]))
    assert not summary.isna().any().any()
    assert summary["rate_ub"].max() <= 1


def test_an_area_that_falls_faster_than_the_others_is_projected_to_fall_faster():
    review, own, _ = _simulate(np.random.default_rng(11), areas=60, years=5)
    fitted = _fit(review)
    assert np.argmin(fitted.drift) in np.argsort(own)[:5]
    assert abs(fitted.drift).max() < abs(own - own.mean()).max() * 1.2


def test_a_missing_year_costs_an_area_nothing_but_certainty():
    review, _, _ = _simulate(np.random.default_rng(2), areas=30, years=5)
    gap = review[~((review["area_code"] == "00004") & (review["year"] == 2023))]
    full, holed = _fit(review), _fit(gap)
    assert holed.area_codes == full.area_codes
    assert holed.drift[4] == pytest.approx(full.drift[4], abs=OWN_DRIFT)
    assert holed.drift_variance[4] > holed.drift_variance[5]


def test_a_change_over_two_years_counts_half_a_year():
    rows = trajectory._counted(_review([[400, None, 200]]), "poverty_rate", STANDARD)
    change = trajectory._changes(rows)["change"].item()
    assert change == pytest.approx((np.log(200.5 / 800.5) - np.log(400.5 / 600.5)) / 2)


def test_an_area_reviewed_earlier_is_drawn_from_its_own_last_review():
    review = _review([[300, 250, 210, 180]] * 6 + [[300, 250, 210, None]])
    projection = trajectory.project(_fit(review), [2025])
    summary = trajectory.summarise(projection, 0.8)
    assert _width(summary).iloc[6] > _width(summary).iloc[0]
    assert summary["rate_median"].iloc[6] == pytest.approx(summary["rate_median"].iloc[0], abs=0.02)


def test_an_area_with_few_reviews_gets_the_common_drift_and_a_wider_interval():
    review, _, _ = _simulate(np.random.default_rng(4), areas=30, years=5)
    short = review[~((review["area_code"] == "00000") & (review["year"] < 2024))]
    fitted = _fit(short)
    assert fitted.drift[0] == 0
    assert fitted.noise_variance[0] == trajectory.SHORT_NOISE * fitted.noise_variance[1]
    assert fitted.drift_variance[0] > fitted.drift_variance[1]


def test_an_area_with_a_single_review_is_projected_too():
    summary = _summary(_review([[300, 250, 210, 180]] * 5 + [[None, None, None, 180]]))
    assert not summary.loc["00005"].isna().any().any()


def test_an_area_without_a_record_under_the_standard_is_absent():
    review = _review([[300, 250, 210], [300, 250, 210]])
    review.loc[review["area_code"] == "00001", "standard"] = "qd59-2015"
    assert _fit(review).area_codes == ("00000",)


def test_records_of_another_standard_change_nothing():
    review, _, _ = _simulate(np.random.default_rng(6), areas=10, years=4)
    older = _review([[700, 600, 500]] * 10, first_year=2016, standard="qd59-2015")
    pd.testing.assert_frame_equal(_summary(pd.concat([older, review])), _summary(review))


def test_a_year_without_the_count_is_left_out():
    review = _review([[300, 250, 210, 180]] * 4).assign(near_poor_households=40)
    review["near_poor_households"] = review["near_poor_households"].astype("Int64")
    review.loc[review["year"] == 2021, "near_poor_households"] = pd.NA
    fitted = _fit(review, measure="multidimensional_rate")
    alone = _fit(review[review["year"] > 2021], measure="multidimensional_rate")
    np.testing.assert_array_equal(fitted.common, alone.common)


def test_one_area_alone_is_its_own_common_drift():
    fitted = _fit(_review([[300, 250, 210, 180]]))
    assert fitted.drift.tolist() == [0]
    assert fitted.drift_variance.tolist() == [0]
    slope = (np.log(180.5 / 820.5) - np.log(300.5 / 700.5)) / 3
    assert np.median(fitted.common) == pytest.approx(slope, abs=0.02)


def test_two_reviews_alone_give_a_wider_interval_than_four():
    long = _summary(_review([[300, 261, 226, 195]] * 6), [2030])
    short = _summary(_review([[None, None, 226, 195]] * 6), [2030])
    assert (_width(short) > 1.1 * _width(long)).all()


def test_a_year_that_only_one_area_reports_hardly_moves_the_common_drift():
    steady = [[300, 261, 226, 195]] * 90
    fitted = _fit(_review([*steady, [None, 300, None, None, 50]]))
    without = _fit(_review(steady))
    assert np.median(fitted.common) == pytest.approx(np.median(without.common), abs=0.03)


# Shapes, sums and the same draws again


def test_a_projection_has_the_shape_it_promises_and_rates_between_zero_and_one():
    review, _, _ = _simulate(np.random.default_rng(8), areas=7, years=4)
    projection = trajectory.project(_fit(review), range(2025, 2031))
    assert projection.rates.shape == (7, 6, 1000)
    assert projection.rates.dtype == np.float32
    assert projection.households.shape == (7, 6)
    assert ((projection.rates >= 0) & (projection.rates <= 1)).all()


def test_the_same_seed_gives_the_same_draws_and_a_fit_projects_the_same_twice():
    review, _, _ = _simulate(np.random.default_rng(9), areas=5, years=4)
    fitted = _fit(review)
    first = trajectory.project(fitted, [2025, 2026])
    np.testing.assert_array_equal(first.rates, trajectory.project(fitted, [2025, 2026]).rates)
    again = trajectory.project(_fit(review), [2025, 2026])
    np.testing.assert_array_equal(first.rates, again.rates)


def test_fit_leaves_the_review_unchanged_and_does_not_depend_on_its_order():
    review, _, _ = _simulate(np.random.default_rng(10), areas=5, years=4)
    before = review.copy()
    shuffled = review.sample(frac=1, random_state=0)
    pd.testing.assert_frame_equal(_summary(review), _summary(shuffled))
    pd.testing.assert_frame_equal(review, before)


def test_a_sum_is_the_mean_of_its_members_weighted_by_households_in_every_draw():
    projection = trajectory.Projection(
        "poverty_rate",
        STANDARD,
        ("a", "b", "c"),
        (2025,),
        np.array([[[0.1, 0.2]], [[0.4, 0.0]], [[0.9, 0.9]]], dtype=np.float32),
        np.array([[100.0], [300.0], [50.0]]),
    )
    whole = trajectory.aggregate(projection, ["a", "b", "unknown"], area_code="*")
    assert whole.area_codes == ("*",)
    np.testing.assert_allclose(whole.rates, [[[0.325, 0.05]]], rtol=1e-6)
    np.testing.assert_array_equal(whole.households, [[400]])


def test_the_sum_of_one_area_is_the_area():
    projection = trajectory.project(_fit(_review([[300, 250, 210, 180]])), [2025, 2026])
    same = trajectory.aggregate(projection, ["00000"], area_code="00000")
    np.testing.assert_array_equal(same.rates, projection.rates)
    np.testing.assert_array_equal(same.households, projection.households)


def test_households_grow_as_in_the_years_reviewed_within_three_percent():
    slow, fast = _review([[100] * 3]), _review([[100] * 3])
    slow["households"] = pd.array([1000, 1010, 1020], dtype="Int64")
    fast["households"] = pd.array([1000, 1200, 1500], dtype="Int64")
    review = pd.concat([slow, fast.assign(area_code="00001")])
    households = trajectory.project(_fit(review), [2024, 2025]).households
    np.testing.assert_allclose(households[0], 1020 * np.sqrt(1.02) ** np.array([1, 2]))
    np.testing.assert_allclose(households[1], 1500 * 1.03 ** np.array([1, 2]))


def test_a_share_of_ethnic_minority_households_counts_those_households():
    review = _review([[300, 250, 210, 180]] * 3).assign(em_households=200)
    review = review.assign(em_poor_households=review["poor_households"] // 2)
    projection = trajectory.project(_fit(review, measure="em_poverty_rate"), [2025])
    assert (projection.households == 200).all()
    assert (np.median(projection.rates, axis=2) > 0.3).all()


def test_summarise_gives_the_quantiles_of_the_draws():
    rates = np.linspace(0, 1, 101, dtype=np.float32)[None, None]
    projection = trajectory.Projection(
        "poverty_rate", STANDARD, ("a",), (2025,), rates, np.ones((1, 1))
    )
    expected = pd.DataFrame(
        {"area_code": ["a"], "year": [2025], "rate_median": 0.5, "rate_lb": 0.1, "rate_ub": 0.9}
    )
    pd.testing.assert_frame_equal(trajectory.summarise(projection, 0.8), expected)


# Refusals


@pytest.mark.parametrize(
    ("review", "message"),
    [
        (_review([[300], [200]]), "poverty_rate under nd07-2021: no area has reviews of two years"),
        (_review([[300, 200]], standard="qd59-2015"), "under nd07-2021: no area has reviews"),
        (_review([[300, 200]], households=0), "no area has reviews of two years"),
        (_review([[300, 1001]]), "area 00000, year 2022: poverty_rate counts 1001 of 1000"),
    ],
    ids=["one year", "other standard", "no households", "more poor than households"],
)
def test_fit_says_what_it_cannot_use(review, message):
    with pytest.raises(DataError, match=message):
        _fit(review)


@pytest.mark.parametrize("years", [[2024], [2023, 2026], []])
def test_project_refuses_years_that_were_reviewed(years):
    fitted = _fit(_review([[300, 250, 210, 180]]))
    with pytest.raises(DataError, match="must follow the last review, 2024"):
        trajectory.project(fitted, years)


def test_aggregate_refuses_a_sum_of_nothing():
    projection = trajectory.project(_fit(_review([[300, 250, 210, 180]])), [2025])
    with pytest.raises(DataError, match="aggregate north: no member is in the projection"):
        trajectory.aggregate(projection, ["elsewhere"], area_code="north")


def test_summarise_refuses_a_coverage_in_percent():
    projection = trajectory.project(_fit(_review([[300, 250, 210, 180]])), [2025])
    with pytest.raises(ValueError, match="interval must lie between 0 and 1, received 80"):
        trajectory.summarise(projection, 80)
