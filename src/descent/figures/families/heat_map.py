"""The figure of what every hyperparameter setting costs."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.markers import CARETRIGHTBASE
from matplotlib.patches import Patch
from pandas import DataFrame

from descent.core.methods import METHODS
from descent.core.parameters import PARAMETERS
from descent.core.problem import Problem
from descent.figures.layout import LINE_HEIGHT, SMALL, Sheet, legend_height, styled
from descent.figures.palette import INK, LOST, MUTED, PAPER, SPEED
from descent.figures.scales import colour_bar, fill_cells, logarithmic, spread
from descent.words.names import method_title, methods_in_order
from descent.words.numbers import number

MOST_ROWS = 12  # values of the second parameter that are drawn
MOST_RATES = 120  # learning rates that are drawn
ROW_HEIGHT, LONE_ROW_HEIGHT = 0.155, 0.3  # inches
MAP_LEFT, MAP_GAP = 0.66, 0.72
MAP_WIDTH = (5.85 - MAP_LEFT - MAP_GAP) / 2
SHOWN_APART = 0.8  # share of the cells with a running time; the worse ones have one colour
TIME = "expected_running_time"  # by which settings are selected
CELL_KINDS = ("timed", "none", "diverged")
"""Cells from the best to the worst: some run reaches the target, none does, all diverge."""
HATCHED: dict[str, tuple[str, dict[str, Any]]] = {
    "none": ("no run reaches it", {"facecolor": PAPER, "edgecolor": MUTED, "hatch": "."}),
    "diverged": ("all runs diverge", {"facecolor": PAPER, "edgecolor": LOST, "hatch": "////"}),
}
"""Cells without a running time: what they are, and how they are filled."""
HOLLOW_MARK: dict[str, Any] = {
    "marker": "o",
    "markersize": 6.5,
    "markerfacecolor": PAPER,
    "markeredgecolor": INK,
    "markeredgewidth": 1.4,
    "linestyle": "none",
}
SELECTED_MARK: dict[str, Any] = {
    "marker": "*",
    "markersize": 13,
    "markerfacecolor": INK,
    "markeredgecolor": PAPER,
    "markeredgewidth": 0.9,
    "linestyle": "none",
}
WORSE_MARK: dict[str, Any] = {
    "marker": CARETRIGHTBASE,
    "markersize": 6,
    "color": SPEED[-1],
    "markeredgewidth": 0.0,
    "clip_on": False,
}
FEWER_TRIED_MARK = {**SELECTED_MARK, "marker": "D", "markersize": 6}


class MethodMap(NamedTuple):
    """A method's settings: a row per value of a parameter, a column per learning rate."""

    method: str
    second: str
    """Name of the parameter; empty if none varies."""
    times: DataFrame
    """Expected running time of the best setting of each cell."""
    kinds: np.ndarray
    """One of `CELL_KINDS`; empty without a setting."""
    limits: np.ndarray | None
    """Of each row the largest stable learning rate × eigenvalue, where it is known."""
    others: list[str]
    """Further parameters that vary."""
    size: tuple[int, int]
    """Rows and columns, those that are not drawn included."""

    @property
    def height(self) -> float:
        """Inches."""
        return LONE_ROW_HEIGHT if len(self.times) == 1 else ROW_HEIGHT * len(self.times)


def varying_parameters(settings: DataFrame) -> list[str]:
    """Return the parameters besides the learning rate that take more than one value."""
    names = [name for name in PARAMETERS if name != "learning_rate"]
    return [name for name in names if settings[name].nunique() > 1]


def method_map(settings: DataFrame) -> MethodMap:
    """Arrange the settings of one method, few enough to draw.

    Where a third parameter varies, a cell shows its quickest setting.
    """
    method, names = settings["method"].iloc[0], varying_parameters(settings)
    row = names[0] if names else "momentum"
    timed, lost = np.isfinite(settings[TIME]), settings["diverged"] == settings["runs"]
    kind = np.select([timed, ~lost], [0, 1], 2)
    ranked = settings.assign(kind=kind).sort_values([TIME, "kind"], kind="stable")
    best = ranked.groupby([row, "learning_rate"])[[TIME, "kind"]].first().unstack()
    rows, columns = spread(len(best), MOST_ROWS), spread(best.shape[1] // 2, MOST_RATES)
    kinds = best["kind"].fillna(len(CELL_KINDS)).to_numpy(int)[np.ix_(rows, columns)]
    times = best[TIME].iloc[rows, columns]
    limits = stability_limits(settings, row, times.index)
    size = len(best), best.shape[1] // 2
    words = np.array([*CELL_KINDS, ""])
    return MethodMap(method, "".join(names[:1]), times, words[kinds], limits, names[1:], size)


def stability_limits(settings: DataFrame, row: str, values: Sequence[float]) -> np.ndarray | None:
    """Return a method's stability limit at values of one parameter, if it has one there."""
    method = METHODS.get(settings["method"].iloc[0])
    if method is None or method.stability_limit is None:
        return None
    first = settings.iloc[0]
    rest = [name for name in method.parameters if name != "learning_rate"]
    if any(settings[name].nunique() > 1 for name in rest if name != row):
        return None
    arguments = [[value if name == row else first[name] for name in rest] for value in values]
    return np.array([method.stability_limit(*one) for one in arguments])


@styled
def draw_heat_map(problem: Problem, tables: Mapping[str, DataFrame]) -> Figure:
    """Draw what each setting costs, by learning rate and the method's second parameter.

    From `settings` and `selected`: a panel per method with one scale of colours, the expected
    running time on the tuning starts, so that the selected setting stands in the best cell. Cells
    of which no run reaches the target and those of which all diverge are hatched. Marked are the
    best of all settings, the best of as many as the headline's trials where that is another, and
    the settings of named runs; where the largest Hessian eigenvalue at the minimum is known,
    stability limits are drawn.
    """
    settings, selected = tables["settings"], tables["selected"]
    methods = methods_in_order(settings["method"])
    maps = [method_map(settings[settings["method"] == method]) for method in methods]
    maps.sort(key=lambda one: -len(one.times))
    limits = time_limits(maps)
    marked = _marked(selected)
    legend = _map_legend(maps, marked, problem)
    notes = _map_notes(maps)
    above = 0.78 if limits else 0.3
    lines = [maps[i : i + 2] for i in range(0, len(maps), 2)]
    depths = [0.3 + max(one.height for one in line) for line in lines]
    # The lines of which a map has no other below bear the learning rates.
    for line in range(max((len(maps) - 2) // 2, 0), len(lines)):
        depths[line] += 0.46
    tops = above + legend_height(len(legend), 2) + np.cumsum([0.0, *depths])
    title = f"Expected running time of every hyperparameter setting: {problem.title}"
    sheet = Sheet(title, tops[-1] + 0.08 + LINE_HEIGHT * len(notes))
    more = ", failures charged the budget" if limits else ": no run reaches the target"
    sheet.text(0.12, 0.1, f"Expected running time in iterations{more}")
    if limits:
        bar = sheet.axes(MAP_LEFT, 0.34, 5.8 - MAP_LEFT, 0.13)
        colour_bar(bar, SPEED, *limits)
        if any((one.times > limits[1]).any(axis=None) for one in maps):
            bar.plot(1.0, 0.5, transform=bar.transAxes, label="worse", **WORSE_MARK)
    sheet.legend(above, legend, 2)
    for i, one in enumerate(maps):
        left = MAP_LEFT + i % 2 * (MAP_WIDTH + MAP_GAP)
        axes = sheet.axes(left, tops[i // 2] + 0.3, MAP_WIDTH, one.height)
        _draw_map(axes, one, limits)
        if problem.largest_eigenvalue and one.limits is not None:
            _draw_limit(axes, one.limits / problem.largest_eigenvalue)
        _mark_settings(axes, one, problem.runs, marked)
        axes.tick_params(labelbottom=i + 2 >= len(maps))
        if i + 2 >= len(maps):
            axes.set_xlabel("learning rate η", labelpad=1)
    for i, note in enumerate(notes):
        sheet.text(0.12, tops[-1] + LINE_HEIGHT * i, note, color=MUTED)
    return sheet.figure


def _map_notes(maps: Sequence[MethodMap]) -> list[str]:
    rows, columns = (max(sizes) for sizes in zip(*(one.size for one in maps), strict=True))
    notes = []
    if rows > MOST_ROWS:
        notes.append(f"Shown: {MOST_ROWS} of {number(rows)} values of a second parameter")
    if columns > MOST_RATES:
        notes.append(f"Shown: {MOST_RATES} of {number(columns)} learning rates")
    return notes


def time_limits(maps: Sequence[MethodMap]) -> tuple[float, float] | None:
    """Return the ends of the scale of colours; the worst cells of those with a time lie beyond."""
    times = np.concatenate([one.times.to_numpy().ravel() for one in maps])
    times = np.maximum(times[np.isfinite(times)], 1.0)
    if not len(times):
        return None
    high = np.quantile(times, SHOWN_APART, method="higher")
    return float(times.min()), float(max(high, 1.1 * times.min()))


def speed_steps(times: np.ndarray, limits: tuple[float, float]) -> np.ndarray:
    """Return the places in `SPEED` of running times, on a logarithmic scale between limits."""
    low, high = np.log(limits)
    share = (np.log(np.maximum(times, 1.0)) - low) / (high - low)
    return np.clip(share * len(SPEED), 0, len(SPEED) - 1).astype(int)


def _draw_map(axes: Axes, one: MethodMap, limits: tuple[float, float] | None) -> None:
    edges, times = rate_edges(one.times.columns.to_numpy()), one.times.to_numpy()
    timed = np.isfinite(times)
    if limits:
        place = np.full(times.shape, -1)
        place[timed] = speed_steps(times[timed], limits)
        for k in np.unique(place[timed]):
            style = {"facecolor": SPEED[k], "edgecolor": SPEED[k], "linewidth": 0.3}
            fill_cells(axes, place == k, edges, "timed", style)
    for kind, (_, style) in HATCHED.items():
        fill_cells(axes, one.kinds == kind, edges, kind, {**style, "linewidth": 0, "zorder": 1.5})
    for line in range(1, len(times)):
        axes.axhline(line, color=PAPER, linewidth=1.0, zorder=1.2)
    logarithmic(axes, "x", edges[0], edges[-1])
    axes.minorticks_off()
    axes.set(ylim=(0, len(times)), yticks=[])
    if one.second:
        axes.set_yticks(np.arange(len(times)) + 0.5, map(number, one.times.index))
        symbol = PARAMETERS[one.second].symbol
        axes.set_ylabel(symbol, rotation=0, va="center", ha="right", labelpad=4)
    axes.tick_params(axis="y", length=0)
    best = " and ".join(PARAMETERS[name].symbol for name in one.others)
    title = method_title(one.method) + (f", at its best {best}" if best else "")
    axes.set_title(title, fontsize=SMALL, pad=4)


def _draw_limit(axes: Axes, rates: np.ndarray) -> None:
    """Draw the stability limit as a line that steps from row to row."""
    places = np.repeat(rates, 2)
    heights = np.repeat(np.arange(len(rates) + 1), 2)[1:-1]
    joints: dict[str, Any] = {"solid_capstyle": "butt", "solid_joinstyle": "miter", "zorder": 4}
    axes.plot(places, heights, color=PAPER, linewidth=4.2, **joints)
    axes.plot(places, heights, color=INK, linewidth=1.9, label="limit", **joints)


def _marked(selected: DataFrame) -> dict[str, tuple[DataFrame, dict[str, Any]]]:
    """Return the rows of `selected` to mark, and how, by what they are.

    Selected among fewer trials are those that are not the best of all already.
    """
    reached = selected[np.isfinite(selected["tuning_expected_running_time"])]
    best = reached[reached["trials"] == 0]
    fewer = reached[(reached["trials"] > 0) & ~reached["candidate"].isin(best["candidate"])]
    words = f"the best of {number(fewer['trials'].max())} tried" if len(fewer) else ""
    return {
        "selected": (best, {**SELECTED_MARK, "label": "the best of all settings"}),
        "fewer": (fewer, {**FEWER_TRIED_MARK, "label": words}),
    }


def _mark_settings(
    axes: Axes,
    one: MethodMap,
    runs: Sequence[Mapping],
    marked: Mapping[str, tuple[DataFrame, dict[str, Any]]],
) -> None:
    """Mark the settings of the named runs, and the selected ones."""
    for run in (run for run in runs if run["method"] == one.method):
        value = run.get(one.second)
        if one.second and value is None:
            value = METHODS[one.method].parameters[one.second]
        x, y, marker = _place_of(axes, one, run["learning_rate"], value)
        style = {**HOLLOW_MARK, "marker": marker, "markersize": 6.5 if marker == "o" else 8}
        axes.plot(x, y, clip_on=False, zorder=6, **style, label="named")
    for label, (rows, style) in marked.items():
        for _, row in rows[rows["method"] == one.method].iterrows():
            x, y, _ = _place_of(axes, one, row["learning_rate"], row.get(one.second))
            axes.plot(x, y, clip_on=False, zorder=5, **{**style, "label": label})


def _place_of(
    axes: Axes, one: MethodMap, rate: float, value: float | None
) -> tuple[float, float, str]:
    """Return where a setting is marked: between rows if need be, at the edge if it is outside."""
    low, high = axes.get_xlim()
    rows = one.times.index.to_numpy()
    y, marker = 0.5, "o"
    if value is not None:
        y = float(np.interp(value, rows, np.arange(len(rows)) + 0.5))
        if not rows[0] <= value <= rows[-1]:
            y, marker = (0.0, "v") if value < rows[0] else (float(len(rows)), "^")
    if not low <= rate <= high:
        rate, marker = (low, "<") if rate < low else (high, ">")
    return rate, y, marker


def _map_legend(
    maps: Sequence[MethodMap],
    marked: Mapping[str, tuple[DataFrame, dict[str, Any]]],
    problem: Problem,
) -> list:
    kinds = np.unique(np.concatenate([one.kinds.ravel() for one in maps]))
    handles: list = [
        Patch(label=text, linewidth=0.8, **style)
        for kind, (text, style) in HATCHED.items()
        if kind in kinds
    ]
    if problem.largest_eigenvalue and any(one.limits is not None for one in maps):
        handles.append(Line2D([], [], color=INK, linewidth=1.9, label="stability limit"))
    handles += [Line2D([], [], **style) for rows, style in marked.values() if len(rows)]
    if {run["method"] for run in problem.runs} & {one.method for one in maps}:
        handles.append(Line2D([], [], label="a named run’s setting", **HOLLOW_MARK))
    return handles


def rate_edges(rates: np.ndarray) -> np.ndarray:
    """Return the borders between learning rates on a logarithmic scale, and beyond the ends."""
    if len(rates) == 1:
        return rates[0] * np.array([0.5, 2.0])
    inner = np.sqrt(rates[1:]) * np.sqrt(rates[:-1])
    ends = rates[[0, -1]] * (rates[[0, -1]] / inner[[0, -1]])
    return np.concatenate([ends[:1], inner, ends[1:]])
