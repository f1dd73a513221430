"""How long jobs took, as Snakemake wrote down beside their logs."""

import csv
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path


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
    return [file for file in files if file.is_file()]


def run_time(files: Iterable[Path]) -> dict[str, float | None]:
    """Return the wall seconds of some jobs, their number, and the largest peak memory (MiB)."""
    jobs = []
    for file in files:
        with file.open(encoding="utf-8", newline="") as lines:
            jobs.append(next(csv.DictReader(lines, delimiter="\t")))
    memory = [_as_number(job["max_rss"]) for job in jobs]
    return {
        "jobs": len(jobs),
        "seconds": sum(_as_number(job["s"]) or 0.0 for job in jobs),
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


def _as_number(text: str) -> float | None:
    """Read a number; a job too short to be measured has none."""
    try:
        return float(text)
    except ValueError:
        return None
