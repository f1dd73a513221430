"""The tables of a comparison: worked by hand, from plain resamples, and what they depend on.

At the end a small study is made anew from many seeds: its verdicts agree as often as they say.
"""

from itertools import combinations
from math import inf, sqrt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from runs_by_hand import answer_by_hand, times_of
from scipy import stats
from small_studies import (
    SWEEP,
    bowl,
    net,
    problem_from,
    setting_count_of,
    swept_columns,
    whole_way,
)

from descent.core.random_streams import philox
from descent.core.statuses import BUDGET, DIVERGED, REACHED, STATUSES
from descent.statistics.answers import Protocol
from descent.study import comparison
from descent.study.comparison import compare
from descent.study.hitting_times import Evaluated
from descent.study.selection import (
    choose_candidates,
    reselected,
    score_settings,
    settings_tried,
)
from descent.tables import schemas
from descent.tables.parquet import read, write
from descent.tables.schemas import SETTING_NAMES

TABLES = {
    "selected": schemas.SELECTED,
    "pairwise": schemas.PAIRWISE,
    "shrinkage": schemas.SHRINKAGE,
    "anova": schemas.ANOVA,
}
BUDGET_OF_RUNS = SWEEP["iterations"]


def rows_of(table, **cells):
    """Return the rows that hold these values, as dictionaries."""
    for name, value in cells.items():
        table = table[table[name] == value]
    return table.to_dict("records")


def status_of(times, failure=BUDGET):
    """Return how runs ended that reach within their budget, or fail."""
    return np.where(times <= BUDGET_OF_RUNS, REACHED, failure).astype(np.int8)


def compared(part, swept, fresh):
    """Compare under the hitting times of a sweep, and those that `fresh` gives a candidate.

    Returns
    -------
    candidates, evaluated, tables
    """
    problem = problem_from(part)
    swept = times_of(swept)
    settings = score_settings(problem, swept, status_of(swept), {})
    candidates = choose_candidates(problem, swept)
    count = candidates["candidate"].nunique()
    times = times_of(
        [fresh(candidates[candidates["candidate"] == i].iloc[0]) for i in range(count)]
    )
    evaluated = Evaluated(times, status_of(times, DIVERGED))
    selected = candidates.loc[candidates["kind"] == "selected", "candidate"].unique()
    further = pd.DataFrame(dict.fromkeys(schemas.FURTHER.names, selected))
    tables = compare(problem, part["question"], swept, settings, candidates, evaluated, further)
    return candidates, evaluated, tables


# ── A tiny study ─────────────────────────────────────────────────────────────────────────────
# Gradient descent with two rates, and momentum with the same and momentum 0 or 0.9, from four
# tuning starts and thirty fresh ones.

TINY = bowl(
    methods=["gradient_descent", "momentum"],
    learning_rate={"low": 0.01, "high": 0.1, "count": 2},
    momentum=[0.0, 0.9],
    starts=4,
    evaluation=30,
    headline=SWEEP["headline"] | {"trials": 2},
)
SWEPT = [
    [50, 55, inf, 60],  # gradient descent, 0.01
    [20, 30, 41, 30],  # and 0.1
    [50, 55, inf, 60],  # momentum 0, 0.01
    [10, 60, 30, inf],  # momentum 0.9, 0.01
    [20, 30, 41, 30],
    [10, 21, 32, 42],
]
NAMES = ["gradient_descent", "gradient_descent", *["momentum"] * 4]
SETTINGS = [(0.01, 0.0), (0.1, 0.0), (0.01, 0.0), (0.01, 0.9), (0.1, 0.0), (0.1, 0.9)]


def tiny_times(candidate):
    """Return a candidate's thirty hitting times, longer for gradient descent."""
    rng = np.random.default_rng(int(candidate["candidate"]))
    slow = 30 if candidate["method"] == "gradient_descent" else 0
    times = rng.integers(5, 25, 30) + slow
    return np.where(rng.random(30) < 0.1, inf, times)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    """Return candidates, their runs, and tables as they come back from their files."""
    candidates, evaluated, tables = compared(TINY, SWEPT, tiny_times)
    folder = tmp_path_factory.mktemp("tiny")
    for name, schema in TABLES.items():
        write(schema, tables[name], {}, folder / name)
        tables[name] = read(schema, folder / name)
    return candidates, evaluated, tables


@pytest.fixture(scope="module")
def draws(tiny):
    """Return expected running times on resampled fresh starts, shape (candidates, repeats)."""
    times = tiny[1].times
    success, starts = times <= BUDGET_OF_RUNS, times.shape[1]
    cost = np.where(success, times, BUDGET_OF_RUNS).astype(int)
    drawn = (philox(0, "bootstrap of starts").random((9999, starts)) * starts).astype(int)
    spent, hits = (values[:, drawn].sum(axis=2) for values in (cost, success))
    with np.errstate(divide="ignore"):
        return spent / hits


def ends_of(draws, level=0.95):
    """Return the order statistics of a percentile interval."""
    ordered = np.sort(draws)
    tail = round((len(draws) + 1) * (1 - level) / 2)
    return ordered[tail - 1], ordered[-tail]


def winners_of(trials):
    """Return, of each method, the settings that resamples of the tuning starts select."""
    problem = problem_from(TINY)
    return reselected(problem, times_of(SWEPT), settings_tried(problem)[trials])


def candidate_of(candidates, setting):
    """Return the number of the candidate that is a setting of the sweep."""
    rate, momentum = SETTINGS[setting]
    plain = candidates[
        (candidates["kind"] != "drawn")
        & (candidates["method"] == NAMES[setting])
        & np.isclose(candidates["learning_rate"], rate)
        & (candidates["momentum"] == momentum)
    ]
    return plain["candidate"].iloc[0]


@pytest.mark.parametrize("trials", [0, 2])
def test_selected_settings_are_the_best_on_the_tuning_starts(tiny, trials):
    candidates, _, tables = tiny
    tried = settings_tried(problem_from(TINY))[trials]
    rows = rows_of(tables["selected"], trials=trials)
    assert [row["method"] for row in rows] == ["gradient_descent", "momentum"]
    # Charged: 225 / 3, 121 / 4; then the same, 160 / 3, and 105 / 4.
    charged = [225 / 3, 121 / 4, 225 / 3, 160 / 3, 121 / 4, 105 / 4]
    for row, own, winners in zip(rows, tried.values(), winners_of(trials), strict=True):
        best = min(own, key=lambda i: charged[i])
        number = candidate_of(candidates, best)
        assert (row["learning_rate"], row["momentum"]) == SETTINGS[best]
        assert row["candidate"] == number
        assert row["settings"] == {"gradient_descent": 2, "momentum": 4}[row["method"]]
        assert (row["tuning_runs"], row["runs"]) == (4, 30)
        assert row["tuning_expected_running_time"] == charged[best]
        assert row["tuning_success_rate"] == np.isfinite(SWEPT[best]).mean()
        assert row["reselected"] == (winners == best).mean()
        assert row["reselections"] == len(set(winners))
        for name in schemas.FURTHER.names[1:]:
            assert row[name] == number


@pytest.mark.parametrize("trials", [0, 2])
def test_selected_settings_are_told_from_their_fresh_starts(tiny, draws, trials):
    _, evaluated, tables = tiny
    for row in rows_of(tables["selected"], trials=trials):
        times = np.sort(evaluated.times[row["candidate"]])
        hits = times[times <= BUDGET_OF_RUNS].tolist()
        failures = 30 - len(hits)
        assert (row["reached"], row["diverged"]) == (len(hits), failures)
        assert sum(row[name] for name in STATUSES) == 30
        assert row["success_rate"] == len(hits) / 30
        interval = stats.binomtest(len(hits), 30).proportion_ci(method="wilson")
        assert_allclose((row["success_low"], row["success_high"]), interval, rtol=1e-12)
        charged = (sum(hits) + failures * BUDGET_OF_RUNS) / len(hits)
        assert row["expected_running_time"] == charged
        assert row["time_given_success"] == sum(hits) / len(hits)
        for name, rank in (("lower_quartile", 8), ("median", 15), ("upper_quartile", 23)):
            assert row[name] == (times[rank - 1] if rank <= len(hits) else inf)
        low, high = (row[f"expected_running_time_{end}"] for end in ("low", "high"))
        assert (low, high) == ends_of(draws[row["candidate"]])
        assert low < charged < high


@pytest.mark.parametrize("trials", [0, 2])
def test_pairs_are_compared_on_the_same_resamples(tiny, draws, trials):
    candidates, _, tables = tiny
    best = {row["method"]: row["candidate"] for row in rows_of(tables["selected"], trials=trials)}
    (row,) = rows_of(tables["pairwise"], trials=trials)
    assert (row["method"], row["against"]) == ("momentum", "gradient_descent")
    assert (row["role"], row["confidence"]) == ("question", 0.95)
    one, other = draws[best["momentum"]], draws[best["gradient_descent"]]
    assert (row["low"], row["high"]) == ends_of(one / other)
    spread = np.std(np.log(one / other), ddof=1)
    errors = stats.norm.ppf(0.975) + stats.norm.ppf(0.8)
    assert_allclose(row["detectable"], np.exp(errors * spread), rtol=1e-9)
    assert row["verdict"] == "yes"
    assert row["high"] < 1
    # Each resample of the tuning starts with one of the fresh starts.
    every = {int(winner) for winner in winners_of(trials).ravel()}
    numbers = {winner: candidate_of(candidates, winner) for winner in every}
    plain, heavy = (
        [draws[numbers[winner], i] for i, winner in enumerate(winners)]
        for winners in winners_of(trials)
    )
    ratios = np.divide(heavy, plain)
    assert (row["tuning_low"], row["tuning_high"]) == ends_of(ratios)
    shares = {row["method"]: row["first"] for row in rows_of(tables["selected"], trials=trials)}
    assert_allclose(shares["momentum"], ((ratios < 1) + (ratios == 1) / 2).mean(), rtol=1e-12)
    assert sum(shares.values()) == pytest.approx(1)


def test_speed_ups_by_as_much_tuning(tiny):
    candidates, evaluated, tables = tiny
    found = {row["basis"]: row["speed_up"] for row in tables["shrinkage"].to_dict("records")}
    assert list(found) == ["Keras", "PyTorch", "1", "5", "20", "all"]
    methods = {"gradient_descent": [0, 1], "momentum": [2, 3, 4, 5]}
    for basis, trials in (("1", 1), ("5", 5), ("20", 20), ("all", 0)):
        halves = [
            answer_by_hand(
                times_of(SWEPT),
                methods,
                Protocol(0.01, 2, BUDGET_OF_RUNS, "charged", trials, split),
            )
            for split in ("first", "second")
        ]
        plain, heavy = (sqrt(one * other) for one, other in zip(*halves, strict=True))
        assert_allclose(found[basis], plain / heavy, rtol=1e-12)
    assert found["5"] == found["20"] == found["all"] != found["1"]
    for library in ("Keras", "PyTorch"):
        times = {}
        for row in rows_of(candidates, kind="library", name=library):
            own = evaluated.times[row["candidate"]]
            hits = own[own <= BUDGET_OF_RUNS]
            spent = int(hits.sum()) + (30 - len(hits)) * BUDGET_OF_RUNS
            times[row["method"]] = spent / len(hits)
        assert found[library] == times["gradient_descent"] / times["momentum"]
        assert found[library] > 1


def shares_by_hand(success):
    """Return the shares of the three sums of squares of a table of successes."""
    table = np.asarray(success, float)
    centred = table - table.mean()
    rows = np.broadcast_to(centred.mean(axis=1, keepdims=True), table.shape)
    columns = np.broadcast_to(centred.mean(axis=0), table.shape)
    squares = [(part**2).sum() for part in (rows, columns, centred - rows - columns)]
    return np.divide(squares, (centred**2).sum())


def test_successes_are_decomposed_among_settings_and_starts(tiny):
    _, evaluated, tables = tiny
    found = {row["among"]: row for row in tables["anova"].to_dict("records")}
    assert list(found) == ["gradient_descent", "momentum", "selected settings"]
    best = [row["candidate"] for row in rows_of(tables["selected"], trials=0)]
    expected = {
        "gradient_descent": np.isfinite(SWEPT[:2]),
        "momentum": np.isfinite(SWEPT[2:]),
        "selected settings": evaluated.times[best] <= BUDGET_OF_RUNS,
    }
    for among, success in expected.items():
        shares = [found[among][name] for name in ("setting", "start", "interaction")]
        assert_allclose(shares, shares_by_hand(success), atol=1e-12)


# ── Several methods ──────────────────────────────────────────────────────────────────────────


def with_constant_times(times, part=None, **changes):
    """Compare methods of one setting each, that need the same from every start."""
    methods = list(times)
    part = bowl(
        methods=methods,
        learning_rate={"low": 0.1, "high": 0.1, "count": 1},
        momentum=[0.0],
        starts=4,
        headline=SWEEP["headline"] | {"trials": 1},
        **changes,
    )
    return compared(
        part,
        [[times[method]] * 4 for method in sorted(methods)],
        lambda candidate: [times[candidate["method"]]] * SWEEP["evaluation"],
    )[2]


def test_the_question_has_95_percent_and_the_other_pairs_share_5(monkeypatch):
    monkeypatch.setattr(comparison, "RESAMPLES", 999)
    times = {"gradient_descent": 20, "momentum": 10, "nesterov": 15, "adam": 10}
    found = with_constant_times(times)["pairwise"]
    for trials in (0, 1):
        rows = rows_of(found, trials=trials)
        assert [(row["method"], row["against"]) for row in rows] == [
            ("adam", "gradient_descent"), ("adam", "momentum"), ("adam", "nesterov"),
            ("momentum", "gradient_descent"), ("nesterov", "gradient_descent"),
            ("nesterov", "momentum"),
        ]  # fmt: skip
        assert [row["role"] for row in rows] == [
            "question" if row["against"] == "gradient_descent" and row["method"] == "momentum"
            else "exploratory" for row in rows
        ]  # fmt: skip
        levels = [0.95 if row["role"] == "question" else 1 - 0.05 / 5 for row in rows]
        assert_allclose([row["confidence"] for row in rows], levels, rtol=1e-15)
        assert [row["ratio"] for row in rows] == [0.5, 1, 10 / 15, 0.5, 15 / 20, 1.5]
        assert [row["verdict"] for row in rows] == ["yes", "equal", "yes", "yes", "yes", "no"]


def test_methods_that_are_first_alike_share_that():
    times = {"gradient_descent": 20, "momentum": 10, "adam": 10}
    found = with_constant_times(times)["selected"]
    assert found["first"].tolist() == [0.5, 0, 0.5] * 2


def test_a_question_that_is_not_of_these_methods_makes_all_pairs_exploratory():
    part = bowl(methods=["adam", "gradient_descent"], momentum=[0.0], starts=4)
    rng = np.random.default_rng(0)
    found = compared(part, rng.integers(1, 50, (6, 4)), lambda one: rng.integers(1, 50, 25))[2]
    assert set(found["pairwise"]["role"]) == {"exploratory"}
    assert_allclose(found["pairwise"]["confidence"], 0.95, rtol=1e-15)


def test_a_single_method_has_no_pairs(tmp_path):
    tables = with_constant_times({"adam": 7})
    assert [len(tables[name]) for name in TABLES] == [2, 0, 0, 2]
    assert tables["selected"]["first"].tolist() == [1.0, 1.0]
    for name in TABLES:
        write(TABLES[name], tables[name], {}, tmp_path / name)
        assert len(read(TABLES[name], tmp_path / name)) == len(tables[name])


def test_a_method_that_never_reaches_has_infinite_times_and_no_interval():
    tables = with_constant_times({"gradient_descent": 9, "momentum": inf, "adam": inf})
    adam, descent, heavy = rows_of(tables["selected"], trials=0)
    for row in (adam, heavy):
        assert [row[name] for name in ("expected_running_time", "median")] == [inf, inf]
        assert [row["success_rate"], row["success_low"], row["first"]] == [0, 0, 0]
        assert np.isnan([row["time_given_success"], row["expected_running_time_low"]]).all()
        assert row["tuning_expected_running_time"] == inf
    assert (descent["expected_running_time"], descent["first"]) == (9, 1)
    pairs = {(row["method"], row["against"]): row for row in rows_of(tables["pairwise"], trials=0)}
    slower = pairs["momentum", "gradient_descent"]
    assert (slower["ratio"], slower["tuning_low"], slower["tuning_high"]) == (inf, inf, inf)
    neither = pairs["adam", "momentum"]
    assert np.isnan([neither[name] for name in ("ratio", "low", "tuning_low", "tuning_high")]).all()
    assert {row["verdict"] for row in pairs.values()} == {"inconclusive"}
    speed = {
        (row["method"], row["against"]): row["speed_up"]
        for row in rows_of(tables["shrinkage"], basis="all")
    }
    assert speed["momentum", "gradient_descent"] == 0
    assert np.isnan(speed["adam", "momentum"])
    (among,) = rows_of(tables["anova"], among="selected settings")
    assert (among["setting"], among["start"], among["interaction"]) == (1, 0, 0)


def test_a_single_success_has_its_time():
    part = bowl(methods=["adam"], learning_rate={"low": 0.1, "high": 0.1, "count": 1}, starts=2)
    found = compared(part, [[5, 5]], lambda _: [inf] * 24 + [9])[2]["selected"]
    assert found["time_given_success"].tolist() == [9, 9]
    assert found["expected_running_time"].tolist() == [24 * 60 + 9] * 2


@pytest.mark.parametrize(("successes", "told"), [(19, False), (20, True)])
def test_a_running_time_has_an_interval_from_twenty_successes_on(successes, told):
    part = bowl(methods=["adam"], learning_rate={"low": 0.1, "high": 0.1, "count": 1}, starts=2)
    times = [9] * successes + [inf] * (25 - successes)
    found = compared(part, [[5, 5]], lambda _: times)[2]["selected"]
    for end in ("low", "high"):
        assert found[f"expected_running_time_{end}"].notna().tolist() == [told] * 2


def test_methods_that_are_at_the_target_at_once_are_alike():
    tables = with_constant_times({"gradient_descent": 0, "momentum": 0, "adam": 3})
    pairs = {(row["method"], row["against"]): row for row in rows_of(tables["pairwise"], trials=0)}
    alike, later = pairs["momentum", "gradient_descent"], pairs["adam", "gradient_descent"]
    assert (alike["ratio"], alike["low"], alike["high"], alike["verdict"]) == (1, 1, 1, "equal")
    assert (later["ratio"], later["low"], later["high"], later["verdict"]) == (inf, inf, inf, "no")


def test_a_speed_up_where_one_half_needs_no_time_and_the_other_never_arrives():
    """The geometric mean of 0 and infinity is undefined; what may never arrive is as slow."""
    part = bowl(methods=["gradient_descent", "momentum"], momentum=[0.0], starts=2,
                learning_rate={"low": 0.1, "high": 0.1, "count": 1})  # fmt: skip
    found = compared(part, [[0, inf], [4, 9]], lambda _: [5] * 25)[2]["shrinkage"]
    assert [row["speed_up"] for row in rows_of(found, basis="all")] == [inf]


# ── Edges of the grid ────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("rate", "momentum", "edges"),
    [
        (0, 0, "learning_rate"), (1, 0, ""), (2, 0, "learning_rate"),
        (0, 1, "learning_rate"), (1, 1, ""), (1, 2, "momentum"), (2, 2, "learning_rate, momentum"),
    ],
)  # fmt: skip
def test_a_selected_setting_at_the_edge_of_its_grid_is_told(rate, momentum, edges):
    """Momentum 0 is gradient descent: below it there is nothing."""
    part = bowl(methods=["momentum"], starts=2)
    swept = np.full((9, 2), 50)
    swept[3 * rate + momentum] = 5
    (row,) = rows_of(compared(part, swept, lambda _: [9] * 25)[2]["selected"], trials=0)
    assert row["at_edge"] == edges


@pytest.mark.parametrize(("beta1", "edges"), [(0, ""), (1, ""), (2, "beta1")])
def test_below_a_decay_rate_of_0_there_is_nothing_either(beta1, edges):
    part = bowl(methods=["adam"], starts=2, beta1=[0.0, 0.5, 0.9])
    swept = np.full((9, 2), 50)
    swept[3 + beta1] = 5
    (row,) = rows_of(compared(part, swept, lambda _: [9] * 25)[2]["selected"], trials=0)
    assert (row["learning_rate"], row["at_edge"]) == (pytest.approx(10**-1.5), edges)


def test_a_parameter_of_one_value_has_no_edge():
    part = bowl(
        methods=["adam"], starts=2, beta1=[0.9], learning_rate={"low": 0.1, "high": 0.1, "count": 1}
    )
    found = compared(part, [[5, 5]], lambda _: [9] * 25)[2]["selected"]
    assert found["at_edge"].tolist() == ["", ""]


# ── What the tables must not depend on ───────────────────────────────────────────────────────


@st.composite
def some_comparisons(draw):
    """Draw times on tuning and on fresh starts, of 24 settings at most."""
    methods = draw(
        st.lists(st.sampled_from(["adam", "gradient_descent", "momentum"]), min_size=1, unique=True)
    )
    part = bowl(
        methods=methods, starts=draw(st.integers(2, 5)), evaluation=draw(st.sampled_from([2, 30]))
    )
    rng = np.random.default_rng(draw(st.integers(0, 10**6)))
    rate = draw(st.sampled_from([0.0, 0.5, 0.9, 1.0]))

    def times(*shape):
        return np.where(rng.random(shape) < rate, rng.integers(0, 61, shape), inf)

    problem = problem_from(part)
    swept = times(setting_count_of(problem), len(problem.tuning.names))
    return part, swept, times(60, len(problem.evaluation.names))


@pytest.fixture
def few_resamples(monkeypatch):
    monkeypatch.setattr(comparison, "RESAMPLES", 999)
    monkeypatch.setattr("descent.study.selection.RESELECTIONS", 99)


@settings(max_examples=12)
@given(case=some_comparisons())
@pytest.mark.usefixtures("few_resamples")
def test_nothing_is_nan_or_infinite_but_what_may_be_and_shares_are_shares(case):
    part, swept, fresh = case
    tables = compared(part, swept, lambda one: fresh[one["candidate"]])[2]
    for name, schema in TABLES.items():
        assert list(tables[name]) == schema.names
        for column in schema.columns:
            values = tables[name][column.name]
            assert column.nullable or not values.isna().any()
            if column.type != "string" and len(values):
                assert column.may_be_infinite or not np.isinf(values.astype(float)).any()
    selected, pairwise = tables["selected"], tables["pairwise"]
    assert_array_equal(sum(selected[name] for name in STATUSES), selected["runs"])
    assert (selected["success_low"] <= selected["success_rate"]).all()
    assert (selected["success_rate"] <= selected["success_high"]).all()
    assert (selected["reselections"] >= 1).all()
    firsts = selected.groupby("trials")["first"].sum()
    assert ((firsts < 1 + 1e-9) & (firsts >= 0)).all()
    known = pairwise[pairwise["low"].notna()]
    assert (known["low"] <= known["high"]).all()
    assert set(pairwise.loc[pairwise["low"].isna(), "verdict"]) <= {"inconclusive"}


@settings(max_examples=8)
@given(case=some_comparisons(), seed=st.integers(0, 99))
@pytest.mark.usefixtures("few_resamples")
def test_fresh_starts_never_influence_the_selection(case, seed):
    part, swept, fresh = case
    other = np.random.default_rng(seed).integers(0, 61, fresh.shape)
    own = [
        "trials", *SETTING_NAMES, "candidate", "settings", "at_edge", "tuning_runs",
        "tuning_success_rate", "tuning_expected_running_time", "reselected", "reselections",
    ]  # fmt: skip
    one, two = (
        compared(part, swept, lambda row, of=times: of[row["candidate"]])[2]["selected"][own]
        for times in (fresh, other)
    )
    pd.testing.assert_frame_equal(one, two)


def test_of_settings_that_are_not_judged_the_first_runs_alone_count(monkeypatch):
    monkeypatch.setattr("descent.study.portions.FEW_STARTS", 8)

    def fresh(otherwise, judged):
        def times(candidate):
            own = tiny_times(candidate)
            own[8:] = np.where(is_judged[candidate["candidate"]] == judged, otherwise, own[8:])
            return own

        return compared(TINY, SWEPT, times)[2]

    found = choose_candidates(problem_from(TINY), times_of(SWEPT))
    is_judged = (found["kind"] == "selected").groupby(found["candidate"]).any()

    plain, others, judged = fresh(1, False), fresh(inf, False), fresh(1, True)
    for name, table in plain.items():
        pd.testing.assert_frame_equal(table, others[name])
    ranges = ["tuning_low", "tuning_high"]
    assert_array_equal(judged["pairwise"][ranges], plain["pairwise"][ranges])
    assert_array_equal(judged["selected"]["first"], plain["selected"]["first"])
    assert (judged["pairwise"]["ratio"] != plain["pairwise"]["ratio"]).any()


@pytest.mark.parametrize("trials", [0, 2])
def test_pairs_are_compared_over_all_draws_of_settings(tiny, trials):
    """Gradient descent has two settings, all of which are tried; momentum two of four, or all."""
    (row,) = rows_of(tiny[2]["pairwise"], trials=trials)
    times, found = np.array(SWEPT), []
    cost, success = np.where(np.isinf(times), BUDGET_OF_RUNS, times), np.isfinite(times)
    halves = [cost[:, half].sum(1) / success[:, half].sum(1) for half in ([0, 1], [2, 3])]
    for selecting, scoring in (halves, halves[::-1]):
        for draw in combinations(range(2, 6), trials or 4):
            heavy, plain = (min(own, key=lambda i: (selecting[i], i)) for own in (draw, (0, 1)))
            found.append(scoring[heavy] / scoring[plain])
    assert_allclose(row["draws_faster"], np.less(found, 1).mean(), rtol=1e-12)
    assert_allclose(row["draws_slower"], np.greater(found, 1).mean(), rtol=1e-12)
    assert_allclose((row["draws_low"], row["draws_high"]), (min(found), max(found)))


# ── The whole way ────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "part", [bowl(), bowl(rotation=2), net()], ids=["plane", "turned", "network"]
)
def test_a_small_study_goes_the_whole_way(part, tmp_path):
    problem, tables = whole_way(part)
    for name, schema in (TABLES | {"settings": schemas.SETTINGS, "candidates": schemas.CANDIDATES,
                                   "further": schemas.FURTHER}).items():  # fmt: skip
        write(schema, tables[name], {}, tmp_path / name)
        assert len(read(schema, tmp_path / name)) > 0
    for row in tables["selected"].to_dict("records"):
        own = tables["evaluation"][tables["evaluation"]["candidate"] == row["candidate"]]
        assert row["runs"] == len(own) == len(problem.evaluation.names)
        for name in STATUSES:
            assert row[name] == (own["status"] == name).sum()
    assert tables["selected"]["reached"].max() > 0


# ── The same study, again and again ──────────────────────────────────────────────────────────

REPETITIONS = 30
AGAIN = {
    "learning_rate": {"low": 0.02, "high": 0.2, "count": 3},
    "momentum": [0.0, 0.8],
    "evaluation": 40,
}


def nothing_further(problem, candidates):
    """Return a table of the right rows, without running anything."""
    selected = candidates.loc[candidates["kind"] == "selected", "candidate"].unique()
    return pd.DataFrame(dict.fromkeys(schemas.FURTHER.names, selected))


@pytest.fixture(scope="module")
def true_times():
    """Return each setting's expected running time, from so many starts that it is known."""
    sweep = swept_columns(problem_from(bowl(seed=99, starts=3000, **AGAIN)))
    times = pd.Series(sweep["within_0.01_for_2"])
    names = ["method", "learning_rate", "momentum"]
    runs = pd.DataFrame({name: sweep[name] for name in names}).assign(
        cost=times.where(np.isfinite(times), BUDGET_OF_RUNS), success=np.isfinite(times)
    )
    sums = runs.groupby(names)[["cost", "success"]].sum()
    return (sums["cost"] / sums["success"]).rename("truth")


@pytest.fixture(scope="module")
def repeated(true_times):
    """Return selected settings and pairs of a study made from many seeds, with the truth."""
    selected, pairs = [], []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(comparison, "RESAMPLES", 999)
        patch.setattr("descent.study.selection.RESELECTIONS", 199)
        patch.setattr("small_studies.run_further", nothing_further)
        for seed in range(REPETITIONS):
            tables = whole_way(bowl(seed=seed, starts=8, **AGAIN))[1]
            own = (
                tables["selected"].query("trials == 0").join(true_times, on=true_times.index.names)
            )
            true = own.set_index("method")["truth"]
            rows = tables["pairwise"].query("trials == 0")
            ratios = true[rows["method"]].to_numpy() / true[rows["against"]].to_numpy()
            selected.append(own.assign(seed=seed))
            pairs.append(rows.assign(seed=seed, truth=ratios))
    return pd.concat(selected), pd.concat(pairs)


def test_verdicts_agree_as_often_as_their_probabilities_say(repeated):
    """Where a ratio r has the standard error s on the log scale, yes has Φ(-log r / s - z).

    Of 30 a share of p varies by √(p (1 - p) / 30): three times that is allowed, and 3 % for the
    normal distribution and the standard error, which is told by what is detectable.
    """
    for (method, _), rows in repeated[1].groupby(["method", "against"]):
        error = np.log(rows["detectable"]) / 2.8
        z = stats.norm.ppf(0.5 + rows["confidence"] / 2)
        for verdict, sign in (("yes", -1), ("no", 1)):
            apart = (sign * np.log(rows["truth"]) / error).fillna(-inf)  # the same setting: equal
            chance = stats.norm.cdf(apart - z).mean()
            slack = 3 * sqrt(chance * (1 - chance) / REPETITIONS) + 0.03
            assert abs((rows["verdict"] == verdict).mean() - chance) < slack, (method, verdict)
    verdicts = repeated[1].groupby("method")["verdict"].value_counts(normalize=True)
    assert 0.2 < verdicts["momentum", "yes"] < 0.8  # a study that leaves something to chance


def test_intervals_of_whole_studies_hold_the_truth_of_their_settings(repeated):
    """Of 90 intervals, 60 of them of 97.5 %, three or so miss; 90 % is three errors away."""
    rows = repeated[1]
    covers = (rows["low"] <= rows["truth"]) & (rows["truth"] <= rows["high"])
    assert len(rows) == 3 * REPETITIONS
    assert covers.mean() >= 0.9
    # What varies about the truth is what the interval says.
    apart = np.log(rows["ratio"] / rows["truth"]) / (np.log(rows["detectable"]) / 2.8)
    assert 0.7 < apart.std() < 1.3


def test_methods_come_first_in_the_order_in_which_a_study_says(repeated):
    table = repeated[0].pivot(index="seed", columns="method", values="expected_running_time")
    seen = table.eq(table.min(axis=1), axis=0).mean()
    said = repeated[0].groupby("method")["first"].mean()
    assert said.sort_values().index.tolist() == seen.sort_values().index.tolist()
    # A study's resamples vary about what it has found, so that it is less sure than it could be.
    assert (abs(said - seen) < 0.25).all()
    assert said.max() < seen.max()
