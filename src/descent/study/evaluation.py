"""Evaluation: selected and named settings again, from fresh starts that selected none of them."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from descent.core.objective import Objective
from descent.core.problem import Problem
from descent.core.random_streams import uniform
from descent.core.statuses import REACHED, STATUSES
from descent.engine.choice import fastest
from descent.engine.descents import follow
from descent.statistics.running_times import QUARTILE_SHARES, ranks
from descent.study.grids import own_parameters
from descent.study.hitting_times import starts_run
from descent.study.portions import (
    CURVE_SEEDS,
    DRAWN_STARTS,
    LONGER,
    LONGEST_PATH,
    NUDGED_STARTS,
    block_size,
    longer_starts,
)
from descent.study.sweeps import final_states, hitting_time_columns
from descent.tables.schemas import SETTING_NAMES, TRAINING_CURVES

CURVES = TRAINING_CURVES.names[-6:]  # quartiles of loss and of accuracy


def evaluate(
    problem: Problem, candidates: pd.DataFrame, threads: int = 1
) -> Iterator[dict[str, np.ndarray]]:
    """Run every candidate from its evaluation starts, all or the first few.

    Named runs that draw their starts are run a second time, from starts drawn as theirs.

    Parameters
    ----------
    problem : Problem
        What is minimised.
    candidates : DataFrame
        The table `descent.tables.schemas.CANDIDATES`.
    threads : int
        Of the compiled engine; the result does not depend on them.

    Yields
    ------
    dict
        Columns of `descent.tables.schemas.evaluation_schema`, for the next runs.
    """
    names = problem.evaluation.names
    work = float(problem.sweep["iterations"] * problem.dimension) * problem.scale
    at_once = max(1, block_size(work) // len(names))
    chosen, counted = candidates.drop_duplicates("candidate"), starts_run(problem, candidates)
    points = problem.evaluation.points()
    for begin in range(0, len(chosen), at_once):
        block = chosen.iloc[begin : begin + at_once]
        counts = counted.loc[block["candidate"]].to_numpy()
        starts = [
            (_drawn_starts(problem, row["name"]) if row["kind"] == "drawn" else points)[:count]
            for count, (_, row) in zip(counts, block.iterrows(), strict=True)
        ]
        settings = _repeated(block, counts)
        ends = final_states(problem, settings, np.concatenate(starts), threads=threads)
        yield {
            "candidate": np.repeat(block["candidate"].to_numpy(), counts),
            "start": np.concatenate([names[:count] for count in counts]),
            "status": ends["status"],
            "iterations": ends["iterations"],
            **hitting_time_columns(problem, ends["hits"]),
        }


def run_further(problem: Problem, candidates: pd.DataFrame, threads: int = 1) -> pd.DataFrame:
    """Return the table `FURTHER`: selected settings from nudged starts, and for much longer.

    A start is nudged by a unit in the last place of each coordinate that is not 0, upwards. Where
    a hitting time changes by that it is a property of rounding, and not of the method
    (Sohl-Dickstein, J. 2024. The boundary of neural network trainability is fractal.
    arXiv:2402.06184).

    Parameters
    ----------
    problem, candidates, threads
        As in `evaluate`.
    """
    selected = candidates[candidates["kind"] == "selected"].drop_duplicates("candidate")
    points, budget = problem.evaluation.points(), problem.sweep["iterations"]
    some = points[:NUDGED_STARTS]
    nudged = np.where(some == 0.0, 0.0, np.nextafter(some, np.inf))
    many = points[: longer_starts(budget * LONGER, problem.dimension * problem.scale)]

    def run(starts: np.ndarray, iterations: int = budget) -> dict[str, np.ndarray]:
        settings, places = _repeated(selected, len(starts)), np.tile(starts, (len(selected), 1))
        ends = final_states(
            problem, settings, places, iterations=iterations, headline_alone=True, threads=threads
        )
        return {name: ends[name].reshape(-1, len(starts)) for name in ("status", "iterations")}

    here, there, longer = run(some), run(nudged), run(many, budget * LONGER)
    changed = (here["status"] != there["status"]) | (here["iterations"] != there["iterations"])
    reached = longer["status"] == STATUSES[REACHED]
    in_time = reached & (longer["iterations"] <= budget)
    return pd.DataFrame(
        {
            "candidate": selected["candidate"],
            "nudged_runs": len(some),
            "nudged_changed": changed.sum(axis=1),
            "longer_runs": len(many),
            "longer_reached": reached.sum(axis=1),
            "longer_in_time": in_time.sum(axis=1),
        }
    )


def trace_paths(problem: Problem, selected: pd.DataFrame) -> pd.DataFrame:
    """Return the path of each method with its selected setting up to the target, in the plane.

    Every iterate is kept, up to the one that meets the target, the last finite one, or the end of
    the budget. Of a budget of more than 10,000 iterations only every so many are, beside the last.

    Parameters
    ----------
    problem : Problem
        What is minimised.
    selected : DataFrame
        The table `descent.tables.schemas.SELECTED`; the best of all settings are traced.

    Returns
    -------
    DataFrame
        The table `descent.tables.schemas.PATHS`, from the first few evaluation starts.
    """
    starts = problem.evaluation.names[:DRAWN_STARTS]
    points = problem.evaluation.points()[:DRAWN_STARTS]
    blocks = []
    for setting in _best_settings(selected):
        run, iteration, x1, x2, value = _path(problem, setting, points)
        columns = {"iteration": iteration, "x1": x1, "x2": x2, "value": value}
        blocks.append(pd.DataFrame({**setting, "start": starts[run], **columns}))
    return pd.concat(blocks)


def trace_curves(problem: Problem, selected: pd.DataFrame) -> pd.DataFrame:
    """Return how loss and accuracy of the methods go with their selected settings.

    They are quartiles over the evaluation seeds, numbers that were seen, as of
    `descent.statistics.running_times.quantiles`. From where it diverges a run counts with an
    infinite loss and an accuracy of 0. Memory does not grow with seeds times iterations.

    Parameters
    ----------
    problem, selected
        As in `trace_paths`; of a network.

    Returns
    -------
    DataFrame
        The table `descent.tables.schemas.TRAINING_CURVES`.
    """
    assert problem.objective is not None
    points, iterations = problem.evaluation.points()[:CURVE_SEEDS], problem.sweep["iterations"]
    whole = fastest(problem.objective, points.T, iterations)
    blocks = []
    for setting in _best_settings(selected):
        found = np.hstack(_curves(whole, setting, points, iterations))
        columns = dict(zip(CURVES, found.T, strict=True))
        blocks.append(pd.DataFrame({**setting, "iteration": np.arange(iterations + 1), **columns}))
    return pd.concat(blocks)


def _repeated(candidates: pd.DataFrame, starts: np.ndarray | int) -> dict[str, np.ndarray]:
    """Return the settings of candidates, each for so many runs."""
    table = candidates[list(SETTING_NAMES)]
    kinds = {"method": str} | dict.fromkeys(SETTING_NAMES[1:], float)
    return {
        name: np.repeat(table[name].to_numpy().astype(kind), starts) for name, kind in kinds.items()
    }


def _drawn_starts(problem: Problem, name: str) -> np.ndarray:
    """Return starts that are drawn as a named run draws its own, shape (count, dimension)."""
    (start,) = (run["start"] for run in problem.runs if run["name"] == name)
    purpose = f"starts as of {name}"
    shape = len(problem.evaluation.names), problem.dimension
    places = uniform(problem.sweep["starts"]["seed"], purpose, 0, *shape)
    return start["low"] + (start["high"] - start["low"]) * places


def _best_settings(selected: pd.DataFrame) -> list[dict[str, Any]]:
    """Return each method's best of all settings."""
    return selected.loc[selected["trials"] == 0, list(SETTING_NAMES)].to_dict("records")


def _path(problem: Problem, setting: Mapping, points: np.ndarray) -> list[np.ndarray]:
    """Return run, iteration, coordinates and value of the iterates that are kept, in order."""
    assert problem.objective is not None
    iterations, target = problem.sweep["iterations"], problem.sweep["headline"]["target"]
    step = max(1, -(-iterations // LONGEST_PATH))
    kept: list[tuple[np.ndarray, ...]] = []

    def record(iteration: int, runs: np.ndarray, point: np.ndarray, value: np.ndarray) -> None:
        if iteration % step == 0:
            finite = _is_finite(point, value)
            when = np.full(finite.sum(), iteration)
            kept.append((runs[finite], when, *point[:, finite], value[finite]))

    own = own_parameters(setting["method"], setting)
    ends = follow(problem.objective, setting["method"], points, iterations, record, own, target)
    last = np.flatnonzero(ends.iterations % step)
    kept.append((last, ends.iterations[last], *ends.point[:, last], ends.value[last]))
    columns = [np.concatenate(parts) for parts in zip(*kept, strict=True)]
    order = np.lexsort((columns[1], columns[0]))
    return [column[order] for column in columns]


def _curves(
    objective: Objective, setting: Mapping, points: np.ndarray, iterations: int
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

    own = own_parameters(setting["method"], setting)
    follow(objective, setting["method"], points, iterations, record, own)
    return loss, accuracy


def _is_finite(point: np.ndarray, value: np.ndarray) -> np.ndarray:
    return np.isfinite(value) & np.isfinite(point).all(axis=0)
