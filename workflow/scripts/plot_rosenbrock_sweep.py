"""Draw what the sweep on the Rosenbrock function found."""

import job

from descent.figures_sweeps import rosenbrock_sweep
from descent.style import save
from descent.tables import ROSENBROCK_SWEEP, read

configuration = snakemake.params.configuration
rosenbrock = configuration["rosenbrock"]
columns = read(ROSENBROCK_SWEEP, snakemake.input.sweep, configuration)
save(rosenbrock_sweep(columns, rosenbrock["a"], rosenbrock["b"]), snakemake.output[0])
