"""Weight initialisation: distributions, and streams of their own for each seed."""

import numpy as np
import pytest
import scipy.stats
from numpy.testing import assert_allclose, assert_array_equal

from descent.core.networks import forward, unpack
from descent.core.random_streams import normal, uniform
from descent.core.weight_initialisation import initial_parameters

LAYERS = (2, 5, 4, 3)


@pytest.mark.parametrize(("low", "high"), [(-0.1, 0.1), (0.0, 1.0), (-3.0, -2.0)])
def test_initial_parameters_fill_their_interval(low, high):
    draws = initial_parameters(LAYERS, range(40), low, high)
    assert draws.shape == (40, 54)
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
    draw = uniform(7, "initial weights", 0, 1, 54)[0]
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


def test_he_weights_are_the_normal_numbers_of_the_seeds_stream_in_their_order():
    """Weight by weight: the root of 2 over its inputs, 2, 5 and 4 for LAYERS."""
    drawn = normal(7, "he weights", 0, 1, 42)[0]
    expected = drawn * np.sqrt(2 / np.repeat([2, 5, 4], [10, 20, 12]))
    found = initial_parameters(LAYERS, [3, 7], initial="he")[1]
    assert_allclose(found, [*expected, *[0.0] * 12], rtol=1e-15)


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
    assert len(np.unique(many[:, :42])) == 10 * 42
    assert not np.isin(many[:, :42], initial_parameters(LAYERS, range(10))).any()


@pytest.mark.parametrize("initial", ["uniform", "he"])
def test_no_seed_gives_no_network(initial):
    assert initial_parameters(LAYERS, [], initial=initial).shape == (0, 54)


def test_an_unknown_initialisation_is_named():
    with pytest.raises(ValueError, match=r"initial = 'xavier' must be 'uniform' or 'he'"):
        initial_parameters(LAYERS, [1], initial="xavier")
