"""What a run of the workflow did, on one screen: for its end, good or bad."""

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from descent.words.durations import duration

MOST = 5  # rules that are named


class Job(NamedTuple):
    """A job of a run."""

    rule: str
    log: str
    """Empty where it has none."""
    benchmark: str
    """The file of its time; empty where it has none."""


def recap(
    seconds: float,
    finished: Sequence[Job],
    failed: Sequence[Job],
    jobs: int,
    report: Path,
    stopped: bool = False,
) -> str:
    """Tell what ran, for how long, where the report is, and what failed and why.

    Parameters
    ----------
    seconds : float
        Time of the whole run.
    finished, failed : sequence of Job
        The run's jobs.
    jobs : int
        How many jobs there were to be.
    report : Path
        Where the report is, or will be.
    stopped : bool
        Whether the run did not come to its end.

    Returns
    -------
    str
        A few lines.
    """
    lines = [f"{_counted(len(finished))} in {duration(seconds)}{_longest(finished)}"]
    if failed:
        lines[0] = (
            f"Stopped after {duration(seconds)}: {_counted(len(failed))} failed, "
            f"{len(finished)} of {jobs} are done and stay."
        )
        lines += [f"  {job.rule}{': see ' + job.log if job.log else ''}" for job in failed]
        lines.append("Mend the cause, and run the same command again to go on.")
    elif stopped:
        done = f"{len(finished)} of {jobs} are done and stay"
        lines[0] = f"Stopped after {duration(seconds)}: {done}."
        lines.append("Run the same command again to go on.")
    elif any(job.rule == "report" for job in finished):
        lines.append(f"Report: {report}")
    return "\n".join(lines)


def _counted(jobs: int) -> str:
    return f"{jobs} job{'s' if jobs != 1 else ''}"


def _longest(jobs: Iterable[Job]) -> str:
    """Name the rules that took longest, all their jobs together."""
    times: dict[str, float] = {}
    for job in jobs:
        if job.benchmark and Path(job.benchmark).is_file():
            times[job.rule] = times.get(job.rule, 0.0) + _seconds(Path(job.benchmark))
    longest = sorted(times.items(), key=lambda item: -item[1])[:MOST]
    named = ", ".join(f"{rule} {duration(seconds)}" for rule, seconds in longest)
    return f", the longest: {named}." if named else "."


def _seconds(benchmark: Path) -> float:
    with benchmark.open(encoding="utf-8", newline="") as lines:
        return float(next(csv.DictReader(lines, delimiter="\t"))["s"])
