"""Exponential and logarithm against correctly rounded decimals, quantiles against SciPy."""

import decimal
import math

import numpy as np
import pytest
import scipy.special
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from descent.core.elementary import exp, log, normal_quantile

CONTEXT = decimal.Context(prec=50, Emin=-999999, Emax=999999)
LARGEST_ERROR = 1.0  # units in the last place
SMALLEST_NORMAL, LARGEST = np.finfo(float).tiny, np.finfo(float).max
exponents = st.floats(-708, 709)
positive = st.floats(5e-324, LARGEST)


def error_in_ulps(found, exact):
    """Return how far a double is from a decimal, in units of its last place."""
    return float(abs(decimal.Decimal(float(found)) - exact) / decimal.Decimal(math.ulp(found)))


def error_of_exp(x):
    return error_in_ulps(exp(np.float64(x)), CONTEXT.exp(decimal.Decimal(x)))


def error_of_log(x):
    return error_in_ulps(log(np.float64(x)), CONTEXT.ln(decimal.Decimal(x)))


@given(exponents)
def test_exp_is_right_to_one_unit_in_the_last_place(x):
    assert error_of_exp(x) <= LARGEST_ERROR


@given(positive)
def test_log_is_right_to_one_unit_in_the_last_place(x):
    assert error_of_log(x) <= LARGEST_ERROR


@pytest.mark.parametrize(("low", "high"), [(-708, 709), (-40, 0), (-1, 1), (-1e-5, 1e-5)])
def test_exp_is_right_to_one_unit_on_a_dense_range(low, high):
    x = np.random.default_rng(5).uniform(low, high, 500)
    assert max(map(error_of_exp, x.tolist())) <= LARGEST_ERROR


@pytest.mark.parametrize("around", [1.0, 0.5, 2.0, math.sqrt(0.5), math.sqrt(2), math.e, 1e-300])
@pytest.mark.parametrize("spread", [1e-1, 1e-6, 1e-15])
def test_log_is_right_to_one_unit_around_its_seams(around, spread):
    x = around * (1 + spread * np.random.default_rng(6).uniform(-1, 1, 60))
    assert max(map(error_of_log, x.tolist())) <= LARGEST_ERROR


def test_log_counts_the_root_of_a_half_to_the_upper_side_of_the_seam():
    """The other side's logarithm of √½ · 2³² is rounded to the next number."""
    assert error_of_log(math.ldexp(math.sqrt(0.5), 32)) <= 0.5


@pytest.mark.parametrize("k", [-1021, -537, -1, 0, 1, 2, 511, 1022])
def test_exp_is_right_where_the_reduction_turns_to_the_next_power(k):
    seam = (k + 0.5) * math.log(2)
    for x in (seam, math.nextafter(seam, -math.inf), math.nextafter(seam, math.inf)):
        assert error_of_exp(x) <= LARGEST_ERROR


def test_powers_of_two_have_the_logarithms_of_their_exponents():
    for k in (-1022, -1, 1, 2, 10, 1023):
        assert error_of_log(math.ldexp(1.0, k)) <= LARGEST_ERROR


@pytest.mark.parametrize("zero", [0.0, -0.0, 5e-324, -5e-324, 1e-17])
def test_exp_of_nothing_is_exactly_one(zero):
    assert exp(np.array([zero]))[0] == 1.0


def test_log_of_one_is_exactly_zero():
    assert log(np.array([1.0]))[0] == 0.0


@pytest.mark.parametrize("k", [-1074, -1073, -1050, -1023])
def test_log_is_right_among_subnormal_numbers(k):
    for x in (math.ldexp(1.0, k), 1.75 * math.ldexp(1.0, k + 2)):
        assert error_of_log(x) <= LARGEST_ERROR


@pytest.mark.parametrize("function", [exp, log])
def test_of_no_number_comes_no_number(function):
    with np.errstate(all="ignore"):
        assert np.isnan(function(np.array([np.nan, -np.nan]))).all()


def test_exp_is_right_down_to_the_smallest_normal_number():
    lowest = math.log(SMALLEST_NORMAL)
    assert exp(np.array([lowest]))[0] >= SMALLEST_NORMAL
    assert error_of_exp(lowest) <= LARGEST_ERROR
    assert 0.0 < exp(np.array([-708.7]))[0] < SMALLEST_NORMAL


@pytest.mark.parametrize("x", [-708.75, -745.0, -746.0, -1e5, -1e19, -1e300, -math.inf])
def test_exp_of_anything_lower_is_zero_without_a_warning(x):
    assert_array_equal(exp(np.array([x])), [0.0])


@given(st.floats(-708, 0))
def test_exp_of_a_negative_number_is_a_share(x):
    assert 0.0 < exp(np.float64(x)) <= 1.0


@pytest.mark.parametrize(("function", "low", "high"), [(exp, -708, 709), (log, 1e-300, 1e3)])
@pytest.mark.parametrize("count", [1, 2, 3, 7, 8, 9, 64, 65])
def test_a_number_gives_the_same_bits_alone_and_among_others(function, low, high, count):
    x = np.random.default_rng(count).uniform(low, high, count)
    assert_array_equal(function(x), [function(x[i : i + 1])[0] for i in range(count)])
    assert_array_equal(function(x[::-1]), function(x)[::-1])
    assert_array_equal(function(np.stack([x, x]).T), np.stack([function(x)] * 2).T)


def test_arguments_are_left_alone():
    x = np.array([0.5, 2.0])
    exp(x)
    log(x)
    assert_array_equal(x, [0.5, 2.0])


@given(st.floats(1e-300, 1, exclude_max=True))
def test_normal_quantiles_are_scipys(p):
    assert_allclose(normal_quantile(p), scipy.special.ndtri(p), rtol=2e-15, atol=1e-15)


@pytest.mark.parametrize("seam", [0.075, 0.925, math.exp(-25), 0.5])
def test_normal_quantiles_are_scipys_around_their_seams(seam):
    p = seam * (1 + 1e-9 * np.linspace(-1, 1, 101))
    assert_allclose(normal_quantile(p), scipy.special.ndtri(p), rtol=2e-15, atol=1e-15)


def test_normal_quantiles_are_odd_about_one_half():
    p = np.arange(1, 64) / 64
    assert_array_equal(normal_quantile(p), -normal_quantile(1 - p))
