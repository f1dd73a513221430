"""How far the same results may lie apart that two machines have made.

*Exact* is what is built from + − × ÷ √ in a fixed order, whose every step IEEE 754 rounds in one
way: with the locked versions it has the same bits on every processor, for any number of cores,
chunks and threads. exp, log and the normal quantile are the package's own, of the same steps
(`descent.core.elementary`); grids come from decimal arithmetic; uniform draws are whole numbers
times 2⁻⁵³; NumPy's sums keep one order within a version; the compiled engine fuses nothing.

Everything else holds within a stated tolerance:

data/*.parquet
    Coordinates: NumPy's normal draws take the system's log, and a covariance's factor comes from
    LAPACK, whose kernels follow the processor. Labels are exact.
checks/gradients.parquet
    All derivatives: they are sums over those samples, and the numeric ones pass through NumPy's
    exp, log and matrix products besides. Their relative error is rounding noise.
network/training.parquet, network/parameters.parquet
    Loss, accuracy and values: exact arithmetic on samples that are not.
network/*.parquet, network-he/*.parquet, else
    Outcomes of the sweep, likewise, but among many settings some are chaotic; and what is selected
    and summarised from it.
findings/faults.parquet
    Values with their intervals, as most come from trainings; some take NumPy's own exp, log or
    quantiles.

Exact are checks/forward.parquet, checks/bayes.parquet, checks/theory.parquet and all tables of
other problems. Figures have the same bytes with one version of Matplotlib as long as
their tables have: their places are rounded to a thousandth of a point.

The tolerances were measured. With every coordinate of the samples moved by one unit in the last
place, up or down at random, three times, the shipped study's losses of named trainings moved by
1.4e-14 of their size, trained parameters by 1.9e-13, findings by 2.3e-15, derivatives by 1.5e-14.
Of the 1,600 runs of the sweep 22 moved by more than 1e-9, at large learning rates, where a run
leaps from valley to valley; 3 ended in another way. No selected setting, comparison or tuning curve
changed, and 3 of 200 settings counted an outcome more or less. One thing is beyond any tolerance:
a covariance with nearly equal eigenvalues that is not diagonal has no settled factor, and another
LAPACK may draw other samples.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from descent.config.problems import NETWORK_PROBLEMS
from descent.tables.schemas import SETTING_NAMES, schema_of


class Tolerance(NamedTuple):
    """How far two values of a column may lie apart: absolute + relative · the larger in size."""

    relative: float
    absolute: float
    outliers: float = 0.0
    """Share of a table's rows that may lie farther apart, or hold another text."""


OF_DRAWS = Tolerance(1e-12, 1e-12)
"""Of samples: a few roundings, in units of their standard deviation."""
OF_TRAININGS = Tolerance(1e-9, 1e-9)
"""Of what is computed from samples by runs that are not chaotic."""
OF_SWEEPS = Tolerance(1e-9, 1e-9, outliers=0.05)
"""Of many runs at settings of every kind, a few of which amplify any difference."""
STATED = {
    "checks/gradients.parquet": dict.fromkeys(
        ("analytic", "numeric", "relative_error"), OF_TRAININGS
    ),
    "findings/faults.parquet": dict.fromkeys(("value", "low", "high"), OF_TRAININGS),
    "network/training.parquet": dict.fromkeys(("loss", "accuracy"), OF_TRAININGS),
    "network/parameters.parquet": {"value": OF_TRAININGS},
}
"""Of columns that are not exact, by their tables' places under the results."""


def tolerances_of(place: str, columns: Sequence[str]) -> Mapping[str, Tolerance]:
    """Return the tolerances of those columns of a table that are not exact.

    Parameters
    ----------
    place : str
        Of the table under the results.
    columns : sequence of str
        Its columns.
    """
    folder = place.partition("/")[0]
    if folder == "data":
        return {name: OF_DRAWS for name in columns if name != "label"}
    schema = schema_of(place, columns)
    if place in STATED or schema is None or folder not in NETWORK_PROBLEMS.values():
        return STATED.get(place, {})
    names_of_rows = {*SETTING_NAMES, *schema.order, *schema.key}
    return {name: OF_SWEEPS for name in columns if name not in names_of_rows}
