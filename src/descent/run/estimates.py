"""What a study will need, told before it starts: runs, time, memory and disk, rule by rule.

The rates are measured, on one thread of a machine of 2026, with the engines at work as in the
study and all runs going on to the end of their budget. `docs/reliability.md` says how close they
come.
"""

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import partial
from itertools import pairwise
from typing import NamedTuple

from descent.config.problems import problem_parts
from descent.core.methods import setting_count
from descent.core.networks import MEASURED_AT_ONCE, parameter_count
from descent.engine.choice import START_UP_SECONDS, is_faster_compiled, numpy_seconds
from descent.study.portions import (
    CURVE_SEEDS,
    DRAWN_STARTS,
    LONGER,
    LONGEST_PATH,
    NUDGED_STARTS,
    advance_count,
    block_size,
    few_starts,
    longer_starts,
)
from descent.words.numbers import counted, duration, size

# Seconds on one thread: of a compiled update, per coordinate and sample. NumPy's are told where the
# engine is chosen.
COMPILED_UPDATE = {"formula": 1e-9, "network": 4e-10}
COMPILED_KERNEL = {"formula": 2.0, "network": 3.0}  # once per machine, method and shape
RECORDED_ITERATION = 2e-5  # of a run whose every iterate is recorded, beside its updates
MEASURED_NETWORK = 2.5e-9  # per parameter and sample
WRITTEN_RUN = 2e-6
WRITTEN_TIME = 5e-8  # a hitting time
READ_RUN = 3e-7
ANSWERED_RUN = 1e-7  # of each target and hold
ANSWERED_METHOD = 2e-4  # of each protocol
JUDGED_OF_METHOD, OTHERS_OF_METHOD = 2, 6  # settings that are evaluated, about
RESAMPLED = 10_000

# Bytes in memory.
FLOAT = 8
PROCESS = 100 << 20  # Python with what a job imports
COMPILER = {"formula": 180 << 20, "network": 350 << 20}
SWEPT_ROW = 1_900  # of a sweep's block: its columns, their texts, and the same on their way to disk
RECORDED_ROW = 900  # an iterate of a named run
POINT_COPIES = 12  # of a block's points: with the method's state, before and after an update
HELD_TIME = 40  # of a block's runs
SWEPT_SETTING, COMPARED_SETTING = 300, 4_000
READ_ROWS = 130 << 20  # the rows that are read at a time

# Bytes on disk, of a row.
SWEPT_ON_DISK = {"formula": 12, "plane": 32, "network": 24}
RECORDED_ON_DISK = {"formula": 28, "network": 10}

LONG_RULES = {"sweep_chunk": "sweep", "evaluate": "evaluate"}
"""Rules of which a user is told before they start, with their names there."""


class Estimate(NamedTuple):
    """What a rule will need for a problem; a sweep counts as one however it is cut into chunks."""

    rule: str
    runs: int
    unit: str
    """What a run is: descent, training."""
    memory: float
    """Bytes at the peak."""
    problem: str = ""
    """Empty for what is no problem's."""
    updates: int = 0
    """Of all runs, at most; 0 where they are not advanced."""
    shared: float = 0.0
    """Seconds of work that threads share, on one thread."""
    alone: float = 0.0
    """Seconds of work on a single thread of each chunk, of all chunks."""
    compiling: float = 0.0
    """Seconds of compiling, where that has not been done on the machine."""
    disk: float = 0.0
    """Bytes of what is written, chunks included."""
    keys: tuple[str, ...] = ()
    """Keys of the configuration that lower it."""
    chunks: int = 1

    def seconds(self, cores: int = 1) -> float:
        """Return the time it takes on so many cores."""
        return self.shared / cores + self.alone / min(cores, self.chunks)

    @property
    def title(self) -> str:
        """The rule and its problem."""
        return f"{LONG_RULES.get(self.rule, self.rule)} {self.problem}".rstrip()


def estimated_needs(study: Mapping) -> dict[tuple[str, str], Estimate]:
    """Estimate what the rules that have much to do will need.

    Parameters
    ----------
    study : Mapping
        The validated configuration, as plain data.

    Returns
    -------
    dict
        By rule and problem.
    """
    found = []
    if study["rosenbrock"]:
        found.append(_named_descents(study["rosenbrock"]["runs"]))
    if study["network"]:
        found.append(_named_trainings(study["network"], study["mixture"]["samples"]))
    for part in problem_parts(study).values():
        found += _problem_needs(part)
    return {(estimate.rule, estimate.problem): estimate for estimate in found}


def estimate_lines(
    needs: Mapping[tuple[str, str], Estimate],
    cores: int,
    jobs: Collection[tuple[str, str]] | None = None,
) -> list[str]:
    """Tell how long what there is to do will take, and what it needs.

    Parameters
    ----------
    needs : Mapping
        From `estimated_needs`.
    cores : int
        Cores that the run has.
    jobs : collection of tuple of str, optional
        Rule and problem of the jobs that there are to do; all by default.

    Returns
    -------
    list of str
        A line per long rule and problem.
    """
    return [
        described(need, cores)
        for key, need in needs.items()
        if need.rule in LONG_RULES and (jobs is None or key in jobs)
    ]


def described(need: Estimate, cores: int = 1) -> str:
    """Return an estimate in one line, for so many cores."""
    first = f" (at first {duration(need.compiling)} more)" if need.compiling else ""
    most = counted(need.updates, "update", digits=2)
    updates = f", at most {most}" if need.updates else ""
    return (
        f"{need.title}: {counted(need.runs, need.unit)}{updates}: "
        f"about {duration(max(need.seconds(cores), 0.1))} on {counted(cores, 'core')}{first}, "
        f"{size(need.memory)} of memory, {size(need.disk)} of disk"
    )


# ── The way of every problem ─────────────────────────────────────────────────────────────────


def _problem_needs(part: Mapping) -> Iterator[Estimate]:
    """Yield what the steps of a problem need, from its part of the configuration."""
    problem, grid = part["problem"], part["problem"]["sweep"]
    name, budget, methods = problem["name"], grid["iterations"], len(grid["methods"])
    settings = setting_count(grid["methods"], grid["learning_rate"]["count"], grid)
    layers: Sequence[int] = ()
    further_keys: tuple[str, ...] = ()
    if mixture := part.get("mixture"):
        field, unit, start, section = "network", "training", "seeds", "network"
        samples, held_out = mixture["samples"], mixture["held_out_samples"]
        layers, dimension = problem["layers"], parameter_count(problem["layers"])
        further_keys = ("network.layers", "mixture.samples")
    else:
        field, unit, start = "formula", "descent", "starts"
        section = name if name == "rosenbrock" else f"objectives[{name}]"
        samples, held_out, dimension = 1, 0, problem["dimension"]
    in_plane = field == "formula" and dimension == 2
    starts, starts_key = grid[start]["count"], f"{section}.sweep.{start}.count"
    evaluated, verse = grid["evaluation"], grid["multiverse"]
    of_problem = partial(Estimate, problem=name, unit=unit)

    # The sweep, block by block, and its comparison, which holds every run.
    is_network = bool(layers)
    runs, work = settings * starts, samples * dimension
    updates = runs * budget
    block = min(runs, block_size(budget * work))
    measured_at_once = min(MEASURED_AT_ONCE, block)
    measured = (samples + held_out) * dimension if is_network else 0
    goals = len(verse["targets"]) * len(verse["holds"])
    memory = PROCESS + block * (SWEPT_ROW + goals * HELD_TIME)
    memory += block * POINT_COPIES * dimension * FLOAT
    memory += 3 * starts * dimension * FLOAT + settings * SWEPT_SETTING
    memory += measured_at_once * max(samples, held_out) * _propagated(layers)
    steps = advance_count(runs, methods, block) * budget * (1 if is_network else dimension)
    engine = grid["engine"]
    if engine == "auto":
        engine = "numba" if is_faster_compiled(is_network, updates * work, steps) else "numpy"
    if engine == "numba":
        memory += COMPILER[field]
        seconds = {
            "shared": updates * work * COMPILED_UPDATE[field],
            "alone": START_UP_SECONDS + runs * measured * MEASURED_NETWORK,
            "compiling": (methods + is_network) * COMPILED_KERNEL[field],
        }
    else:
        if is_network:
            at_once = max(block * samples, measured_at_once * held_out)
            memory += at_once * _backpropagated(layers)
        seconds = {"alone": numpy_seconds(is_network, updates * work + runs * measured, steps)}
    seconds["alone"] += runs * (WRITTEN_RUN + goals * WRITTEN_TIME)
    keys = (f"{section}.sweep.learning_rate.count", starts_key, *further_keys)
    yield of_problem(
        "sweep_chunk",
        runs=runs,
        updates=updates,
        memory=memory,
        disk=runs * 2 * (SWEPT_ON_DISK["plane" if in_plane else field] + goals),
        keys=keys,
        chunks=grid["chunks"],
        **seconds,
    )
    at_once = runs * 8  # a column of hitting times, as it is read and in order
    yield of_problem(
        "select_settings",
        runs=runs,
        alone=runs * READ_RUN,
        memory=PROCESS + READ_ROWS + 4 * at_once + settings * COMPARED_SETTING,
        disk=settings * 100,
        keys=keys,
    )
    protocols = 2 * goals * math.prod(len(verse[c]) for c in ("budgets", "criteria", "trials"))
    yield of_problem(
        "vary_protocols",
        runs=runs,
        alone=goals * runs * ANSWERED_RUN + protocols * methods * ANSWERED_METHOD,
        memory=PROCESS + READ_ROWS + 3 * at_once + settings * COMPARED_SETTING,
        disk=protocols * methods * 4,
        keys=(f"{section}.sweep.multiverse", *keys),
    )

    # Runs of candidates from fresh starts; then further ones of what is selected.
    judged = methods * JUDGED_OF_METHOD + 2 * len(problem["runs"])
    others = methods * OTHERS_OF_METHOD
    runs = judged * evaluated + others * few_starts(evaluated)
    longer = min(evaluated, longer_starts(budget * LONGER, work))
    nudged = 2 * min(evaluated, NUDGED_STARTS)
    held = (judged + others) * evaluated
    written = runs * (WRITTEN_RUN + goals * WRITTEN_TIME)
    updates = runs * budget
    updates += methods * JUDGED_OF_METHOD * budget * (nudged + longer * LONGER)
    steps = methods * budget * (3 + LONGER) * (1 if is_network else dimension)
    by_numpy = numpy_seconds(is_network, updates * work, steps)
    compiled = updates * work * COMPILED_UPDATE[field]
    is_compiled = START_UP_SECONDS + compiled < by_numpy
    further_at_once = methods * JUDGED_OF_METHOD * max(nudged // 2, longer)
    together = max(block, evaluated, further_at_once)
    memory = PROCESS + COMPILER[field] + POINT_COPIES * dimension * FLOAT * together
    memory += together * (SWEPT_ROW + goals * HELD_TIME)
    memory += measured_at_once * samples * _propagated(layers)
    yield of_problem(
        "evaluate",
        runs=runs,
        updates=updates,
        memory=memory,
        shared=compiled if is_compiled else 0.0,
        alone=(START_UP_SECONDS if is_compiled else by_numpy) + written,
        compiling=COMPILED_KERNEL[field] if is_compiled and engine == "numpy" else 0.0,
        disk=runs * (6 + goals),
        keys=(f"{section}.sweep.evaluation", *further_keys),
    )
    yield of_problem(
        "compare",
        runs=runs,
        alone=runs * READ_RUN + 2 * RESAMPLED * evaluated * (1e-8 + methods * 2e-10),
        memory=PROCESS + READ_ROWS + 4 * at_once + 40 * held + RESAMPLED * methods * 32,
        disk=methods * 1000,
        keys=(f"{section}.sweep.evaluation", *keys),
    )
    if layers:
        updates = min(evaluated, CURVE_SEEDS) * methods * budget
        rate = COMPILED_UPDATE["network"] + MEASURED_NETWORK
        yield of_problem(
            "trace_curves",
            runs=min(evaluated, CURVE_SEEDS) * methods,
            updates=updates,
            alone=updates * work * rate,
            memory=PROCESS + COMPILER[field] + CURVE_SEEDS * samples * _propagated(layers),
            keys=(f"{section}.sweep.evaluation", *further_keys),
        )
    if in_plane and problem["rotation"] is None:
        updates = DRAWN_STARTS * methods * budget
        rows = DRAWN_STARTS * methods * min(budget, LONGEST_PATH)
        yield of_problem(
            "trace_paths",
            runs=DRAWN_STARTS * methods,
            updates=updates,
            alone=updates * RECORDED_ITERATION,
            memory=PROCESS + rows * RECORDED_ROW,
            disk=rows * RECORDED_ON_DISK["formula"],
            keys=(f"{section}.sweep.iterations",),
        )


# ── Named runs ───────────────────────────────────────────────────────────────────────────────


def _named_descents(runs: Sequence[Mapping]) -> Estimate:
    """Of the named descents: every iterate is kept."""
    updates = sum(run["iterations"] for run in runs)
    rows = updates + len(runs)
    return Estimate(
        "descend_rosenbrock",
        len(runs),
        "descent",
        memory=PROCESS + rows * RECORDED_ROW,
        updates=updates,
        alone=updates * RECORDED_ITERATION,
        disk=rows * RECORDED_ON_DISK["formula"],
        keys=("the iterations of rosenbrock.runs",),
    )


def _named_trainings(network: Mapping, samples: int) -> Estimate:
    """Of the named trainings: every iterate of a run is kept, of all seeds together."""
    runs, seeds, layers = network["runs"], network["seeds"]["count"], network["layers"]
    parameters = parameter_count(layers)
    longest = max((run["iterations"] + 1 for run in runs), default=0)
    updates = seeds * sum(run["iterations"] for run in runs)
    rows = updates + seeds * len(runs)
    memory = PROCESS + COMPILER["network"] + rows * RECORDED_ROW
    memory += seeds * (longest * parameters * FLOAT + samples * _propagated(layers))
    return Estimate(
        "train_network",
        seeds * len(runs),
        "training",
        memory=memory,
        updates=updates,
        alone=updates * samples * parameters * (COMPILED_UPDATE["network"] + MEASURED_NETWORK),
        disk=rows * RECORDED_ON_DISK["network"],
        keys=("network.seeds.count", "the iterations of network.runs", "network.layers"),
    )


# ── Memory of networks ───────────────────────────────────────────────────────────────────────


def _propagated(layers: Sequence[int]) -> int:
    """Return the bytes per network and sample when outputs are computed by NumPy."""
    return 3 * FLOAT * sum(layers)


def _backpropagated(layers: Sequence[int]) -> int:
    """Return the same for gradients: each weight has a term per sample."""
    widest = max(inputs * units for inputs, units in pairwise(layers))
    return FLOAT * (2 * widest + 5 * sum(layers))
