"""How figures look, in light and in dark, and how they are saved.

Figures are drawn in the light colours. A saved SVG holds a style sheet that swaps each of them for
its dark counterpart where the reader prefers dark, so that one file serves both. Every colour
therefore has to come from here, and no two meanings share one.

Figures are made without pyplot, which takes long to import, and from Matplotlib's own fonts, drawn
as paths: the same table gives the same bytes with the same version of Matplotlib.
"""

import io
import re
import textwrap
from collections.abc import Callable, Iterable, Sequence
from html import escape
from pathlib import Path
from typing import Any
from zlib import crc32

import matplotlib
import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter, NullLocator

from descent.support.files import replace_text
from descent.core.methods import METHODS

WIDTH = 6.0  # inches; narrow, so that letters stay readable on a phone
SIZE = 10.0  # of letters, points
SMALL = 9.0

# ── Colours: (light, dark) ───────────────────────────────────────────────────────────────────

_NEUTRAL = {
    "paper": ("#ffffff", "#15181d"),
    "ink": ("#1c2126", "#e4e7eb"),
    "muted": ("#59626d", "#a3acb8"),
    "grid": ("#dfe3e8", "#2f353d"),
    "contour": ("#74828f", "#74869a"),
    "lost": ("#a8384f", "#d4667b"),  # what diverges
}
# After Okabe & Ito (2008), darker on paper: told apart with any kind of colour vision.
_METHODS = {
    "gradient_descent": ("#0066a8", "#5cb8f5"),
    "momentum": ("#c44e00", "#ff9a52"),
    "nesterov": ("#00785a", "#35c79a"),
    "adagrad": ("#a8458f", "#e690cf"),
    "rmsprop": ("#836800", "#dcbf4c"),
    "adam": ("#5b3f9e", "#b3a0f2"),
}
# Of methods that are not among these, by name.
_OTHERS = (
    ("#3d6a78", "#8dbccb"),
    ("#4c7418", "#a4cd67"),
    ("#9a4541", "#e69c96"),
    ("#66668c", "#b8b8dd"),
)
# After Tol's muted scheme; the first ones also differ in lightness.
_CLASSES = (
    ("#3b2a92", "#a297f5"),
    ("#d39a1c", "#f0c65c"),
    ("#cf3f78", "#f27faa"),
    ("#3aa493", "#63d6c3"),
    ("#774a20", "#c99c6e"),
    ("#5ba9d6", "#8ecff4"),
    ("#86861c", "#c8c85a"),
    ("#8b2458", "#cf6b9f"),
    ("#7c848e", "#b5bdc7"),
)
# Equal steps of lightness in OKLab (Ottosson 2020), from the paper away.
_SEQUENTIAL = (
    ("#f8fbfc", "#141a1e"), ("#eaf1f6", "#182227"), ("#dde8ef", "#1d2930"),
    ("#cfdee8", "#21313a"), ("#c2d5e1", "#253844"), ("#b5ccda", "#29404e"),
    ("#a8c3d4", "#2e4858"), ("#9abacd", "#325162"), ("#8db1c6", "#36596d"),
    ("#80a8bf", "#3b6278"),
)  # fmt: skip
_DIVERGING = (
    ("#3b77c0", "#5c93d9"), ("#6190cc", "#4f7ab0"), ("#85a9d8", "#42618a"),
    ("#a9c2e2", "#354a65"), ("#cddaec", "#283342"), ("#f2f3f5", "#1c1e22"),
    ("#ebd5ca", "#402f25"), ("#e0b9a4", "#60412f"), ("#d49d7e", "#825338"),
    ("#c78057", "#a66641"), ("#ba632c", "#cb7a4a"),
)  # fmt: skip
# Nine steps of viridis, the quickest first; they stand on light and on dark.
_SPEED = (
    "#fde725", "#addc30", "#5ec962", "#28ae80", "#21918c",
    "#2c728e", "#3b528b", "#472d7b", "#440154",
)  # fmt: skip

PAPER, INK, MUTED, GRID, CONTOUR, LOST = (light for light, _ in _NEUTRAL.values())
CLASSES = tuple(light for light, _ in _CLASSES)
SEQUENTIAL = tuple(light for light, _ in _SEQUENTIAL)
DIVERGING = tuple(light for light, _ in _DIVERGING)
SPEED = _SPEED
DARK = dict(
    [
        *_NEUTRAL.values(),
        *_METHODS.values(),
        *_OTHERS,
        *_CLASSES,
        *_SEQUENTIAL,
        *_DIVERGING,
    ]
)
"""The dark counterpart of each colour."""

DASHES = ("-", (0, (5, 2)), (0, (1.2, 1.6)), (0, (6, 2, 1.2, 2)), (0, (2.5, 1.5)), (0, (9, 3)))
MARKERS = ("o", "s", "^", "D", "v", "P", "X")
STYLE = {
    "axes.axisbelow": True,
    "axes.edgecolor": MUTED,
    "axes.facecolor": PAPER,
    "axes.formatter.use_mathtext": False,
    "axes.grid": False,
    "axes.labelcolor": INK,
    "axes.labelsize": SIZE,
    "axes.linewidth": 0.8,
    "axes.titlecolor": INK,
    "axes.titlelocation": "left",
    "axes.titlesize": SIZE,
    "axes.unicode_minus": True,
    "figure.facecolor": PAPER,
    "font.family": ["DejaVu Sans"],
    "font.size": SIZE,
    "grid.color": GRID,
    "grid.linewidth": 0.8,
    "hatch.linewidth": 0.9,
    "legend.fontsize": SMALL,
    "legend.frameon": False,
    "legend.labelcolor": INK,
    "lines.linewidth": 1.5,
    "path.simplify": True,
    "svg.fonttype": "path",
    "svg.hashsalt": "descent",
    "svg.image_inline": True,
    "text.color": INK,
    "text.parse_math": False,  # a dollar sign is a dollar sign
    "xtick.color": MUTED,
    "xtick.labelcolor": INK,
    "xtick.labelsize": SMALL,
    "ytick.color": MUTED,
    "ytick.labelcolor": INK,
    "ytick.labelsize": SMALL,
}

styled: Callable = matplotlib.rc_context(STYLE)
"""Decorates a function that draws, whatever the user's own Matplotlib settings are."""


def method_colour(method: str) -> str:
    """Return the colour of a method, the same in every figure."""
    light, _ = _METHODS.get(method, _OTHERS[_place(method) % len(_OTHERS)])
    return light


def method_dash(method: str) -> Any:
    """Return the line style of a method, the same in every figure that has one line for it."""
    known = list(_METHODS)
    place = known.index(method) if method in known else _place(method) + len(_OTHERS)
    return DASHES[place % len(DASHES)]


def _place(method: str) -> int:
    """Return a number for a method without a colour of its own: the registry's, or any."""
    others = [name for name in METHODS if name not in _METHODS]
    return others.index(method) if method in others else crc32(method.encode())


def method_line(method: str, width: float = 1.8) -> dict:
    """Return how a method's line is drawn; colour and dashes tell it from the others."""
    return {"color": method_colour(method), "linestyle": method_dash(method), "linewidth": width}


def in_words(method: str) -> str:
    """Write the name of a method for readers."""
    return method.replace("_", " ")


def class_style(label: int) -> dict:
    """Return colour and marker of a class; together they differ for the first 63 classes."""
    return {"color": CLASSES[label % len(CLASSES)], "marker": MARKERS[label % len(MARKERS)]}


def filled(colour: str, hatch: str = "", lines: str = PAPER) -> dict:
    """Return how an area is filled: a colour, and lines over it so that it is told by them too."""
    return {"facecolor": colour, "edgecolor": lines, "linewidth": 0.0, "hatch": hatch or None}


def pick(colours: Sequence[str], count: int) -> list[str]:
    """Choose colours of a ramp, evenly spaced and both ends included."""
    return [colours[i] for i in np.linspace(0, len(colours) - 1, count).round().astype(int)]


# ── Saving ───────────────────────────────────────────────────────────────────────────────────


@styled
def save(figure: Figure, path: str | Path) -> None:
    """Save a figure as SVG, whole or not at all.

    Parameters
    ----------
    figure : Figure
        The figure; its label becomes the SVG's title.
    path : str or Path
        The file.
    """
    stream = io.BytesIO()
    nothing = dict.fromkeys(("Creator", "Date", "Format", "Type"))
    figure.savefig(stream, format="svg", metadata=nothing)
    replace_text(path, adapted(stream.getvalue().decode(), str(figure.get_label())))


def adapted(svg: str, title: str) -> str:
    """Give Matplotlib's SVG a title and its dark colours, and drop what is of no use."""
    svg = re.sub(r"\s*<!--.*?-->", "", svg, flags=re.DOTALL)
    svg = re.sub(r"\n +", "\n", svg)
    svg = re.sub(r"(\d\.\d{2})\d+(?=[ \n\"])", r"\1", svg)  # hundredths of a point
    opening, rest = re.split(r"(?<=>)\n", svg[svg.index("<svg") :], maxsplit=1)
    opening = opening.replace("<svg", '<svg role="img"', 1)
    head = f"<title>{escape(title)}</title>\n<style>\n{dark_sheet(svg)}</style>"
    return f'<?xml version="1.0" encoding="utf-8"?>\n{opening}\n{head}\n{rest}'


def dark_sheet(svg: str) -> str:
    """Return the style sheet that swaps the colours of an SVG where dark is preferred."""
    rules = "".join(
        f'[style*="fill: {light}"],[fill="{light}"]{{fill:{dark}!important}}\n'
        f'[style*="stroke: {light}"]{{stroke:{dark}!important}}\n'
        for light, dark in DARK.items()
        if light in svg
    )
    return f"@media (prefers-color-scheme: dark) {{\n{rules}}}\n"


# ── Parts of figures ─────────────────────────────────────────────────────────────────────────


class Sheet:
    """A figure laid out in inches from its top, so that nothing depends on what is drawn."""

    def __init__(self, title: str, height: float, width: float = WIDTH) -> None:
        self.figure = Figure(figsize=(width, height))
        self.figure.set_label(title)
        self.width, self.height = width, height

    def axes(self, left: float, top: float, width: float, height: float) -> Axes:
        """Add axes whose frame has this place and size."""
        bottom = self.height - top - height
        return self.figure.add_axes(
            (
                left / self.width,
                bottom / self.height,
                width / self.width,
                height / self.height,
            )
        )

    def text(self, left: float, top: float, text: str, **style: Any) -> None:
        """Write text whose first line begins here."""
        place = left / self.width, 1.0 - top / self.height
        self.figure.text(*place, text, **{"va": "top", "fontsize": SMALL, **style})

    def legend(
        self, top: float, handles: Sequence[Artist], columns: int, left: float = 0.1
    ) -> None:
        """Add a legend below this height; `legend_height` tells how much room it takes."""
        self.figure.legend(
            handles=handles,
            loc="upper left",
            bbox_to_anchor=(left / self.width, 1.0 - top / self.height),
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


def wrap(text: str, width: float, size: float = SMALL) -> str:
    """Break text into lines that fit a width in inches."""
    characters = max(8, int(width * 72.0 / (0.6 * size)))
    return "\n".join(textwrap.wrap(text, characters))


def lines_of(texts: Iterable[str]) -> int:
    """Return the largest number of lines among texts."""
    return max(text.count("\n") + 1 for text in texts)


SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def subscript(number: int) -> str:
    """Write a number as an index."""
    return str(number).translate(SUBSCRIPTS)


def power_of_ten(exponent: int) -> str:
    """Write a power of ten."""
    return "10" + str(exponent).translate(SUPERSCRIPTS)


def number(value: float, digits: int = 3) -> str:
    """Write a number for readers: plain where that is short, else with a power of ten."""
    if value == 0.0 or 1e-4 <= abs(value) < 1e5:
        return f"{value:.{digits}g}".replace("-", "−") if abs(value) < 1e3 else f"{value:,.0f}"
    mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
    mantissa = (mantissa.rstrip("0").rstrip(".") if "." in mantissa else mantissa).replace("-", "−")
    power = power_of_ten(int(exponent))
    return power if mantissa == "1" else f"{mantissa}·{power}"


def logarithmic(axes: Axes, which: str, low: float, high: float, most: int = 7) -> None:
    """Make the axis "x" or "y" logarithmic from low to high, with ticks that can be read.

    Of whole decades at most so many are labelled, and perhaps one more.
    """
    axes.set(**{f"{which}scale": "log", f"{which}lim": (low, high)})
    axis: Axis = getattr(axes, f"{which}axis")
    decades = np.log10(high / low)
    if decades >= 2.0:
        stride = int(np.ceil(decades / most))
        exponents = np.arange(np.ceil(np.log10(low) - 1e-9), np.log10(high) + 1e-9)
        axis.set_ticks(10.0 ** exponents[exponents % stride == 0])
        axis.set_minor_locator(
            LogLocator(subs=range(2, 10) if stride == 1 else (1,), numticks=1000)
        )
        axis.set_major_formatter(
            FuncFormatter(lambda value, _: power_of_ten(round(np.log10(value))))
        )
    else:
        axis.set_major_locator(LogLocator(subs=(1, 2, 5), numticks=1000))
        axis.set_minor_locator(NullLocator())
        axis.set_major_formatter(FuncFormatter(lambda value, _: number(value)))
    axis.set_minor_formatter(NullFormatter())


def level_bar(axes: Axes, colours: Sequence[str], labels: Sequence[str], label: str) -> None:
    """Fill axes with the colours of levels; labels stand at their inner borders."""
    boxes = [rectangle(i, i + 1, 0, 1) for i in range(len(colours))]
    axes.add_collection(PolyCollection(boxes, facecolors=colours, edgecolors="none"))
    axes.set_xlim(0, len(colours))
    axes.set_ylim(0, 1)
    axes.set_yticks([])
    axes.set_xticks(range(1, len(colours)), labels)
    axes.set_xlabel(label)


def rectangle(left: float, right: float, low: float, high: float) -> list[tuple[float, float]]:
    """Return the corners of a rectangle."""
    return [(left, low), (right, low), (right, high), (left, high)]


def spread(count: int, most: int) -> np.ndarray:
    """Return at most so many of the indices below count, evenly spread, both ends included."""
    if count == 0:
        return np.arange(0)
    return np.unique(np.linspace(0, count - 1, min(count, most)).round().astype(int))


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
    place = axes.transAxes.inverted().transform(
        axes.transData.transform([(x, y) for x, y, *_ in ends])
    )
    order = np.lexsort((-place[:, 0], place[:, 1]))
    rows = apart(place[order, 1] * height, gap, height)
    for i, row in zip(order, rows, strict=True):
        x, y, text, colour = ends[i]
        axes.annotate(
            text,
            (x, y),
            (1.0 + 0.16 / width, row / height),
            textcoords="axes fraction",
            annotation_clip=False,
            va="center",
            fontsize=SMALL,
            color=colour,
            arrowprops={
                "arrowstyle": "-", "color": colour, "linewidth": 0.6, "relpos": (0.0, 0.5),
                "shrinkA": 1, "shrinkB": 2,
            },
        )  # fmt: skip


def apart(places: np.ndarray, gap: float, height: float) -> np.ndarray:
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
