"""How far the same results may lie apart that two machines have made.

*Exact* is what is built from + − × ÷ √ in a fixed order, whose every step IEEE 754 rounds in one
way: with the locked versions it has the same bits on every processor, for any number of cores,
chunks and threads. exp, log and the normal quantile are the package's own, of the same steps
(`descent.core.elementary`); grids come from decimal arithmetic; uniform draws are whole numbers times
2⁻⁵³; NumPy's sums keep one order within a version; the compiled engine fuses nothing.

Everything else holds within a stated tolerance:

========================  ======================================================================
data/*.parquet            coordinates: NumPy's normal draws take the system's log, and a
                          covariance's factor comes from LAPACK, whose kernels follow the
                          processor. Labels are exact.
checks/gradients.parquet  all derivatives: they are sums over those samples, and the numeric ones
                          pass through NumPy's exp, log and matrix products besides. Their
                          relative error is rounding noise: only its size means anything.
network/training.parquet  loss and accuracy: exact arithmetic on samples that are not.
network/parameters.parquet  values, likewise.
network/sweep.parquet     outcomes, likewise; but among many settings some are chaotic.
network/*.parquet, else   what is chosen and summarised from that sweep, and its reruns.
findings/faults.parquet   values with their intervals, as most come from trainings; some take
                          NumPy's own exp, log or quantiles.
========================  ======================================================================

Exact are checks/forward.parquet, checks/bayes.parquet, checks/theory.parquet and all tables of
rosenbrock/ and objectives/. Figures have the same bytes with one version of Matplotlib as long as
their tables have: their places are rounded to a thousandth of a point.

The tolerances were measured. With every coordinate of the samples moved by one unit in the last
place, up or down at random, three times, the shipped study's losses of named trainings moved by
1.4e-14 of their size, trained parameters by 1.9e-13, findings by 2.3e-15, derivatives by 1.5e-14.
Of the 1,600 runs of the sweep 22 moved by more than 1e-9, at large learning rates, where a run
leaps from valley to valley; 3 ended in another way. No choice, contrast or budget changed, and 3
of 200 settings counted an outcome more or less. One thing is beyond any tolerance: a
covariance with nearly equal eigenvalues that is not diagonal has no settled factor, and another
LAPACK may draw other samples.
"""

from typing import NamedTuple


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
