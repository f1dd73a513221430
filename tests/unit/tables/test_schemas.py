"""The tables themselves: what they promise, and where they lie."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tables_of_anything import ALL, EVALUATION, LADDER, SWEEPS

from descent.core.statuses import STATUSES
from descent.tables.documentation import data_dictionary
from descent.tables.schemas import (
    FIXED,
    HITTING_TIME,
    LEVELS,
    MULTIVERSE,
    OF_PROBLEMS,
    PAIRWISE,
    SELECTED,
    SETTING_NAMES,
    SETTINGS,
    SHRINKAGE,
    TRAINING_CURVES,
    TUNING_CURVE,
    evaluation_schema,
    held_out_schema,
    hitting_time_name,
    mixture_schema,
    schema_of,
    sweep_schema,
)

TIMES = [
    "within_10_for_1", "within_10_for_100", "within_0.5_for_1", "within_0.5_for_100",
    "within_1e-06_for_1", "within_1e-06_for_100",
]  # fmt: skip


@pytest.mark.parametrize("name", ALL)
def test_tables_are_described_and_sorted_by_columns_they_have(name):
    schema = ALL[name]
    assert len(set(schema.names)) == len(schema.names)
    assert set(schema.order) <= set(schema.names)
    assert schema.path.endswith(".parquet")
    assert schema.row
    for column in schema.columns:
        assert column.meaning
        assert column.type in {"float32", "float64", "int64", "string"}
        assert bool(column.undefined) == column.nullable
        assert column.type.startswith("float") or not column.may_be_infinite
    assert set(schema.key) <= set(schema.names)


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


@pytest.mark.parametrize("path", CONTRACT)
def test_the_promised_columns_are_there_in_their_types(path):
    schema = schema_of(path, CONTRACT[path].split())
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
    assert schema_of("any/sweep.parquet", SWEEPS[kind].names) == SWEEPS[kind]


def test_an_evaluation_is_found_by_its_columns():
    assert schema_of("any/evaluation.parquet", EVALUATION.names) == EVALUATION


@pytest.mark.parametrize("dimension", [1, 2, 7])
def test_samples_are_found_in_any_dimension(dimension):
    names = [f"x{i + 1}" for i in range(dimension)] + ["label"]
    assert schema_of("data/mixture.parquet", names) == mixture_schema(dimension)
    assert schema_of("data/held_out.parquet", names) == held_out_schema(dimension)


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


@pytest.mark.parametrize("schema", [*SWEEPS.values(), EVALUATION], ids=[*SWEEPS, "evaluation"])
def test_hitting_times_are_columns_of_their_target_and_hold(schema):
    times = [column for column in schema.columns if column.name.startswith("within_")]
    assert [column.name for column in times] == schema.names[-6:] == TIMES
    assert {(column.type, column.may_be_infinite, column.unit) for column in times} == {
        ("float32", True, "iterations")
    }
    assert "within 0.5 of its minimum for 100 iterations in a row" in times[3].meaning
    assert "within 0.5 of its minimum first" in times[2].meaning


targets = st.floats(1e-100, 1e100)


@given(
    st.lists(targets, min_size=1, max_size=5, unique=True),
    st.lists(st.integers(1, 10_000), min_size=1, max_size=3, unique=True),
    st.sampled_from([("network", 26), ("formula", 2), ("formula", 3)]),
)
def test_every_ladder_is_read_back_from_the_names_of_columns(targets, holds, kind):
    ladder = {"targets": targets, "holds": holds}
    for file, schema in (
        ("sweep", sweep_schema(*kind, ladder)),
        ("evaluation", evaluation_schema(ladder)),
    ):
        assert len(set(schema.names)) == len(schema.names)
        assert schema_of(f"any/{file}.parquet", schema.names) == schema
    names = schema.names[-len(targets) * len(holds) :]
    read = [re.fullmatch(HITTING_TIME, name) for name in names]
    pairs = [(float(found["target"]), int(found["hold"])) for found in read]
    assert pairs == [(target, hold) for target in targets for hold in holds]


@pytest.mark.parametrize(
    ("target", "hold", "name"),
    [
        (0.001, 10, "within_0.001_for_10"),
        (1, 1, "within_1_for_1"),
        (100.0, 1, "within_100_for_1"),
        (1e-6, 100, "within_1e-06_for_100"),
        (1e20, 2, "within_1e+20_for_2"),
        (0.30000000000000004, 1, "within_0.30000000000000004_for_1"),
    ],
)
def test_a_column_is_named_by_the_shortest_digits_of_its_target(target, hold, name):
    assert hitting_time_name(target, hold) == name


def test_another_ladder_is_another_table():
    other = sweep_schema("formula", 3, LADDER | {"holds": [1, 10]})
    assert set(other.names) ^ set(SWEEPS["space"].names) == {
        f"within_{target}_for_{hold}" for target in ("10", "0.5", "1e-06") for hold in (10, 100)
    }


def test_runs_are_counted_by_each_way_to_end():
    for schema in (SETTINGS, SELECTED):
        assert set(STATUSES) <= set(schema.names)


def test_no_table_has_a_column_for_its_problem():
    assert not any("problem" in schema.names for schema in ALL.values())


def infinite(schema):
    return {column.name for column in schema.columns if column.may_be_infinite}


RATIOS = {"ratio", "low", "high", "detectable"}
RATIOS |= {f"{name}_{end}" for name in ("tuning", "draws") for end in ("low", "high")}


def test_only_times_ratios_and_losses_may_be_infinite():
    quartiles = {"lower_quartile", "median", "upper_quartile"}
    time = "expected_running_time"
    expected = {
        SETTINGS: quartiles | {time},
        SELECTED: quartiles | {time, f"tuning_{time}", f"{time}_low", f"{time}_high"},
        PAIRWISE: RATIOS,
        MULTIVERSE: {"score"},
        LEVELS: {"ratio_low", "ratio_median", "ratio_high"},
        TUNING_CURVE: {"score"},
        SHRINKAGE: {"speed_up"},
        TRAINING_CURVES: {"loss_low", "loss_median", "loss_high"},
        EVALUATION: set(TIMES),
        **{schema: set(TIMES) for schema in SWEEPS.values()},
    }
    for schema in ALL.values():
        assert infinite(schema) == expected.get(schema, set())


def test_only_what_may_be_undefined_is_null():
    absent = {"decay", "beta1", "beta2", "epsilon"}
    expected = {
        "settings": absent | {"test_loss", "test_accuracy"},
        "candidates": absent,
        "selected": absent
        | {"expected_running_time_low", "expected_running_time_high", "time_given_success"},
        "paths": absent,
        "training_curves": absent,
        "pairwise": RATIOS | {"draws_faster", "draws_slower"},
        "multiverse": {"rank"},
        "first": {"share"},
        "levels": {"share", "ratio_low", "ratio_median", "ratio_high"},
        "shrinkage": {"speed_up"},
        "sweep": absent | {"test_loss"},
        "theory": {"learning_rate", "condition_number"},
        "faults": {"value", "low", "high", "outcome"},
    }
    for schema in ALL.values():
        nullable = {column.name for column in schema.columns if column.nullable}
        allowed = expected.get(schema.path.rpartition("/")[2][:-8], set())
        assert nullable == allowed - ({"test_loss"} - set(schema.names))
    assert absent == set(SETTING_NAMES[3:])


# ── What they say ────────────────────────────────────────────────────────────────────────────


def test_the_data_dictionary_has_every_table_and_column():
    text = data_dictionary()
    sections = text.split("## `results/")[1:]
    assert len(sections) == len(FIXED) + len(OF_PROBLEMS) + 5  # samples and sweeps twice each
    plane = sweep_schema("formula", 2, {"targets": [0.001], "holds": [10]})
    for schema in (*FIXED, *OF_PROBLEMS, plane, mixture_schema(2), held_out_schema(2)):
        section = next(part for part in sections if part.startswith(f"{schema.path}`\n\n"))
        assert f"One row is {schema.row}" in section
        rows = [line.strip("| ").split(" | ") for line in section.splitlines() if line[:1] == "|"]
        assert [row[0] for row in rows[2:]] == schema.names
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert all(line.count("|") == 5 for line in rows)
