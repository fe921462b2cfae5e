"""
Measure what reports cost: `python bench/reports.py [--national AREAS]`.

Side by side in one run, on the same notebook and areas: the loop of commands that a user
would write, a careful user's pool, the cells as plain functions, and povlib; then whole
batches. Writes `bench/results.md`. With `--national` also so many areas of a made-up
country, for the time per report and the memory of all processes together.
"""

import argparse
import importlib.util
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import forkserver
from pathlib import Path

import nbformat
import papermill
import psutil
from nbconvert import HTMLExporter

from povlib import results, scenario
from povlib.data import dataset, demo, national
from povlib.report import batch, execution, exporters, kernels, render
from povlib.report.task import NOTEBOOK, Limits, Task

JOBS = os.cpu_count() or 1
REPEATS = 5
BIN = Path(sys.executable).parent
SECTIONS: list[str] = []


def main() -> None:
    """Measure everything, print it and write it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--national", type=int, default=0, metavar="AREAS")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        case = scenario.load("thai-nguyen")
        kept = results.prepare(case, work / case.name)
        tasks = [Task(work / case.name, code, "vi") for code in results.area_codes(kept)]
        _say(_machine())
        naive = _naive(tasks, work)
        careful = _careful(tasks[:8], work)
        ours = _ours(case, work)
        _compare(naive, careful, ours)
        _limit(tasks, work)
        _whole(work)
        if asked.national:
            _national(asked.national, work)
    place = Path(__file__).with_name("results.md")
    place.write_text("# What reports cost\n\n" + "\n".join(SECTIONS), "utf-8")


def _say(text: str) -> None:
    print(text, flush=True)
    SECTIONS.append(text)


def _machine() -> str:
    load = os.getloadavg()[0]
    return (
        f"`python bench/reports.py` on {platform.machine()}, {JOBS} processors, Python"
        f" {platform.python_version()}; others were using {load:.1f} processors when it began."
        f" Medians of {REPEATS} repeats unless it says otherwise.\n"
    )


def _seconds(run: Callable[[], object]) -> float:
    started = time.perf_counter()
    run()
    return time.perf_counter() - started


def _naive(tasks: list[Task], work: Path) -> float:
    """Commands one after another, as in a shell loop; three reports."""

    def loop(task: Task) -> None:
        made = work / "naive.ipynb"
        given = [
            part for item in render.parameters(task).items() for part in ("-r", *map(str, item))
        ]
        _command("papermill", NOTEBOOK, made, "-k", "python3", *given)
        _command("jupyter", "nbconvert", "--to", "html", made)
        if importlib.util.find_spec("playwright"):
            _command("jupyter", "nbconvert", "--to", "webpdf", made)

    return statistics.median(_seconds(lambda task=task: loop(task)) for task in tasks[:3])


def _command(program: str, *arguments: object) -> None:
    subprocess.run([BIN / program, *map(str, arguments)], check=True, capture_output=True)


def _careful(tasks: list[Task], work: Path) -> float:
    """A pool of processes, libraries instead of commands; seconds a report."""
    with ProcessPoolExecutor(JOBS) as pool:
        list(pool.map(_one_careful, tasks[:JOBS], [work] * JOBS))  # imports, not counted
        return _seconds(lambda: list(pool.map(_one_careful, tasks, [work] * len(tasks)))) / len(
            tasks
        )


def _one_careful(task: Task, work: Path) -> None:
    made = work / f"careful-{task.area_code}.ipynb"
    papermill.execute_notebook(
        str(NOTEBOOK), str(made), parameters=render.parameters(task), kernel_name="python3",
        progress_bar=False, request_save_on_cell_execute=False,
    )  # fmt: skip
    made.with_suffix(".html").write_text(HTMLExporter().from_filename(str(made))[0], "utf-8")
    made.with_suffix(".pdf").write_bytes(exporters.PDFReport().from_filename(str(made))[0])


def _ours(case: scenario.Scenario, work: Path) -> float:
    """A batch of 24 reports from its start, results there already; seconds a report."""
    some = case.model_copy(update={"areas": results.area_codes(work / case.name / "results")[:24]})
    options = batch.Options(force=True, quiet=True)
    runs = [
        _seconds(lambda: batch.run(some, output=work, languages=["vi"], options=options))
        for _ in range(3)
    ]
    return statistics.median(runs) / len(some.areas)


def _compare(naive: float, careful: float, ours: float) -> None:
    ways = (
        ("commands of papermill and nbconvert in a loop, no PDF", naive),
        (f"papermill, nbconvert and Typst in {JOBS} processes", careful),
        (f"`povlib report`, {JOBS} jobs, 24 reports, start included", ours),
    )
    _say("## A report as HTML and PDF, wall seconds\n")
    _say("| way | seconds a report | povlib is faster |\n|---|---|---|")
    for way, seconds in ways:
        _say(f"| {way} | {seconds:.2f} | {seconds / ours:.1f} times |")
    _say("")


def _limit(tasks: list[Task], work: Path) -> None:
    """Processor seconds of kernel, server and caller, beside the same cells as functions."""
    kernels.warm_up()
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
    for task in tasks[1 : 2 * REPEATS + 1]:
        for name, way in ways.items():
            before = _processor(server)
            way(task)
            time.sleep(0.3)  # the server counts a kernel's time when it is gone
            spent[name].append(_processor(server) - before)
    plain, kernel, report = (statistics.median(spent[name]) for name in ways)
    _say("## The limit: processor seconds a report\n")
    _say("| way | seconds | times the limit |\n|---|---|---|")
    _say(f"| the cells as functions in one warm process | {plain:.2f} | 1 |")
    _say(f"| the notebook in a kernel of its own | {kernel:.2f} | {kernel / plain:.2f} |")
    _say(
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
    _say("## All reports of a province: 92 areas, 2 languages, HTML and PDF; once each\n")
    _say("| run | seconds | |\n|---|---|---|")
    _run("from nothing, with the models", asked)
    _run("nothing changed", asked)
    path = data / "actions.csv"
    path.write_text(path.read_text("utf-8").replace("under_way", "done", 1), "utf-8")
    _run("one task of one commune changed", asked)
    _say("")


def _run(what: str, asked: list[object]) -> tuple[float, float]:
    """Run `povlib report`; say its seconds and last line, give also the peak of memory in MB."""
    started = time.perf_counter()
    run = psutil.Popen(
        [str(BIN / "povlib"), "report", "--quiet", *map(str, asked)],
        stdout=subprocess.PIPE,
        text=True,
    )
    peak = 0.0
    while run.poll() is None:
        peak = max(peak, _memory(run))
        time.sleep(0.5)
    seconds = time.perf_counter() - started
    _say(f"| {what} | {seconds:.1f} | {run.stdout.read().strip()} |")
    return seconds, peak


def _memory(run: psutil.Process) -> float:
    """Memory of a process and all below it; what they share is counted once; in MB."""
    total = 0
    for process in (run, *run.children(recursive=True)):
        try:
            total += process.memory_full_info().pss
        except psutil.Error:  # it has ended
            continue
    return total / 1e6


def _national(areas: int, work: Path) -> None:
    """So many areas of a made-up country of 3,321: what a report of it takes."""
    data, output = work / "country", work / "national"
    dataset.save(national.build(), data)
    codes = [f"C{number:05d}" for number in range(1, areas + 1)]
    asked: list[object] = ["--data", data, "--output", output]
    _say(f"## A made-up country of {national.AREAS} areas\n")
    _say("| run | seconds | |\n|---|---|---|")
    first, peak = _run("results and one report", [*asked, "--area", codes[0]])
    many = [part for code in codes for part in ("--area", code)]
    rest, later = _run(f"{areas - 1} more reports", [*asked, *many])
    each = rest / (areas - 1)
    log = sorted((output / "country" / "logs").iterdir())[-1]
    events = map(json.loads, log.read_text("utf-8").splitlines())
    spent = [event["seconds"] for event in events if event["event"] == "report"]
    early, late = (statistics.median(part) for part in (spent[: areas // 2], spent[areas // 2 :]))
    whole = (first + national.AREAS * each) / 60
    _say(f"\nA report takes {each:.2f} s with {JOBS} jobs; from the start of its kernel")
    _say(f"{early:.2f} s in the first half of the run, {late:.2f} s in the second.")
    _say(f"All {national.AREAS} would take {whole:.0f} min. All processes together hold at most")
    _say(f"{peak:.0f} MB while the models run, {later:.0f} MB while reports are made.\n")
    shutil.rmtree(output)


if __name__ == "__main__":
    main()
