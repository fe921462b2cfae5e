"""The text of a raw table's columns to values of their types."""

from functools import cache

import pandas as pd

from povlib.data import tables
from povlib.data.files import RawTable
from povlib.data.notes import Note
from povlib.errors import DataError

_TRUE, _FALSE = ("true", "1", "yes", "có", "x"), ("false", "0", "no", "không")
# 6.330 is 6330 to a Vietnamese reader and 6.33 to a program: neither is guessed.
_GROUPED = r"-?[1-9][0-9]{0,2}(?:[., \u00a0\u202f][0-9]{3})+"
_WHOLE = r"-?[0-9]{1,15}(?:\.0+)?"
_FRACTION = r"-?[0-9]*[.,][0-9]+ ?%?|-?[0-9]+ ?%"
# Signs that turn the direction of writing would show the figures after them back to front.
_TURNS = r"\u202a-\u202e\u2066-\u2069"
_CONTROL = rf"[\u0000-\u001f\u007f-\u009f{_TURNS}]"
# Tabs and line ends may be meant.
_CONTROL_IN_PROSE = rf"[\u0000-\u0008\u000b-\u001f\u007f-\u009f{_TURNS}]"


def read(name: str, raw: RawTable, notes: list[Note]) -> pd.DataFrame:
    """
    Give a raw table the columns and types of ours.

    Parameters
    ----------
    name : str
        Name of the table.
    raw : RawTable
    notes : list of Note
        Gets a note if columns are ignored.

    Returns
    -------
    frame : DataFrame
        All columns of the table in order; the index is that of `raw.cells`.

    Raises
    ------
    DataError
        If a required column is missing or a cell is not of its type.
    """
    known = tables.SCHEMAS[name].columns
    ignored = [head for head in raw.cells.columns if head not in known]
    if ignored:
        notes.append(raw.ignored_columns(ignored))
    typed = {}
    for head, dtype in tables.dtypes(name).items():
        if head in raw.cells:
            typed[head] = _convert(raw, head, dtype)
        elif known[head].nullable:
            typed[head] = pd.Series(index=raw.cells.index, dtype=dtype)
        else:
            have = ", ".join(raw.cells.columns)
            msg = f"{raw.place}: column {head} is missing (there: {have})"
            raise DataError(msg)
    return pd.DataFrame(typed)


def empty(name: str) -> pd.DataFrame:
    """
    Return a table without rows.

    Examples
    --------
    >>> len(empty("flows")), empty("flows").columns[0]
    (0, 'area_code')
    """
    return _empty(name).copy()


@cache
def _empty(name: str) -> pd.DataFrame:
    types = tables.dtypes(name)
    return pd.DataFrame({head: pd.Series(dtype=dtype) for head, dtype in types.items()})


def _convert(raw: RawTable, head: str, dtype: str) -> pd.Series:
    match dtype:
        case "Int64":
            return whole_numbers(raw, head)
        case "float64":
            return numbers(raw, head)
        case "boolean":
            return _flags(raw, head)
        case _:
            return texts(raw, head)


def whole_numbers(raw: RawTable, head: str) -> pd.Series:
    """Return a column as whole numbers; blanks are missing."""
    cells = raw.cells[head]
    grouped = cells.str.fullmatch(_GROUPED)
    if grouped.any():
        digits = "".join(letter for letter in cells[grouped].iloc[0] if letter in "-0123456789")
        rule = f"must be a whole number: write {digits} without separators"
        raw.refuse_cells(head, grouped, rule)
    whole = cells.str.fullmatch(_WHOLE)
    fraction = cells.str.fullmatch(_FRACTION) & ~whole
    rule = "must be a whole number; a rate where a count belongs?"
    raw.refuse_cells(head, fraction, rule)
    raw.refuse_cells(head, (cells != "") & ~whole, "must be a whole number")
    return pd.to_numeric(cells.where(whole).str.replace(r"\.0+$", "", regex=True)).astype("Int64")


def numbers(raw: RawTable, head: str) -> pd.Series:
    """Return a column as numbers; blanks are missing."""
    cells = raw.cells[head]
    numbers = pd.to_numeric(cells.mask(cells == ""), errors="coerce").astype("float64")
    endless = numbers.isin([float("inf"), float("-inf")])
    raw.refuse_cells(head, (cells != "") & (numbers.isna() | endless), "must be a number")
    return numbers


def _flags(raw: RawTable, head: str) -> pd.Series:
    cells = raw.cells[head]
    meanings = dict.fromkeys(_TRUE, True) | dict.fromkeys(_FALSE, False)
    flags = cells.str.lower().map(meanings).astype("boolean")
    raw.refuse_cells(head, (cells != "") & flags.isna(), "must be true or false")
    return flags


def texts(raw: RawTable, head: str) -> pd.Series:
    """Return a column as texts; blanks are missing."""
    cells = raw.cells[head]
    control = cells.str.contains(_CONTROL if head == "name" else _CONTROL_IN_PROSE, regex=True)
    raw.refuse_cells(head, control, "must be plain text without control characters")
    # Typed letter by letter or composed, the same word is the same text.
    normal = cells.str.normalize("NFC")
    return normal.mask(normal == "", pd.NA)
