"""Small problems for tests, and what they take from step to step, as the rules have it."""

import numpy as np
import pandas as pd

from descent.core.mixtures import sample_mixture
from descent.core.problem import problem_of
from descent.study.comparison import compare
from descent.study.evaluation import evaluate, run_further
from descent.study.hitting_times import Evaluated, whole_times
from descent.study.selection import choose_candidates, score_settings
from descent.study.sweeps import swept_blocks

SAMPLES = sample_mixture(40, [[0, 2], [2, -2], [-2, -2]], [np.eye(2)] * 3, seed=5)
FRESH = sample_mixture(30, [[0, 2], [2, -2], [-2, -2]], [np.eye(2)] * 3, seed=6)
QUESTION = {"method": "momentum", "against": "gradient_descent", "margin": 0.1}
SWEEP = {
    "methods": ["gradient_descent", "momentum", "adam"],
    "learning_rate": {"low": 0.01, "high": 0.1, "count": 3},
    "momentum": [0.0, 0.5, 0.9],
    "beta1": [0.9],
    "iterations": 60,
    "evaluation": 25,
    "headline": {"target": 0.01, "hold": 2, "trials": 3},
    "multiverse": {
        "targets": [1.0, 0.01],
        "holds": [1, 2],
        "budgets": [20, 60],
        "criteria": ["charged", "median"],
        "trials": [2, 3, 0],
    },
    "engine": "numpy",
    "chunks": 1,
}
NETWORK_GOAL = {
    "headline": {"target": 0.25, "hold": 2, "trials": 3},
    "multiverse": SWEEP["multiverse"] | {"targets": [1.0, 0.25]},
}


def bowl(rotation=None, runs=(), spectrum=(1.0, 20.0), starts=6, seed=1, **changes):
    """Return a part of the configuration: a quadratic, in the plane unless told otherwise."""
    box = {"low": -2.0, "high": 2.0, "count": starts, "seed": seed}
    problem = {
        "name": "bowl",
        "objective": "quadratic",
        "parameters": {"spectrum": list(spectrum)},
        "dimension": len(spectrum),
        "rotation": rotation,
        "runs": list(runs),
        "sweep": SWEEP | {"starts": box} | changes,
    }
    return {"problem": problem, "question": QUESTION}


def net(initialisation="he", runs=(), **changes):
    """Return a part of the configuration: a small network."""
    problem = {
        "name": {"he": "network-he", "uniform": "network"}[initialisation],
        "objective": "network",
        "initialisation": initialisation,
        "layers": [2, 4, 3],
        "initial": {"low": -0.5, "high": 0.5},
        "runs": list(runs),
        "sweep": SWEEP | NETWORK_GOAL | {"seeds": {"first": 50, "count": 6}} | changes,
    }
    return {"problem": problem, "mixture": {}, "question": QUESTION}


def problem_from(part):
    """Return the problem of a part, with its samples if it is a network; nothing is compiled."""
    problem = problem_of(part, *([SAMPLES, FRESH] if "mixture" in part else []))
    return problem._replace(objective=problem.objective._replace(kernel=None))


def swept_columns(problem):
    """Return the columns of a whole sweep."""
    settings = setting_count_of(problem)
    blocks = list(swept_blocks(problem, 0, settings * len(problem.tuning.names)))
    return {name: np.concatenate([block[name] for block in blocks]) for name in blocks[0]}


def setting_count_of(problem):
    """Return how many settings a sweep has, counted by hand."""
    sweep = problem.sweep
    numbers = {"momentum": len(sweep["momentum"]), "nesterov": len(sweep["momentum"])}
    numbers["adam"] = len(sweep["beta1"])
    each = sum(numbers.get(method, 1) for method in sweep["methods"])
    return each * sweep["learning_rate"]["count"]


def times_in(columns, name, starts, budget):
    """Return a column of hitting times as whole numbers, shape (settings, starts)."""
    return whole_times(np.asarray(columns[name], float).reshape(-1, starts), budget)


def hitting_time(values, target, hold, budget):
    """Return the first iteration from which a run holds a target, looking at every window."""
    for first in range(min(budget + 1, len(values) - hold + 1)):
        if (values[first : first + hold] <= target).all():
            return first
    return np.inf


def as_frame(blocks):
    """Return blocks of columns one after another."""
    return pd.concat([pd.DataFrame(block) for block in blocks], ignore_index=True)


def whole_way(part):
    """Go the whole way of a problem in memory; return its problem and tables by name."""
    problem = problem_from(part)
    headline, budget = problem.sweep["headline"], problem.sweep["iterations"]
    goal = f"within_{headline['target']}_for_{headline['hold']}".replace(".0_", "_")
    sweep, starts = swept_columns(problem), len(problem.tuning.names)
    times = times_in(sweep, goal, starts, budget)
    status = status_numbers(sweep["status"]).reshape(-1, starts)
    tested = {
        name: sweep[name].reshape(-1, starts)
        for name in ("test_loss", "test_accuracy")
        if name in sweep
    }
    settings = score_settings(problem, times, status, tested)
    candidates = choose_candidates(problem, times)
    evaluation, further = as_frame(evaluate(problem, candidates)), run_further(problem, candidates)
    fresh = len(problem.evaluation.names)
    evaluated = Evaluated(
        times_in(evaluation, goal, fresh, budget),
        status_numbers(evaluation["status"]).reshape(-1, fresh),
    )
    tables = {"settings": settings, "candidates": candidates, "further": further}
    tables |= {"sweep": pd.DataFrame(sweep), "evaluation": evaluation}
    tables |= compare(problem, part["question"], times, settings, candidates, evaluated, further)
    return problem, tables


def status_numbers(status):
    """Return statuses as the indices that the engines use."""
    names = ["reached", "diverged", "cycle", "dead", "stuck", "budget"]
    return np.array([names.index(name) for name in status], np.int8)
