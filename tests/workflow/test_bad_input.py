"""Wrong input stops before any job starts, with one clear message and nothing written."""

from pathlib import Path

import pytest

CASES = {
    "unknown key": ("rosenbrock: {lerning_rate: 1}", "rosenbrock.lerning_rate = 1", "not a known"),
    "wrong type": ("rosenbrock: {a: wide}", 'rosenbrock.a = "wide"', "must be a number"),
    "negative learning rate": (
        "network: {runs: [{name: x, method: momentum, learning_rate: -1, momentum: 0, "
        "iterations: 5}]}",
        "network.runs[0].learning_rate = -1",
        "must be greater than 0",
    ),
    "no iterations": (
        "rosenbrock: {sweep: {iterations: 0}}",
        "rosenbrock.sweep.iterations = 0",
        "must be at least 1",
    ),
    "means of different lengths": (
        "mixture: {means: [[0, 2], [2], [-2, -2]]}",
        "mixture.means[1] = [2.0]",
        "must have 2 entries",
    ),
    "covariance not positive definite": (
        "mixture: {covariances: [[[1, 2], [2, 1]], [[1, 0], [0, 1]], [[1, 0], [0, 1]]]}",
        "mixture.covariances[0] = [[1, 2], [2, 1]]",
        "must be positive definite",
    ),
    "layers that do not fit the data": (
        "network: {layers: [3, 4, 3]}",
        "network.layers = [3, 4, 3]",
        "must begin with 2",
    ),
    "weights that do not fit the layers": (
        "forward: {weights: [[[1, 0, 7], [-1, 0], [0, 0.5]], [[1, 0, 0]], [[1]]]}",
        "forward.weights[0][1] = [-1.0, 0.0]",
        "must have 3 entries",
    ),
    "unknown method": (
        "network: {runs: [{name: x, method: sgd, learning_rate: 1, iterations: 5}]}",
        'method = "sgd"',
        "'gradient_descent'",
    ),
    "unknown generator": ("mixture: {generator: mt}", 'generator = "mt"', "'philox'"),
    "duplicate run names": (
        "network: {runs: [{name: x, method: gradient_descent, learning_rate: 1, iterations: 5}, "
        "{name: x, method: gradient_descent, learning_rate: 2, iterations: 5}]}",
        'network.runs[1].name = "x"',
        "must be unique",
    ),
    "run name that is not a safe file name": (
        "network: {runs: [{name: ../x, method: gradient_descent, learning_rate: 1, "
        "iterations: 5}]}",
        'network.runs[0].name = "../x"',
        "letters, digits",
    ),
    "unreadable YAML": ("rosenbrock: {a: [1", "config.yaml", "YAML"),
    "key given twice": ("report: {title: A}\nreport: {title: B}", "'report'", "twice"),
    "not a mapping": ("- 1\n- 2", "config.yaml", "keys and values"),
}


@pytest.mark.parametrize("case", CASES)
def test_a_mistake_is_told_in_one_message(snakemake, tmp_path, case):
    content, key, allowed = CASES[case]
    (tmp_path / "config.yaml").write_text(content, encoding="utf-8")
    run = snakemake(tmp_path)
    assert run.returncode != 0
    assert key in run.stderr
    assert allowed in run.stderr
    assert "Traceback" not in run.stderr
    assert not (tmp_path / "results").exists()


def test_all_mistakes_are_told_together(snakemake, tmp_path):
    content = "\n".join(CASES[case][0] for case in ("wrong type", "unknown generator"))
    (tmp_path / "config.yaml").write_text(content, encoding="utf-8")
    run = snakemake(tmp_path)
    assert "2 mistakes" in run.stderr
    assert 'rosenbrock.a = "wide"' in run.stderr
    assert 'mixture.generator = "mt"' in run.stderr


def test_results_that_are_no_folder_stop_the_run(snakemake, tmp_path):
    (tmp_path / "results").write_text("in the way")
    run = snakemake(tmp_path)
    assert run.returncode != 0
    assert "results must be a folder that can be written to" in run.stderr
    assert "Traceback" not in run.stderr


def test_a_wrong_probability_fails_the_check_and_is_named(snakemake, tmp_path):
    (tmp_path / "config.yaml").write_text(
        "forward: {expected: [[0.94649912, 0.04712342, 0.00637746], "
        "[0.84379473, 0.1141952, 0.04201008], [0.84379473, 0.1141952, 0.04201007]]}"
    )
    run = snakemake(tmp_path, "check_forward")
    assert run.returncode != 0
    assert "forward.expected[1][2]: expected 0.04201008, found 0.04201007" in run.stderr
    assert "Traceback" not in run.stderr
    assert "0.04201008" in (tmp_path / "logs" / "check_forward.log").read_text()
    assert not Path(tmp_path, "results", "checks", "forward.parquet").exists()


def test_values_from_the_command_line_are_taken(snakemake, tmp_path):
    run = snakemake(tmp_path, "descend_rosenbrock", "--config", "rosenbrock={a: 2, b: 1e1}")
    assert run.returncode == 0, run.stderr
