"""Bytes on disk to tables of text: CSV, Parquet and workbooks, before any meaning is given."""

import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import pandas as pd
from python_calamine import CalamineError, CalamineWorkbook

from povlib.data.notes import Note
from povlib.errors import DataError

MAX_UNPACKED = 300_000_000  # bytes; a national workbook of forms unpacks to some tens of millions
WORKBOOKS = (".xlsx", ".xls")


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
        Text of every cell, blanks as empty text; columns are the heads.
    """

    name: str
    place: str
    first_row: int
    cells: pd.DataFrame

    def row(self, position: int) -> str:
        """Name a row of data as a person finds it in the file."""
        return f"{self.place}, row {self.first_row + position}"

    def ignored_columns(self, heads: list[str]) -> Note:
        """Say which columns of the table have no meaning here."""
        return Note(
            "{place}: columns ignored: {heads}", {"place": self.place, "heads": ", ".join(heads)}
        )


def read(path: Path) -> tuple[list[RawTable], list[Note]]:
    """
    Read every table of a folder, a workbook or a CSV file.

    Parameters
    ----------
    path : Path

    Returns
    -------
    tables : list of RawTable
    notes : list of Note
        Files of a folder that were ignored.

    Raises
    ------
    DataError
        If there is no such path, or a file is empty or cannot be read.
    """
    if not path.exists():
        msg = f"{path}: no such file or folder"
        raise DataError(msg)
    if path.is_dir():
        return _read_folder(path)
    if path.suffix.lower() in WORKBOOKS:
        return list(_read_workbook(path)), []
    if path.suffix.lower() == ".csv":
        return [_read_csv(path)], []
    msg = f"{path.name}: expected a folder, or a file ending in .csv, .xlsx or .xls"
    raise DataError(msg)


def _read_folder(folder: Path) -> tuple[list[RawTable], list[Note]]:
    readers = {".csv": _read_csv, ".parquet": _read_parquet}
    files = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    known = [path for path in files if path.is_file() and path.suffix.lower() in readers]
    if not known:
        msg = f"{folder.name}: the folder holds no .csv or .parquet file"
        raise DataError(msg)
    stems = [path.stem for path in known]
    for path in known:
        if stems.count(path.stem) > 1:
            msg = f"{folder.name}: table {path.stem} is there twice, as CSV and as Parquet"
            raise DataError(msg)
    notes = [
        Note("{place} ignored: not a table of ours", {"place": path.name})
        for path in files
        if path not in known
    ]
    return [readers[path.suffix.lower()](path) for path in known], notes


def _read_csv(path: Path) -> RawTable:
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        msg = f"{path.name}, line {line}: not UTF-8 text; save the file as CSV UTF-8"
        raise DataError(msg) from None
    lines = text.splitlines()
    comments = next((n for n, line in enumerate(lines) if not line.startswith("#")), len(lines))
    if not text.strip() or comments == len(lines):
        msg = f"{path.name}: the file is empty"
        raise DataError(msg)
    head = lines[comments]
    delimiter = max(",;\t", key=head.count)
    try:
        cells = pd.read_csv(
            path,
            sep=delimiter,
            header=None,
            skiprows=comments,
            dtype=str,
            keep_default_na=False,
            encoding="utf-8-sig",
            skip_blank_lines=False,
            index_col=False,
            on_bad_lines="error",
        )
    except (pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        reason = str(error).removeprefix("Error tokenizing data. ").strip()
        msg = f"{path.name}: not a CSV table: {reason}"
        raise DataError(msg) from None
    heads, body = cells.iloc[0], cells.iloc[1:].reset_index(drop=True)
    return _tidy(path.stem, path.name, comments + 2, body.set_axis(heads, axis=1))


def _read_parquet(path: Path) -> RawTable:
    import pyarrow as pa

    try:
        frame = pd.read_parquet(path)
    except (pa.ArrowInvalid, OSError) as error:
        msg = f"{path.name}: not a Parquet file: {error}"
        raise DataError(msg) from None
    cells = frame.astype("string").fillna("").astype(str)
    return _tidy(path.stem, path.name, 1, cells)


def _read_workbook(path: Path) -> Iterator[RawTable]:
    _check_archive(path)
    try:
        workbook = CalamineWorkbook.from_path(str(path))
        sheets = {
            name: workbook.get_sheet_by_name(name).to_python(skip_empty_area=False)
            for name in workbook.sheet_names
        }
    except (CalamineError, OSError) as error:
        msg = f"{path.name}: not a readable workbook: {error}"
        raise DataError(msg) from None
    for name, rows in sheets.items():
        texts = [[_text(cell) for cell in row] for row in rows]
        start = next((n for n, row in enumerate(texts) if any(row)), None)
        if start is not None:
            cells = pd.DataFrame(texts[start + 1 :], columns=texts[start], dtype=str)
            yield _tidy(name, f'{path.name}, sheet "{name}"', start + 2, cells)


def _check_archive(path: Path) -> None:
    """A workbook is a zip file; one that unpacks to more than any review is refused."""
    if path.suffix.lower() != ".xlsx":
        return
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(member.file_size for member in archive.infolist())
    except (zipfile.BadZipFile, OSError):
        msg = f"{path.name}: not a readable workbook: broken, protected by a password, or no .xlsx"
        raise DataError(msg) from None
    if size > MAX_UNPACKED:
        msg = f"{path.name}: unpacks to {size:,} bytes, more than {MAX_UNPACKED:,}"
        raise DataError(msg)


def _text(cell: object) -> str:
    """Text of a cell; Excel keeps whole numbers as fractions."""
    if isinstance(cell, bool):
        return str(cell)
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime | date):
        return cell.isoformat()[:10]
    return str(cell)


def _tidy(name: str, place: str, first_row: int, cells: pd.DataFrame) -> RawTable:
    """Trim heads and cells; leave out columns without a head and rows without a cell."""
    heads = [str(head).strip() for head in cells.columns]
    cells = cells.set_axis(heads, axis=1).fillna("")
    cells = cells.loc[:, [bool(head) for head in heads]]
    doubled = cells.columns[cells.columns.duplicated()]
    if len(doubled):
        msg = f"{place}: column {doubled[0]} is there twice"
        raise DataError(msg)
    cells = cells.apply(lambda column: column.astype(str).str.strip())
    cells = cells[(cells != "").any(axis=1)]
    if cells.empty:
        msg = f"{place}: no rows below the heads"
        raise DataError(msg)
    return RawTable(name, place, first_row, cells)
