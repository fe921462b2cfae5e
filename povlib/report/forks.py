"""
Processes forked from one that has already imported everything.

Importing pandas, seaborn and the rest costs seconds in every process; forking one
that holds them costs a hundredth. Each child is a process of its own all the same:
nothing that is done in it reaches another.

The process to fork from is the server of the standard library's `forkserver` start
method. A child is asked of it below `multiprocessing.Process`, which would hand on
the asking program's main module, to be imported again, and its `sys.path`.

On macOS some system frameworks do not bear a fork once they are loaded; the imports
here load none, so processes are forked there too.
"""

import functools
import importlib.util
import logging
import multiprocessing
import os
import pickle
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import connection, forkserver
from pathlib import Path
from typing import Any

PRELOAD = "povlib.report.preload"
_READ = time.time()  # in a child: about when the process to fork from began to import


def can_fork() -> bool:
    """Whether this system can fork warm processes."""
    return "forkserver" in multiprocessing.get_all_start_methods()


def warm_up() -> None:
    """
    Start the process to fork from, so that it imports while the caller goes on.

    Does nothing where there is no fork or the process is there already. It ends
    when the last process that may ask it for a child does.
    """
    if not can_fork():
        return
    server: Any = forkserver._forkserver  # noqa: SLF001 - no public way
    # In a worker that was forked from a warm server, Python would start a second one
    # and import all once more: the worker does not own the first, though it can reach it.
    inherited = server._forkserver_pid is None and server._forkserver_alive_fd is not None  # noqa: SLF001
    if inherited and PRELOAD in sys.modules:
        server.ensure_running = lambda: None
    else:
        forkserver.set_forkserver_preload([__name__, PRELOAD])
        forkserver.ensure_running()


@functools.cache
def say_cold(obstacle: str) -> None:
    """Tell of each obstacle to forking a kernel once."""
    logging.getLogger(__name__).warning("A kernel starts cold, which takes longer: %s.", obstacle)


@dataclass(frozen=True, slots=True)
class Child:
    """
    What a process to be is sent, and what it does with it.

    Attributes
    ----------
    env : dict of str
        Its whole environment.
    folder : str
        Its working folder.
    """

    env: dict[str, str]
    folder: str

    def serve(self, passed: list[int]) -> None:
        """Do the work; `passed` are descriptors that came with the order."""
        raise NotImplementedError

    def abandon(self) -> None:
        """Clear up when the process that asked for this one is gone."""

    def _bootstrap(self, parent: int) -> int:
        """In the child, called by the server: begin, and give the exit code."""
        os.setsid()  # signals for the child's group reach it alone
        passed = _take_streams()
        _release_server()
        threading.Thread(target=self._leave_with, args=(parent,), daemon=True).start()
        self.settle()
        _forget_changed()
        self.serve(passed)
        return 0

    def settle(self) -> None:
        """Take the place of a new process: environment, folder, arguments, random numbers."""
        import numpy as np

        os.environ.clear()
        os.environ.update(self.env)
        if hasattr(time, "tzset"):
            time.tzset()
        os.chdir(self.folder)
        random.seed()
        np.random.seed()  # noqa: NPY002 - a forked global generator would repeat itself
        sys.argv = ["ipykernel_launcher"]
        paths = [path for path in self.env.get("PYTHONPATH", "").split(os.pathsep) if path]
        sys.path[:] = ["", *paths, *(path for path in sys.path if path and path not in paths)]
        tempfile.tempdir = None  # found anew in the environment

    def _leave_with(self, parent: int) -> None:
        """Wait for the end of the process that asked for this one; then end all of its group."""
        os.read(parent, 1)
        self.abandon()
        os.killpg(0, signal.SIGKILL)


class Forked:
    """
    A forked process; answers what is asked of a `subprocess.Popen`.

    Parameters
    ----------
    child : Child
    stdout, stderr : file, int or None
        As for `Popen`.
    passed : sequence of int
        Further descriptors that it is given.

    Raises
    ------
    OSError, EOFError
        If the process to fork from does not answer.
    """

    stdin = stdout = stderr = None

    def __init__(self, child: Child, stdout: Any, stderr: Any, passed: Sequence[int] = ()) -> None:
        warm_up()
        with Path(os.devnull).open("wb") as null:
            streams = [_descriptor(stdout, 1, null), _descriptor(stderr, 2, null)]
            # One end of a pipe that tells the exit code, and of one that takes orders.
            # The latter stays open: that it closes tells the child that we are gone.
            self.sentinel, self._orders = forkserver.connect_to_new_process([*streams, *passed])
        self.returncode: int | None = None
        try:
            self.pid = forkserver.read_signed(self.sentinel)
            with os.fdopen(os.dup(self._orders), "wb") as pipe:
                pickle.dump({}, pipe)  # nothing of our main module, path and arguments
                pickle.dump(child, pipe)
        except BaseException:
            self._close()
            raise
        os.set_blocking(self.sentinel, False)

    def poll(self) -> int | None:
        """Return the exit code, None while it runs."""
        if self.returncode is None:
            try:
                self.returncode = forkserver.read_signed(self.sentinel)
            except BlockingIOError:
                return None
            except EOFError:  # the server is gone, and the child with it
                self.returncode = 255
            self._close()
        return self.returncode

    def wait(self) -> int | None:
        """Wait for its end."""
        self.join()
        return self.returncode

    def join(self, seconds: float | None = None) -> None:
        """Wait for its end, but no longer than some seconds."""
        if self.returncode is None:
            connection.wait([self.sentinel], seconds)
            self.poll()

    def send_signal(self, signum: int) -> None:
        """Send it a signal unless it has ended."""
        if self.poll() is None:
            with suppress(ProcessLookupError):  # it ends at this moment
                os.kill(self.pid, signum)

    def kill(self) -> None:
        """End it at once."""
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)

    def _close(self) -> None:
        os.close(self.sentinel)
        os.close(self._orders)


def _descriptor(given: Any, own: int, null: Any) -> int:
    """The descriptor of an output stream as Popen takes it."""
    if given is None:
        try:
            os.fstat(own)
        except OSError:  # we were started without one
            return int(null.fileno())
        return own
    if given == subprocess.DEVNULL:
        return int(null.fileno())
    return given if isinstance(given, int) else int(given.fileno())


def _take_streams() -> list[int]:
    """Write to the output streams that came with the order; return what else did."""
    inherited = forkserver.get_inherited_fds() or []
    for stream in (1, 2):
        descriptor = inherited.pop(0)
        os.dup2(descriptor, stream)
        os.close(descriptor)
    passed = inherited.copy()
    inherited.clear()
    return passed


def _release_server() -> None:
    """Let go of the end of a pipe by which children keep the server that forked them alive."""
    server: Any = forkserver._forkserver  # noqa: SLF001 - no public way
    os.close(server._forkserver_alive_fd)  # noqa: SLF001
    server._forkserver_alive_fd = None  # noqa: SLF001


def _forget_changed() -> None:
    """Have povlib imported anew if a file of it changed since: a restarted kernel must see it."""
    spec = importlib.util.find_spec("povlib")
    for folder in (spec and spec.submodule_search_locations) or ():
        files = (path for path in Path(folder).rglob("*.*") if path.suffix != ".pyc")
        if any(path.stat().st_mtime > _READ for path in files if path.is_file()):
            for name in [name for name in sys.modules if name.partition(".")[0] == "povlib"]:
                del sys.modules[name]
            return
