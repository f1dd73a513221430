"""The Bayes classifier on a Gaussian mixture: no rule has a better accuracy or a lower loss."""

from collections.abc import Sequence
from itertools import count, islice

import numpy as np

from descent.core.elementary import exp, log, normal_quantile
from descent.core.mixtures import class_counts
from descent.core.networks import ordered_product, ordered_sum
from descent.core.random_streams import SMALLEST_UNIFORM, uniform

SHIFTS = 16  # of the lattice, for the standard error
POINTS = 8192  # of the lattice
EFFORT = 2**30  # multiplications at most: many dimensions and classes get fewer points


def bayes_optimum(
    samples: int, means: Sequence, covariances: Sequence, weights: Sequence | None = None
) -> dict[str, list]:
    """Integrate how well the Bayes classifier predicts, which knows the mixture.

    Class k, of share πₖ and density N(x; μₖ, Σₖ), has the posterior probability
    p(k | x) = πₖ N(x; μₖ, Σₖ) / Σⱼ πⱼ N(x; μⱼ, Σⱼ). Over points x of class y from the mixture, the
    best accuracy is the mean of maxₖ p(k | x), and the least cross-entropy, the mean of
    −log p(y | x), is that of the entropy −Σₖ p(k | x) log p(k | x). Standardising the samples
    changes neither.

    Parameters
    ----------
    samples : int
        Samples asked for, which decide the shares, as in `descent.sample_mixture`.
    means, covariances, weights
        As in `descent.sample_mixture`.

    Returns
    -------
    dict
        Columns of `descent.tables.schemas.BAYES`: one row, the same on every machine.

    Raises
    ------
    ValueError
        If a class gets no sample.

    Notes
    -----
    Points of a class are μ + L Φ⁻¹(u), with Σ = L Lᵀ and u on a lattice in the unit cube. The
    lattice, shifted at random several times, gives as many independent estimates without bias.
    The result is their mean; its standard error follows from their spread.

    References
    ----------
    Bishop, C. M. (2006). Pattern Recognition and Machine Learning, eqs. (1.78) and (4.62).
    Cranley, R. & Patterson, T. N. L. (1976). Randomization of number theoretic methods for
    multiple integration. SIAM J. Numer. Anal. 13(6), 904-914.
    """
    counts = class_counts(samples, [1] * len(means) if weights is None else weights)
    if min(counts) < 1:
        raise ValueError(f"{samples} samples leave a class without one: {counts}")
    shares = np.array(counts) / sum(counts)
    centres = np.array(means, float)[..., None]
    factors = [cholesky(np.array(covariance, float)) for covariance in covariances]
    whiteners = [inverse(factor) for factor in factors]
    # of log πₖ N(x; μₖ, Σₖ), but for what all classes share: its largest value
    heights = [
        log(share) - ordered_sum(log(np.diag(factor)))
        for share, factor in zip(shares, factors, strict=True)
    ]
    classes, dimension, _ = centres.shape
    points = max(1, min(POINTS, EFFORT // (SHIFTS * (classes * dimension) ** 2)))
    unshifted = lattice(points, dimension)
    estimates = []
    for shift in uniform(0, "lattice shifts", 0, SHIFTS, dimension):
        normal = normal_quantile(np.maximum((unshifted + shift[:, None]) % 1.0, SMALLEST_UNIFORM))
        spread = [ordered_product(factor, normal) for factor in factors]
        x = np.concatenate([c + s for c, s in zip(centres, spread, strict=True)], axis=1)
        offsets = [ordered_product(w, x - c) for w, c in zip(whiteners, centres, strict=True)]
        distances = [sum(offset * offset) for offset in offsets]  # row by row, in order
        logits = np.array([h - 0.5 * d for h, d in zip(heights, distances, strict=True)])
        each = _largest_and_entropy(logits).reshape(2, classes, points)
        estimates.append(ordered_sum(ordered_sum(each) / points * shares))
    mean = ordered_sum(np.transpose(estimates)) / SHIFTS
    squares = ordered_sum((np.transpose(estimates) - mean[:, None]) ** 2)
    error = np.sqrt(squares / (SHIFTS * (SHIFTS - 1)))
    return {
        "accuracy": [mean[0]],
        "accuracy_error": [error[0]],
        "loss": [mean[1]],
        "loss_error": [error[1]],
        "points": [SHIFTS * classes * points],
    }


def _largest_and_entropy(logits: np.ndarray) -> np.ndarray:
    """Return the largest probability and the entropy for each column of logits (classes, n)."""
    shifted = logits - logits.max(axis=0)
    odds = exp(shifted)
    total = sum(odds)
    return np.array([1.0 / total, log(total) - sum(odds * shifted) / total])


def lattice(points: int, dimension: int) -> np.ndarray:
    """Return evenly spread points of the unit cube, shape (dimension, points).

    Coordinate j of point i is the fractional part of i √pⱼ, with pⱼ the j-th prime.

    References
    ----------
    Richtmyer, R. D. (1951). The evaluation of definite integrals, and a quasi-Monte-Carlo method
    based on the properties of algebraic numbers. Los Alamos report LA-1342.
    """
    primes = (n for n in count(2) if all(n % m for m in range(2, int(n**0.5) + 1)))
    steps = np.sqrt(np.array(list(islice(primes, dimension)), float))
    return np.arange(points) * (steps % 1.0)[:, None] % 1.0


def cholesky(matrix: np.ndarray) -> np.ndarray:
    """Return the lower triangular L with L Lᵀ = matrix, which is positive definite."""
    rest, factor = matrix.copy(), np.zeros_like(matrix)
    for k in range(len(matrix)):
        factor[k:, k] = rest[k:, k] / np.sqrt(rest[k, k])
        rest -= factor[:, k, None] * factor[:, k]
    return factor


def inverse(factor: np.ndarray) -> np.ndarray:
    """Return the inverse of a lower triangular matrix, by forward substitution."""
    rows = np.eye(len(factor))
    for k in range(len(factor)):
        rows[k] /= factor[k, k]
        rows[k + 1 :] -= factor[k + 1 :, k, None] * rows[k]
    return rows
