"""What runs in a forked kernel: ipykernel's application, less what would cost every report time."""

import os
import sys
from types import ModuleType
from typing import Any

from ipykernel import debugger, ipkernel
from ipykernel.iostream import OutStream
from ipykernel.kernelapp import IPKernelApp


class Stream(OutStream):
    """An output stream that has nobody wait where nothing was written."""

    def flush(self) -> None:
        """Send what was written; a flush waits for another thread, and each display flushes."""
        # What is shown passes that thread too, so the order stays.
        if self._buffers or self.echo is not None:
            super().flush()


class _FewModules(ModuleType):
    """The module `sys` for ipykernel, with no modules to be gone through."""

    modules: dict[str, ModuleType] = {}  # noqa: RUF012 - not an instance's

    def __getattr__(self, name: str) -> Any:
        return getattr(sys, name)


def serve(arguments: list[str], *, debug: bool) -> None:
    """
    Run the kernel until it is shut down.

    Parameters
    ----------
    arguments : list of str
        Of its command line.
    debug : bool
        Whether a debugger may be attached. For its sake ipykernel asks all modules for
        their files, and memory that forked kernels share is copied for that.
    """
    if not debug:
        debugger._is_debugpy_available = False  # noqa: SLF001 - no public way
        ipkernel.sys = _FewModules("sys")
    # It also leaves when the server that forked it does: nobody could tell its exit code.
    app = IPKernelApp.instance(
        parent_handle=os.getppid(), outstream_class=f"{__name__}.{Stream.__name__}"
    )
    app.initialize(arguments)
    # pyplot was imported before this shell was there, so it must be told of it.
    app.shell.enable_matplotlib("inline")
    app.start()
