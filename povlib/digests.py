"""Digests of slices: whether what a report reads has changed, without reading it."""

import hashlib
from collections.abc import Iterable, Mapping

import pandas as pd

from povlib.models.measurement import WHOLE

Digests = dict[str, dict[str, str]]

# Tables of which a report reads its own area's rows alone; of the others it also reads
# the rows of similar areas and the sums over all.
OWN = frozenset(
    {"actions", "causes", "changes", "children", "disbursement", "ethnicities", "finance"}
) | {
    "alternatives",
    "assigned",
    "findings",
    "flows",
    "groups",
    "ranks",
    "programmes",
    "projection",
}

# Tables that only the report of the whole and the index read.
OF_THE_WHOLE = frozenset({"outlines"})


def codes_read(name: str, area_code: str, peers: Iterable[str]) -> list[str]:
    """
    Return the codes whose rows of a table the report of an area reads.

    Parameters
    ----------
    name : str
        Table.
    area_code : str
    peers : iterable of str
        Codes of similar areas.

    Returns
    -------
    codes : list of str
    """
    if name in OF_THE_WHOLE:
        return []
    return [area_code] if name in OWN else [area_code, WHOLE, *peers]


def of_slices(tables: Mapping[str, pd.DataFrame]) -> Digests:
    """
    Return the digest of every table in every area's slice.

    Parameters
    ----------
    tables : mapping of DataFrame
        See `results.Results`.

    Returns
    -------
    digests : dict
        Area code -> table -> hexadecimal digest; equal rows in equal order have equal
        digests. `*` is the slice of the whole, which holds all rows; a single area has
        none beside it, nor have areas of which none was reviewed every year.
    """
    rows = {name: _bytes_by_code(frame) for name, frame in sorted(tables.items())}
    peers = tables["peers"].groupby("area_code")["peer_code"].agg(list).to_dict()
    found = {
        code: {
            name: _digest(
                of_code.get(one, b"") for one in codes_read(name, code, peers.get(code, ()))
            )
            for name, of_code in rows.items()
        }
        for code in tables["areas"]["area_code"]
    }
    if len(found) > 1 and WHOLE in rows["status"]:
        found[WHOLE] = {name: _digest(of_code.values()) for name, of_code in rows.items()}
    return found


def _bytes_by_code(frame: pd.DataFrame) -> dict[str, bytes]:
    """The hashes of each area's rows, in their order."""
    hashes = pd.util.hash_pandas_object(frame, index=False).to_numpy()
    return {
        str(code): hashes[positions].tobytes()
        for code, positions in frame.groupby("area_code").indices.items()
    }


def _digest(parts: Iterable[bytes]) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8) + part)
    return digest.hexdigest()[:16]
