"""The figures of the sweeps: what every setting of every method costs."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, PathPatch
from matplotlib.path import Path

from descent.core.methods import METHODS
from descent.core.parameters import PARAMETERS
from descent.figures.style import (
    INK,
    LOST,
    MUTED,
    PAPER,
    SMALL,
    SPEED,
    Sheet,
    filled,
    in_words,
    legend_height,
    level_bar,
    logarithmic,
    number,
    pick,
    rectangle,
    spread,
    styled,
)
from descent.tables.schemas import IN_ORDER

MOST_ROWS = 12  # values of the second parameter that are drawn
MOST_RATES = 120  # learning rates that are drawn
ACROSS = 2  # problems side by side
TUNING, HELD_OUT = "tuning", "held_out"
RUNNING_TIME = "charged_running_time"  # by which settings are chosen
ROW, LONE_ROW = 0.155, 0.3  # heights of a map's rows, inches
PROBLEMS = {
    "rosenbrock": "Rosenbrock function",
    "uniform": "uniform initial weights",
    "he": "initial weights of He et al.",
}
KINDS = {
    "none": ("no run reaches it", filled(PAPER, ".", MUTED)),
    "diverged": ("all runs diverge", filled(PAPER, "////", LOST)),
}
"""Cells without a running time: what they are, and how they are filled."""
NAMED: dict[str, Any] = {
    "marker": "o",
    "markersize": 6.5,
    "markerfacecolor": PAPER,
    "markeredgecolor": INK,
    "markeredgewidth": 1.4,
    "linestyle": "none",
}
TUNED: dict[str, Any] = {
    "marker": "*",
    "markersize": 13,
    "markerfacecolor": INK,
    "markeredgecolor": PAPER,
    "markeredgewidth": 0.9,
    "linestyle": "none",
}


def problem_words(problem: str) -> str:
    """Write the name of a problem for readers."""
    return PROBLEMS.get(problem, problem)


def titled(title: str, problems: Sequence[str]) -> str:
    """Return the title of a figure of some problems."""
    return f"{title}: {', '.join(map(problem_words, problems))}"


def in_order(values: Iterable) -> list[str]:
    """Return the different texts of a column, as they first appear."""
    return list(dict.fromkeys(map(str, values)))


def problems_of(columns: Mapping[str, np.ndarray]) -> list[str]:
    """Return the problems of a table: known ones in their order, then the others."""
    found = in_order(columns["problem"])
    return sorted(found, key=lambda name: [*PROBLEMS, name].index(name))


def by_method(methods: Iterable) -> list[str]:
    """Return different methods in the order in which they are registered."""
    known = list(METHODS)
    found = sorted(set(map(str, methods)))
    return sorted(found, key=lambda name: known.index(name) if name in known else len(known))


def taken(columns: Mapping[str, np.ndarray], rows: np.ndarray) -> dict[str, np.ndarray]:
    """Return some rows of a table."""
    return {name: column[rows] for name, column in columns.items()}


def rows_where(columns: Mapping[str, np.ndarray], **values: str) -> np.ndarray:
    """Tell which rows of a table hold these texts."""
    return np.all([np.asarray(columns[name], str) == text for name, text in values.items()], axis=0)


# ── Heat maps ────────────────────────────────────────────────────────────────────────────────


class Map(NamedTuple):
    """A method's settings on a problem: a row per value of a parameter, a column per rate."""

    problem: str
    method: str
    second: str
    """Name of the parameter; empty if none varies."""
    rows: np.ndarray
    """Its values, ascending."""
    rates: np.ndarray
    times: np.ndarray
    """Charged running time of the best setting of each cell, infinite without a success."""
    kinds: np.ndarray
    """`timed`, `few` (fewer than half reach), `none`, `diverged`; empty without a setting."""
    limits: np.ndarray
    """Of each row the largest stable learning rate × curvature; NaN where it is not known."""
    others: tuple[str, ...]
    """Further parameters that vary."""


def varying(columns: Mapping[str, np.ndarray]) -> list[str]:
    """Return the parameters besides the learning rate that take more than one value."""
    names = [name for name in IN_ORDER[2:] if name in columns]
    return [name for name in names if len(np.unique(columns[name])) > 1]


def map_of(columns: Mapping[str, np.ndarray]) -> Map:
    """Arrange the settings of one method on one problem.

    Parameters
    ----------
    columns : Mapping
        Rows of `descent.tables.schemas.SETTINGS`, of one problem, method and part.

    Returns
    -------
    Map
        Where a third parameter varies, a cell shows its quickest setting.
    """
    names = varying(columns)
    second, others = (names[0], tuple(names[1:])) if names else ("", ())
    rates, column = np.unique(columns["learning_rate"], return_inverse=True)
    rows, row = np.unique(columns[second or "momentum"], return_inverse=True)
    times = np.full((len(rows), len(rates)), np.inf)
    kinds = np.full(times.shape, "", dtype="<U8")
    own = np.where(np.isnan(columns[RUNNING_TIME]), np.inf, columns[RUNNING_TIME])
    half = 2 * columns["reached"] >= columns["runs"]
    lost = columns["diverged"] == columns["runs"]
    for i in np.lexsort((~lost, ~half, own))[::-1]:  # the quickest last, before it the hopeful
        cell = row[i], column[i]
        times[cell] = own[i]
        if np.isfinite(own[i]):
            kinds[cell] = "timed" if half[i] else "few"
        elif kinds[cell] != "none":
            kinds[cell] = "diverged" if lost[i] else "none"
    limits = np.array([_limit(columns, second, value) for value in rows])
    method, problem = str(columns["method"][0]), str(columns["problem"][0])
    return Map(problem, method, second, rows, rates, times, kinds, limits, others)


def choosing_part(columns: Mapping[str, np.ndarray]) -> str:
    """Return the part of the starts that settings are chosen by: with a single start the judges."""
    return TUNING if rows_where(columns, part=TUNING).any() else HELD_OUT


def maps_of(columns: Mapping[str, np.ndarray]) -> list[Map]:
    """Arrange all settings of `descent.tables.schemas.SETTINGS`, as they are when they are chosen from."""
    part = choosing_part(columns)
    return [
        map_of(taken(columns, own))
        for problem in problems_of(columns)
        for method in by_method(columns["method"])
        if (own := rows_where(columns, problem=problem, method=method, part=part)).any()
    ]


def _limit(columns: Mapping[str, np.ndarray], second: str, value: float) -> float:
    """Return a method's limit of stability at a value of its second parameter, if it has one."""
    method = METHODS.get(str(columns["method"][0]))
    if method is None or method.limit is None:
        return np.nan
    known = []
    for name in list(method.parameters)[1:]:
        values = np.unique(columns[name])
        if name != second and len(values) > 1:
            return np.nan
        known.append(value if name == second else float(values[0]))
    return float(method.limit(*known))


@styled
def sweep_maps(
    settings: Mapping[str, np.ndarray],
    choices: Mapping[str, np.ndarray],
    runs: Sequence[Mapping] = (),
    largest_curvature: float | None = None,
) -> Figure:
    """Draw what each setting costs, by learning rate and the method's second parameter.

    Parameters
    ----------
    settings, choices : Mapping
        Columns of `descent.tables.schemas.SETTINGS` and `CHOICES`, of one problem or several.
    runs : sequence of Mapping
        Named runs of the configuration, whose settings are marked: method, learning_rate, and
        further parameters of the method; one that is missing or None has its default.
    largest_curvature : float, optional
        Largest eigenvalue of the Hessian at the minimum; with it limits of stability are drawn.

    Returns
    -------
    Figure
        A panel per method and problem with one scale of colours: the charged running time on the
        starts that settings are chosen by, so that the chosen one stands in the best cell. Cells
        of which no run reaches the target and those of which all diverge are hatched.
    """
    maps = maps_of(settings)
    problems = in_order(one.problem for one in maps)
    levels = _levels(maps)
    marks = _mark_legend(maps, choices, runs, largest_curvature)
    notes = _notes(maps)
    lines = _lines_of_maps(maps, problems)
    alike = all(
        (maps[a].second, tuple(maps[a].rows)) == (maps[b].second, tuple(maps[b].rows))
        for a, b in (line for line in lines if len(line) == ACROSS)
    )
    left, gap = 0.66, 0.25 if alike else 0.72
    across = max(map(len, lines))
    width = (5.85 - left - gap * (across - 1)) / across
    top = 0.78 if levels is not None else 0.3
    places, bottom = _places(maps, lines, top + legend_height(len(marks), 2), len(problems) > 1)
    sheet = Sheet(
        titled("Charged running time of every setting", problems),
        bottom + 0.08 + 0.16 * len(notes),
    )
    told = "Charged running time, in iterations"
    sheet.text(0.12, 0.1, told if levels is not None else f"{told}: no run reaches the target")
    if levels is not None:
        bar = sheet.axes(left, 0.34, 5.85 - left, 0.13)
        level_bar(bar, pick(SPEED, len(levels) + 1), [f"{level:,}" for level in levels], "")
    sheet.legend(top, marks, 2, left=0.2)
    for one, place in zip(maps, places, strict=True):
        axes = sheet.axes(left + place.column * (width + gap), place.top, width, place.height)
        _draw_map(axes, one, levels)
        if largest_curvature is not None:
            _draw_limit(axes, one, largest_curvature)
        _draw_named(axes, one, runs)
        _draw_tuned(axes, one, choices)
        axes.set_title(_title(one, place.first), fontsize=SMALL, pad=4)
        axes.tick_params(labelbottom=place.last)
        if place.last:
            axes.set_xlabel("learning rate η", labelpad=1)
        if place.column and alike:
            axes.set_ylabel("")
            axes.tick_params(labelleft=False)
    for i, note in enumerate(notes):
        sheet.text(0.12, bottom + 0.16 * i, note, color=MUTED)
    return sheet.figure


class Place(NamedTuple):
    """Where a map is drawn."""

    column: int
    top: float
    """Inches from the top of the figure."""
    height: float
    first: bool
    """Whether it heads the column of its problem."""
    last: bool
    """Whether no map is below it."""


def _lines_of_maps(maps: Sequence[Map], problems: Sequence[str]) -> list[list[int]]:
    """Put maps side by side: a method's on two problems, or of one problem those of two methods.

    In the latter case tall maps come first, so that neighbours are alike.
    """
    if len(problems) == 1:
        order = sorted(range(len(maps)), key=lambda i: -len(maps[i].rows))
        return [order[i : i + ACROSS] for i in range(0, len(order), ACROSS)]
    found = []
    for begin in range(0, len(problems), ACROSS):
        block = problems[begin : begin + ACROSS]
        for method in by_method(one.method for one in maps):
            line = [
                i for i, one in enumerate(maps) if one.method == method and one.problem in block
            ]
            found += [line] if line else []
    return found


def _places(
    maps: Sequence[Map], lines: Sequence[Sequence[int]], top: float, several: bool
) -> tuple[list[Place], float]:
    """Stack the lines of maps; return also where the last one ends, its axis included."""
    places: dict[int, Place] = {}
    for k, line in enumerate(lines):
        below = lines[k + 1] if k + 1 < len(lines) else []
        above = lines[k - 1] if k else []
        heights = [_height(maps[i]) for i in line]
        heads = several and {maps[i].problem for i in line} != {maps[i].problem for i in above}
        top += 0.48 if heads else 0.3
        labelled = False
        for column, i in enumerate(line):
            ends = column >= len(below) or (
                several and maps[below[column]].problem != maps[i].problem
            )
            places[i] = Place(column, top, heights[column], heads, ends)
            labelled |= ends
        top += max(heights) + (0.46 if labelled else 0.0)
    return [places[i] for i in range(len(maps))], top


def _height(one: Map) -> float:
    """Return how tall a map is."""
    rows = len(spread(len(one.rows), MOST_ROWS))
    return LONE_ROW if rows == 1 else ROW * rows


def _title(one: Map, with_problem: bool) -> str:
    words = in_words(one.method)
    if one.others:
        best = " and ".join(PARAMETERS[name].symbol for name in one.others)
        words += f", at its best {best}"
    return f"{problem_words(one.problem)}\n{words}" if with_problem else words


def _notes(maps: Sequence[Map]) -> list[str]:
    notes = []
    for what, most, counts in (
        ("values of a second parameter", MOST_ROWS, [len(one.rows) for one in maps]),
        ("learning rates", MOST_RATES, [len(one.rates) for one in maps]),
    ):
        if max(counts) > most:
            notes.append(f"Shown: {most} of {max(counts)} {what}")
    return notes


def _levels(maps: Sequence[Map]) -> list[int] | None:
    """Return the levels of the colours: they spread over cells of which half the runs arrive."""
    for kinds in (("timed",), ("few",)):
        times = np.concatenate([one.times[np.isin(one.kinds, kinds)] for one in maps])
        if len(times):
            return round_levels(times)
    return None


def round_levels(values: np.ndarray) -> list[int]:
    """Return round numbers among the values, at most one fewer than there are colours."""
    for steps in ((10, 15, 20, 30, 40, 50, 60, 80), (10, 20, 50), (10, 30), (10,)):
        powers = [step * 10**k // 10 for k in range(12) for step in steps]
        levels = [level for level in powers if values.min() < level <= values.max()]
        if len(levels) < len(SPEED):
            return levels
    return levels[:: -(-len(levels) // (len(SPEED) - 1))]


def _draw_map(axes: Axes, one: Map, levels: Sequence[int] | None) -> None:
    rows, columns = spread(len(one.rows), MOST_ROWS), spread(len(one.rates), MOST_RATES)
    edges = rate_edges(one.rates[columns])
    kinds, times = one.kinds[np.ix_(rows, columns)], one.times[np.ix_(rows, columns)]
    timed = np.isfinite(times)
    if levels is not None and timed.any():
        colours = pick(SPEED, len(levels) + 1)
        level = np.where(timed, np.searchsorted(levels, times, side="right"), -1)
        for k in np.unique(level[timed]):
            style = {"facecolor": colours[k], "edgecolor": colours[k], "linewidth": 0.3}
            _fill(axes, level == k, edges, "timed", style)
    for kind, (_, style) in KINDS.items():
        _fill(axes, kinds == kind, edges, kind, {**style, "zorder": 1.5})
    for line in range(1, len(rows)):
        axes.axhline(line, color=PAPER, linewidth=1.0, zorder=1.2)
    logarithmic(axes, "x", edges[0], edges[-1])
    axes.minorticks_off()
    axes.set_ylim(0, len(rows))
    if one.second:
        axes.set_yticks(np.arange(len(rows)) + 0.5, [number(one.rows[i]) for i in rows])
        symbol = PARAMETERS[one.second].symbol
        axes.set_ylabel(symbol, rotation=0, va="center", ha="right", labelpad=4)
    else:
        axes.set_yticks([])
    axes.tick_params(axis="y", length=0)


def _fill(axes: Axes, cells: np.ndarray, edges: np.ndarray, label: str, style: dict) -> None:
    """Fill cells as one path, neighbours of a row together."""
    boxes = []
    for i, row in enumerate(cells):
        turns = np.flatnonzero(np.diff(np.concatenate([[False], row, [False]]).astype(int)))
        boxes += [
            Path(np.array([*rectangle(edges[a], edges[b], i, i + 1), (0, 0)]), closed=True)
            for a, b in turns.reshape(-1, 2)
        ]
    if boxes:
        axes.add_patch(PathPatch(Path.make_compound_path(*boxes), label=label, **style))


def _draw_limit(axes: Axes, one: Map, largest: float) -> None:
    """Draw the limit of stability as a line that steps from row to row."""
    rows = spread(len(one.rows), MOST_ROWS)
    if np.isnan(one.limits).any():
        return
    places = np.repeat(one.limits[rows] / largest, 2)
    heights = np.repeat(np.arange(len(rows) + 1), 2)[1:-1]
    for colour, width, label in ((PAPER, 4.2, ""), (INK, 1.9, "limit")):
        axes.plot(
            places,
            heights,
            color=colour,
            linewidth=width,
            solid_capstyle="butt",
            solid_joinstyle="miter",
            zorder=4,
            label=label or "_",
        )


def _draw_named(axes: Axes, one: Map, runs: Sequence[Mapping]) -> None:
    for run in runs:
        if run["method"] == one.method:
            value = run.get(one.second) if one.second else None
            if one.second and value is None:
                value = METHODS[one.method].parameters[one.second]
            x, y, marker = _mark(axes, one, run["learning_rate"], value)
            style = {**NAMED, "marker": marker, "markersize": 6.5 if marker == "o" else 8}
            axes.plot(x, y, label="named", clip_on=False, zorder=6, **style)


def _draw_tuned(axes: Axes, one: Map, choices: Mapping[str, np.ndarray]) -> None:
    own = rows_where(choices, problem=one.problem, method=one.method)
    for i in np.flatnonzero(own & np.isfinite(choices["tuned_charged_time"])):
        value = choices[one.second][i] if one.second else None
        x, y, _ = _mark(axes, one, choices["learning_rate"][i], value)
        axes.plot(x, y, label="tuned", clip_on=False, zorder=5, **TUNED)


def _mark(axes: Axes, one: Map, rate: float, value: float | None) -> tuple[float, float, str]:
    """Return where a setting is marked: between rows if need be, at the edge if it is outside."""
    low, high = axes.get_xlim()
    rows = one.rows[spread(len(one.rows), MOST_ROWS)]
    y, marker = 0.5, "o"
    if value is not None:
        y = float(np.interp(value, rows, np.arange(len(rows)) + 0.5))
        if not rows[0] <= value <= rows[-1]:
            y, marker = (0.0, "v") if value < rows[0] else (float(len(rows)), "^")
    if not low <= rate <= high:
        rate, marker = (low, "<") if rate < low else (high, ">")
    return rate, y, marker


def _mark_legend(
    maps: Sequence[Map],
    choices: Mapping[str, np.ndarray],
    runs: Sequence[Mapping],
    largest: float | None,
) -> list:
    kinds = set(np.concatenate([one.kinds.ravel() for one in maps]))
    handles: list = [
        Patch(label=text, **{**style, "linewidth": 0.8})
        for kind, (text, style) in KINDS.items()
        if kind in kinds
    ]
    if largest is not None and any(np.isfinite(one.limits).all() for one in maps):
        handles.append(Line2D([], [], color=INK, linewidth=1.9, label="limit of stability"))
    if np.isfinite(choices["tuned_charged_time"]).any():
        handles.append(Line2D([], [], label="the setting chosen", **TUNED))
    if any(run["method"] == one.method for run in runs for one in maps):
        handles.append(Line2D([], [], label="a named run's setting", **NAMED))
    return handles


def rate_edges(rates: np.ndarray) -> np.ndarray:
    """Return the borders between learning rates on a logarithmic scale, and beyond the ends."""
    if len(rates) == 1:
        return rates[0] * np.array([0.5, 2.0])
    inner = np.sqrt(rates[1:]) * np.sqrt(rates[:-1])
    ends = rates[[0, -1]] * (rates[[0, -1]] / inner[[0, -1]])
    return np.concatenate([ends[:1], inner, ends[1:]])
