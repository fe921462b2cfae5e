"""Effects by cohort and year of a staggered roll-out."""

import re
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import diff_diff
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from povlib.data.notes import Note
from povlib.errors import DataError
from povlib.models.impact_design import Design
from povlib.models.impact_settings import ImpactSettings

_SAID = "Unbalanced panel detected"  # in our own words, with numbers, by `impact`


@dataclass(frozen=True, slots=True)
class GroupTimes:
    """
    Effects by cohort and year.

    Attributes
    ----------
    cells : DataFrame
        One row per `cohort`, `time` that can be estimated: `event_time` (years
        since the first of treatment), `estimate`, `treated_units`,
        `control_units`. Years before treatment are compared with the last one
        before it, which has no row.
    influence : ndarray, shape (units, cells)
        What each unit adds to the error of each cell.
    cohorts : ndarray, shape (units,)
        First year of treatment, `NEVER` if none.
    weights : ndarray, shape (units,)
        Weight of each unit.
    clusters : ndarray or None, shape (units,)
        Number of each unit's cluster.
    fit : object
        diff-diff's own results.
    """

    cells: pd.DataFrame
    influence: NDArray[np.float64]
    cohorts: NDArray[np.int64]
    weights: NDArray[np.float64]
    clusters: NDArray[np.int64] | None
    fit: Any

    @property
    def after(self) -> NDArray[np.bool_]:
        """Whether a cell is of a year with treatment."""
        return (self.cells["event_time"] >= 0).to_numpy()


# What diff-diff and statsmodels say in many ways of one thing.
_WEIGHTING = ("propensity", "Logistic regression", "Large coefficients", "separation")
_WEAK = "few controls are like the treated in the covariates: the weighting rests on little"


def listen(call: Callable[[], Any], source: str, notes: list[Note]) -> Any:
    """
    Call an estimator and turn what it warns of into notes.

    Parameters
    ----------
    call : callable
        Takes nothing.
    source : str
        Name of the estimator, for the note.
    notes : list of Note
        Gets a note for each kind of warning of the category `UserWarning`, its
        first sentence; others are issued again.

    Returns
    -------
    result : object
        What the call returns.
    """
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        result = call()
    kinds: dict[str, list[str]] = {}  # one cell after the other is warned of, with other figures
    for warning in heard:
        if issubclass(warning.category, UserWarning):
            text = str(warning.message).partition(". ")[0]
            if any(sign in text for sign in _WEIGHTING):
                text = _WEAK
            kinds.setdefault(re.sub(r"[\d.]+", "", text), []).append(text)
        else:
            warnings.warn_explicit(
                warning.message, warning.category, warning.filename, warning.lineno
            )
    for texts in kinds.values():
        if texts[0] == _WEAK:
            notes.append(Note(_WEAK))
        elif not texts[0].startswith(_SAID):
            more = f" (and {len(texts) - 1} more)" if len(texts) > 1 else ""
            notes.append(Note("{source}: {text}", {"source": source, "text": texts[0] + more}))
    return result


def survey(design: Design) -> "diff_diff.SurveyDesign | None":
    """Return the weights as diff-diff takes them, None if each unit counts once."""
    return diff_diff.SurveyDesign(weights="weight") if "weight" in design.panel else None


def fit(design: Design, settings: ImpactSettings, notes: list[Note]) -> GroupTimes:
    """
    Estimate the effect in every cohort and year.

    Parameters
    ----------
    design : Design
    settings : ImpactSettings
    notes : list of Note
        Gets what the estimator warns of.

    Returns
    -------
    group_times : GroupTimes

    Raises
    ------
    DataError
        If nothing can be estimated.

    Notes
    -----
    ATT(g, t) of Callaway and Sant'Anna, doubly robust if there are covariates,
    against the last year before treatment. Assumes that without treatment the
    outcome of cohort g would have moved as that of its controls (among units alike
    in the covariates), and that nobody reacts before the first year.

    References
    ----------
    Callaway, B., Sant'Anna, P. (2021). Difference-in-differences with multiple time
    periods. Journal of Econometrics 225, 200-230.
    """
    estimator = diff_diff.CallawaySantAnna(
        control_group=design.control,
        estimation_method="dr",
        base_period="universal",
        alpha=settings.alpha,
        cluster="cluster" if "cluster" in design.panel else None,
        pscore_fallback="unconditional",
    )
    call = partial(
        estimator.fit,
        design.panel,
        outcome="outcome",
        unit="unit",
        time="time",
        first_treat="cohort",
        covariates=design.covariates or None,
        survey_design=survey(design),
    )
    try:
        results = listen(call, "Callaway-Sant'Anna", notes)
    except (ValueError, np.linalg.LinAlgError) as error:
        reason = str(error).partition(". ")[0]
        hint = " (fewer controls in a year than covariates need?)" if design.covariates else ""
        text = "no effect can be estimated: {reason}"
        raise DataError(Note(text, {"reason": reason + hint})) from None
    return _collect(results, design)


def _collect(results: Any, design: Design) -> GroupTimes:
    """Cells that have a standard error: reference years and what nobody observes have none."""
    known = {key: one for key, one in results.group_time_effects.items() if one["se"] > 0}
    if not any(time >= cohort for cohort, time in known):
        text = "no effect can be estimated: no cohort has controls in a year after its first"
        raise DataError(Note(text))
    cells = pd.DataFrame(
        {
            "cohort": [int(cohort) for cohort, _ in known],
            "time": [int(time) for _, time in known],
            "event_time": [int(time - cohort) for cohort, time in known],
            "estimate": [one["effect"] for one in known.values()],
            "treated_units": [one["n_treated"] for one in known.values()],
            "control_units": [one["n_control"] for one in known.values()],
        }
    )
    units = design.panel.groupby("unit").first()  # sorted, as diff-diff sorts them
    influence = np.zeros((len(units), len(known)))
    # The public results hold no influence functions; averages over calendar years, and
    # joint tests, need them. The minor version is pinned and golden values are tested.
    payload = results._aggregation_kit.influence  # noqa: SLF001
    for column, key in enumerate(known):
        influence[payload[key]["treated_idx"], column] = payload[key]["treated_inf"]
        influence[payload[key]["control_idx"], column] = payload[key]["control_inf"]
    return GroupTimes(
        cells=cells,
        influence=influence,
        cohorts=units["cohort"].to_numpy(),
        weights=units["weight"].to_numpy() if "weight" in units else np.ones(len(units)),
        clusters=pd.factorize(units["cluster"])[0] if "cluster" in units else None,
        fit=results,
    )
