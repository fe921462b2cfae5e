"""The cells of tables: how values are written, and what is missing."""

from collections.abc import Iterable, Sequence
from typing import Any

import pandas as pd

from povlib.report.elements import NOTHING, Prose, Table
from povlib.report.language import Language

MISSING = "–"


def table(
    words: Language,
    caption: str,
    heads: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    numeric: Iterable[int] = (),
) -> Table | Prose:
    """
    Make a table of written cells.

    Parameters
    ----------
    words : Language
    caption : str
        As it is to be read.
    heads : sequence of str
        English; translated here. An empty head stays empty.
    rows : sequence of sequence of str
    numeric : iterable of int
        Positions of the columns that hold numbers; they are set to the right.

    Returns
    -------
    element : Table or Prose
        Nothing to show where there are no rows.
    """
    if not rows:
        return NOTHING
    numbers = set(numeric)
    return Table(
        caption[:1].upper() + caption[1:],
        tuple(words.text(head) if head else "" for head in heads),
        tuple(position in numbers for position in range(len(heads))),
        tuple(tuple(str(cell) for cell in row) for row in rows),
        tuple(_first(column, "unit", "") for column in zip(*rows, strict=True)),
        tuple(_first(column, "digits", 0) for column in zip(*rows, strict=True)),
        tuple(tuple(getattr(cell, "value", None) for cell in row) for row in rows),
    )


def _first(column: Iterable[str], name: str, default: Any) -> Any:
    """What the first number of a column says of all."""
    return next((getattr(cell, name) for cell in column if isinstance(cell, Written)), default)


class Written(str):
    """
    A cell that knows the number that it shows.

    Attributes
    ----------
    value : float
    unit : str
    digits : int
        Decimals that it shows.
    """

    value: float
    unit: str
    digits: int


def _written(text: str, value: float, unit: str, digits: int = 0) -> Written:
    cell = Written(text)
    cell.value, cell.unit, cell.digits = float(value), unit, digits
    return cell


def count(words: Language, value: Any) -> str:
    """Write a whole number."""
    return MISSING if pd.isna(value) else _written(words.number(round(value)), value, "count")


def decimal(words: Language, value: Any, digits: int = 2) -> str:
    """Write a number with decimals."""
    return MISSING if pd.isna(value) else _written(words.number(value, digits), value, "", digits)


def percent(words: Language, share: Any, digits: int = 2) -> str:
    """Write a share in percent."""
    if pd.isna(share):
        return MISSING
    return _written(words.percent(share, digits), share, "share", digits)


def signed(words: Language, difference: Any) -> str:
    """Write a difference of shares in percentage points, the unit standing elsewhere."""
    if pd.isna(difference):
        return MISSING
    return _written(words.signed(difference), 100 * difference, "points", 2)


def money(words: Language, dong: Any) -> str:
    """Write an amount."""
    return MISSING if pd.isna(dong) else _written(words.money(dong), dong, "VND")


def chance(words: Language, probability: Any) -> str:
    """Write a probability without claiming certainty."""
    if pd.isna(probability):
        return MISSING
    if probability > 0.99:
        return words.text("over {share}", share=words.percent(0.99, 0))
    if probability < 0.01:
        return words.text("under {share}", share=words.percent(0.01, 0))
    return percent(words, probability, 0)


def reached(words: Language, done: Any, planned: Any) -> str:
    """Write a physical result: how many of how many."""
    if pd.isna(planned) or pd.isna(done):
        return MISSING
    numbers = {"reached": words.number(done), "planned": words.number(planned)}
    return words.text("{reached} of {planned}", **numbers)
