"""Sweeps: every setting of every method from every start, block by block in the table's order."""

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal, localcontext
from itertools import product
from typing import NamedTuple

import numpy as np

from descent.engine.descents import compiled_objective, sweep, worth_compiling
from descent.core.objective import Kernel, Objective
from descent.core.methods import METHODS
from descent.core.networks import network_objective
from descent.core.objectives import OBJECTIVES
from descent.core.parameters import PARAMETERS
from descent.core.random_streams import uniform
from descent.engine.training import initial_parameters, train_many

# Numbers that a block's runs work on in all: about a second, and a step of the progress shown.
WORK = 4e9
LARGEST_BLOCK = 131_072
SMALLEST_BLOCK = 256
JUDGED_AT_ONCE = 64  # networks, so that their activations stay in the cache

ROSENBROCK_STARTS, OBJECTIVE_STARTS = "rosenbrock starts", "objective starts"  # their streams


class Sweep(NamedTuple):
    """The runs of a sweep, in the order of its table."""

    problems: tuple[str, ...]
    """What is minimised; of a network, how its weights begin."""
    settings: dict[str, np.ndarray]
    """The columns `descent.tables.schemas.SETTING`, an entry per setting; NaN for a missing parameter."""
    starts: int
    tuning: int
    """The first so many starts are those to tune on."""
    run: Callable
    """(problem, setting, start: one entry per run; engine, threads) → columns of the outcomes."""
    work: float
    """Numbers that a run works on, at most."""
    kernel: Kernel | None
    """Without one, runs are advanced by NumPy."""

    @property
    def runs(self) -> int:
        """Number of runs."""
        return len(self.problems) * len(self.settings["method"]) * self.starts


def rosenbrock_sweep(rosenbrock: Mapping) -> Sweep:
    """Return the sweep on the Rosenbrock function.

    Parameters
    ----------
    rosenbrock : Mapping
        The configuration's section.

    Returns
    -------
    Sweep
        Its columns are those of `descent.tables.schemas.ROSENBROCK_SWEEP`.
    """
    objective = OBJECTIVES["rosenbrock"](rosenbrock["a"], rosenbrock["b"])
    points = starts_of(rosenbrock["sweep"]["starts"], 2, ROSENBROCK_STARTS)

    def columns(start: np.ndarray, point: np.ndarray) -> dict[str, np.ndarray]:
        return {
            "start_x1": points[start, 0],
            "start_x2": points[start, 1],
            "x1": point[:, 0],
            "x2": point[:, 1],
        }

    return _formula_sweep("rosenbrock", objective, points, rosenbrock["sweep"], columns)


def objective_sweep(entry: Mapping) -> Sweep:
    """Return the sweep on a further objective of the configuration.

    Parameters
    ----------
    entry : Mapping
        An entry of the configuration's `objectives`.

    Returns
    -------
    Sweep
        Its columns are those of `descent.tables.schemas.OBJECTIVE_SWEEP`.
    """
    objective = OBJECTIVES[entry["objective"]](**entry["parameters"])
    points = starts_of(entry["sweep"]["starts"], entry["dimension"], OBJECTIVE_STARTS)
    return _formula_sweep(entry["name"], objective, points, entry["sweep"], lambda *_: {})


def network_sweep(
    network: Mapping,
    x: np.ndarray,
    labels: np.ndarray,
    test_x: np.ndarray,
    test_labels: np.ndarray,
) -> Sweep:
    """Return the sweep of trainings.

    Parameters
    ----------
    network : Mapping
        The configuration's section.
    x, labels : numpy.ndarray
        Samples to train on.
    test_x, test_labels : numpy.ndarray
        Fresh samples to be judged on.

    Returns
    -------
    Sweep
        Its columns are those of `descent.tables.schemas.NETWORK_SWEEP`.
    """
    grid, layers = network["sweep"], network["layers"]
    seeds = seeds_of(grid["seeds"])
    problems = tuple(sorted(grid["initials"]))
    initial = np.array(
        [initial_parameters(layers, seeds, **network["initial"], initial=name) for name in problems]
    )
    settings = settings_of(grid)
    training = network_objective(x, labels, layers)
    held_out = network_objective(test_x, test_labels, layers)

    def run(
        problem: np.ndarray, setting: np.ndarray, start: np.ndarray, engine: str, threads: int
    ) -> dict[str, np.ndarray]:
        weights = initial[problem, start]
        outcomes = _by_method(
            settings,
            setting,
            lambda method, runs, parameters: train_many(
                x, labels, layers, weights[runs], method, grid["iterations"],
                target=grid["target"], engine=engine, threads=threads, **parameters,
            ),
        )  # fmt: skip
        compiled = engine == "numba"
        seen = compiled_objective(training) if compiled else training
        fresh = compiled_objective(held_out) if compiled else held_out
        judged = [
            judge(point.T, seen, fresh, len(test_labels))
            for point in np.split(
                outcomes["point"], range(JUDGED_AT_ONCE, len(start), JUDGED_AT_ONCE)
            )
        ]
        return {
            "initial": np.array(problems)[problem],
            "seed": np.array(seeds)[start],
            "status": outcomes["status"],
            "iterations": outcomes["iterations"],
            "loss": outcomes["value"],
            **{name: np.concatenate([part[name] for part in judged]) for name in judged[0]},
        }

    tuning = tuning_starts(len(seeds), grid["tuning"])
    work = float(grid["iterations"] * len(x) * initial.shape[2])
    return Sweep(problems, settings, len(seeds), tuning, run, work, training.kernel)


def run_blocks(
    whole: Sweep, first: int, last: int, engine: str = "auto", threads: int = 1
) -> Iterator[dict[str, np.ndarray]]:
    """Advance some of a sweep's runs, block by block.

    Parameters
    ----------
    whole : Sweep
        The sweep.
    first, last : int
        The runs from `first` up to `last`, which is not among them, in the order of the table.
    engine : {'auto', 'numpy', 'numba'}
        As in `descent.sweep`; 'auto' chooses for the sweep as a whole.
    threads : int
        Threads to use; neither they nor the blocks change anything but the time.

    Yields
    ------
    dict
        Columns of the next runs.
    """
    if engine == "auto":
        worth_it = whole.kernel and worth_compiling(whole.kernel, whole.runs * whole.work)
        engine = "numba" if worth_it else "numpy"
    size = int(np.clip(WORK / whole.work, SMALLEST_BLOCK, LARGEST_BLOCK))
    shape = (len(whole.problems), len(whole.settings["method"]), whole.starts)
    for begin in range(first, last, size):
        runs = np.arange(begin, min(begin + size, last))
        problem, setting, start = np.unravel_index(runs, shape)
        yield {
            **{name: column[setting] for name, column in whole.settings.items()},
            "part": np.where(start < whole.tuning, "tuning", "held_out"),
            **whole.run(problem, setting, start, engine, threads),
        }


# ── Settings and starts ──────────────────────────────────────────────────────────────────────


def settings_of(grid: Mapping) -> dict[str, np.ndarray]:
    """Return every setting of a sweep, sorted by method, learning rate and other parameters.

    Parameters
    ----------
    grid : Mapping
        A `sweep` of the configuration. Each method gets all learning rates, with all values of
        its other parameters that the grid names; those it does not name keep their defaults.

    Returns
    -------
    dict
        The columns `descent.tables.schemas.SETTING`. A momentum is 0 for methods that have none; another
        parameter is then NaN.
    """
    rates = logarithmic_grid(**grid["learning_rate"])
    rows = []
    for method in sorted(grid["methods"]):
        values = []
        for name in PARAMETERS:
            if name == "learning_rate":
                values.append(list(rates))
            elif name in METHODS[method].parameters:
                values.append(sorted(grid.get(name) or [METHODS[method].parameters[name]]))
            else:
                values.append([0.0 if name == "momentum" else np.nan])
        rows += [(method, *row) for row in product(*values)]
    columns = zip(*rows, strict=True)
    return {
        name: np.array(column)
        for name, column in zip(("method", *PARAMETERS), columns, strict=True)
    }


def parameters_of(method: str, settings: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Return a method's own parameters from the columns of settings."""
    return {name: settings[name] for name in METHODS[method].parameters}


def logarithmic_grid(low: float, high: float, count: int) -> np.ndarray:
    """Return values evenly spaced on a logarithmic scale, the same bits on every machine."""
    if count == 1:
        return np.array([low])
    with localcontext() as context:
        context.prec = 30
        first, ratio = Decimal(repr(low)), Decimal(repr(high)) / Decimal(repr(low))
        return np.array([float(first * ratio ** (Decimal(i) / (count - 1))) for i in range(count)])


def starts_of(starts: Mapping, dimension: int, purpose: str) -> np.ndarray:
    """Return random starts, uniform on a cube, shape (count, dimension)."""
    places = uniform(starts["seed"], purpose, 0, starts["count"], dimension)
    return starts["low"] + (starts["high"] - starts["low"]) * places


def seeds_of(seeds: Mapping) -> range:
    """Return the consecutive seeds that a configuration describes."""
    return range(seeds["first"], seeds["first"] + seeds["count"])


def tuning_starts(count: int, share: float) -> int:
    """Return how many starts are to tune on, so that one at least remains to judge by."""
    return max(min(round(count * share), count - 1), min(1, count - 1))


# ── Outcomes ─────────────────────────────────────────────────────────────────────────────────


def judge(
    points: np.ndarray, training: Objective, held_out: Objective, samples: int
) -> dict[str, np.ndarray]:
    """Return trained networks' accuracy, and their mean loss and accuracy on held-out samples."""
    assert training.measure is not None
    assert held_out.measure is not None
    with np.errstate(all="ignore"):
        loss, _ = held_out.evaluate(points)
        return {
            "accuracy": training.measure(points),
            "test_loss": np.where(np.isfinite(loss), loss / samples, np.nan),
            "test_accuracy": held_out.measure(points),
        }


def _formula_sweep(
    problem: str, objective: Objective, points: np.ndarray, grid: Mapping, more: Callable
) -> Sweep:
    """Return the sweep of a formula from some points; `more` gives further columns."""
    settings = settings_of(grid)

    def run(
        problem: np.ndarray, setting: np.ndarray, start: np.ndarray, engine: str, threads: int
    ) -> dict[str, np.ndarray]:
        outcomes = _by_method(
            settings,
            setting,
            lambda method, runs, parameters: sweep(
                objective, method, points[start[runs]], grid["iterations"],
                target=grid["target"], engine=engine, threads=threads, **parameters,
            ),
        )  # fmt: skip
        point = outcomes.pop("point")
        return {"start": start, **outcomes, **more(start, point)}

    tuning = tuning_starts(len(points), grid["tuning"])
    work = float(grid["iterations"] * points.shape[1])
    return Sweep((problem,), settings, len(points), tuning, run, work, objective.kernel)


def _by_method(
    settings: Mapping[str, np.ndarray], setting: np.ndarray, advance: Callable
) -> dict[str, np.ndarray]:
    """Advance runs method by method, as each has its own kernel, and put outcomes in their order.

    `advance` takes a method, which of the runs are its own, and their parameters.
    """
    methods = settings["method"][setting]
    blocks, places = [], []
    for method in np.unique(methods):
        runs = np.flatnonzero(methods == method)
        own = {name: column[setting[runs]] for name, column in settings.items()}
        blocks.append(advance(str(method), runs, parameters_of(str(method), own)))
        places.append(runs)
    order = np.argsort(np.concatenate(places), kind="stable")
    names = ("status", "iterations", "value", "point")
    return {
        name: np.concatenate([getattr(block, name) for block in blocks])[order] for name in names
    }
