"""Run the named descents on the Rosenbrock function and write their iterates to Parquet."""

import job

from descent.named_runs import descend_rosenbrock
from descent.tables import TRAJECTORIES, write

configuration = snakemake.params.configuration
columns = descend_rosenbrock(configuration["rosenbrock"])
write(TRAJECTORIES, columns, configuration, snakemake.output[0])
