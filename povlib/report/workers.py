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

from povlib.report import forks
from povlib.report.task import Outcome, Task

POLL = 0.2  # seconds after which a run looks whether it was asked to stop
STOPPING = "stopping when the reports at work are done; Ctrl-C again: at once"


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

    Raises
    ------
    KeyboardInterrupt
        After Ctrl-C, when the reports at work are done; at once if it comes twice.
    """
    waiting = deque(tasks)
    with _note_interrupts() as interrupts:
        while waiting and not interrupts:
            for suspect in (yield from _make_round(waiting, jobs, interrupts)):
                if (yield from _make_round(deque([suspect]), 1, interrupts)):
                    yield give_up(suspect, "the process that made it ended")
        if interrupts:
            raise KeyboardInterrupt


def alone(function: Callable[..., object], *args: object) -> None:
    """Have something done in one process that holds all imports; Ctrl-C waits for it."""
    with _note_interrupts() as interrupts, _pool(1) as executor:
        executor.submit(function, *args).result()
    if interrupts:
        raise KeyboardInterrupt


def render(task: Task) -> Outcome:
    """Make one report, see `render.render`; in a process that has imported what that takes."""
    from povlib.report import render

    return render.render(task)


def give_up(task: Task, error: str) -> Outcome:
    """Leave a page in the place of a report that no process could make."""
    from povlib.report import render
    from povlib.report.execution import Failure

    return render.give_up(task, Failure("died", error))


@contextmanager
def _note_interrupts() -> Iterator[list[int]]:
    """
    Collect what Ctrl-C sends instead of raising KeyboardInterrupt.

    The exception may come wherever this process is, be it in the midst of starting a
    worker or holding a lock that the pool waits for, and then nothing ever ends.
    """
    interrupts: list[int] = []
    if threading.current_thread() is not threading.main_thread():  # others get no signals
        yield interrupts
        return
    before = signal.signal(signal.SIGINT, lambda number, _: interrupts.append(number))
    try:
        yield interrupts
    finally:
        signal.signal(signal.SIGINT, before)


def _make_round(
    waiting: deque[Task], jobs: int, interrupts: list[int]
) -> Generator[Outcome, None, list[Task]]:
    """
    Make reports in one pool; return the tasks that were at work when it lost a process.

    It is given no more than it works at, so that Ctrl-C and a lost process leave the
    rest waiting.
    """
    at_work: dict[Future[Outcome], Task] = {}
    told = False
    with suppress(BrokenProcessPool), _pool(jobs) as executor:
        while at_work or (waiting and not interrupts):
            while waiting and len(at_work) < jobs and not interrupts:
                future = executor.submit(render, waiting[0])
                at_work[future] = waiting.popleft()
            if interrupts and not told:
                told = True
                print(STOPPING, file=sys.stderr)  # noqa: T201
            if len(interrupts) > 1:
                raise KeyboardInterrupt
            for future in wait(at_work, POLL, return_when=FIRST_COMPLETED).done:
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
def _pool(jobs: int) -> Iterator[Executor]:
    """Processes that already hold all imports."""
    method = "forkserver" if forks.can_fork() else "spawn"
    forks.warm_up()
    others = multiprocessing.active_children()
    executor = ProcessPoolExecutor(
        jobs, mp_context=multiprocessing.get_context(method), initializer=_begin
    )
    try:
        yield executor
    except (BrokenProcessPool, KeyboardInterrupt):
        # They are asked to end, which nbclient does not pass on in the midst of a notebook.
        for process in set(multiprocessing.active_children()).difference(others):
            process.kill()
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
