"""The configuration's model: the one source of what `config.yaml` may hold.

The JSON Schema for editors is generated from it (`python -m descent.config.model`), and the Snakefile
validates against it before any job starts (`descent.config.reading`).
"""

import functools
import inspect
import json
import math
import re
import sys
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    StringConstraints,
    Tag,
    ValidationInfo,
    WithJsonSchema,
    create_model,
    field_validator,
)

from descent.core.methods import METHODS, setting_count
from descent.core.objectives import OBJECTIVES
from descent.core.parameters import PARAMETERS, SMALLEST

# As JSON has numbers, but for a sign +, and a dot at either end. Other readings differ: 010 is 8 to
# one reader of YAML and 10 to another, 1:30 is 90.
NUMBER = re.compile(r"[+-]?((0|[1-9][0-9]*)(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?")
NAME = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"
LARGEST = 1e100  # far beyond any sensible value, far from overflow in a square


# ── Words ────────────────────────────────────────────────────────────────────────────────────


def shown(value: object) -> str:
    """Show a value on one short line, as YAML would write it."""
    text = ""
    try:
        # Piece by piece: a few aliases stand for a value that no memory holds.
        for piece in json.JSONEncoder(default=str, ensure_ascii=False).iterencode(value):
            text += piece
            if len(text) > 80:
                break
    except (TypeError, ValueError, RecursionError):  # keys that are no text; too large; a circle
        text = f"a value of type {type(value).__name__}"
    return printable(text if len(text) <= 80 else f"{text[:77]}...")


def printable(text: str) -> str:
    """Write control characters as escapes, so that they cannot break the line or the terminal."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


# ── Values ───────────────────────────────────────────────────────────────────────────────────


def _parse_number(value: object) -> float:
    """Accept a finite number, also as text: as YAML has ``1e-4`` and ``--config`` all."""
    if isinstance(value, str) and NUMBER.fullmatch(value.strip()):
        value = float(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError("must be a number")
    if abs(value) > LARGEST or not math.isfinite(value):
        raise ValueError(f"must be a finite number of at most {LARGEST:g} in size")
    return float(value)


def _parse_integer(value: object) -> int:
    """Accept a whole number, also written as ``1e6`` or as text."""
    try:
        number = _parse_number(value)
    except ValueError as error:
        raise ValueError(str(error).replace("number", "whole number")) from None
    if number != int(number):
        raise ValueError("must be a whole number")
    return int(value) if isinstance(value, int) else int(number)


def _parse_text(value: object) -> str:
    """Accept text only, and say what YAML made of an unquoted ``no`` or ``1``."""
    if not isinstance(value, str):
        raise ValueError("must be text (put it in quotes)")
    return value


def _without_controls(text: str) -> str:
    """Refuse characters that no HTML or XML may hold, and those that act on a terminal."""
    if found := re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", text):
        raise ValueError(f"must not hold the control character {printable(found[0])}")
    return text


def _bounded(parse: Callable, json_type: str, **bounds: float) -> Any:
    """Build the type of a number within bounds, with a JSON Schema that takes text as well."""
    keywords = {
        "ge": "minimum",
        "gt": "exclusiveMinimum",
        "le": "maximum",
        "lt": "exclusiveMaximum",
    }
    schema = {
        "type": [json_type, "string"],
        "pattern": f"^{NUMBER.pattern}$",
        **{keywords[bound]: limit for bound, limit in bounds.items()},
    }
    kind = int if json_type == "integer" else float
    return Annotated[kind, BeforeValidator(parse), Field(**bounds), WithJsonSchema(schema)]


real = functools.partial(_bounded, _parse_number, "number")
whole = functools.partial(_bounded, _parse_integer, "integer")

Real = real()
Positive = real(gt=0)
# Within these no objective overflows at a start.
Coordinate = real(ge=-1e6, le=1e6)
Steepness = real(gt=0, le=1e6)
NotNegative = real(ge=0)
Iterations = whole(ge=1, le=1_000_000)
Seed = whole(ge=0, le=2**32 - 1)
Count = whole(ge=1, le=100_000)
Text = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=200),
    BeforeValidator(_parse_text),
    AfterValidator(_without_controls),
]
Name = Annotated[str, StringConstraints(pattern=NAME), BeforeValidator(_parse_text)]
Vector = Annotated[list[Real], Field(min_length=1, max_length=1000)]
Matrix = Annotated[list[Vector], Field(min_length=1, max_length=1000)]
# Kinds of a value that may be given in two ways. A space keeps these out of the way of keys.
KINDS = POINT, DRAW, LIST, ONE = ("a point", "a draw", "a list", "one number")
Argument = Annotated[
    Annotated[Vector, Tag(LIST)] | Annotated[Real, Tag(ONE)],
    Discriminator(lambda value: LIST if isinstance(value, list) else ONE),
]
MethodName = Literal[tuple(METHODS)]
ObjectiveName = Literal[tuple(OBJECTIVES)]


def _distinct(values: list) -> list:
    """Refuse a list that repeats a value."""
    if len(set(values)) < len(values):
        raise ValueError("must not repeat a value")
    return values


def listed(kind: Any, least: int = 1) -> Any:
    """Build the type of a list of different values."""
    return Annotated[
        list[kind], Field(min_length=least, max_length=1000), AfterValidator(_distinct)
    ]


class Section(BaseModel):
    """A block of the configuration: no key but those described, no change once read."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


# ── Parts that several sections use ──────────────────────────────────────────────────────────


class Interval(Section):
    """An interval from which values are drawn uniformly."""

    low: Coordinate
    """Lower end, included."""
    high: Coordinate
    """Upper end, excluded; above `low`."""

    @field_validator("high")
    @classmethod
    def _check_order(cls, high: float, info: ValidationInfo) -> float:
        if high <= info.data.get("low", -math.inf):
            raise ValueError(f"must be greater than low = {info.data['low']:g}")
        return high


class Draw(Interval):
    """A start drawn from NumPy's legacy stream."""

    draw: whole(ge=0, le=1_000_000)
    """Place in the stream: the k-th start, counted from 0."""


class Starts(Interval):
    """Random starts, the same for every method and setting."""

    count: Count
    """How many starts."""
    seed: Seed
    """Seed of their stream."""


class Seeds(Section):
    """Consecutive seeds, one run each."""

    first: Seed
    """The first seed."""
    count: Count
    """How many seeds, counting up from the first."""


class LogarithmicGrid(Section):
    """Values evenly spaced on a logarithmic scale, both ends included."""

    low: Positive
    """Smallest value."""
    high: Positive
    """Largest value; at least `low`."""
    count: whole(ge=1, le=10_000)
    """How many values; with 1, `low` and `high` are the same."""

    @field_validator("high")
    @classmethod
    def _check_order(cls, high: float, info: ValidationInfo) -> float:
        if high < info.data.get("low", -math.inf):
            raise ValueError(f"must be at least low = {info.data['low']:g}")
        return high

    @field_validator("count")
    @classmethod
    def _check_count(cls, count: int, info: ValidationInfo) -> int:
        if {"low", "high"} <= info.data.keys():
            one = info.data["low"] == info.data["high"]
            if one and count != 1:
                raise ValueError("must be 1, since low and high are equal")
            if count == 1 and not one:
                raise ValueError("must be at least 2, since low and high differ")
        return count


# ── Methods and their parameters, as they are registered ─────────────────────────────────────


def parameter_type(name: str) -> Any:
    """Build the type of a method's parameter from its registered range."""
    low, below = PARAMETERS[name].low, PARAMETERS[name].below
    bounds = {"gt": 0.0} if low == SMALLEST else {"ge": low}
    bounds |= {} if below == math.inf else {"lt": below}
    # Messages and the schema show a whole number as one.
    return real(**{bound: int(x) if x == int(x) else x for bound, x in bounds.items()})


def methods_with(parameter: str) -> list[str]:
    """Return the methods that have a parameter."""
    return [name for name, method in METHODS.items() if parameter in method.parameters]


OTHERS = [name for name in PARAMETERS if name != "learning_rate"]
# Without a value of these a method would be another one.
NEEDED = ("momentum",)


def _either(names: list[str]) -> str:
    """Write `a`, `a or b`, `a, b or c`."""
    return " or ".join(filter(None, [", ".join(names[:-1]), names[-1]])) if names else "none"


def _and_default(parameter: str) -> str:
    """Say which methods have a parameter, and what it is where it is not given."""
    return "; ".join(
        f"{name}: {METHODS[name].parameters[parameter]:g}" for name in methods_with(parameter)
    )


def _check_parameter(value: float | None, info: ValidationInfo) -> float | None:
    """Refuse a parameter that a run's method does not have, and miss one that it needs."""
    name, method = info.field_name, info.data.get("method")
    if method is None:  # it is wrong itself
        return value
    has_it = name in METHODS[method].parameters
    if has_it and value is None and name in NEEDED:
        allowed = PARAMETERS[name]
        raise ValueError(
            f"method {method} needs it: at least {allowed.low:g}, less than {allowed.below:g}"
        )
    if not has_it and value is not None:
        raise ValueError(
            f"has no effect with method {method}: remove it, or choose method "
            f"{_either(methods_with(name))}"
        )
    return value


def _run_field(name: str) -> tuple:
    """Return the field of a named run for a parameter."""
    kind = Annotated[
        parameter_type(name) | None,
        AfterValidator(_check_parameter),
        Field(validate_default=True),
    ]
    if name in NEEDED:
        text = f"only for these methods, which need it: {', '.join(methods_with(name))}"
    else:
        text = f"only for these methods, which by default have {_and_default(name)}"
    return kind, Field(default=None, description=f"{_meaning(name)}; {text}.")


def _with_zero(values: list[float]) -> list[float]:
    """Refuse a grid of momenta without 0."""
    if 0.0 not in values:
        raise ValueError("must contain 0, or a tuned momentum could lose to gradient descent")
    return values


def _grid_field(name: str) -> tuple:
    """Return the field of a grid for a parameter's values."""
    values = listed(parameter_type(name))
    used = f"{_meaning(name)}: values of it, for those methods that have it"
    if name == "momentum":
        return Annotated[values, AfterValidator(_with_zero)], Field(
            description=f"{used}, 0 among them: gradient descent."
        )
    text = f"{used}; without them the methods' defaults ({_and_default(name)})."
    return values | None, Field(default=None, description=text)


def _meaning(parameter: str) -> str:
    symbol, meaning, *_ = PARAMETERS[parameter]
    return f"{symbol}, {meaning}"


class _Method(Section):
    method: MethodName
    """Update rule."""
    learning_rate: Positive
    """Step size: the factor of the gradient."""


Method = create_model(
    "Method",
    __base__=_Method,
    __doc__="A method and its parameters.",
    **{name: _run_field(name) for name in OTHERS},
)


class Run(Method):
    """A named run: one line in a figure."""

    name: Name
    """Unique; letters, digits, dot, dash and underscore, at most 64."""
    iterations: Iterations
    """Number of updates."""

    @field_validator("name")
    @classmethod
    def _check_unique(cls, name: str, info: ValidationInfo) -> str:
        # `validate` gives an empty context; each list of runs is of a class of its own.
        names = set() if info.context is None else info.context.setdefault(cls, set())
        if name in names:
            raise ValueError("must be unique, but an earlier run has this name")
        names.add(name)
        return name


class _Methods(Section):
    methods: listed(MethodName)
    """Methods to compare."""
    learning_rate: LogarithmicGrid
    """Learning rates, the same for all methods."""


class Grid(
    create_model("Parameters", __base__=_Methods, **{name: _grid_field(name) for name in OTHERS})
):
    """Every method with every learning rate and every value of its other parameters."""

    tuning: real(gt=0, lt=1) = 0.5
    """Share of the starts or seeds, the first ones, on which settings are chosen; the others
    judge. At least one start does each, and a single one does both."""
    iterations: Iterations
    """Budget: the largest number of updates of a run."""
    target: Positive
    """A run has reached its goal once the objective is this close to its minimum."""
    targets: listed(Positive, least=0) = Field(default=[])
    """Further targets, for the distributions of running times; `target` is always among them."""
    engine: Literal["auto", "numpy", "numba"] = "auto"
    """What advances the runs: NumPy, compiled code, or the quicker of them. The results are the
    same."""


Chunks = whole(ge=1, le=10_000)


def _check_chunks(cls: type, chunks: int, info: ValidationInfo) -> int:
    """Refuse more chunks than there are runs."""
    parts = {"starts", "seeds", "initials"} & cls.model_fields.keys()
    if {"methods", "learning_rate", *OTHERS, *parts} <= info.data.keys():
        count = info.data["learning_rate"].count
        factors = {"settings": setting_count(info.data["methods"], count, info.data)}
        if "initials" in parts:
            factors = {"initialisations": len(info.data["initials"])} | factors
        key = "starts" if "starts" in parts else "seeds"
        factors[key] = info.data[key].count
        if chunks > (runs := math.prod(factors.values())):
            product = " x ".join(f"{number} {what}" for what, number in factors.items())
            raise ValueError(f"must be at most {runs}, the number of runs ({product})")
    return chunks


# ── Sections ─────────────────────────────────────────────────────────────────────────────────


class Forward(Section):
    """The fixed-weight network whose output is checked number by number."""

    weights: Annotated[list[Matrix], Field(min_length=1)]
    """One matrix per layer, one row per unit."""
    biases: Annotated[list[Vector], Field(min_length=1)]
    """One vector per layer, one entry per unit."""
    points: Matrix
    """Inputs, one row per point."""
    expected: Matrix
    """Probabilities that must come out: one row per point, one column per class."""
    decimals: whole(ge=1, le=15)
    """Decimals to which they must agree."""

    @property
    def layers(self) -> list[int]:
        """Units per layer, inputs first."""
        return [len(self.points[0]), *(len(matrix) for matrix in self.weights)]

    @field_validator("weights")
    @classmethod
    def _check_weights(cls, weights: list[Matrix]) -> list[Matrix]:
        faults = []
        for k, matrix in enumerate(weights):
            inputs = len(weights[k - 1]) if k else len(matrix[0])
            faults += [f"[{k}]{fault}" for fault in _row_faults(matrix, inputs)]
        return _without_faults(weights, faults)

    @field_validator("biases")
    @classmethod
    def _check_biases(cls, biases: list[Vector], info: ValidationInfo) -> list[Vector]:
        weights = info.data.get("weights", biases)
        faults = _count_faults(biases, len(weights), "one per matrix of weights")
        for k, (bias, matrix) in enumerate(zip(biases, weights, strict=False)):
            if len(bias) != len(matrix):
                faults.append(
                    f"[{k}] = {shown(bias)}: must have {len(matrix)} entries, one per unit"
                )
        return _without_faults(biases, faults)

    @field_validator("points")
    @classmethod
    def _check_points(cls, points: Matrix, info: ValidationInfo) -> Matrix:
        inputs = len(info.data["weights"][0][0]) if "weights" in info.data else len(points[0])
        return _without_faults(points, _row_faults(points, inputs))

    @field_validator("expected")
    @classmethod
    def _check_expected(cls, expected: Matrix, info: ValidationInfo) -> Matrix:
        classes = len(info.data["weights"][-1]) if "weights" in info.data else len(expected[0])
        faults = _row_faults(expected, classes)
        if "points" in info.data:
            faults += _count_faults(expected, len(info.data["points"]), "one per point")
        return _without_faults(expected, faults)


def _without_faults(value: Any, faults: list[str]) -> Any:
    """Pass a value on, or refuse it; a fault that begins with a place is about that place."""
    if faults:
        raise ValueError("\n".join(faults))
    return value


def _row_faults(matrix: Matrix, length: int) -> list[str]:
    return [
        f"[{i}] = {shown(row)}: must have {length} entries, not {len(row)}"
        for i, row in enumerate(matrix)
        if len(row) != length
    ]


def _count_faults(entries: list, count: int, why: str) -> list[str]:
    if len(entries) == count:
        return []
    return [f"must have {count} entries, {why}, not {len(entries)}"]


def _start_kind(value: object) -> str:
    return DRAW if isinstance(value, Mapping | Draw) else POINT


class RosenbrockRun(Run):
    """A named descent on the Rosenbrock function."""

    start: Annotated[
        Annotated[Annotated[list[Coordinate], Field(min_length=2, max_length=2)], Tag(POINT)]
        | Annotated[Draw, Tag(DRAW)],
        Discriminator(_start_kind),
    ]
    """A point `[x1, x2]`, or a draw `{low, high, draw}` from the legacy stream."""


class DescentSweep(Grid):
    """Many descents, from random starts."""

    starts: Starts
    """Starts of every setting."""
    chunks: Chunks = 1
    """Jobs into which the sweep is cut, at most one per run. The results are the same."""

    _check_chunks = field_validator("chunks")(_check_chunks)


class Rosenbrock(Section):
    """Descent on f(x1, x2) = (a - x1)² + b (x2 - x1²)²."""

    a: Coordinate
    """The minimum lies at (a, a²)."""
    b: Steepness
    """Steepness of the valley."""
    seed: Seed
    """Seed of NumPy's legacy stream, from which starts are drawn."""
    runs: Annotated[list[RosenbrockRun], Field(min_length=1, max_length=100)]
    """Named runs."""
    sweep: DescentSweep
    """Many runs, for statistics."""


# The study's own problems; those of `objectives` have other names.
PROBLEMS = ("rosenbrock", "uniform", "he")


class Objective(Section):
    """A further objective, swept as the Rosenbrock function is."""

    name: Name
    """Unique; letters, digits, dot, dash and underscore, at most 64. It names files."""
    objective: ObjectiveName
    """What is minimised."""
    parameters: Annotated[
        dict[Annotated[str, BeforeValidator(_parse_text)], Argument], Field(validate_default=True)
    ] = {}
    """Its arguments, such as the quadratic's `spectrum`: numbers or lists of numbers."""
    dimension: Annotated[whole(ge=1, le=1000) | None, Field(validate_default=True)] = None
    """Coordinates of a point, where the objective does not fix it; 2 without it."""
    sweep: DescentSweep
    """Many runs, for statistics."""

    @field_validator("name")
    @classmethod
    def _check_name(cls, name: str, info: ValidationInfo) -> str:
        if name.casefold() in PROBLEMS:
            raise ValueError(f"must not be {_either(list(PROBLEMS))}, which the study has itself")
        names = set() if info.context is None else info.context.setdefault(cls, set())
        if name.casefold() in names:  # some file systems do not tell a from A
            raise ValueError("must be unique in lower case, but an earlier objective has this name")
        names.add(name.casefold())
        return name

    @field_validator("parameters")
    @classmethod
    def _check_parameters(cls, given: dict, info: ValidationInfo) -> dict:
        if "objective" not in info.data:
            return given
        name = info.data["objective"]
        factory = OBJECTIVES[name]
        known = inspect.signature(factory).parameters
        takes = f"takes {', '.join(known)}" if known else "takes none"
        faults = [
            f".{printable(key)} = {shown(value)}: is not a parameter of {name}, which {takes}"
            for key, value in given.items()
            if key not in known
        ]
        for key, parameter in known.items():
            if parameter.default is parameter.empty and key not in given:
                faults.append(f".{key}: is missing")
            if parameter.annotation is float and isinstance(given.get(key), list):
                faults.append(f".{key} = {shown(given[key])}: must be a number")
        if not faults:
            try:
                factory(**given)
            except (ValueError, TypeError) as error:
                raise ValueError(str(error)) from None
        return _without_faults(given, faults)

    @field_validator("dimension")
    @classmethod
    def _check_dimension(cls, given: int | None, info: ValidationInfo) -> int | None:
        if not {"objective", "parameters"} <= info.data.keys():
            return given
        name, parameters = info.data["objective"], info.data["parameters"]
        kernel = OBJECTIVES[name](**parameters).kernel
        fixed = kernel.dimension if kernel else None
        if fixed is not None and given not in (None, fixed):
            raise ValueError(f"must be {fixed}, as the parameters of {name} have it, or left out")
        if fixed is None and given is not None and given < 2:
            raise ValueError("must be at least 2")
        if name == "rosenbrock" and (given or 2) > 2 and parameters.get("a", 1.0) not in (0.0, 1.0):
            raise ValueError("must be 2, unless a is 0 or 1: the minimum is not known")
        return fixed or given or 2


def _check_covariance(matrix: list[list[float]]) -> list[list[float]]:
    """Refuse a matrix that is no covariance, by Cholesky's factorisation."""
    if any(len(row) != len(matrix) for row in matrix):
        raise ValueError("must be square")
    values = np.array(matrix)
    if (values != values.T).any():
        raise ValueError("must be symmetric")
    variances = values.diagonal()
    deviations = np.sqrt(np.where(variances > 0.0, variances, 1.0))  # of scale 1, none is too small
    try:
        rest = np.linalg.cholesky(values / deviations / deviations[:, None]).diagonal() ** 2
    except np.linalg.LinAlgError:
        rest = variances * 0.0
    if (rest <= 1e-12).any():
        raise ValueError("must be positive definite")
    return matrix


Covariance = Annotated[Matrix, AfterValidator(_check_covariance)]


PER_CLASS = "one per class"
MOST_SAMPLES = 1_000_000
SMALL_VARIANCE = 1e-20  # beside the square of a mean


class Mixture(Section):
    """Samples of a Gaussian mixture, one class per component."""

    generator: Literal["legacy", "philox"]
    """`legacy`: `numpy.random.seed` and its multivariate normal; `philox`: counter-based."""
    seed: Seed
    """Seed of the generator."""
    means: Annotated[list[Vector], Field(min_length=2, max_length=100)]
    """Mean of each class."""
    covariances: Annotated[list[Covariance], Field(min_length=2, max_length=100)]
    """Covariance matrix of each class: symmetric, positive definite."""
    weights: Annotated[list[Positive], Field(min_length=2, max_length=100)]
    """Share of each class, relative to the others."""
    samples: whole(ge=2, le=MOST_SAMPLES)
    """Samples asked for; each class gets the whole part of its share."""
    held_out_samples: whole(ge=2, le=MOST_SAMPLES)
    """Fresh samples, on which trained networks are judged."""

    @property
    def dimension(self) -> int:
        """Number of coordinates."""
        return len(self.means[0])

    @field_validator("means")
    @classmethod
    def _check_means(cls, means: list[Vector]) -> list[Vector]:
        return _without_faults(means, _row_faults(means, len(means[0])))

    @field_validator("covariances")
    @classmethod
    def _check_covariances(cls, matrices: list[Matrix], info: ValidationInfo) -> list[Matrix]:
        means = info.data.get("means", matrices)
        size = len(means[0])
        faults = [
            f"[{k}] = {shown(matrix)}: must be {size} x {size}, like the means"
            for k, matrix in enumerate(matrices)
            if len(matrix) != size
        ]
        faults += _count_faults(matrices, len(means), PER_CLASS)
        if not faults and "means" in info.data:
            faults = [
                f"[{k}][{i}][{i}] = {row[i]:g}: must be at least {SMALL_VARIANCE * m * m:g}, or "
                f"rounding swallows it beside mixture.means[{k}][{i}] = {m:g}"
                for k, (mean, matrix) in enumerate(zip(means, matrices, strict=True))
                for i, (m, row) in enumerate(zip(mean, matrix, strict=True))
                if row[i] < SMALL_VARIANCE * m * m
            ]
        return _without_faults(matrices, faults)

    @field_validator("weights")
    @classmethod
    def _check_weights(cls, weights: list[float], info: ValidationInfo) -> list[float]:
        classes = len(info.data.get("means", weights))
        return _without_faults(weights, _count_faults(weights, classes, PER_CLASS))

    @field_validator("samples", "held_out_samples")
    @classmethod
    def _check_samples(cls, samples: int, info: ValidationInfo) -> int:
        weights = info.data.get("weights", [1.0])
        if samples * min(weights) < sum(weights):
            least = math.ceil(sum(weights) / min(weights))
            needed = f"at least {least} are" if least <= MOST_SAMPLES else "more even weights are"
            raise ValueError(f"leaves a class without a sample: {needed} needed")
        return samples


class GradientCheck(Section):
    """Backpropagation against the complex step."""

    networks: whole(ge=1, le=1000)
    """How many random networks."""
    seed: Seed
    """Seed of their parameters."""
    tolerance: real(gt=0, le=1)
    """Largest relative error that passes."""


class NetworkSweep(Grid):
    """Many trainings of the network."""

    initials: listed(Literal["uniform", "he"])
    """How weights and biases begin. uniform: on `network.initial`; he: weights normal with
    variance 2 / inputs of the unit (He et al. 2015), biases 0."""
    seeds: Seeds
    """Seeds of every setting."""
    chunks: Chunks = 1
    """Jobs into which the sweep is cut, at most one per run. The results are the same."""

    _check_chunks = field_validator("chunks")(_check_chunks)


class Network(Section):
    """Training of a ReLU network with a softmax output on the mixture's samples."""

    layers: Annotated[list[whole(ge=1, le=1000)], Field(min_length=2, max_length=20)]
    """Units per layer: the data's dimension first, the number of classes last."""
    initial: Interval
    """Initial weights and biases are uniform on it."""
    seeds: Seeds
    """Seeds from which every named run starts."""
    runs: Annotated[list[Run], Field(min_length=1, max_length=100)]
    """Named runs."""
    gradient_check: GradientCheck
    """Check of the gradient."""
    sweep: NetworkSweep
    """Many runs, for statistics."""


class Report(Section):
    """The report."""

    title: Text
    """Its title."""


class Configuration(Section):
    """The whole study."""

    forward: Forward
    """The fixed-weight network whose output is checked number by number."""
    rosenbrock: Rosenbrock
    """Descent on the Rosenbrock function."""
    objectives: Annotated[list[Objective], Field(max_length=100)] = []
    """Further objectives, each swept as the Rosenbrock function is; the list may be empty."""
    mixture: Mixture
    """Samples of a Gaussian mixture."""
    network: Network
    """Training of a network on them."""
    report: Report
    """The report."""

    @field_validator("network")
    @classmethod
    def _check_layers(cls, network: Network, info: ValidationInfo) -> Network:
        if "mixture" in info.data:
            mixture, layers = info.data["mixture"], network.layers
            if (layers[0], layers[-1]) != (mixture.dimension, len(mixture.means)):
                raise ValueError(
                    f".layers = {layers}: must begin with {mixture.dimension}, the dimension of "
                    f"mixture.means, and end with {len(mixture.means)}, their number"
                )
        return network


# ── The schema for editors ───────────────────────────────────────────────────────────────────


def schema_of(model: type[BaseModel] = Configuration) -> dict:
    """Return the JSON Schema of the configuration."""
    return model.model_json_schema()


if __name__ == "__main__":
    sys.stdout.write(json.dumps(schema_of(), indent=2, ensure_ascii=False) + "\n")
