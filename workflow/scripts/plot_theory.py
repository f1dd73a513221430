"""Draw known numbers about methods, and the same measured."""

import job

from descent.figures.theory import theory_measured
from descent.figures.style import save
from descent.tables.schemas import THEORY, read

columns = read(THEORY, snakemake.input.theory, snakemake.params.configuration)
save(theory_measured(columns), snakemake.output[0])
