"""A scenario: one file of params/, checked, as frozen typed records."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal, Self, get_args

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from povlib.data.standards import StandardName
from povlib.data.vietnamese import file_name
from povlib.errors import DataError

PROJECT = Path(__file__).resolve().parent.parent
PARAMS = PROJECT / "params"
BOUNDARIES = "boundaries.geojson"  # in a folder of data: the outlines of its areas
CATALOGUES = Path(__file__).parent / "report" / "locale"

Measure = Literal["poverty_rate", "near_poverty_rate", "multidimensional_rate", "em_poverty_rate"]
Kind = Literal["level", "pace", "halving"]
Share = Annotated[float, Field(ge=0, le=1)]
Year = Annotated[int, Field(ge=1990, le=2100)]
Text = Annotated[str, Field(min_length=1)]


def languages() -> tuple[str, ...]:
    """
    Return the codes of the languages that reports are written in: those with a catalogue.

    Returns
    -------
    codes : tuple of str
        Sorted.

    Examples
    --------
    >>> {"vi", "en"} <= set(languages())
    True
    """
    return tuple(sorted(path.stem for path in CATALOGUES.glob("*.po")))


def _as_language(code: str) -> str:
    if code not in languages():
        msg = f"language {code}: reports are written in {', '.join(languages())}"
        raise ValueError(msg)
    return code


Language = Annotated[str, AfterValidator(_as_language)]


def _as_day(text: str) -> str:
    date.fromisoformat(text)  # the calendar knows no 30 February
    return text


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class DropRule(_Record):
    """
    Rows that a flat file itself marks as bad.

    Attributes
    ----------
    column : str
        Column of the file that carries the mark.
    values : list of str
        Marks that drop the row; `["*"]` drops every row with any mark.
    reason : str
        Why, in words; printed with the number of rows dropped.
    """

    column: Text
    values: Annotated[list[str], Field(min_length=1)]
    reason: Text


class DeriveRule(_Record):
    """
    Households worked out from a count and its published rate.

    Attributes
    ----------
    count : str
        Column of the file with the count, say near-poor households.
    percent : str
        Column with the same count as a share of all households. [percent]
    """

    count: Text
    percent: Text


class DataSettings(_Record):
    """
    Where the data are and how a flat file is read.

    Attributes
    ----------
    path : str
        `demo` for the embedded data set, else a folder, a workbook or a CSV
        file; relative paths start at the scenario file.
    columns : dict
        Column of the file -> our column.
    values : dict
        Our column -> {value in the file: our value}.
    drop : list of DropRule
        Rows to leave out, in the file's own columns.
    households : DeriveRule or None
        How to work out households that the file does not count.
    boundaries : str or None
        A GeoJSON file with the outlines of the areas, for maps; relative paths start
        at the scenario file. Without it `boundaries.geojson` in a folder of data is
        taken, and without that too maps show every area at its centre.
    """

    path: Text
    columns: dict[str, str] = {}
    values: dict[str, dict[str, str]] = {}
    drop: list[DropRule] = []
    households: DeriveRule | None = None
    boundaries: Text | None = None


class Target(_Record):
    """
    A rate to reach.

    Attributes
    ----------
    measure : str
        Which rate.
    standard : str
        The standard under which it is measured.
    kind : str
        `level`: the rate is to be at or below the value. `pace`: it is to fall by the
        value a year from the base year on. `halving`: the households counted are to
        be at most that part (0.5 is half) of those of the base year.
    base_year : int or None
        Year whose end a pace or a halving starts from; a level has none.
    year : int
        Year whose end counts.
    value : float
        See `kind`. [share, share per year or part]
    source : str
        Who set it, where; printed in the report.
    """

    measure: Measure
    standard: StandardName
    kind: Kind = "level"
    base_year: Year | None = None
    year: Year
    value: Share
    source: Text

    @model_validator(mode="after")
    def _has_base(self) -> Self:
        if (self.base_year is None) != (self.kind == "level"):
            needs = "no" if self.kind == "level" else "a"
            msg = f"a target of kind {self.kind} has {needs} base_year"
            raise ValueError(msg)
        if self.base_year is not None and self.base_year >= self.year:
            msg = f"base_year {self.base_year} must lie before year {self.year}"
            raise ValueError(msg)
        return self


class BridgePrior(_Record):
    """
    What is assumed of a change of standard where no review was made under both.

    Attributes
    ----------
    measure : str
        Which rate.
    old, new : str
        The standards.
    old_rate : float
        A rate counted under the old standard. [share]
    new_rate, new_rate_lb, new_rate_ub : float
        What the new one would have counted there: middle and limits of an 80 %
        interval. [share]
    spread : float
        Standard deviation of the shift from area to area. [probit]
    source : str
        Where it comes from; printed in the report.
    """

    measure: Measure
    old: StandardName
    new: StandardName
    old_rate: Annotated[float, Field(gt=0, lt=1)]
    new_rate: Annotated[float, Field(gt=0, lt=1)]
    new_rate_lb: Annotated[float, Field(gt=0, lt=1)]
    new_rate_ub: Annotated[float, Field(gt=0, lt=1)]
    spread: Annotated[float, Field(ge=0, le=2)]
    source: Text

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        low, high = self.new_rate_lb, self.new_rate_ub
        if not low <= self.new_rate <= high:
            msg = f"new_rate {self.new_rate} must lie between {low} and {high}"
            raise ValueError(msg)
        return self


class ProgrammeEffect(_Record):
    """
    An effect estimated elsewhere, to apply to all areas.

    Attributes
    ----------
    effect, effect_lb, effect_ub : float
        Change of the first target's rate a year, with its 95 % interval; negative
        for a fall. [share per year]
    first_year : int
        First year with the programme everywhere.
    source : str
        The estimate's origin; printed beside it.
    """

    effect: Annotated[float, Field(ge=-1, le=1)]
    effect_lb: Annotated[float, Field(ge=-1, le=1)]
    effect_ub: Annotated[float, Field(ge=-1, le=1)]
    first_year: Year
    source: Text

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if not self.effect_lb <= self.effect <= self.effect_ub:
            msg = f"effect {self.effect} must lie between {self.effect_lb} and {self.effect_ub}"
            raise ValueError(msg)
        return self


class RollOut(_Record):
    """
    A programme of the data set that is to reach the areas that lack it.

    Attributes
    ----------
    programme : str
        Name in the table `programmes`; its effect is the one estimated from the data.
    first_year : int
        First year in these areas.
    """

    programme: Text
    first_year: Year


class Alternatives(_Record):
    """
    Ways to 2030 that are held beside the one that simply goes on.

    Attributes
    ----------
    faster : float
        By how much faster the rate falls: 0.25 is a quarter faster. [part]
    programme : ProgrammeEffect or None
        An effect estimated elsewhere to apply everywhere, if there is one.
    roll_outs : list of RollOut
        Programmes of the data set to carry to the areas that lack them.
    """

    faster: Annotated[float, Field(gt=0, le=5)]
    programme: ProgrammeEffect | None = None
    roll_outs: list[RollOut] = []


class ModelSettings(_Record):
    """
    Settings of the trajectory model and of the words for its results.

    Attributes
    ----------
    last_year : int
        Last year shown.
    search_year : int
        Last year in which the year that meets a target is looked for.
    draws : int
        Joint draws per area and year.
    interval : float
        Coverage of the projection interval. [share, 0-1]
    on_track, at_risk : float
        Least chance of meeting the target to be called so. [share, 0-1]
    min_years : int
        Fewest yearly values from which an area gets a status.
    peers : int
        Similar areas to compare with.
    """

    last_year: Year
    search_year: Year
    draws: Annotated[int, Field(ge=100, le=100_000)]
    interval: Annotated[float, Field(gt=0.5, lt=1)]
    on_track: Share
    at_risk: Share
    min_years: Annotated[int, Field(ge=2)]
    peers: Annotated[int, Field(ge=1)]

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.at_risk >= self.on_track:
            msg = f"at_risk {self.at_risk} must be below on_track {self.on_track}"
            raise ValueError(msg)
        if self.search_year < self.last_year:
            msg = f"search_year {self.search_year} lies before last_year {self.last_year}"
            raise ValueError(msg)
        return self


class Published(_Record):
    """
    A published figure of the whole, which the reviews must add up to.

    Attributes
    ----------
    measure : str
        Which rate.
    year : int
        Year at whose end it stood.
    since : int or None
        If given, the figure is the change a year from the end of that year.
    value : float
        The figure as printed. [share or share a year]
    source : str
        Who published it; printed beside it.
    """

    measure: Measure
    year: Year
    since: Year | None = None
    value: Annotated[float, Field(ge=-1, le=1)]
    source: Text

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.since is not None and self.since >= self.year:
            msg = f"since {self.since} must lie before year {self.year}"
            raise ValueError(msg)
        return self


class Office(_Record):
    """
    How the head and the foot of a report are set in the official form.

    Attributes
    ----------
    place : dict
        Where the province's report is issued, by language; a commune's is issued there.
    recipients : dict
        To whom the reports go (Nơi nhận), by language.
    """

    place: dict[Language, Text]
    recipients: dict[Language, list[Text]] = {}


class Scenario(_Record):
    """
    Everything a reader would argue about, in one file.

    Attributes
    ----------
    name : str
        Name of the file without its ending; the folder under output/.
    title : dict
        Name of the province or country, by language.
    data : DataSettings
        Where the data are.
    areas : list of str
        Codes of the areas to report on; empty means all.
    languages : list of str
        Languages of the reports.
    standard : str
        The standard of the figures reported; `latest` is that of the last review.
    targets : list of Target
        Rates to reach; the first is the one that the summary answers.
    bridges : list of BridgePrior
        What is assumed of changes of standard; a review under both replaces it.
    alternatives : Alternatives
        Ways to hold beside the one that goes on.
    model : ModelSettings
        Settings of the projection.
    published : list of Published
        Figures that the province's report holds the reviews against.
    previous : str or None
        Output folder of an earlier issue of the reports, kept under another name; the
        province's report says what changed since. Relative paths start at the file.
    office : Office or None
        Head and foot in the official form; without it they are plain.
    suppress_below : int
        Counts of groups below this are not shown, so that no household is recognised.
        [households]
    seed : int
        Seed of every random number.
    report_date : str
        Date printed on the reports, YYYY-MM-DD: same inputs, same pages.
    folder : Path
        Folder of the file; relative paths start there.
    """

    name: Text
    title: dict[Language, Text]
    data: DataSettings
    areas: list[str]
    languages: Annotated[list[Language], Field(min_length=1)]
    standard: StandardName | Literal["latest"]
    targets: Annotated[list[Target], Field(min_length=1)]
    bridges: list[BridgePrior]
    alternatives: Alternatives
    model: ModelSettings
    published: list[Published] = []
    previous: Text | None = None
    office: Office | None = None
    suppress_below: Annotated[int, Field(ge=0)] = 0
    seed: Annotated[int, Field(ge=0)]
    report_date: Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$"), AfterValidator(_as_day)]
    folder: Path

    @model_validator(mode="after")
    def _reaches_targets(self) -> Self:
        late = [target.year for target in self.targets if target.year > self.model.last_year]
        if late:
            msg = f"target year {late[0]} lies after model.last_year {self.model.last_year}"
            raise ValueError(msg)
        return self

    def with_data(self, path: Path) -> Self:
        """Return the same scenario on another data set."""
        data = self.data.model_copy(update={"path": str(path.resolve())})
        return self.model_copy(update={"data": data})

    def previous_path(self) -> Path | None:
        """Return the results of the earlier issue, or None if there is none."""
        return (
            None if self.previous is None else (self.folder / self.previous / "results").resolve()
        )

    def data_path(self) -> Path | None:
        """Return the path of the data, or None for the embedded data set."""
        return None if self.data.path == "demo" else (self.folder / self.data.path).resolve()

    def boundaries_path(self) -> Path | None:
        """Return the path of the areas' outlines, or None if there are none."""
        if self.data.boundaries is not None:
            return (self.folder / self.data.boundaries).resolve()
        data = self.data_path()
        beside = None if data is None else data / BOUNDARIES
        return beside if beside and beside.is_file() else None


def find(reference: str | Path) -> Path:
    """
    Find a scenario file.

    Parameters
    ----------
    reference : str or Path
        Path of a file, or the bare name of one in params/.

    Returns
    -------
    path : Path

    Raises
    ------
    DataError
        If there is no such file; the message lists the names in params/.

    Examples
    --------
    >>> find("smoke").name
    'smoke.yml'
    """
    path = Path(reference)
    for candidate in (path, Path(f"{path}.yml"), PARAMS / f"{path}.yml"):
        if candidate.is_file():
            return candidate.resolve()
    known = ", ".join(sorted(file.stem for file in PARAMS.glob("*.yml")))
    msg = f"scenario {reference}: no such file, and no such name in params/ (there: {known})"
    raise DataError(msg)


def load(reference: str | Path) -> Scenario:
    """
    Read and check a scenario file.

    Parameters
    ----------
    reference : str or Path
        Path of a file, or the bare name of one in params/.

    Returns
    -------
    scenario : Scenario

    Raises
    ------
    DataError
        For a missing or unreadable file, an unknown or missing key, a wrong
        type or a value out of range: file, key, rule and value.

    Examples
    --------
    >>> case = load("smoke")
    >>> case.targets[0].measure, case.targets[0].value, case.targets[0].year
    ('multidimensional_rate', 0.1, 2030)
    """
    path = find(reference)
    content = _parse(path)
    for key in ("name", "folder"):
        if key in content:
            msg = f"{path.name}, key {key}: set by the file itself, remove it"
            raise DataError(msg)
    try:
        return Scenario.model_validate(content | {"name": path.stem, "folder": path.parent})
    except ValidationError as error:
        raise DataError(_explain(path, error)) from None


def of_data(path: Path) -> Scenario:
    """
    Say what can be said of a data set that comes without a scenario: `params/own-data.yml`.

    Parameters
    ----------
    path : Path
        Folder, workbook or flat CSV file; the scenario is named after it.

    Returns
    -------
    scenario : Scenario

    Examples
    --------
    >>> case = of_data(Path("Rà soát 2024.xlsx"))
    >>> case.name, case.title["vi"]
    ('Ra-soat-2024', 'Rà soát 2024')
    """
    stem = path.resolve().stem
    named = {"name": file_name(stem) or "own-data", "title": {"vi": stem, "en": stem}}
    return load("own-data").with_data(path).model_copy(update=named)


class _Loader(yaml.SafeLoader):
    """YAML in which a key that is there twice is refused, not overwritten."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002 - yaml's
        seen = set()
        for key in (key for key, _ in node.value if isinstance(key, yaml.ScalarNode)):
            if key.value in seen:
                rule = f"key {key.value} is there twice"
                raise yaml.MarkedYAMLError(problem=rule, problem_mark=key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep)


def _parse(path: Path) -> dict[str, Any]:
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), _Loader)  # noqa: S506 - it is safe
    except UnicodeDecodeError:
        msg = f"{path.name}: not a UTF-8 text file"
        raise DataError(msg) from None
    except (yaml.YAMLError, ValueError) as error:  # such as a day that no calendar has
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark else ""
        msg = f"{path.name}{where}: not valid YAML: {getattr(error, 'problem', error)}"
        raise DataError(msg) from None
    if not isinstance(content, dict):
        msg = f"{path.name}: expected keys and values, found {type(content).__name__}"
        raise DataError(msg)
    return content


def _explain(path: Path, error: ValidationError) -> str:
    """One line for the first broken rule: file, key, rule, value."""
    first = error.errors()[0]
    key = ".".join(str(part) for part in first["loc"]) or "(file)"
    more = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
    match first["type"]:
        case "extra_forbidden":
            allowed = ", ".join(_allowed(first["loc"][:-1]))
            return f"{path.name}, key {key}: unknown key; allowed here: {allowed}{more}"
        case "missing":
            return f"{path.name}, key {key}: missing{more}"
        case _:
            rule = first["msg"].removeprefix("Value error, ")
            given = first["input"]  # of a rule between keys it is all of them
            found = "" if isinstance(given, dict) else f"; found {given!r}"
            return f"{path.name}, key {key}: {rule}{found}{more}"


def _allowed(place: tuple[int | str, ...]) -> list[str]:
    """Keys allowed at a place in the file."""
    record: type[_Record] = Scenario
    for part in place:
        if part in record.model_fields:  # else it counts the entries of a list
            record = next(_records(record.model_fields[str(part)].annotation), record)
    return [key for key in record.model_fields if key not in ("name", "folder")]


def _records(annotation: Any) -> Iterator[type[_Record]]:
    """Records that a type is made of."""
    if isinstance(annotation, type) and issubclass(annotation, _Record):
        yield annotation
    for part in get_args(annotation):
        yield from _records(part)


def check_languages(codes: list[str]) -> list[Language]:
    """
    Return the codes as languages that reports are written in.

    Parameters
    ----------
    codes : list of str
        Codes as a user gives them.

    Returns
    -------
    languages : list of str
        The same, each once, in the order given.

    Raises
    ------
    DataError
        If a code has no catalogue.

    Examples
    --------
    >>> check_languages(["en", "vi", "en"])
    ['en', 'vi']
    """
    try:
        return list(dict.fromkeys(_as_language(code) for code in codes))
    except ValueError as error:
        raise DataError(str(error)) from None
