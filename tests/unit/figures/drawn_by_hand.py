"""Tables and problems to draw figures of, and what is read off figures."""

from itertools import combinations, product

import numpy as np
import pandas as pd
from matplotlib.text import Text

from descent.core.methods import METHODS
from descent.core.networks import label_entropy, parameter_names
from descent.core.objectives import OBJECTIVES
from descent.core.parameters import PARAMETERS
from descent.core.problem import problem_of
from descent.core.statuses import STATUSES
from descent.figures.forest import ForestRow
from descent.figures.saving import save

EVERY = tuple(METHODS)
LABELS = np.repeat([0, 1, 2], 10)
BAYES = pd.DataFrame({"accuracy": [0.965]})
CHOICES = ["target", "hold", "budget", "criterion", "trials", "split"]
SWEEP = {
    "starts": {"low": -2, "high": 2, "count": 4, "seed": 1},
    "evaluation": 3,
    "iterations": 500,
    "headline": {"target": 1e-3, "hold": 10, "trials": 2},
    "multiverse": {
        "targets": [1.0, 1e-3],
        "holds": [1, 10],
        "budgets": [100, 500],
        "criteria": ["charged", "median"],
        "trials": [2, 0],
    },
}
QUESTION = {"method": "momentum", "against": "gradient_descent", "margin": 0.1}

# ── What is read off figures ─────────────────────────────────────────────────────────────────


def texts(figure):
    return [text.get_text() for text in figure.findobj(Text)]


def said(figure, words):
    plain = words.replace("\N{NO-BREAK SPACE}", " ")
    return any(plain in text.replace("\N{NO-BREAK SPACE}", " ") for text in texts(figure))


def lines(figure, label):
    return [line for axes in figure.axes for line in axes.get_lines() if line.get_label() == label]


def saved(figure, folder, name="figure.svg"):
    save(figure, folder / name, {"problem": {"name": "one"}})
    return (folder / name).read_bytes()


# ── Problems ─────────────────────────────────────────────────────────────────────────────────


def valley(**changes):
    """Return the Rosenbrock function as a problem."""
    settings = {
        "name": "rosenbrock", "objective": "rosenbrock", "parameters": {"a": 1.0, "b": 100.0},
        "dimension": 2, "rotation": None, "sweep": SWEEP,
    }  # fmt: skip
    return problem_of({"problem": settings})._replace(**changes)


def network(**changes):
    """Return a network as a problem, as far as figures use it."""
    network = {"name": "network", "kind": "network", "objective": None, "scale": 30.0}
    words = {"title": "Network, uniform initial weights", "start_word": "seed"}
    return valley(**network, **words, largest_eigenvalue=None, **changes)


# ── Tables of a problem ──────────────────────────────────────────────────────────────────────


def setting(method, rate=1e-3, **parameters):
    """Return a method and its parameters as tables hold them."""
    known = METHODS[method].parameters if method in METHODS else {}
    values = {
        name: np.nan if known.get(name) is None else known[name]
        for name in PARAMETERS
        if name != "learning_rate"
    }
    return {"method": method, "learning_rate": rate} | values | {"momentum": 0.0} | parameters


def settled(one, ending="reached", time=100.0, runs=4, accuracy=np.nan):
    """Return a row of SETTINGS: a setting whose runs end alike, or but for one (`few`)."""
    reached = {"reached": runs, "few": 1}.get(ending, 0)
    counts = dict.fromkeys(STATUSES, 0) | {"reached": reached}
    counts["budget" if ending == "few" else ending] += runs - reached
    time = time if reached else np.inf
    middle = time if 2 * reached >= runs else np.inf
    return (
        one | {"runs": runs} | counts
        | {"success_rate": reached / runs, "success_low": 0.0, "success_high": 1.0}
        | {"expected_running_time": time}
        | {"lower_quartile": time, "median": middle, "upper_quartile": middle}
        | {"test_loss": 0.1, "test_accuracy": accuracy}
    )  # fmt: skip


def selected(one, time=90.0, candidate=0, trials=0):
    """Return a row of SELECTED, as far as figures use it."""
    chosen = {"trials": trials, "candidate": candidate}
    return one | chosen | {"tuning_expected_running_time": time}


def settings_and_selected(rows, chosen):
    return {"settings": pd.DataFrame(rows), "selected": pd.DataFrame(chosen)}


def swept(methods=EVERY, rates=(1e-3, 1e-2), values=(0.0, 0.5), **end):
    """Return SETTINGS and SELECTED of methods over rates and a second parameter each."""
    second = {"rmsprop": "decay", "adam": "beta1", "adagrad": "epsilon"}
    rows, chosen = [], []
    for method in methods:
        name = second.get(method, "momentum")
        several = () if method == "gradient_descent" else tuple(values)
        for rate in rates:
            for value in several or (0.0,):
                one = setting(method, rate, **({name: value} if several else {}))
                rows.append(settled(one, **end))
        none = end.get("ending", "reached") not in ("reached", "few")
        time, candidate = np.inf if none else 90.0, methods.index(method)
        chosen += [selected(one, time, candidate, trials) for trials in (0, 2)]
    return settings_and_selected(rows, chosen)


def evaluated(times, hold=10):
    """Return EVALUATION and SELECTED of methods, from hitting times (starts, targets) of each."""
    blocks = []
    for candidate, own in enumerate(times.values()):
        columns = {
            f"within_{target:g}_for_{hold}": np.array(own, np.float32)[:, k]
            for k, target in enumerate(SWEEP["multiverse"]["targets"])
        }
        start = np.arange(len(own))
        blocks.append(pd.DataFrame({"candidate": candidate, "start": start, **columns}))
    chosen = [
        selected(setting(method), candidate=candidate, trials=trials)
        for candidate, method in enumerate(times)
        for trials in (0, 2)
    ]
    return {"evaluation": pd.concat(blocks), "selected": pd.DataFrame(chosen)}


def some_times(methods=EVERY):
    """Return hitting times of three starts and two targets."""
    return {
        method: [[10.0 * (i + 1), 20.0 * (start + 1)] for start in range(3)]
        for i, method in enumerate(methods)
    }


def tuned(methods=EVERY, never=()):
    """Return TUNING_CURVE, where some methods never reach the target."""
    rows = [
        {"method": method, "settings_tried": k, "split": split}
        | {"score": np.inf if method in never or k <= least else cost / k}
        for method in methods
        for k in (1, 2, 4, 8)
        for split, cost, least in (("first", 1000.0, 0), ("second", 2000.0, 1))
    ]
    return {"tuning_curve": pd.DataFrame(rows)}


# ── Tables of the multiverse ─────────────────────────────────────────────────────────────────


def protocols(multiverse=SWEEP["multiverse"]):
    """Return all protocols, the last choice the quickest to change."""
    names = ("targets", "holds", "budgets", "criteria", "trials")
    return list(product(*(multiverse[name] for name in names), ("first", "second")))


def answered(scores, multiverse=SWEEP["multiverse"], asked=("momentum", "gradient_descent")):
    """Return MULTIVERSE, LEVELS, FIRST and PAIRWISE, from the scores of methods by protocol."""
    index = pd.MultiIndex.from_tuples(protocols(multiverse), names=CHOICES)
    table = pd.DataFrame(scores, index).rename_axis(columns="method")
    methods = sorted(scores, key=EVERY.index)
    pairs = [pair[::-1] for pair in combinations(methods, 2)]
    pairs = [asked if pair == asked[::-1] else pair for pair in pairs]
    parts = [("all", "", table)]
    parts += [
        (name, str(level), table.xs(level, level=name, drop_level=False))
        for name in CHOICES
        for level in table.index.unique(name)
    ]
    return {
        "multiverse": table.stack().rename("score").reset_index(),
        "levels": pd.DataFrame([_level(*pair, *part) for pair in pairs for part in parts]),
        "first": pd.DataFrame([row for part in parts for row in _firsts(*part)]),
        "pairwise": pd.DataFrame([_compared(*p, p == asked, k) for p in pairs for k in (0, 2)]
                                 or {"role": [], "trials": []}),
    }  # fmt: skip


def some_answers(methods=EVERY):
    """Return tables of the multiverse in which later methods are faster, the more so the later."""
    count = len(protocols())
    return answered({m: np.linspace(1.0, 9.0, count) ** (2 - i) for i, m in enumerate(methods)})


def answers():
    """Return the rows of a forest plot: an answer, one without an interval, none of two kinds."""
    nan = np.nan
    return [
        ForestRow("Rosenbrock function", 0.5, 0.4, 0.6, "yes", 0.0, 0.3, 1.2, 0.9, 1500),
        ForestRow("Network", 2.5, nan, nan, "inconclusive", 0.5, 1.5, np.inf, 0.2, 900),
        ForestRow("“lost”", np.inf, 3.0, np.inf, "no", 2.0, 4.0, np.inf, 0.0, 8),
        ForestRow("“hard”", nan, nan, nan, "inconclusive", nan, nan, nan, nan, 0),
        ForestRow("“other methods”", nan, nan, nan, "", nan, nan, nan, nan, 0),
    ]


def _level(method, against, choice, level, part):
    ratio = (part[method] / part[against]).dropna().sort_values().to_numpy()
    count = len(ratio)
    return (
        {"method": method, "against": against, "choice": choice, "level": level}
        | {"share": (ratio < 1).mean() if count else np.nan}
        | {"decided": count, "protocols": len(part)}
        | {f"ratio_{name}": ratio[max(int(np.ceil(q * count)), 1) - 1] if count else np.nan
           for name, q in (("low", 0.05), ("median", 0.5), ("high", 0.95))}
    )  # fmt: skip


def _firsts(choice, level, part):
    known = part[np.isfinite(part).any(axis=1)]
    is_first = known.eq(known.min(axis=1), axis=0)
    shares = is_first.div(is_first.sum(axis=1), axis=0).mean()
    return [
        {"choice": choice, "level": level, "method": method, "share": share}
        | {"decided": len(known), "protocols": len(part)}
        for method, share in shares.items()
    ]


def _compared(method, against, is_asked, trials):
    role = "question" if is_asked else "exploratory"
    answer = {"ratio": 0.5, "low": 0.4, "high": 0.6, "verdict": "yes"}
    return {"trials": trials, "method": method, "against": against, "role": role} | answer


def walked(methods=EVERY, starts=3):
    """Return PATHS: gradient descent of a few steps, whatever the method is called."""
    evaluate = OBJECTIVES["rosenbrock"].build().evaluate
    rows = []
    for i, method in enumerate(methods):
        for start in range(starts):
            point = np.array([-1.2 + start, 1.0])
            for iteration in range(8 + i):
                value, gradient = evaluate(point)
                rows.append(
                    setting(method)
                    | {"start": start, "iteration": iteration}
                    | {"x1": point[0], "x2": point[1], "value": float(value)}
                )
                point = point - 1e-3 * gradient
    return {"paths": pd.DataFrame(rows)}


def curves(methods=EVERY, diverged=()):
    """Return TRAINING_CURVES and BAYES."""
    rows = []
    for method in methods:
        for iteration in range(5):
            loss = 90.0 / (1 + iteration)
            lost = method in diverged and iteration > 2
            rows.append(
                {**setting(method), "iteration": iteration}
                | {f"loss_{share}": np.inf if lost else loss * factor
                   for share, factor in (("low", 0.5), ("median", 1.0), ("high", 2.0))}
                | {f"accuracy_{share}": -np.inf if lost else 0.9 - 0.1 / (1 + iteration)
                   for share in ("low", "median", "high")}
            )  # fmt: skip
    return {"training_curves": pd.DataFrame(rows), "bayes": BAYES}


# ── Tables of the notebook's own parts ───────────────────────────────────────────────────────


def run(name="run", method="gradient_descent", rate=1e-3, iterations=20, start=(-1.2, 1.0), mu=0.0):
    """Return a named descent as it is configured."""
    parameters = {"name": name, "method": method, "learning_rate": rate, "momentum": mu}
    return parameters | {"iterations": iterations, "start": list(start)}


def descended(runs):
    """Return TRAJECTORIES of named descents by the heavy ball, each up to its last finite step."""
    evaluate = OBJECTIVES["rosenbrock"].build().evaluate
    blocks = []
    for one in runs:
        point, velocity = np.array(one["start"], float), np.zeros(2)
        found = []
        for _ in range(one["iterations"] + 1):
            with np.errstate(all="ignore"):
                value, gradient = evaluate(point)
            if found and not np.isfinite(value):
                break
            found.append([*point, value])
            velocity = one["momentum"] * velocity + one["learning_rate"] * gradient
            point = point - velocity
        table = pd.DataFrame(found, columns=["x1", "x2", "value"])
        blocks.append(table.assign(run=one["name"], iteration=range(len(table))))
    return pd.concat(blocks, ignore_index=True)


def trained_losses(runs, seeds=5, stuck=(), diverged=()):
    """Return TRAINING: losses fall from the entropy; stuck seeds stay, diverged ones end midway."""
    blocks = []
    for one in runs:
        for seed in range(seeds):
            length = one["iterations"] // 2 if seed in diverged else one["iterations"]
            iteration = np.arange(length + 1)
            fall = np.ones(length + 1) if seed in stuck else 1.0 / (1.0 + (seed + 1) * iteration)
            columns = {
                "run": one["name"], "seed": seed, "iteration": iteration,
                "loss": label_entropy(LABELS) * fall, "accuracy": 1.0 - 0.6 * fall,
            }  # fmt: skip
            blocks.append(pd.DataFrame(columns))
    return pd.concat(blocks, ignore_index=True)


def trained_parameters(layers, seeds=3):
    """Return TRAINED, of random parameters."""
    names = parameter_names(layers)
    value = np.random.default_rng(4).normal(size=seeds * len(names))
    seed = np.repeat(np.arange(seeds), len(names))
    return pd.DataFrame({"run": "one", "seed": seed, "parameter": names * seeds, "value": value})


def samples(dimension, classes=3, count=90):
    rng = np.random.default_rng(2)
    x = {f"x{i + 1}": rng.normal(size=count) for i in range(dimension)}
    return pd.DataFrame(x | {"label": np.arange(count) % classes})


def errors(layers, networks=2):
    names = parameter_names(layers) * networks
    size = np.random.default_rng(3).lognormal(-34, 1, len(names))
    size[::5] = 0.0
    return pd.DataFrame({"parameter": names, "relative_error": size})


def known(methods=EVERY[:3]):
    """Return THEORY: stability limits on two objectives, and rates of one method."""
    limits = [
        {"quantity": "stability limit, learning rate × eigenvalue", "objective": objective}
        | {"method": method, "momentum": momentum, "condition_number": np.nan}
        | {"theoretical": limit, "measured": limit + 0.01, "resolution": 0.02}
        for objective in ("quadratic", "rosenbrock")
        for method in methods
        for momentum in ((0.0,) if method == "gradient_descent" else (0.0, 0.5, 0.9))
        for limit in [METHODS[method].stability_limit(*[momentum] * (method != EVERY[0]))]
    ]
    rates = [
        {"quantity": "linear convergence rate, best settings", "objective": "quadratic"}
        | {"method": "momentum", "momentum": 0.67, "condition_number": condition}
        | {"theoretical": rate, "measured": rate, "resolution": 0.0}
        for condition, rate in ((10.0, 0.5), (100.0, 0.82))
    ]
    return pd.DataFrame([*limits, *rates])
