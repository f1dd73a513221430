"""Draw loss and accuracy over the iterations."""

import descent_job

from descent.figures.named_trainings import draw_trainings
from descent.figures.saving import save
from descent.tables.parquet import read, read_samples
from descent.tables.schemas import TRAINING, mixture_schema

configuration = snakemake.params.configuration
network = configuration["network"]
training = read(TRAINING, snakemake.input.training, configuration)
samples = mixture_schema(network["layers"][0])
_, labels = read_samples(samples, snakemake.input.mixture, configuration)
figure = draw_trainings(training, network["runs"], labels)
save(figure, snakemake.output[0], configuration)
