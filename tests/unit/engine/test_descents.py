"""Descents: closed forms, the notebook's loop in plain Python, and how runs end."""

import math
from fractions import Fraction

import numpy as np
import pytest
import scipy.optimize
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from descent.core.methods import METHODS
from descent.core.objective import Objective
from descent.core.objectives.rosenbrock_function import (
    rosenbrock,
    rosenbrock_gradient,
    rosenbrock_objective,
)
from descent.engine.descents import descend, descend_many, sweep


def quadratic(*eigenvalues):
    """Return f(p) = ½ Σ λ p² as an objective."""
    curvature = np.array(eigenvalues, float)[:, None]
    return Objective(lambda p: (0.5 * (curvature * p * p).sum(axis=0), curvature * p))


def notebook_descent(x, y, iterations, learning_rate, momentum=0.0):
    """Walk as the notebook does, in Python's floats; return x, y, f up to the last finite f."""
    rows, v1, v2 = [], 0.0, 0.0
    for _ in range(iterations + 1):
        value = (1 - x) * (1 - x) + 100 * ((y - x * x) * (y - x * x))
        if not math.isfinite(value):
            break
        rows.append((x, y, value))
        v1 = momentum * v1 + learning_rate * (-2 * (1 - x) - 400 * x * (y - x * x))
        v2 = momentum * v2 + learning_rate * (200 * (y - x * x))
        x, y = x - v1, y - v2
    return np.array(rows)


def notebook_starts(seed=10):
    """Draw the notebook's six starts, cell after cell from one seed."""
    np.random.seed(seed)
    plain = [np.random.uniform(-1, 1, size=2) for _ in range(3)]
    return plain + [np.random.uniform(-10, 10, size=2) for _ in range(3)]


NOTEBOOK_SETTINGS = [
    (0.005, 0.0),
    (0.001, 0.0),
    (0.0001, 0.0),
    (0.0005, 0.025),
    (0.00025, 0.025),
    (0.00005, 0.05),
]


def assert_same_outcomes(found, expected):
    for ours, theirs in zip(found, expected, strict=True):
        assert_array_equal(ours, theirs, strict=True)


# ── Closed forms ─────────────────────────────────────────────────────────────────────────────


@given(st.floats(0.01, 1.99), st.floats(-10, 10), st.integers(0, 60))
def test_gradient_descent_on_a_quadratic_shrinks_geometrically(h, start, iterations):
    """The t-th iterate is (1 − ηλ)ᵗ p₀."""
    curvature = 4.0
    run = descend(
        quadratic(curvature), "gradient_descent", [start], iterations, learning_rate=h / curvature
    )
    expected = start * (1 - h) ** np.arange(iterations + 1)
    assert_allclose(run.points[:, 0], expected, rtol=1e-10, atol=1e-12)
    assert_allclose(run.values, 0.5 * curvature * expected**2, rtol=1e-9, atol=1e-24)


@given(
    st.fractions(Fraction(1, 20), 3, max_denominator=20),
    st.fractions(0, Fraction(19, 20), max_denominator=20),
    st.integers(1, 30),
)
def test_momentum_on_a_quadratic_follows_its_exact_recurrence(h, mu, iterations):
    """Eliminating v leaves p₊ = (1 + μ − ηλ) p − μ p₋, with p₋ = p at the start."""
    before, now = Fraction(1), Fraction(1)
    exact = [now]
    for _ in range(iterations):
        before, now = now, (1 + mu - h) * now - mu * before
        exact.append(now)
    run = descend(quadratic(1.0), "momentum", [1.0], iterations, float(h), float(mu))
    largest = float(max(map(abs, exact)))
    assert_allclose(run.points[:, 0], np.array(exact, float), atol=1e-13 * largest * iterations)


@pytest.mark.parametrize(
    ("method", "momentum", "limit"),
    [("gradient_descent", 0.0, 2.0), ("momentum", 0.5, 3.0), ("momentum", 0.9, 3.8)],
)
def test_a_quadratic_converges_just_below_the_stability_limit_and_diverges_above(
    method, momentum, limit
):
    """The limit of ηλ is 2 for gradient descent and 2 (1 + μ) for the heavy ball."""
    rates = np.array([0.99 * limit, 1.01 * limit]) / 3.0
    outcomes = sweep(quadratic(3.0), method, [[1.0], [1.0]], 40_000, rates, momentum, target=1e-12)
    assert outcomes.status.tolist() == ["reached", "diverged"]


@pytest.mark.parametrize("condition", [10.0, 100.0])
def test_polyaks_tuning_reaches_his_rate(condition):
    root = math.sqrt(condition)
    momentum = ((root - 1) / (root + 1)) ** 2
    rate = (2 / (root + 1)) ** 2
    run = descend(quadratic(1.0, condition), "momentum", [1.0, 1.0], 400, rate, momentum)
    norms = np.abs(run.points).max(axis=1)
    found = (norms[150] / norms[50]) ** (1 / 100)
    assert_allclose(found, math.sqrt(momentum), rtol=0.02)


# ── The notebook's runs ──────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("place", range(6))
def test_the_notebooks_runs_are_those_of_its_own_loop(place):
    start, (rate, momentum) = notebook_starts()[place], NOTEBOOK_SETTINGS[place]
    expected = notebook_descent(*start.tolist(), 100, rate, momentum)
    method = "momentum" if momentum else "gradient_descent"
    run = descend("rosenbrock", method, start, 100, rate, momentum)
    assert run.status == ("budget" if len(expected) == 101 else "diverged")
    assert len(run.values) == len(expected)
    # Where a run diverges, errors of rounding grow as fast as the iterates.
    assert_allclose(np.column_stack([run.points, run.values]), expected, rtol=1e-8)


def test_the_notebooks_gradient_descents_stay_finite():
    for start, (rate, _) in zip(notebook_starts()[:3], NOTEBOOK_SETTINGS, strict=False):
        assert descend("rosenbrock", "gradient_descent", start, 100, rate).status == "budget"


@given(
    st.tuples(st.floats(-3, 3), st.floats(-3, 3)),
    st.floats(1e-5, 1e-2),
    st.floats(0, 0.99),
    st.sampled_from(sorted(METHODS)),
)
def test_a_descent_is_the_rule_applied_point_by_point_bit_for_bit(start, rate, mu, method):
    run = descend("rosenbrock", method, start, 50, rate, **momentum_of(method, mu))
    rule = METHODS[method]
    settings = ({"learning_rate": rate} | momentum_of(method, mu)).items()
    settings = (dict(rule.parameters) | dict(settings)).values()
    point, state = np.array(start), tuple(np.full(2, number) for number in rule.state)
    for found_point, found_value in zip(run.points, run.values, strict=True):
        assert_array_equal(found_point, point)
        assert found_value == rosenbrock(point)
        point, state = rule.update(point, rosenbrock_gradient(point), state, *settings)


def test_a_and_b_are_the_objectives():
    objective = rosenbrock_objective(2.0, 3.0)
    run = descend(objective, "gradient_descent", [0.0, 0.0], 1, 0.1)
    assert_allclose(run.points[1], [0.4, 0.0])
    outcomes = sweep(objective, "momentum", [[1.5, 2.0]], 100_000, 0.01, 0.9, target=1e-20)
    assert outcomes.status == ["reached"]
    assert_allclose(outcomes.point[0], [2.0, 4.0], atol=1e-8)


def test_more_dimensions_descend_to_the_minimum():
    start = np.full((1, 3), 0.5)
    outcomes = sweep("rosenbrock", "momentum", start, 50_000, 1e-3, 0.9, target=1e-12)
    assert outcomes.status == ["reached"]
    assert_allclose(outcomes.point, 1.0, atol=1e-4)


# ── Many runs are so many single runs ────────────────────────────────────────────────────────

settings_of_runs = st.lists(
    st.tuples(
        st.floats(-3, 3),
        st.floats(-3, 3),
        st.floats(-5, -1.5).map(lambda e: 10**e),
        st.floats(0, 0.99),
    ),
    min_size=1,
    max_size=7,
)


def momentum_of(method, momentum):
    """Name the momentum where the method has one."""
    return {"momentum": momentum} if "momentum" in METHODS[method].parameters else {}


def sweep_of(rows, method, iterations=90, target=0.5):
    x1, x2, rate, mu = np.array(rows).T
    starts, momentum = np.stack([x1, x2], 1), momentum_of(method, mu)
    return sweep("rosenbrock", method, starts, iterations, rate, target=target, **momentum)


def outcome_from_trajectory(run, target, iterations):
    """Judge a whole trajectory afterwards, by the order of outcomes."""
    hits = np.flatnonzero(run.values <= target)
    if hits.size:
        return "reached", hits[0]
    return ("budget" if len(run.values) == iterations + 1 else "diverged"), len(run.values) - 1


@pytest.mark.parametrize("method", METHODS)
@given(rows=settings_of_runs, iterations=st.integers(0, 90), target=st.floats(0.01, 30))
def test_each_run_of_a_sweep_ends_as_it_does_alone(method, rows, iterations, target):
    outcomes = sweep_of(rows, method, iterations, target)
    for i, (x1, x2, rate, mu) in enumerate(rows):
        run = descend("rosenbrock", method, [x1, x2], iterations, rate, **momentum_of(method, mu))
        status, end = outcome_from_trajectory(run, target, iterations)
        if outcomes.status[i] == "cycle":
            assert status == "budget"
            end = outcomes.iterations[i]
        else:
            assert (outcomes.status[i], outcomes.iterations[i]) == (status, end)
        assert outcomes.value[i] == run.values[end]
        assert_array_equal(outcomes.point[i], run.points[end])


@pytest.mark.parametrize("method", METHODS)
@given(rows=settings_of_runs, data=st.data())
def test_results_do_not_depend_on_order_or_company(method, rows, data):
    whole = sweep_of(rows, method)
    order = data.draw(st.lists(st.sampled_from(range(len(rows))), min_size=1, max_size=9))
    part = sweep_of([rows[i] for i in order], method)
    assert_same_outcomes(part, [field[order] for field in whole])


def test_many_trajectories_are_so_many_single_ones():
    starts = np.random.default_rng(2).uniform(-3, 3, (6, 2))
    together = descend_many("rosenbrock", "momentum", starts, 60, 0.002, 0.5)
    assert {run.status for run in together} == {"budget", "diverged"}
    for start, run in zip(starts, together, strict=True):
        alone = descend("rosenbrock", "momentum", start, 60, 0.002, 0.5)
        assert run.status == alone.status
        assert_array_equal(run.points, alone.points)
        assert_array_equal(run.values, alone.values)


def test_scalar_settings_are_those_of_every_run():
    starts = np.random.default_rng(2).uniform(-1, 1, (5, 2))
    one = sweep("rosenbrock", "momentum", starts, 70, 0.001, 0.5, target=1e-3)
    each = sweep("rosenbrock", "momentum", starts, 70, [0.001] * 5, [0.5] * 5, target=1e-3)
    assert_same_outcomes(one, each)


# ── How runs end ─────────────────────────────────────────────────────────────────────────────


def test_a_run_that_starts_at_its_target_needs_no_iteration():
    outcomes = sweep("rosenbrock", "momentum", [[1.0, 1.0], [0.0, 0.0]], 10, 1e-3, 0.5, target=1.0)
    assert outcomes.status.tolist() == ["reached", "reached"]
    assert outcomes.iterations.tolist() == [0, 0]
    assert outcomes.value.tolist() == [0.0, 1.0]
    assert_array_equal(outcomes.point, [[1.0, 1.0], [0.0, 0.0]])


def test_without_iterations_a_run_stays_at_its_start():
    outcomes = sweep("rosenbrock", "momentum", [[3.0, 2.0]], 0, 1e-3, 0.5, target=1e-6)
    assert (outcomes.status[0], outcomes.iterations[0]) == ("budget", 0)
    assert_array_equal(outcomes.point, [[3.0, 2.0]])
    run = descend("rosenbrock", "momentum", [3.0, 2.0], 0, 1e-3, 0.5)
    assert run.points.tolist() == [[3.0, 2.0]]
    assert run.values.tolist() == [rosenbrock([3.0, 2.0])]


def test_a_target_met_by_the_last_update_is_reached_and_not_budget():
    """With ηλ = ½ the value falls to a quarter by each update."""
    for budget, status in [(4, "budget"), (5, "reached"), (6, "reached")]:
        outcomes = sweep(quadratic(2.0), "gradient_descent", [[1.0]], budget, 0.25, target=4.0**-5)
        assert (outcomes.status[0], outcomes.iterations[0]) == (status, min(budget, 5))


def test_the_target_is_a_distance_from_the_minimum():
    shifted = quadratic(1.0)._replace(minimum=-7.0)
    lowered = shifted._replace(
        evaluate=lambda p: (quadratic(1.0).evaluate(p)[0] - 7.0, p),
    )
    plain = sweep(quadratic(1.0), "gradient_descent", [[1.0]], 50, 0.5, target=1e-3)
    moved = sweep(lowered, "gradient_descent", [[1.0]], 50, 0.5, target=1e-3)
    assert plain.iterations[0] == moved.iterations[0] == 5


@pytest.mark.parametrize("method", ["gradient_descent", "momentum"])
def test_a_diverged_run_keeps_its_last_finite_iterate_and_warns_of_nothing(method):
    start, rate, mu = [-1.2, 1.0], 0.05, 0.3 * (method == "momentum")
    run = descend("rosenbrock", method, start, 1000, rate, **momentum_of(method, mu))
    assert run.status == "diverged"
    assert 1 < len(run.values) < 20
    assert np.isfinite(run.points).all()
    assert np.isfinite(run.values).all()
    assert len(run.points) == len(notebook_descent(*start, 1000, rate, mu))
    settings = momentum_of(method, mu)
    outcomes = sweep("rosenbrock", method, [start], 1000, rate, target=1e-6, **settings)
    assert (outcomes.status[0], outcomes.iterations[0]) == ("diverged", len(run.values) - 1)
    assert outcomes.value[0] == run.values[-1]
    assert_array_equal(outcomes.point[0], run.points[-1])


def test_divergence_by_the_last_update_is_divergence_and_not_budget():
    end = sweep("rosenbrock", "gradient_descent", [[-1.2, 1.0]], 1000, 0.05).iterations[0]
    for budget, status in [(end, "budget"), (end + 1, "diverged"), (end + 2, "diverged")]:
        outcomes = sweep("rosenbrock", "gradient_descent", [[-1.2, 1.0]], budget, 0.05)
        assert (outcomes.status[0], outcomes.iterations[0]) == (status, end)


def test_a_nan_among_the_settings_does_not_touch_other_runs():
    starts = [[0.5, 0.5]] * 3
    outcomes = sweep("rosenbrock", "momentum", starts, 30, [1e-3, np.nan, 1e-3], 0.5, target=1e-9)
    assert outcomes.status.tolist() == ["budget", "diverged", "budget"]
    assert outcomes.iterations.tolist() == [30, 0, 30]
    assert np.isfinite(outcomes.value).all()


@pytest.mark.parametrize("place", [0, 1, 2])
def test_an_iterate_that_is_not_finite_is_divergence_though_the_value_is_finite(place):
    def blind(p):
        gradient = np.zeros_like(p)
        gradient[place] = np.inf
        return np.ones(p.shape[1]), gradient

    outcomes = sweep(Objective(blind), "gradient_descent", [[1.0, 2.0, 3.0]], 10, 0.1)
    assert (outcomes.status[0], outcomes.iterations[0]) == ("diverged", 0)
    assert_array_equal(outcomes.point, [[1.0, 2.0, 3.0]])


def test_an_objective_without_a_lower_bound_diverges():
    hill = Objective(lambda p: (-(p * p).sum(axis=0), -2.0 * p))
    outcomes = sweep(hill, "gradient_descent", [[1.0]], 5000, 1.0)
    assert outcomes.status == ["diverged"]
    assert descend(hill, "gradient_descent", [1.0], 5000, 1.0).status == "diverged"


@pytest.mark.parametrize("start", [[1e100, 0.0], [np.nan, 0.0], [np.inf, 0.0]])
def test_a_start_without_a_finite_value_is_never_told_as_a_finite_result(start):
    """It is refused, or diverged after 0 updates; -1 updates with the value 0 is neither."""
    try:
        outcomes = sweep("rosenbrock", "momentum", [start], 10, 1e-3, 0.5, target=1e-6)
    except ValueError as error:
        assert "start" in str(error)  # noqa: PT017
    else:
        assert (outcomes.status[0], outcomes.iterations[0]) == ("diverged", 0)
        assert not np.isfinite(outcomes.value[0])


# ── Cycles ───────────────────────────────────────────────────────────────────────────────────


def two_cycle(learning_rate):
    """Solve for the points that gradient descent swaps, without descending."""

    def swap(z):
        p, q = z[:2], z[2:]
        return np.concatenate(
            [
                p - learning_rate * rosenbrock_gradient(p) - q,
                q - learning_rate * rosenbrock_gradient(q) - p,
            ]
        )

    return scipy.optimize.fsolve(swap, [0.53, 0.21, 0.46, 0.29], xtol=1e-14).reshape(2, 2)


def test_the_notebooks_largest_learning_rate_ends_in_a_cycle_of_two_points():
    start = notebook_starts()[0]
    outcomes = sweep("rosenbrock", "gradient_descent", [start], 20_000, 0.005, target=1e-6)
    assert outcomes.status == ["cycle"]
    assert outcomes.period == [2]
    run = descend("rosenbrock", "gradient_descent", start, 20_000, 0.005)
    assert run.status == "budget"
    assert_array_equal(outcomes.point[0], run.points[20_000])
    # The two points are those that swap by theory, and they hold to rounding for ever.
    orbit = two_cycle(0.005)
    assert np.abs(orbit[0] - orbit[1]).max() > 0.05
    last = run.points[-2:]
    assert_allclose(np.sort(last, axis=0), np.sort(orbit, axis=0), rtol=1e-12)
    assert np.abs(run.points[12_000:-2] - run.points[12_002:]).max() < 1e-15


def test_the_cycle_is_the_same_from_other_starts_and_other_budgets():
    starts = np.random.default_rng(4).uniform(-1, 1, (12, 2))
    short, long = (
        sweep("rosenbrock", "gradient_descent", starts, n, 0.005, target=1e-6)
        for n in (10_000, 20_000)
    )
    cycling = short.status == "cycle"
    assert cycling.sum() >= 6
    assert (long.status[cycling] == "cycle").all()
    assert (short.period[cycling] == 2).all()
    assert (long.period[cycling] == 2).all()
    orbit = two_cycle(0.005)
    distances = np.abs(short.point[cycling, None] - orbit).max(axis=2).min(axis=1)
    assert distances.max() < 1e-8


@pytest.mark.parametrize("period", [3, 4, 5, 6, 7, 8])
def test_undamped_orbits_of_up_to_eight_points_are_cycles(period):
    """With μ = 1 and ηλ = 2 − 2 cos(2π/k) the heavy ball turns for ever in k steps."""
    rate = 2 - 2 * math.cos(2 * math.pi / period)
    unattained = quadratic(1.0)._replace(minimum=-1.0)  # or orbits through 0 would reach it
    outcomes = sweep(unattained, "momentum", [[1.0]], 2000, rate, 1.0, target=1e-6)
    assert outcomes.status == ["cycle"]
    assert outcomes.period == [period]


def test_gradient_descent_at_its_stability_limit_is_a_cycle_of_two():
    outcomes = sweep(quadratic(1.0), "gradient_descent", [[1.0]], 2000, 2.0, target=1e-6)
    assert outcomes.status == ["cycle"]
    assert abs(outcomes.point[0, 0]) == 1.0


def test_a_run_at_its_target_is_reached_even_where_it_cycles():
    outcomes = sweep(quadratic(1.0), "gradient_descent", [[1.0]], 2000, 2.0, target=0.5)
    assert outcomes.status == ["reached"]


def test_without_a_target_cycles_run_on():
    outcomes = sweep(quadratic(1.0), "gradient_descent", [[1.0]], 200, 2.0)
    assert (outcomes.status[0], outcomes.iterations[0]) == ("budget", 200)


@pytest.mark.parametrize("rate", [1e-7, 1e-9, 1e-12, 1e-300])
@pytest.mark.parametrize("mu", [0.0, 0.9])
def test_tiny_learning_rates_are_slow_and_no_cycle(rate, mu):
    starts = np.random.default_rng(8).uniform(-2, 2, (8, 2))
    outcomes = sweep("rosenbrock", "momentum", starts, 1500, rate, mu, target=1e-6)
    assert set(outcomes.status) == {"budget"}


@pytest.mark.parametrize("condition", [1e7, 1e9, 1e12])
@pytest.mark.parametrize("mu", [0.0, 0.5, 0.99])
def test_ill_conditioned_quadratics_are_slow_and_no_cycle(condition, mu):
    objective = quadratic(1.0, condition)
    rates = np.array([0.1, 0.9, 1.3, 1.9, 1.99]) / condition
    outcomes = sweep(objective, "momentum", [[1.0, 1.0]] * 5, 3000, rates, mu, target=1e-12)
    assert set(outcomes.status) == {"budget"}


def test_an_oscillation_that_shrinks_by_a_millionth_a_step_is_no_cycle():
    outcomes = sweep(quadratic(1.0), "gradient_descent", [[1.0]], 20_000, 1.999999, target=1e-6)
    assert outcomes.status == ["budget"]
    assert_allclose(abs(outcomes.point[0, 0]), 0.999999**20_000, rtol=1e-9)


def test_an_oscillation_that_grows_by_a_millionth_a_step_is_no_cycle():
    outcomes = sweep(quadratic(1.0), "gradient_descent", [[1.0]], 5000, 2.000001, target=1e-6)
    assert outcomes.status == ["budget"]


@pytest.mark.parametrize("period", [2.001, 2.5, 3, 3.7, 4, 5, 6, 7, 8])
def test_a_slowly_damped_rotation_is_no_cycle(period):
    """The roots' modulus √μ is 0.999999, their angle 2π/k."""
    mu = 0.999998
    rate = 1 + mu - 2 * math.sqrt(mu) * math.cos(2 * math.pi / period)
    # The second coordinate turns at another speed: the two never pass through 0 together.
    start = [[1.0, 1.0]]
    outcomes = sweep(quadratic(1.0, 0.5), "momentum", start, 10_000, rate, mu, target=1e-9)
    assert outcomes.status == ["budget"]


@pytest.mark.parametrize("mu", [0.125, 0.25, 0.5, 0.75])
def test_passing_an_earlier_point_at_another_speed_is_no_cycle(mu):
    """With ηλ = 2 + μ the second update leads back to the start, yet the run converges."""
    outcomes = sweep(quadratic(1.0), "momentum", [[1.0]], 2000, 2.0 + mu, mu, target=1e-12)
    assert outcomes.status == ["reached"]


def test_every_cycle_comes_back_within_eight_updates():
    rng = np.random.default_rng(12)
    starts, rates = rng.uniform(-1, 1, (60, 2)), rng.uniform(0.003, 0.008, 60)
    outcomes = sweep("rosenbrock", "gradient_descent", starts, 6000, rates, target=1e-9)
    cycling = np.flatnonzero(outcomes.status == "cycle")
    assert cycling.size > 10
    for i in cycling:
        on = descend("rosenbrock", "gradient_descent", outcomes.point[i], 8, rates[i])
        away = np.abs(on.points - on.points[0]).max(axis=1)
        assert away[2:].min() <= 1e-8 * away[1]


# ── Wrong arguments ──────────────────────────────────────────────────────────────────────────


def test_an_unknown_method_is_named_with_those_allowed():
    with pytest.raises(ValueError, match=r"method = 'sgd' .*gradient_descent, momentum"):
        descend("rosenbrock", "sgd", [0.0, 0.0], 1, 0.1)


def test_an_unknown_objective_is_named_with_those_allowed():
    with pytest.raises(ValueError, match=r"objective = 'banana' .*rosenbrock"):
        sweep("banana", "momentum", [[0.0, 0.0]], 1, 0.1)


@pytest.mark.parametrize("iterations", [-1, -2, -100])
def test_a_negative_budget_is_named(iterations):
    with pytest.raises(ValueError, match=f"iterations = {iterations} must not be negative"):
        sweep("rosenbrock", "momentum", [[0.0, 0.0]], iterations, 0.1)
    with pytest.raises(ValueError, match=f"iterations = {iterations} must not be negative"):
        descend("rosenbrock", "momentum", [0.0, 0.0], iterations, 0.1)


def test_starts_of_the_wrong_shape_are_refused_with_the_shape_wanted():
    with pytest.raises(ValueError, match=r"\(runs, d\)"):
        sweep("rosenbrock", "momentum", [0.0, 0.0], 1, 0.1)


def test_starts_and_settings_are_left_alone():
    starts, rates = np.array([[0.5, 0.5], [-1.0, 9.0]]), np.array([1e-3, 0.1])
    sweep("rosenbrock", "momentum", starts, 20, rates, 0.5)
    assert_array_equal(starts, [[0.5, 0.5], [-1.0, 9.0]])
    assert_array_equal(rates, [1e-3, 0.1])
