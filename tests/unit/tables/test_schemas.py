"""The tables themselves: what they promise, and where they lie."""

import pytest
from tables_of_anything import ALL

from descent.tables.documentation import data_dictionary
from descent.tables.schemas import (
    EVALUATION,
    FIXED,
    OF_PROBLEMS,
    PAIRWISE,
    SELECTED,
    SETTING_NAMES,
    SETTINGS,
    TRAINING_CURVES,
    TUNING_CURVE,
    held_out_schema,
    mixture_schema,
    schema_of,
    sweep_schema,
)

SWEEPS = {
    "network": sweep_schema("network", 26),
    "plane": sweep_schema("formula", 2),
    "space": sweep_schema("formula", 3),
}


@pytest.mark.parametrize("name", ALL)
def test_tables_are_described_and_sorted_by_columns_they_have(name):
    schema = ALL[name]
    assert len(set(schema.names)) == len(schema.names)
    assert set(schema.order) <= set(schema.names)
    assert schema.path.endswith(".parquet")
    assert schema.row
    for column in schema.columns:
        assert column.meaning
        assert column.type in {"float64", "int64", "string"}
        assert bool(column.undefined) == column.nullable
        assert column.type == "float64" or not column.may_be_infinite


CONTRACT = {
    "data/mixture.parquet": "x1 x2 x3 label",
    "checks/forward.parquet": "point class probability expected difference",
    "checks/gradients.parquet": "parameter analytic numeric relative_error",
    "rosenbrock/trajectories.parquet": "run method learning_rate momentum iteration x1 x2 value",
    "rosenbrock/sweep.parquet": "method learning_rate momentum start start_x1 start_x2 status "
    "iterations value x1 x2",
    "network/training.parquet": "run method learning_rate momentum seed iteration loss accuracy",
    "network/parameters.parquet": "run seed parameter value",
    "network/sweep.parquet": "method learning_rate momentum seed status iterations loss accuracy "
    "test_accuracy",
}
INTEGERS = {"label", "point", "class", "iteration", "iterations", "start", "seed", "network"}
TEXTS = {"run", "method", "status", "parameter"}
COLUMNS = {"data/mixture.parquet": 4, "rosenbrock/sweep.parquet": 16, "network/sweep.parquet": 15}


@pytest.mark.parametrize("path", CONTRACT)
def test_the_promised_columns_are_there_in_their_types(path):
    schema = schema_of(path, COLUMNS.get(path, 3))
    types = {column.name: column.type for column in schema.columns}
    for name in CONTRACT[path].split():
        expected = "int64" if name in INTEGERS else "string" if name in TEXTS else "float64"
        assert types[name] == expected


# ── Where they lie ───────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("schema", FIXED, ids=lambda schema: schema.path)
def test_a_table_is_found_by_its_place(schema):
    assert schema_of(schema.path) == schema


@pytest.mark.parametrize("schema", OF_PROBLEMS, ids=lambda schema: schema.path)
@pytest.mark.parametrize("problem", ["rosenbrock", "network", "network-he", "a bowl"])
def test_every_problem_has_all_tables(schema, problem):
    assert schema_of(schema.path.format(problem=problem)) == schema


@pytest.mark.parametrize("kind", SWEEPS)
def test_a_sweep_is_found_by_its_columns(kind):
    assert schema_of("any/sweep.parquet", len(SWEEPS[kind].columns)) == SWEEPS[kind]
    assert schema_of("any/sweep.parquet", 99) is None


@pytest.mark.parametrize("dimension", [1, 2, 7])
def test_samples_are_found_in_any_dimension(dimension):
    assert schema_of("data/mixture.parquet", dimension + 1) == mixture_schema(dimension)
    assert schema_of("data/held_out.parquet", dimension + 1) == held_out_schema(dimension)


@pytest.mark.parametrize(
    "path",
    ["report.html", "sweep.parquet", "settings.parquet", "a/b/settings.parquet", "a/other.parquet",
     "chunks/a/1-of-2.parquet", "figures/a.svg", "data/other.parquet", ""],
)  # fmt: skip
def test_other_places_hold_no_table(path):
    assert schema_of(path) is None


# ── What they may hold ───────────────────────────────────────────────────────────────────────


def test_a_sweep_has_coordinates_only_in_the_plane():
    coordinates = {"start_x1", "start_x2", "x1", "x2"}
    assert coordinates <= set(SWEEPS["plane"].names)
    assert not coordinates & {*SWEEPS["space"].names, *SWEEPS["network"].names}
    assert set(SWEEPS["space"].names) == set(SWEEPS["plane"].names) - coordinates


def test_no_table_has_a_column_for_its_problem():
    assert not any("problem" in schema.names for schema in ALL.values())


def infinite(schema):
    return {column.name for column in schema.columns if column.may_be_infinite}


def test_only_times_ratios_and_losses_may_be_infinite():
    quartiles = {"lower_quartile", "median", "upper_quartile"}
    times = {"expected_running_time", "expected_running_time_charged"}
    assert infinite(SETTINGS) == quartiles | times
    assert infinite(SELECTED) == quartiles | times | {f"tuning_{name}" for name in times} | {
        "expected_running_time_low", "expected_running_time_high",
    }  # fmt: skip
    assert infinite(PAIRWISE) == {"ratio", "ratio_low", "ratio_high"}
    assert infinite(TUNING_CURVE) == quartiles
    assert infinite(EVALUATION) == {"hitting_time", "stays_from"}
    assert infinite(TRAINING_CURVES) == {"loss_low", "loss_median", "loss_high"}
    with_infinity = {schema.path for schema in ALL.values() if infinite(schema)}
    chosen = (SETTINGS, SELECTED, PAIRWISE, TUNING_CURVE, EVALUATION, TRAINING_CURVES)
    assert with_infinity == {schema.path for schema in chosen}


def test_only_what_may_be_undefined_is_null():
    absent = {"decay", "beta1", "beta2", "epsilon"}
    expected = {
        "settings": absent | {"test_loss", "test_accuracy"},
        "selected": absent,
        "evaluation": absent,
        "paths": absent,
        "training_curves": absent,
        "pairwise": {"ratio", "ratio_low", "ratio_high"},
        "sweep": absent | {"test_loss"},
        "theory": {"learning_rate", "condition_number"},
        "faults": {"value", "low", "high", "outcome"},
    }
    for schema in ALL.values():
        nullable = {column.name for column in schema.columns if column.nullable}
        assert nullable <= expected.get(schema.path.rpartition("/")[2][:-8], set())
    assert absent == set(SETTING_NAMES[3:])


# ── What they say ────────────────────────────────────────────────────────────────────────────


def test_the_data_dictionary_has_every_table_and_column():
    text = data_dictionary()
    sections = text.split("## `results/")[1:]
    assert len(sections) == len(FIXED) + len(OF_PROBLEMS) + 4  # samples twice, sweeps twice
    for schema in (*FIXED, *OF_PROBLEMS, SWEEPS["plane"], mixture_schema(2), held_out_schema(2)):
        section = next(part for part in sections if part.startswith(f"{schema.path}`\n\n"))
        assert f"One row is {schema.row}" in section
        rows = [line.strip("| ").split(" | ") for line in section.splitlines() if line[:1] == "|"]
        assert [row[0] for row in rows[2:]] == schema.names
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert all(line.count("|") == 5 for line in rows)
