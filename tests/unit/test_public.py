"""The package as its users meet it."""

import doctest
import importlib
import inspect
import re
import subprocess
import sys

import pytest

import descent

CONTRACT = [
    "rosenbrock",
    "rosenbrock_gradient",
    "rosenbrock_hessian",
    "sample_mixture",
    "forward",
    "cross_entropy",
    "backpropagate",
    "descend",
    "sweep",
    "train",
    "train_many",
]
HEAVY = {"numpy", "matplotlib", "pandas", "pyarrow", "numba", "pydantic", "scipy", "yaml"}


def test_the_promised_functions_are_there_and_listed():
    assert set(CONTRACT) <= set(descent.__all__)
    assert set(CONTRACT) <= set(dir(descent))
    for name in CONTRACT:
        function = getattr(descent, name)
        assert inspect.isfunction(function)
        assert function.__name__ == name


def test_they_can_be_imported_by_name():
    namespace = {}
    exec("from descent import *", namespace)
    assert set(CONTRACT) <= set(namespace)


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match=r"'descent' has no attribute 'desend'"):
        _ = descent.desend


def test_no_module_bears_the_name_of_a_public_function(root):
    modules = {file.stem for file in (root / "src" / "descent").glob("*.py")}
    assert not modules & set(descent.__all__)


@pytest.mark.parametrize("name", descent.__all__)
def test_public_functions_are_documented_in_full(name):
    text = inspect.getdoc(getattr(descent, name))
    headings = re.findall(r"^(\w+)\n-{4,}$", text, re.MULTILINE)
    assert {"Parameters", "Returns", "Raises"} <= set(headings)
    assert headings[0] == "Parameters"
    assert text.splitlines()[0].endswith(".")


@pytest.mark.parametrize("name", descent.__all__)
def test_every_parameter_is_documented_and_no_other(name):
    function = getattr(descent, name)
    section = inspect.getdoc(function).split("Parameters\n----------\n")[1].split("\nReturns\n")[0]
    lines = [line for line in section.splitlines() if line and not line.startswith(" ")]
    documented = [part.strip() for line in lines for part in line.split(" : ")[0].split(",")]
    documented = [name.lstrip("*") for name in documented]
    assert sorted(documented) == sorted(inspect.signature(function).parameters)


@pytest.mark.parametrize("name", descent.__all__)
def test_public_functions_annotate_their_arguments_and_result(name):
    signature = inspect.signature(getattr(descent, name))
    assert signature.return_annotation is not inspect.Signature.empty
    for parameter in signature.parameters.values():
        assert parameter.annotation is not inspect.Parameter.empty


def test_users_of_pytorch_are_told_how_the_heavy_ball_relates_to_theirs():
    text = inspect.getdoc(importlib.import_module("descent.core.methods").momentum)
    assert "PyTorch" in text
    assert "Polyak" in text


def test_the_examples_in_docstrings_are_right(root):
    assert doctest.testmod(descent).attempted >= 2
    for file in sorted((root / "src" / "descent").glob("[!_]*.py")):
        if ">>>" in file.read_text(encoding="utf-8"):
            assert doctest.testmod(importlib.import_module(f"descent.{file.stem}")).failed == 0


def loaded_by(statement, root, folder):
    """Return the top-level packages that a fresh Python holds after a statement."""
    code = f"{statement}\nimport sys\nprint(*{{name.split('.')[0] for name in sys.modules}})"
    finished = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": str(root / "src"), "PATH": ""},
        cwd=folder,
        check=True,
        capture_output=True,
        text=True,
    )
    return set(finished.stdout.split())


@pytest.mark.parametrize(
    ("statement", "allowed"),
    [
        ("import descent", set()),
        ("import descent.support.dependencies", set()),
        ("import descent.config.model", {"numpy", "pydantic"}),
        ("import descent.config.reading", {"numpy", "pydantic", "yaml"}),
        ("import descent.study.named_runs, descent.study.checks, descent.core.mixtures", {"numpy"}),
        ("import descent; [getattr(descent, name) for name in descent.__all__]", {"numpy"}),
        ("import descent.tables.schemas", {"numpy", "pyarrow"}),
    ],
)
def test_imports_load_no_more_than_they_use(statement, allowed, root, tmp_path):
    assert loaded_by(statement, root, tmp_path) & HEAVY == allowed
