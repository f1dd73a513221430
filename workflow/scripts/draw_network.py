"""Draw the diagram of the fixed-weight network."""

import job

from descent.figures.network_diagram import network_diagram
from descent.figures.style import save

forward = snakemake.params.configuration["forward"]
save(network_diagram(forward["weights"], forward["biases"]), snakemake.output[0])
