"""Where an area stands among all, and how sure that is."""

import numpy as np
import pandas as pd
from scipy import stats

from povlib.models.projection import Projection


def rank(projection: Projection, interval: float) -> pd.DataFrame:
    """
    Rank areas by their rate at the last review, in every draw.

    Parameters
    ----------
    projection : Projection
        Its `present` counts: those of the last review without its noise.
    interval : float
        Coverage of the limits. [share, 0-1]

    Returns
    -------
    ranks : DataFrame
        One row per `area_code`: `rank` from the highest rate, 1, to the lowest, with
        `rank_lb`, `rank_ub`, middle and limits over the draws; `areas`, how many were
        ranked. Equal rates share the better rank.

    Notes
    -----
    A rank without its limits says more than the counts do: among small areas of much
    the same rate it changes by chance alone (Goldstein and Spiegelhalter, 1996, League
    tables and their limitations, Journal of the Royal Statistical Society A 159).

    Examples
    --------
    >>> exact = np.array([[30, 30], [10, 10], [20, 20]])
    >>> drawn = Projection("poverty_rate", "nd07-2021", ("a", "b", "c"), (2025,),
    ...     exact[:, None, :], exact, np.full((3, 1), 100), np.full(3, 100))
    >>> rank(drawn, 0.8)["rank"].tolist()
    [1, 3, 2]
    """
    rates = projection.present / projection.latest[:, None]
    places = stats.rankdata(-rates, method="min", axis=0)
    tail = (1 - interval) / 2
    low, middle, high = np.quantile(
        places, [tail, 0.5, 1 - tail], axis=1, method="inverted_cdf"
    ).astype(int)
    return pd.DataFrame(
        {
            "area_code": projection.area_codes,
            "rank": middle,
            "rank_lb": low,
            "rank_ub": high,
            "areas": len(projection.area_codes),
        }
    )
