"""The notebook's conclusions, each with its verdict."""

import pytest
from tables_by_hand import GD, HEAVY, NAN, frame, pair, part, selected, summary

from descent.report.conclusions import conclusions_of
from descent.report.summaries import FaultTable
from descent.tables.schemas import FAULTS

RUN = {"name": "slow", "method": "momentum", "learning_rate": 1e-4, "iterations": 10}
NO_FAULTS = FaultTable(frame(FAULTS, []))


def faults(*rows):
    """Return a table of faults: fault, setting, quantity, and a number or an outcome."""
    names = ("fault", "setting", "quantity")
    return FaultTable(
        frame(
            FAULTS,
            [
                dict(zip(names, names_of, strict=True))
                | (
                    {"outcome": found}
                    if isinstance(found, str)
                    else {"value": found, "outcome": None}
                )
                for *names_of, found in rows
            ],
        )
    )


def named(share, runs=100):
    """Return what a problem says of named runs, of which so many reach."""
    rates = {"share": share, "low": max(0.0, share - 0.1), "high": share + 0.1}
    return {"kind": "named", "run": RUN, "runs": runs, "own": rates, "all": rates}


def about(claim, problems=(), forward=None, found=NO_FAULTS):
    """Return the conclusions whose claim holds a word."""
    return [one for one in conclusions_of(problems, forward, found) if claim in one.claim]


@pytest.mark.parametrize(("spread", "holds"), [(5.0, True), (0.5, False), (0.25, False)])
def test_losses_are_similar_where_seeds_move_them_more_than_momentum_does(spread, holds):
    found = faults(
        ("momentum", "slow", "median change of loss by momentum", 0.5),
        ("momentum", "slow", "median change of loss by learning rate, to that of fast", 24.0),
        ("momentum", "slow", "quartile range of loss over starts", spread),
    )
    (one,) = about("similar", found=found)
    assert one.found == (
        "Median change of the final loss of slow, summed over the samples: 0.5 nats without "
        "momentum and 24 nats with the learning rate of fast as well; the middle half of the "
        f"seeds spans {spread:g} nats."
    )
    assert one.holds is holds


def test_of_a_single_seed_nothing_is_concluded():
    found = faults(("momentum", "slow", "median change of loss by momentum", 0.5))
    assert about("similar", found=found)[0].holds is None


@pytest.mark.parametrize(
    ("row", "holds", "text"),
    [
        (pair(1.0, 0.95, 1.05), True, "momentum over gradient descent: 1, 0.95 to 1.05."),
        (pair(), False, "momentum over gradient descent: 0.5, 0.4 to 0.6."),
        (pair(2.0, 1.5, 3.0, ("gradient_descent", "momentum")), False,
         "gradient descent over momentum: 2, 1.5 to 3."),
        (pair(draws_faster=0.5), False,
         "momentum over gradient descent: 0.5, 0.4 to 0.6; over all draws of settings in 50\u00a0% "
         "only."),
        (pair(2.0, NAN, NAN), None,
         "momentum over gradient descent: 2; no interval with fewer than 20 successes."),
    ],
)  # fmt: skip
@pytest.mark.parametrize("name", ["rosenbrock", "network"])
def test_rates_are_similar_only_where_they_are_equal(row, holds, text, name):
    problem = summary(pairs=[pair(names=("adam", "momentum")), row]) | {"name": name}
    (one,) = about("rate", [problem])
    assert one.found.endswith(f", ERT of {text}")
    assert one.holds is holds


@pytest.mark.parametrize(
    ("rates", "holds"),
    [
        ((0.1, 0.2), True),  # momentum, tuned: 81 % to 99 %
        ((0.1, 0.9), None),
        ((0.72,), None),
        ((0.7,), True),
        ((1.2,), False),
        ((), "nothing"),
    ],
)
def test_tuning_was_needed_where_it_clearly_makes_more_runs_succeed(rates, holds):
    problem = summary([GD, HEAVY])
    problem["named"] = [named(rate) for rate in rates] + [named(0.0) | {"kind": "drawn"}]
    found = about("tuned", [problem])
    if holds == "nothing":
        assert found == []
        return
    best = max(rates) * 100
    assert found[0].found.replace("\u00a0", " ") == (
        "Success within the budget on the Rosenbrock function, from 100 fresh starts, with the "
        f"best named run’s setting and tuned: momentum {best:.0f} % and 90 %."
    )
    assert found[0].holds is holds


def test_other_problems_are_not_the_notebooks():
    other = summary(of=part("valley"))
    other["named"] = [named(0.1)]
    assert list(conclusions_of([other], None, NO_FAULTS)) == []
    alone = summary([selected("adam", 9.0)])
    assert list(conclusions_of([alone], None, NO_FAULTS)) == []


def test_descents_are_on_their_way_if_all_arrive():
    ends = [("running on", name, "outcome", "reached") for name in "ab"]
    further = ("running on", "every run", "target", 1e-6)
    (one,) = about("descents", found=faults(*ends, further))
    assert (one.found, one.holds) == ("Continued, they end so: 2 reached.", True)
    (one,) = about("descents", found=faults(("running on", "c", "outcome", "cycle"), *ends))
    assert (one.found, one.holds) == (
        "Continued, they end so: 1 in a cycle and 2 reached.",
        False,
    )


@pytest.mark.parametrize(("largest", "holds"), [(4e-9, True), (5e-9, True), (6e-9, False)])
def test_probabilities_hold_to_their_decimals(largest, holds):
    (one,) = about("probabilities", forward={"largest": largest, "decimals": 8})
    assert one.holds is holds
    assert (
        one.found
        == f"They differ from those computed by at most {largest * 1e9:g}\u00a0×\u00a010⁻⁹."
    )


@pytest.mark.parametrize(("share", "holds"), [(0.97, False), (0.0, True)])
def test_a_gradient_holds_if_no_derivative_is_wrong(share, holds):
    found = faults(("gradient order", "as written", "share of wrong derivatives", share))
    (one,) = about("gradient", found=found)
    assert one.holds is holds
    assert one.found.startswith(f"{100 * share:.0f}\u00a0% of its derivatives")
