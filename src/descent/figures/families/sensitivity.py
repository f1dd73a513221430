"""The figure of how sensitive each selected setting is to its learning rate."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from pandas import DataFrame, Series

from descent.core.problem import Problem
from descent.figures.families.heat_map import SELECTED_MARK, TIME, varying_parameters
from descent.figures.layout import LINE_HEIGHT, SMALL, Sheet, lines_of, styled, wrap
from descent.figures.palette import DASHED, DOTTED, INK, MUTED, method_colour
from descent.figures.scales import logarithmic, say
from descent.words.names import method_title, methods_in_order, setting

PANEL_WIDTH, PANEL_HEIGHT, STRIP_HEIGHT = 2.315, 1.15, 0.32  # inches
ACCURACY_LINE: dict[str, Any] = {"color": INK, "linewidth": 1.1, "linestyle": DOTTED}


class RateCurve(NamedTuple):
    """A method over its learning rates, all else as selected."""

    method: str
    title: str
    rows: DataFrame
    """Of `descent.tables.schemas.SETTINGS`, by learning rate."""
    selected: float
    """The learning rate that was selected."""


def rate_curve(settings: DataFrame, selected: Series) -> RateCurve:
    """Pick what differs from a selected setting by the learning rate alone."""
    rows = settings[settings["method"] == selected["method"]]
    fixed = varying_parameters(rows)
    for name in fixed:
        rows = rows[rows[name] == selected[name]]
    words = wrap(setting(selected.drop("learning_rate"), fixed), PANEL_WIDTH)
    title = "\n".join(filter(None, [method_title(selected["method"]), words]))
    rows = rows.sort_values("learning_rate")
    return RateCurve(selected["method"], title, rows, selected["learning_rate"])


@styled
def draw_sensitivity(problem: Problem, tables: Mapping[str, DataFrame]) -> Figure:
    """Draw how long each method needs over the learning rate, its other parameters as selected.

    From `settings` and `selected`: a panel per method with median and quartiles of the iterations
    to the target on the tuning starts, with gaps where fewer than half reach it, and the expected
    running time, by which the best of all settings is selected; below it the success rate with its
    interval and, of networks, the accuracy on held-out samples. All panels share their scales.
    """
    settings, selected = tables["settings"], tables["selected"].query("trials == 0")
    best = selected.set_index("method", drop=False)
    curves = [rate_curve(settings, best.loc[method]) for method in methods_in_order(best.index)]
    rates = np.concatenate([curve.rows["learning_rate"] for curve in curves])
    edges = rates.min() / 1.05, rates.max() * 1.05
    limits = _time_limits(curves)
    heading = 0.06 + LINE_HEIGHT * lines_of(curve.title for curve in curves)
    row = heading + PANEL_HEIGHT + 0.07 + STRIP_HEIGHT + 0.2
    bottom = 0.22 + row * -(-len(curves) // 2)
    title = f"Iterations to the target over the learning rate: {problem.title}"
    sheet = Sheet(title, bottom, _sensitivity_legend(problem.kind == "network"))
    for i, curve in enumerate(curves):
        x, y = 0.72 + i % 2 * (PANEL_WIDTH + 0.5), i // 2 * row + heading
        axes = sheet.axes(x, y, PANEL_WIDTH, PANEL_HEIGHT)
        below = sheet.axes(x, y + PANEL_HEIGHT + 0.07, PANEL_WIDTH, STRIP_HEIGHT)
        for panel in (axes, below):
            logarithmic(panel, "x", *edges)
        _draw_times(axes, curve, limits)
        _draw_success(below, curve)
        for panel in (axes, below):
            panel.minorticks_off()
        if i % 2 == 0:
            axes.set_ylabel("iterations", labelpad=2)
            below.set_ylabel("success", labelpad=15, fontsize=8)
        if i + 2 >= len(curves):
            below.set_xlabel("learning rate η", labelpad=1)
    return sheet.figure


def _time_limits(curves: Sequence[RateCurve]) -> tuple[float, float]:
    """Return limits that hold quartiles and the best times, with room for what is much worse."""
    known = [curve.rows[np.isfinite(curve.rows["median"])] for curve in curves]
    quartiles = [rows[["lower_quartile", "median", "upper_quartile"]] for rows in known]
    best = [curve.rows[[TIME]].min() for curve in curves]
    values = np.concatenate([part.to_numpy().ravel() for part in (*quartiles, *best)])
    values = np.maximum(values[np.isfinite(values)], 1.0)
    return (0.65 * values.min(), 3.0 * values.max()) if len(values) else (0.8, 10.0)


def _draw_times(axes: Axes, curve: RateCurve, limits: tuple[float, float]) -> None:
    colour, rows = method_colour(curve.method), curve.rows
    rates, times = rows["learning_rate"], _from_one(rows[TIME])
    logarithmic(axes, "y", *limits)
    axes.grid(visible=True)
    axes.tick_params(labelbottom=False)
    middle = _from_one(rows["median"])
    axes.fill_between(
        rates, np.maximum(rows["lower_quartile"], 1.0),
        np.minimum(np.maximum(rows["upper_quartile"], 1.0), limits[1]),
        where=np.isfinite(middle), color=colour, alpha=0.22, linewidth=0,
    )  # fmt: skip
    single = len(rates) == 1
    axes.plot(rates, times, color=colour, linewidth=1.3, linestyle=DASHED, zorder=3,
              label="time", marker="_" if single else "")  # fmt: skip
    axes.plot(rates, middle, color=colour, linewidth=1.9, zorder=4, label="median", marker="o",
              markersize=5.0 if single else 2.6)  # fmt: skip
    for time in times[np.isfinite(times) & (rates == curve.selected)]:
        axes.plot(curve.selected, time, zorder=5, **SELECTED_MARK)
    if not np.isfinite(times).any():
        say(axes, "no run reaches\nthe target")
    axes.set_title(curve.title, fontsize=SMALL, pad=4)


def _from_one(values: Series) -> Series:
    """Return values for a logarithmic axis; a gap where there is none."""
    return values.clip(lower=1.0).where(np.isfinite(values))


def _draw_success(axes: Axes, curve: RateCurve) -> None:
    colour, rows = method_colour(curve.method), curve.rows
    rates, marker = rows["learning_rate"], "o" if len(rows) == 1 else ""
    axes.fill_between(rates, rows["success_low"], rows["success_high"], color=colour, alpha=0.22,
                      linewidth=0)  # fmt: skip
    style: dict[str, Any] = {"marker": marker, "markersize": 5}
    axes.plot(rates, rows["success_rate"], color=colour, linewidth=1.4, label="success", **style)
    axes.plot(rates, rows["test_accuracy"], label="accuracy", **ACCURACY_LINE, **style)
    axes.set_ylim(-0.06, 1.06)
    axes.set_yticks([0, 1], ["0", "1"])
    axes.axhline(0.5, color=MUTED, linewidth=0.6, linestyle=DOTTED, zorder=0)


def _sensitivity_legend(network: bool) -> list:
    line: dict[str, Any] = {"color": MUTED, "linewidth": 1.9}
    accuracy = [Line2D([], [], label="below: accuracy, held-out samples", **ACCURACY_LINE)]
    return [
        Line2D([], [], marker="o", markersize=3.0, label="median, where half reach", **line),
        Patch(facecolor=MUTED, alpha=0.3, label="quartiles; below, 95 % interval"),
        Line2D([], [], color=MUTED, linewidth=1.3, linestyle=DASHED,
               label="ERT, failures charged the budget"),
        Line2D([], [], label="the selected learning rate", **SELECTED_MARK),
        *accuracy * network,
    ]  # fmt: skip
