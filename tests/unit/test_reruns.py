"""Settings run again: prescribed values, trajectories, and the sweep that they were chosen by."""

import copy
import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from descent.study import evaluation as reruns
from descent.study import sweeps
from descent.engine.descents import compiled_objective, descend, descend_many, sweep
from descent.study.comparison import compare, gather_runs
from descent.core.methods import METHODS
from descent.core.networks import network_objective, parameter_count
from descent.core.objectives import Objective, quadratic_objective, rosenbrock_objective
from descent.study.evaluation import (
    NEVER,
    Candidate,
    curves,
    first_and_settled,
    judge_network,
    judge_rosenbrock,
    named_candidates,
    paths,
    trials,
    tuned_candidates,
)
from descent.tables.schemas import CURVES, IN_ORDER, PATHS, TRIALS, read, write
from descent.engine.training import initial_parameters, train_each

inf, nan = np.inf, np.nan
STEP = {"learning_rate": 1.0}


def prescribed(*values, minimum=0.0):
    """Return an objective that takes given values, one after another, from 0 in steps of 1."""
    table = np.array(values, float)

    def evaluate(points):
        places = np.minimum(points[0].astype(int), len(table) - 1)
        return table[places], np.full_like(points, -1.0)

    return Objective(evaluate, minimum, measure=lambda points: points[0] / 10.0)


def candidate(method, kind="tuned", name=None, **given):
    """Return a candidate with these parameters, and defaults for others."""
    setting = {"method": method, "momentum": 0.0, **METHODS[method].parameters, **given}
    return Candidate(name or method, kind, {key: setting.get(key, nan) for key in IN_ORDER})


# First and settled


def test_a_target_is_first_met_left_and_settled():
    objective = prescribed(9, 4, 1, 3, 0.5, 0.2, 0.7)
    found = first_and_settled(objective, "gradient_descent", [[0.0]], 6, [10, 4, 1, 0.6, 0], STEP)
    assert_array_equal(found.first, [[0, 1, 2, 4, NEVER]])
    # 0.6 is met until the last value, 0.7, leaves it.
    assert_array_equal(found.settled, [[0, 1, 4, NEVER, NEVER]])
    assert (found.iterations.tolist(), found.status.tolist()) == ([6], ["budget"])


def test_settled_is_of_the_budget_and_not_of_what_comes_after():
    objective = prescribed(9, 1, 1, 9, 1, 1)
    for budget, settled in enumerate([NEVER, 1, 1, NEVER, 4, 4]):
        found = first_and_settled(objective, "gradient_descent", [[0.0]], budget, [1], STEP)
        assert found.settled.tolist() == [[settled]]
        assert found.first.tolist() == [[1 if budget else NEVER]]


def test_targets_are_above_the_minimum():
    objective = prescribed(5, 3, 2.5, minimum=2.0)
    found = first_and_settled(objective, "gradient_descent", [[0.0]], 2, [1, 0.5, 0.25], STEP)
    assert_array_equal(found.first, [[1, 2, NEVER]])


@pytest.mark.parametrize("end", [inf, nan])
def test_a_run_that_diverges_is_never_settled(end):
    objective = prescribed(9, 1, 1, end)
    found = first_and_settled(objective, "gradient_descent", [[0.0], [1.0]], 9, [1], STEP)
    assert_array_equal(found.first, [[1], [0]])
    assert_array_equal(found.settled, [[NEVER], [NEVER]])
    assert_array_equal(found.iterations, [2, 1])
    assert_array_equal(found.status, ["diverged", "diverged"])


def test_runs_that_end_do_not_disturb_the_others():
    # The second begins where the first is after two updates, and so on.
    objective = prescribed(9, 1, 2, 1, inf)
    points = [[0.0], [2.0], [1.0], [3.0]]
    found = first_and_settled(objective, "gradient_descent", points, 2, [1, 2], STEP)
    assert_array_equal(found.first, [[1, 1], [1, 0], [0, 0], [0, 0]])
    assert_array_equal(found.settled, [[NEVER, 1], [NEVER] * 2, [2, 0], [NEVER] * 2])
    assert_array_equal(found.status, ["budget", "diverged", "budget", "diverged"])


@given(
    st.sampled_from(sorted(METHODS)),
    st.floats(-4, 1).map(lambda e: 10**e),
    st.integers(0, 40),
    st.integers(0, 99),
)
def test_hits_are_those_of_the_trajectories(method, rate, iterations, seed):
    rng = np.random.default_rng(seed)
    objective = quadratic_objective([1, 30])
    points, rates = rng.normal(size=(3, 2)), rate * rng.uniform(0.5, 2, 3)
    targets = np.array([100, 3, 0.3, 1e-3])
    parameters = {"learning_rate": rates}
    if "momentum" in METHODS[method].parameters:
        parameters["momentum"] = 0.9
    found = first_and_settled(objective, method, points, iterations, targets, parameters)
    for run, point in enumerate(points):
        whole = parameters | {"learning_rate": rates[run]}
        trajectory = descend(objective, method, point, iterations, **whole)
        met = trajectory.values[:, np.newaxis] <= targets
        first = np.where(met.any(axis=0), met.argmax(axis=0), NEVER)
        missed = np.where(~met.any(axis=0), len(met), met[::-1].argmin(axis=0))
        missed = np.where(met.all(axis=0), len(met), missed)
        settled = np.where(met[-1], len(met) - missed, NEVER)
        if trajectory.status == "diverged":
            settled[:] = NEVER
        assert_array_equal(found.first[run], first)
        assert_array_equal(found.settled[run], settled)
        assert found.iterations[run] == len(met) - 1
        assert found.status[run] == trajectory.status


def test_memory_does_not_grow_with_the_iterations():
    objective = rosenbrock_objective()._replace(kernel=None)  # what compiling takes is not meant
    points, parameters = np.zeros((2000, 2)), {"learning_rate": 0.01}
    peaks = []
    for iterations in (50, 1000):
        tracemalloc.start()
        first_and_settled(objective, "adam", points, iterations, [1, 0.1], parameters)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.2 * peaks[0]


# Candidates


def test_tuned_candidates_are_the_choices_of_a_problem():
    choices = {name: np.array([0.1, 0.2, 0.3]) for name in IN_ORDER}
    choices |= {"method": np.array(["adam", "momentum", "adam"])}
    choices |= {"problem": np.array(["he", "he", "uniform"])}
    found = tuned_candidates(choices, "he")
    assert [(one.name, one.kind, one.method) for one in found] == [
        ("adam", "tuned", "adam"),
        ("momentum", "tuned", "momentum"),
    ]
    assert [one.setting["learning_rate"] for one in found] == [0.1, 0.2]


def test_named_candidates_have_their_methods_defaults():
    runs = [
        {"name": "plain", "method": "gradient_descent", "learning_rate": 0.1, "momentum": None},
        {"name": "heavy", "method": "momentum", "learning_rate": 0.2, "momentum": 0.9},
        {"name": "adaptive", "method": "adam", "learning_rate": 0.3, "beta1": 0.8, "beta2": None},
    ]
    plain, heavy, adaptive = (dict(one.setting) for one in named_candidates(runs))
    nothing = {"decay": nan, "beta1": nan, "beta2": nan, "epsilon": nan}
    assert_array_equal(
        [list(one.values())[1:] for one in (plain, heavy, adaptive)],
        [
            list(({"learning_rate": 0.1, "momentum": 0} | nothing).values()),
            list(({"learning_rate": 0.2, "momentum": 0.9} | nothing).values()),
            [0.3, 0, nan, 0.8, 0.999, 1e-8],
        ],
    )
    assert list(plain) == list(IN_ORDER)


# Trials


def test_trials_by_hand(tmp_path):
    objective = prescribed(9, 4, 1, 3, inf, 0)
    candidates = [
        candidate("gradient_descent", learning_rate=1.0),
        candidate("gradient_descent", "named", "slow", learning_rate=0.5),
    ]
    points = np.array([[0.0], [3.0]])
    found = trials("table", objective, candidates, points, np.array([7, 8]), 3, [4, 1, 4])
    write(TRIALS, found, {}, tmp_path / "trials.parquet")
    read(TRIALS, tmp_path / "trials.parquet")
    # From 0: 9, 4, 1, 3 in steps of 1; 9, 9, 4, 4 in halves. From 3: 3, ∞; and 3, 3, ∞.
    columns = ("candidate", "start", "target", "first", "settled", "iterations", "status")
    assert_array_equal(
        [[str(value) for value in row] for row in zip(*(found[name] for name in columns))],  # noqa: B905
        [
            ["slow", "7", "1.0", "nan", "nan", "3", "budget"],
            ["slow", "7", "4.0", "2.0", "2.0", "3", "budget"],
            ["slow", "8", "1.0", "nan", "nan", "1", "diverged"],
            ["slow", "8", "4.0", "0.0", "nan", "1", "diverged"],
            ["gradient_descent", "7", "1.0", "2.0", "nan", "3", "budget"],
            ["gradient_descent", "7", "4.0", "1.0", "1.0", "3", "budget"],
            ["gradient_descent", "8", "1.0", "nan", "nan", "0", "diverged"],
            ["gradient_descent", "8", "4.0", "0.0", "nan", "0", "diverged"],
        ],
    )
    assert_array_equal(found["kind"], ["named"] * 4 + ["tuned"] * 4)
    assert_array_equal(found["learning_rate"], [0.5] * 4 + [1.0] * 4)


def test_trials_first_meet_the_target_where_the_sweep_does():
    points = np.random.default_rng(1).uniform(-2, 2, (20, 2))
    settings = {
        "momentum": {"learning_rate": 5e-4, "momentum": 0.9},
        "adam": {"learning_rate": 0.1},
        "gradient_descent": {"learning_rate": 1e-3},
        "nesterov": {"learning_rate": 2e-3, "momentum": 0.5},  # diverges from some starts
    }
    candidates = [candidate(method, **parameters) for method, parameters in settings.items()]
    candidates += [candidate("adam", "named", "slow", learning_rate=0.01)]
    found = trials(
        "rosenbrock", rosenbrock_objective(), candidates, points, np.arange(20), 800, [1e-2, 1.0]
    )
    for method, parameters in settings.items():
        ends = sweep("rosenbrock", method, points, 800, target=1e-2, **parameters)
        own = (found["candidate"] == method) & (found["target"] == 1e-2)
        first = np.where(ends.status == "reached", ends.iterations, nan)
        assert_array_equal(found["first"][own], first)
    assert set(found["status"]) == {"budget", "diverged"}
    # Candidates are run side by side; alone each gives the same.
    for one in candidates:
        alone = trials(
            "rosenbrock", rosenbrock_objective(), [one], points, np.arange(20), 800, [1e-2, 1.0]
        )
        own = (found["candidate"] == one.name) & (found["kind"] == one.kind)
        for name, column in alone.items():
            assert_array_equal(column, found[name][own])


def test_targets_of_networks_are_means():
    x, labels = samples()
    objective = network_objective(x, labels, LAYERS)
    weights = initial_parameters(LAYERS, range(3))
    one = [candidate("adam", learning_rate=0.05)]
    found = trials("uniform", objective, one, weights, np.arange(3), 60, [0.5], scale=len(labels))
    trajectories = train_each(x, labels, LAYERS, weights, "adam", 60, 0.05)
    for first, trajectory in zip(found["first"], trajectories, strict=True):
        met = trajectory.values <= 0.5 * len(labels)
        assert_array_equal(first, met.argmax() if met.any() else nan)
    assert np.isfinite(found["first"]).any()


# Paths


def test_paths_keep_every_iterate_up_to_the_target(tmp_path):
    points = np.array([[-1.0, 1.0], [0.5, 0.5], [1.0, 1.0]])
    settings = {
        "momentum": {"learning_rate": 1e-3, "momentum": 0.9},
        "adam": {"learning_rate": 0.1},
    }
    candidates = [candidate(method, **parameters) for method, parameters in settings.items()]
    found = paths(
        "rosenbrock", rosenbrock_objective(), candidates, points, np.array([4, 5, 9]), 300, 1e-2
    )
    write(PATHS, found, {}, tmp_path / "paths.parquet")
    assert list(dict.fromkeys(found["method"])) == ["adam", "momentum"]
    for method, parameters in settings.items():
        wholes = descend_many("rosenbrock", method, points, 300, **parameters)
        for start, whole in zip((4, 5, 9), wholes, strict=True):
            own = (found["method"] == method) & (found["start"] == start)
            met = np.flatnonzero(whole.values <= 1e-2)
            end = met[0] + 1 if len(met) else 301
            assert_array_equal(found["iteration"][own], np.arange(end))
            assert_array_equal(found["x1"][own], whole.points[:end, 0])
            assert_array_equal(found["x2"][own], whole.points[:end, 1])
            assert_array_equal(found["value"][own], whole.values[:end])


@pytest.mark.parametrize(
    ("values", "iterations", "kept"),
    [
        ([9, 8, 7, 6, 5, 4, 3, 0.5, 9, 9], 9, [0, 3, 6, 7]),  # 9 iterations in thirds; the hit
        ([9, 8, 7, 6, 5, inf], 9, [0, 3, 4]),  # the last before divergence
        ([9, 8, 7, inf], 9, [0, 2]),
        ([9] * 11, 10, [0, 4, 8, 10]),  # the budget's end
        ([9] * 10, 9, [0, 3, 6, 9]),
        ([9, 8, 7, inf], 3, [0, 1, 2]),
        ([9], 0, [0]),
    ],
)
def test_long_paths_are_thinned(monkeypatch, values, iterations, kept):
    monkeypatch.setattr(reruns, "LONGEST_PATH", 3)
    objective, one = prescribed(*values), candidate("gradient_descent", **STEP)
    found = paths("table", objective, [one], np.zeros((1, 2)), np.array([5]), iterations, 1)
    assert_array_equal(found["iteration"], kept)
    assert_array_equal(found["value"], [values[i] for i in kept])
    assert_array_equal(found["x1"], kept)
    assert_array_equal(found["start"], np.full(len(kept), 5))


# Curves

LAYERS = (2, 3, 3)


def samples():
    """Return some samples of three classes."""
    rng = np.random.default_rng(3)
    labels = np.repeat([0, 1, 2], 7)
    return rng.normal(size=(21, 2)) + 2 * np.eye(3, 2)[labels], labels


def test_curves_are_quartiles_of_trajectories(tmp_path):
    x, labels = samples()
    objective = network_objective(x, labels, LAYERS)
    weights = initial_parameters(LAYERS, range(6))
    candidates = [
        candidate("momentum", learning_rate=0.02, momentum=0.5),
        candidate("adam", **STEP),
    ]
    found = curves("he", objective, candidates, weights, 20)
    write(CURVES, found, {}, tmp_path / "curves.parquet")
    assert_array_equal(found["method"], np.repeat(["adam", "momentum"], 21))
    assert_array_equal(found["iteration"], np.tile(np.arange(21), 2))
    trajectories = train_each(x, labels, LAYERS, weights, "momentum", 20, 0.02, 0.5)
    for name, numbers in (
        ("loss", [trajectory.values for trajectory in trajectories]),
        ("accuracy", [trajectory.measure for trajectory in trajectories]),
    ):
        seen = np.sort(numbers, axis=0)
        for share, rank in (("low", 1), ("median", 2), ("high", 4)):  # of 6: 1.5, 3, 4.5, upwards
            assert_array_equal(found[f"{name}_{share}"][21:], seen[rank])


def test_a_diverged_training_has_no_loss_and_no_accuracy(tmp_path):
    objective = prescribed(9, 8, 7, inf)
    points = np.array([[0.0], [2.0], [2.0], [1.0]])
    found = curves("table", objective, [candidate("gradient_descent", **STEP)], points, 4)
    write(CURVES, found, {}, tmp_path / "curves.parquet")
    # Losses 9 7 7 8, then 8 ∞ ∞ 7, then 7 ∞ ∞ ∞, and then all have diverged.
    assert_array_equal(found["loss_low"], [7, 7, 7, nan, nan])
    assert_array_equal(found["loss_median"], [7, 8, nan, nan, nan])
    assert_array_equal(found["loss_high"], [8, nan, nan, nan, nan])
    # The measure is x/10: 0 .2 .2 .1, then .1 0 0 .2, then .2 0 0 0.
    assert_array_equal(found["accuracy_low"], [0, 0, 0, 0, 0])
    assert_array_equal(found["accuracy_median"], [0.1, 0, 0, 0, 0])
    assert_array_equal(found["accuracy_high"], [0.2, 0.1, 0, 0, 0])


@pytest.mark.parametrize("layers", [(2, 3, 2, 3), (2, 3)])
@pytest.mark.parametrize("runs", [1, 45])
def test_compiled_code_classifies_as_numpy_does(layers, runs):
    x, labels = samples()
    objective = network_objective(x, labels, layers)
    points = np.random.default_rng(runs).normal(size=(parameter_count(layers), runs))
    points[:, 0] = 0.0  # all classes are as probable
    assert_array_equal(compiled_objective(objective).measure(points), objective.measure(points))


# A study, from its sweep to its trials


def swept_and_chosen(whole):
    """Return a sweep's rows, and the choices that they lead to."""
    blocks = list(sweeps.run_blocks(whole, 0, whole.runs))
    rows = {name: np.concatenate([block[name] for block in blocks]) for name in blocks[0]}
    return rows, compare(gather_runs(blocks, 150, whole.problems[0]))["choices"]


def by_run(columns, start, chosen, values):
    """Return the values of chosen rows by their setting and start."""
    keys = zip(*(columns[name][chosen] for name in (*IN_ORDER, start)), strict=True)
    return dict(zip(map(str, keys), values[chosen].tolist(), strict=True))


def assert_trials_repeat_the_sweep(trial, rows, target, start, problem):
    """A tuned method meets the target at the same iteration as it did in the sweep."""
    own = (trial["kind"] == "tuned") & (trial["target"] == target) & (trial["problem"] == problem)
    found = by_run(trial, "start", own, trial["first"])
    first = np.where(rows["status"] == "reached", rows["iterations"], nan)
    swept = by_run(rows, start, rows["part"] == "held_out", first)
    assert found
    for run, updates in found.items():
        assert_array_equal(updates, swept[run])


def test_a_study_of_rosenbrock_is_judged_as_it_was_swept(study_of_the_notebook):
    study = copy.deepcopy(study_of_the_notebook["rosenbrock"])
    study["sweep"] |= {
        "methods": ["gradient_descent", "momentum", "adam"],
        "learning_rate": {"low": 1e-4, "high": 1e-1, "count": 4},
        "momentum": [0.0, 0.9],
        "beta1": [0.9],
        "starts": {"low": -2.0, "high": 2.0, "count": 9, "seed": 1},
        "iterations": 400,
        "target": 0.05,
        "targets": [1.0],
    }
    rows, choices = swept_and_chosen(sweeps.rosenbrock_sweep(study))
    trial, path = judge_rosenbrock(study, choices)
    assert_trials_repeat_the_sweep(trial, rows, 0.05, "start", "rosenbrock")
    assert set(trial["start"]) == set(rows["start"][rows["part"] == "held_out"])
    assert set(trial["candidate"]) == {
        "adam", "gradient_descent", "momentum", *(run["name"] for run in study["runs"]),
    }  # fmt: skip
    assert len(set(path["start"])) == reruns.DRAWN_STARTS


def test_a_named_run_is_judged_by_all_of_its_iterations(study_of_the_notebook):
    study = copy.deepcopy(study_of_the_notebook["rosenbrock"])
    study["sweep"] |= {
        "methods": ["gradient_descent", "adam"],
        "learning_rate": {"low": 1e-3, "high": 1e-1, "count": 2},
        "beta1": [0.9],
        "starts": {"low": -2.0, "high": 2.0, "count": 6, "seed": 1},
        "iterations": 30,
        "target": 0.05,
    }
    study["runs"] = [study["runs"][0] | {"iterations": own} for own in (20, 900)]
    study["runs"][0]["name"] = "short"
    study["runs"][1] |= {"name": "long", "method": "adam", "learning_rate": 0.1, "momentum": None}
    _, choices = swept_and_chosen(sweeps.rosenbrock_sweep(study))
    found, _ = judge_rosenbrock(study, choices)
    tuned = found["kind"] == "tuned"
    assert found["iterations"][tuned].max() == 30
    assert set(found["iterations"][found["status"] == "budget"]) == {30, 900}
    late = found["first"][found["candidate"] == "long"]
    assert (late > 30).any()
    order = list(zip(found["kind"], found["candidate"], found["start"], found["target"]))  # noqa: B905
    assert order == sorted(order)


def test_a_study_of_networks_is_judged_as_it_was_swept(study_of_the_notebook):
    study = copy.deepcopy(study_of_the_notebook["network"])
    study["sweep"] |= {
        "methods": ["gradient_descent", "adam"],
        "learning_rate": {"low": 1e-2, "high": 1e-1, "count": 2},
        "beta1": [0.9],
        "seeds": {"first": 5, "count": 6},
        "iterations": 40,
        "target": 0.6,
        "targets": [1.0],
    }
    x, labels = samples()
    rows, choices = swept_and_chosen(sweeps.network_sweep(study, x, labels, x, labels))
    trial, curve = judge_network(study, choices, x, labels)
    for problem in ("he", "uniform"):
        own = {name: column[rows["initial"] == problem] for name, column in rows.items()}
        assert_trials_repeat_the_sweep(trial, own, 0.6, "seed", problem)
    assert np.isfinite(trial["first"][trial["kind"] == "tuned"]).any()
    assert list(dict.fromkeys(curve["problem"])) == ["he", "uniform"]
    assert len(curve["iteration"]) == 2 * 2 * 41
