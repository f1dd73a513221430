"""Sweeps: every setting from every start once, in order, and each row the run that it says."""

from itertools import pairwise

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from descent.tables import schemas as tables
from descent.study.chunks import bounds, write_chunk
from descent.engine.descents import descend
from descent.core.methods import METHODS
from descent.core.mixtures import sample_mixture
from descent.core.networks import cross_entropy, forward
from descent.core.objectives import quadratic_objective, rosenbrock_objective
from descent.core.parameters import PARAMETERS
from descent.study.sweeps import (
    OBJECTIVE_STARTS,
    logarithmic_grid,
    network_sweep,
    objective_sweep,
    parameters_of,
    rosenbrock_sweep,
    run_blocks,
    seeds_of,
    settings_of,
    starts_of,
    tuning_starts,
)
from descent.engine.training import initial_parameters, train
from descent.config.reading import validate

MEANS, COVARIANCES = [[0, 2], [2, -2], [-2, -2]], [np.eye(2)] * 3
SAMPLES = sample_mixture(60, MEANS, COVARIANCES, seed=5)
FRESH = sample_mixture(50, MEANS, COVARIANCES, [1, 2, 2], seed=6)


@pytest.fixture
def study(shipped):
    """Return the shipped study, its sweeps made small."""
    grid = {
        "learning_rate": {"low": "1e-4", "high": 0.02, "count": 3},
        "momentum": [0.9, 0, 0.5],
        "decay": [0.9],
        "beta1": [0.9, 0.5],
        "starts": {"low": -2, "high": 2, "count": 4, "seed": 1},
        "iterations": 150,
        "target": 0.05,
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
    ]
    shipped["network"]["sweep"] |= {
        "methods": ["gradient_descent", "momentum", "adam"],
        "initials": ["uniform", "he"],
        "learning_rate": {"low": "1e-3", "high": 1, "count": 2},
        "momentum": [0, 0.9],
        "beta1": [0.9],
        "seeds": {"first": 11, "count": 3},
        "iterations": 40,
        "target": 0.4,
        "chunks": 1,
    }
    return validate(shipped).model_dump()


def columns_of(sweep, **options):
    """Return the columns of a whole sweep."""
    blocks = list(run_blocks(sweep, 0, sweep.runs, **options))
    return {name: np.concatenate([block[name] for block in blocks]) for name in blocks[0]}


def rows_of(columns):
    """Return the rows as dictionaries, with Python's own numbers."""
    lists = [np.asarray(values).tolist() for values in columns.values()]
    return [dict(zip(columns, row, strict=True)) for row in zip(*lists, strict=True)]


def assert_writable(table, columns, tmp_path):
    tables.write(table, columns, {}, tmp_path / "table.parquet")
    assert set(columns) == {column.name for column in table.columns}


def keys_of(table, rows):
    """Return what rows are sorted by; a missing parameter comes last, as pandas has it."""
    return [
        tuple(np.inf if row[name] != row[name] else row[name] for name in table.order)
        for row in rows
    ]


def settings_in(row):
    own = parameters_of(row["method"], row)
    assert all(np.isnan(row[name]) for name in PARAMETERS if name not in own and name != "momentum")
    return own


def assert_is_run(row, run, target, value):
    """Check a row against the trajectory of the run that it describes."""
    end = row["iterations"]
    assert value == run.values[end]
    hits = np.flatnonzero(run.values <= target)
    if hits.size:
        assert (row["status"], end) == ("reached", hits[0])
    elif row["status"] not in ("cycle", "plateau"):
        assert (row["status"], end) == (run.status, len(run.values) - 1)


# ── Rosenbrock and further objectives ────────────────────────────────────────────────────────


def test_the_sweep_has_every_cell_once_and_in_order(study, tmp_path):
    columns = columns_of(rosenbrock_sweep(study["rosenbrock"]))
    assert_writable(tables.ROSENBROCK_SWEEP, columns, tmp_path)
    keys = keys_of(tables.ROSENBROCK_SWEEP, rows_of(columns))
    assert keys == sorted(set(keys))
    # gradient descent, momentum, nesterov, adagrad, rmsprop, adam
    assert len(keys) == 3 * (1 + 3 + 3 + 1 + 1 + 2) * 4
    for method, momenta in {"momentum": {0.0, 0.5, 0.9}, "adam": {0.0}}.items():
        assert set(columns["momentum"][columns["method"] == method]) == momenta


def test_each_row_is_the_run_it_says(study):
    rows = rows_of(columns_of(rosenbrock_sweep(study["rosenbrock"])))
    for row in rows:
        start = [row["start_x1"], row["start_x2"]]
        run = descend("rosenbrock", row["method"], start, 150, **settings_in(row))
        assert_is_run(row, run, 0.05, row["value"])
        assert (row["x1"], row["x2"]) == tuple(run.points[row["iterations"]])
    assert {row["status"] for row in rows} >= {"reached", "budget", "diverged"}


@pytest.mark.parametrize(
    ("place", "objective", "dimension"),
    [(0, quadratic_objective([1, 10, 100]), 3), (1, rosenbrock_objective(1, 10), 5)],
)
def test_each_row_of_a_further_objective_is_the_run_it_says(
    study, tmp_path, place, objective, dimension
):
    sweep = objective_sweep(study["objectives"][place])
    columns = columns_of(sweep)
    assert_writable(tables.OBJECTIVE_SWEEP, columns, tmp_path)
    starts = {}
    for row in rows_of(columns):
        if row["start"] not in starts:
            points = starts_of(study["objectives"][place]["sweep"]["starts"], dimension,
                               OBJECTIVE_STARTS)  # fmt: skip
            starts[row["start"]] = points[row["start"]]
        run = descend(objective, row["method"], starts[row["start"]], 150, **settings_in(row))
        assert_is_run(row, run, 0.05, row["value"])


def test_settings_share_their_starts_of_which_some_are_to_tune_on(study):
    rows = rows_of(columns_of(rosenbrock_sweep(study["rosenbrock"])))
    starts = {(row["start"], row["part"], row["start_x1"], row["start_x2"]) for row in rows}
    parts = [part for _, part, *_ in sorted(starts)]
    assert parts == ["tuning", "tuning", "held_out", "held_out"]
    coordinates = np.array([place for *_, x1, x2 in starts for place in (x1, x2)])
    assert np.all((coordinates >= -2) & (coordinates < 2))


def test_more_starts_rates_and_methods_change_no_row_that_was_there(study):
    def keyed(section):
        rows = rows_of(columns_of(rosenbrock_sweep(section)))
        keys = keys_of(tables.ROSENBROCK_SWEEP, rows)
        return {key: str(row | {"part": ""}) for key, row in zip(keys, rows, strict=True)}

    section = study["rosenbrock"]
    everything = keyed(section)
    section["sweep"]["starts"]["count"] = 3
    section["sweep"]["methods"] = ["adam", "momentum"]
    section["sweep"]["momentum"] = [0.0, 0.5]
    some = keyed(section)
    assert len(some) == 3 * (2 + 2) * 3
    assert {key: everything[key] for key in some} == some


def test_momentum_zero_alone_is_gradient_descent(study):
    section = study["rosenbrock"]
    section["sweep"] |= {"methods": ["momentum", "gradient_descent"], "momentum": [0.0]}
    columns = columns_of(rosenbrock_sweep(section))
    plain, heavy = (columns["method"] == name for name in ("gradient_descent", "momentum"))
    for name in ("learning_rate", "start", "status", "iterations", "value", "x1", "x2"):
        assert_array_equal(columns[name][plain], columns[name][heavy])


# ── The network ──────────────────────────────────────────────────────────────────────────────


def test_each_row_of_the_networks_sweep_is_the_training_it_says(study, tmp_path):
    section = study["network"]
    columns = columns_of(network_sweep(section, *SAMPLES, *FRESH))
    assert_writable(tables.NETWORK_SWEEP, columns, tmp_path)
    rows = rows_of(columns)
    keys = keys_of(tables.NETWORK_SWEEP, rows)
    assert keys == sorted(set(keys))
    assert len(keys) == 2 * 2 * (1 + 2 + 1) * 3
    layers = section["layers"]
    for row in rows:
        begin = {"initial": row["initial"], **section["initial"]}
        start = initial_parameters(layers, [row["seed"]], **begin)[0]
        run = train(*SAMPLES, layers, start, row["method"], 40, **settings_in(row))
        end = row["iterations"]
        assert_is_run(row, run, 0.4 * len(SAMPLES[1]), row["loss"])
        assert row["accuracy"] == run.measure[end]
        guesses = forward(run.points[end], FRESH[0], layers).argmax(axis=1)
        assert row["test_accuracy"] == np.mean(guesses == FRESH[1])
        assert row["test_loss"] == cross_entropy(run.points[end], *FRESH, layers) / len(FRESH[1])
    assert {(row["seed"], row["part"]) for row in rows} == {
        (11, "tuning"),
        (12, "tuning"),
        (13, "held_out"),
    }
    assert not np.isin(columns["test_accuracy"], columns["accuracy"]).all()


# ── Cuts, engines and threads ────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("options", [{"engine": "numba"}, {"engine": "numba", "threads": 3}])
def test_engines_and_threads_give_the_same_columns(study, options):
    for sweep in (
        rosenbrock_sweep(study["rosenbrock"]),
        network_sweep(study["network"], *SAMPLES, *FRESH),
    ):
        reference = columns_of(sweep, engine="numpy")
        for name, values in columns_of(sweep, **options).items():
            assert_array_equal(values, reference[name])


def test_columns_do_not_depend_on_blocks(study, monkeypatch):
    sweep = rosenbrock_sweep(study["rosenbrock"])
    whole = columns_of(sweep)
    monkeypatch.setattr("descent.study.sweeps.SMALLEST_BLOCK", 7)
    monkeypatch.setattr("descent.study.sweeps.WORK", 0.0)
    for name, values in columns_of(sweep).items():
        assert_array_equal(values, whole[name])


@pytest.mark.parametrize("chunks", [2, 3, 7])
def test_gathered_chunks_are_the_same_bytes_for_any_cut(study, tmp_path, chunks):
    def write(count):
        files = [tmp_path / f"{chunk}-of-{count}" for chunk in range(1, count + 1)]
        for chunk, file in enumerate(files, 1):
            write_chunk(
                rosenbrock_sweep(study["rosenbrock"]), tables.ROSENBROCK_SWEEP, study["rosenbrock"],
                file, chunk=chunk, chunks=count, engine="numpy", threads=1, log=tmp_path / "log",
            )  # fmt: skip
        path = tmp_path / f"{count}.parquet"
        tables.gather(tables.ROSENBROCK_SWEEP, files, study["rosenbrock"], path)
        return path.read_bytes()

    assert write(chunks) == write(1)


@pytest.mark.parametrize(("runs", "chunks"), [(10, 1), (10, 3), (10, 10), (1, 1), (10**7, 7)])
def test_chunks_share_all_runs_evenly(runs, chunks):
    cuts = [bounds(runs, chunk, chunks) for chunk in range(1, chunks + 1)]
    assert (cuts[0][0], cuts[-1][1]) == (0, runs)
    assert all(before[1] == after[0] for before, after in pairwise(cuts))
    sizes = [last - first for first, last in cuts]
    assert max(sizes) - min(sizes) <= 1
    assert min(sizes) >= 1


# ── Small parts ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("low", "high", "count"),
    [(1e-5, 1e-2, 25), (1e-4, 1e-2, 5), (3, 7, 2), (1e-300, 1e300, 601), (0.1, 0.3, 10_000)],
)
def test_grids_are_geometric_with_exact_ends(low, high, count):
    grid = logarithmic_grid(low, high, count)
    assert (grid[0], grid[-1], len(grid)) == (low, high, count)
    assert_allclose(grid, np.geomspace(low, high, count), rtol=1e-13)
    assert np.all(np.diff(grid) > 0)


def test_powers_of_ten_in_a_grid_are_exact():
    assert logarithmic_grid(1e-5, 10.0, 7).tolist() == [1e-5, 1e-4, 1e-3, 1e-2, 0.1, 1.0, 10.0]


def test_a_grid_of_one_is_its_end():
    assert logarithmic_grid(0.3, 0.3, 1).tolist() == [0.3]


def test_seeds_count_up_from_the_first():
    assert list(seeds_of({"first": 1001, "count": 3})) == [1001, 1002, 1003]


@pytest.mark.parametrize(
    ("count", "share", "expected"),
    [(24, 0.5, 12), (1, 0.5, 0), (2, 0.01, 1), (2, 0.99, 1), (10, 0.99, 9), (100, 0.25, 25)],
)
def test_starts_are_shared_between_tuning_and_judging(count, share, expected):
    assert tuning_starts(count, share) == expected


def test_parameters_without_a_grid_have_the_methods_defaults():
    grid = {
        "methods": list(METHODS),
        "learning_rate": {"low": 0.1, "high": 0.1, "count": 1},
        "momentum": [0.0, 0.5],
        "beta1": [0.3],
    }
    for row in rows_of(settings_of(grid)):
        own = settings_in(row)
        for name, default in METHODS[row["method"]].parameters.items():
            if name not in ("learning_rate", "momentum", "beta1"):
                assert own[name] == default
