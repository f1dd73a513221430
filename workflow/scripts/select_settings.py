"""Score every setting of a sweep on the tuning starts, and choose which to evaluate."""

import descent_job

from descent.core.problem import problem_of
from descent.study.hitting_times import headline_times, statuses_and_tests
from descent.study.selection import choose_candidates, score_settings
from descent.tables.parquet import write
from descent.tables.schemas import CANDIDATES, SETTINGS

configuration, output = snakemake.params.configuration, snakemake.output
problem, path = problem_of(configuration), snakemake.input.sweep
times = headline_times(problem, path, configuration)
settings = score_settings(problem, times, *statuses_and_tests(problem, path, configuration))
write(SETTINGS, settings, configuration, output.settings)
write(CANDIDATES, choose_candidates(problem, times), configuration, output.candidates)
