"""Put the tables, figures and manifest into the report."""

import job

from pathlib import Path

from descent import tables
from descent.files import replace_text
from descent.manifest import check_inputs, part_of, place
from descent.report import render

inputs = snakemake.input
configuration, folder = snakemake.params.configuration, Path(snakemake.output[0]).parent
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
check_inputs(inputs.manifest, [*(inputs[name] for name in schemas), *inputs.figures])
page = render(
    template=Path(inputs.template),
    title=snakemake.params.title,
    tables={
        name: tables.read(table, inputs[name], part_of(configuration, place(inputs[name], folder)))
        for name, table in schemas.items()
    },
    figures={Path(figure).stem: Path(figure) for figure in inputs.figures},
    manifest=Path(inputs.manifest),
)
replace_text(snakemake.output[0], page)
