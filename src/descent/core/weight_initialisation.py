"""Weight initialisation: the parameters that a network's training starts from."""

from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np

from descent.core.networks import parameter_count
from descent.core.random_streams import normal, uniform


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
        return low + (high - low) * _draw_for_each(uniform, seeds, "initial weights", size)
    if initial == "he":
        inputs = np.repeat(layers[:-1], [m * n for m, n in pairwise(layers)])  # of each weight
        drawn = _draw_for_each(normal, seeds, "he weights", len(inputs))
        return np.pad(np.sqrt(2.0 / inputs) * drawn, ((0, 0), (0, size - len(inputs))))
    raise ValueError(f"initial = {initial!r} must be 'uniform' or 'he'")


def _draw_for_each(source: Callable, seeds: Sequence[int], purpose: str, size: int) -> np.ndarray:
    """Draw so many numbers for each seed, from a stream of its own."""
    return np.array([source(seed, purpose, 0, 1, size)[0] for seed in seeds]).reshape(-1, size)
