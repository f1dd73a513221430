"""The named runs: from a section of the configuration to the columns of its table."""

from collections.abc import Mapping

import numpy as np

from descent.engine.descents import descend
from descent.core.methods import METHODS
from descent.core.networks import parameter_names
from descent.core.objectives import rosenbrock_objective
from descent.core.random_streams import legacy_uniform
from descent.study.sweeps import seeds_of
from descent.engine.training import initial_parameters, train_each


def descend_rosenbrock(rosenbrock: Mapping) -> dict[str, np.ndarray]:
    """Descend once per named run.

    Parameters
    ----------
    rosenbrock : Mapping
        The configuration's section.

    Returns
    -------
    dict
        Columns of `descent.tables.schemas.TRAJECTORIES`, run after run.
    """
    objective = rosenbrock_objective(rosenbrock["a"], rosenbrock["b"])
    blocks = []
    for run in rosenbrock["runs"]:
        trajectory = descend(
            objective,
            run["method"],
            start_of(run["start"], rosenbrock["seed"]),
            run["iterations"],
            **parameters_of(run),
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
        Columns of `descent.tables.schemas.TRAINING` and of `descent.tables.schemas.TRAINED`.
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
            **parameters_of(run),
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


def stack(blocks: list[dict[str, np.ndarray]]) -> dict[str, np.ndarray]:
    """Put blocks of the same columns below one another."""
    return {name: np.concatenate([block[name] for block in blocks]) for name in blocks[0]}


def parameters_of(run: Mapping) -> dict[str, float]:
    """Return the parameters that a named run gives to its method."""
    names = METHODS[run["method"]].parameters
    return {name: run[name] for name in names if run.get(name) is not None}


def _settings(run: Mapping, length: int) -> dict[str, np.ndarray]:
    """Return the columns that name a run and its settings."""
    return {
        "run": np.full(length, run["name"]),
        "method": np.full(length, run["method"]),
        "learning_rate": np.full(length, run["learning_rate"]),
        "momentum": np.full(length, run["momentum"] or 0.0),
    }
