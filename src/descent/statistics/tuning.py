"""Tuning: which hyperparameter setting is selected, and what that gains with the settings tried."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from descent.statistics.running_times import (
    QUARTILE_SHARES,
    ROUNDING_SLACK,
    Score,
)

MOST_NUMBERS_TRIED = 60  # at which methods are compared


class TuningCurve(NamedTuple):
    """What the best of k random settings scores on the evaluation starts."""

    settings_tried: np.ndarray
    """Values of k, shape (numbers,)."""
    never: np.ndarray
    """Probability that the selected setting's score is infinite, shape (numbers,)."""
    quartiles: np.ndarray
    """Quartiles of the score, shape (3, numbers)."""


def rank_settings(scores: Score) -> np.ndarray:
    """Rank a method's settings by their scores on the tuning starts, the best first.

    The lower ERT (failures charged the budget) is better; among equals the higher success rate,
    then the lower median, then the earlier setting. Settings that never reach come last, in their
    order. Were failures charged what they spent, a setting would win that diverges at once from
    most starts, since that costs next to nothing.

    The score of the best of many flatters (the winner's curse): evaluate it on other starts.

    Parameters
    ----------
    scores : Score
        Of shape (settings,).

    Returns
    -------
    numpy.ndarray of int, shape (settings,)
        Indices of settings.

    References
    ----------
    Cawley, G. C. & Talbot, N. L. C. (2010). On over-fitting in model selection and subsequent
    selection bias in performance evaluation. Journal of Machine Learning Research 11, 2079-2107.
    """
    median = scores.quartiles[1]
    return np.lexsort((median, -scores.success_rate, scores.expected_running_time_charged))


def numbers_tried(settings: Sequence[int], most: int = MOST_NUMBERS_TRIED) -> np.ndarray:
    """Return numbers of settings that all methods can try, evenly spread on a logarithmic scale.

    Parameters
    ----------
    settings : sequence of int
        Number of settings of each method; K is the smallest. A method with K settings has its
        best of all at K.
    most : int
        How many numbers at most. Up to as many settings, each number is one.

    Returns
    -------
    numpy.ndarray of int, shape (numbers,)
        From 1 to K; each exceeds the one before by 1 or the same share, the last by less.
    """
    for share in range(most, 0, -1):
        numbers = [1]
        while numbers[-1] < min(settings):
            further = numbers[-1] + max(1, numbers[-1] // share)
            numbers.append(min(further, min(settings)))
        if len(numbers) <= most:
            break
    return np.array(numbers)


def rank_probabilities(settings: int, settings_tried: np.ndarray) -> np.ndarray:
    """Return the probability of each rank to be the best of k settings drawn at random.

    Of n ranks, k are drawn without replacement, and the lowest wins. Rank r (from 0) wins when it
    is drawn and no better one is:

        p(r) = C(n-1-r, k-1) / C(n, k),  p(0) = k/n,  p(r+1) = p(r)·(n-r-k)/(n-1-r).

    The recursion multiplies factors between 0 and 1 and meets no large number. It needs
    8 × numbers × settings bytes.

    Parameters
    ----------
    settings : int
        n, how many there are.
    settings_tried : numpy.ndarray of int, shape (numbers,)
        Values of k.

    Returns
    -------
    numpy.ndarray of float64, shape (numbers, settings)
        Each row sums to 1; what is below 1e-308 is 0.

    Raises
    ------
    ValueError
        If a k is not between 1 and the number of settings.

    References
    ----------
    Tang, R. et al. (2020). Showing your work doesn't always work. Annual Meeting of the
    Association for Computational Linguistics, 2766-2772: the estimator without replacement,
    unbiased, in place of the one with it (Dodge, J. et al. 2019. Show your work: improved
    reporting of experimental results. EMNLP-IJCNLP, 2185-2194).
    """
    k = np.asarray(settings_tried)[:, np.newaxis]
    if k.size == 0 or k.min() < 1 or k.max() > settings:
        raise ValueError(f"numbers {settings_tried} are not between 1 and {settings} settings")
    rank = np.arange(settings - 1)
    factors = np.maximum(settings - rank - k, 0) / (settings - 1.0 - rank)
    return np.cumprod(np.concatenate([k / settings, factors], axis=1), axis=1)


def tuning_curve_of(
    ranking: np.ndarray, scores: np.ndarray, settings_tried: np.ndarray
) -> TuningCurve:
    """Return what a method scores whose setting is the best of k random ones, for each k.

    Of k settings drawn without replacement the one ranked first on the tuning starts is selected;
    its score is the one on the evaluation starts. Methods with grids of unlike sizes compare at
    equal k. All of it is exact over the draws; there is no simulation.

    One setting that never reaches would make a mean of running times infinite at every k that can
    select it, however unlikely that is: so there are quantiles, beside the probability of an
    infinite score.

    Parameters
    ----------
    ranking : numpy.ndarray of int, shape (settings,)
        Settings from best to worst on the tuning starts, as of `rank_settings`.
    scores : numpy.ndarray of float, shape (settings,)
        Score of each setting on the evaluation starts; infinite where it never reaches.
    settings_tried : numpy.ndarray of int, shape (numbers,)
        Values of k, as of `numbers_tried`.

    Returns
    -------
    TuningCurve
        One entry for each k. A quartile is the lowest score that at least its share of draws does
        not exceed.

    Raises
    ------
    ValueError
        If a score is NaN or -∞, the ranking is not one of these settings, or a k is not between 1
        and their number.
    """
    scores = np.asarray(scores, dtype=float)
    if np.isnan(scores).any() or np.isneginf(scores).any():
        raise ValueError("a score on the evaluation starts is NaN or -inf")
    if not np.array_equal(np.sort(ranking), np.arange(len(scores))):
        raise ValueError(f"the ranking does not hold each of {len(scores)} settings once")
    weights = np.empty((len(settings_tried), len(scores)))
    weights[:, ranking] = rank_probabilities(len(scores), settings_tried)
    never = np.cumsum(np.where(np.isinf(scores), weights, 0.0), axis=1)[:, -1]
    order = np.argsort(scores, kind="stable")
    within = np.cumsum(weights[:, order], axis=1)
    indices = [(within >= share - ROUNDING_SLACK).argmax(axis=1) for share in QUARTILE_SHARES]
    quartiles = scores[order][np.stack(indices)]
    return TuningCurve(np.asarray(settings_tried), np.minimum(never, 1.0), quartiles)
