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
    swept,
    texts,
    tried,
    tuned,
    valley,
    walked,
)

from descent.core.problem import problem_of
from descent.figures.families import draw_family
from descent.figures.families.heat_map import method_map, round_levels
from descent.figures.palette import SPEED

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
        settled(setting("momentum", rate, momentum=value), "tuning", ending, 10.0 * (i + 1))
        for value, row in endings.items()
        for i, (rate, ending) in enumerate(zip(rates, row, strict=True))
    ]
    one = method_map(pd.DataFrame(rows))
    assert one.second == "momentum"
    assert one.kinds.tolist() == [
        ["none", "few", "timed", "diverged"],
        ["timed", "timed", "few", "none"],
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


def test_a_map_shows_what_settings_are_selected_by():
    """The star stands in the best cell: of the charged time on the tuning starts."""
    times = {"tuning": (50.0, 20.0, 70.0), "evaluation": (10.0, 90.0, 70.0)}
    rates = (1e-4, 1e-3, 1e-2)
    rows = [
        settled(setting("momentum", rate, momentum=0.9), part, time=time)
        for part, found in times.items()
        for rate, time in zip(rates, found, strict=True)
    ]
    tables = settings_and_selected(rows, [selected(setting("momentum", 1e-3, momentum=0.9))])
    (star,) = lines(draw_family("heat_map", valley(), tables), "selected")
    assert star.get_xdata()[0] == 1e-3


def test_a_cell_shows_the_best_of_further_parameters():
    rows = [
        settled(setting("adam", beta1=first, beta2=second), "tuning", ending, time)
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
    assert one.kinds.tolist() == [["few"], ["none"]]
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


def test_round_levels_are_round_and_fit_the_colours():
    for values in ([5.0], [1, 3], [400, 1900], [1, 1e6], [7, 7], [1, 1e11]):
        levels = round_levels(np.array(values, float))
        assert 1 <= len(levels) < len(SPEED)
        assert levels == sorted(set(levels))


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


def test_runtime_distribution_counts_pairs():
    rows = tried([[0.0, 10.0], [10.0, NEVER], [40.0, NEVER]], budget=500)
    tables = {"evaluation": pd.DataFrame(rows)}
    figure = draw_family("runtime_distributions", valley(), tables)
    (first,), (stays,) = lines(figure, "hitting_time"), lines(figure, "stays_from")
    np.testing.assert_array_equal(first.get_xdata(), [1, 10, 40, 500])
    np.testing.assert_allclose(first.get_ydata(), np.array([1, 3, 4, 4]) / 6)
    np.testing.assert_array_equal(stays.get_xdata(), [1, 5, 15, 45, 500])
    np.testing.assert_allclose(stays.get_ydata(), np.array([0, 1, 3, 4, 4]) / 6)
    assert [tuple(*line.get_xydata()) for line in lines(figure, "end")] == [(500, 4 / 6)] * 2
    assert said(figure, "3 starts × 2 targets")


def test_named_runs_are_labelled_together_where_they_end_together():
    figure = draw_family("runtime_distributions", valley(), evaluated())
    assert texts(figure).count("a, b, c") == 1  # at the right of both panels
    assert said(figure, "c  run 2")
    assert texts(figure).count("gradient descent") == 1


def test_performance_profile_is_of_the_hitting_time_of_the_target():
    rows = [
        *tried([[10.0, 1.0], [10.0, 1.0], [NEVER, 1.0], [NEVER, 1.0]], method="adam"),
        *tried([[30.0, 9.0], [5.0, 9.0], [7.0, 9.0], [NEVER, 9.0]], method="momentum"),
        *tried([[1.0, 1.0]] * 4, kind="named", candidate="x"),
    ]
    tables = {"evaluation": pd.DataFrame(rows)}
    momentum, adam = lines(draw_family("performance_profile", valley(), tables), "profile")
    np.testing.assert_allclose(momentum.get_ydata(), [0.5, 0.5, 0.75, 0.75])
    np.testing.assert_allclose(adam.get_ydata(), [0.25, 0.5, 0.5, 0.5])
    np.testing.assert_allclose(adam.get_xdata()[:3], [1, 2, 3])


def test_tuning_curve_begins_where_half_of_the_draws_reach_the_target():
    figure = draw_family("tuning_curve", valley(), tuned(never=("adam", "nesterov")))
    medians = lines(figure, "median")
    assert len(medians) == 4
    for line in medians:
        np.testing.assert_array_equal(line.get_xdata(), [1, 2, 4, 8])
        np.testing.assert_array_equal(line.get_ydata(), [np.nan, 500, 250, 125])
    assert said(figure, "Never in half of the draws: Nesterov, Adam")


def test_nothing_reached_is_told_in_words(tmp_path):
    figure = draw_family("tuning_curve", valley(), tuned(never=EVERY))
    assert said(figure, "no method reaches the target")
    saved(figure, tmp_path)
    tables = {"evaluation": pd.DataFrame(tried([[NEVER, NEVER]]))}
    for family in ("runtime_distributions", "performance_profile"):
        figure = draw_family(family, valley(), tables)
        assert all((line.get_ydata() == 0).all() for axes in figure.axes for line in axes.lines)
        saved(figure, tmp_path)


# ── Paths ────────────────────────────────────────────────────────────────────────────────────


def reaching(target, iterations=500):
    """Return the valley with another target and budget."""
    problem = valley()
    return problem._replace(sweep={**problem.sweep, "target": target, "iterations": iterations})


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
        "dimension": 2, "sweep": problem.sweep,
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
