"""Checks before any job starts, and what a user should know then."""

import os
from collections.abc import Iterable, Sequence
from importlib.machinery import PathFinder
from pathlib import Path

from descent import __version__
from descent.run.estimates import Estimate
from descent.support.files import DamagedFile, read_json
from descent.support.quoting import shortened
from descent.words.numbers import size

SNAKEMAKE_FOLDERS = ("auxiliary", "incomplete", "locks", "metadata", "scripts")
"""What Snakemake makes under `.snakemake` before any job starts, or for one."""


class NotReadyError(RuntimeError):
    """A run that cannot succeed; the message says what to change."""


def require_writable(folder: str | Path) -> None:
    """Check that a folder can be made, or written to.

    Raises
    ------
    NotReadyError
        If it cannot.
    """
    folder = Path(folder)
    # A link that leads nowhere is there, and in the way.
    nearest = next(path for path in [folder, *folder.absolute().parents] if os.path.lexists(path))
    if not nearest.is_dir() or not os.access(nearest, os.W_OK | os.X_OK):
        link = f", a link to {nearest.readlink()}," if nearest.is_symlink() else ""
        raise NotReadyError(
            f"{nearest}{link} must be a folder that can be written to, "
            f"for the files under {folder}/"
        )


def require_path_without_braces(root: str | Path) -> None:
    """Check that Snakemake finds no wildcards in the path of the workflow itself.

    Raises
    ------
    NotReadyError
        If it would.
    """
    if set("{}") & set(str(root)):
        raise NotReadyError(
            f"{shortened(str(root))}, where the workflow lies, must not hold {{ or }} in its path, "
            "which Snakemake takes for wildcards: rename the folder"
        )


def require_places(outputs: Iterable[str], run_times: Iterable[str]) -> None:
    """Check that the files of jobs can be written where they belong.

    Parameters
    ----------
    outputs, run_times : iterable of str
        The jobs' results, and the files to which Snakemake writes how long they took.

    Raises
    ------
    NotReadyError
        If something is in the way of one.
    """
    outputs, run_times = list(outputs), list(run_times)
    for folder in sorted({Path(file).parent for file in [*outputs, *run_times]}):
        require_writable(folder)
    for file in run_times:
        if os.path.lexists(file) and not Path(file).is_file():
            raise NotReadyError(f"{file} must be a file, or not be there")


def require_own_module(name: str, folder: str | Path, path: Sequence[str]) -> None:
    """Check that a module of the workflow's scripts is the first of its name on Python's path.

    Parameters
    ----------
    name : str
        The module.
    folder : str or Path
        The scripts.
    path : sequence of str
        Where Python looks before it looks there.

    Raises
    ------
    NotReadyError
        If another comes first.
    """
    found = PathFinder.find_spec(name, path)
    origin = found and found.origin  # None of a mere folder, which no module gives way to
    if origin and Path(origin).resolve().parent != Path(folder).resolve():
        raise NotReadyError(
            f"{origin} would take the place of the workflow's own {name}: rename it, or take its "
            "folder from PYTHONPATH"
        )


def require_memory(needs: Iterable[Estimate], memory: float | None = None) -> None:
    """Check that every job fits this machine.

    Parameters
    ----------
    needs : iterable of Estimate
        What rules will need.
    memory : float, optional
        Bytes that there are; by default those of this machine.

    Raises
    ------
    NotReadyError
        If some do not: a line for each, with the keys to lower.
    """
    if memory is None:
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    faults = [
        f"{need.title} needs about {size(need.memory)} of memory, "
        f"but this machine has {size(memory)}: lower {' or '.join(need.keys)}"
        for need in needs
        if need.memory > memory
    ]
    if faults:
        raise NotReadyError("\n".join(faults))


def note_of_another_version(manifest: str | Path) -> str:
    """Return what to tell where results were made by another version; empty where they were not."""
    try:
        made = read_json(manifest)["descent"] if Path(manifest).is_file() else __version__
    except (DamagedFile, KeyError, TypeError):
        return ""
    if made == __version__:
        return ""
    return (
        f"{manifest} is of version {shortened(str(made))} of descent, and this is {__version__}: "
        "all is made anew. Where Snakemake has lost track of what it made, add --forceall"
    )
