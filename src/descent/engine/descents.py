"""Descents: one run with its whole trajectory, or many runs advanced together."""

import functools
import importlib.util
import sys
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from descent.engine import numpy_engine as reference
from descent.core.objective import Kernel, Objective
from descent.core.methods import METHODS
from descent.core.objectives import OBJECTIVES
from descent.core.statuses import BUDGET, CYCLE, DIVERGED, NAMES

# A run that has spent its budget cycles if, run on, it comes back with its state unchanged,
# within this share of the way it went in between, and that way is no noise of rounding.
LONGEST_CYCLE = 8
CYCLE_CLOSENESS = 1e-9
CYCLE_NOISE = 1e-8

# NumPy's rough cost, of a formula or a network, and what compiled code takes to start.
SECONDS_PER_ITERATION = {False: 3e-5, True: 3e-4}
SECONDS_PER_NUMBER = 1e-8
START_UP_SECONDS = 0.6


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
    measure: np.ndarray | None
    """The objective's other measure, shape (iterations + 1,), where it has one."""


def descend(
    objective: str | Objective,
    method: str,
    start: ArrayLike,
    iterations: int,
    learning_rate: float,
    momentum: float | None = None,
    **parameters: float,
) -> Trajectory:
    """Descend once and keep every iterate.

    Parameters
    ----------
    objective : str or Objective
        'rosenbrock' (a = 1, b = 100), or an objective such as `rosenbrock_objective(a, b)`.
    method : str
        A key of `descent.core.methods.METHODS`, where each rule stands with its source.
    start : array_like, shape (d,)
        Where to start.
    iterations : int
        Number of updates.
    learning_rate : float
        Factor of the gradient.
    momentum : float, optional
        Factor of the previous step, for methods that have one.
    **parameters : float
        Further parameters of the method; without them its defaults hold.

    Returns
    -------
    Trajectory
        The run; it ends early only where it diverges.

    Raises
    ------
    ValueError
        If the method, objective or a parameter is unknown, or iterations is negative.
    """
    starts = np.array([start], float)
    settings = (learning_rate, momentum)
    return descend_many(objective, method, starts, iterations, *settings, **parameters)[0]


def descend_many(
    objective: str | Objective,
    method: str,
    starts: ArrayLike,
    iterations: int,
    learning_rate: float,
    momentum: float | None = None,
    **parameters: float,
) -> list[Trajectory]:
    """Descend from each of many starts, shape (runs, d); otherwise as `descend`."""
    settings = {**parameters, "learning_rate": learning_rate, "momentum": momentum}
    problem = _problem(objective, method, starts, iterations, settings)
    whole = fastest(problem.objective, problem.point, iterations)
    points = np.empty((iterations + 1, *np.shape(starts)))
    values, measures = np.empty((2, iterations + 1, len(points[0])))

    def record(iteration: int, runs: np.ndarray, point: np.ndarray, value: np.ndarray) -> None:
        points[iteration, runs] = point.T
        values[iteration, runs] = value
        if whole.measure:
            measures[iteration, runs] = whole.measure(point)

    ends = reference.run(whole, *problem[1:], iterations, -np.inf, record)
    return [
        Trajectory(
            NAMES[ends.status[run]],
            points[:end, run],
            values[:end, run],
            measures[:end, run] if whole.measure else None,
        )
        for run, end in enumerate(ends.iterations + 1)
    ]


def follow(
    objective: str | Objective,
    method: str,
    starts: ArrayLike,
    iterations: int,
    record: Callable,
    parameters: Mapping[str, ArrayLike | None],
    target: float | None = None,
) -> reference.Ends:
    """Descend from many starts and show every iterate; none is kept.

    Parameters
    ----------
    objective, method, starts, iterations, target
        As in `sweep`; without a target runs go on to the end of the budget.
    record : callable
        Called at every iteration with its number, the indices of the runs under way, their
        points, shape (d, runs), and values. A run that diverges is shown where it does.
    parameters : Mapping
        The method's parameters, each a number or one per run; without them its defaults hold.

    Returns
    -------
    descent.engine.numpy_engine.Ends
        How each run ended.

    Raises
    ------
    ValueError
        As of `sweep`.
    """
    problem = _problem(objective, method, starts, iterations, parameters)
    whole = fastest(problem.objective, problem.point, iterations)
    goal = -np.inf if target is None else whole.minimum + target
    return reference.run(whole, *problem[1:], iterations, goal, record)


def sweep(
    objective: str | Objective,
    method: str,
    starts: ArrayLike,
    iterations: int,
    learning_rate: ArrayLike,
    momentum: ArrayLike | None = None,
    *,
    target: float | None = None,
    engine: str = "auto",
    threads: int = 1,
    **parameters: ArrayLike,
) -> Outcomes:
    """Advance many runs together, each until it reaches the target, diverges or ends otherwise.

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
        Factor of the gradient, and of the previous step for methods that have one, run by run.
    target : float, optional
        A run has reached its goal once f − f* ≤ target, and ends there. Without a target runs
        end only by divergence or budget.
    engine : {'auto', 'numpy', 'numba'}
        Which engine advances the runs. Both give the same bits; 'auto' takes the faster.
    threads : int
        Threads of the compiled engine. The result does not depend on them.
    **parameters : array_like, shape (runs,) or scalar
        Further parameters of the method, run by run.

    Returns
    -------
    Outcomes
        How each run ended. The result of a run does not depend on the others.

    Raises
    ------
    ValueError
        If the method, objective, engine or a parameter is unknown, or iterations is negative.
    """
    problem = _problem(
        objective,
        method,
        starts,
        iterations,
        {**parameters, "learning_rate": learning_rate, "momentum": momentum},
    )
    whole, _, *where = problem
    if engine not in ("auto", "numpy", "numba"):
        raise ValueError(f"engine = {engine!r} must be one of auto, numpy, numba")
    if engine == "numba" and not (whole.kernel and importlib.util.find_spec("numba")):
        raise ValueError("engine = 'numba' needs Numba and a registered objective")
    run: Callable = functools.partial(reference.run, whole, method)
    if whole.kernel and (
        engine == "numba"
        or (engine == "auto" and _is_worth_it(whole.kernel, problem.point, iterations))
    ):
        from descent.engine import compiled_engine as compiled

        run = functools.partial(compiled.run, whole.kernel, method, threads=threads)
    goal = -np.inf if target is None else whole.minimum + target
    ends = run(*where, iterations, goal)
    status, period = ends.status.copy(), np.zeros(len(ends.status), int)
    spent = np.flatnonzero(status == BUDGET)
    if target is not None and len(spent):
        places = (ends.point[:, spent], ends.state[:, :, spent], problem.settings[:, spent])
        period[spent] = _period(run, *places)
        status[period > 0] = CYCLE
    return Outcomes(np.array(NAMES)[status], ends.iterations, ends.value, ends.point.T, period)


def fastest(objective: Objective, point: np.ndarray, iterations: int) -> Objective:
    """Return the objective, evaluated by compiled code where that is worth it; same bits."""
    worth_it = objective.kernel and _is_worth_it(objective.kernel, point, iterations)
    return compiled_objective(objective) if worth_it else objective


def compiled_objective(objective: Objective) -> Objective:
    """Return an objective with a kernel, evaluated by compiled code; same bits."""
    from descent.engine import compiled_engine as compiled

    assert objective.kernel is not None
    return compiled.accelerated(objective, objective.kernel)


def worth_compiling(kernel: Kernel, work: float, iterations: int = 0) -> bool:
    """Tell whether NumPy would take longer than compiled code takes to start.

    Parameters
    ----------
    kernel : Kernel
        Of the objective.
    work : float
        Numbers to be worked on in all: coordinates, or parameters times samples, of every run and
        iteration.
    iterations : int
        One after another; each has its own cost.

    Returns
    -------
    bool
        Whether to compile; never where Numba is missing.
    """
    if importlib.util.find_spec("numba") is None:
        return False
    seconds = iterations * SECONDS_PER_ITERATION[bool(kernel.layers)] + work * SECONDS_PER_NUMBER
    has_started = "descent.engine.compiled_engine" in sys.modules
    return seconds > START_UP_SECONDS * (0.1 if has_started else 1.0)


def _is_worth_it(kernel: Kernel, point: np.ndarray, iterations: int) -> bool:
    """Tell whether it is worth compiling to advance runs from these points, shape (d, runs)."""
    samples = len(kernel.data[0]) if kernel.layers else 1
    return worth_compiling(kernel, float(iterations) * point.size * samples, iterations)


class Problem(NamedTuple):
    """What the engines are given."""

    objective: Objective
    method: str
    point: np.ndarray
    state: np.ndarray
    settings: np.ndarray


def _problem(
    objective: str | Objective,
    method: str,
    starts: ArrayLike,
    iterations: int,
    parameters: Mapping[str, ArrayLike | None],
) -> Problem:
    """Check the arguments and bring them into the engines' shapes."""
    if isinstance(objective, str) and objective not in OBJECTIVES:
        raise ValueError(f"objective = {objective!r} must be one of {', '.join(OBJECTIVES)}")
    if method not in METHODS:
        raise ValueError(f"method = {method!r} must be one of {', '.join(METHODS)}")
    if iterations < 0:
        raise ValueError(f"iterations = {iterations} must not be negative")
    if np.ndim(starts) != 2:
        raise ValueError(f"starts must have shape (runs, d), not {np.shape(starts)}")
    whole = OBJECTIVES[objective]() if isinstance(objective, str) else objective
    coordinates = np.shape(starts)[1]
    if whole.kernel and coordinates != (whole.kernel.dimension or max(coordinates, 2)):
        raise ValueError(
            f"starts must have {whole.kernel.dimension or 'at least 2'} coordinates each, "
            f"not {coordinates}"
        )
    rule = METHODS[method]
    given = {name: value for name, value in parameters.items() if value is not None}
    if "momentum" not in rule.parameters and not np.any(given.get("momentum", 0.0)):
        given.pop("momentum", None)  # no momentum is momentum 0
    if unknown := given.keys() - rule.parameters.keys():
        raise ValueError(
            f"method {method} has no parameter {', '.join(sorted(unknown))}, only "
            f"{', '.join(rule.parameters)}"
        )
    point = np.array(np.transpose(starts), float, order="C")
    settings: list[Any] = [given.get(name, default) for name, default in rule.parameters.items()]
    return Problem(
        whole,
        method,
        point,
        np.tile(np.reshape(rule.state, (-1, 1, 1)), (1, *point.shape)).astype(float),
        np.array([np.broadcast_to(np.asarray(value, float), point.shape[1]) for value in settings]),
    )


def _period(
    run: Callable, point: np.ndarray, state: np.ndarray, settings: np.ndarray
) -> np.ndarray:
    """Run on, and return after how many updates each run is back; 0 for those that are not."""
    start = (point, *state)
    later = []
    stays = np.ones(point.shape[1], bool)
    for _ in range(LONGEST_CYCLE):
        ends = run(point, state, settings, 1, -np.inf)
        point, state = ends.point, ends.state
        stays &= ends.status != DIVERGED
        later.append((point, *state))
    with np.errstate(all="ignore"):
        # How far each part, the point and the numbers of state, is from where it was.
        away = np.array(
            [[_largest(a - b) for a, b in zip(there, start, strict=True)] for there in later]
        )
        spread = away.max(axis=0)
        returned = (away <= CYCLE_CLOSENESS * spread).all(axis=1)
        moves = spread[0] > CYCLE_NOISE * (1.0 + _largest(start[0]))
    return np.where(stays & moves & returned.any(axis=0), returned.argmax(axis=0) + 1, 0)


def _largest(points: np.ndarray) -> np.ndarray:
    """Return each run's largest coordinate in size."""
    return np.abs(points).max(axis=0, initial=0.0)
