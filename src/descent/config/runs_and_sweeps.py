"""Named runs and sweeps, whose fields are the registered methods' parameters."""

import math
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, ValidationInfo, create_model, field_validator

from descent.config import values
from descent.core.criteria import CRITERIA
from descent.core.methods import METHODS, setting_count
from descent.core.parameters import PARAMETERS, SMALLEST_POSITIVE
from descent.support.quoting import written

MethodName = Literal[tuple(METHODS)]
OTHER_PARAMETERS = [name for name in PARAMETERS if name != "learning_rate"]
CLOSEST = 1e-9  # learning rates beside each other, by the difference of their logarithms
# Without a value of these a method would be another one.
NEEDED = ("momentum",)


def _parameter_type(name: str) -> Any:
    """Build the type of a method's parameter from its registered range."""
    low, below = PARAMETERS[name].low, PARAMETERS[name].below
    bounds = {"gt": 0.0} if low == SMALLEST_POSITIVE else {"ge": low}
    bounds |= {} if below == math.inf else {"lt": below}
    # Messages and the schema show a whole number as one.
    return values.real(**{bound: int(x) if x == int(x) else x for bound, x in bounds.items()})


def _methods_with(parameter: str) -> list[str]:
    return [name for name, method in METHODS.items() if parameter in method.parameters]


def _parameter_text(name: str) -> str:
    """Describe a parameter: its symbol, meaning and methods, with their defaults."""
    methods = _methods_with(name)
    if name not in NEEDED:
        methods = [f"{method} ({METHODS[method].parameters[name]:g})" for method in methods]
    kind = "Needed by" if name in NEEDED else "Only of these, with these defaults:"
    return f"{PARAMETERS[name].symbol}, {PARAMETERS[name].meaning}. {kind} {', '.join(methods)}."


def _check_parameter(value: float | None, info: ValidationInfo) -> float | None:
    """Refuse a parameter that a run's method does not have, and miss one that it needs."""
    name, method = info.field_name, info.data.get("method")
    if method is None:  # it is wrong itself
        return value
    if name in METHODS[method].parameters:
        if value is None and name in NEEDED:
            low, below = PARAMETERS[name].low, PARAMETERS[name].below
            raise ValueError(f"method {method} needs it: at least {low:g}, less than {below:g}")
    elif value is not None:
        remedy = f"remove it, or choose method {values.either(_methods_with(name))}"
        raise ValueError(f"has no effect with method {method}: {remedy}")
    return value


def _run_field(name: str) -> tuple:
    """Return the field of a named run for a parameter."""
    kind = Annotated[_parameter_type(name) | None, AfterValidator(_check_parameter)]
    text = _parameter_text(name)
    return kind, Field(default=None, validate_default=True, description=text)


class _RunFields(values.Section):
    name: values.Name
    """Unique; letters, digits, dot, dash and underscore, at most 64."""
    method: MethodName
    """Update rule."""
    learning_rate: values.Positive
    """Step size: the factor of the gradient."""
    iterations: values.Iterations
    """Number of updates."""

    @field_validator("name")
    @classmethod
    def _check_unique(cls, name: str, info: ValidationInfo) -> str:
        message = "must be unique, but an earlier run has this name"
        values.refuse_known_name(cls, name, info, message)
        return name


NamedRun = create_model(
    "NamedRun",
    __base__=_RunFields,
    __doc__="A named run: one line in a figure.",
    **{name: _run_field(name) for name in OTHER_PARAMETERS},
)


class LogarithmicGrid(values.Section):
    """Values evenly spaced on a logarithmic scale, both ends included."""

    low: values.Positive
    """Smallest value."""
    high: values.Positive
    """Largest value; at least `low`."""
    count: values.whole(ge=1, le=10_000)
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
        low, high = info.data.get("low"), info.data.get("high")
        if None not in (low, high) and (count == 1) != (low == high):
            raise ValueError("must be 1 if low and high are equal, and more if they differ")
        if None not in (low, high) and math.log(high / low) < CLOSEST * (count - 1):
            raise ValueError(
                f"must be smaller, or high farther above low = {low:.15g}: "
                f"neighbours differ by less than a factor of 1 + {CLOSEST:g}"
            )
        return count


def _require_zero(momenta: list[float]) -> list[float]:
    if 0.0 not in momenta:
        raise ValueError("must contain 0, or a tuned momentum could lose to gradient descent")
    return momenta


def _grid_field(name: str) -> tuple:
    """Return the field of a grid for a parameter's values."""
    kind, text = values.listed(_parameter_type(name)), _parameter_text(name)
    if name == "momentum":
        text = f"{text} 0, which is gradient descent, is among the values."
        return Annotated[kind, AfterValidator(_require_zero)], Field(description=text)
    return kind | None, Field(default=None, description=text)


Hold = values.whole(ge=1, le=10_000)
Trials = values.whole(ge=0, le=1_000_000)


class Headline(values.Section):
    """The protocol in which the report answers first: one of the multiverse's, on all starts."""

    target: values.Positive
    """A run reaches it where the objective is so close to its minimum; of a network, where the
    mean cross-entropy (nats per sample) is at most so much."""
    hold: Hold = 10
    """It is reached where it holds for so many iterations in a row, the first of which counts."""
    trials: values.whole(ge=1, le=1_000_000) | None = None
    """Hyperparameter settings of each method, drawn at random, of which the best is selected; by
    default as many as the method with the fewest has."""


class Multiverse(values.Section):
    """The protocols under which methods are compared: all combinations, the headline among them."""

    targets: values.listed(values.Positive, most=100) | None = None
    """Targets; by default eight decades around the headline's."""
    holds: values.listed(Hold, most=10) = Field(default=[1, 10, 100])
    """For how many iterations a target must hold; 1 is the first hit."""
    budgets: values.listed(values.Iterations, most=10) | None = None
    """Iterations that a run may take, at most `iterations`; by default a tenth and a third."""
    criteria: values.listed(Literal[CRITERIA]) = Field(default=[*CRITERIA])
    """What selects and scores: charged, the expected running time with failures charged the
    budget; par10, the mean time with failures charged ten budgets; median, the median time."""
    trials: values.listed(Trials, most=10) = Field(default=[5, 20, 0])
    """Settings of each method that are tried; 0, and more than it has, is all of them."""


class _GridFields(values.Section):
    methods: values.listed(MethodName)
    """Methods to compare."""
    learning_rate: LogarithmicGrid
    """Learning rates, the same for all methods."""
    evaluation: values.whole(ge=2, le=1_000_000) = 1000
    """Fresh starts or seeds, from which no setting was selected: on them the selected and the
    named settings are evaluated."""
    iterations: values.Iterations
    """Budget: the largest number of updates of a run."""
    headline: Headline
    multiverse: Multiverse = Multiverse()
    engine: Literal["auto", "numpy", "numba"] = "auto"
    """What advances the runs: NumPy, compiled code, or the quicker. The results are the same."""

    @field_validator("multiverse")
    @classmethod
    def _check_budgets(cls, given: Multiverse, info: ValidationInfo) -> Multiverse:
        iterations = info.data.get("iterations", math.inf)
        faults = [
            f".budgets = {written(given.budgets)}: must be at most iterations = {iterations}"
            for budget in given.budgets or []
            if budget > iterations
        ]
        return values.without_faults(given, faults[:1])


SweepGrid = create_model(
    "SweepGrid",
    __base__=_GridFields,
    __doc__="Every method with every learning rate and every value of its other parameters.",
    **{name: _grid_field(name) for name in OTHER_PARAMETERS},
)


def _check_chunks(chunks: int, info: ValidationInfo) -> int:
    """Refuse more chunks than a problem has runs."""
    starts = "starts" if "starts" in info.data else "seeds"
    if {"methods", "learning_rate", *OTHER_PARAMETERS, starts} <= info.data.keys():
        rates, count = info.data["learning_rate"].count, info.data[starts].count
        settings = setting_count(info.data["methods"], rates, info.data)
        runs = f"{settings} hyperparameter settings x {count} {starts}"
        if chunks > settings * count:
            raise ValueError(f"must be at most {settings * count}, the number of runs ({runs})")
    return chunks


Chunks = Annotated[values.whole(ge=1, le=10_000), AfterValidator(_check_chunks)]
# One at least in each half, of which one selects and the other scores.
SweptCount = values.whole(ge=2, le=100_000)


class RandomStarts(values.Interval):
    """Random starts, the same for every method and hyperparameter setting."""

    count: SweptCount
    """How many starts every setting is tried on (tuning starts)."""
    seed: values.Seed
    """Seed of their stream."""


class FormulaSweep(SweepGrid):
    """Many descents, from random starts."""

    starts: RandomStarts
    chunks: Chunks = 1
    """Jobs into which the sweep is cut, at most one per run. The results are the same."""
