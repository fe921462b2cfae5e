"""Rows of forms as cells of our tables, and those cells put into a data set's tables."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import pandas as pd

from povlib.data import rules, tables
from povlib.data.form_reader import FormSheet
from povlib.data.forms import Form, Place
from povlib.data.notes import Note

_LISTED = 12
# What a row of these tables counts its own figure out of; alone it says nothing.
_SHARED = {"deprivations": "households", "children": "children"}


@dataclass(frozen=True, slots=True)
class Cells:
    """
    What forms say of one table.

    Attributes
    ----------
    values : DataFrame
        One row per key of the table, columns are those that some form fills.
    covered : DataFrame of bool
        Whether a form had the cell, blank or not; same shape.
    provenance : Series
        Files that each row is from.
    """

    values: pd.DataFrame
    covered: pd.DataFrame
    provenance: pd.Series


def tabulate(sheets: Sequence[FormSheet]) -> dict[str, Cells]:
    """
    Turn the rows of forms into cells of tables.

    Parameters
    ----------
    sheets : sequence of FormSheet
        Sound rows of units alone, matched. Where two forms count the same, the
        form with the lower number is taken, unless it is blank.

    Returns
    -------
    cells : dict of Cells
        By table.
    """
    parts: dict[str, list[pd.DataFrame]] = {}
    for sheet in sorted(sheets, key=lambda sheet: sheet.form.number):
        for place, numbers in _grouped(sheet.form).items():
            parts.setdefault(place.table, []).append(_part(sheet, place, numbers))
    return {table: _cells(table, found) for table, found in parts.items()}


def _grouped(form: Form) -> dict[Place, dict[str, str]]:
    """Number by column of each row of a table that a row of the form fills."""
    rows: dict[Place, dict[str, str]] = {}
    for column in form.columns:
        for place in column.stores:
            rows.setdefault(replace(place, column=""), {})[place.column] = column.number
    return rows


def _part(sheet: FormSheet, place: Place, numbers: dict[str, str]) -> pd.DataFrame:
    rows = sheet.rows[sheet.rows["kind"] == place.kind]
    key = {"year": sheet.year, "standard": sheet.standard, **dict(place.key)}
    values = {column: rows[number] for column, number in numbers.items()}
    return pd.DataFrame({"area_code": rows["area_code"], **values}).assign(
        **key, provenance=sheet.file
    )


def _cells(table: str, parts: list[pd.DataFrame]) -> Cells:
    key = tables.KEYS[table]
    here = pd.concat([part.set_index(key).notna() | True for part in parts])
    rows = pd.concat(parts, ignore_index=True).astype({"year": "Int64"}).groupby(key)
    values = rows.first().drop(columns="provenance")
    covered = here.drop(columns="provenance").fillna(value=False).groupby(level=key).any()
    provenance = rows["provenance"].agg(lambda files: "; ".join(dict.fromkeys(files)))
    return Cells(values, covered.set_axis(values.index), provenance)


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
    before = old.set_index(key)
    rows = cells.values.index
    here = before.reindex(rows)
    for column in cells.values:
        here[column] = here[column].mask(cells.covered[column], cells.values[column])
    counted = [head for head, dtype in tables.dtypes(table).items() if dtype == "Int64"]
    counted = [head for head in counted if head not in (*key, _SHARED.get(table))]
    here["provenance"] = _provenance(here, cells, counted)
    here = here[here[counted].notna().any(axis=1)]
    return _finish(table, pd.concat([before[~before.index.isin(rows)], here]))


def _finish(table: str, indexed: pd.DataFrame) -> pd.DataFrame:
    types = tables.dtypes(table)
    frame = indexed.sort_index().reset_index()
    return frame.reindex(columns=list(types)).astype(types)


def _provenance(rows: pd.DataFrame, cells: Cells, counted: list[str]) -> pd.Series:
    """Files of the import, beside what was said before of cells that it leaves as they are."""
    kept = pd.Series(data=False, index=rows.index)
    for head in counted:
        there = rows[head].notna()
        kept |= there & ~cells.covered[head] if head in cells.covered else there
    joined = [
        "; ".join(dict.fromkeys([*str(before).split("; "), *after.split("; ")]))
        if keep and pd.notna(before)
        else after
        for keep, before, after in zip(kept, rows["provenance"], cells.provenance, strict=True)
    ]
    return pd.Series(joined, index=rows.index, dtype="str")


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
    return _finish(table, pd.concat([merged.drop(index=bad), lost]).set_index(key))


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
