"""
Measure how far estimated effects are to be trusted: `python bench/impact.py [FOLDER]`.

Panels of 92 communes and 8 years in which the truth is known: four cohorts, an effect that
grows by a point a year, shocks that last. Prints the bias, how often 95 % intervals hold the
truth, and how often the test of trends before treatment rejects although nothing is wrong.
With a folder that holds the published panels (mpdta.csv, california_prop99.csv,
nsw_mixtape.csv) it first prints their estimates beside those published.
"""

import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd

from povlib.data import files
from povlib.models import (
    impact,
    impact_design,
    impact_effects,
    impact_inference,
    pre_trends,
    staggered,
)
from povlib.models.impact_settings import Columns, ImpactSettings

PANELS, UNITS, YEARS = 500, 92, 8
FIRST_YEARS = (2019, 2020, 2021, 2022)  # of a panel that begins in 2016
EFFECT = -0.01  # points of the rate a year
NOISE, LASTING = 0.01, 0.5  # standard deviation of a year's shock; part of it left a year later
COLUMNS = Columns("poverty_rate", "area_code", "year", cohort="first_year")
DESIGNS = {"some never treated": (18, 20), "all treated in the end": (23, 0)}


def simulate(rng: np.random.Generator, *, cohort: int, never: int) -> pd.DataFrame:
    """
    Make one panel.

    Parameters
    ----------
    rng : Generator
    cohort, never : int
        Communes in each of the four cohorts; communes never treated.

    Returns
    -------
    panel : DataFrame
        One row per `area_code`, `year`: `poverty_rate`, `first_year`.

    Notes
    -----
    Truth: the rate falls by a point a year everywhere, and by `EFFECT` more in every
    year from the first of the programme on.
    """
    first = np.repeat([*FIRST_YEARS, 0], [cohort] * len(FIRST_YEARS) + [never])
    years = np.arange(2016, 2016 + YEARS)
    shocks = rng.normal(0, NOISE, (UNITS, YEARS))
    for year in range(1, YEARS):
        shocks[:, year] += LASTING * shocks[:, year - 1]
    exposure = np.where(first[:, None] > 0, np.clip(years - first[:, None] + 1, 0, None), 0)
    rate = rng.normal(0.2, 0.08, (UNITS, 1)) - 0.01 * (years - 2016) + EFFECT * exposure + shocks
    return pd.DataFrame(
        {
            "area_code": np.repeat(np.arange(UNITS), YEARS),
            "year": np.tile(years, UNITS),
            "poverty_rate": rate.ravel(),
            "first_year": np.repeat(first, YEARS),
        }
    )


def measure(panels: int, *, cohort: int, never: int, seed: int) -> pd.Series:
    """
    Estimate many panels.

    Parameters
    ----------
    panels : int
    cohort, never : int
        As `simulate`.
    seed : int

    Returns
    -------
    shares : Series
        `bias` [share of the effect], `coverage`, `coverage_by_event_time`,
        `rejected` [shares of the panels].
    """
    rng, settings = np.random.default_rng(seed), ImpactSettings()
    rows = []
    for _ in range(panels):
        panel = simulate(rng, cohort=cohort, never=never)
        design = impact_design.prepare(panel, COLUMNS, settings)
        group_times = staggered.fit(design, settings, [])
        average = impact_effects.averages(group_times)["per_year"]
        by_time = impact_effects.by(group_times, "event_time", after=True)
        effects, _ = impact_inference.infer([average, *by_time.values()], group_times, settings)
        truths = [EFFECT, *(EFFECT * (time + 1) for time in by_time)]
        held = [one.lb <= true <= one.ub for one, true in zip(effects, truths, strict=True)]
        test = pre_trends.pre_trend(group_times, EFFECT, alpha=settings.alpha)
        rejected = test is not None and test.p_value < settings.alpha
        rows.append((average.estimate / EFFECT - 1, held[0], np.mean(held[1:]), rejected))
    columns = ["bias", "coverage", "coverage_by_event_time", "rejected"]
    return pd.DataFrame(rows, columns=columns).astype(float).mean()


def published(folder: Path) -> pd.DataFrame:
    """
    Estimate panels whose effects are published.

    Parameters
    ----------
    folder : Path

    Returns
    -------
    estimates : DataFrame
        One row per `panel`, `estimate`: `found`, `published`.
    """
    mpdta = impact.evaluate(
        files.read_table(folder / "mpdta.csv"),
        Columns("lemp", "countyreal", "year", cohort="first.treat"),
    )
    smoking = impact.evaluate(
        files.read_table(folder / "california_prop99.csv"),
        Columns("PacksPerCapita", "State", "Year", treatment="treated"),
    )
    lalonde = impact.evaluate(
        files.read_table(folder / "nsw_mixtape.csv"), Columns("re78", treatment="treat")
    )
    # Callaway and Sant'Anna's package did; Arkhangelsky et al. (2021), table 1; LaLonde.
    known = {"simple": -0.0400, "group": -0.0310, "dynamic": -0.0772, "calendar": -0.0417}
    rows = [("mpdta", name, mpdta.att[name].estimate, value) for name, value in known.items()]
    rows += [
        ("proposition 99", "sdid", smoking.sdid.effect.estimate, -15.604),
        ("proposition 99", "sc", smoking.sc.effect.estimate, -19.620),
        ("proposition 99", "did", smoking.did.effect.estimate, -27.349),
        ("nsw", "difference", lalonde.difference.estimate, 1794.34),
    ]
    return pd.DataFrame(rows, columns=["panel", "estimate", "found", "published"])


def main() -> None:
    """Print all measurements."""
    if len(sys.argv) > 1:
        print(published(Path(sys.argv[1])).to_string(index=False))
    for name, sizes in DESIGNS.items():
        started = time.perf_counter()
        shares = measure(PANELS, cohort=sizes[0], never=sizes[1], seed=1)
        seconds = time.perf_counter() - started
        print(
            f"{name}: bias {shares['bias']:+.1%} of the effect; 95 % intervals hold the truth in "
            f"{shares['coverage']:.1%} (a year), {shares['coverage_by_event_time']:.1%} (by time "
            f"since the start); test before treatment rejects in {shares['rejected']:.1%} "
            f"({PANELS} panels, {seconds:.0f} s)"
        )


if __name__ == "__main__":
    main()
