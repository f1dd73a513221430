"""What the engines need to know of an objective, whatever its formula is."""

from collections.abc import Callable
from typing import NamedTuple


class Kernel(NamedTuple):
    """How the compiled engine finds an objective."""

    name: str
    """A key of `FORMULAS`, or `network`."""
    data: tuple = ()
    """What the formula takes after the point and the gradient."""
    layers: tuple[int, ...] = ()
    """Of a network: units per layer."""
    dimension: int | None = None
    """Coordinates of a point; None for any number from 2 on."""


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
