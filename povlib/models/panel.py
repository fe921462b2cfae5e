"""Reviews of all areas under one standard as arrays: areas by years, missing where not reviewed."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from povlib.errors import DataError
from povlib.models import measurement

MOST_GROWTH = 0.1  # a year, of the logarithm: a merger is no growth that goes on
GROWTH_YEARS = 4.0  # an area's own growth of households counts like so many of the common one


@dataclass(frozen=True, slots=True)
class Panel:
    """
    Households counted and all households; n areas, t years.

    Attributes
    ----------
    measure, standard : str
        What was counted, by which rule.
    area_codes : tuple of str
        n codes, sorted.
    years : ndarray of int, shape (t,)
        Years in which any area was reviewed, ascending.
    counted, households : ndarray, shape (n, t)
        Missing (not a number) together. [households]
    """

    measure: str
    standard: str
    area_codes: tuple[str, ...]
    years: NDArray[np.int64]
    counted: NDArray[np.float64]
    households: NDArray[np.float64]

    @property
    def seen(self) -> NDArray[np.bool_]:
        """Whether an area was reviewed in a year, shape (n, t)."""
        return np.isfinite(self.counted)

    @property
    def last(self) -> NDArray[np.intp]:
        """Index of the last reviewed year of each area, shape (n,)."""
        return len(self.years) - 1 - self.seen[:, ::-1].argmax(axis=1)

    @property
    def latest(self) -> NDArray[np.float64]:
        """Households at the last review of each area, shape (n,)."""
        return self.households[np.arange(len(self.area_codes)), self.last]

    @property
    def share(self) -> NDArray[np.float64]:
        """Rate with half a household added on both sides: never 0 or 1, shape (n, t)."""
        return (self.counted + 0.5) / (self.households + 1)


def observe(review: pd.DataFrame, measure: str, standard: str) -> Panel:
    """
    Take the records of a measure under one standard.

    Parameters
    ----------
    review : DataFrame
        One row per `area_code`, `year`, `standard`.
    measure : str
        Name of a measure.
    standard : str
        Records of other standards are left aside, never joined.

    Returns
    -------
    panel : Panel
        Areas without a record of the measure are absent.

    Raises
    ------
    DataError
        If an area counts more than it has, counts a year twice, or if no
        area has records of two years.
    """
    rows = review[review["standard"] == standard]
    rows = rows[["area_code", "year"]].assign(
        counted=measurement.count(rows, measure).astype(float),
        households=measurement.whole(rows, measure).astype(float),
    )
    rows = rows[rows["counted"].notna() & (rows["households"] > 0)]
    _check(rows, measure, standard)
    wide = rows.pivot(index="area_code", columns="year", values=["counted", "households"])
    years = wide["counted"].columns
    return Panel(
        measure=measure,
        standard=standard,
        area_codes=tuple(wide.index),
        years=years.to_numpy(np.int64),
        counted=wide["counted"].to_numpy(float),
        households=wide["households"].to_numpy(float),
    )


def _check(rows: pd.DataFrame, measure: str, standard: str) -> None:
    for row in rows[rows["counted"] > rows["households"]].itertuples():
        msg = (
            f"review, area {row.area_code}, year {row.year}: {measure} counts"
            f" {row.counted:g} of {row.households:g} households"
        )
        raise DataError(msg)
    for row in rows[rows.duplicated(["area_code", "year"])].itertuples():
        msg = f"review, area {row.area_code}, year {row.year}: {measure} under {standard} twice"
        raise DataError(msg)
    if not (rows.groupby("area_code").size() > 1).any():
        msg = (
            f"{measure} under {standard}: every area has reviews of one year or none; two are the"
            " least"
        )
        raise DataError(msg)


def project_households(panel: Panel, years: NDArray[np.int64]) -> NDArray[np.int64]:
    """
    Carry the households of every area forward.

    Parameters
    ----------
    panel : Panel
    years : ndarray of int, shape (h,)
        Years after the last review.

    Returns
    -------
    households : ndarray of int, shape (n, h)
        At least 1. [households]

    Notes
    -----
    Growth is that between an area's first and last review, drawn towards the growth
    of all areas together as if that had been seen for `GROWTH_YEARS` years more; at most
    `MOST_GROWTH` a year either way.
    """
    first = panel.seen.argmax(axis=1)
    now, start = panel.latest, panel.households[np.arange(len(first)), first]
    spans = (panel.years[panel.last] - panel.years[first]).astype(float)
    logs = np.log(now / start)
    common = logs.sum() / max(spans.sum(), 1)
    growth = (logs + GROWTH_YEARS * common) / (spans + GROWTH_YEARS)
    growth = np.clip(growth, -MOST_GROWTH, MOST_GROWTH)
    ahead = years[None, :] - panel.years[panel.last][:, None]
    projected = now[:, None] * np.exp(growth[:, None] * ahead)
    return np.maximum(np.rint(projected), 1).astype(np.int64)
