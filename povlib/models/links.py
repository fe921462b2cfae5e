"""
Bounded scales on which rates change: Box-Cox powers of the odds.

Power 0 is the logit, where every area falls by the same proportion; power 1 is the
odds, near enough the rate itself, where every area falls by the same points.
Programmes do something in between, so several powers are weighed by the data.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

_LEAST = 1e-30  # as good as none, and its logarithm is finite
Array = NDArray[Any]  # of 32 or 64 bits; the result is like the argument


def link(share: Array, power: float) -> Array:
    """
    Return the Box-Cox transform of the odds.

    Parameters
    ----------
    share : ndarray
        Strictly between 0 and 1. [share]
    power : float
        From 0 (logit) upwards.

    Returns
    -------
    level : ndarray
        Same shape.

    Examples
    --------
    >>> print(link(np.array([0.5, 0.2]), 1.0).round(3).tolist())
    [0.0, -0.75]
    """
    odds = share / (1 - share)
    return np.log(odds) if power == 0 else (odds**power - 1) / power


def unlink(level: Array, power: float) -> Array:
    """
    Return the share of a level; levels below the least of a power are a share of 0.

    Examples
    --------
    >>> shares = np.array([0.01, 0.2, 0.9])
    >>> bool(np.allclose(unlink(link(shares, 0.25), 0.25), shares))
    True
    """
    if power == 0:
        return 1 / (1 + np.exp(-level))
    # Powers of many numbers are slow; exponentials of logarithms are not.
    odds = np.exp(np.log(np.maximum(1 + power * level, _LEAST)) / power)
    return odds / (1 + odds)


def slope(share: Array, power: float) -> Array:
    """Return the derivative of the link with respect to the logit: odds ** power."""
    return (share / (1 - share)) ** power


def unit(share: Array, power: float) -> float:
    """Return the slope at the median share, missing ones left out."""
    return float(slope(np.nanmedian(share, keepdims=True), power).item())
