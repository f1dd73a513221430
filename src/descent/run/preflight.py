"""Checks before any job starts, and what a user should know then."""

import os
from collections.abc import Iterable
from pathlib import Path

from descent import __version__
from descent.run.estimates import Estimate
from descent.support.files import DamagedFile, read_json
from descent.words.numbers import size


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
    nearest = next(path for path in [folder, *folder.absolute().parents] if path.exists())
    if not nearest.is_dir() or not os.access(nearest, os.W_OK | os.X_OK):
        raise NotReadyError(
            f"{nearest} must be a folder that can be written to, for the files under {folder}/"
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
        f"{manifest} is of version {made} of descent, and this is {__version__}: all is "
        "made anew. Where Snakemake has lost track of what it made, add --forceall"
    )
