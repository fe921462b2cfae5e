"""
A kernel that starts warm: forked from a process that has already imported everything.

Importing pandas, seaborn and the rest costs seconds in every kernel; forking a
process that holds them costs a tenth. Each kernel is a process of its own all the
same: nothing that a notebook does reaches another. Where there is no fork (Windows),
or the process to fork from cannot be had, the ordinary kernel starts instead.

The process to fork from is the server of the standard library's `forkserver` start
method. A kernel is asked of it below `multiprocessing.Process`, which would hand on
the asking program's main module, to be imported again, and its `sys.path`.

On macOS some system frameworks do not bear a fork once they are loaded; the imports
here load none, so kernels are forked there too.
"""

import atexit
import functools
import importlib.util
import logging
import multiprocessing
import os
import pickle
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from asyncio import to_thread
from dataclasses import dataclass
from multiprocessing import connection, forkserver
from pathlib import Path
from typing import Any

import zmq
from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.provisioning.local_provisioner import LocalProvisioner

PRELOAD = "povlib.report.preload"
MEMORY = "POVLIB_KERNEL_MEMORY"  # what a report's kernel may take, in its environment; in MB
_READ = time.time()  # in a kernel: about when the process to fork from began to import


def can_fork() -> bool:
    """Whether this system can fork warm kernels."""
    return "forkserver" in multiprocessing.get_all_start_methods()


def warm_up() -> None:
    """
    Start the process to fork from, so that it imports while the caller goes on.

    Does nothing where there is no fork or the process is there already. It ends
    when the last process that may ask it for a kernel does.
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


class WarmProvisioner(LocalProvisioner):
    """
    Starts kernels by forking a process that has imported what reports need.

    A kernelspec chooses it by `metadata.kernel_provisioner.provisioner_name`:
    `povlib-warm`. Messages go through local sockets in a folder that only the owner
    can enter, never through the network.
    """

    _sockets: str | None = None

    async def pre_launch(self, **kwargs: Any) -> dict[str, Any]:
        """Choose local sockets before the connection file is written."""
        manager = self.parent
        if manager is not None and can_fork() and self._sockets is None:
            # A runtime folder may be deep; a socket's path holds some 100 bytes.
            self._sockets = tempfile.mkdtemp(prefix="povlib-", dir=_short_folder())
            manager.transport = "ipc"
            manager.ip = os.path.join(self._sockets, "kernel")  # noqa: PTH118 - a trait of str
            # The sockets of a warm kernel are there in a moment; zmq looks every 100 ms.
            manager.context.setsockopt(zmq.RECONNECT_IVL, 10)
        return await super().pre_launch(**kwargs)

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        """Fork the kernel; `cmd` is the command line of an ordinary one."""
        obstacle = _obstacle(cmd, kwargs)
        if not obstacle:
            try:
                # The first kernel waits for the imports; a server's event loop must not.
                return await to_thread(self._fork, cmd, **kwargs)
            except (OSError, EOFError) as error:
                obstacle = f"the process to fork from failed ({str(error) or 'it ended'})"
        _say_cold(obstacle)
        return await super().launch_kernel(cmd, **kwargs)

    def _fork(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        self.cwd = kwargs.get("cwd") or str(Path.cwd())
        env = kwargs["env"] | {"JPY_PARENT_PID": str(os.getpid())}
        kernel = _Kernel(tuple(cmd[3:]), env, str(self.cwd), self._sockets)
        forked = _Forked(kernel, kwargs.get("stdout"), kwargs.get("stderr"))
        self.process = forked  # type: ignore[assignment]  # it answers all that a Popen is asked
        self.pid = self.pgid = forked.pid  # it becomes the head of its own group
        return self.connection_info

    async def kill(self, restart: bool = False) -> None:  # noqa: FBT001, FBT002 - jupyter's
        """Kill the kernel and see it end; jupyter looks for that only every 100 ms."""
        await super().kill(restart=restart)
        if isinstance(self.process, _Forked):
            await to_thread(self.process.join, 1)

    async def cleanup(self, restart: bool = False) -> None:  # noqa: FBT001, FBT002 - jupyter's
        """Remove the sockets when the kernel is gone for good."""
        await super().cleanup(restart=restart)
        if self._sockets and not restart:
            shutil.rmtree(self._sockets, ignore_errors=True)
            self._sockets = None


def _short_folder() -> str | None:
    """The temporary folder, or /tmp where that one's path is too long for a socket."""
    chosen = tempfile.gettempdir()
    return chosen if len(os.fsencode(chosen)) < 60 else "/tmp"  # noqa: S108 - mkdtemp is private


def _obstacle(cmd: list[str], kwargs: dict[str, Any]) -> str:
    """Why this kernel cannot be forked; empty if it can."""
    if not can_fork():
        return "this system has no fork"
    if cmd[:3] != [sys.executable, "-m", "ipykernel_launcher"]:
        return f"its command is not that of this Python: {' '.join(cmd[:3])}"
    pipes = (subprocess.PIPE, subprocess.STDOUT)
    if kwargs.get("stdin") or kwargs.get("stdout") in pipes or kwargs.get("stderr") in pipes:
        return "its standard streams are piped"
    return ""


@functools.cache
def _say_cold(obstacle: str) -> None:
    """Tell of each obstacle once."""
    logging.getLogger(__name__).warning("A kernel starts cold, which takes longer: %s.", obstacle)


class _Forked:
    """What LocalProvisioner asks of a process, answered by one that was forked."""

    stdin = stdout = stderr = None

    def __init__(self, kernel: "_Kernel", stdout: Any, stderr: Any) -> None:
        warm_up()
        with Path(os.devnull).open("wb") as null:
            streams = [_descriptor(stdout, 1, null), _descriptor(stderr, 2, null)]
            # One end of a pipe that tells the exit code, and of one that takes orders.
            # The latter stays open: that it closes tells the kernel that we are gone.
            self._status, self._orders = forkserver.connect_to_new_process(streams)
        self.returncode: int | None = None
        try:
            self.pid = forkserver.read_signed(self._status)
            with os.fdopen(os.dup(self._orders), "wb") as pipe:
                pickle.dump({}, pipe)  # nothing of our main module, path and arguments
                pickle.dump(kernel, pipe)
        except BaseException:
            self._close()
            raise
        os.set_blocking(self._status, False)

    def poll(self) -> int | None:
        if self.returncode is None:
            try:
                self.returncode = forkserver.read_signed(self._status)
            except BlockingIOError:
                return None
            except EOFError:  # the server is gone, and the kernel with it
                self.returncode = 255
            self._close()
        return self.returncode

    def wait(self) -> int | None:
        self.join()
        return self.poll()

    def join(self, seconds: float | None = None) -> None:
        if self.returncode is None:
            connection.wait([self._status], seconds)

    def send_signal(self, signum: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, signum)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def _close(self) -> None:
        os.close(self._status)
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


@dataclass(frozen=True, slots=True)
class _Kernel:
    """What the forked child is sent, and what it does with it."""

    arguments: tuple[str, ...]
    env: dict[str, str]
    cwd: str
    sockets: str | None

    def _bootstrap(self, parent: int) -> int:
        """In the child, called by the server: be an ordinary kernel; give its exit code."""
        os.setsid()  # signals for the kernel's group reach it alone
        _take_streams()
        _release_server()
        threading.Thread(target=_leave_with, args=(parent, self.sockets), daemon=True).start()
        self._settle()
        _forget_changed()
        from povlib.report import kernel_app

        kernel_app.serve(list(self.arguments), debug=MEMORY not in self.env)
        # The server ends its children at once; end as the interpreter does, so that
        # what a notebook left to its end (temporary folders, say) is done.
        threading._shutdown()  # type: ignore[attr-defined]  # noqa: SLF001
        atexit._run_exitfuncs()  # noqa: SLF001
        return 0

    def _settle(self) -> None:
        """Take the place of a new process: environment, folder, arguments, random numbers."""
        import numpy as np

        os.environ.clear()
        os.environ.update(self.env)
        time.tzset()
        os.chdir(self.cwd)
        random.seed()
        np.random.seed()  # noqa: NPY002 - a forked global generator would repeat itself
        sys.argv = ["ipykernel_launcher", *self.arguments]
        paths = [path for path in self.env.get("PYTHONPATH", "").split(os.pathsep) if path]
        sys.path[:] = ["", *paths, *(path for path in sys.path if path and path not in paths)]
        tempfile.tempdir = None  # found anew in the environment
        if MEMORY in self.env and sys.platform == "linux":
            _limit(int(self.env[MEMORY]) * 1_000_000)


def _limit(size: int) -> None:
    """Bound the memory of this process beyond what it shares, and each file that it writes."""
    import resource

    # What the fork shares with its parent counts as data all the same.
    pages = int(Path("/proc/self/statm").read_text().split()[5])
    held = pages * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_DATA, (held + size, held + size))
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a kernel that dies leaves no image


def _take_streams() -> None:
    """Write to the output streams that came with the order."""
    inherited = forkserver.get_inherited_fds() or []
    for stream, descriptor in enumerate(inherited, start=1):
        os.dup2(descriptor, stream)
        os.close(descriptor)
    inherited.clear()


def _release_server() -> None:
    """Let go of the end of a pipe by which children keep the server that forked them alive."""
    server: Any = forkserver._forkserver  # noqa: SLF001 - no public way
    os.close(server._forkserver_alive_fd)  # noqa: SLF001
    server._forkserver_alive_fd = None  # noqa: SLF001


def _leave_with(parent: int, sockets: str | None) -> None:
    """Wait for the end of the process that asked for this kernel; then end all of its group."""
    os.read(parent, 1)
    if sockets:
        shutil.rmtree(sockets, ignore_errors=True)
    os.killpg(0, signal.SIGKILL)


def _forget_changed() -> None:
    """Have povlib imported anew if a file of it changed since: a restarted kernel must see it."""
    spec = importlib.util.find_spec("povlib")
    for folder in (spec and spec.submodule_search_locations) or ():
        files = (path for path in Path(folder).rglob("*.*") if path.suffix != ".pyc")
        if any(path.stat().st_mtime > _READ for path in files if path.is_file()):
            for name in [name for name in sys.modules if name.partition(".")[0] == "povlib"]:
                del sys.modules[name]
            return
