"""Reading: what is taken from files, and what is refused with which words."""

import re
import unicodedata
from dataclasses import replace
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from povlib import scenario
from povlib.data import columns, dataset, tables
from povlib.data.dataset import Dataset
from povlib.errors import DataError
from povlib.scenario import DataSettings, DeriveRule, DropRule

PLAIN = DataSettings(path="x")
SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"
FLAT = """area_code,name,year,households,poor_households,near_poor_households
01,Ba Bể,2021,100,20,10
01,Ba Bể,2022,100,15,10
02,Na Rì,2021,200,60,20
02,Na Rì,2022,200,50,20
"""


@pytest.fixture
def flat(tmp_path):
    """Write a flat file and give its path."""

    def _write(text=FLAT, encoding="utf-8"):
        path = tmp_path / "flat.csv"
        path.write_text(text, encoding=encoding)
        return path

    return _write


@pytest.fixture
def workbook(tmp_path):
    """Write a workbook of the tables areas and review, and give its path."""

    def _write(areas, review, extra=()):
        book = openpyxl.Workbook()
        book.remove(book.active)
        for name, rows in [("areas", areas), ("review", review), *extra]:
            sheet = book.create_sheet(name)
            for row in rows:
                sheet.append(row)
        path = tmp_path / "review.xlsx"
        book.save(path)
        return path

    return _write


FLOWS = [
    ["area_code", "year", "standard", "status", "unit", "start", "out_above", "end"],
    ["00001", 2023, "nd07-2021", "poor", "households", 10, 2, 8],
    ["00001", 2024, "nd07-2021", "poor", "households", 10, 2, 5],
]
AREAS = [["area_code", "name"], ["00001", "Ba Bể"], ["00002", "Na Rì"]]
REVIEW = [
    ["area_code", "year", "standard", "households", "poor_households"],
    ["00001", 2024, "nd07-2021", 398, 12],
    ["00002", 2024, "nd07-2021", 500, 40],
]


def test_a_flat_file_becomes_areas_and_review(flat):
    data = dataset.load(flat(), settings=PLAIN)
    assert data.areas["name"].tolist() == ["Ba Bể", "Na Rì"]
    assert data.review["poor_households"].tolist() == [20, 15, 60, 50]
    assert set(data.review["standard"]) == {"nd07-2021"}
    assert [str(note) for note in data.notes] == ["standard inferred from the year"]
    assert data.flows.empty


def test_a_workbook_is_read_sheet_by_sheet_and_others_are_noted(workbook):
    data = dataset.load(workbook(AREAS, REVIEW, [("notes", [["x"], ["y"]])]), settings=PLAIN)
    assert data.review["households"].tolist() == [398, 500]
    assert 'sheet "notes" ignored' in str(data.notes[0])


def test_columns_without_meaning_are_ignored_with_a_note(flat):
    data = dataset.load(flat(FLAT.replace("_households\n", "_households,x\n", 1)), settings=PLAIN)
    assert any("columns ignored: x" in str(note) for note in data.notes)


def test_columns_and_values_are_mapped_and_rows_dropped_with_a_count(flat):
    text = "code;label;when;hh;poor;std;mark\n1;A;2021;10;1;new;ok\n1;A;2022;10;2;new;bad\n"
    case = DataSettings(
        path="x",
        columns={
            "code": "area_code",
            "label": "name",
            "when": "year",
            "hh": "households",
            "poor": "poor_households",
            "std": "standard",
        },
        values={"standard": {"new": "nd07-2021"}},
        drop=[DropRule(column="mark", values=["bad"], reason="marked bad")],
    )
    data = dataset.load(flat(text), settings=case)
    assert data.review["year"].tolist() == [2021]
    assert str(data.notes[0]) == "rows left out: 1 (marked bad)"


def test_households_follow_from_a_count_and_its_percent(flat):
    text = "area_code,name,year,poor_households,near,percent\n1,A,2021,5,20,4\n"
    case = DataSettings(path="x", households=DeriveRule(count="near", percent="percent"))
    assert dataset.load(flat(text), settings=case).review["households"].tolist() == [500]


def test_years_without_a_standard_are_one_unstated_series(flat):
    data = dataset.load(flat(FLAT.replace("2021", "2011").replace("2022", "2012")), settings=PLAIN)
    assert set(data.review["standard"]) == {"unstated"}
    assert "unbroken series" in str(data.notes[0])


def test_a_commune_of_blanks_is_not_entered_and_left_out_with_a_note(flat):
    data = dataset.load(
        flat(FLAT.replace("01,Ba Bể,2022,100,15,10", "01,Ba Bể,2022,,0,")), settings=PLAIN
    )
    assert len(data.review) == 3
    assert any("not entered" in str(note) for note in data.notes)


def test_a_file_in_which_nothing_was_entered_is_refused(flat):
    text = FLAT.splitlines()[0] + "\n01,Ba Bể,2022,0,0,0\n"
    with pytest.raises(DataError, match=r"flat.csv: no review is left: none has a household total"):
        dataset.load(flat(text), settings=PLAIN)


def test_what_other_tables_say_of_a_review_not_entered_is_left_out_too(workbook):
    review = [*REVIEW, ["00001", 2023, "nd07-2021", None, None]]
    data = dataset.load(workbook(AREAS, review, [("flows", FLOWS)]), settings=PLAIN)
    assert data.flows["year"].tolist() == [2024]
    assert [str(note) for note in data.notes] == [
        "reviews left out as not entered, with no household total and no poor: 1",
        "rows left out: 1 (their review was not entered)",
    ]


def test_flows_of_a_year_without_a_review_are_refused(workbook):
    path = workbook(AREAS, REVIEW, [("flows", FLOWS)])
    with pytest.raises(DataError, match=r'"flows", row 2 \(Ba Bể\): .* year 2023 is not among the'):
        dataset.load(path, settings=PLAIN)


def test_flows_of_an_unknown_area_are_refused(workbook):
    flows = [FLOWS[0], ["00009", *FLOWS[1][1:]]]
    with pytest.raises(DataError, match=r'"flows", row 2: area_code 00009 is not among the areas'):
        dataset.load(workbook(AREAS, REVIEW, [("flows", flows)]), settings=PLAIN)


def test_a_flow_that_does_not_add_up_is_left_to_the_audit(workbook):
    path = workbook(AREAS, REVIEW, [("flows", [FLOWS[0], FLOWS[2]])])
    assert dataset.load(path, settings=PLAIN).flows["end"].tolist() == [5]


def test_the_last_name_of_an_area_that_is_given_is_used(flat):
    text = FLAT + "01,Ba Bể mới,2024,100,9,1\n01,,2025,100,8,1\n"
    data = dataset.load(flat(text), settings=PLAIN)
    assert data.areas["name"].tolist() == ["Ba Bể mới", "Na Rì"]
    assert "areas that change their name, of which the last one is used: 1" in map(str, data.notes)


def test_one_name_in_two_spellings_of_its_letters_is_no_change(flat):
    text = FLAT.replace("Ba Bể,2022", unicodedata.normalize("NFD", "Ba Bể") + " ,2022")
    data = dataset.load(flat(text), settings=PLAIN)
    assert [str(note) for note in data.notes] == ["standard inferred from the year"]


def test_an_area_without_a_name_is_shown_by_its_code(flat):
    data = dataset.load(flat(FLAT.replace("Ba Bể", "")), settings=PLAIN)
    assert data.areas["name"].tolist() == ["01", "Na Rì"]
    assert "areas without a name, shown by their code: 1" in map(str, data.notes)


def test_years_written_as_fractions_have_their_standard(flat):
    data = dataset.load(flat(FLAT.replace(",2021,", ",2021.0,")), settings=PLAIN)
    assert set(data.review["standard"]) == {"nd07-2021"}


def test_decomposed_letters_are_the_same_name(flat):
    data = dataset.load(flat(unicodedata.normalize("NFD", FLAT)), settings=PLAIN)
    assert data.areas["name"].tolist() == ["Ba Bể", "Na Rì"]


def test_comments_byte_order_marks_and_tabs_are_read(flat):
    text = "\ufeff# source: a table\n# of somebody\n" + FLAT.replace(",", "\t")
    assert len(dataset.load(flat(text), settings=PLAIN).review) == 4


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("02,Na Rì,2022", "2,Na Rì,2022", r"row 5 \(Na Rì\): area_code 2: did it .*zero \(02\)\?"),
        ("100,20,10", "100,412,10", r"row 2 \(Ba Bể\): poor_households 412 exceed households"),
        ("100,20,10", "100,60,50", r"poor_households \+ near_poor_households 110 exceed"),
        ("100,20,10", "100,0.2,10", r"poor_households must be a whole number; a rate .*'0.2'"),
        ("100,20,10", "100,0.123,10", r"a rate where a count belongs\?; found '0.123'"),
        ("100,20,10", "100,12.5,10", r"a rate where a count belongs\?; found '12.5'"),
        ("100,20,10", '100,"20,5",10', r"a rate where a count belongs\?; found '20,5'"),
        ("100,20,10", "100,20 %,10", r"a rate where a count belongs\?; found '20 %'"),
        ("100,20,10", "6.330,20,10", r"households must be a whole number: write 6330 without sep"),
        ("100,20,10", "1.000,20,10", r"households must be a whole number: write 1000 without sep"),
        ("100,20,10", '"1,234",20,10', r"write 1234 without separators; found '1,234'"),
        ("100,20,10", "1\u00a0234,20,10", r"write 1234 without separators"),
        ("100,20,10", "nan,20,10", r"households must be a whole number; found 'nan'"),
        ("100,20,10", "inf,20,10", r"households must be a whole number; found 'inf'"),
        ("100,20,10", "١٢,20,10", r"households must be a whole number; found '١٢'"),
        ("100,20,10", "100,many,10", r"poor_households must be a whole number; found 'many'"),
        ("100,20,10", "100,-3,10", r"poor_households must not be negative; found -3"),
        ("100,20,10", "100,,10", r"row 2 \(Ba Bể\): poor_households must not be empty"),
        ("100,20,10", ",20,10", r"row 2 \(Ba Bể\): households must not be empty"),
        ("100,20,10", "0,20,10", r"poor_households 20 exceed households 0"),
        ("01,Ba Bể,2022", "01,Ba Bể,2021", r"row 3 .*: area_code 01, year 2021.* already in row 2"),
        ("01,Ba Bể,2022", "01,Ba Bể,22", r"row 3 .*: year is out of range \(1900, 2100\).*22"),
        ("01,Ba Bể,2022", "01,Ba Bể,", r"row 3 \(Ba Bể\): year must not be empty"),
        ("01,Ba Bể,2022", ",Ba Bể,2022", r"row 3 \(Ba Bể\): area_code must not be empty"),
        ("01,Ba Bể,2022", "01.0,Ba Bể,2022", r"area_code is a number; write codes as text"),
        ("01,Ba Bể,2022", "a..b,Ba Bể,2022", r"area_code must be letters, digits.*'a..b'"),
        ("01,Ba Bể,2022", "é1,Ba Bể,2022", r"area_code must be letters, digits.*'é1'"),
        ("01,Ba Bể,2022", "../x,Ba Bể,2022", r"area_code must be letters, digits.*'../x'"),
        ("01,Ba Bể,2022", "con,Ba Bể,2022", r"area_code must not be a name that Windows.*'con'"),
        ("01,Ba Bể,2022", "LPT1.x,Ba Bể,2022", r"area_code must not be a name that Windows"),
        ("01,Ba Bể,2022", '01,"Ba\nBể",2022', r"name must be plain text"),
        ("01,Ba Bể,2022", "01,Ba\x07Bể,2022", r"name must be plain text"),
        ("households,poor", "hộ,poor", r"column households is missing \(there: area_code, name"),
        ("near_poor_households\n", "year\n", r"column year.* is there twice"),
    ],
)  # fmt: skip
def test_a_broken_rule_names_file_row_rule_and_value(flat, old, new, message):
    assert old in FLAT
    with pytest.raises(DataError, match=message) as caught:
        dataset.load(flat(FLAT.replace(old, new, 1)), settings=PLAIN)
    assert str(caught.value).startswith("flat.csv")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("100,20,10,50,60,5", r"em_poor_households 60 exceed em_households 50"),
        ("100,20,10,50,30,5", r"em_poor_households 30 exceed poor_households 20"),
        ("100,20,10,50,10,11", r"em_near_poor_households 11 exceed near_poor_households 10"),
        ("100,40,40,50,30,30", r"em_poor_.* \+ em_near_poor_households 60 exceed em_households 50"),
        ("100,20,10,101,10,5", r"em_households 101 exceed households 100"),
    ],
)
def test_a_part_may_not_exceed_its_whole(flat, row, message):
    heads = f"{FLAT.splitlines()[0]},em_households,em_poor_households,em_near_poor_households"
    with pytest.raises(DataError, match=r"flat.csv, row 2 \(Ba Bể\): " + message):
        dataset.load(flat(f"{heads}\n01,Ba Bể,2021,{row}\n"), settings=PLAIN)


def test_the_first_of_several_bad_rows_is_named_and_the_others_counted(flat):
    text = FLAT.replace(",20,10", ",200,10").replace(",15,10", ",300,10")
    with pytest.raises(DataError, match=r"row 3 .* 200 exceed households 100 \(and 1 more\)$"):
        dataset.load(flat("# a comment\n" + text), settings=PLAIN)


def test_a_deadline_must_be_in_the_calendar(workbook):
    heads = ["area_code", "task", "lead_body", "deadline", "status"]
    rows = [heads, ["00001", "t", "health", "2026-02-30", "planned"]]
    with pytest.raises(DataError, match=r"deadline must be a day of the calendar.*2026-02-30"):
        dataset.load(workbook(AREAS, REVIEW, [("actions", rows)]), settings=PLAIN)


def test_codes_that_differ_in_case_alone_are_refused(flat):
    text = FLAT.replace("01,", "a1,").replace("02,", "A1,")
    with pytest.raises(DataError, match="upper and lower case alone"):
        dataset.load(flat(text), settings=PLAIN)


def test_a_workbook_names_sheet_row_and_area(workbook):
    review = [REVIEW[0], ["00001", 2024, "nd07-2021", 398, 412]]
    with pytest.raises(DataError) as caught:
        dataset.load(workbook(AREAS, review), settings=PLAIN)
    expected = (
        'review.xlsx, sheet "review", row 2 (Ba Bể): poor_households 412 exceed households 398'
    )
    assert str(caught.value) == expected


def test_all_broken_rules_are_told_at_once_and_nothing_that_only_follows(workbook):
    "The flow is of a review that is refused: it does not lack one"
    review = [
        REVIEW[0],
        ["00001", 2022, "nd07-2021", 398, "3.02%"],
        ["00001", 2023, "nd07-2021", 398, 412],
        ["00002", 2023, "nd07-2021", 500, -1],
        ["0002", 2024, "nd07-2021", 500, 40],
    ]
    flows = [FLOWS[0], ["00001", 2022, *FLOWS[1][2:]], ["00009", *FLOWS[1][1:]]]
    with pytest.raises(DataError) as caught:
        dataset.load(workbook(AREAS, review, [("flows", flows)]), settings=PLAIN)
    told = str(caught.value).splitlines()
    rows = [re.search(r'sheet "(\w+)", row (\d)', line).groups() for line in told]
    assert rows == [
        ("review", "2"),
        ("review", "5"),
        ("flows", "3"),
        ("review", "4"),
        ("review", "3"),
    ]
    rules = ["whole number; a rate", "leading zero", "not among the areas", "negative", "exceed"]
    assert all(rule in line for rule, line in zip(rules, told, strict=True))


def test_a_missing_column_is_told_beside_the_broken_cells_of_another_table(workbook):
    areas = [["area_code", "name"], ["00001", "Ba\u202eBể"], ["00002", "Na Rì"]]
    with pytest.raises(DataError) as caught:
        dataset.load(workbook(areas, [row[:3] for row in REVIEW]), settings=PLAIN)
    first, second = str(caught.value).splitlines()
    assert "control characters" in first
    assert "column households is missing" in second


def test_a_review_that_is_broken_is_not_called_not_entered(workbook):
    review = [
        REVIEW[0],
        ["00001", 2024, "nd07-2021", "398,5", 12],
        ["00002", 2024, "nd07-2021", "", ""],
    ]
    with pytest.raises(DataError) as caught:
        dataset.load(workbook(AREAS, review), settings=PLAIN)
    assert "a rate where a count belongs" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_unknown_area_is_refused_with_a_suggestion(workbook):
    review = [REVIEW[0], ["00003", 2024, "nd07-2021", 398, 12]]
    with pytest.raises(
        DataError, match=r"area_code 00003 is not among the areas; did you mean 0000"
    ):
        dataset.load(workbook(AREAS, review), settings=PLAIN)


def test_a_code_that_excel_made_a_number_is_recognised(workbook):
    review = [REVIEW[0], [1, 2024, "nd07-2021", 398, 12]]
    with pytest.raises(DataError, match=r"did it lose its leading zero \(00001\)\?"):
        dataset.load(workbook(AREAS, review), settings=PLAIN)


def test_an_unknown_standard_lists_the_known_ones(workbook):
    review = [REVIEW[0], ["00001", 2024, "2021", 398, 12]]
    with pytest.raises(DataError, match=r"standard is not one of the known values.*qd59-2015"):
        dataset.load(workbook(AREAS, review), settings=PLAIN)


def test_a_scenario_that_names_a_column_the_file_lacks_is_refused(flat):
    case = DataSettings(path="x", columns={"code": "area_code"})
    with pytest.raises(DataError, match=r"column code, named by the scenario, is missing"):
        dataset.load(flat(), settings=case)


def test_a_scenario_that_gives_a_column_two_sources_is_refused(flat):
    case = DataSettings(path="x", columns={"households": "people", "name": "people"})
    with pytest.raises(DataError, match="the scenario names two columns of the file people"):
        dataset.load(flat(), settings=case)


@pytest.mark.parametrize(
    "case",
    [
        DataSettings(path="x", columns={"households": "hộ"}),
        DataSettings(path="x", values={"hộ": {"a": "b"}}),
    ],
)
def test_a_scenario_that_names_a_column_we_lack_is_refused(flat, case):
    with pytest.raises(DataError, match=r"column hộ, named by the scenario, is not .*; use area_"):
        dataset.load(flat(), settings=case)


def test_a_mapped_column_wins_over_one_of_our_name(flat):
    text = "area_code,name,year,households,poor_households,hh\n1,A,2021,7,5,100\n"
    data = dataset.load(flat(text), settings=DataSettings(path="x", columns={"hh": "households"}))
    assert data.review["households"].tolist() == [100]
    assert "flat.csv: columns ignored: households" in map(str, data.notes)


@pytest.mark.parametrize(
    ("near", "percent", "rule"),
    [
        ("20", "0", "cannot be worked out from near and percent"),
        ("20", "", "cannot be worked out from near and percent"),
        ("inf", "4", "near must be a whole number"),
        ("1.234", "4", "near must be a whole number: write 1234 without separators"),
        ("20", "x", "percent must be a number"),
    ],
)
def test_households_that_cannot_be_worked_out_are_refused(flat, near, percent, rule):
    text = f"area_code,name,year,poor_households,near,percent\n1,A,2021,5,{near},{percent}\n"
    case = DataSettings(path="x", households=DeriveRule(count="near", percent="percent"))
    with pytest.raises(DataError, match=rf"row 2.*{rule}"):
        dataset.load(flat(text), settings=case)


def test_any_mark_drops_a_row_before_it_can_break_a_rule(flat):
    text = FLAT.replace("_households\n", "_households,mark\n", 1) + "01,Ba Bể,2023,1,2,3,wrong\n"
    case = DataSettings(path="x", drop=[DropRule(column="mark", values=["*"], reason="marked")])
    data = dataset.load(flat(text), settings=case)
    assert len(data.review) == 4
    assert [str(note) for note in data.notes] == [
        "rows left out: 1 (marked)",
        "standard inferred from the year",
    ]


def test_a_file_of_which_nothing_is_left_is_refused(flat):
    rule = DropRule(column="name", values=["*"], reason="all")
    with pytest.raises(DataError, match=r"no row is left after the scenario's drop rules"):
        dataset.load(flat(), settings=DataSettings(path="x", drop=[rule]))


def test_no_path_is_the_embedded_data_set():
    assert len(dataset.load(None, settings=PLAIN).areas) == 92


def test_the_embedded_data_set_survives_saving_and_loading(embedded, tmp_path):
    data = embedded
    dataset.save(data, tmp_path / "demo")
    again = dataset.load(tmp_path / "demo", settings=PLAIN)
    assert again.notes == ()
    for name in tables.KEYS:
        pd.testing.assert_frame_equal(getattr(again, name), getattr(data, name))


NAMES = st.text(
    st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=12
).map(lambda text: unicodedata.normalize("NFC", text))
COUNTS = st.none() | st.integers(0, 10**9)
DEGREES = st.none() | st.floats(-90, 90)


def _frame(name, rows):
    frame = columns.empty(name)
    return pd.DataFrame(rows, columns=frame.columns).astype(frame.dtypes)


@st.composite
def _datasets(draw):
    """Small data sets: areas with any name, one review each, flows of some."""
    codes = [f"{number:05d}" for number in range(draw(st.integers(1, 4)))]
    areas = [
        {
            "area_code": code,
            "name": draw(NAMES),
            "group": draw(st.none() | NAMES),
            "urban": draw(st.none() | st.booleans()),
            "latitude": draw(DEGREES),
            "longitude": draw(DEGREES),
        }
        for code in codes
    ]
    key = {"year": 2024, "standard": "nd07-2021"}
    review = [
        {
            "area_code": code,
            **key,
            "households": draw(st.integers(100, 10**9)),
            "poor_households": draw(st.integers(0, 50)),
            "near_poor_households": draw(st.none() | st.integers(0, 50)),
            "people": draw(COUNTS),
            "provenance": draw(st.none() | NAMES),
        }
        for code in codes
    ]
    unit = {"status": "poor", "unit": "households"}
    flows = [
        {"area_code": code, **key, **unit, "start": draw(COUNTS) or 0, "end": draw(COUNTS) or 0}
        for code in draw(st.lists(st.sampled_from(codes), unique=True).map(sorted))
    ]
    rows = {"areas": areas, "review": review, "flows": flows}
    return Dataset(**{name: _frame(name, rows.get(name, [])) for name in tables.KEYS})


@settings(max_examples=15, deadline=None)
@given(data=_datasets())
def test_any_data_set_survives_saving_and_loading(tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("data") / "set"
    dataset.save(data, folder)
    again = dataset.load(folder, settings=PLAIN)
    for name in tables.KEYS:
        pd.testing.assert_frame_equal(getattr(again, name), getattr(data, name), check_exact=True)


def test_text_that_begins_like_a_formula_is_kept_as_it_is(flat, tmp_path):
    data = dataset.load(flat(FLAT.replace("Na Rì", "=1+1").replace("Ba Bể", "@x")), settings=PLAIN)
    dataset.save(data, tmp_path / "set")
    assert dataset.load(tmp_path / "set", settings=PLAIN).areas["name"].tolist() == ["@x", "=1+1"]


def test_saving_never_touches_a_folder_that_is_no_data_set(few, tmp_path):
    (tmp_path / "letter.txt").write_text("keep me")
    with pytest.raises(DataError, match=r"holds letter.txt"):
        dataset.save(few, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]


def test_saving_never_replaces_a_lone_file_that_has_the_name_of_a_table(few, tmp_path):
    (tmp_path / "finance.csv").write_text("keep me")
    with pytest.raises(DataError, match=r"holds finance.csv but no areas.csv"):
        dataset.save(few, tmp_path)
    with pytest.raises(DataError, match=r"is a file; a data set is a folder"):
        dataset.save(few, tmp_path / "finance.csv")
    assert (tmp_path / "finance.csv").read_text() == "keep me"


def test_a_run_that_fails_leaves_the_data_set_as_it_was(few, tmp_path, monkeypatch):
    dataset.save(few, tmp_path / "set")
    monkeypatch.setattr(dataset.folders, "put", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        dataset.save(replace(few, flows=few.flows.head(0)), tmp_path / "set")
    assert [path.name for path in tmp_path.iterdir()] == ["set"]
    assert (tmp_path / "set" / "flows.csv").exists()


def test_saving_replaces_a_data_set_whole(few, tmp_path):
    dataset.save(few, tmp_path / "set")
    fewer = replace(few, flows=few.flows.head(0))
    dataset.save(fewer, tmp_path / "set")
    assert not (tmp_path / "set" / "flows.csv").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["set"]


@pytest.mark.skipif(not SHARED.exists(), reason="the real tables are not here")
def test_the_provinces_of_vietnam_equal_the_published_figures():
    "Rates of Thái Nguyên and Bắc Kạn by the official review; checked against Directive 11"
    case = scenario.load("vietnam-provinces")
    data = dataset.load(case.data_path(), settings=case.data)
    rows = data.review.set_index(["area_code", "year"])
    rate = (100 * rows["poor_households"] / rows["households"]).astype(float).round(2)
    years = [2016, 2017, 2018, 2019, 2021, 2022, 2023, 2024]
    assert rate["19"].to_dict() == dict(
        zip(years, [11.21, 9.00, 6.39, 4.36, 6.14, 4.35, 3.02, 2.04], strict=True)
    )
    assert rate["06"].to_dict() == dict(
        zip(years, [26.60, 24.54, 21.89, 19.56, 27.37, 24.71, 21.94, 19.47], strict=True)
    )
    poor = rows["poor_households"]
    assert poor["19"].tolist() == [35683, 28810, 20705, 14341, 20595, 14624, 10190, 6938]
    assert poor["06"].tolist() == [20809, 19379, 17435, 15722, 22308, 20281, 18067, 16123]
    left_out = [note.values["rows"] for note in data.notes if "reason" in note.values]
    assert left_out == [23, 12, 2, 50]
    assert len(data.review) == 557 - sum(left_out)
    table = pd.read_csv(case.data_path(), comment="#", dtype={"geo_code": str})
    implied = table.set_index(["geo_code", "year"])["implied_total_hh"].loc[rows.index]
    assert rows["households"].tolist() == implied.tolist()


def test_reviews_under_a_standard_not_in_force_are_kept_with_a_note(workbook):
    review = [REVIEW[0], ["00001", 2024, "qd59-2015", 398, 12]]
    data = dataset.load(workbook(AREAS, review), settings=PLAIN)
    assert len(data.review) == 1
    assert [str(note) for note in data.notes if "not in force" in str(note)] == [
        "reviews under a standard not in force in their year: 1"
    ]


def test_minority_people_on_the_lists_are_no_more_than_there_are(flat):
    heads = "area_code,name,year,households,poor_households,em_people,em_poor_people,"
    text = f"{heads}em_near_poor_people\n1,A,2021,100,50,100,60,60\n"
    with pytest.raises(
        DataError, match=r"em_poor_people \+ em_near_poor_people 120.*em_people 100"
    ):
        dataset.load(flat(text), settings=PLAIN)
