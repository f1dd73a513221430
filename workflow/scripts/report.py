"""Put the tables, figures and manifest into the report."""

import job

from collections import defaultdict
from pathlib import Path

from descent.tables import schemas as tables
from descent.support.files import replace_text
from descent.run.manifest import check_inputs, part_of, place
from descent.report.page import render

inputs, folder = snakemake.input, Path(snakemake.output[0]).parent
dimension = snakemake.params.dimension
schemas = {
    "mixture": tables.mixture_table(dimension),
    "forward": tables.FORWARD,
    "gradients": tables.GRADIENTS,
    "bayes": tables.BAYES,
    "theory": tables.THEORY,
    "trajectories": tables.TRAJECTORIES,
    "training": tables.TRAINING,
    "faults": tables.FAULTS,
}


def read(table, path):
    """Read a table, and check that it comes from this study."""
    part = part_of(snakemake.params.configuration, place(path, folder))
    return tables.read(table, path, part)


def compared(paths):
    """Read the tables of a comparison, by the names of their files."""
    files = map(Path, paths)
    return {file.stem: read(getattr(tables, file.stem.upper()), file) for file in files}


read_by_name = [inputs[name] for name in schemas]
compared_files = [*inputs.rosenbrock, *inputs.network, *inputs.objectives]
check_inputs(inputs.manifest, [*read_by_name, *compared_files, *inputs.figures])
contents = {name: read(table, inputs[name]) for name, table in schemas.items()}
for stage in ("rosenbrock", "network"):
    contents |= {f"{stage}_{name}": table for name, table in compared(inputs[stage]).items()}
further = defaultdict(list)
for path in inputs.objectives:
    further[Path(path).parent.name].append(path)

page = render(
    template=next(Path(path) for path in inputs.templates if path.endswith("report.html.jinja")),
    title=snakemake.params.title,
    tables=contents,
    figures={Path(figure).stem: Path(figure) for figure in inputs.figures},
    manifest=Path(inputs.manifest),
    objectives={name: compared(further[name]) for name in snakemake.params.objectives},
)
replace_text(snakemake.output[0], page)
