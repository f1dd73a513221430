"""The ladder of a run: which targets it is to be held to, and for how many iterations."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

NEVER = -1
"""The hitting time of a target that a run does not reach."""


class Ladder(NamedTuple):
    """What hitting times are asked for.

    The hitting time of a target and a hold is the first iteration from which the value is at most
    the target's for `hold` iterations in a row; it is within the budget, its window need not end
    there. A run goes on until the hardest target has been held longest.
    """

    values: np.ndarray
    """Values of the objective, from the easiest target's to the hardest's."""
    holds: np.ndarray
    """Iterations, rising."""
    target: int = 0
    hold: int = 0
    """Indices of the target and the hold by which a run has reached its target."""


def ladder_of(
    minimum: float,
    target: float | None,
    hold: int = 1,
    targets: Sequence[float] = (),
    holds: Sequence[int] = (),
) -> Ladder:
    """Return the ladder of some targets, as distances from the minimum.

    Parameters
    ----------
    minimum : float
        Smallest value of the objective.
    target : float or None
        What a run is to reach; None if nothing.
    hold : int
        For how many iterations in a row it is to stay there.
    targets, holds : sequence, optional
        Whose hitting times are asked for as well.

    Raises
    ------
    ValueError
        If a target is NaN, or a hold less than 1.
    """
    wanted = [one for one in (target, *targets) if one is not None]
    for one in wanted:
        if np.isnan(one):
            raise ValueError(f"target = {one} must be a number")
    for one in (hold, *holds):
        if one < 1:
            raise ValueError(f"hold = {one} must be at least 1")
    if not wanted:
        return Ladder(np.array([-np.inf]), np.array([1]))
    falling, rising = sorted({*wanted}, reverse=True), sorted({hold, *holds})
    return Ladder(
        minimum + np.array(falling, float),
        np.array(rising),
        falling.index(wanted[0]),
        rising.index(hold),
    )
