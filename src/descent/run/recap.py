"""What a run of the workflow did, on one screen: for its end, good or bad."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from descent.run.run_times import run_time
from descent.words.numbers import counted, duration

NAMED_RULES = 5


class Job(NamedTuple):
    """A job of a run."""

    rule: str
    log: str
    """Empty where it has none."""
    benchmark: str
    """The file of its time; empty where it has none."""


def recap_text(
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
    if failed or stopped:
        faults = f"{counted(len(failed), 'job')} failed, " if failed else ""
        done = f"{len(finished)} of {jobs} done, and kept."
        lines = [f"Stopped after {duration(seconds)}: {faults}{done}"]
        lines += [f"  {job.rule}{': see ' + job.log if job.log else ''}" for job in failed]
        remedy = "Mend the cause, and run" if failed else "Run"
        return "\n".join([*lines, f"{remedy} the same command again to go on."])
    told = f"{counted(len(finished), 'job')} in {duration(seconds)}{_longest(finished)}"
    return f"{told}\nReport: {report}" if any(job.rule == "report" for job in finished) else told


def _longest(jobs: Iterable[Job]) -> str:
    """Name the rules that took longest, all their jobs together."""
    files: dict[str, list[Path]] = {}
    for job in jobs:
        if job.benchmark:
            files.setdefault(job.rule, []).append(Path(job.benchmark))
    times = {rule: run_time(measured)["seconds"] for rule, measured in files.items()}
    known = [(rule, seconds) for rule, seconds in times.items() if seconds is not None]
    longest = sorted(known, key=lambda item: -item[1])[:NAMED_RULES]
    named = ", ".join(f"{rule} {duration(seconds)}" for rule, seconds in longest)
    return f", the longest: {named}." if named else "."
