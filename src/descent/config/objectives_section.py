"""The section `objectives`: further problems, each a registered objective and its sweep."""

import inspect
import re
from typing import Annotated, Literal

from pydantic import Discriminator, Field, Tag, ValidationInfo, field_validator

from descent.config import values
from descent.config.runs_and_sweeps import FormulaSweep
from descent.core.objectives import OBJECTIVES
from descent.support.files import PARTIAL
from descent.support.quoting import printable, written

# Each problem's tables lie in a folder of its name; these the results have anyway.
TAKEN_NAMES = [
    *("rosenbrock", "network", "network-he", "data", "checks", "figures", "findings", "workflow"),
    *("benchmarks", "chunks", "manifest.json", "report.html", "ro-crate-metadata.json"),
]

# As Snakemake guesses that a rule makes its own input, and so on for ever.
ENDLESS = re.compile(r"(.+)\1{19}$")

Argument = Annotated[
    Annotated[values.Vector[values.Real], Tag(values.A_LIST)]
    | Annotated[values.Real, Tag(values.A_NUMBER)],
    Discriminator(lambda value: values.A_LIST if isinstance(value, list) else values.A_NUMBER),
]


class ObjectiveSection(values.Section):
    """A further objective, studied as the Rosenbrock function is."""

    name: values.Name
    """Unique; letters, digits, dot, dash and underscore, at most 64. It names files."""
    objective: Literal[tuple(OBJECTIVES)]
    """What is minimised."""
    parameters: Annotated[dict[values.Words, Argument], Field(default={}, validate_default=True)]
    """Its arguments, such as the quadratic's `spectrum`: numbers or lists of numbers."""
    dimension: Annotated[values.whole(ge=1, le=1000) | None, Field(validate_default=True)] = None
    """Coordinates of a point, where the objective does not fix it; 2 without it."""
    rotation: values.Seed | None = None
    """Seed of a rotation, by which the function and the starts are turned; null for none. Methods
    that work coordinate by coordinate depend on the axes."""
    sweep: FormulaSweep

    @field_validator("name")
    @classmethod
    def _check_name(cls, name: str, info: ValidationInfo) -> str:
        folded = name.casefold()  # some file systems do not tell a from A
        if folded in TAKEN_NAMES:
            names = values.either(TAKEN_NAMES)
            raise ValueError(f"must not be {names}: the results have folders or files so named")
        if folded.endswith(PARTIAL):
            raise ValueError(f"must not end in {PARTIAL}, as files do that are being written")
        if ENDLESS.search(name):
            raise ValueError("must not end in 20 times the same, which Snakemake takes for endless")
        message = "must be unique in lower case, but an earlier objective has this name"
        values.refuse_known_name(cls, folded, info, message)
        return name

    @field_validator("parameters")
    @classmethod
    def _check_parameters(cls, given: dict, info: ValidationInfo) -> dict:
        if "objective" not in info.data:
            return given
        name = info.data["objective"]
        build = OBJECTIVES[name].build
        known = inspect.signature(build).parameters
        takes = f"is not a parameter of {name}, which takes {', '.join(known) or 'none'}"
        faults = [
            f".{printable(key)} = {written(value)}: {takes}"
            for key, value in given.items()
            if key not in known
        ]
        for key, parameter in known.items():
            if parameter.default is parameter.empty and key not in given:
                faults.append(f".{key}: is missing")
            if parameter.annotation is float and isinstance(given.get(key), list):
                faults.append(f".{key} = {written(given[key])}: must be a number")
        if not faults:
            build(**given)
            faults = [
                f".{key} = {number:g}: must be between {low:g} and {high:g}"
                for key, (low, high) in OBJECTIVES[name].ranges.items()
                if not low <= (number := given.get(key, low)) <= high
            ]
        return values.without_faults(given, faults)

    @field_validator("dimension")
    @classmethod
    def _check_dimension(cls, given: int | None, info: ValidationInfo) -> int | None:
        if not {"objective", "parameters"} <= info.data.keys():
            return given
        name, parameters = info.data["objective"], info.data["parameters"]
        record = OBJECTIVES[name]
        kernel = record.build(**parameters).kernel
        if kernel and kernel.dimension is not None:
            if given not in (None, kernel.dimension):
                raise ValueError(
                    f"must be {kernel.dimension}, as the parameters of {name} have it, or left out"
                )
            return kernel.dimension
        dimension = 2 if given is None else given
        if dimension < 2:
            raise ValueError("must be at least 2")
        in_plane, here = (record.minimiser(d, **parameters) for d in (2, dimension))
        if in_plane is not None and here is None:
            reason = f"in more dimensions the minimum of {name} is not known"
            raise ValueError(f"must be 2 with these parameters: {reason}")
        return dimension
