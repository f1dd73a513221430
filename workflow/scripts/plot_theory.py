"""Draw theoretical values about methods, and the same measured."""

import descent_job

from descent.figures.saving import save
from descent.figures.theory import draw_theory
from descent.tables.parquet import read
from descent.tables.schemas import THEORY

configuration = snakemake.params.configuration
theory = read(THEORY, snakemake.input.theory, configuration)
save(draw_theory(theory), snakemake.output[0], configuration)
