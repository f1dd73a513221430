"""The figures that problems have: a file per family.

A family `heat_map` is the function `draw_heat_map(problem, tables)` in the file `heat_map.py` here,
which is called as `draw_family` is and says which tables it needs; its words in Snakemake's report
are below, its caption is `workflow/report/captions/heat_map.rst`, and the figure of a problem is
`results/figures/{problem}_heat_map.svg`.
"""

from collections.abc import Mapping
from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from pandas import DataFrame

    from descent.core.problem import Problem

FAMILIES = {
    "specification_curve": "Two methods under every protocol",
    "first_places": "Who comes first",
    "heat_map": "Every hyperparameter setting",
    "runtime_distributions": "Runtime distributions",
    "sensitivity": "Sensitivity to the learning rate",
    "performance_profile": "Performance profiles",
    "tuning_curve": "Tuning curves",
}
"""Those of every problem, with what they show."""
PLANE_FAMILIES = {"paths": "Paths"}
"""Those of problems in the plane."""
NETWORK_FAMILIES = {"training_curves": "Training curves"}
"""Those of networks."""
DRAWN_FROM = (
    "settings",
    "selected",
    "pairwise",
    "multiverse",
    "levels",
    "first",
    "tuning_curve",
    "paths",
    "training_curves",
    "bayes",
)
"""The tables that families are drawn from, beside `evaluation`, of which they read a part."""


def draw_family(family: str, problem: "Problem", tables: Mapping[str, "DataFrame"]) -> "Figure":
    """Draw a figure of a problem.

    Parameters
    ----------
    family : str
        A key of `FAMILIES`, `PLANE_FAMILIES` or `NETWORK_FAMILIES`.
    problem : Problem
        What methods are compared on.
    tables : Mapping
        Those that the family needs, by name.

    Raises
    ------
    ValueError
        If there is no such family.
    """
    if family not in {module.name for module in iter_modules(__path__)}:
        raise ValueError(f"{family}: there is no file for it in {__path__[0]}")
    module = import_module(f"{__name__}.{family}")  # with Matplotlib, which takes long to import
    return getattr(module, f"draw_{family}")(problem, tables)
