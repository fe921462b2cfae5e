"""The tidy tables of a province: load, check, save."""

import difflib
import re
import shutil
import tempfile
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

import pandas as pd
import pandera.pandas as pa

from povlib.data import files, flat, tables
from povlib.data.files import RawTable
from povlib.data.notes import Note
from povlib.errors import DataError
from povlib.scenario import DataSettings

# Codes become names of folders on any system, so nothing else may stand in them.
_CODE = re.compile(r"[0-9A-Za-z](?:[0-9A-Za-z_-]|\.(?!\.)){0,31}(?<!\.)")
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
_TRUE, _FALSE = ("true", "1", "yes", "có", "x"), ("false", "0", "no", "không")
# part, whole: a part may not exceed the whole
_PARTS = (
    ("poor_households", "households"),
    ("near_poor_households", "households"),
    ("em_households", "households"),
    ("em_poor_households", "em_households"),
    ("em_poor_households", "poor_households"),
    ("em_near_poor_households", "near_poor_households"),
    ("poor_people", "people"),
    ("near_poor_people", "people"),
    ("deprived_households", "households"),
)


@dataclass(frozen=True, slots=True)
class Dataset:
    """
    The tables of `povlib.data.tables`, checked; a table that is absent is empty.

    Attributes
    ----------
    areas, review, flows, deprivations, groups, causes, programmes, finance, actions : DataFrame
        One row per key (tables.KEYS), sorted by it, default index, with all the
        table's columns in order; counts are Int64, codes and text are str.
    notes : tuple of Note
        What loading did that a reader should know: rows dropped and why, columns
        ignored, standards inferred.
    """

    areas: pd.DataFrame
    review: pd.DataFrame
    flows: pd.DataFrame
    deprivations: pd.DataFrame
    groups: pd.DataFrame
    causes: pd.DataFrame
    programmes: pd.DataFrame
    finance: pd.DataFrame
    actions: pd.DataFrame
    notes: tuple[Note, ...] = field(default=())


def load(path: Path | None, *, settings: DataSettings) -> Dataset:
    """
    Read a data set and hold it to all rules.

    Parameters
    ----------
    path : Path or None
        A folder of CSV or Parquet files or a workbook, with a file or sheet a
        table; or one flat CSV file. None is the embedded data set.
    settings : DataSettings
        How a flat file is read.

    Returns
    -------
    dataset : Dataset

    Raises
    ------
    DataError
        For the first broken rule: file, sheet, row, rule and value.
    """
    if path is None:
        from povlib.data import demo

        return demo.build()
    raw_tables, notes = files.read(path)
    if len(raw_tables) == 1 and flat.is_flat(raw_tables[0], settings):
        known, more = flat.split(raw_tables[0], settings)
        return check(known, notes=[*notes, *more])
    names = {raw.name: raw for raw in raw_tables}
    notes += [
        Note("{place} ignored: not a table of ours", {"place": raw.place})
        for raw in raw_tables
        if raw.name not in tables.KEYS
    ]
    for name in tables.REQUIRED:
        if name not in names:
            have = ", ".join(sorted(names)) or "none"
            flat_heads = ", ".join(("area_code", "name", "year", "households", "poor_households"))
            msg = (
                f"{path.name}: table {name} is missing (there: {have}); a flat file needs the"
                f" columns {flat_heads}"
            )
            raise DataError(msg)
    return check({name: raw for name, raw in names.items() if name in tables.KEYS}, notes=notes)


def check(raw_tables: Mapping[str, RawTable], *, notes: list[Note]) -> Dataset:
    """
    Turn raw tables into a data set, or say which rule is broken where.

    Parameters
    ----------
    raw_tables : mapping of RawTable
        By the name of the table; `areas` and `review` at least.
    notes : list of Note
        Notes of the reading so far.

    Returns
    -------
    dataset : Dataset

    Raises
    ------
    DataError
        For the first broken rule.
    """
    notes = list(notes)
    frames = {name: _type(name, raw, notes) for name, raw in raw_tables.items()}
    frames["areas"] = _name_areas(frames["areas"], notes)
    frames["review"] = _leave_out_not_entered(frames["review"], notes)
    for name, frame in frames.items():
        _check_codes(raw_tables[name], frame, frames["areas"])
        _check_schema(name, raw_tables[name], frame)
        _check_parts(raw_tables[name], frame, frames["areas"])
    _check_same_folder(raw_tables["areas"], frames["areas"])
    absent = {name: _empty(name) for name in tables.KEYS if name not in frames}
    ordered = {
        name: frame.sort_values(tables.KEYS[name], ignore_index=True)
        for name, frame in frames.items()
    }
    return Dataset(**ordered, **absent, notes=tuple(notes))


def _empty(name: str) -> pd.DataFrame:
    types = tables.dtypes(name)
    return pd.DataFrame({head: pd.Series(dtype=dtype) for head, dtype in types.items()})


def _type(name: str, raw: RawTable, notes: list[Note]) -> pd.DataFrame:
    """The table's columns in order, each of its type; the index is the position in the file."""
    columns = tables.SCHEMAS[name].columns
    ignored = [head for head in raw.cells.columns if head not in columns]
    if ignored:
        notes.append(raw.ignored_columns(ignored))
    typed = {}
    for head, dtype in tables.dtypes(name).items():
        if head in raw.cells:
            typed[head] = _convert(raw, head, dtype)
        elif not columns[head].nullable:
            have = ", ".join(raw.cells.columns)
            msg = f"{raw.place}: column {head} is missing (there: {have})"
            raise DataError(msg)
        else:
            typed[head] = pd.Series(index=raw.cells.index, dtype=dtype)
    return pd.DataFrame(typed)


def _convert(raw: RawTable, head: str, dtype: str) -> pd.Series:
    cells = raw.cells[head]
    match dtype:
        case "Int64":
            return _whole_numbers(raw, head, cells)
        case "float64":
            numbers = pd.to_numeric(cells.mask(cells == ""), errors="coerce")
            _refuse(raw, head, cells, (cells != "") & numbers.isna(), "must be a number")
            return numbers.astype("float64")
        case "boolean":
            lower = cells.str.lower()
            flags = lower.map(dict.fromkeys(_TRUE, True) | dict.fromkeys(_FALSE, False))
            _refuse(raw, head, cells, (cells != "") & flags.isna(), "must be true or false")
            return flags.astype("boolean")
        case _:
            control = cells.str.contains(r"[\x00-\x08\x0b-\x1f\x7f]", regex=True)
            _refuse(raw, head, cells, control, "must be plain text without control characters")
            normal = cells.map(lambda text: unicodedata.normalize("NFC", text))
            return normal.mask(normal == "", pd.NA)


def _whole_numbers(raw: RawTable, head: str, cells: pd.Series) -> pd.Series:
    whole = cells.str.fullmatch(r"-?\d{1,15}(\.0+)?")
    # 6.330 is 6330 to a Vietnamese reader and 6.33 to a program: neither is guessed.
    grouped = cells.str.fullmatch(r"-?\d{1,3}([.,  ]\d{3})+")
    zeros = cells.str.fullmatch(r"-?\d+\.0+")
    _refuse(
        raw,
        head,
        cells,
        grouped & ~(zeros & ~cells.str.fullmatch(r"-?\d{1,3}\.000")),
        "must be a whole number without separators",
    )
    fraction = cells.str.fullmatch(r"-?\d*[.,]\d+ ?%?|-?\d+ ?%") & ~whole
    _refuse(
        raw, head, cells, fraction, "must be a whole number; is it a rate where a count belongs?"
    )
    _refuse(raw, head, cells, (cells != "") & ~whole, "must be a whole number")
    return pd.to_numeric(cells.where(whole).str.replace(r"\.0+$", "", regex=True)).astype("Int64")


def _refuse(raw: RawTable, head: str, cells: pd.Series, bad: pd.Series, rule: str) -> None:
    """Raise for the first bad cell: where, rule, value, and how many more."""
    if bad.any():
        _raise(raw, cells.index[bad], f"{head} {rule}; found {cells[bad].iloc[0]!r}")


def _raise(raw: RawTable, positions: pd.Index, rule: str, name: str = "") -> NoReturn:
    more = f" (and {len(positions) - 1} more rows)" if len(positions) > 1 else ""
    named = f" ({name})" if name else ""
    msg = f"{raw.row(int(positions[0]))}{named}: {rule}{more}"
    raise DataError(msg)


def _name_areas(areas: pd.DataFrame, notes: list[Note]) -> pd.DataFrame:
    nameless = areas["name"].isna()
    if nameless.any():
        values: dict[str, str | int] = {"areas": int(nameless.sum())}
        notes.append(Note("{areas} areas have no name; their code is shown", values))
    return areas.assign(name=areas["name"].fillna(areas["area_code"]))


def _leave_out_not_entered(review: pd.DataFrame, notes: list[Note]) -> pd.DataFrame:
    """A review without a household total and without the poor was not entered."""
    none = review["households"].fillna(0) == 0
    blank = none & (review[["poor_households", "near_poor_households"]].fillna(0) == 0).all(axis=1)
    if blank.any():
        values: dict[str, str | int] = {"rows": int(blank.sum())}
        reason = "{rows} reviews left out: no household total and no poor, not entered"
        notes.append(Note(reason, values))
    return review[~blank]


def _check_codes(raw: RawTable, frame: pd.DataFrame, areas: pd.DataFrame) -> None:
    codes = frame["area_code"].fillna("")
    known = set(areas["area_code"].dropna())
    lost = codes.str.fullmatch(r"\d+") & _lost_zero(codes, known)
    if lost.any():
        code = codes[lost].iloc[0]
        longest = max(len(one) for one in known | set(codes) if one.isdigit())
        rule = (
            f"area_code {code} has {len(code)} digits, others {longest}; did it lose its leading"
            f" zero ({code.zfill(longest)})?"
        )
        _raise(raw, codes.index[lost], rule)
    bad = ~codes.map(lambda code: bool(_CODE.fullmatch(code)) and not _RESERVED.fullmatch(code))
    _refuse(
        raw, "area_code", codes, bad, "must be letters, digits, dot, hyphen, underscore; at most 32"
    )
    unknown = ~codes.isin(known)
    if unknown.any():
        code = codes[unknown].iloc[0]
        near = difflib.get_close_matches(code, sorted(known), n=1)
        hint = f"; did you mean {near[0]}?" if near else ""
        _raise(raw, codes.index[unknown], f"area_code {code} is not among the areas{hint}")


def _lost_zero(codes: pd.Series, known: set[str]) -> pd.Series:
    """Codes of digits that are shorter than others of digits."""
    lengths = [len(code) for code in known | set(codes) if code.isdigit()]
    return codes.str.len() < max(lengths, default=0)


_RULES = {
    "greater_than_or_equal_to": "must not be negative",
    "not_nullable": "must not be empty",
    "isin": "is not one of the known values",
    "in_range": "is out of range",
    "str_matches": "is not in the right form",
}


def _check_schema(name: str, raw: RawTable, frame: pd.DataFrame) -> None:
    """Hold a table against its schema; the first failure in the file is named."""
    key = tables.KEYS[name]
    doubled = frame.duplicated(key, keep=False)
    if doubled.any():
        rows = frame.index[doubled & frame.duplicated(key)]
        values = frame.loc[rows[0], key]
        first = frame.index[(frame[key] == values).all(axis=1)][0]
        text = ", ".join(f"{head} {value}" for head, value in values.items())
        _raise(raw, rows, f"{text} is there already in row {raw.first_row + int(first)}")
    try:
        tables.SCHEMAS[name].validate(frame, lazy=True)
    except pa.errors.SchemaErrors as error:
        cases = error.failure_cases.dropna(subset=["index"]).sort_values("index", kind="stable")
        case = cases.iloc[0]
        check_name = str(case["check"]).split("(")[0]
        rule = _RULES.get(check_name, f"breaks the rule {case['check']}")
        detail = str(case["check"]).partition("(")[2].rstrip(")")
        allowed = f" ({detail})" if detail and check_name != "greater_than_or_equal_to" else ""
        value = "" if check_name == "not_nullable" else f"; found {case['failure_case']}"
        rows = pd.Index(cases["index"].unique())
        _raise(raw, rows, f"{case['column']} {rule}{allowed}{value}")


def _check_parts(raw: RawTable, frame: pd.DataFrame, areas: pd.DataFrame) -> None:
    """A part may not exceed its whole; poor and near-poor are apart."""
    names = areas.set_index("area_code")["name"]
    rules = [pair for pair in _PARTS if set(pair) <= set(frame.columns)]
    for part, whole in rules:
        _refuse_excess(raw, frame, frame[part], (part, whole), names)
    if {"poor_households", "near_poor_households"} <= set(frame.columns):
        both = frame["poor_households"] + frame["near_poor_households"]
        heads = ("poor_households + near_poor_households", "households")
        _refuse_excess(raw, frame, both, heads, names)


def _refuse_excess(
    raw: RawTable, frame: pd.DataFrame, part: pd.Series, heads: tuple[str, str], names: pd.Series
) -> None:
    over = (part > frame[heads[1]]).fillna(value=False)
    if over.any():
        first = frame.index[over][0]
        rule = f"{heads[0]} {part[first]} exceed {heads[1]} {frame.loc[first, heads[1]]}"
        _raise(raw, frame.index[over], rule, names.get(frame.loc[first, "area_code"], ""))


def _check_same_folder(raw: RawTable, areas: pd.DataFrame) -> None:
    """Two codes that differ in case alone would share a folder on some systems."""
    doubled = areas["area_code"].str.lower().duplicated()
    codes = areas["area_code"]
    _refuse(raw, "area_code", codes, doubled, "differs from another in upper and lower case alone")


def save(dataset: Dataset, folder: Path) -> None:
    """
    Write a data set as CSV files, one a table that has rows.

    Parameters
    ----------
    dataset : Dataset
    folder : Path
        New, empty, or a data set's; the files are written aside and then renamed.

    Raises
    ------
    DataError
        If the folder holds anything that is not a data set's, or is a file.
    """
    if folder.exists() and not folder.is_dir():
        msg = f"{folder}: is a file; a data set is a folder"
        raise DataError(msg)
    own = {f"{name}.csv" for name in tables.KEYS}
    foreign = (
        sorted(p.name for p in folder.iterdir() if p.name not in own) if folder.exists() else []
    )
    if foreign:
        msg = (
            f"{folder}: holds {foreign[0]}, which is no table of a data set; choose another folder"
        )
        raise DataError(msg)
    folder.parent.mkdir(parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    for name in tables.KEYS:
        frame = getattr(dataset, name)
        if len(frame):
            frame.to_csv(aside / f"{name}.csv", index=False, encoding="utf-8", lineterminator="\n")
    aside.chmod(0o755)
    if folder.exists():
        old = Path(tempfile.mkdtemp(prefix=".old-", dir=folder.parent))
        folder.replace(old)
        aside.rename(folder)
        shutil.rmtree(old)
    else:
        aside.rename(folder)
