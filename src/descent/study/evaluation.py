"""Run chosen settings again, over their whole budget: when they arrive, whether they stay, and how.

A sweep ends each run at its target. Here runs go on, from the starts that methods are judged by,
and show what comes after: other targets, and whether a target still holds at the end. Functions
return columns of a table of `descent.tables.schemas`; NaN there is null.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from descent.study import sweeps
from descent.statistics.comparison import QUARTILES, ranks
from descent.engine.descents import fastest, follow
from descent.core.objective import Objective
from descent.core.methods import METHODS
from descent.study.named_runs import parameters_of, stack
from descent.core.networks import network_objective
from descent.core.objectives import rosenbrock_objective
from descent.core.statuses import DIVERGED, NAMES
from descent.tables.schemas import IN_ORDER
from descent.engine.training import initial_parameters

NEVER = -1
DRAWN_STARTS = 3  # from which paths are kept
LONGEST_PATH = 10_000  # iterates of a path, about; of more, only every so many are kept

Columns = dict[str, np.ndarray]


class Candidate(NamedTuple):
    """A setting that is run again: a method as tuned, or as in a named run."""

    name: str
    kind: str
    """`tuned` or `named`."""
    setting: Mapping[str, Any]
    """Method and parameters, as in the columns `descent.tables.schemas.SETTING`."""

    @property
    def method(self) -> str:
        """Its method."""
        return str(self.setting["method"])


class Hits(NamedTuple):
    """When runs met their targets, and how they ended."""

    first: np.ndarray
    """Updates until a target was first met, or `NEVER`, shape (runs, targets)."""
    settled: np.ndarray
    """Updates from which it was met to the end of the budget, or `NEVER`, the same shape."""
    iterations: np.ndarray
    """Updates done, all of them finite, shape (runs,)."""
    status: np.ndarray
    """`diverged` or `budget`, shape (runs,)."""


def judge_rosenbrock(
    rosenbrock: Mapping, choices: Mapping[str, np.ndarray]
) -> tuple[Columns, Columns]:
    """Run tuned and named settings again, from the starts of the sweep to judge by.

    Tuned ones run for the sweep's budget, and named ones for that of `budget_of_named`.

    Parameters
    ----------
    rosenbrock : Mapping
        The configuration's section.
    choices : Mapping
        Columns of `descent.tables.schemas.CHOICES`.

    Returns
    -------
    trials, paths : dict
        Columns of `descent.tables.schemas.TRIALS` and of `descent.tables.schemas.PATHS`.
    """
    grid, problem = rosenbrock["sweep"], "rosenbrock"
    objective = rosenbrock_objective(rosenbrock["a"], rosenbrock["b"])
    points = sweeps.starts_of(grid["starts"], 2, sweeps.ROSENBROCK_STARTS)
    starts = np.arange(sweeps.tuning_starts(len(points), grid["tuning"]), len(points))
    tuned, named = tuned_candidates(choices, problem), named_candidates(rosenbrock["runs"])
    levels = [grid["target"], *grid["targets"]]
    few = starts[:DRAWN_STARTS]
    return (
        stack(
            [
                trials(problem, objective, candidates, points[starts], starts, budget, levels)
                for candidates, budget in (
                    (named, budget_of_named(rosenbrock)),
                    (tuned, grid["iterations"]),
                )
            ]
        ),
        paths(problem, objective, tuned, points[few], few, grid["iterations"], grid["target"]),
    )


def judge_network(
    network: Mapping,
    choices: Mapping[str, np.ndarray],
    x: np.ndarray,
    labels: np.ndarray,
) -> tuple[Columns, Columns]:
    """Train with tuned and named settings again, from the seeds of the sweep to judge by.

    Their budgets are as in `judge_rosenbrock`.

    Parameters
    ----------
    network : Mapping
        The configuration's section.
    choices
        As in `judge_rosenbrock`.
    x, labels : numpy.ndarray
        Samples to train on.

    Returns
    -------
    trials, curves : dict
        Columns of `descent.tables.schemas.TRIALS` and of `descent.tables.schemas.CURVES`.
    """
    grid, layers = network["sweep"], network["layers"]
    objective = network_objective(x, labels, layers)
    seeds = sweeps.seeds_of(grid["seeds"])
    seeds = seeds[sweeps.tuning_starts(len(seeds), grid["tuning"]) :]
    named, levels = named_candidates(network["runs"]), [grid["target"], *grid["targets"]]
    tried, drawn = [], []
    for problem in sorted(grid["initials"]):
        points = initial_parameters(layers, seeds, **network["initial"], initial=problem)
        tuned, budget = tuned_candidates(choices, problem), grid["iterations"]
        for candidates, iterations in ((named, budget_of_named(network)), (tuned, budget)):
            tried.append(
                trials(
                    problem, objective, candidates, points, np.array(seeds), iterations, levels,
                    scale=len(labels),
                )
            )  # fmt: skip
        drawn.append(curves(problem, objective, tuned, points, budget))
    return stack(tried), stack(drawn)


def budget_of_named(section: Mapping) -> int:
    """Return how long the settings of a section's named runs are run again.

    It is the sweep's budget, or the iterations of the longest named run if that is longer: no
    named run is judged by less than what it was given.
    """
    return max(section["sweep"]["iterations"], *(run["iterations"] for run in section["runs"]))


def tuned_candidates(choices: Mapping[str, np.ndarray], problem: str) -> list[Candidate]:
    """Return the methods as tuned on a problem, from the table `descent.tables.schemas.CHOICES`."""
    return [
        Candidate(str(choices["method"][i]), "tuned", {name: choices[name][i] for name in IN_ORDER})
        for i in np.flatnonzero(choices["problem"] == problem)
    ]


def named_candidates(runs: Sequence[Mapping]) -> list[Candidate]:
    """Return the settings of a configuration's named runs, with defaults where they say nothing."""
    candidates = []
    for run in runs:
        defaults = {"momentum": 0.0, **METHODS[run["method"]].parameters}
        setting = {"method": run["method"], **defaults, **parameters_of(run)}
        whole = {name: setting.get(name, np.nan) for name in IN_ORDER}
        candidates.append(Candidate(run["name"], "named", whole))
    return candidates


def first_and_settled(
    objective: Objective,
    method: str,
    points: ArrayLike,
    iterations: int,
    targets: ArrayLike,
    parameters: Mapping[str, ArrayLike | None],
) -> Hits:
    """Find when runs first meet targets, and from when on they meet them to the end.

    A target is met while f - f* is at most that. It is settled from the earliest iteration after
    which it is met at every one up to the last of the budget; for a run that diverges, never.
    Memory is in proportion to runs and targets, not to iterations.

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
    goals = objective.minimum + np.asarray(targets, float)[:, np.newaxis]
    first = np.full((len(goals), len(np.asarray(points))), NEVER)
    settled = first.copy()

    def record(iteration: int, runs: np.ndarray, point: np.ndarray, value: np.ndarray) -> None:
        whole = len(runs) == first.shape[1]  # then a slice, which is quicker
        places = (slice(None), slice(None) if whole else runs)
        met = value <= goals
        since = settled[places]
        settled[places] = np.where(met, np.where(since == NEVER, iteration, since), NEVER)
        before = first[places]
        first[places] = np.where(met & (before == NEVER), iteration, before)

    ends = follow(objective, method, points, iterations, record, parameters)
    settled[:, ends.status == DIVERGED] = NEVER
    return Hits(first.T, settled.T, ends.iterations, np.array(NAMES)[ends.status])


def trials(
    problem: str,
    objective: Objective,
    candidates: Sequence[Candidate],
    points: np.ndarray,
    starts: np.ndarray,
    iterations: int,
    targets: Sequence[float],
    scale: float = 1.0,
) -> Columns:
    """Run candidates from held-out starts over the whole budget.

    Parameters
    ----------
    problem : str
        Its name in the tables.
    objective : Objective
        What is minimised.
    candidates : sequence of Candidate
        Whose names differ, among those of a kind.
    points : numpy.ndarray, shape (starts, d)
        The held-out starts.
    starts : numpy.ndarray of int, shape (starts,)
        Their indices or seeds, ascending.
    iterations : int
        Budget.
    targets : sequence of float
        How close to the minimum.
    scale : float
        How much the objective is for a target of 1: of a network's loss, which is a sum while
        its targets are means, the number of samples.

    Returns
    -------
    dict
        Columns of `descent.tables.schemas.TRIALS`, in its order.
    """
    levels = np.unique(np.asarray(targets, float))
    ordered = sorted(candidates, key=lambda candidate: (candidate.kind, candidate.name))
    hits: list[Hits | None] = [None] * len(ordered)
    for method in {candidate.method for candidate in ordered}:  # all of it at once
        places = [i for i, candidate in enumerate(ordered) if candidate.method == method]
        settings = _settings([ordered[i] for i in places], len(points))
        found = first_and_settled(
            objective,
            method,
            np.tile(points, (len(places), 1)),
            iterations,
            levels * scale,
            sweeps.parameters_of(method, settings),
        )
        parts = [np.split(column, len(places)) for column in found]
        for place, *own in zip(places, *parts, strict=True):
            hits[place] = Hits(*own)

    runs, rows = len(points) * len(levels), len(ordered) * len(points) * len(levels)
    joined = Hits(*(np.concatenate(parts) for parts in zip(*filter(None, hits), strict=True)))
    return {
        "problem": np.full(rows, problem),
        "candidate": np.repeat([candidate.name for candidate in ordered], runs),
        "kind": np.repeat([candidate.kind for candidate in ordered], runs),
        **_settings(ordered, runs),
        "start": np.tile(np.repeat(starts, len(levels)), len(ordered)),
        "target": np.tile(levels, len(ordered) * len(points)),
        "first": _known(joined.first.ravel()),
        "settled": _known(joined.settled.ravel()),
        "iterations": np.repeat(joined.iterations, len(levels)),
        "status": np.repeat(joined.status, len(levels)),
    }


def paths(
    problem: str,
    objective: Objective,
    candidates: Sequence[Candidate],
    points: np.ndarray,
    starts: np.ndarray,
    iterations: int,
    target: float,
) -> Columns:
    """Return the way of each tuned method up to the target, in the plane.

    Every iterate is kept, up to the one that meets the target, the last finite one, or the end of
    the budget. Of a budget of more than 10,000 iterations only every so many are, beside the last.

    Parameters
    ----------
    problem, objective, candidates, iterations
        As in `trials`; candidates are one per method.
    points, starts
        As in `trials`: a few starts, in two dimensions.
    target : float
        How close to the minimum.

    Returns
    -------
    dict
        Columns of `descent.tables.schemas.PATHS`, in its order.
    """
    blocks = []
    for candidate in sorted(candidates, key=lambda candidate: candidate.method):
        run, iteration, x1, x2, value = _path(objective, candidate, points, iterations, target)
        blocks.append(
            {
                "problem": np.full(len(run), problem),
                **_settings([candidate], len(run)),
                "start": np.asarray(starts)[run],
                "iteration": iteration,
                "x1": x1,
                "x2": x2,
                "value": value,
            }
        )
    return stack(blocks)


def curves(
    problem: str,
    objective: Objective,
    candidates: Sequence[Candidate],
    points: np.ndarray,
    iterations: int,
) -> Columns:
    """Return how loss and accuracy of tuned methods go, as quartiles over the held-out seeds.

    From where it diverges a run counts with an infinite loss and an accuracy of 0. A quartile is
    a number that was seen, as of `descent.statistics.comparison.quantiles`. Memory does not grow with seeds
    times iterations.

    Parameters
    ----------
    problem, candidates, points, iterations
        As in `paths`.
    objective : Objective
        The network's loss, `descent.core.networks.network_objective`; its measure is the accuracy.

    Returns
    -------
    dict
        Columns of `descent.tables.schemas.CURVES`, in its order.
    """
    whole = fastest(objective, points.T, iterations)
    blocks = []
    for candidate in sorted(candidates, key=lambda candidate: candidate.method):
        loss, accuracy = _curves(whole, candidate, points, iterations)
        blocks.append(
            {
                "problem": np.full(iterations + 1, problem),
                **_settings([candidate], iterations + 1),
                "iteration": np.arange(iterations + 1),
                **{
                    f"{name}_{share}": np.where(np.isfinite(rows[:, i]), rows[:, i], np.nan)
                    for name, rows in (("loss", loss), ("accuracy", accuracy))
                    for i, share in enumerate(("low", "median", "high"))
                },
            }
        )
    return stack(blocks)


def _path(
    objective: Objective, candidate: Candidate, points: np.ndarray, iterations: int, target: float
) -> list[np.ndarray]:
    """Return run, iteration, coordinates and value of the iterates that are kept, in order."""
    step = max(1, -(-iterations // LONGEST_PATH))
    kept: list[tuple[np.ndarray, ...]] = []

    def record(iteration: int, runs: np.ndarray, point: np.ndarray, value: np.ndarray) -> None:
        if iteration % step == 0:
            finite = _finite(point, value)
            when = np.full(finite.sum(), iteration)
            kept.append((runs[finite], when, *point[:, finite], value[finite]))

    ends = follow(
        objective, candidate.method, points, iterations, record, _parameters(candidate), target
    )
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
    places = ranks(seeds, QUARTILES)
    loss = np.full((iterations + 1, len(places)), np.inf)
    accuracy = np.zeros_like(loss)
    assert objective.measure is not None
    measure = objective.measure

    def record(iteration: int, runs: np.ndarray, point: np.ndarray, value: np.ndarray) -> None:
        finite = _finite(point, value)
        for rows, found, otherwise in (
            (loss, value, np.inf),
            (accuracy, measure(point), 0.0),
        ):
            numbers = np.full(seeds, otherwise)
            numbers[runs[finite]] = found[finite]
            rows[iteration] = np.sort(numbers)[places]

    follow(objective, candidate.method, points, iterations, record, _parameters(candidate))
    return loss, accuracy


def _finite(point: np.ndarray, value: np.ndarray) -> np.ndarray:
    return np.isfinite(value) & np.isfinite(point).all(axis=0)


def _parameters(candidate: Candidate) -> Mapping[str, ArrayLike]:
    return sweeps.parameters_of(candidate.method, candidate.setting)


def _settings(candidates: Sequence[Candidate], rows: int) -> Columns:
    """Return the columns of the candidates' settings, each for so many rows."""
    return {name: np.repeat([c.setting[name] for c in candidates], rows) for name in IN_ORDER}


def _known(updates: np.ndarray) -> np.ndarray:
    return np.where(updates == NEVER, np.nan, updates)
