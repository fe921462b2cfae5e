"""Workbooks of official forms to rows of figures: recognised by what the sheets say."""

import re
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from povlib.data import form_columns, form_rows, forms, personal, workbooks
from povlib.data.form_parts import Form
from povlib.data.notes import Note
from povlib.data.tables import TOGETHER
from povlib.data.vietnamese import says, tidy
from povlib.data.workbooks import Sheet
from povlib.errors import DataError

_PERIOD = re.compile(r"giai đoạn\D{0,12}\d{4}\D{1,12}\d{4}", re.IGNORECASE)
_DATE = re.compile(r"(?:ngày|tháng)\b[^;]{0,30}?năm\s*\d{4}", re.IGNORECASE)
_YEAR = re.compile(r"năm\s*(\d{4})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class FormSheet:
    """
    One form as it stands in a sheet.

    Attributes
    ----------
    form : Form
        Its columns are those that the sheet has.
    file, place : str
        File; file and sheet as messages name them.
    year : int
    standard : str
    vintage : str
        preliminary, official, or empty if the title does not say.
    rows : DataFrame
        One row per row of the sheet, index its number; `label`, `code`, `level`
        (unit, subtotal, total), `district`, `kind`, and a column of figures for
        each number; missing where blank. `area_code` once units are matched.
    """

    form: Form
    file: str
    place: str
    year: int
    standard: str
    vintage: str
    rows: pd.DataFrame

    def row(self, number: int) -> str:
        """Name a row as a person finds it."""
        return f"{self.place}, row {number} ({self.rows.loc[number, 'label']})"


def read(path: Path, *, year: int, standard: str) -> tuple[list[FormSheet], list[Note]]:
    """
    Read the forms in a workbook.

    Parameters
    ----------
    path : Path
    year : int
        Year whose end was reviewed; a title that names another is refused.
    standard : str

    Returns
    -------
    sheets : list of FormSheet
    notes : list of Note
        Sheets and columns that were not taken.

    Raises
    ------
    DataError
        If the file is no workbook, holds personal data in any sheet, or a form
        in it cannot be read without doubt.
    """
    if path.suffix.lower() not in workbooks.ENDINGS:
        msg = f"{path.name}: forms are read from workbooks ({', '.join(workbooks.ENDINGS)})"
        raise DataError(msg)
    if not path.is_file():
        msg = f"{path}: no such file"
        raise DataError(msg)
    sheets, _ = workbooks.read(path, names=())
    personal.refuse(path.name, sheets)
    found: list[FormSheet] = []
    notes: list[Note] = []
    for name, sheet in sheets.items():
        place = f'{path.name}, sheet "{name}"'
        if read := _read_sheet(place, sheet, standard, notes):
            form, rows, titles = read
            _check_year(place, titles, year)
            vintage = _vintage(titles)
            found.append(FormSheet(form, path.name, place, year, standard, vintage, rows))
    return found, notes


def _read_sheet(
    place: str, sheet: Sheet, standard: str, notes: list[Note]
) -> tuple[Form, pd.DataFrame, list[str]] | None:
    """Form, rows and the texts above its columns; None if the sheet holds no form."""
    layout = form_columns.find(place, sheet)
    titles = [] if layout is None else layout.titles
    form = forms.recognise(titles, standard)
    if layout is None or form is None:
        if any(cell != "" for row in sheet.rows for cell in row):
            notes.append(Note("{place} ignored: not a form of the review", {"place": place}))
        return None
    if form.kind == TOGETHER:
        form = replace(form, kind=_kind_of_title(titles))
    fitted = form_columns.fit(form, layout, notes)
    rows = form_rows.read(fitted, sheet)
    if rows.empty:
        values: dict[str, str | int] = {"place": place, "form": form.number}
        notes.append(Note("{place}: form {form} holds no figures", values))
        return None
    return fitted.form, rows, titles


def _kind_of_title(titles: list[str]) -> str:
    """Whether form 10 counts the poor, the near-poor, or both together."""
    title = next(text for text in titles if says(text, "nguyên nhân"))
    near, poor = says(title, "cận nghèo"), says(title, "hộ nghèo")
    return TOGETHER if near == poor else "near_poor" if near else "poor"


def _check_year(place: str, titles: list[str], year: int) -> None:
    """A title that names years, and not this one, is of another review."""
    text = _DATE.sub("", _PERIOD.sub("", tidy(" ; ".join(titles))))
    years = {int(found) for found in _YEAR.findall(text)}
    if years and year not in years:
        named = ", ".join(map(str, sorted(years)))
        msg = f"{place}: the title says {named}, the import {year}; give the year with --year"
        raise DataError(msg)


def _vintage(titles: list[str]) -> str:
    for text in titles:
        if says(text, "kết quả"):
            if says(text, "chính thức"):
                return "official"
            if says(text, "sơ bộ"):
                return "preliminary"
    return ""
