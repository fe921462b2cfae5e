"""A notebook that fails in any way: named for what it is, shown on a page, alone."""

import json
import re
import shutil

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from povlib.report import batch, failure, language
from povlib.report.execution import Failure
from povlib.report.task import Limits

pytestmark = pytest.mark.notebook

PARAMETERS = 'scenario: str = ""\narea_code: str = ""\nlanguage: str = ""\nmended: bool = False'
LIMITS = Limits(seconds=4, memory=300, output=1)
FAULTS = {
    "01840": "1 / 0",
    "01843": "import os; os._exit(3)",
    "01849": "while True: pass",
    "01864": "import time\nwhile True: print('x' * 10_000), time.sleep(0.001)",
    "01882": "held = 'x' * 10**9",
    "01894": "open('/dev/full', 'w').write('x' * 10**6)",
    "01906": "open('much', 'wb').truncate(400_000_000)",
    "01912": "pass",
}
# Area -> kind of failure, and how the line on it reads.
EXPECTED = {
    "01840": "ZeroDivisionError: division by zero",
    "01843": "the kernel ended by itself",
    "01849": "not done after 4 s",
    "01864": "its cells show more than 1 MB",
    "01882": "MemoryError:",
    "01894": "OSError: [Errno 28] No space left on device",
    "01906": "OSError: [Errno 27] File too large",
}


@pytest.fixture(scope="module")
def notebook(tmp_path_factory):
    """Every area ends in its own way, unless it is mended."""
    path = tmp_path_factory.mktemp("notebook") / "faults.ipynb"
    cells = [
        new_code_cell(PARAMETERS, metadata={"tags": ["parameters"]}),
        new_code_cell("display(area_code)"),
        new_code_cell(f"exec('' if mended else {FAULTS!r}[area_code])"),
    ]
    nbformat.write(new_notebook(cells=cells), path)
    return path


@pytest.fixture(scope="module")
def case(smoke):
    return smoke.model_copy(update={"areas": sorted(FAULTS), "languages": ["vi"]})


@pytest.fixture(scope="module")
def failed(case, notebook, kept, tmp_path_factory):
    """The output folder of a run on this notebook, and what became of each area."""
    output = tmp_path_factory.mktemp("output")
    shutil.copytree(kept, output / case.name / "results")
    options = batch.Options(notebook=notebook, limits=LIMITS, quiet=True)
    return output, {one.area_code: one for one in batch.run(case, output=output, options=options)}


def test_each_failure_is_named_and_the_sound_report_is_made(failed):
    _, outcomes = failed
    assert outcomes.pop("01912").status == "made"
    assert {one.status for one in outcomes.values()} == {"failed"}
    for code, error in EXPECTED.items():
        assert outcomes[code].error.startswith(error)


def test_the_page_of_a_failure_shows_cell_trace_and_how_to_open_the_notebook(failed, smoke):
    output, _ = failed
    place = output / smoke.name / "01840" / "vi"
    html = (place / "failure.html").read_text("utf-8")
    assert "ZeroDivisionError: division by zero" in html
    assert "Ô lệnh số 4" in html  # the parameters given are the second
    assert f"jupyter lab &#34;{place / 'report.ipynb'}&#34;" in html
    assert "\x1b" not in html
    assert "Content-Security-Policy" in html
    assert not re.findall(r"https?://", html)
    stopped = nbformat.read(place / "report.ipynb", as_version=4)
    assert stopped.cells[3].outputs[0].ename == "ZeroDivisionError"


def test_nothing_that_a_failed_notebook_wrote_is_left(failed, smoke):
    output, _ = failed
    for code in EXPECTED:
        names = {path.name for path in (output / smoke.name / code / "vi").iterdir()}
        assert names == {"failure.html", "report.ipynb", "record.json"}
    assert not list(output.rglob(".*"))


def test_the_manifest_and_the_index_tell_of_failures(failed, smoke):
    output, _ = failed
    entries = json.loads((output / smoke.name / "manifest.json").read_text("utf-8"))
    assert entries["01843/vi"]["status"] == "failed"
    html = (output / smoke.name / "index.html").read_text("utf-8")
    assert html.count(">lỗi, chưa lập được</a>") == len(EXPECTED)


def test_only_failed_retries_what_failed(failed, case, notebook):
    output, _ = failed
    options = batch.Options(only_failed=True, notebook=notebook, parameters=["mended=true"])
    again = batch.run(case, output=output, options=options)
    assert [(one.area_code, one.status) for one in again] == [(code, "made") for code in EXPECTED]


@pytest.mark.parametrize("code", ["vi", "en"])
@pytest.mark.parametrize("kind", ["error", "memory", "disk", "time", "output", "died", "other"])
def test_every_kind_of_failure_has_a_page_in_both_languages(kind, code, kept):
    place = kept.parent / "01906" / code
    found = Failure(kind, "<script>x</script>")
    html = failure.page(found, place, language_code=code, limits=LIMITS)
    assert "Ba Bể" in html
    assert "<script" not in html
    assert language.of(code).text("How to look into it") in html
