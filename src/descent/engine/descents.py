"""Descents: one run with its whole trajectory, or many runs advanced together."""

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from descent.core.methods import METHODS
from descent.core.objective import Objective
from descent.core.objectives import OBJECTIVES
from descent.core.statuses import BUDGET, CYCLE, DEAD, STATUSES, STUCK
from descent.engine.choice import can_compile, fastest, worth_compiling_runs
from descent.engine.cycles import cycle_periods
from descent.engine.ladders import ladder_of
from descent.engine.numpy_engine import FinalStates, run_in_numpy


class Outcomes(NamedTuple):
    """How many runs ended, one entry per run."""

    status: np.ndarray
    """`reached`, `diverged`, `cycle`, `dead`, `stuck` or `budget`, the first that holds."""
    iterations: np.ndarray
    """Updates until the target was first met; otherwise updates done, all of them finite."""
    value: np.ndarray
    """Objective at that iteration, shape (runs,)."""
    point: np.ndarray
    """Point at that iteration, shape (runs, d)."""
    period: np.ndarray
    """Updates after which a cycle comes back; 0 for other runs."""
    hits: np.ndarray
    """Hitting times of all targets, hardest last, and all holds, shape (runs, targets, holds); -1
    where there is none."""


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
        'rosenbrock' (a = 1, b = 100) or another of `descent.core.objectives.OBJECTIVES` that
        needs no parameters, or what its record builds.
    method : str
        A key of `descent.core.methods.METHODS`, where each rule stands with its source.
    start : array_like, shape (d,)
        Where to start.
    iterations : int
        Number of updates.
    learning_rate : float
        Factor of the gradient.
    momentum : float, optional
        Momentum coefficient, for methods that have one.
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
    runs = _checked_runs(objective, method, starts, iterations, settings)
    whole = fastest(runs.objective, runs.point, iterations)
    points = np.empty((iterations + 1, *np.shape(starts)))
    values, measures = np.empty((2, iterations + 1, len(points[0])))

    def record(iteration: int, runs: np.ndarray, point: np.ndarray, value: np.ndarray) -> None:
        points[iteration, runs] = point.T
        values[iteration, runs] = value
        if whole.measure:
            measures[iteration, runs] = whole.measure(point)

    final = run_in_numpy(whole, *runs[1:], iterations, ladder_of(0.0, None), record)
    return [
        Trajectory(
            STATUSES[final.status[run]],
            points[:end, run],
            values[:end, run],
            measures[:end, run] if whole.measure else None,
        )
        for run, end in enumerate(final.iterations + 1)
    ]


def follow(
    objective: str | Objective,
    method: str,
    starts: ArrayLike,
    iterations: int,
    record: Callable,
    parameters: Mapping[str, ArrayLike | None],
    target: float | None = None,
) -> FinalStates:
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
    FinalStates
        How each run ended: reached, diverged or budget.

    Raises
    ------
    ValueError
        As of `sweep`.
    """
    runs = _checked_runs(objective, method, starts, iterations, parameters)
    whole = fastest(runs.objective, runs.point, iterations)
    return run_in_numpy(whole, *runs[1:], iterations, ladder_of(whole.minimum, target), record)


def sweep(
    objective: str | Objective,
    method: str,
    starts: ArrayLike,
    iterations: int,
    learning_rate: ArrayLike,
    momentum: ArrayLike | None = None,
    *,
    target: float | None = None,
    hold: int = 1,
    targets: Sequence[float] = (),
    holds: Sequence[int] = (),
    engine: str = "auto",
    threads: int = 1,
    **parameters: ArrayLike,
) -> Outcomes:
    """Advance many runs together, each until it reaches the target, diverges or ends otherwise.

    Parameters
    ----------
    objective, method
        As in `descend`.
    starts : array_like, shape (runs, d)
        Where each run starts.
    iterations : int
        Budget: the largest number of updates of a run.
    learning_rate, momentum : array_like, shape (runs,) or scalar
        As in `descend`, run by run.
    target : float, optional
        A run has reached it once f − f* ≤ target for `hold` iterations in a row, the first of
        which counts. Without a target runs end only by divergence or with the budget.
    hold : int
        As above; with 1 it is the first hit.
    targets, holds : sequence, optional
        Further targets and holds, whose hitting times are given as well. A run goes on until it
        has held the hardest target longest.
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
        If the method, objective, engine or a parameter is unknown, iterations is negative, a
        target NaN, or a hold less than 1.
    """
    settings = {**parameters, "learning_rate": learning_rate, "momentum": momentum}
    runs = _checked_runs(objective, method, starts, iterations, settings)
    run = _engine_of(runs, iterations, engine, threads)
    place = runs.point, runs.state, runs.settings
    ladder = ladder_of(runs.objective.minimum, target, hold, targets, holds)
    final = run(*place, iterations, ladder)
    status, period = final.status.copy(), np.zeros(len(final.status), int)
    stuck = np.flatnonzero((status == BUDGET) & (final.value >= runs.objective.plateau))
    status[stuck] = STUCK
    if runs.objective.is_dead and len(stuck):
        with np.errstate(all="ignore"):
            status[stuck[runs.objective.is_dead(final.point[:, stuck])]] = DEAD
    spent = np.flatnonzero(final.status == BUDGET)
    if target is not None and len(spent):
        place = final.point[:, spent], final.state[:, :, spent], runs.settings[:, spent]
        period[spent] = cycle_periods(run, *place)
        status[period > 0] = CYCLE
    return Outcomes(
        np.array(STATUSES)[status],
        final.iterations,
        final.value,
        final.point.T,
        period,
        np.moveaxis(final.hits, 2, 0),
    )


class _Runs(NamedTuple):
    """What the engines are given, in the shapes of `descent.engine.numpy_engine`."""

    objective: Objective
    method: str
    point: np.ndarray
    state: np.ndarray
    settings: np.ndarray


def _checked_runs(
    objective: str | Objective,
    method: str,
    starts: ArrayLike,
    iterations: int,
    parameters: Mapping[str, ArrayLike | None],
) -> _Runs:
    """Check the arguments, as `sweep` says, and bring them into the engines' shapes."""
    if isinstance(objective, str) and objective not in OBJECTIVES:
        raise ValueError(f"objective = {objective!r} must be one of {', '.join(OBJECTIVES)}")
    if method not in METHODS:
        raise ValueError(f"method = {method!r} must be one of {', '.join(METHODS)}")
    if iterations < 0:
        raise ValueError(f"iterations = {iterations} must not be negative")
    if np.ndim(starts) != 2:
        raise ValueError(f"starts must have shape (runs, d), not {np.shape(starts)}")
    whole = OBJECTIVES[objective].build() if isinstance(objective, str) else objective
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
    if strange := given.keys() - rule.parameters.keys():
        raise ValueError(
            f"method {method} has no parameter {', '.join(sorted(strange))}, only "
            f"{', '.join(rule.parameters)}"
        )
    point = np.array(np.transpose(starts), float, order="C")
    state = np.tile(np.reshape(rule.state, (-1, 1, 1)), (1, *point.shape)).astype(float)
    settings: list[Any] = [given.get(name, default) for name, default in rule.parameters.items()]
    each = [np.broadcast_to(np.asarray(value, float), point.shape[1]) for value in settings]
    return _Runs(whole, method, point, state, np.array(each))


def _engine_of(runs: _Runs, iterations: int, engine: str, threads: int) -> Callable:
    """Return what advances runs: (point, state, settings, budget, ladder) → FinalStates."""
    if engine not in ("auto", "numpy", "numba"):
        raise ValueError(f"engine = {engine!r} must be one of auto, numpy, numba")
    kernel = runs.objective.kernel
    if engine == "numba" and not (kernel and can_compile()):
        raise ValueError("engine = 'numba' needs Numba, at work, and a registered objective")
    worth_it = engine == "auto" and worth_compiling_runs(runs.objective, runs.point, iterations)
    if engine == "numba" or worth_it:
        from descent.engine.compiled_engine import run_compiled

        assert kernel is not None
        return functools.partial(run_compiled, kernel, runs.method, threads=threads)
    return functools.partial(run_in_numpy, runs.objective, runs.method)
