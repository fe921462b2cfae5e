"""
Measure what fitting and projecting cost: `python bench/trajectory.py`.

Simulated reviews of communes of 500 to 9,000 households in 34 provinces; 6 reviews, 6 years
ahead, 1,000 draws. Every size runs in a process of its own, so that memory is its own.
"""

import os
import platform
import resource
import subprocess
import sys
import time

import numpy as np
import pandas as pd

from povlib.models import trajectory
from povlib.models.projection import summarise
from povlib.scenario import load

SIZES = (92, 830, 3321)


def main() -> None:
    """Print seconds and memory by number of areas."""
    if len(sys.argv) > 1:
        _measure(int(sys.argv[1]))
        return
    print(f"{platform.machine()}, {os.cpu_count()} processors, Python {platform.python_version()}")
    for size in SIZES:
        subprocess.run([sys.executable, __file__, str(size)], check=True)


def _measure(size: int) -> None:
    review, groups = _review(size, np.random.default_rng(0))
    settings = load("thai-nguyen").model
    started = time.perf_counter()
    fitted = trajectory.fit(review, settings, rng=np.random.default_rng(1), groups=groups)
    fit = time.perf_counter()
    projection = trajectory.project(fitted, range(2025, 2031))
    projected = time.perf_counter()
    summarise(projection, settings.interval)
    summarised = time.perf_counter()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(
        f"{size} areas: fit {fit - started:.1f} s, project {projected - fit:.1f} s,"
        f" summarise {summarised - projected:.1f} s, peak memory {peak} MB"
    )


def _review(size: int, rng: np.random.Generator) -> tuple[pd.DataFrame, pd.Series]:
    codes = [f"{area:05d}" for area in range(size)]
    households = rng.integers(500, 9000, size)
    level, own = rng.normal(-2.5, 1, size), rng.normal(0, 0.06, size)
    years = []
    for year in range(2019, 2025):
        level = level - 0.15 + own + rng.normal(0, 0.06, size) + rng.normal(0, 0.04)
        counted = rng.binomial(households, 1 / (1 + np.exp(-level)))
        years.append(
            pd.DataFrame(
                {
                    "area_code": codes,
                    "year": year,
                    "standard": "unstated",
                    "households": pd.array(households, dtype="Int64"),
                    "poor_households": pd.array(counted, dtype="Int64"),
                }
            )
        )
    groups = pd.Series([str(area % 34) for area in range(size)], index=codes)
    return pd.concat(years), groups


if __name__ == "__main__":
    main()
