"""Training: scikit-learn's loss paths, the rows of many trainings, and the plateau."""

import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from descent.core.mixtures import sample_mixture
from descent.core.networks import accuracy, backpropagate, forward, unpack
from descent.core.random_streams import uniform
from descent.engine.training import (
    initial_parameters,
    label_entropy,
    on_plateau,
    train,
    train_each,
    train_many,
)

LAYERS = (2, 3, 2, 3)
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


@pytest.mark.parametrize("layers", [LAYERS, (2, 5, 3), (2, 3)])
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


def test_trainings_give_the_same_bits_alone_and_together():
    starts = initial_parameters(LAYERS, range(5), -0.5, 0.5)
    together = train_each(X, LABELS, LAYERS, starts, "momentum", 15, 1e-3, 0.5)
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
    losses = train(X, LABELS, LAYERS, start[0], "momentum", 200, 1e-3, 0.9).values
    target = 0.5
    first = int(np.argmax(losses / len(X) <= target))
    assert first > 0
    outcomes = train_many(X, LABELS, LAYERS, start, "momentum", 200, 1e-3, 0.9, target=target)
    assert (outcomes.status[0], outcomes.iterations[0]) == ("reached", first)
    assert outcomes.value[0] == losses[first]


def statuses(starts, rates, target=0.1, iterations=10):
    outcomes = train_many(
        X, LABELS, LAYERS, starts, "gradient_descent", iterations, rates, target=target
    )
    return outcomes.status.tolist()


def test_networks_of_dead_units_end_on_the_plateau_and_others_do_not():
    dead = np.zeros(26)
    alive = initial_parameters(LAYERS, [3], -0.8, 0.8)[0]
    assert statuses(np.array([dead, alive]), 1e-3, iterations=60) == ["plateau", "budget"]


def test_reached_and_diverged_come_before_plateau():
    dead = np.zeros((1, 26))
    assert statuses(dead, 1e-3, target=1.2) == ["reached"]  # ln 3 is 1.0986
    wild = initial_parameters(LAYERS, [3], -0.8, 0.8)
    assert statuses(wild, 1e300) == ["diverged"]


def test_a_diverged_training_keeps_finite_numbers():
    wild = initial_parameters(LAYERS, range(4), -0.8, 0.8)
    outcomes = train_many(X, LABELS, LAYERS, wild, "momentum", 30, 1e200, 0.9, target=0.1)
    assert "diverged" in outcomes.status
    assert np.isfinite(outcomes.value).all()
    assert np.isfinite(outcomes.point).all()


@given(st.lists(st.integers(0, 4), min_size=1, max_size=60))
def test_the_entropy_of_labels_is_scipys_times_their_number(labels):
    expected = len(labels) * scipy.stats.entropy(np.bincount(labels))
    assert_allclose(label_entropy(np.array(labels)), expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("label", [0, 2])
def test_labels_of_one_class_have_no_entropy_and_no_plateau(label):
    labels = np.full(90, label)
    assert str(label_entropy(labels)) == "0.0"
    assert not on_plateau(np.array([0.0, 1e-9, 300.0]), labels).any()
    start = initial_parameters(LAYERS, [3], -0.8, 0.8)
    outcomes = train_many(X, labels, LAYERS, start, "gradient_descent", 5, 1e-4, target=1e-9)
    assert outcomes.status.tolist() == ["budget"]


def test_the_plateau_begins_one_percent_below_the_entropy():
    losses = label_entropy(LABELS) * np.array([0.5, 0.98, 0.991, 1.0, 2.0])
    assert on_plateau(losses, LABELS).tolist() == [False, False, True, True, True]


def test_the_entropy_of_equal_classes_is_n_ln_k():
    assert_allclose(label_entropy(LABELS), 90 * np.log(3), rtol=1e-14)


@pytest.mark.parametrize(("low", "high"), [(-0.1, 0.1), (0.0, 1.0), (-3.0, -2.0)])
def test_initial_parameters_fill_their_interval(low, high):
    draws = initial_parameters(LAYERS, range(40), low, high)
    assert draws.shape == (40, 26)
    assert draws.min() >= low
    assert draws.max() < high
    assert np.ptp(draws) > 0.98 * (high - low)
    assert_allclose(draws.mean(), (low + high) / 2, atol=0.05 * (high - low))


def test_a_seed_has_its_parameters_whatever_other_seeds_are_asked_for():
    few, many = initial_parameters(LAYERS, [7]), initial_parameters(LAYERS, range(10))
    assert_array_equal(few[0], many[7])
    assert len(np.unique(many)) == many.size


def test_uniform_parameters_are_the_numbers_of_the_seeds_stream():
    """Their bits stay as they were before there was a second initialisation."""
    draw = uniform(7, "initial weights", 0, 1, 26)[0]
    assert_array_equal(initial_parameters(LAYERS, [7])[0], -0.1 + 0.2 * draw)
    assert_array_equal(initial_parameters(LAYERS, [7], -3, 1)[0], -3 + 4 * draw)
    assert_array_equal(
        initial_parameters(LAYERS, [7]), initial_parameters(LAYERS, [7], initial="uniform")
    )


def test_he_weights_are_normal_with_variance_two_over_inputs_and_biases_zero():
    layers = (50, 40, 8, 3)
    draws = initial_parameters(layers, range(30), initial="he")
    for k in range(3):
        weights = np.array([unpack(row, layers)[0][k] for row in draws]).ravel()
        scaled = weights / np.sqrt(2 / layers[k])
        # Five standard errors of the mean, and of the variance, of so many normal numbers.
        assert abs(scaled.mean()) < 5 / np.sqrt(scaled.size)
        assert abs(scaled.var() - 1) < 5 * np.sqrt(2 / scaled.size)
        assert scipy.stats.kstest(scaled, "norm").pvalue > 1e-4
    biases = draws[:, 50 * 40 + 40 * 8 + 8 * 3 :]
    assert biases.shape == (30, 51)
    assert biases.tobytes() == bytes(biases.nbytes)  # 0, and nowhere -0


def test_he_weights_keep_the_size_of_signals_through_many_layers():
    """With half of that variance a signal would shrink by √½ a layer, to 1 % after fourteen."""
    layers = (200,) + (100,) * 13 + (2,)
    x = np.random.default_rng(1).normal(size=(20, 200))
    sizes = []
    for row in initial_parameters(layers, range(10), initial="he"):
        weights, _ = unpack(row, layers)
        h = x.T
        for weight in weights[:-1]:
            h = np.maximum(weight @ h, 0)
        sizes.append((weights[-1] @ h).std())
    assert 0.5 < np.median(sizes) < 3
    assert np.isfinite(forward(row, x, layers)).all()


def test_a_seed_has_its_he_weights_whatever_other_seeds_are_asked_for():
    few = initial_parameters(LAYERS, [7], initial="he")
    many = initial_parameters(LAYERS, range(10), initial="he")
    assert_array_equal(few[0], many[7])
    assert len(np.unique(many[:, :18])) == 10 * 18
    assert not np.isin(many[:, :18], initial_parameters(LAYERS, range(10))).any()


@pytest.mark.parametrize("initial", ["uniform", "he"])
def test_no_seed_gives_no_network(initial):
    assert initial_parameters(LAYERS, [], initial=initial).shape == (0, 26)


def test_an_unknown_initialisation_is_named():
    with pytest.raises(ValueError, match=r"initial = 'xavier' must be 'uniform' or 'he'"):
        initial_parameters(LAYERS, [1], initial="xavier")


def test_parameters_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="must have 26 coordinates each, not 25"):
        train(X, LABELS, LAYERS, np.zeros(25), "momentum", 1, 0.1)
    with pytest.raises(ValueError, match="must have 26 coordinates each, not 27"):
        train_many(X, LABELS, LAYERS, np.zeros((2, 27)), "momentum", 1, 0.1)
    with pytest.raises(ValueError, match="method = 'sgd'"):
        train(X, LABELS, LAYERS, np.zeros(26), "sgd", 1, 0.1)
