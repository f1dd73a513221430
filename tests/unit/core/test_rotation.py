"""Rotation: the same function from turned axes, and which methods notice."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import stats

from descent.core.methods import METHODS
from descent.core.objectives.quadratic_function import quadratic_objective
from descent.core.objectives.rosenbrock_function import rosenbrock_objective
from descent.core.problem import problem_of
from descent.core.random_streams import normal
from descent.core.rotation import rotation_matrix, turn, turn_back, turned
from descent.engine.descents import descend, sweep

SPECTRUM = [1.0, 7.0, 40.0]
MATRIX = rotation_matrix(3, seed=4)
SETTINGS = {
    "gradient_descent": {"learning_rate": 0.04},
    "momentum": {"learning_rate": 0.02, "momentum": 0.8},
    "nesterov": {"learning_rate": 0.01, "momentum": 0.8},
    "adagrad": {"learning_rate": 0.3},
    "rmsprop": {"learning_rate": 0.05, "decay": 0.9},
    "adam": {"learning_rate": 0.1},
}
OF_NO_AXES = ("gradient_descent", "momentum", "nesterov")


# ── The matrix ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("dimension", [1, 2, 5, 40])
@pytest.mark.parametrize("seed", [0, 1, 2**32 - 1])
def test_rows_are_at_right_angles_and_of_length_one(dimension, seed):
    matrix = rotation_matrix(dimension, seed)
    assert_allclose(matrix @ matrix.T, np.eye(dimension), atol=1e-14)
    assert_array_equal(matrix, rotation_matrix(dimension, seed))


@pytest.mark.parametrize("dimension", [2, 5, 12])
def test_rows_are_those_of_the_qr_decomposition_of_normal_vectors(dimension):
    vectors = normal(6, "rotation", 0, dimension, dimension)
    q, r = np.linalg.qr(vectors.T)
    assert_allclose(rotation_matrix(dimension, 6), (q * np.sign(np.diag(r))).T, atol=1e-13)


def test_another_seed_is_another_rotation():
    assert np.abs(rotation_matrix(3, 1) - rotation_matrix(3, 2)).max() > 0.1


def test_every_direction_is_as_likely():
    first_rows = np.array([rotation_matrix(2, seed)[0] for seed in range(300)])
    angles = np.arctan2(first_rows[:, 1], first_rows[:, 0])
    assert stats.kstest(angles / (2 * np.pi) + 0.5, "uniform").pvalue > 0.01
    # In space the first coordinate of a random direction is uniform, too (Archimedes).
    heights = [rotation_matrix(3, seed)[0, 0] for seed in range(300)]
    assert stats.kstest(np.add(heights, 1.0) / 2.0, "uniform").pvalue > 0.01


def test_turning_is_a_matrix_product_and_turning_back_its_inverse():
    points = np.random.default_rng(0).normal(size=(3, 9))
    there, back = np.empty_like(points), np.empty_like(points)
    turn(MATRIX, points, there)
    assert_allclose(there, MATRIX @ points, rtol=1e-13)
    turn_back(MATRIX, there, back)
    assert_allclose(back, points, rtol=1e-13)
    turn_back(MATRIX, points, back)
    assert_allclose(back, MATRIX.T @ points, atol=1e-14)


# ── The objective ────────────────────────────────────────────────────────────────────────────


def test_the_gradient_is_the_one_of_the_turned_function():
    whole = turned(quadratic_objective(SPECTRUM), MATRIX)
    points = np.random.default_rng(1).normal(size=(3, 6))
    value, gradient = whole.evaluate(points)
    hessian = MATRIX.T @ np.diag(SPECTRUM) @ MATRIX
    assert_allclose(value, 0.5 * np.einsum("ij,ik,kj->j", points, hessian, points), rtol=1e-13)
    assert_allclose(gradient, hessian @ points, rtol=1e-12)
    assert (whole.kernel.dimension, whole.kernel.is_turned) == (3, True)


@pytest.mark.parametrize("method", METHODS)
def test_only_methods_that_work_coordinate_by_coordinate_see_the_axes(method):
    straight = quadratic_objective(SPECTRUM)
    start = np.array([1.5, -1.0, 0.5])
    one = descend(straight, method, start, 60, **SETTINGS[method])
    other = descend(turned(straight, MATRIX), method, MATRIX.T @ start, 60, **SETTINGS[method])
    apart = np.abs(other.points @ MATRIX.T - one.points).max()
    if method in OF_NO_AXES:
        assert apart < 1e-13
        assert_allclose(other.values, one.values, rtol=1e-9, atol=1e-26)
    else:
        assert apart > 0.05


def test_both_engines_have_the_same_bits():
    pytest.importorskip("numba")
    whole = turned(rosenbrock_objective(), MATRIX)
    starts = np.random.default_rng(2).uniform(-1, 1, (40, 3))
    rates = 10.0 ** np.random.default_rng(3).uniform(-4, -2, 40)
    plain, compiled = (
        sweep(whole, "momentum", starts, 300, rates, 0.9, target=0.1, engine=engine)
        for engine in ("numpy", "numba")
    )
    assert len(set(plain.status)) > 1
    for name in ("status", "iterations", "value", "point", "hits"):
        assert_array_equal(getattr(compiled, name), getattr(plain, name))


# ── The problem ──────────────────────────────────────────────────────────────────────────────


def problem(rotation, dimension=3):
    starts = {"low": -2.0, "high": 2.0, "count": 5, "seed": 1}
    settings = {
        "name": "bowl",
        "objective": "quadratic",
        "parameters": {"spectrum": SPECTRUM[:dimension]},
        "dimension": dimension,
        "rotation": rotation,
        "sweep": {"starts": starts, "evaluation": 4},
    }
    return problem_of({"problem": settings})


def test_a_turned_problem_starts_at_the_same_places_of_the_valley():
    straight, other = problem(None), problem(4)
    for one, two in ((straight.tuning, other.tuning), (straight.evaluation, other.evaluation)):
        assert_allclose(two.points() @ MATRIX.T, one.points(), atol=1e-14)
        assert np.abs(two.points() - one.points()).max() > 0.1
        values = (p.objective.evaluate(s.points().T)[0] for p, s in ((straight, one), (other, two)))
        assert_allclose(*values, rtol=1e-13)
    assert straight.largest_eigenvalue == other.largest_eigenvalue == 40.0


def test_a_turned_problem_of_two_coordinates_has_no_plane_of_its_own():
    assert problem(None, 2).in_plane
    assert not problem(4, 2).in_plane
    assert problem(4, 2).is_turned
