"""The comparison's answers in sentences, each made from the numbers of `descent.problems`.

Every function takes what `descent.problems.summarise` returns, with `place`, where the problem
is ("on the Rosenbrock function"), and `unit`, what is drawn anew ("start" or "seed").
"""

import math
from collections.abc import Mapping

from descent.formulas import in_order
from descent.problems import LEVEL, verdict
from descent.wording import (
    capital,
    counted,
    joined,
    number,
    plain,
    points,
    probability,
    share,
)

QUESTION = ("momentum", "gradient_descent")  # is the first, tuned, better than the second?
RULE = (
    "“Yes” takes two things: the 95 % interval of the ratio of the two expected running times "
    "lies below 1, and momentum is first at the target on more starts than gradient descent, "
    f"with p below {LEVEL:g} in a sign test, adjusted for all comparisons on the same problem "
    "(Holm). “No” takes both the other way round. All else is “not shown”: that is not “equal”."
)


def answer(comparison: Mapping, question: tuple[str, str] = QUESTION) -> tuple[str, str]:
    """Answer whether the first of two tuned methods is better than the second.

    Returns
    -------
    lead, text : str
        The answer in a few words, and what it rests on.
    """
    found = verdict(comparison, *question)
    where = capital(comparison["place"])
    first, second = (f"tuned {plain(method)}" for method in question)
    if found["kind"] == "absent":
        compared = joined([plain(row["method"]) for row in comparison["choices"]])
        return f"{where}: not asked.", (
            f"{capital(joined([plain(method) for method in question]))} are not both among the "
            f"methods that were swept, which are: {compared}."
        )
    if found["kind"] == "never":
        return f"{where}: neither arrives.", (
            f"Within {counted(comparison['sweep']['iterations'], 'iteration')}, {first} and "
            f"{second} reach the target from none of the {_judges(comparison)}. Which of them "
            "is better cannot be said; a target less ambitious, or a larger budget, could."
        )
    if found["kind"] == "same":
        return f"{where}: no difference.", _sameness(found, comparison)
    lead = {"yes": "yes", "no": "no, it is worse", "undecided": "not shown"}[found["kind"]]
    parts = [
        _running_times(found, first, second),
        _firsts(found, comparison),
        _successes(found, comparison),
        _reason(found, comparison),
        _gamble(found, comparison),
    ]
    return f"{where}: {lead}.", " ".join(filter(None, parts))


def _sameness(found: Mapping, comparison: Mapping) -> str:
    """Tell why two tuned methods need the same everywhere."""
    one, other = found["method"], found["against"]
    first, second = plain(one["method"]), plain(other["method"])
    same = f"both need the same iterations on each of the {_judges(comparison)}, {_cost(one)}."
    if one["momentum"] == 0.0 and other["method"] == "gradient_descent":
        tried = counted(one["settings"], "setting")
        return f"The best of {tried} of {first} has momentum 0, which is {second}: {same}"
    return f"Tuned {first} and tuned {second} part nowhere: {same}"


def _running_times(found: Mapping, first: str, second: str) -> str:
    """Tell both expected running times and their ratio."""
    one, other, contrast = found["method"], found["against"], found["contrast"]
    for arrives, fails, name, loser in ((one, other, first, second), (other, one, second, first)):
        if not fails["reached"]:
            return f"{capital(loser)} never reaches the target; {name} does, {_cost(arrives)}."
    low, high = number(contrast["ratio_low"]), number(contrast["ratio_high"])
    return (
        f"{capital(first)} takes {number(one['expected_running_time'])} iterations per success, "
        f"{second} {number(other['expected_running_time'])}: {number(contrast['ratio'])} times as "
        f"many (95\u00a0% interval {low} to {high})."
    )


def _firsts(found: Mapping, comparison: Mapping) -> str:
    """Tell who is first at the target on how many starts."""
    contrast = found["contrast"]
    wins, losses, ties = contrast["wins"], contrast["losses"], contrast["ties"]
    rest = f", with {counted(ties, 'tie')}" if ties else ""
    return (
        f"Of the {_judges(comparison)}, {plain(contrast['method'])} is first at the target on "
        f"{number(wins)}, {plain(contrast['against'])} on {number(losses)}{rest} "
        f"(adjusted {probability(contrast['adjusted_p'])})."
    )


def _successes(found: Mapping, comparison: Mapping) -> str:
    """Tell how often each reaches the target, and the difference."""
    one, other, contrast = found["method"], found["against"], found["contrast"]
    if comparison["held_out"] == 1:
        return ""
    if not one["reached"] or not other["reached"]:
        arrives = one if one["reached"] else other
        low, high = share(arrives["success_low"]), share(arrives["success_high"])
        return (
            f"{capital(plain(arrives['method']))} gets there from {share(arrives['success_rate'])} "
            f"of them (95\u00a0% interval {low} to {high})."
        )
    if one["success_rate"] == other["success_rate"] == 1.0:
        return "Both get there from all of them."
    low, high = contrast["success_difference_low"], contrast["success_difference_high"]
    if low == high == 0.0:
        return f"Both get there from the same {share(one['success_rate'])} of them."
    return (
        f"They get there from {share(one['success_rate'])} and {share(other['success_rate'])} of "
        f"them, a difference of {points(contrast['success_difference'])} percentage points "
        f"(95\u00a0% interval {points(low)} to {points(high)})."
    )


def _reason(found: Mapping, comparison: Mapping) -> str:
    """Tell why nothing is shown."""
    quicker = found["contrast"]["ratio_high"] < 1.0
    unit = comparison["unit"]
    return {
        "single": f"One {unit} says nothing of other {unit}s.",
        "unclear": "The interval holds 1, so either may be the quicker.",
        "few": f"The interval lies {'below' if quicker else 'above'} 1, but the sign test leaves "
        "room for chance.",
        "opposed": "The two measures disagree: over all runs "
        f"{plain(found['method']['method'])} is the {'quicker' if quicker else 'slower'}, but on "
        f"more {unit}s the {'later' if quicker else 'earlier'} one.",
    }.get(found["reason"], "")


def _gamble(found: Mapping, comparison: Mapping) -> str:
    """Tell which of the two diverge more often than they arrive, and how they do without."""
    rash = [
        f"{plain(row['method'])} diverges on {share(row['diverged'] / row['held_out_runs'])}"
        for row in (found["method"], found["against"])
        if row["diverged"] > row["reached"] > 0
    ]
    if not rash:
        return ""
    safe = {row["method"]: row for row in comparison["reliable"]}
    pair = [safe[found[name]["method"]] for name in ("method", "against")]
    reliably = joined(
        [
            f"{plain(row['method'])} gets there from {share(row['success_rate'])} "
            f"({number(row['expected_running_time'])} iterations per success)"
            for row in pair
        ]
    )
    return (
        f"But {joined(rash)}, more often than it arrives: a run that overflows at once costs "
        f"little, so this is a gambler’s choice. Tuned for the success rate instead, {reliably}."
    )


def named_answer(comparison: Mapping) -> str:
    """Tell what the settings of the named runs would have shown."""
    named, judges = comparison["named"], _judges(comparison)
    if not named:
        return ""
    methods = in_order({row["run"]["method"] for row in named})
    budget = comparison["sweep"]["iterations"]

    def best(share_of: str) -> dict[str, float]:
        return {
            method: max(row[share_of] for row in named if row["run"]["method"] == method)
            for method in methods
        }

    own, whole = best("own_share"), best("all_share")
    if any(own.values()):
        text = f"from {_shares(own)} of the {judges} at most"
    else:
        text = f"from none of the {judges}"
    if whole == own:
        more = any(row["run"]["iterations"] < budget for row in named)
        text += f"; the whole budget of {number(budget)} adds nothing" if more else ""
    else:
        text += f", within the whole budget of {number(budget)} from {_shares(whole)}"
    rates = {row["method"]: row["success_rate"] for row in comparison["choices"]}
    tuned = {method: rates[method] for method in methods if method in rates}
    beside = f". Tuned, it is {_shares(tuned)}" if tuned else ""
    return (
        f"{capital(comparison['place'])}, the {counted(len(named), 'named setting')} "
        f"{'reaches' if len(named) == 1 else 'reach'} the target within "
        f"{'its' if len(named) == 1 else 'their'} own iterations {text}{beside}."
    )


def first_of_all(comparison: Mapping) -> str:
    """Tell which of all methods comes first, and how clearly."""
    where, choices = capital(comparison["place"]), comparison["choices"]
    reaching = [row for row in choices if row["reached"]]
    judges = _judges(comparison)
    if not reaching:
        if len(choices) == 1:
            name = plain(choices[0]["method"])
            return (
                f"{where}, {name}, the only method, reaches the target from none of the {judges}."
            )
        return f"{where}, no method reaches the target from any of the {judges}."
    best = reaching[0]
    name = plain(best["method"])
    if len(choices) == 1:
        return f"{where}, {name} is the only method, {_cost(best)}."
    lead = f"{where}, {name} comes first of {number(len(choices))} methods, {_cost(best)}"
    if len(reaching) == 1:
        return f"{lead}; no other reaches the target."
    second = reaching[1]
    return (
        f"{lead}; {plain(second['method'])} follows, {_cost(second)}. The intervals "
        f"{'overlap' if _end(best) >= second['running_time_low'] else 'do not overlap'}."
    )


def curse(comparison: Mapping) -> str:
    """Tell of how many methods the score they were chosen by was too good to be true."""
    judged = [row for row in comparison["choices"] if row["reached"] and row["tuned_success_rate"]]
    if not comparison["apart"] or not judged:
        return ""
    worse = sum(row["expected_running_time"] > row["tuned_running_time"] for row in judged)
    return (
        f"On {comparison['unit']}s that had no part in the choice, {number(worse)} of "
        f"{counted(len(judged), 'method')} {'does' if worse == 1 else 'do'} worse than the score "
        "by which the setting was chosen."
    )


def variation(comparison: Mapping) -> str:
    """Tell how success, all methods tuned, splits into the method's part and the start's."""
    unit = comparison["unit"]
    for row in comparison["variance"]:
        if row["method"] is None and row["varies"]:
            return (
                f"Of the variation in success among the tuned methods, {share(row['setting'])} is "
                f"the method’s, {share(row['start'])} the {unit}’s and {share(row['interaction'])} "
                "that of both together: some methods fail where others do not."
            )
    return ""


def stays(comparison: Mapping) -> str:
    """Tell which tuned methods mostly leave the target after they first hit it."""
    found = [plain(row["method"]) for row in comparison["hits"] if 2 * row["left"] > row["hit"]]
    if not found:
        return "A first hit need not last; here it mostly does."
    leave = "leaves" if len(found) == 1 else "leave"
    return (
        f"A first hit need not last: {joined(found)} {leave} the target again more often than not."
    )


def plateau(comparison: Mapping) -> str:
    """Tell how many trainings end at a constant prediction, even as tuned."""
    choices = comparison["choices"]
    stuck = sum(row["plateau"] for row in choices)
    runs = sum(row["held_out_runs"] for row in choices)
    if not stuck:
        return "As tuned, no training ends on the plateau of a constant prediction."
    most = max(choices, key=lambda row: row["plateau"])
    least = min(choices, key=lambda row: row["plateau"])
    text = (
        f"Even as tuned, {share(stuck / runs)} of the trainings end on the plateau of a constant "
        "prediction, where dead units leave nothing to learn from"
    )
    if most["plateau"] == least["plateau"]:
        return f"{text}."
    return (
        f"{text}: from {share(least['plateau'] / least['held_out_runs'])} with "
        f"{plain(least['method'])} to {share(most['plateau'] / most['held_out_runs'])} with "
        f"{plain(most['method'])}."
    )


def generalisation(comparison: Mapping, optimum: float) -> str:
    """Tell how well the tuned networks classify fresh samples, beside the best that is possible."""
    accuracies = {row["test_accuracy"]: row for row in comparison["choices"]}
    least, most = min(accuracies), max(accuracies)
    low, high = (
        f"{share(accuracy, 1)} ({plain(accuracies[accuracy]['method'])})"
        for accuracy in (least, most)
    )
    found = low if least == most else f"between {low} and {high}"
    return (
        f"The median network classifies {found} of fresh samples correctly, of at most "
        f"{share(optimum, 1)}."
    )


def gambles(comparison: Mapping) -> str:
    """Tell which choices diverge more often than they arrive."""
    found = [
        f"{plain(row['method'])} ({share(row['diverged'] / row['held_out_runs'])})"
        for row in comparison["choices"]
        if row["diverged"] > row["reached"] > 0
    ]
    if not found:
        return ""
    one = len(found) == 1
    return (
        f"A choice may be a gamble: {joined(found)} {'diverges' if one else 'diverge'} at the "
        f"chosen setting more often than {'it arrives' if one else 'they arrive'}. "
        "Runs that overflow at once cost little, and the expected running time rewards that."
    )


def _shares(shares: Mapping[str, float]) -> str:
    """Write a share for each method: 19 % (momentum) and 0 % (gradient descent)."""
    return joined([f"{share(value)} ({plain(method)})" for method, value in shares.items()])


def _judges(comparison: Mapping) -> str:
    """Name the starts to judge by."""
    held_out = "held-out " if comparison["apart"] else ""
    return counted(comparison["held_out"], f"{held_out}{comparison['unit']}")


def _cost(row: Mapping) -> str:
    low, high = number(row["running_time_low"]), number(_end(row))
    return (
        f"with {number(row['expected_running_time'])} iterations per success "
        f"(95\u00a0% interval {low} to {high})"
    )


def _end(row: Mapping) -> float:
    """Return the upper end of a running time's interval, infinite where it is null."""
    high = row["running_time_high"]
    return math.inf if math.isnan(high) else high
