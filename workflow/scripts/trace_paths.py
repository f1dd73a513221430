"""Keep the paths of the methods with their selected settings, in the plane."""

import descent_job

from descent.study.evaluation import trace_paths
from descent.study.loading import load_problem
from descent.tables.parquet import read, write
from descent.tables.schemas import PATHS, SELECTED

configuration = snakemake.params.configuration
problem = load_problem(configuration, snakemake.input)
selected = read(SELECTED, snakemake.input.selected, configuration)
write(PATHS, trace_paths(problem, selected), configuration, snakemake.output[0])
