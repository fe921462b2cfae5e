"""
The kept results of a scenario, read in slices: one area, its peers and the sum of all.

Every notebook reads the slice of its own area, so that the time of a report does not
grow with the number of areas.
"""

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import parquet
from pydantic import ValidationError

from povlib import digests
from povlib.data.notes import Note
from povlib.digests import Digests
from povlib.errors import DataError
from povlib.models.measurement import WHOLE
from povlib.scenario import Scenario

DIGESTS = "digests.jsonl"  # a line an area: its code, and the digests of its slice


@dataclass(frozen=True, slots=True)
class Slice:
    """
    What a report of one area reads.

    Attributes
    ----------
    scenario : Scenario
        As the data could answer it.
    area_code : str
    peers : tuple of str
        Codes of similar areas, nearest first.
    tables : dict of DataFrame
        As in `Results`, rows of the area, its peers and the whole only.
    notes : tuple of Note
    fingerprint : str
        Hash of the slice; of all that the results depend on if it is of the whole.
    """

    scenario: Scenario
    area_code: str
    peers: tuple[str, ...]
    tables: dict[str, pd.DataFrame]
    notes: tuple[Note, ...]
    fingerprint: str
    _cut: dict[tuple[str, ...], pd.DataFrame] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def own(self, name: str) -> pd.DataFrame:
        """Return the area's rows of a table."""
        return self._rows(name, [self.area_code])

    def whole(self, name: str) -> pd.DataFrame:
        """Return the rows that sum over all areas."""
        self._check_read(name)
        return self._rows(name, [WHOLE])

    def alike(self, name: str) -> pd.DataFrame:
        """Return the rows of the area's peers."""
        self._check_read(name)
        return self._rows(name, list(self.peers))

    def _check_read(self, name: str) -> None:
        if name in digests.OWN and self.area_code != WHOLE:
            msg = f"slices hold the area's own {name} alone; take it out of digests.OWN"
            raise ValueError(msg)

    def _rows(self, name: str, codes: list[str]) -> pd.DataFrame:
        """Rows of a table, cut once: a page asks for the same a dozen times."""
        asked = (name, *codes)
        if asked not in self._cut:
            frame = self.tables[name]
            self._cut[asked] = frame[frame["area_code"].isin(codes)].reset_index(drop=True)
        return self._cut[asked]


def read(kept: Path, area_code: str) -> Slice:
    """
    Read the slice of one area.

    Parameters
    ----------
    kept : Path
        The folder `results` of a scenario.
    area_code : str

    Returns
    -------
    slice_ : Slice

    Raises
    ------
    DataError
        If the results hold no such area.
    """
    peers = _read(kept, "peers", [area_code]).sort_values("distance")["peer_code"].tolist()
    mark = hashlib.sha256(_digests_of(kept, area_code)).hexdigest()
    names = _names(kept)
    codes = {name: digests.codes_read(name, area_code, peers) for name in names}
    tables = {name: _read(kept, name, codes[name]) for name in names if codes[name]}
    return _slice(kept, area_code, peers, tables, mark)


def read_all(kept: Path, *names: str) -> Slice:
    """
    Read the results of all areas, as the slice of the whole.

    Parameters
    ----------
    kept : Path
        The folder `results` of a scenario.
    *names : str
        Tables to read; all if none is named.

    Returns
    -------
    slice_ : Slice
        Its `area_code` is `*`.
    """
    frames = {name: _read(kept, name, None) for name in names or _names(kept)}
    return _slice(kept, WHOLE, [], frames, (kept / "fingerprint").read_text())


def _names(kept: Path) -> list[str]:
    return sorted(path.stem for path in kept.glob("*.parquet"))


def _slice(
    kept: Path, area_code: str, peers: list[str], frames: dict[str, pd.DataFrame], mark: str
) -> Slice:
    notes = json.loads((kept / "notes.json").read_text("utf-8"))
    return Slice(
        read_scenario(kept),
        area_code,
        tuple(peers),
        frames,
        tuple(Note(**one) for one in notes),
        mark,
    )


def area_codes(kept: Path) -> list[str]:
    """
    Return the codes of all areas of kept results.

    Parameters
    ----------
    kept : Path
        The folder `results` of a scenario.

    Returns
    -------
    area_codes : list of str
        Sorted.
    """
    return sorted(pd.read_parquet(kept / "areas.parquet", columns=["area_code"])["area_code"])


def read_scenario(kept: Path) -> Scenario:
    """
    Return the scenario of kept results, as the data could answer it.

    Parameters
    ----------
    kept : Path
        The folder `results` of a scenario.

    Returns
    -------
    scenario : Scenario

    Raises
    ------
    DataError
        If another version of povlib kept them.
    """
    text = (kept / "scenario.json").read_text("utf-8")
    try:
        return Scenario.model_validate_json(text)
    except ValidationError:
        msg = f"{kept}: results of another version of povlib; run povlib report to renew them"
        raise DataError(msg) from None


def read_digests(kept: Path) -> Digests:
    """
    Return the digests of kept results.

    Parameters
    ----------
    kept : Path
        The folder `results` of a scenario.

    Returns
    -------
    digests : dict
        Area code -> part of its slice -> digest.
    """
    lines = (kept / DIGESTS).read_text("utf-8").splitlines()
    return dict(json.loads(line) for line in lines)


def _digests_of(kept: Path, area_code: str) -> bytes:
    """The line of an area in the digests, found without reading those of a country."""
    begin = f"[{json.dumps(area_code)}, ".encode()
    with (kept / DIGESTS).open("rb") as lines:
        for line in lines:
            if line.startswith(begin):
                return line
    msg = f"area {area_code}: not an area of this data set"
    raise DataError(msg)


def _read(kept: Path, name: str, codes: list[str] | None) -> pd.DataFrame:
    """Read a table, or the rows of some areas: the parts of the file that may hold them."""
    # Threads, and the scanner behind pandas' `filters`, cost more to start than they save.
    with parquet.ParquetFile(kept / f"{name}.parquet", memory_map=True) as file:
        if codes is None:
            return file.read(use_threads=False).to_pandas(use_threads=False)
        key = file.schema_arrow.get_field_index("area_code")
        parts = [
            part
            for part in range(file.num_row_groups)
            if _may_hold(file.metadata.row_group(part).column(key).statistics, codes)
        ]
        rows = file.read_row_groups(parts, use_threads=False)
    kept_rows = rows.filter(pc.is_in(rows["area_code"], pa.array(codes, rows["area_code"].type)))
    return kept_rows.to_pandas(use_threads=False)


def _may_hold(statistics: parquet.Statistics | None, codes: list[str]) -> bool:
    """Whether a part of a file, sorted by area, may hold rows of some areas."""
    if statistics is None or not statistics.has_min_max:
        return True
    return any(statistics.min <= code <= statistics.max for code in codes)
