"""All reports of a scenario: run them side by side, record what became of each, list them."""

import json
import multiprocessing
import os
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from tqdm import tqdm

from povlib import results
from povlib.data import files
from povlib.report import index, kernels, render
from povlib.report.render import Outcome, Task
from povlib.scenario import Language, Scenario


def run(
    scenario: Scenario,
    *,
    output: Path,
    languages: Sequence[Language] = (),
    jobs: int | None = None,
) -> list[Outcome]:
    """
    Make the reports of a scenario.

    Parameters
    ----------
    scenario : Scenario
        Its `areas` are reported on; all of the data set's if that is empty.
    output : Path
        Folder for the outputs of all scenarios; reports go to
        `<output>/<scenario>/<area_code>/<language>/`.
    languages : sequence of str
        Languages of the reports; the scenario's if empty.
    jobs : int, optional
        Reports made at the same time; the number of processors if None.

    Returns
    -------
    outcomes : list of Outcome
        One a report, in the order of the areas and languages.

    Raises
    ------
    DataError
        If the scenario, its data or the notebook's parameters break a rule;
        nothing is written then.
    """
    render.check_parameters()
    folder = output / scenario.name
    kept = results.prepare(scenario, folder)
    tasks = [
        Task(folder.resolve(), code, language)
        for code in scenario.areas or results.area_codes(kept)
        for language in languages or scenario.languages
    ]
    outcomes: list[Outcome] = []
    try:
        with _pool(jobs or os.cpu_count() or 1) as executor:
            outcomes.extend(_run_tasks(executor, tasks))
    finally:
        _record(folder, kept, outcomes, (languages or scenario.languages)[0])
    return sorted(outcomes, key=lambda outcome: (outcome.area_code, outcome.language))


@contextmanager
def _pool(jobs: int) -> Iterator[Executor]:
    """Processes that already hold all imports; on Ctrl-C what has not begun is dropped."""
    method = "forkserver" if kernels.can_fork() else "spawn"
    kernels.warm_up()
    executor = ProcessPoolExecutor(
        jobs, mp_context=multiprocessing.get_context(method), initializer=_leave_with_parent
    )
    try:
        yield executor
    except BaseException:
        executor.shutdown(wait=True, cancel_futures=True)
        raise
    executor.shutdown()


def _leave_with_parent() -> None:
    """End this process when the one that made it is gone, however that came."""
    parent = multiprocessing.parent_process()

    def wait() -> None:
        if parent is not None:
            parent.join()
            os._exit(1)

    threading.Thread(target=wait, daemon=True).start()


def _run_tasks(executor: Executor, tasks: list[Task]) -> Iterator[Outcome]:
    futures = [executor.submit(render.render, task) for task in tasks]
    for future in tqdm(as_completed(futures), total=len(futures), unit="report"):
        yield future.result()


def _record(folder: Path, kept: Path, outcomes: list[Outcome], language_code: str) -> None:
    """Bring the manifest and the index up to what is in the folder."""
    manifest = folder / "manifest.json"
    entries = json.loads(manifest.read_text("utf-8")) if manifest.is_file() else {}
    mark = (kept / "fingerprint").read_text()
    for outcome in outcomes:
        key = f"{outcome.area_code}/{outcome.language}"
        entries[key] = asdict(outcome) | {"fingerprint": mark}
    entries = {key: entries[key] for key in sorted(entries)}
    files.write_text(manifest, json.dumps(entries, ensure_ascii=False, indent=1))
    files.write_text(folder / "index.html", index.page(kept, entries, language_code=language_code))
