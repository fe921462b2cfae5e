"""One report: a notebook run for an area, its pages published whole or not at all."""

import shutil
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from nbformat import NotebookNode

from povlib.data import folders
from povlib.models.measurement import WHOLE
from povlib.report import execution, exporters, failure, language, manifest
from povlib.report.execution import Failure
from povlib.report.manifest import Record
from povlib.report.parameters import Value
from povlib.report.task import NOTEBOOK, Outcome, Task, index_name

__all__ = ["NOTEBOOK", "Outcome", "Task", "give_up", "parameters", "render"]


def render(task: Task) -> Outcome:
    """
    Make one report; a failure is recorded and shown on a page, never raised.

    The files are made aside and renamed into place, so that a report is there
    whole or not at all; a failed one takes its outdated forerunner away.

    Parameters
    ----------
    task : Task

    Returns
    -------
    outcome : Outcome
    """
    return _publish(task, lambda folder: _make(task, folder))


def give_up(task: Task, found: Failure) -> Outcome:
    """Put the page of a failure in the place of a report that could not even be begun."""
    return _publish(task, lambda _: found)


def _publish(task: Task, make: Callable[[Path], Failure | None]) -> Outcome:
    """Have the files made aside, and put them in their place with a record."""
    started = time.monotonic()
    try:
        with tempfile.TemporaryDirectory(
            prefix=f"{folders.ASIDE}-", dir=task.folder, ignore_cleanup_errors=True
        ) as aside:
            folder = Path(aside) / "report"
            folder.mkdir()
            found = make(folder)
            if found:
                _show(found, task, folder)
            outcome = _outcome(task, started, found)
            manifest.write_record(_record(task, outcome, folder), folder)
            task.place.parent.mkdir(exist_ok=True)
            folders.put(folder, task.place)
            return outcome
    except OSError as caught:  # not even a page of the failure can be written
        return _outcome(task, started, Failure("disk", _one_line(caught)))


def _outcome(task: Task, started: float, found: Failure | None) -> Outcome:
    seconds = round(time.monotonic() - started, 2)
    if found:
        return Outcome(task.area_code, task.language, seconds, found.error, "failed")
    return Outcome(task.area_code, task.language, seconds, "", "made")


def _record(task: Task, outcome: Outcome, folder: Path) -> Record:
    made = manifest.digest_files(folder)
    return Record(**asdict(outcome), parts=task.parts, files=made)


def _make(task: Task, folder: Path) -> Failure | None:
    try:
        made = execution.run(task.notebook, parameters(task), folder=folder, limits=task.limits)
        if isinstance(made, Failure):
            return made
        _write(made, task, folder)
    except Exception as caught:  # noqa: BLE001 - one commune's failure must not stop the others
        full = isinstance(caught, OSError) and caught.errno in execution.NO_ROOM
        return Failure("disk" if full else "other", _one_line(caught))
    return None


def _write(notebook: NotebookNode, task: Task, folder: Path) -> None:
    """The forms that readers have of an executed notebook, and its data."""
    (folder / "report.pdf").write_bytes(exporters.as_pdf(notebook))
    data, figures = exporters.as_data(notebook)
    (folder / "data.xlsx").write_bytes(data)
    for name, text in figures.items():
        (folder / name).write_text(text, "utf-8")
    page = exporters.as_html(
        notebook,
        beside=_beside(task, list(figures)),
        translations=_translations(task),
        home=f"../../{index_name(task.language)}",
    )
    (folder / "report.html").write_text(page, "utf-8")


def _beside(task: Task, figures: list[str]) -> dict[str, str]:
    """What a reader finds beside the page: other forms, the data, the notebook."""
    words = language.of(task.language)
    return {
        words.text("For print (PDF)"): "report.pdf",
        words.text("The data of this page (Excel)"): "data.xlsx",
        **{words.text("Figure data: {file}", file=name): name for name in figures},
        words.text("The notebook behind this page"): "report.ipynb",
    }


def _translations(task: Task) -> dict[str, tuple[str, str]]:
    """The same report in other languages: code -> name of the language, address."""
    others = [code for code in task.languages if code != task.language]
    return {code: (language.name(code), f"../{code}/report.html") for code in others}


def _show(found: Failure, task: Task, folder: Path) -> None:
    """Leave the notebook as it stopped, and a page that says why, alone in the folder."""
    for path in folder.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        elif path.name != "report.ipynb":
            path.unlink()
    text = failure.page(found, task.place, language_code=task.language, limits=task.limits)
    (folder / failure.NAME).write_text(text, "utf-8")


def parameters(task: Task) -> dict[str, Value]:
    """Return what the notebook is given."""
    own = {"scenario": str(task.folder), "language": task.language}
    if task.area_code != WHOLE:
        own["area_code"] = task.area_code
    return {**own, **task.values}


def _one_line(caught: Exception) -> str:
    return " ".join(f"{type(caught).__name__}: {caught}".split())
