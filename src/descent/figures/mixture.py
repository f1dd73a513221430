"""The figure of the data."""

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from descent.figures.style import MUTED, PAPER, Sheet, class_style, legend_height, spread, styled

MOST_POINTS = 5000  # that are drawn
LEGEND_COLUMNS = 5


@styled
def mixture_scatter(columns: Mapping[str, np.ndarray]) -> Figure:
    """Draw the samples by class.

    Parameters
    ----------
    columns : Mapping
        Columns of `descent.tables.schemas.mixture_table`: x1, …, xd and label.

    Returns
    -------
    Figure
        Of two coordinates a scatter plot, of one a histogram; of more the first two.
    """
    labels = columns["label"]
    dimension = len(columns) - 1
    classes = np.unique(labels)
    handles = [
        Line2D([], [], linestyle="none", markersize=6, label=f"class {k}", **class_style(k))
        for k in classes
    ]
    note = _note(dimension, len(labels))
    top, height = 0.15 + 0.2 * bool(note), 4.2 if dimension > 1 else 3.2
    room = legend_height(len(handles), LEGEND_COLUMNS)
    sheet = Sheet("Samples of the mixture, by class", top + height + 0.65 + room)
    axes = sheet.axes(0.75, top, sheet.width - 0.9, height)
    if dimension == 1:
        _histogram(axes, columns["x1"], labels)
    else:
        x = np.stack([columns["x1"], columns["x2"]], axis=1)
        scatter(axes, x, labels)
        axes.set_aspect("equal", adjustable="datalim")
        axes.set_ylabel("x₂, standard deviations")
    axes.set_xlabel("x₁, standard deviations")
    axes.grid(visible=True)
    if note:
        sheet.text(0.75, 0.1, note, color=MUTED)
    sheet.legend(top + height + 0.6, handles, LEGEND_COLUMNS, left=0.6)
    return sheet.figure


def scatter(axes: Axes, x: np.ndarray, labels: np.ndarray, size: float = 4.5) -> None:
    """Draw samples (n, 2) by class; of very many an even selection."""
    chosen = spread(len(labels), MOST_POINTS)
    x, labels = x[chosen], labels[chosen]
    for k in np.unique(labels):
        axes.plot(
            *x[labels == k].T,
            linestyle="none",
            markersize=size,
            markeredgecolor=PAPER,
            markeredgewidth=0.4,
            **class_style(k),
        )


def _histogram(axes: Axes, x: np.ndarray, labels: np.ndarray) -> None:
    edges = np.linspace(x.min(), x.max(), 41)
    for k in np.unique(labels):
        counts = np.histogram(x[labels == k], edges)[0]
        style = class_style(k)
        axes.stairs(counts, edges, color=style["color"], fill=True, alpha=0.25)
        axes.stairs(counts, edges, color=style["color"], linewidth=1.5)
        axes.plot(
            (edges[1:] + edges[:-1])[counts > 0] / 2, counts[counts > 0],
            linestyle="none", markersize=4, **style,
        )  # fmt: skip
    axes.set_ylim(bottom=0)
    axes.set_ylabel("samples per bin")


def _note(dimension: int, count: int) -> str:
    notes = []
    if dimension > 2:
        notes.append(f"the first two of {dimension} coordinates")
    if dimension > 1 and count > MOST_POINTS:
        notes.append(f"{MOST_POINTS:,} of {count:,} samples")
    return "Shown: " + ", ".join(notes) if notes else ""
