"""The methods against PyTorch's, where PyTorch is installed."""

import numpy as np
import pytest

from descent.core.objectives.rosenbrock_function import rosenbrock_objective
from descent.engine.descents import descend

torch = pytest.importorskip("torch")

STEPS, START = 200, (-0.6, 0.9)
PEERS = {
    "gradient_descent": (lambda p: torch.optim.SGD(p, 1e-3), {"learning_rate": 1e-3}),
    "momentum": (
        lambda p: torch.optim.SGD(p, 5e-4, momentum=0.9),
        {"learning_rate": 5e-4, "momentum": 0.9},
    ),
    "nesterov": (
        lambda p: torch.optim.SGD(p, 5e-4, momentum=0.9, nesterov=True),
        {"learning_rate": 5e-4, "momentum": 0.9},
    ),
    "adagrad": (
        lambda p: torch.optim.Adagrad(p, 0.1, eps=1e-10),
        {"learning_rate": 0.1, "epsilon": 1e-10},
    ),
    "rmsprop": (
        lambda p: torch.optim.RMSprop(p, 1e-2, alpha=0.99, eps=1e-8),
        {"learning_rate": 1e-2, "decay": 0.99, "epsilon": 1e-8},
    ),
    "adam": (
        lambda p: torch.optim.Adam(p, 1e-2, betas=(0.9, 0.999), eps=1e-8),
        {"learning_rate": 1e-2, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8},
    ),
}


@pytest.mark.parametrize("method", PEERS)
def test_a_method_walks_pytorchs_path(method):
    """PyTorch keeps the velocity divided by the learning rate: the same path at a constant one."""
    optimiser_of, settings = PEERS[method]
    point = torch.tensor(START, dtype=torch.float64, requires_grad=True)
    optimiser = optimiser_of([point])
    path = [START]
    for _ in range(STEPS):
        optimiser.zero_grad()
        x, y = point
        ((1.0 - x) ** 2 + 100.0 * (y - x * x) ** 2).backward()
        optimiser.step()
        path.append(point.detach().numpy().copy())
    found = descend(rosenbrock_objective(), method, START, STEPS, **settings).points
    np.testing.assert_allclose(found, np.array(path), rtol=1e-10, atol=1e-12)
