"""How far a run is: a bar on a terminal, plain lines elsewhere, and a log to be read later."""

import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO

from tqdm import tqdm

_LINE_EVERY = 10  # seconds


class Progress:
    """
    Tells of a run while it goes on.

    Parameters
    ----------
    total : int
        Reports to make.
    log : TextIO
        Takes one line of JSON an event.
    quiet : bool
        Whether only the log is told.
    """

    def __init__(self, total: int, log: TextIO, *, quiet: bool) -> None:
        self._log = log
        self._lines = not (quiet or sys.stderr.isatty())
        self._started = self._told = time.monotonic()
        self._bar = tqdm(total=total, unit="report", disable=quiet or self._lines)
        self._total, self._done = total, 0

    def note(self, event: str, **facts: Any) -> None:
        """Write an event to the log."""
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        entry = {"time": now, "event": event, **facts}
        self._log.write(json.dumps(entry, ensure_ascii=False) + "\n")
        self._log.flush()

    def step(self, **facts: Any) -> None:
        """Tell that a report is done."""
        self.note("report", **facts)
        self._bar.update()
        self._done += 1
        now = time.monotonic()
        if self._lines and (now - self._told > _LINE_EVERY or self._done == self._total):
            self._told = now
            rate = self._done / (now - self._started)
            left = (self._total - self._done) / rate
            line = f"{self._done} of {self._total} reports, {rate:.2f} a second, {left:.0f} s left"
            print(line, file=sys.stderr, flush=True)  # noqa: T201 - the log of who called us

    def close(self) -> None:
        """Take the bar away."""
        self._bar.close()


@contextmanager
def follow(folder: Path, total: int, *, quiet: bool) -> Iterator[Progress]:
    """Open the log of a run, `logs/<time>.jsonl` in an output folder, and follow the run."""
    logs = folder / "logs"
    logs.mkdir(exist_ok=True)
    name = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    with (logs / f"{name}.jsonl").open("a", encoding="utf-8") as log:
        progress = Progress(total, log, quiet=quiet)
        try:
            yield progress
        finally:
            progress.close()
