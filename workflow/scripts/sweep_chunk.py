"""Advance a chunk of a problem's sweep and write the final states to Parquet."""

import descent_job

from descent.study.loading import load_problem
from descent.study.sweeps import sweep_chunk

configuration = snakemake.params.configuration
sweep_chunk(
    load_problem(configuration, snakemake.input),
    configuration,
    snakemake.output[0],
    chunk=int(snakemake.wildcards.chunk),
    chunks=int(snakemake.wildcards.chunks),
    engine=snakemake.resources.engine,
    threads=snakemake.threads,
    progress=descent_job.progress,
)
