"""Answer under every protocol of a problem's multiverse."""

import descent_job

from descent.core.problem import problem_of
from descent.study.hitting_times import swept_times
from descent.study.protocols import vary_protocols
from descent.tables import schemas
from descent.tables.parquet import write

configuration = snakemake.params.configuration
problem = problem_of(configuration)
times = swept_times(problem, snakemake.input.sweep, configuration)
tables = vary_protocols(problem, configuration["question"], times)
for name, path in snakemake.output.items():
    write(getattr(schemas, name.upper()), tables[name], configuration, path)
