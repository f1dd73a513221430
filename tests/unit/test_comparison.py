"""Statistics of the comparison: cases worked by hand, scipy, enumeration, and properties."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.testing import assert_allclose, assert_array_equal
from scipy import stats

from descent import comparison
from descent.comparison import (
    OUTCOMES,
    Runs,
    Split,
    best_of,
    choose_setting,
    chosen_among,
    common_budgets,
    count_outcomes,
    expected_running_time,
    holm,
    median,
    paired_bootstrap,
    performance_profile,
    performance_ratios,
    quantiles,
    rank_settings,
    runtime_distribution,
    sign_test,
    split_starts,
    success_interval,
    success_rate,
    variance_components,
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


def test_runs_of_a_setting_on_some_starts():
    runs = runs_of([[1, 2, 3], [4, inf, 6]])
    assert_array_equal(runs.times, [[1, 2, 3], [4, inf, 6]])
    assert_array_equal(runs.at(1).times, [4, inf, 6])
    assert_array_equal(runs.on(np.array([2, 1, 1])).times, [[3, 2, 2], [6, inf, inf]])


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


def test_success_rate_with_the_interval_of_scipy():
    reached = np.array([[1, 1, 1, 0, 0], [0, 0, 0, 0, 0], [1, 1, 1, 1, 1]], dtype=bool)
    runs = Runs(np.ones_like(reached, dtype=int), reached)
    assert_array_equal(success_rate(runs), [0.6, 0, 1])
    low, high = success_interval(runs, 0.9)
    for i, successes in enumerate((3, 0, 5)):
        expected = stats.binomtest(successes, 5).proportion_ci(0.9, method="wilson")
        assert_allclose((low[i], high[i]), (expected.low, expected.high), atol=1e-15)
    assert success_interval(runs.at(0), 0.9) == (low[0], high[0])


def test_quartiles_count_unreached_runs_as_longest():
    runs = runs_of([[40, 10, 30, 20], [inf, 10, inf, 20], [inf, 5, inf, inf], [inf] * 4])
    assert_array_equal(
        quantiles(runs).T, [[10, 20, 30], [10, 20, inf], [5, inf, inf], [inf, inf, inf]]
    )
    assert_array_equal(median(runs), [20, 20, inf, inf])


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


def test_starts_are_split_in_two():
    tuning, held_out = split_starts(20, 8, seed=1)
    assert (len(tuning), len(held_out)) == (8, 12)
    assert_array_equal(np.sort(np.concatenate([tuning, held_out])), np.arange(20))
    assert (np.diff(tuning) > 0).all()
    assert (np.diff(held_out) > 0).all()
    assert_array_equal(split_starts(20, 8, seed=1)[0], tuning)
    assert not np.array_equal(split_starts(20, 8, seed=2)[0], tuning)


def test_every_start_is_as_often_tuned_on():
    counts = np.bincount(np.concatenate([split_starts(10, 4, s)[0] for s in range(1000)]))
    # The sum of squares about 400 over 240 has mean 9 or so; 50 is far beyond chance.
    assert ((counts - 400) ** 2 / 240).sum() < 50


@pytest.mark.parametrize("tuning", [0, 5, -1, 6])
def test_both_parts_have_a_start(tuning):
    with pytest.raises(ValueError, match="of 5 starts"):
        split_starts(5, tuning, seed=0)


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
    assert_array_equal(rank_settings(Runs(iterations, reached)), [6, 3, 4, 1, 2, 5, 0])


@given(some_runs())
def test_ranking_does_not_depend_on_the_order_of_starts(runs):
    backwards = runs.on(np.arange(runs.reached.shape[1])[::-1])
    assert_array_equal(rank_settings(runs), rank_settings(backwards))


def test_a_choice_shows_the_tuned_score_beside_the_held_out_one():
    runs = runs_of([[5, 5, 8, inf], [4, 4, inf, inf], [9, 9, 1, 1]])
    choice = choose_setting(runs, np.array([0, 1]), np.array([2, 3]))
    assert choice.setting == 1
    assert choice.tuned == (4.0, 1.0, 4.0)
    assert choice.held_out == (inf, 0.0, inf)
    again = choose_setting(runs, np.array([2, 3]), np.array([0, 1]))
    assert (again.setting, again.tuned, again.held_out) == (2, (1, 1, 1), (9, 1, 9))


def test_where_nothing_reaches_the_first_is_chosen_and_says_so():
    choice = choose_setting(runs_of(np.full((3, 4), inf)), np.array([0, 1]), np.array([2, 3]))
    assert choice.setting == 0
    assert choice.tuned == choice.held_out == (inf, 0.0, inf)


def test_judging_on_a_start_that_was_tuned_on_is_refused():
    with pytest.raises(ValueError, match="not chosen on"):
        choose_setting(runs_of([[1, 2, 3]]), np.array([0, 1]), np.array([1, 2]))


def test_the_winner_is_cursed():
    """Among settings that are all alike, tuning flatters and the held-out score does not."""
    times = np.random.default_rng(0).geometric(0.02, (500, 40))
    choice = choose_setting(runs_of(times), *split_starts(40, 20, seed=0))
    assert choice.tuned.expected_running_time < 30
    assert 35 < choice.held_out.expected_running_time < 75  # the truth is 50


# Best of k random settings


def test_common_budgets_end_with_the_smallest_grid():
    assert_array_equal(common_budgets([7, 3, 5]), [1, 2, 3])


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
        assert_allclose(found.mean[i], np.mean(drawn))
        expected = np.sort(drawn)[np.ceil(np.array([1, 2, 3]) * len(drawn) / 4).astype(int) - 1]
        assert_array_equal(found.quantiles[:, i], expected)


def test_best_of_all_is_the_choice():
    runs = runs_of(np.random.default_rng(1).integers(1, 90, (30, 12)))
    tuning, held_out = split_starts(12, 6, seed=4)
    scores = expected_running_time(runs.on(held_out))
    found = best_of(rank_settings(runs.on(tuning)), scores, np.array([1, 30]))
    choice = choose_setting(runs, tuning, held_out)
    assert_array_equal(found.quantiles[:, 1], np.full(3, choice.held_out.expected_running_time))
    assert_allclose(found.mean, [scores.mean(), choice.held_out.expected_running_time])


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


def test_bootstrap_interval_agrees_with_scipy():
    rng = np.random.default_rng(2)
    hard = rng.exponential(40, 60)
    first = runs_of(np.where(rng.random(60) < 0.8, hard + 20, inf).round(), spent=200)
    second = runs_of(np.where(rng.random(60) < 0.9, hard + 9, inf).round(), spent=200)

    def ratio(i, hit, j, hit2, axis):
        return i.sum(axis) / hit.sum(axis) / (j.sum(axis) / hit2.sum(axis))

    data = (first.iterations, first.reached, second.iterations, second.reached)
    expected = stats.bootstrap(
        data, ratio, paired=True, method="percentile", n_resamples=20_000, rng=rng
    ).confidence_interval
    found = paired_bootstrap(first, second, expected_running_time, seed=5)
    assert_allclose((found.low, found.high), expected, rtol=0.02)
    assert_allclose(found.estimate, ratio(*data, axis=-1))
    assert found.undecided == 0


def test_bootstrap_is_paired():
    """A setting always 7 slower on every start is 7 slower with certainty."""
    times = np.random.default_rng(0).integers(10, 1000, 25)
    first, second = runs_of(times + 7), runs_of(times)
    assert paired_bootstrap(first, second, median, "difference", seed=1) == (7, 7, 7, 0)
    found = paired_bootstrap(first, second, expected_running_time, "difference", seed=1)
    assert_allclose(found, (7, 7, 7, 0), rtol=1e-12)


def test_bootstrap_ends_are_the_order_statistics_of_its_level():
    """Of two starts 0 and 1 resamples sum to 0, 1, 2 with chances 1/4, 1/2, 1/4."""
    first, second = runs_of([0, 2]), runs_of([1, 1])
    ends = {
        level: paired_bootstrap(
            first, second, expected_running_time, seed=0, repeats=3999, confidence=level
        )[1:3]
        for level in (0.6, 0.4)
    }
    assert ends == {0.6: (0, 2), 0.4: (1, 1)}


def test_bootstrap_covers_the_truth_as_often_as_it_says():
    rng = np.random.default_rng(11)
    covered = 0
    for seed in range(300):
        shared = rng.geometric(0.02, 80)
        first = runs_of(shared + rng.geometric(0.02, 80))
        second = runs_of(shared)
        found = paired_bootstrap(first, second, expected_running_time, seed=seed, repeats=399)
        covered += found.low <= 2.0 <= found.high
    assert 0.90 <= covered / 300 <= 0.98


def test_resamples_without_success_keep_their_place():
    both = runs_of([5, 6, 7, 8])
    once = runs_of([inf, inf, inf, 8])
    found = paired_bootstrap(once, both, expected_running_time, seed=0)
    assert_allclose(found.estimate, 308 / 6.5)
    assert found.high == inf  # a resample misses the only success with chance 0.32
    # The lowest: 8 four times (1 in 256), then thrice, with 7 (4 in 256), with 6 (4 in 256).
    assert_allclose(found.low, (124 / 3) / 7.5)
    assert found.undecided == 0
    inverse = paired_bootstrap(both, once, expected_running_time, seed=0)
    assert inverse.low == 0
    assert_allclose(inverse.high, 1 / found.low)


def test_undecided_resamples_widen_the_interval_on_both_sides():
    first, second = runs_of([3, inf]), runs_of([5, inf])  # neither reaches in 1 of 4 resamples
    found = paired_bootstrap(first, second, expected_running_time, seed=0)
    assert_allclose(found.estimate, 103 / 105)
    assert_allclose(found.undecided, 0.25, atol=0.02)
    assert (found.low, found.high) == (0, inf)
    difference = paired_bootstrap(first, second, expected_running_time, "difference", seed=0)
    assert (difference.estimate, difference.low, difference.high) == (-2, -inf, inf)
    rates = paired_bootstrap(first, second, success_rate, "difference", seed=0)
    assert rates == (0, 0, 0, 0)  # 0 - 0 is defined


def test_where_neither_reaches_nothing_is_certain():
    never = runs_of([inf, inf, inf])
    assert paired_bootstrap(never, never, median, seed=0) == (1, 0, inf, 1)
    assert paired_bootstrap(never, never, median, "difference", seed=0) == (0, -inf, inf, 1)
    assert paired_bootstrap(never, never, success_rate, seed=0) == (1, 0, inf, 1)


@given(
    two_settings(),
    st.sampled_from([expected_running_time, success_rate, median]),
    st.sampled_from(["ratio", "difference"]),
)
def test_a_contrast_is_never_nan_and_turns_with_its_sides(pair, statistic, contrast):
    first, second = pair
    there = paired_bootstrap(first, second, statistic, contrast, seed=1, repeats=39)
    back = paired_bootstrap(second, first, statistic, contrast, seed=1, repeats=39)
    assert not np.isnan(there).any()
    assert there.low <= there.high
    with np.errstate(divide="ignore"):
        turned = 1 / np.array(back[:3]) if contrast == "ratio" else -np.array(back[:3])
    assert_allclose(there[:3], turned[[0, 2, 1]], rtol=1e-12)
    assert there.undecided == back.undecided


def test_resamples_do_not_depend_on_the_blocks_they_are_held_in(monkeypatch):
    rng = np.random.default_rng(7)
    first, second = runs_of(rng.integers(1, 99, 13)), runs_of(rng.integers(1, 99, 13))
    whole = paired_bootstrap(first, second, expected_running_time, seed=9, repeats=199)
    monkeypatch.setattr(comparison, "BLOCK", 40)
    assert paired_bootstrap(first, second, expected_running_time, seed=9, repeats=199) == whole
    other = paired_bootstrap(first, second, expected_running_time, seed=8, repeats=199)
    assert other != whole


@pytest.mark.parametrize(
    ("second", "options", "message"),
    [
        (runs_of([1, 2]), {}, "not paired"),
        (runs_of([[1, 2, 3]]), {}, "not paired"),
        (runs_of([1, 2, 3]), {"repeats": 38}, "38 resamples"),
        (runs_of([1, 2, 3]), {"confidence": 1.0}, "level 1.0"),
        (runs_of([1, 2, 3]), {"confidence": -0.5}, "level -0.5"),
    ],
)
def test_a_bootstrap_that_cannot_be_is_refused(second, options, message):
    with pytest.raises(ValueError, match=message):
        paired_bootstrap(runs_of([1, 2, 3]), second, median, seed=0, **options)


def test_thirty_nine_resamples_have_a_95_percent_interval():
    found = paired_bootstrap(runs_of([1, 2]), runs_of([1, 2]), median, seed=0, repeats=39)
    assert found == (1, 1, 1, 0)


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
        assert_allclose(p, stats.binomtest(wins, wins + losses).pvalue)
    else:
        assert p == 1
    assert sign_test(pair[1], pair[0]) == (losses, wins, ties, p)


def test_sign_test_of_many_starts():
    first = runs_of(np.where(np.arange(3000) < 1600, 1, 3))
    second = runs_of(np.full(3000, 2))
    assert_allclose(sign_test(first, second).p, stats.binomtest(1600, 3000).pvalue, rtol=1e-9)
    assert sign_test(runs_of(np.full(3000, 1)), second).p == 0.0  # 2^-2999 is below all doubles


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


@pytest.mark.parametrize("dtype", [str, object])
def test_outcomes_are_counted_method_by_method(dtype):
    found = count_outcomes(
        {
            "momentum": np.array([["reached", "cycle"], ["reached", "budget"]], dtype=dtype),
            "adam": np.array(["diverged"], dtype=dtype),
        }
    )
    assert list(found) == ["momentum", "adam"]
    assert tuple(found["adam"]) == OUTCOMES
    assert found["momentum"] == dict(zip(OUTCOMES, (2, 0, 1, 0, 1), strict=True))
    assert found["adam"] == dict(zip(OUTCOMES, (0, 1, 0, 0, 0), strict=True))


def test_an_unknown_outcome_is_named():
    with pytest.raises(ValueError, match=r"adam .*\['lost'\]"):
        count_outcomes({"adam": np.array(["reached", "lost"])})


# Variance


def test_a_variance_split_by_hand():
    # Means of rows 1 and 3, of columns 1, 2 and 3, of all 2; rest ±1 in the first and last column.
    found = variance_split([[1, 1, 1], [1, 3, 5]])
    assert_allclose(found, np.array([6, 4, 4]) / 14)
    # Mean squares 6, 2 and 2: nothing is left for the starts.
    assert_allclose(variance_components([[1, 1, 1], [1, 3, 5]]), np.array([4 / 3, 0, 2]) * 0.3)


def test_failures_of_the_start_and_of_the_setting_are_told_apart():
    by_start = np.array([[1, 0, 1, 0]] * 3)
    for split in (variance_split, variance_components):
        assert split(by_start) == Split(0, 1, 0)
        assert split(by_start.T) == Split(1, 0, 0)
        assert split(np.full((3, 4), 0.1)) == Split(0, 0, 0)
    # Here both estimates are negative.
    assert variance_split([[1, 0], [0, 1]]) == Split(0, 0, 1)
    assert variance_components([[1, 0], [0, 1]]) == Split(0, 0, 1)


@given(arrays(float, (4, 6), elements=st.integers(-9, 9)))
def test_shares_are_those_of_scipys_one_way_analysis(outcomes):
    split = variance_split(outcomes)
    if np.ptp(outcomes) == 0:
        assert split == Split(0, 0, 0)
        return
    assert_allclose(sum(split), 1)
    assert_allclose(split, variance_split(1000 - 3 * outcomes), atol=1e-9)
    for share, groups in ((split.setting, outcomes), (split.start, outcomes.T)):
        if share > 1 - 1e-9:
            continue  # its F is infinite
        between, within = len(groups) - 1, outcomes.size - len(groups)
        f = stats.f_oneway(*groups).statistic
        assert_allclose(share / (1 - share) * within / between, f, atol=1e-9)


def test_components_are_recovered_and_noise_is_not_explained():
    rng = np.random.default_rng(5)
    setting, start = rng.normal(0, 1, (300, 1)), rng.normal(0, 2, (1, 400))
    noise = rng.normal(0, 3, (300, 400))
    assert_allclose(
        variance_components(setting + start + noise), np.array([1, 4, 9]) / 14, atol=0.04
    )
    small = rng.normal(size=(2000, 4, 5))
    mean = np.mean([variance_split(y) for y in small], axis=0)
    assert_allclose(mean, np.array([3, 4, 12]) / 19, atol=0.01)


@pytest.mark.parametrize("outcomes", [[1, 2, 3], [[1, 2]], [[1], [2]], [[1, inf], [1, 2]]])
def test_a_table_that_cannot_be_split_is_refused(outcomes):
    for split in (variance_split, variance_components):
        with pytest.raises(ValueError, match="two or more settings"):
            split(outcomes)
