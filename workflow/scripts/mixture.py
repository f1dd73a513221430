"""Draw samples of the Gaussian mixture, to train on and to judge by, and write both to Parquet."""

import job

from descent.mixtures import sample_mixture, sample_test
from descent.tables import mixture_table, samples_columns, test_table, write

configuration = snakemake.params.configuration
mixture = dict(configuration["mixture"])
test_samples = mixture.pop("test_samples")
dimension = len(mixture["means"][0])

for table, samples, path in (
    (mixture_table(dimension), sample_mixture(**mixture), snakemake.output.mixture),
    (test_table(dimension), sample_test(test_samples, **mixture), snakemake.output.test),
):
    write(table, samples_columns(*samples), configuration, path)
