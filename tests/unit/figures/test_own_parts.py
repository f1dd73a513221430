"""The figures of the notebook's own parts show what their tables hold."""

from itertools import pairwise

import numpy as np
import pytest
from drawn_by_hand import (
    EVERY,
    LABELS,
    descended,
    errors,
    known,
    lines,
    run,
    said,
    samples,
    saved,
    texts,
    trained_losses,
    trained_parameters,
)

from descent.core.objectives import OBJECTIVES
from descent.figures.decision_regions import draw_decision_regions
from descent.figures.gradient_errors import draw_gradient_errors
from descent.figures.level_lines import MOST_LEVELS, LevelLines, logarithmic_levels
from descent.figures.mixture import MOST_SAMPLES, draw_mixture
from descent.figures.named_descents import draw_descent_values, draw_descents
from descent.figures.named_trainings import draw_trainings
from descent.figures.network_diagram import MOST_UNITS, draw_network_diagram
from descent.figures.palette import method_colour
from descent.figures.rosenbrock_contours import (
    NOTEBOOK_WINDOW,
    draw_rosenbrock_contours,
    window_around,
)
from descent.figures.theory import draw_theory
from descent.words.numbers import number

# ── Network diagram ──────────────────────────────────────────────────────────────────────────


def test_diagram_writes_weights_and_biases():
    weights = [[[1, 0], [-1, 0], [0, 0.5]], [[1, 0, 0], [-1, -1, 0]], [[1, 1], [0, 0], [-1, -1]]]
    written = texts(draw_network_diagram(weights, [[0, 0, 1], [1, -1], [0.25, 0, 0]]))
    assert written.count("0.5") == 1
    assert written.count("+0.25") == 1
    assert {"x₁", "x₂", "h₃", "p₃", "inputs", "ReLU 1", "ReLU 2", "probabilities"} <= set(written)


@pytest.mark.parametrize("layers", [(1, 2), (4, 16, 16, 5), (1, 1, 1), (30, 2), (2, 8, 8, 3)])
def test_diagram_of_any_layers(layers, tmp_path):
    rng = np.random.default_rng(1)
    pairs = list(pairwise(layers))
    figure = draw_network_diagram(
        [rng.normal(size=(units, inputs)) for inputs, units in pairs],
        [np.zeros(units) for _, units in pairs],
    )
    saved(figure, tmp_path)
    for count in layers:
        assert said(figure, f"{count} units") == (count > MOST_UNITS)


def test_diagram_of_zero_weights():
    draw_network_diagram([np.zeros((2, 2))], [np.zeros(2)])


# ── Rosenbrock ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("a", "b"), [(1, 100), (-2, 5), (0, 0.01), (30, 1e4), (0.5, 1e6)])
def test_minimum_is_well_inside_the_contours(a, b, tmp_path):
    figure = draw_rosenbrock_contours(a, b)
    for axes in (figure.axes[0], *figure.axes[2:4]):
        (star,) = axes.get_lines()
        assert star.get_xydata().tolist() == [[a, a * a]]
        assert axes.get_xlim()[0] < a < axes.get_xlim()[1]
        assert axes.get_ylim()[0] < a * a < axes.get_ylim()[1]
    saved(figure, tmp_path)


def test_notebook_window_is_kept_where_it_serves():
    assert window_around(1.0) == NOTEBOOK_WINDOW


@pytest.mark.parametrize(("a", "b"), [(1, 100), (-2, 5), (0, 0.01)])
def test_level_sets_are_exact(a, b):
    objective = OBJECTIVES["rosenbrock"].build(a=a, b=b)
    for level in (1e-3, 1.0, 1e3):
        reach = np.sqrt(level) * np.array([-1.2, 1.2])
        window = (tuple(a + reach), (-1e9, 1e9))
        border = LevelLines(objective, [window]).border(level, window)
        np.testing.assert_allclose(objective.evaluate(border.T)[0], level, rtol=1e-6)
        assert np.ptp(border[:, 0]) == pytest.approx(2 * np.sqrt(level), rel=1e-3)


def test_level_set_outside_the_window():
    window = ((5, 6), (5, 6))
    assert not len(LevelLines(OBJECTIVES["rosenbrock"].build(), [window]).border(1e-4, window))


@pytest.mark.filterwarnings("error")
def test_a_flat_objective_has_levels():
    flat = OBJECTIVES["quadratic"].build(spectrum=[0.0, 0.0])
    levels = LevelLines(flat, [((-1.0, 1.0), (-1.0, 1.0))]).levels
    assert (np.diff(levels) > 0.0).all()


def test_levels_are_few_and_reach_the_valley():
    for largest in (0.02, 1.5, 1062, 2.7e5, 1e12, 1e200):
        levels = logarithmic_levels(largest)
        assert 4 <= len(levels) <= MOST_LEVELS
        assert levels[-1] <= largest
        assert levels[0] <= max(1e-1, 1e-3 * largest)


# ── Named descents ───────────────────────────────────────────────────────────────────────────

STUDIES = {
    "one run": [run()],
    "two identical runs": [run("one"), run("two")],
    "a diverged run among others": [run(), run("lost", rate=0.1)],
    "all diverged": [run("lost", rate=0.1), run("gone", "momentum", 0.5, mu=0.9)],
    "diverged at once": [run(), run("once", start=(1e60, 1.0), rate=1.0)],
    "infinite at the start": [run(), run("none", start=(1e90, 1.0))],
    "starts at the minimum": [run(start=(1.0, 1.0))],
    "many": [run(f"run-{i}", rate=10.0 ** (-5 + i / 4)) for i in range(20)],
    "long": [run(iterations=30_000)],
    "long names": [run("x" * 64), run("a-very_long.name" * 4)],
}


@pytest.mark.parametrize("runs", STUDIES.values(), ids=STUDIES)
def test_descents(runs, tmp_path):
    trajectories = descended(runs)
    paths = draw_descents(trajectories, runs, 1.0, 100.0)
    values = draw_descent_values(trajectories, runs)
    panels = [axes for axes in paths.axes if axes.get_title(loc="left")]
    assert len(panels) == len(runs)
    for one, axes in zip(runs, panels, strict=True):
        title = axes.get_title(loc="left").replace("\n", "").replace("\N{NO-BREAK SPACE}", " ")
        assert title.startswith(one["name"])
        done = np.sum(trajectories["run"] == one["name"]) - 1
        assert ("diverged" in title) == (done < one["iterations"])
        assert axes.get_xlim()[0] < 1.0 < axes.get_xlim()[1]
        assert axes.get_ylim()[0] < 1.0 < axes.get_ylim()[1]
    assert saved(paths, tmp_path, "paths.svg")
    assert saved(values, tmp_path, "values.svg")


def test_descents_show_the_table():
    runs = [run("first"), run("second", "momentum", 1e-4, mu=0.9)]
    trajectories = descended(runs)
    paths = draw_descents(trajectories, runs, 1.0, 100.0)
    values = draw_descent_values(trajectories, runs)
    for one, path, line in zip(runs, lines(paths, "path"), values.axes[0].get_lines(), strict=True):
        rows = trajectories[trajectories["run"] == one["name"]]
        np.testing.assert_array_equal(path.get_xydata(), rows[["x1", "x2"]])
        np.testing.assert_array_equal(line.get_xydata(), rows[["iteration", "value"]])
        assert path.get_color() == line.get_color() == method_colour(one["method"])


def test_divergence_is_told_and_leaves_the_panel():
    runs = [run("lost", rate=0.1)]
    trajectories = descended(runs)
    figure = draw_descents(trajectories, runs, 1.0, 100.0)
    assert said(figure, f"diverged after {len(trajectories) - 1} iterations")
    (path,) = lines(figure, "path")
    x, y = path.get_xydata()[-1]
    assert x in path.axes.get_xlim() or y in path.axes.get_ylim()
    first, second = trajectories["x1"][:2], trajectories["x2"][:2]
    np.testing.assert_allclose(
        (y - second[0]) * np.diff(first), (x - first[0]) * np.diff(second), rtol=1e-9
    )


# ── Mixture ──────────────────────────────────────────────────────────────────────────────────


def test_scatter_shows_every_sample():
    table = samples(2)
    figure = draw_mixture(table)
    for k, line in enumerate(figure.axes[0].get_lines()):
        own = table[table["label"] == k]
        np.testing.assert_array_equal(line.get_xydata(), own[["x1", "x2"]])
    assert not said(figure, "Shown")


@pytest.mark.parametrize("dimension", [1, 2, 3])
@pytest.mark.parametrize("classes", [2, 30])
def test_mixture_of_any_dimension(dimension, classes, tmp_path):
    figure = draw_mixture(samples(dimension, classes))
    assert said(figure, "first two of 3") == (dimension == 3)
    saved(figure, tmp_path)


def test_very_many_samples_are_thinned_and_told():
    figure = draw_mixture(samples(2, count=50_000))
    drawn = sum(len(line.get_xdata()) for line in figure.axes[0].get_lines())
    assert drawn <= MOST_SAMPLES
    assert said(figure, f"{number(drawn)} of {number(50_000)} samples")


# ── Gradient check ───────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("layers", [(2, 3, 2, 3), (2, 8, 8, 3)])
def test_gradient_errors_are_all_shown(layers, tmp_path):
    table = errors(layers)
    figure = draw_gradient_errors(table, 1e-6)
    zeros, axes = figure.axes
    shown = np.concatenate([line.get_xdata() for line in axes.get_lines()[:-2]])
    positive = table.loc[table["relative_error"] > 0, "relative_error"]
    np.testing.assert_array_equal(np.sort(shown), np.sort(positive))
    exact = sum(int(text.get_text()) for text in zeros.texts)
    assert exact == len(table) - len(positive)
    assert list(axes.get_lines()[-1].get_xdata()) == [1e-6, 1e-6]
    saved(figure, tmp_path)


@pytest.mark.parametrize("error", [0.0, 1e-300, 0.9])
def test_gradient_errors_of_any_size(error, tmp_path):
    table = errors((1, 2)).assign(relative_error=error)
    saved(draw_gradient_errors(table, 1.0), tmp_path)


# ── Training ─────────────────────────────────────────────────────────────────────────────────


def training(name="one", iterations=5, method="momentum"):
    return {"name": name, "method": method, "iterations": iterations}


def test_training_shows_every_seed_and_the_median():
    runs = [training(iterations=40)]
    table = trained_losses(runs, stuck=(1, 3))
    figure = draw_trainings(table, runs, LABELS)
    loss = table["loss"].to_numpy().reshape(5, 41) / len(LABELS)
    curves = [
        np.asarray(path.vertices)[:, 1]
        for collection in figure.axes[0].collections
        if collection.get_label() == "seeds"
        for path in collection.get_paths()
    ]
    np.testing.assert_allclose(np.array(curves), loss[[1, 3, 0, 2, 4]])
    (median,) = [line for line in figure.axes[0].get_lines() if line.get_label() == "median"]
    np.testing.assert_allclose(median.get_ydata(), np.median(loss, axis=0))
    assert said(figure, "one: 5 seeds, 2 stuck or dead, 0 diverged")


@pytest.mark.parametrize("diverged", [(0,), range(5)], ids=["one", "all"])
def test_diverged_trainings_are_told(diverged, tmp_path):
    runs = [training(iterations=4)]
    figure = draw_trainings(trained_losses(runs, diverged=diverged), runs, LABELS)
    assert said(figure, f"{len(diverged)} diverged")
    saved(figure, tmp_path)


def test_labels_of_one_class_have_no_plateau(tmp_path):
    runs = [training()]
    table = trained_losses(runs).assign(loss=1.0)
    figure = draw_trainings(table, runs, np.zeros(30, int))
    assert said(figure, "0 stuck or dead")
    saved(figure, tmp_path)


def test_many_named_trainings(tmp_path):
    runs = [training(f"r{i}", 3) for i in range(20)]
    figure = draw_trainings(trained_losses(runs, 2), runs, LABELS)
    assert len(figure.axes) == 2 * 20
    saved(figure, tmp_path)


# ── Decision regions ─────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("layers", [(2, 3), (2, 3, 2, 3), (2, 8, 8, 3)])
@pytest.mark.parametrize("seeds", [1, 2, 3])
def test_regions(layers, seeds, tmp_path):
    parameters = trained_parameters(layers, seeds)
    losses = trained_losses([training()], seeds)
    figure = draw_decision_regions(samples(2), losses, parameters, layers)
    assert len(figure.axes) == seeds
    assert said(figure, f"one, lowest loss: seed {seeds - 1}")
    saved(figure, tmp_path)


def test_regions_of_a_network_that_says_one_class(tmp_path):
    parameters = trained_parameters((2, 3), 1).assign(value=0.0)
    losses = trained_losses([training()], 1)
    saved(draw_decision_regions(samples(2), losses, parameters, (2, 3)), tmp_path)


@pytest.mark.filterwarnings("error")
def test_regions_of_a_diverged_network_that_overflows(tmp_path):
    losses, parameters = trained_losses([training()], 2), trained_parameters((2, 4, 4, 3), 2)
    parameters["value"] *= 1e200
    saved(draw_decision_regions(samples(2), losses, parameters, (2, 4, 4, 3)), tmp_path)


def test_regions_of_other_dimensions_say_so():
    figure = draw_decision_regions(samples(3), {}, {}, (3, 4, 2))
    assert said(figure, "two coordinates; these data have 3")
    assert not figure.axes


# ── Theory ───────────────────────────────────────────────────────────────────────────────────


def test_theory_is_a_curve_and_measurements_are_points_on_it():
    figure = draw_theory(known())
    limits, rates = figure.axes
    curves = [line for line in limits.get_lines() if line.get_label() == "theoretical"]
    points = [line for line in limits.get_lines() if line.get_label() == "measured"]
    assert len(points) == 2 * 3  # on either objective
    x, y = curves[-1].get_xydata().T  # of Nesterov
    np.testing.assert_allclose(y, (2 + 2 * x) / (1 + 2 * x))
    assert len(x) > 50
    for line in points[-2:]:
        at = line.get_xdata()
        np.testing.assert_allclose(line.get_ydata(), (2 + 2 * at) / (1 + 2 * at) + 0.01)
    for line in rates.get_lines():
        np.testing.assert_array_equal(line.get_xydata(), [[10, 0.5], [100, 0.82]])


def test_theory_without_rates_is_drawn(tmp_path):
    table = known(EVERY[:2])
    saved(draw_theory(table[table["condition_number"].isna()]), tmp_path)
