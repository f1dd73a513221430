"""The house's rules that no linter knows: one name, one thing."""

import ast
from collections import defaultdict
from pathlib import Path

import descent

PACKAGE = Path(descent.__file__).parent
MODULES = sorted(PACKAGE.rglob("*.py"))


def defined_names(module: Path) -> set[str]:
    """Return the names that a module defines at its own level: functions, classes, values."""
    names: set[str] = set()
    for node in ast.parse(module.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.add(node.name)
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        for target in targets:
            if isinstance(target, ast.Name | ast.Tuple):
                names |= {part.id for part in ast.walk(target) if isinstance(part, ast.Name)}
    return {name for name in names if not name.startswith("__")}


def test_no_name_means_two_things():
    places = defaultdict(list)
    for module in MODULES:
        for name in defined_names(module):
            places[name].append(module.relative_to(PACKAGE).as_posix())
    assert {name: where for name, where in places.items() if len(where) > 1} == {}


def test_no_module_bears_the_name_of_a_public_function():
    functions = set(descent.__all__)
    for module in MODULES:
        tree = ast.parse(module.read_text(encoding="utf-8"))
        functions |= {
            node.name
            for node in tree.body
            if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")
        }
    rooms = {module.parent.name for module in MODULES}
    assert ({module.stem for module in MODULES} | rooms) & functions == set()
