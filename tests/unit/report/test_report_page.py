"""The report's page: its form, and that numbers are those of the tables."""

import base64
import copy
import functools
import html
import re
import xml.etree.ElementTree as ElementTree
from itertools import pairwise

import html5lib
import pandas as pd
import pytest
from tables_by_hand import GD, HEAVY, INF, against, compared, evaluated, frame, scored

from descent.config.problems import problem_parts
from descent.core import methods
from descent.core.mixtures import sample_mixture
from descent.core.objectives import OBJECTIVES
from descent.report import formulas
from descent.report.page import figure_entry, math_markup, render
from descent.study import named_runs
from descent.study import notebook_faults as faults
from descent.study.checks import check_forward, check_gradients
from descent.support.files import DamagedFile
from descent.tables.schemas import BAYES, FAULTS, FORWARD, GRADIENTS, THEORY
from descent.tables.svg import signed

FAMILIES = (
    "heat_map", "runtime_distributions", "sensitivity", "performance_profile", "tuning_curve",
)  # fmt: skip
DRAWN = {
    "forward": ("network", "theory"),
    "rosenbrock": ("rosenbrock", "descents", "descent_values"),
    "network": ("mixture", "gradients", "training", "regions"),
}
"""Figures of the notebook's parts, by the section of the configuration that they need."""
PAIR = against("momentum", "gradient_descent", (0.5132, 0.4371, 0.6149), p=0.0123)
MANIFEST = {
    "descent": "0", "commit": "c0ffee", "versions": {"a": "1"}, "folder": "results",
    "machine": {"system": "S", "architecture": "A", "processors": 1, "longdouble": "l"},
    "results": {"results/a": "0"}, "exactness": {"results/a": {"class": "exact"}},
    "run_times": {"r": {"jobs": 1, "seconds": 1.0, "memory_mib": None}},
}  # fmt: skip
THEORETICAL = [
    {"quantity": name, "objective": "lessard", "method": "momentum", "theoretical": value,
     "measured": value, "learning_rate": 0.25, "momentum": 0.5}
    for name, value in (("period of the cycle", 3.0), ("point 1 of the cycle", -1.5))
] + [{"quantity": "limit", "objective": "quadratic", "method": "momentum", "theoretical": 2.0,
      "measured": 2.5}]  # fmt: skip


@pytest.mark.parametrize("layers", [(2, 3), (2, 3, 2, 3), (4, 5, 6, 7, 8), (2, 3, 4, 5, 6, 7)])
def test_every_formula_becomes_mathml(layers):
    texts = [
        *formulas.network_formula(layers), *formulas.BACKPROPAGATION.values(),
        *(line for record in OBJECTIVES.values() for line in record.equation),
        *(line for method in methods.METHODS.values() for line in method.formula),
    ]  # fmt: skip
    for text in texts:
        tree = ElementTree.fromstring(str(math_markup(text)))
        assert tree.tag.endswith("math")
        assert "\\" not in "".join(tree.itertext())


@pytest.mark.parametrize("name", methods.METHODS)
def test_every_method_has_its_rule_and_source_in_its_record(name):
    method = methods.METHODS[name]
    assert method.formula or method.equation
    assert re.search(r"\(\d{4}\)", method.reference)


@pytest.fixture(scope="module")
def notebook(study_of_the_notebook):
    """Return a function that makes the tables of the notebook's parts that a study has."""

    @functools.cache
    def made(rosenbrock: bool, network: bool) -> dict:
        study = copy.deepcopy(study_of_the_notebook)
        study["network"]["seeds"]["count"] = 2
        study["mixture"]["samples"] = 60
        study |= {"rosenbrock": study["rosenbrock"] if rosenbrock else None}
        study |= {"network": study["network"] if network else None}
        drawn = {key: value for key, value in study["mixture"].items() if "held_out" not in key}
        x, labels = sample_mixture(**drawn)
        tables = {
            "checks/forward": frame_of(FORWARD, check_forward(**study["forward"])),
            "checks/theory": frame(THEORY, THEORETICAL),
            "findings/faults": frame_of(FAULTS, faults.examine(study, x, labels)),
        }
        if rosenbrock:
            runs = named_runs.descend_rosenbrock(study["rosenbrock"])
            tables["rosenbrock/trajectories"] = pd.DataFrame(runs)
        if network:
            layers, check = study["network"]["layers"], study["network"]["gradient_check"]
            trained = named_runs.train_network(study["network"], x, labels)[0]
            tables |= {
                "checks/gradients": frame_of(
                    GRADIENTS, check_gradients(x, labels, layers, **check)
                ),
                "checks/bayes": frame(BAYES, [{"accuracy": 0.9623, "loss": 0.1}]),
                "data/mixture": pd.DataFrame({"label": labels}),
                "network/training": pd.DataFrame(trained),
            }
        return tables

    return made


@pytest.fixture(scope="module")
def make(study_of_the_notebook, notebook, tmp_path_factory, root):
    """Return a function that renders the report of a study, changed at will."""
    folder = tmp_path_factory.mktemp("report")
    report = root / "workflow" / "report"
    captions = {path.stem: path for path in (report / "captions").glob("*.rst")}

    def made(change=lambda study: None, **problems) -> str:
        study = copy.deepcopy(study_of_the_notebook)
        study["objectives"] = study["objectives"][:1]
        change(study)
        parts = problem_parts(study)
        tables = dict(notebook(bool(study["rosenbrock"]), bool(study["network"])))
        for place, of in (
            ("rosenbrock/trajectories", "rosenbrock"),
            ("network/training", "network"),
        ):
            if place in tables:
                named = [run["name"] for run in study[of]["runs"]]
                tables[place] = tables[place][tables[place]["run"].isin(named)]
        if study["network"]:
            training, seeds = tables["network/training"], study["network"]["seeds"]
            few = training["seed"] < seeds["first"] + seeds["count"]
            tables["network/training"] = training[few]
        for name, part in parts.items():
            named = [evaluated(run["name"], "named", 0, 9, 9) for run in part["problem"]["runs"]]
            scores, pairs = problems.get(name.replace("-", "_"), ([GD, HEAVY], [PAIR]))
            own = compared(scores, pairs, named)
            tables |= {f"{name}/{table}": content for table, content in own.items()}
        names = [name for section, own in DRAWN.items() if study[section] for name in own]
        names += [f"{name}_{family}" for name in parts for family in FAMILIES]
        template = report / "report.html.jinja"
        figures = {name: drawn(folder / f"{name}.svg", study) for name in names}
        page = render(template, study, parts, tables, figures, captions, MANIFEST)
        html5lib.HTMLParser(strict=True).parse(page)
        return page

    return made


def drawn(path, configuration):
    """Return the path of a figure that says it is that of its name."""
    opening = "<svg xmlns='http://www.w3.org/2000/svg'>"
    made_from = {"forward": configuration["forward"]}
    path.write_text(signed(f"{opening}</svg>", len(opening), path.stem, made_from))
    return path


def frame_of(schema, columns):
    """Return a table as it is read."""
    return pd.DataFrame({name: list(columns[name]) for name in schema.names})


def words(page):
    """Return a page's text."""
    return html.unescape(
        re.sub(r"\s+", " ", re.sub(r"<style>.*?</style>|<[^>]+>", " ", page, flags=re.S))
    )


def section(page, identifier):
    """Return the text of a section."""
    start = page.index(f'<section aria-labelledby="{identifier}"')
    return words(page[start : page.index("</section>", start)])


@pytest.fixture(scope="module")
def page(make):
    return make()


def test_the_page_asks_nothing_of_another_host(page):
    loads = re.findall(r'\b(?:src|href|action|data)="([^"#]*)"|url\(([^)]*)\)|@import', page)
    assert not [a for pair in loads for a in pair if re.match(r"(https?:)?//", a)]
    assert "<script" not in page


def test_the_page_holds_every_figure_with_an_alternative_text(page):
    tags = re.findall(r"<img[^>]*>", page)
    assert len(tags) == sum(map(len, DRAWN.values())) + 4 * len(FAMILIES)
    assert all(re.search(r'alt="[^"]{20,}"', tag) for tag in tags)


def test_headings_identifiers_and_links_are_sound(page):
    levels = [int(level) for level in re.findall(r"<h([1-6])\b", page)]
    assert levels[0] == 1
    assert all(b - a <= 1 for a, b in pairwise(levels))
    identifiers = re.findall(r'\bid="([^"]+)"', page)
    assert len(identifiers) == len(set(identifiers))
    assert set(re.findall(r'href="#([^"]+)"', page)) <= set(identifiers)


def test_every_problem_has_the_same_section(page):
    headings = {
        name: re.findall(r"<h[34]>[^<]+", part)
        for name, part in re.findall(
            r'<h2 id="problem-([^"]+)">(.*?)</section>', page, flags=re.DOTALL
        )
    }
    assert list(headings) == ["rosenbrock", "network", "network-he", "quadratic"]
    assert headings["network"] == headings["network-he"]
    only_networks = {"<h3>On fresh samples"}
    only_with_runs = {"<h3>Named runs"}
    assert set(headings["rosenbrock"]) == set(headings["network"]) - only_networks
    assert set(headings["quadratic"]) == set(headings["rosenbrock"]) - only_with_runs


def test_numbers_on_the_page_are_those_of_the_tables(page):
    findings = section(page, "findings")
    row = "Yes 200 160 to 260 400 320 to 520 0.51 0.44 to 0.61 9 : 1 (0) 0.012"
    assert findings.count(row) == 4
    assert f"Rosenbrock function {row}" in findings
    assert "Theoretical values 3 2 within the resolution" in findings
    assert "Period of the cycle 3 3 0" in section(page, "theory")
    selected = section(page, "problem-rosenbrock")
    assert "360 → 400 200 160 to 260 90 %" in selected  # momentum: charged, then ERT
    assert "Ratio of ERT" in selected


def test_fresh_samples_stand_beside_the_bayes_classifier(make):
    tested = [
        scored("gradient_descent", 400.0, test_loss=0.1234, test_accuracy=0.9512),
        scored("momentum", 200.0, test_loss=0.14, test_accuracy=0.9414),
    ]
    text = section(make(network_he=(tested, [PAIR])), "problem-network-he")
    assert "Gradient descent 0.12 95.1 %" in text
    assert "Bayes classifier 0.1 96.2 %" in text


def test_no_number_is_left_to_python(make):
    never = [scored("gradient_descent", INF, 0), scored("momentum", INF, 0)]
    pair = against("momentum", "gradient_descent", (1.0, 0.0, INF), (0, 0, 10), 1.0)
    made = make(rosenbrock=(never, [pair]))
    made = made[: made.index('<section aria-labelledby="faults"')]  # where NaN is a finding
    assert not re.search(r"\b(nan|inf|None|NaN|dtype|float64)\b", words(made))
    assert "Not shown neither reaches the target" in section(made, "findings")


def test_every_fault_is_told(page, notebook):
    told = section(page, "faults")
    for row in notebook(True, True)["findings/faults"].itertuples():
        assert row.setting in told
        assert row.quantity in told.replace(row.quantity.capitalize(), row.quantity)
        assert pd.isna(row.outcome) or row.outcome in told


def test_only_methods_that_are_named_or_swept_are_explained(make):
    def only_two(study):
        study["network"] = None
        study["objectives"] = []
        study["rosenbrock"]["sweep"]["methods"] = ["gradient_descent", "momentum"]

    text = section(make(only_two), "methods")
    assert "Gradient descent" in text
    assert "Adam" not in text


def test_a_newly_registered_method_appears_by_itself(make, monkeypatch):
    rule = methods.METHODS["gradient_descent"]._replace(
        title="lazy step",
        formula=(),
        equation="p ← p − η g / 2",
        reference="Nobody (2000). On going half the way.",
    )
    monkeypatch.setitem(methods.METHODS, "lazy_step", rule)
    scores = [GD, HEAVY, scored("lazy_step", 900.0)]
    pairs = [PAIR, against("lazy_step", "gradient_descent", (2.25, 2.0, 2.5))]

    def swept(study):
        study["rosenbrock"]["sweep"]["methods"].append("lazy_step")

    made = make(swept, rosenbrock=(scores, pairs))
    text = section(made, "methods")
    assert "Lazy step p ← p − η g / 2" in text
    assert "Nobody (2000). On going half the way." in text
    assert "Lazy step gradient descent 2.2 2 to 2.5" in section(made, "problem-rosenbrock")


@pytest.mark.parametrize("left_out", ["rosenbrock", "network", "both"])
def test_a_study_without_the_notebooks_problems_reads_well(make, left_out):
    def change(study):
        for part in ("rosenbrock", "network"):
            if left_out in (part, "both"):
                study[part] = None

    made = make(change)
    identifiers = re.findall(r'<h2 id="([^"]+)"', made)
    assert ("descents" in identifiers) is ("problem-rosenbrock" in identifiers)
    assert ("training" in identifiers) is ("problem-network" in identifiers)
    assert ("descents" in identifiers) is (left_out == "network")
    assert "problem-quadratic" in identifiers
    assert set(re.findall(r'href="#([^"]+)"', made)) <= set(re.findall(r'\bid="([^"]+)"', made))
    assert not re.search(r"<tbody>\s*</tbody>|<p>\s*</p>", made)


def test_what_a_user_writes_is_text(make):
    def change(study):
        study["report"]["title"] = "A <b>title</b> & {{ braces }}"
        study["objectives"][0]["name"] = "<u>"

    made = make(change)
    assert "A &lt;b&gt;title&lt;/b&gt; &amp; {{ braces }}" in made
    assert "<u>" not in made


# ── One of everything ────────────────────────────────────────────────────────────────────────


def only_one(study):
    """Change a study to one problem of each kind, method, setting, seed, run and iteration."""
    study["forward"]["decimals"] = 1
    study["objectives"] = []
    study["mixture"]["held_out_samples"] = 1
    for section, starts in (("rosenbrock", "starts"), ("network", "seeds")):
        own = study[section]
        own["runs"] = [run for run in own["runs"] if run["method"] == "gradient_descent"][:1]
        sweep = own["sweep"]
        sweep |= {"methods": ["gradient_descent"], "iterations": 1, "target": 1.0}
        sweep["learning_rate"]["count"] = sweep[starts]["count"] = 1
    study["network"]["seeds"]["count"] = 1
    study["network"]["sweep"]["initials"] = ["uniform"]


@pytest.fixture(scope="module", params=[0, 1])
def page_of_one(make, request):
    """Return the report of a study of one of everything, reached at once or never."""
    reached = request.param
    time = 0.0 if reached else INF
    one = scored("gradient_descent", time, reached, 1, settings_tried=1, tuning_runs=1)
    return make(only_one, rosenbrock=([one], []), network=([one], []))


def test_one_of_anything_is_told_in_the_singular(page_of_one):
    body = page_of_one[page_of_one.index("<body") : page_of_one.index("<h3>Versions")]
    text = html.unescape(re.sub(r"<[^>]+>", " | ", body)).replace("\N{NO-BREAK SPACE}", " ")
    text = re.sub(r"[ \n]+", " ", text)
    assert "of at most 1 iteration |" in text
    assert "all, to 1 decimal |" in text
    assert "from 1 seed," in text
    assert not re.findall(r".{0,30}(?<![\d.,×])\b1 (?!nats|is|as)[a-z]+s\b.{0,20}", text)


def test_one_of_anything_has_no_range(page_of_one):
    text = words(page_of_one).replace("\N{NO-BREAK SPACE}", " ")
    assert not re.findall(r".{0,30}(?<![\d.])([∞–]|\d[\d.]*) to \1(?![\d.]| %).{0,20}", text)
    assert "0 of 0" not in text


# ── Figures that are not what they should be ─────────────────────────────────────────────────


def test_a_figure_of_another_study_is_not_shown(study_of_the_notebook, root, tmp_path):
    caption = root / "workflow" / "report" / "captions" / "theory.rst"
    figure = drawn(tmp_path / "theory.svg", study_of_the_notebook)
    shown = figure_entry("theory", figure, caption, study_of_the_notebook)
    assert base64.b64decode(shown["address"].partition(",")[2]) == figure.read_bytes()
    other = {**study_of_the_notebook, "forward": {"decimals": 3}}
    with pytest.raises(DamagedFile, match=r"theory\.svg was made from another configuration"):
        figure_entry("theory", figure, caption, other)
