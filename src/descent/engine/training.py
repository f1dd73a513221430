"""Training of a network: one training with its whole trajectory, or many together."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from descent.core.networks import network_objective
from descent.engine.descents import Outcomes, Trajectory, descend, sweep


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
        Initial weights and biases, for example from
        `descent.core.weight_initialisation.initial_parameters`.
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
    objective = network_objective(x, labels, layers)
    return descend(objective, method, initial, iterations, learning_rate, momentum, **parameters)


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
    hold: int = 1,
    targets: Sequence[float] = (),
    holds: Sequence[int] = (),
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
    method, iterations, learning_rate, momentum, engine, threads, **parameters
        As in `descent.sweep`.
    target : float, optional
        Mean cross-entropy (nats per sample) at which a run has reached its target.
    hold, targets, holds
        As in `descent.sweep`; targets are means, too.

    Returns
    -------
    Outcomes
        As of `descent.sweep`. A run that spent its budget is `dead` where no sample gives a
        gradient to any weight, and `stuck` where it else explains less than 1 % of the labels'
        entropy.

    Raises
    ------
    ValueError
        If the data, parameters or method do not fit.
    """
    return sweep(
        network_objective(x, labels, layers),
        method,
        initial,
        iterations,
        learning_rate,
        momentum,
        target=None if target is None else float(target) * len(labels),
        hold=hold,
        targets=[float(one) * len(labels) for one in targets],
        holds=holds,
        engine=engine,
        threads=threads,
        **parameters,
    )
