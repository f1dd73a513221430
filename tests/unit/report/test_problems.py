"""Rows of a problem's tables, as the report shows them."""

import numpy as np
import pandas as pd
import pytest
from tables_by_hand import (
    GD,
    HEAVY,
    HIT,
    INF,
    QUESTION,
    SWEEP,
    effects,
    level,
    pair,
    part,
    selected,
    summary,
)

from descent.core.problem import problem_of
from descent.report.problems import (
    anova_rows,
    named_times,
    outcome_counts,
    tuning_rows,
)
from descent.tables.parquet import write
from descent.tables.schemas import evaluation_schema

SLOW = {"name": "slow", "method": "momentum", "learning_rate": 1e-4, "momentum": 0.1}
CANDIDATES = [
    {"candidate": 7, "kind": "named", "name": "slow", "method": "momentum"},
    {"candidate": 8, "kind": "named", "name": "other", "method": "momentum"},
    {"candidate": 9, "kind": "drawn", "name": "slow", "method": "momentum"},
    {"candidate": 5, "kind": "library", "name": "slow", "method": "momentum"},
]


def test_what_is_selected_is_told_for_few_settings_and_for_all_the_quickest_first():
    found = summary([GD, HEAVY, selected("adam", 200.0)])
    assert found["tried"] == [5, 0]
    for trials in (5, 0):
        rows = found["selected"][trials]
        assert [row["method"] for row in rows] == ["adam", "momentum", "gradient_descent"]
        assert {row["trials"] for row in rows} == {trials}
    assert (found["settings"], found["runs"]) == (30, 30 * 22)


@pytest.mark.parametrize(("trials", "tried"), [(9, [9, 0]), (10, [10])])
def test_the_best_of_all_is_no_second_answer_where_all_settings_are_tried(trials, tried):
    sweep = SWEEP | {"headline": SWEEP["headline"] | {"trials": trials}}
    found = summary(of=part(sweep=sweep))
    assert found["tried"] == list(found["selected"]) == tried


def test_the_question_is_found_among_the_pairs_and_told_first():
    exploratory = pair(names=("gradient_descent", "adam"))
    rows = [GD, HEAVY, selected("adam", 9.0)]
    levels = [level(0.2, names=("gradient_descent", "adam")), level(0.97)]
    for choice, shares in {"target": (0.5, 0.4), "hold": (0.6, 0.5), "budget": (0.4, 0.1)}.items():
        levels += [level(share, choice=choice) for share in shares]
    choices = [*effects("split", ("gradient_descent", "adam")), *effects("budget")]
    found = summary(rows, [exploratory, pair()], levels, effects=choices)
    assert [row["role"] for row in found["pairwise"][0]] == ["question", "exploratory"]
    assert {k: row["trials"] for k, row in found["asked"].items()} == {5: 5, 0: 0}
    assert found["asked"][5]["method"] == "momentum"
    assert found["protocols"]["share"] == 0.97
    assert [row["share"] for row in found["pairs"]] == [0.2, 0.97]
    assert found["flipped_by"] == ["target"]
    assert [row["choice"] for row in found["effects"]][:2] == ["budget", "target"]
    other = summary(rows, [exploratory], levels, question=QUESTION | {"method": "adam"})
    assert (other["asked"], other["protocols"], other["effects"]) == ({5: None, 0: None}, None, [])


def test_methods_are_told_by_how_often_they_come_first():
    found = summary(first={"gradient_descent": 0.25, "momentum": 0.75})["first"]
    assert [(row["method"], row["share"]) for row in found] == [
        ("momentum", 0.75), ("gradient_descent", 0.25),
    ]  # fmt: skip


def test_outcomes_of_a_network_are_told_apart_even_where_there_are_none():
    table = pd.DataFrame(
        {"method": ["a", "b", "a"], "reached": [1, 2, 3], "diverged": [0, 1, 0]}
        | dict.fromkeys(("cycle", "dead", "stuck", "budget"), 0)
    )
    assert outcome_counts(table, "formula") == {
        "a": {"reached": 4, "diverged": 0}, "b": {"reached": 2, "diverged": 1},
    }  # fmt: skip
    nothing = {"dead": 0, "stuck": 0, "budget": 0}
    assert outcome_counts(table, "network")["b"] == {"reached": 2, "diverged": 1} | nothing
    found = summary([GD | {"stuck": 3}, HEAVY])["outcomes"]
    assert found["selected"]["gradient_descent"] == {"reached": 70, "stuck": 3, "budget": 30}
    assert found["all"]["momentum"] == {"reached": 900, "stuck": 0, "budget": 100}


def test_named_runs_count_within_their_own_iterations_and_within_the_budget():
    """Hits at 100, 101, 1000, one beyond the budget, none; as many starts as the run draws."""
    hits = [(7, hit) for hit in (100, 101, 1000, 1001, INF)] + [(9, 5), (9, INF), (8, 1), (5, 1)]
    of = part(runs=[SLOW | {"iterations": 100}, SLOW | {"name": "long", "iterations": 9999}])
    named, drawn = summary(of=of, candidates=CANDIDATES, evaluation=hits)["named"]
    assert (named["kind"], named["runs"], named["run"]["name"]) == ("named", 5, "slow")
    assert (named["own"]["share"], named["all"]["share"]) == (0.2, 0.6)
    assert (named["all"]["low"], named["all"]["high"]) == pytest.approx((0.2307, 0.8824), abs=1e-4)
    assert (drawn["kind"], drawn["runs"], drawn["own"]["share"]) == ("drawn", 2, 0.5)


def test_a_named_run_of_more_iterations_is_known_up_to_the_budget():
    of = part(runs=[SLOW | {"iterations": 2000}])
    hits = [(7, 900), (7, 1500), (9, 1)]
    named = summary(of=of, candidates=CANDIDATES, evaluation=hits)["named"][0]
    assert named["own"]["share"] == named["all"]["share"] == 0.5


def test_of_an_evaluation_the_headlines_hitting_times_are_read(tmp_path):
    problem, path = problem_of(part()), tmp_path / "evaluation.parquet"
    schema = evaluation_schema(SWEEP["multiverse"])
    columns = {name: [1.0, 2.0] for name in schema.names if name.startswith("within")}
    columns |= {"candidate": [0, 1], "start": [0, 0], "status": ["budget"] * 2}
    columns |= {"iterations": [9, 9], HIT: [3.0, INF]}
    write(schema, {name: columns[name] for name in schema.names}, part(), path)
    found = named_times(problem, path, part())
    assert sorted(found.columns) == ["candidate", HIT]
    assert found[HIT].tolist() == [3.0, INF]


def test_held_out_samples_are_those_of_the_selected_setting():
    found = summary([GD, HEAVY])["tested"]  # whose learning rates are 0.01
    assert [(row["method"], row["runs"], row["test_loss"]) for row in found] == [
        ("momentum", 22, 0.01), ("gradient_descent", 22, 0.01),
    ]  # fmt: skip


def test_speed_ups_are_told_by_pair_and_basis():
    found = summary()["shrinkage"]
    assert found["bases"] == ["Keras", "1", "5", "20", "all"]
    assert found["rows"][("momentum", "gradient_descent")]["20"] == 3


@pytest.mark.parametrize(
    ("tried", "counts"),
    [
        (range(1, 11), [1, 5, 10]),
        (range(1, 31), [1, 5, 20, 30]),
        ([1], [1]),
        ([1, 2, 4, 8, 16], [1, 16]),
        ([1, 5, 20], [1, 5, 20]),
    ],
)
def test_the_tuning_curve_is_told_at_a_few_numbers_and_the_last(tried, counts):
    rows = [
        {"method": name, "settings_tried": k, "split": split, "score": k * factor + half}
        for name, factor in (("adam", 10.0), ("momentum", 20.0))
        for k in tried
        for half, split in enumerate(("first", "second"))
    ]
    found = tuning_rows(pd.DataFrame(rows), ["momentum", "adam"])
    assert found["counts"] == counts
    assert list(found["rows"]) == ["momentum", "adam"]
    assert found["rows"]["adam"] == [[10.0 * k, 10.0 * k + 1] for k in counts]


def test_success_varies_first_among_the_selected_settings_then_method_by_method():
    among = ["adam", "momentum", "selected settings", "adagrad"]
    found = anova_rows(pd.DataFrame({"among": among}), ["momentum", "adagrad", "adam"])
    assert [row["method"] for row in found] == [None, "momentum", "adagrad", "adam"]


def test_only_parameters_of_swept_methods_are_told():
    sweep = SWEEP | {"decay": [0.9], "beta1": [0.9]}
    of = part(sweep=sweep)
    assert summary([GD, selected("adam", 5.0)], of=of)["swept"] == ["learning_rate", "beta1"]


def test_one_method_alone_is_summarised():
    found = summary([GD])
    assert (found["pairs"], found["pairwise"][5], found["asked"][5]) == ([], [], None)
    assert np.isclose(found["first"][0]["share"], 1.0)
