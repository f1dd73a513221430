"""Both engines give the same bits where numbers overflow, vanish, or are none.

Rates, starts, parameters of methods and of objectives, weights and samples have any size that a
number can have, with zeros, infinities and NaN among them. Whatever is registered is tried.
"""

import inspect
import typing
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from descent.core.elementary import exp, log
from descent.core.methods import METHODS
from descent.core.networks import (
    accuracy,
    backpropagate,
    forward,
    network_objective,
    parameter_count,
)
from descent.core.objective import formula_objective
from descent.core.objectives import OBJECTIVES
from descent.core.objectives.quadratic_function import quadratic_formula
from descent.core.parameters import PARAMETERS
from descent.core.weight_initialisation import initial_parameters
from descent.engine.choice import compiled_objective
from descent.engine.descents import sweep
from descent.engine.training import train_many

numba = pytest.importorskip("numba")

from descent.engine.compiled_engine import advance_compiled  # noqa: E402

SMALLEST, LEAST_NORMAL, LARGEST = 5e-324, np.finfo(float).tiny, np.finfo(float).max
ODD = [0.0, -0.0, SMALLEST, -SMALLEST, LEAST_NORMAL, LARGEST, -LARGEST, np.inf, -np.inf, np.nan]
TARGETS = [None, 0.0, SMALLEST, 1e-3, 1.0, 1e300, LARGEST, np.inf]
POWERS_OF_TEN = (-323.0, 308.0)  # of all numbers

NETWORKS = [(2, 4), (1, 6, 2), (2, 3, 5, 4)]
TRAININGS = [
    *((layers, "momentum") for layers in NETWORKS),
    ((1, 6, 2), "nesterov"),
    ((1, 6, 2), "adam"),
]
DEEP = (3, 6, 2, 4)

# Formula and rule are compiled apart: every objective with one method, and every method.
SWEPT = [("rosenbrock", method) for method in METHODS]
SWEPT += [(name, "momentum") for name in OBJECTIVES if name != "rosenbrock"]

seeds = st.integers(0, 2**32 - 1)


# ── Numbers of any size ──────────────────────────────────────────────────────────────────────


def of_any_size(rng, *shape):
    return rng.choice([-1.0, 1.0], shape) * 10.0 ** rng.uniform(*POWERS_OF_TEN, shape)


def columns_of_any_kind(rng, rows, columns):
    """Return columns of ordinary numbers, of one size, or of any; in some, odd ones among them."""
    ordinary = rng.uniform(-2.0, 2.0, (rows, columns))
    of_one_size, of_any = of_any_size(rng, 1, columns), of_any_size(rng, rows, columns)
    with np.errstate(over="ignore"):
        kinds = [ordinary, ordinary * of_one_size, of_any]
    numbers = np.choose(rng.integers(0, 3, columns), kinds)
    is_odd = rng.random((rows, columns)) < rng.choice([0.0, 0.2], columns, p=[0.7, 0.3])
    return np.where(is_odd, rng.choice(ODD, (rows, columns)), numbers)


def settings_of_any_kind(rng, method, runs):
    """Return each parameter's values: ordinary, at its range's ends or of any size in it, odd."""
    found = {}
    for name in METHODS[method].parameters:
        low, below = PARAMETERS[name].low, PARAMETERS[name].below
        if below == np.inf:
            ordinary, extreme = 10.0 ** rng.uniform(-6, 0, runs), np.abs(of_any_size(rng, runs))
        else:
            ordinary = rng.uniform(low, below, runs)
            extreme = rng.choice([low, SMALLEST, np.nextafter(below, low)], runs)
        odd = columns_of_any_kind(rng, 1, runs)[0]
        found[name] = np.choose(rng.choice(3, runs, p=[0.5, 0.4, 0.1]), [ordinary, extreme, odd])
    return found


def objective_of_any_kind(rng, name):
    """Build a registered objective from what it asks for: numbers, or lists of them."""
    asked = inspect.signature(OBJECTIVES[name].build).parameters.values()
    while True:
        columns = columns_of_any_kind(rng, 2, len(asked)).T
        columns = np.abs(columns) if rng.random() < 0.7 else columns
        values = [
            column if typing.get_origin(parameter.annotation) is Sequence else float(column[0])
            for parameter, column in zip(asked, columns, strict=True)
        ]
        try:
            return OBJECTIVES[name].build(*values)
        except ValueError:
            continue  # refused


def samples_of_any_kind(rng, layers):
    """Return samples, not of whole groups or spans, and their labels; most samples are ordinary."""
    count = rng.integers(1, 70)
    odd = columns_of_any_kind(rng, layers[0], count).T
    x = rng.normal(size=odd.shape) if rng.random() < 0.7 else odd
    return x, rng.integers(0, layers[-1], count)


def assert_same_bits(first, second):
    """Compare arrays bit by bit, but for the sign and payload of NaN, which are no number's."""
    for a, b in zip(first, second, strict=True):
        if a.dtype.kind == "f":
            a, b = (np.where(np.isnan(field), np.nan, field).view(np.int64) for field in (a, b))
        np.testing.assert_array_equal(a, b)


def in_both_engines(rng, method, runs, run):
    """Let both engines advance runs with any settings, hold them together, and return the ends."""
    options = {"target": TARGETS[rng.integers(len(TARGETS))], "threads": int(rng.integers(1, 4))}
    options |= settings_of_any_kind(rng, method, runs)
    iterations = int(rng.integers(0, 40))
    ends = [run(method, iterations, engine=engine, **options) for engine in ("numpy", "numba")]
    assert_same_bits(*ends)
    return ends[0]


# ── Descents and trainings ───────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("name", "method"), SWEPT)
@settings(max_examples=15)
@given(seeds)
def test_engines_agree_on_descents(name, method, seed):
    rng = np.random.default_rng(seed)
    objective, runs = objective_of_any_kind(rng, name), int(rng.integers(1, 70))
    starts = columns_of_any_kind(rng, objective.kernel.dimension or 2, runs).T
    in_both_engines(
        rng, method, runs, lambda how, *many, **more: sweep(objective, how, starts, *many, **more)
    )


@pytest.mark.parametrize("name", OBJECTIVES)
@settings(max_examples=15)
@given(seeds)
def test_engines_agree_on_updates(name, seed):
    """Where no run ever stops, with the method that keeps the most."""
    rng, method = np.random.default_rng(seed), "adam"
    objective, runs = objective_of_any_kind(rng, name), int(rng.integers(1, 70))
    start = columns_of_any_kind(rng, objective.kernel.dimension or 2, runs)
    state = np.array([np.full(start.shape, number) for number in METHODS[method].state])
    state = state.reshape(-1, *start.shape)
    chosen = np.array(list(settings_of_any_kind(rng, method, runs).values()))
    iterations, threads = int(rng.integers(1, 40)), int(rng.integers(1, 4))
    ends = advance_compiled(
        objective.kernel, method, start, state, chosen, iterations, threads=threads
    )
    point = start
    with np.errstate(all="ignore"):
        for _ in range(iterations):
            _, gradient = objective.evaluate(point)
            point, state = METHODS[method].update(point, gradient, tuple(state), *chosen)
    assert_same_bits([point, np.reshape(state, ends[1].shape)], ends)


@pytest.mark.parametrize(("layers", "method"), TRAININGS)
@settings(max_examples=15)
@given(seeds)
def test_engines_agree_on_trainings(layers, method, seed):
    """Also on the accuracy, on fresh samples, of what they end with."""
    rng = np.random.default_rng(seed)
    samples, fresh = samples_of_any_kind(rng, layers), samples_of_any_kind(rng, layers)
    runs = int(rng.integers(1, 40))
    he = initial_parameters(layers, range(runs), initial="he")
    odd = columns_of_any_kind(rng, he.shape[1], runs).T
    initial = np.where(rng.random((runs, 1)) < 0.5, he, odd)
    ends = in_both_engines(
        rng,
        method,
        runs,
        lambda *many, **more: train_many(*samples, layers, initial, *many, **more),
    )
    objective = network_objective(*fresh, layers)
    with np.errstate(all="ignore"):
        assert_same_bits(
            [objective.measure(ends.point.T)], [compiled_objective(objective).measure(ends.point.T)]
        )


@settings(max_examples=60)
@given(seeds)
def test_engines_agree_on_losses_and_gradients(seed):
    rng = np.random.default_rng(seed)
    objective = network_objective(*samples_of_any_kind(rng, DEEP), DEEP)
    points = columns_of_any_kind(rng, parameter_count(DEEP), int(rng.integers(1, 70)))
    with np.errstate(all="ignore"):
        value, gradient = objective.evaluate(points)
        fast_value, fast_gradient = compiled_objective(objective).evaluate(points)
    is_finite = np.isfinite(value)
    assert_same_bits([value, gradient[:, is_finite]], [fast_value, fast_gradient[:, is_finite]])


# ── What a network gives, in the reference and so in both ────────────────────────────────────

ONE_UNIT = (1, 1, 3)  # two weights' matrices, four biases


def one_unit(weight, behind=(1.0, 0.0, 0.0), bias=0.0):
    return np.array([weight, *behind, bias, 0.0, 0.0, 0.0])


def loss_and_gradient(parameters, x=1.0):
    with np.errstate(all="ignore"):
        return backpropagate(parameters, [[x]], [0], ONE_UNIT)


def test_a_unit_that_is_off_has_no_gradient_however_steep_what_is_behind_it():
    """ReLU's derivative is 0 there, and 0 it stays where the slope behind it is infinite."""
    behind = (LARGEST, -LARGEST, -LARGEST)
    loss, gradient = loss_and_gradient(one_unit(-1.0, behind))
    assert loss == pytest.approx(np.log(3.0))
    assert gradient[0] == gradient[4] == 0.0
    loss, gradient = loss_and_gradient(one_unit(SMALLEST, behind))
    assert np.isfinite(loss)
    assert np.isinf(gradient[0])


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("place", range(8))
def test_the_loss_is_nan_where_a_parameter_is_not_finite(bad, place):
    """Also where the unit is off that would have used it."""
    parameters = one_unit(-1.0)
    parameters[place] = bad
    assert np.isnan(loss_and_gradient(parameters)[0])


@pytest.mark.parametrize("parameters", [one_unit(1e200, (1e200, 0.0, 0.0)), one_unit(1e308)])
def test_the_loss_is_nan_where_a_logit_overflows(parameters):
    assert np.isnan(loss_and_gradient(parameters, x=1e100)[0])


def test_nan_passes_a_rectifier():
    with np.errstate(all="ignore"):
        assert np.isnan(forward(one_unit(np.nan), [[1.0]], ONE_UNIT)).all()


def test_a_sample_without_logits_is_not_classified_right():
    """The first NaN is the largest to argmax: it would be class 0, which is the label."""
    parameters = one_unit(LARGEST, (-LARGEST, 1.0, 1.0))
    parameters[5] = np.inf
    with np.errstate(all="ignore"):
        assert accuracy(parameters, [[1.0], [-1.0]], [0, 0], ONE_UNIT) == 0.5


# ── How a run ends ───────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("target", "status"), [(None, "diverged"), (-1e306, "reached"), (np.inf, "reached")]
)
def test_minus_infinity_is_no_value_that_reaches_a_target(target, status):
    hill = formula_objective("quadratic", quadratic_formula, np.array([-1.0, 0.0]), dimension=2)
    starts, rates = [[1.0, 0.0], [3.0, 0.0]], [3.0, 1.0]
    ends = [
        sweep(hill, "momentum", starts, 2000, rates, target=target, engine=engine)
        for engine in ("numpy", "numba")
    ]
    assert_same_bits(*ends)
    assert ends[0].status.tolist() == [status, status]
    assert np.isfinite(ends[0].value).all()


@pytest.mark.parametrize("engine", ["numpy", "numba"])
def test_an_infinite_value_reaches_no_target(engine):
    starts = [[1e200, 0.0], [0.0, 0.0]]
    ends = sweep("rosenbrock", "momentum", starts, 5, 1e-3, target=np.inf, engine=engine)
    assert ends.status.tolist() == ["diverged", "reached"]
    assert ends.iterations.tolist() == [0, 0]


def test_a_target_that_is_no_number_is_refused():
    with pytest.raises(ValueError, match="target = nan must be a number"):
        sweep("rosenbrock", "momentum", [[0.0, 0.0]], 5, 1e-3, target=np.nan)


# ── Elementary functions ─────────────────────────────────────────────────────────────────────


def compiled(function):
    """Compile a function of a vector of numbers, and let it take an array in blocks of eight."""
    from descent.engine.simd import load, store

    inner = numba.njit(error_model="numpy")(function)

    @numba.njit(error_model="numpy")
    def outer(x, y):
        for i in range(0, x.shape[1], 8):
            (block,) = load(x, 0, i, 1, 8)
            store(y, 0, i, (inner(block),))

    return outer


@pytest.mark.parametrize("function", [exp, log])
def test_compiled_functions_have_numpys_bits_for_any_number(function):
    bits = np.random.default_rng(3).integers(0, 2**64, 40_000, np.uint64).view(float)
    every = np.concatenate([ODD, *np.split(of_any_size(np.random.default_rng(4), 5998), 2), bits])
    x, y = every[None], np.empty((1, len(every)))
    compiled(function)(x, y)
    with np.errstate(all="ignore"):
        assert_same_bits([np.asarray(function(x), float)], [y])
