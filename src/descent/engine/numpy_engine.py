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
from descent.engine.ladders import NEVER, Ladder


class FinalStates(NamedTuple):
    """Where runs ended: arrays with a run in each entry, or column."""

    status: np.ndarray
    """Indices in `descent.core.statuses.STATUSES`: reached, diverged or budget."""
    iterations: np.ndarray
    value: np.ndarray
    point: np.ndarray
    state: np.ndarray
    """Of runs that have spent the budget; of others any."""
    hits: np.ndarray
    """Hitting times, shape (targets, holds, runs); `NEVER` where there is none."""


def run_in_numpy(
    objective: Objective,
    method: str,
    point: np.ndarray,
    state: np.ndarray,
    settings: np.ndarray,
    budget: int,
    ladder: Ladder,
    record: Callable | None = None,
) -> FinalStates:
    """Advance each run until it has held the hardest target, diverges, or has spent the budget.

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
        Updates that a run may spend. It goes on for a few more while it is within a target that
        it has not held for long enough.
    ladder : Ladder
        The targets.
    record : callable, optional
        Called at every iteration with its number, the indices of the runs under way, their
        points and values.

    Returns
    -------
    FinalStates
        A run that has reached the ladder's own target is shown at that hitting time; one that
        diverged at its last finite iterate; one that has spent the budget there.
    """
    count, aim = point.shape[1], (ladder.target, ladder.hold)
    final = FinalStates(
        np.full(count, BUDGET, np.int8),
        np.zeros(count, int),
        np.empty(count),
        point.copy(),
        state.copy(),
        np.empty((len(ladder.values), len(ladder.holds), count), np.int32),
    )
    entry_value, entry_point = np.empty(count), point.copy()  # where it came within its target
    runs = np.arange(count)  # those under way
    hits, held = np.full_like(final.hits, NEVER), np.zeros_like(final.hits[:, 0])
    last_point, last_value = point, None
    with np.errstate(all="ignore"):
        for iteration in range(budget + int(ladder.holds[-1])):
            value, gradient = objective.evaluate(point)
            if record:
                record(iteration, runs, point, value)
            last_value = value if last_value is None else last_value
            finite = np.isfinite(value) & np.isfinite(point).all(axis=0)
            held = np.where(finite & (value <= ladder.values[:, np.newaxis]), held + 1, 0)
            since = iteration + 1 - held
            in_time = (held > 0) & (since <= budget)
            enters = in_time[ladder.target] & (held[ladder.target] == 1) & (hits[aim] == NEVER)
            entry_value[runs[enters]] = value[enters]
            entry_point[:, runs[enters]] = point[:, enters]
            for k, hold in enumerate(ladder.holds):
                met = in_time & (held == hold) & (hits[:, k] == NEVER)
                hits[:, k] = np.where(met, since, hits[:, k])
            spent = iteration >= budget
            if iteration <= budget and (spent or not finite.all()):
                at = runs[shown := ~finite | spent]
                final.status[at] = np.where(finite, BUDGET, DIVERGED)[shown]
                final.iterations[at] = np.where(finite, iteration, max(iteration - 1, 0))[shown]
                final.value[at] = np.where(finite, value, last_value)[shown]
                final.point[:, at] = np.where(finite, point, last_point)[:, shown]
                final.state[:, :, at] = state[:, :, shown]
            undecided = (in_time & (hits[:, -1] == NEVER)).any(axis=0)
            ended = ~finite | (hits[-1, -1] != NEVER) | (spent & ~undecided)
            if ended.any():
                final.hits[:, :, runs[ended]] = hits[:, :, ended]
                on = ~ended
                runs, point, value, gradient = runs[on], point[:, on], value[on], gradient[:, on]
                state, settings = state[:, :, on], settings[:, on]
                hits, held = hits[:, :, on], held[:, on]
                if not on.any():
                    break
            last_point, last_value = point, value
            point, new = METHODS[method].update(point, gradient, tuple(state), *settings)
            state = np.array(new).reshape(state.shape)
    time = final.hits[aim]
    reached = time != NEVER
    return final._replace(
        status=np.where(reached, np.int8(REACHED), final.status),
        iterations=np.where(reached, time, final.iterations),
        value=np.where(reached, entry_value, final.value),
        point=np.where(reached, entry_point, final.point),
    )
