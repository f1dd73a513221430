"""Compiled code kept between jobs, so that each kernel is compiled once on a machine.

A cache saves time and does nothing else: what is wrong with it, its files or its folder is no
error. Numba's own cache would run whatever lies there; here each file begins with a digest of the
rest, so that what a power cut, a full disk or a foreign hand has left is never run.
"""

import contextlib
import fcntl
import hashlib
import os
import pickle
import sysconfig
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import llvmlite
import numba
from numba.core.caching import NullCache
from numba.core.compiler import CompileResult
from numba.core.serialize import dumps

from descent.support.files import replacing
from descent.support.fingerprints import digest_of, imported_modules

# Who waits this long for another process's compiler does not wait for one that has been stopped.
LONGEST_WAIT = 120.0
# Object code is of the machine's kind and of these; Python as its extension modules name it.
MADE_BY = (numba.__version__, llvmlite.__version__, sysconfig.get_config_var("SOABI"))


def cache_folders(engine: Path) -> list[Path]:
    """Return where compiled code may lie, the best place first: folders for these very sources.

    The folder's name holds a digest of all modules that kernels are made from, since a kernel does
    not tell which formula it was compiled with. `DESCENT_CACHE` names another place than the
    user's cache; a temporary folder serves where that cannot be written.

    Parameters
    ----------
    engine : Path
        The module that makes the kernels, within a room of the package.

    Returns
    -------
    list of Path
        Those that there are, made where they were missing; none is a cache that is done without.
    """
    name = digest_of({engine, *imported_modules(engine, engine.parents[1])})
    return [folder for place in _places() if (folder := _made(place / name))]


def _places() -> Iterator[Path]:
    """Yield the user's cache and a temporary folder in which nobody else may put code."""
    with contextlib.suppress(RuntimeError):  # the user has no home
        home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "descent"
        yield Path(os.environ.get("DESCENT_CACHE") or home)
    with contextlib.suppress(OSError):  # there is no temporary folder, or one of this name
        own = Path(tempfile.gettempdir()) / f"descent-{os.getuid()}"
        own.mkdir(mode=0o700, exist_ok=True)
        if own.lstat().st_uid == os.getuid():
            yield own


def _made(folder: Path) -> Path | None:
    with contextlib.suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
    return folder if os.path.isdir(folder) else None  # noqa: PTH112 - Path's raises where it may not look


class KernelCache(NullCache):
    """What a dispatcher of Numba asks for compiled code, and gives it to."""

    def __init__(self, kernel: str, folders: Sequence[Path]) -> None:
        self.kernel, self.folders = kernel, folders

    def load_overload(self, sig: Any, target_context: Any) -> CompileResult | None:
        """Return the code for a signature from the first folder that has it; None if none has."""
        target_context.refresh()
        key = self._key(sig, target_context.codegen())
        for folder in self.folders:
            # Whatever is wrong with what lies there, compiling is the answer.
            with contextlib.suppress(Exception):
                content = _checked_content(folder / f"{self.kernel}-{key}.code", key)
                return CompileResult._rebuild(target_context, *pickle.loads(content))
        return None

    def save_overload(self, sig: Any, data: CompileResult) -> None:
        """Keep code in the first folder that takes it."""
        key = self._key(sig, data.codegen)
        for folder in self.folders:
            with contextlib.suppress(Exception):  # as when the disk is full
                content = dumps(data._reduce())
                with replacing(folder / f"{self.kernel}-{key}.code") as partial:
                    partial.write_bytes(_digest_of_code(content, key) + content)
                return

    def _key(self, sig: Any, codegen: Any) -> str:
        """Return what code is kept under: all that tells it from other code of this folder."""
        told = repr((self.kernel, sig, codegen.magic_tuple(), MADE_BY))
        return hashlib.sha256(told.encode()).hexdigest()[:16]


def _checked_content(path: Path, key: str) -> bytes:
    """Return the code that a file holds, or fail where it is not as it was written."""
    if not path.is_file():  # a pipe would be waited for
        raise FileNotFoundError(path)
    content = path.read_bytes()
    digest, code = content[:32], content[32:]
    if digest != _digest_of_code(code, key):
        raise ValueError(f"{path} is damaged")
    return code


def _digest_of_code(code: bytes, key: str) -> bytes:
    return hashlib.sha256(key.encode() + code).digest()


@contextlib.contextmanager
def one_at_a_time(kernel: str, folders: Sequence[Path]) -> Iterator[None]:
    """Let one process compile a kernel while others wait to load it, where there are locks."""
    with contextlib.ExitStack() as stack:
        for folder in folders[:1]:
            with contextlib.suppress(OSError):  # no lock here: each compiles for itself
                number = os.open(folder / f"{kernel}.lock", os.O_CREAT | os.O_RDWR | os.O_NONBLOCK)
                stack.callback(os.close, number)
                _wait_for_lock(number)
        yield


def _wait_for_lock(number: int) -> None:
    last = time.monotonic() + LONGEST_WAIT
    while time.monotonic() < last:
        try:
            fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(0.05)
        else:
            return
