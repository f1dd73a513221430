"""Put the tables, figures and manifest into the report."""

import descent_job

from pathlib import Path

from descent.config.problems import problem_parts
from descent.core.problem import problem_of
from descent.report.page import render
from descent.report.problems import named_times
from descent.run.manifest import check_results, part_of
from descent.run.manifest_reading import read_own_manifest
from descent.support.files import place_of, replace_text
from descent.tables.parquet import columns_of, read
from descent.tables.schemas import schema_of

inputs, folder = snakemake.input, Path(snakemake.output[0]).parent
study = snakemake.params.configuration
parts = problem_parts(study)
results = [*inputs.tables, *inputs.evaluations, *inputs.figures]
check_results(results, folder, study)
manifest = read_own_manifest(inputs.manifest, folder, study, results)
tables = {}
for path in inputs.tables:
    name = place_of(path, folder)
    schema = schema_of(name, columns_of(path))
    tables[name.removesuffix(".parquet")] = read(schema, path, part_of(study, name))
for (name, part), path in zip(parts.items(), inputs.evaluations, strict=True):
    tables[f"{name}/evaluation"] = named_times(problem_of(part), path, part)

page = render(
    template=next(path for path in map(Path, inputs.templates) if path.name == "report.html.jinja"),
    study=study,
    parts=parts,
    tables=tables,
    figures={Path(path).stem: Path(path) for path in inputs.figures},
    captions={Path(path).stem: Path(path) for path in inputs.captions},
    manifest=manifest,
)
replace_text(snakemake.output[0], page)
