"""Compiled code kept between jobs: whatever is wrong with it costs time, never a result."""

import os
import random
import shutil
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import pytest

pytest.importorskip("numba")
import numba

from descent.engine import compiled_engine as compiled
from descent.engine import kernel_cache
from descent.engine.kernel_cache import KernelCache, cache_folders, one_at_a_time


def doubled(x):
    return 2.0 * x + 1.0


def loaded_and_result(folders, name="doubled"):
    """Compile a small function, or load it; return how often it was loaded, and what it gives."""
    dispatcher = numba.njit(doubled)
    dispatcher._cache = KernelCache(name, folders)
    return sum(hits(dispatcher, dispatcher(20.5))), dispatcher(20.5)


def hits(dispatcher, _):
    return dispatcher.stats.cache_hits.values()


@pytest.fixture
def kept(tmp_path):
    """Return a folder in which the function's code is kept, and its file."""
    folder = tmp_path / "cache"
    folder.mkdir()
    assert loaded_and_result([folder]) == (0, 42.0)
    (file,) = folder.iterdir()
    assert loaded_and_result([folder]) == (1, 42.0)
    return folder, file


def assert_heals(folders):
    """What is damaged is compiled anew, and found from then on."""
    assert loaded_and_result(folders) == (0, 42.0)
    assert loaded_and_result(folders) == (1, 42.0)


@pytest.mark.parametrize("share", [0.0, 0.01, 0.5, 0.999])
def test_a_truncated_file_is_compiled_anew(kept, share):
    folder, file = kept
    os.truncate(file, int(share * file.stat().st_size))
    assert_heals([folder])


@pytest.mark.parametrize("seed", range(40))
def test_a_garbled_file_is_compiled_anew(kept, seed):
    """One byte anywhere, which would be run as it is, or a page of zeros as of a power cut."""
    folder, file = kept
    content, draw = bytearray(file.read_bytes()), random.Random(seed)
    at = draw.randrange(len(content))
    if seed % 2:
        content[at] ^= draw.randrange(1, 256)
    else:
        content[at : at + 4096] = bytes(len(content[at : at + 4096]))
        content[at - 1] ^= 1  # where there were zeros already
    file.write_bytes(content)
    assert_heals([folder])


@pytest.mark.parametrize("content", [b"\x00" * 5000, b"no code", "längst\n".encode("latin-1")])
def test_a_foreign_file_is_compiled_anew(kept, content):
    folder, file = kept
    file.write_bytes(content)
    assert_heals([folder])


def test_whole_code_of_another_kernel_is_not_run(kept):
    folder, file = kept
    other = numba.njit(lambda x: x - 1.0)
    other._cache = KernelCache("other", [folder])
    assert other(20.5) == 19.5
    (foreign,) = folder.glob("other-*")
    shutil.copy(foreign, file)
    assert_heals([folder])


def test_code_made_by_another_version_is_not_looked_at(kept, monkeypatch):
    folder, _ = kept
    monkeypatch.setattr(kernel_cache, "MADE_BY", ("0.1", "0.1", "cpython-30"))
    assert loaded_and_result([folder]) == (0, 42.0)


def test_intact_code_that_cannot_be_rebuilt_is_compiled_anew(kept):
    folder, file = kept
    content, key = b"no pickle", file.stem.rpartition("-")[2]
    file.write_bytes(kernel_cache._digest_of_code(content, key) + content)
    assert_heals([folder])


def test_a_dangling_link_is_replaced(kept, tmp_path):
    folder, file = kept
    file.unlink()
    file.symlink_to(tmp_path / "nowhere" / "code")
    assert_heals([folder])


@pytest.mark.parametrize("make", [Path.mkdir, os.mkfifo])
def test_what_is_no_file_is_not_waited_for(kept, make):
    folder, file = kept
    file.unlink()
    make(file)
    assert loaded_and_result([folder]) == (0, 42.0)


def test_what_one_folder_does_not_take_goes_to_the_next(kept, tmp_path):
    folder, file = kept
    file.unlink()
    file.mkdir()  # which no file replaces
    second = tmp_path / "second"
    second.mkdir()
    assert_heals([folder, second])
    assert [one.name for one in second.iterdir()] == [file.name]


@pytest.mark.parametrize("folder", ["/proc/self", "/dev/null", "/nowhere"])
def test_a_folder_that_takes_nothing_is_done_without(folder):
    assert loaded_and_result([Path(folder)]) == (0, 42.0)
    assert loaded_and_result([]) == (0, 42.0)


def test_a_full_disk_is_done_without(kept, monkeypatch):
    folder, file = kept
    file.unlink()

    def write(path, content):
        with path.open("wb") as opened:
            opened.write(content[:100])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", write)
    assert loaded_and_result([folder]) == (0, 42.0)
    assert list(folder.iterdir()) == []  # nor is a part of it left


def test_a_file_that_may_not_be_read_is_compiled_anew(kept, monkeypatch):
    """As for a user who is not root, whom no mode keeps out."""
    folder, _ = kept

    def refuse(path):
        raise PermissionError(13, "Permission denied", str(path))

    with monkeypatch.context() as patched:
        patched.setattr(Path, "read_bytes", refuse)
        assert loaded_and_result([folder]) == (0, 42.0)
    assert loaded_and_result([folder]) == (1, 42.0)


# ── Where it is kept ─────────────────────────────────────────────────────────────────────────


@pytest.fixture
def own_temporary(monkeypatch, tmp_path):
    """Let the temporary folder be one of the test."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


ENGINE = Path(compiled.__file__)


def test_the_cache_belongs_to_these_very_sources(monkeypatch, tmp_path):
    monkeypatch.setenv("DESCENT_CACHE", str(tmp_path))
    before = cache_folders(ENGINE)[0]
    assert before.parent == tmp_path
    copy = tmp_path / "descent"
    shutil.copytree(ENGINE.parents[1], copy)
    engine = copy / "engine" / "compiled_engine.py"
    assert cache_folders(engine)[0] == before
    (copy / "statistics" / "wilson.py").write_text("# no formula")
    assert cache_folders(engine)[0] == before
    sources = ["core/methods", "core/elementary", "core/networks", "core/objectives/new_function"]
    for source in [*sources, "engine/kernels", "engine/simd", "engine/compiled_engine"]:
        with (copy / f"{source}.py").open("a") as file:
            file.write("# another formula")
        after = cache_folders(engine)[0]
        assert after != before, source
        before = after


@pytest.mark.parametrize("obstacle", ["file", "link", "missing"])
def test_a_cache_that_cannot_be_made_is_a_temporary_one(
    monkeypatch, tmp_path, own_temporary, obstacle
):
    place = tmp_path / "place"
    if obstacle == "file":
        place.write_text("no folder")
    elif obstacle == "link":
        place.symlink_to("/proc/nowhere")
    else:
        place = Path("/proc/nowhere")
    monkeypatch.setenv("DESCENT_CACHE", str(place))
    (folder,) = cache_folders(ENGINE)
    assert folder.is_relative_to(own_temporary)
    assert folder.parent.stat().st_mode & 0o777 == 0o700


def test_a_user_without_a_home_has_a_temporary_cache(monkeypatch, own_temporary):
    for name in ("HOME", "XDG_CACHE_HOME", "DESCENT_CACHE"):
        monkeypatch.delenv(name, raising=False)

    def unknown():
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", unknown)
    (folder,) = cache_folders(ENGINE)
    assert folder.is_relative_to(own_temporary)


def test_no_place_at_all_is_no_cache(monkeypatch, own_temporary):
    monkeypatch.setenv("DESCENT_CACHE", "/proc/nowhere")
    (own_temporary / f"descent-{os.getuid()}").write_text("no folder")
    assert cache_folders(ENGINE) == []


def test_a_temporary_folder_of_somebody_else_is_not_used(monkeypatch, own_temporary):
    monkeypatch.setenv("DESCENT_CACHE", "/proc/nowhere")
    monkeypatch.setattr(os, "getuid", lambda: 12345)
    assert cache_folders(ENGINE) == []


# ── Who compiles ─────────────────────────────────────────────────────────────────────────────


def test_one_waits_for_another(tmp_path):
    inside, most = [], []

    def compile_once():
        with one_at_a_time("kernel", [tmp_path]):
            inside.append(1)
            most.append(len(inside))
            threading.Event().wait(0.02)
            inside.pop()

    threads = [threading.Thread(target=compile_once) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1, 1, 1, 1]


def test_nobody_waits_for_ever(tmp_path, monkeypatch):
    monkeypatch.setattr(kernel_cache, "LONGEST_WAIT", 0.1)
    with one_at_a_time("kernel", [tmp_path]), one_at_a_time("kernel", [tmp_path]):
        pass


@pytest.mark.parametrize("make", [Path.mkdir, os.mkfifo, lambda path: path.symlink_to("/proc/no")])
def test_what_is_no_lock_is_done_without(tmp_path, make):
    make(tmp_path / "kernel.lock")
    with one_at_a_time("kernel", [tmp_path]), one_at_a_time("other", []):
        pass


# ── The engine itself, in processes of its own ───────────────────────────────────────────────

SWEEP = """
from descent import sweep
from descent.core.objectives.rosenbrock_function import rosenbrock_objective
from descent.engine import compiled_engine as compiled
outcomes = sweep("rosenbrock", "momentum", [[0.0, 0.0]], 5, 1e-3, momentum=0.5, engine="numba")
kernel = compiled.kernels_for(rosenbrock_objective().kernel, "momentum", 2).run
print(sum(kernel.stats.cache_hits.values()), outcomes.point.tobytes().hex())
"""


def start(code, cache, **environment):
    """Start a fresh Python; nothing but the cache is in its environment."""
    source = str(ENGINE.parents[2])
    return subprocess.Popen(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": source, "DESCENT_CACHE": str(cache), "PATH": "", **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finished(process):
    out, error = process.communicate()
    assert (process.returncode, error) == (0, "")
    return out.split()


@pytest.mark.slow
def test_several_jobs_share_a_cache_that_was_damaged(tmp_path):
    """One compiles, another loads; all the same with each file of the cache damaged."""
    hits, bits = finished(start(SWEEP, tmp_path))
    assert hits == "0"
    (folder,) = tmp_path.iterdir()
    files = sorted(file.suffix for file in folder.iterdir())
    assert files == [".code", ".lock"]
    for file in folder.iterdir():
        file.write_bytes(file.read_bytes()[:50_000] + b"x")
    found = [finished(one) for one in [start(SWEEP, tmp_path) for _ in range(2)]]
    assert sorted(found) == [["0", bits], ["1", bits]]


FIFTY = """
import numpy as np
from descent import sweep
from descent.engine import choice
choice.START_UP_SECONDS = 0.0
rates = 10 ** np.linspace(-4, 0, 50)
outcomes = sweep("rosenbrock", "momentum", np.full((50, 2), 0.3), 100, rates, momentum=0.5)
print(choice.can_compile(), *(field.tobytes().hex() for field in outcomes))
"""


@pytest.fixture(scope="module")
def fifty():
    """Return what fifty runs give, compiled as Numba does it by default (for other tests, too)."""
    compiles, *bits = finished(start(FIFTY, cache_folders(ENGINE)[0].parent))
    assert compiles == "True"
    return bits


@pytest.mark.slow
@pytest.mark.parametrize(
    ("compiles", "setting"),
    [
        ("False", {"NUMBA_DISABLE_JIT": "1"}),
        ("False", {"NUMBA_NUM_THREADS": "0"}),  # with which Numba does not load
        ("True", {"NUMBA_BOUNDSCHECK": "1", "NUMBA_OPT": "1", "NUMBA_CACHE_DIR": "/dev/null"}),
        ("True", {"NUMBA_CPU_NAME": "generic", "NUMBA_CACHE_LOCATOR_CLASSES": "no.Locator"}),
    ],
)
def test_numbas_settings_change_no_bit(tmp_path, fifty, compiles, setting):
    """Where it cannot compile, NumPy does the work."""
    assert finished(start(FIFTY, tmp_path, **setting)) == [compiles, *fifty]
