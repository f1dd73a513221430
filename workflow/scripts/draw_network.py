"""Draw the diagram of the fixed-weight network."""

import descent_job

from descent.figures.network_diagram import draw_network_diagram
from descent.figures.saving import save

forward = snakemake.params.configuration["forward"]
save(draw_network_diagram(forward["weights"], forward["biases"]), snakemake.output[0])
