"""The problems of a study: for each, the part of the configuration that determines its tables."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Literal

from descent.core.methods import setting_count

# Names of the network's problems, by weight initialisation.
NETWORK_PROBLEMS = {"uniform": "network", "he": "network-he"}

DECADES = range(3, -5, -1)  # around the headline's target, without other targets

Step = Literal["sweep", "selection", "protocols", "evaluation", "comparison", "figures"]

# Keys that do not determine the tables of a step: of the problem, its sweep, and protocols.
CUT, RUNS, FRESH = {"chunks", "engine"}, {"runs", "seed"}, {"evaluation"}
VARIED = {"budgets", "criteria", "trials"}
LEFT_OUT: dict[str, dict[str, set[str]]] = {
    "sweep": {
        "problem": RUNS, "sweep": CUT | FRESH, "headline": {"trials"}, "multiverse": VARIED,
        "": {"question"},
    },
    "selection": {"sweep": CUT | FRESH, "multiverse": VARIED, "": {"question"}},
    "protocols": {"problem": RUNS, "sweep": CUT | FRESH},
    "evaluation": {"sweep": CUT, "multiverse": VARIED, "": {"question"}},
    "comparison": {"sweep": CUT, "multiverse": VARIED},
    "figures": {"sweep": CUT},
}  # fmt: skip


def problem_parts(study: Mapping) -> dict[str, dict]:
    """Return the part of the configuration that each problem is made from.

    Parameters
    ----------
    study : Mapping
        The validated configuration, as plain data.

    Returns
    -------
    dict of str to dict
        By the problem's name, in the report's order: under `problem` what determines it, its
        protocols written out; under `question` what is asked; and for a network under `mixture`
        where its samples come from.
    """
    parts: dict[str, dict] = {}
    if rosenbrock := study["rosenbrock"]:
        problem = {
            "name": "rosenbrock",
            "objective": "rosenbrock",
            "parameters": {"a": rosenbrock["a"], "b": rosenbrock["b"]},
            "dimension": 2,
            "rotation": None,
            "seed": rosenbrock["seed"],
            "runs": rosenbrock["runs"],
            "sweep": _with_protocols(rosenbrock["sweep"]),
        }
        parts["rosenbrock"] = {"problem": problem}
    if network := study["network"]:
        sweep = _with_protocols(_without_keys(network["sweep"], {"initials"}))
        for initialisation, name in NETWORK_PROBLEMS.items():
            if initialisation in network["sweep"]["initials"]:
                problem = {
                    "name": name,
                    "objective": "network",
                    "initialisation": initialisation,
                    "layers": network["layers"],
                    "initial": network["initial"],
                    "runs": network["runs"],
                    "sweep": sweep,
                }
                parts[name] = {"problem": problem, "mixture": study["mixture"]}
    for entry in study["objectives"]:
        sweep = _with_protocols(entry["sweep"])
        parts[entry["name"]] = {"problem": {**entry, "sweep": sweep, "runs": []}}
    return {name: {**part, "question": study["question"]} for name, part in parts.items()}


def part_for(part: Mapping[str, Any], step: Step) -> dict[str, Any]:
    """Leave out of a problem's part what does not determine the tables of a step.

    Parameters
    ----------
    part : Mapping
        A problem's part of the configuration, from `problem_parts`.
    step : str
        The sweep knows the ladder of targets and holds, but no named runs and no protocols; the
        selection knows the headline and the named runs, the protocols all of the multiverse, the
        evaluation how many fresh starts there are, the comparison what is asked as well, and the
        figures everything. None depends on the engine or the number of chunks.

    Returns
    -------
    dict
        The part without those keys.
    """
    left_out = LEFT_OUT[step]
    problem = _without_keys(part["problem"], left_out.get("problem", set()))
    sweep = _without_keys(problem["sweep"], left_out["sweep"])
    for name in ("headline", "multiverse"):
        sweep[name] = _without_keys(sweep[name], left_out.get(name, set()))
    return {**_without_keys(part, left_out.get("", set())), "problem": {**problem, "sweep": sweep}}


def sweep_cuts(study: Mapping) -> dict[str, int]:
    """Return into how many chunks the sweep of each problem is cut."""
    parts = problem_parts(study)
    return {name: part["problem"]["sweep"]["chunks"] for name, part in parts.items()}


def _with_protocols(sweep: Mapping[str, Any]) -> dict[str, Any]:
    """Write out what the headline and the multiverse leave to be known, in order."""
    head, verse, iterations = sweep["headline"], sweep["multiverse"], sweep["iterations"]
    fewest = min(
        setting_count([method], sweep["learning_rate"]["count"], sweep)
        for method in sweep["methods"]
    )
    trials = min(head["trials"] or fewest, fewest)
    target = Decimal(repr(head["target"]))  # so that 1e-6 leads to 0.1, and not to a bit less
    targets = verse["targets"] or [float(target.scaleb(power)) for power in DECADES]
    budgets = verse["budgets"] or [-(-iterations // 10), -(-iterations // 3)]
    counts = {*verse["trials"], trials}
    return {
        **sweep,
        "headline": {**head, "trials": trials},
        "multiverse": {
            **verse,
            "targets": sorted({*targets, head["target"]}, reverse=True),
            "holds": sorted({*verse["holds"], head["hold"]}),
            "budgets": sorted({*budgets, iterations}),
            "trials": sorted(counts - {0}) + [0] * (0 in counts),
        },
    }


def _without_keys(content: Mapping[str, Any], keys: set[str]) -> dict[str, Any]:
    return {key: value for key, value in content.items() if key not in keys}
