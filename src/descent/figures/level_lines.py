"""Level lines of an objective in the plane, evenly spaced in the logarithm of f − minimum."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.lines import Line2D

from descent.core.objective import Objective
from descent.core.objectives import OBJECTIVES
from descent.figures.layout import Sheet
from descent.figures.palette import CONTOUR, INK, MUTED, PAPER, SEQUENTIAL, pick
from descent.figures.scales import level_bar
from descent.words.numbers import power_of_ten

MOST_LEVELS = len(SEQUENTIAL) - 1
GRID_POINTS = 201  # along a side, where level sets are not known exactly
BORDER_POINTS = 81  # of either half of a level set
HIGHEST_VALUE = 1e300
MINIMUM_MARK: dict[str, Any] = {
    "marker": "*",
    "color": INK,
    "linestyle": "none",
    "markeredgecolor": PAPER,
    "markeredgewidth": 0.7,
    "zorder": 7,
}
START_MARK: dict[str, Any] = {
    "marker": "o",
    "linestyle": "none",
    "markerfacecolor": PAPER,
    "markeredgewidth": 1.6,
}
Window = tuple[tuple[float, float], tuple[float, float]]
"""Limits of both coordinates."""


class LevelLines:
    """Level lines of an objective, at the same levels in all windows.

    Parameters
    ----------
    objective : Objective
        A registered one, in the plane. Level lines are exact where its record knows its level
        sets, else contours of its values on a grid; the minimum is marked where it is known.
    windows : sequence of tuple
        What is to be drawn: levels reach from the highest values down into the valley.
    """

    def __init__(self, objective: Objective, windows: Sequence[Window]) -> None:
        assert objective.kernel is not None
        self.objective, self.data = objective, objective.kernel.data
        self.record = OBJECTIVES[objective.kernel.name]
        self.minimiser = minimiser_of(objective)
        corners = [self.heights(np.meshgrid(*window)).max() for window in windows]
        largest = min(max(corners), 1e6 * float(np.median(corners)))
        self.levels = logarithmic_levels(largest or 1.0)  # it may be flat
        self.colours = pick(SEQUENTIAL, len(self.levels) + 1)

    def heights(self, points: Sequence[np.ndarray]) -> np.ndarray:
        """Return how high above the minimum the objective is at points (2, …)."""
        with np.errstate(over="ignore", invalid="ignore"):
            values, _ = self.objective.evaluate(np.array(points, float))
        return np.nan_to_num(values - self.objective.minimum, nan=np.inf).clip(max=HIGHEST_VALUE)

    def draw(self, axes: Axes, window: Window, mark: float) -> None:
        """Fill a window with colours, the valley lightest; the mark of the minimum has a size."""
        axes.set(xlim=window[0], ylim=window[1], facecolor=self.colours[-1])
        line: dict[str, Any] = {"linewidths": 0.5, "zorder": 0}
        if self.record.level_set is not None:
            borders = [self.border(level, window) for level in self.levels]
            known = [i for i, border in enumerate(borders) if len(border)][::-1]
            colours = [self.colours[i] for i in known]
            polygons = PolyCollection(
                [borders[i] for i in known], facecolors=colours, edgecolors=CONTOUR, **line
            )
            axes.add_collection(polygons)
        else:
            first, second = (np.linspace(*limits, GRID_POINTS) for limits in window)
            heights = self.heights(np.meshgrid(first, second)).clip(1e-3 * self.levels[0])
            grid, levels = (first, second, np.log10(heights)), np.log10(self.levels)
            axes.contourf(*grid, [-np.inf, *levels, np.inf], colors=self.colours, zorder=0)
            axes.contour(*grid, levels, colors=CONTOUR, linestyles="solid", **line)
        if self.minimiser is not None:
            axes.plot(*self.minimiser, markersize=mark, **MINIMUM_MARK)

    def border(self, level: float, window: Window) -> np.ndarray:
        """Return the border of {f ≤ level}, cut off a little outside of a window.

        It is a closed polygon (n, 2), exact but for its ends; empty where the set lies elsewhere.
        """
        level_set = self.record.level_set
        assert level_set is not None
        margin = 0.05 * np.ptp(window, axis=1)
        (left, right), (low, high) = window + np.outer(margin, [-1.0, 1.0])
        x = np.linspace(left, right, 4001)
        if self.minimiser is not None:
            x = np.unique(np.append(x, self.minimiser[0].clip(left, right)))
        x = x[np.isfinite(level_set(level, x, *self.data)[0])]
        if not len(x):
            return np.empty((0, 2))
        # Dense at the ends, where the border turns.
        share = (1.0 - np.cos(np.linspace(0.0, np.pi, BORDER_POINTS))) / 2.0
        x = x[np.unique((share * (len(x) - 1)).round().astype(int))]
        lower, upper = level_set(level, x, *self.data)
        y = np.append(upper, lower[::-1]).clip(low, high)
        return np.column_stack([np.append(x, x[::-1]), y])

    def draw_bar(self, sheet: Sheet, left: float, top: float, words: str = "") -> None:
        """Draw the scale of levels; those that are whole powers of ten are written."""
        exponents = np.log10(self.levels)
        labels = [power_of_ten(round(e)) if abs(e - round(e)) < 1e-9 else "" for e in exponents]
        height = "f" if self.objective.minimum == 0.0 else "f above its minimum"
        axes = sheet.axes(left, top, 5.85 - left, 0.13)
        level_bar(axes, self.colours, labels, height + words)

    def legend(self, end: str) -> list[Line2D]:
        """Explain the marks of paths."""
        mark: dict[str, Any] = {"color": MUTED, "markersize": 7}
        handles = [
            Line2D([], [], label="start", **mark, **START_MARK),
            Line2D([], [], label=end, marker="s", linestyle="none", **mark),
            Line2D([], [], label="minimum", markersize=11, **MINIMUM_MARK),
        ]
        return handles if self.minimiser is not None else handles[:2]


def minimiser_of(objective: Objective) -> np.ndarray | None:
    """Return where in the plane a registered objective's minimum is, if its record knows."""
    assert objective.kernel is not None
    minimiser = OBJECTIVES[objective.kernel.name].minimiser
    return minimiser(2, *objective.kernel.data) if minimiser is not None else None


def square_around(middle: np.ndarray, half: float) -> Window:
    """Return a square window."""
    (left, low), (right, high) = (middle - half).tolist(), (middle + half).tolist()
    return (left, right), (low, high)


def logarithmic_levels(largest: float) -> np.ndarray:
    """Return levels from the largest value down to 0.1 or less, half or whole decades apart."""
    highest = np.floor(np.log10(largest))
    depth = max(4.0, highest + 1.0)
    step = max(0.5, np.ceil(2.0 * depth / (MOST_LEVELS - 1)) / 2.0)
    return 10.0 ** (highest - step * np.arange(int(depth / step) + 1)[::-1])
