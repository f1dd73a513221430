"""JAX: the whole loop compiled, on all runs at once or on blocks that fit a core's cache."""

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import jax
import jax.numpy as jnp
import numpy as np
import problems as p

jax.config.update("jax_enable_x64", True)


def value_and_gradient(x):
    aside = x[1] - x[0] * x[0]
    ahead = x[0] - 1.0
    pull = 200.0 * aside
    gradient = jnp.stack([2.0 * (ahead - x[0] * pull), pull])
    return ahead * ahead + 100.0 * (aside * aside), gradient


@jax.jit
def descend(x, rate, momentum):
    def step(_, carry):
        x, v = carry
        v = momentum * v + rate * value_and_gradient(x)[1]
        return x - v, v

    return jax.lax.fori_loop(0, p.ITERATIONS, step, (x, jnp.zeros_like(x)))[0]


@jax.jit
def descend_checked(x, rate, momentum):
    """Status and iterations of each run: 0 reached, 1 diverged, 4 budget."""

    def step(iteration, carry):
        x, v, status, iterations = carry
        value, gradient = value_and_gradient(x)
        new = jnp.where(value <= p.TARGET, 0, jnp.where(jnp.isfinite(value), 4, 1))
        going = status == 4
        iterations = jnp.where(going, iteration - (new == 1), iterations)
        status = jnp.where(going, new, status)
        going = status == 4
        v = jnp.where(going, momentum * v + rate * gradient, v)
        return jnp.where(going, x - v, x), v, status, iterations

    runs = x.shape[1]
    start = (x, jnp.zeros_like(x), jnp.full(runs, 4, jnp.int64), jnp.zeros(runs, jnp.int64))
    _, _, status, iterations = jax.lax.fori_loop(0, p.ITERATIONS + 1, step, start)
    return jnp.stack([status, iterations])


def loss(parameters):
    a, weight, bias = p.INPUTS, 0, 18
    for m, n in pairwise(p.LAYERS):
        z = a @ parameters[weight : weight + m * n].reshape(n, m).T + parameters[bias : bias + n]
        a, weight, bias = jax.nn.relu(z), weight + m * n, bias + n
    return -(jax.nn.log_softmax(z) * p.TARGETS).sum()


@jax.jit
def train(parameters):
    def step(_, carry):
        x, v = carry
        v = p.NETWORK_MOMENTUM * v + p.NETWORK_RATE * jax.vmap(jax.grad(loss), 1, 1)(x)
        return x - v, v

    return jax.lax.fori_loop(0, p.EPOCHS, step, (parameters, jnp.zeros_like(parameters)))[0]


def cut(function, size, *arrays):
    """Do blocks of this size, as many at a time as there are threads."""
    pieces = p.blocks(size, arrays[0].shape[-1])

    def work():
        with ThreadPoolExecutor(p.THREADS) as pool:
            done = pool.map(lambda s: np.asarray(function(*(a[..., s] for a in arrays))), pieces)
            return np.concatenate(list(done), axis=-1)

    return work


def cases():
    runs = (p.START, p.RATE, p.MOMENTUM)
    return [
        p.Case("descents", "JAX, whole batch", cut(descend, p.RUNS, *runs)),
        p.Case("descents", "JAX, blocks", cut(descend, 2_000, *runs)),
        p.Case("checked descents", "JAX, whole batch", cut(descend_checked, p.RUNS, *runs)),
        p.Case("checked descents", "JAX, blocks", cut(descend_checked, 2_000, *runs)),
        p.Case("trainings", "JAX, whole batch", cut(train, p.TRAININGS, p.INITIAL)),
        p.Case("trainings", "JAX, blocks", cut(train, 32, p.INITIAL)),
    ]
