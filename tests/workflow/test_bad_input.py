"""Wrong input stops before any job starts, with one clear message and nothing written."""

import re
from pathlib import Path

import pytest
from conftest import copy_project


def message_of(run):
    """Return what the user is told, after checking that nothing else was said or done."""
    assert run.returncode == 1
    said = (run.stdout + run.stderr).strip("\n").split("\n")
    first, *lines, last = [line for line in said if not line.startswith("Using workflow specific")]
    assert re.fullmatch(r'WorkflowError in file ".+/Snakefile", line \d+:', first)
    assert re.fullmatch(r'  File ".+/Snakefile", line \d+, in <module>', last)
    return lines


def test_all_mistakes_are_told_in_one_message_with_the_place_of_each(snakemake, tmp_path):
    """Of every kind of bad configuration tests/unit/config/bad_configurations.yaml has some."""
    (tmp_path / "config.yaml").write_text(
        "rosenbrock: {a: wide, runs: [{name: ../x, method: adam, learning_rate: 1, iterations: 5, "
        'start: [0, "$(touch pwned)"]}]}'
    )
    (tmp_path / "more.yaml").write_text("mixture: {generator: no, seed: .nan}")
    given = ["--configfile", str(tmp_path / "more.yaml"), "--config", "report={title: }"]
    run = snakemake(tmp_path, "-n", *given)
    assert message_of(run) == [
        "6 mistakes in the configuration",
        '  rosenbrock.a = "wide": must be a number (in config.yaml)',
        '  rosenbrock.runs[0].name = "../x": must begin with a letter or digit and hold only '
        "letters, digits, dot, dash and underscore, at most 64 (in config.yaml)",
        '  rosenbrock.runs[0].start[1] = "$(touch pwned)": must be a number (in config.yaml)',
        "  mixture.generator = false: must be one of 'legacy' or 'philox' "
        "(given by --config or --configfile)",
        "  mixture.seed = NaN: must be a finite whole number of at most 1e+100 in size "
        "(given by --config or --configfile)",
        '  report.title = "": must not be empty (given by --config or --configfile)',
    ]
    assert {path.name for path in tmp_path.iterdir()} == {"config.yaml", "more.yaml"}


def test_a_file_that_is_no_yaml_is_told_with_the_line(snakemake, tmp_path):
    (tmp_path / "config.yaml").write_text("rosenbrock:\n  a: 1\n\tb: 2\n")
    (line,) = message_of(snakemake(tmp_path))
    assert line.startswith("config.yaml: not readable as YAML: line 3, column 1: ")
    assert not (tmp_path / "results").exists()


def test_a_value_without_end_is_told(snakemake, tmp_path):
    """Aliases of aliases, which Snakemake takes in a file of --configfile: 9^30 letters."""
    laughs = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    laughs += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 30)]
    (tmp_path / "laughs.yaml").write_text("\n".join([*laughs, "report: {title: *a29}"]))
    told = message_of(snakemake(tmp_path, "-n", "--configfile", str(tmp_path / "laughs.yaml")))
    assert told[0] == "31 mistakes in the configuration"
    assert any(line.startswith("  report.title = [[[[") for line in told)
    assert max(map(len, told)) < 250


def test_results_that_are_no_folder_stop_the_run(snakemake, tmp_path):
    (tmp_path / "results").write_text("in the way")
    run = snakemake(tmp_path)
    assert run.returncode != 0
    assert "results must be a folder that can be written to" in run.stderr
    assert "Traceback" not in run.stderr


@pytest.mark.slow
def test_a_workflow_whose_path_holds_braces_stops_the_run(snakemake, tmp_path):
    root = copy_project(tmp_path / "a {x} b")
    run = snakemake(root, "--snakefile", str(root / "Snakefile"))
    assert run.returncode == 1
    assert "must not hold { or } in its path, which Snakemake takes for wildcards" in run.stderr
    assert "Traceback" not in run.stderr
    assert not (root / "results").exists()


@pytest.mark.slow
@pytest.mark.parametrize("name", ["{x}", "a 'b' \"c\" %s ü", "new\nline"])
def test_a_working_directory_may_have_any_name(snakemake, tmp_path, name):
    folder = tmp_path / name
    folder.mkdir()
    run = snakemake(folder, "check_forward", "draw_network")
    assert run.returncode == 0, run.stderr
    assert (folder / "results" / "figures" / "network.svg").is_file()


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
