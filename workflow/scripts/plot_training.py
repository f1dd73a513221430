"""Draw loss and accuracy over the iterations."""

import job

from descent.figures_network import training_curves
from descent.style import save
from descent.tables import TRAINING, mixture_table, read, read_samples

network = snakemake.params.configuration["network"]
columns = read(TRAINING, snakemake.input.training)
_, labels = read_samples(mixture_table(network["layers"][0]), snakemake.input.mixture)
save(training_curves(columns, network["runs"], labels), snakemake.output[0])
