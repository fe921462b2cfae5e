"""The action register out to a workbook that offices fill in, and back."""

from dataclasses import replace
from pathlib import Path

from openpyxl import Workbook

from povlib.data import columns, files, rules, tables, templates
from povlib.data.dataset import Dataset
from povlib.errors import DataError

_TABLE = "actions"


def write(data: Dataset, path: Path) -> None:
    """
    Write the action register of a data set as a workbook, whole or not at all.

    Parameters
    ----------
    data : Dataset
    path : Path
        A file there is replaced.

    Raises
    ------
    DataError
        If there is no such folder, or the name does not end in `.xlsx`.
    """
    files.require_place(path)
    if path.suffix.lower() != ".xlsx":
        msg = f"{path}: the register is a workbook; give it a name that ends in .xlsx"
        raise DataError(msg)
    book = Workbook()
    sheet = book.active
    sheet.title = _TABLE
    templates.write_heads(sheet, _TABLE)
    rows = data.actions.astype(object).where(data.actions.notna(), None)
    for number, row in enumerate(rows.itertuples(index=False), 2):
        for position, value in enumerate(row, 1):
            cell = sheet.cell(number, position, value)
            if value is not None:
                cell.data_type = "s"  # text is text, also where it begins like a formula
                cell.number_format = "@"
    aside = path.with_name(f".{path.name}")
    book.save(aside)
    aside.replace(path)


def read(path: Path, data: Dataset) -> Dataset:
    """
    Put the register that a workbook holds in the place of a data set's.

    Parameters
    ----------
    path : Path
    data : Dataset

    Returns
    -------
    data : Dataset
        With the actions of the workbook; nothing is written.

    Raises
    ------
    DataError
        If the workbook has no sheet `actions`, or a row breaks a rule: sheet, row,
        rule and value.
    """
    found, _ = files.read(path, names=(_TABLE,))
    raws = [raw for raw in found if raw.name == _TABLE]
    if not raws:
        there = ", ".join(raw.name for raw in found)
        msg = f"{path.name}: no sheet {_TABLE} (there: {there})"
        raise DataError(msg)
    names = dict(zip(data.areas["area_code"], data.areas["name"], strict=True))
    raw = replace(raws[0], area_names=names)
    notes = list(data.notes)
    actions = columns.read(_TABLE, raw, notes)
    rules.check_codes(raw, actions, set(names))
    rules.check_schema(_TABLE, raw, actions)
    actions = actions.sort_values(tables.KEYS[_TABLE], ignore_index=True)
    return replace(data, actions=actions, notes=tuple(notes))
