"""Changes of poverty split into parts that sum to them."""

import numpy as np
import pandas as pd

from povlib.errors import DataError
from povlib.models import measurement, sampling
from povlib.models.multidimensional import Multidimensional


def split_rate(
    review: pd.DataFrame, measure: str, *, standard: str, first_year: int, last_year: int
) -> pd.DataFrame:
    """
    Split the change of a province's rate into change within areas and composition.

    Parameters
    ----------
    review : DataFrame
        One row per `area_code`, `year`, `standard`.
    measure : str
        Name of the measure.
    standard : str
        Records of this standard count.
    first_year, last_year : int
        The two years.

    Returns
    -------
    parts : DataFrame
        One row per `area_code`, sorted: `within`, what the change of the area's own
        rate added to the change of the whole, and `composition`, what the change of
        its share of all households added. Both columns together sum to the change
        of the whole's rate. [share]

    Raises
    ------
    DataError
        If a count of either year is missing, or a year has no households.

    Notes
    -----
    `within` is the change of the rate times the mean share, `composition` the change
    of the share times the mean rate above that of the whole: an area adds to poverty
    by growing only if it is poorer than the rest. An area without households in one
    of the years has no rate there; it came or went, all of which is composition.

    References
    ----------
    Kitagawa (1955), Components of a difference between two rates, Journal of the
    American Statistical Association 50.

    Examples
    --------
    >>> review = pd.DataFrame(
    ...     {
    ...         "area_code": ["01", "02", "01", "02"],
    ...         "year": [2021, 2021, 2024, 2024],
    ...         "standard": "nd07-2021",
    ...         "households": [100, 100, 100, 300],
    ...         "poor_households": [40, 20, 40, 30],
    ...     }
    ... )
    >>> parts = split_rate(
    ...     review, "poverty_rate", standard="nd07-2021", first_year=2021, last_year=2024
    ... )
    >>> print(*parts[["within", "composition"]].sum().round(4))
    -0.0625 -0.0625
    """
    rows = review[review["standard"] == standard]
    first, last = (_counts(rows, measure, year) for year in (first_year, last_year))
    codes = first.index.union(last.index)
    first, last = (year.reindex(codes, fill_value=0.0) for year in (first, last))
    shares = [year["whole"] / year["whole"].sum() for year in (first, last)]
    rates = [year["counted"] / year["whole"].where(year["whole"] > 0) for year in (first, last)]
    before, after = (own.fillna(other).fillna(0) for own, other in (rates, rates[::-1]))
    overall = sum(year["counted"].sum() / year["whole"].sum() for year in (first, last)) / 2
    parts = pd.DataFrame(
        {
            "within": (after - before) * (shares[0] + shares[1]) / 2,
            "composition": (shares[1] - shares[0]) * ((before + after) / 2 - overall),
        }
    )
    return parts.rename_axis("area_code").reset_index()


def _counts(review: pd.DataFrame, measure: str, year: int) -> pd.DataFrame:
    rows = review[review["year"] == year].set_index("area_code")
    counts = pd.DataFrame(
        {"counted": measurement.count(rows, measure), "whole": measurement.whole(rows, measure)}
    )
    missing = counts.isna().any(axis=1)
    if missing.any():
        msg = f"{measure} of {year}: unknown for area {missing.idxmax()} ({missing.sum()} in all)"
        raise DataError(msg)
    if not counts["whole"].sum() > 0:
        msg = f"{measure} of {year}: no area has households in that year"
        raise DataError(msg)
    return counts.astype(float)


def split_adjusted_headcount(
    before: Multidimensional, after: Multidimensional, *, years: float = 1, paired: bool = False
) -> pd.DataFrame:
    """
    Split the change of M0 between two years into incidence and intensity.

    Parameters
    ----------
    before, after : Multidimensional
        Of the two years, with the same indicators, weights and cutoff.
    years : float
        Years between them, above 0. [years]
    paired : bool
        Whether strata and clusters (rows, where no clusters were given) of the
        same name are the same sampling units in both years, as in a panel. Else
        the two samples are taken as independent.

    Returns
    -------
    changes : DataFrame
        One row per `part`: `H`, `A`, `M0`, and `through_H` and `through_A`, which
        sum to the change of M0; `change` and `change_per_year` with `_se` [share];
        `relative_change_per_year`: the constant growth rate between the years,
        missing for the two parts. A and the parts are missing if nobody is poor
        in one of the years.

    Raises
    ------
    DataError
        If `years` is not above 0, or indicators, weights or cutoffs differ.

    Notes
    -----
    The parts are Shapley values of M0 = H x A: the change of one factor times the
    mean of the other over the two years. Standard errors by the delta method on
    the linearised values of both years.

    References
    ----------
    Shorrocks (2013), Decomposition procedures for distributional analysis,
    Journal of Economic Inequality 11. Alkire et al. (2015), chapter 9.

    Examples
    --------
    >>> from povlib.models.measurement import alkire_foster
    >>> before = pd.DataFrame({"water": [1, 1, 0, 0], "school": [1, 1, 0, 1]})
    >>> after = pd.DataFrame({"water": [1, 0, 0, 0], "school": [1, 1, 0, 0]})
    >>> weights = {"water": 0.5, "school": 0.5}
    >>> years = [alkire_foster(one, weights, cutoff=0.5) for one in (before, after)]
    >>> changes = split_adjusted_headcount(*years).set_index("part")["change"]
    >>> print(*changes[["M0", "through_H", "through_A"]].round(3))
    -0.25 -0.198 -0.052
    """
    if not years > 0:
        msg = f"years between two measurements must be above 0; found {years}"
        raise DataError(msg)
    _check_alike(before, after)
    parts = {
        "H": after.H - before.H,
        "A": after.A - before.A,
        "M0": after.M0 - before.M0,
        "through_H": (after.H - before.H) * (before.A + after.A) / 2,
        "through_A": (after.A - before.A) * (before.H + after.H) / 2,
    }
    changes = pd.DataFrame({"change": pd.Series(parts)})
    changes["change_se"] = _errors_of_change(before, after, paired=paired)
    changes["change_per_year"] = changes["change"] / years
    changes["change_per_year_se"] = changes["change_se"] / years
    growth = {
        name: (getattr(after, name) / getattr(before, name)) ** (1 / years) - 1
        for name in ("H", "A", "M0")
        if getattr(before, name) > 0
    }
    changes["relative_change_per_year"] = pd.Series(growth, dtype=float)
    return changes.rename_axis("part").reset_index()


def _errors_of_change(
    before: Multidimensional, after: Multidimensional, *, paired: bool
) -> pd.Series:
    """Standard errors from what every sampling unit of both years adds to the parts."""
    linear, designs = [], []
    for year, sign, units in (("before", -1, before.units), ("after", 1, after.units)):
        own = sign * units[["H", "A", "M0"]]
        own["through_H"] = (before.A + after.A) / 2 * own["H"] + (after.H - before.H) / 2 * units[
            "A"
        ]
        own["through_A"] = (before.H + after.H) / 2 * own["A"] + (after.A - before.A) / 2 * units[
            "H"
        ]
        linear.append(own)
        stratum = units["stratum"] if paired else [(year, name) for name in units["stratum"]]
        designs.append(units[["cluster"]].assign(stratum=stratum))
    stacked = pd.concat(linear, ignore_index=True)
    return sampling.standard_errors(stacked, pd.concat(designs, ignore_index=True))


def _check_alike(before: Multidimensional, after: Multidimensional) -> None:
    first, last = (one.indicators.set_index("indicator")["weight"] for one in (before, after))
    if not first.index.equals(last.index) or not np.allclose(first, last):
        msg = "two measurements to compare must have the same indicators and weights"
        raise DataError(msg)
    if before.cutoff != after.cutoff:
        msg = f"two measurements to compare have the cutoffs {before.cutoff} and {after.cutoff}"
        raise DataError(msg)
