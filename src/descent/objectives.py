"""Objectives: functions to minimise, with their derivatives."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np


class Objective(NamedTuple):
    """An objective as the engine sees it: many points at once, one per column."""

    evaluate: Callable
    """Points of shape (d, runs) → value (runs,), gradient (d, runs), and further measures
    (runs,) that are recorded but not minimised."""
    minimum: float = 0.0
    """Its smallest value, f*."""


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
    return _rosenbrock(_coordinates(x), a, b)[0]


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
    return np.moveaxis(_rosenbrock(_coordinates(x), a, b)[1], 0, -1)


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


def rosenbrock_objective(a: float = 1.0, b: float = 100.0) -> Objective:
    """Return `rosenbrock` and its gradient as an objective."""
    return Objective(lambda points: _rosenbrock(points, a, b))


def _coordinates(x: np.ndarray) -> np.ndarray:
    """Bring the coordinates to the first axis."""
    x = np.asarray(x, float)
    if x.ndim == 0 or x.shape[-1] < 2:
        raise ValueError(f"points need at least 2 coordinates each, but have shape {x.shape}")
    return np.moveaxis(x, -1, 0)


def _rosenbrock(x: np.ndarray, a: float, b: float) -> tuple[np.ndarray, np.ndarray]:
    """Compute value and gradient; coordinates on the first axis, sums in ascending order."""
    value = np.zeros(x.shape[1:])
    gradient = np.zeros_like(x)
    with np.errstate(over="ignore", invalid="ignore"):
        for i in range(len(x) - 1):
            ahead = x[i] - a
            aside = x[i + 1] - x[i] * x[i]
            value = value + (ahead * ahead + b * (aside * aside))
            slope = 2.0 * b * aside
            gradient[i] = gradient[i] + 2.0 * (ahead - x[i] * slope)
            gradient[i + 1] = slope
    return value, gradient
