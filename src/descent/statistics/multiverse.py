"""The multiverse: an answer under every protocol of a grid, and what survives them all.

Protocols are not independent: shares of them describe, they are no probabilities.

References
----------
Steegen, S., Tuerlinckx, F., Gelman, A. & Vanpaemel, W. (2016). Increasing transparency through a
multiverse analysis. Perspectives on Psychological Science 11(5), 702-712.
Simonsohn, U., Simmons, J. P. & Nelson, L. D. (2020). Specification curve analysis. Nature Human
Behaviour 4, 1208-1214.
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import combinations, product
from typing import NamedTuple

import numpy as np

from descent.statistics.answers import SPLITS, Protocol, method_scores, ratio, sorted_halves
from descent.statistics.running_times import times_within

CHOICES = Protocol._fields
ROBUST, MOSTLY = 0.95, 0.75  # shares of the protocols that decide a statement


class Grid(NamedTuple):
    """The protocols of a multiverse: all combinations, in the order of `Protocol`."""

    targets: Sequence[float]
    holds: Sequence[int]
    budgets: Sequence[int]
    criteria: Sequence[str]
    trials: Sequence[int]
    splits: Sequence[str] = SPLITS

    @property
    def shape(self) -> tuple[int, ...]:
        """How many levels each choice has."""
        return tuple(map(len, self))

    def protocols(self) -> list[Protocol]:
        """Return every protocol, the last choice the quickest to change."""
        return [Protocol(*levels) for levels in product(*self)]


def scores_of_multiverse(
    times: Callable[[float, int], np.ndarray], methods: Mapping[str, np.ndarray], grid: Grid
) -> np.ndarray:
    """Return what each method scores under every protocol of a grid.

    Parameters
    ----------
    times : callable
        (target, hold) → hitting times, shape (settings, starts), as of
        `descent.statistics.answers.answer`.
    methods : Mapping
        Of each method the indices of its settings.
    grid : Grid
        The protocols.

    Returns
    -------
    numpy.ndarray of float64, shape (targets, holds, budgets, criteria, trials, splits, methods)
        In iterations; each is the `descent.statistics.answers.answer`.
    """
    found = np.empty((*grid.shape, len(methods)))
    for (i, target), (j, hold) in product(enumerate(grid.targets), enumerate(grid.holds)):
        halves = dict(zip(SPLITS, sorted_halves(times(target, hold)), strict=True))
        for k, budget in enumerate(grid.budgets):
            runs = {split: times_within(half, budget) for split, half in halves.items()}
            for (m, criterion), (n, split) in product(
                enumerate(grid.criteria), enumerate(grid.splits)
            ):
                (other,) = set(SPLITS) - {split}
                found[i, j, k, m, :, n] = method_scores(
                    runs[split], runs[other], methods, criterion, grid.trials
                )
    return found


class Share(NamedTuple):
    """In what share of the protocols that decide it a statement holds."""

    share: float
    """NaN where none decides it."""
    decided: int
    """Protocols that do."""


def share_faster(ratios: np.ndarray) -> Share:
    """Return in what share of protocols a ratio of scores is below 1; NaN is undecided."""
    decided = int((~np.isnan(ratios)).sum())
    return Share(float((ratios < 1.0).sum() / decided) if decided else np.nan, decided)


def shares_first(found: np.ndarray) -> tuple[np.ndarray, int]:
    """Return in what share of protocols each method has the lowest score, and how many decide it.

    Parameters
    ----------
    found : numpy.ndarray, shape (..., methods)
        Scores; methods of the same lowest one share it, and none is first where all are infinite.

    Returns
    -------
    shares : numpy.ndarray, shape (methods,)
        NaN where no protocol decides.
    decided : int
        Protocols under which a score is finite.
    """
    table = found.reshape(-1, found.shape[-1])
    lowest = table.min(axis=1, keepdims=True)
    is_first = (table == lowest) & np.isfinite(lowest)
    decided = int(np.isfinite(lowest).sum())
    if not decided:
        return np.full(table.shape[1], np.nan), 0
    parts = is_first / np.maximum(is_first.sum(axis=1, keepdims=True), 1)
    return parts.sum(axis=0) / decided, decided


def robustness_of(share: float) -> str:
    """Return how a statement of this share holds: `robust`, `mostly`, `protocol` or `undecided`.

    A share below a half is that of the statement's opposite, which is judged in its place.
    """
    if np.isnan(share):
        return "undecided"
    larger = max(share, 1.0 - share)
    return "robust" if larger >= ROBUST else "mostly" if larger >= MOSTLY else "protocol"


def flips(shares: Sequence[Share]) -> bool:
    """Tell whether a statement holds in half or more at one level of a choice, else in less."""
    known = [one.share for one in shares if one.decided]
    return bool(known) and max(known) >= 0.5 > min(known)


def decompose(ratios: np.ndarray) -> dict[tuple[int, ...], float]:
    """Decompose the variation of who is faster into the choices that a protocol makes.

    The sign of the ratio's logarithm, 0 where it is undecided, varies over the full grid. Each
    choice's main effect, and each pair's interaction, has a share of its sum of squares.

    Parameters
    ----------
    ratios : numpy.ndarray
        An axis for each choice.

    Returns
    -------
    dict
        Share of the sum of squares of one axis, (i,), or of two, (i, j); 0 where nothing varies.

    References
    ----------
    Fisher, R. A. (1925). Statistical methods for research workers. Oliver & Boyd, chapter VIII.
    """
    sign = np.where(np.isnan(ratios), 0.0, np.sign(ratios - 1.0))
    axes = range(sign.ndim)
    centred = sign - sign.mean()
    whole = (centred**2).sum()

    def effect(*kept: int) -> np.ndarray:
        return centred.mean(axis=tuple(axis for axis in axes if axis not in kept), keepdims=True)

    def share(term: np.ndarray) -> float:
        return float((term**2).sum() * (sign.size / term.size) / whole) if whole else 0.0

    found: dict[tuple[int, ...], float] = {(i,): share(effect(i)) for i in axes}
    for i, j in combinations(axes, 2):
        found[i, j] = share(effect(i, j) - effect(i) - effect(j))
    return found


def pair_ratios(found: np.ndarray, first: int, second: int) -> np.ndarray:
    """Return the ratios of two methods' scores, an axis for each choice."""
    return ratio(found[..., first], found[..., second])
