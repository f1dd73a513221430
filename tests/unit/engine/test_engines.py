"""The compiled engine against the reference: the same bits, whatever the runs and however cut."""

import math
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from descent.core.methods import METHODS
from descent.core.networks import network_objective
from descent.core.objectives import OBJECTIVES
from descent.core.objectives.lessard_function import lessard_objective
from descent.core.objectives.quadratic_function import quadratic_objective
from descent.core.objectives.rosenbrock_function import rosenbrock_objective as rosenbrock
from descent.core.weight_initialisation import initial_parameters
from descent.engine import compiled_engine as compiled
from descent.engine import kernels
from descent.engine.descents import sweep
from descent.engine.training import train_many

pytest.importorskip("numba")


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


@pytest.mark.parametrize("dimension", [2, 3, 7])
def test_engines_agree_in_any_dimension(dimension):
    rng = np.random.default_rng(dimension)
    starts = rng.uniform(-2, 2, (40, dimension))
    both(rosenbrock(), "momentum", starts, 300, 10 ** rng.uniform(-5, -2, 40), momentum=0.9)
    spectrum = quadratic_objective(np.geomspace(1, 100, dimension))
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
    network = network_objective(np.ones((5, 2)), np.array([0, 1, 2, 0, 1]), (2, 3, 2, 3))
    points = np.full((26, 26), -1.0)
    np.fill_diagonal(points, bad)
    value, _ = compiled.accelerated(network, network.kernel).evaluate(points)
    assert not np.isfinite(value).any()


def test_few_samples_or_a_number_not_of_whole_groups_agree():
    layers = (2, 3, 3)
    initial = initial_parameters(layers, range(9), -2.0, 2.0)
    for count in (1, 2, 31, 32, 33, 67):
        x = np.random.default_rng(count).normal(size=(count, 2))
        both(
            network_objective(x, np.arange(count) % 3, layers),
            "momentum", initial, 20, 1e-2, momentum=0.9,
        )  # fmt: skip


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


@pytest.mark.parametrize("layers", [(2, 3, 2, 3), (2, 4), (3, 5, 3), (1, 6, 2)])
@pytest.mark.parametrize("method", ["momentum", "adam"])
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
    with pytest.raises(ValueError, match="starts must have 26 coordinates"):
        train_many(
            np.zeros((5, 2)), [0] * 5, (2, 3, 2, 3), np.zeros((4, 23)), "momentum", 3, 0.1,
            engine=engine,
        )  # fmt: skip


# ── Compiled code kept between jobs ──────────────────────────────────────────────────────────

SWEEP = """
from descent import sweep
from descent.engine import compiled_engine as compiled
sweep("rosenbrock", "momentum", [[0.0, 0.0]], 5, 1e-3, momentum=0.5, engine="numba")
kernel = compiled.compile_kernels("rosenbrock", (), "momentum", 2).run
print(sum(kernel.stats.cache_hits.values()), sum(kernel.stats.cache_misses.values()))
"""


def test_compiled_code_is_found_again_by_another_process(tmp_path):
    root = str(Path(compiled.__file__).parents[2])
    environment = {"PYTHONPATH": root, "DESCENT_CACHE": str(tmp_path), "PATH": ""}
    found = [
        subprocess.run(
            [sys.executable, "-c", SWEEP],
            env=environment, check=True, capture_output=True, text=True,
        ).stdout.split()
        for _ in range(2)
    ]  # fmt: skip
    assert found == [["0", "1"], ["1", "0"]]


def test_the_cache_belongs_to_these_very_sources(monkeypatch, tmp_path):
    monkeypatch.setenv("DESCENT_CACHE", str(tmp_path))
    before = compiled.cache_folder()
    assert before.parent == tmp_path
    copy = tmp_path / "descent"
    shutil.copytree(Path(compiled.__file__).parents[1], copy)
    monkeypatch.setattr(compiled, "__file__", str(copy / "engine" / "compiled_engine.py"))
    assert compiled.cache_folder() == before
    (copy / "statistics" / "wilson.py").write_text("# no formula")
    assert compiled.cache_folder() == before
    sources = ["core/methods", "core/elementary", "core/networks", "core/objectives/new_function"]
    for source in [*sources, "engine/kernels", "engine/simd", "engine/compiled_engine"]:
        with (copy / f"{source}.py").open("a") as file:
            file.write("# another formula")
        after = compiled.cache_folder()
        assert after != before, source
        before = after


def test_a_cache_that_cannot_be_written_is_a_temporary_one(monkeypatch, tmp_path):
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("DESCENT_CACHE", str(tmp_path / "file" / "cache"))
    assert compiled.cache_folder().is_relative_to(tempfile.gettempdir())


def test_a_small_sweep_does_not_pay_for_the_compiler(monkeypatch):
    monkeypatch.setattr(kernels, "run_share", None)
    compiled.compile_kernels.cache_clear()
    assert sweep("rosenbrock", "momentum", [[0.0, 0.0]], 100, 1e-3).status == ["budget"]
