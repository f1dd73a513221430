"""Draw loss and accuracy over the iterations."""

import job

from descent.figures.training import training_curves
from descent.figures.style import save
from descent.tables.schemas import TRAINING, mixture_table, read, read_samples

configuration = snakemake.params.configuration
network = configuration["network"]
columns = read(TRAINING, snakemake.input.training, configuration)
samples = mixture_table(network["layers"][0])
_, labels = read_samples(samples, snakemake.input.mixture, configuration)
save(training_curves(columns, network["runs"], labels), snakemake.output[0])
