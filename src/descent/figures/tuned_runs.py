"""The figures of what tuned methods do: their paths, and the losses of their trainings."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from descent.figures.contours import (
    MINIMUM,
    Window,
    draw_valley,
    largest_value,
    level_labels,
    logarithmic_levels,
)
from descent.figures.heat_maps import by_method, problem_words, problems_of, rows_where, taken
from descent.core.methods import METHODS
from descent.core.parameters import PARAMETERS
from descent.figures.style import (
    INK,
    MUTED,
    PAPER,
    SMALL,
    Sheet,
    in_words,
    legend_height,
    level_bar,
    lines_of,
    logarithmic,
    method_colour,
    number,
    spread,
    styled,
    wrap,
)

MOST_POINTS = 900  # of a path that are drawn
DENSE = 25.0  # lengths of the window from which on a path is drawn thinner
MOST_ITERATIONS = 64  # of a loss curve that are drawn
OTHERS: dict[str, Any] = {"color": MUTED, "alpha": 0.45, "linewidth": 0.8}
CURVE_HEIGHT = 0.82  # inches
BAYES_LINE: dict[str, Any] = {"color": INK, "linewidth": 1.3, "linestyle": (0, (1.2, 1.6))}


# ── Paths ────────────────────────────────────────────────────────────────────────────────────


@styled
def tuned_paths(
    columns: Mapping[str, np.ndarray], a: float, b: float, target: float, iterations: int
) -> Figure:
    """Draw the path of each tuned method on the level lines, from the same start.

    Parameters
    ----------
    columns : Mapping
        Columns of `descent.tables.schemas.PATHS`.
    a, b : float
        Parameters of the function.
    target : float
        A path that ends at or below it has reached the target.
    iterations : int
        Budget: a path that ends before it, above the target, has diverged.

    Returns
    -------
    Figure
        A panel per method with one window; its title says after how many iterations the target is
        reached, or that it never is. Of several starts the one is drawn from which most methods
        reach it.
    """
    methods = by_method(columns["method"])
    found = {
        start: {method: _path_of(columns, method, start) for method in methods}
        for start in np.unique(columns["start"]).tolist()
    }
    paths = max(
        found.values(),
        key=lambda paths: sum(bool((values[-1:] <= target).any()) for _, values in paths.values()),
    )
    window = _common_window([points for points, _ in paths.values()], (a, a * a))
    across = 2 if len(methods) <= 2 else 3
    gap, left = 0.18, 0.55
    width = (5.88 - left - gap * (across - 1)) / across
    titles = [
        "\n".join(
            [
                in_words(method),
                wrap(_setting(columns, method), width),
                _ending(values, target, iterations),
            ]
        )
        for method, (_, values) in paths.items()
    ]
    heading = 0.16 * lines_of(titles) + 0.1
    row = heading + width + 0.12
    rows = -(-len(methods) // across)
    bottom = rows * row + 0.36
    sheet = Sheet("Paths of the tuned methods on the Rosenbrock function", bottom + 0.95)
    levels = logarithmic_levels(largest_value(window, a, b))
    colours: Sequence[str] = ()
    for i, (method, (points, _)) in enumerate(paths.items()):
        line, place = divmod(i, across)
        top = line * row + heading
        axes = sheet.axes(left + place * (width + gap), top, width, width)
        colours = draw_valley(axes, window, a, b, levels, 61)
        _draw_tuned_path(axes, points, method, MOST_POINTS)
        axes.plot(a, a * a, markersize=10, linestyle="none", zorder=7, **MINIMUM)
        axes.set_title(titles[i], fontsize=SMALL, pad=3)
        axes.locator_params(nbins=4)
        last = i + across >= len(methods)
        axes.tick_params(labelleft=place == 0, labelbottom=last)
        if place == 0:
            axes.set_ylabel("x₂", labelpad=0)
        if last:
            axes.set_xlabel("x₁", labelpad=0)
    bar = sheet.axes(left, bottom + 0.06, 5.88 - left, 0.12)
    level_bar(bar, colours, level_labels(levels), "f, the same levels in every panel")
    sheet.legend(bottom + 0.68, _path_legend(), 3, left=0.5)
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
    half = 1.05 * span
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
    """Write a method's learning rate and parameters."""
    own = rows_where(columns, method=method)
    first = int(np.flatnonzero(own)[0])
    words = [f"η = {number(columns['learning_rate'][first])}"]
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
        Columns of `descent.tables.schemas.CURVES` and `BAYES`.
    samples : int
        Samples that were trained on; the loss is shown per sample.

    Returns
    -------
    Figure
        Two columns per problem and a row per method: median and middle half of the held-out
        seeds; with the accuracy that no rule exceeds, as a line.
    """
    problems = problems_of(columns)
    methods = by_method(columns["method"])
    best = float(bayes["accuracy"][0])
    handles = _curve_legend(best, len(methods) > 1)
    left, gap, block_gap = 0.62, 0.42, 0.56
    width = (5.88 - left - gap * len(problems) - block_gap * (len(problems) - 1)) / (
        2 * len(problems)
    )
    heading, row = 0.66, CURVE_HEIGHT + 0.26
    bottom = heading + row * len(methods) + 0.3
    sheet = Sheet(
        "Loss and accuracy of the tuned methods", bottom + legend_height(len(handles), 2) + 0.1
    )
    limits = _loss_limits(columns, samples)
    for block, problem in enumerate(problems):
        begin = left + block * (2 * width + gap + block_gap)
        sheet.text(begin, 0.05, problem_words(problem), fontsize=10)
        sheet.text(begin, 0.27, "loss, nats", color=MUTED)
        sheet.text(begin + width + gap, 0.27, "accuracy", color=MUTED)
        own = by_method(columns["method"][rows_where(columns, problem=problem)])
        curves = {method: _curve_of(columns, problem, method, samples, limits[0]) for method in own}
        for i, method in enumerate(own):
            y = heading + i * row
            loss = sheet.axes(begin, y, width, CURVE_HEIGHT)
            accuracy = sheet.axes(begin + width + gap, y, width, CURVE_HEIGHT)
            logarithmic(loss, "y", *limits)
            accuracy.set_ylim(-0.05, 1.05)
            accuracy.set_yticks([0, 0.5, 1], ["0", "0.5", "1"])
            accuracy.axhline(best, zorder=4, label="Bayes", **BAYES_LINE)
            for axes, what in ((loss, "loss"), (accuracy, "accuracy")):
                axes.minorticks_off()
                axes.grid(visible=True)
                _draw_curves(axes, curves, what, method)
                axes.locator_params(axis="x", nbins=3)
                axes.tick_params(labelbottom=i == len(own) - 1)
            if i == len(own) - 1:
                loss.set_xlabel("iteration", labelpad=1)
            loss.set_title(in_words(method), fontsize=SMALL, pad=3)
    sheet.legend(bottom + 0.08, handles, 2, left=0.3)
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
