"""Workbooks to fill in: their layout, drop-downs and notes, and that what is typed comes back."""

import openpyxl
import pytest

from povlib.data import dataset, forms, imports, tables, templates
from povlib.data.standards import STANDARDS
from povlib.errors import DataError
from povlib.scenario import DataSettings

STANDARD = "nd07-2021"
PLAIN = DataSettings(path="x")


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    return templates.write(
        tmp_path_factory.mktemp("templates"), areas="thai-nguyen", standard=STANDARD
    )


@pytest.fixture
def book(written):
    return openpyxl.load_workbook(written[0])


def test_every_form_has_a_sheet_in_the_official_layout(book):
    assert book.sheetnames == [f"Biểu {number}" for number in range(1, 14)]
    first = book["Biểu 1"]
    assert first["A4"].value.startswith("TỔNG HỢP KẾT QUẢ RÀ SOÁT HỘ NGHÈO; HỘ CẬN NGHÈO")
    numbers = [cell.value for cell in first[10]][:16]
    assert numbers[:6] == ["A", "B", "1", "2", "3", "4=3/1*100"]
    assert first["B11"].value == "Phường Đức Xuân"
    assert "E7:J7" in [str(cells) for cells in first.merged_cells.ranges]
    assert [cell.value for cell in book["Biểu 2"]["C"][9:11]] == ["Hộ", "Nhân khẩu"]


def test_counts_take_whole_numbers_and_checked_columns_say_so(book):
    sheet = book["Biểu 1"]
    (rule,) = sheet.data_validations.dataValidation
    assert (rule.type, rule.formula1) == ("whole", "0")
    assert "C11:C102" in str(rule.sqref)
    assert "F11" not in str(rule.sqref)
    assert "may stay blank" in sheet["F10"].comment.text
    assert sheet["E10"].comment.text == "review.poor_households"


def test_the_data_set_workbook_has_every_table_with_drop_downs_and_notes(written):
    book = openpyxl.load_workbook(written[1])
    assert book.sheetnames == ["guide", *tables.KEYS]
    for name in tables.KEYS:
        heads = [cell.value for cell in book[name][1]]
        assert heads == list(tables.SCHEMAS[name].columns)
        assert all(cell.comment for cell in book[name][1])
    lists = [
        rule.formula1
        for sheet in book.worksheets
        for rule in sheet.data_validations.dataValidation
        if rule.type == "list"
    ]
    assert '"poor,near_poor"' in lists
    assert all(len(choices) <= 257 for choices in lists)  # more than Excel takes
    indicators = {item.code for one in STANDARDS.values() for item in one.indicators}
    assert any(set(choices.strip('"').split(",")) == indicators for choices in lists)
    areas = book["areas"]
    assert areas.max_row == 93
    assert (areas["A2"].value, areas["A2"].number_format) == ("01840", "@")
    period = next(cell for cell in book["finance"][1] if cell.value == "period")
    assert book["finance"].column_dimensions[period.column_letter].number_format == "@"


def test_the_empty_forms_hold_nothing_to_import(written, tmp_path):
    with pytest.raises(DataError, match="no form of the review with figures was found"):
        imports.prepare([written[0]], year=2024, standard=STANDARD, into=tmp_path / "set")


def test_what_is_typed_into_the_forms_is_stored(written, tmp_path):
    book = openpyxl.load_workbook(written[0])
    book["Biểu 1"]["C11"], book["Biểu 1"]["E11"] = 2600, 153
    for column, value in zip("DEFGHIJKL", (200, 20, 30, 0, 1, 1, 1, 0, 153), strict=True):
        book["Biểu 2"][f"{column}10"] = value
    for form, cells in {4: "E", 9: "D", 10: "D", 11: "C", 12: "O"}.items():
        sheet = book[f"Biểu {form}"]
        row = next(cell.row for cell in sheet["B"] if cell.value == "Phường Đức Xuân")
        sheet[f"{cells}{row}"] = 7
    book["Biểu 4"]["C10"], book["Biểu 11"]["D11"], book["Biểu 12"]["C10"] = 153, 3, 2600
    book["Biểu 12"]["K10"] = 153
    book.save(tmp_path / "filled.xlsx")
    prepared = imports.prepare(
        [tmp_path / "filled.xlsx"], year=2024, standard=STANDARD, into=tmp_path / "set"
    )
    imports.save(prepared, tmp_path / "set")
    data = dataset.load(tmp_path / "set", settings=PLAIN)
    assert data.review["poor_households"].tolist() == [153]
    assert data.flows["newly_identified"].tolist() == [1]
    assert data.deprivations["indicator"].tolist() == ["employment"]
    assert data.ethnicities["ethnicity"].tolist() == ["Kinh"]
    assert data.causes["status"].tolist() == [tables.TOGETHER]
    assert data.children["deprived_children"].tolist() == [3]
    assert data.groups["group"].tolist() == ["merit"]


def test_a_data_set_typed_into_the_workbook_loads(written, tmp_path):
    book = openpyxl.load_workbook(written[1])
    book["review"].append(["01840", 2024, STANDARD, 2600, None, 153])
    book.save(tmp_path / "data-set.xlsx")
    data = dataset.load(tmp_path / "data-set.xlsx", settings=PLAIN)
    assert len(data.areas) == 92
    assert data.review["poor_households"].tolist() == [153]


@pytest.mark.parametrize("standard", ["qd59-2015", "nd351-2025"])
def test_other_standards_have_their_own_indicators(standard, tmp_path):
    templates.write(tmp_path, areas=None, standard=standard)
    sheet = openpyxl.load_workbook(tmp_path / "review-forms.xlsx")["Biểu 4"]
    said = {cell.value for row in sheet.iter_rows(min_row=7, max_row=8) for cell in row}
    codes = [column for column in forms.of_standard(standard)[3].columns if column.also]
    assert {column.headings[-1] for column in codes} <= said
