"""Odd names and texts that are allowed are shown as they are, and nowhere obeyed."""

import xml.etree.ElementTree as ET

import html5lib
import pytest
from conftest import TITLE

pytestmark = pytest.mark.slow


def test_a_title_is_shown_as_it_is(finished):
    page = (finished / "results" / "report.html").read_text(encoding="utf-8")
    parsed = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(page)
    for tag in ("title", "h1"):
        assert "".join(parsed.find(f".//{tag}").itertext()) == TITLE
    assert not list(parsed.iter("script"))
    assert all("onerror" not in element.attrib for element in parsed.iter())


def test_names_stay_in_the_results_and_nothing_is_executed(finished):
    assert [path.name for path in finished.parent.iterdir()] == ["finished"]
    expected = {"config.yaml", "results", "logs", ".snakemake"}
    assert {path.name for path in finished.iterdir()} == expected
    assert not list(finished.rglob("*pwned*"))
    problems = {path.parent.name for path in finished.glob("results/*/sweep.parquet")}
    assert problems == {"rosenbrock", "network", "network-he", "1e5"}


def test_figures_are_well_formed(finished):
    figures = sorted((finished / "results").rglob("*.svg"))
    roots = [ET.parse(path).getroot() for path in figures]
    assert len(roots) > 10
    assert not [e for root in roots for e in root.iter("{http://www.w3.org/2000/svg}script")]
