"""Inputs that lie: whole files of another study, or another file, are refused by who reads them."""

import shutil

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
