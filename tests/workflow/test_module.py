"""Another workflow that uses this one as a module, with changes of its own."""

import json

import pyarrow.parquet as pq
import pytest
from conftest import ROOT

pytestmark = pytest.mark.slow

IMPORTING = f"""
configfile: "config.yaml"


module optimisers:
    snakefile:
        "{ROOT}/Snakefile"
    config:
        config["optimisers"]
    prefix:
        "valley"


use rule * from optimisers as optimisers_*


use rule descend_rosenbrock from optimisers as optimisers_descend_rosenbrock with:
    log:
        "logs/my_descents.log",
    threads: 2


rule lowest:
    input:
        "valley/results/rosenbrock/trajectories.parquet",
    output:
        "lowest.txt",
    script:
        "lowest.py"


rule all:
    default_target: True
    input:
        rules.lowest.output,
        rules.optimisers_check_forward.output,
"""
LOWEST = """
import pyarrow.compute as pc
import pyarrow.parquet as pq

lowest = pc.min(pq.read_table(snakemake.input[0])["value"])
open(snakemake.output[0], "w").write(str(lowest))
"""
# The importing workflow's own, with the study's as a part of it.
CONFIGURATION = """
title: not for the module
optimisers:
  rosenbrock:
    a: 2
    runs:
      - {name: one, method: momentum, learning_rate: 0.0001, momentum: 0.9, iterations: 50,
         start: [1.5, 2]}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("importing")
    (folder / "Snakefile").write_text(IMPORTING, encoding="utf-8")
    (folder / "lowest.py").write_text(LOWEST, encoding="utf-8")
    (folder / "config.yaml").write_text(CONFIGURATION, encoding="utf-8")
    return folder


def test_another_workflow_imports_changes_and_adds_rules(folder, snakemake):
    run = snakemake(folder, "--snakefile", str(folder / "Snakefile"))
    assert run.returncode == 0, run.stderr
    # Its rules and its own configuration, under the prefix.
    table = pq.read_table(folder / "valley" / "results" / "rosenbrock" / "trajectories.parquet")
    assert set(table["run"].to_pylist()) == {"one"}
    assert json.loads(table.schema.metadata[b"descent"])["configuration"]["rosenbrock"]["a"] == 2
    assert (folder / "valley" / "results" / "checks" / "forward.parquet").exists()
    assert not (folder / "results").exists()
    # The rule that was changed.
    assert (folder / "logs" / "my_descents.log").exists()
    assert not (folder / "valley" / "logs" / "descend_rosenbrock.log").exists()
    # The rule that was added.
    assert float((folder / "lowest.txt").read_text()) == min(table["value"].to_pylist())
    # Nor does it need the profile that lies beside the imported Snakefile.
    again = snakemake(folder, "--snakefile", str(folder / "Snakefile"), "-n")
    assert "Nothing to be done" in again.stdout + again.stderr


def test_the_whole_study_is_a_target_of_the_importing_workflow(folder, snakemake):
    run = snakemake(folder, "--snakefile", str(folder / "Snakefile"), "-n", "optimisers_all")
    assert run.returncode == 0, run.stderr
    assert "valley/results/report.html" in run.stdout
    assert " results/" not in run.stdout


def test_a_mistake_in_the_importing_configuration_is_told(folder, snakemake):
    given = 'optimisers={rosenbrock: {a: "high"}}'
    run = snakemake(folder, "--snakefile", str(folder / "Snakefile"), "-n", "--config", given)
    assert run.returncode != 0
    assert 'rosenbrock.a = "high"' in run.stdout + run.stderr
    assert "Traceback" not in run.stdout + run.stderr
