"""Training of a network: its initial weights, one training, or many at once."""

from collections.abc import Sequence

import numpy as np

from descent.descents import Outcomes, Trajectory, descend_many, sweep
from descent.networks import network_objective, parameter_count
from descent.streams import uniform

# A run that spent its budget sits on the plateau when it explains less than this share of the
# entropy of the labels: it does no better than a constant prediction.
PLATEAU = 0.01


def initial_parameters(
    layers: Sequence[int], seeds: Sequence[int], low: float = -0.1, high: float = 0.1
) -> np.ndarray:
    """Draw initial weights and biases, uniform on [low, high).

    Parameters
    ----------
    layers : sequence of int
        Units per layer.
    seeds : sequence of int
        One network per seed; each has a stream of its own.
    low, high : float
        The interval.

    Returns
    -------
    numpy.ndarray, shape (seeds, p)
        Parameters.
    """
    size = parameter_count(layers)
    draws = [uniform(seed, "initial weights", 0, 1, size)[0] for seed in seeds]
    return low + (high - low) * np.array(draws)


def train(
    x: np.ndarray,
    labels: np.ndarray,
    layers: Sequence[int],
    parameters: np.ndarray,
    method: str,
    iterations: int,
    learning_rate: float,
    momentum: float = 0.0,
) -> Trajectory:
    """Train one network on all samples at once and keep every iterate.

    Parameters
    ----------
    x, labels, layers
        Data and network, as in `descent.backpropagate`.
    parameters : array_like, shape (p,)
        Initial weights and biases, for example from `initial_parameters`.
    method, iterations, learning_rate, momentum
        As in `descent.descend`. The loss is summed over the samples, so that a learning rate η
        here is η · n where the loss is averaged.

    Returns
    -------
    Trajectory
        Parameters and losses; the accuracy is its first measure.

    Raises
    ------
    ValueError
        If the data, parameters or method do not fit.
    """
    starts = np.array([parameters], float)
    return train_each(x, labels, layers, starts, method, iterations, learning_rate, momentum)[0]


def train_each(
    x: np.ndarray,
    labels: np.ndarray,
    layers: Sequence[int],
    parameters: np.ndarray,
    method: str,
    iterations: int,
    learning_rate: float,
    momentum: float = 0.0,
) -> list[Trajectory]:
    """Train a network from each of many initial parameters (runs, p); otherwise as `train`."""
    objective = network_objective(x, labels, layers)
    return descend_many(objective, method, parameters, iterations, learning_rate, momentum)


def train_many(
    x: np.ndarray,
    labels: np.ndarray,
    layers: Sequence[int],
    parameters: np.ndarray,
    method: str,
    iterations: int,
    learning_rate: np.ndarray | float,
    momentum: np.ndarray | float = 0.0,
    target: float | None = None,
) -> Outcomes:
    """Train many networks together, each until it reaches the target or ends otherwise.

    Parameters
    ----------
    x, labels, layers
        As in `train`.
    parameters : array_like, shape (runs, p)
        Initial weights and biases of each run.
    method, iterations
        As in `train`.
    learning_rate, momentum : array_like, shape (runs,) or scalar
        Parameters of the method, run by run.
    target : float, optional
        Mean cross-entropy (nats per sample) at which a run has reached its goal.

    Returns
    -------
    Outcomes
        As of `descent.sweep`, with one more status: a run `plateau` spent its budget and
        explains less than 1 % of the labels' entropy.

    Raises
    ------
    ValueError
        If the data, parameters or method do not fit.
    """
    objective = network_objective(x, labels, layers)
    total = None if target is None else target * len(labels)
    outcomes = sweep(objective, method, parameters, iterations, learning_rate, momentum, total)
    stuck = (outcomes.status == "budget") & (
        outcomes.value >= (1.0 - PLATEAU) * label_entropy(labels)
    )
    return outcomes._replace(status=np.where(stuck, "plateau", outcomes.status))


def label_entropy(labels: np.ndarray) -> float:
    """Return the loss of the best constant prediction, n · ln k for k classes of one size."""
    counts = np.bincount(labels)
    counts = counts[counts > 0]
    return float(-(counts * np.log(counts / counts.sum())).sum())
