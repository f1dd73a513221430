"""Draw what trained networks predict, over the samples."""

import descent_job

from descent.figures.decision_regions import draw_decision_regions
from descent.figures.saving import save
from descent.tables.parquet import read
from descent.tables.schemas import TRAINED, TRAINING, mixture_schema

configuration = snakemake.params.configuration
layers = configuration["network"]["layers"]
samples = read(mixture_schema(layers[0]), snakemake.input.mixture, configuration)
training = read(TRAINING, snakemake.input.training, configuration)
parameters = read(TRAINED, snakemake.input.parameters, configuration)
figure = draw_decision_regions(samples, training, parameters, layers)
save(figure, snakemake.output[0], configuration)
