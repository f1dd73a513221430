"""The real workflow, run by the `snakemake` command in a folder of its own."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

# Everything the shipped study has, in small.
SMALL = """
rosenbrock:
  sweep:
    learning_rate: {count: 4}
    momentum: [0, 0.9]
    decay: [0.9]
    beta1: [0.9]
    starts: {count: 4}
    iterations: 200
objectives:
  - name: bowl
    objective: quadratic
    parameters: {spectrum: [1, 10]}
    sweep:
      methods: [gradient_descent, momentum]
      learning_rate: {low: 1e-2, high: 1, count: 3}
      momentum: [0, 0.5]
      starts: {low: -1, high: 1, count: 3, seed: 1}
      iterations: 100
      target: 1e-3
mixture:
  samples: 60
  held_out_samples: 90
network:
  seeds: {count: 3}
  runs:
    - {name: plain, method: gradient_descent, learning_rate: 0.002, iterations: 40}
    - {name: heavy, method: momentum, learning_rate: 0.002, momentum: 0.5, iterations: 40}
  gradient_check: {networks: 2}
  sweep:
    methods: [gradient_descent, momentum, adam]
    learning_rate: {count: 2}
    momentum: [0, 0.9]
    beta1: [0.9]
    seeds: {count: 3}
    iterations: 30
"""

Snakemake = Callable[..., subprocess.CompletedProcess]


@pytest.fixture(scope="session")
def snakemake() -> Snakemake:
    """Return a function that runs the workflow in a folder, on its own `config.yaml` if any."""

    def run(folder: Path, *arguments: str, cores: int = 2) -> subprocess.CompletedProcess:
        command = [sys.executable, "-m", "snakemake", "--snakefile", str(ROOT / "Snakefile")]
        command += ["--directory", str(folder), "--cores", str(cores), *arguments]
        return subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)

    return run


@pytest.fixture(scope="session")
def small_folder(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Return a function that makes a folder with the small study's configuration."""

    def make(name: str) -> Path:
        folder = tmp_path_factory.mktemp(name)
        (folder / "config.yaml").write_text(SMALL, encoding="utf-8")
        return folder

    return make


@pytest.fixture(scope="session")
def finished(snakemake: Snakemake, small_folder: Callable[[str], Path]) -> Path:
    """Return the folder of a finished small study; tests must leave it as it is."""
    folder = small_folder("finished")
    run = snakemake(folder)
    assert run.returncode == 0, run.stderr
    return folder
