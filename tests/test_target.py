"""Pace, probability and status: the arithmetic of targets."""

import numpy as np
import pandas as pd
import pytest

from povlib.errors import DataError
from povlib.models import measurement, target, trajectory
from povlib.models.projection import Projection, aggregate
from povlib.scenario import ModelSettings, Target

STANDARD = "nd07-2021"
SETTINGS = ModelSettings(
    last_year=2030,
    search_year=2040,
    draws=100,
    interval=0.8,
    on_track=0.75,
    at_risk=0.4,
    min_years=3,
    peers=3,
)
YEARS = (2025, 2026, 2027)


def _target(value=0.10, *, year=2027, measure="poverty_rate", **kind):
    source = "made for the test"
    return Target(measure=measure, standard=STANDARD, year=year, value=value, source=source, **kind)


def _review(poor, *, households=1000, last_year=2024):
    """One row per area and year, the last column of `poor` in `last_year`; None is missing."""
    rows = [
        (f"{area:05d}", last_year - len(series) + 1 + step, households, count)
        for area, series in enumerate(poor)
        for step, count in enumerate(series)
    ]
    review = pd.DataFrame(rows, columns=["area_code", "year", "households", "poor_households"])
    review = review.assign(standard=STANDARD)
    counts = ["year", "households", "poor_households"]
    return review.astype(dict.fromkeys(counts, "Int64"))


def _projection(*draws_of_areas, measure="poverty_rate"):
    """Draws of the last year by area; the years before lie on the way down from 0.5."""
    last = np.array(draws_of_areas, dtype=np.float32)
    rates = np.stack([np.full_like(last, 0.5), (0.5 + last) / 2, last], axis=1)
    codes = tuple(f"{area:05d}" for area in range(len(last)))
    households = np.full((len(last), len(YEARS)), 1000)
    counted = np.rint(1000 * rates).astype(int)
    present = np.tile([140, 160], (len(last), last.shape[1] // 2))
    latest = households[:, 0]
    return Projection(measure, STANDARD, codes, YEARS, counted, present, households, latest)


def _draws(share_below, *, low=0.05, high=0.20):
    return [low] * round(100 * share_below) + [high] * round(100 * (1 - share_below))


def _assess(poor, share_below, **kwargs):
    projection = _projection(_draws(share_below))
    review = _review([poor])
    return target.assess(projection, review, _target(**kwargs), SETTINGS).iloc[0]


# Pace


@pytest.mark.parametrize(
    ("current", "wanted", "years", "expected"),
    [(0.30, 0.15, 5, -0.03), (0.0546, 0.0246, 6, -0.005), (1.0, 0.0, 1, -1.0)],
)
def test_required_annual_change_takes_the_rate_to_the_target(current, wanted, years, expected):
    change = target.required_annual_change(current, wanted, years_left=years)
    assert change == pytest.approx(expected)
    assert current + years * change == pytest.approx(wanted)


@pytest.mark.parametrize("current", [0.15, 0.10, 0.0])
def test_required_annual_change_is_zero_at_or_below_the_target(current):
    assert target.required_annual_change(current, 0.15, years_left=5) == 0


def test_required_annual_change_keeps_the_index_of_a_series():
    rates = pd.Series([0.3, 0.1], index=["a", "b"])
    expected = pd.Series([-0.03, 0.0], index=["a", "b"])
    change = target.required_annual_change(rates, 0.15, years_left=5)
    pd.testing.assert_series_equal(change, expected)


def test_required_annual_change_needs_a_year():
    with pytest.raises(ValueError, match="years_left must be at least 1, received 0"):
        target.required_annual_change(0.3, 0.15, years_left=0)


def test_the_published_counts_give_the_published_pace():
    totals = pd.DataFrame(
        {"poor_households": [42_903, 23_061], "households": [417_033, 422_131]},
        index=[2021, 2024],
    )
    rates = measurement.rate(totals, "poverty_rate")
    assert rates.mul(100).round(2).tolist() == [10.29, 5.46]
    assert round(100 * (rates[2024] - rates[2021]) / 3, 2) == -1.61


# Status


@pytest.mark.parametrize(
    ("poor", "share_below", "status"),
    [
        ([200, 150, 90], 0.80, "met"),
        ([200, 150, 100], 0.75, "met"),  # at the target, at the threshold
        ([200, 150, 90], 0.60, "at_risk"),  # below now, but unlikely to stay
        ([200, 150, 90], 0.20, "off_track"),
        ([200, 180, 150], 0.75, "on_track"),
        ([200, 180, 150], 0.74, "at_risk"),
        ([200, 180, 150], 0.40, "at_risk"),
        ([200, 180, 150], 0.39, "off_track"),
        ([200, 150], 0.99, "cannot_tell"),
        ([None, 150, 90], 0.99, "cannot_tell"),
        ([90, 90], 0.0, "cannot_tell"),
    ],
)
def test_the_status_follows_the_rule(poor, share_below, status):
    assert _assess(poor, share_below)["status"] == status


def test_an_area_above_the_target_is_told_gap_pace_and_households():
    row = _assess([200, 180, 151], 0.5)
    assert row["rate_now"] == pytest.approx(0.151)
    assert row["gap"] == pytest.approx(0.051)
    assert row["pace_so_far"] == pytest.approx(-0.0245)
    assert row["pace_needed"] == pytest.approx(-0.017)
    assert row["households_to_leave_per_year"] == 17  # 51 households in 3 years, exactly
    assert row["probability"] == pytest.approx(0.5)
    assert (row["first_year"], row["last_year"]) == (2022, 2024)
    assert (row["target_year"], row["target_rate"]) == (2027, 0.10)
    assert (row["measure"], row["standard"]) == ("poverty_rate", STANDARD)


def test_households_are_rounded_up_to_whole_ones():
    assert _assess([200, 180, 152], 0.5)["households_to_leave_per_year"] == 18


def test_where_the_target_is_met_nobody_need_leave():
    row = _assess([200, 150, 90], 0.9)
    assert row["pace_needed"] == 0
    assert row["gap"] == pytest.approx(-0.01)
    assert pd.isna(row["households_to_leave_per_year"])
    assert row["year_reached"] == 2024


def test_the_year_reached_is_the_first_whose_median_is_low_enough():
    assert _assess([200, 180, 150], 0.8)["year_reached"] == 2027
    assert _assess([200, 180, 150], 0.8, value=0.28)["year_reached"] == 2024
    above = _projection(_draws(0.8, low=0.05))
    review = _review([[700, 650, 600]])
    row = target.assess(above, review, _target(0.28), SETTINGS).iloc[0]
    assert row["year_reached"] == 2026


def test_the_year_reached_is_missing_if_it_is_never_reached():
    assert pd.isna(_assess([200, 180, 150], 0.3)["year_reached"])


def test_the_pace_so_far_is_the_mean_change_a_year_also_over_a_missing_one():
    review = _review([[200, 180, 150], [90, None, 95]])
    status = target.assess(_projection(_draws(0.5), _draws(0.5)), review, _target(), SETTINGS)
    assert status["pace_so_far"].tolist() == pytest.approx([-0.025, 0.0025])


def test_a_single_review_has_no_pace():
    row = _assess([150], 0.5)
    assert np.isnan(row["pace_so_far"])
    assert np.isnan(row["aarr_so_far"])
    assert row["status"] == "cannot_tell"


def test_an_area_without_a_known_rate_is_missing_not_off_track():
    projection = _projection(_draws(0.9), _draws(0.9))
    review = _review([[200, 180, 150], [None, None, None]])
    row = target.assess(projection, review, _target(), SETTINGS).iloc[1]
    assert row["status"] == "cannot_tell"
    assert row[["rate_now", "last_year", "pace_needed", "pace_so_far"]].isna().all()
    assert pd.isna(row["households_to_leave_per_year"])


def test_reviews_of_another_standard_are_left_aside():
    review = _review([[200, 180, 150]])
    older = _review([[900, 800]], last_year=2019).assign(standard="qd59-2015")
    projection = _projection(_draws(0.5))
    pd.testing.assert_frame_equal(
        target.assess(projection, pd.concat([older, review]), _target(), SETTINGS),
        target.assess(projection, review, _target(), SETTINGS),
    )


def test_rows_columns_and_types_are_as_promised():
    projection = _projection(_draws(0.5), _draws(0.9))
    review = _review([[200, 180, 150], [200, 150, 90]])
    before = review.copy()
    status = target.assess(projection, review, _target(), SETTINGS)
    assert status["area_code"].tolist() == ["00000", "00001"]
    assert list(status.columns) == target.COLUMNS
    whole = ["first_year", "last_year", "year_reached", "households_to_leave_per_year"]
    assert (status[whole].dtypes == "Int64").all()
    shares = ["target_rate", "rate_now", "gap", "pace_so_far", "pace_needed", "probability"]
    assert (status[shares].dtypes == "float64").all()
    pd.testing.assert_frame_equal(review, before)


def test_the_year_reached_has_the_range_of_the_draws():
    "Of 100 futures 20 are there in 2025, 60 in 2027, 20 never: 10 and 50 % in, 90 % never"
    rates = np.full((1, 3, 100), 0.5)
    rates[0, :, :20], rates[0, 2, 20:80] = 0.05, 0.05
    counted = np.rint(1000 * rates).astype(int)
    households, present = np.full((1, 3), 1000), np.full((1, 100), 150)
    draws = Projection(
        "poverty_rate", STANDARD, ("00000",), YEARS, counted, present, households, households[:, 0]
    )
    row = target.assess(draws, _review([[200, 180, 150]]), _target(), SETTINGS).iloc[0]
    assert (row["year_reached_lb"], row["year_reached"]) == (2025, 2027)
    assert pd.isna(row["year_reached_ub"])


def test_households_to_leave_have_the_range_that_the_last_review_leaves_open():
    "140 to 160 households without the noise of the review, 100 allowed, 3 years"
    row = _assess([200, 180, 150], 0.5)
    names = [f"households_to_leave_per_year{end}" for end in ("_lb", "", "_ub")]
    assert row[names].tolist() == [14, 17, 20]


def test_the_reduction_rate_takes_the_first_rate_to_the_last():
    row = _assess([200, 180, 150], 0.5)
    assert 0.2 * (1 - row["aarr_so_far"]) ** 2 == pytest.approx(0.15)
    assert 0.15 * (1 - row["aarr_needed"]) ** 3 == pytest.approx(0.10)
    assert np.isnan(target.reduction_rate(0.0, 0.0, years=3))


# Kinds of targets


def test_a_pace_is_the_level_that_it_leads_to_from_the_area_s_own_base():
    "20 % in 2022, 2 points a year: 10 % in 2027"
    row = _assess([200, 180, 150], 0.5, value=0.02, kind="pace", base_year=2022)
    assert row["target_rate"] == pytest.approx(0.10)
    level = _assess([200, 180, 150], 0.5, value=0.10)
    same = ["probability", "status", "pace_needed", "year_reached"]
    assert row[same].to_dict() == level[same].to_dict()


def test_halving_counts_households_not_rates():
    "100 of 200 may be left; 0.105 of 1,000 households is more than half, 0.1 is not"
    half = {"value": 0.5, "kind": "halving", "base_year": 2022}
    projection = _projection(_draws(0.3, low=0.100, high=0.105))
    wanted = _target(**half)
    row = target.assess(projection, _review([[200, 180, 150]]), wanted, SETTINGS).iloc[0]
    assert row["probability"] == pytest.approx(0.3)
    assert row["target_rate"] == pytest.approx(100 / 1000)


def test_an_area_without_a_review_in_the_base_year_cannot_tell():
    row = _assess([None, 180, 160, 150], 0.9, value=0.02, kind="pace", base_year=2021)
    assert row["status"] == "cannot_tell"
    assert row[["target_rate", "gap", "probability", "pace_needed"]].isna().all()


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ({"kind": "pace"}, "a target of kind pace has a base_year"),
        ({"base_year": 2022}, "a target of kind level has no base_year"),
        ({"kind": "halving", "base_year": 2027}, "base_year 2027 must lie before year 2027"),
    ],
)
def test_a_base_year_belongs_to_a_pace_and_a_halving(kind, message):
    with pytest.raises(ValueError, match=message):
        _target(**kind)


# From counts to status


def test_a_fall_on_course_is_on_track_and_one_that_rises_is_not():
    falling, rising = [300, 240, 190, 150], [150, 160, 175, 190]
    review = _review([falling] * 6 + [rising] * 6)
    fitted = trajectory.fit(
        review,
        SETTINGS,
        measure="poverty_rate",
        standard=STANDARD,
        rng=np.random.default_rng(1),
    )
    projection = trajectory.project(fitted, range(2025, 2031))
    status = target.assess(projection, review, _target(year=2030), SETTINGS)["status"]
    assert set(status[:6]) == {"on_track"}
    assert set(status[6:]) == {"off_track"}


def test_a_province_is_assessed_like_a_commune():
    review = _review([[300, 240, 190, 150], [100, 90, 70, 50]])
    rng = np.random.default_rng(1)
    fitted = trajectory.fit(review, SETTINGS, measure="poverty_rate", standard=STANDARD, rng=rng)
    projection = trajectory.project(fitted, range(2025, 2031))
    province = aggregate(projection, projection.area_codes, area_code="province")
    totals = measurement.total(review).assign(area_code="province")
    status = target.assess(province, totals, _target(0.05), SETTINGS)
    assert status["area_code"].tolist() == ["province"]
    assert status["rate_now"].item() == pytest.approx(200 / 2000)
    assert status["pace_so_far"].item() == pytest.approx((0.10 - 0.20) / 3)
    assert status["households_to_leave_per_year"].item() == 34  # 100 households in 3 years


# Refusals


def test_a_target_of_another_measure_is_refused():
    wanted = _target(measure="near_poverty_rate")
    message = "target of near_poverty_rate: the projection is of poverty_rate"
    with pytest.raises(DataError, match=message):
        target.assess(_projection(_draws(0.5)), _review([[1, 2, 3]]), wanted, SETTINGS)


def test_a_target_beyond_the_projection_is_refused():
    message = "target year 2031: the projection covers 2025 to 2027"
    with pytest.raises(DataError, match=message):
        target.assess(_projection(_draws(0.5)), _review([[1, 2]]), _target(year=2031), SETTINGS)


def test_a_target_that_is_met_to_the_household_is_met():
    "29 % less three years of 3 points is 20 %, in numbers of a computer a little less"
    review = _review([[290, 200, 200]], last_year=2026)
    wanted = _target(0.03, year=2027, kind="pace", base_year=2024)
    row = target.assess(_projection(_draws(0.9)), review, wanted, SETTINGS).iloc[0]
    assert row["rate_now"] > row["target_rate"]  # by 3e-17
    assert (row["status"], row["gap"], row["pace_needed"]) == ("met", 0, 0)


def test_the_range_of_households_to_leave_is_of_the_last_review_of_all():
    review = pd.concat([_review([[200, 180, 150]]), _review([[None], [300]], last_year=2023)])
    late, early = (
        target.assess(_projection(_draws(0.5), _draws(0.5)), review, _target(), SETTINGS)
        .set_index("area_code")["households_to_leave_per_year_lb"]
        .loc[["00000", "00001"]]
    )
    assert pd.notna(late)
    assert pd.isna(early)
