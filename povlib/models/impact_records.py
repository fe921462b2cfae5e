"""Records as they come to typed columns: units, years, first years of treatment, covariates."""

import difflib

import numpy as np
import pandas as pd

from povlib.data.notes import Note
from povlib.errors import DataError
from povlib.models.impact_settings import NEVER, Columns, ImpactSettings

_MISSING = ("", "na", "n/a", "nan", "null", "none", ".", "<na>")
_NEVER = (*_MISSING, "0", "0.0", "inf", "never", "nat")


def read(
    records: pd.DataFrame, columns: Columns, settings: ImpactSettings, notes: list[Note]
) -> tuple[pd.DataFrame, list[str]]:
    """
    Give records of many years their columns and types.

    Parameters
    ----------
    records : DataFrame
        One row per unit and year, as text or numbers.
    columns : Columns
    settings : ImpactSettings
    notes : list of Note
        Gets what was changed.

    Returns
    -------
    panel : DataFrame
        One row per `unit`, `time`, in the order of `records`: `outcome`, `cohort`,
        and if asked for `weight`, `cluster` and the covariates.
    covariates : list of str
        Columns of `panel`; a text column gives one for each category but the first.

    Raises
    ------
    DataError
        If a column is not there or breaks a rule.
    """
    if columns.unit is None or columns.time is None:
        msg = "a unit and a year are needed: name their columns"
        raise DataError(msg)
    if columns.cohort and columns.treatment:
        msg = "name the column of the first year or that of treatment, not both"
        raise DataError(msg)
    named = [columns.outcome, columns.unit, columns.time, columns.cohort or columns.treatment]
    require(records, [*named, *settings.covariates, settings.cluster, settings.weights])
    for name in named:
        if [*named, *settings.covariates].count(name) > 1 and name:
            msg = f"column {name} is named for two things"
            raise DataError(msg)
    records = records.reset_index(drop=True)
    panel = pd.DataFrame(
        {
            "unit": _texts(records[columns.unit]),
            "time": _whole(records[columns.time], columns.time),
            "outcome": numbers(records[columns.outcome], columns.outcome),
        }
    )
    _require_keys(panel, columns)
    panel["cohort"] = _cohort(records, panel, columns)
    return panel, attach(panel, records, settings, notes)


def require(records: pd.DataFrame, asked: list[str | None]) -> None:
    """Raise unless every column asked for is there."""
    named = [name for name in asked if name]
    for name in named:
        if name not in records.columns:
            there = [str(head) for head in records.columns]
            close = difflib.get_close_matches(name, there, n=1, cutoff=0.5)
            hint = f"did you mean {close[0]}?" if close else f"there: {', '.join(there)}"
            msg = f"column {name} is missing; {hint}"
            raise DataError(msg)


def _texts(values: pd.Series) -> pd.Series:
    """Text of each value; what a program wrote as 1.0 is 1."""
    texts = values.astype("string").str.strip().str.replace(r"^(-?\d+)\.0+$", r"\1", regex=True)
    return texts.mask(texts.str.lower().isin(_MISSING)).astype("string")


def numbers(values: pd.Series, name: str) -> pd.Series:
    """Numbers of a column, missing where it is empty; raise if a value is no number."""
    texts = values.astype("string").str.strip()
    texts = texts.mask(texts.str.lower().isin(_MISSING))
    found = pd.to_numeric(texts, errors="coerce").astype("float64")
    bad = texts.notna() & ~np.isfinite(found)
    if bad.any():
        msg = f"column {name} must hold numbers; found {str(values[bad].iloc[0])!r}"
        raise DataError(msg)
    return found


def _whole(values: pd.Series, name: str) -> pd.Series:
    found = numbers(values, name)
    broken = found % 1 > 0
    if broken.any():
        msg = f"column {name} must hold whole numbers; found {found[broken].iloc[0]}"
        raise DataError(msg)
    return found.astype("Int64")


def _require_keys(panel: pd.DataFrame, columns: Columns) -> None:
    for key, name in (("unit", columns.unit), ("time", columns.time)):
        if panel[key].isna().any():
            msg = f"column {name} is empty in row {int(panel[key].isna().to_numpy().argmax()) + 1}"
            raise DataError(msg)
    panel["time"] = panel["time"].astype("int64")
    if (panel["time"] <= NEVER).any():  # which stands for never among the first years
        msg = f"column {columns.time} must be above 0; found {panel['time'].min()}: add a constant"
        raise DataError(msg)
    doubled = panel.duplicated(["unit", "time"])
    if doubled.any():
        row = panel[doubled].iloc[0]
        msg = (
            f"unit {row['unit']}, {columns.time} {row['time']}: there twice; one row each is needed"
        )
        raise DataError(msg)


def _cohort(records: pd.DataFrame, panel: pd.DataFrame, columns: Columns) -> pd.Series:
    if columns.cohort:
        return _stated_cohort(records[columns.cohort], panel, columns)
    if columns.treatment:
        return _observed_cohort(records[columns.treatment], panel, columns)
    msg = "no dates: name the column of the first year of treatment, or of treatment as 0 and 1"
    raise DataError(msg)


def _stated_cohort(values: pd.Series, panel: pd.DataFrame, columns: Columns) -> pd.Series:
    never = values.astype("string").str.strip().str.lower().fillna("").isin(_NEVER)
    cohort = _whole(values.mask(never), str(columns.cohort)).fillna(NEVER).astype("int64")
    several = cohort.groupby(panel["unit"]).nunique()
    if (several > 1).any():
        unit = several.idxmax()
        found = ", ".join(str(year) for year in sorted(set(cohort[panel["unit"] == unit])))
        msg = (
            f"unit {unit}: {columns.cohort} must be one first year, 0 for never, in all its rows; "
            f"found {found}. A programme that is switched off again, or comes in doses, cannot be "
            f"estimated here"
        )
        raise DataError(msg)
    if (cohort == NEVER).all():
        msg = f"column {columns.cohort}: no unit has a first year; when did treatment begin where?"
        raise DataError(msg)
    return cohort


def flags(values: pd.Series, name: str) -> pd.Series:
    """Whether treated; raise if a value is neither 0 nor 1."""
    texts = values.astype("string").str.strip().str.lower()
    found = numbers(texts.replace({"true": "1", "false": "0"}), name)
    other = ~found.isin([0, 1])
    if other.any():
        msg = (
            f"column {name} must be 0 or 1 in every row; found {values[other].iloc[0]}. The effect "
            f"of doses is not estimated here"
        )
        raise DataError(msg)
    return found == 1


def _observed_cohort(values: pd.Series, panel: pd.DataFrame, columns: Columns) -> pd.Series:
    """First year with treatment 1, which has to stay 1."""
    treated = flags(values, str(columns.treatment))
    if not treated.any():
        msg = f"column {columns.treatment}: no unit is ever treated"
        raise DataError(msg)
    first = panel["time"].where(treated).groupby(panel["unit"]).transform("min")
    left = ~treated & (panel["time"] > first)
    if left.any():
        row = panel[left].iloc[0]
        msg = (
            f"unit {row['unit']}, {columns.time} {row['time']}: treatment switches off; only "
            f"programmes that stay can be estimated here"
        )
        raise DataError(msg)
    return first.fillna(NEVER).astype("int64")


def attach(
    panel: pd.DataFrame, records: pd.DataFrame, settings: ImpactSettings, notes: list[Note]
) -> list[str]:
    """Add weight, cluster and covariates to a panel; return the names of the covariates."""
    if settings.weights:
        panel["weight"] = _weights(panel, records[settings.weights], settings.weights, notes)
    if settings.cluster:
        panel["cluster"] = _clusters(panel, records[settings.cluster], settings.cluster)
    added: list[str] = []
    for name in settings.covariates:
        found = _covariate(records[name], name)
        panel[found.columns] = found
        added.extend(found.columns)
    return added


def _clusters(panel: pd.DataFrame, values: pd.Series, name: str) -> pd.Series:
    clusters = _texts(values)
    if clusters.isna().any() or clusters.groupby(panel["unit"]).nunique().max() > 1:
        msg = f"column {name}: a unit needs one cluster, the same in all its rows"
        raise DataError(msg)
    if (clusters == clusters.iloc[0]).all():
        msg = f"column {name}: at least two clusters are needed; found {clusters.iloc[0]!r} alone"
        raise DataError(msg)
    return clusters


def _covariate(values: pd.Series, name: str) -> pd.DataFrame:
    """A column of numbers as it is, one of text as a column for each category but the first."""
    try:
        return pd.DataFrame({f"covariate {name}": numbers(values, name)})
    except DataError:
        texts = _texts(values)
    dummies = pd.get_dummies(texts, prefix=f"covariate {name}", drop_first=True, dtype=float)
    return dummies.mask(texts.isna())


def _weights(panel: pd.DataFrame, values: pd.Series, name: str, notes: list[Note]) -> pd.Series:
    """Weight of every unit, the same in all its rows."""
    weights = numbers(values, name)
    if not (weights > 0).all():
        msg = f"column {name}: every row needs a weight above 0"
        raise DataError(msg)
    first = weights[panel["time"].groupby(panel["unit"]).transform("min") == panel["time"]]
    kept = panel["unit"].map(dict(zip(panel.loc[first.index, "unit"], first, strict=True)))
    if not np.allclose(kept, weights):
        notes.append(Note("weights change over time: those of a unit's first year count"))
    return kept.astype("float64")
