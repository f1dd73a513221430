"""The bootstrap over starts: intervals of a comparison, and settings selected again and again.

Weights of resampled starts are whole numbers, and so are their sums of costs and successes: one
matrix product for all settings, exact in any order.
"""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np

from descent.core.elementary import exp, log, normal_quantile
from descent.core.random_streams import philox
from descent.statistics.answers import ratio
from descent.statistics.running_times import ROUNDING_SLACK

DRAWN_AT_ONCE = 1 << 21  # numbers held in memory, where resamples are worked on in blocks
LEAST_SUCCESSES = 20  # below which an interval would not cover what it should
POWER = 0.8  # with which a ratio is said to have been detected


class Resampled(NamedTuple):
    """Expected running times (failures charged the budget), as found and on resampled starts."""

    value: np.ndarray
    """Shape (settings,)."""
    resamples: np.ndarray
    """Shape (settings, repeats)."""
    successes: np.ndarray
    """Of the runs as found, shape (settings,)."""


class RatioInterval(NamedTuple):
    """A ratio of expected running times with its interval; NaN where there is none."""

    ratio: float
    low: float
    high: float
    detectable: float
    """The ratio above 1 that would have been told from 1 with a power of 80 %, at its level."""


def resample_starts(cost: np.ndarray, success: np.ndarray, *, repeats: int, seed: int) -> Resampled:
    """Return settings' expected running times on resamples of the starts, the same for all.

    Parameters
    ----------
    cost : numpy.ndarray of int, shape (settings, starts)
        Iterations of each run, a failure charged the budget.
    success : numpy.ndarray of bool, shape (settings, starts)
        Whether it reached the target.
    repeats : int
        How many resamples.
    seed : int
        Seed of the resamples.

    References
    ----------
    Efron, B. (1979). Bootstrap methods: another look at the jackknife. The Annals of Statistics
    7(1), 1-26.
    """
    blocks = _resampled_sums(cost, success, repeats, philox(seed, "bootstrap of starts"))
    resamples = np.concatenate([_charged(*sums) for sums in blocks]).T
    successes = success.sum(axis=1)
    return Resampled(_charged(cost.sum(axis=1), successes), resamples, successes)


def select_again(
    cost: np.ndarray,
    success: np.ndarray,
    methods: Mapping[str, np.ndarray],
    *,
    repeats: int,
    seed: int,
) -> np.ndarray:
    """Select each method's setting on resamples of the starts.

    The setting of the lowest expected running time is selected (failures charged the budget);
    among equals the one of more successes, then the earlier one.

    Parameters
    ----------
    cost, success, repeats, seed
        As in `resample_starts`.
    methods : Mapping
        Of each method the indices of its settings.

    Returns
    -------
    numpy.ndarray of int, shape (methods, repeats)
        Indices of settings.
    """
    blocks = []
    # Of another stream than those of `resample_starts`, with which these are paired.
    generator = philox(seed, "bootstrap that selects")
    for spent, successes in _resampled_sums(cost, success, repeats, generator):
        charged = _charged(spent, successes)
        rows = []
        for own in methods.values():
            best = charged[:, own] == charged[:, own].min(axis=1, keepdims=True)
            rows.append(own[np.where(best, successes[:, own], -1.0).argmax(axis=1)])
        blocks.append(np.stack(rows))
    return np.concatenate(blocks, axis=1)


def percentile_interval(
    resamples: np.ndarray, confidence: float = 0.95, lowest: float = 0.0
) -> tuple[np.ndarray, np.ndarray]:
    """Return the interval in which resampled values lie.

    Infinite values take their place in the order like any other. NaN, a value that is undefined,
    says nothing: it counts as the lowest possible for the lower end and as the highest for the
    upper end.

    Parameters
    ----------
    resamples : numpy.ndarray, shape (..., repeats)
        Values on R resamples.
    confidence : float
        Level of confidence, 1 - α.
    lowest : float
        The lowest possible value; the highest is ∞.

    Returns
    -------
    low, high : numpy.ndarray, shape (...)
        The ⌊(R + 1)·α/2⌋-th lowest and highest values.

    Raises
    ------
    ValueError
        If there are too few resamples for the level.

    References
    ----------
    Davison, A. C. & Hinkley, D. V. (1997). Bootstrap methods and their application. Cambridge
    University Press, section 5.3.1.
    """
    repeats = resamples.shape[-1]
    tail = int((repeats + 1) * (1.0 - confidence) / 2.0 + ROUNDING_SLACK)
    if not 1 <= tail <= (repeats + 1) // 2:
        raise ValueError(f"{repeats} resamples have no interval of level {confidence}")
    undefined = np.isnan(resamples)
    low = np.partition(np.where(undefined, lowest, resamples), tail - 1)[..., tail - 1]
    high = np.partition(np.where(undefined, np.inf, resamples), repeats - tail)[..., -tail]
    return low, high


def ratio_interval(times: Resampled, first: int, second: int, confidence: float) -> RatioInterval:
    """Compare two settings on the same starts, which did not select them.

    Parameters
    ----------
    times : Resampled
        Of all settings.
    first, second : int
        Which two.
    confidence : float
        Level of the percentile interval.

    Returns
    -------
    RatioInterval
        Of the ratio first / second. It has no ends where a setting has fewer than
        `LEAST_SUCCESSES`, or the ratio is undefined.
    """
    found = float(ratio(times.value[first], times.value[second]))
    if min(times.successes[first], times.successes[second]) < LEAST_SUCCESSES or np.isnan(found):
        return RatioInterval(found, np.nan, np.nan, np.nan)
    drawn = ratio(times.resamples[first], times.resamples[second])
    low, high = percentile_interval(drawn, confidence)
    known = drawn[np.isfinite(drawn) & (drawn > 0.0)]
    spread = np.std(log(known), ddof=1) if len(known) > 1 else np.nan
    errors = normal_quantile(np.array([(1.0 + confidence) / 2.0, POWER])).sum()
    return RatioInterval(found, float(low), float(high), float(exp(errors * spread)))


def verdict_of(interval: RatioInterval, margin: float) -> str:
    """Answer whether the first is faster, from the interval alone.

    Parameters
    ----------
    interval : RatioInterval
        Of the ratio of expected running times.
    margin : float
        By what share they may differ and count as equal.

    Returns
    -------
    {'equal', 'yes', 'no', 'inconclusive'}
        Equal where the interval lies within [1 / (1 + margin), 1 + margin], else yes or no where
        it excludes 1, else inconclusive.

    References
    ----------
    Schuirmann, D. J. (1987). A comparison of the two one-sided tests procedure and the power
    approach for assessing the equivalence of average bioavailability. Journal of Pharmacokinetics
    and Biopharmaceutics 15(6), 657-680.
    """
    if 1.0 / (1.0 + margin) <= interval.low and interval.high <= 1.0 + margin:
        return "equal"
    if interval.high < 1.0:
        return "yes"
    if interval.low > 1.0:
        return "no"
    return "inconclusive"


def _resampled_sums(
    cost: np.ndarray, success: np.ndarray, repeats: int, generator: np.random.Generator
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield sums of costs and of successes on the next resamples, shape (resamples, settings)."""
    settings, starts = cost.shape
    columns = np.concatenate([cost, success]).T.astype(float)
    size = max(1, DRAWN_AT_ONCE // max(starts, 2 * settings))
    for begin in range(0, repeats, size):
        count = min(size, repeats - begin)
        drawn = (generator.random((count, starts)) * starts).astype(np.intp)
        indices = drawn + starts * np.arange(count)[:, np.newaxis]
        weights = np.bincount(indices.ravel(), minlength=count * starts).reshape(count, starts)
        sums = weights.astype(float) @ columns
        yield sums[:, :settings], sums[:, settings:]


def _charged(cost: np.ndarray, successes: np.ndarray) -> np.ndarray:
    """Return expected running times from sums; infinite without any success."""
    return np.where(successes > 0, cost / np.maximum(successes, 1), np.inf)
