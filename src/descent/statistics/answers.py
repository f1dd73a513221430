"""Answers: which setting is selected, and what each method scores, under a protocol.

Whatever is said of methods is read from hitting times by the functions here: the selection, the
tuning curve, the headline, and the multiverse of all protocols.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from descent.statistics.running_times import (
    RunningTimes,
    mixture_scores,
    scores,
    times_within,
)
from descent.statistics.tuning import rank_probabilities

SPLITS = ("first", "second")
"""The half of the starts that selects; the other one scores."""


class Protocol(NamedTuple):
    """What an answer depends on, beside the runs."""

    target: float
    """How close to the minimum a run must come."""
    hold: int
    """For how many iterations in a row it must stay so close."""
    budget: int
    """Iterations that a run may take to come there."""
    criterion: str
    """One of `descent.core.criteria.CRITERIA`."""
    trials: int
    """Hyperparameter settings that are tried of each method; 0 for all."""
    split: str
    """One of `SPLITS`."""


def answer(times: np.ndarray, methods: Mapping[str, np.ndarray], protocol: Protocol) -> np.ndarray:
    """Return what each method scores under a protocol.

    Parameters
    ----------
    times : numpy.ndarray of int, shape (settings, starts)
        Hitting times of the protocol's target and hold.
    methods : Mapping
        Of each method the indices of its settings.
    protocol : Protocol
        The protocol.

    Returns
    -------
    numpy.ndarray of float64, shape (methods,)
        In iterations, in the order of the methods; infinite where a method never reaches.
    """
    halves = [times_within(half, protocol.budget) for half in sorted_halves(times)]
    selecting, scoring = halves if protocol.split == SPLITS[0] else halves[::-1]
    return method_scores(selecting, scoring, methods, protocol.criterion, [protocol.trials])[0]


def sorted_halves(times: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the first half of the starts and the rest, each setting's times ascending."""
    middle = times.shape[1] // 2
    return np.sort(times[:, :middle]), np.sort(times[:, middle:])


class Draws(NamedTuple):
    """What comes of drawing some of a method's settings at random, and selecting the best."""

    score: np.ndarray
    """Of each setting, shape (settings,)."""
    probability: np.ndarray
    """Of each to be selected."""


class DrawnRatio(NamedTuple):
    """How a ratio of scores varies over draws of settings; NaN where no draw decides it."""

    low: float
    """2.5 % of the ratios lie below."""
    high: float
    """97.5 % do."""
    faster: float
    """Share of the draws that decide in which it is below 1."""
    slower: float
    """And above 1."""


def draws_of(
    selecting: RunningTimes,
    scoring: RunningTimes,
    methods: Mapping[str, np.ndarray],
    criterion: str,
    trials: int,
) -> list[Draws]:
    """Return what each setting scores, and how likely it is the best of k random ones.

    Parameters
    ----------
    selecting, scoring, methods, criterion
        As in `method_scores`.
    trials : int
        k; 0, and what exceeds a method's settings, is all of them.

    Returns
    -------
    list of Draws
        Method by method.
    """
    found = []
    for own in methods.values():
        order, weights = _ranked(selecting, own, criterion, [trials])
        found.append(Draws(scores(scoring.at(order), criterion), weights[0]))
    return found


def ratio_over_draws(splits: Sequence[tuple[Draws, Draws]]) -> DrawnRatio:
    """Return how the ratio first / second varies over all draws of both methods' settings.

    Parameters
    ----------
    splits : sequence of pairs of Draws
        Of the first and of the second method, under each split of the starts.
    """
    ratios = [ratio(one.score[:, np.newaxis], other.score).ravel() for one, other in splits]
    weights = [np.outer(one.probability, other.probability).ravel() for one, other in splits]
    values, shares = np.concatenate(ratios), np.concatenate(weights)
    known = ~np.isnan(values) & (shares > 0.0)
    values, shares = values[known], shares[known]
    if not len(values):
        return DrawnRatio(np.nan, np.nan, np.nan, np.nan)
    order = np.argsort(values, kind="stable")
    values, below = values[order], np.cumsum(shares[order])
    low, high = (values[np.searchsorted(below, part * below[-1])] for part in (0.025, 0.975))
    faster, not_slower = (
        below[count - 1] / below[-1] if (count := np.searchsorted(values, 1.0, side)) else 0.0
        for side in ("left", "right")
    )
    return DrawnRatio(float(low), float(high), float(faster), float(1.0 - not_slower))


def method_scores(
    selecting: RunningTimes,
    scoring: RunningTimes,
    methods: Mapping[str, np.ndarray],
    criterion: str,
    trials: Sequence[int] | np.ndarray,
) -> np.ndarray:
    """Select among k random settings of each method on some starts, and score on others.

    All of it is exact over which settings are drawn: setting i is the best of k with probability
    pᵢ, and the score is that of the mixture of settings by pᵢ.

    Parameters
    ----------
    selecting, scoring : RunningTimes
        Of all settings, on the starts that select and on those that score.
    methods : Mapping
        Of each method the indices of its settings.
    criterion : str
        By which settings are selected, and scored.
    trials : sequence of int
        Values of k; 0, and what exceeds a method's settings, is all of them.

    Returns
    -------
    numpy.ndarray of float64, shape (trials, methods)
        In iterations.
    """
    found = np.empty((len(trials), len(methods)))
    for j, own in enumerate(methods.values()):
        order, weights = _ranked(selecting, own, criterion, trials)
        found[:, j] = mixture_scores(scoring.at(order), weights, criterion)
    return found


def _ranked(
    selecting: RunningTimes, own: np.ndarray, criterion: str, trials: Sequence[int] | np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Rank a method's settings; return them, and how likely each is the best of k random ones."""
    tried = [min(k, len(own)) if k else len(own) for k in trials]
    order = own[rank_settings(selecting.at(own), criterion)]
    return order, rank_probabilities(len(own), np.array(tried))


def rank_settings(runs: RunningTimes, criterion: str) -> np.ndarray:
    """Rank settings by a criterion, the best first.

    Among equals the higher success rate is better, then the lower median, then the earlier
    setting. The score of the best of many flatters (the winner's curse): score it on other starts.

    Parameters
    ----------
    runs : RunningTimes
        Of the settings.
    criterion : str
        One of `descent.core.criteria.CRITERIA`.

    Returns
    -------
    numpy.ndarray of int, shape (settings,)
        Indices of settings.

    References
    ----------
    Cawley, G. C. & Talbot, N. L. C. (2010). On over-fitting in model selection and subsequent
    selection bias in performance evaluation. Journal of Machine Learning Research 11, 2079-2107.
    """
    return np.lexsort((scores(runs, "median"), -runs.successes, scores(runs, criterion)))


def rank_methods(found: np.ndarray) -> np.ndarray:
    """Rank methods by their scores, along the last axis.

    Parameters
    ----------
    found : numpy.ndarray, shape (..., methods)
        Scores.

    Returns
    -------
    numpy.ndarray of float64, shape (..., methods)
        1 for the lowest, one more than there are lower ones; NaN where a score is infinite.
    """
    lower = (found[..., np.newaxis, :] < found[..., np.newaxis]).sum(axis=-1)
    return np.where(np.isfinite(found), lower + 1.0, np.nan)


def ratio(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Return first / second; 1 for 0 / 0, and NaN where both are infinite: undecided."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where((first == 0.0) & (second == 0.0), 1.0, np.divide(first, second))
