"""Run tuned methods and the named runs' settings again, from the held-out starts."""

import job

from descent.study.evaluation import judge_rosenbrock
from descent.tables.schemas import CHOICES, PATHS, TRIALS, read, write

configuration = snakemake.params.configuration
choices = read(CHOICES, snakemake.input.choices, configuration)
trials, paths = judge_rosenbrock(configuration["rosenbrock"], choices)
write(TRIALS, trials, configuration, snakemake.output.trials)
write(PATHS, paths, configuration, snakemake.output.paths)
