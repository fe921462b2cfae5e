"""
A kernel that starts warm: what JupyterLab, Papermill and nbclient use.

It is forked from a process that has imported everything, see `forks`. Where there is
no fork (Windows), or that process cannot be had, the ordinary kernel starts instead.
"""

import atexit
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from asyncio import to_thread
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import zmq
from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.provisioning.local_provisioner import LocalProvisioner

from povlib.report import forks


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
        if manager is not None and forks.can_fork() and self._sockets is None:
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
        forks.say_cold(obstacle)
        return await super().launch_kernel(cmd, **kwargs)

    def _fork(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        self.cwd = kwargs.get("cwd") or str(Path.cwd())
        env = kwargs["env"] | {"JPY_PARENT_PID": str(os.getpid())}
        kernel = _Kernel(env, str(self.cwd), tuple(cmd[3:]), self._sockets)
        forked = forks.Forked(kernel, kwargs.get("stdout"), kwargs.get("stderr"))
        self.process = forked  # type: ignore[assignment]  # it answers all that a Popen is asked
        self.pid = self.pgid = forked.pid  # it becomes the head of its own group
        return self.connection_info

    async def kill(self, restart: bool = False) -> None:  # noqa: FBT001, FBT002 - jupyter's
        """Kill the kernel and see it end; jupyter looks for that only every 100 ms."""
        await super().kill(restart=restart)
        if isinstance(self.process, forks.Forked):
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
    if not forks.can_fork():
        return "this system has no fork"
    if cmd[:3] != [sys.executable, "-m", "ipykernel_launcher"]:
        return f"its command is not that of this Python: {' '.join(cmd[:3])}"
    pipes = (subprocess.PIPE, subprocess.STDOUT)
    if kwargs.get("stdin") or kwargs.get("stdout") in pipes or kwargs.get("stderr") in pipes:
        return "its standard streams are piped"
    return ""


@dataclass(frozen=True, slots=True)
class _Kernel(forks.Child):
    """An ordinary kernel once it is forked."""

    arguments: tuple[str, ...]
    sockets: str | None

    def serve(self, passed: list[int]) -> None:  # noqa: ARG002 - it is given nothing more
        from ipykernel.kernelapp import IPKernelApp

        sys.argv += self.arguments
        # It also leaves when the server that forked it does: nobody could tell its exit code.
        app = IPKernelApp.instance(parent_handle=os.getppid())
        app.initialize(list(self.arguments))
        # pyplot was imported before this shell was there, so it must be told of it.
        app.shell.enable_matplotlib("inline")
        app.start()
        # The server ends its children at once; end as the interpreter does, so that
        # what a notebook left to its end (temporary folders, say) is done.
        threading._shutdown()  # type: ignore[attr-defined]  # noqa: SLF001
        atexit._run_exitfuncs()  # noqa: SLF001

    def abandon(self) -> None:
        if self.sockets:
            shutil.rmtree(self.sockets, ignore_errors=True)
