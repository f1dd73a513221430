"""Which method is better, by rules stated once: each answer a row for a table of the findings.

Every function takes what `descent.report.problems.summarise_problem` returns.
"""

import math
from collections.abc import Mapping, Sequence

from descent.core.methods import METHODS
from descent.statistics.anova import beyond_chance

SIGNIFICANCE = 0.05  # level, after correction for all comparisons
QUESTION = ("momentum", "gradient_descent")  # is the first, tuned, better than the second?
CLEARLY = 2.0  # standard deviations, by which parts of a variance must differ
ANSWERS = {
    "yes": ("yes", ""),
    "no": ("no, it is worse", ""),
    "same": ("no difference", ""),
    "never": ("not shown", "neither reaches the target"),
    "absent": ("not asked", "both would have to be swept"),
    "unclear": ("not shown", "the interval of the ratio holds 1"),
    "few": ("not shown", "the sign test leaves room for chance"),
    "opposed": ("not shown", "ratio and sign test disagree"),
}
"""What each kind of verdict means, and why."""


def pairwise_of(pairwise: Sequence[Mapping], method: str, against: str) -> dict | None:
    """Return the comparison of two methods, as seen from the first; None if none was made."""
    for row in pairwise:
        if (row["method"], row["against"]) == (method, against):
            return dict(row)
        if (row["method"], row["against"]) == (against, method):
            turned: dict = {"method": method, "against": against}
            turned |= {"wins": row["losses"], "losses": row["wins"]}
            for end, other in (("", ""), ("_low", "_high"), ("_high", "_low")):
                turned[f"ratio{end}"] = _inverse(row[f"ratio{other}"])
                turned[f"success_difference{end}"] = -row[f"success_difference{other}"]
            return {**row, **turned}
    return None


def verdict_on(summary: Mapping, question: tuple[str, str] = QUESTION) -> dict:
    """Decide whether a tuned method is better than another one.

    It is better (`yes`) if the interval of the ratio of expected running times lies below 1 and
    it is first on more starts than the other, with a corrected p below 0.05. It is worse (`no`)
    if both hold the other way round. Else nothing is shown, which is not the same as equal.

    Returns
    -------
    dict
        `kind`, a key of `ANSWERS`, where `same` is first on no start and needs as much in all;
        its `answer` and `reason` in words; `one` and `other`, their selected settings (None if
        absent); and `pair`, their comparison.
    """
    selected = {row["method"]: row for row in summary["selected"]}
    one, other = (selected.get(method) for method in question)
    pair = pairwise_of(summary["pairwise"], *question)
    kind = _kind_of_verdict(one, other, pair)
    answer, reason = ANSWERS[kind]
    found = {"kind": kind, "answer": answer, "reason": reason}
    return found | {"one": one, "other": other, "pair": pair}


def leader_of(selected: Sequence[Mapping]) -> str:
    """Return the method with which all others are compared: the quickest on the tuning starts."""
    charged, success = "tuning_expected_running_time_charged", "tuning_success_rate"
    return min(selected, key=lambda row: (row[charged], -row[success], row["method"]))["method"]


def rivals_of(summary: Mapping) -> list[str]:
    """Return the methods of which any may be the quickest, in the order of the selected settings.

    They are those that reach the target and are not shown to be slower than the leader: the
    interval of their ratio to it holds 1, or lies below. The leader is one of them, unless another
    is shown to be quicker. Intervals of two running times by themselves may overlap, and one of
    the methods be the quicker from every start: hence the ratios, on the same resamples.
    """
    selected = summary["selected"]
    leader, first = leader_of(selected), selected[0]["method"]
    found, quicker = [], False
    for row in selected:
        pair = pairwise_of(summary["pairwise"], row["method"], leader)
        slower = pair is not None and pair["ratio_low"] > 1.0
        if row["reached"] and (row["method"] == first or not slower):
            found.append(row["method"])
            quicker |= pair is not None and pair["ratio_high"] < 1.0
    return [method for method in found if method != leader or method == first or not quicker]


def named_beside_selected(summary: Mapping) -> list[dict]:
    """Set each method's best named run beside its selected setting, by how often they arrive."""
    rates = {row["method"]: row["success_rate"] for row in summary["selected"]}
    found = []
    for method in METHODS:
        runs = [row for row in summary["named"] if row["run"]["method"] == method]
        if runs:
            own, whole = (max(row[f"{within}_share"] for row in runs) for within in ("own", "all"))
            selected = rates.get(method, math.nan)
            found.append({"method": method, "own": own, "all": whole, "selected": selected})
    return found


def optimism(summary: Mapping) -> tuple[int, int]:
    """Count the selected settings that cost more than on the starts that selected them; and all."""
    ert = "expected_running_time_charged"
    rows = [row for row in summary["selected"] if row["reached"] and row["tuning_success_rate"]]
    return sum(row[ert] > row[f"tuning_{ert}"] for row in rows), len(rows)


def deciding(summary: Mapping) -> dict | None:
    """Tell whether the method or the start decides more about success; None if nothing varies.

    One of them `decides` more if its part, beyond what chance would give it, exceeds the other's
    by two standard deviations.
    """
    for row in summary["anova"]:
        if row["method"] is None:
            found = beyond_chance(row, len(summary["selected"]), summary["evaluation"])
            if found is None:
                return None
            difference = found["setting"] - found["start"]
            more = "the method" if difference > 0.0 else f"the {summary['problem'].start_word}"
            clear = abs(difference) > CLEARLY * found["spread"]
            rest = max(1.0 - found["setting"] - found["start"], 0.0)
            return found | {"rest": rest, "decides": more if clear else "open"}
    return None


def _kind_of_verdict(one: Mapping | None, other: Mapping | None, pair: Mapping | None) -> str:
    if one is None or other is None or pair is None:
        return "absent"
    if not one["reached"] and not other["reached"]:
        return "never"
    alike = one["expected_running_time"] == other["expected_running_time"]
    if pair["wins"] == pair["losses"] == 0 and alike:
        return "same"
    decided = pair["adjusted_p"] < SIGNIFICANCE
    quicker, slower = pair["ratio_high"] < 1.0, pair["ratio_low"] > 1.0
    leads = pair["wins"] > pair["losses"]
    if decided and ((quicker and leads) or (slower and not leads)):
        return "yes" if quicker else "no"
    if not (quicker or slower):
        return "unclear"
    return "opposed" if decided else "few"


def _inverse(value: float) -> float:
    return 1.0 / value if value else math.inf
