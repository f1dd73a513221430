"""Two results folders: the same, within tolerance, different, or not to be compared."""

import contextlib
import io
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import descent.support.files
import descent.tables.parquet
from descent import __version__
from descent.__main__ import main
from descent.run.folder_comparison import (
    DIFFERENT,
    EXACT,
    SENTENCES,
    WITHIN,
    NoResultsError,
    compare_folders,
)
from descent.run.manifest import sha256
from descent.run.tolerances import OF_SWEEPS, STATED, tolerances_of
from descent.tables.parquet import write
from descent.tables.schemas import (
    FIXED,
    OF_PROBLEMS,
    SETTING_NAMES,
    SETTINGS,
    TRAINING,
    TRAJECTORIES,
    evaluation_schema,
    mixture_schema,
    sweep_schema,
)

SVG = "<svg><path d='M {} 0'/></svg>"
ROWS = 40
STUDY = {"mixture": {"seed": 123}, "rosenbrock": {"a": 1.0}, "network": {"layers": [2, 3]}}
VERSIONS = {"python": "3.11.7", "numpy": "2.4.6", "matplotlib": "3.11.2"}
DEFAULTS = {"string": "momentum", "int64": 3, "float32": 0.5, "float64": 0.5}
LADDER = {"targets": [0.8, 0.1], "holds": [1, 10]}


def columns_of(table, rows=ROWS, **changes):
    """Return columns of any table."""
    columns = {column.name: [DEFAULTS[column.type]] * rows for column in table.columns}
    for name in {"x1", "loss", "value"} & columns.keys():
        columns[name] = np.linspace(0.1, 3.0, rows)
    return columns | changes


TABLES = {
    "data/mixture.parquet": mixture_schema(2),
    "rosenbrock/trajectories.parquet": TRAJECTORIES,
    "rosenbrock/settings.parquet": SETTINGS,
    "network/training.parquet": TRAINING,
    "network/sweep.parquet": sweep_schema("network", 26, LADDER),
    "network/settings.parquet": SETTINGS,
}


def put(folder, name, configuration=STUDY, **changes):
    """Write a table of a folder, with some columns changed."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = changes.pop("rows", ROWS)
    write(TABLES[name], columns_of(TABLES[name], rows, **changes), configuration, path)


def seal(folder, **changes):
    """Write a folder's manifest."""
    files = [path for path in folder.rglob("*") if path.suffix in (".parquet", ".svg")]
    made = {
        "descent": __version__,
        "commit": "abc",
        "configuration": STUDY,
        "versions": VERSIONS,
        "machine": {"processor": "one"},
        "results": {f"results/{file.relative_to(folder)}": sha256(file) for file in files},
    }
    (folder / "manifest.json").write_text(json.dumps(made | changes))


@pytest.fixture
def folders(tmp_path):
    """Return two results folders of the same content."""
    one, other = tmp_path / "one", tmp_path / "other"
    for name in TABLES:
        put(one, name)
    (one / "figures").mkdir()
    (one / "figures" / "a.svg").write_text(SVG.format(0))
    seal(one)
    shutil.copytree(one, other)
    return one, other


def found(folders):
    """Return how each file agrees, and what is said of it."""
    return {finding.file: finding[1:] for finding in compare_folders(*folders)[0]}


def nudged(name, by, rows=slice(None)):
    """Return a column with some rows a little larger."""
    values = np.array(columns_of(TABLES[name])["loss" if "network" in name else "x1"])
    values[rows] *= 1.0 + by
    return values


# ── The same, and within tolerance ───────────────────────────────────────────────────────────


def test_equal_folders_are_exactly_the_same(folders, capsys):
    assert set(found(folders).values()) == {(EXACT, "same bytes")}
    assert main(["compare", *map(str, folders)]) == 0
    printed = capsys.readouterr().out
    assert printed.endswith("\nThe results are the same (7 exact)\n")
    assert "circumstances" not in printed


def test_the_same_values_by_another_version_are_the_same(folders):
    put(folders[1], "rosenbrock/trajectories.parquet", STUDY | {"report": {}})
    agreement, note = found(folders)["rosenbrock/trajectories.parquet"]
    assert agreement == EXACT
    assert note.startswith("same values")


def test_a_table_of_samples_holds_within_its_tolerance(folders, capsys):
    put(folders[1], "data/mixture.parquet", x1=nudged("data/mixture.parquet", 1e-13, 17))
    seal(folders[1])
    agreement, note = found(folders)["data/mixture.parquet"]
    assert agreement == WITHIN
    assert note == "at most x1, row 17: a relative difference of 10⁻¹³"
    assert main(["compare", *map(str, folders)]) == 0
    assert "The results agree within tolerance (6 exact, 1 within" in capsys.readouterr().out


def test_small_numbers_are_compared_by_their_absolute_difference(folders):
    x = np.array(columns_of(TABLES["data/mixture.parquet"])["x1"])
    for folder, value in zip(folders, (1e-16, -1e-16), strict=True):
        put(folder, "data/mixture.parquet", x1=[*x[:-1], value])
        seal(folder)
    assert found(folders)["data/mixture.parquet"][0] == WITHIN


def test_a_few_runs_of_a_sweep_may_be_chaotic(folders):
    name = "network/sweep.parquet"
    status = np.array(["budget"] * ROWS)
    put(folders[0], name, status=status)
    put(folders[1], name, status=np.where(np.arange(ROWS) == 5, "stuck", status),
        loss=nudged(name, 0.5, slice(5, 7)))  # fmt: skip
    seal(folders[0])
    seal(folders[1])
    agreement, note = found(folders)[name]
    assert agreement == WITHIN
    assert note == "at most status, row 5: budget and stuck; 2 of 40 rows are chaotic"
    put(folders[1], name, status=status, loss=nudged(name, 0.5, slice(5, 8)))
    seal(folders[1])
    agreement, note = found(folders)[name]
    assert agreement == DIFFERENT
    assert note.startswith("loss, row 7: ")
    assert note.endswith("3 of 40 rows are so far apart, 2 may be")


def test_rows_may_lie_in_several_row_groups(folders, monkeypatch):
    monkeypatch.setattr(descent.tables.parquet, "ROW_GROUP", 7)
    name = "network/sweep.parquet"
    for folder, loss in zip(folders, (0.0, 1e-12), strict=True):
        put(folder, name, loss=nudged(name, loss, 23))
        seal(folder)
    assert found(folders)[name][1].startswith("at most loss, row 23: ")
    monkeypatch.setattr(descent.tables.parquet, "ROW_GROUP", 9)
    put(folders[1], name)
    assert found(folders)[name][0] == DIFFERENT


# ── Different ────────────────────────────────────────────────────────────────────────────────

CHANGES = {
    "a last bit of an exact column": (
        "rosenbrock/trajectories.parquet",
        {"value": np.nextafter(np.linspace(0.1, 3.0, ROWS), 9.0)},
        "value, row 0: 0.1",
    ),
    "a sign of zero": ("rosenbrock/trajectories.parquet", {"x1": None}, "x1, row 3: 0 and -0"),
    "more than the tolerance": (
        "network/training.parquet",
        {"loss": nudged("network/training.parquet", 1e-6, 9)},
        "loss, row 9: ",
    ),
    "an exact column of a table with tolerance": (
        "network/training.parquet",
        {"seed": [3] * 39 + [4]},
        "seed, row 39: 3 and 4",
    ),
    "text": ("rosenbrock/trajectories.parquet", {"run": ["momentum"] * 39 + ["other"]}, "row 39"),
    "fewer rows": ("network/training.parquet", {"rows": 39}, "40 and 39 rows"),
    "infinity": ("rosenbrock/settings.parquet", {"median": [np.inf] * ROWS}, "0.5 and inf"),
    "infinity within tolerance": (
        "network/settings.parquet",
        {"median": [np.inf] * ROWS},
        "0.5 and inf",
    ),
    "a null": (
        "rosenbrock/settings.parquet",
        {"test_loss": [0.5] * 39 + [None]},
        "test_loss, row 39: 0.5 and nan",
    ),
    "a problem without samples": (
        "rosenbrock/settings.parquet",
        {"success_rate": [0.5 + 1e-12] * ROWS},
        "success_rate, row 0",
    ),
}


@pytest.mark.parametrize("case", CHANGES)
def test_what_differs_is_told_by_column_and_row(folders, case, capsys):
    name, changes, told = CHANGES[case]
    if case == "a sign of zero":
        x = np.zeros(ROWS)
        put(folders[0], name, x1=x)
        changes = {"x1": np.where(np.arange(ROWS) == 3, -0.0, x)}
    put(folders[1], name, **changes)
    agreement, note = found(folders)[name]
    assert agreement == DIFFERENT
    assert told in note
    assert main(["compare", *map(str, folders)]) == 1
    assert "The results are different (" in capsys.readouterr().out


def test_the_network_stage_holds_within_tolerance(folders):
    for folder, accuracy in zip(folders, (0.5, 0.5 + 1e-12), strict=True):
        put(folder, "network/settings.parquet", test_accuracy=[accuracy] * ROWS)
    assert found(folders)["network/settings.parquet"][0] == WITHIN


@pytest.mark.parametrize("content", [b"", b"PAR1", None])
@pytest.mark.parametrize("which", [0, 1])
def test_a_damaged_table_is_different_and_named(folders, which, content):
    path = folders[which] / "data" / "mixture.parquet"
    path.write_bytes(path.read_bytes()[:-9] if content is None else content)
    agreement, note = found(folders)["data/mixture.parquet"]
    assert agreement == DIFFERENT
    assert str(path) in note
    assert "damaged" in note


def test_samples_of_another_dimension_are_different(folders):
    path = folders[1] / "data" / "mixture.parquet"
    write(mixture_schema(3), columns_of(mixture_schema(3)), STUDY, path)
    assert "has columns" in found(folders)["data/mixture.parquet"][1]


def test_missing_files_are_told_from_either_side(folders):
    (folders[0] / "data" / "mixture.parquet").unlink()
    (folders[1] / "figures" / "a.svg").unlink()
    (folders[1] / "network" / "training.parquet").unlink()
    seal(folders[1])
    files = found(folders)
    assert files["data/mixture.parquet"] == (DIFFERENT, f"missing from {folders[0]}")
    assert files["figures/a.svg"] == (DIFFERENT, f"missing from {folders[1]}")
    assert files["network/training.parquet"] == (DIFFERENT, f"missing from {folders[1]}")


def test_a_file_changed_after_its_manifest_is_told(folders):
    put(folders[1], "data/mixture.parquet", x1=nudged("data/mixture.parquet", 1e-14))
    assert found(folders)["data/mixture.parquet"][1].endswith(
        f"; not the file of {folders[1]}'s manifest"
    )


def test_tables_that_are_not_known_are_compared_by_bytes(folders):
    for folder in folders:
        shutil.copy(folder / "data" / "mixture.parquet", folder / "data" / "own.parquet")
    assert found(folders)["data/own.parquet"][0] == EXACT
    put(folders[1], "data/mixture.parquet", x1=[0.0] * ROWS)
    shutil.copy(folders[1] / "data" / "mixture.parquet", folders[1] / "data" / "own.parquet")
    assert found(folders)["data/own.parquet"][0] == DIFFERENT


def test_chunks_and_benchmarks_are_no_results(folders):
    for name in ("network/chunks/1-of-2.parquet", "benchmarks/speed.svg"):
        (folders[0] / name).parent.mkdir(parents=True)
        (folders[0] / name).write_bytes(b"")
    assert len(found(folders)) == 7


# ── Figures ──────────────────────────────────────────────────────────────────────────────────


def test_a_figure_may_differ_where_its_tables_or_matplotlib_do(folders):
    (folders[1] / "figures" / "a.svg").write_text(SVG.format(1))
    seal(folders[1])
    assert found(folders)["figures/a.svg"] == (DIFFERENT, "differs, though its tables do not")
    seal(folders[1], versions=VERSIONS | {"matplotlib": "3.12.0"})
    note = "differs (Matplotlib 3.11.2 and 3.12.0)"
    assert found(folders)["figures/a.svg"] == (WITHIN, note)
    put(folders[1], "data/mixture.parquet", x1=nudged("data/mixture.parquet", 1e-14))
    seal(folders[1])
    assert found(folders)["figures/a.svg"] == (WITHIN, "differs, as tables do")


def test_a_damaged_figure_is_different(folders):
    (folders[1] / "figures" / "a.svg").write_text(SVG.format(1)[:-3])
    seal(folders[1], versions={})
    agreement, note = found(folders)["figures/a.svg"]
    assert agreement == DIFFERENT
    assert "damaged" in note


# ── Circumstances, and what cannot be compared ───────────────────────────────────────────────


def test_other_circumstances_are_told_in_a_few_lines(folders, capsys):
    seal(
        folders[1],
        commit=None,
        configuration=STUDY | {"mixture": {"seed": 7}, "network": {"layers": list(range(99))}},
        versions=VERSIONS | {"numpy": "2.5.0"},
        machine={"processor": "two"},
    )
    main(["compare", *map(str, folders)])
    printed = capsys.readouterr().out
    for line in (
        "commit: abc and None",
        "numpy: 2.4.6 and 2.5.0",
        "processor: one and two",
        "mixture.seed: 123 and 7",
        "network.layers: [2, 3] and [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11...",
    ):
        assert f"\n  {line}\n" in printed
    assert "python" not in printed


def test_many_differences_of_configuration_are_counted(folders):
    for folder, shift in zip(folders, (0, 1), strict=True):
        seal(folder, configuration={str(i): i + shift for i in range(20)})
    assert compare_folders(*folders)[1][-1] == "configuration: 14 more differences"


NO_RESULTS = {
    "no manifest": (None, "is no results folder: it has no manifest.json"),
    "an empty manifest": ("", "manifest.json is damaged"),
    "a cut manifest": ('{"results": {', "manifest.json is damaged"),
    "a list": ("[]", "is no manifest of results"),
    "a manifest without results": ('{"versions": {}}', "is no manifest of results"),
}


@pytest.mark.parametrize("case", NO_RESULTS)
@pytest.mark.parametrize("which", [0, 1])
def test_what_is_no_results_folder_is_told_in_one_line(folders, which, case, capsys):
    content, told = NO_RESULTS[case]
    manifest = folders[which] / "manifest.json"
    manifest.unlink()
    if content is not None:
        manifest.write_text(content)
    assert main(["compare", *map(str, folders)]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("error: ")
    assert printed.err.count("\n") == 1
    assert told in printed.err
    assert str(folders[which]) in printed.err


def test_the_folder_of_the_project_is_not_taken_for_its_results(folders, tmp_path):
    folders[0].rename(tmp_path / "results")
    with pytest.raises(NoResultsError, match=r"did you mean .*results\?"):
        compare_folders(tmp_path, folders[1])


def test_a_folder_without_results_is_not_compared(folders, tmp_path):
    for name in ("missing", "empty"):
        with pytest.raises(NoResultsError):
            compare_folders(folders[0], tmp_path / name)
        (tmp_path / "empty").mkdir(exist_ok=True)
    (tmp_path / "empty" / "manifest.json").write_text('{"results": {}}')
    with pytest.raises(NoResultsError, match="holds no tables"):
        compare_folders(folders[0], tmp_path / "empty")


def test_no_command_is_an_error(capsys):
    with pytest.raises(SystemExit) as left:
        main([])
    assert left.value.code == 2
    assert "usage" in capsys.readouterr().err


# ── What is promised ─────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("problem", ["network", "network-he"])
@pytest.mark.parametrize("schema", OF_PROBLEMS)
def test_columns_that_name_a_row_are_exact(problem, schema):
    found = tolerances_of(schema.path.format(problem=problem), schema.names)
    exact = {*schema.order, *schema.key, *SETTING_NAMES} & set(schema.names)
    assert found == dict.fromkeys(set(schema.names) - exact, OF_SWEEPS)
    assert found


@pytest.mark.parametrize("schema", [sweep_schema("network", 26, LADDER), evaluation_schema(LADDER)])
def test_how_a_networks_runs_end_and_when_they_reach_may_be_chaotic(schema):
    found = tolerances_of(schema.path.format(problem="network"), schema.names)
    assert {"status", "iterations", "within_0.1_for_10", "within_0.8_for_1"} <= found.keys()
    assert not found.keys() & {"method", "learning_rate", "seed", "start", "candidate"}
    assert tolerances_of(schema.path.format(problem="rosenbrock"), schema.names) == {}


def test_tolerances_are_of_columns_that_there_are():
    schemas = {schema.path: schema for schema in FIXED}
    for place, found in STATED.items():
        assert found.keys() <= set(schemas[place].names) - {*schemas[place].order}
        assert tolerances_of(place, schemas[place].names) == found


@pytest.mark.parametrize("schema", OF_PROBLEMS)
@pytest.mark.parametrize("problem", ["rosenbrock", "bowl"])
def test_what_comes_from_no_samples_is_exact(problem, schema):
    assert tolerances_of(schema.path.format(problem=problem), schema.names) == {}


# ── What strangers' files say and do ─────────────────────────────────────────────────────────

HOSTILE = "\x1b[2K\rThe results are the same\n\x9b1m\u202e\u2028\x00\ud800"
NO_BREAK = "\u00a0\u202f"  # in the package's own numbers


def told(*folders):
    """Run the comparison; return its status and what it wrote, held to what holds of any."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = main(["compare", *map(str, folders)])
    out, err = out.getvalue(), err.getvalue()
    assert all(c.isprintable() or c in f"\n{NO_BREAK}" for c in out + err)
    assert len(max((out + err).splitlines(), key=len)) < 10_000
    if status == 2:
        assert out == ""
        assert err.startswith("error: ")
        assert err.count("\n") == 1
    else:
        assert err == ""
        *lines, verdict = out.splitlines()
        expected = {0: (SENTENCES[EXACT], SENTENCES[WITHIN]), 1: (SENTENCES[DIFFERENT],)}[status]
        assert verdict.startswith(expected)
        assert not any(line.startswith(tuple(SENTENCES.values())) for line in lines)
    return status, out + err


def manifest_with(place, **changes):
    """Return the manifest of a results folder as text, changed."""
    return json.dumps(json.loads((place / "manifest.json").read_text()) | changes)


def listing(name):
    """Return what makes a manifest list a file of any name."""
    return lambda folder: manifest_with(folder, results={name: "0" * 64})


MANIFESTS = {
    "deeply nested": lambda folder: '{"a": ' + "[" * 100_000,
    "deeply nested, and closed": lambda folder: manifest_with(
        folder, configuration={"a": json.loads("[" * 200 + "]" * 200)}
    ),
    "a repeated key": lambda folder: manifest_with(folder)[:-1] + ', "commit": "abc"}',
    "a repeated key within": lambda folder: '{"results": {"a.svg": "0", "a.svg": "1"}}',
    "one place twice": lambda folder: manifest_with(
        folder, results={"results/a.svg": "0", "results//a.svg": "0"}
    ),
    "NaN": lambda folder: manifest_with(folder, configuration={"a": float("nan")}),
    "infinity": lambda folder: manifest_with(folder, run_times={"a": -float("inf")}),
    "too many digits": lambda folder: manifest_with(folder)[:-1] + f', "a": {"9" * 5000}}}',
    "half a character": listing("results/\ud800.svg"),
    "half a character in the configuration": lambda folder: manifest_with(
        folder, configuration={"\ud800": "\udfff"}
    ),
    "a long name": listing(f"results/{'a' * 5000}.svg\n"),
    "a path": listing("/etc/passwd"),
    "a path under a folder": lambda folder: manifest_with(
        folder, folder="/etc", results={"/etc/../etc/passwd": "0"}
    ),
    "a way up": listing("../other/figures/a.svg"),
    "a way down and up": listing("results/figures/../../one/figures/a.svg"),
    "a way up alone": listing("results/.."),
    "the folder itself": listing("results"),
    "a home": listing("~/a.svg"),
    "a name of Windows": listing("results/C:\\\\a.svg"),
    "no name": listing(""),
    "a null character": listing("results/a\0.svg"),
    "a hostile name": listing(f"results/{HOSTILE}.svg"),
    "a verdict for a name": listing(f"results/{SENTENCES[EXACT]} (9 exact).svg"),
    "results in a list": lambda folder: manifest_with(folder, results=["results/a.svg"]),
    "sums that are no text": lambda folder: manifest_with(folder, results={"a.svg": 0}),
    "versions in a list": lambda folder: manifest_with(folder, versions=["numpy"]),
    "a version in a list": lambda folder: manifest_with(folder, versions={"numpy": [2]}),
    "a configuration of text": lambda folder: manifest_with(folder, configuration=HOSTILE),
    "a folder that is a number": lambda folder: manifest_with(folder, folder=3),
    "a commit with parts": lambda folder: manifest_with(folder, commit={"a": 1}),
    "a machine of nothing": lambda folder: manifest_with(folder, machine=None),
    "a hostile key": lambda folder: manifest_with(folder, versions={HOSTILE: [HOSTILE]}),
    "a number": lambda folder: "1",
    "binary": lambda folder: b"\x00\xff\xfe" * 99,
    "no UTF-8": lambda folder: b'{"results": {"\xff": "0"}}',
    "raw halves of characters": lambda folder: b'{"results": {"\xed\xa0\x80": "0"}}',
    "UTF-16": lambda folder: manifest_with(folder).encode("utf-16"),
}


@pytest.mark.parametrize("case", MANIFESTS)
@pytest.mark.parametrize("which", [0, 1])
def test_a_manifest_that_is_none_is_refused_in_one_line(folders, which, case):
    content = MANIFESTS[case](folders[which])
    content = content if isinstance(content, bytes) else content.encode()
    (folders[which] / "manifest.json").write_bytes(content)
    status, text = told(*folders)
    assert status == 2
    assert str(folders[which] / "manifest.json") in text


def test_a_manifest_may_be_no_file_or_too_large(folders, monkeypatch):
    manifest = folders[1] / "manifest.json"
    with monkeypatch.context() as small:
        small.setattr(descent.support.files, "LARGEST_READ", manifest.stat().st_size - 1)
        assert "too many to be read" in told(*folders)[1]
    manifest.unlink()
    for make in (
        manifest.mkdir,
        lambda: os.mkfifo(manifest),
        lambda: manifest.symlink_to("/dev/zero"),
    ):
        make()
        assert told(*folders)[0] == 2
        manifest.rmdir() if manifest.is_dir() else manifest.unlink()
    shutil.copy(folders[0] / "manifest.json", folders[1].parent)
    manifest.symlink_to(folders[1].parent / "manifest.json")
    assert "leads out of" in told(*folders)[1]


def test_what_manifests_and_tables_say_cannot_act_on_the_terminal(folders):
    hostile = HOSTILE.replace("\ud800", "")
    seal(
        folders[1],
        descent=hostile,
        commit=hostile * 99,
        configuration={"mixture": {"seed": hostile}, hostile: 1, "network": [hostile * 999]},
        versions={hostile: hostile, "matplotlib": hostile},
        machine={"processor": hostile},
    )
    put(folders[1], "rosenbrock/trajectories.parquet", run=["momentum"] * 39 + [hostile * 99])
    (folders[1] / "figures" / "a.svg").write_text(SVG.format(1))
    (folders[1] / f"{hostile[:-1]}.svg").write_text(SVG.format(1))
    (folders[1] / f"{SENTENCES[EXACT]}.svg").write_text(SVG.format(1))
    status, text = told(*folders)
    assert status == 1
    assert r"row 39: momentum and \x1b[2K\rThe" in text
    (of_the_table,) = (line for line in text.splitlines() if "row 39" in line)
    assert len(of_the_table) < 700
    assert f'"{SENTENCES[EXACT]}.svg"' in text
    (folders[1] / "data" / "mixture.parquet").rename(folders[1] / "\x1b[2K.parquet")
    assert told(*folders)[0] == 1
    assert told(folders[0], folders[1] / hostile.replace("\0", ""))[0] == 2


WAYS_OUT = {
    "a link to a table": lambda own, away: own.symlink_to(away),
    "a link to a link": lambda own, away: (
        own.with_name("link").symlink_to(away),
        own.symlink_to("link"),
    ),
    "a link to a folder": lambda own, away: (
        own.parent.rmdir(),
        own.parent.symlink_to(away.parent),
    ),
}


@pytest.mark.parametrize("case", WAYS_OUT)
@pytest.mark.parametrize("which", [0, 1])
def test_links_out_of_the_folder_are_not_followed(folders, which, case):
    own, away = (folders[i] / "data" / "mixture.parquet" for i in (which, 1 - which))
    own.unlink()
    WAYS_OUT[case](own, away)
    status, text = told(*folders)
    assert status == 2
    assert f"{own} cannot be compared: a link leads out" in text


def test_links_within_the_folder_are_followed(folders, tmp_path):
    figure = folders[1] / "figures" / "a.svg"
    figure.rename(figure.with_name("drawn"))
    figure.symlink_to("drawn")
    (tmp_path / "link").symlink_to(folders[1])
    assert told(folders[0], folders[0])[0] == 0
    assert told(folders[0], tmp_path / "link")[0] == 0
    assert told(tmp_path / "link", folders[1])[0] == 0


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(os.mkfifo, id="pipe"),
        pytest.param(os.mkdir, id="folder"),
        pytest.param(lambda path: path.symlink_to(path), id="link to itself"),
        pytest.param(lambda path: path.symlink_to("/dev/zero"), id="device"),
    ],
)
@pytest.mark.parametrize("name", ["data/mixture.parquet", "figures/a.svg"])
def test_what_is_no_file_is_missing(folders, name, make):
    (folders[0] / name).unlink()
    make(folders[0] / name)
    status, text = told(*folders)
    assert status == 1
    assert f"missing from {folders[0]}" in text


def altered(change):
    """Return what rewrites a Parquet file with another table, by Arrow itself."""
    return lambda path: pq.write_table(change(pq.read_table(path)), path)


def with_bad_text(table):
    """Return a table with a text that is not UTF-8 in its column of runs."""
    ends = pa.array(np.arange(len(table) + 1, dtype=np.int32)).buffers()[1]
    letters = pa.py_buffer(b"m" * (len(table) - 1) + b"\xff")
    bad = pa.Array.from_buffers(pa.string(), len(table), [None, ends, letters])
    return table.set_column(0, table.schema.field("run"), bad)


def with_bad_name(table):
    """Return a table with a column whose name is not UTF-8."""
    return pa.Table.from_arrays(
        table.columns, schema=pa.schema([pa.field(b"r\xffn", pa.string()), *list(table.schema)[1:]])
    )


def with_metadata(content):
    return lambda table: table.replace_schema_metadata({"descent": content})


CHANGED_TABLES = {
    "a column more": (altered(lambda t: t.append_column("more", [[0] * len(t)])), 1, "has columns"),
    "a column less": (altered(lambda t: t.drop_columns("x1")), 1, "has columns"),
    "another order": (altered(lambda t: t.select(t.column_names[::-1])), 1, "has columns"),
    "a hostile column": (
        altered(lambda t: t.append_column(HOSTILE[:-1] * 999, [[0] * len(t)])), 1, "has columns",
    ),
    "another type": (
        altered(lambda t: t.set_column(4, "iteration", [[0.5] * len(t)])), 1, "has columns",
    ),
    "lists": (altered(lambda t: t.set_column(4, "iteration", [[[1]] * len(t)])), 1, "has columns"),
    "records": (
        altered(lambda t: t.set_column(4, "iteration", [[{"a": 1}] * len(t)])), 1, "has columns",
    ),
    "nothing": (altered(lambda t: t.slice(0, 0)), 1, "40 and 0 rows"),
    "no columns": (altered(lambda t: t.select([])), 1, ""),
    "fewer rows": (altered(lambda t: t.slice(1)), 1, "40 and 39 rows"),
    "NaN": (altered(lambda t: t.set_column(5, "x1", [[np.nan] * len(t)])), 1, ""),
    "text that is not UTF-8": (altered(with_bad_text), 2, "text that is not UTF-8"),
    "a name that is not UTF-8": (altered(with_bad_name), 1, "damaged"),
    "no metadata": (altered(lambda t: t.replace_schema_metadata(None)), 0, "same values"),
    "garbled metadata": (altered(with_metadata(b"\xff{")), 0, "same values"),
    "nested metadata": (altered(with_metadata(b"[" * 100_000)), 0, "same values"),
    "cut": (lambda path: path.write_bytes(path.read_bytes()[:-40]), 1, "damaged"),
    "twice": (lambda path: path.write_bytes(path.read_bytes() * 2), 0, "same values"),
    "half": (lambda path: path.write_bytes(path.read_bytes()[:999]), 1, "damaged"),
    "text": (lambda path: path.write_text(HOSTILE[:-1]), 1, "damaged"),
}  # fmt: skip


@pytest.mark.parametrize("case", CHANGED_TABLES)
@pytest.mark.parametrize("which", [0, 1])
def test_a_table_that_is_another_is_told(folders, which, case):
    change, expected, note = CHANGED_TABLES[case]
    change(folders[which] / "rosenbrock" / "trajectories.parquet")
    status, text = told(*folders)
    assert status == expected
    assert (note if which or "rows" not in note else "rows") in text


def test_rows_that_a_file_only_claims_are_missed(folders, monkeypatch):
    name = "rosenbrock/trajectories.parquet"
    put(folders[1], name, STUDY | {"report": {}})
    monkeypatch.setattr("descent.run.folder_comparison.row_count", lambda path: 41)
    seal(folders[1])
    assert found(folders)[name] == (DIFFERENT, "holds 40 rows and says 41")


# ── Anything at all ──────────────────────────────────────────────────────────────────────────

SMALL = ("rosenbrock/trajectories.parquet", "figures/a.svg")
TEXTS = st.text(st.characters(exclude_categories=()), max_size=12) | st.sampled_from(
    [HOSTILE, "a" * 5000, "../a.svg", "/etc/passwd", "results/a.svg", *SENTENCES.values()]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """Return two small folders of the same content, and the manifest of either."""
    one = tmp_path_factory.mktemp("folders") / "one"
    put(one, SMALL[0], rows=5)
    (one / "figures").mkdir()
    (one / SMALL[1]).write_text(SVG.format(0))
    seal(one)
    other = shutil.copytree(one, one.with_name("other"))
    return one, other, json.loads((one / "manifest.json").read_text())


@st.composite
def changes_of_json(draw):
    """Return a function that changes JSON data somewhere."""
    steps, key, value = draw(st.lists(st.integers(0, 9), max_size=3)), draw(TEXTS), draw(VALUES)
    way = draw(st.sampled_from(["replace", "add", "remove"]))

    def change(data):
        if not isinstance(data, dict) or not data or not steps:
            return value
        name = [*data][steps.pop() % len(data)]
        if steps:
            return data | {name: change(data[name])}
        rest = {other: kept for other, kept in data.items() if other != name}
        return {"replace": data | {name: value}, "add": data | {key: value}, "remove": rest}[way]

    return change


def names_listed(manifest):
    """Return the names of the files that a manifest lists, as far as it says so."""
    folder = manifest.get("folder", "results")
    return {name.removeprefix(f"{folder}/") for name in manifest["results"]}


@settings(max_examples=150)
@given(change=changes_of_json(), escaped=st.booleans())
def test_no_manifest_brings_the_comparison_down(small, change, escaped):
    one, other, made = small
    manifest = change(made)
    text = json.dumps(manifest, ensure_ascii=escaped).encode("utf-8", "surrogatepass")
    (other / "manifest.json").write_bytes(text)
    status, _ = told(one, other)
    if status == 0:  # only the manifest was changed: then at least it lists no other files
        assert names_listed(manifest) <= set(SMALL)


@settings(max_examples=100)
@given(text=st.binary(max_size=60) | VALUES.map(lambda value: json.dumps(value).encode()))
@example(text=b"{}")
def test_nothing_but_a_manifest_is_one(small, text):
    one, other, _ = small
    (other / "manifest.json").write_bytes(text)
    assert told(one, other)[0] == 2
    assert told(other, one)[0] == 2


def content_of(path):
    """Return the values of a Parquet file as Arrow reads them; of another file its bytes."""
    return repr(pq.read_table(path).to_pydict()) if path.suffix == ".parquet" else path.read_bytes()


@settings(max_examples=200)
@given(
    name=st.sampled_from([SMALL[0], SMALL[0], SMALL[1]]),
    from_end=st.booleans(),
    flips=st.lists(st.tuples(st.integers(0, 4000), st.integers(1, 255)), min_size=1, max_size=4),
)
def test_files_with_flipped_bits_are_the_same_only_if_their_values_are(
    small, name, from_end, flips
):
    one, other, made = small
    (other / "manifest.json").write_text(json.dumps(made))
    content = bytearray((one / name).read_bytes())
    for place, bits in flips:
        content[(-1 - place if from_end else place) % len(content)] ^= bits
    (other / name).write_bytes(content)
    try:
        status, _ = told(one, other)
        if status == 0:
            assert content_of(one / name) == content_of(other / name)
    finally:
        shutil.copy(one / name, other / name)


@settings(max_examples=60)
@given(name=st.sampled_from(SMALL), content=st.binary(max_size=200), framed=st.booleans())
def test_random_bytes_are_no_file_of_results(small, name, content, framed):
    one, other, made = small
    (other / "manifest.json").write_text(json.dumps(made))
    (other / name).write_bytes(b"PAR1" + content + b"PAR1" if framed else content)
    try:
        assert told(one, other)[0] == 1
        assert told(other, one)[0] == 1
    finally:
        shutil.copy(one / name, other / name)


# ── The command itself ───────────────────────────────────────────────────────────────────────

ASCII = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": "ascii"}
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
ENVIRONMENT["PYTHONPATH"] = str(Path(descent.__file__).parents[1])


def command(*folders, closing="", **how):
    """Run the command in a process of its own, with some of its streams closed by the shell."""
    arguments = [sys.executable, "-m", "descent", "compare", *map(str, folders)]
    how = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "env": ENVIRONMENT} | how
    return subprocess.run(["sh", "-c", f'exec "$@" {closing}', "sh", *arguments], timeout=60, **how)


def test_a_locale_without_the_characters_shows_escapes(folders, tmp_path):
    seal(folders[1], configuration=STUDY | {"mixture": {"seed": "Zufällig – µ"}})
    put(folders[1], "data/mixture.parquet", x1=nudged("data/mixture.parquet", 1e-13, 17))
    away = tmp_path / os.fsdecode("Ergebnis-ä-".encode() + b"\xff")
    folders[1].rename(away)
    done = command(
        folders[0], os.fsencode(away).decode(errors="surrogateescape"), env=ENVIRONMENT | ASCII
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert rb"mixture.seed: 123 and Zuf\xe4llig" in done.stdout
    done = command(folders[0], away / "not", env=ENVIRONMENT | ASCII)
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.startswith(b"error: ")
    assert done.stderr.count(b"\n") == 1


@pytest.mark.parametrize("differ", [False, True])
def test_a_reader_that_goes_away_does_not_change_the_status(folders, differ):
    if differ:
        (folders[1] / "figures" / "a.svg").write_text(SVG.format(1))
    reading, writing = os.pipe()
    os.close(reading)
    done = command(*folders, stdout=writing)
    os.close(writing)
    assert (done.returncode, done.stderr) == (int(differ), b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
def test_a_full_disk_is_told(folders):
    with Path("/dev/full").open("wb") as full:
        done = command(*folders, stdout=full)
        assert command(*folders, stdout=full, stderr=full).returncode == 2
    assert done.returncode == 2
    assert done.stderr.startswith(b"error: ")
    assert b"No space left" in done.stderr


def test_closed_streams_do_not_change_the_status(folders):
    assert command(*folders, closing=">&- 2>&-").returncode == 0
    done = command(folders[0], folders[0] / "not", closing="2>&-")
    assert (done.returncode, done.stdout) == (2, b"")
