"""Draw the diagram of the fixed-weight network."""

import descent_job

from descent.figures.network_diagram import draw_network_diagram
from descent.figures.saving import save

configuration = snakemake.params.configuration
forward = configuration["forward"]
diagram = draw_network_diagram(forward["weights"], forward["biases"])
save(diagram, snakemake.output[0], configuration)
