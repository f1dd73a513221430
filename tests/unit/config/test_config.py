"""The configuration: what is taken, what is refused, and how mistakes are told."""

import copy
import datetime
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import jsonschema
import numpy as np
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError
from snakemake.cli import parse_config

from descent.config.mixture_section import Covariance
from descent.config.problems import problem_parts
from descent.config.reading import ConfigurationError, overlay, read_study, read_yaml, validate
from descent.config.study import configuration_schema
from descent.config.values import printable
from descent.core.methods import METHODS, setting_count
from descent.core.parameters import PARAMETERS

SHIPPED = (Path(__file__).resolve().parents[3] / "config.yaml").read_text(encoding="utf-8")
REFUSED = re.compile(r"(\d+) mistakes? in the configuration")


def shortly(value):
    """Name a parameter of a test."""
    return repr(value)[:60]


def steps(key):
    """Split `rosenbrock.runs[0].start` into its parts."""
    return [int(part) if part.isdigit() else part for part in re.findall(r"[^.\[\]]+", key)]


def put(content, key, value):
    """Set a value deep inside plain data."""
    *outer, last = steps(key)
    for part in outer:
        content = content[part]
    content[last] = value


def inside(content, key):
    """Return a value deep inside plain data."""
    for part in steps(key):
        content = content[part]
    return content


def drop(content, key):
    """Remove a value deep inside plain data."""
    *outer, last = steps(key)
    for part in outer:
        content = content[part]
    del content[last]


def mistakes(content):
    """Return the lines of the error, after checking that its first line counts them."""
    with pytest.raises(ConfigurationError) as caught:
        validate(content)
    head, *lines = str(caught.value).split("\n")
    assert int(REFUSED.fullmatch(head)[1]) == len(lines)
    for line in lines:
        assert re.match(r"  \S.*\S$", line)
    return [line.strip() for line in lines]


def read(tmp_path, content):
    """Read text or bytes as a configuration file."""
    file = tmp_path / "study.yaml"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_yaml(file)


# ── What is taken ────────────────────────────────────────────────────────────────────────────


def test_the_shipped_study_is_taken(shipped):
    study = validate(shipped)
    assert study.network.gradient_check.tolerance == 1e-6
    assert study.network.layers == [2, 3, 2, 3]


TAKEN = [
    ("rosenbrock.b", "1e-4", 1e-4),
    ("rosenbrock.b", "1E+2", 100.0),
    ("rosenbrock.b", " 7 ", 7.0),
    ("rosenbrock.b", ".5", 0.5),
    ("rosenbrock.b", "5.", 5.0),
    ("rosenbrock.a", -3, -3.0),
    ("rosenbrock.a", "-1.5e-3", -0.0015),
    ("rosenbrock.a", 0, 0.0),
    ("rosenbrock.seed", 2**32 - 1, 2**32 - 1),
    ("rosenbrock.seed", "17", 17),
    ("rosenbrock.sweep.iterations", "3e3", 3000),
    ("rosenbrock.sweep.iterations", 4e3, 4000),
    ("rosenbrock.sweep.momentum", [0.5, 0, "0.25"], [0.5, 0.0, 0.25]),
    ("rosenbrock.sweep.learning_rate", {"low": 1, "high": 1, "count": 1}, None),
    ("rosenbrock.sweep.methods", ["adam"], ["adam"]),
    ("rosenbrock.sweep.methods", ["nesterov", "momentum"], ["nesterov", "momentum"]),
    ("rosenbrock.sweep.momentum", [0], [0.0]),
    ("rosenbrock.sweep.decay", [0.5], [0.5]),
    ("rosenbrock.sweep.decay", None, None),
    ("rosenbrock.sweep.beta1", ["0", 0.9], [0.0, 0.9]),
    ("rosenbrock.sweep.beta2", ["0.99", 0.999], [0.99, 0.999]),
    ("rosenbrock.sweep.epsilon", ["1e-8", 100], [1e-8, 100.0]),
    ("rosenbrock.sweep.evaluation", "1e2", 100),
    ("rosenbrock.sweep.headline.target", "1e-2", 0.01),
    ("rosenbrock.sweep.headline.hold", "1", 1),
    ("rosenbrock.sweep.headline.trials", None, None),
    ("rosenbrock.sweep.headline.trials", "1e6", 1_000_000),
    ("rosenbrock.sweep.multiverse", {}, None),
    ("rosenbrock.sweep.multiverse.targets", None, None),
    ("rosenbrock.sweep.multiverse.targets", ["1e-4", 2], [1e-4, 2.0]),
    ("rosenbrock.sweep.multiverse.holds", [10000, "1"], [10000, 1]),
    ("rosenbrock.sweep.multiverse.budgets", None, None),
    ("rosenbrock.sweep.multiverse.budgets", [3000, "1"], [3000, 1]),
    ("rosenbrock.sweep.multiverse.criteria", ["median"], ["median"]),
    ("rosenbrock.sweep.multiverse.trials", ["0"], [0]),
    ("objectives[1].rotation", "7", 7),
    ("objectives[1].rotation", None, None),
    ("question.margin", "1e-1", 0.1),
    ("question.method", "adam", "adam"),
    ("report.notebook", "false", False),
    ("report.notebook", True, True),
    ("rosenbrock.sweep.engine", "numpy", "numpy"),
    ("rosenbrock.sweep.chunks", "64", 64),
    ("network.sweep.initials", ["he"], ["he"]),
    ("network.sweep.chunks", 2, 2),
    ("network.seeds.count", 1, 1),
    ("rosenbrock.sweep.starts.count", "2", 2),
    ("rosenbrock", None, None),
    ("network", None, None),
    ("objectives", [], []),
    ("objectives[0].dimension", 5, 5),
    ("objectives[0].dimension", None, 5),
    ("objectives[0].parameters.spectrum", ["1e-2", 0], None),
    ("objectives[2].dimension", None, 2),
    ("objectives[2].dimension", "3", 3),
    ("objectives[2].parameters", {"b": "1e1", "a": 0}, {"b": 10.0, "a": 0.0}),
    ("objectives[1].name", "Valley_3.d", "Valley_3.d"),
    ("objectives[1].name", "he", "he"),
    ("objectives[1].name", "database", "database"),
    ("rosenbrock.runs[0].name", "Run_1.b-2", "Run_1.b-2"),
    ("rosenbrock.runs[0].name", "x" * 64, "x" * 64),
    ("rosenbrock.runs[0].momentum", None, None),
    ("rosenbrock.runs[0].start", [1, "-2e1"], [1.0, -20.0]),
    ("rosenbrock.runs[0].iterations", 1, 1),
    ("rosenbrock.runs[3].momentum", 0, 0.0),
    ("mixture.weights", [0.5, 1, "2"], [0.5, 1.0, 2.0]),
    ("mixture.covariances[0]", [[2, -1], [-1, 2]], [[2.0, -1.0], [-1.0, 2.0]]),
    ("mixture.generator", "philox", "philox"),
    ("network.layers", [2, 3], [2, 3]),
    ("network.layers", ["2", 100, 1, "3"], [2, 100, 1, 3]),
    ("network.gradient_check.tolerance", 1, 1.0),
    ("forward.decimals", 15, 15),
    ("report.title", "Où? «Là» no: 1e-4", "Où? «Là» no: 1e-4"),
]


@pytest.mark.parametrize(("key", "value", "expected"), TAKEN, ids=shortly)
def test_sensible_values_are_taken(shipped, key, value, expected):
    put(shipped, key, value)
    found = inside(validate(shipped).model_dump(), key)
    assert (found, type(found)) == (expected, type(expected)) or expected is None


def as_text(value):
    """Turn every number into text, as `--config` gives it."""
    if isinstance(value, dict):
        return {key: as_text(part) for key, part in value.items()}
    if isinstance(value, list):
        return [as_text(part) for part in value]
    return str(value)


def test_numbers_may_all_come_as_text(shipped):
    assert validate(as_text(shipped)) == validate(shipped)


def test_a_validated_study_is_valid_again(shipped):
    study = validate(shipped)
    assert validate(study.model_dump()) == study


@pytest.mark.parametrize("section", ["rosenbrock", "network"])
def test_a_section_may_be_null(shipped, section):
    study = validate(shipped | {section: None})
    assert getattr(study, section) is None
    assert validate(study.model_dump()) == study


def test_a_study_of_further_objectives_alone_is_taken(shipped):
    validate(shipped | {"rosenbrock": None, "network": None})


def test_a_study_with_nothing_to_compare_on_is_refused(shipped):
    shipped |= {"rosenbrock": None, "network": None, "objectives": []}
    assert mistakes(shipped) == [
        "network = null: must not be null where rosenbrock is null and objectives is []: "
        "nothing is left to compare methods on"
    ]
    shipped["objectives"] = [{}]  # wrong, and told alone
    assert not [line for line in mistakes(shipped) if line.startswith("network")]


def test_a_study_cannot_be_changed_once_it_is_read(shipped):
    study = validate(shipped)
    with pytest.raises(ValidationError, match="frozen"):
        study.rosenbrock.a = 3


def test_another_study_is_one_edit_away(shipped):
    shipped["mixture"] |= {
        "means": [[0, 0, 0], [1, 1, 1]],
        "covariances": [[[1, 0, 0], [0, 1, 0], [0, 0, 1]]] * 2,
        "weights": [1, 3],
    }
    shipped["network"]["layers"] = [3, 2]
    assert validate(shipped).network.layers == [3, 2]


# ── One mistake, one line ────────────────────────────────────────────────────────────────────

RUN = "network.runs[0]"
DRAW = "rosenbrock.runs[0].start"
# 4 settings of gradient descent, 4 of Adam, 3 starts each.
SMALL = {
    "methods": ["gradient_descent", "adam"],
    "learning_rate": {"low": 1e-3, "high": 1, "count": 4},
    "momentum": [0],
    "starts": {"low": -1, "high": 1, "count": 3, "seed": 1},
    "iterations": 50,
    "headline": {"target": 0.1},
}


MISSING = ["report", "rosenbrock.a", "rosenbrock.sweep.starts.seed", "network.runs[1].name"]


@pytest.mark.parametrize("key", [*MISSING, f"{DRAW}.low"])
def test_a_missing_value_is_told(shipped, key):
    drop(shipped, key)
    assert mistakes(shipped) == [f"{key}: is missing"]


def test_a_dotted_key_is_told_how_to_nest(shipped):
    shipped["rosenbrock.a"] = "2"
    (line,) = mistakes(shipped)
    assert "write nested keys as --config 'rosenbrock={a: ...}'" in line


@pytest.mark.parametrize("key", ["two\nlines", "bell\a", "esc\x1b[31m"])
def test_keys_cannot_break_the_line_or_the_terminal(shipped, key):
    shipped["report"] |= {key: 1}
    (line,) = mistakes(shipped)
    assert line.isprintable()


@pytest.mark.parametrize("value", ["two\nlines", "bell\a", "esc\x1b[31m"])
def test_values_cannot_break_the_line_or_the_terminal(shipped, value):
    shipped["mixture"]["generator"] = value
    (line,) = mistakes(shipped)
    assert line.isprintable()


@pytest.mark.parametrize("key", [1, None, 2.5, True, datetime.date(2024, 1, 1)], ids=shortly)
def test_keys_that_are_no_text_are_told(shipped, key):
    for section in ("report", "mixture", "objectives[0].parameters"):
        content = copy.deepcopy(shipped)
        put(content, section, inside(content, section) | {key: 1})
        assert all(line.startswith(section) for line in mistakes(content))
    shipped["report"]["title"] = {key: 1}
    (line,) = mistakes(shipped)
    assert line.startswith("report.title")


@pytest.mark.parametrize("content", [None, [], [1], "text", 5, True], ids=shortly)
def test_a_study_that_is_no_mapping_is_refused(content):
    with pytest.raises(ConfigurationError, match="must hold keys and values"):
        validate(content)


# ── Sweeps ───────────────────────────────────────────────────────────────────────────────────

# What a local configuration may hold, whatever the shipped one sweeps.
PARTIAL = [
    {"methods": ["gradient_descent"]},
    {"methods": ["adam"], "starts": {"count": 2}},
    {"starts": {"count": 2}},
    {"learning_rate": {"low": 1e-3, "high": 1e-3, "count": 1}, "methods": ["momentum"]},
    {"learning_rate": {"count": 4}, "momentum": [0, 0.9], "starts": {"count": 3}},
    {"iterations": 200},
    {"iterations": 200, "multiverse": {"budgets": [20, 200]}},
    {"headline": {"target": 0.01}},
    {"headline": {"hold": 1}},
    {"headline": {"trials": 1}},
    {"multiverse": {"targets": None, "trials": [0]}},
    {"evaluation": 2},
    {"momentum": [0]},
]


@pytest.mark.parametrize("sweep", PARTIAL, ids=shortly)
def test_a_sweep_may_be_changed_in_part(shipped, sweep):
    study = validate(overlay(shipped, {"rosenbrock": {"sweep": sweep}}))
    found = study.rosenbrock.sweep.model_dump()
    assert overlay(found, sweep) == found
    if "starts" in sweep:
        sweep = {key: value for key, value in sweep.items() if key != "starts"}
        sweep["seeds"] = {"count": 2}
    validate(overlay(shipped, {"network": {"sweep": sweep}}))


def test_a_study_of_one_hyperparameter_setting_is_taken(shipped):
    one = {
        "methods": ["gradient_descent"],
        "learning_rate": {"low": 1e-3, "high": 1e-3, "count": 1},
        "momentum": [0],
        "starts": {"count": 2},
        "iterations": 1,
    }
    validate(overlay(shipped, {"rosenbrock": {"sweep": one}}))
    with pytest.raises(ConfigurationError, match="must be at most 2, the number of runs"):
        validate(overlay(shipped, {"rosenbrock": {"sweep": one | {"chunks": 3}}}))


def test_what_a_sweep_does_not_say_has_its_default(shipped):
    shipped["rosenbrock"]["sweep"] = SMALL
    sweep = validate(shipped).rosenbrock.sweep
    assert (sweep.evaluation, sweep.engine, sweep.chunks) == (1000, "auto", 1)
    assert sweep.headline.model_dump() == {"target": 0.1, "hold": 10, "trials": None}
    assert sweep.multiverse.model_dump() == {
        "targets": None,
        "holds": [1, 10, 100],
        "budgets": None,
        "criteria": ["charged", "par10", "median"],
        "trials": [5, 20, 0],
    }
    assert (sweep.decay, sweep.beta1, sweep.beta2, sweep.epsilon) == (None,) * 4


def test_what_a_question_does_not_say_has_its_default(shipped):
    shipped["question"] = {"method": "adam", "against": "momentum"}
    del shipped["report"]["notebook"]
    study = validate(shipped)
    assert (study.question.margin, study.report.notebook) == (0.1, True)


def test_a_budget_of_the_multiverse_is_within_the_iterations(shipped):
    sweep = shipped["rosenbrock"]["sweep"]
    sweep["multiverse"]["budgets"], sweep["iterations"] = [300, 1000, 3000], 999
    (line,) = mistakes(shipped)
    assert line == (
        "rosenbrock.sweep.multiverse.budgets = [300, 1000, 3000]: must be at most iterations = 999"
    )


def test_seeds_of_named_runs_and_of_the_sweep_lie_side_by_side(shipped):
    """Named runs 1 to 24; 128 tuning seeds, and 1000 for evaluation."""
    network = shipped["network"]
    for named, first in ((1, 25), (1153, 25), (2129, 1001), (977, 1001)):
        network["seeds"]["first"], network["sweep"]["seeds"]["first"] = named, first
        validate(shipped)
    for named, first in ((1, 24), (1152, 25), (2128, 1001), (978, 1001)):
        network["seeds"]["first"], network["sweep"]["seeds"]["first"] = named, first
        (line,) = mistakes(shipped)
        assert "must not mix with those of network.seeds" in line
    network["sweep"]["seeds"]["first"], network["seeds"]["first"] = 2**32 - 1128, 1
    validate(shipped)
    network["sweep"]["seeds"]["first"] += 1
    (line,) = mistakes(shipped)
    assert "seeds must be below 2^32, and run to 4294967296" in line


@pytest.mark.parametrize("method", METHODS)
def test_a_named_run_takes_the_parameters_of_its_method_and_no_other(shipped, method):
    run = {"name": "x", "method": method, "learning_rate": 0.1, "iterations": 5}
    run |= {"momentum": 0.5} if "momentum" in METHODS[method].parameters else {}
    shipped["network"]["runs"] = [run]
    validate(shipped)
    for name in PARAMETERS:
        shipped["network"]["runs"] = [run | {name: 0.25}]
        if name in METHODS[method].parameters:
            assert getattr(validate(shipped).network.runs[0], name) == 0.25
        else:
            (line,) = mistakes(shipped)
            assert line.startswith(f"network.runs[0].{name} = 0.25: has no effect with")


grids = st.fixed_dictionaries(
    {
        "methods": st.lists(st.sampled_from([*METHODS]), min_size=1, unique=True),
        "learning_rate": st.fixed_dictionaries(
            {"low": st.floats(1e-9, 1e-3), "high": st.floats(1e-2, 1e9), "count": st.integers(2, 9)}
        ),
        "momentum": st.lists(st.floats(1e-9, 0.999), max_size=3, unique=True).map(
            lambda m: [0, *m]
        ),
        "starts": st.fixed_dictionaries({"count": st.integers(2, 9)}),
        "evaluation": st.integers(2, 10**6),
        "headline": st.fixed_dictionaries(
            {"target": st.floats(1e-12, 1e12), "hold": st.integers(1, 10_000)},
            optional={"trials": st.none() | st.integers(1, 99)},
        ),
        "multiverse": st.fixed_dictionaries(
            {},
            optional={
                "targets": st.lists(st.floats(1e-12, 1e12), min_size=1, max_size=4, unique=True),
                "holds": st.lists(st.integers(1, 10_000), min_size=1, max_size=4, unique=True),
                "budgets": st.lists(st.integers(1, 3000), min_size=1, max_size=4, unique=True),
                "trials": st.lists(st.integers(0, 99), min_size=1, max_size=4, unique=True),
            },
        ),
    },
    optional={
        **{
            name: st.lists(
                st.just(0.0) | st.floats(1e-9, 0.999), min_size=1, max_size=3, unique=True
            )
            for name in ("decay", "beta1", "beta2")
        },
        "epsilon": st.lists(st.floats(1e-12, 1), min_size=1, max_size=3, unique=True),
    },
)


@given(grid=grids)
def test_any_grid_is_taken_and_cut_into_as_many_chunks_as_it_has_runs(grid):
    content = yaml.load(SHIPPED, yaml.CSafeLoader)
    for name in ("decay", "beta1", "beta2", "epsilon"):
        content["rosenbrock"]["sweep"].pop(name, None)
    sweep = overlay(content["rosenbrock"]["sweep"], grid)
    settings = 0
    for method in grid["methods"]:
        count = grid["learning_rate"]["count"]
        for name in METHODS[method].parameters:
            count *= len(grid[name]) if name in grid and name != "learning_rate" else 1
        settings += count
    runs = settings * grid["starts"]["count"]
    content["rosenbrock"]["sweep"] = sweep | {"chunks": min(runs, 10_000)}
    study = validate(content)
    assert validate(study.model_dump()) == study
    content["rosenbrock"]["sweep"] = sweep | {"chunks": runs + 1}
    if runs < 10_000:
        assert mistakes(content) == [
            f"rosenbrock.sweep.chunks = {runs + 1}: must be at most {runs}, the number of runs "
            f"({settings} hyperparameter settings x {grid['starts']['count']} starts)"
        ]


def test_a_new_method_and_a_new_objective_need_no_other_place(root):
    """Registered before the configuration is read, they are swept, run and described."""
    code = """
from descent.core.methods import METHODS, Method
from descent.core.parameters import PARAMETERS, Parameter
from descent.core.objective import ObjectiveRecord, formula_objective
from descent.core.objectives import OBJECTIVES
PARAMETERS["leak"] = Parameter(symbol="l", meaning="share that leaks", low=0.25, below=4.0)
rule = lambda p, g, s, rate, leak: (p - rate * leak * g, s)
METHODS["leaky"] = Method(rule, {"learning_rate": None, "leak": 1.0})
formula = lambda x, g, depth: depth
build = lambda depth: formula_objective("bowl", formula, depth, dimension=3)
OBJECTIVES["bowl"] = ObjectiveRecord("bowl", formula, build)
import pathlib
import yaml
from descent.config.reading import ConfigurationError, validate
from descent.config.study import configuration_schema
content = yaml.safe_load(pathlib.Path("config.yaml").read_text("utf-8"))
sweep = content["rosenbrock"]["sweep"]
sweep["methods"], sweep["leak"] = ["leaky", "adam"], [0.25, "3"]
content["network"]["runs"] = [
    {"name": "a", "method": "leaky", "learning_rate": 1, "leak": 2, "iterations": 3}
]
content["objectives"] = [
    {"name": "b", "objective": "bowl", "parameters": {"depth": 2}, "sweep": sweep}
]
study = validate(content).model_dump()
assert study["rosenbrock"]["sweep"]["leak"] == [0.25, 3.0]
assert study["network"]["runs"][0]["leak"] == 2.0
assert study["objectives"][0]["dimension"] == 3
assert "share that leaks" in str(configuration_schema())
sweep["leak"] = [4]
content["network"]["runs"][0]["beta1"] = 0.5
content["objectives"][0]["parameters"] = {}
try:
    validate(content)
except ConfigurationError as error:
    print(error)
"""
    run = subprocess.run(
        [sys.executable, "-c", code],
        cwd=root,
        env={"PYTHONPATH": str(root / "src"), "PATH": ""},
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.splitlines() == [
        "4 mistakes in the configuration",
        "  rosenbrock.sweep.leak[0] = 4: must be less than 4",
        "  objectives[0].parameters.depth: is missing",
        "  objectives[0].sweep.leak[0] = 4: must be less than 4",
        "  network.runs[0].beta1 = 0.5: has no effect with method leaky: remove it, "
        "or choose method adam",
    ]


# ── Many mistakes, told together ─────────────────────────────────────────────────────────────


def test_mistakes_in_all_sections_are_told_together(shipped):
    edits = {
        "forward.decimals": 0,
        "rosenbrock.a": "x",
        "rosenbrock.runs[2].iterations": 0,
        "mixture.covariances[0]": [[1, 2], [2, 1]],
        f"{RUN}.method": "sgd",
        "report.subtitle": "more",
    }
    for key, value in edits.items():
        put(shipped, key, value)
    lines = mistakes(shipped)
    assert len(lines) == len(edits)
    for key in edits:
        assert any(line.startswith(f"{key} = ") for line in lines)


def test_several_mistakes_of_shape_are_told_together(shipped):
    put(shipped, "forward.weights[0][1]", [1])
    put(shipped, "forward.biases[2]", [1])
    put(shipped, "forward.points[0]", [1, 2, 3, 4])
    put(shipped, "mixture.weights", [1])
    assert len(mistakes(shipped)) >= 3


# Pairs of a wrong value and of values that do not fit together.
TOGETHER = {
    "in other sections": (("rosenbrock.a", "x"), ("network.layers", [5, 3])),
    "in one section": (("mixture.seed", -1), ("mixture.weights", [1, 1])),
    "in one run": ((f"{RUN}.iterations", 0), (f"{RUN}.momentum", 0.5)),
    "in a start and beside it": ((f"{DRAW}.bogus", 1), ("network.layers", [5, 3])),
    "an unknown key elsewhere": (("report.bogus", 1), ("network.layers", [5, 3])),
    "an unknown key in the other section": (("mixture.bogus", 1), ("network.layers", [5, 3])),
    "an unknown key in a run": (("network.runs[0].bogus", 1), ("network.layers", [5, 3])),
    "an unknown key beside wrong shapes": (("forward.bogus", 1), ("forward.points[0]", [1])),
    "in a grid and beside it": (
        ("rosenbrock.sweep.decay", []),
        ("rosenbrock.sweep.multiverse.targets", [1, 1]),
    ),
    "in an objective and in the layers": (
        ("objectives[0].parameters.spectrum", [-1]),
        ("network.layers", [5, 3]),
    ),
    "in an objective's dimension and sweep": (
        ("objectives[2].dimension", 1),
        ("objectives[2].sweep.methods", ["sgd"]),
    ),
    "an unknown key in an objective": (
        ("objectives[0].sweep.bogus", 1),
        ("objectives[0].parameters", {}),
    ),
    "in the number of biases and of points": (
        ("forward.biases", [[0, 0, 1], [1, -1]]),
        ("forward.expected", [[0.2, 0.3, 0.5]]),
    ),
}


@pytest.mark.parametrize("case", TOGETHER)
def test_a_wrong_value_does_not_hide_values_that_do_not_fit_together(shipped, case):
    for key, value in TOGETHER[case]:
        put(shipped, key, value)
    assert len(mistakes(shipped)) >= 2


def test_of_many_mistakes_the_first_are_told(shipped):
    shipped["report"] |= {f"key{i}": i for i in range(100_000)}
    with pytest.raises(ConfigurationError, match="more than 50 mistakes") as caught:
        validate(shipped)
    assert len(str(caught.value).split("\n")) == 51


def test_weights_too_uneven_for_any_number_of_samples_are_told(shipped):
    shipped["mixture"]["weights"] = [1e-100, 1, 1]
    assert [line.split(": ", 1)[1] for line in mistakes(shipped)] == [
        "leaves a class without a sample: more even weights are needed"
    ] * 2


@pytest.mark.parametrize("scale", [1e-100, 1.0, 1e99])
def test_a_large_covariance_is_judged_in_no_time(scale):
    matrix = (np.eye(500) * scale).tolist()
    judge = TypeAdapter(Covariance).validate_python
    assert judge(matrix) == matrix
    matrix[0][1] = matrix[1][0] = 2 * scale
    with pytest.raises(ValidationError, match="must be positive definite"):
        judge(matrix)


def test_a_wrong_run_does_not_hide_repeated_names(shipped):
    shipped["network"]["runs"][1]["name"] = shipped["network"]["runs"][0]["name"]
    shipped["network"]["runs"][1]["learning_rate"] = -1
    assert len(mistakes(shipped)) == 2


# ── YAML ─────────────────────────────────────────────────────────────────────────────────────


def test_yaml_is_read_as_yaml(tmp_path):
    content = "a: 1e-4\nb: [1, -2.5, .5, 5., +1E2]\nc: {d: é, 'e': '1'}\n# comment\n"
    found = {"a": 1e-4, "b": [1, -2.5, 0.5, 5.0, 100.0], "c": {"d": "é", "e": "1"}}
    assert read(tmp_path, content) == found
    assert isinstance(read(tmp_path, content)["b"][0], int)


def test_words_are_text_but_for_true_false_and_null(tmp_path):
    texts = ["no", "Yes", "on", "010", "0x1F", "1_000", "1:30", "2024-01-01", ".inf", "=", "<<"]
    assert read(tmp_path, f"a: [{', '.join(texts)}]") == {"a": texts}
    words = "[true, False, TRUE, null, ~, Null]"
    assert read(tmp_path, f"a: {words}\nb:") == {"a": [True, False, True, *[None] * 3], "b": None}


def test_a_mistake_in_yaml_is_told_with_its_line(tmp_path):
    with pytest.raises(ConfigurationError, match=r'line 3, column 1: key "a" is given twice'):
        read(tmp_path, "a: 1\nb: 2\na: 3\n")


def test_a_missing_file_and_a_folder_are_told(tmp_path):
    for path in (tmp_path / "none.yaml", tmp_path):
        with pytest.raises(ConfigurationError, match=f"{path}: cannot be read: "):
            read_yaml(path)


def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "config.yaml")
    with pytest.raises(ConfigurationError, match="cannot be read: not a file"):
        read_yaml(tmp_path / "config.yaml")


# What a value cannot be, whatever YAML makes of it.
@pytest.mark.parametrize("value", [int("f" * 5000, 16), [[]], {1, 2}, b"bytes", object()], ids=type)
def test_values_that_cannot_be_shown_are_told_nevertheless(shipped, value):
    for key in ("rosenbrock.seed", "mixture.generator", "report.title"):
        content = copy.deepcopy(shipped)
        put(content, key, value)
        (line,) = mistakes(content)
        assert line.startswith(key)


def test_a_deep_nest_in_a_value_is_told(shipped):
    nest = []
    for _ in range(3000):
        nest = [nest]
    shipped["mixture"]["generator"] = nest
    (line,) = mistakes(shipped)
    assert line.startswith("mixture.generator")


# ── Layers ───────────────────────────────────────────────────────────────────────────────────


def test_mappings_are_merged_and_all_else_replaced():
    base = {"a": {"x": 1, "y": [1, 2]}, "b": 1}
    kept = copy.deepcopy(base)
    top = {"a": {"y": [3], "z": {"new": 0}}, "c": {"d": 1}}
    expected = {"a": {"x": 1, "y": [3], "z": {"new": 0}}, "b": 1, "c": {"d": 1}}
    assert overlay(base, top) == expected
    assert base == kept
    assert overlay(base, {}) == base
    assert overlay(base, {"a": None}) == {"a": None, "b": 1}
    assert overlay({"a": 1}, {"a": {"x": 1}}) == {"a": {"x": 1}}


@pytest.fixture
def layers(root, tmp_path):
    """Return a function that reads the shipped file under a local one."""

    def layered(local, given):
        file = tmp_path / "config.yaml"
        if local is not None:
            file.write_text(local, encoding="utf-8")
        return read_study(root / "config.yaml", file, given)

    return layered


def test_what_is_given_goes_before_the_local_file_and_that_before_the_shipped(layers):
    study = layers("rosenbrock: {a: 2, b: 20}", {"rosenbrock": {"b": "30"}}).rosenbrock
    assert (study.a, study.b, study.seed) == (2, 30, 10)


def test_without_a_local_file_the_shipped_one_is_the_study(layers, shipped, root):
    assert layers(None, {}) == validate(shipped)
    assert read_study(root / "config.yaml", None, {}) == validate(shipped)
    assert read_study(root / "config.yaml", root / "config.yaml", {}) == validate(shipped)


def test_an_empty_local_file_changes_nothing(layers, shipped):
    assert layers("", {}) == validate(shipped)


def test_mistakes_of_both_layers_are_told_together(layers):
    with pytest.raises(ConfigurationError, match="3 mistakes") as caught:
        layers("rosenbrock: {a: x}\nextra: 1", {"mixture": {"seed": "y"}})
    assert 'rosenbrock.a = "x"' in str(caught.value)
    assert 'mixture.seed = "y"' in str(caught.value)


def test_a_mistake_is_told_with_the_place_that_it_comes_from(layers, tmp_path):
    with pytest.raises(ConfigurationError) as caught:
        layers(
            "rosenbrock: {a: x, b: x, runs: [{name: x}]}\nmixture: {means: [[0], [1]]}",
            {"rosenbrock": {"b": "y"}, "report": {"name": "z"}},
        )
    told = str(caught.value)
    local, given = f"(in {tmp_path / 'config.yaml'})", "(given by --config or --configfile)"
    assert f'rosenbrock.a = "x": must be a number {local}' in told
    assert f'rosenbrock.b = "y": must be a number {given}' in told
    assert f"rosenbrock.runs[0].method: is missing {local}" in told
    assert f'report.name = "z": is not a known key (allowed here: title, notebook) {given}' in told
    assert re.search(r"mixture\.weights = \[1, 1, 1\]: must have 2 .* \(as shipped\)", told)


def test_a_mistake_of_an_importing_workflow_is_told_as_its(root):
    with pytest.raises(ConfigurationError, match=r"number \(given by the importing workflow\)"):
        read_study(root / "config.yaml", None, {"rosenbrock": {"a": "x"}})


def test_a_mistake_in_the_shipped_file_itself_is_told_with_its_name(tmp_path):
    file = tmp_path / "config.yaml"
    file.write_text(SHIPPED.replace("  a: 1\n", "  a: x\n"), encoding="utf-8")
    for local, told in ((file, f"(in {file})"), (tmp_path / "none.yaml", "(as shipped)")):
        with pytest.raises(ConfigurationError, match=re.escape(told)):
            read_study(file, local, {})


def test_a_local_file_leaves_a_section_out(layers):
    assert layers("network: null", {}).network is None
    assert layers("network:", {"rosenbrock": None}).rosenbrock is None
    for text in ("null", "~", ""):
        assert layers("", parse_config([f"network={text}"])).network is None


def test_keys_given_over_null_are_laid_over_what_lies_below(layers, shipped):
    study = layers("network: null", {"network": {"seeds": {"count": 3}}})
    expected = overlay(shipped, {"network": {"seeds": {"count": 3}}})
    assert study == validate(expected)


def test_keys_given_over_the_null_of_the_lowest_layer_must_be_complete(tmp_path):
    file = tmp_path / "config.yaml"
    own = overlay(yaml.load(SHIPPED, yaml.CSafeLoader), {"network": None})
    file.write_text(yaml.dump(own), encoding="utf-8")
    with pytest.raises(ConfigurationError) as caught:
        read_study(file, file, {"network": {"layers": [2, 3]}})
    assert f"network.initial: is missing (network is null in {file})" in str(caught.value)


def test_an_unreadable_local_file_is_told(layers, tmp_path):
    with pytest.raises(ConfigurationError, match=re.escape(str(tmp_path / "config.yaml"))):
        layers("a: [", {})


# ── Any mutation at all ──────────────────────────────────────────────────────────────────────

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 5),
    st.integers(),
    st.just(10**400),
    st.floats(),
    st.text(max_size=20),
    st.sampled_from(
        ["1e-4", "-1", "0", "momentum", "adam", "legacy", "a.b", "{", "{0}", "%s", "\ud800"]
    ),
    st.dates(),
)
WORDS = """
a b low high count seed draw start runs sweep name method point points x1 {} momentum methods beta1
epsilon beta2 title parameters spectrum chunks target hold trials targets holds budgets criteria
headline multiverse evaluation rotation question against margin notebook
"""
names = st.sampled_from(WORDS.split()) | st.text(max_size=8)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names | scalars, inner, max_size=4),
    max_leaves=8,
)


def places(content):
    """Return every mapping and list with each of its keys."""
    found = []
    items = content.items() if isinstance(content, dict) else enumerate(content)
    for key, value in items:
        found.append((content, key))
        if isinstance(value, dict | list):
            found += places(value)
    return found


def mutate(content, data):
    """Change one place: another value, none, a neighbour's, one more, or another name."""
    container, key = data.draw(st.sampled_from(places(content)))
    kind = data.draw(st.sampled_from(["replace", "remove", "copy", "insert", "rename"]))
    if kind == "replace":
        container[key] = data.draw(values)
    elif kind == "copy":
        other, place = data.draw(st.sampled_from(places(content)))
        container[key] = copy.deepcopy(other[place])
    elif kind == "remove" or (isinstance(container, list) and kind == "rename"):
        del container[key]
    elif isinstance(container, list):
        container.insert(key, data.draw(values))
    elif kind == "insert":
        container[data.draw(names)] = data.draw(values)
    else:
        container[data.draw(names)] = container.pop(key)


def keys_of(content):
    """Return every key of plain data, as messages write it; and that of the whole, nothing."""
    found, left = {""}, [("", content)]
    while left:
        key, value = left.pop()
        found.add(key)
        if isinstance(value, dict):
            left += [(f"{key}.{printable(str(name))}".lstrip("."), x) for name, x in value.items()]
        elif isinstance(value, list):
            left += [(f"{key}[{i}]", x) for i, x in enumerate(value)]
    return found


def check_taken_or_told(content):
    """Check that a study is taken, and again from JSON and YAML, or told by keys that it has."""
    try:
        study = validate(content)
    except ConfigurationError:
        known = keys_of(content)
        for line in mistakes(content):
            # Of a key that is missing, that of what should hold it.
            key = re.split(" = |: ", line)[0]
            assert known & {key, key.rpartition(".")[0], key.rpartition(".parameters.")[0]}, line
            assert line.isprintable()
    else:
        plain = study.model_dump()
        assert validate(plain) == study
        assert validate(json.loads(json.dumps(plain))) == study
        assert validate(yaml.load(yaml.dump(plain), yaml.CSafeLoader)) == study


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data(), text=st.booleans())
def test_any_mutation_of_the_shipped_study_is_taken_or_told(data, text):
    content = yaml.load(SHIPPED, yaml.CSafeLoader)
    for _ in range(data.draw(st.integers(1, 3))):
        if places(content):
            mutate(content, data)
    check_taken_or_told(as_text(content) if text else content)


@settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_any_option_is_taken_or_told(data):
    """As `--config` has it: a section, and any text for its value."""
    content = yaml.load(SHIPPED, yaml.CSafeLoader)
    section = data.draw(st.sampled_from(["rosenbrock", "mixture", "report", "objectives", "xyz"]))
    pieces = st.sampled_from(["{", "}", "[", "]", "a", ": ", ", ", "title", "seed", "1e-4", "'"])
    text = data.draw(st.lists(pieces | st.text(max_size=3), max_size=9).map("".join))
    if data.draw(st.booleans()) and section in content:
        part = content[section]
        mutate(part, data)
        text = json.dumps(part, default=str)
    try:
        given = parse_config([f"{section}={text}"])
    except ValueError:  # Snakemake does not take it
        return
    check_taken_or_told(overlay(content, given))


YAML_PARTS = ["a", "b: ", ": ", "- ", "\n", "  ", "[", "]", "{", "}", ",", "? ", "!!int ", "!!map "]
YAML_PARTS += ["!!bool ", "&x ", "*x", "'", '"', "#", "|", ">", "1", "0x", "~", "<<: ", "\t", "é"]
YAML_PARTS += ["\x00"]


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(YAML_PARTS), max_size=12).map("".join) | st.binary(max_size=30))
def test_any_file_is_read_or_told(tmp_path, content):
    try:
        found = read(tmp_path, content)
    except ConfigurationError as error:
        assert "study.yaml" in str(error)  # noqa: PT017
    else:
        assert isinstance(found, dict)


# ── The schema for editors ───────────────────────────────────────────────────────────────────


def test_the_schema_on_disk_is_the_models(root):
    """If it is not: `python -m descent.config > workflow/schemas/config.schema.json`."""
    file = root / "workflow" / "schemas" / "config.schema.json"
    assert json.loads(file.read_text(encoding="utf-8")) == configuration_schema()
    assert (
        file.read_text(encoding="utf-8")
        == json.dumps(configuration_schema(), indent=2, ensure_ascii=False) + "\n"
    )


def test_the_shipped_study_fits_the_schema(root):
    schema = configuration_schema()
    jsonschema.validators.validator_for(schema).check_schema(schema)
    content = yaml.safe_load((root / "config.yaml").read_text(encoding="utf-8"))
    jsonschema.validate(content, schema)
    jsonschema.validate(as_text(content), schema)


def test_the_shipped_study_points_editors_to_the_schema(root):
    first = (root / "config.yaml").read_text(encoding="utf-8").splitlines()[0]
    place = re.fullmatch(r"# yaml-language-server: \$schema=(\S+)", first)[1]
    assert (root / place).is_file()


@pytest.mark.parametrize(("key", "value", "expected"), TAKEN, ids=shortly)
def test_the_schema_takes_what_the_model_takes(shipped, key, value, expected):
    if value == " 7 ":  # the model strips spaces, a pattern does not
        return
    put(shipped, key, value)
    jsonschema.validate(shipped, configuration_schema())


def test_every_value_is_described():
    schema = configuration_schema()
    for model in [schema, *schema["$defs"].values()]:
        for name, field in model["properties"].items():
            referred = schema["$defs"].get(field.get("$ref", "").removeprefix("#/$defs/"), {})
            assert {**referred, **field}.get("description"), f"{model['title']}.{name}"
        assert model.get("description"), model["title"]
        assert model["additionalProperties"] is False


@pytest.fixture
def quick(root, shipped):
    """Return the quick study, laid over the shipped one."""
    return overlay(shipped, read_yaml(root / "workflow" / "quick.yaml"))


def test_both_studies_compare_all_methods_from_both_initialisations(shipped, quick):
    for content in (shipped, quick):
        study = validate(content)
        for sweep in (study.rosenbrock.sweep, study.network.sweep):
            assert sweep.methods == [*METHODS]
            rates = sweep.learning_rate.count
            assert setting_count(sweep.methods, rates, sweep.model_dump()) > 2 * 6 * rates / 2
            for name in ("momentum", "decay", "beta1"):
                assert len(getattr(sweep, name)) > 1
        assert study.network.sweep.initials == ["uniform", "he"]
        assert {entry.objective for entry in study.objectives} == {"quadratic", "rosenbrock"}


def runs_of(study):
    """Return how many descents on Rosenbrock and how many trainings a study sweeps."""
    counts = {"rosenbrock": 0, "network": 0}
    for name, part in problem_parts(validate(study).model_dump()).items():
        grid = part["problem"]["sweep"]
        starts = grid["seeds" if "mixture" in part else "starts"]["count"]
        runs = starts * setting_count(grid["methods"], grid["learning_rate"]["count"], grid)
        counts["network" if "mixture" in part else name] = runs + counts.get(name, 0)
    return counts["rosenbrock"], counts["network"]


def test_the_shipped_study_is_large_and_the_quick_one_small(shipped, quick):
    descents, trainings = runs_of(shipped)
    assert descents >= 1_000_000
    assert trainings >= 10_000
    descents, trainings = runs_of(quick)
    assert descents < 5000
    assert trainings < 2000


def test_the_quick_study_fits_the_schema_and_points_to_it(root, quick):
    jsonschema.validate(quick, configuration_schema())
    file = root / "workflow" / "quick.yaml"
    place = re.search(r"^# yaml-language-server: \$schema=(\S+)", file.read_text("utf-8"))[1]
    assert (file.parent / place).is_file()


def test_the_shipped_study_is_commented(root):
    """Every key has a comment in the lines above it, its own or its block's."""
    text = (root / "config.yaml").read_text(encoding="utf-8")
    for section in ("forward", "rosenbrock", "objectives", "mixture", "network"):
        assert re.search(rf"^#.*\n{section}:", text, re.MULTILINE)
