"""One treated unit: what it would have been, from a weighted average of the others."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from diff_diff import utils
from numpy.typing import NDArray
from scipy import stats

from povlib.data.notes import Note
from povlib.errors import DataError
from povlib.models.impact_design import Design
from povlib.models.impact_inference import Effect
from povlib.models.impact_settings import NEVER, ImpactSettings
from povlib.models.impact_verdict import Verdict

_DONORS = 5  # with fewer, not even the most extreme rank says much
_BEFORE = 3  # years that the weights are fitted to, at least


@dataclass(frozen=True, slots=True)
class Comparison:
    """
    One estimate with its placebos.

    Attributes
    ----------
    effect : Effect
        Mean over the years of treatment. The standard error is that of the
        placebos; `p_value` is the rank of the estimate among them. [units of the
        outcome]
    placebos : Series
        The same estimate for every donor, as if it had been treated; the index is
        the donor.
    unit_weights : Series
        Weight of every donor.
    time_weights : Series
        Weight of every year before treatment.
    fit_before : float
        Root mean square distance between the unit and its comparison before
        treatment, after the constant that the estimate allows for. [units of the
        outcome]
    """

    effect: Effect
    placebos: pd.Series
    unit_weights: pd.Series
    time_weights: pd.Series
    fit_before: float


@dataclass(frozen=True, slots=True)
class Estimate:
    """
    The effect on one treated unit.

    Attributes
    ----------
    sdid, sc, did : Comparison
        Synthetic difference-in-differences, synthetic control, and difference-in-
        differences with equal weights.
    gaps : DataFrame
        One row per `time`: `observed`, and what each of the three expects of the
        year without treatment. [units of the outcome]
    unit : str
        The treated unit.
    verdict : str
        `decreased` or `increased` if the placebo p-value of `sdid` is at most
        alpha; else `cannot_tell`: with one treated unit, that nothing was found
        never shows that there was nothing.
    design : Design
    notes : list of Note
    """

    sdid: Comparison
    sc: Comparison
    did: Comparison
    gaps: pd.DataFrame
    unit: str
    verdict: Verdict
    design: Design
    notes: list[Note]


def estimate(design: Design, settings: ImpactSettings) -> Estimate:
    """
    Estimate the effect on one treated unit.

    Parameters
    ----------
    design : Design
        One unit is treated.
    settings : ImpactSettings

    Returns
    -------
    estimate : Estimate

    Raises
    ------
    DataError
        If there are too few donors or years before treatment.

    Notes
    -----
    Weights as in the reference implementation (R package synthdid). Inference by
    placebos over all donors assumes that the treated unit might as well have been
    any of them, and that their outcomes vary alike.

    References
    ----------
    Arkhangelsky, D., Athey, S., Hirshberg, D., Imbens, G., Wager, S. (2021).
    Synthetic difference-in-differences. American Economic Review 111, 4088-4118.
    Abadie, A., Diamond, A., Hainmueller, J. (2010). Synthetic control methods for
    comparative case studies. Journal of the American Statistical Association 105.
    """
    notes = [*design.notes, Note("one treated unit: inference by placebos over all donors")]
    if design.covariates or "weight" in design.panel:
        notes.append(Note("covariates and weights play no part with one treated unit"))
    outcomes = _matrix(design, notes)
    treated = design.cohorts[design.cohorts != NEVER]
    unit, start = str(treated.index[0]), int(treated.iloc[0])
    before = (outcomes.index < start).astype(bool)
    _require(outcomes, unit, before)
    found = {
        name: _compare(outcomes, unit, before, name, settings.alpha)
        for name in ("sdid", "sc", "did")
    }
    return Estimate(
        sdid=found["sdid"],
        sc=found["sc"],
        did=found["did"],
        gaps=_gaps(outcomes, unit, before, found),
        unit=unit,
        verdict=_judge(found["sdid"].effect, settings.alpha),
        design=design,
        notes=notes,
    )


def _matrix(design: Design, notes: list[Note]) -> pd.DataFrame:
    """Outcomes by year and unit; donors that lack a year of the treated unit are left out."""
    outcomes = design.panel.pivot(index="time", columns="unit", values="outcome")
    treated = design.cohorts.index[design.cohorts != NEVER]
    outcomes = outcomes[outcomes[treated].notna().all(axis=1)]
    whole = outcomes.dropna(axis=1)
    lost = outcomes.shape[1] - whole.shape[1]
    if lost:
        notes.append(Note("{count} donors that lack a year left out", {"count": lost}))
    return whole


def _require(outcomes: pd.DataFrame, unit: str, before: NDArray[np.bool_]) -> None:
    donors, years = outcomes.shape[1] - 1, int(before.sum())
    if donors < _DONORS:
        text = (
            "one treated unit ({unit}) and {donors} donors with every year: at least {needed} "
            "donors are needed, or more treated units"
        )
        raise DataError(Note(text, {"unit": unit, "donors": donors, "needed": _DONORS}))
    if years < _BEFORE or before.all():
        text = (
            "one treated unit ({unit}) with {years} years before treatment: at least {needed} "
            "before and one after are needed, or more treated units"
        )
        raise DataError(Note(text, {"unit": unit, "years": years, "needed": _BEFORE}))


def _compare(
    outcomes: pd.DataFrame, unit: str, before: NDArray[np.bool_], method: str, alpha: float
) -> Comparison:
    donors = outcomes.drop(columns=unit)
    value, of_units, of_times = _weigh(outcomes[unit], donors, before, method)
    placebos = pd.Series(
        {
            name: _weigh(donors[name], donors.drop(columns=name), before, method)[0]
            for name in donors
        }
    )
    se = float(placebos.std(ddof=1))
    half = float(stats.norm.ppf(1 - alpha / 2)) * se
    rank = (1 + int((placebos.abs() >= abs(value)).sum())) / (1 + len(placebos))
    distance = (outcomes[unit] - donors @ of_units)[before].to_numpy()
    constant = of_times.to_numpy() @ distance
    return Comparison(
        effect=Effect(value, se, value - half, value + half, rank),
        placebos=placebos,
        unit_weights=of_units,
        time_weights=of_times,
        fit_before=float(np.sqrt(np.mean((distance - constant) ** 2))),
    )


def _weigh(
    one: pd.Series, donors: pd.DataFrame, before: NDArray[np.bool_], method: str
) -> tuple[float, pd.Series, pd.Series]:
    """Effect, weights of donors, weights of years: a difference of weighted differences."""
    pre, post = donors.to_numpy()[before], donors.to_numpy()[~before]
    target = one.to_numpy()[before]
    noise = float(np.diff(pre, axis=0).std(ddof=1))
    of_units = np.full(pre.shape[1], 1 / pre.shape[1])
    of_times = np.full(len(pre), 1 / len(pre))
    if method == "sc":
        of_times = np.zeros(len(pre))
        of_units = utils.compute_sdid_unit_weights(
            pre, target, 1e-6 * noise, intercept=False, min_decrease=1e-5 * noise
        )
    if method == "sdid":
        of_units = utils.compute_sdid_unit_weights(
            pre, target, len(post) ** 0.25 * noise, min_decrease=1e-5 * noise
        )
        of_times = utils.compute_time_weights(pre, post, 1e-6 * noise, min_decrease=1e-5 * noise)
    after = one.to_numpy()[~before].mean() - (post @ of_units).mean()
    effect = float(after - of_times @ (target - pre @ of_units))
    return (
        effect,
        pd.Series(of_units, index=donors.columns),
        pd.Series(of_times, index=donors.index[before]),
    )


def _gaps(
    outcomes: pd.DataFrame,
    unit: str,
    before: NDArray[np.bool_],
    found: dict[str, Comparison],
) -> pd.DataFrame:
    donors = outcomes.drop(columns=unit)
    gaps = pd.DataFrame({"time": outcomes.index, "observed": outcomes[unit].to_numpy()})
    for name, one in found.items():
        expected = (donors @ one.unit_weights).to_numpy()
        distance = (outcomes[unit].to_numpy() - expected)[before]
        gaps[name] = expected + one.time_weights.to_numpy() @ distance
    return gaps


def _judge(effect: Effect, alpha: float) -> Verdict:
    if effect.p_value > alpha:
        return "cannot_tell"
    return "decreased" if effect.estimate < 0 else "increased"
