"""How wide the columns of a printed table are."""

import math
from collections.abc import Sequence
from typing import Any

from povlib.report import fonts

_POINTS = 72 / 2.54  # of a centimetre
_ROOM = 17.6 * _POINTS  # between the margins, `text-width` of report.typ
_SIZES, _SIZES_OF_MANY = (7.9, 6.9, 5.9), (7.4, 6.4)  # of letters, to try in turn [pt]
_MANY = 6  # columns, of which more take smaller letters
_TWO_LINES = 0.6  # of a head's length, by which it has room on two lines
_PADDING = 9.0  # of a cell, left and right together [pt]
_SPARE = 12.0  # by which a column is wider at most where there is room [pt]
_SHORT = 2.7 * _POINTS  # what is no wider is not broken
_LEAST = 2 * _POINTS  # of a column that is


def fit(
    columns: Sequence[str], rows: Sequence[Sequence[str]], numeric: Sequence[bool]
) -> dict[str, Any]:
    """
    Find the size of a table's letters and the widths of its columns.

    A table is as wide as it needs to be. Where the page is too narrow, short columns, such
    as numbers and dates, must not break; the long ones share what is left. Where that is too
    little the letters are smaller, then heads take a line a word, and in the end all break.

    Parameters
    ----------
    columns : sequence of str
    rows : sequence of sequence of str
    numeric : sequence of bool
        Whether a column holds numbers.

    Returns
    -------
    fitted : dict
        `size` of the letters [pt]; `widths`, one a column: that of a column which does not
        break [pt], or None; `parts`: of the room left, for the others.
    """
    sizes = _SIZES_OF_MANY if len(columns) > _MANY else _SIZES
    for size, lines in [*((size, _TWO_LINES) for size in sizes), (sizes[-1], 0.0)]:
        wished = [
            _PADDING + size * _needed(head, [row[place] for row in rows], lines)
            for place, head in enumerate(columns)
        ]
        spare = _ROOM - sum(wished)
        if spare >= 0:
            more = min(_SPARE, spare / len(wished))
            return _fitted(size, [wish + more for wish in wished], wished)
        widths = [
            wish if is_number or wish <= _SHORT else None
            for wish, is_number in zip(wished, numeric, strict=True)
        ]
        left = _ROOM - sum(wish for wish in widths if wish)
        if left >= _LEAST * widths.count(None):
            return _fitted(size, widths, [math.sqrt(wish) for wish in wished])
    return _fitted(size, [None] * len(wished), wished)


def _fitted(size: float, widths: list[float | None], parts: list[float]) -> dict[str, Any]:
    return {"size": size, "widths": widths, "parts": parts}


def _needed(head: str, cells: list[str], lines: float) -> float:
    """How wide the longest cell, the longest word of the head and a part of it all are [em]."""
    words = [fonts.width(word, strong=True) for word in head.split(" ")]
    return max(lines * fonts.width(head, strong=True), *words, *map(fonts.width, cells))
