"""Draw the named descents: their paths, and their values over the iterations."""

import job

from descent.figures.named_descents import descent_values, descents_on_contours
from descent.figures.style import save
from descent.tables.schemas import TRAJECTORIES, read

configuration = snakemake.params.configuration
rosenbrock = configuration["rosenbrock"]
columns = read(TRAJECTORIES, snakemake.input.trajectories, configuration)
paths = descents_on_contours(columns, rosenbrock["runs"], rosenbrock["a"], rosenbrock["b"])
save(paths, snakemake.output.paths)
save(descent_values(columns, rosenbrock["runs"]), snakemake.output["values"])
