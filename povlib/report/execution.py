"""A notebook run in a kernel of its own, within limits of time, memory and output."""

import errno
import json
import os
import signal
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from queue import Empty
from typing import Any, Literal

import nbformat
from jupyter_client.client import KernelClient
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from papermill.iorw import load_notebook_node
from papermill.parameterize import parameterize_notebook

from povlib.report import kernels
from povlib.report.parameters import Value
from povlib.report.task import Limits

KERNEL = "povlib"
NO_ROOM = (errno.ENOSPC, errno.EFBIG, errno.EDQUOT)  # where nothing more can be written
Kind = Literal["error", "memory", "disk", "time", "output", "died", "other"]


@dataclass(frozen=True, slots=True)
class Failure:
    """
    Why a notebook did not run to its end.

    Attributes
    ----------
    kind : str
        `error` of a cell; too much `memory`, `time` or `output`; no room on the `disk`;
        a kernel that `died`; something `other`, outside of all cells.
    error : str
        In one line.
    cell : int or None
        Number of the code cell, counted from 1.
    source, trace : str
        The cell, and what Python said.
    """

    kind: Kind
    error: str
    cell: int | None = None
    source: str = ""
    trace: str = ""


class _Client(NotebookClient):
    """Runs a notebook, remembers the cell at work, and ends a kernel that says too much."""

    _ends: float = 0

    def __init__(self, notebook: NotebookNode, limits: Limits, folder: Path) -> None:
        super().__init__(
            notebook,
            kernel_name=KERNEL,
            resources={"metadata": {"path": str(folder)}},
            startup_timeout=limits.seconds,
            timeout_func=lambda _: max(self._ends - time.monotonic(), 0.01),
            shutdown_kernel="immediate",  # nothing is left in it that must be ended in order
            record_timing=False,  # the same inputs give the same notebook
            on_cell_execute=self._note_cell,
            extra_arguments=["--HistoryManager.enabled=False"],
        )
        self._seconds = limits.seconds
        self.at: int | None = None
        self.room = limits.output * 1_000_000

    async def async_start_new_kernel_client(self) -> KernelClient:
        """
        Connect to the kernel, wait until it answers, and start the clock.

        nbclient waits another 0.2 s for whatever else the kernel might say: here the
        last word is known, that it is idle after the last question.
        """
        assert self.km is not None  # noqa: S101 - nbclient's order of calls
        self.kc = self.km.client()
        try:
            self.kc.start_channels(stdin=False, hb=False, control=False)
            await self._wait_for_kernel(self.kc)
        except Exception:
            await self._async_cleanup_kernel()
            raise
        self.kc.allow_stdin = False
        self._ends = time.monotonic() + self._seconds
        return self.kc

    async def _wait_for_kernel(self, kernel: KernelClient) -> None:
        """Ask again and again, as the first answers may come before we can hear them."""
        ends = time.monotonic() + self._seconds
        while time.monotonic() < ends:
            asked = kernel.kernel_info()
            try:
                while not _is_idle(await kernel.iopub_channel.get_msg(timeout=0.3), asked):
                    pass
            except Empty:
                await self._async_check_alive()
            else:
                return
        msg = f"the kernel did not answer within {self._seconds:g} s"
        raise RuntimeError(msg)

    def _note_cell(self, cell: NotebookNode, cell_index: int) -> None:  # noqa: ARG002 - a hook
        self.at = cell_index

    def process_message(
        self, msg: dict[str, Any], cell: NotebookNode, cell_index: int
    ) -> NotebookNode | None:
        """Take a message of the kernel unless there is no room for it."""
        self.room -= _size(msg["content"])
        if self.room >= 0:
            return super().process_message(msg, cell, cell_index)
        provisioner = self.km and self.km.provisioner
        if provisioner and provisioner.pid:
            os.kill(provisioner.pid, signal.SIGKILL)
        return None

    def output(
        self,
        outs: list[NotebookNode],
        msg: dict[str, Any],
        display_id: str | None,
        cell_index: int,
    ) -> NotebookNode | None:
        """Keep what a cell shows; nbclient checks each, here all are when they are written."""
        hooks = any(self.output_hook_stack.values())  # of widgets that take what is shown
        plain = msg["msg_type"] == "display_data" and not display_id
        if not plain or hooks or self.clear_before_next_output:
            return super().output(outs, msg, display_id, cell_index)
        kept = {name: msg["content"][name] for name in ("metadata", "data")}
        outs.append(nbformat.from_dict({"output_type": "display_data"} | kept))
        return outs[-1]


def _is_idle(message: dict[str, Any], asked: str) -> bool:
    """Whether a message says that a request is done."""
    done = message["content"].get("execution_state") == "idle"
    return done and message["parent_header"].get("msg_id") == asked


def _size(content: dict[str, Any]) -> int:
    """About as many bytes as a message takes."""
    data = content.get("data") or {}
    texts = [content.get("text", ""), *(data.values() if isinstance(data, dict) else ())]
    return 100 + sum(len(text) for text in texts if isinstance(text, str))


def run(
    notebook: Path, parameters: Mapping[str, Value], *, folder: Path, limits: Limits
) -> NotebookNode | Failure:
    """
    Run a notebook and keep it as `report.ipynb`, whatever becomes of it.

    Parameters
    ----------
    notebook : Path
    parameters : mapping
        Values of its parameters.
    folder : Path
        Working folder of the kernel. Temporary files and what is said below Python go
        beside it.
    limits : Limits

    Returns
    -------
    executed : NotebookNode or Failure
        The notebook with what its cells show, or why it did not run to its end.
    """
    source = load_notebook_node(str(notebook))
    asked = parameterize_notebook(source, dict(parameters), kernel_name=KERNEL, language="python")
    client = _Client(asked, limits, folder)
    log = folder.with_name("kernel.log")
    try:
        with log.open("wb") as stream:
            client.execute(env=_environment(folder, limits), stdout=stream, stderr=stream)
    except (CellExecutionError, CellTimeoutError, DeadKernelError, RuntimeError) as caught:
        return _explain(caught, client, limits, log.read_text("utf-8", "replace")[-4000:])
    finally:
        # Without the line breaks of nbformat's own writer, which takes five times as long.
        text = json.dumps(asked, ensure_ascii=False, sort_keys=True)
        (folder / "report.ipynb").write_text(text + "\n", "utf-8")
    return asked


def _environment(folder: Path, limits: Limits) -> dict[str, str]:
    temporary = folder.with_name("tmp")
    temporary.mkdir()
    return os.environ | {"TMPDIR": str(temporary), kernels.MEMORY: str(limits.memory)}


def _explain(caught: Exception, client: _Client, limits: Limits, log: str) -> Failure:
    """Name what went wrong, and the cell at work."""
    kind, error, trace = _name(caught, client, limits)
    if client.at is None:
        return Failure(kind, error, trace=trace or log)
    code = [cell for cell in client.nb.cells[: client.at + 1] if cell.cell_type == "code"]
    return Failure(kind, error, len(code), code[-1].source, trace or log)


def _name(caught: Exception, client: _Client, limits: Limits) -> tuple[Kind, str, str]:
    match caught:
        case CellExecutionError(ename=ename, evalue=evalue, traceback=trace):
            error = " ".join(f"{ename}: {evalue}".split())
            full = evalue.startswith(tuple(f"[Errno {number}]" for number in NO_ROOM))
            memory = ename.endswith("MemoryError")
            return ("memory" if memory else "disk" if full else "error"), error, trace
        case CellTimeoutError():
            return "time", f"not done after {limits.seconds:g} s", ""
        case _ if client.room < 0:
            return "output", f"its cells show more than {limits.output} MB", ""
        case _:
            return "died", "the kernel ended by itself", ""
