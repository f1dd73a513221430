"""Draw the level lines of the Rosenbrock function and its partial derivatives."""

import job

from descent.figures.contours import rosenbrock_contours
from descent.figures.style import save

rosenbrock = snakemake.params.configuration["rosenbrock"]
save(rosenbrock_contours(rosenbrock["a"], rosenbrock["b"]), snakemake.output[0])
