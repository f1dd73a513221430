"""The figure of how sensitive each tuned method is to its learning rate."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from descent.figures.heat_maps import (
    HELD_OUT,
    RUNNING_TIME,
    TUNED,
    by_method,
    in_order,
    problem_words,
    problems_of,
    rows_where,
    taken,
    titled,
    varying,
)
from descent.core.parameters import PARAMETERS
from descent.figures.style import (
    INK,
    MUTED,
    SMALL,
    Sheet,
    in_words,
    legend_height,
    logarithmic,
    method_colour,
    number,
    styled,
)

ACCURACY: dict[str, Any] = {
    "color": INK, "linewidth": 1.1, "linestyle": (0, (1.2, 1.4)), "label": "accuracy"
}  # fmt: skip


class Sensitivity(NamedTuple):
    """A method over its learning rates, all else as tuned; infinite where it is not reached."""

    problem: str
    method: str
    setting: str
    """What is fixed, in words."""
    rates: np.ndarray
    quartiles: np.ndarray
    """Shape (3, rates)."""
    times: np.ndarray
    """Charged running times."""
    success: np.ndarray
    """Success rate with its interval's ends, shape (3, rates)."""
    accuracy: np.ndarray
    """Of networks on held-out samples; NaN where no network is trained."""
    tuned: float
    """Learning rate that was chosen."""


def sensitivities(
    settings: Mapping[str, np.ndarray], choices: Mapping[str, np.ndarray]
) -> list[Sensitivity]:
    """Pick from `descent.tables.schemas.SETTINGS` what differs from each choice by the rate alone."""
    found = []
    for problem, method, i in chosen(choices):
        rows = rows_where(settings, problem=problem, method=method, part=HELD_OUT)
        fixed = varying(taken(settings, rows))
        for name in fixed:
            rows &= settings[name] == choices[name][i]
        own = taken(settings, rows)
        own = taken(own, np.argsort(own["learning_rate"], kind="stable"))
        words = [f"{PARAMETERS[name].symbol} = {number(choices[name][i])}" for name in fixed]
        found.append(
            Sensitivity(
                problem,
                method,
                ", ".join(words),
                own["learning_rate"],
                _or_never(own["lower_quartile"], own["median"], own["upper_quartile"]),
                _or_never(own[RUNNING_TIME])[0],
                np.stack([own["success_low"], own["success_rate"], own["success_high"]]),
                own["test_accuracy"],
                float(choices["learning_rate"][i]),
            )
        )
    return found


def chosen(choices: Mapping[str, np.ndarray]) -> list[tuple[str, str, int]]:
    """Return problem, method and row of each choice, methods in the order of their registry."""
    return [
        (problem, method, int(i))
        for problem in problems_of(choices)
        for method in by_method(choices["method"])
        for i in np.flatnonzero(rows_where(choices, problem=problem, method=method))
    ]


def _or_never(*columns: np.ndarray) -> np.ndarray:
    """Return columns one over the other, infinite where they are null."""
    stacked = np.stack(columns).astype(float)
    return np.where(np.isnan(stacked), np.inf, stacked)


@styled
def rate_sensitivity(
    settings: Mapping[str, np.ndarray], choices: Mapping[str, np.ndarray]
) -> Figure:
    """Draw how long each method needs over the learning rate, its other parameters as tuned.

    Parameters
    ----------
    settings, choices : Mapping
        Columns of `descent.tables.schemas.SETTINGS` and `CHOICES`.

    Returns
    -------
    Figure
        A panel per method and problem: median and quartiles of the iterations to the target on
        the held-out starts, with gaps where fewer than half reach it, and the charged running
        time; below it the success rate with its interval and, of networks, the accuracy on
        held-out samples. All panels share their scales.
    """
    found = sensitivities(settings, choices)
    problems = in_order(one.problem for one in found)
    limits = _limits(found)
    edges = {
        problem: (min(rates) / 1.05, max(rates) * 1.05)
        for problem in problems
        if (rates := np.concatenate([one.rates for one in found if one.problem == problem])).size
    }
    across = 2 if len(problems) == 1 else 3
    gap = 0.5 if across == 2 else 0.3
    width = (5.85 - 0.72 - gap * (across - 1)) / across
    height, strip, heading = (1.15 if len(problems) == 1 else 0.8), 0.32, 0.38
    row = heading + height + 0.07 + strip + 0.2
    handles = _sensitivity_legend(any(np.isfinite(one.accuracy).any() for one in found))
    groups = [[one for one in found if one.problem == problem] for problem in problems]
    named = 0.2 if len(problems) > 1 else 0.0
    depth = sum(named + 0.2 + row * -(-len(group) // across) for group in groups)
    sheet = Sheet(
        titled("Iterations to the target over the learning rate", problems),
        depth + legend_height(len(handles), 2) + 0.15,
    )
    top = 0.0
    for group in groups:
        if named:
            sheet.text(0.12, top + 0.05, problem_words(group[0].problem), fontsize=10)
            top += named
        for i, one in enumerate(group):
            x, y = 0.72 + i % across * (width + gap), top + i // across * row + heading
            axes = sheet.axes(x, y, width, height)
            below = sheet.axes(x, y + height + 0.07, width, strip)
            _draw_sensitivity(axes, one, group, limits, edges[one.problem])
            _draw_success(below, one, edges[one.problem])
            if i % across == 0:
                axes.set_ylabel("iterations", labelpad=2)
                below.set_ylabel("success", labelpad=15, fontsize=8)
            elif across > 2:
                axes.tick_params(labelleft=False)
                below.tick_params(labelleft=False)
            if i >= len(group) - across:
                below.set_xlabel("learning rate η", labelpad=1)
        top += 0.2 + row * -(-len(group) // across)
    sheet.legend(depth + 0.05, handles, 2, left=0.3)
    return sheet.figure


def _limits(found: Sequence[Sensitivity]) -> tuple[float, float]:
    """Return limits that hold quartiles and the best times, with room for what is much worse."""
    shown = [one.quartiles[:, np.isfinite(one.quartiles[1])].ravel() for one in found]
    values = np.concatenate([*shown, *(one.times.min(keepdims=True) for one in found)])
    values = np.maximum(values[np.isfinite(values)], 1.0)
    return (0.65 * float(values.min()), 3.0 * float(values.max())) if len(values) else (1.0, 10.0)


def _draw_sensitivity(
    axes: Axes,
    one: Sensitivity,
    group: Sequence[Sensitivity],
    limits: tuple[float, float],
    edges: tuple[float, float],
) -> None:
    colour = method_colour(one.method)
    logarithmic(axes, "x", *edges, most=_decades(axes))
    logarithmic(axes, "y", *limits)
    axes.minorticks_off()
    axes.grid(visible=True)
    axes.tick_params(labelbottom=False)
    for other in group:
        if other is not one:
            axes.plot(other.rates, _drawn(other.times), color=MUTED, alpha=0.4, linewidth=0.8)
    low, middle, high = np.maximum(one.quartiles, 1.0)
    known = np.isfinite(middle)
    top = np.where(np.isfinite(high), high, limits[1])
    axes.fill_between(one.rates, np.where(known, low, 1.0), top, where=known, color=colour,
                      alpha=0.22, linewidth=0)  # fmt: skip
    single = len(one.rates) == 1
    dot: dict[str, Any] = {"marker": "o", "markersize": 5.0 if single else 2.6}
    dash: dict[str, Any] = {"marker": "_"} if single else {}
    axes.plot(one.rates, _drawn(one.times), color=colour, linewidth=1.3, linestyle=(0, (2.5, 1.2)),
              zorder=3, label="charged", **dash)  # fmt: skip
    axes.plot(one.rates, _drawn(middle), color=colour, linewidth=1.9, zorder=4, label="median",
              **dot)  # fmt: skip
    time = one.times[one.rates == one.tuned]
    if len(time) and np.isfinite(time[0]):
        axes.plot(one.tuned, max(time[0], 1.0), zorder=5, **TUNED)
    if not np.isfinite(one.times).any():
        axes.text(0.5, 0.5, "no run reaches\nthe target", transform=axes.transAxes, ha="center",
                  va="center", fontsize=SMALL)  # fmt: skip
    words = in_words(one.method)
    title = f"{words}\n{one.setting}" if one.setting else words
    axes.set_title(title, fontsize=SMALL, pad=4)


def _decades(axes: Axes) -> int:
    """Return how many decades can be labelled below axes."""
    return 7 if axes.bbox.width > 200 else 4


def _drawn(values: np.ndarray) -> np.ndarray:
    """Return values for a logarithmic axis; a gap where there is none."""
    return np.where(np.isfinite(values), np.maximum(values, 1.0), np.nan)


def _draw_success(axes: Axes, one: Sensitivity, edges: tuple[float, float]) -> None:
    colour = method_colour(one.method)
    low, middle, high = one.success
    axes.fill_between(one.rates, low, high, color=colour, alpha=0.22, linewidth=0)
    marker: dict[str, Any] = {"marker": "o", "markersize": 5} if len(one.rates) == 1 else {}
    axes.plot(one.rates, middle, color=colour, linewidth=1.4, label="success", **marker)
    if np.isfinite(one.accuracy).any():
        axes.plot(one.rates, one.accuracy, **ACCURACY, **marker)
    logarithmic(axes, "x", *edges, most=_decades(axes))
    axes.minorticks_off()
    axes.set_ylim(-0.06, 1.06)
    axes.set_yticks([0, 1], ["0", "1"])
    axes.axhline(0.5, color=MUTED, linewidth=0.6, linestyle=(0, (1.2, 1.6)), zorder=0)


def _sensitivity_legend(tested: bool) -> list:
    line: dict[str, Any] = {"color": MUTED, "linewidth": 1.9}
    accuracy = [Line2D([], [], **ACCURACY | {"label": "below: accuracy, fresh samples"})]
    return [
        Line2D([], [], marker="o", markersize=3.0, label="median, where half reach", **line),
        Patch(facecolor=MUTED, alpha=0.3, label="quartiles; below, 95 % interval"),
        Line2D([], [], **{**line, "linewidth": 1.3}, linestyle=(0, (2.5, 1.2)),
               label="charged running time"),
        Line2D([], [], color=MUTED, alpha=0.4, linewidth=0.8, label="the same of other methods"),
        Line2D([], [], label="the rate chosen", **TUNED),
        *accuracy * tested,
    ]  # fmt: skip
