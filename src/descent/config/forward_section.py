"""The section `forward`: a fixed-weight network and what must come out of it."""

from itertools import repeat
from typing import Annotated

from pydantic import Field, ValidationInfo, field_validator

from descent.config import values


class ForwardSection(values.Section):
    """The fixed-weight network whose output is checked number by number."""

    weights: Annotated[list[values.Matrix[values.Coordinate]], Field(min_length=1, max_length=20)]
    """One matrix per layer, one row per unit."""
    biases: Annotated[list[values.Vector[values.Coordinate]], Field(min_length=1, max_length=20)]
    """One vector per layer, one entry per unit."""
    points: values.Matrix[values.Coordinate]
    """Inputs, one row per point."""
    expected: values.Matrix[values.real(ge=0, le=1)]
    """Probabilities that must come out: one row per point, one column per class."""
    decimals: values.whole(ge=1, le=15)
    """Decimals to which they must agree."""

    @field_validator("weights")
    @classmethod
    def _check_weights(cls, weights: list) -> list:
        inputs = [len(weights[0][0]), *map(len, weights)]
        faults = [
            f"[{k}]{fault}"
            for k, matrix in enumerate(weights)
            for fault in values.row_faults(matrix, repeat(inputs[k]))
        ]
        return values.without_faults(weights, faults)

    @field_validator("biases")
    @classmethod
    def _check_biases(cls, biases: list, info: ValidationInfo) -> list:
        weights = info.data.get("weights", biases)
        faults = values.count_faults(biases, len(weights), ", one per matrix of weights")
        return values.without_faults(biases, faults + values.row_faults(biases, map(len, weights)))

    @field_validator("points")
    @classmethod
    def _check_points(cls, points: list, info: ValidationInfo) -> list:
        inputs = info.data["weights"][0][0] if "weights" in info.data else points[0]
        return values.without_faults(points, values.row_faults(points, repeat(len(inputs))))

    @field_validator("expected")
    @classmethod
    def _check_expected(cls, expected: list, info: ValidationInfo) -> list:
        units = info.data["weights"][-1] if "weights" in info.data else expected[0]
        points = info.data.get("points", expected)
        faults = values.row_faults(expected, repeat(len(units)))
        faults += values.count_faults(expected, len(points), ", one per point")
        return values.without_faults(expected, faults)
