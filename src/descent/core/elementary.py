"""Exponential, logarithm and normal quantile, with bits that are the same everywhere.

A system's own exp and log differ in their last bits between processors and libraries. These use
additions, multiplications, divisions, roots and the exponent's bits, each exactly rounded by
IEEE 754, in one order; on NumPy arrays, and `exp` and `log` in the compiled engine alike.
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

# Quotients of polynomials for the normal quantile, lowest power first: where the probability is
# within 0.425 of one half, and in the tails nearer to it and farther.
QUANTILE_CENTRE = (
    (
        3.3871328727963666080e0,
        1.3314166789178437745e2,
        1.9715909503065514427e3,
        1.3731693765509461125e4,
        4.5921953931549871457e4,
        6.7265770927008700853e4,
        3.3430575583588128105e4,
        2.5090809287301226727e3,
    ),
    (
        1.0,
        4.2313330701600911252e1,
        6.8718700749205790830e2,
        5.3941960214247511077e3,
        2.1213794301586595867e4,
        3.9307895800092710610e4,
        2.8729085735721942674e4,
        5.2264952788528545610e3,
    ),
)
QUANTILE_NEAR = (
    (
        1.42343711074968357734e0,
        4.63033784615654529590e0,
        5.76949722146069140550e0,
        3.64784832476320460504e0,
        1.27045825245236838258e0,
        2.41780725177450611770e-1,
        2.27238449892691845833e-2,
        7.74545014278341407640e-4,
    ),
    (
        1.0,
        2.05319162663775882187e0,
        1.67638483018380384940e0,
        6.89767334985100004550e-1,
        1.48103976427480074590e-1,
        1.51986665636164571966e-2,
        5.47593808499534494600e-4,
        1.05075007164441684324e-9,
    ),
)
QUANTILE_FAR = (
    (
        6.65790464350110377720e0,
        5.46378491116411436990e0,
        1.78482653991729133580e0,
        2.96560571828504891230e-1,
        2.65321895265761230930e-2,
        1.24266094738807843860e-3,
        2.71155556874348757815e-5,
        2.01033439929228813265e-7,
    ),
    (
        1.0,
        5.99832206555887937690e-1,
        1.36929880922735805310e-1,
        1.48753612908506148525e-2,
        7.86869131145613259100e-4,
        1.84631831751005468180e-5,
        1.42151175831644588870e-7,
        2.04426310338993978564e-15,
    ),
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
        is 0, and of NaN it is NaN.

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
    """Return the natural logarithm of positive x.

    Parameters
    ----------
    x : array_like
        Arguments, finite; of infinity and NaN the result is NaN.

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


def normal_quantile(probability: np.ndarray) -> np.ndarray:
    """Return the number that a standard normal variable stays below with a probability.

    Parameters
    ----------
    probability : array_like
        Above 0, below 1.

    Returns
    -------
    numpy.ndarray
        Quantiles, within about 1e-15 of their size.

    References
    ----------
    Wichura, M. J. (1988). Algorithm AS 241: the percentage points of the normal distribution.
    Applied Statistics 37(3), 477-484, routine PPND16.
    """
    probability = np.asarray(probability, float)
    from_centre = probability - 0.5
    tail = np.minimum(probability, 1.0 - probability)
    root = np.sqrt(-log(tail))
    centre = from_centre * _quotient(QUANTILE_CENTRE, 0.180625 - from_centre * from_centre)
    near, far = _quotient(QUANTILE_NEAR, root - 1.6), _quotient(QUANTILE_FAR, root - 5.0)
    size = np.where(root <= 5.0, near, far)
    outer = np.where(from_centre < 0.0, -size, size)
    return np.where(np.abs(from_centre) <= 0.425, centre, outer)


def _quotient(polynomials: tuple, x: np.ndarray) -> np.ndarray:
    """Divide one polynomial in x by another."""
    top: Any = 0.0
    bottom: Any = 0.0
    for above, below in reversed(list(zip(*polynomials, strict=True))):
        top, bottom = top * x + above, bottom * x + below
    return top / bottom
