"""Descents: one run with its whole trajectory, or many runs advanced together."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from descent.methods import METHODS
from descent.objectives import Objective, rosenbrock_objective

OBJECTIVES = {"rosenbrock": rosenbrock_objective}

# A run that has spent its budget cycles if, run on, it comes back with its state unchanged,
# within this share of the way it went in between, and that way is no noise of rounding.
LONGEST_CYCLE = 8
CYCLE_CLOSENESS = 1e-9
CYCLE_NOISE = 1e-8


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
    period: np.ndarray
    """Updates after which a cycle comes back; 0 for other runs."""


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
    points = np.empty((max(iterations, 0) + 1, *np.shape(starts)))
    kept: list = []  # value and further measures, one array each

    def record(iteration: int, runs: np.ndarray, point: np.ndarray, *measures: np.ndarray) -> None:
        if not kept:
            kept.extend(np.empty((iterations + 1, len(points[0]))) for _ in measures)
        points[iteration, runs] = point.T
        for whole, measure in zip(kept, measures, strict=True):
            whole[iteration, runs] = measure

    outcomes = sweep(objective, method, starts, iterations, learning_rate, momentum, record=record)
    return [
        Trajectory(
            str(outcomes.status[run]),
            points[:end, run],
            kept[0][:end, run],
            tuple(measure[:end, run] for measure in kept[1:]),
        )
        for run, end in enumerate(outcomes.iterations + 1)
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
    if np.ndim(starts) != 2:
        raise ValueError(f"starts must have shape (runs, d), not {np.shape(starts)}")
    point = np.array(np.transpose(starts), float, order="C")
    count = point.shape[1]
    outcomes = Outcomes(
        status=np.full(count, "budget", dtype="<U8"),
        iterations=np.zeros(count, int),
        value=np.empty(count),
        point=point.T.copy(),
        period=np.zeros(count, int),
    )
    update, states = METHODS[method]
    goal = -np.inf if target is None else objective.minimum + target
    runs = np.arange(count)  # those still under way
    state = tuple(np.zeros_like(point) for _ in range(states))
    settings = [np.broadcast_to(np.asarray(p, float), count) for p in (learning_rate, momentum)]
    last_point, last_value = point, None
    with np.errstate(over="ignore", invalid="ignore"):
        for iteration in range(iterations + 1):
            value, gradient, *measures = objective.evaluate(point)
            if record:
                record(iteration, runs, point, value, *measures)
            finite = np.isfinite(value) & np.isfinite(point).all(axis=0)
            reached = finite & (value <= goal)
            ended = ~finite | reached | (iteration == iterations)
            if ended.any():
                last_value = value if last_value is None else last_value
                which = runs[ended]
                status = np.select([reached, ~finite], ["reached", "diverged"], "budget")
                outcomes.status[which] = status[ended]
                outcomes.iterations[which] = np.where(finite, iteration, max(iteration - 1, 0))[
                    ended
                ]
                outcomes.value[which] = np.where(finite, value, last_value)[ended]
                outcomes.point[which] = np.where(finite, point, last_point)[:, ended].T
                on = finite & ~reached
                runs, point, value, gradient = runs[on], point[:, on], value[on], gradient[:, on]
                state = tuple(part[:, on] for part in state)
                settings = [parameter[on] for parameter in settings]
                if not on.any():
                    break
            if iteration < iterations:
                last_point, last_value = point, value
                point, state = update(point, gradient, state, *settings)
        if target is not None and len(runs):
            outcomes.period[runs] = _period(objective, update, point, state, settings)
            outcomes.status[outcomes.period > 0] = "cycle"
    return outcomes


def _period(
    objective: Objective, update: Callable, point: np.ndarray, state: tuple, settings: list
) -> np.ndarray:
    """Run on, and return after how many updates each run is back; 0 for those that are not."""
    start = (point, *state)
    later = []
    for _ in range(LONGEST_CYCLE):
        point, state = update(point, objective.evaluate(point)[1], state, *settings)
        later.append((point, *state))
    # How far each part, the point and the numbers of state, is from where it was.
    away = np.array(
        [[_largest(a - b) for a, b in zip(there, start, strict=True)] for there in later]
    )
    spread = away.max(axis=0)
    returned = (away <= CYCLE_CLOSENESS * spread).all(axis=1)
    moves = spread[0] > CYCLE_NOISE * (1.0 + _largest(start[0]))
    return np.where(moves & returned.any(axis=0), returned.argmax(axis=0) + 1, 0)


def _largest(points: np.ndarray) -> np.ndarray:
    """Return each run's largest coordinate in size."""
    return np.abs(points).max(axis=0, initial=0.0)


def _objective(objective: str | Objective) -> Objective:
    if isinstance(objective, Objective):
        return objective
    if objective not in OBJECTIVES:
        raise ValueError(f"objective = {objective!r} must be one of {', '.join(OBJECTIVES)}")
    return OBJECTIVES[objective]()
