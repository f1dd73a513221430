"""The section `rosenbrock`: named descents on the Rosenbrock function, and its sweep."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import Discriminator, Field, Tag

from descent.config import values
from descent.config.runs_and_sweeps import FormulaSweep, NamedRun


class DrawnStart(values.Interval):
    """A start drawn from NumPy's legacy stream."""

    draw: values.whole(ge=0, le=1_000_000)
    """Place in the stream: the k-th start, counted from 0."""


def _start_kind(value: object) -> str:
    return values.A_DRAW if isinstance(value, Mapping | DrawnStart) else values.A_POINT


class RosenbrockRun(NamedRun):
    """A named descent on the Rosenbrock function."""

    start: Annotated[
        Annotated[list[values.Coordinate], Field(min_length=2, max_length=2), Tag(values.A_POINT)]
        | Annotated[DrawnStart, Tag(values.A_DRAW)],
        Discriminator(_start_kind),
    ]
    """A point `[x1, x2]`, or a draw `{low, high, draw}` from the legacy stream."""


class RosenbrockSection(values.Section):
    """Descent on f(x1, x2) = (a - x1)² + b (x2 - x1²)²."""

    a: values.Coordinate
    """The minimum lies at (a, a²)."""
    b: values.real(gt=0, le=1e6)
    """Steepness of the valley."""
    seed: values.Seed
    """Seed of NumPy's legacy stream, from which starts are drawn."""
    runs: Annotated[list[RosenbrockRun], Field(min_length=1, max_length=100)]
    """Named runs."""
    sweep: FormulaSweep
