"""The Wilson interval: scipy's, and how often it covers the rate."""

import numpy as np
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


@pytest.mark.parametrize("trials", [8, 50, 1000])
def test_coverage_is_nominal_on_average_over_the_rate_and_not_at_each(trials):
    rates = (np.arange(400) + 0.5) / 400
    counts = np.arange(trials + 1)
    low, high = proportion_interval(counts, np.full_like(counts, trials))
    chances = stats.binom.pmf(counts, trials, rates[:, np.newaxis])
    covers = (low <= rates[:, np.newaxis]) & (rates[:, np.newaxis] <= high)
    coverage = (chances * covers).sum(axis=1)
    assert abs(coverage.mean() - 0.95) < 0.005
    assert coverage.min() < 0.945
