"""Which method is better, and what decides success: from tables by hand."""

import math

import numpy as np
import pytest
from tables_by_hand import GD, HEAVY, INF, NAN, against, evaluated, scored, summary

from descent.core.methods import METHODS
from descent.report import verdicts
from descent.statistics.anova import two_way_decomposition


@pytest.mark.parametrize(
    ("scores", "pair", "kind"),
    [
        ([GD, HEAVY], {}, "yes"),
        ([GD, HEAVY], {"ratio": (2.0, 1.5, 3.0), "signs": (1, 9, 0)}, "no"),
        ([GD, HEAVY], {"ratio": (0.9, 0.7, 1.1)}, "unclear"),
        ([GD, HEAVY], {"p": 0.06}, "few"),
        ([GD, HEAVY], {"signs": (1, 9, 0)}, "opposed"),
        ([GD, HEAVY], {"ratio": (0.5, 0.4, INF)}, "unclear"),
        ([GD, scored("momentum", 400.0)],
         {"ratio": (1.0, 1.0, 1.0), "signs": (0, 0, 10), "p": 1.0}, "same"),
        ([scored("gradient_descent", 0.0), scored("momentum", 0.0)],
         {"ratio": (NAN, NAN, NAN), "signs": (0, 0, 10), "p": 1.0}, "same"),
        ([scored("gradient_descent", INF, 0), HEAVY], {"ratio": (0.0, 0.0, 0.0)}, "yes"),
        ([GD, scored("momentum", INF, 0)], {"ratio": (INF, INF, INF), "signs": (0, 8, 2)}, "no"),
        ([scored("gradient_descent", INF, 0), scored("momentum", INF, 0)],
         {"ratio": (1.0, 0.0, INF), "signs": (0, 0, 10), "p": 1.0}, "never"),
    ],
    ids=["yes", "no", "unclear", "few", "opposed", "unbounded", "same", "same at once",
         "other never", "never", "neither"],
)  # fmt: skip
@pytest.mark.parametrize("turned", [False, True], ids=["as asked", "the other way round"])
def test_the_answer_follows_from_the_tables(scores, pair, kind, turned):
    row = against("momentum", "gradient_descent", **pair)
    if turned:  # the same comparison, as the table may hold it from the other method's side
        ratio = [row[name] for name in ("ratio", "ratio_high", "ratio_low")]
        inverse = [1.0 / x if x else INF for x in ratio]
        rises = (-row["success_difference"], -row["success_difference_high"], -0.0)
        row = against(
            "gradient_descent", "momentum", inverse,
            (row["losses"], row["wins"], row["ties"]), row["p"], rises,
        )  # fmt: skip
    found = verdicts.verdict_on(summary(scores, [row]))
    assert found["kind"] == kind
    assert (found["answer"], found["reason"]) == verdicts.ANSWERS[kind]
    signs = pair.get("signs", (9, 1, 0))
    assert tuple(found["pair"][name] for name in ("wins", "losses", "ties")) == signs
    expected = pair.get("ratio", (0.5, 0.4, 0.6))
    ends = [found["pair"][name] for name in ("ratio", "ratio_low", "ratio_high")]
    assert ends == pytest.approx(expected, nan_ok=True)


def test_methods_that_were_not_swept_are_not_compared():
    row = against("adam", "nesterov")
    found = summary([scored("adam", 5.0), scored("nesterov", 9.0)], [row])
    assert verdicts.verdict_on(found)["kind"] == "absent"
    assert verdicts.verdict_on(found, ("adam", "nesterov"))["kind"] == "yes"
    assert verdicts.verdict_on(summary([scored("my_new_rule", 5.0)]))["kind"] == "absent"


def test_any_method_may_be_the_quickest_that_is_not_shown_to_be_slower():
    def rivals(scores, *ratios, leader="adam"):
        """Return the rivals where the ratios to the leader lie in these intervals."""
        others = [row["method"] for row, _ in scores if row["method"] != leader]
        pairs = [
            against(method, leader, (sum(ends) / 2, *ends))
            for method, ends in zip(others, ratios, strict=True)
        ]
        return verdicts.rivals_of(summary(scores, pairs))

    slower, alike, quicker = (1.02, 1.2), (0.9, 1.3), (0.7, 0.9)
    near = [GD, HEAVY, scored("adam", 190.0)]
    assert rivals(near, slower, slower) == ["adam"]  # intervals overlap, but not start by start
    assert rivals(near, slower, alike) == ["adam", "momentum"]
    three = [HEAVY, scored("adam", 190.0), scored("adagrad", 210.0)]
    assert rivals(three, alike, (0.9, INF)) == ["adam", "momentum", "adagrad"]
    lucky = scored("adam", 210.0)
    lucky[0]["tuning_expected_running_time_charged"] = 1.0  # the leader, which is compared with
    assert rivals([GD, HEAVY, lucky], slower, alike) == ["momentum", "adam"]
    assert rivals([GD, HEAVY, lucky], slower, quicker) == ["momentum"]
    assert rivals([GD, HEAVY, lucky], quicker, quicker) == ["momentum", "gradient_descent"]
    never = [scored("adam", INF, 0), scored("momentum", INF, 0)]
    assert verdicts.rivals_of(summary(never)) == []
    assert verdicts.rivals_of(summary(near)) == ["adam", "momentum", "gradient_descent"]


def test_the_winners_curse_is_counted():
    lucky = scored("adam", 5.0)
    lucky[0]["tuning_expected_running_time_charged"] = 11.0
    assert verdicts.optimism(summary([GD, HEAVY, lucky])) == (2, 3)


def test_the_best_named_run_stands_beside_the_selected_setting():
    slow = {"name": "slow", "method": "momentum", "learning_rate": 1e-4, "iterations": 100}
    slower = slow | {"name": "slower", "iterations": 2000}
    runs = [evaluated("slow", "named", k, hit, hit) for k, hit in enumerate((400, 50, INF))]
    runs += [evaluated("slower", "named", k, hit, hit) for k, hit in enumerate((1500, 90, INF))]
    (row,) = verdicts.named_beside_selected(summary([GD, HEAVY], (), runs, runs=[slow, slower]))
    assert (row["method"], row["selected"]) == ("momentum", 0.9)
    assert (row["own"], row["all"]) == (pytest.approx(2 / 3), pytest.approx(2 / 3))
    (row,) = verdicts.named_beside_selected(summary([GD], (), runs, runs=[slow]))
    assert (row["own"], row["all"]) == (pytest.approx(1 / 3), pytest.approx(2 / 3))
    assert math.isnan(row["selected"])


def test_what_decides_is_told_beyond_chance():
    # By chance a degree of freedom has 0.15/(1·9): 0.25 less 1 of these, 0.6 less 9.
    found = verdicts.deciding(summary([GD, HEAVY]))
    assert found["setting"] == pytest.approx(0.25 - 0.15 / 9)
    assert found["start"] == pytest.approx(0.45)
    assert found["rest"] == pytest.approx(1 - 0.25 + 0.15 / 9 - 0.45)
    assert found["decides"] == "open"


@pytest.mark.parametrize(
    ("setting", "start", "decides"),
    [
        (0.1, 0.8, "the start"),
        (0.8, 0.1, "the method"),
        (1.0, 0.0, "the method"),
        (0.0, 1.0, "the start"),
        (0.4, 0.5, "open"),
        (0.0, 0.6, "open"),  # with 10 starts, chance gives them 9 times 0.4/9
    ],
)
def test_one_decides_more_if_it_clearly_does(setting, start, decides):
    found = summary([GD, HEAVY])
    found["anova"][0] |= {
        "setting": setting, "start": start, "interaction": 1.0 - setting - start,
    }  # fmt: skip
    assert verdicts.deciding(found)["decides"] == decides


def test_where_nothing_varies_nothing_decides():
    found = summary([GD, HEAVY])
    found["anova"][0] |= {"setting": 0.0, "start": 0.0, "interaction": 0.0}
    assert verdicts.deciding(found) is None


def shares_of_answers(probability, seeds=200):
    """Return how often each answer is given, where runs succeed with such probabilities."""
    methods, starts = probability.shape
    scores = [scored(name, 9.0, runs=starts) for name in list(METHODS)[:methods]]
    found, told = summary(scores), []
    for seed in range(seeds):
        y = np.random.default_rng(seed).random(probability.shape) < probability
        found["anova"][0] |= two_way_decomposition(y.sum(axis=1), y.sum(axis=0))._asdict()
        told.append(verdicts.deciding(found)["decides"])
    return {answer: told.count(answer) / seeds for answer in set(told)}


@pytest.mark.parametrize("starts", [10, 250])
@pytest.mark.parametrize("methods", [2, 6])
def test_of_coins_neither_decides_more(methods, starts):
    assert shares_of_answers(np.full((methods, starts), 0.5))["open"] >= 0.9


def test_what_decides_is_found():
    start = np.tile(np.where(np.arange(250) < 100, 0.9, 0.2), (6, 1))
    assert shares_of_answers(start, 40) == {"the start": 1}
    method = np.repeat([0.1, 0.2, 0.4, 0.6, 0.8, 0.95], 250).reshape(6, 250)
    assert shares_of_answers(method, 40) == {"the method": 1}
