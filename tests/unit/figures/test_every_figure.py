"""Every figure: the same bytes for the same tables, sound files, nothing over or out of it."""

import re
import xml.etree.ElementTree as ET

import jinja2
import numpy as np
import pytest
from drawn_by_hand import (
    EVERY,
    LABELS,
    QUESTION,
    answers,
    curves,
    descended,
    errors,
    evaluated,
    known,
    network,
    run,
    samples,
    saved,
    some_answers,
    some_times,
    swept,
    texts,
    trained_losses,
    trained_parameters,
    tuned,
    valley,
    walked,
)
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text

from descent.config.problems import part_for, problem_parts
from descent.figures.decision_regions import draw_decision_regions
from descent.figures.families import FAMILIES, NETWORK_FAMILIES, PLANE_FAMILIES, draw_family
from descent.figures.forest import draw_forest
from descent.figures.gradient_errors import draw_gradient_errors
from descent.figures.mixture import draw_mixture
from descent.figures.named_descents import draw_descent_values, draw_descents
from descent.figures.named_trainings import draw_trainings
from descent.figures.network_diagram import draw_network_diagram
from descent.figures.palette import PAPER, SPEED, dark_counterparts
from descent.figures.rosenbrock_contours import draw_rosenbrock_contours
from descent.figures.theory import draw_theory

SVG = "{http://www.w3.org/2000/svg}"
OWN = (
    "network", "mixture", "gradients", "rosenbrock", "descents", "descent_values", "training",
    "regions", "theory", "forest",
)  # fmt: skip


def family_figures():
    marked = ({"name": "one", "method": "momentum", "learning_rate": 0.1, "momentum": 0.3},)
    drawn = {}
    for problem, methods, end in (
        (valley(runs=marked), EVERY, {"ending": "few"}),
        (network(runs=marked), EVERY[:3], {"accuracy": 0.9}),
    ):
        tables = swept(methods, (1e-3, 1e-2, 0.1), (0.0, 0.3, 0.99), **end)
        tables |= evaluated(some_times(methods)) | tuned(methods) | some_answers(methods)
        tables |= walked(methods) | curves(methods)
        own = NETWORK_FAMILIES if problem.kind == "network" else PLANE_FAMILIES
        for family in (*FAMILIES, *own):
            drawn[f"{problem.name}_{family}"] = draw_family(family, problem, tables)
    return drawn


def every_figure():
    runs = [run("one"), run("two", "momentum", 0.1, mu=0.9)]
    named = [{"name": "one", "method": "momentum", "iterations": 5}]
    trajectories, losses = descended(runs), trained_losses(named)
    parameters = trained_parameters((2, 3, 3), 5)
    return {
        **family_figures(),
        "network": draw_network_diagram([np.eye(2)], [np.ones(2)]),
        "rosenbrock": draw_rosenbrock_contours(1, 100),
        "descents": draw_descents(trajectories, runs, 1.0, 100.0),
        "descent_values": draw_descent_values(trajectories, runs),
        "mixture": draw_mixture(samples(2)),
        "gradients": draw_gradient_errors(errors((2, 3)), 1e-6),
        "training": draw_trainings(losses, named, LABELS),
        "regions": draw_decision_regions(samples(2), losses, parameters, (2, 3, 3)),
        "theory": draw_theory(known()),
        "forest": draw_forest(answers(), QUESTION),
    }


@pytest.fixture(scope="module")
def figures():
    """Each figure by name."""
    return every_figure()


@pytest.fixture(scope="module")
def content(figures, tmp_path_factory):
    """Each figure's SVG by name."""
    folder = tmp_path_factory.mktemp("figures")
    return {name: saved(figure, folder) for name, figure in figures.items()}


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
        assert PAPER in drawn
        assert not drawn - set(dark_counterparts()) - set(SPEED), name


def test_nothing_sticks_out_of_a_figure(figures):
    for name, figure in figures.items():
        width, height = figure.get_size_inches()
        own = figure.dpi
        figure.set_dpi(720)  # at few dots letters are wider than the paths that SVG has for them
        box = figure.get_tightbbox()
        figure.set_dpi(own)
        assert box.x0 >= 0.0 <= box.y0, f"{name}: {box}"
        assert box.x1 <= width, f"{name}: {box}"
        assert box.y1 <= height, f"{name}: {box}"


# ── Odd studies ──────────────────────────────────────────────────────────────────────────────

LONG = ["W" * 64, "-".join(["mW"] * 21), "W" * 63 + "a", "a." * 32]
"""Names of 63 and 64 characters, of the widest letter and of any."""


def named_figures(names, iterations=3):
    """Return the figures that write the names of runs."""
    runs = [run(name, iterations=iterations, rate=10.0 * (i % 2)) for i, name in enumerate(names)]
    trained = [{"name": name, "method": "momentum", "iterations": iterations} for name in names]
    losses = trained_losses(trained, seeds=1)
    parameters = trained_parameters((2, 3, 3), 1).assign(run=losses["run"].iloc[0])
    return {
        "descents": draw_descents(descended(runs), runs, 1.0, 100.0),
        "descent_values": draw_descent_values(descended(runs), runs),
        "training": draw_trainings(losses, trained, LABELS),
        "regions": draw_decision_regions(samples(2), losses, parameters, (2, 3, 3)),
    }


@pytest.mark.parametrize("names", [LONG[:1], [*LONG, *"abc"]], ids=len)
def test_long_names_are_shown_whole(names):
    figures = named_figures(names)
    test_nothing_sticks_out_of_a_figure(figures)
    test_no_text_covers_another(figures)
    for kind, figure in figures.items():
        shown = "".join(text.replace("\n", "") for text in texts(figure))
        for name in names[:1] if kind == "regions" else names:
            assert name in shown, kind


@pytest.mark.parametrize("a", [0.0, -1.234e-100, 1.234e50, -123456.7])
@pytest.mark.parametrize("b", [1.234e-100, 1.234e99])
def test_numbers_of_any_length_fit_in_the_figure_of_the_function(a, b):
    test_nothing_sticks_out_of_a_figure({"rosenbrock": draw_rosenbrock_contours(a, b)})


def test_one_of_anything_is_told_in_the_singular():
    walk = walked(EVERY[:1], 1)["paths"].groupby("method").head(2)
    one = {**named_figures(["one"], 1), "paths": draw_family("paths", valley(), {"paths": walk})}
    for family in ("performance_profile", "runtime_distributions"):
        one[family] = draw_family(family, valley(), evaluated({"adam": [[1.0, 1.0]]}))
    said = [text.replace("\N{NO-BREAK SPACE}", " ") for own in one.values() for text in texts(own)]
    assert "Share of 1 start from which the target holds for 10 iterations" in said
    assert any("1 iteration" in text for text in said)
    assert any("1 seed," in text for text in said)
    assert not [text for text in said if re.search(r"(?<![\d.,])1 \w+s\b", text)]


@pytest.mark.parametrize("count", [1, 2])
@pytest.mark.parametrize("ending", ["reached", "diverged"])
def test_small_studies_are_drawn_as_well(count, ending):
    methods = EVERY[:count]
    never = () if ending == "reached" else methods
    times = {method: [[np.inf] * 2] for method in never} or some_times(methods)
    tables = swept(methods, (1e-2,), (0.0,), ending=ending) | tuned(methods, never)
    tables |= {"evaluation": evaluated(times)["evaluation"]} | some_answers(methods)
    figures = {family: draw_family(family, valley(), tables) for family in FAMILIES}
    test_nothing_sticks_out_of_a_figure(figures)
    test_no_text_covers_another(figures)


# ── Texts ────────────────────────────────────────────────────────────────────────────────────


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
    for name, figure in figures.items():
        found = boxes(figure) if name != "network" else []
        for i, (text, box) in enumerate(found):
            for other, place in found[i + 1 :]:
                wide = min(box.x1, place.x1) - max(box.x0, place.x0)
                tall = min(box.y1, place.y1) - max(box.y0, place.y0)
                assert wide < 0.5 or tall < 1.5, f"{name}: {text!r} covers {other!r}"


# ── Captions ─────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def captions(root):
    """Each caption's template by name."""
    strict = jinja2.Environment(undefined=jinja2.StrictUndefined)
    folder = root / "workflow" / "report" / "captions"
    return {
        file.stem: strict.from_string(file.read_text(encoding="utf-8"))
        for file in folder.glob("*.rst")
    }


def test_every_figure_has_its_caption_and_no_caption_lacks_its_figure(captions):
    families = {**FAMILIES, **PLANE_FAMILIES, **NETWORK_FAMILIES}
    assert set(captions) == {*OWN, *families}
    assert all(families.values())


def test_captions_of_families_are_written_for_every_problem(captions, study_of_the_notebook):
    for name, part in problem_parts(study_of_the_notebook).items():
        families = {**FAMILIES, **PLANE_FAMILIES, **NETWORK_FAMILIES}
        params = {"configuration": part_for(part, "comparison")}
        for family in families:
            namespace = {"params": params, "wildcards": {"problem": name}}
            text = captions[family].render(snakemake=namespace)
            assert not re.search(r"[{}]|None", text)
            word = "seed" if part["problem"]["objective"] == "network" else "start"
            kind = {"runtime_distributions": "evaluation", "performance_profile": "evaluation"}
            if family in FAMILIES and family != "first_places":
                assert f"{kind.get(family, 'tuning')} {word}" in text


def test_captions_count_in_the_singular(captions, study_of_the_notebook):
    forward = {"weights": [[[1.0, 2.0]]]}
    headline = {"target": 1.0, "hold": 1, "trials": 2}
    sweep = {"iterations": 1, "headline": headline, "starts": {"count": 4}}
    problem = {"objective": "quadratic", "sweep": sweep}
    params = {"configuration": {"forward": forward, "problem": problem}}
    namespace = {"params": params, "wildcards": {}}
    said = [captions[name].render(snakemake=namespace) for name in ("network", "heat_map")]
    assert "1 layer of weights" in said[0]
    assert "the budget of 1 iteration." in said[1]


def test_captions_of_the_notebooks_parts_are_written(captions, study_of_the_notebook):
    params = {"configuration": study_of_the_notebook, "tolerance": 1e-6, "dimension": 2}
    for name in OWN:
        assert len(captions[name].render(snakemake={"params": params, "wildcards": {}})) > 80
