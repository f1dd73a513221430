"""Tables of a problem by hand, in the columns of the real ones."""

import math

import pandas as pd

from descent.core.methods import METHODS
from descent.core.problem import problem_of
from descent.report.problems import summarise_problem
from descent.statistics.bootstrap import RatioInterval, verdict_of
from descent.statistics.multiverse import CHOICES
from descent.tables import schemas
from descent.tables.schemas import hitting_time_name

SWEEP = {
    "methods": ["gradient_descent", "momentum"],
    "learning_rate": {"low": 1e-4, "high": 1.0, "count": 5},
    "momentum": [0.0, 0.9], "decay": None, "beta1": None, "beta2": None, "epsilon": None,
    "starts": {"low": -2.0, "high": 2.0, "count": 22, "seed": 1}, "evaluation": 100,
    "iterations": 1000, "headline": {"target": 1e-3, "hold": 10, "trials": 5},
    "multiverse": {
        "targets": [1.0, 1e-3], "holds": [1, 10], "budgets": [100, 1000],
        "criteria": ["charged", "median"], "trials": [5, 0],
    },
}  # fmt: skip
QUESTION = {"method": "momentum", "against": "gradient_descent", "margin": 0.1}
ASKED = ("momentum", "gradient_descent")
HIT = hitting_time_name(1e-3, 10)
INF, NAN = math.inf, math.nan


def part(name="rosenbrock", runs=(), sweep=SWEEP, **more):
    """Return the part of the configuration of a problem."""
    return {
        "problem": {
            "name": name, "objective": "rosenbrock", "parameters": {"a": 1.0, "b": 100.0},
            "dimension": 2, "rotation": None, "runs": list(runs), "sweep": sweep, **more,
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


def selected(method, time, reached=80, runs=100, **more):
    """Return the row of a selected setting."""
    rate = reached / runs
    return {
        "trials": 5, "method": method, "learning_rate": 0.01, "settings": 10, "tuning_runs": 22,
        "tuning_success_rate": rate, "tuning_expected_running_time": time * 0.9,
        "candidate": [*METHODS, method].index(method), "runs": runs, "reached": reached,
        "budget": runs - reached, "success_rate": rate, "success_low": rate * 0.9,
        "success_high": min(1.0, rate * 1.1), "expected_running_time": time,
        "expected_running_time_low": time * 0.8, "expected_running_time_high": time * 1.3,
        "time_given_success": time / 2, "lower_quartile": time, "median": time,
        "upper_quartile": INF, "first": 0.5, "reselected": 0.9, "reselections": 2,
        "nudged_runs": 50, "longer_runs": 40, "longer_reached": 30, "longer_in_time": 20,
    } | more  # fmt: skip


def pair(ratio=0.5, low=0.4, high=0.6, names=ASKED, margin=0.1, **more):
    """Return the row of a pairwise comparison, whose verdict is that of its interval."""
    found = RatioInterval(ratio, low, high, more.pop("detectable", NAN if math.isnan(low) else 1.5))
    return {
        "trials": 5, "method": names[0], "against": names[1],
        "role": "question" if names == ASKED else "exploratory", **found._asdict(),
        "confidence": 0.95, "verdict": verdict_of(found, margin), "tuning_low": 0.3,
        "tuning_high": 0.7, "draws_low": 0.2, "draws_high": 0.8,
        "draws_faster": float(high < 1), "draws_slower": float(low > 1),
    } | more  # fmt: skip


def level(share, decided=100, names=ASKED, **more):
    """Return how two methods compare under all protocols."""
    return {
        "method": names[0], "against": names[1], "choice": "all", "share": share,
        "decided": decided, "protocols": 128, "ratio_low": 0.1, "ratio_median": 0.5,
        "ratio_high": 2.0,
    } | more  # fmt: skip


def effects(strongest="target", names=ASKED):
    """Return what choices decide, one of them most of all, but for an interaction."""
    rows = [(one, "", 0.6 if one == strongest else 0.01) for one in CHOICES]
    return [
        {"method": names[0], "against": names[1], "choice": one, "other": other, "share": share}
        for one, other, share in [*rows, ("target", "hold", 0.3)]
    ]


def tables(rows, pairs=(), levels=(), first=None, trials=5, **more):
    """Return the tables of a problem; what is selected of few settings is so of all as well."""
    methods = [row["method"] for row in rows]
    shares = first or dict.fromkeys(methods, 1.0 / len(methods))
    found = {
        "settings": [
            row | {"learning_rate": rate, "runs": 22, "test_loss": rate, "test_accuracy": 0.5}
            for row in rows
            for rate in (0.01, *range(1, 10))
        ],
        "candidates": [],
        "selected": [row | {"trials": k} for k in (trials, 0) for row in rows],
        "pairwise": [row | {"trials": k} for k in (trials, 0) for row in pairs],
        "levels": levels,
        "effects": effects(),
        "first": [
            {"choice": "all", "method": method, "share": share, "decided": 100, "protocols": 128}
            for method, share in shares.items()
        ],
        "shrinkage": [
            {"basis": basis, "method": row["method"], "against": row["against"], "speed_up": k}
            for k, basis in enumerate(("Keras", "1", "5", "20", "all"))
            for row in pairs
        ],
        "tuning_curve": [
            {"method": method, "settings_tried": k, "split": split, "score": 1000.0 / k + half}
            for method in methods
            for k in range(1, 11)
            for half, split in enumerate(("first", "second"))
        ],
        "anova": [
            {"among": among, "setting": 0.25, "start": 0.6, "interaction": 0.15}
            for among in [*methods, "selected settings"]
        ],
    } | more  # fmt: skip
    evaluation = pd.DataFrame(found.pop("evaluation", []), columns=["candidate", HIT])
    made = {name: frame(getattr(schemas, name.upper()), found[name]) for name in found}
    return made | {"evaluation": evaluation}


GD = selected("gradient_descent", 400.0, 70)
HEAVY = selected("momentum", 200.0, 90, momentum=0.9)


def summary(rows=(GD, HEAVY), pairs=None, levels=None, of=None, question=QUESTION, **more):
    """Return what there is to say of a problem, as the page adds to it."""
    both = {row["method"] for row in rows} >= set(ASKED)
    pairs = [pair()] * both if pairs is None else pairs
    levels = [level(0.97)] * both if levels is None else levels
    of = of or part()
    trials = of["problem"]["sweep"]["headline"]["trials"]
    made = tables(list(rows), pairs, levels, trials=trials, **more)
    found = summarise_problem(problem_of(of), question, made)
    return found | {"name": of["problem"]["name"], "part": of["problem"]}
