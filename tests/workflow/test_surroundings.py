"""What surrounds a run changes no byte of it: the user's settings, the terminal, garbled logs."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT, SMALL

pytestmark = pytest.mark.slow

FOREIGN = "raise RuntimeError('a foreign module')\n"
FILES = {
    "config.yaml": SMALL,
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
    "PYTHONOPTIMIZE": "2",
    "PYTHONPATH": "elsewhere",
    "PYTHONUTF8": "0",
    "PYTHONWARNINGS": "error::FutureWarning",
    "TERM": "nonsense",
    "TMPDIR": "/nowhere",
    "TZ": "Pacific/Kiritimati",
}
RUN_TIMES = re.compile(r"<summary>Run times</summary>.*?</details>", re.DOTALL)


def run(folder: Path, *arguments: str, closing: str = "") -> subprocess.CompletedProcess:
    """Run the workflow in a folder as a shell does, with some of its streams closed."""
    command = f'umask 077; "$@" {closing}'
    snakemake = [sys.executable, "-P", "-m", "snakemake", "--cores", "2", *arguments]
    return subprocess.run(
        ["bash", "-c", command, "bash", *snakemake, "--snakefile", str(ROOT / "Snakefile")],
        cwd=folder, env={**os.environ, **SETTINGS}, capture_output=True, text=True, timeout=600,
        check=False,
    )  # fmt: skip


def contents(folder: Path) -> dict[str, bytes]:
    """Return the results, without what tells how long they took."""
    results = folder / "results"
    files = {
        str(path.relative_to(results)): path.read_bytes()
        for path in results.rglob("*.*")
        if path.is_file() and path.name != "manifest.json"
    }
    page, cuts = RUN_TIMES.subn("", files["report.html"].decode())
    assert cuts == 1
    return files | {"report.html": page.encode()}


@pytest.fixture(scope="module")
def surrounded(tmp_path_factory):
    """Return the folder of a study that was run among settings that would change it."""
    folder = tmp_path_factory.mktemp("surrounded")
    for name, text in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    done = run(folder, closing="<&- >&- 2>&-")
    logs = folder.glob(".snakemake/log/*.log")
    assert done.returncode == 0, "".join(log.read_text(encoding="utf-8") for log in logs)
    return folder


def test_the_users_settings_change_no_byte(finished, surrounded):
    expected, found = contents(finished), contents(surrounded)
    assert found.keys() == expected.keys()
    assert [name for name in expected if found[name] != expected[name]] == []


def test_garbled_logs_and_records_cost_blank_cells_alone(finished, surrounded):
    logs = [path for path in (surrounded / "logs").rglob("*") if path.is_file()]
    for i, path in enumerate(sorted(logs)):
        path.write_bytes((b"", b"\xff\x00\n", b"s\tmax_rss\n", b"s\tmax_rss\nnan\t-1\n")[i % 4])
    for record in (surrounded / ".snakemake" / "metadata").rglob("*"):
        if record.is_file():
            record.write_bytes(b"\xff")
    done = run(surrounded, "--forcerun", "manifest")
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    assert contents(surrounded) == contents(finished)
    page = (surrounded / "results" / "report.html").read_text(encoding="utf-8")
    (times,) = RUN_TIMES.findall(page)
    assert re.search(r"compare</th><td>\d+</td><td>–</td><td>–</td>", times), times


@pytest.mark.parametrize("way", ["--notemp", "by name"])
def test_chunks_that_are_asked_for_stay(snakemake, tmp_path, way):
    (tmp_path / "config.yaml").write_text(
        "rosenbrock: {sweep: {methods: [gradient_descent], learning_rate: {count: 2}, "
        "starts: {count: 4}, iterations: 9, chunks: 2, engine: numpy}}",
        encoding="utf-8",
    )
    chunks = tmp_path / "results" / "rosenbrock" / "chunks"
    asked = {"--notemp": ["1-of-2.parquet", "2-of-2.parquet"], "by name": ["3-of-5.parquet"]}[way]
    first = (
        ["--notemp", "sweep_rosenbrock"]
        if way == "--notemp"
        else [f"results/rosenbrock/chunks/{name}" for name in asked]
    )
    for arguments in (first, ["sweep_rosenbrock", "check_forward"]):
        done = snakemake(tmp_path, *arguments)
        assert done.returncode == 0, done.stderr
        assert sorted(path.name for path in chunks.iterdir()) == asked
