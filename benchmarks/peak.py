"""Which share of the processor's floating-point peak the kernels reach, on one thread.

Operations are counted from the formulas: additions, subtractions, multiplications and divisions
of the results that are used, nothing else (no comparison, minimum, selection, load or store). The
peak is measured: independent multiplications and additions in equal number, without fused ones,
which the kernels may not use, since their bits are to equal NumPy's.
"""

import time
from collections.abc import Callable
from itertools import pairwise

import numba
import numpy as np
import problems as p
from contestants import descent_

from descent.engine.simd import VECTOR_WIDTH, lane_array, load, store

CHAINS, STEPS = 2, 200_000  # chains of each operation, of VECTOR_WIDTH numbers each

# Heavy ball on Rosenbrock in two dimensions: the gradient's 4 multiplications and 3 additions, the
# update's 2 and 2 for each coordinate; the value, where it is asked for, takes 3 and 1 more.
DESCENT = 7 + 2 * 4
CHECKED_DESCENT = DESCENT + 4
EXPONENTIAL = 31  # of `descent.core.elementary.exp`: 15 multiplications and 16 additions


def operations_of_a_sample(layers: tuple[int, ...]) -> int:
    """Count the operations that a sample's loss and gradient take."""
    sizes = list(pairwise(layers))
    weights, units, classes = sum(m * n for m, n in sizes), sum(layers[1:]), layers[-1]
    later = sum(m * n for m, n in sizes[1:])  # weights through which slopes go back
    forward = 2 * weights
    softmax = (classes - 1) * (1 + EXPONENTIAL) + (classes - 1) + 1 + 2 * classes
    loss = 3
    backward = 2 * later - sum(layers[1:-1])
    gradient = 2 * weights + units
    return forward + softmax + loss + backward + gradient


def measure(repeats: int) -> list[dict]:
    """Return a row for each kernel: operations per second and the share of the peak."""
    out = np.ones((2 * CHAINS, VECTOR_WIDTH))
    peak = (
        2 * CHAINS * VECTOR_WIDTH * STEPS / _fastest(lambda: _multiply_and_add(out, STEPS), repeats)
    )
    updates, samples = p.RUNS * p.ITERATIONS, p.TRAININGS * p.EPOCHS * p.SAMPLES
    counts = {
        "descents": (DESCENT, updates),
        "checked descents": (CHECKED_DESCENT, updates),
        "trainings": (operations_of_a_sample(p.LAYERS), samples),
    }
    rows = [{"kernel": "peak", "operations": 1, "per_second": peak, "share": 1.0}]
    for case in descent_.cases():
        each, times = counts[case.contest]
        if case.contest == "checked descents":  # runs that reach the target end there
            times = case.work()[1].sum()
        speed = each * times / _fastest(case.work, repeats)
        rows.append(
            {"kernel": case.contest, "operations": each, "per_second": speed, "share": speed / peak}
        )
    return rows


@numba.njit(error_model="numpy")
def _multiply_and_add(out: np.ndarray, steps: int) -> None:
    (one,) = load(out, 0, 1, VECTOR_WIDTH)
    products = lane_array(one, CHAINS)
    sums = lane_array(one, CHAINS)
    for _ in range(steps):
        for i in range(CHAINS):
            products[i] = products[i] * one
            sums[i] = sums[i] + one
    for i in range(CHAINS):
        store(out[i:], 0, (products[i],))
        store(out[CHAINS + i :], 0, (sums[i],))


def _fastest(work: Callable, repeats: int) -> float:
    """Return the fewest processor seconds: what the hardware can, not what others left of it."""
    work()
    seconds = []
    for _ in range(repeats):
        begin = time.process_time()
        work()
        seconds.append(time.process_time() - begin)
    return min(seconds)
