"""Every table of the study: its columns, units, meaning and order, and how it meets the disk.

A table in memory is a dictionary of equally long columns. On disk it is a Parquet file whose
bytes depend on its rows and its provenance alone.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from descent import __version__
from descent.support.files import how_to_rebuild, replacing
from descent.core.statuses import OUTCOMES
from descent.core.parameters import PARAMETERS
from descent.run.tolerances import OF_DRAWS, OF_SWEEPS, OF_TRAININGS, Tolerance

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
    may_be_empty: bool = False
    tolerances: Mapping[str, Tolerance] = MappingProxyType({})
    """Of columns that are not the same bits on every machine; `descent.run.tolerances` says why."""


class TableError(ValueError):
    """A file that is not the table it should be; the message says how to rebuild it."""


METHOD = Column("method", "string", "update rule")
LEARNING_RATE = Column("learning_rate", "float64", "factor of the gradient")
MOMENTUM = Column(
    "momentum", "float64", "factor of the previous step; 0 for methods without momentum"
)
SETTING = (
    METHOD,
    LEARNING_RATE,
    MOMENTUM,
    *(
        Column(name, "float64", parameter.meaning, nullable="for methods without it")
        for name, parameter in PARAMETERS.items()
        if name not in ("learning_rate", "momentum")
    ),
)
"""A method and its parameters."""
IN_ORDER = tuple(column.name for column in SETTING)
PROBLEM = Column("problem", "string", "what is minimised; of the network, how weights begin")
PART = Column(
    "part", "string", "whether the start is one to tune on or one to judge by: tuning, held_out"
)
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
START = Column("start", "int64", "index of the start")
VALUE = Column("value", "float64", "objective at that iteration")
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
        *SETTING,
        START,
        Column("start_x1", "float64", "first coordinate of the start"),
        Column("start_x2", "float64", "second coordinate of the start"),
        PART,
        STATUS,
        ITERATIONS,
        VALUE,
        X1._replace(meaning="first coordinate at that iteration"),
        X2._replace(meaning="second coordinate at that iteration"),
    ),
    (*IN_ORDER, "start"),
)
OBJECTIVE_SWEEP = Table(
    "objectives/{name}/sweep.parquet",
    "a run on a further objective",
    (*SETTING, START, PART, STATUS, ITERATIONS, VALUE),
    (*IN_ORDER, "start"),
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
    tolerances=dict.fromkeys(("analytic", "numeric", "relative_error"), OF_TRAININGS),
)
TRAINING = Table(
    "network/training.parquet",
    "an iteration of a named run; a diverged run ends at its last finite iterate",
    (RUN, METHOD, LEARNING_RATE, MOMENTUM, SEED, ITERATION, LOSS, ACCURACY),
    ("seed", "iteration"),
    tolerances={"loss": OF_TRAININGS, "accuracy": OF_TRAININGS},
)
TRAINED = Table(
    "network/parameters.parquet",
    "a parameter of a trained named run",
    (RUN, SEED, PARAMETER, Column("value", "float64", "its value after the last iteration")),
    ("seed",),
    tolerances={"value": OF_TRAININGS},
)
NETWORK_SWEEP = Table(
    "network/sweep.parquet",
    "a run",
    (
        Column("initial", "string", "how weights and biases begin: uniform, he"),
        *SETTING,
        SEED,
        PART,
        STATUS,
        ITERATIONS,
        LOSS._replace(meaning="cross-entropy summed over the samples, at that iteration"),
        ACCURACY._replace(meaning="share of training samples classified correctly, at the same"),
        Column(
            "test_loss",
            "float64",
            "cross-entropy of held-out samples, their mean",
            "nats per sample",
            nullable="where it overflows",
        ),
        Column("test_accuracy", "float64", "share of held-out samples classified correctly"),
    ),
    ("initial", *IN_ORDER, "seed"),
    tolerances=dict.fromkeys(
        ("status", "iterations", "loss", "accuracy", "test_loss", "test_accuracy"), OF_SWEEPS
    ),
)
NEVER = "where it never is"
UNKNOWN = (
    "where it is infinite or undefined: a method never reaches the target, or is within it at once"
)
RUNNING_TIME = Column(
    "expected_running_time",
    "float64",
    "iterations of all runs, failures included, over the runs that reached the target",
    "iterations",
    nullable="where no run reaches it",
)
CHARGED_TIME = RUNNING_TIME._replace(
    name="charged_running_time",
    meaning="the same, where a failure is charged the whole budget: by it settings are chosen",
)
SUCCESS = (
    Column("success_rate", "float64", "share of runs that reached the target"),
    Column("success_low", "float64", "lower end of its 95 % interval (Wilson)"),
    Column("success_high", "float64", "upper end of its 95 % interval (Wilson)"),
)
QUARTILES = tuple(
    Column(name, "float64", meaning, "iterations", nullable="where fewer runs reach it")
    for name, meaning in (
        ("lower_quartile", "iterations in which a quarter of the runs reach the target"),
        ("median", "iterations in which half of the runs reach the target"),
        ("upper_quartile", "iterations in which three quarters of the runs reach the target"),
    )
)
SETTINGS = Table(
    "{stage}/settings.parquet",
    "a setting of a method, on the starts of a part",
    (
        PROBLEM,
        *SETTING,
        PART,
        Column("runs", "int64", "runs of this setting"),
        *(Column(name, "int64", f"runs that ended so: {name}") for name in OUTCOMES),
        *SUCCESS,
        RUNNING_TIME,
        CHARGED_TIME,
        *QUARTILES,
        Column(
            "test_loss",
            "float64",
            "median cross-entropy of held-out samples, their mean",
            "nats per sample",
            nullable="where no network is trained, or it overflows",
        ),
        Column(
            "test_accuracy",
            "float64",
            "median share of held-out samples classified correctly",
            nullable="where no network is trained",
        ),
    ),
    ("problem", *IN_ORDER, "part"),
)
CHOICES = Table(
    "{stage}/choices.parquet",
    "a method's setting of the least charged running time on the tuning starts",
    (
        PROBLEM,
        *SETTING,
        Column("settings", "int64", "settings that were tried"),
        Column("tuning_runs", "int64", "starts to tune on"),
        RUNNING_TIME._replace(
            name="tuned_running_time", meaning="expected running time on the tuning starts"
        ),
        CHARGED_TIME._replace(
            name="tuned_charged_time",
            meaning="charged running time on the tuning starts, by which it is chosen",
        ),
        Column("tuned_success_rate", "float64", "share of the tuning starts that reach the target"),
        Column("held_out_runs", "int64", "starts to judge by; all others are on these"),
        *SUCCESS,
        RUNNING_TIME,
        CHARGED_TIME,
        Column(
            "running_time_low",
            "float64",
            "lower end of its 95 % interval (bootstrap over starts)",
            "iterations",
            nullable="where it is infinite",
        ),
        Column(
            "running_time_high",
            "float64",
            "upper end of the same",
            "iterations",
            nullable="where it is infinite",
        ),
        *QUARTILES,
    ),
    ("problem", "method"),
)
CONTRASTS = Table(
    "{stage}/contrasts.parquet",
    "two methods at their chosen settings, on the same held-out starts: each against gradient "
    "descent (without that, the first), and each against the quickest on the tuning starts",
    (
        PROBLEM,
        METHOD,
        Column("against", "string", "the method it is compared with"),
        Column(
            "ratio",
            "float64",
            "expected running time over that of the other; below 1 is quicker",
            nullable=UNKNOWN,
        ),
        Column(
            "ratio_low",
            "float64",
            "lower end of its 95 % interval (paired bootstrap)",
            nullable=UNKNOWN,
        ),
        Column("ratio_high", "float64", "upper end of the same", nullable=UNKNOWN),
        Column("success_difference", "float64", "success rate less that of the other"),
        Column(
            "success_difference_low", "float64", "lower end of its 95 % interval (paired bootstrap)"
        ),
        Column("success_difference_high", "float64", "upper end of the same"),
        Column("wins", "int64", "starts on which it is first at the target"),
        Column("losses", "int64", "starts on which the other is"),
        Column("ties", "int64", "starts on which both need as long, or neither arrives"),
        Column("p", "float64", "probability of a split as uneven between equals (sign test)"),
        Column("adjusted_p", "float64", "the same for all comparisons on the problem (Holm)"),
    ),
    ("problem", "against", "method"),
    may_be_empty=True,  # where a single method is swept
)
BUDGETS = Table(
    "{stage}/budgets.parquet",
    "a method tuned by so many random settings; its score on the held-out starts",
    (
        PROBLEM,
        METHOD,
        Column("trials", "int64", "settings drawn at random, of which the best is taken"),
        Column("never", "float64", "probability that the one taken never reaches the target"),
        *(
            Column(
                name,
                "float64",
                f"{text} of the expected running time",
                "iterations",
                nullable="where it is infinite",
            )
            for name, text in (
                ("lower_quartile", "lower quartile"),
                ("median", "median"),
                ("upper_quartile", "upper quartile"),
            )
        ),
    ),
    ("problem", "method", "trials"),
)
VARIANCE = Table(
    "{stage}/variance.parquet",
    "how the variation of success on held-out starts splits into settings, starts and both",
    (
        PROBLEM,
        Column("among", "string", "which settings: those of a method, or `tuned methods`"),
        Column("setting", "float64", "share of the setting, or of the tuned method"),
        Column("start", "float64", "share of the start"),
        Column("interaction", "float64", "share of what neither explains alone"),
    ),
    ("problem", "among"),
)
TRIALS = Table(
    "{stage}/trials.parquet",
    "a run over its whole budget from a held-out start, and a target; the budget is the sweep's, "
    "for named runs the longest of theirs if that is more",
    (
        PROBLEM,
        Column("candidate", "string", "tuned method, or a named run of the configuration"),
        Column("kind", "string", "tuned, or named: with the settings of a named run"),
        *SETTING,
        START._replace(meaning="index or seed of the start"),
        Column("target", "float64", "how close to the minimum"),
        Column("first", "int64", "updates until the target is first met", nullable=NEVER),
        Column("settled", "int64", "updates from which it is met to the end", nullable=NEVER),
        Column("iterations", "int64", "updates done, all of them finite"),
        Column("status", "string", "how the run ended: diverged or budget"),
    ),
    ("problem", "kind", "candidate", "start", "target"),
)
PATHS = Table(
    "rosenbrock/paths.parquet",
    "an iteration of a tuned method from a held-out start, up to the target (of more than 10,000, "
    "every so many and the last)",
    (PROBLEM, *SETTING, START, ITERATION, X1, X2, VALUE._replace(meaning="objective")),
    ("problem", "method", "start", "iteration"),
)
CURVES = Table(
    "network/curves.parquet",
    "an iteration of a tuned method, over the held-out seeds",
    (
        PROBLEM,
        *SETTING,
        ITERATION,
        *(
            Column(f"{what}_{share}", "float64", f"{name} of the {meaning}", unit, null)
            for what, meaning, unit, null in (
                (
                    "loss",
                    "cross-entropy summed over the training samples",
                    "nats",
                    "where so many runs have diverged",
                ),
                (
                    "accuracy",
                    "share of training samples classified correctly, 0 after divergence",
                    "",
                    "",
                ),
            )
            for share, name in (
                ("low", "lower quartile"),
                ("median", "median"),
                ("high", "upper quartile"),
            )
        ),
    ),
    ("problem", "method", "iteration"),
)
BAYES = Table(
    "checks/bayes.parquet",
    "a rule that knows the mixture, judged on the mixture itself: no rule does better",
    (
        Column("accuracy", "float64", "probability that the most probable class is the true one"),
        Column("accuracy_error", "float64", "standard error of its integration"),
        Column("loss", "float64", "mean cross-entropy of its probabilities", "nats per sample"),
        Column("loss_error", "float64", "standard error of its integration", "nats per sample"),
        Column("points", "int64", "points of the integration"),
    ),
    (),
)
THEORY = Table(
    "checks/theory.parquet",
    "a known number about a method on an objective, and the same measured",
    (
        Column("quantity", "string", "what is known"),
        Column("objective", "string", "on what it is measured: quadratic, lessard, rosenbrock"),
        METHOD,
        MOMENTUM,
        LEARNING_RATE._replace(nullable="where it is what is measured"),
        Column(
            "condition",
            "float64",
            "largest over smallest curvature",
            nullable="where there is one curvature only",
        ),
        Column("theory", "float64", "as known"),
        Column("measured", "float64", "as measured"),
        Column("resolution", "float64", "how far apart they may be: the measurement's resolution"),
    ),
    ("quantity", "objective", "method", "momentum", "condition"),
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
    tolerances=dict.fromkeys(("value", "low", "high"), OF_TRAININGS),
)


def mixture_table(dimension: int) -> Table:
    """Return the table of a mixture's samples, whose columns depend on its dimension."""
    coordinates = tuple(
        Column(f"x{i + 1}", "float64", f"coordinate {i + 1}", "standard deviations")
        for i in range(dimension)
    )
    label = Column("label", "int64", "class of the sample")
    return Table(
        "data/mixture.parquet",
        "a sample",
        (*coordinates, label),
        ("label",),
        tolerances=dict.fromkeys((column.name for column in coordinates), OF_DRAWS),
    )


def held_out_table(dimension: int) -> Table:
    """Return the table of fresh samples, in the same columns."""
    return mixture_table(dimension)._replace(path="data/held_out.parquet", row="a fresh sample")


def every_table(dimension: int) -> list[Table]:
    """Return all tables; those of samples have columns for their dimension."""
    return [
        mixture_table(dimension), held_out_table(dimension), FORWARD, GRADIENTS, BAYES, THEORY,
        TRAJECTORIES, ROSENBROCK_SWEEP, OBJECTIVE_SWEEP, TRAINING, TRAINED, NETWORK_SWEEP,
        SETTINGS, CHOICES, CONTRASTS, BUDGETS, VARIANCE, TRIALS, PATHS, CURVES, FAULTS,
    ]  # fmt: skip


def table_of(path: str, dimension: int = 2) -> Table | None:
    """Return the table that a file holds.

    Parameters
    ----------
    path : str
        Its place under the results.
    dimension : int
        Of the samples.

    Returns
    -------
    Table or None
        With the tolerances that hold at this place; None if the place is no table's.
    """
    for table in every_table(dimension):
        if re.fullmatch(re.sub(r"\\{\w+\\}", ".+", re.escape(table.path)), path):
            return _from_samples(table) if path.startswith("network/") else table
    return None


def _from_samples(table: Table) -> Table:
    """Return a table of the network, all of which comes from the samples but what names a row."""
    keys = {*table.order, *IN_ORDER, "part"}
    found = [column.name for column in table.columns if column.name not in keys]
    return table._replace(tolerances=table.tolerances or dict.fromkeys(found, OF_SWEEPS))


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
    with writing(table, configuration, path) as append:
        append(columns)


@contextmanager
def writing(
    table: Table,
    configuration: Mapping,
    path: str | Path,
    part: tuple[int, int, int] | None = None,
) -> Iterator[Callable[[Mapping], None]]:
    """Write a table part by part, whole or not at all; its bytes do not depend on the parts.

    Parameters
    ----------
    table, configuration, path
        As in `write`.
    part : tuple of int, optional
        Of a file that is to be gathered: its first row in the whole table, the row after its
        last, and the rows of the whole table.

    Yields
    ------
    callable
        Takes the columns of the next rows, with the errors of `write`.
    """
    with _writing(table, configuration, path, part) as add:
        yield lambda columns: add(_content(table, columns, path))


def gather(
    table: Table, parts: Sequence[str | Path], configuration: Mapping, path: str | Path
) -> None:
    """Put files of the same table one after another; bytes do not depend on the cut.

    Parameters
    ----------
    table, configuration, path
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
    with _writing(table, configuration, path) as add:
        for file in parts:
            first, last, whole = provenance(file).get("part") or (None, None, None)
            if first != gathered or (file == parts[-1] and last != whole):
                raise TableError(
                    f"{file} is not the part of {path} that begins with row {gathered}; "
                    f"{how_to_rebuild(file)}"
                )
            for content in _row_groups(table, file, configuration=configuration):
                gathered += len(content)
                add(content)
            if gathered != last:
                raise TableError(
                    f"{file} ends with row {gathered} of {path}, not {last}; {how_to_rebuild(file)}"
                )


@contextmanager
def _writing(
    table: Table,
    configuration: Mapping,
    path: str | Path,
    part: tuple[int, int, int] | None = None,
) -> Iterator[Callable[[pa.Table], None]]:
    facts = {"version": __version__, "table": table.path, "configuration": configuration}
    facts |= {"part": part} if part else {}
    target = schema(table).with_metadata({"descent": json.dumps(facts, sort_keys=True)})
    waiting: list[pa.Table] = []
    options = {"compression": "zstd", "write_page_checksum": True}
    with replacing(path) as partial, pq.ParquetWriter(partial, target, **options) as writer:

        def add(content: pa.Table) -> None:
            waiting.append(content)
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


def read(
    table: Table, path: str | Path, configuration: Mapping | None = None
) -> dict[str, np.ndarray]:
    """Read a table and check that it is what it should be.

    Parameters
    ----------
    table : Table
        What is expected.
    path : str or Path
        The file.
    configuration : Mapping, optional
        What the reader knows of the study: sections with some or all of their keys. What the file
        says of the same keys must agree, and it must be this table, of this version. Without it
        the file may come from anywhere.

    Returns
    -------
    dict of str to numpy.ndarray
        The columns, in the table's order.

    Raises
    ------
    TableError
        If the file is damaged, empty, of another schema or study, or has nulls or NaN where none
        is allowed.
    """
    groups = list(read_groups(table, path, configuration=configuration))
    return {name: np.concatenate([group[name] for group in groups]) for name in groups[0]}


def read_groups(
    table: Table,
    path: str | Path,
    names: Sequence[str] | None = None,
    configuration: Mapping | None = None,
) -> Iterator[dict[str, np.ndarray]]:
    """Read a table row group by row group, so that a long one need not fit in memory.

    Parameters
    ----------
    table, path, configuration
        As in `read`, with the same errors.
    names : sequence of str, optional
        The columns to read; all by default.

    Yields
    ------
    dict of str to numpy.ndarray
        Columns of the next rows.
    """
    for content in _row_groups(table, path, names, configuration):
        yield {name: _numpy(content[name]) for name in content.column_names}


def _row_groups(
    table: Table,
    path: str | Path,
    names: Sequence[str] | None = None,
    configuration: Mapping | None = None,
) -> Iterator[pa.Table]:
    try:
        with pq.ParquetFile(path, page_checksum_verification=True) as file:
            found, expected = file.schema_arrow.remove_metadata(), schema(table)
            if not found.equals(expected):
                raise TableError(
                    f"{path} has columns ({_fields(found)}), not ({_fields(expected)})"
                )
            if configuration is not None:
                _check_origin(table, path, _facts(file.schema_arrow), configuration)
            if file.metadata.num_rows == 0:
                if not table.may_be_empty:
                    raise TableError(f"{path} has no rows")
                yield file.read(names).replace_schema_metadata()
            for group in range(file.num_row_groups):
                content = file.read_row_group(group, names).replace_schema_metadata()
                _check_values(table, content, path)
                yield content
    except TableError as error:
        raise TableError(f"{error}; {how_to_rebuild(path)}") from None
    except (OSError, ValueError, pa.ArrowException) as error:
        raise TableError(f"{path} is damaged ({error}); {how_to_rebuild(path)}") from None


def check_origin(table: Table, path: str | Path, configuration: Mapping) -> None:
    """Check that a file says it is this table, of this version and this study.

    Parameters
    ----------
    table, path, configuration
        As in `read`.

    Raises
    ------
    TableError
        If it says otherwise, says nothing, or cannot be read.
    """
    facts = provenance(path)
    try:
        _check_origin(table, path, facts, configuration)
    except TableError as error:
        raise TableError(f"{error}; {how_to_rebuild(path)}") from None


def _check_origin(table: Table, path: str | Path, facts: Mapping, configuration: Mapping) -> None:
    if facts.get("table") != table.path:
        holds = f"is the table {facts['table']}" if "table" in facts else "does not say what it is"
        raise TableError(f"{path} {holds}, and should be {table.path}")
    if (version := facts.get("version")) != __version__:
        raise TableError(f"{path} was made by version {version} of descent, not {__version__}")
    made_from = facts.get("configuration", {})
    if made_from and not made_from.keys() & configuration.keys():
        raise TableError(
            f"{path} was made from another part of the configuration: {', '.join(made_from)}"
        )
    if wrong := list(disagreements(made_from, json.loads(json.dumps(configuration)))):
        named = [f"{key} = {_brief(theirs)}, not {_brief(ours)}" for key, theirs, ours in wrong[:3]]
        more = f" and {len(wrong) - 3} more" if len(wrong) > 3 else ""
        raise TableError(f"{path} was made from another configuration: {', '.join(named)}{more}")


def disagreements(one: Any, other: Any, key: str = "") -> Iterator[tuple[str, Any, Any]]:
    """Compare two configurations where both say something.

    Parameters
    ----------
    one, other : Any
        Plain data; of mappings only the keys that both have are compared.
    key : str
        Where in the configuration they stand.

    Yields
    ------
    key, value in one, value in other
        Each difference, by its key as in ``network.runs[0].momentum``.
    """
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        for name in one:
            if name in other:
                yield from disagreements(one[name], other[name], f"{key}.{name}".lstrip("."))
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for i, (mine, yours) in enumerate(zip(one, other, strict=True)):
            yield from disagreements(mine, yours, f"{key}[{i}]")
    elif one != other:
        yield key, one, other


def _brief(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:57]}..."


def samples_columns(x: np.ndarray, labels: np.ndarray) -> dict[str, np.ndarray]:
    """Return the columns of samples (n, d) with their labels (n,)."""
    return {f"x{i + 1}": x[:, i] for i in range(x.shape[1])} | {"label": labels}


def read_samples(
    table: Table, path: str | Path, configuration: Mapping | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Read samples (n, d) and their labels (n,); checks and errors as of `read`."""
    columns = read(table, path, configuration)
    labels = columns.pop("label")
    return np.stack(list(columns.values()), axis=1), labels


def provenance(path: str | Path) -> dict:
    """Return what a file says of its origin: the table, and what version made it from what."""
    with _opened(path) as file:
        return _facts(file.schema_arrow)


def columns_of(path: str | Path) -> list[str]:
    """Return the names of a file's columns."""
    with _opened(path) as file:
        return file.schema_arrow.names


def row_count(path: str | Path) -> int:
    """Return the number of a file's rows."""
    with _opened(path) as file:
        return file.metadata.num_rows


@contextmanager
def _opened(path: str | Path) -> Iterator[pq.ParquetFile]:
    """Open a file to read what it says of itself."""
    try:
        with pq.ParquetFile(path) as file:
            yield file
    except (OSError, ValueError, pa.ArrowException) as error:
        raise TableError(f"{path} is damaged ({error}); {how_to_rebuild(path)}") from None


def _facts(columns: pa.Schema) -> dict:
    return json.loads((columns.metadata or {}).get(b"descent", b"{}"))


def _content(table: Table, columns: Mapping, path: str | Path) -> pa.Table:
    """Turn columns into an Arrow table and check them."""
    names = [column.name for column in table.columns]
    if set(columns) != set(names):
        raise TableError(f"{table.path}: columns {sorted(columns)}, not {sorted(names)}")
    try:
        arrays = [_array(column, columns[column.name]) for column in table.columns]
        content = pa.Table.from_arrays(arrays, schema=schema(table))
    except (pa.ArrowException, ValueError, TypeError) as error:
        raise TableError(f"{table.path}: {error}") from None
    _check_values(table, content, path)
    return content


def _fields(columns: pa.Schema) -> str:
    return ", ".join(f"{field.name}: {field.type}" for field in columns)


def _array(column: Column, values: Sequence) -> pa.Array:
    """Turn values into an Arrow array from its buffers: `pyarrow.array` would import pandas."""
    given = np.asarray(values)
    if given.ndim != 1:
        raise TableError(f"column {column.name} has {given.ndim} dimensions")
    known = _known(given)
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


def _known(values: np.ndarray) -> np.ndarray:
    """Tell which values are there: None is null, and so is NaN."""
    if values.dtype == object:
        return np.array([value is not None and value == value for value in values], bool)
    return ~np.isnan(values) if values.dtype.kind == "f" else np.ones(len(values), bool)


def _numpy(values: pa.ChunkedArray) -> np.ndarray:
    """Turn a column into a NumPy array, without pandas; null becomes None, or NaN in numbers."""
    array = values.combine_chunks()
    if pa.types.is_string(values.type):  # few texts in a long column: no object per row
        texts = array.dictionary_encode("encode")
        kind = object if values.null_count else str
        found = np.array(texts.dictionary.to_pylist(), kind)
        return found[_numbers(texts.indices)]
    numbers = _numbers(array)
    if not values.null_count:
        return numbers
    known = np.unpackbits(np.frombuffer(array.buffers()[0], np.uint8), bitorder="little")
    return np.where(known.astype(bool)[array.offset :][: len(array)], numbers, np.nan)


def _numbers(array: pa.Array) -> np.ndarray:
    """Return an array's numbers, whatever they are where it is null."""
    numbers = np.frombuffer(array.buffers()[1] or b"", array.type.to_pandas_dtype())
    return numbers[array.offset :][: len(array)]


def _check_values(table: Table, content: pa.Table, path: str | Path) -> None:
    for column in table.columns:
        if column.name not in content.column_names:
            continue
        values = content[column.name]
        finite = len(values) - values.null_count
        if pa.types.is_floating(values.type):
            finite = np.isfinite(_numpy(values)).sum()
        if finite < len(values) - values.null_count or (values.null_count and not column.nullable):
            raise TableError(f"{path}: column {column.name} holds null, NaN or infinite values")


def dictionary() -> str:
    """Return the data dictionary of all tables, as Markdown for the README."""
    return "\n".join(_describe(table) for table in every_table(2))


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
