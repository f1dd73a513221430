"""Figures show what their tables hold, whatever the study, and are saved as the same bytes."""

import re
import xml.etree.ElementTree as ET
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.text import Text

from descent.figures import comparison as figures_comparison
from descent.figures import mixture as figures_data
from descent.figures import named_descents as figures_descents
from descent.figures import network_diagram as figures_forward
from descent.figures import training as figures_network
from descent.figures import decision_regions as figures_regions
from descent.figures import contours as figures_rosenbrock
from descent.figures import sensitivity as figures_sensitivity
from descent.figures import heat_maps as figures_sweeps
from descent.figures import theory as figures_theory
from descent.figures import tuned_runs as figures_tuned
from descent.study import named_runs
from descent.figures import style
from descent.tables import schemas as tables
from descent.core.methods import METHODS
from descent.core.networks import parameter_names
from descent.core.objectives import largest_curvature, rosenbrock, rosenbrock_gradient
from descent.engine.training import label_entropy

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
        *style._NEUTRAL.values(), *style._METHODS.values(), *style._OTHERS, *style._CLASSES,
        *style._SEQUENTIAL, *style._DIVERGING,
    ]  # fmt: skip
    lights = [light for light, _ in pairs]
    assert len(set(lights)) == len(lights) == len(style.DARK)
    assert not set(style.SPEED) & set(lights)


@pytest.mark.parametrize("ground", [0, 1], ids=["light", "dark"])
def test_text_and_lines_stand_out(ground):
    paper = style._NEUTRAL["paper"][ground]
    assert contrast(style._NEUTRAL["ink"][ground], paper) > 10
    assert contrast(style._NEUTRAL["muted"][ground], paper) > 4.5
    for pair in (*style._METHODS.values(), *style._OTHERS):
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
    return named_runs.descend_rosenbrock({"a": 1.0, "b": 100.0, "seed": 1, "runs": runs})


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
    return named_runs.stack(blocks)


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

PARTS = ("tuning", "held_out")
EVERY = ("gradient_descent", "momentum", "nesterov", "adagrad", "rmsprop", "adam")


def table(rows):
    """Turn rows into columns; texts are objects, as they are when they are read."""
    return {
        name: np.array([row[name] for row in rows], object if isinstance(value, str) else None)
        for name, value in rows[0].items()
    }


def setting(method, rate=1e-3, **parameters):
    """Return a method and its parameters as tables hold them."""
    known = METHODS[method].parameters if method in METHODS else {}
    values = {
        name: np.nan if known.get(name) is None else known[name] for name in tables.IN_ORDER[2:]
    }
    return {"method": method, "learning_rate": rate} | values | {"momentum": 0.0} | parameters


def judged(one, problem="rosenbrock", part="held_out", ending="reached", time=100.0, runs=4):
    """Return a row of SETTINGS: a setting whose runs end alike, or half of them (`few`: one)."""
    reached = {"reached": runs, "few": 1}.get(ending, 0)
    counts = dict.fromkeys(("reached", "diverged", "cycle", "plateau", "budget"), 0)
    counts |= {"reached": reached}
    counts["budget" if ending == "few" else ending] += runs - reached
    time = time if reached else np.nan
    middle = time if 2 * reached >= runs else np.nan
    return (
        {"problem": problem} | one | {"part": part, "runs": runs} | counts
        | {"success_rate": reached / runs, "success_low": 0.0, "success_high": 1.0}
        | {"expected_running_time": time / 2, "charged_running_time": time}
        | {"lower_quartile": time, "median": middle, "upper_quartile": middle}
        | {"test_loss": 0.1, "test_accuracy": 0.9 if problem in ("he", "uniform") else np.nan}
    )  # fmt: skip


def chosen(one, problem="rosenbrock", time=90.0):
    """Return a row of CHOICES, as far as figures use it."""
    return {"problem": problem} | one | {"tuned_charged_time": time, "charged_running_time": time}


def swept(methods=EVERY, rates=(1e-3, 1e-2), values=(0.0, 0.5), problems=("rosenbrock",), **end):
    """Return SETTINGS and CHOICES of methods over rates and a second parameter each."""
    second = {"rmsprop": "decay", "adam": "beta1", "adagrad": "epsilon"}
    rows, choices = [], []
    for problem in problems:
        for method in methods:
            name = second.get(method, "momentum")
            several = () if method == "gradient_descent" else tuple(values)
            for rate in rates:
                for value in several or (0.0,):
                    one = setting(method, rate, **({name: value} if several else {}))
                    rows += [judged(one, problem, part, **end) for part in PARTS]
            none = end.get("ending", "reached") not in ("reached", "few")
            choices.append(chosen(one, problem, np.nan if none else 90.0))
    return table(rows), table(choices)


def area(patch, rates):
    """Return how many cells a patch covers, all of the same width on a logarithmic axis."""
    step = np.log(rates[1] / rates[0])
    return sum(
        np.ptp(np.log(polygon[:, 0])) / step * np.ptp(polygon[:, 1])
        for polygon in patch.get_path().to_polygons(closed_only=True)
    )


def test_a_map_shows_each_kind_of_cell():
    rates = (1e-4, 1e-3, 1e-2, 1e-1)
    endings = {
        0.0: ("budget", "few", "reached", "diverged"),
        0.9: ("reached", "reached", "few", "cycle"),
    }
    rows = [
        judged(setting("momentum", rate, momentum=value), ending=ending, time=10.0 * (i + 1))
        for value, row in endings.items()
        for i, (rate, ending) in enumerate(zip(rates, row, strict=True))
    ]
    settings, choices = table(rows), table([chosen(setting("momentum", 1e-3, momentum=0.9))])
    (one,) = figures_sweeps.maps_of(settings)
    assert one.second == "momentum"
    assert one.kinds.tolist() == [
        ["none", "few", "timed", "diverged"],
        ["timed", "timed", "few", "none"],
    ]
    np.testing.assert_array_equal(one.times[1], [10, 20, 30, np.inf])
    figure = figures_sweeps.sweep_maps(settings, choices)
    drawn = dict.fromkeys(("timed", "none", "diverged"), 0.0)
    for patch in figure.axes[1].patches:
        drawn[patch.get_label()] += area(patch, rates)
    assert drawn == pytest.approx({"timed": 5, "none": 2, "diverged": 1})
    for words in ("no run reaches it", "all runs diverge"):
        assert said(figure, words)


def test_a_map_shows_what_settings_are_chosen_by():
    """The star stands in the best cell: of the charged time on the starts to tune on."""
    times = {"tuning": (50.0, 20.0, 70.0), "held_out": (10.0, 90.0, 70.0)}
    rates = (1e-4, 1e-3, 1e-2)
    rows = [
        judged(setting("momentum", rate, momentum=0.9), part=part, time=time)
        for part, found in times.items()
        for rate, time in zip(rates, found, strict=True)
    ]
    settings, choices = table(rows), table([chosen(setting("momentum", 1e-3, momentum=0.9))])
    (one,) = figures_sweeps.maps_of(settings)
    np.testing.assert_array_equal(one.times, [times["tuning"]])
    figure = figures_sweeps.sweep_maps(settings, choices)
    (star,) = lines(figure, "tuned")
    assert star.get_xdata()[0] == one.rates[one.times[0].argmin()]


def test_a_cell_shows_the_best_of_further_parameters():
    rows = [
        judged(setting("adam", beta1=first, beta2=second), ending=ending, time=time)
        for first, second, ending, time in (
            (0.5, 0.9, "diverged", 1.0),
            (0.5, 0.99, "few", 50.0),
            (0.5, 0.999, "reached", 70.0),
            (0.9, 0.9, "diverged", 1.0),
            (0.9, 0.99, "budget", 1.0),
            (0.9, 0.999, "diverged", 1.0),
        )
    ]
    one = figures_sweeps.map_of(table(rows))
    assert (one.second, one.others) == ("beta1", ("beta2",))
    assert one.kinds.tolist() == [["few"], ["none"]]
    np.testing.assert_array_equal(one.times, [[50.0], [np.inf]])
    figure = figures_sweeps.sweep_maps(table(rows), table([chosen(setting("adam"))]))
    assert said(figure, "adam, at its best β₂")


def test_each_method_has_its_own_limit_of_stability():
    momenta = (0.0, 0.5, 0.9)
    settings, choices = swept(rates=np.geomspace(1e-5, 0.1, 20), values=momenta)
    figure = figures_sweeps.sweep_maps(settings, choices, (), 1001.6)
    found = [
        sorted(set(line.get_xdata()))
        for axes in figure.axes
        for line in axes.get_lines()
        if line.get_label() == "limit"
    ]
    mu = np.array(momenta)
    expected = [[2.0], 2 * (1 + mu), np.sort((2 + 2 * mu) / (1 + 2 * mu))]
    assert len(found) == len(expected)  # the others have none
    for one, limits in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, np.array(limits) / 1001.6)
    assert not lines(figures_sweeps.sweep_maps(settings, choices), "limit")


def test_curvature_at_the_minimum():
    step = 1e-6  # by differences of the gradient along its direction
    along = np.linalg.eigh([[802.0, -400.0], [-400.0, 200.0]])[1][:, -1]
    ahead, behind = (rosenbrock_gradient(np.ones(2) + s * along) for s in (step, -step))
    largest = np.dot(along, (ahead - behind) / (2 * step))
    assert largest_curvature("rosenbrock", 2) == pytest.approx(largest, rel=1e-6)
    assert largest_curvature("rosenbrock", 2) == pytest.approx(1001.6, abs=0.01)


def test_named_and_tuned_settings_are_marked_where_they_fall():
    settings, choices = swept(("momentum",), np.geomspace(1e-4, 1e-2, 5), (0.0, 0.5, 0.9))
    runs = [
        {"name": "a", "method": "momentum", "learning_rate": 1e-3, "momentum": 0.25},
        {"name": "b", "method": "momentum", "learning_rate": 1e-9, "momentum": 0.5},
        {"name": "c", "method": "momentum", "learning_rate": 7.0, "momentum": None},
        {"name": "d", "method": "momentum", "learning_rate": 1e-3, "momentum": 0.99},
        {"name": "e", "method": "adam", "learning_rate": 1e-3},
    ]
    figure = figures_sweeps.sweep_maps(settings, choices, runs)
    low, high = figure.axes[1].get_xlim()
    marks = [
        (line.get_xdata()[0], line.get_ydata()[0], line.get_marker())
        for line in lines(figure, "named")
    ]
    assert marks == [(1e-3, 1.0, "o"), (low, 1.5, "<"), (high, 0.5, ">"), (1e-3, 3.0, "^")]
    (star,) = lines(figure, "tuned")
    assert (star.get_xdata()[0], star.get_ydata()[0]) == (1e-2, 2.5)


@pytest.mark.parametrize(
    ("rates", "values"),
    [((1e-3,), (0.0,)), (np.geomspace(1e-5, 1, 150), np.linspace(0, 0.99, 15))],
    ids=["one cell", "many cells"],
)
def test_sweeps_of_any_size(rates, values, tmp_path):
    settings, choices = swept(("momentum", "unknown_yet"), rates, values, ("uniform", "he"))
    figure = figures_sweeps.sweep_maps(settings, choices)
    assert said(figure, "of 150 learning rates") == (len(rates) == 150)
    assert said(figure, "of 15 values") == (len(values) == 15)
    assert len(saved(figure, tmp_path)) < 300_000
    saved(figures_sensitivity.rate_sensitivity(settings, choices), tmp_path)


@pytest.mark.parametrize("ending", ["budget", "diverged", "cycle"])
def test_sweeps_in_which_nothing_reaches_say_so(ending, tmp_path):
    settings, choices = swept(ending=ending)
    figure = figures_sweeps.sweep_maps(settings, choices)
    assert said(figure, "no run reaches the target")
    assert said(figure, "all runs diverge") == (ending == "diverged")
    assert said(figure, "no run reaches it") == (ending != "diverged")
    assert not lines(figure, "tuned")
    saved(figure, tmp_path)
    figure = figures_sensitivity.rate_sensitivity(settings, choices)
    assert texts(figure).count("no run reaches\nthe target") == len(EVERY)
    saved(figure, tmp_path)


def test_round_levels_are_round_and_fit_the_colours():
    for values in ([5.0], [1, 3], [400, 1900], [1, 1e6], [7, 7], [1, 1e11]):
        levels = figures_sweeps.round_levels(np.array(values, float))
        assert len(levels) < len(style.SPEED)
        assert levels == sorted(set(levels))


def test_sensitivity_leaves_gaps_where_fewer_than_half_reach():
    rates = (1e-4, 1e-3, 1e-2, 1e-1)
    rows = [
        judged(setting("momentum", rate, momentum=value), ending=ending, time=time)
        for value, endings in (
            (0.5, ("diverged",) * 4),
            (0.9, ("budget", "reached", "few", "diverged")),
        )
        for rate, ending, time in zip(rates, endings, (1.0, 20.0, 30.0, 1.0), strict=True)
    ]
    choices = table([chosen(setting("momentum", 1e-3, momentum=0.9))])
    figure = figures_sensitivity.rate_sensitivity(table(rows), choices)
    (median,), (charged,) = lines(figure, "median"), lines(figure, "charged")
    np.testing.assert_array_equal(median.get_xdata(), rates)
    np.testing.assert_array_equal(median.get_ydata(), [np.nan, 20, np.nan, np.nan])
    np.testing.assert_array_equal(charged.get_ydata(), [np.nan, 20, 30, np.nan])
    (success,) = lines(figure, "success")
    np.testing.assert_array_equal(success.get_ydata(), [0, 1, 0.25, 0])
    assert said(figure, "μ = 0.9")


# ── Comparison ───────────────────────────────────────────────────────────────────────────────


def tried(
    times, problem="rosenbrock", kind="tuned", candidate=None, method="adam", budget=1000, later=5
):
    """Return rows of TRIALS: times of shape (starts, targets), NaN where never."""
    return [
        {"problem": problem, "candidate": candidate or method, "kind": kind, **setting(method)}
        | {"start": start, "target": 10.0**-k, "first": first, "settled": first + later}
        | {"iterations": budget, "status": "budget"}
        for start, row in enumerate(times)
        for k, first in enumerate(row)
    ]


def trials(problems=("rosenbrock",), methods=EVERY, named=3):
    rows = []
    for problem in problems:
        for i, method in enumerate(methods):
            times = [[10.0 * (i + 1), 20.0 * (start + 1)] for start in range(3)]
            rows += tried(times, problem, method=method)
        for i in range(named):
            rows += tried([[400.0, np.nan]] * 3, problem, "named", f"run {i}", "momentum")
    return table(rows)


def test_runtime_distribution_counts_pairs():
    rows = tried([[0.0, 10.0], [10.0, np.nan], [40.0, np.nan]], budget=500)
    figure = figures_comparison.runtime_distributions(table(rows))
    (first,), (settled,) = lines(figure, "first"), lines(figure, "settled")
    np.testing.assert_array_equal(first.get_xdata(), [1, 10, 40, 500])
    np.testing.assert_allclose(first.get_ydata(), np.array([1, 3, 4, 4]) / 6)
    np.testing.assert_array_equal(settled.get_xdata(), [1, 5, 15, 45, 500])
    np.testing.assert_allclose(settled.get_ydata(), np.array([0, 1, 3, 4, 4]) / 6)
    assert [tuple(*line.get_xydata()) for line in lines(figure, "end")] == [(500, 4 / 6)] * 2
    assert said(figure, "3 starts × 2 targets")


def test_named_runs_are_labelled_together_where_they_end_together():
    figure = figures_comparison.runtime_distributions(trials())
    assert texts(figure).count("a, b, c") == 1  # at the right of both panels
    assert said(figure, "c  run 2")
    assert texts(figure).count("gradient descent") == 1


def test_performance_profile_is_of_the_first_hit_at_the_target():
    rows = [
        *tried([[10.0, 1.0], [10.0, 1.0], [np.nan, 1.0], [np.nan, 1.0]], method="adam"),
        *tried([[30.0, 9.0], [5.0, 9.0], [7.0, 9.0], [np.nan, 9.0]], method="momentum"),
        *tried([[1.0, 1.0]] * 4, kind="named", candidate="x"),
    ]
    names, costs, methods = figures_comparison.costs_of(table(rows), 1.0)
    assert names == methods == ["momentum", "adam"]
    np.testing.assert_array_equal(costs[:, 1], [10, 10, np.inf, np.inf])
    figure = figures_comparison.performance_profiles(table(rows), 1.0)
    momentum, adam = lines(figure, "profile")
    np.testing.assert_allclose(momentum.get_ydata(), [0.5, 0.5, 0.75, 0.75])
    np.testing.assert_allclose(adam.get_ydata(), [0.25, 0.5, 0.5, 0.5])
    np.testing.assert_allclose(adam.get_xdata()[:3], [1, 2, 3])


def budget_table(methods=EVERY, problems=("rosenbrock",), never=()):
    rows = [
        {"problem": problem, "method": method, "trials": k, "never": 1.0 / k}
        | {"lower_quartile": 900.0 / k, "median": 1000.0 / k if k > 1 else np.nan}
        | {"upper_quartile": 2000.0 / k if k > 2 else np.nan}
        for problem in problems
        for method in methods
        for k in (1, 2, 4, 8)
    ]
    found = table(rows)
    missed = np.isin(found["method"].astype(str), never)
    for name in ("lower_quartile", "median", "upper_quartile"):
        found[name][missed] = np.nan
    return found


def test_best_of_k_begins_where_half_of_the_draws_arrive():
    figure = figures_comparison.tuning_budgets(budget_table(never=("adam", "nesterov")))
    medians = lines(figure, "median")
    assert len(medians) == 4
    for line in medians:
        np.testing.assert_array_equal(line.get_xdata(), [1, 2, 4, 8])
        np.testing.assert_array_equal(line.get_ydata(), [np.nan, 500, 250, 125])
    assert said(figure, "Never in half of the draws: nesterov, adam")


def test_nothing_reached_is_told_in_words(tmp_path):
    figure = figures_comparison.tuning_budgets(budget_table(never=EVERY))
    assert said(figure, "no method reaches the target")
    saved(figure, tmp_path)
    rows = tried([[np.nan, np.nan]])
    for figure in (
        figures_comparison.runtime_distributions(table(rows)),
        figures_comparison.performance_profiles(table(rows), 1.0),
    ):
        assert all((line.get_ydata() == 0).all() for axes in figure.axes for line in axes.lines)
        saved(figure, tmp_path)


@pytest.mark.parametrize("gap", [0.2, 0.5])
def test_labels_are_moved_apart_but_no_further(gap):
    places = np.array([0.0, 0.1, 0.1, 1.5, 2.9, 3.0])
    moved = style.apart(places, gap, 3.0)
    assert (np.diff(moved) >= gap - 1e-12).all()
    assert moved[0] >= 0.0
    assert moved[-1] <= 3.0
    assert moved[3] == (1.5 if gap == 0.2 else pytest.approx(1.5, abs=0.5))
    np.testing.assert_array_equal(style.apart(np.array([0.5, 1.5]), 0.2, 3.0), [0.5, 1.5])


def test_methods_without_a_colour_of_their_own_get_one():
    colours = {style.method_colour(name) for name in ("new", "newer", "newest", "last", "x", "y")}
    assert colours <= set(style.DARK)
    assert not colours & {light for light, _ in style._METHODS.values()}


# ── Paths and loss curves ────────────────────────────────────────────────────────────────────


def walked(methods=EVERY, starts=3):
    """Return PATHS: gradient descent of a few steps, whatever the method is called."""
    rows = []
    for i, method in enumerate(methods):
        for start in range(starts):
            point = np.array([-1.2 + start, 1.0])
            for iteration in range(8 + i):
                value = float(rosenbrock(point))
                rows.append(
                    {"problem": "rosenbrock", **setting(method), "start": start}
                    | {"iteration": iteration, "x1": point[0], "x2": point[1], "value": value}
                )
                point = point - 1e-3 * rosenbrock_gradient(point)
    return table(rows)


def test_paths_are_drawn_and_their_ends_told():
    columns = walked(("momentum", "adam"), 1)
    last = columns["value"][-1]
    figure = figures_tuned.tuned_paths(columns, 1.0, 100.0, last, 7)
    first, second = lines(figure, "path")
    own = columns["method"] == "momentum"
    for line, rows in ((first, own), (second, ~own)):
        x, y = line.get_xydata()[[0, -1]].T
        np.testing.assert_allclose(x, columns["x1"][rows][[0, -1]])
        np.testing.assert_allclose(y, columns["x2"][rows][[0, -1]])
    titles = [axes.get_title(loc="left") for axes in figure.axes[:2]]
    assert titles[0].endswith("never")
    assert titles[1].endswith("8 iterations")
    windows = {(axes.get_xlim(), axes.get_ylim()) for axes in figure.axes[:2]}
    assert len(windows) == 1


def test_paths_that_diverge(tmp_path):
    columns = walked(("momentum", "adam"), 2)
    columns["x1"][5], columns["value"][5] = 1e200, 1e300
    figure = figures_tuned.tuned_paths(columns, 1.0, 100.0, 1e-9, 500)
    assert said(figure, "never: diverges at 7")
    saved(figure, tmp_path)
    columns["value"][:] = np.inf
    figure = figures_tuned.tuned_paths(columns, 1.0, 100.0, 1e-9, 500)
    assert said(figure, "f is infinite")
    saved(figure, tmp_path)


def test_paths_are_those_of_the_start_from_which_most_methods_arrive():
    columns = walked(("momentum", "adam"), 3)
    end = columns["start"] == 1
    last = end & (columns["iteration"] == columns["iteration"][end].max())
    columns["value"][last] = 1e-5
    figure = figures_tuned.tuned_paths(columns, 1.0, 100.0, 1e-3, 500)
    (first, _) = lines(figure, "path")
    np.testing.assert_allclose(first.get_xydata()[0], [-0.2, 1.0])


def curve_table(methods=EVERY, problems=("uniform", "he"), diverged=()):
    rows = []
    for problem in problems:
        for method in methods:
            for iteration in range(5):
                loss = 90.0 / (1 + iteration)
                lost = method in diverged and iteration > 2
                rows.append(
                    {"problem": problem, **setting(method), "iteration": iteration}
                    | {f"loss_{share}": np.inf if lost else loss * factor
                       for share, factor in (("low", 0.5), ("median", 1.0), ("high", 2.0))}
                    | {f"accuracy_{share}": -np.inf if lost else 0.9 - 0.1 / (1 + iteration)
                       for share in ("low", "median", "high")}
                )  # fmt: skip
    return table(rows)


BAYES = {"accuracy": np.array([0.965])}


def test_loss_curves_are_medians_per_sample():
    figure = figures_tuned.loss_curves(curve_table(diverged=("adam",)), BAYES, 30)
    curves = lines(figure, "loss")
    assert len(curves) == 2 * len(EVERY)
    np.testing.assert_allclose(curves[0].get_ydata(), 3.0 / np.arange(1, 6))
    np.testing.assert_array_equal(np.isnan(curves[5].get_ydata()), [False] * 3 + [True] * 2)
    best = lines(figure, "Bayes")
    assert len(best) == 2 * len(EVERY)
    assert set(best[0].get_ydata()) == {0.965}
    assert said(figure, "0.965")


# ── Theory ───────────────────────────────────────────────────────────────────────────────────


def theory_table(methods=EVERY[:3]):
    rows = [
        {"quantity": "largest stable learning rate × curvature", "objective": objective}
        | {"method": method, "momentum": momentum, "condition": np.nan, "theory": limit}
        | {"measured": limit + 0.01, "resolution": 0.02}
        for objective in ("quadratic", "rosenbrock")
        for method in methods
        for momentum in ((0.0,) if method == "gradient_descent" else (0.0, 0.5, 0.9))
        for limit in [METHODS[method].limit(*[momentum] * (method != "gradient_descent"))]
    ]
    rate = {"quantity": "factor of the error", "objective": "quadratic", "method": "momentum"}
    rates = [
        rate | {"momentum": 0.67, "condition": condition, "theory": factor, "measured": factor}
        for condition, factor in ((10.0, 0.5), (100.0, 0.82))
    ]
    return table([*rows, *(row | {"resolution": 0.0} for row in rates)])


def test_theory_is_a_curve_and_measurements_are_points_on_it():
    figure = figures_theory.theory_measured(theory_table())
    assert len(figure.axes) == 2
    limits, rates = figure.axes
    curves = [line for line in limits.get_lines() if line.get_label() == "theory"]
    points = [line for line in limits.get_lines() if line.get_label() == "measured"]
    assert len(points) == 2 * 3  # on either objective
    x, y = curves[-1].get_xydata().T  # of nesterov
    np.testing.assert_allclose(y, (2 + 2 * x) / (1 + 2 * x))
    assert len(x) > 50
    for line in points[-2:]:
        at = line.get_xdata()
        np.testing.assert_allclose(line.get_ydata(), (2 + 2 * at) / (1 + 2 * at) + 0.01)
    known, measured = rates.get_lines()
    for line in (known, measured):
        np.testing.assert_array_equal(line.get_xydata(), [[10, 0.5], [100, 0.82]])


def test_theory_without_rates_is_drawn(tmp_path):
    columns = theory_table()
    rows = columns["quantity"] != "factor of the error"
    saved(figures_theory.theory_measured(figures_sweeps.taken(columns, rows)), tmp_path)


# ── All of them ──────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def figures():
    """Each figure by name."""
    return every_figure()


@pytest.fixture(scope="module")
def content(figures, tmp_path_factory):
    """Each figure's SVG by name."""
    folder = tmp_path_factory.mktemp("figures")
    return {name: saved(figure, folder) for name, figure in figures.items()}


def every_figure():
    runs = [run("one"), run("two", "momentum", 0.1, 0.9)]
    named = [{"name": "one", "method": "momentum", "iterations": 5}]
    columns, table = descended(runs), training_table(named)
    return {
        "network": figures_forward.network_diagram([np.eye(2)], [np.ones(2)]),
        "rosenbrock": figures_rosenbrock.rosenbrock_contours(1, 100),
        "descents": figures_descents.descents_on_contours(columns, runs, 1.0, 100.0),
        "descent_values": figures_descents.descent_values(columns, runs),
        **comparison_figures(),
        "mixture": figures_data.mixture_scatter(samples(2)),
        "gradients": figures_network.gradient_errors(errors((2, 3)), 1e-6),
        "training": figures_network.training_curves(table, named, LABELS),
        "regions": figures_regions.decision_regions(
            samples(2), table, trained((2, 3, 3), 5), (2, 3, 3)
        ),
    }


COMPARED = (
    "theory",
    "rosenbrock_paths",
    "network_curves",
    *(
        f"{stage}_{what}"
        for stage in ("rosenbrock", "network")
        for what in ("sweep", "sensitivity", "runtimes", "profile", "budgets")
    ),
)


def comparison_figures():
    both = ("he", "uniform")
    marked = [{"name": "one", "method": "momentum", "learning_rate": 0.1, "momentum": 0.3}]
    swept_rosenbrock = swept(rates=(1e-3, 1e-2, 0.1), values=(0.0, 0.3, 0.99), ending="few")
    swept_network = swept(EVERY[:2], values=(0.0, 0.5, 0.9), problems=both)
    drawn = {
        "rosenbrock_sweep": figures_sweeps.sweep_maps(*swept_rosenbrock, marked, 1001.6),
        "network_sweep": figures_sweeps.sweep_maps(*swept_network, marked),
        "rosenbrock_sensitivity": figures_sensitivity.rate_sensitivity(*swept_rosenbrock),
        "network_sensitivity": figures_sensitivity.rate_sensitivity(*swept_network),
        "rosenbrock_paths": figures_tuned.tuned_paths(walked(), 1.0, 100.0, 1e-3, 500),
        "network_curves": figures_tuned.loss_curves(curve_table(EVERY[:4]), BAYES, 30),
        "theory": figures_theory.theory_measured(theory_table()),
    }
    for stage, problems in (("rosenbrock", ("rosenbrock",)), ("network", both)):
        table_of_trials = trials(problems)
        drawn |= {
            f"{stage}_runtimes": figures_comparison.runtime_distributions(table_of_trials),
            f"{stage}_profile": figures_comparison.performance_profiles(table_of_trials, 1.0),
            f"{stage}_budgets": figures_comparison.tuning_budgets(budget_table(problems=problems)),
        }
    return drawn


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


def test_nothing_sticks_out_of_a_figure(figures):
    for name, figure in figures.items():
        width, height = figure.get_size_inches()
        box = figure.get_tightbbox()
        assert box.x0 >= 0.0 <= box.y0, f"{name}: {box}"
        assert box.x1 <= width, f"{name}: {box}"
        assert box.y1 <= height, f"{name}: {box}"


def boxes(figure):
    """Return the text and place of each text that is seen."""
    renderer = FigureCanvasAgg(figure).get_renderer()
    figure.draw_without_rendering()
    seen = [*figure.texts, *(text for legend in figure.legends for text in legend.get_texts())]
    for axes in figure.axes:
        seen += [*axes.texts, *(axes.xaxis.label, axes.yaxis.label, axes._left_title)]
        ticks = [*axes.xaxis._update_ticks(), *axes.yaxis._update_ticks()]
        seen += [tick.label1 for tick in ticks if tick.label1.get_visible()]
    return [
        (text.get_text(), Text.get_window_extent(text, renderer))  # of a note without its arrow
        for text in seen
        if text.get_text() and text.get_visible()
    ]


def test_no_text_covers_another(figures):
    for name in COMPARED:
        found = boxes(figures[name])
        for i, (text, box) in enumerate(found):
            for other, place in found[i + 1 :]:
                wide = min(box.x1, place.x1) - max(box.x0, place.x0)
                tall = min(box.y1, place.y1) - max(box.y0, place.y0)
                assert wide < 0.5 or tall < 1.5, f"{name}: {text!r} covers {other!r}"


def test_captions_are_there(content):
    folder = Path(__file__).parents[1] / "workflow" / "report"
    for name in content.keys() - set(COMPARED):
        assert (folder / f"{name}.rst").read_text(encoding="utf-8").strip()
