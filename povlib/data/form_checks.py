"""Checks of a form's rows before anything is stored: what is blank, impossible or at odds."""

import re
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pandas as pd

from povlib.data.form_parts import Column, Form
from povlib.data.form_reader import FormSheet
from povlib.data.notes import Note

_LISTED = 12  # rows that a note names
_TOLERANCE = 0.051  # points; rates are printed with one decimal or more
WITH_TOTAL = (1, 12, 13)  # forms that say how many households live in a unit
_FLOWS = (2, 3)
_SUBTOTALS = ["subtotal", "total"]


def clean(sheet: FormSheet, notes: list[Note]) -> FormSheet:
    """
    Leave out what was not entered and what cannot be; say what does not add up.

    Blank and "not entered" are missing, zero is a number. A unit without a household
    total and without any other figure was not entered. A row in which a part exceeds
    its whole is left out whole: either may be the wrong one.

    Parameters
    ----------
    sheet : FormSheet
    notes : list of Note
        Gets what was found, on subtotals too.

    Returns
    -------
    sheet : FormSheet
        The rows of units that are sound.
    """
    sheet = _without_blank(sheet, notes)
    sheet = _without_people(sheet, notes)
    bad = _impossible(sheet, notes)
    kept = sheet.rows[~bad]
    _check_formulas(replace(sheet, rows=kept), notes)
    _check_subtotals(sheet, notes)
    return replace(sheet, rows=kept[kept["level"] == "unit"])


def figures(form: Form, rows: pd.DataFrame) -> pd.DataFrame:
    """Return the columns of counts."""
    return rows[[column.number for column in form.columns if not column.percent]]


def listed(sheet: FormSheet, cases: dict[int, str]) -> dict[str, str | int]:
    """Return the values of a note on rows: the place, how many, and the first of them."""
    rows = [
        f"{number} ({sheet.rows.loc[number, 'label']}){': ' if text else ''}{text}"
        for number, text in list(cases.items())[:_LISTED]
    ]
    more = ", ..." if len(cases) > _LISTED else ""
    return {"place": sheet.place, "count": len(cases), "rows": "; ".join(rows) + more}


def not_entered(sheet: FormSheet, rows: pd.Series) -> Note:
    """Say which rows of a form were not entered."""
    cases = dict.fromkeys(sheet.rows.index[rows], "")
    message = "{place}: {count} rows not entered, stored as missing: {rows}"
    return Note(message, listed(sheet, cases))


def _without_blank(sheet: FormSheet, notes: list[Note]) -> FormSheet:
    """Leave out rows without any figure, and of zeros where the household total is missing."""
    counts = figures(sheet.form, sheet.rows)
    blank = counts.isna().all(axis=1)
    if sheet.form.number in WITH_TOTAL:
        blank = (counts.fillna(0) == 0).all(axis=1)
    own = blank & (sheet.rows["level"] == "unit")
    # Where no unit has people, people were not asked for.
    asked = sheet.rows.loc[~blank, "kind"]
    own &= sheet.rows["kind"].isin(asked) | asked.empty
    if own.any():
        notes.append(not_entered(sheet, own))
    return replace(sheet, rows=sheet.rows[~blank])


def _without_people(sheet: FormSheet, notes: list[Note]) -> FormSheet:
    """People of households that are counted are not zero but were not entered."""
    rows = sheet.rows.copy()
    cases: dict[int, str] = {}
    for people, households in sheet.form.people:
        if {people, households} <= set(rows):
            unentered = ((rows[people] == 0) & (rows[households] > 0)).fillna(value=False)
            rows.loc[unentered, people] = pd.NA
            for number in rows.index[unentered]:
                cases[number] = f"{cases[number]}, {people}" if number in cases else people
    if sheet.form.kinds and "people" in sheet.form.kinds.values():
        empty = (figures(sheet.form, rows).fillna(0) == 0).all(axis=1)
        unit = rows["district"] + rows["label"]
        counted = set(unit[~empty & (rows["kind"] == "households")])
        unentered = empty & (rows["kind"] == "people") & unit.isin(counted)
        cases |= dict.fromkeys(rows.index[unentered], "")
        rows = rows[~unentered]
    if cases:
        message = "{place}: people not entered in {count} rows, stored as missing: {rows}"
        notes.append(Note(message, listed(sheet, cases)))
    return replace(sheet, rows=rows)


def _impossible(sheet: FormSheet, notes: list[Note]) -> pd.Series:
    """Rows in which a part exceeds its whole; each is named."""
    rows = sheet.rows
    cases: dict[int, str] = {}
    for parts, whole in _limits(sheet.form):
        if {*parts, whole} <= set(rows):
            total = rows[list(parts)].sum(axis=1, skipna=True)
            over = ((total > rows[whole].fillna(0)) & rows[whole].notna()).fillna(value=False)
            for number in rows.index[over]:
                most = rows.loc[number, whole]
                percent = f" ({100 * total[number] / most:.0f} %)" if most else ": not entered?"
                rule = f"column {'+'.join(parts)} {total[number]} exceeds column {whole} {most}"
                cases.setdefault(int(number), rule + percent)
    # A household total that was left blank while households are counted is no zero.
    whole = sheet.form.columns[0].number
    if sheet.form.number in WITH_TOTAL:
        for number in rows.index[rows[whole].isna()]:
            cases.setdefault(int(number), f"column {whole}, the household total, is blank")
    for number, rule in sorted(cases.items()):
        message = "{row} refused: {rule}"
        notes.append(Note(message, {"row": sheet.row(number), "rule": rule}))
    return pd.Series(rows.index.isin(list(cases)), index=rows.index)


def _limits(form: Form) -> Iterator[tuple[tuple[str, ...], str]]:
    """Limits of a form, also each part by itself: a blank one hides no other."""
    numbers = [column.number for column in form.columns]
    for parts, whole in form.limits:
        stars = [part for part in parts if part.endswith("*")]
        own = [
            number for number in numbers for star in stars if number.startswith(star.rstrip("*"))
        ]
        members = [*own, *(part for part in parts if part in numbers)]
        yield from (((part,), whole) for part in members)
        if len(members) > 1:
            yield tuple(members), whole


def worked_out(column: Column, rows: pd.DataFrame) -> pd.Series | None:
    """
    Return what the formula of a column gives.

    Parameters
    ----------
    column : Column
    rows : DataFrame
        A column for each number.

    Returns
    -------
    values : Series or None
        Missing where a part is; None if there is no formula or a part is not there.
    """
    parts = re.findall(r"([-+/]?)([0-9]+(?:\.[0-9]+)*(?:\.\*)?)", column.formula.split("*100")[0])
    total = pd.Series(0, index=rows.index, dtype="Float64" if column.percent else "Int64")
    for sign, number in parts:
        own = [head for head in rows if str(head).startswith(number[:-1])]
        if number.endswith("*") and own:
            value = rows[own].sum(axis=1, min_count=1)
        elif number in rows:
            value = rows[number]
        else:
            return None
        if sign == "/":
            total = 100 * total / value.where(value > 0)
        else:
            total += -value if sign == "-" else value
    return total if parts else None


def _check_formulas(sheet: FormSheet, notes: list[Note]) -> None:
    """Rates against their counts, sums against their parts; a blank flow counts as none."""
    rows = sheet.rows
    if sheet.form.number in _FLOWS:
        rows = rows.fillna(dict.fromkeys(figures(sheet.form, rows), 0))
    for column in sheet.form.columns:
        rate = column.percent
        expected = worked_out(column, rows)
        if expected is None:
            continue
        found = sheet.rows[column.number]
        off = (found - expected).abs() > (_TOLERANCE if rate else 0)
        if rate:  # a cell in percent format holds the share
            off &= (100 * found - expected).abs() > _TOLERANCE
        cases = {
            int(number): f"{_short(found[number])}, not {_short(expected[number])}"
            + ("" if rate else f" ({found[number] - expected[number]:+d})")
            for number in rows.index[off.fillna(value=False)]
        }
        if cases:
            message = "{place}: column {column} is not {formula} in {count} rows: {rows}"
            values: dict[str, str | int] = {"column": column.number, "formula": column.formula}
            notes.append(Note(message, values | listed(sheet, cases)))


def _short(value: float) -> str:
    """A count in full, a rate with two decimals."""
    return f"{value:d}" if isinstance(value, int | np.integer) else f"{value:.2f}"


def _check_subtotals(sheet: FormSheet, notes: list[Note]) -> None:
    """Districts and the whole against the units below and above them."""
    rows = sheet.rows
    units = rows[rows["level"] == "unit"]
    for number, row in rows[rows["level"].isin(_SUBTOTALS)].iterrows():
        own = units[units["kind"] == row["kind"]]
        if row["level"] == "subtotal":
            own = own[own["district"] == row["label"]]
        counts = figures(sheet.form, own)
        if own.empty:
            continue
        sums = counts.sum()
        off = [head for head in counts if pd.notna(row[head]) and row[head] != sums[head]]
        if off:
            text = ", ".join(f"column {head} {row[head]}, units {sums[head]}" for head in off[:6])
            message = "{row}: units do not add up: {rule}"
            notes.append(Note(message, {"row": sheet.row(int(number)), "rule": text}))
