"""The Rosenbrock function, a narrow curved valley."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from descent.core.objective import Objective, ObjectiveRecord, formula_objective


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


def rosenbrock(x: ArrayLike, a: float = 1.0, b: float = 100.0) -> np.ndarray:
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


def rosenbrock_gradient(x: ArrayLike, a: float = 1.0, b: float = 100.0) -> np.ndarray:
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


def rosenbrock_hessian(x: ArrayLike, a: float = 1.0, b: float = 100.0) -> np.ndarray:
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
    """Return `rosenbrock` and its gradient as an objective; its minimum is 0 where b ≥ 0."""
    if not b >= 0.0:
        raise ValueError(f"b = {b:g} must be at least 0, or there is no minimum")
    return formula_objective("rosenbrock", rosenbrock_formula, float(a), float(b))


def rosenbrock_minimiser(dimension: int, a: float = 1.0, b: float = 100.0) -> np.ndarray | None:
    """Return where the minimum 0 lies: (a, a²); in more dimensions at a, if that is 0 or 1."""
    if dimension == 2:
        return np.array([a, a * a])
    return np.full(dimension, float(a)) if a in (0.0, 1.0) else None


def rosenbrock_eigenvalues(a: float = 1.0, b: float = 100.0) -> tuple[float, float]:
    """Return the eigenvalues of the Hessian at the minimum in the plane, the smaller first.

    Their sum is 2 + 2b + 8 a² b and their product 4b: 0.4 and 1001.6 for a = 1 and b = 100.
    """
    bend = 4.0 * a * a * b
    # half the sum, and the root of its square less the product, in terms that do not cancel
    apart = b - 1.0 + bend
    largest = 1.0 + b + bend + float(np.sqrt(apart * apart + 4.0 * bend))
    return 4.0 * b / largest, largest


def rosenbrock_largest_eigenvalue(dimension: int, a: float = 1.0, b: float = 100.0) -> float | None:
    """Return the largest eigenvalue of the Hessian at the minimum; None if that is unknown."""
    if dimension == 2:
        return rosenbrock_eigenvalues(a, b)[1]
    minimiser = rosenbrock_minimiser(dimension, a, b)
    if minimiser is None:
        return None
    return float(np.linalg.eigvalsh(rosenbrock_hessian(minimiser, a, b))[-1])


def rosenbrock_level_set(
    level: float, x: np.ndarray, a: float = 1.0, b: float = 100.0
) -> tuple[np.ndarray, np.ndarray]:
    """Return where on lines of one x₁ the function is at most a level.

    Parameters
    ----------
    level : float
        The level.
    x : numpy.ndarray
        First coordinates.
    a, b : float
        As in `rosenbrock`; b above 0.

    Returns
    -------
    lower, upper : numpy.ndarray
        Second coordinates x₁² ∓ √((level − (a − x₁)²) / b), of x's shape; NaN where there is none.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        half = np.sqrt((level - (x - a) ** 2) / b)
    return x * x - half, x * x + half


def _coordinates(x: ArrayLike) -> np.ndarray:
    """Bring the coordinates to the first axis."""
    x = np.asarray(x, float)
    if x.ndim == 0 or x.shape[-1] < 2:
        raise ValueError(f"points need at least 2 coordinates each, but have shape {x.shape}")
    return np.moveaxis(x, -1, 0)


def _value_and_gradient(x: ArrayLike, a: float, b: float) -> tuple[np.ndarray, np.ndarray]:
    points = _coordinates(x)
    gradient = np.empty_like(points)
    with np.errstate(over="ignore", invalid="ignore"):
        return rosenbrock_formula(points, gradient, float(a), float(b)), gradient


ROSENBROCK = ObjectiveRecord(
    "rosenbrock",
    rosenbrock_formula,
    rosenbrock_objective,
    ranges={"a": (-1e6, 1e6), "b": (0.0, 1e6)},
    largest_eigenvalue=rosenbrock_largest_eigenvalue,
    minimiser=rosenbrock_minimiser,
    level_set=rosenbrock_level_set,
    title="Rosenbrock function",
    equation=(
        r"f(x) = \sum_{i=1}^{d-1} \Bigl((a - x_i)^2 + b\,(x_{i+1} - x_i^2)^2\Bigr)",
        r"\frac{\partial f}{\partial x_i} = "
        r"-\bigl(2\,(a - x_i) + 4\,b\,x_i\,(x_{i+1} - x_i^2)\bigr)\,\mathbf{1}[i < d] "
        r"+ 2\,b\,(x_i - x_{i-1}^2)\,\mathbf{1}[i > 1]",
        r"d = 2: \qquad \nabla^2 f = \begin{pmatrix} 2 - 4 b\,(x_2 - 3 x_1^2) & -4 b\,x_1 \\ "
        r"-4 b\,x_1 & 2 b \end{pmatrix}",
    ),
    reference="Rosenbrock, H. H. (1960). An automatic method for finding the greatest or least "
    "value of a function. The Computer Journal 3(3), 175-184; in d dimensions Moré, J. J., "
    "Garbow, B. S. & Hillstrom, K. E. (1981). Testing unconstrained optimization software. ACM "
    "Trans. Math. Softw. 7(1), 17-41, problem 1.",
)
