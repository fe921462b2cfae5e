"""A kernel that talks through a pipe, in the process that was made for it."""

import asyncio
import io
import itertools
import json
import logging
import operator
import os
import sys
import threading
from dataclasses import dataclass
from multiprocessing import connection
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

from ipykernel import ipkernel
from ipykernel.zmqshell import ZMQInteractiveShell
from IPython.core.compilerop import CachingCompiler
from jupyter_client.session import Session
from traitlets import Type
from traitlets.config import Config

from povlib.report import forks

FLUSH = 0.2  # seconds after which what a cell writes is passed on, as in other kernels
ROOM = 100_000  # letters that are kept until then
Message = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Child(forks.Child):
    """
    A process to be, that runs cells.

    Attributes
    ----------
    log : str
        File of what is written below Python.
    memory : int
        What it may take beyond what it shares, and the largest file that it may write. [MB]
    """

    log: str
    memory: int

    def serve(self, passed: list[int]) -> None:
        """Begin in a forked process that was given an end of a pipe."""
        os.set_inheritable(passed[0], False)  # noqa: FBT003 - takes no names
        self._answer(connection.Connection(passed[0]))

    def begin_cold(self, pipe: connection.Connection) -> None:
        """Begin in a process that was not forked."""
        with Path(self.log).open("ab") as log:
            os.dup2(log.fileno(), 1)
            os.dup2(log.fileno(), 2)
        self.settle()
        self._answer(pipe)

    def _answer(self, pipe: connection.Connection) -> None:
        """Run cell after cell until the other side is gone."""
        if sys.platform == "linux":
            _limit(self.memory * 1_000_000)
        session = _PipeSession(pipe)
        written = _Written(session)
        sys.stdout, sys.stderr = (_Stream(written, name) for name in ("stdout", "stderr"))
        try:
            # asyncio.run would take interrupts for itself.
            asyncio.new_event_loop().run_until_complete(_run_cells(session, pipe))
        finally:  # what went wrong in here is for the log
            sys.stdout, sys.stderr = sys.__stdout__, sys.__stderr__


async def _run_cells(session: "_PipeSession", pipe: connection.Connection) -> None:
    # For the sake of its debugger ipykernel asks all modules for their files, and memory that
    # forked kernels share is copied for that.
    from ipykernel import debugger

    debugger._is_debugpy_available = False  # noqa: SLF001 - no public way
    ipkernel.sys = _FewModules("sys")
    kernel = _PipedKernel.instance(
        session=session,
        log=logging.getLogger(__name__),
        config=Config({"HistoryManager": {"enabled": False}}),
        shell_channel_thread=SimpleNamespace(parent_thread=None),  # asked in a cell that awaits
    )
    # pyplot was imported before this shell was there, so it must be told of it.
    kernel.shell.enable_matplotlib("inline")
    session.send(None, "status", {"execution_state": "starting"})
    while not kernel.shell.exit_now:
        try:
            request = json.loads(pipe.recv_bytes())
        except EOFError:
            return
        kernel.set_parent([], request)
        await kernel.execute_request(None, [], request)


class _FewModules(ModuleType):
    """The module `sys` for ipykernel, with no modules to be gone through."""

    modules: dict[str, ModuleType] = {}  # noqa: RUF012 - not an instance's

    def __getattr__(self, name: str) -> Any:
        return getattr(sys, name)


class _PipeSession(Session):
    """Sends all that a kernel says through one pipe, whichever socket it is meant for."""

    def __init__(self, pipe: connection.Connection) -> None:
        super().__init__()
        self._pipe = pipe
        self._turn = threading.Lock()  # threads of a notebook may show something too
        self._owner = os.getpid()

    def send(  # type: ignore[override]  # sockets and what goes with them are not needed
        self,
        stream: None,  # noqa: ARG002
        msg_or_type: Message | str,
        content: Message | None = None,
        parent: Message | None = None,
        **_: object,
    ) -> Message:
        """Send a message, or one of a type and content."""
        message = msg_or_type
        if isinstance(message, str):
            message = self.msg(message, content, parent)
        if os.getpid() == self._owner:  # a child's would get between the parent's
            said = self.pack(message)
            with self._turn:
                self._pipe.send_bytes(said)
        return message


class _Written:
    """What a notebook has written, in its order, until it is passed on."""

    def __init__(self, session: _PipeSession) -> None:
        self._session = session
        self._texts: list[tuple[str, str]] = []
        self._size = 0
        self._is_awaited = False
        self._turn = threading.RLock()  # threads of a notebook may write too

    def add(self, name: str, text: str) -> None:
        with self._turn:
            self._texts.append((name, text))
            self._size += len(text)
            if self._size > ROOM:
                self.pass_on()
            elif not self._is_awaited:  # the cell may never end
                self._is_awaited = True
                timer = threading.Timer(FLUSH, self._pass_on_at_last)
                timer.daemon = True
                timer.start()

    def pass_on(self) -> None:
        with self._turn:
            for name, texts in itertools.groupby(self._texts, operator.itemgetter(0)):
                content = {"name": name, "text": "".join(text for _, text in texts)}
                self._session.send(None, "stream", content)
            self._texts.clear()
            self._size = 0

    def _pass_on_at_last(self) -> None:
        with self._turn:
            self._is_awaited = False
            self.pass_on()


class _Stream(io.TextIOBase):
    """Standard output or error of a notebook. What its child processes write goes to the log."""

    encoding = "utf-8"

    def __init__(self, written: _Written, name: str) -> None:
        self._written, self._name = written, name
        self._below = getattr(sys, f"__{name}__")
        self._owner = os.getpid()

    def fileno(self) -> int:
        return int(self._below.fileno())

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        if os.getpid() != self._owner:
            return int(self._below.write(text))
        self._written.add(self._name, "" + text)  # a TypeError here is of whoever wrote it
        return len(text)

    def flush(self) -> None:
        if os.getpid() == self._owner:
            self._written.pass_on()
        else:
            self._below.flush()


class _Shell(ZMQInteractiveShell):
    def enable_gui(self, gui: str | None = None) -> None:
        """Note it; there is no application to keep going between cells."""
        self.active_eventloop = gui


class _PipedKernel(ipkernel.IPythonKernel):
    shell_class = Type(_Shell)
    compiler_class = Type(CachingCompiler)  # ipykernel's puts the process into a cell's name

    def _abort_queues(self, subshell_id: str | None = None) -> None:
        """No request waits while another is at work."""


def _limit(size: int) -> None:
    """Bound the memory of this process beyond what it shares, and each file that it writes."""
    import resource

    # What the fork shares with its parent counts as data all the same.
    pages = int(Path("/proc/self/statm").read_text().split()[5])
    held = pages * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_DATA, (held + size, held + size))
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a kernel that dies leaves no image
