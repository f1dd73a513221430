"""The figure of the Rosenbrock function and its partial derivatives."""

import numpy as np
from matplotlib.figure import Figure

from descent.core.objective import Objective
from descent.core.objectives import OBJECTIVES
from descent.figures.layout import LETTERS_SIZE, SMALL, Sheet, lines_of, styled, text_width, wrap
from descent.figures.level_lines import MINIMUM_MARK, LevelLines, Window
from descent.figures.palette import DIVERGING, INK, PAPER
from descent.figures.scales import level_bar
from descent.words.numbers import number, power_of_ten, subscript

NOTEBOOK_WINDOW = ((-1.5, 1.5), (-1.0, 2.0))


@styled
def draw_rosenbrock_contours(a: float, b: float) -> Figure:
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
    window, objective = window_around(a), OBJECTIVES["rosenbrock"].build(a=a, b=b)
    formula, values = "f(x₁, x₂) = (a − x₁)² + b (x₂ − x₁²)²", f"a = {number(a)}, b = {number(b)}"
    heading = f"{formula}   with {values}"
    if text_width(heading, LETTERS_SIZE) > 5.2:
        heading = f"{formula}\nwith {values}"
    top = 0.18 + 0.17 * lines_of([heading])
    sheet = Sheet("The Rosenbrock function and its partial derivatives", top + 7.9)
    axes = sheet.axes(0.75, top, 5.05, 3.3)
    lines = LevelLines(objective, [window])
    lines.draw(axes, window, 15)
    leftwards = a > sum(window[0]) / 2
    axes.annotate(
        wrap(f"minimum ({number(a)}, {number(a * a)})", 2.3), (a, a * a),
        xytext=(-10 if leftwards else 10, 8), textcoords="offset points",
        ha="right" if leftwards else "left", fontsize=SMALL,
        bbox={"facecolor": PAPER, "edgecolor": "none", "alpha": 0.75, "pad": 1.5},
    )  # fmt: skip
    axes.set_title(heading)
    axes.set(xlabel="x₁", ylabel="x₂")
    lines.draw_bar(sheet, 0.75, top + 3.9)
    _draw_partials(sheet, top + 4.95, window, objective, a)
    return sheet.figure


def window_around(a: float) -> Window:
    """Return the notebook's window, widened so that the minimum (a, a²) is well inside."""
    first, second = (
        (min(low, place - 0.2 * (high - place)), max(high, place + 0.2 * (place - low)))
        for (low, high), place in zip(NOTEBOOK_WINDOW, (a, a * a), strict=True)
    )
    return first, second


def _draw_partials(
    sheet: Sheet, top: float, window: Window, objective: Objective, a: float
) -> None:
    """Draw both partial derivatives with one scale: signed powers of ten."""
    x, y = np.meshgrid(*(np.linspace(*limits, 91) for limits in window))
    _, gradient = objective.evaluate(np.stack([x, y]))
    highest = np.floor(np.log10(np.abs(gradient).max()))
    exponents = highest - np.arange(len(DIVERGING) // 2)[::-1]
    levels = [*-(10.0 ** exponents[::-1]), *10.0**exponents]
    for k, left in enumerate((0.75, 3.55)):
        axes = sheet.axes(left, top, 2.25, 1.8)
        axes.contourf(x, y, gradient[k], levels=[-np.inf, *levels, np.inf], colors=DIVERGING)
        axes.contour(x, y, gradient[k], levels=[0.0], colors=INK, linewidths=0.9)
        axes.plot(a, a * a, markersize=9, **MINIMUM_MARK)
        axes.set_title(f"∂f / ∂x{subscript(k + 1)}")
        axes.set(xlim=window[0], ylim=window[1], xlabel="x₁", ylabel="x₂")
        axes.locator_params(nbins=5)
    positive = [power_of_ten(round(exponent)) for exponent in exponents]
    labels = [*(f"−{label}" for label in positive[::-1]), *positive]
    bar = sheet.axes(0.75, top + 2.35, 5.05, 0.12)
    level_bar(bar, DIVERGING, labels, "partial derivative; the line is where it is 0")
