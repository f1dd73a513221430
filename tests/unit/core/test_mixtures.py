"""Samples of a Gaussian mixture: the notebook's values, and the properties of any others."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from descent.core.mixtures import class_counts, sample_held_out, sample_mixture, standardise

MEANS = [[0, 2], [2, -2], [-2, -2]]
IDENTITIES = [np.eye(2)] * 3
SKEW = [[[2.0, 0.6], [0.6, 0.5]], [[1.0, -0.3], [-0.3, 0.4]], [[0.5, 0.0], [0.0, 3.0]]]
GENERATORS = ["legacy", "philox"]


def notebook_counts(n):
    return (n * np.array([1 / 3.0, 1 / 3.0, 1 / 3.0])).astype(int)


def notebook_mixture(n):
    """Draw as the notebook does, in its order and with its operations."""
    np.random.seed(123)
    cov = [[1, 0], [0, 1]]
    n_class = notebook_counts(n)
    for i in range(3):
        x1, x2 = np.random.multivariate_normal(MEANS[i], cov, n_class[i]).T
        if i == 0:
            xs = np.array([x1, x2])
            cl = np.array([n_class[i] * [i]])
        else:
            xs = np.concatenate((xs, np.array([x1, x2])), axis=1)
            cl = np.concatenate((cl, np.array([n_class[i] * [i]])), axis=1)
    mu = xs.mean(axis=1)
    std = xs.std(axis=1)
    return (xs.T - mu) / std, cl[0]


@pytest.mark.parametrize("n", [500, 999, 3, 100, 10_000])
def test_legacy_samples_are_the_notebooks_bit_for_bit(n):
    expected_x, expected_labels = notebook_mixture(n)
    x, labels = sample_mixture(n, MEANS, IDENTITIES, [1, 1, 1], seed=123)
    assert_array_equal(x, expected_x, strict=True)
    assert_array_equal(labels, expected_labels)


def test_five_hundred_asked_make_498():
    x, labels = sample_mixture(500, MEANS, IDENTITIES, seed=123)
    assert x.shape == (498, 2)
    assert_array_equal(np.bincount(labels), [166, 166, 166])


def test_equal_shares_are_the_notebooks_counts_for_any_number():
    for n in range(3, 3000):
        assert_array_equal(class_counts(n, [1, 1, 1]), notebook_counts(n))


@given(st.integers(0, 10**6), st.lists(st.integers(1, 50), min_size=1, max_size=8))
def test_counts_are_the_whole_parts_of_exact_shares(samples, weights):
    assert class_counts(samples, weights) == [samples * w // sum(weights) for w in weights]


@pytest.mark.parametrize(
    ("samples", "weights", "expected"),
    [
        (10, [0.1, 0.2, 0.7], [1, 2, 7]),
        (100, [0.1, 0.2, 0.7], [10, 20, 70]),
        (1000, [0.3, 0.3, 0.4], [300, 300, 400]),
        (500, [0.35, 0.65], [175, 325]),
    ],
)
def test_decimal_shares_are_taken_as_they_are_written(samples, weights, expected):
    assert class_counts(samples, weights) == expected


@given(st.floats(1e-3, 1e3), st.integers(10, 1000))
def test_weights_count_relative_to_one_another(factor, samples):
    assert class_counts(samples, [factor, factor]) == [samples // 2] * 2


@pytest.mark.parametrize("generator", GENERATORS)
def test_samples_are_standardised(generator):
    x, _ = sample_mixture(700, MEANS, SKEW, [3, 2, 2], 9, generator)
    assert_allclose(x.mean(axis=0), 0, atol=1e-14)
    assert_allclose((x * x).mean(axis=0), 1, rtol=1e-13)


@pytest.mark.parametrize("generator", GENERATORS)
def test_classes_follow_one_another_in_their_shares(generator):
    x, labels = sample_mixture(100, MEANS, SKEW, [5, 3, 2], 9, generator)
    assert_array_equal(labels, np.repeat([0, 1, 2], [50, 30, 20]))
    assert x.shape == (100, 2)


@pytest.mark.parametrize("generator", GENERATORS)
def test_before_standardising_classes_have_their_means_and_covariances(generator):
    """Standardising is undone by what the mixture's own moments must be."""
    n = 60_000
    x, labels = sample_mixture(n, MEANS, SKEW, [1, 1, 1], 4, generator)
    center = np.mean(MEANS, axis=0)
    variance = np.mean([np.diag(c) for c in SKEW], axis=0) + np.var(MEANS, axis=0)
    for k in range(3):
        raw = x[labels == k] * np.sqrt(variance) + center
        assert_allclose(raw.mean(axis=0), MEANS[k], atol=0.06)
        assert_allclose(np.cov(raw.T), SKEW[k], atol=0.08)


@pytest.mark.parametrize("generator", GENERATORS)
def test_another_seed_gives_other_samples_and_the_same_seed_the_same(generator):
    draw = [sample_mixture(30, MEANS, IDENTITIES, None, seed, generator)[0] for seed in (1, 1, 2)]
    assert_array_equal(draw[0], draw[1])
    assert not np.isin(draw[2], draw[0]).any()


def test_generators_differ():
    legacy, counter = (sample_mixture(30, MEANS, IDENTITIES, None, 1, g)[0] for g in GENERATORS)
    assert not np.isin(legacy, counter).any()


def test_samples_leave_numpys_global_state_alone():
    np.random.seed(5)
    expected = np.random.random_sample(3)
    np.random.seed(5)
    sample_mixture(30, MEANS, IDENTITIES)
    assert_array_equal(np.random.random_sample(3), expected)


@pytest.mark.parametrize(("dimension", "classes"), [(1, 2), (3, 4), (5, 2)])
@pytest.mark.parametrize("generator", GENERATORS)
def test_any_dimension_and_number_of_classes(dimension, classes, generator):
    means = np.arange(classes * dimension).reshape(classes, dimension)
    x, labels = sample_mixture(60, means, [np.eye(dimension)] * classes, None, 1, generator)
    assert x.shape == (60, dimension)
    assert_array_equal(np.unique(labels), np.arange(classes))


@pytest.mark.parametrize("generator", GENERATORS)
def test_fresh_samples_come_from_the_same_mixture_but_are_others(generator):
    study = {"means": MEANS, "covariances": SKEW, "weights": [2, 1, 1], "seed": 3}
    x, labels = sample_mixture(20_000, **study, generator=generator)
    fresh, fresh_labels = sample_held_out(10_000, 20_000, **study, generator=generator)
    assert_array_equal(np.bincount(fresh_labels), [5000, 2500, 2500])
    assert not np.isin(fresh, x).any()
    for k in range(3):
        ours, theirs = fresh[fresh_labels == k], x[labels == k]
        assert_allclose(ours.mean(axis=0), theirs.mean(axis=0), atol=0.05)
        assert_allclose(ours.std(axis=0), theirs.std(axis=0), atol=0.05)


def test_fresh_samples_are_scaled_by_the_training_samples_alone():
    """More training samples change the scale, and so every coordinate by one line per column."""
    small, large = (sample_held_out(30, n, MEANS, SKEW, None, 3)[0] for n in (60, 600))
    for column in range(2):
        slope, shift = np.polyfit(small[:, column], large[:, column], 1)
        assert_allclose(slope * small[:, column] + shift, large[:, column], atol=1e-12)
        assert abs(slope - 1) > 1e-4
    assert np.all(np.abs(small.mean(axis=0)) > 1e-6)


def test_standardise_uses_the_references_moments():
    x, reference = np.array([[1.0], [2.0]]), np.array([[0.0], [4.0], [8.0]])
    assert_allclose(standardise(x, reference)[:, 0], (x[:, 0] - 4) / math.sqrt(32 / 3))


def test_by_default_shares_are_equal_and_the_legacy_stream_has_seed_0():
    in_full = (MEANS, SKEW, [1, 1, 1], 0, "legacy")
    for found, expected in (
        (sample_mixture(30, MEANS, SKEW), sample_mixture(30, *in_full)),
        (sample_held_out(21, 30, MEANS, SKEW), sample_held_out(21, 30, *in_full)),
    ):
        assert_array_equal(found[0], expected[0])
        assert_array_equal(found[1], expected[1])


@pytest.mark.parametrize("wrong", [{"covariances": SKEW[:2]}, {"weights": [1, 1]}], ids=str)
def test_every_class_needs_its_covariance_and_weight(wrong):
    with pytest.raises(ValueError, match="argument"):
        sample_mixture(30, **{"means": MEANS, "covariances": SKEW} | wrong)


def test_an_unknown_generator_is_named():
    with pytest.raises(ValueError, match=r"generator = 'pcg' .*legacy.*philox"):
        sample_mixture(30, MEANS, IDENTITIES, generator="pcg")


@pytest.mark.parametrize(("samples", "weights"), [(2, [1, 1, 1]), (100, [1, 1, 1000])])
def test_a_class_without_a_sample_is_refused(samples, weights):
    with pytest.raises(ValueError, match=f"{samples} samples leave a class without one"):
        sample_mixture(samples, MEANS, IDENTITIES, weights)
