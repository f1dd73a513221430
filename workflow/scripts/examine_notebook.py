"""Show by computation what is wrong in the notebook, and write the findings to Parquet."""

import job

from descent.study.notebook_faults import examine
from descent.tables.schemas import FAULTS, mixture_table, read_samples, write

configuration = snakemake.params.configuration
dimension = configuration["network"]["layers"][0]
x, labels = read_samples(mixture_table(dimension), snakemake.input.mixture, configuration)
write(FAULTS, examine(configuration, x, labels), configuration, snakemake.output[0])
