"""Train tuned methods and with the named runs' settings again, from the held-out seeds."""

import job

from descent.study.evaluation import judge_network
from descent.tables.schemas import CHOICES, CURVES, TRIALS, mixture_table, read, read_samples, write

configuration = snakemake.params.configuration
network = configuration["network"]
table = mixture_table(network["layers"][0])
samples = read_samples(table, snakemake.input.mixture, configuration)
choices = read(CHOICES, snakemake.input.choices, configuration)
trials, curves = judge_network(network, choices, *samples)
write(TRIALS, trials, configuration, snakemake.output.trials)
write(CURVES, curves, configuration, snakemake.output.curves)
