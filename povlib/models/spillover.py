"""What happened next to the treated."""

from dataclasses import dataclass, replace

import pandas as pd

from povlib.data.notes import Note
from povlib.errors import DataError
from povlib.models import impact_effects, impact_inference, impact_records, staggered
from povlib.models.impact_design import Design
from povlib.models.impact_inference import Effect
from povlib.models.impact_settings import FEW, NEVER, ImpactSettings


@dataclass(frozen=True, slots=True)
class Spillover:
    """
    What happened next to the treated.

    Attributes
    ----------
    on_neighbours : Effect or None
        Effect on never-treated units with a treated neighbour, against those
        without; None if there are fewer than `FEW` of either.
    without_neighbours : Effect or None
        The effect on the treated when units with a treated neighbour are no
        controls.
    exposed, unexposed : int
        Never-treated units with and without a treated neighbour.
    """

    on_neighbours: Effect | None
    without_neighbours: Effect | None
    exposed: int
    unexposed: int


def examine(
    design: Design, neighbours: pd.DataFrame, settings: ImpactSettings, notes: list[Note]
) -> Spillover:
    """
    Look for an effect on the neighbours of the treated.

    Parameters
    ----------
    design : Design
        Its units are area codes.
    neighbours : DataFrame
        One row per `area_code`, `neighbour_code`; one direction suffices.
    settings : ImpactSettings
    notes : list of Note
        Gets what the estimators warn of.

    Returns
    -------
    spillover : Spillover
    """
    impact_records.require(neighbours, ["area_code", "neighbour_code"])
    pairs = neighbours[["area_code", "neighbour_code"]].astype("string")
    both = pd.concat([pairs, pairs.set_axis(["neighbour_code", "area_code"], axis=1)])
    cohorts = design.cohorts
    started = both["neighbour_code"].map(cohorts[cohorts != NEVER])
    reached = started.groupby(both["area_code"]).min().dropna()
    untreated = cohorts.index[cohorts == NEVER]
    exposed = untreated.intersection(reached.index)
    apart = untreated.difference(exposed)
    panel = design.panel
    beside = panel[panel["unit"].isin(untreated)]
    beside = beside.assign(cohort=beside["unit"].map(reached).fillna(NEVER).astype("int64"))
    enough = min(len(exposed), len(apart)) >= FEW
    if not enough:
        text = (
            "spill-over cannot be told: {count} untreated units beside the treated, {apart} apart"
        )
        notes.append(Note(text, {"count": len(exposed), "apart": len(apart)}))
    return Spillover(
        on_neighbours=_simple(replace(design, panel=beside), settings, notes) if enough else None,
        without_neighbours=(
            _simple(replace(design, panel=panel[~panel["unit"].isin(exposed)]), settings, notes)
            if len(apart) >= FEW
            else None
        ),
        exposed=len(exposed),
        unexposed=len(apart),
    )


def _simple(design: Design, settings: ImpactSettings, notes: list[Note]) -> Effect | None:
    try:
        group_times = staggered.fit(design, settings, notes)
    except DataError as error:  # it checks the estimate and must not cost it
        reason = error.args[0]
        notes.append(reason if isinstance(reason, Note) else Note(str(reason)))
        return None
    average = impact_effects.mean_by_share(group_times, group_times.after)
    return impact_inference.infer([average], group_times, settings)[0][0]
