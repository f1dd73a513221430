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
from descent.statistics.answers import SPLITS
from descent.words.names import method_title, methods_in_order


@styled
def draw_tuning_curve(problem: Problem, tables: Mapping[str, DataFrame]) -> Figure:
    """Draw what a method costs when the best of so many random settings is taken.

    From `tuning_curve`: the expected running time on the half of the tuning starts that did not
    select, a thin line for each half and a band between them. A band begins where both are finite.
    """
    curve = tables["tuning_curve"].sort_values("settings_tried")
    halves = curve.pivot(index=["method", "settings_tried"], columns="split", values="score")
    scores = halves.clip(lower=1.0).where(np.isfinite(halves))[list(SPLITS)]
    low, high = 0.8 * scores.min().min(), 1.25 * scores.max().max()
    methods = methods_in_order(curve["method"])
    arriving = [method for method in methods if scores.loc[method].notna().any(axis=None)]
    silent = [method_title(method) for method in methods if method not in arriving]
    note = wrap(f"Never reach the target: {', '.join(silent)}", 5.6) if silent else ""
    height = max(2.8, labelled_height(len(methods)))
    below = 0.5 + height + 0.45
    bottom = below + (LINE_HEIGHT * lines_of([note]) + 0.1 if note else 0.0)
    handles = [
        Line2D([], [], color=MUTED, linewidth=1.2, label="one half selects, the other scores"),
        Patch(facecolor=MUTED, alpha=0.25, label="between the two ways"),
    ]
    title = f"Expected running time by number of settings tried: {problem.title}"
    sheet = Sheet(title, bottom, handles, 1)
    axes = sheet.axes(0.7, 0.5, 3.75, height)
    logarithmic(axes, "x", 1.0, max(2.0, float(curve["settings_tried"].max())))
    logarithmic(axes, "y", *((low, high) if arriving else (1.0, 10.0)))
    axes.grid(visible=True)
    label_ends(axes, [_draw_tuning(axes, scores.loc[method], method) for method in arriving])
    if not arriving:
        say(axes, "no method reaches the target")
    words = "Expected running time, iterations,\nof the best of so many random settings"
    axes.set_title(words, fontsize=SMALL, pad=8)
    axes.set_xlabel("settings tried", labelpad=1)
    sheet.text(0.12, below, note, color=MUTED)
    return sheet.figure


def _draw_tuning(axes: Axes, scores: DataFrame, method: str) -> tuple[float, float, str, str]:
    """Draw a method's lines, one per split, and the band between; return its end with its label."""
    tried, both = scores.index.to_numpy(float), scores.to_numpy()
    known = np.isfinite(both).all(axis=1)
    axes.fill_between(tried, both[:, 0], both[:, 1], where=known, color=method_colour(method),
                      alpha=0.18, linewidth=0)  # fmt: skip
    for split in SPLITS:
        axes.plot(tried, scores[split], label=split, zorder=3, **method_line(method, 1.2))
    last = np.flatnonzero(np.isfinite(both).any(axis=1))[-1]
    ends = both[last][np.isfinite(both[last])]
    height = float(np.exp(np.log(ends).mean()))
    return float(tried[last]), height, method_title(method), method_colour(method)
