"""One flat CSV file, of whatever source, as the tables `areas` and `review`."""

from dataclasses import replace

import pandas as pd

from povlib.data import columns, standards, tables
from povlib.data.files import RawTable
from povlib.data.notes import Note
from povlib.errors import DataError
from povlib.scenario import DataSettings, DeriveRule

REQUIRED = ("area_code", "name", "year", "households", "poor_households")
_MARKS = ("area_code", "year", "poor_households")
_OURS = (
    "area_code",
    "name",
    *(head for head in tables.SCHEMAS["review"].columns if head != "area_code"),
)


def is_flat(raw: RawTable, settings: DataSettings) -> bool:
    """Whether a table is a flat file: an area's code, a year and a count in each row."""
    heads = {settings.columns.get(head, head) for head in raw.cells.columns}
    return set(_MARKS) <= heads


def split(raw: RawTable, settings: DataSettings) -> tuple[dict[str, RawTable], list[Note]]:
    """
    Turn a flat table into `areas` and `review`.

    Parameters
    ----------
    raw : RawTable
    settings : DataSettings
        Column and value maps, rows to drop, how to work out households.

    Returns
    -------
    raw_tables : dict of RawTable
        `areas` and `review`, in our columns, still text.
    notes : list of Note
        What was dropped, worked out, ignored or inferred.

    Raises
    ------
    DataError
        If a column that the settings name, or one that is required, is missing.
    """
    notes: list[Note] = []
    _check_settings(raw, settings)
    kept = _drop(raw.cells, settings, notes)
    if kept.empty:
        msg = f"{raw.place}: no row is left after the scenario's drop rules"
        raise DataError(msg)
    cells = _rename(raw, kept, settings, notes)
    if settings.households and "households" not in settings.columns.values():
        cells["households"] = _derive(raw, kept, settings.households)
        rule = settings.households
        values: dict[str, str | int] = {"count": rule.count, "percent": rule.percent}
        notes.append(Note("households worked out as {count} / {percent}", values))
    for column in REQUIRED:
        if column not in cells:
            have = ", ".join(raw.cells.columns)
            msg = f"{raw.place}: column {column} is missing (there: {have})"
            raise DataError(msg)
    if "standard" not in cells:
        cells["standard"] = _infer_standard(cells["year"], notes)
    areas = _areas(raw, cells, notes)
    return {"areas": areas, "review": replace(raw, cells=cells.drop(columns="name"))}, notes


def _check_settings(raw: RawTable, settings: DataSettings) -> None:
    """Every column that the scenario names must be in the file, every target ours."""
    for column in (*settings.columns, *_used(settings)):
        if column not in raw.cells:
            have = ", ".join(raw.cells.columns)
            msg = f"{raw.place}: column {column}, named by the scenario, is missing (there: {have})"
            raise DataError(msg)
    targets = list(settings.columns.values())
    for column in (*targets, *settings.values):
        if column not in _OURS:
            msg = (
                f"{raw.place}: column {column}, named by the scenario, is not a column of ours;"
                f" use {', '.join(_OURS)}"
            )
            raise DataError(msg)
        if targets.count(column) > 1:
            msg = f"{raw.place}: the scenario names two columns of the file {column}"
            raise DataError(msg)


def _used(settings: DataSettings) -> list[str]:
    """Columns of the file that the scenario's rules read."""
    rule = settings.households
    used = [drop.column for drop in settings.drop]
    return [*used, rule.count, rule.percent] if rule else used


def _drop(cells: pd.DataFrame, settings: DataSettings, notes: list[Note]) -> pd.DataFrame:
    for rule in settings.drop:
        marks = cells[rule.column]
        marked = marks != "" if rule.values == ["*"] else marks.isin(rule.values)
        if marked.any():
            values: dict[str, str | int] = {"rows": int(marked.sum()), "reason": rule.reason}
            notes.append(Note("rows left out: {rows} ({reason})", values))
        cells = cells[~marked]
    return cells


def _rename(
    raw: RawTable, cells: pd.DataFrame, settings: DataSettings, notes: list[Note]
) -> pd.DataFrame:
    """Our columns only; a mapped column wins over one that has our name already."""
    mapped = set(settings.columns.values())
    if settings.households:
        mapped.add("households")
    names = settings.columns | {
        head: head
        for head in cells.columns
        if head in _OURS and head not in mapped and head not in settings.columns
    }
    ignored = [head for head in cells.columns if head not in {*names, *_used(settings)}]
    if ignored:
        notes.append(raw.ignored_columns(ignored))
    renamed = cells[list(names)].rename(columns=names)
    for column, values in settings.values.items():
        if column in renamed:
            renamed[column] = renamed[column].replace(values)
    return renamed


def _derive(raw: RawTable, cells: pd.DataFrame, rule: DeriveRule) -> pd.Series:
    """Households from a count and the percent that it is of them."""
    left = replace(raw, cells=cells)
    count = columns.whole_numbers(left, rule.count)
    percent = columns.numbers(left, rule.percent)
    households = (count / percent.where(percent > 0) * 100).round()
    if households.isna().any():
        row = raw.row(int(households.index[households.isna()][0]))
        msg = (
            f"{row}: households cannot be worked out from {rule.count} and {rule.percent};"
            " leave the row out by a drop rule"
        )
        raise DataError(msg)
    return households.astype(int).astype(str)


def _infer_standard(years: pd.Series, notes: list[Note]) -> pd.Series:
    """The standard in force in each year; unstated for all if one year has none."""
    years = years.str.removesuffix(".0")  # a whole number, as some programs write it
    names: dict[str, str] = {}
    for year in years.unique():
        try:
            names[year] = standards.of_year(int(year)).name
        except ValueError:
            notes.append(Note("standard unstated: all years are taken as one unbroken series"))
            return pd.Series("unstated", index=years.index)
    notes.append(Note("standard inferred from the year"))
    return years.map(names)


def _areas(raw: RawTable, cells: pd.DataFrame, notes: list[Note]) -> RawTable:
    """One row a code, with the last name that it was given."""
    rows = cells[["area_code", "name"]].assign(name=cells["name"].str.normalize("NFC"))
    rows = rows.loc[cells["year"].sort_values(kind="stable").index]
    named = rows[rows["name"] != ""]
    changed = named.drop_duplicates().loc[lambda pairs: pairs["area_code"].duplicated()]
    if len(changed):
        values: dict[str, str | int] = {"areas": changed["area_code"].nunique()}
        notes.append(
            Note("areas that change their name, of which the last one is used: {areas}", values)
        )
    last = pd.concat([rows[rows["name"] == ""], named]).drop_duplicates("area_code", keep="last")
    return replace(raw, name="areas", cells=last.sort_index())
