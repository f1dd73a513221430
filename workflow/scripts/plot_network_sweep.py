"""Draw what the sweep of trainings found."""

import job

from descent.figures_sweeps import network_sweep
from descent.style import save
from descent.tables import NETWORK_SWEEP, read

columns = read(NETWORK_SWEEP, snakemake.input.sweep, snakemake.params.configuration)
save(network_sweep(columns), snakemake.output[0])
