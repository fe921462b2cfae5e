"""Excel workbooks to rows of cells, after making sure that they cannot exhaust the memory."""

import re
import zipfile
import zlib
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook

from povlib.errors import DataError

ENDINGS = (".xlsx", ".xlsm", ".xls")  # macros are never run
# A national workbook of all tables unpacks to some tens of millions of bytes, twenty times
# its packed size, and spans about a million cells a sheet.
MAX_UNPACKED = 200_000_000  # bytes, all parts together
MAX_RATIO = 200  # unpacked / packed bytes
MAX_CELLS = 5_000_000  # rows x columns of the largest sheet
_CHUNK = 1 << 20  # bytes unpacked at a time
_OVERLAP = 10_000  # bytes repeated, so that a cell or formula cut by a chunk's end is seen
# Address of a cell that holds something; cells that are merely formatted do not count.
_CELL = re.compile(
    rb"""<(?:\w+:)?c\s[^<>]*?\br\s*=\s*["']([A-Za-z]{1,3})(\d{1,7})["'][^<>]*(?<!/)>"""
    rb"""(?!</|<v/>|<v></v>)"""
)
# A formula whose value was never worked out: no value, and not an empty text.
_UNCACHED = re.compile(
    rb"""<(?:\w+:)?c\s(?![^<>]*\bt=["']str)[^<>]*?\br=["'](\w+)["'][^<>]*>\s*"""
    rb"""<(?:\w+:)?f\b[^<>]*(?:/>|>[^<]*</(?:\w+:)?f>)\s*"""
    rb"""(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v></(?:\w+:)?v>)?\s*</(?:\w+:)?c>"""
)


@dataclass(frozen=True, slots=True)
class Sheet:
    """
    A sheet of a workbook.

    Attributes
    ----------
    rows : list of list
        Cells; blanks are empty text.
    merged : list of tuple
        Merged cells: (first row, first column), (last row, last column), from 0.
    """

    rows: list[list[Any]]
    merged: list[tuple[tuple[int, int], tuple[int, int]]]


def read(path: Path, *, names: Collection[str]) -> tuple[dict[str, Sheet], list[str]]:
    """
    Read the sheets of a workbook.

    Parameters
    ----------
    path : Path
        A file with one of the endings of workbooks.
    names : collection of str
        Sheets to read; if none of them is there, all are read.

    Returns
    -------
    sheets : dict of Sheet
        By name.
    others : list of str
        Sheets that were not read.

    Raises
    ------
    DataError
        If the file is broken, protected by a password, unpacks to more than any
        review, or holds a formula without its value.
    """
    if path.suffix.lower() != ".xls":
        _check_archive(path)
    try:
        workbook = CalamineWorkbook.from_path(str(path))
        there: list[str] = workbook.sheet_names
        chosen = [name for name in there if name in names] or there
        sheets = {name: _sheet(workbook, name) for name in chosen}
    except (CalamineError, OSError) as error:
        msg = f"{path.name}: not a readable workbook: {' '.join(str(error).split())}"
        raise DataError(msg) from None
    return sheets, [name for name in there if name not in chosen]


def _sheet(workbook: CalamineWorkbook, name: str) -> Sheet:
    sheet = workbook.get_sheet_by_name(name)
    return Sheet(sheet.to_python(skip_empty_area=False), sheet.merged_cell_ranges or [])


def _check_archive(path: Path) -> None:
    """Unpack the zip file that a workbook is, a little at a time, and keep nothing."""
    try:
        with zipfile.ZipFile(path) as archive:
            _check_size(path, archive)
            for member in archive.infolist():
                _check_span(path, archive, member)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError):
        msg = f"{path.name}: not a readable workbook: broken, protected by a password, or no .xlsx"
        raise DataError(msg) from None


def _check_size(path: Path, archive: zipfile.ZipFile) -> None:
    members = archive.infolist()
    unpacked = sum(member.file_size for member in members)
    if unpacked > MAX_UNPACKED:
        msg = f"{path.name}: unpacks to {unpacked:,} bytes, more than {MAX_UNPACKED:,}"
        raise DataError(msg)
    packed = max(1, sum(member.compress_size for member in members))
    if unpacked > MAX_RATIO * packed:
        msg = f"{path.name}: unpacks to {unpacked // packed} times its size, more than {MAX_RATIO}"
        raise DataError(msg)


def _check_span(path: Path, archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> None:
    """One stray cell in the last corner makes a reader lay out billions of them."""
    rows = columns = 0
    rest = b""
    # Reading to the end also finds parts whose true size is not the one declared.
    with archive.open(member) as file:
        while chunk := file.read(_CHUNK):
            seen = rest + chunk
            if found := _UNCACHED.search(seen):
                msg = (
                    f"{path.name}: cell {found[1].decode()} of {member.filename} holds a formula"
                    " without its value; open the file in Excel or LibreOffice and save it"
                )
                raise DataError(msg)
            for letters, number in _CELL.findall(seen):
                rows, columns = max(rows, int(number)), max(columns, _column(letters))
            rest = seen[-_OVERLAP:]
    if rows * columns > MAX_CELLS:
        msg = (
            f"{path.name}: a sheet spans {rows:,} rows and {columns:,} columns, more than"
            f" {MAX_CELLS:,} cells; is there a stray cell far from the table?"
        )
        raise DataError(msg)


def _column(letters: bytes) -> int:
    """Number of a column, A is 1."""
    number = 0
    for letter in letters.upper():
        number = 26 * number + letter - ord("A") + 1
    return number
