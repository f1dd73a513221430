"""Evaluation: selected and named settings over their whole budget, from the evaluation starts.

A sweep ends each run at its target. Here runs go on and show what comes after: other targets, and
whether a target still holds at the end.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from descent.core.methods import METHODS
from descent.core.objective import Objective
from descent.core.problem import Problem
from descent.core.statuses import DIVERGED, STATUSES
from descent.engine.choice import fastest
from descent.engine.descents import follow
from descent.statistics.running_times import QUARTILE_SHARES, ranks
from descent.study.grids import own_parameters
from descent.study.portions import DRAWN_STARTS, LONGEST_PATH
from descent.tables.schemas import SETTING_NAMES, TRAINING_CURVES

CURVES = TRAINING_CURVES.names[-6:]  # quartiles of loss and of accuracy


class Candidate(NamedTuple):
    """A hyperparameter setting that is evaluated: a method's selected one, or a named run's."""

    name: str
    kind: str
    """`selected` or `named`."""
    method: str
    setting: Mapping[str, Any]
    """Method and parameters, as in the columns `descent.tables.schemas.SETTING`."""


class Hits(NamedTuple):
    """When runs met their targets, and how they ended."""

    hitting_time: np.ndarray
    """Updates until a target was first met, infinite if never, shape (runs, targets)."""
    stays_from: np.ndarray
    """Updates from which it was met to the end of the budget, of the same kind and shape."""
    iterations: np.ndarray
    """Updates done, all of them finite, shape (runs,)."""
    status: np.ndarray
    """`diverged` or `budget`, shape (runs,)."""


def evaluate(problem: Problem, selected: pd.DataFrame) -> pd.DataFrame:
    """Run selected and named settings again, from the evaluation starts.

    Selected ones run for the sweep's budget, named ones at least that long: for the iterations of
    the longest named run, if that is more.

    Parameters
    ----------
    problem : Problem
        What is minimised.
    selected : DataFrame
        The table `descent.tables.schemas.SELECTED`.

    Returns
    -------
    DataFrame
        The table `descent.tables.schemas.EVALUATION`.
    """
    budget = problem.sweep["iterations"]
    longest = max([budget, *(run["iterations"] for run in problem.runs)])
    named = _evaluated(problem, _named_candidates(problem.runs), longest)
    return pd.concat([*named, *_evaluated(problem, _selected_candidates(selected), budget)])


def trace_paths(problem: Problem, selected: pd.DataFrame) -> pd.DataFrame:
    """Return the path of each method with its selected setting up to the target, in the plane.

    Every iterate is kept, up to the one that meets the target, the last finite one, or the end of
    the budget. Of a budget of more than 10,000 iterations only every so many are, beside the last.

    Parameters
    ----------
    problem, selected
        As in `evaluate`.

    Returns
    -------
    DataFrame
        The table `descent.tables.schemas.PATHS`, from the first few evaluation starts.
    """
    starts = problem.start_names[problem.tuning :][:DRAWN_STARTS]
    points = problem.starts()[problem.tuning :][:DRAWN_STARTS]
    blocks = []
    for candidate in _selected_candidates(selected):
        run, iteration, x1, x2, value = _path(problem, candidate, points)
        columns = {"iteration": iteration, "x1": x1, "x2": x2, "value": value}
        blocks.append(_with_setting(candidate, {"start": starts[run], **columns}))
    return pd.concat(blocks)


def trace_curves(problem: Problem, selected: pd.DataFrame) -> pd.DataFrame:
    """Return how loss and accuracy of the methods go with their selected settings.

    They are quartiles over the evaluation seeds, numbers that were seen, as of
    `descent.statistics.running_times.quantiles`. From where it diverges a run counts with an
    infinite loss and an accuracy of 0. Memory does not grow with seeds times iterations.

    Parameters
    ----------
    problem, selected
        As in `evaluate`; of a network.

    Returns
    -------
    DataFrame
        The table `descent.tables.schemas.TRAINING_CURVES`.
    """
    assert problem.objective is not None
    points, iterations = problem.starts()[problem.tuning :], problem.sweep["iterations"]
    whole = fastest(problem.objective, points.T, iterations)
    blocks = []
    for candidate in _selected_candidates(selected):
        found = np.hstack(_curves(whole, candidate, points, iterations))
        columns = dict(zip(CURVES, found.T, strict=True))
        blocks.append(_with_setting(candidate, {"iteration": np.arange(iterations + 1), **columns}))
    return pd.concat(blocks)


def hits_of(
    objective: Objective,
    method: str,
    points: ArrayLike,
    iterations: int,
    targets: ArrayLike,
    parameters: Mapping[str, ArrayLike | None],
) -> Hits:
    """Find when runs first meet targets, and from when on they meet them to the end.

    A target is met while f - f* is at most that. It stays from the earliest iteration after which
    it is met at every one up to the last of the budget; for a run that diverges, never. Memory is
    in proportion to runs and targets, not to iterations.

    Parameters
    ----------
    objective, method, iterations, parameters
        As in `descent.engine.descents.follow`.
    points : array_like, shape (runs, d)
        Where each run starts.
    targets : array_like, shape (targets,)
        How close to the minimum.

    Returns
    -------
    Hits
        Run by run.

    Raises
    ------
    ValueError
        As of `descent.engine.descents.follow`.
    """
    levels = objective.minimum + np.asarray(targets, float)[:, np.newaxis]
    first = np.full((len(levels), len(np.asarray(points))), np.inf)
    stays = first.copy()

    def record(iteration: int, runs: np.ndarray, point: np.ndarray, value: np.ndarray) -> None:
        whole = len(runs) == first.shape[1]  # then a slice, which is quicker
        places = (slice(None), slice(None) if whole else runs)
        when = np.where(value <= levels, iteration, np.inf)
        first[places] = np.minimum(first[places], when)
        stays[places] = np.where(value <= levels, np.minimum(stays[places], when), np.inf)

    ends = follow(objective, method, points, iterations, record, parameters)
    stays[:, ends.status == DIVERGED] = np.inf
    return Hits(first.T, stays.T, ends.iterations, np.array(STATUSES)[ends.status])


def _selected_candidates(selected: pd.DataFrame) -> list[Candidate]:
    """Return the selected settings, in the order of their methods."""
    rows = selected.sort_values("method")[list(SETTING_NAMES)].to_dict("records")
    return [Candidate(row["method"], "selected", row["method"], row) for row in rows]


def _named_candidates(runs: Sequence[Mapping]) -> list[Candidate]:
    """Return the settings of named runs, with defaults where they say nothing."""
    candidates = []
    for run in runs:
        known = {"momentum": 0.0, **METHODS[run["method"]].parameters}
        given = {name: value for name, value in run.items() if value is not None}
        setting = {name: given.get(name, known.get(name, np.nan)) for name in SETTING_NAMES}
        candidates.append(Candidate(run["name"], "named", run["method"], setting))
    return candidates


def _evaluated(
    problem: Problem, candidates: Sequence[Candidate], iterations: int
) -> list[pd.DataFrame]:
    """Run candidates, all of a method at once; return their rows in the order of their names."""
    assert problem.objective is not None
    points = problem.starts()[problem.tuning :]
    starts = problem.start_names[problem.tuning :]
    targets = np.unique([problem.sweep["target"], *problem.sweep["targets"]])
    found: dict[str, Hits] = {}
    for method in {candidate.method for candidate in candidates}:
        own = [candidate for candidate in candidates if candidate.method == method]
        settings = {
            name: np.repeat([candidate.setting[name] for candidate in own], len(points))
            for name in SETTING_NAMES
        }
        hits = hits_of(
            problem.objective,
            method,
            np.tile(points, (len(own), 1)),
            iterations,
            targets * problem.scale,
            own_parameters(method, settings),
        )
        parts = zip(*(np.split(column, len(own)) for column in hits), strict=True)
        found |= {candidate.name: Hits(*part) for candidate, part in zip(own, parts, strict=True)}
    blocks = []
    for candidate in sorted(candidates, key=lambda one: one.name):
        hits = found[candidate.name]
        columns = {
            "candidate": candidate.name,
            "kind": candidate.kind,
            "start": np.repeat(starts, len(targets)),
            "target": np.tile(targets, len(starts)),
            "hitting_time": hits.hitting_time.ravel(),
            "stays_from": hits.stays_from.ravel(),
            "iterations": np.repeat(hits.iterations, len(targets)),
            "status": np.repeat(hits.status, len(targets)),
        }
        blocks.append(_with_setting(candidate, columns))
    return blocks


def _path(problem: Problem, candidate: Candidate, points: np.ndarray) -> list[np.ndarray]:
    """Return run, iteration, coordinates and value of the iterates that are kept, in order."""
    assert problem.objective is not None
    iterations, target = problem.sweep["iterations"], problem.sweep["target"]
    step = max(1, -(-iterations // LONGEST_PATH))
    kept: list[tuple[np.ndarray, ...]] = []

    def record(iteration: int, runs: np.ndarray, point: np.ndarray, value: np.ndarray) -> None:
        if iteration % step == 0:
            finite = _is_finite(point, value)
            when = np.full(finite.sum(), iteration)
            kept.append((runs[finite], when, *point[:, finite], value[finite]))

    own = own_parameters(candidate.method, candidate.setting)
    ends = follow(problem.objective, candidate.method, points, iterations, record, own, target)
    last = np.flatnonzero(ends.iterations % step)
    kept.append((last, ends.iterations[last], *ends.point[:, last], ends.value[last]))
    columns = [np.concatenate(parts) for parts in zip(*kept, strict=True)]
    order = np.lexsort((columns[1], columns[0]))
    return [column[order] for column in columns]


def _curves(
    objective: Objective, candidate: Candidate, points: np.ndarray, iterations: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return the quartiles of loss and accuracy, shape (iterations + 1, 3) each."""
    seeds = len(points)
    places = ranks(seeds, QUARTILE_SHARES)
    loss = np.full((iterations + 1, len(places)), np.inf)
    accuracy = np.zeros_like(loss)
    assert objective.measure is not None
    measure = objective.measure

    def record(iteration: int, runs: np.ndarray, point: np.ndarray, value: np.ndarray) -> None:
        finite = _is_finite(point, value)
        for rows, found, otherwise in ((loss, value, np.inf), (accuracy, measure(point), 0.0)):
            numbers = np.full(seeds, otherwise)
            numbers[runs[finite]] = found[finite]
            rows[iteration] = np.sort(numbers)[places]

    own = own_parameters(candidate.method, candidate.setting)
    follow(objective, candidate.method, points, iterations, record, own)
    return loss, accuracy


def _with_setting(candidate: Candidate, columns: Mapping) -> pd.DataFrame:
    return pd.DataFrame({**candidate.setting, **columns})


def _is_finite(point: np.ndarray, value: np.ndarray) -> np.ndarray:
    return np.isfinite(value) & np.isfinite(point).all(axis=0)
