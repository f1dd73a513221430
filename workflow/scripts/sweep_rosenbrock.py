"""Descend the Rosenbrock function from every start at every setting; write the ends to Parquet."""

import job

from descent.studies import sweep_rosenbrock
from descent.tables import ROSENBROCK_SWEEP, write

configuration = snakemake.params.configuration
columns = sweep_rosenbrock(configuration["rosenbrock"], snakemake.threads)
write(ROSENBROCK_SWEEP, columns, configuration, snakemake.output[0])
