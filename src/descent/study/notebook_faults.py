"""What is wrong in the course notebook that this study began as, shown by computation.

Each demonstration takes parts of the configuration, or the samples, and yields the rows of one
fault. The notebook's settings are those of the shipped configuration; with another configuration
the same is computed for its settings.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from descent.core.elementary import log
from descent.core.mixtures import class_counts
from descent.core.networks import (
    backpropagate,
    forward,
    label_entropy,
    layers_of,
    network_objective,
    pack,
    parameter_count,
    unpack,
)
from descent.core.objective import Objective
from descent.core.objectives import OBJECTIVES
from descent.core.problem import seeds_of
from descent.core.random_streams import uniform
from descent.core.weight_initialisation import initial_parameters
from descent.engine.choice import fastest
from descent.engine.descents import Outcomes, descend, sweep
from descent.statistics.large_numbers import without_overflow
from descent.statistics.wilson import proportion_interval
from descent.study.named_runs import start_of
from descent.tables.schemas import FAULTS

STARTS = 10_000  # random starts, for the share of those that diverge
SEEDS = 6  # of the configured ones, where a network is trained once more
LONG_RUN = 20_000  # iterations: "for ever"
LONG_RUN_TARGET = 1e-6
WINDOW = ((-1.5, 1.5), (-1.0, 2.0))  # of the notebook's contour plots
STREAM = 1  # seed of the random starts drawn here

Rows = Iterator[tuple]


def examine(
    configuration: Mapping, x: np.ndarray | None = None, labels: np.ndarray | None = None
) -> dict[str, list]:
    """Go through the notebook's faults.

    Parameters
    ----------
    configuration : Mapping
        Sections `forward`, `rosenbrock`, `mixture` and `network`; a study may be without the
        second, or the last.
    x, labels : numpy.ndarray, optional
        The samples, where there is a network.

    Returns
    -------
    dict
        Columns of `descent.tables.schemas.FAULTS`.
    """
    fixed, mixture = configuration["forward"], configuration["mixture"]
    rosenbrock, network = configuration["rosenbrock"], configuration["network"]
    valley = (rosenbrock,) if rosenbrock else None
    training = (network, x, labels) if network else None
    demonstrations: list[tuple[str, Callable, tuple | None]] = [
        ("summed loss", summed_loss, training),
        ("gradient order", gradient_order, training),
        ("written formula", written_formula, (fixed,)),
        ("missing reshape", missing_reshape, (fixed,)),
        ("softmax", softmax_shift, ()),
        ("float128", extended_precision, ()),
        ("sample count", sample_count, (mixture,)),
        ("seeds", execution_order, valley),
        ("notebook's weights", notebook_weights, training and (mixture, *training)),
        ("window", contour_window, valley),
        ("diverging starts", diverging_starts, valley),
        ("running on", running_on, valley),
        ("momentum", momentum_effect, training),
        ("dead starts", dead_starts, training),
        *((fault, _errors_of, (attempts,)) for fault, attempts in ATTEMPTS.items()),
        ("removed method", dummies_type, ()),
    ]
    rows = [
        (fault, *row)
        for fault, show, sections in demonstrations
        if sections is not None
        for row in show(*sections)
    ]
    return dict(zip(FAULTS.names, map(list, zip(*rows, strict=True)), strict=True))


def finding(
    setting: str,
    quantity: str,
    value: float | str,
    interval: tuple[float | None, float | None] = (None, None),
) -> tuple:
    """Return a row of the table of faults but for the fault; a text is an outcome."""
    is_text = isinstance(value, str)
    return setting, quantity, None if is_text else value, *interval, value if is_text else None


def finding_share(setting: str, quantity: str, holds: np.ndarray) -> tuple:
    """Return a row that gives the share of trials in which something holds."""
    interval = proportion_interval(int(holds.sum()), holds.size)
    return finding(setting, quantity, float(holds.mean()), interval)


def _error_of(action: Callable[[], Any]) -> str:
    """Do something and return the kind of error that it raises, or 'no error'."""
    try:
        action()
    except Exception as error:  # whatever it is, it is the finding
        return type(error).__name__
    return "no error"


# ── The gradient ─────────────────────────────────────────────────────────────────────────────


def gradient_order(network: Mapping, x: np.ndarray, labels: np.ndarray) -> Rows:
    """Train with the gradient joined last layer first, as written, and read first layer first."""
    layers = network["layers"]
    weights, biases = unpack(np.arange(parameter_count(layers)), layers)
    pairs = zip(reversed(weights), reversed(biases), strict=True)
    written = np.concatenate([part.ravel() for pair in pairs for part in pair]).astype(int)
    initial = _first_weights(network)
    longest = max(run["iterations"] for run in network["runs"])
    correct = fastest(network_objective(x, labels, layers), initial.T, longest)

    def evaluate(points: np.ndarray) -> tuple:
        loss, gradient = correct.evaluate(points)
        return loss, gradient[written]

    draws = 2.0 * uniform(STREAM, "gradient order", 0, 10, len(written)) - 1.0
    gradient = backpropagate(draws, x, labels, layers)[1]
    wrong = gradient[:, written] != gradient
    yield finding("as written", "share of wrong derivatives", float(wrong.mean()))
    for run in network["runs"]:
        for setting, objective in (("as written", Objective(evaluate)), ("corrected", correct)):
            name = f"{run['name']}, {setting}"
            loss = _outcomes(objective, run, initial).value
            yield finding(name, "median final loss", without_overflow(np.median, loss))
            lost = loss >= label_entropy(labels)
            yield finding_share(name, "share no better than a constant", lost)


def written_formula(forward_check: Mapping) -> Rows:
    """Use the derivative of ReLU at the inputs, as the written formula for W1 has it."""
    points = np.array(forward_check["points"], float).T
    units = len(forward_check["weights"][0])
    slopes = np.ones((units, points.shape[1]))
    yield finding("derivative at the inputs", "outcome", _error_of(lambda: slopes * (points > 0)))


# ── Overflow and scale ───────────────────────────────────────────────────────────────────────


def softmax_shift() -> Rows:
    """Take exponentials without a shift, and the logarithm of a probability that rounds to 0."""

    def naive(z: np.ndarray) -> np.ndarray:
        return np.exp(z) / np.exp(z).sum()

    logits = np.array([1000.0, 0.0, -1000.0])
    with np.errstate(all="ignore"):
        overflow = next(z for z in range(2000) if not np.isfinite(naive(np.array([z, 0.0]))).all())
        certain = naive(np.array([700.0, -700.0]))
        entropy = -(np.array([1.0, 0.0]) * np.log(certain)).sum()
        unshifted = naive(logits)
    shifted = forward(pack([logits[:, None]], [np.zeros(3)]), [[1.0]], [1, 3])[0]
    yield finding("without a shift", "smallest whole logit that overflows", overflow)
    yield finding("without a shift", "probability at logit 1000", str(unshifted[0]))
    yield finding("with the shift", "probability at logit 1000", str(shifted[0]))
    yield finding("without a shift", "loss of a certain prediction", str(entropy))


def summed_loss(network: Mapping, x: np.ndarray, labels: np.ndarray) -> Rows:
    """Train on every sample twice, and on every sample once at twice the learning rate."""
    layers, run, initial = network["layers"], network["runs"][0], _first_weights(network)
    objective = network_objective(x, labels, layers)
    doubled = network_objective(np.repeat(x, 2, axis=0), np.repeat(labels, 2), layers)
    faster = run | {"learning_rate": 2.0 * run["learning_rate"]}
    losses = {
        "as configured": _outcomes(objective, run, initial).value / len(labels),
        "every sample twice": _outcomes(doubled, run, initial).value / (2 * len(labels)),
        "twice the learning rate": _outcomes(objective, faster, initial).value / len(labels),
    }
    for setting, loss in losses.items():
        name = f"{run['name']}, {setting}"
        yield finding(name, "mean of the mean losses", without_overflow(np.mean, loss))
    difference = np.abs(losses["every sample twice"] - losses["twice the learning rate"]).max()
    yield finding(f"{run['name']}, the two", "largest difference", float(difference))


def extended_precision() -> Rows:
    """Find where exp overflows in double precision, which the notebook's float128 hid."""
    limit = float(log(np.array([np.finfo(float).max]))[0])
    yield finding("double precision", "largest exponent of exp", limit)


# ── Seeds, starts and windows ────────────────────────────────────────────────────────────────


def execution_order(rosenbrock: Mapping) -> Rows:
    """Give every named run each of the starts that the stream holds for the runs of its kind."""
    objective = _valley(rosenbrock)
    drawn = _runs_from_draws(rosenbrock)
    for run in drawn:
        starts = [
            start_of(run["start"] | {"draw": other["start"]["draw"]}, rosenbrock["seed"])
            for other in drawn
        ]
        ends = _outcomes(objective, run, np.array(starts))
        finite = ends.value[ends.status != "diverged"]
        name = run["name"]
        yield finding(name, "possible starts", len(starts))
        yield finding(name, "starts that diverge", len(starts) - finite.size)
        if finite.size:
            yield finding(name, "smallest final value", float(finite.min()))
            yield finding(name, "largest final value", float(finite.max()))


def notebook_weights(mixture: Mapping, network: Mapping, x: np.ndarray, labels: np.ndarray) -> Rows:
    """Train from the weights that the data's own stream goes on to give, cell after cell."""
    if mixture["generator"] != "legacy":
        return
    source = np.random.RandomState(mixture["seed"])
    counts = class_counts(mixture["samples"], mixture["weights"])
    for drawn in zip(mixture["means"], mixture["covariances"], counts, strict=True):
        source.multivariate_normal(*drawn)
    size = parameter_count(network["layers"])
    objective = network_objective(x, labels, network["layers"])
    for run in network["runs"]:
        start = source.uniform(network["initial"]["low"], network["initial"]["high"], size)
        loss = _outcomes(objective, run, start[None]).value[0]
        yield finding(run["name"], "final loss", float(loss))
        yield finding(run["name"], "constant prediction", label_entropy(labels))


def contour_window(rosenbrock: Mapping) -> Rows:
    """Count the starts that the notebook's contour window shows."""
    for run in rosenbrock["runs"]:
        start = start_of(run["start"], rosenbrock["seed"])
        inside = all(low <= place <= high for place, (low, high) in zip(start, WINDOW, strict=True))
        yield finding(run["name"], "start is shown", float(inside))
    drawn = [run["start"] for run in _runs_from_draws(rosenbrock)]
    for low, high in sorted({(start["low"], start["high"]) for start in drawn}):
        shown = [max(0.0, min(high, top) - max(low, bottom)) for bottom, top in WINDOW]
        area = shown[0] * shown[1] / (high - low) ** 2
        yield finding(f"uniform({low:g}, {high:g})", "share of starts shown", area)


def diverging_starts(rosenbrock: Mapping) -> Rows:
    """Estimate the share of random starts that diverge under each named run's settings."""
    objective = _valley(rosenbrock)
    places = uniform(STREAM, "diverging starts", 0, STARTS, 2)
    for run in _runs_from_draws(rosenbrock):
        low, high = run["start"]["low"], run["start"]["high"]
        outcomes = _outcomes(objective, run, low + (high - low) * places)
        yield finding_share(run["name"], "share that diverges", outcomes.status == "diverged")


def running_on(rosenbrock: Mapping) -> Rows:
    """Let every named run go on far beyond its iterations."""
    objective = _valley(rosenbrock)
    runs = rosenbrock["runs"]
    starts = np.array([start_of(run["start"], rosenbrock["seed"]) for run in runs])
    learning_rate = np.array([run["learning_rate"] for run in runs])
    momentum = np.array([run["momentum"] or 0.0 for run in runs])
    settings = (LONG_RUN, learning_rate, momentum)
    ends = sweep(objective, "momentum", starts, *settings, target=LONG_RUN_TARGET)
    yield finding("every run", "most iterations", LONG_RUN)
    yield finding("every run", "target", LONG_RUN_TARGET)
    for k, run in enumerate(runs):
        name, status, iterations = run["name"], str(ends.status[k]), int(ends.iterations[k])
        yield finding(name, "outcome", status)
        yield finding(name, "iterations", iterations)
        yield finding(name, "value", float(ends.value[k]))
        if status == "cycle":
            setting, period = (learning_rate[k], momentum[k]), int(ends.period[k])
            path = descend(objective, "momentum", starts[k], iterations, *setting)
            values = path.values[-period:]
            yield finding(name, "period", period)
            yield finding(name, "smallest value on the cycle", float(values.min()))
            yield finding(name, "largest value on the cycle", float(values.max()))


# ── Momentum ─────────────────────────────────────────────────────────────────────────────────


def momentum_effect(network: Mapping, x: np.ndarray, labels: np.ndarray) -> Rows:
    """Set what momentum changes beside what the learning rate and the start change."""
    objective = network_objective(x, labels, network["layers"])
    initial = _first_weights(network)
    plain = [run for run in network["runs"] if not run["momentum"]]
    for run in network["runs"]:
        if not run["momentum"]:
            continue
        name, loss = run["name"], _outcomes(objective, run, initial).value
        without = run | {"method": "gradient_descent", "momentum": None}
        changes = {"momentum": without} | {
            f"learning rate, to that of {other['name']}": other for other in plain
        }
        for change, settings in changes.items():
            changes_of_loss = np.abs(loss - _outcomes(objective, settings, initial).value)
            moved = without_overflow(np.median, changes_of_loss)
            yield finding(name, f"median change of loss by {change}", moved)
        if len(loss) > 1:  # a single start spreads nothing
            low, high = np.quantile(loss, [0.25, 0.75])
            yield finding(name, "quartile range of loss over starts", float(high - low))


def dead_starts(network: Mapping, x: np.ndarray, labels: np.ndarray) -> Rows:
    """Count the trained seeds whose loss ends at a constant prediction's."""
    objective = network_objective(x, labels, network["layers"])
    initial = _first_weights(network, None)
    for run in network["runs"]:
        stuck = _outcomes(objective, run, initial).value >= objective.plateau
        yield finding_share(run["name"], "share of seeds on the plateau", stuck)
    yield finding("constant prediction", "loss", label_entropy(labels))


# ── What no longer runs ──────────────────────────────────────────────────────────────────────


def _call_by_other_name() -> None:
    eval("y_hat(1)", {"yhat": abs})


def _call_redefined() -> None:
    def gradient(parameters: Any, x: Any, y: Any) -> None: ...

    gradient([0.5, 0.5])  # type: ignore[call-arg]


def _dummies() -> Any:
    import pandas as pd

    return pd.get_dummies(pd.Series([0, 1]))


ATTEMPTS: dict[str, dict[str, Callable]] = {
    "undefined name": {"calling y_hat where yhat is defined": _call_by_other_name},
    "truth of a start": {
        "an array as start": lambda: bool(np.array([0.5, 0.5])),
        "a list as start, with momentum": lambda: [0.5, 0.5].size,  # type: ignore[attr-defined]
    },
    "ragged array": {
        "arrays of several shapes in one": lambda: np.array([np.ones((3, 2)), np.ones(3)])
    },
    "removed method": {"as_matrix": lambda: _dummies().as_matrix()},
    "reused name": {"the first gradient, after the second is defined": _call_redefined},
}
"""Small reconstructions of what fails outright today, for each fault."""


def _errors_of(attempts: Mapping[str, Callable]) -> Rows:
    for setting, attempt in attempts.items():
        yield finding(setting, "outcome", _error_of(attempt))


def dummies_type() -> Rows:
    """Take one-hot labels from pandas."""
    yield finding("get_dummies", "type of its values", str(_dummies().to_numpy().dtype))


def sample_count(mixture: Mapping) -> Rows:
    """Count the samples that were asked for, and those that were made."""
    made = sum(class_counts(mixture["samples"], mixture["weights"]))
    yield finding("mixture", "samples asked for", mixture["samples"])
    yield finding("mixture", "samples made", made)


def missing_reshape(forward_check: Mapping) -> Rows:
    """Add the biases along the points instead of along the units."""
    points = np.array(forward_check["points"], float)
    weights, biases = forward_check["weights"], forward_check["biases"]
    right = forward(pack(weights, biases), points, layers_of(weights))

    def forget() -> np.ndarray:
        first = np.array(weights[0], float) @ points.T
        hidden = np.maximum(first + np.array(biases[0], float), 0.0)
        return forward(pack(weights[1:], biases[1:]), hidden.T, layers_of(weights[1:]))

    outcome = _error_of(forget)
    yield finding("first layer", "outcome", outcome)
    if outcome == "no error":
        difference = np.abs(forget() - right)
        wrong = difference > 0.5 * 10.0 ** -forward_check["decimals"]
        yield finding("first layer", "wrong probabilities", int(wrong.sum()))
        yield finding("first layer", "probabilities", right.size)
        yield finding("first layer", "largest difference", float(difference.max()))


def _first_weights(network: Mapping, count: int | None = SEEDS) -> np.ndarray:
    """Return the initial parameters of the first few seeds, or of all."""
    seeds = seeds_of(network["seeds"])[:count]
    return initial_parameters(network["layers"], seeds, **network["initial"])


def _outcomes(objective: Objective, run: Mapping, starts: np.ndarray) -> Outcomes:
    """Advance all starts with a named run's settings."""
    setting = run["learning_rate"], run["momentum"]
    return sweep(objective, run["method"], starts, run["iterations"], *setting)


def _runs_from_draws(rosenbrock: Mapping) -> list[Mapping]:
    return [run for run in rosenbrock["runs"] if isinstance(run["start"], Mapping)]


def _valley(rosenbrock: Mapping) -> Objective:
    return OBJECTIVES["rosenbrock"].build(a=rosenbrock["a"], b=rosenbrock["b"])
