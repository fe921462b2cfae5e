"""
The pipe to a kernel that runs one notebook of the batch.

The kernel is ipykernel's and says what any kernel says, in Jupyter's messages. A pipe
that only the two processes hold carries them, instead of five sockets with threads of
their own: to open those, have them find each other and close them takes a fifth of
the time of a report.
"""

import json
import multiprocessing
import os
import signal
import time
from collections.abc import Iterator
from contextlib import suppress
from multiprocessing import connection
from pathlib import Path
from typing import Any

from povlib.report import forks
from povlib.report.piped_kernel import Child
from povlib.report.task import Limits


class OutputLimitError(RuntimeError):
    """Cells show more than there is room for."""


class Kernel:
    """
    A kernel for one notebook, as the process that asked for it sees it.

    Parameters
    ----------
    env : dict of str
        Its environment.
    folder : Path
        Its working folder.
    log : Path
        What is written below Python, and not for the notebook, goes here.
    limits : Limits
        The seconds also bound the wait for its first word.

    Raises
    ------
    TimeoutError, EOFError
        If it does not answer in time, or ends.
    """

    def __init__(self, env: dict[str, str], folder: Path, log: Path, limits: Limits) -> None:
        self._room = limits.output * 1_000_000
        self._pipe, theirs = multiprocessing.Pipe()
        env = env | {"JPY_PARENT_PID": str(os.getpid())}
        child = Child(env, str(folder), str(log), limits.memory)
        with theirs:
            self._process = _start(child, theirs)
        self._ends = time.monotonic() + limits.seconds
        try:
            self._hear()
        except BaseException:
            self.end()
            raise
        self._ends = time.monotonic() + limits.seconds

    def run(self, code: str) -> Iterator[dict[str, Any]]:
        """
        Run a cell.

        Parameters
        ----------
        code : str

        Yields
        ------
        message : dict
            What the kernel says of it; the last is of the type `execute_reply`.

        Raises
        ------
        TimeoutError, EOFError, OutputLimitError
            If the cells together take too long, the kernel ends, or says too much.
        """
        asked = {"code": code, "allow_stdin": False}
        header = {"msg_id": "", "msg_type": "execute_request"}
        request = {"header": header, "metadata": {}, "content": asked}
        try:
            self._pipe.send_bytes(json.dumps(request).encode())
        except BrokenPipeError as gone:
            raise EOFError from gone
        message: dict[str, Any] = {}
        while message.get("msg_type") != "execute_reply":
            message = self._hear()
            yield message

    def _hear(self) -> dict[str, Any]:
        patience = max(self._ends - time.monotonic(), 0)
        # A process that the kernel started may hold its end of the pipe open.
        ready = connection.wait([self._pipe, self._process.sentinel], patience)
        if not ready:
            raise TimeoutError
        if self._pipe not in ready:
            raise EOFError
        try:
            said = self._pipe.recv_bytes(self._room)
        except OSError as broken:
            # A message too long is not read, and none after it can be; or it broke off.
            raise (EOFError if self._pipe.readable else OutputLimitError) from broken
        self._room -= len(said)
        message: dict[str, Any] = json.loads(said)
        return message

    def end(self) -> None:
        """End it at once, with all that it started: nothing in it must be ended in order."""
        if isinstance(self._process, forks.Forked):
            with suppress(ProcessLookupError):  # it ended, or is not yet the head of its group
                os.killpg(self._process.pid, signal.SIGKILL)
        self._process.kill()
        self._process.join(1)
        self._pipe.close()


def _start(child: Child, pipe: connection.Connection) -> Any:
    """Fork a kernel; where that is impossible, start one that imports everything itself."""
    obstacle = "this system has no fork"
    if forks.can_fork():
        try:
            with Path(child.log).open("ab") as log:
                return forks.Forked(child, log, log, [pipe.fileno()])
        except (OSError, EOFError) as error:
            obstacle = f"the process to fork from failed ({str(error) or 'it ended'})"
    forks.say_cold(obstacle)
    process = multiprocessing.get_context("spawn").Process(target=child.begin_cold, args=(pipe,))
    process.start()
    return process
