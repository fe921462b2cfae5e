"""What an import changes in a data set, row by row and cell by cell."""

from dataclasses import dataclass

import pandas as pd

from povlib.data import tables


@dataclass(frozen=True, slots=True)
class Change:
    """
    What becomes of one table.

    Attributes
    ----------
    table : str
    added, changed, removed : int
        Rows.
    cells : tuple of str
        Every cell that changes: where, what it was, what it is.
    """

    table: str
    added: int
    changed: int
    removed: int
    cells: tuple[str, ...]

    def __str__(self) -> str:
        """Return the counts in English."""
        return f"{self.table}: {self.added} rows new, {self.changed} changed, {self.removed} gone"


def between(table: str, before: pd.DataFrame, after: pd.DataFrame) -> Change | None:
    """
    Compare two states of a table.

    Parameters
    ----------
    table : str
    before, after : DataFrame

    Returns
    -------
    change : Change or None
        None if they are equal.
    """
    if after is before:
        return None
    if before.empty:
        return Change(table, len(after), 0, 0, ()) if len(after) else None
    key = tables.KEYS[table]
    old, new = before.set_index(key), after.set_index(key)
    both = old.index.intersection(new.index)
    cells: list[str] = []
    rows: set[object] = set()
    for head in new:
        was, now = old.loc[both, head], new.loc[both, head]
        other = ~((was == now).fillna(value=False) | (was.isna() & now.isna()))
        for row in both[other.to_numpy()]:
            rows.add(row)
            where = " ".join(map(str, row)) if isinstance(row, tuple) else str(row)
            cells.append(f"{where}: {head} {_said(was.loc[row])} -> {_said(now.loc[row])}")
    added, removed = len(new) - len(both), len(old) - len(both)
    if not (added or removed or rows):
        return None
    return Change(table, added, len(rows), removed, tuple(cells))


def _said(value: object) -> str:
    return "blank" if pd.isna(value) else str(value)
