"""Tables of any content, for tests that hold for all."""

import numpy as np

from descent.tables.schemas import FIXED, OF_PROBLEMS, held_out_schema, mixture_schema, sweep_schema

ALL = {
    **{schema.path: schema for schema in (*FIXED, *OF_PROBLEMS)},
    "mixture": mixture_schema(3),
    "held out": held_out_schema(3),
    "sweep of a network": sweep_schema("network", 26),
    "sweep in the plane": sweep_schema("formula", 2),
    "sweep in space": sweep_schema("formula", 3),
}


def columns_of(schema, rows=7):
    """Return columns of any table, with a null wherever one is allowed."""
    rng = np.random.default_rng(rows)
    make = {
        "float64": lambda: rng.normal(size=rows),
        "int64": lambda: rng.integers(100, size=rows),
        "string": lambda: np.array([f"é{i}" for i in range(rows)]),
    }
    columns = {column.name: make[column.type]() for column in schema.columns}
    for column in schema.columns:
        if column.nullable:
            columns[column.name] = [None, *list(columns[column.name])[1:]]
    return columns
