"""Hitting times, from the columns of a table to whole numbers and back."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal
from small_studies import bowl, net, problem_from, swept_columns

from descent.core.statuses import STATUSES
from descent.statistics.running_times import times_within
from descent.study.hitting_times import (
    evaluated_runs,
    headline_times,
    statuses_and_tests,
    swept_times,
    whole_times,
    within_budget,
)
from descent.tables import parquet
from descent.tables.origin import TableError
from descent.tables.parquet import write
from descent.tables.schemas import evaluation_schema, sweep_schema

inf, nan = np.inf, np.nan


# ── Whole numbers ────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("budget", "kind"), [(60, "int16"), (32_766, "int16"), (32_767, "int32"), (10**6, "int32")]
)
def test_times_are_of_the_narrowest_type_that_tells_the_budget_from_never(budget, kind):
    times = np.array([[0.0, 1.0, budget, inf]], np.float32)
    found = whole_times(times, budget)
    assert found.dtype == np.dtype(kind)
    assert found.tolist() == [[0, 1, budget, np.iinfo(kind).max]]
    assert times_within(found, budget).successes.tolist() == [3]


def test_what_runs_cost_by_hand():
    cost, success = within_budget(np.array([[0, 9, 10, 11, 32_767]], np.int16), 10)
    assert_array_equal(cost, [[0, 9, 10, 10, 10]])
    assert_array_equal(success, [[True, True, True, False, False]])
    assert cost.dtype == np.int64


# ── From files ───────────────────────────────────────────────────────────────────────────────


@pytest.fixture(params=["formula", "network"])
def swept(request, tmp_path, monkeypatch):
    """Return a problem, its sweep's columns, its part, and its file of many row groups."""
    monkeypatch.setattr(parquet, "ROW_GROUP", 7)
    part = {"formula": bowl, "network": net}[request.param]()
    problem = problem_from(part)
    columns = swept_columns(problem)
    schema = sweep_schema(problem.kind, problem.dimension, problem.sweep["multiverse"])
    write(schema, columns, part, tmp_path / "sweep.parquet")
    return problem, columns, part, tmp_path / "sweep.parquet"


def as_told(times):
    """Return whole numbers as the columns have them."""
    return np.where(times == np.iinfo(times.dtype).max, inf, times)


def test_hitting_times_are_read_as_they_were_written(swept):
    problem, columns, part, path = swept
    read = swept_times(problem, path, part)
    verse = problem.sweep["multiverse"]
    for target in verse["targets"]:
        for hold in verse["holds"]:
            times = read(target, hold)
            assert (times.dtype, times.shape) == (np.int16, (15, 6))
            name = f"within_{target}_for_{hold}".replace(".0_", "_")
            assert_array_equal(as_told(times).ravel(), columns[name])
    headline = problem.sweep["headline"]
    assert_array_equal(
        headline_times(problem, path, part), read(headline["target"], headline["hold"])
    )
    assert np.isfinite(as_told(headline_times(problem, path, part))).any()


def test_a_target_that_is_not_of_the_ladder_cannot_be_read(swept):
    problem, _, part, path = swept
    with pytest.raises((TableError, KeyError)):
        swept_times(problem, path, part)(0.5, 1)


def test_statuses_are_read_as_indices_and_tests_of_networks_with_them(swept):
    problem, columns, part, path = swept
    status, tested = statuses_and_tests(problem, path, part)
    assert status.shape == (15, 6)
    assert_array_equal(np.array(STATUSES)[status].ravel(), columns["status"])
    assert len(set(columns["status"])) > 1
    names = ["test_loss", "test_accuracy"] if problem.kind == "network" else []
    assert list(tested) == names
    for name in names:
        assert_array_equal(tested[name].ravel(), columns[name])


def test_a_sweep_of_another_study_is_refused(swept):
    problem, _, part, path = swept
    other = part | {"problem": part["problem"] | {"name": "another"}}
    for read in (headline_times, statuses_and_tests):
        with pytest.raises(TableError, match=r"problem\.name"):
            read(problem, path, other)


def test_runs_of_an_evaluation_are_candidate_by_candidate(tmp_path, monkeypatch):
    monkeypatch.setattr(parquet, "ROW_GROUP", 9)
    monkeypatch.setattr("descent.study.portions.FEW_STARTS", 2)
    part = bowl(evaluation=5)
    problem = problem_from(part)
    rng = np.random.default_rng(1)
    counts = [5, 2, 5]
    times = [np.where(rng.random(n) < 0.3, inf, rng.integers(0, 61, n)) for n in counts]
    status = [rng.integers(0, len(STATUSES), n) for n in counts]
    schema = evaluation_schema(problem.sweep["multiverse"])
    rows = pd.DataFrame(0.0, index=range(12), columns=schema.names).assign(
        candidate=np.repeat([0, 1, 2], counts),
        start=np.concatenate([np.arange(n) for n in counts]),
        iterations=1,
        status=np.array(STATUSES)[np.concatenate(status)],
    )
    rows["within_0.01_for_2"] = np.concatenate(times)
    write(schema, rows, part, tmp_path / "evaluation.parquet")
    kinds = ["library", "selected", "reselected", "drawn"]
    candidates = pd.DataFrame({"candidate": [0, 0, 1, 2], "kind": kinds})
    found = evaluated_runs(problem, candidates, tmp_path / "evaluation.parquet", part)
    assert_array_equal(as_told(found.times[1]), [*times[1], inf, inf, inf])
    assert_array_equal(found.status[1], [*status[1], -1, -1, -1])
    for i in (0, 2):
        assert_array_equal(as_told(found.times[i]), times[i])
        assert_array_equal(found.status[i], status[i])
