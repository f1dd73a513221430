"""The report: numbers taken from the tables, put into the template.

Nothing is computed here but summaries of tables, and no number stands in the template.
"""

import base64
import json
import math
from collections.abc import Mapping
from pathlib import Path

import jinja2
import numpy as np
import yaml
from latex2mathml.converter import convert

from descent import formulas
from descent.files import read_figure

Table = Mapping[str, np.ndarray]
PLAIN = {"gradient_descent": "gradient descent", "momentum": "momentum"}
MISSING = "–"


def render(
    template: Path, title: str, tables: Mapping, figures: Mapping[str, Path], manifest: Path
) -> str:
    """Write the report.

    Parameters
    ----------
    template : Path
        The Jinja template.
    title : str
        Title of the report.
    tables : Mapping of str to Mapping
        Columns of each table, by its name in `workflow/rules/report.smk`.
    figures : Mapping of str to Path
        SVG files by name.
    manifest : Path
        The manifest.

    Returns
    -------
    str
        One HTML document that needs nothing from elsewhere.
    """
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(template.parent),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters |= {
        "number": number, "share": share, "plain": plain, "math": math_markup, "joined": joined,
    }  # fmt: skip
    made = json.loads(manifest.read_text(encoding="utf-8"))
    study, faults = made["configuration"], FaultRows(tables["faults"])
    return environment.get_template(template.name).render(
        title=title,
        study=study,
        manifest=made,
        configuration=yaml.safe_dump(study, sort_keys=False, allow_unicode=True, width=96),
        figures={name: data_address(path) for name, path in figures.items()},
        formulas=formulas,
        forward=forward_summary(tables["forward"], study["forward"]),
        gradients=gradient_summary(tables["gradients"]),
        samples=np.unique(tables["mixture"]["label"], return_counts=True)[1].tolist(),
        descents=descent_rows(tables["trajectories"], study["rosenbrock"]),
        trainings=training_rows(tables["training"], faults),
        rosenbrock_sweep=best_settings(tables["rosenbrock_sweep"], "start"),
        network_sweep=best_settings(tables["network_sweep"], "seed"),
        outcomes={
            "rosenbrock": outcome_counts(tables["rosenbrock_sweep"]),
            "network": outcome_counts(tables["network_sweep"]),
        },
        faults=faults,
    )


# ── Numbers as text ──────────────────────────────────────────────────────────────────────────


def number(value: float | None, digits: int = 3) -> str:
    """Write a number with so many significant digits, as print does: 1.23 × 10⁻⁷, not 1.23e-07."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return MISSING
    if float(value).is_integer() and abs(value) < 1e7:
        return f"{int(value):,}".replace("-", "−").replace(",", "\u202f")
    if value and not 1e-3 <= abs(value) < 1e6:
        mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
        raised = str(int(exponent)).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
        factor = f"{float(mantissa):g}\u00a0×\u00a0" if float(mantissa) != 1.0 else ""
        return f"{factor}10{raised}".replace("-", "−")
    text = f"{value:.{digits}g}" if abs(value) < 10**digits else f"{value:.0f}"
    return text.replace("-", "−")


def share(value: float | None) -> str:
    """Write a share as a percentage; one that is not quite 0 or 100 % is not rounded to it."""
    if value is None or math.isnan(value):
        return MISSING
    percent = 100.0 * value
    if 0.0 < percent < 0.1:
        return f"{percent:.1g}\u00a0%"
    if 0.1 <= percent < 10.0 or 99.0 < percent < 100.0:
        return f"{min(percent, 99.9) if percent < 100.0 else percent:.1f}\u00a0%"
    return f"{percent:.0f}\u00a0%"


def plain(method: str) -> str:
    """Return a method's name as prose has it."""
    return PLAIN.get(method, method.replace("_", " "))


def joined(items: list[str]) -> str:
    """Join items as prose does: a, b and c."""
    items = list(items)
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}"


def math_markup(latex: str, display: str = "block") -> str:
    """Turn LaTeX into MathML, which browsers draw without help."""
    return jinja2.utils.markupsafe.Markup(convert(latex, display=display))


def data_address(path: Path) -> str:
    """Return a figure as an address that holds the figure itself."""
    return "data:image/svg+xml;base64," + base64.b64encode(read_figure(path)).decode()


# ── Summaries of tables ──────────────────────────────────────────────────────────────────────


def groups(table: Table, *names: str) -> list[Table]:
    """Split a table by the values of some columns, in the order in which these first occur."""
    codes = np.zeros(len(table[names[0]]), int)
    for name in names:
        values, code = np.unique(table[name], return_inverse=True)
        codes = codes * len(values) + code
    _, first, member = np.unique(codes, return_index=True, return_inverse=True)
    return [
        {name: column[member == group] for name, column in table.items()}
        for group in np.argsort(first)
    ]


def rows(table: Table) -> list[dict]:
    """Return a table row by row."""
    columns = [column.tolist() for column in table.values()]
    return [dict(zip(table, row, strict=True)) for row in zip(*columns, strict=True)]


def forward_summary(table: Table, forward: Mapping) -> dict:
    """Summarise the check of the fixed-weight network, point by point."""
    points = [
        {"inputs": inputs, "classes": rows(point)}
        for inputs, point in zip(forward["points"], groups(table, "point"), strict=True)
    ]
    return {
        "points": points,
        "count": len(table["point"]),
        "decimals": forward["decimals"],
        "largest": float(np.abs(table["difference"]).max()),
        "layers": [len(forward["points"][0]), *(len(matrix) for matrix in forward["weights"])],
    }


def gradient_summary(table: Table) -> dict:
    """Summarise the check of the gradient, network by network."""
    worst = rows(table)[int(table["relative_error"].argmax())]
    its_network = table["network"] == worst["network"]
    networks = groups(table, "network")
    return {
        "rows": [
            {
                "network": int(network["network"][0]),
                "derivatives": len(network["parameter"]),
                "zero": int((network["analytic"] == 0.0).sum()),
                "median": float(np.median(network["relative_error"])),
                "worst": float(network["relative_error"].max()),
                "parameter": network["parameter"][network["relative_error"].argmax()],
            }
            for network in networks
        ],
        "count": len(table["network"]),
        "worst": worst["relative_error"],
        "worst_parameter": worst["parameter"],
        "worst_derivative": worst["analytic"],
        "largest_derivative": float(np.abs(table["analytic"][its_network]).max()),
    }


def descent_rows(table: Table, rosenbrock: Mapping) -> list[dict]:
    """Summarise each named descent: its settings, start, end and outcome."""
    iterations = {run["name"]: run["iterations"] for run in rosenbrock["runs"]}
    summary = []
    for run in groups(table, "run"):
        path = rows(run)
        first, last = path[0], path[-1]
        summary.append(
            {
                "name": first["run"],
                "first": first,
                "last": last,
                "diverged": last["iteration"] < iterations[first["run"]],
            }
        )
    return summary


def training_rows(table: Table, faults: "FaultRows") -> list[dict]:
    """Summarise each named training over its seeds, at each seed's last iteration."""
    summary = []
    for run in groups(table, "run"):
        last = np.append(run["seed"][1:] != run["seed"][:-1], True)
        loss, accuracy = run["loss"][last], run["accuracy"][last]
        name = str(run["run"][0])
        summary.append(
            {
                "name": name,
                "settings": {key: run[key][0] for key in ("learning_rate", "momentum")},
                "seeds": len(loss),
                "median": float(np.median(loss)),
                "quartiles": np.quantile(loss, [0.25, 0.75]).tolist(),
                "best": float(loss.min()),
                "accuracy": float(np.median(accuracy)),
                "best_accuracy": float(accuracy.max()),
                "plateau": faults.one("dead starts", "share of seeds on the plateau", name),
            }
        )
    return summary


def best_settings(table: Table, start: str) -> dict:
    """Find each method's setting of the least expected running time.

    The expected running time of a setting is all iterations of its runs, failures included,
    over the number of runs that reached the target (Hansen et al. 2016, COCO).
    """
    cells: list[dict] = []
    for cell in groups(table, "method", "learning_rate", "momentum"):
        reached = cell["status"] == "reached"
        cells.append(
            {
                "method": str(cell["method"][0]),
                "learning_rate": float(cell["learning_rate"][0]),
                "momentum": float(cell["momentum"][0]),
                "runs": len(reached),
                "reached": int(reached.sum()),
                "median": float(np.median(cell["iterations"][reached])) if reached.any() else None,
                "expected": cell["iterations"].sum() / reached.sum() if reached.any() else math.inf,
            }
        )
    methods = list(dict.fromkeys(cell["method"] for cell in cells))
    own = {method: [cell for cell in cells if cell["method"] == method] for method in methods}
    return {
        "best": [min(own[method], key=lambda cell: cell["expected"]) for method in methods],
        "settings": {method: len(own[method]) for method in methods},
        "runs": len(table["method"]),
        "starts": len(np.unique(table[start])),
    }


def outcome_counts(table: Table) -> dict[str, dict[str, int]]:
    """Count the outcomes of each method's runs, of those that occur at all."""
    order = ("reached", "budget", "plateau", "cycle", "diverged")
    statuses = [status for status in order if status in table["status"]]
    return {
        str(own["method"][0]): {status: int((own["status"] == status).sum()) for status in statuses}
        for own in groups(table, "method")
    }


class FaultRows:
    """The table of faults, to be asked from the template."""

    def __init__(self, table: Table) -> None:
        self.rows = [
            {name: None if value != value else value for name, value in row.items()}
            for row in rows(table)
        ]

    def all(self, fault: str, quantity: str) -> list[dict]:
        """Return the rows of a fault and quantity."""
        return [row for row in self.rows if (row["fault"], row["quantity"]) == (fault, quantity)]

    def one(self, fault: str, quantity: str, setting: str | None = None) -> dict:
        """Return the row of a fault and quantity, the first or that of a setting; {} if none."""
        found = [row for row in self.all(fault, quantity) if setting in (None, row["setting"])]
        return found[0] if found else {}

    def value(self, fault: str, quantity: str, setting: str | None = None) -> float | None:
        """Return the number in that row; None if there is none."""
        return self.one(fault, quantity, setting).get("value")
