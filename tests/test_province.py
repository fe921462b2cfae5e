"""The report of the whole: published figures met, every area listed once, what changed."""

from dataclasses import replace

import pandas as pd
import pytest

from povlib import results, scenario, slices, store
from povlib.errors import DataError
from povlib.models import finance, target
from povlib.report import data_review, elements, language, province, tables
from povlib.report.page import Page
from povlib.report.words import funding, narrative, summary

PARTS = [
    province.published,
    province.standing,
    province.areas,
    province.area_map,
    province.gap,
    data_review.gaps,
    data_review.parts,
    tables.classes,
    province.programmes,
    province.sources,
    province.sub_projects,
    province.laggards,
    province.concentration,
    province.bodies,
    province.overdue,
    province.audit,
    data_review.findings,
    province.changes,
    tables.effects,
    summary.answer,
    summary.key_figures,
    narrative.actions,
    funding.money,
]


@pytest.fixture(scope="module")
def whole(kept):
    return Page(language.of("en"), slices.read_all(kept))


def test_the_records_meet_what_was_published(whole):
    # Directive 11/CT-UBND: 10.29 % (start of 2022), 5.46 % (end of 2024), 1.61 points a year.
    rows = province.published(whole).rows
    assert [row[1] for row in rows] == [row[2] for row in rows]
    assert [row[2] for row in rows] == ["10.29\u00a0%", "5.46\u00a0%", "−1.61\u00a0points"]


def test_every_area_is_listed_once_the_least_chance_first(whole):
    table = province.areas(whole)
    assert len({row[0] for row in table.rows}) == len(table.rows) == 92
    status = whole.slice.tables["status"]
    own = status[(status["target"] == 0) & (status["area_code"] != "*")]
    assert table.rows[0][0] == whole.name_of(
        own.sort_values(["probability", "rate_now"], ascending=[True, False])["area_code"].iloc[0]
    )
    counts = own["status"].value_counts()
    assert f"off track: {counts['off_track']}" in province.standing(whole).html()


def test_sources_and_sub_projects_add_up(whole, embedded):
    money = embedded.finance
    total = finance.track(money.assign(all=1), ["all"])["allocated"].iloc[0]
    by_source = finance.track(whole.slice.own("finance"), ["source"])
    assert by_source["allocated"].sum() == total
    shown = {row[0] for row in province.sub_projects(whole).rows}
    assert shown == {
        "3.1 Agricultural production",
        "3.2 Better nutrition",
        "4.1 Vocational education",
        "4.3 Lasting employment",
    }


def test_the_gap_is_the_difference_that_the_table_shows(whole):
    table = data_review.gaps(whole)
    last = [100 * value if value is not None else None for value in table.values[-1]]
    told = province.gap(whole).html()
    for place in (2, 4):
        assert f"+{last[place] - last[place + 1]:.2f}\u00a0points" in told
    assert "of communes less that of wards" in told


def test_every_body_answers_for_its_deprivations(whole):
    rows = province.bodies(whole).rows
    assert len(rows) == 12
    toilet = next(row for row in rows if row[1] == "Hygienic toilet")
    assert toilet[0] == "Department of Health"
    register = whole.register
    overdue = (register["indicator"] == "toilet") & (register["state"] == "overdue")
    assert toilet[4] == str(overdue.sum())


@pytest.mark.parametrize("code", ["vi", "en"])
def test_every_part_is_drawn_in_every_language(kept, code):
    page = Page(language.of(code), slices.read_all(kept))
    for make in PARTS:
        assert make(page).html(), make.__name__
    assert "nan" not in "".join(make(page).html() for make in PARTS if make != province.area_map)


def test_a_page_of_the_whole_says_what_its_data_do_not_hold(whole):
    optional = ["flows", "deprivations", "groups", "causes", "programmes", "finance", "actions"]
    optional += ["effects", "disbursement", "findings", "per_household"]
    frames = dict(whole.slice.tables)
    frames |= {name: frames[name].head(0) for name in optional}
    bare = Page(whole.words, replace(whole.slice, tables=frames))
    empty = [province.sources, province.sub_projects, province.laggards, province.concentration]
    empty += [province.bodies, province.overdue, tables.effects]
    for make in empty:
        assert make(bare) is elements.NOTHING, make.__name__
    assert "hold no programmes" in province.programmes(bare).html()
    assert "identities hold" in province.audit(bare).html()


def _status(rows):
    columns = ["area_code", "last_year", "rate_now", "probability", "status"]
    return pd.DataFrame(rows, columns=columns).assign(target=0)


def test_what_changed_since_the_earlier_issue_is_listed():
    before = _status([("1", 2023, 0.2, 0.8, "on_track"), ("2", 2024, 0.1, 0.9, "met")])
    now = _status([("1", 2024, 0.19, 0.3, "off_track"), ("2", 2024, 0.1, 0.9, "met")])
    found = target.changes(before, now)
    assert found["area_code"].tolist() == ["1"]
    assert found.iloc[0][["rate_before", "rate_now"]].tolist() == [0.2, 0.19]
    assert found.iloc[0][["status_before", "status"]].tolist() == ["on_track", "off_track"]
    assert target.changes(None, now).empty


def test_an_earlier_issue_is_read_from_its_folder(smoke, kept, tmp_path):
    case = smoke.model_copy(update={"previous": str(kept.parent)})
    again = results.compute(case)
    assert again.tables["changes"].empty  # the same data and model
    assert store.fingerprint(case) != store.fingerprint(smoke)
    nowhere = smoke.model_copy(update={"previous": str(tmp_path)})
    with pytest.raises(DataError, match=r"key previous: .* holds no results of reports"):
        results.compute(nowhere)


def test_the_scenarios_of_the_project_name_what_was_published():
    assert len(scenario.load("thai-nguyen").published) == 3
