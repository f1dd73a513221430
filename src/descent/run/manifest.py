"""What was made, from what, by which versions, where, and how long it took."""

import hashlib
import json
import os
import platform
import re
from collections.abc import Iterable, Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np

from descent import __version__
from descent.config.problems import problem_parts, sweep_cuts
from descent.figures.families import FAMILIES, NETWORK_FAMILIES, PLANE_FAMILIES
from descent.run.row_counts import expected_rows
from descent.run.run_times import run_time, run_time_files
from descent.run.tolerances import tolerances_of
from descent.support.files import how_to_rebuild, place_of
from descent.tables.origin import TableError
from descent.tables.parquet import check_origin, columns_of, row_count
from descent.tables.schemas import OF_PROBLEMS, Schema, schema_of
from descent.tables.svg import read_signed

MANIFEST_PACKAGES = (
    "snakemake", "numpy", "numba", "pyarrow", "pandas", "matplotlib", "pydantic", "jinja2",
)  # fmt: skip


def manifest_of(
    results: Iterable[str],
    folder: str | Path,
    configuration: Mapping,
    commit: str | None,
    rules: Iterable[str],
) -> dict:
    """Describe a run of the study.

    Parameters
    ----------
    results : iterable of str
        The files that the configuration determines, relative to the working directory.
    folder : str or Path
        The folder of the results, in which they lie.
    configuration : Mapping
        The resolved configuration.
    commit : str or None
        Git commit of the workflow, where it lies in a repository.
    rules : iterable of str
        The rules whose jobs' times are written down.

    Returns
    -------
    dict
        Plain data for `manifest.json`. Only `run_times` differs between two runs on one machine;
        `sha256` is of all but that and the configuration.
    """
    results, cuts = sorted(results), sweep_cuts(configuration)
    made = {
        "descent": __version__,
        "commit": commit,
        "configuration": dict(configuration),
        "versions": {"python": platform.python_version()}
        | {package: _installed_version(package) for package in MANIFEST_PACKAGES},
        "machine": machine(),
        "folder": Path(folder).as_posix(),
        "results": {path: sha256(path) for path in results},
        "exactness": {path: exactness_of(path, folder) for path in results},
        "run_times": {
            rule: run_time(files) for rule in sorted(rules) if (files := run_time_files(rule, cuts))
        },
    }
    return made | {"sha256": sum_of_manifest(made)}


def check_results(results: Iterable[str], folder: str | Path, configuration: Mapping) -> None:
    """Check that tables and figures say they are of this study and version, and are whole.

    A table has all of its rows, where the configuration tells how many; its values are not read.

    Parameters
    ----------
    results, folder, configuration
        As in `manifest_of`.

    Raises
    ------
    ValueError
        Of the first file that is damaged or comes from elsewhere; it says how to rebuild it.
    """
    counts = expected_rows(configuration)
    for path in results:
        place = place_of(path, folder)
        if path.endswith(".svg"):
            read_signed(path, part_of(configuration, place))
        elif schema := table_schema(path, folder):
            check_origin(schema, path, part_of(configuration, place))
            rows = row_count(path)
            if rows != (expected := counts.get(place, rows)):
                raise TableError(f"{path} has {rows} rows, not {expected}; {how_to_rebuild(path)}")


def part_of(configuration: Mapping, place: str) -> Mapping:
    """Return the part of a study that a result may come from, by its place under the results."""
    problem, _, table = place.partition("/")
    if place.endswith(".svg"):
        stem = Path(place).stem
        families = {**FAMILIES, **PLANE_FAMILIES, **NETWORK_FAMILIES}
        parts = problem_parts(configuration).items()
        own = (part for name, part in parts if stem.removeprefix(f"{name}_") in families)
        return next(own, {**configuration, "problems": dict(parts)})
    large = {"{problem}/sweep.parquet", "{problem}/evaluation.parquet"}
    if f"{{problem}}/{table}" in large | {one.path for one in OF_PROBLEMS}:
        return problem_parts(configuration).get(problem, {})
    return configuration


def sum_of_manifest(content: Mapping) -> str:
    """Return the checksum of what a manifest says of results, code and machine.

    The configuration is known to whoever reads it, and run times differ from run to run.
    """
    others = {"configuration", "run_times", "sha256"}
    rest = {key: value for key, value in content.items() if key not in others}
    return hashlib.sha256(json.dumps(rest, sort_keys=True).encode()).hexdigest()


def table_schema(path: str | Path, folder: str | Path) -> Schema | None:
    """Return the schema of a table of the results; None if there is none for its place."""
    return schema_of(place_of(path, folder), columns_of(path))


def exactness_of(path: str | Path, folder: str | Path) -> dict:
    """Return how exactly a result is the same on every machine.

    Its `class` is ``exact``; ``tolerance``, with the `columns` that are not exact and how far they
    may lie apart (`descent.run.tolerances.Tolerance`); or ``figure``, whose bytes depend on the
    version of Matplotlib and on its tables.
    """
    if str(path).endswith(".svg"):
        return {"class": "figure"}
    found = tolerances_of(place_of(path, folder), columns_of(path))
    columns = {column: tolerance._asdict() for column, tolerance in found.items()}
    return {"class": "tolerance", "columns": columns} if columns else {"class": "exact"}


def sha256(path: str | Path) -> str:
    """Return the SHA-256 checksum of a file, in hexadecimal."""
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def machine() -> dict:
    """Describe the machine as far as it may matter to the last bits of a result."""
    extended = np.finfo(np.longdouble)
    return {
        "system": platform.system(),
        "architecture": platform.machine(),
        "processor": processor(),
        "processors": os.cpu_count(),
        "longdouble": f"{extended.bits} bits, {extended.nmant} in the mantissa",
    }


def processor() -> str | None:
    """Return the processor's name, where the system tells it."""
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return platform.processor() or None
    named = re.search(r"^model name.*?:(.*)$", text, re.MULTILINE)
    return named[1].strip() if named else None


def _installed_version(package: str) -> str | None:
    """Return a package's version; None where it is not installed, as Numba need not be."""
    try:
        return version(package)
    except PackageNotFoundError:
        return None
