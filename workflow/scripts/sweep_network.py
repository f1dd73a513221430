"""Train the network from every seed at every setting; write the ends to Parquet."""

import job

from descent.studies import sweep_network
from descent.tables import NETWORK_SWEEP, held_out_table, mixture_table, read_samples, write

configuration = snakemake.params.configuration
network = configuration["network"]
dimension = network["layers"][0]
training = read_samples(mixture_table(dimension), snakemake.input.mixture)
held_out = read_samples(held_out_table(dimension), snakemake.input.held_out)
columns = sweep_network(network, *training, *held_out, threads=snakemake.threads)
write(NETWORK_SWEEP, columns, configuration, snakemake.output[0])
