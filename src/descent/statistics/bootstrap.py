"""The bootstrap over starts: intervals of one setting, and of the comparison of two."""

import math
from typing import Literal, NamedTuple

import numpy as np

from descent.core.random_streams import philox
from descent.statistics.running_times import (
    ROUNDING_SLACK,
    RUNS_AT_ONCE,
    Runs,
    expected_running_time,
    success_rate,
)

RESAMPLES = 9_999


class Resampled(NamedTuple):
    """A number as found, and as found on resamples of the starts."""

    value: np.ndarray
    """Shape (...)."""
    resamples: np.ndarray
    """Shape (..., repeats)."""

    def at(self, setting: int) -> "Resampled":
        """Return one setting's, of several."""
        return Resampled(self.value[setting], self.resamples[setting])


class PairedInterval(NamedTuple):
    """A pairwise comparison: its estimate with an interval, all NaN where it is undefined."""

    estimate: float
    low: float
    high: float


def resample_starts(
    runs: Runs, *, seed: int, repeats: int = RESAMPLES
) -> tuple[Resampled, Resampled]:
    """Return expected running times and success rates, with their values on resampled starts.

    All settings are read on the same resamples, which keeps what a hard start does to each. Their
    sums are of whole numbers below 2^53, exact in any order.

    Parameters
    ----------
    runs : Runs
        Shape (settings, starts), start by start the same.
    seed : int
        Seed of the resamples.
    repeats : int
        How many.

    Returns
    -------
    expected_running_time, success_rate : Resampled
        Values of shape (settings,), resamples of shape (settings, repeats).

    References
    ----------
    Efron, B. (1979). Bootstrap methods: another look at the jackknife. The Annals of Statistics
    7(1), 1-26.
    """
    settings, starts = runs.reached.shape
    columns = np.concatenate([runs.iterations, runs.reached]).T.astype(float)
    sums = np.empty((repeats, 2 * settings))
    generator = philox(seed, "bootstrap of starts")
    size = max(1, RUNS_AT_ONCE // starts)
    for begin in range(0, repeats, size):
        block = sums[begin : begin + size]  # a view
        drawn = (generator.random((len(block), starts)) * starts).astype(np.intp)
        indices = drawn + starts * np.arange(len(block))[:, np.newaxis]
        times = np.bincount(indices.ravel(), minlength=indices.size).reshape(indices.shape)
        block[:] = times.astype(float) @ columns
    spent, successes = sums.T.reshape(2, settings, repeats)
    times = np.where(successes > 0, spent / np.maximum(successes, 1.0), np.inf)
    return (
        Resampled(expected_running_time(runs), times),
        Resampled(success_rate(runs), successes / starts),
    )


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


def paired_interval(
    first: Resampled,
    second: Resampled,
    kind: Literal["ratio", "difference"] = "ratio",
) -> PairedInterval:
    """Compare two settings on the same resamples, with a percentile interval of 95 %.

    Settings should have been selected on other starts: the interval covers the chance of the
    starts, not that of the selection.

    A resample in which one never reaches gives a ratio of 0 or ∞; 0/0 is 1, since neither needs
    more than the other. One in which the comparison is undefined (∞/∞, ∞ - ∞) widens the
    interval, as of `percentile_interval`.

    Parameters
    ----------
    first, second : Resampled
        Of numbers ≥ 0, each of shape (), as of one call of `resample_starts`.
    kind : {'ratio', 'difference'}
        first / second, or first - second.

    Returns
    -------
    PairedInterval
        NaN where the comparison itself is undefined, since nothing is then certain.
    """
    drawn = _compared_values(first.resamples, second.resamples, kind)
    lowest = 0.0 if kind == "ratio" else -np.inf
    low, high = map(float, percentile_interval(drawn, lowest=lowest))
    estimate = float(_compared_values(first.value, second.value, kind))
    if math.isnan(estimate):
        low = high = math.nan
    return PairedInterval(estimate, low, high)


def _compared_values(first: np.ndarray, second: np.ndarray, kind: str) -> np.ndarray:
    """Return ratio or difference, NaN where it is undefined; the ratio of 0 to 0 is 1."""
    with np.errstate(divide="ignore", invalid="ignore"):
        if kind == "difference":
            return np.subtract(first, second)
        nought = np.equal(first, 0.0) & np.equal(second, 0.0)
        return np.where(nought, 1.0, np.divide(first, second))
