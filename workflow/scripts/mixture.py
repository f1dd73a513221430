"""Draw samples of the Gaussian mixture, to train on and to test on, and write both to Parquet."""

import descent_job

from descent.core.mixtures import sample_held_out, sample_mixture
from descent.tables.parquet import samples_columns, write
from descent.tables.schemas import held_out_schema, mixture_schema

configuration = snakemake.params.configuration
mixture = dict(configuration["mixture"])
held_out_samples = mixture.pop("held_out_samples")
dimension = len(mixture["means"][0])

training = samples_columns(*sample_mixture(**mixture))
write(mixture_schema(dimension), training, configuration, snakemake.output.mixture)

held_out = samples_columns(*sample_held_out(held_out_samples, **mixture))
write(held_out_schema(dimension), held_out, configuration, snakemake.output.held_out)
