"""The tables of a comparison: worked by hand, against scipy, and what they must not depend on."""

import tracemalloc

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy import stats

from descent.core.statuses import BUDGET, DIVERGED, REACHED, STATUSES
from descent.statistics.running_times import Runs, score
from descent.study import comparison
from descent.study.comparison import SweptRuns, compare, compared_columns, gather_runs
from descent.tables import schemas
from descent.tables.parquet import read, read_groups, write
from descent.tables.schemas import SETTING_NAMES, sweep_schema

TABLES = {
    "settings": schemas.SETTINGS,
    "selected": schemas.SELECTED,
    "pairwise": schemas.PAIRWISE,
    "tuning_curve": schemas.TUNING_CURVE,
    "anova": schemas.ANOVA,
}
nan = np.nan


def swept(methods, times, tuning, spent=100, status=None, **tested):
    """Return runs that needed these times; a failure spent the budget."""
    times = np.array(times, float)
    count = len(methods)
    settings = pd.DataFrame(
        {
            **dict.fromkeys(SETTING_NAMES, nan),
            "method": methods,
            "learning_rate": np.arange(1.0, count + 1),
            "momentum": 0.0,
        }
    )
    if status is None:
        status = np.where(np.isfinite(times), REACHED, BUDGET)
    return SweptRuns(
        100,
        settings,
        np.array(tuning, bool),
        np.where(np.isfinite(times), times, spent).astype(int),
        np.asarray(status, np.int8),
        tested,
    )


def rows_of(table):
    """Return a table's rows as dictionaries of plain values."""
    return table.to_dict("records")


never = np.inf
# Two starts to tune on, four to evaluate on.
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
    return compare(CASE)


def test_every_table_can_be_written_and_read(found, tmp_path):
    for name, schema in TABLES.items():
        assert list(found[name]) == schema.names
        write(schema, found[name], {}, tmp_path / name)
        pd.testing.assert_frame_equal(
            read(schema, tmp_path / name), found[name].reset_index(drop=True)
        )


def test_settings_by_hand(found):
    rows = rows_of(found["settings"])
    assert [(row["method"], row["learning_rate"], row["part"]) for row in rows] == [
        ("adam", 1, "evaluation"),
        ("adam", 1, "tuning"),
        ("gradient_descent", 2, "evaluation"),
        ("gradient_descent", 2, "tuning"),
        ("gradient_descent", 3, "evaluation"),
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


def test_selected_by_hand(found):
    adam, descent = rows_of(found["selected"])
    assert (adam["method"], adam["settings_tried"], adam["learning_rate"]) == ("adam", 1, 1)
    # (30 + 10)/2 on the tuning starts beats (20 + 40)/2, whatever the others say.
    assert (descent["method"], descent["settings_tried"], descent["learning_rate"]) == (
        "gradient_descent", 2, 2,
    )  # fmt: skip
    assert (descent["tuning_runs"], descent["evaluation_runs"]) == (2, 4)
    assert (descent["tuning_expected_running_time"], descent["tuning_success_rate"]) == (20, 1)
    assert descent["expected_running_time"] == (60 + 30 + 30 + 100) / 3
    assert (descent["lower_quartile"], descent["median"], descent["upper_quartile"]) == (30, 30, 60)
    assert descent["success_rate"] == 3 / 4
    # A resample is all 30 in 16 of 256, 6 %. At the upper end the failure is drawn four times in
    # 1 of 256, thrice with 60 in 4, thrice with 30 in 8: 2.5 % is reached with (300 + 30)/1.
    assert (descent["expected_running_time_low"], descent["expected_running_time_high"]) == (
        30,
        330,
    )


def test_pairwise_by_hand(found):
    (row,) = rows_of(found["pairwise"])
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


def test_tuning_curve_by_hand(found):
    rows = rows_of(found["tuning_curve"])
    assert [(row["method"], row["settings_tried"]) for row in rows] == [
        ("adam", 1),
        ("gradient_descent", 1),
    ]
    quartiles = [
        [row[name] for name in ("lower_quartile", "median", "upper_quartile")] for row in rows
    ]
    # One of two settings: 1 or 220/3, each with chance 1/2.
    assert_array_equal(quartiles, [[170 / 3] * 3, [1, 1, 220 / 3]])
    assert [row["never"] for row in rows] == [0, 0]


def test_anova_by_hand(found):
    shares = {row["among"]: row for row in rows_of(found["anova"])}
    assert list(shares) == ["adam", "gradient_descent", "selected settings"]
    assert (shares["adam"]["setting"], shares["adam"]["start"]) == (0, 1)  # one setting
    # 1 1 1 0 and 1 1 1 1: about the mean 7/8 the sum of squares is 7/8. Rows 3/4 and 1 give
    # 2·4·(1/8)² = 1/8; columns 1, 1, 1 and 1/2 give 2·(3·(1/8)² + (3/8)²) = 3/8.
    split = [shares["gradient_descent"][name] for name in ("setting", "start", "interaction")]
    assert_allclose(split, [1 / 7, 3 / 7, 3 / 7], rtol=1e-15)
    # 1 1 0 1 and 1 1 1 0: the rows are equal; columns 1, 1, 1/2, 1/2 give 2·4·(1/4)² = 1/2 of 3/2.
    tuned = [shares["selected settings"][name] for name in ("setting", "start", "interaction")]
    assert_allclose(tuned, [0, 1 / 3, 2 / 3], rtol=1e-15)


def test_a_method_that_never_reaches_has_infinite_times_and_ratios():
    case = swept(
        ["adam", "gradient_descent", "momentum", "rmsprop"],
        [[never] * 6, [5, 6, 7, 8, 9, 10], [never] * 6, [5, 6, 7, 8, 9, 10]],
        [1, 1, 0, 0, 0, 0],
        status=[[DIVERGED] * 6, [REACHED] * 6, [BUDGET] * 6, [REACHED] * 6],
    )
    found = compare(case)
    adam, descent, momentum, _ = rows_of(found["selected"])
    for row in (adam, momentum):
        assert row["success_rate"] == row["success_low"] == row["tuning_success_rate"] == 0
        ends = [f"expected_running_time{end}" for end in ("", "_low", "_high")]
        for name in (*ends, "median", "tuning_expected_running_time"):
            assert np.isinf(row[name])
    assert descent["expected_running_time"] == 8.5
    for row in rows_of(found["pairwise"])[:2]:
        assert np.isinf([row["ratio"], row["ratio_low"], row["ratio_high"]]).all()
        assert [row[f"success_difference{end}"] for end in ("", "_low", "_high")] == [-1, -1, -1]
        assert (row["wins"], row["losses"], row["ties"]) == (0, 4, 0)
        assert row["p"] == 2 / 16
        assert row["adjusted_p"] == 6 / 16  # the lowest of three
    tie = rows_of(found["pairwise"])[2]
    assert (tie["ratio"], tie["ratio_low"], tie["ratio_high"]) == (1, 1, 1)
    assert (tie["wins"], tie["losses"], tie["ties"], tie["p"], tie["adjusted_p"]) == (0, 0, 4, 1, 1)
    assert [row["never"] for row in rows_of(found["tuning_curve"])] == [1, 0, 1, 0]
    settings = rows_of(found["settings"])
    assert (settings[0]["diverged"], settings[4]["budget"]) == (4, 4)
    # Two methods always succeed and two never do: nothing is left for the starts.
    (tuned,) = (row for row in rows_of(found["anova"]) if row["among"] == "selected settings")
    assert (tuned["setting"], tuned["start"], tuned["interaction"]) == (1, 0, 0)


def test_where_the_other_never_reaches_the_ratio_is_nought():
    case = swept(["adam", "gradient_descent"], [[5] * 4, [never] * 4], [1, 0, 0, 0])
    (row,) = rows_of(compare(case)["pairwise"])
    assert (row["ratio"], row["ratio_low"], row["ratio_high"]) == (0, 0, 0)
    assert (row["wins"], row["success_difference"]) == (3, 1)


def test_methods_that_are_at_the_target_at_once_are_alike():
    case = swept(
        ["adam", "gradient_descent", "momentum"], [[0] * 4, [0] * 4, [3] * 4], [1, 0, 0, 0]
    )
    found = compare(case)
    rows = {(row["method"], row["against"]): row for row in rows_of(found["pairwise"])}
    alike, later = rows["adam", "gradient_descent"], rows["momentum", "gradient_descent"]
    assert (alike["ratio"], alike["ratio_low"], alike["ratio_high"], alike["p"]) == (1, 1, 1, 1)
    assert (alike["wins"], alike["losses"], alike["ties"]) == (0, 0, 3)
    assert np.isinf([later["ratio"], later["ratio_low"], later["ratio_high"]]).all()
    assert (later["wins"], later["losses"], later["ties"]) == (0, 3, 0)


def test_where_nothing_reaches_the_first_setting_is_selected_and_no_comparison_made():
    case = swept(["adam", "adam", "momentum"], np.full((3, 4), never), [1, 1, 0, 0])
    found = compare(case)
    assert_array_equal(found["selected"]["learning_rate"], [1, 3])
    (row,) = rows_of(found["pairwise"])
    assert (row["method"], row["against"]) == ("momentum", "adam")  # without gradient descent
    assert np.isnan([row["ratio"], row["ratio_low"], row["ratio_high"]]).all()
    assert (row["success_difference"], row["ties"], row["adjusted_p"]) == (0, 2, 1)
    assert_array_equal(found["tuning_curve"]["never"], [1, 1])
    assert_array_equal(found["anova"]["interaction"], [0, 0, 0])


def test_a_single_method_has_no_comparison(tmp_path):
    found = compare(swept(["adam"], [[3, 4]], [1, 0]))
    assert len(found["pairwise"]) == 0
    for name, schema in TABLES.items():
        write(schema, found[name], {}, tmp_path / name)
        assert len(read(schema, tmp_path / name)) == len(found[name])


def test_p_values_are_adjusted_for_all_comparisons():
    methods = ["adam", "gradient_descent", "momentum", "nesterov"]
    starts = [[1] * 9, [5] * 9, [6, 6, 6, 6, 4, 4, 4, 4, 4], [9] * 9]
    found = rows_of(compare(swept(methods, starts, [1] + [0] * 8))["pairwise"])
    rows = {row["method"]: row for row in found if row["against"] == "gradient_descent"}
    # 8 of 8 starts, 5 of 8 and 8 of 8: 1/128, and 2·(1 + 8 + 28 + 56)/256.
    assert rows["adam"]["p"] == rows["nesterov"]["p"] == 1 / 128
    assert rows["momentum"]["p"] == 186 / 256
    # And 8 of 8 again for momentum and Nesterov against Adam: four of five are as low.
    assert rows["adam"]["adjusted_p"] == 5 / 128


def test_every_method_is_compared_with_the_quickest_on_the_tuning_starts():
    # Adam leads on the tuning start, and Nesterov on the others.
    starts = [[1, 7, 7, 7], [5, 5, 5, 5], [3, 9, 9, 9], [4, 2, 2, never]]
    methods = ["adam", "gradient_descent", "momentum", "nesterov"]
    rows = rows_of(compare(swept(methods, starts, [1, 0, 0, 0]))["pairwise"])
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
    rows = rows_of(compare(case)["pairwise"])
    assert [(row["method"], row["against"]) for row in rows] == [
        ("adam", "gradient_descent"),
        ("momentum", "gradient_descent"),
    ]


def test_networks_are_tested_by_their_median():
    accuracy = np.array([[0.5, 0.9, 0.4, 0.8, 0.6]])
    case = swept(["adam"], [[1, 2, 3, 4, 5]], [1, 0, 0, 0, 0], test_accuracy=accuracy)
    rows = rows_of(compare(case)["settings"])
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
    failures = rng.integers(1, len(STATUSES), shape)
    status = np.where(np.isfinite(times), REACHED, failures)
    tuning = np.arange(starts) < draw(st.integers(1, starts - 1))
    return swept(methods, times, tuning, spent=30, status=status)


@given(some_sweeps())
def test_nothing_is_nan_or_infinite_but_what_may_be_and_shares_are_shares(case):
    found = compare(case)
    for name, schema in TABLES.items():
        for column in schema.columns:
            values = found[name][column.name]
            assert column.nullable or not values.isna().any()
            if column.type != "string":
                assert column.may_be_infinite or not np.isinf(values.astype(float)).any()
    settings, selected = found["settings"], found["selected"]
    assert_array_equal(sum(settings[name] for name in STATUSES), settings["runs"])
    assert (selected["success_low"] <= selected["success_rate"]).all()
    assert (selected["success_rate"] <= selected["success_high"]).all()
    ties = found["pairwise"]["wins"] + found["pairwise"]["losses"] + found["pairwise"]["ties"]
    assert_array_equal(ties, np.full(len(ties), len(np.flatnonzero(~case.tuning))))


@given(some_sweeps(), st.integers(0, 99))
def test_evaluation_starts_never_influence_the_selection(case, seed):
    rng = np.random.default_rng(seed)
    iterations, status = case.iterations.copy(), case.status.copy()
    places = np.ix_(np.arange(len(status)), np.flatnonzero(~case.tuning))
    iterations[places] = rng.integers(0, 30, iterations[places].shape)
    status[places] = rng.integers(0, len(STATUSES), iterations[places].shape)
    other = case._replace(iterations=iterations, status=status)
    own = [*SETTING_NAMES, "tuning_expected_running_time", "tuning_success_rate"]
    one, two = (compare(either)["selected"][own] for either in (case, other))
    pd.testing.assert_frame_equal(one, two)


@given(some_sweeps(), st.randoms(use_true_random=False))
def test_the_order_of_starts_within_a_part_changes_nothing_but_resamples(case, random):
    parts = [np.flatnonzero(case.tuning), np.flatnonzero(~case.tuning)]
    order = np.concatenate([random.sample(list(part), len(part)) for part in parts]).astype(int)
    other = case._replace(iterations=case.iterations[:, order], status=case.status[:, order])
    one, two = compare(case), compare(other)
    for table in TABLES:
        for name, column in one[table].items():
            if not name.endswith(("_low", "_high")) or table == "settings":
                assert_array_equal(column, two[table][name])


@given(some_sweeps())
def test_blocks_change_nothing(case):
    whole = compare(case)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(comparison, "RUNS_AT_ONCE", 3)
        cut = compare(case)
    for table in TABLES:
        for name, column in whole[table].items():
            assert_array_equal(column, cut[table][name])


@given(some_sweeps())
def test_the_selected_setting_is_the_quickest_on_the_tuning_starts(case):
    tuning = case.tuning
    runs = Runs(case.iterations[:, tuning], case.status[:, tuning] == REACHED)
    times = score(runs, case.budget).expected_running_time_charged
    for row in rows_of(compare(case)["selected"]):
        best = times[case.settings["method"] == row["method"]].min()
        assert row["tuning_expected_running_time_charged"] == best


def test_a_setting_that_fails_at_once_is_charged_the_budget():
    case = swept(
        ["adam", "adam"],
        [[5, never, never, 9, 9], [50, 60, 70, 80, 80]],
        [1, 1, 1, 0, 0],
        spent=1,
        status=[[REACHED, DIVERGED, DIVERGED, REACHED, REACHED], [REACHED] * 5],
    )
    (row,) = rows_of(compare(case)["selected"])
    # As spent, (5 + 1 + 1)/1 is less than (50 + 60 + 70)/3; charged, (5 + 100 + 100)/1 is more.
    assert (row["learning_rate"], row["tuning_expected_running_time_charged"]) == (2, 60)


# From the sweep's table


def table_of(case, starts=None, start="start", **more):
    """Return the rows of a sweep's table."""
    settings, count = case.status.shape
    table = case.settings.loc[case.settings.index.repeat(count)].reset_index(drop=True)
    return table.assign(
        **{start: np.tile(np.arange(count) if starts is None else starts, settings)},
        part=np.tile(np.where(case.tuning, "tuning", "evaluation"), settings),
        status=np.array(STATUSES)[case.status.ravel()],
        iterations=case.iterations.ravel(),
        **{name: values.ravel() for name, values in case.tested.items()},
        **more,
    )


def cut(table, size):
    """Cut rows into groups, with texts as categories."""
    for begin in range(0, len(table), size):
        rows = table.iloc[begin : begin + size].reset_index(drop=True)
        yield rows.astype(dict.fromkeys(("method", "part", "status"), "category"))


def assert_same(one, two):
    pd.testing.assert_frame_equal(one.settings, two.settings)
    assert one.tested.keys() == two.tested.keys()
    for name in one.tested:
        assert_array_equal(one.tested[name], two.tested[name])
    for name in ("budget", "tuning", "iterations", "status"):
        assert_array_equal(getattr(one, name), getattr(two, name))


@given(some_sweeps(), st.integers(1, 40))
def test_runs_are_gathered_from_groups_of_any_size(case, size):
    # Two settings of one method differ in their learning rate alone.
    found = gather_runs(cut(table_of(case), size), 100)
    assert_same(found, case)


@pytest.mark.parametrize("size", [1, 4, 99])
def test_settings_that_are_alike_stay_apart(size):
    case = swept(["adam", "adam", "adam"], [[1, 2], [3, 4], [5, never]], [1, 0])
    case.settings["learning_rate"] = 0.1
    found = gather_runs(cut(table_of(case), size), 100)
    assert_same(found, case)


def test_runs_of_a_file_are_gathered_by_the_columns_they_need(tmp_path):
    path, schema = tmp_path / "sweep.parquet", sweep_schema("formula", 5)
    write(schema, table_of(CASE, value=1.0), {}, path)
    names = compared_columns(schema)
    assert names == [*SETTING_NAMES, "start", "part", "status", "iterations"]
    assert compared_columns(sweep_schema("formula", 2)) == names
    assert_same(gather_runs(read_groups(schema, path, names), 100), CASE)


@pytest.mark.parametrize("size", [1, 4, 99])
def test_runs_of_networks_are_gathered_with_their_tests(size):
    assert {"seed", "test_accuracy"} <= set(compared_columns(sweep_schema("network", 9)))
    accuracy = np.arange(6.0).reshape(2, 3) / 10
    times = [[1, 2, never], [4, 5000, 6]]
    case = swept(["adam", "adam"], times, [1, 0, 0], test_accuracy=accuracy)
    table = table_of(case, [1001, 1002, 1003], "seed")
    assert_same(gather_runs(cut(table, size), 100), case)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"status": "lost"}, "lost"),
        ({"start": 7}, "same starts"),
        ({"start": 3}, "same starts"),
        ({"part": "tuning"}, "same starts"),
    ],
)
def test_rows_that_are_no_sweep_are_refused(changes, message):
    columns = table_of(CASE)
    for name, value in changes.items():
        columns.loc[17, name] = value
    with pytest.raises(ValueError, match=message):
        gather_runs(cut(columns, 5), 100)


def test_millions_of_runs_take_a_few_bytes_each():
    settings, starts = 4000, 1000
    rng = np.random.default_rng(0)
    times = rng.integers(0, 3000, starts)
    tuning = np.arange(starts) < 500
    method = np.repeat(["adam", "gradient_descent"], settings // 2)

    def texts(codes, names):
        return pd.Categorical.from_codes(np.tile(codes, 100), names)

    def groups():
        for first in range(0, settings, 100):
            yield pd.DataFrame(
                {
                    **dict.fromkeys(SETTING_NAMES, nan),
                    "method": method[first],
                    "learning_rate": np.repeat(np.arange(first, first + 100.0), starts),
                    "start": np.tile(np.arange(starts), 100),
                    "part": texts(tuning.astype(int), ["evaluation", "tuning"]),
                    "status": texts((times < 2000).astype(int), ["budget", "reached"]),
                    "iterations": np.tile(times, 100),
                }
            )

    tracemalloc.start()
    try:
        found = compare(gather_runs(groups(), 100))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert found["selected"]["settings_tried"].tolist() == [2000, 2000]
    # A group and a block take some 40 MB whatever the number of runs.
    assert peak < 6 * settings * starts + 60e6
