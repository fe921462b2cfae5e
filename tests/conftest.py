"""Shared by the tests: the results and the reports of the smoke scenario, made once."""

from dataclasses import replace
from functools import cache

import hypothesis
import nbformat
import pytest
from nbformat.v4 import new_output

from povlib import scenario, slices, store
from povlib.data import demo, tables
from povlib.models.measurement import WHOLE
from povlib.report import batch, language
from povlib.report.page import Page
from povlib.report.task import NOTEBOOK, OF_THE_WHOLE

hypothesis.settings.register_profile("povlib", deadline=None)  # a busy machine is no failure
hypothesis.settings.load_profile("povlib")


@pytest.fixture(scope="session")
def embedded():
    """The embedded data set; made once, for tests that only read it."""
    return demo.build()


@pytest.fixture(scope="session")
def few(embedded):
    """Six areas of it, in every table that it has."""
    parts = {name: getattr(embedded, name).query("area_code < '01885'") for name in tables.KEYS}
    parts = {name: part.reset_index(drop=True) for name, part in parts.items()}
    return replace(embedded, **parts)


@pytest.fixture(scope="session")
def smoke():
    return scenario.load("smoke")


@pytest.fixture(scope="session")
def kept(smoke, tmp_path_factory):
    """The folder of the smoke scenario's results."""
    return store.prepare(smoke, tmp_path_factory.mktemp("results"))


@pytest.fixture
def page(kept):
    """The page of Xã Ba Bể in Vietnamese."""
    return Page(language.of("vi"), slices.read(kept, "01906"))


@pytest.fixture(scope="session")
def made(smoke, tmp_path_factory):
    """The reports of the smoke scenario: their folder and what became of each."""
    output = tmp_path_factory.mktemp("output")
    return output / smoke.name, batch.run(smoke, output=output, jobs=2)


@pytest.fixture(scope="session")
def run_report(kept):
    """Run the notebook of an area, or of the whole (`*`), in a language."""

    def run(area_code, code):
        path = OF_THE_WHOLE if area_code == WHOLE else NOTEBOOK
        return _run(path, scenario=str(kept.parent), area_code=area_code, language=code)

    return run


@pytest.fixture(scope="session")
def drawn(run_report):
    """A report as an executed notebook, by area and language; each is run once."""
    return cache(run_report)


def _run(path, **given):
    """Run the cells of a notebook in this process: what is shown, without a kernel's cost."""
    notebook, shown = nbformat.read(path, as_version=4), []
    names = {"display": lambda *elements: shown.extend(elements)}
    for cell in notebook.cells:
        if cell.cell_type == "code":
            exec(compile(cell.source, path.name, "exec"), names)
            if "parameters" in cell.metadata.get("tags", []):
                names |= given
            cell.outputs = list(map(_output, shown))
            shown.clear()
    return notebook


def _output(element):
    return new_output("display_data", data=element._repr_mimebundle_())


@pytest.fixture(scope="session")
def run_here():
    """Run the cells of a notebook in this process, with values for its parameters."""
    return _run
