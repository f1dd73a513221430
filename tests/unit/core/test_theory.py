"""What is known about methods: algebra in exact fractions, and eigenvalues."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from descent.core.methods import METHODS
from descent.core.objectives.lessard_function import lessard_formula
from descent.core.objectives.quadratic_function import quadratic_objective
from descent.core.theory import (
    convergence_rate,
    lessard_cycle,
    methods_with_limit,
    optimal_gradient_descent,
    optimal_heavy_ball,
    optimal_nesterov,
    stability_limit,
    usual_nesterov,
)
from descent.engine.descents import descend, sweep

momenta = st.floats(0, 0.99)
conditions = st.floats(1.01, 1e6)
TUNINGS = {
    "gradient_descent": optimal_gradient_descent,
    "momentum": optimal_heavy_ball,
    "nesterov": optimal_nesterov,
}


def iteration_matrix(method, h, momentum):
    """Return what an update does to (point, state), column by column, from the rule itself."""
    rule = METHODS[method]
    settings = [h if name == "learning_rate" else momentum for name in rule.parameters]
    size = 1 + len(rule.state)
    images = []
    for unit in np.eye(size):
        point, state = rule.update(unit[0], unit[0], tuple(unit[1:]), *settings)
        images.append([point, *state])
    return np.array(images).T


def spectral_radius(method, h, momentum):
    return np.abs(np.linalg.eigvals(iteration_matrix(method, h, momentum))).max()


# ── Stability limits ─────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("method", methods_with_limit())
@given(momentum=momenta)
def test_below_its_limit_a_method_shrinks_errors_and_above_it_does_not(method, momentum):
    limit = stability_limit(method, momentum)
    for below in (0.01, 0.5, 0.9, 0.999):
        assert spectral_radius(method, below * limit, momentum) < 1
    for above in (1.001, 1.5, 10):
        assert spectral_radius(method, above * limit, momentum) > 1
    assert_allclose(spectral_radius(method, limit, momentum), 1, rtol=1e-12)


def test_the_limits_are_the_known_ones():
    assert stability_limit("gradient_descent") == 2
    assert stability_limit("gradient_descent", 0.9) == 2  # it has no momentum
    assert stability_limit("momentum", 0.9) == 3.8
    assert_allclose(stability_limit("nesterov", 0.9), 3.8 / 2.8)
    for method in methods_with_limit():
        assert stability_limit(method) == stability_limit(method, 0.0) == 2
        assert_allclose(convergence_rate(method, [1.0, 5.0], 0.1), 0.9, rtol=1e-15)


@pytest.mark.parametrize("method", ["adam", "newton"])
def test_a_method_without_a_known_limit_is_refused(method):
    with pytest.raises(ValueError, match=f"{method}.*gradient_descent, momentum, nesterov"):
        stability_limit(method)
    with pytest.raises(ValueError, match=f"{method}.*gradient_descent, momentum, nesterov"):
        convergence_rate(method, 1.0, 0.1)


@pytest.mark.parametrize(
    ("method", "momentum"),
    [("gradient_descent", 0.0)]
    + [(method, momentum) for method in ("momentum", "nesterov") for momentum in (0.0, 0.5, 0.9)],
)
@pytest.mark.parametrize("eigenvalue", [0.01, 3.0, 1000.0])
def test_a_run_converges_just_below_the_limit_and_diverges_just_above(method, momentum, eigenvalue):
    """From far out, so that a factor of a million to either side is an end."""
    rates = np.array([0.995, 1.005]) * stability_limit(method, momentum) / eigenvalue
    parabola, starts = quadratic_objective([eigenvalue]), [[1e148], [1e148]]
    outcomes = sweep(parabola, method, starts, 6000, rates, momentum, target=1e284)
    assert outcomes.status.tolist() == ["reached", "diverged"]


# ── Rates ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("method", TUNINGS)
@given(h=st.floats(1e-6, 4), momentum=momenta)
def test_the_rate_is_the_largest_eigenvalue_of_the_rule(method, h, momentum):
    """Where eigenvalues all but coincide, rounding moves them by the root of its size."""
    expected = spectral_radius(method, h, momentum)
    assert_allclose(convergence_rate(method, h, 1.0, momentum), expected, atol=1e-7)


def test_the_slowest_eigenvalue_decides_the_rate():
    eigenvalues = [1.0, 7.0, 20.0]
    rates = [convergence_rate("nesterov", c, 0.03, 0.5) for c in eigenvalues]
    assert convergence_rate("nesterov", eigenvalues, 0.03, 0.5) == max(rates) == rates[0]


@pytest.mark.parametrize("method", TUNINGS)
@given(condition=conditions, scale=st.floats(1e-3, 1e3))
def test_tuned_settings_have_the_rate_they_claim(method, condition, scale):
    """Where two eigenvalues coincide the larger is known to the root of a rounding error only."""
    tuning = TUNINGS[method](scale, scale * condition)
    spectrum = scale * np.geomspace(1, condition, 300)
    found = convergence_rate(method, spectrum, tuning.learning_rate, tuning.momentum)
    assert_allclose(found, tuning.rate, atol=1e-7)
    assert tuning.learning_rate * scale * condition < stability_limit(method, tuning.momentum)


@pytest.mark.parametrize("method", TUNINGS)
@given(
    condition=st.floats(1.5, 1e4),
    rate=st.floats(0.01, 4),
    momentum=st.floats(0, 1, exclude_max=True),
)
def test_no_other_settings_are_better_than_the_tuned_ones(method, condition, rate, momentum):
    tuning = TUNINGS[method](1.0, condition)
    momentum = momentum if method != "gradient_descent" else 0.0
    ends = [1.0, condition]
    for other_rate, other_momentum in (
        (rate / condition, momentum),
        (tuning.learning_rate * (0.99 + rate / 200), tuning.momentum),
        (tuning.learning_rate, 0.98 * tuning.momentum + 0.02 * momentum),
    ):
        if method == "gradient_descent":
            other_momentum = 0.0
        assert convergence_rate(method, ends, other_rate, other_momentum) >= tuning.rate - 1e-7


@pytest.mark.parametrize("tune", [*TUNINGS.values(), usual_nesterov])
@pytest.mark.parametrize("ends", [(0, 1), (-1, 1), (2, 1), (1, float("nan")), (1, float("inf"))])
def test_a_spectrum_that_is_none_is_refused(tune, ends):
    with pytest.raises(ValueError, match="must be above 0 and in order"):
        tune(*ends)


@pytest.mark.parametrize("tune", [*TUNINGS.values(), usual_nesterov])
def test_of_one_eigenvalue_the_minimum_is_reached_at_once(tune):
    assert tune(4.0, 4.0) == (0.25, 0.0, 0.0)


@given(condition=conditions)
def test_nesterovs_usual_settings_are_one_minus_the_root(condition):
    tuning = usual_nesterov(1.0, condition)
    assert_allclose(tuning.rate, 1 - condition**-0.5)
    spectrum = np.geomspace(1, condition, 300)
    found = convergence_rate("nesterov", spectrum, tuning.learning_rate, tuning.momentum)
    assert_allclose(found, tuning.rate, atol=1e-7)
    assert tuning.rate >= optimal_nesterov(1.0, condition).rate - 1e-12


@given(condition=st.floats(2, 1e6))
def test_the_tuned_heavy_ball_is_the_fastest(condition):
    rates = {method: tune(1.0, condition).rate for method, tune in TUNINGS.items()}
    assert rates["momentum"] < rates["nesterov"] < rates["gradient_descent"]
    root = condition**0.5
    assert_allclose(rates["momentum"], (root - 1) / (root + 1))
    assert_allclose(rates["gradient_descent"], (condition - 1) / (condition + 1))


@pytest.mark.parametrize("condition", [4.0, 49.0])
def test_the_tuned_heavy_ball_follows_its_closed_form(condition):
    """At the ends of the spectrum the error is (1 + (1 ∓ ρ) t) (±ρ)ᵗ."""
    tuning = optimal_heavy_ball(1.0, condition)
    objective = quadratic_objective([1.0, condition])
    run = descend(objective, "momentum", [1.0, 1.0], 60, tuning.learning_rate, tuning.momentum)
    t, rho = np.arange(61), tuning.rate
    assert_allclose(run.points[:, 0], (1 + (1 - rho) * t) * rho**t, rtol=1e-9)
    assert_allclose(run.points[:, 1], (1 + (1 + rho) * t) * (-rho) ** t, rtol=1e-9)


# ── The cycle of Lessard, Recht and Packard ──────────────────────────────────────────────────


def exact_derivative(x):
    """Return the derivative of the printed function, in fractions."""
    return 25 * x if x < 1 else x + 24 if x < 2 else 25 * x - 24


def test_the_cycle_is_one_of_the_function_in_exact_fractions():
    """Walk from each point with the step that leads to it: after three updates all is as before."""
    cycle = lessard_cycle()
    assert cycle == (Fraction(-2208, 1225), Fraction(2592, 1225), Fraction(792, 1225))
    for k in range(3):
        point, velocity = cycle[k], cycle[k - 1] - cycle[k]
        for step in range(1, 4):
            point, (velocity,) = METHODS["momentum"].update(
                point, exact_derivative(point), (velocity,), Fraction(1, 9), Fraction(4, 9)
            )
            assert point == cycle[(k + step) % 3]
        assert velocity == cycle[k - 1] - cycle[k]


def test_the_objectives_derivative_is_the_printed_one():
    for x in (-3.0, 0.5, 1.0, 1.75, 2.0, 2.5):
        gradient = np.empty(1)
        lessard_formula(np.array([x]), gradient)
        assert gradient[0] == exact_derivative(Fraction(x))


def test_the_tuned_settings_are_those_of_the_cycle():
    tuning = optimal_heavy_ball(1.0, 25.0)
    assert_allclose([tuning.learning_rate, tuning.momentum], [1 / 9, 4 / 9], rtol=1e-15)


def test_from_many_starts_the_heavy_ball_ends_in_the_cycle_for_ever():
    starts = np.linspace(3.07, 3.46, 40)[:, None]
    outcomes = sweep("lessard", "momentum", starts, 5000, 1 / 9, 4 / 9, target=1e-9)
    assert set(outcomes.status) == {"cycle"}
    assert set(outcomes.period) == {3}
    run = descend("lessard", "momentum", starts[7], 6000, 1 / 9, 4 / 9)
    cycle = np.array([float(point) for point in lessard_cycle()])
    turn = np.abs(cycle - run.points[300]).argmin()
    expected = np.resize(np.roll(cycle, -turn), 5701)
    assert np.abs(run.points[300:, 0] - expected).max() < 1e-14


def test_the_same_settings_converge_on_the_quadratic_they_are_tuned_for():
    outcomes = sweep(
        quadratic_objective([1.0, 25.0]), "momentum", [[3.3, 3.3]], 100, 1 / 9, 4 / 9, target=1e-9
    )
    assert outcomes.status.tolist() == ["reached"]
