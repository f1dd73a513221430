"""Draw the samples by class."""

import job

from descent.figures_data import mixture_scatter
from descent.style import save
from descent.tables import mixture_table, read

table = mixture_table(snakemake.params.dimension)
columns = read(table, snakemake.input.mixture, snakemake.params.configuration)
save(mixture_scatter(columns), snakemake.output[0])
