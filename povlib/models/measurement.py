"""
Rates, totals and gaps, always from counts.

A province reviews counts of households, a survey the deprivations of each: whoever
looks for a measure of poverty finds both kinds here, `alkire_foster` taken over from
`multidimensional`.
"""

import pandas as pd

from povlib.models.multidimensional import alkire_foster

__all__ = [
    "MEASURES",
    "alkire_foster",
    "count",
    "em_gap",
    "rate",
    "total",
    "urban_rural_gap",
    "whole",
]

WHOLE = "*"  # the area_code of rows that sum over all areas; no area may be named so

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

    Examples
    --------
    >>> review = pd.DataFrame({"poor_households": [20], "near_poor_households": [15]})
    >>> print(*count(review, "multidimensional_rate"))
    35.0
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

    Examples
    --------
    >>> review = pd.DataFrame({"households": [400], "em_households": [100]})
    >>> print(*whole(review, "em_poverty_rate"))
    100.0
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


def complete(rows: pd.DataFrame) -> pd.DataFrame:
    """
    Keep the areas that have a row in every year of a standard: their sums compare.

    Parameters
    ----------
    rows : DataFrame
        Rows of any table with `area_code`, `year`, `standard`.

    Returns
    -------
    kept : DataFrame
        Rows of `rows`, with their index.

    Examples
    --------
    >>> rows = pd.DataFrame({"area_code": ["01", "01", "02"], "year": [2023, 2024, 2024]})
    >>> complete(rows.assign(standard="nd07-2021"))["area_code"].tolist()
    ['01', '01']
    """
    years = rows.groupby("standard")["year"].transform("nunique")
    own = rows.groupby(["area_code", "standard"])["year"].transform("nunique")
    return rows[own == years]


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

    Examples
    --------
    >>> import povlib
    >>> last = povlib.demo.build().review.query("year == 2024")
    >>> total(last)[["year", "households", "poor_households"]]
       year  households  poor_households
    0  2024      422130            23061
    """
    keys = ["year", "standard"]
    counts = [name for name in review.select_dtypes("number").columns if name not in keys]
    return review.groupby(keys, as_index=False)[counts].sum(skipna=False)


def total_of(review: pd.DataFrame, area_codes: list[str]) -> pd.DataFrame:
    """
    Sum the counts of some areas as the rows of one area.

    Parameters
    ----------
    review : DataFrame
        As for `total`.
    area_codes : list of str
        The areas to sum.

    Returns
    -------
    totals : DataFrame
        As `total` gives them, with the `area_code` `*`.

    Examples
    --------
    >>> import povlib
    >>> last = povlib.demo.build().review.query("year == 2024")
    >>> total_of(last, ["01840", "01843"])["area_code"].tolist()
    ['*']
    """
    return total(review[review["area_code"].isin(area_codes)]).assign(area_code=WHOLE)


def urban_rural_gap(
    review: pd.DataFrame, areas: pd.DataFrame, *, measure: str = "poverty_rate"
) -> pd.DataFrame:
    """
    Compare communes with wards, year by year and standard by standard.

    Parameters
    ----------
    review : DataFrame
        One row per `area_code`, `year`, `standard`.
    areas : DataFrame
        One row per `area_code`; `urban` says whether it is a ward.
    measure : str
        Name of the measure.

    Returns
    -------
    gaps : DataFrame
        One row per `year`, `standard`, sorted: `rural_rate`, `urban_rate` and
        `urban_rural_gap`, the first less the second. Missing where a count is
        missing, a class has no area, or an area's class is unknown. [shares]

    Notes
    -----
    The class is that of the table `areas`, the same for all years: an area that
    became a ward counts as one from the first year on.

    Examples
    --------
    >>> import povlib
    >>> data = povlib.demo.build()
    >>> gaps = urban_rural_gap(data.review.query("standard == 'nd07-2021'"), data.areas)
    >>> print(gaps[["year", "urban_rural_gap"]].round(3).to_string(index=False))
     year  urban_rural_gap
     2021            0.134
     2022             0.11
     2023             0.09
     2024            0.073
    """
    urban = review["area_code"].map(areas.set_index("area_code")["urban"]).astype("boolean")
    totals = {
        "rural_rate": total(review[(~urban).fillna(value=False)]),
        "urban_rate": total(review[urban.fillna(value=False)]),
    }
    keys = ["year", "standard"]
    rates = {
        name: rate(sums, measure).set_axis(pd.MultiIndex.from_frame(sums[keys]))
        for name, sums in totals.items()
    }
    years = pd.MultiIndex.from_frame(review[keys].drop_duplicates().sort_values(keys))
    gaps = pd.DataFrame(rates, index=years)
    unknown = pd.MultiIndex.from_frame(review.loc[urban.isna(), keys])
    gaps.loc[years.isin(unknown)] = pd.NA
    return gaps.assign(urban_rural_gap=gaps["rural_rate"] - gaps["urban_rate"]).reset_index()


def em_gap(review: pd.DataFrame) -> pd.DataFrame:
    """
    Compare households of ethnic minorities with all others.

    Parameters
    ----------
    review : DataFrame
        Rows of the table `review`, or of `total`.

    Returns
    -------
    gaps : DataFrame
        `em_poverty_rate`, `other_poverty_rate` and `em_gap`, the first less the
        second; same index as `review`. Missing where a count is missing or a
        group has no households. [shares]

    Examples
    --------
    >>> totals = pd.DataFrame(
    ...     {
    ...         "households": [422131],
    ...         "poor_households": [23061],
    ...         "em_households": [171852],
    ...         "em_poor_households": [19354],
    ...     }
    ... )
    >>> print(*em_gap(totals).loc[0].mul(100).round(2))
    11.26 1.48 9.78
    """
    others = pd.DataFrame(
        {
            "poor_households": review["poor_households"] - review["em_poor_households"],
            "households": review["households"] - review["em_households"],
        }
    )
    gaps = pd.DataFrame(
        {
            "em_poverty_rate": rate(review, "em_poverty_rate"),
            "other_poverty_rate": rate(others, "poverty_rate"),
        }
    )
    return gaps.assign(em_gap=gaps["em_poverty_rate"] - gaps["other_poverty_rate"])


def _definition(measure: str) -> tuple[list[str], str]:
    if measure not in MEASURES:
        msg = f"measure {measure}: unknown; there are {', '.join(MEASURES)}"
        raise ValueError(msg)
    return MEASURES[measure]
