"""
Hold the projection against other methods on real panels: `python bench/backtest.py [FOLDER]`.

FOLDER holds the three files named in docs/model-card.md. Every panel is scored twice:
with the constants that the library ships, and with those that win on the other panels
alone. Ratios are to the best other method on that panel, chosen with hindsight.
`--automatic` adds ETS, Theta and ARIMA (`make peers`), which take minutes.
"""

import argparse
import itertools
import os
import platform
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from povlib.data.panels import NOMINAL
from povlib.models import backtest, other_methods
from povlib.models.backtest import OURS, Backtest
from povlib.models.shared_drift import Prior

FOLDER = Path(__file__).resolve().parents[2] / "shared" / "data" / "panels"
# Smaller shocks are not considered: four steady years must not rule out an ordinary bad one.
CANDIDATES = [
    replace(Prior(), powers=powers, shock_scale=shock, pace_ends=ends)
    for powers, shock, ends in itertools.product(
        ((0.0,), (0.0, 0.25, 0.5, 0.75), (0.25, 0.5, 0.75)), (0.05, 0.08), (0.0, 0.03)
    )
]
EVERY = 10  # constants are chosen on every tenth county: enough, and minutes saved


def main() -> None:
    """Print all scores."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=FOLDER)
    parser.add_argument("--automatic", action="store_true")
    asked = parser.parse_args()
    print(f"{platform.machine()}, {os.cpu_count()} processors, Python {platform.python_version()}")
    panels = dict(_panels(asked.folder))
    chosen = _choose(panels)
    others = other_methods.automatic() if asked.automatic else {}
    for name, (panel, windows) in panels.items():
        for window in windows:
            print(f"\n{name}, windows of {window} years")
            started = time.perf_counter()
            shipped = backtest.run(panel, window=window, others=others)
            seconds = time.perf_counter() - started
            _report("shipped constants", shipped)
            left_out = backtest.run(panel, window=window, prior=chosen[name])
            _report("constants of the other panels", left_out)
            best = _best(shipped)
            print(
                f"  best other method {best}; {seconds:.0f} s; windows won: {_won(shipped, best)}"
            )
            for method, cost in shipped.meta["methods"].items():
                if cost["failures"] or cost["missing_intervals"]:
                    print(
                        f"  {method}: {cost['failures']} failures,"
                        f" {cost['missing_intervals']} missing intervals"
                    )


def _panels(folder: Path) -> Iterator[tuple[str, tuple[pd.DataFrame, list[int]]]]:
    """Panels as shares, and the windows that they are scored with."""
    saipe = pd.read_csv(folder / "us_saipe_county_1989_2021_long.csv", dtype={"fips": str})
    saipe = saipe[(saipe["poverty_rate_pct"] > 0) & (saipe["year"] >= 1997)]  # 0 is missing there
    yield "US counties 1997-2021", (_shares(saipe, "fips", "poverty_rate_pct"), [4, 5])
    gso = pd.read_csv(folder / "vietnam_gso_province_poverty_2006_2016.csv")
    gso = gso[(gso["level"] == "province") & (gso["year"] >= 2010)]  # a new line in 2010
    yield "Viet Nam, survey 2012-2016", (_shares(gso, "name", "poverty_rate_pct"), [3, 4])
    review = pd.read_csv(
        folder / "vn_province63_poverty_review_2016_2024.csv", comment="#", dtype={"geo_code": str}
    )
    review = review[(review["denominator_flag"] == "ok") & review["note"].isna()]
    for first, last in ((2016, 2019), (2021, 2024)):
        rows = review[review["year"].between(first, last)]
        panel = _shares(rows, "geo_code", "derived_poor_rate_pct")
        yield f"Viet Nam, review {first}-{last}", (panel, [3])


def _shares(rows: pd.DataFrame, code: str, percent: str) -> pd.DataFrame:
    panel = pd.DataFrame(
        {
            "area_code": rows[code],
            "year": rows["year"],
            "poverty_rate": rows[percent] / 100,
            "households": NOMINAL,
            "group": pd.NA,
        }
    )
    return panel.dropna(subset=["poverty_rate"])


def _choose(panels: dict[str, tuple[pd.DataFrame, list[int]]]) -> dict[str, Prior]:
    """For every panel the constants with the least mean log ratio on the others."""
    logs = {
        name: [np.log(_ratio(_quick(panel, windows[0], prior))) for prior in CANDIDATES]
        for name, (panel, windows) in panels.items()
    }
    chosen = {}
    print("constants chosen without the panel:")
    for name in panels:
        rest = np.mean([values for other, values in logs.items() if other != name], axis=0)
        prior = CANDIDATES[int(np.argmin(rest))]
        chosen[name] = prior
        constants = f"powers {prior.powers}, shock {prior.shock_scale}, pace_ends {prior.pace_ends}"
        print(f"  {name}: {constants}")
    return chosen


def _quick(panel: pd.DataFrame, window: int, prior: Prior) -> Backtest:
    codes = sorted(panel["area_code"].unique())
    kept = codes[::EVERY] if len(codes) > 1000 else codes
    return backtest.run(panel[panel["area_code"].isin(kept)], window=window, prior=prior)


def _mean_crps(made: Backtest) -> dict[str, float]:
    """CRPS averaged over horizons, methods without intervals left out. [points]."""
    means = {}
    for method, horizons in made.summary().items():
        scores = [one.get("crps") for one in horizons.values()]
        if scores and None not in scores:
            means[method] = 100 * float(np.mean(scores))
    return means


def _best(made: Backtest) -> str:
    means = _mean_crps(made)
    return min((name for name in means if name != OURS), key=means.__getitem__)


def _ratio(made: Backtest) -> float:
    means = _mean_crps(made)
    return means[OURS] / means[_best(made)]


def _won(made: Backtest, best: str) -> str:
    areas = made.scores[made.scores["level"] == "areas"]
    crps = areas.pivot_table(index=["origin", "horizon"], columns="method", values="crps")
    return f"{int((crps[OURS] < crps[best]).sum())} of {len(crps)}"


def _report(label: str, made: Backtest) -> None:
    means = _mean_crps(made)
    listed = ", ".join(f"{name} {value:.3f}" for name, value in means.items())
    print(f"  {label}: ratio {_ratio(made):.3f} (CRPS in points: {listed})")
    own = made.scores[made.scores["method"] == OURS]
    for level, rows in own.groupby("level"):
        for low, high in ((1, 2), (3, 5)):
            part = rows[rows["horizon"].between(low, high)]
            if len(part):
                covered = [np.average(part[f"coverage{p}"], weights=part["n"]) for p in (80, 95)]
                print(
                    f"    {level}, {low}-{high} years ahead: {100 * covered[0]:.1f} % in 80 %,"
                    f" {100 * covered[1]:.1f} % in 95 % ({part['n'].sum()} forecasts)"
                )


if __name__ == "__main__":
    main()
