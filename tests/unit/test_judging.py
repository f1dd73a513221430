"""The tables of a comparison: worked by hand, against scipy, and what they must not depend on."""

import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy import stats

from descent.study import comparison as judging
from descent.statistics.comparison import Runs, score
from descent.study.comparison import SweptRuns, compare, facts_of, gather_runs, held_out
from descent.core.statuses import OUTCOMES
from descent.tables.schemas import (
    BUDGETS,
    CHOICES,
    CONTRASTS,
    IN_ORDER,
    NETWORK_SWEEP,
    OBJECTIVE_SWEEP,
    ROSENBROCK_SWEEP,
    SETTINGS,
    VARIANCE,
    read,
    read_groups,
    write,
)

TABLES = {
    "settings": SETTINGS,
    "choices": CHOICES,
    "contrasts": CONTRASTS,
    "budgets": BUDGETS,
    "variance": VARIANCE,
}
REACHED, DIVERGED, BUDGET = (OUTCOMES.index(name) for name in ("reached", "diverged", "budget"))
nan = np.nan


def swept(methods, times, tuning, problem="valley", spent=100, status=None, test_accuracy=None):
    """Return runs that needed these times; a failure spent the budget."""
    times = np.array(times, float)
    count = len(methods)
    parameters = {name: np.full(count, nan) for name in IN_ORDER[1:]}
    settings = {
        "method": np.array(methods),
        **parameters,
        "learning_rate": np.arange(1.0, count + 1),
        "momentum": np.zeros(count),
    }
    if status is None:
        status = np.where(np.isfinite(times), REACHED, BUDGET)
    return SweptRuns(
        problem,
        100,
        settings,
        np.arange(times.shape[1]),
        np.array(tuning, bool),
        np.where(np.isfinite(times), times, spent).astype(int),
        np.asarray(status, np.int8),
        test_accuracy=test_accuracy,
    )


def rows_of(columns):
    """Return a table's rows as dictionaries of plain values."""
    names = list(columns)
    return [dict(zip(names, row, strict=True)) for row in zip(*columns.values(), strict=True)]


never = np.inf
# Two starts to tune on, four to judge by.
CASE = swept(
    ["adam", "gradient_descent", "gradient_descent"],
    [
        [8, 4, 10, 20, never, 40],
        [30, 10, 60, 30, 30, never],
        [20, 40, 1, 1, 1, 1],
    ],
    [1, 1, 0, 0, 0, 0],
)


@pytest.fixture(scope="module")
def found():
    return compare([CASE])


def test_every_table_can_be_written_and_read(found, tmp_path):
    for name, table in TABLES.items():
        write(table, found[name], {}, tmp_path / name)
        for column, values in read(table, tmp_path / name).items():
            assert_array_equal(values, found[name][column])


def test_settings_by_hand(found):
    rows = rows_of(found["settings"])
    assert [(row["method"], row["learning_rate"], row["part"]) for row in rows] == [
        ("adam", 1, "held_out"),
        ("adam", 1, "tuning"),
        ("gradient_descent", 2, "held_out"),
        ("gradient_descent", 2, "tuning"),
        ("gradient_descent", 3, "held_out"),
        ("gradient_descent", 3, "tuning"),
    ]
    adam = rows[0]
    assert (adam["runs"], adam["reached"], adam["budget"], adam["diverged"]) == (4, 3, 1, 0)
    assert adam["success_rate"] == 3 / 4
    assert adam["expected_running_time"] == (10 + 20 + 100 + 40) / 3
    # In order 10, 20, 40, never: the first, the second and the third of four.
    assert (adam["lower_quartile"], adam["median"], adam["upper_quartile"]) == (10, 20, 40)
    interval = stats.binomtest(3, 4).proportion_ci(method="wilson")
    assert_allclose((adam["success_low"], adam["success_high"]), interval, rtol=1e-14)
    assert np.isnan(adam["test_accuracy"])
    assert rows[1]["expected_running_time"] == (8 + 4) / 2
    assert {row["problem"] for row in rows} == {"valley"}


def test_choices_by_hand(found):
    adam, descent = rows_of(found["choices"])
    assert (adam["method"], adam["settings"], adam["learning_rate"]) == ("adam", 1, 1)
    # (30 + 10)/2 on the tuning starts beats (20 + 40)/2, whatever the held-out ones say.
    assert (descent["method"], descent["settings"], descent["learning_rate"]) == (
        "gradient_descent", 2, 2,
    )  # fmt: skip
    assert (descent["tuning_runs"], descent["held_out_runs"]) == (2, 4)
    assert (descent["tuned_running_time"], descent["tuned_success_rate"]) == (20, 1)
    assert descent["expected_running_time"] == (60 + 30 + 30 + 100) / 3
    assert (descent["lower_quartile"], descent["median"], descent["upper_quartile"]) == (30, 30, 60)
    assert descent["success_rate"] == 3 / 4
    # A resample is all 30 in 16 of 256, 6 %. At the upper end the failure is drawn four times in
    # 1 of 256, thrice with 60 in 4, thrice with 30 in 8: 2.5 % is reached with (300 + 30)/1.
    assert (descent["running_time_low"], descent["running_time_high"]) == (30, 330)


def test_contrasts_by_hand(found):
    (row,) = rows_of(found["contrasts"])
    assert (row["method"], row["against"]) == ("adam", "gradient_descent")
    # 10 against 60, 20 against 30, never against 30, 40 against never.
    assert (row["wins"], row["losses"], row["ties"]) == (3, 1, 0)
    assert row["p"] == row["adjusted_p"] == 2 * (1 + 4) / 16
    assert_allclose(row["ratio"], (170 / 3) / (220 / 3), rtol=1e-15)
    assert row["ratio_low"] < row["ratio"] < row["ratio_high"]
    assert row["success_difference"] == 0
    # The starts' differences are 0, 0, -1 and 1. Of 256 resamples 1 adds up to -4 and 8 to -3
    # (thrice -1, and a 0): 2.5 % is reached with -3.
    assert (row["success_difference_low"], row["success_difference_high"]) == (-0.75, 0.75)


def test_budgets_by_hand(found):
    rows = rows_of(found["budgets"])
    assert [(row["method"], row["trials"]) for row in rows] == [
        ("adam", 1),
        ("gradient_descent", 1),
    ]
    quartiles = [
        [row[name] for name in ("lower_quartile", "median", "upper_quartile")] for row in rows
    ]
    # One of two settings: 1 or 220/3, each with chance 1/2.
    assert_array_equal(quartiles, [[170 / 3] * 3, [1, 1, 220 / 3]])
    assert [row["never"] for row in rows] == [0, 0]


def test_variance_by_hand(found):
    shares = {row["among"]: row for row in rows_of(found["variance"])}
    assert list(shares) == ["adam", "gradient_descent", "tuned methods"]
    assert (shares["adam"]["setting"], shares["adam"]["start"]) == (0, 1)  # one setting
    # 1 1 1 0 and 1 1 1 1: about the mean 7/8 the sum of squares is 7/8. Rows 3/4 and 1 give
    # 2·4·(1/8)² = 1/8; columns 1, 1, 1 and 1/2 give 2·(3·(1/8)² + (3/8)²) = 3/8.
    split = [shares["gradient_descent"][name] for name in ("setting", "start", "interaction")]
    assert_allclose(split, [1 / 7, 3 / 7, 3 / 7], rtol=1e-15)
    # 1 1 0 1 and 1 1 1 0: the rows are equal; columns 1, 1, 1/2, 1/2 give 2·4·(1/4)² = 1/2 of 3/2.
    tuned = [shares["tuned methods"][name] for name in ("setting", "start", "interaction")]
    assert_allclose(tuned, [0, 1 / 3, 2 / 3], rtol=1e-15)


def test_a_method_that_never_reaches_is_null_and_not_nan_elsewhere():
    case = swept(
        ["adam", "gradient_descent", "momentum", "rmsprop"],
        [[never] * 6, [5, 6, 7, 8, 9, 10], [never] * 6, [5, 6, 7, 8, 9, 10]],
        [1, 1, 0, 0, 0, 0],
        status=[[DIVERGED] * 6, [REACHED] * 6, [BUDGET] * 6, [REACHED] * 6],
    )
    found = compare([case])
    adam, descent, momentum, _ = rows_of(found["choices"])
    for row in (adam, momentum):
        assert row["success_rate"] == row["success_low"] == row["tuned_success_rate"] == 0
        for name in (
            "expected_running_time", "running_time_low", "running_time_high", "median",
            "tuned_running_time",
        ):  # fmt: skip
            assert np.isnan(row[name])
    assert descent["expected_running_time"] == 8.5
    for row in rows_of(found["contrasts"])[:2]:
        assert np.isnan([row["ratio"], row["ratio_low"], row["ratio_high"]]).all()
        assert [row[f"success_difference{end}"] for end in ("", "_low", "_high")] == [-1, -1, -1]
        assert (row["wins"], row["losses"], row["ties"]) == (0, 4, 0)
        assert row["p"] == 2 / 16
        assert row["adjusted_p"] == 6 / 16  # the lowest of three
    tie = rows_of(found["contrasts"])[2]
    assert (tie["ratio"], tie["ratio_low"], tie["ratio_high"]) == (1, 1, 1)
    assert (tie["wins"], tie["losses"], tie["ties"], tie["p"], tie["adjusted_p"]) == (0, 0, 4, 1, 1)
    assert [row["never"] for row in rows_of(found["budgets"])] == [1, 0, 1, 0]
    settings = rows_of(found["settings"])
    assert (settings[0]["diverged"], settings[4]["budget"]) == (4, 4)
    # Two methods always succeed and two never do: nothing is left for the starts.
    (tuned,) = (row for row in rows_of(found["variance"]) if row["among"] == "tuned methods")
    assert (tuned["setting"], tuned["start"], tuned["interaction"]) == (1, 0, 0)


def test_where_the_other_never_reaches_the_ratio_is_nought():
    case = swept(["adam", "gradient_descent"], [[5] * 4, [never] * 4], [1, 0, 0, 0])
    (row,) = rows_of(compare([case])["contrasts"])
    assert (row["ratio"], row["ratio_low"], row["ratio_high"]) == (0, 0, 0)
    assert (row["wins"], row["success_difference"]) == (3, 1)


def test_methods_that_are_at_the_target_at_once_are_alike(tmp_path):
    case = swept(
        ["adam", "gradient_descent", "momentum"], [[0] * 4, [0] * 4, [3] * 4], [1, 0, 0, 0]
    )
    found = compare([case])
    write(CONTRASTS, found["contrasts"], {}, tmp_path / "contrasts")
    rows = {(row["method"], row["against"]): row for row in rows_of(found["contrasts"])}
    alike, later = rows["adam", "gradient_descent"], rows["momentum", "gradient_descent"]
    assert (alike["ratio"], alike["ratio_low"], alike["ratio_high"], alike["p"]) == (1, 1, 1, 1)
    assert (alike["wins"], alike["losses"], alike["ties"]) == (0, 0, 3)
    assert np.isnan([later["ratio"], later["ratio_low"], later["ratio_high"]]).all()
    assert (later["wins"], later["losses"], later["ties"]) == (0, 3, 0)


def test_where_nothing_reaches_the_first_setting_is_chosen_and_no_contrast_made():
    case = swept(["adam", "adam", "momentum"], np.full((3, 4), never), [1, 1, 0, 0])
    found = compare([case])
    assert_array_equal(found["choices"]["learning_rate"], [1, 3])
    (row,) = rows_of(found["contrasts"])
    assert (row["method"], row["against"]) == ("momentum", "adam")  # without gradient descent
    assert np.isnan([row["ratio"], row["ratio_low"], row["ratio_high"]]).all()
    assert (row["success_difference"], row["ties"], row["adjusted_p"]) == (0, 2, 1)
    assert_array_equal(found["budgets"]["never"], [1, 1])
    assert_array_equal(found["variance"]["interaction"], [0, 0, 0])


def test_a_single_start_serves_both_parts(tmp_path):
    case = swept(["adam", "gradient_descent", "gradient_descent"], [[3], [8], [4]], [0])
    found = compare([case])
    assert set(found["settings"]["part"]) == {"held_out"}
    assert len(found["settings"]["part"]) == 3
    adam, descent = rows_of(found["choices"])
    assert (descent["learning_rate"], descent["tuning_runs"], descent["held_out_runs"]) == (3, 1, 1)
    assert descent["tuned_running_time"] == descent["expected_running_time"] == 4
    assert (adam["running_time_low"], adam["running_time_high"]) == (3, 3)
    (row,) = rows_of(found["contrasts"])
    assert (row["ratio"], row["ratio_low"], row["ratio_high"], row["p"]) == (0.75, 0.75, 0.75, 1)
    for name, table in TABLES.items():
        write(table, found[name], {}, tmp_path / name)


def test_a_single_method_has_no_contrast(tmp_path):
    found = compare([swept(["adam"], [[3, 4]], [1, 0])])
    assert len(found["contrasts"]["p"]) == 0
    for name, table in TABLES.items():
        write(table, found[name], {}, tmp_path / name)
        assert len(read(table, tmp_path / name)["problem"]) == len(found[name]["problem"])


def test_p_values_are_adjusted_problem_by_problem():
    methods = ["adam", "gradient_descent", "momentum", "nesterov"]
    starts = [[1] * 9, [5] * 9, [6, 6, 6, 6, 4, 4, 4, 4, 4], [9] * 9]
    one = swept(methods, starts, [1] + [0] * 8, problem="uniform")
    other = swept(methods, starts[::-1], [1] + [0] * 8, problem="he")
    found = compare([one, other])
    assert_array_equal(found["contrasts"]["problem"], ["he"] * 5 + ["uniform"] * 5)
    rows = {
        (row["problem"], row["method"]): row
        for row in rows_of(found["contrasts"])
        if row["against"] == "gradient_descent"
    }
    # 8 of 8 starts, 5 of 8 and 8 of 8: 1/128, and 2·(1 + 8 + 28 + 56)/256.
    assert rows["uniform", "adam"]["p"] == rows["uniform", "nesterov"]["p"] == 1 / 128
    assert rows["uniform", "momentum"]["p"] == 186 / 256
    # And 8 of 8 again for momentum and Nesterov against Adam: four of five are as low.
    assert rows["uniform", "adam"]["adjusted_p"] == 5 / 128
    alone = compare([one])
    for table, columns in alone.items():
        own = found[table]["problem"] == "uniform"
        for name, column in columns.items():
            assert_array_equal(found[table][name][own], column)


def test_every_method_is_compared_with_the_quickest_on_the_tuning_starts():
    # Adam leads on the tuning start, and Nesterov on the others.
    starts = [[1, 7, 7, 7], [5, 5, 5, 5], [3, 9, 9, 9], [4, 2, 2, never]]
    methods = ["adam", "gradient_descent", "momentum", "nesterov"]
    rows = rows_of(compare([swept(methods, starts, [1, 0, 0, 0])])["contrasts"])
    assert [(row["against"], row["method"]) for row in rows] == [
        ("adam", "momentum"),
        ("adam", "nesterov"),
        ("gradient_descent", "adam"),
        ("gradient_descent", "momentum"),
        ("gradient_descent", "nesterov"),
    ]
    assert_allclose([row["ratio"] for row in rows], [9 / 7, 52 / 7, 7 / 5, 9 / 5, 52 / 5])
    assert [(row["wins"], row["losses"]) for row in rows[:2]] == [(0, 3), (2, 1)]
    # One resample, from the same starts, for all: Momentum's and Adam's never vary.
    assert (rows[0]["ratio_low"], rows[0]["ratio_high"]) == (9 / 7, 9 / 7)


def test_the_leader_may_be_gradient_descent():
    starts = [[5, 7, 7], [1, 5, 5], [3, 9, 9]]
    case = swept(["adam", "gradient_descent", "momentum"], starts, [1, 0, 0])
    rows = rows_of(compare([case])["contrasts"])
    assert [(row["method"], row["against"]) for row in rows] == [
        ("adam", "gradient_descent"),
        ("momentum", "gradient_descent"),
    ]


def test_networks_are_tested_by_their_median():
    accuracy = np.array([[0.5, 0.9, 0.4, 0.8, 0.6]])
    case = swept(["adam"], [[1, 2, 3, 4, 5]], [1, 0, 0, 0, 0], test_accuracy=accuracy)
    rows = rows_of(compare([case])["settings"])
    # Of 0.4, 0.6, 0.8 and 0.9 the lower of the two in the middle: a number that was seen.
    assert [row["test_accuracy"] for row in rows] == [0.6, 0.5]


# What the tables must not depend on


@st.composite
def some_sweeps(draw):
    """Draw a sweep of up to three methods, with every kind of outcome."""
    methods = draw(st.lists(st.sampled_from(["adam", "gradient_descent", "momentum"]), min_size=1))
    methods = sorted(methods[:6])
    starts = draw(st.integers(2, 6))
    seed = draw(st.integers(0, 10**6))
    rng = np.random.default_rng(seed)
    shape = (len(methods), starts)
    times = np.where(rng.random(shape) < 0.6, rng.integers(0, 30, shape), never)
    failures = rng.integers(1, len(OUTCOMES), shape)
    status = np.where(np.isfinite(times), REACHED, failures)
    tuning = np.arange(starts) < draw(st.integers(1, starts - 1))
    return swept(methods, times, tuning, spent=30, status=status)


@given(some_sweeps())
def test_nothing_is_nan_but_what_may_be_null_and_shares_are_shares(case):
    found = compare([case])
    for name, table in TABLES.items():
        for column in table.columns:
            values = found[name][column.name]
            assert len(values) == len(found[name]["problem"])
            if column.type != "string":
                assert not np.isinf(values).any()
                assert column.nullable or not np.isnan(values).any()
    settings, choices = found["settings"], found["choices"]
    assert_array_equal(sum(settings[name] for name in OUTCOMES), settings["runs"])
    assert (choices["success_low"] <= choices["success_rate"]).all()
    assert (choices["success_rate"] <= choices["success_high"]).all()
    ties = found["contrasts"]["wins"] + found["contrasts"]["losses"] + found["contrasts"]["ties"]
    assert_array_equal(ties, np.full(len(ties), len(held_out(case))))


@given(some_sweeps(), st.integers(0, 99))
def test_held_out_starts_never_influence_the_choice(case, seed):
    rng = np.random.default_rng(seed)
    iterations, status = case.iterations.copy(), case.status.copy()
    places = np.ix_(np.arange(len(status)), held_out(case))
    iterations[places] = rng.integers(0, 30, iterations[places].shape)
    status[places] = rng.integers(0, len(OUTCOMES), iterations[places].shape)
    other = case._replace(iterations=iterations, status=status)
    for name in (*IN_ORDER, "tuned_running_time", "tuned_success_rate"):
        assert_array_equal(compare([case])["choices"][name], compare([other])["choices"][name])


@given(some_sweeps(), st.randoms(use_true_random=False))
def test_the_order_of_starts_within_a_part_changes_nothing_but_resamples(case, random):
    parts = [np.flatnonzero(case.tuning), held_out(case)]
    order = np.concatenate([random.sample(list(part), len(part)) for part in parts]).astype(int)
    other = case._replace(iterations=case.iterations[:, order], status=case.status[:, order])
    one, two = compare([case]), compare([other])
    for table in TABLES:
        for name, column in one[table].items():
            if not name.endswith(("_low", "_high")) or table == "settings":
                assert_array_equal(column, two[table][name])


@given(some_sweeps())
def test_blocks_change_nothing(case):
    whole = compare([case])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(judging, "BLOCK", 3)
        cut = compare([case])
    for table in TABLES:
        for name, column in whole[table].items():
            assert_array_equal(column, cut[table][name])


@given(some_sweeps())
def test_the_chosen_setting_is_the_quickest_on_the_tuning_starts(case):
    tuning = case.tuning
    runs = Runs(case.iterations[:, tuning], case.status[:, tuning] == REACHED)
    times = score(runs, case.budget).charged_running_time
    for row in rows_of(compare([case])["choices"]):
        own = times[case.settings["method"] == row["method"]]
        best = nan if np.isinf(own.min()) else own.min()
        assert_array_equal(row["tuned_charged_time"], best)


def test_a_setting_that_fails_at_once_is_charged_the_budget():
    case = swept(
        ["adam", "adam"],
        [[5, never, never, 9, 9], [50, 60, 70, 80, 80]],
        [1, 1, 1, 0, 0],
        spent=1,
        status=[[REACHED, DIVERGED, DIVERGED, REACHED, REACHED], [REACHED] * 5],
    )
    (row,) = rows_of(compare([case])["choices"])
    # As spent, (5 + 1 + 1)/1 is less than (50 + 60 + 70)/3; charged, (5 + 100 + 100)/1 is more.
    assert (row["learning_rate"], row["tuned_charged_time"]) == (2, 60)


# From the sweep's table


def table_of(case, start="start", **more):
    """Return the rows of a sweep's table."""
    settings, starts = case.status.shape
    return {
        **{name: np.repeat(column, starts) for name, column in case.settings.items()},
        start: np.tile(case.starts, settings),
        "part": np.tile(np.where(case.tuning, "tuning", "held_out"), settings),
        "status": np.array(OUTCOMES)[case.status.ravel()],
        "iterations": case.iterations.ravel(),
        **more,
    }


def cut(columns, size):
    """Cut rows into groups."""
    rows = len(columns["method"])
    for begin in range(0, rows, size):
        yield {name: column[begin : begin + size] for name, column in columns.items()}


def assert_same(one, two):
    assert one.problem == two.problem
    for name in IN_ORDER:
        assert_array_equal(one.settings[name], two.settings[name])
    for a, b in zip(one[3:], two[3:], strict=True):
        assert_array_equal(a, b)


@given(some_sweeps(), st.integers(1, 40))
def test_runs_are_gathered_from_groups_of_any_size(case, size):
    # Two settings of one method differ in their learning rate alone.
    (found,) = gather_runs(cut(table_of(case), size), 100, "valley")
    assert_same(found, case)


@pytest.mark.parametrize("size", [1, 4, 99])
def test_settings_that_are_alike_stay_apart(size):
    case = swept(["adam", "adam", "adam"], [[1, 2], [3, 4], [5, never]], [1, 0])
    case.settings["learning_rate"][:] = 0.1
    (found,) = gather_runs(cut(table_of(case), size), 100, "valley")
    assert_same(found, case)


def test_runs_of_a_file_are_gathered_by_the_columns_they_need(tmp_path):
    case, path = CASE, tmp_path / "sweep.parquet"
    columns = table_of(case, value=np.ones(18))
    write(OBJECTIVE_SWEEP, columns, {}, path)
    names = facts_of(OBJECTIVE_SWEEP)
    assert names == [*IN_ORDER, "start", "part", "status", "iterations"]
    assert facts_of(ROSENBROCK_SWEEP) == names
    (found,) = gather_runs(read_groups(OBJECTIVE_SWEEP, path, names), 100, "valley")
    assert_same(found, case)


@pytest.mark.parametrize("size", [1, 7, 99])
def test_initialisations_of_networks_are_problems(size):
    assert {"initial", "seed", "test_accuracy"} <= set(facts_of(NETWORK_SWEEP))
    cases = [
        swept(["adam", "adam"], times, [1, 0, 0], problem, test_accuracy=accuracy)
        for problem, times, accuracy in (
            ("he", [[1, 2, never], [4, 5, 6]], np.arange(6.0).reshape(2, 3) / 10),
            ("uniform", [[7, 8, 9], [never, 2, 4000]], np.arange(6.0, 12).reshape(2, 3) / 20),
        )
    ]
    cases = [case._replace(starts=np.array([1001, 1002, 1003])) for case in cases]
    tables = [
        table_of(
            case,
            "seed",
            initial=np.full(6, case.problem),
            test_accuracy=case.test_accuracy.ravel(),
        )
        for case in cases
    ]
    joined = {name: np.concatenate([table[name] for table in tables]) for name in tables[0]}
    found = gather_runs(cut(joined, size), 100)
    for one, two in zip(found, cases, strict=True):
        assert_same(one, two)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"status": "lost"}, "lost"),
        ({"start": 7}, "same starts"),
        ({"start": 3}, "same number of runs"),
        ({"part": "tuning"}, "same starts"),
        ({"learning_rate": 9.0}, "same number of runs"),
    ],
)
def test_rows_that_are_no_sweep_are_refused(changes, message):
    columns = {name: column.copy() for name, column in table_of(CASE).items()}
    for name, value in changes.items():
        columns[name][-1] = value
    with pytest.raises(ValueError, match=message):
        gather_runs(cut(columns, 5), 100)


def test_millions_of_runs_take_a_few_bytes_each():
    settings, starts = 4000, 1000
    rng = np.random.default_rng(0)
    times = rng.integers(0, 3000, starts)
    tuning = np.arange(starts) < 500
    method = np.repeat(["adam", "gradient_descent"], settings // 2)

    def groups():
        for first in range(0, settings, 100):
            shown = np.repeat(np.arange(first, first + 100), starts)
            parameters = {name: np.full(len(shown), nan) for name in IN_ORDER[1:]}
            yield {
                "method": method[shown],
                **parameters,
                "learning_rate": shown.astype(float),
                "start": np.tile(np.arange(starts), 100),
                "part": np.tile(np.where(tuning, "tuning", "held_out"), 100),
                "status": np.tile(np.where(times < 2000, "reached", "budget"), 100),
                "iterations": np.tile(times, 100),
            }

    tracemalloc.start()
    try:
        found = compare(gather_runs(groups(), 100, "valley"))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert found["choices"]["settings"].tolist() == [2000, 2000]
    # A group and a block take some 40 MB whatever the number of runs.
    assert peak < 9 * settings * starts + 60e6
