"""The action register: what is due on a day, what is not clear, what nobody has taken up."""

import pandas as pd
import pytest

from povlib.data.standards import STANDARDS
from povlib.models import actions

INDICATORS = STANDARDS["nd07-2021"].indicators


@pytest.fixture
def register():
    rows = [
        ("a", "2026-11-22", "planned", None),
        ("b", "2026-11-23", "under_way", None),
        ("c", "2026-12-23", "planned", None),
        ("d", "2026-12-24", "under_way", None),
        ("e", "2026-01-01", "done", "12 lớp"),
        ("f", "2026-01-01", "done", None),
        ("g", "2026-01-01", "cancelled", None),
    ]
    frame = pd.DataFrame(rows, columns=["task", "deadline", "status", "result"])
    return frame.assign(
        area_code="1",
        lead_body="health",
        carried_out_by="Công chức",
        responsibility="Báo cáo",
        authority="Chủ tịch",
        expected_result="Có",
        indicator=["toilet", "toilet", "water", "water", "water", "water", "water"],
    )


def test_an_action_is_overdue_the_day_after_its_deadline(register):
    found = actions.assess(register, on="2026-11-23").set_index("task")["state"]
    assert found.to_dict() == {
        "a": "overdue",
        "b": "due_soon",
        "c": "due_soon",
        "d": "under_way",
        "e": "done",
        "f": "done_without_result",
        "g": "cancelled",
    }


def test_days_are_counted_by_the_calendar(register):
    found = actions.assess(register, on="2026-11-23").set_index("task")["days_left"]
    assert found[["a", "b", "c", "d"]].tolist() == [-1, 0, 30, 31]


def test_what_is_not_clear_is_named(register):
    unclear = register.assign(authority=None).drop(columns="carried_out_by")
    assert set(actions.assess(unclear, on="2026-11-23")["unclear"]) == {"people,authority"}
    assert set(actions.assess(register, on="2026-11-23")["unclear"]) == {""}


def test_an_empty_register_has_no_states(register):
    assert actions.assess(register.head(0), on="2026-11-23").empty


def _lacking(**counts):
    frame = pd.DataFrame(counts.items(), columns=["indicator", "deprived_households"])
    return frame.assign(area_code="1", year=2024, status="poor", households=100)


def test_the_largest_deprivations_are_held_against_the_actions(register):
    found = actions.needs(
        _lacking(toilet=60, water=50, nutrition=40, telecom=1), register, INDICATORS
    )
    assert found["indicator"].tolist() == ["toilet", "water", "nutrition"]
    assert found["body"].tolist() == ["health", "agriculture_environment", "health"]
    assert found["open_actions"].tolist() == [2, 2, 0]
    assert found["done_actions"].tolist() == [0, 2, 0]
    assert found["share"].tolist() == [0.6, 0.5, 0.4]


def test_actions_without_an_indicator_are_not_linked(register):
    found = actions.needs(_lacking(toilet=60), register.drop(columns="indicator"), INDICATORS)
    assert found[["open_actions", "done_actions"]].to_numpy().tolist() == [[0, 0]]


def test_every_embedded_action_is_clear_in_all_six(embedded):
    data = embedded
    assert (actions.assess(data.actions, on="2026-11-23")["unclear"] == "").all()
    lacking = data.deprivations[data.deprivations["standard"] == "nd07-2021"]
    found = actions.needs(lacking, data.actions, INDICATORS)
    assert (found.groupby("area_code").size() == actions.LARGEST).all()
