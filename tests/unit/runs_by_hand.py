"""Hitting times for tests: given by hand or drawn by hypothesis, and answers about them by hand.

The answers are the definitions themselves, in fractions and with every draw of settings written
out: nothing of them is taken from the package.
"""

from fractions import Fraction
from itertools import combinations
from math import inf

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

NEVER = int(np.iinfo(np.int16).max)


def times_of(times):
    """Return times as whole numbers, where infinity is never."""
    times = np.asarray(times, float)
    return np.where(np.isfinite(times), times, NEVER).astype(np.int16)


@st.composite
def some_times(draw, settings=None, starts=None, latest=6, ascending=False):
    """Draw a table of hitting times with many ties, and a budget that some of them exceed."""
    shape = [draw(st.integers(1, 5)) if n is None else n for n in (settings, starts)]
    one = st.sampled_from([*range(latest + 1), NEVER])
    times = draw(arrays(np.int16, tuple(shape), elements=one))
    return (np.sort(times) if ascending else times), draw(st.integers(0, latest))


def whole_numbers(row):
    """Return a row of times as Python's numbers, of which any sum is exact."""
    return [int(time) for time in row]


# ── The criteria ─────────────────────────────────────────────────────────────────────────────


def score_by_hand(row, budget, criterion):
    """Score the runs of a setting, or of several alike."""
    times = [time if time <= budget else inf for time in whole_numbers(row)]
    reached = [time for time in times if time <= budget]
    failures = len(times) - len(reached)
    if not reached:
        return inf
    if criterion == "charged":
        return Fraction(sum(reached) + failures * budget, len(reached))
    if criterion == "par10":
        return Fraction(sum(reached) + failures * 10 * budget, len(times))
    return sorted(times)[(len(times) - 1) // 2]


def merit_by_hand(row, budget, criterion):
    """Return what settings are ranked by, before their order; less is better."""
    failures = sum(time > budget for time in whole_numbers(row))
    return score_by_hand(row, budget, criterion), failures, score_by_hand(row, budget, "median")


def ranking_by_hand(table, budget, criterion):
    """Return the settings of a table, the best first."""
    return sorted(range(len(table)), key=lambda i: (*merit_by_hand(table[i], budget, criterion), i))


# ── Answers ──────────────────────────────────────────────────────────────────────────────────


def answer_by_hand(table, methods, protocol):
    """Draw settings in every possible way, and put all runs of those selected into one pot."""
    _, _, budget, criterion, trials, split = protocol
    middle = len(table[0]) // 2
    halves = [[row[:middle] for row in table], [row[middle:] for row in table]]
    selecting, scoring = halves if split == "first" else halves[::-1]
    found = []
    for own in methods.values():
        order = [own[i] for i in ranking_by_hand([selecting[i] for i in own], budget, criterion)]
        tried = min(trials, len(own)) if trials else len(own)
        winners = [min(drawn, key=order.index) for drawn in combinations(own, tried)]
        pot = np.concatenate([scoring[setting] for setting in winners])
        found.append(score_by_hand(pot, budget, criterion))
    return found
