"""Draw the named descents: their paths, and their values over the iterations."""

import descent_job

from descent.figures.named_descents import draw_descent_values, draw_descents
from descent.figures.saving import save
from descent.tables.parquet import read
from descent.tables.schemas import TRAJECTORIES

configuration = snakemake.params.configuration
rosenbrock = configuration["rosenbrock"]
trajectories = read(TRAJECTORIES, snakemake.input.trajectories, configuration)
paths = draw_descents(trajectories, rosenbrock["runs"], rosenbrock["a"], rosenbrock["b"])
save(paths, snakemake.output.paths, configuration)
values = draw_descent_values(trajectories, rosenbrock["runs"])
save(values, snakemake.output["values"], configuration)
