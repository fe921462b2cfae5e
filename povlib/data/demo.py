"""
The embedded data set: the 92 real units of Thai Nguyen with simulated records.

Real are the units (code, name, kind, old province, centroid) and the totals of the
two old provinces in every year: all, poor, near-poor and, from 2021, ethnic-minority,
ethnic-minority poor and near-poor households. The records of single communes are
simulated and add up to these totals exactly; every one says so. How they spread
follows the few district rates that are known. Which communes are particularly
difficult is simulated too: those with the highest rates.

Truth
-----
From 2021 on the rate of a commune falls, within an old province and class (difficult
or not), by the same points in a year, apart from noise of `NOISE` points; in communes
that are not difficult in proportion to their rate. A programme changes the rate by
`EFFECTS` points in every year from its first year on, on top of that. What adding up
needs is put into the common fall alone, so that it cancels in the difference between
communes with and without a programme, which keeps the built-in effect but for whole
households. It follows that no programme moves the total of its old province: where
communes with one fall faster, the common fall of all is slower. The programmes reach
difficult communes alone, drawn at random. Cow breeding reaches communes of old Bac Kan
in three waves; the effect of housing support is none.
"""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from povlib.data import columns, simulation, tables
from povlib.data.dataset import Dataset
from povlib.data.standards import of_year
from povlib.data.units import thai_nguyen

PROVENANCE = "simulated"
YEARS = (2016, 2017, 2018, 2019, 2021, 2022, 2023, 2024)  # 2020 is unusable in the source

# Points of the rate a year of exposure: the truth that estimators should find.
EFFECTS = {"cow_breeding": -0.010, "credit": -0.004, "housing_support": 0.0}
NOISE = 0.0015  # standard deviation of a yearly change, in points of the rate

# Published totals of the two old provinces, households (docs/data-sources.md). Rows:
# all, poor, near-poor; from 2021 ethnic-minority, of them poor, near-poor.
TOTALS: dict[str, dict[str, tuple[int, ...]]] = {
    "Thái Nguyên": {
        "households": (318413, 320034, 323995, 329274, 335517, 336411, 337447, 339304),
        "poor_households": (35683, 28810, 20705, 14341, 20595, 14624, 10190, 6938),
        "near_poor_households": (27893, 28131, 24818, 21304, 16203, 12245, 9516, 7804),
        "em_households": (95012, 96105, 95743, 98231),
        "em_poor_households": (11338, 8238, 5603, 3810),
        "em_near_poor_households": (6556, 5932, 4499, 3765),
    },
    "Bắc Kạn": {
        "households": (78221, 78978, 79653, 80371, 81516, 82091, 82330, 82826),
        "poor_households": (20809, 19379, 17435, 15722, 22308, 20281, 18067, 16123),
        "near_poor_households": (10114, 9659, 9415, 9106, 7765, 7385, 7492, 7678),
        "em_households": (70340, 69858, 71073, 73626),
        "em_poor_households": (21482, 19519, 17407, 15544),
        "em_near_poor_households": (7385, 7009, 7135, 7353),
    },
}

# Old district: where its rates lie at the end of 2021, the part of its households that are
# of an ethnic minority, households of a unit in thousands; the totals decide in the end.
# Guided by what is known: rates of 2019 (Bac Kan), 4,596 poor = 17.39 % in Dinh Hoa at the
# end of 2021 and 1,341 poor in Dong Hy in 2024. The rest is a plausible order.
_DISTRICTS: dict[str, tuple[float, float, float]] = {
    "Pác Nặm": (0.50, 0.97, 2.4),
    "Ngân Sơn": (0.47, 0.95, 1.9),
    "Na Rì": (0.36, 0.90, 1.9),
    "Ba Bể": (0.34, 0.93, 2.4),
    "Bạch Thông": (0.25, 0.88, 2.0),
    "Chợ Mới": (0.24, 0.82, 2.1),
    "Chợ Đồn": (0.23, 0.86, 2.2),
    "Bắc Kạn": (0.03, 0.65, 4.0),
    "Võ Nhai": (0.24, 0.70, 2.6),
    "Định Hóa": (0.174, 0.72, 3.3),
    "Đồng Hỷ": (0.13, 0.45, 4.2),
    "Phú Lương": (0.07, 0.50, 6.7),
    "Đại Từ": (0.06, 0.32, 5.4),
    "Phú Bình": (0.05, 0.12, 8.0),
    "Phổ Yên": (0.018, 0.10, 10.0),
    "Sông Công": (0.014, 0.08, 6.5),
    "Thái Nguyên": (0.010, 0.15, 10.3),
}
_DIFFICULT = 38  # so many units, those with the highest rates of 2021, count as difficult here


def build(seed: int = 2030) -> Dataset:
    """
    Make the embedded data set.

    Parameters
    ----------
    seed : int
        Seed of everything that is simulated.

    Returns
    -------
    dataset : Dataset
        Same seed, same records.

    Examples
    --------
    >>> last = build().review.query("year == 2024")
    >>> print(f"{last['poor_households'].sum() / last['households'].sum():.2%}")
    5.46%
    """
    rng = np.random.default_rng(seed)
    units = thai_nguyen()
    households = _households(units, rng)
    start = _start_rates(units, households[2021], rng)
    units = units.assign(difficult=start >= np.sort(start)[-_DIFFICULT])
    programmes = _join_programmes(units, rng)
    rates = _rates(units, households, start, programmes, rng)
    review = _review(units, households, rates, rng)
    flows = simulation.flows(review, rng)
    deprivations = simulation.deprivations(review, rng)
    made = {
        "areas": units,
        "review": review,
        "flows": flows,
        "deprivations": deprivations,
        "groups": simulation.groups(review, rng),
        "causes": simulation.causes(review, rng),
        "programmes": simulation.programmes(programmes, review, rng),
        "finance": simulation.finance(units, review, rng),
        "actions": simulation.actions(units, deprivations, rng),
    }
    absent = {name: columns.empty(name) for name in tables.KEYS if name not in made}
    return Dataset(**{name: _finish(name, frame) for name, frame in made.items()}, **absent)


def _finish(name: str, frame: pd.DataFrame) -> pd.DataFrame:
    """All columns of the table in order, typed, sorted by key, marked as simulated."""
    types = tables.dtypes(name)
    if "provenance" in types:
        frame = frame.assign(provenance=PROVENANCE)
    frame = frame.reindex(columns=list(types)).astype(types)
    return frame.sort_values(tables.KEYS[name], ignore_index=True)


def _of_district(units: pd.DataFrame, position: int) -> NDArray[np.float64]:
    return np.array([_DISTRICTS[district][position] for district in units["district"]])


def _groups(units: pd.DataFrame) -> dict[str, NDArray[np.bool_]]:
    return {group: (units["group"] == group).to_numpy() for group in TOTALS}


def _total(group: str, name: str, year: int) -> int:
    years = TOTALS[group][name]
    return years[YEARS[-len(years) :].index(year)]


def _households(units: pd.DataFrame, rng: np.random.Generator) -> dict[int, NDArray[np.int64]]:
    """All households of every unit and year: fixed parts of the published totals."""
    spread = np.clip(rng.normal(0, 0.15, len(units)), -0.15, 0.15)
    size = _of_district(units, 2) * np.exp(spread)
    households = {year: np.zeros(len(units), dtype=np.int64) for year in YEARS}
    for group, members in _groups(units).items():
        for year in YEARS:
            total = _total(group, "households", year)
            households[year][members] = simulation.allocate(size[members], total)
    return households


def _start_rates(
    units: pd.DataFrame, households: NDArray[np.int64], rng: np.random.Generator
) -> NDArray[np.float64]:
    """Rates at the end of 2021, spread around those of the old districts, that add up."""
    centre = _of_district(units, 0)
    spread = rng.normal(0, 0.22, len(units))
    odds = centre / (1 - centre) * np.exp(spread) * np.where(units["urban"], 0.6, 1.0)
    rate = odds / (1 + odds)
    for group, members in _groups(units).items():
        poor = (rate * households)[members].sum()
        rate[members] *= _total(group, "poor_households", 2021) / poor
    return rate


def _join_programmes(units: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Which commune joins which programme when; one row per commune and programme."""
    waves = {"cow_breeding": (8, 7, 5), "credit": (8, 8, 0), "housing_support": (6, 8, 8)}
    difficult = units[units["difficult"]]
    of_bac_kan = difficult[difficult["group"] == "Bắc Kạn"]
    joined = []
    for programme, sizes in waves.items():
        pool = of_bac_kan if programme == "cow_breeding" else difficult
        codes = rng.permutation(pool["area_code"].to_numpy())[: sum(sizes)]
        years = np.repeat([2022, 2023, 2024], sizes)
        columns = {"area_code": codes, "programme": programme, "first_year": years}
        joined.append(pd.DataFrame(columns))
    return pd.concat(joined, ignore_index=True)


def _rates(
    units: pd.DataFrame,
    households: dict[int, NDArray[np.int64]],
    start: NDArray[np.float64],
    programmes: pd.DataFrame,
    rng: np.random.Generator,
) -> dict[int, NDArray[np.float64]]:
    """Rates of every year, before rounding to whole households."""
    rates = {2021: start}
    for year in (2022, 2023, 2024):
        pull = _pull(units, rates[year - 1])
        noise = rng.normal(0, NOISE, len(units)) * pull
        moved = rates[year - 1] + _effects(units, programmes, year) + noise
        rates[year] = moved - pull * _common_fall(units, households[year], moved, pull, year)
    # Under the old standard fewer households of the mountains counted as poor.
    before = start / np.where(units["difficult"], 1.45, 1.2)
    for year in (2019, 2018, 2017, 2016):
        before = before * np.exp(rng.normal(0.02, 0.05, len(units)))
        rates[year] = before
    return rates


def _pull(units: pd.DataFrame, rate: NDArray[np.float64]) -> NDArray[np.float64]:
    """How much of the common fall a unit takes: all if difficult, else by its rate."""
    difficult = units["difficult"].to_numpy()
    pull = np.ones(len(units))
    for members in _groups(units).values():
        mean = rate[members & difficult].mean()
        pull[members & ~difficult] = rate[members & ~difficult] / mean
    return pull


def _common_fall(
    units: pd.DataFrame,
    households: NDArray[np.int64],
    rate: NDArray[np.float64],
    pull: NDArray[np.float64],
    year: int,
) -> NDArray[np.float64]:
    """Points by which all rates of an old province must fall to add up to its poor."""
    fall = np.zeros(len(units))
    for group, members in _groups(units).items():
        left = (rate * households)[members].sum() - _total(group, "poor_households", year)
        fall[members] = left / (pull * households)[members].sum()
    return fall


def _effects(units: pd.DataFrame, programmes: pd.DataFrame, year: int) -> NDArray[np.float64]:
    active = programmes[programmes["first_year"] <= year]
    effect = active["programme"].map(EFFECTS).groupby(active["area_code"]).sum()
    return effect.reindex(units["area_code"], fill_value=0.0).to_numpy()


def _review(
    units: pd.DataFrame,
    households: dict[int, NDArray[np.int64]],
    rates: dict[int, NDArray[np.float64]],
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Whole households of every unit and year that add up to the published totals."""
    people = rng.normal(3.8, 0.2, len(units)) + np.where(units["difficult"], 0.4, 0.0)
    minority = _of_district(units, 1)
    parts = []
    for group, members in _groups(units).items():
        for year in YEARS:
            counts = _count_year(
                group, year, households[year][members], rates[year][members], minority[members]
            )
            sizes = people[members]
            parts.append(
                pd.DataFrame(counts).assign(
                    area_code=units.loc[members, "area_code"].to_numpy(),
                    year=year,
                    standard=of_year(year).name,
                    people=np.rint(counts["households"] * sizes),
                    poor_people=np.rint(counts["poor_households"] * sizes),
                    near_poor_people=np.rint(counts["near_poor_households"] * sizes),
                )
            )
    return pd.concat(parts, ignore_index=True)


def _count_year(
    group: str,
    year: int,
    households: NDArray[np.int64],
    rate: NDArray[np.float64],
    minority: NDArray[np.float64],
) -> dict[str, NDArray[np.int64]]:
    """One year of one old province: counts within counts, each adding up."""
    poor = simulation.allocate(
        rate * households, _total(group, "poor_households", year), upper=households
    )
    near = simulation.allocate(
        rate * (1 - rate) * households,
        _total(group, "near_poor_households", year),
        upper=households - poor,
    )
    counts = {"households": households, "poor_households": poor, "near_poor_households": near}
    if year < 2021:
        return counts
    em = simulation.allocate(
        minority * households, _total(group, "em_households", year), upper=households
    )
    others = households - em
    em_poor = simulation.allocate(
        poor * np.sqrt(minority),
        _total(group, "em_poor_households", year),
        lower=np.maximum(poor - others, 0),
        upper=np.minimum(poor, em),
    )
    em_near = simulation.allocate(
        near * np.sqrt(minority),
        _total(group, "em_near_poor_households", year),
        lower=np.maximum(near - (others - (poor - em_poor)), 0),
        upper=np.minimum(near, em - em_poor),
    )
    return counts | {
        "em_households": em,
        "em_poor_households": em_poor,
        "em_near_poor_households": em_near,
    }
