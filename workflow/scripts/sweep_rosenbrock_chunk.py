"""Advance a chunk of the sweep on the Rosenbrock function; write the ends to Parquet."""

import job

from descent.study.chunks import write_chunk
from descent.study.sweeps import rosenbrock_sweep
from descent.tables.schemas import ROSENBROCK_SWEEP

configuration = snakemake.params.configuration
write_chunk(
    rosenbrock_sweep(configuration["rosenbrock"]),
    ROSENBROCK_SWEEP,
    configuration,
    snakemake.output[0],
    chunk=int(snakemake.wildcards.chunk),
    chunks=int(snakemake.wildcards.chunks),
    engine=snakemake.resources.engine,
    threads=snakemake.threads,
    log=snakemake.log[0],
)
