"""Run selected and named settings from fresh starts; the selected ones further, too."""

import descent_job

from descent.study.evaluation import evaluate, run_further
from descent.study.hitting_times import starts_run
from descent.study.loading import load_problem
from descent.tables.parquet import read, write, writing
from descent.tables.schemas import CANDIDATES, FURTHER, evaluation_schema

configuration, output = snakemake.params.configuration, snakemake.output
problem = load_problem(configuration, snakemake.input)
candidates = read(CANDIDATES, snakemake.input.candidates, configuration)
schema = evaluation_schema(problem.sweep["multiverse"])
runs = int(starts_run(problem, candidates).sum())
with (
    writing(schema, configuration, output.evaluation) as append,
    descent_job.progress(runs, "runs", f"{problem.name}, evaluation") as advance,
):
    for columns in evaluate(problem, candidates, threads=snakemake.threads):
        append(columns)
        advance(len(columns["status"]))
further = run_further(problem, candidates, threads=snakemake.threads)
write(FURTHER, further, configuration, output.further)
