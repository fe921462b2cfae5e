"""Rows of forms as cells of our tables, and those cells put into a data set's tables."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from povlib.data import rules, tables
from povlib.data.form_parts import Form, Place
from povlib.data.form_reader import FormSheet
from povlib.data.notes import Note

_LISTED = 12
# What a row of these tables counts its own figure out of; alone it says nothing.
_SHARED = {"deprivations": "households", "children": "children"}

_Key = tuple[Any, ...]
_Row = tuple[dict[str, Any], dict[str, None]]  # cells by column; files, each once


@dataclass(frozen=True, slots=True)
class Cells:
    """
    What forms say of one table.

    Attributes
    ----------
    keys : DataFrame
        Key of each row.
    values : dict
        Figures of the rows, by column that some form fills. [Int64 array]
    covered : dict
        Whether a form had the cell, blank or not, by column. [bool array]
    provenance : list of str
        Files that each row is from.
    """

    keys: pd.DataFrame
    values: dict[str, pd.arrays.IntegerArray]
    covered: dict[str, NDArray[np.bool_]]
    provenance: list[str]


def tabulate(sheets: Sequence[FormSheet], names: Collection[str]) -> dict[str, Cells]:
    """
    Turn the rows of forms into cells of tables.

    Parameters
    ----------
    sheets : sequence of FormSheet
        Sound rows of units alone, matched. Where two forms count the same, the
        form with the lower number is taken, unless it is blank.
    names : collection of str
        Tables that are asked for.

    Returns
    -------
    cells : dict of Cells
        By table; those for which some form has rows.
    """
    found: dict[str, dict[_Key, _Row]] = {}
    for sheet in sorted(sheets, key=lambda sheet: sheet.form.number):
        for place, numbers in _grouped(sheet.form).items():
            if place.table in names:
                _add(found.setdefault(place.table, {}), sheet, place, numbers)
    return {table: _cells(table, rows) for table, rows in found.items() if rows}


def _grouped(form: Form) -> dict[Place, dict[str, str]]:
    """Number by column of each row of a table that a row of the form fills."""
    rows: dict[Place, dict[str, str]] = {}
    for column in form.columns:
        for place in column.stores:
            rows.setdefault(replace(place, column=""), {})[place.column] = column.number
    return rows


def _add(found: dict[_Key, _Row], sheet: FormSheet, place: Place, numbers: dict[str, str]) -> None:
    # Plain loops: frames of a few rows each would cost more than all else in an import.
    own = sheet.rows[sheet.rows["kind"] == place.kind]
    values = own[list(numbers.values())].to_numpy(dtype=object, na_value=None)
    said = dict(place.key)
    rest = tuple(said[head] for head in tables.KEYS[place.table][3:])
    for code, row in zip(own["area_code"], values, strict=True):
        cells, files = found.setdefault((code, sheet.year, sheet.standard, *rest), ({}, {}))
        files[sheet.file] = None
        for column, value in zip(numbers, row, strict=True):
            if cells.get(column) is None:
                cells[column] = value


def _cells(table: str, rows: dict[_Key, _Row]) -> Cells:
    keys = pd.DataFrame(list(rows), columns=tables.KEYS[table])
    columns = list(dict.fromkeys(column for cells, _ in rows.values() for column in cells))
    return Cells(
        keys.astype({"year": "Int64"}),
        {
            column: pd.array([cells.get(column) for cells, _ in rows.values()], dtype="Int64")
            for column in columns
        },
        {column: np.array([column in cells for cells, _ in rows.values()]) for column in columns},
        ["; ".join(files) for _, files in rows.values()],
    )


def merge(table: str, old: pd.DataFrame, cells: Cells) -> pd.DataFrame:
    """
    Put cells in the place of those that a table has, and leave the others as they are.

    Parameters
    ----------
    table : str
    old : DataFrame
    cells : Cells

    Returns
    -------
    merged : DataFrame
        Sorted by the key. A row of which nothing is left is gone.
    """
    key = tables.KEYS[table]
    here = cells.keys.merge(old, how="left", on=key)
    kept = np.zeros(len(here), dtype=bool)
    counted = [head for head, dtype in tables.dtypes(table).items() if dtype == "Int64"]
    counted = [head for head in counted if head not in (*key, _SHARED.get(table))]
    for head in counted:
        there = here[head].notna().to_numpy()
        kept |= there & ~cells.covered[head] if head in cells.covered else there
    for head, values in cells.values.items():
        here[head] = here[head].mask(cells.covered[head], values)
    here["provenance"] = _provenance(kept, here["provenance"], cells.provenance)
    here = here[here[counted].notna().any(axis=1)]
    known = pd.MultiIndex.from_frame(old[key]).isin(pd.MultiIndex.from_frame(cells.keys))
    return _finish(table, pd.concat([old[~known], here]) if len(old) else here)


def _finish(table: str, frame: pd.DataFrame) -> pd.DataFrame:
    types = tables.dtypes(table)
    ordered = frame.sort_values(tables.KEYS[table], ignore_index=True)
    return ordered.reindex(columns=list(types)).astype(types)


def _provenance(
    kept: NDArray[np.bool_], before: pd.Series, files: list[str]
) -> pd.arrays.StringArray:
    """Files of the import, beside what was said of cells that are kept as they are."""
    joined = [
        "; ".join(dict.fromkeys([*was.split("; "), *now.split("; ")])) if keep and said else now
        for keep, said, was, now in zip(
            kept, before.notna(), before.astype(object), files, strict=True
        )
    ]
    return pd.array(joined, dtype="str")


def leave_unsound(
    table: str,
    merged: pd.DataFrame,
    before: pd.DataFrame,
    *,
    review: pd.DataFrame,
    notes: list[Note],
) -> pd.DataFrame:
    """
    Take back rows that lack what a table needs, or break a rule together with other forms.

    Parameters
    ----------
    table : str
    merged, before : DataFrame
        The table with and without the import.
    review : DataFrame
        Reviews with the import.
    notes : list of Note
        Gets a note for each rule that is broken.

    Returns
    -------
    sound : DataFrame
        What an unsound row was before, or nothing.
    """
    key = tables.KEYS[table]
    # A row that is as it was has been checked when it was loaded.
    known = pd.concat([merged, before]).duplicated(keep=False).to_numpy()[: len(merged)]
    fresh = merged[~known]
    bad: list[int] = []
    for broken in _broken(table, fresh, review):
        bad += list(broken.index)
        if len(broken):
            notes.append(_refused(table, fresh.loc[broken.index, key], broken))
    lost = merged.loc[bad, key].merge(before, on=key)
    return _finish(table, pd.concat([merged.drop(index=bad), lost]) if bad else merged)


def _refused(table: str, keys: pd.DataFrame, broken: pd.Series) -> Note:
    cases = [
        f"{' '.join(map(str, key))}: {rule}"
        for key, rule in zip(keys.itertuples(index=False, name=None), broken, strict=True)
    ]
    more = ", ..." if len(cases) > _LISTED else ""
    rows = "; ".join(cases[:_LISTED]) + more
    values: dict[str, str | int] = {"table": table, "count": len(cases), "rows": rows}
    return Note("{table}: {count} rows refused: {rows}", values)


def _broken(table: str, fresh: pd.DataFrame, review: pd.DataFrame) -> Iterator[pd.Series]:
    """Rows by the rule that they break first, in words; index is that of the rows."""
    if table != "review":
        known = pd.MultiIndex.from_frame(review[["area_code", "year"]])
        unknown = ~pd.MultiIndex.from_frame(fresh[["area_code", "year"]]).isin(known)
        yield pd.Series("no review of the year", index=fresh.index[unknown])
        fresh = fresh[~unknown]
    schema = tables.SCHEMAS[table].columns
    for head in (head for head in fresh if not schema[head].nullable):
        lacking = fresh[head].isna()
        yield pd.Series(f"{head} not entered", index=fresh.index[lacking])
        fresh = fresh[~lacking]
    for broken in rules.exceeding(fresh):
        own = broken[broken.index.isin(fresh.index)]
        yield own
        fresh = fresh.drop(index=own.index)
    if table in ("groups", "ethnicities", "causes", "deprivations"):
        yield _over_stock(fresh, review)


def _over_stock(fresh: pd.DataFrame, review: pd.DataFrame) -> pd.Series:
    """Parts of the poor or near-poor households that exceed all of them."""
    key = tables.KEYS["review"]
    stocks = review[[*key, "poor_households", "near_poor_households"]]
    rows = fresh.merge(stocks, how="left", on=key).set_index(fresh.index)
    most = rows["poor_households"].where(rows["status"] == "poor", rows["near_poor_households"])
    together = rows["poor_households"] + rows["near_poor_households"]
    most = most.mask(rows["status"] == tables.TOGETHER, together)
    head = "deprived_households" if "deprived_households" in rows else "households"
    over = (rows[head] > most).fillna(value=False)
    words = f"{head} " + rows[head].astype(str) + " exceed all, " + most.astype(str)
    return words[over]
