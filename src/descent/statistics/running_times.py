"""Running times of runs that may not reach their target, and the criteria that score them."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from descent.core.criteria import CRITERIA

QUARTILE_SHARES = (0.25, 0.5, 0.75)
PENALTY = 10  # of par10: a failure counts as so many budgets
ROUNDING_SLACK = 1e-9  # by which rounding may lift a share over a step that it should meet


class RunningTimes(NamedTuple):
    """Runs of settings from the same starts, within a budget; sums are exact whole numbers."""

    times: np.ndarray
    """Hitting times, ascending for each setting, shape (settings, starts); what exceeds the budget
    is a failure."""
    budget: int
    successes: np.ndarray
    """Shape (settings,)."""
    spent: np.ndarray
    """Sum of the successes' hitting times, shape (settings,)."""

    @property
    def failures(self) -> np.ndarray:
        """How many runs do not reach the target, shape (settings,)."""
        return self.times.shape[1] - self.successes

    @property
    def charged_cost(self) -> np.ndarray:
        """Iterations of all runs, a failure charged the budget, shape (settings,)."""
        return self.spent + self.failures * self.budget

    @property
    def penalised_cost(self) -> np.ndarray:
        """Iterations of all runs, a failure counted as ten budgets, shape (settings,)."""
        return self.spent + self.failures * (PENALTY * self.budget)

    def at(self, settings: np.ndarray | slice) -> "RunningTimes":
        """Return those of some of the settings."""
        return RunningTimes(
            self.times[settings], self.budget, self.successes[settings], self.spent[settings]
        )


def never_of(dtype: np.dtype) -> int:
    """Return what stands for the time of a target that is never reached: the largest number."""
    return int(np.iinfo(dtype).max)


def times_within(times: np.ndarray, budget: int) -> RunningTimes:
    """Sum up hitting times within a budget.

    Parameters
    ----------
    times : numpy.ndarray of int, shape (settings, starts)
        Ascending along each row; `never_of` its type where a target is never reached.
    budget : int
        In iterations.

    Raises
    ------
    ValueError
        If there are no starts, or the budget is no time that the numbers can tell from never.
    """
    if times.ndim != 2 or times.shape[1] == 0:
        raise ValueError(f"times have shape {times.shape}, not (settings, starts)")
    if not 0 <= budget < never_of(times.dtype):
        raise ValueError(f"budget {budget} is beyond what {times.dtype} can hold")
    within = times <= budget
    spent = np.where(within, times, 0).sum(axis=1, dtype=np.int64)
    return RunningTimes(times, budget, within.sum(axis=1), spent)


def scores(runs: RunningTimes, criterion: str) -> np.ndarray:
    """Score each setting by a criterion; lower is better.

    With c the cost of a run, its hitting time or else the budget b, and s its success:

    - charged: Σc / Σs, the expected running time of restarts until one succeeds. It is COCO's ERT
      where a failure spends its budget (Hansen et al. 2016), and so charges a run that diverges at
      once, which costs its user the setting's choice, as much as one that creeps.
    - par10: the mean time, a failure counted as 10 b (the penalised average runtime of algorithm
      configuration; Bischl et al. 2016). With PAR k and a success rate p the same mean is
      E[time | success] p + k b (1 - p), where charged divides E[time | success] p + b (1 - p)
      by p.
    - median: the lower median time, failures infinite.

    Parameters
    ----------
    runs : RunningTimes
        Of the settings.
    criterion : {'charged', 'par10', 'median'}
        As above.

    Returns
    -------
    numpy.ndarray of float64, shape (settings,)
        In iterations; infinite without any success.

    Raises
    ------
    ValueError
        If the criterion is unknown.

    References
    ----------
    Hansen, N., Auger, A., Brockhoff, D., Tušar, D. & Tušar, T. (2016). COCO: Performance
    assessment. arXiv:1605.03560, section on the average runtime.
    Bischl, B. et al. (2016). ASlib: a benchmark library for algorithm selection. Artificial
    Intelligence 237, 41-58, section 2.
    """
    if criterion == "charged":
        found = runs.charged_cost / np.maximum(runs.successes, 1)
    elif criterion == "par10":
        found = runs.penalised_cost / runs.times.shape[1]
    elif criterion == "median":
        return quantiles(runs, [0.5])[0]
    else:
        raise ValueError(f"criterion = {criterion!r} must be one of {', '.join(CRITERIA)}")
    return np.where(runs.successes > 0, found, np.inf)


def mixture_scores(runs: RunningTimes, weights: np.ndarray, criterion: str) -> np.ndarray:
    """Score what is run with each setting with some probability.

    With weights p, success rates s and mean costs c of the settings, charged is Σpc / Σps, par10
    the mean Σp·par10, and the median that of all times together, a time of setting i weighted by
    pᵢ. A mean over settings of their scores would be infinite as soon as one of them never
    reaches, however improbable it is.

    Parameters
    ----------
    runs : RunningTimes
        Of the settings.
    weights : numpy.ndarray, shape (mixtures, settings)
        Each row's sum is 1.
    criterion : {'charged', 'par10', 'median'}
        As of `scores`.

    Returns
    -------
    numpy.ndarray of float64, shape (mixtures,)
        In iterations; infinite where nothing that may be run has any success.
    """
    starts = runs.times.shape[1]
    successes = _sum_in_order(weights * runs.successes)
    if criterion == "median":
        found = _mixture_medians(runs, weights)
    elif criterion == "par10":
        found = _sum_in_order(weights * runs.penalised_cost) / starts
    else:
        cost = _sum_in_order(weights * runs.charged_cost)
        found = cost / np.where(successes > 0.0, successes, 1.0)
    return np.where(successes > 0.0, found, np.inf)


def quantiles(runs: RunningTimes, shares: Sequence[float] = QUARTILE_SHARES) -> np.ndarray:
    """Return after how many iterations given shares of the runs have reached the target.

    The q-quantile is the time of the ⌈q·starts⌉-th run, so that it is always a time that was
    seen, or infinite: "not reached". The median of an even number is the lower of the two in the
    middle.

    Parameters
    ----------
    runs : RunningTimes
        Of the settings.
    shares : sequence of float
        Of the runs, each above 0 and at most 1.

    Returns
    -------
    numpy.ndarray of float64, shape (shares, settings)
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
    found = runs.times[:, ranks(runs.times.shape[1], shares)].T
    return np.where(found <= runs.budget, found, np.inf)


def ranks(count: int, shares: Sequence[float]) -> np.ndarray:
    """Return the indices, among so many sorted numbers, of the quantiles of `quantiles`."""
    wanted = np.asarray(shares, dtype=float)
    if not ((wanted > 0.0) & (wanted <= 1.0)).all():
        raise ValueError(f"shares {list(shares)} are not all above 0 and at most 1")
    return np.maximum(np.ceil((wanted - ROUNDING_SLACK) * count).astype(int), 1) - 1


def _mixture_medians(runs: RunningTimes, weights: np.ndarray) -> np.ndarray:
    """Return the least time within which half of each mixture's runs have reached, or infinity."""
    half = (0.5 - ROUNDING_SLACK) * runs.times.shape[1]

    def has_half(time: int, weight: np.ndarray) -> bool:
        used = weight > 0.0
        within = (runs.times[used] <= time).sum(axis=1)
        return bool(_sum_in_order(weight[used] * within) >= half)

    found = np.full(len(weights), np.inf)
    for i, weight in enumerate(weights):
        low, high = 0, runs.budget
        if has_half(high, weight):
            while low < high:
                middle = (low + high) // 2
                low, high = (low, middle) if has_half(middle, weight) else (middle + 1, high)
            found[i] = high
    return found


def _sum_in_order(terms: np.ndarray) -> np.ndarray:
    """Add along the last axis, one after the other: the same bits on every machine."""
    return np.cumsum(terms, axis=-1)[..., -1]
