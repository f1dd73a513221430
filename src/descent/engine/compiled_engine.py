"""The compiled engine: the kernels made for an objective and a method, and shared among threads.

Shapes are those of `descent.engine.numpy_engine`, and so are the bits.
"""

import functools
import threading
import types
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import numba
import numpy as np

from descent.core import elementary, networks, rotation
from descent.core.methods import METHODS
from descent.core.objective import Kernel, Objective
from descent.core.objectives import OBJECTIVES
from descent.engine import kernels
from descent.engine.kernel_cache import KernelCache, cache_folders, one_at_a_time
from descent.engine.ladders import Ladder
from descent.engine.numpy_engine import FinalStates
from descent.engine.simd import VECTOR_WIDTH

# Kernels have a block's runs on the stack: point, its predecessor, gradient, state (four numbers),
# and of a network outputs and slopes of its units, of which there are less than parameters.
STACK_PER_COORDINATE = 16 * VECTOR_WIDTH * np.dtype(float).itemsize
USUAL_STACK = 1 << 20
SPARE_STACK = 8 << 20


def run_compiled(
    objective: Kernel,
    method: str,
    point: np.ndarray,
    state: np.ndarray,
    settings: np.ndarray,
    budget: int,
    ladder: Ladder,
    threads: int = 1,
) -> FinalStates:
    """Advance each run to its end, as `descent.engine.numpy_engine.run_in_numpy`, in threads."""
    count = point.shape[1]
    final = FinalStates(
        np.empty(count, np.int8),
        np.empty(count, np.int64),
        np.empty(count),
        np.array(point, order="C"),
        _by_coordinate(state),
        np.empty((count, len(ladder.values) * len(ladder.holds)), np.int32),
    )
    kernel = kernels_for(objective, method, len(point)).run
    rows = kernels.block_rows(len(point), len(state), len(settings))
    _share(
        threads, kernel, final.point, final.state, np.ascontiguousarray(settings), objective.data,
        rows, ladder.values, ladder.holds, ladder.target, kernels.hit_place(*ladder), budget,
        final.status, final.iterations, final.value, final.hits,
    )  # fmt: skip
    return final._replace(
        state=_by_number(final.state, state.shape),
        hits=final.hits.T.reshape(len(ladder.values), len(ladder.holds), count),
    )


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
    whole = [_whole_blocks(array) for array in (point, _by_coordinate(state), settings)]
    kernel = kernels_for(objective, method, len(point)).advance
    _share(threads, kernel, *whole, objective.data, iterations)
    return whole[0][:, :count], _by_number(whole[1][:, :count], state.shape)


def accelerated(objective: Objective, kernel: Kernel) -> Objective:
    """Return an objective whose values, gradients and accuracies compiled code computes."""

    def evaluate(point: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        whole = _whole_blocks(point)
        gradient, value = np.empty_like(whole), np.empty((1, whole.shape[1]))
        compiled = kernels_for(kernel, "gradient_descent", len(point))
        _share(1, compiled.evaluate, whole, gradient, value, kernel.data)
        return value[0, : point.shape[1]], gradient[:, : point.shape[1]]

    def accuracy(point: np.ndarray) -> np.ndarray:
        whole, (inputs, targets) = _whole_blocks(point), kernel.data
        classes = np.zeros((len(inputs), whole.shape[1]))
        compiled = kernels_for(kernel, "gradient_descent", len(point))
        _share(1, compiled.classify, whole, classes, inputs)
        right = classes == targets.argmax(axis=1)[:, np.newaxis]
        return right[:, : point.shape[1]].sum(axis=0) / len(inputs)

    if not kernel.layers:
        return objective._replace(evaluate=evaluate)
    return objective._replace(evaluate=evaluate, measure=accuracy)


def _by_coordinate(state: np.ndarray) -> np.ndarray:
    """Copy a state (numbers, d, runs) to rows, a coordinate's numbers together."""
    numbers, coordinates, runs = state.shape
    return np.array(np.swapaxes(state, 0, 1).reshape(numbers * coordinates, runs), order="C")


def _by_number(rows: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Return a state of this shape from the rows of `_by_coordinate`."""
    numbers, coordinates, runs = shape
    return np.swapaxes(rows.reshape(coordinates, numbers, runs), 0, 1)


def _whole_blocks(array: np.ndarray) -> np.ndarray:
    """Copy an array in C order, its last axis filled up to whole blocks of lanes."""
    *axes, runs = array.shape
    copy = np.zeros((*axes, -(-runs // VECTOR_WIDTH) * VECTOR_WIDTH))
    copy[..., :runs] = array
    return copy


def _share(threads: int, kernel: Any, *arguments: Any) -> None:
    """Call ``kernel(*arguments, worker, threads)`` for each worker, in threads.

    The first of the arguments are points: a row for each coordinate.
    """
    if not kernel.signatures:
        _compile_once(kernel, (*arguments, 0, threads))
    stack = STACK_PER_COORDINATE * len(arguments[0])
    if threads == 1 and stack <= USUAL_STACK:
        kernel(*arguments, 0, 1)
        return
    usual = threading.stack_size(stack + SPARE_STACK)
    try:
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(lambda worker: kernel(*arguments, worker, threads), range(threads)))
    finally:
        threading.stack_size(usual)


def _compile_once(kernel: Any, arguments: tuple) -> None:
    """Compile a kernel, or load it: of several processes one compiles while the others wait."""
    with one_at_a_time(kernel._cache.kernel, kernel._cache.folders):
        kernel.compile(tuple(map(numba.typeof, arguments)))


# ── Compiling ────────────────────────────────────────────────────────────────────────────────


_inner: Any = numba.njit(error_model="numpy")


class Kernels(NamedTuple):
    """The compiled kernels of one objective and method."""

    run: Callable
    advance: Callable
    evaluate: Callable
    classify: Callable
    """For networks only."""


def kernels_for(objective: Kernel, method: str, dimension: int) -> Kernels:
    """Compile the kernels for an objective and a method in one dimension, or load them."""
    return _kernels(objective.name, objective.is_turned, objective.layers, method, dimension)


@functools.cache
def _kernels(
    objective: str, is_turned: bool, layers: tuple[int, ...], method: str, dimension: int
) -> Kernels:
    folders = cache_folders(Path(__file__))
    turned = ("turned",) * is_turned
    name = "_".join(map(str, (objective, *turned, *layers, method, dimension)))

    def cached(function: types.FunctionType) -> Any:
        dispatcher: Any = numba.njit(error_model="numpy", nogil=True)(function)
        dispatcher._cache = KernelCache(function.__name__, folders)
        return dispatcher

    def specialise(compiler: Callable, function: Any, **constants: object) -> Any:
        return compiler(with_constants(function, f"{function.__name__}_{name}", **constants))

    formula, forward = _objective_functions(objective, is_turned, layers, dimension)
    shape = kernels.network_constants(layers) if layers else {}
    rule = METHODS[method]
    constants = {
        "compute": formula,
        "update": _inner(rule.update),
        "LANES": VECTOR_WIDTH // kernels.GROUP if layers else VECTOR_WIDTH,
        "DIMENSION": dimension,
        "STATES": len(rule.state),
        "HYPERPARAMETERS": len(rule.parameters),
    }
    shared = _shared_functions()
    block = specialise(_inner, kernels.advance_block, **constants, **shared)
    return Kernels(
        specialise(cached, kernels.run_share, run_block=block, **constants, **shared),
        specialise(cached, kernels.advance_share, **constants),
        specialise(cached, kernels.evaluate_share, **constants),
        specialise(cached, kernels.classify_share, feed_forward=forward, **shape, **constants),
    )


@functools.cache
def _shared_functions() -> dict[str, Any]:
    """Return what all kernels do now and then, compiled once."""

    def compiled(function: Any, **used: Any) -> Any:
        return _inner(with_constants(function, function.__name__, **used))

    note, bound = compiled(kernels.note_holds), compiled(kernels.set_bounds)
    both = {"note": note, "bound": bound}
    return {
        "cross": compiled(kernels.cross_targets, **both),
        "settle": compiled(kernels.settle_lanes, **both),
        "keep": compiled(kernels.keep_entries),
    }


@functools.cache
def _objective_functions(
    objective: str, is_turned: bool, layers: tuple[int, ...], dimension: int
) -> tuple[Any, Any]:
    """Return what computes value and gradient, and what feeds a network forward; None of a formula.

    The kernels of all methods share them, which takes less than half the time to compile.
    """
    if is_turned:
        own = {name: _inner(getattr(rotation, name)) for name in ("turn", "turn_back")}
        inner, name = _inner(OBJECTIVES[objective].formula), f"turned_{objective}_{dimension}"
        constants: dict[str, Any] = {"formula": inner, "DIMENSION": dimension, **own}
        function: Any = kernels.turned_formula
        return _inner(with_constants(function, name, **constants)), None
    if not layers:
        return _inner(OBJECTIVES[objective].formula), None
    shape = kernels.network_constants(layers)
    exp, rectified = _inner(elementary.exp), _inner(networks.rectified)

    def specialise(function: Any, **constants: object) -> Any:
        name = "_".join(map(str, (function.__name__, *layers)))
        return _inner(with_constants(function, name, **constants, **shape))

    forward = specialise(kernels.feed_forward, rectified=rectified)

    def propagate(samples: int) -> Any:
        own = {"feed_forward": forward, "exp": exp, "rectified": rectified}
        return specialise(kernels.propagate, **own, SAMPLES=samples, DIMENSION=dimension)

    formula = specialise(
        kernels.network_loss,
        propagate_group=propagate(kernels.GROUP),
        propagate_one=propagate(1),
        log=_inner(elementary.log),
    )
    return formula, forward


def with_constants(
    function: types.FunctionType, name: str, **constants: object
) -> types.FunctionType:
    """Return a copy of a function under a new name, in which constants replace globals.

    Numba takes globals for constants. The name tells one combination from another where compiled
    code is kept, so that a later process finds it.
    """
    copy = types.FunctionType(function.__code__, function.__globals__ | constants, name)
    copy.__qualname__ = name
    return copy
