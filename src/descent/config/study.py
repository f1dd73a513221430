"""The whole configuration: the one source of what `config.yaml` may hold.

The JSON Schema for editors is generated from it (``python -m descent.config``), and the Snakefile
validates against it before any job starts (`descent.config.reading`).
"""

import functools
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, ValidationInfo, field_validator

from descent.config import values
from descent.config.forward_section import ForwardSection
from descent.config.mixture_section import MixtureSection
from descent.config.network_section import NetworkSection
from descent.config.objectives_section import ObjectiveSection
from descent.config.rosenbrock_section import RosenbrockSection
from descent.config.runs_and_sweeps import MethodName


class Question(values.Section):
    """The question that is asked in advance, whether a method is faster than another.

    It is answered alone, by an interval of 95 %; all else that is compared is exploratory.
    """

    method: MethodName
    """Is this method faster ..."""
    against: MethodName
    """... than this one?"""
    margin: values.real(gt=0, le=10) = 0.1
    """They count as equal where neither needs more than this share above the other's time."""

    @field_validator("against")
    @classmethod
    def _check_against(cls, against: str, info: ValidationInfo) -> str:
        if against == info.data.get("method"):
            raise ValueError("must be another method than question.method")
        return against


class ReportSection(values.Section):
    """The report."""

    title: values.Text
    """Its title."""
    notebook: values.Truth = True
    """Whether it tells of the course notebook that the shipped study began as, and its faults."""


# As --config has it, all values are text.
NULL = BeforeValidator(lambda value: None if value in ("null", "~") else value)


class Configuration(values.Section):
    """The whole study."""

    forward: ForwardSection
    rosenbrock: Annotated[RosenbrockSection | None, NULL]
    """Descent on the Rosenbrock function; null leaves it out."""
    objectives: list[ObjectiveSection] = Field(default=[], max_length=100)
    """Further objectives, each studied as the Rosenbrock function is; the list may be empty."""
    mixture: MixtureSection
    network: Annotated[NetworkSection | None, NULL]
    """Training of a network on them; null leaves it out."""
    question: Question
    report: ReportSection

    @field_validator("network")
    @classmethod
    def _check_network(cls, network: Any, info: ValidationInfo) -> Any:
        if network and (mixture := info.data.get("mixture")):
            layers, classes = network.layers, len(mixture.means)
            if (layers[0], layers[-1]) != (mixture.dimension, classes):
                raise ValueError(
                    f".layers = {layers}: must begin with {mixture.dimension}, the dimension of "
                    f"mixture.means, and end with {classes}, their number"
                )
        others = [info.data.get("rosenbrock", ...), info.data.get("objectives", ...)]
        if network is None and others == [None, []]:
            raise ValueError(
                "must not be null where rosenbrock is null and objectives is []: "
                "nothing is left to compare methods on"
            )
        return network


@functools.cache
def configuration_schema() -> dict:
    """Return the JSON Schema of the configuration."""
    return Configuration.model_json_schema()
