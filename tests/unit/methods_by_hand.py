"""The methods as sums over all gradients so far: no state, no recursion, in forty digits.

Each step is written out from its paper in another form than `descent.core.methods` has: a running
mean is a weighted mean, and what Adam's correction of the bias does is that the weights add up to
one.
"""

import mpmath

DIGITS = 40


def exactly(numbers):
    """Return floats as the same numbers in more digits."""
    return [mpmath.mpf(float(number)) for number in numbers]


def fading_sum(factor, terms):
    """Return the sum of the terms, each weighted by the factor to the power of its age."""
    return sum(factor**age * term for age, term in enumerate(reversed(terms)))


def weighted_mean(factor, terms):
    """Return the mean of the terms with the weights of `fading_sum`."""
    return fading_sum(factor, terms) / fading_sum(factor, [1] * len(terms))


def heavy_ball_step(g, learning_rate, momentum):
    """Polyak (1964), eq. (9), solved for the velocity."""
    return learning_rate * fading_sum(momentum, g)


def nesterov_step(g, learning_rate, momentum):
    """Sutskever et al. (2013), eqs. (3)-(4), where the gradient is taken at θ + μ v.

    θ moves by v, and the point ahead of it by v and by what μ v has changed.
    """
    before, v = (-learning_rate * fading_sum(momentum, h) for h in (g[:-1], g))
    return -(v + momentum * (v - before))


def adagrad_step(g, learning_rate, epsilon):
    """Duchi, Hazan & Singer (2011), fig. 1 with a diagonal matrix; ε outside of the root."""
    return learning_rate * g[-1] / (mpmath.sqrt(sum(x**2 for x in g)) + epsilon)


def rmsprop_step(g, learning_rate, decay, epsilon):
    """Tieleman & Hinton (2012): the mean's weights add up to 1 − ρᵗ."""
    squares = weighted_mean(decay, [x**2 for x in g]) * (1 - decay ** len(g))
    return learning_rate * g[-1] / (mpmath.sqrt(squares) + epsilon)


def adam_step(g, learning_rate, beta1, beta2, epsilon):
    """Kingma & Ba (2015), algorithm 1."""
    root = mpmath.sqrt(weighted_mean(beta2, [x**2 for x in g]))
    return learning_rate * weighted_mean(beta1, g) / (root + epsilon)


STEPS = {
    "gradient_descent": lambda g, learning_rate: learning_rate * g[-1],
    "momentum": heavy_ball_step,
    "nesterov": nesterov_step,
    "adagrad": adagrad_step,
    "rmsprop": rmsprop_step,
    "adam": adam_step,
}


def path_by_hand(method, gradient_at, start, iterations, **parameters):
    """Walk from a start; return every point, a list of mpmath's numbers.

    `gradient_at` maps such a point to its gradient, a list.
    """
    with mpmath.workdps(DIGITS):
        parameters = dict(zip(parameters, exactly(parameters.values()), strict=True))
        points, gradients = [exactly(start)], []
        for _ in range(iterations):
            gradients.append(gradient_at(points[-1]))
            histories = zip(*gradients, strict=True)
            steps = [STEPS[method](list(history), **parameters) for history in histories]
            points.append([p - step for p, step in zip(points[-1], steps, strict=True)])
        return points
