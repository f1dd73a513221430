"""Runs for tests: given by their times, or drawn by hypothesis."""

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from descent.statistics.running_times import Runs

inf = np.inf


def runs_of(times, spent=100):
    """Return runs that needed these times; a failure spent the budget, or what is given."""
    times = np.asarray(times, dtype=float)
    reached = np.isfinite(times)
    return Runs(np.where(reached, times, spent).astype(int), reached)


@st.composite
def some_runs(draw, settings=None, starts=None):
    shape = [draw(st.integers(1, 7)) if n is None else n for n in (settings, starts)]
    shape = tuple(n for n in shape if n)
    iterations = draw(arrays(np.int64, shape, elements=st.integers(0, 50)))
    return Runs(iterations, draw(arrays(bool, shape)))


@st.composite
def two_settings(draw):
    starts = draw(st.integers(1, 8))
    return draw(some_runs(0, starts)), draw(some_runs(0, starts))
