"""Keep loss and accuracy of networks that are trained with the selected settings."""

import descent_job

from descent.study.evaluation import trace_curves
from descent.study.loading import load_problem
from descent.tables.parquet import read, write
from descent.tables.schemas import SELECTED, TRAINING_CURVES

configuration = snakemake.params.configuration
problem = load_problem(configuration, snakemake.input)
selected = read(SELECTED, snakemake.input.selected, configuration)
write(TRAINING_CURVES, trace_curves(problem, selected), configuration, snakemake.output[0])
