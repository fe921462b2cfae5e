"""Reports made by the workers of a Dask cluster: the same tasks, on several machines."""

from collections.abc import Generator, Sequence
from concurrent.futures import as_completed

from povlib.errors import DataError
from povlib.report import due, workers
from povlib.report.task import Outcome, Task


def make(tasks: Sequence[Task], scheduler: str) -> Generator[Outcome, None, None]:
    """
    Have reports made by a cluster.

    A worker that is lost costs time only: Dask gives its tasks to another.

    Parameters
    ----------
    tasks : sequence of Task
        Their folder is one that every worker sees at the same path.
    scheduler : str
        Address of the scheduler, such as `tcp://10.0.0.5:8786`.

    Yields
    ------
    outcome : Outcome
        One a task, as they come.

    Raises
    ------
    DataError
        If `distributed` is not installed or no scheduler answers.
    """
    try:
        from distributed import Client
    except ImportError:
        msg = "--scheduler needs the package distributed: pip install 'povlib[cluster]'"
        raise DataError(msg) from None
    try:
        client = Client(scheduler, timeout=5)
    except (OSError, ValueError) as error:
        msg = f"scheduler {scheduler}: no Dask scheduler answers: {error}"
        raise DataError(msg) from None
    with client:
        executor = client.get_executor(pure=False)
        futures = {executor.submit(_render, task): task for task in tasks}
        try:
            for future in as_completed(futures):
                lost = future.exception()
                yield workers.give_up(futures[future], str(lost)) if lost else future.result()
        finally:
            executor.shutdown(wait=False)


def _render(task: Task) -> Outcome:
    """Make one report, on a worker, unless that has another povlib than who asks for it."""
    own = due.of_code()
    other = [name for name in own if task.parts.get(name) != own[name]]
    if other:
        return workers.give_up(task, f"this worker has another {', '.join(other)}")
    return workers.render(task)
