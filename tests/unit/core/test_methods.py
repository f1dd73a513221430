"""Update rules against their papers, in exact fractions, in forty digits and by invariants."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from methods_by_hand import path_by_hand
from numpy.testing import assert_allclose, assert_array_equal

from descent.core.methods import METHODS, setting_count
from descent.core.parameters import PARAMETERS

reals = st.floats(-1e6, 1e6)
rates = st.floats(1e-9, 10)
momenta = st.floats(0, 1, exclude_max=True)
small_fractions = st.fractions(-10, 10, max_denominator=100)


def settings(name, learning_rate, momentum, **others):
    """Return a method's parameters in its order: these where it has them, else its defaults."""
    given = {"learning_rate": learning_rate, "momentum": momentum, **others}
    return [given.get(key, default) for key, default in METHODS[name].parameters.items()]


def steps(name, gradients, point, learning_rate, momentum=None, **others):
    """Apply a rule to a sequence of gradients; return every point."""
    rule = METHODS[name]
    state = tuple(type(point)(number) if isinstance(point, Fraction) else number + 0 * point
                  for number in rule.state)  # fmt: skip
    visited = [point]
    parameters = settings(name, learning_rate, momentum, **others)
    for gradient in gradients:
        point, state = rule.update(point, gradient, state, *parameters)
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


@given(small_fractions, st.lists(small_fractions, max_size=6), small_fractions, small_fractions)
def test_nesterov_looks_ahead_of_sutskevers_point(start, gradients, rate, mu):
    """Sutskever et al. (2013), eqs. (3)-(4): the gradient is taken at θ + μ v, θ moves by v."""
    theta, velocity, path = start, Fraction(0), [start]
    for gradient in gradients:
        velocity = mu * velocity - rate * gradient
        theta += velocity
        path.append(theta + mu * velocity)
    assert steps("nesterov", gradients, start, rate, mu) == path


@given(small_fractions, st.lists(small_fractions, max_size=6), small_fractions, small_fractions)
def test_nesterov_goes_on_along_the_last_two_gradient_steps(start, gradients, rate, mu):
    """Nesterov (1983): x is a gradient step from y, y goes on along x's way."""
    x, y, path = start, start, [start]
    for gradient in gradients:
        before, x = x, y - rate * gradient
        y = x + mu * (x - before)
        path.append(y)
    assert steps("nesterov", gradients, start, rate, mu) == path


# ── The papers' algorithms over the whole history ────────────────────────────────────────────

sizes = st.floats(0.1, 10)
signed = st.tuples(st.sampled_from([-1, 1]), sizes).map(lambda pair: pair[0] * pair[1])
decays = st.floats(0, 0.99)
ADAPTIVE = ["adagrad", "rmsprop", "adam"]


@pytest.mark.parametrize("name", METHODS)
@given(
    gradients=st.lists(signed, min_size=1, max_size=9),
    start=st.floats(-1, 1),
    rate=st.floats(0.01, 1),
    values=st.fixed_dictionaries(
        dict.fromkeys(["momentum", "decay", "beta1", "beta2"], decays) | {"epsilon": sizes}
    ),
)
def test_every_method_walks_its_papers_path_with_any_parameters(
    name, gradients, start, rate, values
):
    """ε is of the gradients' size, so that its place counts."""
    own = {key: value for key, value in values.items() if key in METHODS[name].parameters}
    upcoming = iter(gradients)
    expected = path_by_hand(
        name, lambda _: [next(upcoming)], [start], len(gradients), learning_rate=rate, **own
    )
    found = steps(name, gradients, start, rate, **own)
    assert_allclose(found, [float(p) for (p,) in expected], rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("name", ADAPTIVE)
def test_with_their_defaults_a_thousand_steps_follow_the_paper_too(name):
    """Adam carries its powers along as products; their correction fades over thousands of steps."""
    gradients = np.random.default_rng(4).normal(1.0, 2.0, 1000)
    squares, t = gradients**2, np.arange(1, 1001)
    if name == "adagrad":
        expected = 0.1 * gradients / (np.sqrt(np.cumsum(squares)) + 1e-10)
    elif name == "rmsprop":
        mean = [0.01 * squares[:k] @ 0.99 ** np.arange(k)[::-1] for k in t]
        expected = 0.1 * gradients / (np.sqrt(mean) + 1e-8)
    else:
        weights = [(0.9 ** np.arange(k)[::-1], 0.999 ** np.arange(k)[::-1]) for k in t]
        mean = [gradients[:k] @ w / w.sum() for k, (w, _) in zip(t, weights, strict=True)]
        spread = [squares[:k] @ w / w.sum() for k, (_, w) in zip(t, weights, strict=True)]
        expected = 0.1 * np.array(mean) / (np.sqrt(spread) + 1e-8)
    found = -np.diff(steps(name, gradients, 0.0, 0.1))
    assert_allclose(found, expected, rtol=1e-10, atol=1e-13)


def test_adagrad_by_hand():
    """3² + 4² = 5², 5² + 12² = 13², 13² + 84² = 85²; ε = 1 is added to these roots."""
    found = steps("adagrad", [3.0, -4.0, 12.0, 84.0], 10.0, 2.0, epsilon=1.0)
    way = [Fraction(3, 4), Fraction(-4, 6), Fraction(12, 14), Fraction(84, 86)]
    expected = [float(10 - 2 * sum(way[:k])) for k in range(5)]
    assert_allclose(found, expected, rtol=1e-15)


def test_rmsprop_by_hand():
    """With ρ = 9/25 the root of the mean is the hypotenuse of 3/5 of the last one and 4/5 of g.

    From 0 and g = 5 it is 4; 12/5 and 16/5 make 4; 12/5 and 1 make 13/5.
    """
    found = steps("rmsprop", [5.0, -4.0, 1.25], 10.0, 2.0, decay=0.36, epsilon=1.0)
    way = [Fraction(5, 5), Fraction(-4, 5), Fraction(5, 4) / Fraction(18, 5)]
    expected = [float(10 - 2 * sum(way[:k])) for k in range(4)]
    assert_allclose(found, expected, rtol=1e-14)


def test_adam_by_hand():
    """β₂ = 1/2 weighs squares 1 : 2 : 4 : 8, β₁ = 1/3 gradients 1 : 3 : 9 : 27, newest heaviest.

    25/1 = 5², (25 + 2·1)/3 = 3², (25 + 2·1 + 4·9)/7 = 3² and (25 + 2·1 + 4·9 + 8·9)/15 = 3².
    """
    found = steps("adam", [5.0, -1.0, 3.0, -3.0], 10.0, 2.0, beta1=1 / 3, beta2=0.5, epsilon=1.0)
    means = [
        Fraction(5),
        Fraction(5 - 3, 4),
        Fraction(5 - 3 + 27, 13),
        Fraction(5 - 3 + 27 - 81, 40),
    ]
    way = [mean / (root + 1) for mean, root in zip(means, [5, 3, 3, 3], strict=True)]
    expected = [float(10 - 2 * sum(way[:k])) for k in range(5)]
    assert_allclose(found, expected, rtol=1e-14)


# ── Invariants ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", ADAPTIVE)
@given(gradients=st.lists(signed, min_size=1, max_size=6), power=st.integers(-200, 200))
def test_without_epsilon_the_scale_of_the_gradients_does_not_count(name, gradients, power):
    scaled = [g * 2.0**power for g in gradients]
    one, other = (steps(name, list_, 1.0, 0.1, epsilon=1e-300) for list_ in (gradients, scaled))
    assert one == other


@given(g=signed, rate=sizes, beta1=decays, beta2=decays, decay=decays)
def test_the_first_step_without_epsilon_is_the_learning_rate_against_the_gradients_sign(
    g, rate, beta1, beta2, decay
):
    sign = np.sign(g)
    (first,) = np.diff(steps("adam", [g], 0.0, rate, beta1=beta1, beta2=beta2, epsilon=1e-300))
    assert_allclose(first, -rate * sign, rtol=1e-12)
    (first,) = np.diff(steps("adagrad", [g], 0.0, rate, epsilon=1e-300))
    assert_allclose(first, -rate * sign, rtol=1e-12)
    (first,) = np.diff(steps("rmsprop", [g], 0.0, rate, decay=decay, epsilon=1e-300))
    assert_allclose(first, -rate * sign / np.sqrt(1 - decay), rtol=1e-12)


def test_along_a_constant_slope_each_method_has_its_known_pace():
    t = np.arange(1, 60)
    found = {
        name: -np.diff(steps(name, [7.0] * len(t), 0.0, 0.5, 0.8, epsilon=1e-300))
        for name in METHODS
    }
    assert_allclose(found["gradient_descent"], 3.5)
    assert_allclose(found["momentum"], 3.5 * (1 - 0.8**t) / (1 - 0.8))
    assert_allclose(found["nesterov"], 3.5 * (1 - 0.8 ** (t + 1)) / (1 - 0.8))
    assert_allclose(found["adagrad"], 0.5 / np.sqrt(t))
    assert_allclose(found["rmsprop"], 0.5 / np.sqrt(1 - 0.99**t))
    assert_allclose(found["adam"], 0.5)


@pytest.mark.parametrize("name", ADAPTIVE)
def test_epsilon_is_added_to_the_root(name):
    """Where ε is that root, here of a constant slope, the step is half of that without it."""
    root = 3.0 * np.sqrt(1 - 0.99) if name == "rmsprop" else 3.0
    full, half = (
        np.diff(steps(name, [3.0], 0.0, 0.5, epsilon=epsilon)) for epsilon in (1e-300, root)
    )
    assert_allclose(half, full / 2, rtol=1e-14)


def test_the_defaults_are_the_papers_and_where_a_paper_has_none_pytorchs():
    assert {name: dict(record.parameters) for name, record in METHODS.items()} == {
        "gradient_descent": {"learning_rate": None},
        "momentum": {"learning_rate": None, "momentum": 0.0},
        "nesterov": {"learning_rate": None, "momentum": 0.0},
        "adagrad": {"learning_rate": None, "epsilon": 1e-10},
        "rmsprop": {"learning_rate": None, "decay": 0.99, "epsilon": 1e-8},
        "adam": {"learning_rate": None, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8},
    }


# ── Any numbers, arrays of them, and the records ─────────────────────────────────────────────


@given(reals, st.lists(reals, max_size=5), rates)
def test_momentum_zero_is_gradient_descent_bit_for_bit(start, gradients, rate):
    plain = steps("gradient_descent", gradients, start, rate)
    assert steps("momentum", gradients, start, rate, 0.0) == plain
    assert steps("nesterov", gradients, start, rate, 0.0) == plain


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


@pytest.mark.parametrize("method", list(METHODS)[1:])
def test_users_of_other_libraries_are_told_how_rules_differ_from_theirs(method):
    for library in ("PyTorch", "Keras", "optax"):
        assert library in METHODS[method].dialect


def test_users_of_pytorch_are_told_how_the_heavy_ball_relates_to_theirs():
    assert "PyTorch" in METHODS["momentum"].dialect
    assert "Polyak" in METHODS["momentum"].reference
