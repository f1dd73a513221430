"""How the engine's cost grows: with runs, iterations, the width of a network's layers, threads."""

import statistics
import time
from collections.abc import Callable, Iterator

import numpy as np
import problems as p

from descent.core.networks import network_objective, parameter_count
from descent.core.objectives.rosenbrock_function import rosenbrock_objective
from descent.engine import compiled_engine as compiled

BLOCK = 1_000_000  # runs that are in memory at a time
ROSENBROCK = rosenbrock_objective().kernel


def measure(quick: bool) -> list[dict]:
    """Return a row for each size: the median seconds and the slope of their logarithms.

    The slope is that of a line through the larger half of the sizes: 1 is proportional growth.
    """
    largest, cores = (6 if quick else 7), p.cores()
    rows = []
    for quantity, sizes, work in (
        ("runs", 10 ** np.arange(2, largest + 1), lambda n: _descend(n, 100, cores)),
        ("iterations", 10 ** np.arange(1, largest - 1), lambda n: _descend(1_000, n, cores)),
        ("layer width", 2 ** np.arange(1, 6 if quick else 8), lambda n: _train(n, cores)),
        ("threads", np.arange(1, cores + 1), lambda n: _descend(100_000, 1_000, n)),
    ):
        seconds = [_median(work, int(size), 3 if quick else 5) for size in sizes]
        upper = slice(len(sizes) // 2 if quantity != "threads" else 0, None)
        slope = np.nan
        if len(sizes[upper]) > 1:
            slope = np.polyfit(np.log(sizes[upper]), np.log(seconds[upper]), 1)[0]
        rows += [
            {"quantity": quantity, "size": int(size), "seconds": value, "slope": slope}
            for size, value in zip(sizes, seconds, strict=True)
        ]
    return rows


def _median(work: Callable, size: int, repeats: int) -> float:
    work(size)
    seconds = []
    for _ in range(repeats):
        begin = time.perf_counter()
        work(size)
        seconds.append(time.perf_counter() - begin)
    return statistics.median(seconds)


def _pieces(runs: int) -> Iterator[int]:
    """Cut runs into blocks, as a sweep is cut into chunks."""
    yield from [BLOCK] * (runs // BLOCK)
    if runs % BLOCK:
        yield runs % BLOCK


def _descend(runs: int, iterations: int, threads: int) -> None:
    for piece in _pieces(runs):
        point = np.linspace(-1.2, 1.2, 2 * piece).reshape(2, piece)
        settings = np.repeat([[2e-4], [0.5]], piece, axis=1)
        state = np.zeros((1, 2, piece))
        compiled.advance_compiled(
            ROSENBROCK, "momentum", point, state, settings, iterations, threads
        )


def _train(width: int, threads: int) -> None:
    layers, runs = (2, width, width, 3), 64
    draw = np.random.default_rng(0)
    network = network_objective(draw.normal(size=(498, 2)), np.arange(498) % 3, layers).kernel
    point = draw.uniform(-0.1, 0.1, (parameter_count(layers), runs))
    settings = np.repeat([[1e-4], [0.5]], runs, axis=1)
    state = np.zeros((1, *point.shape))
    compiled.advance_compiled(network, "momentum", point, state, settings, 2, threads)
