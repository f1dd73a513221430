"""Run selected and named settings over their whole budget, from the evaluation starts."""

import descent_job

from descent.study.evaluation import evaluate
from descent.study.loading import load_problem
from descent.tables.parquet import read, write
from descent.tables.schemas import EVALUATION, SELECTED

configuration = snakemake.params.configuration
problem = load_problem(configuration, snakemake.input)
selected = read(SELECTED, snakemake.input.selected, configuration)
write(EVALUATION, evaluate(problem, selected), configuration, snakemake.output[0])
