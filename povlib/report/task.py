"""A report to make, what it may take, and what became of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from povlib.models.measurement import WHOLE
from povlib.report.parameters import Value
from povlib.scenario import PROJECT

NOTEBOOK = PROJECT / "notebooks" / "04-commune-report.ipynb"
OF_THE_WHOLE = PROJECT / "notebooks" / "05-province-report.ipynb"
INDEX = "index.html"
WHOLE_FOLDER = "whole"  # of the report of all areas together; no area may be named so


def index_name(language: str) -> str:
    """Return the file of the index in a language; `index.html` is a copy of the first one's."""
    return f"index-{language}.html"


def place(folder: Path, area_code: str, language: str) -> Path:
    """Return the folder of a report's files; the whole has a name that a folder can bear."""
    return folder / (WHOLE_FOLDER if area_code == WHOLE else area_code) / language


@dataclass(frozen=True, slots=True)
class Limits:
    """
    What one report may take.

    Attributes
    ----------
    seconds : float
        Of all its cells together; also until its kernel answers.
    memory : int
        Of the kernel, beyond what it shares with others; also the size of the largest
        file that it may write. [MB]
    output : int
        Text and figures that its cells show. [MB]
    """

    seconds: float = 300
    memory: int = 2000
    output: int = 20


@dataclass(frozen=True, slots=True)
class Task:
    """
    A report to make.

    Attributes
    ----------
    folder : Path
        Output folder of the scenario, with its results.
    area_code, language : str
        Whose report, `*` for that of all areas together, in which language.
    notebook : Path
    values : mapping
        Its further parameters.
    parts : dict of str
        What the report depends on, for its record; see `due.parts`.
    limits : Limits
    languages : tuple of str
        Those in which the same report is there, its own among them.
    """

    folder: Path
    area_code: str
    language: str
    notebook: Path = NOTEBOOK
    values: Mapping[str, Value] = field(default_factory=dict)
    parts: dict[str, str] = field(default_factory=dict)
    limits: Limits = field(default_factory=Limits)
    languages: tuple[str, ...] = ()

    @property
    def place(self) -> Path:
        """Folder of the report's files."""
        return place(self.folder, self.area_code, self.language)


@dataclass(frozen=True, slots=True)
class Outcome:
    """
    What became of a task.

    Attributes
    ----------
    area_code, language : str
    seconds : float
    error : str
        Empty when the report is there; else what went wrong, in one line.
    status : str
        `made`, `failed`, `unchanged` (up to date already) or `stopped` (not begun).
    """

    area_code: str
    language: str
    seconds: float
    error: str
    status: Literal["made", "failed", "unchanged", "stopped"]
