"""The choice between NumPy and compiled code, which give the same bits."""

import importlib.util
import sys

import numpy as np

from descent.core.objective import Kernel, Objective

# NumPy's rough cost, of a formula's coordinate or a network, and what compiled code takes to start.
SECONDS_PER_STEP = {False: 1.5e-5, True: 3e-4}
SECONDS_PER_NUMBER = 1e-8
START_UP_SECONDS = 0.6


def worth_compiling(kernel: Kernel, work: float, steps: int = 0) -> bool:
    """Tell whether NumPy would take longer than compiled code takes to start.

    Parameters
    ----------
    kernel : Kernel
        Of the objective.
    work : float
        Numbers to be worked on in all: coordinates, or parameters times samples, of every run and
        iteration.
    steps : int
        What is done one after another, for all runs at once: iterations, of a formula times its
        coordinates. Each has its own cost.

    Returns
    -------
    bool
        Whether to compile; never where Numba is missing.
    """
    if importlib.util.find_spec("numba") is None:
        return False
    seconds = steps * SECONDS_PER_STEP[bool(kernel.layers)] + work * SECONDS_PER_NUMBER
    has_started = "descent.engine.compiled_engine" in sys.modules
    return seconds > START_UP_SECONDS * (0.1 if has_started else 1.0)


def worth_compiling_runs(objective: Objective, point: np.ndarray, iterations: int) -> bool:
    """Tell whether to compile for advancing runs from these points, shape (d, runs)."""
    kernel = objective.kernel
    if kernel is None:
        return False
    samples, steps = (len(kernel.data[0]), 1) if kernel.layers else (1, len(point))
    return worth_compiling(kernel, float(iterations) * point.size * samples, iterations * steps)


def fastest(objective: Objective, point: np.ndarray, iterations: int) -> Objective:
    """Return the objective, evaluated by compiled code where that is worth it; same bits."""
    worth_it = worth_compiling_runs(objective, point, iterations)
    return compiled_objective(objective) if worth_it else objective


def compiled_objective(objective: Objective) -> Objective:
    """Return an objective with a kernel, evaluated by compiled code; same bits."""
    from descent.engine.compiled_engine import accelerated

    assert objective.kernel is not None
    return accelerated(objective, objective.kernel)
