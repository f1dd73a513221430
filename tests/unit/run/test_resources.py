"""What jobs ask for."""

import pytest

from descent.run.estimates import Estimate, estimated_needs
from descent.run.resources import LEAST, chunk_files, chunk_threads, memory_of, minutes_of

LARGE = Estimate(
    "sweep_chunk", 1, "descent", problem="rosenbrock", memory=4e9, alone=36_000.0, chunks=2
)
NEEDS = {("sweep_chunk", "rosenbrock"): LARGE}


def test_rules_with_estimates_have_a_minimum(study_of_the_notebook):
    assert {rule for rule, _ in estimated_needs(study_of_the_notebook)} <= LEAST.keys() | {
        "descend_rosenbrock"  # which runs where Snakemake does
    }


def test_a_job_asks_for_its_estimate_and_some_to_spare():
    memory, minutes = memory_of("sweep_chunk", NEEDS), minutes_of("sweep_chunk", NEEDS)
    wildcards = {"problem": "rosenbrock", "chunk": "1"}
    assert memory(wildcards, 1) == 500 + 6000
    assert memory(wildcards, 3) == 4 * 6500
    assert minutes(wildcards, 1) == 3 * 600 / 2
    assert minutes(wildcards, 2) == 2 * 900


def test_a_small_job_asks_for_the_least_of_its_rule():
    for wildcards in ({"problem": "quadratic"}, {}):
        assert memory_of("sweep_chunk", NEEDS)(wildcards, 1) == LEAST["sweep_chunk"][0]
        assert minutes_of("sweep_chunk", NEEDS)(wildcards, 2) == 2 * LEAST["sweep_chunk"][1]


@pytest.mark.parametrize("ask", [memory_of, minutes_of])
def test_a_name_that_is_no_rules_is_refused_at_once(ask):
    with pytest.raises(ValueError, match="no resources are known of a rule 'swep_chunk'"):
        ask("swep_chunk", NEEDS)


@pytest.mark.parametrize(
    ("chunks", "cores", "threads"), [(1, 8, 8), (3, 8, 2), (9, 8, 1), (2, None, 4)]
)
def test_chunks_share_the_cores(chunks, cores, threads):
    assert chunk_threads(chunks, cores) == threads


def test_chunks_are_counted_from_one():
    assert chunk_files("network-he", 2) == [
        "results/network-he/chunks/1-of-2.parquet",
        "results/network-he/chunks/2-of-2.parquet",
    ]
