"""An edit runs again exactly what depends on it: a table of edits, and of the rules of each.

Snakemake plans by files, times, checksums, parameters and code, not by what is in the results: the
jobs of the finished study only leave their files, so that every edit of the whole project can be
tried in seconds.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from conftest import ROOT

pytestmark = [pytest.mark.xdist_group("edits"), pytest.mark.slow]

# A job that imports this leaves its files, and is done.
EMPTY_JOB = """
import os
from pathlib import Path
from __main__ import snakemake

for file in snakemake.output:
    Path(file).write_text(snakemake.rule)
os._exit(0)
"""

END = "manifest report"
JUDGED_ROSENBROCK = f"judge_rosenbrock plot_rosenbrock_sweep {END}"
COMPARED_ROSENBROCK = f"compare_rosenbrock {JUDGED_ROSENBROCK}"
SWEPT_ROSENBROCK = f"sweep_rosenbrock_chunk sweep_rosenbrock {COMPARED_ROSENBROCK}"
DESCENDED = "descend_rosenbrock plot_descents"
COMPARED_OBJECTIVE = f"compare_objective plot_objective {END}"
SWEPT_OBJECTIVE = f"sweep_objective_chunk sweep_objective {COMPARED_OBJECTIVE}"
COMPARED_NETWORK = f"compare_network judge_network plot_network_sweep {END}"
SWEPT_NETWORK = f"sweep_network_chunk sweep_network {COMPARED_NETWORK}"
TRAINED = "train_network plot_training plot_regions"
GRADIENTS = "check_gradients plot_gradients"
THEORY = "check_theory plot_theory"
PLOTS = (
    "draw_network plot_mixture plot_rosenbrock plot_descents plot_rosenbrock_sweep plot_objective "
    "plot_gradients plot_training plot_regions plot_network_sweep plot_theory"
)
# All that descends: one loop advances the named runs, the sweeps and the trainings.
DESCENTS = (
    f"{DESCENDED} {SWEPT_ROSENBROCK} {SWEPT_OBJECTIVE} {SWEPT_NETWORK} {TRAINED} {THEORY} "
    "examine_notebook"
)
EVERYTHING = f"mixture bayes check_forward {GRADIENTS} {DESCENTS} {PLOTS}"

# A text in config.yaml, what it is changed to, and the rules that must run again.
VALUES = {
    "report.title": ("  title: First", "  title: Last", END),
    "forward.decimals": ("decimals: 8", "decimals: 7", f"check_forward examine_notebook {END}"),
    "rosenbrock.b": (
        "  b: 100",
        "  b: 99",
        f"{DESCENDED} plot_rosenbrock {THEORY} examine_notebook {SWEPT_ROSENBROCK}",
    ),
    "rosenbrock.runs": (
        "learning_rate: 0.005",
        "learning_rate: 0.006",
        f"{DESCENDED} examine_notebook {JUDGED_ROSENBROCK}",
    ),
    "rosenbrock.sweep.iterations": ("iterations: 3000", "iterations: 2000", SWEPT_ROSENBROCK),
    "rosenbrock.sweep.targets": ("1e-2, 1e-6]", "1e-2, 1e-5]", JUDGED_ROSENBROCK),
    "rosenbrock.sweep.engine": ("    engine: auto", "    engine: numpy", END),
    # The chunks are other files; the table that is gathered from them has the same bytes.
    "rosenbrock.sweep.chunks": ("    chunks: 1", "    chunks: 2", SWEPT_ROSENBROCK),
    "objectives": ("iterations: 500", "iterations: 400", SWEPT_OBJECTIVE),
    "mixture.seed": (
        "  seed: 123",
        "  seed: 124",
        f"mixture plot_mixture {GRADIENTS} {TRAINED} examine_notebook {SWEPT_NETWORK}",
    ),
    "network.seeds": (
        "{first: 1, count: 24}",
        "{first: 1, count: 23}",
        f"{TRAINED} examine_notebook {END}",
    ),
    "network.sweep.tuning": (
        "seeds, the first ones; the others judge.\n    tuning: 0.5",
        "seeds, the first ones; the others judge.\n    tuning: 0.25",
        SWEPT_NETWORK,
    ),
}
# A file to which a comment is added, and the rules that must run again.
FILES = {
    "src/descent/__init__.py": EVERYTHING,  # it holds the version
    "src/descent/objectives.py": f"{DESCENTS} plot_rosenbrock plot_gradients",
    "src/descent/methods.py": f"{DESCENTS} {PLOTS}",  # colours are given to the registered methods
    "src/descent/figures_network.py": f"plot_gradients plot_training {END}",
    "src/descent/style.py": f"{PLOTS} {END}",
    "src/descent/agreement.py": "",
    "workflow/scripts/judge_rosenbrock.py": JUDGED_ROSENBROCK,
    "workflow/report/training.rst": f"plot_training {END}",
    "workflow/report/report.html.jinja": "report",
}


@pytest.fixture(scope="module")
def project(tmp_path_factory) -> Path:
    """Return a copy of the project in which the study is finished."""
    folder = tmp_path_factory.mktemp("edited") / "descent"
    for part in ("workflow", "src", "profiles"):
        shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
    for file in ("Snakefile", "config.yaml", "environment.yml"):
        shutil.copy(ROOT / file, folder)
    (folder / "workflow" / "scripts" / "job.py").write_text(EMPTY_JOB, encoding="utf-8")
    run = snakemake(folder)
    assert run.returncode == 0, run.stderr
    assert planned(folder) == set()
    return folder


def snakemake(folder: Path, *arguments: str) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "snakemake", "--cores", "2", *arguments]
    return subprocess.run(
        command, cwd=folder, capture_output=True, text=True, timeout=300, check=False
    )


def planned(folder: Path, *arguments: str) -> set[str]:
    """Return the rules that would run."""
    run = snakemake(folder, "--dry-run", "--quiet", "rules", *arguments)
    assert run.returncode == 0, run.stderr
    return set(re.findall(r"^(\w+) +\d+$", run.stdout, re.MULTILINE)) - {"total", "all"}


@contextmanager
def edited(path: Path, edit: Callable[[str], str]) -> Iterator[None]:
    """Edit a file, and undo it in the end."""
    before, times = path.read_text(encoding="utf-8"), path.stat()
    path.write_text(edit(before), encoding="utf-8")
    try:
        yield
    finally:
        path.write_text(before, encoding="utf-8")
        os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))


@pytest.mark.parametrize("key", VALUES)
def test_a_value_runs_again_what_depends_on_it(project, key):
    old, new, rules = VALUES[key]
    assert old in (project / "config.yaml").read_text(encoding="utf-8")
    with edited(project / "config.yaml", lambda text: text.replace(old, new, 1)):
        assert planned(project) == set(rules.split())


@pytest.mark.parametrize("file", FILES)
def test_a_file_runs_again_what_depends_on_it(project, file):
    with edited(project / file, lambda text: text + "\n# edited\n"):
        assert planned(project) == set(FILES[file].split())


def test_a_file_that_is_touched_but_the_same_runs_nothing(project):
    (project / "src" / "descent" / "tables.py").touch()
    assert planned(project) == set()


def test_results_of_another_version_are_told_and_made_anew(project):
    manifest = project / "results" / "manifest.json"
    with edited(manifest, lambda text: '{"descent": "0.0.1"}'):
        shutil.move(project / ".snakemake", project / "remembered")
        try:
            # Results that were copied here: their tables are refused where they are read.
            run = snakemake(project, "--dry-run")
            assert "is of version 0.0.1 of descent" in run.stderr
            assert "--forceall" in run.stderr
            assert planned(project, "--forceall") == set(EVERYTHING.split())
        finally:
            shutil.rmtree(project / ".snakemake")
            shutil.move(project / "remembered", project / ".snakemake")
