"""Draw the relative errors of the derivatives."""

import job

from descent.figures.training import gradient_errors
from descent.figures.style import save
from descent.tables.schemas import GRADIENTS, read

columns = read(GRADIENTS, snakemake.input.gradients, snakemake.params.configuration)
save(gradient_errors(columns, snakemake.params.tolerance), snakemake.output[0])
