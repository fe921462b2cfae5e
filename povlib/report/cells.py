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
        tuple(tuple(row) for row in rows),
    )


def count(words: Language, value: Any) -> str:
    """Write a whole number."""
    return MISSING if pd.isna(value) else words.number(round(value))


def decimal(words: Language, value: Any, digits: int = 2) -> str:
    """Write a number with decimals."""
    return MISSING if pd.isna(value) else words.number(value, digits)


def percent(words: Language, share: Any, digits: int = 2) -> str:
    """Write a share in percent."""
    return MISSING if pd.isna(share) else words.percent(share, digits)


def signed(words: Language, difference: Any) -> str:
    """Write a difference of shares in percentage points, the unit standing elsewhere."""
    return MISSING if pd.isna(difference) else words.signed(difference)


def money(words: Language, dong: Any) -> str:
    """Write an amount."""
    return MISSING if pd.isna(dong) else words.money(dong)


def chance(words: Language, probability: Any) -> str:
    """Write a probability without claiming certainty."""
    if pd.isna(probability):
        return MISSING
    if probability > 0.99:
        return words.text("over {share}", share=words.percent(0.99, 0))
    if probability < 0.01:
        return words.text("under {share}", share=words.percent(0.01, 0))
    return words.percent(probability, 0)


def reached(words: Language, done: Any, planned: Any) -> str:
    """Write a physical result: how many of how many."""
    if pd.isna(planned) or pd.isna(done):
        return MISSING
    numbers = {"reached": words.number(done), "planned": words.number(planned)}
    return words.text("{reached} of {planned}", **numbers)
