"""The figure of how near each method is to the quickest one on the same start."""

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure
from pandas import DataFrame

from descent.core.problem import Problem
from descent.figures.evaluation_times import times_by_method
from descent.figures.families.runtime_distributions import MOST_STEPS, labelled_height
from descent.figures.layout import SMALL, Sheet, styled
from descent.figures.palette import method_colour, method_line
from descent.figures.scales import label_ends, logarithmic, spread
from descent.statistics.profiles import performance_profiles
from descent.words.names import method_title
from descent.words.numbers import counted


@styled
def draw_performance_profile(problem: Problem, tables: Mapping[str, DataFrame]) -> Figure:
    """Draw on what share of the starts each method is within a factor of the quickest.

    From `evaluation` and `selected`: the profiles of Dolan and Moré (2002) of the best of all
    settings' hitting times of the headline's target.
    """
    times = times_by_method(problem, tables, problem.sweep["headline"]["target"])
    steps = performance_profiles(times.to_numpy())
    height = labelled_height(times.shape[1])
    sheet = Sheet(f"Performance profile of the selected settings: {problem.title}", height + 1.05)
    axes = sheet.axes(0.7, 0.5, 3.75, height)
    last = max(2.0, 1.1 * float(steps.at[-1]))
    logarithmic(axes, "x", 1.0, last)
    axes.set_ylim(-0.02, 1.02)
    axes.grid(visible=True)
    chosen = spread(len(steps.at), MOST_STEPS)
    ends = []
    for method, share in zip(times, steps.share.T, strict=True):
        line = np.append(share[chosen], share[-1])
        axes.plot(np.append(steps.at[chosen], last), line, drawstyle="steps-post",
                  label="profile", **method_line(method))  # fmt: skip
        ends.append((last, float(share[-1]), method_title(method), method_colour(method)))
    label_ends(axes, ends)
    heading = f"Share of {counted(len(times), problem.start_word)} on which it needs\n"
    heading += "at most so many times the iterations of the quickest"
    axes.set_title(heading, fontsize=SMALL, pad=8)
    unit = f"times the iterations of the quickest on the same {problem.start_word}"
    axes.set_xlabel(unit, labelpad=1)
    return sheet.figure
