"""Sweeps: every hyperparameter setting of every method from every start, in the table's order."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import numpy as np

from descent.core.problem import Problem
from descent.engine.choice import compiled_objective, worth_compiling
from descent.engine.descents import sweep
from descent.engine.ladders import NEVER
from descent.study.grids import hyperparameter_settings, own_parameters
from descent.study.portions import advance_count, block_size, chunk_bounds
from descent.tables.parquet import writing
from descent.tables.schemas import hitting_time_name, sweep_schema


def sweep_chunk(
    problem: Problem,
    configuration: Mapping,
    path: str | Path,
    *,
    chunk: int,
    chunks: int,
    engine: str,
    threads: int,
    progress: Callable[[int, str, str], AbstractContextManager[Callable[[int], None]]],
) -> None:
    """Advance the runs of a chunk, block by block, and write their final states to Parquet.

    Parameters
    ----------
    problem : Problem
        What is minimised.
    configuration : Mapping
        What determines the rows, as in `descent.tables.parquet.write`.
    path : str or Path
        The file of this chunk.
    chunk, chunks : int
        Which chunk, counted from 1, of how many.
    engine, threads
        As in `descent.sweep`; 'auto' chooses for the sweep as a whole.
    progress : callable
        Takes how many of what there are to do, and a name; gives what is to be called with how
        many more are done.
    """
    settings = hyperparameter_settings(problem.sweep)
    runs = len(settings["method"]) * len(problem.tuning.names)
    first, last = chunk_bounds(runs, chunk, chunks)
    schema = sweep_schema(problem.kind, problem.dimension, problem.sweep["multiverse"])
    name = f"{problem.name}, chunk {chunk} of {chunks}"
    with (
        writing(schema, configuration, path, (first, last, runs)) as append,
        progress(last - first, "runs", name) as advance,
    ):
        for columns in swept_blocks(problem, first, last, engine, threads):
            append(columns)
            advance(len(columns["status"]))


def swept_blocks(
    problem: Problem, first: int, last: int, engine: str = "auto", threads: int = 1
) -> Iterator[dict[str, np.ndarray]]:
    """Advance some of a sweep's runs, block by block.

    Parameters
    ----------
    problem : Problem
        What is minimised.
    first, last : int
        The runs from `first` up to `last`, which is not among them, in the order of the table:
        setting by setting, start by start.
    engine, threads
        As in `sweep_chunk`; neither they nor the blocks change anything but the time.

    Yields
    ------
    dict
        Columns of the next runs.
    """
    settings, points = hyperparameter_settings(problem.sweep), problem.tuning.points()
    kernel = problem.objective.kernel if problem.objective else None
    work = float(problem.sweep["iterations"] * problem.dimension) * problem.scale
    runs = len(settings["method"]) * len(points)
    size = block_size(work)
    if engine == "auto":
        advances = advance_count(runs, len(problem.sweep["methods"]), size)
        steps = advances * problem.sweep["iterations"]
        steps *= 1 if problem.kind == "network" else problem.dimension
        engine = "numba" if worth_compiling(kernel, runs * work, steps) else "numpy"
    accelerate = compiled_objective if engine == "numba" else lambda objective: objective
    for begin in range(first, last, size):
        setting, start = np.divmod(np.arange(begin, min(begin + size, last)), len(points))
        chosen = {name: column[setting] for name, column in settings.items()}
        ends = final_states(problem, chosen, points[start], engine=engine, threads=threads)
        yield {
            **chosen,
            problem.start_column: problem.tuning.names[start],
            "status": ends["status"],
            "iterations": ends["iterations"],
            problem.value_column: ends["value"],
            **hitting_time_columns(problem, ends["hits"]),
            **problem.measure(points[start], ends["point"], accelerate),
        }


def final_states(
    problem: Problem,
    settings: Mapping[str, np.ndarray],
    points: np.ndarray,
    *,
    iterations: int | None = None,
    headline_alone: bool = False,
    engine: str = "auto",
    threads: int = 1,
) -> dict[str, np.ndarray]:
    """Advance runs method by method, as each has its own kernel; return them in their order.

    Parameters
    ----------
    problem : Problem
        What is minimised.
    settings : Mapping
        The columns `descent.tables.schemas.SETTING` of each run.
    points : numpy.ndarray, shape (runs, d)
        Where each starts.
    iterations : int, optional
        Budget; by default the sweep's.
    headline_alone : bool
        Whether a run may end as soon as it has held the headline's target.
    engine, threads
        As in `descent.sweep`.

    Returns
    -------
    dict
        Of `descent.engine.descents.Outcomes` what is kept, under the headline's target and hold,
        with the hitting times of the multiverse's, or of the headline's alone.
    """
    assert problem.objective is not None
    headline, multiverse = problem.sweep["headline"], problem.sweep["multiverse"]
    budget = iterations or problem.sweep["iterations"]
    targets, holds = ((), ()) if headline_alone else (multiverse["targets"], multiverse["holds"])
    found: dict[str, Any] = {}
    for method in np.unique(settings["method"]):
        runs = np.flatnonzero(settings["method"] == method)
        own = {name: column[runs] for name, column in settings.items()}
        outcomes = sweep(
            problem.objective, str(method), points[runs], budget,
            target=headline["target"] * problem.scale, hold=headline["hold"],
            targets=[target * problem.scale for target in targets], holds=holds,
            engine=engine, threads=threads, **own_parameters(str(method), own),
        )  # fmt: skip
        for name in ("status", "iterations", "value", "point", "hits"):
            values = getattr(outcomes, name)
            shape = (len(points), *values.shape[1:])
            found.setdefault(name, np.empty(shape, values.dtype))[runs] = values
    return found


def hitting_time_columns(problem: Problem, hits: np.ndarray) -> dict[str, np.ndarray]:
    """Return hitting times (runs, targets, holds) as columns, infinite where there is none."""
    multiverse = problem.sweep["multiverse"]
    times = np.where(hits == NEVER, np.inf, hits).astype(np.float32)
    return {
        hitting_time_name(target, hold): times[:, i, j]
        for i, target in enumerate(multiverse["targets"])
        for j, hold in enumerate(multiverse["holds"])
    }
