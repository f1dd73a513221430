"""The network by matrix products, sample by sample; complex parameters are fine."""

import itertools

import numpy as np

# No two numbers of units, samples or networks are equal, so that no index stands for another.
UNEQUAL_LAYERS = [(5, 3), (2, 4, 3), (3, 6, 2, 4), (4, 2, 5, 3, 6)]
SAMPLES, NETWORKS = 37, 11


def count_of(layers):
    """Return the number of parameters."""
    return sum((inputs + 1) * units for inputs, units in itertools.pairwise(layers))


def network(layers, seed=0, samples=7, networks=None):
    """Return random parameters, inputs and labels."""
    rng = np.random.default_rng(seed)
    batch = () if networks is None else (networks,)
    parameters = rng.uniform(-1, 1, (*batch, count_of(layers)))
    return parameters, rng.normal(size=(samples, layers[0])), rng.integers(layers[-1], size=samples)


def plain_logits(parameters, x, layers):
    """Compute the logits of every sample, a row."""
    weights, biases, place = [], [], 0
    for inputs, units in itertools.pairwise(layers):
        weights.append(parameters[place : place + inputs * units].reshape(units, inputs))
        place += inputs * units
    for units in layers[1:]:
        biases.append(parameters[place : place + units])
        place += units
    rows = []
    for h in x:
        for weight, bias in zip(weights[:-1], biases[:-1], strict=True):
            z = weight @ h + bias
            h = z * (z.real > 0)
        rows.append(weights[-1] @ h + biases[-1])
    return np.array(rows)


def plain_loss(parameters, x, labels, layers):
    """Sum the cross-entropy over the samples."""
    logits = plain_logits(parameters, x, layers)
    of_label = logits[np.arange(len(labels)), labels]
    return np.sum(np.log(np.exp(logits).sum(axis=1)) - of_label)


def plain_gradient(parameters, x, labels, layers):
    """Differentiate the loss by complex steps, which subtract nothing."""
    steps = 1e-30j * np.eye(len(parameters))
    return np.array([plain_loss(parameters + s, x, labels, layers).imag / 1e-30 for s in steps])


def plain_accuracy(parameters, x, labels, layers):
    """Return the share of samples whose largest logit is that of their label."""
    return np.mean(plain_logits(parameters, x, layers).argmax(axis=1) == labels)
