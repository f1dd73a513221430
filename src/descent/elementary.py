"""Exponential and logarithm from exact operations only, so that their bits are the same everywhere.

A system's own exp and log differ in their last bits between processors and libraries. These use
additions, multiplications, divisions and the exponent's bits, each exactly rounded by IEEE 754,
in one order; on NumPy arrays and in the compiled engine alike.
"""

from typing import Any

import numpy as np

LOG2_E = float.fromhex("0x1.71547652b82fep+0")
# ln 2 in two parts: the first ends in zero bits, so that its multiples by an exponent are exact.
LN_2_HIGH = float.fromhex("0x1.62e42fee00000p-1")
LN_2_LOW = float.fromhex("0x1.a39ef35793c76p-33")
SQRT_HALF = float.fromhex("0x1.6a09e667f3bcdp-1")

# 1.5 · 2⁵² + 1023. Added to a float of moderate size, it rounds it to the nearest whole number k,
# and leaves the exponent's bits of 2ᵏ in the lowest places.
ROUNDER = 6755399441056767.0

# Here 2ᵏ has the exponent's bits of 0, and e**x is taken for 0.
LOWEST = -709.0

# e**r = 1 + r + r² q(r) for |r| ≤ ln 2 / 2: interpolation at Chebyshev's points.
EXP_Q = (
    0.5000000000000001,
    0.16666666666666669,
    0.04166666666662413,
    0.008333333333330062,
    0.0013888888917213717,
    0.00019841269863053618,
    2.4801521295954376e-05,
    2.7557268459997064e-06,
    2.7620088445409746e-07,
    2.510038549551032e-08,
)
# ln((1 + s) / (1 − s)) = 2 s + s R(s²) for |s| ≤ 0.1716, as in Sun's fdlibm.
LOG_R = (
    6.666666666666735130e-01,
    3.999999999940941908e-01,
    2.857142874366239149e-01,
    2.222219843214978396e-01,
    1.818357216161805012e-01,
    1.531383769920937332e-01,
    1.479819860511658591e-01,
)


def power_of_two(rounded: np.ndarray) -> np.ndarray:
    """Return 2**k for `rounded` = k + ROUNDER, by its bits; k = -1023 gives 0."""
    return (np.asarray(rounded).view(np.int64) << 52).view(np.float64)


def exp(x: Any) -> Any:
    """Return e to the power x, for x of at most 709.

    Parameters
    ----------
    x : array_like
        Exponents; where 2**k in the notes would be less than 2**-1022 (x < -708.74) the result
        is 0.

    Returns
    -------
    numpy.ndarray
        e**x, within one unit in the last place.

    Notes
    -----
    x = k ln 2 + r with |r| ≤ ln 2 / 2, then e**x = 2**k e**r (Cody & Waite 1980, chapter 6).
    """
    x = np.where(x < LOWEST, LOWEST, x)
    rounded = x * LOG2_E + ROUNDER
    k = rounded - ROUNDER
    high, low = x - k * LN_2_HIGH, k * LN_2_LOW
    r = high - low
    z = r * r
    even: Any = EXP_Q[8]
    odd: Any = EXP_Q[9]
    for i in range(6, -1, -2):  # two short chains, which a processor runs side by side
        even, odd = even * z + EXP_Q[i], odd * z + EXP_Q[i + 1]
    fraction = high - (low - z * (even + r * odd))
    return power_of_two(rounded) * (1.0 + fraction)


def log(x: Any) -> Any:
    """Return the natural logarithm of positive, normal x.

    Parameters
    ----------
    x : array_like
        Arguments.

    Returns
    -------
    numpy.ndarray
        ln x, within one unit in the last place.

    Notes
    -----
    x = 2**k (1 + f) with √½ ≤ 1 + f < √2, then ln(1 + f) = 2 artanh(s) with s = f / (2 + f)
    (Cody & Waite 1980, chapter 5).
    """
    mantissa, k = np.frexp(x)
    low = mantissa < SQRT_HALF
    f = np.where(low, mantissa + mantissa, mantissa) - 1.0
    k = np.where(low, k - 1.0, k)
    s = f / (2.0 + f)
    z = s * s
    r: Any = LOG_R[6]
    for i in range(5, -1, -1):
        r = r * z + LOG_R[i]
    half = 0.5 * f * f
    return k * LN_2_HIGH - ((half - (s * (half + z * r) + k * LN_2_LOW)) - f)
