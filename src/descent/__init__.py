"""The NumPy core of a study of first-order optimisers.

Everything a reader needs is here, without Snakemake: objectives, methods, descents of one run
or of many, a small network with its gradient, and samples of a Gaussian mixture.

>>> import descent
>>> run = descent.descend("rosenbrock", "momentum", [-1.2, 1.0], 100, 0.001, momentum=0.9)
>>> run.status
'budget'
"""

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from descent.core.mixtures import sample_mixture as sample_mixture
    from descent.core.networks import backpropagate as backpropagate
    from descent.core.networks import cross_entropy as cross_entropy
    from descent.core.networks import forward as forward
    from descent.core.objectives.rosenbrock_function import rosenbrock as rosenbrock
    from descent.core.objectives.rosenbrock_function import (
        rosenbrock_gradient as rosenbrock_gradient,
    )
    from descent.core.objectives.rosenbrock_function import rosenbrock_hessian as rosenbrock_hessian
    from descent.core.theory import convergence_rate as convergence_rate
    from descent.core.theory import optimal_heavy_ball as optimal_heavy_ball
    from descent.core.theory import stability_limit as stability_limit
    from descent.engine.descents import descend as descend
    from descent.engine.descents import sweep as sweep
    from descent.engine.training import train as train
    from descent.engine.training import train_many as train_many

__version__ = "0.2.0.dev0"

_MODULE_OF = {
    "rosenbrock": "core.objectives.rosenbrock_function",
    "rosenbrock_gradient": "core.objectives.rosenbrock_function",
    "rosenbrock_hessian": "core.objectives.rosenbrock_function",
    "sample_mixture": "core.mixtures",
    "forward": "core.networks",
    "cross_entropy": "core.networks",
    "backpropagate": "core.networks",
    "descend": "engine.descents",
    "sweep": "engine.descents",
    "train": "engine.training",
    "train_many": "engine.training",
    "stability_limit": "core.theory",
    "convergence_rate": "core.theory",
    "optimal_heavy_ball": "core.theory",
}

__all__ = list(_MODULE_OF)


if not TYPE_CHECKING:  # or any misspelt name would pass

    def __getattr__(name: str) -> object:
        """Import a public function when it is first asked for: a job loads only its own."""
        if name not in _MODULE_OF:
            raise AttributeError(f"module 'descent' has no attribute {name!r}")
        return getattr(importlib.import_module(f"descent.{_MODULE_OF[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
