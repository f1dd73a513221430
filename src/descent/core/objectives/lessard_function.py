"""A smooth, strongly convex function on which the tuned heavy ball cycles for ever."""

from typing import Any

import numpy as np

from descent.core.objective import Objective, ObjectiveRecord, formula_objective


def lessard_formula(x: Any, g: Any) -> Any:
    """Compute the function whose derivative is 25 x below 1, x + 24 up to 2, then 25 x − 24."""
    z = x[0]
    g[0] = np.where(z < 1.0, 25.0 * z, np.where(z < 2.0, z + 24.0, 25.0 * z - 24.0))
    low = 12.5 * (z * z)
    middle = 0.5 * (z * z) + (24.0 * z - 12.0)
    high = 12.5 * (z * z) - (24.0 * z - 36.0)
    return np.where(z < 1.0, low, np.where(z < 2.0, middle, high))


def lessard_objective() -> Objective:
    """Return the function of `lessard_formula` as an objective."""
    return formula_objective("lessard", lessard_formula, dimension=1)


LESSARD = ObjectiveRecord(
    "lessard",
    lessard_formula,
    lessard_objective,
    largest_eigenvalue=lambda dimension: 25.0,
    minimiser=lambda dimension: np.zeros(dimension),
    title="function of Lessard, Recht and Packard",
    equation=(
        r"f'(x) = \begin{cases} 25\,x & x < 1 \\ x + 24 & 1 \le x < 2 \\ "
        r"25\,x - 24 & x \ge 2 \end{cases}, \qquad f(0) = 0",
    ),
    reference="Lessard, L., Recht, B. & Packard, A. (2016). Analysis and design of optimization "
    "algorithms via integral quadratic constraints. SIAM J. Optim. 26(1), 57-95, eq. (4.11).",
)
