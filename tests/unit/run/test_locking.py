"""A folder's lock, which ends with the process that holds it."""

import errno
import fcntl
import json
import subprocess
import sys

import pytest

from descent.run import locking
from descent.run.locking import (
    JOBS_LOCK,
    LOCK,
    LockedError,
    claim,
    release_dead,
    wait_for_jobs,
)

HOLD = "from descent.run.locking import claim; claim('.'); print('has it', flush=True); input()"


@pytest.fixture
def folder(tmp_path):
    """Return a folder with the lock that Snakemake leaves when it is killed."""
    (tmp_path / "locks").mkdir()
    (tmp_path / "locks" / "0.output.lock").write_text("results/report.html\n")
    return tmp_path


@pytest.fixture
def holder(folder, root):
    """Return a process that holds the folder's lock."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD], cwd=folder, env={"PYTHONPATH": str(root / "src")},
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout.readline() == "has it\n"
    with process:
        yield process
        process.kill()


def test_a_lock_of_a_killed_run_is_removed(folder, holder):
    holder.kill()
    holder.wait()
    assert release_dead(folder) == ""
    assert not (folder / "locks").exists()
    claim(folder)
    claim(folder)  # the same process may
    facts = json.loads((folder / LOCK).read_text())
    assert facts.keys() == {"host", "process", "since"}


def test_a_lock_of_a_living_run_stays_and_its_process_is_named(folder, holder, monkeypatch):
    assert f"process {holder.pid} on " in release_dead(folder)
    assert (folder / "locks").exists()
    monkeypatch.setattr(locking, "SECONDS_OF_A_LOOK", 0.1)
    with pytest.raises(LockedError, match=f"process {holder.pid} on "):
        claim(folder)
    assert holder.poll() is None


def test_a_lock_of_another_machine_stays(folder):
    facts = {"host": "elsewhere", "process": 7, "since": "yesterday"}
    (folder / LOCK).write_text(json.dumps(facts))
    assert "process 7 on elsewhere, since yesterday" in release_dead(folder)
    assert "--unlock" in release_dead(folder)
    assert (folder / "locks").exists()


def test_where_there_are_no_such_locks_snakemakes_own_stays(folder, monkeypatch):
    def refuse(file, operation):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", refuse)
    assert release_dead(folder) == ""
    assert (folder / "locks").exists()
    claim(folder)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"host": 1}', b"\xff", b"[" * 100_000])
def test_a_record_that_was_cut_off_is_no_hindrance(folder, content):
    (folder / LOCK).write_bytes(content)
    assert release_dead(folder) == ""
    assert not (folder / "locks").exists()


def test_something_in_the_way_of_a_lock_is_no_hindrance(folder):
    for name in (LOCK, JOBS_LOCK):
        (folder / name).mkdir()
    assert release_dead(folder) == ""
    assert (folder / "locks").exists()  # nobody knows whose it is
    claim(folder)
    wait_for_jobs(folder, lambda: pytest.fail("there is nothing to wait for"))


def test_without_a_lock_nothing_is_written(tmp_path):
    assert release_dead(tmp_path) == ""
    assert list(tmp_path.iterdir()) == []
