"""Put the tables, figures and manifest into the report."""

import job

from pathlib import Path

from descent import tables
from descent.files import replace_text
from descent.report import render

inputs = snakemake.input
dimension = snakemake.params.dimension
schemas = {
    "mixture": tables.mixture_table(dimension),
    "forward": tables.FORWARD,
    "gradients": tables.GRADIENTS,
    "trajectories": tables.TRAJECTORIES,
    "rosenbrock_sweep": tables.ROSENBROCK_SWEEP,
    "training": tables.TRAINING,
    "network_sweep": tables.NETWORK_SWEEP,
    "faults": tables.FAULTS,
}
page = render(
    template=Path(inputs.template),
    title=snakemake.params.title,
    tables={name: tables.read(table, inputs[name]) for name, table in schemas.items()},
    figures={Path(figure).stem: Path(figure) for figure in inputs.figures},
    manifest=Path(inputs.manifest),
)
replace_text(snakemake.output[0], page)
