"""The multiverse of a problem: its answers under every protocol, and what survives them all."""

from collections.abc import Callable, Iterator, Mapping
from itertools import combinations

import numpy as np
import pandas as pd

from descent.core.methods import METHODS
from descent.core.problem import Problem
from descent.statistics.answers import SPLITS, method_scores, rank_methods, sorted_halves
from descent.statistics.multiverse import (
    CHOICES,
    Grid,
    decompose,
    pair_ratios,
    scores_of_multiverse,
    share_faster,
    shares_first,
)
from descent.statistics.running_times import ROUNDING_SLACK, times_within
from descent.statistics.tuning import numbers_tried
from descent.study.selection import settings_tried
from descent.tables.schemas import EFFECTS, FIRST, LEVELS, MULTIVERSE, TUNING_CURVE

RATIO_SHARES = (0.05, 0.5, 0.95)


def vary_protocols(
    problem: Problem, question: Mapping, times: Callable[[float, int], np.ndarray]
) -> dict[str, pd.DataFrame]:
    """Answer under every protocol of a problem's multiverse.

    Parameters
    ----------
    problem : Problem
        Whose sweep it is.
    question : Mapping
        The configuration's, whose pair of methods comes in its order.
    times : callable
        (target, hold) → hitting times, as of `descent.study.hitting_times.swept_times`.

    Returns
    -------
    dict of str to DataFrame
        The tables `multiverse`, `first`, `levels`, `effects` and `tuning_curve` of
        `descent.tables.schemas`.
    """
    multiverse = problem.sweep["multiverse"]
    grid = Grid(**multiverse)
    methods = settings_tried(problem)[0]
    found = scores_of_multiverse(times, methods, grid)
    pairs = method_pairs(list(methods), (question["method"], question["against"]))
    return {
        "multiverse": _multiverse_table(grid, list(methods), found),
        "first": pd.DataFrame(_first_rows(grid, list(methods), found), columns=FIRST.names),
        "levels": pd.DataFrame(
            [row for pair in pairs for row in _level_rows(grid, list(methods), found, *pair)],
            columns=LEVELS.names,
        ),
        "effects": pd.DataFrame(
            [row for pair in pairs for row in _effect_rows(list(methods), found, *pair)],
            columns=EFFECTS.names,
        ),
        "tuning_curve": _tuning_curve_table(problem, methods, times),
    }


def method_pairs(methods: list[str], asked: tuple[str, str]) -> list[tuple[str, str]]:
    """Return all pairs of methods: the one asked of as it is, else the later in `METHODS` first."""
    order = sorted(methods, key=list(METHODS).index)
    pairs = {(second, first) for first, second in combinations(order, 2)}
    return sorted(asked if pair == asked[::-1] else pair for pair in pairs)


def _multiverse_table(grid: Grid, methods: list[str], found: np.ndarray) -> pd.DataFrame:
    """Return the table `MULTIVERSE`, protocol by protocol."""
    protocols = pd.DataFrame(grid.protocols())
    table = protocols.loc[protocols.index.repeat(len(methods))].reset_index(drop=True)
    scores = found.reshape(-1, len(methods))
    table["method"] = np.tile(methods, len(scores))
    table["score"], table["rank"] = scores.ravel(), rank_methods(scores).ravel()
    return table[MULTIVERSE.names]


def _first_rows(grid: Grid, methods: list[str], found: np.ndarray) -> Iterator[tuple]:
    """Yield rows of the table `FIRST`: of all protocols, and at each level of each choice."""
    for choice, level, part in _parts(grid, found):
        shares, decided = shares_first(part)
        protocols = part[..., 0].size
        for method, share in zip(methods, shares, strict=True):
            yield choice, level, method, share, decided, protocols


def _level_rows(
    grid: Grid, methods: list[str], found: np.ndarray, method: str, against: str
) -> Iterator[tuple]:
    """Yield a pair's rows of the table `LEVELS`."""
    ratios = pair_ratios(found, methods.index(method), methods.index(against))
    for choice, level, part in _parts(grid, ratios):
        share, decided = share_faster(part)
        yield method, against, choice, level, share, decided, part.size, *_quantiles(part)


def _effect_rows(
    methods: list[str], found: np.ndarray, method: str, against: str
) -> Iterator[tuple]:
    """Yield a pair's rows of the table `EFFECTS`."""
    ratios = pair_ratios(found, methods.index(method), methods.index(against))
    for axes, share in decompose(ratios).items():
        one, other = (*(CHOICES[axis] for axis in axes), "")[:2]
        yield method, against, one, other, share


def _parts(grid: Grid, found: np.ndarray) -> Iterator[tuple[str, str, np.ndarray]]:
    """Yield the whole of an array with an axis for each choice, then each level of each choice."""
    yield "all", "", found
    for axis, levels in enumerate(grid):
        for level, part in zip(levels, np.moveaxis(found, axis, 0), strict=True):
            yield CHOICES[axis], str(level), part


def _quantiles(ratios: np.ndarray) -> np.ndarray:
    """Return quantiles of the ratios that are decided, each one that was found."""
    known = np.sort(ratios[~np.isnan(ratios)])
    if not len(known):
        return np.full(len(RATIO_SHARES), np.nan)
    places = np.ceil((np.array(RATIO_SHARES) - ROUNDING_SLACK) * len(known)).astype(int)
    return known[places - 1]


def _tuning_curve_table(
    problem: Problem,
    methods: dict[str, np.ndarray],
    times: Callable[[float, int], np.ndarray],
) -> pd.DataFrame:
    """Return the table `TUNING_CURVE`."""
    headline, budget = problem.sweep["headline"], problem.sweep["iterations"]
    halves = sorted_halves(times(headline["target"], headline["hold"]))
    runs = [times_within(half, budget) for half in halves]
    tried = numbers_tried([len(own) for own in methods.values()])
    blocks = []
    for split, (selecting, scoring) in zip(SPLITS, (runs, runs[::-1]), strict=True):
        found = method_scores(selecting, scoring, methods, "charged", tried)
        for method, scores in zip(methods, found.T, strict=True):
            columns = {"method": method, "settings_tried": tried, "split": split, "score": scores}
            blocks.append(pd.DataFrame(columns))
    table = pd.concat(blocks)[TUNING_CURVE.names]
    return table.sort_values([*TUNING_CURVE.order], ignore_index=True)
