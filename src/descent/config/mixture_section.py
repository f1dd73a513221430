"""The section `mixture`: the Gaussian mixture that samples are drawn from."""

import math
from itertools import repeat
from typing import Annotated, Literal

import numpy as np
from pydantic import AfterValidator, Field, ValidationInfo, field_validator

from descent.config import values
from descent.core.mixtures import class_counts, exact_weights
from descent.support.quoting import written

PER_CLASS = ", one per class"
LARGEST_SAMPLE = 1_000_000
SMALL_VARIANCE = 1e-20  # beside the square of a mean
UNEQUAL_VARIANCES = 1e-12  # the smallest beside the largest: a decomposition rounds by the latter


def _check_covariance(matrix: list[list[float]]) -> list[list[float]]:
    """Refuse a matrix that is no covariance, by Cholesky's factorisation."""
    if any(len(row) != len(matrix) for row in matrix):
        raise ValueError("must be square")
    entries = np.array(matrix)
    if (entries != entries.T).any():
        raise ValueError("must be symmetric")
    variances = entries.diagonal()
    deviations = np.sqrt(np.where(variances > 0.0, variances, 1.0))  # of scale 1, none is too small
    try:
        rest = np.linalg.cholesky(entries / deviations / deviations[:, None]).diagonal() ** 2
    except np.linalg.LinAlgError:
        rest = variances * 0.0
    if (rest <= 1e-12).any():
        raise ValueError("must be positive definite")
    if variances.min() < (least := UNEQUAL_VARIANCES * variances.max()):
        raise ValueError(f"must have variances of at least {least:g}, beside the largest")
    return matrix


# Not beyond the largest deviation, so that no distance in deviations overflows when squared.
Mean = values.real(ge=-1e50, le=1e50)
Covariance = Annotated[values.Matrix[values.Real], AfterValidator(_check_covariance)]


class MixtureSection(values.Section):
    """Samples of a Gaussian mixture, one class per component."""

    generator: Literal["legacy", "philox"]
    """`legacy`: `numpy.random.seed` and its multivariate normal; `philox`: counter-based."""
    seed: values.Seed
    """Seed of the generator."""
    means: Annotated[list[values.Vector[Mean]], Field(min_length=2, max_length=100)]
    """Mean of each class."""
    covariances: Annotated[list[Covariance], Field(min_length=2, max_length=100)]
    """Covariance matrix of each class: symmetric, positive definite."""
    weights: Annotated[list[values.Positive], Field(min_length=2, max_length=100)]
    """Share of each class, relative to the others."""
    samples: values.whole(ge=2, le=LARGEST_SAMPLE)
    """Samples asked for; each class gets the whole part of its share."""
    held_out_samples: values.whole(ge=2, le=LARGEST_SAMPLE)
    """Fresh samples, on which trained networks are tested."""

    @property
    def dimension(self) -> int:
        """Number of coordinates."""
        return len(self.means[0])

    @field_validator("means")
    @classmethod
    def _check_means(cls, means: list) -> list:
        return values.without_faults(means, values.row_faults(means, repeat(len(means[0]))))

    @field_validator("covariances")
    @classmethod
    def _check_covariances(cls, matrices: list, info: ValidationInfo) -> list:
        means = info.data.get("means", matrices)
        size = len(means[0])
        faults = [
            f"[{k}] = {written(matrix)}: must be {size} x {size}, like the means"
            for k, matrix in enumerate(matrices)
            if len(matrix) != size
        ]
        faults += values.count_faults(matrices, len(means), PER_CLASS)
        if "means" in info.data and not faults:
            faults = [
                f"[{k}][{i}][{i}] = {row[i]:g}: must be at least {SMALL_VARIANCE * m * m:g}, or "
                f"rounding swallows it beside mixture.means[{k}][{i}] = {m:g}"
                for k, (mean, matrix) in enumerate(zip(means, matrices, strict=True))
                for i, (m, row) in enumerate(zip(mean, matrix, strict=True))
                if row[i] < SMALL_VARIANCE * m * m
            ]
        return values.without_faults(matrices, faults)

    @field_validator("weights")
    @classmethod
    def _check_weights(cls, weights: list, info: ValidationInfo) -> list:
        classes = len(info.data.get("means", weights))
        return values.without_faults(weights, values.count_faults(weights, classes, PER_CLASS))

    @field_validator("samples", "held_out_samples")
    @classmethod
    def _check_samples(cls, samples: int, info: ValidationInfo) -> int:
        weights = info.data.get("weights", [1.0])
        if min(class_counts(samples, weights)) < 1:
            shares = exact_weights(weights)
            least = math.ceil(sum(shares) / min(shares))
            needed = f"at least {least} are" if least <= LARGEST_SAMPLE else "more even weights are"
            raise ValueError(f"leaves a class without a sample: {needed} needed")
        return samples
