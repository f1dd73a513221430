"""Draw samples of the Gaussian mixture, to train on and to judge by, and write both to Parquet."""

import job

from descent.core.mixtures import sample_held_out, sample_mixture
from descent.tables.schemas import held_out_table, mixture_table, samples_columns, write

configuration = snakemake.params.configuration
mixture = dict(configuration["mixture"])
held_out_samples = mixture.pop("held_out_samples")
dimension = len(mixture["means"][0])

training = samples_columns(*sample_mixture(**mixture))
write(mixture_table(dimension), training, configuration, snakemake.output.mixture)

held_out = samples_columns(*sample_held_out(held_out_samples, **mixture))
write(held_out_table(dimension), held_out, configuration, snakemake.output.held_out)
