"""Inputs that lie: whole files of another study, or another file, are refused by who reads them."""

import math

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from conftest import checksums

pytestmark = pytest.mark.slow

OTHER = "\nmixture: {samples: 60, held_out_samples: 90, seed: 7}\n"


@pytest.fixture(scope="module")
def other_study(snakemake, tmp_path_factory):
    """Return the results of a study whose samples have another seed."""
    folder = tmp_path_factory.mktemp("other")
    (folder / "config.yaml").write_text(OTHER, encoding="utf-8")
    run = snakemake(folder, "results/figures/mixture.svg")
    assert run.returncode == 0, run.stderr
    return folder / "results"


def refused(run, *told):
    """Check that a run stopped with a message and no traceback."""
    assert run.returncode != 0
    for text in told:
        assert text in run.stderr
    assert "Traceback" not in run.stderr


def rebuild(snakemake, folder, file):
    """Follow the advice: force a file, and go on."""
    for arguments in (["--force", file], []):
        run = snakemake(folder, *arguments)
        assert run.returncode == 0, run.stderr


# Of all that can be wrong with a file tests/unit/tables and tests/unit/run know.


def test_a_table_that_is_not_what_its_name_says_is_refused(
    snakemake, finished, copied, other_study
):
    mixture = copied / "results" / "data" / "mixture.parquet"
    whole = mixture.read_bytes()
    held_out = mixture.with_name("held_out.parquet").read_bytes()
    for lie, told in (
        ((other_study / "data" / "mixture.parquet").read_bytes(), "mixture.seed = 7, not 123"),
        (held_out, "is the table data/held_out.parquet, and should be"),
        (whole[:200], "is damaged"),
    ):
        mixture.write_bytes(lie)
        again = "snakemake --cores all --force results/data/mixture.parquet"
        refused(snakemake(copied, "check_gradients"), "data/mixture.parquet", told, again)
        assert not list(copied.rglob("*.partial"))
    rebuild(snakemake, copied, "results/data/mixture.parquet")
    timed = ("report.html", "manifest.json")
    assert checksums(copied, *timed) == checksums(finished, *timed)


def test_the_report_shows_no_figure_and_believes_no_manifest_that_is_not_its_own(
    snakemake, copied, other_study
):
    results = copied / "results"
    figure, manifest, page = (
        results / name for name in ("figures/mixture.svg", "manifest.json", "report.html")
    )
    drawn, before = figure.read_bytes(), page.read_bytes()
    figure.write_bytes((other_study / "figures" / "mixture.svg").read_bytes())
    again = "snakemake --cores all --force results/figures/mixture.svg"
    refused(snakemake(copied), "results/figures/mixture.svg", "seed = 7, not 123", again)
    assert page.read_bytes() == before
    rebuild(snakemake, copied, "results/figures/mixture.svg")
    assert figure.read_bytes() == drawn

    written = manifest.read_text(encoding="utf-8")
    lie = written.replace('"iterations": 200', '"iterations": 999999')
    assert lie != written
    manifest.write_text(lie, encoding="utf-8")
    refused(snakemake(copied), "iterations = 999999, not", "--force results/manifest.json")
    assert not page.exists()
    rebuild(snakemake, copied, "results/manifest.json")


PROBLEMS = ("rosenbrock", "network", "network-he", "1e5")
FORGED = [
    lambda rows: pa.concat_tables([rows, rows]),
    lambda rows: rows.slice(0, 1),
    lambda rows: replaced(rows, "method", ["nonsense"] * len(rows)),
    lambda rows: replaced(rows, "learning_rate", [math.inf] * len(rows)),
    lambda rows: replaced(rows, "learning_rate", rows["learning_rate"].cast("float32")),
]


def replaced(rows, name, values):
    """Return a table with other values in a column, and all that it says of itself."""
    array = values if isinstance(values, pa.ChunkedArray) else pa.array(values)
    field = rows.schema.field(name).with_type(array.type)
    return rows.set_column(rows.schema.get_field_index(name), field, array)


def test_forged_tables_are_messages_whoever_reads_them(snakemake, copied):
    """Tables of several problems, each forged in a way of its own."""
    tables = [f"results/{problem}/selected.parquet" for problem in PROBLEMS]
    tables.append("results/rosenbrock/trajectories.parquet")
    for table, forge in zip(tables, FORGED, strict=True):
        rows = pq.read_table(copied / table)
        pq.write_table(forge(rows), copied / table)
    run = snakemake(copied, "--keep-going")
    refused(run, *tables, "--force")
