"""A method is one record, an objective is one file: what both engines then do with them."""

import json
import shutil
import subprocess
import sys

import numpy as np
import pytest

BOWL = '''
"""A bowl with a flat bottom."""

import numpy as np

from descent.core.objective import ObjectiveRecord, formula_objective


def bowl_formula(x, g, depth):
    value = -0.0
    for i in range(len(x)):
        root = np.sqrt(1.0 + depth * (x[i] * x[i]))
        g[i] = depth * x[i] / root
        value = value + (root - 1.0)
    return value


def bowl_objective(depth: float = 1.0):
    return formula_objective("bowl", bowl_formula, float(depth))


BOWL = ObjectiveRecord("bowl", bowl_formula, bowl_objective, title="bowl")
'''
METHOD = """
METHODS["clipped"] = Method(
    lambda point, gradient, state, learning_rate, momentum: (
        point - learning_rate * np.where(gradient > momentum, momentum, gradient),
        (state[0] + 1.0,),
    ),
    {"learning_rate": None, "momentum": 0.5},
    state=(0.0,),
    title="clipped descent",
)
"""
SWEPT = """
import json
import numpy as np
import descent
from descent.core.methods import METHODS
from descent.core.objectives import OBJECTIVES

objective = {objective}
starts = np.random.default_rng(1).uniform(-2, 2, (40, 2))
rates = np.geomspace(1e-3, 1, 40)
found = []
for engine in {engines}:
    ends = descent.sweep(
        objective, {method!r}, starts, 200, rates, momentum=0.25, target=1e-3, engine=engine
    )
    found.append([field.tolist() for field in ends])
print(json.dumps([list(METHODS), list(OBJECTIVES), found]))
"""


@pytest.fixture
def package(root, tmp_path):
    """Return a copy of the package, to be added to."""
    return shutil.copytree(root / "src" / "descent", tmp_path / "descent")


def swept(package, objective, method):
    """Sweep in a fresh Python, with each engine; return methods, objectives and outcomes."""
    pytest.importorskip("numba")
    code = SWEPT.format(objective=objective, method=method, engines=("numpy", "numba"))
    run = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": str(package.parent), "DESCENT_CACHE": str(package.parent), "PATH": ""},
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(run.stdout)


def test_a_file_with_an_objective_serves_both_engines(package):
    (package / "core" / "objectives" / "bowl_function.py").write_text(BOWL, encoding="utf-8")
    build = 'OBJECTIVES["bowl"].build(depth=4.0)'
    _, objectives, (by_numpy, compiled) = swept(package, build, "momentum")
    assert objectives == ["rosenbrock", "quadratic", "lessard", "bowl"]
    assert by_numpy == compiled
    assert {"reached", "budget"} <= set(by_numpy[0])
    value = np.array(by_numpy[2])
    point = np.array(by_numpy[3])
    np.testing.assert_allclose(value, (np.sqrt(1 + 4 * point**2) - 1).sum(axis=1), rtol=1e-12)


def test_a_record_of_a_method_serves_both_engines(package):
    module = package / "core" / "methods.py"
    module.write_text(module.read_text(encoding="utf-8") + METHOD, encoding="utf-8")
    methods, _, (by_numpy, compiled) = swept(package, '"rosenbrock"', "clipped")
    assert methods[-1] == "clipped"
    assert by_numpy == compiled
    assert "diverged" in by_numpy[0]
