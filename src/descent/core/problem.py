"""A problem: what methods are compared on.

The Rosenbrock function, the network with each weight initialisation, and every further objective
of the configuration are problems. All go one way: problem → sweep → comparison → evaluation →
figures → a section of the report.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np

from descent.core.networks import MEASURED_AT_ONCE, network_objective, parameter_count
from descent.core.objective import Objective
from descent.core.objectives import OBJECTIVES
from descent.core.random_streams import uniform
from descent.core.rotation import rotation_matrix, turn_back, turned
from descent.core.weight_initialisation import initial_parameters
from descent.support.shown import Shown

Samples = tuple[np.ndarray, np.ndarray]


class Starts(NamedTuple):
    """Points to start from."""

    points: Callable[[], np.ndarray]
    """→ shape (count, dimension)."""
    names: np.ndarray
    """Index or seed of each, shape (count,)."""


class Problem(NamedTuple):
    """What methods are compared on, with all that the way from sweep to report asks of it."""

    name: str
    kind: str
    """`formula` or `network`."""
    dimension: int
    """Coordinates of a point."""
    sweep: Mapping
    """The configuration of its sweep: grids, starts, budget, targets."""
    runs: tuple[Mapping, ...]
    """Named runs of the configuration."""
    objective: Objective | None
    """None of a network without its samples."""
    scale: float
    """How much the objective is for a target of 1: a loss is a sum, and its target a mean."""
    tuning: Starts
    """On which every setting is tried."""
    evaluation: Starts
    """Fresh ones, on which selected and named settings are evaluated."""
    measure: Callable[..., dict[str, np.ndarray]]
    """(starting points and end points (runs, dimension), what speeds an objective up) → what is
    measured beside the objective, as columns of the sweep's table."""
    largest_eigenvalue: float | None
    """Of the Hessian at the minimum, where it is known."""
    is_turned: bool
    """Whether the function is seen from turned axes."""
    title: Shown[str]
    place: Shown[str]
    """As prose has it: on the Rosenbrock function."""
    start_word: Shown[str]
    """What is drawn anew: start or seed."""

    @property
    def in_plane(self) -> bool:
        """Whether its points are points of the plane, along the formula's own axes."""
        return self.kind == "formula" and self.dimension == 2 and not self.is_turned

    @property
    def start_column(self) -> str:
        """Name of the column of starts in the sweep's table."""
        return "seed" if self.kind == "network" else "start"

    @property
    def value_column(self) -> str:
        """Name of the column of the objective in the sweep's table."""
        return "loss" if self.kind == "network" else "value"


def problem_of(
    part: Mapping, training: Samples | None = None, held_out: Samples | None = None
) -> Problem:
    """Return a problem from its part of the configuration.

    Parameters
    ----------
    part : Mapping
        An entry of `descent.config.problems.problem_parts`.
    training, held_out : tuple of numpy.ndarray, optional
        Of a network: samples (n, d) to train on and fresh ones, each with their labels (n,).
    """
    settings = part["problem"]
    if settings["objective"] == "network":
        return _network_problem(settings, training, held_out)
    return _formula_problem(settings)


def seeds_of(seeds: Mapping) -> range:
    """Return the consecutive seeds that a configuration describes."""
    return range(seeds["first"], seeds["first"] + seeds["count"])


def _formula_problem(settings: Mapping) -> Problem:
    sweep, dimension, seed = settings["sweep"], settings["dimension"], settings["rotation"]
    record = OBJECTIVES[settings["objective"]]
    objective = record.build(**settings["parameters"])
    matrix = None if seed is None else rotation_matrix(dimension, seed)
    is_rosenbrock = settings["name"] == "rosenbrock"
    purpose = "rosenbrock starts" if is_rosenbrock else "objective starts"

    def starts(purpose: str, count: int) -> Starts:
        def points() -> np.ndarray:
            low, high = sweep["starts"]["low"], sweep["starts"]["high"]
            places = uniform(sweep["starts"]["seed"], purpose, 0, count, dimension)
            straight = low + (high - low) * places
            if matrix is None:
                return straight
            turned_points = np.empty_like(straight.T)
            turn_back(matrix, straight.T, turned_points)
            return turned_points.T

        return Starts(points, np.arange(count))

    def measure(begins: np.ndarray, ends: np.ndarray, accelerate: Callable) -> dict:
        if dimension != 2:
            return {}
        (start_x1, start_x2), (x1, x2) = begins.T, ends.T
        return {"start_x1": start_x1, "start_x2": start_x2, "x1": x1, "x2": x2}

    return Problem(
        settings["name"],
        "formula",
        dimension,
        sweep,
        tuple(settings.get("runs", ())),
        objective if matrix is None else turned(objective, matrix),
        1.0,
        starts(purpose, sweep["starts"]["count"]),
        starts("evaluation starts", sweep.get("evaluation", 0)),
        measure,
        record.largest_eigenvalue(dimension, **settings["parameters"]),
        seed is not None,
        title="Rosenbrock function" if is_rosenbrock else f"“{settings['name']}”",
        place="on the Rosenbrock function" if is_rosenbrock else f"on “{settings['name']}”",
        start_word="start",
    )


def _network_problem(
    settings: Mapping, training: Samples | None, held_out: Samples | None
) -> Problem:
    sweep, layers, initialisation = (
        settings[name] for name in ("sweep", "layers", "initialisation")
    )
    tuning = seeds_of(sweep["seeds"])
    evaluation = range(tuning.stop, tuning.stop + sweep.get("evaluation", 0))
    objective, tested = (
        network_objective(*samples, layers) if samples else None for samples in (training, held_out)
    )

    def starts(seeds: range) -> Starts:
        def points() -> np.ndarray:
            return initial_parameters(layers, seeds, **settings["initial"], initial=initialisation)

        return Starts(points, np.array(seeds))

    def measure(begins: np.ndarray, ends: np.ndarray, accelerate: Callable) -> dict:
        assert held_out is not None
        seen, fresh = accelerate(objective), accelerate(tested)
        blocks = np.split(ends, range(MEASURED_AT_ONCE, len(ends), MEASURED_AT_ONCE))
        parts = [_measured(block.T, seen, fresh, len(held_out[1])) for block in blocks]
        return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}

    words = {"uniform": "uniform", "he": "He’s"}[initialisation]
    return Problem(
        settings["name"],
        "network",
        parameter_count(layers),
        sweep,
        tuple(settings.get("runs", ())),
        objective,
        float(len(training[1])) if training else 1.0,
        starts(tuning),
        starts(evaluation),
        measure,
        None,
        False,
        title=f"Network, {words} initial weights",
        place=f"on the network with {words} initial weights",
        start_word="seed",
    )


def _measured(points: np.ndarray, seen: Any, fresh: Any, samples: int) -> dict[str, np.ndarray]:
    """Return networks' accuracy, and their mean loss and accuracy on held-out samples."""
    with np.errstate(all="ignore"):
        loss, _ = fresh.evaluate(points)
        return {
            "accuracy": seen.measure(points),
            "test_loss": np.where(np.isfinite(loss), loss / samples, np.nan),
            "test_accuracy": fresh.measure(points),
        }
