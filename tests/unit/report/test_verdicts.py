"""Sentences: each verdict and edge, and that none contradicts its interval."""

import re

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from tables_by_hand import (
    GD,
    HEAVY,
    INF,
    NAN,
    QUESTION,
    SWEEP,
    effects,
    level,
    pair,
    part,
    selected,
    summary,
)

from descent.core.methods import METHODS
from descent.report import verdicts
from descent.statistics.anova import two_way_decomposition

NOTHING = {"ratio": NAN, "low": NAN, "high": NAN}
FEW = {"low": NAN, "high": NAN}


def on(name, **more):
    """Return what there is to say of a problem of this name."""
    return summary(of=part(name, **more.pop("of", {})), **more)


def sentences(*problems, question=QUESTION):
    """Return the first screen's sentences, with common spaces."""
    told = verdicts.first_sentences(problems, question)
    assert all(sentence.endswith(".") and sentence[0] in "INOFSTWA" for sentence in told)
    return [sentence.replace("\u00a0", " ").replace("\u202f", " ") for sentence in told]


# ── A pair ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("found", "verdict", "text"),
    [
        ({}, "yes", "0.5, 0.4 to 0.6"),
        ({"ratio": 0.99, "low": 0.97, "high": 0.9996, "margin": 0.01}, "yes",
         "0.99, 0.97 to 0.9996"),
        ({"ratio": 2.0, "low": 1.5, "high": 3.0}, "no", "2, 1.5 to 3"),
        ({"ratio": 1.2, "low": 1.004, "high": 1.4}, "no", "1.2, 1.004 to 1.4"),
        ({"ratio": 1.0, "low": 0.95, "high": 1.05}, "equal", "1, 0.95 to 1.05"),
        ({"ratio": 0.95, "low": 0.92, "high": 0.98}, "equal", "0.95, 0.92 to 0.98"),
        ({"ratio": 1.0, "low": 1.0, "high": 1.0}, "equal", "both select the same walk"),
        ({"ratio": 0.9, "low": 0.7, "high": 1.15, "detectable": 1.25}, "inconclusive",
         "0.9, 0.7 to 1.15; 0.8 or 1.25 would have been detected"),
        ({"ratio": 0.9, "low": 0.7, "high": 1.0, "detectable": 1.001}, "inconclusive",
         "0.9, 0.7 to 1; 0.999 or 1.001 would have been detected"),
        ({"ratio": 3.0, "low": 0.5, "high": INF, "detectable": NAN}, "inconclusive",
         "3, 0.5 to ∞"),
        ({"ratio": 3.0, "low": 0.5, "high": 9.0, "detectable": INF}, "inconclusive",
         "3, 0.5 to 9"),
        ({"ratio": 2.34, **FEW}, "inconclusive", "2.3; no interval with fewer than 20 successes"),
        ({"ratio": INF, **FEW}, "inconclusive", "∞; no interval with fewer than 20 successes"),
        ({"ratio": 0.0, **FEW}, "inconclusive", "0; no interval with fewer than 20 successes"),
        (NOTHING, "inconclusive", "neither reaches the target"),
    ],
)  # fmt: skip
def test_the_evidence_of_each_verdict(found, verdict, text):
    row = pair(**found)
    assert row["verdict"] == verdict
    assert verdicts.evidence(row) == text


ratios = st.floats(-1.5, 1.5).map(lambda power: 10.0**power)


@given(st.lists(ratios, min_size=3, max_size=3))
def test_a_sentence_never_contradicts_its_interval(ends):
    low, ratio, high = sorted(ends)
    assume(min(abs(low - 1.0), abs(high - 1.0)) > 1e-5)
    row = pair(ratio, low, high)
    (told, *_) = sentences(on("one", pairs=[row]))
    written = re.search(r"\(([^()]*)\)\.$", told)[1].partition(";")[0]
    numbers = [float(text) for text in re.findall(r"[\d.]+", written)]
    lowest, highest = (numbers * 2)[-2:] if len(numbers) == 1 else numbers[1:]
    assert {
        "yes": highest < 1.0, "no": lowest > 1.0, "inconclusive": True,
        "equal": 0.9 < lowest <= highest <= 1.1,
    }[row["verdict"]]  # fmt: skip
    assert (lowest < 1.0, highest < 1.0) == (low < 1.0, high < 1.0)
    assert f"{row['verdict']}*" in told.lower()


# ── The first screen ─────────────────────────────────────────────────────────────────────────


def test_the_first_screen_has_four_sentences():
    pairs = {
        "yes": pair(), "equal": pair(1.0, 0.95, 1.05), "no": pair(2.0, 1.5, 3.0),
        "inconclusive": pair(0.9, 0.7, 1.2), "few": pair(2.0, **FEW), "never": pair(**NOTHING),
    }  # fmt: skip
    shares = [0.97, 0.8, 0.6, 0.2, 0.04, NAN]
    made = [
        on(name, pairs=[row], levels=[level(share, 0 if share != share else 100)])
        for (name, row), share in zip(pairs.items(), shares, strict=True)
    ]
    question, survival, firsts, reservations = sentences(*made)
    assert question == (
        "Is momentum faster than gradient descent? Under the headline’s protocol (the best of 5 "
        "settings each, from 100 fresh starts), by the ratio of the iterations that a success "
        "costs, with its 95 % interval for the selected settings: "
        "*yes* on “yes” (0.5, 0.4 to 0.6); *no*, slower on “no” (2, 1.5 to 3); "
        "*equal* within 10 % on “equal” (1, 0.95 to 1.05); *inconclusive* on “inconclusive” "
        "(0.9, 0.7 to 1.2; 0.67 or 1.5 would have been detected), “few” (2; no interval with fewer "
        "than 20 successes) and “never” (neither reaches the target)."
    )
    assert survival == (
        "Over all protocols under which one of them reaches the target (every target, holding "
        "time, budget, criterion, number of settings tried and split of the starts), momentum is "
        "faster *robustly* (≥ 95 %) on “yes” (97 % of 100); *mostly* (≥ 75 %) on “equal” (80 % of "
        "100); as *a matter of protocol* on “no” (60 % of 100); *mostly not* on “inconclusive” "
        "(20 % of 100); *robustly not* on “few” (4.0 % of 100); no protocol decides it on “never”."
    )
    assert firsts == (
        "First, under the largest share of the protocols, comes *gradient descent* on 6 of 6 "
        "problems (50 % of 100)."
    )
    assert reservations == (
        "The choice that changes the answer most is the *target* on “equal”, “no” and "
        "“inconclusive”; shares of protocols are no probabilities and vary with the starts, and "
        "nothing is claimed for other functions, grids, starts or roundings."
    )


def test_numbers_of_settings_and_starts_are_told_from_least_to_most():
    sweep = SWEEP | {"headline": SWEEP["headline"] | {"trials": 7}}
    few = [GD | {"runs": 30}, HEAVY | {"runs": 30}]
    told = sentences(on("one"), on("two", rows=few, of={"sweep": sweep}))[0]
    assert "(the best of 5 to 7 settings each, from 30 to 100 fresh starts)" in told


@pytest.mark.parametrize(
    ("share", "words"),
    [
        (1.0, "*robustly* (≥ 95 %) on “one” (100 %"), (0.95, "*robustly* (≥ 95 %) on"),
        (0.9499, "*mostly* (≥ 75 %) on"), (0.75, "*mostly* (≥ 75 %) on"),
        (0.7499, "as *a matter of protocol* on"), (0.5, "as *a matter of protocol* on"),
        (0.2501, "as *a matter of protocol* on"), (0.25, "*mostly not* on"),
        (0.051, "*mostly not* on"), (0.05, "*robustly not* on"), (0.0, "*robustly not* on"),
    ],
)  # fmt: skip
def test_how_a_statement_survives_is_told_by_its_share(share, words):
    assert f"momentum is faster {words}" in sentences(on("one", levels=[level(share)]))[1]


def test_where_no_protocol_decides_that_is_all_that_is_said():
    made = on("one", pairs=[pair(**NOTHING)], levels=[level(NAN, 0)])
    for row in made["first"]:
        row |= {"share": NAN, "decided": 0}
    told = sentences(made)
    assert told[1] == "No protocol decides it on “one”."
    assert told[2] == "No method reaches a target under any protocol, so none comes first."
    assert told[3].startswith("Shares of protocols are no probabilities")


def test_who_comes_first_on_one_problem_is_told_with_those_behind():
    shares = {"adam": 0.6, "momentum": 0.3, "nesterov": 0.06, "rmsprop": 0.04, "adagrad": 0.0}
    made = on("one", rows=[GD, HEAVY], first=shares)
    assert sentences(made)[2] == (
        "First comes, on “one”, *Adam* in 60 %, *momentum* in 30 % and *Nesterov* in 6.0 % of the "
        "100 protocols that decide."
    )
    alone = on("one", first={"adam": 1.0, "momentum": 0.0})
    assert "*Adam* in 100 % of the 100" in sentences(alone)[2]


def test_who_comes_first_on_most_problems_is_told_first():
    made = [
        on(str(k), first={"momentum": share, "gradient_descent": 1.0 - share})
        for k, share in enumerate((0.3, 0.6, 0.9))
    ]
    assert sentences(*made)[2] == (
        "First, under the largest share of the protocols, comes *momentum* on 2 of 3 problems "
        "(60 % to 90 % of 100) and *gradient descent* on 1 of 3 problems (70 % of 100)."
    )


def test_what_changes_the_answer_is_told_by_its_main_effect():
    def made(name, strongest, share=0.6):
        return on(name, levels=[level(share)], effects=effects(strongest))

    told = sentences(made("a", "budget"), made("b", "hold"), made("c", "budget"))[3]
    assert told.startswith(
        "The choice that changes the answer most is the *holding time* on “b”, and the *budget* on "
        "“a” and “c”; shares"
    )
    assert sentences(made("a", "budget", 0.99))[3].startswith("Shares")


def test_the_sample_of_starts_is_no_choice_that_changes_an_answer():
    rows = [
        row | {"share": {"split": 0.7, "hold": 0.2}.get(row["choice"], 0.01)} for row in effects()
    ]
    told = sentences(on("a", levels=[level(0.6)], effects=rows))[3]
    assert "the *holding time* on “a”" in told


@pytest.mark.parametrize(
    ("ends", "faster", "slower", "told"),
    [
        ((0.5, 0.4, 0.6), 0.94, 0.06, "; over all draws of settings in 94 % only"),
        ((0.5, 0.4, 0.6), 0.95, 0.05, ""),
        ((2.0, 1.5, 3.0), 0.3, 0.6, "; over all draws of settings in 60 % only"),
        ((2.0, 1.5, 3.0), 0.02, 0.98, ""),
        ((1.0, 0.99, 1.01), 0.3, 0.6, ""),
        ((1.0, 0.5, 2.0), 0.3, 0.6, ""),
        ((0.5, 0.4, 0.6), NAN, NAN, ""),
    ],
)
def test_a_verdict_that_hangs_on_the_draw_of_settings_says_so(ends, faster, slower, told):
    row = pair(*ends, draws_faster=faster, draws_slower=slower)
    assert verdicts.contrary_draws(row).replace("\u00a0", " ") == told
    assert (told in sentences(on("one", pairwise=[row]))[0].replace("\u00a0", " ")) or not told


def test_two_methods_that_select_the_same_walk_have_no_interval_of_no_width():
    assert verdicts.evidence(pair(1.0, 1.0, 1.0)) == "both select the same walk"


def test_a_problem_that_does_not_sweep_both_is_not_asked():
    other = on("two", rows=[GD, selected("adam", 5.0)])
    told = sentences(on("one"), other)
    assert told[0].endswith(
        "*yes* on “one” (0.5, 0.4 to 0.6); not asked on “two”, where not both are swept."
    )
    assert len(told) == 4
    assert "“two”" not in told[1] + told[3]


def test_a_pair_that_is_swept_nowhere_is_told():
    told = sentences(on("two", rows=[GD, selected("adam", 5.0)]))
    assert told[0] == (
        "Nothing is said of the question asked in advance: momentum and gradient descent are swept "
        "on no problem."
    )
    assert [sentence[:6] for sentence in told[1:]] == ["First ", "Shares"]


def test_a_method_alone_tells_how_it_does():
    told = sentences(on("one", rows=[GD]), on("two", rows=[selected("adam", INF, 0)]))
    assert told[0] == (
        "A single method is swept, so that none is compared: *gradient descent* reaches the target "
        "on “one” from 70 % of 100 fresh starts, at an expected running time of 400 iterations; "
        "*Adam* reaches the target on “two” from 0 % of 100 fresh starts."
    )
    assert [sentence[:6] for sentence in told[1:]] == ["Shares"]


def test_of_many_problems_some_are_named():
    told = sentences(*(on(f"p{k}") for k in range(20)))
    assert told[0].endswith("“p7” (0.5, 0.4 to 0.6) and 12 more.")


# ── What survives ────────────────────────────────────────────────────────────────────────────

ADAM = selected("adam", 100.0)
ADAM_GD, ADAM_HEAVY = ("adam", "gradient_descent"), ("adam", "momentum")


def test_pairs_are_robust_on_every_problem_or_on_some():
    def made(name, *shares):
        names = (("momentum", "gradient_descent"), ADAM_GD, ADAM_HEAVY)
        levels = [level(share, names=own) for own, share in zip(names, shares, strict=True)]
        return on(name, rows=[GD, HEAVY, ADAM], levels=levels)

    found = verdicts.robust_pairs([made("a", 1.0, 0.99, 0.5), made("b", 0.95, 0.949, 0.05)])
    assert found == {
        "on every problem with both": "momentum faster than gradient descent",
        "on “a”": "Adam faster than gradient descent",
        "on “b”": "momentum at least as fast as Adam",
    }
    found = verdicts.robust_pairs([made("a", 1.0, 0.99, 0.5), made("b", 0.0, 0.99, NAN)])
    assert found == {
        "on every problem with both": "Adam faster than gradient descent",
        "on “a”": "momentum faster than gradient descent",
        "on “b”": "gradient descent at least as fast as momentum",
    }
    found = verdicts.robust_pairs([made("a", 0.5, 1.0, 1.0), made("b", 0.5, 0.7, 0.6)])
    assert found == {"on “a”": "Adam faster than gradient descent and momentum"}
    alike = [made("a", 0.5, 1.0, 1.0), made("b", 0.5, 1.0, 1.0), on("c", rows=[GD, HEAVY, ADAM])]
    alike[2]["pairs"] = [level(0.5, names=ADAM_GD), level(0.5, names=ADAM_HEAVY)]
    assert list(verdicts.robust_pairs(alike)) == ["on “a” and on “b”"]
    assert verdicts.robust_pairs([on("a", levels=[level(NAN, 0)])]) == {}


def test_what_is_robust_on_the_only_problem_is_not_so_on_every():
    assert list(verdicts.robust_pairs([on("a")])) == ["on “a”"]


def test_a_win_that_goes_with_the_axes_is_told():
    straight = on("s", pairs=[pair(), pair(0.6, 0.5, 0.7, ADAM_HEAVY)])
    turned = on(
        "t", pairs=[pair(), pair(1.9, 1.8, 2.0, ADAM_HEAVY)], of={"rotation": 3}
    )  # fmt: skip
    (found,) = verdicts.matters_of_axes([turned, straight]).items()
    assert found[0] == "“s” and “t”"
    text = (
        "Adam against momentum, best of {}: faster (0.6, 0.5 to 0.7), turned slower (1.9, 1.8 to 2)"
    )
    assert found[1] == [text.format("5"), text.format("all")]
    for row in turned["pairwise"][0]:
        row["verdict"] = "inconclusive"
    told = verdicts.matters_of_axes([straight, turned])["“s” and “t”"]
    assert [("momentum against" in one, "turned not told apart" in one) for one in told] == [
        (False, False), (True, True), (False, True),
    ]  # fmt: skip


def test_axes_matter_only_between_problems_that_are_alike_else():
    straight = on("s")
    assert verdicts.matters_of_axes([straight, on("t", of={"rotation": 3})]) == {"“s” and “t”": []}
    assert verdicts.matters_of_axes([straight, on("t")]) == {}
    for other in ({"rotation": 3, "dimension": 5}, {"rotation": 3, "parameters": {"a": 2.0}}):
        assert verdicts.matters_of_axes([straight, on("t", of=other)]) == {}
    both = [on("s", of={"rotation": 1}), on("t", of={"rotation": 3})]
    assert verdicts.matters_of_axes(both) == {}


def test_chaotic_selections_are_counted_once():
    rows = [GD | {"nudged_changed": 3}, HEAVY, ADAM | {"nudged_changed": 10}]
    found = [
        text.replace("\u00a0", " ") for text in verdicts.chaotic([on("a"), on("b", rows=rows)])
    ]
    assert found == ["2 of 3 on “b” (6.0 % to 20 % of 50 runs)"]
    assert verdicts.changed_share(rows[0]).replace("\u00a0", " ") == "6.0 % of 50"


# ── What decides success ─────────────────────────────────────────────────────────────────────


def test_what_decides_is_told_beyond_chance():
    # By chance a degree of freedom has 0.15/(1·99): 0.25 less 1 of these, 0.6 less 99.
    found = verdicts.deciding(summary())
    assert found["setting"] == pytest.approx(0.25 - 0.15 / 99)
    assert found["start"] == pytest.approx(0.45)


@pytest.mark.parametrize(
    ("setting", "start", "decides"),
    [
        (0.1, 0.8, "the start"),
        (0.8, 0.1, "the method"),
        (1.0, 0.0, "the method"),
        (0.0, 1.0, "the start"),
        (0.5, 0.5, "neither clearly"),
        (0.0, 0.6, "neither clearly"),  # with 10 starts, chance gives them 9 times 0.4/9
    ],
)
def test_one_decides_more_if_it_clearly_does(setting, start, decides):
    found = summary([GD | {"runs": 10}, HEAVY | {"runs": 10}])
    found["anova"][0] |= {"setting": setting, "start": start, "interaction": 1.0 - setting - start}
    assert verdicts.deciding(found)["decides"] == decides


def test_what_decides_must_be_clear_by_two_deviations():
    found = summary([GD | {"runs": 10}, HEAVY | {"runs": 10}])
    for margin, decides in ((1.0, "neither clearly"), (1.0 + 1e-9, "the start")):
        # Without interaction chance has nothing, nor has the spread: a tie is open.
        found["anova"][0] |= {"setting": 0.5, "start": 0.5 * margin, "interaction": 0.0}
        assert verdicts.deciding(found)["decides"] == decides
    # Of e = 0.2/9 by chance each: 2 (1 + 9) e² + 4 e (s + t − 10 e) is the spread's square.
    chance = 0.2 / 9
    found["anova"][0] |= {"setting": 0.4, "start": 0.4, "interaction": 0.2}
    left = (0.4 - chance, 0.4 - 9 * chance)
    spread = np.sqrt(20 * chance**2 + 4 * chance * sum(left))
    assert verdicts.deciding(found)["spread"] == pytest.approx(spread)


def test_where_nothing_varies_nothing_decides():
    found = summary()
    found["anova"][0] |= {"setting": 0.0, "start": 0.0, "interaction": 0.0}
    assert verdicts.deciding(found) is None


def shares_of_answers(probability, seeds=200):
    """Return how often each answer is given, where runs succeed with such probabilities."""
    methods, starts = probability.shape
    rows = [selected(name, 9.0, 1, runs=starts) for name in list(METHODS)[:methods]]
    found, told = summary(rows), []
    for seed in range(seeds):
        y = np.random.default_rng(seed).random(probability.shape) < probability
        found["anova"][0] |= two_way_decomposition(y.sum(axis=1), y.sum(axis=0))._asdict()
        told.append(verdicts.deciding(found)["decides"])
    return {answer: told.count(answer) / seeds for answer in set(told)}


@pytest.mark.parametrize("starts", [10, 250])
@pytest.mark.parametrize("methods", [2, 6])
def test_of_coins_neither_decides_more(methods, starts):
    assert shares_of_answers(np.full((methods, starts), 0.5))["neither clearly"] >= 0.9


def test_what_decides_is_found():
    start = np.tile(np.where(np.arange(250) < 100, 0.9, 0.2), (6, 1))
    assert shares_of_answers(start, 40) == {"the start": 1}
    method = np.repeat([0.1, 0.2, 0.4, 0.6, 0.8, 0.95], 250).reshape(6, 250)
    assert shares_of_answers(method, 40) == {"the method": 1}
