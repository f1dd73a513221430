"""Tables on disk: whole or not at all, the same bytes, and read with suspicion."""

import json
import shutil

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from numpy.testing import assert_array_equal

from descent import __version__
from descent.tables import schemas as tables
from descent.tables.schemas import Column, Table, TableError, mixture_table, provenance, read, write

SAMPLES = mixture_table(2)
CONFIGURATION = {"mixture": {"seed": 123, "means": [[0.0, 2.0]], "name": "Poincaré"}}
FIXED = {name: value for name, value in vars(tables).items() if isinstance(value, Table)}
ALL = {**FIXED, "mixture": mixture_table(3), "held out": tables.held_out_table(3)}


def columns_of(table, rows=7):
    """Return columns of any table, with a null wherever one is allowed."""
    rng = np.random.default_rng(rows)
    make = {
        "float64": lambda: rng.normal(size=rows),
        "int64": lambda: rng.integers(100, size=rows),
        "string": lambda: np.array([f"é{i}" for i in range(rows)]),
    }
    columns = {column.name: make[column.type]() for column in table.columns}
    for column in table.columns:
        if column.nullable:
            columns[column.name] = [None, *list(columns[column.name])[1:]]
    return columns


@pytest.fixture
def path(tmp_path):
    return tmp_path / "mixture.parquet"


@pytest.fixture
def columns():
    return columns_of(SAMPLES)


@pytest.fixture
def written(path, columns):
    """Return the path of a good table."""
    write(SAMPLES, columns, CONFIGURATION, path)
    return path


# ── Round trip ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", ALL)
def test_every_table_is_read_back_as_it_was_written(name, path):
    table = ALL[name]
    columns = columns_of(table)
    write(table, columns, CONFIGURATION, path)
    found = read(table, path)
    assert list(found) == [column.name for column in table.columns]
    for column in table.columns:
        first = 1 if column.nullable else 0
        assert_array_equal(found[column.name][first:], columns[column.name][first:])
        if column.nullable:
            missing = found[column.name][0]
            assert missing is None or np.isnan(missing)


def test_numbers_keep_every_bit(path, columns):
    columns["x1"] = np.array([5e-324, -0.0, 1 / 3, 1.7976931348623157e308, 0.1, -1e-310, 2**53 + 1])
    write(SAMPLES, columns, {}, path)
    assert read(SAMPLES, path)["x1"].tobytes() == columns["x1"].tobytes()


def held_out_samples_are_read_as_a_matrix_and_labels(written, columns):
    x, labels = tables.read_samples(SAMPLES, written)
    assert_array_equal(x, np.stack([columns["x1"], columns["x2"]], axis=1))
    assert_array_equal(labels, columns["label"])
    again = tables.samples_columns(x, labels)
    assert list(again) == list(columns)
    for name, values in again.items():
        assert_array_equal(values, columns[name])


def test_columns_are_stored_in_the_tables_order_whatever_order_they_come_in(path, columns):
    write(SAMPLES, dict(reversed(columns.items())), {}, path)
    assert pq.read_schema(path).names == ["x1", "x2", "label"]


def test_whole_numbers_may_come_as_any_type_of_integer(path, columns):
    columns["label"] = columns["label"].astype(np.int8)
    write(SAMPLES, columns, {}, path)
    assert read(SAMPLES, path)["label"].dtype == np.int64


# ── The same bytes ───────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", ALL)
def test_the_same_rows_and_provenance_are_the_same_bytes(name, tmp_path):
    for file in ("a.parquet", "b.parquet"):
        write(ALL[name], columns_of(ALL[name]), CONFIGURATION, tmp_path / file)
    assert (tmp_path / "a.parquet").read_bytes() == (tmp_path / "b.parquet").read_bytes()


def test_bytes_do_not_depend_on_place_or_order_of_keys(tmp_path, columns):
    (tmp_path / "elsewhere").mkdir()
    one, two = tmp_path / "one.parquet", tmp_path / "elsewhere" / "two.parquet"
    write(SAMPLES, columns, {"a": 1, "b": 2}, one)
    write(SAMPLES, dict(reversed(columns.items())), {"b": 2, "a": 1}, two)
    assert one.read_bytes() == two.read_bytes()
    assert str(tmp_path).encode() not in one.read_bytes()


@pytest.mark.parametrize("size", [1, 2, 5, 7])
def test_bytes_do_not_depend_on_the_parts_a_table_is_written_in(size, tmp_path, monkeypatch):
    monkeypatch.setattr(tables, "ROW_GROUP", 4)
    table, columns = tables.TRIALS, columns_of(tables.TRIALS, 23)
    write(table, columns, CONFIGURATION, tmp_path / "whole.parquet")
    with tables.writing(table, CONFIGURATION, tmp_path / "parts.parquet") as append:
        for first in range(0, 23, size):
            append({name: values[first : first + size] for name, values in columns.items()})
    whole, parts = (tmp_path / f"{name}.parquet" for name in ("whole", "parts"))
    assert whole.read_bytes() == parts.read_bytes()
    halves = [tmp_path / f"{half}.parquet" for half in (1, 2)]
    for i, half in enumerate(halves):
        with tables.writing(table, CONFIGURATION, half, (23 * i, 23 * (i + 1), 46)) as append:
            append(columns)
    tables.gather(table, halves, CONFIGURATION, tmp_path / "twice.parquet")
    twice = {name: [*values, *values] for name, values in columns.items()}
    write(table, twice, CONFIGURATION, parts)
    assert (tmp_path / "twice.parquet").read_bytes() == parts.read_bytes()
    groups = list(tables.read_groups(table, whole, ["start", "first"]))
    assert [len(group["start"]) for group in groups] == [4, 4, 4, 4, 4, 3]
    assert_array_equal(np.concatenate([g["start"] for g in groups]), columns["start"])


def test_row_groups_are_of_fixed_size(path, monkeypatch, columns):
    monkeypatch.setattr(tables, "ROW_GROUP", 3)
    write(SAMPLES, columns, {}, path)
    metadata = pq.read_metadata(path)
    assert [metadata.row_group(i).num_rows for i in range(3)] == [3, 3, 1]


@pytest.mark.parametrize("rows", [1, 7, 8, 9, 64, 100])
def test_rows_and_nulls_survive_any_number_of_row_groups(path, monkeypatch, rows):
    monkeypatch.setattr(tables, "ROW_GROUP", 9)
    columns = (
        Column("number", "float64", "", nullable="where unknown"),
        Column("text", "string", "", nullable="where unknown"),
        Column("count", "int64", ""),
    )
    table = Table("t.parquet", "", columns, ())
    numbers = [None if i % 3 == 0 else i / 7 for i in range(rows)]
    texts = [None if i % 5 == 4 else "é" * i for i in range(rows)]
    write(table, {"number": numbers, "text": texts, "count": range(rows)}, {}, path)
    found = read(table, path)
    assert_array_equal(found["number"], np.array(numbers, float))
    assert found["text"].tolist() == texts
    assert found["count"].tolist() == list(range(rows))


# ── Provenance ───────────────────────────────────────────────────────────────────────────────


def test_files_say_what_made_them_and_nothing_else(written):
    assert provenance(written) == {
        "version": __version__,
        "table": "data/mixture.parquet",
        "configuration": CONFIGURATION,
    }
    assert {key for key in pq.read_schema(written).metadata if key != b"ARROW:schema"} == {
        b"descent"
    }


def test_a_file_of_other_origin_has_no_provenance(path):
    pq.write_table(pa.table({"x": [1]}), path)
    assert provenance(path) == {}


def test_provenance_of_a_damaged_file_is_a_table_error(written):
    written.write_bytes(written.read_bytes()[:50])
    with pytest.raises(TableError, match=r"mixture\.parquet"):
        provenance(written)


# ── What is not written ──────────────────────────────────────────────────────────────────────

UNFIT = {
    "NaN": {"x1": [np.nan] * 7},
    "one NaN": {"x1": [*range(6), np.nan]},
    "infinity": {"x2": [*range(6), -np.inf]},
    "null": {"x2": [None, *range(6)]},
    "null label": {"label": [None, *range(6)]},
    "a column too many": {"x3": [0.0] * 7},
    "fractional labels": {"label": [0.5] * 7},
    "text for numbers": {"x1": ["one"] * 7},
    "columns of two lengths": {"x1": [1.0]},
}


@pytest.mark.parametrize("case", UNFIT)
@pytest.mark.parametrize("before", [None, b"the old file"])
def test_unfit_columns_are_refused_and_leave_the_folder_as_it_was(case, before, path, columns):
    if before:
        path.write_bytes(before)
    with pytest.raises(TableError, match=r"mixture\.parquet"):
        write(SAMPLES, columns | UNFIT[case], {}, path)
    assert [file.read_bytes() for file in path.parent.iterdir()] == [before] * bool(before)


@pytest.mark.parametrize("name", ["x1", "label"])
def test_a_missing_column_is_refused(name, path, columns):
    del columns[name]
    with pytest.raises(TableError, match=rf"{name}"):
        write(SAMPLES, columns, {}, path)
    assert not list(path.parent.iterdir())


def test_a_refused_column_is_named(path, columns):
    with pytest.raises(TableError, match="column x2"):
        write(SAMPLES, columns | {"x2": [np.nan] * 7}, {}, path)


def test_a_nullable_column_takes_nulls_but_no_infinity(path):
    table = Table("t.parquet", "", (Column("a", "float64", "", nullable="where unknown"),), ())
    write(table, {"a": [1.0, None, np.nan]}, {}, path)
    assert pq.read_table(path)["a"].null_count == 2
    with pytest.raises(TableError, match="column a"):
        write(table, {"a": [np.inf, None]}, {}, path)


def test_a_write_that_fails_half_way_leaves_the_old_file(written, columns, monkeypatch):
    old = written.read_bytes()

    def fill_the_disk(writer, content):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tables.pq.ParquetWriter, "write_table", fill_the_disk)
    with pytest.raises(OSError, match="No space left"):
        write(SAMPLES, columns, {}, written)
    assert written.read_bytes() == old
    assert list(written.parent.iterdir()) == [written]


# ── What is not read ─────────────────────────────────────────────────────────────────────────


def assert_refused(path, table=SAMPLES):
    """Check that the error names the file and the command that makes it anew."""
    with pytest.raises(TableError) as caught:
        read(table, path)
    message = str(caught.value)
    assert str(path) in message
    assert f"snakemake --cores all --force {path}" in message
    return message


def test_a_truncated_file_is_refused_wherever_it_was_cut(written):
    whole = written.read_bytes()
    for length in range(0, len(whole), 7):
        written.write_bytes(whole[:length])
        assert_refused(written)


def test_a_flipped_bit_is_noticed_or_changes_nothing(written, columns):
    whole = written.read_bytes()
    for place in range(0, len(whole), 3):
        damaged = bytearray(whole)
        damaged[place] ^= 0x81
        written.write_bytes(damaged)
        try:
            found = read(SAMPLES, written)
        except TableError:
            continue
        for name, values in columns.items():
            assert_array_equal(found[name], values, err_msg=f"byte {place}")


@pytest.mark.parametrize("content", [b"", b"PAR1", b"x1,x2,label\n0,0,0\n", b"\x00" * 500])
def test_a_file_that_is_no_parquet_is_refused(path, content):
    path.write_bytes(content)
    assert "damaged" in assert_refused(path)


def test_a_missing_file_is_refused(path):
    assert_refused(path)


def test_a_folder_in_place_of_a_file_is_refused(tmp_path, written):
    folder = tmp_path / "folder.parquet"
    folder.mkdir()
    shutil.copy(written, folder / "part-0.parquet")
    assert_refused(folder)


def test_a_table_of_other_columns_is_refused_with_both_lists(written):
    message = assert_refused(written, mixture_table(3))
    assert "x1: double, x2: double, label: int64" in message
    assert "x1: double, x2: double, x3: double, label: int64" in message


@pytest.mark.parametrize(
    "changes",
    [
        {"label": [0.0] * 7},
        {"x1": [1] * 7},
        {"x1": np.ones(7, np.float32)},
        {"x1": ["1.0"] * 7},
        {"__index_level_0__": range(7)},
    ],
    ids=["label as float", "x1 as int", "x1 in single precision", "x1 as text", "one more"],
)
def test_a_table_of_other_types_is_refused(path, changes):
    pq.write_table(pa.table(columns_of(SAMPLES) | changes), path)
    assert "has columns" in assert_refused(path)


def test_a_table_without_rows_is_refused(path, columns):
    write(SAMPLES, {name: values[:0] for name, values in columns.items()}, {}, path)
    assert "no rows" in assert_refused(path)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_a_number_that_is_none_is_refused_wherever_it_comes_from(path, columns, bad):
    columns["x2"] = np.array([*range(6), bad])
    content = pa.table(columns, schema=tables.schema(SAMPLES))
    pq.write_table(content, path)
    with pytest.raises(TableError, match=r"mixture\.parquet.*column x2.*snakemake --cores all"):
        read(SAMPLES, path)


def test_a_path_that_looks_like_a_partition_adds_no_column(tmp_path, columns):
    folder = tmp_path / "study=7"
    folder.mkdir()
    write(SAMPLES, columns, {}, folder / "mixture.parquet")
    assert list(read(SAMPLES, folder / "mixture.parquet")) == ["x1", "x2", "label"]


# ── The tables themselves ────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", ALL)
def test_tables_are_described_and_sorted_by_columns_they_have(name):
    table = ALL[name]
    names = [column.name for column in table.columns]
    assert len(set(names)) == len(names)
    assert set(table.order) <= set(names)
    assert table.path.endswith(".parquet")
    assert table.row
    for column in table.columns:
        assert column.meaning
        assert column.type in {"float64", "int64", "string"}


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
    table = next(table for table in ALL.values() if table.path == path)
    types = {column.name: column.type for column in table.columns}
    for name in CONTRACT[path].split():
        expected = "int64" if name in INTEGERS else "string" if name in TEXTS else "float64"
        assert types[name] == expected


def test_provenance_is_plain_json(written):
    raw = pq.read_schema(written).metadata[b"descent"]
    assert json.loads(raw) == provenance(written)
