"""The figures of the named descents on the Rosenbrock function."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, MaxNLocator

from descent.figures.contours import (
    MINIMUM,
    Window,
    draw_valley,
    largest_value,
    level_labels,
    logarithmic_levels,
)
from descent.figures.style import (
    DASHES,
    MARKERS,
    MUTED,
    PAPER,
    SMALL,
    Sheet,
    legend_height,
    level_bar,
    lines_of,
    logarithmic,
    method_colour,
    number,
    styled,
    wrap,
)

RUNS_PER_PANEL = 6
MOST_POINTS = 20_000  # iterates that are drawn, over all panels


class Run(NamedTuple):
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
        if self.diverged:
            return f"diverged after {_iterations(done)}" if done > 0 else "diverged at once"
        return f"{_unbroken(f'f = {number(self.values[-1])}')} after {_iterations(done)}"


def named_runs(columns: Mapping[str, np.ndarray], runs: Sequence[Mapping]) -> list[Run]:
    """Put each configured run together with its rows of `descent.tables.schemas.TRAJECTORIES`."""
    points = np.stack([columns["x1"], columns["x2"]], axis=1)
    found = []
    for run in runs:
        rows = (columns["run"] == run["name"]) & np.isfinite(columns["value"])
        diverged = bool(rows.sum() <= run["iterations"])
        found.append(
            Run(
                run["name"],
                run["method"],
                points[rows],
                columns["value"][rows],
                diverged,
            )
        )
    return found


@styled
def descents_on_contours(
    columns: Mapping[str, np.ndarray], runs: Sequence[Mapping], a: float, b: float
) -> Figure:
    """Draw each named descent on the level lines, one panel per run.

    Parameters
    ----------
    columns : Mapping
        Columns of `descent.tables.schemas.TRAJECTORIES`.
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
    descents = named_runs(columns, runs)
    across = 2 if len(descents) <= 4 else 3
    gap = 0.7 if across == 2 else 0.5
    width = (5.9 - 0.6 - gap * (across - 1)) / across
    rooms = [
        width + (0.05 if i % across == across - 1 else gap - 0.15) for i in range(len(descents))
    ]
    titles = [
        "\n".join(wrap(text, room) for text in (run.name, run.ending))
        for run, room in zip(descents, rooms, strict=True)
    ]
    heading = [0.16 * lines_of(titles[i : i + across]) + 0.1 for i in range(0, len(titles), across)]
    tops = np.cumsum(heading) + (width + 0.5) * np.arange(len(heading))
    bottom = float(tops[-1]) + width + 0.5
    handles = _mark_legend(descents)
    sheet = Sheet("Named descents on the Rosenbrock function", bottom + 1.1)
    windows = [window_of(run, (a, a * a)) for run in descents]
    largest = [largest_value(window, a, b) for window in windows]
    levels = logarithmic_levels(min(max(largest), 1e6 * float(np.median(largest))))
    colours: Sequence[str] = ()
    for i, (run, window, title) in enumerate(zip(descents, windows, titles, strict=True)):
        left = 0.6 + (i % across) * (width + gap)
        axes = sheet.axes(left, tops[i // across], width, width)
        colours = draw_valley(axes, window, a, b, levels, 61)
        _draw_path(axes, run, window, MOST_POINTS // len(descents))
        axes.plot(a, a * a, markersize=11, linestyle="none", zorder=5, **MINIMUM)
        axes.set_title(title, fontsize=SMALL, linespacing=1.25)
        axes.set_xlabel("x₁", labelpad=0)
        axes.set_ylabel("x₂" if i % across == 0 else "", labelpad=0)
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_locator(MaxNLocator(5 if across == 2 else 3))
            axis.set_major_formatter(FuncFormatter(lambda value, _: number(value, 6)))
    level_bar(
        sheet.axes(0.65, bottom + 0.1, 5.2, 0.12),
        colours,
        level_labels(levels),
        "f, the same levels in every panel",
    )
    sheet.legend(bottom + 0.75, handles, len(handles), left=0.55)
    return sheet.figure


def window_of(run: Run, minimum: tuple[float, float]) -> Window:
    """Return a square around start, minimum and path, as far as the path stays in their reach."""
    centre = np.array(minimum)
    if not len(run.points):
        (left, low), (right, high) = centre - 1.0, centre + 1.0
        return (left, right), (low, high)
    distance = np.abs(run.points - centre).max(axis=1)
    reach = 1.6 * max(distance[0], 0.5)
    inside = distance <= reach
    kept = (
        run.points[: np.argmin(inside)] if run.diverged and not inside.all() else run.points[inside]
    )
    together = np.vstack([kept, centre])
    middle = (together.min(axis=0) + together.max(axis=0)) / 2.0
    smallest = 0.02 * max(1.0, np.abs(centre).max())
    half = 0.58 * max(np.ptp(together, axis=0).max(), smallest)
    (left, low), (right, high) = middle - half, middle + half
    return (left, right), (low, high)


def _draw_path(axes: Axes, run: Run, window: Window, most: int) -> None:
    if not len(run.points):
        axes.text(0.5, 0.8, "f is infinite\nat the start", ha="center", va="center",
                  transform=axes.transAxes, fontsize=SMALL)  # fmt: skip
        return
    colour = method_colour(run.method)
    path, exit_ = _until_exit(run, window)
    thinned = path[_early(len(path), most)]
    axes.plot(*thinned.T, color=PAPER, linewidth=3.4, alpha=0.65, zorder=2)
    dots: dict[str, Any] = {"marker": ".", "markersize": 3.5} if len(thinned) == len(path) else {}
    axes.plot(*thinned.T, color=colour, linewidth=1.1, zorder=3, label="path", **dots)
    edge: dict[str, Any] = {"markeredgecolor": colour, "linestyle": "none", "zorder": 4}
    axes.plot(
        *path[0], marker="o", markersize=7, markerfacecolor=PAPER, markeredgewidth=1.6, **edge
    )
    if exit_ is None:
        axes.plot(*path[-1], marker="s", markersize=6, color=colour, **edge)
    else:
        place, angle = exit_
        axes.plot(*place, marker=(3, 0, angle), markersize=10, color=colour, clip_on=False, **edge)


def _until_exit(run: Run, window: Window) -> tuple[np.ndarray, tuple | None]:
    """Return the path to draw, and for a diverged one where and at what angle it leaves."""
    low, high = np.array(window).T
    outside = ((run.points < low) | (run.points > high)).any(axis=1)
    if not (run.diverged and outside.any()):
        return run.points, None
    last = max(int(np.argmax(outside)), 1)
    start, step = run.points[last - 1], run.points[last] - run.points[last - 1]
    with np.errstate(divide="ignore", invalid="ignore"):
        along = np.nanmin(
            np.where(
                step > 0, (high - start) / step, np.where(step < 0, (low - start) / step, np.inf)
            )
        )
    place = np.clip(start + along * step, low, high)
    angle = np.degrees(np.arctan2(step[1], step[0])) - 90.0
    return np.vstack([run.points[:last], place]), (place, float(angle))


def _early(count: int, most: int) -> np.ndarray:
    """Choose iterates to draw: all if they are few, else ever fewer as they go."""
    if count <= most:
        return np.arange(count)
    return np.unique(np.geomspace(1, count, most).round().astype(int)) - 1


def _mark_legend(runs: Sequence[Run]) -> list[Line2D]:
    mark: dict[str, Any] = {"linestyle": "none", "color": MUTED, "markersize": 7}
    handles = [
        Line2D(
            [],
            [],
            **{**mark, "markerfacecolor": PAPER},
            markeredgewidth=1.6,
            marker="o",
            label="start",
        ),
        Line2D([], [], **mark, marker="s", label="end"),
        Line2D([], [], **{**MINIMUM, "linestyle": "none", "markersize": 11}, label="minimum"),
    ]
    if any(run.diverged for run in runs):
        handles.append(Line2D([], [], **mark, marker=(3, 0, -90), label="leaves, diverging"))
    return handles


@styled
def descent_values(columns: Mapping[str, np.ndarray], runs: Sequence[Mapping]) -> Figure:
    """Draw the objective over the iterations for all named descents.

    Parameters
    ----------
    columns, runs
        As in `descents_on_contours`.

    Returns
    -------
    Figure
        A few runs a panel, all with the same scale of f. A diverging line ends at the upper edge.
    """
    descents = named_runs(columns, runs)
    groups = [descents[i : i + RUNS_PER_PANEL] for i in range(0, len(descents), RUNS_PER_PANEL)]
    low, high = _value_limits(descents)
    height = 3.4 if len(groups) == 1 else 2.4
    handles = [
        [_line(run, i, np.empty(0), np.empty(0)) for i, run in enumerate(group)] for group in groups
    ]
    written = [sum(lines_of([str(line.get_label())]) for line in group) for group in handles]
    depths = [0.2 + height + 0.5 + legend_height(count, 1) + 0.2 for count in written]
    sheet = Sheet("Objective over the iterations of the named descents", sum(depths))
    top = 0.0
    for group, legend, depth in zip(groups, handles, depths, strict=True):
        axes = sheet.axes(0.8, top + 0.2, 5.0, height)
        logarithmic(axes, "y", low, high)
        longest = max(1, *(len(run.values) - 1 for run in group))
        axes.set_xlim(-0.02 * longest, 1.02 * longest)
        axes.grid(visible=True)
        axes.set(xlabel="iteration", ylabel="f")
        for i, run in enumerate(group):
            _draw_values(axes, run, i, low, high)
        sheet.legend(top + 0.2 + height + 0.5, legend, 1, left=0.7)
        top += depth
    return sheet.figure


def _line(run: Run, place: int, x: np.ndarray, y: np.ndarray) -> Line2D:
    return Line2D(
        x, y, color=method_colour(run.method), linestyle=DASHES[place], marker=MARKERS[place],
        markersize=5, markeredgecolor=PAPER, markeredgewidth=0.5,
        label=wrap(f"{run.name}: {run.ending}", 5.0),
    )  # fmt: skip


def _draw_values(axes: Axes, run: Run, place: int, low: float, high: float) -> None:
    if not len(run.values):
        return
    chosen = _early(len(run.values), 2000)
    values = run.values[chosen]
    line = _line(run, place, chosen, np.where(values > 0.0, values, low))
    # Marks at every eighth of the run, shifted from line to line.
    line.set_markevery((0.02 * place, 0.16) if len(values) > 12 else 1)
    line.set_zorder(3)
    axes.add_line(line)
    if run.diverged and values[-1] > high:
        above = int(np.argmax(values > high))
        before = max(above - 1, 0)
        first, second = np.log10(np.maximum(values[[before, above]], low))
        part = (np.log10(high) - first) / (second - first) if second > first else 0.0
        x = chosen[before] + part * (chosen[above] - chosen[before])
        axes.plot(
            x,
            high,
            marker="^",
            markersize=9,
            color=method_colour(run.method),
            clip_on=False,
            zorder=4,
        )


def _value_limits(runs: Sequence[Run]) -> tuple[float, float]:
    """Return limits that hold the starts and what does not diverge, but no extreme start."""
    settled = [run.values for run in runs if not run.diverged]
    starts = np.concatenate([run.values[:1] for run in runs])
    values = np.concatenate([starts, *settled])
    positive = values[(values > 0.0) & (values <= 1e8 * np.median(starts))]
    if not len(positive):
        return 1e-1, 1e1
    ends = np.floor(np.log10(positive.min()) - 0.1), np.ceil(np.log10(positive.max()) + 0.5)
    return 10.0 ** max(ends[0], ends[1] - 40), 10.0 ** ends[1]


def _iterations(count: int) -> str:
    return _unbroken(f"{count:,} iteration{'' if count == 1 else 's'}")


def _unbroken(text: str) -> str:
    return text.replace(" ", "\N{NO-BREAK SPACE}")
