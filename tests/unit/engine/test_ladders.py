"""Hitting times of a ladder of targets and holds, against a plain loop over whole trajectories."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from descent.core.methods import METHODS
from descent.core.networks import network_objective
from descent.core.objective import Objective
from descent.core.objectives.lessard_function import lessard_objective
from descent.core.objectives.quadratic_function import quadratic_objective
from descent.core.objectives.rosenbrock_function import rosenbrock_objective
from descent.core.weight_initialisation import initial_parameters
from descent.engine.descents import descend, sweep

LAYERS = (2, 4, 3)


def network():
    rng = np.random.default_rng(5)
    return network_objective(rng.normal(size=(7, 2)), rng.integers(0, 3, 7), LAYERS)


OBJECTIVES = {
    "rosenbrock": rosenbrock_objective(),
    "quadratic": quadratic_objective([1.0, 7.0]),
    "lessard": lessard_objective(),
    "network": network(),
}


def starts_of(name, runs, rng):
    if name == "network":
        return initial_parameters(LAYERS, range(runs), initial="he")
    return rng.uniform(-2.0, 2.0, (runs, 1 if name == "lessard" else 2))


def hitting_time(values, target, hold, budget):
    """Look at every window of `hold` values in turn."""
    for first in range(budget + 1):
        window = values[first : first + hold]
        if len(window) == hold and all(value <= target for value in window):
            return first
    return -1


def ends_by_hand(objective, method, start, budget, targets, holds, target, hold, parameters):
    """Return status, iterations, value, point and hitting times, from a run's whole trajectory."""
    run = descend(objective, method, start, budget + max(holds) - 1, **parameters)
    values = run.values - objective.minimum
    hits = [[hitting_time(values, one, h, budget) for h in holds] for one in targets]
    time = hitting_time(values, target, hold, budget)
    if time >= 0:
        status, end = "reached", time
    elif len(values) <= budget:
        status, end = "diverged", len(values) - 1
    else:
        status, end = "budget", budget
    return status, end, run.values[end], run.points[end], hits


def compare_with_hand(name, method, seed, engine):
    rng = np.random.default_rng(seed)
    objective, runs = OBJECTIVES[name], int(rng.integers(1, 7))
    starts, budget = starts_of(name, runs, rng), int(rng.integers(0, 60))
    high = {"rosenbrock": -1.5, "quadratic": 0.0, "lessard": -1.0, "network": 0.0}[name]
    parameters = {"learning_rate": 10.0 ** rng.uniform(high - 3.0, high, runs)}
    if "momentum" in METHODS[method].parameters:
        parameters["momentum"] = rng.choice([0.0, 0.9, 0.99], runs)
    values = [descend(objective, method, starts[0], 80, rate).values[-1] for rate in [1e-2, 1e-3]]
    scale = np.nanmax([*values, 1e-3])
    targets = sorted({*(scale * 10.0 ** rng.uniform(-2, 1, int(rng.integers(1, 6))))})[::-1]
    holds = sorted({int(hold) for hold in rng.integers(1, 30, int(rng.integers(1, 4)))})
    target, hold = float(rng.choice(targets)), int(rng.choice(holds))
    found = sweep(
        objective, method, starts, budget, **parameters, engine=engine,
        target=target, hold=hold, targets=targets, holds=holds,
    )  # fmt: skip
    for run in range(runs):
        own = {name: column[run] for name, column in parameters.items()}
        status, end, value, point, hits = ends_by_hand(
            objective, method, starts[run], budget, targets, holds, target, hold, own
        )
        assert found.hits[run].tolist() == hits
        assert found.status[run] == status or (
            status == "budget" and found.status[run] in ("cycle", "dead", "stuck")
        )
        assert found.iterations[run] == end
        assert found.value[run] == value
        np.testing.assert_array_equal(found.point[run], point)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("name", OBJECTIVES)
@settings(max_examples=6)
@given(st.integers(0, 2**32 - 1))
def test_hitting_times_are_those_of_a_plain_loop(name, method, seed):
    compare_with_hand(name, method, seed, "numpy")


@pytest.mark.parametrize("name", ["rosenbrock", "network"])
@pytest.mark.parametrize("method", ["momentum", "rmsprop"])
@settings(max_examples=10)
@given(st.integers(0, 2**32 - 1))
def test_compiled_hitting_times_are_those_of_a_plain_loop(name, method, seed):
    pytest.importorskip("numba")
    compare_with_hand(name, method, seed, "numba")


# ── By hand: an objective whose values are written down ──────────────────────────────────────


def written_values(values):
    """Return an objective that has the next of these values at each update, whatever the rate."""

    def evaluate(point):
        steps = np.minimum(np.round(-point[0]).astype(int), len(values) - 1)
        return np.array(values, float)[steps], np.ones_like(point)

    return Objective(evaluate)


def hits_of(values, budget, targets, holds):
    ends = sweep(
        written_values(values), "gradient_descent", [[0.0]], budget, 1.0,
        target=targets[0], targets=targets, holds=holds,
    )  # fmt: skip
    return ends.hits[0].tolist()


def test_a_window_may_end_beyond_the_budget_but_not_begin_there():
    values = [9, 9, 9, 1, 1, 1, 9]
    assert hits_of(values, 3, [1], [1, 3]) == [[3, 3]]
    assert hits_of(values, 3, [1], [1, 4]) == [[3, -1]]
    assert hits_of(values, 2, [1], [1, 3]) == [[-1, -1]]
    assert hits_of(values, 4, [1], [2]) == [[3, 3]]


def test_a_target_that_is_left_is_held_only_the_second_time():
    values = [9, 1, 9, 1, 1, 0.1, 1, 1, 1, 9, 9]
    assert hits_of(values, 20, [1, 0.1], [1, 2, 6]) == [[1, 3, 3], [5, -1, -1]]


def test_a_run_that_diverges_after_its_target_has_its_hitting_times():
    values = [9, 1, 1, np.inf]
    ends = sweep(written_values(values), "gradient_descent", [[0.0]], 20, 1.0, target=1, holds=[3])
    assert ends.status.tolist() == ["reached"]
    assert ends.iterations.tolist() == [1]
    assert ends.hits.tolist() == [[[1, -1]]]


def test_a_run_that_diverges_beyond_its_budget_has_spent_it():
    values = [9, 1, 1, np.inf]
    ends = sweep(written_values(values), "gradient_descent", [[0.0]], 2, 1.0, target=1, hold=3)
    assert ends.status.tolist() == ["budget"]
    assert (ends.iterations.tolist(), ends.value.tolist()) == ([2], [1.0])


@pytest.mark.parametrize(("key", "value"), [("hold", 0), ("holds", [2, 0])])
def test_a_hold_below_one_is_refused(key, value):
    with pytest.raises(ValueError, match="hold = 0 must be at least 1"):
        sweep("rosenbrock", "momentum", [[0.0, 0.0]], 5, 1e-3, target=1.0, **{key: value})
