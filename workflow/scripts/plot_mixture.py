"""Draw the samples by class."""

import job

from descent.figures.mixture import mixture_scatter
from descent.figures.style import save
from descent.tables.schemas import mixture_table, read

table = mixture_table(snakemake.params.dimension)
columns = read(table, snakemake.input.mixture, snakemake.params.configuration)
save(mixture_scatter(columns), snakemake.output[0])
