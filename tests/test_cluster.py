"""Reports made by a Dask cluster: the same as local ones, though a worker is killed."""

import json
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from povlib.errors import DataError
from povlib.report import batch, forks

pytest.importorskip("distributed", reason="povlib[cluster] is not installed")
pytestmark = [
    pytest.mark.notebook,
    pytest.mark.skipif(not forks.can_fork(), reason="no fork on this system"),
]


def _dask(*arguments):
    command = [str(Path(sys.executable).with_name("dask")), *arguments, "--no-dashboard"]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def _address(file):
    """The scheduler's address, once it has written it; the limit only ends a test that fails."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        if file.is_file() and file.read_text():
            return json.loads(file.read_text())["address"]
        time.sleep(0.1)
    pytest.fail("the scheduler did not start")


@pytest.fixture
def cluster(tmp_path):
    """A real scheduler and two real workers on this machine: the address, the workers."""
    file = tmp_path / "scheduler.json"
    processes = [
        _dask("scheduler", "--host", "127.0.0.1", "--port", "0", "--scheduler-file", str(file))
    ]
    address = _address(file)
    for number in range(2):
        folder = tmp_path / f"worker{number}"
        options = ["--nthreads", "1", "--no-nanny", "--host", "127.0.0.1"]
        processes.append(_dask("worker", address, *options, "--local-directory", str(folder)))
    yield address, processes[1:]
    for process in reversed(processes):
        process.kill()
        process.wait()


def test_a_cluster_makes_the_same_reports_though_a_worker_is_killed(
    cluster, made, kept, smoke, tmp_path
):
    "The first worker is killed once a report is there and others are at work"
    address, (first, _) = cluster
    folder = tmp_path / "out" / smoke.name
    shutil.copytree(kept, folder / "results")
    run = subprocess.Popen(
        [
            *(str(Path(sys.executable).with_name("povlib")), "report", "--scenario", smoke.name),
            *("--output", str(folder.parent), "--scheduler", address),
        ],
        stdout=subprocess.PIPE,
        text=True,
    )
    while run.poll() is None and not list(folder.glob("*/*/report.html")):
        time.sleep(0.05)
    first.kill()
    said, _ = run.communicate(timeout=120)
    assert "6 of 6 reports made" in said
    local, _ = made
    for path in local.glob("*/*/report.*"):
        if path.suffix != ".ipynb":  # it names its folder
            assert (folder / path.relative_to(local)).read_bytes() == path.read_bytes()
    assert not list(folder.rglob(".*"))


def test_a_scheduler_that_does_not_answer_is_one_line(smoke, kept, tmp_path):
    shutil.copytree(kept, tmp_path / smoke.name / "results")
    options = batch.Options(scheduler="tcp://127.0.0.1:1")
    with pytest.raises(
        DataError, match=r"scheduler tcp://127\.0\.0\.1:1: no Dask scheduler answers"
    ):
        batch.run(smoke, output=tmp_path, options=options)
