"""Tables of any content, for tests that hold for all."""

import numpy as np

from descent.tables.schemas import (
    FIXED,
    OF_PROBLEMS,
    evaluation_schema,
    held_out_schema,
    mixture_schema,
    sweep_schema,
)

LADDER = {"targets": [10.0, 0.5, 1e-6], "holds": [1, 100]}
SWEEPS = {
    "network": sweep_schema("network", 26, LADDER),
    "plane": sweep_schema("formula", 2, LADDER),
    "space": sweep_schema("formula", 3, LADDER),
}
EVALUATION = evaluation_schema(LADDER)
ALL = {
    **{schema.path: schema for schema in (*FIXED, *OF_PROBLEMS)},
    "mixture": mixture_schema(3),
    "held out": held_out_schema(3),
    "evaluation": EVALUATION,
    **{f"sweep of a {kind}": schema for kind, schema in SWEEPS.items()},
}


def columns_of(schema, rows=7):
    """Return columns of any table, with a null wherever one is allowed; no number comes twice."""
    rng = np.random.default_rng(rows)
    make = {
        "float32": lambda: rng.normal(size=rows).astype(np.float32),
        "float64": lambda: rng.normal(size=rows),
        "int64": lambda: rng.choice(10 * rows, rows, replace=False),
        "string": lambda: np.array([f"é{i}" for i in range(rows)]),
    }
    columns = {column.name: make[column.type]() for column in schema.columns}
    for column in schema.columns:
        if column.nullable:
            columns[column.name] = [None, *list(columns[column.name])[1:]]
    return columns
