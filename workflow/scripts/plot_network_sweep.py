"""Draw what the sweep of trainings found."""

import job

from descent.figures_sweeps import network_sweep
from descent.style import save
from descent.tables import NETWORK_SWEEP, read

save(network_sweep(read(NETWORK_SWEEP, snakemake.input.sweep)), snakemake.output[0])
