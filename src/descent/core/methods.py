"""Update rules of first-order methods, each written once.

A rule takes the point, the gradient there, the method's state and its parameters, and returns the
next point and state. It is plain arithmetic, coordinate by coordinate, on numbers, on arrays of
any shape, or on the compiled engine's vectors of runs: one text serves all, and its bits do not
depend on how runs are cut. To add a method, write its rule and register it in `METHODS`, and a
parameter that no other method has in `descent.core.parameters`; configuration, tables, engines and
report take them from there.

In the equations p is the point, g the gradient, η the learning rate and μ the momentum.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np


class Method(NamedTuple):
    """A registered method."""

    update: Callable
    """The rule: (point, gradient, state, *parameters) → (point, state)."""
    parameters: Mapping[str, float | None]
    """Its parameters in the rule's order, each with its default; None where one must be given."""
    state: tuple[float, ...] = ()
    """Numbers that it keeps for each coordinate, as they are at the start."""
    limit: Callable | None = None
    """Its other parameters → the largest learning rate × curvature at which it is stable."""


def gradient_descent(
    point: Any, gradient: Any, state: tuple, learning_rate: Any
) -> tuple[Any, tuple]:
    """Step against the gradient: p ← p − η g.

    References
    ----------
    Cauchy, A. (1847). Méthode générale pour la résolution des systèmes d'équations simultanées.
    """
    return point - learning_rate * gradient, state


def momentum(
    point: Any, gradient: Any, state: tuple, learning_rate: Any, momentum: Any
) -> tuple[Any, tuple]:
    """Heavy ball: v ← μ v + η g, then p ← p − v.

    Notes
    -----
    The learning rate is inside the velocity, as in Keras. PyTorch's ``SGD(momentum=μ)`` keeps
    v ← μ v + g and p ← p − η v: its velocity is this one divided by η. Both walk the same path
    while the learning rate is constant, and part when it changes: here the velocity keeps what
    it gained at the old rate. PyTorch's `dampening` is 0 here.

    References
    ----------
    Polyak, B. T. (1964). Some methods of speeding up the convergence of iteration methods.
    USSR Computational Mathematics and Mathematical Physics 4(5), 1-17, eq. (9).
    """
    (velocity,) = state
    velocity = momentum * velocity + learning_rate * gradient
    return point - velocity, (velocity,)


def nesterov(
    point: Any, gradient: Any, state: tuple, learning_rate: Any, momentum: Any
) -> tuple[Any, tuple]:
    """Accelerated gradient: v ← μ v + η g, then p ← p − (μ v + η g).

    Notes
    -----
    The point is the one looked ahead to, where the gradient is taken, as in PyTorch's
    ``SGD(momentum=μ, nesterov=True)``, which keeps v divided by η.

    References
    ----------
    Nesterov, Y. (1983). A method for solving the convex programming problem with convergence
    rate O(1/k²). Sutskever, I. et al. (2013). On the importance of initialization and momentum in
    deep learning, eqs. (3)-(4).
    """
    (velocity,) = state
    step = learning_rate * gradient
    velocity = momentum * velocity + step
    return point - (momentum * velocity + step), (velocity,)


def adagrad(
    point: Any, gradient: Any, state: tuple, learning_rate: Any, epsilon: Any
) -> tuple[Any, tuple]:
    """Divide by the root of all squares so far: s ← s + g², then p ← p − η g / (√s + ε).

    References
    ----------
    Duchi, J., Hazan, E. & Singer, Y. (2011). Adaptive subgradient methods for online learning and
    stochastic optimization. JMLR 12, 2121-2159, fig. 1 with diagonal matrices.
    """
    (squares,) = state
    squares = squares + gradient * gradient
    return point - learning_rate * gradient / (np.sqrt(squares) + epsilon), (squares,)


def rmsprop(
    point: Any, gradient: Any, state: tuple, learning_rate: Any, decay: Any, epsilon: Any
) -> tuple[Any, tuple]:
    """Divide by the root of a running mean: s ← ρ s + (1 − ρ) g², p ← p − η g / (√s + ε).

    References
    ----------
    Tieleman, T. & Hinton, G. (2012). Lecture 6.5: rmsprop. Coursera, Neural Networks for Machine
    Learning. The decay ρ is PyTorch's `alpha`.
    """
    (squares,) = state
    squares = decay * squares + (1.0 - decay) * (gradient * gradient)
    return point - learning_rate * gradient / (np.sqrt(squares) + epsilon), (squares,)


def adam(
    point: Any,
    gradient: Any,
    state: tuple,
    learning_rate: Any,
    beta1: Any,
    beta2: Any,
    epsilon: Any,
) -> tuple[Any, tuple]:
    """Adaptive moments: p ← p − η m̂ / (√ŝ + ε), with m̂ = m / (1 − β₁ᵗ) and ŝ = s / (1 − β₂ᵗ).

    Here m ← β₁ m + (1 − β₁) g and s ← β₂ s + (1 − β₂) g². The powers βᵗ are carried along as
    products, since a power function's last bits differ between libraries.

    References
    ----------
    Kingma, D. P. & Ba, J. (2015). Adam: a method for stochastic optimization, algorithm 1.
    """
    mean, squares, power1, power2 = state
    mean = beta1 * mean + (1.0 - beta1) * gradient
    squares = beta2 * squares + (1.0 - beta2) * (gradient * gradient)
    power1, power2 = power1 * beta1, power2 * beta2
    scale = (1.0 - power1) * (np.sqrt(squares / (1.0 - power2)) + epsilon)
    return point - learning_rate * mean / scale, (mean, squares, power1, power2)


RATE = {"learning_rate": None}
METHODS = {
    "gradient_descent": Method(gradient_descent, RATE, limit=lambda: 2.0),
    "momentum": Method(
        momentum,
        RATE | {"momentum": 0.0},
        state=(0.0,),
        limit=lambda momentum: 2.0 * (1.0 + momentum),
    ),
    "nesterov": Method(
        nesterov,
        RATE | {"momentum": 0.0},
        state=(0.0,),
        limit=lambda momentum: (2.0 + 2.0 * momentum) / (1.0 + 2.0 * momentum),
    ),
    "adagrad": Method(adagrad, RATE | {"epsilon": 1e-10}, state=(0.0,)),
    "rmsprop": Method(rmsprop, RATE | {"decay": 0.99, "epsilon": 1e-8}, state=(0.0,)),
    "adam": Method(
        adam,
        RATE | {"beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8},
        state=(0.0, 0.0, 1.0, 1.0),
    ),
}


def setting_count(
    methods: Iterable[str], learning_rates: int, grids: Mapping[str, Sequence | None]
) -> int:
    """Return the number of settings: each method's learning rates and values of its parameters.

    Parameters
    ----------
    methods : iterable of str
        Keys of `METHODS`.
    learning_rates : int
        How many learning rates.
    grids : Mapping
        Values of each other parameter; a parameter that has none keeps its default.

    Returns
    -------
    int
        Settings of all methods together.
    """
    return learning_rates * sum(
        math.prod(
            len(grids.get(name) or [METHODS[method].parameters[name]])
            for name in METHODS[method].parameters
            if name != "learning_rate"
        )
        for method in methods
    )
