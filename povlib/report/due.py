"""Which reports are due: what each depends on, held against what it was made from."""

import hashlib
import importlib.metadata
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from povlib.digests import Digests
from povlib.models.measurement import WHOLE
from povlib.report import manifest, task
from povlib.report.manifest import Record
from povlib.report.parameters import Value
from povlib.report.task import OF_THE_WHOLE
from povlib.scenario import languages

Parts = dict[tuple[str, str], dict[str, str]]

_PACKAGE = Path(__file__).resolve().parents[1]
_REPORT = _PACKAGE / "report"
# Other versions of these may draw other figures or write other bytes.
_PACKAGES = (
    *("babel", "fontpkg-be-vietnam-pro", "fonttools", "jinja2", "matplotlib", "mistune"),
    *("numpy", "pandas", "seaborn", "typst", "pikepdf", "xlsxwriter"),
)


@dataclass(frozen=True, slots=True)
class Due:
    """
    Whether a report is to be made.

    Attributes
    ----------
    area_code, language : str
    reason : str
        Why, in English; empty if the report is up to date.
    has_failed : bool
        Whether the last attempt failed.
    """

    area_code: str
    language: str
    reason: str
    has_failed: bool


def parts(
    notebook: Path,
    parameters: Mapping[str, Value],
    digests: Digests,
    beside: Callable[[str], Iterable[str]] = lambda _: (),
) -> Parts:
    """
    Digest everything that each report depends on.

    Parameters
    ----------
    notebook : Path
    parameters : mapping
        The notebook's further parameters, see `parameters.resolve`.
    digests : dict
        Digests of the slices, see `slices.read_digests`.
    beside : callable
        Area code -> languages of its reports, to which each of them has a link.

    Returns
    -------
    parts : dict
        (area code, language) -> part -> digest: the notebook, its parameters, the
        words of the language, the templates, povlib itself, the packages that draw,
        each part of the slice, and the `languages` beside it.
    """
    shared = of_code()
    own = {
        "notebook": _of_files([notebook]),
        "parameters": _of_text(json.dumps(parameters, sort_keys=True)),
    }
    whole = {"notebook": _of_files([OF_THE_WHOLE]), "parameters": _of_text("{}")}
    return {
        (code, language): (whole if code == WHOLE else own)
        | shared
        | {"language": _of_files([_REPORT / "locale" / f"{language}.po"])}
        | {f"results: {name}": digest for name, digest in of_slice.items()}
        | {"languages": " ".join(beside(code))}
        for language in languages()
        for code, of_slice in digests.items()
    }


@cache
def of_code() -> dict[str, str]:
    """Digest what is installed: povlib, its templates and the packages that draw."""
    return {
        "povlib": _of_files(sorted(_PACKAGE.rglob("*.py"))),
        "template": _of_files(sorted((_REPORT / "templates").iterdir())),
        "packages": _of_text(" ".join(map(importlib.metadata.version, _PACKAGES))),
    }


def _of_text(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _of_files(paths: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for path in paths:
        digest.update(hashlib.sha256(path.name.encode() + path.read_bytes()).digest())
    return digest.hexdigest()[:16]


def languages_of(folder: Path, area_code: str, asked: Iterable[str]) -> tuple[str, ...]:
    """Return the languages in which an area's report is asked for or there already, sorted."""
    there = {
        language
        for language in languages()
        if (task.place(folder, area_code, language) / manifest.RECORD).is_file()
    }
    return tuple(sorted(there | set(asked)))


def find(folder: Path, wanted: Iterable[tuple[str, str]], now: Parts) -> Iterator[Due]:
    """
    Say of each wanted report whether it is due, and why.

    Parameters
    ----------
    folder : Path
        Output folder of the scenario.
    wanted : iterable of tuple
        Area code and language of each.
    now : dict
        See `parts`.

    Yields
    ------
    due : Due
    """
    for area_code, language in wanted:
        place = task.place(folder, area_code, language)
        record = manifest.read_record(place)
        reason = _reason(place, record, now[area_code, language])
        yield Due(area_code, language, reason, record is not None and record.status == "failed")


def _reason(place: Path, record: Record | None, now: dict[str, str]) -> str:
    if record is None:
        return "not made yet"
    if record.status == "failed":
        return f"failed before: {record.error}"
    for name, made in record.files.items():
        path = place / name
        if not path.is_file() or path.stat().st_size != made["bytes"]:
            return f"{name} is missing or damaged"
    changed = [name for name in {**record.parts, **now} if record.parts.get(name) != now.get(name)]
    return f"changed: {', '.join(changed)}" if changed else ""
