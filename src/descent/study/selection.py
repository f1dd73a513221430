"""Selection: how good each setting is on the tuning starts, and which are worth evaluating."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from descent.core.methods import METHODS
from descent.core.problem import Problem
from descent.core.random_streams import uniform
from descent.core.statuses import STATUSES
from descent.statistics.answers import rank_settings
from descent.statistics.bootstrap import select_again
from descent.statistics.running_times import quantiles, scores, times_within
from descent.statistics.wilson import proportion_interval
from descent.study.grids import hyperparameter_settings
from descent.study.hitting_times import TESTED, within_budget
from descent.tables.schemas import CANDIDATES, QUARTILES, SETTING_NAMES, SETTINGS

RESELECTIONS = 999  # resamples of the tuning starts on which settings are selected again
RESAMPLING_SEED = 0  # of resamples, and of the settings that are tried
QUARTILE_NAMES = [column.name for column in QUARTILES]


class Candidate(NamedTuple):
    """A reason to evaluate a setting: a row of `descent.tables.schemas.CANDIDATES`."""

    kind: str
    name: str
    trials: int
    share: float
    setting: tuple
    """Method and parameters, in the order of `SETTING_NAMES`."""


def score_settings(
    problem: Problem, times: np.ndarray, status: np.ndarray, tested: Mapping[str, np.ndarray]
) -> pd.DataFrame:
    """Return the table `SETTINGS`.

    Parameters
    ----------
    problem : Problem
        Whose sweep it is.
    times : numpy.ndarray of int, shape (settings, starts)
        Hitting times of the headline's target and hold.
    status : numpy.ndarray of int, shape (settings, starts)
        Indices in `STATUSES`.
    tested : Mapping
        Of a network the columns `TESTED` of its sweep, shape (settings, starts); else empty.
    """
    runs = times_within(np.sort(times), problem.sweep["iterations"])
    low, high = proportion_interval(runs.successes, times.shape[1])
    counts = {name: (status == i).sum(axis=1) for i, name in enumerate(STATUSES)}
    medians = {
        name: _lower_medians(tested[name]) if name in tested else np.full(len(times), np.nan)
        for name in TESTED
    }
    table = {
        **hyperparameter_settings(problem.sweep),
        "runs": np.full(len(times), times.shape[1]),
        **counts,
        "success_rate": runs.successes / times.shape[1],
        "success_low": low,
        "success_high": high,
        "expected_running_time": scores(runs, "charged"),
        **dict(zip(QUARTILE_NAMES, quantiles(runs), strict=True)),
        **medians,
    }
    return pd.DataFrame(table)[SETTINGS.names]


def choose_candidates(problem: Problem, times: np.ndarray) -> pd.DataFrame:
    """Return the table `CANDIDATES`: the settings to evaluate, each with the reasons for it.

    Parameters
    ----------
    problem : Problem
        Whose sweep it is.
    times : numpy.ndarray of int, shape (settings, starts)
        Hitting times of the headline's target and hold.
    """
    settings = hyperparameter_settings(problem.sweep)
    columns = [
        [None if value != value else value for value in settings[name].tolist()]
        for name in SETTING_NAMES
    ]
    rows = list(zip(*columns, strict=True))
    found = [*_selected(problem, times, rows), *_library_defaults(problem), *_named_runs(problem)]
    places = sorted(set(map(_place, found)), key=_order)
    numbers = {place: number for number, place in enumerate(places)}
    table = pd.DataFrame(
        [(numbers[_place(one)], *one[:-1], *map(_or_nan, one.setting)) for one in found],
        columns=CANDIDATES.names,
    )
    return table.sort_values(["candidate", "kind", "name", "trials"], ignore_index=True)


def settings_tried(problem: Problem) -> dict[int, dict[str, np.ndarray]]:
    """Return the settings of each method that are tried: all (0), and a few, drawn once for all.

    Returns
    -------
    dict
        By the number of trials, 0 for all and the headline's: of each method the indices of its
        settings in the sweep's order.
    """
    names = hyperparameter_settings(problem.sweep)["method"]
    every = {str(method): np.flatnonzero(names == method) for method in np.unique(names)}
    trials = problem.sweep["headline"]["trials"]
    few = {}
    for method, own in every.items():
        places = uniform(RESAMPLING_SEED, f"settings tried of {method}", 0, 1, len(own))[0]
        few[method] = np.sort(own[np.argsort(places, kind="stable")[:trials]])
    return {0: every, trials: few}


def reselected(problem: Problem, times: np.ndarray, tried: Mapping[str, np.ndarray]) -> np.ndarray:
    """Select each method's setting on resampled tuning starts, shape (methods, RESELECTIONS)."""
    cost, success = within_budget(times, problem.sweep["iterations"])
    return select_again(cost, success, tried, repeats=RESELECTIONS, seed=RESAMPLING_SEED)


def _selected(problem: Problem, times: np.ndarray, rows: Sequence[tuple]) -> Iterator[Candidate]:
    """Yield each method's selected setting, and those that resamples of the starts select."""
    runs = times_within(np.sort(times), problem.sweep["iterations"])
    for trials, tried in settings_tried(problem).items():
        again = reselected(problem, times, tried)
        for (method, own), winners in zip(tried.items(), again, strict=True):
            best = own[rank_settings(runs.at(own), "charged")[0]]
            yield Candidate("selected", method, trials, 0.0, rows[best])
            for setting, count in sorted(Counter(winners.tolist()).items()):
                share = count / RESELECTIONS
                yield Candidate("reselected", method, trials, share, rows[setting])


def _library_defaults(problem: Problem) -> Iterator[Candidate]:
    for method in sorted(problem.sweep["methods"]):
        record = METHODS[method]
        for library, given in record.defaults.items():
            # Libraries' losses are means, of which the gradient is that much smaller.
            scale = 1.0 if record.ignores_scale else problem.scale
            rate = {"learning_rate": given["learning_rate"] / scale}
            yield Candidate("library", library, 0, 0.0, _setting_of(method, {**given, **rate}))


def _named_runs(problem: Problem) -> Iterator[Candidate]:
    for run in problem.runs:
        setting = _setting_of(run["method"], run)
        yield Candidate("named", run["name"], 0, 0.0, setting)
        if isinstance(run.get("start"), Mapping):
            yield Candidate("drawn", run["name"], 0, 0.0, setting)


def _setting_of(method: str, given: Mapping[str, Any]) -> tuple:
    """Return a setting, as `descent.study.grids.hyperparameter_settings` has it, None for NaN."""
    known = METHODS[method].parameters
    values: dict[str, Any] = dict.fromkeys(SETTING_NAMES[1:])
    values |= {"momentum": 0.0, **known}
    values |= {name: given[name] for name in known if given.get(name) is not None}
    return (method, *(values[name] for name in SETTING_NAMES[1:]))


def _or_nan(value: Any) -> Any:
    return np.nan if value is None else value


def _place(one: Candidate) -> tuple:
    """Return what is run: a setting, and the named run as whose its starts are drawn, if any."""
    return one.setting, one.name if one.kind == "drawn" else ""


def _order(place: tuple) -> tuple:
    setting, drawn_as = place
    values = (-1.0 if value is None else value for value in setting[1:])
    return bool(drawn_as), setting[0], *values, drawn_as


def _lower_medians(values: np.ndarray) -> np.ndarray:
    """Return each setting's lower median over the starts; a missing value is the largest."""
    return np.sort(values)[:, (values.shape[1] - 1) // 2]
