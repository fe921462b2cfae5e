"""Rates and totals, always from counts."""

import pandas as pd

MEASURES: dict[str, tuple[list[str], str]] = {
    "poverty_rate": (["poor_households"], "households"),
    "near_poverty_rate": (["near_poor_households"], "households"),
    "multidimensional_rate": (["poor_households", "near_poor_households"], "households"),
    "em_poverty_rate": (["em_poor_households"], "em_households"),
}


def count(review: pd.DataFrame, measure: str) -> pd.Series:
    """
    Return the households that a measure counts.

    Parameters
    ----------
    review : DataFrame
        Rows of the table `review`, or of `total`.
    measure : str
        Name of the measure.

    Returns
    -------
    counted : Series of Float64
        Same index as `review`; missing where a part is missing. [households]
    """
    parts, _ = _definition(measure)
    return review.reindex(columns=parts).astype("Float64").sum(axis=1, skipna=False)


def whole(review: pd.DataFrame, measure: str) -> pd.Series:
    """
    Return the households that a measure is a share of.

    Parameters
    ----------
    review : DataFrame
        Rows of the table `review`, or of `total`.
    measure : str
        Name of the measure.

    Returns
    -------
    households : Series of Float64
        Same index as `review`; missing where missing there. [households]
    """
    _, column = _definition(measure)
    return review.reindex(columns=[column])[column].astype("Float64")


def rate(review: pd.DataFrame, measure: str) -> pd.Series:
    """
    Return a rate by its official definition: households counted / all households.

    Parameters
    ----------
    review : DataFrame
        Rows of the table `review`, or of `total`.
    measure : str
        Name of the measure.

    Returns
    -------
    rate : Series of Float64
        Same index as `review`; missing where a count is missing or there are no
        households. [share, 0-1]

    Raises
    ------
    ValueError
        If there is no such measure.

    Examples
    --------
    >>> totals = pd.DataFrame({"poor_households": [42903, 23061], "households": [417033, 422131]})
    >>> print(*rate(totals, "poverty_rate").mul(100).round(2))
    10.29 5.46
    """
    households = whole(review, measure)
    return count(review, measure) / households.where(households > 0)


def total(review: pd.DataFrame) -> pd.DataFrame:
    """
    Sum the counts of all areas, year by year and standard by standard.

    Parameters
    ----------
    review : DataFrame
        One row per `area_code`, `year`, `standard`. An area without a row in a
        year is not in that year's sum: give the same areas for every year.

    Returns
    -------
    totals : DataFrame
        One row per `year`, `standard`, sorted; the counts of `review`. A count
        that is missing in any area of the year is missing. [households, people]
    """
    keys = ["year", "standard"]
    counts = [name for name in review.select_dtypes("Int64").columns if name not in keys]
    return review.groupby(keys, as_index=False)[counts].sum(skipna=False)


def _definition(measure: str) -> tuple[list[str], str]:
    if measure not in MEASURES:
        msg = f"measure {measure}: unknown; there are {', '.join(MEASURES)}"
        raise ValueError(msg)
    return MEASURES[measure]
