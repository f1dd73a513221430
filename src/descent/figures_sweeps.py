"""The figures of the sweeps: every setting of every method, judged on the held-out starts."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, PathPatch
from matplotlib.path import Path

from descent.methods import METHODS
from descent.parameters import PARAMETERS
from descent.style import (
    INK,
    MUTED,
    OUTCOMES,
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
    outcome_style,
    pick,
    rectangle,
    spread,
    styled,
)
from descent.tables import IN_ORDER

MOST_ROWS = 12  # values of the second parameter that are drawn
MOST_RATES = 120  # learning rates that are drawn
ACROSS = 2  # problems side by side
HELD_OUT = "held_out"
RUNNING_TIME = "expected_running_time"
WORDS = {
    "reached": "reached the target",
    "budget": "budget spent",
    "plateau": "stayed on the plateau",
    "cycle": "cycles",
    "diverged": "diverged",
}
PROBLEMS = {
    "rosenbrock": "Rosenbrock function",
    "uniform": "uniform initial weights",
    "he": "initial weights of He et al.",
}
KINDS = {
    "none": ("no run reaches it", filled(PAPER, ".", MUTED)),
    "diverged": ("all runs diverge", filled(PAPER, "////", OUTCOMES["diverged"])),
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
    """Expected running time of the best setting of each cell, infinite without a success."""
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
        Rows of `descent.tables.SETTINGS`, of one problem, method and part.

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


def maps_of(columns: Mapping[str, np.ndarray], part: str = HELD_OUT) -> list[Map]:
    """Arrange all settings of `descent.tables.SETTINGS`, problem by problem."""
    return [
        map_of(taken(columns, own))
        for problem in in_order(columns["problem"])
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
    outcomes: bool = False,
) -> Figure:
    """Draw what each setting costs, by learning rate and the method's second parameter.

    Parameters
    ----------
    settings, choices : Mapping
        Columns of `descent.tables.SETTINGS` and `CHOICES`, of one problem or several.
    runs : sequence of Mapping
        Named runs of the configuration, whose settings are marked: method, learning_rate, and
        further parameters of the method; one that is missing or None has its default.
    largest_curvature : float, optional
        Largest eigenvalue of the Hessian at the minimum; with it limits of stability are drawn.
    outcomes : bool
        Whether to show, below each map, how the runs of each learning rate ended.

    Returns
    -------
    Figure
        A panel per method and problem with one scale of colours: the expected running time on
        the held-out starts. Cells of which fewer than half the runs reach the target are half as
        tall; those that none reaches and those that all diverge are hatched.
    """
    maps = maps_of(settings)
    problems = in_order(one.problem for one in maps)
    levels = _levels(maps)
    marks = _mark_legend(maps, choices, runs, largest_curvature)
    endings = _outcome_legend(settings) if outcomes else []
    notes = _notes(maps)
    alike = len({(one.method, one.second, tuple(one.rows)) for one in maps}) == len(
        {one.method for one in maps}
    )
    left, gap = 0.72, 0.3 if alike else 0.62
    across = min(len(problems), ACROSS)
    width = (5.85 - left - gap * (across - 1)) / across
    top = 0.95 if levels is not None else 0.5
    panels = top + legend_height(len(marks), 2) + 0.1
    if endings:
        panels += legend_height(len(endings), 2) + 0.3
    places, bottom = _places(maps, problems, panels, outcomes)
    sheet = Sheet(
        titled("Expected running time of every setting", problems), bottom + 0.3 + 0.16 * len(notes)
    )
    told = (
        "Expected running time: iterations of all runs, failures included,\nper run that reaches "
    )
    told += "the target" if levels is not None else "the target; here no run does"
    sheet.text(0.12, 0.1, told, linespacing=1.3)
    if levels is not None:
        bar = sheet.axes(left, 0.5, 5.85 - left, 0.14)
        level_bar(bar, pick(SPEED, len(levels) + 1), [f"{level:,}" for level in levels], "")
    sheet.legend(top, marks, 2, left=0.2)
    if endings:
        second = top + legend_height(len(marks), 2) + 0.12
        sheet.text(0.12, second, "Below each map: share of all runs of a learning rate that")
        sheet.legend(second + 0.2, endings, 2, left=0.2)
    for one, place in zip(maps, places, strict=True):
        x = left + problems.index(one.problem) % across * (width + gap)
        axes = sheet.axes(x, place.top, width, place.height)
        _draw_map(axes, one, levels)
        if largest_curvature is not None:
            _draw_limit(axes, one, largest_curvature)
        _draw_named(axes, one, runs)
        _draw_tuned(axes, one, choices)
        axes.set_title(_title(one, len(problems) > 1 and place.first), fontsize=SMALL, pad=4)
        bottom_axes = axes
        if outcomes:
            axes.set_xticks([])
            bottom_axes = sheet.axes(x, place.top + place.height + 0.07, width, 0.4)
            _draw_outcomes(bottom_axes, one, settings)
            bottom_axes.tick_params(labelbottom=place.last)
        if place.last:
            bottom_axes.set_xlabel("learning rate η", labelpad=1)
        if x > left and alike:
            axes.set_ylabel("")
            axes.tick_params(labelleft=False)
            bottom_axes.tick_params(labelleft=False)
    for i, note in enumerate(notes):
        sheet.text(0.12, bottom + 0.25 + 0.16 * i, note, color=MUTED)
    return sheet.figure


class Place(NamedTuple):
    """Where a map is drawn, inches from the top; whether it is a column's first or last."""

    top: float
    height: float
    first: bool
    last: bool


def _places(
    maps: Sequence[Map], problems: Sequence[str], top: float, outcomes: bool
) -> tuple[list[Place], float]:
    """Stack the maps of each problem, one method beside itself on the next problem."""
    places: dict[int, Place] = {}
    for begin in range(0, len(problems), ACROSS):
        block = problems[begin : begin + ACROSS]
        own = [i for i, one in enumerate(maps) if one.problem in block]
        methods = by_method(maps[i].method for i in own)
        for k, method in enumerate(methods):
            beside = [i for i in own if maps[i].method == method]
            rows = max(len(spread(len(maps[i].rows), MOST_ROWS)) for i in beside)
            height = 0.3 if rows == 1 else (0.2 if rows <= 8 else 0.17) * rows
            top += 0.3 if len(problems) == 1 or k else 0.47
            for i in beside:
                places[i] = Place(top, height, k == 0, k == len(methods) - 1)
            top += height + (0.5 if outcomes else 0.24)
        top += 0.24 * outcomes
        top += 0.3 if begin + ACROSS < len(problems) else 0.0
    return [places[i] for i in range(len(maps))], top


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
    finite = np.concatenate([one.times[np.isfinite(one.times)] for one in maps])
    return round_levels(finite) if len(finite) else None


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
        for kind, height in (("timed", 1.0), ("few", 0.5)):
            for k in np.unique(level[kinds == kind]):
                style = {"facecolor": colours[k], "edgecolor": colours[k], "linewidth": 0.3}
                _fill(axes, (kinds == kind) & (level == k), edges, height, kind, style)
    for kind, (_, style) in KINDS.items():
        _fill(axes, kinds == kind, edges, 1.0, kind, {**style, "zorder": 1.5})
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


def _fill(
    axes: Axes, cells: np.ndarray, edges: np.ndarray, height: float, label: str, style: dict
) -> None:
    """Fill cells as one path, neighbours of a row together."""
    boxes = []
    for i, row in enumerate(cells):
        turns = np.flatnonzero(np.diff(np.concatenate([[False], row, [False]]).astype(int)))
        boxes += [
            Path(np.array([*rectangle(edges[a], edges[b], i, i + height), (0, 0)]), closed=True)
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
    for i in np.flatnonzero(own & np.isfinite(choices["tuned_running_time"])):
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
    handles: list = []
    if "few" in kinds:
        handles.append(
            Line2D([], [], color=SPEED[4], linewidth=4.5, solid_capstyle="butt",
                   label="half as tall: fewer than half reach it")
        )  # fmt: skip
    handles += [
        Patch(label=text, **{**style, "linewidth": 0.8})
        for kind, (text, style) in KINDS.items()
        if kind in kinds
    ]
    if largest is not None and any(np.isfinite(one.limits).all() for one in maps):
        handles.append(Line2D([], [], color=INK, linewidth=1.9, label="limit of stability"))
    if np.isfinite(choices["tuned_running_time"]).any():
        handles.append(Line2D([], [], label="tuned (on the other starts)", **TUNED))
    if any(run["method"] == one.method for run in runs for one in maps):
        handles.append(Line2D([], [], label="a named run's setting", **NAMED))
    return handles


def _draw_outcomes(axes: Axes, one: Map, settings: Mapping[str, np.ndarray]) -> None:
    """Draw stacked bars: of each learning rate the share of every outcome."""
    own = taken(
        settings, rows_where(settings, problem=one.problem, method=one.method, part=HELD_OUT)
    )
    rates = one.rates[spread(len(one.rates), MOST_RATES)]
    edges = rate_edges(rates)
    total = np.array([own["runs"][own["learning_rate"] == rate].sum() for rate in rates])
    floor = np.zeros(len(rates))
    for name in OUTCOMES:
        count = np.array([own[name][own["learning_rate"] == rate].sum() for rate in rates])
        share = count / np.maximum(total, 1)
        if share.any():
            style = outcome_style(name)
            axes.stairs(floor + share, edges, baseline=floor, fill=True, label=name, **style)
        floor = floor + share
    logarithmic(axes, "x", edges[0], edges[-1])
    axes.minorticks_off()
    axes.set_ylim(0, 1)
    axes.set_yticks([0, 1], ["0", "1"])


def _outcome_legend(settings: Mapping[str, np.ndarray]) -> list[Patch]:
    return [
        Patch(label=text, **outcome_style(name))
        for name, text in WORDS.items()
        if settings[name].any()
    ]


def rate_edges(rates: np.ndarray) -> np.ndarray:
    """Return the borders between learning rates on a logarithmic scale, and beyond the ends."""
    if len(rates) == 1:
        return rates[0] * np.array([0.5, 2.0])
    inner = np.sqrt(rates[1:]) * np.sqrt(rates[:-1])
    ends = rates[[0, -1]] * (rates[[0, -1]] / inner[[0, -1]])
    return np.concatenate([ends[:1], inner, ends[1:]])
