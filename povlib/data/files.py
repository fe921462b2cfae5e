"""Bytes on disk to tables of text: CSV, Parquet and workbooks, before any meaning is given."""

import io
import os
import re
import tempfile
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import NoReturn

import numpy as np
import pandas as pd

from povlib.data import folders, workbooks
from povlib.data.notes import Note
from povlib.data.workbooks import Sheet
from povlib.errors import DataError, RowError
from povlib.scenario import BOUNDARIES

ENDINGS = (".csv", *workbooks.ENDINGS)
GUIDE = "guide"  # sheet of a workbook that tells people how to fill it in


@dataclass(frozen=True, slots=True)
class RawTable:
    """
    A table as it stands in a file.

    Attributes
    ----------
    name : str
        Name of the sheet, or of the file without its ending.
    place : str
        File, and sheet of a workbook, as error messages name them.
    first_row : int
        Number of the first row of data in the file, counted from 1.
    cells : DataFrame
        Text of every cell, blanks as empty text; columns are the heads, the
        index is the position below the heads.
    area_names : mapping
        Code -> name, as far as known; error messages give the name.
    """

    name: str
    place: str
    first_row: int
    cells: pd.DataFrame
    area_names: Mapping[str, str] = field(default_factory=dict)

    def row(self, position: int) -> str:
        """Name a row of data as a person finds it in the file."""
        where = f"{self.place}, row {self.first_row + position}"
        name = ""
        if "area_code" in self.cells:
            name = self.area_names.get(self.cells.loc[position, "area_code"], "")
        # A name may hold anything at this point; the message is one line.
        name = "".join(letter for letter in name if letter.isprintable())
        return f"{where} ({name})" if name else where

    def refuse(self, positions: pd.Index, rule: str) -> NoReturn:
        """Raise for the first of the rows: where, the rule, and how many more break it."""
        others = len(positions) - 1
        more = f" (and {others} more)" if others else ""
        msg = f"{self.row(int(positions[0]))}: {rule}{more}"
        raise RowError(msg, positions.tolist())

    def refuse_cells(self, head: str, bad: pd.Series, rule: str) -> None:
        """Raise for the first bad cell of a column, if any: where, rule, value."""
        if bad.any():
            value = self.cells.loc[bad.idxmax(), head]
            self.refuse(bad.index[bad], f"{head} {rule}; found {value!r}")

    def ignored_columns(self, heads: list[str]) -> Note:
        """Say which columns of the table have no meaning here."""
        return Note(
            "{place}: columns ignored: {heads}", {"place": self.place, "heads": ", ".join(heads)}
        )


def read(path: Path, *, names: Collection[str]) -> tuple[list[RawTable], list[Note]]:
    """
    Read the tables of a folder, a workbook or a CSV file.

    Parameters
    ----------
    path : Path
    names : collection of str
        Tables to read from a folder or workbook; what else is there is not
        opened. If none of them is there, all that can be read is.

    Returns
    -------
    tables : list of RawTable
    notes : list of Note
        Files and sheets that were ignored.

    Raises
    ------
    DataError
        If there is no such path, or a file is empty or cannot be read.
    """
    if path.is_dir():
        return _read_folder(path, names)
    if not path.is_file():
        msg = f"{path}: no such file or folder"
        raise DataError(msg)
    if path.suffix.lower() in workbooks.ENDINGS:
        return _read_workbook(path, names)
    if path.suffix.lower() == ".csv":
        return [_read_csv(path)], []
    msg = f"{path.name}: expected a folder, or a file ending in .csv, .xlsx or .xls"
    raise DataError(msg)


def read_table(path: Path) -> pd.DataFrame:
    """
    Read a file that holds one table.

    Parameters
    ----------
    path : Path
        CSV file, or a workbook, of which the first sheet counts.

    Returns
    -------
    cells : DataFrame
        Text of every cell, blanks as empty text.

    Raises
    ------
    DataError
        As `read`.
    """
    if path.is_file() and path.suffix.lower() in workbooks.ENDINGS:
        sheets, _ = workbooks.read(path, names=())
        table = next(_tables(path, sheets))
    else:
        table = read(path, names=())[0][0]
    return table.cells.reset_index(drop=True)


def _ignored(place: str) -> Note:
    return Note("{place} ignored: not a table of ours", {"place": place})


def _read_folder(folder: Path, names: Collection[str]) -> tuple[list[RawTable], list[Note]]:
    readers: dict[str, Callable[[Path], RawTable]] = {".csv": _read_csv, ".parquet": _read_parquet}
    there = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    # A link may lead out of the folder: a data set is what the folder itself holds.
    readable = [
        path
        for path in there
        if path.is_file() and not path.is_symlink() and path.suffix.lower() in readers
    ]
    if not readable:
        msg = f"{folder.name}: the folder holds no .csv or .parquet file"
        raise DataError(msg)
    known = [path for path in readable if path.stem in names] or readable
    stems = [path.stem for path in known]
    for path in known:
        if stems.count(path.stem) > 1:
            msg = f"{folder.name}: table {path.stem} is there twice, as CSV and as Parquet"
            raise DataError(msg)
    notes = [_ignored(path.name) for path in there if path not in known and path.name != BOUNDARIES]
    return [readers[path.suffix.lower()](path) for path in known], notes


def _read_workbook(path: Path, names: Collection[str]) -> tuple[list[RawTable], list[Note]]:
    sheets, others = workbooks.read(path, names=names)
    ignored = [_ignored(_place(path, sheet)) for sheet in others if sheet != GUIDE]
    return list(_tables(path, sheets)), ignored


def _tables(path: Path, sheets: Mapping[str, Sheet]) -> Iterator[RawTable]:
    """The sheets of a workbook that hold anything, at least one."""
    is_empty = True
    for sheet, content in sheets.items():
        texts = [[_text(cell) for cell in row] for row in content.rows]
        start = next((n for n, row in enumerate(texts) if any(row)), None)
        if start is not None:
            is_empty = False
            cells = pd.DataFrame(texts[start + 1 :], columns=texts[start], dtype=str)
            yield _tidy(sheet, _place(path, sheet), start + 2, cells)
    if is_empty:
        msg = f"{path.name}: the workbook is empty"
        raise DataError(msg)


def _place(path: Path, sheet: str) -> str:
    return f'{path.name}, sheet "{sheet}"'


def _read_csv(path: Path) -> RawTable:
    lines = _lines(path)
    start = next((n for n, line in enumerate(lines) if _holds_heads(line)), None)
    if start is None:
        msg = f"{path.name}: the file is empty"
        raise DataError(msg)
    try:
        cells = pd.read_csv(
            io.StringIO("\n".join(lines[start:])),
            sep=max(",;\t", key=lines[start].count),
            header=None,
            dtype=str,
            keep_default_na=False,
            skip_blank_lines=False,
        )
    except pd.errors.ParserError as error:
        reason = str(error).removeprefix("Error tokenizing data. ").removeprefix("C error: ")
        line = re.compile(r"(?<=line )\d+")
        reason = line.sub(lambda found: str(int(found[0]) + start), reason).strip()
        msg = f"{path.name}: not a CSV table: {reason}"
        raise DataError(msg) from None
    body = cells.iloc[1:].reset_index(drop=True).set_axis(cells.iloc[0].fillna(""), axis=1)
    return _tidy(path.stem, path.name, start + 2, body)


def _lines(path: Path) -> list[str]:
    """Lines of a text file, whichever system wrote it."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        msg = f"{path.name}, line {line}: not UTF-8 text; save the file as CSV UTF-8"
        raise DataError(msg) from None
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def _holds_heads(line: str) -> bool:
    """Whether a line is neither a comment nor blank; spreadsheets leave rows of delimiters."""
    return not line.startswith("#") and bool(line.strip(' ,;\t"'))


def _read_parquet(path: Path) -> RawTable:
    import pyarrow as pa

    try:
        frame = pd.read_parquet(path)
    except (pa.ArrowException, OSError) as error:
        reason = str(error).partition(":")[0].partition("\n")[0]
        msg = f"{path.name}: not a Parquet file: {reason}"
        raise DataError(msg) from None
    if frame.index.names != [None]:  # pandas kept the keys there
        frame = frame.reset_index()
    cells = frame.astype(object).apply(lambda column: column.map(_text, na_action="ignore"))
    return _tidy(path.stem, path.name, 1, cells.reset_index(drop=True))


def _text(cell: object) -> str:
    """Text of a cell; Excel keeps whole numbers as fractions."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime | date):
        return cell.isoformat()[:10]
    return str(cell)


def _tidy(name: str, place: str, first_row: int, cells: pd.DataFrame) -> RawTable:
    """Trim heads and cells; leave out columns and rows with nothing in them."""
    named = [" ".join(str(head).split()) for head in cells.columns]
    heads = [head or f"(column {number})" for number, head in enumerate(named, 1)]
    cells = cells.set_axis(heads, axis=1).astype("str").fillna("")
    cells = cells.apply(lambda column: column.str.strip())
    cells = cells.loc[:, (cells != "").any().to_numpy() | np.array([bool(head) for head in named])]
    doubled = cells.columns[cells.columns.duplicated()]
    if len(doubled):
        msg = f"{place}: column {doubled[0]} is there twice"
        raise DataError(msg)
    return RawTable(name, place, first_row, cells[(cells != "").any(axis=1)])


def require_place(path: Path) -> None:
    """Raise `DataError` unless a file can stand at a path."""
    if not path.parent.is_dir() or path.is_dir():
        msg = f"{path}: no folder to write this file to"
        raise DataError(msg)


def write_text(path: Path, text: str) -> None:
    """
    Write a text file, whole or not at all; a file there is replaced.

    Raises
    ------
    DataError
        If there is no such folder.
    """
    require_place(path)
    with tempfile.NamedTemporaryFile(
        "w", encoding="utf-8", dir=path.parent, prefix=f"{folders.ASIDE}-", delete=False
    ) as aside:
        aside.write(text)
        aside.flush()
        os.fsync(aside.fileno())
        os.fchmod(aside.fileno(), 0o644)
    Path(aside.name).replace(path)
