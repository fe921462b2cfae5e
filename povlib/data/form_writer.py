"""The official forms as workbooks, filled from a data set or empty."""

from dataclasses import replace
from pathlib import Path

import pandas as pd
from openpyxl import Workbook
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from povlib.data import agreement, form_checks, forms, tables
from povlib.data.dataset import Dataset
from povlib.data.form_parts import Column, Form

_CODE = "Mã đơn vị"
_LINE = Side(style="thin")
_BORDER = Border(left=_LINE, right=_LINE, top=_LINE, bottom=_LINE)
_CENTRE = Alignment(horizontal="center", vertical="center", wrap_text=True)
_CHECKED = PatternFill("solid", fgColor="EEEEEE")
_VINTAGES = {"official": "CHÍNH THỨC ", "preliminary": "SƠ BỘ "}
_HEAD = 7  # rows of the banner and the title
_MERGED = 500  # units whose pairs of rows are merged; openpyxl takes the square of their number
_ETHNICITIES = ("Tày", "Nùng", "Dao", "Mông", "Sán Chay", "Sán Dìu", "Hoa", "other")


def fill(data: Dataset, path: Path, *, year: int, standard: str) -> None:
    """
    Write the forms of a year, each that the data set has something for.

    Parameters
    ----------
    data : Dataset
    path : Path
        A workbook to write; .xlsx.
    year : int
    standard : str
    """
    book = Workbook()
    book.remove(book.active)
    review = data.review[(data.review["year"] == year) & (data.review["standard"] == standard)]
    units = data.areas[data.areas["area_code"].isin(review["area_code"])]
    vintages = review["vintage"].dropna().unique()
    vintage = _VINTAGES[vintages[0]] if len(vintages) == 1 else ""
    frames = {name: getattr(data, name) for name in tables.KEYS}
    ledger = agreement.Ledger(frames, year=year, standard=standard)
    for form in forms.of_standard(standard):
        own = _of_data(form, data, year, standard)
        figures = {
            kind: _figures(own, kind, ledger, pd.Index(units["area_code"])) for kind in _kinds(own)
        }
        # Forms 5 and 7 keep nothing of their own: they are the rates of forms 4 and 6.
        stored = [column.number for column in own.columns if column.stores]
        stored = stored or [column.number for column in own.columns if column.percent]
        if any(frame[stored].notna().any(axis=None) for frame in figures.values()):
            sheet = _begin(book, own, year=year, vintage=vintage)
            _write_rows(sheet, own, units, figures)
    book.save(path)


def template(path: Path, *, standard: str, units: pd.DataFrame) -> None:
    """
    Write the empty forms, with hints and cells that take whole numbers only.

    Parameters
    ----------
    path : Path
    standard : str
    units : DataFrame
        Areas that have a row each; rows without a name are left to fill in.
    """
    book = Workbook()
    book.remove(book.active)
    for form in forms.of_standard(standard):
        own = _open(form, _ETHNICITIES)
        own = replace(own, kinds={}) if form.number == 10 else own
        blank = pd.DataFrame(
            index=units["area_code"].fillna(""), columns=[column.number for column in own.columns]
        )
        sheet = _begin(book, own, year=None, vintage="")
        first = sheet.max_row + 1
        _write_rows(sheet, own, units, dict.fromkeys(_kinds(own), blank))
        _restrict(sheet, own, first)
    book.save(path)


def _of_data(form: Form, data: Dataset, year: int, standard: str) -> Form:
    """A form with the ethnicities and the kinds of rows that a data set has."""
    if form.number == 9:
        own = data.ethnicities
        own = own[(own["year"] == year) & (own["standard"] == standard)]
        return _open(form, tuple(name for name in own["ethnicity"].unique() if name != "Kinh"))
    if form.number == 10:
        own = data.causes
        there = own[(own["year"] == year) & (own["standard"] == standard)]["status"].unique()
        kinds = {name: kind for name, kind in form.kinds.items() if kind in there}
        return replace(form, kinds={} if list(there) == [tables.TOGETHER] else kinds)
    return form


def _open(form: Form, ethnicities: tuple[str, ...]) -> Form:
    columns: list[Column] = []
    for column in form.columns:
        if column.number.endswith("*"):
            columns += [
                column.named(f"{column.number[:-1]}{place}", "Khác" if name == "other" else name)
                for place, name in enumerate(ethnicities, 1)
            ]
        else:
            columns.append(column)
    return replace(form, columns=tuple(columns))


def _kinds(form: Form) -> list[str]:
    return list(form.kinds.values()) or [form.kind]


def _figures(form: Form, kind: str, ledger: agreement.Ledger, index: pd.Index) -> pd.DataFrame:
    """One row a unit, one column a number: what is stored, else what is counted alike."""
    figures = pd.DataFrame(index=index)
    for column in form.columns:
        values = pd.Series(pd.NA, index=index, dtype="Float64" if column.percent else "Int64")
        for place in column.stores or column.equals:
            if place.kind == kind:
                values = values.fillna(ledger.series(place).reindex(index))
        figures[column.number] = values
    for column in form.columns:
        if not (column.stores or column.equals):
            worked_out = form_checks.worked_out(column, figures)
            if worked_out is not None:
                figures[column.number] = worked_out.where(worked_out >= 0)
    return figures


def _begin(book: Workbook, form: Form, *, year: int | None, vintage: str) -> Worksheet:
    """A sheet with banner, title, headings and column numbers."""
    sheet = book.create_sheet(f"Biểu {form.number}")
    heads = _heads(form)
    last = get_column_letter(len(heads))
    title = form.title.format(vintage=vintage)
    when = f"Năm {year}" if year else "Năm ......"
    for row, text in ((1, "ỦY BAN NHÂN DÂN ............"), (4, title), (5, when)):
        sheet.cell(row, 1, text).font = Font(bold=True)
        sheet.merge_cells(f"A{row}:{last}{row}")
        sheet.cell(row, 1).alignment = _CENTRE
    sheet.cell(2, 1, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM; Độc lập - Tự do - Hạnh phúc")
    levels = max(len(headings) for _, headings in heads)
    for position, (number, headings) in enumerate(heads, 1):
        for level in range(levels):
            heading = headings[level] if level < len(headings) else None
            _put(sheet, _HEAD + level, position, heading, bold=True)
        _put(sheet, _HEAD + levels, position, number)
        sheet.column_dimensions[get_column_letter(position)].width = 28 if position == 2 else 11
    _merge_heads(sheet, [headings for _, headings in heads], levels)
    sheet.freeze_panes = f"C{_HEAD + levels + 1}"
    return sheet


def _heads(form: Form) -> list[tuple[str, tuple[str, ...]]]:
    """Number and headings of every column of the sheet."""
    marks = [("A", ("TT",)), ("B", ("Phường/Xã",))]
    if form.kinds:
        marks.append(("C", ("Phân tổ",)))
    own = []
    for column in form.columns:
        number = "" if column.number in ("hh", "sum") else column.number
        shown = column.formula if number and "." not in column.formula else ""
        shown = f"{number}={shown}" if shown and not shown.startswith("*") else number
        own.append((shown, column.headings))
    return [*marks, *own, ("", (_CODE,))]


def _put(sheet: Worksheet, row: int, column: int, value: object, *, bold: bool = False) -> None:
    cell = sheet.cell(row, column, value)
    cell.border, cell.alignment = _BORDER, _CENTRE
    if bold:
        cell.font = Font(bold=True)


def _merge_heads(sheet: Worksheet, heads: list[tuple[str, ...]], levels: int) -> None:
    """One cell for a heading over several columns, or down to the column numbers."""
    for level in range(levels):
        first = 0
        while first < len(heads):
            last = first
            while last + 1 < len(heads) and _joined(heads[first], heads[last + 1], level):
                last += 1
            if level < len(heads[first]):
                bottom = level if level < len(heads[first]) - 1 else levels - 1
                if last > first or bottom > level:
                    sheet.merge_cells(
                        start_row=_HEAD + level,
                        end_row=_HEAD + bottom,
                        start_column=first + 1,
                        end_column=last + 1,
                    )
            first = last + 1


def _joined(one: tuple[str, ...], other: tuple[str, ...], level: int) -> bool:
    """Whether two columns share the heading of a level, and have others below it."""
    return level < len(one) - 1 and one[: level + 1] == other[: level + 1]


def _write_rows(
    sheet: Worksheet, form: Form, units: pd.DataFrame, figures: dict[str, pd.DataFrame]
) -> None:
    labels = [name for name, kind in form.kinds.items() if kind in figures] or [""]
    rows = {kind: frame.astype(object).to_numpy() for kind, frame in figures.items()}
    start = sheet.max_row + 1
    names = units[["area_code", "name", "kind"]].astype(object).fillna("")
    for place, (code, name, kind) in enumerate(names.itertuples(index=False, name=None)):
        top = start + place * len(labels)
        for below, label in enumerate(labels):
            own = rows[form.kinds[label] if label else form.kind][place]
            values = [None if pd.isna(value) else value for value in own]
            first = [place + 1, f"{kind.capitalize()} {name}".strip()] if not below else [None] * 2
            cells = [*first, *([label] if label else []), *values, code if not below else None]
            for column, value in enumerate(cells, 1):
                sheet.cell(top + below, column, value).border = _BORDER
        if len(labels) > 1 and len(units) <= _MERGED:
            for column in (1, 2, len(cells)):
                bottom = top + len(labels) - 1
                sheet.merge_cells(None, top, column, bottom, column)


def _restrict(sheet: Worksheet, form: Form, first: int) -> None:
    """Whole numbers in counts; checked columns grey, with a word on why they may stay blank."""
    whole = DataValidation(
        type="whole",
        operator="greaterThanOrEqual",
        formula1="0",
        allow_blank=True,
        showErrorMessage=True,
        errorTitle="Số nguyên",
        error="Nhập số nguyên không âm; để trống nếu chưa có số liệu (0 là số liệu).",
    )
    sheet.add_data_validation(whole)
    for position, column in enumerate(form.columns, 4 if form.kinds else 3):
        letter = get_column_letter(position)
        number = sheet.cell(first - 1, position)
        if column.stores:
            whole.add(f"{letter}{first}:{letter}{sheet.max_row}")
            place = column.stores[0]
            hint = f"{place.table}.{place.column}"
            if column.percent:
                continue
        else:
            hint = "Phần mềm tự kiểm tra, có thể để trống. Checked, never stored; may stay blank."
            for row in range(first, sheet.max_row + 1):
                sheet.cell(row, position).fill = _CHECKED
        number.comment = Comment(hint, "povlib", width=260, height=60)
