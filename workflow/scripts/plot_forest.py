"""Draw the answer for every problem."""

import descent_job

from descent.core.problem import problem_of
from descent.figures.forest import draw_forest, forest_rows
from descent.figures.saving import save
from descent.tables.parquet import read
from descent.tables.schemas import LEVELS, PAIRWISE

configuration, inputs = snakemake.params.configuration, snakemake.input
question = configuration["question"]
parts = configuration["problems"].values()
problems = [
    (problem_of(part), {"pairwise": read(PAIRWISE, own, part), "levels": read(LEVELS, every, part)})
    for part, own, every in zip(parts, inputs.pairwise, inputs.levels, strict=True)
]
save(draw_forest(forest_rows(problems, question), question), snakemake.output[0], configuration)
