"""The figures of problems show what their tables hold."""

import numpy as np
import pandas as pd
import pytest
from drawn_by_hand import (
    EVERY,
    curves,
    evaluated,
    lines,
    network,
    said,
    saved,
    selected,
    setting,
    settings_and_selected,
    settled,
    some_times,
    swept,
    texts,
    tuned,
    valley,
    walked,
)
from matplotlib.colors import to_hex

from descent.core.problem import problem_of
from descent.figures.evaluation_times import read_evaluation
from descent.figures.families import draw_family
from descent.figures.families.heat_map import method_map, speed_steps
from descent.figures.palette import SPEED
from descent.tables.parquet import write
from descent.tables.schemas import evaluation_schema

NEVER = np.inf


def area(patch, rates):
    """Return how many cells a patch covers, all of the same width on a logarithmic axis."""
    step = np.log(rates[1] / rates[0])
    return sum(
        np.ptp(np.log(polygon[:, 0])) / step * np.ptp(polygon[:, 1])
        for polygon in patch.get_path().to_polygons(closed_only=True)
    )


def test_a_family_without_a_file_is_refused():
    with pytest.raises(ValueError, match="box_plot: there is no file"):
        draw_family("box_plot", valley(), {})


# ── Heat map ─────────────────────────────────────────────────────────────────────────────────


def test_a_map_shows_each_kind_of_cell():
    rates = (1e-4, 1e-3, 1e-2, 1e-1)
    endings = {
        0.0: ("budget", "few", "reached", "diverged"),
        0.9: ("reached", "reached", "few", "cycle"),
    }
    rows = [
        settled(setting("momentum", rate, momentum=value), ending, 10.0 * (i + 1))
        for value, row in endings.items()
        for i, (rate, ending) in enumerate(zip(rates, row, strict=True))
    ]
    one = method_map(pd.DataFrame(rows))
    assert one.second == "momentum"
    assert one.kinds.tolist() == [
        ["none", "timed", "timed", "diverged"],
        ["timed", "timed", "timed", "none"],
    ]
    np.testing.assert_array_equal(one.times.to_numpy()[1], [10, 20, 30, NEVER])
    tables = settings_and_selected(rows, [selected(setting("momentum", 1e-3, momentum=0.9))])
    figure = draw_family("heat_map", valley(), tables)
    drawn = dict.fromkeys(("timed", "none", "diverged"), 0.0)
    for patch in figure.axes[1].patches:
        drawn[patch.get_label()] += area(patch, rates)
    assert drawn == pytest.approx({"timed": 5, "none": 2, "diverged": 1})
    for words in ("no run reaches it", "all runs diverge"):
        assert said(figure, words)


def test_colours_run_from_the_best_cell_to_the_worst_on_a_logarithmic_scale():
    times = {1e-4: 10.0, 1e-3: 1000.0, 1e-2: 100.0}
    rows = [settled(setting("momentum", rate), time=time) for rate, time in times.items()]
    tables = settings_and_selected(rows, [selected(setting("momentum", 1e-4))])
    figure = draw_family("heat_map", valley(), tables)
    cells = [patch for patch in figure.axes[1].patches if patch.get_label() == "timed"]
    colours = {to_hex(cell.get_facecolor()) for cell in cells}
    assert colours == {SPEED[0], SPEED[-1], SPEED[len(SPEED) // 2]}
    (star,) = lines(figure, "selected")
    assert star.get_xdata()[0] == 1e-4
    assert figure.axes[0].get_xlim() == pytest.approx((10.0, 1000.0))
    assert not lines(figure, "worse")
    steps = speed_steps(np.geomspace(10.0, 1e3, 3 * len(SPEED)), (10.0, 1e3))
    np.testing.assert_array_equal(np.unique(steps), np.arange(len(SPEED)))


def test_the_worst_fifth_of_the_cells_has_one_colour():
    times = [10.0, *[100.0] * 6, 1e3, 1e5, 1e7, NEVER]
    rows = [
        settled(setting("momentum", rate), "reached" if np.isfinite(time) else "budget", time)
        for rate, time in zip(np.geomspace(1e-5, 1.0, 11), times, strict=True)
    ]
    tables = settings_and_selected(rows, [selected(setting("momentum", 1e-5))])
    figure = draw_family("heat_map", valley(), tables)
    assert figure.axes[0].get_xlim() == pytest.approx((10.0, 1e5))
    assert len(lines(figure, "worse")) == 1
    (worst,) = [
        patch for patch in figure.axes[1].patches if to_hex(patch.get_facecolor()) == SPEED[-1]
    ]
    assert area(worst, np.geomspace(1e-5, 1.0, 11)) == pytest.approx(2)


def test_the_best_of_fewer_tried_is_marked_where_it_is_another():
    rows = [settled(setting("momentum", rate), time=1e4 * rate) for rate in (1e-3, 1e-2)]
    chosen = [selected(setting("momentum", 1e-3), 10.0, 0, 0)]
    other = selected(setting("momentum", 1e-2), 100.0, 1, 13)
    for fewer, marks in ((chosen[0] | {"trials": 13}, []), (other, [1e-2])):
        tables = settings_and_selected(rows, [*chosen, fewer])
        figure = draw_family("heat_map", valley(), tables)
        assert [line.get_xdata()[0] for line in lines(figure, "fewer")] == marks
        assert said(figure, "the best of 13 tried") == bool(marks)


def test_a_cell_shows_the_best_of_further_parameters():
    rows = [
        settled(setting("adam", beta1=first, beta2=second), ending, time)
        for first, second, ending, time in (
            (0.5, 0.9, "diverged", 1.0),
            (0.5, 0.99, "few", 50.0),
            (0.5, 0.999, "reached", 70.0),
            (0.9, 0.9, "diverged", 1.0),
            (0.9, 0.99, "budget", 1.0),
            (0.9, 0.999, "diverged", 1.0),
        )
    ]
    one = method_map(pd.DataFrame(rows))
    assert (one.second, one.others) == ("beta1", ["beta2"])
    assert one.kinds.tolist() == [["timed"], ["none"]]
    np.testing.assert_array_equal(one.times, [[50.0], [NEVER]])
    tables = settings_and_selected(rows, [selected(setting("adam"))])
    assert said(draw_family("heat_map", valley(), tables), "Adam, at its best β₂")


def test_each_method_has_its_own_stability_limit():
    momenta = (0.0, 0.5, 0.9)
    tables = swept(rates=np.geomspace(1e-5, 0.1, 20), values=momenta)
    problem = valley()
    figure = draw_family("heat_map", problem, tables)
    found = [sorted(set(line.get_xdata())) for line in lines(figure, "limit")]
    mu = np.array(momenta)
    expected = [2 * (1 + mu), np.sort((2 + 2 * mu) / (1 + 2 * mu)), [2.0]]
    assert len(found) == len(expected)  # the others have none
    for one, limits in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, np.array(limits) / problem.largest_eigenvalue)
    assert not lines(draw_family("heat_map", network(), tables), "limit")


def test_named_and_selected_settings_are_marked_where_they_fall():
    tables = swept(("momentum",), np.geomspace(1e-4, 1e-2, 5), (0.0, 0.5, 0.9))
    runs = (
        {"name": "a", "method": "momentum", "learning_rate": 1e-3, "momentum": 0.25},
        {"name": "b", "method": "momentum", "learning_rate": 1e-9, "momentum": 0.5},
        {"name": "c", "method": "momentum", "learning_rate": 7.0, "momentum": None},
        {"name": "d", "method": "momentum", "learning_rate": 1e-3, "momentum": 0.99},
        {"name": "e", "method": "adam", "learning_rate": 1e-3},
    )
    figure = draw_family("heat_map", valley(runs=runs), tables)
    low, high = figure.axes[1].get_xlim()
    marks = [(*line.get_xydata()[0], line.get_marker()) for line in lines(figure, "named")]
    assert marks == [(1e-3, 1.0, "o"), (low, 1.5, "<"), (high, 0.5, ">"), (1e-3, 3.0, "^")]
    (star,) = lines(figure, "selected")
    assert (star.get_xdata()[0], star.get_ydata()[0]) == (1e-2, 2.5)


@pytest.mark.parametrize(
    ("rates", "values"),
    [((1e-3,), (0.0,)), (np.geomspace(1e-5, 1, 150), np.linspace(0, 0.99, 15))],
    ids=["one cell", "many cells"],
)
def test_sweeps_of_any_size(rates, values, tmp_path):
    tables = swept(("momentum", "unknown_yet"), rates, values)
    figure = draw_family("heat_map", network(), tables)
    assert said(figure, "of 150 learning rates") == (len(rates) == 150)
    assert said(figure, "of 15 values") == (len(values) == 15)
    assert len(saved(figure, tmp_path)) < 300_000
    saved(draw_family("sensitivity", network(), tables), tmp_path)


@pytest.mark.parametrize("ending", ["budget", "diverged", "cycle"])
def test_sweeps_in_which_nothing_reaches_say_so(ending, tmp_path):
    tables = swept(ending=ending)
    figure = draw_family("heat_map", valley(), tables)
    assert said(figure, "no run reaches the target")
    assert said(figure, "all runs diverge") == (ending == "diverged")
    assert said(figure, "no run reaches it") == (ending != "diverged")
    assert not lines(figure, "selected")
    saved(figure, tmp_path)
    figure = draw_family("sensitivity", valley(), tables)
    assert texts(figure).count("no run reaches\nthe target") == len(EVERY)
    saved(figure, tmp_path)


# ── Sensitivity ──────────────────────────────────────────────────────────────────────────────


def test_sensitivity_leaves_gaps_where_fewer_than_half_reach():
    rates = (1e-4, 1e-3, 1e-2, 1e-1)
    rows = [
        settled(setting("momentum", rate, momentum=value), ending=ending, time=time, accuracy=0.9)
        for value, endings in (
            (0.5, ("diverged",) * 4),
            (0.9, ("budget", "reached", "few", "diverged")),
        )
        for rate, ending, time in zip(rates, endings, (1.0, 20.0, 30.0, 1.0), strict=True)
    ]
    tables = settings_and_selected(rows, [selected(setting("momentum", 1e-3, momentum=0.9))])
    figure = draw_family("sensitivity", network(), tables)
    (median,), (charged,) = lines(figure, "median"), lines(figure, "time")
    np.testing.assert_array_equal(median.get_xdata(), rates)
    np.testing.assert_array_equal(median.get_ydata(), [np.nan, 20, np.nan, np.nan])
    np.testing.assert_array_equal(charged.get_ydata(), [np.nan, 20, 30, np.nan])
    (success,), (accuracy,) = lines(figure, "success"), lines(figure, "accuracy")
    np.testing.assert_array_equal(success.get_ydata(), [0, 1, 0.25, 0])
    np.testing.assert_array_equal(accuracy.get_ydata(), [0.9] * 4)
    assert said(figure, "μ = 0.9")


# ── Runtime distributions, performance profile, tuning curve ─────────────────────────────────


def test_runtime_distributions_are_of_the_headlines_target_and_of_pairs_with_all():
    tables = evaluated({"adam": [[0.0, 10.0], [10.0, NEVER], [40.0, 501.0]]})
    figure = draw_family("runtime_distributions", valley(), tables)
    one, pairs = lines(figure, "share")
    np.testing.assert_array_equal(one.get_xdata(), [1, 10, 500])
    np.testing.assert_allclose(one.get_ydata(), np.array([0, 1, 1]) / 3)  # the budget is 500
    np.testing.assert_array_equal(pairs.get_xdata(), [1, 10, 40, 500])
    np.testing.assert_allclose(pairs.get_ydata(), np.array([1, 3, 4, 4]) / 6)
    assert said(figure, "Share of 3 starts from which the target holds for 10 iterations")
    assert said(figure, "target 0.001")
    assert said(figure, "pairs with all 2 targets")
    assert texts(figure).count("Adam") == 1


def test_runtime_distributions_of_one_target_are_one_panel():
    verse = {"targets": [1e-3], "holds": [1]}
    sweep = {"iterations": 500, "headline": {"target": 1e-3, "hold": 1}, "multiverse": verse}
    tables = evaluated({"adam": [[9.0, 20.0]], "momentum": [[9.0, 40.0]]}, hold=1)
    figure = draw_family("runtime_distributions", valley(sweep=sweep), tables)
    assert len(figure.axes) == 1
    first, second = lines(figure, "share")
    assert [first.get_xdata()[-2], second.get_xdata()[-2]] == [40, 20]  # in the methods' order
    assert said(figure, "Share of 1 start from which the target is reached")


def test_of_an_evaluation_is_read_what_is_drawn(tmp_path):
    problem = valley()
    verse = {**problem.sweep["multiverse"], "targets": [1e-3, 1e-5]}
    problem = problem._replace(sweep={**problem.sweep, "multiverse": verse})
    times = {name: np.arange(8.0) for name in evaluation_schema(verse).names[4:]}
    rows = {"candidate": np.repeat([0, 3, 5, 9], 2), "start": [0, 1] * 4, "iterations": [9] * 8}
    path, made = tmp_path / "evaluation.parquet", {"problem": {"name": "one"}}
    write(evaluation_schema(verse), {**rows, "status": ["budget"] * 8, **times}, made, path)
    chosen = pd.DataFrame({"candidate": [5, 3], "trials": [0, 2]})
    found = read_evaluation(problem, path, chosen, made)
    names = ["within_0.001_for_10", "within_1e-05_for_10"]
    assert list(found) == ["candidate", "start", *names]
    assert found["candidate"].tolist() == [3, 3, 5, 5]
    assert found[names[1]].tolist() == [2, 3, 4, 5]


def test_settings_that_are_not_the_best_of_all_are_not_drawn():
    tables = evaluated(some_times(EVERY[:2]))
    extra = tables["selected"].iloc[:1].assign(candidate=7, trials=2)
    tables["selected"] = pd.concat([tables["selected"], extra])
    extra = tables["evaluation"].iloc[:3].assign(candidate=7)
    tables["evaluation"] = pd.concat([tables["evaluation"], extra])
    for family, label in (("runtime_distributions", "share"), ("performance_profile", "profile")):
        figure = draw_family(family, valley(), tables)
        drawn = [line for line in figure.axes[0].get_lines() if line.get_label() == label]
        assert len(drawn) == 2


def test_performance_profile_is_of_the_hitting_time_of_the_headlines_target():
    times = {
        "adam": [[1.0, 10.0], [1.0, 10.0], [1.0, NEVER], [1.0, 501.0]],
        "momentum": [[9.0, 30.0], [9.0, 5.0], [9.0, 7.0], [9.0, NEVER]],
    }
    momentum, adam = lines(
        draw_family("performance_profile", valley(), evaluated(times)), "profile"
    )
    np.testing.assert_allclose(momentum.get_ydata(), [0.5, 0.5, 0.75, 0.75])
    np.testing.assert_allclose(adam.get_ydata(), [0.25, 0.5, 0.5, 0.5])
    np.testing.assert_allclose(adam.get_xdata()[:3], [1, 2, 3])


def test_tuning_curve_shows_both_ways_to_split():
    figure = draw_family("tuning_curve", valley(), tuned(never=("adam", "nesterov")))
    firsts, seconds = lines(figure, "first"), lines(figure, "second")
    assert len(firsts) == len(seconds) == 4
    for first, second in zip(firsts, seconds, strict=True):
        np.testing.assert_array_equal(first.get_xdata(), [1, 2, 4, 8])
        np.testing.assert_array_equal(first.get_ydata(), [1000, 500, 250, 125])
        np.testing.assert_array_equal(second.get_ydata(), [np.nan, 1000, 500, 250])
    low, high = figure.axes[0].collections[0].get_datalim(figure.axes[0].transData).get_points()
    np.testing.assert_allclose([low, high], [(2, 125), (8, 1000)])  # where both are finite
    assert said(figure, "Never reach the target: Nesterov, Adam")


def test_nothing_reached_is_told_in_words(tmp_path):
    figure = draw_family("tuning_curve", valley(), tuned(never=EVERY))
    assert said(figure, "no method reaches the target")
    saved(figure, tmp_path)
    tables = evaluated({"adam": [[NEVER, NEVER]]})
    for family in ("runtime_distributions", "performance_profile"):
        figure = draw_family(family, valley(), tables)
        assert all((line.get_ydata() == 0).all() for axes in figure.axes for line in axes.lines)
        saved(figure, tmp_path)


# ── Paths ────────────────────────────────────────────────────────────────────────────────────


def reaching(target, iterations=500):
    """Return the valley with another target and budget."""
    problem = valley()
    headline = {**problem.sweep["headline"], "target": target}
    return problem._replace(sweep={**problem.sweep, "headline": headline, "iterations": iterations})


def test_paths_are_drawn_and_their_ends_told():
    tables = walked(("momentum", "adam"), 1)
    paths = tables["paths"]
    figure = draw_family("paths", reaching(paths["value"].iloc[-1], 7), tables)
    for line, (_, own) in zip(
        lines(figure, "path"), paths.groupby("method", sort=False), strict=True
    ):
        np.testing.assert_allclose(line.get_xydata()[[0, -1]], own[["x1", "x2"]].iloc[[0, -1]])
    titles = [axes.get_title(loc="left") for axes in figure.axes[:2]]
    assert titles[0].endswith("never")
    assert titles[1].endswith("8\N{NO-BREAK SPACE}iterations")
    windows = {(axes.get_xlim(), axes.get_ylim()) for axes in figure.axes[:2]}
    assert len(windows) == 1


def test_paths_that_diverge(tmp_path):
    tables = walked(("momentum", "adam"), 2)
    paths = tables["paths"]
    paths.loc[5, ["x1", "value"]] = 1e200, 1e300
    figure = draw_family("paths", reaching(1e-9), tables)
    assert said(figure, "never: diverges at 7")
    saved(figure, tmp_path)
    paths["value"] = np.inf
    figure = draw_family("paths", reaching(1e-9), tables)
    assert said(figure, "f is infinite")
    saved(figure, tmp_path)


def test_paths_are_those_of_the_start_from_which_most_methods_reach_the_target():
    tables = walked(("momentum", "adam"), 3)
    paths = tables["paths"]
    last = paths[paths["start"] == 1].groupby("method").tail(1).index
    paths.loc[last, "value"] = 1e-5
    first, _ = lines(draw_family("paths", reaching(1e-3), tables), "path")
    np.testing.assert_allclose(first.get_xydata()[0], [-0.2, 1.0])


def test_paths_on_an_objective_of_which_no_level_sets_are_known(tmp_path):
    problem = valley()
    settings = {
        "name": "bowl", "objective": "quadratic", "parameters": {"spectrum": [1.0, 30.0]},
        "dimension": 2, "rotation": None, "sweep": problem.sweep,
    }  # fmt: skip
    figure = draw_family("paths", problem_of({"problem": settings}), walked(EVERY[:2], 1))
    axes = figure.axes[0]
    stars = [line for line in axes.get_lines() if line.get_marker() == "*"]
    assert [star.get_xydata().tolist() for star in stars] == [[[0.0, 0.0]]]
    assert len(axes.collections) >= 2  # areas and lines
    saved(figure, tmp_path)


# ── Training curves ──────────────────────────────────────────────────────────────────────────


def test_training_curves_are_medians_per_sample():
    figure = draw_family("training_curves", network(), curves(diverged=("adam",)))
    drawn = lines(figure, "loss")
    assert len(drawn) == len(EVERY)
    np.testing.assert_allclose(drawn[0].get_ydata(), 3.0 / np.arange(1, 6))
    np.testing.assert_array_equal(np.isnan(drawn[5].get_ydata()), [False] * 3 + [True] * 2)
    best = lines(figure, "Bayes")
    assert len(best) == len(EVERY)
    assert set(best[0].get_ydata()) == {0.965}
    assert said(figure, "Bayes classifier, 96.5 %")
