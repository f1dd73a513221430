"""Check backpropagation against the complex step and write the comparison to Parquet."""

import descent_job

from descent.study.checks import check_gradients
from descent.tables.parquet import read_samples, write
from descent.tables.schemas import GRADIENTS, mixture_schema

configuration = snakemake.params.configuration
network = configuration["network"]
samples = mixture_schema(network["layers"][0])
x, labels = read_samples(samples, snakemake.input.mixture, configuration)
columns = check_gradients(x, labels, network["layers"], **network["gradient_check"])
write(GRADIENTS, columns, configuration, snakemake.output[0])
