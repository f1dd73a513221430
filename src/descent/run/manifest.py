"""What was made, from what, by which versions, where, and how long it took."""

import csv
import hashlib
import os
import platform
from collections.abc import Iterable, Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np

from descent import __version__
from descent.support.files import DamagedFile, how_to_rebuild, read_figure, read_json
from descent.tables.schemas import check_origin, table_of

PACKAGES = (
    "snakemake", "numpy", "numba", "pyarrow", "pandas", "matplotlib", "pydantic", "jinja2",
)  # fmt: skip

SECTIONS = {
    "data": ("mixture",),
    "rosenbrock": ("rosenbrock",),
    "network": ("mixture", "network"),
}
"""Sections of the configuration from which the tables of a stage come; others from any."""


def manifest(
    results: Iterable[str],
    folder: str | Path,
    configuration: Mapping,
    commit: str | None,
    times: Mapping[str, Iterable[str]],
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
    times : Mapping of str to iterable of str
        Snakemake's benchmark files of each rule, as patterns: it may have run several times.

    Returns
    -------
    dict
        Plain data for `manifest.json`. Only `run_times` differs between two runs on one machine.
    """
    dimension = len(configuration["mixture"]["means"][0])
    return {
        "descent": __version__,
        "commit": commit,
        "configuration": dict(configuration),
        "versions": {"python": platform.python_version()}
        | {package: _version(package) for package in PACKAGES},
        "machine": machine(),
        "folder": Path(folder).as_posix(),
        "results": {path: sha256(path) for path in sorted(results)},
        "exactness": {path: exactness(place(path, folder), dimension) for path in sorted(results)},
        "run_times": {
            rule: run_time(files)
            for rule, patterns in sorted(times.items())
            if (files := sorted({file for one in patterns for file in Path().glob(one)}))
        },
    }


def check_results(results: Iterable[str], folder: str | Path, configuration: Mapping) -> None:
    """Check that tables say they are of this study and version, and that figures are whole.

    Parameters
    ----------
    results, folder, configuration
        As in `manifest`.

    Raises
    ------
    ValueError
        Of the first file that is damaged or comes from elsewhere; it says how to rebuild it.
    """
    for path in results:
        name = place(path, folder)
        if path.endswith(".svg"):
            read_figure(path)
        elif table := table_of(name):
            check_origin(table, path, part_of(configuration, name))


def part_of(configuration: Mapping, name: str) -> Mapping:
    """Return the part of a study that a table may come from, by its place under the results."""
    stage, further, *_ = name.split("/")
    if stage == "objectives":
        entries = [entry for entry in configuration["objectives"] if entry["name"] == further]
        return {"objective": entries[0]} if entries else {}
    sections = SECTIONS.get(stage, configuration)
    return {section: configuration[section] for section in sections}


def check_inputs(path: str | Path, inputs: Iterable[str]) -> None:
    """Check that a manifest is that of some results, and that they are as it found them.

    Parameters
    ----------
    path : str or Path
        The manifest.
    inputs : iterable of str
        The results, named as in the manifest.

    Raises
    ------
    DamagedFile
        If the manifest is damaged or holds other checksums.
    """
    made = read_json(path)
    sums = made.get("results") if isinstance(made, dict) else None
    for name in inputs:
        if not isinstance(sums, dict) or sums.get(name) != sha256(name):
            raise DamagedFile(f"{path} does not fit {name}; {how_to_rebuild(path)}")


def place(path: str, folder: str | Path) -> str:
    """Return a file's place under the folder of the results; its path if it lies elsewhere."""
    inside = Path(path).is_relative_to(folder)
    return (Path(path).relative_to(folder) if inside else Path(path)).as_posix()


def exactness(name: str, dimension: int) -> dict:
    """Return how exactly a result is the same on every machine.

    Parameters
    ----------
    name : str
        Its place under the results.
    dimension : int
        Of the samples.

    Returns
    -------
    dict
        `class`: ``exact``; ``tolerance``, with the `columns` that are not exact and how far they
        may lie apart (`descent.run.tolerances.Tolerance`); or ``figure``, whose bytes depend on the
        version of Matplotlib and on its tables.
    """
    if name.endswith(".svg"):
        return {"class": "figure"}
    table = table_of(name, dimension)
    if table is None or not table.tolerances:
        return {"class": "exact"}
    columns = {column: tolerance._asdict() for column, tolerance in table.tolerances.items()}
    return {"class": "tolerance", "columns": columns}


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
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or None
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else None


def run_time(files: Iterable[Path]) -> dict[str, float | None]:
    """Return the wall seconds of a rule's jobs, their number, and the largest peak memory (MiB)."""
    jobs = []
    for file in files:
        with file.open(encoding="utf-8", newline="") as lines:
            jobs.append(next(csv.DictReader(lines, delimiter="\t")))
    memory = [_number(job["max_rss"]) for job in jobs]
    return {
        "jobs": len(jobs),
        "seconds": sum(_number(job["s"]) or 0.0 for job in jobs),
        "memory_mib": max((peak for peak in memory if peak is not None), default=None),
    }


def _version(package: str) -> str | None:
    """Return a package's version; None where it is not installed, as Numba need not be."""
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _number(text: str) -> float | None:
    """Read a number; a job too short to be measured has none."""
    try:
        return float(text)
    except ValueError:
        return None
