"""Tuning: how likely each setting is to be the best of some, by hand and by all draws."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy import stats

from descent.statistics.tuning import numbers_tried, rank_probabilities


def test_numbers_tried_end_with_the_smallest_grid():
    assert_array_equal(numbers_tried([7, 3, 5]), [1, 2, 3])
    assert_array_equal(numbers_tried([1, 9]), [1])


def test_many_numbers_are_thinned_evenly_on_a_logarithmic_scale():
    # Each is the one before and a part of it, rounded down: 2 + 2//2, 3 + 3//2, 4 + 4//2, 6 + 3.
    assert_array_equal(numbers_tried([10], most=7), [1, 2, 3, 4, 6, 9, 10])
    assert_array_equal(numbers_tried([60]), np.arange(1, 61))
    assert 30 < len(numbers_tried([100])) <= 60


@given(st.integers(1, 10**6), st.integers(25, 60))
def test_numbers_are_few_and_hold_both_ends(settings, most):
    found = numbers_tried([settings], most)
    assert (found[0], found[-1]) == (1, settings)
    assert len(found) <= most
    steps = np.diff(found)
    assert (steps >= 1).all()
    assert (steps <= np.maximum(1, found[:-1])).all()


def test_chances_of_three_settings_by_hand():
    expected = [[1 / 3, 1 / 3, 1 / 3], [2 / 3, 1 / 3, 0], [1, 0, 0]]
    assert_allclose(rank_probabilities(3, np.array([1, 2, 3])), expected, rtol=1e-15)


@pytest.mark.parametrize("settings", range(1, 8))
def test_chances_are_those_of_all_draws(settings):
    for k in range(1, settings + 1):
        winners = [min(drawn) for drawn in combinations(range(settings), k)]
        expected = np.bincount(winners, minlength=settings) / len(winners)
        assert_allclose(rank_probabilities(settings, np.array([k]))[0], expected, atol=1e-15)


@given(st.integers(1, 60), st.data())
def test_chances_are_hypergeometric(settings, data):
    """Rank r wins when no better is drawn, less the cases where it is not drawn either."""
    k = data.draw(st.integers(1, settings))
    better = np.arange(settings + 1)
    none_drawn = stats.hypergeom.pmf(0, settings, better, k)
    found = rank_probabilities(settings, np.array([k]))[0]
    assert_allclose(found, -np.diff(none_drawn), atol=1e-13)
    assert_allclose(found.sum(), 1, rtol=1e-13)


def test_chances_of_many_settings_are_stable():
    weights = rank_probabilities(5000, np.array([1, 50, 2500, 5000]))
    assert_allclose(weights.sum(axis=1), 1, rtol=1e-12)
    assert not np.signbit(weights).any()
    # The mean of the lowest of k ranks out of n, from 1, is (n + 1) / (k + 1).
    ranks = np.arange(1, 5001)
    assert_allclose(weights @ ranks, 5001 / np.array([2, 51, 2501, 5001]), rtol=1e-11)


@pytest.mark.parametrize("numbers", [[0], [0, 2], [1, 4], []])
def test_numbers_no_method_can_try_are_refused(numbers):
    with pytest.raises(ValueError, match="between 1 and 3 settings"):
        rank_probabilities(3, np.array(numbers, dtype=int))
