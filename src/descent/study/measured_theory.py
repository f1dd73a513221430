"""What is known about methods, and the same measured by running them.

Near a minimum a smooth objective is a quadratic. Along an eigenvector of its Hessian, with
curvature λ, a method of learning rate η and momentum μ multiplies the last two points by a matrix
that depends on h = ηλ and μ alone. The size of its larger eigenvalue says whether the method is
stable there, and by what factor the error shrinks.
"""

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from descent.study.checks import CheckError
from descent.engine.descents import descend, sweep
from descent.core.elementary import exp, log
from descent.core.objective import Objective
from descent.core.methods import METHODS
from descent.core.objectives import quadratic_objective, rosenbrock_objective

STABILITY = "largest stable learning rate × curvature"
BEST_RATE = "factor of the error per iteration, best settings"
USUAL_RATE = "factor of the error per iteration, usual settings"
CURVATURE = "largest curvature at the minimum"
PERIOD = "period of the cycle"
POINT = "point {} of the cycle"

MOMENTA = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95)
ROSENBROCK_MOMENTA = (0.0, 0.5, 0.9)
CONDITIONS = (10.0, 100.0, 1000.0)
ITERATIONS = 500  # the error after so many is compared with that after twice as many
HIGHEST = 5.0  # limits are looked for from 0 to here
CELLS, ROUNDS = 101, 3  # the cell that holds a limit is cut in so many, so often
NEAR = 1e-7  # a start's distance from Rosenbrock's minimum, where a is at most 1
FADED, FAR = 1e-3, 1e3  # times the first error: surely stable, surely not


class Tuning(NamedTuple):
    """Settings of a method, and what they give on a quadratic."""

    learning_rate: float
    momentum: float
    rate: float
    """Factor of the error per iteration, in the long run."""


# ── What is known ────────────────────────────────────────────────────────────────────────────


def stability_limit(method: str, momentum: float = 0.0, **parameters: float) -> float:
    """Return the learning rate × curvature up to which a method is stable.

    Gradient descent is stable for h < 2, the heavy ball for h < 2 (1 + μ), and Nesterov's method
    for h < (2 + 2μ) / (1 + 2μ), less than gradient descent. At the limit an eigenvalue of the
    iteration (see `convergence_rate`) is −1: the error changes sign for ever.

    Parameters
    ----------
    method : str
        A key of `descent.core.methods.METHODS` that has a limit.
    momentum : float
        Factor of the previous step, for methods that have one.
    **parameters : float
        Further parameters of the method; without them its defaults hold.

    Returns
    -------
    float
        The limit. Divided by the largest curvature it is the limit of the learning rate.

    Raises
    ------
    ValueError
        If no limit is known for the method.

    References
    ----------
    Polyak, B. T. (1964). Some methods of speeding up the convergence of iteration methods.
    USSR Computational Mathematics and Mathematical Physics 4(5), 1-17.
    """
    if method not in LIMITED:
        raise ValueError(f"method = {method!r} must be one of {', '.join(LIMITED)}")
    rule = METHODS[method]
    given = {**rule.parameters, "momentum": momentum, **parameters}
    return LIMITED[method](*[given[name] for name in rule.parameters if name != "learning_rate"])


LIMITED = {name: rule.limit for name, rule in METHODS.items() if rule.limit}


def convergence_rate(
    method: str, curvatures: ArrayLike, learning_rate: float, momentum: float = 0.0
) -> float:
    """Return the factor by which a method shrinks the error per iteration, in the long run.

    Points along an eigenvector follow pₜ₊₁ = T pₜ − D pₜ₋₁, with T = 1 + μ − h and D = μ for the
    heavy ball, T = (1 + μ)(1 − h) and D = μ (1 − h) for Nesterov's method, and T = 1 − h, D = 0
    for gradient descent. The factor is the larger root, in size, of z² − T z + D = 0.

    Parameters
    ----------
    method : str
        'gradient_descent', 'momentum' or 'nesterov'.
    curvatures : array_like
        Eigenvalues of the Hessian; the slowest decides.
    learning_rate, momentum : float
        The method's settings.

    Returns
    -------
    float
        The factor; above 1 the method is unstable.

    Raises
    ------
    ValueError
        If the method is another.

    References
    ----------
    Polyak (1964); Lessard, L., Recht, B. & Packard, A. (2016). Analysis and design of
    optimization algorithms via integral quadratic constraints. SIAM J. Optim. 26(1), 57-95.
    """
    if method not in RECURRENCES:
        raise ValueError(f"method = {method!r} must be one of {', '.join(RECURRENCES)}")
    h = learning_rate * np.asarray(curvatures, float)
    trace, determinant = RECURRENCES[method](h, momentum)
    discriminant = trace * trace - 4.0 * determinant
    real = 0.5 * (np.abs(trace) + np.sqrt(np.maximum(discriminant, 0.0)))
    return float(np.where(discriminant < 0.0, np.sqrt(np.abs(determinant)), real).max())


RECURRENCES: dict[str, Callable] = {
    "gradient_descent": lambda h, momentum: (1.0 - h, 0.0 * h),
    "momentum": lambda h, momentum: (1.0 + momentum - h, momentum + 0.0 * h),
    "nesterov": lambda h, momentum: ((1.0 + momentum) * (1.0 - h), momentum * (1.0 - h)),
}


def optimal_gradient_descent(smallest: float, largest: float) -> Tuning:
    """Tune gradient descent for curvatures from smallest to largest, of ratio κ.

    η = 2 / (smallest + largest) gives the rate (κ − 1) / (κ + 1).

    References
    ----------
    Polyak (1964); Lessard, Recht & Packard (2016), proposition 1.
    """
    _check_spectrum(smallest, largest)
    return Tuning(2.0 / (smallest + largest), 0.0, (largest - smallest) / (largest + smallest))


def optimal_heavy_ball(smallest: float, largest: float) -> Tuning:
    """Tune the heavy ball for curvatures from smallest to largest, of ratio κ.

    η = (2 / (√largest + √smallest))² and μ = ((√κ − 1) / (√κ + 1))² give the rate
    (√κ − 1) / (√κ + 1): no method whose steps are sums of gradients has a better one on all
    quadratics. At both ends of the spectrum the iteration's two eigenvalues coincide, so that the
    error shrinks like t times the power. Far from a minimum these settings need not be stable.

    Parameters
    ----------
    smallest, largest : float
        Ends of the spectrum of the Hessian, above 0.

    Returns
    -------
    Tuning
        Learning rate, momentum and rate.

    Raises
    ------
    ValueError
        If not 0 < smallest ≤ largest.

    References
    ----------
    Polyak (1964); for the bound Nesterov, Y. (2004). Introductory lectures on convex
    optimization, theorem 2.1.13.
    """
    _check_spectrum(smallest, largest)
    low, high = np.sqrt(smallest), np.sqrt(largest)
    rate = (high - low) / (high + low)
    step = 2.0 / (high + low)
    return Tuning(float(step * step), float(rate * rate), float(rate))


def usual_nesterov(smallest: float, largest: float) -> Tuning:
    """Return the usual settings of Nesterov's method for curvatures of ratio κ.

    η = 1 / largest and μ = (√κ − 1) / (√κ + 1), which are safe on all strongly convex functions,
    give the rate 1 − 1 / √κ on quadratics.

    References
    ----------
    Nesterov (2004), section 2.2; Lessard, Recht & Packard (2016), proposition 1.
    """
    _check_spectrum(smallest, largest)
    low, high = np.sqrt(smallest), np.sqrt(largest)
    return Tuning(1.0 / largest, float((high - low) / (high + low)), float(1.0 - low / high))


def optimal_nesterov(smallest: float, largest: float) -> Tuning:
    """Tune Nesterov's method for quadratics with curvatures from smallest to largest, of ratio κ.

    η = 4 / (3 largest + smallest) and μ = (√(3κ + 1) − 2) / (√(3κ + 1) + 2) give the rate
    1 − 2 / √(3κ + 1).

    References
    ----------
    Lessard, Recht & Packard (2016), proposition 1.
    """
    _check_spectrum(smallest, largest)
    root = float(np.sqrt(3.0 * largest / smallest + 1.0))
    learning_rate = 4.0 / (3.0 * largest + smallest)
    return Tuning(learning_rate, (root - 2.0) / (root + 2.0), 1.0 - 2.0 / root)


def _check_spectrum(smallest: float, largest: float) -> None:
    if not 0.0 < smallest <= largest < np.inf:
        raise ValueError(f"curvatures {smallest} and {largest}: must be above 0 and in order")


def lessard_cycle() -> tuple[Fraction, ...]:
    """Return the three points between which the heavy ball tuned for (1, 25) cycles for ever.

    They are those of `descent.core.objectives.lessard_formula` whose derivative is 25 x − c with
    c = 0, 0 and 24 in turn: the solution of p = three updates of p, in exact fractions.

    Returns
    -------
    tuple of Fraction
        The points in their order, the least first.

    References
    ----------
    Lessard, Recht & Packard (2016), after eq. (4.11).
    """
    update, rate, momentum = METHODS["momentum"].update, Fraction(1, 9), Fraction(4, 9)

    def walk(point: Fraction, velocity: Fraction) -> list[tuple[Fraction, Fraction]]:
        places = [(point, velocity)]
        for constant in (0, 0, 24):
            point, (velocity,) = update(point, 25 * point - constant, (velocity,), rate, momentum)
            places.append((point, velocity))
        return places

    # Three updates map (p, v) to M (p, v) + c; Cramer's rule solves (I − M)(p, v) = c.
    c = walk(Fraction(0), Fraction(0))[-1]
    to_p, to_v = (walk(Fraction(i), Fraction(1 - i))[-1] for i in (1, 0))
    m11, m21 = to_p[0] - c[0], to_p[1] - c[1]
    m12, m22 = to_v[0] - c[0], to_v[1] - c[1]
    determinant = (1 - m11) * (1 - m22) - m12 * m21
    point = (c[0] * (1 - m22) + m12 * c[1]) / determinant
    velocity = ((1 - m11) * c[1] + m21 * c[0]) / determinant
    return _least_first([place[0] for place in walk(point, velocity)[:-1]])


def _least_first(points: Sequence) -> tuple:
    """Turn a cycle so that its least point is first."""
    first = list(points).index(min(points))
    return (*points[first:], *points[:first])


def rosenbrock_curvatures(a: float, b: float) -> tuple[float, float]:
    """Return the eigenvalues of the Hessian at Rosenbrock's minimum (a, a²), smaller first.

    Their sum is 2 + 2b + 8 a² b and their product 4b: 0.4 and 1001.6 for a = 1 and b = 100.
    """
    bend = 4.0 * a * a * b
    # half the sum, and the root of its square less the product, in terms that do not cancel
    apart = b - 1.0 + bend
    largest = 1.0 + b + bend + float(np.sqrt(apart * apart + 4.0 * bend))
    return 4.0 * b / largest, largest


# ── The same measured ────────────────────────────────────────────────────────────────────────


def check_theory(a: float = 1.0, b: float = 100.0) -> dict[str, list]:
    """Measure what is known, as `theory_columns`, and stop where the two disagree.

    Raises
    ------
    CheckError
        If a measurement is farther from the known number than its resolution: a line for each.
    """
    columns = theory_columns(a, b)
    rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    wrong = [row for row in rows if not abs(row["measured"] - row["theory"]) <= row["resolution"]]
    if wrong:
        lines = [
            "  {quantity}, {objective}, {method}, momentum {momentum:g}: known {theory:.12g}, "
            "measured {measured:.12g}, resolution {resolution:.2g}".format(**row)
            for row in wrong
        ]
        raise CheckError(
            f"{len(wrong)} of {len(rows)} known numbers are not found by measurement\n"
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
        rosenbrock_curvature(a, b),
        *quadratic_rates(BEST_RATE, "gradient_descent", optimal_gradient_descent),
        *quadratic_rates(BEST_RATE, "momentum", optimal_heavy_ball),
        *quadratic_rates(BEST_RATE, "nesterov", optimal_nesterov),
        *quadratic_rates(USUAL_RATE, "nesterov", usual_nesterov),
        *measured_cycle(),
    ]
    order = ("quantity", "objective", "method", "momentum")  # a condition is in order within
    rows.sort(key=lambda row: [row[name] for name in order])
    return {name: [row[name] for row in rows] for name in rows[0]}


def quadratic_limits() -> Iterator[dict]:
    """Find the limit of stability of each method that has one, on a parabola."""
    parabola = quadratic_objective([1.0])
    for method in LIMITED:
        momenta = _momenta(method, MOMENTA)
        found = _limits(parabola, np.zeros(1), np.ones(1), 1.0, method, momenta)
        for momentum, limit, cell in zip(momenta, *found, strict=True):
            theory = stability_limit(method, momentum)
            yield _row(STABILITY, "quadratic", method, momentum, theory, limit, cell)


def rosenbrock_limits(a: float, b: float) -> Iterator[dict]:
    """Find the same near Rosenbrock's minimum, from starts in the direction of most curvature."""
    smallest, largest = rosenbrock_curvatures(a, b)
    minimum, direction = _rosenbrock_minimum(a, b)
    objective, start = rosenbrock_objective(a, b), NEAR * max(1.0, abs(a)) * direction
    for method in LIMITED:
        momenta = _momenta(method, ROSENBROCK_MOMENTA)
        found = _limits(objective, minimum, start, largest, method, momenta)
        for momentum, limit, cell in zip(momenta, *found, strict=True):
            theory = stability_limit(method, momentum)
            row = _row(STABILITY, "rosenbrock", method, momentum, theory, limit, cell)
            yield row | {"condition": largest / smallest}


def rosenbrock_curvature(a: float, b: float) -> dict:
    """Take the largest curvature at Rosenbrock's minimum from what a step of descent changes."""
    smallest, largest = rosenbrock_curvatures(a, b)
    minimum, direction = _rosenbrock_minimum(a, b)
    size, rate = 1e-5 * max(1.0, abs(a)), 1.0 / largest
    starts = minimum + size * np.array([direction, -direction])
    ends = sweep(
        rosenbrock_objective(a, b), "gradient_descent", starts, 1, rate, engine="numpy"
    ).point
    # Along the direction, both ends are (1 − ηλ) times as far from each other as the starts.
    factor = _along(direction, ends[0] - ends[1]) / _along(direction, starts[0] - starts[1])
    place = (CURVATURE, "rosenbrock", "gradient_descent", 0.0)
    measured, resolution = (1.0 - factor) / rate, 1e-9 * largest
    return _row(*place, largest, measured, resolution, rate, largest / smallest)


def quadratic_rates(quantity: str, method: str, tune: Callable) -> Iterator[dict]:
    """Measure the rate of a method tuned for quadratics of several conditions.

    The error after twice as many iterations, over that after so many, gives the mean rate in
    between. Where two eigenvalues coincide the error shrinks like t times the power, so that
    the mean is above the rate by up to the root of 2 of that degree: that is its resolution.
    """
    spectrum = [1.0, *CONDITIONS]
    tunings = [tune(1.0, condition) for condition in CONDITIONS]
    learning_rate, momentum, _ = np.transpose(tunings)
    # A coordinate that starts at 0 stays there: one objective serves all conditions.
    starts = np.where(np.less_equal.outer(spectrum, CONDITIONS).T, 1.0, 0.0)
    early, late = (
        np.abs(_ends(quadratic_objective(spectrum), method, starts, n, learning_rate, momentum))
        for n in (ITERATIONS, 2 * ITERATIONS)
    )
    found = exp(log(late.max(axis=1) / early.max(axis=1)) / ITERATIONS)
    excess = float(exp(log(np.array(2.0)) / ITERATIONS)) - 1.0
    for tuning, condition, rate in zip(tunings, CONDITIONS, found, strict=True):
        place = (quantity, "quadratic", method, tuning.momentum)
        yield _row(*place, tuning.rate, rate, excess * rate, tuning.learning_rate, condition)


def measured_cycle() -> Iterator[dict]:
    """Run the heavy ball tuned for (1, 25) on the function of Lessard, Recht and Packard."""
    tuning = optimal_heavy_ball(1.0, 25.0)

    def row(quantity: str, theory: float | Fraction, measured: float, resolution: float) -> dict:
        place = (quantity, "lessard", "momentum", tuning.momentum)
        return _row(*place, float(theory), measured, resolution, tuning.learning_rate, 25.0)

    settings = (ITERATIONS, tuning.learning_rate, tuning.momentum)
    start = [3.3]
    ends = sweep("lessard", "momentum", [start], *settings, target=1e-9, engine="numpy")
    exact = lessard_cycle()
    points = descend("lessard", "momentum", start, *settings).points[-len(exact) :, 0]
    rounding = 16.0 * np.spacing(float(max(exact)))
    yield row(PERIOD, len(exact), ends.period[0], 0.0)
    for k, (theory, found) in enumerate(
        zip(exact, _least_first(points.tolist()), strict=True), start=1
    ):
        yield row(POINT.format(k), theory, found, rounding)


def _limits(
    objective: Objective,
    minimum: np.ndarray,
    start: np.ndarray,
    curvature: float,
    method: str,
    momenta: Sequence[float],
) -> tuple[np.ndarray, np.ndarray]:
    """Enclose the largest stable learning rate × curvature for each momentum.

    A run is stable if its error, taken along the start's direction, does not grow from the first
    so many iterations to twice as many. All rates of a round are one sweep.

    Returns
    -------
    limit, cell : numpy.ndarray
        Middle of the last cell, and its width.
    """
    low, high = np.zeros(len(momenta)), np.full(len(momenta), HIGHEST)
    for _ in range(ROUNDS):
        rates = np.linspace(low, high, CELLS + 1)
        settings = ((rates / curvature).ravel(), np.tile(momenta, CELLS + 1))
        starts = np.tile(minimum + start, (rates.size, 1))
        early, late = (
            _ends(objective, method, starts, n, *settings) - minimum
            for n in (ITERATIONS, 2 * ITERATIONS)
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


def _momenta(method: str, momenta: Sequence[float]) -> Sequence[float]:
    return momenta if "momentum" in METHODS[method].parameters else momenta[:1]


def _rosenbrock_minimum(a: float, b: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the minimum, and the direction of the largest curvature there."""
    _, largest = rosenbrock_curvatures(a, b)
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
    theory: float,
    measured: float,
    resolution: float,
    learning_rate: float | None = None,
    condition: float | None = None,
) -> dict:
    """Return a row of `descent.tables.schemas.THEORY`."""
    return {
        "quantity": quantity,
        "objective": objective,
        "method": method,
        "momentum": momentum,
        "learning_rate": learning_rate,
        "condition": condition,
        "theory": float(theory),
        "measured": float(measured),
        "resolution": float(resolution),
    }
