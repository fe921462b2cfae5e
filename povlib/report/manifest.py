"""What became of every report: a record beside each, and the manifest of all."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from povlib.data import files
from povlib.report.task import Outcome

RECORD = "record.json"
_MANIFEST = "manifest.json"
Status = Literal["made", "failed"]


@dataclass(frozen=True, slots=True)
class Record:
    """
    What a report was made from and of what it consists.

    Attributes
    ----------
    area_code, language : str
    seconds : float
    error : str
        What went wrong, in one line; empty if nothing did.
    status : str
        `made` or `failed`.
    parts : dict of str
        Everything that the report depends on -> digest.
    files : dict
        Name of each file -> `bytes`, `sha256`.
    """

    area_code: str
    language: str
    seconds: float
    error: str
    status: Status
    parts: dict[str, str]
    files: dict[str, dict[str, Any]]

    @property
    def fingerprint(self) -> str:
        """One digest of all that the report depends on."""
        return hashlib.sha256(json.dumps(self.parts, sort_keys=True).encode()).hexdigest()


def digest_files(folder: Path) -> dict[str, dict[str, Any]]:
    """Return the size and digest of every file in a folder, by name."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    contents = {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}
    return {
        name: {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        for name, content in contents.items()
    }


def write_record(record: Record, folder: Path) -> None:
    """Write a record beside its report."""
    text = json.dumps(asdict(record), ensure_ascii=False, indent=1)
    (folder / RECORD).write_text(text, "utf-8")


def read_record(folder: Path) -> Record | None:
    """Return the record of a report's folder; None if there is none that can be read."""
    try:
        return Record(**json.loads((folder / RECORD).read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def collect(
    folder: Path, parts: Mapping[tuple[str, str], dict[str, str]], outcomes: Iterable[Outcome]
) -> dict[str, Any]:
    """
    Collect the records of all reports of a scenario.

    Parameters
    ----------
    folder : Path
        Output folder of the scenario.
    parts : mapping
        (area code, language) -> what a report made now would depend on.
    outcomes : iterable of Outcome
        Of this run; a failure that could leave no record is taken from here.

    Returns
    -------
    entries : dict
        `<area_code>/<language>` -> the record with its fingerprint; the status of a
        report made from other inputs is `outdated`.
    """
    failed = [one for one in outcomes if one.status == "failed"]
    entries = {f"{one.area_code}/{one.language}": asdict(one) for one in failed}
    for path in sorted(folder.glob(f"*/*/{RECORD}")):
        record = read_record(path.parent)
        if record is None:
            continue
        entry = asdict(record) | {"fingerprint": record.fingerprint}
        del entry["parts"]
        now = parts.get((record.area_code, record.language))
        if record.status == "made" and (now is None or _content(now) != _content(record.parts)):
            entry["status"] = "outdated"
        entries[f"{record.area_code}/{record.language}"] = entry
    return dict(sorted(entries.items()))


def _content(parts: dict[str, str]) -> dict[str, str]:
    """What a report says; a link to another language that came later makes it no older."""
    return {name: digest for name, digest in parts.items() if name != "languages"}


def save(folder: Path, entries: Mapping[str, Any]) -> bool:
    """Write the manifest of a scenario; return whether it says anything new."""
    path = folder / _MANIFEST
    text = json.dumps(entries, ensure_ascii=False, indent=1)
    if path.is_file() and path.read_text("utf-8") == text:
        return False
    files.write_text(path, text)
    return True


def read(folder: Path) -> dict[str, Any]:
    """Return the manifest of a scenario as it was saved; nothing where none was."""
    path = folder / _MANIFEST
    entries: dict[str, Any] = json.loads(path.read_text("utf-8")) if path.is_file() else {}
    return entries
