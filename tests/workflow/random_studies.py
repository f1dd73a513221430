"""Random configurations over the whole schema: what is accepted runs to its end and reads well.

Study k of seed s is always the same one, whatever ran before it:

    python tests/workflow/random_studies.py --seed S --first K --count 1 FOLDER

`make soak` runs many, `tests/workflow/test_random_studies.py` a few. Sizes are small, so that a
study takes seconds; values are ordinary or at the edge of what is allowed, names and texts odd.
"""

import argparse
import json
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import html5lib
import numpy as np
import pyarrow.parquet as pq
from conftest import faults_of

from descent import forward
from descent.config.reading import ConfigurationError, read_study
from descent.core.criteria import CRITERIA
from descent.core.methods import METHODS
from descent.core.networks import pack
from descent.core.parameters import PARAMETERS
from descent.tables.origin import TableError
from descent.tables.parquet import read
from descent.tables.schemas import schema_of

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 600  # after which a study of this size hangs
LONGEST_LINE = 400
MOST_RUNS = 6  # starts or seeds, to tune or to evaluate
MOST_SEEDS = 2 * MOST_RUNS  # of a sweep, from the first on; all are below 2^32
HOLDS = [1, 2, 3, 10, 10_000]

ODD_NAMES = [
    *("0", "1e5", "null", "true", "no", "2024-01-01", "a..b", "x.", "x-", "A", "a", "con", "NUL.a"),
    *("all", "report", "sweep", "Network", "network_he", "rosenbrock-10", "rosenbrock_paths"),
    *("x_heat_map", "x.svg", "x.parquet", "x.log", "chunks-1", "1-of-1", "problem", "wildcards.x"),
    *("a" * 64, "id-" + "0" * 20, "ab" * 25, "x" + "-._" * 21, "0123456789" * 6, "z" * 19),
    *("..", "-x", "a b", "é", "data", "CHECKS", "{x}", "x.partial", ""),
]
ODD_TEXTS = [
    *("<b>&amp;</b>", "{x} {{y}} %s $z", "🙂 \u202eleft\u202c", "a\nb", "\\", '"', "'", "="),
    *("x" * 200, "é́", "\u2028", "null", "---", "\ufffe", "\U0010ffff", "\ufeff", "nan"),
]


class Chance(random.Random):
    """A random stream that is odd every so often."""

    oddness = 0.0

    def is_odd(self) -> bool:
        return self.random() < self.oddness

    def one(self, usual: Callable[[], Any], odd: list) -> Any:
        """Draw a usual value, or one of the odd ones."""
        return self.choice(odd) if self.is_odd() else usual()

    def real(self, low: float, high: float, odd: list) -> Any:
        """Draw a number, evenly on a logarithmic scale where both ends are above 0."""
        if low > 0.0:
            value = self.one(lambda: float(f"{low * (high / low) ** self.random():.3g}"), odd)
        else:
            value = self.one(lambda: round(self.uniform(low, high), 3), odd)
        return f"{value:g}" if self.is_odd() else value  # as --config has it

    def positive(self, low: float, high: float) -> Any:
        odd = [1e-100, 1e-12, 1.0, 1.0000000000000002, 1e12, 1e100, 5e-324, 1e-310]
        return self.real(low, high, [low, high, *odd])

    def coordinate(self, size: float = 2.0) -> Any:
        return self.real(-size, size, [0, -0.0, 1e-100, -1e-12, 1, 1e6, -1e6, 5e-324])


def random_configuration(chance: Chance) -> dict:
    """Draw a configuration with every key of the schema, in small; it may be a wrong one."""
    chance.oddness = chance.choice([0.0, 0.03, 0.1, 0.3])
    mixture = random_mixture(chance)
    return {
        "forward": random_forward(chance),
        "rosenbrock": chance.choice([None, random_rosenbrock(chance)]),
        "objectives": [random_objective(chance) for _ in range(chance.choice([0, 0, 1, 1, 2]))],
        "mixture": mixture,
        "network": chance.choice([None, random_network(chance, mixture)]),
        "question": random_question(chance),
        "report": {
            "title": chance.one(lambda: "A random study", ODD_TEXTS),
            "notebook": chance.choice([True, "True", False, "false"]),
        },
    }


def random_question(chance: Chance) -> dict:
    """Ask of any two methods, be they compared or not."""
    method, against = chance.sample([*METHODS], 2)
    margin = chance.one(lambda: 0.1, [1e-100, 1e-12, 1, 10])
    return {"method": method, "against": against, "margin": margin}


def random_forward(chance: Chance) -> dict:
    layers = [chance.randint(1, 4) for _ in range(chance.randint(2, 4))]
    weights = [
        [[chance.coordinate() for _ in range(inputs)] for _ in range(units)]
        for inputs, units in pairwise(layers)
    ]
    biases = [[chance.coordinate() for _ in range(units)] for units in layers[1:]]
    points = [[chance.coordinate() for _ in range(layers[0])] for _ in range(chance.randint(1, 3))]
    numbers = [[np.array(one, float) for one in part] for part in (weights, biases, [points])]
    expected = forward(pack(*numbers[:2]), numbers[2][0], layers)
    return {
        "weights": weights,
        "biases": biases,
        "points": points,
        "expected": expected.tolist(),
        "decimals": chance.one(lambda: 8, [1, 2, 12, 15]),
    }


def random_rosenbrock(chance: Chance) -> dict:
    return {
        "a": chance.coordinate(),
        "b": chance.positive(1e-2, 1e3),
        "seed": random_seed(chance),
        "runs": [run | {"start": random_start(chance)} for run in random_runs(chance)],
        "sweep": random_sweep(chance) | {"starts": random_starts(chance)},
    }


def random_start(chance: Chance) -> dict | list:
    if chance.random() < 0.5:
        return {**random_interval(chance), "draw": chance.randint(0, 9)}
    return [chance.coordinate(), chance.coordinate()]


def random_objective(chance: Chance) -> dict:
    objective = chance.choice(["rosenbrock", "quadratic", "quadratic", "lessard"])
    dimension, parameters = None, {}
    if objective == "quadratic":
        odd = [0, 1e-100, 1e100, 1e-12, 1e12]
        spectrum = [chance.real(1e-3, 1e3, odd) for _ in range(chance.randint(1, 5))]
        parameters = {"spectrum": spectrum}
    if objective == "rosenbrock":
        dimension = chance.choice([None, 2, 3, 7])
        if dimension in (3, 7):
            parameters = {"a": chance.one(lambda: 1, [0, 2])}
        else:
            parameters = {"a": chance.coordinate(), "b": chance.real(1e-2, 1e3, [0, 1e-100, 1e100])}
    return {
        "name": random_name(chance),
        "objective": objective,
        "parameters": parameters,
        "dimension": dimension,
        "rotation": chance.choice([None, random_seed(chance)]),
        "sweep": random_sweep(chance) | {"starts": random_starts(chance)},
    }


def random_mixture(chance: Chance) -> dict:
    classes, dimension = chance.randint(2, 5), chance.choice([1, 2, 2, 3])
    return {
        "generator": chance.choice(["legacy", "philox"]),
        "seed": random_seed(chance),
        "samples": chance.randint(classes, 60),
        "held_out_samples": chance.randint(classes, 90),
        "means": [[chance.coordinate() for _ in range(dimension)] for _ in range(classes)],
        "covariances": [random_covariance(chance, dimension) for _ in range(classes)],
        "weights": [chance.one(lambda: 1, [2, 8, 0.1, 1.0000000000000002]) for _ in range(classes)],
    }


def random_covariance(chance: Chance, dimension: int) -> list:
    deviations = [float(chance.positive(0.1, 3)) ** 0.5 for _ in range(dimension)]
    correlation = chance.one(lambda: round(chance.random() * 0.9, 2), [0.0, 0.999999, 1 - 1e-13])
    return [
        [s * t * (1.0 if i == j else correlation) for j, t in enumerate(deviations)]
        for i, s in enumerate(deviations)
    ]


def random_network(chance: Chance, mixture: dict) -> dict:
    hidden = [chance.randint(1, 4) for _ in range(chance.choice([0, 1, 1, 2, 4]))]
    swept = random_sweep(chance)
    return {
        "layers": [len(mixture["means"][0]), *hidden, len(mixture["means"])],
        "initial": random_interval(chance),
        "seeds": random_seeds(chance, 1, 2**32 - 1),
        "runs": random_runs(chance),
        "gradient_check": {
            "networks": chance.randint(1, 3),
            "seed": random_seed(chance),
            "tolerance": chance.positive(1e-6, 1e-3),
        },
        "sweep": swept
        | {
            "initials": chance.choice([["uniform"], ["he"], ["he", "uniform"]]),
            "seeds": random_seeds(chance, 2, 2**32 - MOST_SEEDS),
        },
    }


def random_runs(chance: Chance) -> list[dict]:
    runs = []
    for k in range(chance.randint(1, 3)):
        method = chance.choice([*METHODS])
        given = {
            name: random_parameter(chance, name)
            for name in METHODS[method].parameters
            if name != "learning_rate" and (name == "momentum" or chance.random() < 0.5)
        }
        runs.append(
            {
                "name": f"{k}-{random_name(chance)}"[:64] if k else random_name(chance),
                "method": method,
                "learning_rate": chance.positive(1e-4, 1.0),
                "iterations": chance.one(lambda: chance.randint(2, 60), [1]),
                **given,
            }
        )
    return runs


def random_parameter(chance: Chance, name: str) -> Any:
    if PARAMETERS[name].below == 1.0:
        return chance.real(0.0, 0.99, [0, -0.0, 1e-100, 0.5, 0.9999999999999999, 1])
    return chance.positive(1e-10, 1e-6)


def random_sweep(chance: Chance) -> dict:
    methods = chance.sample([*METHODS], chance.randint(1, 3))
    iterations = chance.one(lambda: chance.randint(5, 80), [1, 2])
    low = chance.positive(1e-4, 1e-2)
    count = chance.one(lambda: chance.randint(2, 4), [1])
    tops = [low, float(low) * (1.0 + 2**-50), 1e100]
    high = low if count == 1 else chance.one(lambda: float(low) * chance.choice([1.5, 1e2]), tops)
    others = {
        name: [random_parameter(chance, name) for _ in range(chance.randint(1, 2))]
        for name in PARAMETERS
        if name not in ("learning_rate", "momentum")
    }
    return {
        "methods": methods,
        "learning_rate": {"low": low, "high": high, "count": count},
        "momentum": [0, random_parameter(chance, "momentum")][: chance.randint(1, 2)],
        **{name: chance.choice([None, values]) for name, values in others.items()},
        "evaluation": chance.one(lambda: chance.randint(3, MOST_RUNS), [2]),
        "iterations": iterations,
        "headline": {
            "target": chance.positive(1e-3, 10.0),
            "hold": chance.choice(HOLDS),
            "trials": chance.choice([None, 1, 2, 1_000_000]),
        },
        "multiverse": random_multiverse(chance, iterations),
        "engine": chance.choice([*["auto", "numpy"] * 3, "numba"]),  # it compiles for long
        "chunks": chance.choice([1, 1, 2, 3]),
    }


def random_multiverse(chance: Chance, iterations: int) -> dict:
    """Draw protocols; null is what is taken by default."""
    targets = [chance.positive(1e-3, 10.0) for _ in range(chance.randint(1, 3))]
    budgets = {chance.one(lambda: chance.randint(1, iterations), [1, iterations]) for _ in "ab"}
    return {
        "targets": chance.choice([None, targets]),
        "holds": chance.sample(HOLDS, chance.randint(1, 2)),
        "budgets": chance.choice([None, sorted(budgets)]),
        "criteria": chance.sample([*CRITERIA], chance.randint(1, len(CRITERIA))),
        "trials": chance.sample([0, 1, 2, 5, 1_000_000], chance.randint(1, 3)),
    }


def random_starts(chance: Chance) -> dict:
    counted = {"count": chance.one(lambda: chance.randint(3, MOST_RUNS), [2])}
    return random_interval(chance) | counted | {"seed": random_seed(chance)}


def random_interval(chance: Chance) -> dict:
    low = chance.coordinate()
    odd = [np.nextafter(float(low), np.inf), float(low) + 1e-9, 1e6, low]
    return {"low": low, "high": chance.one(lambda: float(low) + chance.randint(1, 4), odd)}


def random_seeds(chance: Chance, least: int, largest: int) -> dict:
    return {
        "first": random_seed(chance, largest),
        "count": chance.one(lambda: chance.randint(least + 1, MOST_RUNS), [least]),
    }


def random_seed(chance: Chance, largest: int = 2**32 - 1) -> int:
    return chance.one(lambda: chance.randint(0, 999), [0, largest])


def random_name(chance: Chance) -> str:
    rest = chance.choices("abcXYZ019._-", k=chance.randint(0, 9))
    return chance.one(lambda: "n" + "".join(rest), ODD_NAMES)


# ── What is accepted, and what is told ───────────────────────────────────────────────────────


def write_accepted(seed: int, number: int, file: Path) -> int:
    """Write the configuration of a study: the first of its stream that is accepted.

    Returns how many were refused before it, each with a message as it should be.
    """
    chance = Chance(f"{seed}/{number}")
    for refused in range(1000):
        text = json.dumps(random_configuration(chance), indent=1, ensure_ascii=False)
        file.write_text(text, encoding="utf-8")
        try:
            read_study(ROOT / "config.yaml", file, {})
        except ConfigurationError as error:
            check_message(str(error), text)
        else:
            return refused
    raise AssertionError(f"none of 1000 configurations of study {number} is accepted")


def check_message(message: str, text: str) -> None:
    """Fail where a refusal is not one short line per mistake, each with a key."""
    first, *lines = message.split("\n")
    if "not readable as YAML: unacceptable character" in first and not lines:
        return
    assert "in the configuration" in first, f"{message}\n{text}"
    assert lines, f"{message}\n{text}"
    for line in lines:
        told = line.isprintable() and " = " in line and ": " in line and len(line) < LONGEST_LINE
        assert told, f"{line}\n{text}"


# ── What is finished, and reads well ─────────────────────────────────────────────────────────


def faults_of_study(folder: Path) -> list[str]:
    """Run a study by the plain command, and return what is wrong with it and its results."""
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(ROOT / "Snakefile")]
    command += ["--directory", str(folder), "--cores", "2"]
    run = subprocess.run(
        command, capture_output=True, text=True, timeout=SECONDS, check=False, errors="replace"
    )
    if run.returncode:
        logs = [path.read_text(errors="replace") for path in (folder / "logs").rglob("*.log")]
        return [f"exit status {run.returncode}", run.stderr[-3000:], *filter(None, logs)]
    faults = [f"{word} in the terminal" for word in ("Traceback", "Warning") if word in run.stderr]
    study = json.loads((folder / "config.yaml").read_text(encoding="utf-8"))
    return faults + faults_of_results(folder / "results") + faults_of_parts(folder, study)


def faults_of_results(results: Path) -> list[str]:
    """Return what does not read well: in the report, its figures, and the tables."""
    html5lib.HTMLParser(strict=True).parse((results / "report.html").read_bytes())
    faults = faults_of(results)
    for path in results.rglob("*.parquet"):
        faults += faults_of_table(path, results)
    return faults


def faults_of_parts(folder: Path, study: dict) -> list[str]:
    """Return what is there of a problem that is left out, or is not there of the others."""
    problems = {objective["name"] for objective in study["objectives"]}
    absent = []
    if study["rosenbrock"]:
        problems.add("rosenbrock")
    else:
        absent.append("Named descents on the Rosenbrock function")
    if study["network"]:
        names = {"uniform": "network", "he": "network-he"}
        problems |= {"network", *(names[one] for one in study["network"]["sweep"]["initials"])}
        problems.add("data")
    else:
        absent += ["Named trainings", "The data"]
    if study["report"]["notebook"] in (False, "false"):
        absent += ["The notebook’s conclusions", "What is wrong in the notebook"]
    expected = problems | {"checks", "figures", "findings"}
    found = {path.name for path in (folder / "results").iterdir() if path.is_dir()}
    page = (folder / "results" / "report.html").read_text(encoding="utf-8")
    faults = [f"{name}/ should not be in the results, or should" for name in found ^ expected]
    return faults + [f"a section on {title}" for title in absent if f">{title}</h2>" in page]


def faults_of_table(path: Path, results: Path) -> Iterator[str]:
    """Look for what a table's schema excludes, and read it as the workflow does."""
    place, rows = path.relative_to(results).as_posix(), pq.read_table(path)
    schema = schema_of(place, rows.column_names)
    if schema is None:
        yield f"{place} has no schema"
        return
    if not rows.num_rows and not schema.may_be_empty:
        yield f"{place} is empty"
    for column in schema.columns:
        values = rows[column.name]
        if values.null_count and not column.nullable:
            yield f"{place}: no value in {column.name}"
        if column.type in ("float32", "float64"):
            numbers = values.drop_null().to_numpy()
            if np.isnan(numbers).any():
                yield f"{place}: NaN in {column.name}"
            if np.isinf(numbers).any() and not column.may_be_infinite:
                yield f"{place}: infinity in {column.name}"
    try:
        read(schema, path)
    except TableError as error:
        yield str(error)


def run_studies(seed: int, numbers: range, folder: Path) -> int:
    """Run studies one after the other, tell each, and return how many failed."""
    failed = refused = 0
    for number in numbers:
        began, place = time.monotonic(), folder / f"study-{number}"
        place.mkdir(parents=True)
        refused += write_accepted(seed, number, place / "config.yaml")
        faults = faults_of_study(place)
        failed += bool(faults)
        print(f"study {number} of seed {seed}: {time.monotonic() - began:.1f} s, ", end="")
        print(f"FAILED, in {place}" if faults else "as it should be", flush=True)
        if faults:
            print("\n".join([*faults, (place / "config.yaml").read_text(encoding="utf-8")]))
        else:
            shutil.rmtree(place)
    print(
        f"{len(numbers)} studies, {failed} failed; {refused} configurations were refused, as told"
    )
    return failed


def main() -> int:
    """Run random studies; exit status 1 if any failed."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=1, help="number of the first study")
    parser.add_argument("--count", type=int, default=5)
    parser.add_argument("folder", type=Path, nargs="?", help="where to run (default: temporary)")
    options = parser.parse_args()
    folder = options.folder or Path(tempfile.mkdtemp(prefix="random-studies-"))
    numbers = range(options.first, options.first + options.count)
    return int(run_studies(options.seed, numbers, folder) > 0)


if __name__ == "__main__":
    sys.exit(main())
