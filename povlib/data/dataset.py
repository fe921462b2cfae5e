"""The tidy tables of a province: load, check, save."""

import shutil
import tempfile
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import pandas as pd

from povlib.data import columns, files, flat, folders, rules, standards, tables
from povlib.data.files import RawTable
from povlib.data.notes import Note
from povlib.errors import DataError, RowError
from povlib.scenario import BOUNDARIES, DataSettings

_REVIEW_KEY = tables.KEYS["review"]


@dataclass(frozen=True, slots=True)
class Dataset:
    """
    The tables of `povlib.data.tables`, checked; a table that is absent is empty.

    Attributes
    ----------
    areas, review, flows, deprivations, groups, ethnicities, causes, children : DataFrame
    assigned, programmes, finance, actions : DataFrame
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
    ethnicities: pd.DataFrame
    causes: pd.DataFrame
    children: pd.DataFrame
    assigned: pd.DataFrame
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
        A line for each rule that is broken: file, sheet, row, rule and value.

    Examples
    --------
    >>> data = load(None, settings=DataSettings(path="demo"))
    >>> len(data.areas), data.review["year"].max()
    (92, np.int64(2024))
    """
    if path is None:
        from povlib.data import demo

        return demo.build()
    raw_tables, notes = files.read(path, names=tables.KEYS)
    for raw in raw_tables:
        if raw.cells.empty and (raw.name in tables.REQUIRED or len(raw_tables) == 1):
            msg = f"{raw.place}: no rows below the heads"
            raise DataError(msg)
    if len(raw_tables) == 1 and flat.is_flat(raw_tables[0], settings):
        split, more = flat.split(raw_tables[0], settings)
        return check(split, notes=[*notes, *more])
    there = {raw.name: raw for raw in raw_tables if len(raw.cells)}
    for name in tables.REQUIRED:
        if name not in there:
            msg = (
                f"{path.name}: table {name} is missing (there: {', '.join(sorted(there))}); a flat"
                f" file needs the columns {', '.join(flat.REQUIRED)}; official forms are read by"
                " povlib import"
            )
            raise DataError(msg)
    return check(there, notes=notes)


def load_to_change(path: Path) -> Dataset:
    """
    Read a data set that is to be written again, so that nothing of it may be lost.

    Parameters
    ----------
    path : Path
        Folder, workbook or flat CSV file.

    Returns
    -------
    data : Dataset

    Raises
    ------
    DataError
        As `load`; or if it has columns that are not ours, and so would be gone.

    Examples
    --------
    >>> import tempfile
    >>> from povlib.data import demo
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save(demo.build(), Path(folder) / "data")
    ...     len(load_to_change(Path(folder) / "data").areas)
    92
    """
    data = load(path, settings=DataSettings(path=str(path)))
    for note in data.notes:
        if "heads" in note.values:
            msg = f"{note}; they would be lost when it is written, take them out first"
            raise DataError(msg)
    return data


def check(raw_tables: Mapping[str, RawTable], *, notes: list[Note]) -> Dataset:
    """
    Turn raw tables into a data set, or say which rules are broken where.

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
        A line for each rule that is broken. Rows that break one are not held to the
        others, nor are what depends on them.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "flat.csv"
    ...     row = {"area_code": "01", "name": "A", "year": 2024, "households": 9}
    ...     pd.DataFrame([row | {"poor_households": 10}]).to_csv(path, index=False)
    ...     raw_tables, _ = files.read(path, names=())
    >>> tables_of_file, notes = flat.split(raw_tables[0], DataSettings(path="flat.csv"))
    >>> check(tables_of_file, notes=notes)
    Traceback (most recent call last):
    povlib.errors.DataError: flat.csv, row 2 (A): poor_households 10 exceed households 9
    """
    notes = list(notes)
    names = _names(raw_tables["areas"])
    raws = {name: replace(raw, area_names=names) for name, raw in raw_tables.items()}
    broken: list[DataError] = []
    frames: dict[str, pd.DataFrame] = {}
    for name, raw in raws.items():
        try:
            frames[name] = _typed(name, raw, notes, broken)
        except DataError as error:  # a column is missing
            broken.append(error)
    if len(frames) < len(raws):
        raise _all_of(broken)
    frames["areas"] = _name_areas(frames["areas"], notes)
    codes = {*frames["areas"]["area_code"].dropna(), *names}
    for name, raw in raws.items():
        _keep(frames, name, broken, partial(rules.check_codes, raw, known=codes))
    if not broken:  # else a review may be missing that is only broken
        for name in _yearly(frames):
            check_year = partial(rules.check_reviewed, raws[name], review=frames["review"])
            _keep(frames, name, broken, check_year)
    frames = _leave_out_not_entered(frames, notes)
    if frames["review"].empty and not broken:
        msg = f"{raws['review'].place}: no review is left: none has a household total"
        raise DataError(msg)
    for name, raw in raws.items():
        _keep(frames, name, broken, partial(rules.check_schema, name, raw))
        _keep(frames, name, broken, partial(rules.check_parts, raw))
    _keep(frames, "areas", broken, partial(rules.check_folders, raws["areas"]))
    if broken:
        raise _all_of(broken)
    frames = {
        name: frame.sort_values(tables.KEYS[name], ignore_index=True)
        for name, frame in frames.items()
    }
    _note_standards(frames["review"], notes)
    absent = {name: columns.empty(name) for name in tables.KEYS if name not in frames}
    return Dataset(**frames, **absent, notes=tuple(notes))


def _typed(name: str, raw: RawTable, notes: list[Note], broken: list[DataError]) -> pd.DataFrame:
    """A table with its types, without the rows that have a cell of another."""
    while True:
        try:
            return columns.read(name, raw, notes)
        except RowError as error:
            broken.append(error)
            raw = replace(raw, cells=raw.cells.drop(index=error.positions))


def _keep(
    frames: dict[str, pd.DataFrame],
    name: str,
    broken: list[DataError],
    check: Callable[[pd.DataFrame], None],
) -> None:
    """Hold a table to a rule; rows that break it are noted and taken out."""
    while True:
        try:
            check(frames[name])
        except RowError as error:
            broken.append(error)
            frames[name] = frames[name].drop(index=error.positions)
        else:
            return


def _all_of(broken: list[DataError]) -> DataError:
    """One error with a line for each; a flat file is two tables, with the same lines."""
    return DataError("\n".join(dict.fromkeys(map(str, broken))))


def _yearly(frames: Mapping[str, pd.DataFrame]) -> list[str]:
    """Tables that say something of a reviewed year, beside the reviews."""
    return [name for name, frame in frames.items() if name != "review" and "year" in frame]


def _names(areas: RawTable) -> dict[str, str]:
    """Names by code, for messages; whether the columns are there is asked later."""
    if not {"area_code", "name"} <= set(areas.cells.columns):
        return {}
    return dict(zip(areas.cells["area_code"], areas.cells["name"], strict=True))


def _name_areas(areas: pd.DataFrame, notes: list[Note]) -> pd.DataFrame:
    nameless = ~areas["name"].map(_is_seen).astype(bool)
    if nameless.any():
        values: dict[str, str | int] = {"areas": int(nameless.sum())}
        notes.append(Note("areas without a name, shown by their code: {areas}", values))
    return areas.assign(name=areas["name"].mask(nameless, areas["area_code"]))


def _is_seen(name: object) -> bool:
    """Whether a name shows anything: not missing, nor blanks and invisible signs alone."""
    return isinstance(name, str) and any(unicodedata.category(sign)[0] not in "CZ" for sign in name)


def _leave_out_not_entered(
    frames: Mapping[str, pd.DataFrame], notes: list[Note]
) -> dict[str, pd.DataFrame]:
    """Leave out the reviews that were never entered, and what other tables say of them."""
    review = frames["review"]
    # Without a household total and without any poor, nothing was typed.
    poor = review[["poor_households", "near_poor_households"]].fillna(0)
    blank = (review["households"].fillna(0) == 0) & (poor == 0).all(axis=1)
    kept = {**frames, "review": review[~blank]}
    if blank.any():
        values: dict[str, str | int] = {"rows": int(blank.sum())}
        reason = "reviews left out as not entered, with no household total and no poor: {rows}"
        notes.append(Note(reason, values))
        unentered = pd.MultiIndex.from_frame(review.loc[blank, _REVIEW_KEY])
        for name in _yearly(frames):
            kept[name] = _leave_out(frames[name], unentered, notes)
    return kept


def _leave_out(frame: pd.DataFrame, unentered: pd.MultiIndex, notes: list[Note]) -> pd.DataFrame:
    gone = pd.MultiIndex.from_frame(frame[_REVIEW_KEY]).isin(unentered)
    if gone.any():
        reason = "their review was not entered"
        values: dict[str, str | int] = {"rows": int(gone.sum()), "reason": reason}
        notes.append(Note("rows left out: {rows} ({reason})", values))
    return frame[~gone]


_ALSO_IN_FORCE = [("qd59-2015", 2021)]  # December 2021 was reviewed under both standards


def _note_standards(review: pd.DataFrame, notes: list[Note]) -> None:
    """Say how many reviews are under a standard that was not in force in their year."""
    in_force = [
        (one.name, year)
        for one in standards.STANDARDS.values()
        for year in range(one.first_year, one.last_year + 1)
    ]
    found = review.loc[review["standard"] != "unstated", ["standard", "year"]]
    pairs = pd.MultiIndex.from_frame(found)
    count = int((~pairs.isin([*in_force, *_ALSO_IN_FORCE])).sum())
    if count:
        values: dict[str, str | int] = {"rows": count}
        notes.append(Note("reviews under a standard not in force in their year: {rows}", values))


def save(dataset: Dataset, folder: Path) -> None:
    """
    Write a data set as CSV files, one a table that has rows.

    Text is written as it is, also where it begins like a formula: data are
    data, and what is loaded again equals what was saved. The files are written
    aside, loaded again under all rules, and only then put in place.

    Parameters
    ----------
    dataset : Dataset
    folder : Path
        New, empty, or a data set's.

    Raises
    ------
    DataError
        If the folder holds anything that is not a data set's, or is a file, or
        if the data set breaks a rule.

    Notes
    -----
    Boundaries that lie in the folder stay there.

    Examples
    --------
    >>> import tempfile
    >>> from povlib.data import demo
    >>> data = demo.build()
    >>> few = {name: getattr(data, name).query("area_code < '01849'") for name in tables.KEYS}
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save(replace(data, **few), Path(folder) / "few")
    ...     print(len(load(Path(folder) / "few", settings=DataSettings(path="few")).areas))
    2
    """
    folder = folder.resolve()
    _check_own(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        for name in tables.KEYS:
            frame = getattr(dataset, name)
            if len(frame):
                path = aside / f"{name}.csv"
                frame.to_csv(path, index=False, encoding="utf-8", lineterminator="\n")
        load(aside, settings=DataSettings(path=str(aside)))
        if (folder / BOUNDARIES).is_file():
            shutil.copy2(folder / BOUNDARIES, aside)
        aside.chmod(0o755)
        folders.put(aside, folder)
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _check_own(folder: Path) -> None:
    """Refuse to replace anything that is not a data set of ours."""
    if not folder.exists():
        return
    if not folder.is_dir():
        msg = f"{folder}: is a file; a data set is a folder"
        raise DataError(msg)
    there = sorted(path.name for path in folder.iterdir() if path.name != BOUNDARIES)
    foreign = [name for name in there if name not in {f"{table}.csv" for table in tables.KEYS}]
    if foreign:
        msg = f"{folder}: holds {foreign[0]}, no CSV table of a data set; choose another folder"
        raise DataError(msg)
    missing = [name for name in tables.REQUIRED if f"{name}.csv" not in there]
    if there and missing:
        msg = f"{folder}: holds {there[0]} but no {missing[0]}.csv; choose another folder"
        raise DataError(msg)
