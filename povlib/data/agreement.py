"""Forms against each other: what counts the same must say the same."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

import pandas as pd

from povlib.data import form_checks, tables
from povlib.data.form_reader import FormSheet
from povlib.data.forms import Column, Place
from povlib.data.notes import Note

_TOLERANCE = 0.051  # points; rates are printed with one decimal or more


def without_zeros(sheet: FormSheet, review: pd.DataFrame, notes: list[Note]) -> FormSheet:
    """
    Leave out rows of zeros where the review counts households: they were not entered.

    Parameters
    ----------
    sheet : FormSheet
        Matched units.
    review : DataFrame
        Reviews with the import.
    notes : list of Note

    Returns
    -------
    sheet : FormSheet
    """
    zero = (form_checks.figures(sheet.form, sheet.rows) == 0).fillna(value=True).all(axis=1)
    if not zero.any():
        return sheet
    counted = pd.Series(data=False, index=sheet.rows.index)
    for kind in sheet.rows["kind"].unique():
        own = sheet.rows["kind"] == kind
        for place in _stocks(sheet, kind):
            there = sheet.rows.loc[own, "area_code"].map(
                series(review, place, year=sheet.year, standard=sheet.standard)
            )
            counted |= (there > 0).reindex(counted.index).fillna(value=False)
    unentered = zero & counted
    if unentered.any():
        notes.append(form_checks.not_entered(sheet, unentered))
    return replace(sheet, rows=sheet.rows[~unentered])


def _stocks(sheet: FormSheet, kind: str) -> list[Place]:
    """Cells of the review that count what the rows of a form are about."""
    if sheet.form.number == 10:
        statuses = ("poor", "near_poor") if kind == tables.TOGETHER else (kind,)
        return [Place("review", f"{status}_households") for status in statuses]
    return [
        place
        for column in sheet.form.columns
        for place in column.equals
        if place.table == "review" and place.kind == kind and "em_" not in place.column
    ]


def compare(
    sheets: Sequence[FormSheet], frames: dict[str, pd.DataFrame], notes: list[Note]
) -> None:
    """
    Hold every figure that stands in several forms against what is stored.

    Parameters
    ----------
    sheets : sequence of FormSheet
        Matched units.
    frames : dict of DataFrame
        Tables with the import.
    notes : list of Note
        Gets a note for each column that differs.
    """
    stored = Counter(
        place for sheet in sheets for column in sheet.form.columns for place in column.stores
    )
    for sheet in sheets:
        for column, place in _shared(sheet, stored):
            cases = _differences(sheet, column, place, frames)
            if cases:
                message = (
                    "{place}: column {column} differs from what is stored as {cell} in {count}"
                    " rows: {rows}"
                )
                cell = " ".join([place.table, place.column, *(value for _, value in place.key)])
                values: dict[str, str | int] = {"column": column.number, "cell": cell}
                notes.append(Note(message, values | form_checks.listed(sheet, cases)))


def _shared(sheet: FormSheet, stored: Counter[Place]) -> Iterator[tuple[Column, Place]]:
    for column in sheet.form.columns:
        yield from ((column, place) for place in column.equals)
        yield from ((column, place) for place in column.stores if stored[place] > 1)


def _differences(
    sheet: FormSheet, column: Column, place: Place, frames: dict[str, pd.DataFrame]
) -> dict[int, str]:
    rows = sheet.rows[sheet.rows["kind"] == place.kind]
    found = rows[column.number].astype("Float64")
    own = series(frames[place.table], place, year=sheet.year, standard=sheet.standard)
    there = rows["area_code"].map(own).astype("Float64")
    off = (found - there).abs() > (_TOLERANCE if column.percent else 0)
    if column.percent:  # a cell in percent format holds the share
        off &= (100 * found - there).abs() > _TOLERANCE
    return {
        int(number): f"{found[number]:.6g}, stored {there[number]:.6g}"
        for number in rows.index[off.fillna(value=False)]
    }


def series(frame: pd.DataFrame, place: Place, *, year: int, standard: str) -> pd.Series:
    """
    Return what a table holds at a place.

    Parameters
    ----------
    frame : DataFrame
        The table of the place.
    place : Place
    year : int
    standard : str

    Returns
    -------
    series : Series
        By area.
    """
    own = (frame["year"] == year) & (frame["standard"] == standard)
    for head, value in place.key:
        own &= frame[head] == value
    rows = frame[own.fillna(value=False)].set_index("area_code")
    if place.column == "percent":
        whole = rows["households"].where(rows["households"] > 0)
        return 100 * rows["deprived_households"].astype("Float64") / whole
    return rows[place.column]
