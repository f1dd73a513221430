"""Settings run again from fresh starts: against direct descents, and paths and curves."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal
from small_studies import (
    SAMPLES,
    as_frame,
    bowl,
    hitting_time,
    net,
    problem_from,
    setting_count_of,
)

from descent.core.methods import METHODS
from descent.core.networks import network_objective, parameter_count
from descent.core.objective import Objective
from descent.core.objectives.rosenbrock_function import rosenbrock_objective
from descent.core.problem import Problem, Starts
from descent.core.random_streams import uniform
from descent.core.weight_initialisation import initial_parameters
from descent.engine.choice import compiled_objective
from descent.engine.descents import descend_many
from descent.study import evaluation
from descent.study.evaluation import evaluate, run_further, trace_curves, trace_paths
from descent.study.portions import few_starts, longer_starts
from descent.study.selection import choose_candidates
from descent.tables.parquet import read, write
from descent.tables.schemas import (
    FURTHER,
    PATHS,
    SETTING_NAMES,
    TRAINING_CURVES,
    evaluation_schema,
)

inf, nan = np.inf, np.nan
STEP = {"learning_rate": 1.0}
RUNS = [
    {"name": "far", "method": "momentum", "learning_rate": 0.02, "momentum": 0.3,
     "iterations": 9, "start": {"low": -9.0, "high": 9.0, "draw": 0}},
    {"name": "near", "method": "momentum", "learning_rate": 0.02, "momentum": 0.3,
     "iterations": 9, "start": {"low": -0.5, "high": 1.0, "draw": 1}},
    {"name": "wild", "method": "gradient_descent", "learning_rate": 1e9, "momentum": None,
     "iterations": 9, "start": [1.0, 1.0]},
]  # fmt: skip


def prescribed(*values, minimum=0.0):
    """Return an objective that takes given values, one after another, from 0 in steps of 1."""
    table = np.array(values, float)

    def evaluate(points):
        places = np.minimum(points[0].astype(int), len(table) - 1)
        return table[places], np.full_like(points, -1.0)

    return Objective(evaluate, minimum, measure=lambda points: points[0] / 10.0)


def problem_on(objective, points, names=None, target=None, **sweep):
    """Return a problem with these fresh starts."""
    points = np.asarray(points, float)
    names = np.arange(len(points)) if names is None else np.asarray(names)
    return Problem(
        name="table",
        kind="formula",
        dimension=points.shape[1],
        sweep={"headline": {"target": target}, **sweep},
        runs=(),
        objective=objective,
        scale=1.0,
        tuning=Starts(lambda: np.full_like(points[:1], 77.0), np.array([-1])),
        evaluation=Starts(lambda: points, names),
        measure=lambda *_: {},
        largest_eigenvalue=None,
        is_turned=False,
        title="",
        place="",
        start_word="start",
    )


def setting(method, **given):
    """Return a row of the table of selected settings, with defaults for what is not given."""
    known = {"method": method, "momentum": 0.0, **METHODS[method].parameters, **given}
    return {"trials": 0} | {name: known.get(name, nan) for name in SETTING_NAMES}


def selected_of(*settings):
    """Return a table of selected settings by method, and others that are the best of few."""
    settings = sorted(settings, key=lambda row: row["method"])
    others = [row | {"trials": 5, "learning_rate": 1e-9} for row in settings]
    return pd.DataFrame([*settings, *others])


def written_and_read(schema, table, tmp_path):
    """Return a table as it comes back from its file."""
    write(schema, table, {}, tmp_path / "table.parquet")
    return read(schema, tmp_path / "table.parquet")


# ── Evaluation ───────────────────────────────────────────────────────────────────────────────


def candidates_of(problem):
    """Return candidates as a sweep would choose them whose runs reach at random times."""
    starts, settings = len(problem.tuning.names), setting_count_of(problem)
    times = np.random.default_rng(0).integers(1, 90, (settings, starts)).astype(np.int16)
    return choose_candidates(problem, times)


def whole_runs(problem, row, points, iterations):
    """Return the trajectories of a candidate from some starts."""
    own = {name: row[name] for name in METHODS[row["method"]].parameters}
    return descend_many(problem.objective, row["method"], points, iterations, **own)


def assert_is_run(problem, run, row):
    """Check a row of an evaluation against the trajectory that it describes."""
    sweep, scale = problem.sweep, problem.scale
    budget, headline = sweep["iterations"], sweep["headline"]
    for target in sweep["multiverse"]["targets"]:
        for hold in sweep["multiverse"]["holds"]:
            time = hitting_time(run.values, target * scale, hold, budget)
            assert row[f"within_{target}_for_{hold}".replace(".0_", "_")] == time
    time = hitting_time(run.values, headline["target"] * scale, headline["hold"], budget)
    if np.isfinite(time):
        assert (row["status"], row["iterations"]) == ("reached", time)
    elif len(run.values) <= budget:
        assert (row["status"], row["iterations"]) == ("diverged", len(run.values) - 1)
    else:
        assert row["status"] in {"budget", "cycle", "dead", "stuck"}
        assert row["iterations"] == budget


PARTS = {
    "plane": bowl(runs=RUNS, evaluation=4),
    "turned": bowl(rotation=3, evaluation=3),
    "network": net(evaluation=3),
}


def test_settings_that_are_not_judged_are_run_from_the_first_starts(monkeypatch):
    monkeypatch.setattr("descent.study.portions.FEW_STARTS", 2)
    problem = problem_from(bowl(runs=RUNS, evaluation=12))
    candidates = candidates_of(problem)
    found = as_frame(evaluate(problem, candidates))
    seen = set()
    for number, reasons in candidates.groupby("candidate"):
        judged = not set(reasons["kind"]).isdisjoint({"selected", "named", "drawn"})
        starts = found.loc[found["candidate"] == number, "start"]
        assert_array_equal(starts, problem.evaluation.names[: 12 if judged else 3])
        seen.add(judged)
    assert seen == {True, False}


@pytest.mark.parametrize(
    ("evaluation", "starts"), [(3, 3), (250, 250), (800, 250), (1_000, 250), (10_000, 2_500)]
)
def test_few_starts_are_a_quarter_but_not_too_few(evaluation, starts):
    assert few_starts(evaluation) == starts


@pytest.mark.parametrize("kind", PARTS)
def test_every_run_is_a_direct_descent(kind, tmp_path):
    problem = problem_from(PARTS[kind])
    candidates = candidates_of(problem)
    schema = evaluation_schema(problem.sweep["multiverse"])
    found = written_and_read(schema, as_frame(evaluate(problem, candidates)), tmp_path)
    numbers, names = candidates["candidate"].unique(), problem.evaluation.names
    keys = found[["candidate", "start"]].itertuples(index=False, name=None)
    assert list(keys) == [(number, name) for number in numbers for name in names]
    points = problem.evaluation.points()
    plain = candidates[candidates["kind"] != "drawn"].drop_duplicates("candidate")
    for _, candidate in plain.iterrows():
        rows = found[found["candidate"] == candidate["candidate"]]
        runs = whole_runs(problem, candidate, points, 61)
        for row, run in zip(rows.to_dict("records"), runs, strict=True):
            assert_is_run(problem, run, row)
    ends = {"reached", "budget"} | ({"diverged"} if problem.runs else set())
    assert ends <= set(found["status"])


def test_named_runs_also_start_from_where_they_draw_their_starts():
    problem = problem_from(bowl(runs=RUNS, evaluation=40))
    candidates = candidates_of(problem)
    found = as_frame(evaluate(problem, candidates))
    drawn = candidates[candidates["kind"] == "drawn"].set_index("name")
    assert list(drawn.index) == ["far", "near"]
    for name, (low, high) in {"far": (-9.0, 9.0), "near": (-0.5, 1.0)}.items():
        points = low + (high - low) * uniform(1, f"starts as of {name}", 0, 40, 2)
        assert low <= points.min() < 0 < 0.9 < points.max() < high
        rows = found[found["candidate"] == drawn.loc[name, "candidate"]]
        runs = whole_runs(problem, drawn.loc[name], points, 61)
        for row, run in zip(rows.to_dict("records"), runs, strict=True):
            assert_is_run(problem, run, row)


@pytest.mark.parametrize("at_once", [1, 7, 10_000])
def test_blocks_of_candidates_change_nothing(monkeypatch, at_once):
    problem = problem_from(bowl(runs=RUNS, evaluation=4))
    candidates = candidates_of(problem)
    whole = as_frame(evaluate(problem, candidates))
    monkeypatch.setattr(evaluation, "block_size", lambda work: at_once)
    blocks = list(evaluate(problem, candidates))
    assert len(blocks) == -(-candidates["candidate"].nunique() // max(1, at_once // 4))
    pd.testing.assert_frame_equal(as_frame(blocks), whole)


# ── Nudged, and longer ───────────────────────────────────────────────────────────────────────


def test_selected_settings_are_run_from_nudged_starts_and_for_longer(monkeypatch, tmp_path):
    monkeypatch.setattr(evaluation, "NUDGED_STARTS", 6)
    problem = problem_from(bowl(evaluation=8))
    candidates = candidates_of(problem)
    found = written_and_read(FURTHER, run_further(problem, candidates), tmp_path)
    selected = candidates[candidates["kind"] == "selected"].drop_duplicates("candidate")
    assert_array_equal(found["candidate"], selected["candidate"])
    points = problem.evaluation.points()
    reached_at_all = 0
    for (_, row), counts in zip(selected.iterrows(), found.to_dict("records"), strict=True):
        here, there, longer = (
            np.array(
                [
                    hitting_time(run.values, 0.01, 2, budget)
                    for run in whole_runs(problem, row, starts, budget + 1)
                ]
            )
            for starts, budget in (
                (points[:6], 60), (np.nextafter(points[:6], inf), 60), (points, 600),
            )
        )  # fmt: skip
        assert (counts["nudged_runs"], counts["longer_runs"]) == (6, 8)
        assert counts["nudged_changed"] == np.not_equal(here, there).sum()
        assert counts["longer_reached"] == np.isfinite(longer).sum()
        assert counts["longer_in_time"] == (longer <= 60).sum()
        reached_at_all += counts["longer_reached"] - counts["longer_in_time"]
    assert reached_at_all > 0


def test_so_many_starts_are_nudged_and_run_for_longer(monkeypatch):
    """A coordinate of 0, as initial biases are, stays 0: the next number is no rounding of it."""
    points = np.random.default_rng(0).uniform(0.5, 1.5, (110, 2))
    points[0], points[1] = (0.0, 1.0), (-2.0, 0.0)
    problem = problem_from(bowl(iterations=3))
    problem = problem._replace(evaluation=Starts(lambda: points, np.arange(110)))
    monkeypatch.setattr("descent.study.portions.WORK_OF_LONGER", 30 * 2 * 35)
    begun, plain = [], evaluation.final_states

    def told(problem, settings, points, **options):
        begun.append(points)
        return plain(problem, settings, points, **options)

    monkeypatch.setattr(evaluation, "final_states", told)
    row = dict.fromkeys(SETTING_NAMES, nan) | {"kind": "selected", "method": "gradient_descent"}
    row |= {"candidate": 4, "learning_rate": 0.01}
    found = run_further(problem, pd.DataFrame([row]))
    here, there, longer = begun
    assert_array_equal(here, points[:64])
    expected = here.copy()
    expected[here != 0] = np.nextafter(here[here != 0], inf)
    assert_array_equal(there, expected)
    assert_array_equal(longer, points[:35])
    assert found[["candidate", "nudged_runs", "longer_runs"]].to_numpy().tolist() == [[4, 64, 35]]


def test_a_chaotic_setting_changes_by_a_unit_in_the_last_place(monkeypatch):
    """RMSProp with steps as long as the valley is wide wanders about; with short ones it goes."""
    monkeypatch.setattr(evaluation, "LONGER", 1)
    goal = {
        "headline": {"target": 0.01, "hold": 10},
        "multiverse": {"targets": [0.01], "holds": [10]},
    }
    part = bowl(evaluation=30, iterations=600, **goal)
    part["problem"] |= {"objective": "rosenbrock", "parameters": {"a": 1.0, "b": 100.0}}
    blank = dict.fromkeys(SETTING_NAMES, nan)
    blank |= {"kind": "selected", "method": "rmsprop", "decay": 0.8, "epsilon": 1e-8}
    rows = [
        blank | {"candidate": 0, "learning_rate": 1.5},
        blank | {"candidate": 1, "learning_rate": 0.01},
        blank | {"candidate": 2, "learning_rate": 1.5, "kind": "reselected"},
    ]
    found = run_further(problem_from(part), pd.DataFrame(rows))
    assert found["candidate"].tolist() == [0, 1]
    assert found["nudged_changed"][0] > 10
    assert found["nudged_changed"][1] == 0


@pytest.mark.parametrize(("work", "runs"), [(1e5, 33), (1e6, 32), (2.0, 500)])
def test_longer_runs_are_as_many_as_take_a_few_seconds(work, runs):
    assert longer_starts(600, work) == runs


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


def test_curves_are_quartiles_of_trajectories(tmp_path):
    objective = network_objective(*SAMPLES, LAYERS)
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


def test_curves_are_over_the_first_seeds(monkeypatch):
    monkeypatch.setattr(evaluation, "CURVE_SEEDS", 3)
    weights = initial_parameters(LAYERS, range(9))
    objective = network_objective(*SAMPLES, LAYERS)
    many, few = (
        trace_curves(
            problem_on(objective, some, iterations=2), selected_of(setting("adam", **STEP))
        )
        for some in (weights, weights[:3])
    )
    pd.testing.assert_frame_equal(many, few)


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


def test_a_run_that_diverges_in_one_coordinate_alone_has_diverged():
    """The value does not see the second coordinate, which overflows at the second update."""

    def evaluate(points):
        return points[0] ** 2, np.stack([points[0], np.where(points[0] < 0.8, -np.inf, 0.0)])

    problem = problem_on(Objective(evaluate), [[1.0, 0.0]], iterations=9, target=1e-9)
    found = trace_paths(problem, selected_of(setting("gradient_descent", learning_rate=0.3)))
    assert_array_equal(found["iteration"], [0, 1])
    assert_array_equal(found["x1"], [1.0, 0.7])


@pytest.mark.parametrize("layers", [(2, 3, 2, 3), (2, 3)])
@pytest.mark.parametrize("runs", [1, 45])
def test_compiled_code_classifies_as_numpy_does(layers, runs):
    objective = network_objective(*SAMPLES, layers)
    points = np.random.default_rng(runs).normal(size=(parameter_count(layers), runs))
    points[:, 0] = 0.0  # all classes are as probable
    assert_array_equal(compiled_objective(objective).measure(points), objective.measure(points))
