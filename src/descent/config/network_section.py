"""The section `network`: named trainings, the check of the gradient, and the sweep."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, ValidationInfo, field_validator

from descent.config import values
from descent.config.runs_and_sweeps import Chunks, NamedRun, SweepGrid, SweptCount

LEAST_TOLERANCE = 1e-8  # of the gradient's check


class Seeds(values.Section):
    """Consecutive seeds, the same for every method and hyperparameter setting."""

    first: values.Seed
    """The first seed."""
    count: values.whole(ge=1, le=100_000)
    """How many seeds, counting up from the first."""


class SweptSeeds(Seeds):
    """Seeds of a sweep; those that follow are for evaluation."""

    count: SweptCount
    """How many seeds, counting up from the first, every setting is tried on (tuning seeds)."""


def _check_tolerance(tolerance: float) -> float:
    if tolerance < LEAST_TOLERANCE:
        raise ValueError(f"must be at least {LEAST_TOLERANCE:g}, or rounding alone fails the check")
    return tolerance


class GradientCheck(values.Section):
    """Backpropagation against the complex step."""

    networks: values.whole(ge=1, le=1000)
    """How many random networks."""
    seed: values.Seed
    """Seed of their parameters."""
    tolerance: Annotated[values.real(gt=0, le=1), AfterValidator(_check_tolerance)]
    """Largest relative error that passes."""


class NetworkSweep(SweepGrid):
    """Many trainings of the network."""

    initials: values.listed(Literal["uniform", "he"])
    """Weight initialisations, each a problem of its own. uniform: weights and biases on
    `network.initial`; he: weights normal with variance 2 / inputs of the unit (He et al. 2015),
    biases 0."""
    seeds: SweptSeeds
    chunks: Chunks = 1
    """Jobs into which each problem's sweep is cut, at most one per run; without effect on
    results."""


class NetworkSection(values.Section):
    """Training of a ReLU network with a softmax output on the mixture's samples."""

    layers: Annotated[list[values.whole(ge=1, le=1000)], Field(min_length=2, max_length=20)]
    """Units per layer: the data's dimension first, the number of classes last."""
    initial: values.Interval
    """Initial weights and biases are uniform on it."""
    seeds: Seeds
    """Seeds from which every named run starts."""
    runs: Annotated[list[NamedRun], Field(min_length=1, max_length=100)]
    """Named runs."""
    gradient_check: GradientCheck
    sweep: NetworkSweep

    @field_validator("sweep")
    @classmethod
    def _check_seeds(cls, sweep: NetworkSweep, info: ValidationInfo) -> NetworkSweep:
        first, last = (
            sweep.seeds.first,
            sweep.seeds.first + sweep.seeds.count + sweep.evaluation - 1,
        )
        if last >= 2**32:
            raise ValueError(f".seeds.first = {first}: seeds must be below 2^32, and run to {last}")
        if (named := info.data.get("seeds")) and (
            named.first <= last and first < named.first + named.count
        ):
            raise ValueError(
                f".seeds.first = {first}: tuning and evaluation seeds run to {last}, and must not "
                f"mix with those of network.seeds, {named.first} to {named.first + named.count - 1}"
            )
        return sweep
