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

PACKAGES = (
    "snakemake", "numpy", "numba", "pyarrow", "pandas", "matplotlib", "pydantic", "jinja2",
)  # fmt: skip


def manifest(
    results: Iterable[str], configuration: Mapping, commit: str | None, times: Mapping[str, str]
) -> dict:
    """Describe a run of the study.

    Parameters
    ----------
    results : iterable of str
        The files that the configuration determines, relative to the working directory.
    configuration : Mapping
        The resolved configuration.
    commit : str or None
        Git commit of the workflow, where it lies in a repository.
    times : Mapping of str to str
        Snakemake's benchmark files of each rule, as a pattern: a rule may have run several times.

    Returns
    -------
    dict
        Plain data for `manifest.json`. Only `run_times` differs between two runs on one machine.
    """
    return {
        "descent": __version__,
        "commit": commit,
        "configuration": dict(configuration),
        "versions": {"python": platform.python_version()}
        | {package: _version(package) for package in PACKAGES},
        "machine": machine(),
        "results": {path: sha256(path) for path in sorted(results)},
        "run_times": {
            rule: run_time(files)
            for rule, pattern in sorted(times.items())
            if (files := sorted(Path().glob(pattern)))
        },
    }


def sha256(path: str) -> str:
    """Return the SHA-256 checksum of a file, in hexadecimal."""
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def machine() -> dict:
    """Describe the machine as far as it may matter to the last bits of a result."""
    extended = np.finfo(np.longdouble)
    return {
        "system": platform.system(),
        "architecture": platform.machine(),
        "processors": os.cpu_count(),
        "longdouble": f"{extended.bits} bits, {extended.nmant} in the mantissa",
    }


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
