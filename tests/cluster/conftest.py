"""A real Slurm for the tests of this folder, and the small study of the workflow's tests."""

import importlib.util
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import slurm

ROOT = Path(__file__).resolve().parents[2]


def _fixtures_of(folder: str):
    """Load the fixtures of another folder of tests."""
    path = ROOT / "tests" / folder / "conftest.py"
    spec = importlib.util.spec_from_file_location(f"fixtures_of_{folder}", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


_workflow = _fixtures_of("workflow")
snakemake = _workflow.snakemake
small_folder = _workflow.small_folder
finished = _workflow.finished


@pytest.fixture(scope="session")
def cluster() -> Iterator[slurm.Cluster]:
    """Return a Slurm of two nodes."""
    if not sys.platform.startswith("linux") or os.geteuid():
        pytest.skip("a Slurm of one's own needs Linux and root")
    if lacking := slurm.missing():
        pytest.skip(f"Slurm is not installed: apt-get install {' '.join(lacking)}")
    if not importlib.util.find_spec("snakemake_executor_plugin_slurm"):
        pytest.skip("the plugin is not installed: pip install snakemake-executor-plugin-slurm")
    with slurm.Cluster() as started:
        yield started


class Run:
    """A Snakemake that sends its jobs to Slurm, in the background.

    Parameters
    ----------
    cluster : slurm.Cluster
        Where its jobs run.
    folder : Path
        Its working directory.
    *arguments : str
        Further arguments of Snakemake; the snakefile is the project's unless they name one.
    """

    def __init__(self, cluster: slurm.Cluster, folder: Path, *arguments: str):
        self._cluster = cluster
        self._output = folder / "output.txt"
        command = [sys.executable, "-m", "snakemake", "--directory", str(folder)]
        command += ["--workflow-profile", str(ROOT / "workflow" / "profiles" / "slurm")]
        # The profile's patience is for a real cluster.
        command += ["--slurm-init-seconds-before-status-checks", "5", "--latency-wait", "5"]
        command += ["--seconds-between-status-checks", "1", "--local-cores", "2"]
        if "--snakefile" not in arguments:
            command += ["--snakefile", str(ROOT / "Snakefile")]
        with self._output.open("w") as output:
            self._process = subprocess.Popen(
                [*command, *arguments], stdout=output, stderr=output, env=cluster.environment
            )

    @property
    def text(self) -> str:
        """What it has printed so far."""
        return self._output.read_text(encoding="utf-8", errors="replace")

    def jobs(self, rule: str, *wildcards: object) -> list[dict[str, str]]:
        """Return its jobs of a rule, and with the wildcards if any, as Slurm knows them."""
        name = re.search(r"SLURM run ID: (\S+)", self.text)[1]
        values = ["wildcards", *map(str, wildcards)] if wildcards else []
        comment = "_".join(["rule", rule, *values])
        return [
            job
            for job in self._cluster.jobs()
            if job["name"] == name and f"{job['comment']}_".startswith(f"{comment}_")
        ]

    def ends(self, timeout: float = 400) -> int:
        """Wait for its end and return its exit status; kill it where it takes too long."""
        try:
            return self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            pytest.fail(f"still running after {timeout} s\n{self.text}\n{self._cluster.logs()}")

    def wait_for(self, is_so: Callable[[], object], what: str, timeout: float = 120) -> None:
        """Wait until something is so."""
        end = time.monotonic() + timeout
        while not is_so():
            if time.monotonic() > end or self._process.poll() is not None:
                pytest.fail(f"{what}: not seen\n{self.text}\n{self._cluster.logs()}")
            time.sleep(0.1)

    def kill(self) -> None:
        """Leave nothing of it, neither here nor on the nodes."""
        self._process.kill()
        self._process.wait()
        self._cluster.run("scancel", "--me")


@pytest.fixture
def run(cluster: slurm.Cluster) -> Iterator[Callable[..., Run]]:
    """Return a function that starts Snakemake on the cluster, in a folder."""
    started = []

    def start(folder: Path, *arguments: str) -> Run:
        started.append(Run(cluster, folder, *arguments))
        return started[-1]

    yield start
    for each in started:
        each.kill()
