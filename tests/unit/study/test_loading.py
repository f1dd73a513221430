"""A problem with its data, as a job loads it."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from descent.config.problems import problem_parts
from descent.core.mixtures import sample_mixture
from descent.core.networks import cross_entropy
from descent.study.loading import load_problem
from descent.tables.origin import TableError
from descent.tables.parquet import samples_columns, write
from descent.tables.schemas import held_out_schema, mixture_schema

SAMPLES = sample_mixture(30, [[0, 2], [2, -2], [-2, -2]], [np.eye(2)] * 3, seed=5)


@pytest.fixture
def parts(study_of_the_notebook):
    """Return the parts of the shipped study."""
    return problem_parts(study_of_the_notebook)


@pytest.fixture
def files(tmp_path, study_of_the_notebook):
    """Return the files of samples, as a job's inputs name them."""
    configuration = {"mixture": study_of_the_notebook["mixture"]}
    for schema in (mixture_schema(2), held_out_schema(2)):
        path = tmp_path / schema.path.rpartition("/")[2]
        write(schema, samples_columns(*SAMPLES), configuration, path)
    return {name: tmp_path / f"{name}.parquet" for name in ("mixture", "held_out")}


def test_a_formula_needs_no_samples(parts):
    problem = load_problem(parts["rosenbrock"], {})
    assert (problem.name, problem.scale) == ("rosenbrock", 1.0)


def test_a_network_is_loaded_with_its_samples(parts, files):
    problem = load_problem(parts["network-he"], files)
    points = problem.tuning.points()[:3]
    loss, _ = problem.objective.evaluate(points.T)
    assert_array_equal(loss, cross_entropy(points, *SAMPLES, [2, 3, 2, 3]))
    assert "test_loss" in problem.measure(points, points, lambda objective: objective)


def test_a_network_that_is_not_tested_needs_no_held_out_samples(parts, files):
    del files["held_out"]
    assert load_problem(parts["network"], files).objective is not None


def test_samples_of_another_study_are_refused(parts, files):
    part = parts["network"] | {"mixture": parts["network"]["mixture"] | {"seed": 9}}
    with pytest.raises(TableError, match=r"mixture\.seed = 123, not 9; rebuild it with"):
        load_problem(part, files)


def test_samples_are_not_taken_for_others(parts, files):
    files["held_out"] = files["mixture"]
    with pytest.raises(TableError, match=r"is the table data/mixture\.parquet"):
        load_problem(parts["network"], files)
