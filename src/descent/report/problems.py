"""What the tables of a problem say of the methods compared on it, as rows for the report.

Numbers here are taken from the tables, or counted in them.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import pandas as pd

from descent.core.methods import METHODS
from descent.core.parameters import PARAMETERS
from descent.core.problem import Problem
from descent.core.statuses import STATUSES
from descent.statistics.multiverse import Share, flips
from descent.statistics.wilson import proportion_interval
from descent.tables.parquet import read_groups
from descent.tables.schemas import SETTING_NAMES, evaluation_schema, hitting_time_name

TOLD_TRIALS = (1, 5, 20)  # settings tried, at which the tuning curve is told
OF_NETWORKS = ("dead", "stuck", "budget")  # final states told apart even where there are none


def summarise_problem(
    problem: Problem, question: Mapping, tables: Mapping[str, pd.DataFrame]
) -> dict:
    """Gather what there is to say of a problem.

    Parameters
    ----------
    problem : Problem
        What the methods are compared on.
    question : Mapping
        The configuration's: whether `method` is faster than `against`.
    tables : Mapping of str to DataFrame
        Its tables by the names of their files, but for sweep, further, paths and training curves;
        of its `evaluation` the columns `candidate` and the headline's hitting times.

    Returns
    -------
    dict
        The `problem`; the numbers of settings `tried`, the headline's first and 0, for all, where
        that is another; by these the rows of `selected` (the quickest first), `pairwise` and what
        is `asked` (None if the pair is not swept, as its share of `protocols`); and all else.
    """
    asked = {"method": question["method"], "against": question["against"]}
    trials, settings = problem.sweep["headline"]["trials"], tables["settings"]
    has_more = any(settings["method"].value_counts() > trials)
    tried = [trials, *([0] if has_more else [])]
    selected = {k: sorted(rows_of(tables["selected"], trials=k), key=_by_time) for k in tried}
    pairwise = {
        k: sorted(rows_of(tables["pairwise"], trials=k), key=lambda row: row["role"] != "question")
        for k in tried
    }
    methods = [row["method"] for row in selected[trials]]
    pairs = rows_of(tables["levels"], choice="all")
    first = rows_of(tables["first"], choice="all")
    return {
        "problem": problem,
        "tried": tried,
        "swept": [name for name in PARAMETERS if problem.sweep.get(name) and _has(methods, name)],
        "selected": selected,
        "pairwise": pairwise,
        "asked": {k: of_pair(pairwise[k], **asked) for k in tried},
        "protocols": of_pair(pairs, **asked),
        "effects": sorted(rows_of(tables["effects"], **asked), key=lambda row: -row["share"]),
        "flipped_by": flipping(rows_of(tables["levels"], **asked)),
        "pairs": pairs,
        "first": sorted(first, key=lambda row: (-row["share"], row["method"])),
        "shrinkage": shrinkage_rows(tables["shrinkage"]),
        "tuning_curve": tuning_rows(tables["tuning_curve"], methods),
        "outcomes": {
            "selected": outcome_counts(pd.DataFrame(selected[trials]), problem.kind),
            "all": outcome_counts(settings, problem.kind),
        },
        "anova": anova_rows(tables["anova"], methods),
        "named": named_rows(problem, tables["candidates"], tables["evaluation"]),
        "tested": tested_rows(selected[trials], settings),
        "settings": len(settings),
        "runs": int(settings["runs"].sum()),
    }


def named_times(problem: Problem, path: str | Path, configuration: Mapping) -> pd.DataFrame:
    """Read of the large table `evaluation` what `summarise_problem` asks for.

    Parameters
    ----------
    problem : Problem
        Whose evaluation it is.
    path, configuration
        As in `descent.tables.parquet.read`, with its errors.
    """
    headline, verse = problem.sweep["headline"], problem.sweep["multiverse"]
    names = ["candidate", hitting_time_name(headline["target"], headline["hold"])]
    return pd.concat(read_groups(evaluation_schema(verse), path, names, configuration))


def rows_of(table: pd.DataFrame, **wanted: object) -> list[dict]:
    """Return the rows of a table that have these values."""
    for name, value in wanted.items():
        table = table[table[name] == value]
    return table.to_dict("records")


def of_pair(rows: Iterable[Mapping], method: str, against: str) -> Mapping | None:
    """Return the row that compares one method with another, in this order, if there is one."""
    return next((row for row in rows if (row["method"], row["against"]) == (method, against)), None)


def flipping(levels: Iterable[Mapping]) -> list[str]:
    """Return the choices that flip a statement by themselves, of its rows of `levels`."""
    shares: dict[str, list[Share]] = {}
    for row in levels:
        shares.setdefault(row["choice"], []).append(Share(row["share"], row["decided"]))
    return [choice for choice, own in shares.items() if flips(own)]


def outcome_counts(table: pd.DataFrame, kind: str) -> dict[str, dict[str, int]]:
    """Count the outcomes of each method's runs: those that occur, of a network all that differ."""
    counts = table.groupby("method")[list(STATUSES)].sum()
    told = OF_NETWORKS if kind == "network" else ()
    return counts[[name for name in STATUSES if counts[name].any() or name in told]].to_dict(
        "index"
    )


def shrinkage_rows(table: pd.DataFrame) -> dict:
    """Return speed-ups of each pair of methods (`rows`) by each basis (`bases`)."""
    rows: dict[tuple, dict] = {}
    for row in table.to_dict("records"):
        rows.setdefault((row["method"], row["against"]), {})[row["basis"]] = row["speed_up"]
    return {"bases": table["basis"].unique().tolist(), "rows": rows}


def tuning_rows(curve: pd.DataFrame, methods: Sequence[str]) -> dict:
    """Return each method's scores on both splits (`rows`) at some numbers tried (`counts`)."""
    most = curve["settings_tried"].max()
    counts = [k for k in sorted({*TOLD_TRIALS, most}) if k in set(curve["settings_tried"])]
    rows = {
        name: [
            [row["score"] for row in rows_of(curve, method=name, settings_tried=k)] for k in counts
        ]
        for name in methods
    }
    return {"counts": counts, "rows": rows}


def anova_rows(anova: pd.DataFrame, methods: Sequence[str]) -> list[dict]:
    """Return how success varies, among the selected settings first; `method` is None there."""
    found = anova.to_dict("records")
    for row in found:
        row["method"] = row["among"] if row["among"] in methods else None
    return sorted(found, key=lambda row: [None, *methods].index(row["method"]))


def named_rows(problem: Problem, candidates: pd.DataFrame, evaluation: pd.DataFrame) -> list[dict]:
    """Count from how many starts the settings of named runs reach the target.

    Each counts within the run's own iterations (`own`) and within the budget (`all`), from the
    evaluation starts and, where the run draws its start, from such as it draws.
    """
    headline, budget = problem.sweep["headline"], problem.sweep["iterations"]
    column = hitting_time_name(headline["target"], headline["hold"])
    found = []
    for run in problem.runs:
        for kind in ("named", "drawn"):
            for reason in rows_of(candidates, kind=kind, name=run["name"]):
                times = evaluation.loc[evaluation["candidate"] == reason["candidate"], column]
                row = {"run": run, "kind": kind, "runs": len(times)}
                for within, limit in (("own", run["iterations"]), ("all", budget)):
                    reached = int((times <= min(limit, budget)).sum())
                    low, high = proportion_interval(reached, len(times))
                    row[within] = {"share": reached / len(times), "low": low, "high": high}
                found.append(row)
    return found


def tested_rows(selected: Sequence[Mapping], settings: pd.DataFrame) -> list[dict]:
    """Return what the selected settings' networks do on held-out samples, on the tuning seeds."""
    chosen = pd.DataFrame(selected)[list(SETTING_NAMES)]
    joint = chosen.merge(settings, on=list(SETTING_NAMES), how="left", validate="one_to_one")
    return joint[["method", "runs", "test_loss", "test_accuracy"]].to_dict("records")


def _by_time(row: Mapping) -> tuple:
    return row["expected_running_time"], row["method"]


def _has(methods: Sequence[str], parameter: str) -> bool:
    """Tell whether one of the methods has the parameter; one that is unknown may have any."""
    return any(name not in METHODS or parameter in METHODS[name].parameters for name in methods)
