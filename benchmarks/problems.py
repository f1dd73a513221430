"""The work of each contest. It depends on NumPy only, so that every contestant can import it.

A contestant's case does a share of the work and returns its result, whose last axis is runs; what
it takes is scaled to the whole. Arrays hold a run per column, as in `descent.engine.numpy_engine`.
"""

import os
from itertools import pairwise
from typing import NamedTuple

import numpy as np

QUICK = bool(os.environ.get("DESCENT_BENCH_QUICK"))
THREADS = int(os.environ.get("DESCENT_BENCH_THREADS", "1"))

RUNS, ITERATIONS = (20_000 if QUICK else 100_000), 1_000
TRAININGS, EPOCHS, SAMPLES = (256 if QUICK else 1_024), 100, 498
LAYERS = (2, 3, 2, 3)
NETWORK_RATE, NETWORK_MOMENTUM = 1e-4, 0.9
TARGET = 1e-6

_draw = np.random.default_rng(0)
# Starts and rates from which no run is chaotic: all libraries can agree to rounding.
START = _draw.uniform(-1.2, 1.2, (2, RUNS))
RATE, MOMENTUM = _draw.uniform(1e-4, 4e-4, RUNS), _draw.uniform(0.0, 0.9, RUNS)
LABELS = np.arange(SAMPLES) % 3
INPUTS = _draw.normal(size=(SAMPLES, 2)) + 2.0 * np.eye(3, 2)[LABELS]
TARGETS = np.eye(3)[LABELS]
PARAMETERS = sum((m + 1) * n for m, n in pairwise(LAYERS))
INITIAL = _draw.uniform(-0.5, 0.5, (PARAMETERS, TRAININGS))


class Case(NamedTuple):
    """A way to do a contest's work."""

    contest: str
    """`descents`, `checked descents` or `trainings`."""
    name: str
    work: object
    """Does a share of the work and returns its result."""
    share: float = 1.0
    """Which share of the whole."""


def cores() -> int:
    """Return how many threads may run at once."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()


def blocks(size: int, total: int) -> list[slice]:
    """Cut a number of runs into blocks."""
    return [slice(first, min(first + size, total)) for first in range(0, total, size)]


def split(parameters: np.ndarray) -> tuple[list, list]:
    """Cut a flat vector (p, ...) into weights (out, in, ...) and biases (out, ...)."""
    sizes = list(pairwise(LAYERS))
    cuts = np.cumsum([m * n for m, n in sizes] + [n for _, n in sizes])[:-1]
    pieces = np.split(parameters, cuts)
    weights = [
        piece.reshape(n, m, *piece.shape[1:]) for piece, (m, n) in zip(pieces, sizes, strict=False)
    ]
    return weights, pieces[len(sizes) :]


def join(weights: list, biases: list) -> np.ndarray:
    """Undo `split` for one run."""
    return np.concatenate([np.ravel(piece) for piece in [*weights, *biases]])[:, None]
