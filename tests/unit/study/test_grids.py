"""Grids: every hyperparameter setting once, in the tables' order, with exact ends."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from descent.core.methods import METHODS
from descent.core.parameters import PARAMETERS
from descent.study.grids import hyperparameter_settings, logarithmic_grid, own_parameters
from descent.tables.schemas import SETTING_NAMES

GRID = {
    "methods": list(METHODS),
    "learning_rate": {"low": 0.1, "high": 0.4, "count": 2},
    "momentum": [0.5, 0.0],
    "decay": None,
    "beta1": [0.3],
}


def rows_of(settings):
    """Return the settings as dictionaries, with Python's own numbers."""
    lists = [values.tolist() for values in settings.values()]
    return [dict(zip(settings, row, strict=True)) for row in zip(*lists, strict=True)]


def test_every_setting_is_there_once_and_in_order():
    settings = hyperparameter_settings(GRID)
    assert tuple(settings) == SETTING_NAMES
    keys = list(zip(*(settings[name].tolist() for name in SETTING_NAMES[:3]), strict=True))
    assert keys == sorted(set(keys))
    heavy = [("momentum", 0.0), ("momentum", 0.5), ("nesterov", 0.0), ("nesterov", 0.5)]
    plain = [(name, 0.0) for name in ("adagrad", "adam", "gradient_descent", "rmsprop")]
    assert keys == sorted(
        (name, rate, momentum) for name, momentum in heavy + plain for rate in (0.1, 0.4)
    )


def test_values_of_all_parameters_are_combined():
    grid = GRID | {"methods": ["adam"], "beta1": [0.9, 0.5], "beta2": [0.99, 0.9], "epsilon": []}
    settings = hyperparameter_settings(grid)
    pairs = list(zip(settings["learning_rate"], settings["beta1"], settings["beta2"], strict=True))
    assert pairs == [(a, b, c) for a in (0.1, 0.4) for b in (0.5, 0.9) for c in (0.9, 0.99)]
    assert set(settings["epsilon"]) == {METHODS["adam"].parameters["epsilon"]}


def test_parameters_without_a_grid_have_the_methods_defaults():
    for row in rows_of(hyperparameter_settings(GRID)):
        own = own_parameters(row["method"], row)
        for name, default in METHODS[row["method"]].parameters.items():
            if name not in ("learning_rate", "momentum", "beta1"):
                assert own[name] == default


def test_parameters_that_a_method_has_not_are_nan_and_momentum_is_0():
    for row in rows_of(hyperparameter_settings(GRID)):
        for name in PARAMETERS.keys() - METHODS[row["method"]].parameters.keys():
            assert_array_equal(row[name], 0.0 if name == "momentum" else np.nan)


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
