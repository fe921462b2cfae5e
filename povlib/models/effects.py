"""The effects of a data set's programmes as one table, for reports and for what-ifs."""

import json
from typing import Literal

import pandas as pd

from povlib.data.notes import Note
from povlib.models import programmes
from povlib.models.alternatives import Reach
from povlib.models.impact import Estimate
from povlib.models.impact_inference import Effect
from povlib.models.impact_settings import ImpactSettings
from povlib.models.impact_verdict import Verdict
from povlib.models.programmes import Evaluation
from povlib.scenario import Measure, RollOut

RELEVANT = 0.01  # of a rate: what the national programme asks for in a year

COLUMNS = [
    "programme",
    "measure",
    "verdict",
    "reason",
    "reason_values",
    "effect",
    "effect_lb",
    "effect_ub",
    "per_year",
    "per_year_lb",
    "per_year_ub",
    "adjusted_lb",
    "adjusted_ub",
    "smallest_seen",
    "relevant_effect",
    "pre_trend_p_value",
    "pre_trend_power",
    "treated",
    "controls",
    "years_observed",
    "last_year",
    "lifted",
    "lifted_lb",
    "lifted_ub",
    "money_spent",
    "cost",
    "cost_lb",
    "cost_ub",
]
_TEXTS = ("programme", "measure", "verdict", "reason", "reason_values")


def settings_for(areas: pd.DataFrame) -> ImpactSettings:
    """
    Choose whom the areas of a programme are compared with.

    Parameters
    ----------
    areas : DataFrame
        The table `areas`.

    Returns
    -------
    settings : ImpactSettings
        Like with like, where the data tell it: only the kinds of area (old province or
        district, particularly difficult or not) that a programme reached, and among
        these such of the same old province or district.
    """
    known = tuple(name for name in ("group", "difficult") if areas[name].notna().all())
    several = "group" in known and len(areas["group"].unique()) > 1
    return ImpactSettings(
        covariates=("group",) if several else (),
        within=known,
        relevant_effect=RELEVANT,
        bends=(),  # slow; the notebook on programmes shows what bending trends would change
    )


def estimate(
    review: pd.DataFrame,
    areas: pd.DataFrame,
    taking_part: pd.DataFrame,
    *,
    standard: str,
    measures: list[Measure],
) -> pd.DataFrame:
    """
    Estimate what every programme of a data set changed in some rates.

    Parameters
    ----------
    review, areas, taking_part : DataFrame
        The tables `review`, `areas` and `programmes`.
    standard : str
        Reviews of this standard count.
    measures : list of str
        The rates.

    Returns
    -------
    effects : DataFrame
        One row per `programme`, `measure`. `verdict`: see `Evaluation.verdict`; where
        nothing could be estimated `reason` and `reason_values` say why. `effect`:
        average over the areas and years reached; `per_year`: the effect a year of
        exposure, with the limits that hold for all programmes at once, `adjusted_lb`
        and `adjusted_ub`; `smallest_seen`: minimum detectable `effect` [share].
        `treated`, `controls` [areas]; `years_observed` [years]; `lifted`: households
        out of poverty at the end of `last_year` [households]; `money_spent`, `cost`
        of each of these [VND]. What is not known is missing.
    """
    if taking_part.empty:
        return pd.DataFrame(columns=COLUMNS)
    settings = settings_for(areas)
    rows = []
    for measure in measures:
        panel = programmes.panel(review, areas, taking_part, standard=standard, outcome=measure)
        made = programmes.evaluate(panel, taking_part, settings=settings, outcome=measure)
        rows += [{"measure": measure} | _row(one, settings) for one in made]
    numbers = [name for name in COLUMNS if name not in _TEXTS]
    return pd.DataFrame(rows, columns=COLUMNS).astype(dict.fromkeys(numbers, "Float64"))


def _row(one: Evaluation, settings: ImpactSettings) -> dict[str, object]:
    row: dict[str, object] = {"programme": one.programme, "verdict": one.verdict(settings.alpha)}
    found = one.estimate
    if one.reason is not None or found is None:
        reason = one.reason or Note("not known")
        return row | {"reason": reason.message, "reason_values": json.dumps(reason.values)}
    if not isinstance(found, Estimate):
        return row | _limits("effect", found.sdid.effect) | _counts(found.design.counts)
    row |= _limits("effect", found.att["simple"]) | _limits("per_year", found.att["per_year"])
    row |= _counts(found.design.counts) | {
        "smallest_seen": found.smallest_seen,
        "relevant_effect": found.relevant_effect,
        "years_observed": one.years_observed,
    }
    if one.adjusted:
        row |= {"adjusted_lb": one.adjusted.lb, "adjusted_ub": one.adjusted.ub}
    if found.pre_trend:
        row |= {
            "pre_trend_p_value": found.pre_trend.p_value,
            "pre_trend_power": found.pre_trend.power,
        }
    if one.lifted:
        row |= {"last_year": one.lifted.year} | _limits("lifted", one.lifted.effect)
    if one.cost:
        row |= {
            "money_spent": one.cost.money,
            "cost": one.cost.per_household,
            "cost_lb": one.cost.lb,
            "cost_ub": one.cost.ub,
        }
    return row


def _limits(name: str, effect: Effect) -> dict[str, object]:
    return {name: effect.estimate, f"{name}_lb": effect.lb, f"{name}_ub": effect.ub}


def _counts(counts: dict[str, int]) -> dict[str, object]:
    return {"treated": counts["treated"], "controls": counts["never_treated"]}


def reach(
    wanted: RollOut,
    effects: pd.DataFrame,
    taking_part: pd.DataFrame,
    areas: pd.DataFrame,
    *,
    measure: Measure,
) -> Reach | Verdict | Literal["not_estimated"]:
    """
    Make of an estimated effect what a programme would do in the areas that lack it.

    Parameters
    ----------
    wanted : RollOut
    effects : DataFrame
        As `estimate` makes it.
    taking_part, areas : DataFrame
        The tables `programmes` and `areas`.
    measure : str
        The rate.

    Returns
    -------
    reach : Reach or str
        The verdict instead, unless it is `decreased`: what is not known to work is
        not scaled up. Only areas of the kinds that the programme has reached
        (`settings_for`) can lack it.
    """
    found = effects[(effects["programme"] == wanted.programme) & (effects["measure"] == measure)]
    row = found.iloc[0]
    if row["verdict"] != "decreased" or pd.isna(row["per_year"]):
        verdict: Verdict = row["verdict"]
        return "cannot_tell" if verdict == "decreased" else verdict
    reached = taking_part[taking_part["programme"] == wanted.programme]
    alike = programmes.comparable(areas, reached, list(settings_for(areas).within))
    lacking = sorted(set(alike["area_code"]) - set(reached["area_code"]))
    return Reach(
        programme=wanted.programme,
        effect=float(row["per_year"]),
        effect_lb=float(row["per_year_lb"]),
        effect_ub=float(row["per_year_ub"]),
        first_year=wanted.first_year,
        years=int(row["years_observed"]),
        area_codes=tuple(lacking),
    )
