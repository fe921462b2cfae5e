"""Reading: what is taken from files, and what is refused with which words."""

import zipfile
from dataclasses import replace
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from povlib import scenario
from povlib.data import dataset, demo, tables
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
    assert str(data.notes[0]) == "1 rows left out: marked bad"


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


def test_decomposed_letters_are_the_same_name(flat):
    import unicodedata

    data = dataset.load(flat(unicodedata.normalize("NFD", FLAT)), settings=PLAIN)
    assert data.areas["name"].tolist() == ["Ba Bể", "Na Rì"]


def test_comments_byte_order_marks_and_tabs_are_read(flat):
    text = "\ufeff# source: a table\n# of somebody\n" + FLAT.replace(",", "\t")
    assert len(dataset.load(flat(text), settings=PLAIN).review) == 4


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("02,Na Rì,2022", "2,Na Rì,2022", r"row 5: area_code 2 has 1 digits, others 2; did it"),
        ("100,20,10", "100,412,10", r"row 2 \(Ba Bể\): poor_households 412 exceed households"),
        ("100,20,10", "100,60,50", r"poor_households \+ near_poor_households 110 exceed"),
        ("100,20,10", "100,0.2,10", r"poor_households must be a whole number; is it .*'0.2'"),
        ("100,20,10", '100,"20,5",10', r"is it a rate where a count belongs\?; found '20,5'"),
        ("100,20,10", "100,20 %,10", r"is it a rate where a count belongs\?; found '20 %'"),
        ("100,20,10", "6.330,20,10", r"households must be a whole number without separators"),
        ("100,20,10", "1.000,20,10", r"households must be a whole number without separators"),
        ("100,20,10", "100,many,10", r"poor_households must be a whole number; found 'many'"),
        ("100,20,10", "100,-3,10", r"poor_households must not be negative; found -3"),
        ("100,20,10", "100,,10", r"row 2: poor_households must not be empty"),
        ("100,20,10", "0,20,10", r"poor_households 20 exceed households 0"),
        ("01,Ba Bể,2022", "01,Ba Bể,2021", r"row 3: area_code 01, year 2021.* already in row 2"),
        ("01,Ba Bể,2022", "01,Ba Bể,22", r"row 3: year is out of range \(1900, 2100\); found 22"),
        ("01,Ba Bể,2022", ",Ba Bể,2022", r"row 3: area_code must be letters, digits"),
        ("01,Ba Bể,2022", "../x,Ba Bể,2022", r"area_code must be letters, digits.*'../x'"),
        ("01,Ba Bể,2022", "con,Ba Bể,2022", r"area_code must be letters, digits.*'con'"),
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


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.csv", b"", "a.csv: the file is empty"),
        ("a.csv", b"# only a comment\n", "a.csv: the file is empty"),
        ("a.csv", b"area_code,name\n", "no rows below the heads"),
        ("a.csv", "area_code,name\n1,Hà Nội\n".encode("utf-16"), "line 1: not UTF-8 text"),
        ("a.csv", "area_code,name\n1,H\xe0 N\xf4i\n".encode("latin-1"), "line 2: not UTF-8 text"),
        ("a.csv", b'area_code,name\n1,"x\n', "a.csv: not a CSV table"),
        (
            "a.csv",
            b"x,y\n1,2\n",
            "table areas is missing .*a flat file needs the columns area_code",
        ),
        ("a.xlsx", b"PK\x03\x04broken", "a.xlsx: not a readable workbook"),
        ("a.xls", b"nothing", "a.xls: not a readable workbook"),
        ("a.txt", b"area_code", r"a.txt: expected a folder, or a file ending in .csv"),
    ],
)
def test_a_file_that_is_no_table_is_refused(tmp_path, name, content, message):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(DataError, match=message):
        dataset.load(path, settings=PLAIN)


def test_a_truncated_workbook_is_refused(workbook):
    path = workbook(AREAS, REVIEW)
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(DataError, match="not a readable workbook"):
        dataset.load(path, settings=PLAIN)


def test_a_workbook_that_unpacks_to_far_too_much_is_refused(tmp_path):
    path = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(4):
            archive.writestr(f"xl/{number}.xml", b"0" * 100_000_000)
    with pytest.raises(DataError, match=r"bomb.xlsx: unpacks to 400,000,000 bytes"):
        dataset.load(path, settings=PLAIN)


def test_a_missing_path_and_an_empty_folder_are_refused(tmp_path):
    with pytest.raises(DataError, match="no such file or folder"):
        dataset.load(tmp_path / "nowhere", settings=PLAIN)
    with pytest.raises(DataError, match=r"holds no .csv or .parquet file"):
        dataset.load(tmp_path, settings=PLAIN)


def test_a_scenario_that_names_a_column_the_file_lacks_is_refused(flat):
    case = DataSettings(path="x", columns={"code": "area_code"})
    with pytest.raises(DataError, match=r"column code, named by the scenario, is missing"):
        dataset.load(flat(), settings=case)


def test_the_embedded_data_set_survives_saving_and_loading(tmp_path):
    data = demo.build()
    dataset.save(data, tmp_path / "demo")
    again = dataset.load(tmp_path / "demo", settings=PLAIN)
    assert again.notes == ()
    for name in tables.KEYS:
        pd.testing.assert_frame_equal(getattr(again, name), getattr(data, name))


def test_parquet_files_are_read_like_csv_files(tmp_path):
    data = demo.build()
    for name in tables.REQUIRED:
        getattr(data, name).to_parquet(tmp_path / f"{name}.parquet")
    again = dataset.load(tmp_path, settings=PLAIN)
    pd.testing.assert_frame_equal(again.review, data.review)


NAMES = st.text(
    st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=12
)


@settings(max_examples=30, deadline=None)
@given(
    names=st.lists(NAMES, min_size=1, max_size=4),
    poor=st.integers(0, 50),
    household=st.integers(50, 10**9),
)
def test_any_name_survives_saving_and_loading(tmp_path_factory, names, poor, household):
    import unicodedata

    empty = demo.build.__globals__["Dataset"]
    codes = [f"{number:05d}" for number in range(len(names))]
    areas = pd.DataFrame(
        {"area_code": codes, "name": [unicodedata.normalize("NFC", name) for name in names]}
    )
    review = pd.DataFrame(
        {
            "area_code": codes,
            "year": 2024,
            "standard": "nd07-2021",
            "households": household,
            "poor_households": poor,
        }
    )
    none = {name: dataset._empty(name) for name in tables.KEYS}
    full = {
        "areas": areas.reindex(columns=none["areas"].columns).astype(none["areas"].dtypes),
        "review": review.reindex(columns=none["review"].columns).astype(none["review"].dtypes),
    }
    data = empty(**(none | full))
    folder = tmp_path_factory.mktemp("data") / "set"
    dataset.save(data, folder)
    again = dataset.load(folder, settings=PLAIN)
    pd.testing.assert_frame_equal(again.areas, data.areas)
    pd.testing.assert_frame_equal(again.review, data.review)


def test_saving_never_touches_a_folder_that_is_no_data_set(tmp_path):
    (tmp_path / "letter.txt").write_text("keep me")
    with pytest.raises(DataError, match=r"holds letter.txt"):
        dataset.save(demo.build(), tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]


def test_saving_replaces_a_data_set_whole(tmp_path):
    data = demo.build()
    dataset.save(data, tmp_path / "set")
    fewer = replace(data, flows=data.flows.head(0))
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
