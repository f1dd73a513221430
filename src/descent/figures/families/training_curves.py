"""The figure of the loss and accuracy of selected settings over the iterations."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from pandas import DataFrame

from descent.core.problem import Problem
from descent.figures.layout import SMALL, Sheet, styled
from descent.figures.palette import DOTTED, INK, MUTED, method_colour
from descent.figures.scales import logarithmic, say, spread
from descent.words.names import method_title, methods_in_order
from descent.words.numbers import share

MOST_CURVE_POINTS = 64  # that are drawn
CURVE_WIDTH, CURVE_HEIGHT = 1.05, 0.9  # inches
BAYES_LINE: dict[str, Any] = {"color": INK, "linewidth": 1.3, "linestyle": DOTTED}


@styled
def draw_training_curves(problem: Problem, tables: Mapping[str, DataFrame]) -> Figure:
    """Draw loss per sample and accuracy of each selected setting over the iterations.

    From `training_curves` and `bayes`, two panels per method: median and middle half of the
    evaluation seeds, with the accuracy of the Bayes classifier, which none exceeds, as a line.
    """
    rows = tables["training_curves"].sort_values("iteration")
    best = float(tables["bayes"]["accuracy"].iloc[0])
    losses = [column for column in rows if column.startswith("loss_")]
    limits = _loss_range(rows[losses].to_numpy() / problem.scale)
    rows = rows.assign(**(rows[losses] / problem.scale).clip(lower=limits[0]))
    rows = rows.replace([np.inf, -np.inf], np.nan)
    methods = methods_in_order(rows["method"])
    row = CURVE_HEIGHT + 0.28
    bottom = 0.46 + row * -(-len(methods) // 2) + 0.33
    title = f"Loss and accuracy of the selected settings: {problem.title}"
    sheet = Sheet(title, bottom, _curves_legend(best))
    for i, method in enumerate(methods):
        own = rows[rows["method"] == method]
        curve = own.iloc[spread(len(own), MOST_CURVE_POINTS)]
        left, top = 0.62 + i % 2 * 2.86, 0.46 + i // 2 * row
        loss = sheet.axes(left, top, CURVE_WIDTH, CURVE_HEIGHT)
        accuracy = sheet.axes(left + CURVE_WIDTH + 0.36, top, CURVE_WIDTH, CURVE_HEIGHT)
        if i < 2:
            sheet.text(left, 0.05, "loss, nats", color=MUTED)
            sheet.text(left + CURVE_WIDTH + 0.36, 0.05, "accuracy", color=MUTED)
        logarithmic(loss, "y", *limits)
        loss.set_title(method_title(method), fontsize=SMALL, pad=3)
        accuracy.set_ylim(-0.05, 1.05)
        accuracy.set_yticks([0, 0.5, 1], ["0", "0.5", "1"])
        accuracy.axhline(best, zorder=4, label="Bayes", **BAYES_LINE)
        for axes, what in ((loss, "loss"), (accuracy, "accuracy")):
            axes.minorticks_off()
            axes.grid(visible=True)
            _draw_quantiles(axes, curve, what, method_colour(method))
            axes.locator_params(axis="x", nbins=3)
            axes.tick_params(labelbottom=i + 2 >= len(methods))
        if i + 2 >= len(methods):
            loss.set_xlabel("iteration", labelpad=1)
    return sheet.figure


def _draw_quantiles(axes: Axes, rows: DataFrame, what: str, colour: str) -> None:
    """Draw a method's median and middle half."""
    lowest, highest = axes.get_ylim()
    low, high = rows[f"{what}_low"].fillna(lowest), rows[f"{what}_high"].fillna(highest)
    middle = rows[f"{what}_median"]
    axes.fill_between(rows["iteration"], low, high, where=middle.notna(), color=colour, alpha=0.25,
                      linewidth=0, zorder=3)  # fmt: skip
    axes.plot(rows["iteration"], middle, color=colour, linewidth=1.9, zorder=5, label=what)
    axes.set_xlim(0, max(int(rows["iteration"].max()), 1))
    axes.set_ylim(lowest, highest)
    if middle.isna().all():
        say(axes, "diverges")


def _curves_legend(best: float) -> list:
    return [
        Line2D([], [], color=MUTED, linewidth=1.9, label="median of the seeds"),
        Patch(facecolor=MUTED, alpha=0.3, label="middle half of the seeds"),
        Line2D([], [], label=f"Bayes classifier, {share(best, 1)}", **BAYES_LINE),
    ]


def _loss_range(losses: np.ndarray) -> tuple[float, float]:
    """Return limits for losses per sample, far outliers cut off."""
    shown = losses[np.isfinite(losses) & (losses > 0.0)]
    if not len(shown):
        return 0.1, 10.0
    middle = float(np.median(shown))
    return 0.85 * max(shown.min(), 1e-4 * middle), 1.2 * min(shown.max(), 30.0 * middle)
