"""Training of a network: its initial weights, one training, or many at once."""

from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike

from descent.engine.descents import Outcomes, Trajectory, descend_many, sweep
from descent.core.networks import network_objective, parameter_count
from descent.core.random_streams import normal, uniform

# A run that spent its budget sits on the plateau when it explains less than this share of the
# entropy of the labels: it does no better than a constant prediction.
PLATEAU = 0.01


def initial_parameters(
    layers: Sequence[int],
    seeds: Sequence[int],
    low: float = -0.1,
    high: float = 0.1,
    *,
    initial: str = "uniform",
) -> np.ndarray:
    """Draw initial weights and biases.

    Parameters
    ----------
    layers : sequence of int
        Units per layer, inputs first.
    seeds : sequence of int
        One network per seed; each has streams of its own.
    low, high : float
        The interval of `uniform`.
    initial : {'uniform', 'he'}
        ``uniform``: weights and biases uniform on [low, high); ``he``: weights normal with mean 0
        and variance 2 / inputs of their unit, biases 0, so that signals keep their size from
        layer to layer of rectified units.

    Returns
    -------
    numpy.ndarray, shape (seeds, p)
        Parameters. A network's are the same whatever other seeds are asked for.

    Raises
    ------
    ValueError
        If the initialisation is unknown.

    References
    ----------
    He, K., Zhang, X., Ren, S. & Sun, J. (2015). Delving deep into rectifiers: surpassing
    human-level performance on ImageNet classification. ICCV, 1026-1034, eq. (10).
    """
    size = parameter_count(layers)
    if initial == "uniform":
        return low + (high - low) * _drawn(uniform, seeds, "initial weights", size)
    if initial == "he":
        inputs = np.repeat(layers[:-1], [m * n for m, n in pairwise(layers)])  # of each weight
        weights = np.sqrt(2.0 / inputs) * _drawn(normal, seeds, "he weights", len(inputs))
        return np.pad(weights, ((0, 0), (0, size - len(inputs))))
    raise ValueError(f"initial = {initial!r} must be 'uniform' or 'he'")


def _drawn(source: Callable, seeds: Sequence[int], purpose: str, size: int) -> np.ndarray:
    """Draw so many numbers for each seed, from a stream of its own."""
    return np.array([source(seed, purpose, 0, 1, size)[0] for seed in seeds]).reshape(-1, size)


def train(
    x: np.ndarray,
    labels: np.ndarray,
    layers: Sequence[int],
    initial: ArrayLike,
    method: str,
    iterations: int,
    learning_rate: float,
    momentum: float | None = None,
    **parameters: float,
) -> Trajectory:
    """Train one network on all samples at once and keep every iterate.

    Parameters
    ----------
    x, labels, layers
        Data and network, as in `descent.backpropagate`.
    initial : array_like, shape (p,)
        Initial weights and biases, for example from `initial_parameters`.
    method, iterations, learning_rate, momentum, **parameters
        As in `descent.descend`. The loss is summed over the samples, so that a learning rate η
        here is η · n where the loss is averaged.

    Returns
    -------
    Trajectory
        Parameters and losses; the accuracy is its measure.

    Raises
    ------
    ValueError
        If the data, parameters or method do not fit.
    """
    starts, settings = np.array([initial], float), (learning_rate, momentum)
    return train_each(x, labels, layers, starts, method, iterations, *settings, **parameters)[0]


def train_each(
    x: np.ndarray,
    labels: np.ndarray,
    layers: Sequence[int],
    initial: ArrayLike,
    method: str,
    iterations: int,
    learning_rate: float,
    momentum: float | None = None,
    **parameters: float,
) -> list[Trajectory]:
    """Train a network from each of many initial parameters (runs, p); otherwise as `train`."""
    objective, settings = network_objective(x, labels, layers), (learning_rate, momentum)
    return descend_many(objective, method, initial, iterations, *settings, **parameters)


def train_many(
    x: np.ndarray,
    labels: np.ndarray,
    layers: Sequence[int],
    initial: ArrayLike,
    method: str,
    iterations: int,
    learning_rate: ArrayLike,
    momentum: ArrayLike | None = None,
    *,
    target: float | None = None,
    engine: str = "auto",
    threads: int = 1,
    **parameters: ArrayLike,
) -> Outcomes:
    """Train many networks together, each until it reaches the target or ends otherwise.

    Parameters
    ----------
    x, labels, layers
        As in `train`.
    initial : array_like, shape (runs, p)
        Initial weights and biases of each run.
    method, iterations
        As in `train`.
    learning_rate, momentum, engine, threads, **parameters
        As in `descent.sweep`.
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
    outcomes = sweep(
        objective,
        method,
        initial,
        iterations,
        learning_rate,
        momentum,
        target=total,
        engine=engine,
        threads=threads,
        **parameters,
    )
    stuck = (outcomes.status == "budget") & on_plateau(outcomes.value, labels)
    return outcomes._replace(status=np.where(stuck, "plateau", outcomes.status))


def on_plateau(loss: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Tell which summed losses are hardly better than a constant prediction's, or worse.

    Labels of a single class have no plateau: there the best constant prediction is perfect.
    """
    entropy = label_entropy(labels)
    return (loss >= (1.0 - PLATEAU) * entropy) & (entropy > 0.0)


def label_entropy(labels: np.ndarray) -> float:
    """Return the loss of the best constant prediction, n · ln k for k classes of one size."""
    counts = np.bincount(labels)
    counts = counts[counts > 0]
    return float((counts * np.log(counts.sum() / counts)).sum())
