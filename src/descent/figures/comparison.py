"""The figures that compare tuned methods: how soon, how surely, at what price of tuning."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from descent.statistics.comparison import performance_profile, runtime_distribution
from descent.figures.heat_maps import (
    by_method,
    in_order,
    problem_words,
    problems_of,
    rows_where,
    taken,
    titled,
)
from descent.figures.style import (
    MUTED,
    SMALL,
    Sheet,
    in_words,
    label_ends,
    legend_height,
    lines_of,
    logarithmic,
    method_colour,
    method_line,
    spread,
    styled,
    wrap,
)

LEFT, WIDTH = 0.7, 3.75  # of axes with labels right of them, inches
LETTERS = "abcdefghijklmnopqrstuvwxyz"
NEAR = 0.08  # how near ends of grey lines share a label
MOST_STEPS = 600  # of a distribution that are drawn
NAMED_LINE: dict[str, Any] = {"color": MUTED, "linewidth": 1.0, "linestyle": "-"}


def times_of(values: np.ndarray) -> np.ndarray:
    """Return iterations to a target as numbers, infinite where they are null."""
    numbers = np.asarray(values, float)
    return np.where(np.isnan(numbers), np.inf, numbers)


def _panel_height(labels: int) -> float:
    """Return the height of axes that so many labels fit beside."""
    return max(2.2, 0.16 * labels)


# ── Runtime distributions ────────────────────────────────────────────────────────────────────


@styled
def runtime_distributions(trials: Mapping[str, np.ndarray]) -> Figure:
    """Draw the share of pairs of start and target that are met within so many iterations.

    Parameters
    ----------
    trials : Mapping
        Columns of `descent.tables.schemas.TRIALS`.

    Returns
    -------
    Figure
        Two panels per problem: until a target is first met, and until it is met to the end. A
        line per tuned method, thin and grey one per named run; each ends where its budget does.
        Lines are named at the right.
    """
    problems = problems_of(trials)
    named = in_order(trials["candidate"][rows_where(trials, kind="named")])
    marks = {name: LETTERS[i] if i < len(LETTERS) else str(i) for i, name in enumerate(named)}
    notes = [f"{mark}  {name}" for name, mark in marks.items()]
    most = len(in_order(trials["method"])) + min(len(named), 5)
    height = _panel_height(most)
    panel = 0.55 + height + 0.5
    key = 0.25 + 0.17 * -(-len(notes) // 2) if notes else 0.0
    sheet = Sheet(
        titled("Targets met within so many iterations", problems),
        len(problems) * panel + 0.05 + key,
    )
    top = 0.05
    for problem in problems:
        own = taken(trials, rows_where(trials, problem=problem))
        targets = len(np.unique(own["target"]))
        starts = len(np.unique(own["start"]))
        counted = f"{starts} start{'s' * (starts > 1)} × {targets} target{'s' * (targets > 1)}"
        sheet.text(0.12, top, f"{problem_words(problem)}: share of {counted}", fontsize=10)
        for k, (column, words) in enumerate(
            (("first", "first met"), ("settled", "met to the end"))
        ):
            axes = sheet.axes(0.55 + k * 2.12, top + 0.5, 1.86, height)
            _draw_distributions(axes, own, column, marks, labelled=k == 1)
            axes.set_title(words, fontsize=SMALL, pad=6)
            axes.set(xlabel="iterations")
            axes.xaxis.labelpad = 1
            axes.tick_params(labelleft=k == 0)
        top += panel
    if notes:
        sheet.text(0.12, top + 0.02, "Grey: the settings of the named runs")
        for i, note in enumerate(notes):
            sheet.text(0.2 + 2.95 * (i % 2), top + 0.22 + 0.17 * (i // 2), note)
    return sheet.figure


def _draw_distributions(
    axes: Axes,
    trials: Mapping[str, np.ndarray],
    column: str,
    marks: Mapping[str, str],
    labelled: bool,
) -> None:
    longest = max(int(trials["iterations"].max()), 10)
    logarithmic(axes, "x", 1.0, float(longest), most=4)
    axes.set_ylim(-0.02, 1.02)
    axes.grid(visible=True)
    ends: list[tuple[float, float, str, str]] = []
    tuned = by_method(trials["candidate"][rows_where(trials, kind="tuned")])
    for name in tuned:
        own = rows_where(trials, kind="tuned", candidate=name)
        method = str(trials["method"][own][0])
        end = _draw_steps(axes, trials, own, column, {**method_line(method), "zorder": 3})
        ends.append((*end, in_words(name), method_colour(method)))
    grey: list[tuple[float, float, str]] = []
    for name, mark in marks.items():
        own = rows_where(trials, kind="named", candidate=name)
        if own.any():
            end = _draw_steps(axes, trials, own, column, {**NAMED_LINE, "zorder": 2})
            grey.append((*end, mark))
    if labelled:
        label_ends(axes, ends + [(*end, MUTED) for end in _together(grey)])


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


def _draw_steps(
    axes: Axes, trials: Mapping[str, np.ndarray], rows: np.ndarray, column: str, style: dict
) -> tuple[float, float]:
    """Draw a distribution up to the last iteration that was done; return its end."""
    steps = runtime_distribution(times_of(trials[column][rows]))
    chosen = spread(len(steps.at), MOST_STEPS)
    last = max(float(trials["iterations"][rows].max()), 1.0)
    x = np.append(np.maximum(steps.at[chosen], 1.0), last)
    y = np.append(steps.share[chosen], steps.share[-1])
    axes.plot(x, y, drawstyle="steps-post", label=column, **style)
    dot: dict[str, Any] = {
        "markersize": 5 if style["zorder"] == 3 else 3.5,
        "zorder": 4,
        "clip_on": False,
    }
    axes.plot(last, y[-1], marker="o", linestyle="none", color=style["color"], label="end", **dot)
    return last, float(y[-1])


# ── Performance profile ──────────────────────────────────────────────────────────────────────


def costs_of(
    trials: Mapping[str, np.ndarray], target: float
) -> tuple[list[str], np.ndarray, list[str]]:
    """Return tuned methods, their iterations to a target (starts, methods), and their rules."""
    rows = rows_where(trials, kind="tuned") & (trials["target"] == target)
    names = by_method(trials["candidate"][rows])
    starts = np.unique(trials["start"][rows])
    costs = np.full((len(starts), len(names)), np.inf)
    methods = []
    for i, name in enumerate(names):
        own = rows & rows_where(trials, candidate=name)
        costs[np.searchsorted(starts, trials["start"][own]), i] = times_of(trials["first"][own])
        methods.append(str(trials["method"][own][0]))
    return names, costs, methods


@styled
def performance_profiles(trials: Mapping[str, np.ndarray], target: float) -> Figure:
    """Draw on what share of the starts each tuned method is within a factor of the quickest.

    Parameters
    ----------
    trials : Mapping
        Columns of `descent.tables.schemas.TRIALS`.
    target : float
        The study's target, one of those in the table.

    Returns
    -------
    Figure
        A panel per problem with the profiles of Dolan and Moré (2002) of iterations to the first
        hit.
    """
    problems = problems_of(trials)
    height = _panel_height(len(in_order(trials["method"])))
    title = titled("Performance profiles of the tuned methods", problems)
    sheet = Sheet(title, len(problems) * (height + 1.05))
    for k, problem in enumerate(problems):
        own = taken(trials, rows_where(trials, problem=problem))
        names, costs, methods = costs_of(own, target)
        steps = performance_profile(costs)
        top = k * (height + 1.05) + 0.5
        axes = sheet.axes(LEFT, top, WIDTH, height)
        last = max(2.0, 1.1 * float(steps.at[-1]))
        logarithmic(axes, "x", 1.0, last)
        axes.set_ylim(-0.02, 1.02)
        axes.grid(visible=True)
        chosen = spread(len(steps.at), MOST_STEPS)
        for share, method in zip(steps.share.T, methods, strict=True):
            line = np.append(share[chosen], share[-1])
            axes.plot(np.append(steps.at[chosen], last), line, drawstyle="steps-post",
                      label="profile", **method_line(method))  # fmt: skip
        label_ends(
            axes,
            [(last, float(share[-1]), in_words(name), method_colour(method))
             for name, share, method in zip(names, steps.share.T, methods, strict=True)],
        )  # fmt: skip
        starts = f"{len(costs)} start{'s' * (len(costs) != 1)}"
        told = (
            f"{problem_words(problem)}: share of {starts} on which it needs\n"
            "at most so many times the iterations of the quickest"
        )
        axes.set_title(told, fontsize=SMALL, pad=8)
        axes.set_xlabel("times the iterations of the quickest on the same start", labelpad=1)
    return sheet.figure


# ── Best of k ────────────────────────────────────────────────────────────────────────────────


@styled
def tuning_budgets(budgets: Mapping[str, np.ndarray]) -> Figure:
    """Draw what a method costs that is tuned by so many random settings.

    Parameters
    ----------
    budgets : Mapping
        Columns of `descent.tables.schemas.BUDGETS`.

    Returns
    -------
    Figure
        A panel per problem: median and quartiles of the expected running time on the held-out
        starts. A line begins where half of the draws find a setting that reaches the target.
    """
    problems = problems_of(budgets)
    quartiles = np.stack(
        [budgets[name] for name in ("lower_quartile", "median", "upper_quartile")]
    ).astype(float)
    finite = np.maximum(quartiles[np.isfinite(quartiles)], 1.0)
    low, high = (0.8 * finite.min(), 1.25 * finite.max()) if finite.size else (1.0, 10.0)
    height = max(2.8, _panel_height(len(in_order(budgets["method"]))))
    silent = {
        problem: [
            in_words(method)
            for method in by_method(budgets["method"])
            if (own := rows_where(budgets, problem=problem, method=method)).any()
            and not np.isfinite(quartiles[1, own]).any()
        ]
        for problem in problems
    }
    notes = {
        problem: wrap(f"Never in half of the draws: {', '.join(names)}", 5.6) if names else ""
        for problem, names in silent.items()
    }
    room = {problem: 0.16 * lines_of([note]) + 0.05 if note else 0.0
            for problem, note in notes.items()}  # fmt: skip
    legend = legend_height(2, 2) + 0.1
    sheet = Sheet(
        titled("Expected running time by number of settings tried", problems),
        len(problems) * (height + 1.05) + sum(room.values()) + legend,
    )
    top = 0.5
    for problem in problems:
        axes = sheet.axes(LEFT, top, WIDTH, height)
        own = rows_where(budgets, problem=problem)
        logarithmic(axes, "x", 1.0, max(2.0, float(budgets["trials"][own].max())))
        logarithmic(axes, "y", low, high)
        axes.grid(visible=True)
        ends = []
        for method in by_method(budgets["method"][own]):
            rows = np.flatnonzero(own & rows_where(budgets, method=method))
            rows = rows[np.argsort(budgets["trials"][rows], kind="stable")]
            end = _draw_budget(axes, budgets["trials"][rows], quartiles[:, rows], method, high)
            if end is not None:
                ends.append((*end, in_words(method), method_colour(method)))
        label_ends(axes, ends)
        if not ends:
            axes.text(0.5, 0.5, "no method reaches the target\nin half of the draws", ha="center",
                      va="center", transform=axes.transAxes, fontsize=SMALL)  # fmt: skip
        axes.set_title(f"{problem_words(problem)}: expected running time, iterations,\n"
                       "of the best of so many random settings", fontsize=SMALL, pad=8)  # fmt: skip
        axes.set_xlabel("settings tried", labelpad=1)
        sheet.text(0.12, top + height + 0.42, notes[problem], color=MUTED)
        top += height + 1.05 + room[problem]
    handles = [
        Line2D([], [], color=MUTED, linewidth=1.8, label="median over the draws"),
        Patch(facecolor=MUTED, alpha=0.25, label="middle half of the draws"),
    ]
    sheet.legend(top - 0.45, handles, 2, left=0.3)
    return sheet.figure


def _draw_budget(
    axes: Axes, trials: np.ndarray, quartiles: np.ndarray, method: str, highest: float
) -> tuple[float, float] | None:
    """Draw a method's median and quartiles; return the end of its line, if it has one."""
    low, middle, high = np.maximum(quartiles, 1.0)
    known = np.isfinite(middle)
    if not known.any():
        return None
    top = np.where(np.isfinite(high), high, highest)
    axes.fill_between(trials, np.where(known, low, 1.0), top, where=known,
                      color=method_colour(method), alpha=0.09, linewidth=0)  # fmt: skip
    axes.plot(trials, np.where(known, middle, np.nan), label="median", zorder=3,
              **method_line(method, 2.0))  # fmt: skip
    last = int(np.flatnonzero(known)[-1])
    end = float(trials[last]), float(middle[last])
    axes.plot(*end, marker="o", markersize=5, color=method_colour(method), linestyle="none",
              zorder=4, clip_on=False, label="end")  # fmt: skip
    return end
