"""Sign test and Holm adjustment: cases worked by hand, and scipy."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from runs_by_hand import runs_of, two_settings
from scipy import stats

from descent.statistics.running_times import Runs
from descent.statistics.sign_tests import holm, sign_test

inf = np.inf


def test_signs_by_hand():
    first = runs_of([1, 2, 3, 9, inf, inf, 4, 5, 6])
    second = runs_of([2, 3, inf, 8, inf, 7, 4, 6, 7])
    # first, first, first (the other is censored), second, tie, second, tie, first, first
    found = sign_test(first, second)
    assert found[:3] == (5, 2, 2)
    assert_allclose(found.p, 2 * (1 + 7 + 21) / 128)


@given(two_settings())
def test_sign_test_is_scipys_and_symmetric(pair):
    wins, losses, ties, p = sign_test(*pair)
    assert wins + losses + ties == len(pair[0].reached)
    if wins + losses:
        assert_allclose(p, stats.binomtest(wins, wins + losses).pvalue, rtol=1e-13)
    else:
        assert p == 1
    assert sign_test(pair[1], pair[0]) == (losses, wins, ties, p)


def test_sign_test_of_many_starts():
    first = runs_of(np.where(np.arange(3000) < 1600, 1, 3))
    second = runs_of(np.full(3000, 2))
    assert_allclose(sign_test(first, second).p, stats.binomtest(1600, 3000).pvalue, rtol=1e-9)
    assert sign_test(runs_of(np.full(3000, 1)), second).p == 0.0  # 2^-2999 is below all doubles


@pytest.mark.parametrize(("wins", "losses"), [(3000, 3000), (51_000, 50_000), (2000, 900)])
def test_sign_test_of_many_starts_loses_no_digits(wins, losses):
    first = runs_of(np.repeat([1, 3], [wins, losses]))
    second = runs_of(np.full(wins + losses, 2))
    expected = stats.binomtest(wins, wins + losses).pvalue
    assert_allclose(sign_test(first, second).p, expected, rtol=1e-8)


def test_what_a_failure_spent_does_not_change_who_was_first():
    first, hit = np.array([1, 5, 9]), np.array([True, True, False])
    second = runs_of([3, 4, 8])
    cheap, dear = Runs(np.array([1, 5, 0]), hit), Runs(first, hit)
    assert sign_test(cheap, second) == sign_test(dear, second) == (1, 2, 0, 1.0)


def test_runs_that_are_not_paired_have_no_signs():
    with pytest.raises(ValueError, match="not paired"):
        sign_test(runs_of([1, 2]), runs_of([1, 2, 3]))
    with pytest.raises(ValueError, match="not paired"):
        sign_test(runs_of([[1, 2]]), runs_of([[1, 2]]))


def test_holm_by_hand():
    # Sorted: 0.005 × 4, 0.01 × 3, 0.03 × 2, 0.04 × 1, which may not fall below the one before.
    assert_allclose(holm([0.01, 0.04, 0.03, 0.005]), [0.03, 0.06, 0.06, 0.02])
    assert_array_equal(holm([0.4, 0.6, 1.0]), [1, 1, 1])
    assert holm([0.04]) == 0.04
    assert holm([]).size == 0


@given(st.lists(st.floats(0, 1), min_size=1, max_size=8), st.floats(0.001, 0.999))
def test_holm_rejects_what_the_sequential_procedure_rejects(p, level):
    order = sorted(range(len(p)), key=p.__getitem__)
    rejected = set()
    for place, i in enumerate(order):
        if p[i] * (len(p) - place) > level:
            break
        rejected.add(i)
    assert set(np.flatnonzero(holm(p) <= level)) == rejected


@pytest.mark.parametrize("p", [-0.1, 1.1, np.nan])
def test_what_is_no_p_value_is_refused(p):
    with pytest.raises(ValueError, match="between 0 and 1"):
        holm([0.5, p])
