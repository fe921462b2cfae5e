"""
Everything the models say about a scenario: computed once, kept, read in slices.

Reports never fit a model. The batch computes the results of all areas, keeps them
as Parquet beside the reports, and every notebook reads the slice of its own area,
so that the time of a report does not grow with the number of areas.
"""

import ctypes
import difflib
import hashlib
import json
import os
import tempfile
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import parquet

from povlib import digests
from povlib.data import folders
from povlib.data.notes import Note
from povlib.digests import Digests
from povlib.errors import DataError
from povlib.models import measurement
from povlib.models.measurement import WHOLE
from povlib.scenario import Measure, Scenario

if TYPE_CHECKING:
    from povlib.data.dataset import Dataset

# The models take seconds to import; who only reads what they said does not wait for them.

ASIDE = ".aside"  # begins the names of folders in which something is made ready
_ROWS = 10_000  # rows read at a time from the tables of a country
_SUMMED = {
    "review": ["year", "standard"],
    "flows": ["year", "standard", "status", "unit"],
    "deprivations": ["year", "standard", "status", "indicator"],
    "groups": ["year", "standard", "status", "group"],
    "causes": ["year", "standard", "status", "cause"],
    "finance": ["project", "source", "period"],
}


@dataclass(frozen=True, slots=True)
class Results:
    """
    The data set and what the models say of it.

    Attributes
    ----------
    scenario : Scenario
        As asked for, with the standard and the targets that the data can answer.
    tables : dict of DataFrame
        The tables of the data set, with rows of `area_code` `*` that sum over
        the areas with a complete record; `projection` (one row per `measure`,
        `standard`, `area_code`, `year`: `rate_median`, `rate_lb`, `rate_ub`, shares);
        `status` (one row per `target`, `area_code`, see `target.assess`);
        `class_status` (the same per `by`, `value`: sums over wards, difficult
        communes, old provinces); `alternatives` (see `alternatives.compare`, of the
        first target); `bridges` (one row per `measure`, `group`: `old`, `new`,
        `old_rate`, `new_rate` with limits, `source`); `peers` (`comparison.similar`); `findings`
        (`audit.examine`); `effects` (`effects.estimate`, of all areas together);
        `disbursement` (`disbursement.forecast`); `per_household`
        (`finance.per_poor_household`); `ranks` (`ranking.rank`, by the poverty
        rate); `changes` (`target.changes`, since the issue before); `outlines`
        (`boundaries.outlines`, if a file of them is given).
    notes : tuple of Note
        What loading did that a reader should know, and targets left out.
    """

    scenario: Scenario
    tables: dict[str, pd.DataFrame]
    notes: tuple[Note, ...]


def compute(scenario: Scenario) -> Results:
    """
    Load the data of a scenario and run the models on all areas together.

    Parameters
    ----------
    scenario : Scenario

    Returns
    -------
    results : Results

    Raises
    ------
    DataError
        If the data break a rule or hold no record under the scenario's standard.
    """
    from povlib import outlook
    from povlib.data import dataset, tables
    from povlib.models import comparison, finance, target

    data = dataset.load(scenario.data_path(), settings=scenario.data)
    _check_areas(scenario, data.areas["area_code"].tolist())
    scenario, left_out = outlook.resolve(scenario, data)
    frames = {name: _with_whole(name, getattr(data, name)) for name in tables.KEYS}
    frames["peers"] = comparison.similar(
        data.areas, data.review, standard=scenario.standard, count=scenario.model.peers
    )
    frames["findings"] = findings(data, scenario)
    frames["effects"] = _effects(data, scenario)
    frames["disbursement"] = _disbursement(data, scenario)
    reviewed = frames["review"]["standard"] == scenario.standard
    frames["per_household"] = finance.per_poor_household(
        frames["finance"], frames["review"][reviewed]
    )
    before = _previous_status(scenario)
    reaches, not_scaled = outlook.roll_outs(data, frames["effects"], scenario)
    summed = _summed(data.review, scenario.standard)
    answers = outlook.tables(data, frames["peers"], reaches, scenario)
    frames["changes"] = target.changes(before, answers["status"])
    frames["outlines"], without = _outlines(scenario, data.areas["area_code"].tolist())
    return Results(
        scenario,
        frames | answers,
        (*data.notes, *left_out, *not_scaled, *summed, *without),
    )


def _outlines(scenario: Scenario, codes: list[str]) -> tuple[pd.DataFrame, list[Note]]:
    """The areas' outlines, if there are any, and how many areas lack theirs."""
    from povlib.data import boundaries

    path = scenario.boundaries_path()
    if path is None:
        return pd.DataFrame(columns=list(boundaries.COLUMNS)), []
    found = boundaries.outlines(path, codes)
    lacking = len(set(codes) - set(found["area_code"]))
    message = "{count} areas have no outline in {file}: maps show them at their centre"
    return found, [Note(message, {"count": lacking, "file": path.name})] if lacking else []


def _effects(data: "Dataset", scenario: Scenario) -> pd.DataFrame:
    """What programmes changed in the poverty rate, and in the rate that a roll-out is asked of."""
    from povlib.models import effects

    measures: dict[Measure, None] = {"poverty_rate": None}
    if scenario.alternatives.roll_outs:
        measures[scenario.targets[0].measure] = None
    made = effects.estimate(
        data.review,
        data.areas,
        data.programmes,
        standard=scenario.standard,
        measures=list(measures),
    )
    return made.assign(area_code=WHOLE)


def _previous_status(scenario: Scenario) -> pd.DataFrame | None:
    """The standings of the issue that the scenario names as the one before."""
    path = scenario.previous_path()
    if path is None:
        return None
    if not (path / "status.parquet").is_file():
        msg = f"{scenario.name}.yml, key previous: {scenario.previous} holds no results of reports"
        raise DataError(msg)
    return pd.read_parquet(path / "status.parquet")


def _disbursement(data: "Dataset", scenario: Scenario) -> pd.DataFrame:
    """The year-end forecast of the money, if there is any."""
    from povlib.models import disbursement

    if data.finance.empty:
        return pd.DataFrame(columns=disbursement.COLUMNS)
    rng = np.random.default_rng(scenario.seed)
    return disbursement.forecast(data.finance, scenario.model, rng=rng)


def findings(data: "Dataset", scenario: Scenario) -> pd.DataFrame:
    """
    List the figures worth a second look, by arithmetic and by chance.

    Parameters
    ----------
    data : Dataset
    scenario : Scenario

    Returns
    -------
    findings : DataFrame
        See `audit.examine` and `audit_tests.examine`.

    Examples
    --------
    >>> from povlib import scenario
    >>> from povlib.data import demo
    >>> len(findings(demo.build(), scenario.load("smoke")))
    0
    """
    from povlib import outlook
    from povlib.models import audit, audit_tests, comparison

    standard = scenario.standard if scenario.standard != "latest" else outlook.latest(data.review)
    tested = audit_tests.examine(
        data.review,
        data.flows,
        scenario.model,
        standard=standard,
        rng=np.random.default_rng(scenario.seed),
        groups=comparison.groups(data.areas),
        assigned=data.assigned[data.assigned["standard"] == standard],
        criterion=_criterion(scenario),
    )
    return audit.collect([audit.examine(data.review, data.flows, data.areas), tested])


def _criterion(scenario: Scenario) -> float | None:
    """The level that the scenario wants poor households to be below, if it names one."""
    levels = [
        one.value
        for one in scenario.targets
        if one.measure == "poverty_rate" and one.kind == "level"
    ]
    return levels[0] if levels else None


def _check_areas(scenario: Scenario, known: list[str]) -> None:
    for code in scenario.areas:
        if code not in known:
            near = difflib.get_close_matches(code, known, n=1)
            hint = f"; did you mean {near[0]}?" if near else ""
            msg = f"{scenario.name}, area {code}: not an area of the data set{hint}"
            raise DataError(msg)


def _with_whole(name: str, frame: pd.DataFrame) -> pd.DataFrame:
    """Add the rows that sum over all areas."""
    keys = _SUMMED.get(name)
    if keys is None or frame.empty:
        return frame
    counts = frame.select_dtypes("Int64").columns.difference(keys)
    rows = frame if name == "finance" else measurement.complete(frame)
    grouped = rows.groupby(keys, as_index=False)
    # A count that an area lacks is unknown in the sum; money not entered is none.
    sums = grouped[list(counts)].agg(lambda cells: cells.sum(skipna=name == "finance", min_count=1))
    whole = sums.assign(area_code=WHOLE)
    if "provenance" in frame:
        whole["provenance"] = ", ".join(sorted(frame["provenance"].dropna().unique()))
    return pd.concat([whole, frame], ignore_index=True)[list(frame.columns)]


def _summed(review: pd.DataFrame, standard: str) -> list[Note]:
    """Say which areas the sums hold, if not all."""
    rows = review[review["standard"] == standard]
    complete, known = (frame["area_code"].nunique() for frame in (measurement.complete(rows), rows))
    if complete == known:
        return []
    message = "sums over all areas hold the {complete} of {known} that were reviewed every year"
    return [Note(message, {"complete": complete, "known": known})]


def prepare(scenario: Scenario, folder: Path) -> Path:
    """
    Compute the results of a scenario unless the kept ones are of the same inputs.

    Parameters
    ----------
    scenario : Scenario
    folder : Path
        Output folder of the scenario; results go to its folder `results`.

    Returns
    -------
    kept : Path
        The folder `results`.

    Raises
    ------
    DataError
        As `compute`; nothing is written then.
    """
    kept = folder / "results"
    mark = fingerprint(scenario)
    if _is_of(kept, mark):
        _check_areas(scenario, area_codes(kept))
        return kept
    results = compute(scenario)
    folder.mkdir(parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(prefix=f"{ASIDE}-", dir=folder))
    for name, frame in results.tables.items():
        # A table without rows must still know that its codes are text. By area and in
        # parts, so that a slice is read without passing over the rest.
        typed = frame.astype({"area_code": "str"}).sort_values("area_code", kind="stable")
        typed.to_parquet(aside / f"{name}.parquet", index=False, row_group_size=_ROWS)
    (aside / "scenario.json").write_text(results.scenario.model_dump_json(), "utf-8")
    (aside / "notes.json").write_text(
        json.dumps([asdict(note) for note in results.notes], ensure_ascii=False), "utf-8"
    )
    (aside / "digests.json").write_text(json.dumps(_digests(results)))
    (aside / "fingerprint").write_text(mark)
    aside.chmod(0o755)  # mkdtemp's folders are the owner's alone; all may read the results
    folders.put(aside, kept)
    del results
    _give_back()
    return kept


def _give_back() -> None:
    """Return what the models took to the system: this process stays while reports are made."""
    pa.default_memory_pool().release_unused()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if os.name == "posix" else None
    if trim:
        trim(0)


def are_kept(scenario: Scenario, folder: Path) -> bool:
    """
    Say whether a folder holds the results of a scenario, so that `prepare` computes nothing.

    Parameters
    ----------
    scenario : Scenario
    folder : Path
        Output folder of the scenario.

    Returns
    -------
    kept : bool
    """
    return _is_of(folder / "results", fingerprint(scenario))


def preview(scenario: Scenario, folder: Path) -> Digests:
    """
    Return the digests that `prepare` would keep, and keep nothing.

    Parameters
    ----------
    scenario : Scenario
    folder : Path
        Output folder of the scenario.

    Returns
    -------
    digests : dict
        As `read_digests`.

    Raises
    ------
    DataError
        As `compute`.
    """
    kept = folder / "results"
    if _is_of(kept, fingerprint(scenario)):
        _check_areas(scenario, area_codes(kept))
        return read_digests(kept)
    return _digests(compute(scenario))


def _is_of(kept: Path, mark: str) -> bool:
    """Whether kept results are of the inputs with this fingerprint."""
    path = kept / "fingerprint"
    return path.is_file() and path.read_text() == mark


def _digests(results: Results) -> Digests:
    """Digests of every area's slice; what all slices share is in each of them."""
    own = {"folder", "areas", "languages", "data"}
    scenario = results.scenario.model_dump_json(exclude=own)
    notes = json.dumps([asdict(note) for note in results.notes])
    shared = {
        "scenario": hashlib.sha256(scenario.encode()).hexdigest()[:16],
        "notes": hashlib.sha256(notes.encode()).hexdigest()[:16],
    }
    slices = digests.of_slices(results.tables)
    return {code: shared | of_tables for code, of_tables in slices.items()}


def read_digests(kept: Path) -> Digests:
    """
    Return the digests of kept results.

    Parameters
    ----------
    kept : Path
        The folder `results` of a scenario.

    Returns
    -------
    digests : dict
        Area code -> part of its slice -> digest.
    """
    made: Digests = json.loads((kept / "digests.json").read_text())
    return made


def fingerprint(scenario: Scenario) -> str:
    """
    Return the hash of all that the results depend on.

    That is the scenario without its place, the bytes of the data and the source of
    povlib's data and models.

    Parameters
    ----------
    scenario : Scenario

    Returns
    -------
    mark : str
        64 hexadecimal digits (SHA-256).

    Examples
    --------
    >>> from povlib import scenario
    >>> case = scenario.load("smoke")
    >>> fingerprint(case) == fingerprint(case.model_copy(update={"areas": []}))
    True
    >>> fingerprint(case) == fingerprint(case.model_copy(update={"seed": 1}))
    False
    """
    digest = hashlib.sha256(
        scenario.model_dump_json(exclude={"folder", "areas", "languages"}).encode()
    )
    package = Path(__file__).parent
    sources = [
        package / "results.py",
        package / "outlook.py",
        package / "digests.py",
        *package.glob("data/*"),
        *package.glob("models/*.py"),
    ]
    before = scenario.previous_path()
    earlier = [] if before is None else [before / "fingerprint"]
    outlines = scenario.boundaries_path()
    maps = [] if outlines is None else [outlines]
    for path in sorted(sources) + _data_files(scenario.data_path()) + maps + earlier:
        if path.is_file():
            digest.update(path.name.encode())
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def _data_files(path: Path | None) -> list[Path]:
    if path is None:
        return []
    return sorted(path.iterdir()) if path.is_dir() else [path]


@dataclass(frozen=True, slots=True)
class Slice:
    """
    What a report of one area reads.

    Attributes
    ----------
    scenario : Scenario
        As the data could answer it.
    area_code : str
    peers : tuple of str
        Codes of similar areas, nearest first.
    tables : dict of DataFrame
        As in `Results`, rows of the area, its peers and the whole only.
    notes : tuple of Note
    fingerprint : str
        Hash of the slice; of all that the results depend on if it is of the whole.
    """

    scenario: Scenario
    area_code: str
    peers: tuple[str, ...]
    tables: dict[str, pd.DataFrame]
    notes: tuple[Note, ...]
    fingerprint: str
    _cut: dict[tuple[str, ...], pd.DataFrame] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def own(self, name: str) -> pd.DataFrame:
        """Return the area's rows of a table."""
        return self._rows(name, [self.area_code])

    def whole(self, name: str) -> pd.DataFrame:
        """Return the rows that sum over all areas."""
        self._check_read(name)
        return self._rows(name, [WHOLE])

    def alike(self, name: str) -> pd.DataFrame:
        """Return the rows of the area's peers."""
        self._check_read(name)
        return self._rows(name, list(self.peers))

    def _check_read(self, name: str) -> None:
        if name in digests.OWN and self.area_code != WHOLE:
            msg = f"slices hold the area's own {name} alone; take it out of digests.OWN"
            raise ValueError(msg)

    def _rows(self, name: str, codes: list[str]) -> pd.DataFrame:
        """Rows of a table, cut once: a page asks for the same a dozen times."""
        asked = (name, *codes)
        if asked not in self._cut:
            frame = self.tables[name]
            self._cut[asked] = frame[frame["area_code"].isin(codes)].reset_index(drop=True)
        return self._cut[asked]


def read(kept: Path, area_code: str) -> Slice:
    """
    Read the slice of one area.

    Parameters
    ----------
    kept : Path
        The folder `results` of a scenario.
    area_code : str

    Returns
    -------
    slice_ : Slice

    Raises
    ------
    DataError
        If the results hold no such area.
    """
    peers = _read(kept, "peers", [area_code]).sort_values("distance")["peer_code"].tolist()
    if area_code not in area_codes(kept):
        msg = f"area {area_code}: not an area of this data set"
        raise DataError(msg)
    names = _names(kept)
    codes = {name: digests.codes_read(name, area_code, peers) for name in names}
    made = json.dumps(read_digests(kept)[area_code])
    mark = hashlib.sha256(made.encode()).hexdigest()
    tables = {name: _read(kept, name, codes[name]) for name in names if codes[name]}
    return _slice(kept, area_code, peers, tables, mark)


def read_all(kept: Path, *names: str) -> Slice:
    """
    Read the results of all areas, as the slice of the whole.

    Parameters
    ----------
    kept : Path
        The folder `results` of a scenario.
    *names : str
        Tables to read; all if none is named.

    Returns
    -------
    slice_ : Slice
        Its `area_code` is `*`.
    """
    frames = {name: _read(kept, name, None) for name in names or _names(kept)}
    return _slice(kept, WHOLE, [], frames, (kept / "fingerprint").read_text())


def _names(kept: Path) -> list[str]:
    return sorted(path.stem for path in kept.glob("*.parquet"))


def _slice(
    kept: Path, area_code: str, peers: list[str], frames: dict[str, pd.DataFrame], mark: str
) -> Slice:
    notes = json.loads((kept / "notes.json").read_text("utf-8"))
    return Slice(
        read_scenario(kept),
        area_code,
        tuple(peers),
        frames,
        tuple(Note(**one) for one in notes),
        mark,
    )


def area_codes(kept: Path) -> list[str]:
    """
    Return the codes of all areas of kept results.

    Parameters
    ----------
    kept : Path
        The folder `results` of a scenario.

    Returns
    -------
    area_codes : list of str
        Sorted.
    """
    return sorted(pd.read_parquet(kept / "areas.parquet", columns=["area_code"])["area_code"])


def read_scenario(kept: Path) -> Scenario:
    """
    Return the scenario of kept results, as the data could answer it.

    Parameters
    ----------
    kept : Path
        The folder `results` of a scenario.

    Returns
    -------
    scenario : Scenario
    """
    text = (kept / "scenario.json").read_text("utf-8")
    return Scenario.model_validate_json(text)


def _read(kept: Path, name: str, codes: list[str] | None) -> pd.DataFrame:
    """Read a table, or the rows of some areas: the parts of the file that may hold them."""
    # Threads, and the scanner behind pandas' `filters`, cost more to start than they save.
    with parquet.ParquetFile(kept / f"{name}.parquet", memory_map=True) as file:
        if codes is None:
            return file.read(use_threads=False).to_pandas(use_threads=False)
        key = file.schema_arrow.get_field_index("area_code")
        parts = [
            part
            for part in range(file.num_row_groups)
            if _may_hold(file.metadata.row_group(part).column(key).statistics, codes)
        ]
        rows = file.read_row_groups(parts, use_threads=False)
    kept_rows = rows.filter(pc.is_in(rows["area_code"], pa.array(codes, rows["area_code"].type)))
    return kept_rows.to_pandas(use_threads=False)


def _may_hold(statistics: parquet.Statistics | None, codes: list[str]) -> bool:
    """Whether a part of a file, sorted by area, may hold rows of some areas."""
    if statistics is None or not statistics.has_min_max:
        return True
    return any(statistics.min <= code <= statistics.max for code in codes)
