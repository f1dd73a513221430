"""What a study will need, told before it starts: runs, time, memory and disk, rule by rule.

The rates are measured, on one thread of a machine of 2026, with the engines at work as in the
study; they tell seconds from hours and megabytes from gigabytes, not more. Compiling, once per
machine, comes on top.
"""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from descent.core.methods import METHODS, setting_count
from descent.core.networks import parameter_count
from descent.study.sweeps import JUDGED_AT_ONCE, LARGEST_BLOCK, SMALLEST_BLOCK, WORK, tuning_starts

# Seconds on one thread: of an update, per coordinate; of a training's iteration, per parameter
# and sample.
COMPILED = {"formula": 1e-9, "network": 4e-10}
NUMPY = {"formula": 1e-8, "network": 2e-8}
ITERATION = 2e-5  # of a run whose every iterate is recorded, beside its updates
ACCURACY = 2.5e-9  # per parameter and sample
WRITTEN = 2e-6  # of a run's row
COMPARED = 3e-7  # of a run, when methods are compared

# Bytes.
FLOAT = 8
PROCESS = 100 << 20  # Python with what a job imports
COMPILER = {"formula": 180 << 20, "network": 350 << 20}
ROW = 1_900  # of a sweep's block: its columns, their texts, and the same on their way to disk
NAMED_ROW = 900  # an iterate of a named run
COPIES = 12  # of a block's points: with the method's state, before and after an update
SETTING = {"swept": 300, "compared": 4_000}
RUN = {"formula": 5, "network": 13}  # held when methods are compared
GROUP = 130 << 20  # the rows that are read at a time
ON_DISK = {"rosenbrock": 32, "objective": 12, "network": 24, "trajectory": 28, "training": 10}


class Need(NamedTuple):
    """Memory, and the keys of the configuration on which it depends."""

    bytes: float
    keys: tuple[str, ...] = ()


class Estimate(NamedTuple):
    """What a rule will need."""

    rule: str
    runs: int
    unit: str
    """What a run is: descents, trainings."""
    updates: int
    """Of all runs, at most; 0 where they are not advanced."""
    shared: float
    """Seconds of work that threads share, on one thread."""
    alone: float
    """Seconds of work on a single thread."""
    needs: tuple[Need, ...]
    """Memory at the peak, part by part."""
    disk: float
    """Bytes of what is written, chunks included."""

    @property
    def memory(self) -> float:
        """Bytes at the peak."""
        return sum(need.bytes for need in self.needs)

    def seconds(self, cores: int = 1) -> float:
        """Return the time it takes on so many cores."""
        return self.shared / cores + self.alone


def estimates(study: Mapping) -> list[Estimate]:
    """Estimate what the rules that have much to do will need.

    Parameters
    ----------
    study : Mapping
        The validated configuration, as plain data.

    Returns
    -------
    list of Estimate
        One per rule; a sweep counts as one however it is cut into chunks.
    """
    rosenbrock, network = study["rosenbrock"], study["network"]
    layers, samples = network["layers"], study["mixture"]["samples"]
    fresh = study["mixture"]["held_out_samples"]
    found = [_descend_rosenbrock(rosenbrock)]
    found += _formula("rosenbrock", "rosenbrock", "rosenbrock", rosenbrock["sweep"], 2)
    found.append(_judge_rosenbrock(rosenbrock))
    for i, entry in enumerate(study["objectives"]):
        rule, key = f"objective {entry['name']}", f"objectives[{i}]"
        found += _formula("objective", rule, key, entry["sweep"], entry["dimension"])
    return [*found, _train_network(network, samples), *_networks(network, layers, samples, fresh)]


def too_large(found: Sequence[Estimate], memory: float) -> list[str]:
    """Tell which rules need more memory than there is.

    Parameters
    ----------
    found : sequence of Estimate
        From `estimates`.
    memory : float
        Bytes that this machine has.

    Returns
    -------
    list of str
        A line per rule, with the keys that ask for the most; empty where all fits.
    """
    lines = []
    for estimate in found:
        if estimate.memory > memory:
            most = max((need for need in estimate.needs if need.keys), key=lambda need: need.bytes)
            keys = " or ".join(filter(None, [", ".join(most.keys[:-1]), most.keys[-1]]))
            lines.append(
                f"{estimate.rule} needs about {_size(estimate.memory)} of memory, "
                f"but this machine has {_size(memory)}: lower {keys}"
            )
    return lines


def describe(estimate: Estimate, cores: int = 1) -> str:
    """Return an estimate in one line, for so many cores."""
    runs = f"{estimate.runs:,} {estimate.unit}"
    if estimate.updates:
        runs += f", at most {_rounded(estimate.updates)} updates"
    return (
        f"{estimate.rule}: {runs}: {_time(estimate.seconds(cores))} on {cores} "
        f"core{'s' if cores > 1 else ''}, {_size(estimate.memory)} of memory, "
        f"{_size(estimate.disk)} of disk"
    )


# ── The rules ────────────────────────────────────────────────────────────────────────────────


def _descend_rosenbrock(rosenbrock: Mapping) -> Estimate:
    """Of the named descents: every iterate is kept."""
    runs = rosenbrock["runs"]
    updates = sum(run["iterations"] for run in runs)
    rows = updates + len(runs)
    return Estimate(
        "descend_rosenbrock",
        len(runs),
        "descents",
        updates,
        0.0,
        updates * ITERATION,
        (Need(PROCESS), Need(rows * NAMED_ROW, _named_keys("rosenbrock", runs))),
        rows * ON_DISK["trajectory"],
    )


def _formula(kind: str, rule: str, key: str, grid: Mapping, dimension: int) -> list[Estimate]:
    """Of a sweep on a formula, and of the comparison of its runs."""
    settings, starts = _settings(grid), grid["starts"]["count"]
    runs = settings * starts
    rate, compiler = _engine(grid, "formula")
    block = _block(runs, grid["iterations"] * dimension)
    sweep = Estimate(
        f"sweep_{rule}",
        runs,
        "descents",
        updates := runs * grid["iterations"],
        updates * dimension * rate,
        runs * WRITTEN,
        (
            Need(PROCESS + compiler),
            Need(block * (ROW + COPIES * dimension * FLOAT)),
            Need(starts * dimension * FLOAT * 3, (f"{key}.sweep.starts.count",)),
            Need(settings * SETTING["swept"], _grid_keys(key, grid)),
        ),
        runs * ON_DISK[kind] * 2,
    )
    comparison = _comparison(rule, key, grid, runs, "formula", "starts")
    return [sweep, comparison]


def _networks(network: Mapping, layers: Sequence[int], samples: int, fresh: int) -> list[Estimate]:
    """Of the network's sweep, of the comparison, and of the chosen settings' trainings."""
    grid = network["sweep"]
    settings, seeds = _settings(grid), grid["seeds"]["count"]
    begins, size = len(grid["initials"]), parameter_count(layers)
    runs = begins * settings * seeds
    rate, compiler = _engine(grid, "network")
    block = _block(runs, grid["iterations"] * samples * size)
    numpy_block = 0 if compiler else block
    judged = min(JUDGED_AT_ONCE, block)
    sweep = Estimate(
        "sweep_network",
        runs,
        "trainings",
        updates := runs * grid["iterations"],
        updates * samples * size * rate,
        runs * (WRITTEN + (samples + fresh) * size * ACCURACY),
        (
            Need(PROCESS + compiler),
            Need(block * (ROW + COPIES * size * FLOAT), ("network.layers",)),
            Need(
                begins * seeds * size * FLOAT * 3, ("network.layers", "network.sweep.seeds.count")
            ),
            Need(settings * SETTING["swept"], _grid_keys("network", grid)),
            Need(
                numpy_block * samples * _backpropagated(layers),
                ("network.layers", "mixture.samples", "network.sweep.engine (numpy)"),
            ),
            Need(
                judged * max(samples, fresh) * _propagated(layers),
                ("network.layers", "mixture.samples", "mixture.held_out_samples"),
            ),
        ),
        runs * ON_DISK["network"] * 2,
    )
    comparison = _comparison("network", "network", grid, runs, "network", "seeds")
    return [sweep, comparison, _judge_network(network, samples)]


def _comparison(rule: str, key: str, grid: Mapping, runs: int, kind: str, starts: str) -> Estimate:
    """Of a comparison: it holds every run, and the table of settings."""
    return Estimate(
        f"compare_{rule}",
        runs,
        "trainings" if kind == "network" else "descents",
        0,
        0.0,
        runs * COMPARED,
        (
            Need(PROCESS + GROUP),
            Need(runs * RUN[kind], (*_grid_keys(key, grid), f"{key}.sweep.{starts}.count")),
            Need(_settings(grid) * SETTING["compared"], _grid_keys(key, grid)),
        ),
        2 * _settings(grid) * 100,
    )


def _train_network(network: Mapping, samples: int) -> Estimate:
    """Of the named trainings: every iterate of a run is kept, of all seeds together."""
    runs, seeds, layers = network["runs"], network["seeds"]["count"], network["layers"]
    size = parameter_count(layers)
    longest = max(run["iterations"] for run in runs) + 1
    updates = seeds * sum(run["iterations"] for run in runs)
    rows = updates + seeds * len(runs)
    keys = (*_named_keys("network", runs), "network.seeds.count")
    return Estimate(
        "train_network",
        seeds * len(runs),
        "trainings",
        updates,
        0.0,
        updates * samples * size * (COMPILED["network"] + ACCURACY),
        (
            Need(PROCESS + COMPILER["network"]),
            Need(seeds * longest * size * FLOAT, (*keys, "network.layers")),
            Need(rows * NAMED_ROW, keys),
            Need(
                seeds * samples * _propagated(layers),
                ("network.layers", "mixture.samples", "network.seeds.count"),
            ),
        ),
        rows * ON_DISK["training"],
    )


def _judge_rosenbrock(rosenbrock: Mapping) -> Estimate:
    """Of the descents of chosen and named settings, over the whole budget from held-out starts."""
    grid = rosenbrock["sweep"]
    candidates = len(grid["methods"]) + len(rosenbrock["runs"])
    runs = candidates * _held_out(grid["starts"]["count"], grid["tuning"])
    updates = runs * grid["iterations"]
    return Estimate(
        "judge_rosenbrock",
        runs,
        "descents",
        updates,
        0.0,
        updates * 2 * NUMPY["formula"] + len(grid["methods"]) * grid["iterations"] * ITERATION,
        (
            Need(PROCESS + COMPILER["formula"]),
            Need(runs * (1 + len(grid["targets"])) * ROW, ("rosenbrock.sweep.starts.count",)),
        ),
        runs * (1 + len(grid["targets"])) * 8,
    )


def _judge_network(network: Mapping, samples: int) -> Estimate:
    """Of the trainings with chosen and named settings, watched as the named ones are."""
    grid, layers = network["sweep"], network["layers"]
    seeds = _held_out(grid["seeds"]["count"], grid["tuning"])
    candidates = len(grid["methods"]) + len(network["runs"])
    runs = len(grid["initials"]) * candidates * seeds
    updates, size = runs * grid["iterations"], parameter_count(layers)
    keys = ("network.sweep.seeds.count", "network.layers")
    return Estimate(
        "judge_network",
        runs,
        "trainings",
        updates,
        0.0,
        updates * samples * size * (COMPILED["network"] + ACCURACY),
        (
            Need(PROCESS + COMPILER["network"]),
            Need(seeds * COPIES * size * FLOAT, keys),
            Need(seeds * samples * _propagated(layers), (*keys, "mixture.samples")),
            Need(runs * (1 + len(grid["targets"])) * ROW, keys[:1]),
        ),
        runs * (1 + len(grid["targets"])) * 8,
    )


# ── Parts of them ────────────────────────────────────────────────────────────────────────────


def _settings(grid: Mapping) -> int:
    return setting_count(grid["methods"], grid["learning_rate"]["count"], grid)


def _held_out(count: int, share: float) -> int:
    return count - tuning_starts(count, share)


def _engine(grid: Mapping, kind: str) -> tuple[float, int]:
    """Return the engine's seconds per number, and the bytes of its compiler."""
    if grid["engine"] == "numpy":
        return NUMPY[kind], 0
    return COMPILED[kind], COMPILER[kind]


def _block(runs: int, work: float) -> int:
    """Return how many runs are advanced together."""
    return min(runs, int(min(max(WORK / work, SMALLEST_BLOCK), LARGEST_BLOCK)))


def _propagated(layers: Sequence[int]) -> int:
    """Return the bytes per network and sample when outputs are computed by NumPy."""
    return 3 * FLOAT * sum(layers)


def _backpropagated(layers: Sequence[int]) -> int:
    """Return the same for gradients: each weight has a term per sample."""
    widest = max(inputs * units for inputs, units in pairwise(layers))
    return FLOAT * (2 * widest + 5 * sum(layers))


def _grid_keys(key: str, grid: Mapping) -> tuple[str, ...]:
    """Return the keys that make the number of settings."""
    used = {name for method in grid["methods"] for name in METHODS[method].parameters}
    used.discard("learning_rate")
    lists = [name for name in grid if name in used and len(grid[name] or []) > 1]
    return (f"{key}.sweep.learning_rate.count", *(f"{key}.sweep.{name}" for name in lists))


def _named_keys(key: str, runs: Sequence[Mapping]) -> tuple[str, ...]:
    """Return the key of the longest named run."""
    longest = max(range(len(runs)), key=lambda i: runs[i]["iterations"])
    return (f"{key}.runs[{longest}].iterations",)


# ── Words ────────────────────────────────────────────────────────────────────────────────────


def _rounded(number: float) -> str:
    """Write a number with two digits, in full where it is small."""
    if number < 1e6:
        return f"{number:,}"
    digits, exponent = f"{number:.1e}".split("e")
    return f"{digits}e{int(exponent)}"


def _size(count: float) -> str:
    """Write bytes in a unit that suits them."""
    units = ["bytes", "KiB", "MiB", "GiB", "TiB"]
    power = next((k for k in range(4) if count < 1000 * 1024**k), 4)
    return f"{count / 1024**power:,.{int(power > 2)}f} {units[power]}"


def _time(seconds: float) -> str:
    """Write a time in a unit that suits it."""
    if seconds < 1:
        return "less than 1 s"
    for unit, length, limit in (("s", 1, 120), ("min", 60, 7200), ("h", 3600, 172_800)):
        if seconds < limit:
            return f"about {seconds / length:.0f} {unit}"
    return f"about {seconds / 86_400:,.0f} days"
