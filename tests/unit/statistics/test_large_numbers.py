"""Means and medians near the largest double."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from descent.statistics.large_numbers import without_overflow

LARGEST = float(np.finfo(float).max)


@pytest.mark.parametrize("statistic", [np.mean, np.median])
def test_the_largest_numbers_have_a_statistic(statistic):
    assert without_overflow(statistic, [LARGEST, LARGEST]) == LARGEST
    assert without_overflow(statistic, [LARGEST, 0.0]) == LARGEST / 2
    assert without_overflow(statistic, [LARGEST] * 6) == pytest.approx(LARGEST)


@given(values=st.lists(st.floats(1e-200, 1e200) | st.just(0.0), min_size=1, max_size=9))
def test_other_numbers_have_the_bits_that_they_had(values):
    for statistic in (np.mean, np.median):
        assert without_overflow(statistic, values) == statistic(values)
