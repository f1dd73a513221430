"""The figures of the network: its gradient, its training."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from descent.figures.style import (
    CLASSES,
    INK,
    MUTED,
    SMALL,
    Sheet,
    legend_height,
    lines_of,
    logarithmic,
    method_colour,
    spread,
    styled,
    wrap,
)
from descent.engine.training import PLATEAU, label_entropy

MOST_PARAMETERS = 60  # that have a line each; of more, a line per matrix and vector
MOST_DOTS = 3000  # of the gradient check, over all lines
MOST_VERTICES = 60_000  # of single trainings, over all panels
MOST_ITERATIONS = 250  # of a training that are drawn
EPSILON = float(np.finfo(float).eps)
DOTS: dict[str, Any] = {
    "color": CLASSES[0],
    "marker": "o",
    "linestyle": "none",
    "markersize": 4.5,
    "markeredgewidth": 0.0,
    "alpha": 0.65,
}
STUCK: dict[str, Any] = {"color": MUTED, "linewidth": 0.8, "linestyle": (0, (4, 2))}
ENTROPY: dict[str, Any] = {"color": INK, "linewidth": 1.5, "linestyle": (0, (1.2, 1.6))}


# ── Gradient check ───────────────────────────────────────────────────────────────────────────


@styled
def gradient_errors(columns: Mapping[str, np.ndarray], tolerance: float) -> Figure:
    """Draw the relative error of every derivative.

    Parameters
    ----------
    columns : Mapping
        Columns of `descent.tables.schemas.GRADIENTS`.
    tolerance : float
        The largest error that passes.

    Returns
    -------
    Figure
        A line per parameter (of many parameters, per matrix and vector), a dot per network;
        errors of exactly 0 stand apart.
    """
    names = np.asarray(columns["parameter"], str)
    errors = columns["relative_error"]
    kinds = list(dict.fromkeys(names))
    if len(kinds) > MOST_PARAMETERS:
        names = np.array([name.split("[")[0] for name in names])
        kinds = list(dict.fromkeys(names))
    height = max(1.5, 0.2 * len(kinds) + 0.1)
    sheet = Sheet("Relative errors of the derivatives", height + 0.9)
    zeros = sheet.axes(0.95, 0.3, 0.45, height)
    axes = sheet.axes(1.65, 0.3, 4.15, height)
    positive = errors[errors > 0.0]
    smallest = min(positive.min(), EPSILON) if len(positive) else EPSILON
    low = 10.0 ** np.floor(np.log10(smallest) - 0.05)
    high = 10.0 ** (np.ceil(np.log10(max(tolerance, errors.max())) + 0.3))
    logarithmic(axes, "x", low, high)
    for row, kind in enumerate(kinds):
        own = np.sort(errors[names == kind])
        inexact = own[own > 0.0]
        inexact = inexact[spread(len(inexact), max(2, MOST_DOTS // len(kinds)))]
        y = np.full(len(inexact), row)
        axes.plot(inexact, y, label=kind, **DOTS)
        if exact := int((own == 0.0).sum()):
            zeros.text(0, row, f"{exact:,}", ha="center", va="center_baseline", fontsize=SMALL)
    axes.axvline(EPSILON, color=MUTED, linestyle=(0, (1.2, 1.6)), linewidth=1.2)
    axes.axvline(tolerance, color=INK, linestyle=(0, (5, 2)), linewidth=1.5)
    for place, text, side in (
        (EPSILON, "rounding unit", "left"),
        (tolerance, "tolerance", "center"),
    ):
        axes.text(place, 1.0, text, transform=axes.get_xaxis_transform(), ha=side, va="bottom",
                  fontsize=SMALL)  # fmt: skip
    zeros.set(xlim=(-1, 1))
    zeros.set_xticks([0], ["0"])
    zeros.set_title("count", fontsize=SMALL, loc="center", pad=3)
    zeros.set_yticks(range(len(kinds)), kinds)
    axes.set_yticks(range(len(kinds)), [""] * len(kinds))
    for panel in (zeros, axes):
        panel.set_ylim(len(kinds) - 0.4, -0.6)
        panel.grid(visible=True, axis="y")
        panel.tick_params(axis="y", length=0)
    axes.set_xlabel("relative error of a derivative")
    return sheet.figure


# ── Training ─────────────────────────────────────────────────────────────────────────────────


class Trainings(NamedTuple):
    """All trainings of a named run; after a divergence NaN."""

    name: str
    method: str
    seeds: np.ndarray
    loss: np.ndarray
    """Mean cross-entropy, shape (seeds, iterations + 1)."""
    accuracy: np.ndarray
    """Of the same shape."""

    @property
    def diverged(self) -> np.ndarray:
        """Tell which trainings diverged."""
        return np.isnan(self.loss[:, -1])

    def stuck(self, entropy: float) -> np.ndarray:
        """Tell which trainings end on the plateau, where a constant prediction is."""
        return self.loss[:, -1] >= (1.0 - PLATEAU) * entropy


def trainings_of(
    columns: Mapping[str, np.ndarray], runs: Sequence[Mapping], samples: int
) -> list[Trainings]:
    """Put each configured run together with its rows of `descent.tables.schemas.TRAINING`."""
    names = np.asarray(columns["run"], str)
    found = []
    for run in runs:
        rows = names == run["name"]
        seeds, place = np.unique(columns["seed"][rows], return_inverse=True)
        curves = np.full((2, len(seeds), run["iterations"] + 1), np.nan)
        at = place, columns["iteration"][rows]
        curves[0][at] = columns["loss"][rows] / samples
        curves[1][at] = columns["accuracy"][rows]
        found.append(Trainings(run["name"], run["method"], seeds, *curves))
    return found


@styled
def training_curves(
    columns: Mapping[str, np.ndarray], runs: Sequence[Mapping], labels: np.ndarray
) -> Figure:
    """Draw loss and accuracy over the iterations, a row per named run.

    Parameters
    ----------
    columns : Mapping
        Columns of `descent.tables.schemas.TRAINING`.
    runs : sequence of Mapping
        The configured runs: name, method, iterations.
    labels : numpy.ndarray
        Class of each sample: the loss is shown per sample, beside the entropy of the labels.

    Returns
    -------
    Figure
        A thin line per seed, the median and the middle half of the seeds; starts that never leave
        the plateau are grey and dashed.
    """
    trainings = trainings_of(columns, runs, len(labels))
    entropy = label_entropy(labels) / len(labels)
    titles = [wrap(f"{run.name}: {_summary(run, entropy)}", 5.2, 10) for run in trainings]
    height, heading = (2.1 if len(trainings) <= 12 else 1.5), 0.17 * lines_of(titles) + 0.2
    row = heading + height + 0.55
    handles = _training_legend()
    sheet = Sheet(
        "Loss and accuracy during training",
        len(trainings) * row + legend_height(len(handles), 2) + 0.15,
    )
    each = max(3, MOST_VERTICES // (2 * MOST_ITERATIONS * len(trainings)))
    for i, (run, title) in enumerate(zip(trainings, titles, strict=True)):
        top = i * row + heading
        sheet.text(0.7, top - heading + 0.1, title, fontsize=10)
        left, right = (sheet.axes(x, top, 2.25, height) for x in (0.7, 3.55))
        _draw_curves(left, run, run.loss, np.inf, entropy, each)
        _draw_curves(right, run, run.accuracy, -np.inf, entropy, each)
        _limit_loss(left, run, entropy)
        left.axhline(entropy, zorder=6, **ENTROPY)
        left.set_ylabel("loss, nats per sample")
        right.set_ylabel("accuracy")
        right.set_ylim(-0.03, 1.03)
    sheet.legend(len(trainings) * row + 0.1, handles, 2, left=0.6)
    return sheet.figure


def _draw_curves(
    axes: Axes, run: Trainings, curves: np.ndarray, worst: float, entropy: float, most: int
) -> None:
    """Draw single trainings, their median and middle half; a diverged one counts as worst."""
    chosen = spread(curves.shape[1], MOST_ITERATIONS)
    curves = curves[:, chosen]
    colour = method_colour(run.method)
    stuck = run.stuck(entropy)
    for members, style in (
        (stuck, STUCK),
        (~stuck, {"color": colour, "linewidth": 0.6, "alpha": 0.55}),
    ):
        which = np.flatnonzero(members)
        which = which[spread(len(which), most)]
        lines = [np.stack([chosen, curve], axis=1)[np.isfinite(curve)] for curve in curves[which]]
        axes.add_collection(LineCollection(lines, label="seeds", **style))
    ranked = np.where(np.isnan(curves), worst, curves)
    low, middle, high = np.quantile(ranked, [0.25, 0.5, 0.75], axis=0, method="inverted_cdf")
    band = np.isfinite(low) & np.isfinite(high)
    axes.fill_between(
        chosen, low, high, where=band, color=colour, alpha=0.22, linewidth=0, zorder=3
    )
    axes.plot(
        chosen,
        np.where(np.isfinite(middle), middle, np.nan),
        color=colour,
        linewidth=2.2,
        zorder=5,
        label="median",
    )
    axes.set_xlim(0, max(chosen[-1], 1))
    axes.set_xlabel("iteration")
    axes.grid(visible=True)


def _limit_loss(axes: Axes, run: Trainings, entropy: float) -> None:
    """Set the loss's limits: from 0, or logarithmic where it goes far above the plateau."""
    finite = run.loss[np.isfinite(run.loss)]
    largest = max(finite.max(), entropy) if len(finite) else entropy
    if largest <= 4.0 * entropy:
        axes.set_ylim(0.0, 1.08 * largest)
    else:
        smallest = max(min(finite.min(), entropy), 1e-6 * entropy)
        logarithmic(axes, "y", 0.8 * smallest, 1.3 * min(largest, 1e6 * entropy))


def _summary(run: Trainings, entropy: float) -> str:
    counts = {"stay on the plateau": run.stuck(entropy).sum(), "diverge": run.diverged.sum()}
    told = [f"{count} {what}" for what, count in counts.items() if count]
    total = f"{len(run.seeds)} seed{'' if len(run.seeds) == 1 else 's'}"
    return f"{total}, {' and '.join(told)}" if told else f"{total}, none stays on the plateau"


def _training_legend() -> list:
    return [
        Line2D([], [], color=MUTED, linewidth=2.2, label="median of the seeds"),
        Patch(facecolor=MUTED, alpha=0.3, label="middle half of the seeds"),
        Line2D([], [], color=MUTED, linewidth=0.8, label="one seed"),
        Line2D([], [], label="one seed that stays on the plateau", **STUCK),
        Line2D([], [], label="plateau: entropy of the labels", **ENTROPY),
    ]  # fmt: skip
