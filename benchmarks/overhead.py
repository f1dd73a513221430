"""How light the workflow is: a clean run of the small study beside the same DAG without work."""

import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
EMPTY = """
from pathlib import Path
for output in snakemake.output:
    Path(output).touch()
"""


def measure(repeats: int = 5) -> list[dict]:
    """Time clean runs in turn, the study's and the empty one's, and compare their medians."""
    with tempfile.TemporaryDirectory() as folder:
        empty = Path(folder) / "empty"
        for name in ("Snakefile", "config.yaml", "environment.yml", "workflow", "src"):
            copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
            empty.mkdir(exist_ok=True)
            copy(ROOT / name, empty / name)
        for script in (empty / "workflow" / "scripts").glob("*.py"):
            script.write_text(EMPTY)
        seconds: dict[str, list[float]] = {"study": [], "empty scripts": []}
        for repeat in range(repeats + 1):
            for name, root in (("study", ROOT), ("empty scripts", empty)):
                elapsed = _clean_run(root, Path(folder) / f"{name} {repeat}")
                if repeat:  # the first of each warms the disk
                    seconds[name].append(elapsed)
                    print(f"  {name}: {elapsed:.1f} s", flush=True)
    base = statistics.median(seconds["empty scripts"])
    return [
        {
            "run": name,
            "median_seconds": round(statistics.median(values), 2),
            "ratio": round(statistics.median(values) / base, 2),
        }
        for name, values in seconds.items()
    ]


def _clean_run(root: Path, folder: Path) -> float:
    folder.mkdir()
    command = [sys.executable, "-m", "snakemake", "--snakefile", root / "Snakefile"]
    command += ["--directory", folder, "--cores", "all", "--quiet", "all"]
    command += ["--configfile", root / "workflow" / "quick.yaml"]
    begin = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - begin
