"""The Wilson interval of a proportion."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

NORMAL_QUANTILE = 1.959963984540054  # of 97.5 %: computed, it depends on a system's logarithm


def proportion_interval(successes: ArrayLike, trials: ArrayLike) -> tuple[Any, Any]:
    """Return the Wilson score interval of 95 % of a proportion, or of each of several.

    Parameters
    ----------
    successes, trials : array_like of int
        What was counted, out of how many.

    Returns
    -------
    low, high : float or numpy.ndarray
        Ends of the interval, within 0 and 1.

    Raises
    ------
    ValueError
        If there were no trials, or more successes than trials.

    References
    ----------
    Wilson, E. B. (1927). Probable inference, the law of succession, and statistical inference.
    Journal of the American Statistical Association 22(158), 209-212.
    """
    successes, trials = np.asarray(successes), np.asarray(trials)
    if not ((successes >= 0) & (successes <= trials) & (trials > 0)).all():
        raise ValueError(f"{successes} successes of {trials} trials have no proportion")
    z = NORMAL_QUANTILE
    share = successes / trials
    centre = share + z * z / (2.0 * trials)
    spread = z * np.sqrt(share * (1.0 - share) / trials + z * z / (4.0 * trials * trials))
    scale = 1.0 + z * z / trials
    low = np.where(successes == 0, 0.0, (centre - spread) / scale)
    high = np.where(successes == trials, 1.0, (centre + spread) / scale)
    return low[()], high[()]
