"""Rows and verdicts of the report at their edges: ties, zeros, ends of intervals, last hits."""

import numpy as np
import pandas as pd
import pytest
from tables_by_hand import (
    GD,
    HEAVY,
    INF,
    NAN,
    against,
    compared,
    evaluated,
    frame,
    part,
    scored,
    summary,
)

from descent.core.problem import problem_of
from descent.report import verdicts
from descent.report.problems import (
    anova_rows,
    at_target,
    lower_median,
    summarise_problem,
    tuning_rows,
)
from descent.report.summaries import (
    FaultTable,
    descent_rows,
    fault_text,
    forward_summary,
    gradient_summary,
    theory_summary,
    training_rows,
)
from descent.tables.schemas import FAULTS, FORWARD, GRADIENTS, THEORY, TRAINING, TRAJECTORIES

NAMED = {"name": "slow", "method": "momentum", "learning_rate": 1e-4, "momentum": 0.1}


# ── A problem ────────────────────────────────────────────────────────────────────────────────


def test_a_hit_on_the_last_iteration_counts():
    """Within 100 iterations of its own and 1,000 of the sweep, and one later than each."""
    hits = (100, 101, 1000, 1001)
    rows = [evaluated("slow", "named", k, hit, hit) for k, hit in enumerate(hits)]
    (row,) = summary([GD, HEAVY], (), rows, runs=[NAMED | {"iterations": 100}])["named"]
    assert (row["own"], row["all"], row["starts"]) == (1, 3, 4)
    assert row["all_interval"] == pytest.approx((0.3006, 0.9544), abs=1e-4)  # Wilson's, of 3 in 4


def test_one_method_alone_is_summarised():
    found = summary([GD])
    assert (found["tuning"], found["evaluation"], found["settings"]) == (12, 10, 25)
    assert (found["pairwise"], verdicts.rivals_of(found)) == ([], ["gradient_descent"])


def test_outcomes_of_selected_settings_are_those_on_the_evaluation_starts():
    tables = compared([GD, HEAVY])
    tuning = tables["settings"]["part"] == "tuning"
    tables["settings"].loc[tuning, ["reached", "budget", "diverged"]] = (1, 2, 9)
    found = summarise_problem(problem_of(part()), tables)
    assert [row["reached"] for row in found["selected"]] == [9, 8]
    assert found["selected_outcomes"]["momentum"] == {"reached": 9, "budget": 1}
    assert found["outcomes"]["momentum"] == {"reached": 10, "diverged": 9, "budget": 3}


def test_the_median_of_an_even_number_is_the_lower():
    assert lower_median(np.array([7.0])) == 7.0
    assert lower_median(np.array([8.0, 6.0])) == 6.0
    assert lower_median(np.array([INF, 3.0, 1.0, INF])) == 3.0
    assert lower_median(np.array([INF, 3.0, INF])) == INF
    assert lower_median(np.array([4.0, 1.0, 5.0, 2.0, 3.0, 6.0])) == 3.0


def test_a_run_that_stays_from_its_first_hit_or_never_hits_did_not_leave():
    ways = [(5, 5), (5, 9), (5, INF), (INF, INF), (5, 6)]
    rows = [evaluated("momentum", "selected", k, *way) for k, way in enumerate(ways)]
    rows += [evaluated("momentum", "named", k, 1, 1) for k in range(3)]
    found = summary([GD, HEAVY], (), rows)["hits"][0]
    assert (found["runs"], found["hit"], found["stay"], found["left"]) == (5, 4, 3, 3)


def test_the_sweeps_target_is_found_among_others_though_rounded():
    targets = [1e-6, 1.0000000001e-3, 2e-3, 1e-2, 1.0]
    table = pd.DataFrame({"target": targets * 2, "start": range(10)})
    assert at_target(table, 1e-3)["start"].tolist() == [1, 6]
    assert at_target(table, 1.0)["start"].tolist() == [4, 9]
    assert at_target(table, 1e-6)["start"].tolist() == [0, 5]


@pytest.mark.parametrize(
    ("own", "others", "counts"),
    [
        (range(1, 26), range(1, 26), [10, 25]),
        ([1, 5, 9, 11, 30], [1, 9, 11, 30, 40], [9, 30]),
        ([1, 5, 10, 11], [5, 10, 11], [10, 11]),
        ([1, 2, 3], [1, 2, 3, 9], [3]),
        ([12, 40], [12, 40, 50], [12, 40]),
    ],
)
def test_settings_tried_are_about_ten_and_the_most_that_all_methods_have(own, others, counts):
    curve = [("adam", k) for k in own] + [("momentum", k) for k in others]
    table = pd.DataFrame(curve, columns=["method", "settings_tried"])
    table["median"] = table["settings_tried"] * 10.0
    found = tuning_rows(table, ["momentum", "adam"])
    assert found["counts"] == counts
    assert list(found["rows"]) == ["momentum", "adam"]
    for scores in found["rows"].values():
        assert [score["median"] for score in scores] == [10.0 * k for k in counts]


def test_success_varies_first_among_the_selected_settings_then_method_by_method():
    among = ["adam", "momentum", "selected settings", "adagrad"]
    found = anova_rows(pd.DataFrame({"among": among}), ["momentum", "adagrad", "adam"])
    assert [row["method"] for row in found] == [None, "momentum", "adagrad", "adam"]


def test_comparisons_are_in_the_order_of_the_selected_settings():
    scores = [scored("adam", 300.0), GD, HEAVY]
    pairs = [
        against("adam", "gradient_descent"), against("gradient_descent", "momentum"),
        against("adam", "momentum"),
    ]  # fmt: skip
    found = summary(scores, pairs)["pairwise"]
    assert [(row["against"], row["method"]) for row in found] == [
        ("momentum", "adam"), ("momentum", "gradient_descent"), ("gradient_descent", "adam"),
    ]  # fmt: skip


# ── Verdicts ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("pair", "kind"),
    [
        ({"ratio": (0.5, 0.4, 1.0)}, "unclear"),  # an interval that touches 1 holds it
        ({"ratio": (2.0, 1.0, 3.0), "signs": (1, 9, 0)}, "unclear"),
        ({"ratio": (0.5, 0.4, 0.999)}, "yes"),
        ({"ratio": (2.0, 1.001, 3.0), "signs": (1, 9, 0)}, "no"),
        ({"p": 0.05}, "few"),
        ({"p": 0.0499}, "yes"),
        ({"signs": (5, 5, 0)}, "opposed"),  # as often first as the other
        ({"ratio": (2.0, 1.5, 3.0), "signs": (9, 1, 0)}, "opposed"),
        ({"ratio": (2.0, 1.5, 3.0), "signs": (1, 9, 0), "p": 0.06}, "few"),
        ({"ratio": (0.9, 0.7, 1.1), "p": 0.5}, "unclear"),
        ({"ratio": (0.9, 0.7, 1.1), "signs": (1, 0, 9)}, "unclear"),
        ({"ratio": (0.9, 0.7, 1.1), "signs": (0, 1, 9)}, "unclear"),
        ({"signs": (0, 0, 10), "p": 1.0}, "few"),  # no differences of sign, yet of cost
    ],
)
def test_verdicts_at_their_edges(pair, kind):
    found = summary([GD, HEAVY], [against("momentum", "gradient_descent", **pair)])
    assert verdicts.verdict_on(found)["kind"] == kind


@pytest.mark.parametrize(("signs", "kind"), [((1, 1, 8), "unclear"), ((0, 0, 10), "same")])
def test_methods_that_need_as_much_are_the_same_only_if_none_is_ever_first(signs, kind):
    pair = against("momentum", "gradient_descent", (1.0, 0.9, 1.1), signs, 1.0)
    found = summary([scored("momentum", 9.0), scored("gradient_descent", 9.0)], [pair])
    assert verdicts.verdict_on(found)["kind"] == kind


def test_one_of_two_that_never_reaches_is_still_compared():
    pair = against("momentum", "gradient_descent", (0.0, 0.0, 0.0), (1, 0, 9), 0.5)
    found = summary([scored("momentum", 9.0, 1), scored("gradient_descent", INF, 0)], [pair])
    assert verdicts.verdict_on(found)["kind"] == "few"
    found["selected"] = found["selected"][:1]  # a comparison needs both
    assert verdicts.verdict_on(found)["kind"] == "absent"
    found = summary([scored("momentum", 9.0, 1), scored("gradient_descent", INF, 0)])
    assert verdicts.verdict_on(found)["kind"] == "absent"


def test_a_comparison_is_turned_as_a_whole():
    pair = against("adam", "momentum", (4.0, 2.0, 8.0), (1, 7, 2), 0.01, (0.2, -0.1, 0.5))
    others = [against("adagrad", "momentum"), against("adam", "adagrad")]
    found = verdicts.pairwise_of([*others, pair], "momentum", "adam")
    assert found == pair | against(
        "momentum", "adam", (0.25, 0.125, 0.5), (7, 1, 2), 0.01, (-0.2, -0.5, 0.1)
    )
    assert verdicts.pairwise_of([*others, pair], "adam", "momentum") == pair
    assert verdicts.pairwise_of(others, "momentum", "adam") is None
    never = against("adam", "momentum", (0.0, 0.0, INF))
    turned = verdicts.pairwise_of([never], "momentum", "adam")
    assert [turned[f"ratio{end}"] for end in ("", "_low", "_high")] == [INF, 0.0, INF]


def test_the_leader_is_the_quickest_on_the_tuning_starts_then_the_surest_then_by_name():
    def row(method, charged, rate):
        return {
            "method": method, "tuning_expected_running_time_charged": charged,
            "tuning_success_rate": rate,
        }  # fmt: skip

    rows = [row("nesterov", 9.0, 0.5), row("momentum", 8.0, 0.5), row("adam", 9.0, 1.0)]
    assert verdicts.leader_of(rows) == "momentum"
    assert verdicts.leader_of([rows[0], rows[2]]) == "adam"
    assert verdicts.leader_of([rows[0], row("zeal", 9.0, 0.9)]) == "zeal"
    assert verdicts.leader_of([rows[0], row("adam", 9.0, 0.5)]) == "adam"


@pytest.mark.parametrize(
    ("ends", "rivals"),
    [
        ((1.0, 2.0), ["adam", "momentum"]),  # touches 1: not shown to be slower
        ((1.001, 2.0), ["adam"]),
        ((0.5, 1.0), ["adam", "momentum"]),  # nor, here, to be quicker
    ],
)
def test_a_rival_whose_interval_touches_1_stays_one(ends, rivals):
    scores = [HEAVY, scored("adam", 190.0)]
    found = summary(scores, [against("momentum", "adam", (1.0, *ends))])
    assert verdicts.rivals_of(found) == rivals


def test_a_leader_is_beaten_only_by_an_interval_below_1():
    lucky = scored("adam", 210.0, tuning_expected_running_time_charged=1.0)
    for high, rivals in ((1.0, ["momentum", "adam"]), (0.999, ["momentum"])):
        found = summary([HEAVY, lucky], [against("momentum", "adam", (0.8, 0.7, high))])
        assert verdicts.rivals_of(found) == rivals


def test_as_much_as_on_the_tuning_starts_is_no_optimism():
    """Charged 2 × 10 on the evaluation starts, beside as much, less and more on the others."""
    scores = [
        scored(name, 10.0, tuning_expected_running_time_charged=charged)
        for name, charged in (("adam", 20.0), ("momentum", 19.9), ("nesterov", 20.1))
    ]
    never = scored("adagrad", INF, 0), scored("rmsprop", 10.0, tuning_success_rate=0.0)
    assert verdicts.optimism(summary([*scores, *never])) == (1, 3)


def test_what_decides_must_be_clear_by_two_deviations():
    found = summary([GD, HEAVY])
    for margin, decides in ((1.0, "open"), (1.0 + 1e-9, "the start")):
        # Without interaction chance has nothing, nor has the spread: a tie is open.
        found["anova"][0] |= {"setting": 0.5, "start": 0.5 * margin, "interaction": 0.0}
        assert verdicts.deciding(found)["decides"] == decides
    # Of e = 0.2/9 by chance each: 2 (1 + 9) e² + 4 e (s + t − 10 e) is the spread's square.
    chance = 0.2 / 9
    found["anova"][0] |= {"setting": 0.4, "start": 0.4, "interaction": 0.2}
    answer = verdicts.deciding(found)
    left = (0.4 - chance, 0.4 - 9 * chance)
    assert (answer["setting"], answer["start"]) == pytest.approx(left)
    assert answer["spread"] == pytest.approx(np.sqrt(20 * chance**2 + 4 * chance * sum(left)))
    assert answer["rest"] == pytest.approx(0.2 + 10 * chance)
    found["anova"] = [row for row in found["anova"] if row["method"]]
    assert verdicts.deciding(found) is None


# ── Checks ───────────────────────────────────────────────────────────────────────────────────


def test_theory_agrees_at_the_resolution_itself():
    rows = [
        {"quantity": "limit", "objective": "q", "method": "m", "theoretical": 2.0,
         "measured": 2.0 + d, "resolution": r}
        for d, r in ((0.5, 0.5), (-0.5, 0.5), (0.75, 0.5), (-0.25, 0.125), (0.0, 0.0))
    ]  # fmt: skip
    found = theory_summary(frame(THEORY, rows))
    assert (found["agreeing"], found["count"]) == (3, 5)
    (group,) = found["groups"]
    assert (group["agreeing"], group["difference"], group["resolution"]) == (3, 0.75, 0.5)


def test_theory_is_grouped_by_quantity_objective_and_method_in_the_order_met():
    names = [("rate", "q", "m"), ("limit", "q", "m"), ("rate", "b", "m"), ("rate", "q", "a")]
    rows = [
        {**dict(zip(("quantity", "objective", "method"), name, strict=True)), "theoretical": k}
        for k, name in enumerate([*names, names[0], names[0]])
    ]
    rows.append({"quantity": "period of the cycle", "objective": "q", "method": "m"})
    found = theory_summary(frame(THEORY, rows))
    groups = [
        (row["quantity"], row["objective"], row["method"], row["count"]) for row in found["groups"]
    ]
    assert groups == [(*name, 3 if name == names[0] else 1) for name in names]
    assert [row["theoretical"] for row in found["groups"]] == [(0, 5), (1, 1), (2, 2), (3, 3)]
    assert len(found["cycle"]) == 1


def test_the_worst_parameter_of_each_network_is_named():
    names = ["W1[0,0]", "W1[0,1]", "b1[0]"]
    table = frame(
        GRADIENTS,
        [
            {"network": n, "parameter": names[k], "analytic": a, "relative_error": e}
            for n, k, a, e in ((0, 0, -8.0, 4e-15), (0, 1, 0.0, 9e-15), (0, 2, 1.0, 5e-15),
                               (1, 0, 4.0, 2e-12), (1, 1, -6.0, 0.0), (1, 2, 0.0, 3e-12))
        ],
    )  # fmt: skip
    found = gradient_summary(table)
    rows = [tuple(row.values()) for row in found["rows"]]
    assert rows == [(0, 3, 1, 5e-15, 9e-15, "W1[0,1]"), (1, 3, 1, 2e-12, 3e-12, "b1[0]")]
    assert (found["worst_parameter"], found["worst_derivative"]) == ("b1[0]", 0.0)
    assert (found["worst"], found["largest_derivative"]) == (3e-12, 6.0)


def test_the_forward_check_shows_each_rows_point_and_all_layers():
    forward = {
        "points": [[1.0, -1.0, 2.0], [0.5, 0.0, 3.0]],
        "weights": [[[0] * 3] * 4, [[0] * 4] * 5],
        "decimals": 4,
    }
    rows = [{"point": k, "class": c, "difference": -1e-6 * c} for k in (1, 0) for c in range(3)]
    found = forward_summary(frame(FORWARD, rows), forward)
    assert [row["inputs"] for row in found["rows"]] == ["(0.5, 0, 3)"] * 3 + ["(1, −1, 2)"] * 3
    assert (found["layers"], found["decimals"], found["largest"]) == ([3, 4, 5], 4, 2e-6)
    forward["points"].pop()
    alone = frame(FORWARD, [{"point": 0, "class": 0, "difference": 0.0}])
    assert forward_summary(alone, forward)["layers"] == [3, 4, 5]


# ── Named runs and faults ────────────────────────────────────────────────────────────────────


def test_a_descents_row_has_its_start_and_its_end():
    rows = [
        {"run": name, "iteration": i, "x1": x + i, "x2": x - i, "value": 9.0 - i}
        for name, x in (("z", 1.0), ("a", 5.0))
        for i in range(4)
    ]
    runs = [{"name": name, "iterations": n} for name, n in (("a", 4), ("z", 3))]
    found = descent_rows(frame(TRAJECTORIES, rows), {"runs": runs})
    assert [(row["name"], row["diverged"]) for row in found] == [("z", False), ("a", True)]
    assert [row["settings"] for row in found] == runs[::-1]
    assert [(row["first"]["x1"], row["last"]["x1"]) for row in found] == [(1, 4), (5, 8)]
    assert [(row["first"]["iteration"], row["last"]["iteration"]) for row in found] == [(0, 3)] * 2


def test_a_trainings_quartiles_are_those_of_its_last_iterations():
    losses = [50.0, 10.0, 40.0, 20.0, 30.0]
    rows = [
        {"run": name, "seed": seed, "iteration": i, "loss": loss * (3 - i) * factor,
         "accuracy": (0.1 * seed + 0.2 * i) / factor}
        for name, factor in (("z", 1.0), ("a", 2.0))
        for seed, loss in enumerate(losses)
        for i in range(3)
    ]  # fmt: skip
    runs = {"runs": [{"name": name} for name in ("a", "z")]}
    faults = FaultTable(frame(FAULTS, []))
    first, second = training_rows(frame(TRAINING, rows), runs, faults)
    assert (first["name"], second["name"]) == ("z", "a")
    assert (first["settings"], first["seeds"], first["plateau"]) == ({"name": "z"}, 5, {})
    assert (first["median"], first["quartiles"], first["best"]) == (30.0, [20.0, 40.0], 10.0)
    assert (second["median"], second["quartiles"], second["best"]) == (60.0, [40.0, 80.0], 20.0)
    assert (first["accuracy"], first["best_accuracy"]) == pytest.approx((0.6, 0.8))


def test_a_faults_row_is_that_of_its_fault_quantity_and_setting():
    rows = [
        {"fault": fault, "setting": setting, "quantity": quantity, "value": float(k)}
        for k, (fault, setting, quantity) in enumerate(
            [("f", "a", "q"), ("f", "b", "q"), ("f", "a", "r"), ("g", "a", "q")]
        )
    ]
    table = FaultTable(frame(FAULTS, rows))
    assert table.row("f", "q")["value"] == 0.0
    assert table.row("f", "q", "b")["value"] == 1.0
    assert table.row("f", "r")["value"] == 2.0
    assert table.row("g", "q", "a")["value"] == 3.0
    assert table.row("g", "r") == table.row("g", "q", "b") == {}


@pytest.mark.parametrize(
    ("quantity", "value", "low", "text"),
    [
        ("start is shown", 1.0, NAN, "yes"), ("start is shown", 0.0, NAN, "no"),
        ("loss", 0.25, NAN, "0.25"), ("share of seeds", 0.25, NAN, "25\u00a0%"),
        ("share of seeds", 0.25, 0.2, "25\u00a0% (20\u00a0% to 75\u00a0%)"),
    ],
)  # fmt: skip
def test_faults_are_written_as_what_they_are(quantity, value, low, text):
    row = {"outcome": None, "quantity": quantity, "value": value, "low": low, "high": 0.75}
    assert fault_text(row) == text
