"""The figure of the Rosenbrock function, and its level lines for others."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure

from descent.core.objectives import rosenbrock, rosenbrock_gradient
from descent.figures.style import (
    CONTOUR,
    DIVERGING,
    INK,
    PAPER,
    SEQUENTIAL,
    SMALL,
    Sheet,
    level_bar,
    number,
    pick,
    power_of_ten,
    styled,
)

NOTEBOOK_WINDOW = ((-1.5, 1.5), (-1.0, 2.0))
MOST_LEVELS = len(SEQUENTIAL) - 1
MINIMUM: dict[str, Any] = {
    "marker": "*",
    "color": INK,
    "markeredgecolor": PAPER,
    "markeredgewidth": 0.7,
}
Window = tuple[tuple[float, float], tuple[float, float]]


@styled
def rosenbrock_contours(a: float, b: float) -> Figure:
    """Draw the function's level lines, and below them both partial derivatives.

    Parameters
    ----------
    a, b : float
        Its parameters.

    Returns
    -------
    Figure
        On the notebook's window, widened where needed so that the minimum is inside.
    """
    window = window_around(a)
    sheet = Sheet("The Rosenbrock function and its partial derivatives", 8.25)
    axes = sheet.axes(0.75, 0.35, 5.05, 3.3)
    levels = logarithmic_levels(largest_value(window, a, b))
    colours = draw_valley(axes, window, a, b, levels)
    axes.plot(a, a * a, markersize=15, linestyle="none", **MINIMUM)
    text = f"minimum ({number(a)}, {number(a * a)})"
    leftwards = a > sum(window[0]) / 2
    axes.annotate(
        text, (a, a * a), xytext=(-10 if leftwards else 10, 8), textcoords="offset points",
        ha="right" if leftwards else "left", fontsize=SMALL,
        bbox={"facecolor": PAPER, "edgecolor": "none", "alpha": 0.75, "pad": 1.5},
    )  # fmt: skip
    axes.set_title(f"f(x₁, x₂) = (a − x₁)² + b (x₂ − x₁²)²   with a = {number(a)}, b = {number(b)}")
    axes.set(xlabel="x₁", ylabel="x₂")
    level_bar(sheet.axes(0.75, 4.25, 5.05, 0.14), colours, level_labels(levels), "f")
    _draw_partials(sheet, 5.3, window, a, b)
    return sheet.figure


def window_around(a: float) -> Window:
    """Return the notebook's window, widened so that the minimum (a, a²) is well inside."""
    first, second = (
        (min(low, place - 0.2 * (high - place)), max(high, place + 0.2 * (place - low)))
        for (low, high), place in zip(NOTEBOOK_WINDOW, (a, a * a), strict=True)
    )
    return first, second


def logarithmic_levels(largest: float) -> np.ndarray:
    """Return levels from the largest value down to 0.1 or less, half or whole decades apart."""
    highest = np.floor(np.log10(largest))
    depth = max(4.0, highest + 1.0)
    step = max(0.5, np.ceil(2.0 * depth / (MOST_LEVELS - 1)) / 2.0)
    return 10.0 ** (highest - step * np.arange(int(depth / step) + 1)[::-1])


def level_set(
    level: float, window: Window, a: float, b: float, points: int = 121
) -> np.ndarray | None:
    """Return the border of {f ≤ level} in a window, exactly: x₂ = x₁² ± √((level − (a − x₁)²) / b).

    Parameters
    ----------
    level : float
        The level.
    window : tuple
        Limits of both coordinates; the border is cut off a little outside.
    a, b : float
        Parameters of the function.
    points : int
        Points of either half.

    Returns
    -------
    numpy.ndarray of shape (n, 2), or None
        A closed polygon; None if the set does not reach into the window.
    """
    (left, right), (low, high) = window
    margin_x, margin_y = 0.05 * (right - left), 0.05 * (high - low)
    radius = np.sqrt(level)
    first, last = max(left - margin_x, a - radius), min(right + margin_x, a + radius)
    if first >= last:
        return None
    # Dense at the ends, where the border turns.
    x = (first + last) / 2 - (last - first) / 2 * np.cos(np.linspace(0.0, np.pi, points))
    half = np.sqrt(np.maximum(level - (x - a) ** 2, 0.0) / b)
    upper, lower = np.stack([x, x * x + half], axis=1), np.stack([x, x * x - half], axis=1)
    polygon = np.concatenate([upper, lower[::-1]])
    polygon[:, 1] = np.clip(polygon[:, 1], low - margin_y, high + margin_y)
    return polygon


def draw_valley(
    axes: Axes, window: Window, a: float, b: float, levels: np.ndarray, points: int = 121
) -> Sequence[str]:
    """Fill the areas between levels, the valley lightest; return their colours, lowest first."""
    colours = pick(SEQUENTIAL, len(levels) + 1)
    sets = [
        (level_set(level, window, a, b, points), colour)
        for level, colour in zip(levels, colours, strict=False)
    ]
    drawn = [(polygon, colour) for polygon, colour in reversed(sets) if polygon is not None]
    axes.set_facecolor(colours[-1])
    axes.add_collection(
        PolyCollection(
            [polygon for polygon, _ in drawn],
            facecolors=[colour for _, colour in drawn],
            edgecolors=CONTOUR,
            linewidths=0.5,
            zorder=0,
        )
    )
    axes.set(xlim=window[0], ylim=window[1])
    return colours


def largest_value(window: Window, a: float, b: float) -> float:
    """Return the largest of the function's values at the corners of a window."""
    corners = np.array([[x, y] for x in window[0] for y in window[1]])
    return float(min(rosenbrock(corners, a, b).max(), 1e300))


def level_labels(levels: np.ndarray) -> list[str]:
    """Write those levels that are whole powers of ten."""
    exponents = np.log10(levels)
    return [power_of_ten(round(e)) if abs(e - round(e)) < 1e-9 else "" for e in exponents]


def _draw_partials(sheet: Sheet, top: float, window: Window, a: float, b: float) -> None:
    """Draw both partial derivatives with one scale: signed powers of ten."""
    x, y = np.meshgrid(*(np.linspace(*limits, 91) for limits in window))
    gradient = rosenbrock_gradient(np.stack([x, y], axis=-1), a, b)
    half = len(DIVERGING) // 2
    highest = np.floor(np.log10(np.abs(gradient).max()))
    positive = 10.0 ** (highest - np.arange(half)[::-1])
    levels = np.concatenate([-positive[::-1], positive])
    for k, left in enumerate((0.75, 3.55)):
        axes = sheet.axes(left, top, 2.25, 1.8)
        bounds = [-np.inf, *levels, np.inf]
        axes.contourf(x, y, gradient[..., k], levels=bounds, colors=DIVERGING)
        axes.contour(x, y, gradient[..., k], levels=[0.0], colors=INK, linewidths=0.9)
        axes.plot(a, a * a, markersize=9, linestyle="none", **MINIMUM)
        axes.set_title(f"∂f / ∂x{'₁₂'[k]}")
        axes.set(xlim=window[0], ylim=window[1], xlabel="x₁", ylabel="x₂")
        axes.locator_params(nbins=5)
    labels = [
        "−" + power_of_ten(round(np.log10(-v))) if v < 0 else power_of_ten(round(np.log10(v)))
        for v in levels
    ]
    bar = sheet.axes(0.75, top + 2.35, 5.05, 0.12)
    level_bar(bar, DIVERGING, labels, "partial derivative; the line is where it is 0")
