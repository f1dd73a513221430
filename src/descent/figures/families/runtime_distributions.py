"""The figure of how soon and how surely targets are met."""

from collections.abc import Mapping, Sequence
from string import ascii_lowercase
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from pandas import DataFrame

from descent.core.problem import Problem
from descent.figures.layout import LETTERS_SIZE, SMALL, Sheet, lines_of, styled, wrap
from descent.figures.palette import MUTED, method_colour, method_line
from descent.figures.scales import label_ends, logarithmic, spread
from descent.statistics.profiles import runtime_distribution
from descent.words.names import method_title, methods_in_order
from descent.words.numbers import counted

NEAR = 0.08  # how near ends of grey lines share a label
MOST_STEPS = 600  # of a distribution that are drawn
NAMED_LINE: dict[str, Any] = {"color": MUTED, "linewidth": 1.0, "zorder": 2}
PANELS = {"hitting_time": "first met", "stays_from": "met to the end"}


def labelled_height(labels: int) -> float:
    """Return the height of axes, in inches, that so many labels fit beside."""
    return max(2.2, 0.16 * labels)


@styled
def draw_runtime_distributions(problem: Problem, tables: Mapping[str, DataFrame]) -> Figure:
    """Draw the share of pairs of start and target that are met within so many iterations.

    From `evaluation`, in two panels: until a target is first met, and until it is met to the end.
    A line per selected setting, a thin grey one per named run; each ends where its budget does.
    """
    evaluation = tables["evaluation"]
    named = evaluation.loc[evaluation["kind"] == "named", "candidate"].unique()
    marks = dict(zip(named, [*ascii_lowercase, *map(str, range(len(named)))], strict=False))
    methods = methods_in_order(evaluation["method"])
    height = labelled_height(len(methods) + min(len(named), 5))
    below = 0.05 + 0.5 + height + 0.5
    entries = [wrap(f"{mark}  {name}", 5.6) for name, mark in marks.items()]
    tops = below + 0.22 + np.cumsum([0.0, *(0.17 * lines_of([entry]) for entry in entries)])
    key = tops[-1] - below + 0.08 if entries else 0.05
    sheet = Sheet(f"Targets met within so many iterations: {problem.title}", below + key)
    starts = counted(evaluation["start"].nunique(), problem.start_word)
    targets = counted(evaluation["target"].nunique(), "target")
    sheet.text(0.12, 0.05, f"Share of {starts} × {targets}", fontsize=LETTERS_SIZE)
    for k, (column, words) in enumerate(PANELS.items()):
        axes = sheet.axes(0.55 + k * 2.12, 0.55, 1.86, height)
        ends = _draw_distributions(axes, evaluation, column, marks)
        axes.set_title(words, fontsize=SMALL, pad=6)
        axes.set_xlabel("iterations", labelpad=1)
        axes.tick_params(labelleft=k == 0)
    label_ends(axes, ends)
    if len(named):
        sheet.text(0.12, below + 0.02, "Grey: the settings of the named runs")
        for top, entry in zip(tops, entries, strict=False):
            sheet.text(0.2, top, entry)
    return sheet.figure


def _draw_distributions(
    axes: Axes, evaluation: DataFrame, column: str, marks: Mapping[str, str]
) -> list[tuple[float, float, str, str]]:
    """Draw a line per candidate; return their ends with labels."""
    logarithmic(axes, "x", 1.0, max(float(evaluation["iterations"].max()), 10.0), most=4)
    axes.set_ylim(-0.02, 1.02)
    axes.grid(visible=True)
    lines = dict(list(evaluation.groupby(["kind", "candidate"])))
    ends, grey = [], []
    for method in methods_in_order(name for kind, name in lines if kind == "selected"):
        style = {**method_line(method), "zorder": 3}
        end = _draw_steps(axes, lines["selected", method], column, style)
        ends.append((*end, method_title(method), method_colour(method)))
    for name, mark in marks.items():
        grey.append((*_draw_steps(axes, lines["named", name], column, NAMED_LINE), mark))
    return ends + [(*end, MUTED) for end in _together(grey)]


def _together(ends: Sequence[tuple[float, float, str]]) -> list[tuple[float, float, str]]:
    """Give one label to lines that end near one another."""
    groups: list[list[tuple[float, float, str]]] = []
    for end in sorted(ends, key=lambda end: end[1]):
        if groups and end[1] - groups[-1][0][1] < NEAR:
            groups[-1].append(end)
        else:
            groups.append([end])
    return [
        (max(x for x, _, _ in group), group[len(group) // 2][1], _span([m for *_, m in group]))
        for group in groups
    ]


def _span(marks: Sequence[str]) -> str:
    """Write marks in order; of very many the first and the last."""
    ordered = sorted(marks, key=lambda mark: (len(mark), mark))
    return ", ".join(ordered) if len(marks) <= 6 else f"{ordered[0]} … {ordered[-1]}"


def _draw_steps(axes: Axes, rows: DataFrame, column: str, style: dict) -> tuple[float, float]:
    """Draw a distribution up to the last iteration that was done; return its end."""
    steps = runtime_distribution(rows[column].to_numpy())
    chosen = spread(len(steps.at), MOST_STEPS)
    last = max(float(rows["iterations"].max()), 1.0)
    x = np.append(np.maximum(steps.at[chosen], 1.0), last)
    y = np.append(steps.share[chosen], steps.share[-1])
    axes.plot(x, y, drawstyle="steps-post", label=column, **style)
    axes.plot(last, y[-1], marker="o", markersize=5 if style["zorder"] == 3 else 3.5, zorder=4,
              linestyle="none", color=style["color"], clip_on=False, label="end")  # fmt: skip
    return last, float(y[-1])
