"""Ranks: right where counts are sure, wide where they are not."""

import numpy as np

from povlib.models.projection import Projection
from povlib.models.ranking import rank


def _drawn(present, households=100):
    codes = tuple(f"{number}" for number in range(len(present)))
    whole = np.full((len(present), 1), households)
    return Projection(
        "poverty_rate", "nd07-2021", codes, (2025,), present[:, None], present, whole, whole[:, 0]
    )


def test_sure_counts_have_sure_ranks():
    counts = np.array([5, 40, 20, 40])[:, None] * np.ones((1, 50), dtype=int)
    found = rank(_drawn(counts), 0.8)
    assert found["rank"].tolist() == [4, 1, 3, 1]
    assert (found["rank_lb"] == found["rank"]).all()
    assert (found["rank_ub"] == found["rank"]).all()
    assert set(found["areas"]) == {4}


def test_areas_that_are_alike_have_ranks_over_the_whole_range():
    # Independent draws from one distribution: a rank is uniform on 1 to 20, the middle 80 % of
    # it 3 to 18 of 20, to within one place in 2,000 draws.
    counts = np.random.default_rng(1).integers(0, 10**6, (20, 2000))
    found = rank(_drawn(counts, households=10**6), 0.8)
    assert found["rank_lb"].between(2, 3).all()
    assert found["rank_ub"].between(18, 19).all()


def test_it_is_the_rate_of_the_last_review_that_ranks():
    "Not the count, nor that count among the households of the year after"
    counts, ahead = np.array([[10], [20]]), np.array([[400], [100]])
    drawn = Projection(
        "poverty_rate",
        "nd07-2021",
        ("a", "b"),
        (2025,),
        counts[:, None],
        counts,
        households=ahead,
        latest=np.array([50, 200]),
    )
    assert rank(drawn, 0.8)["rank"].tolist() == [1, 2]
