"""The report: numbers taken from the tables, put into the template.

Nothing is computed here but summaries of tables, and no number stands in the template. The
summaries are made in `descent.report.summaries` and `descent.report.problems`, sentences that take more than
a blank to be filled in `descent.report.verdicts`, and how a number is written is in `descent.words.numbers`.
"""

import base64
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import jinja2
import numpy as np
import yaml
from latex2mathml.converter import convert

from descent.report import formulas
from descent.report import verdicts
from descent.support.files import read_figure
from descent.run.manifest import place
from descent.core.parameters import PARAMETERS
from descent.report.problems import summarise
from descent.report.summaries import (
    FaultRows,
    Table,
    descent_rows,
    forward_summary,
    gradient_summary,
    rows,
    theory_summary,
    training_rows,
)
from descent.tables.schemas import BUDGETS, CHOICES, CONTRASTS, SETTINGS, TRIALS, VARIANCE
from descent.words.numbers import (
    bound,
    capital,
    counted,
    joined,
    number,
    plain,
    points,
    probability,
    setting,
    share,
)

COMPARED = {
    "settings": SETTINGS,
    "choices": CHOICES,
    "contrasts": CONTRASTS,
    "budgets": BUDGETS,
    "variance": VARIANCE,
    "trials": TRIALS,
}
"""The tables of a comparison; `trials` only where chosen settings were run again."""


def render(
    template: Path,
    title: str,
    tables: Mapping[str, Table],
    figures: Mapping[str, Path],
    manifest: Path,
    objectives: Mapping[str, Mapping[str, Table]] | None = None,
) -> str:
    """Write the report.

    Parameters
    ----------
    template : Path
        The Jinja template.
    title : str
        Title of the report.
    tables : Mapping of str to Mapping
        Columns of the tables `mixture`, `forward`, `gradients`, `bayes`, `theory`,
        `trajectories`, `training`, `faults`, and of those of `COMPARED`, each once after
        `rosenbrock_` and once after `network_`.
    figures : Mapping of str to Path
        SVG files by name.
    manifest : Path
        The manifest.
    objectives : Mapping of str to Mapping, optional
        For each further objective the tables of `COMPARED`, without `trials`.

    Returns
    -------
    str
        One HTML document that needs nothing from elsewhere.
    """
    made = json.loads(manifest.read_text(encoding="utf-8"))
    study, faults = made["configuration"], FaultRows(tables["faults"])
    comparisons = study_comparisons(study, tables, objectives or {})
    return (
        environment(template.parent)
        .get_template(template.name)
        .render(
            title=title,
            study=study,
            manifest=made,
            configuration=yaml.safe_dump(study, sort_keys=False, allow_unicode=True, width=96),
            figures={name: data_address(path) for name, path in figures.items()},
            formulas=formulas,
            methods=methods_used(study, comparisons),
            forward=forward_summary(tables["forward"], study["forward"]),
            gradients=gradient_summary(tables["gradients"]),
            samples=np.unique(tables["mixture"]["label"], return_counts=True)[1].tolist(),
            descents=descent_rows(tables["trajectories"], study["rosenbrock"]),
            trainings=training_rows(tables["training"], study["network"], faults),
            verdicts=verdicts,
            comparisons=comparisons,
            parameters=PARAMETERS,
            bayes=rows(tables["bayes"])[0],
            theory=theory_summary(tables["theory"]),
            faults=faults,
        )
    )


def environment(folder: Path) -> jinja2.Environment:
    """Return what reads the templates in a folder and writes numbers and names for them."""
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(folder),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    made.filters |= {
        "number": number, "bound": bound, "share": share, "points": points, "plain": plain,
        "capital": capital, "counted": counted, "joined": joined, "setting": setting,
        "probability": probability, "math": math_markup, "place": place,
    }  # fmt: skip
    return made


def study_comparisons(
    study: Mapping, tables: Mapping[str, Table], objectives: Mapping[str, Mapping[str, Table]]
) -> dict[str, list[dict]]:
    """Gather what is compared, by stage: Rosenbrock, the network's initialisations, objectives."""
    stages = {
        stage: {name: tables[f"{stage}_{name}"] for name in COMPARED}
        for stage in ("rosenbrock", "network")
    }
    network, uniform = study["network"], study["network"]["initial"]
    low, high = number(uniform["low"]), number(uniform["high"])
    places = {
        "uniform": f"on the network with weights drawn from [{low}, {high})",
        "he": "on the network with He’s initial weights",
    }
    return {
        "rosenbrock": [
            summarise(stages["rosenbrock"], "rosenbrock", *_swept(study["rosenbrock"]))
            | {"place": "on the Rosenbrock function", "unit": "start", "folder": "rosenbrock"}
        ],
        "network": [
            summarise(stages["network"], initial, *_swept(network))
            | {"place": places[initial], "unit": "seed", "folder": "network"}
            for initial in network["sweep"]["initials"]
        ],
        "objectives": [
            summarise(objectives[entry["name"]], entry["name"], entry["sweep"])
            | {
                "place": f"on “{entry['name']}”",
                "unit": "start",
                "folder": f"objectives/{entry['name']}",
                "objective": entry,
            }
            for entry in study.get("objectives", [])
        ],
    }


def methods_used(study: Mapping, comparisons: Mapping[str, Sequence[Mapping]]) -> list[dict]:
    """Return each method that is named or swept, with its formula and sources."""
    named = [run["method"] for part in ("rosenbrock", "network") for run in study[part]["runs"]]
    swept = [row["method"] for stage in comparisons.values() for c in stage for row in c["choices"]]
    return [formulas.method(name) for name in formulas.in_order({*named, *swept})]


def math_markup(latex: str, display: str = "block") -> str:
    """Turn LaTeX into MathML, which browsers draw without help."""
    return jinja2.utils.markupsafe.Markup(convert(latex, display=display))


def data_address(path: Path) -> str:
    """Return a figure as an address that holds the figure itself."""
    return "data:image/svg+xml;base64," + base64.b64encode(read_figure(path)).decode()


def _swept(section: Mapping) -> tuple[Mapping, Sequence[Mapping]]:
    return section["sweep"], section["runs"]
