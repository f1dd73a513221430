"""The checks: they pass what is right, and name what is wrong."""

import copy

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from descent.core.networks import backpropagate, pack, unpack
from descent.study import checks
from descent.study.checks import (
    CheckError,
    check_forward,
    check_gradients,
    complex_step_gradient,
    relative_error,
)
from descent.tables.schemas import FORWARD, GRADIENTS

LAYERS = (2, 5, 4, 3)  # 54 parameters
RNG = np.random.default_rng(0)
X, LABELS = RNG.normal(size=(30, 2)), RNG.integers(3, size=30)


# ── The forward check ────────────────────────────────────────────────────────────────────────


def test_the_notebooks_network_passes(shipped):
    columns = check_forward(**shipped["forward"])
    assert list(columns) == FORWARD.names
    assert columns["point"].tolist() == [0, 0, 0, 1, 1, 1, 2, 2, 2]
    assert columns["class"].tolist() == [0, 1, 2] * 3
    assert_array_equal(columns["expected"], np.ravel(shipped["forward"]["expected"]))
    assert np.abs(columns["difference"]).max() <= 0.5e-8
    assert_allclose(columns["probability"] - columns["expected"], columns["difference"])


@pytest.mark.parametrize("place", list(np.ndindex(3, 3)), ids=str)
def test_a_wrong_probability_is_named_with_what_was_found(shipped, place):
    i, j = place
    right = shipped["forward"]["expected"][i][j]
    shipped["forward"]["expected"][i][j] = right + 1e-8
    with pytest.raises(CheckError) as caught:
        check_forward(**shipped["forward"])
    head, *lines = str(caught.value).splitlines()
    assert head == "1 of 9 probabilities differ in the first 8 decimals"
    assert lines == [
        f"  forward.expected[{i}][{j}]: expected {right + 1e-8:.8f}, found {right:.8f}"
    ]


def leaves(value, path=()):
    """Return the paths of all numbers in nested lists."""
    if not isinstance(value, list):
        return [path]
    return [leaf for i, part in enumerate(value) for leaf in leaves(part, (*path, i))]


WEIGHTS = [[[1, 0], [-1, 0], [0, 0.5]], [[1, 0, 0], [-1, -1, 0]], [[1, 1], [0, 0], [-1, -1]]]
BIASES = [[0, 0, 1], [1, -1], [1, 0, 0]]


def notebook_probabilities(weights, biases, points):
    """Compute as the notebook does, point by point."""
    rows = []
    for h in np.array(points, float):
        for weight, bias in zip(weights[:-1], biases[:-1], strict=True):
            h = np.maximum(np.dot(weight, h) + bias, 0)
        z = np.exp(np.dot(weights[-1], h) + biases[-1])
        rows.append(z / z.sum())
    return np.array(rows)


def test_every_weight_that_counts_is_seen_when_it_is_wrong(shipped):
    study = shipped["forward"]
    assert (study["weights"], study["biases"]) == (WEIGHTS, BIASES)
    counting = 0
    places = [("weights", p) for p in leaves(WEIGHTS)] + [("biases", p) for p in leaves(BIASES)]
    for block, (*outer, last) in places:
        changed = copy.deepcopy(study)
        row = changed[block]
        for index in outer:
            row = row[index]
        row[last] += 0.25
        found = notebook_probabilities(changed["weights"], changed["biases"], study["points"])
        wrong = np.argwhere(np.round(found, 8) != study["expected"])
        counting += bool(wrong.size)
        if not wrong.size:
            check_forward(**changed)
            continue
        with pytest.raises(CheckError) as caught:
            check_forward(**changed)
        for (i, j), line in zip(wrong, str(caught.value).splitlines()[1:], strict=True):
            assert line.startswith(f"  forward.expected[{i}][{j}]: expected 0.")
            assert line.endswith(f"found {found[i, j]:.8f}")
    assert counting >= 12


def test_all_wrong_probabilities_are_told_at_once(shipped):
    shipped["forward"]["expected"] = [[0.3, 0.3, 0.4]] * 3
    with pytest.raises(CheckError) as caught:
        check_forward(**shipped["forward"])
    assert len(str(caught.value).splitlines()) == 10


def test_decimals_say_how_exactly_probabilities_must_agree(shipped):
    study = shipped["forward"]
    study["expected"][0][0] += 4e-6
    with pytest.raises(CheckError, match="first 7 decimals"):
        check_forward(**study | {"decimals": 7})
    check_forward(**study | {"decimals": 5})


# ── The gradient check ───────────────────────────────────────────────────────────────────────


def checked(layers=LAYERS, x=X, labels=LABELS, networks=3, tolerance=1e-6):
    return check_gradients(x, labels, layers, networks, seed=1, tolerance=tolerance)


def test_backpropagation_passes_with_room_to_spare():
    columns = checked(networks=5, tolerance=1e-9)
    assert list(columns) == GRADIENTS.names
    assert len(columns["parameter"]) == 5 * 54
    assert columns["network"].tolist() == sorted(list(range(5)) * 54)
    assert columns["parameter"].tolist()[:3] == ["W1[0,0]", "W1[0,1]", "W1[1,0]"]
    errors = relative_error(columns["analytic"], columns["numeric"])
    assert_array_equal(errors, columns["relative_error"])
    assert columns["relative_error"].max() < 1e-9


@pytest.mark.parametrize("layers", [(2, 3), (2, 1, 3), (2, 6, 5, 4, 3)])
def test_other_layers_pass_too(layers):
    assert checked(layers, networks=2, tolerance=1e-8)["relative_error"].max() < 1e-8


def test_random_networks_differ_and_few_of_their_derivatives_are_zero():
    columns = checked(networks=4)
    assert len(np.unique(columns["analytic"])) > 60
    assert np.mean(columns["analytic"] == 0) < 0.5


def notebook_order(gradient):
    """Assemble as the notebook does: V, c, W2, b2, W1, b1."""
    (w1, w2, v), (b1, b2, c) = unpack(gradient, LAYERS)
    flat = [part.reshape(*gradient.shape[:-1], -1) for part in (v, c, w2, b2, w1, b1)]
    return np.concatenate(flat, axis=-1)


def transposed(gradient):
    """Flatten each weight's derivatives column by column."""
    weights, biases = unpack(gradient, LAYERS)
    return pack([np.swapaxes(w, -1, -2).reshape(w.shape) for w in weights], biases)


def one_off(gradient):
    return gradient + 1e-4 * (np.arange(gradient.shape[-1]) == 7)


WRONG = {
    "the notebook's order": notebook_order,
    "columns for rows": transposed,
    "a sign": np.negative,
    "a mean for a sum": lambda gradient: gradient / len(X),
    "one derivative": one_off,
    "NaN": lambda gradient: gradient * np.nan,
    "zeros": np.zeros_like,
}


@pytest.mark.parametrize("fault", WRONG)
def test_a_wrong_gradient_is_caught(fault, monkeypatch):
    def faulty(*arguments):
        loss, gradient = backpropagate(*arguments)
        return loss, WRONG[fault](gradient)

    monkeypatch.setattr(checks, "backpropagate", faulty)
    with pytest.raises(CheckError, match=r"derivatives differ by more than .*tolerance = 1e-06"):
        checked()


def test_rounding_fails_no_check_of_a_network_that_is_certain_and_right(monkeypatch):
    """Its derivatives are all but cancelled: their last digits are not those of the formula."""
    x = np.column_stack([np.linspace(-2.0, 2.0, 10)[::2], [1.0, -1.0, 0.5, -0.5, 0.0]])
    certain = (x, np.arange(5) % 3, (2, 8, 8, 8, 8, 8, 8, 3), 1, 109)
    columns = check_gradients(*certain, tolerance=1e-8)
    assert columns["relative_error"].max() <= 1e-8
    plain = relative_error(columns["analytic"], columns["numeric"])
    assert plain.max() > 1e-6
    assert_array_equal(columns["relative_error"][plain <= 1e-8], plain[plain <= 1e-8])
    monkeypatch.setattr(checks, "backpropagate", lambda *a: (0.0, 1.001 * backpropagate(*a)[1]))
    with pytest.raises(CheckError):
        check_gradients(*certain, tolerance=1e-8)


def test_the_worst_derivatives_are_named_worst_first(monkeypatch):
    def faulty(*arguments):
        loss, gradient = backpropagate(*arguments)
        gradient[1, 12] += 10.0
        gradient[0, 48] *= 1.01
        return loss, gradient

    monkeypatch.setattr(checks, "backpropagate", faulty)
    with pytest.raises(CheckError) as caught:
        checked()
    head, first, second = str(caught.value).splitlines()
    assert head.startswith("2 of 162 derivatives")
    assert first.startswith("  network 1, W2[0,2]: backpropagation ")
    assert second.startswith("  network 0, b2[1]: backpropagation ")
    assert second.endswith("relative error 0.0099")


def test_at_most_ten_derivatives_are_listed(monkeypatch):
    def faulty(*arguments):
        loss, gradient = backpropagate(*arguments)
        return loss, -gradient

    monkeypatch.setattr(checks, "backpropagate", faulty)
    with pytest.raises(CheckError) as caught:
        checked()
    assert len(str(caught.value).splitlines()) == 11


def test_the_complex_step_is_the_central_difference():
    parameters = np.random.default_rng(2).uniform(-1, 1, 54)
    sides = (parameters + sign * 1e-6 * np.eye(54) for sign in (1, -1))
    above, below = (backpropagate(side, X, LABELS, LAYERS)[0] for side in sides)
    found = complex_step_gradient(parameters, X, LABELS, LAYERS)
    assert_allclose(found, (above - below) / 2e-6, rtol=1e-5, atol=1e-6)


@given(st.floats(-1e3, 1e3), st.floats(-1e3, 1e3))
def test_the_relative_error_is_symmetric_and_of_size_one_for_a_lost_sign(a, b):
    first, second = np.array([a]), np.array([b])
    assert relative_error(first, second) == relative_error(second, first)
    assert relative_error(first, first) == 0
    if abs(a) > 1e-300:
        assert_allclose(relative_error(first, -first), 2)
        assert_allclose(relative_error(first, 1.01 * first), 0.01 / 1.01)
