"""The Wilson interval: scipy's."""

import pytest
from numpy.testing import assert_allclose
from scipy import stats

from descent.statistics.wilson import proportion_interval


@pytest.mark.parametrize(
    ("successes", "trials"),
    [(0, 1), (1, 1), (0, 10), (1, 10), (3, 10), (9, 10), (10, 10), (6977, 10_000)],
)
def test_the_interval_is_wilsons(successes, trials):
    expected = stats.binomtest(successes, trials).proportion_ci(0.95, "wilson")
    found = proportion_interval(successes, trials)
    assert_allclose(found, (expected.low, expected.high), atol=1e-12)


@pytest.mark.parametrize(("successes", "trials"), [(0, 0), (-1, 3), (4, 3), ([1, 4], [3, 3])])
def test_impossible_counts_are_refused(successes, trials):
    with pytest.raises(ValueError, match="have no proportion"):
        proportion_interval(successes, trials)
