"""The figure of the answer for every problem: a forest plot."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from pandas import DataFrame

from descent.core.problem import Problem
from descent.figures.layout import LETTERS_SIZE, LINE_HEIGHT, SMALL, Sheet, lines_of, styled, wrap
from descent.figures.palette import INK, MUTED, PAPER, method_colour
from descent.figures.scales import logarithmic
from descent.words.names import method_title
from descent.words.numbers import number, share

FOREST_LEFT, FOREST_WIDTH = 1.75, 2.75  # inches, of the axis
ANSWER_HEIGHT = 0.42  # inches, at least
RANGE_COLUMNS = ["ratio_low", "ratio_median", "ratio_high", "share", "decided"]
NO_ANSWER = (np.nan, np.nan, np.nan, "", np.nan, np.nan, np.nan, np.nan, 0)
LARGEST_SHOWN = 1e3  # ratio, and its inverse, beyond which ends are arrows


class ForestRow(NamedTuple):
    """The answer for a problem: a ratio of expected running times; NaN where there is none."""

    title: str
    ratio: float
    """Under the headline's protocol, on fresh starts."""
    low: float
    high: float
    """Its interval."""
    verdict: str
    """As of `descent.tables.schemas.PAIRWISE`; empty where the pair is not swept."""
    multiverse_low: float
    multiverse_median: float
    multiverse_high: float
    """Of the ratios of scores under all protocols that decide: 5 %, median and 95 %."""
    share: float
    """Of the protocols that decide, in which the first is faster."""
    decided: int
    """How many these are."""


def forest_rows(
    problems: Iterable[tuple[Problem, Mapping[str, DataFrame]]], question: Mapping
) -> list[ForestRow]:
    """Return the answers for problems, in their order.

    Parameters
    ----------
    problems : iterable of tuple
        Problems, each with its tables `pairwise` and `levels`.
    question : Mapping
        The configuration's `method` and `against`.
    """
    asked = (question["method"], question["against"])
    rows = []
    for problem, tables in problems:
        pairwise, levels = tables["pairwise"], tables["levels"]
        is_headline = pairwise["trials"] == problem.sweep["headline"]["trials"]
        pairs = pairwise[is_headline & (pairwise["role"] == "question")]
        whole = levels[levels["choice"] == "all"].set_index(["method", "against"])
        if len(pairs):
            answer = pairs[["ratio", "low", "high", "verdict"]].iloc[0]
            rows.append(ForestRow(problem.title, *answer, *whole.loc[asked, RANGE_COLUMNS]))
        else:
            rows.append(ForestRow(problem.title, *NO_ANSWER))
    return rows


@styled
def draw_forest(rows: Sequence[ForestRow], question: Mapping) -> Figure:
    """Draw for every problem how many times as long the one method needs as the other.

    A dot with a line is the ratio under the headline's protocol with its interval, the pale bar
    beneath the range of the ratios under all protocols, with their median.

    Parameters
    ----------
    rows : sequence of ForestRow
        As of `forest_rows`.
    question : Mapping
        The configuration's `method`, `against` and `margin`.
    """
    method, against = (method_title(question[name]) for name in ("method", "against"))
    titles = [wrap(row.title, FOREST_LEFT - 0.25) for row in rows]
    heights = [max(ANSWER_HEIGHT, 0.1 + LINE_HEIGHT * lines_of([title])) for title in titles]
    top, bottoms = 0.68, np.cumsum(heights)
    limits = _limits_of_axis(rows)
    legend = _forest_legend(question, any(_beyond(row, limits) for row in rows))
    sheet = Sheet("The answer for every problem", top + bottoms[-1] + 0.62, legend, 1)
    sheet.text(0.12, 0.08, f"Is {method} faster than {against}?", fontsize=LETTERS_SIZE)
    words = "answer, ratio;\nfaster in (protocols)"
    sheet.text(FOREST_LEFT + FOREST_WIDTH + 0.12, top - 0.36, words, color=MUTED)
    axes = sheet.axes(FOREST_LEFT, top, FOREST_WIDTH, float(bottoms[-1]))
    axes.set(ylim=(bottoms[-1], 0.0), yticks=[])
    logarithmic(axes, "x", *limits, most=4)
    axes.xaxis.set_major_formatter(lambda value, _: number(value))
    axes.grid(visible=True, axis="x")
    axes.axvspan(1.0 / (1.0 + question["margin"]), 1.0 + question["margin"], color=MUTED,
                 alpha=0.16, linewidth=0)  # fmt: skip
    axes.axvline(1.0, color=INK, linewidth=1.0)
    axes.set_xlabel(f"time of {method} ÷ time of {against}")
    sheet.text(FOREST_LEFT, top - 0.2, "← faster", color=MUTED)
    sheet.text(FOREST_LEFT + FOREST_WIDTH, top - 0.2, "slower →", color=MUTED, ha="right")
    for row, title, height, bottom in zip(rows, titles, heights, bottoms, strict=True):
        middle = bottom - height / 2.0
        sheet.text(0.12, top + middle, title, va="center")
        _draw_row(axes, row, middle, method_colour(question["method"]))
        _tell_row(axes, row, middle)
        if bottom < bottoms[-1]:
            axes.axhline(bottom, color=MUTED, linewidth=0.4)
    return sheet.figure


def _limits_of_axis(rows: Sequence[ForestRow]) -> tuple[float, float]:
    """Return the ends of the axis: around all ratios but 0, infinite and extreme ones."""
    ends = np.array([[*row[1:4], *row[5:8]] for row in rows]).ravel()
    finite = ends[np.isfinite(ends) & (ends > 0.0)].clip(1.0 / LARGEST_SHOWN, LARGEST_SHOWN)
    return 0.7 * finite.min(initial=0.5), 1.4 * finite.max(initial=2.0)


def _beyond(row: ForestRow, limits: tuple[float, float]) -> bool:
    """Tell whether an end of a row lies beyond the axis, where it is an arrow."""
    lowest, highest = limits
    ends = [row.ratio, row.low, row.high]
    ends += [row.multiverse_low, row.multiverse_high] if row.decided else []
    return any(end < lowest or end > highest for end in ends)


def _draw_row(axes: Axes, row: ForestRow, middle: float, colour: str) -> None:
    left, right = axes.get_xlim()
    bar = np.clip([row.multiverse_low, row.multiverse_high], left, right)
    if row.decided:
        axes.plot(bar, [middle] * 2, color=MUTED, alpha=0.35, linewidth=11, label="multiverse",
                  solid_capstyle="butt")  # fmt: skip
        median = np.clip(row.multiverse_median, left, right)
        axes.plot(median, middle, marker="|", markersize=11, markeredgewidth=1.6, color=INK,
                  linestyle="none", label="median")  # fmt: skip
        _arrows(axes, row.multiverse_low, row.multiverse_high, middle, MUTED)
    if np.isnan(row.ratio):
        return
    if not np.isnan(row.low):
        interval = np.clip([row.low, row.high], left, right)
        axes.plot(interval, [middle] * 2, color=colour, linewidth=2.0, label="interval", zorder=4)
        _arrows(axes, row.low, row.high, middle, colour)
    if left <= row.ratio <= right:
        face = PAPER if np.isnan(row.low) else colour
        axes.plot(row.ratio, middle, marker="o", markersize=7, color=colour, markerfacecolor=face,
                  markeredgewidth=1.4, linestyle="none", label="ratio", zorder=5)  # fmt: skip
    else:
        _arrows(axes, row.ratio, row.ratio, middle, colour)


def _arrows(axes: Axes, low: float, high: float, middle: float, colour: str) -> None:
    """Mark ends that lie beyond the axis."""
    left, right = axes.get_xlim()
    for place, marker, is_beyond in ((left, "<", low < left), (right, ">", high > right)):
        if is_beyond:
            axes.plot(place, middle, marker=marker, markersize=8, color=colour, zorder=6,
                      linestyle="none", clip_on=False, label="beyond")  # fmt: skip


def _tell_row(axes: Axes, row: ForestRow, middle: float) -> None:
    """Write the answer beside a row, and in what share of the protocols it is faster."""
    if not row.verdict:
        words = "not swept here"
    elif np.isnan(row.ratio):
        words = "neither reaches"
    else:
        words = f"{row.verdict}, {number(row.ratio, 2)}"
    if row.decided:
        words += f"\n{share(row.share)} of {number(row.decided)}"
    axes.annotate(words, (1.0, middle), (9, 0), xycoords=("axes fraction", "data"),
                  textcoords="offset points", va="center", fontsize=SMALL, linespacing=1.25,
                  annotation_clip=False)  # fmt: skip


def _forest_legend(question: Mapping, has_arrows: bool) -> list:
    colour = method_colour(question["method"])
    mark: dict[str, Any] = {"marker": "o", "markersize": 7, "color": colour, "linewidth": 2.0}
    bar: dict[str, Any] = {"marker": "|", "markersize": 11, "markeredgewidth": 1.6}
    words = "headline’s protocol, fresh starts, 95 % interval (hollow: none)"
    arrow = "end beyond the axis: 0 or ∞ where only one of the two reaches"
    return [
        Line2D([], [], label=words, **mark),
        Patch(facecolor=MUTED, alpha=0.35, label="5 % to 95 % of all protocols that decide"),
        Line2D([], [], color=INK, linestyle="none", label="their median", **bar),
        Patch(facecolor=MUTED, alpha=0.16, label=f"equal within {share(question['margin'])}"),
        *[Line2D([], [], color=MUTED, marker="<", markersize=8, linestyle="none", label=arrow)]
        * has_arrows,
    ]
