"""Objectives: functions to minimise, with their derivatives.

A formula ``f(x, g, *data)`` returns the value at x and fills g with the gradient. ``x[i]`` and
``g[i]`` are coordinate i: a number, an array of runs, or the compiled engine's vector of runs. It
is plain arithmetic with `np.where` and `np.sqrt`, so that one text serves all with the same bits,
and its value is not finite where a coordinate is not: that is how engines notice divergence. To
add an objective, write its formula and register it in `FORMULAS`.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from descent.core.objective import Kernel, Objective


def rosenbrock(x: np.ndarray, a: float = 1.0, b: float = 100.0) -> np.ndarray:
    """Return f(x) = Σᵢ (a − xᵢ)² + b (xᵢ₊₁ − xᵢ²)², i = 1 … d − 1.

    Parameters
    ----------
    x : array_like, shape (..., d), d ≥ 2
        Points.
    a, b : float
        In two dimensions the minimum 0 lies at (a, a²); b is the steepness of the valley.

    Returns
    -------
    numpy.ndarray, shape (...)
        Values; infinite where they overflow.

    Raises
    ------
    ValueError
        If the points have fewer than two coordinates.

    References
    ----------
    Rosenbrock, H. H. (1960). An automatic method for finding the greatest or least value of a
    function. The Computer Journal 3(3), 175-184; in d dimensions Moré, Garbow & Hillstrom
    (1981), problem 1, and `scipy.optimize.rosen`.
    """
    return _value_and_gradient(x, a, b)[0]


def rosenbrock_gradient(x: np.ndarray, a: float = 1.0, b: float = 100.0) -> np.ndarray:
    """Return the gradient of `rosenbrock`.

    In two dimensions ∂f/∂x₁ = −2 (a − x₁) − 4 b x₁ (x₂ − x₁²) and ∂f/∂x₂ = 2 b (x₂ − x₁²).

    Parameters
    ----------
    x : array_like, shape (..., d), d ≥ 2
        Points.
    a, b : float
        As in `rosenbrock`.

    Returns
    -------
    numpy.ndarray, shape (..., d)
        Gradients.

    Raises
    ------
    ValueError
        If the points have fewer than two coordinates.
    """
    return np.moveaxis(_value_and_gradient(x, a, b)[1], 0, -1)


def rosenbrock_hessian(x: np.ndarray, a: float = 1.0, b: float = 100.0) -> np.ndarray:
    """Return the Hessian of `rosenbrock`.

    In two dimensions [[2 − 4 b (x₂ − 3 x₁²), −4 b x₁], [−4 b x₁, 2 b]].

    Parameters
    ----------
    x : array_like, shape (..., d), d ≥ 2
        Points.
    a, b : float
        As in `rosenbrock`; a has no effect.

    Returns
    -------
    numpy.ndarray, shape (..., d, d)
        Symmetric, tridiagonal matrices.

    Raises
    ------
    ValueError
        If the points have fewer than two coordinates.
    """
    x = _coordinates(x)
    hessian = np.zeros((len(x), *x.shape))
    with np.errstate(over="ignore", invalid="ignore"):
        for i in range(len(x) - 1):
            hessian[i, i] += 2.0 - 4.0 * b * (x[i + 1] - 3.0 * x[i] * x[i])
            hessian[i + 1, i + 1] = 2.0 * b
            hessian[i, i + 1] = hessian[i + 1, i] = -4.0 * b * x[i]
    return np.moveaxis(hessian, (0, 1), (-2, -1))


def quadratic_formula(x: Any, g: Any, spectrum: Any) -> Any:
    """Compute ½ Σᵢ λᵢ xᵢ², a convex quadratic in the basis of its eigenvectors."""
    value = 0.0
    for i in range(len(x)):
        g[i] = spectrum[i] * x[i]
        value = value + 0.5 * (g[i] * x[i])
    return value


def lessard_formula(x: Any, g: Any) -> Any:
    """Compute a smooth, strongly convex function on which the tuned heavy ball cycles for ever.

    Its derivative is 25 x below 1, x + 24 from 1 to 2, and 25 x − 24 above.

    References
    ----------
    Lessard, L., Recht, B. & Packard, A. (2016). Analysis and design of optimization algorithms
    via integral quadratic constraints. SIAM J. Optim. 26(1), 57-95, eq. (4.11).
    """
    z = x[0]
    g[0] = np.where(z < 1.0, 25.0 * z, np.where(z < 2.0, z + 24.0, 25.0 * z - 24.0))
    low = 12.5 * (z * z)
    middle = 0.5 * (z * z) + (24.0 * z - 12.0)
    high = 12.5 * (z * z) - (24.0 * z - 36.0)
    return np.where(z < 1.0, low, np.where(z < 2.0, middle, high))


def rosenbrock_formula(x: Any, g: Any, a: Any, b: Any) -> Any:
    """Compute `rosenbrock` and its gradient."""
    value = -0.0
    for i in range(len(x) - 1):
        ahead = x[i] - a
        aside = x[i + 1] - x[i] * x[i]
        value = value + (ahead * ahead + b * (aside * aside))
        g[i + 1] = 2.0 * b * aside
        slope = 2.0 * (ahead - x[i] * g[i + 1])
        g[i] = slope if i == 0 else g[i] + slope
    return value


FORMULAS: dict[str, Callable] = {
    "rosenbrock": rosenbrock_formula,
    "quadratic": quadratic_formula,
    "lessard": lessard_formula,
}


def objective(name: str, *data: Any, dimension: int | None = None) -> Objective:
    """Return a registered formula with its data as an objective; its minimum is 0."""

    def evaluate(points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        gradient = np.empty_like(points)
        return FORMULAS[name](points, gradient, *data), gradient

    return Objective(evaluate, kernel=Kernel(name, data, dimension=dimension))


def rosenbrock_objective(a: float = 1.0, b: float = 100.0) -> Objective:
    """Return `rosenbrock` and its gradient as an objective; its minimum is 0 where b ≥ 0."""
    if not b >= 0.0:
        raise ValueError(f"b = {b:g} must be at least 0, or there is no minimum")
    return objective("rosenbrock", float(a), float(b))


def quadratic_objective(spectrum: Sequence[float]) -> Objective:
    """Return the convex quadratic ½ Σᵢ λᵢ xᵢ² with these eigenvalues as an objective."""
    values = np.array(spectrum, float)
    if values.ndim != 1 or not len(values) or not (values >= 0.0).all():
        raise ValueError("spectrum must be a list of eigenvalues, none of them negative")
    return objective("quadratic", values, dimension=len(values))


def lessard_objective() -> Objective:
    """Return the function of `lessard_formula` as an objective."""
    return objective("lessard", dimension=1)


OBJECTIVES: dict[str, Callable[..., Objective]] = {
    "rosenbrock": rosenbrock_objective,
    "quadratic": quadratic_objective,
    "lessard": lessard_objective,
}


def _rosenbrock_curvature(dimension: int, a: float = 1.0, b: float = 100.0) -> float:
    minimum = np.array([a, a * a]) if dimension == 2 else np.full(dimension, float(a))
    return np.linalg.eigvalsh(rosenbrock_hessian(minimum, a, b))[-1]


CURVATURES: dict[str, Callable] = {
    "rosenbrock": _rosenbrock_curvature,
    "quadratic": lambda _, spectrum: max(spectrum),
    "lessard": lambda _: 25.0,
}
"""The largest eigenvalue of the Hessian at the minimum, of objectives of which it is known."""


def largest_curvature(name: str, dimension: int, **parameters: Any) -> float | None:
    """Return the largest eigenvalue of an objective's Hessian at its minimum; None if unknown.

    Parameters
    ----------
    name : str
        A key of `OBJECTIVES`.
    dimension : int
        Coordinates of a point.
    **parameters
        Arguments of the objective.

    Returns
    -------
    float or None
        Times the learning rate it decides whether a method is stable there; None where it is
        unknown, or 0.
    """
    if name not in CURVATURES:
        return None
    return float(CURVATURES[name](dimension, **parameters)) or None


def _coordinates(x: np.ndarray) -> np.ndarray:
    """Bring the coordinates to the first axis."""
    x = np.asarray(x, float)
    if x.ndim == 0 or x.shape[-1] < 2:
        raise ValueError(f"points need at least 2 coordinates each, but have shape {x.shape}")
    return np.moveaxis(x, -1, 0)


def _value_and_gradient(x: np.ndarray, a: float, b: float) -> tuple[np.ndarray, np.ndarray]:
    with np.errstate(over="ignore", invalid="ignore"):
        return objective("rosenbrock", float(a), float(b)).evaluate(_coordinates(x))
