"""The README's commands and code, run as they are written."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from conftest import ROOT, SMALL

from descent.tables.schemas import dictionary
from descent.config.reading import overlay

pytestmark = [pytest.mark.xdist_group("finished study"), pytest.mark.slow]

TEXT = (ROOT / "README.md").read_text(encoding="utf-8")
# What installs, tests or needs conda is run by the build itself, or cannot be run here.
ELSEWHERE = ("make", "conda", "snakemake --cores all --sdm conda")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)


def programs() -> list[str]:
    """Return the blocks of Python, but not of Snakemake's."""
    return [block for block in blocks("python") if not block.startswith("module ")]


def commands() -> list[str]:
    lines = [line.split("  #")[0].strip() for block in blocks("sh") for line in block.splitlines()]
    return [line for line in lines if line and not line.startswith(ELSEWHERE)]


@pytest.fixture(scope="session")
def clone(tmp_path_factory, finished) -> Path:
    """Return a copy of the repository with the small study as its own, and its results."""
    folder = tmp_path_factory.mktemp("clone") / "descent"
    leave = shutil.ignore_patterns(".*", "results", "logs", "__pycache__")
    shutil.copytree(ROOT, folder, ignore=leave)
    shipped = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))
    study = overlay(shipped, yaml.safe_load(SMALL))
    (folder / "config.yaml").write_text(yaml.safe_dump(study), encoding="utf-8")
    (folder / "workflow" / "quick.yaml").write_text(SMALL, encoding="utf-8")
    shutil.copytree(finished / "results", folder / "results")
    shutil.copytree(finished / "logs", folder / "logs")
    (folder / "elsewhere").mkdir()
    shutil.copytree(finished / "results", folder / "colleague" / "results")
    return folder


def test_the_readme_shows_what_can_be_run():
    assert len(commands()) >= 6
    assert len(programs()) >= 2


@pytest.mark.parametrize("command", commands())
def test_a_command_runs_as_written(clone, command):
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    run = subprocess.run(
        ["bash", "-c", command], cwd=clone, env={**os.environ, "PATH": path}, timeout=600,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr


@pytest.mark.parametrize("code", programs())
def test_code_runs_as_written(finished, code):
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=finished, capture_output=True, text=True, timeout=100,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")}, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr


def test_links_lead_to_files():
    links = re.findall(r"\]\(([^)#:]+)\)", TEXT)
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_the_data_dictionary_is_that_of_the_tables():
    assert dictionary() in TEXT
