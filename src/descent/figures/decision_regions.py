"""The figure of what trained networks predict."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from pandas import DataFrame

from descent.core.networks import forward
from descent.figures.layout import LETTERS_SIZE, SMALL, Sheet, lines_of, styled, wrap
from descent.figures.mixture import CLASSES_ABREAST, class_legend, draw_samples
from descent.figures.palette import MUTED, class_style
from descent.words.numbers import number

FRAMES = [(0.75, 0.0, 5.05, 3.3), (0.75, 4.25, 2.2, 1.9), (3.6, 4.25, 2.2, 1.9)]
"""Left, top, width and height of the panels, in inches."""


@styled
def draw_decision_regions(
    samples: DataFrame, training: DataFrame, parameters: DataFrame, layers: Sequence[int]
) -> Figure:
    """Draw what trained networks predict, over the samples.

    Parameters
    ----------
    samples, training, parameters : DataFrame
        `descent.tables.schemas.mixture_schema`, `TRAINING` and `TRAINED`.
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
        sheet.text(0.3, 0.35, text, fontsize=LETTERS_SIZE)
        return sheet.figure
    labels, x = samples["label"].to_numpy(), samples[["x1", "x2"]].to_numpy()
    run, chosen = _chosen_networks(training)
    own = parameters[parameters["run"] == run]
    networks = [own.loc[own["seed"] == seed, "value"].to_numpy() for _, seed, _ in chosen]
    titles = [
        f"{which} loss: seed {seed},\n{number(loss / len(labels), 4)} nats per sample"
        for which, seed, loss in chosen
    ]
    titles[0] = wrap(f"{run}, {titles[0]}", 5.2, LETTERS_SIZE)
    top = 0.3 + 0.17 * lines_of(titles[:1])
    bottom = top + (3.3 if len(chosen) == 1 else 6.15) + 0.6
    title = "Decision regions of trained networks"
    sheet = Sheet(title, bottom, class_legend(labels), CLASSES_ABREAST)
    for (left, below, *frame), network, title in zip(FRAMES, networks, titles, strict=False):
        axes = sheet.axes(left, top + below, *frame)
        _draw_regions(axes, network, x, labels, layers)
        axes.set_title(title, fontsize=LETTERS_SIZE if below == 0.0 else SMALL)
    return sheet.figure


def _chosen_networks(training: DataFrame) -> tuple[str, list[tuple[str, int, float]]]:
    """Choose the named run of the lowest final loss, and of its seeds the lowest, median, highest.

    Returns the run and of each seed in words which it is, the seed and its final loss, as far as
    they differ.
    """
    ends = training.groupby(["run", "seed"], sort=False)["loss"].last()
    run, _ = ends.idxmin()
    losses = ends[run].sort_values(kind="stable")
    last = len(losses) - 1
    words = {last: "highest", last // 2: "median", 0: "lowest"}
    places = dict.fromkeys([0, last // 2, last])
    return run, [(words[i], int(losses.index[i]), float(losses.iloc[i])) for i in places]


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
    with np.errstate(over="ignore", invalid="ignore"):  # of a training that diverged
        probability = forward(parameters, grid.reshape(-1, 2), layers)
    score = np.log(np.fmax(probability, 1e-300)).reshape(*grid.shape[:2], -1)
    winner = score.argmax(axis=-1)
    for k in np.unique(winner):
        # The scores are linear in pieces, so that the border is drawn where it is.
        lead = first, second, score[..., k] - np.delete(score, k, axis=-1).max(axis=-1)
        axes.contourf(*lead, levels=[0.0, np.inf], colors=[class_style(k)["color"]], alpha=0.25)
        if np.any(winner != k):
            border = {"colors": [MUTED], "linewidths": 0.8, "linestyles": "solid"}
            axes.contour(*lead, levels=[0.0], **border)
    draw_samples(axes, x, labels, 3.5 if axes.bbox.width > 250 else 2.5)
    axes.set(xlim=first[[0, -1]], ylim=second[[0, -1]])
    axes.set_xlabel("x₁, standard deviations")
    axes.set_ylabel("x₂, standard deviations")
