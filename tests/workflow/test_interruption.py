"""Runs that are stopped, or started where they cannot: they say so, and go on from there."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from soak import group_exists, incomplete, is_whole, results, start

pytestmark = pytest.mark.slow

# A sweep of which a chunk takes long, in several chunks.
LONG = """
rosenbrock:
  sweep:
    methods: [gradient_descent]
    learning_rate: {low: 1e-7, high: 1e-6, count: 50}
    starts: {count: 40}
    multiverse: {budgets: null}
    iterations: 1000000
    chunks: 2
    engine: numpy
"""
SHORT = LONG.replace("1000000", "400")


@pytest.fixture
def folder(tmp_path) -> Path:
    (tmp_path / "config.yaml").write_text(LONG, encoding="utf-8")
    return tmp_path


@pytest.fixture
def small_disk(folder) -> Iterator[Path]:
    """Return the folder `results` on a disk of 24 KiB."""
    disk = folder / "results"
    disk.mkdir()
    if os.geteuid() != 0 or not shutil.which("mount"):
        pytest.skip("only root can mount a small disk")
    mounted = mount("-t", "tmpfs", "-o", "size=24k", "descent-test", disk)
    if mounted.returncode != 0:
        pytest.skip(f"no small disk can be mounted here: {mounted.stderr.strip()}")
    yield disk
    subprocess.run(["umount", disk], check=True)


def mount(*arguments: str | Path) -> subprocess.CompletedProcess:
    return subprocess.run(["mount", *arguments], capture_output=True, text=True, check=False)


def wait_until_at_work(process: subprocess.Popen, folder: Path) -> None:
    """Wait until a chunk has begun, which its log tells: an import may swallow an interrupt."""
    logs = folder / "logs" / "sweep_chunk"
    while not (incomplete(folder) and any(log.stat().st_size for log in logs.rglob("*.log"))):
        assert process.poll() is None, told(folder)
        time.sleep(0.05)
    time.sleep(1.0)


def told(folder: Path, terminal: str = "terminal.log") -> str:
    return (folder / terminal).read_text(encoding="utf-8")


def finish(folder: Path, target: str) -> None:
    """Go on by the same command, on a study that is soon done."""
    (folder / "config.yaml").write_text(SHORT, encoding="utf-8")
    assert start(folder, target).wait(120) == 0, told(folder)
    assert not list(folder.rglob("*.partial"))


def test_a_second_run_says_so_and_an_interrupt_stops_the_first_within_seconds(folder):
    first = start(folder, "sweep_rosenbrock")
    wait_until_at_work(first, folder)
    second = start(folder, "sweep_rosenbrock", terminal="second.log")
    assert second.wait(60) != 0
    text = told(folder, "second.log")
    assert f"another run is at work in this folder: process {first.pid} on " in text
    assert "Traceback" not in text
    assert first.poll() is None
    # Nor does it help to remove Snakemake's lock.
    assert start(folder, "--unlock", terminal="second.log").wait(60) == 0
    second = start(folder, "check_forward", terminal="second.log")
    assert second.wait(60) != 0
    assert f"at work in this folder: process {first.pid}" in told(folder, "second.log")
    assert first.poll() is None
    began = time.monotonic()
    os.killpg(first.pid, signal.SIGINT)
    assert first.wait(60) != 0
    assert time.monotonic() - began < 10
    assert not group_exists(first.pid)
    assert "Run the same command again to go on." in told(folder)
    assert "Traceback" not in told(folder)
    assert not list(folder.rglob("*.partial"))
    finish(folder, "sweep_rosenbrock")


def test_a_run_waits_for_the_jobs_that_outlive_a_killed_one(folder):
    first = start(folder, "sweep_rosenbrock")
    wait_until_at_work(first, folder)
    first.kill()  # Snakemake alone
    first.wait()
    (folder / "config.yaml").write_text(SHORT, encoding="utf-8")
    second = start(folder, "sweep_rosenbrock", terminal="second.log")
    while "Jobs of a run that was killed are still at work" not in told(folder, "second.log"):
        assert second.poll() is None, told(folder, "second.log")
        time.sleep(0.1)
    assert group_exists(first.pid)
    assert not (folder / "results" / "rosenbrock" / "sweep.parquet").exists()
    os.killpg(first.pid, signal.SIGKILL)
    assert second.wait(120) == 0, told(folder, "second.log")
    assert [path.name for path in results(folder, partial=True)] == ["sweep.parquet"]


def test_of_two_runs_started_at_once_one_does_the_work(folder):
    (folder / "config.yaml").write_text(SHORT, encoding="utf-8")
    both = [start(folder, "sweep_rosenbrock", terminal=f"{i}.log") for i in range(2)]
    codes = [process.wait(120) for process in both]
    texts = [told(folder, f"{i}.log") for i in range(2)]
    assert 0 in codes
    for code, text in zip(codes, texts, strict=True):
        # One that came after the end of the other found nothing to do.
        assert code == 0 or "another run is at work" in text or "cannot be locked" in text
        assert "Traceback" not in text
    assert is_whole(folder / "results" / "rosenbrock" / "sweep.parquet")


def test_a_full_disk_is_told_and_the_run_goes_on_when_there_is_room(folder, small_disk):
    (folder / "config.yaml").write_text(SHORT, encoding="utf-8")
    assert start(folder, "sweep_rosenbrock").wait(120) != 0
    assert "No space left on device" in told(folder)
    assert "Traceback" not in told(folder)
    assert "run the same command again to go on" in told(folder)
    assert all(is_whole(path) for path in results(folder))
    assert not list(folder.rglob("*.partial"))
    assert mount("-o", "remount,size=8m", small_disk).returncode == 0
    finish(folder, "sweep_rosenbrock")


def test_results_that_cannot_be_written_stop_the_run_before_any_job(folder, small_disk):
    assert mount("-o", "remount,ro", small_disk).returncode == 0
    assert start(folder).wait(60) != 0
    assert "results must be a folder that can be written to" in told(folder)
    assert "Traceback" not in told(folder)
    assert not incomplete(folder)
    assert mount("-o", "remount,rw", small_disk).returncode == 0
