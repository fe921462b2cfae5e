"""An effect on a rate as households, and what each of them cost."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from povlib.models import impact_inference
from povlib.models.impact import Estimate
from povlib.models.impact_effects import Average
from povlib.models.impact_inference import Effect


@dataclass(frozen=True, slots=True)
class Lifted:
    """
    Households that are not poor because of a programme.

    Attributes
    ----------
    year : int
        At the end of this year.
    effect : Effect
        Households fewer on the list than without the programme, in the areas it
        reached; negative if there are more. [households]
    households : int
        All households of these areas. [households]
    """

    year: int
    effect: Effect
    households: int


@dataclass(frozen=True, slots=True)
class Cost:
    """
    What a programme cost for each household lifted out of poverty.

    Attributes
    ----------
    money : float
        Spent so far. [VND]
    per_household, lb, ub : float or None
        None if the interval of households includes none: then it is not
        determined. [VND a household]
    """

    money: float
    per_household: float | None
    lb: float | None
    ub: float | None


def lifted(estimate: Estimate, panel: pd.DataFrame) -> Lifted:
    """
    Turn an effect on the poverty rate into households.

    Parameters
    ----------
    estimate : Estimate
        Of a rate. [share]
    panel : DataFrame
        One row per `area_code`, `year`: `households`.

    Returns
    -------
    lifted : Lifted
        In the last year with an estimate; cohorts without one in that year are
        left out.

    Notes
    -----
    The effect on a cohort times its households. Holds if the effect does not
    depend on how many households an area has; with `weights` of households it
    holds without that. The number of households is taken as known, and as not
    changed by the programme.
    """
    group_times, design = estimate.group_times, estimate.design
    cells = group_times.cells
    year = int(cells.loc[group_times.after, "time"].max())
    chosen = np.flatnonzero(group_times.after & (cells["time"] == year))
    then = panel[panel["year"] == year].set_index("area_code")["households"].astype(float)
    of_cohort = then.groupby(design.cohorts.reindex(then.index).to_numpy()).sum()
    households = of_cohort.reindex(cells.loc[chosen, "cohort"]).to_numpy()
    average = Average(
        estimate=float(-households @ cells.loc[chosen, "estimate"].to_numpy()),
        influence=-group_times.influence[:, chosen] @ households,
    )
    effects, _ = impact_inference.infer([average], group_times, estimate.settings)
    return Lifted(year, effects[0], int(households.sum()))


def cost(money: float, lifted: Lifted) -> Cost:
    """
    Divide what was spent by the households lifted out of poverty.

    Parameters
    ----------
    money : float
        Spent so far. [VND]
    lifted : Lifted

    Returns
    -------
    cost : Cost

    Notes
    -----
    Fieller's interval; as the money is known without error, its ends are the
    money over the ends of the households' interval. It is bounded only if that
    interval leaves out zero.

    References
    ----------
    Fieller, E. (1954). Some problems in interval estimation. Journal of the Royal
    Statistical Society B 16, 175-185.

    Examples
    --------
    >>> from dataclasses import replace
    >>> out = Effect(estimate=100.0, se=20.0, lb=60.0, ub=140.0, p_value=0.0)
    >>> cost(4200.0, Lifted(2024, out, 5000))
    Cost(money=4200.0, per_household=42.0, lb=30.0, ub=70.0)
    >>> cost(4200.0, Lifted(2024, replace(out, lb=-1.0), 5000)).per_household is None
    True
    """
    effect = lifted.effect
    if effect.lb <= 0:
        return Cost(money, None, None, None)
    return Cost(money, money / effect.estimate, money / effect.ub, money / effect.lb)
