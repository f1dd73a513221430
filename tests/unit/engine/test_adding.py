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

bowl = OBJECTIVES["bowl"].build(depth=4.0)
starts = np.random.default_rng(1).uniform(-2, 2, (40, 2))
rates = np.geomspace(1e-3, 1, 40)
found = []
for engine in ("numpy", "numba"):
    ends = descent.sweep(
        bowl, "clipped", starts, 200, rates, momentum=0.25, target=1e-3, engine=engine
    )
    found.append([field.tolist() for field in ends])
print(json.dumps([list(METHODS), list(OBJECTIVES), found]))
"""


def test_a_file_with_an_objective_and_a_record_of_a_method_serve_both_engines(root, tmp_path):
    pytest.importorskip("numba")
    package = shutil.copytree(root / "src" / "descent", tmp_path / "descent")
    (package / "core" / "objectives" / "bowl_function.py").write_text(BOWL, encoding="utf-8")
    with (package / "core" / "methods.py").open("a", encoding="utf-8") as module:
        module.write(METHOD)
    run = subprocess.run(
        [sys.executable, "-c", SWEPT],
        env={"PYTHONPATH": str(tmp_path), "DESCENT_CACHE": str(tmp_path), "PATH": ""},
        capture_output=True,
        text=True,
        check=True,
    )
    methods, objectives, (by_numpy, compiled) = json.loads(run.stdout)
    assert methods[-1] == "clipped"
    assert objectives == ["rosenbrock", "quadratic", "lessard", "bowl"]
    assert by_numpy == compiled
    assert {"reached", "budget"} <= set(by_numpy[0])
    value = np.array(by_numpy[2])
    point = np.array(by_numpy[3])
    np.testing.assert_allclose(value, (np.sqrt(1 + 4 * point**2) - 1).sum(axis=1), rtol=1e-12)
