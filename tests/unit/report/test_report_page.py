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
import tables_by_hand as by_hand
from tables_by_hand import GD, HEAVY, INF, NAN, frame, level, pair, selected

from descent.config.problems import problem_parts
from descent.core import methods
from descent.core.mixtures import sample_mixture
from descent.core.objectives import OBJECTIVES
from descent.report import formulas
from descent.report.page import figure_entry, math_markup, render
from descent.study import named_runs
from descent.study import notebook_faults as faults
from descent.study.checks import check_forward, check_gradients
from descent.study.portions import CURVE_SEEDS
from descent.support.files import DamagedFile
from descent.tables.schemas import BAYES, FAULTS, FORWARD, GRADIENTS, THEORY, hitting_time_name
from descent.tables.svg import signed

FAMILIES = ("specification_curve", "first_places", "heat_map", "sensitivity", "tuning_curve")
DRAWN = {
    "forward": ("forest", "network", "theory"),
    "rosenbrock": ("rosenbrock", "descents", "descent_values"),
    "network": ("mixture", "gradients", "training", "regions"),
}
"""Figures of the notebook's parts, by the section of the configuration that they need."""
PAIR = pair(0.5132, 0.4371, 0.6149)
COMPARED = ([GD, HEAVY], [PAIR], [level(0.97)])
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
        study["objectives"] = study["objectives"][:2]
        for one in (study["rosenbrock"], study["network"], *study["objectives"]):
            one["sweep"]["headline"]["trials"] = 5
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
            own = problems.get(name.replace("-", "_"), COMPARED)
            tables |= {f"{name}/{table}": content for table, content in problem_tables(part, own)}
        names = [name for section, own in DRAWN.items() if study[section] for name in own]
        names += [f"{name}_{family}" for name in parts for family in FAMILIES]
        template = report / "report.html.jinja"
        figures = {name: drawn(folder / f"{name}.svg", study) for name in names}
        page = render(template, study, parts, tables, figures, captions, MANIFEST)
        html5lib.HTMLParser(strict=True).parse(page)
        return page

    return made


def problem_tables(part, own):
    """Return the tables of a problem, of whose named runs one in two reaches at iteration 9."""
    problem, headline = part["problem"], part["problem"]["sweep"]["headline"]
    runs = [
        {"candidate": k, "kind": kind, "name": run["name"], "method": run["method"]}
        for k, run in enumerate(problem["runs"])
        for kind in ("named", *["drawn"] * ("start" in run))
    ]
    made = by_hand.tables(*own, trials=headline["trials"], candidates=runs)
    hits = [(run["candidate"], hit) for run in runs if run["kind"] == "named" for hit in (9, INF)]
    name = hitting_time_name(headline["target"], headline["hold"])
    made["evaluation"] = pd.DataFrame(hits, columns=["candidate", name])
    return made.items()


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
    assert len(tags) == sum(map(len, DRAWN.values())) + 5 * len(FAMILIES)
    assert all(re.search(r'alt="[^"]{20,}"', tag) for tag in tags)


def test_the_first_screen_has_a_title_a_picture_and_four_sentences(page):
    first = page[page.index("<header>") : page.index("</header>")]
    assert re.findall(r"<(h1|figure|p|ul|table|nav|section)\b", first) == ["h1", "figure", *"pppp"]
    assert 'id="figure-forest"' in first
    assert page.index("</header>") < page.index("<nav") < page.index("<section")
    assert "Is momentum faster than gradient descent" in words(first)
    assert "<strong>yes</strong> on the Rosenbrock function (0.51, 0.44 to 0.61)" in first


def test_a_caption_stands_in_full_once(page):
    captions = {
        name: words(re.search(r"<figcaption>(.*?)</figcaption>", rest, flags=re.S)[1])
        for name, rest in re.findall(r'<figure id="figure-([^"]+)">(.*?</figcaption>)', page, re.S)
    }
    assert all(len(captions[f"rosenbrock_{family}"]) > 200 for family in FAMILIES)
    assert captions["quadratic_first_places"].strip() == "Explained above."
    assert '<a href="#figure-rosenbrock_first_places">Explained above.</a>' in page
    target = captions["quadratic_heat_map"]
    assert target.startswith("What each hyperparameter setting costs until the target 1e-06")
    assert target.strip().endswith("Explained above.")


def test_a_caption_tells_of_how_many_seeds_curves_are(root):
    caption = root / "workflow" / "report" / "captions" / "training_curves.rst"
    assert f"[{CURVE_SEEDS}, problem.sweep.evaluation] | min" in caption.read_text()


def test_headings_identifiers_and_links_are_sound(page):
    levels = [int(level) for level in re.findall(r"<h([1-6])\b", page)]
    assert levels[0] == 1
    assert all(b - a <= 1 for a, b in pairwise(levels))
    identifiers = re.findall(r'\bid="([^"]+)"', page)
    assert len(identifiers) == len(set(identifiers))
    assert set(re.findall(r'href="#([^"]+)"', page)) <= set(identifiers)


def test_every_problem_has_the_same_section(page):
    parts = {
        name: re.findall(r"<summary>[^<]+", part)
        for name, part in re.findall(
            r'<h2 id="problem-([^"]+)">(.*?)</section>', page, flags=re.DOTALL
        )
    }
    names = ["rosenbrock", "network", "network-he", "quadratic", "quadratic-rotated"]
    assert list(parts) == names
    assert parts["network"] == parts["network-he"]
    assert set(parts["rosenbrock"]) == set(parts["network"]) - {"<summary>On held-out samples"}
    assert set(parts["quadratic"]) == set(parts["rosenbrock"]) - {"<summary>Named runs"}
    assert parts["quadratic"] == parts["quadratic-rotated"]


def test_long_tables_are_folded_and_say_where_they_are_from(page):
    problem = re.search(r'<h2 id="problem-network">(.*?)</section>', page, flags=re.DOTALL)[1]
    shown = re.sub(r"<details.*?</details>", "", problem, flags=re.DOTALL)
    assert shown.count("<table") == 1  # of the selected settings
    for part in re.findall(r"<details.*?</details>", problem, flags=re.DOTALL):
        assert "<table" not in part or re.search(r'href="network/\w+\.parquet"', part)
    assert not re.search(r"<details[^>]*\bopen\b", page)


def test_numbers_on_the_page_are_those_of_the_tables(page):
    question = section(page, "question")
    draws = "0.2 to 0.8 below 1 in 100 %"
    row = f"yes 0.51 0.44 to 0.61 0.51 0.44 to 0.61 0.3 to 0.7 {draws} 97 % of 100 100"
    assert question.count(row) == 5
    assert f"Rosenbrock function {row}" in question
    robust = section(page, "robust")
    assert "Robust on every problem with both: momentum faster than gradient descent." in robust
    assert "A matter of axes (“quadratic” and “quadratic-rotated”, the same function" in robust
    assert "Chaotic selections" in robust
    assert "wherever they are named, have runs whose time" in robust
    told = section(page, "problem-rosenbrock")
    assert "the best of 5 settings of each method, selected on 22 tuning starts and" in told
    assert "Momentum η = 0.01, μ = 0.9 200 160 to 260 90 % 81 to 99.0 % 50 %" in told
    assert "ERT, tuning → fresh" in told
    assert "Momentum 180 → 200 100 200 / 200 / ∞" in told
    assert "Momentum 90 0 0 10 100" not in told  # dead and stuck are told of networks alone
    assert "Momentum 90 0 0 10 100" in section(page, "problem-network")
    assert "Momentum gradient descent yes question 0.51 0.44 to 0.61 95.0 % 0.3 to 0.7 0.2" in told
    assert "Momentum 0 % of 50 20 of 40 30 of 40 2 this one: 90 %" in told
    assert "Momentum gradient descent 97 % of 100 0.5 0.1 to 2" in told
    assert "momentum-0.0005 momentum, η = 5 × 10⁻⁴, μ = 0.025 2, fresh 100 50 %" in told
    assert "2, drawn as its own" in told
    assert "Speed-up of over Keras 1 5 20 all Momentum gradient descent 0 1 2 3 4" in told
    assert "47 of 47" not in section(page, "theory")
    assert "2 of 3 theoretical values" in section(page, "theory")
    assert "Period of the cycle 3 3 0" in section(page, "theory")


def test_what_cannot_be_relied_on_is_marked_where_it_is_named(make):
    rows = [GD | {"nudged_changed": 19}, HEAVY | {"at_edge": "learning_rate, momentum"}]
    made = make(rosenbrock=(rows, [PAIR], [level(0.97)]))
    told = section(made, "problem-rosenbrock")
    assert "Gradient descent † η = 0.01" in told
    assert "Momentum gradient descent † yes" in told
    assert "η, μ at the edge of the grid" in told
    assert "yes †" in section(made, "question")
    assert "1 of 2 on the Rosenbrock function (38 % of 50 runs)" in section(made, "robust")
    assert "†" not in section(made, "problem-quadratic")


def test_without_an_interval_none_is_made_up(make):
    few = {"expected_running_time_low": NAN, "expected_running_time_high": NAN}
    made = make(network=([GD | few, HEAVY | few], [pair(2.34, NAN, NAN)], [level(0.5)]))
    told = section(made, "problem-network")
    assert "Momentum η = 0.01, μ = 0.9 200 no interval 90 %" in told
    row = "inconclusive 2.3 no interval with fewer than 20 successes"
    assert row in section(made, "question")
    assert "(2.3; no interval with fewer than 20 successes)" in words(made)


def test_fresh_samples_stand_beside_the_bayes_classifier(page):
    text = section(page, "problem-network-he")
    assert "Gradient descent 0.01 50.0 % 22" in text
    assert "Bayes classifier 0.1 96.2 %" in text


def test_no_number_is_left_to_python(make):
    never = {"time_given_success": NAN, "lower_quartile": INF, "median": INF, "first": 0.0}
    rows = [selected(name, INF, 0, **never) for name in ("gradient_descent", "momentum")]
    draws = dict.fromkeys(("low", "high", "faster", "slower"), NAN)
    draws = {f"draws_{name}": value for name, value in draws.items()}
    nothing = pair(NAN, NAN, NAN, tuning_low=NAN, tuning_high=NAN, **draws)
    undecided = level(NAN, 0, ratio_low=NAN, ratio_median=NAN, ratio_high=NAN)
    made = make(rosenbrock=(rows, [nothing], [undecided]))
    made = made[: made.index('<section aria-labelledby="faults"')]  # where NaN is a finding
    assert not re.search(r"\b(nan|inf|None|NaN|dtype|float64|Undefined)\b", words(made))
    assert "inconclusive neither reaches the target" in section(made, "question")


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
        dialect="Half of everybody else’s.",
    )
    monkeypatch.setitem(methods.METHODS, "lazy_step", rule)
    names = ("lazy_step", "gradient_descent")
    rows = [GD, HEAVY, selected("lazy_step", 900.0)]

    def swept(study):
        study["rosenbrock"]["sweep"]["methods"].append("lazy_step")

    made = make(swept, rosenbrock=(rows, [PAIR, pair(2.25, 2.0, 2.5, names)], [level(0.97)]))
    text = section(made, "methods")
    assert "Lazy step p ← p − η g / 2 Half of everybody else’s." in text
    assert "Nobody (2000). On going half the way." in text
    told = "Lazy step gradient descent no exploratory 2.25 2 to 2.5"
    assert told in section(made, "problem-rosenbrock")


def test_where_rules_differ_from_those_of_libraries_is_said(page):
    told = section(page, "methods")
    assert "Where a rule of PyTorch, optax or Keras differs under the same name" in told
    for method in methods.METHODS.values():
        assert " ".join(method.dialect.split()) in told


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


def test_a_study_without_the_notebook_does_not_mention_it(make, page):
    def change(study):
        study["report"] = {"title": "A study", "notebook": False}

    made = make(change)
    chapters = {"conclusions", "faults", "forward"}
    assert chapters < set(re.findall(r'<h2 id="([^"]+)"', page))
    assert not chapters & set(re.findall(r'<h2 id="([^"]+)"', made))
    assert {"descents", "training"} < set(re.findall(r'<h2 id="([^"]+)"', made))
    text = words(made[: made.index("The whole configuration")])
    assert "notebook" not in text.lower()
    assert set(re.findall(r'href="#([^"]+)"', made)) <= set(re.findall(r'\bid="([^"]+)"', made))


def test_the_notebooks_conclusions_have_their_verdicts(page):
    told = section(page, "conclusions")
    assert "“They converge at a similar rate.” Tuned, on the Rosenbrock function, ERT of" in told
    assert "0.51, 0.44 to 0.61. does not hold" in told
    assert re.search(r"The probabilities of the network .*? holds", told)
    assert re.search(r"The gradient by backpropagation.*? does not hold", told)


def test_a_method_alone_makes_a_page(make):
    def change(study):
        study |= {"rosenbrock": None, "network": None, "objectives": study["objectives"][:1]}
        study["objectives"][0]["sweep"]["methods"] = ["gradient_descent"]
        study["report"]["notebook"] = False

    made = make(change, quadratic=([GD], [], []))
    assert "A single method is swept, so that none is compared" in words(made)
    identifiers = re.findall(r'<h2 id="([^"]+)"', made)
    assert identifiers == ["robust", "problem-quadratic", "methods", "theory", "provenance"]
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
        sweep |= {"methods": ["gradient_descent"], "iterations": 1}
        sweep["headline"] |= {"hold": 1, "trials": 1}
        sweep["learning_rate"]["count"] = sweep[starts]["count"] = sweep["evaluation"] = 1
    study["network"]["seeds"]["count"] = 1
    study["network"]["sweep"]["initials"] = ["uniform"]


@pytest.fixture(scope="module", params=[0, 1])
def page_of_one(make, request):
    """Return the report of a study of one of everything, reached at once or never."""
    reached = request.param
    one = selected(
        "gradient_descent", 0.0 if reached else INF, reached, 1, settings=1, tuning_runs=1,
        nudged_runs=1, longer_runs=1, longer_reached=reached, longer_in_time=reached,
        reselections=1, expected_running_time_low=NAN, expected_running_time_high=NAN,
    )  # fmt: skip
    return make(only_one, rosenbrock=([one], [], []), network=([one], [], []))


def test_one_of_anything_is_told_in_the_singular(page_of_one):
    body = page_of_one[page_of_one.index("<body") : page_of_one.index("<summary>Versions")]
    text = html.unescape(re.sub(r"<[^>]+>", " | ", body)).replace("\N{NO-BREAK SPACE}", " ")
    text = re.sub(r"[ \n]+", " ", text)
    assert "within 1 iteration; the best of 1 setting of each method, selected on 1 tuning" in text
    assert "are as expected, to 1 decimal." in text
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
