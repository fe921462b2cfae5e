"""
The results of a scenario, kept beside its reports: computed once, known by a fingerprint.

They are Parquet tables, with digests that tell which slices of them changed.
"""

import ctypes
import hashlib
import json
import os
import tempfile
from dataclasses import asdict
from importlib import metadata
from pathlib import Path

import pyarrow as pa

from povlib import digests
from povlib.data import folders
from povlib.digests import Digests
from povlib.results import Results, check_areas, compute
from povlib.scenario import Scenario
from povlib.slices import DIGESTS, area_codes, read_digests

_PACKAGES = ("numpy", "pandas", "scipy", "statsmodels", "diff-diff")
# A slice reads the parts of a table that may hold its rows: small ones are read faster, but
# many take long to look through.
_FEWEST, _PARTS = 1000, 64  # rows of a part, parts of a table


def prepare(scenario: Scenario, folder: Path) -> Path:
    """
    Compute the results of a scenario unless the kept ones are of the same inputs.

    Parameters
    ----------
    scenario : Scenario
    folder : Path
        Output folder of the scenario; results go to its folder `results`.

    Returns
    -------
    kept : Path
        The folder `results`.

    Raises
    ------
    DataError
        As `compute`; nothing is written then.
    """
    kept = folder / "results"
    mark = fingerprint(scenario)
    if _is_of(kept, mark):
        check_areas(scenario, area_codes(kept))
        return kept
    results = compute(scenario)
    folder.mkdir(parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(prefix=f"{folders.ASIDE}-", dir=folder))
    for name, frame in results.tables.items():
        # A table without rows must still know that its codes are text. By area and in
        # parts, so that a slice is read without passing over the rest.
        typed = frame.astype({"area_code": "str"}).sort_values("area_code", kind="stable")
        rows = max(_FEWEST, -(-len(typed) // _PARTS))
        typed.to_parquet(aside / f"{name}.parquet", index=False, row_group_size=rows)
    (aside / "scenario.json").write_text(results.scenario.model_dump_json(), "utf-8")
    (aside / "notes.json").write_text(
        json.dumps([asdict(note) for note in results.notes], ensure_ascii=False), "utf-8"
    )
    lines = [json.dumps(of_area) + "\n" for of_area in _digests(results).items()]
    (aside / DIGESTS).write_text("".join(lines), "utf-8")
    (aside / "fingerprint").write_text(mark)
    aside.chmod(0o755)  # mkdtemp's folders are the owner's alone; all may read the results
    folders.put(aside, kept)
    del results
    _give_back()
    return kept


def _give_back() -> None:
    """Return what the models took to the system: this process stays while reports are made."""
    pa.default_memory_pool().release_unused()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if os.name == "posix" else None
    if trim:
        trim(0)


def are_kept(scenario: Scenario, folder: Path) -> bool:
    """
    Say whether a folder holds the results of a scenario, so that `prepare` computes nothing.

    Parameters
    ----------
    scenario : Scenario
    folder : Path
        Output folder of the scenario.

    Returns
    -------
    kept : bool
    """
    return _is_of(folder / "results", fingerprint(scenario))


def preview(scenario: Scenario, folder: Path) -> Digests:
    """
    Return the digests that `prepare` would keep, and keep nothing.

    Parameters
    ----------
    scenario : Scenario
    folder : Path
        Output folder of the scenario.

    Returns
    -------
    digests : dict
        As `read_digests`.

    Raises
    ------
    DataError
        As `compute`.
    """
    kept = folder / "results"
    if _is_of(kept, fingerprint(scenario)):
        check_areas(scenario, area_codes(kept))
        return read_digests(kept)
    return _digests(compute(scenario))


def _is_of(kept: Path, mark: str) -> bool:
    """Whether kept results are of the inputs with this fingerprint."""
    path = kept / "fingerprint"
    return path.is_file() and path.read_text() == mark


def _digests(results: Results) -> Digests:
    """Digests of every area's slice; what all slices share is in each of them."""
    own = {"folder", "areas", "languages", "data"}
    scenario = results.scenario.model_dump_json(exclude=own)
    notes = json.dumps([asdict(note) for note in results.notes])
    shared = {
        "scenario": hashlib.sha256(scenario.encode()).hexdigest()[:16],
        "notes": hashlib.sha256(notes.encode()).hexdigest()[:16],
    }
    slices = digests.of_slices(results.tables)
    return {code: shared | of_tables for code, of_tables in slices.items()}


def fingerprint(scenario: Scenario) -> str:
    """
    Return the hash of all that the results depend on.

    That is the scenario without its place, the bytes of the data, the source of
    povlib's data and models, and the packages that compute.

    Parameters
    ----------
    scenario : Scenario

    Returns
    -------
    mark : str
        64 hexadecimal digits (SHA-256).

    Examples
    --------
    >>> from povlib import scenario
    >>> case = scenario.load("smoke")
    >>> fingerprint(case) == fingerprint(case.model_copy(update={"areas": []}))
    True
    >>> fingerprint(case) == fingerprint(case.model_copy(update={"seed": 1}))
    False
    """
    digest = hashlib.sha256(
        scenario.model_dump_json(exclude={"folder", "areas", "languages"}).encode()
    )
    package = Path(__file__).parent
    sources = [
        package / "results.py",
        package / "store.py",
        package / "outlook.py",
        package / "digests.py",
        *package.glob("data/*"),
        *package.glob("models/*.py"),
    ]
    before = scenario.previous_path()
    earlier = [] if before is None else [before / "fingerprint"]
    outlines = scenario.boundaries_path()
    maps = [] if outlines is None else [outlines]
    versions = [f"{name} {metadata.version(name)}" for name in _PACKAGES]
    digest.update(" ".join(versions).encode())
    for path in sorted(sources) + _data_files(scenario.data_path()) + maps + earlier:
        if path.is_file():
            digest.update(path.name.encode())
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def _data_files(path: Path | None) -> list[Path]:
    if path is None:
        return []
    return sorted(path.iterdir()) if path.is_dir() else [path]
