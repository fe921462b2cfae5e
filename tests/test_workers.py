"""A run that ends in its midst: by a kill, by Ctrl-C, by a process that dies."""

import hashlib
import json
import multiprocessing
import os
import random
import shutil
import signal
import sys
import time
from concurrent import futures
from contextlib import suppress
from multiprocessing import popen_forkserver

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from povlib.report import batch, forks, manifest, workers
from povlib.report.batch import Options

pytestmark = [
    pytest.mark.notebook,
    pytest.mark.skipif(not forks.can_fork(), reason="no fork on this system"),
]

KILLS = 50
JOBS = 2
AREAS = ["01840", "01843", "01849", "01864", "01882", "01894", "01906", "01912"]
PARAMETERS = 'scenario: str = ""\narea_code: str = ""\nlanguage: str = ""'


@pytest.fixture(scope="module")
def case(smoke):
    return smoke.model_copy(update={"areas": AREAS, "languages": ["vi"]})


@pytest.fixture(autouse=True)
def _computed(case, kept, tmp_path):
    """The results are there already."""
    shutil.copytree(kept, tmp_path / case.name / "results")


@pytest.fixture
def notebook(tmp_path):
    """Write a notebook of one cell."""

    def _notebook(source):
        cells = [
            new_code_cell(PARAMETERS, metadata={"tags": ["parameters"]}),
            new_code_cell(source),
        ]
        path = tmp_path / "own.ipynb"
        nbformat.write(new_notebook(cells=cells), path)
        return path

    return _notebook


def _start(case, output, options):
    """
    Start a run in a process of its own.

    It is forked from the process that kernels are forked from, so that it begins at once.
    """
    forks.warm_up()
    process = multiprocessing.get_context("forkserver").Process(
        target=batch.run, args=(case,), kwargs={"output": output, "jobs": JOBS, "options": options}
    )
    process.start()
    return process


def _complete(folder):
    """Codes of the reports in a folder, every one of them whole."""
    codes = []
    for place in folder.glob("[0-9]*/*"):
        record = manifest.read_record(place)
        assert record is not None, place
        there = {path.name for path in place.iterdir()} - {manifest.RECORD}
        assert there == set(record.files), place
        for name, file in record.files.items():
            assert hashlib.sha256((place / name).read_bytes()).hexdigest() == file["sha256"]
        codes.append(record.area_code)
    return codes


def test_killed_at_any_moment_the_folder_holds_whole_reports_and_the_next_run_ends_it(
    case, tmp_path, notebook
):
    "Fifty runs of two reports: half are killed at any moment, half about when one is published"
    case = case.model_copy(update={"areas": AREAS[:2]})
    options = Options(notebook=notebook("display(area_code)"), force=True, quiet=True)
    folder = tmp_path / case.name
    for _ in range(2):  # the first also waits for the process to fork from
        began = time.monotonic()
        _start(case, tmp_path, options).join()
        takes = time.monotonic() - began
    dice = random.Random(2030)
    changed = 0
    for kill in range(KILLS):
        before = _files(folder)
        run = _start(case, tmp_path, options)
        if kill % 2:
            run.join(dice.uniform(0, takes))
        else:
            while run.is_alive() and _files(folder) == before:
                time.sleep(0.005)
            run.join(dice.uniform(0, takes / 10))
        run.kill()
        run.join()
        _complete(folder)
        changed += _files(folder) != before
    assert changed >= KILLS / 2
    outcomes = batch.run(case, output=tmp_path, options=Options(notebook=options.notebook))
    assert {one.status for one in outcomes} <= {"made", "unchanged"}
    assert sorted(_complete(folder)) == case.areas
    assert not list(folder.rglob(".*"))


def _files(folder):
    times = {}
    for path in folder.glob("*/vi/report.html"):
        with suppress(FileNotFoundError):  # it is being replaced
            times[path] = path.stat().st_mtime_ns
    return times


def _start_and_interrupt(case, output, source, notebook):
    """Start a run, and send it a Ctrl-C as soon as a report is at work."""
    run = _start(case, output, Options(notebook=notebook(source), quiet=True))
    folder = output / case.name
    end = time.monotonic() + 30
    while not list(folder.glob(".aside-*/report")) and time.monotonic() < end:
        time.sleep(0.05)
    os.kill(run.pid, signal.SIGINT)
    return run, folder


def test_ctrl_c_lets_the_reports_at_work_end_and_tells_of_the_rest(case, tmp_path, notebook):
    source = "import time; time.sleep(1.5)"
    run, folder = _start_and_interrupt(case, tmp_path, source, notebook)
    run.join(120)  # the limit only ends a test that fails
    assert run.exitcode == 0
    made = _complete(folder)
    assert 0 < len(made) <= 2 * JOBS  # those at work, and those done just before
    assert set(json.loads((folder / "manifest.json").read_text())) == {f"{c}/vi" for c in made}
    assert not list(folder.rglob(".*"))
    (log,) = (folder / "logs").iterdir()
    assert json.loads(log.read_text("utf-8").splitlines()[-1])["event"] == "end"


def _run_and_interrupt(case, output, options, owner, method):
    """Run with a Ctrl-C that comes right after some method is called for the second time."""
    original = getattr(owner, method)
    signals = [signal.SIGINT, 0]

    def _interrupted(*args):
        original(*args)
        if signals:
            os.kill(os.getpid(), signals.pop())

    setattr(owner, method, _interrupted)
    batch.run(case, output=output, jobs=JOBS, options=options)


@pytest.mark.parametrize(
    ("owner", "method"),
    [
        pytest.param(popen_forkserver.Popen, "_launch", id="a worker is not yet known"),
        pytest.param(futures._base._AcquireFutures, "__enter__", id="locks are held"),
    ],
)
def test_ctrl_c_at_an_evil_moment_leaves_nobody_waiting(case, tmp_path, notebook, owner, method):
    options = Options(notebook=notebook("import time; time.sleep(1)"), quiet=True)
    forks.warm_up()
    run = multiprocessing.get_context("forkserver").Process(
        target=_run_and_interrupt, args=(case, tmp_path, options, owner, method)
    )
    run.start()
    run.join(60)
    code = run.exitcode
    run.kill()
    assert code == 0


def _interrupt_and_write(path, pid):
    os.kill(pid, signal.SIGINT)
    time.sleep(0.5)
    path.touch()


def _write_interrupted(path):
    try:
        workers.alone(_interrupt_and_write, path, os.getpid())
    except KeyboardInterrupt:
        sys.exit(130)


def test_ctrl_c_while_the_list_is_written_waits_for_it(tmp_path):
    forks.warm_up()
    run = multiprocessing.get_context("forkserver").Process(
        target=_write_interrupted, args=(tmp_path / "list",)
    )
    run.start()
    run.join(60)  # the limit only ends a test that fails
    assert run.exitcode == 130
    assert (tmp_path / "list").is_file()


def test_ctrl_c_twice_ends_a_run_at_once(case, tmp_path, notebook):
    source = "import time; time.sleep(600)"
    run, folder = _start_and_interrupt(case, tmp_path, source, notebook)
    time.sleep(1)
    assert run.is_alive()  # once, and it waits for the reports at work
    os.kill(run.pid, signal.SIGINT)
    run.join(60)  # the limit only ends a test that fails
    assert run.exitcode == 0
    assert _complete(folder) == []
    assert not list(folder.rglob(".*"))


def test_a_report_at_which_its_process_dies_fails_alone(case, tmp_path, notebook):
    "The kernel kills the process that runs it, at one area only"
    source = (
        "import os, signal\nif area_code == '01843': os.kill(int(os.environ['JPY_PARENT_PID']), 9)"
    )
    outcomes = batch.run(case, output=tmp_path, jobs=2, options=Options(notebook=notebook(source)))
    failed = [one for one in outcomes if one.status == "failed"]
    assert [(one.area_code, one.error) for one in failed] == [
        ("01843", "the process that made it ended")
    ]
    assert {one.status for one in outcomes} == {"made", "failed"}
    assert (tmp_path / case.name / "01843" / "vi" / "failure.html").is_file()
