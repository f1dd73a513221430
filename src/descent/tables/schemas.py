"""Every table of the study: its place, its columns with their units and meaning, and its order."""

from typing import Any, NamedTuple

from descent.core.parameters import PARAMETERS
from descent.core.statuses import STATUSES
from descent.support.shown import Shown


class Column(NamedTuple):
    """A column: what it is called, what it holds, and what that means."""

    name: str
    type: str
    meaning: Shown[str]
    unit: Shown[str] = ""
    nullable: bool = False
    undefined: Shown[str] = ""
    """When there is no value: null in the file, NaN in memory."""
    may_be_infinite: bool = False


class Schema(NamedTuple):
    """A table: where it lies under the results, what a row is, its columns and its order."""

    path: str
    """`{problem}` stands for the name of a problem."""
    row: Shown[str]
    columns: tuple[Column, ...]
    order: tuple[str, ...]
    may_be_empty: bool = False
    key: tuple[str, ...] = ()
    """Columns that no two rows have alike, where it is no table to be read in portions."""

    @property
    def names(self) -> list[str]:
        """Names of the columns."""
        return [column.name for column in self.columns]


def _real(name: str, **shown: Any) -> Column:
    return Column(name, "float64", **shown)


def _whole(name: str, **shown: Any) -> Column:
    return Column(name, "int64", **shown)


def _text(name: str, **shown: Any) -> Column:
    return Column(name, "string", **shown)


def _optional(name: str, **rest: Any) -> Column:
    return Column(name, "float64", nullable=True, **rest)


def _time(name: str, **shown: Any) -> Column:
    return Column(name, "float64", unit="iterations", may_be_infinite=True, **shown)


def _interval(name: str, meaning: str, **rest: Any) -> tuple[Column, Column]:
    """Return the columns of the lower and upper end of an interval of 95 %."""
    return (
        _real(f"{name}_low", meaning=f"lower end of its 95 % interval ({meaning})", **rest),
        _real(f"{name}_high", meaning="upper end of the same", **rest),
    )


def _band(name: str, meaning: str, **rest: Any) -> tuple[Column, ...]:
    """Return the columns of a number's quartiles."""
    return (
        _real(f"{name}_low", meaning=f"lower quartile of the {meaning}", **rest),
        _real(f"{name}_median", meaning="median of the same", **rest),
        _real(f"{name}_high", meaning="upper quartile of the same", **rest),
    )


# ── Columns that several tables have ─────────────────────────────────────────────────────────

METHOD = _text("method", meaning="update rule")
LEARNING_RATE = _real("learning_rate", meaning=PARAMETERS["learning_rate"].meaning)
MOMENTUM = _real("momentum", meaning=f"{PARAMETERS['momentum'].meaning}; 0 for methods without one")
SETTING = (
    METHOD,
    LEARNING_RATE,
    MOMENTUM,
    *(
        _optional(name, meaning=parameter.meaning, undefined="for methods without it")
        for name, parameter in PARAMETERS.items()
        if name not in ("learning_rate", "momentum")
    ),
)
"""A hyperparameter setting: a method and its parameters."""
SETTING_NAMES = tuple(column.name for column in SETTING)
PART = _text("part", meaning="whether settings are selected by this start: tuning, or evaluation")
RUN = _text("run", meaning="name of the run in the configuration")
ITERATION = _whole("iteration", meaning="updates done; 0 is the start")
START = _whole("start", meaning="index of the start, or seed of the initial weights")
SEED = _whole("seed", meaning="seed of the initial weights")
STATUS = _text(
    "status",
    meaning="how the run ended: reached, diverged, cycle, plateau (networks only) or budget, "
    "the first that holds",
)
ITERATIONS = _whole(
    "iterations", meaning="hitting time of the target; else updates done, all of them finite"
)
X1 = _real("x1", meaning="first coordinate")
X2 = _real("x2", meaning="second coordinate")
VALUE = _real("value", meaning="objective")
LOSS = _real("loss", meaning="cross-entropy summed over the samples", unit="nats")
ACCURACY = _real("accuracy", meaning="share of samples whose most probable class is theirs")
NETWORK_PARAMETER = _text("parameter", meaning="parameter of the network, for example W1[0,1]")
SUCCESS = (
    _real("success_rate", meaning="share of runs that reached the target"),
    *_interval("success", meaning="Wilson"),
)
RUNNING_TIME = (
    _time(
        "expected_running_time",
        meaning="updates of all runs, failures included, over the runs that reached the target; "
        "infinite without any",
    ),
    _time(
        "expected_running_time_charged",
        meaning="the same, a failure charged the whole budget: by it settings are selected",
    ),
)
QUARTILES = (
    _time(
        "lower_quartile",
        meaning="a quarter of the runs reach the target within so many; infinite if fewer do",
    ),
    _time("median", meaning="half of the runs do; infinite if fewer"),
    _time("upper_quartile", meaning="three quarters of the runs do; infinite if fewer"),
)


# ── The data and the checks ──────────────────────────────────────────────────────────────────


def mixture_schema(dimension: int) -> Schema:
    """Return the table of a mixture's samples, whose columns depend on its dimension."""
    coordinates = (
        _real(f"x{i + 1}", meaning=f"coordinate {i + 1}", unit="standard deviations")
        for i in range(dimension)
    )
    columns = (*coordinates, _whole("label", meaning="class of the sample"))
    return Schema("data/mixture.parquet", row="a sample", columns=columns, order=("label",))


def held_out_schema(dimension: int) -> Schema:
    """Return the table of fresh samples, in the same columns."""
    return mixture_schema(dimension)._replace(path="data/held_out.parquet", row="a fresh sample")


FORWARD = Schema(
    "checks/forward.parquet",
    row="a point and class",
    columns=(
        _whole("point", meaning="index of the input point"),
        _whole("class", meaning="index of the class"),
        _real("probability", meaning="computed"),
        _real("expected", meaning="as configured"),
        _real("difference", meaning="computed minus expected"),
    ),
    order=("point", "class"),
    key=("point", "class"),
)
GRADIENTS = Schema(
    "checks/gradients.parquet",
    row="a parameter of a random network",
    columns=(
        _whole("network", meaning="index of the random network"),
        NETWORK_PARAMETER,
        _real("analytic", meaning="derivative by backpropagation", unit="nats"),
        _real("numeric", meaning="derivative by the complex step", unit="nats"),
        _real(
            "relative_error",
            meaning="difference of the two, relative to the larger; where that would "
            "fail by rounding alone, to a millionth of the terms that cancel",
        ),
    ),
    order=("network",),
    key=("network", "parameter"),
)
BAYES = Schema(
    "checks/bayes.parquet",
    row="the Bayes classifier, which knows the mixture: no rule does better on it",
    columns=(
        _real("accuracy", meaning="probability that the most probable class is the true one"),
        _real("accuracy_error", meaning="standard error of its integration"),
        _real("loss", meaning="mean cross-entropy of its probabilities", unit="nats per sample"),
        _real("loss_error", meaning="standard error of its integration", unit="nats per sample"),
        _whole("points", meaning="points of the integration"),
    ),
    order=(),
)
THEORY = Schema(
    "checks/theory.parquet",
    row="a theoretical value about a method on an objective, and the same measured",
    columns=(
        _text("quantity", meaning="what is known"),
        _text("objective", meaning="on what it is measured: quadratic, lessard, rosenbrock"),
        METHOD,
        MOMENTUM,
        _optional(
            "learning_rate",
            meaning="factor of the gradient",
            undefined="where it is what is measured",
        ),
        _optional(
            "condition_number",
            meaning="largest over smallest Hessian eigenvalue",
            undefined="where there is one eigenvalue only",
        ),
        _real("theoretical", meaning="as known"),
        _real("measured", meaning="as measured"),
        _real("resolution", meaning="how far apart they may be: the measurement's resolution"),
    ),
    order=("quantity", "objective", "method", "momentum", "condition_number"),
)
FAULTS = Schema(
    "findings/faults.parquet",
    row="a number or an outcome that demonstrates a fault of the notebook",
    columns=(
        _text("fault", meaning="the fault"),
        _text("setting", meaning="under what circumstances"),
        _text("quantity", meaning="what was computed"),
        _optional("value", meaning="the number", undefined="where the outcome is not a number"),
        _optional("low", meaning="lower end of its 95 % interval", undefined="where it has none"),
        _optional("high", meaning="upper end of its 95 % interval", undefined="where it has none"),
        _text(
            "outcome",
            meaning="what happened",
            nullable=True,
            undefined="where the number says it all",
        ),
    ),
    order=(),
)

# ── The named runs ───────────────────────────────────────────────────────────────────────────

TRAJECTORIES = Schema(
    "rosenbrock/trajectories.parquet",
    row="an iteration of a named run; a diverged run ends at its last finite iterate",
    columns=(RUN, METHOD, LEARNING_RATE, MOMENTUM, ITERATION, X1, X2, VALUE),
    order=("iteration",),
    key=("run", "iteration"),
)
TRAINING = Schema(
    "network/training.parquet",
    row="an iteration of a named run; a diverged run ends at its last finite iterate",
    columns=(RUN, METHOD, LEARNING_RATE, MOMENTUM, SEED, ITERATION, LOSS, ACCURACY),
    order=("seed", "iteration"),
    key=("run", "seed", "iteration"),
)
TRAINED = Schema(
    "network/parameters.parquet",
    row="a parameter of a trained named run",
    columns=(
        RUN,
        SEED,
        NETWORK_PARAMETER,
        _real("value", meaning="its value after the last iteration"),
    ),
    order=("seed",),
    key=("run", "seed", "parameter"),
)

# ── A problem ────────────────────────────────────────────────────────────────────────────────


def sweep_schema(kind: str, dimension: int) -> Schema:
    """Return the table of a problem's sweep.

    Parameters
    ----------
    kind : {'formula', 'network'}
        What is minimised.
    dimension : int
        Coordinates of a point; in the plane they are columns.
    """
    before: tuple[Column, ...] = ()
    after: tuple[Column, ...]
    if kind == "network":
        start = SEED
        after = (
            LOSS._replace(meaning="cross-entropy summed over the samples, at that iteration"),
            ACCURACY._replace(meaning="share of training samples classified correctly, there"),
            _optional(
                "test_loss",
                meaning="mean cross-entropy of held-out samples, there",
                unit="nats per sample",
                undefined="where it overflows",
            ),
            _real("test_accuracy", meaning="share of held-out samples classified correctly, there"),
        )
    else:
        start = START._replace(meaning="index of the start")
        after = (VALUE._replace(meaning="objective at that iteration"),)
        if dimension == 2:
            before = (
                _real("start_x1", meaning="first coordinate of the start"),
                _real("start_x2", meaning="second coordinate of the start"),
            )
            after += (
                X1._replace(meaning="first coordinate there"),
                X2._replace(meaning="second coordinate there"),
            )
    return Schema(
        "{problem}/sweep.parquet",
        row="a run",
        columns=(*SETTING, start, *before, PART, STATUS, ITERATIONS, *after),
        order=(*SETTING_NAMES, start.name),
    )


SETTINGS = Schema(
    "{problem}/settings.parquet",
    row="a hyperparameter setting, on the starts of a part",
    columns=(
        *SETTING,
        PART,
        _whole("runs", meaning="runs of this setting"),
        *(_whole(name, meaning=f"runs that ended so: {name}") for name in STATUSES),
        *SUCCESS,
        *RUNNING_TIME,
        *QUARTILES,
        _optional(
            "test_loss",
            meaning="median cross-entropy of held-out samples, their mean",
            unit="nats per sample",
            undefined="where no network is trained, or it overflows",
        ),
        _optional(
            "test_accuracy",
            meaning="median share of held-out samples classified correctly",
            undefined="where no network is trained",
        ),
    ),
    order=(*SETTING_NAMES, "part"),
    key=(*SETTING_NAMES, "part"),
)
SELECTED = Schema(
    "{problem}/selected.parquet",
    row="a method's selected hyperparameter setting: the one of the least expected running time "
    "on the tuning starts, failures charged the budget",
    columns=(
        *SETTING,
        _whole("settings_tried", meaning="hyperparameter settings of the method"),
        _whole("tuning_runs", meaning="tuning starts"),
        *(
            column._replace(name=f"tuning_{column.name}", meaning=f"{column.meaning}; on these")
            for column in RUNNING_TIME
        ),
        _real("tuning_success_rate", meaning="share of the tuning starts that reach the target"),
        _whole("evaluation_runs", meaning="evaluation starts; what follows is on these"),
        *SUCCESS,
        *RUNNING_TIME,
        *_interval(
            "expected_running_time",
            meaning="bootstrap over starts",
            unit="iterations",
            may_be_infinite=True,
        ),
        *QUARTILES,
    ),
    order=("method",),
    key=("method",),
)
PAIRWISE = Schema(
    "{problem}/pairwise.parquet",
    row="two methods with their selected settings, on the same evaluation starts: each against "
    "gradient descent (without that, the first), and each against the best on the tuning starts",
    columns=(
        METHOD,
        _text("against", meaning="the method it is compared with"),
        _optional(
            "ratio",
            meaning="expected running time over that of the other; below 1 is quicker",
            undefined="where neither reaches the target, or both are within it at once",
            may_be_infinite=True,
        ),
        *_interval(
            "ratio",
            meaning="paired bootstrap",
            nullable=True,
            undefined="where the ratio is not defined",
            may_be_infinite=True,
        ),
        _real("success_difference", meaning="success rate less that of the other"),
        *_interval("success_difference", meaning="paired bootstrap"),
        _whole("wins", meaning="starts on which it is first at the target"),
        _whole("losses", meaning="starts on which the other is"),
        _whole("ties", meaning="starts on which both need as long, or neither arrives"),
        _real("p", meaning="probability of a split as uneven between equals (sign test)"),
        _real("adjusted_p", meaning="the same for all comparisons on the problem (Holm)"),
    ),
    order=("against", "method"),
    key=("method", "against"),
    may_be_empty=True,  # where a single method is swept
)
TUNING_CURVE = Schema(
    "{problem}/tuning_curve.parquet",
    row="a method with the best of so many random settings; its score on the evaluation starts",
    columns=(
        METHOD,
        _whole("settings_tried", meaning="settings drawn at random, of which the best is taken"),
        _real("never", meaning="probability that the one taken never reaches the target"),
        _time(
            "lower_quartile",
            meaning="lower quartile of the expected running time, infinite without a success",
        ),
        _time("median", meaning="median of the same"),
        _time("upper_quartile", meaning="upper quartile of the same"),
    ),
    order=("method", "settings_tried"),
    key=("method", "settings_tried"),
)
ANOVA = Schema(
    "{problem}/anova.parquet",
    row="a two-way decomposition of the variation of success on the evaluation starts",
    columns=(
        _text("among", meaning="which settings: those of a method, or the selected ones"),
        _real(
            "setting", meaning="share of the setting, or of the method with its selected setting"
        ),
        _real("start", meaning="share of the start"),
        _real("interaction", meaning="share of what neither explains alone"),
    ),
    order=("among",),
    key=("among",),
)
EVALUATION = Schema(
    "{problem}/evaluation.parquet",
    row="a run over its whole budget from an evaluation start, and a target; the budget is the "
    "sweep's, for named runs the longest of theirs if that is more",
    columns=(
        _text(
            "candidate",
            meaning="method with its selected setting, or named run of the configuration",
        ),
        _text("kind", meaning="selected, or named: with the setting of a named run"),
        *SETTING,
        START,
        _real("target", meaning="how close to the minimum"),
        _time(
            "hitting_time", meaning="updates until the target is first met; infinite if it never is"
        ),
        _time(
            "stays_from",
            meaning="updates from which it is met to the end of the budget; infinite without any",
        ),
        _whole("iterations", meaning="updates done, all of them finite"),
        _text("status", meaning="how the run ended: diverged or budget"),
    ),
    order=("kind", "candidate", "start", "target"),
    key=("kind", "candidate", "start", "target"),
)
PATHS = Schema(
    "{problem}/paths.parquet",
    row="an iteration of a method with its selected setting from an evaluation start, up to the "
    "target (of more than 10,000, every so many and the last)",
    columns=(*SETTING, START, ITERATION, X1, X2, VALUE),
    order=("method", "start", "iteration"),
    key=("method", "start", "iteration"),
)
TRAINING_CURVES = Schema(
    "{problem}/training_curves.parquet",
    row="an iteration of a method with its selected setting, over the evaluation seeds",
    columns=(
        *SETTING,
        ITERATION,
        *_band(
            "loss",
            meaning="cross-entropy summed over the training samples, infinite after divergence",
            unit="nats",
            may_be_infinite=True,
        ),
        *_band(
            "accuracy", meaning="share of training samples classified correctly, 0 after divergence"
        ),
    ),
    order=("method", "iteration"),
    key=("method", "iteration"),
)

FIXED = (FORWARD, GRADIENTS, BAYES, THEORY, TRAJECTORIES, TRAINING, TRAINED, FAULTS)
OF_PROBLEMS = (
    SETTINGS,
    SELECTED,
    PAIRWISE,
    TUNING_CURVE,
    ANOVA,
    EVALUATION,
    PATHS,
    TRAINING_CURVES,
)


def schema_of(path: str, columns: int = 3) -> Schema | None:
    """Return the schema of a table by its place under the results; None if it is no table's.

    Parameters
    ----------
    path : str
        The place, such as ``rosenbrock/settings.parquet``.
    columns : int
        Of a table of samples or of a sweep: how many columns it has.
    """
    problem, _, file = path.partition("/")
    if file == "sweep.parquet":
        sweeps = sweep_schema("network", 0), sweep_schema("formula", 2), sweep_schema("formula", 0)
        return next((schema for schema in sweeps if len(schema.columns) == columns), None)
    tables = (*FIXED, *OF_PROBLEMS, mixture_schema(columns - 1), held_out_schema(columns - 1))
    return {schema.path.format(problem=problem): schema for schema in tables}.get(path)
