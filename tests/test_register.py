"""The action register out to a workbook and back: nothing lost, nothing half-read."""

import subprocess
import sys

import openpyxl
import pandas as pd
import pytest

from povlib.data import dataset, register
from povlib.errors import DataError
from povlib.scenario import DataSettings


@pytest.fixture(scope="module")
def data(embedded):
    return embedded


@pytest.fixture
def book(data, tmp_path):
    path = tmp_path / "register.xlsx"
    register.write(data, path)
    return path


def _edit(path, change):
    workbook = openpyxl.load_workbook(path)
    change(workbook["actions"])
    workbook.save(path)


def _column(sheet, head):
    return next(cell.column for cell in sheet[1] if cell.value == head)


def test_what_is_written_comes_back(data, book):
    pd.testing.assert_frame_equal(register.read(book, data).actions, data.actions)


def test_what_an_office_fills_in_is_read(data, book):
    def fill(sheet):
        sheet.cell(2, _column(sheet, "status"), "done")
        sheet.cell(2, _column(sheet, "result"), "12 lớp")

    _edit(book, fill)
    row = register.read(book, data).actions.iloc[0]
    assert (row["status"], row["result"]) == ("done", "12 lớp")


def test_text_that_begins_like_a_formula_stays_text(data, tmp_path):
    actions = data.actions.assign(task='=HYPERLINK("http://x")')
    actions = actions.drop_duplicates("area_code", ignore_index=True)
    odd = dataset.Dataset(
        **{
            name: getattr(data, name)
            for name in dataset.Dataset.__dataclass_fields__
            if name not in ("actions", "notes")
        },
        actions=actions,
        notes=(),
    )
    register.write(odd, tmp_path / "odd.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "odd.xlsx")["actions"]
    assert sheet.cell(2, _column(sheet, "task")).data_type == "s"


@pytest.mark.parametrize(
    ("head", "value", "rule"),
    [
        ("status", "finished", "row 2.*status"),
        ("deadline", "31/12/2026", "row 2.*deadline"),
        ("area_code", "99999", "row 2.*99999"),
        ("task", None, "row 2.*task"),
    ],
)
def test_a_wrong_cell_is_named(data, book, head, value, rule):
    def spoil(sheet):
        sheet.cell(2, _column(sheet, head)).value = value

    _edit(book, spoil)
    with pytest.raises(DataError, match=rule):
        register.read(book, data)


def test_a_workbook_without_a_register_is_refused(data, tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["a"])
    book.save(tmp_path / "other.xlsx")
    with pytest.raises(DataError, match="no sheet actions"):
        register.read(tmp_path / "other.xlsx", data)


def _povlib(*arguments):
    command = [sys.executable, "-m", "povlib", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_command_writes_reads_and_says_what_changed(data, tmp_path):
    folder, book = tmp_path / "data", tmp_path / "register.xlsx"
    dataset.save(data, folder)
    assert _povlib("actions", book, "--data", folder).returncode == 0
    same = _povlib("actions", book, "--into", folder)
    assert same.stdout.endswith("nothing changed\n")
    _edit(book, lambda sheet: sheet.cell(2, _column(sheet, "status"), "cancelled"))
    made = _povlib("actions", book, "--into", folder)
    assert "actions: 0 rows new, 1 changed, 0 gone" in made.stdout
    assert "-> cancelled" in made.stdout
    kept = dataset.load(folder, settings=DataSettings(path=str(folder)))
    assert kept.actions.iloc[0]["status"] == "cancelled"
    both = _povlib("actions", book, "--into", folder, "--data", folder)
    assert both.returncode == 2
    assert both.stderr.startswith("povlib: --data writes the workbook, --into reads it")


def test_a_column_of_the_data_set_that_is_not_ours_is_not_lost(data, book, tmp_path):
    folder = tmp_path / "data"
    dataset.save(data, folder)
    review = folder / "review.csv"
    lines = review.read_text("utf-8").splitlines()
    lines = [f"{line},{'remark' if place == 0 else 'seen'}" for place, line in enumerate(lines)]
    review.write_text("\n".join(lines), "utf-8")
    _edit(book, lambda sheet: sheet.cell(2, _column(sheet, "status"), "cancelled"))
    refused = _povlib("actions", book, "--into", folder)
    assert refused.returncode == 2
    assert "remark; they would be lost when it is written" in refused.stderr
    assert "remark" in review.read_text("utf-8")


def test_a_register_is_written_to_a_workbook_alone(data, tmp_path):
    with pytest.raises(DataError, match=r"give it a name that ends in \.xlsx"):
        register.write(data, tmp_path / "register.csv")
