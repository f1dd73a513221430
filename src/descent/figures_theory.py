"""The figure of known numbers about methods, beside the same as measured."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from descent.figures_sweeps import by_method, in_order, rows_where, taken
from descent.methods import METHODS
from descent.style import (
    INK,
    MARKERS,
    MUTED,
    PAPER,
    SMALL,
    Sheet,
    in_words,
    legend_height,
    lines_of,
    method_colour,
    method_line,
    styled,
    wrap,
)


@styled
def theory_measured(columns: Mapping[str, np.ndarray]) -> Figure:
    """Draw known numbers over the momentum as lines, and what was measured as points.

    Parameters
    ----------
    columns : Mapping
        Columns of `descent.tables.THEORY`.

    Returns
    -------
    Figure
        A panel per quantity; a point's bar is the resolution of its measurement.
    """
    quantities = in_order(columns["quantity"])
    methods = by_method(columns["method"])
    titles = [wrap(quantity, 5.0) for quantity in quantities]
    heights = [
        0.2 + 0.16 * lines_of([title]) + _height(columns, quantity) + 0.6
        for title, quantity in zip(titles, quantities, strict=True)
    ]
    handles = [
        Line2D([], [], label=in_words(method), marker=_marker(method, methods),
               markeredgecolor=PAPER, **method_line(method))
        for method in methods
    ]  # fmt: skip
    handles += [
        Line2D([], [], color=MUTED, linewidth=1.8, label="theory, a line"),
        Line2D([], [], color=MUTED, linestyle="none", marker="o", markersize=6,
               label="measured, a mark"),
    ]  # fmt: skip
    sheet = Sheet("Theory and measurement", sum(heights) + legend_height(len(handles), 2) + 0.1)
    top = 0.0
    for quantity, title, height in zip(quantities, titles, heights, strict=True):
        own = taken(columns, rows_where(columns, quantity=quantity))
        heading = 0.16 * lines_of([title]) + 0.15
        axes = sheet.axes(0.8, top + heading, 5.0, _height(columns, quantity))
        axes.set_title(title, fontsize=SMALL)
        axes.grid(visible=True)
        axes.set_xlabel("momentum μ", labelpad=1)
        for k, method in enumerate(by_method(own["method"])):
            rows = taken(own, rows_where(own, method=method))
            rows = taken(rows, np.argsort(rows["momentum"], kind="stable"))
            _draw_method(axes, rows, method, _marker(method, methods), max(5.0, 10.0 - 2.0 * k))
        _widen(axes, own)
        top += height
    sheet.legend(sum(heights) + 0.02, handles, 2, left=0.5)
    return sheet.figure


def _height(columns: Mapping[str, np.ndarray], quantity: str) -> float:
    """Return how tall a panel is: more where there is a curve than where there are points."""
    own = columns["momentum"][rows_where(columns, quantity=quantity)]
    return 2.8 if len(np.unique(own)) > 2 else 1.7


def _marker(method: str, methods: list[str]) -> str:
    return MARKERS[methods.index(method) % len(MARKERS)]


def _draw_method(
    axes: Axes, rows: Mapping[str, np.ndarray], method: str, marker: str, size: float
) -> None:
    colour = method_colour(method)
    momentum, theory = _curve(rows, method)
    if len(momentum) > 1:
        axes.plot(momentum, theory, label="theory", zorder=2, **method_line(method))
    else:
        span: dict[str, Any] = {"marker": "_", "markersize": 26, "markeredgewidth": 1.8}
        axes.plot(momentum, theory, label="theory", color=colour, linestyle="none", zorder=2,
                  **span)  # fmt: skip
    axes.errorbar(
        rows["momentum"], rows["measured"], yerr=np.abs(rows["resolution"]), fmt="none",
        ecolor=INK, elinewidth=1.0, zorder=3,
    )  # fmt: skip
    axes.plot(rows["momentum"], rows["measured"], label="measured", linestyle="none",
              marker=marker, markersize=size, color=colour, markeredgecolor=PAPER,
              markeredgewidth=0.8, zorder=4)  # fmt: skip


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


def _reach(rows: Mapping[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Return the ends of the bars."""
    return rows["measured"] - rows["resolution"], rows["measured"] + rows["resolution"]


def _widen(axes: Axes, rows: Mapping[str, np.ndarray]) -> None:
    """Leave room around the points, also where there is one or all are alike."""
    for which, values in (
        ("x", rows["momentum"]),
        ("y", np.concatenate([rows["theory"], *_reach(rows)])),
    ):
        finite = values[np.isfinite(values)]
        low, high = (finite.min(), finite.max()) if len(finite) else (0.0, 1.0)
        margin = 0.08 * (high - low) or 0.1 * max(abs(high), 0.5)
        axes.set(**{f"{which}lim": (low - margin, high + margin)})
