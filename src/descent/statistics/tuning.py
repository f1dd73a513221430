"""Tuning: how likely each setting is to be selected when some of a method's settings are tried."""

from collections.abc import Sequence

import numpy as np

MOST_NUMBERS_TRIED = 60  # at which methods are compared


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
