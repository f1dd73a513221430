"""The whole study, from an empty folder to the report."""

import html
import json
import re
from itertools import pairwise
from pathlib import Path

import html5lib
import pyarrow.parquet as pq
import pytest
from conftest import checksums, faults_of

pytestmark = pytest.mark.slow

RULES = [
    "mixture",
    "check_forward",
    "descend_rosenbrock",
    "sweep_rosenbrock",
    "check_gradients",
    "train_network",
    "sweep_network",
    "sweep_network_he",
    "report",
    "all",
]
# The columns that users rely on, in no order.
CONTRACT = {
    "data/mixture.parquet": "x1 x2 label",
    "checks/forward.parquet": "point class probability expected difference",
    "checks/gradients.parquet": "parameter analytic numeric relative_error",
    "rosenbrock/trajectories.parquet": "run method learning_rate momentum iteration x1 x2 value",
    "rosenbrock/sweep.parquet": "method learning_rate momentum start start_x1 start_x2 status "
    "iterations value x1 x2",
    "network/training.parquet": "run method learning_rate momentum seed iteration loss accuracy",
    "network/parameters.parquet": "run seed parameter value",
    **{
        f"{network}/sweep.parquet": "method learning_rate momentum seed status iterations loss "
        "accuracy test_accuracy"
        for network in ("network", "network-he")
    },
}


# A caption that was rendered without remarks of docutils or gaps.
COMPLETE = re.compile(r"(<p>[^<{}]+</p>\n?)+")


def results_of(folder: Path, part: str) -> list[Path]:
    """Return the files of a part of the results."""
    return sorted((folder / "results" / part).iterdir())


@pytest.mark.parametrize("path", CONTRACT)
def test_tables_have_the_columns_that_users_rely_on(finished, path):
    table = pq.read_table(finished / "results" / path)
    assert table.num_rows > 0
    assert set(CONTRACT[path].split()) <= set(table.column_names)
    assert "pandas" not in str(table.schema.metadata)
    assert json.loads(table.schema.metadata[b"descent"])["configuration"]


def test_manifest_lists_every_other_result_with_its_checksum(finished):
    manifest = json.loads((finished / "results" / "manifest.json").read_text())
    listed = {path.removeprefix("results/"): sum_ for path, sum_ in manifest["results"].items()}
    assert listed == checksums(finished, "report.html", "manifest.json")


def test_a_second_run_does_nothing(finished, snakemake):
    before = checksums(finished)
    run = snakemake(finished)
    assert run.returncode == 0
    assert "Nothing to be done" in run.stdout + run.stderr
    assert checksums(finished) == before


def test_every_rule_is_a_target_and_in_the_graph_of_rules(finished, snakemake):
    run = snakemake(finished, *RULES, "--rulegraph")
    assert run.returncode == 0, run.stderr
    assert all(f'label = "{rule}"' in run.stdout for rule in RULES)


def test_snakemake_writes_its_own_report_with_the_captions(finished, snakemake, tmp_path):
    run = snakemake(finished, "--report", str(tmp_path / "study.html"))
    assert run.returncode == 0, run.stderr
    page = (tmp_path / "study.html").read_text(encoding="utf-8")
    shown = json.JSONDecoder().raw_decode(page.split("\n    var results = ", 1)[1])[0]
    figures = {f"results/figures/{path.name}" for path in results_of(finished, "figures")}
    assert shown.keys() == figures
    captions = {path: entry["caption"] for path, entry in shown.items()}
    assert not [path for path, caption in captions.items() if not COMPLETE.fullmatch(caption)]
    ours = html.unescape((finished / "results" / "report.html").read_text(encoding="utf-8"))
    for path, caption in captions.items():
        first = html.unescape(re.match(r"<p>([^\n<]*)", caption)[1])
        assert f'alt="{first}' in ours, path


# ── The report ───────────────────────────────────────────────────────────────────────────────


def test_the_study_reads_well(finished):
    assert faults_of(finished / "results") == []


@pytest.fixture(scope="session")
def page(finished) -> str:
    return (finished / "results" / "report.html").read_text(encoding="utf-8")


def test_the_report_is_valid_html(page):
    parser = html5lib.HTMLParser(strict=True)
    parser.parse(page)


def test_the_report_asks_nothing_of_another_host(page):
    loads = re.findall(r'\b(?:src|href|action|data)="([^"#]*)"|url\(([^)]*)\)|@import', page)
    addresses = [address for pair in loads for address in pair if address]
    assert addresses
    outside = [a for a in addresses if re.match(r"(https?:)?//", a)]
    assert not outside
    assert "<script" not in page


def test_every_picture_says_what_it_shows(page, finished):
    tags = re.findall(r"<img[^>]*>", page)
    assert len(tags) == len(results_of(finished, "figures"))
    assert all(re.search(r'alt="[^"]{20,}"', tag) for tag in tags)


def test_headings_do_not_skip_a_level(page):
    levels = [int(level) for level in re.findall(r"<h([1-6])\b", page)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(b - a <= 1 for a, b in pairwise(levels))


def test_identifiers_are_unique_and_links_lead_somewhere(page):
    identifiers = re.findall(r'\bid="([^"]+)"', page)
    assert len(identifiers) == len(set(identifiers))
    assert set(re.findall(r'href="#([^"]+)"', page)) <= set(identifiers)
