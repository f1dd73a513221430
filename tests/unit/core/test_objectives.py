"""The Rosenbrock function and its derivatives, against SciPy and against differences."""

import itertools

import numpy as np
import pytest
import scipy.optimize
from hypothesis import example, given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from descent.core.objectives import OBJECTIVES
from descent.core.objectives.lessard_function import lessard_objective
from descent.core.objectives.quadratic_function import quadratic_objective
from descent.core.objectives.rosenbrock_function import (
    rosenbrock,
    rosenbrock_eigenvalues,
    rosenbrock_gradient,
    rosenbrock_hessian,
    rosenbrock_objective,
)

PUBLIC = [rosenbrock, rosenbrock_gradient, rosenbrock_hessian]
coordinates = st.floats(-20, 20)
points = st.lists(coordinates, min_size=2, max_size=9)
offsets = st.floats(-3, 3)
steepnesses = st.floats(0.01, 1000)


def textbook(x, a, b):
    """Write the formula as it is printed; it also takes complex numbers."""
    return sum((a - p) ** 2 + b * (q - p**2) ** 2 for p, q in itertools.pairwise(x))


def complex_step(function, x):
    """Differentiate without subtracting."""
    steps = 1e-30j * np.eye(len(x))
    return np.array([function(np.array(x) + step).imag / 1e-30 for step in steps])


def five_points(function, x, step=0.1):
    """Differentiate by differences that are exact for polynomials of degree four."""
    shifts = step * np.eye(len(x))
    return np.array(
        [
            8 * (function(x + h) - function(x - h)) - (function(x + 2 * h) - function(x - 2 * h))
            for h in shifts
        ]
    ) / (12 * step)


@pytest.mark.parametrize("dimension", [2, 3, 4, 5, 10, 37])
@pytest.mark.parametrize(
    ("function", "oracle"),
    [
        (rosenbrock, scipy.optimize.rosen),
        (rosenbrock_gradient, scipy.optimize.rosen_der),
        (rosenbrock_hessian, scipy.optimize.rosen_hess),
    ],
)
def test_function_and_derivatives_equal_scipys(function, oracle, dimension):
    rows = np.random.default_rng(dimension).uniform(-3, 3, (20, dimension))
    assert_allclose(function(rows), [oracle(x) for x in rows], rtol=1e-12, atol=1e-10)


@given(points, offsets, steepnesses)
def test_value_is_the_printed_formula_for_any_a_and_b(x, a, b):
    assert_allclose(rosenbrock(x, a, b), textbook(x, a, b), rtol=1e-12, atol=1e-300)


@given(points, offsets, steepnesses)
def test_gradient_is_the_complex_step_of_the_formula(x, a, b):
    expected = complex_step(lambda z: textbook(z, a, b), x)
    scale = (1 + b) * (1 + np.max(np.abs(x))) ** 3
    assert_allclose(rosenbrock_gradient(x, a, b), expected, rtol=1e-12, atol=1e-13 * scale)


@given(points, offsets, steepnesses)
def test_hessian_is_the_difference_of_gradients(x, a, b):
    expected = five_points(lambda z: rosenbrock_gradient(z, a, b), np.array(x))
    scale = (1 + b) * (1 + np.max(np.abs(x))) ** 3
    assert_allclose(rosenbrock_hessian(x, a, b), expected, rtol=1e-9, atol=1e-12 * scale)


@given(points, steepnesses)
def test_hessian_is_symmetric_and_tridiagonal(x, b):
    hessian = rosenbrock_hessian(x, b=b)
    assert_array_equal(hessian, hessian.T)
    assert_array_equal(np.triu(hessian, 2), 0)


@pytest.mark.parametrize("a", [-2.0, 0.0, 0.5, 1.0, 3.0])
def test_minimum_in_the_plane_is_zero_at_a_and_a_squared(a):
    place = [a, a * a]
    assert rosenbrock(place, a, 7.0) == 0.0 == rosenbrock_objective(a, 7.0).minimum
    assert_array_equal(rosenbrock_gradient(place, a, 7.0), [0, 0])
    assert np.all(np.linalg.eigvalsh(rosenbrock_hessian(place, a, 7.0)) > 0)


@pytest.mark.parametrize("batch", [(), (1,), (5,), (2, 3), (0,)])
@pytest.mark.parametrize("dimension", [2, 5])
def test_leading_axes_are_a_batch_of_points(batch, dimension):
    x = np.random.default_rng(3).normal(size=(*batch, dimension))
    for function, tail in zip(PUBLIC, [(), (dimension,), (dimension, dimension)], strict=True):
        found = function(x)
        assert found.shape == batch + tail
        for index in np.ndindex(*batch):
            assert_array_equal(found[index], function(x[index]), strict=True)


@pytest.mark.parametrize("function", PUBLIC)
def test_lists_of_whole_numbers_are_points_and_stay_as_they_are(function):
    x = np.array([[-1, 2], [3, 4]])
    assert_array_equal(function(x), function(x.astype(float)))
    assert_array_equal(function(x.tolist()), function(x.astype(float)))
    assert_array_equal(x, [[-1, 2], [3, 4]])


@pytest.mark.parametrize("function", PUBLIC)
@pytest.mark.parametrize("x", [[1.0], [[1.0], [2.0]], [], 3.0])
def test_fewer_than_two_coordinates_are_refused(function, x):
    with pytest.raises(ValueError, match="at least 2 coordinates"):
        function(x)


@pytest.mark.parametrize("function", PUBLIC)
def test_overflow_gives_infinity_without_a_warning(function):
    found = function([1e200, 1.0])
    assert not np.isfinite(found).all()
    assert not np.isnan(found).any()


def test_objective_evaluates_columns_of_points():
    x = np.random.default_rng(1).normal(size=(7, 3))
    value, gradient = rosenbrock_objective(0.3, 20.0).evaluate(x.T)
    assert_array_equal(value, rosenbrock(x, 0.3, 20.0))
    assert_array_equal(gradient.T, rosenbrock_gradient(x, 0.3, 20.0))


@given(st.floats(-20, 20), st.floats(1e-3, 1e4))
def test_eigenvalues_at_rosenbrocks_minimum_are_the_hessians(a, b):
    found = rosenbrock_eigenvalues(a, b)
    expected = np.linalg.eigvalsh(rosenbrock_hessian([a, a * a], a, b))
    assert_allclose(found, expected, rtol=1e-9, atol=1e-13 * expected[1])


@pytest.mark.parametrize("a", [0.03, 0.4, 1.0, 7.0])
@pytest.mark.parametrize("b", [0.05, 1.0, 13.0, 800.0])
def test_in_the_plane_the_largest_eigenvalue_is_that_of_both_to_the_last_bit(a, b):
    """From the closed form, which theory takes; in more dimensions it is found numerically."""
    assert OBJECTIVES["rosenbrock"].largest_eigenvalue(2, a, b) == rosenbrock_eigenvalues(a, b)[1]


def test_the_largest_eigenvalue_of_the_shipped_function():
    smallest, largest = rosenbrock_eigenvalues(1.0, 100.0)
    assert round(largest, 1) == 1001.6
    assert_allclose(smallest * largest, 400.0)


@pytest.mark.parametrize("b", [-1.0, -5e-324, float("nan")])
def test_a_valley_without_a_floor_is_refused(b):
    with pytest.raises(ValueError, match=f"b = {b:g} must be at least 0"):
        rosenbrock_objective(1.0, b)
    assert rosenbrock_objective(1.0, 0.0).minimum == 0.0


def test_by_default_the_valley_is_rosenbrocks():
    """At (−1.2, 1), his start, 24.2; beside the floor b counts, along it a."""
    assert rosenbrock([-1.2, 1.0]) == pytest.approx(24.2)
    value, gradient = rosenbrock_objective().evaluate(np.array([[-1.2], [1.0]]))
    assert_allclose([*value, *gradient.ravel()], [24.2, -215.6, -88.0])
    assert_allclose(rosenbrock_gradient([-1.2, 1.0]), [-215.6, -88.0])
    assert_allclose(rosenbrock_hessian([-1.2, 1.0]), [[1330.0, 480.0], [480.0, 200.0]])
    assert rosenbrock_eigenvalues() == rosenbrock_eigenvalues(1.0, 100.0)
    record = OBJECTIVES["rosenbrock"]
    for dimension in (2, 3):
        assert_array_equal(record.minimiser(dimension), np.ones(dimension))
        found = record.largest_eigenvalue(dimension)
        assert found == record.largest_eigenvalue(dimension, 1.0, 100.0)
    for found, expected in zip(
        record.level_set(4.0, np.array([0.5])),
        record.level_set(4.0, np.array([0.5]), 1.0, 100.0),
        strict=True,
    ):
        assert_array_equal(found, expected)


# ── Other objectives ─────────────────────────────────────────────────────────────────────────


@given(st.lists(st.tuples(st.floats(0, 1e3), st.floats(-1e3, 1e3)), min_size=1, max_size=6))
def test_the_quadratic_is_half_of_its_gradient_times_the_point(rows):
    spectrum, x = np.array(rows).T
    value, gradient = quadratic_objective(spectrum).evaluate(x[:, None])
    assert_array_equal(gradient[:, 0], spectrum * x)
    assert_allclose(value, [0.5 * np.sum(spectrum * x**2)], rtol=1e-14)


@pytest.mark.parametrize("spectrum", [[], [[1.0, 2.0]], 3.0, [1.0, -1e-9], [float("nan")]])
def test_a_spectrum_must_be_a_list_of_eigenvalues(spectrum):
    with pytest.raises(ValueError, match="list of eigenvalues, none of them negative"):
        quadratic_objective(spectrum)


@given(st.floats(-9, 9))
@example(0.9995)
@example(1.0005)
@example(1.9995)
@example(2.0005)
def test_lessards_function_is_the_integral_of_its_printed_derivative(x):
    """Between its kinks the derivative is a line: the trapezium rule is exact there."""
    kinks = [0.0, *(kink for kink in (1.0, 2.0) if kink < x), x]
    slopes = [25 * z if z < 1 else z + 24 if z < 2 else 25 * z - 24 for z in kinks]
    pieces = [
        (right - left) * (low + high) / 2
        for (left, right), (low, high) in zip(
            itertools.pairwise(kinks), itertools.pairwise(slopes), strict=True
        )
    ]
    value, gradient = lessard_objective().evaluate(np.array([[x]]))
    assert_allclose(value, [sum(pieces)], rtol=1e-13, atol=1e-300)
    assert gradient[0, 0] == slopes[-1]


# ── Records ──────────────────────────────────────────────────────────────────────────────────

CASES = [
    ("rosenbrock", 2, {"a": 0.5, "b": 7.0}),
    ("rosenbrock", 5, {"a": 1.0}),
    ("rosenbrock", 3, {"a": 0.0, "b": 2.0}),
    ("quadratic", 3, {"spectrum": [1.0, 0.0, 9.0]}),
    ("lessard", 1, {}),
]


def test_the_records_are_found_in_their_order():
    assert list(OBJECTIVES)[:3] == ["rosenbrock", "quadratic", "lessard"]
    for name, record in OBJECTIVES.items():
        assert record.name == name
        assert record.title
        assert record.equation
        assert record.reference


@pytest.mark.parametrize(("name", "dimension", "parameters"), CASES)
def test_records_know_the_minimum_and_the_hessians_largest_eigenvalue(name, dimension, parameters):
    record = OBJECTIVES[name]
    objective, minimiser = record.build(**parameters), record.minimiser(dimension, **parameters)
    value, gradient = objective.evaluate(minimiser[:, None])
    assert value.tolist() == [objective.minimum] == [0.0]
    assert_array_equal(gradient, 0)
    columns = minimiser[:, None] + 1e-6 * np.hstack([np.eye(dimension), -np.eye(dimension)])
    _, around = objective.evaluate(columns)
    hessian = (around[:, :dimension] - around[:, dimension:]) / 2e-6
    largest = np.linalg.eigvalsh(hessian)[-1]
    assert_allclose(record.largest_eigenvalue(dimension, **parameters), largest, rtol=1e-6)


@pytest.mark.parametrize(("name", "dimension", "parameters"), CASES)
def test_a_kernel_names_the_formula_and_holds_its_data(name, dimension, parameters):
    """What the compiled engine makes of it, written out: it knows nothing else of an objective."""
    objective = OBJECTIVES[name].build(**parameters)
    kernel = objective.kernel
    x = np.random.default_rng(4).normal(size=(dimension, 3))
    gradient = np.empty_like(x)
    value = OBJECTIVES[kernel.name].formula(x, gradient, *kernel.data)
    for found, expected in zip((value, gradient), objective.evaluate(x), strict=True):
        assert_array_equal(found, expected)
    assert kernel.dimension == (None if name == "rosenbrock" else dimension)


def test_what_is_not_known_is_none():
    assert OBJECTIVES["rosenbrock"].minimiser(3, a=2.0) is None
    assert OBJECTIVES["rosenbrock"].largest_eigenvalue(3, a=2.0) is None
    assert OBJECTIVES["quadratic"].largest_eigenvalue(2, spectrum=[0.0, 0.0]) is None
    assert OBJECTIVES["quadratic"].level_set is None


def test_the_function_has_the_level_on_the_border_of_its_level_set():
    x = np.linspace(-1.0, 2.0, 31)
    lower, upper = OBJECTIVES["rosenbrock"].level_set(2.0, x, a=0.5, b=7.0)
    assert (lower < upper)[np.isfinite(lower)].all()
    for border in (lower, upper):
        inside = (x - 0.5) ** 2 <= 2.0
        assert_array_equal(np.isnan(border), ~inside)
        values = rosenbrock(np.stack([x, border], axis=1)[inside], 0.5, 7.0)
        assert_allclose(values, 2.0, rtol=1e-12)
