"""The figures of what tuned methods do: their paths, and the losses of their trainings."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from descent.figures_rosenbrock import (
    MINIMUM,
    Window,
    draw_valley,
    largest_value,
    level_labels,
    logarithmic_levels,
)
from descent.figures_sweeps import by_method, in_order, problem_words, rows_where, taken
from descent.methods import METHODS
from descent.parameters import PARAMETERS
from descent.style import (
    INK,
    MUTED,
    PAPER,
    SMALL,
    Sheet,
    in_words,
    legend_height,
    level_bar,
    logarithmic,
    method_colour,
    number,
    spread,
    styled,
    wrap,
)

MOST_POINTS = 900  # of a path that are drawn
DENSE = 25.0  # lengths of the window from which on a path is drawn thinner
MOST_STARTS = 3  # from which paths are drawn
MOST_ITERATIONS = 96  # of a loss curve that are drawn
OTHERS: dict[str, Any] = {"color": MUTED, "alpha": 0.45, "linewidth": 0.8}
LOSS_HEIGHT, ACCURACY_HEIGHT = 1.15, 0.75  # inches
BAYES_LINE: dict[str, Any] = {"color": INK, "linewidth": 1.3, "linestyle": (0, (1.2, 1.6))}


# ── Paths ────────────────────────────────────────────────────────────────────────────────────


@styled
def tuned_paths(
    columns: Mapping[str, np.ndarray],
    a: float,
    b: float,
    target: float,
    iterations: int,
    most_starts: int = MOST_STARTS,
) -> Figure:
    """Draw the path of each tuned method on the level lines, the same starts for all.

    Parameters
    ----------
    columns : Mapping
        Columns of `descent.tables.PATHS`.
    a, b : float
        Parameters of the function.
    target : float
        A path that ends at or below it has reached the target.
    iterations : int
        Budget: a path that ends before it, above the target, has diverged.
    most_starts : int
        From how many of the starts to draw, the first ones.

    Returns
    -------
    Figure
        A panel per method and start with one window; its title says after how many iterations
        the target is reached, or that it never is.
    """
    methods = by_method(columns["method"])
    starts = np.unique(columns["start"])[:most_starts]
    paths = {
        (method, int(start)): _path_of(columns, method, start)
        for method in methods
        for start in starts
    }
    window = _common_window([points for points, _ in paths.values()], (a, a * a))
    across = len(starts) if len(starts) > 1 else 2
    gap = 0.28
    width = (6.0 - 0.6 - 0.12 - gap * (across - 1)) / across
    heading = 0.46 if len(starts) > 1 else 0.6
    row = heading + width + (0.1 if len(starts) > 1 else 0.3)
    rows = len(methods) if len(starts) > 1 else -(-len(methods) // across)
    bottom = rows * row + 0.35
    sheet = Sheet("Paths of the tuned methods on the Rosenbrock function", bottom + 1.0)
    levels = logarithmic_levels(largest_value(window, a, b))
    colours: Sequence[str] = ()
    fineness = 121 if width > 2.0 else 45
    for i, method in enumerate(methods):
        setting = _setting(columns, method)
        for k, start in enumerate(starts):
            line, place = (i, k) if len(starts) > 1 else divmod(i, across)
            top = line * row + heading
            axes = sheet.axes(0.6 + place * (width + gap), top, width, width)
            colours = draw_valley(axes, window, a, b, levels, fineness)
            points, values = paths[method, int(start)]
            _draw_tuned_path(axes, points, method, MOST_POINTS)
            axes.plot(a, a * a, markersize=10, linestyle="none", zorder=7, **MINIMUM)
            ending = _ending(values, target, iterations)
            if len(starts) == 1:
                ending = f"{wrap(setting, width)}\n{ending}"
            axes.set_title(ending, fontsize=SMALL, pad=3)
            axes.locator_params(nbins=4)
            last = line == rows - 1 or (len(starts) == 1 and i + across >= len(methods))
            axes.tick_params(labelleft=place == 0, labelbottom=last or len(starts) == 1)
            if place == 0:
                axes.set_ylabel("x₂", labelpad=0)
            if last:
                axes.set_xlabel("x₁", labelpad=0)
        if len(starts) > 1:
            sheet.text(0.6, i * row + 0.1, setting, color=method_colour(method), weight="bold")
    bar = sheet.axes(0.6, bottom + 0.08, 5.28, 0.12)
    level_bar(bar, colours, level_labels(levels), "f, the same levels in every panel")
    sheet.legend(bottom + 0.72, _path_legend(), 3, left=0.5)
    return sheet.figure


def _path_of(
    columns: Mapping[str, np.ndarray], method: str, start: int
) -> tuple[np.ndarray, np.ndarray]:
    own = taken(columns, rows_where(columns, method=method) & (columns["start"] == start))
    own = taken(own, np.argsort(own["iteration"], kind="stable"))
    own = taken(own, np.isfinite(own["value"]))
    return np.stack([own["x1"], own["x2"]], axis=1), own["value"]


def _common_window(paths: Sequence[np.ndarray], minimum: tuple[float, float]) -> Window:
    """Return a square around the minimum and all starts, with room for paths to swing out."""
    places = np.array([minimum, *(points[0] for points in paths if len(points))])
    middle = (places.min(axis=0) + places.max(axis=0)) / 2.0
    span = max(float(np.ptp(places, axis=0).max()), 0.3, 0.12 * float(np.abs(places).max()))
    half = 0.85 * span
    middle[1] += 0.2 * span  # the valley rises on both sides
    (left, low), (right, high) = middle - half, middle + half
    return (float(left), float(right)), (float(low), float(high))


def _draw_tuned_path(axes: Axes, points: np.ndarray, method: str, most: int) -> None:
    if not len(points):
        axes.text(0.5, 0.5, "f is infinite\nat the start", ha="center", va="center",
                  transform=axes.transAxes, fontsize=SMALL)  # fmt: skip
        return
    (left, right), (low, high) = axes.get_xlim(), axes.get_ylim()
    seen = _thinned(points, np.array([right - left, high - low]), most)
    inside = seen.clip((left, low), (right, high))
    length = np.hypot(*np.diff(inside, axis=0).T).sum() / (right - left)
    colour, dense = method_colour(method), length > DENSE
    if not dense:
        axes.plot(*seen.T, color=PAPER, linewidth=2.8, alpha=0.65, zorder=2)
    axes.plot(*seen.T, color=colour, linewidth=0.6 if dense else 1.0, zorder=3, label="path")
    axes.plot(*points[0], marker="o", markersize=6, markerfacecolor=PAPER, markeredgecolor=colour,
              markeredgewidth=1.5, linestyle="none", zorder=4, label="start")  # fmt: skip
    if left <= points[-1, 0] <= right and low <= points[-1, 1] <= high:
        axes.plot(*points[-1], marker="s", markersize=5, color=colour, markeredgecolor=PAPER,
                  markeredgewidth=0.6, linestyle="none", zorder=6, label="end")  # fmt: skip


def _thinned(points: np.ndarray, size: np.ndarray, most: int) -> np.ndarray:
    """Leave out points that are too near the one before to be seen, then what is too many.

    Far outside they are moved nearer, since a renderer takes no 1e200.
    """
    near = points.clip(points[0] - 20.0 * size, points[0] + 20.0 * size)
    kept = [0]
    for i in range(1, len(near)):
        if (np.abs(near[i] - near[kept[-1]]) > size / 250.0).any():
            kept.append(i)
            if len(kept) == most:
                break
    else:
        kept.append(len(near) - 1)
    return near[kept]


def _ending(values: np.ndarray, target: float, iterations: int) -> str:
    """Say after how many iterations a path reached the target, or why it did not."""
    done = max(len(values) - 1, 0)
    if len(values) and values[-1] <= target:
        return f"{done:,} iteration{'s' * (done != 1)}"
    return "never" if done >= iterations else f"never: diverges at {done:,}"


def _setting(columns: Mapping[str, np.ndarray], method: str) -> str:
    """Write a method with its learning rate and its parameters."""
    own = rows_where(columns, method=method)
    first = int(np.flatnonzero(own)[0])
    words = [f"{in_words(method)}, η = {number(columns['learning_rate'][first])}"]
    for name, parameter in PARAMETERS.items():
        value = columns[name][first] if name in columns else np.nan
        if name not in ("learning_rate", "epsilon") and np.isfinite(value):
            if method in METHODS and name not in METHODS[method].parameters:
                continue
            words.append(f"{parameter.symbol} = {number(value)}")
    return ", ".join(words).replace(" = ", "\N{NO-BREAK SPACE}=\N{NO-BREAK SPACE}")


def _path_legend() -> list[Line2D]:
    mark: dict[str, Any] = {"linestyle": "none", "color": MUTED, "markersize": 6}
    return [
        Line2D([], [], **{**mark, "markerfacecolor": PAPER}, markeredgewidth=1.5, marker="o",
               label="start"),
        Line2D([], [], **mark, marker="s", label="end, where in sight"),
        Line2D([], [], **{**MINIMUM, "linestyle": "none", "markersize": 10}, label="minimum"),
    ]  # fmt: skip


# ── Loss curves ──────────────────────────────────────────────────────────────────────────────


@styled
def loss_curves(
    columns: Mapping[str, np.ndarray], bayes: Mapping[str, np.ndarray], samples: int
) -> Figure:
    """Draw loss and accuracy of each tuned method over the iterations.

    Parameters
    ----------
    columns, bayes : Mapping
        Columns of `descent.tables.CURVES` and `BAYES`.
    samples : int
        Samples that were trained on; the loss is shown per sample.

    Returns
    -------
    Figure
        Two panels per problem: median and middle half of the held-out seeds; with the accuracy
        that no rule exceeds, as a line.
    """
    problems = in_order(columns["problem"])
    groups = [
        by_method(columns["method"][rows_where(columns, problem=problem)]) for problem in problems
    ]
    across = min(3, max(map(len, groups)))
    gap, left = 0.3, 0.75
    width = (5.85 - left - gap * (across - 1)) / across
    best = float(bayes["accuracy"][0])
    handles = _curve_legend(best, any(len(group) > 1 for group in groups))
    row = 0.3 + LOSS_HEIGHT + 0.08 + ACCURACY_HEIGHT + 0.3
    blocks = [0.3 + row * -(-len(group) // across) + 0.3 for group in groups]
    sheet = Sheet(
        "Loss and accuracy of the tuned methods",
        sum(blocks) + legend_height(len(handles), 2) + 0.2,
    )
    limits = _loss_limits(columns, samples)
    top = 0.0
    for problem, methods, block in zip(problems, groups, blocks, strict=True):
        sheet.text(0.12, top + 0.1, problem_words(problem), fontsize=10)
        curves = {
            method: _curve_of(columns, problem, method, samples, limits[0]) for method in methods
        }
        for i, method in enumerate(methods):
            x = left + i % across * (width + gap)
            y = top + 0.3 + i // across * row + 0.3
            loss = sheet.axes(x, y, width, LOSS_HEIGHT)
            accuracy = sheet.axes(x, y + LOSS_HEIGHT + 0.08, width, ACCURACY_HEIGHT)
            logarithmic(loss, "y", *limits)
            accuracy.set_ylim(-0.05, 1.05)
            accuracy.set_yticks([0, 0.5, 1], ["0", "0.5", "1"])
            accuracy.axhline(best, zorder=4, label="Bayes", **BAYES_LINE)
            for axes, what in ((loss, "loss"), (accuracy, "accuracy")):
                axes.minorticks_off()
                axes.grid(visible=True)
                _draw_curves(axes, curves, what, method)
                axes.locator_params(axis="x", nbins=4)
            loss.tick_params(labelbottom=False)
            loss.set_title(in_words(method), fontsize=SMALL, pad=3)
            if i % across == 0:
                loss.set_ylabel("loss, nats\nper sample", labelpad=2, fontsize=SMALL)
                accuracy.set_ylabel("accuracy", labelpad=2, fontsize=SMALL)
            else:
                loss.tick_params(labelleft=False)
                accuracy.tick_params(labelleft=False)
            if i + across >= len(methods):
                accuracy.set_xlabel("iteration", labelpad=1)
        top += block
    sheet.legend(sum(blocks) + 0.1, handles, 2, left=0.3)
    return sheet.figure


def _curve_of(
    columns: Mapping[str, np.ndarray], problem: str, method: str, samples: int, least: float
) -> dict[str, np.ndarray]:
    """Return a method's rows in order, few enough to draw, with the loss per sample."""
    rows = taken(columns, rows_where(columns, problem=problem, method=method))
    rows = taken(rows, np.argsort(rows["iteration"], kind="stable"))
    rows = taken(rows, spread(len(rows["iteration"]), MOST_ITERATIONS))
    for name in [name for name in rows if name.startswith("loss_")]:
        rows[name] = np.maximum(rows[name] / samples, least)
    return rows


def _draw_curves(
    axes: Axes, curves: Mapping[str, Mapping[str, np.ndarray]], what: str, method: str
) -> None:
    """Draw a method's median and middle half before the medians of the others."""
    for name, other in curves.items():
        if name != method:
            few = spread(len(other["iteration"]), MOST_ITERATIONS // 3)
            axes.plot(other["iteration"][few], _finite(other[f"{what}_median"][few]), **OTHERS)
    rows = curves[method]
    low, middle, high = (_finite(rows[f"{what}_{share}"]) for share in ("low", "median", "high"))
    colour = method_colour(method)
    lowest, highest = axes.get_ylim()
    axes.fill_between(
        rows["iteration"], np.where(np.isnan(low), lowest, low),
        np.where(np.isnan(high), highest, high), where=~np.isnan(middle), color=colour, alpha=0.25,
        linewidth=0, zorder=3,
    )  # fmt: skip
    axes.plot(rows["iteration"], middle, color=colour, linewidth=1.9, zorder=5, label=what)
    axes.set_xlim(0, max(int(rows["iteration"].max()), 1))
    axes.set_ylim(lowest, highest)
    if np.isnan(middle).all():
        axes.text(0.5, 0.5, "diverges", ha="center", va="center", transform=axes.transAxes,
                  fontsize=SMALL)  # fmt: skip


def _finite(values: np.ndarray) -> np.ndarray:
    return np.where(np.isfinite(values), values, np.nan)


def _curve_legend(best: float, others: bool) -> list:
    handles = [
        Line2D([], [], color=MUTED, linewidth=1.9, label="median of the seeds"),
        Patch(facecolor=MUTED, alpha=0.3, label="middle half of the seeds"),
        Line2D([], [], label=f"accuracy of the best rule, {best:.3f}", **BAYES_LINE),
    ]
    if others:
        handles.append(Line2D([], [], label="the other methods' medians", **OTHERS))
    return handles


def _loss_limits(columns: Mapping[str, np.ndarray], samples: int) -> tuple[float, float]:
    shown = np.concatenate([columns[f"loss_{share}"] for share in ("low", "median", "high")])
    shown = shown[np.isfinite(shown) & (shown > 0.0)] / samples
    if not len(shown):
        return 0.1, 10.0
    middle = float(np.median(shown))
    return 0.85 * max(shown.min(), 1e-4 * middle), 1.2 * min(shown.max(), 30.0 * middle)
