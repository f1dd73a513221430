"""The parts of the study: sections of the configuration become the columns of tables."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from descent import tables
from descent.descents import descend
from descent.mixtures import sample_mixture
from descent.networks import accuracy, forward, parameter_names
from descent.objectives import rosenbrock, rosenbrock_objective
from descent.named_runs import (
    descend_rosenbrock,
    logarithmic_grid,
    seeds_of,
    start_of,
    sweep_network,
    sweep_rosenbrock,
    train_network,
)
from descent.training import initial_parameters, train
from descent.validation import validate

X, LABELS = sample_mixture(60, [[0, 2], [2, -2], [-2, -2]], [np.eye(2)] * 3, seed=5)
FRESH_X, FRESH_LABELS = sample_mixture(
    50, [[0, 2], [2, -2], [-2, -2]], [np.eye(2)] * 3, [1, 2, 2], seed=6
)


@pytest.fixture
def study(shipped):
    """Return the shipped study, made small."""
    shipped["rosenbrock"]["sweep"] |= {
        "learning_rate": {"low": "1e-4", "high": 0.02, "count": 3},
        "momentum": [0.9, 0, 0.5],
        "starts": {"low": -2, "high": 2, "count": 4, "seed": 1},
        "iterations": 150,
        "target": 0.05,
    }
    shipped["network"]["seeds"] = {"first": 3, "count": 2}
    for run in shipped["network"]["runs"]:
        run["iterations"] = 6
    shipped["network"]["initial"] = {"low": -0.7, "high": 0.7}
    shipped["network"]["sweep"] |= {
        "learning_rate": {"low": "1e-3", "high": 1, "count": 2},
        "momentum": [0, 0.9],
        "seeds": {"first": 11, "count": 3},
        "iterations": 40,
        "target": 0.4,
    }
    return validate(shipped).model_dump()


def names_of(table):
    return [column.name for column in table.columns]


def rows_of(columns):
    """Return the rows as dictionaries, with Python's own numbers."""
    lists = [np.asarray(values).tolist() for values in columns.values()]
    return [dict(zip(columns, row, strict=True)) for row in zip(*lists, strict=True)]


def assert_writable(table, columns, tmp_path):
    tables.write(table, columns, {}, tmp_path / "table.parquet")
    found = tables.read(table, tmp_path / "table.parquet")
    assert list(found) == list(columns) == names_of(table)


# ── Rosenbrock ───────────────────────────────────────────────────────────────────────────────


def test_the_shipped_runs_start_where_the_notebooks_seed_puts_them(shipped):
    """One seed, then six cells that each draw a point."""
    np.random.seed(10)
    intervals = [(-1, 1)] * 3 + [(-10, 10)] * 3
    expected = [np.random.uniform(low, high, size=2) for low, high in intervals]
    runs = validate(shipped).model_dump()["rosenbrock"]["runs"]
    found = [start_of(run["start"], 10) for run in runs]
    assert_array_equal(found, expected, strict=True)


def test_the_shipped_runs_have_the_notebooks_settings(shipped):
    runs = validate(shipped).model_dump()["rosenbrock"]["runs"]
    assert [(run["learning_rate"], run["momentum"], run["iterations"]) for run in runs] == [
        (0.005, None, 100),
        (0.001, None, 100),
        (0.0001, None, 100),
        (0.0005, 0.025, 100),
        (0.00025, 0.025, 100),
        (0.00005, 0.05, 100),
    ]


def test_a_start_may_be_a_point():
    assert_array_equal(start_of([3, -4.5], seed=10), [3.0, -4.5])


def test_trajectories_hold_each_named_run_until_it_ends(study, tmp_path):
    section = study["rosenbrock"] | {"a": 0.5, "b": 30.0}
    columns = descend_rosenbrock(section)
    assert_writable(tables.TRAJECTORIES, columns, tmp_path)
    place = 0
    for run in section["runs"]:
        alone = descend(
            rosenbrock_objective(0.5, 30.0),
            run["method"],
            start_of(run["start"], 10),
            run["iterations"],
            run["learning_rate"],
            run["momentum"] or 0.0,
        )
        part = slice(place, place := place + len(alone.values))
        assert set(columns["run"][part]) == {run["name"]}
        assert set(columns["method"][part]) == {run["method"]}
        assert set(columns["learning_rate"][part]) == {run["learning_rate"]}
        assert set(columns["momentum"][part]) == {run["momentum"] or 0.0}
        assert_array_equal(columns["iteration"][part], np.arange(len(alone.values)))
        assert_array_equal(np.stack([columns["x1"], columns["x2"]], 1)[part], alone.points)
        assert_array_equal(columns["value"][part], alone.values)
    assert place == len(columns["run"])
    points = np.stack([columns["x1"], columns["x2"]], 1)
    assert_array_equal(columns["value"], rosenbrock(points, 0.5, 30.0))


def test_adding_a_run_moves_no_other(study):
    section = study["rosenbrock"]
    before = descend_rosenbrock(section)
    section["runs"].insert(0, section["runs"][4] | {"name": "new"})
    after = descend_rosenbrock(section)
    old = after["run"] != "new"
    for name, values in before.items():
        assert_array_equal(after[name][old], values)


def test_a_run_from_a_start_that_overflows_still_has_rows_or_is_refused(study, tmp_path):
    section = study["rosenbrock"]
    section["runs"] = [section["runs"][0] | {"start": [1e100, 0.0]}]
    try:
        columns = descend_rosenbrock(section)
    except ValueError as error:
        assert "start" in str(error)  # noqa: PT017
    else:
        assert len(columns["run"]) >= 1


def test_the_sweep_has_every_cell_once_and_in_order(study, tmp_path):
    columns = sweep_rosenbrock(study["rosenbrock"])
    assert_writable(tables.ROSENBROCK_SWEEP, columns, tmp_path)
    rows = rows_of(columns)
    keys = [tuple(row[name] for name in tables.ROSENBROCK_SWEEP.order) for row in rows]
    assert keys == sorted(set(keys))
    assert len(keys) == 3 * 3 * 4
    assert {row["momentum"] for row in rows if row["method"] == "gradient_descent"} == {0.0}
    assert {row["momentum"] for row in rows if row["method"] == "momentum"} == {0.5, 0.9}
    assert columns["start"].dtype == np.int64


def test_each_row_of_the_sweep_is_the_run_it_says(study):
    section = study["rosenbrock"]
    rows = rows_of(sweep_rosenbrock(section))
    seen = set()
    for row in rows:
        start = [row["start_x1"], row["start_x2"]]
        run = descend(
            "rosenbrock", row["method"], start, 150, row["learning_rate"], row["momentum"]
        )
        end = row["iterations"]
        assert (row["value"], row["x1"], row["x2"]) == (run.values[end], *run.points[end])
        hits = np.flatnonzero(run.values <= 0.05)
        if hits.size:
            assert (row["status"], end) == ("reached", hits[0])
        elif row["status"] != "cycle":
            assert (row["status"], end) == (run.status, len(run.values) - 1)
        seen.add(row["status"])
    assert seen >= {"reached", "budget", "diverged"}


def test_settings_of_the_sweep_share_their_starts(study):
    rows = rows_of(sweep_rosenbrock(study["rosenbrock"]))
    starts = {(row["start"], row["start_x1"], row["start_x2"]) for row in rows}
    assert sorted(index for index, *_ in starts) == [0, 1, 2, 3]
    coordinates = np.array([place for _, *place in starts])
    assert np.all((coordinates >= -2) & (coordinates < 2))


def test_more_starts_rates_and_momenta_change_no_row_that_was_there(study):
    def keyed(section):
        rows = rows_of(sweep_rosenbrock(section))
        order = tables.ROSENBROCK_SWEEP.order
        return {tuple(row[name] for name in order): row for row in rows}

    section = study["rosenbrock"]
    before = keyed(section)
    section["sweep"]["starts"]["count"] = 7
    section["sweep"]["momentum"] = [0.3, 0.9, 0.0, 0.5]
    after = keyed(section)
    assert len(after) == 3 * 4 * 7
    assert {key: after[key] for key in before} == before


def test_momentum_zero_alone_is_a_sweep_too(study):
    study["rosenbrock"]["sweep"]["momentum"] = [0.0]
    columns = sweep_rosenbrock(study["rosenbrock"])
    assert set(columns["method"]) == {"gradient_descent"}
    assert len(columns["method"]) == 3 * 4


# ── The network ──────────────────────────────────────────────────────────────────────────────


def test_trainings_hold_each_named_run_and_seed(study, tmp_path):
    section = study["network"]
    training, parameters = train_network(section, X, LABELS)
    assert_writable(tables.TRAINING, training, tmp_path)
    assert_writable(tables.TRAINED, parameters, tmp_path)
    starts = initial_parameters(section["layers"], [3, 4], -0.7, 0.7)
    for run in section["runs"]:
        for seed, start in zip([3, 4], starts, strict=True):
            alone = train(
                X,
                LABELS,
                section["layers"],
                start,
                run["method"],
                6,
                run["learning_rate"],
                run["momentum"] or 0.0,
            )
            part = (training["run"] == run["name"]) & (training["seed"] == seed)
            assert_array_equal(training["iteration"][part], np.arange(7))
            assert_array_equal(training["loss"][part], alone.values)
            assert_array_equal(training["accuracy"][part], alone.measure)
            assert set(training["learning_rate"][part]) == {run["learning_rate"]}
            assert set(training["momentum"][part]) == {run["momentum"] or 0.0}
            part = (parameters["run"] == run["name"]) & (parameters["seed"] == seed)
            assert parameters["parameter"][part].tolist() == parameter_names(section["layers"])
            assert_array_equal(parameters["value"][part], alone.points[-1])
    assert len(training["run"]) == 2 * 2 * 7
    assert len(parameters["run"]) == 2 * 2 * 26


def test_each_row_of_the_networks_sweep_is_the_training_it_says(study, tmp_path):
    section = study["network"]
    columns = sweep_network(section, X, LABELS, FRESH_X, FRESH_LABELS)
    assert_writable(tables.NETWORK_SWEEP, columns, tmp_path)
    rows = rows_of(columns)
    keys = [tuple(row[name] for name in tables.NETWORK_SWEEP.order) for row in rows]
    assert keys == sorted(set(keys))
    assert len(keys) == 2 * 2 * 3
    layers = section["layers"]
    for row in rows:
        start = initial_parameters(layers, [row["seed"]], -0.7, 0.7)[0]
        run = train(
            X, LABELS, layers, start, row["method"], 40, row["learning_rate"], row["momentum"]
        )
        end = row["iterations"]
        assert row["loss"] == run.values[end]
        assert row["accuracy"] == run.measure[end]
        guesses = forward(run.points[end], FRESH_X, layers).argmax(axis=1)
        assert row["test_accuracy"] == np.mean(guesses == FRESH_LABELS)
        hits = np.flatnonzero(run.values <= 0.4 * len(X))
        assert (row["status"] == "reached") == bool(hits.size)
        if hits.size:
            assert end == hits[0]
    assert {row["seed"] for row in rows} == {11, 12, 13}
    assert not np.isin(columns["test_accuracy"], columns["accuracy"]).all()


def test_accuracies_are_shares_of_most_probable_classes(study):
    layers = study["network"]["layers"]
    parameters = initial_parameters(layers, range(5), -1, 1)
    chosen = forward(parameters, X, layers).argmax(axis=-1)
    assert_array_equal(accuracy(parameters, X, LABELS, layers), (chosen == LABELS).mean(axis=-1))


# ── Small parts ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("low", "high", "count"), [(1e-5, 1e-2, 25), (1e-4, 1e-2, 5), (3, 7, 2)])
def test_grids_are_geometric_with_exact_ends(low, high, count):
    grid = logarithmic_grid(low, high, count)
    assert (grid[0], grid[-1], len(grid)) == (low, high, count)
    assert_allclose(grid[1:] / grid[:-1], (high / low) ** (1 / (count - 1)), rtol=1e-12)


def test_a_grid_of_one_is_its_end():
    assert logarithmic_grid(0.3, 0.3, 1).tolist() == [0.3]


def test_seeds_count_up_from_the_first():
    assert list(seeds_of({"first": 1001, "count": 3})) == [1001, 1002, 1003]
