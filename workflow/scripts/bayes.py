"""Compute what the best rule does on the Gaussian mixture and write it to Parquet."""

import job

from descent.study.bayes_classifier import bayes_optimum
from descent.tables.schemas import BAYES, write

configuration = snakemake.params.configuration
mixture = dict(configuration["mixture"])
optimum = bayes_optimum(mixture.pop("held_out_samples"), **mixture)
write(BAYES, optimum, configuration, snakemake.output[0])
