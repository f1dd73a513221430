"""NumPy: descents in blocks that fit a core's cache, in place; trainings run by run."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import problems as p

BLOCK = 2_000


def descend(runs: slice) -> np.ndarray:
    x, rate, momentum = p.START[:, runs].copy(), p.RATE[runs], p.MOMENTUM[runs]
    v, g, product = np.zeros_like(x), np.empty_like(x), np.empty_like(x[0])
    for _ in range(p.ITERATIONS):
        np.multiply(x[0], x[0], out=product)
        np.subtract(x[1], product, out=g[1])
        g[1] *= 200.0
        np.multiply(x[0], g[1], out=product)
        np.subtract(x[0], 1.0, out=g[0])
        g[0] -= product
        g[0] *= 2.0
        v *= momentum
        g *= rate
        v += g
        x -= v
    return x


def descend_all(runs: int) -> np.ndarray:
    with ThreadPoolExecutor(p.THREADS) as pool:
        return np.concatenate(list(pool.map(descend, p.blocks(BLOCK, runs))), axis=-1)


def train(run: int) -> np.ndarray:
    weights, biases = ([piece.copy() for piece in pieces] for pieces in p.split(p.INITIAL[:, run]))
    velocities = [np.zeros_like(piece) for piece in weights + biases]
    for _ in range(p.EPOCHS):
        a = [p.INPUTS]
        for weight, bias in zip(weights, biases, strict=True):
            z = a[-1] @ weight.T + bias
            a.append(np.maximum(z, 0.0))
        e = np.exp(z - z.max(axis=1, keepdims=True))
        d = e / e.sum(axis=1, keepdims=True) - p.TARGETS
        slopes = [None] * 2 * len(weights)
        for k in reversed(range(len(weights))):
            slopes[k], slopes[k + len(weights)] = d.T @ a[k], d.sum(axis=0)
            d = (d @ weights[k]) * (a[k] > 0.0)
        for piece, v, g in zip(weights + biases, velocities, slopes, strict=True):
            v *= p.NETWORK_MOMENTUM
            v += p.NETWORK_RATE * g
            piece -= v
    return p.join(weights, biases)


def cases() -> list[p.Case]:
    runs, trainings = p.RUNS // 10, 4
    return [
        p.Case("descents", "NumPy, blocks", lambda: descend_all(runs), runs / p.RUNS),
        p.Case(
            "trainings",
            "NumPy, run by run",
            lambda: np.concatenate([train(run) for run in range(trainings)], axis=-1),
            trainings / p.TRAININGS,
        ),
    ]
