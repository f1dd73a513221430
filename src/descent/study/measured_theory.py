"""What is known about methods, measured by running them."""

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from descent.core.elementary import exp, log
from descent.core.methods import METHODS
from descent.core.objective import Objective
from descent.core.objectives.lessard_function import lessard_objective
from descent.core.objectives.quadratic_function import quadratic_objective
from descent.core.objectives.rosenbrock_function import (
    rosenbrock_eigenvalues,
    rosenbrock_objective,
)
from descent.core.theory import (
    lessard_cycle,
    methods_with_limit,
    optimal_gradient_descent,
    optimal_heavy_ball,
    optimal_nesterov,
    smallest_first,
    stability_limit,
    usual_nesterov,
)
from descent.engine.descents import descend, sweep
from descent.study.checks import CheckError
from descent.tables.schemas import THEORY

STABILITY = "stability limit, learning rate × eigenvalue"
BEST_RATE = "linear convergence rate, best settings"
USUAL_RATE = "linear convergence rate, usual settings"
EIGENVALUE = "largest Hessian eigenvalue at the minimum"
PERIOD = "period of the cycle"
POINT = "point {} of the cycle"

MOMENTA = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95)
ROSENBROCK_MOMENTA = (0.0, 0.5, 0.9)
CONDITION_NUMBERS = (10.0, 100.0, 1000.0)
MEASURED_ITERATIONS = 500  # the error after so many is compared with that after twice as many
HIGHEST = 5.0  # limits are looked for from 0 to here
CELLS, ROUNDS = 101, 3  # the cell that holds a limit is cut in so many, so often
NEAR_MINIMUM = 1e-7  # a start's distance from Rosenbrock's minimum, where a is at most 1
FADED, FAR = 1e-3, 1e3  # times the first error: surely stable, surely not


def check_theory(a: float = 1.0, b: float = 100.0) -> dict[str, list]:
    """Measure what is known, as `theory_columns`, and stop where the two disagree.

    Raises
    ------
    CheckError
        If a measurement is farther from the theoretical value than its resolution: a line for each.
    """
    columns = theory_columns(a, b)
    rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    wrong = [
        row for row in rows if not abs(row["measured"] - row["theoretical"]) <= row["resolution"]
    ]
    if wrong:
        lines = [
            "  {quantity}, {objective}, {method}, momentum {momentum:g}: known {theoretical:.12g}, "
            "measured {measured:.12g}, resolution {resolution:.2g}".format(**row)
            for row in wrong
        ]
        raise CheckError(
            f"{len(wrong)} of {len(rows)} theoretical values are not found by measurement\n"
            + "\n".join(lines)
        )
    return columns


def theory_columns(a: float = 1.0, b: float = 100.0) -> dict[str, list]:
    """Measure what is known, by running the methods.

    Parameters
    ----------
    a, b : float
        Of the Rosenbrock function.

    Returns
    -------
    dict
        Columns of `descent.tables.schemas.THEORY`, in its order.
    """
    rows = [
        *quadratic_limits(),
        *rosenbrock_limits(a, b),
        rosenbrock_eigenvalue(a, b),
        *quadratic_rates(BEST_RATE, "gradient_descent", optimal_gradient_descent),
        *quadratic_rates(BEST_RATE, "momentum", optimal_heavy_ball),
        *quadratic_rates(BEST_RATE, "nesterov", optimal_nesterov),
        *quadratic_rates(USUAL_RATE, "nesterov", usual_nesterov),
        *measured_cycle(),
    ]
    order = ("quantity", "objective", "method", "momentum")  # condition numbers are in order
    rows.sort(key=lambda row: [row[name] for name in order])
    return {name: [row[name] for row in rows] for name in rows[0]}


def quadratic_limits() -> Iterator[dict]:
    """Find the stability limit of each method that has one, on a parabola."""
    parabola = quadratic_objective([1.0])
    yield from _limit_rows("quadratic", parabola, np.zeros(1), np.ones(1), 1.0, MOMENTA)


def rosenbrock_limits(a: float, b: float) -> Iterator[dict]:
    """Find the same near Rosenbrock's minimum, along the largest eigenvalue's eigenvector."""
    smallest, largest = rosenbrock_eigenvalues(a, b)
    minimum, direction = _rosenbrock_minimum(a, b)
    objective, start = rosenbrock_objective(a, b), NEAR_MINIMUM * max(1.0, abs(a)) * direction
    place = ("rosenbrock", objective, minimum, start, largest, ROSENBROCK_MOMENTA)
    yield from _limit_rows(*place, condition_number=largest / smallest)


def rosenbrock_eigenvalue(a: float, b: float) -> dict:
    """Take the largest eigenvalue at Rosenbrock's minimum from what a step of descent changes."""
    smallest, largest = rosenbrock_eigenvalues(a, b)
    minimum, direction = _rosenbrock_minimum(a, b)
    size, rate = 1e-5 * max(1.0, abs(a)), 1.0 / largest
    starts = minimum + size * np.array([direction, -direction])
    ends = sweep(
        rosenbrock_objective(a, b), "gradient_descent", starts, 1, rate, engine="numpy"
    ).point
    # Along the direction, both ends are (1 − ηλ) times as far from each other as the starts.
    factor = _along(direction, ends[0] - ends[1]) / _along(direction, starts[0] - starts[1])
    place = (EIGENVALUE, "rosenbrock", "gradient_descent", 0.0)
    measured, resolution = (1.0 - factor) / rate, 1e-9 * largest
    return _row(*place, largest, measured, resolution, rate, largest / smallest)


def quadratic_rates(quantity: str, method: str, tune: Callable) -> Iterator[dict]:
    """Measure the rate of a method tuned for quadratics of several condition numbers.

    The error after twice as many iterations, over that after so many, gives the mean rate in
    between. Where two eigenvalues coincide the error shrinks like t times the power, so that
    the mean is above the rate by up to the root of 2 of that degree: that is its resolution.
    """
    spectrum = [1.0, *CONDITION_NUMBERS]
    tunings = [tune(1.0, number) for number in CONDITION_NUMBERS]
    learning_rate, momentum, _ = np.transpose(tunings)
    # A coordinate that starts at 0 stays there: one objective serves all conditions.
    starts = np.where(np.less_equal.outer(spectrum, CONDITION_NUMBERS).T, 1.0, 0.0)
    early, late = (
        np.abs(_ends(quadratic_objective(spectrum), method, starts, n, learning_rate, momentum))
        for n in (MEASURED_ITERATIONS, 2 * MEASURED_ITERATIONS)
    )
    found = exp(log(late.max(axis=1) / early.max(axis=1)) / MEASURED_ITERATIONS)
    excess = float(exp(log(np.array(2.0)) / MEASURED_ITERATIONS)) - 1.0
    for tuning, number, rate in zip(tunings, CONDITION_NUMBERS, found, strict=True):
        place = (quantity, "quadratic", method, tuning.momentum)
        yield _row(*place, tuning.rate, rate, excess * rate, tuning.learning_rate, number)


def measured_cycle() -> Iterator[dict]:
    """Run the heavy ball tuned for (1, 25) on the function of Lessard, Recht and Packard."""
    tuning = optimal_heavy_ball(1.0, 25.0)

    settings = (MEASURED_ITERATIONS, tuning.learning_rate, tuning.momentum)
    objective, start = lessard_objective(), [3.3]
    ends = sweep(objective, "momentum", [start], *settings, target=1e-9, engine="numpy")
    exact = lessard_cycle()
    points = descend(objective, "momentum", start, *settings).points[-len(exact) :, 0]
    rounding = 16.0 * np.spacing(float(max(exact)))
    rows: list[tuple] = [(PERIOD, len(exact), ends.period[0], 0.0)]
    for k, found in enumerate(smallest_first(points.tolist())):
        rows.append((POINT.format(k + 1), exact[k], found, rounding))
    for quantity, known, measured, resolution in rows:
        place = (quantity, "lessard", "momentum", tuning.momentum, known)
        yield _row(*place, measured, resolution, tuning.learning_rate, 25.0)


def _limit_rows(
    name: str,
    objective: Objective,
    minimum: np.ndarray,
    start: np.ndarray,
    eigenvalue: float,
    momenta: Sequence[float],
    condition_number: float | None = None,
) -> Iterator[dict]:
    """Measure the stability limit of each method that has one, for each momentum."""
    for method in methods_with_limit():
        own = momenta if "momentum" in METHODS[method].parameters else momenta[:1]
        found = _limits(objective, minimum, start, eigenvalue, method, own)
        for momentum, limit, cell in zip(own, *found, strict=True):
            place = (STABILITY, name, method, momentum, stability_limit(method, momentum))
            yield _row(*place, limit, cell, None, condition_number)


def _limits(
    objective: Objective,
    minimum: np.ndarray,
    start: np.ndarray,
    eigenvalue: float,
    method: str,
    momenta: Sequence[float],
) -> tuple[np.ndarray, np.ndarray]:
    """Enclose the largest stable learning rate × eigenvalue for each momentum.

    A run is stable if its error, taken along the start's direction, does not grow from the first
    so many iterations to twice as many. All rates of a round are one sweep. Returns the middles
    of the last cells, and their widths.
    """
    low, high = np.zeros(len(momenta)), np.full(len(momenta), HIGHEST)
    for _ in range(ROUNDS):
        rates = np.linspace(low, high, CELLS + 1)
        settings = ((rates / eigenvalue).ravel(), np.tile(momenta, CELLS + 1))
        starts = np.tile(minimum + start, (rates.size, 1))
        early, late = (
            _ends(objective, method, starts, n, *settings) - minimum
            for n in (MEASURED_ITERATIONS, 2 * MEASURED_ITERATIONS)
        )
        error_early, error_late = (np.abs(_along(start, offset)) for offset in (early, late))
        grows = error_late > np.maximum(error_early, FADED * _along(start, start))
        leaves = np.abs(late).max(axis=1) > FAR * np.abs(start).max()
        unstable = (grows | leaves | np.isnan(late[:, 0])).reshape(rates.shape)
        edge = np.where(unstable.any(axis=0), unstable.argmax(axis=0), CELLS)
        low, high = (rates[edge - back, np.arange(len(momenta))] for back in (1, 0))
    return 0.5 * (low + high), high - low


def _ends(
    objective: Objective,
    method: str,
    starts: np.ndarray,
    iterations: int,
    learning_rate: np.ndarray,
    momentum: np.ndarray,
) -> np.ndarray:
    """Return where runs are after so many iterations; NaN for those that diverged."""
    ends = sweep(objective, method, starts, iterations, learning_rate, momentum, engine="numpy")
    return np.where((ends.status == "diverged")[:, None], np.nan, ends.point)


def _along(direction: np.ndarray, vectors: np.ndarray) -> np.ndarray:
    """Return the products of a vector with others, (..., d), added up in order."""
    return sum(np.moveaxis(vectors * direction, -1, 0))


def _rosenbrock_minimum(a: float, b: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the minimum, and the eigenvector of the largest eigenvalue there."""
    _, largest = rosenbrock_eigenvalues(a, b)
    first, mixed, second = 2.0 + 8.0 * a * a * b, -4.0 * a * b, 2.0 * b  # of the Hessian
    # Each row of (H − λ) u = 0 gives u, the larger one with less rounding; none if all are 0.
    ways = [(-mixed, first - largest), (second - largest, -mixed)]
    direction = np.array(max(ways, key=lambda way: abs(way[0]) + abs(way[1])))
    length = np.sqrt(_along(direction, direction))
    return np.array([a, a * a]), direction / length if length else np.array([1.0, 0.0])


def _row(
    quantity: str,
    objective: str,
    method: str,
    momentum: float,
    theoretical: float,
    measured: float,
    resolution: float,
    learning_rate: float | None = None,
    condition_number: float | None = None,
) -> dict:
    """Return a row of `descent.tables.schemas.THEORY`."""
    setting = (quantity, objective, method, momentum, learning_rate, condition_number)
    numbers = map(float, (theoretical, measured, resolution))
    return dict(zip(THEORY.names, (*setting, *numbers), strict=True))
