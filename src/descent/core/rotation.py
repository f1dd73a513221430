"""Rotation: the same objective, seen from turned axes.

Methods that work coordinate by coordinate depend on the axes; the others do not.
"""

from typing import Any

import numpy as np

from descent.core.objective import Objective
from descent.core.random_streams import normal


def rotation_matrix(dimension: int, seed: int) -> np.ndarray:
    """Draw an orthogonal matrix, of Haar's distribution up to the signs of its rows.

    Parameters
    ----------
    dimension : int
        Of the space.
    seed : int
        Seed of the stream from which it is drawn.

    Returns
    -------
    numpy.ndarray, shape (dimension, dimension)
        The same bits on every machine: Gram and Schmidt's orthogonalisation of normal vectors,
        twice, with sums in a fixed order.

    References
    ----------
    Stewart, G. W. (1980). The efficient generation of random orthogonal matrices with an
    application to condition estimators. SIAM Journal on Numerical Analysis 17(3), 403-409.
    """
    rows = normal(seed, "rotation", 0, dimension, dimension)
    for i, row in enumerate(rows):
        for other in [*rows[:i], *rows[:i]]:
            row -= _dot(row, other) * other
        row /= np.sqrt(_dot(row, row))
    return rows


def turned(objective: Objective, matrix: np.ndarray) -> Objective:
    """Return an objective of points that are first turned by a matrix: f(R x)."""

    def evaluate(points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        places, gradient = np.empty_like(points), np.empty_like(points)
        turn(matrix, points, places)
        value, slope = objective.evaluate(places)
        turn_back(matrix, slope, gradient)
        return value, gradient

    kernel = objective.kernel
    assert kernel is not None
    data = (matrix, *kernel.data)
    return objective._replace(
        evaluate=evaluate, kernel=kernel._replace(data=data, dimension=len(matrix), is_turned=True)
    )


def turn(matrix: Any, x: Any, y: Any) -> None:
    """Fill y with R x; both engines run this text."""
    for i in range(len(x)):
        total = matrix[i, 0] * x[0]
        for j in range(1, len(x)):
            total = total + matrix[i, j] * x[j]
        y[i] = total


def turn_back(matrix: Any, y: Any, x: Any) -> None:
    """Fill x with Rᵀ y; both engines run this text."""
    for j in range(len(y)):
        total = matrix[0, j] * y[0]
        for i in range(1, len(y)):
            total = total + matrix[i, j] * y[i]
        x[j] = total


def _dot(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.cumsum(a * b)[-1])
