"""Draw samples of the Gaussian mixture, to train on and to judge by, and write both to Parquet."""

import job

from descent.mixtures import sample_held_out, sample_mixture
from descent.tables import held_out_table, mixture_table, samples_columns, write

configuration = snakemake.params.configuration
mixture = dict(configuration["mixture"])
held_out_samples = mixture.pop("held_out_samples")
dimension = len(mixture["means"][0])

for table, samples, path in (
    (mixture_table(dimension), sample_mixture(**mixture), snakemake.output.mixture),
    (held_out_table(dimension), sample_held_out(held_out_samples, **mixture), snakemake.output.held_out),
):
    write(table, samples_columns(*samples), configuration, path)
