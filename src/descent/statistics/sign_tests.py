"""The sign test of two settings on the same starts, and Holm's adjustment for several."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from descent.statistics.running_times import Runs


class SignTest(NamedTuple):
    """On how many starts each of two was first, and how surprising that is between equals."""

    wins: int
    losses: int
    ties: int
    p: float


def sign_test(first: Runs, second: Runs) -> SignTest:
    """Test whether one of two settings is more often first at the target on the same start.

    The test is exact and two-sided. It asks of every start only which of the two was first, and a
    censored run still answers: it is later than any that reached. Nothing is assumed about how
    times are distributed, as Wilcoxon's signed ranks would (differences that are symmetric, and
    known where a run is censored). Starts where both need as long, or neither reaches, are ties,
    which are counted and left out.

    The question is not that of the expected running time: a method may be first more often, and
    dearer in all for its failures. Both are worth saying. The budgets must be the same.

    Parameters
    ----------
    first, second : Runs
        Shape (starts,), start by start the same.

    Returns
    -------
    SignTest
        Starts on which `first` was first, on which `second` was, ties, and the p-value: twice the
        lower tail of the binomial distribution, at most 1; 1 without any untied start.

    Notes
    -----
    With m the smaller and n the sum of both counts the tail is C(n, m)/2ⁿ · (1 + m/(n-m+1)·(1 +
    (m-1)/(n-m+2)·(…))), from the inside out, with the power of 2 kept apart: no number is large.

    Raises
    ------
    ValueError
        If the runs are not paired.

    References
    ----------
    Dixon, W. J. & Mood, A. M. (1946). The statistical sign test. Journal of the American
    Statistical Association 41(236), 557-566.
    """
    one, other = first.reached.shape, second.reached.shape
    if one != other or len(one) != 1:
        raise ValueError(f"runs of shapes {one} and {other} are not paired (starts,)")
    wins = int((first.times < second.times).sum())
    losses = int((first.times > second.times).sum())
    decided = wins + losses
    coefficient = tail = 1.0  # C(n, i), and the sum of C(n, 0) … C(n, i) in units of it
    exponent = 1 - decided
    for i in range(1, min(wins, losses) + 1):
        step = (decided - i + 1) / i
        coefficient, tail = coefficient * step, 1.0 + tail / step
        if coefficient > 2.0**512:
            coefficient, exponent = coefficient * 2.0**-512, exponent + 512
    p = math.ldexp(coefficient * tail, exponent) if decided else 1.0
    return SignTest(wins, losses, one[0] - decided, min(1.0, p))


def holm(p: Sequence[float] | np.ndarray) -> np.ndarray:
    """Adjust the p-values of several comparisons.

    To call those below α significant then errs once or more with probability α at most, whatever
    the comparisons have to do with each other.

    Parameters
    ----------
    p : array_like, shape (comparisons,)
        One p-value per comparison, all that were made.

    Returns
    -------
    numpy.ndarray of float64, shape (comparisons,)
        In the same order: with p sorted, the i-th of m becomes max over j ≤ i of
        min(1, (m - j + 1)·p_j).

    Raises
    ------
    ValueError
        If a p-value is not between 0 and 1.

    References
    ----------
    Holm, S. (1979). A simple sequentially rejective multiple test procedure. Scandinavian Journal
    of Statistics 6(2), 65-70.
    """
    values = np.asarray(p, dtype=float)
    if not ((values >= 0.0) & (values <= 1.0)).all():
        raise ValueError(f"p-values {values} are not all between 0 and 1")
    order = np.argsort(values, kind="stable")
    scaled = np.minimum(values[order] * np.arange(len(values), 0, -1), 1.0)
    adjusted = np.empty_like(values)
    adjusted[order] = np.maximum.accumulate(scaled)
    return adjusted
