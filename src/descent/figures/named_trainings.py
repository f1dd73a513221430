"""The figure of the named trainings of the network."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from pandas import DataFrame

from descent.core.networks import label_entropy, plateau_loss
from descent.figures.layout import LINE_HEIGHT, Sheet, lines_of, styled, wrap
from descent.figures.palette import DOTTED, INK, MUTED, method_colour
from descent.figures.scales import logarithmic, spread
from descent.words.numbers import counted

MOST_VERTICES = 60_000  # of single trainings, over all panels
MOST_ITERATIONS = 250  # of a training that are drawn
STUCK_LINE: dict[str, Any] = {"color": MUTED, "linewidth": 0.8, "linestyle": (0, (4, 2))}
ENTROPY_LINE: dict[str, Any] = {"color": INK, "linewidth": 1.5, "linestyle": DOTTED}


class NamedTraining(NamedTuple):
    """All trainings of a named run; after a divergence NaN."""

    name: str
    method: str
    loss: np.ndarray
    """Mean cross-entropy, shape (seeds, iterations + 1)."""
    accuracy: np.ndarray
    """Of the same shape."""
    stuck: np.ndarray
    """Which trainings end near the loss of a constant prediction or above, shape (seeds,)."""

    @property
    def summary(self) -> str:
        """How many seeds end how."""
        counts = {"stuck or dead": self.stuck.sum(), "diverged": np.isnan(self.loss[:, -1]).sum()}
        ends = ", ".join(f"{count} {what}" for what, count in counts.items())
        return f"{counted(len(self.loss), 'seed')}, {ends}"


def trainings_of(
    training: DataFrame, runs: Sequence[Mapping], labels: np.ndarray
) -> list[NamedTraining]:
    """Put each configured run together with its rows of `descent.tables.schemas.TRAINING`."""
    found = []
    for run in runs:
        rows = training[training["run"] == run["name"]]
        curves = rows.pivot(index="seed", columns="iteration", values=["loss", "accuracy"])
        loss, accuracy = (
            curves[name].reindex(columns=range(run["iterations"] + 1)).to_numpy()
            for name in ("loss", "accuracy")
        )
        stuck = loss[:, -1] >= plateau_loss(labels)
        found.append(NamedTraining(run["name"], run["method"], loss / len(labels), accuracy, stuck))
    return found


@styled
def draw_trainings(training: DataFrame, runs: Sequence[Mapping], labels: np.ndarray) -> Figure:
    """Draw loss and accuracy over the iterations, a row per named run.

    Parameters
    ----------
    training : DataFrame
        `descent.tables.schemas.TRAINING`.
    runs : sequence of Mapping
        The configured runs: name, method, iterations.
    labels : numpy.ndarray
        Class of each sample: the loss is shown per sample, beside the entropy of the labels.

    Returns
    -------
    Figure
        A thin line per seed, the median and the middle half of the seeds; those that end
        stuck or dead, near the loss of a constant prediction, are grey and dashed.
    """
    trainings = trainings_of(training, runs, labels)
    entropy = label_entropy(labels) / len(labels)
    titles = [wrap(f"{run.name}: {run.summary}", 5.2) for run in trainings]
    height = 2.1 if len(trainings) <= 12 else 1.5
    heading = LINE_HEIGHT * lines_of(titles) + 0.2
    row = heading + height + 0.55
    title = "Loss and accuracy during training"
    sheet = Sheet(title, len(trainings) * row + 0.05, _trainings_legend())
    each = max(3, MOST_VERTICES // (2 * MOST_ITERATIONS * len(trainings)))
    for i, (run, words) in enumerate(zip(trainings, titles, strict=True)):
        top = i * row + heading
        sheet.text(0.7, top - heading + 0.1, words)
        left, right = (sheet.axes(x, top, 2.25, height) for x in (0.7, 3.55))
        _draw_seeds(left, run, run.loss, np.inf, each)
        _draw_seeds(right, run, run.accuracy, -np.inf, each)
        _limit_loss(left, run, entropy)
        left.axhline(entropy, zorder=6, **ENTROPY_LINE)
        left.set_ylabel("loss, nats per sample")
        right.set_ylabel("accuracy")
        right.set_ylim(-0.03, 1.03)
    return sheet.figure


def _draw_seeds(
    axes: Axes, run: NamedTraining, curves: np.ndarray, worst: float, most: int
) -> None:
    """Draw single trainings, their median and middle half; a diverged one counts as worst."""
    chosen = spread(curves.shape[1], MOST_ITERATIONS)
    curves = curves[:, chosen]
    colour = method_colour(run.method)
    single: dict[str, Any] = {"color": colour, "linewidth": 0.6, "alpha": 0.55}
    for members, style in ((run.stuck, STUCK_LINE), (~run.stuck, single)):
        which = np.flatnonzero(members)
        which = which[spread(len(which), most)]
        lines = [np.stack([chosen, curve], axis=1)[np.isfinite(curve)] for curve in curves[which]]
        axes.add_collection(LineCollection(lines, label="seeds", **style))
    ranked = np.where(np.isnan(curves), worst, curves)
    low, middle, high = np.quantile(ranked, [0.25, 0.5, 0.75], axis=0, method="inverted_cdf")
    band = np.isfinite(low) & np.isfinite(high)
    axes.fill_between(chosen, low, high, where=band, color=colour, alpha=0.22, linewidth=0,
                      zorder=3)  # fmt: skip
    middle = np.where(np.isfinite(middle), middle, np.nan)
    axes.plot(chosen, middle, color=colour, linewidth=2.2, zorder=5, label="median")
    axes.set_xlim(0, max(chosen[-1], 1))
    axes.set_xlabel("iteration")
    axes.grid(visible=True)


def _limit_loss(axes: Axes, run: NamedTraining, entropy: float) -> None:
    """Set the loss's limits: from 0, or logarithmic where it goes far above the plateau."""
    finite = run.loss[np.isfinite(run.loss)]
    largest = max(finite.max(), entropy) if len(finite) else entropy
    if largest <= 4.0 * entropy or entropy == 0.0:
        axes.set_ylim(0.0, 1.08 * largest)
    else:
        smallest = max(min(finite.min(), entropy), 1e-6 * entropy)
        logarithmic(axes, "y", 0.8 * smallest, 1.3 * min(largest, 1e6 * entropy))


def _trainings_legend() -> list:
    return [
        Line2D([], [], color=MUTED, linewidth=2.2, label="median of the seeds"),
        Patch(facecolor=MUTED, alpha=0.3, label="middle half of the seeds"),
        Line2D([], [], color=MUTED, linewidth=0.8, label="one seed"),
        Line2D([], [], label="plateau: entropy of the labels", **ENTROPY_LINE),
        Line2D([], [], label="one seed stuck or dead there", **STUCK_LINE),
    ]  # fmt: skip
