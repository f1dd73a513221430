"""The bootstrap over starts: scipy, cases worked by hand, coverage, and properties."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from runs_by_hand import runs_of, some_runs, two_settings
from scipy import stats

from descent.core.random_streams import philox
from descent.statistics import bootstrap
from descent.statistics.bootstrap import (
    Resampled,
    paired_interval,
    percentile_interval,
    resample_starts,
)
from descent.statistics.running_times import Runs, expected_running_time, success_rate

inf = np.inf


def both_of(*settings):
    """Return several settings' runs as one, each row a setting."""
    return Runs(
        np.array([runs.iterations for runs in settings]),
        np.array([runs.reached for runs in settings]),
    )


def ratio_of(first, second, seed=0, **options):
    """Compare the expected running times of two settings."""
    times, _ = resample_starts(both_of(first, second), seed=seed, **options)
    return paired_interval(times.at(0), times.at(1))


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
    times, rates = resample_starts(both_of(first, second), seed=5)
    found = paired_interval(times.at(0), times.at(1))
    assert_allclose((found.low, found.high), scipys(ratio, *data), rtol=0.02)
    assert_allclose(found.estimate, ratio(*data, axis=-1))
    rise = paired_interval(rates.at(0), rates.at(1), "difference")
    expected = scipys(lambda a, b, axis: a.mean(axis) - b.mean(axis), data[1], data[3])
    assert_allclose((rise.low, rise.high), expected, atol=1e-12)  # of shares of 60: on a step
    alone = percentile_interval(times.resamples)
    expected = scipys(lambda i, hit, axis: i.sum(axis) / hit.sum(axis), *data[:2])
    assert_allclose((alone[0][0], alone[1][0]), expected, rtol=0.02)


@given(some_runs(3, 5))
def test_resamples_are_scores_of_resampled_starts(runs):
    """Every resample's sums are those of some starts, drawn as often as there are starts."""
    times, rates = resample_starts(runs, seed=3, repeats=7)
    drawn = (philox(3, "bootstrap of starts").random((7, 5)) * 5).astype(int)
    for i, starts in enumerate(drawn):
        expected = Runs(runs.iterations[:, starts], runs.reached[:, starts])
        assert_array_equal(times.resamples[:, i], expected_running_time(expected))
        assert_array_equal(rates.resamples[:, i], success_rate(expected))
    assert_array_equal(times.value, expected_running_time(runs))
    assert_array_equal(rates.value, success_rate(runs))


def test_bootstrap_is_paired():
    """A setting always 7 slower on every start is 7 slower with certainty."""
    times = np.random.default_rng(0).integers(10, 1000, 25)
    times, _ = resample_starts(both_of(runs_of(times + 7), runs_of(times)), seed=1)
    found = paired_interval(times.at(0), times.at(1), "difference")
    assert_allclose(found, (7, 7, 7), rtol=1e-12)


def test_an_interval_ends_at_the_order_statistics_of_its_level():
    draws = np.arange(1.0, 100.0)[
        ::-1
    ]  # 99: the 5 % tails end at the 5th, those of 20 % at the 20th
    assert percentile_interval(draws, 0.9) == (5, 95)
    assert percentile_interval(draws, 0.6) == (20, 80)
    assert percentile_interval(draws, 0.0) == (50, 50)
    assert percentile_interval(draws[::-1][:98], 0.9) == (4, 95)  # ⌊99 · 0.05⌋ of 98
    assert percentile_interval(np.arange(1.0, 1000.0)) == (25, 975)
    undefined = np.where(draws <= 5, np.nan, draws)  # 5 of them, at both ends
    assert percentile_interval(undefined, 0.9) == (0, inf)
    assert percentile_interval(undefined, 0.9, -1.0) == (-1, inf)
    # The 15 lowest are now the 5 undefined and 6 … 15; of the highest, 5 are undefined.
    assert percentile_interval(undefined, 0.7) == (15, 90)
    assert_array_equal(percentile_interval(np.stack([draws, draws + 1]), 0.9), [[5, 6], [95, 96]])


def test_an_interval_ends_where_sorted_draws_end():
    draws = np.random.default_rng(4).random((40, 999))
    low, high = percentile_interval(draws, 0.9)
    assert_array_equal(low, np.sort(draws)[:, 49])
    assert_array_equal(high, np.sort(draws)[:, 949])


def test_there_are_9999_resamples_of_each_setting():
    times, rates = resample_starts(both_of(runs_of([1, 2]), runs_of([3, inf])), seed=0)
    assert times.resamples.shape == rates.resamples.shape == (2, 9999)


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
    times, rates = resample_starts(both_of(first, second), seed=0)
    found = paired_interval(times.at(0), times.at(1))
    assert_allclose(found.estimate, 103 / 105)
    assert (found.low, found.high) == (0, inf)
    difference = paired_interval(times.at(0), times.at(1), "difference")
    assert (difference.estimate, difference.low, difference.high) == (-2, -inf, inf)
    assert paired_interval(rates.at(0), rates.at(1), "difference") == (0, 0, 0)


def test_where_neither_reaches_there_is_no_comparison():
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
def test_a_comparison_turns_with_its_sides(pair, kind):
    for estimates in resample_starts(both_of(*pair), seed=1, repeats=39):
        there = paired_interval(estimates.at(0), estimates.at(1), kind)
        back = paired_interval(estimates.at(1), estimates.at(0), kind)
        if np.isnan(there).any():
            assert_array_equal(there, [np.nan] * 3)
            assert_array_equal(back, [np.nan] * 3)
            continue
        assert there.low <= there.high
        with np.errstate(divide="ignore"):
            turned = 1 / np.array(back) if kind == "ratio" else -np.array(back)
        assert_allclose(there, turned[[0, 2, 1]], rtol=1e-12)


def test_resamples_do_not_depend_on_the_blocks_they_are_held_in(monkeypatch):
    runs = runs_of(np.random.default_rng(7).integers(1, 99, (2, 13)))
    whole, _ = resample_starts(runs, seed=9, repeats=199)
    for held in (40, 13, 5):  # three resamples at a time, or one, which may be too many already
        monkeypatch.setattr(bootstrap, "RUNS_AT_ONCE", held)
        again, _ = resample_starts(runs, seed=9, repeats=199)
        assert_array_equal(again.resamples, whole.resamples)
    other, _ = resample_starts(runs, seed=8, repeats=199)
    assert not np.array_equal(other.resamples, whole.resamples)


@pytest.mark.parametrize(
    ("repeats", "level"), [(38, 0.95), (99, 1.0), (99, -0.5), (99, -0.02), (98, -0.0102)]
)
def test_an_interval_that_cannot_be_is_refused(repeats, level):
    with pytest.raises(ValueError, match=f"{repeats} resamples have no interval"):
        percentile_interval(np.zeros(repeats), level)


def test_thirty_nine_resamples_have_a_95_percent_interval():
    estimate = Resampled(np.float64(2.0), np.full(39, 2.0))
    assert paired_interval(estimate, estimate) == (1, 1, 1)
