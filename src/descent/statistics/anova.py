"""The two-way ANOVA decomposition of success into settings and starts."""

import math
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np


class Decomposition(NamedTuple):
    """Shares of a variance. They sum to 1, or to 0 where nothing varies."""

    setting: float
    start: float
    interaction: float
    """What neither explains alone: some settings fail on some starts."""


def two_way_decomposition(by_setting: np.ndarray, by_start: np.ndarray) -> Decomposition:
    """Decompose the variation of success into settings, starts and what they do together.

    In the two-way table y(i, j) of I settings and J starts, 1 for a success and 0 for none, with
    means over a dotted index,
    Σ(y - y..)² = J·Σ(y_i. - y..)² + I·Σ(y_.j - y..)² + Σ(y - y_i. - y_.j + y..)²,
    and the shares are those of the three sums. Since y² = y, they follow from the numbers of
    successes R of settings, C of starts and T of all: I·J times the sums are I·ΣR² - T²,
    J·ΣC² - T² and what is left of I·J·T - T². These are whole numbers, so that nothing is
    rounded but the shares.

    They describe this table exactly. Pure noise gives settings a share of (I-1)/(IJ-1) and starts
    one of (J-1)/(IJ-1), which with few of them is not small: see `beyond_chance`.

    Parameters
    ----------
    by_setting, by_start : numpy.ndarray of int, shapes (settings,) and (starts,)
        How many starts each setting succeeds from, and how many settings from each start.

    Returns
    -------
    Decomposition
        Shares of the total sum of squares.

    Raises
    ------
    ValueError
        If these are not the margins of one table.

    References
    ----------
    Fisher, R. A. (1925). Statistical methods for research workers. Oliver & Boyd, chapter VII.
    """
    settings, starts = len(by_setting), len(by_start)
    total = int(by_setting.sum())
    fit = total == by_start.sum() and settings and starts
    if not (fit and by_setting.max() <= starts and by_start.max() <= settings):
        raise ValueError("successes by setting and by start are not those of one table")
    setting = settings * _sum_of_squares(by_setting) - total * total
    start = starts * _sum_of_squares(by_start) - total * total
    whole = settings * starts * total - total * total
    if whole == 0:
        return Decomposition(0.0, 0.0, 0.0)
    return Decomposition(setting / whole, start / whole, (whole - setting - start) / whole)


def beyond_chance(
    decomposition: Mapping[str, float], settings: int, starts: int
) -> dict[str, float] | None:
    """Take from the shares of a variance what chance alone would give them.

    The shares of I settings and J starts hold noise in proportion to their degrees of freedom,
    I - 1 and J - 1: with many starts, theirs is large where nothing but a coin decides. What a
    degree of freedom has by chance, e, is seen in the interaction, which has (I-1)(J-1) of them.
    Without it there remain s - (I-1)e of a setting's share s, and t - (J-1)e of a start's t: these
    are the numerators of ω². Where a share has df degrees of freedom and λe remain of it, its
    standard deviation is about e·√(2df + 4λ), as of a noncentral χ².

    Parameters
    ----------
    decomposition : Mapping
        Shares `setting`, `start` and `interaction`, as of `two_way_decomposition`.
    settings, starts : int
        I and J.

    Returns
    -------
    dict or None
        What remains of `setting` and `start`, not below 0, and the `spread` of their difference,
        one standard deviation; None where there is one setting or one start, or nothing varies.

    References
    ----------
    Hays, W. L. (1963). Statistics for psychologists. Holt, Rinehart & Winston: ω².
    Olejnik, S. & Algina, J. (2003). Generalized eta and omega squared statistics. Psychological
    Methods 8(4), 434-447.
    """
    shares = {name: decomposition[name] for name in Decomposition._fields}
    if min(settings, starts) < 2 or not sum(shares.values()):
        return None
    freedoms = {"setting": settings - 1, "start": starts - 1}
    chance = max(shares["interaction"], 0.0) / math.prod(freedoms.values())
    remaining = {name: max(shares[name] - df * chance, 0.0) for name, df in freedoms.items()}
    squares = 2.0 * sum(freedoms.values()) * chance**2 + 4.0 * chance * sum(remaining.values())
    return remaining | {"spread": math.sqrt(squares)}


def _sum_of_squares(counts: np.ndarray) -> int:
    return int((counts.astype(np.int64) ** 2).sum())
