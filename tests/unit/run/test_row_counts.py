"""How many rows tables have: counted by hand, and in a small study."""

import pytest
from small_studies import times_in, whole_way

from descent.config.problems import problem_parts
from descent.config.reading import validate
from descent.run.row_counts import expected_rows
from descent.study.protocols import vary_protocols
from descent.tables.schemas import hitting_time_name


@pytest.fixture
def small(shipped):
    """Return the shipped study with small sweeps: of Rosenbrock, a bowl, and a network."""
    shared = {
        "methods": ["gradient_descent", "momentum", "nesterov", "adam"],
        "learning_rate": {"low": 1e-3, "high": 0.1, "count": 2},
        "momentum": [0, 0.9],
        "beta1": [0.5, 0.9],
        "evaluation": 5,
        "iterations": 30,
        "headline": {"target": 1.0, "hold": 2, "trials": 2},
        "multiverse": {
            "targets": [10, 0.1], "holds": [1], "budgets": [7], "criteria": ["charged", "median"],
            "trials": [1, 0],
        },
    }  # fmt: skip
    starts = {"starts": {"low": -1, "high": 1, "count": 3, "seed": 1}}
    shipped["rosenbrock"]["sweep"] = shared | starts
    bowl = {"name": "bowl", "objective": "quadratic", "parameters": {"spectrum": [1, 9]}}
    shipped["objectives"] = [bowl | {"sweep": shared | starts | {"methods": ["adam"]}}]
    network = {"initials": ["he"], "seeds": {"first": 100, "count": 6}}
    shipped["network"]["sweep"] = shared | network | {"methods": ["adam", "momentum"]}
    shipped["network"]["seeds"]["count"] = 7
    shipped["mixture"] |= {"samples": 40, "held_out_samples": 30}
    return validate(shipped).model_dump()


def test_rows_by_hand(small):
    found = expected_rows(small)
    # 26 parameters of 2-3-2-3 units; 2 named runs of 7 seeds, 5 checked networks.
    assert found["checks/forward.parquet"] == 9
    assert (found["data/mixture.parquet"], found["data/held_out.parquet"]) == (39, 30)
    assert found["network/parameters.parquet"] == 2 * 7 * 26
    assert found["checks/gradients.parquet"] == 5 * 26
    # Two rates: of gradient descent 2 settings, of each other method 4. Three targets, two holds,
    # two budgets, two criteria, three numbers of trials and two splits.
    protocols, levels = 3 * 2 * 2 * 2 * 3 * 2, 3 + 2 + 2 + 2 + 3 + 2
    expected = {
        "rosenbrock": (14, 3, 4, 6),
        "network-he": (8, 6, 2, 1),
        "bowl": (4, 3, 1, 0),
    }
    for name, (settings, starts, methods, pairs) in expected.items():
        own = {
            place.partition("/")[2].removesuffix(".parquet"): rows
            for place, rows in found.items()
            if place.startswith(f"{name}/")
        }
        assert own == {
            "sweep": settings * starts,
            "settings": settings,
            "selected": 2 * methods,
            "pairwise": 2 * pairs,
            "anova": 1 + methods,
            "multiverse": protocols * methods,
            "first": (1 + levels) * methods,
            "levels": (1 + levels) * pairs,
        }


def test_what_a_study_leaves_out_has_no_rows(small):
    found = expected_rows(small | {"network": None, "rosenbrock": None})
    assert {place.partition("/")[0] for place in found} == {"checks", "bowl"}


@pytest.mark.parametrize("name", ["rosenbrock", "bowl", "network-he"])
def test_tables_have_as_many_rows_as_expected(small, name):
    part = problem_parts(small)[name]
    problem, tables = whole_way(part)
    columns, starts = tables["sweep"], len(problem.tuning.names)

    def times(target, hold):
        return times_in(columns, hitting_time_name(target, hold), starts, 30)

    tables |= vary_protocols(problem, part["question"], times)
    counted = 0
    for place, rows in expected_rows(small).items():
        folder, _, file = place.partition("/")
        table = file.removesuffix(".parquet")
        if folder == name and table in tables:
            assert len(tables[table]) == rows, table
            counted += 1
    assert counted == 8
