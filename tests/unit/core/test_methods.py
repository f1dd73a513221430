"""Update rules, in exact fractions and in floats."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from descent.core.methods import METHODS, setting_count
from descent.core.parameters import PARAMETERS

reals = st.floats(-1e6, 1e6)
rates = st.floats(1e-9, 10)
momenta = st.floats(0, 1, exclude_max=True)
small_fractions = st.fractions(-10, 10, max_denominator=100)


def settings(name, learning_rate, momentum):
    """Return a method's parameters in its order: these where it has them, else its defaults."""
    given = {"learning_rate": learning_rate, "momentum": momentum}
    return [given.get(key, default) for key, default in METHODS[name].parameters.items()]


def steps(name, gradients, point, learning_rate, momentum):
    """Apply a rule to a sequence of gradients; return every point."""
    rule = METHODS[name]
    state = tuple(type(point)(number) if isinstance(point, Fraction) else number + 0 * point
                  for number in rule.state)  # fmt: skip
    visited = [point]
    for gradient in gradients:
        point, state = rule.update(point, gradient, state, *settings(name, learning_rate, momentum))
        visited.append(point)
    return visited


@given(small_fractions, st.lists(small_fractions, max_size=6), small_fractions)
def test_gradient_descent_subtracts_the_scaled_gradients(start, gradients, rate):
    found = steps("gradient_descent", gradients, start, rate, Fraction(0))
    assert found == [start - rate * sum(gradients[:k]) for k in range(len(gradients) + 1)]


@given(small_fractions, st.lists(small_fractions, max_size=6), small_fractions, small_fractions)
def test_momentum_is_a_geometrically_fading_sum_of_gradients(start, gradients, rate, mu):
    """The t-th step is η Σₛ μ^(t−s) g_s: the recursion solved, not repeated."""
    found = steps("momentum", gradients, start, rate, mu)
    for t in range(len(gradients)):
        fading = sum(mu ** (t - s) * gradients[s] for s in range(t + 1))
        assert found[t] - found[t + 1] == rate * fading


@given(small_fractions, st.lists(small_fractions, max_size=6), small_fractions, small_fractions)
def test_momentum_walks_as_pytorchs_while_the_rate_is_constant(start, gradients, rate, mu):
    velocity, point = Fraction(0), start
    path = [point]
    for gradient in gradients:
        velocity = mu * velocity + gradient
        point -= rate * velocity
        path.append(point)
    assert steps("momentum", gradients, start, rate, mu) == path


@given(reals, st.lists(reals, max_size=5), rates)
def test_momentum_zero_is_gradient_descent_bit_for_bit(start, gradients, rate):
    heavy = steps("momentum", gradients, start, rate, 0.0)
    assert heavy == steps("gradient_descent", gradients, start, rate, 0.0)


@pytest.mark.parametrize("name", METHODS)
@given(st.lists(st.tuples(reals, reals, rates, momenta), min_size=1, max_size=9))
def test_rules_do_to_each_coordinate_of_an_array_what_they_do_to_a_float(name, rows):
    point, gradient, rate, momentum = np.array(rows).T
    together = steps(name, [gradient, gradient], point, rate, momentum)[-1]
    alone = [steps(name, [g, g], p, r, m)[-1] for p, g, r, m in rows]
    assert_array_equal(together, alone)


@pytest.mark.parametrize("name", METHODS)
def test_rules_keep_as_much_state_as_they_declare(name):
    rule = METHODS[name]
    before = tuple(np.full(3, number) for number in rule.state)
    _, after = rule.update(np.ones(3), np.ones(3), before, *settings(name, 0.1, 0.5))
    assert [np.shape(part) for part in after] == [(3,)] * len(rule.state)


@pytest.mark.parametrize("name", METHODS)
def test_rules_leave_their_arguments_alone(name):
    rule = METHODS[name]
    point, gradient = np.ones(3), np.full(3, 2.0)
    state = tuple(np.full(3, 0.5) for _ in rule.state)
    rule.update(point, gradient, state, *settings(name, 0.1, 0.5))
    assert_array_equal(point, 1.0)
    assert_array_equal(gradient, 2.0)
    for part in state:
        assert_array_equal(part, 0.5)


@pytest.mark.parametrize("name", METHODS)
def test_methods_have_registered_parameters_with_defaults_in_their_ranges(name):
    parameters = METHODS[name].parameters
    assert next(iter(parameters)) == "learning_rate"
    for parameter, default in parameters.items():
        low, below = PARAMETERS[parameter].low, PARAMETERS[parameter].below
        assert default is None or low <= default < below


def test_settings_are_counted_as_products_of_grids():
    grids = {"momentum": [0, 0.5, 0.9], "beta1": [0.8, 0.9], "beta2": [0.99, 0.999], "decay": None}
    assert setting_count(["gradient_descent"], 7, grids) == 7
    assert setting_count(["momentum"], 7, grids) == 21
    assert setting_count(["adam"], 7, grids) == 28
    assert setting_count(["rmsprop"], 7, grids) == 7  # its default
    assert setting_count(METHODS, 7, grids) == 7 * (1 + 3 + 3 + 1 + 1 + 4)
    assert setting_count([], 7, grids) == 0


@pytest.mark.parametrize("name", METHODS)
def test_methods_say_what_is_shown_of_them(name):
    record = METHODS[name]
    assert record.title
    assert record.formula
    assert record.equation
    assert record.reference
    assert len(set(record.colour)) == 2


def test_colours_are_told_apart():
    colours = [colour for record in METHODS.values() for colour in record.colour]
    assert len(set(colours)) == len(colours)


def test_users_of_pytorch_are_told_how_the_heavy_ball_relates_to_theirs():
    assert "PyTorch" in METHODS["momentum"].dialect
    assert "Polyak" in METHODS["momentum"].reference
