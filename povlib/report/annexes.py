"""Technical annexes: the researcher's notebooks, published with the output of a scenario."""

import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import nbformat
import papermill
from papermill.exceptions import PapermillExecutionError

from povlib import results
from povlib.errors import DataError
from povlib.report import index, kernels
from povlib.report.execution import KERNEL
from povlib.report.exporters import HTMLReport, PDFReport
from povlib.scenario import PROJECT, Language

NOTEBOOKS = sorted((PROJECT / "notebooks").glob("0[1-3]-*.ipynb"))  # 04 and on are reports


@dataclass(frozen=True, slots=True)
class Annex:
    """
    What became of a notebook.

    Attributes
    ----------
    notebook : str
        Name of its file without the ending.
    language : str
    error : str
        Empty when its pages are there; else what went wrong, in one line.
    """

    notebook: str
    language: str
    error: str


def publish(folder: Path, languages: Sequence[Language]) -> list[Annex]:
    """
    Run the notebooks and write their pages to `annexes/<language>/` of a scenario's output.

    Parameters
    ----------
    folder : Path
        Output folder of a scenario, with its results.
    languages : sequence of str
        Languages of the annexes.

    Returns
    -------
    annexes : list of Annex
        One a notebook and language. Pages of an earlier time are replaced; a notebook that
        fails has none.

    Raises
    ------
    DataError
        If the folder holds no results.
    """
    if not (folder / "results").is_dir():
        msg = f"{folder}: no results of a scenario there; run povlib report first"
        raise DataError(msg)
    kernels.warm_up()
    annexes = []
    for language in languages:
        place = folder / "annexes" / language
        place.parent.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".annexes-", dir=folder) as aside:
            pages = Path(aside) / language
            pages.mkdir()
            annexes += [_write(path, pages, folder.resolve(), language) for path in NOTEBOOKS]
            shutil.rmtree(place, ignore_errors=True)
            pages.rename(place)
    index.write(folder, results.read_scenario(folder / "results").languages)
    return annexes


def _write(path: Path, aside: Path, folder: Path, language: Language) -> Annex:
    executed = aside / path.name
    try:
        papermill.execute_notebook(
            str(path),
            str(executed),
            parameters={"scenario": str(folder), "language": language},
            kernel_name=KERNEL,
            progress_bar=False,
            request_save_on_cell_execute=False,
            cwd=str(aside),
        )
    except PapermillExecutionError as error:
        executed.unlink(missing_ok=True)
        return Annex(path.stem, language, " ".join(f"{error.ename}: {error.evalue}".split()))
    notebook = nbformat.read(executed, as_version=4)
    executed.with_suffix(".html").write_text(HTMLReport().from_notebook_node(notebook)[0], "utf-8")
    executed.with_suffix(".pdf").write_bytes(PDFReport().from_notebook_node(notebook)[0])
    return Annex(path.stem, language, "")
