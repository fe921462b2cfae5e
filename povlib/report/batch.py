"""All reports of a scenario: find which are due, make them side by side, record and list them."""

import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from povlib import slices, store
from povlib.digests import Digests
from povlib.models.measurement import WHOLE
from povlib.report import due, forks, lock, manifest, parameters, progress
from povlib.report.due import Due, Parts
from povlib.report.parameters import Value
from povlib.report.task import INDEX, NOTEBOOK, OF_THE_WHOLE, Limits, Outcome, Task, index_name
from povlib.scenario import Language, Scenario

# What runs kernels and draws pages takes seconds to import: only once a report is due.

# One more than there are processors: by turns a report waits for its kernel.
JOBS = (os.cpu_count() or 1) + 1


@dataclass(frozen=True, slots=True)
class Options:
    """
    How a batch is run.

    Attributes
    ----------
    force : bool
        Make reports that are up to date too.
    only_failed : bool
        Make only those whose last attempt failed.
    notebook : Path
        The notebook behind the reports.
    parameters : sequence of str
        `NAME=VALUE` for further parameters of the notebook.
    limits : Limits
        What one report may take.
    scheduler : str
        Address of a Dask scheduler; empty for processes of this machine.
    quiet : bool
        No progress.
    """

    force: bool = False
    only_failed: bool = False
    notebook: Path = NOTEBOOK
    parameters: Sequence[str] = ()
    limits: Limits = field(default_factory=Limits)
    scheduler: str = ""
    quiet: bool = False


def plan(
    scenario: Scenario,
    *,
    output: Path,
    languages: Sequence[Language] = (),
    options: Options = Options(),
) -> list[Due]:
    """
    Say which reports a run would make, and why; write nothing.

    Parameters
    ----------
    scenario : Scenario
    output : Path
    languages : sequence of str
    options : Options
        As `run`.

    Returns
    -------
    found : list of Due
        One a report; those that are up to date have no reason.

    Raises
    ------
    DataError
        As `run`.
    """
    values = parameters.resolve(options.notebook, options.parameters)
    folder = output / scenario.name
    digests = store.preview(scenario, folder)
    beside = _beside(folder, languages or scenario.languages)
    now = due.parts(options.notebook, values, digests, beside)
    return list(
        _select(folder, _wanted(scenario, languages, digests, options.notebook), now, options)
    )


def run(
    scenario: Scenario,
    *,
    output: Path,
    languages: Sequence[Language] = (),
    jobs: int | None = None,
    options: Options = Options(),
) -> list[Outcome]:
    """
    Make the reports of a scenario that are due.

    Parameters
    ----------
    scenario : Scenario
        Its `areas` are reported on; all of the data set's if that is empty.
    output : Path
        Folder for the outputs of all scenarios; reports go to
        `<output>/<scenario>/<area_code>/<language>/`, that of all areas together, if
        all are reported on, to `whole`.
    languages : sequence of str
        Languages of the reports; the scenario's if empty.
    jobs : int, optional
        Reports made at the same time; `JOBS` if None.
    options : Options

    Returns
    -------
    outcomes : list of Outcome
        One a report, in the order of the areas and languages; after Ctrl-C those not
        begun are `stopped`.

    Raises
    ------
    DataError
        If the scenario, its data or the notebook's parameters break a rule, or
        another run is at work in the folder; nothing is written then.
    """
    values = parameters.resolve(options.notebook, options.parameters)
    folder = (output / scenario.name).resolve()
    with lock.hold(folder):
        if not store.are_kept(scenario, folder):
            forks.warm_up()  # it imports while the models compute
        kept = store.prepare(scenario, folder)
        digests = slices.read_digests(kept)
        now = due.parts(
            options.notebook, values, digests, _beside(folder, languages or scenario.languages)
        )
        found = list(
            _select(folder, _wanted(scenario, languages, digests, options.notebook), now, options)
        )
        tasks = [
            _task(folder, one, values, now[one.area_code, one.language], options)
            for one in found
            if one.reason
        ]
        outcomes: list[Outcome] = []
        try:
            outcomes = _make(folder, tasks, jobs or JOBS, options)
        finally:
            entries = manifest.collect(folder, now, outcomes)
            _list(folder, entries, languages or scenario.languages)
    rest = [
        Outcome(one.area_code, one.language, 0, "", "unchanged") for one in found if not one.reason
    ]
    return sorted(outcomes + rest, key=lambda outcome: (outcome.area_code, outcome.language))


def _beside(folder: Path, languages: Sequence[str]) -> Callable[[str], tuple[str, ...]]:
    return lambda area_code: due.languages_of(folder, area_code, languages)


def _wanted(
    scenario: Scenario, languages: Sequence[Language], digests: Digests, notebook: Path
) -> list[tuple[str, str]]:
    codes = scenario.areas or sorted(set(digests) - {WHOLE})
    if not scenario.areas and WHOLE in digests and notebook == NOTEBOOK:
        codes = [WHOLE, *codes]  # the longest first
    return [(code, language) for code in codes for language in languages or scenario.languages]


def _task(
    folder: Path, one: Due, values: Mapping[str, Value], parts: dict[str, str], options: Options
) -> Task:
    if one.area_code == WHOLE:
        notebook, values = OF_THE_WHOLE, {}
    else:
        notebook = options.notebook.resolve()
    beside = tuple(parts["languages"].split())
    return Task(
        folder, one.area_code, one.language, notebook, values, parts, options.limits, beside
    )


def _select(
    folder: Path, wanted: list[tuple[str, str]], now: Parts, options: Options
) -> Iterator[Due]:
    """What is asked for, with the reason to make it."""
    for one in due.find(folder, wanted, now):
        if one.has_failed or not options.only_failed:
            yield replace(one, reason=one.reason or "forced") if options.force else one


def _make(folder: Path, tasks: list[Task], jobs: int, options: Options) -> list[Outcome]:
    """Make all that is due; after Ctrl-C say how far it came."""
    if not tasks:
        return []
    from povlib.report import cluster, workers

    by_cluster = options.scheduler
    made = cluster.make(tasks, by_cluster) if by_cluster else workers.make(tasks, jobs)
    outcomes: list[Outcome] = []
    began = time.time()
    with progress.follow(folder, len(tasks), quiet=options.quiet) as told:
        told.note("begin", reports=len(tasks), jobs=jobs)
        try:
            for outcome in made:
                outcomes.append(outcome)
                told.step(**asdict(outcome))
        except KeyboardInterrupt:
            made.close()
            done = {(one.area_code, one.language) for one in outcomes}
            outcomes += [
                _left(task, began) for task in tasks if (task.area_code, task.language) not in done
            ]
        told.note("end", failed=sum(one.status == "failed" for one in outcomes))
    return outcomes


def _left(task: Task, began: float) -> Outcome:
    """What became of a task while nobody waited for it any more."""
    record = manifest.read_record(task.place)
    is_new = record is not None and (task.place / manifest.RECORD).stat().st_mtime >= began
    if record is None or not is_new or record.parts != task.parts:
        return Outcome(task.area_code, task.language, 0, "", "stopped")
    return Outcome(record.area_code, record.language, record.seconds, record.error, record.status)


def _list(folder: Path, entries: dict[str, Any], languages: Sequence[str]) -> None:
    """Bring the manifest and the index up to what is in the folder."""
    pages = [folder / name for name in (INDEX, *map(index_name, languages))]
    is_new = manifest.save(folder, entries)
    results = (folder / "results" / "fingerprint").stat().st_mtime
    if is_new or not all(one.is_file() and one.stat().st_mtime >= results for one in pages):
        from povlib.report import workers

        workers.alone(_write_index, folder, languages)  # there are typeface and templates already


def _write_index(folder: Path, languages: Sequence[str]) -> None:
    from povlib.report import index

    index.write(folder, languages)
