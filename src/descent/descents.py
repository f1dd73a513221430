"""Descents: one run with its whole trajectory, or many runs advanced together."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from descent.methods import METHODS
from descent.objectives import Objective, rosenbrock_objective

OBJECTIVES = {"rosenbrock": rosenbrock_objective}

# A cycle is looked for from an anchor, a point kept every so many iterations: the run cycles
# if it comes back to the anchor, while its steps are far longer than what it misses it by.
CYCLE_SPACING = 64
CYCLE_LONGEST = 8
CYCLE_CLOSENESS = 1e-9
CYCLE_SMALLEST_STEP = 1e-8


class Outcomes(NamedTuple):
    """How many runs ended, one entry per run."""

    status: np.ndarray
    """`reached`, `diverged`, `cycle` or `budget`, the first that holds."""
    iterations: np.ndarray
    """Updates until the target was first met; otherwise updates done, all of them finite."""
    value: np.ndarray
    """Objective at that iteration, shape (runs,)."""
    point: np.ndarray
    """Point at that iteration, shape (runs, d)."""


class Trajectory(NamedTuple):
    """One run, iteration by iteration; a diverged run ends at its last finite iterate."""

    status: str
    """`diverged` or `budget`."""
    points: np.ndarray
    """Shape (iterations + 1, d), the start first."""
    values: np.ndarray
    """Objective at each point, shape (iterations + 1,)."""
    measures: tuple
    """Further measures of the objective, each of shape (iterations + 1,)."""


def descend(
    objective: str | Objective,
    method: str,
    start: np.ndarray,
    iterations: int,
    learning_rate: float,
    momentum: float = 0.0,
) -> Trajectory:
    """Descend once and keep every iterate.

    Parameters
    ----------
    objective : str or Objective
        'rosenbrock' (a = 1, b = 100), or an objective such as `rosenbrock_objective(a, b)`.
    method : str
        A key of `descent.methods.METHODS`, where each rule stands with its source.
    start : array_like, shape (d,)
        Where to start.
    iterations : int
        Number of updates.
    learning_rate, momentum : float
        Parameters of the method.

    Returns
    -------
    Trajectory
        The run; it ends early only where it diverges.

    Raises
    ------
    ValueError
        If the method or objective is unknown, or iterations is negative.
    """
    return descend_many(
        objective, method, np.array([start], float), iterations, learning_rate, momentum
    )[0]


def descend_many(
    objective: str | Objective,
    method: str,
    starts: np.ndarray,
    iterations: int,
    learning_rate: float,
    momentum: float = 0.0,
) -> list[Trajectory]:
    """Descend from each of many starts, shape (runs, d); otherwise as `descend`."""
    points = np.empty((iterations + 1, *np.shape(starts)))
    kept = []  # value and further measures, one array each

    def record(iteration: int, runs: np.ndarray, point: np.ndarray, *measures: np.ndarray) -> None:
        if not kept:
            kept.extend(np.empty((iterations + 1, len(points[0]))) for _ in measures)
        points[iteration, runs] = point.T
        for whole, measure in zip(kept, measures, strict=True):
            whole[iteration, runs] = measure

    outcomes = sweep(objective, method, starts, iterations, learning_rate, momentum, record=record)
    return [
        Trajectory(str(status), points[:end, run], kept[0][:end, run], [m[:end, run] for m in kept[1:]])
        for run, (status, end) in enumerate(zip(outcomes.status, outcomes.iterations + 1, strict=True))
    ]


def sweep(
    objective: str | Objective,
    method: str,
    starts: np.ndarray,
    iterations: int,
    learning_rate: np.ndarray | float,
    momentum: np.ndarray | float = 0.0,
    target: float | None = None,
    record: Callable | None = None,
) -> Outcomes:
    """Advance many runs together, each until it reaches the target, diverges, cycles or ends.

    Parameters
    ----------
    objective : str or Objective
        As in `descend`.
    method : str
        As in `descend`.
    starts : array_like, shape (runs, d)
        Where each run starts.
    iterations : int
        Budget: the largest number of updates of a run.
    learning_rate, momentum : array_like, shape (runs,) or scalar
        Parameters of the method, run by run.
    target : float, optional
        A run has reached its goal once f − f* ≤ target, and ends there. Without a target runs
        end only by divergence or budget.
    record : callable, optional
        Called at every iteration with its number, the indices of the runs still under way,
        their points (d, runs), values (runs,) and further measures (runs,).

    Returns
    -------
    Outcomes
        How each run ended. The result of a run does not depend on the others.

    Raises
    ------
    ValueError
        If the method or objective is unknown, or iterations is negative.
    """
    objective = _objective(objective)
    if method not in METHODS:
        raise ValueError(f"method = {method!r} must be one of {', '.join(METHODS)}")
    if iterations < 0:
        raise ValueError(f"iterations = {iterations} must not be negative")
    point = np.array(np.asarray(starts, float).T, order="C")
    count = point.shape[1]
    outcomes = Outcomes(
        np.full(count, "budget", dtype="<U8"), np.zeros(count, int), np.empty(count), point.T.copy()
    )
    update, states = METHODS[method]
    goal = -np.inf if target is None else objective.minimum + target
    runs = np.arange(count)  # those still under way
    state = tuple(np.zeros_like(point) for _ in range(states))
    learning_rate = np.broadcast_to(np.asarray(learning_rate, float), count)
    momentum = np.broadcast_to(np.asarray(momentum, float), count)
    anchor, stride = point, np.zeros(count)
    last_point, last_value = point, np.zeros(count)
    with np.errstate(over="ignore", invalid="ignore"):
        for iteration in range(iterations + 1):
            value, gradient, *measures = objective.evaluate(point)
            if record:
                record(iteration, runs, point, value, *measures)
            if iteration % CYCLE_SPACING == 0:
                anchor = point
            elif iteration % CYCLE_SPACING == 1:
                stride = np.abs(point - anchor).max(axis=0)
            diverged = ~(np.isfinite(value) & np.isfinite(point).all(axis=0))
            reached = value <= goal
            cycle = (
                np.zeros(len(runs), bool)
                if target is None or not 2 <= iteration % CYCLE_SPACING <= CYCLE_LONGEST
                else _has_returned(point, anchor, stride)
            )
            ended = diverged | reached | cycle | (iteration == iterations)
            if ended.any():
                which = runs[ended]
                status = np.select(
                    [reached, diverged, cycle], ["reached", "diverged", "cycle"], "budget"
                )
                outcomes.status[which] = status[ended]
                outcomes.iterations[which] = iteration - diverged[ended]
                outcomes.value[which] = np.where(diverged, last_value, value)[ended]
                outcomes.point[which] = np.where(diverged, last_point, point)[:, ended].T
                on = ~ended
                if not on.any():
                    break
                runs, point, value, gradient = runs[on], point[:, on], value[on], gradient[:, on]
                state = tuple(part[:, on] for part in state)
                learning_rate, momentum = learning_rate[on], momentum[on]
                anchor, stride = anchor[:, on], stride[on]
            last_point, last_value = point, value
            point, state = update(point, gradient, state, learning_rate, momentum)
    return outcomes


def _has_returned(point: np.ndarray, anchor: np.ndarray, stride: np.ndarray) -> np.ndarray:
    """Tell which runs are back at their anchor after steps that moved them well away."""
    missed = np.abs(point - anchor).max(axis=0)
    size = np.maximum(1.0, np.abs(anchor).max(axis=0))
    return (missed <= CYCLE_CLOSENESS * stride) & (stride >= CYCLE_SMALLEST_STEP * size)


def _objective(objective: str | Objective) -> Objective:
    if isinstance(objective, Objective):
        return objective
    if objective not in OBJECTIVES:
        raise ValueError(f"objective = {objective!r} must be one of {', '.join(OBJECTIVES)}")
    return OBJECTIVES[objective]()
