"""Every notebook for researchers runs alone, top to bottom, in both languages."""

from pathlib import Path

import nbformat
import papermill
import pytest

from povlib import results, scenario
from povlib.report import kernels, render
from povlib.report.exporters import HTMLReport

NOTEBOOKS = [
    path
    for path in sorted((Path(__file__).resolve().parents[1] / "notebooks").glob("*.ipynb"))
    if path != render.NOTEBOOK  # tests/test_batch.py makes reports of it
]


@pytest.fixture(scope="module")
def computed(tmp_path_factory):
    """Keep the results of the small scenario in a folder of their own."""
    kernels.warm_up()
    folder = tmp_path_factory.mktemp("output") / "smoke"
    results.prepare(scenario.load("smoke"), folder)
    return folder


@pytest.mark.notebook
@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_and_shows_tables_and_the_notice(path, language, computed, tmp_path):
    executed = tmp_path / path.name
    papermill.execute_notebook(
        str(path),
        str(executed),
        parameters={"scenario": str(computed), "language": language},
        kernel_name="povlib",
        progress_bar=False,
    )
    notebook = nbformat.read(executed, as_version=4)
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    assert not any(output.output_type in ("error", "stream") for output in outputs)
    html, _ = HTMLReport().from_notebook_node(notebook)
    assert ("MÔ PHỎNG" if language == "vi" else "SIMULATED") in html
    assert "<table" in html
