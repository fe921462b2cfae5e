"""
Measure how often the audit is wrong, and what it finds: `python bench/audit.py`.

Honest worlds are simulated from known truths, 92 communes of 500 to 5,000 households with 5
reviews; then a tenth of the communes, or the merge of two provinces, is tampered with.
"""

import os
import platform

import numpy as np
import pandas as pd

from povlib.data.tables import FLOWS_IN, FLOWS_OUT
from povlib.models import audit, audit_tests
from povlib.scenario import load

WORLDS = 40
AREAS, YEARS = 92, range(2020, 2025)
TAMPERED = 9
STANDARD = "nd07-2021"
CHANCE = ("surprise", "at_target", "below_criterion", "escapes_to_near_poor", "last_digits")


def main() -> None:
    """Print false alarms and detections."""
    print(f"{platform.machine()}, {os.cpu_count()} processors, Python {platform.python_version()}")
    print(f"{WORLDS} worlds of {AREAS} communes, {len(YEARS)} reviews")
    worlds = [_world(np.random.default_rng(seed)) for seed in range(WORLDS)]
    honest = [_found(*world) for world in worlds]
    flagged = [found[found["code"].isin(CHANCE)] for found in honest]
    areas = sum(found["area_code"].drop_duplicates().ne("*").sum() for found in flagged)
    print(f"honest: {100 * areas / WORLDS / AREAS:.2f} % of communes with a finding of chance")
    for code in CHANCE:
        count = sum((found["code"] == code).sum() for found in flagged)
        print(f"  {code}: {count} findings in {WORLDS} worlds")
    others = sum(len(found) - found["code"].isin(CHANCE).sum() for found in honest)
    print(f"  identities and plausibility: {others} findings")
    for name, (tamper, codes) in _TAMPERS.items():
        print(f"{name}: {100 * _detected(worlds, tamper, codes):.0f} % found")


def _world(rng: np.random.Generator) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Reviews, flows and assigned counts of an honest province."""
    households = rng.integers(500, 5000, AREAS)
    level, own = rng.normal(-2, 0.8, AREAS), rng.normal(0, 0.06, AREAS)
    counts = []
    for _ in YEARS:
        level = level - 0.2 + own + rng.normal(0, 0.08, AREAS) + rng.normal(0, 0.05)
        counts.append(rng.binomial(households, 1 / (1 + np.exp(-level))))
    codes = [f"{area:05d}" for area in range(AREAS)]
    review = pd.concat(
        pd.DataFrame(
            {
                "area_code": codes,
                "year": year,
                "standard": STANDARD,
                "households": households,
                "poor_households": count,
                "near_poor_households": rng.binomial(households, 0.06),
            }
        )
        for year, count in zip(YEARS, counts, strict=True)
    )
    types = dict.fromkeys(
        ["year", "households", "poor_households", "near_poor_households"], "Int64"
    )
    review = review.astype(types).sort_values(["area_code", "year"], ignore_index=True)
    assigned = np.maximum(np.rint(counts[-2] * rng.uniform(0.75, 0.9, AREAS)), 0).astype(int)
    goals = pd.DataFrame({"area_code": codes, "year": YEARS[-1], "poor_households": assigned})
    return review, _flows(codes, counts[-2], counts[-1], rng), goals


def _flows(
    codes: list[str], start: np.ndarray, end: np.ndarray, rng: np.random.Generator
) -> pd.DataFrame:
    """Flows of the last year that add up; escapes to near-poverty vary around a half."""
    came = rng.binomial(start, 0.05)
    left = np.maximum(start + came - end, 0)
    came = end - start + left
    only = rng.binomial(left, rng.beta(10, 10, AREAS))
    cells = dict.fromkeys((*FLOWS_OUT, *FLOWS_IN), 0)
    return pd.DataFrame(
        {"area_code": codes, "year": YEARS[-1], "standard": STANDARD, "status": "poor"}
        | {"unit": "households", "start": start, "end": end}
        | cells
        | {"out_to_other_status": only, "out_above": left - only, "newly_identified": came}
    )


def _found(review: pd.DataFrame, flows: pd.DataFrame, assigned: pd.DataFrame) -> pd.DataFrame:
    tested = audit_tests.examine(
        review,
        flows,
        load("thai-nguyen").model,
        standard=STANDARD,
        rng=np.random.default_rng(1),
        assigned=assigned,
        criterion=0.05,
    )
    return audit.collect([audit.examine(review, flows), tested])


def _detected(worlds: list, tamper, codes: tuple[str, ...]) -> float:  # noqa: ANN001
    """Part of the tampered communes that get a finding of one of the codes."""
    shares = []
    for seed, world in enumerate(worlds):
        chosen = np.random.default_rng(seed).choice(AREAS, TAMPERED, replace=False)
        names = [f"{area:05d}" for area in chosen]
        found = _found(*tamper(*world, names))
        hit = found[found["code"].isin(codes)]["area_code"]
        shares.append(np.isin(names, hit).mean())
    return float(np.mean(shares))


def _set_last(review: pd.DataFrame, names: list[str], counts: pd.Series) -> pd.DataFrame:
    changed = review.copy()
    at = (changed["year"] == YEARS[-1]) & changed["area_code"].isin(names)
    values = counts.reindex(changed.loc[at, "area_code"]).to_numpy()
    changed.loc[at, "poor_households"] = pd.array(values, dtype="Int64")
    return changed


def _to_target(review, flows, assigned, names):  # noqa: ANN001, ANN202
    goals = assigned.set_index("area_code")["poor_households"]
    return _set_last(review, names, goals), flows, assigned


def _lost_digit(review, flows, assigned, names):  # noqa: ANN001, ANN202
    changed = review.copy()
    at = (changed["year"] == YEARS[-2]) & changed["area_code"].isin(names)
    changed.loc[at, "poor_households"] = changed.loc[at, "poor_households"] // 10
    return changed, flows, assigned


def _swapped(review, flows, assigned, names):  # noqa: ANN001, ANN202
    last = review[review["year"] == YEARS[-1]].set_index("area_code")["poor_households"]
    turned = pd.Series(last[names].to_numpy()[np.r_[1 : len(names), 0]], index=names)
    return _set_last(review, names, turned), flows, assigned


def _unweighted(review, flows, assigned, names):  # noqa: ANN001, ANN202
    """
    Merge two parts by the mean of their rates.

    A fifth of a commune's households are three times as often poor as all of them.
    """
    last = review[review["year"] == YEARS[-1]].set_index("area_code").loc[names]
    rate = (last["poor_households"] / last["households"]).astype(float)
    small = (3 * rate).clip(upper=0.95)
    large = (rate - 0.2 * small) / 0.8
    counts = ((small + large) / 2 * last["households"].astype(float)).round().astype(int)
    return _set_last(review, names, counts), flows, assigned


def _without_flows(review, flows, assigned, names):  # noqa: ANN001, ANN202
    changed, flows, assigned = _unweighted(review, flows, assigned, names)
    return changed, flows.iloc[:0], assigned


_TAMPERS = {
    "a tenth of communes set to the number assigned": (_to_target, ("at_target", "surprise")),
    "a lost digit in a year before the last": (_lost_digit, ("lost_digit",)),
    "two parts merged without weights": (_unweighted, ("surprise", "flow_end_not_review")),
    "the same, without flows": (_without_flows, ("surprise",)),
    "rows swapped among a tenth of communes": (
        _swapped,
        ("surprise", "flow_end_not_review", "jump"),
    ),
}


if __name__ == "__main__":
    main()
