"""Tables at their edges: the first label, foreign text, as many disagreements as are told."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from numpy.testing import assert_array_equal
from tables_of_anything import columns_of

from descent.tables.documentation import data_dictionary
from descent.tables.origin import TableError, TextError, check_provenance, provenance_of
from descent.tables.parquet import arrow_schema, read, read_samples, write
from descent.tables.schemas import GRADIENTS, Column, Schema, mixture_schema

TWO_CLASSES = {"mixture": {"means": [[0.0], [1.0]]}}


def test_labels_from_the_first_class_to_the_last_are_read(tmp_path):
    samples, path = mixture_schema(1), tmp_path / "mixture.parquet"
    write(samples, {"x1": [0.5, -0.5], "label": [0, 1]}, TWO_CLASSES, path)
    x, labels = read_samples(samples, path, TWO_CLASSES)
    assert_array_equal(x, [[0.5], [-0.5]])
    assert_array_equal(labels, [0, 1])


def test_text_that_is_not_utf_8_is_refused(tmp_path):
    columns, path = columns_of(GRADIENTS), tmp_path / "gradients.parquet"
    write(GRADIENTS, columns, {}, path)
    table = pq.read_table(path)
    count, foreign = len(table), b"\xff" * len(table)
    ends = pa.py_buffer(np.arange(count + 1, dtype=np.int32))
    place = table.column_names.index("parameter")
    texts = pa.Array.from_buffers(pa.string(), count, [None, ends, pa.py_buffer(foreign)])
    field = arrow_schema(GRADIENTS).field(place)
    pq.write_table(table.set_column(place, field, texts), path)
    with pytest.raises(TextError, match="not UTF-8 in column parameter"):
        read(GRADIENTS, path)


def test_no_more_disagreements_are_told_of_than_there_are():
    made_from = {"mixture": {"a": 1, "b": 2, "c": 3, "d": 4}}
    facts = provenance_of("table", "t", made_from)
    for known, end in (
        ({"a": 0, "b": 0, "c": 0}, "c = 3, not 0"),
        (dict.fromkeys("abcd", 0), " 1 more"),
    ):
        with pytest.raises(TableError) as caught:
            check_provenance("table", "t", "file", facts, {"mixture": known})
        assert str(caught.value).endswith(end)


def test_tables_of_samples_have_as_many_coordinates_as_said():
    assert [column.meaning for column in mixture_schema(3).columns[:3]] == [
        "coordinate 1", "coordinate 2", "coordinate 3",
    ]  # fmt: skip


def test_the_dictionary_tells_the_order_and_what_is_null():
    sections = data_dictionary().split("## ")
    pairwise = next(part for part in sections if part.startswith("`results/{problem}/pairwise"))
    assert " Sorted by trials, method, against.\n" in pairwise
    undefined = [line for line in pairwise.splitlines() if "; null " in line]
    assert [line.split(" | ")[0].strip("| ") for line in undefined] == [
        "ratio", "low", "high", "detectable", "tuning_low", "tuning_high", "draws_low",
        "draws_high", "draws_faster", "draws_slower",
    ]  # fmt: skip
    training = next(part for part in sections if "where the problem is a network" in part)
    assert "| seed | int64 |" in training
    assert "| start | " not in training


def test_a_column_is_neither_null_nor_infinite_unless_it_may_be(tmp_path):
    def schema_with(**more):
        return Schema("t", row="r", columns=(Column("x", "float64", "m", **more),), order=())

    strict, nullable, infinite = (
        schema_with(), schema_with(nullable=True), schema_with(may_be_infinite=True),
    )  # fmt: skip
    path = tmp_path / "t.parquet"
    for schema, values, allowed in (
        (strict, [1.0, np.nan], False), (strict, [1.0, -np.inf], False), (strict, [1.0, 2.0], True),
        (nullable, [1.0, np.nan], True), (nullable, [np.nan, np.inf], False),
        (infinite, [1.0, -np.inf], True), (infinite, [np.inf, np.nan], False),
    ):  # fmt: skip
        if allowed:
            write(schema, {"x": values}, {}, path)
            assert_array_equal(read(schema, path)["x"], values)
        else:
            with pytest.raises(TableError, match="column x holds"):
                write(schema, {"x": values}, {}, path)
