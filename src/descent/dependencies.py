"""Which modules of the core a script depends on, read from its imports."""

import ast
from pathlib import Path


def imported_modules(script: Path, package: Path) -> list[Path]:
    """Return the package's modules that a script imports, directly or through one another.

    Parameters
    ----------
    script : Path
        A Python file.
    package : Path
        Folder of the package, whose name is the folder's.

    Returns
    -------
    list of Path
        Files, sorted, the package's `__init__.py` among them as soon as any is imported.
    """
    found: set[Path] = set()
    waiting = [script]
    while waiting:
        new = _imports(waiting.pop(), package) - found
        found |= new
        waiting += new
    return sorted(found)


def _imports(file: Path, package: Path) -> set[Path]:
    names = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    paths = [name.split(".") for name in names]
    own = [path[1:] for path in paths if path[0] == package.name]
    modules = {package.joinpath(*path).with_suffix(".py") for path in own if path}
    return {module for module in modules if module.is_file()} | (
        {package / "__init__.py"} if own else set()
    )
