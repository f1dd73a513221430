"""The report: numbers taken from the tables, put into the templates.

Nothing is computed here but summaries of tables, and no number stands in a template. Summaries are
made in `descent.report.summaries` and `descent.report.problems`, sentences in
`descent.report.verdicts` and `descent.report.conclusions`; how a number is written is in
`descent.words.numbers`.
"""

import base64
import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import jinja2
import pandas as pd
import yaml
from latex2mathml.converter import convert
from markupsafe import Markup, escape

from descent.core.methods import METHODS, Method
from descent.core.objectives import OBJECTIVES
from descent.core.parameters import PARAMETERS
from descent.core.problem import problem_of
from descent.report import formulas, verdicts
from descent.report.conclusions import conclusions_of
from descent.report.problems import summarise_problem
from descent.report.summaries import (
    FaultTable,
    descent_rows,
    forward_summary,
    gradient_summary,
    theory_summary,
    training_rows,
)
from descent.support.files import place_of
from descent.tables.schemas import FAULTS
from descent.tables.svg import read_signed
from descent.words.names import method_title, setting
from descent.words.numbers import (
    capital,
    counted,
    joined,
    number,
    points,
    share,
    span,
)

OF_NOTEBOOK = ("checks/forward", "findings/faults")
"""Tables that are told of only where the notebook is."""


def render(
    template: Path,
    study: Mapping,
    parts: Mapping[str, Mapping],
    tables: Mapping[str, pd.DataFrame],
    figures: Mapping[str, Path],
    captions: Mapping[str, Path],
    manifest: Mapping,
) -> str:
    """Write the report.

    Parameters
    ----------
    template : Path
        The Jinja template of the page.
    study : Mapping
        The resolved configuration.
    parts : Mapping of str to Mapping
        The part of the configuration of each problem, by its name, in the report's order.
    tables : Mapping of str to DataFrame
        Tables by their place under the results, without suffix: ``checks/theory``,
        ``rosenbrock/settings``. Of each problem those that `summarise_problem` asks for; of the
        notebook's own parts those that exist.
    figures : Mapping of str to Path
        SVG files by name, those of a problem ``{problem}_{family}``.
    captions : Mapping of str to Path
        Captions by name of figure or family, as Snakemake's report has them.
    manifest : Mapping
        Versions, checksums, machine and run times.

    Returns
    -------
    str
        One HTML document that needs nothing from elsewhere.
    """
    tells_of_notebook = study["report"]["notebook"]
    if not tells_of_notebook:
        tables = {place: table for place, table in tables.items() if place not in OF_NOTEBOOK}
    faults = FaultTable(tables.get("findings/faults", pd.DataFrame(columns=FAULTS.names)))
    sections: tuple[tuple[str, str, Callable, list], ...] = (
        ("forward", "checks/forward", forward_summary, [study["forward"]]),
        ("gradients", "checks/gradients", gradient_summary, []),
        ("theory", "checks/theory", theory_summary, []),
        ("bayes", "checks/bayes", lambda table: table.iloc[0].to_dict(), []),
        ("samples", "data/mixture", lambda table: table.groupby("label").size().tolist(), []),
        ("descents", "rosenbrock/trajectories", descent_rows, [study["rosenbrock"]]),
        ("trainings", "network/training", training_rows, [study["network"], faults]),
    )
    own = {
        name: summarise(tables[place], *arguments) if place in tables else None
        for name, place, summarise, arguments in sections
    }
    problems = [
        problem_section(name, part, study, tables, figures, captions)
        for name, part in parts.items()
    ]
    explain_once(problems)
    return (
        report_environment(template.parent)
        .get_template(template.name)
        .render(
            study=study,
            manifest=manifest,
            configuration=yaml.safe_dump(
                dict(study), sort_keys=False, allow_unicode=True, width=96
            ),
            figures={
                name: figure_entry(name, path, captions[name], study)
                for name, path in figures.items()
                if name in captions
            },
            sentences=verdicts.first_sentences(problems, study["question"]),
            conclusions=list(conclusions_of(problems, own["forward"], faults)) * tells_of_notebook,
            problems=problems,
            methods=methods_used(study, parts),
            formulas=formulas,
            verdicts=verdicts,
            parameters=PARAMETERS,
            faults=faults,
            **own,
        )
    )


def problem_section(
    name: str,
    part: Mapping,
    study: Mapping,
    tables: Mapping[str, pd.DataFrame],
    figures: Mapping[str, Path],
    captions: Mapping[str, Path],
) -> dict:
    """Return what the section of a problem shows: its summary, configuration and figures."""
    own = {place: table for place, table in tables.items() if Path(place).parent.name == name}
    families = {
        family: path
        for stem, path in figures.items()
        if (family := stem.removeprefix(f"{name}_")) != stem and family in captions
    }
    return {
        **summarise_problem(
            problem_of(part), study["question"], {Path(place).name: own[place] for place in own}
        ),
        "name": name,
        "part": part["problem"],
        "record": OBJECTIVES.get(part["problem"]["objective"]),
        "figures": {
            family: figure_entry(
                f"{name}_{family}", path, captions[family], {**study, **part}, name
            )
            for family, path in families.items()
        },
    }


def figure_entry(
    name: str, path: Path, caption: Path, configuration: Mapping, problem: str = ""
) -> dict:
    """Return a figure as an address that holds the figure itself, with its caption.

    The caption sees what Snakemake's report gives it: `snakemake.params`, `snakemake.wildcards`.
    The alternative text is its first line.
    """
    params: dict[str, object] = {"configuration": configuration}
    if configuration["network"]:
        params["tolerance"] = configuration["network"]["gradient_check"]["tolerance"]
        params["dimension"] = configuration["network"]["layers"][0]
    written = jinja2.Environment(undefined=jinja2.StrictUndefined)
    template = written.from_string(caption.read_text(encoding="utf-8"))
    text = template.render(snakemake={"params": params, "wildcards": {"problem": problem}}).strip()
    image = base64.b64encode(read_signed(path, configuration)).decode()
    return {
        "name": name,
        "address": f"data:image/svg+xml;base64,{image}",
        "caption": text,
        "alternative": text.partition("\n")[0],
        "above": "",
    }


def explain_once(problems: Iterable[Mapping]) -> None:
    """Leave of captions of a family but the first their own first lines; they say what is above."""
    first: dict[str, dict] = {}
    for family, one in (item for problem in problems for item in problem["figures"].items()):
        above = first.setdefault(family, one)
        if above is not one:
            same = one["alternative"] == above["alternative"]
            one |= {"above": above["name"], "caption": "" if same else one["alternative"]}


def methods_used(study: Mapping, parts: Mapping[str, Mapping]) -> dict[str, Method]:
    """Return the records of all methods that are named or swept, in their order."""
    runs = [run for part in ("rosenbrock", "network") if study[part] for run in study[part]["runs"]]
    used = {run["method"] for run in runs}.union(
        *(part["problem"]["sweep"]["methods"] for part in parts.values())
    )
    return {name: method for name, method in METHODS.items() if name in used}


def report_environment(folder: Path) -> jinja2.Environment:
    """Return what reads the templates in a folder and writes numbers and names for them."""
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(folder),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    made.filters |= FILTERS
    return made


def emphasised(text: str) -> Markup:
    """Turn a sentence with *emphases* into HTML."""
    return Markup(re.sub(r"\*(.+?)\*", r"<strong>\1</strong>", str(escape(text))))


def math_markup(latex: str, display: str = "block") -> Markup:
    """Turn LaTeX into MathML, which browsers draw without help."""
    return Markup(convert(latex, display=display))


FILTERS = {
    "capital": capital, "choice": verdicts.CHOICES_IN_WORDS.get, "counted": counted,
    "emphasised": emphasised, "joined": joined, "math": math_markup, "number": number,
    "place_of": place_of, "points": points, "setting": setting, "share": share, "span": span,
    "title_of": method_title,
}  # fmt: skip
