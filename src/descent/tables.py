"""Every table of the study: its columns, units, meaning and order, and how it meets the disk.

A table in memory is a dictionary of equally long columns. On disk it is a Parquet file whose
bytes depend on its rows and its provenance alone.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from descent import __version__
from descent.files import replacing

ROW_GROUP = 131_072


class Column(NamedTuple):
    """A column: what it is called, holds, and means; null where `nullable` says when."""

    name: str
    type: str
    meaning: str
    unit: str = ""
    nullable: str = ""


class Table(NamedTuple):
    """A table: where it lies under the results, what a row is, its columns and its order."""

    path: str
    row: str
    columns: tuple[Column, ...]
    order: tuple[str, ...]


class TableError(ValueError):
    """A file that is not the table it should be; the message says how to rebuild it."""


METHOD = Column("method", "string", "update rule")
LEARNING_RATE = Column("learning_rate", "float64", "factor of the gradient")
MOMENTUM = Column("momentum", "float64", "factor of the previous step; 0 for gradient descent")
RUN = Column("run", "string", "name of the run in the configuration")
ITERATION = Column("iteration", "int64", "number of updates done; 0 is the start")
SEED = Column("seed", "int64", "seed of the initial weights")
STATUS = Column(
    "status",
    "string",
    "how the run ended: reached, diverged, cycle, plateau (networks only) or budget, "
    "the first that holds",
)
ITERATIONS = Column(
    "iterations",
    "int64",
    "updates until the target was first met; else updates done, all of them finite",
)
X1 = Column("x1", "float64", "first coordinate")
X2 = Column("x2", "float64", "second coordinate")
LOSS = Column("loss", "float64", "cross-entropy summed over the samples", "nats")
ACCURACY = Column("accuracy", "float64", "share of samples whose most probable class is theirs")
PARAMETER = Column("parameter", "string", "parameter of the network, for example W1[0,1]")

TRAJECTORIES = Table(
    "rosenbrock/trajectories.parquet",
    "an iteration of a named run; a diverged run ends at its last finite iterate",
    (
        RUN,
        METHOD,
        LEARNING_RATE,
        MOMENTUM,
        ITERATION,
        X1,
        X2,
        Column("value", "float64", "objective"),
    ),
    ("iteration",),
)
ROSENBROCK_SWEEP = Table(
    "rosenbrock/sweep.parquet",
    "a run",
    (
        METHOD,
        LEARNING_RATE,
        MOMENTUM,
        Column("start", "int64", "index of the start"),
        Column("start_x1", "float64", "first coordinate of the start"),
        Column("start_x2", "float64", "second coordinate of the start"),
        STATUS,
        ITERATIONS,
        Column("value", "float64", "objective at that iteration"),
        X1._replace(meaning="first coordinate at that iteration"),
        X2._replace(meaning="second coordinate at that iteration"),
    ),
    ("method", "learning_rate", "momentum", "start"),
)
FORWARD = Table(
    "checks/forward.parquet",
    "a point and class",
    (
        Column("point", "int64", "index of the input point"),
        Column("class", "int64", "index of the class"),
        Column("probability", "float64", "computed"),
        Column("expected", "float64", "as configured"),
        Column("difference", "float64", "computed minus expected"),
    ),
    ("point", "class"),
)
GRADIENTS = Table(
    "checks/gradients.parquet",
    "a parameter of a random network",
    (
        Column("network", "int64", "index of the random network"),
        PARAMETER,
        Column("analytic", "float64", "derivative by backpropagation", "nats"),
        Column("numeric", "float64", "derivative by the complex step", "nats"),
        Column("relative_error", "float64", "difference of the two, relative to the larger"),
    ),
    ("network",),
)
TRAINING = Table(
    "network/training.parquet",
    "an iteration of a named run; a diverged run ends at its last finite iterate",
    (RUN, METHOD, LEARNING_RATE, MOMENTUM, SEED, ITERATION, LOSS, ACCURACY),
    ("seed", "iteration"),
)
PARAMETERS = Table(
    "network/parameters.parquet",
    "a parameter of a trained named run",
    (RUN, SEED, PARAMETER, Column("value", "float64", "its value after the last iteration")),
    ("seed",),
)
NETWORK_SWEEP = Table(
    "network/sweep.parquet",
    "a run",
    (
        METHOD,
        LEARNING_RATE,
        MOMENTUM,
        SEED,
        STATUS,
        ITERATIONS,
        LOSS._replace(meaning="cross-entropy summed over the samples, at that iteration"),
        ACCURACY._replace(meaning="share of training samples classified correctly, at the same"),
        Column("test_accuracy", "float64", "the same on held-out samples"),
    ),
    ("method", "learning_rate", "momentum", "seed"),
)
FAULTS = Table(
    "findings/faults.parquet",
    "a number or an outcome that demonstrates a fault of the notebook",
    (
        Column("fault", "string", "the fault"),
        Column("setting", "string", "under what circumstances"),
        Column("quantity", "string", "what was computed"),
        Column("value", "float64", "the number", nullable="where the outcome is not a number"),
        Column("low", "float64", "lower end of its 95 % interval", nullable="where it has none"),
        Column("high", "float64", "upper end of its 95 % interval", nullable="where it has none"),
        Column("outcome", "string", "what happened", nullable="where the number says it all"),
    ),
    (),
)


def mixture_table(dimension: int) -> Table:
    """Return the table of a mixture's samples, whose columns depend on its dimension."""
    coordinates = tuple(
        Column(f"x{i + 1}", "float64", f"coordinate {i + 1}", "standard deviations")
        for i in range(dimension)
    )
    label = Column("label", "int64", "class of the sample")
    return Table("data/mixture.parquet", "a sample", (*coordinates, label), ("label",))


def held_out_table(dimension: int) -> Table:
    """Return the table of fresh samples, in the same columns."""
    return mixture_table(dimension)._replace(path="data/held_out.parquet", row="a fresh sample")


def schema(table: Table) -> pa.Schema:
    """Return a table's Arrow schema."""
    return pa.schema(
        pa.field(column.name, pa.type_for_alias(column.type), nullable=bool(column.nullable))
        for column in table.columns
    )


def write(table: Table, columns: Mapping, configuration: Mapping, path: str | Path) -> None:
    """Write a table, whole or not at all.

    Parameters
    ----------
    table : Table
        What is written.
    columns : Mapping
        Its columns by name, each a sequence; no column more or less.
    configuration : Mapping
        The part of the configuration that determines the rows; kept as provenance.
    path : str or Path
        The file. It appears under this name only when it is complete.

    Raises
    ------
    TableError
        If columns are missing or too many, or hold a null or NaN where none is allowed.
    """
    names = [column.name for column in table.columns]
    if set(columns) != set(names):
        raise TableError(f"{table.path}: columns {sorted(columns)}, not {sorted(names)}")
    try:
        arrays = [_array(column, columns[column.name]) for column in table.columns]
        content = pa.Table.from_arrays(arrays, schema=schema(table))
    except (pa.ArrowException, ValueError, TypeError) as error:
        raise TableError(f"{table.path}: {error}") from None
    _check_values(table, content, path)
    provenance = json.dumps(
        {"version": __version__, "configuration": configuration}, sort_keys=True
    )
    content = content.replace_schema_metadata({"descent": provenance})
    with replacing(path) as partial:
        pq.write_table(
            content, partial, row_group_size=ROW_GROUP, compression="zstd", write_page_checksum=True
        )


def read(table: Table, path: str | Path) -> dict[str, np.ndarray]:
    """Read a table and check that it is what it should be.

    Parameters
    ----------
    table : Table
        What is expected.
    path : str or Path
        The file.

    Returns
    -------
    dict of str to numpy.ndarray
        The columns, in the table's order.

    Raises
    ------
    TableError
        If the file is damaged, empty, of another schema, or has nulls or NaN where none is allowed.
    """
    rebuild = f"rebuild it with: snakemake --cores all --force {path}"
    try:
        with pq.ParquetFile(path, page_checksum_verification=True) as file:
            content = file.read()
    except (OSError, ValueError, pa.ArrowException) as error:
        raise TableError(f"{path} is damaged ({error}); {rebuild}") from None
    expected = schema(table)
    if not content.schema.remove_metadata().equals(expected):
        found = ", ".join(f"{field.name}: {field.type}" for field in content.schema)
        wanted = ", ".join(f"{field.name}: {field.type}" for field in expected)
        raise TableError(f"{path} has columns ({found}), not ({wanted}); {rebuild}")
    if content.num_rows == 0:
        raise TableError(f"{path} has no rows; {rebuild}")
    try:
        _check_values(table, content, path)
    except TableError as error:
        raise TableError(f"{error}; {rebuild}") from None
    return {name: _numpy(content[name]) for name in content.column_names}


def samples_columns(x: np.ndarray, labels: np.ndarray) -> dict[str, np.ndarray]:
    """Return the columns of samples (n, d) with their labels (n,)."""
    return {f"x{i + 1}": x[:, i] for i in range(x.shape[1])} | {"label": labels}


def read_samples(table: Table, path: str | Path) -> tuple[np.ndarray, np.ndarray]:
    """Read samples (n, d) and their labels (n,); checks and errors as of `read`."""
    columns = read(table, path)
    labels = columns.pop("label")
    return np.stack(list(columns.values()), axis=1), labels


def provenance(path: str | Path) -> dict:
    """Return what a file says of its origin: the version and the configuration that made it."""
    try:
        metadata = pq.read_schema(path).metadata or {}
    except (OSError, ValueError, pa.ArrowException) as error:
        raise TableError(f"{path} is damaged ({error})") from None
    return json.loads(metadata.get(b"descent", b"{}"))


def _array(column: Column, values: Sequence) -> pa.Array:
    """Turn values into an Arrow array from its buffers: `pyarrow.array` would import pandas."""
    given = np.asarray(values)
    if given.ndim != 1:
        raise TableError(f"column {column.name} has {given.ndim} dimensions")
    # None is null, and so is NaN, the one value that does not equal itself.
    known = np.array([value is not None and value == value for value in given.tolist()], bool)
    validity = None if known.all() else pa.py_buffer(np.packbits(known, bitorder="little"))
    if column.type == "string":
        texts = [value.encode() if value is not None else b"" for value in given.tolist()]
        ends = np.cumsum([0, *map(len, texts)], dtype=np.int32)
        buffers = [validity, pa.py_buffer(ends), pa.py_buffer(b"".join(texts))]
        return pa.Array.from_buffers(pa.string(), len(given), buffers)
    numbers = np.where(known, given, 0).astype(column.type)
    if given.dtype.kind in "US" or not np.array_equal(numbers[known], given[known]):
        raise TableError(f"column {column.name} holds values that are not {column.type}")
    kind = pa.type_for_alias(column.type)
    return pa.Array.from_buffers(kind, len(given), [validity, pa.py_buffer(numbers)])


def _numpy(values: pa.ChunkedArray) -> np.ndarray:
    """Turn a column into a NumPy array, without pandas; null becomes None, or NaN in numbers."""
    if pa.types.is_string(values.type):
        return np.array(values.to_pylist(), object if values.null_count else str)
    array = values.combine_chunks()
    data = np.frombuffer(array.buffers()[1], values.type.to_pandas_dtype())
    numbers = data[array.offset : array.offset + len(array)]
    if not values.null_count:
        return numbers
    return np.where(array.is_null().to_pylist(), np.nan, numbers)


def _check_values(table: Table, content: pa.Table, path: str | Path) -> None:
    for column in table.columns:
        values = content[column.name]
        finite = len(values) - values.null_count
        if pa.types.is_floating(values.type):
            finite = np.isfinite(_numpy(values)).sum()
        if finite < len(values) - values.null_count or (values.null_count and not column.nullable):
            raise TableError(f"{path}: column {column.name} holds null, NaN or infinite values")


def dictionary() -> str:
    """Return the data dictionary of all tables, as Markdown for the README."""
    tables = [
        mixture_table(2), held_out_table(2), FORWARD, GRADIENTS, TRAJECTORIES, ROSENBROCK_SWEEP,
        TRAINING, PARAMETERS, NETWORK_SWEEP, FAULTS,
    ]  # fmt: skip
    return "\n".join(_describe(table) for table in tables)


def _describe(table: Table) -> str:
    order = f" Sorted by {', '.join(table.order)}." if table.order else ""
    lines = [
        f"**results/{table.path}**: one row is {table.row}.{order}\n",
        "| column | type | meaning | unit |",
        "| --- | --- | --- | --- |",
    ]
    for column in table.columns:
        null = f" (null {column.nullable})" if column.nullable else ""
        lines.append(f"| {column.name} | {column.type} | {column.meaning}{null} | {column.unit} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    print(dictionary())
