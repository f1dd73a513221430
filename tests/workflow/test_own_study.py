"""Studies of one's own, with problems of the shipped one left out: they run, and read well."""

import pytest
from conftest import faults_of

pytestmark = pytest.mark.slow

WITHOUT_NETWORK = """
network: null
objectives: []
rosenbrock:
  sweep:
    methods: [gradient_descent, adam]
    learning_rate: {count: 4}
    beta1: [0.9]
    starts: {count: 4}
    iterations: 200
"""
WITHOUT_ROSENBROCK = """
rosenbrock: null
objectives: []
mixture: {samples: 60, held_out_samples: 90}
network:
  seeds: {count: 3}
  runs:
    - {name: plain, method: gradient_descent, learning_rate: 0.002, iterations: 20}
  gradient_check: {networks: 1}
  sweep:
    methods: [momentum]
    learning_rate: {count: 3}
    momentum: [0, 0.9]
    initials: [he]
    seeds: {count: 4}
    iterations: 20
"""
# A study, the folders of its results, and the titles of sections that it must not have.
NOTEBOOK = {"checks", "figures", "findings"}
STUDIES = {
    "without the network": (WITHOUT_NETWORK, NOTEBOOK | {"rosenbrock"}, ["Training", "The data"]),
    "without the Rosenbrock function": (
        WITHOUT_ROSENBROCK,
        NOTEBOOK | {"data", "network", "network-he"},
        ["Named descents on the Rosenbrock function"],
    ),
}


@pytest.mark.parametrize("name", STUDIES)
def test_a_study_with_a_problem_left_out_reads_well(snakemake, tmp_path, name):
    configuration, folders, absent = STUDIES[name]
    (tmp_path / "config.yaml").write_text(configuration, encoding="utf-8")
    run = snakemake(tmp_path)
    assert run.returncode == 0, run.stderr
    results = tmp_path / "results"
    assert {path.name for path in results.iterdir() if path.is_dir()} == folders
    assert faults_of(results) == []
    page = (results / "report.html").read_text(encoding="utf-8")
    assert not [title for title in absent if f">{title}</h2>" in page]


def test_a_small_study_reads_well(finished):
    assert faults_of(finished / "results") == []
