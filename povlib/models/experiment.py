"""Two groups drawn by lot: the difference between them."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import statsmodels.api as sm
from scipy import stats

from povlib.data.notes import Note
from povlib.errors import DataError
from povlib.models import impact_checks, impact_records
from povlib.models.impact_inference import Effect
from povlib.models.impact_settings import FEW, ImpactSettings
from povlib.models.impact_verdict import SMALL, Verdict, judge
from povlib.models.pre_trends import POWER


@dataclass(frozen=True, slots=True)
class Estimate:
    """
    The difference between two groups.

    Attributes
    ----------
    difference : Effect
        Mean of the treated less mean of the controls. [units of the outcome]
    adjusted : Effect or None
        The same, adjusted for covariates; None without covariates.
    smallest_seen, relevant_effect : float
        Minimum detectable effect; smallest effect that matters.
    balance : DataFrame
        As `impact_checks.balance`.
    verdict : str
        By the rules of `impact_verdict.judge`, as if groups were drawn by lot.
    counts : dict
        Units used and left out.
    notes : list of Note
    """

    difference: Effect
    adjusted: Effect | None
    smallest_seen: float
    relevant_effect: float
    balance: pd.DataFrame
    verdict: Verdict
    counts: dict[str, int]
    notes: list[Note]


def estimate(
    records: pd.DataFrame, outcome: str, treatment: str, *, settings: ImpactSettings
) -> Estimate:
    """
    Estimate the effect of a treatment given by lot.

    Parameters
    ----------
    records : DataFrame
        One row per unit.
    outcome, treatment : str
        Columns; the treatment is 1 or 0.
    settings : ImpactSettings

    Returns
    -------
    estimate : Estimate

    Raises
    ------
    DataError
        If a column is not there, a value is not of its kind, or a group has fewer
        than two units.

    Notes
    -----
    Standard errors allow for different spread in the two groups (HC2; with
    clusters, CR1). The adjusted estimate lets covariates, taken from their mean,
    act differently in the two groups.

    References
    ----------
    Lin, W. (2013). Agnostic notes on regression adjustments to experimental data.
    Annals of Applied Statistics 7, 295-318.
    """
    notes = [Note("groups of one time: holds only if treatment was given by lot")]
    units, covariates, counts = _prepare(records, outcome, treatment, settings, notes)
    treated = units["treated"].to_numpy()
    if min(treated.sum(), (~treated).sum()) < 2:
        msg = f"column {treatment}: at least two treated units and two controls are needed"
        raise DataError(msg)
    difference = _regress(units, pd.DataFrame(index=units.index), settings)
    adjusted = None
    if covariates:
        centred = units[covariates] - units[covariates].mean()
        crossed = centred.mul(treated, axis=0).add_suffix(" treated")
        adjusted = _regress(units, pd.concat([centred, crossed], axis=1), settings)
    seen = difference.se * float(stats.norm.ppf(1 - settings.alpha / 2) + stats.norm.ppf(POWER))
    spread = float(units.loc[~treated, "outcome"].std())
    given = settings.relevant_effect
    relevant = SMALL * spread if given is None else given
    found = judge(difference, None, adjusted, (seen, relevant), alpha=settings.alpha)
    few = min(counts["treated"], counts["never_treated"], _clusters(units)) < FEW
    return Estimate(
        difference=difference,
        adjusted=adjusted,
        smallest_seen=seen,
        relevant_effect=relevant,
        balance=impact_checks.compare(units[["outcome", *covariates]], treated, notes),
        verdict="cannot_tell" if few else found,
        counts=counts,
        notes=notes,
    )


def _clusters(units: pd.DataFrame) -> int:
    """Clusters on the side that has fewer; without clusters units stand for themselves."""
    side = units["cluster"] if "cluster" in units else units["unit"]
    return int(side.groupby(units["treated"]).nunique().min())


def _prepare(
    records: pd.DataFrame,
    outcome: str,
    treatment: str,
    settings: ImpactSettings,
    notes: list[Note],
) -> tuple[pd.DataFrame, list[str], dict[str, int]]:
    """Units as typed columns, the covariates among these, and counts."""
    asked = [outcome, treatment, *settings.covariates, settings.cluster, settings.weights]
    impact_records.require(records, asked)
    records = records.reset_index(drop=True)
    units = pd.DataFrame(
        {
            "unit": records.index.astype("string"),
            "time": 0,
            "outcome": impact_records.numbers(records[outcome], outcome),
            "treated": impact_records.flags(records[treatment], treatment),
        }
    )
    covariates = impact_records.attach(units, records, settings, notes)
    given = len(units)
    units = units.dropna(subset=["outcome", *covariates])
    if given > len(units):
        text = "{count} units without an outcome or covariates left out"
        notes.append(Note(text, {"count": given - len(units)}))
    treated = int(units["treated"].sum())
    counts = {
        "units_given": given,
        "units": len(units),
        "treated": treated,
        "never_treated": len(units) - treated,
    }
    return units, [name for name in covariates if units[name].std() > 0], counts


def _regress(units: pd.DataFrame, others: pd.DataFrame, settings: ImpactSettings) -> Effect:
    terms = pd.concat([units["treated"].astype(float), others], axis=1)
    weights = units["weight"] if "weight" in units else np.ones(len(units))
    how: dict[str, Any] = {"cov_type": "HC2"}
    if "cluster" in units:
        groups = pd.factorize(units["cluster"])[0]
        how = {"cov_type": "cluster", "cov_kwds": {"groups": groups}}
    fitted = sm.WLS(units["outcome"], sm.add_constant(terms), weights=weights).fit(
        use_t=True, **how
    )
    lb, ub = fitted.conf_int(settings.alpha).loc["treated"]
    return Effect(
        estimate=float(fitted.params["treated"]),
        se=float(fitted.bse["treated"]),
        lb=float(lb),
        ub=float(ub),
        p_value=float(fitted.pvalues["treated"]),
    )
