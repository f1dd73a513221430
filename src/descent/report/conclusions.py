"""What the course notebook that this study began as concludes, and what becomes of that."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from descent.report.summaries import FaultTable
from descent.report.verdicts import contrary_draws, evidence
from descent.words.names import method_title
from descent.words.numbers import joined, number, share


class Conclusion(NamedTuple):
    """A conclusion of the notebook, what was found, and whether it holds."""

    claim: str
    found: str
    holds: bool | None
    """None where that is inconclusive."""


def conclusions_of(
    problems: Sequence[Mapping], forward: Mapping | None, faults: FaultTable
) -> Iterator[Conclusion]:
    """Yield the notebook's conclusions, as far as this study has what they are about.

    Parameters
    ----------
    problems : sequence of Mapping
        What `descent.report.problems.summarise_problem` returns, with each problem's `name`.
    forward : Mapping, optional
        What `descent.report.summaries.forward_summary` returns.
    faults : FaultTable
        What was computed of the notebook's faults.
    """
    own = [one for one in problems if one["name"] in ("rosenbrock", "network")]
    yield from _similar_losses(faults)
    for tell in (_similar_rates, _tuning):
        for problem in own:
            yield from tell(problem)
    if ends := [row["outcome"] for row in faults.of("running on") if row["quantity"] == "outcome"]:
        words = {"cycle": "in a cycle", "budget": "out of iterations"}
        told = joined(
            [f"{number(ends.count(end))} {words.get(end, end)}" for end in dict.fromkeys(ends)]
        )
        yield Conclusion(
            "The descents are on their way to the minimum, as they are drawn.",
            f"Continued, they end so: {told}.",
            set(ends) == {"reached"},
        )
    if forward:
        yield Conclusion(
            "The probabilities of the network with fixed weights are right.",
            f"They differ from those computed by at most {number(forward['largest'], 2)}.",
            forward["largest"] <= 0.5 * 10.0 ** -forward["decimals"],
        )
    if wrong := faults.row("gradient order", "share of wrong derivatives"):
        yield Conclusion(
            "The gradient by backpropagation is right, as the code joins it.",
            f"{share(wrong['value'])} of its derivatives are those of other parameters.",
            not wrong["value"],
        )


def _similar_losses(faults: FaultTable) -> Iterator[Conclusion]:
    """Set what momentum changed in the notebook's runs beside what seeds and learning rate did."""
    changed = "median change of loss by "
    for name in dict.fromkeys(row["setting"] for row in faults.of("momentum")):
        values = {row["quantity"]: row["value"] for row in faults.of("momentum", name)}
        by = {key.removeprefix(changed): value for key, value in values.items() if changed in key}
        spread = values.get("quartile range of loss over starts")
        told = joined([f"{number(value)} nats {_without(cause)}" for cause, value in by.items()])
        yield Conclusion(
            "The loss with momentum “appears to be similar” to that without.",
            f"Median change of the final loss of {name}, summed over the samples: {told}; the "
            f"middle half of the seeds spans {number(spread)} nats.",
            None if spread is None else by["momentum"] < spread,
        )


def _without(cause: str) -> str:
    """Write what a change of a run leaves out: the momentum, or its learning rate as well."""
    other = cause.removeprefix("learning rate, to that of ")
    return "without momentum" if other == cause else f"with the learning rate of {other} as well"


def _similar_rates(problem: Mapping) -> Iterator[Conclusion]:
    """Answer whether tuned momentum and gradient descent converge at a similar rate."""
    for row in problem["pairwise"][problem["tried"][0]]:
        if {row["method"], row["against"]} == {"momentum", "gradient_descent"}:
            names = " over ".join(method_title(row[name]) for name in ("method", "against"))
            yield Conclusion(
                "“They converge at a similar rate.”",
                f"Tuned, {problem['problem'].place}, ERT of {names}: "
                f"{evidence(row)}{contrary_draws(row)}.",
                {"equal": True, "inconclusive": None}.get(row["verdict"], False),
            )


def _tuning(problem: Mapping) -> Iterator[Conclusion]:
    """Answer whether settings that are tuned, on other starts, reach the target more often."""
    told, better, worse = [], [], []
    for row in problem["selected"][problem["tried"][0]]:
        named = [
            one["all"]
            for one in problem["named"]
            if (one["kind"], one["run"]["method"]) == ("named", row["method"])
        ]
        if named:
            best = max(named, key=lambda one: one["share"])
            told.append(
                f"{method_title(row['method'])} {share(best['share'])} and "
                f"{share(row['success_rate'])}"
            )
            better.append(row["success_low"] > best["high"])
            worse.append(row["success_high"] < best["low"])
    if told:
        yield Conclusion(
            "“The parameters likely need to be tuned.”",
            f"Success within the budget {problem['problem'].place}, from {number(row['runs'])} "
            f"fresh starts, with the best named run’s setting and tuned: {'; '.join(told)}.",
            all(better) or (False if any(worse) else None),
        )
