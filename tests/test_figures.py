"""Figures show what their tables hold, whatever the study, and are saved as the same bytes."""

import re
import xml.etree.ElementTree as ET
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from matplotlib.colors import to_rgb
from matplotlib.text import Text

from descent import (
    figures_data,
    figures_descents,
    figures_forward,
    figures_network,
    figures_regions,
    figures_rosenbrock,
    figures_sweeps,
    studies,
    style,
)
from descent.networks import parameter_names
from descent.objectives import rosenbrock, rosenbrock_gradient
from descent.training import label_entropy

SVG = "{http://www.w3.org/2000/svg}"


def texts(figure):
    return [text.get_text() for text in figure.findobj(Text)]


def said(figure, words):
    return any(words in text.replace("\N{NO-BREAK SPACE}", " ") for text in texts(figure))


def lines(figure, label):
    return [line for axes in figure.axes for line in axes.get_lines() if line.get_label() == label]


def saved(figure, folder, name="figure.svg"):
    style.save(figure, folder / name)
    return (folder / name).read_bytes()


# ── Style ────────────────────────────────────────────────────────────────────────────────────


def luminance(colour):
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(colour)]
    return float(np.dot(linear, [0.2126, 0.7152, 0.0722]))


def contrast(first, second):
    low, high = sorted([luminance(first), luminance(second)])
    return (high + 0.05) / (low + 0.05)


def test_every_colour_has_one_meaning():
    pairs = [
        *style._NEUTRAL.values(), *style._METHODS.values(), *style._CLASSES,
        *style._OUTCOMES.values(), *style._SEQUENTIAL, *style._DIVERGING,
    ]  # fmt: skip
    lights = [light for light, _ in pairs]
    assert len(set(lights)) == len(lights) == len(style.DARK)
    assert not set(style.SPEED) & set(lights)


@pytest.mark.parametrize("ground", [0, 1], ids=["light", "dark"])
def test_text_and_lines_stand_out(ground):
    paper = style._NEUTRAL["paper"][ground]
    assert contrast(style._NEUTRAL["ink"][ground], paper) > 10
    assert contrast(style._NEUTRAL["muted"][ground], paper) > 4.5
    for pair in style._METHODS.values():
        assert contrast(pair[ground], paper) > 4.5


@pytest.mark.parametrize("ground", [0, 1], ids=["light", "dark"])
def test_ramps_run_one_way_in_lightness(ground):
    steps = np.diff([luminance(pair[ground]) for pair in style._SEQUENTIAL])
    assert (np.sign(steps) == [-1, 1][ground]).all()
    steps = np.sign(np.diff([luminance(pair[ground]) for pair in style._DIVERGING]))
    assert (steps[:5] == [1, -1][ground]).all()
    assert (steps[5:] == [-1, 1][ground]).all()
    assert (np.diff([luminance(colour) for colour in style.SPEED]) < 0).all()


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (1, "1"), (-0.25, "−0.25"), (1e-5, "10⁻⁵"), (5e-5, "5·10⁻⁵"), (0.0005, "0.0005"),
     (12345, "12,345"), (1e60, "10⁶⁰"), (-2.5e9, "−2.5·10⁹")],
)  # fmt: skip
def test_numbers_are_written_for_readers(value, text):
    assert style.number(value) == text


@pytest.mark.parametrize(
    ("low", "high"), [(1e-17, 1e-5), (3e-5, 3e-2), (0.3, 0.9), (7, 8), (1, 1e240)]
)
def test_logarithmic_axes_have_some_ticks_but_not_many(low, high):
    axes = style.Sheet("", 3).axes(1, 1, 4, 1)
    style.logarithmic(axes, "x", low, high)
    ticks = [tick for tick in axes.get_xticks() if low <= tick <= high]
    assert len(ticks) <= 9
    assert len(ticks) >= 2 or high / low < 2


def test_user_text_is_neither_mathematics_nor_markup(tmp_path):
    run = {"name": "a_b.c--d$x^2$", "method": "momentum", "iterations": 1}
    columns = training_table([run], seeds=2)
    figure = figures_network.training_curves(columns, [run], np.array([0, 1]))
    figure.set_label("1 < 2 & $x$ --> ]]>")
    root = ET.fromstring(saved(figure, tmp_path))
    assert root.find(f"{SVG}title").text == "1 < 2 & $x$ --> ]]>"
    assert any("a_b.c--d$x^2$" in text for text in texts(figure))


def test_a_failed_save_leaves_what_was_there(tmp_path, monkeypatch):
    path = tmp_path / "figure.svg"
    path.write_text("before")
    figure = figures_rosenbrock.rosenbrock_contours(1, 100)
    monkeypatch.setattr(style, "adapted", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        style.save(figure, path)
    assert path.read_text() == "before"
    assert [file.name for file in tmp_path.iterdir()] == ["figure.svg"]


# ── Network diagram ──────────────────────────────────────────────────────────────────────────


def test_diagram_writes_weights_and_biases():
    weights = [[[1, 0], [-1, 0], [0, 0.5]], [[1, 0, 0], [-1, -1, 0]], [[1, 1], [0, 0], [-1, -1]]]
    written = texts(figures_forward.network_diagram(weights, [[0, 0, 1], [1, -1], [0.25, 0, 0]]))
    assert written.count("0.5") == 1
    assert written.count("+0.25") == 1
    assert {"x₁", "x₂", "h₃", "p₃", "inputs", "ReLU 1", "ReLU 2", "probabilities"} <= set(written)


@pytest.mark.parametrize("layers", [(1, 2), (4, 16, 16, 5), (1, 1, 1), (30, 2), (2, 8, 8, 3)])
def test_diagram_of_any_layers(layers, tmp_path):
    rng = np.random.default_rng(1)
    pairs = list(pairwise(layers))
    figure = figures_forward.network_diagram(
        [rng.normal(size=(units, inputs)) for inputs, units in pairs],
        [np.zeros(units) for _, units in pairs],
    )
    saved(figure, tmp_path)
    for count in layers:
        assert said(figure, f"{count} units") == (count > figures_forward.MOST_UNITS)


def test_diagram_of_zero_weights():
    figures_forward.network_diagram([np.zeros((2, 2))], [np.zeros(2)])


# ── Rosenbrock ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("a", "b"), [(1, 100), (-2, 5), (0, 0.01), (30, 1e4), (0.5, 1e6)])
def test_minimum_is_well_inside_the_contours(a, b, tmp_path):
    figure = figures_rosenbrock.rosenbrock_contours(a, b)
    for axes in (figure.axes[0], *figure.axes[2:4]):
        (star,) = axes.get_lines()
        assert star.get_xydata().tolist() == [[a, a * a]]
        assert axes.get_xlim()[0] < a < axes.get_xlim()[1]
        assert axes.get_ylim()[0] < a * a < axes.get_ylim()[1]
    saved(figure, tmp_path)


def test_notebook_window_is_kept_where_it_serves():
    assert figures_rosenbrock.window_around(1.0) == figures_rosenbrock.NOTEBOOK_WINDOW


@pytest.mark.parametrize(("a", "b"), [(1, 100), (-2, 5), (0, 0.01)])
def test_level_sets_are_exact(a, b):
    window = ((-1e3, 1e3), (-1e7, 1e7))
    for level in (1e-3, 1.0, 1e3):
        border = figures_rosenbrock.level_set(level, window, a, b)
        np.testing.assert_allclose(rosenbrock(border, a, b), level, rtol=1e-6)


def test_level_set_outside_the_window():
    assert figures_rosenbrock.level_set(1e-4, ((5, 6), (5, 6)), 1, 100) is None


def test_levels_are_few_and_reach_the_valley():
    for largest in (0.02, 1.5, 1062, 2.7e5, 1e12, 1e200):
        levels = figures_rosenbrock.logarithmic_levels(largest)
        assert 4 <= len(levels) <= figures_rosenbrock.MOST_LEVELS
        assert levels[-1] <= largest
        assert levels[0] <= max(1e-1, 1e-3 * largest)


# ── Named descents ───────────────────────────────────────────────────────────────────────────


def run(
    name="run",
    method="gradient_descent",
    rate=1e-3,
    momentum=None,
    iterations=20,
    start=(-1.2, 1.0),
):
    return {
        "name": name, "method": method, "learning_rate": rate, "momentum": momentum,
        "iterations": iterations, "start": list(start),
    }  # fmt: skip


def descended(runs):
    return studies.descend_rosenbrock({"a": 1.0, "b": 100.0, "seed": 1, "runs": runs})


STUDIES = {
    "one run": [run()],
    "two identical runs": [run("one"), run("two")],
    "a diverged run among others": [run(), run("lost", rate=0.1)],
    "all diverged": [run("lost", rate=0.1), run("gone", "momentum", 0.5, 0.9)],
    "diverged at once": [run(), run("once", start=(1e60, 1.0), rate=1.0)],
    "infinite at the start": [run(), run("none", start=(1e90, 1.0))],
    "starts at the minimum": [run(start=(1.0, 1.0))],
    "many": [run(f"run-{i}", rate=10.0 ** (-5 + i / 4)) for i in range(20)],
    "long": [run(iterations=30_000)],
    "long names": [run("x" * 64), run("a-very_long.name" * 4)],
}


@pytest.mark.parametrize("runs", STUDIES.values(), ids=STUDIES)
def test_descents(runs, tmp_path):
    columns = descended(runs)
    paths = figures_descents.descents_on_contours(columns, runs, 1.0, 100.0)
    values = figures_descents.descent_values(columns, runs)
    panels = [axes for axes in paths.axes if axes.get_title(loc="left")]
    assert len(panels) == len(runs)
    for one, axes in zip(runs, panels, strict=True):
        title = axes.get_title(loc="left").replace("\n", "").replace("\N{NO-BREAK SPACE}", " ")
        assert title.startswith(one["name"])
        done = np.sum(columns["run"] == one["name"]) - 1
        assert ("diverged" in title) == (done < one["iterations"])
        assert axes.get_xlim()[0] < 1.0 < axes.get_xlim()[1]
        assert axes.get_ylim()[0] < 1.0 < axes.get_ylim()[1]
    assert saved(paths, tmp_path, "paths.svg")
    assert saved(values, tmp_path, "values.svg")


def test_descents_show_the_table():
    runs = [run("first"), run("second", "momentum", 1e-4, 0.9)]
    columns = descended(runs)
    paths = figures_descents.descents_on_contours(columns, runs, 1.0, 100.0)
    values = figures_descents.descent_values(columns, runs)
    for one, path, line in zip(runs, lines(paths, "path"), values.axes[0].get_lines(), strict=True):
        rows = columns["run"] == one["name"]
        np.testing.assert_array_equal(path.get_xdata(), columns["x1"][rows])
        np.testing.assert_array_equal(path.get_ydata(), columns["x2"][rows])
        np.testing.assert_array_equal(line.get_xdata(), columns["iteration"][rows])
        np.testing.assert_array_equal(line.get_ydata(), columns["value"][rows])
        assert path.get_color() == line.get_color() == style.method_colour(one["method"])


def test_divergence_is_told_and_leaves_the_panel():
    runs = [run("lost", rate=0.1)]
    columns = descended(runs)
    figure = figures_descents.descents_on_contours(columns, runs, 1.0, 100.0)
    assert said(figure, f"diverged after {len(columns['run']) - 1} iterations")
    (path,) = lines(figure, "path")
    x, y = path.get_xydata()[-1]
    axes = path.axes
    assert x in axes.get_xlim() or y in axes.get_ylim()
    first, second = columns["x1"][:2], columns["x2"][:2]
    np.testing.assert_allclose(
        (y - second[0]) * np.diff(first), (x - first[0]) * np.diff(second), rtol=1e-9
    )


# ── Mixture ──────────────────────────────────────────────────────────────────────────────────


def samples(dimension, classes=3, count=90):
    rng = np.random.default_rng(2)
    x = {f"x{i + 1}": rng.normal(size=count) for i in range(dimension)}
    return x | {"label": np.arange(count) % classes}


def test_scatter_shows_every_sample():
    columns = samples(2)
    figure = figures_data.mixture_scatter(columns)
    for k, line in enumerate(figure.axes[0].get_lines()):
        own = columns["label"] == k
        np.testing.assert_array_equal(line.get_xdata(), columns["x1"][own])
        np.testing.assert_array_equal(line.get_ydata(), columns["x2"][own])
    assert not said(figure, "Shown")


@pytest.mark.parametrize("dimension", [1, 2, 3])
@pytest.mark.parametrize("classes", [2, 30])
def test_mixture_of_any_dimension(dimension, classes, tmp_path):
    figure = figures_data.mixture_scatter(samples(dimension, classes))
    assert said(figure, "first two of 3") == (dimension == 3)
    saved(figure, tmp_path)


def test_very_many_samples_are_thinned_and_told():
    figure = figures_data.mixture_scatter(samples(2, count=50_000))
    drawn = sum(len(line.get_xdata()) for line in figure.axes[0].get_lines())
    assert drawn <= figures_data.MOST_POINTS
    assert said(figure, f"{drawn:,} of 50,000 samples")


# ── Gradient check ───────────────────────────────────────────────────────────────────────────


def errors(layers, networks=2):
    names = parameter_names(layers) * networks
    size = np.random.default_rng(3).lognormal(-34, 1, len(names))
    size[::5] = 0.0
    return {"parameter": np.array(names, object), "relative_error": size}


@pytest.mark.parametrize("layers", [(2, 3, 2, 3), (2, 8, 8, 3)])
def test_gradient_errors_are_all_shown(layers, tmp_path):
    columns = errors(layers)
    figure = figures_network.gradient_errors(columns, 1e-6)
    zeros, axes = figure.axes
    shown = np.concatenate([line.get_xdata() for line in axes.get_lines()[:-2]])
    positive = columns["relative_error"][columns["relative_error"] > 0]
    np.testing.assert_array_equal(np.sort(shown), np.sort(positive))
    exact = sum(int(text.get_text().replace(",", "")) for text in zeros.texts)
    assert exact == len(columns["relative_error"]) - len(positive)
    assert list(axes.get_lines()[-1].get_xdata()) == [1e-6, 1e-6]
    saved(figure, tmp_path)


@pytest.mark.parametrize("error", [0.0, 1e-300, 0.9])
def test_gradient_errors_of_any_size(error, tmp_path):
    columns = errors((1, 2)) | {"relative_error": np.full(8, error)}
    saved(figures_network.gradient_errors(columns, 1.0), tmp_path)


# ── Training ─────────────────────────────────────────────────────────────────────────────────

LABELS = np.repeat([0, 1, 2], 10)


def training_table(runs, seeds=5, dead=(), diverged=()):
    """Trainings whose loss falls from the entropy; dead seeds stay, diverged ones end midway."""
    blocks = []
    for one in runs:
        for seed in range(seeds):
            length = one["iterations"] // 2 if seed in diverged else one["iterations"]
            iteration = np.arange(length + 1)
            fall = 1.0 if seed in dead else 1.0 / (1.0 + (seed + 1) * iteration)
            blocks.append(
                {
                    "run": np.full(length + 1, one["name"], object),
                    "seed": np.full(length + 1, seed),
                    "iteration": iteration,
                    "loss": label_entropy(LABELS) * fall * np.ones(length + 1),
                    "accuracy": 1.0 - 0.6 * fall * np.ones(length + 1),
                }
            )
    return studies.stack(blocks)


def test_training_shows_every_seed_and_the_median():
    runs = [{"name": "one", "method": "momentum", "iterations": 40}]
    columns = training_table(runs, dead=(1, 3))
    figure = figures_network.training_curves(columns, runs, LABELS)
    loss = columns["loss"].reshape(5, 41) / len(LABELS)
    curves = [
        np.asarray(path.vertices)[:, 1]
        for collection in figure.axes[0].collections
        if collection.get_label() == "seeds"
        for path in collection.get_paths()
    ]
    np.testing.assert_allclose(np.array(curves), loss[[1, 3, 0, 2, 4]])
    (median,) = [line for line in figure.axes[0].get_lines() if line.get_label() == "median"]
    np.testing.assert_allclose(median.get_ydata(), np.median(loss, axis=0))
    assert said(figure, "one: 5 seeds, 2 stay on the plateau")


@pytest.mark.parametrize("diverged", [(0,), range(5)], ids=["one", "all"])
def test_diverged_trainings_are_told(diverged, tmp_path):
    runs = [{"name": "one", "method": "gradient_descent", "iterations": 4}]
    figure = figures_network.training_curves(training_table(runs, diverged=diverged), runs, LABELS)
    assert said(figure, f"{len(diverged)} diverge")
    saved(figure, tmp_path)


def test_many_named_trainings(tmp_path):
    runs = [{"name": f"r{i}", "method": "momentum", "iterations": 3} for i in range(20)]
    figure = figures_network.training_curves(training_table(runs, 2), runs, LABELS)
    assert len(figure.axes) == 2 * 20
    saved(figure, tmp_path)


# ── Decision regions ─────────────────────────────────────────────────────────────────────────


def trained(layers, seeds=3):
    names = parameter_names(layers)
    value = np.random.default_rng(4).normal(size=seeds * len(names))
    return {
        "run": np.full(len(value), "one", object),
        "seed": np.repeat(np.arange(seeds), len(names)),
        "parameter": np.array(names * seeds, object),
        "value": value,
    }


@pytest.mark.parametrize("layers", [(2, 3), (2, 3, 2, 3), (2, 8, 8, 3)])
@pytest.mark.parametrize("seeds", [1, 2, 3])
def test_regions(layers, seeds, tmp_path):
    runs = [{"name": "one", "method": "momentum", "iterations": 5}]
    figure = figures_regions.decision_regions(
        samples(2), training_table(runs, seeds), trained(layers, seeds), layers
    )
    assert len(figure.axes) == seeds
    assert said(figure, f"one, lowest loss: seed {seeds - 1}")
    saved(figure, tmp_path)


def test_regions_of_a_network_that_says_one_class(tmp_path):
    runs = [{"name": "one", "method": "momentum", "iterations": 5}]
    parameters = trained((2, 3), 1)
    parameters["value"] = np.zeros(9)
    saved(
        figures_regions.decision_regions(samples(2), training_table(runs, 1), parameters, (2, 3)),
        tmp_path,
    )


def test_regions_of_other_dimensions_say_so():
    figure = figures_regions.decision_regions(samples(3), {}, {}, (3, 4, 2))
    assert said(figure, "two coordinates; these data have 3")
    assert not figure.axes


# ── Sweeps ───────────────────────────────────────────────────────────────────────────────────


def sweep(rates=(1e-3, 1e-2), momenta=(0.0, 0.9), starts=4, status="reached"):
    grid = np.array([[r, m, s] for m in momenta for r in rates for s in range(starts)])
    count = len(grid)
    return {
        "method": np.where(grid[:, 1] == 0, "gradient_descent", "momentum").astype(object),
        "learning_rate": grid[:, 0],
        "momentum": grid[:, 1],
        "status": np.full(count, status, object),
        "iterations": 100 * (1 + np.arange(count)),
        "test_accuracy": np.linspace(0, 1, count),
    }


def test_cells_hold_each_run_once():
    columns = sweep(rates=(1e-3, 1e-2, 0.1))
    cells = figures_sweeps.cells_of(columns)
    assert cells.settings == [("gradient_descent", 0.0), ("momentum", 0.9)]
    assert cells.note == ""
    for setting, row in zip(cells.settings, cells.members, strict=True):
        for rate, runs in zip(cells.rates, row, strict=True):
            assert (columns["learning_rate"][runs] == rate).all()
            assert (columns["momentum"][runs] == setting[1]).all()
    everything = np.concatenate([runs for row in cells.members for runs in row])
    assert sorted(everything) == list(range(len(columns["status"])))


def test_median_counts_what_never_arrives():
    status = np.array(["reached", "budget", "reached", "diverged", "budget"])
    iterations = np.array([10, 99, 20, 3, 99])
    members = [np.array([0, 1, 2]), np.array([1, 3, 4]), np.array([0, 1, 3])]
    medians = figures_sweeps.median_iterations(status, iterations, members)
    np.testing.assert_array_equal(medians, [20, np.inf, np.inf])


def test_rosenbrock_sweep_marks_the_limit_of_stability():
    columns = sweep()
    figure = figures_sweeps.rosenbrock_sweep(columns, 1.0, 100.0)
    step = 1e-6  # the largest curvature, by differences of the gradient along its direction
    along = np.array([2.0, -1.0]) / np.sqrt(5.0)
    along = np.linalg.eigh([[802.0, -400.0], [-400.0, 200.0]])[1][:, -1]
    ahead, behind = (rosenbrock_gradient(np.ones(2) + s * along) for s in (step, -step))
    largest = np.dot(along, (ahead - behind) / (2 * step))
    limits = [line.get_xdata()[0] for line in lines(figure, "limit")]
    np.testing.assert_allclose(limits, 2 * np.array([1.0, 1.9]) / largest, rtol=1e-6)
    assert figures_sweeps.curvature(1.0, 100.0) == pytest.approx(1001.6, abs=0.01)


@pytest.mark.parametrize("status", ["reached", "budget", "diverged", "cycle"])
def test_rosenbrock_sweep_of_one_outcome(status, tmp_path):
    figure = figures_sweeps.rosenbrock_sweep(sweep(status=status), 1.0, 100.0)
    assert said(figure, "all runs diverge") == (status == "diverged")
    assert said(figure, "no run reaches it") == (status in ("budget", "cycle"))
    saved(figure, tmp_path)


def test_outcome_shares_add_up():
    columns = sweep()
    columns["status"][::3] = "diverged"
    figure = figures_sweeps.network_sweep(columns)
    strip = figure.axes[0]
    areas = {
        c.get_label(): [np.ptp(p.vertices[:, 1]) for p in c.get_paths()] for c in strip.collections
    }
    np.testing.assert_allclose(np.add(areas["reached"], areas["diverged"]), 1.0)
    np.testing.assert_allclose(areas["diverged"], [0.5, 0.25])


@pytest.mark.parametrize(
    ("rates", "momenta"),
    [((1e-3,), (0.0,)), (np.geomspace(1e-5, 1, 150), np.linspace(0, 0.99, 15))],
    ids=["one cell", "many cells"],
)
def test_sweeps_of_any_size(rates, momenta, tmp_path):
    columns = sweep(rates, momenta, starts=1)
    for figure in (
        figures_sweeps.rosenbrock_sweep(columns, 1.0, 100.0),
        figures_sweeps.network_sweep(columns),
    ):
        assert said(figure, "of 150 learning rates") == (len(rates) == 150)
        assert said(figure, "of 15 momenta") == (len(momenta) == 15)
        saved(figure, tmp_path)


def test_network_sweep_shows_every_accuracy():
    columns = sweep()
    figure = figures_sweeps.network_sweep(columns)
    dots = [y for axes in figure.axes for line in axes.get_lines() if line.get_marker() == "."
            for y in line.get_ydata()]  # fmt: skip
    np.testing.assert_array_equal(np.sort(dots), np.sort(columns["test_accuracy"]))


def test_round_levels_are_round_and_fit_the_colours():
    for values in ([5.0], [1, 3], [400, 1900], [1, 1e6], [7, 7]):
        levels = figures_sweeps.round_levels(np.array(values, float))
        assert len(levels) < len(style.SPEED)
        assert levels == sorted(set(levels))


# ── All of them ──────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def content(tmp_path_factory):
    """Each figure's SVG by name."""
    folder = tmp_path_factory.mktemp("figures")
    return {name: saved(figure, folder) for name, figure in every_figure().items()}


def every_figure():
    runs = [run("one"), run("two", "momentum", 0.1, 0.9)]
    named = [{"name": "one", "method": "momentum", "iterations": 5}]
    columns, table = descended(runs), training_table(named)
    return {
        "network": figures_forward.network_diagram([np.eye(2)], [np.ones(2)]),
        "rosenbrock": figures_rosenbrock.rosenbrock_contours(1, 100),
        "descents": figures_descents.descents_on_contours(columns, runs, 1.0, 100.0),
        "descent_values": figures_descents.descent_values(columns, runs),
        "rosenbrock_sweep": figures_sweeps.rosenbrock_sweep(sweep(status="diverged"), 1.0, 100.0),
        "mixture": figures_data.mixture_scatter(samples(2)),
        "gradients": figures_network.gradient_errors(errors((2, 3)), 1e-6),
        "training": figures_network.training_curves(table, named, LABELS),
        "regions": figures_regions.decision_regions(
            samples(2), table, trained((2, 3, 3), 5), (2, 3, 3)
        ),
        "network_sweep": figures_sweeps.network_sweep(sweep(status="plateau")),
    }


def test_figures_are_saved_as_the_same_bytes(content, tmp_path):
    for name, figure in every_figure().items():
        assert saved(figure, tmp_path) == content[name], name


def test_saved_figures_are_sound(content):
    titles = set()
    for name, svg in content.items():
        root = ET.fromstring(svg)
        titles.add(root.find(f"{SVG}title").text)
        assert "prefers-color-scheme: dark" in root.find(f"{SVG}style").text
        ids = [element.get("id") for element in root.iter() if element.get("id")]
        assert len(ids) == len(set(ids)), f"{name}: an id is used twice"
        assert all(word not in svg.decode() for word in ("<image", "<!DOCTYPE", "dc:date"))
    assert len(titles) == len(content)


def test_every_colour_that_is_drawn_has_a_dark_counterpart(content):
    for name, svg in content.items():
        drawing = svg.decode().split("</style>", 1)[1]
        drawn = set(re.findall(r"(?:fill|stroke)(?:: |=\")(#[0-9a-f]{6})", drawing))
        assert style.PAPER in drawn
        assert not drawn - set(style.DARK) - set(style.SPEED), name


def test_nothing_sticks_out_of_a_figure():
    for name, figure in every_figure().items():
        width, height = figure.get_size_inches()
        box = figure.get_tightbbox()
        assert box.x0 >= 0.0 <= box.y0, f"{name}: {box}"
        assert box.x1 <= width, f"{name}: {box}"
        assert box.y1 <= height, f"{name}: {box}"


def test_captions_are_there(content):
    folder = Path(__file__).parents[1] / "workflow" / "report"
    for name in content:
        assert (folder / f"{name}.rst").read_text(encoding="utf-8").strip()
