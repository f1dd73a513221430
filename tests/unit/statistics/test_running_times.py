"""Running times and criteria: cases worked by hand, fractions, NumPy, simulation, properties."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from runs_by_hand import NEVER, score_by_hand, some_times, times_of

from descent.core.criteria import CRITERIA
from descent.statistics.running_times import (
    mixture_scores,
    never_of,
    quantiles,
    ranks,
    scores,
    times_within,
)

inf = np.inf


def runs_of(times, budget=100):
    """Return running times of a table given by hand."""
    return times_within(times_of(times), budget)


# ── Sums ─────────────────────────────────────────────────────────────────────────────────────


def test_sums_by_hand():
    runs = runs_of([[0, 5, 20, 21, inf], [1, 2, 3, 4, 5], [inf] * 5], budget=20)
    assert_array_equal(runs.successes, [3, 5, 0])
    assert_array_equal(runs.failures, [2, 0, 5])
    assert_array_equal(runs.spent, [25, 15, 0])
    assert_array_equal(runs.charged_cost, [25 + 2 * 20, 15, 5 * 20])
    assert_array_equal(runs.penalised_cost, [25 + 2 * 200, 15, 5 * 200])


def test_runs_of_some_settings():
    runs = runs_of([[1, 2], [3, inf], [5, 6]])
    some = runs.at(np.array([2, 1]))
    assert_array_equal(some.times, [[5, 6], [3, NEVER]])
    assert_array_equal(some.charged_cost, [11, 103])
    assert some.budget == 100
    assert_array_equal(runs.at(slice(1)).successes, [2])


def test_sums_of_narrow_numbers_do_not_overflow():
    runs = times_within(np.full((1, 300), 30_000, np.int16), 30_000)
    assert runs.charged_cost.tolist() == [9_000_000]
    runs = times_within(np.full((1, 3000), 10**6, np.int32), 10**6 - 1)
    assert runs.penalised_cost.tolist() == [3000 * 10 * (10**6 - 1)]


def test_never_is_the_largest_number():
    assert [never_of(np.dtype(kind)) for kind in ("int16", "int32")] == [2**15 - 1, 2**31 - 1]


@pytest.mark.parametrize(
    ("times", "budget", "message"),
    [
        (np.zeros(3, np.int16), 5, r"shape \(3,\), not \(settings, starts\)"),
        (np.zeros((2, 0), np.int16), 5, r"shape \(2, 0\), not"),
        (np.zeros((2, 3), np.int16), NEVER, "budget 32767 is beyond what int16 can hold"),
        (np.zeros((2, 3), np.int16), -1, "budget -1 is beyond"),
    ],
)
def test_what_are_no_times_within_a_budget_is_refused(times, budget, message):
    with pytest.raises(ValueError, match=message):
        times_within(times, budget)


def test_the_largest_budget_that_can_be_told_from_never():
    runs = times_within(np.array([[NEVER - 1, NEVER]], np.int16), NEVER - 1)
    assert runs.successes.tolist() == [1]


# ── Criteria ─────────────────────────────────────────────────────────────────────────────────


def test_criteria_by_hand():
    runs = runs_of([[4, 10, 16, inf], [0, 0, 0, 0], [inf] * 4, [7, inf, inf, inf]], budget=20)
    assert_array_equal(scores(runs, "charged"), [50 / 3, 0, inf, 67])
    assert_array_equal(scores(runs, "par10"), [230 / 4, 0, inf, 607 / 4])
    assert_array_equal(scores(runs, "median"), [10, 0, inf, inf])


@given(some_times(ascending=True))
def test_criteria_are_those_of_the_definitions(case):
    times, budget = case
    runs = times_within(times, budget)
    for criterion in CRITERIA:
        expected = [float(score_by_hand(row, budget, criterion)) for row in times]
        assert_array_equal(scores(runs, criterion), expected)


def test_charged_is_what_restarting_costs():
    """Simulated independently: draw starts until one reaches, and add up what was spent."""
    times, budget = np.array([5, 9, inf, inf, 14, inf]), 40
    draws = times[np.random.default_rng(3).integers(0, 6, 300_000)]
    last = np.flatnonzero(np.isfinite(draws))[-1]
    spent = np.where(np.isfinite(draws), draws, budget)[: last + 1].sum()
    restarted = spent / np.isfinite(draws).sum()
    assert_allclose(restarted, scores(runs_of([np.sort(times)], budget), "charged")[0], rtol=0.01)


def test_what_charges_a_failure_its_budget_prefers_the_sure_setting():
    """A setting that blows up at once from most starts does not win by it."""
    lucky, sure = [5, inf, inf, inf], [30, 30, 30, 30]
    assert_array_equal(scores(runs_of([lucky, sure]), "charged"), [305, 30])
    assert_array_equal(scores(runs_of([lucky, sure]), "par10"), [3005 / 4, 30])


def test_an_unknown_criterion_is_refused():
    with pytest.raises(ValueError, match="'mean' must be one of charged, par10, median"):
        scores(runs_of([[1]]), "mean")


# ── Mixtures ─────────────────────────────────────────────────────────────────────────────────


def test_scores_of_mixtures_by_hand():
    runs = runs_of([[2, 4, 6, inf], [1, inf, inf, inf], [inf] * 4], budget=10)
    weights = np.array([[1.0, 0, 0], [0, 0, 1], [0.5, 0.5, 0], [0.5, 0, 0.5]])
    # Costs 22, 31 and 40 of 3, 1 and 0 successes; with ten budgets 112, 301 and 400.
    charged = [22 / 3, inf, (22 + 31) / 4, (22 + 40) / 3]
    par10 = [112 / 4, inf, (112 + 301) / 8, (112 + 400) / 8]
    # Of 1, 2, 4, 6 and four times never the fourth; 2, 4, 6 and five times never have none.
    median = [4, inf, 6, inf]
    assert_allclose(mixture_scores(runs, weights, "charged"), charged, rtol=1e-15)
    assert_allclose(mixture_scores(runs, weights, "par10"), par10, rtol=1e-15)
    assert_array_equal(mixture_scores(runs, weights, "median"), median)


@given(some_times(ascending=True), st.data())
def test_mixtures_are_pots_of_runs(case, data):
    """Weights that are whole numbers over their sum: so many copies of each setting's runs."""
    times, budget = case
    copies = data.draw(st.lists(st.integers(0, 4), min_size=len(times), max_size=len(times)))
    if not sum(copies):
        return
    runs, weights = times_within(times, budget), np.array([copies]) / sum(copies)
    pot = np.repeat(times, copies, axis=0).ravel()
    for criterion in CRITERIA:
        expected = float(score_by_hand(pot, budget, criterion))
        assert_allclose(mixture_scores(runs, weights, criterion)[0], expected, rtol=1e-13)


@given(some_times(ascending=True))
def test_a_mixture_of_one_setting_is_that_setting(case):
    times, budget = case
    runs = times_within(times, budget)
    for criterion in CRITERIA:
        found = mixture_scores(runs, np.eye(len(times)), criterion)
        assert_array_equal(found, scores(runs, criterion))


def test_a_median_of_a_mixture_may_be_the_last_time_within_the_budget():
    runs = runs_of([[0, 9], [9, inf]], budget=9)
    weights = np.array([[1.0, 0.0], [0.5, 0.5], [0.0, 1.0]])
    assert_array_equal(mixture_scores(runs, weights, "median"), [0, 9, 9])
    assert_array_equal(mixture_scores(runs_of([[0], [inf]], 0), weights, "median"), [0, 0, inf])


def test_half_of_the_weight_is_half_though_it_is_rounded():
    # Ten settings of 0.1 each, five of which are there at once: 0.1 added five times is 0.5.
    runs = runs_of([[0]] * 5 + [[8]] * 5)
    assert mixture_scores(runs, np.full((1, 10), 0.1), "median").tolist() == [0]
    third = runs_of([[0]] * 3 + [[8]] * 3)
    assert mixture_scores(third, np.full((1, 6), 1 / 6), "median").tolist() == [0]


# ── Quantiles ────────────────────────────────────────────────────────────────────────────────


def test_quartiles_count_unreached_runs_as_longest():
    runs = runs_of([[10, 20, 30, 40], [10, 20, 101, inf], [5, inf, inf, inf], [inf] * 4])
    assert_array_equal(
        quantiles(runs).T, [[10, 20, 30], [10, 20, inf], [5, inf, inf], [inf, inf, inf]]
    )


def test_a_quantile_on_a_step_does_not_slip_by_rounding():
    runs = runs_of([np.arange(1, 101)])
    shares = np.arange(1, 101) / 100  # 0.07 * 100 > 7 and 0.57 * 100 < 57 in doubles
    assert_array_equal(quantiles(runs, shares)[:, 0], np.arange(1, 101))


@given(
    some_times(ascending=True),
    st.lists(st.sampled_from([0.05, 0.25, 0.4, 0.5, 0.75, 1.0]), min_size=1),
)
def test_quantiles_are_the_inverse_of_the_distribution(case, shares):
    """The definition itself: enough runs are within the quantile, and too few are before it."""
    times, budget = case
    known = np.where(times <= budget, times, inf)
    for q, found in zip(shares, quantiles(times_within(times, budget), shares), strict=True):
        assert ((known <= found[:, np.newaxis]).mean(axis=1) >= q - 1e-12).all()
        assert ((known < found[:, np.newaxis]).mean(axis=1) < q).all()


def test_quantiles_agree_with_numpy_where_all_reach():
    times = np.random.default_rng(0).integers(0, 99, (5, 37))
    shares = [0.1, 0.25, 0.5, 0.9]
    expected = np.quantile(times, shares, axis=1, method="inverted_cdf")
    assert_array_equal(quantiles(runs_of(np.sort(times)), shares), expected)


@pytest.mark.parametrize("share", [0.0, -0.1, 1.1, np.nan])
def test_a_share_out_of_range_is_refused(share):
    with pytest.raises(ValueError, match="shares"):
        quantiles(runs_of([[1, 2]]), [0.5, share])


def test_ranks_are_those_of_quantiles():
    assert_array_equal(ranks(8, (0.25, 0.5, 0.75, 1.0)), [1, 3, 5, 7])
    assert_array_equal(ranks(1, (0.25, 0.5, 0.75)), [0, 0, 0])
    assert_array_equal(ranks(5, (1e-12, 0.2, 0.2 + 1e-6)), [0, 0, 1])
