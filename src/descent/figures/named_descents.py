"""The figures of the named descents on the Rosenbrock function."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator
from pandas import DataFrame

from descent.core.objectives import OBJECTIVES
from descent.figures.layout import (
    LINE_HEIGHT,
    SMALL,
    Sheet,
    legend_height,
    lines_of,
    styled,
    unbroken,
    wrap,
)
from descent.figures.level_lines import START_MARK, LevelLines, Window, square_around
from descent.figures.palette import DASHES, MARKERS, MUTED, PAPER, method_colour
from descent.figures.scales import logarithmic, say
from descent.words.numbers import counted, number

RUNS_PER_PANEL = 6
MOST_ITERATES = 20_000  # that are drawn, over all panels


class NamedDescent(NamedTuple):
    """A named descent: what is configured, and its rows of the table."""

    name: str
    method: str
    points: np.ndarray
    """Finite iterates, shape (iterations done + 1, 2); none if f is infinite at the start."""
    values: np.ndarray
    diverged: bool

    @property
    def ending(self) -> str:
        """How it ended, in words."""
        done = len(self.values) - 1
        after = f"after {unbroken(counted(done, 'iteration'))}"
        if self.diverged:
            return f"diverged {after}" if done > 0 else "diverged at once"
        return f"{unbroken(f'f = {number(self.values[-1])}')} {after}"


def descents_of(trajectories: DataFrame, runs: Sequence[Mapping]) -> list[NamedDescent]:
    """Put each configured run together with its rows of `descent.tables.schemas.TRAJECTORIES`."""
    found = []
    for run in runs:
        rows = trajectories[trajectories["run"] == run["name"]]
        rows = rows[np.isfinite(rows["value"])]
        points, values = rows[["x1", "x2"]].to_numpy(), rows["value"].to_numpy()
        diverged = len(rows) <= run["iterations"]
        found.append(NamedDescent(run["name"], run["method"], points, values, diverged))
    return found


@styled
def draw_descents(trajectories: DataFrame, runs: Sequence[Mapping], a: float, b: float) -> Figure:
    """Draw each named descent on the level lines, one panel per run.

    Parameters
    ----------
    trajectories : DataFrame
        `descent.tables.schemas.TRAJECTORIES`.
    runs : sequence of Mapping
        The configured runs: name, method, iterations.
    a, b : float
        Parameters of the function.

    Returns
    -------
    Figure
        Each panel shows its start, its path and the minimum. A diverged run is drawn until it
        leaves the panel.
    """
    descents = descents_of(trajectories, runs)
    across = 2 if len(descents) <= 4 else 3
    gap = 0.7 if across == 2 else 0.5
    width = (5.9 - 0.6 - gap * (across - 1)) / across
    rooms = [width + (0.05 if i % across == across - 1 else gap - 0.15) for i in range(len(runs))]
    titles = [
        "\n".join(wrap(text, room) for text in (run.name, run.ending))
        for run, room in zip(descents, rooms, strict=True)
    ]
    heading = [
        LINE_HEIGHT * lines_of(titles[i : i + across]) + 0.1 for i in range(0, len(titles), across)
    ]
    tops = np.cumsum(heading) + (width + 0.5) * np.arange(len(heading))
    bottom = float(tops[-1]) + width + 0.5
    windows = [window_of(run, np.array([a, a * a])) for run in descents]
    lines = LevelLines(OBJECTIVES["rosenbrock"].build(a=a, b=b), windows)
    handles = lines.legend("end")
    if any(run.diverged for run in descents):
        leaving: dict[str, Any] = {"marker": (3, 0, -90), "linestyle": "none", "markersize": 7}
        handles.append(Line2D([], [], color=MUTED, label="leaves, diverging", **leaving))
    title = "Named descents on the Rosenbrock function"
    sheet = Sheet(title, bottom + 0.75, handles, len(handles))
    for i, (run, window, title) in enumerate(zip(descents, windows, titles, strict=True)):
        left = 0.6 + (i % across) * (width + gap)
        axes = sheet.axes(left, tops[i // across], width, width)
        lines.draw(axes, window, 11)
        _draw_descent(axes, run, window, MOST_ITERATES // len(descents))
        axes.set_title(title, fontsize=SMALL, linespacing=1.25)
        axes.set_xlabel("x₁", labelpad=0)
        axes.set_ylabel("x₂" if i % across == 0 else "", labelpad=0)
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_locator(MaxNLocator(5 if across == 2 else 3))
            axis.set_major_formatter(lambda value, _: number(value, 6))
    lines.draw_bar(sheet, 0.65, bottom + 0.1, ", the same levels in every panel")
    return sheet.figure


def window_of(run: NamedDescent, minimiser: np.ndarray) -> Window:
    """Return a square around start, minimum and path, as far as the path stays in their reach."""
    if not len(run.points):
        return square_around(minimiser, 1.0)
    distance = np.abs(run.points - minimiser).max(axis=1)
    inside = distance <= 1.6 * max(distance[0], 0.5)
    left_for_good = run.diverged and not inside.all()
    kept = run.points[: np.argmin(inside)] if left_for_good else run.points[inside]
    together = np.vstack([kept, minimiser])
    middle = (together.min(axis=0) + together.max(axis=0)) / 2.0
    smallest = 0.02 * max(1.0, np.abs(minimiser).max())
    return square_around(middle, 0.58 * max(np.ptp(together, axis=0).max(), smallest))


def _draw_descent(axes: Axes, run: NamedDescent, window: Window, most: int) -> None:
    if not len(run.points):
        say(axes, "f is infinite\nat the start", 0.8)
        return
    colour = method_colour(run.method)
    path, exit_ = _until_exit(run, window)
    thinned = path[_early(len(path), most)]
    axes.plot(*thinned.T, color=PAPER, linewidth=3.4, alpha=0.65, zorder=2)
    dots: dict[str, Any] = {"marker": ".", "markersize": 3.5} if len(thinned) == len(path) else {}
    axes.plot(*thinned.T, color=colour, linewidth=1.1, zorder=3, label="path", **dots)
    edge: dict[str, Any] = {"markeredgecolor": colour, "linestyle": "none", "zorder": 4}
    axes.plot(*path[0], markersize=7, **{**START_MARK, **edge})
    if exit_ is None:
        axes.plot(*path[-1], marker="s", markersize=6, color=colour, **edge)
    else:
        place, angle = exit_
        axes.plot(*place, marker=(3, 0, angle), markersize=10, color=colour, clip_on=False, **edge)


def _until_exit(run: NamedDescent, window: Window) -> tuple[np.ndarray, tuple | None]:
    """Return the path to draw, and for a diverged one where and at what angle it leaves."""
    low, high = np.array(window).T
    outside = ((run.points < low) | (run.points > high)).any(axis=1)
    if not (run.diverged and outside.any()):
        return run.points, None
    last = max(int(np.argmax(outside)), 1)
    start, step = run.points[last - 1], run.points[last] - run.points[last - 1]
    with np.errstate(divide="ignore", invalid="ignore"):
        crossings = (np.where(step > 0, high, low) - start) / step
    along = np.nanmin(np.where(step == 0, np.inf, crossings))
    place = np.clip(start + along * step, low, high)
    angle = np.degrees(np.arctan2(step[1], step[0])) - 90.0
    return np.vstack([run.points[:last], place]), (place, float(angle))


def _early(count: int, most: int) -> np.ndarray:
    """Choose iterates to draw: all if they are few, else ever fewer as they go."""
    if count <= most:
        return np.arange(count)
    return np.unique(np.geomspace(1, count, most).round().astype(int)) - 1


@styled
def draw_descent_values(trajectories: DataFrame, runs: Sequence[Mapping]) -> Figure:
    """Draw the objective over the iterations for all named descents.

    Parameters
    ----------
    trajectories, runs
        As in `draw_descents`.

    Returns
    -------
    Figure
        A few runs a panel, all with the same scale of f. A diverging line ends at the upper edge.
    """
    descents = descents_of(trajectories, runs)
    groups = [descents[i : i + RUNS_PER_PANEL] for i in range(0, len(descents), RUNS_PER_PANEL)]
    low, high = _value_limits(descents)
    height = 3.4 if len(groups) == 1 else 2.4
    lines = [[_value_line(run, i) for i, run in enumerate(group)] for group in groups]
    written = [sum(lines_of([str(line.get_label())]) for line in group) for group in lines]
    depths = [0.2 + height + 0.5 + legend_height(count, 1) + 0.2 for count in written]
    sheet = Sheet("Objective over the iterations of the named descents", sum(depths))
    top = 0.0
    for group, legend, depth in zip(groups, lines, depths, strict=True):
        axes = sheet.axes(0.8, top + 0.2, 5.0, height)
        logarithmic(axes, "y", low, high)
        longest = max(1, *(len(run.values) - 1 for run in group))
        axes.set_xlim(-0.02 * longest, 1.02 * longest)
        axes.grid(visible=True)
        axes.set(xlabel="iteration", ylabel="f")
        for i, run in enumerate(group):
            if len(run.values):
                _draw_values(axes, run, i, low, high)
        sheet.legend(top + 0.2 + height + 0.5, legend, 1)
        top += depth
    return sheet.figure


def _value_line(run: NamedDescent, place: int) -> Line2D:
    return Line2D(
        [], [], color=method_colour(run.method), linestyle=DASHES[place], marker=MARKERS[place],
        markersize=5, markeredgecolor=PAPER, markeredgewidth=0.5,
        label=wrap(f"{run.name}: {run.ending}", 5.0),
    )  # fmt: skip


def _draw_values(axes: Axes, run: NamedDescent, place: int, low: float, high: float) -> None:
    chosen = _early(len(run.values), 2000)
    values = run.values[chosen]
    line = _value_line(run, place)
    line.set_data(chosen, np.where(values > 0.0, values, low))
    # Marks at every eighth of the run, shifted from line to line.
    line.set_markevery((0.02 * place, 0.16) if len(values) > 12 else 1)
    line.set_zorder(3)
    axes.add_line(line)
    if run.diverged and values[-1] > high:
        above = int(np.argmax(values > high))
        before = max(above - 1, 0)
        heights = np.log10(np.maximum(values[[before, above]], low))
        x = np.interp(np.log10(high), heights, chosen[[before, above]])
        axes.plot(x, high, marker="^", markersize=9, color=method_colour(run.method),
                  clip_on=False, zorder=4)  # fmt: skip


def _value_limits(runs: Sequence[NamedDescent]) -> tuple[float, float]:
    """Return limits that hold the starts and what does not diverge, but no extreme start."""
    settled = [run.values for run in runs if not run.diverged]
    starts = np.concatenate([run.values[:1] for run in runs])
    values = np.concatenate([starts, *settled])
    positive = values[(values > 0.0) & (values <= 1e8 * np.median(starts))]
    if not len(positive):
        return 1e-1, 1e1
    ends = np.floor(np.log10(positive.min()) - 0.1), np.ceil(np.log10(positive.max()) + 0.5)
    return 10.0 ** max(ends[0], ends[1] - 40), 10.0 ** ends[1]
