"""Train a chunk of the sweep's networks; write the ends to Parquet."""

import job

from descent.study.chunks import write_chunk
from descent.study.sweeps import network_sweep
from descent.tables.schemas import NETWORK_SWEEP, held_out_table, mixture_table, read_samples

configuration = snakemake.params.configuration
network = configuration["network"]
dimension = network["layers"][0]
training = read_samples(mixture_table(dimension), snakemake.input.mixture, configuration)
held_out = read_samples(held_out_table(dimension), snakemake.input.held_out, configuration)
write_chunk(
    network_sweep(network, *training, *held_out),
    NETWORK_SWEEP,
    configuration,
    snakemake.output[0],
    chunk=int(snakemake.wildcards.chunk),
    chunks=int(snakemake.wildcards.chunks),
    engine=snakemake.resources.engine,
    threads=snakemake.threads,
    log=snakemake.log[0],
)
