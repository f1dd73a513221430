"""Samples of a Gaussian mixture."""

from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from descent.core.random_streams import philox


def sample_mixture(
    samples: int,
    means: Sequence,
    covariances: Sequence,
    weights: Sequence | None = None,
    seed: int = 0,
    generator: str = "legacy",
) -> tuple[np.ndarray, np.ndarray]:
    """Draw samples of a Gaussian mixture, class by class, and standardise each coordinate.

    Class k gets the whole part of ``samples * weights[k] / sum(weights)`` samples, so that
    fewer than `samples` may be made. Standardised means (x - mean) / standard deviation over all
    samples, with the standard deviation's divisor n.

    Parameters
    ----------
    samples : int
        Samples asked for.
    means : array_like, shape (k, d)
        Mean of each class.
    covariances : array_like, shape (k, d, d)
        Covariance of each class.
    weights : array_like, shape (k,), optional
        Shares of the classes, relative to one another; equal by default.
    seed : int
        Seed of the generator.
    generator : {'legacy', 'philox'}
        ``legacy``: `numpy.random.seed` and `numpy.random.multivariate_normal`, which NumPy keeps
        bit for bit; ``philox``: the counter-based generator of Salmon et al. (2011).

    Returns
    -------
    x : numpy.ndarray, shape (n, d)
        Standardised coordinates.
    labels : numpy.ndarray of int, shape (n,)
        Class of each sample; classes follow one another.

    Raises
    ------
    ValueError
        If the generator is unknown, or a class gets no sample.
    """
    source = _generator(generator, seed)
    x, labels = _draw(source, samples, means, covariances, weights)
    return standardise(x, x), labels


def sample_held_out(
    held_out_samples: int,
    samples: int,
    means: Sequence,
    covariances: Sequence,
    weights: Sequence | None = None,
    seed: int = 0,
    generator: str = "legacy",
) -> tuple[np.ndarray, np.ndarray]:
    """Draw fresh samples of the mixture, standardised as the training samples are.

    Parameters
    ----------
    held_out_samples : int
        Fresh samples asked for; they come from a stream of their own.
    samples, means, covariances, weights, seed, generator
        The training samples, as in `sample_mixture`; they give mean and standard deviation.

    Returns
    -------
    x, labels
        As of `sample_mixture`.

    Raises
    ------
    ValueError
        As of `sample_mixture`.
    """
    training, _ = _draw(_generator(generator, seed), samples, means, covariances, weights)
    x, labels = _draw(philox(seed, "held out"), held_out_samples, means, covariances, weights)
    return standardise(x, training), labels


def class_counts(samples: int, weights: Sequence) -> list[int]:
    """Return how many samples each class gets: the whole part of its exact share."""
    shares = exact_weights(weights)
    return [int(samples * share / sum(shares)) for share in shares]


def exact_weights(weights: Sequence) -> list[Fraction]:
    """Return weights as fractions: 0.1 is a tenth, as it is written."""
    return [Fraction(str(weight)) for weight in weights]


def standardise(x: np.ndarray, reference: np.ndarray) -> np.ndarray:
    """Shift and scale each column as it makes the reference's mean 0 and deviation 1."""
    rows = reference.T.copy()  # coordinate by coordinate in memory: NumPy's order of summation
    return (x - rows.mean(axis=1)) / rows.std(axis=1)


def _draw(
    source: np.random.RandomState | np.random.Generator,
    samples: int,
    means: Sequence,
    covariances: Sequence,
    weights: Sequence | None,
) -> tuple[np.ndarray, np.ndarray]:
    counts = class_counts(samples, [1] * len(means) if weights is None else weights)
    if min(counts) < 1:
        raise ValueError(f"{samples} samples leave a class without one: {counts}")
    drawn = [
        source.multivariate_normal(mean, covariance, count)
        for mean, covariance, count in zip(means, covariances, counts, strict=True)
    ]
    return np.concatenate(drawn), np.repeat(np.arange(len(counts)), counts)


def _generator(name: str, seed: int) -> np.random.RandomState | np.random.Generator:
    if name == "legacy":
        return np.random.RandomState(seed)
    if name == "philox":
        return philox(seed, "mixture")
    raise ValueError(f"generator = {name!r} must be 'legacy' or 'philox'")
