"""Runtime distributions and performance profiles."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike


class StepFunction(NamedTuple):
    """A distribution as steps: from each `at` up to the next, the share does not change."""

    at: np.ndarray
    """Shape (steps,), ascending."""
    share: np.ndarray
    """Shape (steps,) or (steps, solvers), ascending."""


def runtime_distribution(times: ArrayLike) -> StepFunction:
    """Return the share of pairs of start and target that are met within so many iterations.

    Parameters
    ----------
    times : array_like of float, any shape, such as (starts, targets)
        Hitting times, infinite where a run never meets a target.

    Returns
    -------
    StepFunction
        From 0 iterations on; after the last step the share stays, below 1 where pairs are unmet.

    Raises
    ------
    ValueError
        If there is no pair, or a time is negative or NaN.

    References
    ----------
    Hansen, N., Auger, A., Brockhoff, D., Tušar, D. & Tušar, T. (2016). COCO: Performance
    assessment. arXiv:1605.03560, section on runtime distributions.
    """
    pairs = _checked_costs(times).ravel()
    at = np.unique(np.append(pairs[np.isfinite(pairs)], 0.0))
    return StepFunction(at, _share_within(pairs, at))


def performance_ratios(costs: ArrayLike) -> np.ndarray:
    """Return how many times the lowest cost on a problem each solver needs there.

    r(p, s) = t(p, s) / min over s of t(p, s). Ties for the lowest all have ratio 1. A failure has
    an infinite ratio, also where all fail. Where the lowest cost is 0, any other is infinitely
    many times that.

    Parameters
    ----------
    costs : array_like of float, shape (problems, solvers)
        Not negative; infinite for a failure.

    Returns
    -------
    numpy.ndarray of float64, shape (problems, solvers)
        1 or more.

    Raises
    ------
    ValueError
        If the shape is another or empty, or a cost is negative or NaN.

    References
    ----------
    Dolan, E. D. & Moré, J. J. (2002). Benchmarking optimization software with performance
    profiles. Mathematical Programming 91, 201-213, section 2.
    """
    table = _checked_costs(costs)
    if table.ndim != 2:
        raise ValueError(f"costs have shape {table.shape}, not (problems, solvers)")
    best = table.min(axis=1, keepdims=True)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        ratios = np.where(table == best, 1.0, table / best)
    return np.where(np.isinf(table), np.inf, ratios)


def performance_profiles(costs: ArrayLike) -> StepFunction:
    """Return the share of problems that each solver solves within τ times the lowest cost.

    ρ_s(τ) is the share of all problems, those that no solver solves included, with r(p, s) ≤ τ.
    ρ_s(1) is how often s is best, ties included; the last share is how often it succeeds.

    Parameters
    ----------
    costs : array_like of float, shape (problems, solvers)
        As of `performance_ratios`, with the same errors and source.

    Returns
    -------
    StepFunction
        τ from 1 on at which some share rises, and the shares, shape (steps, solvers).
    """
    ratios = performance_ratios(costs)
    at = np.unique(np.append(ratios[np.isfinite(ratios)], 1.0))
    return StepFunction(at, np.stack([_share_within(solver, at) for solver in ratios.T], axis=1))


def _checked_costs(costs: ArrayLike) -> np.ndarray:
    """Return costs as floats, if there are any and none is negative or NaN."""
    numbers = np.asarray(costs, dtype=float)
    if numbers.size == 0 or not (numbers >= 0.0).all():
        raise ValueError("costs are missing, negative or NaN")
    return numbers


def _share_within(values: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Return the share of values (n,) that do not exceed each of some points."""
    return np.searchsorted(np.sort(values), at, side="right") / len(values)
