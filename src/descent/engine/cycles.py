"""Cycles: runs that come back to where they were, and so never end."""

from collections.abc import Callable

import numpy as np

from descent.core.statuses import DIVERGED
from descent.engine.ladders import ladder_of

# A run cycles if, run on, it comes back with its state unchanged, within this share of the way it
# went in between, and that way is no noise of rounding.
LONGEST_PERIOD = 8
CYCLE_CLOSENESS = 1e-9
CYCLE_NOISE = 1e-8


def cycle_periods(
    run: Callable, point: np.ndarray, state: np.ndarray, settings: np.ndarray
) -> np.ndarray:
    """Run on, and return after how many updates each run is back.

    Parameters
    ----------
    run : callable
        (point, state, settings, budget, ladder) → `descent.engine.numpy_engine.FinalStates`.
    point, state, settings
        As in `descent.engine.numpy_engine.run_in_numpy`.

    Returns
    -------
    numpy.ndarray of int, shape (runs,)
        The period; 0 for runs that do not cycle.
    """
    start = (point, *state)
    later = []
    stays = np.ones(point.shape[1], bool)
    for _ in range(LONGEST_PERIOD):
        final = run(point, state, settings, 1, ladder_of(0.0, None))
        point, state = final.point, final.state
        stays &= final.status != DIVERGED
        later.append((point, *state))
    with np.errstate(all="ignore"):
        # How far each part, the point and the numbers of state, is from where it was.
        away = np.array(
            [[_largest_size(a - b) for a, b in zip(there, start, strict=True)] for there in later]
        )
        spread = away.max(axis=0)
        returned = (away <= CYCLE_CLOSENESS * spread).all(axis=1)
        moves = spread[0] > CYCLE_NOISE * (1.0 + _largest_size(start[0]))
    return np.where(stays & moves & returned.any(axis=0), returned.argmax(axis=0) + 1, 0)


def _largest_size(points: np.ndarray) -> np.ndarray:
    """Return each run's largest coordinate in size."""
    return np.abs(points).max(axis=0, initial=0.0)
