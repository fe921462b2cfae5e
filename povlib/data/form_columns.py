"""Which column of a sheet is which of a form: by its number, and by what its heading says."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from povlib.data.form_parts import Column, Form
from povlib.data.notes import Note
from povlib.data.vietnamese import says, tidy
from povlib.data.workbooks import Sheet
from povlib.errors import DataError

_NUMBER = re.compile(r"\(?([A-C]|[0-9]+(?:\.[0-9]+)*|-)\)?(?:=.*)?")
_MARKS = ("A", "B", "C")  # number in order, unit, kind of row


@dataclass(frozen=True, slots=True)
class Layout:
    """
    The head of a table in a sheet.

    Attributes
    ----------
    place : str
    titles : list of str
        Texts of the rows above the column numbers, one a row.
    first_row : int
        Position of the first row below the column numbers.
    numbers, headings : list
        By column: its number; the texts of its heading from top to bottom.
    """

    place: str
    titles: list[str]
    first_row: int
    numbers: list[str]
    headings: list[list[str]]


@dataclass(frozen=True, slots=True)
class Fitted:
    """
    A form and where its columns stand in a sheet.

    Attributes
    ----------
    form : Form
        With the columns that are there.
    layout : Layout
    columns : dict
        Position in the sheet -> column.
    marks : dict
        A, B, C or code -> position.
    bare : tuple of int
        Positions without number and heading: nothing may stand there.
    """

    form: Form
    layout: Layout
    columns: dict[int, Column]
    marks: dict[str, int]
    bare: tuple[int, ...]


def find(place: str, sheet: Sheet) -> Layout | None:
    """
    Find the row of column numbers, A B 1 2 3 ..., and the headings above it.

    Parameters
    ----------
    place : str
    sheet : Sheet

    Returns
    -------
    layout : Layout or None
        None if there is no such row.

    Raises
    ------
    DataError
        If there are two: which table is meant?
    """
    found = [
        position
        for position, row in enumerate(sheet.rows)
        if any(row) and {"A", "B"} <= {cell.strip(" ()") for cell in row if isinstance(cell, str)}
    ]
    if not found:
        return None
    if len(found) > 1:
        rows = " and ".join(str(position + 1) for position in found[:2])
        msg = f"{place}: column numbers stand in rows {rows}; one table a sheet"
        raise DataError(msg)
    numbers = [_number(cell) for cell in sheet.rows[found[0]]]
    top = _top(sheet, found[0], numbers.index("B"))
    grid = _unmerged(sheet, top, found[0])
    headings = [
        list(dict.fromkeys(row[column] for row in grid if row[column]))
        for column in range(len(numbers))
    ]
    titles = [" ".join(tidy(cell) for cell in row if cell != "") for row in sheet.rows[: found[0]]]
    return Layout(place, [title for title in titles if title], found[0] + 1, numbers, headings)


def _number(cell: Any) -> str:
    """Number of a column, such as 4 of "4=3/1*100" or 1 of 1.0; empty if it is none."""
    if isinstance(cell, bool) or not isinstance(cell, str | int | float):
        return ""
    text = f"{cell:g}" if isinstance(cell, int | float) else "".join(cell.split())
    match = _NUMBER.fullmatch(text.replace("(", "").replace(")", ""))
    return match[1].removesuffix(".0") if match else ""


def _top(sheet: Sheet, numbers: int, unit: int) -> int:
    """The first row of the headings: where the heading of the units begins."""
    for position in range(numbers - 1, -1, -1):
        if sheet.rows[position][unit] != "":
            return position
    return numbers


def _unmerged(sheet: Sheet, top: int, bottom: int) -> list[list[str]]:
    """Texts of the headings, those of merged cells in each cell."""
    grid = [[tidy(cell) for cell in row] for row in sheet.rows[top:bottom]]
    for (first_row, first), (last_row, last) in sheet.merged:
        # A broken file may have merged cells where there are none.
        if top <= first_row < bottom and first < len(grid[0]):
            text = grid[first_row - top][first]
            for row in grid[first_row - top : last_row - top + 1]:
                row[first : last + 1] = [text] * len(row[first : last + 1])
    return grid


def fit(form: Form, layout: Layout, notes: list[Note]) -> Fitted:
    """
    Give every column of a sheet its column of the form.

    Parameters
    ----------
    form : Form
    layout : Layout
    notes : list of Note
        Gets notes on columns that have no place, are not kept, or are missing.

    Returns
    -------
    fitted : Fitted

    Raises
    ------
    DataError
        If number and heading contradict each other, or one that is needed is
        missing.
    """
    marks = {name: layout.numbers.index(name) for name in _MARKS if name in layout.numbers}
    columns: dict[int, Column] = {}
    without: list[str] = []
    bare: list[int] = []
    for position, (number, headings) in enumerate(
        zip(layout.numbers, layout.headings, strict=True)
    ):
        if position in marks.values():
            continue
        if not number and says(" ".join(headings), "mã"):
            marks["code"] = position
        elif column := _match(form, layout, position):
            columns[position] = column
        elif number or headings:
            without.append(" ".join([f"({number})" if number else "", *headings[-1:]]).strip())
        else:
            bare.append(position)
    _check_all(form, layout, columns, marks)
    notes += _notes(form, layout, columns, without)
    own = replace(form, columns=tuple(columns.values()))
    return Fitted(own, layout, columns, marks, tuple(bare))


def _match(form: Form, layout: Layout, position: int) -> Column | None:
    number, headings = layout.numbers[position], layout.headings[position]
    if not number and not headings:
        return None
    text = " ".join(headings)
    numbered = [column for column in form.columns if _has_number(column, number)]
    fitting = [column for column in numbered if not text or says(text, column.words)]
    if len(fitting) == 1:
        column = fitting[0]
        return column.named(number, headings[-1]) if column.number.endswith("*") else column
    if numbered and number:
        expected = " or ".join(" – ".join(column.headings) for column in numbered)
        rule = f'column {number} of form {form.number} is "{expected}"; its heading is "{text}"'
        msg = f"{layout.place}: {rule}: did headings or columns shift?"
        raise DataError(msg)
    return None


def _has_number(column: Column, number: str) -> bool:
    if column.number.endswith("*"):
        return number.startswith(column.number[:-1])
    return number in (column.number, *column.also)


def _check_all(
    form: Form, layout: Layout, columns: dict[int, Column], marks: dict[str, int]
) -> None:
    numbers = [column.number for column in columns.values()]
    twice = [number for number in numbers if numbers.count(number) > 1]
    if twice:
        msg = f"{layout.place}: column {twice[0]} of form {form.number} is there twice"
        raise DataError(msg)
    for number in form.needs:
        if number not in numbers:
            heading = next(column.headings for column in form.columns if column.number == number)
            msg = (
                f'{layout.place}: column {number} ("{" – ".join(heading)}") of form {form.number}'
                " is missing"
            )
            raise DataError(msg)
    if form.number in (2, 3, 8) and "C" not in marks:
        msg = f"{layout.place}: column C (Hộ, Nhân khẩu) of form {form.number} is missing"
        raise DataError(msg)


def _notes(
    form: Form, layout: Layout, columns: dict[int, Column], without: list[str]
) -> Iterator[Note]:
    there = list(columns.values())
    checked = [column.number for column in there if not column.stores]
    numbers = [column.number for column in there]
    missing = [
        column.number
        for column in form.columns
        if column.number not in numbers and column.stores and not column.number.endswith("*")
    ]
    for message, names in (
        ("{place}: columns without a place, not stored: {columns}", without),
        ("{place}: columns checked against others, not stored: {columns}", checked),
        ("{place}: columns missing: {columns}", missing),
    ):
        if names:
            yield Note(message, {"place": layout.place, "columns": ", ".join(names)})
