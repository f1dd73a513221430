"""A problem with its data, as a job needs it."""

from collections.abc import Mapping
from typing import Any

from descent.core.problem import Problem, problem_of
from descent.tables.parquet import read_samples
from descent.tables.schemas import held_out_schema, mixture_schema


def load_problem(configuration: Mapping, files: Any) -> Problem:
    """Return a problem with the samples that it is trained and tested on, if it is a network.

    Parameters
    ----------
    configuration : Mapping
        Its part of the configuration.
    files : Any
        The inputs of a job by name: of a network `mixture`, and `held_out` where it is tested.
    """
    if "mixture" not in configuration:
        return problem_of(configuration)
    dimension = configuration["problem"]["layers"][0]
    schemas = {"mixture": mixture_schema(dimension), "held_out": held_out_schema(dimension)}
    samples = [
        read_samples(schema, path, configuration) if (path := files.get(name)) else None
        for name, schema in schemas.items()
    ]
    return problem_of(configuration, *samples)
