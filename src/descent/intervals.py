"""Intervals of confidence."""

import math
from statistics import NormalDist


def proportion_interval(
    successes: int, trials: int, confidence: float = 0.95
) -> tuple[float, float]:
    """Return the score interval of a proportion.

    Parameters
    ----------
    successes, trials : int
        What was counted, out of how many.
    confidence : float
        Level of confidence.

    Returns
    -------
    low, high : float
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
    if not 0 <= successes <= trials or trials == 0:
        raise ValueError(f"{successes} successes of {trials} trials have no proportion")
    z = NormalDist().inv_cdf(0.5 + confidence / 2.0)
    share = successes / trials
    centre = share + z * z / (2.0 * trials)
    spread = z * math.sqrt(share * (1.0 - share) / trials + z * z / (4.0 * trials * trials))
    scale = 1.0 + z * z / trials
    return max(0.0, (centre - spread) / scale), min(1.0, (centre + spread) / scale)
