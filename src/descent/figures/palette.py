"""Colours, dashes and marks; no two meanings share a colour.

Figures are drawn in the light colours, and `descent.figures.saving` adds the dark ones. So every
colour that is drawn has to come from here or from the record of a method.
"""

from collections.abc import Sequence
from typing import Any
from zlib import crc32

import numpy as np
from matplotlib import colormaps
from matplotlib.colors import to_hex

from descent.core.methods import METHODS

# Each colour is a pair: on light paper, and on dark.
NEUTRAL = {
    "paper": ("#ffffff", "#15181d"),
    "ink": ("#1c2126", "#e4e7eb"),
    "muted": ("#59626d", "#a3acb8"),
    "grid": ("#dfe3e8", "#2f353d"),
    "contour": ("#74828f", "#74869a"),
    "lost": ("#a8384f", "#d4667b"),  # what diverges
}
# Of methods whose records have no colour.
OTHER_METHODS = (
    ("#3d6a78", "#8dbccb"),
    ("#4c7418", "#a4cd67"),
    ("#9a4541", "#e69c96"),
    ("#66668c", "#b8b8dd"),
)
# After Tol's muted scheme; the first ones also differ in lightness.
CLASS_PAIRS = (
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
SEQUENTIAL_PAIRS = (
    ("#f8fbfc", "#141a1e"), ("#eaf1f6", "#182227"), ("#dde8ef", "#1d2930"),
    ("#cfdee8", "#21313a"), ("#c2d5e1", "#253844"), ("#b5ccda", "#29404e"),
    ("#a8c3d4", "#2e4858"), ("#9abacd", "#325162"), ("#8db1c6", "#36596d"),
    ("#80a8bf", "#3b6278"),
)  # fmt: skip
DIVERGING_PAIRS = (
    ("#3b77c0", "#5c93d9"), ("#6190cc", "#4f7ab0"), ("#85a9d8", "#42618a"),
    ("#a9c2e2", "#354a65"), ("#cddaec", "#283342"), ("#f2f3f5", "#1c1e22"),
    ("#ebd5ca", "#402f25"), ("#e0b9a4", "#60412f"), ("#d49d7e", "#825338"),
    ("#c78057", "#a66641"), ("#ba632c", "#cb7a4a"),
)  # fmt: skip
# Viridis, perceptually uniform and told apart by the colour-blind, the quickest first; in steps too
# small to be seen. It stands on light and on dark.
SPEED = tuple(to_hex(colour) for colour in colormaps["viridis"](np.linspace(1.0, 0.0, 64)))

PAPER, INK, MUTED, GRID, CONTOUR, LOST = (light for light, _ in NEUTRAL.values())
CLASSES = tuple(light for light, _ in CLASS_PAIRS)
SEQUENTIAL = tuple(light for light, _ in SEQUENTIAL_PAIRS)
DIVERGING = tuple(light for light, _ in DIVERGING_PAIRS)
DOTTED = (0, (1.2, 1.6))
DASHED = (0, (5, 2))
DASHES = ("-", DASHED, DOTTED, (0, (6, 2, 1.2, 2)), (0, (2.5, 1.5)), (0, (9, 3)))
MARKERS = ("o", "s", "^", "D", "v", "P", "X")


def colour_pairs() -> dict[str, tuple[str, str]]:
    """Return the colours of all methods: their own, or one of the others by their place."""
    others = [name for name, method in METHODS.items() if not method.colour]
    return {
        name: method.colour or OTHER_METHODS[others.index(name) % len(OTHER_METHODS)]
        for name, method in METHODS.items()
    }


def dark_counterparts() -> dict[str, str]:
    """Return the dark counterpart of each colour."""
    further = OTHER_METHODS + CLASS_PAIRS + SEQUENTIAL_PAIRS + DIVERGING_PAIRS
    return dict([*NEUTRAL.values(), *colour_pairs().values(), *further])


def method_colour(method: str) -> str:
    """Return the colour of a method, the same in every figure."""
    unknown = OTHER_METHODS[crc32(method.encode()) % len(OTHER_METHODS)]
    return colour_pairs().get(method, unknown)[0]


def method_line(method: str, width: float = 1.8) -> dict:
    """Return how a method's line is drawn; colour and dashes tell it from the others."""
    known = list(METHODS)
    place = known.index(method) if method in known else crc32(method.encode())
    return {
        "color": method_colour(method),
        "linestyle": DASHES[place % len(DASHES)],
        "linewidth": width,
    }


def class_style(label: int) -> dict[str, Any]:
    """Return colour and marker of a class; together they differ for the first 63 classes."""
    return {"color": CLASSES[label % len(CLASSES)], "marker": MARKERS[label % len(MARKERS)]}


def pick(colours: Sequence[str], count: int) -> list[str]:
    """Choose colours of a ramp, evenly spaced and both ends included."""
    return [colours[i] for i in np.linspace(0, len(colours) - 1, count).round().astype(int)]
