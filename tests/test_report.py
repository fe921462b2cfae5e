"""The words, tables and figures of a page: right numbers, in its language, for any data."""

import gettext
import re
from dataclasses import replace

import pandas as pd
import pytest

from povlib import scenario, slices, store
from povlib.data import simulation
from povlib.models import measurement
from povlib.report import cells, elements, figures, language, pace, tables
from povlib.report.page import Page
from povlib.report.words import funding, letterhead, narrative, prospects, summary

WORDS = [
    letterhead.title,
    summary.answer,
    summary.key_figures,
    narrative.position,
    prospects.outlook,
    narrative.flows,
    narrative.deprivations,
    narrative.groups,
    narrative.peers,
    funding.money,
    narrative.actions,
    narrative.remarks,
    narrative.method,
]
TABLES = [
    tables.review,
    tables.projection,
    tables.targets,
    tables.flows,
    tables.deprivations,
    tables.groups,
    tables.peers,
    tables.money,
    tables.programmes,
    tables.actions,
]
FIGURES = [figures.trajectory, pace.figure, figures.flows, figures.deprivations]
OPTIONAL = ["flows", "deprivations", "groups", "causes", "programmes", "finance", "actions"]


class _Recorder(gettext.NullTranslations):
    """Stands behind a catalogue and writes down what it does not know."""

    def __init__(self):
        super().__init__()
        self.missed = set()

    def gettext(self, message):
        self.missed.add(message)
        return message


@pytest.fixture
def bare(page):
    """A page whose data hold areas and reviews alone, without near-poor households."""
    frames = dict(page.slice.tables)
    frames |= {name: frames[name].head(0) for name in OPTIONAL}
    frames["review"] = frames["review"].assign(near_poor_households=pd.NA)
    frames["review"] = frames["review"].astype({"near_poor_households": "Int64"})
    frames["areas"] = frames["areas"].assign(kind=pd.NA, group=pd.NA, urban=pd.NA, difficult=pd.NA)
    return Page(page.words, replace(page.slice, tables=frames))


@pytest.mark.parametrize("code", ["vi", "en"])
def test_every_element_of_a_page_is_drawn_in_every_language(kept, code):
    page = Page(language.of(code), slices.read(kept, "01906"))
    for make in [*WORDS, *TABLES, *FIGURES]:
        element = make(page)
        assert element is not elements.NOTHING, make.__name__
        assert element.html()


def test_nothing_on_a_vietnamese_page_is_left_untranslated(page):
    recorder = _Recorder()
    catalogue = language.of.__wrapped__("vi").catalogue
    catalogue.add_fallback(recorder)
    own = Page(replace(page.words, catalogue=catalogue), page.slice)
    for make in [*WORDS, *TABLES, *FIGURES]:
        make(own)
    tasks = {text for pair in simulation.TASKS.values() for text in pair}
    from_the_data = {simulation.AUTHORITY, simulation.CARRIED_OUT_BY}
    assert recorder.missed <= tasks | from_the_data


def test_no_vietnamese_is_left_on_an_english_page_but_names(kept):
    page = Page(language.of("en"), slices.read(kept, "01906"))
    text = " ".join(make(page).html() for make in [*WORDS, *TABLES] if make is not letterhead.title)
    names = {page.name_of(code) for code in page.slice.tables["areas"]["area_code"]}
    for name in names:
        text = text.replace(name, "")
    assert not re.findall(r"\w*[ăđơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ]\w*", text)


def test_sentence_key_figure_and_table_tell_the_same_number(page):
    last = page.review.iloc[-1]
    rate = page.words.percent(last["poor_households"] / last["households"])
    assert summary.key_figures(page).figures[0].value == rate
    assert rate in narrative.position(page).html()
    assert tables.review(page).rows[-1][4] == rate


def test_an_area_is_told_of_where_the_whole_lacks_its_last_year(page):
    review = page.slice.tables["review"]
    ours = review["area_code"] != measurement.WHOLE
    lacking = review[ours | (review["year"] < review["year"].max())]
    frames = page.slice.tables | {"review": lacking}
    alone = Page(page.words, replace(page.slice, tables=frames))
    rate = page.words.percent(measurement.rate(page.review, "poverty_rate").iloc[-1])
    for one, has_sum in ((page, True), (alone, False)):
        said = narrative.position(one).html()
        assert f"tỷ lệ {rate}." in said
        assert ("Tỷ lệ chung" in said) == has_sum


def test_the_chance_in_the_sentence_is_that_of_the_table_and_the_draws(page):
    status = page.slice.own("status").iloc[0]
    chance = page.words.percent(status["probability"], 0)
    assert chance in summary.answer(page).html()
    assert tables.targets(page).rows[0][6] == chance
    assert summary.key_figures(page).figures[-1].value == chance


def test_the_flow_sentence_adds_up_to_the_table(page):
    flow = page.last_year_of("flows")
    poor = flow[flow["status"] == "poor"].iloc[0]
    out = poor["out_above"] + poor["out_to_other_status"]
    assert f"{out} hộ thoát nghèo" in narrative.flows(page).html()
    assert tables.flows(page).rows[0][1] == page.words.number(poor["start"])


def test_a_chance_is_never_certain(page):
    assert cells.chance(page.words, 1.0) == "trên 99\u00a0%"
    assert cells.chance(page.words, 0.0) == "dưới 1\u00a0%"
    assert cells.chance(page.words, float("nan")) == "–"


def test_a_page_says_what_its_data_do_not_hold(bare):
    said = [narrative.flows, narrative.deprivations, narrative.groups, funding.money]
    for make in [*said, narrative.actions]:
        assert "Dữ liệu không có" in make(bare).html()
    empty = [tables.flows, tables.deprivations, tables.groups, tables.money, tables.actions]
    for make in [*empty, tables.programmes, figures.flows, figures.deprivations]:
        assert make(bare) is elements.NOTHING
    for make in [*WORDS, *TABLES, *FIGURES]:
        assert "nan" not in make(bare).html().lower().replace("ngân", "")


HEADS = "area_code,name,year,households,poor_households,near_poor_households"
TOGETHER = ["1,A,2021,1000,100,50", "1,A,2022,1000,90,50", "1,A,2023,1000,80,50"]
APART = ["1,A,2021,1000,100,50", "1,A,2022,1000,90,50", "2,B,2022,1000,80,40", "2,B,2023,1000,70,4"]


def _kept(folder, rows, **changes):
    """Results of a flat file, by `own-data.yml` with changes."""
    (folder / "own.csv").write_text("\n".join([HEADS, *rows]))
    case = scenario.load("own-data").with_data(folder / "own.csv").model_copy(update=changes)
    return store.prepare(case, folder)


def _drawn(kept, area_code):
    """The page of an area, drawn whole."""
    page = Page(language.of("en"), slices.read(kept, area_code))
    return page, "".join(make(page).html() for make in [*WORDS, *TABLES, *FIGURES])


def test_areas_never_reviewed_all_together_have_pages_without_a_sum(tmp_path):
    kept = _kept(tmp_path, APART)
    page, _ = _drawn(kept, "1")
    assert page.slice.whole("status").empty
    assert "*" not in slices.read_digests(kept)  # so that no report of it is asked for
    assert next(row[0] for row in tables.peers(page).rows) == "A"


def test_an_area_without_the_counts_of_the_target_says_so(tmp_path):
    rows = [row.replace("1,A", "2,B").rpartition(",")[0] + "," for row in TOGETHER]
    page, html = _drawn(_kept(tmp_path, [*TOGETHER, *rows]), "2")
    assert "The data hold no multidimensional poverty rate (poor + near-poor) of B." in html
    assert page.slice.own("status").set_index("target").loc[0, "status"] == "cannot_tell"


def test_an_area_that_was_never_reviewed_has_a_page(tmp_path):
    data = tmp_path / "data"
    data.mkdir()
    (data / "areas.csv").write_text("area_code,name\n1,A\n2,B\n")
    lines = ["area_code,year,standard,households,poor_households,near_poor_households"]
    for row in TOGETHER:
        code, _, year, *counts = row.split(",")
        lines.append(",".join([code, year, "nd07-2021", *counts]))
    (data / "review.csv").write_text("\n".join(lines))
    kept = store.prepare(scenario.load("own-data").with_data(data), tmp_path)
    assert (
        "The data hold no multidimensional poverty rate (poor + near-poor) of B."
        in _drawn(kept, "2")[1]
    )


def test_the_whole_is_the_same_areas_in_history_verdict_and_projection(tmp_path):
    rows = [row.replace("1,A", "2,B") for row in TOGETHER]
    lacking = "2,C,2022,1000,90,"  # near-poor of one area, one year
    third = [row.replace("1,A", "3,C") for row in TOGETHER]
    third[1] = lacking.replace("2,C", "3,C")
    kept = _kept(tmp_path, [*TOGETHER, *rows, *third])
    whole = Page(language.of("en"), slices.read_all(kept))
    assert whole.whole_review["households"].tolist() == [2000] * 3
    status = whole.slice.own("status").set_index("target").loc[0]
    assert status["rate_now"] == pytest.approx(260 / 2000)
    assert any("hold the {complete} of {known}" in note.message for note in whole.slice.notes)


def test_a_projection_that_ends_before_the_next_standard_tells_nothing_of_it(tmp_path):
    case = scenario.load("own-data")
    model = case.model.model_copy(update={"last_year": 2026})
    first = case.targets[0].model_copy(update={"year": 2026})
    _, html = _drawn(_kept(tmp_path, TOGETHER, model=model, targets=[first]), "1")
    assert "Under the next standard" not in html


def test_a_target_from_a_year_without_a_review_says_so(tmp_path):
    kind = {"kind": "halving", "base_year": 2020, "value": 0.5, "measure": "poverty_rate"}
    wanted = scenario.load("own-data").targets[0].model_copy(update=kind)
    _, html = _drawn(_kept(tmp_path, TOGETHER, targets=[wanted]), "1")
    assert "The target starts from 2020, and A has no review of that year" in html
    assert "NaN" not in html


def test_a_long_title_leaves_room_for_the_drawing(tmp_path):
    rows = [row.replace("1,A", "2,B") for row in TOGETHER]
    _drawn(_kept(tmp_path, [*TOGETHER, *rows], title={"en": 12 * "A long name of it "}), "1")


def test_a_page_of_simulated_records_says_so_and_one_of_real_records_does_not(page):
    assert "MÔ PHỎNG" in letterhead.title(page).notice
    frames = {
        name: frame.assign(provenance="official review") if "provenance" in frame else frame
        for name, frame in page.slice.tables.items()
    }
    real = Page(page.words, replace(page.slice, tables=frames))
    assert letterhead.title(real).notice == ""


def test_rates_of_two_standards_are_never_joined_by_a_line(page):
    drawn = figures.trajectory(page).svg
    assert "chuẩn 2016–2020" in drawn
    assert "chuẩn 2022–2026" in drawn


def test_a_figure_tells_its_numbers_to_who_cannot_see_it(page):
    rates = measurement.rate(page.review, "multidimensional_rate")
    alt = figures.trajectory(page).alt
    assert page.words.percent(rates.iloc[0]) in alt
    assert page.words.percent(rates.iloc[-1]) in alt
    flow = figures.flows(page)
    assert "Tái nghèo" in flow.alt
    for label, households in ((row[1], row[2]) for row in flow.data.rows):
        assert re.search(rf"{label}: [+−]?{page.words.number(households)}(;|$)", flow.alt)
    paces = pace.figure(page)
    for _, label, points in paces.data.rows:
        assert f"{label}: {page.words.points(points / 100)}" in paces.alt
    lacks = figures.deprivations(page)
    for _, *shares in lacks.data.rows:
        assert all(page.words.percent(share, 1) in lacks.alt for share in shares)


def test_the_pace_drawn_is_that_of_the_table_and_the_similar_areas(page):
    drawn = {kind: points for kind, _, points in pace.figure(page).data.rows}
    so_far, needed = tables.targets(page).rows[0][4:6]
    assert page.words.signed(drawn["so_far"] / 100) == so_far
    assert page.words.signed(drawn["needed"] / 100) == needed
    status = page.slice.tables["status"]
    first = status[status["target"] == 0].set_index("area_code")["pace_so_far"]
    assert drawn["alike"] == pytest.approx(100 * first[list(page.slice.peers)].median())
    unknown = page.slice.tables["status"].assign(pace_so_far=float("nan"))
    bare = replace(page.slice, tables=page.slice.tables | {"status": unknown})
    assert pace.figure(Page(page.words, bare)) is elements.NOTHING


def test_the_waterfall_ends_where_the_flow_equation_ends(page):
    flow = page.last_year_of("flows")
    steps = figures._waterfall(page, flow[flow["status"] == "poor"].iloc[0])
    moves = steps[steps["kind"] != "level"]
    assert steps.iloc[-1]["households"] in (
        moves.iloc[-1]["left"],
        moves.iloc[-1]["left"] + moves.iloc[-1]["households"],
    )


def test_names_from_the_data_are_text_and_nothing_else(page):
    evil = '<script>alert(1)</script> *b* [x](http://y) #read("/etc/passwd") `c` \\'
    areas = page.slice.tables["areas"].assign(name=evil, kind=pd.NA)
    own = Page(page.words, replace(page.slice, tables=page.slice.tables | {"areas": areas}))
    for make in [letterhead.title, summary.answer, narrative.position, tables.peers]:
        html = make(own).html()
        assert "<script" not in html
        assert "<a " not in html
        assert "<em>" not in html
        assert "&lt;script&gt;alert(1)&lt;/script&gt; *b* [x](http://y) #read(" in html
    for make in FIGURES:
        assert "<script" not in make(own).html()


def test_a_rank_is_never_told_without_how_sure_it_is(page):
    row = page.slice.own("ranks").iloc[0]
    sure = row["rank_lb"] == row["rank_ub"]
    told = narrative.position(page).markdown
    assert f"đứng thứ {row['rank']} trong 92" in told
    assert ("không làm thay đổi" in told) == sure
    frames = page.slice.tables | {"ranks": page.slice.tables["ranks"].assign(rank_lb=3, rank_ub=9)}
    unsure = Page(page.words, replace(page.slice, tables=frames))
    assert "thứ hạng có thể từ 3 đến 9" in narrative.position(unsure).markdown


def test_few_households_of_a_group_are_not_shown(page):
    least = page.scenario.suppress_below
    last = page.last_year_of("groups")
    few = last[last["households"].between(1, least - 1)]
    assert len(few)  # or this shows nothing
    cells_ = [cell for row in tables.groups(page).rows for cell in row]
    assert cells_.count(f"dưới {least}") == len(few)
    data = [value for row in tables.groups(page).values for value in row if value is not None]
    assert not [value for value in data if 1 <= value < least and value == int(value)]


def test_the_head_is_official_only_where_the_scenario_names_an_office(page):
    head = letterhead.title(page)
    assert head.issuer[0] == "ỦY BAN NHÂN DÂN XÃ BA BỂ"
    assert head.motto == ("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Độc lập - Tự do - Hạnh phúc")
    assert head.place_date == "Ba Bể, ngày 23 tháng 11 năm 2026"
    assert "Nơi nhận" in letterhead.recipients(page).html()
    plain = page.scenario.model_copy(update={"office": None})
    other = Page(page.words, replace(page.slice, scenario=plain))
    assert letterhead.title(other).motto == ()
    assert letterhead.recipients(other) is elements.NOTHING


def test_those_who_are_not_of_a_group_cannot_be_found_by_difference(page):
    last = page.last_year_of("groups")
    rows = last[last["status"] == "poor"].head(1)
    total = int(page.review.iloc[-1]["poor_households"])
    almost = rows.assign(households=pd.array([total - 1], dtype="Int64"))
    frames = page.slice.tables | {"groups": almost}
    other = Page(page.words, replace(page.slice, tables=frames))
    assert tables.groups(other).rows[0][1:3] == ("không công bố", "–")


def test_a_target_is_drawn_to_the_digits_that_it_has(page):
    status = page.slice.tables["status"].assign(target_rate=0.015)
    other = Page(page.words, replace(page.slice, tables=page.slice.tables | {"status": status}))
    assert "≤\u00a01,50\u00a0%" in figures.trajectory(other).svg


def test_little_money_is_not_called_none():
    assert language.of("vi").money(300_000) == "0,3 triệu đồng"
