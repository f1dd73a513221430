"""What an objective is: to the engines, and to the study.

A formula ``f(x, g, *data)`` returns the value at x and fills g with the gradient. ``x[i]`` and
``g[i]`` are coordinate i: a number, an array of runs, or the compiled engine's vector of runs. It
is plain arithmetic with `np.where` and `np.sqrt`, so that one text serves all with the same bits,
and its value is not finite where a coordinate is not: that is how engines notice divergence.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np

from descent.support.shown import Shown


class Kernel(NamedTuple):
    """How the compiled engine finds an objective."""

    name: str
    """A key of `descent.core.objectives.OBJECTIVES`, or `network`."""
    data: tuple = ()
    """What the formula takes after the point and the gradient."""
    layers: tuple[int, ...] = ()
    """Of a network: units per layer."""
    dimension: int | None = None
    """Coordinates of a point; None for any number from 2 on."""
    is_turned: bool = False
    """Whether the first of the data is a matrix by which points are turned before the formula."""


class Objective(NamedTuple):
    """An objective as the engines see it: many points at once, one per column."""

    evaluate: Callable
    """Points of shape (d, runs) → value (runs,) and gradient (d, runs)."""
    minimum: float = 0.0
    """Its smallest value, f*."""
    kernel: Kernel | None = None
    """For the compiled engine; without it runs are advanced by NumPy."""
    measure: Callable | None = None
    """Points of shape (d, runs) → another number (runs,), recorded but not minimised."""
    plateau: float = np.inf
    """A run that has spent its budget at this value or more is stuck, or dead."""
    is_dead: Callable | None = None
    """Points of shape (d, runs) → whether nothing but a constant can be learnt there, (runs,)."""


def unknown(*_: Any, **__: Any) -> None:
    """Return None, as what is not known of an objective."""


class ObjectiveRecord(NamedTuple):
    """All that is known of an objective: what is computed with first, then what is only shown."""

    name: str
    """Its key in `descent.core.objectives.OBJECTIVES`."""
    formula: Callable
    """f(x, g, *data), as told above."""
    build: Callable[..., Objective]
    """Parameters → the objective; ValueError where they do not fit."""
    ranges: Mapping[str, tuple[float, float]] = {}
    """Of numbers among its parameters the smallest and the largest that a study may have: beyond
    them what is known of it overflows, or is lost in rounding."""
    largest_eigenvalue: Callable[..., float | None] = unknown
    """(dimension, parameters) → the largest of the Hessian at the minimum; None if it is unknown,
    or 0."""
    minimiser: Callable[..., np.ndarray | None] = unknown
    """(dimension, parameters) → where the minimum 0 is taken, shape (d,); None if unknown."""
    level_set: Callable | None = None
    """In the plane: (level, x₁, parameters) → the smallest and largest x₂ where f is at most the
    level, each of x₁'s shape; NaN where there is none."""
    title: Shown[str] = ""
    """Its name in prose."""
    equation: Shown[tuple[str, ...]] = ()
    """The formula and its derivatives in LaTeX, line by line."""
    reference: Shown[str] = ""
    """Where it was published."""


def formula_objective(
    name: str, formula: Callable, *data: Any, dimension: int | None = None
) -> Objective:
    """Return a formula of minimum 0, registered under a name, as an objective."""

    def evaluate(points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        gradient = np.empty_like(points)
        return formula(points, gradient, *data), gradient

    return Objective(evaluate, kernel=Kernel(name, data, dimension=dimension))
