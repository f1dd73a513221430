"""Put the chunks of a sweep into one table, whose bytes do not depend on the cut."""

import descent_job

from descent.core.problem import problem_of
from descent.tables.parquet import gather
from descent.tables.schemas import sweep_schema

configuration = snakemake.params.configuration
problem = problem_of(configuration)
schema = sweep_schema(problem.kind, problem.dimension, problem.sweep["multiverse"])
gather(schema, snakemake.input.chunks, configuration, snakemake.output[0])
