"""Show by computation what is wrong in the notebook, and write the findings to Parquet."""

import job

from descent.faults import examine
from descent.tables import FAULTS, TRAINING, mixture_table, read, read_samples, write

configuration = snakemake.params.configuration
x, labels = read_samples(
    mixture_table(configuration["network"]["layers"][0]), snakemake.input.mixture
)
training = read(TRAINING, snakemake.input.training)
write(FAULTS, examine(configuration, training, x, labels), configuration, snakemake.output[0])
