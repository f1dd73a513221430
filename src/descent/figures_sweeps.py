"""The figures of the sweeps: many runs, grouped by setting."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from descent.objectives import rosenbrock_hessian
from descent.style import (
    GRID,
    INK,
    MUTED,
    OUTCOMES,
    PAPER,
    SMALL,
    SPEED,
    Sheet,
    filled,
    legend_height,
    level_bar,
    logarithmic,
    method_colour,
    number,
    outcome_style,
    pick,
    rectangle,
    spread,
    styled,
)

MOST_ROWS = 12  # momenta that are drawn
MOST_RATES = 120  # learning rates that are drawn
MOST_DOTS = 40  # runs of one setting that are drawn one by one
WORDS = {
    "reached": "reached the target",
    "budget": "budget spent",
    "plateau": "stayed on the plateau",
    "cycle": "cycles",
    "diverged": "diverged",
}
MEDIAN: dict[str, Any] = {
    "color": INK,
    "linewidth": 1.0,
    "marker": "_",
    "markersize": 11,
    "markeredgewidth": 2.2,
}
LEFT, ACROSS, GAP = 1.25, 4.6, 0.18  # of the axes, inches


class Cells(NamedTuple):
    """The runs of a sweep, sorted into settings: a row per momentum, a column per learning rate."""

    rates: np.ndarray
    settings: list[tuple[str, float]]
    """Method and momentum of each row."""
    members: list[list[np.ndarray]]
    """Indices of the runs of each cell."""
    note: str
    """What was left out, in words."""


def cells_of(columns: Mapping[str, np.ndarray], most_rows: int = MOST_ROWS) -> Cells:
    """Sort the runs of a sweep into settings; of very many settings choose an even selection."""
    rates, column = np.unique(columns["learning_rate"], return_inverse=True)
    methods, method = np.unique(np.asarray(columns["method"], str), return_inverse=True)
    momenta, momentum = np.unique(columns["momentum"], return_inverse=True)
    pairs, row = np.unique(method * len(momenta) + momentum, return_inverse=True)
    settings = [
        (str(methods[pair // len(momenta)]), float(momenta[pair % len(momenta)])) for pair in pairs
    ]
    cell = row * len(rates) + column
    order = np.argsort(cell, kind="stable")
    bounds = np.searchsorted(cell[order], np.arange(len(settings) * len(rates) + 1))
    rows, chosen = spread(len(settings), most_rows), spread(len(rates), MOST_RATES)
    members = [
        [order[bounds[i * len(rates) + j] : bounds[i * len(rates) + j + 1]] for j in chosen]
        for i in rows
    ]
    notes = [
        f"{len(some)} of {len(every)} {what}"
        for some, every, what in ((rows, settings, "momenta"), (chosen, rates, "learning rates"))
        if len(some) < len(every)
    ]
    note = f"Shown: {', '.join(notes)}" if notes else ""
    return Cells(rates[chosen], [settings[i] for i in rows], members, note)


def median_iterations(
    status: np.ndarray, iterations: np.ndarray, members: Sequence[np.ndarray]
) -> np.ndarray:
    """Return each cell's median of the iterations to the target, infinite for a run that misses."""
    needed = np.where(status == "reached", iterations, np.inf)
    return np.array([np.quantile(needed[m], 0.5, method="inverted_cdf") for m in members])


def shares(status: np.ndarray, members: Sequence[np.ndarray]) -> dict[str, np.ndarray]:
    """Return the share of each outcome in each cell."""
    return {
        name: np.array([np.mean(status[m] == name) if len(m) else 0.0 for m in members])
        for name in OUTCOMES
    }


# ── Rosenbrock ───────────────────────────────────────────────────────────────────────────────


@styled
def rosenbrock_sweep(columns: Mapping[str, np.ndarray], a: float, b: float) -> Figure:
    """Draw the median iterations to the target and the outcomes, by learning rate and momentum.

    Parameters
    ----------
    columns : Mapping
        Columns of `descent.tables.ROSENBROCK_SWEEP`.
    a, b : float
        Parameters of the function.

    Returns
    -------
    Figure
        A heat map with the limit of stability at the minimum, and the share of each outcome.
    """
    cells = cells_of(columns)
    status = np.asarray(columns["status"], str)
    medians = np.array([median_iterations(status, columns["iterations"], m) for m in cells.members])
    parts = np.array(
        [list(shares(status, m).values()) for m in cells.members]
    )  # row, outcome, rate
    rows = len(cells.settings)
    map_top, map_height, strip = 0.4, 0.3 * rows, 0.5
    bar_top = map_top + map_height + 0.6
    kinds = _kinds(medians, parts)
    marks = [*_kind_legend(kinds), _limit_handle()]
    strips_top = bar_top + 0.75 + legend_height(len(marks), 2) + 0.35
    outcomes = _outcome_legend(status)
    bottom = strips_top + rows * (strip + GAP) + 0.4
    sheet = Sheet(
        "Iterations to the target on the Rosenbrock function",
        bottom + legend_height(len(outcomes), 3) + 0.05 + 0.2 * bool(cells.note),
    )
    axes = sheet.axes(LEFT, map_top, ACROSS, map_height)
    levels = _draw_map(axes, cells, medians, kinds)
    _draw_limit(axes, cells, curvature(a, b))
    axes.set_title("Median iterations to the target")
    if levels is not None:
        bar = sheet.axes(LEFT, bar_top, ACROSS, 0.13)
        level_bar(
            bar,
            pick(SPEED, len(levels) + 1),
            [f"{level:,}" for level in levels],
            "median iterations to the target",
        )
    sheet.legend(bar_top + 0.7, marks, 2, left=0.2)
    for i in range(rows):
        axes = sheet.axes(LEFT, strips_top + i * (strip + GAP), ACROSS, strip)
        _draw_outcomes(axes, cells.rates, status, cells.members[i])
        axes.set_ylabel(
            _name(cells.settings[i]),
            rotation=0,
            ha="right",
            va="center",
            fontsize=SMALL,
            labelpad=22,
        )
        if i == 0:
            axes.set_title("Share of the runs by outcome")
        if i == rows - 1:
            axes.set_xlabel("learning rate η")
        else:
            axes.tick_params(labelbottom=False)
            axes.minorticks_off()
    sheet.legend(bottom, outcomes, 3, left=0.2)
    if cells.note:
        sheet.text(0.2, sheet.height - 0.2, cells.note, color=MUTED)
    return sheet.figure


def curvature(a: float, b: float) -> float:
    """Return the largest eigenvalue of the Hessian at the minimum (a, a²)."""
    return float(np.linalg.eigvalsh(rosenbrock_hessian(np.array([a, a * a]), a, b))[-1])


def _kinds(medians: np.ndarray, parts: np.ndarray) -> np.ndarray:
    """Sort cells: a median there is, fewer than half reach, none reaches, all diverge."""
    reached, diverged = (
        parts[:, list(OUTCOMES).index("reached")],
        parts[:, list(OUTCOMES).index("diverged")],
    )
    return np.select(
        [np.isfinite(medians), reached > 0.0, diverged == 1.0],
        ["median", "few", "diverged"],
        "none",
    )


_KINDS = {
    "few": ("fewer than half reach it", filled(GRID) | {"edgecolor": GRID, "linewidth": 0.5}),
    "none": ("no run reaches it", filled(PAPER, "..", MUTED)),
    "diverged": ("all runs diverge", outcome_style("diverged")),
}


def _kind_legend(kinds: np.ndarray) -> list:
    return [
        Patch(label=text, **style)
        for kind, (text, style) in _KINDS.items()
        if (kinds == kind).any()
    ]


def _draw_map(axes: Axes, cells: Cells, medians: np.ndarray, kinds: np.ndarray) -> list[int] | None:
    edges = rate_edges(cells.rates)
    rows = len(cells.settings)

    def boxes(chosen: np.ndarray) -> list:
        return [rectangle(edges[j], edges[j + 1], i, i + 1) for i, j in np.argwhere(chosen)]

    levels = None
    if (timed := kinds == "median").any():
        levels = round_levels(medians[timed])
        colours = np.array(pick(SPEED, len(levels) + 1))
        faces = colours[np.searchsorted(levels, medians[timed], side="right")]
        axes.add_collection(
            PolyCollection(boxes(timed), facecolors=faces, edgecolors="face", linewidths=0.5)
        )
    for kind, (_, style) in _KINDS.items():
        if (kinds == kind).any():
            axes.add_collection(PolyCollection(boxes(kinds == kind), **style))
    for line in range(1, rows):
        axes.axhline(line, color=PAPER, linewidth=1.2)
    logarithmic(axes, "x", edges[0], edges[-1])
    axes.set_ylim(rows, 0)
    axes.set_yticks(np.arange(rows) + 0.5, [_name(setting) for setting in cells.settings])
    axes.tick_params(axis="y", length=0)
    axes.set_xlabel("learning rate η")
    return levels


def _draw_limit(axes: Axes, cells: Cells, largest: float) -> None:
    """Mark η = 2 (1 + μ) / λ, beyond which heavy ball leaves even the minimum's surroundings."""
    for i, (_, momentum) in enumerate(cells.settings):
        limit = 2.0 * (1.0 + momentum) / largest
        axes.plot([limit, limit], [i, i + 1], color=PAPER, linewidth=4.0, solid_capstyle="butt")
        axes.plot(
            [limit, limit],
            [i, i + 1],
            color=INK,
            linewidth=2.0,
            solid_capstyle="butt",
            label="limit",
        )


def _limit_handle() -> Line2D:
    return Line2D(
        [], [], linestyle="none", marker="|", markersize=12, markeredgewidth=2.0, color=INK,
        label="η = 2 (1 + μ) / λ, limit of stability",
    )  # fmt: skip


def round_levels(values: np.ndarray) -> list[int]:
    """Return round numbers among the values, at most one fewer than there are colours."""
    for steps in ((10, 15, 20, 30, 40, 50, 60, 80), (10, 20, 50), (10, 30), (10,)):
        powers = [step * 10**k // 10 for k in range(8) for step in steps]
        levels = [level for level in powers if values.min() < level <= values.max()]
        if len(levels) < len(SPEED):
            break
    return levels


# ── Network ──────────────────────────────────────────────────────────────────────────────────


@styled
def network_sweep(columns: Mapping[str, np.ndarray]) -> Figure:
    """Draw the outcomes and the test accuracy of many trainings, by learning rate and momentum.

    Parameters
    ----------
    columns : Mapping
        Columns of `descent.tables.NETWORK_SWEEP`.

    Returns
    -------
    Figure
        A row per momentum: the share of each outcome, and the accuracy of every run.
    """
    cells = cells_of(columns)
    status = np.asarray(columns["status"], str)
    outcomes = _outcome_legend(status)
    handles = [*outcomes, *_accuracy_legend()]
    height, heading = 1.4, 0.55
    row = height + heading + 0.6
    bottom = len(cells.settings) * row
    sheet = Sheet(
        "Outcomes and test accuracy of the trainings",
        bottom + legend_height(len(handles), 2) + 0.1 + 0.2 * bool(cells.note),
    )
    for i, (setting, members) in enumerate(zip(cells.settings, cells.members, strict=True)):
        top = i * row + heading
        sheet.text(0.7, top - 0.47, _long_name(setting), fontsize=10)
        left = sheet.axes(0.7, top, 2.2, height)
        _draw_outcomes(left, cells.rates, status, members)
        left.set_title("share of runs by outcome", fontsize=SMALL)
        right = sheet.axes(3.6, top, 2.2, height)
        _draw_accuracies(right, cells.rates, columns["test_accuracy"], members, setting[0])
        right.set_title("test accuracy", fontsize=SMALL)
        for axes in (left, right):
            axes.set_xlabel("learning rate η", labelpad=1)
    sheet.legend(bottom, handles, 2, left=0.6)
    if cells.note:
        sheet.text(0.2, sheet.height - 0.2, cells.note, color=MUTED)
    return sheet.figure


def _draw_accuracies(
    axes: Axes, rates: np.ndarray, accuracy: np.ndarray, members: Sequence[np.ndarray], method: str
) -> None:
    edges = rate_edges(rates)
    logarithmic(axes, "x", edges[0], edges[-1])
    axes.set_ylim(-0.03, 1.03)
    axes.grid(visible=True, axis="y")
    dots = [np.sort(accuracy[runs]) for runs in members]
    dots = [values[spread(len(values), MOST_DOTS)] for values in dots]
    # Side by side in ascending order, over the middle half of the cell.
    places = [
        low * (high / low) ** (0.25 + 0.5 * (np.arange(len(values)) + 0.5) / len(values))
        for low, high, values in zip(edges, edges[1:], dots, strict=False)
    ]
    colour = method_colour(method)
    axes.plot(np.concatenate(places), np.concatenate(dots), ".", color=colour, markersize=3.5)
    medians = [np.median(accuracy[runs]) for runs in members]
    axes.plot(rates, medians, zorder=3, **MEDIAN)


def _accuracy_legend() -> list[Line2D]:
    return [
        Line2D([], [], linestyle="none", marker=".", color=MUTED, label="accuracy of a run"),
        Line2D([], [], label="median of the runs", **MEDIAN),
    ]  # fmt: skip


# ── Both ─────────────────────────────────────────────────────────────────────────────────────


def rate_edges(rates: np.ndarray) -> np.ndarray:
    """Return the borders between learning rates on a logarithmic scale, and beyond the ends."""
    if len(rates) == 1:
        return rates[0] * np.array([0.5, 2.0])
    inner = np.sqrt(rates[1:] * rates[:-1])
    return np.concatenate([[rates[0] ** 2 / inner[0]], inner, [rates[-1] ** 2 / inner[-1]]])


def _draw_outcomes(
    axes: Axes, rates: np.ndarray, status: np.ndarray, members: Sequence[np.ndarray]
) -> None:
    """Draw stacked bars: of each learning rate the share of every outcome."""
    edges = rate_edges(rates)
    floor = np.zeros(len(rates))
    for name, share in shares(status, members).items():
        boxes = [
            rectangle(edges[j], edges[j + 1], floor[j], floor[j] + share[j])
            for j in np.flatnonzero(share)
        ]
        if boxes:
            axes.add_collection(PolyCollection(boxes, label=name, **outcome_style(name)))
        floor += share
    for edge in edges[1:-1] if len(rates) <= 40 else ():
        axes.axvline(edge, color=PAPER, linewidth=0.6)
    logarithmic(axes, "x", edges[0], edges[-1])
    axes.set_ylim(0, 1)
    axes.set_yticks(
        [0, 1] if axes.bbox.height < 60 else [0, 0.5, 1],
        ["0", "1"] if axes.bbox.height < 60 else ["0", "0.5", "1"],
    )


def _outcome_legend(status: np.ndarray) -> list[Patch]:
    found = set(np.unique(status))
    return [
        Patch(label=text, **outcome_style(name)) for name, text in WORDS.items() if name in found
    ]


def _name(setting: tuple[str, float]) -> str:
    method, momentum = setting
    return "gradient\ndescent" if method == "gradient_descent" else f"μ = {number(momentum)}"


def _long_name(setting: tuple[str, float]) -> str:
    method, momentum = setting
    name = method.replace("_", " ")
    return name if method == "gradient_descent" else f"{name}, μ = {number(momentum)}"
