"""Comparison: what the selected settings do from fresh starts, and how sure that is."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pandas as pd

from descent.core.parameters import PARAMETERS
from descent.core.problem import Problem
from descent.core.statuses import STATUSES
from descent.statistics.anova import two_way_decomposition
from descent.statistics.answers import (
    Draws,
    draws_of,
    method_scores,
    ratio,
    ratio_over_draws,
    sorted_halves,
)
from descent.statistics.bootstrap import (
    LEAST_SUCCESSES,
    Resampled,
    percentile_interval,
    ratio_interval,
    resample_starts,
    verdict_of,
)
from descent.statistics.running_times import RunningTimes, quantiles, times_within
from descent.statistics.wilson import proportion_interval
from descent.study.grids import hyperparameter_settings
from descent.study.hitting_times import Evaluated, within_budget
from descent.study.portions import few_starts
from descent.study.protocols import method_pairs
from descent.study.selection import (
    QUARTILE_NAMES,
    RESAMPLING_SEED,
    RESELECTIONS,
    reselected,
    settings_tried,
)
from descent.tables.schemas import (
    ANOVA,
    PAIRWISE,
    SELECTED,
    SETTING_NAMES,
    SHRINKAGE,
)

CONFIDENCE = 0.95
RESAMPLES = 9_999
SHRINKAGE_TRIALS = (1, 5, 20, 0)
SELECTED_SETTINGS = "selected settings"


def compare(
    problem: Problem,
    question: Mapping,
    swept: np.ndarray,
    settings: pd.DataFrame,
    candidates: pd.DataFrame,
    evaluated: Evaluated,
    further: pd.DataFrame,
) -> dict[str, pd.DataFrame]:
    """Compare methods with their selected settings on fresh starts.

    Parameters
    ----------
    problem : Problem
        Whose sweep and evaluation it is.
    question : Mapping
        The configuration's: whether `method` is faster than `against`, and the `margin`.
    swept : numpy.ndarray of int, shape (settings, starts)
        Hitting times of the headline's target and hold on the tuning starts.
    settings, candidates, further : DataFrame
        The tables of `descent.tables.schemas`.
    evaluated : Evaluated
        The candidates' runs.

    Returns
    -------
    dict of str to DataFrame
        The tables `selected`, `pairwise`, `shrinkage` and `anova`.
    """
    cost, success = within_budget(evaluated.times, problem.sweep["iterations"])
    few = few_starts(cost.shape[1])
    halves = [times_within(half, problem.sweep["iterations"]) for half in sorted_halves(swept)]
    every = resample_starts(
        cost[:, :few], success[:, :few], repeats=RESELECTIONS, seed=RESAMPLING_SEED
    )
    selected, pairwise, all_tried = [], [], settings_tried(problem)
    methods = all_tried[0]
    for trials, tried in all_tried.items():
        chosen = candidates.query("kind == 'selected' and trials == @trials").set_index("method")
        best = {method: int(chosen.loc[method, "candidate"]) for method in tried}
        again = _candidates_of_winners(problem, candidates, reselected(problem, swept, tried))
        drawn = _resampled_by_tuning(every, again)
        places = list(best.values())
        times = resample_starts(
            cost[places], success[places], repeats=RESAMPLES, seed=RESAMPLING_SEED
        )
        table = _selected_table(problem, settings, evaluated, times, chosen, best, again, drawn)
        selected.append(table.assign(trials=trials))
        draws = [
            draws_of(selecting, scoring, methods, "charged", trials)
            for selecting, scoring in (halves, halves[::-1])
        ]
        rows = _pairwise_rows(question, times, list(best), drawn, draws)
        pairwise.append(pd.DataFrame(rows, columns=PAIRWISE.names[1:]).assign(trials=trials))
    whole = pd.concat(selected, ignore_index=True)
    return {
        "selected": whole.merge(further, on="candidate")[SELECTED.names],
        "pairwise": pd.concat(pairwise, ignore_index=True)[PAIRWISE.names],
        "shrinkage": _shrinkage_table(question, halves, methods, candidates, every),
        "anova": _anova_table(problem, swept, success, methods, candidates),
    }


def _candidates_of_winners(
    problem: Problem, candidates: pd.DataFrame, winners: np.ndarray
) -> np.ndarray:
    """Return the candidates that are the settings selected again, in the same shape."""
    swept = pd.DataFrame(hyperparameter_settings(problem.sweep))
    own = candidates[candidates["kind"] != "drawn"].drop_duplicates("candidate")
    names = list(SETTING_NAMES)
    found = swept.merge(own[[*names, "candidate"]], on=names, how="left", sort=False)
    return found["candidate"].to_numpy()[winners].astype(int)


def _resampled_by_tuning(times: Resampled, again: np.ndarray) -> np.ndarray:
    """Return expected running times on pairs of resamples, of tuning and of fresh starts.

    Each pair selects on the one and scores on the other; shape (methods, pairs).
    """
    return times.resamples[again, np.arange(again.shape[1])]


def _selected_table(
    problem: Problem,
    settings: pd.DataFrame,
    evaluated: Evaluated,
    times: Resampled,
    chosen: pd.DataFrame,
    best: Mapping[str, int],
    again: np.ndarray,
    drawn: np.ndarray,
) -> pd.DataFrame:
    """Return the table `SELECTED` for one number of trials, without what is run further."""
    places = np.array(list(best.values()))
    runs = times_within(np.sort(evaluated.times[places]), problem.sweep["iterations"])
    count = evaluated.times.shape[1]
    low, high = proportion_interval(runs.successes, count)
    table = chosen.loc[list(best), list(SETTING_NAMES[1:])].reset_index()
    tuning = table.merge(settings, on=list(SETTING_NAMES), how="left", sort=False)
    time_low, time_high = percentile_interval(times.resamples)
    few = runs.successes < LEAST_SUCCESSES
    is_first = drawn == drawn.min(axis=0)
    decided = np.isfinite(drawn).any(axis=0)
    first = np.where(decided, is_first / np.maximum(is_first.sum(axis=0), 1), 0.0).mean(axis=1)
    sizes = settings["method"].value_counts()
    with np.errstate(invalid="ignore"):
        given_success = np.where(runs.successes > 0, runs.spent / runs.successes.clip(1), np.nan)
    status = evaluated.status[places]
    return table.assign(
        candidate=places,
        settings=[int(sizes[method]) for method in best],
        at_edge=[_edges(settings, row) for _, row in table.iterrows()],
        tuning_runs=tuning["runs"],
        tuning_success_rate=tuning["success_rate"],
        tuning_expected_running_time=tuning["expected_running_time"],
        runs=count,
        **{name: (status == i).sum(axis=1) for i, name in enumerate(STATUSES)},
        success_rate=runs.successes / count,
        success_low=low,
        success_high=high,
        expected_running_time=times.value,
        expected_running_time_low=np.where(few, np.nan, time_low),
        expected_running_time_high=np.where(few, np.nan, time_high),
        time_given_success=given_success,
        **dict(zip(QUARTILE_NAMES, quantiles(runs), strict=True)),
        first=first,
        reselected=(again == places[:, np.newaxis]).mean(axis=1),
        reselections=[len(np.unique(winners)) for winners in again],
    )


def _edges(settings: pd.DataFrame, row: pd.Series) -> str:
    """Return the parameters of a setting that are at an end of their method's grid."""
    own = settings[settings["method"] == row["method"]]
    ends = {name: (own[name].min(), own[name].max()) for name in SETTING_NAMES[1:]}
    names = [name for name, (low, high) in ends.items() if low < high and row[name] in (low, high)]
    # Below momentum 0, which is gradient descent, there is nothing, nor below a decay rate of 0.
    return ", ".join(name for name in names if row[name] > PARAMETERS[name].low)


def _pairwise_rows(
    question: Mapping,
    times: Resampled,
    methods: list[str],
    drawn: np.ndarray,
    draws: Sequence[Sequence[Draws]],
) -> Iterator[tuple]:
    """Yield the rows of the table `PAIRWISE` for one number of trials."""
    asked = question["method"], question["against"]
    pairs = method_pairs(methods, asked)
    exploratory = len(pairs) - (asked in pairs)
    for pair in pairs:
        role = "question" if pair == asked else "exploratory"
        level = CONFIDENCE if pair == asked else 1.0 - (1.0 - CONFIDENCE) / exploratory
        one, other = map(methods.index, pair)
        interval = ratio_interval(times, one, other, level)
        ends = percentile_interval(ratio(drawn[one], drawn[other]))
        tuning = (np.nan, np.nan) if np.isnan(interval.ratio) else map(float, ends)
        verdict = verdict_of(interval, question["margin"])
        by_draw = ratio_over_draws([(split[one], split[other]) for split in draws])
        yield *pair, role, *interval, level, verdict, *tuning, *by_draw


def _shrinkage_table(
    question: Mapping,
    halves: Sequence[RunningTimes],
    methods: Mapping[str, np.ndarray],
    candidates: pd.DataFrame,
    times: Resampled,
) -> pd.DataFrame:
    """Return the table `SHRINKAGE`: how a speed-up depends on how much both were tuned."""
    pairs = method_pairs(list(methods), (question["method"], question["against"]))
    scores: dict[str, dict[str, float]] = {}
    library = candidates[candidates["kind"] == "library"]
    for name, rows in library.groupby("name", sort=True):
        found = times.value[rows["candidate"].to_numpy()]
        scores[str(name)] = dict(zip(rows["method"], found, strict=True))
    first, second = halves
    means = _geometric_mean(
        method_scores(first, second, methods, "charged", SHRINKAGE_TRIALS),
        method_scores(second, first, methods, "charged", SHRINKAGE_TRIALS),
    )
    for trials, mean in zip(SHRINKAGE_TRIALS, means, strict=True):
        scores[str(trials or "all")] = dict(zip(methods, mean, strict=True))
    rows = [
        (basis, *pair, float(ratio(np.array(found[pair[1]]), np.array(found[pair[0]]))))
        for basis, found in scores.items()
        for pair in pairs
        if set(pair) <= found.keys()
    ]
    return pd.DataFrame(rows, columns=SHRINKAGE.names)


def _geometric_mean(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Return the root of the product; infinite where either is, even if the other is 0."""
    with np.errstate(invalid="ignore"):
        return np.where(np.isinf(one + other), np.inf, np.sqrt(one) * np.sqrt(other))


def _anova_table(
    problem: Problem,
    swept: np.ndarray,
    success: np.ndarray,
    methods: Mapping[str, np.ndarray],
    candidates: pd.DataFrame,
) -> pd.DataFrame:
    """Return the table `ANOVA`."""
    tuned = swept <= problem.sweep["iterations"]
    selected = success[candidates.query("kind == 'selected' and trials == 0")["candidate"]]
    parts = {SELECTED_SETTINGS: selected}
    parts |= {method: tuned[own] for method, own in methods.items()}
    rows = [
        (name, *two_way_decomposition(part.sum(axis=1), part.sum(axis=0)))
        for name, part in sorted(parts.items())
    ]
    return pd.DataFrame(rows, columns=ANOVA.names)
