"""Which method is better, in sentences: read from intervals, and from shares of protocols.

Every function takes what `descent.report.problems.summarise_problem` returns, with the problem's
`name` and `part` of the configuration: of one problem, or of all. Emphases are *asterisks*.
"""

import math
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from itertools import permutations

from descent.statistics.anova import beyond_chance
from descent.statistics.bootstrap import LEAST_SUCCESSES
from descent.statistics.multiverse import MOSTLY, ROBUST, robustness_of
from descent.words.names import method_title
from descent.words.numbers import capital, joined, number, ratios, share, span

CLEARLY = 2.0  # standard deviations, by which parts of a variance must differ
MOST_NAMED = 8  # problems in a sentence
CHOICES_IN_WORDS = {
    "target": "target",
    "hold": "holding time",
    "budget": "budget",
    "criterion": "criterion",
    "trials": "number of settings tried",
    "split": "split of the starts",
}
SURVIVAL = {
    "robust": f"*robustly* (≥\u00a0{share(ROBUST)})",
    "mostly": f"*mostly* (≥\u00a0{share(MOSTLY)})",
    "protocol": "as *a matter of protocol*",
    "mostly not": "*mostly not*",
    "robust not": "*robustly not*",
}
"""How a statement holds over all protocols."""


def evidence(pair: Mapping) -> str:
    """Write the ratio of a pairwise comparison with its interval, or why there is none."""
    if math.isnan(pair["ratio"]):
        return "neither reaches the target"
    if math.isnan(pair["low"]):
        return (
            f"{ratios(pair['ratio'])[0]}; no interval with fewer than {LEAST_SUCCESSES} successes"
        )
    if pair["ratio"] == pair["low"] == pair["high"] == 1.0:
        return "both select the same walk"
    middle, low, high = ratios(pair["ratio"], pair["low"], pair["high"])
    text = middle if low == high else f"{middle}, {low} to {high}"
    if pair["verdict"] == "inconclusive" and math.isfinite(pair["detectable"]):
        least = ratios(1.0 / pair["detectable"], pair["detectable"])
        text += f"; {' or '.join(least)} would have been detected"
    return text


def contrary_draws(pair: Mapping) -> str:
    """Write in how few draws of settings a verdict of faster or slower holds, if not in most."""
    agreeing = {"yes": "draws_faster", "no": "draws_slower"}.get(pair["verdict"])
    if not agreeing or not pair[agreeing] < ROBUST:
        return ""
    return f"; over all draws of settings in {share(pair[agreeing])} only"


def first_sentences(problems: Sequence[Mapping], question: Mapping) -> list[str]:
    """Return the sentences of the first screen: four, where methods are compared as asked."""
    asked = [one for one in problems if _headline_of(one)]
    compared = [one for one in problems if len(one["first"]) > 1]
    first = _verdicts(asked, problems, question) if asked else _nothing_asked(problems, question)
    found = [first, _survival(asked, question), _firsts(compared), _reservations(asked)]
    return [sentence for sentence in found if sentence]


def robust_pairs(problems: Sequence[Mapping]) -> dict[str, str]:
    """Write which pairs are robust: by places, which are every problem with both where they can.

    Where the first is faster in hardly any protocol, the other is at least as fast.
    """
    places: dict[tuple, list[str]] = {}
    rows = [(one["problem"].place, row) for one in problems for row in one["pairs"]]
    swept = Counter((row["method"], row["against"]) for _, row in rows)
    for place, row in rows:
        if robustness_of(row["share"]) == "robust":
            pair, is_faster = (row["method"], row["against"]), row["share"] >= 0.5
            places.setdefault((pair, is_faster), []).append(place)
    everywhere = [key for key, own in places.items() if len(own) == swept[key[0]] > 1]
    found = {_pair_statements(everywhere): ["on every problem with both"]} if everywhere else {}
    for place in (one["problem"].place for one in problems):
        own = [key for key, where in places.items() if place in where and key not in everywhere]
        if own:
            found.setdefault(_pair_statements(own), []).append(place)
    return {joined(where): text for text, where in found.items()}


def matters_of_axes(problems: Sequence[Mapping]) -> dict[str, list[str]]:
    """Write which wins are none where the same function is seen from turned axes.

    Returns
    -------
    dict of str to list of str
        By the titles of two problems that differ by `rotation` alone.
    """
    words = {"yes": "faster", "no": "slower", "equal": "equal", "inconclusive": "not told apart"}

    def same(one: Mapping) -> dict:
        return {key: one["part"][key] for key in one["part"] if key not in ("name", "rotation")}

    return {
        f"{straight['problem'].title} and {turned['problem'].title}": [
            f"{method_title(row['method'])} against {method_title(row['against'])}, best of "
            f"{number(trials) if trials else 'all'}: {words[row['verdict']]} ({evidence(row)}), "
            f"turned {words[other['verdict']]} ({evidence(other)})"
            for trials, rows in straight["pairwise"].items()
            for row, other in zip(rows, turned["pairwise"][trials], strict=True)
            if row["verdict"] in ("yes", "no") and other["verdict"] != row["verdict"]
        ]
        for straight, turned in permutations(problems, 2)
        if straight["part"].get("rotation") is None
        and turned["part"].get("rotation") is not None
        and same(straight) == same(turned)
    }


def chaotic(problems: Sequence[Mapping]) -> list[str]:
    """Write how many selected settings have runs that change by rounding, and what share."""
    found = []
    for one in problems:
        rows = {row["candidate"]: row for own in one["selected"].values() for row in own}
        shares = [row["nudged_changed"] / row["nudged_runs"] for row in rows.values()]
        if changed := [each for each in shares if each]:
            runs = number(next(iter(rows.values()))["nudged_runs"])
            found.append(
                f"{number(len(changed))} of {number(len(rows))} {one['problem'].place} "
                f"({span(changed, share)} of {runs} runs)"
            )
    return found


def changed_share(row: Mapping) -> str:
    """Write what share of a selected setting's nudged runs changed."""
    return f"{share(row['nudged_changed'] / row['nudged_runs'])} of {number(row['nudged_runs'])}"


def deciding(summary: Mapping) -> dict | None:
    """Tell whether the method or the start decides more about success; None if nothing varies.

    One of them `decides` more if its part, beyond what chance would give it, exceeds the other's
    by two standard deviations.
    """
    selected = summary["selected"][summary["tried"][-1]]
    (row,) = (row for row in summary["anova"] if row["method"] is None)
    found = beyond_chance(row, len(selected), selected[0]["runs"])
    if found is None:
        return None
    difference = found["setting"] - found["start"]
    more = "the method" if difference > 0.0 else f"the {summary['problem'].start_word}"
    clear = abs(difference) > CLEARLY * found["spread"]
    return found | {"decides": more if clear else "neither clearly"}


# ── The sentences of the first screen ────────────────────────────────────────────────────────


def _headline_of(summary: Mapping) -> Mapping:
    """Return how the question is answered in the headline's protocol; nothing where it is not."""
    return summary["asked"][summary["tried"][0]] or {}


def _verdicts(asked: Sequence, problems: Sequence, question: Mapping) -> str:
    words = {
        "yes": "*yes*",
        "no": "*no*, slower",
        "equal": f"*equal* within {share(question['margin'])}",
        "inconclusive": "*inconclusive*",
    }
    told = _told_pair(
        asked,
        lambda one: _headline_of(one)["verdict"],
        words,
        lambda one: evidence(_headline_of(one)) + contrary_draws(_headline_of(one)),
    )
    if rest := [one for one in problems if one not in asked]:
        told.append(f"not asked {_problem_places(rest)}, where not both are swept")
    starts = span(one["selected"][one["tried"][0]][0]["runs"] for one in asked)
    return (
        f"Is {method_title(question['method'])} faster than {method_title(question['against'])}? "
        "Under the headline’s protocol (the best of "
        f"{span(one['tried'][0] for one in asked)} settings each, from {starts} fresh starts), by "
        "the ratio of the iterations that a success costs, with its 95\u00a0% interval for the "
        f"selected settings: {'; '.join(told)}."
    )


def _nothing_asked(problems: Sequence, question: Mapping) -> str:
    if any(len(one["first"]) > 1 for one in problems):
        pair = joined([method_title(question[name]) for name in ("method", "against")])
        return f"Nothing is said of the question asked in advance: {pair} are swept on no problem."
    told = []
    for one in problems:
        (row,) = one["selected"][one["tried"][0]]
        starts, time = number(row["runs"]), number(row["expected_running_time"])
        cost = f", at an expected running time of {time} iterations" if row["reached"] else ""
        told.append(
            f"*{method_title(row['method'])}* reaches the target {one['problem'].place} from "
            f"{share(row['success_rate'])} of {starts} fresh {one['problem'].start_word}s{cost}"
        )
    return f"A single method is swept, so that none is compared: {'; '.join(told)}."


def _survival(asked: Sequence, question: Mapping) -> str:
    def kind(one: Mapping) -> str:
        verdict, part = robustness_of(one["protocols"]["share"]), one["protocols"]["share"]
        return f"{verdict} not" if verdict in ("robust", "mostly") and part < 0.5 else verdict

    def detail(one: Mapping) -> str:
        return f"{share(one['protocols']['share'])} of {number(one['protocols']['decided'])}"

    told = _told_pair(asked, kind, SURVIVAL, detail)
    if told:
        told[0] = (
            "over all protocols under which one of them reaches the target (every "
            f"{joined([*CHOICES_IN_WORDS.values()])}), "
            f"{method_title(question['method'])} is faster {told[0]}"
        )
    told += _told_pair(asked, kind, {"undecided": "no protocol decides it"})
    return _begun(f"{'; '.join(told)}.") if told else ""


def _firsts(compared: Sequence) -> str:
    decided = [one for one in compared if one["first"][0]["decided"]]
    if len(decided) == 1:
        rows = [row for row in decided[0]["first"] if row["share"]][:3]
        told = [f"*{method_title(row['method'])}* in {share(row['share'])}" for row in rows]
        count = number(rows[0]["decided"])
        place = _problem_places(decided)
        return f"First comes, {place}, {joined(told)} of the {count} protocols that decide."
    if not decided:
        return "No method reaches a target under any protocol, so none comes first." * bool(
            compared
        )
    leaders: dict[str, list] = {}
    for one in decided:
        leaders.setdefault(one["first"][0]["method"], []).append(one["first"][0])
    told = [
        f"*{method_title(method)}* on {number(len(rows))} of {number(len(decided))} problems "
        f"({span((row['share'] for row in rows), share)} of {span(row['decided'] for row in rows)})"
        for method, rows in sorted(leaders.items(), key=lambda item: -len(item[1]))
    ]
    return f"First, under the largest share of the protocols, comes {joined(told)}."


def _reservations(asked: Sequence) -> str:
    def strongest(one: Mapping) -> str:
        # Between the splits lies nothing but the sample of starts.
        return next(
            row["choice"] for row in one["effects"] if not row["other"] and row["choice"] != "split"
        )

    words = {choice: f"the *{text}*" for choice, text in CHOICES_IN_WORDS.items()}
    unsettled = [
        one for one in asked if robustness_of(one["protocols"]["share"]) in ("mostly", "protocol")
    ]
    told = _told_pair(unsettled, strongest, words)
    most = f"the choice that changes the answer most is {', and '.join(told)}; " if told else ""
    return _begun(
        f"{most}shares of protocols are no probabilities and vary with the starts, and nothing is "
        "claimed for other functions, grids, starts or roundings."
    )


def _told_pair(
    problems: Iterable[Mapping],
    key: Callable[[Mapping], Hashable],
    words: Mapping,
    detail: Callable[[Mapping], str] | None = None,
) -> list[str]:
    """Write for each key that has words these, and on which problems it holds."""
    groups: dict = {}
    for one in problems:
        groups.setdefault(key(one), []).append(one)
    return [
        f"{words[key]} {_problem_places(groups[key], detail)}" for key in words if key in groups
    ]


def _problem_places(
    problems: Iterable[Mapping], detail: Callable[[Mapping], str] | None = None
) -> str:
    """Write where problems are, each with a detail."""
    places = [one["problem"].place.removeprefix("on ") for one in problems]
    if detail:
        places = [f"{place} ({detail(one)})" for place, one in zip(places, problems, strict=True)]
    return f"on {joined(places, MOST_NAMED)}"


def _pair_statements(keys: Iterable[tuple]) -> str:
    """Write which methods are faster than which."""
    groups: dict[tuple, list[str]] = {}
    for (method, against), is_faster in keys:
        winner, loser = (method, against) if is_faster else (against, method)
        relation = "faster than" if is_faster else "at least as fast as"
        groups.setdefault((winner, relation), []).append(method_title(loser))
    told = [
        f"{method_title(winner)} {relation} {joined(losers)}"
        for (winner, relation), losers in groups.items()
    ]
    return "; ".join(told)


def _begun(text: str) -> str:
    """Begin a text with a capital letter, within an emphasis too."""
    return f"*{capital(text[1:])}" if text.startswith("*") else capital(text)
