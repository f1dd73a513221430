"""What the tables of a fair comparison say of one problem, for the report to tell.

A problem is what methods are compared on: the Rosenbrock function, the network with one way to
begin its weights, a further objective. Numbers here are taken from the tables, or counted in them.
"""

import math
from collections.abc import Mapping, Sequence

import numpy as np

from descent.statistics.wilson import proportion_interval
from descent.study.comparison import TESTED
from descent.core.methods import METHODS
from descent.core.statuses import OUTCOMES
from descent.core.parameters import PARAMETERS
from descent.report.summaries import Table, rows, select
from descent.tables.schemas import IN_ORDER

LEVEL = 0.05  # of significance, after correction for all comparisons
FEW_TRIALS = 10  # settings, of which the best is shown beside the best of all


def summarise(
    stage: Mapping[str, Table], problem: str, sweep: Mapping, runs: Sequence[Mapping] = ()
) -> dict:
    """Gather what there is to say of a problem.

    Parameters
    ----------
    stage : Mapping of str to Mapping
        Columns of the tables `settings`, `choices`, `contrasts`, `budgets`, `variance` and,
        where chosen settings were run again, `trials`.
    problem : str
        The problem in these tables.
    sweep : Mapping
        The configuration of its sweep.
    runs : sequence of Mapping
        The configuration of the named runs.

    Returns
    -------
    dict
        `choices` (the quickest method first), `contrasts`, `outcomes`, `budgets`,
        `variance` (all methods as tuned first), `hits`, `named`, the sweep and the parameters
        `swept` of these methods, whether tuning and judging starts are `apart`, and the numbers of
        starts, settings and runs.
    """
    own = {name: select(table, problem=problem) for name, table in stage.items()}
    choices = choice_rows(own["choices"], own["settings"])
    trials = at_target(own["trials"], sweep["target"]) if "trials" in own else None
    methods = [str(row["method"]) for row in choices]
    first = choices[0]
    hits = hit_rows(trials, methods) if trials else []
    return {
        "problem": problem,
        "sweep": sweep,
        "swept": [name for name in PARAMETERS if sweep.get(name) and _taken(methods, name)],
        "choices": choices,
        "contrasts": sorted(
            rows(own["contrasts"]),
            key=lambda row: [methods.index(str(row[name])) for name in ("against", "method")],
        ),
        "outcomes": outcome_counts(own["settings"], methods),
        "budgets": budget_rows(own["budgets"], methods),
        "variance": variance_rows(own["variance"], methods),
        "hits": hits if any(row["hit"] for row in hits) else [],
        "named": named_rows(trials, runs, sweep["iterations"]) if trials else [],
        "tuning": first["tuning_runs"],
        "held_out": first["held_out_runs"],
        "apart": bool((own["settings"]["part"] == "tuning").any()),
        "settings": sum(row["settings"] for row in choices),
        "runs": int(own["settings"]["runs"].sum()),
    }


def choice_rows(choices: Table, settings: Table) -> list[dict]:
    """Return the chosen settings, the quickest on held-out starts first, never-reaching ones last.

    Each also has what its row of the settings, on the held-out starts, says beyond the score.
    """
    found = []
    for row in rows(choices):
        judged = judged_row(settings, row)
        found.append(row | {name: judged[name] for name in (*OUTCOMES, *TESTED)})
    return sorted(found, key=lambda row: (_infinite(row["expected_running_time"]), row["method"]))


def judged_row(settings: Table, setting: Mapping) -> dict:
    """Return how a setting, a row with its parameters, does on the held-out starts."""
    same = settings["part"] == "held_out"
    for name in IN_ORDER:
        value, column = setting[name], settings[name]
        same &= np.isnan(column) if value != value else column == value
    return rows({name: column[same] for name, column in settings.items()})[0]


def outcome_counts(settings: Table, methods: Sequence[str]) -> dict[str, dict[str, int]]:
    """Count the outcomes of each method's runs over all settings, of those that occur at all."""
    occurring = [name for name in OUTCOMES if settings[name].any()]
    return {
        method: {
            name: int(settings[name][settings["method"] == method].sum()) for name in occurring
        }
        for method in methods
    }


def contrast_of(contrasts: Sequence[Mapping], method: str, against: str) -> dict | None:
    """Return the comparison of two methods, as seen from the first; None if none was made.

    A ratio, or an end of its interval, is infinite where the table has null: the first method
    never reaches, or the other is within the target at once. Where neither reaches it says
    nothing.
    """
    for row in contrasts:
        if (row["method"], row["against"]) == (method, against):
            ends = {name: _infinite(row[name]) for name in ("ratio", "ratio_low", "ratio_high")}
            return {**row, **ends}
        if (row["method"], row["against"]) == (against, method):
            return {
                **row,
                "method": method,
                "against": against,
                "ratio": _inverse(row["ratio"]),
                "ratio_low": _inverse(row["ratio_high"]),
                "ratio_high": _inverse(row["ratio_low"]),
                "success_difference": -row["success_difference"],
                "success_difference_low": -row["success_difference_high"],
                "success_difference_high": -row["success_difference_low"],
                "wins": row["losses"],
                "losses": row["wins"],
            }
    return None


def verdict(comparison: Mapping, method: str, against: str) -> dict:
    """Decide whether a tuned method is better than another one.

    It is better (`yes`) if the interval of the ratio of expected running times lies below 1 and
    it is first on more starts than the other, with a corrected p below 0.05. It is worse (`no`)
    if both hold the other way round. Else it is `undecided`: that is not the same as equal.

    Returns
    -------
    dict
        `kind`: absent, never (neither reaches), same (on no start is one of them first, and both
        need as much in all), yes,
        no or undecided; `method` and `against`,
        their choices (None if absent); `contrast`; and `reason`, why it is undecided: single
        (one start), unclear (the interval holds 1), few (it does not, but the sign test is not
        significant) or opposed (quicker in all, but significantly later on more starts).
    """
    choices = {row["method"]: row for row in comparison["choices"]}
    one, other = choices.get(method), choices.get(against)
    contrast = contrast_of(comparison["contrasts"], method, against)
    found = {"method": one, "against": other, "contrast": contrast, "reason": None}
    if one is None or other is None or contrast is None:
        return found | {"kind": "absent"}
    if not one["reached"] and not other["reached"]:
        return found | {"kind": "never"}
    alike = one["expected_running_time"] == other["expected_running_time"]
    if contrast["wins"] == contrast["losses"] == 0 and alike:
        return found | {"kind": "same"}
    decided = contrast["adjusted_p"] < LEVEL
    quicker, slower = contrast["ratio_high"] < 1.0, contrast["ratio_low"] > 1.0
    leads = contrast["wins"] > contrast["losses"]
    if decided and ((quicker and leads) or (slower and not leads)):
        return found | {"kind": "yes" if quicker else "no"}
    if one["held_out_runs"] == 1:
        reason = "single"
    elif not (quicker or slower):
        reason = "unclear"
    else:
        reason = "opposed" if decided else "few"
    return found | {"kind": "undecided", "reason": reason}


def leader_of(choices: Sequence[Mapping]) -> str:
    """Return the method with which all others are compared: the quickest on the tuning starts."""

    def place(row: Mapping) -> tuple:
        return _infinite(row["tuned_charged_time"]), -row["tuned_success_rate"], row["method"]

    return str(min(choices, key=place)["method"])


def rivals_of(comparison: Mapping) -> list[str]:
    """Return the methods of which any may be the quickest, in the order of the choices.

    They are those that reach the target and are not shown to be slower than the leader: the
    interval of their ratio to it holds 1, or lies below. The leader is one of them, unless another
    is shown to be quicker. Intervals of two running times by themselves may overlap, and one of
    the methods be the quicker from every start: hence the ratios, on the same resamples.
    """
    choices = comparison["choices"]
    leader, first = leader_of(choices), choices[0]["method"]
    found, quicker = [], False
    for row in choices:
        contrast = contrast_of(comparison["contrasts"], row["method"], leader)
        slower = contrast is not None and contrast["ratio_low"] > 1.0
        if row["reached"] and (row["method"] == first or not slower):
            found.append(str(row["method"]))
            quicker |= contrast is not None and contrast["ratio_high"] < 1.0
    return [method for method in found if method != leader or method == first or not quicker]


def at_target(trials: Table, target: float) -> dict[str, np.ndarray]:
    """Return the trials at one of their targets: the sweep's own."""
    targets = np.unique(trials["target"])
    return select(trials, target=targets[np.abs(np.log(targets / target)).argmin()])


def hit_rows(trials: Table, methods: Sequence[str]) -> list[dict]:
    """Set the first hit of each tuned method beside the iteration from which it stays."""
    found = []
    tuned = select(trials, kind="tuned")
    for method in methods:
        own = select(tuned, candidate=method)
        first, settled = own["first"], own["settled"]
        if not len(first):
            continue
        found.append(
            {
                "method": method,
                "runs": len(first),
                "hit": int(np.isfinite(first).sum()),
                "settled": int(np.isfinite(settled).sum()),
                "left": int((np.isfinite(first) & ~(settled == first)).sum()),
                "median_hit": _median(first),
                "median_settled": _median(settled),
            }
        )
    return found


def named_rows(trials: Table, runs: Sequence[Mapping], budget: int) -> list[dict]:
    """Count on how many held-out starts the settings of each named run reach the target.

    Each counts twice: within the run's own iterations, and within the sweep's budget, which may
    be the shorter.
    """
    found = []
    named = select(trials, kind="named")
    for run in runs:
        first = select(named, candidate=run["name"])["first"]
        if not len(first):
            continue
        counts = {
            "own": int((first <= run["iterations"]).sum()),
            "all": int((first <= budget).sum()),
        }
        found.append(
            {
                "run": run,
                "starts": len(first),
                **counts,
                **{f"{name}_share": count / len(first) for name, count in counts.items()},
                **{
                    f"{name}_interval": proportion_interval(count, len(first))
                    for name, count in counts.items()
                },
            }
        )
    return found


def variance_rows(variance: Table, methods: Sequence[str]) -> list[dict]:
    """Return how success varies, among all methods as tuned first; `method` is None there."""
    found = rows(variance)
    for row in found:
        row["method"] = row["among"] if row["among"] in methods else None
        row["varies"] = row["setting"] + row["start"] + row["interaction"] > 0.0
    return sorted(found, key=lambda row: [None, *methods].index(row["method"]))


def beyond_chance(split: Mapping, settings: int, starts: int) -> dict[str, float] | None:
    """Take from the shares of a variance what chance alone would give them.

    The shares of I settings and J starts hold noise in proportion to their degrees of freedom,
    I - 1 and J - 1: with many starts, theirs is large where nothing but a coin decides. What a
    degree of freedom has by chance, e, is seen in the interaction, which has (I-1)(J-1) of them.
    Without it there remain s - (I-1)e of a setting's share s, and t - (J-1)e of a start's t: these
    are the numerators of ω². Where a share has df degrees of freedom and λe remain of it, its
    standard deviation is about e·√(2df + 4λ), as of a noncentral χ².

    Parameters
    ----------
    split : Mapping
        Shares `setting`, `start` and `interaction`, as of `descent.statistics.comparison.variance_split`.
    settings, starts : int
        I and J.

    Returns
    -------
    dict or None
        What remains of `setting` and `start`, not below 0, and the `spread` of their difference,
        one standard deviation; None where there is one setting or one start, or nothing varies.

    References
    ----------
    Hays, W. L. (1963). Statistics for psychologists. Holt, Rinehart & Winston: ω².
    Olejnik, S. & Algina, J. (2003). Generalized eta and omega squared statistics. Psychological
    Methods 8(4), 434-447.
    """
    if min(settings, starts) < 2 or not (split["setting"] + split["start"] + split["interaction"]):
        return None
    freedoms = {"setting": settings - 1, "start": starts - 1}
    chance = max(split["interaction"], 0.0) / math.prod(freedoms.values())
    remaining = {name: max(split[name] - df * chance, 0.0) for name, df in freedoms.items()}
    squares = 2.0 * sum(freedoms.values()) * chance**2 + 4.0 * chance * sum(remaining.values())
    return remaining | {"spread": math.sqrt(squares)}


def budget_rows(budgets: Table, methods: Sequence[str]) -> dict:
    """Return each method's score as the best of k settings, at about ten and at the largest k.

    The k are common to all methods.
    """
    tried = [set(select(budgets, method=method)["trials"].tolist()) for method in methods]
    common = sorted(set.intersection(*tried))
    few = max((k for k in common if k <= FEW_TRIALS), default=0)
    trials = sorted({few, *common[-1:]} - {0})
    scores = {
        method: [_only(budgets, method=method, trials=k) for k in trials] for method in methods
    }
    if all(score["never"] == 1.0 for at in scores.values() for score in at):
        return {"trials": [], "rows": []}  # nothing to compare
    return {
        "trials": trials,
        "rows": [{"method": method, "at": at} for method, at in scores.items()],
    }


def _taken(methods: Sequence[str], parameter: str) -> bool:
    """Tell whether one of the methods has the parameter; one that is unknown may have any."""
    return any(name not in METHODS or parameter in METHODS[name].parameters for name in methods)


def _only(table: Table, **values: object) -> dict:
    """Return the one row with these values."""
    return rows(select(table, **values))[0]


def _median(times: np.ndarray) -> float:
    """Return the lower median, NaN where fewer than half of the runs have a time."""
    ordered = np.sort(np.where(np.isfinite(times), times, np.inf))
    middle = float(ordered[(len(ordered) - 1) // 2])
    return middle if math.isfinite(middle) else math.nan


def _infinite(value: float) -> float:
    """Return a number of a table, infinite where it is null."""
    return math.inf if math.isnan(value) else value


def _inverse(value: float) -> float:
    """Return 1 / value, where null stands for infinity."""
    if math.isnan(value):
        return 0.0
    return 1.0 / value if value else math.inf
