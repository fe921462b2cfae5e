"""Who is treated when, and with whom they are compared: a panel checked for evaluation."""

from dataclasses import dataclass
from typing import Literal

import pandas as pd

from povlib.data.notes import Note
from povlib.errors import DataError
from povlib.models import impact_records
from povlib.models.impact_settings import FEW, NEVER, Columns, ImpactSettings

_PAIR = 2  # units from which a spread can be told


@dataclass(frozen=True, slots=True)
class Design:
    """
    A panel that keeps the rules of evaluation.

    Attributes
    ----------
    panel : DataFrame
        One row per `unit`, `time`, sorted: `outcome`, `cohort` (first year of
        treatment, `NEVER` if none within the panel), `cluster` and `weight` if
        asked for, and the covariates as numbers.
    covariates : list of str
        Columns of `panel`.
    control : {"never_treated", "not_yet_treated"}
        Whom the treated are compared with.
    counts : dict
        Units and rows used and left out, by reason.
    notes : list of Note
        What a reader of the estimate should know.
    """

    panel: pd.DataFrame
    covariates: list[str]
    control: Literal["never_treated", "not_yet_treated"]
    counts: dict[str, int]
    notes: list[Note]

    @property
    def cohorts(self) -> pd.Series:
        """First year of treatment of every unit, `NEVER` if none; the index is the unit."""
        return self.panel.groupby("unit")["cohort"].first()


def prepare(records: pd.DataFrame, columns: Columns, settings: ImpactSettings) -> Design:
    """
    Check records and make them a panel.

    Parameters
    ----------
    records : DataFrame
        One row per unit and year, as text or numbers; more columns do no harm.
    columns : Columns
    settings : ImpactSettings

    Returns
    -------
    design : Design
        Left out and counted: rows without an outcome, units without a covariate,
        and units treated from the first year of the panel on, as nothing is known
        of them before.

    Raises
    ------
    DataError
        If a column is not there; a value is not of its kind; a unit has a year
        twice, changes its cohort, or leaves treatment; the outcome never changes;
        or nothing is left to compare.
    """
    notes: list[Note] = []
    panel, covariates = impact_records.read(records, columns, settings, notes)
    counts = {"rows_given": len(panel), "units_given": panel["unit"].nunique()}
    panel = _leave_out(panel, covariates, columns, counts, notes)
    covariates = [name for name in covariates if panel[name].std() > 0]
    _require_contrast(panel, columns)
    never = int((panel.groupby("unit")["cohort"].first() == NEVER).sum())
    counts |= _count(panel, never)
    return Design(panel, covariates, _control(panel, settings, never, notes), counts, notes)


def _leave_out(
    panel: pd.DataFrame,
    covariates: list[str],
    columns: Columns,
    counts: dict[str, int],
    notes: list[Note],
) -> pd.DataFrame:
    """Leave out what cannot be used, and count it."""
    empty = panel["outcome"].isna()
    counts["rows_without_outcome"] = int(empty.sum())
    unknown = panel["unit"].isin(panel.loc[panel[covariates].isna().any(axis=1), "unit"])
    counts["units_without_covariates"] = panel.loc[unknown, "unit"].nunique()
    panel = panel[~empty & ~unknown]
    if panel["time"].nunique() < 2:
        text = "column {column}: at least two different years with an outcome are needed"
        raise DataError(Note(text, {"column": str(columns.time)}))
    first, last = panel["time"].min(), panel["time"].max()
    always = panel["cohort"].between(NEVER + 1, first)
    counts["units_treated_from_the_start"] = panel.loc[always, "unit"].nunique()
    if always.any() and not (panel["cohort"] > first).any():
        text = (
            "every treated unit is treated from {year}, the first year of the panel, or earlier: "
            "years before treatment are needed"
        )
        raise DataError(Note(text, {"year": int(first)}))
    later = panel["cohort"] > last
    counts["units_treated_after_the_end"] = panel.loc[later, "unit"].nunique()
    panel = panel.assign(cohort=panel["cohort"].mask(later, NEVER))[~always]
    if "weight" in panel:
        panel["weight"] /= panel["weight"].mean()
    notes.extend(_losses(counts))
    return panel.sort_values(["unit", "time"], ignore_index=True)


_LOSSES = {
    "rows_without_outcome": "{count} rows without an outcome left out",
    "units_without_covariates": "{count} units without all covariates left out",
    "units_treated_from_the_start": "{count} units treated from the first year on left out",
    "units_treated_after_the_end": "{count} units treated only after the last year count as never",
}


def _losses(counts: dict[str, int]) -> list[Note]:
    return [Note(text, {"count": counts[name]}) for name, text in _LOSSES.items() if counts[name]]


def _require_contrast(panel: pd.DataFrame, columns: Columns) -> None:
    cohorts = panel.groupby("unit")["cohort"].first()
    if panel["outcome"].nunique() < 2:
        text = "column {column}: the outcome is the same in every row"
        raise DataError(Note(text, {"column": columns.outcome}))
    if (cohorts == NEVER).all():
        raise DataError(Note("no unit is treated within the years of the panel"))
    if cohorts.nunique() < 2:
        text = (
            "no controls: all {units} units are treated from {year} on; units treated later or "
            "never are needed"
        )
        raise DataError(Note(text, {"units": len(cohorts), "year": int(cohorts.iloc[0])}))


def _count(panel: pd.DataFrame, never: int) -> dict[str, int]:
    units, times = panel["unit"].nunique(), panel["time"].nunique()
    return {
        "rows": len(panel),
        "units": units,
        "treated": units - never,
        "never_treated": never,
        "cohorts": int(panel.loc[panel["cohort"] != NEVER, "cohort"].nunique()),
        "years": times,
        "rows_missing": units * times - len(panel),
        "units_with_gaps": int((panel.groupby("unit").size() < times).sum()),
    }


def _control(
    panel: pd.DataFrame, settings: ImpactSettings, never: int, notes: list[Note]
) -> Literal["never_treated", "not_yet_treated"]:
    started = panel.loc[panel["cohort"] != NEVER, "cohort"]
    single = started.min() == started.max()
    if never < _PAIR and (settings.control == "never_treated" or single):
        text = "{count} units are never treated: at least {needed} are needed as controls"
        raise DataError(Note(text, {"count": never, "needed": _PAIR}))
    if settings.control in {"never_treated", "not_yet_treated"}:
        return settings.control  # type: ignore[return-value]
    if never >= FEW or single:
        return "never_treated"
    notes.append(
        Note(
            "{count} units are never treated: compared with all not yet treated",
            {"count": never},
        )
    )
    return "not_yet_treated"
