"""Compare methods with their selected settings, by their runs from fresh starts."""

import descent_job

from descent.core.problem import problem_of
from descent.study.comparison import compare
from descent.study.hitting_times import evaluated_runs, headline_times
from descent.tables import schemas
from descent.tables.parquet import read, write

configuration, inputs = snakemake.params.configuration, snakemake.input
problem = problem_of(configuration)
settings, candidates, further = (
    read(getattr(schemas, name.upper()), inputs[name], configuration)
    for name in ("settings", "candidates", "further")
)
tables = compare(
    problem,
    configuration["question"],
    headline_times(problem, inputs.sweep, configuration),
    settings,
    candidates,
    evaluated_runs(problem, candidates, inputs.evaluation, configuration),
    further,
)
for name, path in snakemake.output.items():
    write(getattr(schemas, name.upper()), tables[name], configuration, path)
