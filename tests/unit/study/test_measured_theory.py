"""What is known about methods is found again by running them."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from descent.core.methods import METHODS
from descent.core.objectives.rosenbrock_function import rosenbrock_eigenvalues
from descent.core.theory import methods_with_limit
from descent.study.checks import CheckError
from descent.study.measured_theory import (
    STABILITY,
    check_theory,
    rosenbrock_limits,
    theory_columns,
)
from descent.tables.schemas import THEORY


@pytest.fixture(scope="module")
def columns():
    """Return the measurements for the shipped Rosenbrock function."""
    return {name: np.array(values) for name, values in theory_columns().items()}


def test_all_that_is_known_is_found_within_the_resolution(columns):
    assert np.all(np.abs(columns["measured"] - columns["theoretical"]) <= columns["resolution"])
    check_theory()


def test_the_measurements_are_sharp(columns):
    """A resolution that lets anything pass would prove nothing."""
    relative = columns["resolution"] / columns["theoretical"]
    limits = columns["quantity"] == STABILITY
    assert relative[limits].max() < 1e-5
    assert relative.max() < 0.002


def test_the_columns_are_those_of_the_table_in_its_order(columns):
    assert set(columns) == {column.name for column in THEORY.columns}
    rows = pd.DataFrame(columns)[list(THEORY.order)].fillna(0.0)
    assert not rows.duplicated().any()
    pd.testing.assert_frame_equal(rows, rows.sort_values(list(THEORY.order)))


def test_every_method_with_a_limit_is_measured_on_both_objectives(columns):
    limits = columns["quantity"] == STABILITY
    for objective in ("quadratic", "rosenbrock"):
        here = limits & (columns["objective"] == objective)
        assert set(columns["method"][here]) == set(methods_with_limit())
    assert set(columns["objective"]) == {"quadratic", "rosenbrock", "lessard"}


@settings(max_examples=6)
@given(
    st.floats(-6, 6).map(lambda e: 10**e) | st.sampled_from([0.0, -3.0]),
    st.floats(-12, 6).map(lambda e: 10**e),
)
def test_limits_are_found_near_the_minimum_of_any_rosenbrock_function(a, b):
    for row in rosenbrock_limits(a, b):
        assert abs(row["measured"] - row["theoretical"]) <= row["resolution"]


def test_where_both_eigenvalues_are_equal_any_direction_will_do():
    assert rosenbrock_eigenvalues(0.0, 1.0) == (2.0, 2.0)
    for row in rosenbrock_limits(0.0, 1.0):
        assert abs(row["measured"] - row["theoretical"]) <= row["resolution"]


def test_a_wrong_limit_is_noticed_and_named(monkeypatch):
    wrong = METHODS["momentum"]._replace(stability_limit=lambda momentum: 2.0 + momentum)
    monkeypatch.setitem(METHODS, "momentum", wrong)
    with pytest.raises(CheckError) as caught:
        check_theory()
    head, *lines = str(caught.value).splitlines()
    assert head.endswith("theoretical values are not found by measurement")
    wrong = "quadratic, momentum, momentum 0.5: known 2.5, measured "
    assert sum(wrong in line for line in lines) == 1
    assert all("momentum, momentum" in line for line in lines)
