"""What axes have: logarithmic scales, bars of levels, labels at the ends of lines."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.patches import PathPatch
from matplotlib.path import Path
from matplotlib.ticker import LogLocator, NullFormatter, NullLocator

from descent.figures.layout import SMALL
from descent.words.numbers import number, power_of_ten


def spread(count: int, most: int) -> np.ndarray:
    """Return at most so many of the indices below count, evenly spread, both ends included."""
    if count == 0:
        return np.arange(0)
    return np.unique(np.linspace(0, count - 1, min(count, most)).round().astype(int))


def say(axes: Axes, text: str, height: float = 0.5) -> None:
    """Write in axes, at a share of their height, why there is nothing to see."""
    style: dict[str, Any] = {"ha": "center", "va": "center", "fontsize": SMALL}
    axes.text(0.5, height, text, transform=axes.transAxes, **style)


def logarithmic(axes: Axes, which: str, low: float, high: float, most: int = 7) -> None:
    """Make the axis "x" or "y" logarithmic from low to high, with ticks that can be read.

    Of whole decades at most so many are labelled, and perhaps one more.
    """
    axes.set(**{f"{which}scale": "log", f"{which}lim": (low, high)})
    axis = axes.xaxis if which == "x" else axes.yaxis
    decades = np.log10(high / low)
    if decades >= 2.0:
        stride = int(np.ceil(decades / most))
        exponents = np.arange(np.ceil(np.log10(low) - 1e-9), np.log10(high) + 1e-9)
        axis.set_ticks(10.0 ** exponents[exponents % stride == 0])
        between = range(2, 10) if stride == 1 else (1,)
        axis.set_minor_locator(LogLocator(subs=between, numticks=1000))
        axis.set_major_formatter(lambda value, _: power_of_ten(round(np.log10(value))))
    else:
        axis.set_major_locator(LogLocator(subs=(1, 2, 5), numticks=1000))
        axis.set_minor_locator(NullLocator())
        axis.set_major_formatter(lambda value, _: number(value))
    axis.set_minor_formatter(NullFormatter())


def level_bar(axes: Axes, colours: Sequence[str], labels: Sequence[str], label: str) -> None:
    """Fill axes with the colours of levels; labels stand at their inner borders."""
    boxes = [rectangle(i, i + 1, 0, 1) for i in range(len(colours))]
    axes.add_collection(PolyCollection(boxes, facecolors=colours, edgecolors="none"))
    axes.set(xlim=(0, len(colours)), ylim=(0, 1), xlabel=label)
    axes.set_yticks([])
    axes.set_xticks(range(1, len(colours)), labels)


def colour_bar(axes: Axes, colours: Sequence[str], low: float, high: float) -> None:
    """Fill axes with a logarithmic scale of colours from low to high."""
    edges = np.geomspace(low, high, len(colours) + 1)
    boxes = [rectangle(*ends, 0, 1) for ends in pairwise(edges)]
    axes.add_collection(PolyCollection(boxes, facecolors=colours, edgecolors=colours))
    logarithmic(axes, "x", low, high)
    axes.set(ylim=(0, 1), yticks=[])


def fill_cells(
    axes: Axes, cells: np.ndarray, edges: np.ndarray, label: str, style: Mapping[str, Any]
) -> None:
    """Fill cells of a table as one path, neighbours of a row together.

    Parameters
    ----------
    axes : Axes
        Row i reaches from i to i + 1. Their limits are not changed.
    cells : numpy.ndarray of bool, shape (rows, columns)
        Which cells.
    edges : numpy.ndarray, shape (columns + 1,)
        Borders of the columns.
    label, style
        Of the patch.
    """
    boxes = []
    for i, row in enumerate(cells):
        turns = np.flatnonzero(np.diff(np.concatenate([[False], row, [False]]).astype(int)))
        boxes += [
            Path(np.array([*rectangle(edges[a], edges[b], i, i + 1), (0, 0)]), closed=True)
            for a, b in turns.reshape(-1, 2)
        ]
    if boxes:
        patch = PathPatch(Path.make_compound_path(*boxes), label=label, **style)
        axes.add_artist(patch)  # as no patch, whose every corner would be looked at for the limits


def rectangle(left: float, right: float, low: float, high: float) -> list[tuple[float, float]]:
    """Return the corners of a rectangle."""
    return [(left, low), (right, low), (right, high), (left, high)]


def label_ends(
    axes: Axes, ends: Sequence[tuple[float, float, str, str]], gap: float = 0.155
) -> None:
    """Write labels right of axes, each joined to the end of its line, none over another.

    Parameters
    ----------
    axes : Axes
        Their limits are set.
    ends : sequence of tuple
        Of each line the end's coordinates, the label and its colour.
    gap : float
        Inches from label to label.
    """
    if not ends:
        return
    dpi = axes.figure.dpi
    width, height = axes.bbox.width / dpi, axes.bbox.height / dpi
    into_axes = axes.transData - axes.transAxes
    place = into_axes.transform([(x, y) for x, y, *_ in ends])
    order = np.lexsort((-place[:, 0], place[:, 1]))
    rows = moved_apart(place[order, 1] * height, gap, height)
    for i, row in zip(order, rows, strict=True):
        x, y, text, colour = ends[i]
        arrow = {"arrowstyle": "-", "color": colour, "linewidth": 0.6, "shrinkA": 1, "shrinkB": 2}
        axes.annotate(
            text,
            (x, y),
            (1.0 + 0.16 / width, row / height),
            textcoords="axes fraction",
            annotation_clip=False,
            va="center",
            fontsize=SMALL,
            color=colour,
            arrowprops={**arrow, "relpos": (0.0, 0.5)},
        )


def moved_apart(places: np.ndarray, gap: float, height: float) -> np.ndarray:
    """Move ascending places as little as needed to be a gap apart, within 0 and the height.

    Where they cannot all fit, they are centred on the middle and stick out on both sides.
    """
    steps = gap * np.arange(len(places))
    groups: list[list[float]] = []
    for place in places - steps:  # equal where two labels touch
        groups.append([place])
        while len(groups) > 1 and np.mean(groups[-2]) > np.mean(groups[-1]):
            last = groups.pop()
            groups[-1] += last
    level = np.repeat([np.mean(group) for group in groups], [len(group) for group in groups])
    room = height - steps[-1]
    return (np.clip(level, 0.0, room) if room > 0.0 else np.full(len(level), room / 2)) + steps
