"""How figures are saved: as SVG for light and dark, the same figure as the same bytes.

Letters are drawn as paths from Matplotlib's own fonts, so the bytes depend on its version alone.
"""

import io
import re
from collections.abc import Mapping
from html import escape
from pathlib import Path

from matplotlib.figure import Figure

from descent.figures.layout import styled
from descent.figures.palette import dark_counterparts
from descent.support.files import replace_text
from descent.tables.svg import signed


@styled
def save(figure: Figure, path: str | Path, configuration: Mapping) -> None:
    """Save a figure as SVG, whole or not at all.

    Parameters
    ----------
    figure : Figure
        The figure; its label becomes the SVG's title.
    path : str or Path
        The file; its name without suffix is the figure's.
    configuration : Mapping
        The part of the configuration that determines the figure; kept as provenance.
    """
    stream = io.BytesIO()
    nothing = dict.fromkeys(("Creator", "Date", "Format", "Type"))
    figure.savefig(stream, format="svg", metadata=nothing)
    svg = adapted_svg(stream.getvalue().decode(), str(figure.get_label()))
    place = svg.index("<style>")
    replace_text(path, signed(svg, place, Path(path).stem, configuration))


def adapted_svg(svg: str, title: str) -> str:
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
        for light, dark in dark_counterparts().items()
        if light in svg
    )
    return f"@media (prefers-color-scheme: dark) {{\n{rules}}}\n"
