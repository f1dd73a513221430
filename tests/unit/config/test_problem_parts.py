"""The parts of the configuration that problems are made from."""

import copy
import json

import pytest

from descent.config.problems import part_for, problem_parts, sweep_cuts
from descent.config.reading import overlay, validate
from descent.config.values import either

NAMES = ["rosenbrock", "network", "network-he", "quadratic", "quadratic-rotated", "rosenbrock-10"]


@pytest.fixture
def parts(study_of_the_notebook):
    """Return the parts of the shipped study."""
    return problem_parts(study_of_the_notebook)


def test_the_problems_come_in_the_order_of_the_report(parts):
    assert [*parts] == NAMES
    assert [part["problem"]["name"] for part in parts.values()] == NAMES


def test_a_part_holds_what_determines_its_problem(parts, study_of_the_notebook):
    study = study_of_the_notebook
    section = study["rosenbrock"]
    sweeps = {name: part["problem"].pop("sweep") for name, part in parts.items()}
    question = {"question": {"method": "momentum", "against": "gradient_descent", "margin": 0.1}}
    assert parts["rosenbrock"] == question | {
        "problem": {
            "name": "rosenbrock",
            "objective": "rosenbrock",
            "parameters": {"a": 1.0, "b": 100.0},
            "dimension": 2,
            "rotation": None,
            "seed": 10,
            "runs": section["runs"],
        }
    }
    network = study["network"]
    for name, initialisation in {"network": "uniform", "network-he": "he"}.items():
        assert parts[name] == question | {
            "problem": {
                "name": name,
                "objective": "network",
                "initialisation": initialisation,
                "layers": network["layers"],
                "initial": network["initial"],
                "runs": network["runs"],
            },
            "mixture": study["mixture"],
        }
    given = {"rosenbrock": section["sweep"], "network": network["sweep"]}
    given |= {"network-he": network["sweep"]}
    for entry in study["objectives"]:
        own = {key: value for key, value in entry.items() if key != "sweep"}
        assert parts[entry["name"]] == question | {"problem": {**own, "runs": []}}
        given[entry["name"]] = entry["sweep"]
    for name, sweep in sweeps.items():
        rest = {"headline", "multiverse", "initials"}
        assert {key: value for key, value in sweep.items() if key not in rest} == {
            key: value for key, value in given[name].items() if key not in rest
        }
        assert "initials" not in sweep


@pytest.mark.parametrize(
    ("changes", "names"),
    [
        ({"rosenbrock": None}, NAMES[1:]),
        ({"network": None, "objectives": []}, NAMES[:1]),
        ({"network": None, "rosenbrock": None}, NAMES[3:]),
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


def test_sweeps_are_cut_as_configured(shipped):
    shipped["rosenbrock"]["sweep"]["chunks"] = 7
    shipped["network"]["sweep"]["chunks"] = 3
    shipped["objectives"][2]["sweep"]["chunks"] = 2
    cuts = sweep_cuts(validate(shipped).model_dump())
    assert cuts == dict(zip(NAMES, [7, 3, 3, 1, 1, 2], strict=True))


# ── Protocols, written out ───────────────────────────────────────────────────────────────────


@pytest.fixture
def protocols(shipped):
    """Return a function that gives headline and multiverse of a sweep, as they are written out."""

    def of(**changes):
        sweep = overlay(
            {
                "methods": ["gradient_descent", "momentum"],
                "learning_rate": {"low": 1e-3, "high": 1, "count": 7},
                "momentum": [0, 0.5],
                "starts": {"low": -1, "high": 1, "count": 3, "seed": 1},
                "iterations": 100,
                "headline": {"target": 1e-3},
            },
            changes,
        )
        entry = {"name": "x", "objective": "rosenbrock", "sweep": sweep}
        study = validate(shipped | {"objectives": [entry]}).model_dump()
        found = problem_parts(study)["x"]["problem"]["sweep"]
        return found["headline"], found["multiverse"]

    return of


def test_what_is_not_said_of_protocols_is_written_out(protocols):
    headline, multiverse = protocols()
    # Gradient descent has 7 settings, and momentum 14.
    assert headline == {"target": 1e-3, "hold": 10, "trials": 7}
    assert multiverse == {
        "targets": [1, 0.1, 0.01, 1e-3, 1e-4, 1e-5, 1e-6, 1e-7],
        "holds": [1, 10, 100],
        "budgets": [10, 34, 100],
        "criteria": ["charged", "par10", "median"],
        "trials": [5, 7, 20, 0],
    }


@pytest.mark.parametrize(
    ("target", "targets"),
    [
        (1e-6, [0.001, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8, 1e-9, 1e-10]),
        (0.3, [300, 30, 3, 0.3, 0.03, 0.003, 0.0003, 0.00003]),
        (0.07, [70, 7, 0.7, 0.07, 0.007, 0.0007, 0.00007, 0.000007]),
        (12.5, [12_500, 1250, 125, 12.5, 1.25, 0.125, 0.0125, 0.00125]),
    ],
)
def test_decades_around_a_target_are_the_numbers_that_one_would_write(protocols, target, targets):
    assert protocols(headline={"target": target})[1]["targets"] == targets


def test_the_headline_is_one_protocol_of_the_multiverse(protocols):
    headline, multiverse = protocols(
        headline={"target": 0.5, "hold": 3, "trials": 4},
        multiverse={
            "targets": [1e-6, 2], "holds": [100, 1], "budgets": [50, 20], "trials": [0, 9, 2],
            "criteria": ["median", "charged"],
        },
    )  # fmt: skip
    assert headline == {"target": 0.5, "hold": 3, "trials": 4}
    assert multiverse == {
        "targets": [2, 0.5, 1e-6],
        "holds": [1, 3, 100],
        "budgets": [20, 50, 100],
        "criteria": ["median", "charged"],
        "trials": [2, 4, 9, 0],
    }


def test_what_the_headline_says_already_comes_once(protocols):
    _, multiverse = protocols(
        multiverse={"targets": [1e-3, 1], "holds": [10], "budgets": [100], "trials": [7]}
    )
    assert [multiverse[key] for key in ("targets", "holds", "budgets", "trials")] == [
        [1, 1e-3], [10], [100], [7],
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "trials"),
    [
        ({"headline": {"trials": 99}}, 7),  # no more than the method with the fewest has
        ({"headline": {"trials": 1}}, 1),
        ({"methods": ["momentum"]}, 14),
        ({"methods": ["adam", "momentum"], "beta1": [0.1, 0.5, 0.9]}, 14),
        ({"methods": ["adam", "momentum"], "momentum": [0]}, 7),
    ],
)
def test_as_many_settings_are_tried_of_each_method_as_all_have(protocols, changes, trials):
    headline, multiverse = protocols(**changes)
    assert headline["trials"] == trials
    assert trials in multiverse["trials"]


def test_a_tenth_and_a_third_of_the_iterations_are_whole(protocols):
    for iterations, budgets in ((1, [1]), (2, [1, 2]), (7, [1, 3, 7]), (350, [35, 117, 350])):
        assert protocols(iterations=iterations)[1]["budgets"] == budgets


# ── What a step depends on ───────────────────────────────────────────────────────────────────

STEPS = ("sweep", "selection", "protocols", "evaluation", "comparison", "figures")
# Keys, and the steps whose tables they determine.
DETERMINED = {
    ("problem", "parameters"): STEPS,
    ("problem", "objective"): STEPS,
    ("problem", "rotation"): STEPS,
    ("problem", "runs"): ("selection", "evaluation", "comparison", "figures"),
    ("problem", "seed"): ("selection", "evaluation", "comparison", "figures"),
    ("problem", "sweep", "methods"): STEPS,
    ("problem", "sweep", "learning_rate"): STEPS,
    ("problem", "sweep", "starts"): STEPS,
    ("problem", "sweep", "iterations"): STEPS,
    ("problem", "sweep", "evaluation"): ("evaluation", "comparison", "figures"),
    ("problem", "sweep", "engine"): (),
    ("problem", "sweep", "chunks"): (),
    ("problem", "sweep", "headline", "target"): STEPS,
    ("problem", "sweep", "headline", "hold"): STEPS,
    ("problem", "sweep", "headline", "trials"): STEPS[1:],
    ("problem", "sweep", "multiverse", "targets"): STEPS,
    ("problem", "sweep", "multiverse", "holds"): STEPS,
    ("problem", "sweep", "multiverse", "budgets"): ("protocols", "figures"),
    ("problem", "sweep", "multiverse", "criteria"): ("protocols", "figures"),
    ("problem", "sweep", "multiverse", "trials"): ("protocols", "figures"),
    ("question",): ("protocols", "comparison", "figures"),
}


@pytest.mark.parametrize("step", STEPS)
def test_a_step_depends_on_no_more_than_determines_its_tables(parts, step):
    whole = parts["rosenbrock"]
    kept = copy.deepcopy(whole)
    found = part_for(whole, step)
    for keys, steps in DETERMINED.items():
        before, after = whole, found
        for key in keys[:-1]:
            before, after = before[key], after[key]
        assert (keys[-1] in after) == (step in steps), keys
        assert step not in steps or after[keys[-1]] == before[keys[-1]]
    assert whole == kept
    assert json.loads(json.dumps(found)) == found


@pytest.mark.parametrize("step", STEPS)
def test_a_network_depends_on_its_samples_at_every_step(parts, step):
    part = parts["network"]
    found = part_for(part, step)
    assert found["mixture"] == part["mixture"]
    assert {"layers", "initial", "initialisation"} <= found["problem"].keys()
    assert ("runs" in found["problem"]) == (step not in ("sweep", "protocols"))


def test_a_part_has_no_key_that_is_not_looked_at(parts):
    """Else a new key would be taken to determine every step, or none."""
    part = parts["rosenbrock"]
    looked_at = {key for keys in DETERMINED for key in keys}
    always = {"name", "dimension", "momentum", "decay", "beta1", "beta2", "epsilon"}
    keys = {*part, *part["problem"], *part["problem"]["sweep"]}
    for name in ("headline", "multiverse"):
        keys |= {*part["problem"]["sweep"][name]}
    assert keys == looked_at | always
