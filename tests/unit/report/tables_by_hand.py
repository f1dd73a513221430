"""Tables of a problem by hand, in the columns of the real ones."""

import math

import pandas as pd

from descent.core.problem import problem_of
from descent.report.problems import summarise_problem
from descent.tables.schemas import (
    ANOVA,
    EVALUATION,
    PAIRWISE,
    SELECTED,
    SETTINGS,
    TUNING_CURVE,
)

SWEEP = {
    "methods": ["gradient_descent", "momentum"],
    "learning_rate": {"low": 1e-4, "high": 1.0, "count": 5},
    "momentum": [0.0, 0.9], "decay": None, "beta1": None, "beta2": None, "epsilon": None,
    "starts": {"low": -2.0, "high": 2.0, "count": 22, "seed": 1}, "tuning": 0.5,
    "iterations": 1000, "target": 1e-3, "targets": [],
}  # fmt: skip
INF, NAN = math.inf, math.nan


def part(name="rosenbrock", runs=(), sweep=SWEEP):
    """Return the part of the configuration of a problem."""
    return {
        "problem": {
            "name": name, "objective": "rosenbrock", "parameters": {"a": 1.0, "b": 100.0},
            "dimension": 2, "runs": list(runs), "sweep": sweep,
        }
    }  # fmt: skip


def frame(schema, rows):
    """Return a table as it is read: rows are completed with values of no meaning."""
    blank = {"string": "", "int64": 0, "float64": 0.0}
    return pd.DataFrame(
        {
            column.name: [
                row.get(column.name, NAN if column.nullable else blank[column.type]) for row in rows
            ]
            for column in schema.columns
        }
    )


def scored(method, time, reached=10, runs=10, **more):
    """Return the row of a selected setting, and that of it on the evaluation starts."""
    rate = reached / runs
    score = {
        "method": method, "learning_rate": 0.01, "momentum": 0.0,
        "success_rate": rate, "success_low": rate * 0.9, "success_high": min(1.0, rate * 1.1),
        "expected_running_time": time, "expected_running_time_charged": 2.0 * time,
        "lower_quartile": time, "median": time, "upper_quartile": INF,
    } | more  # fmt: skip
    selected = {
        "settings_tried": 25, "tuning_runs": 12, "evaluation_runs": runs,
        "tuning_expected_running_time_charged": time * 1.8, "tuning_success_rate": rate,
        "expected_running_time_low": time * 0.8, "expected_running_time_high": time * 1.3,
    }  # fmt: skip
    counts = {"part": "evaluation", "runs": runs, "reached": reached, "budget": runs - reached}
    return score | selected | more, score | counts | more


def against(
    method, other, ratio=(0.5, 0.4, 0.6), signs=(9, 1, 0), p=0.001, difference=(0.1, 0, 0.2)
):
    """Return the row of a pairwise comparison."""
    names = ("ratio", "ratio_low", "ratio_high")
    rises = ("success_difference", "success_difference_low", "success_difference_high")
    return {
        "method": method, "against": other, **dict(zip(names, ratio, strict=True)),
        **dict(zip(("wins", "losses", "ties"), signs, strict=True)), "p": p, "adjusted_p": p,
        **dict(zip(rises, difference, strict=True)),
    }  # fmt: skip


def evaluated(candidate, kind, start, hit, stays, target=1e-3, method="momentum"):
    """Return the row of an evaluation run."""
    return {
        "candidate": candidate, "kind": kind, "method": method, "start": start, "target": target,
        "hitting_time": hit, "stays_from": stays, "iterations": 1000, "status": "budget",
    }  # fmt: skip


def compared(scores, pairwise=(), evaluation=()):
    """Return the tables of a problem."""
    selected, settings = zip(*scores, strict=True)
    among = ["selected settings", *(row["method"] for row in selected)]
    others = {row["method"] for row in selected} - {row["candidate"] for row in evaluation}
    further = [evaluated(method, "selected", 0, 9, 9) for method in sorted(others)]
    return {
        "settings": frame(
            SETTINGS, [*settings, *(row | {"part": "tuning", "runs": 12} for row in settings)]
        ),
        "selected": frame(SELECTED, selected),
        "pairwise": frame(PAIRWISE, pairwise),
        "tuning_curve": frame(
            TUNING_CURVE,
            [
                {"method": row["method"], "settings_tried": k, "median": 100.0 * k,
                 "never": 0.5 / k}
                for row in selected
                for k in range(1, 26)
            ],
        ),
        "anova": frame(
            ANOVA, [{"among": a, "setting": 0.25, "start": 0.6, "interaction": 0.15} for a in among]
        ),
        "evaluation": frame(EVALUATION, [*evaluation, *further]),
    }  # fmt: skip


def summary(*arguments, runs=(), sweep=SWEEP, **options):
    """Return what there is to say of a problem."""
    return summarise_problem(
        problem_of(part(runs=runs, sweep=sweep)), compared(*arguments, **options)
    )


GD = scored("gradient_descent", 400.0, reached=8)
HEAVY = scored("momentum", 200.0, reached=9, momentum=0.9)
