"""When compiling is worth it: seconds worked out by hand."""

import sys

import numpy as np
import pytest

from descent.core.networks import network_objective
from descent.core.objectives.quadratic_function import quadratic_objective
from descent.core.objectives.rosenbrock_function import rosenbrock_objective
from descent.engine.choice import is_faster_compiled, numpy_seconds, worth_compiling_runs
from descent.engine.descents import sweep
from descent.engine.numpy_engine import run_in_numpy

pytest.importorskip("numba")
ENGINE = "descent.engine.compiled_engine"


@pytest.fixture(params=[False, True], ids=["not yet started", "started"])
def start_up(request, monkeypatch):
    """Return the seconds that compiled code takes to start: a tenth where it has been loaded."""
    if request.param:
        monkeypatch.setitem(sys.modules, ENGINE, None)
    else:
        monkeypatch.delitem(sys.modules, ENGINE, raising=False)
    return 0.06 if request.param else 0.6


def test_numpys_seconds_are_those_of_its_steps_and_its_numbers():
    assert numpy_seconds(False, 1e9, 2e6) == pytest.approx(30 + 20)
    assert numpy_seconds(True, 1e9, 2e4) == pytest.approx(8 + 20)


@pytest.mark.parametrize(("is_network", "step"), [(False, 1.5e-5), (True, 4e-4)])
def test_compiled_code_is_faster_where_numpy_takes_longer_than_it_takes_to_start(
    start_up, is_network, step
):
    for work, steps in ((0.0, start_up / step), (start_up / 2e-8, 0.0)):
        assert not is_faster_compiled(is_network, 0.999 * work, 0.999 * steps)
        assert is_faster_compiled(is_network, 1.001 * work, 1.001 * steps)


def test_of_a_formula_each_coordinate_is_a_step_and_of_a_network_all_are_one(start_up, monkeypatch):
    monkeypatch.setattr("descent.engine.choice.can_compile", lambda: True)
    formula = quadratic_objective(np.ones(50))
    point = np.ones((50, 20))  # an iteration: 50 steps and 1000 numbers
    least = start_up / (50 * 1.5e-5 + 1000 * 2e-8)
    assert not worth_compiling_runs(formula, point, int(0.99 * least))
    assert worth_compiling_runs(formula, point, int(1.01 * least) + 1)
    network = network_objective(np.ones((10, 2)), np.zeros(10, int), (2, 3))
    point = np.ones((9, 20))  # an iteration: one step, and 180 numbers for each of 10 samples
    least = start_up / (4e-4 + 1800 * 2e-8)
    assert not worth_compiling_runs(network, point, int(0.99 * least))
    assert worth_compiling_runs(network, point, int(1.01 * least) + 1)
    monkeypatch.setattr("descent.engine.choice.can_compile", lambda: False)
    assert not worth_compiling_runs(network, point, 10**9)
    assert not worth_compiling_runs(formula._replace(kernel=None), point, 10**9)


@pytest.mark.parametrize(
    ("engine", "worth_it", "compiles"),
    [("auto", True, True), ("auto", False, False), ("numpy", True, False), ("numba", False, True)],
)
def test_runs_are_advanced_by_the_engine_asked_for_or_else_by_the_faster(
    monkeypatch, engine, worth_it, compiles
):
    asked = []

    def run_compiled(kernel, method, *place, threads):
        asked.append((kernel.name, method, threads))
        return run_in_numpy(rosenbrock_objective(), method, *place)

    monkeypatch.setattr("descent.engine.compiled_engine.run_compiled", run_compiled)
    monkeypatch.setattr("descent.engine.descents.worth_compiling_runs", lambda *_: worth_it)
    sweep("rosenbrock", "momentum", [[0.0, 0.0]], 3, 1e-3, engine=engine, threads=2)
    assert asked == [("rosenbrock", "momentum", 2)] * compiles
