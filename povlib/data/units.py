"""Units of a form and the areas that they are: by code, or by name within their group."""

import difflib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from importlib.resources import files as resources
from pathlib import Path

import pandas as pd

from povlib.data import columns, files, rules
from povlib.data.form_reader import FormSheet
from povlib.data.vietnamese import key, split_kind
from povlib.errors import DataError

THAI_NGUYEN = "thai-nguyen"  # the register that comes with the library
_LISTED = 10


def thai_nguyen() -> pd.DataFrame:
    """
    Return the 92 communes and wards of Thai Nguyen since July 2025.

    Returns
    -------
    units : DataFrame
        Columns of the table `areas` as far as known, and `district`: the old one.
    """
    with (resources("povlib.data") / "thai_nguyen_areas.csv").open(encoding="utf-8") as file:
        units = pd.read_csv(file, comment="#", dtype={"area_code": str})
    return units.assign(urban=units["kind"] == "phường")


def register(name: str) -> pd.DataFrame:
    """
    Read a table of areas.

    Parameters
    ----------
    name : str
        `thai-nguyen`, or the path of a CSV file with the columns of the table
        `areas`, or of a data set that holds one.

    Returns
    -------
    areas : DataFrame

    Raises
    ------
    DataError
        If the table breaks a rule.
    """
    if name == THAI_NGUYEN:
        types = columns.empty("areas").dtypes
        return thai_nguyen().reindex(columns=types.index).astype(types)
    raw = files.read(Path(name), names=("areas",))[0][0]
    areas = columns.read("areas", raw, [])
    rules.check_codes(raw, areas, set(areas["area_code"].dropna()))
    rules.check_schema("areas", raw, areas)
    return areas.sort_values("area_code", ignore_index=True)


def from_codes(sheets: Sequence[FormSheet]) -> pd.DataFrame:
    """
    Make the table of areas from forms that carry codes.

    Parameters
    ----------
    sheets : sequence of FormSheet

    Returns
    -------
    areas : DataFrame
        Empty if the units have no codes.

    Raises
    ------
    DataError
        If a code is not of five digits, or some units have none.
    """
    found: dict[str, dict[str, str]] = {}
    for sheet in sheets:
        for number, row in sheet.rows[sheet.rows["level"] == "unit"].iterrows():
            if row["code"] and not (len(row["code"]) == 5 and row["code"].isdigit()):
                msg = (
                    f"{sheet.row(int(number))}: code {row['code']} must have five digits; write"
                    " codes as text with their leading zeros"
                )
                raise DataError(msg)
            kind, own = split_kind(row["label"])
            group = split_kind(row["district"])[1]
            area = {"area_code": row["code"], "name": own, "kind": kind, "group": group}
            found.setdefault(row["code"], area)
    if "" in found:
        return columns.empty("areas")
    types = columns.empty("areas").dtypes
    areas = pd.DataFrame(list(found.values())).replace("", pd.NA)
    return (
        areas.reindex(columns=types.index).astype(types).sort_values("area_code", ignore_index=True)
    )


def match(sheets: Sequence[FormSheet], areas: pd.DataFrame) -> list[FormSheet]:
    """
    Give every unit of the forms the code of its area.

    Parameters
    ----------
    sheets : sequence of FormSheet
    areas : DataFrame

    Returns
    -------
    matched : list of FormSheet
        With the column `area_code`, missing in rows of subtotals.

    Raises
    ------
    DataError
        If a unit is none of the areas or could be several of them, if code and
        name are not of one area, or if an area is there twice.
    """
    book = _Book(areas)
    failed: list[str] = []
    matched = []
    for sheet in sheets:
        rows = sheet.rows[sheet.rows["level"] == "unit"]
        found = [
            book.find_code(sheet, number, code, label)
            if code
            else book.find_name(f"{sheet.place}, row {number}", label, district, failed)
            for number, code, label, district in zip(
                rows.index, rows["code"], rows["label"], rows["district"], strict=True
            )
        ]
        codes = pd.Series(found, index=rows.index, dtype="str").reindex(sheet.rows.index)
        matched.append(replace(sheet, rows=sheet.rows.assign(area_code=codes)))
    if failed:
        more = f" (and {len(failed) - _LISTED} more)" if len(failed) > _LISTED else ""
        raise DataError("; ".join(failed[:_LISTED]) + more)
    _check_once(matched)
    return matched


class _Book:
    """The areas by code and by what spelling variants of their names share."""

    def __init__(self, areas: pd.DataFrame) -> None:
        text = areas[["area_code", "name", "kind", "group"]].astype(object).fillna("")
        self.rows = {row["area_code"]: row for row in text.to_dict("records")}
        self.groups = {key(group) for group in text["group"] if group}
        self.by_key: dict[str, list[str]] = defaultdict(list)
        for code, row in self.rows.items():
            self.by_key[key(split_kind(row["name"])[1])].append(code)
        self.width = max((len(code) for code in self.rows), default=0)

    def find_code(self, sheet: FormSheet, number: int, code: str, label: str) -> str:
        """Code of the area in a row; its name must be the one that the row has."""
        full = code.zfill(self.width) if code.isdigit() else code
        if full not in self.rows:
            msg = f"{sheet.row(number)}: code {code} is not among the areas"
            raise DataError(msg)
        name = self.rows[full]["name"]
        if key(split_kind(label)[1]) != key(split_kind(name)[1]):
            msg = f"{sheet.row(number)}: code {code} is that of {name}"
            raise DataError(msg)
        return full

    def find_name(self, where: str, label: str, district: str, failed: list[str]) -> str:
        """Code of the area of a name; adds to `failed` what cannot be told."""
        found = self._named(label, district)
        if len(found) == 1:
            return found[0]
        unit = f"{label} ({district})" if district else label
        if found:
            failed.append(f"{where}: {unit} may be {' or '.join(found)}; add a column of codes")
        else:
            names = [row["name"] for row in self.rows.values()]
            near = difflib.get_close_matches(split_kind(label)[1], names, n=1)
            hint = f"; did you mean {near[0]}?" if near else ""
            failed.append(f"{where}: {unit} is not among the areas{hint}")
        return ""

    def _named(self, label: str, district: str) -> list[str]:
        kind, own = split_kind(label)
        found = list(self.by_key.get(key(own), ()))
        group = key(split_kind(district)[1])
        if group in self.groups:
            found = [code for code in found if key(self.rows[code]["group"]) == group]
        if len(found) > 1:
            found = [code for code in found if self.rows[code]["kind"] == kind] or found
        if len(found) > 1:
            own = own.casefold()
            found = [code for code in found if self.rows[code]["name"].casefold() == own] or found
        return found


def _check_once(sheets: Sequence[FormSheet]) -> None:
    """A unit may have one row of a kind in all sheets of a form."""
    seen: dict[tuple[int, str, str], tuple[FormSheet, int]] = {}
    for sheet in sheets:
        units = sheet.rows[sheet.rows["level"] == "unit"]
        for number, code, kind in zip(units.index, units["area_code"], units["kind"], strict=True):
            other, first = seen.setdefault((sheet.form.number, code, kind), (sheet, number))
            if (other, first) != (sheet, number):
                msg = f"{sheet.row(number)}: the unit is there already: {other.row(first)}"
                raise DataError(msg)
