"""What the measurements of batches share: a run with all its processes, and a page of results."""

import json
import os
import platform
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import psutil

BIN = Path(sys.executable).parent
# Runs a command and says what processor time it took with all that it started: what a
# command leaves behind (the process that kernels are forked from) comes to this one.
_COUNTED = """
import ctypes, os, resource, subprocess, sys
ctypes.CDLL(None).prctl(36, 1)
subprocess.call(sys.argv[1:])
while True:
    try:
        os.wait()
    except ChildProcessError:
        break
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(used.ru_utime + used.ru_stime)
"""


@dataclass(frozen=True, slots=True)
class Cost:
    """What a run took, in seconds; what it said; when it held how much memory, in MB."""

    wall: float
    processor: float
    said: str = ""
    memory: tuple[tuple[float, float], ...] = ()

    def by(self, reports: int) -> "Cost":
        """The cost of one of so many reports."""
        return Cost(self.wall / reports, self.processor / reports)


def run_report(asked: list[object]) -> Cost:
    """Run `povlib report`."""
    command = [str(BIN / "povlib"), "report", "--quiet", *map(str, asked)]
    started = time.perf_counter()
    run = psutil.Popen(
        [sys.executable, "-c", _COUNTED, *command], stdout=subprocess.PIPE, text=True
    )
    held = []
    while run.poll() is None:
        now = time.perf_counter()
        held.append((time.time(), _memory(run)))
        # To look at the memory of a dozen processes costs tens of milliseconds.
        time.sleep(max(0.5, 50 * (time.perf_counter() - now)))
    seconds = time.perf_counter() - started
    *said, processor = run.stdout.read().splitlines()
    return Cost(seconds, float(processor), " ".join(said).partition(": ")[0], tuple(held))


def events(output: Path) -> list[dict[str, Any]]:
    """What the latest run in a scenario's output folder noted, each `at` its second."""
    log = max((output / "logs").iterdir())
    noted = [json.loads(line) for line in log.read_text("utf-8").splitlines()]
    return [one | {"at": datetime.fromisoformat(one["time"]).timestamp()} for one in noted]


def _memory(run: psutil.Process) -> float:
    """Memory of a process and all below it; what they share is counted once; in MB."""
    total = 0
    for process in (run, *run.children(recursive=True)):
        try:
            total += process.memory_full_info().pss
        except psutil.Error:  # it has ended
            continue
    return total / 1e6


class Page:
    """Results as they come: printed, and written to a page of Markdown."""

    def __init__(self, name: str, title: str) -> None:
        self._place = Path(__file__).with_name(name)
        self._text = f"# {title}\n\n"

    def say(self, text: str) -> None:
        """Add a line or more."""
        print(text, flush=True)
        self._text += f"{text}\n"
        self._place.write_text(self._text.rstrip() + "\n", "utf-8")


def machine(program: str) -> str:
    """Where and how it is measured."""
    load = os.getloadavg()[0]
    return (
        f"`python bench/{program}` on {platform.machine()}, {os.cpu_count()} processors, Python"
        f" {platform.python_version()}. **Others were using {load:.1f} processors when it began**:"
        " seconds on the clock are longer by that, seconds of processor time by less; compare"
        " ways of the same table.\n"
    )
