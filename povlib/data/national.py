"""
A made-up country, for trying out and measuring batches of its size.

Truth
-----
Nothing here is real but the sums of each province, which are those of the embedded
data set (`demo`). Every province is drawn anew from it with a seed of its own, under
invented codes and names; every record says that it is simulated.
"""

from dataclasses import replace

import pandas as pd

from povlib.data import demo, tables
from povlib.data.dataset import Dataset

AREAS = 3321  # as many communes and wards as Viet Nam has had since July 2025


def build(areas: int = AREAS, seed: int = 2030) -> Dataset:
    """
    Make the data set of a made-up country.

    Parameters
    ----------
    areas : int
        Number of communes.
    seed : int
        Seed of everything that is simulated.

    Returns
    -------
    dataset : Dataset
        Communes `C00001`, `Commune 00001` and so on, in groups of a province's size;
        without places, since none is anywhere.
    """
    provinces: list[Dataset] = []
    made = 0
    while made < areas:
        provinces.append(_province(len(provinces), made, areas - made, seed))
        made += len(provinces[-1].areas)
    joined = {
        name: pd.concat([getattr(one, name) for one in provinces], ignore_index=True)
        for name in tables.KEYS
    }
    return replace(provinces[0], **joined)


def _province(number: int, before: int, most: int, seed: int) -> Dataset:
    """The embedded data set drawn anew, under other codes and names; cut to the areas wanted."""
    drawn = demo.build(seed + number)
    codes = drawn.areas["area_code"].head(most)
    invented = {code: f"C{before + n:05d}" for n, code in enumerate(codes, start=1)}
    frames = {name: _renamed(getattr(drawn, name), invented) for name in tables.KEYS}
    names = frames["areas"]["area_code"].str.replace("C", "Commune ")
    anywhere = {"kind": None, "latitude": None, "longitude": None}
    types = tables.dtypes("areas")
    frames["areas"] = (
        frames["areas"]
        .assign(name=names, group=f"Province {number + 1:02d}", **anywhere)
        .astype(types)
    )
    return replace(drawn, **frames)


def _renamed(frame: pd.DataFrame, invented: dict[str, str]) -> pd.DataFrame:
    kept = frame[frame["area_code"].isin(list(invented))]
    return kept.assign(area_code=kept["area_code"].map(invented).astype("str"))
