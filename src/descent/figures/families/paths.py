"""The figure of the paths of selected settings in the plane."""

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from pandas import DataFrame

from descent.core.problem import Problem
from descent.figures.layout import LINE_HEIGHT, SMALL, Sheet, lines_of, styled, unbroken, wrap
from descent.figures.level_lines import START_MARK, LevelLines, Window, minimiser_of, square_around
from descent.figures.palette import PAPER, method_colour
from descent.figures.scales import say
from descent.words.names import method_title, methods_in_order, setting
from descent.words.numbers import counted, number

MOST_PATH_POINTS = 900  # that are drawn
DENSE = 25.0  # lengths of the window from which on a path is drawn thinner


@styled
def draw_paths(problem: Problem, tables: Mapping[str, DataFrame]) -> Figure:
    """Draw the path of each selected setting on the level lines, from the same start.

    From `paths`, a panel per method with one window; its title says after how many iterations the
    target is first met, or that it never is. Of several starts the one is drawn from which most
    methods meet it.
    """
    objective = problem.objective
    assert objective is not None
    target = objective.minimum + problem.sweep["headline"]["target"]
    rows = tables["paths"].sort_values("iteration")
    rows = rows[rows["start"] == _best_start(rows, target)]
    paths = {method: rows[rows["method"] == method] for method in methods_in_order(rows["method"])}
    window = _common_window(rows, minimiser_of(objective))
    lines = LevelLines(objective, [window])
    across = 2 if len(paths) <= 2 else 3
    gap, left = 0.18, 0.55
    width = (5.88 - left - gap * (across - 1)) / across
    budget = problem.sweep["iterations"]
    titles = [
        f"{method_title(method)}\n{wrap(setting(path.iloc[0]), width)}\n"
        f"{_ending(path, target, budget)}"
        for method, path in paths.items()
    ]
    heading = LINE_HEIGHT * lines_of(titles) + 0.1
    row = heading + width + 0.12
    bottom = -(-len(paths) // across) * row + 0.36
    title = f"Paths of the selected settings: {problem.title}"
    sheet = Sheet(title, bottom + 0.68, lines.legend("end, where in sight"), 3)
    for i, (method, path) in enumerate(paths.items()):
        line, place = divmod(i, across)
        top = line * row + heading
        axes = sheet.axes(left + place * (width + gap), top, width, width)
        lines.draw(axes, window, 10)
        _draw_path(axes, path.loc[np.isfinite(path["value"]), ["x1", "x2"]].to_numpy(), method)
        axes.set_title(titles[i], fontsize=SMALL, pad=3)
        axes.locator_params(nbins=4)
        last = i + across >= len(paths)
        axes.tick_params(labelleft=place == 0, labelbottom=last)
        axes.set_ylabel("x₂" if place == 0 else "", labelpad=0)
        axes.set_xlabel("x₁" if last else "", labelpad=0)
    lines.draw_bar(sheet, left, bottom + 0.06, ", the same levels in every panel")
    return sheet.figure


def _best_start(rows: DataFrame, target: float) -> int:
    """Return the first of the starts from which most methods reach the target."""
    ends = rows.groupby(["start", "method"])["value"].last() <= target
    return ends.groupby("start").sum().idxmax()


def _common_window(rows: DataFrame, minimiser: np.ndarray | None) -> Window:
    """Return a square around the minimum and the start, with room for paths to swing out."""
    finite = rows[np.isfinite(rows["value"])]
    places = finite.groupby("method")[["x1", "x2"]].first().to_numpy()
    places = np.vstack([places, np.zeros((1, 2)) if minimiser is None else minimiser])
    middle = (places.min(axis=0) + places.max(axis=0)) / 2.0
    span = max(float(np.ptp(places, axis=0).max()), 0.3, 0.12 * float(np.abs(places).max()))
    middle[1] += 0.2 * span  # valleys rise on both sides
    return square_around(middle, 1.05 * span)


def _draw_path(axes: Axes, points: np.ndarray, method: str) -> None:
    if not len(points):
        say(axes, "f is infinite\nat the start")
        return
    low, high = np.array([axes.get_xlim(), axes.get_ylim()]).T
    seen = _thinned(points, high - low)
    length = np.hypot(*np.diff(seen.clip(low, high), axis=0).T).sum() / (high - low)[0]
    colour, dense = method_colour(method), length > DENSE
    if not dense:
        axes.plot(*seen.T, color=PAPER, linewidth=2.8, alpha=0.65, zorder=2)
    axes.plot(*seen.T, color=colour, linewidth=0.6 if dense else 1.0, zorder=3, label="path")
    axes.plot(*points[0], markersize=6, markeredgecolor=colour, zorder=4, label="start",
              **START_MARK)  # fmt: skip
    if (low <= points[-1]).all() and (points[-1] <= high).all():
        axes.plot(*points[-1], marker="s", markersize=5, color=colour, markeredgecolor=PAPER,
                  markeredgewidth=0.6, linestyle="none", zorder=6, label="end")  # fmt: skip


def _thinned(points: np.ndarray, size: np.ndarray) -> np.ndarray:
    """Leave out points that are too near the one before to be seen, then what is too many.

    Far outside they are moved nearer, since a renderer takes no 1e200.
    """
    near = points.clip(points[0] - 20.0 * size, points[0] + 20.0 * size)
    kept = [0]
    for i in range(1, len(near)):
        if (np.abs(near[i] - near[kept[-1]]) > size / 250.0).any():
            kept.append(i)
    if len(kept) < MOST_PATH_POINTS:
        kept.append(len(near) - 1)
    return near[kept[:MOST_PATH_POINTS]]


def _ending(path: DataFrame, target: float, iterations: int) -> str:
    """Say after how many iterations a path reached the target, or why it did not."""
    values = path["value"]
    done = max(int(np.isfinite(values).sum()) - 1, 0)
    if values.iloc[-1] <= target:
        return unbroken(counted(done, "iteration"))
    return "never" if done >= iterations else f"never: diverges at {number(done)}"
