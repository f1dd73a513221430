"""The hyperparameter settings of a sweep."""

from collections.abc import Mapping
from decimal import Decimal, localcontext
from itertools import product

import numpy as np

from descent.core.methods import METHODS
from descent.core.parameters import PARAMETERS
from descent.tables.schemas import SETTING_NAMES


def hyperparameter_settings(grid: Mapping) -> dict[str, np.ndarray]:
    """Return every hyperparameter setting of a sweep, sorted by method and parameters.

    Parameters
    ----------
    grid : Mapping
        A `sweep` of the configuration. Each method gets all learning rates, with all values of
        its other parameters that the grid names; those it does not name keep their defaults.

    Returns
    -------
    dict
        The columns `descent.tables.schemas.SETTING`. A momentum is 0 for methods that have none;
        another parameter is then NaN.
    """
    rates = logarithmic_grid(**grid["learning_rate"])
    rows = []
    for method in sorted(grid["methods"]):
        values = []
        for name in PARAMETERS:
            if name == "learning_rate":
                values.append(list(rates))
            elif name in METHODS[method].parameters:
                values.append(sorted(grid.get(name) or [METHODS[method].parameters[name]]))
            else:
                values.append([0.0 if name == "momentum" else np.nan])
        rows += [(method, *row) for row in product(*values)]
    columns = map(np.array, zip(*rows, strict=True))
    return dict(zip(SETTING_NAMES, columns, strict=True))


def own_parameters(method: str, settings: Mapping) -> dict:
    """Return those parameters of settings that a method has."""
    return {name: settings[name] for name in METHODS[method].parameters}


def logarithmic_grid(low: float, high: float, count: int) -> np.ndarray:
    """Return values evenly spaced on a logarithmic scale, the same bits on every machine."""
    if count == 1:
        return np.array([low])
    with localcontext() as context:
        context.prec = 30
        first, ratio = Decimal(repr(low)), Decimal(repr(high)) / Decimal(repr(low))
        return np.array([float(first * ratio ** (Decimal(i) / (count - 1))) for i in range(count)])
