"""The real workflow, run by the `snakemake` command in a folder of its own."""

import fcntl
import hashlib
import itertools
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

TITLE = (
    "<script>touch('pwned')</script> <img src=x onerror=y> \"'$(touch pwned)`touch pwned`; touch "
    "pwned & ../../pwned {x} {{y}} {wildcards.z} %s ${z} &amp; \\ 🙂 \u202eleft\u202c\nnext"
)
# Everything the shipped study has, in small; with a title, names and numbers at the edge of what
# is allowed (`test_escaping.py`).
SMALL = f"""
report:
  title: {json.dumps(TITLE, ensure_ascii=False)}
rosenbrock:
  runs:
    - {{name: a..b, method: momentum, learning_rate: 1e100, momentum: 0, iterations: 3,
       start: [1e6, -1e6]}}
    - {{name: "0", method: adam, learning_rate: 1e-100, iterations: 1, start: [1, 1]}}
    - {{name: no, method: gradient_descent, learning_rate: 1e-3, iterations: 9, start: [0, 0]}}
  sweep:
    learning_rate: {{count: 4}}
    momentum: [0, 0.9]
    decay: [0.9]
    beta1: [0.9]
    starts: {{count: 4}}
    evaluation: 4
    iterations: 200
    headline: {{target: 1e-1, hold: 3, trials: 2}}
    multiverse: {{targets: [1], holds: [1, 3], budgets: [50], trials: [1, 0]}}
objectives:
  - name: "1e5"
    objective: quadratic
    parameters: {{spectrum: [1, 10]}}
    rotation: 4294967295
    sweep:
      methods: [gradient_descent, momentum]
      learning_rate: {{low: 1e-2, high: 1, count: 3}}
      momentum: [0, 0.5]
      starts: {{low: -1, high: 1, count: 3, seed: 1}}
      evaluation: 4
      iterations: 100
      headline: {{target: 1e-3}}
      multiverse: {{holds: [1], criteria: [charged], trials: [1]}}
mixture:
  samples: 60
  held_out_samples: 90
network:
  seeds: {{first: 4294967295, count: 3}}
  runs:
    - {{name: a..b, method: gradient_descent, learning_rate: 0.002, iterations: 40}}
    - {{name: "2024-01-01", method: momentum, learning_rate: 1e50, momentum: 0.5, iterations: 40}}
  gradient_check: {{networks: 2}}
  sweep:
    methods: [gradient_descent, momentum, adam]
    learning_rate: {{count: 2}}
    momentum: [0, 0.9]
    beta1: [0.9]
    seeds: {{first: 4294967288, count: 3}}
    evaluation: 4
    iterations: 30
    headline: {{target: 1, hold: 3, trials: 2}}
    multiverse: {{targets: [1.09], holds: [1, 3], budgets: [10], trials: [1, 0]}}
"""

TABLE = re.compile(r"<table.*?</table>", re.DOTALL)
# What is no number, and is shown as that.
OVERFLOW = re.compile(r"<summary>The softmax overflows</summary>.*?</details>", re.DOTALL)
NO_NUMBER = re.compile(r".{0,30}\b(?:nan|NaN|None|null|inf)\b.{0,30}")

Snakemake = Callable[..., subprocess.CompletedProcess]


@pytest.fixture(scope="session")
def snakemake(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Snakemake]:
    """Return a function that runs the workflow in a folder, on its own `config.yaml` if any."""
    loaded = subprocess.Popen(
        [sys.executable, ROOT / "tests" / "workflow" / "loaded_snakemake.py"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    numbers = itertools.count()

    def run(folder: Path, *arguments: str, cores: int = 2) -> subprocess.CompletedProcess:
        command = ["--snakefile", str(ROOT / "Snakefile"), "--directory", str(folder)]
        command += ["--cores", str(cores), *arguments]
        terminal = tmp_path_factory.getbasetemp() / f"terminal-{next(numbers)}"
        output, errors = terminal.with_suffix(".out"), terminal.with_suffix(".err")
        call = {"arguments": command, "output": str(output), "errors": str(errors)}
        print(json.dumps(call), file=loaded.stdin, flush=True)
        status = int(loaded.stdout.readline())
        return subprocess.CompletedProcess(
            command, status, output.read_text("utf-8"), errors.read_text("utf-8")
        )

    yield run
    loaded.communicate()


@pytest.fixture(scope="session")
def small_folder(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Return a function that makes a folder with the small study's configuration."""

    def make(name: str) -> Path:
        folder = tmp_path_factory.mktemp(name)
        (folder / "config.yaml").write_text(SMALL, encoding="utf-8")
        return folder

    return make


@pytest.fixture(scope="session")
def finished(snakemake: Snakemake, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a finished small study; tests must leave it as it is."""
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent  # of all workers: the first that needs the study runs it
    folder = shared / "outer" / "finished"
    with (shared / "finished.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "results" / "report.html").exists():
            folder.mkdir(parents=True, exist_ok=True)
            (folder / "config.yaml").write_text(SMALL, encoding="utf-8")
            run = snakemake(folder)
            assert run.returncode == 0, run.stderr
            assert "Warning" not in run.stderr
    return folder


@pytest.fixture
def copied(finished: Path, tmp_path: Path) -> Path:
    """Return the folder of a finished small study that may be spoilt."""
    return Path(shutil.copytree(finished, tmp_path / "copied"))


def checksums(folder: Path, *without: str) -> dict[str, str]:
    """Return the checksum of each result, except those named."""
    results = folder / "results"
    return {
        str(path.relative_to(results)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(results.rglob("*"))
        if path.is_file() and path.name not in without
    }


def copy_project(folder: Path) -> Path:
    """Copy what a study needs of the project into a new folder."""
    for part in ("workflow", "src", "profiles"):
        shutil.copytree(ROOT / part, folder / part)
    for file in ("Snakefile", "config.yaml", "environment.yml", "CITATION.cff"):
        shutil.copy(ROOT / file, folder)
    return folder


def faults_of(results: Path) -> list[str]:
    """Return what does not read well in a report and its figures: gaps, and no numbers."""
    page = (results / "report.html").read_text(encoding="utf-8")
    # The configuration, as it is.
    body = re.sub(r"<pre.*?</pre>", "YAML", page[page.index("<body") :], flags=re.DOTALL)
    parts = re.split(r"<h([1-6])\b.*?>(.*?)</h[1-6]>", body, flags=re.DOTALL)
    headings = list(zip(parts[1::3], parts[2::3], parts[3::3], strict=True))
    following = [level for level, _, _ in headings[1:]] + ["1"]
    faults = [
        f"nothing under {title}"
        for (level, title, content), after in zip(headings, following, strict=True)
        if after <= level and "<img" not in content and not text_of(content)
    ]
    faults += [f"no rows: {table}" for table in TABLE.findall(body) if "<td" not in table]
    for _, title, content in headings:
        words = NO_NUMBER.findall(text_of(OVERFLOW.sub("", content)))
        faults += [f"under {title}: {found}" for found in words]
    for figure in (results / "figures").iterdir():
        words = NO_NUMBER.findall(text_of(figure.read_text(encoding="utf-8")))
        faults += [f"in {figure.name}: {found}" for found in words]
    return faults


def text_of(markup: str) -> str:
    """Return the text between tags."""
    return re.sub(r"<[^>]*>", " ", markup).strip()
