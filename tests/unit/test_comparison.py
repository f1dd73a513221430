"""Statistics of the comparison: cases worked by hand, scipy, enumeration, and properties."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.testing import assert_allclose, assert_array_equal
from scipy import stats

from descent.statistics import comparison
from descent.statistics.comparison import (
    Estimate,
    Runs,
    Split,
    best_of,
    bootstrap,
    chosen_among,
    common_budgets,
    expected_running_time,
    holm,
    paired_contrast,
    percentile_interval,
    performance_profile,
    performance_ratios,
    quantiles,
    rank_settings,
    ranks,
    runtime_distribution,
    score,
    sign_test,
    success_rate,
    variance_split,
)

inf = np.inf


def runs_of(times, spent=100):
    """Return runs that needed these times; a failure spent the budget, or what is given."""
    times = np.asarray(times, dtype=float)
    reached = np.isfinite(times)
    return Runs(np.where(reached, times, spent).astype(int), reached)


@st.composite
def some_runs(draw, settings=None, starts=None):
    shape = [draw(st.integers(1, 7)) if n is None else n for n in (settings, starts)]
    shape = tuple(n for n in shape if n)
    iterations = draw(arrays(np.int64, shape, elements=st.integers(0, 50)))
    return Runs(iterations, draw(arrays(bool, shape)))


@st.composite
def two_settings(draw):
    starts = draw(st.integers(1, 8))
    return draw(some_runs(0, starts)), draw(some_runs(0, starts))


# Runs


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
    with pytest.raises(ValueError, match="shares"):
        best_of(np.array([0]), np.array([1.0]), np.array([1]), [share])


# Tuning


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


def test_a_setting_that_fails_at_once_does_not_win_by_it():
    # The first needs 5 and diverges at once from all other starts; the second needs 30, always.
    runs = Runs(
        np.array([[5, 0, 0, 0], [30, 30, 30, 30]]),
        np.array([[True, False, False, False], [True] * 4]),
    )
    found = score(runs, 100)
    assert_array_equal(found.expected_running_time, [5, 30])
    assert_array_equal(found.charged_running_time, [305, 30])
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
    """Among settings that are all alike, tuning flatters and the held-out score does not."""
    times = np.random.default_rng(0).geometric(0.02, (500, 40))
    tuned, judged = score(runs_of(times[:, :20]), 100), score(runs_of(times[:, 20:]), 100)
    chosen = rank_settings(tuned)[0]
    assert tuned.expected_running_time[chosen] < 30
    assert 35 < judged.expected_running_time[chosen] < 75  # the truth is 50


# Best of k random settings


def test_common_budgets_end_with_the_smallest_grid():
    assert_array_equal(common_budgets([7, 3, 5]), [1, 2, 3])
    assert_array_equal(common_budgets([1, 9]), [1])


def test_many_budgets_are_thinned_evenly_on_a_logarithmic_scale():
    # Each is the one before and a part of it, rounded down: 2 + 2//2, 3 + 3//2, 4 + 4//2, 6 + 3.
    assert_array_equal(common_budgets([10], most=7), [1, 2, 3, 4, 6, 9, 10])
    assert_array_equal(common_budgets([60]), np.arange(1, 61))


@given(st.integers(1, 10**6), st.integers(25, 60))
def test_budgets_are_few_and_hold_both_ends(settings, most):
    found = common_budgets([settings], most)
    assert (found[0], found[-1]) == (1, settings)
    assert len(found) <= most
    steps = np.diff(found)
    assert (steps >= 1).all()
    assert (steps <= np.maximum(1, found[:-1])).all()


def test_chances_of_three_settings_by_hand():
    expected = [[1 / 3, 1 / 3, 1 / 3], [2 / 3, 1 / 3, 0], [1, 0, 0]]
    assert_allclose(chosen_among(3, np.array([1, 2, 3])), expected, rtol=1e-15)


@given(st.integers(1, 60), st.data())
def test_chances_are_hypergeometric(settings, data):
    """Rank r wins when no better is drawn, less the cases where it is not drawn either."""
    k = data.draw(st.integers(1, settings))
    better = np.arange(settings + 1)
    none_drawn = stats.hypergeom.pmf(0, settings, better, k)
    assert_allclose(chosen_among(settings, np.array([k]))[0], -np.diff(none_drawn), atol=1e-13)


def test_chances_of_many_settings_are_stable():
    weights = chosen_among(5000, np.array([1, 50, 2500, 5000]))
    assert_allclose(weights.sum(axis=1), 1, rtol=1e-12)
    assert not np.signbit(weights).any()
    # The mean of the lowest of k ranks out of n, from 1, is (n + 1) / (k + 1).
    ranks = np.arange(1, 5001)
    assert_allclose(weights @ ranks, 5001 / np.array([2, 51, 2501, 5001]), rtol=1e-11)


@pytest.mark.parametrize("budgets", [[0], [1, 4], []])
def test_budgets_no_method_can_meet_are_refused(budgets):
    with pytest.raises(ValueError, match="between 1 and 3 settings"):
        chosen_among(3, np.array(budgets, dtype=int))


@given(st.integers(1, 7), st.data())
def test_best_of_is_the_enumeration_of_all_draws(settings, data):
    ranking = np.array(data.draw(st.permutations(range(settings))))
    scores = np.array(data.draw(st.tuples(*[st.sampled_from([0.0, 1, 2, 5, inf])] * settings)))
    budgets = common_budgets([settings])
    found = best_of(ranking, scores, budgets)
    rank = np.argsort(ranking)
    for i, k in enumerate(budgets):
        drawn = [scores[min(c, key=lambda s: rank[s])] for c in combinations(range(settings), k)]
        assert_allclose(found.never[i], np.mean(np.isinf(drawn)), atol=1e-12)
        expected = np.sort(drawn)[np.ceil(np.array([1, 2, 3]) * len(drawn) / 4).astype(int) - 1]
        assert_array_equal(found.quantiles[:, i], expected)


def test_best_of_all_is_the_choice():
    tuned, judged = (
        score(runs_of(np.random.default_rng(i).integers(1, 90, (30, 12))), 100) for i in (1, 2)
    )
    ranking, times = rank_settings(tuned), judged.expected_running_time
    found = best_of(ranking, times, np.array([1, 30]))
    assert_array_equal(found.quantiles[:, 1], np.full(3, times[ranking[0]]))
    # Of one at random each setting is as likely: the quantiles are those of all scores.
    assert_array_equal(found.quantiles[:, 0], np.sort(times)[[7, 14, 22]])


def test_a_share_of_draws_on_a_step_does_not_slip_by_rounding():
    scores = np.arange(1.0, 11.0)  # 0.1 added eight times is below 0.8
    found = best_of(np.arange(10), scores, np.array([1]), scores / 10)
    assert_array_equal(found.quantiles[:, 0], scores)


@pytest.mark.parametrize("scores", [[1.0, np.nan], [1.0, -inf], [1.0, 2.0, 3.0]])
def test_scores_that_are_not_of_these_settings_are_refused(scores):
    with pytest.raises(ValueError, match=r"score|ranking"):
        best_of(np.array([1, 0]), np.array(scores), np.array([1]))


def test_a_ranking_that_names_a_setting_twice_is_refused():
    with pytest.raises(ValueError, match="each of 2 settings once"):
        best_of(np.array([1, 1]), np.array([1.0, 2.0]), np.array([1]))


# Paired comparison


def both_of(*settings):
    """Return several settings' runs as one, each row a setting."""
    return Runs(
        np.array([runs.iterations for runs in settings]),
        np.array([runs.reached for runs in settings]),
    )


def ratio_of(first, second, seed=0, **options):
    """Contrast the expected running times of two settings."""
    times, _ = bootstrap(both_of(first, second), seed=seed, **options)
    return paired_contrast(times.of(0), times.of(1))


def test_bootstrap_intervals_agree_with_scipy():
    rng = np.random.default_rng(2)
    hard = rng.exponential(40, 60)
    first = runs_of(np.where(rng.random(60) < 0.8, hard + 20, inf).round(), spent=200)
    second = runs_of(np.where(rng.random(60) < 0.9, hard + 9, inf).round(), spent=200)

    def ratio(i, hit, j, hit2, axis):
        return i.sum(axis) / hit.sum(axis) / (j.sum(axis) / hit2.sum(axis))

    def scipys(statistic, *data):
        options = {"paired": True, "method": "percentile", "n_resamples": 20_000, "rng": rng}
        return stats.bootstrap(data, statistic, **options).confidence_interval

    data = (first.iterations, first.reached, second.iterations, second.reached)
    times, rates = bootstrap(both_of(first, second), seed=5)
    found = paired_contrast(times.of(0), times.of(1))
    assert_allclose((found.low, found.high), scipys(ratio, *data), rtol=0.02)
    assert_allclose(found.estimate, ratio(*data, axis=-1))
    rise = paired_contrast(rates.of(0), rates.of(1), "difference")
    expected = scipys(lambda a, b, axis: a.mean(axis) - b.mean(axis), data[1], data[3])
    assert_allclose((rise.low, rise.high), expected, atol=1e-12)  # of shares of 60: on a step
    alone = percentile_interval(times.resamples)
    expected = scipys(lambda i, hit, axis: i.sum(axis) / hit.sum(axis), *data[:2])
    assert_allclose((alone[0][0], alone[1][0]), expected, rtol=0.02)


@given(some_runs(3, 5))
def test_resamples_are_scores_of_resampled_starts(runs):
    """Every resample's sums are those of some starts, drawn as often as there are starts."""
    times, rates = bootstrap(runs, seed=3, repeats=7)
    chosen = (comparison.philox(3, "bootstrap of starts").random((7, 5)) * 5).astype(int)
    for i, starts in enumerate(chosen):
        expected = Runs(runs.iterations[:, starts], runs.reached[:, starts])
        assert_array_equal(times.resamples[:, i], expected_running_time(expected))
        assert_array_equal(rates.resamples[:, i], success_rate(expected))
    assert_array_equal(times.value, expected_running_time(runs))
    assert_array_equal(rates.value, success_rate(runs))


def test_bootstrap_is_paired():
    """A setting always 7 slower on every start is 7 slower with certainty."""
    times = np.random.default_rng(0).integers(10, 1000, 25)
    times, _ = bootstrap(both_of(runs_of(times + 7), runs_of(times)), seed=1)
    found = paired_contrast(times.of(0), times.of(1), "difference")
    assert_allclose(found, (7, 7, 7), rtol=1e-12)


def test_an_interval_ends_at_the_order_statistics_of_its_level():
    draws = np.arange(1.0, 100.0)[
        ::-1
    ]  # 99: the 5 % tails end at the 5th, those of 20 % at the 20th
    assert percentile_interval(draws, 0.9) == (5, 95)
    assert percentile_interval(draws, 0.6) == (20, 80)
    undefined = np.where(draws <= 5, np.nan, draws)  # 5 of them, at both ends
    assert percentile_interval(undefined, 0.9) == (0, inf)
    assert percentile_interval(undefined, 0.9, -1.0) == (-1, inf)
    # The 15 lowest are now the 5 undefined and 6 … 15; of the highest, 5 are undefined.
    assert percentile_interval(undefined, 0.7) == (15, 90)
    assert_array_equal(percentile_interval(np.stack([draws, draws + 1]), 0.9), [[5, 6], [95, 96]])


def test_bootstrap_covers_the_truth_as_often_as_it_says():
    rng = np.random.default_rng(11)
    covered = 0
    for seed in range(300):
        shared = rng.geometric(0.02, 80)
        found = ratio_of(
            runs_of(shared + rng.geometric(0.02, 80)), runs_of(shared), seed, repeats=399
        )
        covered += found.low <= 2.0 <= found.high
    assert 0.90 <= covered / 300 <= 0.98


def test_resamples_without_success_keep_their_place():
    both = runs_of([5, 6, 7, 8])
    once = runs_of([inf, inf, inf, 8])
    found = ratio_of(once, both)
    assert_allclose(found.estimate, 308 / 6.5)
    assert found.high == inf  # a resample misses the only success with chance 0.32
    # The lowest: 8 four times (1 in 256), then thrice, with 7 (4 in 256), with 6 (4 in 256).
    assert_allclose(found.low, (124 / 3) / 7.5)
    inverse = ratio_of(both, once)
    assert inverse.low == 0
    assert_allclose(inverse.high, 1 / found.low)


def test_undecided_resamples_widen_the_interval_on_both_sides():
    first, second = runs_of([3, inf]), runs_of([5, inf])  # neither reaches in 1 of 4 resamples
    times, rates = bootstrap(both_of(first, second), seed=0)
    found = paired_contrast(times.of(0), times.of(1))
    assert_allclose(found.estimate, 103 / 105)
    assert (found.low, found.high) == (0, inf)
    difference = paired_contrast(times.of(0), times.of(1), "difference")
    assert (difference.estimate, difference.low, difference.high) == (-2, -inf, inf)
    assert paired_contrast(rates.of(0), rates.of(1), "difference") == (0, 0, 0)


def test_where_neither_reaches_there_is_no_contrast():
    never, some = runs_of([inf, inf, inf]), runs_of([1, 2, inf])
    assert_array_equal(ratio_of(never, never), (np.nan, np.nan, np.nan))
    assert ratio_of(never, some) == (inf, 0, inf)  # ∞/∞ in 1 of 27 resamples
    assert ratio_of(some, never) == (0, 0, inf)


def test_methods_that_are_there_at_once_need_the_same():
    at_once, later = runs_of([0, 0]), runs_of([3, 5])
    assert ratio_of(at_once, at_once) == (1, 1, 1)
    assert ratio_of(later, at_once) == (inf, inf, inf)
    assert ratio_of(at_once, later) == (0, 0, 0)


@given(two_settings(), st.sampled_from(["ratio", "difference"]))
def test_a_contrast_turns_with_its_sides(pair, contrast):
    for estimates in bootstrap(both_of(*pair), seed=1, repeats=39):
        there = paired_contrast(estimates.of(0), estimates.of(1), contrast)
        back = paired_contrast(estimates.of(1), estimates.of(0), contrast)
        if np.isnan(there).any():
            assert_array_equal(there, [np.nan] * 3)
            assert_array_equal(back, [np.nan] * 3)
            continue
        assert there.low <= there.high
        with np.errstate(divide="ignore"):
            turned = 1 / np.array(back) if contrast == "ratio" else -np.array(back)
        assert_allclose(there, turned[[0, 2, 1]], rtol=1e-12)


def test_resamples_do_not_depend_on_the_blocks_they_are_held_in(monkeypatch):
    runs = runs_of(np.random.default_rng(7).integers(1, 99, (2, 13)))
    whole, _ = bootstrap(runs, seed=9, repeats=199)
    monkeypatch.setattr(comparison, "BLOCK", 40)
    again, _ = bootstrap(runs, seed=9, repeats=199)
    assert_array_equal(again.resamples, whole.resamples)
    other, _ = bootstrap(runs, seed=8, repeats=199)
    assert not np.array_equal(other.resamples, whole.resamples)


@pytest.mark.parametrize(("repeats", "level"), [(38, 0.95), (99, 1.0), (99, -0.5)])
def test_an_interval_that_cannot_be_is_refused(repeats, level):
    with pytest.raises(ValueError, match=f"{repeats} resamples have no interval"):
        percentile_interval(np.zeros(repeats), level)


def test_thirty_nine_resamples_have_a_95_percent_interval():
    estimate = Estimate(np.float64(2.0), np.full(39, 2.0))
    assert paired_contrast(estimate, estimate) == (1, 1, 1)


def test_ranks_are_those_of_quantiles():
    assert_array_equal(ranks(8, (0.25, 0.5, 0.75, 1.0)), [1, 3, 5, 7])
    assert_array_equal(ranks(1, (0.25, 0.5, 0.75)), [0, 0, 0])


def test_signs_by_hand():
    first = runs_of([1, 2, 3, 9, inf, inf, 4, 5, 6])
    second = runs_of([2, 3, inf, 8, inf, 7, 4, 6, 7])
    # first, first, first (the other is censored), second, tie, second, tie, first, first
    found = sign_test(first, second)
    assert found[:3] == (5, 2, 2)
    assert_allclose(found.p, 2 * (1 + 7 + 21) / 128)


@given(two_settings())
def test_sign_test_is_scipys_and_symmetric(pair):
    wins, losses, ties, p = sign_test(*pair)
    assert wins + losses + ties == len(pair[0].reached)
    if wins + losses:
        assert_allclose(p, stats.binomtest(wins, wins + losses).pvalue, rtol=1e-13)
    else:
        assert p == 1
    assert sign_test(pair[1], pair[0]) == (losses, wins, ties, p)


def test_sign_test_of_many_starts():
    first = runs_of(np.where(np.arange(3000) < 1600, 1, 3))
    second = runs_of(np.full(3000, 2))
    assert_allclose(sign_test(first, second).p, stats.binomtest(1600, 3000).pvalue, rtol=1e-9)
    assert sign_test(runs_of(np.full(3000, 1)), second).p == 0.0  # 2^-2999 is below all doubles


@pytest.mark.parametrize(("wins", "losses"), [(3000, 3000), (51_000, 50_000), (2000, 900)])
def test_sign_test_of_many_starts_loses_no_digits(wins, losses):
    first = runs_of(np.repeat([1, 3], [wins, losses]))
    second = runs_of(np.full(wins + losses, 2))
    expected = stats.binomtest(wins, wins + losses).pvalue
    assert_allclose(sign_test(first, second).p, expected, rtol=1e-8)


def test_what_a_failure_spent_does_not_change_who_was_first():
    first, hit = np.array([1, 5, 9]), np.array([True, True, False])
    second = runs_of([3, 4, 8])
    cheap, dear = Runs(np.array([1, 5, 0]), hit), Runs(first, hit)
    assert sign_test(cheap, second) == sign_test(dear, second) == (1, 2, 0, 1.0)


def test_runs_that_are_not_paired_have_no_signs():
    with pytest.raises(ValueError, match="not paired"):
        sign_test(runs_of([1, 2]), runs_of([1, 2, 3]))
    with pytest.raises(ValueError, match="not paired"):
        sign_test(runs_of([[1, 2]]), runs_of([[1, 2]]))


def test_holm_by_hand():
    # Sorted: 0.005 × 4, 0.01 × 3, 0.03 × 2, 0.04 × 1, which may not fall below the one before.
    assert_allclose(holm([0.01, 0.04, 0.03, 0.005]), [0.03, 0.06, 0.06, 0.02])
    assert_array_equal(holm([0.4, 0.6, 1.0]), [1, 1, 1])
    assert holm([0.04]) == 0.04
    assert holm([]).size == 0


@given(st.lists(st.floats(0, 1), min_size=1, max_size=8), st.floats(0.001, 0.999))
def test_holm_rejects_what_the_sequential_procedure_rejects(p, level):
    order = sorted(range(len(p)), key=p.__getitem__)
    rejected = set()
    for place, i in enumerate(order):
        if p[i] * (len(p) - place) > level:
            break
        rejected.add(i)
    assert set(np.flatnonzero(holm(p) <= level)) == rejected


@pytest.mark.parametrize("p", [-0.1, 1.1, np.nan])
def test_what_is_no_p_value_is_refused(p):
    with pytest.raises(ValueError, match="between 0 and 1"):
        holm([0.5, p])


# Distributions


def test_runtime_distribution_by_hand():
    found = runtime_distribution([[3, 8], [3, inf], [5, inf], [0, 5]])
    assert_array_equal(found.at, [0, 3, 5, 8])
    assert_array_equal(found.share, [1 / 8, 3 / 8, 5 / 8, 6 / 8])


def test_runtime_distribution_begins_at_nought():
    assert_array_equal(runtime_distribution([4, 4]).at, [0, 4])
    assert_array_equal(runtime_distribution([4, 4]).share, [0, 1])
    never = runtime_distribution([[inf, inf]])
    assert (never.at.tolist(), never.share.tolist()) == ([0], [0])


@given(some_runs(0))
def test_runtime_distribution_is_scipys_with_censoring(runs):
    """Censored after all others, the product-limit estimate is this distribution."""
    found = runtime_distribution(runs.times)
    times = np.where(runs.reached, runs.iterations, 99)
    censored = stats.CensoredData(uncensored=times[runs.reached], right=times[~runs.reached])
    assert_allclose(found.share, stats.ecdf(censored).cdf.evaluate(found.at), atol=1e-12)


@pytest.mark.parametrize("times", [[], [-1.0], [np.nan]])
def test_times_that_are_none_are_refused(times):
    with pytest.raises(ValueError, match="missing, negative or NaN"):
        runtime_distribution(times)


COSTS = np.array([[10, 20], [30, 10], [inf, 5], [inf, inf]])


def test_performance_profile_by_hand():
    assert_array_equal(performance_ratios(COSTS), [[1, 2], [3, 1], [inf, 1], [inf, inf]])
    found = performance_profile(COSTS)
    assert_array_equal(found.at, [1, 2, 3])
    assert_array_equal(found.share, [[1 / 4, 2 / 4], [1 / 4, 3 / 4], [2 / 4, 3 / 4]])


def test_ties_and_costs_of_nought():
    assert_array_equal(
        performance_ratios([[7, 7, 14], [0, 0, 3], [0, inf, 5]]),
        [[1, 1, 2], [1, 1, inf], [1, inf, inf]],
    )
    assert_array_equal(performance_profile([[7, 7], [2, 2]]).share, [[1, 1]])


def test_a_profile_where_all_fail_is_nought():
    found = performance_profile([[inf, inf]])
    assert_array_equal(found.at, [1])
    assert_array_equal(found.share, [[0, 0]])


@given(arrays(float, (5, 3), elements=st.sampled_from([0.0, 1, 2, 3, 8, inf])))
def test_a_profile_is_the_count_that_defines_it(costs):
    found = performance_profile(costs)
    for tau, shares in zip(found.at, found.share, strict=True):
        for solver, share in enumerate(shares):
            solved = sum(
                np.isfinite(row[solver]) and row[solver] <= tau * row.min() for row in costs
            )
            assert share == solved / 5
    assert_array_equal(found.share[-1] == 1, (performance_ratios(costs) < inf).all(axis=0))


@given(arrays(float, (4, 3), elements=st.sampled_from([1.0, 2, 3, 8, inf])))
def test_a_profile_does_not_depend_on_units_of_problems(costs):
    scaled = performance_profile(costs * np.array([[2.0], [4.0], [0.5], [1024.0]]))
    assert_array_equal(scaled.share, performance_profile(costs).share)
    assert_array_equal(scaled.at, performance_profile(costs).at)


@pytest.mark.parametrize("costs", [[1.0, 2.0], [[]], [[1.0, -1.0]], [[1.0, np.nan]]])
def test_costs_that_are_none_are_refused(costs):
    with pytest.raises(ValueError, match="costs"):
        performance_ratios(costs)


# Variance


def split_of(reached):
    """Split a table of successes, from its margins."""
    table = np.array(reached)
    return variance_split(table.sum(axis=1), table.sum(axis=0))


def test_a_variance_split_by_hand():
    # Means 1/3 and 1 of rows, 1, 1/2, 1/2 of columns, 2/3 of all. Between rows 3·2·(1/3)² = 2/3,
    # between columns 2·((1/3)² + 2·(1/6)²) = 1/3, in all 4·(1/3)² + 2·(2/3)² = 4/3.
    assert_allclose(split_of([[1, 0, 0], [1, 1, 1]]), (1 / 2, 1 / 4, 1 / 4), rtol=1e-15)


def test_failures_of_the_start_and_of_the_setting_are_told_apart():
    by_start = np.array([[1, 0, 1, 0]] * 3)
    assert split_of(by_start) == Split(0, 1, 0)
    assert split_of(by_start.T) == Split(1, 0, 0)
    assert split_of([[1, 0], [0, 1]]) == Split(0, 0, 1)


def test_where_all_or_none_succeed_nothing_varies():
    for reached in (np.ones((3, 4), int), np.zeros((3, 4), int), [[1]], [[0]]):
        assert split_of(reached) == Split(0, 0, 0)


def test_one_setting_leaves_all_to_the_starts_and_one_start_to_the_settings():
    assert split_of([[1, 0, 1]]) == Split(0, 1, 0)
    assert split_of([[1], [0], [1]]) == Split(1, 0, 0)


@given(arrays(bool, (4, 6)))
def test_shares_are_those_of_scipys_one_way_analysis(reached):
    split = split_of(reached)
    if np.ptp(reached.astype(int)) == 0:
        assert split == Split(0, 0, 0)
        return
    assert_allclose(sum(split), 1)
    assert_allclose(split, split_of(~reached), atol=1e-15)
    outcomes = reached.astype(float)
    for share, groups in ((split.setting, outcomes), (split.start, outcomes.T)):
        if share > 1 - 1e-9:
            continue  # its F is infinite
        between, within = len(groups) - 1, outcomes.size - len(groups)
        f = stats.f_oneway(*groups).statistic
        assert_allclose(share / (1 - share) * within / between, f, atol=1e-9)


def test_noise_is_shared_as_the_documentation_says():
    rng = np.random.default_rng(5)
    mean = np.mean([split_of(rng.random((4, 5)) < 0.5) for _ in range(3000)], axis=0)
    assert_allclose(mean, np.array([3, 4, 12]) / 19, atol=0.01)


@pytest.mark.parametrize(
    ("by_setting", "by_start"), [([1, 2], [1, 1]), ([3], [1, 1]), ([1, 1], [0, 3]), ([], [])]
)
def test_what_are_not_margins_of_a_table_is_refused(by_setting, by_start):
    with pytest.raises(ValueError, match="not those of one table"):
        variance_split(np.array(by_setting, int), np.array(by_start, int))
