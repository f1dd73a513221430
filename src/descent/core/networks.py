"""A fully connected ReLU network with a softmax output, its loss and its gradient.

Layers are given by their units, for example (2, 3, 2, 3). Parameters are one flat vector in the
order W1, W2, …, Wk, b1, …, bk, each row by row; W has a row per unit and a column per input.
Functions take one vector of parameters or many at once, shape (..., p). Sums run in a fixed
order, term by term, and exp and log are the package's own, so that results are the same bits on
every machine and for any number of vectors.

Backpropagation stands twice: here in plain NumPy, and in `descent.engine.kernels` as the compiled
engine needs it. `test_engines.test_engines_agree_bit_for_bit_on_trainings` holds the two together.
"""

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from descent.core.elementary import exp, log
from descent.core.objective import Kernel, Objective

# Samples that share a logarithm: that of the product of their sums of exponentials, each of which
# is at least 1 and at most the number of classes, so that no product overflows.
SPAN = 32
MEASURED_AT_ONCE = 64  # networks, so that their activations stay in the cache
LEAST_EXPLAINED = 0.01  # share of the labels' entropy; a run that explains less is stuck


def shapes(layers: Sequence[int]) -> list[tuple[int, ...]]:
    """Return the shapes of W1, …, Wk, b1, …, bk."""
    weights = ((units, inputs) for inputs, units in pairwise(layers))
    return [*weights, *((units,) for units in layers[1:])]


def layers_of(weights: Sequence) -> list[int]:
    """Return the units per layer, inputs first, of weight matrices with a row per unit."""
    return [len(weights[0][0]), *(len(matrix) for matrix in weights)]


def parameter_count(layers: Sequence[int]) -> int:
    """Return the number of weights and biases."""
    return sum(math.prod(shape) for shape in shapes(layers))


def parameter_names(layers: Sequence[int]) -> list[str]:
    """Return the name of each parameter, for example ``W1[0,1]`` and ``b1[0]``."""
    depth = len(layers) - 1
    symbols = [f"{letter}{k}" for letter in "Wb" for k in range(1, depth + 1)]
    return [
        f"{symbol}[{','.join(map(str, index))}]"
        for symbol, shape in zip(symbols, shapes(layers), strict=True)
        for index in np.ndindex(*shape)
    ]


def pack(weights: Sequence[ArrayLike], biases: Sequence[ArrayLike]) -> np.ndarray:
    """Flatten weights (..., units, inputs) and biases (..., units) to parameters (..., p)."""
    flat = [np.asarray(weight, float).reshape(*np.shape(weight)[:-2], -1) for weight in weights]
    return np.concatenate([*flat, *(np.asarray(bias, float) for bias in biases)], axis=-1)


def unpack(parameters: ArrayLike, layers: Sequence[int]) -> tuple[list, list]:
    """Split parameters (..., p) into weights (..., units, inputs) and biases (..., units).

    Raises
    ------
    ValueError
        If the number of parameters is not that of the layers.
    """
    parameters = np.asarray(parameters, float)
    sizes = [math.prod(shape) for shape in shapes(layers)]
    if parameters.shape[-1] != sum(sizes):
        raise ValueError(
            f"layers {tuple(layers)} have {sum(sizes)} parameters, not {parameters.shape[-1]}"
        )
    pieces = np.split(parameters, np.cumsum(sizes)[:-1], axis=-1)
    batch = parameters.shape[:-1]
    arrays = [
        piece.reshape(*batch, *shape) for piece, shape in zip(pieces, shapes(layers), strict=True)
    ]
    return arrays[: len(layers) - 1], arrays[len(layers) - 1 :]


def forward(parameters: ArrayLike, x: ArrayLike, layers: Sequence[int]) -> np.ndarray:
    """Return the probabilities of the classes.

    Hidden layers compute h = max(0, W h' + b), the last one softmax(W h' + b).

    Parameters
    ----------
    parameters : array_like, shape (..., p)
        Weights and biases in the order of `parameter_names`.
    x : array_like, shape (n, d)
        Inputs.
    layers : sequence of int
        Units per layer, inputs first.

    Returns
    -------
    numpy.ndarray, shape (..., n, k)
        Probabilities; they sum to 1 to rounding and never overflow.

    Raises
    ------
    ValueError
        If the parameters or inputs do not fit the layers.

    References
    ----------
    Bishop, C. M. (2006). Pattern Recognition and Machine Learning, eqs. (5.9) and (4.104).
    """
    return np.moveaxis(_softmax(_activations(parameters, x, layers)[-1])[0], -2, -1)


def cross_entropy(
    parameters: ArrayLike, x: ArrayLike, labels: ArrayLike, layers: Sequence[int]
) -> np.ndarray:
    """Return the cross-entropy of the labels, summed over the samples, in nats.

    For logits z and label y a sample costs log Σⱼ exp(zⱼ − m) − (z_y − m) with m = maxⱼ zⱼ:
    nothing overflows, and a probability that rounds to 0 still has its finite cost. The
    logarithms of several samples' sums are taken at once, as that of their product.

    Parameters
    ----------
    parameters, x, layers
        As in `forward`.
    labels : array_like of int, shape (n,)
        Class of each sample, counted from 0.

    Returns
    -------
    numpy.ndarray, shape (...)
        Losses.

    Raises
    ------
    ValueError
        If the parameters, inputs or labels do not fit the layers.

    References
    ----------
    Bishop (2006), eq. (4.108); Blanchard, Higham & Higham (2021), Accurately computing the
    log-sum-exp and softmax functions, IMA J. Numer. Anal. 41(4), eq. (4.1).
    """
    labels = _checked_labels(labels, x, layers)
    return _loss_and_probabilities(parameters, _activations(parameters, x, layers)[-1], labels)[0]


def backpropagate(
    parameters: ArrayLike, x: ArrayLike, labels: ArrayLike, layers: Sequence[int]
) -> tuple[np.ndarray, np.ndarray]:
    """Return the loss and its gradient.

    With δₖ = ∂loss/∂zₖ and zₖ = Wₖ hₖ₋₁ + bₖ: the last δ is softmax(z) − onehot(y),
    δₖ₋₁ = Wₖᵀ δₖ ⊙ 1[zₖ₋₁ > 0], ∂loss/∂Wₖ = Σₙ δₖ hₖ₋₁ᵀ and ∂loss/∂bₖ = Σₙ δₖ. The
    derivative of ReLU at 0 is taken as 0.

    Parameters
    ----------
    parameters, x, labels, layers
        As in `cross_entropy`.

    Returns
    -------
    loss : numpy.ndarray, shape (...)
        Cross-entropy summed over the samples, in nats.
    gradient : numpy.ndarray, shape (..., p)
        Its derivatives, in the order of the parameters.

    Raises
    ------
    ValueError
        If the parameters, inputs or labels do not fit the layers.

    References
    ----------
    Rumelhart, Hinton & Williams (1986), Learning representations by back-propagating errors;
    Bishop (2006), eqs. (5.53)-(5.56).
    """
    labels = _checked_labels(labels, x, layers)
    weights, _ = unpack(parameters, layers)
    *hidden, logits = _activations(parameters, x, layers)
    loss, probabilities = _loss_and_probabilities(parameters, logits, labels)
    delta = probabilities - (np.arange(layers[-1])[:, None] == labels)
    weight_gradients: list[np.ndarray] = []
    bias_gradients: list[np.ndarray] = []
    for k in reversed(range(len(weights))):
        terms = delta[..., :, None, :] * hidden[k][..., None, :, :]
        weight_gradients.insert(0, ordered_sum(terms))
        bias_gradients.insert(0, ordered_sum(delta))
        if k:
            slope = ordered_product(np.swapaxes(weights[k], -1, -2), delta)
            delta = rectified(hidden[k], slope)
    return loss, pack(weight_gradients, bias_gradients)


def network_objective(x: np.ndarray, labels: np.ndarray, layers: Sequence[int]) -> Objective:
    """Return the loss of a network on data as an objective, with the accuracy as its measure."""
    labels = _checked_labels(labels, x, layers)

    def evaluate(points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        loss, gradient = backpropagate(points.T, x, labels, layers)
        return loss, gradient.T

    def dead(points: np.ndarray) -> np.ndarray:
        blocks = np.split(
            points, range(MEASURED_AT_ONCE, points.shape[1], MEASURED_AT_ONCE), axis=1
        )
        return np.concatenate([is_dead(block.T, x, layers) for block in blocks])

    targets = (labels[:, None] == np.arange(layers[-1])).astype(float)
    samples = np.ascontiguousarray(x, float)
    return Objective(
        evaluate,
        kernel=Kernel("network", (samples, targets), tuple(layers), parameter_count(layers)),
        measure=lambda points: accuracy(points.T, x, labels, layers),
        plateau=plateau_loss(labels),
        is_dead=dead,
    )


def label_entropy(labels: np.ndarray) -> float:
    """Return the loss of the best constant prediction, n · ln k for k classes of one size."""
    counts = np.bincount(labels)
    counts = counts[counts > 0]
    return float((counts * np.log(counts.sum() / counts)).sum())


def plateau_loss(labels: np.ndarray) -> float:
    """Return the summed loss from which on a network is hardly better than a constant prediction.

    Labels of a single class have no plateau, since there the best constant prediction is perfect:
    it is infinite.
    """
    entropy = label_entropy(labels)
    return (1.0 - LEAST_EXPLAINED) * entropy if entropy > 0.0 else np.inf


def accuracy(
    parameters: ArrayLike, x: ArrayLike, labels: ArrayLike, layers: Sequence[int]
) -> np.ndarray:
    """Return the share of samples whose most probable class is theirs.

    Of equally probable classes it is the first; a sample with a logit of NaN has none.

    Parameters
    ----------
    parameters, x, labels, layers
        As in `cross_entropy`.

    Returns
    -------
    numpy.ndarray, shape (...)
        Shares, from 0 to 1.
    """
    logits = _activations(parameters, x, layers)[-1]
    is_known = ~np.isnan(logits).any(axis=-2)
    return np.mean(is_known & (logits.argmax(axis=-2) == labels), axis=-1)


def is_dead(parameters: ArrayLike, x: ArrayLike, layers: Sequence[int]) -> np.ndarray:
    """Tell whether no sample gives a gradient to any weight: the last hidden units are all off.

    Only the biases of the last layer are still learnt, and so nothing but a constant prediction;
    unless a velocity moves the weights on.

    Parameters
    ----------
    parameters, x, layers
        As in `forward`.

    Returns
    -------
    numpy.ndarray of bool, shape (...)
        Never where there is no hidden layer.
    """
    *_, last, _ = _activations(parameters, x, layers)
    is_off = (last == 0.0).all(axis=(-2, -1))
    return np.broadcast_to(is_off & (len(layers) > 2), np.shape(parameters)[:-1])[()]


def rectified(unit: Any, number: Any) -> Any:
    """Return a number where a unit's is above 0, else 0; and where the unit's is NaN, the number.

    With z for both it is ReLU, and with the loss's derivative by ReLU(z) that by z. Both engines
    use it, so that NaN passes, and what is not finite stays away from units that are off, alike.
    """
    return np.where(unit <= 0.0, 0.0, number)


def ordered_product(a: np.ndarray, b: np.ndarray, start: np.ndarray | None = None) -> np.ndarray:
    """Add the terms of the product of (..., m, k) and (..., k, n) to a start, in order of k."""
    terms = (a[..., :, k, None] * b[..., None, k, :] for k in range(a.shape[-1]))
    total = next(terms) if start is None else start
    for term in terms:
        total = total + term
    return total


def ordered_sum(terms: np.ndarray) -> np.ndarray:
    """Add up the last axis, term by term in ascending order (`numpy.sum` picks its own order)."""
    return np.add.accumulate(terms, axis=-1)[..., -1]


def _activations(parameters: ArrayLike, x: ArrayLike, layers: Sequence[int]) -> list:
    """Return the inputs, each hidden layer and the logits, of shape (..., units, n)."""
    x = np.asarray(x, float)
    if x.ndim != 2 or x.shape[1] != layers[0]:
        raise ValueError(f"inputs must have shape (n, {layers[0]}), not {x.shape}")
    weights, biases = unpack(parameters, layers)
    activations = [x.T]
    for k, (weight, bias) in enumerate(zip(weights, biases, strict=True)):
        z = ordered_product(weight, activations[-1], bias[..., None])
        activations.append(rectified(z, z) if k < len(weights) - 1 else z)
    return activations


def _softmax(logits: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return probabilities (..., k, n), shifted logits, and the sum of their exponentials."""
    shifted = logits - logits.max(axis=-2, keepdims=True)
    exponentials = exp(shifted)
    total = ordered_sum(np.swapaxes(exponentials, -1, -2))
    return exponentials * (1.0 / total)[..., None, :], shifted, total


def _loss_and_probabilities(
    parameters: ArrayLike, logits: np.ndarray, labels: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the summed cross-entropy (...) and the probabilities (..., k, n).

    A loss that is not finite is NaN, and so is one at a parameter that is not, which a unit that
    never fires would hide.
    """
    probabilities, shifted, total = _softmax(logits)
    of_label = shifted[..., labels, np.arange(len(labels))]
    loss = ordered_sum(log(_products(total))) - ordered_sum(of_label)
    is_finite = np.isfinite(loss) & np.isfinite(parameters).all(axis=-1)
    return np.where(is_finite, loss, np.nan)[()], probabilities


def _products(totals: np.ndarray) -> np.ndarray:
    """Return the product of each SPAN samples' totals, multiplied one after the other."""
    *batch, samples = totals.shape
    filled = np.ones((*batch, -(-samples // SPAN) * SPAN))
    filled[..., :samples] = totals
    return np.multiply.accumulate(filled.reshape(*batch, -1, SPAN), axis=-1)[..., -1]


def _checked_labels(labels: ArrayLike, x: ArrayLike, layers: Sequence[int]) -> np.ndarray:
    labels = np.asarray(labels)
    if labels.shape != np.shape(x)[:1]:
        raise ValueError(
            f"labels must have shape ({np.shape(x)[0]},), one per input, not {labels.shape}"
        )
    if not np.issubdtype(labels.dtype, np.integer):
        raise ValueError(f"labels must be whole numbers, not of type {labels.dtype}")
    if labels.size and not 0 <= labels.min() <= labels.max() < layers[-1]:
        raise ValueError(f"labels must lie in 0 … {layers[-1] - 1}, one class per output unit")
    return labels
