"""What the code of a rule means, in a few letters: it changes when a result may change.

A fingerprint is that of the syntax trees of a script and of the package's modules that it
imports, without comments, docstrings and line numbers. For rules that only compute it also leaves
out what is only shown: fields of records that are annotated `Shown[...]`, and what calls give to
keywords of their names.
"""

import ast
import functools
import hashlib
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import Any, TypeGuard

LAZY_NAMES = "_MODULE_OF"
"""In a package's `__init__`: the modules of the names that it imports when they are asked for."""
DISCOVERY = b"iter_modules"
"""In a package's `__init__`: it imports every module of its folder."""
OBJECTIVES_FOLDER = "objectives"


def fingerprint(
    script: Path, package: Path, shows: bool = True, objectives: Collection[str] | None = None
) -> str:
    """Return a fingerprint of a script and of all of the package that it uses.

    Parameters
    ----------
    script : Path
        A Python file.
    package : Path
        Folder of the package, whose name is the folder's.
    shows : bool
        Whether the script's results show what is `Shown`: figures and pages.
    objectives : collection of str, optional
        Files' names, without their ends, that count of those that `objectives` discovers in its
        folder; all of them by default.

    Returns
    -------
    str
        Sixteen hexadecimal digits, the same on every machine.
    """
    left_out = frozenset() if shows else shown_names(package)
    digest = hashlib.sha256(_meaning(script.read_bytes(), left_out))
    for module in imported_modules(script, package, objectives):
        digest.update(module.relative_to(package).as_posix().encode())
        digest.update(_meaning(module.read_bytes(), left_out))
    return digest.hexdigest()[:16]


def digest_of(modules: Iterable[Path]) -> str:
    """Return a digest of the bytes of modules, in sixteen hexadecimal digits."""
    digest = hashlib.sha256()
    for module in sorted(modules):
        digest.update(module.read_bytes())
    return digest.hexdigest()[:16]


def imported_modules(
    script: Path, package: Path, objectives: Collection[str] | None = None
) -> list[Path]:
    """Return the package's modules that a script imports, directly or through one another.

    Parameters
    ----------
    script, package, objectives
        As in `fingerprint`.

    Returns
    -------
    list of Path
        Files, sorted, among them the `__init__.py` of each package on the way.

    Raises
    ------
    ValueError
        If a module imports relatively to its place.
    """
    found: set[Path] = set()
    waiting = [script]
    while waiting:
        importing = waiting.pop()
        source = importing.read_bytes()
        new = set(_imported_files(source, package))
        if importing.name == "__init__.py" and DISCOVERY in source:
            folder = importing.parent
            new |= {
                file
                for file in folder.glob("*.py")
                if objectives is None or folder.name != OBJECTIVES_FOLDER or file.stem in objectives
            }
        waiting += new - found
        found |= new
    return sorted(found)


@functools.cache
def shown_names(package: Path) -> frozenset[str]:
    """Return the names of all fields of the package's records that are only shown."""
    sources = (file.read_bytes() for file in package.rglob("*.py"))
    return frozenset().union(*(_shown_fields(source) for source in sources if b"Shown[" in source))


def _files_of(parts: list[str], package: Path) -> set[Path]:
    """Return the files that an import of a name loads, packages on its way first."""
    folder, files = package, {package / "__init__.py"}
    for part in parts:
        if (folder / part / "__init__.py").is_file():
            folder = folder / part
            files.add(folder / "__init__.py")
        elif (folder / f"{part}.py").is_file():
            return files | {folder / f"{part}.py"}
        else:
            break
    else:
        part = "*"  # the package itself, of which any name may be meant
    lazy = _lazy_names((folder / "__init__.py").read_bytes())
    modules = lazy.values() if part == "*" else [lazy[part]] if part in lazy else []
    return files.union(*(_files_of(module.split("."), package) for module in modules))


# Scripts share most of their modules: what a source says is worked out once in a process.
@functools.cache
def _parsed(source: bytes) -> ast.Module:
    return ast.parse(source)


@functools.cache
def _imported_files(source: bytes, package: Path) -> frozenset[Path]:
    """Return the package's files that a source imports itself."""
    names = [name.split(".") for name in _imported_names(source)]
    return frozenset().union(
        *(_files_of(parts, package) for first, *parts in names if first == package.name)
    )


def _imported_names(source: bytes) -> set[str]:
    """Return the full names that a source imports, anywhere but for type checkers."""
    names = set()
    for node in _statements(_parsed(source).body):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            if node.level:
                raise ValueError(f"{ast.unparse(node)}: import it by its full name")
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def _lazy_names(source: bytes) -> dict[str, str]:
    """Return the module, within the package, of each name that an `__init__` imports lazily."""
    for node in _parsed(source).body:
        if _is_lazy_table(node):
            return ast.literal_eval(node.value)
    return {}


@functools.cache
def _shown_fields(source: bytes) -> frozenset[str]:
    """Return the names of fields that are only shown, of the classes of a source."""
    classes = [node for node in _statements(_parsed(source).body) if isinstance(node, ast.ClassDef)]
    fields = {_shown_field(statement) for one in classes for statement in one.body}
    return frozenset(field for field in fields if field)


def _meaning(source: bytes, left_out: frozenset[str]) -> bytes:
    """Return a digest of what a source means, without the fields that are left out."""
    return _digest(source, frozenset(name for name in left_out if name.encode() in source))


@functools.cache
def _digest(source: bytes, left_out: frozenset[str]) -> bytes:
    return hashlib.sha256(repr(_plain(_parsed(source), left_out)).encode()).digest()


def _plain(node: Any, left_out: frozenset[str]) -> Any:
    """Return a syntax tree as nested tuples, the same for every version of Python."""
    if isinstance(node, list):
        return [_plain(one, left_out) for one in node if not _is_beside(one, left_out)]
    if not isinstance(node, ast.AST):
        return node
    return type(node).__name__, *[
        (name, _plain(value, left_out))
        for name, value in ast.iter_fields(node)
        if value is not None and value != [] and name not in {"ctx", "kind", "type_comment"}
    ]


def _is_beside(node: Any, left_out: frozenset[str]) -> bool:
    """Tell whether a part of a syntax tree is none of its meaning."""
    if isinstance(node, ast.keyword):  # a name may be that of something computed with
        return node.arg in left_out and not isinstance(node.value, ast.Name | ast.Attribute)
    if not isinstance(node, ast.stmt):
        return False
    text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and node.value.value
    return (
        isinstance(text, str)
        or (_is_for_type_checkers(node) and not node.orelse)
        or _is_lazy_table(node)
        or _shown_field(node) in left_out
    )


def _is_for_type_checkers(node: ast.AST) -> TypeGuard[ast.If]:
    return isinstance(node, ast.If) and _name_of(node.test) == "TYPE_CHECKING"


def _is_lazy_table(node: ast.AST) -> TypeGuard[ast.Assign]:
    """Tell whether a statement is the table of lazy names, which only leads to their modules."""
    return isinstance(node, ast.Assign) and _name_of(node.targets[0]) == LAZY_NAMES


def _shown_field(node: ast.AST) -> str | None:
    """Return the name of the field that a statement declares to be only shown."""
    if isinstance(node, ast.AnnAssign) and isinstance(node.annotation, ast.Subscript):
        return _name_of(node.target) if _name_of(node.annotation.value) == "Shown" else None
    return None


def _name_of(node: ast.AST) -> str | None:
    """Return the name that an expression is, without what it is an attribute of."""
    return getattr(node, "id", getattr(node, "attr", None))


def _statements(body: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """Yield all statements, those within others too, but for those for type checkers."""
    for node in body:
        yield node
        if isinstance(node, ast.If) and _is_for_type_checkers(node):
            yield from _statements(node.orelse)
            continue
        for name in ("body", "orelse", "handlers", "finalbody", "cases"):
            yield from _statements(getattr(node, name, ()))
