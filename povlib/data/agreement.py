"""Forms against each other: what counts the same must say the same."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import pandas as pd

from povlib.data import form_checks, tables
from povlib.data.form_parts import Column, Place
from povlib.data.form_reader import FormSheet
from povlib.data.notes import Note

_TOLERANCE = 0.051  # points; rates are printed with one decimal or more


def zeros(sheet: FormSheet) -> pd.Series:
    """Return whether rows hold no figure but zeros."""
    return (form_checks.figures(sheet.form, sheet.rows) == 0).fillna(value=True).all(axis=1)


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
    zero = zeros(sheet)
    if not zero.any():
        return sheet
    ledger = Ledger({"review": review}, year=sheet.year, standard=sheet.standard)
    counted = pd.Series(data=False, index=sheet.rows.index)
    for kind in sheet.rows["kind"].unique():
        own = sheet.rows["kind"] == kind
        for place in _stocks(sheet, kind):
            there = sheet.rows.loc[own, "area_code"].map(ledger.series(place))
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
    if not sheets:
        return
    ledger = Ledger(frames, year=sheets[0].year, standard=sheets[0].standard)
    for sheet in sheets:
        for column, place in _shared(sheet, stored):
            cases = _differences(sheet, column, place, ledger.series(place))
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
    sheet: FormSheet, column: Column, place: Place, stored: pd.Series
) -> dict[int, str]:
    rows = sheet.rows[sheet.rows["kind"] == place.kind]
    found = rows[column.number].astype("Float64")
    there = rows["area_code"].map(stored).astype("Float64")
    off = (found - there).abs() > (_TOLERANCE if column.percent else 0)
    if column.percent:  # a cell in percent format holds the share
        off &= (100 * found - there).abs() > _TOLERANCE
    form = ".2f" if column.percent else ".15g"
    return {
        int(number): f"{found[number]:{form}}, stored {there[number]:{form}}"
        for number in rows.index[off.fillna(value=False)]
    }


class Ledger:
    """
    What tables hold for a year and standard, place by place.

    Parameters
    ----------
    frames : mapping of DataFrame
        Tables by name.
    year : int
    standard : str
    """

    def __init__(self, frames: Mapping[str, pd.DataFrame], *, year: int, standard: str) -> None:
        self._frames = frames
        self._year, self._standard = year, standard
        self._parts: dict[str, dict[tuple[str, ...], pd.DataFrame]] = {}

    def series(self, place: Place) -> pd.Series:
        """Return what is held at a place, by area."""
        if place.table not in self._parts:
            self._parts[place.table] = self._split(place.table)
        said = dict(place.key)
        key = tuple(said[head] for head in tables.KEYS[place.table][3:])
        rows = self._parts[place.table].get(key)
        if rows is None:
            return pd.Series(dtype="Int64")
        if place.column == "percent":
            whole = rows["households"].where(rows["households"] > 0)
            return 100 * rows["deprived_households"].astype("Float64") / whole
        return rows[place.column]

    def _split(self, table: str) -> dict[tuple[str, ...], pd.DataFrame]:
        frame = self._frames[table]
        own = frame[(frame["year"] == self._year) & (frame["standard"] == self._standard)]
        own = own.set_index("area_code")
        rest = tables.KEYS[table][3:]
        return dict(iter(own.groupby(rest))) if rest else {(): own}
