"""Rows of the report, counted and averaged by hand."""

import math

import numpy as np
import pandas as pd
import pytest
from tables_by_hand import GD, HEAVY, INF, SWEEP, against, evaluated, frame, scored, summary

from descent.report.summaries import (
    FaultTable,
    descent_rows,
    forward_summary,
    gradient_summary,
    theory_summary,
    training_rows,
)
from descent.tables.schemas import FAULTS, FORWARD, GRADIENTS, THEORY, TRAINING, TRAJECTORIES

# ── A problem ────────────────────────────────────────────────────────────────────────────────

EVALUATION = [
    evaluated("momentum", "selected", 0, 10, 10),
    evaluated("momentum", "selected", 1, 20, 90),
    evaluated("momentum", "selected", 2, 30, INF),
    evaluated("momentum", "selected", 2, 5, 5, target=1.0),
    evaluated("gradient_descent", "selected", 0, INF, INF),
    evaluated("slow", "named", 0, 400, 400),
    evaluated("slow", "named", 1, 50, 50),
    evaluated("slow", "named", 2, INF, INF),
]
SLOW = {"name": "slow", "method": "momentum", "learning_rate": 1e-4, "momentum": 0.1}


def test_hits_and_stays_are_counted_apart():
    momentum, descent = summary([GD, HEAVY], evaluation=EVALUATION)["hits"]
    assert (momentum["runs"], momentum["hit"], momentum["stay"], momentum["left"]) == (3, 3, 2, 2)
    assert (momentum["median_hit"], momentum["median_stay"]) == (20.0, 90.0)
    assert (descent["hit"], descent["left"], descent["median_hit"]) == (0, 0, INF)


def test_named_runs_count_within_their_own_iterations_and_within_the_budget():
    found = summary([GD, HEAVY], evaluation=EVALUATION, runs=[SLOW | {"iterations": 100}])
    (row,) = found["named"]
    assert (row["own"], row["all"], row["starts"]) == (1, 2, 3)
    assert (row["own_share"], row["all_share"]) == (1 / 3, 2 / 3)
    assert row["own_interval"] == pytest.approx((0.0615, 0.7923), abs=1e-4)  # Wilson's, of 1 in 3


def test_a_named_run_may_be_longer_than_the_budget_of_the_sweep():
    late = [evaluated("slow", "named", k, hit, hit) for k, hit in enumerate((900, 1500))]
    found = summary([GD, HEAVY], evaluation=late, runs=[SLOW | {"iterations": 2000}])
    (row,) = found["named"]
    assert (row["own"], row["all"], row["starts"]) == (2, 1, 2)


def test_methods_compare_at_equal_numbers_of_settings():
    found = summary([GD, HEAVY])["tuning_curve"]
    assert found["counts"] == [10, 25]
    assert [score["median"] for score in found["rows"]["momentum"]] == [1000.0, 2500.0]


def test_selected_settings_are_in_order_and_joined_with_their_outcomes():
    scores = [scored("adam", INF, 0, beta1=0.9), GD, HEAVY, scored("adagrad", INF, 0)]
    found = summary(scores, [against("adam", "momentum"), against("adagrad", "gradient_descent")])
    names = [row["method"] for row in found["selected"]]
    assert names == ["momentum", "gradient_descent", "adagrad", "adam"]
    assert [row["reached"] for row in found["selected"]] == [9, 8, 0, 0]
    assert [row["against"] for row in found["pairwise"]] == ["momentum", "gradient_descent"]
    assert found["selected_outcomes"]["momentum"] == {"reached": 9, "budget": 1}
    assert found["outcomes"]["momentum"] == {"reached": 18, "budget": 2}  # tuning starts, too
    assert (found["settings"], found["tuning"], found["evaluation"]) == (100, 12, 10)
    assert found["runs"] == 4 * 22


def test_only_parameters_of_swept_methods_are_told():
    sweep = SWEEP | {"decay": [0.9], "beta1": [0.9]}
    assert summary([GD, scored("adam", 5.0)], sweep=sweep)["swept"] == ["learning_rate", "beta1"]


# ── Checks ───────────────────────────────────────────────────────────────────────────────────


def test_theory_agrees_within_the_resolution():
    table = frame(
        THEORY,
        [
            {"quantity": "limit", "objective": "quadratic", "method": "momentum", "momentum": m,
             "theoretical": 2.0 + m, "measured": 2.1 + m, "resolution": r}
            for m, r in ((0.0, 0.2), (0.5, 0.01))
        ]
        + [
            {"quantity": f"{what} of the cycle", "objective": "lessard", "method": "momentum",
             "theoretical": value, "measured": value}
            for what, value in (("period", 3.0), ("point 1", -1.5), ("point 2", 0.25))
        ],
    )  # fmt: skip
    found = theory_summary(table)
    assert (found["agreeing"], found["count"]) == (4, 5)
    (group,) = found["groups"]
    assert (group["count"], group["agreeing"], group["theoretical"]) == (2, 1, (2.0, 2.5))
    assert [row["measured"] for row in found["cycle"]] == [3.0, -1.5, 0.25]


def test_a_theory_of_two_objectives_is_told_apart():
    """Each row alike but for the objective: two groups, whatever their order."""
    alike = {"quantity": "limit", "method": "momentum", "theoretical": 2.0, "measured": 2.0}
    rows = [alike | {"objective": name} for name in ("quadratic", "rosenbrock", "quadratic")]
    found = theory_summary(frame(THEORY, rows))["groups"]
    assert [(row["objective"], row["count"]) for row in found] == [
        ("quadratic", 2), ("rosenbrock", 1),
    ]  # fmt: skip


def test_the_worst_derivative_is_found_in_its_network():
    table = frame(
        GRADIENTS,
        [
            {"network": n, "parameter": f"W1[0,{k}]", "analytic": a, "relative_error": e}
            for n, k, a, e in ((0, 0, -8.0, 1e-15), (0, 1, 0.0, 3e-15), (1, 0, 4.0, 2e-12),
                               (1, 1, -6.0, 0.0))
        ],
    )  # fmt: skip
    found = gradient_summary(table)
    assert (found["count"], found["worst"], found["worst_derivative"]) == (4, 2e-12, 4.0)
    assert (found["worst_parameter"], found["largest_derivative"]) == ("W1[0,0]", 6.0)
    assert [row["zero"] for row in found["rows"]] == [1, 0]
    assert [row["median"] for row in found["rows"]] == [2e-15, 1e-12]


def test_the_forward_check_names_its_inputs():
    forward = {"points": [[1.0, -1.0], [0.5, 0.0]], "weights": [[[1], [2], [3]]], "decimals": 4}
    rows = [{"point": k, "class": 0, "difference": d} for k, d in enumerate((1e-6, -3e-6))]
    found = forward_summary(frame(FORWARD, rows), forward)
    assert [row["inputs"] for row in found["rows"]] == ["(1, −1)", "(0.5, 0)"]
    assert (found["largest"], found["layers"]) == (3e-6, [2, 3])


# ── Named runs and faults ────────────────────────────────────────────────────────────────────


def test_a_descent_that_ends_early_diverged():
    rows = [{"run": "a", "iteration": i, "value": 9.0 - i} for i in range(3)]
    for iterations, diverged in ((2, False), (5, True)):
        runs = {"runs": [{"name": "a", "iterations": iterations}]}
        (row,) = descent_rows(frame(TRAJECTORIES, rows), runs)
        assert row["diverged"] is diverged
        assert (row["first"]["value"], row["last"]["value"]) == (9.0, 7.0)


FAULT = FaultTable(
    frame(
        FAULTS,
        [
            {"fault": "dead starts", "setting": "b", "quantity": "share of seeds on the plateau",
             "value": 0.25, "low": 0.1, "high": 0.5, "outcome": None},
            {"fault": "dead starts", "setting": "constant", "quantity": "loss", "value": 547.11,
             "outcome": None},
            {"fault": "softmax", "setting": "bare", "quantity": "outcome", "outcome": "nan"},
            {"fault": "window", "setting": "b", "quantity": "start is shown", "value": 0.0,
             "outcome": None},
        ],
    )
)  # fmt: skip


def test_trainings_are_summarised_over_their_seeds():
    rows = [
        {"run": "b", "seed": seed, "iteration": i, "loss": loss / (i + 1), "accuracy": 0.1 * seed}
        for seed, loss in ((1, 30.0), (2, 10.0), (3, 20.0))
        for i in range(2)
    ]
    (row,) = training_rows(frame(TRAINING, rows), {"runs": [{"name": "b"}]}, FAULT)
    assert (row["seeds"], row["median"], row["best"]) == (3, 10.0, 5.0)
    assert row["quartiles"] == np.quantile([15.0, 5.0, 10.0], [0.25, 0.75]).tolist()
    assert row["best_accuracy"] == pytest.approx(0.3)
    assert row["plateau"]["value"] == 0.25


def test_faults_are_written_by_circumstance_and_quantity():
    found = FAULT.written("dead starts")
    assert found["quantities"] == ["share of seeds on the plateau", "loss"]
    assert found["rows"] == {
        "b": {"share of seeds on the plateau": "25\u00a0% (10\u00a0% to 50\u00a0%)"},
        "constant": {"loss": "547"},
    }
    assert FAULT.written("softmax")["rows"] == {"bare": {"outcome": "nan"}}
    assert FAULT.written("window")["rows"] == {"b": {"start is shown": "no"}}
    assert FAULT.written("nothing")["rows"] == {}
    assert FAULT.row("dead starts", "loss", "b") == {}
    assert FaultTable(pd.DataFrame(columns=FAULTS.names)).row("softmax", "outcome") == {}
    assert math.isnan(FAULT.row("softmax", "outcome")["value"])
