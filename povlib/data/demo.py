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
or not), by the same points every year, apart from noise of `NOISE` points; in communes
that are not difficult in proportion to their rate. A programme changes the rate by
`EFFECTS` points in every year from its first year on, on top of that. Adding up moves
all communes of an old province by a common amount, so that the difference between
communes with and without a programme keeps the built-in effect. The programmes reach
difficult communes alone, drawn at random within an old province. Cow breeding reaches
communes of old Bac Kan in three waves; the effect of housing support is none.
"""

from importlib.resources import files

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from povlib.data import simulation, tables
from povlib.data.dataset import Dataset
from povlib.data.standards import of_year

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

# Where the rates of an old district lie at the end of 2021, before they are brought to the
# totals, and the part of its households that are of an ethnic minority. Guided by the
# district rates of 2019 (Bac Kan) and 2022 (Dinh Hoa); the rest is a plausible order.
_DISTRICTS: dict[str, tuple[float, float]] = {
    "Pác Nặm": (0.50, 0.97),
    "Ngân Sơn": (0.47, 0.95),
    "Na Rì": (0.36, 0.90),
    "Ba Bể": (0.34, 0.93),
    "Bạch Thông": (0.25, 0.88),
    "Chợ Mới": (0.24, 0.82),
    "Chợ Đồn": (0.23, 0.86),
    "Bắc Kạn": (0.03, 0.65),
    "Võ Nhai": (0.24, 0.70),
    "Định Hóa": (0.174, 0.72),
    "Đồng Hỷ": (0.085, 0.45),
    "Phú Lương": (0.07, 0.50),
    "Đại Từ": (0.06, 0.32),
    "Phú Bình": (0.05, 0.12),
    "Phổ Yên": (0.018, 0.10),
    "Sông Công": (0.014, 0.08),
    "Thái Nguyên": (0.010, 0.15),
}
_DIFFICULT_FROM = 0.16  # rate at the end of 2021 from which a unit counts as difficult here


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
    """
    rng = np.random.default_rng(seed)
    units = _units()
    start = _start_rates(units, rng)
    units = units.assign(difficult=start >= _DIFFICULT_FROM)
    programmes = _join_programmes(units, rng)
    rates = _rates(units, start, programmes, rng)
    review = _review(units, rates, rng)
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
        "finance": simulation.finance(units, review),
        "actions": simulation.actions(units, deprivations, rng),
    }
    return Dataset(**{name: _finish(name, frame) for name, frame in made.items()})


def _finish(name: str, frame: pd.DataFrame) -> pd.DataFrame:
    """All columns of the table in order, typed, sorted by key, marked as simulated."""
    types = tables.dtypes(name)
    if "provenance" in types:
        frame = frame.assign(provenance=PROVENANCE)
    frame = frame.reindex(columns=list(types)).astype(types)
    return frame.sort_values(tables.KEYS[name], ignore_index=True)


def _units() -> pd.DataFrame:
    with (files("povlib.data") / "thai_nguyen_areas.csv").open(encoding="utf-8") as file:
        units = pd.read_csv(file, comment="#", dtype={"area_code": str})
    return units.assign(urban=units["kind"] == "phường")


def _start_rates(units: pd.DataFrame, rng: np.random.Generator) -> NDArray[np.float64]:
    """Rates at the end of 2021, spread around those of the old districts."""
    centre = units["district"].map({name: rate for name, (rate, _) in _DISTRICTS.items()})
    spread = rng.normal(0, 0.22, len(units))
    odds = centre / (1 - centre) * np.exp(spread) * np.where(units["urban"], 0.6, 1.0)
    return (odds / (1 + odds)).to_numpy()


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
    start: NDArray[np.float64],
    programmes: pd.DataFrame,
    rng: np.random.Generator,
) -> dict[int, NDArray[np.float64]]:
    """Rates of every year, before rounding to whole households."""
    rates = {2021: start}
    for year in (2022, 2023, 2024):
        rates[year] = _next_rates(units, rates[year - 1], _effects(units, programmes, year), rng)
    # Under the old standard fewer households of the mountains counted as poor.
    before = start / np.where(units["difficult"], 1.45, 1.2)
    for year in (2019, 2018, 2017, 2016):
        before = before * np.exp(rng.normal(0.02, 0.05, len(units)))
        rates[year] = before
    return rates


def _next_rates(
    units: pd.DataFrame,
    before: NDArray[np.float64],
    effect: NDArray[np.float64],
    rng: np.random.Generator,
) -> NDArray[np.float64]:
    """One year on: common points among the difficult, in proportion among the rest."""
    difficult = units["difficult"].to_numpy()
    pull = np.where(difficult, 1.0, before / before[difficult].mean())
    fall = np.empty(len(units))
    for group, years in TOTALS.items():
        members = (units["group"] == group).to_numpy()
        poor, all_ = years["poor_households"], years["households"]
        wanted = (poor[4] / all_[4] - poor[-1] / all_[-1]) / 3
        fall[members] = wanted / pull[members].mean()
    noise = rng.normal(0, NOISE, len(units)) * pull
    return np.clip(before - fall * pull + effect + noise, 0.2 * before, None)


def _effects(units: pd.DataFrame, programmes: pd.DataFrame, year: int) -> NDArray[np.float64]:
    active = programmes[programmes["first_year"] <= year]
    effect = active["programme"].map(EFFECTS).groupby(active["area_code"]).sum()
    return effect.reindex(units["area_code"], fill_value=0.0).to_numpy()


def _review(
    units: pd.DataFrame, rates: dict[int, NDArray[np.float64]], rng: np.random.Generator
) -> pd.DataFrame:
    """Whole households of every unit and year that add up to the published totals."""
    size = np.where(units["urban"], 1.6, 1.0) * np.exp(rng.normal(0, 0.25, len(units)))
    people = rng.normal(3.8, 0.2, len(units)) + np.where(units["difficult"], 0.4, 0.0)
    minority = units["district"].map({name: share for name, (_, share) in _DISTRICTS.items()})
    parts = []
    for group in TOTALS:
        members = (units["group"] == group).to_numpy()
        for position, year in enumerate(YEARS):
            counts = _count_year(
                group, position, size[members], rates[year][members], minority[members].to_numpy()
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
    position: int,
    size: NDArray[np.float64],
    rate: NDArray[np.float64],
    minority: NDArray[np.float64],
) -> dict[str, NDArray[np.int64]]:
    """One year of one old province: counts within counts, each adding up."""
    total = {name: years[position] for name, years in TOTALS[group].items() if len(years) == 8}
    households = simulation.allocate(size, total["households"])
    poor = simulation.allocate(rate * households, total["poor_households"], upper=households)
    near = simulation.allocate(
        np.sqrt(rate * (1 - rate)) * households,
        total["near_poor_households"],
        upper=households - poor,
    )
    counts = {"households": households, "poor_households": poor, "near_poor_households": near}
    if YEARS[position] < 2021:
        return counts
    later = {name: years[position - 4] for name, years in TOTALS[group].items() if len(years) == 4}
    em = simulation.allocate(minority * households, later["em_households"], upper=households)
    others = households - em
    em_poor = simulation.allocate(
        poor * np.sqrt(minority),
        later["em_poor_households"],
        lower=np.maximum(poor - others, 0),
        upper=np.minimum(poor, em),
    )
    em_near = simulation.allocate(
        near * np.sqrt(minority),
        later["em_near_poor_households"],
        lower=np.maximum(near - (others - (poor - em_poor)), 0),
        upper=np.minimum(near, em - em_poor),
    )
    return counts | {
        "em_households": em,
        "em_poor_households": em_poor,
        "em_near_poor_households": em_near,
    }
