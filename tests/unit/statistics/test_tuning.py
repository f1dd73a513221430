"""Tuning: cases worked by hand, enumeration of all draws, and properties."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from runs_by_hand import runs_of, some_runs
from scipy import stats

from descent.statistics.running_times import Runs, score
from descent.statistics.tuning import (
    numbers_tried,
    rank_probabilities,
    rank_settings,
    tuning_curve_of,
)

inf = np.inf


def test_settings_rank_by_running_time_then_success_then_median_then_order():
    iterations = np.array(
        [
            [9, 9, 9, 9],  # never
            [12, 12, 12, 12],  # 12; all, median 12
            [3, 3, 12, 6],  # 24 / 2 = 12, half
            [2, 22, 22, 2],  # 12; all, median 2
            [2, 22, 22, 2],  # the same
            [1, 9, 9, 9],  # 28 / 1
            [11, 11, 11, 11],  # 11
        ]
    )
    reached = np.ones_like(iterations, dtype=bool)
    reached[0] = False
    reached[2, 2:] = False
    reached[5, 1:] = False
    # With a budget of 9 the failures of settings 2 and 5 cost 18 and 27, as they did.
    runs = Runs(iterations, reached)
    assert_array_equal(rank_settings(score(runs, 9)), [6, 3, 4, 1, 2, 5, 0])


def test_among_equals_the_median_counts_and_not_another_quartile():
    runs = Runs(np.array([[1, 15, 16, 16], [12, 12, 12, 12]]), np.ones((2, 4), bool))
    assert_array_equal(rank_settings(score(runs, 100)), [1, 0])


def test_a_setting_that_fails_at_once_does_not_win_by_it():
    # The first needs 5 and diverges at once from all other starts; the second needs 30, always.
    runs = Runs(
        np.array([[5, 0, 0, 0], [30, 30, 30, 30]]),
        np.array([[True, False, False, False], [True] * 4]),
    )
    found = score(runs, 100)
    assert_array_equal(found.expected_running_time, [5, 30])
    assert_array_equal(found.expected_running_time_charged, [305, 30])
    assert_array_equal(rank_settings(found), [1, 0])


@given(some_runs())
def test_ranking_does_not_depend_on_the_order_of_starts(runs):
    backwards = Runs(runs.iterations[:, ::-1], runs.reached[:, ::-1])
    assert_array_equal(rank_settings(score(runs, 100)), rank_settings(score(backwards, 100)))


def test_a_score_is_all_that_settings_are_ranked_by():
    found = score(runs_of([[4, 1, inf, 3], [inf] * 4]), 100)
    assert_array_equal(found.expected_running_time, [108 / 3, inf])
    assert_array_equal(found.success_rate, [3 / 4, 0])
    assert_array_equal(found.quartiles, [[1, inf], [3, inf], [4, inf]])


def test_the_winner_is_cursed():
    """Among settings that are all alike, tuning flatters and the score on other starts does not."""
    times = np.random.default_rng(0).geometric(0.02, (500, 40))
    tuned, evaluated = score(runs_of(times[:, :20]), 100), score(runs_of(times[:, 20:]), 100)
    selected = rank_settings(tuned)[0]
    assert tuned.expected_running_time[selected] < 30
    assert 35 < evaluated.expected_running_time[selected] < 75  # the truth is 50


# Best of k random settings


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


@given(st.integers(1, 60), st.data())
def test_chances_are_hypergeometric(settings, data):
    """Rank r wins when no better is drawn, less the cases where it is not drawn either."""
    k = data.draw(st.integers(1, settings))
    better = np.arange(settings + 1)
    none_drawn = stats.hypergeom.pmf(0, settings, better, k)
    assert_allclose(
        rank_probabilities(settings, np.array([k]))[0], -np.diff(none_drawn), atol=1e-13
    )


def test_chances_of_many_settings_are_stable():
    weights = rank_probabilities(5000, np.array([1, 50, 2500, 5000]))
    assert_allclose(weights.sum(axis=1), 1, rtol=1e-12)
    assert not np.signbit(weights).any()
    # The mean of the lowest of k ranks out of n, from 1, is (n + 1) / (k + 1).
    ranks = np.arange(1, 5001)
    assert_allclose(weights @ ranks, 5001 / np.array([2, 51, 2501, 5001]), rtol=1e-11)


@pytest.mark.parametrize("numbers", [[0], [1, 4], []])
def test_numbers_no_method_can_try_are_refused(numbers):
    with pytest.raises(ValueError, match="between 1 and 3 settings"):
        rank_probabilities(3, np.array(numbers, dtype=int))


@given(st.integers(1, 7), st.data())
def test_a_tuning_curve_is_the_enumeration_of_all_draws(settings, data):
    ranking = np.array(data.draw(st.permutations(range(settings))))
    scores = np.array(data.draw(st.tuples(*[st.sampled_from([0.0, 1, 2, 5, inf])] * settings)))
    numbers = numbers_tried([settings])
    found = tuning_curve_of(ranking, scores, numbers)
    rank = np.argsort(ranking)
    for i, k in enumerate(numbers):
        drawn = [scores[min(c, key=lambda s: rank[s])] for c in combinations(range(settings), k)]
        assert_allclose(found.never[i], np.mean(np.isinf(drawn)), atol=1e-12)
        expected = np.sort(drawn)[np.ceil(np.array([1, 2, 3]) * len(drawn) / 4).astype(int) - 1]
        assert_array_equal(found.quartiles[:, i], expected)


def test_the_best_of_all_is_the_selected_one():
    tuned, evaluated = (
        score(runs_of(np.random.default_rng(i).integers(1, 90, (30, 12))), 100) for i in (1, 2)
    )
    ranking, times = rank_settings(tuned), evaluated.expected_running_time
    found = tuning_curve_of(ranking, times, np.array([1, 30]))
    assert_array_equal(found.quartiles[:, 1], np.full(3, times[ranking[0]]))
    # Of one at random each setting is as likely: the quantiles are those of all scores.
    assert_array_equal(found.quartiles[:, 0], np.sort(times)[[7, 14, 22]])


def test_a_share_of_draws_on_a_step_does_not_slip_by_rounding():
    # 1/28 added 7, 14 and 21 times is below each quartile's share.
    found = tuning_curve_of(np.arange(28), np.arange(1.0, 29.0), np.array([1]))
    assert_array_equal(found.quartiles[:, 0], [7.0, 14.0, 21.0])


@pytest.mark.parametrize("scores", [[1.0, np.nan], [1.0, -inf], [1.0, 2.0, 3.0]])
def test_scores_that_are_not_of_these_settings_are_refused(scores):
    with pytest.raises(ValueError, match=r"score|ranking"):
        tuning_curve_of(np.array([1, 0]), np.array(scores), np.array([1]))


def test_a_ranking_that_names_a_setting_twice_is_refused():
    with pytest.raises(ValueError, match="each of 2 settings once"):
        tuning_curve_of(np.array([1, 1]), np.array([1.0, 2.0]), np.array([1]))
