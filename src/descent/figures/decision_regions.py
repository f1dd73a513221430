"""The figure of what trained networks predict."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from descent.figures.mixture import LEGEND_COLUMNS, scatter
from descent.core.networks import forward
from descent.figures.style import (
    MUTED,
    SMALL,
    Sheet,
    class_style,
    legend_height,
    lines_of,
    number,
    styled,
    wrap,
)


@styled
def decision_regions(
    samples: Mapping[str, np.ndarray],
    training: Mapping[str, np.ndarray],
    parameters: Mapping[str, np.ndarray],
    layers: Sequence[int],
) -> Figure:
    """Draw what trained networks predict, over the samples.

    Parameters
    ----------
    samples, training, parameters : Mapping
        Columns of `descent.tables.schemas.mixture_table`, `TRAINING` and `PARAMETERS`.
    layers : sequence of int
        Units per layer.

    Returns
    -------
    Figure
        The network of the lowest loss, and of the same named run the one of the median loss and
        the one of the highest. For data that are not of two coordinates, a line that says so.
    """
    if layers[0] != 2:
        sheet = Sheet("Decision regions", 0.9)
        text = f"Regions are drawn for two coordinates; these data have {layers[0]}."
        sheet.text(0.3, 0.35, text, fontsize=10)
        return sheet.figure
    labels = samples["label"]
    x = np.stack([samples["x1"], samples["x2"]], axis=1)
    handles = _region_legend(np.unique(labels))
    run, chosen = chosen_networks(training)
    networks = [parameters["value"][_rows(parameters, run, seed)] for _, seed, _ in chosen]
    titles = [
        f"{which} loss: seed {seed},\n{number(loss / len(labels), 4)} nats per sample"
        for which, seed, loss in chosen
    ]
    titles[0] = wrap(f"{run}, {titles[0]}", 5.2, 10)
    top = 0.3 + 0.17 * lines_of(titles[:1])
    frames = [(0.75, 0.0, 5.05, 3.3), (0.75, 4.25, 2.2, 1.9), (3.6, 4.25, 2.2, 1.9)]
    bottom = top + (3.3 if len(chosen) == 1 else 6.15) + 0.6
    room = legend_height(len(handles), LEGEND_COLUMNS)
    sheet = Sheet("Decision regions of trained networks", bottom + room + 0.1)
    for (left, below, *size), network, title in zip(frames, networks, titles, strict=False):
        axes = sheet.axes(left, top + below, *size)
        _draw_regions(axes, network, x, labels, layers)
        axes.set_title(title, fontsize=10 if below == 0.0 else SMALL)
    sheet.legend(bottom, handles, LEGEND_COLUMNS, left=0.6)
    return sheet.figure


def _rows(columns: Mapping[str, np.ndarray], run: str, seed: int) -> np.ndarray:
    return (columns["run"] == run) & (columns["seed"] == seed)


def chosen_networks(training: Mapping[str, np.ndarray]) -> tuple[str, list[tuple]]:
    """Choose networks by their final loss.

    Parameters
    ----------
    training : Mapping
        Columns of `descent.tables.schemas.TRAINING`.

    Returns
    -------
    run : str
        The named run of the lowest final loss.
    chosen : list of (str, int, float)
        In words which of its seeds, the seed and its final loss: lowest, median and highest, as
        far as they differ.
    """
    names, seeds = np.asarray(training["run"], str), training["seed"]
    ends = np.flatnonzero(np.append((names[1:] != names[:-1]) | (seeds[1:] != seeds[:-1]), True))
    run = names[ends[np.argmin(training["loss"][ends])]]
    own = ends[names[ends] == run]
    own = own[np.argsort(training["loss"][own], kind="stable")]
    places = dict.fromkeys([0, (len(own) - 1) // 2, len(own) - 1])
    words = {len(own) - 1: "highest", (len(own) - 1) // 2: "median", 0: "lowest"}
    return str(run), [
        (words[i], int(seeds[own[i]]), float(training["loss"][own[i]])) for i in places
    ]


def _draw_regions(
    axes: Axes, parameters: np.ndarray, x: np.ndarray, labels: np.ndarray, layers: Sequence[int]
) -> None:
    points = 121 if axes.bbox.width > 250 else 81
    low, high = x.min(axis=0), x.max(axis=0)
    margin = 0.08 * (high - low)
    first, second = (
        np.linspace(*ends, points) for ends in zip(low - margin, high + margin, strict=True)
    )
    grid = np.stack(np.meshgrid(first, second), axis=-1)
    probability = forward(parameters, grid.reshape(-1, 2), layers).reshape(*grid.shape[:2], -1)
    score = np.log(np.maximum(probability, 1e-300))
    winner = score.argmax(axis=-1)
    for k in np.unique(winner):
        others = np.delete(score, k, axis=-1).max(axis=-1)
        colour = class_style(k)["color"]
        # The scores are linear in pieces, so that the border is drawn where it is.
        axes.contourf(
            first, second, score[..., k] - others, levels=[0.0, np.inf], colors=[colour], alpha=0.25
        )
        if np.any(winner != k):
            axes.contour(
                first,
                second,
                score[..., k] - others,
                levels=[0.0],
                colors=[MUTED],
                linewidths=0.8,
                linestyles="solid",
            )
    scatter(axes, x, labels, 3.5 if axes.bbox.width > 250 else 2.5)
    axes.set(xlim=first[[0, -1]], ylim=second[[0, -1]])
    axes.set_xlabel("x₁, standard deviations")
    axes.set_ylabel("x₂, standard deviations")


def _region_legend(classes: np.ndarray) -> list[Line2D]:
    return [
        Line2D([], [], linestyle="none", markersize=6, label=f"class {k}", **class_style(k))
        for k in classes
    ]
