"""How figures are laid out: style, and sheets in inches with their texts and legends.

Figures are made without pyplot, which takes long to import.
"""

import textwrap
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import matplotlib
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import text_to_path

from descent.figures.palette import GRID, INK, MUTED, PAPER

SHEET_WIDTH = 6.0  # inches; narrow, so that letters stay readable on a phone
LETTERS = "DejaVu Sans"  # which Matplotlib brings along
LETTERS_SIZE = 10.0  # points
SMALL = 9.0
LINE_HEIGHT = 0.16  # of small letters, inches
RC_STYLE = {
    "axes.axisbelow": True,
    "axes.edgecolor": MUTED,
    "axes.facecolor": PAPER,
    "axes.formatter.use_mathtext": False,
    "axes.labelcolor": INK,
    "axes.labelsize": LETTERS_SIZE,
    "axes.linewidth": 0.8,
    "axes.titlecolor": INK,
    "axes.titlelocation": "left",
    "axes.titlesize": LETTERS_SIZE,
    "figure.facecolor": PAPER,
    "font.family": [LETTERS],
    "font.size": LETTERS_SIZE,
    "grid.color": GRID,
    "grid.linewidth": 0.8,
    "hatch.linewidth": 0.9,
    "legend.fontsize": SMALL,
    "legend.frameon": False,
    "legend.labelcolor": INK,
    "svg.fonttype": "path",
    "svg.hashsalt": "descent",
    "text.color": INK,
    "text.parse_math": False,  # a dollar sign is a dollar sign
    "xtick.color": MUTED,
    "xtick.labelcolor": INK,
    "xtick.labelsize": SMALL,
    "ytick.color": MUTED,
    "ytick.labelcolor": INK,
    "ytick.labelsize": SMALL,
}
RC_DEFAULTS = {
    name: value for name, value in matplotlib.rcParamsDefault.items() if "backend" not in name
}

styled: Callable = matplotlib.rc_context({**RC_DEFAULTS, **RC_STYLE})
"""Decorates a function that draws, whatever the user's own Matplotlib settings are."""


class Sheet:
    """A figure laid out in inches from its top, so that nothing depends on what is drawn.

    Parameters
    ----------
    title : str
        Of the SVG.
    height : float
        Inches, without the legend.
    handles : sequence of Artist
        Of a legend below all else.
    columns : int
        Of the legend.
    """

    def __init__(
        self, title: str, height: float, handles: Sequence[Artist] = (), columns: int = 2
    ) -> None:
        room = legend_height(len(handles), columns) + 0.1 if handles else 0.0
        self.height = height + room
        self.figure = Figure(figsize=(SHEET_WIDTH, self.height))
        self.figure.set_label(title)
        if handles:
            self.legend(height, handles, columns)

    def axes(self, left: float, top: float, width: float, height: float) -> Axes:
        """Add axes whose frame has this place and size."""
        bottom, tall = self.height - top - height, self.height
        place = left / SHEET_WIDTH, bottom / tall, width / SHEET_WIDTH, height / tall
        return self.figure.add_axes(place)

    def text(self, left: float, top: float, text: str, **style: Any) -> None:
        """Write text whose first line begins here."""
        place = left / SHEET_WIDTH, 1.0 - top / self.height
        self.figure.text(*place, text, **{"va": "top", "fontsize": SMALL, **style})

    def legend(self, top: float, handles: Sequence[Artist], columns: int) -> None:
        """Add a legend below this height; `legend_height` tells how much room it takes."""
        self.figure.legend(
            handles=handles,
            loc="upper left",
            bbox_to_anchor=(0.4 / SHEET_WIDTH, 1.0 - top / self.height),
            ncols=columns,
            borderaxespad=0.0,
            borderpad=0.0,
            columnspacing=1.6,
            labelspacing=0.5,
            handlelength=2.4,
        )


def legend_height(entries: int, columns: int) -> float:
    """Return the inches that a legend of one-line entries needs."""
    return 0.2 * -(-entries // columns)


def wrap(text: str, width: float, letters: float = SMALL) -> str:
    """Break text into lines that fit a width in inches."""
    characters = max(8, int(width * 72.0 / (0.6 * letters)))  # of common width; others are wider
    while True:
        lines = textwrap.wrap(text, characters)
        if characters == 1 or all(text_width(line, letters) <= width for line in lines):
            return "\n".join(lines)
        characters -= 1


def text_width(text: str, letters: float = SMALL) -> float:
    """Return the inches that a line of text takes."""
    font = FontProperties(family=LETTERS, size=letters)
    width, *_ = text_to_path.get_text_width_height_descent(text, font, ismath=False)
    return width / 72.0


def lines_of(texts: Iterable[str]) -> int:
    """Return the largest number of lines among texts."""
    return max(text.count("\n") + 1 for text in texts)


def unbroken(text: str) -> str:
    """Keep a text together in one line."""
    return text.replace(" ", "\N{NO-BREAK SPACE}")
