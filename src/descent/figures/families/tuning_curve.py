"""The figure of what tuning is worth: the expected running time by number of settings tried."""

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from pandas import DataFrame

from descent.core.problem import Problem
from descent.figures.families.runtime_distributions import labelled_height
from descent.figures.layout import LINE_HEIGHT, SMALL, Sheet, lines_of, styled, wrap
from descent.figures.palette import MUTED, method_colour, method_line
from descent.figures.scales import label_ends, logarithmic, say
from descent.words.names import method_title, methods_in_order

CURVE_QUARTILES = ["lower_quartile", "median", "upper_quartile"]


@styled
def draw_tuning_curve(problem: Problem, tables: Mapping[str, DataFrame]) -> Figure:
    """Draw what a method costs when the best of so many random settings is taken.

    From `tuning_curve`: median and quartiles of the expected running time on the evaluation
    starts. A line begins where half of the draws find a setting that reaches the target.
    """
    curve = tables["tuning_curve"].sort_values("settings_tried")
    quartiles = curve[CURVE_QUARTILES].to_numpy()
    finite = np.maximum(quartiles[np.isfinite(quartiles)], 1.0)
    low, high = (0.8 * finite.min(), 1.25 * finite.max()) if len(finite) else (1.0, 10.0)
    methods = methods_in_order(curve["method"])
    rows = {method: curve[curve["method"] == method] for method in methods}
    arriving = [method for method in methods if np.isfinite(rows[method]["median"]).any()]
    silent = [method_title(method) for method in methods if method not in arriving]
    note = wrap(f"Never in half of the draws: {', '.join(silent)}", 5.6) if silent else ""
    height = max(2.8, labelled_height(len(methods)))
    below = 0.5 + height + 0.45
    bottom = below + (LINE_HEIGHT * lines_of([note]) + 0.1 if note else 0.0)
    handles = [
        Line2D([], [], color=MUTED, linewidth=1.8, label="median over the draws"),
        Patch(facecolor=MUTED, alpha=0.25, label="middle half of the draws"),
    ]
    title = f"Expected running time by number of settings tried: {problem.title}"
    sheet = Sheet(title, bottom, handles)
    axes = sheet.axes(0.7, 0.5, 3.75, height)
    logarithmic(axes, "x", 1.0, max(2.0, float(curve["settings_tried"].max())))
    logarithmic(axes, "y", low, high)
    axes.grid(visible=True)
    label_ends(axes, [_draw_tuning(axes, rows[method], method, high) for method in arriving])
    if not arriving:
        say(axes, "no method reaches the target\nin half of the draws")
    words = "Expected running time, iterations,\nof the best of so many random settings"
    axes.set_title(words, fontsize=SMALL, pad=8)
    axes.set_xlabel("settings tried", labelpad=1)
    sheet.text(0.12, below, note, color=MUTED)
    return sheet.figure


def _draw_tuning(
    axes: Axes, rows: DataFrame, method: str, highest: float
) -> tuple[float, float, str, str]:
    """Draw a method's median and quartiles; return the end of its line with its label."""
    tried, colour = rows["settings_tried"], method_colour(method)
    low, middle, high = rows[CURVE_QUARTILES].clip(lower=1.0).to_numpy().T
    known = np.isfinite(middle)
    axes.fill_between(tried, low, np.minimum(high, highest), where=known, color=colour,
                      alpha=0.09, linewidth=0)  # fmt: skip
    axes.plot(tried, np.where(known, middle, np.nan), label="median", zorder=3,
              **method_line(method, 2.0))  # fmt: skip
    last = np.flatnonzero(known)[-1]
    end = float(tried.iloc[last]), float(middle[last])
    axes.plot(*end, marker="o", markersize=5, color=colour, linestyle="none", zorder=4,
              clip_on=False, label="end")  # fmt: skip
    return (*end, method_title(method), colour)
