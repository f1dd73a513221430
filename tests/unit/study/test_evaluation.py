"""Settings run again: prescribed values, trajectories, and the sweep that selected them."""

import copy
import tracemalloc

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from descent.config.problems import problem_parts
from descent.core.methods import METHODS
from descent.core.networks import network_objective, parameter_count
from descent.core.objective import Objective
from descent.core.objectives.quadratic_function import quadratic_objective
from descent.core.objectives.rosenbrock_function import rosenbrock_objective
from descent.core.problem import Problem, problem_of
from descent.core.weight_initialisation import initial_parameters
from descent.engine.choice import compiled_objective
from descent.engine.descents import descend, descend_many, sweep
from descent.study import evaluation
from descent.study.comparison import compare, gather_runs
from descent.study.evaluation import evaluate, hits_of, trace_curves, trace_paths
from descent.study.sweeps import swept_blocks
from descent.tables.parquet import read, write
from descent.tables.schemas import (
    EVALUATION,
    PATHS,
    SETTING_NAMES,
    TRAINING_CURVES,
    schema_of,
    sweep_schema,
)

inf, nan = np.inf, np.nan
STEP = {"learning_rate": 1.0}


def prescribed(*values, minimum=0.0):
    """Return an objective that takes given values, one after another, from 0 in steps of 1."""
    table = np.array(values, float)

    def evaluate(points):
        places = np.minimum(points[0].astype(int), len(table) - 1)
        return table[places], np.full_like(points, -1.0)

    return Objective(evaluate, minimum, measure=lambda points: points[0] / 10.0)


def problem_on(objective, points, names=None, runs=(), scale=1.0, **sweep):
    """Return a problem whose tuning start is one of its own, with these to evaluate on."""
    points = np.asarray(points, float)
    every = np.concatenate([np.full_like(points[:1], 77.0), points])
    names = np.arange(len(points)) if names is None else np.asarray(names)
    return Problem(
        name="table",
        kind="formula",
        dimension=points.shape[1],
        sweep={"targets": [], **sweep},
        runs=tuple(runs),
        objective=objective,
        scale=scale,
        starts=lambda: every,
        start_names=np.array([-1, *names]),
        tuning=1,
        measure=lambda *_: {},
        largest_eigenvalue=None,
        title="",
        place="",
        start_word="start",
    )


def setting(method, **given):
    """Return a row of the table of selected settings, with defaults for what is not given."""
    known = {"method": method, "momentum": 0.0, **METHODS[method].parameters, **given}
    return {name: known.get(name, nan) for name in SETTING_NAMES}


def selected_of(*settings):
    """Return a table of selected settings."""
    return pd.DataFrame(settings)


def written_and_read(schema, table, tmp_path):
    """Return a table as it comes back from its file."""
    write(schema, table, {}, tmp_path / "table.parquet")
    return read(schema, tmp_path / "table.parquet")


# ── When targets are met ─────────────────────────────────────────────────────────────────────


def test_a_target_is_met_left_and_met_again():
    objective = prescribed(9, 4, 1, 3, 0.5, 0.2, 0.7)
    found = hits_of(objective, "gradient_descent", [[0.0]], 6, [10, 4, 1, 0.6, 0], STEP)
    assert_array_equal(found.hitting_time, [[0, 1, 2, 4, inf]])
    # 0.6 is met until the last value, 0.7, leaves it.
    assert_array_equal(found.stays_from, [[0, 1, 4, inf, inf]])
    assert (found.iterations.tolist(), found.status.tolist()) == ([6], ["budget"])


def test_staying_is_of_the_budget_and_not_of_what_comes_after():
    objective = prescribed(9, 1, 1, 9, 1, 1)
    for budget, stays in enumerate([inf, 1, 1, inf, 4, 4]):
        found = hits_of(objective, "gradient_descent", [[0.0]], budget, [1], STEP)
        assert found.stays_from.tolist() == [[stays]]
        assert found.hitting_time.tolist() == [[1 if budget else inf]]


def test_targets_are_above_the_minimum():
    objective = prescribed(5, 3, 2.5, minimum=2.0)
    found = hits_of(objective, "gradient_descent", [[0.0]], 2, [1, 0.5, 0.25], STEP)
    assert_array_equal(found.hitting_time, [[1, 2, inf]])


@pytest.mark.parametrize("end", [inf, nan])
def test_a_run_that_diverges_never_stays(end):
    objective = prescribed(9, 1, 1, end)
    found = hits_of(objective, "gradient_descent", [[0.0], [1.0]], 9, [1], STEP)
    assert_array_equal(found.hitting_time, [[1], [0]])
    assert_array_equal(found.stays_from, [[inf], [inf]])
    assert_array_equal(found.iterations, [2, 1])
    assert_array_equal(found.status, ["diverged", "diverged"])


def test_runs_that_end_do_not_disturb_the_others():
    # The second begins where the first is after two updates, and so on.
    objective = prescribed(9, 1, 2, 1, inf)
    points = [[0.0], [2.0], [1.0], [3.0]]
    found = hits_of(objective, "gradient_descent", points, 2, [1, 2], STEP)
    assert_array_equal(found.hitting_time, [[1, 1], [1, 0], [0, 0], [0, 0]])
    assert_array_equal(found.stays_from, [[inf, 1], [inf] * 2, [2, 0], [inf] * 2])
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
    found = hits_of(objective, method, points, iterations, targets, parameters)
    for run, point in enumerate(points):
        whole = parameters | {"learning_rate": rates[run]}
        trajectory = descend(objective, method, point, iterations, **whole)
        met = trajectory.values[:, np.newaxis] <= targets
        first = np.where(met.any(axis=0), met.argmax(axis=0), inf)
        missed = np.where(~met.any(axis=0), len(met), met[::-1].argmin(axis=0))
        missed = np.where(met.all(axis=0), len(met), missed)
        stays = np.where(met[-1], len(met) - missed, inf)
        if trajectory.status == "diverged":
            stays[:] = inf
        assert_array_equal(found.hitting_time[run], first)
        assert_array_equal(found.stays_from[run], stays)
        assert found.iterations[run] == len(met) - 1
        assert found.status[run] == trajectory.status


def test_memory_does_not_grow_with_the_iterations():
    objective = rosenbrock_objective()._replace(kernel=None)  # compiling takes memory too
    points, parameters = np.zeros((2000, 2)), {"learning_rate": 0.01}
    peaks = []
    for iterations in (50, 1000):
        tracemalloc.start()
        hits_of(objective, "adam", points, iterations, [1, 0.1], parameters)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.2 * peaks[0]


# ── Evaluation ───────────────────────────────────────────────────────────────────────────────


def test_an_evaluation_by_hand(tmp_path):
    slow = {"name": "slow", "method": "gradient_descent", "learning_rate": 0.5, "iterations": 2}
    problem = problem_on(
        prescribed(9, 4, 1, 3, inf, 0), [[0.0], [3.0]], [7, 8], [slow],
        iterations=3, target=4, targets=[1, 4],
    )  # fmt: skip
    found = evaluate(problem, selected_of(setting("gradient_descent", learning_rate=1.0)))
    found = written_and_read(EVALUATION, found, tmp_path)
    # From 0: 9, 4, 1, 3 in steps of 1; 9, 9, 4, 4 in halves. From 3: 3, ∞; and 3, 3, ∞.
    columns = ("candidate", "start", "target", "hitting_time", "stays_from", "iterations", "status")
    assert found[list(columns)].astype(str).to_numpy().tolist() == [
        ["slow", "7", "1.0", "inf", "inf", "3", "budget"],
        ["slow", "7", "4.0", "2.0", "2.0", "3", "budget"],
        ["slow", "8", "1.0", "inf", "inf", "1", "diverged"],
        ["slow", "8", "4.0", "0.0", "inf", "1", "diverged"],
        ["gradient_descent", "7", "1.0", "2.0", "inf", "3", "budget"],
        ["gradient_descent", "7", "4.0", "1.0", "1.0", "3", "budget"],
        ["gradient_descent", "8", "1.0", "inf", "inf", "0", "diverged"],
        ["gradient_descent", "8", "4.0", "0.0", "inf", "0", "diverged"],
    ]
    assert_array_equal(found["kind"], ["named"] * 4 + ["selected"] * 4)
    assert_array_equal(found["learning_rate"], [0.5] * 4 + [1.0] * 4)


def test_named_runs_have_their_methods_defaults():
    runs = [
        {"name": "plain", "method": "gradient_descent", "learning_rate": 0.1, "momentum": None},
        {"name": "heavy", "method": "momentum", "learning_rate": 0.2, "momentum": 0.9},
        {"name": "adaptive", "method": "adam", "learning_rate": 0.3, "beta1": 0.8, "beta2": None},
    ]
    runs = [{"iterations": 1, **run} for run in runs]
    problem = problem_on(rosenbrock_objective(), [[0.5, 0.5]], runs=runs, iterations=1, target=1)
    found = evaluate(problem, selected_of(setting("adam", learning_rate=0.1)))
    found = found[found["kind"] == "named"].set_index("candidate")
    nothing = [nan, nan, nan, nan]
    assert_array_equal(
        found.loc[["plain", "heavy", "adaptive"], list(SETTING_NAMES[1:])],
        [[0.1, 0, *nothing], [0.2, 0.9, *nothing], [0.3, 0, nan, 0.8, 0.999, 1e-8]],
    )


def test_evaluation_first_meets_the_target_where_the_sweep_does():
    points = np.random.default_rng(1).uniform(-2, 2, (20, 2))
    settings = {
        "momentum": {"learning_rate": 5e-4, "momentum": 0.9},
        "adam": {"learning_rate": 0.1},
        "gradient_descent": {"learning_rate": 1e-3},
        "nesterov": {"learning_rate": 2e-3, "momentum": 0.5},  # diverges from some starts
    }
    run = {"name": "slow", "method": "adam", "learning_rate": 0.01, "iterations": 9}
    numbers = {"iterations": 800, "target": 1e-2, "targets": [1.0]}
    problem = problem_on(rosenbrock_objective(), points, runs=[run], **numbers)
    rows = [setting(method, **parameters) for method, parameters in settings.items()]
    found = evaluate(problem, selected_of(*rows))
    for method, parameters in settings.items():
        ends = sweep("rosenbrock", method, points, 800, target=1e-2, **parameters)
        own = (found["candidate"] == method) & (found["target"] == 1e-2)
        first = np.where(ends.status == "reached", ends.iterations, inf)
        assert_array_equal(found["hitting_time"][own], first)
    assert set(found["status"]) == {"budget", "diverged"}
    # Candidates are run side by side; alone each gives the same.
    for row in rows:
        alone = evaluate(problem._replace(runs=()), selected_of(row))
        own = found[(found["candidate"] == row["method"]) & (found["kind"] == "selected")]
        pd.testing.assert_frame_equal(alone, own, check_exact=True)
    assert len(found) == 5 * 20 * 2


def test_targets_of_networks_are_means():
    x, labels = samples()
    weights = initial_parameters(LAYERS, range(3))
    objective = network_objective(x, labels, LAYERS)
    problem = problem_on(objective, weights, scale=len(labels), iterations=60, target=0.5)
    found = evaluate(problem, selected_of(setting("adam", learning_rate=0.05)))
    trajectories = descend_many(objective, "adam", weights, 60, 0.05)
    for first, trajectory in zip(found["hitting_time"], trajectories, strict=True):
        met = trajectory.values <= 0.5 * len(labels)
        assert first == (met.argmax() if met.any() else inf)
    assert np.isfinite(found["hitting_time"]).any()


# ── Paths ────────────────────────────────────────────────────────────────────────────────────


def test_paths_keep_every_iterate_up_to_the_target(tmp_path):
    points = np.array([[-1.0, 1.0], [0.5, 0.5], [1.0, 1.0], [9.0, 9.0]])
    settings = {
        "momentum": {"learning_rate": 1e-3, "momentum": 0.9},
        "adam": {"learning_rate": 0.1},
    }
    numbers = {"iterations": 300, "target": 1e-2}
    problem = problem_on(rosenbrock_objective(), points, [4, 5, 9, 10], **numbers)
    rows = [setting(method, **parameters) for method, parameters in settings.items()]
    found = written_and_read(PATHS, trace_paths(problem, selected_of(*rows)), tmp_path)
    assert list(dict.fromkeys(found["method"])) == ["adam", "momentum"]
    assert set(found["start"]) == {4, 5, 9}  # the first three
    for method, parameters in settings.items():
        wholes = descend_many("rosenbrock", method, points[:3], 300, **parameters)
        for start, whole in zip((4, 5, 9), wholes, strict=True):
            own = found[(found["method"] == method) & (found["start"] == start)]
            met = np.flatnonzero(whole.values <= 1e-2)
            end = met[0] + 1 if len(met) else 301
            assert_array_equal(own["iteration"], np.arange(end))
            assert_array_equal(own[["x1", "x2"]], whole.points[:end])
            assert_array_equal(own["value"], whole.values[:end])


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
    monkeypatch.setattr(evaluation, "LONGEST_PATH", 3)
    problem = problem_on(prescribed(*values), [[0.0, 0.0]], [5], iterations=iterations, target=1)
    found = trace_paths(problem, selected_of(setting("gradient_descent", **STEP)))
    assert_array_equal(found["iteration"], kept)
    assert_array_equal(found["value"], [values[i] for i in kept])
    assert_array_equal(found["x1"], kept)
    assert_array_equal(found["start"], np.full(len(kept), 5))


# ── Training curves ──────────────────────────────────────────────────────────────────────────

LAYERS = (2, 3, 3)


def samples():
    """Return some samples of three classes."""
    rng = np.random.default_rng(3)
    labels = np.repeat([0, 1, 2], 7)
    return rng.normal(size=(21, 2)) + 2 * np.eye(3, 2)[labels], labels


def test_curves_are_quartiles_of_trajectories(tmp_path):
    objective = network_objective(*samples(), LAYERS)
    weights = initial_parameters(LAYERS, range(6))
    problem = problem_on(objective, weights, iterations=20)
    selected = selected_of(
        setting("momentum", learning_rate=0.02, momentum=0.5), setting("adam", **STEP)
    )
    found = written_and_read(TRAINING_CURVES, trace_curves(problem, selected), tmp_path)
    assert_array_equal(found["method"], np.repeat(["adam", "momentum"], 21))
    assert_array_equal(found["iteration"], np.tile(np.arange(21), 2))
    trajectories = descend_many(objective, "momentum", weights, 20, 0.02, 0.5)
    for name, numbers in (
        ("loss", [trajectory.values for trajectory in trajectories]),
        ("accuracy", [trajectory.measure for trajectory in trajectories]),
    ):
        seen = np.sort(numbers, axis=0)
        for share, rank in (("low", 1), ("median", 2), ("high", 4)):  # of 6: 1.5, 3, 4.5, upwards
            assert_array_equal(found[f"{name}_{share}"][21:], seen[rank])


def test_a_diverged_training_has_an_infinite_loss_and_no_accuracy(tmp_path):
    points = np.array([[0.0], [2.0], [2.0], [1.0]])
    problem = problem_on(prescribed(9, 8, 7, inf), points, iterations=4)
    found = trace_curves(problem, selected_of(setting("gradient_descent", **STEP)))
    found = written_and_read(TRAINING_CURVES, found, tmp_path)
    # Losses 9 7 7 8, then 8 ∞ ∞ 7, then 7 ∞ ∞ ∞, and then all have diverged.
    assert_array_equal(found["loss_low"], [7, 7, 7, inf, inf])
    assert_array_equal(found["loss_median"], [7, 8, inf, inf, inf])
    assert_array_equal(found["loss_high"], [8, inf, inf, inf, inf])
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


# ── A study, from its sweep to its evaluation ────────────────────────────────────────────────


@pytest.fixture
def study(study_of_the_notebook):
    """Return the shipped study with small sweeps, and an objective of its own in the plane."""
    study = copy.deepcopy(study_of_the_notebook)
    small = {
        "methods": ["gradient_descent", "momentum", "adam"],
        "learning_rate": {"low": 1e-3, "high": 1e-1, "count": 3},
        "momentum": [0.0, 0.9],
        "beta1": [0.9],
        "starts": {"low": -2.0, "high": 2.0, "count": 9, "seed": 1},
        "iterations": 400,
        "target": 0.05,
        "targets": [1.0],
    }
    study["rosenbrock"]["sweep"] |= small
    study["network"]["sweep"] |= small | {
        "seeds": {"first": 5, "count": 6},
        "iterations": 40,
        "target": 0.8,
    }
    basin, space = study["objectives"][:2]
    basin |= {"name": "basin", "parameters": {"spectrum": [1.0, 30.0]}, "dimension": 2}
    for entry in (basin, space):
        entry["sweep"] = entry["sweep"] | small
    space["sweep"]["target"] = 9.0
    return study


def problem_named(study, name):
    """Return a problem of a study."""
    part = problem_parts(study)[name]
    return problem_of(part, *([samples(), samples()] if "mixture" in part else []))


def swept(problem, tmp_path):
    """Return a sweep's table."""
    schema = sweep_schema(problem.kind, problem.dimension)
    methods, rates = problem.sweep["methods"], problem.sweep["learning_rate"]["count"]
    settings = rates * (len(methods) + ("momentum" in methods))
    (block,) = swept_blocks(problem, 0, settings * len(problem.start_names))
    return written_and_read(schema, pd.DataFrame(block), tmp_path)


PROBLEMS = ["rosenbrock", "network", "network-he", "basin", "rosenbrock-10"]


@pytest.mark.parametrize("name", PROBLEMS)
def test_every_problem_gets_all_tables(study, tmp_path, name):
    problem = problem_named(study, name)
    sweep = swept(problem, tmp_path)
    tables = compare(gather_runs([sweep], problem.sweep["iterations"]))
    assert set(tables) == {"settings", "selected", "pairwise", "tuning_curve", "anova"}
    for stem, table in tables.items():
        written_and_read(schema_of(f"{name}/{stem}.parquet"), table, tmp_path)
    found = written_and_read(EVALUATION, evaluate(problem, tables["selected"]), tmp_path)
    keys = list(found[["kind", "candidate", "start", "target"]].itertuples(index=False))
    assert keys == sorted(set(keys))
    evaluation_starts = sweep[problem.start_column][sweep["part"] == "evaluation"]
    assert set(found["start"]) == set(evaluation_starts)
    assert set(found["candidate"]) == {
        *problem.sweep["methods"], *(run["name"] for run in problem.runs),
    }  # fmt: skip
    assert set(found["target"]) == {problem.sweep["target"], 1.0}

    # A selected setting meets the target at the same iteration as it did in the sweep.
    own = found[(found["kind"] == "selected") & (found["target"] == problem.sweep["target"])]
    both = own.merge(
        sweep.rename(columns={problem.start_column: "start"}),
        on=[*SETTING_NAMES, "start"],
        suffixes=("", "_swept"),
        validate="one_to_one",
    )
    assert len(both) == len(own) > 0
    times = np.where(both["status_swept"] == "reached", both["iterations_swept"], inf)
    assert_array_equal(both["hitting_time"], times)
    assert np.isfinite(times).any()

    if problem.in_plane:
        path = written_and_read(PATHS, trace_paths(problem, tables["selected"]), tmp_path)
        assert len(set(path["start"])) == evaluation.DRAWN_STARTS
        assert set(path["method"]) == set(problem.sweep["methods"])
        ends = sweep.merge(path, on=[*SETTING_NAMES, "start"], suffixes=("", "_path"))
        ends = ends[ends["iterations"] == ends["iteration"]]
        assert len(ends) == len(problem.sweep["methods"]) * evaluation.DRAWN_STARTS
        for column in ("x1", "x2", "value"):
            assert_array_equal(ends[column], ends[f"{column}_path"])
    if problem.kind == "network":
        curves = trace_curves(problem, tables["selected"])
        curves = written_and_read(TRAINING_CURVES, curves, tmp_path)
        assert len(curves) == len(problem.sweep["methods"]) * 41


def test_a_named_run_is_evaluated_over_all_of_its_iterations(study, tmp_path):
    section = study["rosenbrock"]
    section["sweep"] |= {
        "methods": ["gradient_descent", "adam"],
        "learning_rate": {"low": 1e-3, "high": 1e-1, "count": 2},
        "starts": {"low": -2.0, "high": 2.0, "count": 6, "seed": 1},
        "iterations": 30,
    }
    section["runs"] = [section["runs"][0] | {"iterations": own} for own in (20, 900)]
    section["runs"][0]["name"] = "short"
    section["runs"][1] |= {"name": "long", "method": "adam", "learning_rate": 0.1, "momentum": None}
    problem = problem_named(study, "rosenbrock")
    selected = compare(gather_runs([swept(problem, tmp_path)], 30))["selected"]
    found = evaluate(problem, selected)
    assert found["iterations"][found["kind"] == "selected"].max() == 30
    assert set(found["iterations"][found["status"] == "budget"]) == {30, 900}
    late = found["hitting_time"][found["candidate"] == "long"]
    assert ((late > 30) & (late < inf)).any()
