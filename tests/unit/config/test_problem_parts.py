"""The parts of the configuration that problems are made from."""

import copy
import json

import pytest

from descent.config.problems import part_for, problem_parts
from descent.config.reading import validate
from descent.config.values import either


@pytest.fixture
def parts(study_of_the_notebook):
    """Return the parts of the shipped study."""
    return problem_parts(study_of_the_notebook)


def test_the_problems_come_in_the_order_of_the_report(parts):
    names = ["rosenbrock", "network", "network-he", "quadratic", "rosenbrock-10"]
    assert [*parts] == names
    assert [part["problem"]["name"] for part in parts.values()] == names


def test_a_part_holds_what_determines_its_problem(parts, study_of_the_notebook):
    study = study_of_the_notebook
    section = study["rosenbrock"]
    assert parts["rosenbrock"] == {
        "problem": {
            "name": "rosenbrock",
            "objective": "rosenbrock",
            "parameters": {"a": 1.0, "b": 100.0},
            "dimension": 2,
            "runs": section["runs"],
            "sweep": section["sweep"],
        }
    }
    section = study["network"]
    sweep = {key: value for key, value in section["sweep"].items() if key != "initials"}
    for name, initialisation in {"network": "uniform", "network-he": "he"}.items():
        assert parts[name] == {
            "problem": {
                "name": name,
                "objective": "network",
                "initialisation": initialisation,
                "layers": section["layers"],
                "initial": section["initial"],
                "runs": section["runs"],
                "sweep": sweep,
            },
            "mixture": study["mixture"],
        }
    assert parts["quadratic"] == {"problem": {**study["objectives"][0], "runs": []}}


@pytest.mark.parametrize(
    ("changes", "names"),
    [
        ({"rosenbrock": None}, ["network", "network-he", "quadratic", "rosenbrock-10"]),
        ({"network": None, "objectives": []}, ["rosenbrock"]),
        ({"network": None, "rosenbrock": None}, ["quadratic", "rosenbrock-10"]),
    ],
)
def test_what_a_study_leaves_out_is_no_problem_of_it(shipped, changes, names):
    assert [*problem_parts(validate(shipped | changes).model_dump())] == names


@pytest.mark.parametrize("initials", [["uniform"], ["he"], ["he", "uniform"]], ids=either)
def test_each_weight_initialisation_is_a_problem(shipped, initials):
    shipped |= {"rosenbrock": None, "objectives": []}
    shipped["network"]["sweep"]["initials"] = initials
    names = {"uniform": "network", "he": "network-he"}
    expected = [names[name] for name in sorted(initials, reverse=True)]
    assert [*problem_parts(validate(shipped).model_dump())] == expected


def test_a_step_depends_on_no_more_than_determines_its_table(parts):
    kept = copy.deepcopy(parts)
    for part in parts.values():
        problem, sweep = part["problem"], part["problem"]["sweep"]
        swept, evaluated = part_for(part, "sweep"), part_for(part, "evaluation")
        assert problem.keys() - swept["problem"].keys() == {"runs"}
        assert sweep.keys() - swept["problem"]["sweep"].keys() == {"chunks", "engine", "targets"}
        assert problem.keys() == evaluated["problem"].keys()
        assert sweep.keys() - evaluated["problem"]["sweep"].keys() == {"chunks", "engine"}
        assert part.get("mixture") == swept.get("mixture") == evaluated.get("mixture")
        assert json.loads(json.dumps(evaluated)) == evaluated
    assert parts == kept
