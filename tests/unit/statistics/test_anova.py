"""The two-way decomposition: cases worked by hand, scipy, and chance."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis.extra.numpy import arrays
from numpy.testing import assert_allclose
from scipy import stats

from descent.statistics.anova import Decomposition, beyond_chance, two_way_decomposition


def decomposition_of(reached):
    """Decompose a table of successes, from its margins."""
    table = np.array(reached)
    return two_way_decomposition(table.sum(axis=1), table.sum(axis=0))


def test_a_decomposition_by_hand():
    # Means 1/3 and 1 of rows, 1, 1/2, 1/2 of columns, 2/3 of all. Between rows 3·2·(1/3)² = 2/3,
    # between columns 2·((1/3)² + 2·(1/6)²) = 1/3, in all 4·(1/3)² + 2·(2/3)² = 4/3.
    assert_allclose(decomposition_of([[1, 0, 0], [1, 1, 1]]), (1 / 2, 1 / 4, 1 / 4), rtol=1e-15)


def test_failures_of_the_start_and_of_the_setting_are_told_apart():
    by_start = np.array([[1, 0, 1, 0]] * 3)
    assert decomposition_of(by_start) == Decomposition(0, 1, 0)
    assert decomposition_of(by_start.T) == Decomposition(1, 0, 0)
    assert decomposition_of([[1, 0], [0, 1]]) == Decomposition(0, 0, 1)


def test_where_all_or_none_succeed_nothing_varies():
    for reached in (np.ones((3, 4), int), np.zeros((3, 4), int), [[1]], [[0]]):
        assert decomposition_of(reached) == Decomposition(0, 0, 0)


def test_one_setting_leaves_all_to_the_starts_and_one_start_to_the_settings():
    assert decomposition_of([[1, 0, 1]]) == Decomposition(0, 1, 0)
    assert decomposition_of([[1], [0], [1]]) == Decomposition(1, 0, 0)


@given(arrays(bool, (4, 6)))
def test_shares_are_those_of_scipys_one_way_analysis(reached):
    found = decomposition_of(reached)
    if np.ptp(reached.astype(int)) == 0:
        assert found == Decomposition(0, 0, 0)
        return
    assert_allclose(sum(found), 1)
    assert_allclose(found, decomposition_of(~reached), atol=1e-15)
    outcomes = reached.astype(float)
    for share, groups in ((found.setting, outcomes), (found.start, outcomes.T)):
        if share > 1 - 1e-9:
            continue  # its F is infinite
        between, within = len(groups) - 1, outcomes.size - len(groups)
        f = stats.f_oneway(*groups).statistic
        assert_allclose(share / (1 - share) * within / between, f, atol=1e-9)


def test_noise_is_shared_as_the_documentation_says():
    rng = np.random.default_rng(5)
    mean = np.mean([decomposition_of(rng.random((4, 5)) < 0.5) for _ in range(3000)], axis=0)
    assert_allclose(mean, np.array([3, 4, 12]) / 19, atol=0.01)


@pytest.mark.parametrize(
    ("by_setting", "by_start"),
    [
        ([1, 2], [1, 1]), ([3], [1, 1]), ([1, 1], [0, 3]), ([], []), ([], [0]), ([0], []),
        ([3, 0], [1, 2]), ([1, 2], [3, 0]),  # the same in all, yet more than there are
    ],
)  # fmt: skip
def test_what_are_not_margins_of_a_table_is_refused(by_setting, by_start):
    with pytest.raises(ValueError, match="not those of one table"):
        two_way_decomposition(np.array(by_setting, int), np.array(by_start, int))


def test_beyond_chance_by_hand():
    # Three settings and four starts: 2, 3 and 6 degrees of freedom, each worth 0.3/6 by chance.
    shares = {"setting": 0.5, "start": 0.2, "interaction": 0.3}
    found = beyond_chance(shares, 3, 4)
    spread = np.sqrt(2 * 5 * 0.05**2 + 4 * 0.05 * (0.4 + 0.05))
    assert found == pytest.approx({"setting": 0.4, "start": 0.05, "spread": spread})


def test_less_than_chance_would_give_leaves_nothing():
    # Two settings and ten starts: 1, 9 and 9 degrees of freedom, each worth 0.4/9 by chance.
    found = beyond_chance({"setting": 0.01, "start": 0.59, "interaction": 0.4}, 2, 10)
    spread = np.sqrt(2 * 10 * (0.4 / 9) ** 2 + 4 * 0.4 / 9 * 0.19)
    assert found == pytest.approx({"setting": 0.0, "start": 0.19, "spread": spread})
    turned = beyond_chance({"setting": 0.59, "start": 0.01, "interaction": 0.4}, 10, 2)
    assert turned == pytest.approx({"setting": 0.19, "start": 0.0, "spread": spread})


def test_an_interaction_below_0_by_rounding_is_none():
    shares = {"setting": 0.75, "start": 0.25, "interaction": -1e-17}
    assert beyond_chance(shares, 2, 2) == {"setting": 0.75, "start": 0.25, "spread": 0.0}


def test_of_coins_nothing_is_left_on_average():
    rng = np.random.default_rng(6)
    tables = [rng.random((6, 40)) < 0.5 for _ in range(500)]
    found = [beyond_chance(decomposition_of(table)._asdict(), 6, 40) for table in tables]
    differences = np.array([one["setting"] - one["start"] for one in found])
    spreads = np.array([one["spread"] for one in found])
    assert (np.abs(differences) < 2 * spreads).mean() > 0.9


@pytest.mark.parametrize(
    ("shares", "settings", "starts"),
    [((0.0, 1.0, 0.0), 1, 9), ((1.0, 0.0, 0.0), 9, 1), ((0.0, 0.0, 0.0), 9, 9)],
)
def test_where_nothing_can_be_told_apart_there_is_no_answer(shares, settings, starts):
    assert beyond_chance(Decomposition(*shares)._asdict(), settings, starts) is None
