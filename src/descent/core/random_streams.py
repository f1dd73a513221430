"""Random streams that belong to a run, not to the job, thread or chunk that computes it."""

import zlib

import numpy as np

from descent.core.elementary import normal_quantile

DOUBLES_PER_STEP = 4  # of the counter (Salmon et al. 2011, Philox-4x64)
SMALLEST_UNIFORM = 2.0**-54  # stands for a drawn 0, at which the normal quantile is infinite


def uniform(seed: int, purpose: str, first: int, count: int, size: int) -> np.ndarray:
    """Draw uniform numbers for consecutive runs, each from its own stretch of one stream.

    Parameters
    ----------
    seed : int
        Seed of the study's part.
    purpose : str
        What the numbers are for; another purpose is another stream.
    first, count : int
        Index of the first run, and how many runs.
    size : int
        Numbers per run.

    Returns
    -------
    numpy.ndarray
        Shape (count, size), on [0, 1). Row i depends on seed, purpose, first + i and size alone.
    """
    steps = -(-size // DOUBLES_PER_STEP)
    generator = philox(seed, purpose, first * steps)
    return generator.random((count, steps * DOUBLES_PER_STEP))[:, :size]


def normal(seed: int, purpose: str, first: int, count: int, size: int) -> np.ndarray:
    """Draw standard normal numbers for consecutive runs, with bits that are the same everywhere.

    Parameters
    ----------
    seed, purpose, first, count, size
        As in `uniform`, whose numbers are taken for probabilities: each gives one normal number.

    Returns
    -------
    numpy.ndarray
        Shape (count, size). Row i depends on seed, purpose, first + i and size alone.
    """
    return normal_quantile(np.maximum(uniform(seed, purpose, first, count, size), SMALLEST_UNIFORM))


def philox(seed: int, purpose: str, step: int = 0) -> np.random.Generator:
    """Return NumPy's generator on the stream of a seed and purpose, advanced by some steps."""
    sequence = np.random.SeedSequence([seed, zlib.crc32(purpose.encode())])
    return np.random.Generator(np.random.Philox(sequence).advance(step))


def legacy_uniform(seed: int, first: int, size: int) -> np.ndarray:
    """Return doubles first, first + 1, … of the stream that `numpy.random.seed` starts.

    NumPy guarantees this stream (Mersenne Twister, 53-bit doubles) for all its versions.

    Parameters
    ----------
    seed : int
        Argument of `numpy.random.seed`.
    first, size : int
        Index of the first double, counted from 0, and how many.

    Returns
    -------
    numpy.ndarray
        Shape (size,), on [0, 1).
    """
    return np.random.RandomState(seed).random_sample(first + size)[first:]
