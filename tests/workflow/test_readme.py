"""The documents' commands and code, run as they are written; their links and what is generated."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT

from descent.config.reading import overlay, read_yaml
from descent.tables.documentation import data_dictionary

README = ROOT / "README.md"
DOCUMENTS = [README, ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *ROOT.glob("docs/*.md")]
TEXTS = {document.name: document.read_text(encoding="utf-8") for document in DOCUMENTS}
RUN = ("README.md", "running.md", "configuration.md")
# What installs, tests or needs conda is run by the build itself, or cannot be run here; graphs and
# Snakemake's report are made, and looked at, in `test_study.py`.
ELSEWHERE = (
    *("make", "conda", "snakemake --cores all --sdm conda"),
    *("snakemake --report study.html", "snakemake --rulegraph"),
)


def blocks(language: str) -> list[str]:
    """Return the blocks of a language in the documents whose commands are run, in their order."""
    pattern = re.compile(rf"^```{language}\n(.*?)^```", re.MULTILINE | re.DOTALL)
    return [block for name in RUN for block in pattern.findall(TEXTS[name])]


def programs() -> list[str]:
    """Return the blocks of Python, but not of Snakemake's."""
    return [block for block in blocks("python") if not block.startswith("module ")]


def commands() -> list[str]:
    lines = [line.split("  #")[0].strip() for block in blocks("sh") for line in block.splitlines()]
    return [line for line in dict.fromkeys(lines) if line and not line.startswith(ELSEWHERE)]


def studies() -> dict[str, str]:
    """Return the configurations that the documents show, by the files that they name."""
    shown = {block.splitlines()[0].removeprefix("# "): block for block in blocks("yaml")}
    return {file: text for file, text in shown.items() if file.endswith("config.yaml")}


def headings(text: str) -> set[str]:
    """Return the anchors of a document's headings."""
    lines = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", line).lower().replace(" ", "-") for line in lines}


@pytest.fixture(scope="session")
def clone(tmp_path_factory, finished) -> Path:
    """Return a copy of the repository with the small study as its own, and its results."""
    folder = tmp_path_factory.mktemp("clone") / "descent"
    leave = shutil.ignore_patterns(".*", "results", "logs", "quick")
    shutil.copytree(ROOT, folder, ignore=leave)
    small = read_yaml(finished / "config.yaml")
    whole = overlay(read_yaml(ROOT / "config.yaml"), small)
    for file, study in (("config.yaml", whole), ("workflow/quick.yaml", small)):
        text = json.dumps(study, ensure_ascii=False)
        (folder / file).write_text(text, encoding="utf-8")
    # Studies that are finished, so that little is left to do: one's own runs in whole.
    for place in (".", "elsewhere", "quick", "colleague"):
        for part in ("results", "logs"):
            shutil.copytree(finished / part, folder / place / part)
    for file, text in studies().items():
        (folder / file).parent.mkdir()
        (folder / file).write_text(text, encoding="utf-8")
    return folder


def test_the_readme_shows_what_can_be_run():
    assert len(commands()) >= 10
    assert len(programs()) >= 4
    assert len(studies()) >= 2


@pytest.mark.slow
@pytest.mark.parametrize("command", commands())
def test_a_command_runs_as_written(clone, command):
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    run = subprocess.run(
        ["bash", "-c", command], cwd=clone, env={**os.environ, "PATH": path}, timeout=600,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr


@pytest.mark.slow
@pytest.mark.parametrize("code", programs())
def test_code_runs_as_written(finished, code):
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=finished, capture_output=True, text=True, timeout=100,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")}, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr


def test_the_readme_is_short():
    assert len(TEXTS["README.md"].splitlines()) <= 200


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.name)
def test_links_lead_somewhere(document):
    links = re.findall(r"\]\(([^)\s]+)\)", TEXTS[document.name])
    for link in links:
        if not link.startswith("https://"):
            path, _, anchor = link.partition("#")
            file = document.parent / path if path else document
            assert file.exists(), link
            assert not anchor or anchor in headings(file.read_text(encoding="utf-8")), link


def test_every_document_is_told_of_in_the_readme():
    for document in DOCUMENTS[1:]:
        assert f"({document.relative_to(ROOT).as_posix()})" in TEXTS["README.md"]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.name)
def test_paths_that_documents_name_exist(document):
    """Files of the repository, but not those that an example adds."""
    text = TEXTS[document.name]
    added = re.findall(r"^# ((?:src|workflow)/\S+)$", text, re.MULTILINE)
    named = re.findall(r"`((?:src|workflow|tests|benchmarks|docs)/[\w./-]+)`", text)
    assert [path for path in named if path not in added and not (ROOT / path).exists()] == []


def test_the_data_dictionary_is_that_of_the_tables():
    assert data_dictionary() == TEXTS["tables.md"]
