"""Update rules of first-order methods, each written once.

A rule takes the point, the gradient there, its state and its parameters, and returns the next
point and state. All are plain arithmetic, coordinate by coordinate, on floats or on arrays of
any shape, so that one text serves every engine and its bits do not depend on how runs are cut.

In the equations p is the point, g the gradient, v the velocity, η the learning rate and μ the
momentum.
"""

from collections.abc import Callable
from typing import Any, NamedTuple


class Method(NamedTuple):
    """A registered method."""

    update: Callable
    """The rule: (point, gradient, state, learning_rate, momentum) → (point, state)."""
    states: int
    """Numbers of state per coordinate, all 0 at the start."""


def gradient_descent(
    point: Any, gradient: Any, state: tuple, learning_rate: Any, momentum: Any
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
    it gained at the old rate. PyTorch's `dampening` is 0 here and its `nesterov` another method.

    References
    ----------
    Polyak, B. T. (1964). Some methods of speeding up the convergence of iteration methods.
    USSR Computational Mathematics and Mathematical Physics 4(5), 1-17, eq. (9).
    """
    velocity = momentum * state[0] + learning_rate * gradient
    return point - velocity, (velocity,)


METHODS = {
    "gradient_descent": Method(gradient_descent, states=0),
    "momentum": Method(momentum, states=1),
}
