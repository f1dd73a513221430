"""Tables on disk: Parquet files whose bytes depend on their rows and their provenance alone.

A table in memory is a DataFrame. What is written may also be a mapping of arrays: pyarrow imports
pandas for every array that it converts, so columns are handed to it as buffers, and a job that
only writes needs no pandas.
"""

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from descent.support.files import how_to_rebuild, replacing
from descent.support.quoting import shortened
from descent.tables.origin import (
    TableError,
    TextError,
    check_provenance,
    provenance_of,
    read_facts,
)
from descent.tables.schemas import Column, Schema

if TYPE_CHECKING:
    import pandas as pd

ROW_GROUP = 131_072
LONGEST_FIELDS = 1000  # characters of columns' names and types in a message


def arrow_schema(schema: Schema) -> pa.Schema:
    """Return a table's Arrow schema; its fields say what columns mean, in which unit."""
    fields = []
    for column in schema.columns:
        texts = {name: getattr(column, name) for name in ("meaning", "unit", "undefined")}
        says = {name: text for name, text in texts.items() if text}
        kind = pa.type_for_alias(column.type)
        fields.append(pa.field(column.name, kind, nullable=column.nullable, metadata=says))
    return pa.schema(fields)


# ── Writing ──────────────────────────────────────────────────────────────────────────────────


def write(
    schema: Schema, columns: "Mapping | pd.DataFrame", configuration: Mapping, path: str | Path
) -> None:
    """Write a table, whole or not at all.

    Parameters
    ----------
    schema : Schema
        What is written.
    columns : DataFrame or Mapping
        Its columns by name, each a sequence; no column more or less.
    configuration : Mapping
        The part of the configuration that determines the rows; kept as provenance.
    path : str or Path
        The file. It appears under this name only when it is complete.

    Raises
    ------
    TableError
        If columns are missing or too many, or hold what the schema does not allow.
    """
    with writing(schema, configuration, path) as append:
        append(columns)


@contextmanager
def writing(
    schema: Schema,
    configuration: Mapping,
    path: str | Path,
    part: tuple[int, int, int] | None = None,
) -> Iterator[Callable[[Any], None]]:
    """Write a table part by part, whole or not at all; its bytes do not depend on the parts.

    Parameters
    ----------
    schema, configuration, path
        As in `write`.
    part : tuple of int, optional
        Of a file that is to be gathered: its first row in the whole table, the row after its
        last, and the rows of the whole table.

    Yields
    ------
    callable
        Takes the columns of the next rows, with the errors of `write`.
    """
    with _row_group_writer(schema, configuration, path, part) as add:
        yield lambda columns: add(_arrow_table(schema, columns, path))


def gather(
    schema: Schema, parts: Sequence[str | Path], configuration: Mapping, path: str | Path
) -> None:
    """Put files of the same table one after another; bytes do not depend on the cut.

    Parameters
    ----------
    schema, configuration, path
        As in `write`.
    parts : sequence of str or Path
        The files, in order.

    Raises
    ------
    TableError
        As of `read`, if a part was made from another configuration or by another version, or if
        the parts are not those of the whole table, in order.
    """
    gathered = 0
    with _row_group_writer(schema, configuration, path) as add:
        for file in parts:
            first, last, whole = _part_of(provenance(file))
            if first != gathered or (file == parts[-1] and last != whole):
                raise TableError(
                    f"{file} is not the part of {path} that begins with row {gathered}; "
                    f"{how_to_rebuild(file)}"
                )
            for rows in _row_groups(schema, file, configuration=configuration):
                gathered += len(rows)
                add(rows)
            if gathered != last:
                raise TableError(
                    f"{file} ends with row {gathered} of {path}, not {last}; {how_to_rebuild(file)}"
                )


@contextmanager
def _row_group_writer(
    schema: Schema,
    configuration: Mapping,
    path: str | Path,
    part: tuple[int, int, int] | None = None,
) -> Iterator[Callable[[pa.Table], None]]:
    facts = provenance_of("table", schema.path, configuration) | ({"part": part} if part else {})
    target = arrow_schema(schema).with_metadata({"descent": json.dumps(facts, sort_keys=True)})
    waiting: list[pa.Table] = []
    options = {"compression": "zstd", "write_page_checksum": True}
    with replacing(path) as partial, pq.ParquetWriter(partial, target, **options) as writer:

        def add(rows: pa.Table) -> None:
            waiting.append(rows.cast(target))
            if sum(map(len, waiting)) >= ROW_GROUP:
                flush(ROW_GROUP)

        def flush(least: int) -> None:
            rows = pa.concat_tables(waiting)
            while len(rows) >= least:
                writer.write_table(rows.slice(0, ROW_GROUP).combine_chunks())
                rows = rows.slice(ROW_GROUP)
            waiting[:] = [rows] if len(rows) else []

        yield add
        if waiting:
            flush(1)


def _arrow_table(schema: Schema, columns: Any, path: str | Path) -> pa.Table:
    """Turn columns into an Arrow table and check them."""
    if set(columns) != set(schema.names):
        raise TableError(f"{schema.path}: columns {sorted(columns)}, not {sorted(schema.names)}")
    try:
        arrays = [_arrow_array(column, columns[column.name]) for column in schema.columns]
        rows = pa.Table.from_arrays(arrays, schema=arrow_schema(schema))
        for column in schema.columns:
            _check_column(column, rows[column.name])
        return rows
    except (pa.ArrowException, ValueError, TypeError) as error:
        raise TableError(f"{path}: {error}") from None


def _arrow_array(column: Column, values: Any) -> pa.Array:
    given = np.asarray(values)
    if given.ndim != 1:
        raise ValueError(f"column {column.name} has {given.ndim} dimensions")
    known = given == given  # NaN is no value, nor is None
    if given.dtype == object:
        known = np.array([value is not None and value == value for value in given], bool)
    validity = None if known.all() else pa.py_buffer(np.packbits(known, bitorder="little"))
    if column.type == "string":
        texts = [
            value.encode() if there else b""
            for value, there in zip(given.tolist(), known, strict=True)
        ]
        ends = np.cumsum([0, *map(len, texts)], dtype=np.int32)
        buffers = [validity, pa.py_buffer(ends), pa.py_buffer(b"".join(texts))]
        return pa.Array.from_buffers(pa.string(), len(given), buffers)
    numbers = np.where(known, given, 0).astype(column.type)
    if given.dtype.kind in "US" or not np.array_equal(numbers[known], given[known]):
        raise ValueError(f"column {column.name} holds values that are not {column.type}")
    kind = pa.type_for_alias(column.type)
    return pa.Array.from_buffers(kind, len(given), [validity, pa.py_buffer(numbers)])


# ── Reading ──────────────────────────────────────────────────────────────────────────────────


def read(schema: Schema, path: str | Path, configuration: Mapping | None = None) -> "pd.DataFrame":
    """Read a table and check that it is what it should be.

    Parameters
    ----------
    schema : Schema
        What is expected.
    path : str or Path
        The file.
    configuration : Mapping, optional
        What the reader knows of the study: sections with some or all of their keys. What the file
        says of the same keys must agree, and it must be this table, of this version. Without it
        the file may come from anywhere.

    Returns
    -------
    DataFrame
        The columns, in the table's order.

    Raises
    ------
    TableError
        If the file is damaged, empty, of another schema or study, or holds what the schema does
        not allow.
    """
    found = pa.concat_tables(_row_groups(schema, path, configuration=configuration)).to_pandas()
    if schema.key and found.duplicated(list(schema.key)).any():
        same = ", ".join(schema.key)
        raise TableError(f"{path} has rows of the same {same}; {how_to_rebuild(path)}")
    return found


def read_groups(
    schema: Schema,
    path: str | Path,
    names: Sequence[str] | None = None,
    configuration: Mapping | None = None,
) -> "Iterator[pd.DataFrame]":
    """Read a table row group by row group, so that a long one need not fit in memory.

    Parameters
    ----------
    schema, path, configuration
        As in `read`, with the same errors.
    names : sequence of str, optional
        The columns to read; all by default.

    Yields
    ------
    DataFrame
        The next rows; texts are categories.
    """
    for rows in _row_groups(schema, path, names, configuration):
        texts = [field.name for field in rows.schema if pa.types.is_string(field.type)]
        yield rows.to_pandas(categories=texts)


def read_samples(
    schema: Schema, path: str | Path, configuration: Mapping | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Read samples (n, d) and their labels (n,), without pandas; checks and errors as of `read`.

    Labels must be those of the configured classes: compiled code trusts them.
    """
    rows = pa.concat_tables(_row_groups(schema, path, configuration=configuration))
    *coordinates, labels = map(_numbers_of, rows.columns)
    classes = len((configuration or {}).get("mixture", {}).get("means", ()))
    if classes and not (labels.min() >= 0 and labels.max() < classes):
        raise TableError(f"{path} has labels that are none of its classes; {how_to_rebuild(path)}")
    return np.stack(coordinates, axis=1), labels


def samples_columns(x: np.ndarray, labels: np.ndarray) -> dict[str, np.ndarray]:
    """Return the columns of samples (n, d) with their labels (n,)."""
    return {f"x{i + 1}": x[:, i] for i in range(x.shape[1])} | {"label": labels}


def _row_groups(
    schema: Schema,
    path: str | Path,
    names: Sequence[str] | None = None,
    configuration: Mapping | None = None,
) -> Iterator[pa.Table]:
    expected = arrow_schema(schema)
    chosen = [column for column in schema.columns if names is None or column.name in names]
    try:
        with _opened(path) as file:
            found = file.schema_arrow
            if not found.equals(expected):
                raise TableError(
                    f"{path} has columns ({_fields_of(found)}), not ({_fields_of(expected)})"
                )
            if configuration is not None:
                check_provenance("table", schema.path, path, _facts_of(found), configuration)
            if file.metadata.num_rows == 0:
                if not schema.may_be_empty:
                    raise TableError(f"{path} has no rows")
                yield file.read(names).replace_schema_metadata()
            for group in range(file.num_row_groups):
                rows = file.read_row_group(group, names).replace_schema_metadata()
                for column in chosen:
                    _check_text(column, rows[column.name], path)
                    _check_column(column, rows[column.name])
                yield rows
    except TableError as error:
        raise type(error)(f"{error}; {how_to_rebuild(path)}") from None
    except (OSError, ValueError, pa.ArrowException) as error:
        raise TableError(f"{path} is damaged ({error}); {how_to_rebuild(path)}") from None


def _check_text(column: Column, values: pa.ChunkedArray, path: str | Path) -> None:
    """Raise TextError for text that is not UTF-8, which Arrow reads without a look."""
    try:
        if column.type == "string":
            values.validate(full=True)
    except pa.ArrowInvalid:
        raise TextError(f"{path} holds text that is not UTF-8 in column {column.name}") from None


def _check_column(column: Column, values: pa.ChunkedArray) -> None:
    """Raise ValueError for values that a column must not hold; what is null counts for nothing."""
    if values.null_count and not column.nullable:
        raise ValueError(f"column {column.name} holds null or NaN")
    if column.type in ("float32", "float64"):
        # Where nothing is null nothing is dropped, as that imports pyarrow.compute.
        numbers = _numbers_of(values.drop_null() if values.null_count else values)
        if np.isnan(numbers).any():
            raise ValueError(f"column {column.name} holds NaN")
        if not column.may_be_infinite and np.isinf(numbers).any():
            raise ValueError(f"column {column.name} holds infinite values")


def _numbers_of(values: pa.ChunkedArray) -> np.ndarray:
    """Return a column of numbers as it lies in memory; none is null."""
    array = values.combine_chunks()
    numbers = np.frombuffer(array.buffers()[1] or b"", array.type.to_pandas_dtype())
    return numbers[array.offset :][: len(array)]


def check_origin(schema: Schema, path: str | Path, configuration: Mapping) -> None:
    """Check what a file says of its origin, as `check_provenance` does; it is not read."""
    try:
        check_provenance("table", schema.path, path, provenance(path), configuration)
    except TableError as error:
        raise TableError(f"{error}; {how_to_rebuild(path)}") from None


def provenance(path: str | Path) -> dict:
    """Return what a file says of its origin: the table, and what version made it from what."""
    return _facts_of(_opened_schema(path)[0])


def _part_of(facts: Mapping) -> tuple:
    """Return which rows of the whole table a part says it holds, and how many there are in all."""
    part = facts.get("part")
    return tuple(part) if isinstance(part, list) and len(part) == 3 else (None, None, None)


def columns_of(path: str | Path) -> list[str]:
    """Return the names of a file's columns."""
    return _opened_schema(path)[0].names


def row_count(path: str | Path) -> int:
    """Return the number of a file's rows."""
    return _opened_schema(path)[1]


@contextmanager
def _opened(path: str | Path) -> Iterator[pq.ParquetFile]:
    """Open a file under any name: Arrow itself takes only names in UTF-8."""
    with (
        pa.OSFile(os.fsencode(path)) as source,
        pq.ParquetFile(source, page_checksum_verification=True) as file,
    ):
        yield file


def _opened_schema(path: str | Path) -> tuple[pa.Schema, int]:
    """Return a file's schema and number of rows, which it says of itself."""
    try:
        with _opened(path) as file:
            return file.schema_arrow, file.metadata.num_rows
    except (OSError, ValueError, pa.ArrowException) as error:
        raise TableError(f"{path} is damaged ({error}); {how_to_rebuild(path)}") from None


def _facts_of(columns: pa.Schema) -> dict:
    return read_facts((columns.metadata or {}).get(b"descent", b""))


def _fields_of(columns: pa.Schema) -> str:
    return shortened(", ".join(f"{field.name}: {field.type}" for field in columns), LONGEST_FIELDS)
