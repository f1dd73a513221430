"""Draw the samples by class."""

import job

from descent.figures_data import mixture_scatter
from descent.style import save
from descent.tables import mixture_table, read

columns = read(mixture_table(snakemake.params.dimension), snakemake.input.mixture)
save(mixture_scatter(columns), snakemake.output[0])
