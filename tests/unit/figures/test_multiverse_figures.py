"""Figures of all protocols, and of the answer for every problem, show what their tables hold."""

import numpy as np
import pytest
from drawn_by_hand import (
    QUESTION,
    SWEEP,
    answered,
    answers,
    lines,
    said,
    saved,
    some_answers,
    texts,
    valley,
)
from matplotlib.colors import to_hex

from descent.figures.families import draw_family
from descent.figures.families.specification_curve import curve_of
from descent.figures.forest import draw_forest, forest_rows
from descent.figures.palette import method_colour

NEVER = np.inf
FEW = {
    "targets": [1.0, 1e-3],
    "holds": [10],
    "budgets": [500],
    "criteria": ["charged"],
    "trials": [0, 2],
}
"""Eight protocols: by target, trials and split."""


def eight(own, other, methods=("momentum", "gradient_descent")):
    """Return a problem and the tables of two methods with these scores under eight protocols."""
    problem = valley(sweep={**SWEEP, "multiverse": FEW})
    return problem, answered(dict(zip(methods, (own, other), strict=True)), FEW)


OWN = [5.0, 5.0, 5.0, 20.0, NEVER, NEVER, 10.0, 2.0]
OTHER = [NEVER, 10.0, 20.0, 10.0, NEVER, 5.0, 10.0, 10.0]  # 0, ½, ¼, 2, undecided, ∞, 1, ⅕


def cells(axes, label):
    """Return the boxes (left, right, top) of the filled cells in a row of choices."""
    found = []
    for patch in axes.patches:
        if patch.get_label() == label:
            for polygon in patch.get_path().to_polygons(closed_only=True):
                (left, top), (right, _) = polygon.min(axis=0), polygon.max(axis=0)
                found.append((left, right, top))
    return sorted(found)


# ── Specification curve ──────────────────────────────────────────────────────────────────────


def test_ratios_stand_in_order_with_the_headline_marked():
    problem, tables = eight(OWN, OTHER)
    figure = draw_family("specification_curve", problem, tables)
    faster, slower = lines(figure, "ratio")
    low, high = 0.2 / 1.6, 2.0 * 1.6  # 0 and ∞ are drawn at the edges
    assert figure.axes[0].get_ylim() == pytest.approx((low, high))
    np.testing.assert_array_equal(faster.get_xdata(), [0, 0.5, 1.5, 2.5, 3.5, 4])
    np.testing.assert_allclose(faster.get_ydata(), [low, low, 0.2, 0.25, 0.5, 0.5])
    np.testing.assert_array_equal(slower.get_xdata(), [5, 5.5, 6.5, 7])
    np.testing.assert_allclose(slower.get_ydata(), [2, 2, high, high])
    assert [faster.get_color(), slower.get_color()] == [
        method_colour("momentum"), method_colour("gradient_descent"),
    ]  # fmt: skip
    marks = [tuple(*line.get_xydata()) for line in lines(figure, "headline")]
    assert marks == [(1.5, 0.2), (4.5, 1.0)]


def test_the_answer_is_told_in_words():
    problem, tables = eight(OWN, OTHER)
    figure = draw_family("specification_curve", problem, tables)
    for words in (
        "Momentum against gradient descent",
        "0 in 1: gradient descent never reaches",
        "∞ in 1: momentum never reaches",
        "undecided: 1",
        "Ratio of scores: median 0.5, from 0 (5 %) to ∞ (95 %)",
        "But faster in less than half with target 0.001 (33 %)",
    ):
        assert said(figure, words), words
    first = next(text for text in texts(figure) if text.startswith("Faster"))
    assert " ".join(first.split()).startswith(
        "Faster in 57 %, equal in 14 % of the 7 of 8 protocols that decide: a matter of protocol"
    )


@pytest.mark.parametrize("own", [OWN, [5.0] * 8])
def test_no_note_covers_the_curve(own):
    problem, tables = eight(own, OTHER)
    figure = draw_family("specification_curve", problem, tables)
    notes = {text.get_text(): text.get_position()[1] for text in figure.axes[0].texts}
    assert len(notes) == (4 if own == OWN else 2)
    assert all(height < 0.0 or height > 1.0 for height in notes.values())
    below = [height for height in notes.values() if height < 0.0]
    assert len({*below}) == 2  # what is at the lower edge has a line of its own


@pytest.mark.parametrize(
    ("slower", "words"),
    [(0, "robustly so"), (1, "mostly so"), (4, "a matter of protocol"), (7, "mostly not"),
     (8, "robustly not")],
)  # fmt: skip
def test_how_an_answer_holds_is_told_by_its_share(slower, words):
    problem, tables = eight([20.0] * slower + [5.0] * (8 - slower), [10.0] * 8)
    figure = draw_family("specification_curve", problem, tables)
    assert any(" ".join(text.split()).split("\n")[0].count(words) for text in texts(figure))
    assert said(figure, "At every level faster") == (slower != 4)


def test_rows_show_what_each_protocol_chose():
    problem, tables = eight(OWN, OTHER)
    figure = draw_family("specification_curve", problem, tables)
    target, *_, split = figure.axes[1:]
    # Of the ratios 0, ⅕, ¼, ½, 1, 2 and ∞ those of target 1 are 0, ¼, ½ and 2; then undecided ones.
    np.testing.assert_allclose(
        cells(target, "target"),
        [(0, 1, 0), (1, 2, 1), (2, 4, 0), (4, 5, 1), (5, 6, 0), (6, 7, 1), (7.16, 8.16, 1)],
    )
    assert sum(right - left for left, right, _ in cells(split, "split")) == pytest.approx(8)
    assert [label.get_text() for label in target.get_yticklabels()] == ["1", "0.001"]
    weights = [label.get_fontweight() for label in target.get_yticklabels()]
    assert weights == ["normal", "bold"]
    shares = {text.get_text().replace("\N{NO-BREAK SPACE}", " "): text for text in target.texts}
    assert list(shares) == ["75 % of 4", "33 % of 3"]
    assert shares["75 % of 4"].get_color() == method_colour("momentum")
    trials = figure.axes[5]
    assert [label.get_text() for label in trials.get_yticklabels()] == ["all", "2"]


def test_a_score_of_0_is_told_from_never():
    problem, tables = eight([0.0] * 8, [10.0] * 8)
    figure = draw_family("specification_curve", problem, tables)
    assert said(figure, "0 in 8: gradient descent never reaches, or momentum starts there")


def test_of_a_question_that_is_not_swept_another_pair_is_shown():
    problem, tables = eight(OWN, OTHER, ("adam", "nesterov"))
    figure = draw_family("specification_curve", problem, tables)
    assert said(figure, "Adam against Nesterov")
    assert said(figure, "The pair of the question is not swept here")
    assert said(figure, "∞ in 1: Adam never reaches")


def test_the_question_can_be_any_pair():
    scores = {"momentum": OWN, "gradient_descent": OTHER, "adam": OTHER}
    tables = answered(scores, FEW, ("gradient_descent", "momentum"))
    curve = curve_of(tables)
    assert (curve.method, curve.against) == ("gradient_descent", "momentum")
    assert curve.protocols["ratio"].iloc[1] == 0.5
    assert curve.whole["share"] == pytest.approx(2 / 7)


def test_one_method_alone_and_nothing_decided_are_told(tmp_path):
    problem, tables = eight([NEVER] * 8, [NEVER] * 8)
    figure = draw_family("specification_curve", problem, tables)
    assert said(figure, "None of 8 protocols decides")
    assert not lines(figure, "headline")
    saved(figure, tmp_path)
    figure = draw_family("specification_curve", valley(), some_answers(("adam",)))
    assert said(figure, "Nothing to compare: Adam alone is swept")
    saved(figure, tmp_path)


def test_many_protocols_are_drawn_in_few_bins(tmp_path):
    verse = {
        "targets": 10.0 ** -np.arange(8.0), "holds": [1, 10, 100], "budgets": [50, 100, 500],
        "criteria": ["charged", "par10", "median"], "trials": [1, 2, 20, 0],
    }  # fmt: skip
    generator = np.random.default_rng(1)
    own, other = generator.lognormal(0.0, 3.0, (2, 1728))
    own[:300], other[300:700] = NEVER, NEVER
    own[1400:], other[1400:] = NEVER, NEVER
    tables = answered({"momentum": own, "gradient_descent": other}, verse)
    problem = valley(sweep={**SWEEP, "multiverse": verse})
    figure = draw_family("specification_curve", problem, tables)
    assert len(saved(figure, tmp_path)) < 300_000
    # Without an order they are one bin: 400 of ratio 0, 300 of ∞, 328 undecided.
    widths = {round(right - left) for left, right, _ in cells(figure.axes[1], "target")}
    assert {400, 300, 328} <= widths


# ── First places ─────────────────────────────────────────────────────────────────────────────


def test_bars_are_shares_of_the_protocols_that_decide():
    problem, tables = eight(OWN, OTHER)
    figure = draw_family("first_places", problem, tables)
    whole, target = figure.axes[:2]
    bars = {patch.get_label(): (patch.get_x(), patch.get_width()) for patch in whole.patches}
    # Of seven momentum is first in four and shares one.
    assert bars["gradient_descent"] == pytest.approx((0.0, 2.5 / 7))
    assert bars["momentum"] == pytest.approx((2.5 / 7, 4.5 / 7))
    assert to_hex(whole.patches[1].get_facecolor()) == method_colour("momentum")
    assert [patch.get_y() // 1 for patch in target.patches] == [0, 0, 1, 1]
    written = [text.get_text().replace("\N{NO-BREAK SPACE}", " ") for text in target.texts]
    assert {"4 of 4", "3 of 4", "75 %", "25 %", "50 %"} == set(written)
    assert [axes.get_yticklabels()[0].get_text() for axes in figure.axes] == [
        "all", "1", "10", "500", "charged", "all", "first",
    ]  # fmt: skip


def test_levels_that_decide_nothing_say_so(tmp_path):
    problem, tables = eight([1.0] * 4 + [NEVER] * 4, [2.0] * 4 + [NEVER] * 4)
    figure = draw_family("first_places", problem, tables)
    assert texts(figure).count("no method reaches the target") == 1
    assert said(figure, "0 of 4")
    figure = draw_family("first_places", *eight([NEVER] * 8, [NEVER] * 8))
    assert texts(figure).count("no method reaches the target") == 1 + 2 + 1 + 1 + 1 + 2 + 2
    saved(figure, tmp_path)


# ── The answer for every problem ─────────────────────────────────────────────────────────────


def test_forest_rows_are_of_the_headlines_trials_and_of_all_protocols():
    problem, tables = eight(OWN, OTHER)
    is_few = tables["pairwise"]["trials"] == 2
    tables["pairwise"].loc[is_few, ["ratio", "low", "high"]] = 0.7, 0.6, 0.8
    others = eight(OWN, OTHER, ("adam", "nesterov"))
    found, missing = forest_rows([(problem, tables), others], QUESTION)
    assert found[:5] == ("Rosenbrock function", 0.7, 0.6, 0.8, "yes")
    assert found[5:] == (0.0, 0.5, NEVER, pytest.approx(4 / 7), 7)
    assert (missing.verdict, missing.decided) == ("", 0)
    assert np.isnan(missing.ratio)


def test_a_forest_shows_intervals_ranges_and_what_lies_beyond():
    figure = draw_forest(answers(), QUESTION)
    left, right = figure.axes[0].get_xlim()
    first, second = lines(figure, "ratio")
    assert [first.get_xdata()[0], second.get_xdata()[0]] == [0.5, 2.5]
    assert first.get_markerfacecolor() == first.get_color() != second.get_markerfacecolor()
    spans = [line.get_xdata().tolist() for line in lines(figure, "interval")]
    assert spans == [[0.4, 0.6], [3.0, right]]
    ranges = [line.get_xdata().tolist() for line in lines(figure, "multiverse")]
    assert ranges == [[left, 1.2], [0.5, right], [2.0, right]]
    assert [line.get_xdata()[0] for line in lines(figure, "median")] == [0.3, 1.5, 4.0]
    heights = [line.get_ydata()[0] for line in lines(figure, "multiverse")]
    beyond = {(line.get_marker(), line.get_ydata()[0]) for line in lines(figure, "beyond")}
    assert beyond == {("<", heights[0]), (">", heights[1]), (">", heights[2])}
    for words in (
        "Is momentum faster than gradient descent?", "yes, 0.5\n90 % of 1 500", "no, ∞",
        "inconclusive, 2.5", "neither reaches", "not swept here", "equal within 10 %",
    ):  # fmt: skip
        assert said(figure, words.replace("1 500", "1\u202f500")), words
    assert said(figure, "end beyond the axis")
    inside = answers()[0]._replace(multiverse_low=0.2)
    assert not said(draw_forest([inside], QUESTION), "end beyond the axis")


def test_a_forest_of_any_size(tmp_path):
    for rows in (answers()[:1], answers()[3:], answers() * 4):
        figure = draw_forest([row._replace(title="W" * 64) for row in rows], QUESTION)
        width, height = figure.get_size_inches()
        box = figure.get_tightbbox()
        assert box.x0 >= 0.0 <= box.y0
        assert (box.x1, box.y1) <= (width, height)
        assert len(saved(figure, tmp_path)) < 300_000
