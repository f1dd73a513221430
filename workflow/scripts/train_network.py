"""Train the network once per named run and seed; write losses and parameters to Parquet."""

import descent_job

from descent.study.named_runs import train_network
from descent.tables.parquet import read_samples, write
from descent.tables.schemas import TRAINED, TRAINING, mixture_schema

configuration = snakemake.params.configuration
network = configuration["network"]
samples = mixture_schema(network["layers"][0])
x, labels = read_samples(samples, snakemake.input.mixture, configuration)
training, parameters = train_network(network, x, labels)
write(TRAINING, training, configuration, snakemake.output.training)
write(TRAINED, parameters, configuration, snakemake.output.parameters)
