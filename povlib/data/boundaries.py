"""Boundaries of areas from a GeoJSON file, thinned for maps."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from povlib.errors import DataError

COLUMNS = ("area_code", "ring", "longitude", "latitude")
_STEPS = 600  # across a map; what lies closer together is one point to the eye


def outlines(path: Path, codes: Sequence[str]) -> pd.DataFrame:
    """
    Read the outlines of areas, as fine as a map on a page can show.

    Parameters
    ----------
    path : Path
        A FeatureCollection of polygons in degrees. The property of the features that
        holds the codes is found by the codes.
    codes : sequence of str
        Codes of the data set's areas; other features are left out.

    Returns
    -------
    outlines : DataFrame
        One row per point of a ring, in order: `area_code`, `ring` (its number within
        the file), `longitude`, `latitude` [degrees]. Rings within others are holes.

    Raises
    ------
    DataError
        If the file is no such collection, or no property holds codes of the areas.

    Examples
    --------
    >>> ring = [[105, 22], [106, 22], [106, 23], [105, 22]]
    >>> square = {
    ...     "type": "Feature",
    ...     "properties": {"ma_xa": "01906"},
    ...     "geometry": {"type": "Polygon", "coordinates": [ring]},
    ... }
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "boundaries.geojson"
    ...     _ = path.write_text(
    ...         json.dumps({"type": "FeatureCollection", "features": [square]})
    ...     )
    ...     len(outlines(path, ["01906"]))
    4
    """
    found = features(path)
    wanted = set(codes)
    name = _property_of_codes(path, found, wanted)
    rings = [
        (code, ring)
        for feature in found
        if isinstance(code := feature["properties"].get(name), str) and code in wanted
        for ring in _rings(path, code, feature.get("geometry"))
    ]
    if not rings:
        msg = f"{path.name}: the boundaries of the areas have no points"
        raise DataError(msg)
    points = np.concatenate([ring for _, ring in rings])
    step = float(np.ptp(points, axis=0).max()) / _STEPS or 1.0
    thin = [(code, _thinned(ring, step)) for code, ring in rings]
    frames = [
        pd.DataFrame(
            {"area_code": code, "ring": number, "longitude": ring[:, 0], "latitude": ring[:, 1]}
        )
        for number, (code, ring) in enumerate(thin)
        if len(ring) > 2  # fewer enclose nothing that a map shows
    ]
    if not frames:
        msg = f"{path.name}: the boundaries of the areas enclose nothing"
        raise DataError(msg)
    return pd.concat(frames, ignore_index=True)


def features(path: Path) -> list[Any]:
    """
    Return the features of a GeoJSON file.

    Parameters
    ----------
    path : Path

    Returns
    -------
    features : list of dict

    Raises
    ------
    DataError
        If it is no FeatureCollection, or an empty one.
    """
    try:
        collection = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        msg = f"{path.name}: not a GeoJSON file: {error}"
        raise DataError(msg) from None
    found = collection.get("features") if isinstance(collection, dict) else None
    if not found or not isinstance(found, list):
        msg = f"{path.name}: not a GeoJSON FeatureCollection, or without features"
        raise DataError(msg)
    return list(found)


def _property_of_codes(path: Path, found: list[Any], codes: set[str]) -> str:
    """The property in which most features name an area."""
    counts: Counter[str] = Counter()
    for feature in found:
        properties = feature.get("properties") if isinstance(feature, dict) else None
        if not isinstance(properties, dict):
            msg = f"{path.name}: a feature has no properties, so no code of an area"
            raise DataError(msg)
        counts.update(
            name for name, value in properties.items() if isinstance(value, str) and value in codes
        )
    if not counts:
        names = ", ".join(found[0]["properties"]) or "none"
        rule = f"no property holds codes of the areas, such as {min(codes)}"
        msg = f"{path.name}: {rule}; found: {names}"
        raise DataError(msg)
    return counts.most_common(1)[0][0]


def _rings(path: Path, code: str, geometry: Any) -> Iterator[np.ndarray]:
    """The rings of a polygon or of several, shape (points, 2)."""
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    if kind not in ("Polygon", "MultiPolygon"):
        msg = f"{path.name}, area {code}: a boundary is a Polygon or MultiPolygon; found {kind}"
        raise DataError(msg)
    coordinates = geometry.get("coordinates")
    try:
        for polygon in [coordinates] if kind == "Polygon" else coordinates:
            for ring in polygon:
                yield _degrees(np.array([point[:2] for point in ring], dtype=float))
    except (TypeError, ValueError, LookupError):
        msg = f"{path.name}, area {code}: coordinates are longitude and latitude in degrees"
        raise DataError(msg) from None


def _degrees(points: np.ndarray) -> np.ndarray:
    """The points, if they can be degrees; projected coordinates are metres."""
    if points.ndim != 2 or not (np.abs(points) <= [180, 90]).all():
        msg = "no degrees"
        raise ValueError(msg)
    return points


def _thinned(ring: np.ndarray, step: float) -> np.ndarray:
    """The points moved to a grid, each once where the ring goes through it."""
    cells = np.round(ring / step).astype(int)
    moved = np.any(cells != np.roll(cells, 1, axis=0), axis=1)
    moved[0] = True
    return cells[moved] * step
