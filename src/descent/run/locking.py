"""One run at a time in a folder, by a lock that cannot outlive the run that holds it.

Snakemake's own lock is a folder of files, which stays when a run is killed. Beside it a run holds
a lock of the operating system (`flock`), which goes with the process, however that ends: where
nobody holds it, no run is at work, and what Snakemake left behind can go. Jobs share another one
(`workflow/scripts/descent_job.py`), since they may outlive a run that was killed.
"""

import fcntl
import json
import os
import platform
import shutil
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import TextIO

from descent.support.quoting import shortened

LOCK = "descent.lock"
JOBS_LOCK = "descent.jobs"
HOLDER_FACTS = {"host", "process", "since"}
"""What a lock says of the run that holds it."""
SECONDS_OF_A_LOOK = 1.0
"""How long a run waits for one that only looks whether there is another."""

_held_locks: dict[Path, TextIO] = {}


class LockedError(RuntimeError):
    """Another run is at work in the folder; the message names it."""


def claim(folder: str | Path) -> None:
    """Take the lock of a folder until this process ends, and note down who has it.

    Where the file system knows no such locks, or something is in the way of the file, Snakemake's
    own must do.

    Parameters
    ----------
    folder : str or Path
        Where Snakemake keeps what it remembers.

    Raises
    ------
    LockedError
        If another process has it.
    """
    path = Path(folder).resolve() / LOCK
    if path in _held_locks:
        return
    try:
        file = path.open("a+", encoding="utf-8")
    except OSError:
        return
    patience = time.monotonic() + SECONDS_OF_A_LOOK
    while _take(file) is False:
        if time.monotonic() > patience:
            raise LockedError(
                f"another run is at work in this folder: {_told_holder(file)}. It was left alone: "
                "wait until it is done, or stop it, and run the same command again"
            )
        time.sleep(0.02)
    _held_locks[path] = file
    since = datetime.now().astimezone().isoformat(sep=" ", timespec="seconds")
    facts = {"host": platform.node(), "process": os.getpid(), "since": since}
    with suppress(OSError):  # as when the disk is full
        path.write_text(json.dumps(facts), encoding="utf-8")


def wait_for_jobs(folder: str | Path, tell: Callable[[], None]) -> None:
    """Wait until no job of an earlier run is at work, whose files would get among those of this.

    Parameters
    ----------
    folder : str or Path
        As in `claim`.
    tell : callable
        Called once, if there is something to wait for.
    """
    try:
        file = (Path(folder) / JOBS_LOCK).open("a", encoding="utf-8")
    except OSError:  # as in `claim`
        return
    with file:
        if _take(file) is not False:
            return
        tell()
        while _take(file) is False:
            time.sleep(0.1)


def release_dead(folder: str | Path) -> str:
    """Remove the lock that a killed run of this machine left behind.

    Parameters
    ----------
    folder : str or Path
        As in `claim`.

    Returns
    -------
    str
        What a user should know of a lock that stays; empty where there is none.
    """
    folder = Path(folder)
    left = folder / "locks"
    if not (any(left.glob("*.lock")) and os.access(folder, os.W_OK)):
        return ""
    try:
        file = (folder / LOCK).open("a+", encoding="utf-8")
    except OSError:  # as in `claim`
        return ""
    with file:
        free = _take(file)
        if free is None:
            return ""
        if not free:
            return f"another run is at work in this folder: {_told_holder(file)}"
        if _holder(file).get("host", platform.node()) != platform.node():
            # Some file systems of clusters keep locks to themselves, machine by machine.
            return (
                f"the last run in this folder was not ended: {_told_holder(file)}. "
                "If it is gone, remove its lock: snakemake --unlock"
            )
        shutil.rmtree(left, ignore_errors=True)
    return ""


def _take(file: TextIO) -> bool | None:
    """Take the lock of an open file until it is closed; None where the file system has no locks."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return None
    return True


def _holder(file: TextIO) -> dict:
    file.seek(0)
    try:
        facts = json.load(file)
    except (OSError, ValueError, RecursionError):
        return {}
    return facts if isinstance(facts, dict) and facts.keys() >= HOLDER_FACTS else {}


def _told_holder(file: TextIO) -> str:
    if facts := _holder(file):
        return shortened("process {process} on {host}, since {since}".format_map(facts), 200)
    return "a process that has just begun"
