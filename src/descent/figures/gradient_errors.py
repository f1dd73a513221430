"""The figure of the gradient check: backpropagation against the complex step."""

from typing import Any

import numpy as np
from matplotlib.figure import Figure
from pandas import DataFrame

from descent.figures.layout import SMALL, Sheet, styled
from descent.figures.palette import CLASSES, DASHED, DOTTED, INK, MUTED
from descent.figures.scales import logarithmic, spread
from descent.words.numbers import number

MOST_PARAMETERS = 60  # that have a line each; of more, a line per matrix and vector
MOST_DOTS = 3000  # over all lines
ROUNDING_UNIT = float(np.finfo(float).eps)
DOTS: dict[str, Any] = {
    "color": CLASSES[0],
    "marker": "o",
    "linestyle": "none",
    "markersize": 4.5,
    "markeredgewidth": 0.0,
    "alpha": 0.65,
}


@styled
def draw_gradient_errors(gradients: DataFrame, tolerance: float) -> Figure:
    """Draw the relative error of every derivative.

    Parameters
    ----------
    gradients : DataFrame
        `descent.tables.schemas.GRADIENTS`.
    tolerance : float
        The largest error that passes.

    Returns
    -------
    Figure
        A line per parameter (of many parameters, per matrix and vector), a dot per network;
        errors of exactly 0 stand apart.
    """
    names, errors = gradients["parameter"], gradients["relative_error"]
    if names.nunique() > MOST_PARAMETERS:
        names = names.str.split("[").str[0]
    kinds = list(names.unique())
    height = max(1.5, 0.2 * len(kinds) + 0.1)
    sheet = Sheet("Relative errors of the derivatives", height + 0.9)
    zeros = sheet.axes(0.95, 0.3, 0.45, height)
    axes = sheet.axes(1.65, 0.3, 4.15, height)
    smallest = min(errors[errors > 0.0].min(), ROUNDING_UNIT, key=lambda x: (x != x, x))
    low = 10.0 ** np.floor(np.log10(smallest) - 0.05)
    high = 10.0 ** (np.ceil(np.log10(max(tolerance, errors.max())) + 0.3))
    logarithmic(axes, "x", low, high)
    for row, kind in enumerate(kinds):
        own = errors[names == kind]
        inexact = own[own > 0.0].sort_values()
        inexact = inexact.iloc[spread(len(inexact), max(2, MOST_DOTS // len(kinds)))]
        axes.plot(inexact, np.full(len(inexact), row), label=kind, **DOTS)
        if exact := int((own == 0.0).sum()):
            zeros.text(0, row, number(exact), ha="center", va="center_baseline", fontsize=SMALL)
    axes.axvline(ROUNDING_UNIT, color=MUTED, linestyle=DOTTED, linewidth=1.2)
    axes.axvline(tolerance, color=INK, linestyle=DASHED, linewidth=1.5)
    above: dict[str, Any] = {"transform": axes.get_xaxis_transform(), "va": "bottom"}
    axes.text(ROUNDING_UNIT, 1.0, "rounding unit", ha="left", fontsize=SMALL, **above)
    axes.text(tolerance, 1.0, "tolerance", ha="center", fontsize=SMALL, **above)
    zeros.set_xlim(-1, 1)
    zeros.set_xticks([0], ["0"])
    zeros.set_title("count", fontsize=SMALL, loc="center", pad=3)
    zeros.set_yticks(range(len(kinds)), kinds)
    axes.set_yticks(range(len(kinds)), [""] * len(kinds))
    for panel in (zeros, axes):
        panel.set_ylim(len(kinds) - 0.4, -0.6)
        panel.grid(visible=True, axis="y")
        panel.tick_params(axis="y", length=0)
    axes.set_xlabel("relative error of a derivative")
    return sheet.figure
