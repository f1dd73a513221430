"""The named runs: from a section of the configuration to the columns of its table."""

from collections.abc import Mapping

import numpy as np

from descent.core.methods import METHODS
from descent.core.networks import network_objective, parameter_names
from descent.core.objectives import OBJECTIVES
from descent.core.problem import seeds_of
from descent.core.random_streams import legacy_uniform
from descent.core.weight_initialisation import initial_parameters
from descent.engine.descents import descend_many

Columns = dict[str, np.ndarray]


def descend_rosenbrock(rosenbrock: Mapping) -> Columns:
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
    objective = OBJECTIVES["rosenbrock"].build(a=rosenbrock["a"], b=rosenbrock["b"])
    blocks = []
    for run in rosenbrock["runs"]:
        start = start_of(run["start"], rosenbrock["seed"])
        (path,) = descend_many(
            objective, run["method"], start[None], run["iterations"], **given_parameters(run)
        )
        columns = {
            "iteration": np.arange(len(path.values)),
            "x1": path.points[:, 0],
            "x2": path.points[:, 1],
            "value": path.values,
        }
        blocks.append(_of_run(run, columns))
    return _joined_blocks(blocks)


def train_network(network: Mapping, x: np.ndarray, labels: np.ndarray) -> tuple[Columns, Columns]:
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
    objective, names = network_objective(x, labels, layers), np.array(parameter_names(layers))
    blocks: list[Columns] = []
    trained: list[Columns] = []
    for run in network["runs"]:
        paths = descend_many(
            objective, run["method"], initial, run["iterations"], **given_parameters(run)
        )
        for seed, path in zip(seeds, paths, strict=True):
            columns = {
                "seed": seed,
                "iteration": np.arange(len(path.values)),
                "loss": path.values,
                "accuracy": path.measure,
            }
            blocks.append(_of_run(run, columns))
            ends = {"run": run["name"], "seed": seed, "parameter": names, "value": path.points[-1]}
            trained.append(ends)
    return _joined_blocks(blocks), _joined_blocks(trained)


def start_of(start: list | Mapping, seed: int) -> np.ndarray:
    """Return a run's start: the point itself, or its draw from NumPy's legacy stream."""
    if not isinstance(start, Mapping):
        return np.array(start)
    place = legacy_uniform(seed, 2 * start["draw"], 2)
    return start["low"] + (start["high"] - start["low"]) * place


def given_parameters(run: Mapping) -> dict[str, float]:
    """Return the parameters that a named run gives to its method."""
    names = METHODS[run["method"]].parameters
    return {name: run[name] for name in names if run.get(name) is not None}


def _of_run(run: Mapping, columns: Mapping) -> dict:
    """Add what names a run and its setting to its columns."""
    return {
        "run": run["name"],
        "method": run["method"],
        "learning_rate": run["learning_rate"],
        "momentum": run["momentum"] or 0.0,
        **columns,
    }


def _joined_blocks(blocks: list[dict]) -> Columns:
    """Put blocks of the same columns below one another; a single value holds for its block."""
    whole = [np.broadcast_arrays(*block.values()) for block in blocks]
    return {
        name: np.concatenate([columns[i] for columns in whole]) for i, name in enumerate(blocks[0])
    }
