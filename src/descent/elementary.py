"""Exponential and logarithm from additions, multiplications and divisions alone.

A system's own exp and log differ in their last bits between machines and libraries. These do not:
every operation is exactly rounded by IEEE 754, in one order. Errors stay within about one unit
in the last place.
"""

import numpy as np

# ln 2 in two parts: the first has few enough bits that its multiples by an exponent are exact.
LN2_HIGH = float.fromhex("0x1.62e42fee00000p-1")
LN2_LOW = float.fromhex("0x1.a39ef35793c76p-33")
PER_LN2 = float.fromhex("0x1.71547652b82fep+0")
ROUNDER = 6755399441055744.0  # 1.5 · 2⁵²: adding and subtracting it rounds to a whole number
LOWEST = -708.0  # exp below it is less than 3.4e-308, and taken for 0


def exp(x: np.ndarray) -> np.ndarray:
    """Return e to the power x, for x of at most 709.

    Parameters
    ----------
    x : numpy.ndarray
        Exponents; where x < -708 the result is 0.

    Returns
    -------
    numpy.ndarray
        e**x, within about one unit in the last place.

    Notes
    -----
    x = k ln 2 + r with |r| ≤ ln 2 / 2 (Cody & Waite 1980, chapter 6), then
    e**x = 2**k · (1 + r + r² p(r)) with Taylor's polynomial p.
    """
    small = x < LOWEST
    x = np.where(small, LOWEST, x)
    k = (x * PER_LN2 + ROUNDER) - ROUNDER
    r = (x - k * LN2_HIGH) - k * LN2_LOW
    series: np.ndarray | float = 1.0 / 6227020800.0
    for factorial in (479001600.0, 39916800.0, 3628800.0, 362880.0, 40320.0, 5040.0, 720.0, 120.0,
                      24.0, 6.0, 2.0):  # fmt: skip
        series = series * r + 1.0 / factorial
    result = np.ldexp(1.0 + (r + r * r * series), np.maximum(k, -1022.0).astype(np.int32))
    return np.where(small, 0.0, result)


def log(x: np.ndarray) -> np.ndarray:
    """Return the natural logarithm of positive, normal x.

    Parameters
    ----------
    x : numpy.ndarray
        Arguments.

    Returns
    -------
    numpy.ndarray
        ln x, within about one unit in the last place.

    Notes
    -----
    x = 2**k · m with √½ ≤ m < √2, then ln m = 2 artanh(s) with s = (m − 1) / (m + 1)
    (Cody & Waite 1980, chapter 5), by the series of artanh.
    """
    mantissa, k = np.frexp(x)
    small = mantissa < float.fromhex("0x1.6a09e667f3bcdp-1")
    mantissa = np.where(small, 2.0 * mantissa, mantissa)
    k = (k - small).astype(float)
    f = mantissa - 1.0
    s = f / (2.0 + f)
    z = s * s
    series: np.ndarray | float = 1.0 / 23.0
    for odd in (21.0, 19.0, 17.0, 15.0, 13.0, 11.0, 9.0, 7.0, 5.0, 3.0):
        series = series * z + 1.0 / odd
    half = 0.5 * f * f
    return k * LN2_HIGH - ((half - (s * (half + 2.0 * z * series) + k * LN2_LOW)) - f)
