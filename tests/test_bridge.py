"""From one standard to the next: ratios counted, assumed, and what rests on them."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from povlib.models import bridge
from povlib.models.projection import Projection, summarise
from povlib.scenario import BridgePrior

OLD, NEW = "nd07-2021", "nd351-2025"
PRIOR = BridgePrior(
    measure="poverty_rate",
    old=OLD,
    new=NEW,
    old_rate=0.10,
    new_rate=0.16,
    new_rate_lb=0.12,
    new_rate_ub=0.21,
    spread=0.1,
    source="made for the test",
)
GROUPS = pd.Series({"a": "hills", "b": "hills", "c": "towns", "d": "towns"})


def _review(old, new, year=2026):
    """Poor households of the areas a, b, ... of 10,000, under both standards."""
    rows = [
        (code, year, standard, 10_000, count)
        for standard, counts in ((OLD, old), (NEW, new))
        for code, count in zip("abcd", counts, strict=False)
    ]
    columns = ["area_code", "year", "standard", "households", "poor_households"]
    counts = dict.fromkeys(["year", "households", "poor_households"], "Int64")
    return pd.DataFrame(rows, columns=columns).astype(counts)


def _projection(counted):
    counted = np.array(counted)
    codes = tuple("abcd"[: len(counted)])
    households = np.full(counted.shape[:2], 10_000)
    present, latest = counted[:, 0], households[:, 0]
    return Projection("poverty_rate", OLD, codes, (2030,), counted, present, households, latest)


def _estimate(review, areas=GROUPS):
    return bridge.estimate(review, "poverty_rate", old=OLD, new=NEW, areas=areas)


def test_on_exact_data_of_two_standards_the_bridge_is_recovered():
    "Every area moves by 0.4 on the probit scale: group, area and projection find it again"
    rates = np.array([0.10, 0.05, 0.02, 0.01])
    old = np.rint(1e6 * rates).astype(int)
    new = np.rint(1e6 * norm.cdf(norm.ppf(rates) + 0.4)).astype(int)
    found = _estimate(_review(old, new).assign(households=1_000_000))
    # Counts are whole: the rate of a million households is known to 1e-6.
    np.testing.assert_allclose(found.groups["shift"], 0.4, atol=1e-4)
    assert found.spread == pytest.approx(0, abs=1e-4)
    assert found.groups.loc["hills", "ratio"] == pytest.approx(new[:2].sum() / old[:2].sum())
    assert not found.is_assumed
    projection = _projection(np.tile([[[1000, 100]]], (4, 1, 1)))
    crossed = bridge.cross(found, projection, seed=1)
    share = (np.array([1000, 100]) + 0.5) / 10_001
    expected = np.rint(norm.cdf(norm.ppf(share) + 0.4) * 10_001 - 0.5)
    np.testing.assert_allclose(crossed.counted, np.tile(expected, (4, 1, 1)), atol=1)
    assert crossed.standard == NEW


def test_what_was_counted_under_both_is_restated_to_the_household():
    old, new = [1000, 500, 200, 0], [2000, 700, 380, 3]
    found = _estimate(_review(old, new))
    restated = bridge.restate(found, _review(old, []))
    np.testing.assert_allclose(restated["poor_households"].astype(int), new, atol=1)
    assert found.groups.loc["hills", "ratio"] == pytest.approx(1.8)


def test_the_double_review_of_bac_kan_gives_the_published_ratio():
    "13,867 poor households under the old standard, 21,946 under the new, end of 2021: 1.58"
    review = _review([13_867], [21_946]).assign(households=81_481)
    found = _estimate(review, GROUPS[:1])
    assert round(found.groups.loc["*", "ratio"], 2) == 1.58


def test_shifts_that_differ_from_area_to_area_have_an_error_and_a_spread():
    rng = np.random.default_rng(1)
    truth, spread, areas = 0.4, 0.1, 400
    rates = rng.uniform(0.05, 0.2, areas)
    shift = truth + spread * rng.standard_normal(areas)
    codes = [f"{area:03d}" for area in range(areas)]
    sides = ((OLD, rates), (NEW, norm.cdf(norm.ppf(rates) + shift)))
    review = pd.concat(
        [
            pd.DataFrame({"area_code": codes, "year": 2026, "standard": standard}).assign(
                households=1_000_000,
                poor_households=pd.array(np.rint(1e6 * share).astype(int), dtype="Int64"),
            )
            for standard, share in sides
        ]
    )
    one = pd.Series("", index=codes)
    found = bridge.estimate(review, "poverty_rate", old=OLD, new=NEW, areas=one)
    # A spread from 400 areas is known to 3.5 %, weights make it a little more.
    assert found.spread == pytest.approx(spread, rel=0.12)
    row = found.groups.loc["*"]
    assert row["shift"] == pytest.approx(truth, abs=3 * row["shift_se"])
    assert row["new_rate_lb"] < row["new_rate"] < row["new_rate_ub"]


def test_without_a_double_review_there_is_no_estimate():
    apart = pd.concat([_review([10], []), _review([], [20], year=2027)])
    assert _estimate(apart) is None


def test_an_assumed_shift_takes_its_own_rates_over_and_says_so():
    assumed = bridge.assume(PRIOR, GROUPS)
    assert assumed.is_assumed
    before = _projection(np.full((1, 1, 20_000), 1000))
    after = summarise(bridge.cross(assumed, before, seed=1), 0.8).iloc[0]
    # 20,000 draws know a quantile to a few households of 10,000.
    assert after["rate_median"] == pytest.approx(0.16, abs=0.002)
    error = (norm.ppf(0.21) - norm.ppf(0.12)) / 2 / norm.ppf(0.9)
    half = norm.ppf(0.9) * np.hypot(error, 0.1)
    assert after["rate_lb"] == pytest.approx(norm.cdf(norm.ppf(0.16) - half), abs=0.003)
    assert after["rate_ub"] == pytest.approx(norm.cdf(norm.ppf(0.16) + half), abs=0.003)


def test_areas_share_the_uncertainty_of_an_assumed_shift():
    assumed = bridge.assume(PRIOR.model_copy(update={"spread": 0.0}), GROUPS)
    crossed = bridge.cross(assumed, _projection(np.full((4, 1, 500), 1000)), seed=1)
    assert (crossed.counted == crossed.counted[0]).all()


def test_rates_stay_between_none_and_all():
    assumed = bridge.assume(PRIOR, GROUPS)
    crossed = bridge.cross(assumed, _projection([[[9990] * 200], [[0] * 200]]), seed=1)
    assert crossed.counted[0].max() <= 10_000
    assert crossed.counted[1].max() < 20
    restated = bridge.restate(assumed, _review([9000, 0], []))
    assert restated["poor_households"].between(0, 10_000).all()
    assert set(restated["standard"]) == {NEW}


def test_restating_keeps_the_proportions_of_the_parts():
    prior = PRIOR.model_copy(update={"measure": "multidimensional_rate"})
    review = _review([800], []).assign(near_poor_households=pd.array([200], dtype="Int64"))
    restated = bridge.restate(bridge.assume(prior, GROUPS), review)
    assert restated[["poor_households", "near_poor_households"]].to_numpy().tolist() == [
        [1280, 320]
    ]


def test_a_bridge_of_another_measure_or_standard_is_refused():
    assumed = bridge.assume(PRIOR.model_copy(update={"old": "qd59-2015"}), GROUPS)
    with pytest.raises(ValueError, match="from qd59-2015, the projection of poverty_rate under"):
        bridge.cross(assumed, _projection([[[1]]]), seed=1)


def test_limits_of_a_rate_are_in_order():
    with pytest.raises(ValueError, match=r"new_rate 0.16 must lie between 0.17 and 0.21"):
        BridgePrior(**PRIOR.model_dump() | {"new_rate_lb": 0.17})


def test_one_area_of_a_group_says_nothing_of_others():
    assert _estimate(_review([1000], [1600])) is None


def test_an_area_alone_keeps_what_was_counted_of_it():
    alone = _estimate(_review([1000], [1600]), GROUPS[:1])
    crossed = bridge.cross(alone, _projection([[[1000, 500]]]), seed=1)
    assert crossed.counted[0, 0, 0] == 1600


def test_the_last_double_review_of_an_area_counts():
    first, last = _review([1000, 2000], [1500, 2600]), _review([900, 1800], [1440, 2500], 2027)
    both = _estimate(pd.concat([first, last], ignore_index=True))
    pd.testing.assert_series_equal(both.own, _estimate(last).own)
