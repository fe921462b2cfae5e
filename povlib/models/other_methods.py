"""What a researcher would otherwise use: forecasts of single series, to be held against ours."""

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from povlib.errors import DataError

Array = NDArray[np.float64]

QUANTILES = (np.arange(20) + 0.5) / 20  # 0.025 to 0.975
MOST_AREAS = 300  # for the slow ones, evenly taken from larger panels


@dataclass(frozen=True, slots=True)
class Forecast:
    """
    Quantiles of the rates ahead; n areas, h years, q quantiles.

    Attributes
    ----------
    middle : ndarray, shape (n, h)
        Point forecast. [share]
    quantiles : ndarray, shape (n, h, q)
        At equal steps of probability; missing where there is no interval. [share]
    limits80, limits95 : ndarray, shape (n, h, 2)
        Intervals. [share]
    """

    middle: Array
    quantiles: Array
    limits80: Array
    limits95: Array


Method = Callable[[NDArray[np.int64], Array, NDArray[np.int64]], Forecast]


def persistence(years: NDArray[np.int64], rates: Array, ahead: NDArray[np.int64]) -> Forecast:
    """
    Say that nothing changes, with errors as large as the changes of all areas were.

    Parameters
    ----------
    years : ndarray of int, shape (t,)
    rates : ndarray, shape (n, t)
        Complete. [share]
    ahead : ndarray of int, shape (h,)
        Years to forecast.
    """
    size = np.sqrt((np.diff(rates, axis=1) ** 2 / np.diff(years)).mean())
    return _random_walk(rates[:, -1], np.zeros(len(rates)), size, (ahead - years[-1], np.inf))


def drift(years: NDArray[np.int64], rates: Array, ahead: NDArray[np.int64]) -> Forecast:
    """Carry every area's mean change on, with errors of all areas pooled; as `persistence`."""
    span = years[-1] - years[0]
    slope = (rates[:, -1] - rates[:, 0]) / span
    rest = (np.diff(rates, axis=1) - slope[:, None] * np.diff(years)) / np.sqrt(np.diff(years))
    size = np.sqrt((rest**2).sum() / (rest.size - len(rates)))
    return _random_walk(rates[:, -1], slope, size, (ahead - years[-1], span))


def _random_walk(
    last: Array, slope: Array, size: float, horizon: tuple[NDArray[np.int64], float]
) -> Forecast:
    steps, span = horizon
    middle = last[:, None] + slope[:, None] * steps
    deviation = size * np.sqrt(steps * (1 + steps / span))
    return Forecast(
        middle=middle,
        quantiles=middle[:, :, None] + deviation[:, None] * stats.norm.ppf(QUANTILES),
        limits80=middle[:, :, None] + deviation[:, None] * stats.norm.ppf([0.1, 0.9]),
        limits95=middle[:, :, None] + deviation[:, None] * stats.norm.ppf([0.025, 0.975]),
    )


SIMPLE: dict[str, Method] = {"persistence": persistence, "drift": drift}


def automatic() -> dict[str, Method]:
    """
    Return ETS, Theta and ARIMA as statsforecast chooses them for every area.

    Raises
    ------
    DataError
        If the package, an optional one, is not installed.
    """
    if find_spec("statsforecast") is None:
        msg = "--peers needs the package statsforecast: make peers, or pip install povlib[peers]"
        raise DataError(msg)
    from statsforecast.models import AutoARIMA, AutoETS, AutoTheta

    models = {"ets": AutoETS, "theta": AutoTheta, "arima": AutoARIMA}
    return {name: _Automatic(model(season_length=1, alias=name)) for name, model in models.items()}


@dataclass(frozen=True, slots=True)
class _Automatic:
    """A model of statsforecast; what it cannot fit it raises on, nothing stands in for it."""

    model: object

    def __call__(
        self, years: NDArray[np.int64], rates: Array, ahead: NDArray[np.int64]
    ) -> Forecast:
        from statsforecast import StatsForecast

        count, size = rates.shape
        long = pd.DataFrame(
            {
                "unique_id": np.repeat(np.arange(count), size),
                "ds": np.tile(np.arange(size), count),
                "y": rates.ravel(),
            }
        )
        horizon = int(ahead[-1] - years[-1])
        levels = [*range(5, 100, 10), 80]
        with warnings.catch_warnings():
            # Series of four values make it divide by no degrees of freedom; the missing
            # intervals that follow are counted.
            warnings.simplefilter("ignore", RuntimeWarning)
            made = StatsForecast(models=[self.model], freq=1).forecast(
                df=long, h=horizon, level=levels
            )
        name = str(self.model)
        at = ahead - years[-1] - 1

        def column(suffix: str) -> Array:
            return made[f"{name}{suffix}"].to_numpy(float).reshape(count, horizon)[:, at]

        ends = [f"-lo-{level}" for level in reversed(levels[:-1])]
        ends += [f"-hi-{level}" for level in levels[:-1]]
        return Forecast(
            middle=column(""),
            quantiles=np.stack([column(end) for end in ends], axis=2),
            limits80=np.stack([column("-lo-80"), column("-hi-80")], axis=2),
            limits95=np.stack([column("-lo-95"), column("-hi-95")], axis=2),
        )
