"""Run the named descents on the Rosenbrock function and write their iterates to Parquet."""

import descent_job

from descent.study.named_runs import descend_rosenbrock
from descent.tables.parquet import write
from descent.tables.schemas import TRAJECTORIES

configuration = snakemake.params.configuration
columns = descend_rosenbrock(configuration["rosenbrock"])
write(TRAJECTORIES, columns, configuration, snakemake.output[0])
