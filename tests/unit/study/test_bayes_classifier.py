"""The Bayes classifier on a mixture: closed forms, and SciPy's integrals."""

import math

import numpy as np
import pytest
import scipy.integrate
from numpy.testing import assert_allclose, assert_array_equal
from scipy.stats import multivariate_normal, norm

from descent.study.bayes_classifier import bayes_optimum, cholesky, inverse, lattice
from descent.tables.schemas import BAYES

MEANS = [[0, 2], [2, -2], [-2, -2]]
SKEW = [[[2.0, 0.6], [0.6, 0.5]], [[1.0, -0.3], [-0.3, 0.4]], [[0.5, 0.0], [0.0, 3.0]]]


def integrals_on_a_line(means, deviations, shares):
    """Integrate the accuracy and the loss by SciPy's adaptive quadrature."""

    def parts(x):
        return np.array(shares) * norm.pdf(x, means, deviations)

    def loss(x):
        joint = parts(x)
        return -sum(p * math.log(p / joint.sum()) for p in joint if p > 0)

    ends = [f(m, 12 * s) for m, s in zip(means, deviations, strict=True)
            for f in (np.add, np.subtract)]  # fmt: skip
    options = {"limit": 1000, "points": np.linspace(min(ends), max(ends), 60), "epsabs": 1e-10}
    return [
        scipy.integrate.quad(f, min(ends), max(ends), **options)[0]
        for f in (lambda x: parts(x).max(), loss)
    ]


def integrals_in_the_plane(means, covariances, shares):
    """Integrate the accuracy and the loss by the trapezoidal rule on a fine grid."""
    line = np.linspace(-14, 14, 1401)
    points = np.stack(np.meshgrid(line, line), axis=-1)
    joint = np.array([s * multivariate_normal(m, c).pdf(points)
                      for s, m, c in zip(shares, means, covariances, strict=True)])  # fmt: skip
    posterior = joint / np.maximum(joint.sum(axis=0), 1e-300)
    loss = -(joint * np.log(np.maximum(posterior, 1e-300))).sum(axis=0)
    return [
        scipy.integrate.trapezoid(scipy.integrate.trapezoid(f, line), line)
        for f in (joint.max(axis=0), loss)
    ]


def assert_agrees(found, expected):
    """Allow five standard errors, and a little where the integral is all but exact."""
    for name, number in zip(("accuracy", "loss"), expected, strict=True):
        assert abs(found[name][0] - number) <= 5 * found[f"{name}_error"][0] + 1e-7


@pytest.mark.parametrize("dimension", [1, 2, 3, 7])
@pytest.mark.parametrize("distance", [0.5, 2.0, 5.0])
def test_two_classes_of_one_covariance_have_the_accuracy_of_half_their_distance(
    dimension, distance
):
    """Φ(d / 2), with d the distance of the means in the covariance's own measure."""
    factor = np.tril(np.random.default_rng(dimension).normal(size=(dimension, dimension)))
    factor += 2 * np.eye(dimension)
    means = [np.zeros(dimension), distance * factor @ np.ones(dimension) / math.sqrt(dimension)]
    found = bayes_optimum(100, means, [factor @ factor.T] * 2)
    assert abs(found["accuracy"][0] - norm.cdf(distance / 2)) <= 5 * found["accuracy_error"][0]
    assert found["accuracy_error"][0] < 2e-4


@pytest.mark.parametrize(
    ("means", "deviations", "weights"),
    [
        ([0.0, 2.0], [1.0, 1.0], [1, 1]),
        ([0.0, 1.0], [1.0, 3.0], [3, 1]),
        ([-3.0, 0.0, 4.0], [0.5, 2.0, 1.0], [1, 2, 7]),
    ],
)
def test_on_a_line_the_numbers_are_scipys_integrals(means, deviations, weights):
    shares = np.array(weights) / sum(weights)
    expected = integrals_on_a_line(means, deviations, shares)
    found = bayes_optimum(1000, [[m] for m in means], [[[s * s]] for s in deviations], weights)
    assert_agrees(found, expected)
    assert found["accuracy_error"][0] < 1e-4


@pytest.mark.parametrize(
    ("covariances", "weights"), [([np.eye(2)] * 3, [1, 1, 1]), (SKEW, [5, 3, 2])]
)
def test_in_the_plane_the_numbers_are_those_of_a_fine_grid(covariances, weights):
    shares = np.array(weights) / sum(weights)
    found = bayes_optimum(1000 if weights[0] > 1 else 999, MEANS, covariances, weights)
    assert_agrees(found, integrals_in_the_plane(MEANS, covariances, shares))
    assert found["accuracy_error"][0] < 5e-5
    assert found["loss_error"][0] < 1e-4


def test_the_shares_are_those_of_the_samples_really_made():
    """Of 10 samples in shares of 0.55 and 0.45 there are 5 and 4."""
    means, covariances = [[0.0], [1.0]], [[[1.0]], [[1.0]]]
    assert bayes_optimum(10, means, covariances, [0.55, 0.45]) == bayes_optimum(
        9, means, covariances, [5, 4]
    )


def test_standardising_changes_nothing_but_rounding():
    scale, shift = np.array([0.01, 300.0]), np.array([7.0, -1e3])
    plain = bayes_optimum(500, MEANS, SKEW)
    moved = bayes_optimum(
        500, np.array(MEANS) * scale + shift, np.array(SKEW) * np.outer(scale, scale)
    )
    for name in plain:
        assert_allclose(moved[name], plain[name], rtol=1e-9)


def test_classes_that_are_the_same_are_told_apart_by_chance():
    found = bayes_optimum(400, [[1.0, 2.0]] * 4, [np.eye(2)] * 4)
    assert_allclose(found["accuracy"], 0.25, rtol=1e-12)
    assert_allclose(found["loss"], math.log(4), rtol=1e-12)
    assert max(found["accuracy_error"] + found["loss_error"]) < 1e-12


def test_classes_far_apart_are_told_apart_with_certainty():
    found = bayes_optimum(400, [[0.0], [1e50]], [[[1.0]], [[1e-20]]])
    assert found["accuracy"] == [1.0]
    assert found["loss"] == [0.0]


def test_the_result_is_a_row_of_its_table_and_always_the_same():
    found = bayes_optimum(500, MEANS, SKEW)
    assert list(found) == BAYES.names
    assert found == bayes_optimum(500, MEANS, SKEW)


def test_many_dimensions_get_fewer_points(monkeypatch):
    monkeypatch.setattr("descent.study.bayes_classifier.EFFORT", 16 * 36 * 100)
    found = bayes_optimum(500, MEANS, SKEW)
    assert found["points"] == [16 * 3 * 100]


def test_a_class_without_a_sample_is_refused():
    with pytest.raises(ValueError, match="2 samples leave a class without one"):
        bayes_optimum(2, MEANS, SKEW)


@pytest.mark.parametrize("size", [1, 2, 6, 40])
def test_factors_and_their_inverses_are_numpys(size):
    root = np.random.default_rng(size).normal(size=(size, size))
    matrix = root @ root.T + np.eye(size)
    factor = cholesky(matrix)
    assert_allclose(factor, np.linalg.cholesky(matrix), rtol=1e-10, atol=1e-12)
    assert_allclose(inverse(factor) @ factor, np.eye(size), atol=1e-11)
    assert_array_equal(np.triu(inverse(factor), 1), 0)


def test_the_lattice_fills_the_cube_evenly():
    points = lattice(1000, 5)
    assert points.shape == (5, 1000)
    assert_array_equal(points[:, 0], 0)
    roots = np.sqrt([2, 3, 5, 7, 11])
    assert_allclose(points[:, 17], 17 * roots % 1, atol=1e-13)
    for coordinate in points:
        assert np.histogram(coordinate, 20, (0, 1))[0].min() >= 45
