"""Random streams: the same numbers however the work is cut."""

import numpy as np
import pytest
import scipy.special
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from descent.core.random_streams import legacy_uniform, normal, philox, uniform

seeds = st.integers(0, 2**32 - 1)


@given(seeds, st.integers(1, 12), st.lists(st.integers(0, 5), min_size=1, max_size=5))
def test_blocks_put_together_are_the_whole(seed, size, cuts):
    whole = uniform(seed, "test", 0, sum(cuts), size)
    edges = np.cumsum([0, *cuts])
    blocks = [uniform(seed, "test", int(e), n, size) for e, n in zip(edges, cuts, strict=False)]
    assert_array_equal(np.concatenate(blocks), whole)


@given(seeds, st.integers(0, 10**12), st.integers(1, 9))
def test_a_run_far_along_the_stream_has_its_own_numbers(seed, index, size):
    assert_array_equal(
        uniform(seed, "test", index, 3, size)[2], uniform(seed, "test", index + 2, 1, size)[0]
    )


@pytest.mark.parametrize("size", [1, 3, 4, 5, 26])
def test_runs_share_no_number(size):
    draws = uniform(3, "test", 0, 50, size)
    assert draws.shape == (50, size)
    assert len(np.unique(draws)) == draws.size


def test_another_seed_or_purpose_is_another_stream():
    streams = [
        uniform(seed, purpose, 0, 1, 8)
        for seed in (0, 1, 2**32 - 1)
        for purpose in ("rosenbrock starts", "initial weights", "")
    ]
    assert len(np.unique(streams)) == np.size(streams)


def test_numbers_are_uniform_on_the_half_open_unit_interval():
    draws = uniform(1, "test", 0, 4000, 5)
    assert draws.min() >= 0
    assert draws.max() < 1
    # 20 bins of 1000: chi-square with 19 degrees of freedom exceeds 50 once in 10000.
    counts = np.histogram(draws, 20, (0, 1))[0]
    assert ((counts - 1000.0) ** 2 / 1000).sum() < 50


def test_no_run_gives_no_row():
    assert uniform(1, "test", 5, 0, 3).shape == (0, 3)


def test_normal_numbers_are_the_quantiles_of_the_uniform_ones():
    draws = normal(1, "test", 3, 500, 7)
    assert draws.shape == (500, 7)
    expected = scipy.special.ndtri(uniform(1, "test", 3, 500, 7))
    assert_allclose(draws, expected, rtol=1e-14, atol=1e-15)
    assert_array_equal(draws[2:3], normal(1, "test", 5, 1, 7))


def test_a_drawn_zero_gives_a_finite_normal_number(monkeypatch):
    monkeypatch.setattr(
        "descent.core.random_streams.uniform", lambda *_: np.array([[0.0, 1 - 2**-53]])
    )
    drawn = normal(1, "test", 0, 1, 2)
    assert_allclose(drawn, [scipy.special.ndtri([2**-54, 1 - 2**-53])], rtol=1e-14)
    assert_allclose(drawn, [[-8.29, 8.21]], atol=0.01)


def test_philox_steps_are_four_doubles():
    ahead = philox(7, "test").random(20)
    for step in range(5):
        assert_array_equal(philox(7, "test", step).random(4), ahead[4 * step : 4 * step + 4])


@pytest.mark.parametrize("seed", [0, 10, 123, 2**32 - 1])
def test_legacy_stream_is_what_numpys_seed_and_uniform_give(seed):
    """As the notebook draws: one seed, then cells that each take two numbers."""
    np.random.seed(seed)
    for place in range(8):
        low, high = (-1, 1) if place < 3 else (-10, 10)
        expected = np.random.uniform(low, high, size=2)
        draw = legacy_uniform(seed, 2 * place, 2)
        assert_array_equal(low + (high - low) * draw, expected)


@given(st.integers(0, 500), st.integers(0, 20))
def test_legacy_stream_can_be_entered_anywhere(first, size):
    assert_array_equal(legacy_uniform(10, first, size), legacy_uniform(10, 0, 520)[first:][:size])


def test_legacy_stream_leaves_numpys_global_state_alone():
    np.random.seed(5)
    expected = np.random.random_sample(3)
    np.random.seed(5)
    legacy_uniform(9, 0, 100)
    assert_array_equal(np.random.random_sample(3), expected)
