"""Sweeps: every setting from every start once, in order, and each row the run that it says."""

import json
import subprocess
import sys
from contextlib import contextmanager
from itertools import pairwise

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from small_studies import hitting_time

from descent.config.problems import problem_parts
from descent.config.reading import validate
from descent.core.methods import METHODS
from descent.core.mixtures import sample_mixture
from descent.core.networks import cross_entropy, forward
from descent.core.parameters import PARAMETERS
from descent.core.problem import problem_of
from descent.core.weight_initialisation import initial_parameters
from descent.engine.descents import descend_many
from descent.engine.training import train
from descent.study.grids import own_parameters
from descent.study.portions import chunk_bounds
from descent.study.sweeps import final_states, hitting_time_columns, sweep_chunk, swept_blocks
from descent.tables.parquet import gather, read, samples_columns, write
from descent.tables.schemas import (
    SETTING_NAMES,
    held_out_schema,
    mixture_schema,
    sweep_schema,
)

MEANS, COVARIANCES = [[0, 2], [2, -2], [-2, -2]], [np.eye(2)] * 3
SAMPLES = sample_mixture(60, MEANS, COVARIANCES, seed=5)
FRESH = sample_mixture(50, MEANS, COVARIANCES, [1, 2, 2], seed=6)
FORMULAS = ("rosenbrock", "bowl", "valley", "basin", "turned")
NETWORKS = {"network": "uniform", "network-he": "he"}


@pytest.fixture
def study(shipped):
    """Return the shipped study, its sweeps made small."""
    grid = {
        "learning_rate": {"low": "1e-4", "high": 0.02, "count": 3},
        "momentum": [0.9, 0, 0.5],
        "decay": [0.9],
        "beta1": [0.9, 0.5],
        "starts": {"low": -2, "high": 2, "count": 4, "seed": 1},
        "evaluation": 5,
        "iterations": 150,
        "headline": {"target": 0.05, "hold": 3},
        "multiverse": {"targets": [1, 0.05, 1e-3], "holds": [1, 3, 12]},
        "chunks": 1,
    }
    shipped["rosenbrock"]["sweep"] |= grid
    shipped["objectives"] = [
        {
            "name": "bowl",
            "objective": "quadratic",
            "parameters": {"spectrum": [1, 10, 100]},
            "sweep": grid | {"methods": ["nesterov", "adagrad"]},
        },
        {
            "name": "valley",
            "objective": "rosenbrock",
            "parameters": {"b": 10},
            "dimension": 5,
            "sweep": grid | {"methods": ["momentum"]},
        },
        {
            "name": "basin",
            "objective": "quadratic",
            "parameters": {"spectrum": [1, 30]},
            "sweep": grid | {"methods": ["gradient_descent", "adam"]},
        },
        {
            "name": "turned",
            "objective": "quadratic",
            "parameters": {"spectrum": [1, 30]},
            "rotation": 7,
            "sweep": grid | {"methods": ["adam"]},
        },
    ]
    shipped["network"]["sweep"] |= {
        "methods": ["gradient_descent", "momentum", "adam"],
        "initials": ["uniform", "he"],
        "learning_rate": {"low": "1e-3", "high": 1, "count": 2},
        "momentum": [0, 0.9],
        "beta1": [0.9],
        "seeds": {"first": 31, "count": 3},
        "evaluation": 2,
        "iterations": 40,
        "headline": {"target": 0.4, "hold": 2},
        "multiverse": {"targets": [0.8, 0.4], "holds": [1, 2, 5]},
        "chunks": 1,
    }
    return validate(shipped).model_dump()


@pytest.fixture
def problems(study):
    """Return the study's problems by name."""
    return {
        name: problem_of(part, *([SAMPLES, FRESH] if "mixture" in part else []))
        for name, part in problem_parts(study).items()
    }


def schema_for(problem):
    return sweep_schema(problem.kind, problem.dimension, problem.sweep["multiverse"])


def runs_of(problem):
    """Return how many runs a sweep has, counted by hand."""
    momenta, shares = len(problem.sweep["momentum"]), len(problem.sweep["beta1"])
    numbers = {"momentum": momenta, "nesterov": momenta, "adam": shares}
    settings = sum(numbers.get(method, 1) for method in problem.sweep["methods"])
    return settings * problem.sweep["learning_rate"]["count"] * len(problem.tuning.names)


def columns_of(problem, **options):
    """Return the columns of a whole sweep."""
    blocks = list(swept_blocks(problem, 0, runs_of(problem), **{"engine": "numpy"} | options))
    return {name: np.concatenate([block[name] for block in blocks]) for name in blocks[0]}


def rows_of(columns):
    """Return the rows as dictionaries, with Python's own numbers."""
    lists = [np.asarray(values).tolist() for values in columns.values()]
    return [dict(zip(columns, row, strict=True)) for row in zip(*lists, strict=True)]


def assert_writable(problem, columns, tmp_path):
    write(schema_for(problem), columns, {}, tmp_path / "table.parquet")
    assert set(columns) == set(schema_for(problem).names)


def keys_of(problem, rows):
    """Return what rows are sorted by; a missing parameter comes last, as pandas has it."""
    order = schema_for(problem).order
    return [
        tuple(np.inf if row[name] != row[name] else row[name] for name in order) for row in rows
    ]


def settings_in(row):
    own = own_parameters(row["method"], row)
    assert all(np.isnan(row[name]) for name in PARAMETERS if name not in own and name != "momentum")
    return own


def assert_is_run(problem, row, run, value):
    """Check a row against the trajectory of the run that it describes, a little longer."""
    budget, headline = problem.sweep["iterations"], problem.sweep["headline"]
    verse, scale = problem.sweep["multiverse"], problem.scale
    for target in verse["targets"]:
        for hold in verse["holds"]:
            time = hitting_time(run.values, target * scale, hold, budget)
            assert row[f"within_{target}_for_{hold}".replace(".0_", "_")] == time
    time = hitting_time(run.values, headline["target"] * scale, headline["hold"], budget)
    last = min(len(run.values) - 1, budget)
    assert row["iterations"] == (last if np.isinf(time) else time)
    assert value == run.values[row["iterations"]]
    if np.isfinite(time):
        assert row["status"] == "reached"
    elif len(run.values) <= budget:
        assert row["status"] == "diverged"
    else:
        assert row["status"] in {"budget", "cycle", "dead", "stuck"}
        assert problem.kind == "network" or row["status"] not in {"dead", "stuck"}


# ── Formulas ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", [*FORMULAS, *NETWORKS])
def test_a_sweep_has_every_cell_once_and_in_order(problems, tmp_path, name):
    problem = problems[name]
    columns = columns_of(problem)
    assert_writable(problem, columns, tmp_path)
    keys = keys_of(problem, rows_of(columns))
    assert keys == sorted(set(keys))
    assert len(keys) == runs_of(problem)
    momenta = set(problem.sweep["momentum"])
    for method in problem.sweep["methods"]:
        own = momenta if "momentum" in METHODS[method].parameters else {0.0}
        assert set(columns["momentum"][columns["method"] == method]) == own


@pytest.mark.parametrize("name", FORMULAS)
def test_each_row_is_the_run_it_says(problems, name):
    problem = problems[name]
    starts = problem.tuning.points()
    for rows in np.reshape(rows_of(columns_of(problem)), (-1, len(starts))):
        own = settings_in(rows[0])
        runs = descend_many(problem.objective, rows[0]["method"], starts, 161, **own)
        for i, (row, run) in enumerate(zip(rows, runs, strict=True)):
            assert (row["start"], settings_in(row)) == (i, own)
            assert_is_run(problem, row, run, row["value"])
            if problem.dimension == 2:
                assert (row["start_x1"], row["start_x2"]) == tuple(starts[i])
                assert (row["x1"], row["x2"]) == tuple(run.points[row["iterations"]])
            else:
                assert "x1" not in row


def test_rosenbrocks_sweep_ends_in_several_ways(problems):
    columns = columns_of(problems["rosenbrock"])
    assert {"reached", "budget", "diverged"} <= set(columns["status"])
    once, held = (columns[f"within_1_for_{hold}"] for hold in (1, 12))
    assert (once < held).any()
    assert (once == held)[np.isfinite(once)].any()


def test_settings_share_their_starts(problems):
    problem = problems["rosenbrock"]
    rows = rows_of(columns_of(problem))
    starts = {(row["start"], row["start_x1"], row["start_x2"]) for row in rows}
    assert sorted(starts) == [(i, *point) for i, point in enumerate(problem.tuning.points())]
    coordinates = np.array([place for *_, x1, x2 in starts for place in (x1, x2)])
    assert np.all((coordinates >= -2) & (coordinates < 2))


def test_more_starts_rates_and_methods_change_no_row_that_was_there(study):
    def keyed():
        problem = problem_of(problem_parts(study)["rosenbrock"])
        rows = rows_of(columns_of(problem))
        keys = keys_of(problem, rows)
        return {key: str(row) for key, row in zip(keys, rows, strict=True)}

    everything = keyed()
    study["rosenbrock"]["sweep"]["starts"]["count"] = 3
    study["rosenbrock"]["sweep"]["methods"] = ["adam", "momentum"]
    study["rosenbrock"]["sweep"]["momentum"] = [0.0, 0.5]
    some = keyed()
    assert len(some) == 3 * (2 + 2) * 3
    assert {key: everything[key] for key in some} == some


def test_momentum_zero_alone_is_gradient_descent(study):
    sweep = {"methods": ["momentum", "gradient_descent"], "momentum": [0.0]}
    study["rosenbrock"]["sweep"] |= sweep
    columns = columns_of(problem_of(problem_parts(study)["rosenbrock"]))
    plain, heavy = (columns["method"] == name for name in ("gradient_descent", "momentum"))
    for name in ("learning_rate", "start", "status", "iterations", "value", "x1", "x2"):
        assert_array_equal(columns[name][plain], columns[name][heavy])


# ── The network ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", NETWORKS)
def test_each_row_of_a_networks_sweep_is_the_training_it_says(problems, study, name):
    columns = columns_of(problems[name])
    rows, section = rows_of(columns), study["network"]
    layers, begin = section["layers"], {"initial": NETWORKS[name], **section["initial"]}
    for row in rows:
        start = initial_parameters(layers, [row["seed"]], **begin)[0]
        run = train(*SAMPLES, layers, start, row["method"], 44, **settings_in(row))
        end = row["iterations"]
        assert_is_run(problems[name], row, run, row["loss"])
        assert row["accuracy"] == run.measure[end]
        guesses = forward(run.points[end], FRESH[0], layers).argmax(axis=1)
        assert row["test_accuracy"] == np.mean(guesses == FRESH[1])
        assert row["test_loss"] == cross_entropy(run.points[end], *FRESH, layers) / len(FRESH[1])
    assert {row["seed"] for row in rows} == {31, 32, 33}
    assert not np.isin(columns["test_accuracy"], columns["accuracy"]).all()


# ── Cuts, engines and threads ────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("options", [{"engine": "numba"}, {"engine": "numba", "threads": 3}])
@pytest.mark.parametrize("name", ["basin", "network-he"])
def test_engines_and_threads_give_the_same_columns(problems, name, options):
    reference = columns_of(problems[name])
    for column, values in columns_of(problems[name], **options).items():
        assert_array_equal(values, reference[column])


@pytest.mark.parametrize("name", ["basin", "network"])
def test_columns_do_not_depend_on_blocks(problems, monkeypatch, name):
    whole = columns_of(problems[name])
    monkeypatch.setattr("descent.study.portions.SMALLEST_BLOCK", 7)
    monkeypatch.setattr("descent.study.portions.WORK_OF_BLOCK", 0.0)
    for column, values in columns_of(problems[name]).items():
        assert_array_equal(values, whole[column])


@contextmanager
def silent(count, what, name):
    """Count what is done, as progress is shown."""
    silent.told.append((count, what, name))
    yield silent.done.append


@pytest.fixture(autouse=True)
def _nothing_told():
    silent.told, silent.done = [], []


def written(problem, folder, chunks, part):
    """Write a sweep in chunks, gather them, and return the path."""
    files = [folder / f"{chunk}-of-{chunks}.parquet" for chunk in range(1, chunks + 1)]
    for chunk, file in enumerate(files, 1):
        sweep_chunk(
            problem, part, file,
            chunk=chunk, chunks=chunks, engine="numpy", threads=1, progress=silent,
        )  # fmt: skip
    path = folder / f"{chunks}.parquet"
    gather(schema_for(problem), files, part, path)
    return path


@pytest.mark.parametrize("name", [*FORMULAS, "network-he"])
def test_gathered_chunks_are_the_same_bytes_for_any_cut(problems, study, tmp_path, name):
    part = problem_parts(study)[name]
    whole = written(problems[name], tmp_path, 1, part)
    assert len(read(schema_for(problems[name]), whole, part)) == runs_of(problems[name])
    for chunks in (2, 7):
        path = written(problems[name], tmp_path, chunks, part)
        assert path.read_bytes() == whole.read_bytes()


def test_progress_is_told_of_a_chunks_runs(problems, tmp_path, monkeypatch):
    monkeypatch.setattr("descent.study.portions.SMALLEST_BLOCK", 10)
    monkeypatch.setattr("descent.study.portions.WORK_OF_BLOCK", 0.0)
    written(problems["basin"], tmp_path, 2, {"problem": {"name": "basin"}})
    assert silent.told == [(18, "runs", f"basin, chunk {chunk} of 2") for chunk in (1, 2)]
    assert silent.done == [10, 8, 10, 8]


@pytest.mark.parametrize(("runs", "chunks"), [(10, 1), (10, 3), (10, 10), (1, 1), (10**7, 7)])
def test_chunks_share_all_runs_evenly(runs, chunks):
    cuts = [chunk_bounds(runs, chunk, chunks) for chunk in range(1, chunks + 1)]
    assert (cuts[0][0], cuts[-1][1]) == (0, runs)
    assert all(before[1] == after[0] for before, after in pairwise(cuts))
    sizes = [last - first for first, last in cuts]
    assert max(sizes) - min(sizes) <= 1
    assert min(sizes) >= 1


# ── Final states ─────────────────────────────────────────────────────────────────────────────


def test_final_states_keep_the_order_of_mixed_methods(problems):
    problem = problems["basin"]
    points = problem.tuning.points()[[0, 1, 2, 3, 0, 1]]
    methods = np.array(["adam", "gradient_descent"] * 3)
    settings = {name: np.full(6, np.nan) for name in SETTING_NAMES} | {
        "method": methods,
        "learning_rate": np.array([0.1, 0.02, 0.2, 1e-5, 0.05, 0.5]),
        "beta1": np.full(6, 0.9), "beta2": np.full(6, 0.999), "epsilon": np.full(6, 1e-8),
    }  # fmt: skip
    whole = final_states(problem, settings, points, engine="numpy")
    for i in range(6):
        one = {name: values[[i]] for name, values in settings.items()}
        alone = final_states(problem, one, points[[i]], engine="numpy")
        for name, values in alone.items():
            assert_array_equal(whole[name][i], values[0])
    longer = final_states(problem, settings, points, iterations=1500, engine="numpy")
    assert longer["iterations"].max() == 1500 > whole["iterations"].max() == 150


def test_hitting_times_are_columns_and_never_is_infinite(problems):
    hits = np.array([[[0, -1, 5], [7, 8, -1], [2**24, 1, -1]]], np.int32)
    columns = hitting_time_columns(problems["bowl"], hits)
    assert list(columns) == [name for name in schema_for(problems["bowl"]).names if "_for_" in name]
    assert [values.tolist() for values in columns.values()] == [
        [0.0], [np.inf], [5.0], [7.0], [8.0], [np.inf], [2.0**24], [1.0], [np.inf],
    ]  # fmt: skip
    assert {values.dtype for values in columns.values()} == {np.dtype(np.float32)}


# ── A job ────────────────────────────────────────────────────────────────────────────────────

JOB = """
import json, sys
from contextlib import contextmanager
from descent.study.loading import load_problem
from descent.study.sweeps import sweep_chunk

@contextmanager
def progress(count, what, name):
    yield lambda more: None

part, files, path = json.loads(sys.argv[1])
sweep_chunk(load_problem(part, files), part, path,
            chunk=1, chunks=1, engine="numpy", threads=1, progress=progress)
assert not {"pandas", "matplotlib", "numba", "pydantic"} & set(sys.modules)
"""


@pytest.mark.parametrize("name", ["rosenbrock", "network"])
def test_a_chunks_job_needs_no_pandas(problems, study, tmp_path, root, name):
    part = problem_parts(study)[name]
    files = {}
    for key, schema, samples in (
        ("mixture", mixture_schema(2), SAMPLES),
        ("held_out", held_out_schema(2), FRESH),
    ):
        files[key] = str(tmp_path / f"{key}.parquet")
        write(schema, samples_columns(*samples), {"mixture": study["mixture"]}, files[key])
    path = tmp_path / "chunk.parquet"
    subprocess.run(
        [sys.executable, "-c", JOB, json.dumps([part, files, str(path)])],
        env={"PYTHONPATH": str(root / "src"), "PATH": ""}, check=True,
    )  # fmt: skip
    found = read(schema_for(problems[name]), path, part)
    expected = columns_of(problems[name])
    for column in found:
        assert_array_equal(found[column].to_numpy(), expected[column])
