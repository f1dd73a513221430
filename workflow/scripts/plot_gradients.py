"""Draw the relative errors of the derivatives."""

import descent_job

from descent.figures.gradient_errors import draw_gradient_errors
from descent.figures.saving import save
from descent.tables.parquet import read
from descent.tables.schemas import GRADIENTS

configuration = snakemake.params.configuration
gradients = read(GRADIENTS, snakemake.input.gradients, configuration)
figure = draw_gradient_errors(gradients, snakemake.params.tolerance)
save(figure, snakemake.output[0], configuration)
