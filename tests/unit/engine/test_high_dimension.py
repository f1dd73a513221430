"""Many coordinates and large networks: both engines agree, and nothing grows out of hand."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from descent.core.networks import network_objective
from descent.core.objectives.quadratic_function import quadratic_objective
from descent.core.objectives.rosenbrock_function import rosenbrock_objective
from descent.core.weight_initialisation import initial_parameters
from descent.engine.descents import sweep

pytest.importorskip("numba")
from descent.engine.simd import LONGEST_UNROLLED


def assert_engines_agree(objective, method, starts, iterations, rates, **options):
    """Run both engines and compare every bit; return how the runs ended."""
    one, other = (
        sweep(objective, method, starts, iterations, rates, engine=engine, **options)
        for engine in ("numpy", "numba")
    )
    for a, b in zip(one, other, strict=True):
        assert a.tobytes() == b.tobytes()
    return one


@pytest.mark.slow
@pytest.mark.parametrize("dimension", [LONGEST_UNROLLED, 1000])
def test_engines_agree_in_many_dimensions(dimension):
    """The most for which arrays are filled number by number, and where a loop fills them."""
    rng = np.random.default_rng(dimension)
    starts, rates = rng.uniform(-1, 1, (19, dimension)), 10 ** rng.uniform(-4, -2, 19)
    valley = rosenbrock_objective(1.0, 20.0)
    ends = assert_engines_agree(valley, "adam", starts, 40, 10 * rates, target=2.0 * dimension)
    assert set(ends.status) == {"reached", "budget"}
    bowl = quadratic_objective(np.geomspace(1, 100, dimension))
    rates = np.geomspace(1e-3, 1.0, 19)  # the limit is 0.038
    ends = assert_engines_agree(bowl, "momentum", starts, 200, rates, momentum=0.9)
    assert set(ends.status) == {"budget", "diverged"}


@pytest.mark.slow
def test_engines_agree_on_a_large_network():
    """Also what its units and classes give is filled in a loop."""
    rng, layers = np.random.default_rng(1), (3, 40, 5, 50)
    x, labels = rng.normal(size=(9, 3)), 5 * np.arange(9)
    starts = initial_parameters(layers, range(5), initial="he")
    network = network_objective(x, labels, layers)
    assert_engines_agree(network, "rmsprop", starts, 3, 10 ** rng.uniform(-3, -1, 5))


LARGE = """
import time
import numpy as np
from descent.core.networks import network_objective, parameter_count
from descent.engine import choice
from descent.engine.descents import sweep
layers = (2, 300, 300, 3)
x, labels = np.random.default_rng(1).normal(size=(4, 2)), np.array([0, 1, 2, 0])
starts = np.random.default_rng(2).normal(size=(3, parameter_count(layers))) / 30
begin = time.process_time()
for threads in (1, 2):
    network = network_objective(x, labels, layers)
    outcomes = sweep(network, "adam", starts, 2, 1e-3, engine="numba", threads=threads)
    print(*outcomes.status)
print(time.process_time() - begin)
"""


@pytest.mark.slow
def test_a_network_too_large_for_the_usual_stack_is_trained(tmp_path):
    """Of 92 103 parameters a block of runs needs more than 8 MiB; compiling takes seconds."""
    source = str(Path(__file__).resolve().parents[3] / "src")
    run = subprocess.run(
        [sys.executable, "-c", LARGE],
        env={"PYTHONPATH": source, "DESCENT_CACHE": str(tmp_path), "PATH": ""},
        capture_output=True,
        text=True,
        check=True,
    )
    *statuses, seconds = run.stdout.split()
    assert statuses == ["stuck"] * 6
    assert float(seconds) < 60


# ── Without Numba ────────────────────────────────────────────────────────────────────────────

HIDDEN = """
import numpy as np
from descent import descend, sweep
from descent.engine import choice
choice.START_UP_SECONDS = 0.0
assert not choice.can_compile()
starts, rates = np.full((7, 2), 0.3), np.geomspace(1e-4, 1e-2, 7)
outcomes = sweep("rosenbrock", "momentum", starts, 300, rates, momentum=0.5, target=0.1)
print(*(field.tobytes().hex() for field in outcomes))
print(descend("rosenbrock", "adam", [0.5, 0.5], 50, 0.1).points.tobytes().hex())
try:
    sweep("rosenbrock", "momentum", starts, 300, rates, momentum=0.5, engine="numba")
except ValueError as error:
    print(error)
"""


MISSING = 'import sys; sys.modules["numba"] = None'
UNFIT = 'raise ImportError("Numba needs NumPy 2.1 or less")'


@pytest.mark.parametrize(("before", "numba"), [(MISSING, ""), ("", UNFIT), ("", "DISABLED = 1")])
def test_without_numba_numpy_does_the_work(tmp_path, before, numba):
    """Not installed, unfit for this NumPy, or something else of this name."""
    (tmp_path / "numba.py").write_text(numba, encoding="utf-8")
    source = Path(__file__).resolve().parents[3] / "src"
    run = subprocess.run(
        [sys.executable, "-c", f"{before}\n{HIDDEN}"],
        env={"PYTHONPATH": f"{tmp_path}{os.pathsep}{source}", "PATH": os.defpath},
        capture_output=True,
        text=True,
        check=True,
    )
    swept, path, message = run.stdout.splitlines()
    starts, rates = np.full((7, 2), 0.3), np.geomspace(1e-4, 1e-2, 7)
    options = {"momentum": 0.5, "target": 0.1, "engine": "numpy"}
    outcomes = sweep("rosenbrock", "momentum", starts, 300, rates, **options)
    assert swept.split() == [field.tobytes().hex() for field in outcomes]
    assert len(path) == 51 * 2 * 16
    assert message == "engine = 'numba' needs Numba, at work, and a registered objective"
    assert run.stderr == ""
