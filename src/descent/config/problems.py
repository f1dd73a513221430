"""The problems of a study: for each, the part of the configuration that determines its tables."""

from collections.abc import Mapping
from typing import Any, Literal

# Names of the network's problems, by weight initialisation.
NETWORK_PROBLEMS = {"uniform": "network", "he": "network-he"}

# Keys that do not determine the table that a step makes.
LEFT_OUT = {
    "sweep": {"runs", "targets", "chunks", "engine"},
    "evaluation": {"chunks", "engine"},
}


def problem_parts(study: Mapping) -> dict[str, dict]:
    """Return the part of the configuration that each problem is made from.

    Parameters
    ----------
    study : Mapping
        The validated configuration, as plain data.

    Returns
    -------
    dict of str to dict
        By the problem's name, in the report's order: under `problem` what determines it, and for
        a network under `mixture` where its samples come from.
    """
    parts: dict[str, dict] = {}
    if rosenbrock := study["rosenbrock"]:
        problem = {
            "name": "rosenbrock",
            "objective": "rosenbrock",
            "parameters": {"a": rosenbrock["a"], "b": rosenbrock["b"]},
            "dimension": 2,
            "runs": rosenbrock["runs"],
            "sweep": rosenbrock["sweep"],
        }
        parts["rosenbrock"] = {"problem": problem}
    if network := study["network"]:
        for initialisation, name in NETWORK_PROBLEMS.items():
            if initialisation in network["sweep"]["initials"]:
                problem = {
                    "name": name,
                    "objective": "network",
                    "initialisation": initialisation,
                    "layers": network["layers"],
                    "initial": network["initial"],
                    "runs": network["runs"],
                    "sweep": _without_keys(network["sweep"], {"initials"}),
                }
                parts[name] = {"problem": problem, "mixture": study["mixture"]}
    for entry in study["objectives"]:
        parts[entry["name"]] = {"problem": {**entry, "runs": []}}
    return parts


def part_for(part: Mapping[str, Any], step: Literal["sweep", "evaluation"]) -> dict[str, Any]:
    """Leave out of a problem's part what does not determine the table of a step.

    Parameters
    ----------
    part : Mapping
        A problem's part of the configuration, from `problem_parts`.
    step : {'sweep', 'evaluation'}
        The sweep, and the comparison that is made from it alone, know no named runs and no further
        targets; the evaluation knows both. None depends on the engine or the number of chunks.

    Returns
    -------
    dict
        The part without those keys.
    """
    problem = _without_keys(part["problem"], LEFT_OUT[step])
    return {**part, "problem": problem | {"sweep": _without_keys(problem["sweep"], LEFT_OUT[step])}}


def sweep_cuts(study: Mapping) -> dict[str, int]:
    """Return into how many chunks the sweep of each problem is cut."""
    parts = problem_parts(study)
    return {name: part["problem"]["sweep"]["chunks"] for name, part in parts.items()}


def _without_keys(content: Mapping[str, Any], keys: set[str]) -> dict[str, Any]:
    return {key: value for key, value in content.items() if key not in keys}
