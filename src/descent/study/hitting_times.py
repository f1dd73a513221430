"""Hitting times of a sweep or an evaluation, read from their table column by column."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from descent.core.problem import Problem
from descent.core.statuses import STATUSES
from descent.statistics.running_times import never_of
from descent.study.portions import few_starts
from descent.tables.parquet import read_groups
from descent.tables.schemas import Schema, evaluation_schema, hitting_time_name, sweep_schema

JUDGED = ("selected", "named", "drawn")  # the other candidates only show what tuning changes
TESTED = ("test_loss", "test_accuracy")


class Evaluated(NamedTuple):
    """The candidates of a problem on fresh starts, under the headline's target and hold."""

    times: np.ndarray
    """Hitting times, shape (candidates, starts); `never_of` their type where none was run."""
    status: np.ndarray
    """Indices in `STATUSES`, of the same shape; -1 where none was run."""


def swept_times(
    problem: Problem, path: str | Path, configuration: Mapping
) -> Callable[[float, int], np.ndarray]:
    """Return what reads the hitting times of a target and a hold from a sweep's table.

    Parameters
    ----------
    problem : Problem
        Whose sweep it is.
    path, configuration
        As in `descent.tables.parquet.read`.

    Returns
    -------
    callable
        (target, hold) → whole numbers, shape (settings, starts), of the narrowest type that holds
        them; `never_of` the type where a target is never reached.
    """
    schema, starts = _swept_schema(problem), len(problem.tuning.names)
    budget = problem.sweep["iterations"]

    def times(target: float, hold: int) -> np.ndarray:
        column = _column(schema, path, configuration, hitting_time_name(target, hold))
        return whole_times(column.reshape(-1, starts), budget)

    return times


def headline_times(problem: Problem, path: str | Path, configuration: Mapping) -> np.ndarray:
    """Return a sweep's hitting times of the headline's target and hold, as of `swept_times`."""
    headline = problem.sweep["headline"]
    return swept_times(problem, path, configuration)(headline["target"], headline["hold"])


def statuses_and_tests(
    problem: Problem, path: str | Path, configuration: Mapping
) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Return how a sweep's runs ended, as indices in `STATUSES`, and a network's columns `TESTED`.

    All have the shape (settings, starts).
    """
    schema, starts = _swept_schema(problem), len(problem.tuning.names)
    names = [name for name in schema.names if name in TESTED]
    where = schema, path, configuration
    tested = {name: _column(*where, name).reshape(-1, starts) for name in names}
    return _statuses(*where).reshape(-1, starts), tested


def starts_run(problem: Problem, candidates: pd.DataFrame) -> pd.Series:
    """Return from how many of the fresh starts each candidate is run: all, or the first few.

    Parameters
    ----------
    problem : Problem
        Whose evaluation it is.
    candidates : DataFrame
        The table `descent.tables.schemas.CANDIDATES`.
    """
    every = len(problem.evaluation.names)
    is_judged = candidates["kind"].isin(JUDGED).groupby(candidates["candidate"]).any()
    return is_judged.map({True: every, False: few_starts(every)})


def evaluated_runs(
    problem: Problem, candidates: pd.DataFrame, path: str | Path, configuration: Mapping
) -> Evaluated:
    """Return the runs of an evaluation's table, of which each candidate has its number of starts.

    Parameters
    ----------
    problem, path, configuration
        As in `swept_times`, of an evaluation.
    candidates : DataFrame
        The table `descent.tables.schemas.CANDIDATES`.
    """
    headline, budget = problem.sweep["headline"], problem.sweep["iterations"]
    schema = evaluation_schema(problem.sweep["multiverse"])
    where, goal = (schema, path, configuration), (headline["target"], headline["hold"])
    counts = starts_run(problem, candidates).to_numpy()
    is_run = np.arange(len(problem.evaluation.names)) < counts[:, np.newaxis]
    found = whole_times(_column(*where, hitting_time_name(*goal)), budget)
    times = np.full(is_run.shape, never_of(found.dtype), found.dtype)
    status = np.full(is_run.shape, -1, np.int8)
    times[is_run], status[is_run] = found, _statuses(*where)
    return Evaluated(times, status)


def whole_times(times: np.ndarray, budget: int) -> np.ndarray:
    """Return hitting times, infinite where there is none, as whole numbers of a narrow type."""
    narrow, wide = np.dtype(np.int16), np.dtype(np.int32)
    dtype = narrow if budget < never_of(narrow) else wide
    known = np.isfinite(times)
    # Never is no float32, and must not pass through one.
    return np.where(known, np.where(known, times, 0.0).astype(dtype), dtype.type(never_of(dtype)))


def within_budget(times: np.ndarray, budget: int) -> tuple[np.ndarray, np.ndarray]:
    """Return what runs cost, a failure charged the budget, and whether they are successes."""
    success = times <= budget
    return np.where(success, times, budget).astype(np.int64), success


def _swept_schema(problem: Problem) -> Schema:
    return sweep_schema(problem.kind, problem.dimension, problem.sweep["multiverse"])


def _column(schema: Schema, path: str | Path, configuration: Mapping, name: str) -> np.ndarray:
    groups = read_groups(schema, path, [name], configuration)
    return np.concatenate([group[name].to_numpy() for group in groups])


def _statuses(schema: Schema, path: str | Path, configuration: Mapping) -> np.ndarray:
    parts = []
    for group in read_groups(schema, path, ["status"], configuration):
        categories = group["status"].cat
        places = np.array([STATUSES.index(name) for name in categories.categories], np.int8)
        parts.append(places[categories.codes])
    return np.concatenate(parts)
