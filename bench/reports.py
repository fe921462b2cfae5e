"""
Measure what a report costs: `python bench/reports.py`.

Side by side in one run, on the same notebook and area: Papermill with an ordinary
kernel and with the one that starts warm; then a batch of all areas. Prints the
machine, medians and their ratio.
"""

import os
import platform
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import papermill

from povlib import results, scenario
from povlib.report import batch, kernels, render
from povlib.report.render import Task

REPEATS = 5


def main() -> None:
    """Print all measurements."""
    print(f"{platform.machine()}, {os.cpu_count()} processors, Python {platform.python_version()}")
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder)
        case = scenario.load("thai-nguyen")
        results.prepare(case, output / case.name)
        task = Task(output / case.name, "01906", "vi")
        kernels.warm_up()
        cold = _median(lambda: _execute(task, output, "python3"))
        warm = _median(lambda: _execute(task, output, "povlib"))
        print(f"one notebook, ordinary kernel: {cold:.2f} s")
        print(f"one notebook, warm kernel: {warm:.2f} s ({cold / warm:.1f} times faster)")
        started = time.perf_counter()
        outcomes = batch.run(case, output=output / "all")
        seconds = time.perf_counter() - started
        print(f"{len(outcomes)} reports, HTML and PDF: {seconds:.0f} s")


def _execute(task: Task, folder: Path, kernel: str) -> None:
    papermill.execute_notebook(
        str(render.NOTEBOOK),
        str(folder / "executed.ipynb"),
        parameters=render.parameters(task),
        kernel_name=kernel,
        progress_bar=False,
        request_save_on_cell_execute=False,
    )


def _median(run: Callable[[], None]) -> float:
    run()
    seconds = []
    for _ in range(REPEATS):
        started = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - started)
    return statistics.median(seconds)


if __name__ == "__main__":
    main()
