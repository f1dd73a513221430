"""Check backpropagation against the complex step and write the comparison to Parquet."""

import job

from descent.study.checks import check_gradients
from descent.tables.schemas import GRADIENTS, mixture_table, read_samples, write

configuration = snakemake.params.configuration
network = configuration["network"]
samples = mixture_table(network["layers"][0])
x, labels = read_samples(samples, snakemake.input.mixture, configuration)
columns = check_gradients(x, labels, network["layers"], **network["gradient_check"])
write(GRADIENTS, columns, configuration, snakemake.output[0])
