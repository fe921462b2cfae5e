"""Like with like: the areas that a given area may fairly be compared with."""

import numpy as np
import pandas as pd

from povlib.models import measurement

CLASSES = ("group", "urban", "difficult")  # columns of the table areas


def groups(areas: pd.DataFrame) -> pd.Series:
    """
    Name the group of every area: old province, class and difficulty together.

    Parameters
    ----------
    areas : DataFrame
        One row per `area_code`; columns of the table `areas`.

    Returns
    -------
    groups : Series of str
        By `area_code`.

    Examples
    --------
    >>> import povlib
    >>> groups(povlib.demo.build().areas)["01906"]
    'Bắc Kạn/False/True'
    """
    names = areas.set_index("area_code")[list(CLASSES)].astype("string").fillna("")
    return names.agg("/".join, axis=1)


def similar(
    areas: pd.DataFrame, review: pd.DataFrame, *, standard: str, count: int
) -> pd.DataFrame:
    """
    Find for every area the areas that started from a similar place.

    Similar means: of the same class (ward or commune, particularly difficult or
    not), and nearest in the poverty rate at the first review under the standard
    (logit scale) and in the number of households (log scale), both in standard
    deviations. Later results play no part, so that a peer group shows what was
    possible from the same start.

    Parameters
    ----------
    areas : DataFrame
        One row per `area_code`; columns of the table `areas`.
    review : DataFrame
        One row per `area_code`, `year`, `standard`.
    standard : str
        Records of this standard count.
    count : int
        Peers per area, at most.

    Returns
    -------
    peers : DataFrame
        One row per `area_code`, `peer_code`; `distance` is in standard
        deviations. An area without a record has no row.

    Examples
    --------
    >>> import povlib
    >>> data = povlib.demo.build()
    >>> similar(data.areas, data.review, standard="nd07-2021", count=2).head(2).round(2)
      area_code peer_code  distance
    0     01840     01843      0.23
    1     01840     05533      0.64
    """
    start = review[review["standard"] == standard].sort_values("year").drop_duplicates("area_code")
    known = areas.merge(start, on="area_code").sort_values("area_code")
    place = _standardise(
        np.column_stack([_logit(known), np.log(known["households"].astype(float))])
    )
    classes = _classes(known)
    found = [
        _nearest(known["area_code"].to_numpy(), place, classes == classes[row], row, count)
        for row in range(len(known))
    ]
    columns = ["area_code", "peer_code", "distance"]
    return pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=columns)


def _logit(known: pd.DataFrame) -> np.ndarray:
    rate = measurement.rate(known, "poverty_rate").astype(float).to_numpy()
    kept = np.clip(rate, 1e-4, 1 - 1e-4)  # a rate of zero is a start like any other
    return np.log(kept / (1 - kept))


def _standardise(place: np.ndarray) -> np.ndarray:
    spread = place.std(axis=0)
    return (place - place.mean(axis=0)) / np.where(spread > 0, spread, 1)


def _classes(known: pd.DataFrame) -> np.ndarray:
    flags = known[["urban", "difficult"]].astype("string").fillna("")
    return flags.agg("/".join, axis=1).to_numpy()


def _nearest(
    codes: np.ndarray, place: np.ndarray, allowed: np.ndarray, row: int, count: int
) -> pd.DataFrame:
    distance = np.sqrt(((place - place[row]) ** 2).sum(axis=1))
    distance[~allowed] = np.inf
    distance[row] = np.inf
    order = np.argsort(distance, kind="stable")[:count]
    order = order[np.isfinite(distance[order])]
    return pd.DataFrame(
        {"area_code": codes[row], "peer_code": codes[order], "distance": distance[order]}
    )
