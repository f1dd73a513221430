"""The bootstrap over starts: scipy, cases worked by hand, plain loops, and simulation.

Where the truth is known, intervals and verdicts are right as often as they say. Rates are from
1000 simulated comparisons or more, 4000 where nothing else is said: their standard errors are 0.7
and 0.35 % of what is true in 5 %, and 0.6 % of what is true in 80 %.
"""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from runs_by_hand import some_times, times_of
from scipy import optimize, stats

from descent.core.random_streams import philox
from descent.statistics import bootstrap
from descent.statistics.answers import ratio
from descent.statistics.bootstrap import (
    LEAST_SUCCESSES,
    RatioInterval,
    Resampled,
    percentile_interval,
    ratio_interval,
    resample_starts,
    select_again,
    verdict_of,
)

inf, nan = np.inf, np.nan


def outcomes(times, budget=100):
    """Return costs and successes of settings that need these times."""
    success = np.asarray(times) <= budget
    return np.where(success, times, budget).astype(np.int64), success


def plain_resamples(starts, repeats, seed, purpose="bootstrap of starts"):
    """Return the indices of the starts that each resample draws, in the stream's order."""
    drawn = philox(seed, purpose).random((repeats, starts)) * starts
    return [[int(place) for place in row] for row in drawn]


def charged(cost, success):
    """Return the expected running time of one setting from some starts."""
    reached = sum(map(int, success))
    return sum(map(int, cost)) / reached if reached else inf


# ── Resamples ────────────────────────────────────────────────────────────────────────────────


@given(some_times(3, 5))
def test_resamples_are_scores_of_resampled_starts(case):
    cost, success = outcomes(*case)
    found = resample_starts(cost, success, repeats=7, seed=3)
    for i, starts in enumerate(plain_resamples(5, 7, 3)):
        expected = [
            charged(*rows) for rows in zip(cost[:, starts], success[:, starts], strict=True)
        ]
        assert_array_equal(found.resamples[:, i], expected)
    assert_array_equal(found.value, [charged(*rows) for rows in zip(cost, success, strict=True)])
    assert_array_equal(found.successes, success.sum(axis=1))


def test_sums_are_exact_up_to_the_largest_budgets():
    """Doubles hold 100,000 runs of a million iterations, whatever order they are added in."""
    rng = np.random.default_rng(5)
    cost = rng.integers(10**6 - 999, 10**6, (2, 100_000))
    success = rng.random(cost.shape) < 0.5
    found = resample_starts(cost, success, repeats=2, seed=1)
    for i, starts in enumerate(plain_resamples(100_000, 2, 1)):
        for setting in (0, 1):
            whole = sum(cost[setting, starts].tolist())
            assert found.resamples[setting, i] == whole / int(success[setting, starts].sum())


@pytest.mark.parametrize("held", [1, 40, 26, 13 * 7])
def test_blocks_do_not_change_a_bit(monkeypatch, held):
    """Three resamples at a time, or two, or one, which may be too many already."""
    cost, success = outcomes(np.random.default_rng(7).integers(1, 120, (4, 13)))
    methods = {"one": np.arange(2), "two": np.arange(2, 4)}

    def both(seed):
        options = {"repeats": 199, "seed": seed}
        return (
            resample_starts(cost, success, **options).resamples,
            select_again(cost, success, methods, **options),
        )

    whole = both(9)
    monkeypatch.setattr(bootstrap, "DRAWN_AT_ONCE", held)
    for cut, one in zip(both(9), whole, strict=True):
        assert_array_equal(cut, one)
    assert not np.array_equal(both(8)[0], whole[0])


# ── Selecting again ──────────────────────────────────────────────────────────────────────────


@given(some_times(5, 6), st.integers(0, 9))
def test_settings_selected_again_are_those_of_a_plain_loop(case, seed):
    cost, success = outcomes(*case)
    methods = {"one": np.array([3, 4]), "two": np.array([0, 1, 2])}
    found = select_again(cost, success, methods, repeats=6, seed=seed)
    assert found.shape == (2, 6)
    for i, starts in enumerate(plain_resamples(6, 6, seed, "bootstrap that selects")):
        for row, own in zip(found, methods.values(), strict=True):
            best = min(
                own,
                key=lambda s, starts=starts: (
                    charged(cost[s, starts], success[s, starts]),
                    -success[s, starts].sum(),
                    s,
                ),
            )
            assert row[i] == best


def test_what_selects_is_drawn_apart_from_what_scores():
    """Else both halves of a pair of resamples would be the same starts, where they are as many."""
    cost, success = outcomes(np.random.default_rng(2).integers(1, 90, (2, 8)))
    options = {"repeats": 500, "seed": 0}
    winners = select_again(cost, success, {"a": np.arange(2)}, **options)[0]
    best = resample_starts(cost, success, **options).resamples.argmin(axis=0)
    assert 0.1 < (winners == best).mean() < 0.9


def test_a_setting_that_is_best_from_every_start_is_always_selected():
    cost, success = outcomes([[9, 9, 9, 9], [5, 6, 7, 8], [5, 6, 7, inf]])
    assert set(select_again(cost, success, {"a": np.arange(3)}, repeats=99, seed=0)[0]) <= {1, 2}
    cost, success = outcomes([[inf, inf], [inf, inf]])
    assert set(select_again(cost, success, {"a": np.arange(2)}, repeats=9, seed=0)[0]) == {0}


def test_two_settings_that_are_as_good_are_selected_as_often():
    rng = np.random.default_rng(2)
    cost, success = outcomes(rng.geometric(0.02, (2, 400)), 10_000)
    cost[1] = cost[0, ::-1]
    found = select_again(cost, success, {"a": np.arange(2)}, repeats=2000, seed=0)
    assert 0.45 < found.mean() < 0.55


# ── Percentile intervals ─────────────────────────────────────────────────────────────────────


def test_an_interval_ends_at_the_order_statistics_of_its_level():
    # Of 99 the tails of 5 % end at the 5th, those of 20 % at the 20th.
    draws = np.arange(1.0, 100.0)[::-1]
    assert percentile_interval(draws, 0.9) == (5, 95)
    assert percentile_interval(draws, 0.6) == (20, 80)
    assert percentile_interval(draws, 0.0) == (50, 50)
    assert percentile_interval(draws[::-1][:98], 0.9) == (4, 95)  # ⌊99 · 0.05⌋ of 98
    assert percentile_interval(np.arange(1.0, 1000.0)) == (25, 975)
    undefined = np.where(draws <= 5, nan, draws)  # 5 of them, at both ends
    assert percentile_interval(undefined, 0.9) == (0, inf)
    assert percentile_interval(undefined, 0.9, -1.0) == (-1, inf)
    # The 15 lowest are now the 5 undefined and 6 … 15; of the highest, 5 are undefined.
    assert percentile_interval(undefined, 0.7) == (15, 90)
    assert_array_equal(percentile_interval(np.stack([draws, draws + 1]), 0.9), [[5, 6], [95, 96]])


@pytest.mark.parametrize(
    ("repeats", "confidence"), [(999, 0.9), (999, 0.95), (3999, 1 - 0.05 / 14)]
)
def test_an_interval_ends_where_numpys_quantiles_do(repeats, confidence):
    draws = np.random.default_rng(4).random((40, repeats))
    tail = (1.0 - confidence) / 2.0
    # Weibull's plotting positions, i / (R + 1), at or outside of the tails.
    low, high = percentile_interval(draws, confidence)
    for found, share, tie in ((low, tail, np.floor), (high, 1.0 - tail, np.ceil)):
        place = int(tie(round(share * (repeats + 1), 6)))
        assert_array_equal(found, np.sort(draws)[:, place - 1])
        near = np.quantile(draws, share, axis=1, method="weibull")
        assert (np.abs(found - near) < 20 / repeats).all()


@pytest.mark.parametrize(
    ("repeats", "level"), [(38, 0.95), (99, 1.0), (99, -0.5), (99, -0.02), (98, -0.0102)]
)
def test_an_interval_that_cannot_be_is_refused(repeats, level):
    with pytest.raises(ValueError, match=f"{repeats} resamples have no interval"):
        percentile_interval(np.zeros(repeats), level)


def test_thirty_nine_resamples_have_a_95_percent_interval():
    assert percentile_interval(np.arange(39.0)) == (0, 38)


# ── Ratios ───────────────────────────────────────────────────────────────────────────────────


def compared(first, second, budget=100, repeats=9999, confidence=0.95, seed=0):
    """Compare two settings that need these times."""
    cost, success = outcomes([first, second], budget)
    times = resample_starts(cost, success, repeats=repeats, seed=seed)
    return ratio_interval(times, 0, 1, confidence)


def test_a_ratio_and_its_interval_agree_with_scipy():
    rng = np.random.default_rng(2)
    hard = rng.exponential(40, 60)
    first = np.where(rng.random(60) < 0.8, hard + 20, inf).round()
    second = np.where(rng.random(60) < 0.9, hard + 9, inf).round()
    (cost, other), (hit, hit2) = outcomes([first, second], 200)

    def quotient(i, hit, j, hit2, axis):
        return i.sum(axis) / hit.sum(axis) / (j.sum(axis) / hit2.sum(axis))

    data, options = (cost, hit, other, hit2), {"n_resamples": 20_000, "rng": rng}
    theirs = stats.bootstrap(data, quotient, paired=True, method="percentile", **options)
    found = compared(first, second, 200)
    assert_allclose(found.ratio, quotient(*data, axis=-1))
    assert_allclose((found.low, found.high), theirs.confidence_interval, rtol=0.02)
    spread = np.std(np.log(theirs.bootstrap_distribution))
    errors = stats.norm.ppf(0.975) + stats.norm.ppf(0.8)
    assert_allclose(found.detectable, np.exp(errors * spread), rtol=0.02)


@pytest.mark.parametrize("level", [0.9, 0.95, 0.9964])
def test_what_would_have_been_detected_is_so_at_the_intervals_level(level):
    times = np.random.default_rng(0).integers(10, 1000, (2, 25))
    drawn = resample_starts(*outcomes(times, 2000), repeats=999, seed=3)
    spread = np.std(np.log(drawn.resamples[0] / drawn.resamples[1]), ddof=1)
    errors = stats.norm.ppf((1 + level) / 2) + stats.norm.ppf(0.8)
    found = ratio_interval(drawn, 0, 1, level)
    assert_allclose(found.detectable, np.exp(errors * spread), rtol=1e-9)


def test_a_ratio_is_paired():
    """A setting always 7 times as slow on every start is so with certainty."""
    times = np.random.default_rng(0).integers(10, 1000, 25)
    found = compared(7 * times, times, 7000)
    assert_allclose(found, (7, 7, 7, 1), rtol=1e-12)


def test_an_interval_by_hand():
    """Twenty starts like one, so that every resample is the same."""
    assert compared([6] * 20, [9] * 20) == pytest.approx((2 / 3, 2 / 3, 2 / 3, 1))


@pytest.mark.parametrize("missing", [0, 1])
def test_fewer_than_twenty_successes_have_no_interval(missing):
    few, many = [5.0] * (20 - missing) + [inf] * (10 + missing), [3.0] * 30
    for found in (compared(few, many), compared(many, few)):
        assert np.isnan(found[1:]).all() == bool(missing)
        assert np.isfinite(found.ratio)
    assert LEAST_SUCCESSES == 20


def test_without_any_success_there_is_a_ratio_but_no_interval():
    never, some = [inf] * 30, [4.0] * 30
    assert_array_equal(compared(never, never), [nan] * 4)
    assert_array_equal(compared(never, some), [inf, nan, nan, nan])
    assert_array_equal(compared(some, never), [0, nan, nan, nan])


def test_settings_that_are_there_at_once_need_the_same():
    at_once, later = [0] * 20, [3] * 20
    assert compared(at_once, at_once) == (1, 1, 1, 1)
    assert_array_equal(compared(later, at_once), (inf, inf, inf, nan))
    assert_array_equal(compared(at_once, later), (0, 0, 0, nan))


def test_resamples_without_time_have_no_logarithm_but_their_place():
    # A resample misses the only start that takes time with chance 0.36; then the ratio is 0.
    found = compared([0] * 19 + [8], [4] * 20)
    assert (found.low, found.ratio) == (0, 0.1)
    assert np.isfinite(found.detectable)


@given(some_times(2, 4), st.integers(0, 9))
def test_a_comparison_turns_with_its_sides(case, seed):
    # Each start ten times, so that there may be twenty successes.
    cost, success = (np.repeat(rows, 10, axis=1) for rows in outcomes(*case))
    times = resample_starts(cost, success, repeats=39, seed=seed)
    there, back = (ratio_interval(times, *pair, 0.95) for pair in ((0, 1), (1, 0)))
    with np.errstate(divide="ignore"):
        turned = 1 / np.array(back[:3])
    assert_allclose(there[:3], turned[[0, 2, 1]], rtol=1e-12)
    assert_allclose(there.detectable, back.detectable, rtol=1e-9)
    assert np.isnan(there.low) or there.low <= there.high


# ── Verdicts ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [
        (0.5, 0.8, "yes"),
        (0.5, 1.0, "inconclusive"),
        (0.92, 0.99, "equal"),  # the margin goes before the side
        (0.92, 1.09, "equal"),
        (1 / 1.1, 1.1, "equal"),
        (0.9, 1.05, "inconclusive"),
        (0.95, 1.101, "inconclusive"),
        (0.90, 0.99, "yes"),
        (1.0, 1.2, "inconclusive"),
        (1.001, 1.2, "no"),
        (1.001, 1.05, "equal"),
        (3.0, inf, "no"),
        (0.0, 0.0, "yes"),
        (0.0, inf, "inconclusive"),
        (nan, nan, "inconclusive"),
    ],
)
def test_a_verdict_is_read_from_the_interval_alone(low, high, verdict):
    for found in (0.1, 1.0, 9.0):
        assert verdict_of(RatioInterval(found, low, high, 2.0), 0.1) == verdict


def test_a_wider_margin_calls_more_equal():
    interval = RatioInterval(1.2, 0.9, 1.4, 2.0)
    assert [verdict_of(interval, margin) for margin in (0.1, 0.39, 0.41)] == [
        "inconclusive", "inconclusive", "equal",
    ]  # fmt: skip


# ── What they promise, by simulation ─────────────────────────────────────────────────────────


def geometric_runs(rng, shape, mean, rate, budget):
    """Draw costs and successes: some runs never reach, the others at a geometric time."""
    time = rng.geometric(1.0 / mean, shape)
    success = (rng.random(shape) < rate) & (time <= budget)
    return np.where(success, time, budget), success


def true_time(mean, rate, budget):
    """Return the expected running time of such runs: expected cost over the rate of success."""
    k = np.arange(1, budget + 1)
    chance = rate * (1.0 / mean) * (1.0 - 1.0 / mean) ** (k - 1)
    return ((k * chance).sum() + (1.0 - chance.sum()) * budget) / chance.sum()


def simulated(draw, replications=1000, batches=4, repeats=999):
    """Return the lower and upper ends of the intervals of simulated comparisons.

    `draw` maps a generator and a number of replications to costs and successes of two settings,
    each of shape (replications, starts). What follows is `ratio_interval` for all of them at once.
    """
    found = []
    for batch in range(batches):
        (one, hit), (two, hit2) = draw(np.random.default_rng(batch), replications)
        times = resample_starts(
            np.concatenate([one, two]), np.concatenate([hit, hit2]), repeats=repeats, seed=batch
        )
        ratios = ratio(times.resamples[:replications], times.resamples[replications:])
        ends = np.array(percentile_interval(ratios))
        single = ratio_interval(times, 7, replications + 7, 0.95)
        assert_array_equal((single.low, single.high), ends[:, 7])
        few = times.successes.reshape(2, -1).min(axis=0) < LEAST_SUCCESSES
        assert few.mean() < 0.01
        found.append(ends[:, ~few])
    return np.hstack(found)


def geometric_pair(starts, one, two, budget):
    """Return what draws two settings of given mean and rate from the same number of starts."""

    def draw(rng, replications):
        shape = replications, starts
        return [geometric_runs(rng, shape, *of, budget) for of in (one, two)]

    return draw, true_time(*one, budget) / true_time(*two, budget)


def paired_times(starts):
    """Return what draws settings of which one needs what the other does, and as much again."""

    def draw(rng, replications):
        shared, more = rng.geometric(0.02, (2, replications, starts))
        reached = np.ones(shared.shape, bool)
        return [(shared + more, reached), (shared, reached)]

    return draw, 2.0


def rate_of(verdict, ends, margin=0.1):
    """Return the share of intervals of which a verdict is read."""
    return np.mean(
        [verdict_of(RatioInterval(1.0, *pair, 2.0), margin) == verdict for pair in ends.T]
    )


def coverage(ends, truth):
    """Return the share of intervals that hold the truth."""
    return ((ends[0] <= truth) & (truth <= ends[1])).mean()


SIMULATED = {
    "32 successes": geometric_pair(40, (30, 0.8), (30, 0.8), 100),
    "many, and different": geometric_pair(64, (50, 0.6), (40, 0.8), 200),
    "more failures than successes": geometric_pair(200, (50, 0.3), (40, 0.5), 100),
    "one in twenty": geometric_pair(900, (50, 0.3), (40, 0.05), 100),
    "the same difficulty": paired_times(80),
}


@pytest.mark.parametrize("name", SIMULATED)
def test_an_interval_covers_the_truth_as_often_as_it_says(name):
    draw, truth = SIMULATED[name]
    assert 0.93 <= coverage(simulated(draw), truth) <= 0.97


def test_equals_are_seldom_called_faster_or_slower():
    draw, truth = geometric_pair(100, (60, 0.8), (60, 0.8), 200)
    assert truth == 1
    found = simulated(draw)
    assert rate_of("yes", found) <= 0.05
    assert rate_of("no", found) <= 0.05
    assert rate_of("inconclusive", found) >= 0.9


def test_the_detectable_ratio_is_told_from_1_with_a_power_of_80_percent():
    budget, starts, slow = 200, 300, (60.0, 0.95)
    (cost, success), _ = geometric_pair(starts, slow, slow, budget)[0](
        np.random.default_rng(9), 200
    )
    times = resample_starts(cost, success, repeats=999, seed=9)
    pairs = [ratio_interval(times, i, i + 100, 0.95).detectable for i in range(100)]
    detectable = np.median(pairs)

    def excess(mean):
        return true_time(*slow, budget) / true_time(mean, slow[1], budget) - detectable

    quick = optimize.brentq(excess, 2.0, slow[0])
    draw, truth = geometric_pair(starts, (quick, slow[1]), slow, budget)
    assert truth == pytest.approx(1 / detectable)
    assert 0.75 <= rate_of("yes", simulated(draw)) <= 0.85


@pytest.mark.parametrize("truth", [1.1, 1 / 1.1])
def test_what_is_not_equal_within_the_margin_is_seldom_called_so(truth):
    """At the very margin, from enough starts that equals are mostly called equal."""

    def pair(of):
        def draw(rng, replications):
            times = rng.gamma(4.0, 250.0, (2, replications, 600)).round().astype(int) + 1
            reached = np.ones(times[0].shape, bool)
            return [((times[0] * of).round().astype(int), reached), (times[1], reached)]

        return draw

    assert rate_of("equal", simulated(pair(truth), batches=1)) <= 0.05
    assert rate_of("equal", simulated(pair(1.0), batches=1)) >= 0.7


def test_failures_too_rare_to_be_seen_are_beyond_every_interval():
    """The limit of what is promised: one start in 200 fails, and costs 300 times a success."""
    draw, truth = geometric_pair(100, (30, 0.995), (30, 1.0), 10_000)
    assert coverage(simulated(draw, batches=1), truth) < 0.6


def test_times_given_as_whole_numbers_or_floats_are_the_same():
    times = times_of([[3, 7, inf], [1, inf, 2]])
    assert_array_equal(outcomes(times)[0], [[3, 7, 100], [1, 100, 2]])
    found = [
        resample_starts(cost, success, repeats=9, seed=0).resamples
        for cost, success in (outcomes(times), outcomes([[3, 7, inf], [1, inf, 2]]))
    ]
    assert_array_equal(*found)


def test_a_resample_has_as_many_values_as_repeats():
    cost, success = outcomes([[1, 2], [3, inf]])
    found = resample_starts(cost, success, repeats=57, seed=0)
    assert isinstance(found, Resampled)
    assert (found.resamples.shape, found.value.tolist()) == ((2, 57), [1.5, 103.0])
