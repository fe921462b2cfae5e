"""How an effect is estimated, and from which columns."""

from dataclasses import dataclass

from povlib.errors import DataError

NEVER = 0  # cohort of the units that no year of the panel sees treated
FEW = 5  # units on one side below which an interval is not to be relied on
CONTROLS = ("auto", "never_treated", "not_yet_treated")
INTERVALS = ("normal", "wild")


@dataclass(frozen=True, slots=True)
class ImpactSettings:
    """
    How an effect is estimated.

    Attributes
    ----------
    control : {"auto", "never_treated", "not_yet_treated"}
        Whom the treated are compared with. "auto" takes the never-treated
        where there are at least `FEW`, else all that are not yet treated.
    covariates : tuple of str
        Columns; parallel trends are then assumed among units that are alike in
        them. Text is taken as categories; of a column that changes over time
        the value before treatment counts.
    within : tuple of str
        Columns that class the units; classes that a programme of a data set did not
        reach are left out (`programmes.comparable`).
    cluster : str or None
        Column within whose values units may move together.
    weights : str or None
        Column of a unit's weight, such as households; each unit counts once if
        None.
    alpha : float
        One minus the level of the intervals.
    intervals : {"normal", "wild"}
        Of the t distribution, or of the wild (multiplier) bootstrap.
    draws : int
        Bootstrap draws, for simultaneous bands and wild intervals.
    seed : int
        Seed of the draws.
    relevant_effect : float or None
        Smallest effect that matters, in units of the outcome. If None, a fifth
        of the standard deviation of the outcome before treatment.
    bends : tuple of float
        By how much the difference in trends may bend from one year to the next
        where the sensitivity of the effect is told, as parts of the effect a year.
    """

    control: str = "auto"
    covariates: tuple[str, ...] = ()
    within: tuple[str, ...] = ()
    cluster: str | None = None
    weights: str | None = None
    alpha: float = 0.05
    intervals: str = "normal"
    draws: int = 1999
    seed: int = 2030
    relevant_effect: float | None = None
    bends: tuple[float, ...] = (0.0, 0.1, 0.25, 0.5)

    def __post_init__(self) -> None:
        for name, known in (("control", CONTROLS), ("intervals", INTERVALS)):
            value = getattr(self, name)
            if value not in known:
                msg = f"{name} must be one of {', '.join(known)}; found {value!r}"
                raise DataError(msg)


@dataclass(frozen=True, slots=True)
class Columns:
    """
    Which column of the records holds what.

    Attributes
    ----------
    outcome : str
        What the programme was to change.
    unit, time : str or None
        Who; the year. Without a year, `treatment` was given by lot.
    cohort : str or None
        First year of treatment of the unit; empty, 0 or inf: never.
    treatment : str or None
        In place of `cohort`: 1 in the years in which the unit is treated, else 0.
    """

    outcome: str
    unit: str | None = None
    time: str | None = None
    cohort: str | None = None
    treatment: str | None = None
