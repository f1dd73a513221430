"""Inputs that lie: whole files of another study, or another file, are refused by who reads them."""

import math
import shutil
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

OTHER = "\nmixture: {samples: 60, held_out_samples: 90, seed: 7}\n"
FORCE = "snakemake --cores all --force results/data/mixture.parquet"


@pytest.fixture(scope="module")
def other_study(snakemake, tmp_path_factory):
    """Return the folder of a study whose samples have another seed."""
    folder = tmp_path_factory.mktemp("other")
    (folder / "config.yaml").write_text(OTHER, encoding="utf-8")
    run = snakemake(folder, "mixture")
    assert run.returncode == 0, run.stderr
    return folder


@pytest.mark.slow
def test_a_table_of_another_study_is_refused_and_how_to_go_on_is_told(
    snakemake, small_folder, other_study
):
    folder, data = small_folder("swapped"), "results/data"
    assert snakemake(folder, "check_gradients").returncode == 0
    for lie, told in (
        (other_study / data / "mixture.parquet", "mixture.seed = 7, not 123"),
        (folder / data / "held_out.parquet", "is the table data/held_out.parquet, and should be"),
    ):
        shutil.copy(lie, folder / data / "mixture.parquet")
        run = snakemake(folder, "check_gradients")
        assert run.returncode != 0
        assert told in run.stderr
        assert FORCE in run.stderr
        assert "Traceback" not in run.stderr
    assert snakemake(folder, "--force", "results/data/mixture.parquet").returncode == 0
    assert snakemake(folder, "check_gradients").returncode == 0


def refused(run, *told):
    """Check that a run stopped with a message and no traceback."""
    assert run.returncode != 0
    for text in told:
        assert text in run.stderr
    assert "Traceback" not in run.stderr


@pytest.fixture
def copied(finished, tmp_path):
    """Return the folder of a finished study that may be spoilt."""
    return Path(shutil.copytree(finished, tmp_path / "copied"))


@pytest.mark.slow
def test_a_figure_that_is_not_what_its_name_says_is_never_shown(snakemake, copied, other_study):
    assert snakemake(other_study, "results/figures/mixture.svg").returncode == 0
    figures, page = copied / "results" / "figures", copied / "results" / "report.html"
    figure, before = figures / "mixture.svg", page.read_bytes()
    whole = figure.read_bytes()
    for lie, told in (
        ((figures / "theory.svg").read_bytes(), "is the figure theory, and should be mixture"),
        ((other_study / "results" / "figures" / "mixture.svg").read_bytes(), "seed = 7, not 123"),
        (whole.replace(b"</style>", b"</style><script>1</script>"), "changed after it was drawn"),
        (whole[:2000], "is damaged"),
        (b"<svg>\xff</svg>", "is damaged"),
        (b"", "is damaged"),
    ):
        figure.write_bytes(lie)
        again = "snakemake --cores all --force results/figures/mixture.svg"
        refused(snakemake(copied), "results/figures/mixture.svg", told, again)
        assert page.read_bytes() == before
    assert snakemake(copied, "--force", "results/figures/mixture.svg").returncode == 0
    assert figure.read_bytes() == whole
    assert snakemake(copied).returncode == 0


@pytest.mark.slow
def test_the_report_believes_no_manifest_that_was_edited(snakemake, copied):
    manifest, page = (copied / "results" / name for name in ("manifest.json", "report.html"))
    whole = manifest.read_text(encoding="utf-8")
    for lie, told in (
        (whole.replace('"iterations": 200', '"iterations": 999999'), "iterations = 999999, not"),
        (
            whole.replace('"class": "tolerance"', '"class": "exact"'),
            "was changed after it was written",
        ),
        (whole.replace('"jobs": 1', '"jobs": []'), "is no manifest of results"),
        (whole[:5000], "is damaged"),
        ("[" * 10_000, "is damaged"),
    ):
        manifest.write_text(lie, encoding="utf-8")
        refused(snakemake(copied), told, "--force results/manifest.json")
        assert not page.exists()
    assert snakemake(copied, "--force", "results/manifest.json").returncode == 0
    assert snakemake(copied).returncode == 0


FORGED = {
    "rows twice": lambda rows: pa.concat_tables([rows, rows]),
    "half of the rows": lambda rows: rows.slice(0, 1),
    "another method": lambda rows: replaced(rows, "method", ["nonsense"] * len(rows)),
    "endless numbers": lambda rows: replaced(rows, "learning_rate", [math.inf] * len(rows)),
    "another type": lambda rows: rows.set_column(
        1, "learning_rate", rows["learning_rate"].cast("float32")
    ),
}


def replaced(rows, name, values):
    """Return a table with other values in a column, and all that it says of itself."""
    place = rows.schema.get_field_index(name)
    return rows.set_column(place, rows.schema.field(name), pa.array(values))


@pytest.mark.slow
@pytest.mark.parametrize("forgery", FORGED)
def test_a_forged_table_is_a_message_whoever_reads_it(snakemake, copied, forgery):
    selected = copied / "results" / "rosenbrock" / "selected.parquet"
    rows = pq.read_table(selected)
    pq.write_table(FORGED[forgery](rows), selected)
    run = snakemake(copied, "--keep-going")
    refused(run, "results/rosenbrock/selected.parquet", "--force")
