"""Draw what the sweep on a further objective found."""

import job

from descent.figures.heat_maps import sweep_maps
from descent.core.objectives import largest_curvature
from descent.figures.style import save
from descent.tables.schemas import CHOICES, SETTINGS, read

inputs = snakemake.input
configuration = snakemake.params.configuration
entry = configuration["objective"]
curvature = largest_curvature(entry["objective"], entry["dimension"], **entry["parameters"])
settings = read(SETTINGS, inputs.settings, configuration)
choices = read(CHOICES, inputs.choices, configuration)
save(sweep_maps(settings, choices, largest_curvature=curvature), snakemake.output[0])
