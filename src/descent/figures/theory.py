"""The figure of known numbers about methods, beside the same as measured."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from descent.figures.heat_maps import by_method, in_order, rows_where, taken
from descent.core.methods import METHODS
from descent.figures.style import (
    MUTED,
    PAPER,
    SMALL,
    Sheet,
    in_words,
    legend_height,
    logarithmic,
    method_colour,
    method_line,
    styled,
)

STABLE, FACTOR = "stable learning rate", "factor of the error"  # what is drawn, by its name
ELSEWHERE: dict[str, Any] = {"markerfacecolor": PAPER, "markeredgewidth": 1.4}


@styled
def theory_measured(columns: Mapping[str, np.ndarray]) -> Figure:
    """Draw known numbers as lines, and what was measured as points.

    Parameters
    ----------
    columns : Mapping
        Columns of `descent.tables.schemas.THEORY`.

    Returns
    -------
    Figure
        Two panels: limits of stability over the momentum, hollow points where they are measured
        on another objective than the quadratic; and rates over the condition number.
    """
    drawn = {
        words: np.array([words in quantity for quantity in columns["quantity"].tolist()])
        for words in (STABLE, FACTOR)
    }
    own = {words: taken(columns, rows) for words, rows in drawn.items()}
    methods = by_method(columns["method"][drawn[STABLE] | drawn[FACTOR]])
    elsewhere = [name for name in in_order(own[STABLE]["objective"]) if name != "quadratic"]
    handles = [
        Line2D([], [], label=in_words(method), marker="o", markersize=5, **method_line(method))
        for method in methods
    ]
    handles += [
        Line2D([], [], color=MUTED, linewidth=1.8, label="line: known"),
        Line2D([], [], color=MUTED, linestyle="none", marker="o", label="mark: measured"),
    ]
    handles += [
        Line2D([], [], color=MUTED, linestyle="none", marker="o", **ELSEWHERE,
               label=f"measured at {name.capitalize()}'s minimum")
        for name in elsewhere
    ]  # fmt: skip
    sheet = Sheet("Theory and measurement", 3.45 + legend_height(len(handles), 2) + 0.1)
    stable = sheet.axes(0.55, 0.42, 2.3, 2.45)
    stable.set_title("limit of stability:\nlearning rate × curvature", fontsize=SMALL, pad=5)
    stable.set_xlabel("momentum μ", labelpad=1)
    rates = sheet.axes(3.5, 0.42, 2.3, 2.45)
    rates.set_title("best rate: what an iteration\nleaves of the error", fontsize=SMALL, pad=5)
    rates.set_xlabel("condition number κ", labelpad=1)
    for axes in (stable, rates):
        axes.grid(visible=True)
    _draw_limits(stable, own[STABLE], methods)
    _draw_rates(rates, own[FACTOR], methods)
    sheet.legend(3.4, handles, 2, left=0.4)
    return sheet.figure


def _draw_limits(axes: Axes, columns: Mapping[str, np.ndarray], methods: list[str]) -> None:
    """Draw limits of stability over the momentum."""
    for k, method in enumerate(methods):
        rows = taken(columns, rows_where(columns, method=method))
        if not len(rows["momentum"]):
            continue
        rows = taken(rows, np.argsort(rows["momentum"], kind="stable"))
        momentum, theory = _curve(rows, method)
        style = method_line(method)
        if len(momentum) > 1:
            axes.plot(momentum, theory, label="theory", zorder=2, **style)
        size = max(4.5, 8.5 - 2.0 * k)  # where all have the same limit, all are seen
        for inside in (True, False):
            on = rows_where(rows, objective="quadratic") == inside
            if on.any():
                axes.plot(rows["momentum"][on], rows["measured"][on], label="measured",
                          linestyle="none", marker="o", markersize=size if inside else size + 4.0,
                          color=style["color"], zorder=4 if inside else 3,
                          **({} if inside else ELSEWHERE))  # fmt: skip


def _draw_rates(axes: Axes, columns: Mapping[str, np.ndarray], methods: list[str]) -> None:
    """Draw rates over the condition number; of several known settings each its own line."""
    conditions = columns["condition"][np.isfinite(columns["condition"])]
    if not len(conditions):
        return
    logarithmic(axes, "x", conditions.min() / 1.3, conditions.max() * 1.3)
    axes.minorticks_off()
    for method in methods:
        for quantity in in_order(columns["quantity"]):
            rows = taken(columns, rows_where(columns, method=method, quantity=quantity))
            if not len(rows["condition"]):
                continue
            rows = taken(rows, np.argsort(rows["condition"], kind="stable"))
            axes.plot(rows["condition"], rows["theory"], label="theory", **method_line(method, 1.4))
            axes.plot(rows["condition"], rows["measured"], label="measured", linestyle="none",
                      marker="o", markersize=5, color=method_colour(method))  # fmt: skip


def _curve(rows: Mapping[str, np.ndarray], method: str) -> tuple[np.ndarray, np.ndarray]:
    """Return theory over the momentum: smooth where it is the method's limit of stability."""
    momentum, theory = rows["momentum"], rows["theory"]
    rule = METHODS.get(method)
    if not (rule and rule.limit and list(rule.parameters) == ["learning_rate", "momentum"]):
        return momentum, theory
    if len(momentum) == 1 or not np.allclose([rule.limit(m) for m in momentum], theory):
        return momentum, theory
    smooth = np.linspace(momentum[0], momentum[-1], 101)
    return smooth, np.array([rule.limit(m) for m in smooth])
