"""The package as its users meet it."""

import ast
import doctest
import importlib
import inspect
import pydoc
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


def test_the_examples_in_docstrings_are_right(root):
    assert doctest.testmod(descent).attempted >= 2
    package = root / "src"
    for file in sorted((package / "descent").rglob("[!_]*.py")):
        if ">>>" in file.read_text(encoding="utf-8"):
            name = ".".join(file.relative_to(package).with_suffix("").parts)
            assert doctest.testmod(importlib.import_module(name)).failed == 0


def test_the_lazy_names_are_those_for_type_checkers(root):
    tree = ast.parse((root / "src" / "descent" / "__init__.py").read_text(encoding="utf-8"))
    typed = next(node for node in tree.body if isinstance(node, ast.If))
    for statement in typed.body:
        for alias in statement.names:
            assert alias.asname == alias.name
            assert getattr(descent, alias.name).__module__ == statement.module
    assert {alias.name for node in typed.body for alias in node.names} == set(descent.__all__)


USERS_FILE = """
import descent

run = descent.descend("rosenbrock", "momentum", [-1.2, 1.0], 100, 0.001, momentum=0.9)
reveal_type(run)
reveal_type(descent.rosenbrock([1.0, 2.0]))
descent.sweep("rosenbrock", 3, [[0.0, 0.0]], 10, 0.1)
descent.desend
"""


def test_a_users_types_are_checked(root, tmp_path):
    api = pytest.importorskip("mypy.api")
    file = tmp_path / "users.py"
    file.write_text(USERS_FILE, encoding="utf-8")
    cache = str(tmp_path / "cache")
    found = subprocess.run(
        [sys.executable, "-m", api.__name__.split(".")[0], "--cache-dir", cache, str(file)],
        env={"MYPYPATH": str(root / "src"), "PATH": ""},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    ).stdout
    lines = [line.split(":", 1)[1] for line in found.splitlines() if line.startswith("users.py:")]
    assert [line.split(":")[0] for line in lines] == ["5", "6", "7", "8"], found
    assert "descent.engine.descents.Trajectory" in lines[0]
    assert "numpy.ndarray" in lines[1]
    assert 'incompatible type "int"; expected "str"' in lines[2]
    assert 'Module has no attribute "desend"' in lines[3]
    assert (root / "src" / "descent" / "py.typed").is_file()


def test_help_shows_the_functions():
    assert "Advance many runs together" in pydoc.render_doc(descent.sweep, renderer=pydoc.plaintext)
    for name in descent.__all__:
        assert name in pydoc.render_doc(descent, renderer=pydoc.plaintext)


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
        ("import descent.support.fingerprints", set()),
        ("import descent.config.study", {"numpy", "pydantic"}),
        ("import descent.config.reading", {"numpy", "pydantic", "yaml"}),
        ("import descent.study.named_runs, descent.study.checks, descent.core.mixtures", {"numpy"}),
        ("import descent; [getattr(descent, name) for name in descent.__all__]", {"numpy"}),
        ("import descent.tables.schemas", {"numpy"}),
    ],
)
def test_imports_load_no_more_than_they_use(statement, allowed, root, tmp_path):
    assert loaded_by(statement, root, tmp_path) & HEAVY == allowed
