"""The parts of the study: from a section of the configuration to the columns of its table."""

from collections.abc import Mapping
from itertools import product

import numpy as np

from descent.descents import descend, sweep
from descent.networks import accuracy, parameter_names
from descent.objectives import rosenbrock_objective
from descent.streams import legacy_uniform, uniform
from descent.training import initial_parameters, train_each, train_many


def descend_rosenbrock(rosenbrock: Mapping) -> dict[str, np.ndarray]:
    """Descend once per named run.

    Parameters
    ----------
    rosenbrock : Mapping
        The configuration's section.

    Returns
    -------
    dict
        Columns of `descent.tables.TRAJECTORIES`, run after run.
    """
    objective = rosenbrock_objective(rosenbrock["a"], rosenbrock["b"])
    blocks = []
    for run in rosenbrock["runs"]:
        trajectory = descend(
            objective,
            run["method"],
            start_of(run["start"], rosenbrock["seed"]),
            run["iterations"],
            run["learning_rate"],
            run["momentum"],
        )
        blocks.append(
            _settings(run, len(trajectory.values))
            | {
                "iteration": np.arange(len(trajectory.values)),
                "x1": trajectory.points[:, 0],
                "x2": trajectory.points[:, 1],
                "value": trajectory.values,
            }
        )
    return stack(blocks)


def start_of(start: list | Mapping, seed: int) -> np.ndarray:
    """Return a run's start: the point itself, or its draw from NumPy's legacy stream."""
    if not isinstance(start, Mapping):
        return np.array(start)
    place = legacy_uniform(seed, 2 * start["draw"], 2)
    return start["low"] + (start["high"] - start["low"]) * place


def sweep_rosenbrock(rosenbrock: Mapping, threads: int = 1) -> dict[str, np.ndarray]:
    """Descend from every start with every learning rate and momentum.

    Parameters
    ----------
    rosenbrock : Mapping
        The configuration's section.
    threads : int
        Threads to use; they change nothing but the time.

    Returns
    -------
    dict
        Columns of `descent.tables.ROSENBROCK_SWEEP`, in its order.
    """
    grid = rosenbrock["sweep"]
    starts = grid["starts"]
    places = uniform(starts["seed"], "rosenbrock starts", 0, starts["count"], 2)
    points = starts["low"] + (starts["high"] - starts["low"]) * places
    method, learning_rate, momentum, start = _cells(grid, np.arange(len(points)))
    outcomes = sweep(
        rosenbrock_objective(rosenbrock["a"], rosenbrock["b"]),
        "momentum",  # with momentum 0 it is gradient descent, bit for bit
        points[start],
        grid["iterations"],
        learning_rate,
        momentum,
        target=grid["target"],
        threads=threads,
    )
    return {
        "method": method,
        "learning_rate": learning_rate,
        "momentum": momentum,
        "start": start,
        "start_x1": points[start, 0],
        "start_x2": points[start, 1],
        "status": outcomes.status,
        "iterations": outcomes.iterations,
        "value": outcomes.value,
        "x1": outcomes.point[:, 0],
        "x2": outcomes.point[:, 1],
    }


def train_network(
    network: Mapping, x: np.ndarray, labels: np.ndarray
) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Train the network once per named run and seed.

    Parameters
    ----------
    network : Mapping
        The configuration's section.
    x, labels : numpy.ndarray
        The samples.

    Returns
    -------
    training, parameters : dict
        Columns of `descent.tables.TRAINING` and of `descent.tables.TRAINED`.
    """
    layers, seeds = network["layers"], seeds_of(network["seeds"])
    initial = initial_parameters(layers, seeds, **network["initial"])
    names = np.array(parameter_names(layers))
    blocks: list[dict] = []
    trained: list[dict] = []
    for run in network["runs"]:
        trajectories = train_each(
            x,
            labels,
            layers,
            initial,
            run["method"],
            run["iterations"],
            run["learning_rate"],
            run["momentum"],
        )
        for seed, trajectory in zip(seeds, trajectories, strict=True):
            length = len(trajectory.values)
            blocks.append(
                _settings(run, length)
                | {
                    "seed": np.full(length, seed),
                    "iteration": np.arange(length),
                    "loss": trajectory.values,
                    "accuracy": trajectory.measure,
                }
            )
            trained.append(
                {
                    "run": np.full(len(names), run["name"]),
                    "seed": np.full(len(names), seed),
                    "parameter": names,
                    "value": trajectory.points[-1],
                }
            )
    return stack(blocks), stack(trained)


def sweep_network(
    network: Mapping,
    x: np.ndarray,
    labels: np.ndarray,
    test_x: np.ndarray,
    test_labels: np.ndarray,
    threads: int = 1,
) -> dict[str, np.ndarray]:
    """Train from every seed with every learning rate and momentum.

    Parameters
    ----------
    network : Mapping
        The configuration's section.
    x, labels : numpy.ndarray
        Samples to train on.
    test_x, test_labels : numpy.ndarray
        Fresh samples to be judged on.
    threads : int
        Threads to use; they change nothing but the time.

    Returns
    -------
    dict
        Columns of `descent.tables.NETWORK_SWEEP`, in its order.
    """
    grid, layers = network["sweep"], network["layers"]
    seeds = seeds_of(grid["seeds"])
    initial = initial_parameters(layers, seeds, **network["initial"])
    method, learning_rate, momentum, index = _cells(grid, np.arange(len(seeds)))
    outcomes = train_many(
        x,
        labels,
        layers,
        initial[index],
        "momentum",  # with momentum 0 it is gradient descent, bit for bit
        grid["iterations"],
        learning_rate,
        momentum,
        target=grid["target"],
        threads=threads,
    )
    return {
        "method": method,
        "learning_rate": learning_rate,
        "momentum": momentum,
        "seed": np.array(seeds)[index],
        "status": outcomes.status,
        "iterations": outcomes.iterations,
        "loss": outcomes.value,
        "accuracy": np.array([accuracy(p, x, labels, layers) for p in outcomes.point]),
        "test_accuracy": np.array(
            [accuracy(p, test_x, test_labels, layers) for p in outcomes.point]
        ),
    }


def seeds_of(seeds: Mapping) -> range:
    """Return the consecutive seeds that a configuration describes."""
    return range(seeds["first"], seeds["first"] + seeds["count"])


def logarithmic_grid(low: float, high: float, count: int) -> np.ndarray:
    """Return values evenly spaced on a logarithmic scale; the ends are exact."""
    return np.geomspace(low, high, count)


def stack(blocks: list[dict[str, np.ndarray]]) -> dict[str, np.ndarray]:
    """Put blocks of the same columns below one another."""
    return {name: np.concatenate([block[name] for block in blocks]) for name in blocks[0]}


def _settings(run: Mapping, length: int) -> dict[str, np.ndarray]:
    """Return the columns that name a run and its settings."""
    return {
        "run": np.full(length, run["name"]),
        "method": np.full(length, run["method"]),
        "learning_rate": np.full(length, run["learning_rate"]),
        "momentum": np.full(length, run["momentum"] or 0.0),
    }


def _cells(grid: Mapping, starts: np.ndarray) -> tuple[np.ndarray, ...]:
    """Return method, learning rate, momentum and start of every run, sorted in this order."""
    rates = logarithmic_grid(**grid["learning_rate"])
    momenta = sorted(grid["momentum"])
    plain = product(rates, momenta[:1], starts)  # momentum 0: gradient descent
    heavy = product(rates, momenta[1:], starts)
    learning_rate, momentum, start = np.array([*plain, *heavy]).T
    method = np.where(momentum == 0.0, "gradient_descent", "momentum")
    return method, learning_rate, momentum, start.astype(int)
