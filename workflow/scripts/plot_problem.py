"""Draw figures of a problem: those that the outputs name."""

import descent_job

from descent.figures.evaluation_times import read_evaluation
from descent.figures.families import DRAWN_FROM, draw_family
from descent.figures.saving import save
from descent.study.loading import load_problem
from descent.tables import schemas
from descent.tables.parquet import read

configuration, inputs = snakemake.params.configuration, snakemake.input
problem = load_problem(configuration, inputs)
tables = {
    name: read(getattr(schemas, name.upper()), inputs[name], configuration)
    for name in inputs.keys() & DRAWN_FROM
}
if path := inputs.get("evaluation"):
    tables["evaluation"] = read_evaluation(problem, path, tables["selected"], configuration)
for family, path in snakemake.output.items():
    save(draw_family(family, problem, tables), path, configuration)
