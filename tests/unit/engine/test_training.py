"""Training: scikit-learn's loss paths, the rows of many trainings, and the plateau."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from methods_by_hand import path_by_hand
from networks_by_hand import network, plain_gradient
from numpy.testing import assert_allclose, assert_array_equal

from descent.core.mixtures import sample_mixture
from descent.core.networks import (
    accuracy,
    backpropagate,
    label_entropy,
    network_objective,
    plateau_loss,
    unpack,
)
from descent.core.weight_initialisation import initial_parameters
from descent.engine.descents import descend_many
from descent.engine.training import train, train_many

LAYERS = (2, 5, 4, 3)  # 54 parameters
X, LABELS = sample_mixture(90, [[0, 2], [2, -2], [-2, -2]], [np.eye(2)] * 3, seed=5)


def scikit_losses(parameters, layers, iterations, learning_rate, momentum):
    """Train scikit-learn's network from the same parameters; return its summed losses."""
    networks = pytest.importorskip("sklearn.neural_network")
    n = len(X)
    network = networks.MLPClassifier(
        hidden_layer_sizes=layers[1:-1],
        activation="relu",
        solver="sgd",
        alpha=0.0,
        batch_size=n,
        learning_rate_init=learning_rate * n,
        momentum=momentum,
        nesterovs_momentum=False,
        shuffle=False,
    )
    network.partial_fit(X, LABELS, classes=range(layers[-1]))
    weights, biases = unpack(parameters, layers)
    for theirs, ours in zip(network.coefs_, weights, strict=True):
        theirs[...] = ours.T
    for theirs, ours in zip(network.intercepts_, biases, strict=True):
        theirs[...] = ours
    for velocity in network._optimizer.velocities:
        velocity[...] = 0.0
    losses = []
    for _ in range(iterations + 1):
        network.partial_fit(X, LABELS)
        losses.append(network.loss_ * n)
    return losses


@pytest.mark.parametrize("layers", [LAYERS, (2, 4, 6, 5, 3), (2, 5, 3), (2, 3)])
@pytest.mark.parametrize(
    ("method", "rate", "mu"), [("gradient_descent", 2e-3, 0.0), ("momentum", 1e-3, 0.9)]
)
def test_losses_are_scikit_learns_for_a_whole_training(layers, method, rate, mu):
    start = initial_parameters(layers, [3], -0.8, 0.8)[0]
    run = train(X, LABELS, layers, start, method, 40, rate, mu)
    assert run.values[-1] < 0.9 * run.values[0]
    assert_allclose(run.values, scikit_losses(start, layers, 40, rate, mu), rtol=1e-9)


@pytest.mark.parametrize("mu", [0.0, 0.7])
def test_a_training_is_the_heavy_ball_on_the_backpropagated_gradient(mu):
    start = initial_parameters(LAYERS, [1])[0]
    run = train(X, LABELS, LAYERS, start, "momentum", 25, 1e-3, mu)
    point, velocity = start, np.zeros_like(start)
    for k in range(26):
        loss, gradient = backpropagate(point, X, LABELS, LAYERS)
        assert_array_equal(run.points[k], point)
        assert (run.values[k], run.measure[k]) == (loss, accuracy(point, X, LABELS, LAYERS))
        velocity = mu * velocity + 1e-3 * gradient
        point = point - velocity


def test_further_parameters_of_a_method_reach_its_trainings():
    layers = (3, 4, 2)
    start, x, labels = network(layers, seed=6, samples=17)
    own = {"learning_rate": 0.03, "beta1": 0.6, "beta2": 0.8, "epsilon": 0.3}
    path = path_by_hand(
        "adam",
        lambda point: plain_gradient(np.array(point, float), x, labels, layers).tolist(),
        start,
        8,
        **own,
    )
    expected = np.array(path, float)
    run = train(x, labels, layers, start, "adam", 8, **own)
    assert_allclose(run.points, expected, rtol=1e-9, atol=1e-10)
    outcomes = train_many(x, labels, layers, [start], "adam", 8, **own)
    assert_allclose(outcomes.point, expected[-1:], rtol=1e-9, atol=1e-10)


def test_trainings_give_the_same_bits_alone_and_together():
    starts = initial_parameters(LAYERS, range(5), -0.5, 0.5)
    objective = network_objective(X, LABELS, LAYERS)
    together = descend_many(objective, "momentum", starts, 15, 1e-3, 0.5)
    for start, run in zip(starts, together, strict=True):
        alone = train(X, LABELS, LAYERS, start, "momentum", 15, 1e-3, 0.5)
        assert_array_equal(run.points, alone.points)
        assert_array_equal(run.values, alone.values)
        assert_array_equal(run.measure, alone.measure)


@given(
    st.lists(
        st.tuples(st.integers(0, 20), st.floats(-4, -1).map(lambda e: 10**e), st.floats(0, 0.9)),
        min_size=1,
        max_size=5,
    ),
    st.randoms(use_true_random=False),
)
def test_each_of_many_trainings_ends_as_it_does_alone_in_any_order(rows, random):
    def many(rows):
        seeds, rates, mus = zip(*rows, strict=True)
        starts = initial_parameters(LAYERS, seeds, -0.5, 0.5)
        return train_many(X, LABELS, LAYERS, starts, "momentum", 20, rates, mus, target=0.5)

    whole = many(rows)
    order = random.sample(range(len(rows)), len(rows))
    for ours, theirs in zip(many([rows[i] for i in order]), whole, strict=True):
        assert_array_equal(ours, theirs[order], strict=True)
    for i, row in enumerate(rows):
        for ours, theirs in zip(many([row]), whole, strict=True):
            assert_array_equal(ours[0], theirs[i])


def test_the_target_is_a_mean_over_the_samples():
    start = initial_parameters(LAYERS, [3], -0.8, 0.8)
    losses = train(X, LABELS, LAYERS, start[0], "momentum", 100, 1e-3, 0.9).values
    target = 0.5
    first = int(np.argmax(losses / len(X) <= target))
    assert first > 0
    outcomes = train_many(X, LABELS, LAYERS, start, "momentum", 100, 1e-3, 0.9, target=target)
    assert (outcomes.status[0], outcomes.iterations[0]) == ("reached", first)
    assert outcomes.value[0] == losses[first]


def statuses(starts, rates, target=0.1, iterations=10):
    outcomes = train_many(
        X, LABELS, LAYERS, starts, "gradient_descent", iterations, rates, target=target
    )
    return outcomes.status.tolist()


def test_networks_of_dead_units_end_dead_and_others_do_not():
    dead = np.zeros(54)
    alive = initial_parameters(LAYERS, [3], -0.8, 0.8)[0]
    assert statuses(np.array([dead, alive]), 1e-3, iterations=60) == ["dead", "budget"]


def test_reached_and_diverged_come_before_dead():
    dead = np.zeros((1, 54))
    assert statuses(dead, 1e-3, target=1.2) == ["reached"]  # ln 3 is 1.0986
    wild = initial_parameters(LAYERS, [3], -0.8, 0.8)
    assert statuses(wild, 1e300) == ["diverged"]


def test_a_diverged_training_keeps_finite_numbers():
    wild = initial_parameters(LAYERS, range(4), -0.8, 0.8)
    outcomes = train_many(X, LABELS, LAYERS, wild, "momentum", 30, 1e200, 0.9, target=0.1)
    assert "diverged" in outcomes.status
    assert np.isfinite(outcomes.value).all()
    assert np.isfinite(outcomes.point).all()


@pytest.mark.parametrize("label", [0, 2])
def test_labels_of_one_class_have_no_entropy_and_no_plateau(label):
    labels = np.full(90, label)
    assert str(label_entropy(labels)) == "0.0"
    assert plateau_loss(labels) == np.inf
    start = initial_parameters(LAYERS, [3], -0.8, 0.8)
    outcomes = train_many(X, labels, LAYERS, start, "gradient_descent", 5, 1e-4, target=1e-9)
    assert outcomes.status.tolist() == ["budget"]


def test_parameters_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="must have 54 coordinates each, not 53"):
        train(X, LABELS, LAYERS, np.zeros(53), "momentum", 1, 0.1)
    with pytest.raises(ValueError, match="must have 54 coordinates each, not 55"):
        train_many(X, LABELS, LAYERS, np.zeros((2, 55)), "momentum", 1, 0.1)
    with pytest.raises(ValueError, match="method = 'sgd'"):
        train(X, LABELS, LAYERS, np.zeros(54), "sgd", 1, 0.1)
