"""Summaries of checks, named runs and faults, counted and averaged by hand."""

import math

import numpy as np
import pandas as pd
import pytest
from tables_by_hand import NAN, frame

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
