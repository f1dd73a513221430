"""Checks of the network against independent truths."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from descent.core.networks import backpropagate, forward, layers_of, pack, parameter_names
from descent.core.random_streams import uniform

STEP = 1e-20  # of the complex step: no subtraction, so nothing is lost by making it tiny
LEAST_SHARE = 1e-6  # of a derivative in its terms: below it rounding may be all that is left


class CheckError(ValueError):
    """A computed number that is not what it must be."""


def check_forward(
    weights: Sequence,
    biases: Sequence,
    points: Sequence,
    expected: Sequence,
    decimals: int,
) -> dict[str, np.ndarray]:
    """Compare a network's probabilities with expected ones.

    Parameters
    ----------
    weights, biases : sequence of array_like
        Of each layer.
    points : array_like, shape (n, d)
        Inputs.
    expected : array_like, shape (n, k)
        Probabilities that must come out.
    decimals : int
        Decimals to which they must agree after rounding.

    Returns
    -------
    dict
        Columns of `descent.tables.schemas.FORWARD`.

    Raises
    ------
    CheckError
        If any probability differs: one line per entry, with the expected and the found value.
    """
    probability = forward(pack(weights, biases), points, layers_of(weights))
    known = np.asarray(expected, float)
    wrong = np.argwhere(np.round(probability, decimals) != np.round(known, decimals))
    if len(wrong):
        lines = [
            f"  forward.expected[{i}][{j}]: expected {known[i, j]:.{decimals}f}, "
            f"found {probability[i, j]:.{decimals}f}"
            for i, j in wrong
        ]
        raise CheckError(
            f"{len(wrong)} of {known.size} probabilities differ in the first {decimals} "
            "decimals\n" + "\n".join(lines)
        )
    point, label = np.indices(known.shape)
    return {
        "point": point.ravel(),
        "class": label.ravel(),
        "probability": probability.ravel(),
        "expected": known.ravel(),
        "difference": (probability - known).ravel(),
    }


def check_gradients(
    x: np.ndarray,
    labels: np.ndarray,
    layers: Sequence[int],
    networks: int,
    seed: int,
    tolerance: float,
) -> dict[str, np.ndarray]:
    """Compare backpropagation with the complex step on random networks, parameter by parameter.

    The parameters are uniform on (-1, 1): fresh ones, since a trained network has dead units,
    whose zero derivatives would hide errors. The complex step (Squire & Trapp 1998) takes
    ∂f/∂p = Im f(p + i h) / h. It moves no unit across the kink of ReLU and subtracts nothing, so
    what limits the agreement is rounding in the sums over the samples, which counts the more the
    better a derivative's terms cancel. Where a derivative is less than a millionth of its terms,
    the derivatives of the logits (as with a network that is certain and right), and the two would
    differ by more than the tolerance, the error is relative to that millionth.

    Parameters
    ----------
    x, labels, layers
        Data and network, as in `descent.backpropagate`.
    networks : int
        How many random networks.
    seed : int
        Seed of their parameters.
    tolerance : float
        Largest relative error that passes.

    Returns
    -------
    dict
        Columns of `descent.tables.schemas.GRADIENTS`.

    Raises
    ------
    CheckError
        If a derivative differs by more: one line for each of the worst ten.
    """
    names = parameter_names(layers)
    draws = uniform(seed, "gradient check", 0, networks, len(names))
    parameters = 2.0 * draws - 1.0
    analytic = backpropagate(parameters, x, labels, layers)[1]
    numeric = np.array([complex_step_gradient(p, x, labels, layers) for p in parameters])
    error = relative_error(analytic, numeric)
    for i, j in np.argwhere(~(error <= tolerance)):
        least = LEAST_SHARE * _size_of_terms(parameters[i], j, x, layers)
        difference = abs(analytic[i, j] - numeric[i, j])
        error[i, j] = difference / max(abs(analytic[i, j]), abs(numeric[i, j]), least)
    if (wrong := np.argwhere(~(error <= tolerance))).size:
        lines = [
            f"  network {i}, {names[j]}: backpropagation {analytic[i, j]:.12g}, "
            f"complex step {numeric[i, j]:.12g}, relative error {error[i, j]:.2g}"
            for i, j in sorted(wrong, key=lambda place: -error[tuple(place)])[:10]
        ]
        raise CheckError(
            f"{len(wrong)} of {error.size} derivatives differ by more than "
            f"network.gradient_check.tolerance = {tolerance:g}\n" + "\n".join(lines)
        )
    network, parameter = np.indices(error.shape)
    return {
        "network": network.ravel(),
        "parameter": np.array(names)[parameter.ravel()],
        "analytic": analytic.ravel(),
        "numeric": numeric.ravel(),
        "relative_error": error.ravel(),
    }


def relative_error(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Return the difference relative to the larger of the two; 0 where both are 0."""
    size = np.maximum(np.abs(first), np.abs(second))
    return np.abs(first - second) / np.where(size > 0.0, size, 1.0)


def complex_step_gradient(
    parameters: np.ndarray, x: np.ndarray, labels: np.ndarray, layers: Sequence[int]
) -> np.ndarray:
    """Differentiate the loss by the complex step, one parameter after the other.

    It shares no formula with `descent.core.networks`: matrix products, exp and log are NumPy's.

    Parameters
    ----------
    parameters : numpy.ndarray, shape (p,)
        Where to differentiate.
    x, labels, layers
        Data and network, as in `descent.backpropagate`.

    Returns
    -------
    numpy.ndarray, shape (p,)
        Derivatives.

    References
    ----------
    Squire, W. & Trapp, G. (1998). Using complex variables to estimate derivatives of real
    functions. SIAM Review 40(1), 110-112, eq. (4).
    """
    gradient = np.empty(len(parameters))
    for i in range(len(parameters)):
        h = _complex_logits(parameters, i, x, layers)
        h = h - h.real.max(axis=1, keepdims=True)
        loss = (np.log(np.exp(h).sum(axis=1)) - h[np.arange(len(labels)), labels]).sum()
        gradient[i] = loss.imag / STEP
    return gradient


def _size_of_terms(
    parameters: np.ndarray, moved: int, x: np.ndarray, layers: Sequence[int]
) -> float:
    """Return the sum of the derivatives of all logits by a parameter, in size."""
    return float(np.abs(_complex_logits(parameters, moved, x, layers).imag).sum() / STEP)


def _complex_logits(
    parameters: np.ndarray, moved: int, x: np.ndarray, layers: Sequence[int]
) -> np.ndarray:
    """Return the logits (n, k) with a complex step along one parameter."""
    parameters = parameters.astype(complex)
    parameters[moved] += 1j * STEP
    weights_end = sum(m * n for m, n in pairwise(layers))
    weight, bias = parameters[:weights_end], parameters[weights_end:]
    h = x.astype(complex)
    for k, (inputs, units) in enumerate(pairwise(layers)):
        matrix, weight = weight[: units * inputs].reshape(units, inputs), weight[units * inputs :]
        z, bias = h @ matrix.T + bias[:units], bias[units:]
        h = np.where(z.real > 0, z, 0) if k < len(layers) - 2 else z
    return h
