"""What is known about methods on quadratics, and so near a minimum of any smooth function.

Along an eigenvector of the Hessian, with eigenvalue λ, a method of learning rate η and momentum μ
multiplies the last two points by a matrix that depends on h = ηλ and μ alone. The size of its
larger eigenvalue says whether the method is stable there, and by what factor the error shrinks.
"""

from collections.abc import Sequence
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from descent.core.methods import METHODS


class Tuning(NamedTuple):
    """A hyperparameter setting, and what it gives on a quadratic."""

    learning_rate: float
    momentum: float
    rate: float
    """Linear convergence rate: factor of the error per iteration, in the long run."""


def stability_limit(method: str, momentum: float = 0.0, **parameters: float) -> float:
    """Return the learning rate, times the Hessian's eigenvalue, up to which a method is stable.

    The limits stand in the methods' records. At the limit an eigenvalue of the iteration (see
    `convergence_rate`) is −1: the error changes sign for ever.

    Parameters
    ----------
    method : str
        A key of `descent.core.methods.METHODS` whose limit is known.
    momentum : float
        Momentum coefficient, for methods that have one.
    **parameters : float
        Further parameters of the method; without them its defaults hold.

    Returns
    -------
    float
        The limit. Divided by the largest eigenvalue it is the limit of the learning rate.

    Raises
    ------
    ValueError
        If no limit is known for the method.

    References
    ----------
    Polyak, B. T. (1964). Some methods of speeding up the convergence of iteration methods.
    USSR Computational Mathematics and Mathematical Physics 4(5), 1-17.
    """
    limit = _known(method, "stability_limit")
    rule = METHODS[method]
    given = {**rule.parameters, "momentum": momentum, **parameters}
    return limit(*[given[name] for name in rule.parameters if name != "learning_rate"])


def convergence_rate(
    method: str, eigenvalues: ArrayLike, learning_rate: float, momentum: float = 0.0
) -> float:
    """Return the linear convergence rate of a method, in the long run.

    Points along an eigenvector follow pₜ₊₁ = T pₜ − D pₜ₋₁, with T and D as in the method's
    record. The rate is the larger root, in size, of z² − T z + D = 0.

    Parameters
    ----------
    method : str
        A key of `descent.core.methods.METHODS` whose recurrence is known.
    eigenvalues : array_like
        Of the Hessian; the slowest decides.
    learning_rate, momentum : float
        The method's hyperparameter setting.

    Returns
    -------
    float
        Factor of the error per iteration; above 1 the method is unstable.

    Raises
    ------
    ValueError
        If no recurrence is known for the method.

    References
    ----------
    Polyak (1964); Lessard, L., Recht, B. & Packard, A. (2016). Analysis and design of
    optimization algorithms via integral quadratic constraints. SIAM J. Optim. 26(1), 57-95.
    """
    h = learning_rate * np.asarray(eigenvalues, float)
    trace, determinant = _known(method, "recurrence")(h, momentum)
    discriminant = trace * trace - 4.0 * determinant
    real = 0.5 * (np.abs(trace) + np.sqrt(np.maximum(discriminant, 0.0)))
    return float(np.where(discriminant < 0.0, np.sqrt(np.abs(determinant)), real).max())


def methods_with_limit() -> list[str]:
    """Return the methods whose stability limit is known."""
    return [name for name, method in METHODS.items() if method.stability_limit]


def _known(method: str, fact: str) -> Any:
    """Return a field of a method's record; ValueError where it is empty."""
    known = [name for name, record in METHODS.items() if getattr(record, fact)]
    if method not in known:
        raise ValueError(f"method = {method!r} must be one of {', '.join(known)}")
    return getattr(METHODS[method], fact)


def optimal_gradient_descent(smallest: float, largest: float) -> Tuning:
    """Tune gradient descent for eigenvalues from smallest to largest, of ratio κ.

    η = 2 / (smallest + largest) gives the rate (κ − 1) / (κ + 1).

    References
    ----------
    Polyak (1964); Lessard, Recht & Packard (2016), proposition 1.
    """
    _check_spectrum(smallest, largest)
    return Tuning(2.0 / (smallest + largest), 0.0, (largest - smallest) / (largest + smallest))


def optimal_heavy_ball(smallest: float, largest: float) -> Tuning:
    """Tune the heavy ball for eigenvalues from smallest to largest, of ratio κ.

    η = (2 / (√largest + √smallest))² and μ = ((√κ − 1) / (√κ + 1))² give the rate
    (√κ − 1) / (√κ + 1): no method whose steps are sums of gradients has a better one on all
    quadratics. At both ends of the spectrum the iteration's two eigenvalues coincide, so that the
    error shrinks like t times the power. Far from a minimum this setting need not be stable.

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
    """Return the usual setting of Nesterov's method for eigenvalues of ratio κ.

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
    """Tune Nesterov's method for quadratics with eigenvalues from smallest to largest, of ratio κ.

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
        raise ValueError(f"eigenvalues {smallest} and {largest}: must be above 0 and in order")


def lessard_cycle() -> tuple[Fraction, ...]:
    """Return the three points between which the heavy ball tuned for (1, 25) cycles for ever.

    They are those of `descent.core.objectives.lessard_function` whose derivative is 25 x − c with
    c = 0, 0 and 24 in turn: the solution of p = three updates of p, in exact fractions.

    Returns
    -------
    tuple of Fraction
        The points in their order, the smallest first.

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
    return smallest_first([place[0] for place in walk(point, velocity)[:-1]])


def smallest_first(points: Sequence) -> tuple:
    """Turn a cycle so that its smallest point is first."""
    first = list(points).index(min(points))
    return (*points[first:], *points[:first])
