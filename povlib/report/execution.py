"""A notebook run in a kernel of its own, within limits of time, memory and output."""

import errno
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import nbformat
from ipykernel.ipkernel import IPythonKernel
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbformat import NotebookNode
from papermill.iorw import load_notebook_node
from papermill.parameterize import parameterize_notebook

from povlib.report.kernel_pipe import Kernel, OutputLimitError
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
    """Runs the cells of a notebook, and puts what a kernel says of them into it."""

    at: int | None = None  # the cell at work

    def run_in(self, kernel: Kernel) -> None:
        """Run all cells; the first error ends it, unless its cell says that it is meant."""
        self.reset_execution_trackers()
        for index, cell in enumerate(self.nb.cells):
            if cell.cell_type != "code" or not cell.source.strip():
                continue
            self.at = index
            self.clear_before_next_output = False
            cell.outputs = []
            for message in kernel.run(cell.source):
                if message["msg_type"] != "execute_reply":
                    self.process_message(message, cell, index)
            meant = "raises-exception" in cell.metadata.get("tags", [])
            if message["content"]["status"] == "error" and not meant:
                raise CellExecutionError.from_cell_and_msg(cell, message["content"])
        self.set_widgets_metadata()

    def output(
        self,
        outs: list[NotebookNode],
        msg: dict[str, Any],
        display_id: str | None,
        cell_index: int,
    ) -> NotebookNode | None:
        """Keep what a cell shows; nbclient checks each, here all are when they are written."""
        kind, content = msg["msg_type"], msg["content"]
        hooks = any(self.output_hook_stack.values())  # of widgets that take what is shown
        if hooks or self.clear_before_next_output or display_id:
            return super().output(outs, msg, display_id, cell_index)
        if kind == "stream" and outs and outs[-1].get("name") == content["name"]:
            outs[-1].text += content["text"]  # when a text was passed on must not matter
        elif kind == "display_data":
            kept = {name: content[name] for name in ("metadata", "data")}
            outs.append(nbformat.from_dict({"output_type": kind} | kept))
        else:
            return super().output(outs, msg, display_id, cell_index)
        return outs[-1]


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
    asked.metadata["language_info"] = IPythonKernel.language_info
    client = _Client(asked, record_timing=False)  # the same inputs give the same notebook
    log, temporary = folder.with_name("kernel.log"), folder.with_name("tmp")
    log.touch()
    temporary.mkdir()
    try:
        kernel = Kernel(os.environ | {"TMPDIR": str(temporary)}, folder, log, limits)
        try:
            client.run_in(kernel)
        finally:
            kernel.end()
    except (CellExecutionError, TimeoutError, EOFError, OutputLimitError) as caught:
        return _explain(caught, client, limits, _end(log))
    finally:
        # Without the line breaks of nbformat's own writer, which takes five times as long.
        text = json.dumps(asked, ensure_ascii=False, sort_keys=True)
        (folder / "report.ipynb").write_text(text + "\n", "utf-8")
    return asked


def _end(log: Path) -> str:
    """The last that was written below Python; all of it may be as large as a file may be."""
    with log.open("rb") as file:
        file.seek(max(log.stat().st_size - 4000, 0))
        return file.read().decode("utf-8", "replace")


def _explain(caught: Exception, client: _Client, limits: Limits, log: str) -> Failure:
    """Name what went wrong, and the cell at work."""
    kind, error, trace = _name(caught, limits)
    if client.at is None:
        return Failure(kind, error, trace=trace or log)
    code = [cell for cell in client.nb.cells[: client.at + 1] if cell.cell_type == "code"]
    return Failure(kind, error, len(code), code[-1].source, trace or log)


def _name(caught: Exception, limits: Limits) -> tuple[Kind, str, str]:
    match caught:
        case CellExecutionError(ename=ename, evalue=evalue, traceback=trace):
            error = " ".join(f"{ename}: {evalue}".split())
            full = evalue.startswith(tuple(f"[Errno {number}]" for number in NO_ROOM))
            memory = ename.endswith("MemoryError")
            return ("memory" if memory else "disk" if full else "error"), error, trace
        case TimeoutError():
            return "time", f"not done after {limits.seconds:g} s", ""
        case OutputLimitError():
            return "output", f"its cells show more than {limits.output} MB", ""
        case _:
            return "died", "the kernel ended by itself", ""
