"""Walk with the methods of PyTorch, optax and Keras, in the benchmark's environment.

Prints as JSON, for each library and method, every point of a walk in Rosenbrock's valley. Where a
library adds ε inside of the root, ε is too small to count.
"""

import json
import os
import sys

os.environ["KERAS_BACKEND"] = "torch"
ITERATIONS, START = 200, (-0.6, 0.9)
TINY = 1e-150
# What methods are given: usually, and where a library adds ε inside of the root.
RATE = {"learning_rate": 5e-4}
BALL = RATE | {"momentum": 0.9}
MEANS = {"learning_rate": 1e-2, "beta1": 0.8, "beta2": 0.95}
DECAY = {"learning_rate": 1e-2, "decay": 0.9}
USUAL = {
    "gradient_descent": RATE,
    "momentum": BALL,
    "nesterov": BALL,
    "adagrad": {"learning_rate": 0.1, "epsilon": 2.0},
    "rmsprop": DECAY | {"epsilon": 0.5},
    "adam": MEANS | {"epsilon": 0.5},
}
INSIDE = {
    "adagrad": {"learning_rate": 0.1, "epsilon": TINY},
    "rmsprop": DECAY | {"epsilon": TINY},
    "adam": MEANS | {"epsilon": TINY},
}
SETTINGS = {
    "torch": USUAL,
    "optax": USUAL | {"adagrad": INSIDE["adagrad"]},
    "keras": USUAL | INSIDE,
}


def slope(x, y):
    """Return the gradient of (1 − x)² + 100 (y − x²)²."""
    return [-2.0 * (1.0 - x) - 400.0 * x * (y - x * x), 200.0 * (y - x * x)]


def torch_path(method, s):
    import torch

    optimisers = {
        "gradient_descent": lambda p: torch.optim.SGD(p, s["learning_rate"]),
        "momentum": lambda p: torch.optim.SGD(p, s["learning_rate"], momentum=s["momentum"]),
        "nesterov": lambda p: torch.optim.SGD(
            p, s["learning_rate"], momentum=s["momentum"], nesterov=True
        ),
        "adagrad": lambda p: torch.optim.Adagrad(p, s["learning_rate"], eps=s["epsilon"]),
        "rmsprop": lambda p: torch.optim.RMSprop(
            p, s["learning_rate"], alpha=s["decay"], eps=s["epsilon"]
        ),
        "adam": lambda p: torch.optim.Adam(
            p, s["learning_rate"], betas=(s["beta1"], s["beta2"]), eps=s["epsilon"]
        ),
    }
    point = torch.tensor(START, dtype=torch.float64, requires_grad=True)
    optimiser = optimisers[method]([point])
    yield point.tolist()
    for _ in range(ITERATIONS):
        point.grad = torch.tensor(slope(*point.tolist()), dtype=torch.float64)
        optimiser.step()
        yield point.tolist()


def optax_path(method, s):
    import jax

    jax.config.update("jax_enable_x64", True)
    import jax.numpy as jnp
    import optax

    optimisers = {
        "gradient_descent": lambda: optax.sgd(s["learning_rate"]),
        "momentum": lambda: optax.sgd(s["learning_rate"], momentum=s["momentum"]),
        "nesterov": lambda: optax.sgd(s["learning_rate"], momentum=s["momentum"], nesterov=True),
        "adagrad": lambda: optax.adagrad(
            s["learning_rate"], initial_accumulator_value=0.0, eps=s["epsilon"]
        ),
        "rmsprop": lambda: optax.rmsprop(
            s["learning_rate"], decay=s["decay"], eps=s["epsilon"], eps_in_sqrt=False
        ),
        "adam": lambda: optax.adam(
            s["learning_rate"], b1=s["beta1"], b2=s["beta2"], eps=s["epsilon"]
        ),
    }
    optimiser = optimisers[method]()
    point = jnp.array(START, jnp.float64)
    state = optimiser.init(point)
    yield point.tolist()
    for _ in range(ITERATIONS):
        gradient = jnp.array(slope(*point.tolist()), jnp.float64)
        updates, state = optimiser.update(gradient, state)
        point = optax.apply_updates(point, updates)
        yield point.tolist()


def keras_path(method, s):
    import keras
    import numpy as np

    keras.config.set_floatx("float64")
    kinds = keras.optimizers
    optimisers = {
        "gradient_descent": lambda: kinds.SGD(s["learning_rate"]),
        "momentum": lambda: kinds.SGD(s["learning_rate"], momentum=s["momentum"]),
        "nesterov": lambda: kinds.SGD(s["learning_rate"], momentum=s["momentum"], nesterov=True),
        "adagrad": lambda: kinds.Adagrad(
            s["learning_rate"], initial_accumulator_value=0.0, epsilon=s["epsilon"]
        ),
        "rmsprop": lambda: kinds.RMSprop(s["learning_rate"], rho=s["decay"], epsilon=s["epsilon"]),
        "adam": lambda: kinds.Adam(
            s["learning_rate"], beta_1=s["beta1"], beta_2=s["beta2"], epsilon=s["epsilon"]
        ),
    }
    optimiser = optimisers[method]()
    point = keras.Variable(np.array(START), dtype="float64")
    optimiser.build([point])
    yield np.array(point.numpy()).tolist()
    for _ in range(ITERATIONS):
        gradient = slope(*np.array(point.numpy()).tolist())
        optimiser.apply([keras.ops.convert_to_tensor(gradient, dtype="float64")], [point])
        yield np.array(point.numpy()).tolist()


LIBRARIES = {"torch": torch_path, "optax": optax_path, "keras": keras_path}

if __name__ == "__main__":
    paths = {
        library: {
            method: list(path_of(method, settings))
            for method, settings in SETTINGS[library].items()
        }
        for library, path_of in LIBRARIES.items()
    }
    json.dump(paths, sys.stdout)
