"""Draw what the sweep on the Rosenbrock function found."""

import job

from descent.figures_sweeps import rosenbrock_sweep
from descent.style import save
from descent.tables import ROSENBROCK_SWEEP, read

rosenbrock = snakemake.params.configuration["rosenbrock"]
columns = read(ROSENBROCK_SWEEP, snakemake.input.sweep)
save(rosenbrock_sweep(columns, rosenbrock["a"], rosenbrock["b"]), snakemake.output[0])
