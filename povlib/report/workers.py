"""The processes of this machine that make reports."""

import multiprocessing
import os
import signal
import sys
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from typing import Any

from povlib.report import kernels
from povlib.report.task import Outcome, Task


def make(tasks: Sequence[Task], jobs: int) -> Generator[Outcome, None, None]:
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
    waiting = deque(tasks)
    while waiting:
        for suspect in (yield from _make_round(waiting, jobs)):
            if (yield from _make_round(deque([suspect]), 1)):
                yield give_up(suspect, "the process that made it ended")


def render(task: Task) -> Outcome:
    """Make one report, see `render.render`; in a process that has imported what that takes."""
    from povlib.report import render

    return render.render(task)


def give_up(task: Task, error: str) -> Outcome:
    """Leave a page in the place of a report that no process could make."""
    from povlib.report import render
    from povlib.report.execution import Failure

    return render.give_up(task, Failure("died", error))


def _make_round(waiting: deque[Task], jobs: int) -> Generator[Outcome, None, list[Task]]:
    """
    Make reports in one pool; return the tasks that were at work when it lost a process.

    It is given no more than it works at, so that Ctrl-C and a lost process leave the
    rest waiting.
    """
    at_work: dict[Future[Outcome], Task] = {}
    with suppress(BrokenProcessPool), pool(jobs) as executor:
        while waiting or at_work:
            while waiting and len(at_work) < jobs:
                future = submit(executor, render, waiting[0])
                at_work[future] = waiting.popleft()
            for future in wait(at_work, return_when=FIRST_COMPLETED).done:
                outcome = future.result()
                del at_work[future]
                yield outcome
    lost = []
    for future, task in at_work.items():
        if isinstance(future.exception(), BrokenProcessPool):
            lost.append(task)
        else:
            yield future.result()
    return lost


@contextmanager
def pool(jobs: int) -> Iterator[Executor]:
    """Processes that already hold all imports; on Ctrl-C what has not begun is dropped."""
    method = "forkserver" if kernels.can_fork() else "spawn"
    kernels.warm_up()
    others = multiprocessing.active_children()
    executor = ProcessPoolExecutor(
        jobs, mp_context=multiprocessing.get_context(method), initializer=_begin
    )
    try:
        yield executor
    except BrokenProcessPool:
        # They are asked to end, which nbclient does not pass on in the midst of a notebook.
        for process in set(multiprocessing.active_children()).difference(others):
            process.kill()
        raise
    except (KeyboardInterrupt, GeneratorExit):
        print("stopping when the reports at work are done", file=sys.stderr)  # noqa: T201
        raise
    finally:
        executor.shutdown(cancel_futures=True)


def submit(executor: Executor, function: Callable[..., Any], *args: object) -> Future[Any]:
    """Hand work over; Ctrl-C waits, as a process that is only half begun never ends."""
    if not hasattr(signal, "pthread_sigmask"):
        return executor.submit(function, *args)
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        return executor.submit(function, *args)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


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
