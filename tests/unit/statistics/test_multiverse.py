"""The multiverse: each of its answers alone, shares by hand, and an ANOVA by least squares."""

from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from numpy.testing import assert_allclose, assert_array_equal
from runs_by_hand import NEVER

from descent.statistics.answers import Protocol, answer, ratio
from descent.statistics.multiverse import (
    CHOICES,
    Grid,
    Share,
    decompose,
    flips,
    pair_ratios,
    robustness_of,
    scores_of_multiverse,
    share_faster,
    shares_first,
)

inf, nan = np.inf, np.nan
GRID = Grid(
    [1.0, 0.1],
    [1, 10],
    [20, 35, 50],
    ["charged", "par10", "median"],
    [1, 3, 0],
    ["first", "second"],
)
METHODS = {"adam": np.arange(3), "momentum": np.arange(3, 8), "nesterov": np.array([8])}


def times_of_goal(target, hold):
    """Return hitting times that a target or a hold makes longer."""
    rng = np.random.default_rng(1)
    times = rng.integers(0, 30, (9, 7)) + 12 * (target < 1) + hold
    return np.where(rng.random(times.shape) < 0.3, NEVER, times).astype(np.int16)


# ── All answers ──────────────────────────────────────────────────────────────────────────────


def test_protocols_are_all_combinations_in_order():
    protocols = GRID.protocols()
    assert (GRID.shape, len(set(protocols))) == ((2, 2, 3, 3, 3, 2), 216)
    assert protocols[0] == Protocol(1.0, 1, 20, "charged", 1, "first")
    assert protocols[1] == Protocol(1.0, 1, 20, "charged", 1, "second")
    assert protocols[-1] == Protocol(0.1, 10, 50, "median", 0, "second")
    assert CHOICES == ("target", "hold", "budget", "criterion", "trials", "split")


def test_every_score_is_the_answer_under_its_protocol():
    found = scores_of_multiverse(times_of_goal, METHODS, GRID)
    assert found.shape == (*GRID.shape, 3)
    for place, protocol in zip(np.ndindex(GRID.shape), GRID.protocols(), strict=True):
        times = times_of_goal(protocol.target, protocol.hold)
        assert_array_equal(found[place], answer(times, METHODS, protocol))
    for axis in range(found.ndim - 1):  # each choice matters
        levels = np.moveaxis(found, axis, 0)
        assert not np.array_equal(levels[0], levels[-1])


def test_a_grid_may_have_one_split():
    whole = scores_of_multiverse(times_of_goal, METHODS, GRID)
    for i, split in enumerate(GRID.splits):
        found = scores_of_multiverse(times_of_goal, METHODS, GRID._replace(splits=[split]))
        assert_array_equal(found[..., 0, :], whole[..., i, :])


# ── Shares ───────────────────────────────────────────────────────────────────────────────────


def test_a_share_is_of_the_protocols_that_decide():
    ratios = np.array([[0.5, 2.0, nan], [0.0, 1.0, inf]])
    assert share_faster(ratios) == Share(2 / 5, 5)
    share, decided = share_faster(np.array([nan, nan]))
    assert (np.isnan(share), decided) == (True, 0)


def test_ratios_of_a_pair_by_hand():
    found = np.array([[2.0, inf, 4.0], [inf, 3.0, inf], [0.0, 5.0, 0.0]])
    assert_array_equal(pair_ratios(found, 0, 2), [0.5, nan, 1.0])
    assert_array_equal(pair_ratios(found, 2, 1), [0.0, inf, 0.0])


def test_who_comes_first_by_hand():
    found = np.array(
        [[[3.0, 5.0, 9.0], [4.0, 4.0, 9.0]], [[inf, inf, inf], [inf, 7.0, 7.0]]]
    )  # the first; the first two; nobody; the last two
    shares, decided = shares_first(found)
    assert decided == 3
    assert_allclose(shares, [1.5 / 3, 1 / 3, 0.5 / 3], rtol=1e-15)
    shares, decided = shares_first(np.full((2, 3), inf))
    assert_array_equal(shares, [nan] * 3)
    assert decided == 0


@given(arrays(float, (6, 3), elements=st.sampled_from([0.0, 1.0, 2.0, inf])))
def test_shares_of_being_first_sum_to_one(found):
    shares, decided = shares_first(found)
    assert decided == np.isfinite(found).any(axis=1).sum()
    assert not decided or shares.sum() == pytest.approx(1.0)
    ratios = pair_ratios(found, 0, 1)
    assert share_faster(ratios).decided == np.isfinite(found[:, :2]).any(axis=1).sum()


@pytest.mark.parametrize(
    ("share", "verdict"),
    [
        (1.0, "robust"), (0.95, "robust"), (0.949, "mostly"), (0.75, "mostly"), (0.749, "protocol"),
        (0.5, "protocol"), (0.251, "protocol"), (0.25, "mostly"), (0.051, "mostly"),
        (0.04, "robust"), (0.0, "robust"), (nan, "undecided"),
    ],
)  # fmt: skip
def test_how_a_statement_holds(share, verdict):
    assert robustness_of(share) == verdict


@pytest.mark.parametrize(
    ("shares", "flipped"),
    [
        ([(0.5, 9), (0.49, 9)], True), ([(0.9, 9), (0.5, 9)], False), ([(0.4, 9), (0.1, 9)], False),
        ([(1.0, 9), (0.0, 1)], True), ([(1.0, 9), (nan, 0)], False), ([(nan, 0), (nan, 0)], False),
        ([(0.0, 3), (nan, 0), (0.7, 1)], True),
    ],
)  # fmt: skip
def test_what_flips_a_statement(shares, flipped):
    assert flips([Share(*share) for share in shares]) == flipped


# ── Which choice matters ─────────────────────────────────────────────────────────────────────


def columns_of(shape, axes):
    """Return dummy variables of all combinations of some axes' levels, a row per protocol."""
    places = np.array([*np.ndindex(shape)])[:, axes]
    levels = [*product(*(range(shape[axis]) for axis in axes))]
    return np.array([[tuple(place) == level for level in levels] for place in places], float)


def explained(sign, terms):
    """Return the sum of squares about the mean that least squares explain by some terms."""
    y = sign.ravel() - sign.mean()
    if not terms:
        return 0.0
    design = np.hstack([np.ones((y.size, 1)), *(columns_of(sign.shape, axes) for axes in terms)])
    fitted = design @ np.linalg.lstsq(design, y, rcond=None)[0]
    return (fitted**2).sum()


@given(
    arrays(
        float,
        array_shapes(min_dims=2, max_dims=4, min_side=1, max_side=3),
        elements=st.sampled_from([0.3, 3.0, 1.0, nan, 0.0, inf]),
    )
)
def test_a_decomposition_is_an_anova_by_least_squares(ratios):
    sign = np.nan_to_num(np.sign(ratios - 1.0), nan=0.0, posinf=1.0)
    whole = ((sign - sign.mean()) ** 2).sum()
    axes = [*range(sign.ndim)]
    expected = {(i,): explained(sign, [(i,)]) for i in axes}
    for i, j in combinations(axes, 2):
        expected[i, j] = explained(sign, [(i, j)]) - explained(sign, [(i,), (j,)])
    found = decompose(ratios)
    assert list(found) == list(expected)
    for effect, share in found.items():
        assert_allclose(share, expected[effect] / whole if whole else 0.0, atol=1e-12)
    # Of a full grid all effects are orthogonal: those of two axes say all that two axes can.
    total = sum(found.values())
    assert total <= 1 + 1e-12
    if sign.ndim == 2:
        assert total == pytest.approx(1.0 if whole else 0.0)


def test_a_decomposition_by_hand():
    by_row = np.array([[0.5, 0.1, 0.9], [2.0, inf, 3.0]])
    assert decompose(by_row) == {(0,): 1.0, (1,): 0.0, (0, 1): 0.0}
    assert decompose(by_row.T) == {(0,): 0.0, (1,): 1.0, (0, 1): 0.0}
    assert decompose(np.array([[0.5, 2.0], [2.0, 0.5]])) == {(0,): 0.0, (1,): 0.0, (0, 1): 1.0}
    assert set(decompose(np.full((2, 3), 0.5)).values()) == {0.0}
    # Signs -1 0 / 1 1: rows -1/2 and 1, columns 0 and 1/2, about 1/4; in all 2.75. Rows give
    # 2 · 2 · (3/4)² = 2.25, columns 2 · 2 · (1/4)² = 0.25, and what is left is 0.25.
    found = decompose(np.array([[0.5, nan], [2.0, 2.0]]))
    assert_allclose([*found.values()], [2.25 / 2.75, 0.25 / 2.75, 0.25 / 2.75], rtol=1e-12)


def test_three_choices_that_only_act_together_leave_nothing_to_pairs():
    sign = np.array([1.0, -1.0])
    ratios = 2.0 ** np.einsum("i,j,k->ijk", sign, sign, sign)
    assert_allclose([*decompose(ratios).values()], 0.0, atol=1e-15)


def test_a_ratio_is_that_of_two_methods_scores():
    found = scores_of_multiverse(times_of_goal, METHODS, GRID)
    assert_array_equal(pair_ratios(found, 1, 0), ratio(found[..., 1], found[..., 0]))
