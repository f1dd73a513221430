"""The NumPy core of a study of first-order optimisers.

Everything a reader needs is here, without Snakemake: objectives, methods, descents of one run
or of many, a small network with its gradient, and samples of a Gaussian mixture.

>>> import descent
>>> run = descent.descend("rosenbrock", "momentum", [-1.2, 1.0], 100, 0.001, momentum=0.9)
>>> run.status
'budget'
"""

import importlib

__version__ = "0.1.0"

_MODULE_OF = {
    "rosenbrock": "core.objectives",
    "rosenbrock_gradient": "core.objectives",
    "rosenbrock_hessian": "core.objectives",
    "sample_mixture": "core.mixtures",
    "forward": "core.networks",
    "cross_entropy": "core.networks",
    "backpropagate": "core.networks",
    "descend": "engine.descents",
    "sweep": "engine.descents",
    "train": "engine.training",
    "train_many": "engine.training",
    "stability_limit": "study.measured_theory",
    "convergence_rate": "study.measured_theory",
    "optimal_heavy_ball": "study.measured_theory",
}

__all__ = list(_MODULE_OF)


def __getattr__(name: str) -> object:
    """Import a public function when it is first asked for, so that a job loads only its own."""
    if name not in _MODULE_OF:
        raise AttributeError(f"module 'descent' has no attribute {name!r}")
    return getattr(importlib.import_module(f"descent.{_MODULE_OF[name]}"), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
