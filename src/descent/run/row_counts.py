"""How many rows tables have, where the configuration alone tells."""

import math
from collections.abc import Iterator, Mapping

from descent.config.problems import problem_parts
from descent.core.methods import setting_count
from descent.core.mixtures import class_counts
from descent.core.networks import parameter_count

COUNTED_CHOICES = (
    "targets",
    "holds",
    "budgets",
    "criteria",
    "trials",
)  # and the split, first or second


def expected_rows(configuration: Mapping) -> dict[str, int]:
    """Return the number of rows by the place of a table under the results.

    Tables whose rows depend on how runs end, or on what is found, are left out.
    """
    return dict(_counted_rows(configuration))


def _counted_rows(configuration: Mapping) -> Iterator[tuple[str, int]]:
    forward, network = configuration["forward"], configuration["network"]
    yield "checks/forward.parquet", sum(map(len, forward["expected"]))
    if network:
        mixture, parameters = configuration["mixture"], parameter_count(network["layers"])
        for name, asked in (("mixture", "samples"), ("held_out", "held_out_samples")):
            counts = class_counts(mixture[asked], mixture["weights"])
            yield f"data/{name}.parquet", sum(counts)
        trained = len(network["runs"]) * network["seeds"]["count"]
        yield "network/parameters.parquet", trained * parameters
        yield "checks/gradients.parquet", network["gradient_check"]["networks"] * parameters
    for name, part in problem_parts(configuration).items():
        sweep = part["problem"]["sweep"]
        methods = len(sweep["methods"])
        settings = setting_count(sweep["methods"], sweep["learning_rate"]["count"], sweep)
        starts = (sweep.get("starts") or sweep["seeds"])["count"]
        pairs = methods * (methods - 1) // 2
        levels = [len(sweep["multiverse"][choice]) for choice in COUNTED_CHOICES]
        protocols, parts = 2 * math.prod(levels), 1 + sum(levels) + 2
        yield f"{name}/sweep.parquet", settings * starts
        yield f"{name}/settings.parquet", settings
        yield f"{name}/selected.parquet", 2 * methods
        yield f"{name}/pairwise.parquet", 2 * pairs
        yield f"{name}/anova.parquet", 1 + methods
        yield f"{name}/multiverse.parquet", protocols * methods
        yield f"{name}/first.parquet", parts * methods
        yield f"{name}/levels.parquet", parts * pairs
