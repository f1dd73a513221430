"""How long jobs took, as Snakemake wrote down beside their logs.

No result depends on it: a file that is empty, garbled or out of reach costs its numbers, no more.
"""

import csv
import os
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path

LARGEST = 1e10
"""Seconds or MiB beyond which nothing was measured: the file is garbled."""
LONGEST_FILE = 10_000
"""Bytes that are read of a file: what is measured stands in its first two lines."""


def run_time_files(rule: str, cuts: Mapping[str, int], logs: str | Path = "logs") -> list[Path]:
    """Return the files of the run times of a rule's jobs: those of this study only.

    Parameters
    ----------
    rule : str
        The rule. Its files are `<rule>.tsv`, or `<rule>/<problem>.tsv`, or
        `<rule>/<problem>/<chunk>-of-<chunks>.tsv`.
    cuts : Mapping of str to int
        Into how many chunks the sweep of each problem is cut.
    logs : str or Path
        The folder of the logs.
    """
    folder = Path(logs)
    files = [folder / f"{rule}.tsv"]
    for problem, chunks in cuts.items():
        files.append(folder / rule / f"{problem}.tsv")
        files += sorted((folder / rule / problem).glob(f"*-of-{chunks}.tsv"))
    # Path.is_file raises where access is denied.
    return [file for file in files if os.path.isfile(file)]  # noqa: PTH113


def run_time(files: Iterable[Path]) -> dict[str, float | None]:
    """Return the wall seconds of some jobs, their number, and the largest peak memory (MiB).

    Seconds are None where those of a job are not known, memory is None where that of no job is.
    """
    jobs = [_measurement(file) for file in files]
    seconds = [_as_number(job.get("s")) for job in jobs]
    known = [time for time in seconds if time is not None]
    memory = [_as_number(job.get("max_rss")) for job in jobs]
    return {
        "jobs": len(jobs),
        "seconds": sum(known) if len(known) == len(jobs) else None,
        "memory_mib": max((peak for peak in memory if peak is not None), default=None),
    }


def run_span(files: Iterable[Path], last: Path) -> tuple[datetime | None, datetime]:
    """Return when a run began and ended.

    Parameters
    ----------
    files : iterable of Path
        Of the run times, each written when its job ends.
    last : Path
        The file that was written last.

    Returns
    -------
    began : datetime or None
        When the first of these jobs began; None without any.
    ended : datetime
        When the last file was written.
    """
    begins = [file.stat().st_mtime - (run_time([file])["seconds"] or 0.0) for file in files]
    return _moment(min(begins)) if begins else None, _moment(last.stat().st_mtime)


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC).replace(microsecond=0)


def _measurement(file: Path) -> dict[str, str]:
    """Return what was measured of a job, by the names in the file; nothing where it is damaged."""
    try:
        with file.open("rb") as content:
            lines = content.read(LONGEST_FILE).decode().splitlines()
        names, values = csv.reader(lines[:2], delimiter="\t")
    except (OSError, ValueError, csv.Error):
        return {}
    return dict(zip(names, values, strict=False))


def _as_number(text: str | None) -> float | None:
    """Read a time or a size; a job too short to be measured, or a garbled file, has none."""
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value if 0.0 <= value <= LARGEST else None
