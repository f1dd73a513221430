"""Chunks of a sweep: each is a job, which advances its share of the runs and writes them down."""

from collections.abc import Mapping
from pathlib import Path

from descent.run.progress import progress
from descent.study.sweeps import Sweep, run_blocks
from descent.tables.schemas import Table, writing


def bounds(runs: int, chunk: int, chunks: int) -> tuple[int, int]:
    """Return the first run of a chunk, counted from 1, and that of the next."""
    return runs * (chunk - 1) // chunks, runs * chunk // chunks


def write_chunk(
    sweep: Sweep,
    table: Table,
    configuration: Mapping,
    path: str | Path,
    *,
    chunk: int,
    chunks: int,
    engine: str,
    threads: int,
    log: str | Path,
) -> None:
    """Advance the runs of a chunk, block by block, and write the ends to Parquet.

    Parameters
    ----------
    sweep : Sweep
        The whole sweep.
    table : Table
        Its table.
    configuration : Mapping
        What determines its rows, as in `descent.tables.schemas.write`.
    path : str or Path
        The file of this chunk.
    chunk, chunks : int
        Which chunk, counted from 1, of how many.
    engine, threads
        As in `descent.sweep`.
    log : str or Path
        Where progress is noted.
    """
    first, last = bounds(sweep.runs, chunk, chunks)
    name = f"{'/'.join(sweep.problems)}, chunk {chunk} of {chunks}"
    with (
        writing(table, configuration, path, (first, last, sweep.runs)) as append,
        progress(last - first, "runs", name, log) as advance,
    ):
        for columns in run_blocks(sweep, first, last, engine, threads):
            append(columns)
            advance(len(columns["status"]))
