"""Colours are told apart, axes can be read, and files are whole."""

import xml.etree.ElementTree as ET

import matplotlib
import numpy as np
import pytest
from drawn_by_hand import saved, texts, trained_losses
from matplotlib.colors import to_rgb

from descent.core.methods import METHODS
from descent.figures import palette, saving
from descent.figures.layout import Sheet
from descent.figures.named_trainings import draw_trainings
from descent.figures.rosenbrock_contours import draw_rosenbrock_contours
from descent.figures.scales import logarithmic, moved_apart

SVG = "{http://www.w3.org/2000/svg}"
METHOD_PAIRS = (*palette.colour_pairs().values(), *palette.OTHER_METHODS)


def luminance(colour):
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(colour)]
    return float(np.dot(linear, [0.2126, 0.7152, 0.0722]))


def contrast(first, second):
    low, high = sorted([luminance(first), luminance(second)])
    return (high + 0.05) / (low + 0.05)


def test_every_colour_has_one_meaning():
    pairs = [
        *palette.NEUTRAL.values(), *METHOD_PAIRS, *palette.CLASS_PAIRS,
        *palette.SEQUENTIAL_PAIRS, *palette.DIVERGING_PAIRS,
    ]  # fmt: skip
    lights = [light for light, _ in pairs]
    assert len(set(lights)) == len(lights) == len(palette.dark_counterparts())
    assert not set(palette.SPEED) & set(lights)


@pytest.mark.parametrize("ground", [0, 1], ids=["light", "dark"])
def test_text_and_lines_stand_out(ground):
    paper = palette.NEUTRAL["paper"][ground]
    assert contrast(palette.NEUTRAL["ink"][ground], paper) > 10
    assert contrast(palette.NEUTRAL["muted"][ground], paper) > 4.5
    for pair in METHOD_PAIRS:
        assert contrast(pair[ground], paper) > 4.5


@pytest.mark.parametrize("ground", [0, 1], ids=["light", "dark"])
def test_ramps_run_one_way_in_lightness(ground):
    steps = np.diff([luminance(pair[ground]) for pair in palette.SEQUENTIAL_PAIRS])
    assert (np.sign(steps) == [-1, 1][ground]).all()
    steps = np.sign(np.diff([luminance(pair[ground]) for pair in palette.DIVERGING_PAIRS]))
    assert (steps[:5] == [1, -1][ground]).all()
    assert (steps[5:] == [-1, 1][ground]).all()
    assert (np.diff([luminance(colour) for colour in palette.SPEED]) < 0).all()


def test_methods_have_the_colours_of_their_records(monkeypatch):
    for name, method in METHODS.items():
        assert palette.method_colour(name) == method.colour[0]
    monkeypatch.setitem(METHODS, "new", METHODS["adam"]._replace(colour=None))
    others = {light for light, _ in palette.OTHER_METHODS}
    assert {palette.method_colour(name) for name in ("new", "unknown", "x")} <= others


@pytest.mark.parametrize(
    ("low", "high"), [(1e-17, 1e-5), (3e-5, 3e-2), (0.3, 0.9), (7, 8), (1, 1e240)]
)
def test_logarithmic_axes_have_some_ticks_but_not_many(low, high):
    axes = Sheet("", 3).axes(1, 1, 4, 1)
    logarithmic(axes, "x", low, high)
    ticks = [tick for tick in axes.get_xticks() if low <= tick <= high]
    assert len(ticks) <= 9
    assert len(ticks) >= 2 or high / low < 2


@pytest.mark.parametrize("gap", [0.2, 0.5])
def test_labels_are_moved_apart_but_no_further(gap):
    places = np.array([0.0, 0.1, 0.1, 1.5, 2.9, 3.0])
    moved = moved_apart(places, gap, 3.0)
    assert (np.diff(moved) >= gap - 1e-12).all()
    assert moved[0] >= 0.0
    assert moved[-1] <= 3.0
    assert moved[3] == (1.5 if gap == 0.2 else pytest.approx(1.5, abs=0.5))
    np.testing.assert_array_equal(moved_apart(np.array([0.5, 1.5]), 0.2, 3.0), [0.5, 1.5])


def test_user_text_is_neither_mathematics_nor_markup(tmp_path):
    run = {"name": "a_b.c--d$x^2$", "method": "momentum", "iterations": 1}
    figure = draw_trainings(trained_losses([run], seeds=2), [run], np.array([0, 1]))
    figure.set_label("1 < 2 & $x$ --> ]]>")
    root = ET.fromstring(saved(figure, tmp_path))
    assert root.find(f"{SVG}title").text == "1 < 2 & $x$ --> ]]>"
    assert any("a_b.c--d$x^2$" in text for text in texts(figure))


def test_a_failed_save_leaves_what_was_there(tmp_path, monkeypatch):
    path = tmp_path / "figure.svg"
    path.write_text("before")
    figure = draw_rosenbrock_contours(1, 100)
    monkeypatch.setattr(saving, "adapted_svg", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        saving.save(figure, path, {})
    assert path.read_text() == "before"
    assert [file.name for file in tmp_path.iterdir()] == ["figure.svg"]


def test_figures_do_not_depend_on_the_users_settings(tmp_path):
    plain = saved(draw_rosenbrock_contours(1, 100), tmp_path)
    own = {"lines.linewidth": 5.0, "axes.spines.top": False, "font.size": 30, "figure.dpi": 300}
    with matplotlib.rc_context(own):
        assert saved(draw_rosenbrock_contours(1, 100), tmp_path) == plain
