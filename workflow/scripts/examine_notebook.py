"""Show by computation what is wrong in the notebook, and write the findings to Parquet."""

import descent_job

from descent.study.notebook_faults import examine
from descent.tables.parquet import read_samples, write
from descent.tables.schemas import FAULTS, mixture_schema

configuration = snakemake.params.configuration
samples = ()
if configuration["network"]:
    schema = mixture_schema(configuration["network"]["layers"][0])
    samples = read_samples(schema, snakemake.input.mixture, configuration)
write(FAULTS, examine(configuration, *samples), configuration, snakemake.output[0])
