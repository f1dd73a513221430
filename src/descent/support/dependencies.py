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
    """Return the package's modules that a file itself imports."""
    names = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    own = [name.split(".")[1:] for name in names if name.split(".")[0] == package.name]
    if not own:
        return set()
    module_of = _public_names(package)
    modules = {"__init__"}
    for path in own:
        if path in ([], ["*"]):  # any of the public names may be meant
            modules |= set(module_of.values())
        else:
            modules |= {path[0], module_of.get(path[0], path[0])}
    return {file for module in modules if (file := package / f"{module}.py").is_file()}


def _public_names(package: Path) -> dict[str, str]:
    """Return the module of each name that the package imports only when it is asked for."""
    for node in ast.parse((package / "__init__.py").read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "_MODULE_OF":
            return ast.literal_eval(node.value)
    return {}
