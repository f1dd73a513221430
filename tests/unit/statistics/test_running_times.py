"""Running times: cases worked by hand, NumPy, simulation, and properties."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from runs_by_hand import runs_of, some_runs

from descent.statistics.running_times import (
    Runs,
    expected_running_time,
    quantiles,
    ranks,
    score,
    success_rate,
)

inf = np.inf


@pytest.mark.parametrize(
    ("iterations", "reached", "message"),
    [
        ([1, 2], [True], "shapes"),
        ([], [], "empty"),
        ([1.0, 2.0], [True, True], "float64"),
        ([1, 2], [1, 0], "not integers and bool"),
        ([1, -2], [True, False], "-2 iterations"),
    ],
)
def test_what_are_not_runs_is_refused(iterations, reached, message):
    reached = np.array(reached, dtype=None if reached else bool)
    with pytest.raises(ValueError, match=message):
        Runs(np.array(iterations), reached)


def test_runs_of_a_setting():
    runs = runs_of([[1, 2, 3], [4, inf, 6]])
    assert_array_equal(runs.times, [[1, 2, 3], [4, inf, 6]])
    assert_array_equal(runs.at(1).times, [4, inf, 6])


# Expected running time, success rate, quantiles


def test_expected_running_time_charges_failures_what_they_spent():
    iterations = np.array([[10, 20, 100, 30], [10, 20, 3, 30], [100, 100, 100, 7], [0, 0, 9, 9]])
    reached = np.array([[1, 1, 0, 1], [1, 1, 0, 1], [0, 0, 0, 0], [1, 1, 1, 1]], dtype=bool)
    times = expected_running_time(Runs(iterations, reached))
    assert_array_equal(times, [160 / 3, 63 / 3, inf, 18 / 4])


def test_expected_running_time_of_small_integers_does_not_overflow():
    runs = Runs(np.full(300, 30_000, dtype=np.int16), np.arange(300) < 100)
    assert expected_running_time(runs) == 90_000


def test_expected_running_time_is_what_restarting_costs():
    """Simulated independently: draw starts until one reaches, and add up what was spent."""
    runs = runs_of([5, 9, inf, inf, 14, inf], spent=40)
    draws = np.random.default_rng(3).integers(0, 6, 300_000)
    ends = np.flatnonzero(runs.reached[draws])
    cost = runs.iterations[draws[: ends[-1] + 1]].sum() / len(ends)
    assert_allclose(cost, expected_running_time(runs), rtol=0.01)


@given(some_runs())
def test_expected_running_time_is_mean_success_plus_failures_at_the_odds(runs):
    for setting in range(len(runs.reached)):
        one = runs.at(setting)
        p, hit = success_rate(one), one.reached
        if p == 0:
            expected = inf
        elif p == 1:
            expected = one.iterations.mean()
        else:
            failures = (1 - p) / p * one.iterations[~hit].mean()
            expected = one.iterations[hit].mean() + failures
        assert_allclose(expected_running_time(runs)[setting], expected)


def test_quartiles_count_unreached_runs_as_longest():
    runs = runs_of([[40, 10, 30, 20], [inf, 10, inf, 20], [inf, 5, inf, inf], [inf] * 4])
    assert_array_equal(
        quantiles(runs).T, [[10, 20, 30], [10, 20, inf], [5, inf, inf], [inf, inf, inf]]
    )
    assert_array_equal(score(runs, 100).quartiles, quantiles(runs))


def test_a_quantile_on_a_step_does_not_slip_by_rounding():
    runs = runs_of(np.arange(1, 101))
    shares = np.arange(1, 101) / 100  # 0.07 * 100 > 7 and 0.57 * 100 < 57 in doubles
    assert_array_equal(quantiles(runs, shares), np.arange(1, 101))


@given(some_runs(), st.lists(st.sampled_from([0.05, 0.25, 0.4, 0.5, 0.75, 1.0]), min_size=1))
def test_quantiles_are_the_inverse_of_the_distribution(runs, shares):
    """The definition itself: enough runs are within the quantile, and too few are before it."""
    for q, found in zip(shares, quantiles(runs, shares), strict=True):
        within = (runs.times <= found[:, np.newaxis]).mean(axis=1)
        before = (runs.times < found[:, np.newaxis]).mean(axis=1)
        assert (within >= q - 1e-12).all()
        assert (before < q).all()


def test_quantiles_agree_with_numpy_where_all_reach():
    times = np.random.default_rng(0).integers(0, 99, (5, 37))
    shares = [0.1, 0.25, 0.5, 0.9]
    expected = np.quantile(times, shares, axis=1, method="inverted_cdf")
    assert_array_equal(quantiles(runs_of(times), shares), expected)


@pytest.mark.parametrize("share", [0.0, -0.1, 1.1, np.nan])
def test_a_share_out_of_range_is_refused(share):
    with pytest.raises(ValueError, match="shares"):
        quantiles(runs_of([1, 2]), [0.5, share])


def test_ranks_are_those_of_quantiles():
    assert_array_equal(ranks(8, (0.25, 0.5, 0.75, 1.0)), [1, 3, 5, 7])
    assert_array_equal(ranks(1, (0.25, 0.5, 0.75)), [0, 0, 0])
    assert_array_equal(ranks(5, (1e-12, 0.2, 0.2 + 1e-6)), [0, 0, 1])


def test_a_score_by_hand():
    """Failures have spent 3 and 90 of a budget of 100."""
    runs = Runs(np.array([[10, 3, 20, 90], [1, 2, 3, 4]]), np.array([[1, 0, 1, 0], [1] * 4]) == 1)
    found = score(runs, 100)
    assert_array_equal(found.expected_running_time, [123 / 2, 10 / 4])
    assert_array_equal(found.expected_running_time_charged, [230 / 2, 10 / 4])
    assert_array_equal(found.success_rate, [0.5, 1.0])
    assert_array_equal(found.quartiles.T, [[10, 20, inf], [1, 2, 3]])
    assert_array_equal(found.at(np.array([1])).quartiles, [[1], [2], [3]])
