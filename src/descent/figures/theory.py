"""The figure of theoretical values about methods, beside the same as measured."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from pandas import DataFrame

from descent.core.methods import METHODS
from descent.figures.layout import SMALL, Sheet, styled
from descent.figures.palette import MUTED, PAPER, method_line
from descent.figures.scales import logarithmic
from descent.words.names import method_title, methods_in_order
from descent.words.numbers import capital

STABILITY_WORDS, RATE_WORDS = "stability limit", "linear convergence rate"
"""How the quantities that are drawn begin."""
ELSEWHERE_MARK: dict[str, Any] = {"markerfacecolor": PAPER, "markeredgewidth": 1.4}


@styled
def draw_theory(theory: DataFrame) -> Figure:
    """Draw theoretical values as lines, and what was measured as points.

    Parameters
    ----------
    theory : DataFrame
        `descent.tables.schemas.THEORY`.

    Returns
    -------
    Figure
        Two panels: stability limits over the momentum coefficient, hollow points where they are
        measured on another objective than the quadratic; and linear convergence rates over the
        condition number.
    """
    quantity = theory["quantity"].str
    stable = theory[quantity.startswith(STABILITY_WORDS)].sort_values("momentum")
    rates = theory[quantity.startswith(RATE_WORDS)].sort_values("condition_number")
    methods = methods_in_order([*stable["method"], *rates["method"]])
    handles = [
        Line2D([], [], label=method_title(method), marker="o", markersize=5, **method_line(method))
        for method in methods
    ]
    mark: dict[str, Any] = {"color": MUTED, "linestyle": "none", "marker": "o"}
    handles += [
        Line2D([], [], color=MUTED, linewidth=1.8, label="line: theoretical"),
        Line2D([], [], label="mark: measured", **mark),
    ]
    handles += [
        Line2D([], [], label=f"measured at {capital(name)}’s minimum", **mark, **ELSEWHERE_MARK)
        for name in stable["objective"].unique()
        if name != "quadratic"
    ]
    sheet = Sheet("Theory and measurement", 3.4, handles)
    left, right = (sheet.axes(x, 0.42, 2.3, 2.45) for x in (0.55, 3.5))
    left.set_title("stability limit:\nlearning rate × eigenvalue", fontsize=SMALL, pad=5)
    left.set_xlabel("momentum coefficient μ", labelpad=1)
    right.set_title("linear convergence rate,\nbest and usual settings", fontsize=SMALL, pad=5)
    right.set_xlabel("condition number κ", labelpad=1)
    for axes in (left, right):
        axes.grid(visible=True)
    for k, method in enumerate(methods):
        own = stable[stable["method"] == method]
        if len(own):
            # Where all have the same limit, all are seen.
            _draw_limits(left, own, method, max(4.5, 8.5 - 2.0 * k))
    _draw_rates(right, rates)
    return sheet.figure


def _draw_limits(axes: Axes, rows: DataFrame, method: str, marks: float) -> None:
    """Draw a method's stability limits over the momentum coefficient, smooth if it is known."""
    momentum, theoretical = rows["momentum"].to_numpy(), rows["theoretical"].to_numpy()
    limit = METHODS[method].stability_limit if method in METHODS else None
    if len(set(momentum)) > 1:
        if limit and np.allclose([limit(value) for value in momentum], theoretical):
            momentum = np.linspace(momentum[0], momentum[-1], 101)
            theoretical = np.array([limit(value) for value in momentum])
        axes.plot(momentum, theoretical, label="theoretical", zorder=2, **method_line(method))
    colour = method_line(method)["color"]
    for inside, own in rows.groupby(rows["objective"] == "quadratic"):
        axes.plot(own["momentum"], own["measured"], label="measured", linestyle="none", marker="o",
                  markersize=marks if inside else marks + 4.0, color=colour,
                  zorder=4 if inside else 3, **({} if inside else ELSEWHERE_MARK))  # fmt: skip


def _draw_rates(axes: Axes, rates: DataFrame) -> None:
    """Draw rates over the condition number; of several known settings each its own line."""
    if rates.empty:
        return
    conditions = rates["condition_number"]
    logarithmic(axes, "x", conditions.min() / 1.3, conditions.max() * 1.3)
    axes.minorticks_off()
    for (method, _), rows in rates.groupby(["method", "quantity"]):
        style = method_line(method, 1.4)
        axes.plot(rows["condition_number"], rows["theoretical"], label="theoretical", **style)
        axes.plot(rows["condition_number"], rows["measured"], label="measured", linestyle="none",
                  marker="o", markersize=5, color=style["color"])  # fmt: skip
