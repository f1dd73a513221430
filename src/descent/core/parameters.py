"""Parameters of methods: how they are written, what they mean, and their range.

They stand apart from the update rules, so that the tables, which have a column for each, do not
depend on how a method steps.
"""

from typing import NamedTuple

import numpy as np


class Parameter(NamedTuple):
    """A parameter of methods, and the range of its values."""

    symbol: str
    meaning: str
    low: float
    """Smallest value."""
    below: float
    """All values are less than this."""


SMALLEST = 5e-324  # the smallest number above 0
PARAMETERS = {
    "learning_rate": Parameter("η", "factor of the gradient", SMALLEST, np.inf),
    "momentum": Parameter("μ", "factor of the previous step", 0.0, 1.0),
    "decay": Parameter("ρ", "share of the running mean of squares that is kept", 0.0, 1.0),
    "beta1": Parameter("β₁", "share of the running mean of gradients that is kept", 0.0, 1.0),
    "beta2": Parameter("β₂", "share of the running mean of squares that is kept", 0.0, 1.0),
    "epsilon": Parameter("ε", "added to the root of the squares", SMALLEST, np.inf),
}
