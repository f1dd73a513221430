"""Draw known numbers about methods, and the same measured."""

import job

from descent.figures_theory import theory_measured

from descent.style import save
from descent.tables import THEORY, read

save(theory_measured(read(THEORY, snakemake.input.theory, {})), snakemake.output[0])
