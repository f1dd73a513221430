"""The whole study, from an empty folder to the report."""

import hashlib
import json
import re
import shutil
from itertools import pairwise
from pathlib import Path

import html5lib
import pyarrow.parquet as pq
import pytest
from conftest import ROOT

pytestmark = [pytest.mark.xdist_group("finished study"), pytest.mark.slow]

RULES = [
    "mixture",
    "check_forward",
    "descend_rosenbrock",
    "sweep_rosenbrock",
    "check_gradients",
    "train_network",
    "sweep_network",
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
    "network/sweep.parquet": "method learning_rate momentum seed status iterations loss accuracy "
    "test_accuracy",
}


def checksums(folder: Path, *without: str) -> dict[str, str]:
    """Return the checksum of each result, except those named."""
    results = folder / "results"
    return {
        str(path.relative_to(results)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(results.rglob("*"))
        if path.is_file() and path.name not in without
    }


@pytest.mark.parametrize("path", CONTRACT)
def test_tables_have_the_columns_that_users_rely_on(finished, path):
    table = pq.read_table(finished / "results" / path)
    assert table.num_rows > 0
    assert set(CONTRACT[path].split()) <= set(table.column_names)
    assert "pandas" not in str(table.schema.metadata)
    assert json.loads(table.schema.metadata[b"descent"])["configuration"]


def test_one_and_two_cores_give_the_same_bytes(finished, snakemake, small_folder):
    again = small_folder("again")
    run = snakemake(again, cores=1)
    assert run.returncode == 0, run.stderr
    timed = ("report.html", "manifest.json")
    assert checksums(again, *timed) == checksums(finished, *timed)
    first, second = (
        json.loads((folder / "results" / "manifest.json").read_text())
        for folder in (finished, again)
    )
    assert first.pop("run_times").keys() == second.pop("run_times").keys()
    assert first == second


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


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_is_a_target(finished, snakemake, rule):
    run = snakemake(finished, "--dry-run", "--force", rule)
    assert run.returncode == 0, run.stderr
    assert f"rule {rule}:" in run.stdout


def test_rulegraph_names_every_rule(finished, snakemake):
    run = snakemake(finished, "--rulegraph")
    assert all(f'label = "{rule}"' in run.stdout for rule in RULES)


def test_snakemake_writes_its_own_report(finished, snakemake):
    run = snakemake(finished, "--report", "study.html")
    assert run.returncode == 0, run.stderr
    page = (finished / "study.html").read_text(encoding="utf-8")
    assert all(path.name in page for path in (finished / "results" / "figures").iterdir())


def test_only_what_depends_on_a_changed_value_runs_again(finished, snakemake):
    run = snakemake(finished, "--dry-run", "--quiet", "rules", "--config", "report={title: Other}")
    planned = set(re.findall(r"^(\w+) +\d+$", run.stdout, re.MULTILINE)) - {"total"}
    assert planned == {"manifest", "report", "all"}


@pytest.mark.parametrize(
    "damage",
    [
        lambda path: path.write_bytes(path.read_bytes()[:200]),
        lambda path: path.write_bytes(b""),
        lambda path: shutil.copy(path.parents[1] / "checks" / "forward.parquet", path),
    ],
    ids=["truncated", "empty", "another table"],
)
def test_a_damaged_table_is_named_with_the_way_to_rebuild_it(finished, snakemake, tmp_path, damage):
    folder = tmp_path / "damaged"
    shutil.copytree(finished, folder)
    mixture = folder / "results" / "data" / "mixture.parquet"
    damage(mixture)
    run = snakemake(folder)
    assert run.returncode != 0
    assert "results/data/mixture.parquet" in run.stderr
    assert "--force results/data/mixture.parquet" in run.stderr
    assert "Traceback" not in run.stderr
    assert not list(folder.rglob("*.partial"))
    rebuilt = snakemake(folder, "--force", "results/data/mixture.parquet")
    assert rebuilt.returncode == 0, rebuilt.stderr
    assert snakemake(folder).returncode == 0
    assert checksums(folder, "report.html", "manifest.json") == checksums(
        finished, "report.html", "manifest.json"
    )


# ── The report ───────────────────────────────────────────────────────────────────────────────


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


def test_every_picture_says_what_it_shows(page):
    tags = re.findall(r"<img[^>]*>", page)
    captions = {path.stem for path in (ROOT / "workflow" / "report").glob("*.rst")}
    assert len(tags) == len(captions - {"objective"}) + page.count('<figure id="figure-objective_')
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


def test_text_from_the_configuration_is_escaped(finished, snakemake, tmp_path):
    folder = tmp_path / "escaped"
    shutil.copytree(finished, folder)
    title = "<script>alert(1)</script> & $(touch hacked)"
    run = snakemake(folder, "--config", f'report={{title: "{title}"}}')
    assert run.returncode == 0, run.stderr
    text = (folder / "results" / "report.html").read_text(encoding="utf-8")
    assert "<script>" not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; $(touch hacked)" in text
    assert not (folder / "hacked").exists()
