"""Statistics of numbers near the largest double, where runs that diverge slowly end."""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

SCALE = 2.0**-10  # a power of two changes no digit; fewer than 1,024 numbers are added up


def without_overflow(statistic: Callable, values: ArrayLike) -> float:
    """Return a mean or median of finite numbers, whose sum on the way to it may be infinite.

    Parameters
    ----------
    statistic : callable
        Such as `numpy.median`: twice the values have twice the statistic.
    values : array_like
        Fewer than 1,024, or of a median any number.

    Returns
    -------
    float
        The statistic, with the bits that it has of numbers far from overflow.
    """
    return float(statistic(np.asarray(values) * SCALE)) / SCALE
