"""Joint draws of the years ahead: sums over areas, middles and limits."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from povlib.errors import DataError


@dataclass(frozen=True, slots=True)
class Projection:
    """
    Joint draws of the years ahead; n areas, h years.

    Attributes
    ----------
    measure, standard : str
        What was projected.
    area_codes : tuple of str
        n codes.
    years : tuple of int
        h years, ascending.
    counted : ndarray of int, shape (n, h, draws)
        Households counted by the measure, in whole households; a draw is one possible
        future of all areas together. [households]
    present : ndarray of int, shape (n, draws)
        The same at the last review, without the noise of that single review.
    households : ndarray of int, shape (n, h)
        Households that the rate is a share of. [households]
    latest : ndarray of float, shape (n,)
        The same at the last review. [households]
    """

    measure: str
    standard: str
    area_codes: tuple[str, ...]
    years: tuple[int, ...]
    counted: NDArray[np.integer]
    present: NDArray[np.integer]
    households: NDArray[np.int64]
    latest: NDArray[np.float64]

    @property
    def rates(self) -> NDArray[np.float64]:
        """Draws of the rate, shape (n, h, draws). [share, 0-1]."""
        return self.counted / self.households[:, :, None]


def aggregate(projection: Projection, members: Iterable[str], *, area_code: str) -> Projection:
    """
    Sum areas in every draw: a province is its communes, to the household.

    Parameters
    ----------
    projection : Projection
        Of at least the members.
    members : iterable of str
        Codes of the areas to sum; each counts once, one without a projection is
        left out.
    area_code : str
        Code of the sum.

    Returns
    -------
    projection : Projection
        Of one area.

    Raises
    ------
    DataError
        If no member is in the projection.

    Examples
    --------
    >>> counted = np.array([[[3, 5]], [[4, 1]]])  # two areas, one year, two draws
    >>> ahead = Projection(
    ...     measure="poverty_rate",
    ...     standard="nd07-2021",
    ...     area_codes=("01", "02"),
    ...     years=(2030,),
    ...     counted=counted,
    ...     present=counted[:, 0],
    ...     households=np.array([[100], [50]]),
    ...     latest=np.array([100, 50]),
    ... )
    >>> aggregate(ahead, ["01", "02"], area_code="*").counted
    array([[[7, 6]]])
    """
    chosen = np.isin(projection.area_codes, list(members))
    if not chosen.any():
        msg = f"aggregate {area_code}: no member is in the projection"
        raise DataError(msg)
    return Projection(
        measure=projection.measure,
        standard=projection.standard,
        area_codes=(area_code,),
        years=projection.years,
        counted=projection.counted[chosen].sum(axis=0, dtype=np.int64)[None],
        present=projection.present[chosen].sum(axis=0, dtype=np.int64)[None],
        households=projection.households[chosen].sum(axis=0)[None],
        latest=projection.latest[chosen].sum(keepdims=True),
    )


def summarise(projection: Projection, interval: float) -> pd.DataFrame:
    """
    Give the middle and the limits of the draws.

    Parameters
    ----------
    projection : Projection
        Of areas or of a sum of areas.
    interval : float
        Coverage of the interval. [share, 0-1]

    Returns
    -------
    summary : DataFrame
        One row per `area_code`, `year`; `rate_median`, `rate_lb`, `rate_ub`. [share]

    Raises
    ------
    ValueError
        If the coverage does not lie between 0 and 1.

    Examples
    --------
    >>> ahead = Projection(
    ...     measure="poverty_rate",
    ...     standard="nd07-2021",
    ...     area_codes=("01",),
    ...     years=(2030,),
    ...     counted=np.arange(101).reshape(1, 1, 101),
    ...     present=np.full((1, 101), 50),
    ...     households=np.array([[1000]]),
    ...     latest=np.array([1000]),
    ... )
    >>> summarise(ahead, 0.8)
      area_code  year  rate_median  rate_lb  rate_ub
    0        01  2030         0.05     0.01     0.09
    """
    if not 0 < interval < 1:
        msg = f"interval must lie between 0 and 1, received {interval}"
        raise ValueError(msg)
    tail = (1 - interval) / 2
    limits = np.quantile(projection.counted, [tail, 0.5, 1 - tail], axis=2) / projection.households
    keys = pd.MultiIndex.from_product(
        [projection.area_codes, projection.years], names=["area_code", "year"]
    ).to_frame(index=False)
    low, middle, high = (limit.ravel() for limit in limits)
    return keys.assign(rate_median=middle, rate_lb=low, rate_ub=high)
