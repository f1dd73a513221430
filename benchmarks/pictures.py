"""Figures of the benchmarks, in the study's colours."""

from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.ticker import FuncFormatter

from descent.figures.layout import SHEET_WIDTH, Sheet, styled
from descent.figures.palette import GRID, INK, MUTED, method_colour
from descent.figures.saving import save
from descent.figures.scales import logarithmic
from descent.words.numbers import number

TITLES = {
    "descents": "Rosenbrock, heavy ball, no check",
    "checked descents": "Rosenbrock, heavy ball, checks at every iteration",
    "trainings": "Network 2-3-2-3, full batch",
}
COLOURS = (method_colour("gradient_descent"), method_colour("momentum"))


@styled
def draw_ratios(table: pd.DataFrame, path: Path) -> None:
    """Draw for each contest how many times the engine's seconds the others take."""
    peers = table[table.contestant != "descent"]
    heights = [0.3 * peers[peers.contest == c].contestant.nunique() + 0.75 for c in TITLES]
    sheet = Sheet("How many times the engine's time other libraries take", sum(heights) + 0.75)
    top = 0.35
    for (contest, title), height in zip(TITLES.items(), heights, strict=True):
        rows = peers[peers.contest == contest]
        names = list(dict.fromkeys(rows.contestant))
        axes = sheet.axes(1.6, top, SHEET_WIDTH - 2.2, height - 0.75)
        for place, (_, group) in enumerate(rows.groupby("threads")):
            offset = 0.15 * (2 * place - 1)
            at = [names.index(name) + offset for name in group.contestant]
            axes.scatter(group.ratio, at, color=COLOURS[place % 2], marker="os"[place % 2], s=26)
            for x, y in zip(group.ratio, at, strict=True):
                label = f"{x:,.0f}×" if x >= 10.0 else f"{x:.1f}×"
                axes.annotate(
                    label, (x, y), (6, 0), textcoords="offset points",
                    va="center", fontsize=8, color=INK,
                )  # fmt: skip
        logarithmic(axes, "x", 1.0, 10 ** np.ceil(np.log10(peers.ratio.max()) + 0.3))
        axes.set_yticks(range(len(names)), names)
        axes.set_ylim(len(names) - 0.5, -0.5)
        axes.grid(axis="x", color=GRID)
        axes.set_title(title)
        top += height
    sheet.text(1.6, top - 0.05, "times the engine's seconds", color=MUTED)
    for place, threads in enumerate(sorted(table.threads.unique())):
        label = f"{'●■'[place]} {threads} thread{'s' if threads > 1 else ''}"
        sheet.text(3.6 + 0.9 * place, top - 0.05, label, color=COLOURS[place])
    save(sheet.figure, path)


@styled
def draw_growth(table: pd.DataFrame, path: Path) -> None:
    """Draw the engine's seconds against runs, iterations, width and threads."""
    sheet = Sheet("How the engine's cost grows", 5.0)
    for place, (quantity, rows) in enumerate(table.groupby("quantity", sort=False)):
        left, top = 0.75 + 2.9 * (place % 2), 0.35 + 2.45 * (place // 2)
        axes = sheet.axes(left, top, 2.15, 1.6)
        axes.plot(rows["size"], rows.seconds, color=COLOURS[0], marker="o", markersize=4)
        if quantity == "threads":
            axes.set_ylim(0.0, 1.1 * rows.seconds.max())
            axes.set_xticks(rows["size"])
            axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: number(value)))
        else:
            logarithmic(axes, "x", rows["size"].min() / 1.5, rows["size"].max() * 1.5)
            low, high = np.floor(np.log10([rows.seconds.min(), rows.seconds.max()]))
            logarithmic(axes, "y", 10**low, 10 ** (high + 1))
        axes.grid(color=GRID)
        axes.set(xlabel=quantity, ylabel="seconds" if place % 2 == 0 else "")
        axes.set_title(f"slope {number(rows.slope.iloc[0], 2)}")
    save(sheet.figure, path)
