"""The network: SciPy's softmax, differences of an independent loss, and its bookkeeping."""

import warnings

import numpy as np
import pytest
import scipy.special
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st
from networks_by_hand import (
    NETWORKS,
    SAMPLES,
    UNEQUAL_LAYERS,
    count_of,
    network,
    plain_accuracy,
    plain_gradient,
    plain_logits,
    plain_loss,
)
from numpy.testing import assert_allclose, assert_array_equal

from descent.core.networks import (
    MEASURED_AT_ONCE,
    accuracy,
    backpropagate,
    cross_entropy,
    forward,
    is_dead,
    label_entropy,
    layers_of,
    network_objective,
    ordered_product,
    ordered_sum,
    pack,
    parameter_count,
    parameter_names,
    plateau_loss,
    shapes,
    unpack,
)
from descent.engine.descents import descend, sweep

layer_sizes = st.lists(st.integers(1, 6), min_size=2, max_size=5, unique=True).map(tuple)
SAMPLED_LAYERS = [*UNEQUAL_LAYERS, (1, 1), (3, 1, 2), (2, 5, 1), (2, 3, 3, 3, 3, 3, 4)]


def assert_same_bits(found, expected):
    for ours, theirs in zip(found, expected, strict=True):
        assert_array_equal(ours, theirs, strict=True)


# ── Values ───────────────────────────────────────────────────────────────────────────────────


@given(layer_sizes)
def test_units_are_read_from_the_weights(layers):
    weights, _ = unpack(np.zeros(count_of(layers)), layers)
    assert layers_of(weights) == list(layers)
    assert layers_of([weight.tolist() for weight in weights]) == list(layers)


@given(layer_sizes, st.integers(0, 99))
def test_probabilities_are_scipys_softmax_of_the_logits(layers, seed):
    parameters, x, _ = network(layers, seed)
    expected = scipy.special.softmax(plain_logits(parameters, x, layers), axis=1)
    found = forward(parameters, x, layers)
    assert_allclose(found, expected, rtol=1e-13)
    assert_allclose(found.sum(axis=1), 1, rtol=1e-15)


@given(layer_sizes, st.integers(0, 99))
def test_cross_entropy_is_scipys_log_softmax_of_the_labels(layers, seed):
    parameters, x, labels = network(layers, seed)
    logs = scipy.special.log_softmax(plain_logits(parameters, x, layers), axis=1)
    expected = -logs[np.arange(len(labels)), labels].sum()
    assert_allclose(cross_entropy(parameters, x, labels, layers), expected, rtol=1e-13, atol=1e-14)


def test_the_notebooks_nine_probabilities(shipped):
    study = shipped["forward"]
    parameters = pack(study["weights"], study["biases"])
    found = forward(parameters, study["points"], (2, 3, 2, 3))
    assert_array_equal(np.round(found, 8), study["expected"])


def logits_of(*logits):
    """Return a network without inputs that count, whose logits are given."""
    return np.array([0.0] * len(logits) + list(logits)), (1, len(logits))


@pytest.mark.parametrize("size", [30, 709, 710, 745, 1e4, 1e17, 1e40, 1e100, 1e300])
def test_extreme_logits_neither_overflow_nor_warn(size):
    parameters, layers = logits_of(size, -size, 0.0)
    x = np.zeros((3, 1))
    assert_allclose(forward(parameters, x, layers), [[1, 0, 0]] * 3, atol=1e-12)
    found = [cross_entropy(parameters, x[:1], [k], layers) for k in range(3)]
    assert_allclose(found, [0, 2 * size, size], rtol=1e-12, atol=1e-12)
    loss, gradient = backpropagate(parameters, x, [0, 1, 2], layers)
    assert_allclose(loss, 3 * size, rtol=1e-12)
    assert_allclose(gradient, [0, 0, 0, 2, -1, -1], atol=1e-12)
    assert accuracy(parameters, x, [0, 1, 2], layers) == 1 / 3


@given(st.lists(st.floats(-800, 800), min_size=1, max_size=6), st.floats(-1e3, 1e3))
def test_a_shift_of_all_logits_changes_no_probability(logits, shift):
    x = np.zeros((1, 1))
    plain = forward(logits_of(*logits)[0], x, (1, len(logits)))
    moved = forward(logits_of(*(z + shift for z in logits))[0], x, (1, len(logits)))
    assert_allclose(moved, plain, rtol=1e-10, atol=1e-300)
    assert_allclose(plain[0], scipy.special.softmax(logits), rtol=1e-12, atol=1e-300)


def test_a_probability_that_rounds_to_zero_still_has_its_cost():
    parameters, layers = logits_of(0.0, -2000.0)
    assert forward(parameters, [[0.0]], layers)[0, 1] == 0.0
    assert cross_entropy(parameters, [[0.0]], [1], layers) == 2000.0


def test_equal_logits_cost_the_logarithm_of_the_number_of_classes():
    for classes in (1, 2, 3, 10):
        parameters, layers = logits_of(*[5.0] * classes)
        loss = cross_entropy(parameters, np.zeros((4, 1)), [0] * 4, layers)
        assert_allclose(loss, 4 * np.log(classes), rtol=1e-15)


# ── Derivatives ──────────────────────────────────────────────────────────────────────────────


@given(layer_sizes, st.integers(0, 99))
def test_gradient_is_the_complex_step_of_an_independent_loss(layers, seed):
    parameters, x, labels = network(layers, seed)
    expected = plain_gradient(parameters, x, labels, layers)
    loss, gradient = backpropagate(parameters, x, labels, layers)
    assert_allclose(loss, plain_loss(parameters, x, labels, layers), rtol=1e-13, atol=1e-14)
    assert_allclose(gradient, expected, rtol=1e-10, atol=1e-13)


@pytest.mark.parametrize("layers", SAMPLED_LAYERS)
def test_gradient_is_the_central_difference_of_the_loss(layers):
    parameters, x, labels = network(layers, seed=11)
    step = 1e-6
    sides = (parameters + sign * step * np.eye(len(parameters)) for sign in (1, -1))
    above, below = (cross_entropy(side, x, labels, layers) for side in sides)
    gradient = backpropagate(parameters, x, labels, layers)[1]
    assert_allclose(gradient, (above - below) / (2 * step), rtol=1e-6, atol=2e-8)


def test_a_unit_at_its_kink_passes_no_gradient():
    layers = (3, 4, 2)
    parameters = np.zeros(count_of(layers))
    parameters[12:20] = np.arange(8)  # W2: what flows back is not zero by itself
    weights, biases = unpack(backpropagate(parameters, np.ones((1, 3)), [0], layers)[1], layers)
    assert_array_equal(weights[0], 0)
    assert_array_equal(biases[0], 0)
    assert_array_equal(biases[1], [-0.5, 0.5])


@pytest.mark.parametrize("layers", SAMPLED_LAYERS)
def test_backpropagation_gives_the_loss_and_accuracy_of_the_forward_pass(layers):
    parameters, x, labels = network(layers, seed=5, samples=40)
    loss, gradient = backpropagate(parameters, x, labels, layers)
    assert_array_equal(loss, cross_entropy(parameters, x, labels, layers), strict=True)
    assert accuracy(parameters, x, labels, layers) == plain_accuracy(parameters, x, labels, layers)
    assert gradient.shape == parameters.shape


def test_the_loss_is_summed_and_not_averaged():
    layers = (2, 4, 3)
    parameters, x, labels = network(layers)
    once = backpropagate(parameters, x, labels, layers)
    twice = backpropagate(parameters, np.tile(x, (2, 1)), np.tile(labels, 2), layers)
    assert_allclose(twice[0], 2 * once[0], rtol=1e-14)
    assert_allclose(twice[1], 2 * once[1], rtol=1e-12, atol=1e-15)


# ── What a constant prediction costs ─────────────────────────────────────────────────────────


@given(st.lists(st.integers(0, 4), min_size=1, max_size=60))
def test_the_entropy_of_labels_is_scipys_times_their_number(labels):
    expected = len(labels) * scipy.stats.entropy(np.bincount(labels))
    assert_allclose(label_entropy(np.array(labels)), expected, rtol=1e-12, atol=1e-12)


def test_the_entropy_of_equal_classes_is_n_ln_k():
    assert_allclose(label_entropy(np.repeat([0, 1, 2], 30)), 90 * np.log(3), rtol=1e-14)


def test_the_plateau_begins_one_percent_below_the_entropy():
    _, x, labels = network((2, 5, 4, 3), samples=SAMPLES)
    counts = np.bincount(labels)
    expected = -0.99 * (counts * np.log(counts / SAMPLES)).sum()
    assert_allclose(plateau_loss(labels), expected, rtol=1e-14)
    assert network_objective(x, labels, (2, 5, 4, 3)).plateau == plateau_loss(labels)


def test_labels_of_one_class_have_no_plateau():
    assert label_entropy(np.full(90, 2)) == 0.0
    assert plateau_loss(np.full(90, 2)) == np.inf


# ── Networks that are dead ───────────────────────────────────────────────────────────────────


def biased(layers, seed, networks):
    """Return random networks, samples and labels; the hidden units of many are off."""
    parameters, x, labels = network(layers, seed, 5, networks)
    hidden = sum(layers[1:-1])
    first = count_of(layers) - hidden - layers[-1]
    parameters[:, first : first + hidden] -= np.linspace(0.0, 6.0, networks)[:, np.newaxis]
    return parameters, x, labels


@pytest.mark.parametrize("layers", [*UNEQUAL_LAYERS, (2, 3)])
def test_a_network_is_dead_where_no_sample_alone_moves_a_weight(layers):
    parameters, x, labels = biased(layers, 3, 24)
    weights = count_of(layers) - sum(layers[1:])
    expected = []
    for point in parameters:
        alone = [
            plain_gradient(point, x[[i]], labels[[i]], layers)[:weights] for i in range(len(x))
        ]
        one_by_one = [backpropagate(point, x[[i]], labels[[i]], layers)[1] for i in range(len(x))]
        still = not np.any(alone)
        assert still == (not np.any(np.array(one_by_one)[:, :weights]))
        expected.append(still)
    found = is_dead(parameters, x, layers)
    assert_array_equal(found, expected)
    assert_array_equal(found.any(), len(layers) > 2)
    assert not found.all()
    assert_array_equal(is_dead(parameters.reshape(2, 12, -1), x, layers).ravel(), expected)
    assert is_dead(parameters[-1], x, layers) == expected[-1]


def test_gradients_that_cancel_do_not_make_a_network_dead():
    """Two samples pull one weight to either side: nothing is lost, though it does not move."""
    layers, balanced = (1, 1, 2), pack([[[1.0]], [[0.0], [0.0]]], [[0.0], [0.0, 0.0]])
    x, labels = np.array([[1.0], [1.0]]), np.array([0, 1])
    assert_array_equal(backpropagate(balanced, x, labels, layers)[1], 0.0)
    assert not is_dead(balanced, x, layers)


def test_a_network_with_dead_units_below_living_ones_is_not_dead():
    # The first hidden unit is off; the second is on by its bias, so that its weight still learns.
    layers, x = (1, 1, 1, 2), np.array([[1.0], [2.0]])
    below = pack([[[-1.0]], [[1.0]], [[1.0], [0.5]]], [[0.0], [1.0], [0.0, 0.0]])
    above = pack([[[1.0]], [[-1.0]], [[1.0], [0.5]]], [[0.0], [0.0], [0.0, 0.0]])
    assert [is_dead(point, x, layers) for point in (below, above)] == [False, True]


def test_a_sample_that_keeps_a_unit_on_keeps_the_network_alive():
    layers, point = (1, 1, 2), pack([[[1.0]], [[1.0], [0.0]]], [[-5.0], [0.0, 0.0]])
    assert is_dead(point, [[1.0], [5.0]], layers)
    assert not is_dead(point, [[1.0], [5.1]], layers)
    assert not is_dead(np.where(point == -5.0, np.nan, point), [[1.0]], layers)


@pytest.mark.parametrize("layers", [(3, 6, 2, 4), (5, 3)])
@pytest.mark.parametrize("runs", [1, MEASURED_AT_ONCE, MEASURED_AT_ONCE + 1])
def test_an_objective_tells_of_many_networks_which_are_dead(layers, runs):
    parameters, x, labels = biased(layers, 5, runs)
    objective = network_objective(x, labels, layers)
    assert_array_equal(objective.is_dead(parameters.T), is_dead(parameters, x, layers), strict=True)


def test_a_network_without_hidden_layer_that_learns_nothing_is_stuck():
    parameters, x, labels = network((5, 3), 0, SAMPLES, 4)
    found = sweep(network_objective(x, labels, (5, 3)), "gradient_descent", parameters, 1, 1e-9)
    assert set(found.status) == {"stuck"}


def test_a_velocity_can_bring_a_dead_network_back():
    """The unit is driven off one sample, over the gap, and on by the other."""
    layers, x, labels = (1, 1, 2), np.array([[1.0], [-2.0], [0.0]]), np.array([1, 1, 0])
    start = pack([[[0.1]], [[1.0], [-1.0]]], [[-0.05], [0.0, 0.0]])
    objective = network_objective(x, labels, layers)

    def dead_at(method, iterations, **parameters):
        path = descend(objective, method, start, iterations, 0.05, **parameters).points
        return is_dead(path, x, layers).tolist()

    alive, dead = [False], [True]
    assert dead_at("momentum", 7, momentum=0.9) == alive + 6 * dead + alive
    assert dead_at("gradient_descent", 100) == alive + 100 * dead
    # It is dead only at the end of a budget that ends in the gap.
    found = [
        sweep(objective, "momentum", [start], budget, 0.05, 0.9).status[0] for budget in (3, 7)
    ]
    assert found[0] == "dead"
    assert found[1] != "dead"


# ── Many networks at once ────────────────────────────────────────────────────────────────────


@given(layer_sizes, st.integers(0, 99), st.integers(1, 20), st.integers(1, 40))
def test_networks_give_the_same_bits_alone_and_together(layers, seed, networks, samples):
    parameters, x, labels = network(layers, seed, samples, networks)
    whole = backpropagate(parameters, x, labels, layers)
    probabilities = forward(parameters, x, layers)
    for i in range(networks):
        single = backpropagate(parameters[i], x, labels, layers)
        assert_same_bits([part[i] for part in whole], single)
        assert_array_equal(probabilities[i], forward(parameters[i], x, layers), strict=True)


def test_any_leading_axes_are_a_batch_of_networks():
    layers = (5, 4, 3)
    parameters, x, labels = network(layers, networks=6)
    flat = backpropagate(parameters, x, labels, layers)
    cube = backpropagate(parameters.reshape(2, 3, -1), x, labels, layers)
    assert_same_bits([part.reshape(2, 3, *part.shape[1:]) for part in flat], cube)
    assert forward(parameters.reshape(2, 3, -1), x, layers).shape == (2, 3, 7, 3)


@pytest.mark.parametrize("layout", ["C", "F"])
def test_the_layout_in_memory_changes_no_bit(layout):
    layers = (3, 4, 2)
    parameters, x, labels = network(layers, networks=9, samples=33)
    moved = backpropagate(
        np.asarray(parameters, order=layout), np.asarray(x, order=layout), labels, layers
    )
    assert_same_bits(moved, backpropagate(parameters.copy(), x.copy(), labels, layers))


@pytest.mark.parametrize("layers", UNEQUAL_LAYERS)
def test_the_objective_takes_networks_as_columns(layers):
    parameters, x, labels = network(layers, 0, SAMPLES, NETWORKS)
    objective = network_objective(x, labels, layers)
    loss, gradient = objective.evaluate(parameters.T)
    assert_same_bits([loss, gradient.T], backpropagate(parameters, x, labels, layers))
    measured = objective.measure(parameters.T)
    assert_array_equal(measured, accuracy(parameters, x, labels, layers))
    for i, row in enumerate(parameters):
        assert_allclose(loss[i], plain_loss(row, x, labels, layers), rtol=1e-13)
        expected = plain_gradient(row, x, labels, layers)
        assert_allclose(gradient[:, i], expected, rtol=1e-10, atol=1e-13)
        assert measured[i] == plain_accuracy(row, x, labels, layers)


def test_of_equal_classes_the_first_is_taken():
    layers = (3, 6, 2, 4)
    parameters, x, labels = network(layers, samples=SAMPLES)
    assert accuracy(0.0 * parameters, x, labels, layers) == np.mean(labels == 0) > 0


def test_accuracies_of_many_networks_are_each_its_own():
    layers = (3, 6, 2, 4)
    parameters, x, labels = network(layers, 0, SAMPLES, NETWORKS)
    found = accuracy(parameters, x, labels, layers)
    assert_array_equal(found, [plain_accuracy(row, x, labels, layers) for row in parameters])
    assert len(np.unique(found)) > 3


@pytest.mark.parametrize("layers", UNEQUAL_LAYERS)
def test_the_kernel_is_told_the_layers_the_samples_and_a_column_for_each_class(layers):
    _, x, labels = network(layers, samples=SAMPLES)
    kernel = network_objective(x, labels, layers).kernel
    assert (kernel.name, kernel.layers) == ("network", layers)
    assert kernel.dimension == count_of(layers) == parameter_count(layers)
    inputs, targets = kernel.data
    assert_array_equal(inputs, x)
    assert_array_equal(targets, np.eye(layers[-1])[labels])


@given(st.lists(st.floats(-1e15, 1e15), min_size=1, max_size=40))
def test_sums_are_taken_from_left_to_right(terms):
    total = terms[0]
    for term in terms[1:]:
        total += term
    assert ordered_sum(np.array(terms)) == total
    assert_array_equal(ordered_sum(np.array([terms] * 3)), [total] * 3)


def test_products_add_their_terms_from_left_to_right():
    rng = np.random.default_rng(4)
    a, b = rng.normal(size=(2, 3, 6)), rng.normal(size=(2, 6, 5))
    start = rng.normal(size=(2, 3, 5))
    expected = np.zeros((2, 3, 5))
    from_start = start.copy()
    for i, row, column in np.ndindex(2, 3, 5):
        total = a[i, row, 0] * b[i, 0, column]
        for k in range(1, 6):
            total += a[i, row, k] * b[i, k, column]
        expected[i, row, column] = total
        for k in range(6):
            from_start[i, row, column] += a[i, row, k] * b[i, k, column]
    assert_array_equal(ordered_product(a, b), expected)
    assert_array_equal(ordered_product(a, b, start), from_start)
    assert_allclose(expected, a @ b, rtol=1e-12)


# ── Parameters ───────────────────────────────────────────────────────────────────────────────


def test_parameters_are_weights_then_biases_row_by_row():
    assert parameter_names((2, 3, 1)) == [
        *("W1[0,0]", "W1[0,1]", "W1[1,0]", "W1[1,1]", "W1[2,0]", "W1[2,1]"),
        *("W2[0,0]", "W2[0,1]", "W2[0,2]"),
        *("b1[0]", "b1[1]", "b1[2]"),
        "b2[0]",
    ]
    weights, biases = unpack(np.arange(13), (2, 3, 1))
    assert [w.tolist() for w in weights] == [[[0, 1], [2, 3], [4, 5]], [[6, 7, 8]]]
    assert [b.tolist() for b in biases] == [[9, 10, 11], [12]]


@given(layer_sizes, st.sampled_from([(), (3,), (2, 2)]))
def test_unpacking_and_packing_give_the_parameters_back(layers, batch):
    parameters = np.random.default_rng(1).normal(size=(*batch, count_of(layers)))
    weights, biases = unpack(parameters, layers)
    sizes = [np.shape(array)[len(batch) :] for array in [*weights, *biases]]
    assert sizes == shapes(layers)
    assert_array_equal(pack(weights, biases), parameters, strict=True)


@given(layer_sizes)
def test_every_parameter_has_one_name_and_the_name_its_place(layers):
    names = parameter_names(layers)
    assert len(set(names)) == len(names) == count_of(layers)
    weights, biases = unpack(np.arange(len(names)), layers)
    for place, name in enumerate(names):
        symbol, index = name.removesuffix("]").split("[")
        array = {"W": weights, "b": biases}[symbol[0]][int(symbol[1:]) - 1]
        assert array[tuple(map(int, index.split(",")))] == place


# ── Wrong arguments ──────────────────────────────────────────────────────────────────────────

WRONG = {
    "too few parameters": ({"parameters": np.zeros(26)}, r"have 27 parameters, not 26"),
    "too many parameters": ({"parameters": np.zeros((5, 28))}, r"have 27 parameters, not 28"),
    "inputs of another dimension": ({"x": np.zeros((7, 3))}, r"shape \(n, 2\), not \(7, 3\)"),
    "a single input": ({"x": np.zeros(2)}, r"shape \(n, 2\), not \(2,\)"),
}
WRONG_LABELS = {
    "too few labels": ([0] * 6, r"labels must have shape \(7,\).*not \(6,\)"),
    "labels as columns": ([[0]] * 7, r"labels must have shape \(7,\)"),
    "one-hot labels": (np.eye(3)[[0] * 7], r"labels must have shape \(7,\)"),
    "a label too large": ([0, 1, 3, 0, 0, 0, 0], r"0 … 2"),
    "a negative label": ([0, 1, -1, 0, 0, 0, 0], r"0 … 2"),
    "fractional labels": ([0.5] * 7, r"whole numbers|integer"),
}


def arguments(**changes):
    parameters, x, labels = network((2, 4, 3))
    return {"parameters": parameters, "x": x, "labels": labels, "layers": (2, 4, 3)} | changes


@pytest.mark.parametrize("case", WRONG)
@pytest.mark.parametrize("function", [forward, cross_entropy, backpropagate])
def test_arguments_that_do_not_fit_the_layers_are_refused(function, case):
    changes, message = WRONG[case]
    wrong = arguments(**changes)
    if function is forward:
        del wrong["labels"]
    elif "x" in changes:
        wrong["labels"] = np.zeros(len(wrong["x"]), int)
    with pytest.raises(ValueError, match=message):
        function(**wrong)


@pytest.mark.parametrize("case", WRONG_LABELS)
@pytest.mark.parametrize("function", [cross_entropy, backpropagate])
def test_labels_that_are_no_classes_are_refused(function, case):
    labels, message = WRONG_LABELS[case]
    with pytest.raises(ValueError, match=message):
        function(**arguments(labels=labels))


def test_lists_are_taken_as_arrays():
    layers = (2, 4, 3)
    parameters, x, labels = network(layers)
    expected = backpropagate(parameters, x, labels, layers)
    as_lists = backpropagate(parameters.tolist(), x.tolist(), labels.tolist(), list(layers))
    assert_same_bits(as_lists, expected)


def test_arguments_are_left_alone():
    given_arguments = arguments()
    before = {name: np.array(value) for name, value in given_arguments.items()}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        backpropagate(**given_arguments)
    for name, value in before.items():
        assert_array_equal(given_arguments[name], value)
