"""Targets: how far, how fast so far, how fast it must be, and how likely."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from povlib.errors import DataError
from povlib.models import measurement
from povlib.models.trajectory import Projection
from povlib.scenario import ModelSettings, Target

COLUMNS = [
    "area_code",
    "measure",
    "standard",
    "target_year",
    "target_rate",
    "first_year",
    "last_year",
    "rate_now",
    "gap",
    "pace_so_far",
    "pace_needed",
    "probability",
    "year_reached",
    "households_to_leave_per_year",
    "status",
]


def required_annual_change(current_rate: float, target_rate: float, *, years_left: int) -> float:
    """
    Constant yearly change that takes the current rate to the target.

    Parameters
    ----------
    current_rate : float or Series
        Latest observed rate. [share, 0-1]
    target_rate : float
        Rate to reach. [share, 0-1]
    years_left : int or Series
        Years between the two, at least 1. [years]

    Returns
    -------
    annual_change : float or Series
        Change per year; negative when the rate must fall, zero when the target
        is met already. Same shape and index as `current_rate`. [share per year]

    Raises
    ------
    ValueError
        If `years_left` is smaller than 1.

    Examples
    --------
    >>> print(round(required_annual_change(0.30, 0.15, years_left=5), 4))
    -0.03
    >>> print(required_annual_change(0.10, 0.15, years_left=5))
    0.0
    """
    least = np.min(years_left)
    if least < 1:
        msg = f"years_left must be at least 1, received {least:g}"
        raise ValueError(msg)
    return np.minimum(target_rate - current_rate, 0) / years_left


def pace(rates: pd.Series) -> float:
    """
    Mean yearly change between the first and the last known rate.

    Parameters
    ----------
    rates : Series
        Rates of one area under one standard, indexed by year. [share, 0-1]

    Returns
    -------
    pace : float
        Negative when the rate fell. [share per year]

    Raises
    ------
    ValueError
        If fewer than two years are known.

    Examples
    --------
    >>> print(round(pace(pd.Series({2021: 0.1029, 2024: 0.0546})), 4))
    -0.0161
    """
    known = rates.dropna().sort_index()
    if len(known) < 2:
        msg = f"a pace needs rates of two years, received {len(known)}"
        raise ValueError(msg)
    return float((known.iloc[-1] - known.iloc[0]) / (known.index[-1] - known.index[0]))


def assess(
    projection: Projection, review: pd.DataFrame, target: Target, settings: ModelSettings
) -> pd.DataFrame:
    """
    Hold every area against a target.

    Parameters
    ----------
    projection : Projection
        Of the target's measure, reaching the target's year; of areas, or of a sum
        of areas (`trajectory.aggregate`).
    review : DataFrame
        Reviews of the same areas, or `measurement.total` with the `area_code` of
        the sum. Rows of other standards than the projection's are left aside.
    target : Target
        What to reach.
    settings : ModelSettings
        `on_track`, `at_risk` and `min_years` set the words.

    Returns
    -------
    status : DataFrame
        One row per `area_code`, in the order of the projection. `measure`,
        `standard` (of the projection), `target_year`, `target_rate` [share];
        `first_year`, `last_year`: reviews that the pace is taken over;
        `rate_now`, `gap` (rate now less target) [share]; `pace_so_far`,
        `pace_needed` [share per year], negative for a fall, the latter 0 if the
        target is met now; `probability`: part of the draws at or below the target
        in its year; `year_reached`: the first year whose median is at or below it,
        the last review's if met now, missing if none is;
        `households_to_leave_per_year`: on the households of now, rounded up,
        missing if none need to; `status`. An area without a known rate has these
        missing, one with a single rate `pace_so_far`.

    Raises
    ------
    DataError
        If the projection is of another measure or does not reach the target's year.

    Notes
    -----
    The status is, by the first rule that holds,

    1. `cannot_tell`: fewer than `settings.min_years` known rates;
    2. `met`: at or below the target now, probability at least `settings.on_track`;
    3. `on_track`: probability at least `settings.on_track`;
    4. `at_risk`: probability at least `settings.at_risk`;
    5. `off_track`: the rest.
    """
    _check(projection, target)
    standing = _standing(projection, review)
    reached = projection.rates[:, projection.years.index(target.year)] <= target.value
    probability = reached.mean(axis=1)
    years_left = target.year - standing["last_year"].astype(float)
    needed = required_annual_change(standing["rate_now"], target.value, years_left=years_left)
    # A needed pace of exactly 3 households must not become 4 by rounding errors.
    leave = np.ceil((-needed * standing["households"]).round(6)).astype("Int64")
    status = standing.assign(
        measure=projection.measure,
        standard=projection.standard,
        target_year=target.year,
        target_rate=target.value,
        gap=standing["rate_now"] - target.value,
        pace_needed=needed,
        probability=probability,
        year_reached=_year_reached(projection, standing, target.value),
        households_to_leave_per_year=leave.mask(leave.eq(0)),
        status=_words(standing, probability, target.value, settings),
    )
    return status.reset_index()[COLUMNS]


def _check(projection: Projection, target: Target) -> None:
    if projection.measure != target.measure:
        msg = f"target of {target.measure}: the projection is of {projection.measure}"
        raise DataError(msg)
    if target.year not in projection.years:
        span = f"{projection.years[0]} to {projection.years[-1]}"
        msg = f"target year {target.year}: the projection covers {span}"
        raise DataError(msg)


def _standing(projection: Projection, review: pd.DataFrame) -> pd.DataFrame:
    """First and last known rate of every area, and the pace between them."""
    rows = review[review["standard"] == projection.standard].sort_values("year")
    known = rows[["area_code", "year"]].assign(
        rate=measurement.rate(rows, projection.measure).astype(float),
        households=measurement.whole(rows, projection.measure).astype(float),
    )
    ends = known.dropna(subset=["rate"]).groupby("area_code")
    first, last = ends.first(), ends.last()
    years = (last["year"] - first["year"]).astype(float)
    standing = pd.DataFrame(
        {
            "first_year": first["year"].astype("Int64"),
            "last_year": last["year"].astype("Int64"),
            "count_years": ends.size(),
            "households": last["households"],
            "rate_now": last["rate"],
            "pace_so_far": (last["rate"] - first["rate"]) / years.where(years > 0),
        }
    )
    return standing.reindex(pd.Index(projection.area_codes, name="area_code", dtype="str"))


def _year_reached(projection: Projection, standing: pd.DataFrame, target_rate: float) -> pd.Series:
    below = np.median(projection.rates, axis=2) <= target_rate
    years = np.array(projection.years)[below.argmax(axis=1)]
    reached = pd.Series(years, index=standing.index, dtype="Int64").where(below.any(axis=1))
    return reached.mask(standing["rate_now"] <= target_rate, standing["last_year"])


def _words(
    standing: pd.DataFrame,
    probability: NDArray[np.float64],
    target_rate: float,
    settings: ModelSettings,
) -> NDArray[np.str_]:
    enough = standing["count_years"] >= settings.min_years  # false where nothing is known
    likely = probability >= settings.on_track
    below = standing["rate_now"] <= target_rate
    return np.select(
        [~enough, below & likely, likely, probability >= settings.at_risk],
        ["cannot_tell", "met", "on_track", "at_risk"],
        default="off_track",
    )
