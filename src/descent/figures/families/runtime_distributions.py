"""The figure of how soon and how surely targets are reached."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from pandas import DataFrame

from descent.core.problem import Problem
from descent.figures.evaluation_times import times_by_method
from descent.figures.layout import LETTERS_SIZE, SMALL, Sheet, styled
from descent.figures.palette import method_colour, method_line
from descent.figures.scales import label_ends, logarithmic, spread
from descent.statistics.profiles import runtime_distribution
from descent.words.names import method_title
from descent.words.numbers import counted, number

MOST_STEPS = 400  # of a distribution that are drawn


def labelled_height(labels: int) -> float:
    """Return the height of axes, in inches, that so many labels fit beside."""
    return max(2.2, 0.16 * labels)


@styled
def draw_runtime_distributions(problem: Problem, tables: Mapping[str, DataFrame]) -> Figure:
    """Draw the share of fresh starts from which targets are reached within so many iterations.

    From `evaluation` and `selected`, a line per method's best of all settings, in two panels: of
    the headline's target, and of all pairs of start and target.
    """
    sweep = problem.sweep
    targets, headline = sweep["multiverse"]["targets"], sweep["headline"]
    times = {target: times_by_method(problem, tables, target) for target in targets}
    panels = {f"target {number(headline['target'])}": [times[headline["target"]]]}
    if len(targets) > 1:
        panels[f"pairs with all {len(targets)} targets"] = list(times.values())
    starts, methods = times[headline["target"]].shape
    height = labelled_height(methods)
    title = f"Targets reached within so many iterations: {problem.title}"
    sheet = Sheet(title, 0.55 + height + 0.45)
    hold = headline["hold"]
    goal = f"holds for {counted(hold, 'iteration')}" if hold > 1 else "is reached"
    words = f"Share of {counted(starts, problem.start_word)} from which the target {goal}"
    sheet.text(0.12, 0.05, words, fontsize=LETTERS_SIZE)
    limits = _iteration_limits(list(times.values()), sweep["iterations"])
    width = (3.98 - 0.26 * (len(panels) - 1)) / len(panels)
    for k, (words, own) in enumerate(panels.items()):
        axes = sheet.axes(0.55 + k * (width + 0.26), 0.55, width, height)
        logarithmic(axes, "x", *limits, most=4)
        axes.set_ylim(-0.02, 1.02)
        axes.grid(visible=True)
        ends = [_draw_distribution(axes, own, method) for method in own[0]]
        axes.set_title(words, fontsize=SMALL, pad=6)
        axes.set_xlabel("iterations", labelpad=1)
        axes.tick_params(labelleft=k == 0)
    label_ends(axes, ends)
    return sheet.figure


def _iteration_limits(times: Sequence[DataFrame], budget: int) -> tuple[float, float]:
    """Return the decade in which a target is first reached, but two at least, up to the budget."""
    first = min(table.to_numpy().min() for table in times)
    low = 10.0 ** np.floor(np.log10(max(min(first, budget / 100.0), 1.0)))
    return low, max(float(budget), 10.0)


def _draw_distribution(
    axes: Axes, times: Sequence[DataFrame], method: str
) -> tuple[float, float, str, str]:
    """Draw a method's line to the end of the budget; return its end with its label."""
    steps = runtime_distribution(np.stack([table[method] for table in times]))
    chosen = spread(len(steps.at), MOST_STEPS)
    (low, last), share = axes.get_xlim(), float(steps.share[-1])
    x = np.append(np.maximum(steps.at[chosen], low), last)
    y = np.append(steps.share[chosen], share)
    axes.plot(x, y, drawstyle="steps-post", label="share", **method_line(method))
    return last, share, method_title(method), method_colour(method)
