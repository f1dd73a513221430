"""What is checked and cleared away before a run, and which files and commit it is of."""

import json
import os
import subprocess

import pytest

from descent import __version__
from descent.run.estimates import Estimate
from descent.run.leftovers import clear_chunks
from descent.run.preflight import (
    NotReadyError,
    note_of_another_version,
    require_memory,
    require_writable,
)
from descent.run.sources import commit_of, workflow_files


def test_a_folder_that_can_be_made_will_do(tmp_path):
    require_writable(tmp_path / "not" / "yet")
    assert list(tmp_path.iterdir()) == []


def test_a_file_in_the_way_is_told(tmp_path):
    (tmp_path / "results").write_text("")
    with pytest.raises(NotReadyError, match="results must be a folder that can be written to"):
        require_writable(tmp_path / "results" / "data")


@pytest.mark.skipif(os.getuid() == 0, reason="root may write everywhere")
def test_a_folder_that_is_read_only_is_told(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(NotReadyError, match="can be written to, for the files under"):
        require_writable(tmp_path / "results")


def test_a_job_that_does_not_fit_is_told_with_what_to_lower():
    need = Estimate("compare", 1, "descent", problem="bowl", memory=16.0, keys=("a.b", "c"))
    require_memory([need], 16)
    require_memory([])
    with pytest.raises(NotReadyError) as caught:
        require_memory([need], 15)
    assert str(caught.value) == (
        "compare bowl needs about 16 bytes of memory, but this machine has 15 bytes: lower a.b or c"
    )


def test_results_of_another_version_are_told(tmp_path):
    manifest = tmp_path / "manifest.json"
    assert note_of_another_version(manifest) == ""
    for content in ("{", "[]", "{}", json.dumps({"descent": __version__})):
        manifest.write_text(content)
        assert note_of_another_version(manifest) == ""
    manifest.write_text('{"descent": "0.0.9"}')
    assert "is of version 0.0.9 of descent" in note_of_another_version(manifest)


def test_chunks_that_are_waited_for_stay(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = {
        name: f"results/{name}.parquet"
        for name in (
            "bowl/chunks/1-of-2", "bowl/chunks/2-of-2", "bowl/chunks/1-of-3", "gone/chunks/1-of-1",
            "hill/chunks/1-of-1",
        )
    }  # fmt: skip
    for path in map(tmp_path.joinpath, names.values()):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")
    inputs = {names["bowl/chunks/1-of-2"], names["bowl/chunks/2-of-2"]}
    clear_chunks({"bowl": 2, "hill": 1}, inputs, {names["bowl/chunks/2-of-2"]})
    left = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*.parquet")}
    # Of a sweep that no job of this run asks for, the chunks may still be of use.
    assert left == {
        names[n] for n in ("bowl/chunks/2-of-2", "gone/chunks/1-of-1", "hill/chunks/1-of-1")
    }


def test_the_workflows_own_files_are_named(root):
    files = {file.removeprefix(f"{root}/") for file in workflow_files(root)}
    assert {"Snakefile", "config.yaml", "src/descent/core/methods.py"} <= files
    assert any(file.endswith(".smk") for file in files)
    assert any(file.startswith("workflow/report/") for file in files)
    assert not any("__pycache__" in file or "results" in file for file in files)


def test_the_commit_is_that_of_the_workflows_own_git(tmp_path):
    def git(*arguments):
        options = ["-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false"]
        command = ["git", "-C", str(tmp_path), *options, *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    assert commit_of(tmp_path) is None
    git("init")
    (tmp_path / "Snakefile").write_text("")
    assert commit_of(tmp_path) is None  # the git is another project's
    git("add", "Snakefile")
    git("commit", "--message", "first")
    assert commit_of(tmp_path) == git("rev-parse", "HEAD")
    (tmp_path / "Snakefile").write_text("rule all:\n")
    assert commit_of(tmp_path) == f"{git('rev-parse', 'HEAD')} with edits"
