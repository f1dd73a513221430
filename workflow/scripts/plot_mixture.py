"""Draw the samples by class."""

import descent_job

from descent.figures.mixture import draw_mixture
from descent.figures.saving import save
from descent.tables.parquet import read
from descent.tables.schemas import mixture_schema

configuration = snakemake.params.configuration
table = mixture_schema(snakemake.params.dimension)
samples = read(table, snakemake.input.mixture, configuration)
save(draw_mixture(samples), snakemake.output[0], configuration)
