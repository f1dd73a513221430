"""The comparison's answers in sentences, each made from the numbers of `descent.report.problems`.

Every function takes what `descent.report.problems.summarise` returns, with `place`, where the problem
is ("on the Rosenbrock function"), and `unit`, what is drawn anew ("start" or "seed").
"""

import math
from collections.abc import Mapping

from descent.report.formulas import in_order
from descent.report.problems import LEVEL, beyond_chance, leader_of, rivals_of, verdict
from descent.words.numbers import (
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
CLEAR = 2.0  # standard deviations, by which parts of a variance must differ
FAST = 2.0  # from here on a ratio is told as so many times as fast
RULE = (
    "“Yes” takes two things: the 95 % interval of the ratio of both expected running times lies "
    "below 1, and momentum is first at the target from more starts than gradient descent, with p "
    f"below {LEVEL:g} in a sign test, adjusted for all comparisons on the same problem (Holm). "
    "“No” takes both the other way round. Anything else is “not shown”, which is not “equal”."
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
            f"{second} {_in_vain(comparison, 'reach')}. Which of them is better cannot be said; "
            "a less ambitious target, or a larger budget, could tell."
        )
    if found["kind"] == "same":
        return f"{where}: no difference.", _sameness(found, comparison)
    lead = {"yes": "yes", "no": "no, it is worse", "undecided": "not shown"}[found["kind"]]
    parts = [
        _running_times(found, first, second),
        _firsts(found, comparison),
        _successes(found, comparison),
        _reason(found, comparison),
    ]
    return f"{where}: {lead}.", " ".join(filter(None, parts))


def _sameness(found: Mapping, comparison: Mapping) -> str:
    """Tell why two tuned methods need the same everywhere."""
    one, other = found["method"], found["against"]
    first, second = plain(one["method"]), plain(other["method"])
    each = "on the" if comparison["held_out"] == 1 else "on each of the"
    same = f"both need the same iterations {each} {_judges(comparison)}, {_cost(one)}."
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
    return (
        f"{capital(first)} needs {number(one['expected_running_time'])} iterations per success, "
        f"{second} {number(other['expected_running_time'])}: {_ratio(contrast)}."
    )


def _ratio(contrast: Mapping) -> str:
    """Tell how the first method's expected running time compares, with its interval."""
    ratio, low, high = (contrast[name] for name in ("ratio", "ratio_low", "ratio_high"))
    if low > 0.0 and high < 1.0 and ratio <= 1.0 / FAST:
        name = plain(contrast["method"])
        speed, least, most = (number(1.0 / value, 2) for value in (ratio, high, low))
        return f"{name} is {speed} times as fast (95\u00a0% interval {least} to {most})"
    least, most = number(low, 2), number(high, 2)
    return f"{number(ratio, 2)} times as many (95\u00a0% interval {least} to {most})"


def _firsts(found: Mapping, comparison: Mapping) -> str:
    """Tell who is first at the target on how many starts."""
    contrast = found["contrast"]
    wins, losses, ties = contrast["wins"], contrast["losses"], contrast["ties"]
    rest = f"{counted(ties, 'tie')}; " if ties else ""
    if comparison["held_out"] == 1:
        sooner = contrast["method"] if wins else contrast["against"]
        return "" if ties else f"From the {_judges(comparison)}, {plain(sooner)} is the sooner."
    return (
        f"Of the {_judges(comparison)}, {plain(contrast['method'])} is first at the target from "
        f"{number(wins)}, {plain(contrast['against'])} from {number(losses)} "
        f"({rest}adjusted {probability(contrast['adjusted_p'])})."
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
            f"{capital(plain(arrives['method']))} arrives from {share(arrives['success_rate'])} "
            f"of them (95\u00a0% interval {low} to {high})."
        )
    if one["success_rate"] == other["success_rate"] == 1.0:
        return "Both arrive from all of them."
    low, high = contrast["success_difference_low"], contrast["success_difference_high"]
    if low == high == 0.0:
        return f"Both arrive from the same {share(one['success_rate'])} of them."
    if one["success_rate"] == other["success_rate"]:
        return (
            f"Both arrive from {share(one['success_rate'])} of them, though not from the same ones."
        )
    return (
        f"They arrive from {share(one['success_rate'])} and {share(other['success_rate'])} of "
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
    if comparison["held_out"] == 1:
        return _named_once(comparison, own, whole)
    subject = "the named setting" if len(named) == 1 else "the best named setting"
    if len(methods) > 1:
        subject += " of each method"
    text = f"{capital(comparison['place'])}, {subject} reaches the target within its iterations "
    text += (
        f"from {_shares(own)} of the {judges}"
        if any(own.values())
        else f"from none of the {judges}"
    )
    if whole != own:
        text += f", and within {_budget(comparison)} from {_shares(whole)}"
    elif any(row["run"]["iterations"] < budget for row in named):
        text += f", and {_budget(comparison)} changes nothing"
    rates = {row["method"]: row["success_rate"] for row in comparison["choices"]}
    tuned = {method: rates[method] for method in methods if method in rates}
    return text + (f". Tuned, it is {_shares(tuned)}." if tuned else ".")


def _named_once(comparison: Mapping, own: Mapping[str, float], whole: Mapping[str, float]) -> str:
    """Tell the same where there is a single start."""

    def those(shares: Mapping[str, float]) -> str:
        names = [plain(method) for method, value in shares.items() if value]
        return f"one of {joined(names)} reaches" if names else "none of the named settings reaches"

    return (
        f"{capital(comparison['place'])}, from the {_judges(comparison)}, {those(own)} the target "
        f"within its iterations, and {those(whole)} it within {_budget(comparison)}."
    )


def _budget(comparison: Mapping) -> str:
    """Name the sweep's budget, which some named run may exceed."""
    budget = comparison["sweep"]["iterations"]
    longer = any(row["run"]["iterations"] > budget for row in comparison["named"])
    return f"the {'sweep’s' if longer else 'whole'} budget of {number(budget)}"


def first_of_all(comparison: Mapping) -> str:
    """Tell which of all methods comes first, and how clearly."""
    where, choices = capital(comparison["place"]), comparison["choices"]
    reaching = [row for row in choices if row["reached"]]
    if not reaching:
        if len(choices) == 1:
            name = plain(choices[0]["method"])
            return f"{where}, {name}, the only method, {_in_vain(comparison, 'reaches')}."
        any_of = f" from any of the {_judges(comparison)}" if comparison["held_out"] > 1 else ""
        return f"{where}, no method reaches the target{any_of}."
    best = reaching[0]
    name = plain(best["method"])
    if len(choices) == 1:
        return f"{where}, {name} is the only method, {_cost(best)}."
    lead = f"{where}, {name} comes first of {number(len(choices))} methods, {_cost(best)}"
    others = reaching[1:]
    if not others:
        return f"{lead}; no other reaches the target."
    if comparison["held_out"] == 1:
        return f"{lead}. One {comparison['unit']} says nothing of other {comparison['unit']}s."
    leader, rivals = leader_of(choices), rivals_of(comparison)
    if rivals == [best["method"]]:
        return f"{lead}; {plain(others[0]['method'])} follows, {_cost(others[0])}."
    if leader != best["method"]:
        open_ = joined([plain(method) for method in rivals])
        return (
            f"{lead}; on the {comparison['unit']}s to tune on it was {plain(leader)}. "
            f"Which of {open_} is the quickest is open."
        )
    if len(rivals) == len(reaching) > 2:
        return f"{lead}. But no other is shown to be slower, so the order is open."
    slower = [plain(method) for method in rivals if method != leader]
    are = "is" if len(slower) == 1 else "are"
    return (
        f"{lead}. {capital(joined(slower))} {are} not shown to be slower, so which of them is the "
        "quickest is open."
    )


def curse(comparison: Mapping) -> str:
    """Tell of how many methods the score they were chosen by was too good to be true."""
    judged = [row for row in comparison["choices"] if row["reached"] and row["tuned_success_rate"]]
    if not comparison["apart"] or not judged:
        return ""
    worse = sum(row["charged_running_time"] > row["tuned_charged_time"] for row in judged)
    how_many = f"{number(worse)} of {counted(len(judged), 'method')}" if worse else "no method"
    return (
        f"On {comparison['unit']}s that had no part in the choice, {how_many} "
        f"{'does' if worse < 2 else 'do'} worse than the score by which the setting was chosen."
    )


def variation(comparison: Mapping) -> str:
    """Tell how success, all methods tuned, splits into the method's part and the start's."""
    unit, found = comparison["unit"], _beyond_chance(comparison)
    if not found:
        return ""
    method, start = found["setting"], found["start"]
    return (
        f"Of what decides whether a tuned run succeeds, {share(method)} is the method’s and "
        f"{share(start)} the {unit}’s, beyond what chance alone would give them; "
        f"{share(max(1.0 - method - start, 0.0))} is chance, or lies in both together, where "
        f"methods fail from different {unit}s."
    )


def chance(comparison: Mapping) -> tuple[str, str] | None:
    """Tell whether the method or the start decides more, as a finding; None if nothing varies.

    One of them decides more if its part, beyond what chance would give it, exceeds the other's by
    two standard deviations.
    """
    unit, found = comparison["unit"], _beyond_chance(comparison)
    if not found:
        return None
    where, difference = capital(comparison["place"]), found["setting"] - found["start"]
    if abs(difference) <= CLEAR * found["spread"]:
        lead = f"{where}, it is open whether the method or the {unit} decides more."
    else:
        more, less = ("method", unit) if difference > 0.0 else (unit, "method")
        lead = f"{where}, the {more} decides more than the {less}."
    return lead, variation(comparison)


def _beyond_chance(comparison: Mapping) -> Mapping[str, float] | None:
    """Return the parts of the method and of the start, all methods tuned; None without any."""
    for row in comparison["variance"]:
        if row["method"] is None:
            return beyond_chance(row, len(comparison["choices"]), comparison["held_out"])
    return None


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
    if stuck == runs:
        return (
            "Even as tuned, every training ends on the plateau of a constant prediction, where "
            "dead units leave nothing to learn from."
        )
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


def generalisation(comparison: Mapping, bayes: Mapping) -> str:
    """Tell how well the tuned networks do on fresh samples, beside the best that is possible."""
    choices = [row for row in comparison["choices"] if not math.isnan(row["test_accuracy"])]
    losses = [row["test_loss"] for row in choices if not math.isnan(row["test_loss"])]
    if not choices or not losses:
        return ""
    low, high = (choose(choices, key=lambda row: row["test_accuracy"]) for choose in (min, max))
    best, same = share(high["test_accuracy"], 1), low["test_accuracy"] == high["test_accuracy"]
    found = (
        best
        if same
        else f"{share(low['test_accuracy'], 1)} ({plain(low['method'])}) to {best} "
        f"({plain(high['method'])})"
    )
    costs = number(min(losses), 2)
    if number(max(losses), 2) != costs:
        costs += f" to {number(max(losses), 2)}"
    return (
        f"As tuned, the median network classifies {found} of fresh samples correctly, at a mean "
        f"cross-entropy of {costs} nats; who knows the mixture gets {share(bayes['accuracy'], 1)} "
        f"and {number(bayes['loss'], 2)} nats."
    )


def _shares(shares: Mapping[str, float]) -> str:
    """Write a share for each method: 19 % (momentum) and 0 % (gradient descent), or 19 % (both)."""
    if len(shares) == 2 and len(set(shares.values())) == 1:
        return f"{share(next(iter(shares.values())))} (both)"
    return joined([f"{share(value)} ({plain(method)})" for method, value in shares.items()])


def _judges(comparison: Mapping) -> str:
    """Name the starts to judge by: 250 held-out starts, one start."""
    held_out = "held-out " if comparison["apart"] else ""
    if comparison["held_out"] == 1:
        return f"one {held_out}{comparison['unit']}"
    return counted(comparison["held_out"], f"{held_out}{comparison['unit']}")


def _in_vain(comparison: Mapping, verb: str) -> str:
    """Tell that the target is reached from no start."""
    if comparison["held_out"] == 1:
        return f"never {verb} the target"
    return f"{verb} the target from none of the {_judges(comparison)}"


def _cost(row: Mapping) -> str:
    if row["held_out_runs"] == 1:  # an interval would have no width
        return f"with {number(row['expected_running_time'])} iterations"
    low, high = number(row["running_time_low"]), number(_end(row))
    return (
        f"with {number(row['expected_running_time'])} iterations per success "
        f"(95\u00a0% interval {low} to {high})"
    )


def _end(row: Mapping) -> float:
    """Return the upper end of a running time's interval, infinite where it is null."""
    high = row["running_time_high"]
    return math.inf if math.isnan(high) else high
