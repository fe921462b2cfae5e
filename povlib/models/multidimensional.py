"""Alkire and Foster's measures from households' deprivations: levels, parts and standard errors."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import pandas as pd

from povlib.errors import DataError
from povlib.models import sampling

# Twelve weights of 1/12 do not add up to shares without rounding errors; a score
# this close below the cutoff, relative to it, is at the cutoff.
_ROUNDING = 1e-9

Values: TypeAlias = str | pd.Series | Sequence[object] | np.ndarray


@dataclass(frozen=True, slots=True)
class Multidimensional:
    """
    Multidimensional poverty of a set of households.

    Attributes
    ----------
    H : float
        Headcount ratio: part of the households that is poor. [share, 0-1]
    A : float
        Intensity: mean score of the poor; missing if nobody is poor. [share, 0-1]
    M0 : float
        Adjusted headcount ratio, H x A; 0 if nobody is poor. [share, 0-1]
    H_se, A_se, M0_se : float
        Their standard errors; missing if a stratum has a single sampling unit.
    cutoff : float
        Least score of the poor. [share of the weights]
    indicators : DataFrame
        One row per `indicator`, in the order of the weights: `weight` (they sum
        to 1), `uncensored_headcount` (part of all that lacks it),
        `censored_headcount` (part of all that is poor and lacks it), both with
        `_se`, `contribution` to M0 (they sum to 1; missing if nobody is poor). [shares]
    subgroups : DataFrame
        One row per `subgroup`, sorted: `share` of the population, `H`, `A`, `M0`
        with `_se`, `contribution` to M0 (they sum to 1). No row without `by`. [shares]
    units : DataFrame
        One row per `stratum`, `cluster`: what each sampling unit adds to the
        linearised `H`, `A` and `M0`; the error of a change needs it.
    """

    H: float
    A: float
    M0: float
    H_se: float
    A_se: float
    M0_se: float
    cutoff: float
    indicators: pd.DataFrame
    subgroups: pd.DataFrame
    units: pd.DataFrame


def alkire_foster(
    deprivations: pd.DataFrame,
    weights: Mapping[str, float] | pd.Series | Sequence[float],
    cutoff: float,
    sample_weight: Values | None = None,
    by: Values | None = None,
    *,
    strata: Values | None = None,
    clusters: Values | None = None,
) -> Multidimensional:
    """
    Measure multidimensional poverty by the method of Alkire and Foster.

    A household is poor if the weights of what it lacks sum to the cutoff or more.

    Parameters
    ----------
    deprivations : DataFrame
        One row per household, one column per indicator: 1 or true where the
        household lacks it, else 0 or false; and the columns that the arguments
        below name.
    weights : mapping, Series or sequence of float
        Weight of every indicator, by its name or in the order of the columns;
        positive. They are divided by their sum: ten points each will do.
    cutoff : float
        Least score of the poor, above 0 and at most 1. The smallest weight is the
        union approach, 1 the intersection. [share of the weights]
    sample_weight : str, Series or sequence, optional
        Column or values: households, or people, that each row stands for;
        positive. Without it every row counts the same.
    by : str, Series or sequence, optional
        Column or values: the subgroup of every household.
    strata, clusters : str, Series or sequence, optional
        Column or values: the design of the sample. A cluster belongs to its
        stratum: the same name in two strata is two clusters. Without clusters
        each household is a sampling unit.

    Returns
    -------
    measures : Multidimensional

    Raises
    ------
    DataError
        If there is no household, a value is missing or not 0 or 1, a weight is
        not positive or its indicator unknown, or the cutoff is out of (0, 1].

    Notes
    -----
    Nothing is imputed: a household with an unknown deprivation is refused, since
    to leave it out or to count it as not deprived are both assumptions.

    Standard errors are Taylor-linearised for ratios, with clusters drawn with
    replacement in every stratum and no correction for a finite population. They
    are of a sample; a review of all households has no sampling error.

    References
    ----------
    Alkire and Foster (2011), Counting and multidimensional poverty measurement,
    Journal of Public Economics 95. Alkire et al. (2015), Multidimensional Poverty
    Measurement and Analysis, chapters 5, 8 and 9.

    Examples
    --------
    >>> rows = pd.DataFrame([[1, 0, 1, 0], [0, 1, 0, 0], [0, 1, 1, 1], [1, 0, 0, 0], [1, 0, 1, 0]])
    >>> found = alkire_foster(rows, [1, 1, 1, 1], 0.5)
    >>> print(found.H, round(found.A, 4), round(found.M0, 4))
    0.6 0.5833 0.35
    """
    households = pd.DataFrame(deprivations)
    asked = {"sample_weight": sample_weight, "by": by, "strata": strata, "clusters": clusters}
    aside = {name: _values(households, name, given) for name, given in asked.items()}
    named = [given for given in asked.values() if isinstance(given, str)]
    deprived = _check_deprivations(households.drop(columns=named))
    shares = _check_weights(weights, deprived)
    if not 0 < cutoff <= 1:
        msg = f"cutoff must be above 0 and at most 1; found {cutoff}"
        raise DataError(msg)
    deprived = deprived[shares.index]
    score = deprived.to_numpy() @ shares.to_numpy()
    poor = (score >= cutoff * (1 - _ROUNDING)).astype(float)
    design = sampling.design(aside["strata"], aside["clusters"], len(households))
    return _measure(_Scored(deprived, shares, cutoff, score, poor), aside, design)


@dataclass(frozen=True, slots=True)
class _Scored:
    deprived: pd.DataFrame
    weights: pd.Series
    cutoff: float
    score: np.ndarray
    poor: np.ndarray


def _measure(
    scored: _Scored, aside: Mapping[str, np.ndarray | None], design: pd.DataFrame
) -> Multidimensional:
    weight = _check_sample_weight(aside["sample_weight"], len(design))
    levels, linear = _levels(scored, weight)
    errors = sampling.standard_errors(linear, design)
    return Multidimensional(
        H=float(levels["H"]),
        A=float(levels["A"]),
        M0=float(levels["M0"]),
        H_se=float(errors["H"]),
        A_se=float(errors["A"]),
        M0_se=float(errors["M0"]),
        cutoff=scored.cutoff,
        indicators=_indicators(scored, weight, design),
        subgroups=_subgroups(scored, weight, aside["by"], design),
        units=sampling.units(linear, design).reset_index(),
    )


def _levels(scored: _Scored, weight: np.ndarray) -> tuple[pd.Series, pd.DataFrame]:
    """H, A, M0 of the households that weigh, and every household's part of their errors."""
    values = pd.DataFrame({"H": scored.poor, "M0": scored.poor * scored.score})
    levels, linear = sampling.means(values, weight)
    headcount = levels["H"] if levels["H"] > 0 else np.nan
    levels["A"] = levels["M0"] / headcount
    linear["A"] = (linear["M0"] - levels["A"] * linear["H"]) / headcount
    return levels, linear


def _indicators(scored: _Scored, weight: np.ndarray, design: pd.DataFrame) -> pd.DataFrame:
    parts = {}
    for name, counted in (("uncensored", 1.0), ("censored", scored.poor[:, None])):
        lacking = pd.DataFrame(
            scored.deprived.to_numpy() * counted, columns=scored.deprived.columns
        )
        means, linear = sampling.means(lacking, weight)
        parts[f"{name}_headcount"] = means
        parts[f"{name}_headcount_se"] = sampling.standard_errors(linear, design)
    indicators = pd.DataFrame({"weight": scored.weights} | parts)
    adjusted = indicators["weight"] * indicators["censored_headcount"]
    indicators["contribution"] = adjusted / adjusted.sum()  # 0 / 0 is missing
    return indicators.rename_axis("indicator").reset_index()


def _subgroups(
    scored: _Scored, weight: np.ndarray, by: np.ndarray | None, design: pd.DataFrame
) -> pd.DataFrame:
    rows = []
    for subgroup in [] if by is None else sorted(set(by)):
        own = np.where(by == subgroup, weight, 0.0)
        levels, linear = _levels(scored, own)
        errors = sampling.standard_errors(linear, design).add_suffix("_se")
        share = own.sum() / weight.sum()
        rows.append({"subgroup": subgroup, "share": share, **levels, **errors})
    columns = ["subgroup", "share", "H", "A", "M0", "H_se", "A_se", "M0_se"]
    subgroups = pd.DataFrame(rows, columns=columns)
    adjusted = subgroups["share"] * subgroups["M0"]
    return subgroups.assign(contribution=adjusted / adjusted.sum())


def _values(households: pd.DataFrame, name: str, given: Values | None) -> np.ndarray | None:
    """What an argument says of every household, be it a column's name or the values."""
    if given is None:
        return None
    if isinstance(given, str):
        if given not in households:
            there = ", ".join(map(str, households.columns))
            msg = f"{name}: there is no column {given} (there: {there})"
            raise DataError(msg)
        given = households[given]
    values = pd.Series(given)
    if len(values) != len(households):
        msg = f"{name}: {len(values)} values for {len(households)} households"
        raise DataError(msg)
    if isinstance(given, pd.Series) and not given.index.equals(households.index):
        msg = f"{name}: its index is not that of the deprivations"
        raise DataError(msg)
    if values.isna().any():
        msg = f"{name}: missing for {values.isna().sum()} households"
        raise DataError(msg)
    return values.to_numpy()


def _check_deprivations(deprived: pd.DataFrame) -> pd.DataFrame:
    if deprived.empty:
        msg = "deprivations: no household or no indicator"
        raise DataError(msg)
    for name, cells in deprived.items():
        wrong = ~cells.isin([0, 1])
        if wrong.any():
            row, found = wrong.index[wrong][0], cells[wrong].iloc[0]
            found = "none" if pd.isna(found) else found
            more = f"({wrong.sum()} such cells)"
            msg = f"deprivations, row {row}, {name}: must be 0 or 1; found {found} {more}"
            raise DataError(msg)
    return deprived.astype(float)


def _check_weights(
    weights: Mapping[str, float] | pd.Series | Sequence[float], deprived: pd.DataFrame
) -> pd.Series:
    """Weights by indicator, summing to 1."""
    named = isinstance(weights, Mapping | pd.Series)
    if not named and len(weights) != deprived.shape[1]:
        msg = f"weights: {len(weights)} for {deprived.shape[1]} indicators"
        raise DataError(msg)
    shares = pd.Series(weights, index=None if named else deprived.columns, dtype=float)
    wrong = [
        *shares.index.symmetric_difference(deprived.columns),
        *shares.index[shares.index.duplicated()],
        *deprived.columns[deprived.columns.duplicated()],
    ]
    if wrong:
        msg = f"weights: one for each indicator and no other; check {', '.join(map(str, wrong))}"
        raise DataError(msg)
    if not (np.isfinite(shares) & (shares > 0)).all():
        msg = f"weights: must be positive; found {shares[~(shares > 0)].to_dict()}"
        raise DataError(msg)
    return shares / shares.sum()


def _check_sample_weight(given: np.ndarray | None, households: int) -> np.ndarray:
    weight = np.ones(households) if given is None else given.astype(float)
    wrong = ~(np.isfinite(weight) & (weight > 0))
    if wrong.any():
        msg = f"sample_weight: must be positive; found {weight[wrong][0]:g} ({wrong.sum()} such)"
        raise DataError(msg)
    return weight
