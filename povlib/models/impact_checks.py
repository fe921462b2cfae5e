"""What speaks for and against an estimated effect."""

from dataclasses import dataclass
from typing import Any

import diff_diff
import numpy as np
import pandas as pd
import statsmodels.api as sm
from numpy.typing import NDArray

from povlib.data.notes import Note
from povlib.models import staggered
from povlib.models.impact_design import Design
from povlib.models.impact_inference import Effect
from povlib.models.impact_settings import NEVER, ImpactSettings


@dataclass(frozen=True, slots=True)
class TwoWay:
    """
    The two-way fixed effects estimate, as a warning only.

    Attributes
    ----------
    estimate : float
        What a regression on unit and year effects gives.
    forbidden_share : float
        Weight of the comparisons that take treated units as controls.
    bacon : DataFrame
        One row per `comparison`: `weight`, `estimate`.
    """

    estimate: float
    forbidden_share: float
    bacon: pd.DataFrame


def imputation(design: Design, settings: ImpactSettings, notes: list[Note]) -> Effect | None:
    """
    Estimate the effect a second time, from imputed outcomes.

    Parameters
    ----------
    design : Design
    settings : ImpactSettings
    notes : list of Note
        Says why, if it cannot be done.

    Returns
    -------
    effect : Effect or None
        Average over all treated units and years. Covariates enter with a
        coefficient for each year.

    References
    ----------
    Borusyak, K., Jaravel, X., Spiess, J. (2024). Revisiting event-study designs:
    robust and efficient estimation. Review of Economic Studies 91, 3253-3285.
    """
    crossed = {
        f"{name} {time}": design.panel[name] * (design.panel["time"] == time)
        for name in design.covariates
        for time in np.unique(design.panel["time"])[1:]
    }
    panel = pd.concat([design.panel, pd.DataFrame(crossed, index=design.panel.index)], axis=1)
    estimator = diff_diff.ImputationDiD(
        alpha=settings.alpha,
        cluster="cluster" if "cluster" in panel else None,
        rank_deficient_action="silent",
    )
    try:
        fitted = staggered.listen(
            lambda: estimator.fit(
                panel,
                outcome="outcome",
                unit="unit",
                time="time",
                first_treat="cohort",
                covariates=list(crossed) or None,
                survey_design=staggered.survey(design),
            ),
            "imputation",
            notes,
        )
    except (ValueError, np.linalg.LinAlgError) as error:
        text = str(error).partition(". ")[0]
        notes.append(Note("no second estimate by imputation: {text}", {"text": text}))
        return None
    return _effect(fitted) if np.isfinite(fitted.overall_se) else None


def _effect(fitted: Any) -> Effect:
    lb, ub = fitted.overall_conf_int
    return Effect(
        estimate=float(fitted.overall_att),
        se=float(fitted.overall_se),
        lb=float(lb),
        ub=float(ub),
        p_value=float(fitted.overall_p_value),
    )


def two_way(design: Design, notes: list[Note]) -> TwoWay | None:
    """
    Say what the naive regression gives, and which comparisons it is made of.

    Parameters
    ----------
    design : Design
    notes : list of Note
        Says why, if it cannot be done.

    Returns
    -------
    two_way : TwoWay or None
        Each unit counts once; no covariates. None unless every unit has every year.

    References
    ----------
    Goodman-Bacon, A. (2021). Difference-in-differences with variation in treatment
    timing. Journal of Econometrics 225, 254-277.
    """
    if design.counts["units_with_gaps"]:
        notes.append(Note("no decomposition of the two-way estimate: units lack years"))
        return None
    decomposition = staggered.listen(
        lambda: diff_diff.BaconDecomposition(weights="exact").fit(
            design.panel, outcome="outcome", unit="unit", time="time", first_treat="cohort"
        ),
        "Bacon",
        notes,
    )
    kinds = ("treated_vs_never", "earlier_vs_later", "later_vs_earlier")
    bacon = pd.DataFrame(
        {
            "comparison": kinds,
            "weight": [getattr(decomposition, f"total_weight_{kind}") for kind in kinds],
            "estimate": [getattr(decomposition, f"weighted_avg_{kind}") for kind in kinds],
        }
    )
    return TwoWay(
        estimate=float(decomposition.twfe_estimate),
        forbidden_share=float(decomposition.total_weight_later_vs_earlier),
        bacon=bacon[bacon["weight"] > 0].reset_index(drop=True),
    )


def balance(design: Design, notes: list[Note]) -> pd.DataFrame:
    """
    Compare treated and controls before treatment.

    Parameters
    ----------
    design : Design
    notes : list of Note
        Gets what the weighting warns of.

    Returns
    -------
    balance : DataFrame
        One row per `variable` (the outcome and the covariates in a unit's first
        year): `treated`, `controls` (means), and the standardised difference
        `before` and `after` weighting the controls by the odds of being treated
        given the covariates; `after` is missing without covariates. Without
        never-treated units the first cohort is held against the others.
    """
    first = design.panel.groupby("unit").first()
    treated = (first["cohort"] != NEVER).to_numpy()
    if treated.all():
        treated = (first["cohort"] == first["cohort"].min()).to_numpy()
    return compare(first[["outcome", *design.covariates]], treated, notes)


def compare(units: pd.DataFrame, treated: NDArray[np.bool_], notes: list[Note]) -> pd.DataFrame:
    """
    Compare two groups of units; see `balance`.

    Parameters
    ----------
    units : DataFrame
        One row per unit: `outcome`, then the covariates.
    treated : ndarray of bool, shape (units,)
    notes : list of Note
        Gets what the weighting warns of.

    Returns
    -------
    balance : DataFrame
        One row per column of `units`.
    """
    covariates = units.drop(columns="outcome")
    odds = None if covariates.empty else _odds(covariates, treated, notes)
    rows = []
    for name in units:
        values = units[name].to_numpy(float)
        of_treated, of_controls = values[treated], values[~treated]
        spread = np.sqrt(units[name].groupby(treated).var().mean())
        weighted = np.nan if odds is None else np.average(of_controls, weights=odds[~treated])
        rows.append(
            {
                "variable": name.removeprefix("covariate "),
                "treated": of_treated.mean(),
                "controls": of_controls.mean(),
                "before": (of_treated.mean() - of_controls.mean()) / spread
                if spread > 0
                else np.nan,
                "after": (of_treated.mean() - weighted) / spread if spread > 0 else np.nan,
            }
        )
    return pd.DataFrame(rows)


def _odds(
    covariates: pd.DataFrame, treated: NDArray[np.bool_], notes: list[Note]
) -> NDArray[np.float64]:
    scaled = (covariates - covariates.mean()) / covariates.std(ddof=0).replace(0, 1)
    model = sm.GLM(treated.astype(float), sm.add_constant(scaled), family=sm.families.Binomial())
    fitted = staggered.listen(model.fit, "balance", notes)
    chance = np.clip(fitted.fittedvalues.to_numpy(), 0.01, 0.99)
    return chance / (1 - chance)
