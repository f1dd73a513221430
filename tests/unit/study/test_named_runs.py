"""The named runs: sections of the configuration become the columns of tables."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from descent.config.reading import validate
from descent.core.mixtures import sample_mixture
from descent.core.networks import accuracy, forward, parameter_names
from descent.core.objectives.rosenbrock_function import rosenbrock, rosenbrock_objective
from descent.core.weight_initialisation import initial_parameters
from descent.engine.descents import descend
from descent.engine.training import train
from descent.study.named_runs import descend_rosenbrock, start_of, train_network
from descent.tables.parquet import read, write
from descent.tables.schemas import TRAINED, TRAINING, TRAJECTORIES

X, LABELS = sample_mixture(60, [[0, 2], [2, -2], [-2, -2]], [np.eye(2)] * 3, seed=5)


@pytest.fixture
def study(shipped):
    """Return the shipped study, made small."""
    shipped["network"]["seeds"] = {"first": 3, "count": 2}
    for run in shipped["network"]["runs"]:
        run["iterations"] = 6
    shipped["network"]["initial"] = {"low": -0.7, "high": 0.7}
    return validate(shipped).model_dump()


def assert_writable(schema, columns, tmp_path):
    write(schema, columns, {}, tmp_path / "table.parquet")
    found = read(schema, tmp_path / "table.parquet")
    assert list(found) == list(columns) == schema.names


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
    assert_writable(TRAJECTORIES, columns, tmp_path)
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


@pytest.mark.parametrize(
    ("method", "parameters"),
    [("nesterov", {"momentum": 0.5}), ("rmsprop", {"decay": 0.9}), ("adam", {"beta2": 0.99})],
)
def test_a_named_run_may_be_of_any_method_with_parameters_of_its_own(shipped, method, parameters):
    shipped["rosenbrock"]["runs"] = [
        {"name": "own", "method": method, "learning_rate": 0.01, "iterations": 9, "start": [2, 1]}
        | parameters
    ]
    columns = descend_rosenbrock(validate(shipped).model_dump()["rosenbrock"])
    alone = descend("rosenbrock", method, [2, 1], 9, 0.01, **parameters)
    assert_array_equal(columns["value"], alone.values)
    assert set(columns["momentum"]) == {parameters.get("momentum", 0.0)}


def test_a_run_from_a_start_that_overflows_still_has_rows_or_is_refused(study, tmp_path):
    section = study["rosenbrock"]
    section["runs"] = [section["runs"][0] | {"start": [1e100, 0.0]}]
    try:
        columns = descend_rosenbrock(section)
    except ValueError as error:
        assert "start" in str(error)  # noqa: PT017
    else:
        assert len(columns["run"]) >= 1


# ── The network ──────────────────────────────────────────────────────────────────────────────


def test_trainings_hold_each_named_run_and_seed(study, tmp_path):
    section = study["network"]
    training, parameters = train_network(section, X, LABELS)
    assert_writable(TRAINING, training, tmp_path)
    assert_writable(TRAINED, parameters, tmp_path)
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


def test_accuracies_are_shares_of_most_probable_classes(study):
    layers = study["network"]["layers"]
    parameters = initial_parameters(layers, range(5), -1, 1)
    chosen = forward(parameters, X, layers).argmax(axis=-1)
    assert_array_equal(accuracy(parameters, X, LABELS, layers), (chosen == LABELS).mean(axis=-1))
