"""Three real, defective tables of one province, as its software prints them."""

import csv
from pathlib import Path

import openpyxl
import pytest

from povlib.data import forms, imports
from povlib.data.vietnamese import says
from povlib.errors import DataError

FORMS = Path(__file__).resolve().parents[2] / "shared" / "data" / "forms"
pytestmark = pytest.mark.skipif(not FORMS.exists(), reason="the real tables are not here")

AREAS = [
    ("24616", "Ea T'Ling", "thị trấn", "Cư Jút"),
    ("24619", "Đắk Wil", "xã", "Cư Jút"),
    ("24622", "Ea Pô", "xã", "Cư Jút"),
    ("24625", "Nam Dong", "xã", "Cư Jút"),
    ("24628", "Đắk DRông", "xã", "Cư Jút"),
    ("24631", "Tâm Thắng", "xã", "Cư Jút"),
    ("24634", "Cư Knia", "xã", "Cư Jút"),
    ("24637", "Trúc Sơn", "xã", "Cư Jút"),
    ("24646", "Quảng Sơn", "xã", "Đắk Glong"),
    ("24649", "Quảng Hòa", "xã", "Đắk Glong"),
    ("24652", "Đắk Ha", "xã", "Đắk Glong"),
    ("24655", "Đắk R'Măng", "xã", "Đắk Glong"),
    ("24658", "Quảng Khê", "xã", "Đắk Glong"),
    ("24661", "Đắk Plao", "xã", "Đắk Glong"),
    ("24664", "Đắk Som", "xã", "Đắk Glong"),
]  # names as in the official register; the tables write several of them otherwise
COUNTS = ("1", "2", "3", "5", "7", "9", "11", "13")
PERCENT = {"4": ("3", "1"), "6": ("5", "1"), "8": ("7", "1")} | {
    "10": ("9", "2"),
    "12": ("11", "2"),
    "14": ("13", "2"),
}


def _schema(form):
    """Number, heading and formula of the columns of a form, as published."""
    lines = (FORMS / "review_forms_schema.csv").read_text("utf-8").splitlines()[1:]
    return [row for row in csv.DictReader(lines) if row["form"] == str(form)]


def _fixture(form):
    lines = (FORMS / f"form{form}_daknong_fixture.csv").read_text("utf-8").splitlines()[1:]
    return list(csv.DictReader(lines))


def _sheet(book, form, title):
    """Banner, title, headings and the row of numbers."""
    sheet = book.create_sheet(f"Sheet{form}")
    sheet["A2"], sheet["H2"] = "ỦY BAN NHÂN DÂN", "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"
    sheet["A4"] = title
    sheet.merge_cells("A4:N4")
    for position, column in enumerate(_schema(form), 1):
        for row, text in zip((8, 9), column["header_vi"].split(" – "), strict=False):
            sheet.cell(row, position, text)
        formula = column["formula_or_check"]
        is_formula = formula[:1].isdigit()
        number = f"{column['col']}={formula}" if is_formula else column["col"]
        sheet.cell(10, position, number)
    return sheet


@pytest.fixture
def workbook(tmp_path):
    """The three tables in one workbook of the official layout."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    title = _schema(1)[0]["title"]
    sheet = _sheet(book, 1, title)
    heads = ("total_households", "total_people", "poor_hh", "nearpoor_hh", "avg_living_agri_hh")
    heads += ("poor_people", "nearpoor_people", "avg_living_agri_people")
    for row in _fixture(1):
        counts = dict(zip(COUNTS, (int(row[head]) for head in heads), strict=True))
        for number, (part, whole) in PERCENT.items():
            counts[number] = 100 * counts[part] / counts[whole] if counts[whole] else 0
        sheet.append([row["tt"], row["unit"], *(counts[str(n)] for n in range(1, 15))])
    for form in (2, 3):
        sheet = _sheet(book, form, _schema(form)[0]["title"])
        for row in _fixture(form):
            kind, *cells = list(row.values())[2:12]
            figures = [int(cell) if cell else None for cell in cells]
            sheet.append([row["tt"], row["unit"], kind, *figures])
    book.save(tmp_path / "review.xlsx")
    return tmp_path / "review.xlsx"


@pytest.fixture
def prepared(workbook, tmp_path):
    register = tmp_path / "areas.csv"
    lines = ["area_code,name,kind,group", *(",".join(area) for area in AREAS)]
    register.write_text("\n".join(lines), encoding="utf-8")
    return imports.prepare(
        [workbook], year=2024, standard="nd07-2021", into=tmp_path / "set", areas=str(register)
    )


def _notes(prepared, text):
    return [str(note) for note in prepared.notes if text in str(note)]


def test_a_rate_of_2040_percent_is_refused_with_place_rule_and_value(prepared):
    (note,) = _notes(prepared, "2040 %")
    assert note == (
        'review.xlsx, sheet "Sheet1", row 11 (Huyện Cư Jút) refused: column 3 204 exceeds column 1'
        " 10 (2040 %)"
    )
    refused = _notes(prepared, " refused: column ")
    assert len(refused) == 12
    assert any("(Xã Đắk Ha) refused: column 3 237 exceeds column 1 10" in note for note in refused)
    assert any(
        "(Xã Ea Pô) refused: column 3 67 exceeds column 1 0: not" in note for note in refused
    )


def test_communes_of_zeros_are_not_entered_and_never_stored_as_zero(prepared):
    (note,) = _notes(prepared, "5 rows not entered")
    for name in ("Cư Knia", "Đăk Wil", "Nam Dong", "Trúc Sơn", "Quảng Sơn"):
        assert name in note
    assert prepared.data.review.empty


def test_a_flow_equation_that_leaves_11_households_over_is_said(prepared):
    notes = _notes(prepared, "1-2-3-4+5+6+7+8 in ")
    assert "(Huyện Đăk Glong): 923, not 934 (-11)" in notes[0]
    assert "(Huyện Đăk Glong): 783, not 792 (-9)" in notes[1]


def test_residuals_are_those_that_the_fixtures_give(prepared):
    for form, note in zip((2, 3), _notes(prepared, "1-2-3-4+5+6+7+8 in "), strict=True):
        expected = [row["residual_identity"] for row in _fixture(form)]
        expected = [int(value) for value in expected if value != "0"]
        assert f" in {len(expected)} rows" in note
        assert [f"({value:+d})" in note for value in expected] == [True] * len(expected)


def test_nothing_sound_is_left_and_nothing_is_written(prepared, tmp_path):
    with pytest.raises(DataError, match="nothing of the forms can be stored; the notes say why"):
        imports.save(prepared, tmp_path / "set")
    assert not (tmp_path / "set").exists()


def test_once_household_totals_are_typed_flows_and_review_are_stored(workbook, tmp_path):
    "The totals of 9,000 are put in by the test; all other figures are the fixture's"
    book = openpyxl.load_workbook(workbook)
    for row in book["Sheet1"].iter_rows(min_row=11):
        if row[4].value:
            row[2].value, row[3].value = 9000, 36000
    book.save(workbook)
    register = tmp_path / "areas.csv"
    lines = ["area_code,name,kind,group", *(",".join(area) for area in AREAS)]
    register.write_text("\n".join(lines), encoding="utf-8")
    prepared = imports.prepare(
        [workbook], year=2024, standard="nd07-2021", into=tmp_path / "set", areas=str(register)
    )
    review = prepared.data.review.set_index("area_code")
    assert len(review) == 10
    assert review.loc["24655", "poor_households"] == 236
    flows = prepared.data.flows.set_index(["area_code", "status", "unit"])
    assert flows.loc[("24655", "poor", "people"), "start"] == 2725
    assert flows.loc[("24655", "near_poor", "households"), "returned"] == 1
    assert flows["other_decrease"].isna().all()  # left blank, so not zero


def test_our_columns_are_those_of_the_published_schema():
    "Numbers and headings of every counted column, as the schema lists them"
    for form in forms.of_standard("nd07-2021"):
        columns = {column.number: column for column in form.columns}
        for row in _schema(form.number):
            if row["col"] in columns:
                assert says(row["header_vi"], columns[row["col"]].words), row
        numbered = {row["col"] for row in _schema(form.number)} - {"A", "B", "C", "-"}
        ours = set(columns) - {"hh", "sum"}
        assert {n.replace("x", "*") for n in numbered} - ours <= {"2-3", "6-7"}


@pytest.mark.parametrize("form", [14, 15])
def test_lists_of_people_are_refused_without_a_word_of_what_they_hold(tmp_path, form):
    book = openpyxl.Workbook()
    _sheet(book, form, _schema(form)[0]["title"]).append([1, "x", "secret"])
    book.save(tmp_path / "list.xlsx")
    with pytest.raises(DataError, match="personal data are never imported") as caught:
        imports.prepare(
            [tmp_path / "list.xlsx"], year=2024, standard="nd07-2021", into=tmp_path / "set"
        )
    assert "secret" not in str(caught.value)
