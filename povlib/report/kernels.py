"""
A kernel that starts warm: forked from a process that has already imported everything.

Importing pandas, seaborn and the rest costs seconds in every kernel; forking a
process that holds them costs a tenth. Each kernel is a process of its own all the
same: nothing that a notebook does reaches another. Where there is no fork (Windows)
the ordinary kernel starts instead.
"""

import multiprocessing
import os
import random
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import forkserver
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from types import ModuleType
from typing import Any

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.provisioning.local_provisioner import LocalProvisioner

PRELOAD = "povlib.report.preload"


def can_fork() -> bool:
    """Whether this system can fork warm kernels."""
    return "forkserver" in multiprocessing.get_all_start_methods()


def warm_up() -> None:
    """Start the process to fork from, so that it imports while the caller goes on."""
    if can_fork():
        multiprocessing.get_context("forkserver").set_forkserver_preload([PRELOAD])
        with _without_main():
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
        return await super().pre_launch(**kwargs)

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        """Fork the kernel; `cmd` is the command line of an ordinary one."""
        if not can_fork():
            self.log.warning("No fork on this system: the kernel starts cold.")
            return await super().launch_kernel(cmd, **kwargs)
        warm_up()
        arguments = cmd[cmd.index("-m") + 2 :] if "-m" in cmd else cmd[1:]
        forked = _Forked(arguments, kwargs["env"], kwargs.get("cwd") or str(Path.cwd()))
        self.process = forked  # type: ignore[assignment]  # it answers all that a Popen is asked
        self.pid = self.pgid = forked.pid  # it becomes the head of its own group
        self.cwd = kwargs.get("cwd")
        return self.connection_info

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


class _Forked:
    """What LocalProvisioner asks of a process, answered by one that was forked."""

    stdin = stdout = stderr = None

    def __init__(self, arguments: list[str], env: dict[str, str], cwd: str) -> None:
        context = multiprocessing.get_context("forkserver")
        # A daemon is ended, not waited for, when the parent leaves in an orderly way.
        self._process: ForkServerProcess = context.Process(
            target=_run_kernel, args=(arguments, env, cwd), daemon=True
        )
        with _without_main():
            self._process.start()
        self.pid = self._process.pid

    def poll(self) -> int | None:
        return self._process.exitcode

    def wait(self) -> int | None:
        self._process.join()
        return self._process.exitcode

    def send_signal(self, signum: int) -> None:
        if self.pid is not None and self.poll() is None:
            os.kill(self.pid, signum)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)


@contextmanager
def _without_main() -> Iterator[None]:
    """Hide the main module: a forked child would import it again, whatever it is."""
    main = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main


def _release_server() -> None:
    """Let go of the end of a pipe by which children keep the server that forked them alive."""
    server: Any = forkserver._forkserver  # noqa: SLF001 - no public way
    if server._forkserver_alive_fd is not None:  # noqa: SLF001
        os.close(server._forkserver_alive_fd)  # noqa: SLF001
        server._forkserver_alive_fd = None  # noqa: SLF001


def _run_kernel(arguments: list[str], env: dict[str, str], cwd: str) -> None:
    """In the child: become an ordinary kernel."""
    import numpy as np
    from ipykernel.kernelapp import IPKernelApp

    os.setsid()  # signals for the kernel's group reach it alone
    _release_server()
    multiprocessing.current_process()._config["daemon"] = False  # type: ignore[attr-defined]  # noqa: SLF001 - notebooks may start processes
    os.environ.clear()
    os.environ.update(env)
    os.chdir(cwd)
    random.seed()
    np.random.seed()  # noqa: NPY002 - a forked global generator would repeat itself
    sys.argv = ["ipykernel_launcher", *arguments]
    if not sys.path or sys.path[0] != "":
        sys.path.insert(0, "")
    # The kernel leaves when its parent does; the parent it sees is the server that
    # forked it, which leaves with the process that started the kernel.
    app = IPKernelApp.instance(parent_handle=os.getppid())
    app.initialize(arguments)
    # pyplot was imported before this shell was there, so it must be told of it.
    app.shell.enable_matplotlib("inline")
    app.start()
