"""Two results folders: the same, within tolerance, different, or not to be compared."""

import json
import shutil

import numpy as np
import pytest

import descent.tables.parquet
from descent import __version__
from descent.__main__ import main
from descent.run.folder_comparison import (
    DIFFERENT,
    EXACT,
    WITHIN,
    NoResultsError,
    compare_folders,
)
from descent.run.manifest import sha256
from descent.run.tolerances import STATED, tolerances_of
from descent.tables.parquet import write
from descent.tables.schemas import (
    FIXED,
    OF_PROBLEMS,
    SETTING_NAMES,
    SETTINGS,
    TRAINING,
    TRAJECTORIES,
    mixture_schema,
    sweep_schema,
)

SVG = "<svg><path d='M {} 0'/></svg>"
ROWS = 40
STUDY = {"mixture": {"seed": 123}, "rosenbrock": {"a": 1.0}, "network": {"layers": [2, 3]}}
VERSIONS = {"python": "3.11.7", "numpy": "2.4.6", "matplotlib": "3.11.2"}
DEFAULTS = {"string": "momentum", "int64": 3, "float64": 0.5}


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
    "network/sweep.parquet": sweep_schema("network", 26),
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
    put(folders[1], name, status=np.where(np.arange(ROWS) == 5, "plateau", status),
        loss=nudged(name, 0.5, slice(5, 7)))  # fmt: skip
    seal(folders[0])
    seal(folders[1])
    agreement, note = found(folders)[name]
    assert agreement == WITHIN
    assert note == "at most status, row 5: budget and plateau; 2 of 40 rows are chaotic"
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


def test_columns_that_name_a_row_are_exact():
    for problem in ("network", "network-he"):
        for schema in OF_PROBLEMS:
            found = tolerances_of(schema.path.format(problem=problem), schema.names)
            assert found
            assert set(schema.names) - found.keys() <= {*schema.order, *SETTING_NAMES, "part"}


def test_tolerances_are_of_columns_that_there_are():
    schemas = {schema.path: schema for schema in FIXED}
    for place, found in STATED.items():
        assert found.keys() <= set(schemas[place].names) - {*schemas[place].order}
        assert tolerances_of(place, schemas[place].names) == found


@pytest.mark.parametrize("schema", OF_PROBLEMS)
@pytest.mark.parametrize("problem", ["rosenbrock", "bowl"])
def test_what_comes_from_no_samples_is_exact(problem, schema):
    assert tolerances_of(schema.path.format(problem=problem), schema.names) == {}
