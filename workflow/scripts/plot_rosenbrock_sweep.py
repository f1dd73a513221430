"""Draw what the sweep on the Rosenbrock function and its comparison found."""

import job

from descent.figures_comparison import (
    performance_profiles,
    runtime_distributions,
    tuned_paths,
    tuning_budgets,
)

from descent.figures_sweeps import curvature, rate_sensitivity, sweep_maps
from descent.style import save
from descent.tables import BUDGETS, CHOICES, PATHS, SETTINGS, TRIALS, read

inputs, outputs = snakemake.input, snakemake.output
rosenbrock = snakemake.params.configuration["rosenbrock"]
a, b, grid = rosenbrock["a"], rosenbrock["b"], rosenbrock["sweep"]
settings, choices = read(SETTINGS, inputs.settings), read(CHOICES, inputs.choices)
trials, paths = read(TRIALS, inputs.trials), read(PATHS, inputs.paths)

save(sweep_maps(settings, choices, rosenbrock["runs"], curvature(a, b)), outputs.sweep)
save(runtime_distributions(trials), outputs.runtimes)
save(rate_sensitivity(settings, choices), outputs.sensitivity)
save(performance_profiles(trials, grid["target"]), outputs.profile)
save(tuning_budgets(read(BUDGETS, inputs.budgets)), outputs.budgets)
save(tuned_paths(paths, a, b, grid["target"], grid["iterations"]), outputs.paths)
