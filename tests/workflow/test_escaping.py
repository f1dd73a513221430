"""Odd values that are allowed: the study runs, and texts are shown as they are, nowhere obeyed."""

import json
import xml.etree.ElementTree as ET

import html5lib
import pytest

pytestmark = pytest.mark.slow

TITLE = (
    "<script>touch('pwned')</script> <img src=x onerror=y> \"'$(touch pwned)`touch pwned`; touch "
    "pwned & ../../pwned {x} {{y}} {wildcards.z} %s ${z} &amp; \\ 🙂 \u202eleft\u202c\nnext"
)
SWEEP = """
      methods: [gradient_descent, momentum]
      learning_rate: {low: 1e-2, high: 1, count: 2}
      momentum: [0, 0.5]
      starts: {low: -1, high: 1, count: 2, seed: 1}
      iterations: 30
      target: 1e-3
"""
# Names at the edge of what is allowed, numbers at the edge of what is representable.
ODD = f"""
rosenbrock:
  runs:
    - {{name: a..b, method: momentum, learning_rate: 1e100, momentum: 0, iterations: 3,
       start: [1e6, -1e6]}}
    - {{name: "0", method: adam, learning_rate: 1e-100, iterations: 1, start: [1, 1]}}
    - {{name: no, method: gradient_descent, learning_rate: 1e-3, iterations: 9, start: [0, 0]}}
  sweep:
    methods: [momentum]
    learning_rate: {{low: 1e-3, high: 1e-3, count: 1}}
    momentum: [0]
    starts: {{count: 2}}
    iterations: 20
    target: 1e-100
    targets: []
objectives:
  - name: flat..X-
    objective: quadratic
    parameters: {{spectrum: [0]}}
    sweep: {SWEEP}
  - name: "1e5"
    objective: quadratic
    parameters: {{spectrum: [1e100, 1e-100]}}
    sweep: {SWEEP}
mixture: {{samples: 60, held_out_samples: 90}}
network:
  seeds: {{first: 4294967295, count: 2}}
  runs:
    - {{name: a..b, method: gradient_descent, learning_rate: 0.002, iterations: 4}}
    - {{name: "2024-01-01", method: momentum, learning_rate: 1e50, momentum: 0.5, iterations: 4}}
  gradient_check: {{networks: 1}}
  sweep:
    methods: [gradient_descent]
    learning_rate: {{low: 1e-3, high: 1e-3, count: 1}}
    momentum: [0]
    initials: [he]
    seeds: {{first: 4294967294, count: 2}}
    iterations: 5
    targets: []
"""


@pytest.fixture(scope="module")
def odd(snakemake, tmp_path_factory):
    """Return the folder of an odd study that ran, and the folder around it."""
    outer = tmp_path_factory.mktemp("outer")
    folder = outer / "a" / "b"
    folder.mkdir(parents=True)
    (folder / "config.yaml").write_text(ODD, encoding="utf-8")
    option = f"report={{title: {json.dumps(TITLE, ensure_ascii=False)}}}"
    run = snakemake(folder, "--config", option)
    assert run.returncode == 0, run.stderr
    assert "Warning" not in run.stderr
    return outer, folder


def test_a_title_is_shown_as_it_is(odd):
    _, folder = odd
    page = (folder / "results" / "report.html").read_text(encoding="utf-8")
    parsed = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(page)
    for tag in ("title", "h1"):
        assert "".join(parsed.find(f".//{tag}").itertext()) == TITLE
    assert not list(parsed.iter("script"))
    assert all("onerror" not in element.attrib for element in parsed.iter())


def test_names_stay_in_the_results_and_nothing_is_executed(odd):
    outer, folder = odd
    assert not list(outer.rglob("*pwned*"))
    assert [path.name for path in outer.iterdir()] == ["a"]
    assert [path.name for path in folder.parent.iterdir()] == ["b"]
    expected = {"config.yaml", "results", "logs", ".snakemake"}
    assert {path.name for path in folder.iterdir()} == expected
    problems = {path.parent.name for path in folder.glob("results/*/sweep.parquet")}
    assert problems == {"rosenbrock", "network-he", "flat..X-", "1e5"}


def test_figures_are_well_formed_and_name_the_runs(odd):
    _, folder = odd
    figures = sorted((folder / "results").rglob("*.svg"))
    roots = [ET.parse(path).getroot() for path in figures]
    assert len(roots) > 10
    assert not [e for root in roots for e in root.iter("{http://www.w3.org/2000/svg}script")]
