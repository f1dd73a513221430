"""The configuration: its model, how it is read, and how its mistakes are told.

The model below is the one source of what `config.yaml` may hold. The JSON Schema for editors is
generated from it (`python -m descent.config`), and the Snakefile validates against it
before any job starts.
"""

import difflib
import functools
import json
import math
import re
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import yaml
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    ValidationError,
    WithJsonSchema,
    field_validator,
    model_validator,
)

NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
NAME = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"
LARGEST = 1e100  # far beyond any sensible value, far from overflow in a square


class ConfigurationError(ValueError):
    """All mistakes of a configuration, one a line."""


# ── Values ───────────────────────────────────────────────────────────────────────────────────


def _parse_number(value: object) -> float:
    """Accept a finite number, also as text: YAML reads ``1e-4`` as text, and so does ``--config``."""
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
        raise ValueError(str(error).replace("a number", "a whole number")) from None
    if number != int(number):
        raise ValueError("must be a whole number")
    return int(value) if isinstance(value, int) else int(number)


def _parse_text(value: object) -> str:
    """Accept text only, and say what YAML made of an unquoted ``no`` or ``1``."""
    if not isinstance(value, str):
        raise ValueError("must be text (put it in quotes)")
    return value


def _bounded(parse: Callable, json_type: str, **bounds: float) -> Any:
    """Build the type of a number within bounds, with a JSON Schema that takes text as well."""
    keywords = {"ge": "minimum", "gt": "exclusiveMinimum", "le": "maximum", "lt": "exclusiveMaximum"}
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
NotNegative = real(ge=0)
Momentum = real(ge=0, lt=1)
Iterations = whole(ge=1, le=1_000_000)
Seed = whole(ge=0, le=2**32 - 1)
Count = whole(ge=1, le=100_000)
Text = Annotated[str, BeforeValidator(_parse_text), Field(min_length=1, max_length=200)]
Name = Annotated[str, BeforeValidator(_parse_text), Field(pattern=NAME)]
Vector = Annotated[list[Real], Field(min_length=1, max_length=1000)]
Matrix = Annotated[list[Vector], Field(min_length=1, max_length=1000)]
MethodName = Literal["gradient_descent", "momentum"]


class Section(BaseModel):
    """A block of the configuration: no key but those described, no change once read."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


# ── Parts that several sections use ──────────────────────────────────────────────────────────


class Interval(Section):
    """An interval from which values are drawn uniformly."""

    low: Real
    """Lower end, included."""
    high: Real
    """Upper end, excluded; above `low`."""

    @model_validator(mode="after")
    def _check_order(self) -> Self:
        if self.low >= self.high:
            raise ValueError(f"low = {self.low:g} must be less than high = {self.high:g}")
        return self


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

    @model_validator(mode="after")
    def _check_order(self) -> Self:
        if self.low > self.high or (self.low == self.high) != (self.count == 1):
            raise ValueError(
                f"low = {self.low:g}, high = {self.high:g}, count = {self.count}: "
                "low must be less than high, or all one value with count 1"
            )
        return self


class Method(Section):
    """A method and its parameters."""

    method: MethodName
    """Update rule."""
    learning_rate: Positive
    """Step size: the factor of the gradient."""
    momentum: Momentum | None = None
    """Factor of the previous step, for `momentum` only."""

    @model_validator(mode="after")
    def _check_momentum(self) -> Self:
        if self.method == "momentum" and self.momentum is None:
            raise ValueError("momentum is missing: method momentum needs it (0 ≤ momentum < 1)")
        if self.method == "gradient_descent" and self.momentum is not None:
            raise ValueError(
                f"momentum = {self.momentum:g} has no effect with method gradient_descent: "
                "remove it, or choose method momentum"
            )
        return self


class Run(Method):
    """A named run: one line in a figure."""

    name: Name
    """Unique; letters, digits, dot, dash and underscore, at most 64."""
    iterations: Iterations
    """Number of updates."""


class Grid(Section):
    """Every learning rate with every momentum."""

    learning_rate: LogarithmicGrid
    """Learning rates."""
    momentum: Annotated[list[Momentum], Field(min_length=1, max_length=1000)]
    """Momenta, 0 among them: gradient descent."""
    iterations: Iterations
    """Budget: the largest number of updates of a run."""
    target: Positive
    """A run has reached its goal once the objective is this close to its minimum."""

    @field_validator("momentum")
    @classmethod
    def _check_momentum(cls, momenta: list[float]) -> list[float]:
        if len(set(momenta)) < len(momenta):
            raise ValueError("must not repeat a value")
        if 0.0 not in momenta:
            raise ValueError("must contain 0, or a tuned momentum could lose to gradient descent")
        return momenta


def _unique_names(runs: list[Run]) -> list[Run]:
    names = [run.name for run in runs]
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise ValueError(f"names must be unique, but these repeat: {', '.join(repeated)}")
    return runs


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

    @model_validator(mode="after")
    def _check_shapes(self) -> Self:
        if len(self.biases) != len(self.weights):
            raise ValueError(
                f"biases has {len(self.biases)} layers, but weights has {len(self.weights)}"
            )
        faults = []
        for k, (matrix, bias) in enumerate(zip(self.weights, self.biases, strict=True)):
            faults += _row_length_faults(f"weights[{k}]", matrix, self.layers[k])
            if len(bias) != len(matrix):
                faults.append(f"biases[{k}] must have {len(matrix)} entries, one per unit")
        faults += _row_length_faults("points", self.points, self.layers[0])
        faults += _row_length_faults("expected", self.expected, self.layers[-1])
        if len(self.expected) != len(self.points):
            faults.append(f"expected must have {len(self.points)} rows, one per point")
        if faults:
            raise ValueError("\n".join(faults))
        return self


def _row_length_faults(name: str, matrix: list[list[float]], length: int) -> list[str]:
    return [
        f"{name}[{i}] must have {length} entries, not {len(row)}"
        for i, row in enumerate(matrix)
        if len(row) != length
    ]


def _start_kind(value: object) -> str:
    return "draw" if isinstance(value, Mapping | Draw) else "point"


class RosenbrockRun(Run):
    """A named descent on the Rosenbrock function."""

    start: Annotated[
        Annotated[Annotated[list[Real], Field(min_length=2, max_length=2)], Tag("point")]
        | Annotated[Draw, Tag("draw")],
        Discriminator(_start_kind),
    ]
    """A point `[x1, x2]`, or a draw `{low, high, draw}` from the legacy stream."""


class RosenbrockSweep(Grid):
    """Many descents on the Rosenbrock function."""

    starts: Starts
    """Starts of every setting."""


class Rosenbrock(Section):
    """Descent on f(x1, x2) = (a - x1)² + b (x2 - x1²)²."""

    a: Real
    """The minimum lies at (a, a²)."""
    b: Positive
    """Steepness of the valley."""
    seed: Seed
    """Seed of NumPy's legacy stream, from which starts are drawn."""
    runs: Annotated[list[RosenbrockRun], Field(min_length=1, max_length=100)]
    """Named runs."""
    sweep: RosenbrockSweep
    """Many runs, for statistics."""

    _names = field_validator("runs")(_unique_names)


def _check_covariance(matrix: list[list[float]]) -> list[list[float]]:
    """Refuse a matrix that is no covariance, by Cholesky's factorisation."""
    size = len(matrix)
    if any(len(row) != size for row in matrix):
        raise ValueError("must be square")
    if any(matrix[i][j] != matrix[j][i] for i in range(size) for j in range(i)):
        raise ValueError("must be symmetric")
    factor = [[0.0] * size for _ in range(size)]
    for i in range(size):
        for j in range(i + 1):
            rest = matrix[i][j] - sum(factor[i][k] * factor[j][k] for k in range(j))
            if i == j and rest <= 1e-12 * matrix[i][i]:
                raise ValueError("must be positive definite")
            factor[i][j] = math.sqrt(rest) if i == j else rest / factor[j][j]
    return matrix


Covariance = Annotated[Matrix, AfterValidator(_check_covariance)]


class Mixture(Section):
    """Samples of a Gaussian mixture, one class per component."""

    generator: Literal["legacy", "philox"]
    """`legacy`: `numpy.random.seed` and its multivariate normal; `philox`: counter-based."""
    seed: Seed
    """Seed of the generator."""
    samples: whole(ge=2, le=1_000_000)
    """Samples asked for; each class gets the whole part of its share."""
    test_samples: whole(ge=2, le=1_000_000)
    """Fresh samples, on which trained networks are judged."""
    means: Annotated[list[Vector], Field(min_length=2, max_length=100)]
    """Mean of each class."""
    covariances: Annotated[list[Covariance], Field(min_length=2, max_length=100)]
    """Covariance matrix of each class: symmetric, positive definite."""
    weights: Annotated[list[Positive], Field(min_length=2, max_length=100)]
    """Share of each class, relative to the others."""

    @property
    def dimension(self) -> int:
        """Number of coordinates."""
        return len(self.means[0])

    @model_validator(mode="after")
    def _check_shapes(self) -> Self:
        faults = []
        lengths = [len(mean) for mean in self.means]
        if len(set(lengths)) > 1:
            faults.append(f"means must all have one length, but have {lengths}")
        for name in ("covariances", "weights"):
            if len(getattr(self, name)) != len(self.means):
                faults.append(
                    f"{name} must have {len(self.means)} entries, one per mean, "
                    f"not {len(getattr(self, name))}"
                )
        for k, matrix in enumerate(self.covariances):
            if len(matrix) not in lengths:
                faults.append(
                    f"covariances[{k}] must be {self.dimension} x {self.dimension}, like the means"
                )
        for name in ("samples", "test_samples"):
            if getattr(self, name) * min(self.weights) < sum(self.weights):
                faults.append(f"{name} = {getattr(self, name)} leaves a class without a sample")
        if faults:
            raise ValueError("\n".join(faults))
        return self


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

    seeds: Seeds
    """Seeds of every setting."""


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

    _names = field_validator("runs")(_unique_names)


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
    mixture: Mixture
    """Samples of a Gaussian mixture."""
    network: Network
    """Training of a network on them."""
    report: Report
    """The report."""

    @model_validator(mode="after")
    def _check_layers(self) -> Self:
        ends = [self.mixture.dimension, len(self.mixture.means)]
        if [self.network.layers[0], self.network.layers[-1]] != ends:
            raise ValueError(
                f"network.layers = {self.network.layers} must begin with {ends[0]}, the dimension "
                f"of mixture.means, and end with {ends[1]}, their number"
            )
        return self


# ── Reading ──────────────────────────────────────────────────────────────────────────────────


class _StrictLoader(yaml.SafeLoader):
    """YAML without what goes wrong silently: duplicate keys, anchors and aliases."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        event = self.peek_event()
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise yaml.composer.ComposerError(
                None, None, "anchors and aliases are not allowed: write the value out",
                event.start_mark,
            )  # fmt: skip
        return super().compose_node(parent, index)

    def construct_mapping(self, node: Any, deep: bool = False) -> dict:
        seen = set()
        for key, _ in node.value:
            if key.value in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"key {key.value!r} is given twice", key.start_mark
                )
            seen.add(key.value)
        return super().construct_mapping(node, deep)


def read_yaml(path: Path) -> dict:
    """Read a configuration file strictly.

    Parameters
    ----------
    path : Path
        A YAML file in UTF-8 that holds one mapping.

    Returns
    -------
    dict
        Its content; empty for an empty file.

    Raises
    ------
    ConfigurationError
        If the file cannot be read, is not YAML in UTF-8, repeats a key, or uses aliases.
    """
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=_StrictLoader)
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{path}: not UTF-8 at byte {error.start}") from None
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise ConfigurationError(f"{path}: not readable as YAML: {error}") from None
    if content is None:
        return {}
    if not isinstance(content, dict):
        raise ConfigurationError(f"{path}: must hold keys and values, not {_shown(content)}")
    return content


def read_study(shipped: Path, local: Path | None, given: Mapping) -> Configuration:
    """Read the study: the shipped configuration, overlaid by a local one and by what is given.

    Parameters
    ----------
    shipped : Path
        The configuration that comes with the workflow.
    local : Path or None
        The working directory's own, where there is one.
    given : Mapping
        What Snakemake was given by ``--configfile``, ``--config`` or an importing workflow.

    Returns
    -------
    Configuration
        The validated study.

    Raises
    ------
    ConfigurationError
        If a file cannot be read, or anything in the whole is wrong.
    """
    content: Any = read_yaml(shipped)
    if local and local.is_file() and not local.samefile(shipped):
        content = overlay(content, read_yaml(local))
    return validate(overlay(content, given))


def overlay(base: Any, top: Any) -> Any:
    """Lay a partial configuration over another: mappings merge key by key, all else replaces."""
    if not (isinstance(base, Mapping) and isinstance(top, Mapping)):
        return top
    return {**base, **{key: overlay(base.get(key), value) for key, value in top.items()}}


def validate(content: Mapping) -> Configuration:
    """Turn plain data into a configuration.

    Parameters
    ----------
    content : Mapping
        Data as read from YAML or given on the command line.

    Returns
    -------
    Configuration
        The validated configuration, defaults filled in.

    Raises
    ------
    ConfigurationError
        If anything is wrong: one line per mistake, each with key, value and what is allowed.
    """
    try:
        return Configuration.model_validate(content)
    except ValidationError as error:
        mistakes = error.errors()
    # Without the unknown keys, rules that compare several values get their turn.
    unknown = [mistake["loc"] for mistake in mistakes if mistake["type"] == "extra_forbidden"]
    if unknown:
        try:
            Configuration.model_validate(_without(content, unknown))
        except ValidationError as error:
            mistakes += error.errors()
    lines = dict.fromkeys(f"  {line}" for mistake in mistakes for line in _describe(mistake))
    count = f"{len(lines)} mistake{'s' if len(lines) > 1 else ''}"
    raise ConfigurationError(f"{count} in the configuration\n" + "\n".join(lines))


def _without(content: Any, locations: list[tuple]) -> Any:
    """Copy plain data, leaving out the keys at the locations."""
    if isinstance(content, Mapping):
        items = content.items()
    elif isinstance(content, list):
        items = enumerate(content)
    else:
        return content
    kept = {
        key: _without(value, [rest for first, *rest in locations if first == key])
        for key, value in items
        if [key] not in [list(location) for location in locations]
    }
    return kept if isinstance(content, Mapping) else list(kept.values())


MESSAGES = {
    "missing": "is missing",
    "extra_forbidden": "is not a known key",
    "greater_than": "must be greater than {gt}",
    "greater_than_equal": "must be at least {ge}",
    "less_than": "must be less than {lt}",
    "less_than_equal": "must be at most {le}",
    "literal_error": "must be one of {expected}",
    "list_type": "must be a list",
    "model_type": "must hold keys and values",
    "model_attributes_type": "must hold keys and values",
    "too_short": "must have at least {min_length} entries, not {actual_length}",
    "too_long": "must have at most {max_length} entries, not {actual_length}",
    "string_too_short": "must not be empty",
    "string_too_long": "must have at most {max_length} characters",
    "string_pattern_mismatch": "must begin with a letter or digit and hold only letters, digits, "
    "dot, dash and underscore, at most 64",
    "value_error": "{error}",
}


def _describe(mistake: Any) -> list[str]:
    """Tell one of pydantic's errors as lines `key = value: what is allowed`."""
    key = _key(mistake["loc"])
    text = MESSAGES.get(mistake["type"], mistake["msg"]).format(**mistake.get("ctx", {}))
    if mistake["type"] == "extra_forbidden":
        text += _suggestion(mistake["loc"])
    elif mistake["type"] == "missing":
        return [f"{key}: {text}"]
    elif isinstance(mistake["input"], Mapping | BaseModel) and "error" in mistake.get("ctx", {}):
        return [f"{key}: {line}" if key else line for line in text.split("\n")]
    return [f"{key} = {_shown(mistake['input'])}: {text}"]


def _key(location: tuple) -> str:
    """Write a location as `rosenbrock.runs[0].start.low`, without the tags of unions."""
    parts = [part for part in location if part not in ("point",)]
    parts = [p for i, p in enumerate(parts) if not (p == "draw" and i and parts[i - 1] == "start")]
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in parts)
    return text.removeprefix(".")


def _shown(value: object) -> str:
    """Show a value on one short line, as YAML would write it."""
    text = json.dumps(value, default=str, ensure_ascii=False)
    return text if len(text) <= 80 else f"{text[:77]}..."


def _suggestion(location: tuple) -> str:
    """List the keys allowed where an unknown one stands, the closest first."""
    model: Any = Configuration
    schema = schema_of(model)
    node: Any = schema
    for part in location[:-1]:
        node = _child(schema, node, part)
    allowed = list(_resolve(schema, node).get("properties", {}))
    wrong = str(location[-1])
    if "." in wrong:
        outer, inner = wrong.split(".", 1)
        return f"; write nested keys as --config '{outer}={{{inner}: ...}}'"
    close = difflib.get_close_matches(wrong, allowed, n=1)
    hint = f"; did you mean {close[0]}?" if close else ""
    return f"{hint} (allowed here: {', '.join(allowed)})"


def _resolve(schema: dict, node: dict) -> dict:
    while "$ref" in node:
        node = schema["$defs"][node["$ref"].rsplit("/", 1)[1]]
    return node


def _child(schema: dict, node: dict, part: str | int) -> dict:
    node = _resolve(schema, node)
    if isinstance(part, int):
        return node.get("items", {})
    if part in ("draw", "point") and "oneOf" in node:
        return next(option for option in node["oneOf"] if ("$ref" in option) == (part == "draw"))
    return node.get("properties", {}).get(part, {})


# ── The schema for editors ───────────────────────────────────────────────────────────────────


def schema_of(model: type[BaseModel] = Configuration) -> dict:
    """Return the JSON Schema of the configuration."""
    return model.model_json_schema()


if __name__ == "__main__":
    sys.stdout.write(json.dumps(schema_of(), indent=2, ensure_ascii=False) + "\n")
