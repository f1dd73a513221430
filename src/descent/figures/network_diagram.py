"""The figure of the fixed-weight network."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import EllipseCollection, LineCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from descent.figures.layout import SHEET_WIDTH, SMALL, Sheet, styled
from descent.figures.palette import DASHED, DIVERGING, INK, MUTED, PAPER
from descent.words.numbers import counted, number, subscript

MOST_UNITS = 8  # of a layer that are drawn; of more, the first and the last ones
MOST_VALUES = 40  # weights whose values are written
RADIUS = 0.24  # inches
SIGNS = {1: (DIVERGING[-1], "-"), -1: (DIVERGING[0], DASHED), 0: (MUTED, (0, (1, 2.5)))}


@styled
def draw_network_diagram(weights: Sequence, biases: Sequence) -> Figure:
    """Draw a network: circles for units, lines for weights, biases beneath their units.

    Parameters
    ----------
    weights : sequence of array_like, each of shape (units, inputs)
        Of each layer.
    biases : sequence of array_like, each of shape (units,)
        Of each layer.

    Returns
    -------
    Figure
        Colour and dashes give a weight's sign, width its size. Few weights are written out; of a
        large layer the first and the last units are drawn.
    """
    matrices = [np.asarray(matrix, float) for matrix in weights]
    layers = [matrices[0].shape[1], *(len(matrix) for matrix in matrices)]
    shown = [_shown_units(count) for count in layers]
    rows = max(
        len(units) + (len(units) < count) for units, count in zip(shown, layers, strict=True)
    )
    top, drawing = 0.45, 0.95 * rows
    sheet = Sheet("Diagram of the network", top + drawing + 0.3, _sign_legend(), 3)
    axes = sheet.axes(0.0, top, SHEET_WIDTH, drawing)
    axes.axis("off")
    axes.set(xlim=(0, SHEET_WIDTH), ylim=(0, drawing))
    across = np.linspace(0.65, SHEET_WIDTH - 0.65, len(layers))
    places = [
        {unit: (x, y) for unit, y in zip(units, _heights(len(units), count, drawing), strict=True)}
        for x, units, count in zip(across, shown, layers, strict=True)
    ]
    largest = max(np.abs(matrix).max() for matrix in matrices) or 1.0
    edges = [
        (places[k][j], places[k + 1][i], matrix[i, j])
        for k, matrix in enumerate(matrices)
        for i in shown[k + 1]
        for j in shown[k]
    ]
    _draw_edges(axes, edges, largest)
    _draw_units(axes, places, layers, [None, *biases])
    if len(edges) <= MOST_VALUES:
        _write_values(axes, [edge for edge in edges if edge[2] != 0.0])
    sheet.text(0.55, top + drawing + 0.05, "Beneath a unit: its bias.", color=MUTED)
    return sheet.figure


def _shown_units(count: int) -> list[int]:
    return list(range(count)) if count <= MOST_UNITS else [*range(MOST_UNITS - 3), count - 1]


def _heights(shown: int, count: int, drawing: float) -> np.ndarray:
    """Spread units over the height; where some are left out, a place stays for the ellipsis."""
    slots = shown + (shown < count)
    heights = drawing - drawing * (np.arange(slots) + 0.5) / slots + 0.1
    return np.delete(heights, slots - 2) if shown < count else heights


def _draw_edges(axes: Axes, edges: list, largest: float) -> None:
    for sign, (colour, dash) in SIGNS.items():
        drawn = [edge for edge in edges if np.sign(edge[2]) == sign]
        widths = [0.8 + 2.2 * abs(value) / largest if value else 0.7 for _, _, value in drawn]
        style: dict[str, Any] = {"colors": colour, "linewidths": widths, "linestyles": [dash]}
        axes.add_collection(LineCollection([edge[:2] for edge in drawn], zorder=1, **style))


def _draw_units(axes: Axes, places: list, layers: list[int], biases: list) -> None:
    circles = np.array([place for layer in places for place in layer.values()])
    size = np.full(len(circles), 2.0 * RADIUS)
    where: dict[str, Any] = {"offsets": circles, "offset_transform": axes.transData}
    style: dict[str, Any] = {"facecolors": PAPER, "edgecolors": INK, "zorder": 2}
    axes.add_collection(EllipseCollection(size, size, 0.0 * size, units="xy", **where, **style))
    last = len(layers) - 1
    for k, (layer, count) in enumerate(zip(places, layers, strict=True)):
        symbol = "x" if k == 0 else "p" if k == last else "h"
        x = next(iter(layer.values()))[0]
        axes.text(x, axes.get_ylim()[1] + 0.3, _layer_name(k, last), ha="center", va="top")
        for unit, (_, y) in layer.items():
            name = symbol + subscript(unit + 1)
            axes.text(x, y, name, ha="center", va="center_baseline", zorder=3)
            if k:
                bias = ("+" if biases[k][unit] > 0 else "") + number(biases[k][unit])
                _write(axes, x, y - RADIUS - 0.05, bias, 0.8, color=MUTED, va="top", zorder=2.5)
        if len(layer) < count:
            *_, (_, above), (_, below) = layer.values()
            y, units = (above + below) / 2, counted(count, "unit")
            axes.text(x, y, "⋮", ha="center", va="center", fontsize=20)
            axes.text(x + 0.16, y, units, va="center", fontsize=SMALL, color=MUTED)


def _layer_name(k: int, last: int) -> str:
    if k == 0:
        return "inputs"
    return "probabilities" if k == last else "ReLU" if last == 2 else f"ReLU {k}"


def _write(axes: Axes, x: float, y: float, text: str, pad: float, **style: Any) -> None:
    """Write small text on a patch of paper."""
    box = {"facecolor": PAPER, "edgecolor": "none", "pad": pad}
    axes.text(x, y, text, ha="center", fontsize=SMALL, bbox=box, **style)


def _write_values(axes: Axes, edges: list) -> None:
    """Write each weight on its line, where it is farthest from what is written already."""
    ends = {place for start, end, _ in edges for place in (start, end)}
    taken = [np.array(place) for place in sorted(ends)]
    taken += [np.array([x, y - RADIUS - 0.12]) for x, y in sorted(ends)]
    crossings = [np.array(edge[:2]) for edge in edges]
    for start, end, value in edges:
        start, end = np.array(start), np.array(end)
        candidates = [start + t * (end - start) for t in np.linspace(0.26, 0.66, 17)]
        others = [line for line in crossings if not np.array_equal(line, [start, end])]
        place = max(candidates, key=lambda p: _clearance(p, taken, others))
        taken.append(place)
        colour, _ = SIGNS[np.sign(value)]
        _write(axes, place[0], place[1], number(value), 1.0, color=colour, va="center")


def _clearance(place: np.ndarray, taken: list, lines: list) -> float:
    """Return the distance to the nearest text or unit; other lines count as well, a bit less."""
    distance = min(np.hypot(*(place - other)) for other in taken)
    for start, end in lines:
        along = np.clip(np.dot(place - start, end - start) / np.dot(end - start, end - start), 0, 1)
        distance = min(distance, 2.0 * np.hypot(*(start + along * (end - start) - place)))
    return float(distance)


def _sign_legend() -> list[Line2D]:
    words, widths = ("positive weight", "negative weight", "weight 0"), (1.8, 1.8, 0.8)
    return [
        Line2D([], [], color=colour, linestyle=dash, linewidth=width, label=text)
        for (colour, dash), width, text in zip(SIGNS.values(), widths, words, strict=True)
    ]
