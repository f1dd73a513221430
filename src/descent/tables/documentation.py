"""The data dictionary: every table of the study in Markdown."""

from descent.tables.schemas import (
    FIXED,
    OF_PROBLEMS,
    Schema,
    evaluation_schema,
    held_out_schema,
    mixture_schema,
    sweep_schema,
)

DICTIONARY_HEADING = """# Tables

Written by `python -m descent.tables.documentation`.

Every table is a Parquet file under `results/`; `{problem}` is the name of a problem, such as
`rosenbrock`, `network` or an entry of `objectives`. Infinity is stored as such: a running time is
infinite where no run reaches the target. A value is null, which pandas reads as NaN, only where it
is undefined. A file's fields hold these meanings and units, and its metadata under `descent` the
version and the configuration that made it.
"""


LADDER = "; hitting times are columns, one for each target and hold of the multiverse"


def data_dictionary() -> str:
    """Return what every table holds, as in `docs/tables.md`."""
    example = {"targets": [0.001], "holds": [10]}
    formula, network = (sweep_schema(kind, 2, example) for kind in ("formula", "network"))
    runs = (
        formula._replace(row=f"{formula.row}; coordinates are columns in the plane only{LADDER}"),
        network._replace(row=f"{network.row}, where the problem is a network{LADDER}"),
        evaluation_schema(example),
    )
    schemas = (mixture_schema(2), held_out_schema(2), *FIXED, *runs, *OF_PROBLEMS)
    return "\n".join([DICTIONARY_HEADING, *map(_markdown, schemas)])


def _markdown(schema: Schema) -> str:
    order = f" Sorted by {', '.join(schema.order)}." if schema.order else ""
    lines = [
        f"## `results/{schema.path}`\n",
        f"One row is {schema.row}.{order}\n",
        "| column | type | meaning | unit |",
        "| --- | --- | --- | --- |",
    ]
    for column in schema.columns:
        gap = f"; null {column.undefined}" if column.undefined else ""
        lines.append(f"| {column.name} | {column.type} | {column.meaning}{gap} | {column.unit} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    print(data_dictionary(), end="")
