"""`docs/extending.md`, followed to the letter: a method, an objective, a figure and a stage."""

import re
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from conftest import ROOT, copy_project, faults_of

pytestmark = pytest.mark.slow

GUIDE = (ROOT / "docs" / "extending.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```\w+\n# (\S+/\S+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
PLACE = "RESULTS += [*TABLES, *FIGURES]\n"


@pytest.fixture(scope="module")
def extended(tmp_path_factory) -> Path:
    """Return a copy of the project with all that the guide adds, and its study, finished."""
    folder = copy_project(tmp_path_factory.mktemp("extended") / "descent")
    for file, text in BLOCK.findall(GUIDE):
        (folder / file).parent.mkdir(exist_ok=True)
        with (folder / file).open("a", encoding="utf-8") as opened:
            opened.write(f"\n\n{text}" if opened.tell() else text)
    (place,) = re.findall(r"^\*\*5\. .*?`(expand\(.*?\))`", GUIDE, re.MULTILINE)
    rules = folder / "workflow" / "rules" / "report.smk"
    before = rules.read_text(encoding="utf-8")
    assert PLACE in before
    rules.write_text(before.replace(PLACE, f"{PLACE}RESULTS += {place}\n"), encoding="utf-8")
    command = [sys.executable, "-m", "snakemake", "--cores", "2", "--directory", "booth"]
    run = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, timeout=600, check=False
    )
    assert run.returncode == 0, run.stderr
    return folder / "booth" / "results"


def column(table: Path, name: str) -> list:
    return pq.read_table(table)[name].to_pylist()


def test_a_method_is_one_record(extended):
    assert "averaged" in column(extended / "booth" / "selected.parquet", "method")
    assert "averaged momentum" in (extended / "report.html").read_text(encoding="utf-8")


def test_an_objective_is_one_file_and_gets_the_full_study(extended):
    booth = extended / "booth"
    assert {file.stem for file in booth.glob("*.parquet")} >= {
        *("sweep", "settings", "selected", "pairwise", "tuning_curve", "anova", "evaluation"),
        "paths",
    }
    ends = pq.read_table(booth / "sweep.parquet").to_pandas().query("status == 'reached'")
    assert len(ends)
    assert abs(ends[["x1", "x2"]].to_numpy() - [1.0, 3.0]).max() < 1e-2
    assert (extended / "figures" / "booth_paths.svg").exists()
    assert 'id="problem-booth"' in (extended / "report.html").read_text(encoding="utf-8")


def test_a_figure_is_one_function_and_its_caption(extended):
    assert (extended / "figures" / "booth_success_rates.svg").exists()
    page = (extended / "report.html").read_text(encoding="utf-8")
    assert "from which each selected setting reaches the target" in page


def test_a_stage_is_the_files_that_the_guide_names(extended):
    table = extended / "booth" / "failures.parquet"
    assert column(table, "method") == ["averaged", "gradient_descent", "momentum"]
    assert all(0.0 <= share <= 1.0 for share in column(table, "diverged"))
    assert "booth/failures.parquet" in (extended / "manifest.json").read_text(encoding="utf-8")


def test_a_study_of_one_objective_alone_reads_well(extended):
    folders = {path.name for path in extended.iterdir() if path.is_dir()}
    assert folders == {"booth", "checks", "figures", "findings"}
    assert faults_of(extended) == []
