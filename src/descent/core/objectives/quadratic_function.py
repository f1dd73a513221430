"""A convex quadratic in the basis of its eigenvectors, on which rates of convergence are known."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from descent.core.objective import Objective, ObjectiveRecord, formula_objective


def quadratic_formula(x: Any, g: Any, spectrum: Any) -> Any:
    """Compute ½ Σᵢ λᵢ xᵢ² and its gradient."""
    value = 0.0
    for i in range(len(x)):
        g[i] = spectrum[i] * x[i]
        value = value + 0.5 * (g[i] * x[i])
    return value


def quadratic_objective(spectrum: Sequence[float]) -> Objective:
    """Return the convex quadratic ½ Σᵢ λᵢ xᵢ² with these eigenvalues as an objective."""
    values = np.array(spectrum, float)
    if values.ndim != 1 or not len(values) or not (values >= 0.0).all():
        raise ValueError("spectrum must be a list of eigenvalues, none of them negative")
    return formula_objective("quadratic", quadratic_formula, values, dimension=len(values))


QUADRATIC = ObjectiveRecord(
    "quadratic",
    quadratic_formula,
    quadratic_objective,
    largest_eigenvalue=lambda dimension, spectrum: float(max(spectrum)) or None,
    minimiser=lambda dimension, spectrum: np.zeros(dimension),
    title="convex quadratic",
    equation=(
        r"f(x) = \tfrac{1}{2} \sum_{i=1}^{d} \lambda_i\,x_i^2",
        r"\frac{\partial f}{\partial x_i} = \lambda_i\,x_i",
    ),
    reference="Nesterov, Y. (2004). Introductory lectures on convex optimization: a basic course. "
    "Kluwer, section 2.1.",
)
