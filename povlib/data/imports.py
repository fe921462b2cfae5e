"""Official review workbooks into a data set: read, matched, checked, merged, written at once."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from povlib.data import (
    agreement,
    changes,
    columns,
    dataset,
    form_checks,
    form_reader,
    form_tables,
    tables,
    units,
)
from povlib.data.changes import Change
from povlib.data.dataset import Dataset
from povlib.data.form_reader import FormSheet
from povlib.data.notes import Note
from povlib.errors import DataError
from povlib.scenario import BOUNDARIES

_LISTED = 12  # areas that a note names


@dataclass(frozen=True, slots=True)
class Prepared:
    """
    An import that is ready to be written.

    Attributes
    ----------
    data : Dataset
    sheets : tuple of FormSheet
        The forms that were found, with the rows of units that are sound.
    changes : tuple of Change
        Of each table in which something changes.
    notes : tuple of Note
    """

    data: Dataset
    sheets: tuple[FormSheet, ...]
    changes: tuple[Change, ...]
    notes: tuple[Note, ...]


def prepare(
    paths: Sequence[Path], *, year: int, standard: str, into: Path, areas: str | None = None
) -> Prepared:
    """
    Read forms and work out the data set that they make of what is there. Writes nothing.

    Parameters
    ----------
    paths : sequence of Path
        Workbooks; together they hold each form once for a unit.
    year : int
        Year whose end was reviewed.
    standard : str
        Standard of the review.
    into : Path
        Folder of the data set; it may not be there yet.
    areas : str, optional
        Register of the areas of a new data set (`units.register`); without it the
        forms must carry codes.

    Returns
    -------
    prepared : Prepared

    Raises
    ------
    DataError
        If a file cannot be read without doubt, holds personal data, or names
        units that are not the data set's.

    Examples
    --------
    >>> import tempfile
    >>> from povlib.data import demo, form_writer
    >>> data = demo.build()
    >>> few = {name: getattr(data, name).query("area_code < '01849'") for name in tables.KEYS}
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     forms, into = Path(folder) / "forms.xlsx", Path(folder) / "my-data"
    ...     form_writer.fill(replace(data, **few), forms, year=2024, standard="nd07-2021")
    ...     prepared = prepare(
    ...         [forms], year=2024, standard="nd07-2021", into=into, areas="thai-nguyen"
    ...     )
    ...     save(prepared, into)
    >>> print(*(sheet.form.number for sheet in prepared.sheets))
    1 2 3 4 5 6 7 8 9 10 12 13
    >>> len(prepared.data.review)
    2
    """
    notes: list[Note] = []
    sheets: list[FormSheet] = []
    for path in paths:
        found, more = form_reader.read(path, year=year, standard=standard)
        sheets += found
        notes += more
    if not sheets:
        names = ", ".join(path.name for path in paths)
        msg = f"{names}: no form of the review with figures was found"
        raise DataError(msg)
    before = _load(into, areas, sheets)
    notes += before.notes
    matched = units.match(sheets, before.areas)
    notes += _absent(matched, before.areas)
    sound = [form_checks.clean(sheet, notes) for sheet in matched]
    data, sound = _merge(before, sound, notes)
    agreement.compare(sound, {name: getattr(data, name) for name in tables.KEYS}, notes)
    found_changes = [
        changes.between(name, getattr(before, name), getattr(data, name)) for name in tables.KEYS
    ]
    changed = tuple(change for change in found_changes if change)
    return Prepared(data, tuple(sound), changed, tuple(notes))


def save(prepared: Prepared, into: Path) -> None:
    """
    Write an import: the whole data set, or nothing.

    Parameters
    ----------
    prepared : Prepared
    into : Path

    Raises
    ------
    DataError
        If nothing of the forms can be stored.

    Examples
    --------
    >>> from povlib.data import demo
    >>> save(Prepared(demo.build(), sheets=(), changes=(), notes=()), Path("my-data"))
    Traceback (most recent call last):
    povlib.errors.DataError: my-data: nothing of the forms can be stored; the notes say why
    """
    if not any(len(sheet.rows) for sheet in prepared.sheets) or prepared.data.review.empty:
        msg = f"{into}: nothing of the forms can be stored; the notes say why"
        raise DataError(msg)
    if prepared.changes:
        dataset.save(prepared.data, into)


def _load(into: Path, areas: str | None, sheets: list[FormSheet]) -> Dataset:
    """The data set as it is, or a new one that has areas alone."""
    if into.is_file() or (into.is_dir() and any(one.name != BOUNDARIES for one in into.iterdir())):
        return dataset.load_to_change(into)
    register = units.from_codes(sheets) if areas is None else units.register(areas)
    if register.empty:
        msg = (
            f"{into}: no such data set, and the forms carry no codes; begin one with --areas FILE"
            " (columns area_code, name, kind, group) or --areas thai-nguyen"
        )
        raise DataError(msg)
    empty = {name: columns.empty(name) for name in tables.KEYS}
    return Dataset(**{**empty, "areas": register})


def _absent(sheets: list[FormSheet], areas: pd.DataFrame) -> Iterator[Note]:
    """Areas of the data set that a form does not name."""
    named: dict[int, set[str]] = {}
    for sheet in sheets:
        named.setdefault(sheet.form.number, set()).update(sheet.rows["area_code"].dropna())
    for number, codes in named.items():
        names = areas.loc[~areas["area_code"].isin(codes), "name"].tolist()
        if names:
            listed = ", ".join(names[:_LISTED]) + (", ..." if len(names) > _LISTED else "")
            values: dict[str, str | int] = {"form": number, "areas": len(names), "names": listed}
            yield Note("form {form} does not name {areas} areas: {names}", values)


def _merge(
    before: Dataset, sheets: list[FormSheet], notes: list[Note]
) -> tuple[Dataset, list[FormSheet]]:
    """Where rows are zeros, first who is counted at all; then all that the forms say."""
    if any(agreement.zeros(sheet).any() for sheet in sheets):
        counted = [sheet for sheet in sheets if sheet.form.number in form_checks.WITH_TOTAL]
        review = _with_cells(before, counted, [], names=("review",))["review"]
        sheets = [agreement.without_zeros(sheet, review, notes) for sheet in sheets]
    frames = _with_cells(before, sheets, notes, names=tables.KEYS)
    return replace(before, **frames, notes=()), sheets


def _with_cells(
    before: Dataset, sheets: list[FormSheet], notes: list[Note], *, names: Collection[str]
) -> dict[str, pd.DataFrame]:
    """Tables with what some forms say."""
    frames = {"review": before.review}
    cells = form_tables.tabulate(sheets, names)
    for name in [name for name in tables.KEYS if name in cells]:
        old = getattr(before, name)
        merged = form_tables.merge(name, old, cells[name])
        if name == "review":
            frames[name] = merged = _with_vintage(merged, sheets)
        frames[name] = form_tables.leave_unsound(
            name, merged, old, review=frames["review"], notes=notes
        )
    return frames


def _with_vintage(review: pd.DataFrame, sheets: list[FormSheet]) -> pd.DataFrame:
    """Whether figures are preliminary or official, where a title says so."""
    vintages = {
        (code, sheet.year, sheet.standard): sheet.vintage
        for sheet in sheets
        if sheet.vintage
        for code in sheet.rows["area_code"]
    }
    keys = review[tables.KEYS["review"]].itertuples(index=False, name=None)
    said = [vintages.get(key, was) for key, was in zip(keys, review["vintage"], strict=True)]
    return review.assign(vintage=pd.array(said, dtype="str"))
