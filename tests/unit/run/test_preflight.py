"""What is checked before a run, and which files and commit it is of."""

import json
import os
import subprocess

import pytest

from descent import __version__
from descent.run.estimates import Estimate
from descent.run.preflight import (
    NotReadyError,
    note_of_another_version,
    require_memory,
    require_own_module,
    require_path_without_braces,
    require_places,
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


@pytest.mark.parametrize("target", ["/nowhere/results", "results"])
def test_a_link_that_leads_nowhere_is_told(tmp_path, target):
    (tmp_path / "results").symlink_to(target)
    with pytest.raises(NotReadyError, match=f"results, a link to {target}, must be a folder"):
        require_writable(tmp_path / "results")


def test_a_link_to_a_folder_will_do(tmp_path):
    (tmp_path / "disk").mkdir()
    (tmp_path / "results").symlink_to("disk")
    require_writable(tmp_path / "results")


def test_what_is_in_the_way_of_a_jobs_files_is_told(tmp_path):
    (tmp_path / "logs").mkdir()
    table, times = str(tmp_path / "results" / "a.parquet"), str(tmp_path / "logs" / "a.tsv")
    require_places([table], [times])
    (tmp_path / "results").write_text("")
    with pytest.raises(NotReadyError, match="results must be a folder"):
        require_places([table], [])
    (tmp_path / "logs" / "a.tsv").symlink_to("/nowhere/a.tsv")
    (tmp_path / "logs" / "b.tsv").mkdir()
    for name in ("a", "b"):
        with pytest.raises(NotReadyError, match=rf"{name}\.tsv must be a file, or not be there"):
            require_places([], [str(tmp_path / "logs" / f"{name}.tsv")])


def test_a_module_that_would_replace_the_workflows_is_told(tmp_path):
    own, foreign, folder = (tmp_path / name for name in ("own", "foreign", "folder"))
    for place in (own, foreign, folder / "descent_job"):
        place.mkdir(parents=True)
    path = [str(folder), str(own)]
    require_own_module("descent_job", own, path)
    (own / "descent_job.py").write_text("")
    require_own_module("descent_job", own, path)
    (foreign / "descent_job.py").write_text("")
    with pytest.raises(NotReadyError, match=r"foreign/descent_job\.py would take the place"):
        require_own_module("descent_job", own, [str(foreign), *path])


@pytest.mark.skipif(os.getuid() == 0, reason="root may write everywhere")
def test_a_folder_that_is_read_only_is_told(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(NotReadyError, match="can be written to, for the files under"):
        require_writable(tmp_path / "results")


@pytest.mark.parametrize("name", ["a {x} b", "{{x}}", "{", "}"])
def test_braces_in_the_workflows_path_are_told(name):
    require_path_without_braces("/some where/50 % [x] $y 'é'")
    with pytest.raises(NotReadyError, match=r"must not hold \{ or \} in its path") as caught:
        require_path_without_braces(f"/home/{name}/descent")
    assert str(caught.value).startswith(f"/home/{name}/descent, where the workflow lies, ")


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


def test_the_workflows_own_files_are_named(root):
    files = {file.removeprefix(f"{root}/") for file in workflow_files(root)}
    assert {"Snakefile", "config.yaml", "src/descent/core/methods.py"} <= files
    assert any(file.endswith(".smk") for file in files)
    assert any(file.startswith("workflow/report/") for file in files)
    assert not any("__pycache__" in file or "results" in file for file in files)


def test_the_commit_is_that_of_the_workflows_own_git(tmp_path, monkeypatch):
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
    with monkeypatch.context() as hook:
        for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"):
            hook.setenv(name, "/nowhere")
        commit = commit_of(tmp_path)
    assert commit == git("rev-parse", "HEAD")
    (tmp_path / "Snakefile").write_text("rule all:\n")
    assert commit_of(tmp_path) == f"{git('rev-parse', 'HEAD')} with edits"
