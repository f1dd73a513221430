"""Draw the level lines of the Rosenbrock function and its partial derivatives."""

import descent_job

from descent.figures.rosenbrock_contours import draw_rosenbrock_contours
from descent.figures.saving import save

rosenbrock = snakemake.params.configuration["rosenbrock"]
save(draw_rosenbrock_contours(rosenbrock["a"], rosenbrock["b"]), snakemake.output[0])
