"""The choice between NumPy and compiled code, which give the same bits."""

import functools
import importlib.util
import sys

import numpy as np

from descent.core.objective import Kernel, Objective

# NumPy's rough cost, of a formula's coordinate or a network, and what compiled code takes to start.
SECONDS_PER_STEP = {False: 1.5e-5, True: 4e-4}
SECONDS_PER_NUMBER = 2e-8
START_UP_SECONDS = 0.6


def numpy_seconds(is_network: bool, work: float, steps: float) -> float:
    """Return how long NumPy takes to advance runs.

    Parameters
    ----------
    is_network : bool
        Whether they are trainings of a network.
    work : float
        Numbers to be worked on in all: coordinates, or parameters times samples, of every run and
        iteration.
    steps : float
        What is done one after another, for all runs at once: iterations, of a formula times its
        coordinates. Each has its own cost.
    """
    return steps * SECONDS_PER_STEP[is_network] + work * SECONDS_PER_NUMBER


def is_faster_compiled(is_network: bool, work: float, steps: float) -> bool:
    """Tell whether NumPy would take longer than compiled code takes to start.

    Parameters are those of `numpy_seconds`. Where Numba is missing it is not.
    """
    if importlib.util.find_spec("numba") is None:
        return False
    has_started = "descent.engine.compiled_engine" in sys.modules
    start_up = START_UP_SECONDS * (0.1 if has_started else 1.0)
    return numpy_seconds(is_network, work, steps) > start_up


@functools.cache
def can_compile() -> bool:
    """Tell whether Numba is there and at work: it may not fit NumPy, or be switched off."""
    try:
        import numba

        import descent.engine.compiled_engine  # noqa: F401
    except Exception:  # whatever it is that keeps it from loading
        return False
    return not numba.config.DISABLE_JIT  # type: ignore[attr-defined]


def worth_compiling(kernel: Kernel | None, work: float, steps: float) -> bool:
    """Tell whether to compile, as of `is_faster_compiled`; never what cannot be."""
    return (
        kernel is not None
        and is_faster_compiled(bool(kernel.layers), work, steps)
        and can_compile()
    )


def worth_compiling_runs(objective: Objective, point: np.ndarray, iterations: int) -> bool:
    """Tell whether to compile for advancing runs from these points, shape (d, runs)."""
    kernel = objective.kernel
    samples, steps = (len(kernel.data[0]), 1) if kernel and kernel.layers else (1, len(point))
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
