"""What surrounds a run changes no byte: settings, the terminal, cores, cuts, garbled logs."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT, SMALL, checksums

pytestmark = pytest.mark.slow

FOREIGN = "raise RuntimeError('a foreign module')\n"
CUT = SMALL.replace("iterations: 200\n", "iterations: 200\n    chunks: 3\n").replace(
    "iterations: 30\n", "iterations: 30\n    chunks: 2\n"
)
FILES = {
    "config.yaml": CUT,
    "matplotlibrc": "text.usetex: True\nfont.size: 30\nsvg.hashsalt: x\nsvg.fonttype: none\nx: [\n",
    "elsewhere/matplotlibrc": "axes.grid: True\nbackend: TkAgg\nno such key: 1\n",
    "elsewhere/job.py": FOREIGN,
    "elsewhere/descent/__init__.py": FOREIGN,
    ".env": "PYTHONPATH=/nowhere\n",
    "conftest.py": FOREIGN,
    "pyproject.toml": "[",
}
SETTINGS = {
    "ARROW_DEFAULT_MEMORY_POOL": "nonsense",
    "ARROW_IO_THREADS": "0",
    "COLUMNS": "abc",
    "LC_ALL": "C",
    "MATPLOTLIBRC": "elsewhere",
    "MPLBACKEND": "nonsense",
    "OMP_NUM_THREADS": "abc",
    "OPENBLAS_NUM_THREADS": "0",
    "PYTHONCOERCECLOCALE": "0",
    "PYTHONHASHSEED": "7",
    "PYTHONIOENCODING": "ascii",
    "PYTHONPATH": "elsewhere",
    "PYTHONUTF8": "0",
    "PYTHONWARNINGS": "error::FutureWarning",
    "TERM": "nonsense",
    "TMPDIR": "/nowhere",
    "TZ": "Pacific/Kiritimati",
}
# Only of runs of few jobs: for this no bytecode is there, so that modules load three times as long.
OPTIMISED = {"PYTHONOPTIMIZE": "2"}
RUN_TIMES = re.compile(r"<summary>Run times</summary>.*?</details>", re.DOTALL)
# Of the report: what tells how long jobs took, and how sweeps were cut.
OWN = re.compile(rf"{RUN_TIMES.pattern}|<pre>.*?</pre>", re.DOTALL)


def run(
    folder: Path, *arguments: str, closing: str = "", **more: str
) -> subprocess.CompletedProcess:
    """Run the workflow in a folder as a shell does, with some of its streams closed."""
    command = f'umask 077; "$@" {closing}'
    snakemake = [sys.executable, "-P", "-m", "snakemake", *arguments]
    return subprocess.run(
        ["bash", "-c", command, "bash", *snakemake, "--snakefile", str(ROOT / "Snakefile")],
        cwd=folder, env={**os.environ, **SETTINGS, **more}, timeout=600,
        capture_output=True, text=True, check=False,
    )  # fmt: skip


def contents(folder: Path) -> dict[str, bytes]:
    """Return the results, without what tells how they were come by."""
    results = folder / "results"
    files = {
        str(path.relative_to(results)): path.read_bytes()
        for path in results.rglob("*.*")
        if path.is_file() and path.name != "manifest.json"
    }
    page, cuts = OWN.subn("", files["report.html"].decode())
    assert cuts == 2
    return files | {"report.html": page.encode()}


@pytest.fixture(scope="module")
def surrounded(tmp_path_factory):
    """Return the folder of a study that was run, and cut, in every way that could change it.

    The sweeps first, in several chunks on two cores, then all else on one.
    """
    folder = tmp_path_factory.mktemp("surrounded")
    for name, text in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    made = []
    for arguments, more in (
        (["--cores", "2", "sweep_rosenbrock", "sweep_network"], OPTIMISED),
        (["--cores", "1"], {}),
    ):
        done = run(folder, *arguments, closing="<&- >&- 2>&-", **more)
        logs = folder.glob(".snakemake/log/*.log")
        assert done.returncode == 0, "".join(log.read_text(encoding="utf-8") for log in logs)
        made.append(set(checksums(folder)))
    assert made[0] == {
        *("data/mixture.parquet", "data/held_out.parquet"),
        *("rosenbrock/sweep.parquet", "network/sweep.parquet"),
    }
    return folder


def test_settings_cores_and_cuts_change_no_byte(finished, surrounded):
    expected, found = contents(finished), contents(surrounded)
    assert found.keys() == expected.keys()
    assert [name for name in expected if found[name] != expected[name]] == []
    first, second = (
        json.loads((folder / "results" / "manifest.json").read_text("utf-8"))
        for folder in (finished, surrounded)
    )
    assert first.pop("run_times").keys() == second.pop("run_times").keys()
    assert first.pop("configuration") != second.pop("configuration")
    assert first == second


def test_garbled_logs_and_records_cost_blank_cells_alone(finished, surrounded):
    logs = [path for path in (surrounded / "logs").rglob("*") if path.is_file()]
    for i, path in enumerate(sorted(logs)):
        path.write_bytes((b"", b"\xff\x00\n", b"s\tmax_rss\n", b"s\tmax_rss\nnan\t-1\n")[i % 4])
    for record in (surrounded / ".snakemake" / "metadata").rglob("*"):
        if record.is_file():
            record.write_bytes(b"\xff")
    done = run(surrounded, "--cores", "2", "--forcerun", "manifest", **OPTIMISED)
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    assert contents(surrounded) == contents(finished)
    page = (surrounded / "results" / "report.html").read_text(encoding="utf-8")
    (times,) = RUN_TIMES.findall(page)
    assert re.search(r"compare</th><td>\d+</td><td>–</td><td>–</td>", times), times


def test_chunks_that_are_asked_for_stay(snakemake, tmp_path):
    """Be it by an option, or by name, of another cut."""
    (tmp_path / "config.yaml").write_text(
        "rosenbrock: {sweep: {methods: [gradient_descent], learning_rate: {count: 2}, "
        "starts: {count: 4}, iterations: 9, multiverse: {budgets: null}, chunks: 2, "
        "engine: numpy}}",
        encoding="utf-8",
    )
    chunks = tmp_path / "results" / "rosenbrock" / "chunks"
    whole = ["1-of-2.parquet", "2-of-2.parquet"]
    for arguments, asked in (
        (["results/rosenbrock/chunks/3-of-5.parquet"], ["3-of-5.parquet"]),
        (["--notemp", "sweep_rosenbrock"], [*whole, "3-of-5.parquet"]),
        (["sweep_rosenbrock", "check_forward"], [*whole, "3-of-5.parquet"]),
    ):
        done = snakemake(tmp_path, *arguments)
        assert done.returncode == 0, done.stderr
        assert sorted(path.name for path in chunks.iterdir()) == asked
