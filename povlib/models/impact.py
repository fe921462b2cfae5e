"""What a programme changed: an estimate, what speaks for and against it, and a verdict."""

from dataclasses import dataclass, replace

import pandas as pd

from povlib.data.notes import Note
from povlib.errors import DataError
from povlib.models import (
    experiment,
    impact_checks,
    impact_design,
    impact_effects,
    impact_inference,
    pre_trends,
    spillover,
    staggered,
    synthetic,
)
from povlib.models.impact_checks import TwoWay
from povlib.models.impact_design import Design
from povlib.models.impact_inference import Effect
from povlib.models.impact_settings import FEW, NEVER, Columns, ImpactSettings
from povlib.models.impact_verdict import SMALL, Verdict, judge
from povlib.models.pre_trends import PreTrend
from povlib.models.spillover import Spillover
from povlib.models.staggered import GroupTimes
from povlib.scenario import Measure

__all__ = ["Columns", "Estimate", "ImpactSettings", "estimate", "evaluate"]

_CLUSTERS = 10  # with fewer, errors by cluster are known to be too small
_POINT = 0.01  # of a poverty rate: what the national programme asks for in a year


@dataclass(frozen=True, slots=True)
class Estimate:
    """
    The effect of one programme with many treated units.

    Attributes
    ----------
    att : dict of str to Effect
        Average effects on the treated: `simple`, `group`, `dynamic`, `calendar`,
        `per_year` (see `impact_effects.averages`). [units of the outcome]
    group_times : GroupTimes
        Effects by cohort and year, and the influence of every unit on them.
    group_time, event_study, by_cohort, by_time : DataFrame
        The same as tables: `estimate`, `se`, `lb`, `ub`, `p_value`, `band_lb`,
        `band_ub`, by cohort and year; years since the first of treatment; cohort;
        year.
    imputation : Effect or None
        The second opinion on `simple`.
    two_way : TwoWay or None
        The naive estimate, as a warning.
    pre_trend : PreTrend or None
        None if it cannot be tested.
    sensitivity : DataFrame
        Intervals under trends that differ and bend (`pre_trends.sensitivity`).
    smallest_seen : float
        Minimum detectable effect. [units of the outcome]
    relevant_effect : float
        Smallest effect that matters. [units of the outcome]
    balance : DataFrame
        Treated and controls before treatment (`impact_checks.balance`).
    spillover : Spillover or None
        None if neighbours are not known.
    verdict : str
        See `impact_verdict.judge`.
    design : Design
        Panel, control group and counts.
    settings : ImpactSettings
        How it was estimated.
    notes : list of Note
        What a reader should know.
    """

    att: dict[str, Effect]
    group_times: GroupTimes
    group_time: pd.DataFrame
    event_study: pd.DataFrame
    by_cohort: pd.DataFrame
    by_time: pd.DataFrame
    imputation: Effect | None
    two_way: TwoWay | None
    pre_trend: PreTrend | None
    sensitivity: pd.DataFrame
    smallest_seen: float
    relevant_effect: float
    balance: pd.DataFrame
    spillover: Spillover | None
    verdict: Verdict
    design: Design
    settings: ImpactSettings
    notes: list[Note]


def estimate(
    panel: pd.DataFrame,
    programme: pd.DataFrame,
    *,
    settings: ImpactSettings | None = None,
    neighbours: pd.DataFrame | None = None,
    outcome: Measure = "poverty_rate",
) -> Estimate | synthetic.Estimate:
    """
    Estimate what a programme changed in a rate.

    Parameters
    ----------
    panel : DataFrame
        One row per `area_code`, `year`: the outcome [share], `households`, and the
        covariates that `settings` names. See `programmes.panel`.
    programme : DataFrame
        One row per `area_code` that the programme reached: `first_year`.
    settings : ImpactSettings, optional
        Without a relevant effect one point of the rate is taken.
    neighbours : DataFrame, optional
        One row per `area_code`, `neighbour_code`.
    outcome : str, optional
        Which rate.

    Returns
    -------
    estimate : Estimate or synthetic.Estimate
        The latter if the programme reached one area. [share]

    Raises
    ------
    DataError
        As `evaluate`.

    Notes
    -----
    If a programme lowers the rate further in every year, as a rule, the averages
    of `att` grow with the years observed; `per_year` is then the effect a year.

    Examples
    --------
    >>> import povlib
    >>> data = povlib.demo.build()
    >>> panel = povlib.programmes.panel(
    ...     data.review, data.areas, data.programmes, standard="nd07-2021"
    ... )
    >>> cows = data.programmes.query("programme == 'cow_breeding'")
    >>> panel = povlib.programmes.comparable(panel, cows, ["group", "difficult"])
    >>> found = estimate(panel, cows)
    >>> effect = found.att["per_year"]  # the truth is -1 point a year
    >>> effect.lb < povlib.demo.EFFECTS["cow_breeding"] < effect.ub
    True
    """
    settings = settings or ImpactSettings()
    if settings.relevant_effect is None:
        settings = replace(settings, relevant_effect=_POINT)
    doubled = programme["area_code"].duplicated()
    if doubled.any():
        msg = f"area {programme.loc[doubled, 'area_code'].iloc[0]}: reached twice by one programme"
        raise DataError(msg)
    first_year = programme.set_index("area_code")["first_year"].astype("float64")
    records = panel.assign(first_year=panel["area_code"].map(first_year).fillna(NEVER))
    columns = Columns(outcome, "area_code", "year", cohort="first_year")
    return _evaluate(records, columns, settings, neighbours)


def evaluate(
    records: pd.DataFrame,
    columns: Columns,
    *,
    settings: ImpactSettings | None = None,
    neighbours: pd.DataFrame | None = None,
) -> Estimate | synthetic.Estimate | experiment.Estimate:
    """
    Estimate what a programme changed in any outcome.

    Parameters
    ----------
    records : DataFrame
        One row per unit and year.
    columns : Columns
        Which column holds what.
    settings : ImpactSettings, optional
    neighbours : DataFrame, optional
        One row per `area_code`, `neighbour_code` of the units.

    Returns
    -------
    estimate : Estimate, synthetic.Estimate or experiment.Estimate
        The second if one unit is treated; the third if there are no years.

    Raises
    ------
    DataError
        If the records break a rule, or nothing can be estimated from them.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(2030)
    >>> lots = pd.DataFrame({"helped": [0, 1] * 100})
    >>> lots["income"] = 100 + 10 * lots["helped"] + rng.normal(0, 5, 200)
    >>> found = evaluate(lots, Columns(outcome="income", treatment="helped"))
    >>> found.verdict
    'increased'
    """
    settings = settings or ImpactSettings()
    if columns.time is None and columns.treatment is not None:
        return experiment.estimate(records, columns.outcome, columns.treatment, settings=settings)
    return _evaluate(records, columns, settings, neighbours)


def _evaluate(
    records: pd.DataFrame,
    columns: Columns,
    settings: ImpactSettings,
    neighbours: pd.DataFrame | None,
) -> Estimate | synthetic.Estimate:
    design = impact_design.prepare(records, columns, settings)
    if design.counts["treated"] == 1:
        return synthetic.estimate(design, settings)
    notes = list(design.notes)
    group_times = staggered.fit(design, settings, notes)
    averages = impact_effects.averages(group_times)
    effects, _ = impact_inference.infer(list(averages.values()), group_times, settings)
    att = dict(zip(averages, effects, strict=True))
    slope = att["per_year"].estimate
    pre_trend = pre_trends.pre_trend(group_times, slope, alpha=settings.alpha)
    seen = pre_trends.smallest_seen(averages["simple"], group_times, alpha=settings.alpha)
    second = impact_checks.imputation(design, settings, notes)
    given = settings.relevant_effect
    relevant = SMALL * _spread(design) if given is None else given
    verdict = judge(att["simple"], pre_trend, second, (seen, relevant), alpha=settings.alpha)
    notes.extend(_cautions(design, group_times))
    notes.extend(_weakness(pre_trend, att["simple"]))
    return Estimate(
        att=att,
        group_times=group_times,
        **impact_inference.tables(group_times, settings),
        imputation=second,
        two_way=impact_checks.two_way(design, notes),
        pre_trend=pre_trend,
        sensitivity=pre_trends.sensitivity(group_times, slope, settings, notes),
        smallest_seen=seen,
        relevant_effect=relevant,
        balance=impact_checks.balance(design, notes),
        spillover=(
            None if neighbours is None else spillover.examine(design, neighbours, settings, notes)
        ),
        verdict="cannot_tell" if _few(design) else verdict,
        design=design,
        settings=settings,
        notes=notes,
    )


def _spread(design: Design) -> float:
    panel = design.panel
    before = panel[(panel["cohort"] == NEVER) | (panel["time"] < panel["cohort"])]
    return float(before["outcome"].std())


def _cautions(design: Design, group_times: GroupTimes) -> list[Note]:
    """What makes an interval less than it looks."""
    notes = []
    if design.counts["units_with_gaps"]:
        text = (
            "{count} units lack years, {rows} rows in all: each effect compares the units seen in "
            "both its years"
        )
        lost, rows = design.counts["units_with_gaps"], design.counts["rows_missing"]
        notes.append(Note(text, {"count": lost, "rows": rows}))
    if _few(design):
        text = "too few treated units, controls or clusters: the intervals are not to be relied on"
        notes.append(Note(text))
    elif group_times.clusters is not None and group_times.clusters.max() < _CLUSTERS:
        text = "fewer than {few} clusters: the intervals are somewhat too narrow"
        notes.append(Note(text, {"few": _CLUSTERS}))
    without = design.cohorts[design.cohorts != NEVER].nunique() - (
        group_times.cells.loc[group_times.after, "cohort"].nunique()
    )
    if without:
        notes.append(
            Note("{count} cohorts without controls: no effect of theirs", {"count": without})
        )
    return notes


def _weakness(pre_trend: PreTrend | None, effect: Effect) -> list[Note]:
    """What the test of trends before treatment cannot do."""
    if pre_trend is None:
        return [Note("parallel trends cannot be tested: one year before treatment at most")]
    if pre_trend.power < 0.5 and (effect.lb > 0 or effect.ub < 0):
        text = "the test of trends before treatment would often miss a trend as large as the effect"
        return [Note(text)]
    return []


def _few(design: Design) -> bool:
    """Whether the spread on one side rests on fewer than `FEW` units or clusters."""
    counts, panel = design.counts, design.panel
    controls = counts["never_treated"] if design.control == "never_treated" else counts["units"]
    alike = counts["treated"] - counts["cohorts"] + 1  # a cohort of one unit shows no spread
    if "cluster" in panel:
        sides = panel.groupby(panel["cohort"] == NEVER)["cluster"].nunique()
        alike = min(alike, sides[False])
        controls = min(controls, sides[True] if design.control == "never_treated" else sides.sum())
    return min(alike, controls) < FEW
