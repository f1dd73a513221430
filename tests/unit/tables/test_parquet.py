"""Tables on disk: whole or not at all, the same bytes, and read with suspicion."""

import json
import shutil

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from numpy.testing import assert_array_equal
from tables_of_anything import ALL, EVALUATION, columns_of

from descent import __version__
from descent.tables import parquet
from descent.tables.origin import TableError
from descent.tables.parquet import (
    arrow_schema,
    gather,
    provenance,
    read,
    read_groups,
    write,
    writing,
)
from descent.tables.schemas import PAIRWISE, Column, Schema, mixture_schema

SAMPLES = mixture_schema(2)
CONFIGURATION = {"mixture": {"seed": 123, "means": [[0.0, 2.0]], "name": "Poincaré"}}


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
    schema = ALL[name]
    columns = columns_of(schema)
    write(schema, columns, CONFIGURATION, path)
    found = read(schema, path)
    assert list(found) == schema.names
    for column in schema.columns:
        values, first = found[column.name], int(column.nullable)
        assert_array_equal(values[first:], columns[column.name][first:])
        assert values.isna().sum() == first
    write(schema, found, CONFIGURATION, path.with_name("again.parquet"))
    assert path.read_bytes() == path.with_name("again.parquet").read_bytes()


@pytest.mark.parametrize("name", ALL)
def test_pandas_alone_reads_every_table_in_sensible_types(name, path):
    schema = ALL[name]
    write(schema, columns_of(schema), CONFIGURATION, path)
    found = pd.read_parquet(path)
    pd.testing.assert_frame_equal(found, read(schema, path))
    assert isinstance(found.index, pd.RangeIndex)
    kinds = dict.fromkeys(("float32", "float64"), pd.api.types.is_float_dtype)
    kinds |= {"int64": pd.api.types.is_integer_dtype, "string": pd.api.types.is_string_dtype}
    for column in schema.columns:
        assert kinds[column.type](found[column.name].dropna())


@pytest.mark.parametrize("name", ALL)
def test_fields_carry_meaning_and_unit(name, path):
    schema = ALL[name]
    write(schema, columns_of(schema), CONFIGURATION, path)
    for column, field in zip(schema.columns, pq.read_schema(path), strict=True):
        said = {key.decode(): text.decode() for key, text in field.metadata.items()}
        said.pop("PARQUET:field_id", None)
        told = {"meaning": column.meaning, "unit": column.unit, "undefined": column.undefined}
        assert said == {key: text for key, text in told.items() if text}
        assert field.nullable == column.nullable


def test_a_file_of_other_meanings_and_units_is_the_same_table(written):
    columns = tuple(column._replace(meaning="m", unit="u") for column in SAMPLES.columns)
    assert len(read(SAMPLES._replace(columns=columns), written, CONFIGURATION)) == 7


def test_infinity_comes_back_as_infinity(path):
    columns, name = columns_of(EVALUATION), "within_0.5_for_100"
    columns[name][3:5] = np.inf
    write(EVALUATION, columns, {}, path)
    for found in (read(EVALUATION, path), pd.read_parquet(path)):
        assert found[name].dtype == np.float32
        assert found[name].to_numpy().tobytes() == columns[name].tobytes()
    assert pq.read_table(path)[name].null_count == 0


def test_a_narrow_column_holds_no_number_that_it_would_round(path):
    columns, name = columns_of(EVALUATION), "within_0.5_for_100"
    write(EVALUATION, columns | {name: np.array([0, 1, 2.0**24, np.inf, 7, 8, 9])}, {}, path)
    for number in (0.1, 2**24 + 1):
        with pytest.raises(TableError, match=f"{name} holds values that are not float32"):
            write(EVALUATION, columns | {name: np.full(7, number)}, {}, path)


def test_a_column_may_hold_infinity_and_what_is_undefined(path):
    columns = columns_of(PAIRWISE) | {"ratio": [0.5, np.inf, np.nan, 2.0, None, 0.0, 1.0]}
    write(PAIRWISE, columns, {}, path)
    assert_array_equal(read(PAIRWISE, path)["ratio"], [0.5, np.inf, np.nan, 2.0, np.nan, 0.0, 1.0])
    assert pq.read_table(path)["ratio"].null_count == 2


def test_numbers_keep_every_bit(path, columns):
    columns["x1"] = np.array([5e-324, -0.0, 1 / 3, 1.7976931348623157e308, 0.1, -1e-310, 2**53 + 1])
    write(SAMPLES, columns, {}, path)
    assert read(SAMPLES, path)["x1"].to_numpy().tobytes() == columns["x1"].tobytes()


def test_samples_are_read_as_a_matrix_and_labels(written, columns):
    x, labels = parquet.read_samples(SAMPLES, written)
    assert_array_equal(x, np.stack([columns["x1"], columns["x2"]], axis=1), strict=True)
    assert_array_equal(labels, columns["label"], strict=True)
    again = parquet.samples_columns(x, labels)
    assert list(again) == list(columns)
    for name, values in again.items():
        assert_array_equal(values, columns[name])


def test_samples_of_many_row_groups_are_read_whole(path, columns, monkeypatch):
    monkeypatch.setattr(parquet, "ROW_GROUP", 3)
    write(SAMPLES, columns, {}, path)
    x, labels = parquet.read_samples(SAMPLES, path)
    assert_array_equal(x[:, 1], columns["x2"])
    assert_array_equal(labels, columns["label"])


def test_an_empty_table_keeps_its_types(path):
    write(PAIRWISE, {name: [] for name in PAIRWISE.names}, {}, path)
    for found in (read(PAIRWISE, path), pd.read_parquet(path)):
        assert found.shape == (0, len(PAIRWISE.columns))
        assert found.dtypes["ratio"] == np.float64
        assert found.dtypes["trials"] == np.int64


def test_groups_hold_texts_as_categories(path):
    columns = columns_of(EVALUATION)
    write(EVALUATION, columns, {}, path)
    (group,) = read_groups(EVALUATION, path)
    assert isinstance(group["status"].dtype, pd.CategoricalDtype)
    write(EVALUATION, group, {}, path.with_name("again.parquet"))
    assert path.read_bytes() == path.with_name("again.parquet").read_bytes()


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
    monkeypatch.setattr(parquet, "ROW_GROUP", 4)
    schema, columns = EVALUATION, columns_of(EVALUATION, 23)
    write(schema, columns, CONFIGURATION, tmp_path / "whole.parquet")
    with writing(schema, CONFIGURATION, tmp_path / "parts.parquet") as append:
        for first in range(0, 23, size):
            append({name: values[first : first + size] for name, values in columns.items()})
    whole, parts = (tmp_path / f"{name}.parquet" for name in ("whole", "parts"))
    assert whole.read_bytes() == parts.read_bytes()
    halves = [tmp_path / f"{half}.parquet" for half in (1, 2)]
    for i, half in enumerate(halves):
        with writing(schema, CONFIGURATION, half, (23 * i, 23 * (i + 1), 46)) as append:
            append(columns)
    gather(schema, halves, CONFIGURATION, tmp_path / "twice.parquet")
    twice = {name: [*values, *values] for name, values in columns.items()}
    write(schema, twice, CONFIGURATION, parts)
    assert (tmp_path / "twice.parquet").read_bytes() == parts.read_bytes()
    groups = list(read_groups(schema, whole, ["start", "within_0.5_for_100"]))
    assert [len(group) for group in groups] == [4, 4, 4, 4, 4, 3]
    assert [list(group) for group in groups] == [["start", "within_0.5_for_100"]] * 6
    assert_array_equal(np.concatenate([g["start"] for g in groups]), columns["start"])


def test_row_groups_are_of_fixed_size(path, monkeypatch, columns):
    monkeypatch.setattr(parquet, "ROW_GROUP", 3)
    write(SAMPLES, columns, {}, path)
    metadata = pq.read_metadata(path)
    assert [metadata.row_group(i).num_rows for i in range(3)] == [3, 3, 1]


@pytest.mark.parametrize("rows", [1, 7, 8, 9, 64, 100])
def test_rows_and_nulls_survive_any_number_of_row_groups(path, monkeypatch, rows):
    monkeypatch.setattr(parquet, "ROW_GROUP", 9)
    columns = (
        Column("number", "float64", meaning="", nullable=True),
        Column("text", "string", meaning="", nullable=True),
        Column("count", "int64", meaning=""),
    )
    schema = Schema("t.parquet", row="", columns=columns, order=())
    numbers = [None if i % 3 == 0 else i / 7 for i in range(rows)]
    texts = [None if i % 5 == 4 else "é" * i for i in range(rows)]
    write(schema, {"number": numbers, "text": texts, "count": range(rows)}, {}, path)
    found = read(schema, path)
    assert_array_equal(found["number"], np.array(numbers, float))
    assert found["text"].astype(object).where(found["text"].notna(), None).tolist() == texts
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


def test_provenance_is_plain_json(written):
    raw = pq.read_schema(written).metadata[b"descent"]
    assert json.loads(raw) == provenance(written)


def test_columns_and_rows_are_told_without_reading_them(written):
    assert parquet.columns_of(written) == ["x1", "x2", "label"]
    assert parquet.row_count(written) == 7


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
    columns = (Column("a", "float64", meaning="", nullable=True),)
    schema = Schema("t.parquet", row="", columns=columns, order=())
    write(schema, {"a": [1.0, None, np.nan]}, {}, path)
    assert pq.read_table(path)["a"].null_count == 2
    with pytest.raises(TableError, match="column a"):
        write(schema, {"a": [np.inf, None]}, {}, path)


@pytest.mark.parametrize("bad", [np.nan, None])
def test_a_column_that_may_be_infinite_takes_no_nulls(path, bad):
    columns = (Column("a", "float64", meaning="", may_be_infinite=True),)
    schema = Schema("t.parquet", row="", columns=columns, order=())
    write(schema, {"a": [1.0, np.inf, -np.inf]}, {}, path)
    assert_array_equal(read(schema, path)["a"], [1.0, np.inf, -np.inf])
    with pytest.raises(TableError, match="column a"):
        write(schema, {"a": [np.inf, bad]}, {}, path)


def test_a_write_that_fails_half_way_leaves_the_old_file(written, columns, monkeypatch):
    old = written.read_bytes()

    def fill_the_disk(writer, content):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pq.ParquetWriter, "write_table", fill_the_disk)
    with pytest.raises(OSError, match="No space left"):
        write(SAMPLES, columns, {}, written)
    assert written.read_bytes() == old
    assert list(written.parent.iterdir()) == [written]


# ── What is not read ─────────────────────────────────────────────────────────────────────────


def assert_refused(path, schema=SAMPLES):
    """Check that the error names the file and the command that makes it anew."""
    with pytest.raises(TableError) as caught:
        read(schema, path)
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
    message = assert_refused(written, mixture_schema(3))
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
    content = pa.table(columns, schema=arrow_schema(SAMPLES))
    pq.write_table(content, path)
    with pytest.raises(TableError, match=r"mixture\.parquet.*column x2.*snakemake --cores all"):
        read(SAMPLES, path)


def test_a_path_that_looks_like_a_partition_adds_no_column(tmp_path, columns):
    folder = tmp_path / "study=7"
    folder.mkdir()
    write(SAMPLES, columns, {}, folder / "mixture.parquet")
    assert list(read(SAMPLES, folder / "mixture.parquet")) == ["x1", "x2", "label"]
