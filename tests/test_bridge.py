"""From one standard to the next: ratios counted, assumed, and what rests on them."""

import numpy as np
import pandas as pd
import pytest

from povlib.models import bridge
from povlib.models.projection import Projection, summarise
from povlib.scenario import BridgePrior

OLD, NEW = "nd07-2021", "nd351-2025"
PRIOR = BridgePrior(
    measure="poverty_rate",
    old=OLD,
    new=NEW,
    ratio=1.58,
    ratio_lb=1.1,
    ratio_ub=2.3,
    spread=0.2,
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
    return Projection("poverty_rate", OLD, codes, (2030,), counted, counted[:, 0], households)


def _estimate(review):
    return bridge.estimate(review, "poverty_rate", old=OLD, new=NEW, areas=GROUPS)


def test_on_exact_data_of_two_standards_the_ratio_of_every_group_is_recovered():
    found = _estimate(_review([1000, 500, 200, 100], [2000, 1000, 300, 150]))
    assert found.groups.loc["hills", "ratio"] == pytest.approx(2)
    assert found.groups.loc["towns", "ratio"] == pytest.approx(1.5)
    assert found.groups.loc["*", "ratio"] == pytest.approx(3450 / 1800)
    assert found.spread == pytest.approx(0)
    assert not found.is_assumed
    crossed = bridge.cross(found, _projection([[[400, 80]], [[200, 0]], [[100, 60]]]), seed=1)
    np.testing.assert_array_equal(crossed.counted, [[[800, 160]], [[400, 0]], [[150, 90]]])
    assert crossed.standard == NEW


def test_the_double_review_of_bac_kan_gives_the_published_ratio():
    "13,867 poor households under the old standard, 21,946 under the new, end of 2021: 1.58"
    found = _estimate(_review([13_867], [21_946]).assign(households=81_481))
    assert round(found.groups.loc["*", "ratio"], 2) == 1.58


def test_ratios_that_differ_from_area_to_area_have_an_error_and_a_spread():
    rng = np.random.default_rng(1)
    truth, spread, areas = 1.6, 0.2, 400
    old = rng.integers(200, 400, areas)
    new = np.rint(old * truth * np.exp(spread * rng.standard_normal(areas))).astype(int)
    codes = [f"{area:03d}" for area in range(areas)]
    review = pd.concat(
        [
            pd.DataFrame(
                {
                    "area_code": codes,
                    "year": 2026,
                    "standard": standard,
                    "households": 10_000,
                    "poor_households": pd.array(counts, dtype="Int64"),
                }
            )
            for standard, counts in ((OLD, old), (NEW, new))
        ]
    )
    found = bridge.estimate(
        review, "poverty_rate", old=OLD, new=NEW, areas=pd.Series("", index=codes)
    )
    # A spread from 400 areas is known to 3.5 %; the mean of a lognormal lies above its middle.
    assert found.spread == pytest.approx(spread, rel=0.11)
    row = found.groups.loc["*"]
    assert np.log(row["ratio"] / truth) == pytest.approx(spread**2 / 2, abs=3 * row["log_se"])
    assert row["ratio_lb"] < row["ratio"] < row["ratio_ub"]


def test_without_a_double_review_there_is_no_estimate():
    apart = pd.concat([_review([10], []), _review([], [20], year=2027)])
    assert _estimate(apart) is None


def test_an_assumed_ratio_widens_the_interval_and_says_so():
    assumed = bridge.assume(PRIOR, GROUPS)
    assert assumed.is_assumed
    rng = np.random.default_rng(2)
    before = _projection(rng.integers(900, 1100, (4, 1, 4000)))
    after = bridge.cross(assumed, before, seed=1)
    narrow, wide = summarise(before, 0.8).iloc[0], summarise(after, 0.8).iloc[0]
    assert wide["rate_median"] / narrow["rate_median"] == pytest.approx(1.58, rel=0.03)
    # The limits of the ratio and the spread together: log deviation (0.288^2 + 0.2^2)^0.5.
    ratio = np.log(wide["rate_ub"] / wide["rate_lb"]) / (2 * 1.2816)
    assert ratio == pytest.approx(np.hypot(0.288, 0.2), rel=0.08)


def test_areas_share_the_uncertainty_of_an_assumed_ratio():
    assumed = bridge.assume(PRIOR.model_copy(update={"spread": 0.0}), GROUPS)
    crossed = bridge.cross(assumed, _projection(np.full((4, 1, 500), 1000)), seed=1)
    assert (crossed.counted == crossed.counted[0]).all()


def test_no_more_households_are_counted_than_there_are():
    crossed = bridge.cross(bridge.assume(PRIOR, GROUPS), _projection([[[9000] * 200]]), seed=1)
    assert crossed.counted.max() == 10_000
    restated = bridge.restate(bridge.assume(PRIOR, GROUPS), _review([9000, 0], []))
    assert restated["poor_households"].tolist() == [10_000, 0]
    assert set(restated["standard"]) == {NEW}


def test_restating_multiplies_both_parts_of_a_measure():
    prior = PRIOR.model_copy(update={"measure": "multidimensional_rate", "ratio": 2.0})
    review = _review([1000], []).assign(near_poor_households=pd.array([500], dtype="Int64"))
    restated = bridge.restate(bridge.assume(prior, GROUPS), review)
    assert restated[["poor_households", "near_poor_households"]].to_numpy().tolist() == [
        [2000, 1000]
    ]


def test_a_bridge_of_another_measure_or_standard_is_refused():
    assumed = bridge.assume(PRIOR.model_copy(update={"old": "qd59-2015"}), GROUPS)
    with pytest.raises(ValueError, match="from qd59-2015, the projection of poverty_rate under"):
        bridge.cross(assumed, _projection([[[1]]]), seed=1)


def test_limits_of_a_ratio_are_in_order():
    with pytest.raises(ValueError, match=r"ratio 1.58 must lie between 1.7 and 2.3"):
        BridgePrior(**PRIOR.model_dump() | {"ratio_lb": 1.7})
