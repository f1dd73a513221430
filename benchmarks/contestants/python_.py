"""The notebook's loop: one run, a new array of two numbers at each step, all points kept."""

import numpy as np
import problems as p


def gradient(point: np.ndarray) -> np.ndarray:
    x, y = point
    return np.array([-2 * (1 - x) - 400 * x * (y - x**2), 200 * (y - x**2)])


def descend() -> np.ndarray:
    point, v = p.START[:, 0], 0
    trajectory = [point]
    for _ in range(p.ITERATIONS):
        slope = gradient(point)
        v = p.MOMENTUM[0] * v + p.RATE[0] * slope
        point = point - v
        trajectory.append(point)
    return np.array(trajectory)[-1:].T


def cases() -> list[p.Case]:
    return [p.Case("descents", "Python loop, one run", descend, 1.0 / p.RUNS)]
