"""Draw the relative errors of the derivatives."""

import descent_job

from descent.figures.gradient_errors import draw_gradient_errors
from descent.figures.saving import save
from descent.tables.parquet import read
from descent.tables.schemas import GRADIENTS

gradients = read(GRADIENTS, snakemake.input.gradients, snakemake.params.configuration)
save(draw_gradient_errors(gradients, snakemake.params.tolerance), snakemake.output[0])
