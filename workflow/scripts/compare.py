"""Select each method's hyperparameter setting by the runs of a sweep, and compare the methods."""

import descent_job

from descent.core.problem import problem_of
from descent.study.comparison import compare, compared_columns, gather_runs
from descent.tables import schemas
from descent.tables.parquet import read_groups, write

configuration = snakemake.params.configuration
problem = problem_of(configuration)
schema = schemas.sweep_schema(problem.kind, problem.dimension)
groups = read_groups(schema, snakemake.input.sweep, compared_columns(schema), configuration)
tables = compare(gather_runs(groups, problem.sweep["iterations"]))
for name, path in snakemake.output.items():
    write(getattr(schemas, name.upper()), tables[name], configuration, path)
