"""The compiled engine: the kernels made for an objective and a method, and shared among threads.

Shapes are those of `descent.engine.numpy_engine`, and so are the bits.
"""

import contextlib
import fcntl
import functools
import os
import tempfile
import types
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import numba
import numpy as np

from descent.core import elementary
from descent.core.methods import METHODS
from descent.core.objective import Kernel, Objective
from descent.core.objectives import OBJECTIVES
from descent.engine import kernels
from descent.engine.numpy_engine import FinalStates
from descent.engine.simd import VECTOR_WIDTH
from descent.support.fingerprints import digest_of, imported_modules


def run_compiled(
    objective: Kernel,
    method: str,
    point: np.ndarray,
    state: np.ndarray,
    settings: np.ndarray,
    budget: int,
    target_value: float,
    threads: int = 1,
) -> FinalStates:
    """Advance each run to its end, as `descent.engine.numpy_engine.run_in_numpy`, in threads."""
    count = point.shape[1]
    final = FinalStates(
        np.empty(count, np.int8),
        np.empty(count, np.int64),
        np.empty(count),
        np.array(point, order="C"),
        np.array(state, order="C"),
    )
    kernel = compile_kernels(objective.name, objective.layers, method, len(point)).run
    settings = np.ascontiguousarray(settings)
    data = (objective.data, float(target_value), budget)
    _share(
        threads, kernel, final.point, final.state, settings, *data,
        final.status, final.iterations, final.value,
    )  # fmt: skip
    return final


def advance_compiled(
    objective: Kernel,
    method: str,
    point: np.ndarray,
    state: np.ndarray,
    settings: np.ndarray,
    iterations: int = 1,
    threads: int = 1,
) -> tuple[np.ndarray, np.ndarray]:
    """Return point and state after some updates, asking nothing."""
    count = point.shape[1]
    whole = [_whole_blocks(array) for array in (point, state, settings)]
    kernel = compile_kernels(objective.name, objective.layers, method, len(point)).advance
    _share(threads, kernel, *whole, objective.data, iterations)
    return whole[0][:, :count], whole[1][:, :, :count]


def accelerated(objective: Objective, kernel: Kernel) -> Objective:
    """Return an objective whose values, gradients and accuracies compiled code computes."""

    def evaluate(point: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        whole = _whole_blocks(point)
        gradient, value = np.empty_like(whole), np.empty((1, whole.shape[1]))
        compiled = compile_kernels(kernel.name, kernel.layers, "gradient_descent", len(point))
        _share(1, compiled.evaluate, whole, gradient, value, kernel.data)
        return value[0, : point.shape[1]], gradient[:, : point.shape[1]]

    def accuracy(point: np.ndarray) -> np.ndarray:
        whole, (inputs, targets) = _whole_blocks(point), kernel.data
        classes = np.zeros((len(inputs), whole.shape[1]))
        compiled = compile_kernels(kernel.name, kernel.layers, "gradient_descent", len(point))
        _share(1, compiled.classify, whole, classes, inputs)
        right = classes == targets.argmax(axis=1)[:, np.newaxis]
        return right[:, : point.shape[1]].sum(axis=0) / len(inputs)

    if not kernel.layers:
        return objective._replace(evaluate=evaluate)
    return objective._replace(evaluate=evaluate, measure=accuracy)


def _whole_blocks(array: np.ndarray) -> np.ndarray:
    """Copy an array in C order, its last axis filled up to whole blocks of lanes."""
    *axes, runs = array.shape
    copy = np.zeros((*axes, -(-runs // VECTOR_WIDTH) * VECTOR_WIDTH))
    copy[..., :runs] = array
    return copy


def _share(threads: int, kernel: Any, *arguments: object) -> None:
    """Call ``kernel(*arguments, worker, threads)`` for each worker, in threads."""
    if not kernel.signatures:
        _compile_once(kernel, (*arguments, 0, threads))
    if threads == 1:
        kernel(*arguments, 0, 1)
        return
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(lambda worker: kernel(*arguments, worker, threads), range(threads)))


def _compile_once(kernel: Any, arguments: tuple) -> None:
    """Compile a kernel, or load it: of several processes one compiles while the others wait."""
    with contextlib.ExitStack() as stack:
        with contextlib.suppress(OSError):  # no such locks here: each compiles for itself
            path = cache_folder() / f"{kernel.py_func.__name__}.lock"
            fcntl.flock(stack.enter_context(path.open("a")), fcntl.LOCK_EX)
        kernel.compile(tuple(map(numba.typeof, arguments)))


# ── Compiling ────────────────────────────────────────────────────────────────────────────────


class Kernels(NamedTuple):
    """The compiled kernels of one objective and method."""

    run: Callable
    advance: Callable
    evaluate: Callable
    classify: Callable
    """For networks only."""


def cache_folder() -> Path:
    """Return where compiled code is kept between jobs: a folder for these very sources.

    Numba sees edits of a kernel's own file only, and would go on using an old formula; the
    folder's name holds a hash of all modules that kernels are made from. `DESCENT_CACHE` names
    another place than the user's cache; where neither can be written, it is a temporary one.
    """
    this = Path(__file__)
    name = digest_of({this, *imported_modules(this, this.parents[1])})
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "descent"
    folder = Path(os.environ.get("DESCENT_CACHE") or home) / name
    with contextlib.suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
    if os.access(folder, os.W_OK | os.X_OK):
        return folder
    # Nobody else may put code there: the folder must be ours.
    own = Path(tempfile.gettempdir()) / f"descent-{os.getuid()}"
    own.mkdir(mode=0o700, exist_ok=True)
    if own.stat().st_uid != os.getuid():
        own = Path(tempfile.mkdtemp(prefix="descent-"))
    return own / name


@functools.cache
def compile_kernels(
    objective: str, layers: tuple[int, ...], method: str, dimension: int
) -> Kernels:
    """Compile the kernels for an objective and a method in one dimension, or load them."""
    numba.config.CACHE_DIR = str(cache_folder())  # type: ignore[attr-defined]
    plain: Any = numba.njit(error_model="numpy")
    cached = numba.njit(error_model="numpy", nogil=True, cache=True)
    name = "_".join(map(str, (objective, *layers, method, dimension)))

    def specialise(compiler: Callable, function: Any, **constants: object) -> Any:
        return compiler(with_constants(function, f"{function.__name__}_{name}", **constants))

    lanes = VECTOR_WIDTH
    if layers:
        shape = kernels.network_constants(layers)
        lanes = VECTOR_WIDTH // kernels.GROUP
        forward = specialise(plain, kernels.feed_forward, **shape)
        exp = plain(elementary.exp)

        def propagate(samples: int) -> Any:
            own = {"feed_forward": forward, "exp": exp, "SAMPLES": samples, **shape}
            return specialise(plain, kernels.propagate, **own, DIMENSION=dimension)

        formula = specialise(
            plain,
            kernels.network_loss,
            propagate_group=propagate(kernels.GROUP),
            propagate_one=propagate(1),
            log=plain(elementary.log),
            **shape,
        )
    else:
        shape, forward = {}, None
        formula = plain(OBJECTIVES[objective].formula)
    rule = METHODS[method]
    constants = {
        "compute": formula,
        "update": plain(rule.update),
        "LANES": lanes,
        "DIMENSION": dimension,
        "STATES": len(rule.state),
        "HYPERPARAMETERS": len(rule.parameters),
    }
    block = specialise(plain, kernels.advance_until_end, **constants)
    return Kernels(
        specialise(cached, kernels.run_share, run_block=block, **constants),
        specialise(cached, kernels.advance_share, **constants),
        specialise(cached, kernels.evaluate_share, **constants),
        specialise(cached, kernels.classify_share, feed_forward=forward, **shape, **constants),
    )


def with_constants(
    function: types.FunctionType, name: str, **constants: object
) -> types.FunctionType:
    """Return a copy of a function under a new name, in which constants replace globals.

    Numba takes globals for constants but keeps them out of its cache's key, in which only the name
    tells one combination from another. So a copy hits the cache in a later process, which a
    closure never does.
    """
    copy = types.FunctionType(function.__code__, function.__globals__ | constants, name)
    copy.__qualname__ = name
    return copy
