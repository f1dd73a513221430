"""The study on a real Slurm: the same bytes, through cancelled jobs, lost nodes and full memory."""

import hashlib
import json
import re
import shutil
from pathlib import Path

import pytest

from descent.config.reading import read_yaml

pytestmark = [
    pytest.mark.cluster,
    pytest.mark.slow,
    pytest.mark.usefixtures("cluster"),  # first of all: without Slurm nothing else is needed
]


def checksums(folder: Path) -> dict[str, str]:
    """Return the checksum of each table and figure."""
    results = folder / "results"
    return {
        str(path.relative_to(results)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted([*results.rglob("*.parquet"), *results.rglob("*.svg")])
    }


def change(folder: Path, **sweeps: dict) -> None:
    """Change a study's sweeps, by section."""
    path = folder / "config.yaml"
    study = read_yaml(path)
    for section, values in sweeps.items():
        study[section]["sweep"] |= values
    path.write_text(json.dumps(study, ensure_ascii=False), encoding="utf-8")


def test_slurm_gives_the_same_bytes(run, small_folder, finished):
    folder = small_folder("slurm")
    change(folder, rosenbrock={"chunks": 2})
    study = run(folder, "--config", "objectives=[]", "network=null")
    assert study.ends() == 0, study.text
    here, there = checksums(finished), checksums(folder)
    assert {path for path in here if "rosenbrock" in path} < there.keys()
    for path, checksum in there.items():
        of_all_problems = path in ("findings/faults.parquet", "figures/forest.svg")
        assert checksum == here[path] or of_all_problems, path
    assert (folder / "results" / "report.html").exists()
    # The large jobs ran on the nodes, the small ones here.
    chunks = study.jobs("sweep_chunk", "rosenbrock")
    assert [job["state"] for job in chunks] == ["COMPLETED"] * 2
    assert not study.jobs("plot_rosenbrock")
    assert not study.jobs("report")


def test_a_cancelled_job_and_a_lost_node_change_nothing(cluster, run, small_folder, snakemake):
    # Long enough to be hit while it computes, with NumPy.
    longer = {"methods": ["momentum"], "learning_rate": {"low": 1e-7, "high": 1e-6, "count": 4}}
    longer |= {"iterations": 150_000, "headline": {"target": 1e-30}, "chunks": 2}
    here, there = small_folder("here"), small_folder("there")
    for folder, engine in ((here, "auto"), (there, "numpy")):
        change(folder, rosenbrock=longer | {"engine": engine})
    study = run(there, "sweep_rosenbrock")
    logs = there / "logs" / "sweep_chunk" / "rosenbrock"
    for log in ("1-of-2.log", "2-of-2.log"):
        study.wait_for((logs / log).exists, f"start of {log}")
    (first,) = study.jobs("sweep_chunk", "rosenbrock", 1, 2)
    (second,) = study.jobs("sweep_chunk", "rosenbrock", 2, 2)
    assert first["state"] == second["state"] == "RUNNING"
    cluster.run("scancel", first["id"])
    lost = second["node"]
    cluster.kill_node(lost)
    try:
        status = study.ends()
    finally:
        cluster.start_node(lost)
        cluster.wait_for_nodes()
    assert status == 0, study.text
    assert "CANCELLED" in study.text
    assert "Trying to restart job" in study.text
    # Tried again by Snakemake.
    firsts = study.jobs("sweep_chunk", "rosenbrock", 1, 2)
    assert sorted(job["state"] for job in firsts) == ["CANCELLED", "COMPLETED"]
    # Put back into the queue by Slurm.
    (second,) = study.jobs("sweep_chunk", "rosenbrock", 2, 2)
    assert second["state"] == "COMPLETED"
    assert second["node"] != lost
    undisturbed = snakemake(here, "sweep_rosenbrock")
    assert undisturbed.returncode == 0, undisturbed.stderr
    assert checksums(there) == checksums(here)
    assert not list(there.rglob("*.partial"))


def test_a_job_that_fails_is_reported_with_its_log(run, finished, tmp_path):
    folder = tmp_path / "fails"
    shutil.copytree(finished, folder)
    mixture = folder / "results" / "data" / "mixture.parquet"
    mixture.write_bytes(mixture.read_bytes()[:200])
    (folder / "results" / "network" / "training.parquet").unlink()
    study = run(folder, "--retries", "0", "train_network")
    assert study.ends() != 0
    assert "Error in rule train_network" in study.text
    assert re.search(r"SLURM-job '\d+' failed", study.text)
    # What the log says stands on the terminal.
    log = (folder / "logs" / "train_network.log").read_text(encoding="utf-8")
    reason = log.splitlines()[-1]
    assert "results/data/mixture.parquet" in reason
    assert reason in study.text
    assert not (folder / "results" / "network" / "training.parquet").exists()


GREEDY = """
rule greedy:
    output: "greedy.txt"
    log: "greedy.log"
    shell: "{python} -c 'import time; held = bytearray(1_400_000_000); time.sleep(3)'"
           " 2> {{log}} && echo {{resources.mem_mb}} > {{output}}"
"""


def test_a_job_that_needs_more_memory_gets_it_on_the_next_attempt(run, tmp_path):
    snakefile = tmp_path / "Snakefile"
    snakefile.write_text(GREEDY.format(python="python3"), encoding="utf-8")
    work = run(tmp_path, "--snakefile", str(snakefile))
    assert work.ends() == 0, work.text
    # The log of a failed attempt stays; the terminal says where it is.
    (log,) = (tmp_path / ".snakemake" / "slurm_logs" / "rule_greedy").glob("*.log")
    assert "exceeded memory limit" in log.read_text(encoding="utf-8")
    assert str(log) in work.text
    assert work.text.index("mem_mb=1000,") < work.text.index("mem_mb=2000,")
    assert (tmp_path / "greedy.txt").read_text().strip() == "2000"
