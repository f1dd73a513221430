"""The figure of two methods under every protocol: how they compare, and what each point chose."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from pandas import DataFrame

from descent.core.problem import Problem
from descent.figures.families.heat_map import HOLLOW_MARK
from descent.figures.layout import LETTERS_SIZE, LINE_HEIGHT, Sheet, lines_of, styled, wrap
from descent.figures.palette import INK, MUTED, method_colour
from descent.figures.protocols import (
    BETWEEN_ROWS,
    ROWS_LEFT,
    ROWS_WIDTH,
    TINY,
    headline_levels,
    level_name,
)
from descent.figures.scales import fill_cells, logarithmic, say, spread
from descent.statistics.answers import ratio
from descent.statistics.multiverse import CHOICES, robustness_of
from descent.words.names import method_title, methods_in_order
from descent.words.numbers import capital, joined, number, share

MOST_POINTS = 400  # of the curve that are drawn
MOST_BINS = 110  # of protocols in the rows of choices
SHADES = 8  # of these bins
GAP = 0.02  # between decided and undecided protocols, as a share of all
RATIOS_HEIGHT, LEVEL_HEIGHT = 1.9, 0.155  # inches
LEAST_TIES = 0.01  # share from which on ties are told
MOST_EXTREME = 1e4  # ratio, and its inverse, beyond which the curve is cut off
VERDICTS = {"robust": "robustly", "mostly": "mostly", "protocol": "a matter of protocol"}


class Curve(NamedTuple):
    """A pair of methods under all protocols, those that decide it first, in order."""

    method: str
    against: str
    is_asked: bool
    """Whether it is the pair of the question."""
    protocols: DataFrame
    """`CHOICES`, the scores `own` and `other`, and their `ratio`, NaN where it is undecided."""
    levels: DataFrame
    """The pair's rows of `descent.tables.schemas.LEVELS`."""

    @property
    def decided(self) -> int:
        """How many protocols decide."""
        return int(self.protocols["ratio"].notna().sum())

    @property
    def whole(self) -> Any:
        """The row of `levels` for all protocols."""
        return self.levels[self.levels["choice"] == "all"].iloc[0]


def curve_of(tables: Mapping[str, DataFrame]) -> Curve | None:
    """Return the curve of the question's pair, else of the first two methods; None of one.

    From `multiverse`, `levels` and `pairwise`.
    """
    asked = tables["pairwise"].query("role == 'question'")
    methods = methods_in_order(tables["multiverse"]["method"])
    if len(asked):
        method, against = asked[["method", "against"]].iloc[0]
    elif len(methods) > 1:
        against, method = methods[:2]
    else:
        return None
    scores = tables["multiverse"].pivot(index=[*CHOICES], columns="method", values="score")
    own, other = scores[method].to_numpy(), scores[against].to_numpy()
    protocols = scores.index.to_frame(index=False)
    protocols = protocols.assign(own=own, other=other, ratio=ratio(own, other))
    protocols = protocols.sort_values("ratio", kind="stable", ignore_index=True)
    levels = tables["levels"].query("method == @method and against == @against")
    return Curve(method, against, len(asked) > 0, protocols, levels)


@styled
def draw_specification_curve(problem: Problem, tables: Mapping[str, DataFrame]) -> Figure:
    """Draw the ratio of two methods' scores under every protocol, and what each protocol chose.

    From `multiverse`, `levels` and `pairwise`: the specification curve of Simonsohn, Simmons and
    Nelson (2020) for the pair of the question. Above, the ratios in order; below, a row for each
    level of each choice, shaded by how many of the protocols at that place choose it, with the
    share of protocols at that level in which the first method is faster.
    """
    title = f"Two methods under every protocol: {problem.title}"
    curve = curve_of(tables)
    if curve is None:
        (method,) = methods_in_order(tables["multiverse"]["method"])
        sheet = Sheet(title, 0.5)
        sheet.text(0.12, 0.15, f"Nothing to compare: {method_title(method)} alone is swept")
        return sheet.figure
    words, headline = _words(curve), headline_levels(problem)
    rows = {choice: curve.levels[curve.levels["choice"] == choice] for choice in CHOICES}
    top = 0.34 + LINE_HEIGHT * (lines_of([words]) + 1)
    below = top + RATIOS_HEIGHT + 0.34 + LINE_HEIGHT * _has_zeros(curve)
    heights = [LEVEL_HEIGHT * len(own) for own in rows.values()]
    tops = below + np.cumsum([0.0, *(height + BETWEEN_ROWS for height in heights)])
    sheet = Sheet(title, tops[-1] + 0.02, _curve_legend(curve))
    pair = f"{capital(method_title(curve.method))} against {method_title(curve.against)}"
    sheet.text(0.12, 0.08, pair, fontsize=LETTERS_SIZE)
    sheet.text(0.12, 0.12 + LINE_HEIGHT, words)
    edges = _bins(curve)
    axes = sheet.axes(ROWS_LEFT, top, ROWS_WIDTH, RATIOS_HEIGHT)
    axes.set(xlim=(edges[0], edges[-1]), xticks=[])
    _draw_curve(axes, curve)
    _mark_headline(axes, curve, headline)
    sheet.text(ROWS_LEFT + ROWS_WIDTH + 0.1, below - 0.2, "faster, of decided", color=MUTED)
    for (choice, own), place, height in zip(rows.items(), tops, heights, strict=False):
        axes = sheet.axes(ROWS_LEFT, place, ROWS_WIDTH, height)
        axes.set(xlim=(edges[0], edges[-1]), ylim=(len(own), 0), xticks=[])
        _draw_rows(axes, curve, choice, own, edges)
        sheet.text(0.12, place + 0.02, choice, color=MUTED)
        _label_rows(axes, curve, own, headline.get(choice))
    return sheet.figure


# ── Words ────────────────────────────────────────────────────────────────────────────────────


def _words(curve: Curve) -> str:
    """Say in what share of the protocols the method is faster, by how much, and where not."""
    whole, n = curve.whole, number(len(curve.protocols))
    texts = [] if curve.is_asked else ["The pair of the question is not swept here"]
    if not whole["decided"]:
        return "\n".join([*texts, f"None of {n} protocols decides: neither reaches a target"])
    is_faster = whole["share"] >= 0.5
    ties = (curve.protocols["ratio"] == 1.0).sum() / whole["decided"]
    equal = f", equal in {share(ties)}" if ties >= LEAST_TIES else ""
    verdict = robustness_of(whole["share"])
    answer = VERDICTS[verdict] + ("" if verdict == "protocol" else " so" if is_faster else " not")
    low, middle, high = (number(whole[f"ratio_{name}"], 2) for name in ("low", "median", "high"))
    known = curve.levels[(curve.levels["choice"] != "all") & (curve.levels["decided"] > 0)]
    others = known[(known["share"] >= 0.5) != is_faster]
    where = [
        f"{row['choice']} {level_name(row['choice'], row['level'])} ({share(row['share'])})"
        for _, row in others.iterrows()
    ]
    here, there = ("at least", "less than")[:: 1 if is_faster else -1]
    texts += [
        f"Faster in {share(whole['share'])}{equal} of the {number(whole['decided'])} of {n} "
        f"protocols that decide: {answer}",
        f"Ratio of scores: median {middle}, from {low} (5 %) to {high} (95 %)",
        f"But faster in {there} half with {joined(where, 6)}"
        if where
        else f"At every level faster in {here} half",
    ]
    return "\n".join(wrap(text, 5.7) for text in texts)


def _curve_legend(curve: Curve) -> list:
    titles = method_title(curve.method), method_title(curve.against)
    return [
        Patch(facecolor=method_colour(curve.method), alpha=0.4, label=f"{titles[0]} is faster"),
        Patch(facecolor=method_colour(curve.against), alpha=0.4, label=f"{titles[1]} is faster"),
        Line2D([], [], label="headline, both splits; below, bold", **HOLLOW_MARK),
        Patch(facecolor=INK, alpha=0.6, label="below: how many chose this level"),
    ]


# ── The curve ────────────────────────────────────────────────────────────────────────────────


def _draw_curve(axes: Axes, curve: Curve) -> None:
    """Draw the ratios in order, filled up to 1 in the colour of who is faster."""
    ratios = curve.protocols["ratio"].to_numpy()[: curve.decided]
    finite = ratios[np.isfinite(ratios) & (ratios > 0.0)].clip(1.0 / MOST_EXTREME, MOST_EXTREME)
    low, high = finite.min(initial=0.5) / 1.6, finite.max(initial=2.0) * 1.6
    logarithmic(axes, "y", low, high)
    axes.yaxis.set_major_formatter(lambda value, _: number(value))
    axes.grid(visible=True, axis="y")
    axes.set_ylabel("ratio of scores", labelpad=2)
    for method, faster in ((curve.method, ratios < 1.0), (curve.against, ratios > 1.0)):
        places = np.flatnonzero(faster)
        places = places[spread(len(places), MOST_POINTS)]
        x = np.concatenate([places[:1], places + 0.5, places[-1:] + 1])
        y = np.pad(ratios[places].clip(low, high), 1, mode="edge") if len(places) else places
        axes.fill_between(x, 1.0, y, color=method_colour(method), alpha=0.4, linewidth=0)
        axes.plot(x, y, color=method_colour(method), linewidth=1.8, label="ratio")
    axes.axhline(1.0, color=INK, linewidth=1.0)
    style: dict[str, Any] = {"transform": axes.transAxes, "fontsize": TINY, "zorder": 4}
    for left, height, corner, words in _notes(curve):
        axes.text(left, height, words, **corner, **style)
    if not curve.decided:
        say(axes, "no protocol decides")
    elif curve.decided < len(curve.protocols):
        begin = curve.decided + GAP * len(curve.protocols)
        axes.axvspan(begin, axes.get_xlim()[1], color=MUTED, alpha=0.14, linewidth=0)


def _has_zeros(curve: Curve) -> bool:
    """Tell whether the ratio is 0 under some protocol."""
    return bool((curve.protocols["ratio"] == 0.0).any())


def _notes(curve: Curve) -> Iterator[tuple[float, float, dict[str, Any], str]]:
    """Yield what is said outside of the edges: which ratios lie there, and how many are undecided.

    What is at the lower edge has a line of its own.
    """
    left: dict[str, Any] = {"va": "top", "ha": "left"}
    right: dict[str, Any] = {"va": "top", "ha": "right"}
    above: dict[str, Any] = {"va": "bottom", "ha": "right"}
    for end, score, (method, other), place, corner in (
        (0.0, "other", (curve.against, curve.method), (0.0, -0.02), left),
        (np.inf, "own", (curve.method, curve.against), (1.0, 1.02), above),
    ):
        there = curve.protocols[curve.protocols["ratio"] == end]
        if len(there):
            never = np.isinf(there[score]).all()
            at_once = "" if never else f", or {method_title(other)} starts there"
            sign, title = number(end), method_title(method)
            yield *place, corner, f"{sign} in {number(len(there))}: {title} never reaches{at_once}"
    line = -0.02 - LINE_HEIGHT / RATIOS_HEIGHT * _has_zeros(curve)
    yield 0.0, line, left, "protocols in order"
    if undecided := len(curve.protocols) - curve.decided:
        yield 1.0, line, right, f"undecided: {number(undecided)}"


def _mark_headline(axes: Axes, curve: Curve, headline: Mapping[str, str]) -> None:
    """Mark the headline's protocols, one per split, where they are decided."""
    own = [curve.protocols[name].astype(str) == level for name, level in headline.items()]
    for place in np.flatnonzero(np.all(own, axis=0) & curve.protocols["ratio"].notna()):
        height = np.clip(curve.protocols["ratio"].iloc[place], *axes.get_ylim())
        axes.plot(place + 0.5, height, label="headline", clip_on=False, zorder=5, **HOLLOW_MARK)


# ── The choices ──────────────────────────────────────────────────────────────────────────────


def _bins(curve: Curve) -> np.ndarray:
    """Return borders of bins of protocols, with an empty one between decided and undecided.

    Many of one ratio are one bin, as they have no order.
    """
    decided, count = curve.decided, len(curve.protocols)
    ratios = curve.protocols["ratio"].to_numpy()[:decided]
    size = max(1.0, count / MOST_BINS)
    edges = np.linspace(0, decided, int(np.ceil(decided / size)) + 1).round()[:-1].astype(int)
    begin, end = (np.searchsorted(ratios, ratios[edges], side) for side in ("left", "right"))
    edges = np.unique([*begin, *end[end - begin > size], decided])
    if decided == count:
        return edges
    gap = GAP * count * (decided > 0)
    return np.append(edges, np.array([decided, count])[decided == 0 :] + gap)


def _draw_rows(axes: Axes, curve: Curve, choice: str, rows: DataFrame, edges: np.ndarray) -> None:
    """Shade, for each level, each bin by how many of its protocols choose it."""
    chosen = curve.protocols[choice].astype(str).to_numpy()
    places = np.arange(len(chosen)) + 0.5
    places[curve.decided :] += edges[-1] - len(chosen)
    counts = np.array([np.histogram(places[chosen == name], edges)[0] for name in rows["level"]])
    shares = counts / np.maximum(counts.sum(axis=0), 1)
    shades = np.ceil(SHADES * shares / shares.max() - 1e-9).astype(int)
    for shade in range(1, SHADES + 1):
        style = {"facecolor": INK, "alpha": 0.75 * shade / SHADES, "linewidth": 0}
        fill_cells(axes, shades == shade, edges, choice, style)
    axes.set_yticks(np.arange(len(rows)) + 0.5)
    axes.tick_params(axis="y", length=0)
    for spine in axes.spines.values():
        spine.set(color=MUTED, linewidth=0.5)


def _label_rows(axes: Axes, curve: Curve, rows: DataFrame, headline: str | None) -> None:
    """Name the levels, and tell in what share of their protocols the method is faster."""
    axes.set_yticklabels([level_name(*pair) for pair in rows[["choice", "level"]].to_numpy()])
    for label, level in zip(axes.get_yticklabels(), rows["level"], strict=True):
        label.set_fontweight("bold" if level == headline else "normal")
    for i, (_, row) in enumerate(rows.iterrows()):
        colour = {-1: method_colour(curve.method), 1: method_colour(curve.against), 0: INK}.get(
            np.sign(row["ratio_median"] - 1.0), MUTED
        )
        text = f"{share(row['share'])} of {number(row['decided'])}"
        axes.annotate(text, (1.0, i + 0.5), (7, 0), xycoords=("axes fraction", "data"),
                      textcoords="offset points", va="center", fontsize=TINY, color=colour,
                      annotation_clip=False)  # fmt: skip
