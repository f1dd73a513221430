"""The report's numbers, sentences and page."""

import html
import json
import math
import re
import xml.etree.ElementTree as ElementTree
from itertools import pairwise
from pathlib import Path

import html5lib
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from descent.study import notebook_faults as faults
from descent.report import formulas
from descent.core import methods
from descent.study import named_runs
from descent.report import problems
from descent.tables import schemas as tables
from descent.report import verdicts
from descent.words import numbers as wording
from descent.study.checks import check_forward, check_gradients
from descent.statistics.comparison import variance_split
from descent.core.methods import METHODS
from descent.core.mixtures import sample_mixture
from descent.report.page import COMPARED, math_markup, render
from descent.report.summaries import descent_rows, groups, select, theory_summary

ROOT = Path(__file__).resolve().parents[2]
NAN = math.nan

# ── Numbers as text ──────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"), (498, "498"), (12345, "12\u202f345"), (-3, "−3"), (0.717, "0.717"),
        (1e-5, "10⁻⁵"), (5e-5, "5\u00a0×\u00a010⁻⁵"), (2.44e-14, "2.44\u00a0×\u00a010⁻¹⁴"),
        (-0.00299, "−0.00299"), (547.1089, "547"), (3.8e127, "3.8\u00a0×\u00a010¹²⁷"),
        (12345.6, "12\u202f346"), (999.7, "1\u202f000"), (math.inf, "∞"), (-math.inf, "−∞"),
        (None, "–"), (NAN, "–"),
    ],
)  # fmt: skip
def test_numbers_are_written_as_print_does(value, text):
    assert wording.number(value) == text


@given(st.floats(-1e15, 1e15))
def test_a_written_number_is_the_number_to_its_digits(value):
    text = wording.number(value, 6).translate(str.maketrans("−⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "--0123456789"))
    text = text.replace("\u202f", "").replace("\u00a0×\u00a010", "e")
    text = text.replace("10-", "1e-") if text.lstrip("-").startswith("10-") else text
    if not text.lstrip("-").startswith("10"):  # 10⁷ without a factor is not a Python number
        assert float(text) == pytest.approx(value, rel=2e-3, abs=1e-300)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (1.0, "100"),
        (0.0225, "2.2"),
        (0.53, "53"),
        (0.99999, "99.9"),
        (1e-5, "0.001"),
        (1e-9, "<\u00a00.001"),
    ],
)
def test_shares_are_not_rounded_to_none_or_all(value, text):
    assert wording.share(value) == f"{text}\u00a0%"


def test_shares_have_decimals_where_they_are_close():
    assert wording.share(0.96231, 1) == "96.2\u00a0%"
    assert wording.points(-0.15) == "−15"


@pytest.mark.parametrize(
    ("count", "text"), [(0, "0 settings"), (1, "1 setting"), (12000, "12\u202f000 settings")]
)
def test_nouns_agree_with_their_number(count, text):
    assert wording.counted(count, "setting") == text


def test_long_lists_are_cut():
    assert wording.joined(["a"]) == "a"
    assert wording.joined(["a", "b", "c"]) == "a, b and c"
    assert wording.joined(list("abc"), 2) == "a, b and c"
    assert wording.joined(list("abcdef"), 2) == "a, b and 4 more"


def test_a_setting_leaves_out_what_is_not_given_and_defaults():
    row = {"method": "adam", "learning_rate": 0.1, "momentum": 0.0, "decay": NAN, "beta1": 0.9}
    assert wording.setting(row) == "η\u00a0=\u00a00.1"
    assert wording.setting(row, ["beta1"]) == "η\u00a0=\u00a00.1, β₁\u00a0=\u00a00.9"
    assert wording.setting({"method": "momentum", "learning_rate": 1e-3, "momentum": 0.5}) == (
        "η\u00a0=\u00a00.001, μ\u00a0=\u00a00.5"
    )


def test_a_method_without_a_name_of_its_own_has_that_of_the_registry():
    assert wording.plain("gradient_descent") == "gradient descent"
    assert wording.plain("my_new_rule") == "my new rule"


# ── Formulas ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("layers", [(2, 3), (2, 3, 2, 3), (4, 5, 6, 7, 8), (2, 3, 4, 5, 6, 7)])
def test_every_formula_becomes_mathml(layers):
    texts = [
        *formulas.network_formula(layers), *formulas.ROSENBROCK.values(),
        *(line for lines in formulas.METHODS.values() for line in lines),
        *formulas.BACKPROPAGATION.values(),
    ]  # fmt: skip
    for text in texts:
        tree = ElementTree.fromstring(str(math_markup(text)))
        assert tree.tag.endswith("math")
        assert "\\" not in "".join(tree.itertext())


@pytest.mark.parametrize("name", methods.METHODS)
def test_every_method_has_its_rule_and_source_from_the_registry(name):
    found = formulas.method(name)
    assert found["formula"] or found["equation"]
    assert re.search(r"\(\d{4}\)", found["source"])
    assert list(found["parameters"]) == list(methods.METHODS[name].parameters)


# ── Tables of a comparison, by hand ──────────────────────────────────────────────────────────


def columns(table, rows):
    """Return a table as it is read: rows are completed with numbers of no meaning."""
    blank = {"string": "", "int64": 0, "float64": 0.0}
    return {
        column.name: np.array(
            [row.get(column.name, NAN if column.nullable else blank[column.type]) for row in rows],
            dtype=str
            if column.type == "string"
            else float
            if column.nullable
            else column.type[:-2],
        )
        for column in table.columns
    }


def scored(method, time, reached=10, runs=10, **more):
    """Return the row of a choice, and that of its setting on the held-out starts."""
    rate = reached / runs
    score = {
        "method": method, "learning_rate": 0.01, "momentum": 0.0,
        "success_rate": rate, "success_low": rate * 0.9, "success_high": min(1.0, rate * 1.1),
        "expected_running_time": time, "charged_running_time": 2.0 * time,
        "lower_quartile": time, "median": time, "upper_quartile": NAN, "test_accuracy": NAN,
    } | more  # fmt: skip
    choice = score | {
        "settings": 25, "tuning_runs": 12, "held_out_runs": runs,
        "tuned_charged_time": time * 1.8, "tuned_success_rate": rate,
        "running_time_low": time * 0.8, "running_time_high": time * 1.3,
    }  # fmt: skip
    counts = {"reached": reached, "budget": runs - reached}
    return choice, score | {"part": "held_out", "runs": runs} | counts | more


def against(
    method, other, ratio=(0.5, 0.4, 0.6), signs=(9, 1, 0), p=0.001, difference=(0.1, 0, 0.2)
):
    """Return the row of a contrast."""
    names = ("ratio", "ratio_low", "ratio_high")
    rises = ("success_difference", "success_difference_low", "success_difference_high")
    return {
        "method": method, "against": other, **dict(zip(names, ratio, strict=True)),
        **dict(zip(("wins", "losses", "ties"), signs, strict=True)), "p": p, "adjusted_p": p,
        **dict(zip(rises, difference, strict=True)),
    }  # fmt: skip


def compared(problem, scores, contrasts=(), trials=(), apart=True):
    """Return the tables of a comparison."""
    choices, judged = zip(*scores, strict=True)
    settings = list(judged)
    if apart:
        settings += [row | {"part": "tuning", "runs": 12} for row in judged]
    shares = {"setting": 0.25, "start": 0.6, "interaction": 0.15}
    among = ["tuned methods", *(row["method"] for row in choices)]
    budgets = [
        {"method": row["method"], "trials": k, "median": 100.0 * k, "never": 0.5 / k}
        for row in choices
        for k in range(1, 26)
    ]
    contents = {
        "settings": settings,
        "choices": choices,
        "contrasts": contrasts,
        "budgets": budgets,
        "variance": [{"among": name, **shares} for name in among],
        "trials": trials
        or [trial(row["method"], "tuned", 0, 9, 9, method=row["method"]) for row in choices],
    }
    return {
        name: columns(COMPARED[name], [{"problem": problem, **row} for row in rows])
        for name, rows in contents.items()
    }


SWEEP = {
    "learning_rate": {"low": 1e-4, "high": 1.0, "count": 5}, "momentum": [0.0, 0.9],
    "decay": None, "iterations": 1000, "target": 1e-3, "methods": [],
}  # fmt: skip


def summary(*arguments, runs=(), **options):
    """Return what there is to say of a problem."""
    stage = compared("rosenbrock", *arguments, **options)
    found = problems.summarise(stage, "rosenbrock", SWEEP, runs)
    return found | {"place": "on the valley", "unit": "start"}


GD = scored("gradient_descent", 400.0, reached=8)
HEAVY = scored("momentum", 200.0, reached=9, momentum=0.9)
NEVER = {"reached": 0, "time": NAN}


@pytest.mark.parametrize(
    ("scores", "contrast", "lead", "words"),
    [
        ([GD, HEAVY], {}, "yes",
         ["200 iterations", "400: momentum is 2 times as fast", "1.7 to 2.5", "from 9"]),
        ([GD, HEAVY], {"ratio": (2.0, 1.5, 3.0), "signs": (1, 9, 0)}, "no, it is worse",
         ["2 times as many"]),
        ([GD, HEAVY], {"ratio": (0.9, 0.7, 1.1)}, "not shown", ["The interval holds 1"]),
        ([GD, HEAVY], {"p": 0.06}, "not shown", ["lies below 1", "leaves room for chance"]),
        ([GD, HEAVY], {"signs": (1, 9, 0)}, "not shown", ["measures disagree", "the later one"]),
        ([GD, HEAVY], {"ratio": (0.5, 0.4, NAN)}, "not shown", ["0.4 to ∞", "holds 1"]),
        ([GD, scored("momentum", 400.0)],
         {"ratio": (1.0, 1.0, 1.0), "signs": (0, 0, 10), "p": 1.0}, "no difference",
         ["The best of 25 settings of momentum has momentum 0"]),
        ([scored("gradient_descent", NAN, 0), HEAVY], {"ratio": (0.0, 0.0, 0.0)}, "yes",
         ["Tuned gradient descent never reaches the target", "90\u00a0%"]),
        ([GD, scored("momentum", NAN, 0)], {"ratio": (NAN, NAN, NAN), "signs": (0, 8, 2)},
         "no, it is worse", ["Tuned momentum never reaches the target"]),
        ([scored("gradient_descent", NAN, 0), scored("momentum", NAN, 0)],
         {"ratio": (1.0, 0.0, NAN), "signs": (0, 0, 10), "p": 1.0}, "neither arrives",
         ["none of the 10 held-out starts", "1\u202f000 iterations"]),
    ],
    ids=["yes", "no", "unclear", "few", "opposed", "unbounded", "same", "other never", "never",
         "neither"],
)  # fmt: skip
@pytest.mark.parametrize("turned", [False, True], ids=["as asked", "the other way round"])
def test_the_answer_follows_from_the_tables(scores, contrast, lead, words, turned):
    row = against("momentum", "gradient_descent", **contrast)
    if turned:  # the same comparison, as the table may hold it from the other method's side
        ratio = [row[name] for name in ("ratio", "ratio_high", "ratio_low")]
        inverse = [0.0 if math.isnan(x) else 1.0 / x if x else NAN for x in ratio]
        rises = (-row["success_difference"], -row["success_difference_high"], -0.0)
        row = against(
            "gradient_descent", "momentum", inverse,
            (row["losses"], row["wins"], row["ties"]), row["p"], rises,
        )  # fmt: skip
    found = verdicts.answer(summary(scores, [row]))
    assert found[0] == f"On the valley: {lead}."
    for text in words:
        assert text in found[1]


def test_one_start_shows_nothing():
    scores = [scored("gradient_descent", 9.0, 1, 1), scored("momentum", 4.0, 1, 1, momentum=0.9)]
    row = against("momentum", "gradient_descent", (0.4, 0.4, 0.4), (1, 0, 0), 1.0)
    found = summary(scores, [row], apart=False)
    lead, text = verdicts.answer(found)
    assert lead == "On the valley: not shown."
    assert "From the one start, momentum is the sooner." in text
    assert "One start says nothing of other starts." in text
    assert verdicts.curse(found) == ""


def test_one_start_reads_well():
    alone = [scored("gradient_descent", 9.0, 1, 1), scored("momentum", 9.0, 1, 1)]
    row = against("momentum", "gradient_descent", (1.0, 1.0, 1.0), (0, 0, 1), 1.0)
    runs = [trial("slow", "named", 0, 60, 60)]
    found = summary(alone, [row], runs, runs=[SLOW | {"iterations": 50}], apart=False)
    assert "the same iterations on the one start, with 9 iterations." in verdicts.answer(found)[1]
    assert verdicts.named_answer(found) == (
        "On the valley, from the one start, none of the named settings reaches the target within "
        "its iterations, and one of momentum reaches it within the whole budget of 1\u202f000."
    )
    assert verdicts.first_of_all(found).endswith("One start says nothing of other starts.")
    assert verdicts.variation(found) == ""
    assert verdicts.chance(found) is None
    never = [scored(name, NAN, 0, 1) for name in ("gradient_descent", "momentum")]
    found = summary(never, [row], apart=False)
    assert "tuned gradient descent never reach the target." in verdicts.answer(found)[1]
    assert verdicts.first_of_all(found) == "On the valley, no method reaches the target."


@pytest.mark.parametrize("ratio", [(1.0, 1.0, 1.0), (NAN, NAN, NAN)])
def test_methods_that_are_at_the_target_at_once_are_the_same(ratio):
    row = against("momentum", "gradient_descent", ratio, (0, 0, 10), 1.0, (0, 0, 0))
    found = summary([scored("gradient_descent", 0.0), scored("momentum", 0.0)], [row])
    lead, text = verdicts.answer(found)
    assert lead == "On the valley: no difference."
    assert "both need the same iterations" in text


def test_methods_that_were_not_swept_are_not_judged():
    row = against("adam", "nesterov")
    lead, text = verdicts.answer(summary([scored("adam", 5.0), scored("nesterov", 9.0)], [row]))
    assert lead == "On the valley: not asked."
    assert "Momentum and gradient descent are not both" in text
    assert "Adam and Nesterov" in text


def test_a_single_method_has_no_contrasts():
    found = summary([scored("my_new_rule", 5.0)])
    assert verdicts.answer(found)[0] == "On the valley: not asked."
    assert "my new rule is the only method, with 5 iterations" in verdicts.first_of_all(found)


def test_the_first_of_all_is_the_quickest_on_held_out_starts():
    def told(scores, *ratios, leader="adam"):
        """Tell of methods whose ratios to the leader lie in these intervals."""
        others = [row["method"] for row, _ in scores if row["method"] != leader]
        return verdicts.first_of_all(
            summary(
                scores,
                [
                    against(method, leader, (sum(ends) / 2, *ends))
                    for method, ends in zip(others, ratios, strict=True)
                ],
            )
        )

    slower, alike, quicker = (1.02, 1.2), (0.9, 1.3), (0.7, 0.9)
    near = [GD, HEAVY, scored("adam", 190.0)]
    text = told(near, slower, slower)  # 152 to 247 and 160 to 260 overlap, but not start by start
    assert "Adam comes first of 3 methods, with 190 iterations" in text
    assert text.split(";")[1].startswith(" momentum follows, with 200")
    text = told(near, slower, alike)
    assert "Momentum is not shown to be slower, so which of them is the quickest is open" in text
    text = told([HEAVY, scored("adam", 190.0), scored("adagrad", 210.0)], alike, (0.9, NAN))
    assert "no other is shown to be slower, so the order is open" in text
    lucky = scored("adam", 210.0)
    lucky[0]["tuned_charged_time"] = 1.0  # the leader, which others are compared with
    text = told([GD, HEAVY, lucky], slower, alike)
    assert "momentum comes first of 3 methods" in text
    assert "on the starts to tune on it was Adam" in text
    assert "Which of momentum and Adam is the quickest is open." in text
    text = told([GD, HEAVY, lucky], slower, quicker)
    assert text.split(";")[1].startswith(" Adam follows, with 210")
    text = told([GD, HEAVY, lucky], quicker, quicker)
    assert "Which of momentum and gradient descent is the quickest is open." in text
    assert "is open" in verdicts.first_of_all(summary(near))  # nothing was compared
    text = verdicts.first_of_all(summary([scored("adam", NAN, 0), scored("momentum", NAN, 0)]))
    assert "no method reaches the target from any of the 10 held-out starts" in text


def test_a_theory_of_two_objectives_is_told_apart():
    """Each row alike but for the objective: two groups, whatever their order."""
    alike = {"quantity": "limit", "method": "momentum", "theory": 2.0, "measured": 2.0}
    rows = [alike | {"objective": name} for name in ("quadratic", "rosenbrock", "quadratic")]
    found = theory_summary(columns(tables.THEORY, rows))["groups"]
    assert [(row["objective"], row["count"]) for row in found] == [
        ("quadratic", 2), ("rosenbrock", 1),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("p", "text", "bare"),
    [(0.0123, "p = 0.012", "0.012"), (1e-36, "p < 0.001", "< 0.001"), (1.0, "p = 1", "1")],
)
def test_p_values_have_no_more_digits_than_they_deserve(p, text, bare):
    assert wording.probability(p) == text.replace(" ", "\u00a0")
    assert wording.probability(p, bare=True) == bare.replace(" ", "\u00a0")


def test_the_winners_curse_is_counted():
    lucky = scored("adam", 5.0)
    lucky[0]["tuned_charged_time"] = 11.0
    assert "2 of 3 methods do worse" in verdicts.curse(summary([GD, HEAVY, lucky]))


def trial(candidate, kind, start, first, settled, target=1e-3, method="momentum"):
    return {
        "candidate": candidate, "kind": kind, "method": method, "start": start, "target": target,
        "first": first, "settled": settled, "iterations": 1000, "status": "budget",
    }  # fmt: skip


TRIALS = [
    trial("momentum", "tuned", 0, 10, 10),
    trial("momentum", "tuned", 1, 20, 90),
    trial("momentum", "tuned", 2, 30, NAN),
    trial("momentum", "tuned", 2, 5, 5, target=1.0),
    trial("slow", "named", 0, 400, 400),
    trial("slow", "named", 1, 50, 50),
    trial("slow", "named", 2, NAN, NAN),
]
SLOW = {"name": "slow", "method": "momentum", "learning_rate": 1e-4, "momentum": 0.1}


def test_first_hits_and_settled_ones_are_counted_apart():
    found = summary([GD, HEAVY], trials=TRIALS)
    momentum = next(row for row in found["hits"] if row["method"] == "momentum")
    assert (momentum["hit"], momentum["settled"], momentum["left"]) == (3, 2, 2)
    assert (momentum["median_hit"], momentum["median_settled"]) == (20.0, 90.0)
    assert "momentum leaves the target again" in verdicts.stays(found)


def test_what_never_happens_has_no_table():
    never = [scored("gradient_descent", NAN, 0), scored("momentum", NAN, 0)]
    lost = [trial("momentum", "tuned", start, NAN, NAN) for start in range(3)]
    stage = compared("rosenbrock", never, trials=lost)
    stage["budgets"]["never"][:] = 1.0
    found = problems.summarise(stage, "rosenbrock", SWEEP)
    assert found["hits"] == found["budgets"]["rows"] == found["budgets"]["trials"] == []


def test_only_parameters_of_swept_methods_are_told():
    sweep = SWEEP | {"decay": [0.9], "beta1": [0.9]}
    stage = compared("rosenbrock", [GD, scored("adam", 5.0)])
    found = problems.summarise(stage, "rosenbrock", sweep)
    assert found["swept"] == ["learning_rate", "beta1"]


def test_named_runs_count_within_their_own_iterations_and_within_the_budget():
    found = summary([GD, HEAVY], trials=TRIALS, runs=[SLOW | {"iterations": 100}])
    (row,) = found["named"]
    assert (row["own"], row["all"], row["starts"]) == (1, 2, 3)
    text = verdicts.named_answer(found)
    assert "the named setting reaches the target within its iterations from" in text
    assert "33\u00a0% (momentum)" in text
    assert "within the whole budget of 1\u202f000 from 67\u00a0% (momentum)" in text
    assert "Tuned, it is 90\u00a0% (momentum)" in text
    none = verdicts.named_answer(
        summary([GD, HEAVY], trials=TRIALS, runs=[SLOW | {"iterations": 9}])
    )
    assert "from none of the 10 held-out starts" in none


def test_a_named_run_may_be_longer_than_the_budget_of_the_sweep():
    late = [trial("slow", "named", start, first, first) for start, first in enumerate((900, 1500))]
    found = summary([GD, HEAVY], trials=late, runs=[SLOW | {"iterations": 2000}])
    (row,) = found["named"]
    assert (row["own"], row["all"], row["starts"]) == (2, 1, 2)
    text = verdicts.named_answer(found)
    assert "within its iterations from 100\u00a0% (momentum)" in text
    assert "within the sweep’s budget of 1\u202f000 from 50\u00a0% (momentum)" in text


def test_methods_compare_at_equal_numbers_of_settings():
    found = summary([GD, HEAVY])["budgets"]
    assert found["trials"] == [10, 25]
    assert [one["median"] for one in found["rows"][0]["at"]] == [1000.0, 2500.0]


def test_variation_is_told_of_all_methods_as_tuned():
    found = summary([GD, HEAVY])
    text = verdicts.variation(found)
    # By chance a degree of freedom has 0.15/(1·9): 0.25 less 1 of these, 0.6 less 9.
    assert "23\u00a0% is the method’s and 45\u00a0% the start’s, beyond what chance" in text
    assert "32\u00a0% is chance, or lies in both together" in text
    lead, words = verdicts.chance(found)
    assert lead == "On the valley, it is open whether the method or the start decides more."
    assert words == text


@pytest.mark.parametrize(
    ("setting", "start", "words"),
    [
        (0.1, 0.8, "the start decides more than the method"),
        (0.8, 0.1, "the method decides more than the start"),
        (1.0, 0.0, "the method decides more than the start"),
        (0.0, 1.0, "the start decides more than the method"),
        (0.4, 0.5, "it is open whether"),
        (0.0, 0.6, "it is open whether"),  # with 10 starts, chance gives them 9 times 0.4/9
    ],
)
def test_one_decides_more_if_it_clearly_does(setting, start, words):
    found = summary([GD, HEAVY])
    found["variance"][0] |= {
        "setting": setting, "start": start, "interaction": 1.0 - setting - start,
    }  # fmt: skip
    assert words in verdicts.chance(found)[0]


def leads(probability, seeds=200):
    """Return how often each lead is given, where runs succeed with such probabilities."""
    methods, starts = probability.shape
    scores = [scored(name, 9.0, runs=starts) for name in list(METHODS)[:methods]]
    found, told = summary(scores), []
    for seed in range(seeds):
        y = np.random.default_rng(seed).random(probability.shape) < probability
        found["variance"][0] |= variance_split(y.sum(axis=1), y.sum(axis=0))._asdict()
        told.append(verdicts.chance(found)[0].partition(", ")[2])
    return {lead: told.count(lead) / seeds for lead in set(told)}


@pytest.mark.parametrize("starts", [10, 250])
@pytest.mark.parametrize("methods", [2, 6])
def test_of_coins_neither_decides_more(methods, starts):
    found = leads(np.full((methods, starts), 0.5))
    assert found["it is open whether the method or the start decides more."] >= 0.9


def test_what_decides_is_found():
    start = np.tile(np.where(np.arange(250) < 100, 0.9, 0.2), (6, 1))
    assert leads(start, 40) == {"the start decides more than the method.": 1}
    method = np.repeat([0.1, 0.2, 0.4, 0.6, 0.8, 0.95], 250).reshape(6, 250)
    assert leads(method, 40) == {"the method decides more than the start.": 1}


def test_the_plateau_and_accuracy_of_tuned_networks_are_told():
    stuck = scored("adam", 50.0, reached=5, plateau=5, test_accuracy=0.95, test_loss=0.25)
    fine = scored("momentum", 60.0, reached=10, plateau=0, test_accuracy=0.9614, test_loss=0.12)
    found = summary([stuck, fine])
    assert "25\u00a0% of the trainings end on the plateau" in verdicts.plateau(found)
    assert "from 0\u00a0% with momentum to 50\u00a0% with Adam" in verdicts.plateau(found)
    text = verdicts.generalisation(found, {"accuracy": 0.9623, "loss": 0.0813})
    assert "classifies 95.0\u00a0% (Adam) to 96.1\u00a0% (momentum)" in text
    assert "cross-entropy of 0.12 to 0.25 nats" in text
    assert "gets 96.2\u00a0% and 0.081 nats" in text
    untrained = verdicts.generalisation(summary([GD, HEAVY]), {"accuracy": 1.0, "loss": 0.0})
    assert untrained == ""


# ── Summaries ────────────────────────────────────────────────────────────────────────────────


def test_groups_keep_the_order_of_first_occurrence():
    table = {"run": np.array(["b", "a", "b"]), "x": np.array([1, 2, 3])}
    assert [group["x"].tolist() for group in groups(table, "run")] == [[1, 3], [2]]
    assert select(table, run="b", x=3)["x"].tolist() == [3]


THEORY = columns(
    tables.THEORY,
    [
        {"quantity": "limit", "objective": "quadratic", "method": "momentum", "momentum": m,
         "theory": 2.0 + m, "measured": 2.1 + m, "resolution": r}
        for m, r in ((0.0, 0.2), (0.5, 0.01))
    ]
    + [
        {"quantity": f"{what} of the cycle", "objective": "lessard", "method": "momentum",
         "theory": value, "measured": value}
        for what, value in (("period", 3.0), ("point 1", -1.5), ("point 2", 0.25))
    ],
)  # fmt: skip


def test_theory_agrees_within_the_resolution():
    found = theory_summary(THEORY)
    assert (found["agreeing"], found["others"]) == (4, ["limit"])
    (group,) = found["groups"]
    assert (group["count"], group["agreeing"], group["known"]) == (2, 1, (2.0, 2.5))
    assert [row["measured"] for row in found["cycle"]] == [3.0, -1.5, 0.25]


def test_a_descent_that_ends_early_diverged():
    table = columns(
        tables.TRAJECTORIES, [{"run": "a", "iteration": i, "value": 9.0 - i} for i in range(3)]
    )
    for iterations, diverged in ((2, False), (5, True)):
        (row,) = descent_rows(table, {"runs": [{"name": "a", "iterations": iterations}]})
        assert row["diverged"] is diverged


# ── The page ─────────────────────────────────────────────────────────────────────────────────

SWEPT = ("sweep", "runtimes", "sensitivity", "profile", "budgets")
FIGURES = [
    "network", "rosenbrock", "descents", "descent_values", "mixture", "gradients", "training",
    "regions", "theory", "rosenbrock_paths", "network_curves",
    *(f"{stage}_{name}" for stage in ("rosenbrock", "network") for name in SWEPT),
]  # fmt: skip
BAYES = {"accuracy": 0.9623, "accuracy_error": 1e-6, "loss": 0.1, "loss_error": 1e-6, "points": 9}
CONTRAST = against("momentum", "gradient_descent", (0.5132, 0.4371, 0.6149), p=0.0123)


def trials_of(runs):
    """Return a start's trials of tuned methods and named runs."""
    return [
        trial("momentum", "tuned", 0, 10, 10),
        *(trial(r["name"], "named", 0, 9, 9) for r in runs),
    ]


@pytest.fixture(scope="module")
def make(study_of_the_notebook, tmp_path_factory):
    """Return a function that renders the report of a study, changed at will."""
    folder = tmp_path_factory.mktemp("report")

    def made(change=lambda study: None, rosenbrock=None, network=None, objectives=None) -> str:
        study = json.loads(json.dumps(study_of_the_notebook))
        study["network"]["seeds"]["count"] = 2
        study["mixture"]["samples"] = 60
        study["objectives"] = [
            {"name": name, "objective": "quadratic", "parameters": {"spectrum": [1.0, 10.0]},
             "dimension": 2, "sweep": study["rosenbrock"]["sweep"]}
            for name in objectives or ()
        ]  # fmt: skip
        change(study)
        mixture = dict(study["mixture"])
        mixture.pop("held_out_samples")
        x, labels = sample_mixture(**mixture)
        network_runs, initials = study["network"]["runs"], study["network"]["sweep"]["initials"]
        stages = {
            "rosenbrock": rosenbrock
            or compared(
                "rosenbrock", [GD, HEAVY], [CONTRAST], trials_of(study["rosenbrock"]["runs"])
            ),
            "network": network
            or [
                compared(name, [GD, HEAVY], [CONTRAST], trials_of(network_runs))
                for name in initials
            ],
        }
        stages["network"] = stack(stages["network"])
        check = study["network"]["gradient_check"]
        contents = {
            "mixture": {"label": labels},
            "forward": as_read(tables.FORWARD, check_forward(**study["forward"])),
            "gradients": as_read(
                tables.GRADIENTS, check_gradients(x, labels, study["network"]["layers"], **check)
            ),
            "bayes": columns(tables.BAYES, [BAYES]),
            "theory": THEORY,
            "trajectories": named_runs.descend_rosenbrock(study["rosenbrock"]),
            "training": named_runs.train_network(study["network"], x, labels)[0],
            "faults": as_read(tables.FAULTS, faults.examine(study, x, labels)),
        }
        contents |= {
            f"{stage}_{name}": table for stage, own in stages.items() for name, table in own.items()
        }
        manifest = folder / "manifest.json"
        manifest.write_text(
            json.dumps(
                {"descent": "0", "commit": "c0ffee", "configuration": study, "versions": {"a": "1"},
                 "machine": {"system": "S", "architecture": "A", "processors": 1,
                             "longdouble": "l"},
                 "folder": "results", "results": {"results/a": "0"},
                 "exactness": {"results/a": {"class": "exact"}},
                 "run_times": {"r": {"jobs": 1, "seconds": 1.0, "memory_mib": None}}}
            )
        )  # fmt: skip
        figure = folder / "figure.svg"
        figure.write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
        names = [*FIGURES, *(f"objective_{name}" for name in objectives or ())]
        template = ROOT / "workflow" / "report" / "report.html.jinja"
        page = render(
            template, "A title", contents, dict.fromkeys(names, figure), manifest, objectives
        )
        html5lib.HTMLParser(strict=True).parse(page)
        return page

    return made


def as_read(table, content):
    """Return a table's columns as they are read from a file."""
    return {
        column.name: np.array(
            [NAN if value is None and column.type != "string" else value
             for value in list(content[column.name])],
            dtype=object if column.type == "string" and column.nullable else None,
        )
        for column in table.columns
    }  # fmt: skip


def stack(stages):
    """Put the tables of several problems below one another."""
    return {
        name: {key: np.concatenate([stage[name][key] for stage in stages]) for key in table}
        for name, table in stages[0].items()
    }


def words(page):
    """Return a page's text."""
    return html.unescape(
        re.sub(r"\s+", " ", re.sub(r"<style>.*?</style>|<[^>]+>", "", page, flags=re.S))
    )


@pytest.fixture(scope="module")
def page(make):
    return make(objectives={"bowl": compared("bowl", [GD, HEAVY], [CONTRAST])})


def test_the_page_asks_nothing_of_another_host(page):
    loads = re.findall(r'\b(?:src|href|action|data)="([^"#]*)"|url\(([^)]*)\)|@import', page)
    assert not [a for pair in loads for a in pair if re.match(r"(https?:)?//", a)]
    assert "<script" not in page


def test_the_page_holds_every_figure_with_an_alternative_text(page):
    tags = re.findall(r"<img[^>]*>", page)
    assert len(tags) == len(FIGURES) + 1
    assert all(re.search(r'alt="[^"]{20,}"', tag) for tag in tags)


def test_headings_identifiers_and_links_are_sound(page):
    levels = [int(level) for level in re.findall(r"<h([1-6])\b", page)]
    assert levels[0] == 1
    assert all(b - a <= 1 for a, b in pairwise(levels))
    identifiers = re.findall(r'\bid="([^"]+)"', page)
    assert len(identifiers) == len(set(identifiers))
    assert set(re.findall(r'href="#([^"]+)"', page)) <= set(identifiers)


def test_numbers_on_the_page_are_those_of_the_tables(page):
    text = words(page)
    for number in ("0.51 times as many (95 % interval 0.44 to 0.61)", "p = 0.012"):
        assert number in text
    assert "On the Rosenbrock function: yes." in text
    assert text.index("Is tuned momentum better") < text.index("The network is computed")
    assert "4 of 5 numbers agree" in text
    assert "its period is 3, its points are −1.5 and 0.25, as the exact" in text


def test_further_objectives_are_shown(page):
    assert "On “bowl”: yes." in words(page)


def test_without_further_objectives_there_is_no_section_for_them(make):
    page = make()
    assert 'id="objectives"' not in page
    assert 'href="#objectives"' not in page


def test_held_out_loss_and_accuracy_stand_beside_the_best_possible(make):
    tested = [
        scored("gradient_descent", 400.0, test_loss=0.1234, test_accuracy=0.9512),
        scored("momentum", 200.0, test_loss=0.14, test_accuracy=0.9414),
    ]
    seeds = [compared(name, tested, [CONTRAST], trials_of([])) for name in ("he", "uniform")]
    text = words(make(network=seeds))
    assert text.count("Median held-out accuracy") == 2
    assert "Gradient descent0.1295.1 %" in text
    assert "Who knows the mixture0.196.2 %" in text


def test_the_charged_time_stands_beside_the_expected_one(page):
    text = words(page)
    assert "How a setting is chosen. By its charged running time" in text
    assert "360 → 400200160 to 260" in text  # momentum: charged, then expected with its interval
    assert "Tuned for the success rate" not in text


def test_only_methods_that_are_named_or_swept_are_explained(page):
    headings = re.findall(r"<h3>([^<]+)</h3>", page)
    assert "Gradient descent" in headings
    assert "Adam" not in headings


def test_a_newly_registered_method_appears_by_itself(make, monkeypatch):
    def lazy_step(point, gradient, state, learning_rate):
        """Go half the way: p ← p − η g / 2.

        References
        ----------
        Nobody (2000). On going half the way.
        """
        return point - 0.5 * learning_rate * gradient, state

    rule = methods.Method(lazy_step, {"learning_rate": None})
    monkeypatch.setitem(methods.METHODS, "lazy_step", rule)
    scores = [GD, HEAVY, scored("lazy_step", 900.0)]
    contrasts = [CONTRAST, against("lazy_step", "gradient_descent", (2.25, 2.0, 2.5))]
    text = words(make(rosenbrock=compared("rosenbrock", scores, contrasts)))
    assert "Lazy step" in text
    assert "Go half the way: p ← p − η g / 2." in text
    assert "Nobody (2000). On going half the way." in text
    assert "Lazy step2.22 to 2.5" in text


def one_of_each(study):
    study["rosenbrock"]["runs"] = study["rosenbrock"]["runs"][:1]
    study["network"]["runs"] = study["network"]["runs"][:1]
    study["network"]["seeds"]["count"] = 1
    study["network"]["gradient_check"]["networks"] = 1
    study["network"]["sweep"]["initials"] = ["he"]


def many_of_each(study):
    for part in ("rosenbrock", "network"):
        first = study[part]["runs"][-1] | {"iterations": 3}
        study[part]["runs"] = [first | {"name": f"run-{k}"} for k in range(20)]


def test_one_of_each_reads_well(make):
    alone = compared("rosenbrock", [scored("gradient_descent", 9.0, 1, 1)], apart=False)
    seeds = [compared("he", [scored("gradient_descent", 9.0, 1, 1)], apart=False)]
    page = make(one_of_each, alone, seeds)
    text = words(page[: page.index("<pre>")])
    assert not re.search(r"\b1 (\w+ )?(settings|runs|starts|seeds|networks|methods|points)\b", text)
    assert "There is one start only" in text
    assert "The named descent does not diverge" in text


def test_many_named_runs_are_summarised(make):
    text = words(make(many_of_each))
    findings = text[: text.index("A fair comparison Theory")]
    assert findings.count("run-") < 20
    assert "20 named trainings" in findings
