"""Draw the level lines of the Rosenbrock function and its partial derivatives."""

import descent_job

from descent.figures.rosenbrock_contours import draw_rosenbrock_contours
from descent.figures.saving import save

configuration = snakemake.params.configuration
rosenbrock = configuration["rosenbrock"]
figure = draw_rosenbrock_contours(rosenbrock["a"], rosenbrock["b"])
save(figure, snakemake.output[0], configuration)
