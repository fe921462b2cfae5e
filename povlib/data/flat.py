"""One flat CSV file, of whatever source, as the tables `areas` and `review`."""

from dataclasses import replace

import pandas as pd

from povlib.data import standards, tables
from povlib.data.files import RawTable
from povlib.data.notes import Note
from povlib.errors import DataError
from povlib.scenario import DataSettings

HEADS = ("area_code", "year", "poor_households")


def is_flat(raw: RawTable, settings: DataSettings) -> bool:
    """Whether a table is a flat file: an area's code, a year and a count in each row."""
    heads = {settings.columns.get(head, head) for head in raw.cells.columns}
    return set(HEADS) <= heads


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
    if settings.households and "households" not in cells:
        cells["households"] = _derive(raw, kept, settings)
        rule = settings.households
        values: dict[str, str | int] = {"count": rule.count, "percent": rule.percent}
        notes.append(Note("households worked out as {count} / {percent}", values))
    for column in ("area_code", "name", "year", "households", "poor_households"):
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
    named = [*settings.columns, *(rule.column for rule in settings.drop)]
    if settings.households:
        named += [settings.households.count, settings.households.percent]
    for column in named:
        if column not in raw.cells:
            have = ", ".join(raw.cells.columns)
            msg = f"{raw.place}: column {column}, named by the scenario, is missing (there: {have})"
            raise DataError(msg)
    ours = {"name", *tables.SCHEMAS["review"].columns}
    for column in settings.columns.values():
        if column not in ours:
            msg = f"data.columns: {column} is not a column of ours; use {', '.join(sorted(ours))}"
            raise DataError(msg)


def _drop(cells: pd.DataFrame, settings: DataSettings, notes: list[Note]) -> pd.DataFrame:
    for rule in settings.drop:
        marks = cells[rule.column]
        marked = marks != "" if rule.values == ["*"] else marks.isin(rule.values)
        if marked.any():
            values: dict[str, str | int] = {"rows": int(marked.sum()), "reason": rule.reason}
            notes.append(Note("{rows} rows left out: {reason}", values))
        cells = cells[~marked]
    return cells


def _rename(
    raw: RawTable, cells: pd.DataFrame, settings: DataSettings, notes: list[Note]
) -> pd.DataFrame:
    """Our columns only; a mapped column wins over one that has our name already."""
    mapped = set(settings.columns.values())
    own = {"name", *tables.SCHEMAS["review"].columns}
    names = settings.columns | {
        head: head
        for head in cells.columns
        if head in own and head not in mapped and head not in settings.columns
    }
    ignored = [head for head in cells.columns if head not in names]
    if ignored:
        notes.append(raw.ignored_columns(ignored))
    renamed = cells[list(names)].rename(columns=names)
    for column, values in settings.values.items():
        if column in renamed:
            renamed[column] = renamed[column].replace(values)
    return renamed


def _derive(raw: RawTable, cells: pd.DataFrame, settings: DataSettings) -> pd.Series:
    """Households from a count and the percent that it is of them."""
    rule = settings.households
    if rule is None:  # pragma: no cover - asked for only with a rule
        raise AssertionError
    count = pd.to_numeric(cells[rule.count], errors="coerce")
    percent = pd.to_numeric(cells[rule.percent], errors="coerce")
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
    """One row a code, with the name of its last year."""
    named = cells.sort_values("year", kind="stable")[["area_code", "name"]]
    doubled = named.drop_duplicates()["area_code"].duplicated().sum()
    if doubled:
        values: dict[str, str | int] = {"areas": int(doubled)}
        notes.append(Note("{areas} areas change their name; the last one is used", values))
    return replace(raw, name="areas", cells=named.drop_duplicates("area_code", keep="last"))
