"""Weighted means of a sample and their standard errors by Taylor linearisation."""

import numpy as np
import pandas as pd


def design(strata: np.ndarray | None, clusters: np.ndarray | None, households: int) -> pd.DataFrame:
    """
    Say which sampling unit every household belongs to.

    Parameters
    ----------
    strata, clusters : array or None
        One value per household. Without strata there is one; without clusters
        every household is a unit.
    households : int
        How many there are.

    Returns
    -------
    design : DataFrame
        One row per household: `stratum`, `cluster`.
    """
    return pd.DataFrame(
        {
            "stratum": np.zeros(households, dtype=int) if strata is None else strata,
            "cluster": np.arange(households) if clusters is None else clusters,
        }
    )


def means(values: pd.DataFrame, weight: np.ndarray) -> tuple[pd.Series, pd.DataFrame]:
    """
    Return weighted means, and what every household adds to their errors.

    Parameters
    ----------
    values : DataFrame
        One row per household.
    weight : array
        Weight of every household; zero outside the part of the population asked for.

    Returns
    -------
    means : Series
        By the columns of `values`.
    linear : DataFrame
        Linearised values, shaped like `values`; every column sums to 0.
    """
    levels = pd.Series(weight @ values.to_numpy() / weight.sum(), index=values.columns)
    return levels, (values - levels).mul(weight / weight.sum(), axis=0)


def units(linear: pd.DataFrame, design: pd.DataFrame) -> pd.DataFrame:
    """
    Sum linearised values by sampling unit.

    Parameters
    ----------
    linear : DataFrame
        One row per household.
    design : DataFrame
        The household's `stratum` and `cluster`; same index.

    Returns
    -------
    totals : DataFrame
        Indexed by `stratum`, `cluster`; missing where a value is.
    """
    by_unit = linear.groupby([design["stratum"], design["cluster"]], sort=False)
    return by_unit.sum(min_count=1)


def standard_errors(linear: pd.DataFrame, design: pd.DataFrame) -> pd.Series:
    """
    Return the standard errors that linearised values make.

    Parameters
    ----------
    linear : DataFrame
        One row per household.
    design : DataFrame
        The household's `stratum` and `cluster`; same index.

    Returns
    -------
    errors : Series
        By the columns of `linear`; missing if a stratum has a single unit.

    Notes
    -----
    Units are drawn with replacement, independently in every stratum: the variance
    is the sum over strata of n / (n - 1) times the squared distances of the n
    units' totals from their mean. There is no correction for a finite population.

    References
    ----------
    Wolter (2007), Introduction to variance estimation, chapter 6.
    """
    strata = units(linear, design).groupby(level="stratum", sort=False)
    return strata.var().mul(strata.size(), axis=0).sum(skipna=False) ** 0.5
