"""The processes of this machine that make reports."""

import multiprocessing
import os
import sys
import threading
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager

from povlib.report import kernels
from povlib.report.task import Outcome, Task


def make(tasks: Sequence[Task], jobs: int) -> Iterator[Outcome]:
    """
    Make reports side by side.

    A process that ends in the midst of a report takes the others down with it; those
    at work then are made again one by one, to find the report at which it ends.

    Parameters
    ----------
    tasks : sequence of Task
    jobs : int
        Reports made at the same time.

    Yields
    ------
    outcome : Outcome
        One a task, as they come.
    """
    while tasks:
        lost = yield from _make_round(tasks, jobs)
        for suspect in lost[:jobs]:  # tasks are taken in order: these were at work
            if (yield from _make_round([suspect], 1)):
                yield give_up(suspect, "the process that made it ended")
        tasks = lost[jobs:]


def render(task: Task) -> Outcome:
    """Make one report, see `render.render`; in a process that has imported what that takes."""
    from povlib.report import render

    return render.render(task)


def give_up(task: Task, error: str) -> Outcome:
    """Leave a page in the place of a report that no process could make."""
    from povlib.report import render
    from povlib.report.execution import Failure

    return render.give_up(task, Failure("died", error))


def _make_round(tasks: Sequence[Task], jobs: int) -> Generator[Outcome, None, list[Task]]:
    """Make reports in one pool; return the tasks that were lost with its processes."""
    with pool(jobs) as executor:
        futures = {executor.submit(render, task): task for task in tasks}
        for future in as_completed(futures):
            if not isinstance(future.exception(), BrokenProcessPool):
                yield future.result()
        return [
            task
            for future, task in futures.items()
            if isinstance(future.exception(), BrokenProcessPool)
        ]


@contextmanager
def pool(jobs: int) -> Iterator[Executor]:
    """Processes that already hold all imports; on Ctrl-C what has not begun is dropped."""
    method = "forkserver" if kernels.can_fork() else "spawn"
    kernels.warm_up()
    executor = ProcessPoolExecutor(
        jobs, mp_context=multiprocessing.get_context(method), initializer=_begin
    )
    try:
        yield executor
    except KeyboardInterrupt:
        print("stopping when the reports at work are done", file=sys.stderr)  # noqa: T201
        raise
    finally:
        executor.shutdown(cancel_futures=True)


def _begin() -> None:
    """Leave Ctrl-C to the process that made this one, and end when that is gone."""
    if hasattr(os, "setpgrp"):
        os.setpgrp()
    parent = multiprocessing.parent_process()

    def wait() -> None:
        if parent is not None:
            parent.join()
            os._exit(1)

    threading.Thread(target=wait, daemon=True).start()
