"""Judge methods by a sweep: choose their settings on some starts, compare them on the others.

The runs of a sweep are held at 3 to 5 bytes each, and 8 more where a network is tested. Functions
return columns of a table of `descent.tables.schemas`; NaN there is null.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from descent.statistics.comparison import (
    BLOCK,
    RESAMPLES,
    Runs,
    Score,
    best_of,
    bootstrap,
    common_budgets,
    holm,
    paired_contrast,
    percentile_interval,
    rank_settings,
    score,
    sign_test,
    variance_split,
)
from descent.statistics.wilson import proportion_interval
from descent.core.statuses import OUTCOMES
from descent.tables.schemas import IN_ORDER, Table

REACHED = OUTCOMES.index("reached")
BASELINE = "gradient_descent"  # what other methods are compared with
TUNED = "tuned methods"
MANY_STARTS = 10_000  # from here on a tenth of the resamples is enough
QUARTILES = ("lower_quartile", "median", "upper_quartile")
FACTS = ("initial", *IN_ORDER, "start", "seed", "part", "status", "iterations")
TESTED = ("test_loss", "test_accuracy")

Columns = dict[str, np.ndarray]


class SweptRuns(NamedTuple):
    """The runs of one problem: every setting from every start."""

    problem: str
    budget: int
    """Updates that a run may do."""
    settings: Columns
    """Method and parameters, shape (settings,) each."""
    starts: np.ndarray
    """Index or seed of each start, shape (starts,)."""
    tuning: np.ndarray
    """Whether settings are chosen by this start, shape (starts,)."""
    iterations: np.ndarray
    """As in the sweep's table, shape (settings, starts)."""
    status: np.ndarray
    """Places in `OUTCOMES`, shape (settings, starts)."""
    test_loss: np.ndarray | None = None
    test_accuracy: np.ndarray | None = None
    """Of networks, shape (settings, starts)."""


class Measured(NamedTuple):
    """Settings on the starts of a part."""

    runs: int
    """Starts of this part."""
    outcomes: np.ndarray
    """How many runs ended in each way of `OUTCOMES`, shape (settings, outcomes)."""
    score: Score
    tested: Columns
    """Medians of `TESTED`, shape (settings,) each; NaN where no network is trained."""


def facts_of(table: Table) -> list[str]:
    """Return the columns of a sweep's table that `gather_runs` asks for."""
    return [column.name for column in table.columns if column.name in (*FACTS, *TESTED)]


def gather_runs(
    groups: Iterable[Mapping[str, np.ndarray]], budget: int, problem: str = ""
) -> list[SweptRuns]:
    """Gather the runs of a sweep from its table, part by part.

    Parameters
    ----------
    groups : iterable of Mapping
        Columns of the next rows, as `descent.tables.schemas.read_groups` yields with the names of
        `facts_of`, in the table's order.
    budget : int
        Updates that a run may do.
    problem : str
        What the runs minimise; of networks it is the column `initial`.

    Returns
    -------
    list of SweptRuns
        One, or of networks one for each way in which weights begin.

    Raises
    ------
    ValueError
        If the runs are not every setting from the same starts, in ascending order, or an outcome
        is unknown.
    """
    parts: dict[str, list[np.ndarray]] = defaultdict(list)
    settings: dict[str, list[np.ndarray]] = defaultdict(list)
    before: Columns = {}
    rows = 0
    for group in groups:
        keys = {name: group[name] for name in ("initial", *IN_ORDER) if name in group}
        start = group["seed" if "seed" in group else "start"]
        begins = _changes(keys, before)
        begins |= start <= np.concatenate([before.get("start", start[:1]), start[:-1]])
        before = {name: key[-1:] for name, key in (keys | {"start": start}).items()}
        for name, key in keys.items():
            settings[name].append(key[begins])
        settings["row"].append(rows + np.flatnonzero(begins))
        rows += len(begins)
        parts["start"].append(_small(start))
        parts["tuning"].append(group["part"] == "tuning")
        parts["status"].append(_places(group["status"]))
        parts["iterations"].append(_small(group["iterations"]))
        for name in TESTED:
            if name in group:
                parts[name].append(group[name])

    joined = {name: np.concatenate(keys) for name, keys in settings.items()}
    begins = joined.pop("row")
    count = len(begins)
    if not np.array_equal(begins * count, np.arange(count) * rows):
        raise ValueError("the sweep's settings do not have the same number of runs")
    tables = {name: _joined(parts, name).reshape(count, -1) for name in list(parts)}
    start, tuning = tables.pop("start"), tables.pop("tuning")
    if (start != start[0]).any() or (tuning != tuning[0]).any():
        raise ValueError("the sweep's settings do not have the same starts")
    problems = joined.pop("initial", np.full(count, problem))
    return [
        SweptRuns(
            str(name),
            budget,
            {key: column[problems == name] for key, column in joined.items()},
            start[0],
            tuning[0],
            **{key: table[_span(problems == name)] for key, table in tables.items()},
        )
        for name in np.unique(problems)
    ]


def compare(sweeps: Sequence[SweptRuns], seed: int = 0) -> dict[str, Columns]:
    """Compare methods: choose each one's setting on the tuning starts, judge it on the others.

    A method's setting is the one of the least charged running time on the tuning starts. All
    that says how good a method is comes from the held-out starts; with a single start that is
    also the one to tune on. Every other method is compared with gradient descent, or with the
    first method where that is not swept; and with the leader, which is the quickest on the tuning
    starts, so that the starts it is judged by have no say in who that is. P-values are adjusted
    for all comparisons on the same problem: problem by problem the question is whether any method
    differs.

    Parameters
    ----------
    sweeps : sequence of SweptRuns
        One per problem.
    seed : int
        Seed of the resamples of starts.

    Returns
    -------
    dict of str to dict
        Columns of the tables `settings`, `choices`, `contrasts`, `budgets` and `variance`.
    """
    compared = [_compare(sweep, seed) for sweep in sorted(sweeps, key=lambda s: s.problem)]
    return {
        table: {
            name: np.concatenate([tables[table][name] for tables in compared])
            for name in compared[0][table]
        }
        for table in compared[0]
    }


def held_out(sweep: SweptRuns) -> np.ndarray:
    """Return the places of the starts to judge by."""
    return np.flatnonzero(~sweep.tuning)


def _compare(sweep: SweptRuns, seed: int) -> dict[str, Columns]:
    """Return the tables of one problem."""
    judges = held_out(sweep)
    measured = {"held_out": _measure(sweep, judges)}
    if sweep.tuning.any():
        measured["tuning"] = _measure(sweep, np.flatnonzero(sweep.tuning))
    judged, tuned = measured["held_out"], measured.get("tuning", measured["held_out"])
    names = sweep.settings["method"]
    methods = [str(method) for method in np.unique(names)]
    places = {method: np.flatnonzero(names == method) for method in methods}
    ranking = {method: rank_settings(_at(tuned.score, places[method])) for method in methods}
    chosen = np.array([places[method][ranking[method][0]] for method in methods])
    runs = _runs(sweep, chosen, judges)
    tables = {
        "settings": _settings(sweep, measured),
        **_choices_and_contrasts(sweep, chosen, runs, judged, tuned, seed),
        "budgets": _budgets(places, ranking, judged.score.expected_running_time),
        "variance": _variance(sweep, places, judges, runs),
    }
    for columns in tables.values():
        columns["problem"] = np.full(len(next(iter(columns.values()))), sweep.problem)
    return tables


def _settings(sweep: SweptRuns, measured: Mapping[str, Measured]) -> Columns:
    """Return the columns of `descent.tables.schemas.SETTINGS`, a setting's parts below one another."""
    parts = []
    for part, found in measured.items():
        count = len(found.outcomes)
        parts.append(
            dict(sweep.settings)
            | {"part": np.full(count, part), "runs": np.full(count, found.runs)}
            | dict(zip(OUTCOMES, found.outcomes.T, strict=True))
            | _success(found.outcomes[:, REACHED], found.runs)
            | _running_times(found.score)
            | found.tested
        )
    return {name: np.stack([part[name] for part in parts], axis=1).ravel() for name in parts[0]}


def _choices_and_contrasts(
    sweep: SweptRuns, chosen: np.ndarray, runs: Runs, judged: Measured, tuned: Measured, seed: int
) -> dict[str, Columns]:
    """Return the columns of `descent.tables.schemas.CHOICES` and `CONTRASTS`, both from one bootstrap."""
    methods = sweep.settings["method"][chosen]
    repeats = RESAMPLES if judged.runs < MANY_STARTS else RESAMPLES // 10
    times, rates = bootstrap(runs, seed=seed, repeats=repeats)
    low, high = percentile_interval(times.resamples)
    count = np.ones(len(chosen), int)
    choices = {
        **{name: column[chosen] for name, column in sweep.settings.items()},
        "settings": (sweep.settings["method"] == methods[:, np.newaxis]).sum(axis=1),
        "tuning_runs": count * tuned.runs,
        "tuned_running_time": _finite(tuned.score.expected_running_time[chosen]),
        "tuned_charged_time": _finite(tuned.score.charged_running_time[chosen]),
        "tuned_success_rate": tuned.score.success_rate[chosen],
        "held_out_runs": count * judged.runs,
        **_success(judged.outcomes[chosen, REACHED], judged.runs),
        **_running_times(_at(judged.score, chosen)),
        "running_time_low": _finite(low),
        "running_time_high": _finite(high),
    }

    pairs = _pairs(methods, _at(tuned.score, chosen))
    ratios = [paired_contrast(times.of(i), times.of(j)) for i, j in pairs]
    rises = [paired_contrast(rates.of(i), rates.of(j), "difference") for i, j in pairs]
    signs = [sign_test(runs.at(i), runs.at(j)) for i, j in pairs]
    contrasts = {
        name: methods[[pair[side] for pair in pairs]]
        for side, name in enumerate(("method", "against"))
    }
    for name, found in (("ratio", ratios), ("success_difference", rises)):
        contrasts[name] = _finite([contrast.estimate for contrast in found])
        contrasts[f"{name}_low"] = _finite([contrast.low for contrast in found])
        contrasts[f"{name}_high"] = _finite([contrast.high for contrast in found])
    for name in ("wins", "losses", "ties"):
        contrasts[name] = np.array([getattr(sign, name) for sign in signs], int)
    contrasts["p"] = np.array([sign.p for sign in signs], float)
    contrasts["adjusted_p"] = holm(contrasts["p"])
    return {"choices": choices, "contrasts": contrasts}


def _pairs(methods: np.ndarray, tuned: Score) -> list[tuple[int, int]]:
    """Pair every other method with the baseline and with the leader, two methods only once."""
    baseline = int(np.argmax(methods == BASELINE))
    leader = int(np.lexsort((-tuned.success_rate, tuned.charged_running_time))[0])
    every = range(len(methods))
    pairs = {(i, baseline) for i in every} | {(i, leader) for i in every if i != baseline}
    return sorted(((i, j) for i, j in pairs if i != j), key=lambda pair: pair[::-1])


def _budgets(
    places: Mapping[str, np.ndarray], ranking: Mapping[str, np.ndarray], times: np.ndarray
) -> Columns:
    """Return the columns of `descent.tables.schemas.BUDGETS`."""
    budgets = common_budgets([len(settings) for settings in places.values()])
    found = [best_of(ranking[method], times[places[method]], budgets) for method in places]
    quartiles = np.concatenate([best.quantiles for best in found], axis=1)
    return {
        "method": np.repeat(list(places), len(budgets)),
        "trials": np.tile(budgets, len(places)),
        "never": np.concatenate([best.never for best in found]),
        **dict(zip(QUARTILES, _finite(quartiles), strict=True)),
    }


def _variance(
    sweep: SweptRuns, places: Mapping[str, np.ndarray], judges: np.ndarray, runs: Runs
) -> Columns:
    """Return the columns of `descent.tables.schemas.VARIANCE`."""
    splits = {TUNED: variance_split(runs.reached.sum(axis=1), runs.reached.sum(axis=0))}
    for method, settings in places.items():
        by_setting, by_start = [], np.zeros(len(judges), int)
        for block in _blocks(settings, len(judges)):
            reached = _runs(sweep, block, judges).reached
            by_setting.append(reached.sum(axis=1))
            by_start += reached.sum(axis=0)
        splits[method] = variance_split(np.concatenate(by_setting), by_start)
    among = sorted(splits)
    shares = np.array([splits[name] for name in among])
    return {"among": np.array(among)} | {
        name: shares[:, i] for i, name in enumerate(("setting", "start", "interaction"))
    }


def _measure(sweep: SweptRuns, starts: np.ndarray) -> Measured:
    """Measure every setting on some starts, block by block of settings."""
    outcomes, scores = [], []
    tested: dict[str, list[np.ndarray]] = {name: [] for name in TESTED}
    for block in _blocks(np.arange(len(sweep.status)), len(starts)):
        status = sweep.status[np.ix_(block, starts)]
        outcomes.append(np.stack([(status == i).sum(axis=1) for i in range(len(OUTCOMES))], axis=1))
        scores.append(score(_runs(sweep, block, starts), sweep.budget))
        for name, parts in tested.items():
            parts.append(_medians(getattr(sweep, name), block, starts))
    joined = Score(*(np.concatenate(parts, axis=-1) for parts in zip(*scores, strict=True)))
    return Measured(
        len(starts),
        np.concatenate(outcomes),
        joined,
        {name: np.concatenate(parts) for name, parts in tested.items()},
    )


def _medians(values: np.ndarray | None, settings: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """Return each setting's lower median over some starts; a missing value is the largest."""
    if values is None:
        return np.full(len(settings), np.nan)
    return np.sort(values[np.ix_(settings, starts)])[:, (len(starts) - 1) // 2]


def _runs(sweep: SweptRuns, settings: np.ndarray, starts: np.ndarray) -> Runs:
    places = np.ix_(settings, starts)
    return Runs(sweep.iterations[places], sweep.status[places] == REACHED)


def _blocks(settings: np.ndarray, starts: int) -> list[np.ndarray]:
    """Cut settings so that the runs of a block, each from so many starts, are not too many."""
    size = max(1, BLOCK // starts)
    return [settings[begin : begin + size] for begin in range(0, len(settings), size)]


def _at(scores: Score, settings: np.ndarray) -> Score:
    return Score(*(column[..., settings] for column in scores))


def _success(successes: np.ndarray, runs: int) -> Columns:
    low, high = proportion_interval(successes, runs)
    return {"success_rate": successes / runs, "success_low": low, "success_high": high}


def _running_times(scores: Score) -> Columns:
    return {
        "expected_running_time": _finite(scores.expected_running_time),
        "charged_running_time": _finite(scores.charged_running_time),
        **dict(zip(QUARTILES, _finite(scores.quartiles), strict=True)),
    }


def _finite(values: Sequence[float] | np.ndarray) -> np.ndarray:
    """Return numbers, NaN in place of those that are infinite."""
    numbers = np.asarray(values, float)
    return np.where(np.isfinite(numbers), numbers, np.nan)


def _changes(keys: Mapping[str, np.ndarray], before: Mapping[str, np.ndarray]) -> np.ndarray:
    """Tell in which rows a key differs from that of the row before; NaN is equal to NaN."""
    changes = np.zeros(len(keys["method"]), bool)
    changes[0] = not before
    for name, key in keys.items():
        previous = np.concatenate([before.get(name, key[:1]), key[:-1]])
        same = key == previous
        if key.dtype.kind == "f":
            same |= np.isnan(key) & np.isnan(previous)
        changes |= ~same
    return changes


def _small(numbers: np.ndarray) -> np.ndarray:
    """Return whole numbers ≥ 0 in the smallest signed type that holds them."""
    return numbers.astype(np.min_scalar_type(-int(numbers.max()) - 1))


def _places(statuses: np.ndarray) -> np.ndarray:
    """Return each status's place in `OUTCOMES`."""
    places = np.full(len(statuses), -1, np.int8)
    for place, name in enumerate(OUTCOMES):
        places[statuses == name] = place
    if (places < 0).any():
        unknown = sorted(set(statuses[places < 0].tolist()))
        raise ValueError(f"runs ended as {unknown}, not one of {OUTCOMES}")
    return places


def _joined(parts: dict[str, list[np.ndarray]], name: str) -> np.ndarray:
    """Join a column's parts, and let go of them."""
    return np.concatenate(parts.pop(name))


def _span(chosen: np.ndarray) -> slice:
    """Return settings that follow one another as a slice, which copies nothing."""
    places = np.flatnonzero(chosen)
    return slice(places[0], places[-1] + 1)
