"""Parameters of methods: how they are written, what they mean, and their range.

They stand apart from the update rules, so that the tables, which have a column for each, do not
depend on how a method steps.
"""

from typing import NamedTuple

import numpy as np

from descent.support.shown import Shown


class Parameter(NamedTuple):
    """A parameter of methods, and the range of its values."""

    symbol: Shown[str]
    meaning: Shown[str]
    low: float
    """Smallest value."""
    below: float
    """All values are less than this."""


SMALLEST_POSITIVE = 5e-324
PARAMETERS = {
    "learning_rate": Parameter(
        symbol="η",
        meaning="learning rate, the factor of the gradient",
        low=SMALLEST_POSITIVE,
        below=np.inf,
    ),
    "momentum": Parameter(symbol="μ", meaning="momentum coefficient", low=0.0, below=1.0),
    "decay": Parameter(
        symbol="ρ", meaning="exponential decay rate of the mean of squares", low=0.0, below=1.0
    ),
    "beta1": Parameter(
        symbol="β₁", meaning="exponential decay rate of the mean of gradients", low=0.0, below=1.0
    ),
    "beta2": Parameter(
        symbol="β₂", meaning="exponential decay rate of the mean of squares", low=0.0, below=1.0
    ),
    "epsilon": Parameter(
        symbol="ε",
        meaning="added to the root of the squares",
        low=SMALLEST_POSITIVE,
        below=np.inf,
    ),
}
