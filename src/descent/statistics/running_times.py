"""Running times of runs that may not reach their target: ERT, success, quantiles."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

QUARTILE_SHARES = (0.25, 0.5, 0.75)
RUNS_AT_ONCE = 1 << 20  # held in memory, where they are worked on in blocks
ROUNDING_SLACK = 1e-9  # by which rounding may lift a share over a step that it should meet


@dataclass(frozen=True, eq=False)
class Runs:
    """Runs of a method: what they cost, and whether they reached the target.

    Attributes
    ----------
    iterations : numpy.ndarray of int, shape (..., starts)
        Hitting time of the target; otherwise updates done.
    reached : numpy.ndarray of bool, shape (..., starts)
        Whether it was met.

    Raises
    ------
    ValueError
        If the shapes differ, there is no run, or an entry is not a number of updates.
    """

    iterations: np.ndarray
    reached: np.ndarray

    def __post_init__(self) -> None:
        """Refuse what are not runs."""
        if self.iterations.shape != self.reached.shape or self.reached.size == 0:
            shapes = f"{self.iterations.shape} and {self.reached.shape}"
            raise ValueError(f"iterations and reached have shapes {shapes}: not one, or empty")
        if self.reached.dtype != bool or self.iterations.dtype.kind not in "iu":
            kinds = f"{self.iterations.dtype} and {self.reached.dtype}"
            raise ValueError(f"iterations and reached are {kinds}, not integers and bool")
        if self.iterations.min() < 0:
            raise ValueError(f"{self.iterations.min()} iterations: a run does 0 or more")

    @property
    def times(self) -> np.ndarray:
        """Hitting times, infinite where the target was not reached; shape (..., starts)."""
        return np.where(self.reached, self.iterations, np.inf)

    def at(self, setting: int) -> "Runs":
        """Return one setting's runs, from shape (settings, starts) to (starts,)."""
        return Runs(self.iterations[setting], self.reached[setting])


class Score(NamedTuple):
    """How good hyperparameter settings are."""

    expected_running_time: np.ndarray
    """Shape (...)."""
    expected_running_time_charged: np.ndarray
    """The same, but a failure costs the whole budget; shape (...)."""
    success_rate: np.ndarray
    """Shape (...)."""
    quartiles: np.ndarray
    """Iterations in which a quarter, half and three quarters reach the target, (3, ...)."""

    def at(self, settings: np.ndarray) -> "Score":
        """Return the score of some of the settings."""
        return Score(*(column[..., settings] for column in self))


def score(runs: Runs, budget: int) -> Score:
    """Return every setting's score, from runs of shape (..., starts) with the same budget."""
    spent = np.where(runs.reached, runs.iterations.astype(np.int64), budget)  # they may be narrow
    return Score(
        expected_running_time(runs),
        expected_running_time(Runs(spent, runs.reached)),
        success_rate(runs),
        quantiles(runs),
    )


def expected_running_time(runs: Runs) -> np.ndarray:
    """Return the expected running time (ERT): iterations spent, failures included, per success.

    It is what a method costs that is restarted from a random start until it succeeds. A failure
    costs what it spent: a run that diverges early is cheap, one that creeps costs its budget.

    Parameters
    ----------
    runs : Runs
        Shape (..., starts).

    Returns
    -------
    numpy.ndarray of float64, shape (...)
        In iterations; infinite without any success.

    References
    ----------
    Hansen, N., Auger, A., Brockhoff, D., Tušar, D. & Tušar, T. (2016). COCO: Performance
    assessment. arXiv:1605.03560, section on the average runtime (there aRT, before that ERT).
    Auger, A. & Hansen, N. (2005). Performance evaluation of an advanced local search evolutionary
    algorithm. IEEE Congress on Evolutionary Computation, 1777-1784.
    """
    spent = runs.iterations.sum(axis=-1, dtype=np.int64)
    successes = runs.reached.sum(axis=-1)
    return np.where(successes > 0, spent / np.maximum(successes, 1), np.inf)[()]


def success_rate(runs: Runs) -> np.ndarray:
    """Return the share of runs that reached the target, shape (...)."""
    return runs.reached.mean(axis=-1)


def quantiles(runs: Runs, shares: Sequence[float] = QUARTILE_SHARES) -> np.ndarray:
    """Return after how many iterations given shares of the runs have reached the target.

    The q-quantile is the time of the ⌈q·starts⌉-th run, so that it is always a time that was
    seen, or infinite: "not reached". The median of an even number is the lower of the two in the
    middle.

    Parameters
    ----------
    runs : Runs
        Shape (..., starts).
    shares : sequence of float
        Of the runs, each above 0 and at most 1.

    Returns
    -------
    numpy.ndarray of float64, shape (shares, ...)
        In iterations; infinite where fewer than this share reached the target.

    Raises
    ------
    ValueError
        If a share is not above 0 and at most 1.

    References
    ----------
    Hyndman, R. J. & Fan, Y. (1996). Sample quantiles in statistical packages. The American
    Statistician 50(4), 361-365, definition 1.
    """
    times = runs.times
    indices = ranks(times.shape[-1], shares)
    times.partition(indices, axis=-1)
    return np.moveaxis(times[..., indices], -1, 0)


def ranks(count: int, shares: Sequence[float]) -> np.ndarray:
    """Return the indices, among so many sorted numbers, of the quantiles of `quantiles`."""
    wanted = np.asarray(shares, dtype=float)
    if not ((wanted > 0.0) & (wanted <= 1.0)).all():
        raise ValueError(f"shares {list(shares)} are not all above 0 and at most 1")
    return np.maximum(np.ceil((wanted - ROUNDING_SLACK) * count).astype(int), 1) - 1
