"""The figure of the data."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from pandas import DataFrame

from descent.figures.layout import Sheet, styled
from descent.figures.palette import MUTED, PAPER, class_style
from descent.figures.scales import spread
from descent.words.numbers import number

MOST_SAMPLES = 5000  # that are drawn
CLASSES_ABREAST = 5  # in a legend


@styled
def draw_mixture(samples: DataFrame) -> Figure:
    """Draw the samples by class.

    Parameters
    ----------
    samples : DataFrame
        `descent.tables.schemas.mixture_schema`: x1, …, xd and label.

    Returns
    -------
    Figure
        Of two coordinates a scatter plot, of one a histogram; of more the first two.
    """
    labels = samples["label"].to_numpy()
    dimension = samples.shape[1] - 1
    note = _samples_note(dimension, len(labels))
    top, height = 0.15 + 0.2 * bool(note), 4.2 if dimension > 1 else 3.2
    title = "Samples of the mixture, by class"
    sheet = Sheet(title, top + height + 0.6, class_legend(labels), CLASSES_ABREAST)
    axes = sheet.axes(0.75, top, 5.1, height)
    if dimension == 1:
        _draw_histogram(axes, samples["x1"].to_numpy(), labels)
    else:
        draw_samples(axes, samples[["x1", "x2"]].to_numpy(), labels)
        axes.set_aspect("equal", adjustable="datalim")
        axes.set_ylabel("x₂, standard deviations")
    axes.set_xlabel("x₁, standard deviations")
    axes.grid(visible=True)
    sheet.text(0.75, 0.1, note, color=MUTED)
    return sheet.figure


def class_legend(labels: np.ndarray) -> list[Line2D]:
    """Explain the colours and marks of classes."""
    return [
        Line2D([], [], linestyle="none", markersize=6, label=f"class {k}", **class_style(k))
        for k in np.unique(labels)
    ]


def draw_samples(axes: Axes, x: np.ndarray, labels: np.ndarray, size: float = 4.5) -> None:
    """Draw samples (n, 2) by class; of very many an even selection."""
    chosen = spread(len(labels), MOST_SAMPLES)
    x, labels = x[chosen], labels[chosen]
    mark = {"linestyle": "none", "markersize": size}
    for k in np.unique(labels):
        style = {**mark, "markeredgecolor": PAPER, "markeredgewidth": 0.4, **class_style(k)}
        axes.plot(*x[labels == k].T, **style)


def _draw_histogram(axes: Axes, x: np.ndarray, labels: np.ndarray) -> None:
    edges = np.linspace(x.min(), x.max(), 41)
    for k in np.unique(labels):
        counts = np.histogram(x[labels == k], edges)[0]
        style, middles = class_style(k), (edges[1:] + edges[:-1]) / 2
        axes.stairs(counts, edges, color=style["color"], fill=True, alpha=0.25)
        axes.stairs(counts, edges, color=style["color"], linewidth=1.5)
        some = counts > 0
        axes.plot(middles[some], counts[some], linestyle="none", markersize=4, **style)
    axes.set_ylim(bottom=0)
    axes.set_ylabel("samples per bin")


def _samples_note(dimension: int, count: int) -> str:
    notes = []
    if dimension > 2:
        notes.append(f"the first two of {dimension} coordinates")
    if dimension > 1 and count > MOST_SAMPLES:
        notes.append(f"{number(MOST_SAMPLES)} of {number(count)} samples")
    return "Shown: " + ", ".join(notes) if notes else ""
