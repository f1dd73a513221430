"""First-order methods: a record each, with the update rule and all that is known of it.

A rule takes the point, the gradient there, the method's state and its parameters, and returns the
next point and state. It is plain arithmetic, coordinate by coordinate, on numbers, on arrays of
any shape, or on the compiled engine's vectors of runs: one text serves all, and its bits do not
depend on how runs are cut. To add a method, write its rule and its record in `METHODS`, and a
parameter that no other method has in `descent.core.parameters`; configuration, tables, engines,
figures and report take them from there.

In the equations p is the point, g the gradient, η the learning rate and μ the momentum.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from descent.support.shown import Shown


class Method(NamedTuple):
    """A method: what is computed with first, then what is only shown."""

    update: Callable
    """The rule: (point, gradient, state, *parameters) → (point, state)."""
    parameters: Mapping[str, float | None]
    """Its parameters in the rule's order, each with its default; None where one must be given."""
    state: tuple[float, ...] = ()
    """Numbers that it keeps for each coordinate, as they are at the start."""
    stability_limit: Callable | None = None
    """Its parameters but the learning rate → the learning rate times the Hessian's largest
    eigenvalue below which it is stable."""
    recurrence: Callable | None = None
    """(h, momentum) → T and D of pₜ₊₁ = T pₜ − D pₜ₋₁, its way along an eigenvector of a quadratic;
    h is the learning rate times the eigenvalue."""
    defaults: Mapping[str, Mapping[str, float]] = {}
    """By a library's name what it takes without being told otherwise, of the mean loss; for
    methods with a momentum that of its documentation's examples."""
    ignores_scale: bool = False
    """Whether an objective that is scaled has the same path (but for ε)."""
    title: Shown[str] = ""
    """Its name in prose; in lower case where it is a common noun."""
    formula: Shown[tuple[str, ...]] = ()
    """The rule in LaTeX, line by line."""
    equation: Shown[str] = ""
    """The rule in plain text, in one line."""
    reference: Shown[str] = ""
    """Where it was published."""
    dialect: Shown[str] = ""
    """How it differs from what other libraries call by its name."""
    colour: Shown[tuple[str, str] | None] = None
    """Of its lines on light and on dark paper; without one it gets one by its place."""


def gradient_descent(
    point: Any, gradient: Any, state: tuple, learning_rate: Any
) -> tuple[Any, tuple]:
    """Step against the gradient (Cauchy 1847)."""
    return point - learning_rate * gradient, state


def momentum(
    point: Any, gradient: Any, state: tuple, learning_rate: Any, momentum: Any
) -> tuple[Any, tuple]:
    """Roll like a heavy ball (Polyak 1964, eq. 9); the learning rate is inside the velocity."""
    (velocity,) = state
    velocity = momentum * velocity + learning_rate * gradient
    return point - velocity, (velocity,)


def nesterov(
    point: Any, gradient: Any, state: tuple, learning_rate: Any, momentum: Any
) -> tuple[Any, tuple]:
    """Step by the gradient where momentum leads (Nesterov 1983); the point is the one ahead."""
    (velocity,) = state
    step = learning_rate * gradient
    velocity = momentum * velocity + step
    return point - (momentum * velocity + step), (velocity,)


def adagrad(
    point: Any, gradient: Any, state: tuple, learning_rate: Any, epsilon: Any
) -> tuple[Any, tuple]:
    """Divide by the root of the sum of all squares so far (Duchi, Hazan & Singer 2011)."""
    (squares,) = state
    squares = squares + gradient * gradient
    return point - learning_rate * gradient / (np.sqrt(squares) + epsilon), (squares,)


def rmsprop(
    point: Any, gradient: Any, state: tuple, learning_rate: Any, decay: Any, epsilon: Any
) -> tuple[Any, tuple]:
    """Divide by the root of a running mean of squares (Tieleman & Hinton 2012)."""
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
    """Step by running means of gradients and squares (Kingma & Ba 2015, algorithm 1).

    The powers βᵗ are carried along as products, since a power function's last bits differ between
    libraries.
    """
    mean, squares, power1, power2 = state
    mean = beta1 * mean + (1.0 - beta1) * gradient
    squares = beta2 * squares + (1.0 - beta2) * (gradient * gradient)
    power1, power2 = power1 * beta1, power2 * beta2
    scale = (1.0 - power1) * (np.sqrt(squares / (1.0 - power2)) + epsilon)
    return point - learning_rate * mean / scale, (mean, squares, power1, power2)


METHODS = {
    "gradient_descent": Method(
        gradient_descent,
        {"learning_rate": None},
        defaults={"PyTorch": {"learning_rate": 1e-3}, "Keras": {"learning_rate": 1e-2}},
        stability_limit=lambda: 2.0,
        recurrence=lambda h, momentum: (1.0 - h, 0.0 * h),
        title="gradient descent",
        formula=(r"p_{t+1} = p_t - \eta\,g_t",),
        equation="p ← p − η g",
        reference="Cauchy, A. (1847). Méthode générale pour la résolution des systèmes "
        "d'équations simultanées.",
        colour=("#0066a8", "#5cb8f5"),
    ),
    "momentum": Method(
        momentum,
        {"learning_rate": None, "momentum": 0.0},
        state=(0.0,),
        defaults={
            "PyTorch": {"learning_rate": 1e-3, "momentum": 0.9},
            "Keras": {"learning_rate": 1e-2, "momentum": 0.9},
        },
        stability_limit=lambda momentum: 2.0 * (1.0 + momentum),
        recurrence=lambda h, momentum: (1.0 + momentum - h, momentum + 0.0 * h),
        title="momentum",
        formula=(r"v_{t+1} = \mu\,v_t + \eta\,g_t, \qquad p_{t+1} = p_t - v_{t+1}",),
        equation="heavy ball: v ← μ v + η g, then p ← p − v",
        reference="Polyak, B. T. (1964). Some methods of speeding up the convergence of iteration "
        "methods. USSR Computational Mathematics and Mathematical Physics 4(5), 1-17, eq. (9).",
        dialect="The learning rate is inside the velocity, as in Keras. PyTorch's SGD(momentum=μ) "
        "and optax's sgd keep v ← μ v + g and p ← p − η v: their velocity is this one divided by "
        "η. Both walk the same path while the learning rate is constant, and part when it changes: "
        "here the velocity keeps what it gained at the earlier rate. PyTorch's dampening is 0.",
        colour=("#c44e00", "#ff9a52"),
    ),
    "nesterov": Method(
        nesterov,
        {"learning_rate": None, "momentum": 0.0},
        state=(0.0,),
        defaults={
            "PyTorch": {"learning_rate": 1e-3, "momentum": 0.9},
            "Keras": {"learning_rate": 1e-2, "momentum": 0.9},
        },
        stability_limit=lambda momentum: (2.0 + 2.0 * momentum) / (1.0 + 2.0 * momentum),
        recurrence=lambda h, momentum: ((1.0 + momentum) * (1.0 - h), momentum * (1.0 - h)),
        title="Nesterov",
        formula=(
            r"v_{t+1} = \mu\,v_t + \eta\,g_t, \qquad p_{t+1} = p_t - (\mu\,v_{t+1} + \eta\,g_t)",
        ),
        equation="accelerated gradient: v ← μ v + η g, then p ← p − (μ v + η g)",
        reference="Nesterov, Y. (1983). A method for solving the convex programming problem with "
        "convergence rate O(1/k²). Sutskever, I. et al. (2013). On the importance of "
        "initialization and momentum in deep learning, eqs. (3)-(4).",
        dialect="The point is the one looked ahead to, where the gradient is taken, as in Keras, "
        "and in PyTorch's and optax's SGD with nesterov=True, which keep v divided by η.",
        colour=("#00785a", "#35c79a"),
    ),
    "adagrad": Method(
        adagrad,
        {"learning_rate": None, "epsilon": 1e-10},
        state=(0.0,),
        defaults={"PyTorch": {"learning_rate": 1e-2}},
        ignores_scale=True,
        title="AdaGrad",
        formula=(
            r"s_{t+1} = s_t + g_t^2, "
            r"\qquad p_{t+1} = p_t - \eta\,\frac{g_t}{\sqrt{s_{t+1}} + \varepsilon}",
        ),
        equation="s ← s + g², then p ← p − η g / (√s + ε)",
        reference="Duchi, J., Hazan, E. & Singer, Y. (2011). Adaptive subgradient methods for "
        "online learning and stochastic optimization. JMLR 12, 2121-2159, fig. 1 with diagonal "
        "matrices.",
        dialect="As in PyTorch, the sum of squares starts at 0 and ε is added to its root. optax "
        "and Keras start it at 0.1 and add ε under the root.",
        colour=("#a8458f", "#e690cf"),
    ),
    "rmsprop": Method(
        rmsprop,
        {"learning_rate": None, "decay": 0.99, "epsilon": 1e-8},
        state=(0.0,),
        defaults={"PyTorch": {"learning_rate": 1e-2}},
        ignores_scale=True,
        title="RMSProp",
        formula=(
            r"s_{t+1} = \rho\,s_t + (1 - \rho)\,g_t^2, "
            r"\qquad p_{t+1} = p_t - \eta\,\frac{g_t}{\sqrt{s_{t+1}} + \varepsilon}",
        ),
        equation="s ← ρ s + (1 − ρ) g², then p ← p − η g / (√s + ε)",
        reference="Tieleman, T. & Hinton, G. (2012). Lecture 6.5: rmsprop. Coursera, Neural "
        "Networks for Machine Learning.",
        dialect="The decay rate ρ is PyTorch's alpha (0.99), Keras's rho and optax's decay (0.9). "
        "As in PyTorch, ε is added to the root; Keras and optax add it under the root.",
        colour=("#836800", "#dcbf4c"),
    ),
    "adam": Method(
        adam,
        {"learning_rate": None, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8},
        state=(0.0, 0.0, 1.0, 1.0),
        defaults={
            "PyTorch": {"learning_rate": 1e-3},
            "Keras": {"learning_rate": 1e-3, "epsilon": 1e-7},
        },
        ignores_scale=True,
        title="Adam",
        formula=(
            r"m_{t+1} = \beta_1 m_t + (1 - \beta_1)\,g_t, "
            r"\qquad s_{t+1} = \beta_2 s_t + (1 - \beta_2)\,g_t^2",
            r"p_{t+1} = p_t - \eta\,\frac{m_{t+1} / (1 - \beta_1^{t+1})}"
            r"{\sqrt{s_{t+1} / (1 - \beta_2^{t+1})} + \varepsilon}",
        ),
        equation="m ← β₁ m + (1 − β₁) g, s ← β₂ s + (1 − β₂) g², then p ← p − η m̂ / (√ŝ + ε) with "
        "m̂ = m / (1 − β₁ᵗ) and ŝ = s / (1 − β₂ᵗ)",
        reference="Kingma, D. P. & Ba, J. (2015). Adam: a method for stochastic optimization, "
        "algorithm 1.",
        dialect="As in PyTorch and optax. Keras adds its ε (1e-7) to the root of s before the bias "
        "correction: it is the ε̂ of Kingma & Ba's section 2.",
        colour=("#5b3f9e", "#b3a0f2"),
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
        Hyperparameter settings of all methods together.
    """
    return learning_rates * sum(
        math.prod(
            len(grids.get(name) or [METHODS[method].parameters[name]])
            for name in METHODS[method].parameters
            if name != "learning_rate"
        )
        for method in methods
    )
