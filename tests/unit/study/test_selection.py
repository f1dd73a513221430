"""Selection: settings scored on the tuning starts with pandas, and who is worth evaluating."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import stats
from small_studies import (
    SWEEP,
    bowl,
    net,
    problem_from,
    setting_count_of,
    status_numbers,
    swept_columns,
    times_in,
)

from descent.core.methods import METHODS
from descent.core.statuses import STATUSES
from descent.study import selection
from descent.study.selection import (
    RESELECTIONS,
    choose_candidates,
    reselected,
    score_settings,
    settings_tried,
)
from descent.tables.parquet import read, write
from descent.tables.schemas import CANDIDATES, SETTING_NAMES, SETTINGS

KEYS = list(SETTING_NAMES)
never = np.iinfo(np.int16).max


def scored(part, goal):
    """Return a problem's sweep, its hitting times of the headline, and the table of settings."""
    problem = problem_from(part)
    columns, starts = swept_columns(problem), len(problem.tuning.names)
    times = times_in(columns, goal, starts, problem.sweep["iterations"])
    tested = {
        name: columns[name].reshape(-1, starts)
        for name in ("test_loss", "test_accuracy")
        if name in columns
    }
    status = status_numbers(columns["status"]).reshape(-1, starts)
    return pd.DataFrame(columns), times, score_settings(problem, times, status, tested)


# ── Settings ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("kind", ["formula", "network"])
def test_settings_are_what_pandas_makes_of_the_sweep(kind, tmp_path):
    part, goal = {
        "formula": (bowl(), "within_0.01_for_2"),
        "network": (net(), "within_0.25_for_2"),
    }[kind]
    sweep, _, found = scored(part, goal)
    write(SETTINGS, found, {}, tmp_path / "settings.parquet")
    found = read(SETTINGS, tmp_path / "settings.parquet")
    groups = sweep.groupby(KEYS, dropna=False, sort=False)
    assert_array_equal(found["runs"], groups.size())
    for name in STATUSES:
        assert_array_equal(
            found[name], groups["status"].agg(lambda status, n=name: (status == n).sum())
        )
    time = groups[goal]
    reached = time.agg(lambda times: np.isfinite(times).sum())
    assert_array_equal(reached, found["reached"])
    assert_array_equal(found["success_rate"], reached / 6)
    cost = time.agg(lambda times: times.where(np.isfinite(times), 60).sum())
    with np.errstate(divide="ignore"):
        assert_array_equal(found["expected_running_time"], cost / reached)
    for name, rank in (("lower_quartile", 2), ("median", 3), ("upper_quartile", 5)):
        assert_array_equal(
            found[name], time.agg(lambda times, r=rank: times.sort_values().iloc[r - 1])
        )
    intervals = [stats.binomtest(k, 6).proportion_ci(method="wilson") for k in found["reached"]]
    assert_allclose(found[["success_low", "success_high"]], intervals, atol=1e-12)
    for name in ("test_loss", "test_accuracy"):
        if kind == "network":
            medians = groups[name].agg(lambda values: values.sort_values().iloc[2])
            assert_array_equal(found[name], medians)
        else:
            assert found[name].isna().all()
    assert 0 < reached.sum() < 6 * len(found)


def test_a_test_loss_that_overflows_counts_as_the_largest():
    problem = problem_from(net(methods=["gradient_descent"]))
    times, status = np.full((3, 6), never, np.int16), np.full((3, 6), 5, np.int8)
    loss = np.array([[3, 1, np.nan, 2, 5, 4], [np.nan] * 6, [1, np.nan, np.nan, np.nan, 2, 0]])
    found = score_settings(problem, times, status, {"test_loss": loss, "test_accuracy": loss})
    assert_array_equal(found["test_loss"], [3, np.nan, 2])


# ── Which settings are tried ─────────────────────────────────────────────────────────────────


def test_all_settings_and_a_few_are_tried():
    problem = problem_from(bowl())
    tried = settings_tried(problem)
    assert list(tried) == [0, 3]
    # Adam has 3 settings, gradient descent 3 and momentum 9, one after the other.
    every = {"adam": range(3), "gradient_descent": range(3, 6), "momentum": range(6, 15)}
    assert {method: own.tolist() for method, own in tried[0].items()} == {
        method: list(own) for method, own in every.items()
    }
    for method, own in tried[3].items():
        assert len(own) == 3
        assert_array_equal(own, np.sort(own))
        assert set(own) <= set(every[method])
    assert_array_equal(settings_tried(problem)[3]["momentum"], tried[3]["momentum"])


def test_a_few_are_drawn_at_random_and_more_hold_them():
    part = bowl(learning_rate={"low": 1e-3, "high": 1, "count": 40}, momentum=[0.0, 0.5])
    few, many = (
        settings_tried(problem_from(bowl_with(part, trials)))[trials]["momentum"]
        for trials in (10, 30)
    )
    assert set(few) < set(many)
    assert np.ptp(few) > 10
    other = settings_tried(problem_from(bowl_with(part, 10)))[10]
    assert not np.array_equal(other["gradient_descent"] - 40, other["adam"])


def bowl_with(part, trials):
    """Return a part whose headline tries so many settings."""
    problem = part["problem"]
    sweep = problem["sweep"] | {"headline": SWEEP["headline"] | {"trials": trials}}
    return part | {"problem": problem | {"sweep": sweep}}


def test_the_draw_of_settings_is_uniform(monkeypatch):
    problem = problem_from(bowl())
    chosen = np.zeros(9)
    for seed in range(300):
        monkeypatch.setattr(selection, "RESAMPLING_SEED", seed)
        chosen[settings_tried(problem)[3]["momentum"] - 6] += 1
    assert stats.chisquare(chosen).pvalue > 0.01


# ── Candidates ───────────────────────────────────────────────────────────────────────────────

RUNS = [
    {"name": "far", "method": "momentum", "learning_rate": 0.02, "momentum": 0.3,
     "iterations": 9, "start": {"low": -9.0, "high": 9.0, "draw": 0}},
    {"name": "near", "method": "momentum", "learning_rate": 0.02, "momentum": 0.3,
     "iterations": 9, "start": {"low": -1.0, "high": 1.0, "draw": 1}},
    {"name": "there", "method": "adam", "learning_rate": 0.1, "momentum": None, "beta1": None,
     "iterations": 9, "start": [1.0, 1.0]},
]  # fmt: skip


@pytest.fixture(scope="module")
def chosen(tmp_path_factory):
    """Return the hitting times of a sweep, and its candidates as they come back from their file."""
    part = bowl(runs=RUNS)
    _, times, _ = scored(part, "within_0.01_for_2")
    path = tmp_path_factory.mktemp("chosen") / "candidates.parquet"
    write(CANDIDATES, choose_candidates(problem_from(part), times), {}, path)
    return times, read(CANDIDATES, path)


def charged_by_hand(times, budget=60):
    """Return the expected running times of settings from some starts."""
    success = times <= budget
    with np.errstate(divide="ignore"):
        return np.where(success, times, budget).sum(axis=1) / success.sum(axis=1)


def rows_of(table, **cells):
    """Return the rows that hold these values."""
    for name, value in cells.items():
        table = table[table[name] == value]
    return table


def test_the_best_setting_on_all_tuning_starts_is_selected(chosen):
    times, table = chosen
    charged = charged_by_hand(times)
    rates, momenta = [0.01, 10**-1.5, 0.1], [0.0, 0.5, 0.9]
    settings = [(rate, 0.0) for rate in 2 * rates] + [(a, b) for a in rates for b in momenta]
    for trials, tried in settings_tried(problem_from(bowl())).items():
        rows = rows_of(table, kind="selected", trials=trials)
        assert rows["name"].tolist() == rows["method"].tolist() == list(tried)
        for (_, row), own in zip(rows.iterrows(), tried.values(), strict=True):
            best = own[charged[own].argmin()]
            assert (row["learning_rate"], row["momentum"]) == pytest.approx(settings[best])


def test_resamples_share_themselves_among_settings(chosen):
    times, table = chosen
    sums = rows_of(table, kind="reselected").groupby(["trials", "method"])["share"].sum()
    assert list(sums.index) == [
        (trials, method) for trials in (0, 3) for method in ("adam", "gradient_descent", "momentum")
    ]
    assert_allclose(sums, 1.0, rtol=1e-12)
    problem = problem_from(bowl())
    for trials, tried in settings_tried(problem).items():
        winners = reselected(problem, times, tried)
        assert winners.shape == (3, RESELECTIONS)
        for method, own in zip(tried, winners, strict=True):
            rows = rows_of(table, kind="reselected", trials=trials, method=method)
            counts = np.unique(own, return_counts=True)[1]
            assert_allclose(np.sort(rows["share"]), np.sort(counts) / 999, rtol=1e-15)
    others = table[table["kind"] != "reselected"]
    assert (others["share"] == 0).all()
    assert (others.loc[others["kind"] != "selected", "trials"] == 0).all()


def test_defaults_of_libraries_are_evaluated(chosen):
    _, table = chosen
    rows = rows_of(table, kind="library")
    found = {(row["name"], row["method"]): row for row in rows.to_dict("records")}
    assert set(found) == {
        (library, method)
        for method in ("adam", "gradient_descent", "momentum")
        for library in ("PyTorch", "Keras")
    }
    assert found["PyTorch", "momentum"]["learning_rate"] == 1e-3
    assert found["PyTorch", "momentum"]["momentum"] == 0.9
    assert found["Keras", "gradient_descent"]["learning_rate"] == 1e-2
    adam = found["Keras", "adam"]
    assert [adam[name] for name in KEYS[1:]] == pytest.approx(
        [1e-3, 0.0, np.nan, 0.9, 0.999, 1e-7], nan_ok=True
    )
    assert (rows["trials"] == 0).all()


def test_defaults_of_libraries_are_of_mean_losses():
    """Here a network's loss is a sum over 40 samples: but Adam divides its size away."""
    problem = problem_from(net(methods=list(METHODS), decay=None))
    times = np.full((setting_count_of(problem), 6), never, np.int16)
    table = choose_candidates(problem, times)
    samples = problem.scale
    assert samples == 39  # thirds of 40
    rates = {
        (row["name"], row["method"]): row["learning_rate"]
        for row in rows_of(table, kind="library").to_dict("records")
    }
    assert rates["PyTorch", "gradient_descent"] == 1e-3 / samples
    assert rates["Keras", "nesterov"] == 1e-2 / samples
    assert rates["PyTorch", "momentum"] == 1e-3 / samples
    for method in ("adagrad", "rmsprop", "adam"):
        assert METHODS[method].ignores_scale
        assert rates["PyTorch", method] == METHODS[method].defaults["PyTorch"]["learning_rate"]


def test_named_runs_are_evaluated_and_again_from_starts_drawn_as_theirs(chosen):
    _, table = chosen
    named, drawn = rows_of(table, kind="named"), rows_of(table, kind="drawn")
    assert set(named["name"]) == {"far", "near", "there"}
    assert set(drawn["name"]) == {"far", "near"}
    rows = {row["name"]: row for row in named.to_dict("records")}
    assert [rows["far"][name] for name in KEYS] == pytest.approx(
        ["momentum", 0.02, 0.3, *[np.nan] * 4], nan_ok=True
    )
    assert [rows["there"][name] for name in KEYS[1:]] == pytest.approx(
        [0.1, 0.0, np.nan, 0.9, 0.999, 1e-8], nan_ok=True
    )


def test_a_candidate_is_a_setting_with_all_reasons_for_it(chosen):
    _, table = chosen
    for _, rows in table.groupby("candidate"):
        assert len(rows[KEYS].drop_duplicates()) == 1
        assert len(set(rows["kind"] == "drawn")) == 1
    numbers = table["candidate"].unique()
    assert_array_equal(numbers, np.arange(len(numbers)))
    plain = table[table["kind"] != "drawn"].drop_duplicates("candidate")
    assert not plain[KEYS].duplicated().any()
    pd.testing.assert_frame_equal(plain, plain.sort_values(KEYS, na_position="first"))
    # Of Keras are gradient descent's defaults, and on the grid; of a run and the grid is Adam's.
    grid = rows_of(table, kind="library", name="Keras", method="gradient_descent")
    assert {"library", "reselected"} <= set(
        rows_of(table, candidate=grid["candidate"].iloc[0])["kind"]
    )
    there = rows_of(table, kind="named", name="there")["candidate"].iloc[0]
    assert set(rows_of(table, candidate=there)["kind"]) == {"named", "selected", "reselected"}
    # Two runs of one setting are one candidate, but two where each draws starts of its own.
    named = rows_of(table, kind="named").set_index("name")["candidate"]
    drawn = rows_of(table, kind="drawn").set_index("name")["candidate"]
    assert named["far"] == named["near"]
    assert len({named["far"], drawn["far"], drawn["near"]}) == 3
    assert drawn.min() > plain["candidate"].max()


def test_candidates_do_not_depend_on_the_order_of_methods_and_runs():
    times = np.random.default_rng(0).integers(1, 90, (15, 6)).astype(np.int16)
    one = choose_candidates(problem_from(bowl(runs=RUNS)), times)
    turned = bowl(runs=RUNS[::-1], methods=SWEEP["methods"][::-1])
    pd.testing.assert_frame_equal(one, choose_candidates(problem_from(turned), times))
