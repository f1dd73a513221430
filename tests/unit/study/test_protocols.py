"""The multiverse of a small problem: each table against a direct computation."""

from itertools import product

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from small_studies import QUESTION, bowl, problem_from, swept_columns, times_in

from descent.core.methods import METHODS
from descent.statistics.answers import Protocol, answer
from descent.study.protocols import method_pairs, vary_protocols
from descent.tables import schemas
from descent.tables.parquet import read, write

CHOICES = ["target", "hold", "budget", "criterion", "trials", "split"]
LEVELS = {
    "target": [1.0, 0.01], "hold": [1, 2], "budget": [20, 60], "criterion": ["charged", "median"],
    "trials": [2, 3, 0], "split": ["first", "second"],
}  # fmt: skip
METHODS_OF_BOWL = {"adam": np.arange(3), "gradient_descent": np.arange(3, 6)} | {
    "momentum": np.arange(6, 15)
}
PAIRS = [("adam", "gradient_descent"), ("adam", "momentum"), ("momentum", "gradient_descent")]


@pytest.fixture(scope="module")
def times():
    """Return what gives the hitting times of a target and a hold."""
    problem = problem_from(bowl(starts=9))
    columns = swept_columns(problem)

    def of(target, hold):
        return times_in(columns, f"within_{target}_for_{hold}".replace(".0_", "_"), 9, 60)

    return of


@pytest.fixture(scope="module")
def found(times, tmp_path_factory):
    """Return all tables, as they come back from their files."""
    folder, tables = tmp_path_factory.mktemp("protocols"), {}
    for name, table in vary_protocols(problem_from(bowl(starts=9)), QUESTION, times).items():
        schema = getattr(schemas, name.upper())
        write(schema, table, {}, folder / name)
        tables[name] = read(schema, folder / name)
    return tables


@pytest.fixture(scope="module")
def scores(times):
    """Return each method's score under every protocol, a column per method."""
    protocols = [Protocol(*levels) for levels in product(*LEVELS.values())]
    rows = [answer(times(one.target, one.hold), METHODS_OF_BOWL, one) for one in protocols]
    return pd.DataFrame(protocols).join(pd.DataFrame(rows, columns=list(METHODS_OF_BOWL)))


def test_there_are_five_tables(found):
    assert list(found) == ["multiverse", "first", "levels", "effects", "tuning_curve"]


def test_the_multiverse_has_every_method_under_every_protocol(found, scores):
    table = found["multiverse"]
    wide = table.set_index([*CHOICES, "method"])["score"].unstack("method")
    expected = scores.set_index(CHOICES)
    assert len(table) == 96 * 3
    pd.testing.assert_frame_equal(wide, expected.loc[wide.index], check_names=False)
    finite = table["score"].where(np.isfinite(table["score"]))
    ranks = finite.groupby([table[choice] for choice in CHOICES]).rank(method="min")
    assert_array_equal(table["rank"], ranks)
    assert {1.0, 2.0, 3.0} <= set(table["rank"].dropna())
    assert table["rank"].isna().any()


def levels_of(scores):
    """Yield the whole of the protocols, then those at each level of each choice."""
    yield "all", "", scores
    for choice, levels in LEVELS.items():
        for level in levels:
            yield choice, str(level), scores[scores[choice] == level]


def test_who_comes_first_at_each_level(found, scores):
    rows = iter(found["first"].to_dict("records"))
    for choice, level, part in levels_of(scores):
        finite = part[list(METHODS_OF_BOWL)]
        lowest = finite.min(axis=1)
        decided = np.isfinite(lowest)
        wins = finite[decided].eq(lowest[decided], axis=0)
        shares = wins.div(wins.sum(axis=1), axis=0).mean()
        for method in METHODS_OF_BOWL:
            row = next(rows)
            assert (row["choice"], row["level"], row["method"]) == (choice, level, method)
            assert (row["decided"], row["protocols"]) == (decided.sum(), len(part))
            assert_allclose(row["share"], shares[method], rtol=1e-13)
    assert next(rows, None) is None


def test_who_is_faster_at_each_level(found, scores):
    rows = iter(found["levels"].to_dict("records"))
    for method, against in PAIRS:
        for choice, level, part in levels_of(scores):
            with np.errstate(invalid="ignore", divide="ignore"):
                ratios = (part[method] / part[against]).where(
                    ~((part[method] == 0) & (part[against] == 0)), 1.0
                )
            ratios = ratios.dropna().sort_values()
            row = next(rows)
            assert [row[name] for name in ("method", "against", "choice", "level")] == [
                method, against, choice, level,
            ]  # fmt: skip
            assert (row["decided"], row["protocols"]) == (len(ratios), len(part))
            assert row["share"] == (ratios < 1).mean()
            for name, share in (("low", 0.05), ("median", 0.5), ("high", 0.95)):
                expected = np.quantile(ratios, share, method="inverted_cdf")
                assert row[f"ratio_{name}"] == expected
    assert next(rows, None) is None


def test_effects_are_shares_of_the_sign_of_the_log_ratio(found, scores):
    table = found["effects"]
    for method, against in PAIRS:
        own = table[(table["method"] == method) & (table["against"] == against)]
        pairs = [(one, other) for one, other in zip(own["choice"], own["other"], strict=True)]
        mains = [(choice, "") for choice in CHOICES]
        both = [(a, b) for i, a in enumerate(CHOICES) for b in CHOICES[i + 1 :]]
        assert pairs == mains + both
        assert 0 < own["share"].sum() <= 1 + 1e-12
        with np.errstate(invalid="ignore"):
            sign = np.sign(scores[method] - scores[against]).fillna(0.0)
        # A choice's main effect: the variance of its levels' means, of a full grid.
        for choice in CHOICES:
            means = sign.groupby(scores[choice]).transform("mean")
            share = means.var(ddof=0) / sign.var(ddof=0)
            row = own[(own["choice"] == choice) & (own["other"] == "")]
            assert_allclose(row["share"], share, atol=1e-12)


def test_the_tuning_curve_is_the_headline_at_every_number_of_trials(found, times):
    table = found["tuning_curve"]
    assert len(table) == 3 * 3 * 2
    assert set(table["settings_tried"]) == {1, 2, 3}
    for row in table.to_dict("records"):
        protocol = Protocol(0.01, 2, 60, "charged", row["settings_tried"], row["split"])
        (score,) = answer(times(0.01, 2), {"own": METHODS_OF_BOWL[row["method"]]}, protocol)
        assert row["score"] == score


def test_a_table_says_of_a_single_method_what_can_be_said(times):
    problem = problem_from(bowl(starts=9, methods=["adam"]))
    tables = vary_protocols(problem, QUESTION, lambda *goal: times(*goal)[:3])
    assert [len(tables[name]) for name in ("multiverse", "levels", "effects")] == [96, 0, 0]
    first = tables["first"]
    assert set(first.loc[first["decided"] > 0, "share"]) == {1.0}
    for name, table in tables.items():
        assert list(table) == getattr(schemas, name.upper()).names


def test_of_few_ratios_the_ends_are_the_smallest_and_the_largest():
    """Two splits: gradient descent needs 10, then 20, and momentum 20, then 15."""
    verse = {
        "targets": [1.0],
        "holds": [1],
        "budgets": [60],
        "criteria": ["charged"],
        "trials": [0],
    }
    part = bowl(
        methods=["gradient_descent", "momentum"],
        learning_rate={"low": 0.1, "high": 0.1, "count": 1},
        momentum=[0.0],
        starts=2,
        multiverse=verse,
        headline={"target": 1.0, "hold": 1, "trials": 1},
    )
    times = np.array([[20, 10], [15, 20]], np.int16)
    rows = vary_protocols(problem_from(part), QUESTION, lambda *_: times)["levels"]
    whole = rows[rows["choice"] == "all"]
    assert whole[["ratio_low", "ratio_median", "ratio_high"]].to_numpy().tolist() == [
        [0.75, 0.75, 2]
    ]


def test_where_nothing_ever_reaches_nothing_is_decided():
    problem = problem_from(bowl(starts=4))
    tables = vary_protocols(
        problem, QUESTION, lambda *_: np.full((15, 4), np.iinfo(np.int16).max, np.int16)
    )
    assert np.isinf(tables["multiverse"]["score"]).all()
    assert tables["multiverse"]["rank"].isna().all()
    for name in ("first", "levels"):
        assert (tables[name]["decided"] == 0).all()
        assert tables[name]["share"].isna().all()
    assert tables["levels"]["ratio_median"].isna().all()
    assert (tables["effects"]["share"] == 0).all()


@pytest.mark.parametrize("asked", [("momentum", "gradient_descent"), ("nesterov", "adam")])
def test_the_pair_that_is_asked_of_stands_as_it_is(asked):
    methods = sorted(METHODS)
    pairs = method_pairs(methods, asked)
    assert pairs == sorted(pairs)
    assert {frozenset(pair) for pair in pairs} == {
        frozenset((one, other)) for one in methods for other in methods if one != other
    }
    assert len(pairs) == 15
    assert asked in pairs
    order = list(METHODS)
    for method, against in pairs:
        assert (method, against) == asked or order.index(method) > order.index(against)


def test_a_question_of_other_methods_asks_for_no_pair():
    asked = ("rmsprop", "adagrad")
    assert method_pairs(["adam", "momentum"], asked) == [("adam", "momentum")]
