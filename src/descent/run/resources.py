"""What a job asks of the machine or the cluster: threads, memory, time."""

from collections.abc import Callable, Mapping
from typing import Any

from descent.run.estimates import Estimate

LEAST = {
    "train_network": (1000, 10),
    "sweep_chunk": (2000, 30),
    "select_settings": (1000, 10),
    "vary_protocols": (1000, 10),
    "compare": (1000, 10),
    "evaluate": (2000, 30),
    "trace_paths": (1000, 10),
    "trace_curves": (2000, 30),
    "examine_notebook": (1000, 10),
}
"""Megabytes and minutes that a rule asks for at least."""
THREADS_ON_CLUSTER = 4


def memory_of(rule: str, needs: Mapping[tuple[str, str], Estimate]) -> Callable[[Any, int], int]:
    """Return what tells the megabytes of a rule's jobs: its estimate, with some to spare.

    Parameters
    ----------
    rule : str
        The rule.
    needs : Mapping
        From `descent.run.estimates.estimated_needs`.

    Returns
    -------
    callable
        Takes a job's wildcards, by name, and which attempt it is; each further attempt asks for
        twice as much.

    Raises
    ------
    ValueError
        If no rule of this name asks for resources.
    """
    least, _ = _least_of(rule)

    def megabytes(wildcards: Any, attempt: int) -> int:
        need = needs.get((rule, wildcards.get("problem", "")))
        estimated = 500 + 1.5e-6 * need.memory if need else 0
        return round(max(least, estimated)) * 2 ** (attempt - 1)

    return megabytes


def minutes_of(rule: str, needs: Mapping[tuple[str, str], Estimate]) -> Callable[[Any, int], int]:
    """Return what tells the minutes of a rule's jobs: three times as long as estimated.

    Parameters and errors are those of `memory_of`; each further attempt asks for as much again.
    """
    _, least = _least_of(rule)

    def minutes(wildcards: Any, attempt: int) -> int:
        need = needs.get((rule, wildcards.get("problem", "")))
        if need is None:
            return least * attempt
        work = need.shared / THREADS_ON_CLUSTER + need.alone
        seconds = work / need.chunks + need.compiling
        return round(max(least, 3 * seconds / 60)) * attempt

    return minutes


def chunk_threads(chunks: int, cores: int | None) -> int:
    """Share the cores among a sweep's chunks; each gets four on a cluster, where they are None."""
    return THREADS_ON_CLUSTER if cores is None else max(1, cores // chunks)


def chunk_files(problem: str, chunks: int) -> list[str]:
    """Return the files of a sweep's chunks, in order."""
    folder = f"results/{problem}/chunks"
    return [f"{folder}/{chunk}-of-{chunks}.parquet" for chunk in range(1, chunks + 1)]


def _least_of(rule: str) -> tuple[int, int]:
    if rule not in LEAST:
        raise ValueError(f"no resources are known of a rule {rule!r}, but of {', '.join(LEAST)}")
    return LEAST[rule]
