"""The compiled engine against the reference: the same bits, whatever the runs and however cut."""

import functools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from methods_by_hand import path_by_hand
from networks_by_hand import (
    NETWORKS,
    SAMPLES,
    UNEQUAL_LAYERS,
    network,
    plain_accuracy,
    plain_gradient,
    plain_loss,
)

from descent.core.methods import METHODS
from descent.core.networks import network_objective
from descent.core.objectives import OBJECTIVES
from descent.core.objectives.lessard_function import lessard_objective
from descent.core.objectives.quadratic_function import quadratic_objective
from descent.core.objectives.rosenbrock_function import rosenbrock_objective as rosenbrock
from descent.core.weight_initialisation import initial_parameters
from descent.engine import compiled_engine as compiled
from descent.engine import kernels
from descent.engine.descents import descend, sweep
from descent.engine.training import train_many

pytest.importorskip("numba")

# Of the network on which several tests agree, so that its kernels are compiled once.
LAYERS = (1, 6, 2)


def bits(field):
    return field.view(np.int64) if field.dtype.kind == "f" else field


def assert_same_bits(first, second):
    for a, b in zip(first, second, strict=True):
        np.testing.assert_array_equal(bits(np.ascontiguousarray(a)), bits(np.ascontiguousarray(b)))


def both(objective, method, starts, iterations, rates, **options):
    """Run both engines, hold them together, and return the outcomes."""
    outcomes = [
        sweep(objective, method, starts, iterations, rates, engine=engine, **options)
        for engine in ("numpy", "numba")
    ]
    assert_same_bits(*outcomes)
    return outcomes[0]


@pytest.mark.parametrize("method", METHODS)
@settings(max_examples=15)
@given(st.integers(1, 70), st.integers(0, 60), st.integers(0, 2**32 - 1))
def test_engines_agree_bit_for_bit_on_random_descents(method, runs, iterations, seed):
    """Runs that reach, diverge and overflow among them, and not a multiple of the lanes."""
    rng = np.random.default_rng(seed)
    starts = rng.uniform(-4, 4, (runs, 2))
    starts[rng.random(runs) < 0.1] *= 1e60
    rates = 10 ** rng.uniform(-5, 1, runs)
    momentum = (
        {"momentum": rng.uniform(0, 1, runs)} if "momentum" in METHODS[method].parameters else {}
    )
    both(rosenbrock(0.5, 40.0), method, starts, iterations, rates, target=1.0, **momentum)


def test_all_outcomes_occur_and_agree():
    rng = np.random.default_rng(3)
    starts, rates = rng.uniform(-1, 1, (100, 2)), 10 ** rng.uniform(-4, -1.5, 100)
    outcomes = both(rosenbrock(), "gradient_descent", starts, 5000, rates, target=1e-2)
    assert set(outcomes.status) == {"reached", "budget", "diverged", "cycle"}
    assert (outcomes.period[outcomes.status == "cycle"] >= 2).all()


def test_engines_agree_in_three_dimensions():
    """Of more there are tests in `test_high_dimension.py`."""
    rng = np.random.default_rng(3)
    starts = rng.uniform(-2, 2, (40, 3))
    both(rosenbrock(), "momentum", starts, 300, 10 ** rng.uniform(-5, -2, 40), momentum=0.9)
    spectrum = quadratic_objective([1, 10, 100])
    both(spectrum, "nesterov", starts, 300, 10 ** rng.uniform(-4, -1, 40), momentum=0.5)


def test_threads_change_nothing():
    rng = np.random.default_rng(5)
    starts, rates = rng.uniform(-2, 2, (333, 2)), 10 ** rng.uniform(-5, -2, 333)
    one, three = (
        sweep("rosenbrock", "adam", starts, 200, rates, target=0.1, engine="numba", threads=threads)
        for threads in (1, 3)
    )
    assert_same_bits(one, three)


def test_every_formula_is_not_finite_where_a_coordinate_is_not():
    """Engines look for divergence at the value alone."""
    data = {"rosenbrock": (1.0, 100.0), "quadratic": (np.array([1.0, 2.0]),), "lessard": ()}
    for name, record in OBJECTIVES.items():
        dimension = 1 if name == "lessard" else 2
        for bad in (np.inf, -np.inf, np.nan):
            for place in range(dimension):
                x = np.ones((dimension, 1))
                x[place] = bad
                with np.errstate(all="ignore"):
                    value = record.formula(x, np.empty_like(x), *data[name])
                assert not np.isfinite(value).any(), (name, bad, place)


@pytest.mark.parametrize("bad", [np.inf, -np.inf, np.nan])
def test_the_network_is_not_finite_where_a_parameter_is_not(bad):
    """A unit that never fires would hide a bad weight from the loss."""
    objective = network_objective(np.ones((6, 3)), np.array([0, 1, 2, 3, 1, 2]), (3, 6, 2, 4))
    points = np.full((50, 50), -1.0)
    np.fill_diagonal(points, bad)
    value, _ = compiled.accelerated(objective, objective.kernel).evaluate(points)
    assert not np.isfinite(value).any()


def test_few_samples_or_a_number_not_of_whole_groups_agree():
    initial = initial_parameters(LAYERS, range(9), -2.0, 2.0)
    for count in (1, 2, 31, 32, 33, 67):
        x = np.random.default_rng(count).normal(size=(count, 1))
        both(
            network_objective(x, np.arange(count) % 2, LAYERS),
            "momentum", initial, 20, 1e-2, momentum=0.9,
        )  # fmt: skip


# ── Whole paths by hand ──────────────────────────────────────────────────────────────────────

RUNS, ITERATIONS = 5, 24
PATHS = {
    "gradient_descent": {"learning_rate": np.geomspace(1e-3, 5e-3, RUNS)},
    "momentum": {
        "learning_rate": np.geomspace(5e-4, 3e-3, RUNS),
        "momentum": np.linspace(0.3, 0.9, RUNS),
    },
    "nesterov": {
        "learning_rate": np.geomspace(5e-4, 3e-3, RUNS),
        "momentum": np.linspace(0.3, 0.9, RUNS),
    },
    "adagrad": {
        "learning_rate": np.geomspace(0.02, 0.2, RUNS),
        "epsilon": np.geomspace(1e-3, 3.0, RUNS),
    },
    "rmsprop": {
        "learning_rate": np.geomspace(2e-3, 2e-2, RUNS),
        "decay": np.linspace(0.5, 0.95, RUNS),
        "epsilon": np.geomspace(1.0, 1e-3, RUNS),
    },
    "adam": {
        "learning_rate": np.geomspace(5e-3, 5e-2, RUNS),
        "beta1": np.linspace(0.2, 0.9, RUNS),
        "beta2": np.linspace(0.95, 0.6, RUNS),
        "epsilon": np.geomspace(1e-3, 1.0, RUNS),
    },
}


def slope_by_hand(point):
    x, y = point
    return [-2 * (0.5 - x) - 4 * 40 * x * (y - x**2), 2 * 40 * (y - x**2)]


def height_by_hand(point):
    x, y = point
    return (0.5 - x) ** 2 + 40 * (y - x**2) ** 2


@functools.cache
def paths_by_hand(method):
    """Walk each run's way on the valley of a = 0.5 and b = 40; return starts, points and values."""
    starts = np.random.default_rng(8).uniform(-1, 1, (RUNS, 2))
    points, values = [], []
    for run, start in enumerate(starts):
        own = {name: each[run] for name, each in PATHS[method].items()}
        path = path_by_hand(method, slope_by_hand, start, ITERATIONS, **own)
        points.append([[float(x) for x in point] for point in path])
        values.append([float(height_by_hand(point)) for point in path])
    return starts, np.array(points), np.array(values)


@pytest.mark.parametrize("method", METHODS)
def test_a_descent_walks_its_papers_path(method):
    starts, points, values = paths_by_hand(method)
    for run in range(RUNS):
        own = {name: each[run] for name, each in PATHS[method].items()}
        found = descend(rosenbrock(0.5, 40.0), method, starts[run], ITERATIONS, **own)
        np.testing.assert_allclose(found.points, points[run], rtol=1e-10, atol=1e-11)
        np.testing.assert_allclose(found.values, values[run], rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("engine", ["numpy", "numba"])
def test_a_sweep_ends_where_the_papers_paths_do(engine, method):
    """Each run with parameters of its own: the budget spent, then at a target that some meet."""
    starts, points, values = paths_by_hand(method)
    runs = (rosenbrock(0.5, 40.0), method, starts, ITERATIONS)
    spent = sweep(*runs, engine=engine, **PATHS[method])
    np.testing.assert_allclose(spent.point, points[:, -1], rtol=1e-10, atol=1e-11)
    np.testing.assert_allclose(spent.value, values[:, -1], rtol=1e-9, atol=1e-11)
    target = 1.001 * np.sort(values.min(axis=1))[RUNS // 2]
    hit = values <= target
    ends = np.where(hit.any(axis=1), hit.argmax(axis=1), ITERATIONS)
    found = sweep(*runs, target=target, engine=engine, **PATHS[method])
    assert found.status.tolist() == np.where(hit.any(axis=1), "reached", "budget").tolist()
    assert 0 < hit.any(axis=1).sum() < RUNS
    np.testing.assert_array_equal(found.iterations, ends)
    expected = points[range(RUNS), ends]
    np.testing.assert_allclose(found.point, expected, rtol=1e-10, atol=1e-11)


@pytest.mark.parametrize("layers", UNEQUAL_LAYERS[::2])
def test_compiled_losses_gradients_and_accuracies_are_those_by_hand(layers):
    parameters, x, labels = network(layers, 3, SAMPLES, NETWORKS)
    objective = network_objective(x, labels, layers)
    fast = compiled.accelerated(objective, objective.kernel)
    loss, gradient = fast.evaluate(parameters.T)
    measured = fast.measure(parameters.T)
    assert (loss.shape, gradient.shape) == ((NETWORKS,), parameters.T.shape)
    for run, row in enumerate(parameters):
        np.testing.assert_allclose(loss[run], plain_loss(row, x, labels, layers), rtol=1e-12)
        expected = plain_gradient(row, x, labels, layers)
        np.testing.assert_allclose(gradient[:, run], expected, rtol=1e-9, atol=1e-12)
        assert measured[run] == plain_accuracy(row, x, labels, layers)
    assert len(set(measured)) > 2
    # All logits are equal at 0: the first class is taken.
    assert fast.measure(0.0 * parameters.T).tolist() == [np.mean(labels == 0)] * NETWORKS
    # Where logits are no numbers, none is.
    assert fast.measure(np.nan * parameters.T).tolist() == [0.0] * NETWORKS


@pytest.mark.parametrize("engine", ["numpy", "numba"])
@pytest.mark.parametrize("method", ["momentum", "adam"])
def test_a_training_ends_where_the_papers_method_on_the_plain_gradient_does(engine, method):
    iterations = 9
    initial, x, labels = network(LAYERS, 5, 17, RUNS)
    ends = train_many(
        x, labels, LAYERS, initial, method, iterations, engine=engine, **PATHS[method]
    )
    for run, start in enumerate(initial):
        own = {name: each[run] for name, each in PATHS[method].items()}
        path = path_by_hand(
            method,
            lambda point: plain_gradient(np.array(point, float), x, labels, LAYERS).tolist(),
            start,
            iterations,
            **own,
        )
        np.testing.assert_allclose(ends.point[run], np.array(path[-1], float), rtol=1e-8, atol=1e-9)


# ── Known results ────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("method", "limit"),
    [
        ("gradient_descent", lambda mu: 2.0),
        ("momentum", lambda mu: 2.0 * (1.0 + mu)),
        ("nesterov", lambda mu: (2.0 + 2.0 * mu) / (1.0 + 2.0 * mu)),
    ],
)
@pytest.mark.parametrize("mu", [0.0, 0.3, 0.9])
def test_quadratics_are_stable_up_to_the_known_limit(method, limit, mu):
    """Polyak (1964) and Nesterov's (1983) limits of learning rate times eigenvalue."""
    mu = 0.0 if method == "gradient_descent" else mu
    rates = limit(mu) / 5.0 * np.array([0.99, 1.01])
    outcomes = both(
        quadratic_objective([5.0]), method, [[1.0]] * 2, 5000, rates, momentum=mu, target=1e-12
    )
    assert outcomes.status[0] == "reached"
    assert outcomes.status[1] != "reached"
    assert outcomes.value[1] > 1.0


def test_the_optimal_heavy_ball_converges_at_the_known_rate():
    """√β per iteration with β = ((√κ − 1) / (√κ + 1))² (Polyak 1964)."""
    low, high = 1.0, 100.0
    root = math.sqrt(high / low)
    beta, rate = ((root - 1) / (root + 1)) ** 2, (2 / (math.sqrt(low) + math.sqrt(high))) ** 2
    ends = both(
        quadratic_objective([low, high]), "momentum", [[1.0, 1.0]], 400, rate, momentum=beta
    )
    size = np.abs(ends.point).max()
    assert size ** (1 / 400) == pytest.approx(math.sqrt(beta), rel=0.02)


def test_the_heavy_ball_cycles_for_ever_on_lessards_function():
    """Tuned for quadratics with eigenvalues from 1 to 25 (Lessard, Recht & Packard 2016)."""
    outcomes = both(
        lessard_objective(), "momentum", [[3.3]], 3000, 1 / 9, momentum=4 / 9, target=1e-9
    )
    assert outcomes.status == ["cycle"]
    assert outcomes.period == [3]
    orbit = {792 / 1225, -2208 / 1225, 2592 / 1225}
    assert min(abs(outcomes.point[0, 0] - place) for place in orbit) < 1e-12


# ── The network ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("layers", "method"),
    [*((layers, "momentum") for layers in [(2, 3, 5, 4), (2, 4)]), (LAYERS, "adam")],
)
def test_engines_agree_bit_for_bit_on_trainings(layers, method):
    rng = np.random.default_rng(sum(layers))
    x = rng.normal(size=(61, layers[0]))
    labels = np.clip(np.floor(x[:, 0] + layers[-1] / 2), 0, layers[-1] - 1).astype(int)
    initial = initial_parameters(layers, range(37), -0.8, 0.8)
    momentum = {"momentum": rng.uniform(0, 0.99, 37)} if method == "momentum" else {}
    rates = 10 ** rng.uniform(-4, 0.5, 37)
    outcomes = [
        train_many(x, labels, layers, initial, method, 60, rates, target=1.0, engine=e, **momentum)
        for e in ("numpy", "numba")
    ]
    assert_same_bits(*outcomes)
    assert "reached" in outcomes[0].status


@pytest.mark.parametrize("engine", ["numpy", "numba"])
@pytest.mark.parametrize(
    ("objective", "dimension"),
    [(quadratic_objective([1.0, 2.0]), 3), (lessard_objective(), 2), (rosenbrock(), 1)],
)
def test_points_of_the_wrong_dimension_are_refused(engine, objective, dimension):
    with pytest.raises(ValueError, match="starts must have"):
        sweep(objective, "momentum", np.zeros((3, dimension)), 5, 0.1, engine=engine)


@pytest.mark.parametrize("engine", ["numpy", "numba"])
def test_too_few_parameters_of_a_network_are_refused(engine):
    with pytest.raises(ValueError, match="starts must have 54 coordinates"):
        train_many(
            np.zeros((6, 2)), [0] * 6, (2, 5, 4, 3), np.zeros((7, 51)), "momentum", 3, 0.1,
            engine=engine,
        )  # fmt: skip


# ── Compiling where it pays ──────────────────────────────────────────────────────────────────


def test_a_small_sweep_does_not_pay_for_the_compiler(monkeypatch):
    monkeypatch.setattr(kernels, "run_share", None)
    compiled._kernels.cache_clear()
    assert sweep("rosenbrock", "momentum", [[0.0, 0.0]], 100, 1e-3).status == ["budget"]
