"""What scripts depend on: which modules, and what of them."""

import ast
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import descent
from descent.support.fingerprints import digest_of, fingerprint, imported_modules, shown_names

ROOT = Path(__file__).resolve().parents[3]
PACKAGE = ROOT / "src" / "descent"
SCRIPTS = sorted(
    script
    for script in (ROOT / "workflow" / "scripts").glob("*.py")
    if "from descent." in script.read_text(encoding="utf-8")
)


@pytest.fixture
def package(tmp_path):
    """Return a package in which modules import one another in a circle and by every form."""
    for name, text in {
        "__init__": 'import importlib\n_MODULE_OF = {"thing": "b", "deep": "room.x"}\n',
        "a": "import numpy\nfrom core.b import thing\n",
        "b": "def thing():\n    import core.c\n",
        "c": "from core import a\n",
        "d": "import core.e as other, os.path\n",
        "e": "",
        "unused": "import core.a\n",
        "typed": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from core import a\n",
        "room/__init__": "",
        "room/x": "from core.room.y import z\n",
        "room/y": "from core import e\n",
        "objectives/__init__": "import pkgutil\npkgutil.iter_modules(__path__)\n",
        "objectives/one": "from core import e\n",
        "objectives/two": "",
    }.items():
        file = tmp_path / "core" / f"{name}.py"
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return tmp_path / "core"


def of(package, script, **options):
    """Return the modules that a script of these lines imports, as words."""
    file = package.parent / "script.py"
    file.write_text(script, encoding="utf-8")
    modules = imported_modules(file, package, **options)
    assert modules == sorted(modules)
    return {module.relative_to(package).with_suffix("").as_posix() for module in modules}


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("", ""),
        ("import numpy\nfrom corelike import a\nimport score.b\n", ""),
        ("from core.e import x\n", "__init__ e"),
        ("from core import e\n", "__init__ e"),
        ("import core.d\n", "__init__ d e"),
        ("import core.a\n", "__init__ a b c"),
        ("from core import c as z, d\n", "__init__ a b c d e"),
        ("def later():\n    from core.b import thing\n", "__init__ a b c"),
        ("try:\n    pass\nexcept OSError:\n    import core.e\n", "__init__ e"),
        ("from core import missing\n", "__init__"),
        ("from core import typed\n", "__init__ typed"),
        ("from core import room\n", "__init__ room/__init__"),
        ("from core.room import x\n", "__init__ e room/__init__ room/x room/y"),
        ("from core.room.y import z\n", "__init__ e room/__init__ room/y"),
        ("from core import thing\n", "__init__ a b c"),
        ("from core import deep as other\n", "__init__ e room/__init__ room/x room/y"),
        ("import core\n", "__init__ a b c e room/__init__ room/x room/y"),
        ("from core import *\n", "__init__ a b c e room/__init__ room/x room/y"),
        (
            "from core.objectives import ALL\n",
            "__init__ e objectives/__init__ objectives/one objectives/two",
        ),
    ],
)
def test_imports_are_followed_through_the_package(package, script, expected):
    assert of(package, script) == set(expected.split())


def test_of_what_is_discovered_some_may_count(package):
    script = "from core.objectives import ALL\n"
    assert of(package, script, objectives={"two"}) == {
        "__init__",
        "objectives/__init__",
        "objectives/two",
    }
    assert "e" in of(package, script, objectives={"one"})
    assert "objectives/one" in of(
        package, f"{script}import core.objectives.one\n", objectives={"two"}
    )


def test_relative_imports_are_refused_rather_than_missed(package):
    with pytest.raises(ValueError, match="import it by its full name"):
        of(package, "from . import y\n")


@pytest.mark.parametrize("name", descent.__all__)
def test_the_packages_public_names_are_followed(tmp_path, name):
    file = tmp_path / "script.py"
    file.write_text(f"from descent import {name}\n", encoding="utf-8")
    module = sys.modules[getattr(descent, name).__module__]
    assert Path(module.__file__) in imported_modules(file, PACKAGE)


LOADED = '''
"""Print the files of the package that Python loads for each script, functions' imports too."""
import ast, importlib, json, pkgutil, sys
from pathlib import Path

done = {}

def load(source):
    tree = ast.parse(source)
    tests = [node for node in ast.walk(tree) if isinstance(node, ast.If)]
    typing = [node for node in tests if "TYPE_CHECKING" in ast.dump(node.test)]
    skipped = {id(inner) for outer in typing for inner in ast.walk(outer)}
    for node in ast.walk(tree):
        if isinstance(node, (ast.Import, ast.ImportFrom)) and id(node) not in skipped:
            if "descent." in (line := ast.unparse(node)) or "from descent " in line:
                exec(line, {})

for script in sys.argv[1:]:
    for name in [name for name in sys.modules if name.split(".")[0] == "descent"]:
        del sys.modules[name]
    load(Path(script).read_text())
    seen = set()
    while new := {n for n in sys.modules if n.split(".")[0] == "descent"} - seen:
        seen |= new
        for name in sorted(new):
            source = Path(sys.modules[name].__file__).read_text()
            load(source)
            if "iter_modules" in source and hasattr(sys.modules[name], "__path__"):
                for module in pkgutil.iter_modules(sys.modules[name].__path__):
                    importlib.import_module(f"{name}.{module.name}")
    done[script] = [sys.modules[name].__file__ for name in seen]
print(json.dumps(done))
'''


@pytest.fixture(scope="session")
def loaded():
    """Return the modules of the package that Python itself loads for each script."""
    shown = subprocess.run(
        [sys.executable, "-c", LOADED, *map(str, SCRIPTS)],
        env={"PYTHONPATH": str(PACKAGE.parent), "PATH": ""},
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    return {Path(script): set(map(Path, files)) for script, files in json.loads(shown).items()}


def test_scripts_depend_on_just_what_python_loads_for_them(loaded):
    assert SCRIPTS
    for script in SCRIPTS:
        assert set(imported_modules(script, PACKAGE)) == loaded[script], script.name


@pytest.fixture(scope="session")
def copied(tmp_path_factory):
    """Return a copy of the package, to be edited and put back."""
    return shutil.copytree(PACKAGE, tmp_path_factory.mktemp("copy") / "descent")


def all_of(package, **options):
    """Return the fingerprints of all scripts."""
    return {script: fingerprint(script, package, **options) for script in SCRIPTS}


def changed(before, after):
    """Return the scripts whose fingerprints differ."""
    return {script for script in before if before[script] != after[script]}


def edited(package, edit):
    """Edit all modules of a package; return them as they were."""
    sources = {file: file.read_text(encoding="utf-8") for file in package.rglob("*.py")}
    for file, source in sources.items():
        file.write_text(edit(source), encoding="utf-8")
    return sources


def restore(sources):
    for file, source in sources.items():
        file.write_text(source, encoding="utf-8")


def insert(source, places, text):
    """Insert text into a source after the opening quotes of strings, the last first."""
    lines = source.encode().splitlines(keepends=True)
    for node in sorted(places, key=lambda node: (-node.lineno, -node.col_offset)):
        line, rest = lines[node.lineno - 1], node.col_offset
        opening = 3 if line[rest:].startswith(b'"""') else 1
        at = rest + opening + (line[rest : rest + 1] in b"rfb")
        lines[node.lineno - 1] = line[:at] + text.encode() + line[at:]
    return b"".join(lines).decode()


def with_other_docstrings(source):
    texts = [
        node.value
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    ]
    return insert(source, texts, "Edited. ")


def test_fingerprints_do_not_depend_on_the_place(copied):
    for shows in (True, False):
        assert all_of(copied, shows=shows) == all_of(PACKAGE, shows=shows)


@pytest.mark.parametrize(
    "edit",
    [
        with_other_docstrings,
        lambda source: f"# An edit.\n\n{source}\n\n# Another.\n",
        lambda source: ast.unparse(ast.parse(source)),
    ],
    ids=["docstrings", "comments", "layout"],
)
def test_edits_of_docstrings_comments_and_layout_change_nothing(copied, edit):
    before = all_of(copied)
    sources = edited(copied, edit)
    after = all_of(copied)
    restore(sources)
    assert changed(before, after) == set()


def test_an_edit_that_counts_changes_the_scripts_that_load_the_module(copied, loaded):
    """Edit every module in turn, and look at a script that loads it and at one that does not."""
    before = all_of(copied, shows=False)
    for module in sorted(copied.rglob("*.py")):
        source = module.read_text(encoding="utf-8")
        module.write_text(f"{source}\nEDITED = 1\n", encoding="utf-8")
        for is_user in (True, False):
            file = PACKAGE / module.relative_to(copied)
            some = [script for script in SCRIPTS if (file in loaded[script]) == is_user][:1]
            after = {script: fingerprint(script, copied, shows=False) for script in some}
            assert all((before[one] != after[one]) == is_user for one in some), module
        module.write_text(source, encoding="utf-8")


def test_an_edit_of_what_is_shown_changes_only_what_shows_it(copied, loaded):
    names, touched = shown_names(copied), set()
    assert names

    def edit(source):
        keywords = [
            node.value
            for node in ast.walk(ast.parse(source))
            if isinstance(node, ast.keyword)
            and node.arg in names
            and isinstance(node.value, ast.Constant)
            and isinstance(node.value.value, str)
        ]
        after = insert(source, keywords, "Edited ")
        if after != source:
            touched.add(source)
        return after

    before = {shows: all_of(copied, shows=shows) for shows in (True, False)}
    sources = edited(copied, edit)
    after = {shows: all_of(copied, shows=shows) for shows in (True, False)}
    restore(sources)
    records = {
        PACKAGE / f.relative_to(copied) for f, source in sources.items() if source in touched
    }
    assert records
    assert changed(before[False], after[False]) == set()
    assert changed(before[True], after[True]) == {s for s in SCRIPTS if records & loaded[s]}


def test_only_the_named_objectives_count(copied):
    folder = copied / "core" / "objectives"
    wanted, *others = sorted(file for file in folder.glob("*.py") if file.stem != "__init__")
    script = copied.parent / "script.py"
    script.write_text("from descent.core.objectives import OBJECTIVES\n", encoding="utf-8")

    def own():
        return fingerprint(script, copied, shows=False, objectives={wanted.stem})

    before = own()
    for file in [*others, wanted]:
        source = file.read_text(encoding="utf-8")
        file.write_text(f"{source}\nEDITED = 1\n", encoding="utf-8")
        assert (own() == before) == (file != wanted), file
        file.write_text(source, encoding="utf-8")


def test_the_script_itself_and_the_version_count(copied, tmp_path):
    script = tmp_path / "script.py"
    script.write_text('"""A script."""\nfrom descent.core import methods\n', encoding="utf-8")
    before = fingerprint(script, copied)
    script.write_text(
        '"""The script."""\nfrom descent.core import methods  # !\n', encoding="utf-8"
    )
    assert fingerprint(script, copied) == before
    init = copied / "__init__.py"
    source = init.read_text(encoding="utf-8")
    init.write_text(source.replace(descent.__version__, "9.9.9"), encoding="utf-8")
    assert fingerprint(script, copied) != before
    init.write_text(source, encoding="utf-8")
    script.write_text("from descent.core import methods\nmethods = None\n", encoding="utf-8")
    assert fingerprint(script, copied) != before


RECORD = """
from core.shown import Shown

class Record(NamedTuple):
    size: int
    title: Shown[str] = ""

ONE = Record(1, title="one")
TWO = ONE._replace(title="two", size=2)
"""


@pytest.mark.parametrize(
    ("old", "new", "counts"),
    [
        ('title="one"', 'title="eins"', False),
        ('title="two", ', "", False),
        ('Shown[str] = ""', 'Shown[str] = "-"', False),
        ('    title: Shown[str] = ""\n', "", True),  # then it is a field as any other
        ("size=2", "size=3", True),
        ('title="one"', "title=own", True),  # as of a field of this name that is computed with
        ("Record(1,", "Record(3,", True),
    ],
)
def test_of_records_only_what_is_shown_is_left_out(package, old, new, counts):
    script = package.parent / "script.py"
    script.write_text("from core.record import ONE\n", encoding="utf-8")
    prints = []
    for text in (RECORD, RECORD.replace(old, new)):
        (package / "record.py").write_text(text, encoding="utf-8")
        shown_names.cache_clear()
        prints.append([fingerprint(script, package, shows=shows) for shows in (True, False)])
    assert prints[0][0] != prints[1][0]
    assert (prints[0][1] != prints[1][1]) == counts


COMPUTING = ["core", "engine", "statistics", "study"]


def nodes(rooms, kind):
    """Yield the nodes of a kind in the syntax trees of some rooms, with their places."""
    for room in rooms:
        for file in (PACKAGE / room).rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if isinstance(node, kind):
                    yield node, f"{file}:{getattr(node, 'lineno', 1)}"


def fields(kind):
    """Return the names of records and functions, each with those of its fields or parameters."""
    for record, _ in nodes(COMPUTING, ast.ClassDef):
        for field in record.body:
            if isinstance(field, ast.AnnAssign):
                is_shown = ast.unparse(field.annotation).startswith("Shown[")
                if is_shown == (kind == "shown"):
                    yield record.name, field.target.id
    for function, _ in nodes(COMPUTING, ast.FunctionDef):
        if kind == "computed":
            for argument in [*function.args.args, *function.args.kwonlyargs]:
                yield function.name, argument.arg


def test_what_is_shown_is_not_computed_with():
    names = shown_names(PACKAGE) - {name for _, name in fields("computed")}
    for node, place in nodes(COMPUTING, ast.Attribute):
        assert node.attr not in names, place


def test_no_keyword_that_is_left_out_is_computed_with():
    names, computed = shown_names(PACKAGE), set(fields("computed"))
    for call, place in nodes(COMPUTING, ast.Call):
        callee = getattr(call.func, "attr", getattr(call.func, "id", ""))
        for keyword in call.keywords:
            if keyword.arg in names and not isinstance(keyword.value, ast.Name | ast.Attribute):
                assert (callee, keyword.arg) not in computed, place


def test_a_digest_of_modules_is_that_of_their_bytes(package):
    modules = sorted(package.glob("*.py"))
    before = digest_of(modules)
    assert before == digest_of(reversed(modules)) != digest_of(modules[1:])
    (package / "e.py").write_text("# a comment\n", encoding="utf-8")
    assert digest_of(modules) != before
