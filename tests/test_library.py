"""The package as a library: its wheel, in an environment that has NumPy and nothing else."""

import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

import descent

ROOT = Path(__file__).resolve().parents[1]
# What users do first with each public name; the results are held to those of this environment.
USE = """
import numpy as np
import descent

start, layers = [-1.2, 1.0], (2, 3, 2)
weights = np.linspace(-1.0, 1.0, 17)
x, labels = descent.sample_mixture(12, [[0, 2], [2, -2]], [np.eye(2)] * 2, seed=3)
runs = descent.sweep(
    "rosenbrock", "nesterov", [start] * 3, 50, 1e-3, [0.0, 0.5, 0.9], target=1.0, holds=[1, 5]
)
network = x, labels, layers
found = {
    "rosenbrock": descent.rosenbrock(start),
    "rosenbrock_gradient": descent.rosenbrock_gradient(start),
    "rosenbrock_hessian": descent.rosenbrock_hessian(start),
    "descend": descent.descend("rosenbrock", "adam", start, 50, 0.01).points,
    "sweep": runs.value,
    "sample_mixture": x,
    "forward": descent.forward(weights, x, layers),
    "cross_entropy": descent.cross_entropy(weights, *network),
    "backpropagate": descent.backpropagate(weights, *network)[1],
    "train": descent.train(*network, weights, "momentum", 9, 0.01, 0.5).values,
    "train_many": descent.train_many(*network, [weights] * 3, "adam", 9, [0.1, 0.2, 0.3]).value,
    "stability_limit": descent.stability_limit("momentum", 0.9),
    "convergence_rate": descent.convergence_rate("momentum", [1, 100], 0.01, momentum=0.5),
    "optimal_heavy_ball": descent.optimal_heavy_ball(1, 100),
}
assert set(found) == set(descent.__all__)
print({name: np.asarray(value).tolist() for name, value in found.items()})
"""


@pytest.fixture(scope="module")
def python(tmp_path_factory):
    """Return a Python that has the package, from its wheel, and NumPy alone."""
    folder = tmp_path_factory.mktemp("library")
    build = [sys.executable, "-c", "import sys; from flit_core.buildapi import build_wheel; "
             "print(build_wheel(sys.argv[1]))", folder]  # fmt: skip
    wheel = subprocess.run(build, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    venv.create(folder / "environment", with_pip=False)
    packages = Path(sysconfig.get_path("purelib", vars={"base": str(folder / "environment")}))
    with zipfile.ZipFile(folder / wheel.strip()) as archive:
        archive.extractall(packages)
    for path in Path(sysconfig.get_path("platlib")).glob("numpy*"):
        (packages / path.name).symlink_to(path)
    return folder / "environment" / "bin" / "python"


def told(python, *arguments):
    return subprocess.run([python, "-P", *arguments], capture_output=True, text=True)


def test_the_public_api_needs_numpy_alone(python):
    there, here = (told(one, "-c", USE) for one in (python, sys.executable))
    assert there.returncode == 0, there.stderr
    assert there.stdout == here.stdout
    assert told(python, "-c", "import numba").returncode


def test_a_command_tells_what_it_misses(python, tmp_path):
    assert told(python, "-m", "descent", "--version").stdout == f"descent {descent.__version__}\n"
    asked = told(python, "-m", "descent", "compare", tmp_path, tmp_path)
    assert asked.returncode == 2
    assert asked.stderr == "error: compare needs pandas: pip install 'descent[workflow]'\n"
