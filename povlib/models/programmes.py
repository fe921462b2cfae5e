"""The programmes of a data set: their panels, their effects side by side, their overlap."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

import pandas as pd
from statsmodels.stats.multitest import multipletests

from povlib.data.notes import Note
from povlib.errors import DataError
from povlib.models import (
    impact,
    impact_effects,
    impact_households,
    impact_inference,
    measurement,
    synthetic,
)
from povlib.models.impact import Estimate
from povlib.models.impact_households import Cost, Lifted
from povlib.models.impact_inference import Effect
from povlib.models.impact_settings import ImpactSettings
from povlib.models.impact_verdict import Verdict
from povlib.scenario import Measure


@dataclass(frozen=True, slots=True)
class Evaluation:
    """
    What one programme of a data set changed.

    Attributes
    ----------
    programme : str
    reason : Note or None
        Why nothing can be estimated; then all else is None.
    estimate : Estimate or synthetic.Estimate or None
        The effect on the rate. [share]
    adjusted : Effect or None
        Effect a year of exposure; interval and p-value hold for all programmes
        of the data set at once. [share a year]
    years_observed : int
        Longest time in the programme behind the estimate. [years]
    lifted : Lifted or None
        Households out of poverty.
    cost : Cost or None
        Money for each of them, if it is known what was spent.
    """

    programme: str
    reason: Note | None = None
    estimate: Estimate | synthetic.Estimate | None = None
    adjusted: Effect | None = None
    years_observed: int = 0
    lifted: Lifted | None = None
    cost: Cost | None = None

    def verdict(self, alpha: float) -> Verdict | Literal["not_estimated"]:
        """
        Judge the programme among the others.

        Parameters
        ----------
        alpha : float
            Level of the test.

        Returns
        -------
        verdict : str
            That of the estimate; but `cannot_tell` for an effect that does not stand
            among so many programmes (`adjusted`), and `not_estimated` without one.
        """
        if self.estimate is None:
            return "not_estimated"
        found = self.estimate.verdict
        alone = self.adjusted is None or self.adjusted.p_value <= alpha
        return found if alone or found not in ("decreased", "increased") else "cannot_tell"


def panel(
    review: pd.DataFrame,
    areas: pd.DataFrame,
    programmes: pd.DataFrame,
    *,
    standard: str,
    outcome: Measure = "poverty_rate",
) -> pd.DataFrame:
    """
    Join the tables of a data set to what programmes are evaluated with.

    Parameters
    ----------
    review : DataFrame
        One row per `area_code`, `year`, `standard`.
    areas : DataFrame
        One row per `area_code`.
    programmes : DataFrame
        One row per `area_code`, `programme`.
    standard : str
        Reviews of this standard count; no other is comparable.
    outcome : str, optional
        Which rate.

    Returns
    -------
    panel : DataFrame
        One row per `area_code`, `year`: the outcome [share], `households`, the
        columns of `areas`, and `years_of_<programme>`, the years that the area
        takes part in each programme by the last review [years].

    Examples
    --------
    >>> import povlib
    >>> data = povlib.demo.build()
    >>> made = panel(data.review, data.areas, data.programmes, standard="nd07-2021")
    >>> print(*made.filter(like="years_of_"))
    years_of_cow_breeding years_of_credit years_of_housing_support
    """
    rows = review[review["standard"] == standard]
    joined = rows[["area_code", "year", "households"]].merge(areas, on="area_code")
    joined[outcome] = measurement.rate(rows, outcome).astype("float64").to_numpy()
    for name, reached in programmes.groupby("programme"):
        first_year = reached.set_index("area_code")["first_year"].astype("float64")
        years = rows["year"].max() - joined["area_code"].map(first_year) + 1
        joined[f"years_of_{name}"] = years.clip(lower=0).fillna(0)
    return joined


def comparable(panel: pd.DataFrame, programme: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """
    Keep the areas of those classes that a programme reached.

    Parameters
    ----------
    panel : DataFrame
        One row per `area_code`, `year`.
    programme : DataFrame
        One row per `area_code` reached.
    by : list of str
        Columns of `panel` that make the classes, such as `group`, `difficult`.

    Returns
    -------
    kept : DataFrame
        Rows of `panel`. A programme for particularly difficult communes is so held
        against particularly difficult communes.

    Examples
    --------
    >>> panel = pd.DataFrame({"area_code": ["01", "02", "03"], "difficult": [True, True, False]})
    >>> programme = pd.DataFrame({"area_code": ["01"]})
    >>> comparable(panel, programme, ["difficult"])["area_code"].tolist()
    ['01', '02']
    """
    if not by:
        return panel
    reached = panel.loc[panel["area_code"].isin(programme["area_code"]), by].drop_duplicates()
    return panel.merge(reached, on=by)


def evaluate(
    panel: pd.DataFrame,
    programmes: pd.DataFrame,
    *,
    settings: ImpactSettings,
    neighbours: pd.DataFrame | None = None,
    outcome: Measure = "poverty_rate",
) -> list[Evaluation]:
    """
    Estimate the effect of every programme, and judge them together.

    Parameters
    ----------
    panel : DataFrame
        As `panel` makes it.
    programmes : DataFrame
        One row per `area_code`, `programme`: `first_year`, and if known
        `money_spent` [VND].
    settings : ImpactSettings
        Its `within` names the classes of comparable areas.
    neighbours : DataFrame, optional
        One row per `area_code`, `neighbour_code`.
    outcome : str, optional
        Which rate.

    Returns
    -------
    evaluations : list of Evaluation
        One for each programme, by name.

    Notes
    -----
    Each programme is estimated with the others taken as they fell. Where they
    overlap, an effect of one may be part of another's: see `overlap`, and give
    `years_of_<programme>` as covariates. Intervals at once by Bonferroni, p-values
    by Holm.

    Examples
    --------
    >>> import povlib
    >>> data = povlib.demo.build()
    >>> made = panel(data.review, data.areas, data.programmes, standard="nd07-2021")
    >>> everywhere = data.areas[["area_code"]].assign(programme="credit", first_year=2021)
    >>> [found] = evaluate(made, everywhere, settings=ImpactSettings(within=("difficult",)))
    >>> print(str(found.reason).partition(":")[0])
    every treated unit is treated from 2021, the first year of the panel, or earlier
    """
    made = [
        _evaluate(
            str(name),
            comparable(panel, reached, list(settings.within)),
            reached,
            settings,
            (neighbours, outcome),
        )
        for name, reached in programmes.groupby("programme")
    ]
    return _adjust(made, settings)


def _evaluate(
    name: str,
    kept: pd.DataFrame,
    reached: pd.DataFrame,
    settings: ImpactSettings,
    what: tuple[pd.DataFrame | None, Measure],
) -> Evaluation:
    neighbours, outcome = what
    own = tuple(column for column in settings.covariates if column != f"years_of_{name}")
    try:
        found = impact.estimate(
            kept,
            reached,
            settings=replace(settings, covariates=own),
            neighbours=neighbours,
            outcome=outcome,
        )
    except DataError as error:
        reason = error.args[0]
        return Evaluation(name, reason=reason if isinstance(reason, Note) else Note(str(reason)))
    if isinstance(found, synthetic.Estimate):
        return Evaluation(name, estimate=found)
    cells = found.group_times.cells
    observed = int(cells.loc[found.group_times.after, "event_time"].max()) + 1
    lifted = impact_households.lifted(found, kept)
    spent = _spent(found, reached, lifted.year)
    known = spent.notna().any() and spent.notna().all()
    cost = impact_households.cost(float(spent.sum()), lifted) if known else None
    return Evaluation(name, estimate=found, years_observed=observed, lifted=lifted, cost=cost)


def _spent(found: Estimate, reached: pd.DataFrame, year: int) -> pd.Series:
    """Money of the areas whose households are counted as lifted, no other's."""
    cells = found.group_times.cells
    estimated = cells.loc[found.group_times.after & (cells["time"] == year), "cohort"]
    cohorts = found.design.cohorts
    if "money_spent" not in reached:
        return pd.Series(dtype="Int64")
    return reached.loc[
        reached["area_code"].isin(cohorts.index[cohorts.isin(estimated)]), "money_spent"
    ]


def _adjust(made: list[Evaluation], settings: ImpactSettings) -> list[Evaluation]:
    """Give every estimate an interval that holds for all of them at once."""
    judged = [one for one in made if isinstance(one.estimate, Estimate)]
    if not judged:
        return made
    at_once = replace(settings, alpha=settings.alpha / len(judged))
    own = [_per_year(one, at_once) for one in judged]
    p_values = multipletests([effect.p_value for effect in own], method="holm")[1]
    adjusted: Mapping[str, Effect] = {
        one.programme: replace(effect, p_value=float(p_value))
        for one, effect, p_value in zip(judged, own, p_values, strict=True)
    }
    return [replace(one, adjusted=adjusted.get(one.programme)) for one in made]


def _per_year(one: Evaluation, settings: ImpactSettings) -> Effect:
    group_times = one.estimate.group_times  # type: ignore[union-attr]  # synthetic left out above
    average = impact_effects.averages(group_times)["per_year"]
    return impact_inference.infer([average], group_times, settings)[0][0]


def overlap(programmes: pd.DataFrame) -> pd.DataFrame:
    """
    Count the areas that two programmes share.

    Parameters
    ----------
    programmes : DataFrame
        One row per `area_code`, `programme`.

    Returns
    -------
    overlap : DataFrame
        One row and one column per programme: areas in both; on the diagonal, areas
        of the programme. [areas]

    Examples
    --------
    >>> programmes = pd.DataFrame(
    ...     {"area_code": ["01", "01", "02"], "programme": ["cows", "credit", "cows"]}
    ... )
    >>> overlap(programmes).to_numpy().tolist()
    [[2, 1], [1, 1]]
    """
    part = pd.crosstab(programmes["area_code"], programmes["programme"]).clip(upper=1)
    return part.T @ part
