"""Every table of the study: its place, its columns with their units and meaning, and its order."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from descent.core.parameters import PARAMETERS
from descent.core.statuses import STATUSES
from descent.support.shown import Shown

HITTING_TIME = re.compile(r"within_(?P<target>[0-9.e+-]+)_for_(?P<hold>[0-9]+)")
"""Names of columns of hitting times."""


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
RUN = _text("run", meaning="name of the run in the configuration")
ITERATION = _whole("iteration", meaning="updates done; 0 is the start")
START = _whole("start", meaning="index of the start, or seed of the initial weights")
SEED = _whole("seed", meaning="seed of the initial weights")
STATUS = _text(
    "status",
    meaning="how the run ended, the first that holds of reached, diverged, cycle, dead (a network "
    "of which no sample gives a gradient to any weight), stuck (a network near the loss of a "
    "constant prediction) and budget",
)
ITERATIONS = _whole(
    "iterations",
    meaning="hitting time of the headline's target and hold; else updates done, all of them finite",
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
EXPECTED_RUNNING_TIME = _time(
    "expected_running_time",
    meaning="iterations of all runs, a failure charged the whole budget, over the runs that "
    "reached the target; infinite without any",
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


def hitting_time_name(target: float, hold: int) -> str:
    """Return the name of the column of a target's hitting times, such as within_0.001_for_10."""
    return f"within_{repr(float(target)).removesuffix('.0')}_for_{hold}"


def _hitting_time(target: float, hold: int) -> Column:
    span = f"for {hold} iterations in a row" if hold > 1 else "first"
    return Column(
        hitting_time_name(target, hold),
        "float32",
        meaning=f"iteration from which the objective is within {target:g} of its minimum {span}; "
        "infinite if it never is",
        unit="iterations",
        may_be_infinite=True,
    )


def _hitting_times(multiverse: Mapping) -> tuple[Column, ...]:
    """Return a column for each target and hold of a problem's multiverse."""
    return tuple(
        _hitting_time(target, hold)
        for target in multiverse["targets"]
        for hold in multiverse["holds"]
    )


def sweep_schema(kind: str, dimension: int, multiverse: Mapping) -> Schema:
    """Return the table of a problem's sweep.

    Parameters
    ----------
    kind : {'formula', 'network'}
        What is minimised.
    dimension : int
        Coordinates of a point; in the plane they are columns.
    multiverse : Mapping
        Its `targets` and `holds`, for each of which there is a column of hitting times.
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
    hits = _hitting_times(multiverse)
    return Schema(
        "{problem}/sweep.parquet",
        row="a run: a hyperparameter setting from a tuning start",
        columns=(*SETTING, start, *before, STATUS, ITERATIONS, *after, *hits),
        order=(*SETTING_NAMES, start.name),
    )


def evaluation_schema(multiverse: Mapping) -> Schema:
    """Return the table of a problem's evaluation, with the hitting times of `sweep_schema`."""
    return Schema(
        "{problem}/evaluation.parquet",
        row="a run of a candidate from a fresh start, from which no setting was selected",
        columns=(CANDIDATE, START, STATUS, ITERATIONS, *_hitting_times(multiverse)),
        order=("candidate", "start"),
    )


CANDIDATE = _whole("candidate", meaning="number of a hyperparameter setting that is evaluated")
TRIALS = _whole(
    "trials",
    meaning="settings tried of each method: drawn at random, the best of them selected; 0 is all",
)
AGAINST = _text("against", meaning="the method it is compared with")
SPLIT = _text(
    "split", meaning="which half of the tuning starts selects, first or second; the other scores"
)
SPREAD_BY_TUNING = (
    "settings selected again on resampled tuning starts, and scored on a resample of the first "
    "fresh ones; no confidence interval"
)

SETTINGS = Schema(
    "{problem}/settings.parquet",
    row="a hyperparameter setting on all tuning starts, under the headline's target, hold and "
    "budget",
    columns=(
        *SETTING,
        _whole("runs", meaning="runs of this setting"),
        *(_whole(name, meaning=f"runs that ended so: {name}") for name in STATUSES),
        *SUCCESS,
        EXPECTED_RUNNING_TIME,
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
    order=SETTING_NAMES,
    key=SETTING_NAMES,
)
CANDIDATES = Schema(
    "{problem}/candidates.parquet",
    row="a reason to evaluate a hyperparameter setting on fresh starts",
    columns=(
        CANDIDATE,
        _text(
            "kind",
            meaning="selected: the best of the settings tried; reselected: the best of all on "
            "resampled tuning starts; library: the defaults of a library; named: of a named run; "
            "drawn: the same, from starts drawn as the run draws its own",
        ),
        _text("name", meaning="of the library or the named run; else of the method"),
        TRIALS._replace(
            meaning="of a selected setting: how many of the method's settings were tried, drawn at "
            "random; 0 is all; else 0"
        ),
        _real("share", meaning="of a reselected setting: share of the resamples that select it"),
        *SETTING,
    ),
    order=("candidate",),
    key=("candidate", "kind", "name", "trials"),
)
FURTHER = Schema(
    "{problem}/further.parquet",
    row="a selected setting, run again from nudged starts and for ten times the budget",
    columns=(
        CANDIDATE,
        _whole("nudged_runs", meaning="runs from starts moved by a unit in the last place"),
        _whole("nudged_changed", meaning="of them those whose end or hitting time changed"),
        _whole("longer_runs", meaning="runs of ten times the budget"),
        _whole("longer_reached", meaning="of them those that reach the target"),
        _whole("longer_in_time", meaning="of them those that do so within the budget itself"),
    ),
    order=("candidate",),
    key=("candidate",),
)
SELECTED = Schema(
    "{problem}/selected.parquet",
    row="a method's selected setting: the one of the lowest expected running time on the tuning "
    "starts, under the headline's target, hold and budget; what follows is on fresh starts",
    columns=(
        TRIALS,
        *SETTING,
        CANDIDATE,
        _whole("settings", meaning="hyperparameter settings of the method"),
        _text(
            "at_edge",
            meaning="parameters whose value is the smallest or largest of its grid, where there "
            "are others, separated by commas",
        ),
        _whole("tuning_runs", meaning="tuning starts"),
        _real("tuning_success_rate", meaning="share of the tuning starts that reach the target"),
        _time(
            "tuning_expected_running_time",
            meaning="expected running time on the tuning starts, which flatters",
        ),
        _whole("runs", meaning="fresh starts"),
        *(_whole(name, meaning=f"runs that ended so: {name}") for name in STATUSES),
        *SUCCESS,
        EXPECTED_RUNNING_TIME,
        *_interval(
            "expected_running_time",
            meaning="bootstrap over starts",
            unit="iterations",
            may_be_infinite=True,
            nullable=True,
            undefined="with fewer than 20 successes",
        ),
        _optional(
            "time_given_success",
            meaning="mean hitting time of the runs that reach the target",
            unit="iterations",
            undefined="without a success",
        ),
        *QUARTILES,
        _real(
            "first", meaning=f"share of resamples in which the method is first ({SPREAD_BY_TUNING})"
        ),
        _real("reselected", meaning="share of resamples of the tuning starts that select this one"),
        _whole("reselections", meaning="settings of the method that some resample selects"),
        *FURTHER.columns[1:],
    ),
    order=("trials", "method"),
    key=("trials", "method"),
)
PAIRWISE = Schema(
    "{problem}/pairwise.parquet",
    row="two methods with their selected settings on the same fresh starts",
    columns=(
        TRIALS,
        METHOD,
        AGAINST,
        _text("role", meaning="question: the one asked in advance; or exploratory"),
        _optional(
            "ratio",
            meaning="expected running time over that of the other; below 1 is faster",
            undefined="where neither reaches the target",
            may_be_infinite=True,
        ),
        *(
            column._replace(
                nullable=True,
                undefined="where one reaches the target fewer than 20 times",
                may_be_infinite=True,
            )
            for column in (
                _real("low", meaning="lower end of its interval (paired bootstrap over starts)"),
                _real("high", meaning="upper end of the same"),
                _real(
                    "detectable",
                    meaning="ratio that would have been told from 1 with a power of 80 %",
                ),
            )
        ),
        _real("confidence", meaning="level of the interval, 0.95 or what several pairs make of it"),
        _text("verdict", meaning="yes: faster; no: slower; equal within the margin; inconclusive"),
        *(
            column._replace(nullable=True, undefined="where it is undefined", may_be_infinite=True)
            for column in (
                _real("tuning_low", meaning=f"2.5 % of the ratios ({SPREAD_BY_TUNING})"),
                _real("tuning_high", meaning="97.5 % of the same"),
                _real(
                    "draws_low",
                    meaning="2.5 % of the ratios over all draws of as many settings, selected on "
                    "one half of the tuning starts and scored on the other",
                ),
                _real("draws_high", meaning="97.5 % of the same"),
            )
        ),
        *(
            column._replace(nullable=True, undefined="where no draw decides")
            for column in (
                _real(
                    "draws_faster", meaning="share of the draws that decide with a ratio below 1"
                ),
                _real("draws_slower", meaning="and above 1"),
            )
        ),
    ),
    order=("trials", "method", "against"),
    key=("trials", "method", "against"),
    may_be_empty=True,  # where a single method is swept
)
MULTIVERSE = Schema(
    "{problem}/multiverse.parquet",
    row="a method under a protocol, on the tuning starts",
    columns=(
        _real("target", meaning="how close to the minimum"),
        _whole("hold", meaning="for how many iterations in a row"),
        _whole("budget", meaning="iterations that a run may take to come there"),
        _text("criterion", meaning="what selects and scores: charged, par10 or median"),
        TRIALS,
        SPLIT,
        METHOD,
        _time("score", meaning="by the criterion; infinite where the method never reaches"),
        _optional(
            "rank",
            meaning="1 for the lowest score, one more than there are lower ones",
            undefined="where the score is infinite",
        ),
    ),
    order=("method",),
    key=("target", "hold", "budget", "criterion", "trials", "split", "method"),
)
CHOICE = _text("choice", meaning="what a protocol chooses: target, hold, …; all for all protocols")
CHOICE_LEVEL = _text("level", meaning="the choice as made; empty for all protocols")
FIRST = Schema(
    "{problem}/first.parquet",
    row="a method, at a level of a choice",
    columns=(
        CHOICE,
        CHOICE_LEVEL,
        METHOD,
        _optional(
            "share",
            meaning="share of the protocols that decide it in which it is first; ties share",
            undefined="where no protocol decides",
        ),
        _whole("decided", meaning="protocols under which some method reaches the target"),
        _whole("protocols", meaning="protocols"),
    ),
    order=("method",),
    key=("choice", "level", "method"),
)
LEVELS = Schema(
    "{problem}/levels.parquet",
    row="two methods, at a level of a choice",
    columns=(
        METHOD,
        AGAINST,
        CHOICE,
        CHOICE_LEVEL,
        _optional(
            "share",
            meaning="share of the protocols that decide it in which the first is faster",
            undefined="where no protocol decides",
        ),
        _whole(
            "decided", meaning="protocols under which at least one of the two reaches the target"
        ),
        _whole("protocols", meaning="protocols"),
        *(
            _optional(
                name,
                meaning=meaning,
                undefined="where no protocol decides",
                may_be_infinite=True,
            )
            for name, meaning in (
                ("ratio_low", "5 % of the ratios of scores"),
                ("ratio_median", "their lower median"),
                ("ratio_high", "95 % of the same"),
            )
        ),
    ),
    order=("method", "against"),
    key=("method", "against", "choice", "level"),
    may_be_empty=True,
)
EFFECTS = Schema(
    "{problem}/effects.parquet",
    row="two methods, and a choice or two: how much of who is faster it decides",
    columns=(
        METHOD,
        AGAINST,
        CHOICE._replace(meaning="a choice that a protocol makes"),
        _text("other", meaning="another choice, of an interaction; empty for a main effect"),
        _real(
            "share",
            meaning="share of the variation of the sign of the ratio's logarithm (undecided 0)",
        ),
    ),
    order=("method", "against"),
    key=("method", "against", "choice", "other"),
    may_be_empty=True,
)
TUNING_CURVE = Schema(
    "{problem}/tuning_curve.parquet",
    row="a method with the best of so many random settings, under the headline's target, hold and "
    "budget",
    columns=(
        METHOD,
        _whole("settings_tried", meaning="settings drawn at random, of which the best is taken"),
        SPLIT,
        _time("score", meaning="expected running time; infinite where it never reaches"),
    ),
    order=("method", "settings_tried", "split"),
    key=("method", "settings_tried", "split"),
)
SHRINKAGE = Schema(
    "{problem}/shrinkage.parquet",
    row="a method against another that is tuned as much: by a library's defaults, or as the best "
    "of so many settings",
    columns=(
        _text("basis", meaning="a library, or the number of settings tried; all"),
        METHOD,
        AGAINST,
        _optional(
            "speed_up",
            meaning="expected running time of the other over its own; above 1 is faster. By "
            "defaults on the fresh starts, else the geometric mean of both splits of the tuning "
            "starts",
            undefined="where neither reaches the target",
            may_be_infinite=True,
        ),
    ),
    order=(),
    key=("basis", "method", "against"),
    may_be_empty=True,
)
ANOVA = Schema(
    "{problem}/anova.parquet",
    row="a two-way decomposition of the variation of success, under the headline's target, hold "
    "and budget: of a method's settings on the tuning starts, of the selected on the fresh ones",
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
PATHS = Schema(
    "{problem}/paths.parquet",
    row="an iteration of a method with its selected setting from a fresh start, up to the "
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
    CANDIDATES,
    FURTHER,
    SELECTED,
    PAIRWISE,
    MULTIVERSE,
    FIRST,
    LEVELS,
    EFFECTS,
    TUNING_CURVE,
    SHRINKAGE,
    ANOVA,
    PATHS,
    TRAINING_CURVES,
)


def schema_of(path: str, columns: Sequence[str] = ()) -> Schema | None:
    """Return the schema of a table by its place under the results; None if it is no table's.

    Parameters
    ----------
    path : str
        The place, such as ``rosenbrock/settings.parquet``.
    columns : sequence of str
        The names of its columns, on which some schemas depend.
    """
    problem, _, file = path.partition("/")
    if file in ("sweep.parquet", "evaluation.parquet"):
        multiverse = _multiverse_of(columns)
        if file == "evaluation.parquet":
            return evaluation_schema(multiverse)
        kind = "network" if "seed" in columns else "formula"
        return sweep_schema(kind, 2 if "x1" in columns else 3, multiverse)
    samples = mixture_schema(len(columns) - 1), held_out_schema(len(columns) - 1)
    tables = (*FIXED, *OF_PROBLEMS, *samples)
    return {schema.path.format(problem=problem): schema for schema in tables}.get(path)


def _multiverse_of(columns: Sequence[str]) -> dict[str, list]:
    """Return the targets and holds that columns of hitting times are of."""
    matches = [match for name in columns if (match := re.fullmatch(HITTING_TIME, name))]
    targets = {float(match["target"]): None for match in matches}
    holds = {int(match["hold"]): None for match in matches}
    return {"targets": [*targets], "holds": [*holds]}
