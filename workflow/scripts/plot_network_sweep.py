"""Draw what the sweep of trainings and its comparison found."""

import job

from descent.figures.comparison import (
    performance_profiles,
    runtime_distributions,
    tuning_budgets,
)
from descent.figures.sensitivity import rate_sensitivity
from descent.figures.heat_maps import sweep_maps
from descent.figures.tuned_runs import loss_curves
from descent.figures.style import save
from descent.tables.schemas import (
    BAYES,
    BUDGETS,
    CHOICES,
    CURVES,
    SETTINGS,
    TRIALS,
    mixture_table,
    read,
    read_samples,
)

inputs, outputs = snakemake.input, snakemake.output
configuration = snakemake.params.configuration
network = configuration["network"]
_, labels = read_samples(mixture_table(network["layers"][0]), inputs.mixture, configuration)
settings = read(SETTINGS, inputs.settings, configuration)
choices = read(CHOICES, inputs.choices, configuration)
budgets = read(BUDGETS, inputs.budgets, configuration)
trials = read(TRIALS, inputs.trials, configuration)
curves = read(CURVES, inputs.curves, configuration)
bayes = read(BAYES, inputs.bayes, configuration)

save(sweep_maps(settings, choices, network["runs"]), outputs.sweep)
save(runtime_distributions(trials), outputs.runtimes)
save(rate_sensitivity(settings, choices), outputs.sensitivity)
save(performance_profiles(trials, network["sweep"]["target"]), outputs.profile)
save(tuning_budgets(budgets), outputs.budgets)
save(loss_curves(curves, bayes, len(labels)), outputs.curves)
