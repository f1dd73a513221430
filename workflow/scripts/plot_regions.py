"""Draw what trained networks predict, over the samples."""

import job

from descent.figures.decision_regions import decision_regions
from descent.figures.style import save
from descent.tables.schemas import TRAINED, TRAINING, mixture_table, read

configuration = snakemake.params.configuration
layers = configuration["network"]["layers"]
samples = read(mixture_table(layers[0]), snakemake.input.mixture, configuration)
training = read(TRAINING, snakemake.input.training, configuration)
parameters = read(TRAINED, snakemake.input.parameters, configuration)
save(decision_regions(samples, training, parameters, layers), snakemake.output[0])
