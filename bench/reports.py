"""
Measure what reports cost: `python bench/reports.py`.

Side by side in one run, on the same notebook and areas: the loop of commands that a user
would write, a careful user's pool, the cells as plain functions, and povlib; then whole
batches. Writes `bench/results.md`. `bench/national.py` does a whole country.
"""

import argparse
import importlib.util
import os
import re
import resource
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from multiprocessing import forkserver
from pathlib import Path

import nbformat
import papermill
import psutil
from measuring import BIN, Cost, Page, events, machine, run_report
from nbconvert import HTMLExporter

from povlib import scenario, slices, store
from povlib.data import dataset, demo
from povlib.report import batch, execution, exporters, forks, render
from povlib.report.task import NOTEBOOK, Limits, Task

JOBS = batch.JOBS
PAGE = Page("results.md", "What reports cost")


def main() -> None:
    """Measure everything, print it and write it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--careful", type=int, default=6, metavar="REPORTS")
    parser.add_argument("--ours", type=int, default=24, metavar="REPORTS")
    parser.add_argument("--limit", type=int, default=10, metavar="REPORTS")
    parser.add_argument("--whole", action=argparse.BooleanOptionalAction, default=True)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        case = scenario.load("thai-nguyen")
        kept = store.prepare(case, work / case.name)
        tasks = [Task(work / case.name, code, "vi") for code in slices.area_codes(kept)]
        PAGE.say(machine("reports.py"))
        rounds = []
        for task in tasks[: asked.rounds]:  # one after another, as a machine's speed drifts
            careful = _careful(tasks[: asked.careful], work)
            ours = _ours(tasks[: asked.ours], work, JOBS)
            rounds.append((_naive(task, work), careful, ours, _pace(task.folder)))
        _compare(rounds)
        _workers(tasks[: asked.ours], work)
        _limit(tasks[: asked.limit + 1], work)
        if asked.whole:
            _whole(work)


def _spent(run: Callable[[], object]) -> Cost:
    """What a call takes with the processes that it starts and waits for."""

    def processor() -> float:
        both = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
        return sum(sum(resource.getrusage(who)[:2]) for who in both)

    began, before = time.perf_counter(), processor()
    run()
    return Cost(time.perf_counter() - began, processor() - before)


def _naive(task: Task, work: Path) -> Cost:
    """Commands one after another, as in a shell loop."""

    def loop() -> None:
        made = work / "naive.ipynb"
        given = [
            part for item in render.parameters(task).items() for part in ("-r", *map(str, item))
        ]
        _command("papermill", NOTEBOOK, made, "-k", "python3", *given)
        _command("jupyter", "nbconvert", "--to", "html", made)
        if _has_chromium():
            _command("jupyter", "nbconvert", "--to", "webpdf", "--disable-chromium-sandbox", made)

    return _spent(loop)


@cache
def _has_chromium() -> bool:
    """Whether webpdf can run: the system's Chromium is put where playwright looks for its own."""
    chromium = shutil.which("chromium")
    if not chromium or not importlib.util.find_spec("playwright"):
        return False
    from playwright.sync_api import Error, sync_playwright

    os.environ["PLAYWRIGHT_BROWSERS_PATH"] = tempfile.mkdtemp()
    with sync_playwright() as browsers:
        try:
            browsers.chromium.launch().close()
        except Error as missing:
            place = re.search(r"exist at (\S+)", str(missing))
            if place is None:
                return False
            Path(place[1]).parent.mkdir(parents=True)
            Path(place[1]).symlink_to(chromium)
    return True


def _command(program: str, *arguments: object) -> None:
    subprocess.run([BIN / program, *map(str, arguments)], check=True, capture_output=True)


def _careful(tasks: list[Task], work: Path) -> Cost:
    """A pool of processes, libraries instead of commands, imports not counted."""
    places = [work] * len(tasks)
    with ProcessPoolExecutor(JOBS) as pool:
        list(pool.map(_one_careful, tasks[:JOBS], places))
        began = time.perf_counter()
        spent = list(pool.map(_one_careful, tasks, places))
        wall = time.perf_counter() - began
    return Cost(wall, sum(spent)).by(len(tasks))


def _one_careful(task: Task, work: Path) -> float:
    """Make a report; return the seconds of processor time, of the kernel too."""
    made = work / f"careful-{task.area_code}.ipynb"

    def make() -> None:
        papermill.execute_notebook(
            str(NOTEBOOK), str(made), parameters=render.parameters(task), kernel_name="python3",
            progress_bar=False, request_save_on_cell_execute=False,
        )  # fmt: skip
        made.with_suffix(".html").write_text(HTMLExporter().from_filename(str(made))[0], "utf-8")
        made.with_suffix(".pdf").write_bytes(exporters.PDFReport().from_filename(str(made))[0])

    return _spent(make).processor


def _ours(tasks: list[Task], work: Path, jobs: int) -> Cost:
    """`povlib report` from its start, results there already."""
    areas = [part for task in tasks for part in ("--area", task.area_code)]
    asked = ["--output", work, "--language", "vi", "--force", "--jobs", jobs, *areas]
    return run_report(asked).by(len(tasks))


def _pace(output: Path) -> float:
    """Seconds a report of the latest run, from the first that is done to the last."""
    done = [one["at"] for one in events(output) if one["event"] == "report"]
    return (done[-1] - done[0]) / (len(done) - 1)


def _compare(rounds: list[tuple[Cost, Cost, Cost, float]]) -> None:
    pages = "HTML and PDF" if _has_chromium() else "HTML alone, as nbconvert finds no browser"
    naive, careful, ours, paces = zip(*rounds, strict=True)
    ways = (
        (f"commands of papermill and nbconvert in a loop, {pages}", naive),
        (f"papermill, nbconvert and Typst in {JOBS} processes", careful),
        (f"`povlib report`, {JOBS} jobs, start included", ours),
    )
    wall, processor = (
        [statistics.median(getattr(one, name) for one in costs) for _, costs in ways]
        for name in ("wall", "processor")
    )
    PAGE.say(f"## A report as HTML and PDF: medians of {len(rounds)} rounds, each way in turn\n")
    PAGE.say("| way | seconds a report | times povlib | of processors | times povlib |")
    PAGE.say("|---|---|---|---|---|")
    for (way, _), clock, used in zip(ways, wall, processor, strict=True):
        PAGE.say(
            f"| {way} | {clock:.2f} | {clock / wall[-1]:.1f}"
            f" | {used:.2f} | {used / processor[-1]:.1f} |"
        )
    pace = statistics.median(paces)
    times = [one.wall / pace for one, pace in zip(careful, paces, strict=True)]
    PAGE.say(
        f"\nThe pool's start is not counted. Without its own, from the first report to the last,"
        f" povlib takes {pace:.2f} s a report: the pool takes {statistics.median(times):.1f} times"
        f" that ({min(times):.1f} to {max(times):.1f} in the rounds), the commands"
        f" {wall[0] / pace:.1f} times.\n"
    )


def _workers(tasks: list[Task], work: Path) -> None:
    PAGE.say(f"## By number of jobs: {len(tasks)} reports, start included\n")
    PAGE.say("| jobs | seconds | of processors | seconds a report after the first |")
    PAGE.say("|---|---|---|---|")
    for jobs in (1, JOBS - 1, JOBS):
        cost = _ours(tasks, work, jobs)
        pace = _pace(tasks[0].folder)
        wall, processor = (len(tasks) * part for part in (cost.wall, cost.processor))
        PAGE.say(f"| {jobs} | {wall:.1f} | {processor:.1f} | {pace:.2f} |")
    PAGE.say("")


def _limit(tasks: list[Task], work: Path) -> None:
    """Processor seconds of kernel, server and caller, beside the same cells as functions."""
    importlib.import_module(forks.PRELOAD)  # the limit runs as warm as a kernel
    forks.warm_up()
    render.render(tasks[0])
    server = psutil.Process(forkserver._forkserver._forkserver_pid)  # noqa: SLF001
    cells = nbformat.read(NOTEBOOK, as_version=4).cells
    code = [
        compile(cell.source, "cell", "exec")
        for cell in cells
        if cell.cell_type == "code" and "parameters" not in cell.metadata.get("tags", [])
    ]

    def plainly(task: Task) -> None:
        shown: list[object] = []
        names = render.parameters(task) | {"display": lambda *some: shown.extend(some)}
        for cell in code:
            exec(cell, names)  # noqa: S102 - our own notebook
        for element in shown:
            if hasattr(element, "_repr_mimebundle_"):
                element._repr_mimebundle_()

    def in_kernel(task: Task) -> None:
        place = Path(tempfile.mkdtemp(dir=work)) / "report"
        place.mkdir()
        execution.run(NOTEBOOK, render.parameters(task), folder=place, limits=Limits())

    plainly(tasks[0])
    ways = {"plain": plainly, "kernel": in_kernel, "report": render.render}
    spent: dict[str, list[float]] = {name: [] for name in ways}
    for task in tasks[1:]:
        for name, way in ways.items():
            before = _processor(server)
            way(task)
            time.sleep(0.3)  # the server counts a kernel's time when it is gone
            spent[name].append(_processor(server) - before)
    plain, kernel, report = (statistics.median(spent[name]) for name in ways)
    PAGE.say("## The limit: processor seconds a report\n")
    PAGE.say("| way | seconds | times the limit |\n|---|---|---|")
    PAGE.say(f"| the cells as functions in one warm process | {plain:.2f} | 1 |")
    PAGE.say(f"| the notebook in a kernel of its own | {kernel:.2f} | {kernel / plain:.2f} |")
    PAGE.say(
        f"| the same with HTML, PDF and record, published | {report:.2f} | {report / plain:.2f} |\n"
    )


def _processor(server: psutil.Process) -> float:
    own, its = psutil.Process().cpu_times(), server.cpu_times()
    return sum((own.user, own.system, its.user, its.system, its.children_user, its.children_system))


def _whole(work: Path) -> None:
    """The 92 areas in both languages: from nothing, again, and with one task changed."""
    data, output = work / "data", work / "whole"
    dataset.save(demo.build(), data)
    asked = ["--scenario", "thai-nguyen", "--data", data, "--output", output]
    asked += ["--language", "vi", "--language", "en"]
    PAGE.say("## All reports of a province: 92 areas, 2 languages, HTML and PDF; once each\n")
    PAGE.say("| run | seconds | of processors | |\n|---|---|---|---|")
    _tell("from nothing, with the models", run_report(asked))
    _tell("nothing changed", run_report(asked))
    path = data / "actions.csv"
    path.write_text(path.read_text("utf-8").replace("under_way", "done", 1), "utf-8")
    _tell("one task of one commune changed", run_report(asked))
    PAGE.say("")


def _tell(what: str, cost: Cost) -> None:
    PAGE.say(f"| {what} | {cost.wall:.1f} | {cost.processor:.1f} | {cost.said} |")


if __name__ == "__main__":
    main()
