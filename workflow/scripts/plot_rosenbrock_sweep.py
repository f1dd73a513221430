"""Draw what the sweep on the Rosenbrock function and its comparison found."""

import job

from descent.figures.comparison import (
    performance_profiles,
    runtime_distributions,
    tuning_budgets,
)
from descent.figures.sensitivity import rate_sensitivity
from descent.figures.heat_maps import sweep_maps
from descent.figures.tuned_runs import tuned_paths
from descent.core.objectives import largest_curvature
from descent.figures.style import save
from descent.tables.schemas import BUDGETS, CHOICES, PATHS, SETTINGS, TRIALS, read

inputs, outputs = snakemake.input, snakemake.output
configuration = snakemake.params.configuration
rosenbrock = configuration["rosenbrock"]
a, b, grid = rosenbrock["a"], rosenbrock["b"], rosenbrock["sweep"]
settings = read(SETTINGS, inputs.settings, configuration)
choices = read(CHOICES, inputs.choices, configuration)
budgets = read(BUDGETS, inputs.budgets, configuration)
trials = read(TRIALS, inputs.trials, configuration)
paths = read(PATHS, inputs.paths, configuration)

curvature = largest_curvature("rosenbrock", 2, a=a, b=b)
save(sweep_maps(settings, choices, rosenbrock["runs"], curvature), outputs.sweep)
save(runtime_distributions(trials), outputs.runtimes)
save(rate_sensitivity(settings, choices), outputs.sensitivity)
save(performance_profiles(trials, grid["target"]), outputs.profile)
save(tuning_budgets(budgets), outputs.budgets)
save(tuned_paths(paths, a, b, grid["target"], grid["iterations"]), outputs.paths)
