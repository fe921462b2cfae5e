"""The year-end forecast: true in worlds made from its model, honest where little is known."""

import numpy as np
import pandas as pd

from povlib import scenario
from povlib.models import disbursement, finance
from povlib.models.disbursement import ALL

SETTINGS = scenario.load("smoke").model
PLAN = 1_000_000


def _world(rng, *, areas=40, years=(2021, 2022, 2023, 2024), shock=0.4, own=0.6, noise=0.5):
    """Five projects in every area; a share by June, then a share of the rest by December."""
    lines = [(f"{code:02d}", f"project_{number}") for code in range(areas) for number in range(5)]
    apart = dict(enumerate(rng.normal(0, own, areas)))
    rows = []
    for year in years:
        common = rng.normal(0, shock)
        for index, (code, project) in enumerate(lines):
            early = rng.uniform(0.1, 0.4)
            logit = 0.8 + apart[index // 5] + common + rng.normal(0, noise)
            rest = (1 - early) / (1 + np.exp(-logit))
            rows += [
                (code, project, f"{year}-01", PLAN, 0),
                (code, project, f"{year}-06", 0, round(PLAN * early)),
                (code, project, f"{year}-12", 0, round(PLAN * rest)),
            ]
    made = pd.DataFrame(rows, columns=["area_code", "project", "period", "allocated", "disbursed"])
    made = made.astype({"allocated": "Int64", "disbursed": "Int64"})
    return made.assign(source="credit", carried_over=pd.array([pd.NA] * len(made), dtype="Int64"))


def _cut(world, period):
    return world[world["period"] <= period]


def _forecast(months, seed=1):
    return disbursement.forecast(months, SETTINGS, rng=np.random.default_rng(seed))


def test_intervals_hold_the_truth_as_often_as_they_say():
    # 40 worlds of 200 lines. The shock of a year, 0.4 here, is taken for 0.5 where three years
    # say little of it: so up to 88 % of lines; 40 sums have a standard error of 6 points.
    rng = np.random.default_rng(5)
    lines, sums, middles = [], [], []
    for _ in range(40):
        world = _world(rng)
        made = _forecast(_cut(world, "2024-06"))
        truth = finance.track_year(world, ["area_code", "project"], year=2024)
        held = made.merge(truth, on=["area_code", "project"], suffixes=("", "_true"))
        true = held["disbursed_share_true"].astype(float)
        lines.append(true.between(held["expected_share_lb"], held["expected_share_ub"]).mean())
        whole = made[(made["area_code"] == "*") & (made["project"] == ALL)].iloc[0]
        end = finance.track_year(world.assign(all=1), ["all"], year=2024)["disbursed_share"].iloc[0]
        sums.append(whole["expected_share_lb"] <= end <= whole["expected_share_ub"])
        middles.append(whole["expected_share"] - end)
    assert 0.78 <= np.mean(lines) <= 0.88
    assert 0.68 <= np.mean(sums) <= 0.99
    assert abs(np.mean(middles)) < 0.03


def test_slow_areas_are_told_from_quick_ones_and_shrunken():
    world = _world(np.random.default_rng(1), own=1.0, noise=0.3)
    made = _forecast(_cut(world, "2024-06"))
    truth = finance.track_year(world, ["area_code"], year=2024).set_index("area_code")
    areas = made[(made["project"] == ALL) & (made["area_code"] != "*")].set_index("area_code")
    own = truth["disbursed_share"].astype(float)
    assert np.corrcoef(areas["expected_share"], own[areas.index])[0, 1] > 0.7
    alike = _forecast(_cut(_world(np.random.default_rng(1), own=0.0, noise=0.3), "2024-06"))
    areas = alike[(alike["project"] == ALL) & (alike["area_code"] != "*")]
    assert areas["expected_share"].std() < 0.018  # noise alone spreads the truth by 0.021


def test_sums_are_the_sums_of_their_lines():
    made = _forecast(_cut(_world(np.random.default_rng(2)), "2024-06"))
    lines = made[(made["area_code"] != "*") & (made["project"] != ALL)]
    whole = made[(made["area_code"] == "*") & (made["project"] == ALL)].iloc[0]
    assert lines["plan"].sum() == whole["plan"] == 40 * 5 * PLAN
    assert lines["disbursed"].sum() == whole["disbursed"]
    # One shock of the year for all: the sum is far less certain than independent lines would be.
    width = whole["expected_share_ub"] - whole["expected_share_lb"]
    mean_width = (lines["expected_share_ub"] - lines["expected_share_lb"]).mean()
    assert width > 2 * mean_width / np.sqrt(len(lines))


def test_the_first_year_of_a_programme_is_not_forecast():
    made = _forecast(_cut(_world(np.random.default_rng(3), years=(2024,)), "2024-06"))
    assert set(made["status"]) == {"cannot_tell"}
    assert made["expected_share"].isna().all()
    assert made["disbursed_share"].notna().all()


def test_in_december_the_year_is_as_it_is():
    world = _world(np.random.default_rng(4))
    made = _forecast(world)
    assert (made["expected_share"] == made["disbursed_share"]).all()
    assert (made["expected_share_lb"] == made["expected_share_ub"]).all()


def test_progress_never_seen_before_is_not_carried_on():
    world = _world(np.random.default_rng(6))
    early = (world["period"] == "2024-06").to_numpy()
    ahead = world.assign(disbursed=world["disbursed"].mask(early, round(0.9 * PLAN)))
    made = _forecast(_cut(ahead, "2024-06"))
    whole = made[(made["area_code"] == "*") & (made["project"] == ALL)].iloc[0]
    assert 0.95 < whole["expected_share"] < 0.99  # the usual part of the tenth that is left


def test_a_project_and_an_area_not_seen_before_are_taken_for_the_mean():
    world = _world(np.random.default_rng(7))
    now = world[world["period"].between("2024-01", "2024-06")].query("area_code == '00'")
    new = now.assign(area_code="99", project="project_9").drop_duplicates("period")
    made = _forecast(pd.concat([_cut(world, "2024-06"), new], ignore_index=True))
    row = made[(made["area_code"] == "99") & (made["project"] == "project_9")].iloc[0]
    assert 0 < row["expected_share_lb"] < row["expected_share"] < row["expected_share_ub"] < 1


def test_a_full_plan_needs_no_forecast():
    world = _world(np.random.default_rng(8))
    done = (world["period"] == "2024-06") & (world["area_code"] == "00")
    full = world.assign(disbursed=world["disbursed"].mask(done, PLAN))
    made = _forecast(_cut(full, "2024-06"))
    row = made[(made["area_code"] == "00") & (made["project"] == ALL)].iloc[0]
    assert (row["expected_share"], row["probability"], row["status"]) == (1, 1, "on_track")
    assert row["unspent_ub"] == 0


def test_the_embedded_money_would_have_been_forecast(embedded):
    money = embedded.finance
    made = _forecast(money[money["period"] <= "2024-06"])
    whole = made[(made["area_code"] == "*") & (made["project"] == ALL)].iloc[0]
    end = finance.track_year(money.assign(all=1), ["all"], year=2024)["disbursed_share"].iloc[0]
    assert whole["expected_share_lb"] < end < whole["expected_share_ub"]
