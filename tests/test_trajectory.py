"""Rates from counts, and the projection of all areas together: known truths and hard cases."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from statsmodels.regression.mixed_linear_model import MixedLM

from povlib.errors import DataError
from povlib.models import links, measurement, own_drift, scales, shared_drift, trajectory
from povlib.models.panel import observe
from povlib.models.projection import Projection, aggregate, summarise
from povlib.scenario import ModelSettings

STANDARD = "nd07-2021"
SETTINGS = ModelSettings(
    last_year=2030,
    search_year=2040,
    draws=1000,
    interval=0.8,
    on_track=0.75,
    at_risk=0.4,
    min_years=3,
    peers=3,
)
# The truth: the scale is a power of the odds in the middle of those that are weighed, in
# units of its slope at a rate of 12 %.
POWER, MIDDLE = 0.5, 0.12
DRIFT, OWN_DRIFT, SHOCK, NOISE = -0.15, 0.06, 0.04, 0.05
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


def _simulate(rng, *, areas, years, ahead=0, drift=DRIFT):
    """Counts of large areas made by the model, the drifts that made them, and what came."""
    own = rng.normal(0, OWN_DRIFT, areas)
    noise = rng.normal(0, NOISE, (areas, years - 1 + ahead))
    fading = trajectory.PRIOR.own_fading ** np.r_[np.zeros(years - 1), np.arange(1, ahead + 1)]
    steps = drift + rng.normal(0, SHOCK, years - 1 + ahead) + own[:, None] * fading + noise
    unit = links.slope(np.array([MIDDLE]), POWER)[0]
    start = links.link(rng.uniform(0.08, 0.4, (areas, 1)), POWER) / unit
    level = np.hstack([start, start + np.cumsum(steps, axis=1)]) * unit
    rates = links.unlink(level, POWER)
    counts = np.round(1_000_000 * rates).astype(int)
    return _review(counts[:, :years].tolist(), households=1_000_000), own, rates[:, years:]


def _fit(review, *, seed=1, settings=SETTINGS, **asked):
    rng = np.random.default_rng(seed)
    return trajectory.fit(review, settings, rng=rng, **{"standard": STANDARD} | asked)


def _means(fitted):
    """Mean own drift of every area over the components, each with its draws."""
    draws = [len(one.drift) for one in fitted.components]
    return np.average([one.own.drift for one in fitted.components], axis=0, weights=draws)


def _common(fitted):
    return np.concatenate([one.drift for one in fitted.components])


def _summary(review, years=range(2025, 2031), **kwargs):
    projection = trajectory.project(_fit(review, **kwargs), years)
    return summarise(projection, 0.8).set_index(["area_code", "year"])


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


def test_fit_recovers_the_drifts_that_made_the_data():
    "The common drift is known to within its shock: 3 standard errors are 3 * 0.04 / sqrt(5)"
    review, own, _ = _simulate(np.random.default_rng(7), areas=400, years=6)
    fitted = _fit(review, prior=shared_drift.Prior(powers=(POWER,)))
    unit = fitted.components[0].unit / links.slope(np.array([MIDDLE]), POWER)[0]
    assert abs(_common(fitted).mean() * unit - DRIFT) < 3 * SHOCK / np.sqrt(5)
    # Own drifts cannot be known better than their noise over five changes allows; the grid
    # of variances costs a little more.
    weight = OWN_DRIFT**2 / (OWN_DRIFT**2 + NOISE**2 / 5)
    error = _means(fitted) * unit - (own - own.mean())
    assert np.sqrt((error**2).mean()) == pytest.approx(OWN_DRIFT * np.sqrt(1 - weight), rel=0.15)


def test_the_scale_that_made_the_data_weighs_most():
    review, _, _ = _simulate(np.random.default_rng(8), areas=300, years=6)
    powers = (0.0, 0.5, 1.0)
    weights = _fit(review, prior=shared_drift.Prior(powers=powers)).power_weights
    assert max(weights, key=weights.get) == POWER


def test_own_drifts_are_shrunken_like_random_slopes_of_a_mixed_model():
    "REML of statsmodels on the same changes; the grid knows the variances about as well"
    review, _, _ = _simulate(np.random.default_rng(3), areas=150, years=6)
    fitted = _fit(review, prior=shared_drift.Prior(powers=(POWER,)))
    panel = observe(review, "poverty_rate", STANDARD)
    level = links.link(panel.share, POWER) / fitted.components[0].unit
    changes = np.diff(level, axis=1)
    rest = 100 * (changes - changes.mean(axis=0)).ravel()  # it doubts small variances
    areas = np.repeat(np.arange(150), 5)
    mixed = MixedLM(rest, np.ones((len(rest), 1)), groups=areas).fit(reml=True)
    predicted = np.array([mixed.random_effects[area].iloc[0] for area in range(150)]) / 100
    assert np.corrcoef(predicted, _means(fitted))[0, 1] > 0.98
    assert _means(fitted).std() == pytest.approx(predicted.std(), rel=0.15)


def _world(rng, *, areas=20, years=4, ahead=3):
    """
    Draw a world from the model: priors, noise and futures as the model holds them.

    Drifts beyond 0.4 a year, which the heavy tail of the prior knows, are drawn again.
    """
    prior = trajectory.PRIOR
    drift = 1.0
    while abs(drift) > 0.4:
        drift = prior.drift_scale * rng.standard_t(prior.drift_freedom)
    freedom = prior.shock_freedom
    size = prior.shock_scale * np.sqrt(freedom / rng.chisquare(freedom))
    spread = np.sqrt(8 / rng.chisquare(8, (areas, 1)))
    own = spread * rng.normal(0, OWN_DRIFT, (areas, 1))
    steps = [drift + rng.normal(0, size) + own for _ in range(years - 1)]
    current, shock = drift, 0.0
    for _ in range(ahead):
        if rng.random() < prior.pace_ends:
            current = rng.normal(0, prior.next_drift)
        jump = rng.standard_t(prior.shock_tail) * np.sqrt(1 - 2 / prior.shock_tail)
        shock = prior.shock_memory * shock + size * jump
        own = prior.own_fading * own
        steps.append(current + shock + own)
    noise = spread * rng.normal(0, NOISE, (areas, years - 1 + ahead))
    power = rng.choice(prior.powers)
    start = rng.uniform(0.08, 0.4, (areas, 1))
    unit = links.slope(np.median(start), power)
    moved = np.cumsum(np.hstack(steps) + noise, axis=1)
    level = links.link(start, power) / unit + np.hstack([np.zeros((areas, 1)), moved])
    rates = links.unlink(level * unit, power)
    counts = np.round(1_000_000 * rates).astype(int)
    return _review(counts[:, :years].tolist(), households=1_000_000), drift, rates[:, -1]


@pytest.fixture(scope="module")
def worlds():
    """What the model says of 150 worlds drawn from it, and what was true there."""
    settings, found = SETTINGS.model_copy(update={"draws": 400}), []
    for seed in range(150):
        review, drift, truth = _world(np.random.default_rng(seed))
        fitted = _fit(review, seed=seed, settings=settings)
        found.append((drift, truth, _common(fitted), trajectory.project(fitted, [2027])))
    return found


# 150 worlds know a share of 80 % to 3.3 points; areas of a world share its shocks. Three
# standard errors are 10 points.
ERROR = 0.10


def test_intervals_of_areas_and_of_their_sum_hold_the_truth_as_often_as_they_say(worlds):
    held = []
    for _, truth, _, projection in worlds:
        areas = summarise(projection, 0.8)
        whole = summarise(aggregate(projection, projection.area_codes, area_code="*"), 0.8)
        within = (areas["rate_lb"] <= truth) & (areas["rate_ub"] >= truth)
        inside = whole["rate_lb"].item() <= truth.mean() <= whole["rate_ub"].item()
        held.append((within.mean(), inside))
    np.testing.assert_allclose(np.mean(held, axis=0), 0.8, atol=ERROR)


def test_intervals_of_the_common_drift_hold_it_as_often_as_they_say(worlds):
    held = []
    for drift, _, draws, _ in worlds:
        low, high = np.quantile(draws, [0.1, 0.9])
        held.append(low <= drift <= high)
    assert np.mean(held) == pytest.approx(0.8, abs=ERROR)


def test_chances_come_true_as_often_as_they_say(worlds):
    chances = np.concatenate([(one.rates[:, 0] <= 0.2).mean(axis=1) for *_, one in worlds])
    came = np.concatenate([truth <= 0.2 for _, truth, _, _ in worlds])
    for low, high in ((0.0, 0.2), (0.2, 0.5), (0.5, 0.8), (0.8, 1.0)):
        at = (chances >= low) & (chances <= high)
        assert came[at].mean() == pytest.approx(chances[at].mean(), abs=ERROR)


def test_the_drift_of_a_group_is_its_own():
    "60 areas that fall faster than 60 others go on so; without groups they go on less so"
    fast, _, _ = _simulate(np.random.default_rng(1), areas=60, years=5, drift=-0.25)
    slow, _, _ = _simulate(np.random.default_rng(1), areas=60, years=5, drift=-0.05)
    both = pd.concat([fast, slow.assign(area_code="s" + slow["area_code"])])
    groups = pd.Series(both["area_code"].str[0].to_numpy(), index=both["area_code"])
    groups = groups[~groups.index.duplicated()]
    fitted = _fit(both, groups=groups)
    drifts = [one.group_drift.mean(axis=1) for one in fitted.components]
    first, second = np.mean(drifts, axis=0)
    assert first - second < -0.10  # the truth is -0.20 less what the prior shrinks
    assert abs(_means(fitted)[fitted.group == 0].mean()) < 0.05


def test_few_households_make_a_rate_uncertain():
    "The same rates of 300 and of 300,000 households: the small areas' drifts are shrunken more"
    rng = np.random.default_rng(5)
    small = rng.binomial(300, np.full((80, 4), 0.1))
    fitted = _fit(_review(small.tolist(), households=300))
    means = np.abs(_means(fitted)).mean()
    level = links.link((small + 0.5) / 301, 0.0)
    assert means < 0.3 * np.abs((level[:, 3] - level[:, 0]) / 3).mean()


def test_independent_draws_would_make_the_interval_of_the_sum_too_narrow():
    "The shared shock survives the sum: its width does not vanish among 200 areas"
    review, _, _ = _simulate(np.random.default_rng(5), areas=200, years=4)
    projection = trajectory.project(_fit(review), [2025])
    whole = aggregate(projection, projection.area_codes, area_code="*")
    shuffled = np.random.default_rng(0).permuted(projection.counted, axis=2)
    independent = replace(projection, counted=shuffled)
    apart = aggregate(independent, projection.area_codes, area_code="*")
    ratio = _width(summarise(whole, 0.8)) / _width(summarise(apart, 0.8))
    assert ratio.item() > 5


# Closed forms and special cases


def test_a_steady_fall_goes_on_between_the_same_points_and_the_same_proportion():
    "From 20 to 14 % in three years: after six more 2 % if points repeat, 6.9 % if the odds do"
    middle = _summary(_review([[20_000, 18_000, 16_000, 14_000]] * 8, households=100_000))
    assert middle.loc[("00003", 2025), "rate_median"] == pytest.approx(0.122, abs=0.004)
    assert 0.02 < middle.loc[("00003", 2030), "rate_median"] < 0.075


def test_where_nothing_ever_changed_the_median_stays_and_the_interval_is_narrow_but_open():
    summary = _summary(_review([[200] * 4] * 10))
    np.testing.assert_allclose(summary["rate_median"], 0.2, atol=0.01)
    width = _width(summary).xs(2025, level="year")
    assert (width > 0.01).all()
    assert (width < 0.05).all()


def test_areas_without_any_poor_household_stay_near_zero():
    summary = _summary(_review([[0, 0, 0, 0]] * 3 + [[0, 1, 0, 0]]))
    assert (summary["rate_ub"] >= 0.001).all()  # one household of 1,000 may always be poor
    assert not summary.isna().any().any()
    assert (summary["rate_lb"] >= 0).all()
    assert summary["rate_median"].max() < 0.003
    assert summary["rate_ub"].max() < 0.05


def test_an_area_that_is_poor_altogether_stays_below_one():
    summary = _summary(_review([[1000] * 4, [900, 950, 1000, 1000]]))
    assert not summary.isna().any().any()
    assert summary["rate_ub"].max() <= 1


def test_an_area_that_falls_faster_than_the_others_is_projected_to_fall_faster():
    review, own, _ = _simulate(np.random.default_rng(11), areas=60, years=5)
    means = _means(_fit(review))
    assert np.argmin(means) in np.argsort(own)[:5]
    assert abs(means).max() < abs(own - own.mean()).max() * 1.3


def test_a_missing_year_costs_an_area_nothing_but_certainty():
    review, _, _ = _simulate(np.random.default_rng(2), areas=30, years=5)
    gap = review[~((review["area_code"] == "00004") & (review["year"] == 2023))]
    full, holed = _fit(review), _fit(gap)
    assert holed.area_codes == full.area_codes
    assert _means(holed)[4] == pytest.approx(_means(full)[4], abs=OWN_DRIFT)


def test_a_gap_in_all_areas_is_spread_evenly_over_its_years():
    "A mean change of -0.4 over two years is known as two of -0.2, and gives their drift"
    seen = np.ones((5, 2), dtype=bool)
    level = np.tile([0.0, -0.4], (5, 1))
    found = own_drift.blocks(level, seen, np.array([2021, 2023]), np.zeros(5))
    assert found[0].gaps.tolist() == [2]
    changes, _ = scales._mean_changes(found, np.ones(5))
    assert changes.tolist() == pytest.approx([-0.4])
    twice = shared_drift.Seen(np.full(2, -0.4), np.full(2, 2.0), np.zeros(2), np.ones(2))
    drift, _ = shared_drift.draw_common(
        twice,
        prior=trajectory.PRIOR,
        draws=1000,
        rng=np.random.default_rng(0),
    )
    assert np.median(drift) == pytest.approx(-0.2, abs=0.03)


def test_a_year_that_no_area_was_reviewed_in_widens_the_interval_only():
    whole = _summary(_review([[300, 261, 226, 195]] * 30))
    holed = _summary(_review([[300, None, 226, 195]] * 30))
    ends = [("00003", 2025), ("00003", 2027)]
    middles = whole.loc[ends, "rate_median"], holed.loc[ends, "rate_median"]
    np.testing.assert_allclose(*middles, rtol=0.06)


def test_an_area_reviewed_earlier_is_drawn_from_its_own_last_review():
    review, _, _ = _simulate(np.random.default_rng(12), areas=30, years=5)
    late = review[~((review["area_code"] == "00004") & (review["year"] == 2025))]
    full, early = _summary(review, [2026]), _summary(late, [2026])
    assert _width(early)["00004"].item() > _width(full)["00004"].item()
    middles = early.loc["00004", "rate_median"], full.loc["00004", "rate_median"]
    assert middles[0].item() == pytest.approx(middles[1].item(), rel=0.25)


def test_one_area_that_reports_a_year_more_does_not_drag_the_others_along():
    steady = [[300, 261, 226, 195, None]] * 90
    with_one = _summary(_review([*steady, [300, 261, 226, 195, 20]]), [2026])
    alone = _summary(_review(steady), [2026])
    changed = with_one.loc["00003", "rate_median"], alone.loc["00003", "rate_median"]
    assert changed[0].item() == pytest.approx(changed[1].item(), rel=0.1)


def test_an_area_with_a_single_review_has_the_common_drift_and_a_wider_interval():
    review, _, _ = _simulate(np.random.default_rng(4), areas=30, years=5)
    short = review[~((review["area_code"] == "00000") & (review["year"] < 2025))]
    fitted = _fit(short)
    assert all(one.own.drift[0] == 0 for one in fitted.components)
    assert all(one.own.factor[0, 0, 0] >= one.own.factor[1, 0, 0] for one in fitted.components)


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
    np.testing.assert_array_equal(_common(fitted), _common(alone))


def test_one_area_alone_is_projected_with_an_interval_as_wide_as_is_due():
    alone = _summary(_review([[300, 250, 210, 180]]))
    many = _summary(_review([[300, 250, 210, 180]] * 40))
    assert not alone.isna().any().any()
    assert alone.loc[("00000", 2025), "rate_median"] < 0.18
    assert _width(alone).loc[("00000", 2030)] > _width(many).loc[("00000", 2030)]


def test_two_reviews_alone_give_a_wider_interval_than_four():
    long = _summary(_review([[300, 261, 226, 195]] * 6), [2030])
    short = _summary(_review([[None, None, 226, 195]] * 6), [2030])
    assert (_width(short) > 1.1 * _width(long)).all()


def test_a_year_that_only_one_area_reports_hardly_moves_the_common_drift():
    steady = [[300, 261, 226, 195]] * 90
    fitted = _fit(_review([*steady, [None, 300, None, None, 50]]))
    without = _fit(_review(steady))
    assert np.median(_common(fitted)) == pytest.approx(np.median(_common(without)), abs=0.03)


# Shapes, sums and the same draws again


def test_a_projection_has_the_shape_it_promises_and_whole_households():
    review, _, _ = _simulate(np.random.default_rng(8), areas=7, years=4)
    projection = trajectory.project(_fit(review), range(2025, 2031))
    assert projection.counted.shape == projection.rates.shape == (7, 6, 1000)
    assert projection.present.shape == (7, 1000)
    assert projection.counted.dtype == np.int32
    assert projection.households.shape == (7, 6)
    assert ((projection.rates >= 0) & (projection.rates <= 1)).all()


def test_the_draws_of_a_year_do_not_depend_on_the_years_after_it():
    review, _, _ = _simulate(np.random.default_rng(9), areas=5, years=4)
    fitted = _fit(review)
    near = trajectory.project(fitted, [2026])
    far = trajectory.project(fitted, range(2025, 2041))
    np.testing.assert_array_equal(near.counted[:, 0], far.counted[:, 1])


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


def test_a_sum_is_the_households_of_its_members_in_every_draw():
    projection = Projection(
        "poverty_rate",
        STANDARD,
        ("a", "b", "c"),
        (2025,),
        counted=np.array([[[10, 20]], [[120, 0]], [[45, 45]]]),
        present=np.array([[11, 12], [100, 101], [40, 40]]),
        households=np.array([[100], [300], [50]]),
        latest=np.array([90, 290, 60]),
    )
    whole = aggregate(projection, ["a", "b", "unknown"], area_code="*")
    assert whole.area_codes == ("*",)
    np.testing.assert_array_equal(whole.counted, [[[130, 20]]])
    np.testing.assert_array_equal(whole.present, [[111, 113]])
    np.testing.assert_array_equal(whole.households, [[400]])
    np.testing.assert_array_equal(whole.latest, [380])
    np.testing.assert_allclose(whole.rates, [[[0.325, 0.05]]])


def test_the_sum_of_one_area_is_the_area():
    projection = trajectory.project(_fit(_review([[300, 250, 210, 180]])), [2025, 2026])
    same = aggregate(projection, ["00000"], area_code="00000")
    np.testing.assert_array_equal(same.rates, projection.rates)
    np.testing.assert_array_equal(same.households, projection.households)


def test_households_grow_as_they_did_drawn_towards_the_growth_of_all():
    slow, fast = _review([[100] * 3]), _review([[100] * 3])
    slow["households"] = pd.array([1000, 1010, 1020], dtype="Int64")
    fast["households"] = pd.array([1000, 1100, 1200], dtype="Int64")
    review = pd.concat([slow, fast.assign(area_code="00001")])
    households = trajectory.project(_fit(review), [2024]).households[:, 0]
    all_logs = np.log(1.02) + np.log(1.2)
    for ended, last in ((1.02, 1020), (1.2, 1200)):
        growth = (np.log(ended) + 4 * all_logs / 4) / (2 + 4)  # 4 years of the common growth
        assert round(last * np.exp(growth)) in households


def test_a_share_of_ethnic_minority_households_counts_those_households():
    review = _review([[300, 250, 210, 180]] * 3).assign(em_households=200)
    review = review.assign(em_poor_households=review["poor_households"] // 2)
    projection = trajectory.project(_fit(review, measure="em_poverty_rate"), [2025])
    assert (projection.households == 200).all()
    assert (np.median(projection.rates, axis=2) > 0.25).all()


def test_summarise_gives_the_quantiles_of_the_draws():
    counted, households = np.arange(101)[None, None], np.full((1, 1), 100)
    projection = Projection(
        "poverty_rate", STANDARD, ("a",), (2025,), counted, counted[:, 0], households, households[0]
    )
    expected = pd.DataFrame(
        {"area_code": ["a"], "year": [2025], "rate_median": 0.5, "rate_lb": 0.1, "rate_ub": 0.9}
    )
    pd.testing.assert_frame_equal(summarise(projection, 0.8), expected)


# Refusals


@pytest.mark.parametrize(
    ("review", "message"),
    [
        (
            _review([[300], [200]]),
            "every area has reviews of one year or none",
        ),
        (
            _review([[300, 200]], standard="qd59-2015"),
            "under nd07-2021: every area has",
        ),
        (_review([[300, 200]], households=0), "reviews of one year or none; two are the least"),
        (pd.concat([_review([[300, 200]])] * 2), "area 00000, year 2021: .* nd07-2021 twice"),
        (_review([[300, 1001]]), "area 00000, year 2022: poverty_rate counts 1001 of 1000"),
    ],
    ids=["one year", "other standard", "no households", "a year twice", "more poor than all"],
)
def test_fit_says_what_it_cannot_use(review, message):
    with pytest.raises(DataError, match=message):
        _fit(review)


def test_records_of_two_standards_are_not_fitted_without_naming_one():
    both = pd.concat([_review([[300, 200]]), _review([[300, 200]], standard="qd59-2015")])
    with pytest.raises(DataError, match="records of 2 standards \\(nd07-2021, qd59-2015\\); name"):
        trajectory.fit(both, SETTINGS, rng=np.random.default_rng(1))


@pytest.mark.parametrize("years", [[2024], [2023, 2026], []])
def test_project_refuses_years_that_were_reviewed(years):
    fitted = _fit(_review([[300, 250, 210, 180]]))
    with pytest.raises(DataError, match="must follow the last review, 2024"):
        trajectory.project(fitted, years)


def test_aggregate_refuses_a_sum_of_nothing():
    projection = trajectory.project(_fit(_review([[300, 250, 210, 180]])), [2025])
    with pytest.raises(DataError, match="aggregate north: no member is in the projection"):
        aggregate(projection, ["elsewhere"], area_code="north")


def test_summarise_refuses_a_coverage_in_percent():
    projection = trajectory.project(_fit(_review([[300, 250, 210, 180]])), [2025])
    with pytest.raises(ValueError, match="interval must lie between 0 and 1, received 80"):
        summarise(projection, 80)


def test_new_areas_that_follow_the_old_ones_are_projected_beside_them():
    "Nobody was reviewed on both sides of a reform: that interval says nothing"
    old, new = _review([[200, 190, 180], [100, 95, 90]]), _review([[150, 140], [80, 75]])
    new = new.assign(area_code=new["area_code"].str.replace("0000", "9000"), year=new["year"] + 4)
    ahead = trajectory.project(_fit(pd.concat([old, new])), range(2027, 2031))
    assert len(ahead.area_codes) == 4
    assert np.median(ahead.rates[-1, -1]) < 0.075


def test_years_of_different_areas_are_no_two_reviews():
    review = _review([[200, None], [None, 100]])
    with pytest.raises(DataError, match="every area has reviews of one year or none"):
        _fit(review)


def test_a_merger_is_no_growth_that_goes_on():
    "Three times the households in a year: at most e to the 0.1 a year from there"
    review = _review([[100, 90, 80]])
    review.loc[2, ["households", "poor_households"]] = (3000, 240)
    ahead = trajectory.project(_fit(review), range(2024, 2041))
    assert ahead.households[0, -1] <= 3000 * np.exp(0.1 * 17) + 1
