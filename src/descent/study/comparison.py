"""Compare methods by a sweep: select their settings on some starts, compare on the others.

The runs of a sweep are held at 3 to 5 bytes each, and 16 more where a network is tested.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd

from descent.core.statuses import REACHED, STATUSES
from descent.statistics.anova import two_way_decomposition
from descent.statistics.bootstrap import (
    RESAMPLES,
    Resampled,
    paired_interval,
    percentile_interval,
    resample_starts,
)
from descent.statistics.running_times import RUNS_AT_ONCE, Runs, Score, score
from descent.statistics.sign_tests import holm, sign_test
from descent.statistics.tuning import numbers_tried, rank_settings, tuning_curve_of
from descent.statistics.wilson import proportion_interval
from descent.tables.schemas import (
    ANOVA,
    PAIRWISE,
    QUARTILES,
    SELECTED,
    SETTING_NAMES,
    SETTINGS,
    TUNING_CURVE,
    Schema,
)

BASELINE = "gradient_descent"  # what other methods are compared with
SELECTED_SETTINGS = "selected settings"
MANY_STARTS = 10_000  # from here on a tenth of the resamples is enough
QUARTILE_NAMES = [column.name for column in QUARTILES]
TESTED = ("test_loss", "test_accuracy")


class SweptRuns(NamedTuple):
    """The runs of a problem's sweep: every hyperparameter setting from every start."""

    budget: int
    """Updates that a run may do."""
    settings: pd.DataFrame
    """Method and parameters of each setting."""
    tuning: np.ndarray
    """Whether settings are selected by this start, shape (starts,)."""
    iterations: np.ndarray
    """As in the sweep's table, shape (settings, starts)."""
    status: np.ndarray
    """Indices in `STATUSES`, shape (settings, starts)."""
    tested: Mapping[str, np.ndarray]
    """Columns `TESTED` of a network's sweep, shape (settings, starts) each; else empty."""

    def of(self, settings: np.ndarray, starts: np.ndarray) -> Runs:
        """Return the runs of some settings from some starts."""
        chosen = np.ix_(settings, starts)
        return Runs(self.iterations[chosen], self.status[chosen] == REACHED)


def compared_columns(sweep: Schema) -> list[str]:
    """Return the columns of a sweep's table that `gather_runs` asks for."""
    facts = {*SETTING_NAMES, "start", "seed", "part", "status", "iterations", *TESTED}
    return [name for name in sweep.names if name in facts]


def gather_runs(groups: Iterable[pd.DataFrame], budget: int) -> SweptRuns:
    """Gather the runs of a problem's sweep from its table, part by part.

    Parameters
    ----------
    groups : iterable of DataFrame
        The next rows, as `descent.tables.parquet.read_groups` yields with the names of
        `compared_columns`, in the table's order.
    budget : int
        Updates that a run may do.

    Raises
    ------
    ValueError
        If the runs are not every setting from the same starts, in ascending order, or a status
        is unknown.
    """
    settings, parts = [], defaultdict(list)
    first = np.empty((2, 0), np.int8)  # the first setting's starts, and whether they are to tune on
    before, begun, rows = np.array([np.inf]), 0, 0
    for group in groups:
        start = group["seed" if "seed" in group else "start"].to_numpy()
        facts = np.stack([_narrow(start), group["part"] == "tuning"])
        begins = start <= np.concatenate([before, start[:-1]])
        setting = begun + np.cumsum(begins)
        first = np.concatenate([first, facts[:, setting == 1]], axis=1)
        if (facts != first[:, np.arange(rows, rows + len(start)) % first.shape[1]]).any():
            raise ValueError("the sweep's settings do not have the same starts")
        before, begun, rows = start[-1:], setting[-1], rows + len(start)
        settings.append(group.loc[begins, list(SETTING_NAMES)].astype({"method": str}))
        parts["iterations"].append(_narrow(group["iterations"].to_numpy()))
        parts["status"].append(_status_indices(group["status"]))
        for name in set(TESTED) & set(group):
            parts[name].append(group[name].to_numpy())

    if rows != begun * first.shape[1]:
        raise ValueError("the sweep's last setting does not have all starts")
    # Column by column, so that the parts of one at a time are in memory twice.
    tables = {name: np.concatenate(parts.pop(name)).reshape(begun, -1) for name in list(parts)}
    return SweptRuns(
        budget,
        pd.concat(settings, ignore_index=True),
        first[1].astype(bool),
        tables.pop("iterations"),
        tables.pop("status"),
        tables,
    )


def compare(swept: SweptRuns, seed: int = 0) -> dict[str, pd.DataFrame]:
    """Compare methods: select each one's setting on the tuning starts, evaluate on the others.

    A method's selected setting is the one of the lowest ERT (failures charged the budget) on the
    tuning starts. All that says how good a method is comes from the evaluation starts. Every
    other method is compared with gradient descent, or with the first method where that is not
    swept; and with the best on the tuning starts, so that the evaluation starts have no say in
    who that is. P-values are adjusted for all comparisons on the problem.

    Parameters
    ----------
    swept : SweptRuns
        The runs of a problem's sweep, with tuning starts and evaluation starts.
    seed : int
        Seed of the resamples of starts.

    Returns
    -------
    dict of str to DataFrame
        The tables `settings`, `selected`, `pairwise`, `tuning_curve` and `anova` of
        `descent.tables.schemas`.
    """
    evaluation_starts = np.flatnonzero(~swept.tuning)
    evaluation, evaluated = _measured_part(swept, evaluation_starts, "evaluation")
    tuning, tuned = _measured_part(swept, np.flatnonzero(swept.tuning), "tuning")
    names = swept.settings["method"].to_numpy(str)
    own = {str(method): np.flatnonzero(names == method) for method in np.unique(names)}
    ranking = {method: rank_settings(tuned.at(settings)) for method, settings in own.items()}
    selected = np.array([own[method][ranked[0]] for method, ranked in ranking.items()])

    runs = swept.of(selected, evaluation_starts)
    repeats = RESAMPLES if len(evaluation_starts) < MANY_STARTS else RESAMPLES // 10
    times, rates = resample_starts(runs, seed=seed, repeats=repeats)
    pairs = _pairs_of_methods(list(own), tuned.at(selected))
    return {
        "settings": pd.concat([evaluation, tuning]).sort_index(kind="stable")[SETTINGS.names],
        "selected": _selected_table(own, evaluation.loc[selected], tuning.loc[selected], times),
        "pairwise": _pairwise_table(list(own), pairs, runs, times, rates),
        "tuning_curve": _tuning_curve_table(own, ranking, evaluated.expected_running_time),
        "anova": _anova_table(swept, own, evaluation_starts, runs),
    }


def _measured_part(swept: SweptRuns, starts: np.ndarray, part: str) -> tuple[pd.DataFrame, Score]:
    """Measure every setting on the starts of a part, block by block of settings.

    Returns the part's rows of the table `SETTINGS`, and the same scores.
    """
    statuses, scores, medians = [], [], []
    for block in _blocks_of_settings(np.arange(len(swept.settings)), len(starts)):
        status = swept.status[np.ix_(block, starts)]
        statuses.append([(status == i).sum(axis=1) for i in range(len(STATUSES))])
        scores.append(score(swept.of(block, starts), swept.budget))
        medians.append([_lower_medians(swept.tested.get(name), block, starts) for name in TESTED])
    joined = Score(*(np.concatenate(parts, axis=-1) for parts in zip(*scores, strict=True)))
    counts = dict(zip(STATUSES, np.concatenate(statuses, axis=1), strict=True))
    low, high = proportion_interval(counts["reached"], len(starts))
    table = swept.settings.assign(
        part=part,
        runs=len(starts),
        **counts,
        success_rate=joined.success_rate,
        success_low=low,
        success_high=high,
        expected_running_time=joined.expected_running_time,
        expected_running_time_charged=joined.expected_running_time_charged,
        **dict(zip(QUARTILE_NAMES, joined.quartiles, strict=True)),
        **dict(zip(TESTED, np.concatenate(medians, axis=1), strict=True)),
    )
    return table, joined


def _lower_medians(
    values: np.ndarray | None, settings: np.ndarray, starts: np.ndarray
) -> np.ndarray:
    """Return each setting's lower median over some starts; a missing value is the largest."""
    if values is None:
        return np.full(len(settings), np.nan)
    return np.sort(values[np.ix_(settings, starts)])[:, (len(starts) - 1) // 2]


def _selected_table(
    own: Mapping[str, np.ndarray],
    evaluation: pd.DataFrame,
    tuning: pd.DataFrame,
    times: Resampled,
) -> pd.DataFrame:
    """Return the table `SELECTED`, from the selected settings' rows on either part."""
    low, high = percentile_interval(times.resamples)
    table = evaluation.rename(columns={"runs": "evaluation_runs"}).assign(
        settings_tried=[len(settings) for settings in own.values()],
        expected_running_time_low=low,
        expected_running_time_high=high,
    )
    return table.join(tuning.add_prefix("tuning_"))[SELECTED.names].reset_index(drop=True)


def _pairs_of_methods(methods: list[str], tuned: Score) -> list[tuple[int, int]]:
    """Pair every other method with the baseline and with the best, two methods only once."""
    baseline = methods.index(BASELINE) if BASELINE in methods else 0
    best = int(np.lexsort((-tuned.success_rate, tuned.expected_running_time_charged))[0])
    every = range(len(methods))
    pairs = {(i, baseline) for i in every} | {(i, best) for i in every if i != baseline}
    return sorted(((i, j) for i, j in pairs if i != j), key=lambda pair: pair[::-1])


def _pairwise_table(
    methods: list[str],
    pairs: list[tuple[int, int]],
    runs: Runs,
    times: Resampled,
    rates: Resampled,
) -> pd.DataFrame:
    """Return the table `PAIRWISE`."""
    rows = []
    for i, j in pairs:
        ratio = paired_interval(times.at(i), times.at(j))
        difference = paired_interval(rates.at(i), rates.at(j), "difference")
        sign = sign_test(runs.at(i), runs.at(j))
        rows.append((methods[i], methods[j], *ratio, *difference, *sign))
    table = pd.DataFrame(rows, columns=PAIRWISE.names[:-1])
    return table.assign(adjusted_p=holm(table["p"]))


def _tuning_curve_table(
    own: Mapping[str, np.ndarray], ranking: Mapping[str, np.ndarray], times: np.ndarray
) -> pd.DataFrame:
    """Return the table `TUNING_CURVE`, from the ERT of all settings on the evaluation starts."""
    tried = numbers_tried([len(settings) for settings in own.values()])
    blocks = []
    for method, settings in own.items():
        curve = tuning_curve_of(ranking[method], times[settings], tried)
        quartiles = dict(zip(QUARTILE_NAMES, curve.quartiles, strict=True))
        columns = {"method": method, "settings_tried": tried, "never": curve.never, **quartiles}
        blocks.append(pd.DataFrame(columns))
    return pd.concat(blocks, ignore_index=True)[TUNING_CURVE.names]


def _anova_table(
    swept: SweptRuns, own: Mapping[str, np.ndarray], starts: np.ndarray, runs: Runs
) -> pd.DataFrame:
    """Return the table `ANOVA`: among the settings of each method, and the selected ones."""
    reached = runs.reached
    found = {SELECTED_SETTINGS: two_way_decomposition(reached.sum(axis=1), reached.sum(axis=0))}
    for method, settings in own.items():
        by_setting, by_start = [], np.zeros(len(starts), int)
        for block in _blocks_of_settings(settings, len(starts)):
            reached = swept.of(block, starts).reached
            by_setting.append(reached.sum(axis=1))
            by_start += reached.sum(axis=0)
        found[method] = two_way_decomposition(np.concatenate(by_setting), by_start)
    return pd.DataFrame([(name, *found[name]) for name in sorted(found)], columns=ANOVA.names)


def _blocks_of_settings(settings: np.ndarray, starts: int) -> Iterator[np.ndarray]:
    """Cut settings so that the runs of a block, each from so many starts, are not too many."""
    size = max(1, RUNS_AT_ONCE // starts)
    for begin in range(0, len(settings), size):
        yield settings[begin : begin + size]


def _narrow(numbers: np.ndarray) -> np.ndarray:
    """Return whole numbers ≥ 0 in the smallest signed type that holds them."""
    return numbers.astype(np.min_scalar_type(-int(numbers.max()) - 1))


def _status_indices(statuses: pd.Series) -> np.ndarray:
    """Return each status's index in `STATUSES`."""
    indices = pd.Index(STATUSES).get_indexer(statuses).astype(np.int8)
    if (indices < 0).any():
        unknown = sorted(set(statuses[indices < 0]))
        raise ValueError(f"runs ended as {unknown}, not one of {STATUSES}")
    return indices
