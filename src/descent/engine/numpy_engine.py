"""The reference engine: many runs advanced together by NumPy, in plain sight.

Runs are columns: points have the shape (d, runs), state (numbers, d, runs), and each parameter
(runs,). The compiled engine, `descent.engine.compiled_engine`, does the same with the same bits.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from descent.core.methods import METHODS
from descent.core.objective import Objective
from descent.core.statuses import BUDGET, DIVERGED, REACHED


class FinalStates(NamedTuple):
    """Where runs ended: arrays with a run in each entry, or column."""

    status: np.ndarray
    """Indices in `descent.core.statuses.STATUSES`: reached, diverged or budget."""
    iterations: np.ndarray
    value: np.ndarray
    point: np.ndarray
    state: np.ndarray


def run_in_numpy(
    objective: Objective,
    method: str,
    point: np.ndarray,
    state: np.ndarray,
    settings: np.ndarray,
    budget: int,
    target_value: float,
    record: Callable | None = None,
) -> FinalStates:
    """Advance each run until it reaches the target, diverges, or has spent the budget.

    Parameters
    ----------
    objective : Objective
        What to minimise.
    method : str
        A key of `METHODS`.
    point : numpy.ndarray, shape (d, runs)
        Starts.
    state : numpy.ndarray, shape (numbers, d, runs)
        State of the method there.
    settings : numpy.ndarray, shape (parameters, runs)
        The method's parameters, in its order.
    budget : int
        Updates that a run may spend.
    target_value : float
        A run has reached it once its value is no more.
    record : callable, optional
        Called at every iteration with its number, the indices of the runs under way, their
        points and values.

    Returns
    -------
    FinalStates
        A run that diverges keeps its last iterate with a finite value.
    """
    count = point.shape[1]
    final = FinalStates(
        np.full(count, BUDGET, np.int8),
        np.zeros(count, int),
        np.empty(count),
        point.copy(),
        state.copy(),
    )
    runs = np.arange(count)  # those under way
    last_point, last_value = point, None
    with np.errstate(all="ignore"):
        for iteration in range(budget + 1):
            value, gradient = objective.evaluate(point)
            if record:
                record(iteration, runs, point, value)
            last_value = value if last_value is None else last_value
            finite = np.isfinite(value) & np.isfinite(point).all(axis=0)
            reached = finite & (value <= target_value)
            ended = ~finite | reached | (iteration == budget)
            if ended.any():
                at = runs[ended]
                status = np.select([reached, ~finite], [REACHED, DIVERGED], BUDGET)
                final.status[at] = status[ended]
                final.iterations[at] = np.where(finite, iteration, max(iteration - 1, 0))[ended]
                final.value[at] = np.where(finite, value, last_value)[ended]
                final.point[:, at] = np.where(finite, point, last_point)[:, ended]
                final.state[:, :, at] = state[:, :, ended]
                on = ~ended
                runs, point, value, gradient = runs[on], point[:, on], value[on], gradient[:, on]
                state, settings = state[:, :, on], settings[:, on]
                if not on.any():
                    break
            last_point, last_value = point, value
            point, new = METHODS[method].update(point, gradient, tuple(state), *settings)
            state = np.array(new).reshape(state.shape)
    return final
