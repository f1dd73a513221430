"""Answers under single protocols: against fractions, with every draw of settings written out."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from runs_by_hand import (
    answer_by_hand,
    merit_by_hand,
    ranking_by_hand,
    some_times,
    times_of,
)

from descent.core.criteria import CRITERIA
from descent.statistics.answers import (
    SPLITS,
    Draws,
    Protocol,
    answer,
    draws_of,
    method_scores,
    rank_methods,
    rank_settings,
    ratio,
    ratio_over_draws,
    sorted_halves,
)
from descent.statistics.running_times import times_within

inf, nan = np.inf, np.nan


def protocol(budget=100, criterion="charged", trials=0, split="first"):
    return Protocol(1e-3, 1, budget, criterion, trials, split)


@st.composite
def some_questions(draw):
    """Draw hitting times of two methods' settings, and a protocol."""
    numbers = draw(st.tuples(st.integers(1, 4), st.integers(1, 4)))
    starts = draw(st.integers(2, 7))
    times, budget = draw(some_times(sum(numbers), starts))
    places = np.arange(sum(numbers))
    # The methods' settings need not lie side by side.
    places = np.array(draw(st.permutations(places)))
    methods = {"one": np.sort(places[: numbers[0]]), "two": np.sort(places[numbers[0] :])}
    criterion, split = draw(st.sampled_from(CRITERIA)), draw(st.sampled_from(SPLITS))
    return times, methods, protocol(budget, criterion, draw(st.integers(0, 6)), split)


# ── A single protocol ────────────────────────────────────────────────────────────────────────


@given(some_questions())
def test_an_answer_is_the_one_of_all_draws(question):
    """So are 0 and more than a method has, both of which are all, and halves of odd numbers."""
    found, expected = answer(*question), answer_by_hand(*question)
    assert_allclose(found, [float(score) for score in expected], rtol=1e-12)
    if question[2].criterion == "median":
        assert_array_equal(found, expected)


def test_an_answer_worked_with_pandas():
    """Seven starts: three that select, four that score."""
    table = pd.DataFrame(
        {
            "setting": np.repeat([0, 1, 2], 7),
            "start": np.tile(np.arange(7), 3),
            "time": [2, 9, inf, 4, inf, 6, inf, 5, 5, 6, 1, 30, 31, 2, inf, inf, inf, 1, 1, 1, 1],
        }
    )
    times = times_of(table["time"]).reshape(3, 7)
    table["half"] = np.where(table["start"] < 3, "first", "second")
    table["reached"] = table["time"] <= 30
    table["cost"] = table["time"].where(table["reached"], 30)
    sums = table.groupby(["half", "setting"])[["cost", "reached"]].sum()
    tuning = sums.loc["first", "cost"] / sums.loc["first", "reached"]
    assert tuning.tolist() == [41 / 2, 16 / 3, inf]
    selected = tuning.idxmin()
    cost, reached = sums.loc[("second", selected)]
    methods = {"any": np.arange(3)}
    assert answer(times, methods, protocol(30)).tolist() == [cost / reached] == [63 / 3]
    # Of two at random: the best is drawn in two pairs of three, else the one in the middle.
    both = (2 * sums.loc[("second", 1)] + sums.loc[("second", 0)]) / 3
    expected = both["cost"] / both["reached"]
    assert_allclose(answer(times, methods, protocol(30, trials=2)), [expected], rtol=1e-15)
    # The other half selects the last setting, which never reaches on the first three starts.
    assert answer(times, methods, protocol(30, split="second")).tolist() == [inf]


def test_the_half_that_selects_is_told_by_the_split():
    # The first setting is better on the first two starts, the second on the other three.
    times, methods = times_of([[1, 1, 9, 9, 9], [5, 5, 2, 2, 2]]), {"any": np.arange(2)}
    assert answer(times, methods, protocol()).tolist() == [9]
    assert answer(times, methods, protocol(split="second")).tolist() == [5]
    first, second = sorted_halves(times)
    assert (first.shape, second.shape) == ((2, 2), (2, 3))


def test_all_are_tried_by_0_and_by_more_than_there_are():
    times = np.random.default_rng(2).integers(0, 40, (6, 9)).astype(np.int16)
    methods = {"few": np.arange(2), "many": np.arange(2, 6)}
    every, few, four = (answer(times, methods, protocol(30, trials=k)) for k in (0, 2, 4))
    assert every[0] == few[0] == four[0]
    assert every[1] == four[1] != few[1]


# ── What an answer depends on, and on what not ───────────────────────────────────────────────


@given(some_questions())
def test_a_score_is_infinite_where_nothing_that_may_be_selected_reaches(question):
    times, methods, asked = question
    middle = times.shape[1] // 2
    halves = (times[:, :middle], times[:, middle:])
    selecting, scoring = halves if asked.split == "first" else halves[::-1]
    for score, own in zip(answer(*question), methods.values(), strict=True):
        ranking = ranking_by_hand(selecting[own], asked.budget, asked.criterion)
        tried = min(asked.trials, len(own)) if asked.trials else len(own)
        # The last k - 1 in rank are never the best of k.
        selectable = own[ranking[: len(own) - tried + 1]]
        reaches = scoring[selectable] <= asked.budget
        if asked.criterion != "median":
            assert np.isfinite(score) == reaches.any()
        elif not reaches.any():
            assert score == inf


@given(some_questions())
def test_methods_keep_their_order_and_do_not_see_each_other(question):
    times, methods, asked = question
    found = answer(times, methods, asked)
    assert_array_equal(answer(times, dict(reversed(methods.items())), asked), found[::-1])
    for score, (name, own) in zip(found, methods.items(), strict=True):
        assert answer(times, {name: own}, asked).tolist() == [score]


@given(some_questions(), st.randoms(use_true_random=False))
def test_only_settings_that_tie_depend_on_their_order(question, random):
    """Settings in any order have the same scores, if those that select alike also score alike."""
    times, methods, asked = question
    middle = times.shape[1] // 2
    half = slice(middle) if asked.split == "first" else slice(middle, None)
    seen = {}  # what selects → the first row of which it is
    merits = [merit_by_hand(row[half], asked.budget, asked.criterion) for row in times]
    like = np.array([seen.setdefault(*pair) for pair in zip(merits, times, strict=True)])
    shuffled = like.copy()
    for own in methods.values():
        order = own.tolist()
        random.shuffle(order)
        shuffled[own] = like[order]
    found = answer(shuffled, methods, asked)
    assert_allclose(found, answer(like, methods, asked), rtol=1e-12)


@given(some_questions(), st.randoms(use_true_random=False))
def test_starts_of_a_half_may_change_their_places(question, random):
    times = question[0]
    middle = times.shape[1] // 2
    first, second = [*range(middle)], [*range(middle, times.shape[1])]
    random.shuffle(first)
    random.shuffle(second)
    assert_array_equal(answer(times[:, first + second], *question[1:]), answer(*question))


@given(some_questions())
def test_time_has_no_unit(question):
    times, methods, asked = question
    never = np.iinfo(times.dtype).max
    slower = np.where(times == never, never, times * 7)
    found = answer(slower, methods, asked._replace(budget=asked.budget * 7))
    assert_allclose(found, 7 * answer(*question), rtol=1e-13)


def test_several_numbers_of_trials_at_once_are_those_of_each():
    times = np.random.default_rng(4).integers(0, 50, (9, 12)).astype(np.int16)
    methods = {"a": np.arange(4), "b": np.arange(4, 9)}
    halves = [times_within(half, 40) for half in sorted_halves(times)]
    for criterion in CRITERIA:
        found = method_scores(*halves, methods, criterion, [1, 3, 99, 0])
        assert found.shape == (4, 2)
        for row, trials in zip(found, [1, 3, 99, 0], strict=True):
            assert_array_equal(row, answer(times, methods, protocol(40, criterion, trials)))


# ── Ranks and ratios ─────────────────────────────────────────────────────────────────────────


def test_settings_rank_by_score_then_success_then_median_then_order():
    runs = times_within(
        times_of(
            [
                [inf] * 4,  # never
                [12, 12, 12, 12],  # 12; all, median 12
                [1, 3, inf, inf],  # (4 + 2 · 10) / 2 = 12, half
                [2, 2, 22, 22],  # 12; all, median 2
                [2, 2, 22, 22],  # the same
                [8, inf, inf, inf],  # 38 / 1
                [11, 11, 11, 11],  # 11
            ]
        ),
        22,
    )
    # With a budget of 22 the third is (4 + 44) / 2 = 24.
    assert_array_equal(rank_settings(runs, "charged"), [6, 3, 4, 1, 2, 5, 0])
    assert_array_equal(rank_settings(runs._replace(budget=10), "charged")[:5], [6, 3, 4, 1, 2])


def test_among_equals_the_median_counts_and_not_another_quartile():
    runs = times_within(times_of([[1, 15, 16, 16], [12, 12, 12, 12]]), 100)
    assert_array_equal(rank_settings(runs, "charged"), [1, 0])
    assert_array_equal(rank_settings(runs, "par10"), [1, 0])


@given(some_times(ascending=True), st.sampled_from(CRITERIA))
def test_a_ranking_is_the_one_of_the_definition(case, criterion):
    times, budget = case
    found = rank_settings(times_within(times, budget), criterion)
    assert found.tolist() == ranking_by_hand(times, budget, criterion)


def test_the_winner_is_cursed():
    """Among settings that are all alike, tuning flatters and the score on other starts does not."""
    times = np.random.default_rng(0).geometric(0.02, (500, 40))
    tuned, fresh = (times_within(np.sort(half), 1000) for half in (times[:, :20], times[:, 20:]))
    selected = rank_settings(tuned, "charged")[0]
    assert tuned.spent[selected] / 20 < 30
    assert 35 < fresh.spent[selected] / 20 < 75  # the truth is 50


def test_ranks_of_methods_by_hand():
    found = rank_methods(np.array([[3.0, 1.0, inf, 3.0, 9.0], [inf] * 5, [0.0, 0, 0, 1, 1]]))
    assert_array_equal(found, [[2, 1, nan, 2, 4], [nan] * 5, [1, 1, 1, 4, 4]])


def test_ratios_by_hand():
    first, second = (
        np.array([2.0, 0, 0, 3, inf, 3, inf, 0]),
        np.array([4.0, 0, 3, 0, 3, inf, inf, inf]),
    )
    assert_array_equal(ratio(first, second), [0.5, 1, 0, inf, inf, 0, nan, 0])


@pytest.mark.parametrize(("times", "scored"), [([3, 4], 4), ([3, 4, 6], 5)])
def test_the_fewest_starts_that_can_be_halved(times, scored):
    assert answer(times_of([times]), {"one": np.array([0])}, protocol()).tolist() == [scored]


def test_a_single_start_cannot_be_halved():
    with pytest.raises(ValueError, match=r"shape \(1, 0\)"):
        answer(times_of([[3]]), {"one": np.array([0])}, protocol())


# ── Draws of settings ────────────────────────────────────────────────────────────────────────


@given(some_questions())
def test_an_answer_is_that_of_the_mixture_of_all_draws(question):
    times, methods, protocol = question
    halves = [times_within(half, protocol.budget) for half in sorted_halves(times)]
    selecting, scoring = halves if protocol.split == "first" else halves[::-1]
    drawn = draws_of(selecting, scoring, methods, "par10", protocol.trials)
    scores = method_scores(selecting, scoring, methods, "par10", [protocol.trials])[0]
    for one, score in zip(drawn, scores, strict=True):
        assert_allclose(one.probability.sum(), 1.0)
        drawn_scores = one.score[one.probability > 0]
        if np.isfinite(drawn_scores).all():
            mean = drawn_scores @ one.probability[one.probability > 0]
            assert mean == pytest.approx(score)


def test_a_ratio_over_draws_by_hand():
    one = Draws(np.array([1.0, 4.0]), np.array([0.75, 0.25]))
    other = Draws(np.array([2.0, 4.0, inf]), np.array([0.5, 0.25, 0.25]))
    # 1/2 in 3/8, 1/4 in 3/16, 0 in 3/16; 2 in 1/8, 1 in 1/16, 0 in 1/16.
    assert ratio_over_draws([(one, other)]) == pytest.approx((0.0, 2.0, 13 / 16, 1 / 8))
    assert ratio_over_draws([(other, one)]) == pytest.approx((0.5, inf, 1 / 8, 13 / 16))
    twice = ratio_over_draws([(one, other), (other, one)])
    assert twice == pytest.approx((0.0, inf, 15 / 32, 15 / 32))


def test_draws_that_decide_nothing_do_not_count():
    never = Draws(np.array([inf, 3.0]), np.array([0.5, 0.5]))
    found = ratio_over_draws([(never, never)])  # undecided in 1/4
    assert found == pytest.approx((0.0, inf, 1 / 3, 1 / 3))
    certain = Draws(np.array([3.0, inf]), np.array([1.0, 0.0]))
    assert ratio_over_draws([(certain, certain)]) == (1.0, 1.0, 0.0, 0.0)
    unknown = Draws(np.array([inf]), np.array([1.0]))
    assert np.isnan(ratio_over_draws([(unknown, unknown)])).all()


def test_ends_of_draws_leave_one_in_forty_outside():
    many = Draws(np.arange(1.0, 101.0), np.full(100, 1 / 100))
    found = ratio_over_draws([(many, Draws(np.array([1.0]), np.array([1.0])))])
    assert (found.low, found.high) == (3.0, 98.0)
