"""Compute what the Bayes classifier does on the Gaussian mixture and write it to Parquet."""

import descent_job

from descent.study.bayes_classifier import bayes_optimum
from descent.tables.parquet import write
from descent.tables.schemas import BAYES

configuration = snakemake.params.configuration
mixture = dict(configuration["mixture"])
optimum = bayes_optimum(mixture.pop("held_out_samples"), **mixture)
write(BAYES, optimum, configuration, snakemake.output[0])
