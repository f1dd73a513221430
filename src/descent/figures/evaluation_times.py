"""Hitting times of the selected settings on fresh starts, as figures show them."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
from pandas import DataFrame

from descent.core.problem import Problem
from descent.tables.parquet import read_groups
from descent.tables.schemas import evaluation_schema, hitting_time_name
from descent.words.names import methods_in_order


def read_evaluation(
    problem: Problem, path: str | Path, selected: DataFrame, configuration: Mapping
) -> DataFrame:
    """Read of the large table `evaluation` what figures show.

    Parameters
    ----------
    problem : Problem
        Whose evaluation it is.
    path, configuration
        As in `descent.tables.parquet.read`, with its errors.
    selected : DataFrame
        The table `descent.tables.schemas.SELECTED`.

    Returns
    -------
    DataFrame
        The runs of the selected settings; the hitting times of all targets at the headline's hold.
    """
    verse, hold = problem.sweep["multiverse"], problem.sweep["headline"]["hold"]
    names = [hitting_time_name(target, hold) for target in verse["targets"]]
    groups = read_groups(
        evaluation_schema(verse), path, ["candidate", "start", *names], configuration
    )
    return pd.concat(rows[rows["candidate"].isin(selected["candidate"])] for rows in groups)


def times_by_method(problem: Problem, tables: Mapping[str, DataFrame], target: float) -> DataFrame:
    """Return when each method's best of all settings reaches a target, from the fresh starts.

    Parameters
    ----------
    problem : Problem
        What methods are compared on.
    tables : Mapping
        `selected` and `evaluation`, of the latter what `read_evaluation` reads at least.
    target : float
        Of the multiverse; it counts for the headline's hold.

    Returns
    -------
    DataFrame
        A row per start and a column per method, in iterations; infinite where the target is not
        reached within the budget.
    """
    best = tables["selected"].query("trials == 0").set_index("method")["candidate"]
    best = best[methods_in_order(best.index)]
    column = hitting_time_name(target, problem.sweep["headline"]["hold"])
    times = tables["evaluation"].pivot(index="start", columns="candidate", values=column)[best]
    return times.where(times <= problem.sweep["iterations"], np.inf).set_axis(best.index, axis=1)
