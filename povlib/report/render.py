"""One report: a notebook run for an area, its pages written whole or not at all."""

import shutil
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import nbformat
import papermill

from povlib.errors import DataError
from povlib.report import language
from povlib.report.exporters import DataExport, HTMLReport, PDFReport
from povlib.scenario import PROJECT

NOTEBOOK = PROJECT / "notebooks" / "04-commune-report.ipynb"
KERNEL = "povlib"


@dataclass(frozen=True, slots=True)
class Task:
    """
    A report to make.

    Attributes
    ----------
    folder : Path
        Output folder of the scenario, with its results.
    area_code, language : str
        Whose report, in which language.
    """

    folder: Path
    area_code: str
    language: str

    @property
    def place(self) -> Path:
        """Folder of the report's files."""
        return self.folder / self.area_code / self.language


@dataclass(frozen=True, slots=True)
class Outcome:
    """
    What became of a task.

    Attributes
    ----------
    area_code, language : str
    seconds : float
    error : str
        Empty when the report is there; else what went wrong, in one line.
    """

    area_code: str
    language: str
    seconds: float
    error: str


def render(task: Task) -> Outcome:
    """
    Make one report; a failure is recorded, never raised.

    The files are made aside and renamed into place, so that a report is there
    whole or not at all; a failed one takes its outdated forerunner away.

    Parameters
    ----------
    task : Task

    Returns
    -------
    outcome : Outcome
    """
    started = time.monotonic()
    task.place.parent.mkdir(parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(prefix=f".{task.language}-", dir=task.place.parent))
    error = ""
    try:
        _write(task, aside)
    except Exception as caught:  # noqa: BLE001 - one commune's failure must not stop the others
        error = _one_line(caught)
    _replace(task.place, None if error else aside)
    shutil.rmtree(aside, ignore_errors=True)
    return Outcome(task.area_code, task.language, round(time.monotonic() - started, 2), error)


def _write(task: Task, aside: Path) -> None:
    executed = aside / "report.ipynb"
    papermill.execute_notebook(
        str(NOTEBOOK),
        str(executed),
        parameters=parameters(task),
        kernel_name=KERNEL,
        progress_bar=False,
        request_save_on_cell_execute=False,
        cwd=str(aside),
    )
    notebook = nbformat.read(executed, as_version=4)
    (aside / "report.pdf").write_bytes(PDFReport().from_notebook_node(notebook)[0])
    data, kept = DataExport().from_notebook_node(notebook)
    (aside / "data.xlsx").write_bytes(data)
    for name, text in kept["figures"].items():
        (aside / name).write_text(text, "utf-8")
    beside = _beside(task, list(kept["figures"]))
    page, _ = HTMLReport().from_notebook_node(notebook, {"beside": beside})
    (aside / "report.html").write_text(page, "utf-8")


def _beside(task: Task, figures: list[str]) -> dict[str, str]:
    """What a reader finds beside the page: other forms, the data, all reports."""
    words = language.of(task.language)
    return {
        words.text("For print (PDF)"): "report.pdf",
        words.text("The data of this page (Excel)"): "data.xlsx",
        **{words.text("Figure data: {file}", file=name): name for name in figures},
        words.text("All reports"): "../../index.html",
    }


def parameters(task: Task) -> dict[str, str]:
    """Return what the notebook is given."""
    return {
        "scenario": str(task.folder),
        "area_code": task.area_code,
        "language": task.language,
    }


def check_parameters() -> None:
    """
    Hold the notebook's parameters against those that a batch gives.

    Raises
    ------
    DataError
        If a name is unknown to the notebook or one of its own is not given:
        Papermill would only warn, and every report would be of the default area.
    """
    declared = set(papermill.inspect_notebook(str(NOTEBOOK)))
    given = set(parameters(Task(PROJECT, "", "")))
    if declared != given:
        msg = (
            f"{NOTEBOOK.name}: it declares {', '.join(sorted(declared)) or 'none'};"
            f" a batch gives {', '.join(sorted(given))}"
        )
        raise DataError(msg)


def _one_line(caught: Exception) -> str:
    """The error of the failed cell if there is one, else the exception itself."""
    name = getattr(caught, "ename", type(caught).__name__)
    value = getattr(caught, "evalue", str(caught))
    return " ".join(f"{name}: {value}".split())


def _replace(place: Path, new: Path | None) -> None:
    """Put a folder in place of another by renaming; the gap between is one rename long."""
    old = None
    if place.exists():
        old = Path(tempfile.mkdtemp(prefix=".old-", dir=place.parent))
        place.rename(old / place.name)
    if new:
        new.chmod(0o755)  # mkdtemp's folders are the owner's alone; reports are to be read
        new.rename(place)
    if old:
        shutil.rmtree(old, ignore_errors=True)
