"""Technical annexes: the researcher's notebooks, published with the output of a scenario."""

import hashlib
import json
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import nbformat
import papermill
from nbclient.exceptions import DeadKernelError
from papermill.exceptions import PapermillExecutionError

from povlib import slices
from povlib.data import folders
from povlib.errors import DataError
from povlib.report import due, forks, index, lock
from povlib.report.execution import KERNEL
from povlib.report.exporters import HTMLReport, PDFReport
from povlib.report.task import index_name
from povlib.scenario import PROJECT, Language

NOTEBOOKS = sorted((PROJECT / "notebooks").glob("0[1-3]-*.ipynb"))  # 04 and on are reports
_RECORD = ".made-from"


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
    is_new : bool
        Whether it was run now; else its pages were up to date.
    """

    notebook: str
    language: str
    error: str
    is_new: bool = True


def publish(folder: Path, languages: Sequence[Language] = ()) -> list[Annex]:
    """
    Run the notebooks and write their pages to `annexes/<language>/` of a scenario's output.

    Parameters
    ----------
    folder : Path
        Output folder of a scenario, with its results.
    languages : sequence of str
        Languages of the annexes; the scenario's if empty.

    Returns
    -------
    annexes : list of Annex
        One a notebook and language. Pages made from the same results by the same code are
        left, others replaced; a notebook that fails has none.

    Raises
    ------
    DataError
        If the folder holds no results, or another run is at work in it.
    """
    if not (folder / "results").is_dir():
        msg = f"{folder}: no results of a scenario there; run povlib report first"
        raise DataError(msg)
    folder = folder.resolve()
    own = slices.read_scenario(folder / "results").languages
    with lock.hold(folder):
        made = [annex for language in languages or own for annex in _publish(folder, language)]
        index.write(folder, own)
    return made


def _publish(folder: Path, language: Language) -> list[Annex]:
    place = folder / "annexes" / language
    source = _made_from(folder, language)
    record = place / _RECORD
    if record.is_file() and record.read_text("utf-8") == source:
        return [Annex(path.stem, language, "", is_new=False) for path in NOTEBOOKS]
    forks.warm_up()
    place.parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f"{folders.ASIDE}-", dir=folder) as aside:
        pages = Path(aside) / language
        pages.mkdir()
        annexes = [_write(path, pages, folder, language) for path in NOTEBOOKS]
        if not any(annex.error for annex in annexes):
            (pages / _RECORD).write_text(source, "utf-8")
        folders.put(pages, place)
    return annexes


def _made_from(folder: Path, language: Language) -> str:
    """Digest what the pages depend on."""
    words = Path(__file__).parent / "locale" / f"{language}.po"
    digest = hashlib.sha256(json.dumps(due.of_code(), sort_keys=True).encode())
    for path in (*NOTEBOOKS, words, folder / "results" / "fingerprint"):
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


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
    except DeadKernelError:
        executed.unlink(missing_ok=True)
        return Annex(path.stem, language, "the kernel ended by itself")
    notebook = nbformat.read(executed, as_version=4)
    home = {"home": f"../../{index_name(language)}"}
    page, _ = HTMLReport().from_notebook_node(notebook, home)
    executed.with_suffix(".html").write_text(page, "utf-8")
    executed.with_suffix(".pdf").write_bytes(PDFReport().from_notebook_node(notebook)[0])
    return Annex(path.stem, language, "")
