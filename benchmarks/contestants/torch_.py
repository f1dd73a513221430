"""PyTorch, eager: descents on batched tensors, trainings one by one with `torch.optim`."""

from itertools import pairwise

import numpy as np
import problems as p
import torch

torch.set_default_dtype(torch.float64)
torch.set_num_threads(p.THREADS)


@torch.no_grad()
def descend() -> np.ndarray:
    x, rate, momentum = map(torch.tensor, (p.START, p.RATE, p.MOMENTUM))
    v = torch.zeros_like(x)
    for _ in range(p.ITERATIONS):
        pull = 200.0 * (x[1] - x[0] * x[0])
        gradient = torch.stack([2.0 * ((x[0] - 1.0) - x[0] * pull), pull])
        v = momentum * v + rate * gradient
        x = x - v
    return x.numpy()


def train() -> np.ndarray:
    layers = [torch.nn.Linear(m, n) for m, n in pairwise(p.LAYERS)]
    between = [part for layer in layers for part in (layer, torch.nn.ReLU())]
    model = torch.nn.Sequential(*between[:-1])
    for layer, weight, bias in zip(layers, *p.split(p.INITIAL[:, 0]), strict=True):
        layer.weight.data, layer.bias.data = torch.tensor(weight), torch.tensor(bias)
    loss = torch.nn.CrossEntropyLoss(reduction="sum")
    optimiser = torch.optim.SGD(model.parameters(), p.NETWORK_RATE, p.NETWORK_MOMENTUM)
    x, y = torch.tensor(p.INPUTS), torch.tensor(p.LABELS)
    for _ in range(p.EPOCHS):
        optimiser.zero_grad()
        loss(model(x), y).backward()
        optimiser.step()
    weights = [layer.weight.detach().numpy() for layer in layers]
    return p.join(weights, [layer.bias.detach().numpy() for layer in layers])


def cases() -> list[p.Case]:
    return [
        p.Case("descents", "PyTorch, eager", descend),
        p.Case("trainings", "PyTorch, eager", train, 1.0 / p.TRAININGS),
    ]
