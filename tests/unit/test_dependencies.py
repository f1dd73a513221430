"""Which modules a script depends on."""

import subprocess
import sys

import pytest

import descent
from descent.support.dependencies import imported_modules


@pytest.fixture
def package(tmp_path):
    """Return a package in which modules import one another in a circle and by every form."""
    folder = tmp_path / "core"
    folder.mkdir()
    for name, text in {
        "__init__": "import importlib\n",
        "a": "import numpy\nfrom core.b import thing\n",
        "b": "def thing():\n    import core.c\n",
        "c": "from core import a\n",
        "d": "import core.e as other, os.path\n",
        "e": "",
        "unused": "import core.a\n",
    }.items():
        (folder / f"{name}.py").write_text(text, encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("", ""),
        ("import numpy\nfrom corelike import a\nimport score.b\n", ""),
        ("import core\n", "__init__"),
        ("from core.e import x\n", "__init__ e"),
        ("from core import e\n", "__init__ e"),
        ("import core.d\n", "__init__ d e"),
        ("import core.a\n", "__init__ a b c"),
        ("from core import c as z, d\n", "__init__ a b c d e"),
        ("def later():\n    from core.b import thing\n", "__init__ a b c"),
        ("from core import missing\n", "__init__"),
    ],
)
def test_imports_are_followed_through_the_package(package, tmp_path, script, expected):
    file = tmp_path / "script.py"
    file.write_text(script, encoding="utf-8")
    modules = imported_modules(file, package)
    assert modules == [package / f"{name}.py" for name in expected.split()]


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("from core import thing\n", "__init__ a b c"),
        ("from core import thing as other, sum\n", "__init__ a b c d e"),
        ("import core\n", "__init__ a b c d e"),
        ("from core import *\n", "__init__ a b c d e"),
        ("from core import e\n", "__init__ e"),
        ("from core import missing\n", "__init__"),
        ("import score\nimport corelike.a\n", ""),
    ],
)
def test_names_that_the_package_imports_when_asked_for_lead_to_their_modules(
    package, tmp_path, script, expected
):
    lazy = 'import importlib\n_MODULE_OF = {"thing": "b", "sum": "d"}\n'
    (package / "__init__.py").write_text(lazy, encoding="utf-8")
    file = tmp_path / "script.py"
    file.write_text(script, encoding="utf-8")
    modules = imported_modules(file, package)
    assert modules == [package / f"{name}.py" for name in expected.split()]


def test_the_packages_public_names_are_followed(root, tmp_path):
    file = tmp_path / "script.py"
    for name, module in descent._MODULE_OF.items():
        file.write_text(f"from descent import {name}\n", encoding="utf-8")
        found = {path.stem for path in imported_modules(file, root / "src" / "descent")}
        assert {"__init__", module} <= found


SCRIPTS = ["mixture", "check_forward", "descend_rosenbrock", "sweep_network_chunk", "check_theory"]


@pytest.mark.parametrize("name", SCRIPTS)
def test_scripts_depend_on_just_what_python_loads_for_them(root, tmp_path, name):
    """Run the imports of a script, and see which modules of the core they load."""
    core = root / "src" / "descent"
    script = root / "workflow" / "scripts" / f"{name}.py"
    lines = script.read_text(encoding="utf-8").splitlines()
    imports = "\n".join(line for line in lines if line.startswith("from descent"))
    assert imports
    show = "import sys; print(*(m.__file__ for n, m in sys.modules.items() if 'descent' in n))"
    loaded = subprocess.run(
        [sys.executable, "-c", f"{imports}\n{show}"],
        env={"PYTHONPATH": str(root / "src"), "PATH": ""},
        cwd=tmp_path,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split()
    # The compiled engine is loaded only where it is worth it.
    lazy = {str(core / f"{name}.py") for name in ("compiled", "dependencies", "kernels", "lanes")}
    assert {str(module) for module in imported_modules(script, core)} - lazy == set(loaded)
