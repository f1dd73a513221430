"""Choose each method's setting by the runs of a sweep, and compare the methods."""

import job

from descent.tables import schemas as tables
from descent.study.comparison import compare, facts_of, gather_runs

configuration, outputs = snakemake.params.configuration, snakemake.output
sweep = getattr(tables, snakemake.params.table)
groups = tables.read_groups(sweep, snakemake.input.sweep, facts_of(sweep), configuration)
compared = compare(gather_runs(groups, snakemake.params.budget, snakemake.params.problem))
tables.write(tables.SETTINGS, compared["settings"], configuration, outputs.settings)
tables.write(tables.CHOICES, compared["choices"], configuration, outputs.choices)
tables.write(tables.CONTRASTS, compared["contrasts"], configuration, outputs.contrasts)
tables.write(tables.BUDGETS, compared["budgets"], configuration, outputs.budgets)
tables.write(tables.VARIANCE, compared["variance"], configuration, outputs.variance)
