"""Areas that changed: old records carried to new communes; and who borders on whom."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from povlib.data import boundaries, crosswalks, tables
from povlib.errors import DataError

_KEYS = list(dict.fromkeys(name for key in tables.KEYS.values() for name in key))
_CARRIED = ["whole", "households", "equal", "incomplete"]  # from sure to unsure


def harmonise(
    records: pd.DataFrame, crosswalk: pd.DataFrame, *, leave_out_unlinked: bool = False
) -> pd.DataFrame:
    """
    Carry the counts of old areas to the areas that they became part of.

    Rates are not carried: they are made anew from the counts.

    Parameters
    ----------
    records : DataFrame
        One row per key of a table with counts (`review`, `flows`, `deprivations`,
        ...); its key, counts and perhaps `vintage` and `provenance`, no other columns.
    crosswalk : DataFrame
        One row per `old_code`, `new_code`, perhaps with `households` and `partial`;
        see `crosswalks.check`.
    leave_out_unlinked : bool
        Whether to leave out records of areas without a link, instead of refusing them.

    Returns
    -------
    carried : DataFrame
        One row per key with the new `area_code`, sorted. Every known count of an old
        area is divided among its links without a household lost or gained. A count is
        missing if it, or the record, is missing for any part of the new area.
        `provenance` names all its parts'; `vintage` is preliminary if a part's is.
        `carried` says how the least sure part came: `whole`; by `households` of
        the links; in `equal` parts, for want of households; or `incomplete`: whole,
        though the crosswalk says that a part went elsewhere and not where.

    Raises
    ------
    DataError
        If a record has no link, is there twice, or has a negative count; or a column
        is neither key nor count.

    Notes
    -----
    Divided areas are taken to be alike in all their parts: each has the rate of the
    old area. Counts are divided by the method of Sainte-Lague, under which no part of
    a smaller count exceeds the same part of a larger: poor households stay among all
    households. Largest remainders do not promise that for three links and more. Sums
    of two counts, or the equation of the flows, may miss by a household a part.

    References
    ----------
    Balinski and Young (2001), Fair representation, chapters 9 and 10.

    Examples
    --------
    >>> records = pd.DataFrame(
    ...     {"area_code": ["a", "b"], "year": 2024, "poor_households": [5, 3]}
    ... )
    >>> crosswalk = pd.DataFrame({"old_code": ["a", "b", "b"], "new_code": ["x", "x", "y"]})
    >>> harmonise(records, crosswalk)[["area_code", "poor_households", "carried"]]
      area_code  poor_households carried
    0         x                7   equal
    1         y                1   equal
    """
    links = crosswalks.check(crosswalk)
    keys, counts = _roles(records)
    linked = records["area_code"].isin(links["old_code"])
    if not (linked.all() or leave_out_unlinked):
        codes = sorted(records.loc[~linked, "area_code"].astype(str).unique())
        msg = (
            f"records of areas without a link in the crosswalk: {', '.join(codes[:10])}"
            f" ({len(codes)} in all)"
        )
        raise DataError(msg)
    whole = records[linked].astype(dict.fromkeys(counts, "Int64"))
    parts = _divide(whole, links, counts).rename(columns={"new_code": "area_code"})
    by_key = parts.groupby(keys, sort=True)
    carried = by_key[counts].sum(skipna=False)
    parts_needed = links["new_code"].value_counts()
    complete = by_key.size() == carried.index.get_level_values("area_code").map(parts_needed)
    carried.loc[~complete.to_numpy()] = pd.NA
    if "vintage" in records:
        carried["vintage"] = by_key["vintage"].max()  # preliminary comes after official
    if "provenance" in records:
        carried["provenance"] = _all_named(by_key["provenance"])
    carried["carried"] = np.take(_CARRIED, by_key["doubt"].max())
    return carried.reset_index()[[*records.columns, "carried"]]


def _all_named(provenance: Any) -> pd.Series:
    """The provenances of every group, which mostly is one."""
    named = provenance.min()
    mixed = named.notna() & (named != provenance.max())
    for key in mixed.index[mixed]:
        named[key] = ", ".join(sorted(provenance.get_group(key).dropna().unique()))
    return named


def _roles(records: pd.DataFrame) -> tuple[list[str], list[str]]:
    """Which columns are the key, area first, and which are counts."""
    keys = [name for name in _KEYS if name in records]
    counts = [
        name
        for name in records.columns
        if not (name in keys or name.endswith("year"))
        and pd.api.types.is_integer_dtype(records[name])
    ]
    others = records.columns.difference([*keys, *counts, "vintage", "provenance"])
    if "area_code" not in keys or len(others):
        found = ", ".join(others) or "no area_code"
        msg = f"records to carry must have a key and counts (whole numbers) only; found {found}"
        raise DataError(msg)
    if records[keys].isna().any(axis=None):
        msg = f"records to carry: {', '.join(keys)} must not be empty"
        raise DataError(msg)
    doubled = records.duplicated(keys)
    if doubled.any():
        msg = f"records to carry: {records.loc[doubled, keys].iloc[0].to_dict()} is there twice"
        raise DataError(msg)
    negative = (records[counts] < 0).any()
    if negative.any():
        msg = f"records to carry: {negative.idxmax()} must not be negative"
        raise DataError(msg)
    return keys, counts


def _divide(records: pd.DataFrame, links: pd.DataFrame, counts: list[str]) -> pd.DataFrame:
    """One row per record and link, with the link's part of every count."""
    of_old = links.groupby("old_code")["households"]
    split = of_old.transform("size") > 1
    doubt = np.select([split & links["households"].isna(), split, links["partial"]], [2, 1, 3], 0)
    links = links.assign(weight=links["households"].fillna(1).astype(int), split=split, doubt=doubt)
    numbered = records.reset_index(drop=True).rename_axis("record").reset_index()
    parts = numbered.merge(
        links.drop(columns="households"), left_on="area_code", right_on="old_code"
    )
    cells = parts[counts].to_numpy(dtype=object, copy=True)
    for rows in parts[parts["split"]].groupby("record").groups.values():
        weights = parts.loc[rows, "weight"].to_numpy()
        for column, count in enumerate(cells[rows[0]]):
            if pd.notna(count):
                cells[rows, column] = _apportion(count, weights)
    parts[counts] = pd.DataFrame(cells, columns=counts, dtype="Int64")
    return parts.drop(columns="area_code")


def _apportion(count: int, weights: np.ndarray) -> np.ndarray:
    """Whole parts of a count in proportion to whole weights (Sainte-Lague)."""
    # All that is sure of its place at once, the last few one by one.
    sure, total = max(count - len(weights), 0), int(weights.sum())
    parts = (2 * sure * weights + total) // (2 * total)
    while parts.sum() < count:
        with np.errstate(divide="ignore"):
            parts[np.argmin((2 * parts + 1) / weights)] += 1
    return parts


def neighbours(
    path: Path, *, code_property: str = "area_code", gap: float = 0.0001
) -> pd.DataFrame:
    """
    Find the areas that border on one another, from a GeoJSON file of boundaries.

    Parameters
    ----------
    path : Path
        A FeatureCollection of polygons in degrees; it needs the extra `povlib[areas]`.
    code_property : str
        Property of a feature that holds the code of its area, as text.
    gap : float
        Widest gap that simplified boundaries may leave between neighbours; the
        default is 11 m. [degrees]

    Returns
    -------
    neighbours : DataFrame
        One row per `area_code`, `neighbour_code`, sorted; each pair both ways round.
        Areas that meet in a point are neighbours. An island has no row.

    Raises
    ------
    DataError
        If shapely is not installed, or the file is no such collection.

    Examples
    --------
    >>> def square(code, west):
    ...     ring = [[west, 0], [west + 1, 0], [west + 1, 1], [west, 1], [west, 0]]
    ...     return {
    ...         "type": "Feature",
    ...         "properties": {"area_code": code},
    ...         "geometry": {"type": "Polygon", "coordinates": [ring]},
    ...     }
    >>> collection = {"type": "FeatureCollection", "features": [square("a", 0), square("b", 1)]}
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "boundaries.geojson"
    ...     _ = path.write_text(json.dumps(collection))
    ...     print(neighbours(path))
      area_code neighbour_code
    0         a              b
    1         b              a
    """
    try:
        import shapely
    except ImportError:
        msg = "neighbours need the package shapely; run: pip install 'povlib[areas]'"
        raise DataError(msg) from None
    features = boundaries.features(path)
    codes = np.array([_code(path, one, code_property) for one in features], dtype=object)
    try:
        shapes = shapely.from_geojson([json.dumps(one["geometry"]) for one in features])
    except (KeyError, shapely.GEOSException) as error:
        msg = f"{path.name}: a geometry cannot be read: {error}"
        raise DataError(msg) from None
    one, other = shapely.STRtree(shapes).query(shapes, predicate="dwithin", distance=gap)
    pairs = pd.DataFrame({"area_code": codes[one], "neighbour_code": codes[other]}, dtype="str")
    pairs = pairs[pairs["area_code"] != pairs["neighbour_code"]].drop_duplicates()
    return pairs.sort_values(["area_code", "neighbour_code"], ignore_index=True)


def _code(path: Path, feature: Any, name: str) -> str:
    properties = feature.get("properties") if isinstance(feature, dict) else None
    code = properties.get(name) if isinstance(properties, dict) else None
    if not isinstance(code, str) or not code:
        msg = f"{path.name}: every feature needs a property {name}, a code as text; found {code!r}"
        raise DataError(msg)
    return code
