"""The figure of who comes first under how many protocols."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch, Rectangle
from pandas import DataFrame

from descent.core.problem import Problem
from descent.figures.layout import LETTERS_SIZE, Sheet, styled
from descent.figures.palette import MUTED, PAPER, method_colour
from descent.figures.protocols import (
    BETWEEN_ROWS,
    ROWS_LEFT,
    ROWS_WIDTH,
    TINY,
    headline_levels,
    level_name,
)
from descent.statistics.multiverse import CHOICES
from descent.words.names import method_title, methods_in_order
from descent.words.numbers import number, share

BAR_HEIGHT = 0.175  # inches
LEAST_TOLD = 0.1  # share from which on it is written into its bar


@styled
def draw_first_places(problem: Problem, tables: Mapping[str, DataFrame]) -> Figure:
    """Draw in what share of the protocols each method has the lowest score.

    From `first`: a bar for all protocols, and one for each level of each choice, in shares of the
    protocols under which some method reaches the target; how many these are stands beside it.
    """
    first = tables["first"]
    methods = methods_in_order(first["method"])
    blocks = {choice: first[first["choice"] == choice] for choice in ("all", *CHOICES)}
    rows = {choice: own["level"].unique().tolist() for choice, own in blocks.items()}
    heights = [BAR_HEIGHT * len(levels) for levels in rows.values()]
    tops = 0.62 + np.cumsum([0.0, *(height + BETWEEN_ROWS for height in heights)])
    handles = [Patch(color=method_colour(name), label=method_title(name)) for name in methods]
    sheet = Sheet(f"Who comes first: {problem.title}", tops[-1] + 0.05, handles, 3)
    sheet.text(0.12, 0.08, "Share of protocols in which a method is first", fontsize=LETTERS_SIZE)
    sheet.text(ROWS_LEFT + ROWS_WIDTH + 0.1, 0.42, "decided, of all", color=MUTED)
    headline = headline_levels(problem)
    for (choice, levels), top, height in zip(rows.items(), tops, heights, strict=False):
        axes = sheet.axes(ROWS_LEFT, top, ROWS_WIDTH, height)
        axes.set(xlim=(0.0, 1.0), ylim=(len(levels), 0), xticks=[])
        sheet.text(0.12, top + 0.02, "" if choice == "all" else choice, color=MUTED)
        names = [level_name(choice, level) for level in levels]
        axes.set_yticks(np.arange(len(levels)) + 0.5, names)
        axes.tick_params(axis="y", length=0)
        axes.spines[:].set_visible(False)
        for i, level in enumerate(levels):
            own = blocks[choice]
            _draw_bar(axes, i, own[own["level"] == level].set_index("method").loc[methods])
            if level == headline.get(choice):
                axes.get_yticklabels()[i].set_fontweight("bold")
    return sheet.figure


def _draw_bar(axes: Axes, place: int, rows: DataFrame) -> None:
    """Draw a bar of shares, method by method, and tell how many protocols it is of."""
    decided, protocols = rows[["decided", "protocols"]].iloc[0]
    axes.annotate(f"{number(decided)} of {number(protocols)}", (1.0, place + 0.5), (7, 0),
                  textcoords="offset points", va="center", fontsize=TINY, color=MUTED,
                  annotation_clip=False)  # fmt: skip
    if not decided:
        axes.text(0.0, place + 0.5, "no method reaches the target", va="center", fontsize=TINY)
        return
    begins = np.cumsum(rows["share"]) - rows["share"]
    style: dict[str, Any] = {"edgecolor": PAPER, "linewidth": 0.6}
    for method, part in rows["share"].items():
        left, colour = begins[method], method_colour(str(method))
        bar = Rectangle((left, place + 0.07), part, 0.86, facecolor=colour, label=method, **style)
        axes.add_artist(bar)
        if part >= LEAST_TOLD:
            axes.text(left + part / 2, place + 0.52, share(part), ha="center", va="center",
                      fontsize=TINY, color=PAPER)  # fmt: skip
