"""What the tables of a problem say of the methods compared on it, as rows for the report.

Numbers here are taken from the tables, or counted in them.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from descent.core.methods import METHODS
from descent.core.parameters import PARAMETERS
from descent.core.problem import Problem
from descent.core.statuses import STATUSES
from descent.statistics.wilson import proportion_interval
from descent.tables.schemas import SETTING_NAMES

FEW_SETTINGS = 10  # tried, of which the best is shown beside the best of all


def summarise_problem(problem: Problem, tables: Mapping[str, pd.DataFrame]) -> dict:
    """Gather what there is to say of a problem.

    Parameters
    ----------
    problem : Problem
        What the methods are compared on.
    tables : Mapping of str to DataFrame
        Its tables `settings`, `selected`, `pairwise`, `tuning_curve`, `anova` and `evaluation`.

    Returns
    -------
    dict
        The `problem`; rows of the tables `selected` (the quickest method first), `pairwise`,
        `outcomes` (over all settings), `selected_outcomes`, `tuning_curve`, `anova`, `hits` and
        `named`; the parameters `swept`; and the numbers of starts, settings and runs.
    """
    settings = tables["settings"]
    selected = selected_rows(tables["selected"], settings)
    evaluation = at_target(tables["evaluation"], problem.sweep["target"])
    methods = [row["method"] for row in selected]
    ends = settings.groupby("method")[list(STATUSES)].sum()
    place = {method: i for i, method in enumerate(methods)}
    pairwise = tables["pairwise"].sort_values(["against", "method"], key=lambda c: c.map(place))
    return {
        "problem": problem,
        "swept": [name for name in PARAMETERS if problem.sweep.get(name) and _has(methods, name)],
        "selected": selected,
        "pairwise": pairwise.to_dict("records"),
        "outcomes": outcome_counts(ends, methods),
        "selected_outcomes": outcome_counts(pd.DataFrame(selected).set_index("method"), methods),
        "tuning_curve": tuning_rows(tables["tuning_curve"], methods),
        "anova": anova_rows(tables["anova"], methods),
        "hits": hit_rows(evaluation, methods),
        "named": named_rows(evaluation, problem),
        "tuning": selected[0]["tuning_runs"],
        "evaluation": selected[0]["evaluation_runs"],
        "settings": sum(row["settings_tried"] for row in selected),
        "runs": int(settings["runs"].sum()),
    }


def selected_rows(selected: pd.DataFrame, settings: pd.DataFrame) -> list[dict]:
    """Return the selected settings, the quickest on the evaluation starts first.

    Each also has what its row of the settings, on the evaluation starts, says beyond the score.
    """
    further = [*SETTING_NAMES, *STATUSES, "test_loss", "test_accuracy"]
    evaluated = settings.loc[settings["part"] == "evaluation", further]
    joint = selected.merge(evaluated, on=list(SETTING_NAMES), validate="one_to_one")
    return joint.sort_values(["expected_running_time", "method"]).to_dict("records")


def outcome_counts(counts: pd.DataFrame, methods: Sequence[str]) -> dict[str, dict[str, int]]:
    """Return the outcomes of each method's runs, of those that occur at all."""
    occurring = [name for name in STATUSES if counts[name].any()]
    return counts.loc[list(methods), occurring].to_dict("index")


def at_target(evaluation: pd.DataFrame, target: float) -> pd.DataFrame:
    """Return the evaluation runs at one of their targets: the sweep's own."""
    targets = evaluation["target"].unique()
    return evaluation[evaluation["target"] == targets[np.abs(np.log(targets / target)).argmin()]]


def hit_rows(evaluation: pd.DataFrame, methods: Sequence[str]) -> list[dict]:
    """Set each selected setting's hitting times beside the times from which it stays."""
    found = []
    selected = evaluation[evaluation["kind"] == "selected"]
    for method in methods:
        own = selected[selected["candidate"] == method]
        hits, stays = own["hitting_time"].to_numpy(), own["stays_from"].to_numpy()
        counts = {
            "hit": int(np.isfinite(hits).sum()),
            "stay": int(np.isfinite(stays).sum()),
            "left": int((np.isfinite(hits) & (stays != hits)).sum()),
        }
        medians = {"median_hit": lower_median(hits), "median_stay": lower_median(stays)}
        found.append({"method": method, "runs": len(own), **counts, **medians})
    return found


def named_rows(evaluation: pd.DataFrame, problem: Problem) -> list[dict]:
    """Count on how many evaluation starts the settings of each named run reach the target.

    Each counts twice: within the run's own iterations, and within the sweep's budget, which may
    be the shorter.
    """
    found = []
    named = evaluation[evaluation["kind"] == "named"]
    for run in problem.runs:
        times = named.loc[named["candidate"] == run["name"], "hitting_time"]
        row: dict[str, Any] = {"run": run, "starts": len(times)}
        for within, limit in (("own", run["iterations"]), ("all", problem.sweep["iterations"])):
            row[within] = int((times <= limit).sum())
            row[f"{within}_share"] = row[within] / len(times)
            row[f"{within}_interval"] = proportion_interval(row[within], len(times))
        found.append(row)
    return found


def anova_rows(anova: pd.DataFrame, methods: Sequence[str]) -> list[dict]:
    """Return how success varies, among the selected settings first; `method` is None there."""
    found = anova.to_dict("records")
    for row in found:
        row["method"] = row["among"] if row["among"] in methods else None
    return sorted(found, key=lambda row: [None, *methods].index(row["method"]))


def tuning_rows(curve: pd.DataFrame, methods: Sequence[str]) -> dict:
    """Return each method's score as the best of k settings, at about ten and at the largest k.

    The k, `counts`, are common to all methods; `rows` holds a list of scores for each method.
    """
    common = sorted(set.intersection(*curve.groupby("method")["settings_tried"].agg(set)))
    few = max((k for k in common if k <= FEW_SETTINGS), default=common[0])
    counts = sorted({few, common[-1]})
    scores = curve.set_index(["method", "settings_tried"])
    rows = {name: [scores.loc[(name, k)].to_dict() for k in counts] for name in methods}
    return {"counts": counts, "rows": rows}


def lower_median(times: np.ndarray) -> float:
    """Return the lower median, infinite where fewer than half of the times are finite."""
    return float(np.sort(times)[(len(times) - 1) // 2])


def _has(methods: Sequence[str], parameter: str) -> bool:
    """Tell whether one of the methods has the parameter; one that is unknown may have any."""
    return any(name not in METHODS or parameter in METHODS[name].parameters for name in methods)
