"""Runtime distributions and performance profiles: by hand, scipy, and their definition."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.testing import assert_allclose, assert_array_equal
from runs_by_hand import some_times
from scipy import stats

from descent.statistics.profiles import (
    performance_profiles,
    performance_ratios,
    runtime_distribution,
)

inf = np.inf


def test_runtime_distribution_by_hand():
    found = runtime_distribution([[3, 8], [3, inf], [5, inf], [0, 5]])
    assert_array_equal(found.at, [0, 3, 5, 8])
    assert_array_equal(found.share, [1 / 8, 3 / 8, 5 / 8, 6 / 8])


def test_runtime_distribution_begins_at_nought():
    assert_array_equal(runtime_distribution([4, 4]).at, [0, 4])
    assert_array_equal(runtime_distribution([4, 4]).share, [0, 1])
    never = runtime_distribution([[inf, inf]])
    assert (never.at.tolist(), never.share.tolist()) == ([0], [0])


@given(some_times(1))
def test_runtime_distribution_is_scipys_with_censoring(case):
    """Censored after all others, the product-limit estimate is this distribution."""
    (times,), budget = case
    reached = times <= budget
    found = runtime_distribution(np.where(reached, times, inf))
    censored = stats.CensoredData(uncensored=times[reached], right=np.full((~reached).sum(), 99))
    assert_allclose(found.share, stats.ecdf(censored).cdf.evaluate(found.at), atol=1e-12)


@pytest.mark.parametrize("times", [[], [-1.0], [np.nan]])
def test_times_that_are_none_are_refused(times):
    with pytest.raises(ValueError, match="missing, negative or NaN"):
        runtime_distribution(times)


COSTS = np.array([[10, 20], [30, 10], [inf, 5], [inf, inf]])


def test_performance_profile_by_hand():
    assert_array_equal(performance_ratios(COSTS), [[1, 2], [3, 1], [inf, 1], [inf, inf]])
    found = performance_profiles(COSTS)
    assert_array_equal(found.at, [1, 2, 3])
    assert_array_equal(found.share, [[1 / 4, 2 / 4], [1 / 4, 3 / 4], [2 / 4, 3 / 4]])


def test_ties_and_costs_of_nought():
    assert_array_equal(
        performance_ratios([[7, 7, 14], [0, 0, 3], [0, inf, 5]]),
        [[1, 1, 2], [1, 1, inf], [1, inf, inf]],
    )
    assert_array_equal(performance_profiles([[7, 7], [2, 2]]).share, [[1, 1]])


def test_a_profile_where_all_fail_is_nought():
    found = performance_profiles([[inf, inf]])
    assert_array_equal(found.at, [1])
    assert_array_equal(found.share, [[0, 0]])


@given(arrays(float, (5, 3), elements=st.sampled_from([0.0, 1, 2, 3, 8, inf])))
def test_a_profile_is_the_count_that_defines_it(costs):
    found = performance_profiles(costs)
    for tau, shares in zip(found.at, found.share, strict=True):
        for solver, share in enumerate(shares):
            solved = sum(
                np.isfinite(row[solver]) and row[solver] <= tau * row.min() for row in costs
            )
            assert share == solved / 5
    assert_array_equal(found.share[-1] == 1, (performance_ratios(costs) < inf).all(axis=0))


@given(arrays(float, (4, 3), elements=st.sampled_from([1.0, 2, 3, 8, inf])))
def test_a_profile_does_not_depend_on_units_of_problems(costs):
    scaled = performance_profiles(costs * np.array([[2.0], [4.0], [0.5], [1024.0]]))
    assert_array_equal(scaled.share, performance_profiles(costs).share)
    assert_array_equal(scaled.at, performance_profiles(costs).at)


@pytest.mark.parametrize("costs", [[1.0, 2.0], [[]], [[1.0, -1.0]], [[1.0, np.nan]]])
def test_costs_that_are_none_are_refused(costs):
    with pytest.raises(ValueError, match="costs"):
        performance_ratios(costs)
